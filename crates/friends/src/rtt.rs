//! The time there and back, measured by pings, and by how much the other clock is ahead.

use std::time::{Duration, Instant};

use model::Now;
use wire_retroshare::rtt::{self, Rtt};

/// Between two pings, as real nodes have it.
const EVERY: Duration = Duration::from_secs(10);
/// An answer that takes longer measures something else.
const LONGEST: Duration = Duration::from_secs(60);
/// Clocks that differ by less count as equal: an answer may have waited on one way only, so what is measured
/// may be wrong by half of [`LONGEST`].
const SLACK_MS: u64 = 30_000;

/// The measurements on one link.
#[derive(Debug, Default)]
pub(crate) struct RoundTrip {
    next: Option<Instant>,
    asked: u32,
    pending: Option<(u32, Instant)>,
    measured: Option<Duration>,
    /// Milliseconds by which the peer's clock is ahead of ours.
    ahead: Option<i64>,
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

    /// By how many milliseconds the peer's clock is ahead of ours; 0 while that is not known, or is too
    /// little to be told from a slow line.
    pub(crate) fn ahead_ms(&self) -> i64 {
        let ahead = self.ahead.filter(|ahead| ahead.unsigned_abs() > SLACK_MS);
        ahead.unwrap_or(0)
    }

    /// What to answer.
    pub(crate) fn handle(&mut self, item: Rtt, now: Now) -> Option<Rtt> {
        match item {
            Rtt::Ping { seq, time } => Some(Rtt::Pong {
                seq,
                ping_time: time,
                own_time: rtt::from_millis(now.wall.0),
            }),
            Rtt::Pong { seq, own_time, .. } => {
                if let Some((_, at)) = self.pending.take_if(|(asked, _)| *asked == seq) {
                    let passed = now.instant.saturating_duration_since(at);
                    self.measured = Some(passed).filter(|passed| *passed < LONGEST);
                    if self.measured.is_some() {
                        self.ahead = ahead(own_time, passed, now);
                    }
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

/// How far ahead a clock is that showed `theirs` when half of `passed` had gone by.
fn ahead(theirs: u64, passed: Duration, now: Now) -> Option<i64> {
    let half = u64::try_from(passed.as_millis() / 2).ok()?;
    let ours = i64::try_from(now.wall.0.saturating_sub(half)).ok()?;
    i64::try_from(rtt::to_millis(theirs))
        .ok()?
        .checked_sub(ours)
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::*;
    use crate::testing::any_instant;

    // [RS-9]
    #[test]
    fn an_answer_on_a_slow_line_makes_no_clock_wrong() {
        let start = any_instant();
        let at = |seconds: u64| Now {
            instant: start + Duration::from_secs(seconds),
            wall: Timestamp(1_750_000_000_000 + seconds * 1000),
        };
        // All of the time on the way there, or all of it on the way back.
        for (passed, answered) in [(59, 59), (59, 0), (1, 0), (61, 0)] {
            for wrong_by in [0, 3600] {
                let mut round_trip = RoundTrip::default();
                let (seq, _) = round_trip.ping(at(0));
                let pong = Rtt::Pong {
                    seq,
                    ping_time: 0,
                    own_time: rtt::from_millis(at(answered).wall.0 - wrong_by * 1000),
                };
                assert_eq!(round_trip.handle(pong, at(passed)), None);
                let ahead = round_trip.ahead_ms();
                if wrong_by == 0 || passed > 60 {
                    assert_eq!(ahead, 0, "{passed} {answered}");
                } else {
                    let expected = -3_600_000 - 30_000..=-3_600_000 + 30_000;
                    assert!(expected.contains(&ahead), "{passed} {answered}: {ahead}");
                }
            }
        }
    }
}
