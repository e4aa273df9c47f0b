//! Looking at shared folders: what is new, changed, gone.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::stirred::Stirred;
use super::{Held, MAX_FILES, PUBLISH_SOON, SharedFile, Shares, Which};
use crate::api::Notice;
use crate::disk::{DiskError, DiskTask, Identity, Listed, TaskId};
use crate::files::turn::{Purpose, Turn};

/// Which folders are being looked at, and which are to be.
#[derive(Debug, Default)]
pub(super) struct Scans {
    /// One at a time: the disk is the same.
    current: Option<Scan>,
    waiting: BTreeSet<u32>,
    /// When all are looked at again.
    next: Option<Instant>,
    /// Folders in which something has changed, to be looked at out of turn.
    hurried: BTreeSet<u32>,
    /// When that may be next.
    hurry_at: Option<Instant>,
    /// Folders of which the shell has told a change.
    stirred: Stirred,
}

/// A look at a folder.
#[derive(Debug)]
struct Scan {
    task: TaskId,
    number: u32,
    since: Instant,
}

impl Scans {
    pub(super) fn next_at(&self) -> Option<Instant> {
        let hurry = self.hurry_at.filter(|_| !self.hurried.is_empty());
        let stirred = self.stirred.next_at(self.current());
        [self.next, hurry, stirred].into_iter().flatten().min()
    }

    fn current(&self) -> Option<u32> {
        self.current.as_ref().map(|scan| scan.number)
    }
}

impl Shares {
    /// Looks at all folders.
    pub(in crate::files) fn rescan(&mut self, turn: &mut Turn) {
        self.scans.next = Some(turn.now.instant + RESCAN);
        self.scans.waiting.extend(self.folders.keys());
        self.scan_next(turn);
    }

    /// Looks at one folder.
    pub(super) fn scan(&mut self, number: u32, turn: &mut Turn) {
        if self.scans.current() != Some(number) {
            self.scans.waiting.insert(number);
            self.scan_next(turn);
        }
        self.scans.next.get_or_insert(turn.now.instant + RESCAN);
    }

    /// Whether folders are being listed, or wait to be.
    pub(super) fn is_listing(&self) -> bool {
        self.scans.current.is_some() || !self.scans.waiting.is_empty()
    }

    /// Looks at folders out of turn; at most so often, since friends can cause it.
    pub(super) fn hurry(&mut self, numbers: impl Iterator<Item = u32>, turn: &mut Turn) {
        self.scans.hurried.extend(numbers);
        self.scans.hurry_at.get_or_insert(turn.now.instant);
        self.scan_when_due(turn);
    }

    pub(super) fn scan_when_due(&mut self, turn: &mut Turn) {
        let now = turn.now.instant;
        if self.scans.next.is_some_and(|at| at <= now) {
            self.rescan(turn);
        }
        let may_hurry = self.scans.hurry_at.is_some_and(|at| at <= now);
        if may_hurry && !self.scans.hurried.is_empty() {
            self.scans.hurry_at = Some(now + HURRY_PAUSE);
            let hurried = core::mem::take(&mut self.scans.hurried);
            for number in hurried {
                self.scan(number, turn);
            }
        }
        while let Some(number) = self.scans.stirred.take_due(self.scans.current(), now) {
            self.scan(number, turn);
        }
    }

    /// Something has changed in a folder, as the shell has seen.
    pub(in crate::files) fn handle_changed(&mut self, root: &Path, turn: &mut Turn) {
        // It may be shared no more.
        if let Some(number) = self.number_of(root) {
            self.scans.stirred.changed(number, turn.now.instant);
        }
    }

    pub(super) fn forget_scan(&mut self, number: u32, turn: &mut Turn) {
        self.scans.waiting.remove(&number);
        self.scans.stirred.forget(number);
        if let Some(scan) = self.scans.current.take_if(|scan| scan.number == number) {
            turn.tasks.end(scan.task);
            self.scan_next(turn);
        }
    }

