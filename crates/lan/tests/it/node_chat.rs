//! Chat between two of ours, and with peers that speak as libpurple does.

use std::time::Duration;

use lan::Output;
use model::{Availability, Channel, Command, Presence, Refusal, Reply, Signal, TellOutcome};

use crate::node_rig::{LATENCY, Net, SECOND, purple_header, purple_message, user};

/// Two of ours who know each other.
fn two() -> (Net, usize, usize) {
    let mut net = Net::new();
    let (ana, bo) = (net.node("ana@abox"), net.node("bo@bbox"));
    net.run(SECOND * 5);
    (net, ana, bo)
}

/// One of ours and a scripted peer.
fn one_and_raw() -> (Net, usize, usize) {
    let mut net = Net::new();
    let (ana, raw) = (net.node("ana@abox"), net.raw("bob@bobbox"));
    net.run(SECOND * 5);
    (net, ana, raw)
}

fn is_told(reply: Option<&Reply>) -> bool {
    matches!(reply, Some(Reply::Told(TellOutcome::Delivered)))
}

#[test]
fn two_of_ours_find_each_other_and_talk_both_ways() {
    // [LAN-12] [LAN-20] [LAN-38]
    let (mut net, ana, bo) = two();
    assert_eq!(net.contacts(ana), ["bo@bbox"]);
    assert_eq!(net.contacts(bo), ["ana@abox"]);
    let told = net.tell(ana, "BO@bbox", "tea at four?");
    net.run(SECOND * 2);
    assert!(is_told(net.reply(ana, told)));
    assert_eq!(net.heard(bo), ["ana@abox: tea at four?"]);
    let told = net.tell(bo, "ana@abox", "yes <please> & soon");
    net.run(SECOND);
    assert!(is_told(net.reply(bo, told)));
    assert_eq!(net.heard(ana), ["bo@bbox: yes <please> & soon"]);
    assert_eq!(
        (net.calls(ana, bo).len(), net.calls(bo, ana).len()),
        (1, 0),
        "one connection"
    );
    net.run(SECOND * 30);
    assert!(net.doubtful(ana).is_empty() && net.doubtful(bo).is_empty());
}

#[test]
fn the_first_sign_is_the_name() {
    // [LAN-4]
    let (net, ana, _) = two();
    let log = &net.machines[ana].log;
    let named = log.iter().position(
        |o| matches!(o, Output::Signal(Signal::Named(name)) if *name == user("ana@abox")),
    );
    let done = log
        .iter()
        .position(|o| matches!(o, Output::Reply(_, Reply::Done)));
    assert!(named.unwrap() < done.unwrap());
}

#[test]
fn a_status_reaches_the_others_roster() {
    // [LAN-8] [LAN-17]
    let (mut net, ana, bo) = two();
    let presence = Presence {
        availability: Availability::Busy,
        message: Some("in a meeting".into()),
    };
    net.ask(ana, Command::Announce(presence.clone()));
    net.run(SECOND * 2);
    let seen = net.signals(bo).filter_map(|signal| match signal {
        Signal::Contact(contact) => Some(contact.presence.clone()),
        _ => None,
    });
    assert_eq!(seen.last(), Some(presence));
    let id = net.ask(bo, Command::ListContacts);
    let Some(Reply::Contacts(contacts)) = net.reply(bo, id) else {
        panic!("no list")
    };
    assert_eq!(contacts.len(), 1);
    let id = net.ask(
        bo,
        Command::Query {
            user: user("ANA@abox"),
        },
    );
    assert!(matches!(
        net.reply(bo, id),
        Some(Reply::Presence { online: true, .. })
    ));
}

#[test]
fn a_header_comes_first_and_stanzas_wait_for_theirs() {
    // [LAN-18] [LAN-21]
    let (mut net, ana, bob) = one_and_raw();
    let told = net.tell(ana, "bob@bobbox", "hello");
    net.run(SECOND);
    let call = net.call(ana, bob);
    let header = net.read(call, bob);
    assert!(
        header.contains("<stream:stream") && header.contains("from='ana@abox'"),
        "{header}"
    );
    assert!(
        header.contains("to='bob@bobbox'") && !header.contains("<message"),
        "{header}"
    );
    assert!(net.reply(ana, told).is_none());
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    let stanza = net.read(call, bob);
    assert!(stanza.contains("<body>hello</body>"), "{stanza}");
    assert!(
        stanza.contains("from='ana@abox'") && stanza.contains("to='bob@bobbox'"),
        "{stanza}"
    );
    assert!(
        !stanza.contains("urn:xmpp:receipts"),
        "receipts are for ours: {stanza}"
    );
    assert!(is_told(net.reply(ana, told)));
}

