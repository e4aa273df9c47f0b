//! Words between friends [RS-11].

use std::time::Duration;

use friends::api::{MAX_SAY, MAX_TEXT, Notice, Report, Request, SendState};
use friends::kept::Area;
use friends::{Closed, ConnectionId};
use wire_retroshare::Item;
use wire_retroshare::chat::{Chat, flags};

use crate::rig::{LATENCY, Net, certificate, profile};
use crate::stage::{Stage, contact, words};

fn said_texts(notices: &[Notice]) -> Vec<String> {
    let said = notices.iter().filter_map(|notice| match notice {
        Notice::Said(said) if !said.is_ours => Some(said.text.clone()),
        _ => None,
    });
    said.collect()
}

// [RS-11]
#[test]
fn what_is_said_arrives_and_counts_as_sent() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.take_notices(bea);
    let id = net.say(ana, bea, "hello Bea");
    net.run(1);
    assert_eq!(net.state_of(ana, bea, id), SendState::Sent);
    assert_eq!(said_texts(&net.take_notices(bea)), ["hello Bea"]);
    let told = net.take_notices(ana);
    assert!(told.iter().any(
        |notice| matches!(notice, Notice::Outgoing { id: of, state: SendState::Sent, .. } if *of == id)
    ));
}

// [RS-11]
#[test]
fn long_messages_travel_in_parts_and_arrive_whole() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    // Characters of three bytes, so that cuts at 15,000 bytes fall between and inside of them.
    let long: String = "aあ".repeat(25_000);
    assert_eq!(long.len(), 100_000);
    net.say(ana, bea, &long);
    net.say(ana, bea, "and a short one");
    net.run(5);
    assert_eq!(net.heard(bea, ana), [long, "and a short one".into()]);
}

// [RS-11]
#[test]
fn what_would_be_markup_is_shown_as_it_was_written() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let texts = [
        "<b>not bold</b> & so on",
        "a < b && c > d",
        "two\nlines",
        "&amp; is an ampersand",
        "retroshare://file?",
    ];
    for text in texts {
        net.say(ana, bea, text);
    }
    net.run(2);
    assert_eq!(net.heard(bea, ana), texts);
}

// [RS-11]
#[test]
fn what_is_said_to_somebody_offline_waits_over_restarts_of_both() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.kill(bea);
    net.run(1);
    let ids: Vec<u64> = ["one", "two", "three"]
        .map(|text| net.say(ana, bea, text))
        .into();
    net.run(5);
    for id in &ids {
        assert_eq!(net.state_of(ana, bea, *id), SendState::Queued);
    }
    match net.ask(ana, Request::Outbox) {
        Report::Outbox(waiting) => {
            assert_eq!(waiting.iter().map(|w| w.id).collect::<Vec<_>>(), ids);
            assert!(waiting.iter().all(|w| !w.is_mail));
        }
        other => panic!("{other:?}"),
    }
    net.kill(ana);
    net.start(ana);
    net.run(30);
    net.start(bea);
    net.run(30);
    assert_eq!(net.heard(bea, ana), ["one", "two", "three"]);
    for id in ids {
        assert_eq!(net.state_of(ana, bea, id), SendState::Sent);
    }
    net.kill(ana);
    net.start(ana);
    net.run(30);
    assert_eq!(net.heard(bea, ana).len(), 3, "nothing is sent again");
}

// [RS-11]
#[test]
fn what_a_dead_link_had_in_its_socket_is_sent_again() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.run(30);
    net.stall(ana, true);
    let id = net.say(ana, bea, "into the void");
    net.run(10);
    assert_eq!(
        net.state_of(ana, bea, id),
        SendState::Queued,
        "the socket has not taken it"
    );
    net.cut(ana);
    net.run(15);
    assert_eq!(net.state_of(ana, bea, id), SendState::Sent);
    assert_eq!(net.heard(bea, ana), ["into the void"]);
    // It bears the time when it was said, not when it went.
    let (ours, theirs) = (net.history(ana, bea), net.history(bea, ana));
    assert_eq!(ours[0].at / 1000, theirs[0].at / 1000);
}

// [RS-11]
#[test]
fn a_waiting_message_can_be_taken_back() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.kill(bea);
    net.run(1);
    let first = net.say(ana, bea, "take me back");
    let second = net.say(ana, bea, "not me");
    net.done(ana, Request::Withdraw { id: first });
    assert_eq!(net.state_of(ana, bea, first), SendState::Dropped);
    net.start(bea);
    net.run(30);
    assert_eq!(net.heard(bea, ana), ["not me"]);
    let why = net.refused(ana, Request::Withdraw { id: second });
    assert!(why.contains("cannot be taken back"), "{why}");
    let why = net.refused(ana, Request::Withdraw { id: 4711 });
    assert!(why.contains("outbox"), "{why}");
}

