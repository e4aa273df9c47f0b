//! Pictures of other people: which are wanted, which are in the store [LAN-30] [LAN-31] [LAN-35].

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use bytes::Bytes;
use sha1::{Digest, Sha1};

use super::ids::hex;
use super::limits::{FETCH_AGAIN, FETCH_TIME, MAX_FETCHES, MAX_PICTURES};
use super::seam::MAX_PICTURE;
use crate::Instance;

/// The store's index, and what is on its way.
#[derive(Debug)]
pub(super) struct Pictures {
    /// Hashes in the store, the one used last at the end.
    stored: VecDeque<String>,
    wanted: BTreeMap<Instance, Wanted>,
}

#[derive(Debug)]
struct Wanted {
    hash: String,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    Asked { until: Instant },
    Failed { until: Instant },
}

/// What to do about a question.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Errand {
    Ask(Instance),
    Cancel(Instance),
}

impl Pictures {
    pub(super) fn new(stored: Vec<String>) -> Self {
        Self {
            stored: stored.into(),
            wanted: BTreeMap::new(),
        }
    }

    /// Whether the picture is in the store; if so it counts as used now.
    pub(super) fn use_stored(&mut self, hash: &str) -> bool {
        let Some(at) = self.stored.iter().position(|stored| stored == hash) else {
            return false;
        };
        if let Some(stored) = self.stored.remove(at) {
            self.stored.push_back(stored);
        }
        true
    }

    /// This person tells `hash` (`None`: no picture).
    pub(super) fn want(
        &mut self,
        whose: &Instance,
        hash: Option<&str>,
        now: Instant,
    ) -> Option<Errand> {
        let known = self.wanted.get(whose);
        if known.is_some_and(|wanted| {
            Some(wanted.hash.as_str()) == hash
                && !matches!(wanted.stage, Stage::Failed { until } if until <= now)
        }) {
            return None;
        }
        let cancel = self.forget(whose);
        if let Some(hash) = hash {
            let wanted = Wanted {
                hash: hash.into(),
                stage: Stage::Waiting,
            };
            self.wanted.insert(whose.clone(), wanted);
        }
        cancel
    }

    /// Nothing of this person's is wanted any more [LAN-25].
    pub(super) fn forget(&mut self, whose: &Instance) -> Option<Errand> {
        let wanted = self.wanted.remove(whose)?;
        matches!(wanted.stage, Stage::Asked { .. }).then(|| Errand::Cancel(whose.clone()))
    }

    /// The next question to ask or to give up.
    pub(super) fn next(&mut self, now: Instant) -> Option<Errand> {
        for (whose, wanted) in &mut self.wanted {
            if matches!(wanted.stage, Stage::Asked { until } if until <= now) {
                wanted.stage = Stage::Failed {
                    until: now + FETCH_AGAIN,
                };
                return Some(Errand::Cancel(whose.clone()));
            }
        }
        let asked = self
            .wanted
            .values()
            .filter(|w| matches!(w.stage, Stage::Asked { .. }))
            .count();
        if asked >= MAX_FETCHES {
            return None;
        }
        let (whose, wanted) = self
            .wanted
            .iter_mut()
            .find(|(_, w)| w.stage == Stage::Waiting)?;
        wanted.stage = Stage::Asked {
            until: now + FETCH_TIME,
        };
        Some(Errand::Ask(whose.clone()))
    }

    /// When [`next`](Self::next) has something by itself.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let asked = self
            .wanted
            .values()
            .filter_map(|wanted| match wanted.stage {
                Stage::Asked { until } => Some(until),
                Stage::Waiting | Stage::Failed { .. } => None,
            });
        asked.min()
    }

    /// Data came. If it is the picture that was asked for: its hash, and what leaves the store for
    /// it [LAN-31].
    pub(super) fn take(&mut self, whose: &Instance, data: &Bytes) -> Option<(String, Vec<String>)> {
        let wanted = self.wanted.get(whose)?;
        if data.is_empty() || data.len() > MAX_PICTURE || hash(data) != wanted.hash {
            return None;
        }
        let hash = self.wanted.remove(whose)?.hash;
        if !self.use_stored(&hash) {
            self.stored.push_back(hash.clone());
        }
        let surplus = self.stored.len().saturating_sub(MAX_PICTURES);
        Some((hash, self.stored.drain(..surplus).collect()))
    }
}

/// What `phsh` says of a picture.
pub(super) fn hash(data: &[u8]) -> String {
    hex(&Sha1::digest(data))
}

/// `phsh` as we compare it; `None`: it is no hash, there is no picture to ask for.
pub(super) fn read_hash(raw: &str) -> Option<String> {
    let is_hash = raw.len() == 40 && raw.bytes().all(|b| b.is_ascii_hexdigit());
    is_hash.then(|| raw.to_ascii_lowercase())
}
