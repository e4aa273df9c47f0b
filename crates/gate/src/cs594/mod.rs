//! cs594 at the session seam: JSON packets, rooms, private messages, files, history.
//!
//! | file | what |
//! |---|---|
//! | `server` | one session at the hub: bytes, dialects, timers |
//! | `requests` | what a request means, and how its answer is told |
//! | `pacer` | packets of the datagram dialect, one a write |
//! | `transfers` | files as numbered segments |
//! | `client` | one session at a client |
//!
//! # Two dialects [594-26]
//!
//! A session *speaks in lines* once a packet of it was ended by a line end, or named rooms in a JSON
//! array. Until then, one whose packets come bare is taken for a *datagram* session.
//! COMPAT(author's client): it parses whatever one `recv` gives as one packet, so each packet for it
//! is a write of its own, and the next follows after [`PACE`] or when the session asks again.
//! A line end that comes late (one byte at a time) turns the session into one of lines: what was
//! written bare is ended by a line end, and what was held back follows.
//!
//! # What ends a session
//!
//! QUIT; a packet that is too long, or does not end in [`PACKET_TIME`]; a stream with nothing to go
//! on from; no first packet in [`FIRST_PACKET`]; silence of one that sends keep-alives; a datagram
//! session that is behind by more than [`MAX_PACED`]. Everything else is answered and goes on.

mod client;
mod pacer;
mod requests;
mod server;
mod transfers;

pub use client::{Client, ClientSettings, Seal};
pub use wire_cs594::{Key, KeyError};

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{BufMut as _, BytesMut};
use model::{Refusal, RoomName, Said, SaidAs, UserName};
use wire_cs594::{ErrorPacket, Response, ShowTemplate, ShowType};

use crate::{Gate, Protocol, Template};

/// How long a connection may say nothing at all before its first packet.
pub const FIRST_PACKET: Duration = Duration::from_secs(30);

/// How long a packet may take from its first byte to its last [594-5].
pub const PACKET_TIME: Duration = Duration::from_secs(30);

/// Between two packets to a datagram session that asks nothing [594-26].
pub const PACE: Duration = Duration::from_millis(100);

/// A stream that is silent for so long has paused: a bare sealed packet is whole.
pub const PAUSE: Duration = Duration::from_millis(50);

/// Bytes that are held back for a datagram session; with more it is closed as too slow. At ten
/// packets a second this is about a minute of a busy room.
pub const MAX_PACED: usize = 64 * 1024;

/// Messages in a HISTORY_RESP where the request names no number [594-25].
const HISTORY_DEFAULT: u32 = 50;

/// Messages in a HISTORY_RESP, at most [594-25].
const HISTORY_MOST: u32 = 200;

/// What can be set for cs594.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a session that sends keep-alives may be silent [594-17].
    pub silence: Duration,
    /// Between two keep-alives to such a session [594-17].
    pub heartbeat: Duration,
    /// Opens sealed packets; `None`: they are refused [594-6].
    pub key: Option<Key>,
    /// Refuse packets that are not sealed [594-6].
    pub require_encryption: bool,
    /// Tell all members of a room who is in it, as the protocol's text has it [594-12].
    pub list_users_to_all: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(15),
            heartbeat: Duration::from_secs(5),
            key: None,
            require_encryption: false,
            list_users_to_all: false,
        }
    }
}

/// cs594 as the hub serves it.
#[derive(Debug)]
pub struct Cs594 {
    settings: Arc<Settings>,
}

impl Cs594 {
    /// Serves with these settings.
    pub fn new(settings: Settings) -> Self {
        let settings = Arc::new(settings);
        Self { settings }
    }
}

impl Protocol for Cs594 {
    fn name(&self) -> &'static str {
        "cs594"
    }

    fn open(&self, now: Instant) -> Box<dyn Gate> {
        let settings = Arc::clone(&self.settings);
        Box::new(server::Server::new(settings, now))
    }

    fn render_refusal(&self, refusal: &Refusal, out: &mut BytesMut) {
        Response::Error(refused(refusal)).encode(out);
        out.put_u8(b'\n');
    }

    fn render_said(&self, said: &Said, _out: &mut BytesMut) -> Option<Box<dyn Template>> {
        Some(Box::new(Line(ShowTemplate::new(
            said.from.as_str(),
            said.room.as_str(),
            said.text.as_str(),
            show_type(said.manner),
        ))))
    }

    /// Membership is told to who asks [594-12].
    fn render_members(&self, _room: &RoomName, _names: &[UserName], _out: &mut BytesMut) {}

    /// So are rooms [594-10].
    fn render_rooms(&self, _rooms: &[RoomName], _out: &mut BytesMut) {}
}

/// SHOW_MSG for sessions that speak in lines.
struct Line(ShowTemplate);

impl Template for Line {
    fn fill(&self, recipient: &UserName, out: &mut BytesMut) {
        self.0.fill(out, recipient.as_str());
    }
}

/// `Type` of SHOW_MSG; last words are shown as ordinary ones.
fn show_type(manner: SaidAs) -> ShowType {
    match manner {
        SaidAs::Post | SaidAs::Farewell => ShowType::Plain,
        SaidAs::Group => ShowType::Group,
    }
}

/// The error packet that tells of a refusal [594-8].
fn refused(refusal: &Refusal) -> ErrorPacket {
    use wire_cs594::{ErrorCode as Code, Fault};
    let room = |room: &RoomName| Some(Fault::Room(room.as_str().to_owned()));
    let (code, fault) = match refusal {
        Refusal::NameInUse(_) | Refusal::NameReserved(_) | Refusal::BadCredentials => {
            (Code::NameAlreadyExists, None)
        }
        Refusal::HubFull => (Code::UserLimitReached, None),
        Refusal::RoomFull(name) => (Code::UserLimitReached, room(name)),
        Refusal::TooManyRooms => (Code::RoomLimitReached, None),
        Refusal::NoSuchRoom(name) => (Code::RoomNotFound, room(name)),
        Refusal::NotMember(name) => (Code::IllegalRequest, room(name)),
        Refusal::NoSuchUser(name) => (Code::UserNotFound, Some(Fault::User(name.clone()))),
        Refusal::TakesNoFiles(name) => {
            let fault = Fault::User(name.as_str().to_owned());
            (Code::IllegalRequest, Some(fault))
        }
        Refusal::NotSignedIn
        | Refusal::AlreadySignedIn
        | Refusal::NotPossible
        | Refusal::TooManyTransfers
        | Refusal::FileSize
        | Refusal::NoSuchTransfer
        | Refusal::TransferViolation
        | Refusal::StoreFailed
        | Refusal::Unreachable(..)
        | Refusal::Unsafe(_)
        | Refusal::HistoryOff => (Code::IllegalRequest, None),
    };
    let message = sentence(&refusal.to_string());
    ErrorPacket {
        code,
        message,
        fault,
    }
}

/// Makes a fragment a sentence.
fn sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    let first = letters.next().map(char::to_uppercase);
    let mut sentence: String = first.into_iter().flatten().collect();
    sentence.extend(letters);
    sentence.push('.');
    sentence
}

#[cfg(test)]
mod tests;
