//! Heartbeats: who is alive [RS-9].

use std::time::{Duration, Instant};

/// Between two of ours, as real nodes have it.
const EVERY: Duration = Duration::from_millis(5_500);
/// A peer without a heartbeat for this is dead …
pub(crate) const NO_BEAT: Duration = Duration::from_secs(100);
/// … if nothing else came for this either.
pub(crate) const NO_PACKET: Duration = Duration::from_secs(60);

/// The heartbeats of one link.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    next: Option<Instant>,
    beat_at: Instant,
    packet_at: Instant,
}

impl Heartbeat {
    /// Of a link that stands since `now`.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            next: None,
            beat_at: now,
            packet_at: now,
        }
    }

    /// The service is agreed on: ours begin.
    pub(crate) fn start(&mut self, now: Instant) {
        self.next.get_or_insert(now);
    }

    /// Something came.
    pub(crate) fn packet(&mut self, now: Instant) {
        self.packet_at = now;
    }

    /// A heartbeat came.
    pub(crate) fn beat(&mut self, now: Instant) {
        self.beat_at = now;
    }

    /// Whether the peer has been silent for too long.
    pub(crate) fn is_dead(&self, now: Instant) -> bool {
        self.dead_at() <= now
    }

    /// Whether one of ours is due; it counts as sent.
    pub(crate) fn take_due(&mut self, now: Instant) -> bool {
        let is_due = self.next.is_some_and(|at| at <= now);
        if is_due {
            self.next = Some(now + EVERY);
        }
        is_due
    }

    /// When to look again.
    pub(crate) fn deadline(&self) -> Instant {
        let dead_at = self.dead_at();
        self.next.map_or(dead_at, |next| next.min(dead_at))
    }

    fn dead_at(&self) -> Instant {
        (self.beat_at + NO_BEAT).max(self.packet_at + NO_PACKET)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // [RS-9]
    #[test]
    fn heartbeats_go_out_and_their_absence_is_death() {
        #[expect(clippy::disallowed_methods, reason = "the one instant to start from")]
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut heartbeat = Heartbeat::new(start);
        assert!(!heartbeat.take_due(start), "not before it is agreed on");
        heartbeat.start(start);
        let sent = (0..60).filter(|s| heartbeat.take_due(start + *s * second));
        assert_eq!(sent.count(), 10);
        assert!(!heartbeat.is_dead(start + 99 * second));
        assert!(heartbeat.is_dead(start + 100 * second));
        heartbeat.packet(start + 90 * second);
        assert!(
            !heartbeat.is_dead(start + 149 * second),
            "something else came"
        );
        assert!(heartbeat.is_dead(start + 150 * second));
        heartbeat.beat(start + 120 * second);
        assert!(!heartbeat.is_dead(start + 219 * second));
    }
}
