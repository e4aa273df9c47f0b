//! Bytes to packets: a splitter that can stop and go on at any byte [594-3, 594-4, 594-5].
//!
//! A packet is a JSON object that ends where its JSON ends, whatever stands around it, or (sealed)
//! a text of base64 letters that ends with its line, with its padding, before a `{`, where it opens
//! to a whole packet, or (unless the sender speaks in lines) where the stream pauses.
//!
//! - `serde_json` alone decides where an object ends. An object that arrives in pieces is tried
//!   again only when a `}` or a line end has come since, and only as often as the bytes received
//!   pay for (`CREDIT_PER_BYTE`), so that the work stays linear however the bytes are dealt out.
//! - What is not a packet is skipped through the next line end, and reported once.
//! - The splitter has no clock. The caller tells it of a pause of 50 ms ([`Splitter::pause`]) and
//!   ends a session whose packet [stays open](Splitter::is_open) for 30 s.

use bytes::{Buf as _, Bytes, BytesMut};
use memchr::{memchr, memchr_iter, memchr2};
use serde::de::IgnoredAny;
use thiserror::Error;

use crate::crypt::{self, Key, UNPADDED_STEP};

/// The longest packet that a hub takes, in bytes, so that a sender who never ends an object cannot
/// grow a buffer [594-4].
pub const MAX_PACKET: usize = 64 * 1024;

/// The longest packet that our own client takes from a hub: a list of 10,000 rooms fits.
pub const MAX_PACKET_FROM_HUB: usize = 1024 * 1024;

/// How many bytes of parsing one received byte pays for.
const CREDIT_PER_BYTE: usize = 32;

/// What each object may be parsed for before its bytes pay: enough for any ordinary packet that
/// comes one byte at a time.
const FIRST_CREDIT: usize = 64 * 1024;

/// One packet, unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// The JSON text, or the base64 text of a sealed one, without line end.
    pub text: Bytes,
    /// Whether the text is base64 of a sealed packet.
    pub sealed: bool,
    /// Whether its line end had already come; see [`Splitter::saw_line`].
    pub newline: bool,
}

/// What in a stream is not a packet; answered with 205.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StreamError {
    /// Not a packet; skipped through the next line end, after which the stream goes on.
    #[error("not a packet")]
    NotAPacket,
    /// A packet over the limit. The stream is over.
    #[error("packet too long")]
    TooLong,
    /// More than the limit was skipped and no line end came. The stream is over.
    #[error("no line end to go on from")]
    Lost,
}

impl StreamError {
    /// Whether the stream is over.
    pub const fn is_fatal(self) -> bool {
        match self {
            StreamError::NotAPacket => false,
            StreamError::TooLong | StreamError::Lost => true,
        }
    }
}

/// Splits one session's stream.
#[derive(Debug)]
pub struct Splitter {
    limit: usize,
    saw_line: bool,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// No packet has begun. `after_packet`: a line end now is that of the packet before.
    Between { after_packet: bool },
    /// An object has begun.
    Object(Attempts),
    /// A sealed text has begun. `scanned`: letters that were already looked at.
    Text { scanned: usize },
    /// Something else has begun. `dropped`: bytes of it that are gone.
    Skipping { dropped: usize },
    /// A fatal error was reported.
    Over(StreamError),
}

/// How far the object at the front of the input was tried.
#[derive(Debug, Clone, Copy)]
struct Attempts {
    /// Bytes that were looked at.
    seen: usize,
    /// Bytes of parsing that are paid for.
    credit: usize,
    /// Whether something that may end the object, or break it, came since the last attempt.
    ripe: bool,
}

impl Default for Splitter {
    fn default() -> Self {
        Splitter::new(MAX_PACKET)
    }
}

impl Splitter {
    /// A splitter for packets of at most `limit` bytes.
    pub const fn new(limit: usize) -> Self {
        let state = State::Between {
            after_packet: false,
        };
        let saw_line = false;
        Splitter {
            limit,
            saw_line,
            state,
        }
    }

