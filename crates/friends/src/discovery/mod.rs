//! Discovery: names, addresses and keys, told from friend to friend [RS-5].
//!
//! When a link is agreed on, each side tells its own contact, then the ids of its friends. Of those we do
//! not know, the keys are asked for: they are friends of a friend, shown and nothing more until both
//! sides approve. Friends of both are told where the other is. All but the own contact and the own key
//! can be switched off.
//!
//! What a friend says of a third person is hearsay: it never changes a key, and an address only decides
//! where we call; whoever answers there has to show the certificate.

mod contact;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use core::net::{IpAddr, SocketAddr};
use identity::{PublicProfile, fingerprint_of};
use model::Now;
use wire_retroshare::discovery::{Contact, Discovery as DiscoveryItem, ListMode};
use wire_retroshare::{Item, LocationId, PgpId, Service};

use self::contact::{about, places, seen_address};
pub(crate) use self::contact::{all_v6, first_v4};
use crate::api::Standing;
use crate::dial::Source;
use crate::effects::{Effects, Peer};
use crate::link::Links;
use crate::roster::{Key, MAX_LOCATIONS, MAX_SHOWN, MAX_THROUGH, Person, Roster, cut};

/// Keys asked for at once of one friend: what they know beyond that is learnt when they come again.
pub(crate) const MAX_ASKED: usize = 100;
/// Keys answered with at once: as many as we have friends.
const MAX_ANSWERED: usize = 1000;
/// Bytes of one key that is passed on; larger ones go without what others signed.
const MAX_KEY: usize = 128 * 1024;
/// People of whom one link has brought no usable key, at most that are remembered; beyond, it is asked for no
/// more keys. An honest friend has none of these, but for keys of kinds that only they support.
const MAX_BAD: usize = 200;
/// Contacts that one list may cause, so that a list of thousands is no flood from us.
const MAX_CONTACTS: usize = 1000;

/// What the node has to do something about.
#[derive(Debug)]
pub(crate) enum News {
    /// The key of a friend who is known by invite, from their own machine.
    Key(LocationId, Bytes),
    /// A friend's machine may be elsewhere, or is new.
    Place(LocationId),
    /// Somebody is otherwise shown.
    Changed(PgpId),
    /// Somebody is no longer known.
    Gone(String),
}

/// What is told, and what was asked.
#[derive(Debug)]
pub(crate) struct Discovery {
    is_on: bool,
    me: Me,
    /// Keys that machines were asked for.
    asked: BTreeMap<LocationId, BTreeSet<PgpId>>,
    /// Whose keys came over a link and could not be used: they are not asked for again there, as each try
    /// costs us signatures to check.
    bad: BTreeMap<LocationId, BTreeSet<PgpId>>,
    /// From where friends see us.
    seen_from: Option<IpAddr>,
}

/// This machine.
#[derive(Clone, Debug)]
pub(crate) struct Me {
    pub(crate) profile: PgpId,
    pub(crate) location: LocationId,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) port: u16,
    /// Where it can be reached.
    pub(crate) addresses: Vec<SocketAddr>,
}

/// The rest of the node, lent for one call.
pub(crate) struct Around<'a> {
    pub(crate) roster: &'a mut Roster,
    pub(crate) links: &'a Links,
    pub(crate) fx: &'a mut Effects,
    pub(crate) now: Now,
}

impl Discovery {
    /// Nothing was told yet.
    pub(crate) fn new(is_on: bool, me: Me) -> Self {
        Self {
            is_on,
            me,
            asked: BTreeMap::new(),
            bad: BTreeMap::new(),
            seen_from: None,
        }
    }

