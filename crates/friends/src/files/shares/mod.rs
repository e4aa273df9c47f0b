//! What we share: folders with an audience each, and single files for single friends [RS-16].
//!
//! | file | what |
//! |---|---|
//! | `scan` | looking at folders: when something has changed, when asked, and every ten minutes |
//! | `stirred` | folders in which something has changed |
//! | `hashing` | hashing what is new or changed, a few files at once |
//! | `offers` | single files: offered to a friend, attached to a letter |
//! | `taken` | offers that were taken back |
//! | `tree` | the folders as friends see them |
//! | `kept` | records |
//!
//! A file whose path and identity were hashed before is never hashed again. What is kept: a record
//! for each share, each offer, and each hash; one more makes folder ids that nobody guesses and times
//! that only grow.

mod hashing;
mod kept;
mod offers;
mod scan;
mod stirred;
mod taken;
mod tree;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sha1::{Digest, Sha1};
use wire_retroshare::{FileHash, PgpId};

use self::hashing::{Hashing, Which};
use self::kept::keep_hash;
pub(crate) use self::offers::TakenBack;
use self::offers::{Job, Offered};
use self::scan::Scans;
use self::tree::Tree;
use super::FilesEvent;
use super::names;
use super::turn::{People, Turn};
use crate::api::{self, Audience, FileLink};
use crate::disk::{DiskTask, Identity};
use crate::kept::{Area, Change, Record};

/// Everything that we share.
#[derive(Debug)]
pub(super) struct Shares {
    /// Makes folder ids; kept, so that friends know our folders again.
    salt: [u8; 20],
    /// The latest time in our lists, in seconds since 1970; the next is later.
    stamp: u32,
    /// When a share came, left, or changed its audience.
    audience_stamp: u32,
    is_salt_kept: bool,
    folders: BTreeMap<u32, Share>,
    last_number: u32,
    offers: BTreeMap<PathBuf, Offered>,
    /// Offers that were taken back from somebody, and the files' sizes.
    taken: BTreeMap<(FileHash, PgpId), u64>,
    /// Hashes of files that no share has taken up yet.
    known: BTreeMap<PathBuf, (Identity, FileHash)>,
    /// Where files of a hash are.
    by_hash: BTreeMap<FileHash, Vec<Held>>,
    jobs: BTreeMap<u64, Job>,
    last_job: u64,
    /// Jobs that are done; as many as `jobs` were.
    events: VecDeque<FilesEvent>,
    scans: Scans,
    hashing: Hashing,
    /// When changed shares are shown to friends.
    publish_at: Option<Instant>,
    /// All files of shares; ≤ [`MAX_FILES`].
    files: usize,
}

/// A file that may be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The share that it lies in; nothing: it is offered by itself.
    pub(super) root: Option<PathBuf>,
    pub(super) path: PathBuf,
    pub(super) identity: Identity,
}

/// A shared folder.
#[derive(Debug)]
struct Share {
    folder: PathBuf,
    name: String,
    with: With,
    /// By path below the folder, with `/` between names.
    files: BTreeMap<Arc<str>, SharedFile>,
    tree: Option<Tree>,
    /// The digest and time of the whole folder as friends saw it last.
    seen: Option<([u8; 20], u32)>,
    problem: Option<String>,
    is_changed: bool,
    /// Whether it was looked at since the start.
    is_listed: bool,
    /// Counts lookings, to find what has vanished.
    generation: u32,
}

#[derive(Clone, Debug)]
struct SharedFile {
    identity: Identity,
    hash: Option<FileHash>,
    generation: u32,
    is_queued: bool,
}

/// Who may fetch from a share, and see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum With {
    Friends,
    Some(BTreeSet<PgpId>),
    ByHash,
}

/// Where a file of some hash is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Held {
    Shared(u32, Arc<str>),
    Offered(PathBuf),
}

