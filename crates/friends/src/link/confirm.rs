//! Whether what was said has arrived.
//!
//! The network has no receipts, but its nodes answer pings in order: a ping behind a message is answered
//! once the message is there. A peer without that service, or who does not answer, is believed when the
//! socket has taken the bytes.

use std::time::{Duration, Instant};

use model::Now;
use wire_retroshare::rtt::Rtt;

use crate::effects::Receipt;
use crate::heartbeat::NO_BEAT;
use crate::rtt::RoundTrip;

/// A ping is answered within this by whoever answers pings at all; longer than it takes to notice that
/// a peer is dead, whose link ends instead.
const PATIENCE: Duration = NO_BEAT.saturating_add(Duration::from_secs(20));

#[derive(Debug, Default)]
pub(super) struct Confirm {
    /// Of what was queued since the last ping; as many as a link queues.
    waiting: Vec<Receipt>,
    asked: Option<Asked>,
    /// They do not answer.
    is_off: bool,
}

#[derive(Debug)]
struct Asked {
    seq: u32,
    receipts: Vec<Receipt>,
    until: Instant,
}

impl Confirm {
    /// Whether it is worth asking.
    pub(super) fn is_on(&self) -> bool {
        !self.is_off
    }

    /// Something was queued.
    pub(super) fn add(&mut self, receipt: Receipt) {
        self.waiting.push(receipt);
    }

    /// A ping, where something waits and none is under way.
    pub(super) fn ask(&mut self, round_trip: &mut RoundTrip, now: Now) -> Option<Rtt> {
        if self.waiting.is_empty() || self.asked.is_some() {
            return None;
        }
        let (seq, ping) = round_trip.ping(now);
        self.asked = Some(Asked {
            seq,
            receipts: std::mem::take(&mut self.waiting),
            until: now.instant + PATIENCE,
        });
        Some(ping)
    }

    /// A ping was answered, and so were those before it.
    pub(super) fn answered(&mut self, seq: u32) -> Vec<Receipt> {
        let asked = self.asked.take_if(|asked| asked.seq <= seq);
        asked.map_or_else(Vec::new, |asked| asked.receipts)
    }

    /// What will not be confirmed any more.
    pub(super) fn give_up(&mut self, now: Instant) -> Vec<Receipt> {
        let Some(asked) = self.asked.take_if(|asked| asked.until <= now) else {
            return Vec::new();
        };
        self.is_off = true;
        let mut receipts = asked.receipts;
        receipts.append(&mut self.waiting);
        receipts
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.asked.as_ref().map(|asked| asked.until)
    }
}
