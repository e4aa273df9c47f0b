//! Who is approved, denied, blocked; who asked; who is known through friends [RS-3] [RS-5].
//!
//! Our own profile is one of the people: its other machines are linked as a friend's are, and it is
//! shown once it has one.

mod admission;
mod names;
mod person;

use std::collections::{BTreeMap, BTreeSet};

use identity::PublicProfile;
use wire_retroshare::{LocationId, PgpId};

pub(crate) use self::admission::{Claim, Knock, Proof, Verdict};
use self::person::{Kept, Restored};
pub(crate) use self::person::{Key, MAX_LOCATIONS, MAX_SHOWN, MAX_THROUGH, Machine, Person, cut};
use crate::api::Standing;
use crate::effects::Effects;
use crate::kept::{Area, Change, Record, json};

/// Friends, at most: each may have a link, lists of files and a history.
pub(crate) const MAX_FRIENDS: usize = 1000;
/// People who asked and have no answer, at most; beyond, the one who asked longest ago is forgotten.
pub(crate) const MAX_ASKING: usize = 100;
/// Friends' friends that are remembered, at most: a screenful of screenfuls.
pub(crate) const MAX_STRANGERS: usize = 500;
/// Denied and blocked people, at most each. Who is to be denied beyond that is forgotten instead, which
/// lets them ask again.
pub(crate) const MAX_SHUT_OUT: usize = 1000;

/// Everybody.
#[derive(Debug)]
pub(crate) struct Roster {
    own: PgpId,
    own_location: LocationId,
    people: BTreeMap<PgpId, Person>,
    by_location: BTreeMap<LocationId, PgpId>,
    by_name: BTreeMap<String, BTreeSet<PgpId>>,
    /// Whose records are to be written.
    unsaved: BTreeSet<PgpId>,
    /// The hour that `asks` counts, in hours since 1970.
    hour: u64,
    asks: u32,
}

impl Roster {
    /// From what was kept; what is damaged is answered with, and stays where it is.
    pub(crate) fn new(
        own: &PublicProfile,
        own_location: LocationId,
        records: &[Record],
    ) -> (Self, Vec<String>) {
        let mut roster = Self {
            own: own.pgp_id(),
            own_location,
            people: BTreeMap::new(),
            by_location: BTreeMap::new(),
            by_name: BTreeMap::new(),
            unsaved: BTreeSet::new(),
            hour: 0,
            asks: 0,
        };
        let mut damaged = Vec::new();
        let mut uncounted = BTreeSet::new();
        let people = records
            .iter()
            .filter(|record| record.area == Area::Friends && !record.key.contains('/'));
        for record in people {
            match restore(record) {
                Ok((id, Restored { person, is_counted })) => {
                    roster.people.insert(id, person);
                    if !is_counted {
                        uncounted.insert(id);
                    }
                }
                Err(why) => damaged.push(format!(
                    "what was kept of the friend {} cannot be read ({why}): add their certificate \
                     again",
                    record.key
                )),
            }
        }
        let me = roster
            .people
            .entry(own.pgp_id())
            .or_insert_with(|| Person::new(Standing::Friend, Key::Unknown));
        me.standing = Standing::Friend;
        me.key = Key::Known(Box::new(match me.profile() {
            Some(kept) => own.merged(kept),
            None => own.clone(),
        }));
        me.locations.remove(&own_location);
        roster.index(&uncounted);
        (roster, damaged)
    }

    /// `uncounted`: those of whom it is not known who has signed their keys.
    fn index(&mut self, uncounted: &BTreeSet<PgpId>) {
        self.by_location.clear();
        self.by_name.clear();
        for (id, person) in &self.people {
            let name = person.own_name(*id);
            self.by_name.entry(name).or_default().insert(*id);
        }
        for is_proven in [true, false] {
            for (id, person) in &self.people {
                let machines = person.locations.iter();
                for (location, _) in machines.filter(|(_, m)| m.is_proven == is_proven) {
                    self.by_location.entry(*location).or_insert(*id);
                }
            }
        }
        for (id, person) in &mut self.people {
            own_only(&mut self.by_location, *id, person);
        }
        let friends = self
            .friends()
            .filter(|(_, person)| person.profile().is_some());
        let friends: BTreeSet<PgpId> = friends.map(|(id, _)| id).collect();
        for (id, person) in &mut self.people {
            person
                .signed_by
                .retain(|by| by != id && friends.contains(by));
        }
        // Our own key is not from a record alone.
        self.count_signers(self.own);
        for id in uncounted {
            self.count_signers(*id);
            self.unsaved.insert(*id);
        }
    }

