//! Downloads: chunks, sources, corruption, restarts, trouble with the disk.

use std::path::Path;

use proptest::prelude::{ProptestConfig, any, proptest};
use wire_retroshare::file_transfer::FileTransfer;
use wire_retroshare::{FileHash, Item};

use super::rig::{Rig, content, sha1};
use crate::api::{Audience, DownloadState, Notice, Request};
use crate::kept::Area;

const MIB: usize = 1 << 20;

/// Friends 0 … all share the same file, and the last one is to fetch it.
fn with_sources(count: usize, data: &[u8]) -> Rig {
    let mut rig = Rig::connected(count + 1);
    for n in 0..count {
        rig.machines[n].disk.put("/x/file.bin", data.to_vec());
        rig.share(n, "/x", Audience::Friends);
    }
    rig.run_for(130_000);
    rig
}

/// Gives wrong bytes from some offset on, as if from a rotten disk: chunk hashes go with them.
fn rotten(data: &[u8], at: usize) -> Vec<u8> {
    let mut rotten = data.to_vec();
    rotten[at..]
        .iter_mut()
        .step_by(1000)
        .for_each(|byte| *byte ^= 0x55);
    rotten
}

/// The machine's file is other than it was hashed as, and its disk does not notice.
fn rot(rig: &mut Rig, n: usize, data: Vec<u8>) {
    let file = rig.machines[n]
        .disk
        .files
        .get_mut(Path::new("/x/file.bin"))
        .unwrap();
    file.0 = data;
}

fn finish(rig: &mut Rig, n: usize, data: &[u8]) {
    for _ in 0..600 {
        if rig.file(n, "/in/file.bin").is_some() {
            break;
        }
        rig.run_for(1000);
    }
    assert!(
        rig.file(n, "/in/file.bin") == Some(data),
        "{:?}",
        rig.downloads(n)
    );
    assert!(rig.machines[n].disk.parts.is_empty());
    rig.assert_state(n, DownloadState::Done);
}

// [RS-17] [RS-20]
#[test]
fn a_file_is_fetched_from_one_friend() {
    let data = content(1, 5 * MIB + 777);
    let mut rig = with_sources(1, &data);
    rig.fetch(1, "file.bin", &data, None);
    finish(&mut rig, 1, &data);
    assert_eq!(rig.data[&(0, 1)], data.len() as u64, "no byte twice");
    let told: Vec<_> = rig.machines[1]
        .notices
        .iter()
        .filter_map(|n| match n {
            Notice::Download(download) => Some(download.clone()),
            _ => None,
        })
        .collect();
    assert!(told.len() >= 2);
    assert_eq!(told.last().unwrap().path, Path::new("/in/file.bin"));
    assert_eq!(told.last().unwrap().done, data.len() as u64);
}

// [RS-17] Nothing is overwritten.
#[test]
fn a_file_of_the_same_name_stays() {
    let data = content(1, 1000);
    let mut rig = with_sources(1, &data);
    rig.machines[1].disk.put("/in/file.bin", b"mine".to_vec());
    rig.fetch(1, "file.bin", &data, None);
    rig.run_for(2000);
    assert_eq!(rig.file(1, "/in/file.bin"), Some(&b"mine"[..]));
    assert_eq!(rig.file(1, "/in/2 file.bin"), Some(&data[..]));
}

// [RS-17] Swarming: each source gives its part.
#[test]
fn three_sources_give_a_part_each() {
    let data = content(2, 24 * MIB);
    let mut rig = with_sources(3, &data);
    rig.fetch(3, "file.bin", &data, None);
    finish(&mut rig, 3, &data);
    let parts: Vec<u64> = (0..3).map(|n| rig.data[&(n, 3)]).collect();
    assert!(parts.iter().all(|part| *part > 2 * MIB as u64), "{parts:?}");
    assert!(
        parts.iter().sum::<u64>() <= data.len() as u64 + 4 * MIB as u64,
        "{parts:?}"
    );
}

