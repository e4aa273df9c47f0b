//! Shared folders as friends see them: a root that holds the shares which that friend may see, and
//! below it what is hashed.
//!
//! A folder's time is not the clock's: it changes whenever anything below the folder does, and never
//! goes back, so that a friend who knows it knows the content. Friends ask by a hash that only we can
//! make, another one for each friend.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use sha1::{Digest, Sha1};
use wire_retroshare::file_lists::{DirEntry, FileEntry, PAYLOAD_MAX};
use wire_retroshare::{DirHash, PgpId};

use super::{Share, SharedFile, Shares, key_of};
use crate::files::turn::Turn;

/// One share as it was published last.
#[derive(Debug)]
pub(super) struct Tree {
    /// The root first; parents before what is in them.
    folders: Vec<Folder>,
    by_id: BTreeMap<u64, usize>,
}

#[derive(Debug)]
struct Folder {
    id: u64,
    name: String,
    subfolders: Vec<usize>,
    /// Paths below the share.
    files: Vec<Arc<str>>,
    /// Of everything in it and below.
    digest: [u8; 20],
    stamp: u32,
    /// When the newest file in it was changed, in seconds.
    newest: u32,
}

/// A folder that a friend may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::files) enum Directory {
    Root,
    Below { share: u32, folder: usize },
}

impl Shares {
    /// Whether all folders were looked at since the start; until then friends wait, so that they do
    /// not take away what is only not found yet.
    pub(in crate::files) fn is_ready(&self) -> bool {
        self.folders
            .values()
            .all(|share| share.is_listed && share.tree.is_some())
    }

    /// The folder that a friend means by this hash.
    pub(in crate::files) fn directory(&self, profile: PgpId, hash: DirHash) -> Option<Directory> {
        if hash == DirHash::ROOT {
            return Some(Directory::Root);
        }
        let id = self.id_of(profile, hash)?;
        let mut seen = self
            .folders
            .iter()
            .filter(|(_, s)| s.with.is_seen_by(profile));
        seen.find_map(|(number, share)| {
            let folder = *share.tree.as_ref()?.by_id.get(&id)?;
            Some(Directory::Below {
                share: *number,
                folder,
            })
        })
    }

    /// A folder's time, as this friend sees it.
    pub(in crate::files) fn stamp_of(&self, profile: PgpId, directory: Directory) -> u32 {
        match directory {
            Directory::Root => {
                let stamps = self.seen_by(profile).map(|(_, folder)| folder.stamp);
                stamps.fold(self.audience_stamp, u32::max)
            }
            Directory::Below { share, folder } => self
                .folder(share, folder)
                .map_or(0, |(_, folder)| folder.stamp),
        }
    }

    /// What a friend sees in a folder.
    pub(in crate::files) fn entry(&self, profile: PgpId, directory: Directory) -> DirEntry {
        let stamp = self.stamp_of(profile, directory);
        match directory {
            Directory::Root => DirEntry {
                name: String::new(),
                recursive_time: stamp,
                time: stamp,
                subdirs: self
                    .seen_by(profile)
                    .map(|(_, folder)| self.hash_of(profile, folder.id))
                    .collect(),
                files: Vec::new(),
            },
            Directory::Below { share, folder } => {
                let Some((share, folder)) = self.folder(share, folder) else {
                    return DirEntry::default();
                };
                self.folder_entry(profile, share, folder)
            }
        }
    }

    pub(super) fn publish_soon(&mut self, at: Instant) {
        self.publish_at = Some(self.publish_at.map_or(at, |before| before.min(at)));
    }

    /// Shows friends what has changed.
    pub(super) fn publish(&mut self, turn: &mut Turn) {
        self.publish_at = None;
        if !self.is_salt_kept {
            self.audience_changed(turn);
        }
        let is_due = |share: &Share| share.is_listed && (share.is_changed || share.tree.is_none());
        let due = self.folders.iter().filter(|(_, share)| is_due(share));
        let due: Vec<u32> = due.map(|(number, _)| *number).collect();
        for number in due {
            self.publish_share(number, turn);
        }
    }