    /// Where this machine can be reached: as the shell says, and as friends see it.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        let mut all = self.me.addresses.clone();
        let seen = self.seen_from.map(|ip| SocketAddr::new(ip, self.me.port));
        if let Some(seen) = seen.filter(|at| !all.contains(at)) {
            all.push(seen);
        }
        all
    }

    /// This machine is elsewhere: friends who are online are told.
    pub(crate) fn moved(
        &mut self,
        addresses: Vec<SocketAddr>,
        links: &Links,
        fx: &mut Effects,
        now: Now,
    ) {
        self.me.addresses = addresses;
        self.seen_from = None;
        for peer in links.all_with(Service::DISCOVERY) {
            fx.send(peer.location, self.own_contact(now));
        }
    }

    fn own_contact(&self, now: Now) -> Item {
        let mode = if self.is_on { 2 } else { 0 };
        let seconds = now.wall.0 / 1000;
        contact(about(&self.me, &self.addresses(), seconds, mode))
    }

    /// A link is agreed on: both tell who they are.
    pub(crate) fn peer_up(
        &mut self,
        peer: Peer,
        at: Option<SocketAddr>,
        fx: &mut Effects,
        now: Now,
    ) {
        fx.send(peer.location, self.own_contact(now));
        let identities = DiscoveryItem::Identities(Vec::new());
        fx.send(peer.location, Item::Discovery(identities));
        if let Some(at) = at {
            // They learn from where we see them.
            let them = Me {
                profile: peer.profile,
                location: peer.location,
                name: String::new(),
                version: String::new(),
                port: 0,
                addresses: Vec::new(),
            };
            let mut seen = about(&them, &[], 0, 0);
            contact::set_current(&mut seen, at);
            fx.send(peer.location, contact(seen));
        }
    }

    /// A link is over.
    pub(crate) fn peer_down(&mut self, location: LocationId) {
        self.asked.remove(&location);
        self.bad.remove(&location);
    }

    /// Friends have become more or fewer.
    pub(crate) fn friends_changed(&self, roster: &Roster, links: &Links, fx: &mut Effects) {
        for peer in links.all_with(Service::DISCOVERY) {
            self.tell_friends(peer.location, roster, fx);
        }
    }

    fn tell_friends(&self, to: LocationId, roster: &Roster, fx: &mut Effects) {
        if !self.is_on {
            return;
        }
        let friends = roster.friends().filter(|(_, person)| !person.is_pending());
        let list = DiscoveryItem::PgpList {
            mode: ListMode::Friends,
            ids: friends.map(|(id, _)| id).collect(),
        };
        fx.send(to, Item::Discovery(list));
    }

    /// An item came. `is_limited`: the sender's key is still to come.
    pub(crate) fn handle(
        &mut self,
        from: Peer,
        is_limited: bool,
        item: DiscoveryItem,
        around: &mut Around<'_>,
    ) -> Vec<News> {
        match item {
            DiscoveryItem::Contact(found) => self.contact_came(from, is_limited, &found, around),
            DiscoveryItem::PgpList { mode, ids } => match mode {
                ListMode::SendKeys => {
                    self.send_keys(from, is_limited, &ids, around);
                    Vec::new()
                }
                ListMode::Friends if self.is_on && !is_limited => {
                    self.friends_of(from, &ids, around)
                }
                ListMode::Friends | ListMode::Unknown(_) => Vec::new(),
            },
            DiscoveryItem::PgpKey { id, key } => self.key_came(from, is_limited, id, key, around),
            DiscoveryItem::Identities(_) | DiscoveryItem::OldKey => Vec::new(),
        }
    }

    fn contact_came(
        &mut self,
        from: Peer,
        is_limited: bool,
        found: &Contact,
        around: &mut Around<'_>,
    ) -> Vec<News> {
        if found.location_id == self.me.location {
            if found.pgp_id == self.me.profile && !is_limited {
                let seen = seen_address(found).map(|at| at.ip());
                self.seen_from = seen.filter(|ip| !ip.is_loopback() && !ip.is_unspecified());
            }
            return Vec::new();
        }
        if found.location_id == from.location {
            if found.pgp_id != from.profile {
                return Vec::new();
            }
            self.ask_keys(from.location, BTreeSet::from([from.profile]), around.fx);
            if is_limited {
                return self.learn(found, Source::Owner, around);
            }
            self.tell_friends(from.location, around.roster, around.fx);
            return self.learn(found, Source::Owner, around);
        }
        let owner = around.roster.owner(found.location_id);
        let is_known = owner == Some(found.pgp_id);
        let is_new = owner.is_none() && around.roster.is_friend(found.pgp_id);
        if is_limited || !self.is_on || !(is_known || is_new) {
            return Vec::new();
        }
        self.learn(found, Source::Hearsay, around)
    }

    /// Keeps what a contact says of a friend's machine.
    fn learn(&self, found: &Contact, source: Source, around: &mut Around<'_>) -> Vec<News> {
        let Some(person) = around.roster.get(found.pgp_id).filter(|p| p.is_friend()) else {
            return Vec::new();
        };
        let location = found.location_id;
        let owner = around.roster.owner(location);
        if owner.is_some_and(|owner| owner != found.pgp_id) {
            return Vec::new();
        }
        let before = person.locations.get(&location).cloned();
        if before.is_none() && person.locations.len() >= MAX_LOCATIONS {
            // Hearsay forgets no machine that is known better.
            return Vec::new();
        }
        let mut after = before.clone().unwrap_or_default();
        let seconds = around.now.wall.0 / 1000;
        let mut is_elsewhere = false;
        for place in places(found) {
            is_elsewhere |= after.places.learn(&place, source, seconds);
        }
        for (shown, told) in [
            (&mut after.name, &found.location),
            (&mut after.version, &found.version),
        ] {
            let told = cut(told.trim(), MAX_SHOWN);
            // What a machine tells of itself counts, and others fill what it left open.
            if !told.is_empty() && (source == Source::Owner || shown.is_empty()) {
                told.clone_into(shown);
            }
        }
        let mut news = Vec::new();
        if before.as_ref() != Some(&after) {
            let links = around.links;
            around.roster.change(found.pgp_id, |person| {
                if let Some(machine) = person.machine(location, |id| links.has(id)) {
                    *machine = after;
                }
            });
            news.push(News::Changed(found.pgp_id));
        }
        if is_elsewhere || before.is_none() {
            news.push(News::Place(location));
        }
        news
    }

    /// Which keys they want, as far as we give them.
    fn send_keys(
        &self,
        from: Peer,
        is_limited: bool,
        ids: &BTreeSet<PgpId>,
        around: &mut Around<'_>,
    ) {
        let roster = &*around.roster;
        let given = ids.iter().take(MAX_ANSWERED).filter(|id| {
            **id == self.me.profile || (self.is_on && !is_limited && roster.is_friend(**id))
        });
        for id in given {
            let Some(profile) = roster.get(*id).and_then(Person::profile) else {
                continue;
            };
            let packets = if profile.packets().len() > MAX_KEY {
                profile.minimal_packets()
            } else {
                profile.packets()
            };
            let key = DiscoveryItem::PgpKey {
                id: *id,
                key: Bytes::copy_from_slice(packets),
            };
            around.fx.send(from.location, Item::Discovery(key));
        }
    }

    fn ask_keys(&mut self, of: LocationId, mut ids: BTreeSet<PgpId>, fx: &mut Effects) {
        if let Some(bad) = self.bad.get(&of) {
            let is_full = bad.len() >= MAX_BAD;
            ids.retain(|id| !is_full && !bad.contains(id));
        }
        if ids.is_empty() {
            return;
        }
        let asked = self.asked.entry(of).or_default();
        if asked.len() + ids.len() > 2 * MAX_ASKED {
            // They never answered.
            asked.clear();
        }
        asked.extend(ids.iter().copied());
        let list = DiscoveryItem::PgpList {
            mode: ListMode::SendKeys,
            ids,
        };
        fx.send(of, Item::Discovery(list));
    }

    /// Who a friend's friends are.
    fn friends_of(
        &mut self,
        from: Peer,
        ids: &BTreeSet<PgpId>,
        around: &mut Around<'_>,
    ) -> Vec<News> {
        let mut news = self.no_longer(from.profile, ids, around.roster);
        let mut missing = BTreeSet::new();
        for id in ids.iter().filter(|id| **id != from.profile) {
            let Some(person) = around.roster.get(*id) else {
                if missing.len() < MAX_ASKED && around.roster.has_room(Standing::FriendOfFriend) {
                    missing.insert(*id);
                }
                continue;
            };
            if person.profile().is_none() && !person.is_friend() && missing.len() < MAX_ASKED {
                missing.insert(*id);
            }
            if *id != self.me.profile
                && !person.through.contains(&from.profile)
                && person.through.len() < MAX_THROUGH
            {
                around
                    .roster
                    .change(*id, |person| person.through.insert(from.profile));
                news.push(News::Changed(*id));
            }
        }
        self.ask_keys(from.location, missing, around.fx);
        self.introduce(from, ids, around);
        news
    }

    /// Those whom a friend does not list any more.
    fn no_longer(&self, friend: PgpId, ids: &BTreeSet<PgpId>, roster: &mut Roster) -> Vec<News> {
        let listed: Vec<PgpId> = roster
            .people()
            .filter(|(id, person)| person.through.contains(&friend) && !ids.contains(id))
            .map(|(id, _)| id)
            .collect();
        listed
            .into_iter()
            .map(|id| forget_through(id, friend, roster))
            .collect()
    }

    /// Friends of both learn where the other is.
    fn introduce(&self, from: Peer, ids: &BTreeSet<PgpId>, around: &mut Around<'_>) {
        let roster = &*around.roster;
        let mut told = 0;
        let both = ids
            .iter()
            .filter(|id| **id != from.profile && **id != self.me.profile)
            .filter(|id| roster.is_friend(**id));
        for id in both {
            for (location, found) in contacts(*id, roster, around.links) {
                if location != from.location && told < MAX_CONTACTS {
                    told += 1;
                    around.fx.send(from.location, contact(found));
                }
            }
            let links = around.links.with(*id, Service::DISCOVERY);
            let online: Vec<LocationId> = links.map(|link| link.location()).collect();
            for to in online {
                for (_, found) in contacts(from.profile, roster, around.links) {
                    if told < MAX_CONTACTS {
                        told += 1;
                        around.fx.send(to, contact(found));
                    }
                }
            }
        }
    }

    fn key_came(
        &mut self,
        from: Peer,
        is_limited: bool,
        id: PgpId,
        key: Bytes,
        around: &mut Around<'_>,
    ) -> Vec<News> {
        let asked = self.asked.get_mut(&from.location);
        if !asked.is_some_and(|asked| asked.remove(&id)) {
            return Vec::new();
        }
        if is_limited {
            return if id == from.profile {
                vec![News::Key(from.location, key)]
            } else {
                Vec::new()
            };
        }
        let Some(profile) = key_of(id, &key) else {
            let bad = self.bad.entry(from.location).or_default();
            if bad.len() < MAX_BAD {
                bad.insert(id);
            }
            return Vec::new();
        };
        let Some(person) = around.roster.get(id) else {
            return stranger(from.profile, profile, around.roster);
        };
        // Of somebody approved by invite only their own machine may bring the key.
        let is_other = person
            .told_fingerprint()
            .is_some_and(|known| known != profile.fingerprint());
        if is_other || person.is_pending() || !around.roster.renew_key(id, &profile) {
            return Vec::new();
        }
        vec![News::Changed(id)]
    }
}