// [RS-17] What is loaded is served to others at once.
#[test]
fn a_downloader_serves_what_it_has() {
    let data = content(2, 8 * MIB);
    let mut rig = with_sources(1, &data);
    // Bea gets half of it, then Ana is gone.
    let mut left = 5 * MIB as i64;
    rig.tap = Some(Box::new(move |_, _, item| {
        if let Item::FileTransfer(FileTransfer::Data { data, .. }) = &item {
            left -= data.len() as i64;
        }
        (left > 0).then_some(item)
    }));
    rig.machines.push(super::rig::Machine::new(
        2,
        Default::default(),
        Default::default(),
        rig.now,
    ));
    rig.connect(1, 2);
    rig.fetch(1, "file.bin", &data, None);
    rig.run_for(1000);
    rig.disconnect(0, 1);
    rig.tap = None;
    let done = rig.download(1).done;
    assert!(done > 0, "{done}");
    // Its place is kept a while, and the part is open: Cyd gets it from Bea.
    rig.connect(0, 1);
    rig.tap = Some(Box::new(|from, _, item| (from != 0).then_some(item)));
    rig.run_for(1000);
    rig.fetch(2, "file.bin", &data, Some("bea"));
    rig.run_for(3000);
    assert!(
        rig.data
            .get(&(1, 2))
            .is_some_and(|bytes| *bytes >= MIB as u64),
        "{:?}",
        rig.data
    );
    rig.tap = None;
    for _ in 0..100 {
        rig.run_for(2000);
    }
    assert!(rig.file(1, "/in/file.bin") == Some(&data[..]));
}

// [RS-17]
#[test]
fn a_source_that_dies_midway_is_replaced() {
    let data = content(3, 12 * MIB);
    let mut rig = with_sources(2, &data);
    let mut given = 0;
    rig.tap = Some(Box::new(move |from, _, item| {
        if from == 0
            && let Item::FileTransfer(FileTransfer::Data { .. }) = &item
        {
            given += 1;
            // Silent from here on, though the link stands.
            return (given <= 3).then_some(item);
        }
        Some(item)
    }));
    rig.fetch(2, "file.bin", &data, None);
    finish(&mut rig, 2, &data);
    assert!(rig.data[&(1, 2)] > 9 * MIB as u64);

    let mut rig = with_sources(2, &data);
    rig.tap = Some(Box::new(move |from, _, item| (from == 2).then_some(item)));
    rig.fetch(2, "file.bin", &data, None);
    rig.tap = None;
    rig.disconnect(0, 2);
    finish(&mut rig, 2, &data);
}

// [RS-17]
#[test]
fn a_stalled_source_rests_and_is_tried_again() {
    let data = content(3, 3 * MIB);
    let mut rig = with_sources(1, &data);
    rig.tap = Some(Box::new(|_, _, item| {
        let is_data = matches!(item, Item::FileTransfer(FileTransfer::Data { .. }));
        (!is_data).then_some(item)
    }));
    rig.fetch(1, "file.bin", &data, None);
    rig.run_for(20_000);
    rig.items = 0;
    rig.run_for(10_000);
    assert!(
        rig.items < 20,
        "nobody is asked while it rests: {}",
        rig.items
    );
    rig.assert_state(1, DownloadState::Waiting);
    rig.tap = None;
    finish(&mut rig, 1, &data);
}

// [RS-17] A corrupt source: found out by chunk hashes, replaced, marked; the file is right.
#[test]
fn a_corrupt_source_is_found_and_marked() {
    let data = content(4, 16 * MIB + 5);
    let mut rig = with_sources(3, &data);
    rot(&mut rig, 1, rotten(&data, 0));
    rig.fetch(3, "file.bin", &data, None);
    finish(&mut rig, 3, &data);
    assert!(rig.data[&(1, 3)] > 0, "it gave something");
    let warnings = rig.warnings(3);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("bea"), "{warnings:?}");
    let wasted = rig
        .data
        .iter()
        .filter(|((_, to), _)| *to == 3)
        .map(|(_, n)| n)
        .sum::<u64>();
    assert!(
        wasted < 2 * data.len() as u64,
        "only the wrong chunks come again: {wasted}"
    );
}

// [RS-17] With two sources it is one word against another: everything comes from one, then the other.
#[test]
fn of_two_sources_the_wrong_one_is_found() {
    for corrupt in [0, 1] {
        let data = content(4, 9 * MIB);
        let mut rig = with_sources(2, &data);
        rot(&mut rig, corrupt, rotten(&data, 0));
        rig.fetch(2, "file.bin", &data, None);
        finish(&mut rig, 2, &data);
        let warnings = rig.warnings(2);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(
            warnings[0].contains(["ana", "bea"][corrupt]),
            "{warnings:?}"
        );
    }
}

