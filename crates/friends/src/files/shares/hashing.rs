//! Hashing in the background: a few files at once, in the order in which they were found [RS-16].

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wire_retroshare::FileHash;

use super::kept::keep_hash;
use super::{Held, PUBLISH_LATE, PUBLISH_SOON, Shares};
use crate::api::{self, Notice};
use crate::disk::{DiskTask, Identity, TaskId};
use crate::files::turn::{Purpose, Turn};

/// What is to be hashed, and what is being hashed.
#[derive(Debug, Default)]
pub(super) struct Hashing {
    queue: VecDeque<(Which, u64)>,
    under_way: BTreeMap<TaskId, UnderWay>,
    is_paused: bool,
    /// Bytes in the queue.
    queued_bytes: u64,
    done_files: u64,
    done_bytes: u64,
    is_untold: bool,
    told: Option<Instant>,
}

/// Which file is to be hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// One of a share.
    Shared(u32, Arc<str>),
    /// One of a job.
    Single(u64, usize),
}

#[derive(Debug)]
struct UnderWay {
    which: Which,
    path: PathBuf,
    size: u64,
    done: u64,
}

impl Hashing {
    /// When faces are told how far it is.
    pub(super) fn notice_at(&self) -> Option<Instant> {
        let told = self.told?;
        self.is_untold.then(|| told + NOTICE_PAUSE)
    }

    fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.under_way.is_empty()
    }
}

impl Shares {
    /// Stops hashing, or goes on.
    pub(in crate::files) fn pause_hashing(&mut self, is_paused: bool, turn: &mut Turn) {
        if self.hashing.is_paused != is_paused {
            self.hashing.is_paused = is_paused;
            turn.fx.disk(DiskTask::PauseHashing(is_paused));
        }
        self.hash_more(turn);
        self.untold(turn);
    }

    /// How far it is.
    pub(in crate::files) fn hashing(&self) -> api::Hashing {
        let under_way = self.hashing.under_way.values();
        let left = under_way.clone().map(|u| u.size.saturating_sub(u.done));
        let done = under_way.clone().map(|u| u.done);
        let files = self.hashing.queue.len() + self.hashing.under_way.len();
        api::Hashing {
            files_left: files as u64,
            bytes_left: left.fold(self.hashing.queued_bytes, u64::saturating_add),
            files_done: self.hashing.done_files,
            bytes_done: done.fold(self.hashing.done_bytes, u64::saturating_add),
            current: under_way.clone().next().map(|u| u.path.clone()),
            is_paused: self.hashing.is_paused,
            is_listing: self.is_listing(),
        }
    }

    pub(super) fn queue_hash(&mut self, which: Which, size: u64, turn: &mut Turn) {
        if self.hashing.is_idle() {
            self.hashing.done_files = 0;
            self.hashing.done_bytes = 0;
        }
        self.hashing.queued_bytes = self.hashing.queued_bytes.saturating_add(size);
        match which {
            // Somebody waits for it.
            Which::Single(..) => self.hashing.queue.push_front((which, size)),
            Which::Shared(..) => self.hashing.queue.push_back((which, size)),
        }
        self.hash_more(turn);
        self.untold(turn);
    }

    pub(in crate::files) fn handle_hashing(&mut self, task: TaskId, done: u64, turn: &mut Turn) {
        if let Some(under_way) = self.hashing.under_way.get_mut(&task) {
            under_way.done = done.min(under_way.size);
            self.untold(turn);
        }
    }

    pub(in crate::files) fn handle_hashed(
        &mut self,
        task: TaskId,
        hash: FileHash,
        identity: Identity,
        turn: &mut Turn,
    ) {
        let Some(done) = self.hashing.under_way.remove(&task) else {
            return;
        };
        self.hashing.done_files += 1;
        self.hashing.done_bytes = self.hashing.done_bytes.saturating_add(done.size);
        match done.which {
            Which::Shared(number, path) => self.shared_hashed(number, &path, hash, identity, turn),
            Which::Single(job, index) => self.single_hashed(job, index, hash, identity, turn),
        }
        self.hash_more(turn);
        self.untold(turn);
    }

