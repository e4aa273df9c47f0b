//! Adding, approving, denying, removing, blocking [RS-3] [RS-5].

use identity::PublicProfile;
use model::Now;
use wire_retroshare::{LocationId, PgpId};

use super::Node;
use super::texts::{Pasted, Whose, read};
use crate::api::{Friend, Notice, Standing, Trust};
use crate::dial::Source;
use crate::discovery::{News, forget_through};
use crate::output::{ConnectionId, Place};
use crate::roster::{Claim, Key, MAX_FRIENDS, MAX_SHOWN, Person, Proof, cut};

impl Node {
    /// Approves whoever a certificate or invite is of [RS-2].
    ///
    /// # Errors
    /// A sentence; nothing is changed then.
    pub(super) fn add(&mut self, text: &str, now: Now) -> Result<Box<Friend>, String> {
        let (whose, pasted) = read(text)?;
        if pasted.location == Some(self.config.location) {
            return Err("this is your own text: give it to your friend, and add theirs".into());
        }
        let (id, key, name) = match whose {
            Whose::Key(packets) => {
                let profile = PublicProfile::parse(&packets).map_err(|error| {
                    format!(
                        "the key in the certificate cannot be used: {error}; ask your friend for a new \
                         certificate"
                    )
                })?;
                (
                    profile.pgp_id(),
                    Key::Known(Box::new(profile)),
                    String::new(),
                )
            }
            Whose::Expected(fingerprint, name) => {
                let name = cut(name.trim(), MAX_SHOWN).to_owned();
                (fingerprint.pgp_id(), Key::Expected(fingerprint), name)
            }
        };
        self.check_addition(id, &key)?;
        self.befriend(id, &key, &name, &pasted, now);
        self.friend(id)
    }

    fn check_addition(&self, id: PgpId, key: &Key) -> Result<(), String> {
        let new = Person::new(Standing::Friend, key.clone());
        let Some(person) = self.roster.get(id) else {
            return self.check_room();
        };
        let who = self.roster.name(id);
        if person.standing == Standing::Blocked {
            return Err(format!("{who} is blocked: unblock them first"));
        }
        let is_other = person
            .fingerprint()
            .zip(new.fingerprint())
            .is_some_and(|(known, new)| known != new);
        if is_other {
            return Err(format!(
                "{who} is known with another key, of which the id only looks the same: somebody may be \
                 deceiving you; nothing was changed; ask {who} for the fingerprint, and remove them first \
                 if this is the right text"
            ));
        }
        if id == self.roster.own() || person.is_friend() {
            return Ok(());
        }
        self.check_room()
    }

    fn check_room(&self) -> Result<(), String> {
        if self.roster.has_room(Standing::Friend) {
            return Ok(());
        }
        Err(format!(
            "there are {MAX_FRIENDS} friends, and more are not possible: remove one first"
        ))
    }

    fn befriend(&mut self, id: PgpId, key: &Key, name: &str, pasted: &Pasted, now: Now) {
        let old_names = self.names_like(key, id, name);
        if self.roster.get(id).is_none() {
            let mut person = Person::new(Standing::Friend, key.clone());
            name.clone_into(&mut person.invited_as);
            self.roster.enter(id, person);
        }
        self.roster.change(id, |person| {
            person.standing = Standing::Friend;
            person.hint = None;
            if person.invited_as.is_empty() {
                name.clone_into(&mut person.invited_as);
            }
            if matches!((&person.key, key), (Key::Unknown, Key::Expected(_))) {
                person.key = key.clone();
            }
            person.claimed = None;
        });
        let was_pending = self.roster.get(id).is_some_and(Person::is_pending);
        if let Key::Known(profile) = key {
            self.roster.renew_key(id, profile);
        }
        self.add_places(id, pasted, now);
        self.approved(id, was_pending, now);
        self.tell_renamed(&old_names);
    }

    fn add_places(&mut self, id: PgpId, pasted: &Pasted, now: Now) {
        let Some(location) = pasted.location else {
            return;
        };
        let links = &self.links;
        // A text is no proof of whose a machine is: anybody can write another's machine into their own.
        let claim = self
            .roster
            .claim(location, id, Proof::Word, |id| links.has(id));
        match claim {
            Claim::Theirs | Claim::NoRoom => {}
            Claim::Others(owner) => {
                let (who, owner) = (self.roster.name(id), self.roster.name(owner));
                self.fx.notice(Notice::Warning(format!(
                    "the machine in the text of {who} is known as one of {owner}, and stays so: {who} can \
                     still call; ask {who} for a new text if they never come online"
                )));
            }
        }
        let seconds = now.wall.0 / 1000;
        self.roster.change(id, |person| {
            if let Some(machine) = person.locations.get_mut(&location) {
                for place in &pasted.places {
                    machine.places.learn(place, Source::Owner, seconds);
                }
                if machine.name.is_empty() {
                    machine.name = cut(&pasted.location_name, MAX_SHOWN).to_owned();
                }
            }
        });
    }

