//! Words between two people: kept, sent when the friend is there, shown as plain text [RS-11].
//!
//! | file | what |
//! |---|---|
//! | `talk` | one conversation: what was said, what waits |
//! | `items` | what comes from friends, and what is sent to them |
//! | `avatars` | pictures |
//!
//! The network has no receipts. A message counts as sent when a friend's machine has answered a ping
//! that was sent behind it (where it answers none: when the socket has taken it). If the link dies
//! before, the next one carries it again, with the same time: by that and the text a receiver knows what
//! is there already. So none is lost, and of us nobody sees one twice.

mod avatars;
mod items;
mod talk;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use wire_retroshare::chat::{Chat as ChatItem, flags};
use wire_retroshare::{Item, LocationId, PgpId, Service};

use self::avatars::Avatars;
use self::items::Joining;
pub(crate) use self::items::state_item;
use self::talk::{Entry, Talk, key, read_key};
use crate::api::{MAX_SAY, MAX_TEXT, MAX_UNREAD, Notice, Said, SendState, Waiting};
use crate::context::Context;
use crate::kept::{Area, Record, json};
use crate::output::ConnectionId;
use crate::roster::cut;

/// Bytes kept of all conversations; beyond, the longest loses its oldest messages.
const MAX_ALL_BYTES: usize = 128 * 1024 * 1024;
/// A friend writes no longer when this has passed since they last said so.
const TYPING_TIME: Duration = Duration::from_secs(8);
/// We say that we write at most this often.
const TYPING_EVERY: Duration = Duration::from_secs(3);
/// Bytes of a waiting message that are shown in the outbox.
const MAX_BEGINNING: usize = 80;

/// All conversations.
#[derive(Debug)]
pub(crate) struct Chat {
    talks: BTreeMap<PgpId, Talk>,
    avatars: Avatars,
    /// Status texts of friends, while they are online.
    states: BTreeMap<PgpId, String>,
    /// What machines say of when the picture they were asked for was changed.
    announced: BTreeMap<LocationId, u32>,
    /// Long messages of which a part is there, by the link that it came by.
    joining: BTreeMap<ConnectionId, Joining>,
    /// Who writes, until when.
    typing: BTreeMap<PgpId, Instant>,
    /// When we last said that we write.
    told_typing: BTreeMap<PgpId, Instant>,
}

impl Chat {
    /// From what was kept; what is damaged is answered with, and stays where it is.
    pub(crate) fn new(records: &[Record]) -> (Self, Vec<String>) {
        let mut talks: BTreeMap<PgpId, Talk> = BTreeMap::new();
        let mut damaged = Vec::new();
        for record in records.iter().filter(|record| record.area == Area::Chat) {
            let entry = serde_json::from_slice::<Entry>(&record.value);
            match (read_key(&record.key), entry) {
                (Some((profile, id)), Ok(entry)) => {
                    talks.entry(profile).or_default().restore(id, entry);
                }
                (None, _) | (_, Err(_)) => {
                    damaged.push(format!("the message {} cannot be read", record.key));
                }
            }
        }
        let chat = Self {
            talks,
            avatars: Avatars::new(records),
            states: BTreeMap::new(),
            announced: BTreeMap::new(),
            joining: BTreeMap::new(),
            typing: BTreeMap::new(),
            told_typing: BTreeMap::new(),
        };
        (chat, damaged)
    }

    /// The largest number in use.
    pub(crate) fn last_number(&self) -> u64 {
        let latest = self.talks.values().filter_map(|talk| {
            let (id, _) = talk.before(None, 1).pop()?;
            Some(id)
        });
        latest.max().unwrap_or(0)
    }

