//! The bytes of cs594, the JSON relay protocol: packets in both directions, the splitting of the
//! byte stream, the sealed (AES) form of packets. No meaning, no clock, no sockets.
//!
//! A packet is one JSON object, `{"Header":{"OP-CODE":n,"Length":n},"Payload":object or string}`.
//!
//! | file | what |
//! |---|---|
//! | [`packet`] | op-codes, error codes, the envelope, decode errors |
//! | [`request`] | what a client sends |
//! | [`response`] | what a hub sends |
//! | [`list`] | a field that holds names, in the three forms that clients use |
//! | [`show`] | SHOW_MSG as a template with one hole, for sending it to many |
//! | [`stream`] | bytes to packets |
//! | [`crypt`] | AES-128-CBC of packets |
//! | [`names`] | which names this wire may register |
//!
//! # How we deviate from the protocol's own text
//!
//! - The text shows packets as Python dictionaries; its author's programs send JSON, and so do we.
//! - `Length` is written correctly, and only checked to be there: the author's client fills it with
//!   the size of a host-language object.
//! - Keep-alive, file transfer and history have no numbers in the text; ours are 15 to 21.
//! - SHOW_MSG carries the sender as `From-User` and as `From-Name`: the text's table lost one.
//! - An error's payload is an object that says what was wrong, not only the number.

pub mod crypt;
pub mod list;
pub mod names;
pub mod packet;
pub mod request;
pub mod response;
pub mod show;
pub mod stream;

#[doc(hidden)]
pub mod fuzz;

pub use crypt::{CryptError, Key, KeyError};
pub use list::{ListForm, NameList};
pub use names::{NameError, check_own_name};
pub use packet::{DecodeError, ErrorCode, OpCode};
pub use request::{HistoryOf, HistoryRequest, Request, SEGMENT};
pub use response::{ErrorPacket, Fault, HistoryEntry, Response, ShowMsg, ShowType};
pub use show::ShowTemplate;
pub use stream::{MAX_PACKET, Raw, Splitter, StreamError};
