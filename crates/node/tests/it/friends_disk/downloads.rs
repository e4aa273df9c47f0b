//! Parts, from their first byte to their name.

use super::*;

#[test]
fn a_file_is_written_verified_and_named() {
    // [RS-17]
    let mut rig = Rig::new();
    let bytes = pattern(5 * MIB + 333);
    assert!(rig.open(bytes.len(), 0), "the part is new");
    rig.write_all(&bytes, 0..bytes.len());
    let (hash, identity) = rig.verify(bytes.len());
    assert_eq!(hash, sha1(&bytes));
    assert_eq!(identity.size, bytes.len() as u64);
    let path = rig.finish("film.mkv");
    assert_eq!(path, rig.path("incoming/film.mkv"));
    assert!(fs::read(path).unwrap() == bytes, "the file is whole");
    assert!(!rig.part().exists());
    rig.write(0, b"late");
    rig.failure(DiskError::Other);
}

#[test]
fn pieces_may_come_in_any_order_and_twice() {
    // [RS-17]
    let bytes = pattern(4 * MIB);
    let quarters = |order: [usize; 4]| order.map(|n| n * MIB..(n + 1) * MIB);
    for order in [[3, 2, 1, 0], [1, 0, 3, 2], [0, 2, 1, 3]] {
        let mut rig = Rig::new();
        rig.open(bytes.len(), 0);
        for range in quarters(order) {
            rig.write_all(&bytes, range);
        }
        assert_eq!(rig.verify(bytes.len()).0, sha1(&bytes), "{order:?}");
        rig.write_all(&bytes, MIB..2 * MIB);
        assert_eq!(rig.verify(bytes.len()).0, sha1(&bytes), "{order:?}");
    }
}

#[test]
fn a_chunk_that_was_wrong_is_verified_anew() {
    // [RS-17]
    let mut rig = Rig::new();
    let bytes = pattern(4 * MIB);
    let mut wrong = bytes.clone();
    wrong[MIB + 5] ^= 1;
    rig.open(bytes.len(), 0);
    rig.write_all(&wrong, 0..bytes.len());
    assert_eq!(rig.verify(bytes.len()).0, sha1(&wrong));
    rig.write_all(&bytes, MIB..2 * MIB);
    assert_eq!(rig.verify(bytes.len()).0, sha1(&bytes));
    rig.write_all(&wrong, MIB..2 * MIB);
    rig.write_all(&bytes, MIB..2 * MIB);
    assert_eq!(rig.verify(bytes.len()).0, sha1(&bytes));
}

#[test]
fn a_download_is_resumed() {
    // [RS-17]
    let bytes = pattern(3 * MIB);
    let mut rig = Rig::new();
    rig.open(bytes.len(), 0);
    rig.write_all(&bytes, 0..MIB);
    rig.write_all(&bytes, 2 * MIB..3 * MIB);
    rig.restart();
    assert!(!rig.open(bytes.len(), 2 * MIB), "the part is there");
    rig.write_all(&bytes, MIB..2 * MIB);
    assert_eq!(rig.verify(bytes.len()).0, sha1(&bytes));
}

#[test]
fn what_is_there_already_can_be_read_and_hashed() {
    // [RS-17] Others may fetch it from us.
    let mut rig = Rig::new();
    let bytes = pattern(2 * MIB);
    rig.open(bytes.len(), 0);
    rig.write_all(&bytes, MIB..2 * MIB);
    let read = rig.read("partial/download.part", MIB as u64, 1000);
    assert_eq!(read, bytes[MIB..MIB + 1000]);
    rig.submit(DiskTask::HashPiece {
        task: TASK,
        root: None,
        path: rig.part(),
        identity: None,
        offset: MIB as u64,
        length: MIB as u32,
    });
    let answer = rig.answer();
    let DiskAnswer::PieceHashed { hash, .. } = answer else {
        panic!("no hash but {answer:?}");
    };
    assert_eq!(hash, sha1(&bytes[MIB..]));
}