    /// Somebody is a friend from now on: they are called, and what they signed counts.
    fn approved(&mut self, id: PgpId, was_pending: bool, now: Now) {
        self.roster.count_signatures_of(id);
        let locations: Vec<LocationId> = self.locations(id);
        for location in locations {
            self.refusals.remove(&location);
            if let Some(machine) = self.roster.machine(location) {
                for place in machine.places.iter() {
                    if let Place::Address(at) = place {
                        self.abuse.forgive(at.ip());
                    }
                }
            }
            if !self.config.is_offline {
                self.dialer.want(location, now.instant);
                self.dialer.hurry(location, now.instant);
            }
        }
        self.told_refusal.remove(&id);
        self.changed.insert(id);
        let profile = self.roster.get(id).and_then(Person::profile).cloned();
        if let Some(profile) = profile.filter(|_| was_pending) {
            self.completed(id, &profile, now);
        } else {
            self.friends_changed();
        }
    }

    fn locations(&self, id: PgpId) -> Vec<LocationId> {
        let person = self.roster.get(id);
        person.map_or_else(Vec::new, |person| {
            person.locations.keys().copied().collect()
        })
    }

    /// Friends who get, or lose, the `#` when somebody of their name comes or goes.
    fn names_like(&self, key: &Key, id: PgpId, name: &str) -> Vec<(PgpId, String)> {
        let mut new = Person::new(Standing::Friend, key.clone());
        name.clone_into(&mut new.invited_as);
        let name = new.own_name(id);
        self.namesakes(id, &name)
    }

    fn namesakes(&self, id: PgpId, name: &str) -> Vec<(PgpId, String)> {
        let people = self.roster.people();
        let same = people.filter(|(other, person)| *other != id && person.own_name(*other) == name);
        same.map(|(other, _)| (other, self.roster.name(other)))
            .collect()
    }

    fn tell_renamed(&mut self, before: &[(PgpId, String)]) {
        for (id, name) in before {
            if self.roster.name(*id) != *name {
                self.fx.notice(Notice::NoFriend(name.clone()));
                self.changed.insert(*id);
            }
        }
    }

