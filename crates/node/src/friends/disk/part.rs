//! Downloads while they are fetched: parts, opened, written and dropped [RS-17].

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::sum::{Prefix, Sum, Wrote};
use super::{Desk, Failure, system};
use friends::disk::DiskError;

/// Parts that are open, at most: a descriptor each, well below the 1,024 that a process commonly has.
const MAX_PARTS: usize = 256;
/// Written bytes of a part that are kept in memory to be hashed, at most. A sum further behind reads
/// them back from the file.
const MAX_HELD: usize = 8 << 20;

/// After so many bytes the system is asked to begin bringing them to disk, so that little is left for
/// the end.
const WRITE_BACK: u64 = 16 << 20;

/// A part that is open.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) path: PathBuf,
    pub(super) file: File,
    /// Bytes of the whole file; nothing is written beyond.
    pub(super) size: u64,
    /// What is hashed already. A std mutex suffices: the sums' threads hold it for one portion.
    pub(super) prefix: Mutex<Prefix>,
    /// Bytes that wait to be hashed: `held <= MAX_HELD` plus one piece.
    held: AtomicUsize,
    /// Written since the system was asked last; one thread at a time writes a part.
    fresh: Mutex<Fresh>,
}

/// Bytes that nobody has asked the system to bring to disk: so many, from here to there.
#[derive(Debug, Default)]
struct Fresh {
    bytes: u64,
    from: u64,
    to: u64,
}

impl Part {
    pub(super) fn prefix(&self) -> MutexGuard<'_, Prefix> {
        self.prefix.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many bytes are hashed, or will be read again.
    pub(super) fn let_go(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Hashes what was just written, while it is in the processor's cache; false: it is not its turn.
    fn hash(&self, offset: u64, data: &[u8]) -> bool {
        if self.held.load(Ordering::Relaxed) > 0 {
            return false;
        }
        // Never waits: a thread that reads back holds it for long.
        match self.prefix.try_lock() {
            Ok(mut prefix) => prefix.go_on(offset, data),
            Err(_) => false,
        }
    }

    /// So much was written.
    fn begin_write_back(&self, offset: u64, length: u64) {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        let end = offset + length;
        *fresh = match fresh.bytes {
            0 => Fresh {
                bytes: length,
                from: offset,
                to: end,
            },
            bytes => Fresh {
                bytes: bytes + length,
                from: fresh.from.min(offset),
                to: fresh.to.max(end),
            },
        };
        if fresh.bytes >= WRITE_BACK {
            let Fresh { bytes, from, to } = std::mem::take(&mut *fresh);
            // Scattered, it is left to the system: what lies between may still be read back.
            if to - from <= 2 * bytes {
                system::begin_write_back(&self.file, from, to - from);
            }
        }
    }

    /// Keeps the bytes for the sum, if there is room.
    fn hold(&self, data: Bytes) -> Option<Bytes> {
        if self.held.load(Ordering::Relaxed) >= MAX_HELD {
            return None;
        }
        self.held.fetch_add(data.len(), Ordering::Relaxed);
        Some(data)
    }
}

/// The parts that are open.
#[derive(Debug, Default)]
pub(super) struct Parts {
    // A std mutex suffices: it is held for a look.
    open: Mutex<BTreeMap<PathBuf, Arc<Part>>>,
}

impl Parts {
    pub(super) fn get(&self, path: &Path) -> Option<Arc<Part>> {
        self.lock().get(path).cloned()
    }

    pub(super) fn remove(&self, path: &Path) -> Option<Arc<Part>> {
        self.lock().remove(path)
    }

