//! Sockets: accept, dial, TLS, the round, deadlines, shutdown.

pub mod dial;
pub mod local;
mod metrics;
mod outbox;
pub mod reactor;
pub mod switchboard;
mod timers;
pub mod tls;

pub use metrics::Metrics;
