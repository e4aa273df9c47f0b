//! `chat`: as a script pipes it, and as a person at a terminal sees it.

use serde_json::json;

use super::{CHAT_WIRES, Running, Watch, tincan, tincan_fed, url};
use crate::serve::{Hub, Script, add_accounts};
use crate::support::Home;

/// `name` in `tea`, with its own name seen there.
fn chatting(home: &Home, hub: &Hub, wire: &str, name: &str) -> Running {
    let who = url(hub, wire, name);
    let mut chat = Running::start(home, &["chat", &who, "--room", "tea"]);
    chat.wait_for(&format!("{name} in tea"), |line| {
        line.starts_with("* in #tea: ") && line.contains(name)
    });
    chat
}

/// Runs a script of lines to its end.
fn piped(home: &Home, url: &str, lines: &str) -> crate::support::Run {
    tincan_fed(home, &["chat", url, "--room", "tea"], lines)
}

#[test]
fn people_on_two_wires_talk_through_pipes() {
    // [HUB-3] [HUB-4] [494-13] [494-17] [594-11] [594-14]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    let mut ana = chatting(&home, &hub, "cs494", "ana");
    let mut bo = chatting(&home, &hub, "cs594", "bo");
    ana.wait_for_part("* bo came into #tea");
    ana.say("hello bo");
    bo.wait_for("what ana said", |line| {
        line.ends_with(" #tea ana: hello bo")
    });
    bo.say("//hello/ ana");
    ana.wait_for("what bo said", |line| {
        line.ends_with(" #tea bo: /hello/ ana")
    });
    ana.say("/msg bo between us");
    ana.wait_for("delivered", |line| line == "* delivered to bo");
    bo.wait_for("a private line", |line| {
        line.ends_with(" ana → bo: between us")
    });
    bo.say("/msg ana likewise");
    ana.wait_for("a private line", |line| {
        line.ends_with(" bo → ana: likewise")
    });
    ana.say("/join attic");
    ana.wait_for("attic", |line| line == "* in #attic: ana");
    ana.say("/rooms");
    ana.wait_for("rooms", |line| {
        line.starts_with("* open rooms: ") && line.contains("#attic") && line.contains("#tea")
    });
    bo.say("/who tea");
    bo.wait_for("members", |line| {
        line.starts_with("* in #tea: ") && line.contains("ana")
    });
    bo.say("/history 1");
    bo.wait_for("history", |line| line.ends_with(" #tea bo: /hello/ ana"));
    ana.say("/leave attic");
    ana.wait_for("left", |line| line == "* left #attic");
    bo.say("/quit see you all");
    let bo = bo.end();
    assert_eq!((bo.code, bo.err.as_str()), (0, ""), "{bo:?}");
    ana.wait_for_part("* bo left #tea");
    // The end of the input is a goodbye too.
    let ana = ana.end();
    assert_eq!((ana.code, ana.err.as_str()), (0, ""), "{ana:?}");
    hub.stop();
}

#[test]
fn a_script_fails_if_anything_that_it_asked_for_was_not_done() {
    // [494-20] [594-15]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    for wire in CHAT_WIRES {
        let ana = url(&hub, wire, "ana");
        let good = piped(&home, &ana, "hello from a pipe\n/quit\n");
        assert!(
            good.ok().contains(" #tea ana: hello from a pipe\n"),
            "{wire}"
        );
        for (line, wanted) in [
            ("/msg zoe hello?", "! not delivered: zoe is not here"),
            ("/jion tea", "! there is no /jion; did you mean /join?"),
            ("/offer zoe none.txt", "! cannot read none.txt"),
            ("/accept 7", "! there is no offer 7"),
        ] {
            let bad = piped(&home, &ana, &format!("{line}\n"));
            assert_eq!(bad.code, 1, "{bad:?}");
            assert!(bad.out.contains(wanted), "{bad:?}");
            assert_eq!(bad.err, "tincan: not everything was done; see above\n");
        }
    }
    hub.stop();
}

#[test]
fn files_are_offered_and_taken_within_a_conversation() {
    // [494-22] [594-23]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    let notes = home.write("notes.txt", "some notes");
    std::fs::create_dir(home.path("inbox")).unwrap();
    for (from, to) in [("cs494", "cs594"), ("cs594", "cs494")] {
        let mut ana = chatting(&home, &hub, from, "ana");
        let mut bo = chatting(&home, &hub, to, "bo");
        for answer in ["/reject", "/accept"] {
            ana.say(&format!("/offer bo {notes}"));
            let offer = bo.wait_for_part("ana offers notes.txt (10 B); /accept ");
            let number = offer.rsplit(' ').next().unwrap();
            if answer == "/reject" {
                bo.say(&format!("/reject {number}"));
                ana.wait_for_part("bo declines notes.txt");
            } else {
                bo.say(&format!("/accept {number} inbox"));
                bo.wait_for_part("* saved inbox/notes");
                ana.wait_for_part("* sent notes.txt to bo");
            }
        }
        assert_eq!((ana.end().code, bo.end().code), (0, 0));
    }
    for name in ["notes.txt", "notes (1).txt"] {
        let text = std::fs::read_to_string(home.path("inbox").join(name)).unwrap();
        assert_eq!(text, "some notes");
    }
    hub.stop();
}

