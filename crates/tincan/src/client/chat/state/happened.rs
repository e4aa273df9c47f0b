//! What comes from the hub or the LAN, and what it means for the conversation.

use std::collections::BTreeSet;

use model::{Command, Event, Refusal, Reply, RoomName, Signal, TellOutcome, Transfer, UserName};

use super::{Chat, Do, MAX_KEPT, MAX_OFFERS, Purpose};
use crate::client::escape::visible;
use crate::client::network::Network;
use crate::client::send::not_delivered;
use crate::client::target::Target;
use crate::client::view::{file, mentions, progress};
use crate::client::wires::Wire;

impl Chat {
    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::Said(said) => {
                self.meet(said.from.as_str());
                let own = said.from == self.me;
                let here = self.current.as_ref() == Some(&said.room);
                if self.interactive && own && here {
                    return;
                }
                let mention = !own && mentions(said.text.as_str(), self.me.as_str());
                let line = self.view.event(event, mention);
                if self.interactive && !here && !mention && !own {
                    return self.keep(&said.room, line);
                }
                self.day(event);
                if mention {
                    self.out.push(Do::Ring);
                }
                self.show(line);
            }
            Event::Told(told) => {
                self.meet(told.from.as_str());
                // Another face of the same node may have said it.
                let is_own = told.from == self.me;
                if self.network.has_people() && !is_own {
                    self.people.heard(&told.from);
                }
                self.day(event);
                if !is_own {
                    self.out.push(Do::Ring);
                }
                self.show(self.view.event(event, false));
            }
        }
    }

    /// Keeps a line of a room that is not looked at; tells of the first.
    fn keep(&mut self, room: &RoomName, line: String) {
        let kept = self.rooms.entry(room.clone()).or_default();
        let first = kept.unread.is_empty();
        kept.unread.push_back(line);
        if kept.unread.len() > MAX_KEPT {
            kept.unread.pop_front();
            kept.dropped += 1;
        }
        if first {
            let room = visible(room.as_str());
            self.note(&format!("* new in #{room}; /join {room} shows it"));
        }
    }

    pub(super) fn signal(&mut self, signal: Signal) {
        match signal {
            Signal::Members { room, names } => self.members(room, &names, false),
            Signal::Rooms(rooms) => self.open = rooms.iter().cloned().collect(),
            Signal::Offered(transfer) => self.offered(transfer),
            Signal::Answered { transfer, accepted } => {
                let line = self.view.signal(&Signal::Answered {
                    transfer: transfer.clone(),
                    accepted,
                });
                line.into_iter().for_each(|line| self.show(line));
                if accepted {
                    self.moving.insert(transfer.id, transfer.clone());
                    self.out.push(Do::Upload(transfer));
                } else {
                    self.out.push(Do::Withdraw(transfer));
                }
            }
            Signal::Segment { id, data, last } => {
                self.out.push(Do::Data(id, data.into_bytes(), last));
            }
            Signal::Progress {
                transfer,
                done,
                speed,
                left_s,
            } => {
                if self.moving.contains_key(&transfer.id) {
                    let line = progress(&transfer, done, speed, left_s);
                    self.out.push(Do::Progress(transfer.id, line));
                }
            }
            note @ Signal::Note(_) => {
                let line = self.view.signal(&note);
                line.into_iter().for_each(|line| self.show(line));
            }
            Signal::Arrived { transfer, path } => {
                self.moving.remove(&transfer.id);
                self.out.push(Do::Stop(transfer.id));
                let line = self.view.signal(&Signal::Arrived { transfer, path });
                line.into_iter().for_each(|line| self.show(line));
            }
            Signal::Ended { transfer, reason } => {
                self.offers.remove(&transfer.id);
                self.moving.remove(&transfer.id);
                self.out.push(Do::Stop(transfer.id));
                self.out.push(Do::Withdraw(transfer.clone()));
                let line = self.view.signal(&Signal::Ended { transfer, reason });
                line.into_iter().for_each(|line| self.show(line));
            }
            Signal::Closing => self.warn("the hub is shutting down"),
            Signal::Named(_)
            | Signal::Contact(_)
            | Signal::Gone(_)
            | Signal::Typing { .. }
            | Signal::Channel { .. }
            | Signal::Doubtful(_) => self.lan_signal(signal),
        }
    }

    fn offered(&mut self, transfer: Transfer) {
        self.meet(transfer.from.as_str());
        if self.offers.len() >= MAX_OFFERS {
            return self.answer(&transfer, false);
        }
        let number = transfer.id.get();
        let text = format!(
            "{} offers {}; /accept {number} or /reject {number}",
            self.view.name(transfer.from.as_str()),
            file(&transfer)
        );
        self.out.push(Do::Ring);
        self.show(text);
        self.offers.insert(transfer.id, transfer);
    }

    /// A room's members, `asked` for or not: at first all of them, then who came and went.
    fn members(&mut self, name: RoomName, names: &[UserName], asked: bool) {
        let here = !self.interactive || self.current.as_ref() == Some(&name);
        let now: BTreeSet<_> = names.iter().cloned().collect();
        let shown = visible(name.as_str()).into_owned();
        if asked && !self.rooms.contains_key(&name) {
            return self.show_members(name, names);
        }
        let room = self.rooms.entry(name.clone()).or_default();
        let was_known = std::mem::replace(&mut room.is_known, true);
        let before = std::mem::replace(&mut room.members, now.clone());
        if asked || !was_known {
            return self.show_members(name, names);
        }
        for came in now.difference(&before).filter(|_| here) {
            self.note(&format!("* {} came into #{shown}", visible(came.as_str())));
        }
        for gone in before.difference(&now).filter(|_| here) {
            self.note(&format!("* {} left #{shown}", visible(gone.as_str())));
        }
    }

    fn show_members(&mut self, room: RoomName, names: &[UserName]) {
        let line = self.view.signal(&Signal::Members {
            room,
            names: names.into(),
        });
        line.into_iter().for_each(|line| self.show(line));
    }

    pub(super) fn reply(&mut self, purpose: Purpose, reply: Reply) {
        match (purpose, reply) {
            (purpose, Reply::Refused(refusal)) => self.refused(&purpose, &refusal),
            (purpose @ (Purpose::Join(_) | Purpose::Rejoin), Reply::Joined(rooms)) => {
                let names: Vec<_> = rooms.into_iter().map(|(room, _)| room).collect();
                self.joined(purpose, &names);
            }
            (Purpose::Leave(room), _) => self.left(&room),
            (Purpose::Tell(to), Reply::Told(TellOutcome::Kept))
                if self.network == Network::Friends =>
            {
                let to = Target::Person(to).to_string();
                let to = visible(&to);
                self.note(&format!(
                    "* {to} is not online; this waits and goes out when you both are"
                ));
            }
            (Purpose::Tell(to), Reply::Told(_)) if self.network.has_people() => {
                self.gone_out(&to);
            }
            (Purpose::Tell(to), Reply::Told(outcome)) => {
                let to = Target::Person(to).to_string();
                let to = visible(&to);
                self.note(&match outcome {
                    // The wire's OK means either [594-15].
                    TellOutcome::Delivered if self.network == Wire::Cs594.into() => {
                        format!("* delivered to {to}, or to their mailbox")
                    }
                    TellOutcome::Delivered => format!("* delivered to {to}"),
                    TellOutcome::Kept => format!("* kept in {to}'s mailbox"),
                });
            }
            (Purpose::TakeMail(_), Reply::Mail(Some(letter))) => {
                let id = letter.id;
                self.event(&Event::Told(letter));
                self.ask(Command::DropMail { id }, Purpose::DropMail);
            }
            (Purpose::TakeMail(true), Reply::Mail(None)) => self.note("* no new mail"),
            (Purpose::DropMail, _) => {
                self.ask(Command::TakeMail { after: None }, Purpose::TakeMail(false));
            }
            (_, Reply::Rooms(rooms)) => {
                self.open = rooms.iter().cloned().collect();
                let line = self.view.signal(&Signal::Rooms(rooms));
                line.into_iter().for_each(|line| self.show(line));
            }
            (_, Reply::Members { room, names }) => self.members(room, &names, true),
            (_, Reply::Presence { user, online }) => {
                let is = if online { "is here" } else { "is not here" };
                self.show(format!("* {} {is}", self.view.name(user.as_str())));
            }
            (_, Reply::History(events)) => {
                if events.is_empty() {
                    self.note("* nothing was said here before");
                }
                for event in &events {
                    self.day(event);
                    self.show(self.view.event(event, false));
                }
            }
            (_, Reply::Offered(transfer)) => {
                let to = visible(transfer.to.as_str()).into_owned();
                self.note(&format!("* offered {} to {to}", file(&transfer)));
            }
            (
                _,
                Reply::Done
                | Reply::Joined(_)
                | Reply::Told(_)
                | Reply::Mail(_)
                | Reply::Contacts(_),
            ) => {}
        }
    }

    fn joined(&mut self, purpose: Purpose, rooms: &[RoomName]) {
        for room in rooms {
            self.rooms.entry(room.clone()).or_default();
            if self.network == Wire::Cs594.into() {
                // Only cs494 tells who is there without being asked.
                self.ask(Command::ListMembers { room: room.clone() }, Purpose::Look);
            }
        }
        if let Purpose::Join(room) = purpose {
            self.look_at(room);
        }
    }

    fn left(&mut self, room: &RoomName) {
        self.rooms.remove(room);
        self.note(&format!("* left #{}", visible(room.as_str())));
        if self.current.as_ref() == Some(room) {
            self.current = None;
            if let Some(next) = self.rooms.keys().next().cloned() {
                self.look_at(next);
            }
        }
    }

    fn refused(&mut self, purpose: &Purpose, refusal: &Refusal) {
        let refusal_text = refusal.to_string();
        let why = visible(&refusal_text);
        match purpose {
            Purpose::Join(room) => self.warn(&format!("cannot enter #{room}: {why}")),
            Purpose::Rejoin => self.warn(&format!("cannot enter the rooms: {why}")),
            Purpose::Leave(room) => self.warn(&format!("cannot leave #{room}: {why}")),
            Purpose::Say(room) => self.warn(&format!("not said in #{room}: {why}")),
            Purpose::Tell(to) => {
                let to = Target::Person(to.clone()).to_string();
                let why = not_delivered(self.network, &to, refusal).to_string();
                self.warn(&why);
            }
            Purpose::Offer(to) => {
                let to = visible(to.as_str());
                self.warn(&format!("{to} cannot be offered the file: {why}"));
            }
            Purpose::Answer(id) => {
                self.moving.remove(id);
                self.out.push(Do::Stop(*id));
                self.warn(&format!("the offer is gone: {why}"));
            }
            Purpose::List => self.warn(&why),
            Purpose::TakeMail(_) | Purpose::DropMail => {
                self.warn(&format!("the mailbox cannot be read: {why}"));
            }
            Purpose::Announce => self.warn(&format!("the others are not told: {why}")),
            Purpose::Look | Purpose::Cancel | Purpose::Part => {}
        }
    }

    pub(super) fn lost(&mut self, reason: &str) {
        self.warn(&format!("the connection is lost: {}", visible(reason)));
        let said = |purpose: &&Purpose| matches!(purpose, Purpose::Say(_) | Purpose::Tell(_));
        let unsure = self.pending.values().filter(said).count();
        if unsure > 0 {
            self.warn(&format!(
                "{unsure} of your messages may not have been delivered"
            ));
        }
        self.pending.clear();
        self.people.forget();
        self.offers.clear();
        for (id, transfer) in std::mem::take(&mut self.moving) {
            self.warn(&format!("{} is not whole", file(&transfer)));
            self.out.push(Do::Stop(id));
        }
        for room in self.rooms.values_mut() {
            room.is_known = false;
        }
    }
}
