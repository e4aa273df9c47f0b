//! How much may come from one peer in a second [RS-22].
//!
//! Each item costs as much as it makes us do; 1,000 units come back a second, and 5,000 can be saved up.
//! So a friend may say 500 short things a second for as long as they like, or 2,500 at once. Beyond,
//! reading rests, and the peer's own socket fills: nothing is lost, and nobody else waits.
//!
//! Pieces of files that we have asked for cost nothing, as our own requests bound them; those that are
//! too small to be worth it, or that nobody asked for, do.

use std::time::{Duration, Instant};

use wire_retroshare::Service;

/// Units that come back in a second.
pub(crate) const RATE: u32 = 1_000;
/// Units that can be saved up.
pub(crate) const BURST: u32 = 5_000;

/// Bytes of discovery that cost a unit. A signature of 512 bytes can cause four to be checked, which takes two
/// milliseconds: a friend who sends nothing else costs an eighth of a processor.
const DISCOVERY_BYTES: usize = 32;

/// Bytes of chat that cost a unit, besides the two for each message: it is decoded, shown and kept.
const CHAT_BYTES: usize = 1024;
/// The subtype of pieces of files.
const DATA: u8 = 0x02;
/// A piece of a file of so many bytes is paid for by our request. Who cuts them smaller makes us work for
/// little.
const PIECE: usize = 4 * 1024;
/// Bytes of a file that nobody asked for which cost a unit. What still comes of a download that was
/// paused, 16 MiB at most, fits what is saved up.
const UNASKED_BYTES: usize = 16 * 1024;

#[derive(Debug)]
pub(super) struct Patience {
    left: i64,
    counted_at: Instant,
}

impl Patience {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            left: i64::from(BURST),
            counted_at: now,
        }
    }

    /// Whether one more item may come.
    pub(super) fn has_some(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.counted_at).as_millis();
        let gained = i64::try_from(passed * u128::from(RATE) / 1_000).unwrap_or(i64::MAX);
        if gained > 0 {
            self.counted_at = now;
            self.left = self.left.saturating_add(gained).min(i64::from(BURST));
        }
        self.left > 0
    }

    /// When it may, if not now.
    pub(super) fn has_some_at(&self, now: Instant) -> Instant {
        // A tenth of a second more, so that it is worth waking up.
        let missing = u64::try_from((-self.left).max(0)).unwrap_or(0) + u64::from(RATE) / 10;
        now + Duration::from_millis(missing * 1_000 / u64::from(RATE))
    }

    /// An item came, with a body of so many bytes.
    pub(super) fn spend(&mut self, service: u16, subtype: u8, length: usize) {
        self.left -= match (service, subtype) {
            // Each is written to disk.
            (Service::MAIL, _) => 50,
            (Service::CHAT, 0x01 | 0x03) => 2 + units(length, CHAT_BYTES),
            // A key holds signatures to check, and a list of ids people to look at.
            (Service::DISCOVERY, _) => 20 + units(length, DISCOVERY_BYTES),
            // Each may be answered with many, or is shown.
            (Service::SERVICE_INFO, _) => 20,
            (Service::CHAT | Service::STATUS, _) => 10,
            (Service::FILE_LISTS, _) => 5,
            (Service::FILE_TRANSFER, DATA) if length >= PIECE => 0,
            // Whoever serves or fetches at full speed has some hundred a second.
            _ => 1,
        };
    }

    /// A piece of a file came that nobody had asked for.
    pub(super) fn spend_on_unasked(&mut self, length: usize) {
        self.left -= 1 + units(length, UNASKED_BYTES);
    }

    pub(super) fn spend_on_probe(&mut self) {
        self.left -= 1;
    }
}

fn units(length: usize, bytes: usize) -> i64 {
    i64::try_from(length / bytes).unwrap_or(i64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::any_instant;

    /// How many of these may come at once.
    fn at_once(service: u16, subtype: u8, length: usize) -> usize {
        let now = any_instant();
        let mut patience = Patience::new(now);
        let spend = |_: &usize| {
            let may_come = patience.has_some(now);
            patience.spend(service, subtype, length);
            may_come
        };
        (0..100_000).take_while(spend).count()
    }

    // [RS-11] [RS-22]
    #[test]
    fn short_messages_cost_little_and_long_ones_their_length() {
        assert_eq!(at_once(Service::CHAT, 0x01, 60), 2_500);
        // 15 kB: 55 a second, which is less than 1 MB.
        assert!((270..=315).contains(&at_once(Service::CHAT, 0x01, 15_000)));
    }

    // [RS-17] [RS-22]
    #[test]
    fn pieces_of_files_that_we_asked_for_are_free_unless_they_are_crumbs() {
        assert_eq!(at_once(Service::FILE_TRANSFER, DATA, 8 * 1024), 100_000);
        assert_eq!(at_once(Service::FILE_TRANSFER, DATA, 100), 5_000);
    }

    // [RS-17] [RS-22]
    #[test]
    fn what_still_comes_of_a_paused_download_is_taken_at_once() {
        let now = any_instant();
        let mut patience = Patience::new(now);
        for _ in 0..(16 << 20) / (240 * 1024) {
            assert!(patience.has_some(now));
            patience.spend_on_unasked(240 * 1024);
        }
        assert!(patience.has_some(now));
        for _ in 0..1_000 {
            patience.spend_on_unasked(240 * 1024);
        }
        assert!(!patience.has_some(now));
    }
}
