//! What the face asks.

use std::sync::Arc;

use model::{Command, CommandId, Now, Presence, Recipient, Refusal, Reply, Told, UserName};

use super::conversations::Queued;
use super::{Life, Node, user_name};
use crate::Instance;

impl Node {
    pub(super) fn command(&mut self, id: CommandId, command: Command, now: Now) {
        match &self.life {
            Life::Leaving { .. } | Life::Over => {
                if matches!(command, Command::SignOut { .. }) && !matches!(self.life, Life::Over) {
                    return self.leave(Some(id), now);
                }
                return self.refuse(id, Refusal::NotSignedIn);
            }
            Life::Looking | Life::SigningIn(_) | Life::Here => {}
        }
        match command {
            Command::SignIn { .. } => self.sign_in(id, now),
            Command::SignOut { .. } => self.leave(Some(id), now),
            Command::ListContacts => {
                let contacts = self
                    .roster
                    .values()
                    .map(|entry| entry.contact.clone())
                    .collect();
                self.reply(id, Reply::Contacts(contacts));
            }
            Command::Query { user } => {
                let online = instance(&user).is_some_and(|name| self.roster.contains_key(&name));
                self.reply(id, Reply::Presence { user, online });
            }
            Command::Tell { to, text } => match to {
                Recipient::Name(user) => self.tell(id, &user, text, now),
                Recipient::Alias(alias) => {
                    self.refuse(id, Refusal::NoSuchUser(alias.as_str().into()));
                }
            },
            Command::Announce(presence) => self.announce(id, presence, now),
            Command::Typing { to, is_typing } => {
                if let Some(name) = instance(&to) {
                    self.tell_typing(&name, is_typing, now);
                }
                self.reply(id, Reply::Done);
            }
            Command::Part { with } => self.part(id, &with),
            Command::Offer { to, name, size } => self.offer(id, &to, name, size, now),
            Command::Answer { claim, accept } => self.answer(id, &claim, accept, now),
            Command::Segment {
                id: transfer,
                data,
                last,
            } => {
                self.segment(id, transfer, &data, last, now);
            }
            Command::Cancel { id: transfer } => self.cancel(id, transfer, now),
            Command::History { .. } => self.refuse(id, Refusal::HistoryOff),
            Command::Join { .. }
            | Command::Leave { .. }
            | Command::ListRooms
            | Command::ListMembers { .. }
            | Command::Post { .. }
            | Command::PostEverywhere { .. }
            | Command::Mail { .. }
            | Command::TakeMail { .. }
            | Command::Give { .. }
            | Command::Take { .. }
            | Command::DropMail { .. } => self.refuse(id, Refusal::NotPossible),
        }
    }

    /// Whether something may be said: whoever is not published yet is refused by the others, so it
    /// waits for that; whoever does not want to be, is not there for them either.
    pub(super) fn is_signed_in(&self) -> bool {
        matches!(self.life, Life::SigningIn(_) | Life::Here)
    }

    fn sign_in(&mut self, id: CommandId, now: Now) {
        if self.is_signed_in() {
            return self.refuse(id, Refusal::AlreadySignedIn);
        }
        if !self.config.is_visible {
            self.life = Life::Here;
            return self.reply(id, Reply::Done);
        }
        self.life = Life::SigningIn(id);
        self.mdns.publish(
            self.config.wish.clone(),
            self.config.port,
            self.config.profile.clone(),
            self.config.picture.clone(),
            now.instant,
        );
    }

    fn announce(&mut self, id: CommandId, presence: Presence, now: Now) {
        self.config.profile.presence = presence;
        if self.is_signed_in() && self.config.is_visible {
            let (profile, picture) = (self.config.profile.clone(), self.config.picture.clone());
            self.mdns.update(profile, picture, now.instant);
        }
        self.reply(id, Reply::Done);
    }

    fn tell(&mut self, id: CommandId, to: &UserName, text: model::Text, now: Now) {
        if !self.is_signed_in() {
            return self.refuse(id, Refusal::NotSignedIn);
        }
        let Some(name) = instance(to).filter(|name| *name != self.our_name()) else {
            return self.refuse(id, Refusal::NoSuchUser(to.as_str().into()));
        };
        let told = Told {
            id: self.new_message(),
            at: now.wall,
            from: user_name(&self.our_name()),
            to: self.shown_name(&name),
            text,
        };
        self.enqueue(
            &name,
            Queued::Text {
                command: id,
                told: Arc::new(told),
            },
        );
    }

    fn part(&mut self, id: CommandId, with: &UserName) {
        match instance(with).and_then(|name| self.conversations.get_mut(&name).map(|c| (name, c))) {
            Some((name, conversation)) => {
                conversation.parting.push(id);
                self.mark(&name);
            }
            None => self.reply(id, Reply::Done),
        }
    }
}

/// The name on the wire; `None`: no name there is so long.
pub(super) fn instance(user: &UserName) -> Option<Instance> {
    Instance::new(user.as_str())
}