    /// Our own id.
    pub(crate) fn own(&self) -> PgpId {
        self.own
    }

    /// Our own machine.
    pub(crate) fn own_location(&self) -> LocationId {
        self.own_location
    }

    /// Whether this machine is meant.
    pub(crate) fn is_own_location(&self, location: LocationId) -> bool {
        location == self.own_location
    }

    /// Our own key.
    pub(crate) fn own_profile(&self) -> Option<&PublicProfile> {
        self.get(self.own)?.profile()
    }

    /// Somebody.
    pub(crate) fn get(&self, id: PgpId) -> Option<&Person> {
        self.people.get(&id)
    }

    /// Whose machine this is.
    pub(crate) fn owner(&self, location: LocationId) -> Option<PgpId> {
        self.by_location.get(&location).copied()
    }

    /// One machine.
    pub(crate) fn machine(&self, location: LocationId) -> Option<&Machine> {
        let owner = self.owner(location)?;
        self.people.get(&owner)?.locations.get(&location)
    }

    /// Whether they are approved.
    pub(crate) fn is_friend(&self, id: PgpId) -> bool {
        self.get(id).is_some_and(Person::is_friend)
    }

    /// Ourselves, while we have no other machine.
    pub(crate) fn is_hidden(&self, id: PgpId) -> bool {
        id == self.own && self.get(id).is_some_and(|me| me.locations.is_empty())
    }

    /// Everybody who is shown.
    pub(crate) fn people(&self) -> impl Iterator<Item = (PgpId, &Person)> {
        let people = self.people.iter().map(|(id, person)| (*id, person));
        people.filter(|(id, _)| !self.is_hidden(*id))
    }

    /// All approved people, ourselves among them.
    pub(crate) fn friends(&self) -> impl Iterator<Item = (PgpId, &Person)> {
        let people = self.people.iter().map(|(id, person)| (*id, person));
        people.filter(|(_, person)| person.is_friend())
    }

    fn count(&self, standing: Standing) -> usize {
        let people = self.people.values();
        people.filter(|person| person.standing == standing).count()
    }

    /// Changes somebody, and keeps what changed. A machine that is another's stays so.
    pub(crate) fn change<T>(&mut self, id: PgpId, how: impl FnOnce(&mut Person) -> T) -> Option<T> {
        let person = self.people.get_mut(&id)?;
        let name = person.own_name(id);
        let locations: Vec<LocationId> = person.locations.keys().copied().collect();
        let result = how(person);
        let new_name = person.own_name(id);
        for location in locations {
            if !person.locations.contains_key(&location) {
                self.by_location.remove(&location);
            }
        }
        own_only(&mut self.by_location, id, person);
        if new_name != name {
            self.unname(id, &name);
            self.by_name.entry(new_name).or_default().insert(id);
        }
        self.unsaved.insert(id);
        Some(result)
    }

    /// Somebody new.
    pub(crate) fn enter(&mut self, id: PgpId, mut new: Person) {
        let name = new.own_name(id);
        own_only(&mut self.by_location, id, &mut new);
        self.people.insert(id, new);
        self.by_name.entry(name).or_default().insert(id);
        self.count_signers(id);
        self.unsaved.insert(id);
    }

    /// Forgets somebody wholly.
    pub(crate) fn forget(&mut self, id: PgpId) {
        let Some(person) = self.people.remove(&id) else {
            return;
        };
        let name = person.own_name(id);
        self.unname(id, &name);
        self.by_location.retain(|_, owner| *owner != id);
        self.unsaved.insert(id);
    }

