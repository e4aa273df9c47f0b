//! How much may come from one peer in a second [RS-22].
//!
//! Each item costs as much as it makes us do; 1,000 units come back a second, and 5,000 can be saved up.
//! So a friend may say 50 things a second for as long as they like, or 250 at once. Beyond, reading
//! rests, and the peer's own socket fills: nothing is lost, and nobody else waits.

use std::time::{Duration, Instant};

use wire_retroshare::Service;

/// Units that come back in a second.
pub(crate) const RATE: u32 = 1_000;
/// Units that can be saved up.
pub(crate) const BURST: u32 = 5_000;

/// Bytes of discovery that cost a unit. A signature of 512 bytes can cause four to be checked, which takes two
/// milliseconds: a friend who sends nothing else costs an eighth of a processor.
const DISCOVERY_BYTES: usize = 32;

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
            (Service::CHAT, 0x01 | 0x03) => 20,
            // A key holds signatures to check, and a list of ids people to look at.
            (Service::DISCOVERY, _) => {
                20 + i64::try_from(length / DISCOVERY_BYTES).unwrap_or(i64::MAX / 2)
            }
            // Each may be answered with many, or is shown.
            (Service::SERVICE_INFO, _) => 20,
            (Service::CHAT | Service::STATUS, _) => 10,
            (Service::FILE_LISTS, _) => 5,
            // Whoever serves or fetches at full speed has a few hundred a second.
            _ => 1,
        };
    }

    pub(super) fn spend_on_probe(&mut self) {
        self.left -= 1;
    }
}
