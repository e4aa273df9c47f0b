//! The conversation as a value: typed lines and happenings in, things to do out. No terminal, no
//! socket, no file.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;

use bytes::Bytes;
use link::Happening;
use model::{
    Command, CommandId, Event, Place, Recipient, Refusal, Reply, RoomName, SaidAs, Signal,
    TellOutcome, Text, Transfer, TransferId, UserName,
};

use super::complete::Names;
use super::line::{self, COMMANDS, Line};
use crate::client::escape::visible;
use crate::client::lists::needs;
use crate::client::send::{message, message_to, no_rooms, not_delivered};
use crate::client::target::Target;
use crate::client::view::{View, file, mentions};
use crate::client::wires::Wire;

/// Lines kept of a room that is not looked at, at most; more are counted.
const MAX_KEPT: usize = 200;
/// Names that are remembered for completion, at most.
const MAX_PEOPLE: usize = 2_000;
/// Offers that wait for an answer, at most; more are declined.
const MAX_OFFERS: usize = 32;

/// What the runner is to do.
#[derive(Debug)]
pub(super) enum Do {
    /// Ask the hub, and tell the id by [`Chat::asked`].
    Ask(Command, Purpose),
    /// Print a line.
    Show(String),
    /// Make a sound.
    Ring,
    /// Open this file and offer it.
    Offer(UserName, PathBuf),
    /// Open a part for this file in that folder and accept it.
    Accept(Transfer, Option<PathBuf>),
    /// Our offer was taken: send.
    Upload(Transfer),
    /// Our offer was not taken.
    Withdraw(Transfer),
    /// Bytes of a file.
    Data(TransferId, Bytes, bool),
    /// The transfer is over.
    Stop(TransferId),
    /// Tell how the transfers are.
    ListFiles,
    /// Say goodbye, with these words for the rooms.
    Quit(Option<Text>),
}

/// Why something was asked: what its answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Go to this room.
    Join(RoomName),
    /// Be again where we were.
    Rejoin,
    Leave(RoomName),
    Say(RoomName),
    Tell(Recipient),
    /// Any list: its answer speaks for itself.
    List,
    /// The same, but nobody asked: no complaint if it fails.
    Look,
    Offer(UserName),
    Answer(TransferId),
    Cancel,
    /// The next letter; `true` where the person asked.
    TakeMail(bool),
    DropMail,
}

/// A room that we are in.
#[derive(Debug, Default)]
struct Room {
    members: BTreeSet<UserName>,
    /// Whether `members` is more than a guess.
    is_known: bool,
    /// Not seen yet, oldest first.
    unread: VecDeque<String>,
    /// Unread ones that were not kept.
    dropped: usize,
}

/// A conversation.
pub(super) struct Chat {
    me: UserName,
    wire: Wire,
    view: View,
    /// A person looks on: rooms other than the current one are quiet, our own words are on the
    /// screen already.
    interactive: bool,
    current: Option<RoomName>,
    rooms: BTreeMap<RoomName, Room>,
    open: BTreeSet<RoomName>,
    people: BTreeSet<String>,
    /// Offered to us, not answered.
    offers: BTreeMap<TransferId, Transfer>,
    /// Under way.
    moving: BTreeMap<TransferId, Transfer>,
    pending: BTreeMap<CommandId, Purpose>,
    last_day: Option<String>,
    failed: bool,
    out: Vec<Do>,
}

impl Chat {
    /// Nothing said, nobody met.
    pub(super) fn new(me: UserName, wire: Wire, view: View, interactive: bool) -> Self {
        Self {
            me,
            wire,
            view,
            interactive,
            current: None,
            rooms: BTreeMap::new(),
            open: BTreeSet::new(),
            people: BTreeSet::new(),
            offers: BTreeMap::new(),
            moving: BTreeMap::new(),
            pending: BTreeMap::new(),
            last_day: None,
            failed: false,
            out: Vec::new(),
        }
    }

    /// A command of ours has this id.
    pub(super) fn asked(&mut self, id: CommandId, purpose: Purpose) {
        self.pending.insert(id, purpose);
    }