#[test]
fn a_caller_is_answered_at_once_on_its_own_connection() {
    // [LAN-20] [LAN-39]
    let (mut net, ana, bob) = one_and_raw();
    let call = net.connect(bob, ana);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    let header = net.read(call, bob);
    assert!(
        header.contains("to='bob@bobbox'") && header.contains("version='1.0'"),
        "{header}"
    );
    assert!(
        !header.contains("features"),
        "nobody without a version gets features: {header}"
    );
    net.write(
        call,
        bob,
        purple_message("bob@bobbox", "ana@abox", "tea &lt;now&gt;?"),
    );
    assert_eq!(net.heard(ana), ["bob@bobbox: tea <now>?"]);
    net.tell(ana, "bob@bobbox", "yes");
    net.run(SECOND);
    assert!(net.read(call, bob).contains("<body>yes</body>"));
    assert!(net.calls(ana, bob).is_empty(), "no second connection");
    let log = &net.machines[ana].log;
    let warned = log.iter().position(|o| {
        matches!(
            o,
            Output::Signal(Signal::Channel {
                channel: Channel::Plain,
                ..
            })
        )
    });
    let shown = log.iter().position(|o| matches!(o, Output::Event(_)));
    assert!(warned.unwrap() < shown.unwrap(), "the warning comes first");
    assert_eq!(net.channels(ana), [Channel::Plain], "once");
}

#[test]
fn the_seeds_header_names_nobody_and_the_first_message_does() {
    // [LAN-19]
    let (mut net, ana, bob) = one_and_raw();
    let call = net.connect(bob, ana);
    let header =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
    net.write(call, bob, header);
    assert!(net.read(call, bob).contains("<stream:stream"));
    net.write(
        call,
        bob,
        purple_message("BOB@bobbox", "ana@abox", "it is me"),
    );
    assert_eq!(net.heard(ana), ["bob@bobbox: it is me"]);
    // Nobody named anywhere: the one person at that address.
    let call = net.connect(bob, ana);
    net.write(call, bob, header);
    net.write(call, bob, "<message><body>and me</body></message>");
    assert_eq!(net.heard(ana).last().unwrap(), "bob@bobbox: and me");
}

#[test]
fn a_caller_from_another_address_is_not_shown() {
    // [LAN-48]
    let mut net = Net::new();
    let (ana, _bob, eve) = (
        net.node("ana@abox"),
        net.raw("bob@bobbox"),
        net.raw("eve@evebox"),
    );
    net.run(SECOND * 5);
    let call = net.connect(eve, ana);
    net.write(call, eve, purple_header("bob@bobbox", "ana@abox"));
    net.write(
        call,
        eve,
        purple_message("bob@bobbox", "ana@abox", "send money"),
    );
    net.run(SECOND * 8);
    assert!(net.heard(ana).is_empty());
    assert!(net.read(call, eve).ends_with("</stream:stream>"));
    assert!(net.is_closed_for(call, eve));
    for name in ["nobody@nowhere", "ana@abox", &"x".repeat(80)] {
        let call = net.connect(eve, ana);
        net.write(call, eve, purple_header(name, "ana@abox"));
        net.write(call, eve, purple_message(name, "ana@abox", "hello"));
        net.run(SECOND * 8);
        assert!(net.is_closed_for(call, eve), "{name}");
    }
    assert!(net.heard(ana).is_empty());
}

