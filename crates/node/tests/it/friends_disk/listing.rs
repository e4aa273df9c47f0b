//! What is in a shared folder.

use super::*;

#[test]
fn everything_below_the_folder_is_listed_as_it_is() {
    // [RS-16]
    let mut rig = Rig::new();
    rig.file("share/film.mkv", b"film");
    rig.file("share/music/Amélie/1.ogg", b"");
    let mut listed = rig.list("share");
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    let names: Vec<_> = listed
        .iter()
        .map(|file| (file.folders.join("/"), file.name.as_str()))
        .collect();
    let expected = [
        ("music/Amélie".to_owned(), "1.ogg"),
        (String::new(), "film.mkv"),
    ];
    assert_eq!(names, expected);
    assert_eq!(listed[1].identity.size, 4);
    assert_eq!(listed[1].identity, rig.identity("share/film.mkv"));
    assert!(listed[1].identity.modified > 0);
}

#[test]
fn hidden_files_and_parts_are_left_out() {
    // [RS-16]
    let mut rig = Rig::new();
    for path in [
        "share/.git/config",
        "share/.profile",
        "share/film.mkv.part",
        "share/b.txt",
    ] {
        rig.file(path, b"x");
    }
    assert_eq!(names(&rig.list("share")), ["b.txt"]);
    // The folder itself may be called as it likes.
    rig.file(".hidden/c.txt", b"x");
    assert_eq!(names(&rig.list(".hidden")), ["c.txt"]);
}

#[test]
fn our_keys_and_records_are_in_no_listing() {
    // [RS-16] [RS-22]
    let mut rig = Rig::new();
    rig.file("home/private/profile.asc", b"key");
    rig.file("home/private/deep/a.txt", b"a");
    rig.file("home/privately.txt", b"b");
    assert_eq!(names(&rig.list("home")), ["privately.txt"]);
    for path in [
        "home/private",
        "home/private/deep",
        "home/private/profile.asc",
    ] {
        let root = rig.path(path);
        rig.submit(DiskTask::List { task: TASK, root });
        match rig.answer() {
            DiskAnswer::Failed { why, words, .. } => {
                assert_eq!(why, DiskError::Changed, "what was listed before leaves");
                assert!(words.contains("keys and records"), "{words}");
            }
            other => panic!("{path}: {other:?}"),
        }
    }
    // What came from friends lies there and may be shared.
    rig.file("home/private/incoming/c.txt", b"c");
    assert_eq!(names(&rig.list("home/private/incoming")), ["c.txt"]);
    // Under another name it is the same.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(rig.path("home"), rig.path("link")).unwrap();
        assert_eq!(names(&rig.list("link")), ["privately.txt"]);
    }
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_and_odd_things_are_no_files() {
    // [RS-16] [RS-22]
    use std::os::unix::ffi::OsStrExt;
    let mut rig = Rig::new();
    rig.file("secret/key.pem", b"secret");
    rig.file("share/open.txt", b"open");
    let link = |to: &str, at: &str| {
        std::os::unix::fs::symlink(rig.path(to), rig.path(at)).unwrap();
    };
    link("secret", "share/folder");
    link("secret/key.pem", "share/key.pem");
    link("share", "share/loop");
    pipe(&rig.path("share/pipe"));
    let odd = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    fs::write(rig.path("share").join(odd), "x").unwrap();
    assert_eq!(names(&rig.list("share")), ["open.txt"]);
}

#[test]
fn thousands_of_files_come_in_portions() {
    // [RS-16]
    const FILES: usize = 3200;
    let mut rig = Rig::new();
    for n in 0..FILES {
        rig.file(&format!("share/{}/{n}.txt", n % 7), b"");
    }
    rig.submit(DiskTask::List {
        task: TASK,
        root: rig.path("share"),
    });
    let mut found = BTreeSet::new();
    let mut sizes = Vec::new();
    loop {
        let DiskAnswer::Listed {
            task,
            files,
            is_end,
        } = rig.answer()
        else {
            panic!("something else than a listing");
        };
        assert_eq!(task, TASK);
        sizes.push(files.len());
        found.extend(files.into_iter().map(|file| file.name));
        if is_end {
            break;
        }
    }
    assert_eq!(sizes, [1000, 1000, 1000, 200]);
    assert_eq!(found.len(), FILES);
}

#[test]
fn a_single_file_can_be_listed_and_what_is_gone_cannot() {
    // [RS-16]
    let mut rig = Rig::new();
    rig.file("film.mkv", b"film");
    let listed = rig.list("film.mkv");
    assert_eq!(names(&listed), ["film.mkv"]);
    assert!(listed[0].folders.is_empty());
    rig.submit(DiskTask::List {
        task: TASK,
        root: rig.path("gone"),
    });
    let words = rig.failure(DiskError::Changed);
    assert!(words.contains("gone"), "{words}");
}
