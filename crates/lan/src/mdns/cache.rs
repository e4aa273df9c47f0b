//! What others have told: who is here, where, and for how long that holds.
//!
//! Kept only for people whose PTR record has come or whom somebody looks for, and for the hosts that
//! their SRV records name; so the rest of a network's multicast DNS leaves nothing behind.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::Event;
use super::codec::{A_TYPE, AAAA_TYPE, Data, Name, Record, Srv, is_local, txt_strings};
use super::links::{Dice, Shared};
use super::sighting::{Life, Pointer, Sighting, next_refresh, sweep_sighting};
use crate::Instance;
use crate::txt::Profile;

/// People on one interface, at most: a flood of invented services must not fill the memory, nor the
/// screen. The first stay.
const MAX_CONTACTS: usize = 1_000;
/// Hosts whose addresses are kept, at most, over all interfaces: twice the people.
const MAX_HOSTS: usize = 2_000;
/// Between two looks for hosts that nobody needs any more, where there is no room: each looks at
/// everybody, and a flood must not make us look for every record.
const FORGET_EVERY: Duration = Duration::from_secs(1);
/// Addresses of one host on one interface, at most: IPv6 gives a machine about five.
const MAX_ADDRESSES: usize = 16;
/// A goodbye, or a record that replaces others, takes effect after this long (RFC 6762, 10.1, 10.2).
const GRACE: Duration = Duration::from_secs(1);
/// How long somebody who did not answer has to show up again (RFC 6762, 10.4).
const DOUBT: Duration = Duration::from_secs(10);

/// One person, wherever seen.
#[derive(Debug, Default)]
struct Contact {
    on: BTreeMap<u32, Sighting>,
    /// What was told of them last; `None`: they are not in the roster.
    told: Option<Option<Profile>>,
}

#[derive(Clone, Copy, Debug)]
struct Address {
    address: IpAddr,
    life: Life,
}

/// An address of somebody's machine, and how it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// On which interface.
    pub(super) interface: u32,
    /// The address.
    pub(super) address: IpAddr,
    /// Where it listens, by the SRV record heard there.
    pub(super) port: u16,
    /// When it came.
    pub(super) received: Instant,
    /// With which packet.
    pub(super) serial: u64,
}

/// What a record did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// Nothing that anybody has to be told.
    Nothing,
    /// Somebody is here, or told something.
    Told(Instance),
    /// Somebody says goodbye.
    Leaves(Instance),
}

/// Everything that others have told.
#[derive(Debug, Default)]
pub(super) struct Cache {
    contacts: BTreeMap<Instance, Contact>,
    hosts: BTreeMap<(u32, Name), Vec<Address>>,
    /// When room was last made among them.
    forgot: Option<Instant>,
    /// How many are known on each interface.
    people: BTreeMap<u32, usize>,
    /// Who has left the roster and is not yet taken by [`take_gone`](Self::take_gone).
    gone: Vec<Instance>,
    /// No later than the next thing to do.
    due: Option<Instant>,
}

impl Cache {
    /// A PTR record of the service.
    pub(super) fn take_pointer(
        &mut self,
        interface: u32,
        instance: Instance,
        ttl: u32,
        serial: u64,
        dice: &mut Dice,
        now: Instant,
    ) -> Taken {
        if ttl == 0 {
            return self.goodbye(interface, instance, now);
        }
        if !self.has_room(interface, &instance) {
            return Taken::Nothing;
        }
        let life = Life::new(ttl, serial, now);
        let refresh = next_refresh(life, 0, dice);
        let sighting = self.sighting(interface, &instance);
        sighting.stays();
        sighting.pointer = Some(Pointer {
            life,
            refresh,
            is_doubted: false,
        });
        self.wake_for(interface, &instance);
        Taken::Told(instance)
    }

    fn goodbye(&mut self, interface: u32, instance: Instance, now: Instant) -> Taken {
        let Some(pointer) = self
            .sighting_mut(interface, &instance)
            .and_then(|sighting| sighting.pointer.as_mut())
        else {
            return Taken::Nothing;
        };
        pointer.life.end_by(now + GRACE);
        pointer.refresh = None;
        self.wake_for(interface, &instance);
        Taken::Leaves(instance)
    }

