//! Watching shared folders [RS-16]: the system tells that something has changed, so that nobody waits
//! for the next look.
//!
//! Who lists a folder watches it at the same time, and all below it that is listed: so nothing that comes
//! later is missed, and each look mends what the one before could not know. That something has changed is
//! all that is told; what has, the next look shows. A folder that cannot be watched is looked at every
//! ten minutes, as all are.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use friends::disk::DiskAnswer;
use notify::event::{AccessKind, AccessMode, ModifyKind, RemoveKind};
use notify::{ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use super::list::is_wanted;
use super::private::Private;

/// Folders watched, at most: half of what old systems allow a person in all, so that their editor has
/// some too.
const MAX_WATCHED: usize = 4096;
/// A change is told at most so often for each shared folder; the node waits longer than that before it
/// looks.
const SPACING: Duration = Duration::from_millis(500);
/// All folders are watched anew after so long, as one may have gone without a word: with a disk that was
/// unplugged, say.
const RENEWAL: Duration = Duration::from_secs(300);
/// Where every folder is watched by itself. Other systems watch a whole tree at once.
const IS_EACH_BY_ITSELF: bool = cfg!(any(target_os = "android", target_os = "linux"));

/// What is watched. Only the thread that lists uses it.
#[derive(Debug)]
pub(super) struct Watches {
    // A std mutex suffices: nobody else wants it. It is not the one that the system's thread takes, which
    // has to be free while a folder is added.
    state: Mutex<State>,
    teller: Arc<Teller>,
}

#[derive(Debug, Default)]
struct State {
    watcher: Option<RecommendedWatcher>,
    roots: BTreeMap<PathBuf, Root>,
}

/// A shared folder.
#[derive(Debug, Default)]
struct Root {
    /// What is watched of it.
    folders: BTreeSet<PathBuf>,
    is_given_up: bool,
    /// When they were all watched anew.
    renewed: Option<Instant>,
}

/// Tells the loop.
#[derive(Debug)]
struct Teller {
    answers: mpsc::Sender<DiskAnswer>,
    /// Each look is followed by records: if they were seen, by another look.
    private: Option<Private>,
    roots: Mutex<BTreeMap<PathBuf, Told>>,
}

#[derive(Debug)]
struct Told {
    /// The same folder as the system may call it.
    real: PathBuf,
    at: Option<Instant>,
    /// A folder may have gone, or been moved, and another one may have its name.
    is_moved: bool,
}

/// A listing of a folder that is watched.
pub(super) struct Look<'a> {
    watches: &'a Watches,
    root: &'a Path,
    renewed: Instant,
    seen: BTreeSet<PathBuf>,
    /// What is watched already.
    known: BTreeSet<PathBuf>,
    /// Why it cannot be watched.
    failed: Option<String>,
}

impl Watches {
    pub(super) fn new(answers: mpsc::Sender<DiskAnswer>, private: Option<Private>) -> Self {
        Self {
            state: Mutex::default(),
            teller: Arc::new(Teller {
                answers,
                private,
                roots: Mutex::default(),
            }),
        }
    }

    /// A folder is to be watched from its next listing on, or not any longer.
    pub(super) fn set(&self, root: &Path, is_on: bool) {
        let mut state = self.lock();
        if is_on {
            state.roots.entry(root.to_owned()).or_default();
            return self.teller.add(root);
        }
        self.teller.remove(root);
        if let Some(before) = state.roots.remove(root) {
            state.leave(&before.folders);
        }
    }

