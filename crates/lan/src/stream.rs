//! One XML stream as a machine: headers, TLS, authentication, stanzas, the end.
//!
//! ```text
//! caller                              called
//! header                       ──▶
//!                              ◀──    header, and features (TLS) if both said version 1.0
//! starttls                     ──▶
//!                              ◀──    proceed                        …TLS…
//! header                       ──▶
//!                              ◀──    header, features (EXTERNAL)
//! auth                         ──▶
//!                              ◀──    success
//! header                       ──▶
//!                              ◀──    header, features (none)
//! stanzas                      ◀─▶    stanzas
//! ```
//!
//! Most clients know none of this: whoever says no version, offers no TLS, or sends a stanza instead of
//! going on, is talked to in the clear from there on; whether that is allowed is decided elsewhere. A
//! peer with a version has three seconds to show features, or to ask for TLS, for some never do (facts 6).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use wire_xmpp::stanza::{self, Features, Iq, Message};
use wire_xmpp::{Header, Item, Limits, ReadError, Reader, encode};

use crate::node::TlsRole;

/// A header has to come within this (facts 8.11).
pub(crate) const HEADER_TIME: Duration = Duration::from_secs(10);
/// Features, or the wish for TLS, have to come within this; then it goes on in the clear.
pub(crate) const FEATURES_TIME: Duration = Duration::from_secs(3);
/// Each step of TLS and authentication has to come within this.
pub(crate) const STEP_TIME: Duration = Duration::from_secs(10);

/// Proofs of another kind than ours that are answered, at most; RFC 6120, 6.4.5 has two to five.
const MAX_MECHANISMS_TRIED: u8 = 3;

/// What happened on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Their first header came, with this `from`. Called: [`Stream::welcome`] has to follow at once.
    Greeted(Option<String>),
    /// Everything written so far goes out in the clear, then TLS begins.
    StartTls(TlsRole),
    /// Stanzas may go both ways now.
    Open,
    /// A message.
    Message(Box<Message>),
    /// A query or an answer.
    Iq(Box<Iq>),
    /// Their end tag: nothing follows.
    End,
}

/// Why a stream cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StreamError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A step did not come in time.
    #[error("the other side does not go on with {0}")]
    Silent(&'static str),
    /// The other side says no.
    #[error("the other side refuses: {0}")]
    Refused(String),
    /// Something came where it may not.
    #[error("the other side does not keep to the order of {0}")]
    Order(&'static str),
    /// The header within TLS is another one's than the one before.
    #[error("the other side changes its name while it authenticates")]
    Renamed,
}

impl StreamError {
    /// What the peer is told (RFC 6120 section 4.9.3).
    pub(crate) fn condition(&self) -> &'static str {
        match self {
            Self::Read(ReadError::Malformed(_)) => "not-well-formed",
            Self::Read(ReadError::NoStream) => "invalid-xml",
            Self::Read(ReadError::TooLong(_) | ReadError::TooDeep) => "policy-violation",
            Self::Silent(_) => "connection-timeout",
            Self::Refused(_) => "undefined-condition",
            Self::Order(_) => "not-authorized",
            Self::Renamed => "invalid-from",
        }
    }
}

/// Which side of the connection we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// We connected.
    Caller,
    /// They did.
    Called,
}

/// How far towards safety the headers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leg {
    Clear,
    Tls,
    Proved,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Their header.
    Header,
    /// Called: our answer to it.
    Welcome,
    /// Caller: features.
    Features,
    /// Called: the wish for TLS, or a stanza.
    Choice,
    /// Caller: leave to begin TLS.
    Proceed,
    /// TLS.
    Handshake,
    /// Called: the proof.
    Auth,
    /// Caller: what becomes of it.
    Success,
    /// Stanzas.
    Open,
}

/// One stream.
#[derive(Debug)]
pub(crate) struct Stream {
    side: Side,
    leg: Leg,
    phase: Phase,
    reader: Reader,
    us: String,
    /// Caller: whom we called. Called: what their latest header says, empty until it does.
    them: String,
    has_version: bool,
    deadline: Option<Instant>,
    /// Steps that came of one element; at most two.
    ready: VecDeque<Step>,
    header_sent: bool,
    header_seen: bool,
    end_sent: bool,
    end_seen: bool,
    error_seen: bool,
    mechanisms_tried: u8,
}

