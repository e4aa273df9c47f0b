//! Names for stanzas and transfers: not to be guessed from each other.

use sha1::{Digest, Sha1};

/// Draws ids from a seed.
#[derive(Debug)]
pub(super) struct Ids {
    seed: u64,
    drawn: u64,
}

impl Ids {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// A seed for delays, whose draws others can measure: it tells nothing of the ids.
    pub(super) fn branch(&self) -> u64 {
        let digest = Sha1::new()
            .chain_update(self.seed.to_be_bytes())
            .chain_update(b"delays")
            .finalize();
        digest[..8]
            .iter()
            .fold(0, |seed, byte| (seed << 8) | u64::from(*byte))
    }

    /// 20 hexadecimal digits, never twice the same.
    pub(super) fn draw(&mut self) -> String {
        self.drawn += 1;
        let digest = Sha1::new()
            .chain_update(self.seed.to_be_bytes())
            .chain_update(self.drawn.to_be_bytes())
            .finalize();
        hex(&digest[..10])
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}
