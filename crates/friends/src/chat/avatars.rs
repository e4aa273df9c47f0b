//! Pictures: ours, and those of friends [RS-11].

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use wire_retroshare::chat::{AVATAR_MAX, Chat};
use wire_retroshare::{LocationId, PgpId};

use crate::hex;
use crate::kept::{Area, Record, json};

/// The own picture's record in the settings.
pub(super) const OWN: &str = "avatar";
/// What follows the id in the key of a friend's picture.
const SUFFIX: &str = "/avatar";

/// All pictures. One for each friend, each within [`AVATAR_MAX`].
#[derive(Debug, Default)]
pub(super) struct Avatars {
    /// Without an image: taken back, of which friends who come later are told too.
    own: Option<Picture>,
    theirs: BTreeMap<PgpId, Picture>,
    /// Machines that were asked and have not answered.
    asked: BTreeSet<LocationId>,
}

/// A picture, and when its owner changed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Picture {
    #[serde(with = "hex")]
    image: Vec<u8>,
    /// In seconds since 1970, by its owner's clock.
    #[serde(default)]
    changed_at: u32,
    /// Which machine of a friend's showed it; `None` for ours, and of records before that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
}

impl Avatars {
    pub(super) fn new(records: &[Record]) -> Self {
        let mut avatars = Self::default();
        for record in records {
            let read = |may_be_none: bool| {
                let picture: Option<Picture> = serde_json::from_slice(&record.value).ok();
                picture.filter(|it| is_picture(&it.image) || may_be_none && it.image.is_empty())
            };
            if record.area == Area::Settings && record.key == OWN {
                avatars.own = read(true);
            } else if record.area == Area::Friends
                && let Some(id) = record.key.strip_suffix(SUFFIX)
                && let (Ok(id), Some(picture)) = (id.parse(), read(false))
            {
                avatars.theirs.insert(id, picture);
            }
        }
        avatars
    }

    /// Shows another picture of ours from now on, or none; what is to be kept.
    pub(super) fn set_own(&mut self, image: Option<Vec<u8>>, changed_at: u32) -> Vec<u8> {
        let own = Picture {
            image: image.unwrap_or_default(),
            changed_at,
            from: None,
        };
        let record = json(&own);
        self.own = Some(own);
        record
    }

    /// What machines are told of our picture: when it was changed, or that there is none any more.
    ///
    /// The time of a picture that is gone would not do: a real node compares it with its own clock.
    pub(super) fn news(&self) -> Option<Chat> {
        let own = self.own.as_ref()?;
        Some(match own.image.is_empty() {
            true => Chat::Avatar(Bytes::new()),
            false => Chat::AvatarInfo {
                timestamp: own.changed_at,
            },
        })
    }

    /// What is answered to who asks for our picture; nothing if there never was one, as real nodes do.
    pub(super) fn answer(&self) -> Option<Chat> {
        let own = self.own.as_ref()?;
        Some(Chat::Avatar(Bytes::from(own.image.clone())))
    }

    /// Somebody's picture.
    pub(super) fn get(&self, id: PgpId) -> Option<&Picture> {
        self.theirs.get(&id)
    }

    /// A machine says when its person's picture was changed, 0 where it does not know; `true` if it is to be
    /// asked.
    pub(super) fn is_news(&mut self, from: LocationId, id: PgpId, changed_at: u32) -> bool {
        let known = self.theirs.get(&id).map(|picture| picture.changed_at);
        (changed_at == 0 || known != Some(changed_at)) && self.asked.insert(from)
    }

    /// A picture came; one that was not asked for is not taken. An empty one, asked for or not, says that
    /// there is none any more; `true` if that changes something.
    pub(super) fn take(&mut self, from: LocationId, id: PgpId, image: &Bytes, at: u32) -> bool {
        let was_asked = self.asked.remove(&from);
        if image.is_empty() {
            return self.taken_back(from, id);
        }
        if !was_asked || !is_picture(image) {
            return false;
        }
        let picture = Picture {
            image: image.to_vec(),
            changed_at: at,
            from: Some(from.to_string()),
        };
        if self.theirs.get(&id) == Some(&picture) {
            return false;
        }
        self.theirs.insert(id, picture);
        true
    }

    /// A machine shows no picture: one that another machine of the same person shows stays.
    fn taken_back(&mut self, from: LocationId, id: PgpId) -> bool {
        let picture = self.theirs.get(&id);
        let is_its_own = picture.is_some_and(|picture| {
            let shown_by = picture.from.as_ref();
            shown_by.is_none_or(|shown_by| *shown_by == from.to_string())
        });
        is_its_own && self.forget(id)
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
    /// As it came.
    pub(super) fn image(&self) -> &[u8] {
        &self.image
    }

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
