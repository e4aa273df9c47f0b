//! Each command is answered, and once, whatever becomes of it.

use std::collections::VecDeque;
use std::time::Duration;

use model::{Command, CommandId, Refusal, Reply};
use proptest::prelude::*;

use crate::node_rig::{LATENCY, Net, SECOND, Who, purple_header, user};

const NAMES: [&str; 2] = ["ana@abox", "bo@bbox"];

#[test]
fn a_receipt_that_is_faster_than_the_socket_answers_too() {
    // [LAN-43]
    let mut net = Net::new();
    let (ana, bo) = (net.node("ana@abox"), net.node("bo@bbox"));
    net.run(SECOND * 5);
    net.tell(ana, "bo@bbox", "one");
    net.run(SECOND * 20);
    net.silence(ana, true);
    let told = net.tell(ana, "bo@bbox", "two");
    net.run(SECOND);
    assert_eq!(net.heard(bo).len(), 2);
    assert!(matches!(net.reply(ana, told), Some(Reply::Told(_))));
    net.silence(ana, false);
    net.run(SECOND);
    assert!(matches!(net.reply(ana, told), Some(Reply::Told(_))));
    let call = net.call(ana, bo);
    net.reset(call, bo);
    assert!(net.doubtful(ana).is_empty());
}

#[test]
fn what_waits_for_a_caller_who_hangs_up_does_not_wait_for_ever() {
    // [LAN-43] [LAN-48]
    let mut net = Net::new();
    let (ana, bob) = (net.node("ana@abox"), net.raw("bob@bobbox"));
    net.run(SECOND * 5);
    let call = net.connect(bob, ana);
    net.write(call, bob, purple_header("new@newbox", "ana@abox"));
    let told = net.tell(ana, "new@newbox", "hello");
    net.run(LATENCY * 10);
    net.close(call, bob);
    net.run(SECOND * 20);
    assert!(matches!(
        net.reply(ana, told),
        Some(Reply::Refused(Refusal::NoSuchUser(_)))
    ));
}

#[test]
fn who_leaves_answers_what_no_socket_has_taken() {
    // [LAN-24] [LAN-43]
    let mut net = Net::new();
    let (ana, bob) = (net.node("ana@abox"), net.raw("bob@bobbox"));
    net.run(SECOND * 5);
    let call = net.connect(bob, ana);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    net.run(SECOND);
    net.stick(ana, true);
    let told = net.tell(ana, "bob@bobbox", "hello");
    let out = net.ask(ana, Command::SignOut { farewell: None });
    net.reset(call, bob);
    net.run(SECOND * 2);
    assert!(matches!(
        net.reply(ana, told),
        Some(Reply::Refused(Refusal::Unreachable(..)))
    ));
    assert!(matches!(net.reply(ana, out), Some(Reply::Done)));
}

#[test]
fn what_goes_another_way_does_not_go_out_after_the_end_too() {
    // [LAN-43]
    let mut net = Net::new();
    let (ana, bob) = (net.node("ana@abox"), net.raw("bob@bobbox"));
    net.run(SECOND * 5);
    let first = net.connect(bob, ana);
    net.write(first, bob, purple_header("bob@bobbox", "ana@abox"));
    net.run(SECOND);
    net.stick(ana, true);
    net.tell(ana, "bob@bobbox", "hello");
    net.write(first, bob, "</stream:stream>");
    assert_eq!(net.pipes[first].ends[0].is_over, Some(false), "not flushed");
    net.machines[ana].is_stuck = false;
    net.run(SECOND * 2);
    let second = net.call(ana, bob);
    net.write(second, bob, purple_header("bob@bobbox", "ana@abox"));
    assert!(net.read(second, bob).contains("<body>hello</body>"));
}

/// Something that happens.
#[derive(Clone, Debug)]
enum Act {
    Tell(Who),
    Part(Who),
    Offer(Who),
    Typing(Who),
    /// The latest offer is taken, or is not.
    Answer(Who, bool),
    /// Bytes for, and the end of, the first file.
    Segment(Who, bool),
    Cancel(Who),
    Announce(Who),
    Leave(Who),
    Pass(u64),
    Break(usize, bool),
    Stick(Who, bool),
    Silence(Who, bool),
    Pause(Who, bool),
}

