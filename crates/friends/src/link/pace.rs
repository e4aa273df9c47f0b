//! How much of files may lie ahead of words: what the link carries in a moment, as it has shown lately.
//!
//! Bytes that were given away cannot be overtaken, so a chat line waits for them. On a fast line a fixed
//! number of bytes is no time at all; on a slow one it is seconds.

use std::time::{Duration, Instant};

use wire_retroshare::frame::MAX_ITEM;

/// A word waits for so long behind pieces of files, where the line is not very slow: nobody at a keyboard
/// minds, and the disk has its time to bring more.
const MOMENT: Duration = Duration::from_millis(250);
/// Bytes of a moment, at least: a piece of a file that is worth its head, and a little before it.
pub(super) const LEAST: usize = 24 * 1024;
/// Bytes of a moment, at most: two pieces of a file, so that the disk is read while one is sent, and
/// what the socket has before them. More makes no line faster.
pub(super) const MOST: usize = 2 * MAX_ITEM / 3 * 4;
/// After such a pause the line may be another one; what is found out anew costs nothing.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Pace {
    /// Bytes that the link carries in a moment.
    moment: usize,
    /// Bytes that have left since that was found …
    left: usize,
    /// … and in which time, without the time in which nothing was to be sent.
    took: Duration,
    /// Until when that is counted.
    at: Instant,
    /// Since then nothing is to be sent.
    is_idle: bool,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            moment: LEAST,
            left: 0,
            took: Duration::ZERO,
            at: now,
            is_idle: true,
        }
    }

    /// Bytes that the link carries in a moment.
    pub(super) fn moment(&self, now: Instant) -> usize {
        if self.has_paused(now) {
            LEAST
        } else {
            self.moment
        }
    }

    /// Something is to be sent from now on.
    pub(super) fn begins(&mut self, now: Instant) {
        if self.has_paused(now) {
            *self = Self::new(now);
        }
        if std::mem::take(&mut self.is_idle) {
            self.at = now;
        }
    }

    /// So many bytes have left, and these were all or not.
    pub(super) fn carried(&mut self, bytes: usize, is_all: bool, now: Instant) {
        if self.is_idle {
            return;
        }
        self.left = self.left.saturating_add(bytes);
        self.took += now.saturating_duration_since(self.at);
        self.at = now;
        self.is_idle = is_all;
        if self.left < self.moment {
            return;
        }
        // By half or double at once: the system's own buffer takes some bytes in no time, and a machine
        // that was busy elsewhere takes none for a while.
        let took = self.took.as_micros().max(1);
        let carried = self.left as u128 * MOMENT.as_micros() / took;
        let carried = usize::try_from(carried).unwrap_or(MOST);
        let next = carried.clamp(self.moment / 2, self.moment.saturating_mul(2));
        self.moment = next.clamp(LEAST, MOST);
        self.left = 0;
        self.took = Duration::ZERO;
    }

    fn has_paused(&self, now: Instant) -> bool {
        self.is_idle && now.saturating_duration_since(self.at) >= PAUSE
    }
}