    /// An SRV record. `is_wanted`: somebody looks for this person, in the roster or not.
    pub(super) fn take_srv(
        &mut self,
        interface: u32,
        instance: Instance,
        record: &Record,
        is_wanted: bool,
        serial: u64,
        now: Instant,
    ) -> Taken {
        let Data::Srv(srv) = &record.data else {
            return Taken::Nothing;
        };
        let is_new = record.ttl > 0;
        if is_new && (!is_local(&srv.target) || srv.port == 0) {
            return Taken::Nothing;
        }
        if is_new && is_wanted && self.has_room(interface, &instance) {
            self.sighting(interface, &instance);
        }
        let Some(sighting) = self.sighting_mut(interface, &instance) else {
            return Taken::Nothing;
        };
        if !is_new {
            if let Some((_, life)) = sighting.srv.as_mut().filter(|(known, _)| known == srv) {
                life.end_by(now + GRACE);
            }
            sighting.has_no_srv = true;
            return self.after_goodbye(interface, instance, now);
        }
        sighting.stays();
        sighting.srv = Some((srv.clone(), Life::new(record.ttl, serial, now)));
        self.watch_host(interface, &srv.target, now);
        self.wake_for(interface, &instance);
        Taken::Told(instance)
    }

    /// A TXT record.
    pub(super) fn take_txt(
        &mut self,
        interface: u32,
        instance: Instance,
        record: &Record,
        serial: u64,
        now: Instant,
    ) -> Taken {
        let Data::Txt(data) = &record.data else {
            return Taken::Nothing;
        };
        let Some(sighting) = self.sighting_mut(interface, &instance) else {
            return Taken::Nothing;
        };
        if record.ttl == 0 {
            sighting.has_no_txt = true;
            return self.after_goodbye(interface, instance, now);
        }
        let profile = Profile::decode(txt_strings(data));
        sighting.stays();
        sighting.txt = Some((profile, Life::new(record.ttl, serial, now)));
        self.wake_for(interface, &instance);
        Taken::Told(instance)
    }

    /// Somebody whose SRV and TXT are both taken back is gone, unless more comes within a second.
    fn after_goodbye(&mut self, interface: u32, instance: Instance, now: Instant) -> Taken {
        let Some(sighting) = self.sighting_mut(interface, &instance) else {
            return Taken::Nothing;
        };
        let leaves = sighting.has_no_srv && sighting.has_no_txt;
        if leaves {
            sighting.leaves = Some(now + GRACE);
        }
        self.wake_for(interface, &instance);
        if leaves {
            Taken::Leaves(instance)
        } else {
            Taken::Nothing
        }
    }

    /// An address record, of a host that somebody's SRV record names.
    pub(super) fn take_address(
        &mut self,
        interface: u32,
        record: &Record,
        is_loopback: bool,
        serial: u64,
        now: Instant,
    ) {
        let address = match &record.data {
            Data::A(address) => IpAddr::V4(*address),
            Data::Aaaa(address) => IpAddr::V6(*address),
            Data::Ptr(_) | Data::Srv(_) | Data::Txt(_) | Data::Null(_) | Data::Other(_) => return,
        };
        if !is_connectable(address, is_loopback) {
            return;
        }
        let Some(known) = self.hosts.get_mut(&(interface, record.name.clone())) else {
            return;
        };
        if record.ttl == 0 {
            for entry in known.iter_mut().filter(|entry| entry.address == address) {
                entry.life.end_by(now + GRACE);
            }
        } else {
            if record.is_flush {
                for entry in known.iter_mut().filter(|entry| {
                    entry.address.is_ipv4() == address.is_ipv4()
                        && entry.life.received + GRACE < now
                }) {
                    entry.life.end_by(now + GRACE);
                }
            }
            known.retain(|entry| entry.address != address && entry.life.ends > now);
            if known.len() >= MAX_ADDRESSES {
                known.remove(0);
            }
            known.push(Address {
                address,
                life: Life::new(record.ttl, serial, now),
            });
        }
        let ends: Vec<_> = known.iter().map(|entry| entry.life.ends).collect();
        for end in ends {
            self.wake_at(end);
        }
    }

    /// Tells what is new about somebody.
    pub(super) fn report(&mut self, instance: &Instance, shared: &mut Shared) {
        let Some(contact) = self.contacts.get_mut(instance) else {
            return;
        };
        let is_here = contact.on.values().any(|s| s.pointer.is_some());
        if !is_here {
            if contact.told.take().is_some() {
                shared.tell(Event::Gone(instance.clone()));
                self.gone.push(instance.clone());
            }
            return;
        }
        let profile = contact
            .on
            .values()
            .filter_map(|sighting| sighting.txt.as_ref())
            .max_by_key(|(_, life)| life.serial)
            .map(|(profile, _)| profile);
        let is_news = match &contact.told {
            None => true,
            // What was told holds until something else is told.
            Some(told) => profile.is_some() && told.as_ref() != profile,
        };
        if is_news {
            contact.told = Some(profile.cloned());
            shared.tell(Event::Seen {
                instance: instance.clone(),
                profile: profile.cloned().map(Box::new),
            });
        }
    }

