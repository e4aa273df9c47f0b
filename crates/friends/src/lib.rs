//! A node of RetroShare 0.6, friend to friend, without sockets, files and clocks.
//!
//! | module | what |
//! |---|---|
//! | [`api`] | what faces ask ([`Request`]), the answers ([`Report`]), what happens ([`Notice`]) |
//! | [`disk`] | what is to be done with files, and how it went |
//! | [`kept`] | what survives a restart |
//! | `node` | [`Node`]: connections, friends and services joined |
//! | `link` | one encrypted connection to a friend's location: frames, queues, the agreed services |
//! | `roster` | who is approved, denied, blocked; who asked; who is known through friends |
//! | `dial`, `abuse` | when to call whom, and where; from where nobody is let in |
//! | `service_info`, `heartbeat`, `rtt`, `status`, `bandwidth`, `discovery`, `chat`, `mail` | one service each, called as in `wire-retroshare` |
//! | `files` | shared folders, lists, transfers: `file_lists`, `file_transfer` |
//!
//! Bytes, time and the disk's answers go in, [`Output`]s come out, to be carried out in order. Two
//! nodes talk in a test by handing one's outputs to the other.

mod abuse;
pub mod api;
mod bandwidth;
mod chat;
mod context;
mod dial;
mod discovery;
pub mod disk;
mod draw;
mod effects;
mod files;
#[doc(hidden)]
pub mod fuzz;
mod heartbeat;
mod hex;
pub mod kept;
mod link;
mod mail;
mod node;
mod output;
mod roster;
mod rtt;
mod service_info;
mod status;
#[cfg(test)]
mod testing;
mod twin;

pub use api::{Notice, Report, Request, RequestId};
pub use node::{Closed, Config, Node};
pub use output::{ConnectionId, Output, Place};
