//! Sharing: hashing, audiences, offers.

use std::cell::RefCell;
use std::rc::Rc;

use wire_retroshare::Item;
use wire_retroshare::file_transfer::FileTransfer;

use super::rig::{Rig, content, location, profile, sha1};
use crate::api::{Audience, Notice, Report, Request};
use crate::disk::DiskAnswer;
use crate::files::FilesEvent;
use crate::kept::Area;

fn with_music() -> Rig {
    let mut rig = Rig::connected(3);
    let disk = &mut rig.machines[0].disk;
    disk.put("/music/a.ogg", content(1, 1000));
    disk.put("/music/live/b.ogg", content(2, 3_000_000));
    rig.share(0, "/music", Audience::Friends);
    rig
}

fn shares(rig: &mut Rig, n: usize) -> (Vec<crate::api::Shared>, crate::api::Hashing) {
    match rig.request(n, Request::Shares) {
        Some(Report::Shares { shares, hashing }) => (shares, hashing),
        other => panic!("no shares: {other:?}"),
    }
}

// [RS-16]
#[test]
fn a_folder_is_listed_and_hashed() {
    let mut rig = with_music();
    let (shares, hashing) = shares(&mut rig, 0);
    assert_eq!(shares.len(), 1);
    assert_eq!((shares[0].files, shares[0].bytes), (2, 3_001_000));
    assert_eq!(shares[0].name, "music");
    assert_eq!((hashing.files_left, hashing.files_done), (0, 2));
    let told = rig.machines[0].notices.iter();
    assert!(told.filter(|n| matches!(n, Notice::Hashing(_))).count() >= 1);
}

// [RS-16] Unchanged files are never hashed again, changed ones are, vanished ones leave.
#[test]
fn only_what_changed_is_hashed_again() {
    let mut rig = with_music();
    rig.machines[0].disk.hashed.clear();
    rig.restart(0);
    assert!(rig.machines[0].disk.hashed.is_empty());
    let (all, _) = shares(&mut rig, 0);
    assert_eq!(all[0].files, 2);

    let changed = rig.machines[0].disk.put("/music/a.ogg", content(9, 1200));
    rig.machines[0]
        .disk
        .files
        .remove(std::path::Path::new("/music/live/b.ogg"));
    rig.run_for(601_000);
    assert_eq!(rig.machines[0].disk.hashed.len(), 1);
    let (all, _) = shares(&mut rig, 0);
    assert_eq!((all[0].files, all[0].bytes), (1, 1200));
    let report = rig.request(
        0,
        Request::LinkOf {
            file: "/music/a.ogg".into(),
        },
    );
    assert!(matches!(report, Some(Report::Text(link)) if link.contains(&changed.to_string())));
    let records = rig.machines[0].records.keys();
    assert_eq!(records.filter(|(area, _)| *area == Area::Hashes).count(), 1);
}

// [RS-16]
#[test]
fn a_few_files_are_hashed_at_once_and_hashing_rests_by_wish() {
    let mut rig = Rig::connected(2);
    for n in 0..20 {
        rig.machines[0]
            .disk
            .put(&format!("/many/{n}"), content(n, 100));
    }
    rig.machines[0].disk.held = Some(std::collections::VecDeque::new());
    rig.share(0, "/many", Audience::Friends);
    let (_, hashing) = shares(&mut rig, 0);
    assert_eq!((hashing.files_left, hashing.bytes_left), (20, 2000));
    assert!(hashing.current.is_some());
    assert_eq!(rig.machines[0].disk.most_under_way, 4);

    rig.done(0, Request::PauseHashing(true));
    let held = rig.machines[0].disk.held.take().unwrap();
    for answer in held {
        let now = rig.now;
        let machine = &mut rig.machines[0];
        machine.files.handle_disk(answer, &mut machine.fx, now);
    }
    rig.run_for(1000);
    assert_eq!(
        shares(&mut rig, 0).1.files_left,
        16,
        "what was under way is done, no more"
    );
    rig.done(0, Request::PauseHashing(false));
    rig.run_for(1000);
    assert_eq!(shares(&mut rig, 0).1.files_left, 0);
}

