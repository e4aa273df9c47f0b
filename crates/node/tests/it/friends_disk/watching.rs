//! Shared folders in which something changes.

use super::*;

type Change = fn(&Rig);

impl Rig {
    /// A folder that is watched, as it is now.
    fn watch(&mut self, folder: &str) {
        let root = self.path(folder);
        self.submit(DiskTask::Watch { root, is_on: true });
        self.look(folder);
    }

    /// Lists a folder, whatever is told meanwhile.
    fn look(&mut self, folder: &str) {
        let root = self.path(folder);
        self.submit(DiskTask::List { task: TASK, root });
        loop {
            match self.answer() {
                DiskAnswer::Changed { .. } | DiskAnswer::Listed { is_end: false, .. } => {}
                DiskAnswer::Listed { is_end: true, .. } => return,
                other => panic!("{other:?}"),
            }
        }
    }

    fn assert_told(&mut self, folder: &str) {
        match self.answer() {
            DiskAnswer::Changed { root } => assert_eq!(root, self.path(folder)),
            other => panic!("no change but {other:?}"),
        }
    }

    /// Changes something until it is told: of several changes in half a second one is.
    fn until_told(&mut self, folder: &str, change: impl Fn(&Self, usize)) {
        for number in 0.. {
            change(self, number);
            let answers = self.answers.as_mut().unwrap();
            let short = Duration::from_millis(50);
            let answer = async { tokio::time::timeout(short, answers.recv()).await };
            if let Ok(answer) = self.runtime.block_on(answer) {
                let Some(DiskAnswer::Changed { root }) = answer else {
                    panic!("{answer:?}");
                };
                assert_eq!(root, self.path(folder));
                return;
            }
            assert!(number < 2000, "nothing was told");
        }
    }
}

#[test]
fn whatever_changes_in_a_shared_folder_is_told() {
    // [RS-16]
    let changes: [(&str, Change); 6] = [
        ("new", |rig| rig.file("share/b.txt", b"b")),
        ("longer", |rig| {
            let path = rig.path("share/deep/er/a.txt");
            let mut file = File::options().append(true).open(path).unwrap();
            file.write_all(b"more").unwrap();
        }),
        ("replaced", |rig| {
            rig.file("share/deep/.a.tmp", b"new");
            let (from, to) = ("share/deep/.a.tmp", "share/deep/er/a.txt");
            fs::rename(rig.path(from), rig.path(to)).unwrap();
        }),
        ("gone", |rig| {
            fs::remove_file(rig.path("share/deep/er/a.txt")).unwrap();
        }),
        ("moved", |rig| {
            fs::rename(rig.path("share/deep"), rig.path("share/high")).unwrap();
        }),
        ("gone with all", |rig| {
            fs::remove_dir_all(rig.path("share/deep")).unwrap();
        }),
    ];
    for (what, change) in changes {
        println!("{what}");
        let mut rig = Rig::new();
        rig.file("share/deep/er/a.txt", b"a");
        rig.watch("share");
        change(&rig);
        rig.assert_told("share");
    }
}

#[test]
fn what_friends_fetch_and_what_is_hidden_is_no_change() {
    // [RS-16] [RS-17]
    let mut rig = Rig::new();
    rig.file("share/a.txt", b"a");
    rig.file("share/.git/index", b"index");
    rig.file("other/b.txt", b"b");
    rig.watch("share");
    rig.watch("other");
    rig.hash("share/a.txt");
    fs::read(rig.path("share/a.txt")).unwrap();
    rig.file("share/.git/index", b"another");
    rig.file("share/.profile", b"mine");
    rig.file("share/film.mkv.part", b"half");
    // Whatever was told of those would be told before this.
    rig.file("other/b.txt", b"bb");
    rig.assert_told("other");
}

#[test]
fn what_came_or_moved_later_is_watched_after_the_next_look() {
    // [RS-16]
    let mut rig = Rig::new();
    rig.file("share/old/deep/a.txt", b"a");
    rig.watch("share");
    rig.file("share/new/b.txt", b"b");
    rig.assert_told("share");
    rig.look("share");
    rig.until_told("share", |rig, number| {
        rig.file("share/new/b.txt", number.to_string().as_bytes());
    });
    fs::rename(rig.path("share/old"), rig.path("share/moved")).unwrap();
    rig.look("share");
    rig.until_told("share", |rig, number| {
        rig.file("share/moved/deep/a.txt", number.to_string().as_bytes());
    });
    // Another one of the same name.
    fs::remove_dir_all(rig.path("share/new")).unwrap();
    rig.file("share/new/b.txt", b"b");
    rig.look("share");
    rig.until_told("share", |rig, number| {
        rig.file("share/new/b.txt", number.to_string().as_bytes());
    });
}

#[test]
fn a_folder_that_was_gone_for_a_while_is_watched_again() {
    // [RS-16]
    let mut rig = Rig::new();
    rig.file("share/a.txt", b"a");
    rig.watch("share");
    let root = rig.path("share");
    fs::remove_dir_all(&root).unwrap();
    rig.assert_told("share");
    rig.submit(DiskTask::List { task: TASK, root });
    while let DiskAnswer::Changed { .. } = rig.answer() {}
    rig.file("share/a.txt", b"another");
    rig.look("share");
    rig.until_told("share", |rig, number| {
        rig.file("share/a.txt", number.to_string().as_bytes());
    });
}

#[test]
fn a_folder_within_another_is_told_with_it() {
    // [RS-16]
    let mut rig = Rig::new();
    rig.file("share/inner/a.txt", b"a");
    rig.watch("share");
    rig.watch("share/inner");
    rig.file("share/inner/a.txt", b"aa");
    rig.assert_told("share");
    rig.assert_told("share/inner");
    // The outer one needs it still.
    let root = rig.path("share/inner");
    let is_on = false;
    rig.submit(DiskTask::Watch { root, is_on });
    rig.look("share");
    rig.until_told("share", |rig, number| {
        rig.file("share/inner/a.txt", number.to_string().as_bytes());
    });
}

#[test]
fn nothing_is_told_of_what_is_shared_no_more() {
    // [RS-16]
    let mut rig = Rig::new();
    rig.file("share/a.txt", b"a");
    rig.file("other/b.txt", b"b");
    rig.watch("share");
    rig.watch("other");
    let root = rig.path("share");
    rig.submit(DiskTask::Watch { root, is_on: false });
    // One thread does both, so that it is done when this is.
    rig.look("other");
    rig.file("share/a.txt", b"aa");
    rig.file("other/b.txt", b"bb");
    rig.assert_told("other");
}

#[test]
fn too_many_folders_are_not_watched_and_keep_no_others_from_it() {
    // [RS-16] [RS-22]
    let mut rig = Rig::new();
    rig.file("other/b.txt", b"b");
    for number in 0..4096 {
        fs::create_dir_all(rig.path(&format!("share/{number}"))).unwrap();
    }
    rig.watch("share");
    rig.watch("other");
    rig.file("share/17/a.txt", b"a");
    rig.file("other/b.txt", b"bb");
    rig.assert_told("other");
}