#[test]
fn a_message_before_discovery_knows_its_sender_is_held() {
    // [LAN-19] [LAN-43]
    let (mut net, ana, _) = one_and_raw();
    let new = net.raw("new@newbox");
    // Announced an instant ago: the packets are on their way.
    let call = net.connect(new, ana);
    net.write(call, new, purple_header("new@newbox", "ana@abox"));
    net.write(call, new, purple_message("new@newbox", "ana@abox", "first"));
    net.write(call, new, "</stream:stream>");
    net.close(call, new);
    net.run(SECOND * 4);
    assert_eq!(net.heard(ana), ["new@newbox: first"]);
}

#[test]
fn an_end_tag_is_answered_and_the_connection_closed() {
    // [LAN-22] [LAN-23]
    let (mut net, ana, bob) = one_and_raw();
    let call = net.connect(bob, ana);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    net.write(
        call,
        bob,
        format!(
            "{}</stream:stream>",
            purple_message("bob@bobbox", "ana@abox", "bye")
        ),
    );
    assert_eq!(net.heard(ana), ["bob@bobbox: bye"]);
    assert!(net.read(call, bob).ends_with("</stream:stream>"));
    assert!(net.is_closed_for(call, bob));
    // The next message opens a new stream.
    net.tell(ana, "bob@bobbox", "wait");
    net.run(SECOND);
    let call = net.call(ana, bob);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    assert!(net.read(call, bob).contains("<body>wait</body>"));
}

#[test]
fn our_end_waits_two_seconds_for_theirs_and_shows_what_comes() {
    // [LAN-22] [LAN-23]
    let (mut net, ana, bob) = one_and_raw();
    net.tell(ana, "bob@bobbox", "hello");
    net.run(SECOND);
    let call = net.call(ana, bob);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    let part = net.part(ana, "bob@bobbox");
    net.run(LATENCY * 5);
    assert!(net.read(call, bob).ends_with("</stream:stream>"));
    net.write(
        call,
        bob,
        purple_message("bob@bobbox", "ana@abox", "one more thing"),
    );
    assert_eq!(net.heard(ana), ["bob@bobbox: one more thing"]);
    assert!(net.reply(ana, part).is_none() && !net.is_closed_for(call, bob));
    net.write(call, bob, "</stream:stream>");
    assert!(net.is_closed_for(call, bob));
    assert!(matches!(net.reply(ana, part), Some(Reply::Done)));
    assert!(net.doubtful(ana).is_empty());
    // And when theirs never comes.
    net.tell(ana, "bob@bobbox", "again");
    net.run(SECOND);
    let call = net.calls(ana, bob)[1];
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    let part = net.part(ana, "bob@bobbox");
    net.run(Duration::from_millis(1_900));
    assert!(net.reply(ana, part).is_none());
    net.run(Duration::from_millis(200));
    assert!(matches!(net.reply(ana, part), Some(Reply::Done)) && net.is_closed_for(call, bob));
    assert_eq!(
        net.doubtful(ana),
        ["again"],
        "nothing says that it was read"
    );
}

#[test]
fn a_stream_that_breaks_makes_what_was_just_said_doubtful() {
    // [LAN-43]
    let (mut net, ana, bob) = one_and_raw();
    net.tell(ana, "bob@bobbox", "long ago");
    net.run(SECOND);
    let call = net.call(ana, bob);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    net.run(SECOND * 11);
    net.tell(ana, "bob@bobbox", "just now");
    net.run(SECOND);
    net.reset(call, bob);
    assert_eq!(net.doubtful(ana), ["just now"]);
    net.run(SECOND * 20);
    assert_eq!(net.calls(ana, bob).len(), 1, "it is not said again");
}

#[test]
fn what_a_socket_never_took_goes_another_way() {
    // [LAN-43]
    let (mut net, ana, bob) = one_and_raw();
    net.tell(ana, "bob@bobbox", "one");
    net.run(SECOND);
    let call = net.call(ana, bob);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    net.run(SECOND * 11);
    net.machines[ana].is_stuck = true;
    let told = net.tell(ana, "bob@bobbox", "two");
    assert!(net.reply(ana, told).is_none());
    net.machines[ana].is_stuck = false;
    net.reset(call, bob);
    net.run(SECOND * 2);
    let call = net.calls(ana, bob)[1];
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    assert!(net.read(call, bob).contains("<body>two</body>"));
    assert!(is_told(net.reply(ana, told)) && net.doubtful(ana).is_empty());
}

