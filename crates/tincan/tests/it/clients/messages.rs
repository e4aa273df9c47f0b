//! `send` and `listen`.

use serde_json::json;

use super::{CHAT_WIRES, Running, record, tincan, tincan_fed, url};
use crate::serve::{Hub, PASSWORD, add_accounts};
use crate::support::{Home, run};

/// `bo` on that wire, listening in `lobby`, and whoever is asked whether he is there.
fn listening(home: &Home, hub: &Hub, wire: &str) -> (Running, Running) {
    let watch = url(hub, "cs494", "watch");
    let mut watch = Running::start(home, &["listen", &watch, "--room", "lobby", "--json"]);
    watch.wait_for_members("lobby", &["watch"]);
    let bo = url(hub, wire, "bo");
    let bo = Running::start(home, &["listen", &bo, "--room", "lobby", "--json"]);
    watch.wait_for_members("lobby", &["bo", "watch"]);
    (bo, watch)
}

/// Whether it looks like `2026-11-23T07:04:16.341Z`.
fn is_time(value: &serde_json::Value) -> bool {
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
    let shape: String = value
        .as_str()
        .unwrap_or_default()
        .chars()
        .map(shape)
        .collect();
    shape == "0000-00-00T00:00:00.000Z"
}

#[test]
fn what_is_sent_to_a_room_and_to_a_person_is_heard_as_documented_lines() {
    // [HUB-3] [HUB-4]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    for heard_on in CHAT_WIRES {
        let (mut bo, mut watch) = listening(&home, &hub, heard_on);
        let mut last_id = None;
        for said_on in CHAT_WIRES {
            let ana = url(&hub, said_on, "ana");
            let run = tincan(&home, &["send", &ana, "--to", "#lobby", "Grüße, \"all\""]);
            assert_eq!(run.ok(), "", "nothing to parse");
            let said = bo.wait_for_record("said");
            assert!(is_time(&said["time"]), "{said}");
            let id = said["id"].as_u64();
            assert!(id > last_id, "{said}");
            last_id = id;
            let mut said = said;
            said.as_object_mut()
                .unwrap()
                .retain(|key, _| key != "id" && key != "time");
            let wanted =
                json!({"type": "said", "from": "ana", "room": "lobby", "text": "Grüße, \"all\""});
            assert_eq!(said, wanted, "from {said_on} to {heard_on}");

            tincan(&home, &["send", &ana, "--to", "bo", "for you alone"]).ok();
            let told = bo.wait_for_record("told");
            assert!(is_time(&told["time"]) && told["id"].is_u64(), "{told}");
            assert_eq!(told["from"], "ana");
            assert_eq!(told["to"], "bo");
            assert_eq!(told["text"], "for you alone");
        }
        // Interrupted is how it ends: that is no failure.
        bo.interrupt();
        let rest = bo.end();
        assert_eq!((rest.code, rest.err.as_str()), (0, ""), "{rest:?}");
        watch.wait_for_members("lobby", &["watch"]);
        watch.interrupt();
        assert_eq!(watch.end().code, 0);
    }
    hub.stop();
}

#[test]
fn a_message_for_somebody_away_waits_in_the_mailbox_and_each_wire_says_what_it_knows() {
    // [HUB-4] [494-20] [594-15] [CP-10]
    let home = Home::new();
    add_accounts(&home, &["cy", "dee"]);
    let hub = Hub::start(&home, &[]);
    let send = |wire: &str, name: &str, text: &str| {
        let from = url(&hub, wire, name);
        tincan(&home, &["send", &from, "--to", "dee", text])
    };
    let sentence = send("cs494", "ana", "from cs494").failed(1);
    assert!(sentence.contains("dee is not here"), "{sentence}");
    assert!(sentence.contains("waits in its mailbox"), "{sentence}");
    let kept = send("cs594", "bo", "from cs594");
    assert_eq!(kept.code, 0, "{kept:?}");
    assert_eq!((kept.out.as_str(), kept.err.as_str()), ("", ""));
    assert_eq!(send("cp", "cy", "from cp").ok(), "");

    let mailbox = url(&hub, "cp", "dee");
    let mut dee = Running::start(&home, &["listen", &mailbox, "--json"]);
    for (from, text) in [
        ("ana", "from cs494"),
        ("bo", "from cs594"),
        ("cy", "from cp"),
    ] {
        let told = dee.wait_for_record("told");
        assert_eq!((&told["from"], &told["to"]), (&json!(from), &json!("dee")));
        assert_eq!(told["text"], text);
        assert!(is_time(&told["time"]), "{told}");
    }
    dee.interrupt();
    assert_eq!(dee.end().code, 0);
    hub.stop();
}