// [RS-17] A source without chunk hashes: what it gave is replaced all the same.
#[test]
fn silence_about_chunks_decides_nothing_and_stops_nothing() {
    let data = content(4, 6 * MIB);
    let mut rig = with_sources(2, &data);
    rot(&mut rig, 0, rotten(&data, 3 * MIB));
    rig.tap = Some(Box::new(|_, _, item| {
        let is_hash = matches!(item, Item::FileTransfer(FileTransfer::ChunkHash { .. }));
        (!is_hash).then_some(item)
    }));
    rig.fetch(2, "file.bin", &data, None);
    finish(&mut rig, 2, &data);
}

// [RS-17] Where nobody has the right file, it ends, with a sentence, and can be taken up again.
#[test]
fn a_file_that_nobody_has_right_fails() {
    for size in [1000, 4 * MIB] {
        let data = content(4, size);
        let mut rig = with_sources(2, &data);
        rot(&mut rig, 0, rotten(&data, 0));
        rot(&mut rig, 1, rotten(&data, size / 2));
        rig.fetch(2, "file.bin", &data, None);
        rig.run_for(120_000);
        let download = rig.download(2);
        assert_eq!(download.state, DownloadState::Failed, "{download:?}");
        assert!(download.why.unwrap().contains("file.bin"));
        assert_eq!(rig.file(2, "/in/file.bin"), None);

        rot(&mut rig, 0, data.clone());
        let hash = sha1(&data).to_string();
        rig.done(
            2,
            Request::PauseDownload {
                hash,
                is_paused: false,
            },
        );
        finish(&mut rig, 2, &data);
    }
}

// [RS-17] Who gives wrong bytes again and again is not asked for anything for a while.
#[test]
fn several_marks_are_a_ban() {
    let mut rig = Rig::connected(2);
    let files: Vec<Vec<u8>> = (0..4).map(|n| content(n, 1000)).collect();
    for (n, data) in files.iter().enumerate() {
        rig.machines[0].disk.put(&format!("/x/{n}"), data.clone());
    }
    rig.share(0, "/x", Audience::Friends);
    for (n, data) in files.iter().take(3).enumerate() {
        let path = format!("/x/{n}");
        rig.machines[0]
            .disk
            .files
            .get_mut(Path::new(&path))
            .unwrap()
            .0[5] ^= 1;
        rig.fetch(1, &n.to_string(), data, Some("ana"));
        rig.run_for(5000);
    }
    let before = rig.data[&(0, 1)];
    rig.fetch(1, "3", &files[3], Some("ana"));
    rig.run_for(60_000);
    assert_eq!(rig.data[&(0, 1)], before);
    rig.run_for(3_600_000);
    assert!(
        rig.file(1, "/in/3").is_some(),
        "an hour later it is asked again"
    );
}

// [RS-17]
#[test]
fn a_paused_download_rests_and_goes_on() {
    let data = content(5, 6 * MIB);
    let mut rig = with_sources(1, &data);
    rig.tap = Some(Box::new(|from, _, item| (from == 1).then_some(item)));
    rig.fetch(1, "file.bin", &data, None);
    rig.tap = None;
    let hash = sha1(&data).to_string();
    rig.done(
        1,
        Request::PauseDownload {
            hash: hash.clone(),
            is_paused: true,
        },
    );
    rig.assert_state(1, DownloadState::Paused);
    let before = rig.data.clone();
    rig.run_for(60_000);
    assert_eq!(rig.data, before);
    rig.restart(1);
    rig.connect(0, 1);
    rig.run_for(60_000);
    rig.assert_state(1, DownloadState::Paused);
    rig.done(
        1,
        Request::PauseDownload {
            hash,
            is_paused: false,
        },
    );
    finish(&mut rig, 1, &data);
}

// [RS-17]
#[test]
fn a_cancelled_download_leaves_nothing() {
    let data = content(5, 6 * MIB);
    let mut rig = with_sources(1, &data);
    rig.go_silent_at_piece(8);
    rig.fetch(1, "file.bin", &data, None);
    rig.run_for(1000);
    let hash = sha1(&data).to_string();
    rig.done(1, Request::CancelDownload { hash: hash.clone() });
    assert!(rig.downloads(1).is_empty());
    assert!(rig.machines[1].disk.parts.is_empty());
    assert!(
        !rig.machines[1]
            .records
            .keys()
            .any(|(area, _)| *area == Area::Downloads)
    );
    let Some(Notice::Download(last)) = rig.machines[1].notices.last() else {
        panic!("nothing told");
    };
    assert_eq!(last.state, DownloadState::Cancelled);
    rig.tap = None;
    rig.run_for(60_000);
    assert!(rig.downloads(1).is_empty());
    assert!(
        rig.refused(1, Request::CancelDownload { hash })
            .contains("no download")
    );
}

