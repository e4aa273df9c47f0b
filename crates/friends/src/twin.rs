//! What a friend sends again because a link broke before they knew that it had arrived.
//!
//! Nothing on the wire says that something is sent again, so a Tincan makes it plain: what it sends again
//! has the time of the first try, and no two different messages of the same words have the same time.
//!
//! COMPAT(RetroShare): real nodes never send again what a link has had, so the same words of the same
//! second are something that a person wrote twice, and both are shown.

use std::collections::BTreeSet;

use wire_retroshare::LocationId;

use crate::output::ConnectionId;

/// How the version of a Tincan begins, as its contact tells it.
const OURS: &str = "tincan ";

/// How a message or a letter came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    location: LocationId,
    link: ConnectionId,
}

impl Way {
    /// From this machine, by this connection.
    pub(crate) fn new(location: LocationId, link: ConnectionId) -> Self {
        Self { location, link }
    }

    /// Whether what now comes so may be the same that came by `before`: from the same machine by another
    /// connection, or before we were started. By one connection everything comes once.
    pub(crate) fn may_be_another(before: Option<Self>, now: Self) -> bool {
        before.is_none_or(|before| before.location == now.location && before.link != now.link)
    }
}

/// Whether a machine with this version sends again what may be lost.
pub(crate) fn sends_again(version: &str) -> bool {
    version.starts_with(OURS)
}

/// The first second from `wished` on that is not taken: the times of what was said in the same words.
pub(crate) fn free_second(wished: u32, taken: impl Iterator<Item = u32>) -> u32 {
    let taken: BTreeSet<u32> = taken.collect();
    let mut free = (wished..u32::MAX).filter(|second| !taken.contains(second));
    free.next().unwrap_or(wished)
}

/// The time of something of ours on the wire; of what was written before those were kept, when it was
/// written.
pub(crate) fn second(sent_at: u32, at: u64) -> u32 {
    match sent_at {
        0 => u32::try_from(at / 1000).unwrap_or(u32::MAX),
        second => second,
    }
}
