//! Files on their way, and numbers that rest.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use model::{SessionId, Transfer, TransferId};

/// How long a number rests after the receiver went away, in seconds: what the innocent sender had
/// under way is dropped meanwhile [494-27].
pub const DRAIN_SECONDS: u64 = 30;
/// The same after the offerer of an unanswered file went away: time for an answer to cross.
pub const ANSWER_SECONDS: u64 = 5;

/// A file on its way.
#[derive(Clone, Debug)]
pub struct TransferState {
    /// What was announced.
    pub transfer: Transfer,
    /// Who sends.
    pub from: SessionId,
    /// Who receives.
    pub to: SessionId,
    /// Whether the receiver has agreed.
    pub accepted: bool,
    /// Bytes that went through; `sent <= transfer.size`.
    pub sent: u64,
}

/// What may still come under a number whose transfer is over, through nobody's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Expected {
    /// Bytes that this sender had under way [494-27].
    Bytes(SessionId),
    /// This receiver's answer, which crossed the news that the offerer is gone.
    Answer(SessionId),
}

#[derive(Debug, Default)]
pub(crate) struct Transfers {
    live: BTreeMap<TransferId, TransferState>,
    resting: BTreeMap<TransferId, Expected>,
    /// The resting numbers by the time they may be used again.
    rest: BTreeSet<(Instant, TransferId)>,
    last: u16,
}

impl Transfers {
    pub(crate) fn len(&self) -> usize {
        self.live.len()
    }

    pub(crate) fn get(&self, id: TransferId) -> Option<&TransferState> {
        self.live.get(&id)
    }

    #[cfg(debug_assertions)]
    pub(crate) fn ids(&self) -> impl Iterator<Item = TransferId> {
        self.live.keys().copied()
    }

    pub(crate) fn of(&self, session: SessionId) -> Vec<TransferId> {
        let mine = |state: &&TransferState| state.from == session || state.to == session;
        self.live
            .values()
            .filter(mine)
            .map(|state| state.transfer.id)
            .collect()
    }

    pub(crate) fn offered_by(&self, session: SessionId) -> usize {
        self.live
            .values()
            .filter(|state| state.from == session)
            .count()
    }

    /// Whether `sender` may still be sending under this resting number.
    pub(crate) fn is_draining(&self, id: TransferId, sender: SessionId) -> bool {
        self.resting.get(&id) == Some(&Expected::Bytes(sender))
    }

    /// Whether `receiver` may still answer under this resting number.
    pub(crate) fn is_answerable(&self, id: TransferId, receiver: SessionId) -> bool {
        self.resting.get(&id) == Some(&Expected::Answer(receiver))
    }

    /// The next number that is neither live nor resting; numbers go round so that one comes back
    /// as late as possible.
    pub(crate) fn next_id(&self) -> Option<TransferId> {
        let numbers = (1..=u16::MAX).map(|step| self.last.wrapping_add(step));
        let free = |id: &TransferId| !self.live.contains_key(id) && !self.resting.contains_key(id);
        numbers.filter_map(TransferId::new).find(free)
    }

    pub(crate) fn offer(&mut self, transfer: Transfer, from: SessionId, to: SessionId) {
        self.last = transfer.id.get();
        let state = TransferState {
            transfer,
            from,
            to,
            accepted: false,
            sent: 0,
        };
        self.live.insert(state.transfer.id, state);
    }

    pub(crate) fn accept(&mut self, id: TransferId) {
        if let Some(state) = self.live.get_mut(&id) {
            state.accepted = true;
        }
    }

    pub(crate) fn progress(&mut self, id: TransferId, bytes: u64) {
        if let Some(state) = self.live.get_mut(&id) {
            state.sent += bytes;
        }
    }

    pub(crate) fn end(&mut self, id: TransferId, rest_until: Option<Instant>) {
        if let Some(state) = self.live.remove(&id)
            && let Some(until) = rest_until
        {
            let expected = match state.accepted {
                true => Expected::Bytes(state.from),
                false => Expected::Answer(state.to),
            };
            self.resting.insert(id, expected);
            self.rest.insert((until, id));
        }
    }

    pub(crate) fn next_rested(&self) -> Option<Instant> {
        self.rest.first().map(|(until, _)| *until)
    }

    pub(crate) fn rested(&mut self, now: Instant) {
        while let Some(&(until, id)) = self.rest.first() {
            if until > now {
                break;
            }
            self.rest.pop_first();
            self.resting.remove(&id);
        }
    }
}