// [RS-11]
#[test]
fn an_outbox_is_full_at_some_point_and_says_so() {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    net.approve_text(ana, bea, false);
    let who = net.pgp_id(bea).to_string();
    for number in 0..1000 {
        net.say(ana, bea, &format!("message {number}"));
    }
    let text = "one more".to_owned();
    let why = net.refused(ana, Request::Say { who, text });
    assert!(why.contains("too much waits"), "{why}");
    // All of it arrives, in order, at the pace that the other side allows.
    net.approve_text(bea, ana, false);
    net.run(60);
    let heard = net.hosts[bea]
        .shelf
        .keys()
        .filter(|(area, _)| *area == Area::Chat);
    assert_eq!(heard.count(), 1000);
    let last = net.heard(bea, ana);
    assert_eq!(last.first().map(String::as_str), Some("message 800"));
    assert_eq!(last.last().map(String::as_str), Some("message 999"));
}

// [RS-11]
#[test]
fn what_cannot_be_said_is_refused_with_a_sentence() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let who = net.pgp_id(bea).to_string();
    let say = |who: &str, text: String| Request::Say {
        who: who.into(),
        text,
    };
    let why = net.refused(ana, say(&who, "  \n".into()));
    assert!(why.contains("nothing in the message"), "{why}");
    let why = net.refused(ana, say(&who, "x".repeat(MAX_SAY + 1)));
    assert!(why.contains("send it as a file"), "{why}");
    let why = net.refused(ana, say("Zoe", "hi".into()));
    assert!(
        why.contains("Zoe") && why.contains("add their certificate"),
        "{why}"
    );
    let own = net.pgp_id(ana).to_string();
    net.refused(ana, say(&own, "hi".into()));
}

// [RS-11]
#[test]
fn what_nobody_has_seen_is_told_to_the_next_face_that_watches() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.say(ana, bea, "first");
    net.run(1);
    net.kill(bea);
    net.start(bea);
    net.run(15);
    net.say(ana, bea, "second");
    net.run(1);
    let now = net.now();
    let unread = |net: &mut Net| match net.ask(bea, Request::Watch) {
        Report::Unread(said) => said.into_iter().map(|said| said.text).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(unread(&mut net), ["first", "second"]);
    net.with(bea, |node| node.handle_watchers(1, now));
    net.say(ana, bea, "third");
    net.run(1);
    assert!(unread(&mut net).is_empty(), "it was seen");
    net.kill(bea);
    net.start(bea);
    assert!(unread(&mut net).is_empty(), "also after a restart");
}

/// Bea's node, with long messages that came from two friends while nobody watched, and the numbers of
/// all; those of Ana are even.
fn with_long_messages(net: &mut Net, ana: usize, bea: usize) -> Vec<u64> {
    net.kill(bea);
    let friends = [net.pgp_id(ana).to_string(), "00112233445566AA".into()];
    let text = "x".repeat(MAX_SAY);
    let numbers: Vec<u64> = (1000..1060).collect();
    for id in &numbers {
        let from = &friends[usize::from(id % 2 == 1)];
        let entry = format!("{{\"at\":1,\"text\":\"{text}\",\"is_unread\":true}}");
        let key = (Area::Chat, format!("{from}/{id:016x}"));
        net.hosts[bea].shelf.insert(key, entry.into_bytes());
    }
    net.start(bea);
    numbers
}

// [RS-11] [RS-22] An attached face takes no line without end.
#[test]
fn what_is_unread_comes_in_portions_and_is_read_when_it_came() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let numbers = with_long_messages(&mut net, ana, bea);
    let mut told = Vec::new();
    for portion in 0.. {
        if portion == 2 {
            net.kill(bea);
            net.start(bea);
        }
        let Report::Unread(unread) = net.ask(bea, Request::Watch) else {
            panic!("no answer");
        };
        if unread.is_empty() {
            break;
        }
        let bytes: usize = unread.iter().map(|said| said.text.len()).sum();
        assert!(bytes <= MAX_TEXT, "{bytes}");
        told.extend(unread.iter().map(|said| said.id));
    }
    assert_eq!(told, numbers);
}

