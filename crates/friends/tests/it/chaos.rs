//! Machines that die, cables that are pulled, calls that cross: whatever happens, what was said arrives,
//! once and in order [RS-10] [RS-11] [RS-13]. More cases than usual: `PROPTEST_CASES=300`.

use friends::api::{Draft, Folder, Report, Request, SendState};
use proptest::prelude::*;

use crate::rig::{LATENCY, Net};

#[derive(Clone, Debug)]
enum Step {
    /// One says something to the next; the same as before, or something else.
    Say(usize, bool),
    /// One writes a letter to the two others; the same as before, or another one.
    Write(usize, bool),
    /// All connections of one break.
    Cut(usize),
    /// One dies, and those linked to it see that.
    Kill(usize),
    /// One dies without a word.
    Vanish(usize),
    /// One starts again.
    Start(usize),
    /// What one sends is not taken, or again.
    Stall(usize, bool),
    /// Time, in latencies.
    Wait(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..3_usize;
    let step = prop_oneof![
        6 => (who.clone(), any::<bool>()).prop_map(|(who, is_same)| Step::Say(who, is_same)),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, is_same)| Step::Write(who, is_same)),
        2 => who.clone().prop_map(Step::Cut),
        1 => who.clone().prop_map(Step::Kill),
        1 => who.clone().prop_map(Step::Vanish),
        2 => who.clone().prop_map(Step::Start),
        1 => (who, any::<bool>()).prop_map(|(who, on)| Step::Stall(who, on)),
        6 => prop_oneof![0..8_u32, 50..2_000_u32].prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..40)
}

/// As many as the environment says, where it says something; else fewer than proptest's own number, as each
/// is half an hour in the life of three machines.
fn cases() -> u32 {
    match ProptestConfig::default().cases {
        256 => 32,
        wished => wished,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    // [RS-10] [RS-11] [RS-13]
    #[test]
    fn what_was_said_arrives_in_order(weather in any::<u8>(), steps in steps()) {
        play(weather, &steps);
    }
}

fn play(weather: u8, steps: &[Step]) {
    let (mut net, hosts) = Net::of_friends(["ana", "bea", "cyd"]);
    net.weather = weather;
    let mut said: Vec<Vec<String>> = vec![Vec::new(); 3];
    let mut written = 0;
    for step in steps {
        match *step {
            Step::Say(who, is_same) if net.hosts[who].node.is_some() => {
                let text = match is_same {
                    true => "ok".to_owned(),
                    false => format!("{who} says {}", said[who].len()),
                };
                net.say(who, hosts[(who + 1) % 3], &text);
                said[who].push(text);
            }
            Step::Write(who, is_same) if net.hosts[who].node.is_some() => {
                let to = [1, 2].map(|more| net.pgp_id((who + more) % 3).to_string());
                let draft = Draft {
                    to: to.into(),
                    subject: match is_same {
                        true => "news".into(),
                        false => format!("letter {written}"),
                    },
                    ..Draft::default()
                };
                net.ask_slowly(who, Request::SendMail(draft));
                written += 1;
            }
            Step::Say(..) | Step::Write(..) => {}
            Step::Cut(who) => net.cut(who),
            Step::Kill(who) => net.kill(who),
            Step::Vanish(who) => {
                net.silence(who);
                net.hosts[who].node = None;
            }
            Step::Start(who) if net.hosts[who].node.is_none() => net.start(who),
            Step::Start(_) => {}
            Step::Stall(who, is_stalled) => net.stall(who, is_stalled),
            Step::Wait(latencies) => net.run_for(LATENCY * latencies),
        }
    }
    for host in hosts {
        net.stall(host, false);
        if net.hosts[host].node.is_none() {
            net.start(host);
        }
    }
    // Longer than a dead link takes to be noticed, and the longest pause.
    net.run(1_200);
    for (who, texts) in said.iter().enumerate() {
        let listener = (who + 1) % 3;
        let heard = net.heard(listener, who);
        assert_eq!(&heard, texts, "what {who} said");
        for one in net.history(who, listener).iter().filter(|one| one.is_ours) {
            assert_eq!(one.state, SendState::Sent);
        }
    }
    let mut letters = 0;
    for host in hosts {
        let Report::Mails(mails) = net.ask(
            host,
            Request::Mails {
                folder: Some(Folder::Inbox),
            },
        ) else {
            panic!("no mails");
        };
        letters += mails.len();
        let Report::Outbox(waiting) = net.ask(host, Request::Outbox) else {
            panic!("no outbox");
        };
        assert!(waiting.is_empty(), "{waiting:?}");
    }
    assert_eq!(letters, 2 * written, "each has both of its receivers, once");
    for a in hosts {
        for b in hosts.into_iter().filter(|b| *b > a) {
            assert!(net.is_online(a, b) && net.is_online(b, a), "{a} and {b}");
        }
    }
}

// [RS-6] [RS-10]
#[test]
fn a_link_that_breaks_at_any_moment_of_its_beginning_is_made_again() {
    for moment in 0..40 {
        let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
        net.befriend(ana, bea);
        net.run_for(LATENCY * moment);
        let id = net.say(ana, bea, "whenever");
        net.cut(ana);
        net.run(60);
        assert!(
            net.is_online(ana, bea) && net.is_online(bea, ana),
            "moment {moment}"
        );
        assert_eq!(net.open_wires(ana, bea), 1, "moment {moment}");
        assert_eq!(
            net.state_of(ana, bea, id),
            SendState::Sent,
            "moment {moment}"
        );
        assert_eq!(net.heard(bea, ana)[0], "whenever", "moment {moment}");
    }
}