#[test]
fn a_letter_that_was_listened_to_is_gone_from_the_mailbox() {
    // [CP-10]
    let home = Home::new();
    add_accounts(&home, &["cy", "dee"]);
    let hub = Hub::start(&home, &[]);
    let (cy, dee) = (url(&hub, "cp", "cy"), url(&hub, "cp", "dee"));
    for letter in ["one", "two"] {
        tincan(&home, &["send", &cy, "--to", "dee", letter]).ok();
        let mut listener = Running::start(&home, &["listen", &dee, "--json"]);
        let told = listener.wait_for_record("told");
        assert_eq!(told["text"], letter);
        listener.interrupt();
        let rest = listener.end();
        assert_eq!((rest.code, rest.out.as_str()), (0, ""));
    }
    hub.stop();
}

#[test]
fn what_is_sent_to_nobody_has_failed_with_one_sentence() {
    // [494-20] [594-15] [CP-9]
    let home = Home::new();
    add_accounts(&home, &["cy"]);
    let hub = Hub::start(&home, &[]);
    for (wire, name, wanted) in [
        ("cs494", "ana", "not delivered: zoe is not here"),
        (
            "cs594",
            "ana",
            "not delivered: zoe is not here and has no account",
        ),
        ("cp", "cy", "not delivered: zoe has no account on this hub"),
    ] {
        let from = url(&hub, wire, name);
        let sentence = tincan(&home, &["send", &from, "--to", "zoe", "hello?"]).failed(1);
        assert!(sentence.starts_with(wanted), "{wire}: {sentence}");
    }
    hub.stop();
}

#[test]
fn a_text_comes_from_standard_input_with_all_its_lines() {
    // [HUB-5] [494-6]
    let home = Home::new();
    add_accounts(&home, &["cy"]);
    let hub = Hub::start(&home, &[]);
    let (mut bo, _watch) = listening(&home, &hub, "cs594");
    // cs494 has no line ends: there each line is a message, and an empty one is a space.
    for (wire, wanted) in [
        ("cs494", vec!["first", " ", "third"]),
        ("cs594", vec!["first\n\nthird"]),
    ] {
        let ana = url(&hub, wire, "ana");
        for to in ["bo", "#lobby"] {
            tincan_fed(&home, &["send", &ana, "--to", to], "first\n\nthird\n").ok();
            let kind = if to == "bo" { "told" } else { "said" };
            let texts = wanted
                .iter()
                .map(|_| bo.wait_for_record(kind)["text"].clone());
            assert_eq!(texts.collect::<Vec<_>>(), wanted, "{wire} {to}");
        }
    }
    // On cp the password may be the first line: the rest is the text.
    let cy = url(&hub, "cp", "cy");
    let mut send = home.tincan(&["send", &cy, "--to", "cy"]);
    run(send.write_stdin(format!("{PASSWORD}\nfirst\nsecond\n"))).ok();
    let mut mailbox = Running::start(&home, &["listen", &cy, "--json"]);
    let text = mailbox.wait_for_record("told")["text"].clone();
    assert!(
        text.as_str().unwrap().contains("first") && text.as_str().unwrap().contains("second"),
        "{text}"
    );
    hub.stop();
}