    /// Who has left the roster since the last call.
    pub(super) fn take_gone(&mut self) -> Vec<Instance> {
        std::mem::take(&mut self.gone)
    }

    /// Lets go what has ended, and tells it; returns the interfaces on which to ask for everybody
    /// again, because somebody's record is about to end.
    pub(super) fn sweep(&mut self, shared: &mut Shared, now: Instant) -> BTreeSet<u32> {
        let mut ask = BTreeSet::new();
        if self.due.is_none_or(|due| due > now) {
            return ask;
        }
        let mut changed = Vec::new();
        for (instance, contact) in &mut self.contacts {
            let mut has_changed = false;
            for (interface, sighting) in &mut contact.on {
                has_changed |= sweep_sighting(sighting, now);
                // After a long sleep several are over at once.
                while let Some(pointer) = &mut sighting.pointer
                    && let Some((at, step)) = pointer.refresh
                    && at <= now
                {
                    ask.insert(*interface);
                    pointer.refresh = next_refresh(pointer.life, step + 1, &mut shared.dice);
                }
            }
            contact.on.retain(|_, sighting| !sighting.is_empty());
            if has_changed {
                changed.push(instance.clone());
            }
        }
        self.tell_changes(&changed, shared);
        for addresses in self.hosts.values_mut() {
            addresses.retain(|entry| entry.life.ends > now);
        }
        self.forget_hosts();
        self.due = self.next_due();
        ask
    }

    /// What was heard on this interface is gone with it.
    pub(super) fn remove_interface(&mut self, interface: u32, shared: &mut Shared) {
        let changed: Vec<_> = self
            .contacts
            .iter_mut()
            .filter_map(|(instance, contact)| {
                contact.on.remove(&interface).map(|_| instance.clone())
            })
            .collect();
        self.tell_changes(&changed, shared);
        self.hosts.retain(|(on, _), _| *on != interface);
    }

    /// Somebody is one of us: not in the roster.
    pub(super) fn forget(&mut self, instance: &Instance, shared: &mut Shared) {
        if let Some(contact) = self.contacts.get_mut(instance) {
            contact.on.clear();
            self.tell_changes(core::slice::from_ref(instance), shared);
        }
    }

    /// Somebody did not answer: they are asked for anew, and gone unless their PTR record comes.
    pub(super) fn doubt(&mut self, instance: &Instance, now: Instant) {
        let Some(contact) = self.contacts.get_mut(instance) else {
            return;
        };
        for sighting in contact.on.values_mut() {
            if let Some(pointer) = &mut sighting.pointer {
                pointer.is_doubted = true;
                pointer.life.received = now;
                pointer.life.ttl = DOUBT;
                pointer.life.end_by(now + DOUBT);
                pointer.refresh = Some((now, 0));
            }
        }
        self.wake_at(now);
    }

    /// Who is known on an interface, with what is left of their PTR record's life in seconds, if it
    /// is more than half of it (RFC 6762, 7.1).
    pub(super) fn known_pointers(
        &self,
        interface: u32,
        now: Instant,
    ) -> impl Iterator<Item = (&Instance, u32)> {
        self.contacts.iter().filter_map(move |(instance, contact)| {
            let pointer = contact.on.get(&interface)?.pointer.as_ref()?;
            let left = pointer.life.ends.saturating_duration_since(now);
            (!pointer.is_doubted && left * 2 > pointer.life.ttl)
                .then_some((instance, left.as_secs() as u32))
        })
    }

    /// The interfaces on which somebody is in the roster.
    pub(super) fn interfaces_of(&self, instance: &Instance) -> Vec<u32> {
        let sightings = self.contacts.get(instance).into_iter();
        sightings
            .flat_map(|contact| &contact.on)
            .filter(|(_, sighting)| sighting.pointer.is_some())
            .map(|(interface, _)| *interface)
            .collect()
    }

    /// Whether somebody is in the roster and has not said goodbye everywhere.
    pub(super) fn stays(&self, instance: &Instance, now: Instant) -> bool {
        let sightings = self.contacts.get(instance).into_iter();
        sightings
            .flat_map(|contact| contact.on.values())
            .filter_map(Sighting::ends)
            .any(|ends| ends > now + GRACE)
    }

    /// Their SRV record on an interface.
    pub(super) fn srv(&self, interface: u32, instance: &Instance, now: Instant) -> Option<&Srv> {
        let (srv, life) = self.sighting_of(interface, instance)?.srv.as_ref()?;
        (life.ends > now).then_some(srv)
    }

    /// Whether their TXT record is known on an interface.
    pub(super) fn has_txt(&self, interface: u32, instance: &Instance) -> bool {
        self.sighting_of(interface, instance)
            .is_some_and(|sighting| sighting.txt.is_some())
    }

