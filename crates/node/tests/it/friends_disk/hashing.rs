//! SHA-1 in the background, and of pieces.

use super::*;

#[test]
fn a_file_is_hashed_and_its_identity_told() {
    // [RS-16]
    let mut rig = Rig::new();
    for bytes in [b"abc".to_vec(), Vec::new(), pattern(3 * MIB + 17)] {
        rig.file("a", &bytes);
        let (hash, identity) = rig.hash("a");
        assert_eq!(hash, sha1(&bytes));
        assert_eq!(identity, rig.identity("a"));
    }
}

#[test]
fn progress_is_told() {
    // [RS-16]
    let mut rig = Rig::new();
    let bytes = pattern(40 * MIB);
    rig.file("a", &bytes);
    rig.submit(DiskTask::Hash {
        task: TASK,
        root: None,
        path: rig.path("a"),
    });
    for expected in [16, 32] {
        let answer = rig.answer();
        let DiskAnswer::Hashing { task: TASK, done } = answer else {
            panic!("no progress but {answer:?}");
        };
        assert_eq!(done, expected * MIB as u64);
    }
    assert_eq!(rig.hashed().0, sha1(&bytes));
}

impl Rig {
    /// While a file is hashed; with room for one answer, that cannot get beyond the third report.
    fn hashing() -> Self {
        let mut rig = Self::with_room(1);
        rig.file("a", &pattern(80 * MIB));
        rig.submit(DiskTask::Hash {
            task: TASK,
            root: None,
            path: rig.path("a"),
        });
        assert!(matches!(rig.answer(), DiskAnswer::Hashing { .. }));
        rig
    }
}

#[test]
fn a_file_that_changes_meanwhile_has_no_hash() {
    // [RS-16]
    let mut rig = Rig::hashing();
    let mut file = File::options().append(true).open(rig.path("a")).unwrap();
    file.write_all(b"more").unwrap();
    rig.skip_progress(DiskError::Changed);
}

#[test]
fn a_file_that_is_cut_meanwhile_has_no_hash() {
    // [RS-16]
    let mut rig = Rig::hashing();
    let file = File::options().write(true).open(rig.path("a")).unwrap();
    file.set_len(70 * MIB as u64).unwrap();
    rig.skip_progress(DiskError::Changed);
}

#[test]
fn while_paused_nothing_is_hashed() {
    // [RS-16] Had it been, it would be the hash of what was there before.
    const FILES: u64 = 50;
    let mut rig = Rig::new();
    rig.submit(DiskTask::PauseHashing(true));
    for n in 0..FILES {
        rig.file(&n.to_string(), b"before");
        rig.submit(DiskTask::Hash {
            task: TaskId(n),
            root: None,
            path: rig.path(&n.to_string()),
        });
    }
    // Other work goes on.
    assert_eq!(rig.read("1", 0, 6), b"before"[..]);
    for n in 0..FILES {
        rig.file(&n.to_string(), b"afterwards");
    }
    rig.submit(DiskTask::PauseHashing(false));
    for _ in 0..FILES {
        assert_eq!(rig.hashed().0, sha1(b"afterwards"));
    }
}

#[test]
fn hashing_goes_on_where_it_was_paused() {
    // [RS-16]
    let mut rig = Rig::with_room(1);
    let bytes = pattern(80 * MIB);
    rig.file("a", &bytes);
    rig.submit(DiskTask::Hash {
        task: TASK,
        root: None,
        path: rig.path("a"),
    });
    assert!(matches!(rig.answer(), DiskAnswer::Hashing { .. }));
    rig.submit(DiskTask::PauseHashing(true));
    rig.submit(DiskTask::PauseHashing(false));
    let mut last = 16 * MIB as u64;
    loop {
        match rig.answer() {
            DiskAnswer::Hashing { done, .. } => {
                assert!(done > last);
                last = done;
            }
            DiskAnswer::Hashed { hash, .. } => {
                assert_eq!(*hash.as_bytes(), sha1(&bytes));
                break;
            }
            other => panic!("no hash but {other:?}"),
        }
    }
    assert_eq!(last, 64 * MIB as u64);
}

#[test]
fn pieces_are_hashed() {
    // [RS-17]
    let mut rig = Rig::new();
    let bytes = pattern(3 * MIB);
    rig.file("a", &bytes);
    let mut piece = |offset: u64, length: u32| {
        rig.submit(DiskTask::HashPiece {
            task: TASK,
            root: None,
            path: rig.path("a"),
            identity: None,
            offset,
            length,
        });
        rig.answer()
    };
    let answer = piece(MIB as u64, MIB as u32);
    let DiskAnswer::PieceHashed { task: TASK, hash } = answer else {
        panic!("no hash but {answer:?}");
    };
    assert_eq!(hash, sha1(&bytes[MIB..2 * MIB]));
    let short = piece(3 * MIB as u64 - 1, 2);
    assert!(matches!(
        short,
        DiskAnswer::Failed {
            why: DiskError::Changed,
            ..
        }
    ));
    let long = piece(0, MIB as u32 + 1);
    assert!(matches!(
        long,
        DiskAnswer::Failed {
            why: DiskError::Other,
            ..
        }
    ));
}