// [RS-11] [RS-22]
#[test]
fn a_long_history_comes_in_portions() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let numbers = with_long_messages(&mut net, ana, bea);
    let mut told: Vec<u64> = Vec::new();
    loop {
        let request = Request::History {
            who: net.pgp_id(ana).to_string(),
            before: told.first().copied(),
            limit: 200,
        };
        let Report::Said(said) = net.ask(bea, request) else {
            panic!("no answer");
        };
        if said.is_empty() {
            break;
        }
        let bytes: usize = said.iter().map(|said| said.text.len()).sum();
        assert!(bytes <= MAX_TEXT, "{bytes}");
        told.splice(0..0, said.iter().map(|said| said.id));
    }
    let anas = numbers.into_iter().filter(|id| id % 2 == 0);
    assert_eq!(told, anas.collect::<Vec<_>>());
}

// [RS-11]
#[test]
fn typing_is_seen_and_ends() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.take_notices(bea);
    let who = net.pgp_id(bea).to_string();
    let typing = |is_typing| Request::Typing {
        who: who.clone(),
        is_typing,
    };
    let seen = |net: &mut Net| -> Vec<bool> {
        let notices = net.take_notices(bea).into_iter();
        notices
            .filter_map(|notice| match notice {
                Notice::Typing { is_typing, .. } => Some(is_typing),
                _ => None,
            })
            .collect()
    };
    net.done(ana, typing(true));
    net.done(ana, typing(true));
    net.run(1);
    assert_eq!(seen(&mut net), [true]);
    net.run(4);
    net.done(ana, typing(true));
    net.run(5);
    assert!(seen(&mut net).is_empty(), "goes on");
    net.run(10);
    assert_eq!(seen(&mut net), [false]);
    net.done(ana, typing(true));
    net.run(1);
    net.say(ana, bea, "done");
    net.run(1);
    assert_eq!(seen(&mut net), [true, false]);
}

// [RS-11]
#[test]
fn history_is_read_backwards_in_pages() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let ids: Vec<u64> = (0..10)
        .map(|n| net.say(ana, bea, &format!("{n}")))
        .collect();
    let page = |net: &mut Net, before, limit| match net.ask(
        ana,
        Request::History {
            who: net.pgp_id(bea).to_string(),
            before,
            limit,
        },
    ) {
        Report::Said(said) => said.into_iter().map(|said| said.text).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(page(&mut net, None, 3), ["7", "8", "9"]);
    assert_eq!(page(&mut net, Some(ids[7]), 3), ["4", "5", "6"]);
    assert_eq!(page(&mut net, Some(ids[0]), 3), Vec::<String>::new());
    assert_eq!(page(&mut net, None, 0), ["9"], "at least one");
}

// [RS-11] [RS-20]
#[test]
fn links_in_what_was_said_are_offers() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let link = wire_retroshare::FileLink {
        name: "song & dance.ogg".into(),
        size: 123,
        hash: wire_retroshare::FileHash::from_bytes([0xab; 20]),
    };
    net.take_notices(bea);
    net.say(ana, bea, &format!("here: {link} enjoy"));
    net.run(1);
    let offers: Vec<_> = net
        .take_notices(bea)
        .into_iter()
        .filter_map(|notice| match notice {
            Notice::Offered { link, .. } => Some(link),
            _ => None,
        })
        .collect();
    assert_eq!(offers.len(), 1);
    assert_eq!(offers[0].name, "song & dance.ogg");
    assert_eq!((offers[0].size, offers[0].hash.len()), (123, 40));
}

// [RS-11] [RS-20]
#[test]
fn an_offered_file_is_hashed_and_its_link_said() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.hosts[ana]
        .files
        .insert("/tmp/cat.png".into(), b"meow".to_vec());
    net.take_notices(bea);
    let now = net.now();
    let id = friends::RequestId(9_999);
    let request = Request::Offer {
        who: net.pgp_id(bea).to_string(),
        file: "/tmp/cat.png".into(),
    };
    net.with(ana, |node| node.handle_request(id, request, now));
    net.run_for(Duration::from_secs(5));
    match net.hosts[ana].reports.remove(&id) {
        Some(Report::Offered(link)) => assert_eq!((link.name.as_str(), link.size), ("cat.png", 4)),
        other => panic!("{other:?}"),
    }
    let is_offer =
        |notice: &Notice| matches!(notice, Notice::Offered { link, .. } if link.size == 4);
    assert!(net.take_notices(bea).iter().any(is_offer));
}