    fn publish_share(&mut self, number: u32, turn: &mut Turn) {
        let Some(share) = self.folders.get_mut(&number) else {
            return;
        };
        share.is_changed = false;
        let mut tree = Tree::build(share, &self.salt);
        let digest = tree.folders.first().map(|root| root.digest);
        let before = share.tree.take();
        let seen = share.seen.filter(|(then, _)| Some(*then) == digest);
        let fresh = match seen {
            // As before the restart, or at least as before.
            Some((_, stamp)) => stamp,
            None => self.fresh_stamp(turn),
        };
        tree.stamp(before.as_ref(), fresh);
        let Some(share) = self.folders.get_mut(&number) else {
            return;
        };
        share.tree = Some(tree);
        if seen.is_none() {
            share.seen = digest.map(|digest| (digest, fresh));
            self.keep_share(number, turn);
        }
    }

    fn seen_by(&self, profile: PgpId) -> impl Iterator<Item = (&Share, &Folder)> {
        let seen = self
            .folders
            .values()
            .filter(move |s| s.with.is_seen_by(profile));
        seen.filter_map(|share| Some((share, share.tree.as_ref()?.folders.first()?)))
    }

    fn folder(&self, share: u32, folder: usize) -> Option<(&Share, &Folder)> {
        let share = self.folders.get(&share)?;
        Some((share, share.tree.as_ref()?.folders.get(folder)?))
    }

    fn folder_entry(&self, profile: PgpId, share: &Share, folder: &Folder) -> DirEntry {
        let all = share.tree.as_ref().map_or(&[][..], |tree| &tree.folders);
        let subfolders = folder.subfolders.iter().filter_map(|index| all.get(*index));
        let subdirs: Vec<DirHash> = subfolders.map(|f| self.hash_of(profile, f.id)).collect();
        let mut room = PAYLOAD_MAX.saturating_sub(HEAD_BYTES + subdirs.len() * SUBDIR_BYTES);
        let mut files = Vec::with_capacity(folder.files.len());
        for path in &folder.files {
            // Hashed anew since it was published: it comes with the next publishing.
            let Some((file, hash)) = share.files.get(path).and_then(|f| Some((f, f.hash?))) else {
                continue;
            };
            let name = name_of(path);
            let Some(left) = room.checked_sub(name.len() + FILE_BYTES) else {
                break;
            };
            room = left;
            files.push(FileEntry {
                name: name.to_owned(),
                size: file.identity.size,
                hash,
                time: changed_at(file),
            });
        }
        DirEntry {
            name: folder.name.clone(),
            recursive_time: folder.stamp,
            time: folder.newest,
            subdirs,
            files,
        }
    }

    /// What a friend calls a folder: a code over its number, then the number, hidden by that code. So a
    /// hash is understood without a table for each friend, and nobody else can make or link one.
    fn hash_of(&self, profile: PgpId, id: u64) -> DirHash {
        let mut bytes = [0; DirHash::SIZE];
        bytes[..CODE].copy_from_slice(&self.code(profile, id));
        let hidden = id ^ self.pad(profile, &bytes[..CODE]);
        bytes[CODE..].copy_from_slice(&hidden.to_be_bytes());
        DirHash::from_bytes(bytes)
    }

    fn id_of(&self, profile: PgpId, hash: DirHash) -> Option<u64> {
        let (code, hidden) = hash.as_bytes().split_at(CODE);
        let id = u64::from_be_bytes(hidden.try_into().ok()?) ^ self.pad(profile, code);
        (self.code(profile, id)[..] == *code).then_some(id)
    }

    fn code(&self, profile: PgpId, id: u64) -> [u8; CODE] {
        let digest = self.keyed(b"code", profile, &id.to_be_bytes());
        core::array::from_fn(|i| digest[i])
    }

    fn pad(&self, profile: PgpId, code: &[u8]) -> u64 {
        let digest = self.keyed(b"pad", profile, code);
        u64::from_be_bytes(core::array::from_fn(|i| digest[i]))
    }

    fn keyed(&self, what: &[u8], profile: PgpId, over: &[u8]) -> [u8; 20] {
        let digest = Sha1::new()
            .chain_update(self.salt)
            .chain_update(what)
            .chain_update(profile.as_bytes())
            .chain_update(over);
        digest.finalize().into()
    }
}

