//! Sockets: accept, dial, TLS, the round, deadlines, shutdown.
