//! When one kind of our records goes out on one link.

use std::time::{Duration, Instant};

use super::records::Kind;

/// Announcements come after 0, 1 and 3 s: the first gap, which doubles.
const ANNOUNCEMENT_GAP: Duration = Duration::from_secs(1);
/// The same record again on the same link, at the earliest (RFC 6762, 6); so many questions cannot
/// make us send more [LAN-17] [LAN-48].
pub(super) const SPACING: Duration = Duration::from_secs(1);

/// One kind of record on one link.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot {
    pub(super) last: Option<Instant>,
    pub(super) answer: Option<Instant>,
    /// When the next announcement is due, and how many were made.
    pub(super) announce: Option<(Instant, u8)>,
}

impl Slot {
    pub(super) fn free_after(&self, spacing: Duration) -> Option<Instant> {
        self.last.map(|last| last + spacing)
    }

    /// Answers at `at`, or as soon as the spacing allows; an answer that is due before stays.
    pub(super) fn answer_by(&mut self, at: Instant, spacing: Duration, now: Instant) {
        let free = self.free_after(spacing).filter(|free| *free > now);
        let at = free.map_or(at, |free| free.max(at));
        self.answer = Some(self.answer.map_or(at, |before| before.min(at)));
    }

    /// Announced from `at` on, or as soon as the spacing allows; returns when.
    pub(super) fn announce_from(&mut self, at: Instant) -> Instant {
        let at = self.free_after(SPACING).map_or(at, |free| free.max(at));
        self.announce = Some((at, 0));
        at
    }

    /// Whether it goes out now. An announcement too close to another sending is put off.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        if let Some((at, sent)) = self.announce
            && at <= now
        {
            match self.free_after(SPACING).filter(|free| *free > now) {
                Some(free) => self.announce = Some((free, sent)),
                None => return true,
            }
        }
        self.answer.is_some_and(|at| at <= now)
    }

    pub(super) fn was_sent(&mut self, kind: Kind, now: Instant) {
        self.last = Some(now);
        self.answer = None;
        if let Some((at, sent)) = self.announce
            && at <= now
        {
            let sent = sent + 1;
            let gap = ANNOUNCEMENT_GAP * (1 << (sent - 1).min(8));
            self.announce = (sent < kind.announcements()).then(|| (now + gap, sent));
        }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        [self.answer, self.announce.map(|(at, _)| at)]
            .into_iter()
            .flatten()
            .min()
    }
}
