//! Friends whose clocks are wrong: what they say is shown at the time when it was said [RS-11] [RS-13].

use std::time::Duration;

use friends::api::{Folder, Notice, Report, Request};
use friends::kept::Area;
use friends::{Closed, ConnectionId};
use wire_retroshare::Item;
use wire_retroshare::chat::{Chat, flags};
use wire_retroshare::mail::Mail;
use wire_retroshare::rtt::{self, Rtt};

use crate::rig::certificate;
use crate::stage::{Stage, contact};

const HOUR: i64 = 3600;

/// Bea's machine, whose clock is ahead by so many seconds, and which answers pings.
struct Bea {
    link: ConnectionId,
    ahead: i64,
}

impl Bea {
    fn calls(stage: &mut Stage, ahead: i64) -> Self {
        let link = stage.bea();
        stage.item(link, &contact(&certificate("bea"), "tincan 1.0"));
        let bea = Self { link, ahead };
        bea.answers(stage);
        bea
    }

    /// Her clock, in seconds since 1970, so long ago.
    fn clock(&self, stage: &Stage, ago: i64) -> u32 {
        let ours = i64::try_from(stage.now.wall.0 / 1000).expect("a time");
        u32::try_from(ours + self.ahead - ago).expect("a time")
    }

    /// She answers what she was pinged with, if she was.
    fn answers(&self, stage: &mut Stage) {
        stage.pass(Duration::from_millis(40));
        let own_time = rtt::from_millis(u64::from(self.clock(stage, 0)) * 1000);
        for item in stage.heard(self.link) {
            if let Item::Rtt(Rtt::Ping { seq, time }) = item {
                let pong = Rtt::Pong {
                    seq,
                    ping_time: time,
                    own_time,
                };
                stage.item(self.link, &Item::Rtt(pong));
            }
        }
    }

    fn says(&self, stage: &mut Stage, sent_at: u32, text: &str) {
        let words = Item::Chat(Chat::Message {
            flags: flags::PRIVATE,
            sent_at,
            text: text.into(),
        });
        stage.item(self.link, &words);
    }

    fn writes(&self, stage: &mut Stage, sent_at: u32) {
        let letter = Mail {
            sent_at,
            subject: "Tea?".into(),
            body: "At four.".into(),
            ..Mail::default()
        };
        stage.item(self.link, &Item::Mail(letter));
    }
}

/// For how many seconds what came last has been said, as it is shown.
fn age_of_words(stage: &Stage) -> i64 {
    let said = stage.notices.iter().rev().find_map(|notice| match notice {
        Notice::Said(said) => Some(said.at),
        _ => None,
    });
    age(stage, said.expect("heard"))
}

fn age_of_letter(stage: &mut Stage) -> i64 {
    let folder = Some(Folder::Inbox);
    let Report::Mails(mails) = stage.ask(Request::Mails { folder }) else {
        panic!("no letters");
    };
    age(
        stage,
        mails.iter().max_by_key(|mail| mail.id).expect("one").at,
    )
}

fn age(stage: &Stage, at: u64) -> i64 {
    let ago = stage.now.wall.0.checked_sub(at).expect("not in the future");
    i64::try_from(ago / 1000).expect("an age")
}

// [RS-11] [RS-13]
#[test]
fn what_comes_from_a_wrong_clock_is_shown_by_ours() {
    for ahead in [-HOUR, HOUR, -24 * 365 * HOUR] {
        let mut stage = Stage::with_bea();
        let bea = Bea::calls(&mut stage, ahead);
        for waited in [0, 2 * HOUR] {
            let sent_at = bea.clock(&stage, waited);
            bea.says(&mut stage, sent_at, "hello");
            let shown = age_of_words(&stage);
            assert!((waited..=waited + 1).contains(&shown), "{ahead}: {shown} s");
            bea.writes(&mut stage, sent_at);
            let shown = age_of_letter(&mut stage);
            assert!((waited..=waited + 1).contains(&shown), "{ahead}: {shown} s");
        }
    }
}

// [RS-11] What is kept to know a message again is the time as it was sent.
#[test]
fn what_a_wrong_clock_sends_again_is_known_again() {
    let mut stage = Stage::with_bea();
    let bea = Bea::calls(&mut stage, -HOUR);
    let sent_at = bea.clock(&stage, 0);
    bea.says(&mut stage, sent_at, "hello");
    bea.writes(&mut stage, sent_at);
    stage.node.handle_closed(bea.link, Closed::Ended, stage.now);
    stage.obey();
    stage.restart();
    // Before she has answered a ping, and after.
    let link = stage.bea();
    let bea = Bea { link, ..bea };
    bea.says(&mut stage, sent_at, "hello");
    bea.writes(&mut stage, sent_at);
    bea.answers(&mut stage);
    assert_eq!(stage.count(Area::Chat), 1);
    assert_eq!(stage.count(Area::Mail), 1);
    bea.says(&mut stage, sent_at + 1, "hello");
    assert_eq!(stage.count(Area::Chat), 2);
    assert!(age_of_words(&stage) <= 1);
}

// [RS-11]
#[test]
fn a_clock_that_is_not_known_or_nearly_right_is_believed() {
    let mut stage = Stage::with_bea();
    let link = stage.bea();
    let silent = Bea { link, ahead: -HOUR };
    let sent_at = silent.clock(&stage, 0);
    silent.says(&mut stage, sent_at, "hello");
    assert_eq!(age_of_words(&stage), HOUR);
    // An answer to nothing that was asked.
    let pong = Rtt::Pong {
        seq: 4711,
        ping_time: 0,
        own_time: 0,
    };
    stage.item(link, &Item::Rtt(pong));
    silent.says(&mut stage, sent_at, "hello");
    assert_eq!(age_of_words(&stage), HOUR);

    let mut stage = Stage::with_bea();
    let bea = Bea::calls(&mut stage, -20);
    let sent_at = bea.clock(&stage, 0);
    bea.says(&mut stage, sent_at, "hello");
    assert_eq!(age_of_words(&stage), 20);
}

// [RS-11]
#[test]
fn a_clock_that_is_set_right_is_measured_again() {
    let mut stage = Stage::with_bea();
    let mut bea = Bea::calls(&mut stage, -HOUR);
    bea.ahead = 0;
    stage.pass(Duration::from_secs(10));
    bea.answers(&mut stage);
    let sent_at = bea.clock(&stage, HOUR);
    bea.says(&mut stage, sent_at, "an hour ago");
    assert_eq!(age_of_words(&stage), HOUR);
}

// [RS-11] [RS-22]
#[test]
fn a_clock_beyond_all_bounds_harms_nothing() {
    for own_time in [0, u64::MAX, 1 << 63] {
        for sent_at in [0, 1, u32::MAX] {
            let mut stage = Stage::with_bea();
            let link = stage.bea();
            stage.pass(Duration::from_millis(40));
            let seq = stage.heard(link).iter().find_map(|item| match item {
                Item::Rtt(Rtt::Ping { seq, .. }) => Some(*seq),
                _ => None,
            });
            let pong = Rtt::Pong {
                seq: seq.expect("a ping"),
                ping_time: 0,
                own_time,
            };
            stage.item(link, &Item::Rtt(pong));
            let bea = Bea { link, ahead: 0 };
            bea.says(&mut stage, sent_at, "hello");
            assert!(age_of_words(&stage) >= 0);
        }
    }
}
