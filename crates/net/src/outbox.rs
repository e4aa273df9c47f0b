//! What waits to be sent: the round's shared buffers, and each slow session's own backlog.
//!
//! During a round bytes are appended once to shared buffers; a session that is touched remembers
//! ranges of them. At the end of the round each touched session is flushed once, straight from the
//! shared bytes. Only what its socket does not take is copied into its backlog, which is bounded.

use std::io::{self, IoSlice};

use bytes::{Buf, Bytes, BytesMut};
use model::{RoomKey, SessionId};

use crate::switchboard::ROUND_BYTES;

/// The shared buffer of what is for single sessions.
pub(crate) const OWN: u32 = 0;

/// Marks the number of bytes that lie outside the shared buffers.
const LENT: u32 = 1 << 31;

/// Bytes of one shared buffer: which one, from, to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) buffer: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A session with something to send this round. The first range is inline: most have just one.
#[derive(Debug)]
pub(crate) struct Touched {
    pub(crate) slot: u32,
    first: Range,
    more: Vec<Range>,
    /// How many of the bytes are a file's.
    pub(crate) file_bytes: u32,
    /// How many of them are listings of rooms' members.
    pub(crate) listing_bytes: u32,
}

impl Range {
    pub(crate) fn new(buffer: u32, start: usize, end: usize) -> Self {
        // A round is cut short long before 4 GiB.
        let narrow = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            buffer,
            start: narrow(start),
            end: narrow(end),
        }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.start == self.end
    }

    pub(crate) fn len(self) -> u32 {
        self.end - self.start
    }
}

impl Touched {
    pub(crate) fn new(slot: u32, range: Range) -> Self {
        Self {
            slot,
            first: range,
            more: Vec::new(),
            file_bytes: 0,
            listing_bytes: 0,
        }
    }

    pub(crate) fn push(&mut self, range: Range) {
        let last = self.more.last_mut().unwrap_or(&mut self.first);
        if last.buffer == range.buffer && last.end == range.start {
            last.end = range.end;
        } else {
            self.more.push(range);
        }
    }

    /// The range, if there is only one.
    pub(crate) fn single(&self) -> Option<Range> {
        self.more.is_empty().then_some(self.first)
    }

    pub(crate) fn ranges(&self) -> impl Iterator<Item = Range> {
        std::iter::once(self.first).chain(self.more.iter().copied())
    }
}

/// The shared buffers of one round: number 0 takes what is for one session, the others a room each.
#[derive(Debug)]
pub(crate) struct Buffers {
    buffers: Vec<BytesMut>,
    used: usize,
    lent: Vec<Bytes>,
    lent_bytes: usize,
}

/// Lent bytes that end a round: most of one read.
const LENT_BYTES: usize = 32 * 1024;
/// A buffer that has grown beyond this is given back after its round.
const MAX_KEPT_BUFFER: usize = 1024 * 1024;
/// Buffers kept for the next round, at most.
const MAX_KEPT_BUFFERS: usize = 64;

impl Buffers {
    pub(crate) fn new() -> Self {
        Self {
            buffers: vec![BytesMut::new()],
            used: 1,
            lent: Vec::new(),
            lent_bytes: 0,
        }
    }

    /// The number of a buffer that is empty and nobody's this round.
    pub(crate) fn take(&mut self) -> u32 {
        if self.used == self.buffers.len() {
            self.buffers.push(BytesMut::new());
        }
        self.used += 1;
        u32::try_from(self.used - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn get(&mut self, buffer: u32) -> &mut BytesMut {
        &mut self.buffers[buffer as usize]
    }

    /// Takes bytes that are already somewhere, and stay there.
    pub(crate) fn lend(&mut self, bytes: Bytes) -> Range {
        let end = bytes.len();
        self.lent.push(bytes);
        self.lent_bytes += end;
        let number = u32::try_from(self.lent.len() - 1).unwrap_or(u32::MAX);
        Range::new(number | LENT, 0, end)
    }

    pub(crate) fn bytes(&self, range: Range) -> &[u8] {
        if range.buffer & LENT != 0 {
            return &self.lent[(range.buffer & !LENT) as usize];
        }
        &self.buffers[range.buffer as usize][range.start as usize..range.end as usize]
    }

    /// Bytes for single sessions.
    pub(crate) fn len(&self) -> usize {
        self.buffers[0].len() + self.lent_bytes
    }

    /// Whether so much has come together for single sessions that it should be flushed: rooms'
    /// buffers are only filled when the round ends. Lent bytes go soonest, while they are in the
    /// core's cache and before another buffer is read.
    pub(crate) fn is_full(&self) -> bool {
        self.lent_bytes >= LENT_BYTES || self.buffers[0].len() >= ROUND_BYTES
    }

    pub(crate) fn clear(&mut self) {
        self.buffers.truncate(MAX_KEPT_BUFFERS);
        for buffer in &mut self.buffers {
            buffer.clear();
            if buffer.capacity() > MAX_KEPT_BUFFER {
                *buffer = BytesMut::new();
            }
        }
        self.used = 1;
        self.lent.clear();
        self.lent_bytes = 0;
    }
}

/// What a session's socket has not taken yet.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    pub(crate) bytes: BytesMut,
    /// How many of them are at most a file's: those do not count against the queue's limit, their
    /// sender is paused instead.
    pub(crate) file_bytes: usize,
    /// Rooms whose roster this session is owed once the backlog is gone [494-15].
    pub(crate) rosters: Vec<RoomKey>,
    /// The list of rooms is owed likewise.
    pub(crate) rooms: bool,
    /// Sessions that send it a file and are paused until the backlog is gone [494-26].
    pub(crate) paused: Vec<SessionId>,
}

impl Backlog {
    /// Sends what the socket takes. `Ok(true)`: nothing is left.
    pub(crate) fn drain(
        &mut self,
        mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>,
    ) -> io::Result<bool> {
        while !self.bytes.is_empty() {
            match write(&[IoSlice::new(&self.bytes)]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(sent) => {
                    self.bytes.advance(sent);
                    self.file_bytes = self.file_bytes.min(self.bytes.len());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(buffer: u32, start: u32, end: u32) -> Range {
        Range { buffer, start, end }
    }

    #[test]
    fn neighbouring_ranges_become_one() {
        let mut touched = Touched::new(7, range(0, 0, 5));
        touched.push(range(0, 5, 9));
        assert!(touched.more.is_empty());
        touched.push(range(1, 9, 10));
        touched.push(range(1, 10, 12));
        touched.push(range(0, 9, 11));
        let ranges: Vec<_> = touched.ranges().collect();
        assert_eq!(ranges, [range(0, 0, 9), range(1, 9, 12), range(0, 9, 11)]);
    }

    #[test]
    fn a_backlog_keeps_what_the_socket_does_not_take() {
        let mut backlog = Backlog {
            bytes: BytesMut::from(&b"abcdef"[..]),
            ..Backlog::default()
        };
        let mut answers = vec![Err(io::ErrorKind::WouldBlock.into()), Ok(4)];
        let drained = backlog.drain(|_| answers.pop().unwrap_or(Ok(0)));
        assert!(!drained.unwrap());
        assert_eq!(&backlog.bytes[..], b"ef");
        assert!(backlog.drain(|slices| Ok(slices[0].len())).unwrap());
    }
}
