//! What faces ask. Each part answers what is its own and hands the rest on: the node, people, words,
//! letters, and last the files.

use std::ops::RangeInclusive;
use std::path::Path;

use model::Now;
use wire_retroshare::{PgpId, Service};

use super::Node;
use super::answers::Words;
use super::settle::to_wire;
use crate::api::{Availability, Report, Request, RequestId, Said, SendState};
use crate::files::Names;
use crate::mail::Written;
use crate::roster::Person;

/// Messages of one answer.
const HISTORY: RangeInclusive<u32> = 1..=200;
/// Messages among which the link of an offer that is taken back is looked for.
const OFFERS_BACK: usize = 1000;

impl Node {
    pub(super) fn request(&mut self, id: RequestId, request: Request, now: Now) {
        if self.is_over {
            let over = Err("the node was ended: start it again".into());
            return self.report(id, over);
        }
        let answer = match request {
            Request::Me => Ok(Report::Me(Box::new(self.me()))),
            Request::Watch => {
                let (chat, mut cx) = self.chat_and_context(now);
                Ok(Report::Unread(chat.take_unread(&mut cx)))
            }
            Request::Announce {
                availability,
                message,
            } => {
                self.announce(availability, message, now);
                Ok(Report::Done)
            }
            Request::SetAvatar(image) => {
                let (chat, mut cx) = self.chat_and_context(now);
                done(chat.set_avatar(image, &mut cx))
            }
            Request::OwnText {
                is_short,
                addresses,
            } => self.own_text(is_short, &addresses).map(Report::Text),
            Request::Outbox => Ok(self.outbox(now)),
            Request::Withdraw { id } => done(self.withdraw(id, now)),
            other => return self.people_request(id, other, now),
        };
        self.report(id, answer);
    }

    fn people_request(&mut self, id: RequestId, request: Request, now: Now) {
        let answer = match request {
            Request::Add { text } => self.add(&text, now).map(Report::Friend),
            Request::Friends => Ok(Report::Friends(self.everybody())),
            Request::Approve { who } => self.approve(&who, now).map(Report::Friend),
            Request::Deny { who } => done(self.deny(&who, now)),
            Request::Remove { who } => done(self.remove(&who, now)),
            Request::Block { who, is_blocked } => done(self.block(&who, is_blocked, now)),
            Request::Signed { key } => done(self.signed(&key)),
            Request::Trust { who, level } => done(self.trust(&who, level)),
            Request::Key { who } => self.key(&who).map(Report::Key),
            Request::Avatar { who } => self.avatar(&who).map(Report::Picture),
            Request::Call { who } => done(self.call(&who, now)),
            other => return self.chat_request(id, other, now),
        };
        self.report(id, answer);
    }

    fn chat_request(&mut self, id: RequestId, request: Request, now: Now) {
        let answer = match request {
            Request::Say { who, text } => match self.say(&who, text, now) {
                Ok(words) => return self.answer(id, words, now),
                Err(why) => Err(why),
            },
            Request::Typing { who, is_typing } => done(self.typing(&who, is_typing, now)),
            Request::History { who, before, limit } => self.history(&who, before, limit),
            other => return self.mail_request(id, other, now),
        };
        self.report(id, answer);
    }

    fn mail_request(&mut self, id: RequestId, request: Request, now: Now) {
        let (mail, mut cx) = self.mail_and_context(now);
        let answer = match request {
            Request::SendMail(draft) => match mail.send(draft, &mut cx) {
                Ok(written) => return self.written(id, written, now),
                Err(why) => Err(why),
            },
            Request::Mails { folder } => Ok(Report::Mails(mail.list(folder, &cx))),
            Request::ReadMail { id } => {
                let letter = mail.read(id, &mut cx);
                letter.map(|letter| Report::Mail(Box::new(letter)))
            }
            Request::MoveMail { id, folder } => {
                let moved = mail.move_to(id, folder, &mut cx);
                done(moved.map(|to_attach| {
                    if let Some(letter) = to_attach {
                        self.attach(letter, now);
                    }
                }))
            }
            Request::MarkMail { id, is_read } => done(mail.mark(id, is_read, &mut cx)),
            Request::DeleteMail { id } => done(mail.delete(id, &mut cx)),
            Request::Unoffer { file, who } => self.unoffer(&file, who.as_deref(), now),
            other => {
                let names: &dyn Names = &self.roster;
                return self
                    .files
                    .handle_request(id, other, names, &mut self.fx, now);
            }
        };
        self.report(id, answer);
    }

    /// Takes an offer back; where its link waits to be said, that is taken back too.
    fn unoffer(&mut self, file: &Path, who: Option<&str>, now: Now) -> Result<Report, String> {
        let names: &dyn Names = &self.roster;
        let (taken, still) = self.files.unoffer(file, who, names, &mut self.fx, now)?;
        let link = to_wire(&taken.link).map(|link| link.to_string());
        let name = |id: &PgpId| self.roster.name(*id);
        let from = taken.from.iter().map(name).collect();
        let still = still.iter().map(name).collect();
        for profile in &taken.from {
            let said = self.chat.history(*profile, None, OFFERS_BACK, "");
            let waits = |said: &&Said| {
                said.is_ours && said.state == SendState::Queued && Some(&said.text) == link.as_ref()
            };
            let waiting: Vec<u64> = said.iter().filter(waits).map(|said| said.id).collect();
            for message in waiting {
                // One that is leaving just now leaves: its link is worth nothing.
                let _ = self.withdraw(message, now);
            }
        }
        Ok(Report::Unoffered { from, still })
    }

