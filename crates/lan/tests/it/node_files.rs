//! Files, between two of ours and with peers that speak as libpurple does.

use bytes::BytesMut;
use lan::TlsRole;
use model::{Command, EndReason, Refusal, Reply, Signal, TransferId};
use wire_xmpp::socks;

use crate::node_rig::{Net, SECOND, Who, purple_header};

fn two() -> (Net, Who, Who) {
    let mut net = Net::new();
    let (ana, bo) = (net.node("ana@abox"), net.node("bo@bbox"));
    net.run(SECOND * 5);
    (net, ana, bo)
}

/// One of ours with an open stream of a scripted peer's.
fn one_and_raw() -> (Net, Who, Who, usize) {
    let mut net = Net::new();
    let (ana, bob) = (net.node("ana@abox"), net.raw("bob@bobbox"));
    net.run(SECOND * 5);
    let call = net.connect(bob, ana);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    net.read(call, bob);
    (net, ana, bob, call)
}

fn accepted(net: &Net, who: Who) -> Vec<bool> {
    let answers = net.signals(who).filter_map(|signal| match signal {
        Signal::Answered { accepted, .. } => Some(*accepted),
        _ => None,
    });
    answers.collect()
}

fn ended(net: &Net, who: Who) -> usize {
    let ends = net.signals(who).filter(|signal| {
        matches!(
            signal,
            Signal::Ended {
                reason: EndReason::OtherSide,
                ..
            }
        )
    });
    ends.count()
}

fn is_done(reply: Option<&Reply>) -> bool {
    matches!(reply, Some(Reply::Done))
}

/// Ana offers, bo takes; returns the number at ana's.
fn flowing(net: &mut Net, ana: Who, bo: Who, size: u64) -> TransferId {
    let offer = net.offer(ana, "bo@bbox", "tea.txt", size);
    net.run(SECOND);
    let Some(Reply::Offered(transfer)) = net.reply(ana, offer) else {
        panic!("no offer")
    };
    let id = transfer.id;
    let offered = net.offers(bo).pop().expect("an offer");
    assert_eq!((offered.name.as_str(), offered.size), ("tea.txt", size));
    assert!(accepted(net, ana).is_empty());
    let answer = net.answer(bo, offered.id, true);
    net.run(SECOND);
    assert!(is_done(net.reply(bo, answer)));
    assert_eq!(accepted(net, ana), [true]);
    id
}

#[test]
fn a_file_between_two_of_ours_is_encrypted_and_arrives() {
    // [LAN-45] [LAN-46]
    let (mut net, ana, bo) = two();
    let id = flowing(&mut net, ana, bo, 11);
    let one = net.segment(ana, id, b"two lumps", false);
    let two = net.segment(ana, id, b"!\n", true);
    net.run(SECOND);
    assert!(is_done(net.reply(ana, one)) && is_done(net.reply(ana, two)));
    assert_eq!(net.received(bo), (b"two lumps!\n".to_vec(), true));
    assert!(
        net.pipes
            .iter()
            .all(|pipe| !String::from_utf8_lossy(&pipe.clear).contains("lumps"))
    );
    let file = *net.calls(bo, ana).last().unwrap();
    assert_eq!(
        net.pipes[file].ends[1].tls,
        Some(TlsRole::Server),
        "the sender is the server"
    );
    assert!(net.pipes[file].ends.iter().all(|end| end.is_closed));
    assert_eq!((ended(&net, ana), ended(&net, bo)), (0, 0));
}

#[test]
fn an_offer_can_be_declined() {
    // [LAN-45]
    let (mut net, ana, bo) = two();
    net.offer(ana, "bo@bbox", "tea.txt", 11);
    net.run(SECOND);
    let offered = net.offers(bo).pop().unwrap();
    net.answer(bo, offered.id, false);
    net.run(SECOND);
    assert_eq!(accepted(&net, ana), [false]);
    let again = net.answer(bo, offered.id, true);
    assert!(matches!(
        net.reply(bo, again),
        Some(Reply::Refused(Refusal::NoSuchTransfer))
    ));
}

