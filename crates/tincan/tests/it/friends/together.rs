//! Two nodes that meet on loopback.

use std::path::Path;

use super::{folder, friends, known, me, node, strangers, tincan, unlocked};
use crate::clients::{Running, record, records, until};
use crate::support::{Home, names, run};

/// Two friends whose nodes run, linked.
fn linked() -> (Home, Home, Running, Running) {
    let (ana, bea) = friends();
    let (ana_node, bea_node) = (node(&ana), node(&bea));
    meet(&ana, &bea);
    (ana, bea, ana_node, bea_node)
}

/// Ana learns where bea is, and calls until they are linked.
fn meet(ana: &Home, bea: &Home) {
    let invite = tincan(bea, &["friends", "invite"]).ok();
    tincan(ana, &["friends", "add", invite.trim()]).ok();
    let _ = tincan(ana, &["friends", "call", "bea"]);
    until("ana and bea are linked", || {
        is_online(ana) && is_online(bea)
    });
}

/// Whether the only friend of `home` is online.
fn is_online(home: &Home) -> bool {
    known(home)
        .iter()
        .any(|friend| friend["status"] != "offline")
}

fn write(path: &Path, size: usize) -> Vec<u8> {
    let bytes: Vec<u8> = (0..size).map(|at| (at * 31 % 251) as u8).collect();
    std::fs::write(path, &bytes).unwrap();
    bytes
}

#[test]
fn a_node_says_where_it_listens_and_others_attach_to_it() {
    // [RS-6]
    let (ana, _) = strangers();
    let mut running = Running::start(&ana, &["friends", "run", "--listen", "127.0.0.1:0"]);
    let line = running.wait_for_part("listening friends 127.0.0.1:");
    running.wait_for("ready", |line| line == "ready");
    let address = line.trim_start_matches("listening friends ");
    let me = me(&ana);
    assert_eq!(me["running"], true);
    assert_eq!(me["addresses"][0], address);
    let second = run(&mut ana.tincan(&["friends", "run"])).failed(1);
    assert!(second.contains("runs already"), "{second}");
    // Attached, nothing needs the passphrase.
    run(&mut ana.tincan(&["friends", "status", "away", "back at two"])).ok();
    let status = run(&mut ana.tincan(&["friends", "status"])).ok();
    assert!(status.contains("away: back at two"), "{status}");
    running.interrupt();
    assert_eq!(running.end().code, 0);
    assert!(names(&folder(&ana)).iter().all(|name| name != "node.sock"));
    let alone = run(&mut ana.tincan(&["friends", "status", "away"])).failed(1);
    assert!(alone.contains("no node runs"), "{alone}");
}

#[test]
fn messages_go_both_ways_and_those_that_waited_first() {
    // [RS-9] [RS-11]
    let (ana, bea) = friends();
    tincan(&ana, &["send", "friend:bea", "while you were away"]).ok();
    let (_ana_node, _bea_node) = (node(&ana), node(&bea));
    meet(&ana, &bea);
    let mut listening = Running::start(&bea, &["listen", "friend:", "--json"]);
    // First who we are and whom we know.
    let mut first = || record(&listening.wait_for("a line", |_| true));
    let (own, friend, told) = (first(), first(), first());
    assert_eq!((&own["type"], &own["name"]), (&"me".into(), &"bea".into()));
    assert!(
        own["addresses"][0]
            .as_str()
            .unwrap()
            .starts_with("127.0.0.1:"),
        "{own}"
    );
    assert_eq!(own["running"], true);
    assert_eq!(
        (&friend["type"], &friend["name"]),
        (&"friend".into(), &"ana".into())
    );
    assert_eq!(friend["status"], "online");
    assert_eq!(told["type"], "told");
    assert_eq!((&told["from"], &told["to"]), (&"ana".into(), &"bea".into()));
    assert_eq!(told["text"], "while you were away");
    let sent = tincan(
        &ana,
        &["send", "friend:bea", "--wait", "60", "hello \u{1b}[2J"],
    );
    assert_eq!((sent.code, sent.err.as_str()), (0, ""), "{sent:?}");
    let line = listening.wait_for("hello", |line| line.contains("hello"));
    assert!(!line.contains('\u{1b}'), "{line}");
    tincan(&ana, &["friends", "status", "busy", "at work"]).ok();
    let busy = listening.wait_for("busy", |line| record(line)["status"] == "busy");
    assert_eq!(record(&busy)["message"], "at work");
    // Without a word it is with them.
    let sent = tincan(&ana, &["send", "friend:bea", "no need to wait"]);
    assert_eq!((sent.code, sent.err.as_str()), (0, ""), "{sent:?}");
    assert_eq!(tincan(&ana, &["friends", "outbox", "--json"]).ok(), "");
    let whois = tincan(&bea, &["whois", "friend:", "ana"]).ok();
    assert!(whois.starts_with("ana is busy: at work"), "{whois}");
    let history = records(&tincan(&bea, &["history", "friend:ana", "--json"]).ok());
    assert_eq!(history.len(), 3);
}

