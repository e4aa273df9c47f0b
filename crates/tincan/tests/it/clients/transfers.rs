//! `offer` and `fetch`.

use std::path::Path;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{CHAT_WIRES, Running, Watch, record, tincan, until, url};
use crate::serve::{Hub, Script};
use crate::support::{Home, names};

/// Bytes that no two places of which are alike, and as many as there are to be.
fn content(size: u32) -> Vec<u8> {
    let mixed = |n: u32| n.wrapping_mul(2_654_435_761).rotate_left(11).to_le_bytes()[1];
    (0..size).map(mixed).collect()
}

fn digest(path: &Path) -> String {
    let bytes = Sha256::digest(std::fs::read(path).unwrap());
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `fay` on that wire, who takes files into `inbox`.
fn fetching(home: &Home, hub: &Hub, wire: &str, more: &[&str]) -> Running {
    let fay = url(hub, wire, "fay");
    let args = [&["fetch", &fay, "--dir", "inbox"], more].concat();
    let running = Running::start(home, &args);
    Watch::start(home, hub).until_here("fay");
    running
}

/// A file of much more than anybody on the way keeps.
fn write_big(home: &Home) {
    let file = std::fs::File::create(home.path("big.bin")).unwrap();
    file.set_len(64 << 20).unwrap();
}

/// Waits until this file has bytes.
fn until_some_has_come(part: &Path) {
    until("bytes of the file", || {
        std::fs::metadata(part).is_ok_and(|facts| facts.len() > 0)
    });
}

#[test]
fn a_file_goes_from_our_client_to_our_client_across_all_wires() {
    // [494-22] [494-24] [594-23] [594-24]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    for from in CHAT_WIRES {
        for to in CHAT_WIRES {
            for size in [1, 4096, 300_001] {
                let name = format!("{from} to {to}, {size}.bin");
                let file = home.path(&name);
                std::fs::write(&file, content(size)).unwrap();
                let mut fay = fetching(&home, &hub, to, &["--once"]);
                let gil = url(&hub, from, "gil");
                let sent = tincan(&home, &["offer", &gil, "--to", "fay", &name]);
                assert_eq!((sent.code, sent.out.as_str()), (0, ""), "{sent:?}");
                assert!(sent.err.contains(&format!("sent {name} (")), "{sent:?}");
                let fetched = fay.end();
                assert_eq!(fetched.code, 0, "{fetched:?}");
                assert_eq!(fetched.out, format!("inbox/{name}\n"));
                assert_eq!(
                    digest(&home.path("inbox").join(&name)),
                    digest(&file),
                    "{name}"
                );
            }
        }
    }
    assert_eq!(names(&home.path("inbox")).len(), 12, "and no parts");
    hub.stop();
}

#[test]
fn files_of_one_name_stand_beside_each_other() {
    // [494-7]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    std::fs::create_dir(home.path("inbox")).unwrap();
    home.write("inbox/notes.txt", "mine");
    home.write("notes.txt", "yours");
    let mut fay = fetching(&home, &hub, "cs594", &["--count", "2", "--json"]);
    let gil = url(&hub, "cs494", "gil");
    for path in ["inbox/notes (1).txt", "inbox/notes (2).txt"] {
        tincan(&home, &["offer", &gil, "--to", "fay", "notes.txt"]).ok();
        let mut fetched = fay.wait_for_record("fetched");
        let number = fetched.as_object_mut().unwrap().remove("transfer").unwrap();
        assert!(number.as_u64() > Some(0), "{number}");
        let wanted = json!({
            "type": "fetched", "from": "gil", "name": "notes.txt", "size": 5, "path": path
        });
        assert_eq!(fetched, wanted);
        assert_eq!(std::fs::read_to_string(home.path(path)).unwrap(), "yours");
    }
    assert_eq!(fay.end().code, 0);
    let mine = std::fs::read_to_string(home.path("inbox/notes.txt")).unwrap();
    assert_eq!(mine, "mine");
    hub.stop();
}

#[test]
fn names_that_lead_elsewhere_never_do() {
    // [494-7] [594-23]
    let home = Home::new();
    let hub = Hub::start(&home, &[])
        .with("tincan", json!(env!("CARGO_BIN_EXE_tincan")))
        .with("home", json!(home.path("")));
    for scenario in ["through_the_hub", "a_hostile_hub"] {
        Script::start("hostile_files.py", scenario, &hub).passed();
    }
    hub.stop();
}

#[test]
fn what_is_not_wanted_is_declined_and_both_sides_say_so() {
    // [494-22] [594-23]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    home.write("notes.txt", "some notes");
    let gil = ["cs494", "cs594"].map(|wire| url(&hub, wire, "gil"));
    for wire in CHAT_WIRES {
        for (wish, why) in [
            (["--from", "hal"], "it is from somebody else"),
            (["--max-size", "9"], "it is larger than 9 B"),
        ] {
            let mut fay = fetching(&home, &hub, wire, &wish);
            for gil in &gil {
                let offer = tincan(&home, &["offer", gil, "--to", "fay", "notes.txt"]);
                assert_eq!(offer.code, 1, "{offer:?}");
                assert!(
                    offer.err.ends_with("tincan: fay declined the file\n"),
                    "{offer:?}"
                );
                let note = fay.wait_for_note("declined");
                let wanted = format!("tincan: declined notes.txt (10 B) from gil: {why}");
                assert_eq!(note, wanted);
            }
            // Interrupted is how it ends: that is no failure.
            fay.interrupt();
            let end = fay.end();
            assert_eq!((end.code, end.out.as_str()), (0, ""), "{end:?}");
        }
    }
    assert!(names(&home.path("inbox")).is_empty());
    hub.stop();
}