    /// Says something: kept, and sent as soon as they are there. Answers with its number.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn say(
        &mut self,
        to: PgpId,
        text: String,
        cx: &mut Context<'_>,
    ) -> Result<u64, String> {
        if text.trim().is_empty() {
            return Err("there is nothing in the message: write something".into());
        }
        if text.len() > MAX_SAY {
            return Err(format!(
                "the message has {} bytes, and {MAX_SAY} is the most: send it as a file",
                text.len()
            ));
        }
        let talk = self.talks.entry(to).or_default();
        if !talk.has_room(text.len()) {
            return Err(format!(
                "too much waits for {} already: wait until they are online, or take something back",
                cx.name(to)
            ));
        }
        let sent_at = talk.stamp(&text, cx.seconds());
        let id = cx.numbers.take(cx.fx);
        let entry = Entry {
            at: cx.now.wall.0,
            is_ours: true,
            text,
            state: SendState::Queued,
            is_unread: false,
            sent_at,
            way: None,
        };
        self.told_typing.remove(&to);
        self.add(to, id, entry, cx);
        Ok(id)
    }

    /// Adds to a conversation, keeps it, tells it, and forgets what is beyond the bounds.
    fn add(&mut self, with: PgpId, id: u64, entry: Entry, cx: &mut Context<'_>) {
        cx.keep(Area::Chat, key(with, id), Some(json(&entry)));
        let who = cx.name(with);
        cx.notice(Notice::Said(entry.said(id, who)));
        let gone = self.talks.entry(with).or_default().add(id, entry);
        for old in gone {
            cx.keep(Area::Chat, key(with, old), None);
        }
        while self.talks.values().map(Talk::bytes).sum::<usize>() > MAX_ALL_BYTES {
            let longest = self.talks.iter_mut().max_by_key(|(_, talk)| talk.bytes());
            let Some((longest, Some(old))) = longest.map(|(id, t)| (*id, t.forget_oldest())) else {
                return;
            };
            cx.keep(Area::Chat, key(longest, old), None);
        }
    }

    /// We write, or no longer: the network can only say the former.
    pub(crate) fn write(&mut self, to: PgpId, is_typing: bool, cx: &mut Context<'_>) {
        let now = cx.now.instant;
        let told = self.told_typing.get(&to);
        if !is_typing || told.is_some_and(|at| now < *at + TYPING_EVERY) {
            return;
        }
        self.told_typing.insert(to, now);
        for link in cx.links.with(to, Service::CHAT) {
            let item = ChatItem::Status {
                flags: flags::PRIVATE,
                text: "typing…".into(),
            };
            cx.fx.send(link.location(), Item::Chat(item));
        }
    }

    /// What was said with somebody: the latest of it that one answer holds.
    pub(crate) fn history(
        &self,
        with: PgpId,
        before: Option<u64>,
        limit: usize,
        name: &str,
    ) -> Vec<Said> {
        let Some(talk) = self.talks.get(&with) else {
            return Vec::new();
        };
        let latest = talk.before(before, limit);
        let mut room = MAX_TEXT;
        let fits = |(_, entry): &&(u64, &Entry)| take_room(&mut room, &entry.text);
        let count = latest.iter().rev().take_while(fits).count();
        let said = latest.into_iter().rev().take(count).rev();
        said.map(|(id, entry)| entry.said(id, name.to_owned()))
            .collect()
    }

    /// Whether anything was ever said with somebody.
    pub(crate) fn has_talk(&self, with: PgpId) -> bool {
        self.talks.contains_key(&with)
    }

    /// The oldest of what nobody has seen, as much as one answer holds; it counts as read from now on.
    pub(crate) fn take_unread(&mut self, cx: &mut Context<'_>) -> Vec<Said> {
        let mut unread: Vec<(u64, PgpId)> = Vec::new();
        for (profile, talk) in &self.talks {
            unread.extend(talk.unread().map(|(id, _)| (id, *profile)));
        }
        unread.sort_unstable();
        let mut told = Vec::new();
        let mut room = MAX_TEXT;
        for (id, profile) in unread.into_iter().take(MAX_UNREAD) {
            let talk = self.talks.get_mut(&profile);
            let Some(entry) = talk.and_then(|talk| talk.get_mut(id)) else {
                continue;
            };
            if !take_room(&mut room, &entry.text) {
                break;
            }
            entry.is_unread = false;
            cx.keep(Area::Chat, key(profile, id), Some(json(entry)));
            told.push(entry.said(id, cx.roster.name(profile)));
        }
        told
    }

    /// What waits.
    pub(crate) fn outbox(&self, cx: &Context<'_>) -> Vec<Waiting> {
        let mut waiting = Vec::new();
        for (profile, talk) in &self.talks {
            waiting.extend(talk.open().map(|(id, entry)| Waiting {
                id,
                who: vec![cx.name(*profile)],
                at: entry.at,
                text: cut(&entry.text, MAX_BEGINNING).to_owned(),
                is_mail: false,
            }));
        }
        waiting
    }

    /// Takes a message back; `None` if it is none.
    pub(crate) fn withdraw(&mut self, id: u64, cx: &mut Context<'_>) -> Option<Result<(), String>> {
        let mut talks = self.talks.iter_mut();
        let (profile, talk) = talks.find(|(_, talk)| talk.get(id).is_some_and(|e| e.is_ours))?;
        if !talk.withdraw(id) {
            return Some(Err(format!(
                "the message {id} has left already, or is leaving: it cannot be taken back"
            )));
        }
        let profile = *profile;
        self.tell_outgoing(profile, id, SendState::Dropped, cx);
        Some(Ok(()))
    }

    /// Keeps how a message of ours is now, and tells it.
    fn tell_outgoing(&self, to: PgpId, id: u64, state: SendState, cx: &mut Context<'_>) {
        if let Some(entry) = self.talks.get(&to).and_then(|talk| talk.get(id)) {
            cx.keep(Area::Chat, key(to, id), Some(json(entry)));
        }
        let who = cx.name(to);
        cx.notice(Notice::Outgoing { id, who, state });
    }

    /// Somebody is no friend any more: nothing is sent to them, and what was said is kept.
    pub(crate) fn drop_friend(&mut self, id: PgpId, cx: &mut Context<'_>) {
        self.states.remove(&id);
        self.typing.remove(&id);
        self.told_typing.remove(&id);
        if self.avatars.forget(id) {
            cx.keep(Area::Friends, avatars::key(id), None);
        }
        let open = self.talks.get_mut(&id).map(Talk::give_up);
        for message in open.unwrap_or_default() {
            self.tell_outgoing(id, message, SendState::Dropped, cx);
        }
    }

    /// A link is over.
    pub(crate) fn link_lost(&mut self, profile: PgpId, link: ConnectionId) {
        if let Some(talk) = self.talks.get_mut(&profile) {
            talk.lost(link);
        }
        self.joining.remove(&link);
    }

    /// What a machine was asked for does not come.
    pub(crate) fn machine_down(&mut self, location: LocationId) {
        self.announced.remove(&location);
        self.avatars.gone(location);
    }

    /// Nobody of them is online any more.
    pub(crate) fn offline(&mut self, profile: PgpId, cx: &mut Context<'_>) {
        self.states.remove(&profile);
        self.told_typing.remove(&profile);
        self.stop_typing(profile, cx);
    }

    fn stop_typing(&mut self, profile: PgpId, cx: &mut Context<'_>) {
        if self.typing.remove(&profile).is_some() {
            let who = cx.name(profile);
            cx.notice(Notice::Typing {
                who,
                is_typing: false,
            });
        }
    }

    /// Does what is due by time.
    pub(crate) fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        let late = self.typing.iter().filter(|(_, at)| **at <= cx.now.instant);
        for profile in late.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.stop_typing(profile, cx);
        }
    }

    /// When to look again.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.typing.values().min().copied()
    }

    /// Somebody's words about how they are.
    pub(crate) fn state_of(&self, profile: PgpId) -> Option<&str> {
        self.states.get(&profile).map(String::as_str)
    }

    /// SHA-1 of somebody's picture.
    pub(crate) fn avatar_hash(&self, profile: PgpId) -> Option<String> {
        self.avatars.get(profile).map(avatars::Picture::hash)
    }

    /// Somebody's picture.
    pub(crate) fn avatar(&self, profile: PgpId) -> Option<Vec<u8>> {
        self.avatars
            .get(profile)
            .map(|picture| picture.image().to_vec())
    }
}

/// Whether a text fits into what is left of an answer. One that is longer than any answer, which only a
/// record from elsewhere can be, fits into an empty one.
fn take_room(room: &mut usize, text: &str) -> bool {
    let left = room.checked_sub(text.len());
    let fits = left.is_some() || *room == MAX_TEXT;
    if fits {
        *room = left.unwrap_or(0);
    }
    fits
}