    /// Approves somebody who asked, or who is known through a friend.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn approve(&mut self, who: &str, now: Now) -> Result<Box<Friend>, String> {
        let id = self.roster.resolve(who)?;
        let Some(person) = self.roster.get(id) else {
            return Err(format!("{who} is not known here"));
        };
        match person.standing {
            Standing::Friend => return Err(format!("{who} is a friend already")),
            Standing::Blocked => return Err(format!("{who} is blocked: unblock them first")),
            Standing::Asks | Standing::Denied | Standing::FriendOfFriend => {}
        }
        self.check_room()?;
        let name = person.own_name(id);
        let namesakes = self.namesakes(id, &name);
        self.roster.change(id, Person::approve);
        self.approved(id, false, now);
        self.tell_renamed(&namesakes);
        self.friend(id)
    }

    /// Does not approve somebody who asked.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn deny(&mut self, who: &str, now: Now) -> Result<(), String> {
        let id = self.roster.resolve(who)?;
        match self.roster.get(id).map(|person| person.standing) {
            Some(Standing::Friend) => Err(format!(
                "{who} is a friend: remove or block them to take that back"
            )),
            Some(Standing::Blocked) => Err(format!("{who} is blocked already")),
            Some(Standing::Asks | Standing::Denied | Standing::FriendOfFriend) => {
                self.shut_out(id, Standing::Denied, now);
                Ok(())
            }
            None => Err(format!("{who} is not known here")),
        }
    }

    fn shut_out(&mut self, id: PgpId, standing: Standing, now: Now) {
        self.roster.change(id, |person| {
            person.standing = standing;
            person.asked_at = now.wall.0;
            person.hint = None;
        });
        self.roster.trim(standing, crate::roster::MAX_SHUT_OUT);
        self.changed.insert(id);
    }

    /// No friend any more.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn remove(&mut self, who: &str, now: Now) -> Result<(), String> {
        let id = self.roster.resolve(who)?;
        if id == self.roster.own() {
            return self.remove_own_machines(now);
        }
        let name = self.roster.name(id);
        if self.roster.is_friend(id) {
            self.unfriend(id, now);
        }
        let is_known = self
            .roster
            .get(id)
            .is_some_and(|person| !person.through.is_empty() && person.profile().is_some());
        if is_known && self.roster.has_room(Standing::FriendOfFriend) {
            self.roster.change(id, |person| {
                person.standing = Standing::FriendOfFriend;
                person.trust = Trust::Unknown;
                person.hint = None;
            });
        } else {
            self.roster.forget(id);
            self.changed.remove(&id);
        }
        self.fx.notice(Notice::NoFriend(name));
        Ok(())
    }

    /// Our other machines are none of ours any more.
    fn remove_own_machines(&mut self, now: Now) -> Result<(), String> {
        let own = self.roster.own();
        let name = self.roster.name(own);
        self.cut_off(own, now);
        self.roster.change(own, |me| me.locations.clear());
        self.fx.notice(Notice::NoFriend(name));
        Ok(())
    }

    /// Ends what a friend has with us; their standing is still to be changed.
    fn unfriend(&mut self, id: PgpId, now: Now) {
        let own_name = self.roster.get(id).map(|person| person.own_name(id));
        let namesakes = own_name.map_or_else(Vec::new, |name| self.namesakes(id, &name));
        self.cut_off(id, now);
        self.roster
            .change(id, |person| person.standing = Standing::Denied);
        self.roster.count_signatures_of(id);
        let people = self.roster.people();
        let through: Vec<PgpId> = people
            .filter(|(_, person)| person.through.contains(&id))
            .map(|(other, _)| other)
            .collect();
        for other in through {
            match forget_through(other, id, &mut self.roster) {
                News::Changed(other) => {
                    self.changed.insert(other);
                }
                News::Gone(name) => self.fx.notice(Notice::NoFriend(name)),
                News::Key(..) | News::Place(_) => {}
            }
        }
        let (chat, mut cx) = self.chat_and_context(now);
        chat.drop_friend(id, &mut cx);
        let (mail, mut cx) = self.mail_and_context(now);
        mail.drop_friend(id, &mut cx);
        self.files.forget_profile(id, &mut self.fx, now);
        self.told_refusal.remove(&id);
        self.tell_renamed(&namesakes);
        self.friends_changed();
    }

    /// Ends all links and calls.
    fn cut_off(&mut self, id: PgpId, now: Now) {
        for location in self.locations(id) {
            self.refusals.remove(&location);
            if let Some(call) = self.dialer.unwant(location) {
                self.hang_up(call);
            }
        }
        let links = self.links.iter().filter(|link| link.peer.profile == id);
        for link in links.map(|link| link.id).collect::<Vec<ConnectionId>>() {
            self.end_link(link, false, now);
            self.hang_up(link);
        }
    }

    /// Never to be heard of again, or no longer so.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn block(&mut self, who: &str, is_blocked: bool, now: Now) -> Result<(), String> {
        let id = match (self.roster.resolve(who), who.trim().parse::<PgpId>()) {
            (Ok(id), _) => id,
            // Somebody may be blocked before they were ever heard of.
            (Err(_), Ok(id)) if is_blocked => id,
            (Err(why), _) => return Err(why),
        };
        if id == self.roster.own() {
            return Err("this is you: nobody can block themselves".into());
        }
        if self.roster.get(id).is_none() {
            self.roster
                .enter(id, Person::new(Standing::Denied, Key::Unknown));
        }
        let standing = self.roster.get(id).map(|person| person.standing);
        if is_blocked {
            let name = self.roster.name(id);
            if standing == Some(Standing::Friend) {
                self.unfriend(id, now);
            }
            self.shut_out(id, Standing::Blocked, now);
            self.fx.notice(Notice::NoFriend(name));
            return Ok(());
        }
        if standing != Some(Standing::Blocked) {
            return Err(format!("{who} is not blocked"));
        }
        self.shut_out(id, Standing::Denied, now);
        Ok(())
    }

    /// Keeps a key that our profile has signed.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn signed(&mut self, key: &[u8]) -> Result<(), String> {
        let key = PublicProfile::parse(key)
            .map_err(|error| format!("the signed key cannot be used: {error}"))?;
        let id = key.pgp_id();
        let known = self.roster.get(id).and_then(Person::profile);
        if known.is_none_or(|known| known.fingerprint() != key.fingerprint()) {
            return Err(format!(
                "the key {} is not known here: add its owner first",
                key.fingerprint()
            ));
        }
        let own = self.roster.own_profile();
        if !own.is_some_and(|own| key.certified_by(own)) {
            return Err("our signature is not on that key: sign it first".into());
        }
        self.roster.renew_key(id, &key);
        self.changed.insert(id);
        Ok(())
    }

    /// How far we trust somebody's judgement.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn trust(&mut self, who: &str, level: Trust) -> Result<(), String> {
        let id = self.roster.resolve(who)?;
        self.roster.change(id, |person| person.trust = level);
        self.changed.insert(id);
        Ok(())
    }

    pub(super) fn friend(&self, id: PgpId) -> Result<Box<Friend>, String> {
        match self.view(id) {
            Some(friend) => Ok(Box::new(friend)),
            None => Err("nobody of that kind is known here".into()),
        }
    }
}