#[test]
fn an_empty_file_is_an_empty_last_segment() {
    // [LAN-45]
    let (mut net, ana, bo) = two();
    let id = flowing(&mut net, ana, bo, 0);
    net.run(SECOND);
    assert_eq!(net.received(bo), (Vec::new(), true));
    let last = net.segment(ana, id, b"", true);
    net.run(SECOND);
    assert!(is_done(net.reply(ana, last)));
    assert_eq!((ended(&net, ana), ended(&net, bo)), (0, 0));
}

#[test]
fn more_or_less_than_announced_ends_the_transfer() {
    // [LAN-45] [LAN-48]
    for (data, last) in [(&b"twelve bytes"[..], false), (&b"ten bytes."[..], true)] {
        let (mut net, ana, bo) = two();
        let id = flowing(&mut net, ana, bo, 11);
        let segment = net.segment(ana, id, data, last);
        net.run(SECOND);
        assert!(matches!(
            net.reply(ana, segment),
            Some(Reply::Refused(Refusal::TransferViolation))
        ));
        assert_eq!(ended(&net, bo), 1);
        assert!(!net.received(bo).1);
    }
}

#[test]
fn either_side_can_cancel_while_bytes_flow() {
    // [LAN-45]
    for sender_cancels in [true, false] {
        let (mut net, ana, bo) = two();
        let id = flowing(&mut net, ana, bo, 11);
        net.segment(ana, id, b"two", false);
        net.run(SECOND);
        let (who, other, id) = if sender_cancels {
            (ana, bo, id)
        } else {
            (bo, ana, net.offers(bo)[0].id)
        };
        let cancel = net.ask(who, Command::Cancel { id });
        net.run(SECOND);
        assert!(is_done(net.reply(who, cancel)));
        assert_eq!((ended(&net, who), ended(&net, other)), (0, 1));
        let again = net.ask(who, Command::Cancel { id });
        assert!(matches!(
            net.reply(who, again),
            Some(Reply::Refused(Refusal::NoSuchTransfer))
        ));
    }
}

#[test]
fn a_sender_waits_while_a_mebibyte_is_unsent() {
    // [LAN-45]
    let (mut net, ana, bo) = two();
    let size = 3 << 20;
    let id = flowing(&mut net, ana, bo, size);
    let half = vec![7; 1 << 19];
    net.stick(ana, true);
    let one = net.segment(ana, id, &half, false);
    let two = net.segment(ana, id, &half, false);
    assert!(is_done(net.reply(ana, one)), "half a mebibyte is nothing");
    assert!(net.reply(ana, two).is_none());
    net.stick(ana, false);
    assert!(is_done(net.reply(ana, two)));
    for n in 2..6 {
        net.segment(ana, id, &half, n == 5);
    }
    net.run(SECOND);
    let (bytes, is_whole) = net.received(bo);
    assert!(is_whole && bytes.len() as u64 == size);
}

#[test]
fn a_face_that_is_behind_stops_the_reading() {
    // [LAN-45]
    let (mut net, ana, bo) = two();
    let id = flowing(&mut net, ana, bo, 6);
    let now = net.now();
    net.node_mut(bo).handle_pause(true, now);
    net.carry_out(bo);
    net.segment(ana, id, b"six by", true);
    net.run(SECOND * 120);
    assert_eq!(net.received(bo), (Vec::new(), false));
    let now = net.now();
    net.node_mut(bo).handle_pause(false, now);
    net.carry_out(bo);
    net.run(SECOND);
    assert_eq!(net.received(bo), (b"six by".to_vec(), true));
}

#[test]
fn an_offer_is_over_after_ten_minutes() {
    // [LAN-45] [LAN-48]
    let (mut net, ana, bo) = two();
    net.offer(ana, "bo@bbox", "tea.txt", 11);
    net.run(SECOND * 601);
    assert_eq!((ended(&net, ana), ended(&net, bo)), (1, 1));
    let answer = net.answer(bo, net.offers(bo)[0].id, true);
    assert!(matches!(
        net.reply(bo, answer),
        Some(Reply::Refused(Refusal::NoSuchTransfer))
    ));
}