// [RS-17]
#[test]
fn a_full_disk_is_waited_for() {
    let data = content(5, 3 * MIB);
    let mut rig = with_sources(1, &data);
    rig.machines[1].disk.is_full = true;
    rig.fetch(1, "file.bin", &data, None);
    rig.run_for(5000);
    let download = rig.download(1);
    assert_eq!(download.state, DownloadState::Waiting);
    assert_eq!(download.why.as_deref(), Some("the disk is full"));
    rig.run_for(120_000);
    rig.assert_state(1, DownloadState::Waiting);
    rig.machines[1].disk.is_full = false;
    finish(&mut rig, 1, &data);

    // Full only when bytes are written.
    let mut rig = with_sources(1, &data);
    rig.tap = Some(Box::new(|from, _, item| (from == 1).then_some(item)));
    rig.fetch(1, "file.bin", &data, None);
    rig.tap = None;
    rig.machines[1].disk.is_full = true;
    rig.run_for(60_000);
    rig.assert_state(1, DownloadState::Waiting);
    rig.machines[1].disk.is_full = false;
    finish(&mut rig, 1, &data);
}

// [RS-17]
#[test]
fn a_broken_disk_fails_the_download_alone() {
    let data = content(5, 3 * MIB);
    let mut rig = with_sources(1, &data);
    rig.machines[1].disk.writes_fail = true;
    rig.fetch(1, "file.bin", &data, None);
    rig.run_for(2000);
    let download = rig.download(1);
    assert_eq!(download.state, DownloadState::Failed);
    assert!(download.why.unwrap().contains("the disk is broken"));
    rig.machines[1].disk.writes_fail = false;
    let hash = download.file.hash;
    rig.done(
        1,
        Request::PauseDownload {
            hash,
            is_paused: false,
        },
    );
    finish(&mut rig, 1, &data);
}

// [RS-17] A part that was taken away is fetched from the beginning.
#[test]
fn a_lost_part_begins_again() {
    let data = content(6, 6 * MIB);
    let mut rig = with_sources(1, &data);
    rig.go_silent_at_piece(16);
    rig.fetch(1, "file.bin", &data, None);
    rig.run_for(6000);
    rig.tap = None;
    rig.machines[1].disk.parts.clear();
    rig.restart(1);
    rig.connect(0, 1);
    finish(&mut rig, 1, &data);
}

// [RS-17]
#[test]
fn a_file_of_no_bytes_is_there_at_once() {
    let mut rig = Rig::connected(2);
    rig.fetch(1, "file.bin", b"", None);
    finish(&mut rig, 1, b"");
    // What is not the file of its hash is not made.
    rig.fetch_as(1, "other", 0, FileHash::from_bytes([1; 20]), None);
    rig.run_for(2000);
    assert!(rig.file(1, "/in/other").is_none());
    assert_eq!(rig.downloads(1)[1].state, DownloadState::Failed);
}

// [RS-17] A link alone waits for somebody who has it; whoever said it is asked.
#[test]
fn a_link_waits_for_a_source() {
    let data = content(7, 2 * MIB);
    let mut rig = Rig::new(2);
    rig.machines[0].disk.put("/x/file.bin", data.clone());
    rig.fetch(1, "file.bin", &data, None);
    rig.run_for(10_000);
    rig.assert_state(1, DownloadState::Waiting);
    assert_eq!(
        rig.download(1).why.as_deref(),
        Some("nobody who has it is online")
    );
    // A friend is asked all the same, and does not give it: it is not shared.
    rig.connect(0, 1);
    rig.run_for(60_000);
    rig.assert_state(1, DownloadState::Waiting);
    assert_eq!(
        rig.download(1).why.as_deref(),
        Some("nobody who should have it gives it")
    );
    rig.share(0, "/x", Audience::Friends);
    rig.run_for(130_000);
    finish(&mut rig, 1, &data);
}

