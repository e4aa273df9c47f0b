//! The bytes of cp, the mailbox protocol: UTF-8 text, one PDU a line, over TCP (port 5035 by default).
//!
//! A client logs in with a name and a password, sends messages to other accounts and collects the
//! ones that wait in its own mailbox. The first four bytes of a PDU are its command, or the first
//! three its code:
//!
//! | PDU | who sends it |
//! |---|---|
//! | `USER<name>`, `PASS<password>`, `SMSG<receiver>:<message>`, `RMSG`, `TERM` | client |
//! | `201 <text>`, `250 <text>` | client |
//! | `RMSG<sender>:<message>`, `<code> <text>` | hub |
//!
//! - [`pdu`]: one PDU, both directions: [`Command`] and [`Reply`], parsed and encoded.
//! - [`code`]: the three-digit codes and their phrases.
//! - [`lines`]: PDUs out of a byte stream, for peers that end them with CRLF, with LF, or not at all.
//! - [`parts`]: texts that are longer than one PDU.
//!
//! Where this crate is more generous than the protocol's original text: commands are
//! case-insensitive, a bare LF ends a PDU, one space may stand between a command and its argument,
//! and a code may be followed by nothing. What a PDU *means* is the session's business, not ours.

pub mod code;
#[doc(hidden)]
pub mod fuzz;
pub mod lines;
pub mod parts;
pub mod pdu;

pub use code::Code;
pub use lines::{Framing, Line, Splitter};
pub use pdu::{Colons, Command, CommandError, Reply, ReplyError};

/// Longest PDU in bytes, its CRLF not counted: the protocol fixes it.
pub const MAX_PDU: usize = 1024;
/// Longest user name in bytes: the width of the name field in `USER`, `SMSG` and `RMSG`.
pub const MAX_NAME: usize = 10;
/// Longest password in bytes: the width of the field in `PASS`.
pub const MAX_PASSWORD: usize = 15;
/// Longest message in bytes in one `SMSG`: what [`MAX_PDU`] leaves beside a name of [`MAX_NAME`].
pub const MAX_MESSAGE: usize = MAX_PDU - "SMSG".len() - MAX_NAME - ":".len();
/// The port that the protocol names.
pub const DEFAULT_PORT: u16 = 5035;
