//! What the connections count [HUB-13]. Plain atomics: written by the loop, read by the ops page.

use std::sync::atomic::AtomicU64;

/// Counters and gauges of all connections; since the start.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Connections accepted.
    pub accepted: AtomicU64,
    /// Connections refused by a limit.
    pub refused: AtomicU64,
    /// Rounds of the loop.
    pub rounds: AtomicU64,
    /// Connections open now.
    pub open: AtomicU64,
    /// Bytes received.
    pub bytes_in: AtomicU64,
    /// Bytes sent.
    pub bytes_out: AtomicU64,
    /// Sessions closed because they did not read.
    pub too_slow: AtomicU64,
    /// Sessions closed because they broke the protocol.
    pub misbehaved: AtomicU64,
    /// Sessions closed because they were silent.
    pub silent: AtomicU64,
    /// Times a session was read later because it sent above its rate.
    pub throttled: AtomicU64,
    /// Times accepting failed for want of file descriptors.
    pub out_of_descriptors: AtomicU64,
}
