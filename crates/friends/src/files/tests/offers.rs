//! Single files: what we offer and take back, what is offered to us.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use wire_retroshare::Item;
use wire_retroshare::file_transfer::FileTransfer;

use super::rig::{Disk, Machine, People, Rig, content, location, profile, sha1};
use crate::api::{Audience, DownloadState, FileLink, OfferToUs, OwnOffer, Report, Request, Wanted};
use crate::files::shares::TakenBack;
use crate::kept::Area;

const PICTURE: &str = "/home/picture.png";
const MIB: usize = 1 << 20;

fn offer(rig: &mut Rig, n: usize, to: &str) {
    let offer = Request::Offer {
        who: to.into(),
        file: PICTURE.into(),
    };
    assert!(
        rig.request(n, offer).is_none(),
        "the node answers it, later"
    );
    assert!(rig.machines[n].events.pop().is_some());
}

fn unoffer(rig: &mut Rig, n: usize, who: Option<&str>) -> Result<TakenBack, String> {
    let now = rig.now;
    let machine = &mut rig.machines[n];
    let taken = machine
        .files
        .unoffer(PICTURE.as_ref(), who, &People, &mut machine.fx, now);
    rig.settle();
    taken.map(|(taken, _)| taken)
}

fn offers(rig: &mut Rig, n: usize) -> (Vec<OwnOffer>, Vec<OfferToUs>) {
    match rig.request(n, Request::Offers) {
        Some(Report::Offers { ours, theirs }) => (ours, theirs),
        other => panic!("no offers: {other:?}"),
    }
}

fn hears(rig: &mut Rig, n: usize, from: usize, link: &FileLink) {
    let now = rig.now;
    let machine = &mut rig.machines[n];
    machine
        .files
        .handle_offer(profile(from), link, &mut machine.fx, now);
    rig.settle();
}

fn go_on(rig: &mut Rig, n: usize, data: &[u8]) {
    let hash = sha1(data).to_string();
    let is_paused = false;
    rig.done(n, Request::PauseDownload { hash, is_paused });
    rig.run_for(3000);
}

/// Ana offers a file to Bea, who gets a part of it and no more while the cell says so.
fn half_way(from: Option<&str>) -> (Rig, Vec<u8>, Rc<Cell<bool>>) {
    let mut rig = Rig::connected(2);
    let data = content(7, 5 * MIB);
    rig.machines[0].disk.put(PICTURE, data.clone());
    offer(&mut rig, 0, "bea");
    let is_slow = Rc::new(Cell::new(true));
    let slow = Rc::clone(&is_slow);
    let mut passed = 0;
    rig.tap = Some(Box::new(move |_, _, item| {
        if let Item::FileTransfer(FileTransfer::Data { data, .. }) = &item {
            passed += data.len();
            if slow.get() && passed > 2 * MIB {
                return None;
            }
        }
        Some(item)
    }));
    rig.fetch(1, "p", &data, from);
    rig.run_for(2000);
    rig.assert_state(1, DownloadState::Loading);
    (rig, data, is_slow)
}

// [RS-16] [RS-17]
#[test]
fn taken_back_it_is_refused_and_a_download_that_runs_ends_with_the_reason() {
    let (mut rig, data, is_slow) = half_way(Some("ana"));
    let had = rig.download(1).done;
    assert!(had > 0 && had < data.len() as u64, "{had}");
    let taken = unoffer(&mut rig, 0, None).unwrap();
    assert_eq!(taken.from, [profile(1)].into());
    let download = rig.download(1);
    assert_eq!(download.state, DownloadState::Failed, "{download:?}");
    let why = download.why.unwrap();
    assert!(why.contains("ana has taken it back"), "{why}");
    // Nor later, nor by a node that was started anew.
    is_slow.set(false);
    go_on(&mut rig, 1, &data);
    rig.assert_state(1, DownloadState::Failed);
    rig.restart(0);
    rig.restart(1);
    rig.connect(0, 1);
    go_on(&mut rig, 1, &data);
    let download = rig.download(1);
    assert_eq!(download.state, DownloadState::Failed, "{download:?}");
    assert!(download.why.unwrap().contains("ana has taken it back"));
    // Offered once more, it goes on where it was.
    offer(&mut rig, 0, "bea");
    go_on(&mut rig, 1, &data);
    assert_eq!(rig.file(1, "/in/p"), Some(&data[..]));
    let sent = rig.data[&(0, 1)];
    assert!(sent < data.len() as u64 + 3 * MIB as u64, "{sent}");
}

