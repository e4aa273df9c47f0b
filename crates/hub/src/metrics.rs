//! What the hub counts [HUB-13]. Plain atomics: written by the loop, read by the ops page.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};

/// Adds to a counter that only this thread writes: readers see it sooner or later, and it costs no
/// locked instruction on the way of a message.
pub(crate) fn add(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(more), Relaxed);
}

/// Counters and gauges of the hub; all since its start.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Room messages taken.
    pub said: AtomicU64,
    /// Private messages handed to a session.
    pub told: AtomicU64,
    /// Private messages put into a mailbox.
    pub letters: AtomicU64,
    /// Commands refused.
    pub refused: AtomicU64,
    /// Failed sign-ins with a password.
    pub wrong_passwords: AtomicU64,
    /// Bytes of files handed on.
    pub file_bytes: AtomicU64,
    /// Transactions committed.
    pub commits: AtomicU64,
    /// Time spent in them, in microseconds.
    pub commit_micros: AtomicU64,
    /// Transactions that failed.
    pub failed_commits: AtomicU64,
    /// Whether the last transaction failed.
    pub store_failing: AtomicBool,
    /// People present now.
    pub present: AtomicU64,
    /// Rooms open now.
    pub rooms: AtomicU64,
    /// Transfers live now.
    pub transfers: AtomicU64,
}