    /// False: too many are open.
    fn insert(&self, part: Part) -> bool {
        let mut open = self.lock();
        if open.len() >= MAX_PARTS && !open.contains_key(&part.path) {
            return false;
        }
        open.insert(part.path.clone(), Arc::new(part));
        true
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Arc<Part>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a part, making it and its folder; true: it is new.
pub(super) fn open(desk: &Desk, path: &Path, size: u64, have: u64) -> Result<bool, Failure> {
    let failed = |error| Failure::io("open", path, &error);
    let folder = path.parent().unwrap_or(Path::new("."));
    make_private(folder).map_err(|error| Failure::io("make", folder, &error))?;
    let needed = size.saturating_sub(have);
    match system::free_space(folder) {
        Ok(free) if free < needed => return Err(full(folder, needed, free)),
        Ok(_) => {}
        // Not knowing is no reason: what does not fit is noticed when it is written.
        Err(error) => tracing::debug!(%error, "the free space is not known"),
    }
    // Its mode is what the finished file's will be; meanwhile the folder keeps others out.
    let (file, is_new) = system::open_to_write(path).map_err(failed)?;
    if !is_new && file.metadata().map_err(failed)?.len() > size {
        file.set_len(size).map_err(failed)?;
    }
    let part = Part {
        path: path.to_owned(),
        file,
        size,
        prefix: Mutex::default(),
        held: AtomicUsize::new(0),
        fresh: Mutex::default(),
    };
    if desk.parts.insert(part) {
        return Ok(is_new);
    }
    Err(Failure::other(format!(
        "{MAX_PARTS} downloads are open already, no more can be"
    )))
}

/// Writes a piece, and has it hashed.
pub(super) fn write(desk: &Desk, path: &Path, offset: u64, data: Bytes) -> Result<(), Failure> {
    let part = desk.parts.get(path).ok_or_else(|| not_open(path))?;
    let length = data.len() as u64;
    if offset.checked_add(length).is_none_or(|end| end > part.size) {
        let words = format!("{} has no byte {}", path.display(), part.size);
        return Err(Failure::other(words));
    }
    system::write_at(&part.file, &data, offset)
        .map_err(|error| Failure::io("write to", path, &error))?;
    part.begin_write_back(offset, length);
    if part.hash(offset, &data) {
        return Ok(());
    }
    let data = part.hold(data);
    let held = data.as_ref().map_or(0, Bytes::len);
    let wrote = Sum::Wrote(Wrote {
        data,
        part: part.clone(),
        offset,
        length,
    });
    if desk.sums.push(Some(path.to_owned()), wrote).is_err() {
        // It is over, or nothing is hashed any more: verifying will read all of it.
        part.prefix().give_up();
        part.let_go(held);
    }
    Ok(())
}

/// Closes a part, and removes it if so wished.
pub(super) fn drop(desk: &Desk, path: &Path, is_removed: bool) {
    desk.parts.remove(path);
    if !is_removed {
        return;
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(part = %path.display(), %error, "a download's part stays behind");
        }
        Ok(()) | Err(_) => {}
    }
}

pub(super) fn not_open(path: &Path) -> Failure {
    Failure::other(format!("{} is not open", path.display()))
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn full(folder: &Path, needed: u64, free: u64) -> Failure {
    Failure {
        why: DiskError::Full,
        words: format!(
            "there is no room in {}: {needed} bytes are needed, {free} are free",
            folder.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A part of 100 bytes that nothing is in.
    fn opened() -> (Desk, PathBuf, Arc<Part>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part");
        let (answers, _) = tokio::sync::mpsc::channel(1);
        let desk = Desk::new(answers, None);
        assert!(open(&desk, &path, 100, 0).unwrap());
        let part = desk.parts.get(&path).unwrap();
        (desk, path, part, folder)
    }

    #[test]
    fn bytes_that_nobody_hashes_are_not_held() {
        // [RS-17] Or no later piece would be hashed from memory.
        let (desk, path, part, _folder) = opened();
        write(&desk, &path, 10, Bytes::from_static(b"abc")).unwrap();
        assert_eq!(part.held.load(Ordering::Relaxed), 3);
        desk.sums.close();
        write(&desk, &path, 13, Bytes::from_static(b"defg")).unwrap();
        assert_eq!(part.held.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn what_is_written_in_order_is_hashed_at_once_and_waits_for_nobody() {
        // [RS-17]
        let (desk, path, part, _folder) = opened();
        write(&desk, &path, 0, Bytes::from_static(b"abc")).unwrap();
        write(&desk, &path, 3, Bytes::from_static(b"defg")).unwrap();
        assert_eq!(part.held.load(Ordering::Relaxed), 0);
        assert!(!part.prefix().go_on(3, b"defg"), "not twice");
        assert!(part.prefix().go_on(7, b"h"), "the sum is there");
        // Somebody is at the sum: it is left to them.
        let prefix = part.prefix();
        write(&desk, &path, 8, Bytes::from_static(b"ij")).unwrap();
        std::mem::drop(prefix);
        assert_eq!(part.held.load(Ordering::Relaxed), 2);
    }
}