impl Stream {
    /// Calls `them`: writes our header.
    pub(crate) fn call(us: &str, them: &str, out: &mut BytesMut, now: Instant) -> Self {
        let mut stream = Self::new(Side::Caller, us, them, now);
        stream.write_header(out);
        stream
    }

    /// Is called: waits for their header.
    pub(crate) fn answer(us: &str, now: Instant) -> Self {
        Self::new(Side::Called, us, "", now)
    }

    fn new(side: Side, us: &str, them: &str, now: Instant) -> Self {
        Self {
            side,
            leg: Leg::Clear,
            phase: Phase::Header,
            reader: Reader::new(Limits::default()),
            us: us.into(),
            them: them.into(),
            has_version: false,
            deadline: Some(now + HEADER_TIME),
            ready: VecDeque::new(),
            header_sent: false,
            header_seen: false,
            end_sent: false,
            end_seen: false,
            error_seen: false,
            mechanisms_tried: 0,
        }
    }

    /// Which side we are.
    pub(crate) fn side(&self) -> Side {
        self.side
    }

    /// What their latest header says of who they are; empty: nothing.
    pub(crate) fn them(&self) -> &str {
        &self.them
    }

    /// Whether a header of theirs has come.
    pub(crate) fn is_greeted(&self) -> bool {
        self.header_seen
    }

    /// Whether everything negotiated was negotiated.
    pub(crate) fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Whether stanzas may be written.
    pub(crate) fn can_send(&self) -> bool {
        self.is_open() && !self.end_sent && !self.end_seen
    }

    /// Whether our end tag is out.
    pub(crate) fn is_ended(&self) -> bool {
        self.end_sent
    }

    /// Whether they have told of an error: their end proves nothing then.
    pub(crate) fn is_broken(&self) -> bool {
        self.error_seen
    }

    /// Whether bytes that come now belong to TLS.
    pub(crate) fn is_shaking_hands(&self) -> bool {
        self.phase == Phase::Handshake
    }