// [RS-17] A few load at once, the others wait their turn; all come.
#[test]
fn many_downloads_take_turns() {
    let mut rig = Rig::connected(2);
    let files: Vec<Vec<u8>> = (0..40)
        .map(|n| content(n, 100_000 + usize::from(n)))
        .collect();
    for (n, data) in files.iter().enumerate() {
        rig.machines[0].disk.put(&format!("/x/{n}"), data.clone());
    }
    rig.share(0, "/x", Audience::Friends);
    rig.tap = Some(Box::new(|from, _, item| {
        let is_data = matches!(item, Item::FileTransfer(FileTransfer::Data { .. }));
        (from != 0 || !is_data).then_some(item)
    }));
    for (n, data) in files.iter().enumerate() {
        rig.fetch(1, &n.to_string(), data, Some("ana"));
    }
    rig.run_for(2000);
    let loading = rig
        .downloads(1)
        .iter()
        .filter(|d| d.state == DownloadState::Loading)
        .count();
    assert_eq!(loading, 8);
    rig.tap = None;
    rig.run_for(200_000);
    for (n, data) in files.iter().enumerate() {
        assert!(rig.file(1, &format!("/in/{n}")) == Some(&data[..]), "{n}");
    }
}

// [RS-17] Progress is told about four times a second, however fast bytes come.
#[test]
fn progress_has_a_pace_a_speed_and_an_end() {
    let data = content(8, 40 * MIB);
    let mut rig = with_sources(1, &data);
    // Some 4 MiB a second: what does not fit is told to wait by not delivering.
    let requests = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let queue = requests.clone();
    rig.tap = Some(Box::new(move |from, to, item| {
        if let (1, Item::FileTransfer(FileTransfer::DataRequest { .. })) = (from, &item) {
            queue.borrow_mut().push((from, to, item));
            return None;
        }
        Some(item)
    }));
    rig.fetch(1, "file.bin", &data, None);
    rig.machines[1].notices.clear();
    for _ in 0..200 {
        let mut bytes = 0u32;
        while bytes < 1 << 20 {
            let mut waiting = requests.borrow_mut();
            if waiting.is_empty() {
                break;
            }
            let (from, to, item) = waiting.remove(0);
            drop(waiting);
            if let Item::FileTransfer(FileTransfer::DataRequest { length, .. }) = &item {
                bytes += length;
            }
            rig.deliver(from, to, item);
        }
        rig.run_for(250);
        if rig.file(1, "/in/file.bin").is_some() {
            break;
        }
    }
    assert!(rig.file(1, "/in/file.bin") == Some(&data[..]));
    let told: Vec<_> = rig.machines[1]
        .notices
        .iter()
        .filter_map(|n| match n {
            Notice::Download(download) if download.state == DownloadState::Loading => {
                Some(download)
            }
            _ => None,
        })
        .collect();
    assert!((20..=50).contains(&told.len()), "{}", told.len());
    assert!(told.windows(2).all(|two| two[0].done <= two[1].done));
    let middle = told[told.len() / 2];
    assert!(
        (2 << 20..6 << 20).contains(&middle.speed),
        "{}",
        middle.speed
    );
    assert!(middle.left_s.is_some_and(|left| (1..20).contains(&left)));
    assert_eq!(middle.sources, ["ana"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    // [RS-17] Wherever it is broken off, by a restart or a lost link, it goes on and the file is right.
    #[test]
    fn it_resumes_at_any_point(size in 1usize..6 * MIB, stops in proptest::collection::vec((1u32..60, any::<bool>()), 0..4)) {
        let data = content(9, size);
        let mut rig = Rig::connected(2);
        rig.machines[0].disk.put("/x/file.bin", data.clone());
        rig.share(0, "/x", Audience::Friends);
        rig.fetch_after(&data, &stops);
        finish(&mut rig, 1, &data);
    }
}

impl Rig {
    fn fetch_after(&mut self, data: &[u8], stops: &[(u32, bool)]) {
        let limit = |items: u32| -> super::rig::Tap {
            let mut left = items;
            Box::new(move |_, _, item| {
                left = left.saturating_sub(1);
                (left > 0).then_some(item)
            })
        };
        if let Some((items, _)) = stops.first() {
            self.tap = Some(limit(*items));
        }
        self.fetch(1, "file.bin", data, Some("ana"));
        for (items, is_restart) in stops {
            self.run_for(700);
            self.tap = Some(limit(*items));
            if *is_restart {
                self.restart(1);
            } else {
                self.disconnect(0, 1);
            }
            self.connect(0, 1);
        }
        self.tap = None;
        if !self.links.contains(&(0, 1)) {
            self.connect(0, 1);
        }
    }
}
