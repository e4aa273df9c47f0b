//! Machines that die, cables that are pulled, calls that cross: whatever happens, what was said arrives
//! [RS-10] [RS-11] [RS-13].

use friends::api::{Draft, Folder, Report, Request, SendState};
use proptest::prelude::*;

use crate::rig::{LATENCY, Net};

#[derive(Clone, Debug)]
enum Step {
    /// One says something to the next.
    Say(usize),
    /// One writes a letter to the two others.
    Write(usize),
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
        6 => who.clone().prop_map(Step::Say),
        2 => who.clone().prop_map(Step::Write),
        2 => who.clone().prop_map(Step::Cut),
        1 => who.clone().prop_map(Step::Kill),
        1 => who.clone().prop_map(Step::Vanish),
        2 => who.clone().prop_map(Step::Start),
        1 => (who, any::<bool>()).prop_map(|(who, on)| Step::Stall(who, on)),
        6 => prop_oneof![0..8_u32, 50..2_000_u32].prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    // [RS-10] [RS-11] [RS-13]
    #[test]
    fn what_was_said_arrives_in_order(steps in steps()) {
        play(&steps);
    }
}

fn play(steps: &[Step]) {
    let (mut net, hosts) = Net::of_friends(["ana", "bea", "cyd"]);
    let mut said: Vec<Vec<String>> = vec![Vec::new(); 3];
    let mut written = 0;
    for step in steps {
        match *step {
            Step::Say(who) if net.hosts[who].node.is_some() => {
                let text = format!("{who} says {}", said[who].len());
                net.say(who, hosts[(who + 1) % 3], &text);
                said[who].push(text);
            }
            Step::Write(who) if net.hosts[who].node.is_some() => {
                let to = [1, 2].map(|more| net.pgp_id((who + more) % 3).to_string());
                let draft = Draft {
                    to: to.into(),
                    // Two of the same words within a second would count as one that comes again.
                    subject: format!("letter {written}"),
                    ..Draft::default()
                };
                let report = net.ask(who, Request::SendMail(draft));
                assert!(matches!(report, Report::Queued { .. }), "{report:?}");
                written += 1;
            }
            Step::Say(_) | Step::Write(_) => {}
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
        let mut heard = net.heard(listener, who);
        // Twice rather than not at all; what comes again comes in order as well.
        let mut seen = std::collections::BTreeSet::new();
        heard.retain(|text| seen.insert(text.clone()));
        assert_eq!(&heard, texts, "what {who} said");
        for one in net.history(who, listener).iter().filter(|one| one.is_ours) {
            assert_eq!(one.state, SendState::Sent);
        }
    }
    let mut letters = std::collections::BTreeSet::new();
    for host in hosts {
        let Report::Mails(mails) = net.ask(
            host,
            Request::Mails {
                folder: Some(Folder::Inbox),
            },
        ) else {
            panic!("no mails");
        };
        letters.extend(mails.into_iter().map(|mail| (host, mail.subject)));
        let Report::Outbox(waiting) = net.ask(host, Request::Outbox) else {
            panic!("no outbox");
        };
        assert!(waiting.is_empty(), "{waiting:?}");
    }
    assert_eq!(letters.len(), 2 * written, "each has both of its receivers");
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
