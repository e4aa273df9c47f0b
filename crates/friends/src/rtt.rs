//! The time there and back, measured by pings.

use std::time::{Duration, Instant};

use model::Now;
use wire_retroshare::rtt::{self, Rtt};

/// Between two pings, as real nodes have it.
const EVERY: Duration = Duration::from_secs(10);
/// An answer that takes longer measures something else.
const LONGEST: Duration = Duration::from_secs(60);

/// The measurements on one link.
#[derive(Debug, Default)]
pub(crate) struct RoundTrip {
    next: Option<Instant>,
    asked: u32,
    pending: Option<(u32, Instant)>,
    measured: Option<Duration>,
}

impl RoundTrip {
    /// The service is agreed on.
    pub(crate) fn start(&mut self, now: Instant) {
        self.next.get_or_insert(now);
    }

    /// The latest result.
    pub(crate) fn measured_ms(&self) -> Option<u32> {
        let measured = self.measured?;
        u32::try_from(measured.as_millis()).ok()
    }

    /// What to answer.
    pub(crate) fn handle(&mut self, item: Rtt, now: Now) -> Option<Rtt> {
        match item {
            Rtt::Ping { seq, time } => Some(Rtt::Pong {
                seq,
                ping_time: time,
                own_time: rtt::from_millis(now.wall.0),
            }),
            Rtt::Pong { seq, .. } => {
                if let Some((_, at)) = self.pending.take_if(|(asked, _)| *asked == seq) {
                    let passed = now.instant.saturating_duration_since(at);
                    self.measured = Some(passed).filter(|passed| *passed < LONGEST);
                }
                None
            }
        }
    }

    /// A ping, where one is due.
    pub(crate) fn take_due(&mut self, now: Now) -> Option<Rtt> {
        self.next.filter(|at| *at <= now.instant)?;
        self.next = Some(now.instant + EVERY);
        Some(self.ping(now).1)
    }

    /// The next ping, and its number.
    pub(crate) fn ping(&mut self, now: Now) -> (u32, Rtt) {
        self.asked = self.asked.saturating_add(1);
        self.pending = Some((self.asked, now.instant));
        let ping = Rtt::Ping {
            seq: self.asked,
            time: rtt::from_millis(now.wall.0),
        };
        (self.asked, ping)
    }

    /// When to look again.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.next
    }
}
