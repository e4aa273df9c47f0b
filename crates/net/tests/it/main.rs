//! Connections from outside. Most of it is the switchboard with real wires and a real hub on the
//! memory store: the test has the lines and the clock, so nothing waits for time. `sockets` and
//! `tls` are the loop itself, over loopback.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at the first surprise too"
)]

mod files;
mod held;
mod letters;
mod life;
mod limits;
mod listings;
mod local;
mod order;
mod rig;
mod rounds;
mod slow;
mod sockets;
mod split;
mod tls;
mod wire;