// [RS-16] At most a few notices a second, however many files.
#[test]
fn hashing_is_told_a_few_times_a_second() {
    let mut rig = Rig::connected(2);
    for n in 0..200 {
        rig.machines[0]
            .disk
            .put(&format!("/many/{n}"), content(n, 10));
    }
    rig.share(0, "/many", Audience::Friends);
    let told = rig.machines[0].notices.iter();
    let told = told.filter(|n| matches!(n, Notice::Hashing(_))).count();
    assert!((1..=4).contains(&told), "{told}");
}

// [RS-16] Each audience fetches what it may, and nothing tells the others that there is anything.
#[test]
fn a_file_is_served_to_its_audience_alone() {
    for (with, allowed) in [
        (Audience::Friends, [true, true]),
        (Audience::Some(vec!["bea".into()]), [true, false]),
        (Audience::ByHash, [true, true]),
    ] {
        let mut rig = Rig::connected(3);
        let data = content(5, 2_500_000);
        rig.machines[0].disk.put("/x/secret", data.clone());
        rig.share(0, "/x", with.clone());
        for (n, is_allowed) in [(1, allowed[0]), (2, allowed[1])] {
            rig.fetch(n, "got", &data, Some("ana"));
            rig.run_for(30_000);
            assert_eq!(rig.file(n, "/in/got").is_some(), is_allowed, "{with:?} {n}");
            let sent = rig.data.get(&(0, n)).copied().unwrap_or(0);
            assert_eq!(sent > 0, is_allowed, "{with:?} {n}");
        }
    }
}

// [RS-16] [RS-20]
#[test]
fn an_offer_is_for_its_receiver_alone_and_survives_a_restart() {
    let mut rig = Rig::connected(3);
    let data = content(7, 1_500_000);
    rig.machines[0].disk.put("/home/picture.png", data.clone());
    let offer = Request::Offer {
        who: "bea".into(),
        file: "/home/picture.png".into(),
    };
    // Answered by the node, once the link is said.
    assert!(rig.request(0, offer).is_none());
    let [FilesEvent::Offered { to, link, .. }] = &rig.machines[0].events[..] else {
        panic!("{:?}", rig.machines[0].events);
    };
    assert_eq!(*to, profile(1));
    assert_eq!((&link.name[..], link.size), ("picture.png", 1_500_000));
    assert_eq!(link.hash, sha1(&data).to_string());

    rig.restart(0);
    for n in [1, 2] {
        rig.connect(0, n);
        rig.fetch(n, "p", &data, Some("ana"));
    }
    rig.run_for(30_000);
    assert_eq!(rig.file(1, "/in/p"), Some(&data[..]));
    assert_eq!(rig.file(2, "/in/p"), None);
    assert!(
        rig.browse(1, "ana", "").files.is_empty(),
        "offers are in no list"
    );

    let now = rig.now;
    let ana = &mut rig.machines[0];
    ana.files.peer_down(location(1), &mut ana.fx, now);
    ana.files.forget_profile(profile(1), &mut ana.fx, now);
    rig.settle();
    let offers = rig.machines[0].records.keys();
    assert_eq!(
        offers.filter(|(_, key)| key.starts_with("offer ")).count(),
        0
    );
}

