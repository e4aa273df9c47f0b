//! Asking friends for their folders.
//!
//! The root is asked for when a friend comes online and every two minutes after that. When it has
//! changed, so may have every folder in it, and each is asked for in turn, those nearest to the root
//! first, with the time that we know; an answer that it is up to date ends that branch. What is no longer
//! below the root is waited for no more. Requests are few at a time, and what comes without a request is
//! nothing to us.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use sha1::{Digest, Sha1};
use wire_retroshare::file_lists::{
    DirEntry, FileLists, PAYLOAD_MAX, SyncRequest, SyncResponse, flags, payload_hash,
};
use wire_retroshare::{DirHash, Item, LocationId, PgpId};

use super::remote::Remote;
use super::{Lists, MAX_BYTES};
use crate::effects::Peer;
use crate::files::turn::Turn;

/// What is asked of one location.
#[derive(Debug)]
pub(super) struct Asking {
    pending: BTreeMap<u64, Pending>,
    next_root: Instant,
    /// When the root was asked for last.
    asked: Instant,
    /// A person looks: the root is asked for as if nothing of it were known. Real nodes compare it by the
    /// latest time of any file in it, so they call it up to date when older files have come.
    is_anew: bool,
    /// Requests without an answer since the last answer.
    failures: u32,
    /// Bytes of parts that wait for the rest; ≤ [`MAX_PARTS`].
    parts: usize,
}

#[derive(Debug)]
struct Pending {
    folder: DirHash,
    until: Instant,
    parts: BytesMut,
    payload_hash: Option<[u8; 20]>,
}

impl Lists {
    pub(in crate::files) fn peer_up(&mut self, peer: Peer, turn: &mut Turn) {
        let remote = self.remotes.get(&peer.location);
        if remote.is_none_or(|remote| remote.profile() != peer.profile) {
            let remote = Remote::new(peer.profile);
            self.bytes += remote.bytes();
            if let Some(before) = self.remotes.insert(peer.location, remote) {
                self.bytes = self.bytes.saturating_sub(before.bytes());
            }
        }
        let asking = Asking {
            pending: BTreeMap::new(),
            next_root: turn.now.instant,
            asked: turn.now.instant,
            is_anew: false,
            failures: 0,
            parts: 0,
        };
        self.asking.insert(peer.location, asking);
        self.ask(peer.location, turn);
    }

    pub(in crate::files) fn peer_down(&mut self, location: LocationId) {
        self.asking.remove(&location);
    }

    /// When [`ask_when_due`](Self::ask_when_due) is to be called.
    pub(in crate::files) fn poll_timeout(&self) -> Option<Instant> {
        let due = |asking: &Asking| {
            let answers = asking.pending.values().map(|pending| pending.until).min();
            answers.map_or(asking.next_root, |until| until.min(asking.next_root))
        };
        self.asking.values().map(due).min()
    }

    pub(in crate::files) fn ask_when_due(&mut self, turn: &mut Turn) {
        let online: Vec<LocationId> = self.asking.keys().copied().collect();
        for location in online {
            self.ask(location, turn);
        }
    }

    /// Asks those of them who are online for what is new; where that was done just now, in a moment.
    /// `false`: there is nothing to wait for.
    pub(in crate::files) fn refresh(&mut self, whose: Option<PgpId>, turn: &mut Turn) -> bool {
        for location in self.online_of(whose) {
            if let Some(asking) = self.asking.get_mut(&location) {
                asking.next_root = asking.next_root.min(asking.asked + FRESH);
                asking.is_anew = true;
                self.ask(location, turn);
            }
        }
        !self.is_settled(whose)
    }

    /// Whether nothing that was asked of them is without its answer.
    pub(in crate::files) fn is_settled(&self, whose: Option<PgpId>) -> bool {
        let mut online = self.online_of(whose).into_iter();
        online.all(|at| self.asking.get(&at).is_none_or(|a| a.pending.is_empty()))
    }

    fn online_of(&self, whose: Option<PgpId>) -> Vec<LocationId> {
        let is_theirs = |location: &LocationId| {
            let owner = self.remotes.get(location).map(Remote::profile);
            whose.is_none() || owner == whose
        };
        self.asking.keys().copied().filter(is_theirs).collect()
    }

    /// An answer, or a part of one. Returns the files that are new to us, if any.
    pub(in crate::files) fn handle_response(
        &mut self,
        from: LocationId,
        response: &SyncResponse,
        turn: &mut Turn,
    ) -> Option<DirHash> {
        let folder = self
            .asking
            .get_mut(&from)?
            .take(response, turn.now.instant)?;
        let (folder, payload) = folder;
        let content = self.learn(from, folder, response, &payload, turn);
        self.ask(from, turn);
        content
    }

    fn learn(
        &mut self,
        from: LocationId,
        folder: DirHash,
        response: &SyncResponse,
        payload: &[u8],
        turn: &mut Turn,
    ) -> Option<DirHash> {
        let remote = self.remotes.get_mut(&from)?;
        let before = remote.bytes();
        let room = MAX_BYTES.saturating_sub(self.bytes);
        let mut content = None;
        if response.flags & flags::REMOVED != 0 {
            remote.removed(folder, from, turn);
        } else if response.flags & flags::UP_TO_DATE != 0 {
            remote.up_to_date(folder, from, turn);
        } else if response.flags & flags::CONTENT != 0
            && payload_hash(payload) == response.payload_hash
            && let Ok(mut entry) = DirEntry::decode(payload)
        {
            // The item's time is what the owner compares with next time.
            entry.recursive_time = response.time;
            remote.update(folder, entry, room, from, turn);
            content = Some(folder);
        }
        self.bytes = (self.bytes + remote.bytes()).saturating_sub(before);
        if let Some(asking) = self.asking.get_mut(&from) {
            asking.keep_only(|folder| remote.folder(folder).is_some());
        }
        content
    }

