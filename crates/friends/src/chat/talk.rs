//! What was said with one friend, and what waits for them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wire_retroshare::PgpId;

use crate::api::{Said, SendState};
use crate::output::ConnectionId;
use crate::twin::{self, Way};

/// Messages kept of one conversation; beyond, the oldest goes. Years of a friendship.
pub(crate) const MAX_SAID: usize = 10_000;
/// Bytes of them.
pub(crate) const MAX_SAID_BYTES: usize = 4 * 1024 * 1024;
/// Messages that wait for one friend, at most: more than a person writes to somebody who is away.
pub(crate) const MAX_WAITING: usize = 1_000;
/// Bytes of them.
pub(crate) const MAX_WAITING_BYTES: usize = 2 * 1024 * 1024;

/// One message, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) at: u64,
    #[serde(default)]
    pub(crate) is_ours: bool,
    pub(crate) text: String,
    #[serde(default = "sent")]
    pub(crate) state: SendState,
    #[serde(default)]
    pub(crate) is_unread: bool,
    /// When it was said as the wire has it, in seconds since 1970 by its writer's clock; 0: not told. Of
    /// ours no two with the same words have the same.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) sent_at: u32,
    /// How it came; `None` after a restart, and for what is ours.
    #[serde(skip)]
    pub(crate) way: Option<Way>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn sent() -> SendState {
    SendState::Sent
}

impl Entry {
    /// For a face.
    pub(crate) fn said(&self, id: u64, who: String) -> Said {
        Said {
            id,
            who,
            is_ours: self.is_ours,
            at: self.at,
            text: self.text.clone(),
            state: self.state,
        }
    }
}

/// A conversation.
#[derive(Debug, Default)]
pub(crate) struct Talk {
    said: BTreeMap<u64, Entry>,
    bytes: usize,
    waiting: BTreeSet<u64>,
    waiting_bytes: usize,
    /// Messages given to links, and not known to have arrived: which links carry each.
    flying: BTreeMap<u64, BTreeSet<ConnectionId>>,
}

impl Talk {
    /// A message from a record. It waits again if it is not known to have arrived.
    pub(crate) fn restore(&mut self, id: u64, entry: Entry) {
        if entry.is_ours && entry.state == SendState::Queued {
            self.waiting.insert(id);
            self.waiting_bytes += entry.text.len();
        }
        self.bytes += entry.text.len();
        self.said.insert(id, entry);
    }

