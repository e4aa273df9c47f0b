//! Two links between the same machines: one takes over from the other, and nobody notices [RS-6] [RS-11].
//! What is said meanwhile, and to a friend who is coming online, is answered by what becomes of it.

use std::path::PathBuf;
use std::time::Duration;

use friends::api::{
    Availability, DownloadState, Draft, Notice, Report, Request, SendState, Wanted,
};
use friends::{Closed, ConnectionId, RequestId};
use wire_retroshare::chat::Chat;
use wire_retroshare::rtt::Rtt;
use wire_retroshare::{Item, ServiceList};

use crate::rig::{LATENCY, Net, certificate, profile};
use crate::stage::{Stage, certificate_text_at};

/// Ana and Bea know each other, and start at the same time: their calls cross in many ways.
fn at_the_start(seed: u8) -> (Net, usize, usize) {
    let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
    net.befriend(ana, bea);
    net.run(1);
    for host in [ana, bea] {
        net.kill(host);
        net.take_notices(host);
        net.hosts[host].config.seed[2] = seed;
    }
    net.run(1);
    // One of the two calls may well be the slower one.
    net.weather = seed / 2;
    net.start(ana);
    net.start(bea);
    (net, ana, bea)
}

// [RS-6] [RS-11] Once a friend is seen online, what they are told goes out, whichever link there is.
#[test]
fn a_better_link_takes_over_without_a_gap() {
    for seed in 0..60 {
        let (mut net, ana, bea) = at_the_start(seed);
        for (one, other) in [(ana, bea), (bea, ana)] {
            while !net.is_online(one, other) {
                net.run_for(LATENCY / 4);
            }
        }
        for moment in 0..60 {
            for (one, other) in [(ana, bea), (bea, ana)] {
                assert!(net.is_online(one, other), "seed {seed}, moment {moment}");
                let who = net.pgp_id(other).to_string();
                let text = format!("{moment}");
                let report = net.ask(one, Request::Say { who, text });
                assert!(
                    matches!(report, Report::Queued { is_sent: true, .. }),
                    "seed {seed}, moment {moment}: {report:?}"
                );
            }
            net.run_for(LATENCY / 4);
        }
        net.run(5);
        let all: Vec<String> = (0..60).map(|moment| format!("{moment}")).collect();
        assert_eq!(net.heard(ana, bea), all, "seed {seed}");
        assert_eq!(net.heard(bea, ana), all, "seed {seed}");
        assert_eq!(net.open_wires(ana, bea), 1, "seed {seed}");
    }
}

// [RS-9] [RS-6] Who is online stays so while a better link takes over.
#[test]
fn nobody_is_seen_going_while_a_better_link_takes_over() {
    for seed in 0..60 {
        let (mut net, ana, bea) = at_the_start(seed);
        net.run(8);
        for (one, other) in [(ana, bea), (bea, ana)] {
            let id = net.pgp_id(other).to_string();
            let seen: Vec<Availability> = net
                .take_notices(one)
                .into_iter()
                .filter_map(|notice| match notice {
                    Notice::Friend(friend) if friend.pgp_id == id => Some(friend.availability),
                    _ => None,
                })
                .collect();
            let first = seen.iter().position(|seen| *seen == Availability::Online);
            let since = first.expect("they are online");
            assert!(
                seen[since..]
                    .iter()
                    .all(|seen| *seen == Availability::Online),
                "seed {seed}: {seen:?}"
            );
        }
    }
}

fn is_sent(report: Option<&Report>) -> Option<bool> {
    match report? {
        Report::Queued { is_sent, .. } => Some(*is_sent),
        other => panic!("not said: {other:?}"),
    }
}

// [RS-11] [RS-13] Whatever moment of Bea's coming it is: the answer is what becomes of the words, and it
// comes soon.
#[test]
fn who_speaks_to_a_friend_that_is_coming_is_told_whether_it_went() {
    let longest = Duration::from_secs(2);
    let mut late = 0;
    for moment in 0..160 {
        let (mut net, [ana, bea]) = Net::of(["ana", "bea"]);
        net.befriend(ana, bea);
        net.run(1);
        net.kill(bea);
        net.run(60);
        net.start(bea);
        net.run_for(LATENCY / 2 * moment);
        let who = net.pgp_id(bea).to_string();
        let letter = Draft {
            to: vec![who.clone()],
            subject: "hi".into(),
            ..Draft::default()
        };
        let text = "hi".into();
        let asked = [Request::Say { who, text }, Request::SendMail(letter)]
            .map(|request| net.ask_slowly(ana, request));
        let at = net.elapsed;
        for request in asked {
            while !net.hosts[ana].reports.contains_key(&request) {
                late += 1;
                net.run_for(LATENCY / 4);
                assert!(net.elapsed - at <= longest + LATENCY, "moment {moment}");
            }
            let answer = is_sent(net.hosts[ana].reports.get(&request));
            assert_eq!(answer, Some(net.is_online(ana, bea)), "moment {moment}");
        }
        net.run(20);
        assert_eq!(net.heard(bea, ana), ["hi"]);
        let told = net.take_notices(ana).into_iter().filter(|notice| {
            matches!(
                notice,
                Notice::Outgoing {
                    state: SendState::Sent,
                    ..
                }
            )
        });
        assert_eq!(told.count(), 2, "moment {moment}");
    }
    assert!(late > 0, "some answers had to wait");
}

