//! All connections, and which link stands for which machine.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use core::net::{IpAddr, SocketAddr};
use wire_retroshare::{LocationId, PgpId};

use super::Link;
use crate::effects::Peer;
use crate::output::ConnectionId;
use crate::roster::MAX_LOCATIONS;

/// Connections made to us that have not shown a certificate, at most: a handshake takes a second, so
/// this is more than honest friends need even after a power cut.
pub(crate) const MAX_ACCEPTED: usize = 64;
/// Of these, from one address: a few people behind one router.
pub(crate) const MAX_ACCEPTED_FROM_ONE: usize = 8;
/// The handshake is done within this.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// A connection made to us, before its certificate.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) from: SocketAddr,
    pub(crate) until: Instant,
}

/// The connections.
#[derive(Debug, Default)]
pub(crate) struct Links {
    all: BTreeMap<ConnectionId, Link>,
    /// The one link of each machine that what is for it goes by.
    standing: BTreeMap<LocationId, ConnectionId>,
    accepted: BTreeMap<ConnectionId, Accepted>,
}

/// Whether a connection made to us is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Welcome {
    No,
    Yes,
    /// That one has to be closed.
    InsteadOf(ConnectionId),
}

impl Links {
    /// A connection made to us. Where there are too many, the one that has waited longest is given up
    /// for it: whoever only holds connections open must not keep friends out.
    pub(crate) fn accept(&mut self, id: ConnectionId, from: SocketAddr, now: Instant) -> Welcome {
        let ip: IpAddr = from.ip();
        let same = self.accepted.values().filter(|a| a.from.ip() == ip).count();
        if same >= MAX_ACCEPTED_FROM_ONE {
            return Welcome::No;
        }
        let oldest = match self.accepted.len() >= MAX_ACCEPTED {
            true => self.accepted.pop_first().map(|(oldest, _)| oldest),
            false => None,
        };
        let until = now + HANDSHAKE_TIME;
        self.accepted.insert(id, Accepted { from, until });
        oldest.map_or(Welcome::Yes, Welcome::InsteadOf)
    }

    /// It is no longer one whose certificate is waited for.
    pub(crate) fn take_accepted(&mut self, id: ConnectionId) -> Option<Accepted> {
        self.accepted.remove(&id)
    }

    /// All of them, which are given up.
    pub(crate) fn take_all_accepted(&mut self) -> Vec<ConnectionId> {
        std::mem::take(&mut self.accepted).into_keys().collect()
    }

    /// Those whose handshake takes too long.
    pub(crate) fn late(&self, now: Instant) -> Vec<ConnectionId> {
        let late = self.accepted.iter().filter(|(_, a)| a.until <= now);
        late.map(|(id, _)| *id).collect()
    }

    /// A new link. It stands for its machine, unless another one does.
    pub(crate) fn insert(&mut self, link: Link) {
        self.standing.entry(link.location()).or_insert(link.id);
        self.all.insert(link.id, link);
    }

    /// From now on this link stands for its machine; the one that did is answered with.
    pub(crate) fn stand(&mut self, id: ConnectionId) -> Option<ConnectionId> {
        let location = self.get(id)?.location();
        self.standing.insert(location, id)
    }

    /// Whether it stands for its machine.
    pub(crate) fn stands(&self, id: ConnectionId) -> bool {
        self.get(id)
            .is_some_and(|link| self.standing.get(&link.location()) == Some(&id))
    }

    /// It is over.
    pub(crate) fn remove(&mut self, id: ConnectionId) -> Option<Link> {
        let link = self.all.remove(&id)?;
        if self.standing.get(&link.location()) == Some(&id) {
            self.standing.remove(&link.location());
        }
        Some(link)
    }

    /// One link.
    pub(crate) fn get(&self, id: ConnectionId) -> Option<&Link> {
        self.all.get(&id)
    }

    /// One link.
    pub(crate) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Link> {
        self.all.get_mut(&id)
    }

    /// The link of a machine.
    pub(crate) fn of(&self, location: LocationId) -> Option<&Link> {
        self.get(*self.standing.get(&location)?)
    }

    /// The link of a machine.
    pub(crate) fn of_mut(&mut self, location: LocationId) -> Option<&mut Link> {
        self.all.get_mut(self.standing.get(&location)?)
    }

    /// Whether a machine has a link, be it new.
    pub(crate) fn has(&self, location: LocationId) -> bool {
        self.standing.contains_key(&location)
    }

    /// Whether somebody may have one more link, to this machine: a link that it has makes room.
    pub(crate) fn has_room(&self, profile: PgpId, location: LocationId) -> bool {
        let theirs = self.standing().filter(|link| link.peer.profile == profile);
        let others = theirs.filter(|link| link.location() != location);
        others.count() < MAX_LOCATIONS
    }

    /// The one link of each machine.
    fn standing(&self) -> impl Iterator<Item = &Link> {
        self.standing.values().filter_map(|id| self.all.get(id))
    }

    /// All links.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Link> {
        self.all.values()
    }

    /// All links.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Link> {
        self.all.values_mut()
    }

    /// Whether a machine is online: a link stands, and both have said what they offer.
    pub(crate) fn is_online(&self, location: LocationId) -> bool {
        self.of(location).is_some_and(is_online)
    }

    /// Whether one of somebody's machines is online.
    pub(crate) fn has_online(&self, profile: PgpId) -> bool {
        let mut online = self.standing().filter(|link| is_online(link));
        online.any(|link| link.peer.profile == profile)
    }

    /// The machines of somebody that are online with this service.
    pub(crate) fn with(&self, profile: PgpId, service: u16) -> impl Iterator<Item = &Link> {
        self.standing()
            .filter(move |link| link.peer.profile == profile && link.agreement.passes(service))
            .filter(|link| is_online(link))
    }

    /// Everybody who is online with this service.
    pub(crate) fn all_with(&self, service: u16) -> impl Iterator<Item = Peer> {
        let links = self.standing().filter(|link| is_online(link));
        links
            .filter(move |link| link.agreement.passes(service))
            .map(|link| link.peer)
    }

    /// When something is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let links = self.iter().map(Link::deadline);
        let accepted = self.accepted.values().map(|accepted| accepted.until);
        links.chain(accepted).min()
    }

    /// Connections and bytes held, for checks of the bounds.
    pub(crate) fn size(&self) -> (usize, usize) {
        let held = self.iter().map(Link::held).sum();
        (self.all.len() + self.accepted.len(), held)
    }
}

/// Both lists were exchanged. A friend whose key is still to come is not yet online.
fn is_online(link: &Link) -> bool {
    link.agreement.is_done() && !link.agreement.is_limited()
}