#[test]
fn somebody_who_is_not_approved_is_only_a_request() {
    // [RS-3]
    let (ana, bea) = strangers();
    let (_ana_node, _bea_node) = (node(&ana), node(&bea));
    let invite = tincan(&bea, &["friends", "invite"]).ok();
    tincan(&ana, &["friends", "add", invite.trim()]).ok();
    until("bea is asked", || {
        known(&bea).iter().any(|one| one["standing"] == "asks")
    });
    assert!(!is_online(&ana) && !is_online(&bea));
    let sent = tincan(&ana, &["send", "friend:bea", "let me in"]);
    assert!(sent.err.contains("the message waits"), "{sent:?}");
    let asks = tincan(&bea, &["friends", "--once"]).ok();
    assert!(asks.contains("asks to be a friend"), "{asks}");
    let id = me(&ana)["pgp_id"].as_str().unwrap().to_owned();
    tincan(&bea, &["friends", "approve", &id]).ok();
    let _ = tincan(&ana, &["friends", "call", "bea"]);
    until("they are linked", || is_online(&ana) && is_online(&bea));
    let history = || records(&tincan(&bea, &["history", "friend:ana", "--json"]).ok());
    until("the message has come", || {
        history().iter().any(|one| one["text"] == "let me in")
    });
}

#[test]
fn a_letter_with_a_file_arrives() {
    // [RS-13] [RS-20]
    let (ana, bea, _ana_node, _bea_node) = linked();
    let bytes = write(&ana.path("plan.bin"), 70_000);
    let args = [
        "mail",
        "send",
        "--to",
        "bea",
        "--subject",
        "Plan",
        "--attach",
        "plan.bin",
        "See.",
    ];
    tincan(&ana, &args).ok();
    let inbox = || records(&tincan(&bea, &["mail", "list", "inbox", "--json"]).ok());
    until("the letter is there", || !inbox().is_empty());
    let letter = inbox().remove(0);
    assert_eq!(
        (&letter["from"], &letter["subject"]),
        (&"ana".into(), &"Plan".into())
    );
    assert_eq!(letter["read"], false);
    let id = letter["id"].to_string();
    let letter = records(&tincan(&bea, &["mail", "read", &id, "--json"]).ok()).remove(0);
    assert_eq!(letter["text"], "See.");
    let link = letter["files"][0]["link"].as_str().unwrap();
    let path = tincan(&bea, &["files", "get", link, "--from", "ana"]).ok();
    assert_eq!(std::fs::read(path.trim_end()).unwrap(), bytes);
}

