//! Folders in which the shell has seen something change: looked at soon, and not too often [RS-16].

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A folder is looked at once nothing has changed in it for so long: who copies an album, or saves a
/// file in three steps, is not looked at in the middle of it.
const QUIET: Duration = Duration::from_secs(2);
/// What never rests is looked at after so long all the same.
const LONGEST: Duration = Duration::from_secs(60);
/// Between two looks at a folder, at least …
const PAUSE: Duration = Duration::from_secs(10);
/// … and so many times what the last one took: half a million files are not listed without end.
const SHARE: u32 = 20;

/// As many of both as are shared.
#[derive(Debug, Default)]
pub(super) struct Stirred {
    changed: BTreeMap<u32, Changed>,
    /// When a folder may be looked at again.
    rests: BTreeMap<u32, Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Changed {
    first: Instant,
    last: Instant,
}

impl Changed {
    fn once(at: Instant) -> Self {
        Self {
            first: at,
            last: at,
        }
    }
}

impl Stirred {
    pub(super) fn changed(&mut self, number: u32, now: Instant) {
        let all = self.changed.entry(number);
        let changed = all.or_insert(Changed::once(now));
        changed.first = changed.first.min(now);
        changed.last = now;
    }

    /// A folder is to be looked at behind this time.
    pub(super) fn again(&mut self, number: u32, at: Instant) {
        self.changed.entry(number).or_insert(Changed::once(at));
    }

    /// A look at a folder is over.
    pub(super) fn looked(&mut self, number: u32, took: Duration, now: Instant) {
        let pause = PAUSE.max(took.saturating_mul(SHARE));
        self.rests.insert(number, now + pause);
    }

    /// It is not shared any more.
    pub(super) fn forget(&mut self, number: u32) {
        self.changed.remove(&number);
        self.rests.remove(&number);
    }

    /// When the next one is due, but for `current`, which is being looked at.
    pub(super) fn next_at(&self, current: Option<u32>) -> Option<Instant> {
        self.due(current).map(|(_, at)| at).min()
    }

    /// One that is due.
    pub(super) fn take_due(&mut self, current: Option<u32>, now: Instant) -> Option<u32> {
        let (number, _) = self.due(current).find(|(_, at)| *at <= now)?;
        self.changed.remove(&number);
        Some(number)
    }

    fn due(&self, current: Option<u32>) -> impl Iterator<Item = (u32, Instant)> {
        let others = self.changed.iter();
        let others = others.filter(move |(number, _)| Some(**number) != current);
        others.map(|(number, changed)| {
            let quiet = (changed.last + QUIET).min(changed.first + LONGEST);
            let rested = self.rests.get(number);
            (*number, rested.map_or(quiet, |rested| quiet.max(*rested)))
        })
    }
}