#[test]
fn a_peer_that_does_not_know_us_yet_is_called_again() {
    // [LAN-43]: libpurple closes callers whose address it has not resolved.
    let (mut net, ana, bob) = one_and_raw();
    let told = net.tell(ana, "bob@bobbox", "hello");
    net.run(LATENCY * 200);
    let call = net.call(ana, bob);
    net.close(call, bob);
    assert!(net.reply(ana, told).is_none());
    net.run(SECOND * 2);
    let call = net.calls(ana, bob)[1];
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    assert!(net.read(call, bob).contains("<body>hello</body>"));
    assert!(is_told(net.reply(ana, told)));
}

#[test]
fn nobody_and_nobody_there_are_told_apart() {
    // [LAN-43]
    let (mut net, ana, bob) = one_and_raw();
    let nobody = net.tell(ana, "nobody@nowhere", "hello");
    let alias = net.ask(
        ana,
        Command::Tell {
            to: model::Recipient::Alias(user("x").alias()),
            text: model::Text::adapt("x").unwrap(),
        },
    );
    net.run(SECOND * 12);
    assert!(
        matches!(net.reply(ana, nobody), Some(Reply::Refused(Refusal::NoSuchUser(n))) if n == "nobody@nowhere")
    );
    assert!(matches!(
        net.reply(ana, alias),
        Some(Reply::Refused(Refusal::NoSuchUser(_)))
    ));
    // Whoever closes three times is not reached.
    let told = net.tell(ana, "bob@bobbox", "hello");
    for _ in 0..40 {
        net.run(Duration::from_millis(250));
        if let Some(&call) = net.calls(ana, bob).last()
            && !net.is_closed_for(call, bob)
            && !net.pipes[call].ends[1].is_closed
        {
            net.close(call, bob);
        }
    }
    assert_eq!(net.calls(ana, bob).len(), 3);
    assert!(matches!(
        net.reply(ana, told),
        Some(Reply::Refused(Refusal::Unreachable(..)))
    ));
}

#[test]
fn a_second_connection_replaces_the_first() {
    // [LAN-43]
    let (mut net, ana, bob) = one_and_raw();
    let first = net.connect(bob, ana);
    net.write(first, bob, purple_header("bob@bobbox", "ana@abox"));
    net.tell(ana, "bob@bobbox", "one");
    net.run(SECOND);
    let second = net.connect(bob, ana);
    net.write(second, bob, purple_header("bob@bobbox", "ana@abox"));
    assert!(net.read(first, bob).ends_with("</stream:stream>"));
    // What still comes on the first is shown; what is said goes on the second once the first is over.
    net.tell(ana, "bob@bobbox", "two");
    net.write(first, bob, purple_message("bob@bobbox", "ana@abox", "late"));
    assert_eq!(net.heard(ana), ["bob@bobbox: late"]);
    assert!(!net.read(second, bob).contains("two"));
    net.write(first, bob, "</stream:stream>");
    assert!(net.read(second, bob).contains("<body>two</body>"));
    assert!(net.is_closed_for(first, bob));
}

#[test]
fn an_open_that_crosses_a_libpurples_loses_nothing_of_ours() {
    // [LAN-43]: it drops its own stream and what waited on it, and goes on with ours.
    let (mut net, ana, bob) = one_and_raw();
    net.tell(ana, "bob@bobbox", "mine");
    net.run(LATENCY * 200);
    let ours = net.call(ana, bob);
    assert!(net.read(ours, bob).contains("<stream:stream"));
    let theirs = net.connect(bob, ana);
    net.write(theirs, bob, purple_header("bob@bobbox", "ana@abox"));
    let answer = net.read(theirs, bob);
    assert!(
        answer.contains("<stream:stream") && !answer.contains("mine"),
        "{answer}"
    );
    net.write(theirs, bob, "</stream:stream>");
    net.close(theirs, bob);
    net.write(ours, bob, purple_header("bob@bobbox", "ana@abox"));
    assert!(net.read(ours, bob).contains("<body>mine</body>"));
    assert!(net.doubtful(ana).is_empty());
}