#[test]
fn nobody_there_means_no_offer() {
    // [LAN-45]
    let (mut net, ana, _) = two();
    let offer = net.offer(ana, "nobody@nowhere", "tea.txt", 11);
    net.run(SECOND * 12);
    assert!(matches!(
        net.reply(ana, offer),
        Some(Reply::Refused(Refusal::NoSuchUser(_)))
    ));
}

fn si(id: &str, sid: &str, name: &str, size: &str) -> String {
    format!(
        "<iq type='set' id='{id}' to='ana@abox' from='bob@bobbox'><si \
         xmlns='http://jabber.org/protocol/si' id='{sid}' \
         profile='http://jabber.org/protocol/si/profile/file-transfer'><file \
         xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='{name}' size='{size}'/>\
         <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' \
         type='form'><field var='stream-method' type='list-single'><option><value>\
         http://jabber.org/protocol/bytestreams</value></option></field></x></feature></si></iq>"
    )
}

fn hosts(id: &str, sid: &str, hosts: &[&str]) -> String {
    let hosts: String = hosts
        .iter()
        .map(|host| format!("<streamhost jid='{sid}' host='{host}' port='5298'/>"))
        .collect();
    format!(
        "<iq type='set' id='{id}' to='ana@abox' from='bob@bobbox'><query \
         xmlns='http://jabber.org/protocol/bytestreams' sid='{sid}' mode='tcp'>{hosts}</query></iq>"
    )
}

#[test]
fn a_libpurple_sends_a_file() {
    // [LAN-45]
    let (mut net, ana, bob, call) = one_and_raw();
    net.write(call, bob, si("0", "0", "../../etc/pass:wd", "5"));
    let offered = net.offers(ana).pop().unwrap();
    assert_eq!((offered.name.as_str(), offered.size), ("pass_wd", 5));
    net.answer(ana, offered.id, true);
    net.run(SECOND);
    let answer = net.read(call, bob);
    assert!(
        answer.contains("type='result'") && answer.contains("id='0'"),
        "{answer}"
    );
    assert!(
        answer.contains("http://jabber.org/protocol/bytestreams"),
        "{answer}"
    );
    // Nobody is at the first, and the others are nowhere one may be sent to.
    let bad = [
        "10.0.0.77",
        "127.0.0.1",
        "224.0.0.1",
        "0.0.0.0",
        "192.168.7.7",
        "example.net",
        "fe80::1",
    ];
    let all: Vec<&str> = bad.into_iter().chain(["10.0.0.2"]).collect();
    net.write(call, bob, hosts("0", "0", &all));
    net.run(SECOND);
    assert_eq!(
        net.pipes
            .iter()
            .filter(|pipe| pipe.ends[0].who == ana)
            .count(),
        2
    );
    let file = net.call(ana, bob);
    assert_eq!(net.read_bytes(file, bob), [5, 1, 0]);
    net.write(file, bob, [5, 0]);
    let mut request = vec![5, 1, 0, 3, 40];
    request.extend(socks::destination("0", "bob@bobbox", "ana@abox").bytes());
    request.extend([0, 0]);
    assert_eq!(net.read_bytes(file, bob), request);
    // libpurple answers with an address as text, and sends the file behind it at once.
    let mut reply = vec![5, 0, 0, 3, 8];
    reply.extend(b"10.0.0.1\0\0hel");
    net.write(file, bob, reply);
    net.write(file, bob, "lo");
    assert!(net.read(call, bob).contains("streamhost-used"));
    assert_eq!(net.received(ana), (b"hello".to_vec(), true));
    assert!(net.is_closed_for(file, bob));
}