#[test]
fn an_offer_that_nobody_can_take_has_failed() {
    // [494-22] [594-23]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    home.write("notes.txt", "some notes");
    for wire in CHAT_WIRES {
        let gil = url(&hub, wire, "gil");
        // Nobody of that name.
        let offer = tincan(&home, &["offer", &gil, "--to", "zoe", "notes.txt"]);
        assert_eq!(offer.code, 1, "{offer:?}");
        let sentence = offer.err.lines().last().unwrap();
        assert!(sentence.contains("zoe"), "{sentence}");
        // Somebody who never answers.
        let mut watch = Watch::start(&home, &hub);
        watch.until_here("watch");
        let offer = [
            "offer",
            &gil,
            "--to",
            "watch",
            "--timeout",
            "0",
            "notes.txt",
        ];
        let offer = tincan(&home, &offer);
        assert_eq!(offer.code, 1, "{offer:?}");
        assert!(
            offer.err.contains("watch did not answer within 0 s"),
            "{offer:?}"
        );
        drop(watch);
        // Somebody who leaves while the offer waits.
        let hal = url(&hub, "cs494", "hal");
        let mut hal = Running::start(&home, &["listen", &hal, "--json"]);
        Watch::start(&home, &hub).until_here("hal");
        let mut offer = Running::start(&home, &["offer", &gil, "--to", "hal", "notes.txt"]);
        hal.wait_for_record("offered");
        hal.interrupt();
        assert_eq!(hal.end().code, 0);
        let offer = offer.end();
        assert_eq!(offer.code, 1, "{offer:?}");
        let sentence = offer.err.lines().last().unwrap();
        assert!(
            sentence == "tincan: hal is gone" || sentence == "tincan: hal declined the file",
            "{sentence}"
        );
    }
    hub.stop();
}

#[test]
fn a_receiver_that_goes_away_in_the_middle_fails_the_offer_and_leaves_no_part() {
    // [494-27] [594-24]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    write_big(&home);
    let mut fay = fetching(&home, &hub, "cs494", &["--once"]);
    let gil = url(&hub, "cs494", "gil");
    let mut offer = Running::start(&home, &["offer", &gil, "--to", "fay", "big.bin"]);
    until_some_has_come(&home.path("inbox/big.bin.part"));
    fay.interrupt();
    fay.end();
    let offer = offer.end();
    assert_eq!(offer.code, 1, "{offer:?}");
    let sentence = "tincan: fay stopped the transfer or is gone\n";
    assert!(offer.err.ends_with(sentence), "{offer:?}");
    assert!(names(&home.path("inbox")).is_empty());
    hub.stop();
}

#[test]
fn a_sender_that_goes_away_in_the_middle_is_told_as_a_failure() {
    // [494-27] [594-24]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    write_big(&home);
    let mut fay = fetching(&home, &hub, "cs494", &["--json"]);
    let gil = url(&hub, "cs494", "gil");
    let offer = Running::start(&home, &["offer", &gil, "--to", "fay", "big.bin"]);
    until_some_has_come(&home.path("inbox/big.bin.part"));
    drop(offer);
    let failed = fay.wait_for_record("failed");
    assert_eq!(
        (&failed["from"], &failed["name"]),
        (&json!("gil"), &json!("big.bin"))
    );
    assert!(
        failed["reason"].as_str().unwrap().contains("sender"),
        "{failed}"
    );
    assert!(names(&home.path("inbox")).is_empty());
    fay.interrupt();
    assert_eq!(fay.end().code, 0);
    hub.stop();
}

#[test]
fn what_is_no_file_with_bytes_is_not_offered() {
    // [494-22]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    home.write("empty.txt", "");
    let gil = url(&hub, "cs494", "gil");
    for (file, why) in [
        (
            "empty.txt",
            "empty.txt is empty; a file needs at least one byte to be sent",
        ),
        (".", ". is a folder; pack it into one file first"),
        ("none.txt", "cannot read none.txt: "),
    ] {
        let sentence = tincan(&home, &["offer", &gil, "--to", "fay", file]).failed(1);
        assert!(sentence.starts_with(why), "{sentence}");
    }
    hub.stop();
}

#[test]
fn a_listener_sees_offers_as_records() {
    // [494-22]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    home.write("notes.txt", "some notes");
    for wire in CHAT_WIRES {
        let hal = url(&hub, wire, "hal");
        let mut hal = Running::start(&home, &["listen", &hal, "--json"]);
        Watch::start(&home, &hub).until_here("hal");
        let gil = url(&hub, "cs494", "gil");
        let offer = Running::start(&home, &["offer", &gil, "--to", "hal", "notes.txt"]);
        let mut offered = hal.wait_for_record("offered");
        assert!(
            offered
                .as_object_mut()
                .unwrap()
                .remove("transfer")
                .is_some()
        );
        let wanted =
            record(r#"{"type":"offered","from":"gil","to":"hal","name":"notes.txt","size":10}"#);
        assert_eq!(offered, wanted, "{wire}");
        drop(offer);
        let ended = hal.wait_for_record("ended");
        assert_eq!(
            (&ended["from"], &ended["name"]),
            (&json!("gil"), &json!("notes.txt"))
        );
    }
    hub.stop();
}