#[test]
fn a_header_that_comes_while_we_connect_makes_ours_unneeded() {
    // [LAN-43]
    let (mut net, ana, bob) = one_and_raw();
    let theirs = net.connect(bob, ana);
    net.tell(ana, "bob@bobbox", "mine");
    net.run(LATENCY * 50);
    let ours = net.call(ana, bob);
    assert_eq!(
        net.read(ours, bob),
        "",
        "no header while theirs may be coming"
    );
    net.write(theirs, bob, purple_header("bob@bobbox", "ana@abox"));
    assert!(net.read(theirs, bob).contains("<body>mine</body>"));
    assert!(net.is_closed_for(ours, bob));
    assert_eq!(net.read(ours, bob), "");
}

#[test]
fn typing_is_told_to_those_who_know_it() {
    // [LAN-44]
    let (mut net, ana, bob) = one_and_raw();
    let call = net.connect(bob, ana);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    net.ask(
        ana,
        Command::Typing {
            to: user("bob@bobbox"),
            is_typing: true,
        },
    );
    net.run(SECOND);
    assert!(!net.read(call, bob).contains("composing"), "not asked for");
    let half = "<message from='bob@bobbox' to='ana@abox' type='chat'><body>half a wo</body>\
                <x xmlns='jabber:x:event'><composing/><id>1</id></x></message>";
    net.write(call, bob, half);
    assert!(net.heard(ana).is_empty(), "a typing notice is no message");
    net.write(
        call,
        bob,
        purple_message("bob@bobbox", "ana@abox", "half a word"),
    );
    let typing: Vec<bool> = net
        .signals(ana)
        .filter_map(|signal| match signal {
            Signal::Typing { is_typing, .. } => Some(*is_typing),
            _ => None,
        })
        .collect();
    assert_eq!(typing, [true, false]);
    net.ask(
        ana,
        Command::Typing {
            to: user("bob@bobbox"),
            is_typing: true,
        },
    );
    net.run(SECOND);
    let notice = net.read(call, bob);
    assert!(
        notice.contains("composing") && !notice.contains("<body"),
        "{notice}"
    );
}

#[test]
fn a_long_message_is_shown_whole() {
    // [LAN-20] [LAN-48]
    let (mut net, ana, bob) = one_and_raw();
    let call = net.connect(bob, ana);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    let long = "0123456789".repeat(5_000);
    net.write(
        call,
        bob,
        format!("<message from='bob@bobbox'><body>{long}</body></message>"),
    );
    let heard = net.heard(ana);
    assert_eq!(heard.len(), 5);
    let joined: String = heard
        .iter()
        .map(|text| text.strip_prefix("bob@bobbox: ").unwrap())
        .collect();
    assert_eq!(joined, long);
}

#[test]
fn queries_are_answered() {
    // [LAN-20]
    let (mut net, ana, bob) = one_and_raw();
    let call = net.connect(bob, ana);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    net.read(call, bob);
    net.write(
        call,
        bob,
        "<iq type='get' id='1'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>\
         <iq type='get' id='2'><ping xmlns='urn:xmpp:ping'/></iq><presence/>",
    );
    let answer = net.read(call, bob);
    assert!(
        answer.contains("id='1'") && answer.contains("urn:xmpp:receipts"),
        "{answer}"
    );
    assert!(
        answer.contains("id='2'") && answer.contains("service-unavailable"),
        "{answer}"
    );
}

#[test]
fn malformed_xml_ends_that_stream_and_nothing_else() {
    // [LAN-48]
    let (mut net, ana, bob) = one_and_raw();
    for bytes in [
        "<message><body></message>".as_bytes(),
        b"\xFF\xFE\x00",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
        &[b'<'; 300],
        "<a>".repeat(200).as_bytes(),
    ] {
        let call = net.connect(bob, ana);
        net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
        net.write(call, bob, bytes);
        // An end right behind our header would make a libpurple crash.
        assert!(!net.read(call, bob).contains("stream:error"));
        net.run(SECOND);
        let answer = net.read(call, bob);
        assert!(
            answer.contains("<stream:error>") && answer.ends_with("</stream:stream>"),
            "{answer}"
        );
        net.run(SECOND * 3);
        assert!(net.is_closed_for(call, bob));
    }
    let call = net.connect(bob, ana);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    net.write(
        call,
        bob,
        purple_message("bob@bobbox", "ana@abox", "still there?"),
    );
    assert_eq!(net.heard(ana), ["bob@bobbox: still there?"]);
}