#[test]
fn a_file_that_breaks_off_or_overflows_is_not_whole() {
    // [LAN-45] [LAN-48]
    for bytes in ["hel", "hello there"] {
        let (mut net, ana, bob, call) = one_and_raw();
        net.write(call, bob, si("0", "0", "a", "5"));
        net.answer(ana, net.offers(ana)[0].id, true);
        net.write(call, bob, hosts("0", "0", &["10.0.0.2"]));
        let file = net.call(ana, bob);
        net.write(file, bob, [5, 0]);
        net.write(file, bob, b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00");
        net.write(file, bob, bytes);
        net.close(file, bob);
        net.run(SECOND);
        assert!(!net.received(ana).1);
        assert_eq!(ended(&net, ana), 1);
    }
}

#[test]
fn offers_that_cannot_be_taken_are_answered() {
    // [LAN-45] [LAN-48]
    let (mut net, ana, bob, call) = one_and_raw();
    net.write(
        call,
        bob,
        si("a", "1", "x", "5").replace("si/profile/file-transfer'", "si/profile/tree'"),
    );
    let answer = net.read(call, bob);
    assert!(
        answer.contains("forbidden") && answer.contains("403"),
        "{answer}"
    );
    net.write(call, bob, si("b", "2", "x", "-1"));
    assert!(net.read(call, bob).contains("type='error'"));
    net.write(call, bob, hosts("c", "unknown", &["10.0.0.2"]));
    assert!(net.read(call, bob).contains("item-not-found"));
    assert!(net.offers(ana).is_empty());
    for n in 0..50 {
        net.write(call, bob, si(&n.to_string(), &n.to_string(), "x", "5"));
    }
    assert_eq!(net.offers(ana).len(), 8);
    assert!(net.read(call, bob).contains("resource-constraint"));
    // No host can be reached: the other side is told.
    net.answer(ana, net.offers(ana)[0].id, true);
    net.write(call, bob, hosts("h", "0", &["10.0.0.99"]));
    net.run(SECOND * 4);
    assert!(net.read(call, bob).contains("item-not-found"));
    assert_eq!(ended(&net, ana), 1);
}

/// Ana offers bob a file of five bytes; returns the transfer and its sid.
fn offer_to_raw(net: &mut Net, ana: Who, bob: Who, call: usize) -> (TransferId, String) {
    let offer = net.offer(ana, "bob@bobbox", "tea.txt", 5);
    net.run(SECOND);
    let Some(Reply::Offered(transfer)) = net.reply(ana, offer) else {
        panic!("no offer")
    };
    let id = transfer.id;
    let said = net.read(call, bob);
    let (_, si) = said.split_once("<si").expect("an offer");
    let (_, sid) = si.split_once("id='").expect("its id");
    let (sid, _) = sid.split_once('\'').expect("the id's end");
    let sid = sid.to_owned();
    assert!(
        said.contains(&format!("id='{sid}'")) && said.contains("name='tea.txt'"),
        "{said}"
    );
    assert!(!said.contains("urn:tincan"), "TLS is for ours: {said}");
    (id, sid)
}

#[test]
fn a_libpurple_gets_a_file() {
    // [LAN-45]
    let (mut net, ana, bob, call) = one_and_raw();
    let (id, sid) = offer_to_raw(&mut net, ana, bob, call);
    net.write(
        call,
        bob,
        format!(
            "<iq type='result' id='{sid}' to='ana@abox' from='bob@bobbox'><si \
             xmlns='http://jabber.org/protocol/si'><feature \
             xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='submit'>\
             <field var='stream-method'><value>http://jabber.org/protocol/bytestreams</value></field>\
             </x></feature></si></iq>"
        ),
    );
    let said = net.read(call, bob);
    assert!(
        said.contains("host='10.0.0.1'") && said.contains("port='5298'"),
        "{said}"
    );
    // Somebody who guesses gets nothing.
    let eve = net.raw("eve@evebox");
    for (who, sid) in [(bob, "wrong"), (eve, sid.as_str())] {
        let file = net.connect(who, ana);
        let mut out = BytesMut::new();
        socks::Client::new(&socks::destination(sid, "ana@abox", "bob@bobbox"), &mut out);
        net.write(file, who, [5, 1, 0]);
        net.write(file, who, request(sid));
        assert!(net.is_closed_for(file, who));
    }
    let file = net.connect(bob, ana);
    net.write(file, bob, [5, 1, 0]);
    assert_eq!(net.read_bytes(file, bob), [5, 0]);
    net.write(file, bob, request(&sid));
    assert_eq!(net.read_bytes(file, bob)[..2], [5, 0]);
    assert_eq!(accepted(&net, ana), [true]);
    let last = net.segment(ana, id, b"hello", true);
    net.run(SECOND);
    assert_eq!(net.read(file, bob), "hello");
    assert!(is_done(net.reply(ana, last)) && net.is_closed_for(file, bob));
}

fn request(sid: &str) -> Vec<u8> {
    let mut request = vec![5, 1, 0, 3, 40];
    request.extend(socks::destination(sid, "ana@abox", "bob@bobbox").bytes());
    request.extend([0, 0]);
    request
}

#[test]
fn a_libpurple_declines_with_the_sid_as_id() {
    // [LAN-45]
    let (mut net, ana, bob, call) = one_and_raw();
    let (_, sid) = offer_to_raw(&mut net, ana, bob, call);
    net.write(
        call,
        bob,
        format!(
            "<iq type='error' id='{sid}' to='ana@abox' from='bob@bobbox'><error type='cancel' \
             code='403'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
        ),
    );
    assert_eq!(accepted(&net, ana), [false]);
    assert_eq!(ended(&net, ana), 0);
}

#[test]
fn a_file_between_two_of_ours_is_encrypted_whenever_it_is_taken() {
    // [LAN-45] [LAN-46]: also where the conversation has ended meanwhile, and where TLS is demanded.
    for is_strict in [false, true] {
        let mut net = Net::new();
        let mut config = Net::config("ana@abox");
        config.policy.require_tls = is_strict;
        let ana = net.node_with("ana@abox", config);
        let bo = net.node("bo@bbox");
        net.run(SECOND * 5);
        let offer = net.offer(ana, "bo@bbox", "tea.txt", 14);
        net.run(SECOND);
        let Some(Reply::Offered(transfer)) = net.reply(ana, offer) else {
            panic!("no offer")
        };
        let id = transfer.id;
        net.part(ana, "bo@bbox");
        net.run(SECOND * 3);
        let offered = net.offers(bo).pop().expect("an offer");
        net.answer(bo, offered.id, true);
        net.run(SECOND * 2);
        net.segment(ana, id, b"tea with sugar", true);
        net.run(SECOND * 2);
        assert_eq!(net.received(bo), (b"tea with sugar".to_vec(), true));
        for pipe in &net.pipes {
            let clear = String::from_utf8_lossy(&pipe.clear);
            assert!(!clear.contains("sugar"), "{clear}");
        }
    }
}

#[test]
fn a_file_whose_last_bytes_no_socket_took_has_not_arrived() {
    // [LAN-45]
    let (mut net, ana, bo) = two();
    let id = flowing(&mut net, ana, bo, 5);
    net.stick(ana, true);
    let last = net.segment(ana, id, b"hello", true);
    net.run(SECOND);
    net.break_latest(0, true);
    net.run(SECOND);
    assert!(matches!(
        net.reply(ana, last),
        Some(Reply::Refused(Refusal::NoSuchTransfer))
    ));
    assert_eq!(ended(&net, ana), 1);
    assert!(!net.received(bo).1);
}

#[test]
fn a_host_that_is_ourselves_is_not_tried() {
    // [LAN-45] [LAN-48]
    let (mut net, ana, bob, call) = one_and_raw();
    net.write(call, bob, si("1", "1", "tea.txt", "5"));
    let offered = net.offers(ana).pop().expect("an offer");
    net.answer(ana, offered.id, true);
    net.run(SECOND);
    net.read(call, bob);
    net.write(
        call,
        bob,
        hosts(
            "1",
            "1",
            &["10.0.0.1", "127.0.0.1", "::ffff:10.0.0.1", "192.0.2.1"],
        ),
    );
    net.run(SECOND);
    assert!(net.calls(ana, ana).is_empty());
    assert!(net.read(call, bob).contains("item-not-found"));
    assert_eq!(ended(&net, ana), 1);
}
