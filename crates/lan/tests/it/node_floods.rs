//! Too much of anything: bounded, and the node goes on [LAN-48].

use bytes::BytesMut;
use lan::txt::Profile;
use lan::{ConnectionId, Output};
use model::{Availability, Presence, Refusal, Reply, Signal};

use crate::node_rig::{Net, SECOND, Who, purple_header, purple_message};

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

/// What the node has to say now.
fn outputs(net: &mut Net, who: Who) -> Vec<Output> {
    std::iter::from_fn(|| net.node_mut(who).poll_output()).collect()
}

fn texts(outputs: &[Output]) -> usize {
    let events = outputs.iter().filter(|o| matches!(o, Output::Event(_)));
    events.count()
}

#[test]
fn a_face_is_told_no_more_at_once_than_it_can_keep() {
    // [LAN-48]: it could keep 4,096.
    const MANY: usize = 30_000;
    let (mut net, ana, _, call) = one_and_raw();
    let id = net.pipes[call].ends[1].id.expect("accepted");
    let flood = "<message><body>a</body></message>".repeat(MANY);
    let mut input = BytesMut::from(flood.as_bytes());
    let now = net.now();
    let mut heard = 0;
    while !input.is_empty() {
        net.node_mut(ana).handle_bytes(id, &mut input, now);
        let outputs = outputs(&mut net, ana);
        assert!(outputs.len() < 1_100, "{}", outputs.len());
        let goes_on = matches!(outputs.last(), Some(Output::Pause(on, false)) if *on == id);
        assert_eq!(goes_on, !input.is_empty(), "the rest is asked for");
        heard += texts(&outputs);
    }
    assert_eq!(heard, MANY);
}

#[test]
fn a_face_that_is_behind_is_told_nothing_by_others() {
    // [LAN-48]
    let (mut net, ana, bob, call) = one_and_raw();
    let id: ConnectionId = net.pipes[call].ends[1].id.expect("accepted");
    let now = net.now();
    net.node_mut(ana).handle_pause(true, now);
    assert!(matches!(
        outputs(&mut net, ana)[..],
        [Output::Pause(_, true)]
    ));
    let message = purple_message("bob@bobbox", "ana@abox", "hello");
    let mut input = BytesMut::from(message.as_bytes());
    net.node_mut(ana).handle_bytes(id, &mut input, now);
    assert_eq!(
        (texts(&outputs(&mut net, ana)), input.len()),
        (0, message.len())
    );
    net.node_mut(ana).handle_pause(false, now);
    assert!(matches!(
        outputs(&mut net, ana)[..],
        [Output::Pause(_, false)]
    ));
    net.node_mut(ana).handle_bytes(id, &mut input, now);
    assert_eq!((texts(&outputs(&mut net, ana)), input.len()), (1, 0));
    // And over the wire.
    net.pause(ana, true);
    net.write(call, bob, message);
    assert!(net.heard(ana).is_empty());
    net.pause(ana, false);
    net.run(SECOND);
    assert_eq!(net.heard(ana), ["bob@bobbox: hello"]);
}

#[test]
fn of_many_changes_a_face_that_was_behind_hears_the_last() {
    // [LAN-48] [LAN-17]
    let (mut net, ana, bob, _) = one_and_raw();
    let gone = net.raw("gone@gonebox");
    net.run(SECOND * 3);
    net.pause(ana, true);
    let before = net.signals(ana).count();
    let short = net.raw("short@shortbox");
    for n in 0..20 {
        let availability = if n % 2 == 0 {
            Availability::Busy
        } else {
            Availability::Away
        };
        let presence = Presence {
            availability,
            message: Some(format!("{n}").into()),
        };
        let profile = Profile {
            presence,
            ..Profile::default()
        };
        let now = net.now;
        net.mdns_mut(bob).update(profile, None, now);
        net.carry_out(bob);
        net.run(SECOND * 2);
    }
    for who in [gone, short] {
        let now = net.now;
        net.mdns_mut(who).withdraw(now);
        net.carry_out(who);
    }
    net.run(SECOND * 3);
    assert_eq!(net.signals(ana).count(), before, "it is behind");
    net.pause(ana, false);
    let told: Vec<_> = net.signals(ana).skip(before).cloned().collect();
    let [Signal::Contact(contact), Signal::Gone(name)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(contact.presence.message.as_deref(), Some("19"));
    assert_eq!(name.as_str(), "gone@gonebox");
    assert_eq!(net.contacts(ana), ["bob@bobbox"]);
}

#[test]
fn whoever_asks_and_never_reads_is_cut_off() {
    // [LAN-48]
    for asked in [
        "<iq type='get' id='1'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
        "<iq type='set' id='1'><si xmlns='http://jabber.org/protocol/si' id='1' profile='x'/></iq>",
    ] {
        let (mut net, ana, bob, call) = one_and_raw();
        net.stick(ana, true);
        for _ in 0..100 {
            net.write(call, bob, asked.repeat(200));
        }
        assert!(net.is_closed_for(call, bob));
    }
}

#[test]
fn refused_offers_do_not_fill_what_waits_to_be_said() {
    // [LAN-48] [LAN-45]: not even those that come when nothing can be answered any more.
    let (mut net, ana, bob, call) = one_and_raw();
    let part = net.part(ana, "bob@bobbox");
    net.run(SECOND);
    let bad =
        "<iq type='set' id='1'><si xmlns='http://jabber.org/protocol/si' id='1' profile='x'/></iq>";
    net.write(call, bob, bad.repeat(300));
    net.close(call, bob);
    net.run(SECOND);
    assert!(matches!(net.reply(ana, part), Some(Reply::Done)));
    let told = net.tell(ana, "bob@bobbox", "hello");
    net.run(SECOND);
    let call = net.call(ana, bob);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    let said = net.read(call, bob);
    assert!(
        said.contains("<body>hello</body>") && !said.contains("<iq"),
        "{said}"
    );
    assert!(matches!(net.reply(ana, told), Some(Reply::Told(_))));
}

#[test]
fn the_offers_of_others_leave_room_for_ours() {
    // [LAN-48] [LAN-45]
    let mut net = Net::new();
    let ana = net.node("ana@abox");
    let names: Vec<&'static str> = vec![
        "p0@box0", "p1@box1", "p2@box2", "p3@box3", "p4@box4", "p5@box5", "p6@box6", "p7@box7",
    ];
    let peers: Vec<_> = names.iter().map(|name| net.raw(name)).collect();
    net.run(SECOND * 5);
    for (name, &peer) in names.iter().zip(&peers) {
        let call = net.connect(peer, ana);
        net.write(call, peer, purple_header(name, "ana@abox"));
        for n in 0..8 {
            let offer = format!(
                "<iq type='set' id='{n}'><si xmlns='http://jabber.org/protocol/si' id='{n}' \
                 profile='http://jabber.org/protocol/si/profile/file-transfer'><file \
                 xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='a' size='1'/>\
                 </si></iq>"
            );
            net.write(call, peer, offer);
        }
    }
    assert_eq!(net.offers(ana).len(), 32);
    let offer = net.offer(ana, "p7@box7", "tea.txt", 5);
    net.run(SECOND);
    assert!(matches!(net.reply(ana, offer), Some(Reply::Offered(_))));
    let refused = (0..40)
        .map(|_| net.offer(ana, "p6@box6", "tea.txt", 5))
        .last();
    assert!(matches!(
        net.reply(ana, refused.expect("many")),
        Some(Reply::Refused(Refusal::TooManyTransfers))
    ));
}