// [RS-16] [RS-17]
#[test]
fn whoever_begins_to_fetch_what_was_taken_back_is_told_that_nothing_is_there() {
    let mut rig = Rig::connected(3);
    let data = content(7, MIB);
    rig.machines[0].disk.put(PICTURE, data.clone());
    offer(&mut rig, 0, "bea");
    unoffer(&mut rig, 0, Some("bea")).unwrap();
    let answers = Rc::new(Cell::new([0; 3]));
    let counted = Rc::clone(&answers);
    rig.tap = Some(Box::new(move |from, to, item| {
        if let (0, Item::FileTransfer(_)) = (from, &item) {
            let mut all = counted.get();
            all[to] += 1;
            counted.set(all);
        }
        Some(item)
    }));
    for n in [1, 2] {
        rig.fetch(n, "p", &data, Some("ana"));
    }
    rig.run_for(2000);
    let download = rig.download(1);
    assert_eq!(download.state, DownloadState::Waiting);
    assert_eq!(
        download.why.as_deref(),
        Some("ana has nothing of it to give")
    );
    // To whom it was never offered nothing is said of it.
    let [_, to_bea, to_cyd] = answers.get();
    assert!(to_bea >= 1 && to_cyd == 0, "{to_bea} {to_cyd}");
    rig.assert_state(2, DownloadState::Waiting);
    rig.run_for(120_000);
    assert_eq!(rig.data.get(&(0, 1)), None);
    assert_eq!(rig.data.get(&(0, 2)), None);
}

// [RS-16]
#[test]
fn an_offer_is_taken_back_from_one_or_from_all() {
    let mut rig = Rig::connected(3);
    let data = content(7, 1000);
    rig.machines[0].disk.put(PICTURE, data.clone());
    let no = unoffer(&mut rig, 0, None).unwrap_err();
    assert!(no.contains("not offered"), "{no}");
    offer(&mut rig, 0, "bea");
    offer(&mut rig, 0, "cyd");
    let (ours, _) = offers(&mut rig, 0);
    let [one] = &ours[..] else { panic!("{ours:?}") };
    assert_eq!(one.path.to_str(), Some(PICTURE));
    assert_eq!(one.to, ["bea", "cyd"]);
    assert_eq!(one.link.hash, sha1(&data).to_string());
    unoffer(&mut rig, 0, Some("bea")).unwrap();
    let no = unoffer(&mut rig, 0, Some("bea")).unwrap_err();
    assert!(no.contains("not offered to bea"), "{no}");
    assert!(
        unoffer(&mut rig, 0, Some("eve"))
            .unwrap_err()
            .contains("eve")
    );
    rig.restart(0);
    rig.connect(0, 1);
    rig.connect(0, 2);
    assert_eq!(offers(&mut rig, 0).0[0].to, ["cyd"]);
    for n in [1, 2] {
        rig.fetch(n, "p", &data, Some("ana"));
    }
    rig.run_for(2000);
    assert_eq!(rig.file(1, "/in/p"), None);
    assert!(rig.file(2, "/in/p").is_some());
    unoffer(&mut rig, 0, None).unwrap();
    assert!(offers(&mut rig, 0).0.is_empty());
    let kept = |rig: &Rig, what: &str| {
        let keys = rig.machines[0].records.keys();
        keys.filter(|(_, key)| key.starts_with(what)).count()
    };
    assert_eq!((kept(&rig, "offer "), kept(&rig, "taken ")), (0, 2));
    let now = rig.now;
    for n in [1, 2] {
        let ana = &mut rig.machines[0];
        ana.files.peer_down(location(n), &mut ana.fx, now);
        ana.files.forget_profile(profile(n), &mut ana.fx, now);
        rig.settle();
    }
    assert_eq!(kept(&rig, "taken "), 0);
}

// [RS-16]
#[test]
fn what_is_shared_too_can_still_be_had() {
    let (mut rig, data, is_slow) = half_way(Some("ana"));
    rig.share(0, "/home", Audience::Friends);
    let now = rig.now;
    let ana = &mut rig.machines[0];
    let (_, still) = ana
        .files
        .unoffer(PICTURE.as_ref(), None, &People, &mut ana.fx, now)
        .unwrap();
    assert_eq!(still, [profile(1)]);
    is_slow.set(false);
    rig.run_for(60_000);
    assert_eq!(rig.file(1, "/in/p"), Some(&data[..]));
}

// [RS-17] Another who has the file takes the place of who has taken it back.
#[test]
fn somebody_else_who_has_it_gives_the_rest() {
    let (mut rig, data, is_slow) = half_way(Some("ana"));
    rig.machines
        .push(Machine::new(2, BTreeMap::new(), Disk::default(), rig.now));
    rig.machines[2].disk.put("/x/p", data.clone());
    rig.share(2, "/x", Audience::Friends);
    rig.connect(1, 2);
    rig.fetch(1, "p", &data, Some("cyd"));
    unoffer(&mut rig, 0, None).unwrap();
    is_slow.set(false);
    rig.run_for(120_000);
    assert_eq!(rig.file(1, "/in/p"), Some(&data[..]));
    assert!(rig.data[&(2, 1)] > 0);
}