#[test]
fn a_text_that_is_too_long_or_empty_is_refused_with_the_numbers() {
    // [494-6] [CP-16]
    let home = Home::new();
    add_accounts(&home, &["cy"]);
    let hub = Hub::start(&home, &[]);
    for (wire, name, most) in [
        ("cs494", "ana", 11_998),
        ("cs594", "ana", 11_998),
        ("cp", "cy", 1_009),
    ] {
        let from = url(&hub, wire, name);
        let sentence =
            tincan_fed(&home, &["send", &from, "--to", "cy"], &"x".repeat(most + 1)).failed(1);
        let bytes = (most + 1).to_string();
        assert!(
            sentence.contains(&bytes) && sentence.contains(&most.to_string()),
            "{sentence}"
        );
        let sentence = tincan_fed(&home, &["send", &from, "--to", "cy"], "").failed(1);
        assert!(
            sentence.contains("at least one character"),
            "{wire}: {sentence}"
        );
    }
    hub.stop();
}

#[test]
fn a_wire_without_rooms_says_which_have_them() {
    // [CP-1]
    let home = Home::new();
    add_accounts(&home, &["cy"]);
    let hub = Hub::start(&home, &[]);
    let cy = url(&hub, "cp", "cy");
    for args in [
        &["send", &cy, "--to", "#lobby", "hello"][..],
        &["listen", &cy, "--room", "lobby"],
        &["chat", &cy, "--room", "lobby"],
    ] {
        let sentence = tincan(&home, args).failed(2);
        assert_eq!(
            sentence,
            "cp has no rooms, only a mailbox; use cs494:// or cs594://"
        );
    }
    hub.stop();
}

#[test]
fn listeners_are_told_that_the_hub_closes() {
    // [HUB-8]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    let (mut bo, mut watch) = listening(&home, &hub, "cs594");
    hub.stop();
    for listener in [&mut bo, &mut watch] {
        listener.wait_for_record("closing");
        let rest = listener.end();
        assert_eq!(rest.code, 1, "{rest:?}");
        let last = record(rest.out.lines().last().unwrap());
        assert_eq!(last["type"], "over");
        assert!(last["reason"].is_string(), "{last}");
        assert_eq!(rest.err.lines().count(), 1, "{rest:?}");
    }
}

#[test]
fn a_password_is_taken_from_safe_places_and_shown_nowhere() {
    // [CP-13]
    let home = Home::new();
    add_accounts(&home, &["cy"]);
    let hub = Hub::start(&home, &[]);
    let cy = url(&hub, "cp", "cy");
    let args = ["send", cy.as_str(), "--to", "cy", "to myself"];
    // From the environment and from standard input.
    assert_eq!(tincan(&home, &args).ok(), "");
    assert_eq!(
        run(home.tincan(&args).write_stdin(format!("{PASSWORD}\r\n"))).ok(),
        ""
    );
    // Not from the address, nor is it told.
    let in_address = cy.replace("cy@", &format!("cy:{PASSWORD}@"));
    let refused = tincan(&home, &["send", &in_address, "--to", "cy", "x"]);
    assert!(!format!("{refused:?}").contains(PASSWORD), "{refused:?}");
    assert!(refused.failed(2).contains("TINCAN_PASSWORD"));
    // None at all.
    let none = run(home.tincan(&args).write_stdin(""));
    assert!(none.failed(2).contains("there is no password"));
    // A wrong one.
    let wrong = run(home.tincan(&args).env("TINCAN_PASSWORD", "wrongwrong"));
    assert!(!format!("{wrong:?}").contains("wrongwrong"), "{wrong:?}");
    assert!(wrong.failed(1).contains("cannot sign in as cy"));
    assert!(!hub.log().contains(PASSWORD) && !hub.log().contains("wrongwrong"));
    hub.stop();
}