    /// A listing of this folder begins; nothing, if it is not to be watched.
    pub(super) fn look<'a>(&'a self, root: &'a Path) -> Option<Look<'a>> {
        let state = &mut *self.lock();
        let before = state.roots.get_mut(root)?;
        if before.is_given_up {
            return None;
        }
        let now = Instant::now();
        if self.teller.take_moved(root) {
            before.renewed = None;
        }
        let is_late = |at: &Instant| now.duration_since(*at) >= RENEWAL;
        // If nothing can be listed, the next look begins anew.
        let renewed = before.renewed.take_if(|at| !is_late(at));
        let known = match renewed {
            Some(_) => before.folders.clone(),
            None => BTreeSet::new(),
        };
        let mut failed = None;
        if state.watcher.is_none() {
            let teller = Arc::clone(&self.teller);
            match notify::recommended_watcher(move |event| teller.handle(event)) {
                Ok(watcher) => state.watcher = Some(watcher),
                Err(error) => failed = Some(error.to_string()),
            }
        }
        Some(Look {
            watches: self,
            root,
            renewed: renewed.unwrap_or(now),
            seen: BTreeSet::new(),
            known,
            failed,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Watches a folder. One that has just gone is no failure, nor one that we may not read, of which
    /// nothing is listed.
    fn watch(&mut self, folder: &Path) -> Result<(), String> {
        let mode = match IS_EACH_BY_ITSELF {
            true => RecursiveMode::NonRecursive,
            false => RecursiveMode::Recursive,
        };
        let watched = match &mut self.watcher {
            Some(watcher) => watcher.watch(folder, mode),
            None => Ok(()),
        };
        match watched {
            Err(error) if is_unseen(&error) => Ok(()),
            other => other.map_err(|error| error.to_string()),
        }
    }

    /// Watches no more what no shared folder needs. What has gone is not watched already.
    fn leave(&mut self, folders: &BTreeSet<PathBuf>) {
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        for folder in folders {
            let is_needed = |root: &Root| root.folders.contains(folder);
            if !self.roots.values().any(is_needed) {
                let _ = watcher.unwatch(folder);
            }
        }
    }

    /// How many folders are watched for others than this one.
    fn others(&self, root: &Path) -> usize {
        let others = self.roots.iter().filter(|(other, _)| *other != root);
        others.map(|(_, root)| root.folders.len()).sum()
    }
}

impl Look<'_> {
    /// One of the folders; before what is in it is read.
    pub(super) fn folder(&mut self, folder: &Path) {
        if self.failed.is_some() || !(IS_EACH_BY_ITSELF || self.seen.is_empty()) {
            return;
        }
        let mut state = self.watches.lock();
        if state.others(self.root) + self.seen.len() >= MAX_WATCHED {
            self.failed = Some(format!("there are more than {MAX_WATCHED} folders"));
            return;
        }
        self.seen.insert(folder.to_owned());
        if !self.known.contains(folder) {
            self.failed = state.watch(folder).err();
        }
    }

    /// All was listed.
    pub(super) fn end(self) {
        let mut state = self.watches.lock();
        let Some(root) = state.roots.get_mut(self.root) else {
            return;
        };
        root.renewed = Some(self.renewed);
        let before = std::mem::take(&mut root.folders);
        if let Some(error) = self.failed {
            root.is_given_up = true;
            let folder = self.root.display();
            tracing::debug!(%folder, %error, "a shared folder is not watched, but looked at every ten minutes");
            state.leave(&before);
            return state.leave(&self.seen);
        }
        root.folders = self.seen;
        let gone = &before - &root.folders;
        if gone.is_empty() {
            return;
        }
        // Something that was moved may be the same to the system as what it is called now, and no more
        // watched when its former name is left.
        let stay = root.folders.clone();
        state.leave(&gone);
        for folder in &stay {
            let _ = state.watch(folder);
        }
        drop(state);
        // What has changed meanwhile was not told.
        self.watches.teller.tell(|root, _| root == self.root);
    }
}

impl Teller {
    fn add(&self, root: &Path) {
        let real = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let told = Told {
            real,
            at: None,
            is_moved: false,
        };
        self.lock().entry(root.to_owned()).or_insert(told);
    }

    fn remove(&self, root: &Path) {
        self.lock().remove(root);
    }

    /// Whether a folder may have gone or been moved since this was asked last.
    fn take_moved(&self, root: &Path) -> bool {
        let mut roots = self.lock();
        let told = roots.get_mut(root);
        told.is_some_and(|told| std::mem::take(&mut told.is_moved))
    }

    /// By the system's thread.
    fn handle(&self, event: notify::Result<Event>) {
        match event {
            Ok(event) if event.need_rescan() => self.all_missed(),
            Ok(event) if is_change(event.kind) => {
                let is_meant = |root: &Path, real: &Path| {
                    let mut paths = event.paths.iter();
                    paths.any(|path| {
                        let mut roots = [root, real].into_iter();
                        let below = roots.find_map(|root| seen_below(root, path));
                        below.is_some_and(|below| !self.is_private(&real.join(below)))
                    })
                };
                if is_move(event.kind) {
                    self.moved(is_meant);
                }
                self.tell(is_meant);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%error, "changes in shared folders may have been missed");
                self.all_missed();
            }
        }
    }

    fn is_private(&self, path: &Path) -> bool {
        let private = self.private.as_ref();
        private.is_some_and(|private| private.holds(path))
    }

    fn all_missed(&self) {
        self.moved(|_, _| true);
        self.tell(|_, _| true);
    }

    fn moved(&self, is_meant: impl Fn(&Path, &Path) -> bool) {
        for (root, told) in self.lock().iter_mut() {
            told.is_moved |= is_meant(root, &told.real);
        }
    }

    /// Tells of a change in each shared folder that is meant, waiting while the loop is behind.
    fn tell(&self, is_meant: impl Fn(&Path, &Path) -> bool) {
        let now = Instant::now();
        let mut roots = Vec::new();
        for (root, told) in self.lock().iter_mut() {
            let is_due = told.at.is_none_or(|at| now.duration_since(at) >= SPACING);
            if is_due && is_meant(root, &told.real) {
                told.at = Some(now);
                roots.push(root.clone());
            }
        }
        for root in roots {
            // Without a receiver it is over.
            let _ = self.answers.blocking_send(DiskAnswer::Changed { root });
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Told>> {
        self.roots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it is because there is nothing that we could list.
fn is_unseen(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => {
            use io::ErrorKind::{NotFound, PermissionDenied};
            matches!(error.kind(), NotFound | PermissionDenied)
        }
        ErrorKind::Generic(_)
        | ErrorKind::WatchNotFound
        | ErrorKind::InvalidConfig(_)
        | ErrorKind::MaxFilesWatch => false,
    }
}

/// Whether files may be others after it. That files are opened and read happens whenever a friend fetches
/// one.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => true,
    }
}

/// Whether a folder may have gone or been moved.
fn is_move(kind: EventKind) -> bool {
    match kind {
        EventKind::Remove(RemoveKind::File) | EventKind::Access(_) | EventKind::Create(_) => false,
        EventKind::Modify(modified) => {
            matches!(
                modified,
                ModifyKind::Name(_) | ModifyKind::Any | ModifyKind::Other
            )
        }
        EventKind::Remove(_) | EventKind::Any | EventKind::Other => true,
    }
}

/// Where below `root` something is that a listing would show.
fn seen_below<'a>(root: &Path, path: &'a Path) -> Option<&'a Path> {
    let below = path.strip_prefix(root).ok()?;
    let is_seen = below.iter().all(|name: &OsStr| is_wanted(name));
    is_seen.then_some(below)
}