#[test]
fn a_part_is_never_longer_than_the_file() {
    // [RS-17] [RS-22]
    let mut rig = Rig::new();
    rig.file("partial/download.part", &pattern(3000));
    assert!(!rig.open(2000, 2000));
    assert_eq!(fs::metadata(rig.part()).unwrap().len(), 2000);
    assert_eq!(rig.verify(2000).0, sha1(&pattern(2000)));
    for (offset, data) in [(1999, &b"xy"[..]), (2000, b"x"), (u64::MAX, b"x")] {
        rig.write(offset, data);
        rig.failure(DiskError::Other);
    }
    assert_eq!(fs::metadata(rig.part()).unwrap().len(), 2000);
}

#[test]
fn a_part_that_was_cut_is_noticed() {
    // [RS-17]
    let mut rig = Rig::new();
    let bytes = pattern(2 * MIB);
    rig.file("partial/download.part", &bytes);
    rig.open(bytes.len(), bytes.len());
    let part = File::options().write(true).open(rig.part()).unwrap();
    part.set_len(MIB as u64).unwrap();
    rig.submit(DiskTask::Verify {
        task: TASK,
        part: rig.part(),
        size: bytes.len() as u64,
    });
    rig.failure(DiskError::Changed);
}

#[test]
fn what_was_not_opened_is_not_written() {
    // [RS-22]
    let mut rig = Rig::new();
    rig.file("partial/download.part", b"mine");
    rig.write(0, b"x");
    rig.failure(DiskError::Other);
    rig.submit(DiskTask::Verify {
        task: TASK,
        part: rig.part(),
        size: 4,
    });
    rig.failure(DiskError::Other);
    assert_eq!(fs::read(rig.part()).unwrap(), b"mine");
}

#[cfg(unix)]
#[test]
fn a_part_is_not_opened_through_a_link() {
    // [RS-22]
    let mut rig = Rig::new();
    rig.file("victim", b"precious");
    fs::create_dir(rig.path("partial")).unwrap();
    std::os::unix::fs::symlink(rig.path("victim"), rig.part()).unwrap();
    rig.submit_open(100, 0);
    rig.failure(DiskError::Changed);
    fs::remove_file(rig.part()).unwrap();
    fs::hard_link(rig.path("victim"), rig.part()).unwrap();
    rig.submit_open(100, 0);
    rig.failure(DiskError::Other);
    fs::remove_file(rig.part()).unwrap();
    std::os::unix::fs::symlink(rig.path("nowhere"), rig.part()).unwrap();
    rig.submit_open(100, 0);
    rig.failure(DiskError::Changed);
    assert!(!rig.path("nowhere").exists());
    fs::remove_file(rig.part()).unwrap();
    pipe(&rig.part());
    rig.submit_open(100, 0);
    rig.failure(DiskError::Changed);
    assert_eq!(fs::read(rig.path("victim")).unwrap(), b"precious");
}