impl Shares {
    /// From what was kept; damaged records are left out, and told.
    pub(super) fn new(seed: &[u8; 32], records: &[Record]) -> (Self, Vec<String>) {
        let salt = Sha1::new()
            .chain_update(b"folders")
            .chain_update(seed)
            .finalize();
        let mut shares = Self {
            salt: salt.into(),
            stamp: 0,
            audience_stamp: 0,
            is_salt_kept: false,
            folders: BTreeMap::new(),
            last_number: 0,
            offers: BTreeMap::new(),
            taken: BTreeMap::new(),
            known: BTreeMap::new(),
            by_hash: BTreeMap::new(),
            jobs: BTreeMap::new(),
            last_job: 0,
            events: VecDeque::new(),
            scans: Scans::default(),
            hashing: Hashing::default(),
            publish_at: None,
            files: 0,
        };
        let mut damaged = Vec::new();
        for record in records {
            let read = match record.area {
                Area::Shares => shares.read_share(record),
                Area::Hashes => shares.read_hash(record),
                Area::Friends
                | Area::Settings
                | Area::Chat
                | Area::Mail
                | Area::Downloads
                | Area::Lists => Some(()),
            };
            if read.is_none() {
                damaged.push(format!(
                    "a record of shared files is damaged and left out: {}",
                    names::shown(&record.key)
                ));
            }
        }
        (shares, damaged)
    }

    /// Begins to look at the shared folders.
    pub(super) fn start(&mut self, turn: &mut Turn) {
        let shares: Vec<PathBuf> = self.folders.values().map(|s| s.folder.clone()).collect();
        let is_lost = |path: &Path| !shares.iter().any(|folder| path.starts_with(folder));
        self.forget_known(is_lost, turn);
        for root in shares {
            turn.fx.disk(DiskTask::Watch { root, is_on: true });
        }
        self.rescan(turn);
    }

    /// Shares a folder, or changes how.
    pub(super) fn share(
        &mut self,
        folder: PathBuf,
        name: Option<String>,
        with: With,
        turn: &mut Turn,
    ) -> Result<(), String> {
        if !folder.is_absolute() {
            return Err(format!(
                "share {}: an absolute path is needed",
                folder.display()
            ));
        }
        let own_name = || folder.file_name().map(|n| n.to_string_lossy().into_owned());
        let name = names::shown(&name.or_else(own_name).unwrap_or_else(|| "files".into()));
        let number = match self.number_of(&folder) {
            Some(number) => number,
            None if self.folders.len() >= MAX_SHARES => {
                return Err(format!(
                    "share {}: there are {MAX_SHARES} shared folders already; share one above them",
                    folder.display()
                ));
            }
            None => {
                let root = folder.clone();
                turn.fx.disk(DiskTask::Watch { root, is_on: true });
                self.insert(Share::new(folder, name.clone(), with.clone()))
            }
        };
        if let Some(share) = self.folders.get_mut(&number) {
            share.name = name;
            share.with = with;
            share.is_changed = true;
        }
        self.audience_changed(turn);
        self.keep_share(number, turn);
        self.scan(number, turn);
        self.publish_soon(turn.now.instant + PUBLISH_SOON);
        Ok(())
    }

    /// Shares a folder no more.
    pub(super) fn unshare(&mut self, folder: &Path, turn: &mut Turn) -> Result<(), String> {
        let Some(number) = self.number_of(folder) else {
            return Err(format!("unshare {}: it is not shared", folder.display()));
        };
        self.forget_scan(number, turn);
        self.remove_files(number, |_| true, turn);
        self.folders.remove(&number);
        turn.fx.disk(DiskTask::Watch {
            root: folder.to_owned(),
            is_on: false,
        });
        self.forget_known(|path| path.starts_with(folder), turn);
        turn.fx.keep(Change {
            area: Area::Shares,
            key: key_of(folder),
            value: None,
        });
        self.audience_changed(turn);
        self.hash_more(turn);
        Ok(())
    }

    /// What is shared.
    pub(super) fn report(&self, people: &People) -> Vec<api::Shared> {
        let report = |share: &Share| {
            let hashed = || share.files.values().filter(|file| file.hash.is_some());
            api::Shared {
                folder: share.folder.clone(),
                name: share.name.clone(),
                with: share.with.audience(people),
                files: hashed().count() as u64,
                bytes: hashed().fold(0, |sum, file| file.identity.size.saturating_add(sum)),
                problem: share.problem.clone(),
            }
        };
        self.folders.values().map(report).collect()
    }

