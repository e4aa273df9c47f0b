//! cp at the session seam: a mailbox, one command and one answer at a time.
//!
//! The states, as `server.rs` has them:
//!
//! ```text
//! idle ──USER──▶ user validated ──PASS──▶ (checked) ──230──▶ ready
//!   ▲                  │ 565                  │ 565            │ SMSG ▶ sending ──240, 545──▶ ready
//!   └──────────────────┴──────────────────────┘                │ RMSG ▶ taking ⇄ delivering ⇄ dropping ──255, 256──▶ ready
//!   ▲                                                          │ 540, 550
//!   └──TERM, from ready, delivering and error──                ▼
//!                                                            error ──201──▶ ready
//! ```
//!
//! What is particular to this protocol:
//! - Nothing is ever pushed: a person on cp learns of a message by asking. A session is in no room.
//! - Every client PDU has at most one answer. 201 and TERM have none.
//! - COMPAT(author's client): it ends no PDU, so a pause does [CP-2]. On such a session the hub writes
//!   only answers: an error that nothing asked for waits for the client's next PDU.
//! - A letter is removed only after the client's 250 for its last part [CP-10] [CP-16]; whatever goes
//!   wrong before, it stays.

mod client;
mod server;

pub use client::Client;

use std::borrow::Cow;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use model::{Refusal, RoomName, Said, UserName};
use wire_cp::{Code, Reply as Pdu, lines::PDU_TIMEOUT};

use crate::{Gate, Protocol, Template};

/// What can be set for cp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What becomes of sessions that end their PDUs with nothing [CP-2].
    pub unterminated: Unterminated,
    /// Whether a message may hold `:` [CP-9].
    pub colons_in_messages: bool,
    /// How long a PDU's end may take after its first byte [CP-3].
    pub pdu_timeout: Duration,
    /// How long a client may take to answer a message with 250 [CP-10].
    pub ack_timeout: Duration,
}

/// The setting `cp.unterminated` [CP-2].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unterminated {
    /// Each pause ends a PDU.
    Accept,
    /// 500, and the connection is closed.
    Reject,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            unterminated: Unterminated::Accept,
            colons_in_messages: false,
            pdu_timeout: PDU_TIMEOUT,
            ack_timeout: Duration::from_secs(30),
        }
    }
}

/// cp as the hub serves it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cp {
    settings: Settings,
}

impl Cp {
    /// cp with these settings.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }
}

impl Protocol for Cp {
    fn name(&self) -> &'static str {
        "cp"
    }

    fn open(&self, now: Instant) -> Box<dyn Gate> {
        Box::new(server::Server::new(self.settings, now))
    }

    fn render_refusal(&self, refusal: &Refusal, out: &mut BytesMut) {
        Pdu::Code(Code::BadCommand, &refusal.to_string()).encode(out);
    }

    // No cp session is in a room, and none has a list of them: there is nothing to render.
    fn render_said(&self, _said: &Said, _out: &mut BytesMut) -> Option<Box<dyn Template>> {
        None
    }

    fn render_members(&self, _room: &RoomName, _names: &[UserName], _out: &mut BytesMut) {}

    fn render_rooms(&self, _rooms: &[RoomName], _out: &mut BytesMut) {}
}

/// `name` as this wire carries it: itself, or its alias where it is too long or holds `:` [CP-15].
fn on_the_wire(name: &UserName) -> Cow<'_, str> {
    let own = name.as_str();
    if own.len() <= wire_cp::MAX_NAME && !own.contains(':') {
        Cow::Borrowed(own)
    } else {
        Cow::Owned(name.alias().as_str().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // [CP-15]
    #[test]
    fn names_that_do_not_fit_are_shown_as_their_alias() {
        for fits in ["a", "0123456789", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}"] {
            assert_eq!(on_the_wire(&UserName::parse(fits).unwrap()), fits);
        }
        for long in ["0123456789a", "a:b", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}"] {
            let name = UserName::parse(long).unwrap();
            assert_eq!(on_the_wire(&name), name.alias().as_str());
        }
    }

    // [HUB-11]
    #[test]
    fn a_refused_connection_is_told_so_in_one_pdu() {
        let mut out = BytesMut::new();
        Cp::default().render_refusal(&Refusal::HubFull, &mut out);
        assert_eq!(out, "500 the hub is full\r\n");
    }
}