// [RS-11] Of a friend who is off nothing is waited for, but for a call that has just begun.
#[test]
fn who_speaks_to_a_friend_that_is_off_is_told_at_once() {
    let mut stage = Stage::with_bea();
    let who = profile("bea").pgp_id().to_string();
    let say = Request::Say {
        who,
        text: "are you there?".into(),
    };
    let report = stage.ask(say.clone());
    assert_eq!(is_sent(Some(&report)), Some(false), "no address is known");
    stage.add(certificate_text_at("bea", [10, 0, 0, 2]));
    // The call begins, and nothing is heard of it.
    stage
        .node
        .handle_request(RequestId(1), say.clone(), stage.now);
    stage.obey();
    assert!(stage.reports.is_empty());
    stage.pass(Duration::from_secs(2));
    assert_eq!(is_sent(stage.reports.pop().as_ref()), Some(false));
    for _ in 0..20 {
        let report = stage.ask(say.clone());
        assert_eq!(is_sent(Some(&report)), Some(false));
        stage.pass(Duration::from_secs(2));
    }
}

// [RS-11] [RS-22] A machine that shows its certificate and then nothing holds no answer for long.
#[test]
fn an_answer_waits_two_seconds_at_most() {
    let mut stage = Stage::with_bea();
    let bea = stage.call([10, 0, 0, 2], &certificate("bea"));
    let who = profile("bea").pgp_id().to_string();
    let say = Request::Say {
        who,
        text: "hi".into(),
    };
    stage
        .node
        .handle_request(RequestId(1), say.clone(), stage.now);
    stage.obey();
    assert!(stage.reports.is_empty(), "her list may come");
    stage.pass(Duration::from_millis(1_999));
    assert!(stage.reports.is_empty());
    stage.pass(Duration::from_millis(1));
    assert_eq!(is_sent(stage.reports.pop().as_ref()), Some(false));
    // Her list comes.
    stage
        .node
        .handle_request(RequestId(1), say.clone(), stage.now);
    stage.item(bea, &Item::ServiceInfo(ServiceList::ours()));
    assert_eq!(is_sent(stage.reports.pop().as_ref()), Some(true));
    // She goes instead; and so does the node.
    for is_end in [false, true] {
        let next = stage.call([10, 0, 0, 2], &certificate("bea"));
        stage.node.handle_closed(bea, Closed::Ended, stage.now);
        stage
            .node
            .handle_request(RequestId(1), say.clone(), stage.now);
        stage.obey();
        assert!(stage.reports.is_empty());
        if is_end {
            stage.node.shut_down(stage.now);
        } else {
            stage.node.handle_closed(next, Closed::Ended, stage.now);
        }
        stage.obey();
        assert_eq!(is_sent(stage.reports.pop().as_ref()), Some(false));
    }
}

// [RS-6] [RS-22] However often one machine calls, it has few links.
#[test]
fn a_machine_that_calls_again_and_again_has_two_links_at_most() {
    let mut stage = Stage::with_bea();
    let first = stage.bea();
    let mut calls = Vec::new();
    for _ in 0..20 {
        calls.push(stage.call([10, 0, 0, 2], &certificate("bea")));
        assert!(stage.is_open(first), "nothing else is agreed on");
        assert_eq!(stage.node.size().0, 2);
    }
    let last = calls.pop().expect("made");
    assert!(calls.iter().all(|call| !stage.is_open(*call)));
    stage.item(last, &Item::ServiceInfo(ServiceList::ours()));
    assert!(!stage.is_open(first) && stage.is_open(last));
    assert_eq!(stage.node.size().0, 1);
}