#[test]
fn a_flood_of_silent_connections_is_bounded_and_others_get_in() {
    // [LAN-48]
    let mut net = Net::new();
    let ana = net.node("ana@abox");
    let bob = net.raw("bob@bobbox");
    let eve = net.raw("eve@evebox");
    net.run(SECOND * 5);
    let calls: Vec<_> = (0..40).map(|_| net.connect(eve, ana)).collect();
    let open = calls
        .iter()
        .filter(|&&call| !net.is_closed_for(call, eve))
        .count();
    assert!(open <= 10, "{open} are open");
    let call = net.connect(bob, ana);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    net.write(call, bob, purple_message("bob@bobbox", "ana@abox", "hello"));
    assert_eq!(net.heard(ana), ["bob@bobbox: hello"]);
    net.run(SECOND * 11);
    assert!(
        calls.iter().all(|&call| net.is_closed_for(call, eve)),
        "a header within ten seconds"
    );
}

#[test]
fn leaving_says_goodbye_within_a_second() {
    // [LAN-24] [LAN-22]
    let (mut net, ana, bo) = two();
    let bob = net.raw("bob@bobbox");
    net.run(SECOND * 3);
    let call = net.connect(bob, ana);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    net.tell(ana, "bo@bbox", "see you");
    net.run(SECOND * 2);
    let out = net.ask(ana, Command::SignOut { farewell: None });
    net.run(SECOND);
    assert!(net.read(call, bob).ends_with("</stream:stream>"));
    let log = &net.machines[ana].log;
    assert!(matches!(net.reply(ana, out), Some(Reply::Done)));
    assert!(matches!(log.last(), Some(Output::Ended(_))));
    assert_eq!(net.heard(bo), ["ana@abox: see you"]);
    net.run(SECOND * 2);
    assert_eq!(net.contacts(bo), ["bob@bobbox"]);
    assert!(net.doubtful(ana).is_empty());
}

#[test]
fn a_peer_that_has_forgotten_its_stream_is_talked_to_on_its_new_one() {
    // [LAN-43]
    for forgetful in [0, 1] {
        let (mut net, ana, bo) = two();
        net.tell(ana, "bo@bbox", "before");
        net.run(SECOND * 20);
        let names = ["ana@abox", "bo@bbox"];
        let (old, new) = if forgetful == ana {
            (bo, ana)
        } else {
            (ana, bo)
        };
        net.restart(new);
        net.run(SECOND * 5);
        net.tell(new, names[old], "I am back");
        net.run(LATENCY * 50);
        net.tell(old, names[new], "so I see");
        net.run(SECOND * 5);
        assert_eq!(
            net.heard(old).last().map(String::as_str),
            Some(&*format!("{}: I am back", names[new]))
        );
        assert_eq!(
            net.heard(new).last().map(String::as_str),
            Some(&*format!("{}: so I see", names[old]))
        );
        assert!(net.doubtful(old).is_empty());
    }
}

#[test]
fn a_contact_who_leaves_is_gone() {
    // [LAN-26]
    let (mut net, ana, bob) = one_and_raw();
    assert_eq!(net.contacts(ana), ["bob@bobbox"]);
    let now = net.now;
    net.mdns_mut(bob).withdraw(now);
    net.carry_out(bob);
    net.run(SECOND * 2);
    assert!(net.contacts(ana).is_empty());
}

#[test]
fn whoever_is_gone_is_not_typing() {
    // [LAN-44]
    let (mut net, ana, bob) = one_and_raw();
    let call = net.connect(bob, ana);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    let half =
        "<message><body>half a wo</body><x xmlns='jabber:x:event'><composing/><id/></x></message>";
    net.write(call, bob, half);
    net.reset(call, bob);
    let typing = net.signals(ana).filter_map(|signal| match signal {
        Signal::Typing { is_typing, .. } => Some(*is_typing),
        _ => None,
    });
    assert_eq!(typing.collect::<Vec<_>>(), [true, false]);
}
