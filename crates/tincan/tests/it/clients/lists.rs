//! `rooms`, `users`, `whois` and `history`.

use serde_json::json;

use super::{CHAT_WIRES, Running, records, tincan, url};
use crate::serve::{Hub, add_accounts};
use crate::support::Home;

/// `bo` and `carla` in `lobby`, `carla` in `den` too.
fn people(home: &Home, hub: &Hub) -> [Running; 2] {
    let (bo, carla) = (url(hub, "cs594", "bo"), url(hub, "cs494", "carla"));
    let rooms = ["--json", "--room", "lobby"];
    let mut carla = Running::start(
        home,
        &[&["listen", &carla, "--room", "den"], &rooms[..]].concat(),
    );
    carla.wait_for_members("lobby", &["carla"]);
    let bo = Running::start(home, &[&["listen", &bo], &rooms[..]].concat());
    carla.wait_for_members("lobby", &["bo", "carla"]);
    [bo, carla]
}

fn sorted(out: &str) -> Vec<&str> {
    let mut lines: Vec<_> = out.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn rooms_and_their_members_are_listed_for_people_and_for_programs() {
    // [494-13] [494-16] [594-12] [594-13]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    let _people = people(&home, &hub);
    for wire in CHAT_WIRES {
        let ana = url(&hub, wire, "ana");
        let out = tincan(&home, &["rooms", &ana]).ok();
        assert_eq!(sorted(&out), ["den", "lobby"], "{wire}");
        let mut rooms = records(&tincan(&home, &["rooms", &ana, "--json"]).ok());
        rooms.sort_by_key(|room| room["room"].to_string());
        assert_eq!(rooms[0], json!({"type": "room", "room": "den"}), "{wire}");
        assert_eq!(rooms[1], json!({"type": "room", "room": "lobby"}));
        assert_eq!(rooms.len(), 2);

        let out = tincan(&home, &["users", &ana, "--room", "lobby"]).ok();
        assert_eq!(sorted(&out), ["bo", "carla"], "{wire}");
        let out = tincan(&home, &["users", &ana]).ok();
        assert_eq!(sorted(&out), ["#den carla", "#lobby bo", "#lobby carla"]);
        let out = tincan(&home, &["users", &ana, "--room", "#den", "--json"]).ok();
        let wanted = json!({"type": "members", "room": "den", "names": ["carla"]});
        assert_eq!(records(&out), [wanted], "{wire}");

        let none = tincan(&home, &["users", &ana, "--room", "attic"]);
        assert_eq!(none.failed(1), "there is no room #attic");
    }
    hub.stop();
}

#[test]
fn whether_people_are_here_is_told_where_the_wire_can_ask() {
    // [494-12]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    let _people = people(&home, &hub);
    let ana = url(&hub, "cs494", "ana");
    let out = tincan(&home, &["whois", &ana, "bo", "zoe"]).ok();
    assert_eq!(out, "bo is here\nzoe is not here\n");
    let out = tincan(&home, &["whois", &ana, "bo", "zoe", "--json"]).ok();
    let wanted = [
        json!({"type": "presence", "user": "bo", "online": true}),
        json!({"type": "presence", "user": "zoe", "online": false}),
    ];
    assert_eq!(records(&out), wanted);
    hub.stop();
}

#[test]
fn what_was_said_before_is_told_by_the_wire_that_has_it() {
    // [HUB-6] [594-25]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    let _people = people(&home, &hub);
    let ana = url(&hub, "cs594", "ana");
    for text in ["one", "two", "three"] {
        tincan(&home, &["send", &ana, "--to", "#lobby", text]).ok();
    }
    tincan(&home, &["send", &ana, "--to", "bo", "just us"]).ok();
    let out = tincan(&home, &["history", &ana, "#lobby", "--json"]).ok();
    let said: Vec<_> = records(&out)
        .into_iter()
        .filter(|record| record["type"] == "said" && record["farewell"].is_null())
        .collect();
    let texts: Vec<_> = said.iter().map(|said| said["text"].clone()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    assert!(
        said.iter()
            .all(|said| said["from"] == "ana" && said["room"] == "lobby")
    );
    // Ids are the hub's own, so they are a place to go on from.
    let before = said[2]["id"].to_string();
    let args = [
        "history", &ana, "#lobby", "--json", "--limit", "1", "--before", &before,
    ];
    let out = tincan(&home, &args).ok();
    assert_eq!(records(&out), [said[1].clone()]);

    let out = tincan(&home, &["history", &ana, "bo"]).ok();
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(out.ends_with("ana → bo: just us\n"), "{out}");
    hub.stop();
}

#[test]
fn what_a_wire_cannot_tell_is_said_with_one_that_can() {
    // [CP-1]
    let home = Home::new();
    add_accounts(&home, &["cy"]);
    let hub = Hub::start(&home, &[]);
    let asked = |wire: &str, args: &[&str]| {
        let who = url(&hub, wire, "cy");
        let args = [&args[..1], &[who.as_str()], &args[1..]].concat();
        tincan(&home, &args).failed(1)
    };
    let rooms = "cp has no rooms; use cs494:// or cs594://";
    assert_eq!(asked("cp", &["rooms"]), rooms);
    assert_eq!(asked("cp", &["users"]), rooms);
    for wire in ["cp", "cs594"] {
        let sentence = match wire {
            "cp" => asked(wire, &["whois", "bo"]),
            _ => tincan(&home, &["whois", &url(&hub, wire, "ana"), "bo"]).failed(1),
        };
        assert_eq!(
            sentence,
            format!("{wire} has no way to ask whether somebody is here; use cs494://")
        );
    }
    for wire in ["cp", "cs494"] {
        let sentence = asked(wire, &["history", "#lobby"]);
        assert_eq!(sentence, format!("{wire} has no history; use cs594://"));
    }
    let files = "cp has no file transfer; use cs494:// or cs594://";
    home.write("notes.txt", "some notes");
    assert_eq!(asked("cp", &["fetch"]), files);
    assert_eq!(asked("cp", &["offer", "--to", "bo", "notes.txt"]), files);
    hub.stop();
}

#[test]
fn a_name_that_is_in_use_or_a_hub_that_is_not_there_is_one_sentence() {
    // [HUB-1] [494-8]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    let _people = people(&home, &hub);
    for wire in CHAT_WIRES {
        let bo = url(&hub, wire, "bo");
        let sentence = tincan(&home, &["rooms", &bo]).failed(1);
        assert!(sentence.starts_with("cannot sign in as bo: "), "{sentence}");
    }
    let addresses = ["cs494", "cs594", "cp"].map(|wire| url(&hub, wire, "dee"));
    hub.stop();
    for address in addresses {
        let sentence = tincan(&home, &["send", &address, "--to", "bo", "x"]).failed(1);
        assert!(
            sentence.starts_with("nobody listens at 127.0.0.1:"),
            "{sentence}"
        );
    }
}
