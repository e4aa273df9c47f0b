//! What people are called, and whom a name means.

use std::collections::BTreeSet;

use wire_retroshare::{Fingerprint, LocationId, PgpId};

use super::Roster;
use crate::files::Names;

impl Roster {
    /// What somebody is called: the profile's name, with `#` and the end of the id where two have the
    /// same, or where it could be somebody's id. A friend's name is only shared with friends: a stranger who
    /// takes it gets the `#`.
    pub(crate) fn name(&self, id: PgpId) -> String {
        let Some(person) = self.people.get(&id) else {
            return id.to_string();
        };
        let name = person.own_name(id);
        let others = self.by_name.get(&name);
        let rivals = others.into_iter().flatten().filter(|other| **other != id);
        let is_shared = rivals
            .filter(|other| !person.is_friend() || self.is_friend(**other))
            .count()
            > 0;
        if name == id.to_string() || !(is_shared || is_an_id(&name)) {
            return name;
        }
        format!("{name}#{}", &id.to_string()[8..])
    }

    /// Whom `who` means, among everybody known.
    ///
    /// # Errors
    /// A sentence: nobody, or more than one.
    pub(crate) fn resolve(&self, who: &str) -> Result<PgpId, String> {
        let who = who.trim();
        if let Some(id) = self.by_id(who) {
            return Ok(id);
        }
        let shown = |id: &PgpId| !self.is_hidden(*id);
        let is = |id: &PgpId| shown(id) && self.name(*id) == who;
        if let Some(id) = self.people.keys().copied().find(|id| is(id)) {
            return Ok(id);
        }
        let wished = who.to_lowercase();
        let alike = |id: &PgpId| {
            let person = self.people.get(id);
            shown(id)
                && (person.is_some_and(|p| p.own_name(*id).to_lowercase() == wished)
                    || self.name(*id).to_lowercase() == wished)
        };
        let mut found: BTreeSet<PgpId> = self.people.keys().copied().filter(alike).collect();
        if found.len() > 1 {
            let friends = found.iter().copied().filter(|id| self.is_friend(*id));
            let friends: BTreeSet<PgpId> = friends.collect();
            if friends.len() == 1 {
                found = friends;
            }
        }
        match found.pop_first() {
            Some(id) if found.is_empty() => Ok(id),
            Some(id) => Err(format!(
                "more than one person is called {who:?}: write {:?} or one of the others in full",
                self.name(id)
            )),
            None => Err(format!(
                "nobody called {who:?} is known here: look at the list of friends, or add their \
                 certificate first"
            )),
        }
    }

    /// Whether `who` means ourselves, also while we are not shown.
    pub(crate) fn is_us(&self, who: &str) -> bool {
        let who = who.trim();
        let me = self.get(self.own);
        let fingerprint = me.and_then(|me| me.fingerprint());
        who.parse() == Ok(self.own)
            || who == self.name(self.own)
            || fingerprint.is_some_and(|own| who.parse() == Ok(own))
    }

    fn by_id(&self, who: &str) -> Option<PgpId> {
        let id = match who.len() {
            16 => who.parse::<PgpId>().ok()?,
            32 => *self.by_location.get(&who.parse::<LocationId>().ok()?)?,
            40 => {
                let fingerprint = who.parse::<Fingerprint>().ok()?;
                let id = fingerprint.pgp_id();
                let person = self.people.get(&id)?;
                (person.told_fingerprint() == Some(fingerprint)).then_some(id)?
            }
            _ => return None,
        };
        (self.people.contains_key(&id) && !self.is_hidden(id)).then_some(id)
    }
}

/// Whether it would be taken for an id.
fn is_an_id(name: &str) -> bool {
    matches!(name.len(), 16 | 32 | 40) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Names for Roster {
    fn friend(&self, who: &str) -> Result<PgpId, String> {
        let id = self.resolve(who)?;
        if self.is_friend(id) {
            return Ok(id);
        }
        Err(format!(
            "{} is no friend: approve them first",
            self.name(id)
        ))
    }

    fn name(&self, profile: PgpId) -> String {
        Self::name(self, profile)
    }
}