    /// Whether every answer has come.
    pub(super) fn is_idle(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether files are under way.
    pub(super) fn is_moving(&self) -> bool {
        !self.moving.is_empty()
    }

    /// Whether something was asked that was not done.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Something that was asked was not done; the runner has told.
    pub(super) fn fail(&mut self) {
        self.failed = true;
    }

    /// What stands before the cursor: where words go, and where there are unread ones.
    pub(super) fn prompt(&self) -> String {
        let unread = self
            .rooms
            .iter()
            .filter(|(_, room)| !room.unread.is_empty());
        let unread: Vec<_> = unread
            .map(|(name, room)| {
                format!(
                    "{} in #{}",
                    room.unread.len() + room.dropped,
                    visible(name.as_str())
                )
            })
            .collect();
        let place = match &self.current {
            Some(room) => format!("#{}", visible(room.as_str())),
            None => visible(self.me.as_str()).into_owned(),
        };
        if unread.is_empty() {
            format!("{place}> ")
        } else {
            format!("{place} ({})> ", unread.join(", "))
        }
    }

    /// What can be completed.
    pub(super) fn names(&self) -> Names {
        // A name that would have to be escaped is not put into the line.
        let plain = |name: &str| (visible(name) == name).then(|| name.to_owned());
        let members = self.rooms.values().flat_map(|room| &room.members);
        Names {
            rooms: self
                .rooms
                .keys()
                .chain(&self.open)
                .filter_map(|r| plain(r.as_str()))
                .collect(),
            users: members
                .map(UserName::as_str)
                .chain(self.people.iter().map(String::as_str))
                .filter(|name| *name != self.me.as_str())
                .filter_map(plain)
                .collect(),
            offers: self
                .offers
                .keys()
                .chain(self.moving.keys())
                .map(|id| id.get().to_string())
                .collect(),
        }
    }

    /// Somebody typed `raw`.
    pub(super) fn line(&mut self, raw: &str) -> Vec<Do> {
        match line::parse(raw) {
            Ok(line) => {
                if let Err(error) = self.obey(line) {
                    self.warn(&format!("{error:#}"));
                }
            }
            Err(sentence) => self.warn(&sentence),
        }
        std::mem::take(&mut self.out)
    }

    /// Something happened.
    pub(super) fn happen(&mut self, happening: Happening) -> Vec<Do> {
        match happening {
            Happening::Event(event) => self.event(&event),
            Happening::Signal(signal) => self.signal(signal),
            Happening::Reply(id, reply) => {
                if let Some(purpose) = self.pending.remove(&id) {
                    self.reply(purpose, reply);
                }
            }
            Happening::Ended(reason) => self.lost(&reason),
        }
        std::mem::take(&mut self.out)
    }

    /// We are connected: enters `rooms`, and those of before.
    pub(super) fn back(&mut self, rooms: &[RoomName]) -> Vec<Do> {
        let mut all: Vec<_> = rooms.to_vec();
        all.extend(
            self.rooms
                .keys()
                .filter(|room| !rooms.contains(room))
                .cloned(),
        );
        if self.current.is_none() {
            self.current = rooms.last().cloned();
        }
        if !all.is_empty() {
            self.ask(Command::Join { rooms: all }, Purpose::Rejoin);
        }
        if self.wire.features().mailbox {
            self.take_mail(false);
        }
        std::mem::take(&mut self.out)
    }

    /// It is time to look into the mailbox.
    pub(super) fn mail_time(&mut self) -> Vec<Do> {
        if self.wire.features().mailbox {
            self.take_mail(false);
        }
        std::mem::take(&mut self.out)
    }

    /// The runner accepted this offer, or could not.
    pub(super) fn accepted(&mut self, transfer: &Transfer, done: Result<(), String>) -> Vec<Do> {
        self.offers.remove(&transfer.id);
        let accept = done.is_ok();
        match done {
            Ok(()) => {
                self.moving.insert(transfer.id, transfer.clone());
            }
            Err(reason) => {
                self.warn(&format!("cannot take {}: {reason}", file(transfer)));
            }
        }
        self.answer(transfer, accept);
        std::mem::take(&mut self.out)
    }

    /// A transfer is over, well or not; the runner has told.
    pub(super) fn finished(&mut self, id: TransferId) {
        self.moving.remove(&id);
    }
}

/// What people type.
impl Chat {
    fn obey(&mut self, line: Line) -> anyhow::Result<()> {
        let wire = self.wire;
        match line {
            Line::Blank => {}
            Line::Say(raw) => self.say(&raw)?,
            Line::Join(room) => {
                self.needs_rooms()?;
                if self.rooms.contains_key(&room) {
                    self.look_at(room);
                } else {
                    self.ask(
                        Command::Join {
                            rooms: vec![room.clone()],
                        },
                        Purpose::Join(room),
                    );
                }
            }
            Line::Leave(room) => {
                let room = self.room_or_current(room)?;
                self.ask(
                    Command::Leave {
                        rooms: vec![room.clone()],
                    },
                    Purpose::Leave(room),
                );
            }
            Line::Rooms => {
                self.needs_rooms()?;
                self.ask(Command::ListRooms, Purpose::List);
            }
            Line::Who(room) => {
                let room = self.room_or_current(room)?;
                self.ask(Command::ListMembers { room }, Purpose::List);
            }
            Line::Tell(to, raw) => {
                let text = message(&raw, &wire.features())?;
                self.ask(message_to(wire, to.clone(), text), Purpose::Tell(to));
            }
            Line::Whois(user) => {
                needs(wire, "way to ask whether somebody is here", |f| f.presence)?;
                self.ask(Command::Query { user }, Purpose::List);
            }
            Line::History(limit) => {
                needs(wire, "history", |f| f.history)?;
                let place = Place::Room(self.room_or_current(None)?);
                self.ask(
                    Command::History {
                        place,
                        before: None,
                        limit,
                    },
                    Purpose::List,
                );
            }
            Line::Offer(to, path) => {
                needs(wire, "file transfer", |f| f.files)?;
                self.out.push(Do::Offer(to, path));
            }
            Line::Files => self.list_files(),
            Line::Accept(number, folder) => {
                let transfer = self.offer(number)?;
                self.out.push(Do::Accept(transfer, folder));
            }
            Line::Reject(number) => {
                let transfer = self.offer(number)?;
                self.offers.remove(&transfer.id);
                self.answer(&transfer, false);
            }
            Line::Cancel(number) => {
                let id = TransferId::new(number).filter(|id| self.moving.contains_key(id));
                let id = id.ok_or_else(|| anyhow::anyhow!("no transfer {number}; see /files"))?;
                self.moving.remove(&id);
                self.out.push(Do::Stop(id));
                self.ask(Command::Cancel { id }, Purpose::Cancel);
            }
            Line::Mail => {
                needs(wire, "mailbox to look into", |f| f.mailbox)?;
                self.take_mail(true);
            }
            Line::Help => self.help(),
            Line::Quit(words) => {
                let words = words
                    .map(|raw| message(&raw, &wire.features()))
                    .transpose()?;
                self.out.push(Do::Quit(words));
            }
        }
        Ok(())
    }

