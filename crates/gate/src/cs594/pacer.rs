//! Packets for a datagram session: one a write, the next after [`PACE`] or the session's next
//! request [594-26].

use std::collections::VecDeque;
use std::time::Instant;

use bytes::{BufMut as _, Bytes, BytesMut};

use super::{MAX_PACED, PACE};

/// What is held back for one session.
#[derive(Debug, Default)]
pub(super) struct Pacer {
    waiting: VecDeque<Bytes>,
    /// The sum of the lengths in `waiting`; ≤ [`MAX_PACED`] unless it is one packet.
    bytes: usize,
    /// When the last packet was written.
    last: Option<Instant>,
    /// The session has asked since then.
    asked: bool,
}

/// The session reads more slowly than it is written to.
#[derive(Debug)]
pub(super) struct Full;

impl Pacer {
    /// Writes a packet, or holds it back.
    pub(super) fn push(
        &mut self,
        packet: Bytes,
        now: Instant,
        out: &mut BytesMut,
    ) -> Result<(), Full> {
        if !self.waiting.is_empty() && self.bytes + packet.len() > MAX_PACED {
            return Err(Full);
        }
        self.bytes += packet.len();
        self.waiting.push_back(packet);
        self.write(now, out);
        Ok(())
    }

    /// The session has asked something: it has read what was written before.
    pub(super) fn handle_request(&mut self, now: Instant, out: &mut BytesMut) {
        self.asked = true;
        self.write(now, out);
    }

    /// Writes the next packet if its time has come.
    pub(super) fn write(&mut self, now: Instant, out: &mut BytesMut) {
        let due = self.last.is_none_or(|last| now >= last + PACE);
        if !(due || self.asked) {
            return;
        }
        if let Some(packet) = self.waiting.pop_front() {
            self.bytes -= packet.len();
            self.last = Some(now);
            self.asked = false;
            out.extend_from_slice(&packet);
        }
    }

    /// Whether no packet waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// When [`write`](Self::write) has something to write.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let last = self.last.filter(|_| !self.waiting.is_empty())?;
        Some(last + PACE)
    }

    /// Writes all that is held back, bare: the session is about to end.
    pub(super) fn flush(&mut self, out: &mut BytesMut) {
        for packet in self.waiting.drain(..) {
            out.extend_from_slice(&packet);
        }
        self.bytes = 0;
    }

    /// The session turns out to speak in lines: ends the packet written last, and writes all.
    pub(super) fn into_lines(mut self, out: &mut BytesMut) {
        if self.last.is_some() {
            out.put_u8(b'\n');
        }
        for packet in self.waiting.drain(..) {
            out.extend_from_slice(&packet);
            out.put_u8(b'\n');
        }
    }
}
