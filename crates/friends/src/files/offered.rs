//! What friends offer to us: the links that they said and that nobody has fetched yet [RS-20].
//!
//! They are kept apart from what was said, so that a face can take files without anything that was said
//! counting as seen.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wire_retroshare::{FileHash, PgpId};

use super::names;
use super::turn::{People, Turn};
use crate::api::{FileLink, OfferToUs};
use crate::kept::{Area, Change, Record};

/// Offers to us.
#[derive(Debug, Default)]
pub(super) struct Offered {
    /// ≤ [`MAX_OFFERED`], ≤ [`MAX_OF_ONE`] of each friend.
    all: BTreeMap<(PgpId, FileHash), Kept>,
    last: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    number: u64,
    name: String,
    size: u64,
    at: u64,
}

impl Offered {
    /// From what was kept; damaged records are left out, and told.
    pub(super) fn new(records: &[Record]) -> (Self, Vec<String>) {
        let mut offered = Self::default();
        let mut damaged = Vec::new();
        for record in records {
            let Some(key) = key_in(record) else {
                continue;
            };
            let kept = serde_json::from_slice::<Kept>(&record.value);
            let (Some(key), Ok(kept)) = (read_key(key), kept) else {
                damaged.push(format!(
                    "the record of an offer is damaged and left out: {}",
                    names::shown(key)
                ));
                continue;
            };
            offered.last = offered.last.max(kept.number);
            offered.all.insert(key, kept);
        }
        (offered, damaged)
    }

    /// A friend offers a file; once more makes it the latest.
    pub(super) fn hear(&mut self, from: PgpId, link: &FileLink, turn: &mut Turn) {
        let Ok(hash) = link.hash.parse() else {
            return;
        };
        self.last = self.last.saturating_add(1);
        let kept = Kept {
            number: self.last,
            name: names::shown(&link.name),
            size: link.size,
            at: turn.now.wall.0,
        };
        keep(from, hash, Some(&kept), turn);
        self.all.insert((from, hash), kept);
        if self.of(from).count() > MAX_OF_ONE {
            self.forget_oldest(from, turn);
        }
        if self.all.len() > MAX_OFFERED
            && let Some(most) = self.who_offers_most()
        {
            self.forget_oldest(most, turn);
        }
    }

    /// So nobody can push out what others offer by offering much themselves.
    fn who_offers_most(&self) -> Option<PgpId> {
        let mut counts: BTreeMap<PgpId, usize> = BTreeMap::new();
        for from in self.profiles() {
            *counts.entry(from).or_default() += 1;
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        most.map(|(from, _)| from)
    }

    /// Files are being fetched: nobody has to offer them any more.
    pub(super) fn take(&mut self, hashes: &BTreeSet<FileHash>, turn: &mut Turn) {
        self.forget_all(|_, hash| hashes.contains(&hash), turn);
    }

    /// A friend is none any more.
    pub(super) fn forget(&mut self, profile: PgpId, turn: &mut Turn) {
        self.forget_all(|who, _| who == profile, turn);
    }

    /// All of them, oldest first.
    pub(super) fn report(&self, people: &People) -> Vec<OfferToUs> {
        let report = |((from, hash), kept): (&(PgpId, FileHash), &Kept)| OfferToUs {
            id: kept.number,
            who: people.name(*from),
            link: FileLink {
                name: kept.name.clone(),
                size: kept.size,
                hash: hash.to_string(),
            },
            at: kept.at,
        };
        let mut all: Vec<OfferToUs> = self.all.iter().map(report).collect();
        all.sort_by_key(|offer| offer.id);
        all
    }

    /// Those who offer something, once for each offer.
    pub(super) fn profiles(&self) -> impl Iterator<Item = PgpId> {
        self.all.keys().map(|(from, _)| *from)
    }

    fn forget_all(&mut self, is_gone: impl Fn(PgpId, FileHash) -> bool, turn: &mut Turn) {
        let gone = self
            .all
            .extract_if(.., |(from, hash), _| is_gone(*from, *hash));
        for ((from, hash), _) in gone {
            keep(from, hash, None, turn);
        }
    }

    fn forget_oldest(&mut self, from: PgpId, turn: &mut Turn) {
        let oldest = self.of(from).min_by_key(|(_, kept)| kept.number);
        if let Some((hash, _)) = oldest {
            self.all.remove(&(from, hash));
            keep(from, hash, None, turn);
        }
    }

    /// What one friend offers, found without a look at what others do.
    fn of(&self, from: PgpId) -> impl Iterator<Item = (FileHash, &Kept)> {
        let first = (from, FileHash::from_bytes([0; 20]));
        let theirs = self.all.range(first..);
        let theirs = theirs.take_while(move |((who, _), _)| *who == from);
        theirs.map(|((_, hash), kept)| (*hash, kept))
    }
}

/// The rest of the key of a record of ours.
pub(super) fn key_in(record: &Record) -> Option<&str> {
    let is_ours = record.area == Area::Shares;
    record.key.strip_prefix(KEY_PREFIX).filter(|_| is_ours)
}

fn read_key(key: &str) -> Option<(PgpId, FileHash)> {
    let (from, hash) = key.split_once(' ')?;
    Some((from.parse().ok()?, hash.parse().ok()?))
}

fn keep(from: PgpId, hash: FileHash, kept: Option<&Kept>, turn: &mut Turn) {
    turn.fx.keep(Change {
        area: Area::Shares,
        key: format!("{KEY_PREFIX}{from} {hash}"),
        value: kept.and_then(|kept| serde_json::to_vec(kept).ok()),
    });
}

/// What keys of these begin with; no absolute path does.
const KEY_PREFIX: &str = "offered-by ";
/// Offers of one friend that are remembered, at most: as many links as two messages can hold.
const MAX_OF_ONE: usize = 200;
/// Offers of all, at most: some 100 bytes each. Beyond, whoever offers most loses their oldest.
const MAX_OFFERED: usize = 5_000;