fn act() -> impl Strategy<Value = Act> {
    let who = || 0..2_usize;
    prop_oneof![
        8 => who().prop_map(Act::Tell),
        2 => who().prop_map(Act::Part),
        2 => who().prop_map(Act::Offer),
        1 => who().prop_map(Act::Typing),
        2 => (who(), any::<bool>()).prop_map(|(who, is_taken)| Act::Answer(who, is_taken)),
        2 => (who(), any::<bool>()).prop_map(|(who, is_last)| Act::Segment(who, is_last)),
        1 => who().prop_map(Act::Cancel),
        1 => who().prop_map(Act::Announce),
        1 => who().prop_map(Act::Leave),
        8 => (0..60_u64).prop_map(Act::Pass),
        2 => (60..5_000_u64).prop_map(Act::Pass),
        2 => (0..4_usize, any::<bool>()).prop_map(|(nth, is_lost)| Act::Break(nth, is_lost)),
        1 => (who(), any::<bool>()).prop_map(|(who, is_stuck)| Act::Stick(who, is_stuck)),
        1 => (who(), any::<bool>()).prop_map(|(who, is_silent)| Act::Silence(who, is_silent)),
        1 => (who(), any::<bool>()).prop_map(|(who, is_behind)| Act::Pause(who, is_behind)),
    ]
}

fn carry_out(net: &mut Net, act: &Act, asked: &mut Vec<(Who, CommandId)>) {
    let mut asks = |who: Who, id: CommandId| asked.push((who, id));
    match *act {
        Act::Tell(who) => asks(who, net.tell(who, NAMES[1 - who], "hello")),
        Act::Part(who) => asks(who, net.part(who, NAMES[1 - who])),
        Act::Offer(who) => asks(who, net.offer(who, NAMES[1 - who], "tea.txt", 5)),
        Act::Typing(who) => {
            let to = user(NAMES[1 - who]);
            let is_typing = true;
            asks(who, net.ask(who, Command::Typing { to, is_typing }));
        }
        Act::Answer(who, is_taken) => {
            if let Some(offered) = net.offers(who).pop() {
                asks(who, net.answer(who, offered.id, is_taken));
            }
        }
        Act::Segment(who, is_last) => {
            let id = model::TransferId::new(1).expect("a number");
            let data = if is_last { &b"hello"[..] } else { b"" };
            asks(who, net.segment(who, id, data, is_last));
        }
        Act::Cancel(who) => {
            let id = model::TransferId::new(1).expect("a number");
            asks(who, net.ask(who, Command::Cancel { id }));
        }
        Act::Announce(who) => {
            asks(
                who,
                net.ask(who, Command::Announce(model::Presence::default())),
            );
        }
        Act::Leave(who) => asks(who, net.ask(who, Command::SignOut { farewell: None })),
        Act::Pass(ms) => net.run(Duration::from_millis(ms)),
        Act::Break(nth, is_lost) => net.break_latest(nth, is_lost),
        Act::Stick(who, is_stuck) => net.stick(who, is_stuck),
        Act::Silence(who, is_silent) => net.silence(who, is_silent),
        Act::Pause(who, is_behind) => net.pause(who, is_behind),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    // [LAN-43] [LAN-24]: those who stay answer in time, those who leave before they have left.
    #[test]
    fn every_command_is_answered_once(
        acts in prop::collection::vec(act(), 1..40),
        delays in prop::collection::vec(0..120_u64, 1..200),
    ) {
        let mut net = Net::new();
        for name in NAMES {
            net.node(name);
        }
        net.run(SECOND * 5);
        net.delays = delays
            .into_iter()
            .map(Duration::from_millis)
            .collect::<VecDeque<_>>();
        let mut asked = Vec::new();
        for act in &acts {
            carry_out(&mut net, act, &mut asked);
        }
        for who in 0..2 {
            net.pause(who, false);
            net.silence(who, false);
            net.stick(who, false);
        }
        // Longer than any limit of a call or of a file that stalls.
        net.run(SECOND * 90);
        for (who, id) in asked {
            prop_assert!(net.reply(who, id).is_some(), "{:?} of {} is not answered", id, NAMES[who]);
        }
    }
}
