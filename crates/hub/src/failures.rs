//! Failed log-ins slow the next answers, and lock nobody out [CP-8].

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use model::UserName;

/// Failures in a row that cost nothing: people mistype.
const FREE_FAILURES: u32 = 5;
/// The longest that an answer is held back.
const MAX_DELAY: Duration = Duration::from_secs(30);
/// A failure is forgotten after this long without another.
const MEMORY: Duration = Duration::from_secs(15 * 60);
/// Addresses and names remembered, at most; the oldest go first.
const MAX_TRACKED: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Culprit {
    Address(IpAddr),
    Name(UserName),
}

#[derive(Clone, Copy, Debug)]
struct Streak {
    count: u32,
    last: Instant,
}

/// Failures in a row, by address and by name.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    streaks: BTreeMap<Culprit, Streak>,
}

impl Failures {
    /// How long the answer to a log-in must be held back.
    pub(crate) fn delay(&self, address: Option<IpAddr>, name: &UserName, now: Instant) -> Duration {
        let count = |culprit: &Culprit| match self.streaks.get(culprit) {
            Some(streak) if now.saturating_duration_since(streak.last) < MEMORY => streak.count,
            _ => 0,
        };
        let by_address = address.map_or(0, |address| count(&Culprit::Address(address)));
        let worst = by_address.max(count(&Culprit::Name(name.clone())));
        match worst.checked_sub(FREE_FAILURES) {
            None => Duration::ZERO,
            Some(beyond) => Duration::from_secs(1 << beyond.min(6)).min(MAX_DELAY),
        }
    }

    /// Counts a failure, or ends the streaks after a success.
    pub(crate) fn note(
        &mut self,
        right: bool,
        address: Option<IpAddr>,
        name: &UserName,
        now: Instant,
    ) {
        let culprits = address.map(Culprit::Address).into_iter();
        for culprit in culprits.chain([Culprit::Name(name.clone())]) {
            if right {
                self.streaks.remove(&culprit);
                continue;
            }
            self.make_room(now);
            let streak = self.streaks.entry(culprit).or_insert(Streak {
                count: 0,
                last: now,
            });
            if now.saturating_duration_since(streak.last) >= MEMORY {
                streak.count = 0;
            }
            streak.count = streak.count.saturating_add(1);
            streak.last = now;
        }
    }

    fn make_room(&mut self, now: Instant) {
        if self.streaks.len() < MAX_TRACKED {
            return;
        }
        self.streaks
            .retain(|_, streak| now.saturating_duration_since(streak.last) < MEMORY);
        if self.streaks.len() >= MAX_TRACKED {
            // Half at once: what costs a pass over the table must not be done for each failure.
            let mut times: Vec<Instant> = self.streaks.values().map(|streak| streak.last).collect();
            times.sort_unstable();
            let middle = times[times.len() / 2];
            self.streaks.retain(|_, streak| streak.last > middle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> UserName {
        UserName::parse(text).unwrap()
    }

    #[test]
    fn after_five_failures_answers_slow_down_and_never_lock() {
        // [CP-8]
        let start = Instant::now();
        let here = Some(IpAddr::from([192, 0, 2, 1]));
        let (ana, bo) = (name("ana"), name("bo"));
        let mut failures = Failures::default();
        let mut delays = Vec::new();
        for _ in 0..12 {
            delays.push(failures.delay(here, &ana, start).as_secs());
            failures.note(false, here, &ana, start);
        }
        assert_eq!(delays, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(failures.delay(here, &bo, start).as_secs(), 30, "by address");
        assert_eq!(failures.delay(None, &ana, start).as_secs(), 30, "by name");
        assert_eq!(failures.delay(None, &bo, start), Duration::ZERO);
        assert_eq!(
            failures.delay(here, &ana, start + MEMORY),
            Duration::ZERO,
            "forgotten"
        );
        failures.note(true, here, &ana, start);
        assert_eq!(
            failures.delay(here, &ana, start),
            Duration::ZERO,
            "forgiven"
        );
    }

    #[test]
    fn the_table_of_failures_is_bounded() {
        // [HUB-9]
        let start = Instant::now();
        let mut failures = Failures::default();
        for n in 0..3 * MAX_TRACKED as u32 {
            let later = start + Duration::from_millis(u64::from(n));
            failures.note(
                false,
                Some(IpAddr::from(n.to_be_bytes())),
                &name("ana"),
                later,
            );
            assert!(failures.streaks.len() <= MAX_TRACKED + 1);
        }
    }
}