    /// Friends who are named as those who may see a share, or have an offer.
    pub(super) fn receivers(&self) -> impl Iterator<Item = PgpId> {
        let named = self.folders.values().filter_map(|share| match &share.with {
            With::Some(who) => Some(who.iter().copied()),
            With::Friends | With::ByHash => None,
        });
        let offered = self.offers.values().map(|offer| &offer.receivers);
        named.flatten().chain(offered.flatten().copied())
    }

    /// The link of a file that is shared or offered.
    pub(super) fn link_of(&self, path: &Path) -> Option<FileLink> {
        let (identity, hash) = self.hash_at(path)?;
        Some(link(path, identity.size, hash))
    }

    /// A file of this hash that `profile` may fetch.
    pub(super) fn place(&self, profile: PgpId, hash: FileHash) -> Option<Place> {
        self.by_hash.get(&hash)?.iter().find_map(|held| match held {
            Held::Shared(number, path) => {
                let share = self.folders.get(number)?;
                let file = share.files.get(path)?;
                share.with.allows(profile).then(|| Place {
                    root: Some(share.folder.clone()),
                    path: share.path_of(path),
                    identity: file.identity,
                })
            }
            Held::Offered(path) => {
                let offer = self.offers.get(path)?;
                offer.receivers.contains(&profile).then(|| Place {
                    root: None,
                    path: path.clone(),
                    identity: offer.identity,
                })
            }
        })
    }

    /// A file was found to be another than the one that was hashed, or a new one was made.
    pub(super) fn has_changed(&mut self, path: &Path, turn: &mut Turn) {
        let shares = self.shares_with(path).into_iter();
        self.hurry(shares.map(|(number, _)| number), turn);
    }

