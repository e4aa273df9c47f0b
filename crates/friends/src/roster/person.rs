//! One person, as the roster has them, and their record.

use std::collections::{BTreeMap, BTreeSet};

use identity::PublicProfile;
use serde::{Deserialize, Serialize};
use wire_retroshare::{Fingerprint, LocationId, PgpId};

use crate::api::{Standing, Trust};
use crate::dial::Places;
use crate::hex;

/// Machines of one person, at most. Beyond, the one seen longest ago is forgotten.
pub(crate) const MAX_LOCATIONS: usize = 16;
/// Friends through whom somebody is known, at most that are remembered.
pub(crate) const MAX_THROUGH: usize = 32;
/// Bytes of a name or version that are shown: as many as RetroShare lets one choose.
pub(crate) const MAX_SHOWN: usize = 64;

/// What is known of a person's key.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    /// The key itself.
    Known(Box<PublicProfile>),
    /// Its fingerprint, from a short invite; the key itself comes by discovery.
    Expected(Fingerprint),
    /// Nothing but the id: somebody called whose certificate does not tell more.
    Unknown,
}

/// A person.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) standing: Standing,
    pub(crate) key: Key,
    /// The fingerprint that the certificate of a caller tells, while their key is not known. Nothing was
    /// verified, so it means nothing before they are approved.
    pub(crate) claimed: Option<Fingerprint>,
    /// As an invite gave it; the key's counts once it is known.
    pub(crate) invited_as: String,
    pub(crate) trust: Trust,
    pub(crate) locations: BTreeMap<LocationId, Machine>,
    /// Friends who list them.
    pub(crate) through: BTreeSet<PgpId>,
    /// When they asked or were denied last, in milliseconds since 1970.
    pub(crate) asked_at: u64,
    /// Which half is missing; not kept.
    pub(crate) hint: Option<String>,
    /// Friends, or we, who have signed the key; computed when a key changes, as every signature takes a
    /// while.
    pub(crate) signed_by: BTreeSet<PgpId>,
}

/// One machine of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) places: Places,
    /// In milliseconds since 1970; 0: never.
    pub(crate) last_seen: u64,
    /// It has shown a certificate of its owner's from which its id is made; otherwise somebody said so.
    pub(crate) is_proven: bool,
}

impl Person {
    pub(crate) fn new(standing: Standing, key: Key) -> Self {
        Self {
            standing,
            key,
            claimed: None,
            invited_as: String::new(),
            trust: Trust::Unknown,
            locations: BTreeMap::new(),
            through: BTreeSet::new(),
            asked_at: 0,
            hint: None,
            signed_by: BTreeSet::new(),
        }
    }

    /// The key, where it is known.
    pub(crate) fn profile(&self) -> Option<&PublicProfile> {
        match &self.key {
            Key::Known(profile) => Some(profile),
            Key::Expected(_) | Key::Unknown => None,
        }
    }

    /// The fingerprint, where it is known.
    pub(crate) fn fingerprint(&self) -> Option<Fingerprint> {
        match &self.key {
            Key::Known(profile) => Some(profile.fingerprint()),
            Key::Expected(fingerprint) => Some(*fingerprint),
            Key::Unknown => None,
        }
    }

    /// The fingerprint, where it is known or at least told.
    pub(crate) fn told_fingerprint(&self) -> Option<Fingerprint> {
        self.fingerprint().or(self.claimed)
    }

    /// They are approved: of a caller who has told a fingerprint it is that key or none.
    pub(crate) fn approve(&mut self) {
        self.standing = Standing::Friend;
        if let (Key::Unknown, Some(claimed)) = (&self.key, self.claimed.take()) {
            self.key = Key::Expected(claimed);
        }
    }

    /// Whether they are approved.
    pub(crate) fn is_friend(&self) -> bool {
        self.standing == Standing::Friend
    }

    /// Approved, and their key is still to come.
    pub(crate) fn is_pending(&self) -> bool {
        self.is_friend() && self.profile().is_none()
    }

    /// What they call themselves; of those whose key is not known, the invite's name or the id.
    pub(crate) fn own_name(&self, id: PgpId) -> String {
        let name = match &self.key {
            Key::Known(profile) => profile.name(),
            Key::Expected(_) | Key::Unknown => self.invited_as.as_str(),
        };
        match cut(name.trim(), MAX_SHOWN) {
            "" => id.to_string(),
            name => name.to_owned(),
        }
    }

    /// The machine, made if it is new and there is room; where there is none, that of a machine which
    /// was never seen, or not for long. `spare`: those that have a link.
    pub(crate) fn machine(
        &mut self,
        location: LocationId,
        spare: impl Fn(LocationId) -> bool,
    ) -> Option<&mut Machine> {
        if !self.locations.contains_key(&location) && self.locations.len() >= MAX_LOCATIONS {
            let idle = self.locations.iter().filter(|(id, _)| !spare(**id));
            let oldest = idle.min_by_key(|(_, machine)| machine.last_seen);
            let oldest = oldest.map(|(id, _)| *id)?;
            self.locations.remove(&oldest);
        }
        Some(self.locations.entry(location).or_default())
    }