    fn say(&mut self, raw: &str) -> anyhow::Result<()> {
        if !self.wire.features().rooms {
            anyhow::bail!("{}; write letters with /msg USER TEXT", no_rooms(self.wire));
        }
        let text = message(raw, &self.wire.features())?;
        let room = self.room_or_current(None)?;
        let post = Command::Post {
            rooms: vec![room.clone()],
            text,
            manner: SaidAs::Post,
            from_outside: false,
        };
        self.ask(post, Purpose::Say(room));
        Ok(())
    }

    fn needs_rooms(&self) -> anyhow::Result<()> {
        if self.wire.features().rooms {
            Ok(())
        } else {
            Err(no_rooms(self.wire).into())
        }
    }

    fn room_or_current(&self, room: Option<RoomName>) -> anyhow::Result<RoomName> {
        self.needs_rooms()?;
        room.or_else(|| self.current.clone()).ok_or_else(|| {
            anyhow::anyhow!("you are in no room; enter one with /join ROOM (/rooms lists them)")
        })
    }

    fn offer(&self, number: u16) -> anyhow::Result<Transfer> {
        let offer = TransferId::new(number)
            .and_then(|id| self.offers.get(&id))
            .cloned();
        offer.ok_or_else(|| anyhow::anyhow!("there is no offer {number}; see /files"))
    }

    fn answer(&mut self, transfer: &Transfer, accept: bool) {
        let claim = crate::client::fetch::claim(transfer);
        self.ask(
            Command::Answer { claim, accept },
            Purpose::Answer(transfer.id),
        );
    }

    fn take_mail(&mut self, by_hand: bool) {
        let fetches =
            |purpose: &Purpose| matches!(purpose, Purpose::TakeMail(_) | Purpose::DropMail);
        if !self.pending.values().any(fetches) {
            self.ask(
                Command::TakeMail { after: None },
                Purpose::TakeMail(by_hand),
            );
        }
    }

    /// Makes `room` the current one and shows what was said there meanwhile.
    fn look_at(&mut self, room: RoomName) {
        if let Some(entered) = self.rooms.get_mut(&room) {
            let dropped = std::mem::take(&mut entered.dropped);
            let unread = std::mem::take(&mut entered.unread);
            if dropped > 0 {
                let text = format!("* {dropped} earlier messages are not kept here");
                self.show(self.view.dim(&text));
            }
            unread.into_iter().for_each(|line| self.show(line));
        }
        self.current = Some(room);
    }