    /// When [`expire`](Self::expire) has to be called.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline.filter(|_| !self.end_sent)
    }

    /// The next thing that happened, from `input`'s front; answers go to `out`.
    ///
    /// # Errors
    /// [`StreamError`]: [`reject`](Self::reject) and close.
    pub(crate) fn next(
        &mut self,
        input: &mut BytesMut,
        out: &mut BytesMut,
        now: Instant,
    ) -> Result<Option<Step>, StreamError> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Ok(Some(step));
            }
            if self.end_seen || matches!(self.phase, Phase::Handshake | Phase::Welcome) {
                return Ok(None);
            }
            match self.reader.decode(input)? {
                None => return Ok(None),
                Some(Item::Header(header)) => self.take_header(header, out, now)?,
                Some(Item::Element(element)) => {
                    self.take_element(stanza::understand(element), out, now)?;
                }
                Some(Item::End) => {
                    self.end_seen = true;
                    self.ready.push_back(Step::End);
                }
            }
        }
    }

    /// Answers their first header, to `to` (empty: unknown), and offers TLS where it can be.
    pub(crate) fn welcome(
        &mut self,
        to: &str,
        is_tls_required: bool,
        out: &mut BytesMut,
        now: Instant,
    ) {
        if self.phase != Phase::Welcome {
            return;
        }
        self.them = to.into();
        self.write_header(out);
        if self.has_version {
            encode::features(Some(is_tls_required), false, out);
            self.wait(Phase::Choice, FEATURES_TIME, now);
        } else {
            self.open();
        }
    }

    /// TLS stands: the headers begin anew.
    pub(crate) fn secure(&mut self, out: &mut BytesMut, now: Instant) {
        if self.phase == Phase::Handshake {
            self.restart(Leg::Tls, out, now);
        }
    }

    /// We could not read: the deadline is set anew if it has passed.
    pub(crate) fn postpone(&mut self, now: Instant) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.deadline = Some(now + FEATURES_TIME);
        }
    }

    /// The deadline has passed. Afterwards [`next`](Self::next) may have something.
    ///
    /// # Errors
    /// [`StreamError::Silent`]: [`reject`](Self::reject) and close.
    pub(crate) fn expire(&mut self, now: Instant) -> Result<(), StreamError> {
        if self.deadline.is_none_or(|deadline| deadline > now) {
            return Ok(());
        }
        match (self.phase, self.leg) {
            (Phase::Open, _) => Ok(()),
            (Phase::Features, Leg::Clear) | (Phase::Choice, _) => {
                self.open();
                Ok(())
            }
            (Phase::Header | Phase::Welcome, _) => Err(StreamError::Silent("its header")),
            (Phase::Features, Leg::Tls | Leg::Proved) => Err(StreamError::Silent("its features")),
            (Phase::Proceed | Phase::Handshake, _) => Err(StreamError::Silent("TLS")),
            (Phase::Auth | Phase::Success, _) => Err(StreamError::Silent("authentication")),
        }
    }

    /// Our end tag, once, where a stream has begun.
    pub(crate) fn end(&mut self, out: &mut BytesMut) {
        if self.header_sent && !self.end_sent && !self.is_between() {
            out.extend_from_slice(encode::END);
        }
        self.end_sent = true;
    }

    /// Says `condition`, and ends.
    pub(crate) fn reject(&mut self, condition: &str, out: &mut BytesMut) {
        if self.end_sent || self.is_between() {
            self.end_sent = true;
            return;
        }
        if !self.header_sent {
            self.write_header(out);
        }
        encode::stream_error(condition, out);
        self.end(out);
    }

    /// Whether what we write now would not be read as this stream's: TLS is on its way.
    fn is_between(&self) -> bool {
        matches!(self.phase, Phase::Proceed | Phase::Handshake)
    }

    fn take_header(
        &mut self,
        header: Header,
        out: &mut BytesMut,
        now: Instant,
    ) -> Result<(), StreamError> {
        self.header_seen = true;
        match (self.side, self.leg) {
            (Side::Called, Leg::Clear) => {
                self.has_version = header.has_version;
                self.phase = Phase::Welcome;
                self.ready.push_back(Step::Greeted(header.from));
            }
            (Side::Called, Leg::Tls | Leg::Proved) => {
                if let Some(from) = header.from {
                    if !self.them.is_empty() && !self.them.eq_ignore_ascii_case(&from) {
                        return Err(StreamError::Renamed);
                    }
                    self.them = from;
                }
                self.write_header(out);
                if self.leg == Leg::Tls {
                    encode::features(None, true, out);
                    self.wait(Phase::Auth, STEP_TIME, now);
                } else {
                    encode::features(None, false, out);
                    self.open();
                }
            }
            (Side::Caller, Leg::Clear) => {
                self.ready.push_back(Step::Greeted(header.from));
                if header.has_version {
                    self.wait(Phase::Features, FEATURES_TIME, now);
                } else {
                    self.open();
                }
            }
            (Side::Caller, Leg::Tls | Leg::Proved) => self.wait(Phase::Features, STEP_TIME, now),
        }
        Ok(())
    }

    fn take_element(
        &mut self,
        stanza: stanza::Stanza,
        out: &mut BytesMut,
        now: Instant,
    ) -> Result<(), StreamError> {
        match stanza {
            stanza::Stanza::Message(message) => self.take_stanza(Step::Message(message)),
            stanza::Stanza::Iq(iq) => self.take_stanza(Step::Iq(iq)),
            stanza::Stanza::Features(features) => {
                self.take_features(&features, out, now);
                Ok(())
            }
            stanza::Stanza::StartTls => match self.phase {
                Phase::Choice => {
                    encode::proceed(out);
                    self.shake_hands(TlsRole::Server, now);
                    Ok(())
                }
                // We may have talked in the clear already: nothing may follow that looks safe.
                Phase::Open
                | Phase::Header
                | Phase::Welcome
                | Phase::Features
                | Phase::Proceed
                | Phase::Handshake
                | Phase::Auth
                | Phase::Success => Err(StreamError::Order("TLS")),
            },
            stanza::Stanza::Proceed if self.phase == Phase::Proceed => {
                self.shake_hands(TlsRole::Client, now);
                Ok(())
            }
            stanza::Stanza::Auth(mechanism) if self.phase == Phase::Auth => {
                if mechanism == "EXTERNAL" {
                    encode::success(out);
                    self.restart(Leg::Proved, out, now);
                } else if self.mechanisms_tried < MAX_MECHANISMS_TRIED {
                    self.mechanisms_tried += 1;
                    encode::failure("invalid-mechanism", out);
                } else {
                    return Err(StreamError::Order("authentication"));
                }
                Ok(())
            }
            stanza::Stanza::Success if self.phase == Phase::Success => {
                self.restart(Leg::Proved, out, now);
                Ok(())
            }
            // On an open stream the end tag follows by itself.
            stanza::Stanza::Failure(_) if self.is_open() => {
                self.error_seen = true;
                Ok(())
            }
            stanza::Stanza::Failure(condition) => Err(StreamError::Refused(condition)),
            stanza::Stanza::Proceed
            | stanza::Stanza::Auth(_)
            | stanza::Stanza::Success
            | stanza::Stanza::Other => Ok(()),
        }
    }

    fn take_stanza(&mut self, step: Step) -> Result<(), StreamError> {
        match (self.phase, self.leg) {
            (Phase::Open, _) => {}
            // COMPAT(Gajim, Salut): they say 1.0 and talk without asking for TLS.
            (Phase::Choice, _) | (Phase::Features, Leg::Clear | Leg::Proved) => self.open(),
            (Phase::Features, Leg::Tls)
            | (
                Phase::Header
                | Phase::Welcome
                | Phase::Proceed
                | Phase::Handshake
                | Phase::Auth
                | Phase::Success,
                _,
            ) => return Err(StreamError::Order("authentication")),
        }
        self.ready.push_back(step);
        Ok(())
    }

    fn take_features(&mut self, features: &Features, out: &mut BytesMut, now: Instant) {
        match (self.phase, self.leg) {
            (Phase::Features, Leg::Clear) if features.tls.is_some() => {
                encode::starttls(out);
                self.wait(Phase::Proceed, STEP_TIME, now);
            }
            (Phase::Features, Leg::Tls) if features.mechanisms.iter().any(|m| m == "EXTERNAL") => {
                encode::auth(out);
                self.wait(Phase::Success, STEP_TIME, now);
            }
            // COMPAT(Salut): a caller that shows features itself will not ask for TLS.
            (Phase::Features, _) | (Phase::Choice, _) => self.open(),
            (
                Phase::Header
                | Phase::Welcome
                | Phase::Proceed
                | Phase::Handshake
                | Phase::Auth
                | Phase::Success
                | Phase::Open,
                _,
            ) => {}
        }
    }

    fn write_header(&mut self, out: &mut BytesMut) {
        encode::header(&self.us, &self.them, out);
        self.header_sent = true;
    }

    fn wait(&mut self, phase: Phase, time: Duration, now: Instant) {
        self.phase = phase;
        self.deadline = Some(now + time);
    }

    fn open(&mut self) {
        self.phase = Phase::Open;
        self.deadline = None;
        self.ready.push_back(Step::Open);
    }

    fn shake_hands(&mut self, role: TlsRole, now: Instant) {
        self.wait(Phase::Handshake, STEP_TIME, now);
        self.ready.push_back(Step::StartTls(role));
    }

    fn restart(&mut self, leg: Leg, out: &mut BytesMut, now: Instant) {
        self.leg = leg;
        self.reader = Reader::new(Limits::default());
        self.header_sent = false;
        self.wait(Phase::Header, STEP_TIME, now);
        if self.side == Side::Caller {
            self.write_header(out);
        }
    }
}
