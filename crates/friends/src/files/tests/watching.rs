//! Shared folders in which something changes while the node runs.

use std::path::Path;

use super::rig::{Rig, content};
use crate::api::{Audience, Report, Request};
use crate::disk::DiskAnswer;

const ROOT: &str = "/music";

/// One who shares a folder, a while after it was looked at.
fn sharing() -> Rig {
    let mut rig = Rig::new(1);
    rig.machines[0].disk.put("/music/a.ogg", content(1, 1000));
    rig.share(0, ROOT, Audience::Friends);
    rig.run_for(15_000);
    rig
}

/// A file that the shell tells of.
fn add(rig: &mut Rig, path: &str) {
    rig.machines[0].disk.put(path, content(2, 2000));
    stir(rig);
}

fn stir(rig: &mut Rig) {
    let now = rig.now;
    let machine = &mut rig.machines[0];
    let root = ROOT.into();
    let changed = DiskAnswer::Changed { root };
    machine.files.handle_disk(changed, &mut machine.fx, now);
    rig.settle();
}

fn files(rig: &mut Rig) -> u64 {
    match rig.request(0, Request::Shares) {
        Some(Report::Shares { shares, .. }) => shares.iter().map(|share| share.files).sum(),
        other => panic!("{other:?}"),
    }
}

fn listings(rig: &Rig) -> usize {
    rig.machines[0].disk.listings
}

// [RS-16]
#[test]
fn what_changes_is_seen_two_seconds_after_it_rests() {
    let mut rig = sharing();
    let before = listings(&rig);
    for number in 0..5 {
        add(&mut rig, &format!("/music/{number}.ogg"));
        rig.run_for(1500);
    }
    assert_eq!(listings(&rig), before, "it goes on");
    rig.run_for(600);
    assert_eq!(listings(&rig), before + 1);
    assert_eq!(files(&mut rig), 6);
    rig.run_for(60_000);
    assert_eq!(listings(&rig), before + 1, "once is enough");
}

// [RS-16] [RS-22]
#[test]
fn a_folder_that_changes_all_the_time_is_looked_at_now_and_then() {
    let mut rig = sharing();
    let before = listings(&rig);
    for _ in 0..600 {
        stir(&mut rig);
        rig.run_for(500);
    }
    let looks = listings(&rig) - before;
    assert!((4..=5).contains(&looks), "{looks} in five minutes");
    // And every three seconds, with rests between.
    for _ in 0..40 {
        stir(&mut rig);
        rig.run_for(3000);
    }
    let looks = listings(&rig) - before - looks;
    assert!((8..=12).contains(&looks), "{looks} in two minutes");
}

// [RS-16]
#[test]
fn a_change_while_the_folder_is_listed_is_looked_at_again() {
    let mut rig = sharing();
    let now = rig.now;
    // A listing whose answer is still to come.
    let machine = &mut rig.machines[0];
    let stirred = DiskAnswer::Changed { root: ROOT.into() };
    machine.files.handle_disk(stirred, &mut machine.fx, now);
    let mut later = now;
    later.instant += std::time::Duration::from_secs(2);
    machine.files.handle_timeout(&mut machine.fx, later);
    let stirred = DiskAnswer::Changed { root: ROOT.into() };
    machine.files.handle_disk(stirred, &mut machine.fx, later);
    later.instant += std::time::Duration::from_secs(5);
    let next = machine.files.poll_timeout();
    assert!(
        next.is_none_or(|at| at > later.instant),
        "nothing is due while it is listed"
    );
    let before = listings(&rig);
    rig.run_for(30_000);
    assert_eq!(listings(&rig) - before, 2);
}

// [RS-16]
#[test]
fn folders_are_watched_while_they_are_shared() {
    let mut rig = sharing();
    let watched = |rig: &Rig| rig.machines[0].disk.watched.contains(Path::new(ROOT));
    assert!(watched(&rig));
    rig.machines[0].disk.watched.clear();
    rig.restart(0);
    assert!(watched(&rig), "after a restart too");
    rig.share(0, ROOT, Audience::ByHash);
    let folder = ROOT.into();
    rig.done(0, Request::Unshare { folder });
    assert!(!watched(&rig));
    // What was told before it ended.
    let before = listings(&rig);
    stir(&mut rig);
    rig.run_for(60_000);
    assert_eq!(listings(&rig), before);
}

// [RS-16] [RS-22]
#[test]
fn a_large_file_that_grows_is_hashed_once_it_rests() {
    let mut rig = sharing();
    let path = Path::new("/music/film.mkv");
    let grow = |rig: &mut Rig| {
        let now = rig.now.wall.0 * 1_000_000;
        let (_, identity) = rig.machines[0].disk.files.get_mut(path).unwrap();
        identity.size += 1_000_000;
        identity.modified = now;
        stir(rig);
    };
    let hashed = |rig: &Rig| {
        rig.machines[0]
            .disk
            .hashed
            .iter()
            .filter(|p| *p == path)
            .count()
    };
    rig.machines[0].disk.put("/music/film.mkv", content(3, 100));
    let (_, identity) = rig.machines[0].disk.files.get_mut(path).unwrap();
    identity.size = 2_000_000_000;
    stir(&mut rig);
    rig.run_for(3000);
    assert_eq!(hashed(&rig), 1, "what is new is hashed at once");
    for _ in 0..300 {
        grow(&mut rig);
        rig.run_for(1000);
    }
    assert_eq!(hashed(&rig), 1, "it never rests");
    // 46 seconds, and those that are given to whatever changes.
    rig.run_for(38_000);
    assert_eq!(hashed(&rig), 1);
    let before = listings(&rig);
    rig.run_for(15_000);
    assert_eq!(hashed(&rig), 2);
    assert!(listings(&rig) - before <= 2);
    assert_eq!(files(&mut rig), 2);
    // A small one needs no rest.
    add(&mut rig, "/music/a.ogg");
    rig.run_for(13_000);
    let small = Path::new("/music/a.ogg");
    let disk = &rig.machines[0].disk;
    assert_eq!(disk.hashed.iter().filter(|p| *p == small).count(), 2);
}
