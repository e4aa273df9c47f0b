//! One friend's folders.
//!
//! Every folder but the root is in the tree because exactly one other one lists it; a hash that is there
//! already, above or elsewhere, is not taken up again. So whatever a friend says, this is a tree, and it
//! is bounded.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wire_retroshare::file_lists::DirEntry;
use wire_retroshare::{DirHash, FileHash, LocationId, PgpId};

use super::{Kept, keep, keep_mark};
use crate::files::turn::Turn;

/// One location's folders.
#[derive(Debug)]
pub(super) struct Remote {
    profile: PgpId,
    folders: BTreeMap<DirHash, Folder>,
    /// Folders whose content has to be asked for, each behind its depth: those nearest to the root come
    /// first, whatever they are called.
    stale: BTreeSet<(usize, DirHash)>,
    files: usize,
    bytes: usize,
    /// When the root was heard last, in milliseconds since 1970.
    heard: u64,
    /// Whether something was left out for want of room.
    is_cut: bool,
}

/// A folder of a friend's.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    pub(super) name: Box<str>,
    parent: DirHash,
    depth: usize,
    /// Whether its content ever came.
    pub(super) is_known: bool,
    /// The time that came with its content.
    pub(super) stamp: u32,
    pub(super) subfolders: Vec<DirHash>,
    pub(super) files: Vec<File>,
}

/// A file of a friend's.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) name: Box<str>,
    pub(super) size: u64,
    pub(super) hash: FileHash,
}

impl Remote {
    pub(super) fn new(profile: PgpId) -> Self {
        let mut remote = Self {
            profile,
            folders: BTreeMap::new(),
            stale: BTreeSet::new(),
            files: 0,
            bytes: 0,
            heard: 0,
            is_cut: false,
        };
        remote.add(DirHash::ROOT, Folder::new(DirHash::ROOT, 0));
        remote
    }

