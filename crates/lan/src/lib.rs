//! A node of link-local messaging (XEP-0174), without sockets.
//!
//! | module | what |
//! |---|---|
//! | [`Instance`], [`name`] | presence names, and the next one where one is taken |
//! | [`txt`] | what a node tells about its person |
//! | [`mdns`] | discovery: publishes, browses, resolves, fetches pictures |
//! | `stream` | one XML stream: headers, TLS, authentication, stanzas, the end |
//! | [`Node`] | all of it together: commands in, things to do out |
//!
//! Bytes and time go in, [`Output`]s come out; nothing here waits, sends or looks at a clock.

pub mod fuzz;
pub mod mdns;
pub mod name;
mod node;
mod stream;
pub mod txt;

pub use name::Instance;
pub use node::{Config, ConnectionId, MAX_PICTURE, Node, Output, Policy, TlsRole};