// [RS-13] [RS-16]
#[test]
fn files_of_a_letter_become_fetchable_for_its_receivers() {
    let mut rig = Rig::connected(3);
    let (a, b) = (content(1, 100), content(2, 200));
    rig.machines[0].disk.put("/home/a", a.clone());
    rig.machines[0].disk.put("/home/b", b);
    let now = rig.now;
    let ana = &mut rig.machines[0];
    let files = vec!["/home/b".into(), "/home/a".into()];
    ana.files
        .attach(9, files, vec![profile(2)], &mut ana.fx, now);
    ana.files.attach(
        10,
        vec!["/home/none".into()],
        vec![profile(2)],
        &mut ana.fx,
        now,
    );
    ana.files
        .attach(11, vec![], vec![profile(2)], &mut ana.fx, now);
    rig.settle();
    let mut answers = std::collections::BTreeMap::new();
    for event in rig.machines[0].events.drain(..) {
        if let FilesEvent::Attached { letter, links } = event {
            answers.insert(letter, links);
        }
    }
    let names: Vec<_> = answers[&9]
        .as_ref()
        .unwrap()
        .iter()
        .map(|l| l.name.clone())
        .collect();
    assert_eq!(names, ["b", "a"]);
    assert!(answers[&10].as_ref().unwrap_err().contains("/home/none"));
    assert_eq!(answers[&11].as_ref().unwrap(), &[]);
    rig.fetch(2, "a", &a, Some("ana"));
    rig.fetch(1, "a", &a, Some("ana"));
    rig.run_for(5000);
    assert!(rig.file(2, "/in/a").is_some());
    assert!(rig.file(1, "/in/a").is_none());
}

// [RS-16]
#[test]
fn what_cannot_be_shared_is_refused_with_a_sentence() {
    let mut rig = Rig::connected(2);
    let share = |folder: &str, with| Request::Share {
        folder: folder.into(),
        name: None,
        with,
    };
    assert!(
        rig.refused(0, share("relative", Audience::Friends))
            .contains("absolute")
    );
    let nobody = Audience::Some(vec!["eve".into()]);
    assert!(rig.refused(0, share("/x", nobody)).contains("eve"));
    assert!(
        rig.refused(
            0,
            Request::Unshare {
                folder: "/x".into()
            }
        )
        .contains("not shared")
    );
    let offer = Request::Offer {
        who: "bea".into(),
        file: "/none".into(),
    };
    assert!(rig.refused(0, offer).contains("/none"));
    assert!(
        rig.refused(
            0,
            Request::LinkOf {
                file: "/none".into()
            }
        )
        .contains("/none")
    );
    rig.share(0, "/none", Audience::Friends);
    assert!(shares(&mut rig, 0).0[0].problem.is_some());
}

// [RS-16] A share that is unshared, or whose audience shrinks, is served no more: also midway.
#[test]
fn permission_ends_at_once() {
    let mut rig = Rig::connected(2);
    let data = content(3, 20 << 20);
    rig.machines[0].disk.put("/x/big", data.clone());
    rig.share(0, "/x", Audience::Friends);
    // Each piece passes one by one, and after some the share is gone.
    rig.tap = Some(Box::new(|from, _, item| (from == 1).then_some(item)));
    rig.fetch(1, "big", &data, Some("ana"));
    rig.tap = None;
    let before = rig.data.get(&(0, 1)).copied().unwrap_or(0);
    rig.done(
        0,
        Request::Unshare {
            folder: "/x".into(),
        },
    );
    rig.run_for(60_000);
    assert_eq!(rig.data.get(&(0, 1)).copied().unwrap_or(0), before);
    assert_eq!(rig.file(1, "/in/big"), None);
    let download = rig.download(1);
    assert_eq!(download.state, crate::api::DownloadState::Waiting);
    assert!(download.why.is_some());
    rig.share(0, "/x", Audience::Friends);
    rig.run_for(120_000);
    assert_eq!(
        rig.file(1, "/in/big"),
        Some(&data[..]),
        "and it goes on when it is shared again"
    );
}

// [RS-16] A file that is another than the one that was hashed is not served under its old name.
#[test]
fn a_changed_file_is_not_served() {
    let mut rig = Rig::connected(2);
    let data = content(3, 500_000);
    rig.machines[0].disk.put("/x/f", data.clone());
    rig.share(0, "/x", Audience::Friends);
    let other = rig.machines[0].disk.put("/x/f", content(4, 500_000));
    rig.fetch(1, "f", &data, Some("ana"));
    rig.run_for(5000);
    assert_eq!(rig.data.get(&(0, 1)), None);
    // The failed read made the folder be looked at again.
    let report = rig.request(
        0,
        Request::LinkOf {
            file: "/x/f".into(),
        },
    );
    assert!(matches!(report, Some(Report::Text(link)) if link.contains(&other.to_string())));
}

