//! Where one download comes from, and how much each source is asked for at once.
//!
//! Bytes under way grow with each request that is answered in time, up to what the source gives in a
//! few seconds, so a link is filled whatever its speed and nobody's queue is. A source that gives
//! nothing for a while rests, longer each time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use wire_retroshare::LocationId;
use wire_retroshare::file_transfer::ChunkMap;

/// The sources of a download that are online.
pub(super) type Sources = BTreeMap<LocationId, Source>;

/// One of them.
#[derive(Debug)]
pub(super) struct Source {
    /// What it has; `None` until it says so.
    pub(super) map: Option<ChunkMap>,
    map_asked: Option<Instant>,
    /// Questions for a map without an answer.
    unanswered: u32,
    rests_until: Option<Instant>,
    rest: Duration,
    /// Bytes asked for that have not come; ≤ [`MAX_WINDOW`] and one request.
    pub(super) asked: usize,
    /// Bytes that may be under way.
    window: usize,
    /// When something came last, or was asked for first.
    last: Instant,
    rate: Rate,
}

/// Bytes a second, over the last second or so.
#[derive(Debug)]
struct Rate {
    since: Instant,
    bytes: u64,
    per_second: u64,
}

impl Source {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            map: None,
            map_asked: None,
            unanswered: 0,
            rests_until: None,
            rest: FIRST_REST,
            asked: 0,
            window: FIRST_WINDOW,
            last: now,
            rate: Rate {
                since: now,
                bytes: 0,
                per_second: 0,
            },
        }
    }

    /// Whether it is to be asked for its map now; then it counts as asked.
    pub(super) fn wants_map(&mut self, has_more: bool, now: Instant) -> bool {
        if self.is_resting(now) {
            return false;
        }
        let pause = match &self.map {
            None => MAP_WITHIN,
            // It may have got more meanwhile.
            Some(map) if !map.is_full() && !has_more => MAP_AGAIN,
            Some(_) => return false,
        };
        let is_due = self.map_asked.is_none_or(|at| at + pause <= now);
        if is_due && self.map.is_none() && self.unanswered >= MAX_UNANSWERED {
            self.unanswered = 0;
            self.map_asked = None;
            self.rest(now);
            return false;
        }
        if is_due {
            self.map_asked = Some(now);
            self.unanswered += u32::from(self.map.is_none());
        }
        is_due
    }

    /// It says what it has. Only an answer counts.
    pub(super) fn has(&mut self, map: ChunkMap) -> bool {
        let is_asked = self.map_asked.is_some();
        if is_asked {
            self.unanswered = 0;
            self.map = Some(map);
        }
        is_asked
    }

    /// Whether it has said that it has a part of the file at least.
    pub(super) fn has_some(&self) -> bool {
        self.map.as_ref().is_some_and(|map| map.count() > 0)
    }

    /// How many bytes the next request may have; `None`: it has enough to do.
    pub(super) fn next_length(&self, now: Instant) -> Option<u32> {
        if self.is_resting(now) || self.asked >= self.window {
            return None;
        }
        // A request is what comes in a quarter of a second, so that answers tell something; before that
        // is known, a part of what may be under way.
        let wished = (self.rate.per_second / 4).max(self.window as u64 / 4);
        let wished = wished.next_multiple_of(LENGTH_STEP);
        let length = wished.clamp(MIN_LENGTH, MAX_LENGTH);
        u32::try_from(length).ok()
    }

    pub(super) fn asked_for(&mut self, length: u32, now: Instant) {
        if self.asked == 0 {
            self.last = now;
        }
        self.asked += length as usize;
    }

    /// Bytes came; `answered` is since when the request stood that is answered by them.
    pub(super) fn gave(&mut self, length: u32, answered: Option<Instant>, now: Instant) {
        self.asked = self.asked.saturating_sub(length as usize);
        self.last = now;
        self.rest = FIRST_REST;
        self.rate.add(u64::from(length), now);
        let Some(since) = answered else {
            return;
        };
        let took = now.saturating_duration_since(since);
        if took <= IN_TIME {
            self.window = (self.window + length as usize).min(MAX_WINDOW);
        } else if took > LATE {
            self.window = (self.window / 4 * 3).max(MIN_WINDOW);
        }
    }

    /// Whether it was asked for something and gives nothing.
    pub(super) fn has_stalled(&self, now: Instant) -> bool {
        self.asked > 0 && self.last + STALLED <= now
    }

    /// It is not asked for a while; what it had been asked for is not waited for.
    pub(super) fn rest(&mut self, now: Instant) {
        self.rests_until = Some(now + self.rest);
        self.rest = (self.rest * 2).min(LONGEST_REST);
        self.asked = 0;
        self.window = FIRST_WINDOW;
        self.map = None;
        self.map_asked = None;
    }

    pub(super) fn is_resting(&self, now: Instant) -> bool {
        self.rests_until.is_some_and(|until| until > now)
    }

    /// Whether it is known to give.
    pub(super) fn is_of_use(&self, now: Instant) -> bool {
        self.has_some() && !self.is_resting(now)
    }
}

impl Rate {
    fn add(&mut self, bytes: u64, now: Instant) {
        self.bytes += bytes;
        let passed = now.saturating_duration_since(self.since);
        if passed >= RATE_OVER {
            let passed = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX).max(1);
            let rate = self.bytes.saturating_mul(1000) / passed;
            self.per_second = if self.per_second == 0 {
                rate
            } else {
                self.per_second / 2 + rate / 2
            };
            self.since = now;
            self.bytes = 0;
        }
    }
}

/// Bytes under way at first, and after a rest.
const FIRST_WINDOW: usize = 512 * 1024;
/// The same of a slow source, at least.
const MIN_WINDOW: usize = 64 * 1024;
/// The same of a fast one, at most: a tenth of a second at the speed of a good local network.
pub(super) const MAX_WINDOW: usize = 16 << 20;
/// Bytes of a request, at least and at most; a chunk is never crossed.
const MIN_LENGTH: u64 = 64 * 1024;
const MAX_LENGTH: u64 = 1 << 20;
/// Lengths are multiples of this.
const LENGTH_STEP: u64 = 32 * 1024;
/// Answered so soon, a source is asked for more at once.
const IN_TIME: Duration = Duration::from_secs(2);
/// Answered so late, for less.
const LATE: Duration = Duration::from_secs(6);
/// A source that gives nothing for so long has stalled.
const STALLED: Duration = Duration::from_secs(15);
/// Then it rests for so long, twice as long each time, at most for:
const FIRST_REST: Duration = Duration::from_secs(20);
const LONGEST_REST: Duration = Duration::from_secs(600);
/// A map is asked for again when none came for so long.
const MAP_WITHIN: Duration = Duration::from_secs(5);
/// A source without anything for us is asked for its map again after this.
const MAP_AGAIN: Duration = Duration::from_secs(15);
/// Questions for a map without an answer, before the source rests.
const MAX_UNANSWERED: u32 = 2;
/// The rate is taken over so long.
const RATE_OVER: Duration = Duration::from_millis(250);