    /// Takes the next packet from the front of `input`; `None` when more bytes are needed. Bytes
    /// that are left in `input` must be there again at the next call, with what came since behind
    /// them. With a key, sealed texts that came without any mark of their end are found by opening
    /// them.
    ///
    /// # Errors
    /// [`StreamError`]; unless it is fatal, call again.
    pub fn next(
        &mut self,
        input: &mut BytesMut,
        key: Option<&Key>,
    ) -> Result<Option<Raw>, StreamError> {
        loop {
            match self.state {
                State::Between { after_packet } => {
                    self.skip_blanks(input, after_packet);
                    match input.first() {
                        None => return Ok(None),
                        Some(b'{') => self.state = State::Object(Attempts::FIRST),
                        Some(byte) if is_letter(*byte) => self.state = State::Text { scanned: 0 },
                        Some(_) => return Err(self.skip_from(0, input)),
                    }
                }
                State::Object(attempts) => return self.object(attempts, input, false),
                State::Text { scanned } => return self.text(scanned, input, key),
                State::Skipping { dropped } => match memchr(b'\n', input) {
                    Some(at) if dropped + at <= self.limit => {
                        input.advance(at + 1);
                        self.state = State::Between {
                            after_packet: false,
                        };
                    }
                    None if dropped + input.len() <= self.limit => {
                        let dropped = dropped + input.len();
                        self.state = State::Skipping { dropped };
                        input.clear();
                        return Ok(None);
                    }
                    Some(_) | None => return Err(self.give_up(StreamError::Lost, input)),
                },
                State::Over(error) => return Err(self.give_up(error, input)),
            }
        }
    }

    /// The stream has paused for 50 ms: a sealed text that is there is whole, unless the sender
    /// speaks in lines. Call [`next`](Self::next) again after a packet.
    ///
    /// # Errors
    /// As for [`next`](Self::next).
    pub fn pause(&mut self, input: &mut BytesMut) -> Result<Option<Raw>, StreamError> {
        match self.state {
            State::Object(attempts) if attempts.ripe => self.object(attempts, input, true),
            State::Text { .. } if !self.saw_line && !input.is_empty() => {
                let sealed = true;
                Ok(Some(self.take(input.len(), sealed, input)))
            }
            State::Object(_)
            | State::Text { .. }
            | State::Between { .. }
            | State::Skipping { .. }
            | State::Over(_) => Ok(None),
        }
    }

    /// Whether a pause would change anything: a sealed text or an object waits for it.
    pub fn wants_pause(&self) -> bool {
        match self.state {
            State::Object(attempts) => attempts.ripe,
            State::Text { .. } => !self.saw_line,
            State::Between { .. } | State::Skipping { .. } | State::Over(_) => false,
        }
    }

    /// Whether something has begun that has not ended: a packet, or a line that is being skipped.
    pub fn is_open(&self) -> bool {
        match self.state {
            State::Object(_) | State::Text { .. } | State::Skipping { .. } => true,
            State::Between { .. } | State::Over(_) => false,
        }
    }

    /// Whether the stream is being skipped to its next line end.
    pub fn is_skipping(&self) -> bool {
        matches!(self.state, State::Skipping { .. })
    }

    /// Whether a packet so far was ended by a line end, even one that came after the packet had
    /// been taken: the sender speaks in lines.
    pub fn saw_line(&self) -> bool {
        self.saw_line
    }

    fn object(
        &mut self,
        mut attempts: Attempts,
        input: &mut BytesMut,
        forced: bool,
    ) -> Result<Option<Raw>, StreamError> {
        let view = &input[..input.len().min(self.limit)];
        let full = view.len() == self.limit;
        let fresh = &view[attempts.seen..];
        attempts.credit = attempts
            .credit
            .saturating_add(fresh.len() * CREDIT_PER_BYTE);
        attempts.ripe |= attempts.seen == 0 || memchr2(b'}', b'\n', fresh).is_some();
        attempts.seen = view.len();
        let affordable = attempts.ripe && attempts.credit >= view.len();
        if !(affordable || full || forced) {
            self.state = State::Object(attempts);
            return Ok(None);
        }
        attempts.credit = attempts.credit.saturating_sub(view.len());
        attempts.ripe = false;
        let mut objects = serde_json::Deserializer::from_slice(view).into_iter::<IgnoredAny>();
        match objects.next() {
            Some(Ok(_)) => {
                let end = objects.byte_offset();
                let sealed = false;
                Ok(Some(self.take(end, sealed, input)))
            }
            Some(Err(error)) if !error.is_eof() => {
                let broken = offset(view, error.line(), error.column());
                Err(self.skip_from(broken.saturating_sub(1), input))
            }
            Some(Err(_)) | None if full => Err(self.give_up(StreamError::TooLong, input)),
            Some(Err(_)) | None => {
                self.state = State::Object(attempts);
                Ok(None)
            }
        }
    }

