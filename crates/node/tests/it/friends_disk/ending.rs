//! Shutting down.

use super::*;

#[test]
fn hashing_a_large_file_does_not_hold_up_the_end() {
    // [RS-16] A hundred gigabytes would take a minute at least.
    let mut rig = Rig::new();
    let file = File::create(rig.path("large")).unwrap();
    file.set_len(100 << 30).unwrap();
    for n in 0..4 {
        rig.submit(DiskTask::Hash {
            task: TaskId(n),
            root: None,
            path: rig.path("large"),
        });
    }
    assert!(matches!(rig.answer(), DiskAnswer::Hashing { .. }));
    assert!(rig.end(), "all threads have ended");
}

#[test]
fn a_pause_does_not_hold_up_the_end() {
    // [RS-16]
    let mut rig = Rig::new();
    rig.file("a", b"a");
    rig.submit(DiskTask::PauseHashing(true));
    rig.submit(DiskTask::Hash {
        task: TASK,
        root: None,
        path: rig.path("a"),
    });
    assert!(rig.end(), "all threads have ended");
}

#[test]
fn what_was_to_be_written_and_removed_is() {
    // [RS-17]
    let mut rig = Rig::new();
    rig.open(6, 0);
    rig.write(0, b"abc");
    rig.write(3, b"def");
    rig.file("partial/old.part", b"old");
    rig.submit(DiskTask::Drop {
        part: rig.path("partial/old.part"),
        is_removed: true,
    });
    assert!(rig.end(), "all threads have ended");
    assert_eq!(fs::read(rig.part()).unwrap(), b"abcdef");
    assert!(!rig.path("partial/old.part").exists());
}

#[test]
fn without_a_loop_to_answer_the_threads_end() {
    // [RS-22]
    let mut rig = Rig::with_room(1);
    rig.file("a", &pattern(MIB));
    for _ in 0..50 {
        rig.ask("a", None, 0, 100);
    }
    assert!(rig.end(), "all threads have ended");
}
