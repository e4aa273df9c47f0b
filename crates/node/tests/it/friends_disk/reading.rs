//! Pieces of shared files.

use super::*;

#[test]
fn a_piece_is_what_was_asked_for() {
    // [RS-17]
    let mut rig = Rig::new();
    let bytes = pattern(MIB);
    rig.file("a", &bytes);
    assert_eq!(rig.read("a", 0, MAX_READ), bytes[..MAX_READ as usize]);
    assert_eq!(rig.read("a", MIB as u64 - 10, 10), bytes[MIB - 10..]);
    assert!(rig.read("a", 5, 0).is_empty());
    let identity = Some(rig.identity("a"));
    rig.ask("a", identity, MIB as u64 - 10, 11);
    rig.failure(DiskError::Changed);
    rig.ask("a", identity, u64::MAX, 1);
    rig.failure(DiskError::Changed);
    rig.ask("a", identity, 0, MAX_READ + 1);
    rig.failure(DiskError::Other);
}

#[test]
fn a_file_that_is_not_the_one_hashed_is_not_read() {
    // [RS-16]
    let mut rig = Rig::new();
    rig.file("a", b"the first");
    let identity = rig.identity("a");
    rig.ask("a", Some(identity), 0, 9);
    assert!(matches!(rig.answer(), DiskAnswer::Read { .. }));
    // Written to while it is held open.
    let mut file = File::options().append(true).open(rig.path("a")).unwrap();
    file.write_all(b", longer").unwrap();
    rig.ask("a", Some(identity), 0, 9);
    rig.failure(DiskError::Changed);
    // Replaced by another, which is then the one meant.
    rig.file("b", b"the other one");
    let other = rig.identity("b");
    fs::rename(rig.path("b"), rig.path("a")).unwrap();
    rig.ask("a", Some(identity), 0, 9);
    rig.failure(DiskError::Changed);
    rig.ask("a", Some(other), 4, 5);
    let answer = rig.answer();
    let DiskAnswer::Read { data, .. } = answer else {
        panic!("not read: {answer:?}");
    };
    assert_eq!(data, b"other"[..]);
}

#[cfg(unix)]
#[test]
fn a_file_that_was_removed_is_gone_though_it_was_open() {
    // [RS-16]
    let mut rig = Rig::new();
    rig.file("a", b"abc");
    let identity = Some(rig.identity("a"));
    rig.ask("a", identity, 0, 3);
    assert!(matches!(rig.answer(), DiskAnswer::Read { .. }));
    fs::remove_file(rig.path("a")).unwrap();
    rig.ask("a", identity, 0, 3);
    let words = rig.failure(DiskError::Changed);
    assert!(words.contains("failed to read"), "{words}");
}

#[test]
fn more_files_than_are_held_open_are_read() {
    // [RS-17]
    let mut rig = Rig::new();
    for n in 0..200 {
        rig.file(&format!("{n}"), format!("{n:03}").as_bytes());
    }
    for _ in 0..2 {
        for n in 0..200 {
            let read = rig.read(&n.to_string(), 0, 3);
            assert_eq!(read, format!("{n:03}").as_bytes());
        }
    }
}