impl Tree {
    fn build(share: &Share, salt: &[u8; 20]) -> Self {
        let root = key_of(&share.folder);
        let mut tree = Self {
            folders: Vec::new(),
            by_id: BTreeMap::new(),
        };
        let mut at = BTreeMap::new();
        tree.add(String::new(), share.name.clone(), &root, salt, &mut at);
        for (path, file) in &share.files {
            if file.hash.is_none() {
                continue;
            }
            let folder = tree.folder_of(path, &root, salt, &mut at);
            if let Some(folder) = tree.folders.get_mut(folder) {
                folder.newest = folder.newest.max(changed_at(file));
                folder.files.push(Arc::clone(path));
            }
        }
        for index in (0..tree.folders.len()).rev() {
            let digest = tree.digest(index, &share.files);
            if let Some(folder) = tree.folders.get_mut(index) {
                folder.digest = digest;
            }
        }
        tree
    }

    /// The folder that a file is in, made with all above it.
    fn folder_of(
        &mut self,
        path: &str,
        root: &str,
        salt: &[u8; 20],
        at: &mut BTreeMap<String, usize>,
    ) -> usize {
        let Some((above, _)) = path.rsplit_once('/') else {
            return 0;
        };
        let mut parent = 0;
        let ends = above.match_indices('/').map(|(end, _)| end);
        for end in ends.chain([above.len()]) {
            let folder = &above[..end];
            parent = match at.get(folder) {
                Some(known) => *known,
                None => {
                    let name = name_of(folder).to_owned();
                    let new = self.add(folder.to_owned(), name, root, salt, at);
                    if let Some(parent) = self.folders.get_mut(parent) {
                        parent.subfolders.push(new);
                    }
                    new
                }
            };
        }
        parent
    }

    fn add(
        &mut self,
        path: String,
        name: String,
        root: &str,
        salt: &[u8; 20],
        at: &mut BTreeMap<String, usize>,
    ) -> usize {
        let digest = Sha1::new()
            .chain_update(salt)
            .chain_update(b"id")
            .chain_update(root)
            .chain_update([0])
            .chain_update(&path)
            .finalize();
        let id = u64::from_be_bytes(core::array::from_fn(|i| digest[i]));
        let index = self.folders.len();
        self.folders.push(Folder {
            id,
            name,
            subfolders: Vec::new(),
            files: Vec::new(),
            digest: [0; 20],
            stamp: 0,
            newest: 0,
        });
        self.by_id.insert(id, index);
        at.insert(path, index);
        index
    }

    fn digest(&self, index: usize, files: &BTreeMap<Arc<str>, SharedFile>) -> [u8; 20] {
        let Some(folder) = self.folders.get(index) else {
            return [0; 20];
        };
        let mut digest = Sha1::new();
        let mut text = |text: &str| {
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text);
        };
        text(&folder.name);
        for path in &folder.files {
            text(name_of(path));
        }
        for path in &folder.files {
            if let Some(file) = files.get(path) {
                digest.update(file.identity.size.to_be_bytes());
                digest.update(changed_at(file).to_be_bytes());
                digest.update(file.hash.map_or([0; 20], |hash| *hash.as_bytes()));
            }
        }
        for sub in &folder.subfolders {
            digest.update(self.folders.get(*sub).map_or([0; 20], |f| f.digest));
        }
        digest.finalize().into()
    }

    /// Gives what has changed since `before` the time `fresh`.
    fn stamp(&mut self, before: Option<&Self>, fresh: u32) {
        for folder in &mut self.folders {
            let then = before.and_then(|tree| tree.folders.get(*tree.by_id.get(&folder.id)?));
            folder.stamp = match then.filter(|then| then.digest == folder.digest) {
                Some(then) => then.stamp,
                None => fresh,
            };
        }
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// In seconds since 1970.
fn changed_at(file: &SharedFile) -> u32 {
    u32::try_from(file.identity.modified / 1_000_000_000).unwrap_or(u32::MAX)
}

/// Bytes of a folder's hash that prove it to be ours; the rest is the folder's number.
const CODE: usize = DirHash::SIZE - size_of::<u64>();
/// Bytes of a listing before its folders, with the longest name.
const HEAD_BYTES: usize = 512;
/// Bytes of a folder in a listing.
const SUBDIR_BYTES: usize = 2 + DirHash::SIZE;
/// Bytes of a file in a listing, besides its name.
const FILE_BYTES: usize = 64;
