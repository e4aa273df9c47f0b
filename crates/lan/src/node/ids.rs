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