    fn list_files(&mut self) {
        if self.offers.is_empty() && self.moving.is_empty() {
            self.note("* no offers, no transfers");
        }
        for (id, transfer) in self.offers.clone() {
            let text = format!(
                "* {} from {}: {}; /accept {0} or /reject {0}",
                id.get(),
                visible(transfer.from.as_str()),
                file(&transfer)
            );
            self.show(text);
        }
        self.out.push(Do::ListFiles);
    }

    fn help(&mut self) {
        for spec in &COMMANDS {
            let usage = format!("{} {}", spec.name, spec.usage);
            self.show(format!("  {usage:<22} {}", spec.help));
        }
        self.note("  Anything else is said in the room; // at the beginning says a /.");
    }
}

/// What comes from the hub.
impl Chat {
    fn event(&mut self, event: &Event) {
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
                self.day(event);
                self.out.push(Do::Ring);
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

    fn signal(&mut self, signal: Signal) {
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
            Signal::Ended { transfer, reason } => {
                self.offers.remove(&transfer.id);
                self.moving.remove(&transfer.id);
                self.out.push(Do::Stop(transfer.id));
                self.out.push(Do::Withdraw(transfer.clone()));
                let line = self.view.signal(&Signal::Ended { transfer, reason });
                line.into_iter().for_each(|line| self.show(line));
            }
            Signal::Closing => self.warn("the hub is shutting down"),
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

    fn reply(&mut self, purpose: Purpose, reply: Reply) {
        match (purpose, reply) {
            (purpose, Reply::Refused(refusal)) => self.refused(&purpose, &refusal),
            (purpose @ (Purpose::Join(_) | Purpose::Rejoin), Reply::Joined(rooms)) => {
                let names: Vec<_> = rooms.into_iter().map(|(room, _)| room).collect();
                self.joined(purpose, &names);
            }
            (Purpose::Leave(room), _) => self.left(&room),
            (Purpose::Tell(to), Reply::Told(outcome)) => {
                let to = Target::Person(to).to_string();
                let to = visible(&to);
                self.note(&match outcome {
                    // The wire's OK means either [594-15].
                    TellOutcome::Delivered if self.wire == Wire::Cs594 => {
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
            (_, Reply::Done | Reply::Joined(_) | Reply::Told(_) | Reply::Mail(_)) => {}
        }
    }

    fn joined(&mut self, purpose: Purpose, rooms: &[RoomName]) {
        for room in rooms {
            self.rooms.entry(room.clone()).or_default();
            if self.wire == Wire::Cs594 {
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
                let why = not_delivered(self.wire, &to, refusal).to_string();
                self.warn(&why);
            }
            Purpose::Offer(to) => {
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
            Purpose::Look | Purpose::Cancel => {}
        }
    }

    fn lost(&mut self, reason: &str) {
        self.warn(&format!("the connection is lost: {}", visible(reason)));
        let said = |purpose: &&Purpose| matches!(purpose, Purpose::Say(_) | Purpose::Tell(_));
        let unsure = self.pending.values().filter(said).count();
        if unsure > 0 {
            self.warn(&format!(
                "{unsure} of your messages may not have been delivered"
            ));
        }
        self.pending.clear();
        self.offers.clear();
        for (id, transfer) in std::mem::take(&mut self.moving) {
            self.warn(&format!("{} is not whole", file(&transfer)));
            self.out.push(Do::Stop(id));
        }
        for room in self.rooms.values_mut() {
            room.is_known = false;
        }
    }

    fn meet(&mut self, name: &str) {
        if self.people.len() < MAX_PEOPLE && !self.people.contains(name) {
            self.people.insert(name.to_owned());
        }
    }

    /// Draws a line between days.
    fn day(&mut self, event: &Event) {
        let at = match event {
            Event::Said(said) => said.at,
            Event::Told(told) => told.at,
        };
        let day = self.view.day(at);
        if self
            .last_day
            .replace(day.clone())
            .is_some_and(|last| last != day)
        {
            self.note(&format!("— {day} —"));
        }
    }

    fn ask(&mut self, command: Command, purpose: Purpose) {
        self.out.push(Do::Ask(command, purpose));
    }

    fn show(&mut self, line: String) {
        self.out.push(Do::Show(line));
    }

    fn note(&mut self, text: &str) {
        self.out.push(Do::Show(self.view.dim(text)));
    }

    fn warn(&mut self, text: &str) {
        self.fail();
        self.out
            .push(Do::Show(self.view.warning(&format!("! {text}"))));
    }
}

#[cfg(test)]
mod tests;
