//! Sockets: accept, dial, TLS, the round, deadlines, shutdown.

pub mod dial;