#[test]
fn on_cp_a_conversation_is_letters() {
    // [CP-9] [CP-10]
    let home = Home::new();
    add_accounts(&home, &["cy", "dee"]);
    let hub = Hub::start(&home, &[]);
    let (cy, dee) = (url(&hub, "cp", "cy"), url(&hub, "cp", "dee"));
    tincan(&home, &["send", &dee, "--to", "cy", "before you came"]).ok();
    let mut chat = Running::start(&home, &["chat", &cy]);
    chat.wait_for("the mail", |line| {
        line.ends_with(" dee → cy: before you came")
    });
    chat.say("/mail");
    chat.wait_for("no more", |line| line == "* no new mail");
    tincan(
        &home,
        &["send", &dee, "--to", "cy", "now that you are here"],
    )
    .ok();
    chat.say("/mail");
    chat.wait_for("the mail", |line| {
        line.ends_with(" dee → cy: now that you are here")
    });
    chat.say("/msg dee back to you");
    chat.wait_for_part("dee");
    // What the wire has not is said, and is a failure.
    chat.say("just words");
    chat.wait_for_part("! cp has no rooms, only a mailbox; use cs494:// or cs594://");
    let end = chat.end();
    assert_eq!(end.code, 1, "{end:?}");
    let mut mailbox = Running::start(&home, &["listen", &dee, "--json"]);
    assert_eq!(mailbox.wait_for_record("told")["text"], "back to you");
    hub.stop();
}

#[test]
fn what_others_write_is_shown_and_never_obeyed() {
    // [HUB-5]
    let home = Home::new();
    add_accounts(&home, &["cy"]);
    let hub = Hub::start(&home, &[]);
    Script::start(
        "hostile_words.py",
        "no_hub_of_ours",
        &hub.with("tincan", json!(env!("CARGO_BIN_EXE_tincan"))),
    )
    .passed();
}

#[test]
fn a_person_at_a_terminal_has_editing_and_completion_and_gets_it_back_as_it_was() {
    // [HUB-3]
    let home = Home::new();
    let hub = Hub::start(&home, &[])
        .with("tincan", json!(env!("CARGO_BIN_EXE_tincan")))
        .with("home", json!(home.path("")));
    for scenario in ["at_a_terminal", "without_colours", "interrupted"] {
        Script::start("terminal.py", scenario, &hub).passed();
    }
    hub.stop();
}

#[test]
fn a_conversation_goes_on_when_the_hub_has_come_back() {
    // [HUB-8]
    let home = Home::new();
    // An address that no other test's ephemeral port can be on, so that it stays free.
    let anywhere = ["--cs494", "127.0.0.77:0", "--cs594", "127.0.0.77:0"];
    let hub = Hub::start(&home, &anywhere);
    let (cs494, cs594) = (hub.at("cs494").to_owned(), hub.at("cs594").to_owned());
    let mut ana = chatting(&home, &hub, "cs494", "ana");
    let mut bo = chatting(&home, &hub, "cs594", "bo");
    ana.wait_for_part("* bo came into #tea");
    hub.stop();
    for chat in [&mut ana, &mut bo] {
        chat.wait_for_part("! the connection is lost: ");
        chat.wait_for_part("* trying again in ");
    }
    // What a script says meanwhile waits.
    ana.say("are we back?");
    let hub = Hub::start(&home, &["--cs494", &cs494, "--cs594", &cs594]);
    for chat in [&mut ana, &mut bo] {
        chat.wait_for("connected", |line| line == "* connected again");
    }
    ana.wait_for_part(" #tea ana: are we back?");
    // Whoever came back first was alone at first: from now on both are there.
    Watch::start(&home, &hub).until_here("bo");
    bo.say("we are");
    ana.wait_for("bo", |line| line.ends_with(" #tea bo: we are"));
    hub.kill();
    for chat in [&mut ana, &mut bo] {
        chat.wait_for_part("! the connection is lost: ");
    }
    ana.interrupt();
    assert_eq!(ana.end().code, 130);
}
