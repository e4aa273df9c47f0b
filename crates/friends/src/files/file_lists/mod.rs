//! Lists of files, synced with friends folder by folder [RS-18].
//!
//! | file | what |
//! |---|---|
//! | `serve` | what friends ask us |
//! | `ask` | what we ask friends: the root every two minutes, and what has changed below it |
//! | `remote` | one friend's folders, as a tree that no lie can grow or close to a ring |
//! | `look` | browsing, searching, finding who has a file |

mod ask;
mod look;
mod remote;
mod serve;

use std::collections::{BTreeMap, BTreeSet};

use wire_retroshare::{DirHash, LocationId, PgpId};

use self::ask::Asking;
use self::remote::Remote;
use super::turn::Turn;
use crate::kept::{Area, Change, Record};

pub(super) use self::look::{Below, MAX_BELOW};
pub(super) use self::serve::Asked;

/// Friends' lists.
#[derive(Debug)]
pub(super) struct Lists {
    seed: [u8; 32],
    last_request: u64,
    remotes: BTreeMap<LocationId, Remote>,
    /// Those who are online.
    asking: BTreeMap<LocationId, Asking>,
    /// Of all lists; ≤ [`MAX_BYTES`].
    bytes: usize,
}

impl Lists {
    /// From what was kept; damaged records are left out, and told.
    pub(super) fn new(seed: [u8; 32], records: &[Record]) -> (Self, Vec<String>) {
        let mut lists = Self {
            seed,
            last_request: 0,
            remotes: BTreeMap::new(),
            asking: BTreeMap::new(),
            bytes: 0,
        };
        let mut kept: BTreeMap<LocationId, Vec<Kept>> = BTreeMap::new();
        let mut damaged = 0;
        for record in records.iter().filter(|record| record.area == Area::Lists) {
            match Kept::read(record) {
                Some((location, folder)) => kept.entry(location).or_default().push(folder),
                None => damaged += 1,
            }
        }
        for (location, folders) in kept {
            match Remote::read(&folders) {
                Some((remote, unread)) => {
                    damaged += unread;
                    lists.bytes += remote.bytes();
                    lists.remotes.insert(location, remote);
                }
                None => damaged += folders.len(),
            }
        }
        let told = (damaged > 0)
            .then(|| format!("{damaged} records of friends' lists are damaged and left out"));
        (lists, told.into_iter().collect())
    }

    /// Forgets lists that have not been heard for long.
    pub(super) fn start(&mut self, turn: &mut Turn) {
        let now = turn.now.wall.0;
        let is_old = |remote: &Remote| remote.heard().saturating_add(MAX_AGE_MS) < now;
        let online: BTreeSet<LocationId> = self.asking.keys().copied().collect();
        self.remove(|at, remote| is_old(remote) && !online.contains(&at), turn);
    }

    /// Whose lists are known.
    pub(super) fn profiles(&self) -> impl Iterator<Item = PgpId> {
        self.remotes.values().map(Remote::profile)
    }

    /// A friend is none any more.
    pub(super) fn forget(&mut self, profile: PgpId, turn: &mut Turn) {
        self.remove(|_, remote| remote.profile() == profile, turn);
    }

    fn remove(&mut self, is_gone: impl Fn(LocationId, &Remote) -> bool, turn: &mut Turn) {
        let all = self.remotes.iter();
        let gone = all
            .filter(|(at, remote)| is_gone(**at, remote))
            .map(|(at, _)| *at);
        let gone: Vec<LocationId> = gone.collect();
        for location in gone {
            self.asking.remove(&location);
            if let Some(remote) = self.remotes.remove(&location) {
                self.bytes = self.bytes.saturating_sub(remote.bytes());
                for hash in remote.folders() {
                    keep(location, *hash, None, turn);
                    keep_mark(location, *hash, false, turn);
                }
            }
        }
    }
}

/// Hashes of files that somebody looks for.
pub(super) type Wanted = BTreeSet<wire_retroshare::FileHash>;

fn keep(location: LocationId, hash: DirHash, value: Option<Vec<u8>>, turn: &mut Turn) {
    turn.fx.keep(Change {
        area: Area::Lists,
        key: format!("{location} {hash}"),
        value,
    });
}

/// Keeps that a folder has to be asked for again.
fn keep_mark(location: LocationId, hash: DirHash, is_stale: bool, turn: &mut Turn) {
    turn.fx.keep(Change {
        area: Area::Lists,
        key: format!("{location} {hash}{MARK}"),
        value: is_stale.then(Vec::new),
    });
}

/// A record of a folder.
struct Kept<'a> {
    hash: DirHash,
    /// Says only that the folder has to be asked for again.
    is_mark: bool,
    value: &'a [u8],
}

impl<'a> Kept<'a> {
    fn read(record: &'a Record) -> Option<(LocationId, Self)> {
        let (location, rest) = record.key.split_once(' ')?;
        let hash = rest.strip_suffix(MARK);
        let kept = Self {
            hash: hash.unwrap_or(rest).parse().ok()?,
            is_mark: hash.is_some(),
            value: &record.value,
        };
        Some((location.parse().ok()?, kept))
    }
}

/// What the key of a mark ends with.
const MARK: &str = " ?";
/// A list that was not heard for so long is forgotten: sixty days.
const MAX_AGE_MS: u64 = 60 * 86_400_000;
/// Bytes of all friends' lists in memory, at most: four of the largest.
const MAX_BYTES: usize = 4 * remote::MAX_BYTES;
