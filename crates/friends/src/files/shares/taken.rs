//! Offers that were taken back: whoever had one is told so when they ask for more [RS-16].
//!
//! To everybody else, what they may not have and what we do not have stay the same: silence.

use wire_retroshare::{FileHash, PgpId};

use super::Shares;
use super::offers;
use crate::files::turn::Turn;
use crate::kept::{Area, Change};

impl Shares {
    /// The size of a file that was offered to this friend once, and is not theirs any more.
    pub(in crate::files) fn taken_back(&self, profile: PgpId, hash: FileHash) -> Option<u64> {
        self.taken.get(&(hash, profile)).copied()
    }

    pub(super) fn take_back(&mut self, profile: PgpId, hash: FileHash, size: u64, turn: &mut Turn) {
        if self.taken.len() >= MAX_TAKEN
            && let Some(((hash, profile), _)) = self.taken.pop_first()
        {
            keep(profile, hash, None, turn);
        }
        self.taken.insert((hash, profile), size);
        keep(profile, hash, Some(size), turn);
    }

    /// It is offered again, or they are no friend any more.
    pub(super) fn forget_taken(
        &mut self,
        is_gone: impl Fn(PgpId, FileHash) -> bool,
        turn: &mut Turn,
    ) {
        let gone = self
            .taken
            .extract_if(.., |(hash, profile), _| is_gone(*profile, *hash));
        for ((hash, profile), _) in gone {
            keep(profile, hash, None, turn);
        }
    }

    pub(super) fn read_taken(&mut self, key: &str, value: &[u8]) -> Option<()> {
        let (hash, profile) = key.split_once(' ')?;
        let size = core::str::from_utf8(value).ok()?.parse().ok()?;
        let key = (hash.parse().ok()?, profile.parse().ok()?);
        self.taken.insert(key, size);
        Some(())
    }
}

fn keep(profile: PgpId, hash: FileHash, size: Option<u64>, turn: &mut Turn) {
    turn.fx.keep(Change {
        area: Area::Shares,
        key: format!("{KEY_PREFIX}{hash} {profile}"),
        value: size.map(|size| size.to_string().into_bytes()),
    });
}

/// What keys of these begin with; no absolute path does.
pub(super) const KEY_PREFIX: &str = "taken ";
/// Offers taken back that are remembered: as many as there can be offers. Who is forgotten gets silence.
const MAX_TAKEN: usize = offers::MAX_OFFERS;