// [RS-17] Whoever only begins to fetch a file themselves has taken nothing back.
#[test]
fn somebody_who_never_had_it_ends_no_download_after_a_restart() {
    let (mut rig, data, is_slow) = half_way(None);
    rig.machines
        .push(Machine::new(2, BTreeMap::new(), Disk::default(), rig.now));
    rig.run_for(12_000);
    rig.restart(1);
    rig.connect(1, 2);
    rig.run_for(3000);
    let had = rig.download(1).done;
    assert!(had > 0, "some is there");
    // Cyd is asked, as nobody is said to have it, and says how far they are.
    let nothing = FileTransfer::Map {
        is_client: true,
        hash: sha1(&data),
        words: vec![0],
    };
    rig.deliver(2, 1, Item::FileTransfer(nothing));
    rig.run_for(3000);
    let download = rig.download(1);
    assert_ne!(download.state, DownloadState::Failed, "{download:?}");
    is_slow.set(false);
    rig.connect(0, 1);
    rig.run_for(60_000);
    assert_eq!(rig.file(1, "/in/p"), Some(&data[..]));
}

fn link(name: &str, seed: u8) -> FileLink {
    let data = content(seed, 10);
    FileLink {
        name: name.into(),
        size: 10,
        hash: sha1(&data).to_string(),
    }
}

// [RS-20]
#[test]
fn what_is_offered_to_us_is_remembered_until_it_is_fetched() {
    let mut rig = Rig::connected(3);
    hears(&mut rig, 0, 1, &link("one", 1));
    hears(&mut rig, 0, 2, &link("one", 1));
    hears(&mut rig, 0, 2, &link("t\u{1b}wo", 2));
    rig.restart(0);
    let names = |rig: &mut Rig| {
        let theirs = offers(rig, 0).1.into_iter();
        theirs
            .map(|offer| (offer.who, offer.link.name))
            .collect::<Vec<_>>()
    };
    let pair = |who: &str, name: &str| (who.to_owned(), name.to_owned());
    assert_eq!(
        names(&mut rig),
        [pair("bea", "one"), pair("cyd", "one"), pair("cyd", "t_wo")]
    );
    rig.fetch(0, "one", &content(1, 10), Some("bea"));
    assert_eq!(names(&mut rig), [pair("cyd", "t_wo")]);
    let now = rig.now;
    let ana = &mut rig.machines[0];
    ana.files.forget_profile(profile(2), &mut ana.fx, now);
    rig.settle();
    assert!(names(&mut rig).is_empty());
    rig.restart(0);
    assert!(names(&mut rig).is_empty());
}

// [RS-20]
#[test]
fn what_is_fetched_with_its_folder_is_no_offer_any_more() {
    let mut rig = Rig::connected(2);
    for (path, seed) in [("/x/a/one", 1), ("/x/a/two", 2)] {
        rig.machines[1].disk.put(path, content(seed, 10));
    }
    rig.share(1, "/x", Audience::Friends);
    rig.run_for(60_000);
    for (name, seed) in [("one", 1), ("two", 2), ("else", 3)] {
        hears(&mut rig, 0, 1, &link(name, seed));
    }
    let (who, path) = ("bea".into(), "x/a".into());
    let fetch = Request::Fetch {
        what: Wanted::Path { who, path },
        from: None,
        folder: None,
    };
    let report = rig.request(0, fetch);
    assert!(
        matches!(&report, Some(Report::Downloads(all)) if all.len() == 2),
        "{report:?}"
    );
    let theirs = offers(&mut rig, 0).1;
    assert_eq!(theirs.len(), 1, "{theirs:?}");
    assert_eq!(theirs[0].link.name, "else");
}

// [RS-22]
#[test]
fn offers_of_one_friend_are_bounded_and_the_latest_stay() {
    let mut rig = Rig::connected(3);
    let hash = |n: u32| format!("{n:040x}");
    hears(&mut rig, 0, 2, &link("from cyd", 1));
    for n in 0..500 {
        let link = FileLink {
            name: format!("{n}"),
            size: 1,
            hash: hash(n),
        };
        hears(&mut rig, 0, 1, &link);
    }
    let theirs = offers(&mut rig, 0).1;
    assert_eq!(theirs.len(), 201);
    assert_eq!(theirs[0].link.name, "from cyd");
    assert_eq!(theirs[200].link.name, "499");
    let kept = rig.machines[0].records.keys();
    let kept = kept.filter(|(area, key)| *area == Area::Shares && key.starts_with("offered-by "));
    assert_eq!(kept.count(), 201);
}

// [RS-22] Those who offer much make room for others, not the other way round.
#[test]
fn many_who_offer_much_push_nobody_elses_offer_out() {
    let mut rig = Rig::connected(2);
    hears(&mut rig, 0, 1, &link("from bea", 1));
    for who in 2..=26 {
        for n in 0..200 {
            let link = FileLink {
                name: format!("{n}"),
                size: 1,
                hash: format!("{n:040x}"),
            };
            hears(&mut rig, 0, who, &link);
        }
    }
    let theirs = offers(&mut rig, 0).1;
    assert_eq!(theirs.len(), 5000);
    assert_eq!(theirs[0].link.name, "from bea");
}