    fn ask(&mut self, location: LocationId, turn: &mut Turn) {
        let (Some(remote), Some(asking)) =
            (self.remotes.get(&location), self.asking.get_mut(&location))
        else {
            return;
        };
        let now = turn.now.instant;
        asking.give_up(now);
        let mut wanted = Vec::new();
        if asking.next_root <= now {
            asking.next_root = now + ROOT_PAUSE;
            asking.asked = now;
            asking.failures = 0;
            wanted.push(DirHash::ROOT);
        }
        if asking.failures < MAX_FAILURES {
            // The root is asked for by time alone.
            let stale = remote.stale().filter(|hash| *hash != DirHash::ROOT);
            wanted.extend(stale.take(MAX_PENDING + asking.pending.len()));
        }
        for folder in wanted {
            let is_asked = asking
                .pending
                .values()
                .any(|pending| pending.folder == folder);
            let is_full = asking.pending.len() >= MAX_PENDING && folder != DirHash::ROOT;
            if is_asked || is_full {
                continue;
            }
            self.last_request += 1;
            let is_anew = folder == DirHash::ROOT && std::mem::take(&mut asking.is_anew);
            let known = remote.folder(folder).filter(|_| !is_anew);
            let request = SyncRequest {
                dir: folder,
                flags: flags::REQUEST,
                known_time: known.map_or(0, |folder| folder.stamp),
                request: number(&self.seed, self.last_request),
            };
            let pending = Pending {
                folder,
                until: now + ANSWER_WITHIN,
                parts: BytesMut::new(),
                payload_hash: None,
            };
            asking.pending.insert(request.request, pending);
            turn.send(location, Item::FileLists(FileLists::SyncRequest(request)));
        }
    }
}

impl Asking {
    /// What was asked for, and the whole payload, once it is there.
    fn take(&mut self, response: &SyncResponse, now: Instant) -> Option<(DirHash, Bytes)> {
        let pending = self.pending.get_mut(&response.request)?;
        if pending.folder != response.dir {
            return None;
        }
        self.failures = 0;
        if response.is_whole() {
            let pending = self.remove(response.request)?;
            return Some((pending.folder, response.payload.clone()));
        }
        let is_same = pending
            .payload_hash
            .is_none_or(|hash| hash == response.payload_hash);
        let total = pending.parts.len() + response.payload.len();
        if !is_same || total > PAYLOAD_MAX || self.parts + response.payload.len() > MAX_PARTS {
            // It comes again with the next round, if it is meant well.
            self.remove(response.request);
            return None;
        }
        pending.payload_hash = Some(response.payload_hash);
        // More parts are on their way.
        pending.until = pending.until.max(now + PART_WITHIN);
        pending.parts.extend_from_slice(&response.payload);
        self.parts += response.payload.len();
        if !response.is_last() {
            return None;
        }
        let pending = self.remove(response.request)?;
        Some((pending.folder, pending.parts.freeze()))
    }

    fn give_up(&mut self, now: Instant) {
        let late = self
            .pending
            .iter()
            .filter(|(_, pending)| pending.until <= now);
        let late: Vec<u64> = late.map(|(request, _)| *request).collect();
        for request in late {
            self.remove(request);
            self.failures += 1;
        }
    }

    /// Questions about folders that are no more leave room for others: nobody has to answer them.
    fn keep_only(&mut self, is_there: impl Fn(DirHash) -> bool) {
        let gone = self.pending.iter().filter(|(_, p)| !is_there(p.folder));
        let gone: Vec<u64> = gone.map(|(request, _)| *request).collect();
        for request in gone {
            self.remove(request);
        }
    }

    fn remove(&mut self, request: u64) -> Option<Pending> {
        let pending = self.pending.remove(&request)?;
        self.parts -= pending.parts.len();
        Some(pending)
    }
}

/// A request's number, which nobody guesses who was not asked.
fn number(seed: &[u8; 32], count: u64) -> u64 {
    let digest = Sha1::new()
        .chain_update(b"request")
        .chain_update(seed)
        .chain_update(count.to_be_bytes())
        .finalize();
    u64::from_be_bytes(core::array::from_fn(|i| digest[i]))
}

/// Between two questions for the root; the network's own programs take as long.
const ROOT_PAUSE: Duration = Duration::from_secs(120);
/// Between two questions for the root when people look.
const FRESH: Duration = Duration::from_secs(2);
/// A request counts as lost after this; large lists wait for a slow link.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The same for the rest of an answer, after each part.
const PART_WITHIN: Duration = Duration::from_secs(15);
/// Requests under way to one location: enough to keep a slow link busy.
const MAX_PENDING: usize = 8;
/// After so many lost requests in a row nothing is asked until the next round.
const MAX_FAILURES: u32 = 16;
/// Bytes of unfinished answers from one location, at most: two of the largest.
const MAX_PARTS: usize = 2 * PAYLOAD_MAX;
