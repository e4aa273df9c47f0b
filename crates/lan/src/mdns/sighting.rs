//! What one person told on one interface, and how long it holds.

use std::time::{Duration, Instant};

use super::codec::Srv;
use super::links::Dice;
use crate::txt::Profile;

/// The longest life of a record: what RFC 6762 10 recommends, so that nobody stays for ever.
const MAX_LIFE: Duration = Duration::from_secs(4_500);
/// When a PTR record that is about to end is asked for again, in hundredths of its life.
const REFRESH_PERCENT: [u32; 4] = [80, 85, 90, 95];

/// How long a record holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    pub(super) received: Instant,
    pub(super) ttl: Duration,
    pub(super) ends: Instant,
    /// Of which packet.
    pub(super) serial: u64,
}

impl Life {
    pub(super) fn new(ttl: u32, serial: u64, now: Instant) -> Self {
        let ttl = Duration::from_secs(u64::from(ttl)).min(MAX_LIFE);
        Self {
            received: now,
            ttl,
            ends: now + ttl,
            serial,
        }
    }

    pub(super) fn end_by(&mut self, at: Instant) {
        self.ends = self.ends.min(at);
    }
}

/// Somebody's PTR record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pointer {
    pub(super) life: Life,
    /// When to ask again, and how often that was done.
    pub(super) refresh: Option<(Instant, usize)>,
    /// Whether it has to prove itself: then it is not among what we know when we ask.
    pub(super) is_doubted: bool,
}

/// What one person told on one interface.
#[derive(Debug, Default)]
pub(super) struct Sighting {
    pub(super) pointer: Option<Pointer>,
    pub(super) srv: Option<(Srv, Life)>,
    pub(super) txt: Option<(Profile, Life)>,
    /// SRV and TXT were taken back, in this order; both together are a goodbye too.
    pub(super) has_no_srv: bool,
    pub(super) has_no_txt: bool,
    pub(super) leaves: Option<Instant>,
}

impl Sighting {
    /// When the person is gone from this interface.
    pub(super) fn ends(&self) -> Option<Instant> {
        let pointer = self.pointer.as_ref()?.life.ends;
        Some(self.leaves.map_or(pointer, |at| at.min(pointer)))
    }

    pub(super) fn stays(&mut self) {
        self.has_no_srv = false;
        self.has_no_txt = false;
        self.leaves = None;
    }

    pub(super) fn deadlines(&self) -> impl Iterator<Item = Instant> {
        let refresh = self.pointer.as_ref().and_then(|p| p.refresh);
        [
            self.ends(),
            refresh.map(|(at, _)| at),
            self.srv.as_ref().map(|(_, life)| life.ends),
        ]
        .into_iter()
        .flatten()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pointer.is_none() && self.srv.is_none()
    }
}

/// Whether the person is gone from this interface, or their SRV record has ended.
pub(super) fn sweep_sighting(sighting: &mut Sighting, now: Instant) -> bool {
    let mut has_changed = false;
    if sighting
        .srv
        .as_ref()
        .is_some_and(|(_, life)| life.ends <= now)
    {
        sighting.srv = None;
        has_changed = true;
    }
    if sighting.ends().is_some_and(|ends| ends <= now) {
        *sighting = Sighting::default();
        has_changed = true;
    }
    has_changed
}

/// When to ask again for a record whose `step`th refresh is next; a little scattered, so that a
/// network does not ask in chorus.
pub(super) fn next_refresh(life: Life, step: usize, dice: &mut Dice) -> Option<(Instant, usize)> {
    let percent = REFRESH_PERCENT.get(step)?;
    let scatter = u64::try_from(life.ttl.as_millis() / 50).unwrap_or_default();
    let at = life.received + life.ttl * *percent / 100 + dice.millis(0, scatter);
    Some((at, step))
}