    /// Files of a folder were listed.
    pub(in crate::files) fn handle_listed(
        &mut self,
        number: u32,
        files: Vec<Listed>,
        is_end: bool,
        turn: &mut Turn,
    ) {
        for listed in files {
            self.found(number, &listed, turn);
        }
        if is_end {
            self.scan_ended(number, turn);
        }
    }

    /// A folder could not be listed. What is not there now, such as a disk that is not plugged in, is
    /// known again when it comes back.
    pub(in crate::files) fn handle_unlisted(
        &mut self,
        number: u32,
        why: DiskError,
        words: String,
        turn: &mut Turn,
    ) {
        if let Some(share) = self.folders.get_mut(&number) {
            share.problem = Some(words);
            share.is_listed = true;
            match why {
                DiskError::Changed => self.set_aside(number, turn),
                DiskError::Full | DiskError::Other => {}
            }
        }
        self.scan_over(turn);
    }

    fn found(&mut self, number: u32, listed: &Listed, turn: &mut Turn) {
        if listed.folders.len() > MAX_DEPTH {
            return;
        }
        let Some(below) = path_below(listed) else {
            return;
        };
        let Some(share) = self.folders.get_mut(&number) else {
            return;
        };
        let generation = share.generation;
        if let Some(file) = share.files.get_mut(below.as_str()) {
            file.generation = generation;
            if file.identity == listed.identity {
                if file.hash.is_none() && !file.is_queued {
                    self.want_hash_of_changed(number, &below, listed.identity, turn);
                }
                return;
            }
        } else if self.files >= MAX_FILES {
            self.too_many(number, turn);
            return;
        }
        self.take_up(number, below.into(), listed.identity, turn);
    }

    /// A file that is new, or another than before.
    fn take_up(&mut self, number: u32, below: Arc<str>, identity: Identity, turn: &mut Turn) {
        let Some(share) = self.folders.get(&number) else {
            return;
        };
        let path = share.path_of(&below);
        let hash = self.known_hash(&path, identity);
        self.known.remove(&path);
        let file = SharedFile {
            identity,
            hash,
            generation: share.generation,
            is_queued: false,
        };
        let Some(share) = self.folders.get_mut(&number) else {
            return;
        };
        share.is_changed = true;
        let before = share.files.insert(Arc::clone(&below), file);
        let was_known = before.is_some();
        match before {
            None => self.files += 1,
            Some(before) => {
                if let Some(hash) = before.hash {
                    self.release(hash, &Held::Shared(number, Arc::clone(&below)));
                }
            }
        }
        match hash {
            Some(hash) => self.hold(hash, Held::Shared(number, below)),
            None if was_known => self.want_hash_of_changed(number, &below, identity, turn),
            None => self.want_hash(number, &below, turn),
        }
    }

    /// What has changed may go on changing, as what is recorded or copied does: a large file is hashed once
    /// it has rested for about as long as that takes.
    fn want_hash_of_changed(
        &mut self,
        number: u32,
        below: &str,
        identity: Identity,
        turn: &mut Turn,
    ) {
        let rest = Duration::from_secs(identity.size / HASHED_A_SECOND).min(LONGEST_REST);
        let wall = Duration::from_millis(turn.now.wall.0);
        let rested = wall.checked_sub(Duration::from_nanos(identity.modified));
        // A time to come is another clock's.
        match rested.and_then(|rested| rest.checked_sub(rested)) {
            Some(left) if !left.is_zero() => {
                self.scans.stirred.again(number, turn.now.instant + left);
            }
            Some(_) | None => self.want_hash(number, below, turn),
        }
    }