#[cfg(unix)]
#[test]
fn a_download_without_room_waits() {
    // [RS-17]
    let mut rig = Rig::new();
    rig.submit_open(1 << 62, 4096);
    let words = rig.failure(DiskError::Full);
    assert!(
        words.contains(&((1_u64 << 62) - 4096).to_string()),
        "{words}"
    );
    assert!(words.contains("are free"), "{words}");
    assert!(!rig.part().exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_is_told_from_a_failure() {
    // [RS-17]
    let mut rig = Rig::new();
    let Some(_mounted) = Mounted::new(&rig.path("partial"), "size=1m") else {
        eprintln!("SKIPPED: a small disk needs root and tmpfs");
        return;
    };
    assert!(rig.open(900_000, 0));
    rig.write(0, &[1; 1000]);
    assert!(matches!(rig.answer(), DiskAnswer::Written { .. }));
    let other = File::create(rig.path("partial/other")).unwrap();
    while (&other).write_all(&[0; 4096]).is_ok() {}
    drop(other);
    rig.write(300_000, &[1; 200_000]);
    rig.failure(DiskError::Full);
    fs::remove_file(rig.path("partial/other")).unwrap();
    rig.write(300_000, &[1; 200_000]);
    assert!(matches!(rig.answer(), DiskAnswer::Written { .. }));
}

#[test]
fn finishing_never_overwrites() {
    // [RS-17]
    let mut rig = Rig::new();
    rig.file("incoming/film.mkv", b"mine");
    #[cfg(unix)]
    std::os::unix::fs::symlink(rig.path("nowhere"), rig.path("incoming/film (2).mkv")).unwrap();
    #[cfg(not(unix))]
    rig.file("incoming/film (2).mkv", b"mine too");
    fs::create_dir(rig.path("incoming/film (3).mkv")).unwrap();
    for expected in ["film (4).mkv", "film (5).mkv"] {
        rig.open(3, 0);
        rig.write_all(b"new", 0..3);
        let path = rig.finish("film.mkv");
        assert_eq!(path, rig.path("incoming").join(expected));
        assert_eq!(fs::read(path).unwrap(), b"new");
    }
    assert_eq!(fs::read(rig.path("incoming/film.mkv")).unwrap(), b"mine");
    assert!(!rig.path("nowhere").exists());
}

#[test]
fn a_name_stays_in_the_folder() {
    // [RS-22]
    let mut rig = Rig::new();
    rig.open(3, 0);
    rig.write_all(b"new", 0..3);
    for name in ["", ".", "..", "../x", "/etc/x", "a/b", "x/", "a\0b", "./x"] {
        rig.submit_finish(name);
        rig.failure(DiskError::Other);
    }
    assert!(rig.part().exists());
    assert!(!rig.path("incoming").exists());
    assert_eq!(rig.finish("x"), rig.path("incoming/x"));
}

#[cfg(unix)]
#[test]
fn parts_are_private_and_files_are_as_others_that_one_makes() {
    // [RS-17]
    use std::os::unix::fs::PermissionsExt;
    let mut rig = Rig::new();
    rig.open(3, 0);
    rig.write_all(b"new", 0..3);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&rig.path("partial")), 0o700);
    let path = rig.finish("x");
    rig.file("ordinary", b"");
    assert_eq!(mode(&path), mode(&rig.path("ordinary")));
}

#[cfg(target_os = "linux")]
#[test]
fn the_incoming_folder_may_be_on_another_disk() {
    // [RS-17]
    let mut rig = Rig::new();
    let elsewhere = tempfile::tempdir_in("/dev/shm").ok();
    let is_other = |dir: &TempDir| device(dir.path()) != device(rig.dir.path());
    let Some(elsewhere) = elsewhere.filter(is_other) else {
        eprintln!("SKIPPED: there is no other disk");
        return;
    };
    fs::write(elsewhere.path().join("a.txt"), "mine").unwrap();
    let bytes = pattern(2 * MIB);
    rig.open(bytes.len(), 0);
    rig.write_all(&bytes, 0..bytes.len());
    rig.submit(DiskTask::Finish {
        task: TASK,
        part: rig.part(),
        folder: elsewhere.path().to_owned(),
        name: "a.txt".into(),
    });
    let path = rig.finished();
    assert_eq!(path, elsewhere.path().join("a (2).txt"));
    assert!(fs::read(path).unwrap() == bytes, "the file is whole");
    assert!(!rig.part().exists());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 2);
}

#[test]
fn a_dropped_part_is_gone_before_it_is_opened_again() {
    // [RS-17]
    let mut rig = Rig::new();
    for _ in 0..50 {
        rig.submit(DiskTask::Drop {
            part: rig.part(),
            is_removed: true,
        });
        assert!(rig.open(100, 0), "nothing is left of the one before");
        rig.write_all(b"something", 0..9);
    }
    rig.submit(DiskTask::Drop {
        part: rig.part(),
        is_removed: false,
    });
    assert!(!rig.open(100, 9), "it was kept");
}

#[test]
fn as_many_downloads_as_there_are_descriptors_for() {
    // [RS-22]
    let mut rig = Rig::new();
    let mut opened = 0;
    for n in 0..300 {
        rig.submit(DiskTask::Open {
            task: TASK,
            part: rig.path(&format!("partial/{n}.part")),
            size: 1,
            have: 0,
        });
        match rig.answer() {
            DiskAnswer::Opened { .. } => opened += 1,
            DiskAnswer::Failed { why, .. } => assert_eq!(why, DiskError::Other),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(opened, 256);
}
