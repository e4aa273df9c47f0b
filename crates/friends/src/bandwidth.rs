//! How much may be sent: a peer's advice bounds pieces of files, never words.

use std::time::{Duration, Instant};

use wire_retroshare::bandwidth::Bandwidth;

/// From here on, advice sets no limit; it is what we advise each friend, as files come only as fast as
/// we ask for them. Real nodes may count in signed numbers.
const NO_LIMIT: u32 = i32::MAX.unsigned_abs();
/// Between two pieces of advice, should the peer have forgotten it.
const EVERY: Duration = Duration::from_secs(60);
/// Less than this is not believed: a peer's advice of nothing would keep a transfer for ever.
const LEAST: u32 = 4 * 1024;

/// The advice on one link, both ways.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    next: Option<Instant>,
    /// Bytes a second; `None`: as much as the link takes.
    rate: Option<u32>,
    /// Bytes that may go now; below zero: a piece went that was larger than what was left.
    left: i64,
    counted_at: Option<Instant>,
}

impl Allowance {
    /// The service is agreed on.
    pub(crate) fn start(&mut self, now: Instant) {
        self.next.get_or_insert(now);
    }

    /// The peer's advice.
    pub(crate) fn advise(&mut self, advice: Bandwidth, now: Instant) {
        let rate = advice.bytes_per_second.max(LEAST);
        self.rate = (rate < NO_LIMIT).then_some(rate);
        self.counted_at.get_or_insert(now);
    }

    /// Our advice, where it is due.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Bandwidth> {
        self.next.filter(|at| *at <= now)?;
        self.next = Some(now + EVERY);
        Some(Bandwidth {
            bytes_per_second: NO_LIMIT,
        })
    }

    /// Whether a piece may go now.
    pub(crate) fn may_send(&mut self, now: Instant) -> bool {
        let Some(rate) = self.rate else {
            return true;
        };
        let counted = self.counted_at.unwrap_or(now);
        let passed = now.saturating_duration_since(counted).as_micros();
        let gained = u128::from(rate) * passed / 1_000_000;
        if gained > 0 {
            self.counted_at = Some(now);
            let gained = i64::try_from(gained).unwrap_or(i64::MAX);
            // At most what half a second gives may be saved up.
            self.left = self.left.saturating_add(gained).min(i64::from(rate / 2));
        }
        self.left >= 0
    }

    /// So many bytes of a file went.
    pub(crate) fn spend(&mut self, bytes: usize) {
        if self.rate.is_some() {
            self.left -= i64::try_from(bytes).unwrap_or(i64::MAX);
        }
    }

    /// When something may go again, if not now.
    pub(crate) fn opens_at(&self) -> Option<Instant> {
        let rate = u64::from(self.rate?);
        let missing = u64::try_from(self.left.checked_neg()?).ok()?;
        (missing > 0).then_some(())?;
        let wait = Duration::from_millis(missing * 1000 / rate + 1);
        self.counted_at.map(|at| at + wait)
    }

    /// When our advice is due.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::any_instant;

    // [RS-9] [RS-17]
    #[test]
    fn advice_bounds_what_goes_and_never_stops_it() {
        let start = any_instant();
        let mut allowance = Allowance::default();
        assert!(allowance.may_send(start));
        allowance.spend(1 << 30);
        assert!(
            allowance.may_send(start),
            "without advice nothing is counted"
        );
        allowance.advise(
            Bandwidth {
                bytes_per_second: 100_000,
            },
            start,
        );
        let mut sent = 0;
        let mut now = start;
        while now < start + Duration::from_secs(10) {
            if allowance.may_send(now) {
                allowance.spend(30_000);
                sent += 30_000;
            }
            let opens = allowance.opens_at().filter(|at| *at > now);
            now = opens.unwrap_or(now + Duration::from_millis(7));
        }
        assert!(
            (900_000..=1_100_000).contains(&sent),
            "{sent} bytes in 10 s"
        );
        allowance.advise(
            Bandwidth {
                bytes_per_second: 0,
            },
            now,
        );
        assert!(
            allowance.may_send(now + Duration::from_secs(60)),
            "not for ever"
        );
    }

    // [RS-9] [RS-17]
    #[test]
    fn what_we_advise_sets_no_limit() {
        let start = any_instant();
        let mut ours = Allowance::default();
        ours.start(start);
        let advice = ours.take_due(start).unwrap();
        assert!(i32::try_from(advice.bytes_per_second).is_ok());
        let mut theirs = Allowance::default();
        theirs.advise(advice, start);
        theirs.spend(1 << 40);
        assert!(theirs.may_send(start));
        assert_eq!(theirs.opens_at(), None);
    }

    // [RS-9]
    #[test]
    fn our_advice_is_given_once_a_minute() {
        let start = any_instant();
        let mut allowance = Allowance::default();
        assert_eq!(
            allowance.take_due(start),
            None,
            "not before it is agreed on"
        );
        allowance.start(start);
        assert!(allowance.take_due(start).is_some());
        assert_eq!(allowance.take_due(start + Duration::from_secs(59)), None);
        assert!(
            allowance
                .take_due(start + Duration::from_secs(60))
                .is_some()
        );
    }
}
