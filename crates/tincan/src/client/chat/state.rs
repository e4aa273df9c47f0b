//! The conversation as a value: typed lines and happenings in, things to do out. No terminal, no
//! socket, no file.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;

use bytes::Bytes;
use link::Happening;
use model::{
    Command, CommandId, Event, Place, Recipient, RoomName, SaidAs, Text, Transfer, TransferId,
    UserName,
};

use super::complete::Names;
use super::line::{self, Line};
use super::people::People;
use crate::client::escape::visible;
use crate::client::lists::needs;
use crate::client::network::Network;
use crate::client::send::{message, message_to, no_rooms};
use crate::client::view::{View, file};

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
    /// Have the middle offer this file, which it reads itself.
    Give(UserName, PathBuf),
    /// The middle tells how far a file is that it writes itself.
    Progress(TransferId, String),
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
    /// Tell how one is.
    Announce,
    /// Be sure that everything has arrived.
    Part,
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
    network: Network,
    view: View,
    /// A person looks on: rooms other than the current one are quiet, our own words are on the
    /// screen already.
    interactive: bool,
    current: Option<RoomName>,
    rooms: BTreeMap<RoomName, Room>,
    open: BTreeSet<RoomName>,
    /// Names for completion.
    met: BTreeSet<String>,
    /// Who is here, where there are no rooms.
    people: People,
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
    pub(super) fn new(me: UserName, network: Network, view: View, interactive: bool) -> Self {
        Self {
            me,
            network,
            view,
            interactive,
            current: None,
            rooms: BTreeMap::new(),
            open: BTreeSet::new(),
            met: BTreeSet::new(),
            people: People::default(),
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
        let place = match (&self.current, self.people.current()) {
            (Some(room), _) => format!("#{}", visible(room.as_str())),
            (None, Some(person)) => format!("→ {}", visible(person.as_str())),
            (None, None) => visible(self.me.as_str()).into_owned(),
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
            network: Some(self.network),
            rooms: self
                .rooms
                .keys()
                .chain(&self.open)
                .filter_map(|r| plain(r.as_str()))
                .collect(),
            users: members
                .map(UserName::as_str)
                .chain(self.met.iter().map(String::as_str))
                .chain(self.people.here().map(|contact| contact.name.as_str()))
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
        match line::parse(raw, self.network) {
            Ok(line) => {
                if let Err(error) = self.obey(line) {
                    self.warn(&format!("{error:#}"));
                }
            }
            Err(sentence) => self.warn(&sentence),
        }
        self.typing(false);
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
        if self.network.features().mailbox {
            self.take_mail(false);
        }
        std::mem::take(&mut self.out)
    }

    /// It is time to look into the mailbox.
    pub(super) fn mail_time(&mut self) -> Vec<Do> {
        if self.network.features().mailbox {
            self.take_mail(false);
        }
        std::mem::take(&mut self.out)
    }

    /// The runner accepted this offer, or could not.
    pub(super) fn accepted(&mut self, transfer: &Transfer, done: Result<(), String>) -> Vec<Do> {
        let number = transfer.id.get();
        match done {
            Ok(()) => {
                self.offers.remove(&transfer.id);
                self.moving.insert(transfer.id, transfer.clone());
                self.answer(transfer, true);
            }
            // A mistyped folder costs nobody the file.
            Err(reason) if self.interactive => self.warn(&format!(
                "cannot take {}: {reason}; /accept {number} FOLDER tries another folder, \
                 /reject {number} declines",
                file(transfer)
            )),
            Err(reason) => {
                self.offers.remove(&transfer.id);
                self.warn(&format!("cannot take {}: {reason}", file(transfer)));
                self.answer(transfer, false);
            }
        }
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
        let network = self.network;
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
            Line::People => self.list_people(),
            Line::To(person) => self.turn_to(&person)?,
            Line::Status(presence) => {
                needs(network, "status to tell", |f| f.contacts)?;
                self.ask(Command::Announce(presence), Purpose::Announce);
            }
            Line::Tell(Recipient::Name(person), raw) if network.has_people() => {
                let to = self.person(&person)?;
                self.tell_person(to, &raw)?;
            }
            Line::Tell(to, raw) => {
                let text = message(&raw, &network.features())?;
                self.ask(message_to(network, to.clone(), text), Purpose::Tell(to));
            }
            Line::Whois(user) => {
                let user = match network {
                    Network::Hub(_) => user,
                    Network::Lan | Network::Friends => self.people.find(&user).unwrap_or(user),
                };
                needs(network, "way to ask whether somebody is here", |f| {
                    f.presence
                })?;
                self.ask(Command::Query { user }, Purpose::List);
            }
            Line::History(limit) => {
                needs(network, "history", |f| f.history)?;
                let place = match network {
                    Network::Hub(_) | Network::Lan => Place::Room(self.room_or_current(None)?),
                    Network::Friends => {
                        Place::Person(self.people.partner().map_err(anyhow::Error::msg)?)
                    }
                };
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
                needs(network, "file transfer", |f| f.files)?;
                let to = match network {
                    Network::Hub(_) => to,
                    Network::Lan | Network::Friends => self.person(&to)?,
                };
                self.out.push(match network.features().paths {
                    true => Do::Give(to, path),
                    false => Do::Offer(to, path),
                });
            }
            Line::Files => self.list_files(),
            Line::Accept(number, folder) => {
                let transfer = self.offer(number)?;
                if network.features().paths {
                    self.take(transfer, folder.as_deref())?;
                } else {
                    self.out.push(Do::Accept(transfer, folder));
                }
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
                needs(network, "mailbox to look into", |f| f.mailbox)?;
                self.take_mail(true);
            }
            Line::Help => self.help(),
            Line::Quit(words) => {
                let words = words
                    .map(|raw| message(&raw, &network.features()))
                    .transpose()?;
                self.out.push(Do::Quit(words));
            }
        }
        Ok(())
    }

    fn say(&mut self, raw: &str) -> anyhow::Result<()> {
        if self.network.has_people() {
            return self.say_to_partner(raw);
        }
        if !self.network.features().rooms {
            anyhow::bail!(
                "{}; write letters with /msg USER TEXT",
                no_rooms(self.network)
            );
        }
        let text = message(raw, &self.network.features())?;
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
        if self.network.features().rooms {
            Ok(())
        } else {
            Err(no_rooms(self.network).into())
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
        for spec in line::commands(Some(self.network)) {
            let usage = format!("{} {}", spec.name, spec.usage);
            self.show(format!("  {usage:<29} {}", spec.help));
        }
        let place = match self.network {
            Network::Hub(_) => "in the room",
            Network::Lan | Network::Friends => {
                "to the person in the prompt; a name with blanks stands in \"quotes\""
            }
        };
        self.note(&format!(
            "  Anything else is said {place}; // at the beginning says a /."
        ));
    }
}

/// What both need.
impl Chat {
    fn meet(&mut self, name: &str) {
        if self.met.len() < MAX_PEOPLE && !self.met.contains(name) {
            self.met.insert(name.to_owned());
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

mod happened;
mod lan;

#[cfg(test)]
mod tests;