/// A friend no longer lists somebody, or is none any more.
pub(crate) fn forget_through(id: PgpId, friend: PgpId, roster: &mut Roster) -> News {
    roster.change(id, |person| person.through.remove(&friend));
    let name = roster.name(id);
    let is_over = roster.get(id).is_some_and(|person| {
        person.standing == Standing::FriendOfFriend && person.through.is_empty()
    });
    if is_over {
        roster.forget(id);
        return News::Gone(name);
    }
    News::Changed(id)
}

/// The key that these packets are, if it is the one that was asked for; nothing is verified if not.
fn key_of(id: PgpId, packets: &[u8]) -> Option<PublicProfile> {
    fingerprint_of(packets).filter(|found| found.pgp_id() == id)?;
    PublicProfile::parse(packets).ok()
}

/// The key of a friend's friend.
fn stranger(friend: PgpId, profile: PublicProfile, roster: &mut Roster) -> Vec<News> {
    if !roster.has_room(Standing::FriendOfFriend) {
        return Vec::new();
    }
    let id = profile.pgp_id();
    let mut person = Person::new(Standing::FriendOfFriend, Key::Known(Box::new(profile)));
    person.through.insert(friend);
    roster.enter(id, person);
    vec![News::Changed(id)]
}

/// What is told of somebody's machines.
fn contacts(id: PgpId, roster: &Roster, links: &Links) -> Vec<(LocationId, Contact)> {
    let Some(person) = roster.get(id) else {
        return Vec::new();
    };
    let machines = person.locations.iter();
    machines
        .map(|(location, machine)| {
            (
                *location,
                contact::of_machine(id, *location, machine, links),
            )
        })
        .collect()
}

fn contact(found: Contact) -> Item {
    Item::Discovery(DiscoveryItem::Contact(Box::new(found)))
}