    fn unname(&mut self, id: PgpId, name: &str) {
        if let Some(ids) = self.by_name.get_mut(name) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_name.remove(name);
            }
        }
    }

    /// Adds or renews a key that is known to be the right one.
    pub(crate) fn renew_key(&mut self, id: PgpId, key: &PublicProfile) -> bool {
        let Some(person) = self.people.get(&id) else {
            return false;
        };
        let renewed = match person.profile() {
            Some(known) => known.merged(key),
            None => key.clone(),
        };
        if person.profile() == Some(&renewed) {
            return false;
        }
        self.change(id, |person| person.key = Key::Known(Box::new(renewed)));
        self.count_signers_in(id, key);
        true
    }

    /// Whose signatures are on somebody's key, among friends and ourselves [RS-5].
    fn count_signers(&mut self, id: PgpId) {
        if let Some(key) = self.get(id).and_then(Person::profile).cloned() {
            self.count_signers_in(id, &key);
        }
    }

    /// The same, of those alone whose signatures have come with `news`: what is known already is not checked
    /// again, so that the work is in proportion to what came.
    fn count_signers_in(&mut self, id: PgpId, news: &PublicProfile) {
        let Some(key) = self.get(id).and_then(Person::profile) else {
            return;
        };
        let others = self.friends().filter(|(signer, _)| *signer != id);
        let keys = others.filter_map(|(signer, person)| Some((signer, person.profile()?)));
        let named = keys.filter(|(_, signer)| news.is_said_to_be_certified_by(signer));
        let counted: Vec<(PgpId, bool)> = named
            .map(|(signer, by)| (signer, key.certified_by(by)))
            .collect();
        let Some(person) = self.people.get_mut(&id) else {
            return;
        };
        for (signer, has_signed) in counted {
            if has_signed {
                person.signed_by.insert(signer);
            } else {
                person.signed_by.remove(&signer);
            }
        }
    }

    /// Somebody became a friend, or is none any more: what they have signed counts, or not.
    pub(crate) fn count_signatures_of(&mut self, signer: PgpId) {
        let by = self.get(signer).filter(|person| person.is_friend());
        let by = by.and_then(|person| person.profile().cloned());
        for (id, person) in &mut self.people {
            let was_signed = person.signed_by.remove(&signer);
            let is_signed = by
                .as_ref()
                .filter(|_| *id != signer)
                .zip(person.profile())
                .is_some_and(|(by, key)| key.certified_by(by));
            if is_signed {
                person.signed_by.insert(signer);
            }
            if is_signed != was_signed {
                self.unsaved.insert(*id);
            }
        }
    }

    /// Whether there is room for one more of this standing.
    pub(crate) fn has_room(&self, standing: Standing) -> bool {
        let max = match standing {
            Standing::Friend => MAX_FRIENDS,
            Standing::Asks => MAX_ASKING,
            Standing::FriendOfFriend => MAX_STRANGERS,
            Standing::Denied | Standing::Blocked => MAX_SHUT_OUT,
        };
        self.count(standing) < max
    }

    /// Forgets those who asked longest ago, beyond so many.
    pub(crate) fn trim(&mut self, standing: Standing, max: usize) {
        while self.count(standing) > max {
            let those = self.people.iter().filter(|(_, p)| p.standing == standing);
            let oldest = those.min_by_key(|(_, person)| person.asked_at);
            let Some(oldest) = oldest.map(|(id, _)| *id) else {
                return;
            };
            self.forget(oldest);
        }
    }

    /// Writes what has changed.
    pub(crate) fn save(&mut self, fx: &mut Effects) {
        for id in std::mem::take(&mut self.unsaved) {
            let person = self.people.get(&id);
            let value = person.map(|person| json(&Kept::of(person)));
            fx.keep(Change {
                area: Area::Friends,
                key: id.to_string(),
                value,
            });
        }
    }
}

/// Their machines are theirs from now on, but for those that are another's.
fn own_only(owners: &mut BTreeMap<LocationId, PgpId>, id: PgpId, person: &mut Person) {
    person
        .locations
        .retain(|location, _| *owners.entry(*location).or_insert(id) == id);
}

fn restore(record: &Record) -> Result<(PgpId, Restored), String> {
    let id: PgpId = record
        .key
        .parse()
        .map_err(|error| format!("its key is no id: {error}"))?;
    let kept: Kept = serde_json::from_slice(&record.value).map_err(|error| error.to_string())?;
    Ok((id, kept.restore(id)?))
}