#[test]
fn a_shared_folder_is_browsed_searched_and_fetched() {
    // [RS-16] [RS-17] [RS-18]
    let (ana, bea) = friends();
    std::fs::create_dir_all(ana.path("music/live")).unwrap();
    let bytes = write(&ana.path("music/live/song.ogg"), 3_000_000);
    // Lists are asked for when a link comes up, and later only now and then.
    let _ana_node = node(&ana);
    tincan(&ana, &["files", "share", "music", "--wait"]).ok();
    let _bea_node = node(&bea);
    meet(&ana, &bea);
    until("the list has come", || {
        let live = tincan(&bea, &["files", "browse", "ana", "music/live", "--json"]);
        let is_there = live.code == 0;
        let all = if is_there {
            records(&live.out)
        } else {
            Vec::new()
        };
        all.iter().any(|one| one["name"] == "song.ogg")
    });
    let found = tincan(&bea, &["files", "search", "song"]).ok();
    assert!(found.contains("ana:music/live/song.ogg"), "{found}");
    let path = tincan(
        &bea,
        &["fetch", "friend:ana", "music/live/song.ogg", "--dir", "got"],
    )
    .ok();
    assert_eq!(std::fs::read(path.trim_end()).unwrap(), bytes);
    assert!(path.contains("got"), "{path}");
    let all = records(&tincan(&bea, &["files", "downloads", "--json"]).ok());
    assert!(all.iter().all(|one| one["state"] == "done"), "{all:?}");
    let none = tincan(&bea, &["fetch", "friend:ana", "music/nothing.ogg"]);
    assert_eq!(none.code, 1, "{none:?}");
}

#[test]
fn an_offered_file_is_taken_by_whoever_waits_for_it() {
    // [RS-16] [RS-20]
    let (ana, bea, _ana_node, _bea_node) = linked();
    let bytes = write(&ana.path("holiday.jpg"), 200_000);
    let mut fetch = Running::start(
        &bea,
        &[
            "fetch", "friend:", "--from", "ana", "--dir", "got", "--once",
        ],
    );
    until("an offer is taken", || {
        tincan(&ana, &["offer", "friend:bea", "holiday.jpg"]).ok();
        !records(&tincan(&bea, &["files", "downloads", "--json"]).ok()).is_empty()
    });
    let done = fetch.end();
    assert_eq!(done.code, 0, "{done:?}");
    let path = done.out.lines().last().unwrap().to_owned();
    assert_eq!(std::fs::read(path).unwrap(), bytes);
    let missing = tincan(&ana, &["offer", "friend:bea", "nowhere.jpg"]).failed(1);
    assert!(missing.contains("cannot read nowhere.jpg"), "{missing}");
}

#[test]
fn chat_talks_in_a_pipe_and_is_the_node_where_none_runs() {
    // [RS-4] [RS-11]
    let (ana, bea) = friends();
    let _ana_node = node(&ana);
    let mut chat = Running::start(&bea, &["chat", "friend:ana"]);
    chat.wait_for_part("encrypted; only your friend's node and yours can read this");
    chat.say("hello from bea");
    let heard = || records(&tincan(&ana, &["history", "friend:bea", "--json"]).ok());
    let invite = tincan(&ana, &["friends", "invite"]).ok();
    run(unlocked(&bea, &["friends", "add", "-"]).write_stdin(invite)).ok();
    let _ = tincan(&bea, &["friends", "call", "ana"]);
    until("ana has heard", || {
        heard().iter().any(|one| one["text"] == "hello from bea")
    });
    tincan(&ana, &["send", "friend:bea", "--wait", "60", "hello bea"]).ok();
    chat.wait_for_part("hello bea");
    chat.say("/quit");
    let ended = chat.end();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(me(&bea)["running"], false);
}

#[test]
fn chat_waits_for_a_node_that_is_started_again() {
    // [RS-10]
    let (ana, _) = friends();
    let mut running = node(&ana);
    let args = ["chat", "friend:bea"];
    let mut chat = Running::start_with(&ana, &args, &[]);
    chat.wait_for_part("among friends");
    running.interrupt();
    assert_eq!(running.end().code, 0);
    chat.wait_for_part("the connection is lost");
    chat.wait_for_part("trying again");
    let _again = node(&ana);
    chat.wait_for_part("connected again");
    chat.say("still here");
    chat.wait_for_part("bea is not online; this waits");
}