// [RS-16] [RS-17] Nor are its chunks' hashes, which would be remembered for as long as the node runs.
#[test]
fn chunks_of_a_changed_file_have_no_hash() {
    let mut rig = Rig::connected(2);
    let data = content(3, 1_500_000);
    let hash = rig.machines[0].disk.put("/x/f", data.clone());
    rig.share(0, "/x", Audience::Friends);
    let other = rig.machines[0].disk.put("/x/f", content(4, 1_500_000));
    let heard = Rc::new(RefCell::new(Vec::new()));
    let said = heard.clone();
    rig.tap = Some(Box::new(move |_, _, item| {
        if let Item::FileTransfer(FileTransfer::ChunkHash { hash, sha1, .. }) = &item {
            said.borrow_mut().push((*hash, *sha1));
        }
        Some(item)
    }));
    let ask = |rig: &mut Rig, hash| {
        let item = FileTransfer::ChunkHashRequest { hash, chunk: 1 };
        rig.deliver(1, 0, Item::FileTransfer(item));
        rig.settle();
        heard.borrow_mut().split_off(0)
    };
    assert_eq!(ask(&mut rig, hash), []);
    let link_of = Request::LinkOf {
        file: "/x/f".into(),
    };
    let report = rig.request(0, link_of);
    assert!(
        matches!(&report, Some(Report::Text(link)) if link.contains(&other.to_string())),
        "the folder was looked at again: {report:?}"
    );
    // The first one is there again: nothing wrong was remembered.
    rig.machines[0].disk.put("/x/f", data.clone());
    rig.done(0, Request::Rescan);
    let right = *sha1(&data[1 << 20..]).as_bytes();
    assert_eq!(ask(&mut rig, hash), [(hash, right)]);
}

// [RS-16] [RS-22] What is hashed is another file than the one that was found, as if through a link that
// somebody has put in a folder's place meanwhile.
#[test]
fn what_was_not_found_in_the_folder_is_not_shared() {
    let mut rig = Rig::connected(2);
    let found = rig.machines[0].disk.put("/x/a/f", content(1, 1000));
    rig.machines[0].disk.held = Some(std::collections::VecDeque::new());
    rig.share(0, "/x", Audience::Friends);
    let mut held = rig.machines[0].disk.held.take().unwrap();
    let Some(DiskAnswer::Hashed { task, identity, .. }) = held.pop_front() else {
        panic!("nothing is hashed");
    };
    let secret = content(2, 1000);
    let answer = DiskAnswer::Hashed {
        task,
        hash: sha1(&secret),
        identity: crate::disk::Identity {
            inode: identity.inode + 1000,
            ..identity
        },
    };
    let (now, machine) = (rig.now, &mut rig.machines[0]);
    machine.files.handle_disk(answer, &mut machine.fx, now);
    rig.settle();
    let secret_hash = sha1(&secret).to_string();
    let mut records = rig.machines[0].records.values();
    assert!(!records.any(|record| String::from_utf8_lossy(record).contains(&secret_hash)));
    // It was listed again, and what is there is shared.
    let file = "/x/a/f".into();
    let report = rig.request(0, Request::LinkOf { file });
    assert!(
        matches!(&report, Some(Report::Text(link)) if link.contains(&found.to_string())),
        "{report:?}"
    );
    assert_eq!(rig.machines[0].disk.hashed.len(), 2);
    rig.fetch(1, "f", &secret, Some("ana"));
    rig.run_for(60_000);
    assert_eq!(rig.file(1, "/in/f"), None);
}

// [RS-22] Damaged records are told and cost nothing else.
#[test]
fn damaged_records_are_left_out() {
    let mut rig = with_music();
    let records = &mut rig.machines[0].records;
    for area in [Area::Shares, Area::Hashes, Area::Downloads, Area::Lists] {
        records.insert((area, "broken".into()), b"{".to_vec());
    }
    rig.restart(0);
    assert_eq!(rig.warnings(0).len(), 4, "{:?}", rig.warnings(0));
    assert_eq!(shares(&mut rig, 0).0[0].files, 2);
}

