//! The words every part of Tincan shares.
//!
//! Plain data: no IO, no clock, no encoding. Three kinds of thing travel between a person and a
//! middle (the hub, the LAN, friends):
//!
//! - a [`Command`] asks; it is answered exactly once by a [`Reply`];
//! - an [`Event`] tells that something durable happened: ordered, never dropped silently;
//! - a [`Signal`] tells something ephemeral: presence, membership, transfers.
//!
//! Names and texts are checked when they are made ([`UserName::parse`], [`Text::adapt`]): whoever
//! holds one need not check it again, and comparison follows the hub's rule [HUB-1].

mod command;
mod event;
mod file;
mod ids;
mod name;
mod presence;
mod secret;
mod text;

pub use command::{Claim, Command, Place, Proof, Recipient, Refusal, Reply, TellOutcome};
pub use event::{EndReason, Event, Letter, Said, SaidAs, Signal, Told, Transfer};
pub use file::FileBytes;
pub use ids::{CommandId, MessageId, Now, RoomKey, SessionId, Timestamp, TransferId};
pub use name::{Alias, FileName, MAX_FILE_SIZE, NameError, RoomName, UserName, is_directional};
pub use presence::{Availability, Channel, Contact, Presence};
pub use secret::Secret;
pub use text::{MAX_TEXT_BYTES, Text, TextError};
