//! One link of a machine takes over from another [RS-6].
//!
//! Two machines may call each other at the same moment, or one may call anew because it has lost a link
//! that the other still has. The newer link stands for the machine only once both sides have told their
//! services over it, so that a friend who is online stays so. The older one is read for a moment longer:
//! what is in it arrives, and the other side, whose list may still be on its way, does not lose it first.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use model::Now;
use wire_retroshare::LocationId;

use super::Node;
use crate::link::Link;
use crate::output::ConnectionId;

/// Two links between the same machines that are younger than this crossed each other: of them the one
/// stays that the machine with the smaller id has made, which both sides can tell. Where one is older, the
/// other side has lost it, and the newer one stays, as with real nodes.
const CROSSING_TIME: Duration = Duration::from_secs(10);
/// How long the older of two links that crossed is still read: a slow round trip, twice.
const LEAVE_TIME: Duration = Duration::from_secs(2);

/// Links of machines that have another one besides. At most one of each kind for a machine.
#[derive(Debug, Default)]
pub(super) struct Succession {
    /// The newer one, until it is agreed on.
    next: BTreeMap<LocationId, ConnectionId>,
    /// The older one, and until when it is read.
    leaving: BTreeMap<LocationId, (ConnectionId, Instant)>,
}

impl Succession {
    /// A link is over.
    fn forget(&mut self, location: LocationId, id: ConnectionId) {
        if self.next.get(&location) == Some(&id) {
            self.next.remove(&location);
        }
        self.leaving
            .retain(|of, (leaving, _)| *of != location || *leaving != id);
    }

    /// When the next one is to be closed.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.leaving.values().map(|(_, until)| *until).min()
    }
}

impl Node {
    /// Whether another link is the one that both sides choose.
    pub(super) fn gives_way(&self, link: &Link, now: Now) -> bool {
        let location = link.location();
        let next = self.succession.next.get(&location);
        let next = next.and_then(|id| self.links.get(*id));
        let mut others = self.links.of(location).into_iter().chain(next);
        others.any(|other| is_crossing(other, link, now) && self.is_made_by_smaller(other))
    }

    pub(super) fn is_made_by_smaller(&self, link: &Link) -> bool {
        let we_are_smaller = self.config.location < link.location();
        link.is_ours() == we_are_smaller
    }

    /// A link begins: it stands for its machine, or will once it is agreed on.
    pub(super) fn enter(&mut self, link: Link, now: Now) {
        let (id, location) = (link.id, link.location());
        let standing = self.links.of(location);
        let is_useless = |old: &&Link| !old.agreement.is_done() && !is_crossing(old, &link, now);
        if let Some(old) = standing.filter(is_useless).map(|old| old.id) {
            self.drop_link(old, now);
        }
        self.links.insert(link);
        if self.links.stands(id) {
            return;
        }
        if let Some(before) = self.succession.next.insert(location, id) {
            self.drop_link(before, now);
        }
    }

    /// A link is agreed on; `true` if what follows is about this one: it stands for its machine, from now
    /// on if it did not before.
    pub(super) fn takes_over(&mut self, id: ConnectionId, now: Now) -> bool {
        let Some(location) = self.links.get(id).map(Link::location) else {
            return false;
        };
        if self.links.stands(id) {
            return true;
        }
        if self.succession.next.get(&location) != Some(&id) {
            // It was the older one, and its list came late.
            return false;
        }
        self.succession.next.remove(&location);
        if let Some(before) = self.links.stand(id) {
            self.services_down(before, now);
            self.leave_link(before, id, now);
        }
        true
    }

    /// The older link is read for a while, if the other side still has it.
    fn leave_link(&mut self, before: ConnectionId, id: ConnectionId, now: Now) {
        let both = self.links.get(before).zip(self.links.get(id));
        let Some((old, _)) = both.filter(|(old, new)| is_crossing(old, new, now)) else {
            return self.drop_link(before, now);
        };
        let left = (before, now.instant + LEAVE_TIME);
        if let Some((other, _)) = self.succession.leaving.insert(old.location(), left) {
            self.drop_link(other, now);
        }
    }

    /// A link that stood for its machine is over; `true` if another one does from now on.
    pub(super) fn is_succeeded(&mut self, location: LocationId) -> bool {
        let next = self.succession.next.remove(&location);
        next.is_some_and(|next| {
            self.links.stand(next);
            true
        })
    }

    /// A link is over.
    pub(super) fn forget_succession(&mut self, location: LocationId, id: ConnectionId) {
        self.succession.forget(location, id);
    }

    /// Closes what is no longer to be read.
    pub(super) fn leave_in_time(&mut self, now: Now) {
        let leaving = self.succession.leaving.values();
        let late = leaving.filter(|(_, until)| *until <= now.instant);
        for id in late.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.drop_link(id, now);
        }
    }

    fn drop_link(&mut self, id: ConnectionId, now: Now) {
        self.end_link(id, false, now);
        self.hang_up(id);
    }
}

fn is_crossing(old: &Link, new: &Link, now: Now) -> bool {
    now.instant < old.since + CROSSING_TIME && old.is_ours() != new.is_ours()
}