// [RS-16] An answer to a task that nobody waits for changes nothing.
#[test]
fn stray_answers_of_the_disk_are_ignored() {
    let mut rig = with_music();
    let now = rig.now;
    let ana = &mut rig.machines[0];
    for task in (0..100).map(crate::disk::TaskId) {
        ana.files
            .handle_disk(DiskAnswer::Written { task }, &mut ana.fx, now);
        let hash = [0; 20];
        ana.files
            .handle_disk(DiskAnswer::PieceHashed { task, hash }, &mut ana.fx, now);
    }
    rig.run_for(130_000);
    assert_eq!(shares(&mut rig, 0).0[0].files, 2);
    assert_eq!(rig.browse(1, "ana", "music").files.len(), 1);
}

// [RS-16] A disk that is not plugged in: its files leave the lists, and come back without being hashed.
#[test]
fn a_folder_that_comes_back_is_not_hashed_again() {
    let mut rig = with_music();
    let files = core::mem::take(&mut rig.machines[0].disk.files);
    rig.done(0, Request::Rescan);
    rig.run_for(130_000);
    assert!(rig.browse(1, "ana", "").folders.len() <= 1);
    assert!(rig.search(1, "ogg").is_empty());
    assert!(shares(&mut rig, 0).0[0].problem.is_some());
    rig.restart(0);
    rig.machines[0].disk.files = files;
    rig.machines[0].disk.hashed.clear();
    rig.done(0, Request::Rescan);
    rig.connect(0, 1);
    rig.run_for(130_000);
    assert!(rig.machines[0].disk.hashed.is_empty());
    assert_eq!(rig.search(1, "ogg").len(), 2);
    assert!(shares(&mut rig, 0).0[0].problem.is_none());

    rig.done(
        0,
        Request::Unshare {
            folder: "/music".into(),
        },
    );
    let records = rig.machines[0].records.keys();
    assert_eq!(records.filter(|(area, _)| *area == Area::Hashes).count(), 0);
}

// [RS-16] A folder within a shared folder, with an audience of its own: hashed once, allowed by either.
#[test]
fn shares_within_shares_add_up() {
    let mut rig = Rig::connected(3);
    let data = content(4, 1000);
    rig.machines[0].disk.put("/a/b/f", data.clone());
    rig.share(0, "/a", Audience::Some(vec!["bea".into()]));
    rig.share(0, "/a/b", Audience::Some(vec!["cyd".into()]));
    assert_eq!(rig.machines[0].disk.hashed.len(), 1);
    rig.done(
        0,
        Request::Unshare {
            folder: "/a".into(),
        },
    );
    for n in [1, 2] {
        rig.fetch(n, "f", &data, Some("ana"));
    }
    rig.run_for(5000);
    assert!(rig.file(1, "/in/f").is_none());
    assert!(rig.file(2, "/in/f").is_some());
}

// [RS-16] The folder that downloads come to may be shared: what has come is offered soon.
#[test]
fn what_has_come_is_shared_soon() {
    let mut rig = Rig::connected(3);
    let files: Vec<Vec<u8>> = (0..3).map(|n| content(n, 1000)).collect();
    rig.machines[1].disk.put("/in/old", b"old".to_vec());
    rig.share(1, "/in", Audience::Friends);
    for (n, data) in files.iter().enumerate() {
        rig.machines[0]
            .disk
            .put(&format!("/x/{n}.new"), data.clone());
    }
    rig.share(0, "/x", Audience::Friends);
    for (n, data) in files.iter().enumerate() {
        rig.fetch(1, &format!("{n}.new"), data, Some("ana"));
        rig.run_for(3000);
    }
    rig.run_for(160_000);
    let found = rig.search(2, "new");
    assert_eq!(found.iter().filter(|found| found.who == "bea").count(), 3);
}