    /// The addresses of their machine, on all interfaces.
    pub(super) fn addresses(&self, instance: &Instance, now: Instant) -> Vec<Found> {
        let sightings = self.contacts.get(instance).into_iter();
        sightings
            .flat_map(|contact| contact.on.keys())
            .filter_map(|interface| Some((*interface, self.srv(*interface, instance, now)?)))
            .flat_map(|(interface, srv)| {
                let host = self.hosts.get(&(interface, srv.target.clone()));
                host.into_iter()
                    .flatten()
                    .filter(|entry| entry.life.ends > now)
                    .map(move |entry| Found {
                        interface,
                        address: entry.address,
                        port: srv.port,
                        received: entry.life.received,
                        serial: entry.life.serial,
                    })
            })
            .collect()
    }

    /// No later than the next thing to do.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Entries of all kinds: what the bounds keep small.
    pub(super) fn size(&self) -> usize {
        let sightings: usize = self.contacts.values().map(|c| 1 + c.on.len()).sum();
        let addresses: usize = self.hosts.values().map(|host| 1 + host.len()).sum();
        sightings + addresses
    }

    fn tell_changes(&mut self, changed: &[Instance], shared: &mut Shared) {
        for instance in changed {
            self.report(instance, shared);
            if self
                .contacts
                .get(instance)
                .is_some_and(|contact| contact.on.is_empty())
            {
                self.contacts.remove(instance);
            }
        }
        self.count_people();
    }

    fn has_room(&self, interface: u32, instance: &Instance) -> bool {
        self.sighting_of(interface, instance).is_some()
            || self.people.get(&interface).copied().unwrap_or_default() < MAX_CONTACTS
    }

    fn sighting(&mut self, interface: u32, instance: &Instance) -> &mut Sighting {
        let contact = self.contacts.entry(instance.clone()).or_default();
        contact.on.entry(interface).or_insert_with(|| {
            *self.people.entry(interface).or_default() += 1;
            Sighting::default()
        })
    }

    fn count_people(&mut self) {
        self.people.clear();
        for interface in self.contacts.values().flat_map(|contact| contact.on.keys()) {
            *self.people.entry(*interface).or_default() += 1;
        }
    }

    fn sighting_of(&self, interface: u32, instance: &Instance) -> Option<&Sighting> {
        self.contacts.get(instance)?.on.get(&interface)
    }

    fn sighting_mut(&mut self, interface: u32, instance: &Instance) -> Option<&mut Sighting> {
        self.contacts.get_mut(instance)?.on.get_mut(&interface)
    }

    fn watch_host(&mut self, interface: u32, host: &Name, now: Instant) {
        let key = (interface, host.clone());
        if self.hosts.contains_key(&key) {
            return;
        }
        let is_rested = |at| now.saturating_duration_since(at) >= FORGET_EVERY;
        if self.hosts.len() >= MAX_HOSTS && self.forgot.is_none_or(is_rested) {
            self.forgot = Some(now);
            self.forget_hosts();
        }
        if self.hosts.len() < MAX_HOSTS {
            self.hosts.insert(key, Vec::new());
        }
    }

    /// Only hosts that an SRV record names are kept.
    fn forget_hosts(&mut self) {
        let named: BTreeSet<_> = self
            .contacts
            .values()
            .flat_map(|contact| &contact.on)
            .filter_map(|(interface, sighting)| {
                let (srv, _) = sighting.srv.as_ref()?;
                Some((*interface, srv.target.clone()))
            })
            .collect();
        self.hosts.retain(|host, _| named.contains(host));
    }

    fn wake_for(&mut self, interface: u32, instance: &Instance) {
        let deadlines: Vec<_> = self
            .sighting_of(interface, instance)
            .into_iter()
            .flat_map(Sighting::deadlines)
            .collect();
        for at in deadlines {
            self.wake_at(at);
        }
    }

    fn wake_at(&mut self, at: Instant) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    fn next_due(&self) -> Option<Instant> {
        let sightings = self.contacts.values().flat_map(|c| c.on.values());
        let addresses = self.hosts.values().flatten().map(|entry| entry.life.ends);
        sightings
            .flat_map(Sighting::deadlines)
            .chain(addresses)
            .min()
    }
}

/// Whether it is an address that one machine may have, and not our own loop in disguise.
fn is_connectable(address: IpAddr, is_loopback: bool) -> bool {
    let is_broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    !address.is_unspecified()
        && !address.is_multicast()
        && !is_broadcast
        && (is_loopback || !address.to_canonical().is_loopback())
}

/// Whether a record is an address.
pub(super) const fn is_address(record: &Record) -> bool {
    matches!(record.data.kind(), A_TYPE | AAAA_TYPE)
}
