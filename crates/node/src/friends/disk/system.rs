//! Files as the system has them: opened without following links, read and written at a place, named
//! without overwriting.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Component, Path};
use std::time::UNIX_EPOCH;

use friends::disk::{DiskError, Identity};

/// Opens a regular file to read; a link in its place is an error, and so is a pipe, which is not
/// waited for.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let file = without_links(OpenOptions::new().read(true), path)?;
    regular(&file)?;
    Ok(file)
}

/// Opens a regular file below a folder, which may itself be reached through links; below it none is
/// followed, whatever is put there meanwhile.
pub(super) fn open_below(root: &Path, path: &Path) -> io::Result<File> {
    let below = path.strip_prefix(root).map_err(|_| astray())?;
    let mut names = Vec::new();
    for component in below.components() {
        match component {
            Component::Normal(name) => names.push(name),
            Component::Prefix(_)
            | Component::RootDir
            | Component::CurDir
            | Component::ParentDir => return Err(astray()),
        }
    }
    let file = match names.split_last() {
        Some((name, folders)) => file_below(root, folders, name)?,
        None => return Err(astray()),
    };
    regular(&file)?;
    Ok(file)
}

fn astray() -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, "it is not below its folder")
}

/// Opens a file to write and read, making it if missing; true: it was made. An existing one has to be
/// a regular file with no other name, or something else would be written over.
pub(super) fn open_to_write(path: &Path) -> io::Result<(File, bool)> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match without_links(options.clone().create_new(true), path) {
        Ok(file) => return Ok((file, true)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let file = without_links(&mut options, path)?;
    let metadata = regular(&file)?;
    if names(&metadata) != 1 {
        return Err(io::Error::other("it has another name as well"));
    }
    Ok((file, false))
}

/// How a file looks.
pub(super) fn identity(metadata: &Metadata) -> Identity {
    let modified = metadata.modified().ok();
    let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Identity {
        size: metadata.len(),
        modified: modified.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(0)),
        inode: inode(metadata),
    }
}

/// What an error means for the node.
pub(super) fn why(error: &io::Error) -> DiskError {
    if is_link(error) {
        return DiskError::Changed;
    }
    match error.kind() {
        ErrorKind::NotFound
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory
        | ErrorKind::UnexpectedEof
        | ErrorKind::InvalidInput => DiskError::Changed,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => DiskError::Full,
        _ => DiskError::Other,
    }
}

fn regular(file: &File) -> io::Result<Metadata> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        let what = "it is no regular file";
        return Err(io::Error::new(ErrorKind::InvalidInput, what));
    }
    Ok(metadata)
}

#[cfg(unix)]
mod by_os {
    use std::ffi::OsStr;
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
    use std::path::Path;

    use rustix::fs::{CWD, Mode, OFlags, openat};
    use rustix::io::retry_on_intr;

    pub(crate) fn without_links(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
        // Without waiting: a pipe in the file's place would hold the thread for ever.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed()).open(path)
    }

    /// From folder to folder: no name is resolved twice, so that nothing can be put in its place between
    /// a look and the opening.
    pub(crate) fn file_below(root: &Path, folders: &[&OsStr], name: &OsStr) -> io::Result<File> {
        let to_folder = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let mut at = retry_on_intr(|| openat(CWD, root, to_folder, Mode::empty()))?;
        for folder in folders {
            let flags = to_folder | OFlags::NOFOLLOW;
            at = retry_on_intr(|| openat(&at, *folder, flags, Mode::empty()))?;
        }
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = retry_on_intr(|| openat(&at, name, flags, Mode::empty()))?;
        Ok(file.into())
    }

    pub(crate) fn is_link(error: &io::Error) -> bool {
        error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
    }

    /// The device is left out: its number may be another after a restart, and everything would be
    /// hashed anew.
    pub(crate) fn inode(metadata: &Metadata) -> u64 {
        metadata.ino()
    }

    pub(crate) fn names(metadata: &Metadata) -> u64 {
        metadata.nlink()
    }