    fn text(
        &mut self,
        scanned: usize,
        input: &mut BytesMut,
        key: Option<&Key>,
    ) -> Result<Option<Raw>, StreamError> {
        let sealed = true;
        let stop = input[scanned..].iter().position(|byte| !is_letter(*byte));
        let letters = stop.map_or(input.len(), |at| scanned + at);
        let within = &input[..letters.min(self.limit)];
        if let Some(end) = key.and_then(|key| unmarked_end(key, within, scanned)) {
            return Ok(Some(self.take(end, sealed, input)));
        }
        if letters > self.limit {
            return Err(self.give_up(StreamError::TooLong, input));
        }
        self.state = State::Text { scanned: letters };
        match &input[letters..] {
            [] | [b'\r'] => Ok(None),
            [b'\n' | b'{', ..] | [b'\r', b'\n', ..] => Ok(Some(self.take(letters, sealed, input))),
            [b'=', b'=', ..] if letters % 4 == 2 => Ok(Some(self.take(letters + 2, sealed, input))),
            [b'='] if letters % 4 == 2 => Ok(None),
            [b'=', ..] if letters % 4 == 3 => Ok(Some(self.take(letters + 1, sealed, input))),
            _ => Err(self.skip_from(letters, input)),
        }
    }

    /// Cuts a packet of `end` bytes off, and its line end if that is there.
    fn take(&mut self, end: usize, sealed: bool, input: &mut BytesMut) -> Raw {
        let text = input.split_to(end).freeze();
        let newline = self.skip_blanks(input, true);
        Raw {
            text,
            sealed,
            newline,
        }
    }

    /// Drops white space; says whether a line end of the packet before was among it.
    fn skip_blanks(&mut self, input: &mut BytesMut, mut after_packet: bool) -> bool {
        let mut line = false;
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let blanks = input.iter().take_while(|byte| is_blank(byte)).count();
        if memchr(b'\n', &input[..blanks]).is_some() {
            line = after_packet;
            after_packet = false;
        }
        self.saw_line |= line;
        input.advance(blanks);
        self.state = State::Between { after_packet };
        line
    }

    /// Begins to skip, at the byte `from` of the input.
    fn skip_from(&mut self, from: usize, input: &mut BytesMut) -> StreamError {
        input.advance(from.min(input.len()));
        self.state = State::Skipping { dropped: 0 };
        StreamError::NotAPacket
    }

    fn give_up(&mut self, error: StreamError, input: &mut BytesMut) -> StreamError {
        input.clear();
        self.state = State::Over(error);
        error
    }
}

impl Attempts {
    const FIRST: Attempts = Attempts {
        seen: 0,
        credit: FIRST_CREDIT,
        ripe: false,
    };
}

/// Finds the end of a sealed text that neither line end nor padding marks: where it opens to a
/// whole object. Ends before `checked` were tried before.
fn unmarked_end(key: &Key, letters: &[u8], checked: usize) -> Option<usize> {
    let first = (checked / UNPADDED_STEP + 1) * UNPADDED_STEP;
    let mut ends = (first..=letters.len()).step_by(UNPADDED_STEP);
    ends.find(|end| {
        crypt::may_be_whole(key, &letters[..*end])
            && crypt::decrypt(key, &letters[..*end])
                .is_ok_and(|plain| serde_json::from_slice::<IgnoredAny>(&plain).is_ok())
    })
}

/// The letters of base64; padding is not one.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// The byte offset of a position that `serde_json` reports: `line` from 1, `column` bytes into it.
fn offset(text: &[u8], line: usize, column: usize) -> usize {
    let start = match line.checked_sub(2) {
        None => 0,
        Some(ends) => memchr_iter(b'\n', text).nth(ends).map_or(0, |at| at + 1),
    };
    start + column
}
