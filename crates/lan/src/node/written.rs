//! What was written on a stream and is not known to have arrived.
//!
//! An item is out when the socket has taken all of it. One of ours confirms with a receipt; of others,
//! what is older than [`CONFIRM_TIME`] counts as arrived. All of it is in order, so that only the ends
//! are looked at, however much there is.

use std::time::Instant;

use super::conversations::Queued;
use super::limits::CONFIRM_TIME;
use super::talks::Talk;

/// Something that was written on a stream.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) item: Queued,
    /// Bytes written on the connection up to its end.
    pub(super) end: u64,
    /// The id of the message, where a receipt was asked for.
    pub(super) receipt: Option<String>,
    /// When the socket had taken all of it.
    pub(super) at: Option<Instant>,
}

/// How a stream was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// The other side has read everything.
    Proper,
    /// The other side ended it at this time, without having seen our end.
    EndedByThem(Instant),
    /// It broke off: what the socket had not taken was never sent.
    Broken,
    /// It was closed without a proper end, by us or by them: what was written may still go out.
    Cut,
}

impl Talk {
    /// What is known by its age to have arrived is forgotten.
    pub(super) fn prune(&mut self, now: Instant) {
        let is_old = |sent: &Sent| sent.at.is_some_and(|at| at + CONFIRM_TIME <= now);
        while self.sent.front().is_some_and(is_old) {
            self.sent.pop_front();
        }
    }

    /// When [`prune`](Self::prune) has something to do.
    pub(super) fn prune_time(&self) -> Option<Instant> {
        self.sent
            .front()
            .and_then(|sent| sent.at)
            .map(|at| at + CONFIRM_TIME)
    }

    /// A receipt has come; they come in order, so it is found near the front. What is out now: a
    /// socket that is about to block may tell later than the other side that it has taken something.
    pub(super) fn confirm(&mut self, id: &str, now: Instant) -> Vec<Queued> {
        let is_it = |sent: &Sent| sent.receipt.as_deref() == Some(id);
        let Some(end) = self.sent.iter().find(|sent| is_it(sent)).map(|s| s.end) else {
            return Vec::new();
        };
        let out = self.take_out(end, now);
        if let Some(at) = self.sent.iter().position(is_it) {
            self.sent.remove(at);
        }
        out
    }

    /// Whether something was written that the socket has not taken.
    pub(super) fn has_unsent(&self) -> bool {
        self.sent.back().is_some_and(|sent| sent.at.is_none())
    }

    /// The socket has taken the connection's bytes up to `taken`: what of it is out now.
    pub(super) fn take_out(&mut self, taken: u64, now: Instant) -> Vec<Queued> {
        let first = self.sent.partition_point(|sent| sent.at.is_some());
        let mut out = Vec::new();
        let mut at = first;
        while let Some(sent) = self.sent.get_mut(at).filter(|sent| sent.end <= taken) {
            sent.at = Some(now);
            out.push(sent.item.clone());
            match sent.item {
                Queued::Text { .. } => at += 1,
                Queued::Offer { .. } | Queued::Iq(_) => {
                    self.sent.remove(at);
                }
            }
        }
        out
    }
}