    /// Fills the buffer from `offset` on, or fails.
    pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        file.read_exact_at(buffer, offset)
    }

    /// Exactly so many bytes, read into memory that was not cleared before.
    pub(crate) fn read_piece(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut piece = Vec::with_capacity(length);
        while piece.len() < length {
            let at = offset + piece.len() as u64;
            match rustix::io::pread(file, rustix::buffer::spare_capacity(&mut piece), at) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        piece.truncate(length);
        Ok(piece)
    }

    pub(crate) fn write_at(file: &File, data: &[u8], offset: u64) -> io::Result<()> {
        file.write_all_at(data, offset)
    }

    /// Bytes that may still be written in the folder.
    pub(crate) fn free_space(folder: &Path) -> io::Result<u64> {
        let system = rustix::fs::statvfs(folder)?;
        Ok(system.f_bavail.saturating_mul(system.f_frsize))
    }

    /// Has the system read further ahead, so that the disk works while we hash.
    pub(crate) fn read_in_order(file: &File) {
        // Advice is not owed: where it is not taken, reading is slower.
        #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
        let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::Sequential);
        #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
        let _ = file;
    }

    /// Has the system begin to bring a range to disk, and not wait for it.
    pub(crate) fn begin_write_back(file: &File, offset: u64, length: u64) {
        // On Linux what is said to be no longer needed is written at once; what is being written stays in
        // the cache.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let _ = rustix::fs::fadvise(
            file,
            offset,
            std::num::NonZeroU64::new(length),
            rustix::fs::Advice::DontNeed,
        );
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let _ = (file, offset, length);
    }

    /// Brings a new name in the folder to disk.
    pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
}

#[cfg(not(unix))]
mod by_os {
    use std::ffi::OsStr;
    use std::fs::{File, Metadata, OpenOptions};
    use std::io::{self, Read, Seek, SeekFrom, Write};
    use std::path::Path;
    use std::sync::{Mutex, PoisonError};

    /// Files have one cursor, whichever thread moves it.
    static CURSORS: Mutex<()> = Mutex::new(());

    pub(crate) fn without_links(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
        if std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
            let what = "it is a link";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        options.open(path)
    }

    /// A look before the opening is all that there is here.
    pub(crate) fn file_below(root: &Path, folders: &[&OsStr], name: &OsStr) -> io::Result<File> {
        let mut path = root.to_path_buf();
        for folder in folders {
            path.push(folder);
            if std::fs::symlink_metadata(&path)?.is_symlink() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
        }
        path.push(name);
        without_links(OpenOptions::new().read(true), &path)
    }

    pub(crate) fn is_link(_: &io::Error) -> bool {
        false
    }

    pub(crate) fn inode(_: &Metadata) -> u64 {
        0
    }

    pub(crate) fn names(_: &Metadata) -> u64 {
        1
    }

    pub(crate) fn read_at(mut file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let _cursors = CURSORS.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(buffer)
    }

    pub(crate) fn read_piece(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut piece = vec![0; length];
        read_at(file, &mut piece, offset)?;
        Ok(piece)
    }

    pub(crate) fn write_at(mut file: &File, data: &[u8], offset: u64) -> io::Result<()> {
        let _cursors = CURSORS.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(data)
    }

    /// Not asked for here: what does not fit is noticed when it is written.
    pub(crate) fn free_space(_: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    pub(crate) fn read_in_order(_: &File) {}

    pub(crate) fn begin_write_back(_: &File, _: u64, _: u64) {}

    pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
        Ok(())
    }
}

pub(super) use by_os::{
    begin_write_back, free_space, inode, names, read_at, read_in_order, read_piece, sync_folder,
    write_at,
};
use by_os::{file_below, is_link, without_links};

/// Gives a file another name, which nothing has yet ([`ErrorKind::AlreadyExists`]).
pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match rename_exclusive(from, to) {
        // The file system cannot do it in one step.
        Err(error) if error.kind() == ErrorKind::InvalidInput => {}
        Err(error) if error.kind() == ErrorKind::Unsupported => {}
        done => return done,
    }
    match std::fs::hard_link(from, to) {
        Ok(()) => std::fs::remove_file(from),
        Err(error) if is_final(&error) => Err(error),
        // It has no links either: an empty file of our own holds the name.
        Err(_) => {
            OpenOptions::new().write(true).create_new(true).open(to)?;
            std::fs::rename(from, to).inspect_err(|_| {
                let _ = std::fs::remove_file(to);
            })
        }
    }
}

/// Whether another way of renaming would end the same.
fn is_final(error: &io::Error) -> bool {
    use ErrorKind::{AlreadyExists, CrossesDevices, NotFound, StorageFull};
    matches!(
        error.kind(),
        AlreadyExists | CrossesDevices | NotFound | StorageFull
    )
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_exclusive(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_exclusive(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_from_other_errors() {
        // [RS-17]
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let error = write_at(&full, b"x", 0).unwrap_err();
        assert_eq!(why(&error), DiskError::Full);
        let denied = io::Error::from(ErrorKind::PermissionDenied);
        assert_eq!(why(&denied), DiskError::Other);
    }

    #[test]
    fn a_name_that_something_has_is_not_taken() {
        // [RS-17]
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a"), "a").unwrap();
        std::fs::write(at("b"), "b").unwrap();
        let error = rename_new(&at("a"), &at("b")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(at("b")).unwrap(), b"b");
        rename_new(&at("a"), &at("c")).unwrap();
        assert_eq!(std::fs::read(at("c")).unwrap(), b"a");
        assert!(!at("a").exists());
    }
}
