//! What every part of the files machine is lent while it handles something.

use std::collections::BTreeMap;
use std::path::PathBuf;

use model::Now;
use wire_retroshare::{FileHash, Item, LocationId, PgpId};

use super::Settings;
use crate::disk::TaskId;
use crate::effects::Effects;

/// Lent to whoever handles something.
pub(super) struct Turn<'a> {
    pub(super) settings: &'a Settings,
    pub(super) tasks: &'a mut Tasks,
    pub(super) people: &'a People,
    pub(super) fx: &'a mut Effects,
    pub(super) now: Now,
}

impl Turn<'_> {
    /// Sends an item ahead of file pieces.
    pub(super) fn send(&mut self, to: LocationId, item: Item) {
        self.fx.send(to, item);
    }

    /// Seconds since 1970, as lists have them.
    pub(super) fn seconds(&self) -> u32 {
        u32::try_from(self.now.wall.0 / 1000).unwrap_or(u32::MAX)
    }
}

/// Who is online, and what people are called.
#[derive(Debug, Default)]
pub(super) struct People {
    pub(super) online: BTreeMap<LocationId, PgpId>,
    pub(super) names: BTreeMap<PgpId, String>,
}

impl People {
    /// A friend's name; their id where no name was heard yet.
    pub(super) fn name(&self, profile: PgpId) -> String {
        self.names
            .get(&profile)
            .cloned()
            .unwrap_or_else(|| profile.to_string())
    }

    /// The name of whoever is at this location.
    pub(super) fn name_at(&self, location: LocationId) -> String {
        match self.online.get(&location) {
            Some(profile) => self.name(*profile),
            None => location.to_string(),
        }
    }
}

/// Tasks under way, and what for.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    last: u64,
    open: BTreeMap<TaskId, Purpose>,
}

impl Tasks {
    /// A number for a new task.
    pub(super) fn begin(&mut self, purpose: Purpose) -> TaskId {
        self.last += 1;
        let task = TaskId(self.last);
        self.open.insert(task, purpose);
        task
    }

    /// What a task that goes on is for.
    pub(super) fn purpose(&self, task: TaskId) -> Option<&Purpose> {
        self.open.get(&task)
    }

    /// What a task that is over was for.
    pub(super) fn end(&mut self, task: TaskId) -> Option<Purpose> {
        self.open.remove(&task)
    }
}

/// What a task is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Listing a share.
    Scan {
        /// Its number.
        share: u32,
    },
    /// Looking at a file that is to be offered.
    Look {
        /// The job.
        job: u64,
        /// Which of its files.
        index: usize,
    },
    /// Hashing a file; which one, the hashing queue knows.
    Hash,
    /// Reading a piece for a friend.
    Serve {
        /// Whom for.
        to: LocationId,
        /// The file, in case that it has changed.
        path: PathBuf,
    },
    /// Hashing a chunk for a friend.
    ServeChunkHash {
        /// Whom for.
        to: LocationId,
        /// Of which file.
        hash: FileHash,
        /// Which chunk.
        chunk: u32,
        /// The file, in case that it has changed.
        path: PathBuf,
    },
    /// Opening a download's part.
    Open {
        /// The download.
        download: u64,
    },
    /// Writing a piece of a download.
    Write {
        /// The download.
        download: u64,
        /// Which chunk.
        chunk: u32,
        /// Bytes of it.
        length: u32,
        /// Which opening of the part it belongs to.
        opening: u32,
    },
    /// Hashing a whole download.
    Verify {
        /// The download.
        download: u64,
    },
    /// Hashing a chunk of a download.
    OwnChunkHash {
        /// The download.
        download: u64,
        /// Which chunk.
        chunk: u32,
    },
    /// Giving a download its name.
    Finish {
        /// The download.
        download: u64,
    },
}
