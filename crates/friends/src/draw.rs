//! Numbers that others cannot guess, from a seed that the shell drew.

use std::time::Duration;

use sha2::{Digest, Sha256};

/// Draws numbers; one for each use, so that what one shows tells nothing of another.
#[derive(Debug)]
pub(crate) struct Draw {
    seed: [u8; 32],
    drawn: u64,
}

impl Draw {
    /// The numbers for the use that `label` names.
    pub(crate) fn new(seed: &[u8; 32], label: &str) -> Self {
        let seed = Sha256::new()
            .chain_update(seed)
            .chain_update(label)
            .finalize()
            .into();
        Self { seed, drawn: 0 }
    }

    /// The next number.
    pub(crate) fn number(&mut self) -> u64 {
        self.drawn += 1;
        let digest = Sha256::new()
            .chain_update(self.seed)
            .chain_update(self.drawn.to_be_bytes())
            .finalize();
        digest[..8]
            .iter()
            .fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }

    /// A time from `low` on, below `high`.
    pub(crate) fn between(&mut self, low: Duration, high: Duration) -> Duration {
        let span = high.saturating_sub(low).as_millis().max(1);
        let part = u128::from(self.number()) % span;
        low + Duration::from_millis(u64::try_from(part).unwrap_or(0))
    }

    /// A fourth more or less than `time`.
    pub(crate) fn around(&mut self, time: Duration) -> Duration {
        self.between(time * 3 / 4, time * 5 / 4)
    }
}