    /// The machine seen last: whom a letter names as its receiver.
    pub(crate) fn latest(&self) -> Option<LocationId> {
        let latest = self.locations.iter().max_by_key(|(_, m)| m.last_seen);
        latest.map(|(id, _)| *id)
    }
}

/// The beginning of a text, of at most so many bytes.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

/// A person's record.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    standing: Standing,
    #[serde(default)]
    key: String,
    #[serde(default)]
    fingerprint: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    claimed: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    trust: Trust,
    #[serde(default)]
    locations: Vec<KeptLocation>,
    #[serde(default)]
    through: Vec<String>,
    #[serde(default)]
    asked_at: u64,
    /// PGP ids; `None`: never computed.
    #[serde(default)]
    signed_by: Option<Vec<String>>,
}

#[derive(Serialize, Deserialize)]
struct KeptLocation {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    places: Places,
    #[serde(default)]
    last_seen: u64,
    #[serde(default)]
    is_proven: bool,
}

/// A person as a record has them.
pub(crate) struct Restored {
    pub(crate) person: Person,
    /// Whether it says who has signed the key.
    pub(crate) is_counted: bool,
}

impl Kept {
    /// The record of a person.
    pub(crate) fn of(person: &Person) -> Self {
        let location = |(id, machine): (&LocationId, &Machine)| KeptLocation {
            id: id.to_string(),
            name: machine.name.clone(),
            version: machine.version.clone(),
            places: machine.places.clone(),
            last_seen: machine.last_seen,
            is_proven: machine.is_proven,
        };
        let key = person.profile().map(|p| hex::encode(p.packets()));
        let claimed = person.claimed.map(|claimed| claimed.to_string());
        let fingerprint = match &person.key {
            Key::Expected(fingerprint) => fingerprint.to_string(),
            Key::Known(_) | Key::Unknown => String::new(),
        };
        Self {
            standing: person.standing,
            key: key.unwrap_or_default(),
            fingerprint,
            claimed: claimed.unwrap_or_default(),
            name: person.invited_as.clone(),
            trust: person.trust,
            locations: person.locations.iter().map(location).collect(),
            through: person.through.iter().map(PgpId::to_string).collect(),
            asked_at: person.asked_at,
            signed_by: Some(person.signed_by.iter().map(PgpId::to_string).collect()),
        }
    }

    /// The person of a record.
    ///
    /// # Errors
    /// What is damaged, as a fragment of a sentence.
    pub(crate) fn restore(self, id: PgpId) -> Result<Restored, String> {
        let key = self.key(id)?;
        let mut person = Person::new(self.standing, key);
        let claimed = self.claimed.parse::<Fingerprint>().ok();
        person.claimed = claimed.filter(|claimed| claimed.pgp_id() == id);
        person.invited_as = self.name;
        person.trust = self.trust;
        person.asked_at = self.asked_at;
        let through = self.through.iter().filter_map(|text| text.parse().ok());
        person.through = through.take(MAX_THROUGH).collect();
        let is_counted = self.signed_by.is_some();
        let signers = self.signed_by.into_iter().flatten();
        person.signed_by = signers.filter_map(|text| text.parse().ok()).collect();
        for location in self.locations.into_iter().take(MAX_LOCATIONS) {
            let Ok(id) = location.id.parse() else {
                return Err(format!("{:?} is no id of a machine", location.id));
            };
            let machine = Machine {
                name: location.name,
                version: location.version,
                places: location.places.bounded(),
                last_seen: location.last_seen,
                is_proven: location.is_proven,
            };
            person.locations.insert(id, machine);
        }
        Ok(Restored { person, is_counted })
    }

    fn key(&self, id: PgpId) -> Result<Key, String> {
        if !self.key.is_empty() {
            let packets = hex::decode(&self.key).ok_or("the key is damaged")?;
            let profile = PublicProfile::parse(&packets).map_err(|error| error.to_string())?;
            if profile.pgp_id() != id {
                return Err("the key is another person's".into());
            }
            return Ok(Key::Known(Box::new(profile)));
        }
        if self.fingerprint.is_empty() {
            return Ok(Key::Unknown);
        }
        let fingerprint: Fingerprint = self
            .fingerprint
            .parse()
            .map_err(|error| format!("the fingerprint is damaged: {error}"))?;
        if fingerprint.pgp_id() != id {
            return Err("the fingerprint is another person's".into());
        }
        Ok(Key::Expected(fingerprint))
    }
}
