//! The folder of keys, pins and pictures: for the owner only, files whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// How long another process may hold the folder: it writes a file or two. One that was stopped
/// meanwhile must not stop us as well.
const HOLD_LIMIT: Duration = Duration::from_secs(5);
/// How often to look whether it has let go.
const HOLD_STEP: Duration = Duration::from_millis(10);

/// Makes the folder, and those above it, for the owner only.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Holds the folder against other processes of the same person until the file is dropped: what is
/// read and written back would otherwise lose what another one wrote meanwhile.
///
/// # Errors
/// The file cannot be made or locked, or another process does not let go.
pub(crate) fn hold(folder: &Path) -> io::Result<File> {
    hold_within(folder, HOLD_LIMIT)
}

/// The same, with a limit of one's own.
///
/// # Errors
/// As [`hold`].
pub(crate) fn hold_within(folder: &Path, limit: Duration) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(folder.join("lock"))?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if begun.elapsed() < limit => {
                thread::sleep(HOLD_STEP);
            }
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "another process does not let go of it",
                ));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Makes a file the owner's alone that others could read, such as a copy made by hand.
#[cfg(unix)]
pub(crate) fn protect(path: &Path) {
    close(path, 0o600);
}

/// The same for a folder.
#[cfg(unix)]
pub(crate) fn protect_folder(path: &Path) {
    close(path, 0o700);
}

#[cfg(unix)]
fn close(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    let is_open =
        fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0);
    if is_open {
        match fs::set_permissions(path, PermissionsExt::from_mode(mode)) {
            Ok(()) => tracing::warn!(?path, "others could read it until now"),
            Err(error) => tracing::warn!(?path, %error, "others can read it"),
        }
    }
}

/// Writes a file for the owner only. A reader, and a power cut, find the old one or the new one,
/// never half of it. The folder must be [held](hold).
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = beside(path);
    // One left behind by a crash could be readable for others.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_stands_still_does_not_hold_us_up_for_ever() {
        // [LAN-46]
        let folder = tempfile::tempdir().unwrap();
        let held = hold(folder.path()).unwrap();
        let error = hold_within(folder.path(), Duration::ZERO).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(held);
        hold_within(folder.path(), Duration::ZERO).unwrap();
    }
}
