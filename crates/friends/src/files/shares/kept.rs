//! Records of shares and hashes.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wire_retroshare::{FileHash, PgpId};

use super::{Share, Shares, With, key_of, offers, taken};
use crate::disk::Identity;
use crate::files::offered;
use crate::files::turn::Turn;
use crate::kept::{Area, Change, Record};

impl Shares {
    pub(super) fn keep_node(&mut self, turn: &mut Turn) {
        self.is_salt_kept = true;
        let kept = KeptNode {
            salt: FileHash::from_bytes(self.salt).to_string(),
            stamp: self.audience_stamp,
        };
        turn.fx.keep(Change {
            area: Area::Shares,
            key: NODE_KEY.to_owned(),
            value: serde_json::to_vec(&kept).ok(),
        });
    }

    pub(super) fn keep_share(&self, number: u32, turn: &mut Turn) {
        let Some(share) = self.folders.get(&number) else {
            return;
        };
        let kept = KeptShare {
            name: share.name.clone(),
            with: KeptWith::from(&share.with),
            digest: share.seen.map(|(d, _)| FileHash::from_bytes(d).to_string()),
            stamp: share.seen.map_or(0, |(_, stamp)| stamp),
        };
        turn.fx.keep(Change {
            area: Area::Shares,
            key: key_of(&share.folder),
            value: serde_json::to_vec(&kept).ok(),
        });
    }

    pub(super) fn read_share(&mut self, record: &Record) -> Option<()> {
        if record.key == NODE_KEY {
            let kept: KeptNode = serde_json::from_slice(&record.value).ok()?;
            self.salt = *kept.salt.parse::<FileHash>().ok()?.as_bytes();
            self.audience_stamp = kept.stamp;
            self.stamp = self.stamp.max(kept.stamp);
            self.is_salt_kept = true;
            return Some(());
        }
        if offered::key_in(record).is_some() {
            // Those are others'.
            return Some(());
        }
        if let Some(key) = record.key.strip_prefix(taken::KEY_PREFIX) {
            return self.read_taken(key, &record.value);
        }
        if let Some(path) = record.key.strip_prefix(offers::KEY_PREFIX) {
            return self.read_offer(PathBuf::from(path), &record.value);
        }
        let kept: KeptShare = serde_json::from_slice(&record.value).ok()?;
        let with = kept.with.into();
        let mut share = Share::new(PathBuf::from(&record.key), kept.name, with);
        let digest = kept.digest.and_then(|d| d.parse::<FileHash>().ok());
        share.seen = digest.map(|d| (*d.as_bytes(), kept.stamp));
        self.stamp = self.stamp.max(kept.stamp);
        self.insert(share);
        Some(())
    }

    pub(super) fn read_hash(&mut self, record: &Record) -> Option<()> {
        let kept: KeptHash = serde_json::from_slice(&record.value).ok()?;
        let identity = Identity {
            size: kept.size,
            modified: kept.modified,
            inode: kept.inode,
        };
        let hash = kept.hash.parse().ok()?;
        let path = PathBuf::from(&record.key);
        self.known.insert(path, (identity, hash));
        Some(())
    }
}

/// Keeps what is known about a file, or forgets it.
pub(super) fn keep_hash(path: &Path, known: Option<(Identity, FileHash)>, turn: &mut Turn) {
    let kept = known.map(|(identity, hash)| KeptHash {
        size: identity.size,
        modified: identity.modified,
        inode: identity.inode,
        hash: hash.to_string(),
    });
    turn.fx.keep(Change {
        area: Area::Hashes,
        key: key_of(path),
        value: kept.and_then(|kept| serde_json::to_vec(&kept).ok()),
    });
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptNode {
    salt: String,
    stamp: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptShare {
    name: String,
    with: KeptWith,
    #[serde(default)]
    digest: Option<String>,
    #[serde(default)]
    stamp: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeptWith {
    Friends,
    Some(Vec<String>),
    ByHash,
}

impl From<&With> for KeptWith {
    fn from(with: &With) -> Self {
        match with {
            With::Friends => Self::Friends,
            With::Some(who) => Self::Some(who.iter().map(PgpId::to_string).collect()),
            With::ByHash => Self::ByHash,
        }
    }
}

impl From<KeptWith> for With {
    fn from(with: KeptWith) -> Self {
        match with {
            KeptWith::Friends => Self::Friends,
            KeptWith::Some(who) => {
                Self::Some(who.iter().filter_map(|id| id.parse().ok()).collect())
            }
            KeptWith::ByHash => Self::ByHash,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptHash {
    size: u64,
    modified: u64,
    inode: u64,
    hash: String,
}

/// The record beside those of shares; no path is called so.
const NODE_KEY: &str = "*";