    fn want_hash(&mut self, number: u32, below: &str, turn: &mut Turn) {
        let Some(share) = self.folders.get_mut(&number) else {
            return;
        };
        let Some((path, file)) = share.files.get_key_value(below) else {
            return;
        };
        if file.is_queued {
            return;
        }
        let (path, size) = (Arc::clone(path), file.identity.size);
        if let Some(file) = share.files.get_mut(below) {
            file.is_queued = true;
        }
        self.queue_hash(Which::Shared(number, path), size, turn);
    }

    fn too_many(&mut self, number: u32, turn: &mut Turn) {
        let Some(share) = self.folders.get_mut(&number) else {
            return;
        };
        let problem = format!("more than {MAX_FILES} files are shared: the rest is left out");
        if share.problem.as_ref() != Some(&problem) {
            let folder = share.folder.display();
            turn.fx
                .notice(Notice::Warning(format!("{folder}: {problem}")));
            share.problem = Some(problem);
        }
    }

    fn scan_ended(&mut self, number: u32, turn: &mut Turn) {
        if let Some(share) = self.folders.get_mut(&number) {
            let generation = share.generation;
            share.is_listed = true;
            let folder = share.folder.clone();
            self.remove_files(number, |file| file.generation != generation, turn);
            // What was known and not found is gone too.
            self.forget_known(|path| path.starts_with(&folder), turn);
        }
        self.scan_over(turn);
    }

    fn scan_over(&mut self, turn: &mut Turn) {
        if let Some(scan) = self.scans.current.take() {
            let now = turn.now.instant;
            let took = now.saturating_duration_since(scan.since);
            self.scans.stirred.looked(scan.number, took, now);
        }
        self.scan_next(turn);
        if self.folders.values().any(|share| share.is_changed) {
            self.publish_soon(turn.now.instant + PUBLISH_SOON);
        }
    }

    fn scan_next(&mut self, turn: &mut Turn) {
        if self.scans.current.is_some() {
            return;
        }
        while let Some(number) = self.scans.waiting.pop_first() {
            let Some(share) = self.folders.get_mut(&number) else {
                continue;
            };
            share.generation = share.generation.wrapping_add(1);
            // A warning of last time is told again only if it still holds.
            share.problem = None;
            let root = share.folder.clone();
            let task = turn.tasks.begin(Purpose::Scan { share: number });
            turn.fx.disk(DiskTask::List { task, root });
            self.scans.current = Some(Scan {
                task,
                number,
                since: turn.now.instant,
            });
            return;
        }
    }

    /// The files of a share that is not there leave the lists; their hashes are remembered.
    fn set_aside(&mut self, number: u32, turn: &mut Turn) {
        let Some(share) = self.folders.get_mut(&number) else {
            return;
        };
        let files = core::mem::take(&mut share.files);
        share.is_changed = true;
        self.files -= files.len();
        for (below, file) in files {
            let path = self.folders.get(&number).map(|share| share.path_of(&below));
            if let (Some(hash), Some(path)) = (file.hash, path) {
                self.release(hash, &Held::Shared(number, below));
                self.known.insert(path, (file.identity, hash));
            }
        }
        self.publish_soon(turn.now.instant + PUBLISH_SOON);
    }
}

/// A file's path below the share; nothing for names that no path is made of.
fn path_below(listed: &Listed) -> Option<String> {
    let mut path = String::new();
    for name in listed.folders.iter().chain([&listed.name]) {
        if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
            return None;
        }
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(name);
    }
    Some(path)
}

/// Folders are looked at again after so long, whether they are watched or cannot be; the network's own
/// programs take the same.
const RESCAN: Duration = Duration::from_secs(600);
/// A changed file makes its folder be looked at, at most so often.
const HURRY_PAUSE: Duration = Duration::from_secs(30);
/// Bytes that a slow disk reads, and a slow core hashes, in a second.
const HASHED_A_SECOND: u64 = 50_000_000;
/// Whatever its size, a file that was not changed for so long is hashed.
const LONGEST_REST: Duration = Duration::from_secs(300);
/// Folders within folders, at most; friends take no more either.
const MAX_DEPTH: usize = 63;
