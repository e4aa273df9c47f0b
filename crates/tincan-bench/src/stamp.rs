//! What a message of the generator says: who sent it, its number, and when.
//!
//! The text is `#`, then sender, sequence and time as letters `a`–`p`, one per four bits, then
//! padding. Letters instead of digits make reading branch-free, which matters where one core checks
//! ten million deliveries a second.

/// Letters of a stamp; the shortest text.
pub const LENGTH: usize = 29;

/// The content of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The sender's number in this run.
    pub sender: u16,
    /// Counts this sender's messages from 1.
    pub sequence: u32,
    /// When it was due to be sent, nanoseconds on the generator's clock.
    pub nanos: u64,
}

impl Stamp {
    /// Writes the stamp over the first [`LENGTH`] bytes of `text`, which must be that long.
    #[inline]
    pub fn write(&self, text: &mut [u8]) {
        let [a, b, c, d] = self.sequence.to_be_bytes();
        let [s, t] = self.sender.to_be_bytes();
        let n = self.nanos.to_be_bytes();
        let bytes = [
            s, t, a, b, c, d, n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7],
        ];
        text[0] = b'#';
        for (pair, byte) in text[1..LENGTH].chunks_exact_mut(2).zip(bytes) {
            pair[0] = b'a' + (byte >> 4);
            pair[1] = b'a' + (byte & 15);
        }
    }

    /// Reads a stamp; `None` when `text` does not begin with one. The letters are trusted: only the
    /// generator writes into the rooms of a run.
    #[inline]
    pub fn read(text: &[u8]) -> Option<Self> {
        let (mark, rest) = text.split_first()?;
        let (sender, rest) = rest.split_first_chunk::<4>()?;
        let (sequence, rest) = rest.split_first_chunk::<8>()?;
        let (high, rest) = rest.split_first_chunk::<8>()?;
        let low = rest.first_chunk::<8>()?;
        let [a, b, c, d] = *sender;
        (*mark == b'#').then(|| Stamp {
            sender: nibbles([b'a', b'a', b'a', b'a', a, b, c, d]) as u16,
            sequence: nibbles(*sequence),
            nanos: u64::from(nibbles(*high)) << 32 | u64::from(nibbles(*low)),
        })
    }
}

/// Eight letters to 32 bits: three shifts fold the low half-bytes together.
#[inline]
fn nibbles(letters: [u8; 8]) -> u32 {
    let w = u64::from_be_bytes(letters).wrapping_sub(u64::from_be_bytes(*b"aaaaaaaa"));
    let w = (w | w >> 4) & 0x00FF_00FF_00FF_00FF;
    let w = (w | w >> 8) & 0x0000_FFFF_0000_FFFF;
    (w | w >> 16) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_reads_back_and_is_printable() {
        for (sender, sequence, nanos) in [
            (0, 0, 0),
            (0xFEDC, 0x1234_5678, 0xDEAD_BEEF_0123_4567),
            (u16::MAX, u32::MAX, u64::MAX),
        ] {
            let stamp = Stamp {
                sender,
                sequence,
                nanos,
            };
            let mut text = vec![b'.'; 64];
            stamp.write(&mut text);
            assert!(text.iter().all(u8::is_ascii_graphic));
            assert_eq!(Stamp::read(&text), Some(stamp));
        }
    }

    #[test]
    fn other_texts_are_not_stamps() {
        assert_eq!(
            Stamp::read(b"hello, this is a person speaking to you"),
            None
        );
        assert_eq!(Stamp::read(b"#aaaa"), None);
    }
}