    /// A letter is on disk.
    fn written(&mut self, request: RequestId, written: Written, now: Now) {
        let id = match written {
            Written::ToSend { id, receivers } => {
                let words = Words {
                    number: id,
                    receivers,
                    service: Service::MAIL,
                };
                return self.answer(request, words, now);
            }
            Written::ToAttach(letter) => {
                let id = letter.letter;
                self.attach(letter, now);
                id
            }
            Written::Draft(id) => id,
        };
        let is_sent = false;
        self.fx.report(request, Report::Queued { id, is_sent });
    }

    fn report(&mut self, id: RequestId, answer: Result<Report, String>) {
        self.fx.report(id, answer.unwrap_or_else(Report::Refused));
    }

    fn announce(&mut self, availability: Availability, message: Option<String>, now: Now) {
        self.presence.announce(availability, message, &mut self.fx);
        self.tell_status(now);
    }

    fn outbox(&mut self, now: Now) -> Report {
        let (chat, cx) = self.chat_and_context(now);
        let mut waiting = chat.outbox(&cx);
        let (mail, cx) = self.mail_and_context(now);
        waiting.extend(mail.outbox(&cx));
        waiting.sort_by_key(|waiting| waiting.id);
        Report::Outbox(waiting)
    }

    fn withdraw(&mut self, id: u64, now: Now) -> Result<(), String> {
        let (chat, mut cx) = self.chat_and_context(now);
        if let Some(result) = chat.withdraw(id, &mut cx) {
            return result;
        }
        let (mail, mut cx) = self.mail_and_context(now);
        mail.withdraw(id, &mut cx).unwrap_or_else(|| {
            Err(format!(
                "nothing with the number {id} waits: look at the outbox for its number"
            ))
        })
    }

    /// The friend whom `who` means; nobody else is spoken to.
    fn friend_called(&self, who: &str) -> Result<PgpId, String> {
        let id = Names::friend(&self.roster, who)?;
        if self.roster.is_hidden(id) {
            return Err("this is you, and no other machine of yours is known".into());
        }
        Ok(id)
    }

    fn say(&mut self, who: &str, text: String, now: Now) -> Result<Words, String> {
        let to = self.friend_called(who)?;
        let (chat, mut cx) = self.chat_and_context(now);
        let number = chat.say(to, text, &mut cx)?;
        Ok(Words {
            number,
            receivers: vec![to],
            service: Service::CHAT,
        })
    }

    fn typing(&mut self, who: &str, is_typing: bool, now: Now) -> Result<(), String> {
        let to = self.friend_called(who)?;
        let (chat, mut cx) = self.chat_and_context(now);
        chat.write(to, is_typing, &mut cx);
        Ok(())
    }

    fn history(&self, who: &str, before: Option<u64>, limit: u32) -> Result<Report, String> {
        let with = match (self.roster.resolve(who), who.trim().parse()) {
            (Ok(with), _) => with,
            // What was said with somebody who was removed is kept.
            (Err(_), Ok(id)) if self.chat.has_talk(id) => id,
            (Err(why), _) => return Err(why),
        };
        let limit = limit.clamp(*HISTORY.start(), *HISTORY.end());
        let name = self.roster.name(with);
        // Within the range above.
        let limit = usize::try_from(limit).unwrap_or(1);
        let said = self.chat.history(with, before, limit, &name);
        Ok(Report::Said(said))
    }

    fn key(&self, who: &str) -> Result<Vec<u8>, String> {
        let id = self.roster.resolve(who)?;
        let profile = self.roster.get(id).and_then(Person::profile);
        profile
            .map(|key| key.packets().to_vec())
            .ok_or_else(|| format!("the key of {who} is not known yet: it comes once a link is up"))
    }

    fn avatar(&self, who: &str) -> Result<Vec<u8>, String> {
        let id = self.roster.resolve(who)?;
        let image = self.chat.avatar(id);
        image.ok_or_else(|| format!("no picture of {who} has come yet"))
    }

    fn call(&mut self, who: &str, now: Now) -> Result<(), String> {
        let id = self.friend_called(who)?;
        if self.config.is_offline {
            return Err("only the records are open: start the node to call anybody".into());
        }
        let person = self.roster.get(id);
        let machines = person.map_or_else(Vec::new, |person| {
            let machines = person.locations.iter();
            machines
                .map(|(id, machine)| (*id, machine.places.len()))
                .collect()
        });
        let places: usize = machines.iter().map(|(_, places)| places).sum();
        let is_linked = machines.iter().any(|(id, _)| self.links.of(*id).is_some());
        if places == 0 && !is_linked {
            return Err(format!(
                "where {who} can be called is not known: add their certificate again, or wait for them \
                 to call"
            ));
        }
        for (location, _) in machines {
            self.dialer.want(location, now.instant);
            self.dialer.hurry(location, now.instant);
        }
        Ok(())
    }
}

fn done(result: Result<(), String>) -> Result<Report, String> {
    result.map(|()| Report::Done)
}