    /// A friend is none any more.
    pub(super) fn forget(&mut self, profile: PgpId, turn: &mut Turn) {
        let numbers: Vec<u32> = self.folders.keys().copied().collect();
        for number in numbers {
            let Some(share) = self.folders.get_mut(&number) else {
                continue;
            };
            if let With::Some(who) = &mut share.with
                && who.remove(&profile)
            {
                self.keep_share(number, turn);
            }
        }
        self.forget_receiver(profile, turn);
        self.forget_taken(|who, _| who == profile, turn);
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        [
            self.publish_at,
            self.scans.next_at(),
            self.hashing.notice_at(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(super) fn handle_timeout(&mut self, turn: &mut Turn) {
        if self.publish_at.is_some_and(|at| at <= turn.now.instant) {
            self.publish(turn);
        }
        self.scan_when_due(turn);
        self.tell_hashing(turn);
    }

    fn insert(&mut self, share: Share) -> u32 {
        self.last_number += 1;
        self.folders.insert(self.last_number, share);
        self.last_number
    }

    fn number_of(&self, folder: &Path) -> Option<u32> {
        let mut all = self.folders.iter();
        all.find_map(|(number, share)| (share.folder == folder).then_some(*number))
    }

    /// The shares that a path lies in, and its path below them.
    fn shares_with(&self, path: &Path) -> Vec<(u32, String)> {
        let below = |share: &Share| {
            let below = path.strip_prefix(&share.folder).ok()?;
            let names = below.iter().map(|name| name.to_str());
            Some(names.collect::<Option<Vec<_>>>()?.join("/"))
        };
        let all = self.folders.iter();
        all.filter_map(|(number, share)| Some((*number, below(share)?)))
            .collect()
    }

    /// What is known about the file at this path.
    fn hash_at(&self, path: &Path) -> Option<(Identity, FileHash)> {
        let shared = self
            .shares_with(path)
            .into_iter()
            .find_map(|(number, below)| {
                let file = self.folders.get(&number)?.files.get(below.as_str())?;
                Some((file.identity, file.hash?))
            });
        let offered = || {
            self.offers
                .get(path)
                .map(|offer| (offer.identity, offer.hash))
        };
        shared.or_else(offered)
    }

    /// The hash of a file that looks like this, if it was hashed before.
    fn known_hash(&self, path: &Path, identity: Identity) -> Option<FileHash> {
        let before = self.known.get(path).copied();
        let before = before.filter(|(then, _)| *then == identity);
        let now = || self.hash_at(path).filter(|(then, _)| *then == identity);
        before.or_else(now).map(|(_, hash)| hash)
    }

    fn hold(&mut self, hash: FileHash, held: Held) {
        let all = self.by_hash.entry(hash).or_default();
        if !all.contains(&held) {
            all.push(held);
        }
    }

    fn release(&mut self, hash: FileHash, held: &Held) {
        if let Some(all) = self.by_hash.get_mut(&hash) {
            all.retain(|other| other != held);
            if all.is_empty() {
                self.by_hash.remove(&hash);
            }
        }
    }

    /// Removes files from a share, with the hashes that nobody else needs.
    fn remove_files(
        &mut self,
        number: u32,
        is_gone: impl Fn(&SharedFile) -> bool,
        turn: &mut Turn,
    ) {
        let Some(share) = self.folders.get_mut(&number) else {
            return;
        };
        let mut gone = Vec::new();
        share.files.retain(|path, file| {
            let is_kept = !is_gone(file);
            if !is_kept {
                gone.push((Arc::clone(path), file.hash));
            }
            is_kept
        });
        if gone.is_empty() {
            return;
        }
        share.is_changed = true;
        self.files -= gone.len();
        for (path, hash) in gone {
            let full = self.folders.get(&number).map(|share| share.path_of(&path));
            if let Some(hash) = hash {
                self.release(hash, &Held::Shared(number, path));
            }
            if let Some(full) = full
                && self.hash_at(&full).is_none()
            {
                self.known.remove(&full);
                keep_hash(&full, None, turn);
            }
        }
        self.publish_soon(turn.now.instant + PUBLISH_SOON);
    }

    /// Forgets hashes that no share has taken up.
    fn forget_known(&mut self, is_gone: impl Fn(&Path) -> bool, turn: &mut Turn) {
        let gone = self.known.extract_if(.., |path, _| is_gone(path));
        for (path, _) in gone.collect::<Vec<_>>() {
            keep_hash(&path, None, turn);
        }
    }

    /// A time later than all before.
    fn fresh_stamp(&mut self, turn: &Turn) -> u32 {
        self.stamp = turn.seconds().max(self.stamp.saturating_add(1));
        self.stamp
    }

    fn audience_changed(&mut self, turn: &mut Turn) {
        self.audience_stamp = self.fresh_stamp(turn);
        self.keep_node(turn);
    }
}

impl Share {
    fn new(folder: PathBuf, name: String, with: With) -> Self {
        Self {
            folder,
            name,
            with,
            files: BTreeMap::new(),
            tree: None,
            seen: None,
            problem: None,
            is_changed: true,
            is_listed: false,
            generation: 0,
        }
    }

    fn path_of(&self, below: &str) -> PathBuf {
        let mut path = self.folder.clone();
        path.extend(below.split('/'));
        path
    }
}

impl With {
    fn allows(&self, profile: PgpId) -> bool {
        match self {
            Self::Friends | Self::ByHash => true,
            Self::Some(who) => who.contains(&profile),
        }
    }

    fn is_seen_by(&self, profile: PgpId) -> bool {
        match self {
            Self::Friends | Self::Some(_) => self.allows(profile),
            Self::ByHash => false,
        }
    }

    fn audience(&self, people: &People) -> Audience {
        match self {
            Self::Friends => Audience::Friends,
            Self::ByHash => Audience::ByHash,
            Self::Some(who) => {
                Audience::Some(who.iter().map(|profile| people.name(*profile)).collect())
            }
        }
    }
}

/// The link of the file at a path.
fn link(path: &Path, size: u64, hash: FileHash) -> FileLink {
    let name = path.file_name().map(|name| name.to_string_lossy());
    FileLink {
        name: names::shown(&name.unwrap_or_default()),
        size,
        hash: hash.to_string(),
    }
}

fn key_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Files in all shares, at most: what is held in memory for each is some 200 bytes.
pub(super) const MAX_FILES: usize = 500_000;
/// Shared folders, at most; a friend sees each at the top.
const MAX_SHARES: usize = 256;
/// Changes are gathered for so long before friends see them.
const PUBLISH_SOON: Duration = Duration::from_millis(500);
/// The same while files are being hashed, each of which is a change.
const PUBLISH_LATE: Duration = Duration::from_secs(20);
