//! One wheel for all sessions' deadlines: an idle session holds no timer of its own.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How exact deadlines are kept; they are rounded up, never early.
const TICK: Duration = Duration::from_millis(10);

/// Slots of sessions by the tick they want to be looked at.
#[derive(Debug)]
pub(crate) struct Timers {
    origin: Instant,
    wheel: BTreeMap<u64, Vec<u32>>,
    spare: Vec<Vec<u32>>,
}

/// "Not in the wheel."
pub(crate) const NEVER: u64 = u64::MAX;
/// Emptied lists kept for reuse, at most.
const MAX_SPARE: usize = 64;

impl Timers {
    pub(crate) fn new(origin: Instant) -> Self {
        Self {
            origin,
            wheel: BTreeMap::new(),
            spare: Vec::new(),
        }
    }

    /// The tick at which `deadline` has certainly passed.
    pub(crate) fn tick(&self, deadline: Instant) -> u64 {
        let since = deadline.saturating_duration_since(self.origin);
        u64::try_from(since.as_nanos().div_ceil(TICK.as_nanos())).unwrap_or(NEVER - 1)
    }

    pub(crate) fn insert(&mut self, tick: u64, slot: u32) {
        let spare = &mut self.spare;
        self.wheel
            .entry(tick)
            .or_insert_with(|| spare.pop().unwrap_or_default())
            .push(slot);
    }

    /// Moves the slots whose tick has come by `now` into `due`, each with that tick.
    pub(crate) fn expire(&mut self, now: Instant, due: &mut Vec<(u64, u32)>) {
        let passed = now.saturating_duration_since(self.origin).as_nanos() / TICK.as_nanos();
        let passed = u64::try_from(passed).unwrap_or(NEVER - 1);
        while let Some(entry) = self.wheel.first_entry() {
            if *entry.key() > passed {
                break;
            }
            let (tick, mut slots) = entry.remove_entry();
            due.extend(slots.drain(..).map(|slot| (tick, slot)));
            if self.spare.len() < MAX_SPARE {
                self.spare.push(slots);
            }
        }
    }

    /// When the next tick in the wheel comes.
    pub(crate) fn next(&self) -> Option<Instant> {
        let tick = *self.wheel.first_key_value()?.0;
        let millis = tick.checked_mul(TICK.as_millis() as u64)?;
        self.origin.checked_add(Duration::from_millis(millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_come_in_order_and_never_early() {
        // [HUB-14]
        let origin = Instant::now();
        let at = |ms| origin + Duration::from_millis(ms);
        let mut timers = Timers::new(origin);
        for (ms, slot) in [(25, 1), (5, 2), (25, 3), (5_000, 4)] {
            let tick = timers.tick(at(ms));
            timers.insert(tick, slot);
        }
        assert_eq!(timers.next(), Some(at(10)));
        let mut due = Vec::new();
        timers.expire(at(9), &mut due);
        assert!(due.is_empty());
        timers.expire(at(29), &mut due);
        assert_eq!(due, [(1, 2)]);
        due.clear();
        timers.expire(at(30), &mut due);
        assert_eq!(due, [(3, 1), (3, 3)]);
        assert_eq!(timers.next(), Some(at(5_000)));
    }

    #[test]
    fn a_hub_that_runs_for_years_keeps_its_deadlines() {
        // [HUB-14]
        let origin = Instant::now();
        let mut timers = Timers::new(origin);
        let late = origin + Duration::from_secs(5 * 365 * 24 * 60 * 60);
        let tick = timers.tick(late);
        timers.insert(tick, 1);
        assert_eq!(timers.next(), Some(late));
    }
}
