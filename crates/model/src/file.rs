//! Bytes of a file on their way.

use std::fmt;

use bytes::Bytes;

/// Bytes of a file, as pieces of equal size (the last may be shorter) within one buffer.
///
/// A wire that frames a file may hand on a run of its frames as they came, without a copy: another
/// wire takes the [`pieces`](Self::pieces) out, the same wire sends the [`frames`](Self::frames).
#[derive(Clone, PartialEq, Eq)]
pub struct FileBytes {
    buffer: Bytes,
    /// Bytes before each piece, which are not the file's.
    header: usize,
    /// Bytes in each piece, the last may have fewer; at least 1.
    piece: usize,
    /// Whose frames they are; empty: nobody's.
    wire: &'static str,
}

impl FileBytes {
    /// Whole frames of `wire`, each `header` bytes and then `piece` bytes of the file (the last
    /// may have fewer, but one).
    pub fn framed(buffer: Bytes, header: usize, piece: usize, wire: &'static str) -> Self {
        Self {
            buffer,
            header,
            piece: piece.max(1),
            wire,
        }
    }

    /// The frames as they came, if they are `wire`'s.
    pub fn frames(&self, wire: &str) -> Option<&Bytes> {
        (self.wire == wire && !wire.is_empty()).then_some(&self.buffer)
    }

    /// How many bytes of the file these are.
    pub fn len(&self) -> usize {
        let frames = self.buffer.len().div_ceil(self.header + self.piece);
        self.buffer.len() - frames * self.header
    }

    /// Whether these are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes as one string; copied only where they are not one.
    pub fn into_bytes(self) -> Bytes {
        if self.header == 0 {
            return self.buffer;
        }
        let all: Vec<u8> = self.pieces().flatten().collect();
        Bytes::from(all)
    }

    /// The file's bytes in order.
    pub fn pieces(&self) -> impl Iterator<Item = Bytes> + '_ {
        let stride = self.header + self.piece;
        (0..self.buffer.len()).step_by(stride).map(move |at| {
            let end = (at + stride).min(self.buffer.len());
            self.buffer.slice((at + self.header).min(end)..end)
        })
    }
}

impl From<Bytes> for FileBytes {
    fn from(buffer: Bytes) -> Self {
        let piece = buffer.len().max(1);
        Self {
            buffer,
            header: 0,
            piece,
            wire: "",
        }
    }
}

/// The bytes as one string, as [`Bytes`] show themselves.
impl fmt::Debug for FileBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().into_bytes().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_kept_and_pieces_taken_out() {
        // [494-24]
        let run = FileBytes::framed(Bytes::from_static(b"hhABChhDEFhhG"), 2, 3, "w");
        assert_eq!(run.len(), 7);
        assert_eq!(
            run.pieces().collect::<Vec<_>>(),
            [&b"ABC"[..], b"DEF", b"G"]
        );
        assert_eq!(run.frames("w").map(Bytes::len), Some(13));
        assert_eq!(run.frames("v"), None);
        assert_eq!(format!("{run:?}"), "b\"ABCDEFG\"");
    }

    #[test]
    fn plain_bytes_are_one_piece() {
        let plain = FileBytes::from(Bytes::from_static(b"ABC"));
        assert_eq!(
            (plain.len(), plain.pieces().count(), plain.frames("")),
            (3, 1, None)
        );
        let none = FileBytes::from(Bytes::new());
        assert_eq!(
            (none.len(), none.is_empty(), none.pieces().count()),
            (0, true, 0)
        );
    }
}
