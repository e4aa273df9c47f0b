//! The conversation where there are people and no rooms: on the LAN, and among friends.

use std::path::Path;
use std::sync::Arc;

use model::{Channel, Command, Recipient, Signal, Transfer, UserName};

use super::{Chat, Do, Purpose};
use crate::client::chat::people::Notice;
use crate::client::escape::visible;
use crate::client::network::Network;
use crate::client::send::{message, message_to};
use crate::client::target::Target;
use crate::client::view::presence;

impl Chat {
    /// The address names somebody: lines go to them, though they are still to be found.
    pub(in crate::client::chat) fn begin_with(&mut self, partner: UserName) {
        self.people.turn_to(partner);
    }

    /// Whether the one whom lines go to is still to be found.
    pub(in crate::client::chat) fn awaits_partner(&self) -> bool {
        self.people.awaits_current()
    }

    /// The line being edited begins or ceases to hold a text [LAN-44].
    pub(in crate::client::chat) fn editing(&mut self, is_text: bool) -> Vec<Do> {
        self.typing(is_text);
        std::mem::take(&mut self.out)
    }

    /// There are no more lines: makes sure that what was said has arrived. Nothing the second time.
    pub(in crate::client::chat) fn farewells(&mut self) -> Vec<Do> {
        for with in self.people.take_spoken() {
            self.ask(Command::Part { with }, Purpose::Part);
        }
        std::mem::take(&mut self.out)
    }

    pub(super) fn typing(&mut self, is_typing: bool) {
        if let Some(to) = self.people.editing(is_typing) {
            self.ask(Command::Typing { to, is_typing }, Purpose::Look);
        }
    }

    /// The person meant.
    pub(super) fn person(&self, typed: &UserName) -> anyhow::Result<UserName> {
        match (self.people.find(typed), self.network) {
            (Ok(found), _) => Ok(found),
            // Friends who are not here are written to all the same; the node knows who is one.
            (Err(_), Network::Friends) => Ok(typed.clone()),
            (Err(sentence), Network::Hub(_) | Network::Lan) => anyhow::bail!("{sentence}"),
        }
    }

    /// Takes an offer where the middle writes files itself, into its own folder.
    pub(super) fn take(&mut self, transfer: Transfer, folder: Option<&Path>) -> anyhow::Result<()> {
        if folder.is_some() {
            anyhow::bail!(
                "here files go to the incoming folder; leave FOLDER out, or use `tincan fetch friend: \
                 --dir FOLDER`"
            );
        }
        let id = transfer.id;
        self.offers.remove(&id);
        self.moving.insert(id, transfer);
        self.ask(Command::Take { id }, Purpose::Answer(id));
        Ok(())
    }

    pub(super) fn turn_to(&mut self, typed: &UserName) -> anyhow::Result<()> {
        if !self.network.has_people() {
            anyhow::bail!("use /msg USER TEXT, or go to a room with /join ROOM");
        }
        let person = self.person(typed)?;
        self.note(&format!("* you write to {} now", visible(person.as_str())));
        self.people.turn_to(person);
        Ok(())
    }

    pub(super) fn say_to_partner(&mut self, raw: &str) -> anyhow::Result<()> {
        let to = self.people.partner().map_err(anyhow::Error::msg)?;
        if self.people.current() != Some(&to) {
            self.note(&format!("* you write to {} now", visible(to.as_str())));
            self.people.turn_to(to.clone());
        }
        self.tell_person(to, raw)
    }

    pub(super) fn tell_person(&mut self, to: UserName, raw: &str) -> anyhow::Result<()> {
        let text = message(raw, &self.network.features())?;
        self.people.said(&to);
        let to = Recipient::Name(to);
        self.ask(
            message_to(self.network, to.clone(), text),
            Purpose::Tell(to),
        );
        Ok(())
    }

    /// A message has gone out. Whoever looks on sees their own line; what went elsewhere is told.
    pub(super) fn gone_out(&mut self, to: &Recipient) {
        let is_current = match to {
            Recipient::Name(name) => self.people.current() == Some(name),
            Recipient::Alias(_) => false,
        };
        if !(self.interactive && is_current) {
            let to = Target::Person(to.clone()).to_string();
            self.note(&format!("* sent to {}", visible(&to)));
        }
    }

    pub(super) fn list_people(&mut self) {
        let lines: Vec<_> = self
            .people
            .here()
            .map(|contact| self.view.signal(&Signal::Contact(contact.clone().into())))
            .collect();
        if lines.is_empty() {
            self.note(match self.network {
                Network::Friends => "* nobody is online; `tincan friends` says what is missing",
                Network::Hub(_) | Network::Lan => {
                    "* nobody is here; `tincan lan doctor` says what may be wrong"
                }
            });
        }
        lines.into_iter().flatten().for_each(|line| self.show(line));
    }

    /// What only the LAN tells.
    pub(super) fn lan_signal(&mut self, signal: Signal) {
        let mut line = self.view.signal(&signal);
        let is_news = match signal {
            Signal::Named(name) => std::mem::replace(&mut self.me, name.clone()) != name,
            Signal::Contact(contact) => match self.people.meet(Arc::clone(&contact)) {
                Notice::Came => {
                    let name = visible(contact.name.as_str());
                    let text = format!("* {name} is here: {}", presence(&contact));
                    line = Some(self.view.dim(&text));
                    true
                }
                Notice::Changed => true,
                Notice::Same => false,
            },
            Signal::Gone(name) => self.people.part(&name),
            Signal::Typing { from, is_typing } => is_typing && self.people.types(&from),
            // Among friends it is always the same, and was told at the beginning.
            Signal::Channel {
                channel: Channel::Encrypted { known: true, .. },
                ..
            } if self.network == Network::Friends => false,
            Signal::Channel { channel, .. } => {
                // Told before the first message goes out or is shown [LAN-39].
                if matches!(channel, Channel::Refused(_)) {
                    self.out.push(Do::Ring);
                }
                true
            }
            Signal::Doubtful(_) => {
                self.fail();
                self.out.push(Do::Ring);
                true
            }
            Signal::Members { .. }
            | Signal::Rooms(_)
            | Signal::Offered(_)
            | Signal::Answered { .. }
            | Signal::Segment { .. }
            | Signal::Progress { .. }
            | Signal::Arrived { .. }
            | Signal::Note(_)
            | Signal::Ended { .. }
            | Signal::Closing => false,
        };
        line.filter(|_| is_news)
            .into_iter()
            .for_each(|line| self.show(line));
    }
}