#[cfg(test)]
mod tests {
    use notify::event::CreateKind;

    use super::*;

    #[test]
    fn only_what_a_listing_would_show_is_a_change() {
        // [RS-16]
        let root = Path::new("/music");
        for seen in ["/music", "/music/a.ogg", "/music/live/b.ogg"] {
            assert!(seen_below(root, Path::new(seen)).is_some(), "{seen}");
        }
        for other in [
            "/musical/a.ogg",
            "/music/.partial/1",
            "/music/a.ogg.part",
            "/music/.git/index",
            "/",
        ] {
            assert!(seen_below(root, Path::new(other)).is_none(), "{other}");
        }
        assert!(is_change(EventKind::Create(CreateKind::File)));
        assert!(is_change(EventKind::Modify(ModifyKind::Any)));
        let written = AccessKind::Close(AccessMode::Write);
        assert!(is_change(EventKind::Access(written)));
        // What friends fetch is opened and read all the time.
        for read in [
            AccessKind::Open(AccessMode::Any),
            AccessKind::Close(AccessMode::Read),
            AccessKind::Read,
        ] {
            assert!(!is_change(EventKind::Access(read)));
        }
    }

    #[test]
    fn our_own_records_are_no_change() {
        // [RS-16] [RS-22]: or each look would be followed by another one, without an end.
        let (answers, mut told) = mpsc::channel(1);
        let keys = Path::new("/home/keys");
        let watches = Watches::new(answers, Some(Private::new(keys, &keys.join("incoming"))));
        watches.set(Path::new("/home"), true);
        let mut change = |path: &str| {
            let event = Event::new(EventKind::Modify(ModifyKind::Any));
            watches.teller.handle(Ok(event.add_path(path.into())));
            told.try_recv().is_ok()
        };
        assert!(!change("/home/keys/friends.db-wal"));
        assert!(change("/home/keys.txt"));
    }

    #[test]
    fn a_folder_that_may_not_be_read_keeps_no_others_from_being_watched() {
        // [RS-16]: lost+found
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        assert!(is_unseen(&notify::Error::io(denied)));
        let gone = io::Error::from(io::ErrorKind::NotFound);
        assert!(is_unseen(&notify::Error::io(gone)));
        assert!(!is_unseen(&notify::Error::new(ErrorKind::MaxFilesWatch)));
    }

    #[test]
    fn a_flood_of_changes_is_told_once() {
        // [RS-22]
        let (answers, mut told) = mpsc::channel(1);
        let watches = Watches::new(answers, None);
        watches.set(Path::new("/music"), true);
        watches.set(Path::new("/texts"), true);
        for _ in 0..1000 {
            let event = Event::new(EventKind::Modify(ModifyKind::Any));
            watches
                .teller
                .handle(Ok(event.add_path("/music/a.ogg".into())));
        }
        let Ok(DiskAnswer::Changed { root }) = told.try_recv() else {
            panic!("nothing was told");
        };
        assert_eq!(root, Path::new("/music"));
        assert!(told.try_recv().is_err(), "and no second time");
    }
}
