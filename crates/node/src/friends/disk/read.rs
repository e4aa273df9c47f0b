//! Pieces of shared files, and of parts for others [RS-17].

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use friends::disk::{Identity, MAX_READ};

use super::{Desk, Failure, system};

/// Shared files that are held open, at most: pieces of one file are asked for in a row, and more are
/// not being fetched at a time.
const MAX_OPEN: usize = 64;

/// Which file is meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// The shared folder that it lies in.
    pub(super) root: Option<&'a Path>,
    pub(super) path: &'a Path,
    /// The file as it was hashed.
    pub(super) identity: Option<Identity>,
}

impl<'a> Wanted<'a> {
    /// Whatever is there now.
    pub(super) fn whole(root: Option<&'a Path>, path: &'a Path) -> Self {
        let identity = None;
        Self {
            root,
            path,
            identity,
        }
    }

    pub(super) fn open(&self) -> io::Result<File> {
        match self.root {
            Some(root) => system::open_below(root, self.path),
            None => system::open(self.path),
        }
    }

    /// Whether the file is the one meant, and still has a name.
    pub(super) fn is(&self, file: &File) -> io::Result<bool> {
        let metadata = file.metadata()?;
        let is_same = self
            .identity
            .is_none_or(|meant| meant == system::identity(&metadata));
        Ok(is_same && system::names(&metadata) > 0)
    }
}

/// Reads exactly so many bytes of the file that is meant.
pub(super) fn read(
    desk: &Desk,
    wanted: Wanted<'_>,
    offset: u64,
    length: u32,
) -> Result<Bytes, Failure> {
    let path = wanted.path;
    if length > MAX_READ {
        let words = format!("{length} bytes of {} are too many", path.display());
        return Err(Failure::other(words));
    }
    let piece = with_file(desk, wanted, |file| {
        system::read_piece(file, offset, length as usize)
            .map_err(|error| Failure::io("read", path, &error))
    })?;
    Ok(piece.into())
}

/// Does something with an open file: a part, or a shared file that is held open for a while.
pub(super) fn with_file<T>(
    desk: &Desk,
    wanted: Wanted<'_>,
    act: impl FnOnce(&File) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if let Some(part) = desk.parts.get(wanted.path) {
        return act(&part.file);
    }
    act(&*desk.open_files.open(wanted)?)
}

/// Shared files that are held open.
#[derive(Debug, Default)]
pub(super) struct OpenFiles {
    // A std mutex suffices: files are opened, closed and read without it.
    files: Mutex<BTreeMap<PathBuf, Held>>,
}

#[derive(Debug)]
struct Held {
    file: Arc<File>,
    used: Instant,
}

impl OpenFiles {
    /// The file, if it is the one meant. One that was held open is looked at again: it may have been
    /// written to, and what it was replaced by may be the one meant.
    fn open(&self, wanted: Wanted<'_>) -> Result<Arc<File>, Failure> {
        let path = wanted.path;
        let failed = |error| Failure::io("read", path, &error);
        if let Some(file) = self.held(path)
            && wanted.is(&file).map_err(failed)?
        {
            return Ok(file);
        }
        let file = Arc::new(wanted.open().map_err(failed)?);
        if !wanted.is(&file).map_err(failed)? {
            let closed = self.lock().remove(path);
            drop(closed);
            return Err(Failure::changed(path));
        }
        let closed = self.hold(path, &file);
        drop(closed);
        Ok(file)
    }

    /// Closes what was not used for so long.
    pub(super) fn close_idle(&self, limit: Duration) {
        let now = Instant::now();
        let is_idle = |_: &PathBuf, held: &mut Held| now.duration_since(held.used) >= limit;
        let closed: Vec<_> = self.lock().extract_if(.., is_idle).collect();
        drop(closed);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn held(&self, path: &Path) -> Option<Arc<File>> {
        let mut files = self.lock();
        let held = files.get_mut(path)?;
        held.used = Instant::now();
        Some(held.file.clone())
    }

    /// Holds a file open; what comes back is to be closed without the lock.
    fn hold(&self, path: &Path, file: &Arc<File>) -> [Option<Held>; 2] {
        let held = Held {
            file: file.clone(),
            used: Instant::now(),
        };
        let mut files = self.lock();
        let replaced = files.insert(path.to_owned(), held);
        let mut oldest = None;
        if files.len() > MAX_OPEN {
            let found = files.iter().min_by_key(|(_, held)| held.used);
            let path = found.map(|(path, _)| path.clone());
            oldest = path.and_then(|path| files.remove(&path));
        }
        [replaced, oldest]
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Held>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