// [RS-17] [RS-6] A file that is being fetched comes whole, whichever link it is on.
#[test]
fn a_file_comes_over_whichever_link_there_is() {
    for seed in 0..20 {
        let (mut net, ana, bea) = at_the_start(seed);
        let file = PathBuf::from("/ana/film.ogv");
        let data: Vec<u8> = (0..3_000_000_u32).map(|at| (at >> 9) as u8).collect();
        net.hosts[ana].files.insert(file.clone(), data);
        let who = net.pgp_id(bea).to_string();
        let offer = net.ask_slowly(ana, Request::Offer { who, file });
        while !net.is_online(bea, ana) || !net.hosts[ana].reports.contains_key(&offer) {
            net.run_for(LATENCY / 4);
        }
        let Some(Report::Offered(link)) = net.hosts[ana].reports.remove(&offer) else {
            panic!("not offered");
        };
        let (name, size, hash) = (link.name, link.size, link.hash);
        let text = format!("retroshare://file?name={name}&size={size}&hash={hash}");
        let fetch = Request::Fetch {
            what: Wanted::Link(text),
            from: Some(net.pgp_id(ana).to_string()),
            folder: None,
        };
        net.ask_slowly(bea, fetch);
        net.run(15);
        let Report::Downloads(downloads) = net.ask(bea, Request::Downloads) else {
            panic!("no downloads");
        };
        assert_eq!(downloads[0].state, DownloadState::Done, "seed {seed}");
    }
}

// [RS-11] What is in the older link arrives, and what was given to it counts as sent.
#[test]
fn the_older_link_is_read_to_its_end() {
    for seed in 0..60 {
        let (mut net, ana, bea) = at_the_start(seed);
        for moment in 0..100 {
            for (one, other) in [(ana, bea), (bea, ana)] {
                net.say(one, other, &format!("{moment}"));
            }
            net.run_for(LATENCY);
        }
        net.run(5);
        let all: Vec<String> = (0..100).map(|moment| format!("{moment}")).collect();
        for (one, other) in [(ana, bea), (bea, ana)] {
            assert_eq!(net.heard(one, other), all, "seed {seed}");
            let Report::Outbox(waiting) = net.ask(one, Request::Outbox) else {
                panic!("no outbox");
            };
            assert!(waiting.is_empty(), "seed {seed}: {waiting:?}");
        }
    }
}

/// What Ana says by a link, and the pings that came with it are answered.
fn said_by(stage: &mut Stage, link: ConnectionId, answers: bool) -> Vec<String> {
    let mut said = Vec::new();
    for item in stage.heard(link) {
        match item {
            Item::Chat(Chat::Message { text, .. }) if !text.is_empty() => said.push(text),
            Item::Rtt(Rtt::Ping { seq, time }) if answers => {
                let (ping_time, own_time) = (time, time);
                let pong = Rtt::Pong {
                    seq,
                    ping_time,
                    own_time,
                };
                stage.item(link, &Item::Rtt(pong));
            }
            _ => {}
        }
    }
    said
}

// [RS-6] [RS-11] A real node closes the older link at once: what was in it goes by the newer one, in order,
// before or after that is agreed on.
#[test]
fn what_was_in_a_link_that_the_other_side_closes_goes_by_the_next() {
    for is_agreed_first in [false, true] {
        let mut stage = Stage::with_bea();
        let older = stage.bea();
        said_by(&mut stage, older, true);
        let who = profile("bea").pgp_id().to_string();
        let say = |text: &str| Request::Say {
            who: who.clone(),
            text: text.into(),
        };
        assert_eq!(is_sent(Some(&stage.ask(say("one")))), Some(true));
        let newer = stage.call([10, 0, 0, 2], &certificate("bea"));
        assert_eq!(is_sent(Some(&stage.ask(say("two")))), Some(true));
        assert_eq!(said_by(&mut stage, older, false), ["one", "two"]);
        assert!(said_by(&mut stage, newer, false).is_empty());
        let list = Item::ServiceInfo(ServiceList::ours());
        if is_agreed_first {
            stage.item(newer, &list);
            stage.node.handle_closed(older, Closed::Ended, stage.now);
        } else {
            stage.node.handle_closed(older, Closed::Ended, stage.now);
            stage.item(newer, &list);
        }
        stage.obey();
        let again = said_by(&mut stage, newer, true);
        assert_eq!(again, ["one", "two"], "{is_agreed_first}");
        let Report::Outbox(waiting) = stage.ask(Request::Outbox) else {
            panic!("no outbox");
        };
        assert!(waiting.is_empty(), "{waiting:?}");
        stage.pass(Duration::from_secs(5));
        assert!(said_by(&mut stage, newer, true).is_empty());
        assert_eq!(stage.node.size().0, 1);
    }
}