    /// Whether one more may wait.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.waiting.len() + self.flying.len() < MAX_WAITING
            && self.waiting_bytes + bytes <= MAX_WAITING_BYTES
    }

    /// Something was said; the messages that are forgotten for it are answered with.
    pub(crate) fn add(&mut self, id: u64, entry: Entry) -> Vec<u64> {
        self.restore(id, entry);
        let mut gone = Vec::new();
        while (self.said.len() > MAX_SAID || self.bytes > MAX_SAID_BYTES)
            && let Some(oldest) = self.forget_oldest()
        {
            gone.push(oldest);
        }
        gone
    }

    /// Forgets the oldest message that waits for nothing.
    pub(crate) fn forget_oldest(&mut self) -> Option<u64> {
        let mut done = self.said.keys().copied();
        let oldest = done.find(|id| !self.is_open(*id))?;
        let entry = self.said.remove(&oldest)?;
        self.bytes -= entry.text.len();
        Some(oldest)
    }

    fn is_open(&self, id: u64) -> bool {
        self.waiting.contains(&id) || self.flying.contains_key(&id)
    }

    /// One message.
    pub(crate) fn get(&self, id: u64) -> Option<&Entry> {
        self.said.get(&id)
    }

    /// One message.
    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut Entry> {
        self.said.get_mut(&id)
    }

    /// The latest messages before one, oldest first.
    pub(crate) fn before(&self, before: Option<u64>, limit: usize) -> Vec<(u64, &Entry)> {
        let end = before.unwrap_or(u64::MAX);
        let latest = self.said.range(..end).rev().take(limit);
        let mut found: Vec<_> = latest.map(|(id, entry)| (*id, entry)).collect();
        found.reverse();
        found
    }

    /// What nobody has seen.
    pub(crate) fn unread(&self) -> impl Iterator<Item = (u64, &Entry)> {
        let said = self.said.iter().map(|(id, entry)| (*id, entry));
        said.filter(|(_, entry)| entry.is_unread)
    }

    /// All messages that are not known to have arrived.
    pub(crate) fn open(&self) -> impl Iterator<Item = (u64, &Entry)> {
        let ids = self.waiting.iter().chain(self.flying.keys());
        ids.filter_map(|id| Some((*id, self.said.get(id)?)))
    }

    /// The time that goes with a message of ours.
    pub(crate) fn stamp(&self, text: &str, second: u32) -> u32 {
        let ours = self.said.values().filter(|entry| entry.is_ours);
        let same = ours.filter(|entry| entry.sent_at >= second && entry.text == text);
        twin::free_second(second, same.map(|entry| entry.sent_at))
    }

    /// Whether this message is there already: the link that it came by broke before its sender, who sends
    /// again then, knew that.
    pub(crate) fn is_twin(&mut self, way: Way, sent_at: u32, text: &str) -> bool {
        let latest = self.said.values_mut().rev().take(MAX_WAITING);
        let mut theirs = latest.filter(|entry| !entry.is_ours && entry.sent_at == sent_at);
        let twin = theirs.find(|entry| entry.text == text && Way::may_be_another(entry.way, way));
        // What is said twice is there twice, so each stands for one.
        let twin = twin.filter(|_| sent_at != 0);
        twin.map(|entry| entry.way = Some(way)).is_some()
    }

    /// Whether something waits.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Bytes kept.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The next message to be given to exactly these links. While others are on their way by other
    /// links, it waits: each machine gets everything in order.
    pub(crate) fn next_for(&mut self, links: &BTreeSet<ConnectionId>) -> Option<(u64, &Entry)> {
        if links.is_empty() || self.flying.values().any(|carriers| carriers != links) {
            return None;
        }
        let id = self.waiting.pop_first()?;
        self.flying.insert(id, links.clone());
        self.said.get(&id).map(|entry| (id, entry))
    }

    /// It has arrived by one link; `true` if that is news.
    pub(crate) fn arrived(&mut self, id: u64) -> bool {
        if self.flying.remove(&id).is_none() {
            return false;
        }
        self.settle(id, SendState::Sent);
        true
    }

    /// It is taken back; `false` if it is on its way already.
    pub(crate) fn withdraw(&mut self, id: u64) -> bool {
        if !self.waiting.remove(&id) {
            return false;
        }
        self.settle(id, SendState::Dropped);
        true
    }

    /// Nothing more is sent to them: what waited is answered with.
    pub(crate) fn give_up(&mut self) -> Vec<u64> {
        let flying = std::mem::take(&mut self.flying);
        let mut open = std::mem::take(&mut self.waiting);
        open.extend(flying.into_keys());
        for id in &open {
            self.settle(*id, SendState::Dropped);
        }
        open.into_iter().collect()
    }

    fn settle(&mut self, id: u64, state: SendState) {
        if let Some(entry) = self.said.get_mut(&id) {
            entry.state = state;
            self.waiting_bytes = self.waiting_bytes.saturating_sub(entry.text.len());
        }
    }

    /// A link is over: what only it carried waits again.
    pub(crate) fn lost(&mut self, link: ConnectionId) {
        for (id, carriers) in &mut self.flying {
            carriers.remove(&link);
            if carriers.is_empty() {
                self.waiting.insert(*id);
            }
        }
        self.flying.retain(|_, carriers| !carriers.is_empty());
    }
}

/// The key of a message's record.
pub(crate) fn key(profile: PgpId, id: u64) -> String {
    format!("{profile}/{id:016x}")
}

/// Whose message a record is, and its number.
pub(crate) fn read_key(key: &str) -> Option<(PgpId, u64)> {
    let (profile, id) = key.split_once('/')?;
    Some((profile.parse().ok()?, u64::from_str_radix(id, 16).ok()?))
}
