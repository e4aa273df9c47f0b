//! The bytes of RetroShare 0.6: items, slices, services, certificates, invites and links as text.
//! No meaning, no clock, no sockets, no keys: signatures and hashes of content are for others to check.
//!
//! A stream is a sequence of *items*: an 8-byte header (version 2, service, subtype, total size), then
//! a body of the service. An item may arrive cut into *slices*. Everything is big-endian but for a few
//! accidents of the original, which are copied and named where they happen.
//!
//! | file | what |
//! |---|---|
//! | [`ids`] | the ids of people, machines, files and folders |
//! | [`frame`] | bytes to items, and slices |
//! | [`item`] | an item's meaning, of all the services below |
//! | [`service_info`] | who offers which service |
//! | [`heartbeat`], [`rtt`], [`status`], [`bandwidth`], [`ban_list`] | small services |
//! | [`discovery`] | who else is there, and where |
//! | [`chat`], [`mail`] | words |
//! | [`file_transfer`], [`file_lists`] | files, and the folders that they are in |
//! | [`certificate`], [`invite`], [`link`] | what people copy and paste; [`packets`], [`crc24`] beneath |
//! | [`location`] | a machine's certificate; [`der`] beneath |
//! | [`html`] | the rich text of other programs, as plain text and back |
//!
//! # How we deviate
//!
//! - Text that is no UTF-8 is read with replacement characters; it is never an error.
//! - Unknown TLVs, and bytes after the last known field, are skipped, as the original skips them.
//! - Items of chat rooms are carried as they are ([`chat::Room`]).

mod tlv;

pub mod ban_list;
pub mod bandwidth;
pub mod certificate;
pub mod chat;
pub mod crc24;
pub mod der;
pub mod discovery;
pub mod file_lists;
pub mod file_transfer;
pub mod frame;
pub mod heartbeat;
pub mod html;
pub mod ids;
pub mod invite;
pub mod item;
pub mod link;
pub mod location;
pub mod mail;
pub mod packets;
pub mod rtt;
pub mod service_info;
pub mod status;

#[doc(hidden)]
pub mod fuzz;

pub use certificate::{Certificate, FriendText, TextError};
pub use frame::{Frame, FrameError, Framer, RawItem};
pub use ids::{DirHash, FileHash, Fingerprint, GxsId, IdError, LocationId, PgpId};
pub use invite::Invite;
pub use item::{Item, ItemError, Malformed};
pub use link::FileLink;
pub use location::{LocationCertificate, LocationError};
pub use service_info::{Service, ServiceEntry, ServiceList};
