//! Pictures: ours, and those of friends [RS-11].

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use wire_retroshare::chat::AVATAR_MAX;
use wire_retroshare::{LocationId, PgpId};

use crate::hex;
use crate::kept::{Area, Record};

/// The own picture's record in the settings.
pub(super) const OWN: &str = "avatar";
/// What follows the id in the key of a friend's picture.
const SUFFIX: &str = "/avatar";

/// All pictures. One for each friend, each within [`AVATAR_MAX`].
#[derive(Debug, Default)]
pub(super) struct Avatars {
    pub(super) own: Option<Picture>,
    theirs: BTreeMap<PgpId, Picture>,
    /// Machines that were asked and have not answered.
    asked: BTreeSet<LocationId>,
}

/// A picture, and when its owner changed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Picture {
    #[serde(with = "hex")]
    pub(super) image: Vec<u8>,
    /// In seconds since 1970, by its owner's clock.
    #[serde(default)]
    pub(super) changed_at: u32,
}

impl Avatars {
    pub(super) fn new(records: &[Record]) -> Self {
        let mut avatars = Self::default();
        for record in records {
            let read = || {
                let picture: Option<Picture> = serde_json::from_slice(&record.value).ok();
                picture.filter(|picture| is_picture(&picture.image))
            };
            if record.area == Area::Settings && record.key == OWN {
                avatars.own = read();
            } else if record.area == Area::Friends
                && let Some(id) = record.key.strip_suffix(SUFFIX)
                && let (Ok(id), Some(picture)) = (id.parse(), read())
            {
                avatars.theirs.insert(id, picture);
            }
        }
        avatars
    }

    /// Somebody's picture.
    pub(super) fn get(&self, id: PgpId) -> Option<&Picture> {
        self.theirs.get(&id)
    }

    /// A machine says when its person's picture was changed; `true` if it is to be asked.
    pub(super) fn is_news(&mut self, from: LocationId, id: PgpId, changed_at: u32) -> bool {
        let known = self.theirs.get(&id).map(|picture| picture.changed_at);
        (changed_at != 0 && known != Some(changed_at)) && self.asked.insert(from)
    }

    /// A picture came; one that was not asked for, or is none, is not taken.
    pub(super) fn take(&mut self, from: LocationId, id: PgpId, image: &Bytes, at: u32) -> bool {
        if !self.asked.remove(&from) || !is_picture(image) {
            return false;
        }
        let picture = Picture {
            image: image.to_vec(),
            changed_at: at,
        };
        if self.theirs.get(&id) == Some(&picture) {
            return false;
        }
        self.theirs.insert(id, picture);
        true
    }

    /// A machine is offline: what it was asked for does not come.
    pub(super) fn gone(&mut self, location: LocationId) {
        self.asked.remove(&location);
    }

    /// Somebody is forgotten.
    pub(super) fn forget(&mut self, id: PgpId) -> bool {
        self.theirs.remove(&id).is_some()
    }
}

impl Picture {
    /// SHA-1, as digits.
    pub(super) fn hash(&self) -> String {
        hex::encode(&Sha1::digest(&self.image))
    }
}

/// The key of a friend's picture.
pub(super) fn key(id: PgpId) -> String {
    format!("{id}{SUFFIX}")
}

/// Whether it begins as a PNG or JPEG does, within the size that nodes take.
pub(super) fn is_picture(image: &[u8]) -> bool {
    let is_known = image.starts_with(b"\x89PNG\r\n\x1a\n") || image.starts_with(b"\xff\xd8\xff");
    is_known && image.len() <= AVATAR_MAX
}