    pub(super) fn profile(&self) -> PgpId {
        self.profile
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn heard(&self) -> u64 {
        self.heard
    }

    pub(super) fn folders(&self) -> impl Iterator<Item = &DirHash> {
        self.folders.keys()
    }

    pub(super) fn folder(&self, hash: DirHash) -> Option<&Folder> {
        self.folders.get(&hash)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&DirHash, &Folder)> {
        self.folders.iter()
    }

    /// Folders whose content has to be asked for, breadth first.
    pub(super) fn stale(&self) -> impl Iterator<Item = DirHash> {
        self.stale.iter().map(|(_, hash)| *hash)
    }

    fn rank(&self, hash: DirHash) -> Option<(usize, DirHash)> {
        Some((self.folders.get(&hash)?.depth, hash))
    }

    /// Whether everything in this folder is known as it was at the last word.
    pub(super) fn is_whole(&self, hash: DirHash) -> bool {
        let fresh = |hash: &DirHash| {
            let rank = self.rank(*hash);
            rank.is_none_or(|rank| !self.stale.contains(&rank))
        };
        let known = self
            .folder(hash)
            .is_some_and(|f| f.subfolders.iter().all(fresh));
        known && fresh(&hash) && !self.is_cut
    }

    /// A folder is as it was.
    pub(super) fn up_to_date(&mut self, hash: DirHash, at: LocationId, turn: &mut Turn) {
        self.is_fresh(hash, at, turn);
        if hash == DirHash::ROOT {
            self.heard = turn.now.wall.0;
        }
    }

    /// The folder's content came. `room` is what all lists together may still grow by, in bytes.
    pub(super) fn update(
        &mut self,
        hash: DirHash,
        entry: DirEntry,
        room: usize,
        at: LocationId,
        turn: &mut Turn,
    ) {
        let Some(mut folder) = self.take_content(hash) else {
            return;
        };
        if hash == DirHash::ROOT {
            self.heard = turn.now.wall.0;
            self.is_cut = false;
        }
        let limit = MAX_BYTES.min(self.bytes.saturating_add(room));
        folder.name = entry.name.into();
        folder.is_known = true;
        folder.stamp = entry.recursive_time;
        self.bytes += folder.name.len();
        let before: BTreeSet<DirHash> = folder.subfolders.drain(..).collect();
        let mut kept = BTreeSet::new();
        for sub in entry.subdirs {
            if before.contains(&sub) && kept.insert(sub) {
                folder.subfolders.push(sub);
                self.is_stale(sub, at, turn);
            } else if !self.folders.contains_key(&sub) && sub != hash {
                if self.bytes + FOLDER_BYTES > limit || folder.depth >= MAX_DEPTH {
                    self.is_cut = true;
                    break;
                }
                self.add(sub, Folder::new(hash, folder.depth + 1));
                folder.subfolders.push(sub);
            }
        }
        for gone in before.difference(&kept) {
            self.remove(*gone, at, turn);
        }
        for file in entry.files {
            let bytes = FILE_BYTES + file.name.len();
            if self.files >= MAX_FILES || self.bytes + bytes > limit {
                self.is_cut = true;
                break;
            }
            self.files += 1;
            self.bytes += bytes;
            folder.files.push(File {
                name: file.name.into(),
                size: file.size,
                hash: file.hash,
            });
        }
        self.folders.insert(hash, folder);
        self.is_fresh(hash, at, turn);
        self.keep(hash, at, turn);
    }

    /// A folder is no more.
    pub(super) fn removed(&mut self, hash: DirHash, at: LocationId, turn: &mut Turn) {
        self.is_fresh(hash, at, turn);
        if hash == DirHash::ROOT {
            return;
        }
        let parent = self.folders.get(&hash).map(|folder| folder.parent);
        if let Some(parent) = parent {
            if let Some(parent) = self.folders.get_mut(&parent) {
                parent.subfolders.retain(|sub| *sub != hash);
            }
            self.keep(parent, at, turn);
        }
        self.remove(hash, at, turn);
    }

    /// The folder has to be asked for again, also after a restart.
    fn is_stale(&mut self, hash: DirHash, at: LocationId, turn: &mut Turn) {
        if self.mark(hash) {
            keep_mark(at, hash, true, turn);
        }
    }

    fn is_fresh(&mut self, hash: DirHash, at: LocationId, turn: &mut Turn) {
        if self.unmark(hash) {
            keep_mark(at, hash, false, turn);
        }
    }

    fn mark(&mut self, hash: DirHash) -> bool {
        let rank = self.rank(hash);
        rank.is_some_and(|rank| self.stale.insert(rank))
    }

    fn unmark(&mut self, hash: DirHash) -> bool {
        let rank = self.rank(hash);
        rank.is_some_and(|rank| self.stale.remove(&rank))
    }

    fn keep(&self, hash: DirHash, at: LocationId, turn: &mut Turn) {
        let Some(folder) = self.folders.get(&hash) else {
            return;
        };
        let kept = KeptFolder {
            profile: self.profile.to_string(),
            name: folder.name.to_string(),
            stamp: folder.stamp,
            heard: if hash == DirHash::ROOT { self.heard } else { 0 },
            folders: folder.subfolders.iter().map(DirHash::to_string).collect(),
            files: folder
                .files
                .iter()
                .map(|file| (file.name.to_string(), file.size, file.hash.to_string()))
                .collect(),
        };
        keep(at, hash, serde_json::to_vec(&kept).ok(), turn);
    }

    /// From what was kept, and how many records are damaged; nothing if the root is.
    pub(super) fn read(records: &[Kept]) -> Option<(Self, usize)> {
        let mut unread = 0;
        let mut all: BTreeMap<DirHash, KeptFolder> = BTreeMap::new();
        for record in records.iter().filter(|record| !record.is_mark) {
            match serde_json::from_slice(record.value) {
                Ok(kept) => {
                    all.insert(record.hash, kept);
                }
                Err(_) => unread += 1,
            }
        }
        let root = all.get(&DirHash::ROOT)?;
        let mut remote = Self::new(root.profile.parse().ok()?);
        remote.heard = root.heard;
        let mut to_read = vec![DirHash::ROOT];
        while let Some(hash) = to_read.pop() {
            match all.remove(&hash) {
                Some(kept) => to_read.extend(remote.read_folder(hash, kept)),
                // Listed, but its content has not come.
                None => {
                    remote.mark(hash);
                }
            }
        }
        for mark in records.iter().filter(|record| record.is_mark) {
            remote.mark(mark.hash);
        }
        Some((remote, unread))
    }

    fn read_folder(&mut self, hash: DirHash, kept: KeptFolder) -> Vec<DirHash> {
        let mut below = Vec::new();
        let depth = self.folders.get(&hash).map_or(0, |folder| folder.depth);
        for sub in kept.folders.iter().filter_map(|sub| sub.parse().ok()) {
            if !self.folders.contains_key(&sub) && depth < MAX_DEPTH {
                self.add(sub, Folder::new(hash, depth + 1));
                below.push(sub);
            }
        }
        let files = kept.files.into_iter().filter_map(|(name, size, hash)| {
            let hash = hash.parse().ok()?;
            Some(File {
                name: name.into(),
                size,
                hash,
            })
        });
        let files: Vec<File> = files.take(MAX_FILES.saturating_sub(self.files)).collect();
        self.files += files.len();
        self.bytes += kept.name.len() + files.iter().map(File::bytes).sum::<usize>();
        if let Some(folder) = self.folders.get_mut(&hash) {
            folder.name = kept.name.into();
            folder.is_known = true;
            folder.stamp = kept.stamp;
            folder.subfolders.clone_from(&below);
            folder.files = files;
        }
        self.unmark(hash);
        below
    }

    fn add(&mut self, hash: DirHash, folder: Folder) {
        self.bytes += FOLDER_BYTES;
        self.stale.insert((folder.depth, hash));
        self.folders.insert(hash, folder);
    }

    /// Takes a folder out to give it new content; what it had is counted no more.
    fn take_content(&mut self, hash: DirHash) -> Option<Folder> {
        let mut folder = self.folders.remove(&hash)?;
        self.uncount(&folder);
        folder.files.clear();
        Some(folder)
    }

    fn uncount(&mut self, folder: &Folder) {
        let files = folder.files.iter().map(File::bytes).sum::<usize>();
        self.bytes = self.bytes.saturating_sub(folder.name.len() + files);
        self.files -= folder.files.len();
    }

    fn remove(&mut self, hash: DirHash, at: LocationId, turn: &mut Turn) {
        let mut gone = vec![hash];
        while let Some(hash) = gone.pop() {
            self.is_fresh(hash, at, turn);
            if let Some(folder) = self.folders.remove(&hash) {
                self.uncount(&folder);
                self.bytes = self.bytes.saturating_sub(FOLDER_BYTES);
                gone.extend(folder.subfolders);
                keep(at, hash, None, turn);
            }
        }
    }
}

impl Folder {
    /// The folder that it is in; the root's is the root.
    pub(super) fn parent(&self) -> DirHash {
        self.parent
    }

    fn new(parent: DirHash, depth: usize) -> Self {
        Self {
            name: "".into(),
            parent,
            depth,
            is_known: false,
            stamp: 0,
            subfolders: Vec::new(),
            files: Vec::new(),
        }
    }
}

impl File {
    fn bytes(&self) -> usize {
        FILE_BYTES + self.name.len()
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptFolder {
    profile: String,
    name: String,
    stamp: u32,
    #[serde(default)]
    heard: u64,
    #[serde(default)]
    folders: Vec<String>,
    #[serde(default)]
    files: Vec<(String, u64, String)>,
}

/// Files in one location's list, at most.
pub(super) const MAX_FILES: usize = 200_000;
/// Bytes of one location's list in memory, at most.
pub(super) const MAX_BYTES: usize = 32 << 20;
/// Folders within folders, at most.
const MAX_DEPTH: usize = 64;
/// What a folder takes in memory, without name and files; rather more than less.
const FOLDER_BYTES: usize = 192;
/// What a file takes, without its name.
const FILE_BYTES: usize = 64;
