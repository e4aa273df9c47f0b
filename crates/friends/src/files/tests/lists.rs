//! Friends' lists: syncing, browsing, searching.

use std::cell::RefCell;
use std::rc::Rc;

use wire_retroshare::file_lists::{FileLists, flags};
use wire_retroshare::{DirHash, Item};

use super::rig::{Rig, content, location, profile};
use crate::api::{Audience, DownloadState, Report, Request, Wanted};
use crate::kept::Area;

/// Flags of the responses that passed, from now on.
fn responses(rig: &mut Rig) -> Rc<RefCell<Vec<u32>>> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let into = Rc::clone(&seen);
    rig.tap = Some(Box::new(move |_, _, item| {
        if let Item::FileLists(FileLists::SyncResponse(response)) = &item {
            into.borrow_mut().push(response.flags);
        }
        Some(item)
    }));
    seen
}

fn with_tree() -> Rig {
    let mut rig = Rig::connected(3);
    let disk = &mut rig.machines[0].disk;
    disk.put("/m/top.txt", content(1, 10));
    disk.put("/m/live/1999/one.ogg", content(2, 20));
    disk.put("/m/live/1999/two.ogg", content(3, 30));
    disk.put("/m/live/note", content(4, 40));
    rig.share(0, "/m", Audience::Friends);
    rig.run_for(130_000);
    rig
}

// [RS-18]
#[test]
fn a_friend_browses_what_is_shared() {
    let mut rig = with_tree();
    let root = rig.browse(1, "ana", "");
    assert_eq!(
        (root.folders, root.files.len(), root.is_whole),
        (vec!["m".to_owned()], 0, true)
    );
    assert_eq!(root.who, "ana");
    assert!(root.at >= 1_800_000_000_000);
    let live = rig.browse(1, "ana", "/m/live/");
    assert_eq!(live.folders, ["1999"]);
    assert_eq!(live.path, "m/live");
    assert_eq!(live.files[0].name, "note");
    let deep = rig.browse(1, "ana", "m/live/1999");
    let names: Vec<_> = deep.files.iter().map(|f| (&f.name[..], f.size)).collect();
    assert_eq!(names, [("one.ogg", 20), ("two.ogg", 30)]);
    let none = Request::Browse {
        who: "ana".into(),
        path: "m/dead".into(),
    };
    assert!(rig.refused(1, none).contains("m/dead"));
}

// [RS-18]
#[test]
fn a_search_needs_every_word_in_a_name() {
    let mut rig = with_tree();
    let found = rig.search(1, "OGG one");
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0].who[..], &found[0].path[..]),
        ("ana", "m/live/1999")
    );
    assert_eq!(rig.search(1, "ogg").len(), 2);
    assert!(rig.search(1, "ogg three").is_empty());
    assert!(rig.search(1, "  ").is_empty());
}

// [RS-16] [RS-18] Each friend sees only what is shared with them, under hashes of their own.
#[test]
fn each_friend_sees_a_list_of_their_own() {
    let mut rig = Rig::connected(3);
    for share in ["all", "some", "hidden"] {
        rig.machines[0]
            .disk
            .put(&format!("/{share}/file-{share}"), content(1, 10));
    }
    rig.share(0, "/all", Audience::Friends);
    rig.share(0, "/some", Audience::Some(vec!["bea".into()]));
    rig.share(0, "/hidden", Audience::ByHash);
    rig.run_for(130_000);
    assert_eq!(rig.browse(1, "ana", "").folders, ["all", "some"]);
    assert_eq!(rig.browse(2, "ana", "").folders, ["all"]);
    assert!(rig.search(1, "hidden").is_empty());
    let key = |n: usize| {
        let lists = rig.machines[n]
            .records
            .keys()
            .filter(|(area, _)| *area == Area::Lists);
        let keys = lists.filter(|(_, key)| key.starts_with(&location(0).to_string()));
        keys.map(|(_, key)| key.clone()).collect::<Vec<_>>()
    };
    let (bea, cyd) = (key(1), key(2));
    assert_eq!((bea.len(), cyd.len()), (3, 2));
    // Only the root is called the same.
    assert_eq!(bea.iter().filter(|key| cyd.contains(key)).count(), 1);

    rig.share(0, "/some", Audience::ByHash);
    rig.run_for(130_000);
    assert_eq!(rig.browse(1, "ana", "").folders, ["all"]);
}

// [RS-18] The root every two minutes, and nothing below it while it stays as it is.
#[test]
fn what_is_up_to_date_is_not_sent_again() {
    let mut rig = with_tree();
    let seen = responses(&mut rig);
    rig.run_for(241_000);
    let flags = seen.take();
    assert!(flags.len() >= 12, "two rounds, six pairs: {flags:?}");
    assert!(
        flags.iter().all(|flags| flags & flags::UP_TO_DATE != 0),
        "{flags:?}"
    );
}