// [RS-11] What broke before it was confirmed goes over the next link too, and is there once.
#[test]
fn what_is_sent_again_is_not_heard_again() {
    for has_restarted in [false, true] {
        let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
        net.run(30);
        net.take_notices(bea);
        let ids = ["twice", "once", "twice"].map(|text| net.say(ana, bea, text));
        // It has arrived, and the answer to the ping behind it has not.
        while net.heard(bea, ana).len() < 3 {
            net.run_for(LATENCY / 20);
        }
        net.cut(ana);
        if has_restarted {
            net.kill(bea);
            net.start(bea);
        }
        assert_eq!(net.state_of(ana, bea, ids[0]), SendState::Queued);
        net.run(40);
        for id in ids {
            assert_eq!(net.state_of(ana, bea, id), SendState::Sent);
        }
        assert_eq!(net.heard(bea, ana), ["twice", "once", "twice"]);
        let told = said_texts(&net.take_notices(bea));
        assert_eq!(told, ["twice", "once", "twice"]);
        // What is meant is heard, also in the same words.
        net.say(ana, bea, "twice");
        net.run(1);
        assert_eq!(net.heard(bea, ana).len(), 4);
    }
}

fn said_at(sent_at: u32, text: &str) -> Item {
    Item::Chat(Chat::Message {
        flags: flags::PRIVATE,
        sent_at,
        text: text.into(),
    })
}

/// Bea's machine calls, and says which program it is.
fn bea_with(stage: &mut Stage, version: &str) -> ConnectionId {
    let id = stage.bea();
    stage.item(id, &contact(&certificate("bea"), version));
    id
}

// [RS-11] Each message stands for one that is sent again, so of two equal ones none is lost.
#[test]
fn of_two_equal_messages_the_one_that_was_lost_comes() {
    let mut stage = Stage::with_bea();
    let first = bea_with(&mut stage, "tincan 1.0");
    let said = said_at(1_750_000_000, "hello");
    stage.item(first, &said);
    stage.node.handle_closed(first, Closed::Ended, stage.now);
    stage.obey();
    let second = stage.bea();
    stage.item(second, &said);
    assert_eq!(stage.count(Area::Chat), 1);
    stage.item(second, &said);
    stage.item(second, &said);
    assert_eq!(stage.count(Area::Chat), 3);
    assert_eq!(said_texts(&stage.notices).len(), 3);
    // Whoever tells no time says everything anew.
    stage.item(second, &words("hello"));
    stage.item(second, &words("hello"));
    stage.node.handle_closed(second, Closed::Ended, stage.now);
    stage.obey();
    let third = stage.bea();
    stage.item(third, &words("hello"));
    assert_eq!(stage.count(Area::Chat), 6);
}

// [RS-11] [RS-21] A real node never sends again what a link has had: what it says twice was written twice.
#[test]
fn what_a_real_node_says_twice_is_heard_twice() {
    for version in ["0.6.7-479", "", "Xeres 0.8"] {
        let mut stage = Stage::with_bea();
        let first = bea_with(&mut stage, version);
        let said = said_at(1_750_000_000, "ok");
        stage.item(first, &said);
        stage.item(first, &said);
        stage.node.handle_closed(first, Closed::Ended, stage.now);
        stage.obey();
        let second = bea_with(&mut stage, version);
        stage.item(second, &said);
        assert_eq!(said_texts(&stage.notices), ["ok", "ok", "ok"], "{version}");
    }
}

// [RS-11] No two different messages have the same words and the same second, so a resend can be told.
#[test]
fn what_is_said_twice_within_a_second_has_two_times() {
    let mut stage = Stage::with_bea();
    let id = stage.bea();
    stage.heard(id);
    let who = profile("bea").pgp_id().to_string();
    let say = |stage: &mut Stage, text: &str| {
        let (who, text) = (who.clone(), text.to_owned());
        let report = stage.ask(Request::Say { who, text });
        assert!(matches!(report, Report::Queued { is_sent: true, .. }));
    };
    let wire = |stage: &mut Stage, id| -> Vec<(String, u32)> {
        let items = stage.heard(id).into_iter();
        items
            .filter_map(|item| match item {
                Item::Chat(Chat::Message { sent_at, text, .. }) if !text.is_empty() => {
                    Some((text, sent_at))
                }
                _ => None,
            })
            .collect()
    };
    for text in ["ok", "ok", "no", "ok"] {
        say(&mut stage, text);
    }
    let first = wire(&mut stage, id);
    let now = (stage.now.wall.0 / 1000) as u32;
    let times = [("ok", now), ("ok", now + 1), ("no", now), ("ok", now + 2)];
    let times = times.map(|(text, at)| (text.to_owned(), at));
    assert_eq!(first, times);
    // A second later the next one does not take the time of the second one.
    stage.pass(Duration::from_secs(1));
    say(&mut stage, "ok");
    assert_eq!(wire(&mut stage, id), [("ok".to_owned(), now + 3)]);
    // What goes again has the times that it had.
    stage.node.handle_closed(id, Closed::Ended, stage.now);
    stage.obey();
    let again = stage.bea();
    let mut all = times.to_vec();
    all.push(("ok".into(), now + 3));
    assert_eq!(wire(&mut stage, again), all);
}
