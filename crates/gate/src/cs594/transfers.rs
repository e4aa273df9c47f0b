//! Files as numbered segments [594-24].
//!
//! What one wire sends in pieces of its own size leaves here in segments of 1,024 bytes; only the
//! last may be shorter, so the rest of a piece waits for the next one.

use bytes::{Bytes, BytesMut};
use model::TransferId;
use wire_cs594::SEGMENT;
use wire_cs594::request::FileSegment;

/// Cuts one file into segments.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    seq: u64,
    /// Fewer than [`SEGMENT`] bytes.
    rest: BytesMut,
}

impl Cutter {
    /// Takes the next bytes of the file and hands on the segments that are whole.
    pub(super) fn cut(
        &mut self,
        id: TransferId,
        mut data: Bytes,
        last: bool,
        mut emit: impl FnMut(FileSegment),
    ) {
        let mut emit = |data: Bytes, last: bool| {
            let (transfer, seq) = (u64::from(id.get()), self.seq);
            self.seq += 1;
            emit(FileSegment {
                transfer,
                seq,
                data,
                last,
            });
        };
        if !self.rest.is_empty() {
            let missing = (SEGMENT - self.rest.len()).min(data.len());
            self.rest.extend_from_slice(&data.split_to(missing));
            if self.rest.len() == SEGMENT || last {
                let whole = std::mem::take(&mut self.rest).freeze();
                emit(whole, last && data.is_empty());
                if data.is_empty() {
                    return;
                }
            }
        }
        while data.len() > SEGMENT {
            emit(data.split_to(SEGMENT), false);
        }
        if last || data.len() == SEGMENT {
            emit(data, last);
        } else {
            self.rest.extend_from_slice(&data);
        }
    }
}

/// The transfer that a number of the wire means.
pub(super) fn transfer_id(number: u64) -> Option<TransferId> {
    TransferId::new(u16::try_from(number).ok()?)
}

/// A file that this session sends.
#[derive(Debug)]
struct Outgoing {
    id: TransferId,
    accepted: bool,
    next: u64,
}

/// A file that this session is offered or receives.
#[derive(Debug)]
struct Incoming {
    id: TransferId,
    accepted: bool,
    cutter: Cutter,
}

/// The files of one session. Bounded by the hub's limit of transfers.
#[derive(Debug, Default)]
pub(super) struct Transfers {
    outgoing: Vec<Outgoing>,
    incoming: Vec<Incoming>,
    /// Files of this session's whose receiver is gone: what was under way is no fault of its own.
    orphaned: Vec<TransferId>,
}

/// Orphaned files remembered, at most: as many as one person sends at once by default.
const MAX_ORPHANED: usize = 16;

impl Transfers {
    /// The session's offer stands.
    pub(super) fn begin_outgoing(&mut self, id: TransferId) {
        self.orphaned.retain(|orphan| *orphan != id);
        let (accepted, next) = (false, 0);
        self.outgoing.push(Outgoing { id, accepted, next });
    }

    /// The receiver takes the session's offer.
    pub(super) fn accepted(&mut self, id: TransferId) {
        for outgoing in &mut self.outgoing {
            outgoing.accepted |= outgoing.id == id;
        }
    }

    /// The session is offered a file.
    pub(super) fn begin_incoming(&mut self, id: TransferId) {
        let (accepted, cutter) = (false, Cutter::default());
        self.incoming.push(Incoming {
            id,
            accepted,
            cutter,
        });
    }

    /// The session takes an offer.
    pub(super) fn accept(&mut self, id: TransferId) {
        for incoming in &mut self.incoming {
            incoming.accepted |= incoming.id == id;
        }
    }

    /// Whether a refusal of the session's ends something that is under way, rather than declines.
    pub(super) fn is_running(&self, id: TransferId) -> bool {
        self.outgoing.iter().any(|file| file.id == id)
            || (self.incoming.iter()).any(|file| file.id == id && file.accepted)
    }

    /// Whether the session may send a segment, and it has the number it should have. One that comes
    /// too early, or out of order, changes nothing.
    pub(super) fn check_seq(&mut self, id: TransferId, seq: u64) -> bool {
        let mut files = self.outgoing.iter_mut();
        let fits = |file: &&mut Outgoing| file.id == id && file.accepted && file.next == seq;
        let Some(file) = files.find(fits) else {
            return false;
        };
        file.next += 1;
        true
    }

    /// Cuts what the session receives.
    pub(super) fn cut(
        &mut self,
        id: TransferId,
        data: Bytes,
        last: bool,
        emit: impl FnMut(FileSegment),
    ) {
        if let Some(file) = self.incoming.iter_mut().find(|file| file.id == id) {
            file.cutter.cut(id, data, last, emit);
        }
        if last {
            self.end(id);
        }
    }

    /// The other side has ended the transfer. Segments that this session still sends are the
    /// hub's to drop [494-27].
    pub(super) fn end_by_other(&mut self, id: TransferId) {
        let sending = self
            .outgoing
            .iter()
            .any(|file| file.id == id && file.accepted);
        self.end(id);
        if sending {
            if self.orphaned.len() >= MAX_ORPHANED {
                self.orphaned.remove(0);
            }
            self.orphaned.push(id);
        }
    }

    /// Whether segments under this number may still be under way.
    pub(super) fn is_orphaned(&self, id: TransferId) -> bool {
        self.orphaned.contains(&id)
    }

    /// The transfer is over.
    pub(super) fn end(&mut self, id: TransferId) {
        self.orphaned.retain(|orphan| *orphan != id);
        self.outgoing.retain(|file| file.id != id);
        self.incoming.retain(|file| file.id != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(pieces: &[usize]) -> Vec<(u64, usize, bool)> {
        let id = TransferId::new(7).unwrap();
        let mut cutter = Cutter::default();
        let mut segments = Vec::new();
        let mut file = Bytes::from(
            (0..pieces.iter().sum())
                .map(|at| at as u8)
                .collect::<Vec<_>>(),
        );
        let whole = file.clone();
        let mut joined = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            let last = at + 1 == pieces.len();
            cutter.cut(id, file.split_to(*piece), last, |segment| {
                joined.extend_from_slice(&segment.data);
                segments.push((segment.seq, segment.data.len(), segment.last));
            });
        }
        assert_eq!(joined, whole);
        segments
    }

    // [594-24]
    #[test]
    fn pieces_of_any_size_become_segments_of_1024_bytes() {
        assert_eq!(cut(&[1]), [(0, 1, true)]);
        assert_eq!(cut(&[1024]), [(0, 1024, true)]);
        assert_eq!(cut(&[1025]), [(0, 1024, false), (1, 1, true)]);
        assert_eq!(cut(&[1024, 1]), [(0, 1024, false), (1, 1, true)]);
        assert_eq!(cut(&[1000, 1000, 48]), [(0, 1024, false), (1, 1024, true)]);
        assert_eq!(
            cut(&[500, 3000]),
            [
                (0, 1024, false),
                (1, 1024, false),
                (2, 1024, false),
                (3, 428, true)
            ]
        );
        assert_eq!(cut(&[10, 10, 10]), [(0, 30, true)]);
        assert_eq!(cut(&[1024, 0]), [(0, 1024, false), (1, 0, true)]);
    }
}