// [RS-18] A change deep below costs the folders on the way, nothing else.
#[test]
fn a_change_is_found_along_its_branch() {
    let mut rig = with_tree();
    rig.machines[0]
        .disk
        .put("/m/live/1999/three.ogg", content(5, 50));
    rig.done(0, Request::Rescan);
    rig.run_for(1000);
    let seen = responses(&mut rig);
    rig.run_for(130_000);
    // Whoever looks has the root sent once more.
    let flags = seen.take();
    assert_eq!(rig.search(1, "three").len(), 1);
    let content = flags.iter().filter(|flags| *flags & flags::CONTENT != 0);
    // Root, m, live, 1999, for two friends.
    assert_eq!(content.count(), 8, "{flags:?}");

    rig.machines[0]
        .disk
        .files
        .retain(|path, _| !path.starts_with("/m/live"));
    rig.done(0, Request::Rescan);
    rig.run_for(130_000);
    assert!(rig.search(1, "ogg").is_empty());
    assert!(rig.browse(1, "ana", "m").folders.is_empty());
    let kept = rig.machines[1]
        .records
        .keys()
        .filter(|(area, key)| *area == Area::Lists && key.starts_with(&location(0).to_string()));
    assert_eq!(kept.count(), 2, "records of folders that are gone are gone");
}

// [RS-18] More than one item can carry.
#[test]
fn a_large_folder_comes_in_parts() {
    let mut rig = Rig::connected(2);
    for n in 0..1500 {
        let name = format!("/big/a rather long name of a file, number {n}");
        rig.machines[0].disk.put(&name, n.to_string().into_bytes());
    }
    rig.share(0, "/big", Audience::Friends);
    let seen = responses(&mut rig);
    rig.run_for(130_000);
    let listing = rig.browse(1, "ana", "big");
    assert_eq!((listing.files.len(), listing.is_whole), (1500, true));
    let flags = seen.take();
    assert!(flags.iter().filter(|f| *f & flags::PARTIAL != 0).count() > 5);
    assert_eq!(
        flags
            .iter()
            .filter(|f| *f & flags::PARTIAL_END != 0)
            .count(),
        1
    );
}

// [RS-18] Lists are there after a restart, without a link, and cost little when it comes back.
#[test]
fn lists_survive_a_restart() {
    let mut rig = with_tree();
    rig.restart(1);
    assert_eq!(rig.search(1, "ogg").len(), 2);
    assert_eq!(rig.browse(1, "ana", "m/live").folders, ["1999"]);
    // The owner too comes back with the same folders at the same times.
    rig.restart(0);
    let seen = responses(&mut rig);
    rig.connect(0, 1);
    rig.run_for(5000);
    let flags = seen.take();
    assert!(!flags.is_empty());
    let content = flags.iter().filter(|flags| *flags & flags::CONTENT != 0);
    assert_eq!(content.count(), 0, "{flags:?}");
    assert_eq!(rig.search(1, "ogg").len(), 2);
}

// [RS-18] A link that is lost while folders are being asked for: the rest comes with the next link.
#[test]
fn a_lost_link_loses_nothing() {
    let mut rig = Rig::new(2);
    for n in 0..50 {
        rig.machines[0]
            .disk
            .put(&format!("/m/{n}/file{n}"), content(n, 10));
    }
    rig.share(0, "/m", Audience::Friends);
    let mut left = 12;
    rig.tap = Some(Box::new(move |_, _, item| {
        left -= i32::from(left > 0);
        (left > 0).then_some(item)
    }));
    rig.connect(0, 1);
    rig.run_for(1000);
    let some = rig.search(1, "file").len();
    assert!(some < 50, "{some}");
    assert!(!rig.browse(1, "ana", "m").is_whole);
    rig.tap = None;
    rig.disconnect(0, 1);
    rig.restart(1);
    rig.connect(0, 1);
    rig.run_for(5000);
    assert_eq!(rig.search(1, "file").len(), 50);
    assert!(rig.browse(1, "ana", "m").is_whole);
}

// [RS-18] Requests that nobody answers are few, and stop until the next round.
#[test]
fn silence_is_not_answered_by_a_flood() {
    let mut rig = with_tree();
    rig.restart(1);
    rig.tap = Some(Box::new(|_, _, _| None));
    rig.connect(0, 1);
    rig.items = 0;
    rig.run_for(600_000);
    assert!((4..=200).contains(&rig.items), "{}", rig.items);
}

// [RS-17] [RS-18] A path of a friend's: a file, or a folder with everything below it.
#[test]
fn paths_are_fetched() {
    let mut rig = with_tree();
    let fetch = |path: &str| Request::Fetch {
        what: Wanted::Path {
            who: "ana".into(),
            path: path.into(),
        },
        from: None,
        folder: None,
    };
    let report = rig.request(1, fetch("m/top.txt"));
    assert!(matches!(report, Some(Report::Download(_))), "{report:?}");
    let Some(Report::Downloads(all)) = rig.request(1, fetch("m/live")) else {
        panic!("no downloads");
    };
    assert_eq!(all.len(), 3);
    rig.run_for(5000);
    assert_eq!(rig.file(1, "/in/top.txt"), Some(&content(1, 10)[..]));
    assert_eq!(
        rig.file(1, "/in/live/1999/two.ogg"),
        Some(&content(3, 30)[..])
    );
    assert_eq!(rig.file(1, "/in/live/note"), Some(&content(4, 40)[..]));
    assert!(
        rig.downloads(1)
            .iter()
            .all(|d| d.state == DownloadState::Done)
    );
    assert!(rig.refused(1, fetch("m/none")).contains("m/none"));
}