    pub(in crate::files) fn handle_unhashed(&mut self, task: TaskId, words: &str, turn: &mut Turn) {
        let Some(failed) = self.hashing.under_way.remove(&task) else {
            return;
        };
        match failed.which {
            // The next look at the folder finds it again, if it is there.
            Which::Shared(number, path) => {
                let share = self.folders.get_mut(&number);
                if let Some(file) = share.and_then(|share| share.files.get_mut(&path)) {
                    file.is_queued = false;
                }
            }
            Which::Single(job, _) => self.job_failed(job, words, turn),
        }
        self.hash_more(turn);
        self.untold(turn);
    }

    /// Starts as many as may be under way.
    pub(super) fn hash_more(&mut self, turn: &mut Turn) {
        while !self.hashing.is_paused && self.hashing.under_way.len() < MAX_UNDER_WAY {
            let Some((which, size)) = self.hashing.queue.pop_front() else {
                break;
            };
            self.hashing.queued_bytes = self.hashing.queued_bytes.saturating_sub(size);
            let Some((root, path)) = self.path_to_hash(&which) else {
                continue;
            };
            let task = turn.tasks.begin(Purpose::Hash);
            turn.fx.disk(DiskTask::Hash {
                task,
                root,
                path: path.clone(),
            });
            let under_way = UnderWay {
                which,
                path,
                size,
                done: 0,
            };
            self.hashing.under_way.insert(task, under_way);
        }
        if self.hashing.is_idle() && self.publish_at.is_some() {
            self.publish_soon(turn.now.instant + PUBLISH_SOON);
        }
    }

    pub(super) fn tell_hashing(&mut self, turn: &mut Turn) {
        if self
            .hashing
            .notice_at()
            .is_some_and(|at| at <= turn.now.instant)
        {
            self.hashing.is_untold = false;
            self.hashing.told = Some(turn.now.instant);
            let hashing = self.hashing();
            turn.fx.notice(Notice::Hashing(hashing));
        }
    }

    fn untold(&mut self, turn: &mut Turn) {
        self.hashing.is_untold = true;
        if self.hashing.told.is_none() {
            self.hashing.told = Some(turn.now.instant);
        }
    }

    /// A file, and the share that it lies in. Nothing for what has vanished, or needs it no more.
    fn path_to_hash(&self, which: &Which) -> Option<(Option<PathBuf>, PathBuf)> {
        match which {
            Which::Shared(number, below) => {
                let share = self.folders.get(number)?;
                let file = share.files.get(below)?;
                let path = || (Some(share.folder.clone()), share.path_of(below));
                (file.hash.is_none() && file.is_queued).then(path)
            }
            Which::Single(job, index) => Some((None, self.job_path(*job, *index)?)),
        }
    }

    fn shared_hashed(
        &mut self,
        number: u32,
        below: &Arc<str>,
        hash: FileHash,
        identity: Identity,
        turn: &mut Turn,
    ) {
        let Some(share) = self.folders.get_mut(&number) else {
            return;
        };
        let path = share.path_of(below);
        let Some(file) = share.files.get_mut(below) else {
            return;
        };
        file.is_queued = false;
        if file.identity != identity {
            // Not the file that was found here. It is looked for again, and not shared unseen.
            return self.hurry([number].into_iter(), turn);
        }
        let before = file.hash.replace(hash);
        share.is_changed = true;
        let held = Held::Shared(number, Arc::clone(below));
        if let Some(before) = before {
            self.release(before, &held);
        }
        self.hold(hash, held);
        keep_hash(&path, Some((identity, hash)), turn);
        self.publish_soon(turn.now.instant + PUBLISH_LATE);
    }
}

/// Files hashed at once: the shell spreads them over cores, and a disk reads no faster with more.
const MAX_UNDER_WAY: usize = 4;
/// Faces are told how far hashing is, at most so often.
const NOTICE_PAUSE: Duration = Duration::from_millis(300);
