//! Who is here: what discovery tells, and pictures.

use std::sync::Arc;

use model::{Contact, Now, Reply, Signal, UserName};

use super::limits::{INTRODUCTION_TIME, MAX_CONTACTS};
use super::pictures::{self, Errand};
use super::seam::Output;
use super::{Life, Node, user_name};
use crate::Instance;
use crate::mdns::Event;
use crate::txt::Profile;

/// Somebody who is here.
#[derive(Debug)]
pub(super) struct Entry {
    profile: Option<Box<Profile>>,
    pub(super) contact: Arc<Contact>,
}

/// Something about somebody that a face which is behind is told later: how they are then, not each
/// change, of which anybody can make any number [LAN-48].
#[derive(Debug)]
pub(super) struct News {
    name: UserName,
    /// The face thinks that they are here.
    is_told: bool,
}

impl Node {
    pub(super) fn discovered(&mut self, event: Event, now: Now) {
        match event {
            Event::Published(name) => self.published(&name, now),
            Event::Seen { instance, profile } => self.seen(&instance, profile, now),
            Event::Gone(instance) => self.gone(&instance, now),
            Event::Resolved {
                instance,
                addresses,
            } => self.resolved(&instance, addresses, now),
            Event::Picture { instance, data } => {
                if let Some((hash, evict)) = self.pictures.take(&instance, &data) {
                    self.mdns.cancel_picture(&instance);
                    self.outputs
                        .push_back(Output::StorePicture { hash, data, evict });
                    self.refresh_pictures();
                }
            }
        }
    }

    /// How somebody is called in everything that the face hears.
    pub(super) fn shown_name(&self, instance: &Instance) -> UserName {
        if let Some(entry) = self.roster.get(instance) {
            return entry.contact.name.clone();
        }
        match self.conversations.get(instance) {
            Some(conversation) => conversation.name.clone(),
            None => user_name(instance),
        }
    }

    /// Asks for pictures, and stops asking.
    pub(super) fn run_errands(&mut self, now: Now) {
        while let Some(errand) = self.pictures.next(now.instant) {
            match errand {
                Errand::Ask(whose) => self.mdns.fetch_picture(&whose, now.instant),
                Errand::Cancel(whose) => self.mdns.cancel_picture(&whose),
            }
        }
    }

    fn published(&mut self, name: &Instance, now: Now) {
        self.introduced_at = Some(now.instant + INTRODUCTION_TIME);
        self.signal(Signal::Named(user_name(name)));
        if let Life::SigningIn(id) = self.life {
            self.life = Life::Here;
            self.reply(id, Reply::Done);
        }
        self.marked.extend(self.conversations.keys().cloned());
    }

    fn seen(&mut self, instance: &Instance, profile: Option<Box<Profile>>, now: Now) {
        if self.roster.len() >= MAX_CONTACTS && !self.roster.contains_key(instance) {
            return;
        }
        let hash = profile
            .as_ref()
            .and_then(|p| p.picture.as_deref())
            .and_then(pictures::read_hash);
        let stored = hash.clone().filter(|hash| self.pictures.use_stored(hash));
        let missing = hash.filter(|_| stored.is_none());
        let errand = self
            .pictures
            .want(instance, missing.as_deref(), now.instant);
        if let Some(Errand::Cancel(whose)) = errand {
            self.mdns.cancel_picture(&whose);
        }
        let name = match self.roster.get(instance) {
            Some(entry) => entry.contact.name.clone(),
            None => user_name(instance),
        };
        let contact = Arc::new(contact(name, profile.as_deref(), stored));
        let before = self.roster.insert(
            instance.clone(),
            Entry {
                profile,
                contact: contact.clone(),
            },
        );
        let is_told = before.is_some();
        if before.is_none_or(|before| before.contact != contact) {
            self.tell_contact(instance, contact, is_told);
        }
    }

    /// Somebody is new, or is otherwise than before.
    fn tell_contact(&mut self, instance: &Instance, contact: Arc<Contact>, is_told: bool) {
        if self.is_behind {
            let name = contact.name.clone();
            self.news
                .entry(instance.clone())
                .or_insert(News { name, is_told });
        } else {
            self.signal(Signal::Contact(contact));
        }
    }

    fn tell_gone(&mut self, instance: &Instance, name: UserName) {
        if !self.is_behind {
            return self.signal(Signal::Gone(name));
        }
        let is_told = true;
        let news = self.news.entry(instance.clone());
        if !news.or_insert(News { name, is_told }).is_told {
            self.news.remove(instance);
        }
    }

    /// The face reads again.
    pub(super) fn tell_news(&mut self) {
        for (instance, news) in std::mem::take(&mut self.news) {
            self.signal(match self.roster.get(&instance) {
                Some(entry) => Signal::Contact(entry.contact.clone()),
                None => Signal::Gone(news.name),
            });
        }
    }

    fn gone(&mut self, instance: &Instance, now: Now) {
        if let Some(Errand::Cancel(whose)) = self.pictures.forget(instance) {
            self.mdns.cancel_picture(&whose);
        }
        if let Some(entry) = self.roster.remove(instance) {
            self.tell_gone(instance, entry.contact.name.clone());
        }
        self.end_unanswered_transfers(instance, now);
        if let Some(conversation) = self.conversations.get_mut(instance)
            && conversation.streams.is_empty()
        {
            conversation.announced = None;
        }
        self.mark(instance);
    }

    /// A picture has been stored: whoever has it is told anew.
    fn refresh_pictures(&mut self) {
        let mut changed = Vec::new();
        for (instance, entry) in &mut self.roster {
            let hash = entry.profile.as_ref().and_then(|p| p.picture.as_deref());
            let stored = hash
                .and_then(pictures::read_hash)
                .filter(|hash| self.pictures.use_stored(hash));
            let contact = contact(entry.contact.name.clone(), entry.profile.as_deref(), stored);
            if *entry.contact != contact {
                entry.contact = Arc::new(contact);
                changed.push((instance.clone(), entry.contact.clone()));
            }
        }
        for (instance, contact) in changed {
            self.tell_contact(&instance, contact, true);
        }
    }
}

fn contact(name: UserName, profile: Option<&Profile>, picture: Option<String>) -> Contact {
    let told = |value: Option<&String>| value.map(|text| Arc::from(text.as_str()));
    Contact {
        name,
        shown: profile.and_then(Profile::shown).map(Arc::from),
        presence: profile.map(|p| p.presence.clone()).unwrap_or_default(),
        jid: told(profile.and_then(|p| p.jid.as_ref())),
        email: told(profile.and_then(|p| p.email.as_ref())),
        picture: picture.map(Arc::from),
    }
}