// [RS-18] A friend who is none any more leaves no list behind.
#[test]
fn a_lost_friend_leaves_no_list() {
    let mut rig = with_tree();
    rig.disconnect(0, 1);
    let now = rig.now;
    let bea = &mut rig.machines[1];
    bea.files.forget_profile(profile(0), &mut bea.fx, now);
    rig.settle();
    assert!(rig.search(1, "ogg").is_empty());
    let kept = rig.machines[1]
        .records
        .keys()
        .filter(|(area, key)| *area == Area::Lists && key.starts_with(&location(0).to_string()));
    assert_eq!(kept.count(), 0);
}

// [RS-18] A list that was not heard for sixty days is forgotten, with its records.
#[test]
fn old_lists_are_forgotten() {
    let mut rig = with_tree();
    rig.now.wall.0 += 59 * 86_400_000;
    rig.restart(1);
    assert_eq!(rig.search(1, "ogg").len(), 2);
    rig.now.wall.0 += 86_400_000;
    rig.restart(1);
    assert!(rig.search(1, "ogg").is_empty());
    let lists = rig.machines[1].records.keys();
    assert_eq!(lists.filter(|(area, _)| *area == Area::Lists).count(), 0);
}

#[test]
fn whoever_looks_sees_what_was_shared_a_moment_ago() {
    // [RS-18]: a person does not wait for the next round of lists.
    let mut rig = Rig::connected(2);
    rig.run_for(10_000);
    rig.machines[0].disk.put("/new/just.txt", content(7, 3000));
    rig.share(0, "/new", Audience::Friends);
    let root = rig.browse(1, "ana", "");
    assert_eq!(root.folders, ["new"]);
    assert_eq!(rig.search(1, "just").len(), 1);
    // What has no source yet finds it as soon as the lists come.
    let late = content(8, 2000);
    rig.machines[0].disk.put("/later/late.txt", late.clone());
    rig.share(0, "/later", Audience::Friends);
    rig.fetch(1, "late.txt", &late, None);
    rig.run_for(5_000);
    rig.assert_state(1, DownloadState::Done);
}

#[test]
fn a_question_is_answered_from_what_is_known_if_the_friend_is_silent() {
    // [RS-18] [RS-22]
    let mut rig = Rig::connected(2);
    rig.machines[0].disk.put("/old/known.txt", content(1, 100));
    rig.share(0, "/old", Audience::Friends);
    rig.run_for(130_000);
    assert_eq!(rig.browse(1, "ana", "old").files.len(), 1);
    rig.run_for(10_000);
    rig.tap = Some(Box::new(|from, _, item| (from != 0).then_some(item)));
    let who = "ana".to_owned();
    let path = "old".to_owned();
    assert!(
        rig.request(1, Request::Browse { who, path }).is_none(),
        "it waits"
    );
    rig.run_for(2_900);
    assert!(rig.machines[1].reports.is_empty());
    rig.run_for(200);
    let report = rig.machines[1]
        .reports
        .pop_first()
        .map(|(_, report)| report);
    let Some(Report::Folder(listing)) = report else {
        panic!("{report:?}");
    };
    assert_eq!(listing.files.len(), 1);
}

#[test]
fn what_nobody_is_known_to_have_is_asked_of_every_friend() {
    // [RS-16] [RS-17]: shared by hash, it stands in no list.
    let mut rig = Rig::connected(3);
    let data = content(3, 5000);
    rig.machines[2].disk.put("/quiet/tune.ogg", data.clone());
    rig.share(2, "/quiet", Audience::ByHash);
    rig.fetch(0, "tune.ogg", &data, None);
    rig.run_for(10_000);
    rig.assert_state(0, DownloadState::Done);
}

#[test]
fn whoever_looks_asks_for_the_root_as_if_nothing_were_known() {
    // [RS-18]: a real node calls its root up to date when files older than the latest have come to it.
    let mut rig = Rig::connected(2);
    rig.machines[0].disk.put("/a/one.txt", content(1, 100));
    rig.share(0, "/a", Audience::Friends);
    rig.run_for(130_000);
    let asked = Rc::new(RefCell::new(Vec::new()));
    let into = Rc::clone(&asked);
    rig.tap = Some(Box::new(move |from, _, item| {
        if let Item::FileLists(FileLists::SyncRequest(request)) = &item
            && from == 1
            && request.dir == DirHash::ROOT
        {
            into.borrow_mut().push(request.known_time);
        }
        Some(item)
    }));
    rig.run_for(120_000);
    assert!(
        matches!(asked.borrow().as_slice(), [time] if *time != 0),
        "{asked:?}"
    );
    asked.borrow_mut().clear();
    rig.browse(1, "ana", "");
    assert_eq!(*asked.borrow(), [0]);
}