#[test]
fn a_piece_of_a_file_that_is_not_the_one_hashed_has_no_hash() {
    // [RS-16] [RS-17]
    let mut rig = Rig::new();
    rig.file("a", b"the first");
    let identity = rig.identity("a");
    let ask = |rig: &Rig, identity| {
        rig.submit(DiskTask::HashPiece {
            task: TASK,
            root: Some(rig.dir.path().to_owned()),
            path: rig.path("a"),
            identity: Some(identity),
            offset: 0,
            length: 9,
        });
    };
    ask(&rig, identity);
    let answer = rig.answer();
    assert!(
        matches!(answer, DiskAnswer::PieceHashed { hash, .. } if hash == sha1(b"the first")),
        "{answer:?}"
    );
    // Written to while it is held open, then replaced.
    let mut file = File::options().append(true).open(rig.path("a")).unwrap();
    file.write_all(b", longer").unwrap();
    ask(&rig, identity);
    rig.failure(DiskError::Changed);
    rig.file("b", b"the other one");
    fs::rename(rig.path("b"), rig.path("a")).unwrap();
    ask(&rig, identity);
    rig.failure(DiskError::Changed);
    let other = rig.identity("a");
    ask(&rig, other);
    let answer = rig.answer();
    assert!(
        matches!(answer, DiskAnswer::PieceHashed { hash, .. } if hash == sha1(b"the other")),
        "{answer:?}"
    );
}

#[test]
fn too_many_tasks_fail_and_none_is_forgotten() {
    // [RS-22]
    const TASKS: u64 = 8192 + 100;
    let mut rig = Rig::new();
    rig.file("a", b"a");
    rig.submit(DiskTask::PauseHashing(true));
    for n in 0..TASKS {
        rig.submit(DiskTask::Hash {
            task: TaskId(n),
            root: None,
            path: rig.path("a"),
        });
    }
    rig.submit(DiskTask::PauseHashing(false));
    let mut answered = BTreeSet::new();
    let mut refused = 0;
    for _ in 0..TASKS {
        let task = match rig.answer() {
            DiskAnswer::Hashed { task, .. } => task,
            DiskAnswer::Failed { task, why, words } => {
                assert_eq!(why, DiskError::Other, "{words}");
                refused += 1;
                task
            }
            other => panic!("{other:?}"),
        };
        assert!(answered.insert(task), "{task:?} is answered twice");
    }
    assert!((1..=100).contains(&refused), "{refused} were refused");
}

#[cfg(unix)]
#[test]
fn nothing_is_opened_through_a_link_and_no_pipe_is_waited_for() {
    // [RS-22]
    let mut rig = Rig::new();
    rig.file("secret", b"secret");
    std::os::unix::fs::symlink(rig.path("secret"), rig.path("link")).unwrap();
    pipe(&rig.path("pipe"));
    fs::create_dir(rig.path("folder")).unwrap();
    for name in ["link", "pipe", "folder", "gone"] {
        rig.submit(DiskTask::Hash {
            task: TASK,
            root: None,
            path: rig.path(name),
        });
        let words = rig.failure(DiskError::Changed);
        assert!(words.contains(name), "{words}");
        rig.submit(DiskTask::Read {
            task: TASK,
            root: None,
            path: rig.path(name),
            identity: None,
            offset: 0,
            length: 1,
        });
        rig.failure(DiskError::Changed);
    }
}

#[cfg(unix)]
#[test]
fn no_folder_on_the_way_to_a_shared_file_is_a_link() {
    // [RS-22] The share itself may be reached through one: that was the person's choice.
    use std::os::unix::fs::symlink;
    let mut rig = Rig::new();
    rig.file("share/a/b/f", b"shared");
    rig.file("secret/b/f", b"secret");
    symlink(rig.path("share"), rig.path("way")).unwrap();
    let identity = rig.list("way/a/b")[0].identity;
    let tasks = |rig: &Rig, path: &str, identity| {
        let (root, path) = (Some(rig.path("way")), rig.path(path));
        [
            DiskTask::Hash {
                task: TASK,
                root: root.clone(),
                path: path.clone(),
            },
            DiskTask::HashPiece {
                task: TASK,
                root: root.clone(),
                path: path.clone(),
                identity,
                offset: 0,
                length: 6,
            },
            DiskTask::Read {
                task: TASK,
                root,
                path,
                identity,
                offset: 0,
                length: 6,
            },
        ]
    };
    for task in tasks(&rig, "way/a/b/f", Some(identity)) {
        rig.submit(task);
        match rig.answer() {
            DiskAnswer::Hashed { hash, .. } => assert_eq!(*hash.as_bytes(), sha1(b"shared")),
            DiskAnswer::PieceHashed { hash, .. } => assert_eq!(hash, sha1(b"shared")),
            DiskAnswer::Read { data, .. } => assert_eq!(data, b"shared"[..]),
            other => panic!("{other:?}"),
        }
    }
    // Between the listing and now somebody has put a link in a folder's place.
    fs::rename(rig.path("share/a"), rig.path("old")).unwrap();
    symlink(rig.path("secret"), rig.path("share/a")).unwrap();
    let secret = rig.list("secret")[0].identity;
    symlink(rig.path("secret/b/f"), rig.path("share/f")).unwrap();
    let ways = [
        "way/a/b/f",
        "way/f",
        "way/../secret/b/f",
        "secret/b/f",
        "way",
    ];
    for path in ways {
        // By an identity of its own, so that nothing else keeps it from being read.
        for task in tasks(&rig, path, Some(secret)) {
            rig.submit(task);
            rig.failure(DiskError::Changed);
        }
    }
}
