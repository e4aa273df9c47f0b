//! Pictures of other people: `pictures/HASH`, named by their SHA-1 [LAN-31].

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use lan::MAX_PICTURE;
use sha1::{Digest, Sha1};

use super::{folder, hex};

/// Pictures that are kept, at most: at 65,535 bytes each, 32 MiB. The node evicts long before;
/// this holds when files were put there by somebody else.
const MAX_PICTURES: usize = 512;

const FOLDER: &str = "pictures";

/// Where the picture with this SHA-1 is, or would be; `None`: that is no SHA-1 in lower-case
/// hexadecimal, which is all that ever becomes a file's name.
pub fn path(folder: &Path, hash: &str) -> Option<PathBuf> {
    is_hash(hash).then(|| folder.join(FOLDER).join(hash))
}

/// The hashes of those in the store, the oldest first.
pub(super) fn list(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder.join(FOLDER)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found: Vec<(SystemTime, String)> = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let metadata = entry.metadata()?;
        if is_hash(&name) && metadata.is_file() {
            found.push((metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), name));
        }
    }
    found.sort();
    let surplus = found.len().saturating_sub(MAX_PICTURES);
    Ok(found
        .into_iter()
        .skip(surplus)
        .map(|(_, name)| name)
        .collect())
}

/// Keeps a picture, and removes those in `evict`.
///
/// # Errors
/// It does not have that SHA-1, is too large, or cannot be written.
pub(super) fn store(folder: &Path, hash: &str, data: &[u8], evict: &[String]) -> io::Result<()> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let path = path(folder, hash).ok_or_else(|| invalid("not a SHA-1"))?;
    if data.len() > MAX_PICTURE {
        return Err(invalid("larger than 65,535 octets"));
    }
    if hex(&Sha1::digest(data)) != hash {
        return Err(invalid("not the picture with this SHA-1"));
    }
    folder::make(&folder.join(FOLDER))?;
    let _held = folder::hold(folder)?;
    for old in evict.iter().filter(|old| *old != hash) {
        remove(folder, old)?;
    }
    folder::write(&path, data)
}

fn remove(folder: &Path, hash: &str) -> io::Result<()> {
    match path(folder, hash).map(fs::remove_file) {
        Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Some(_) | None => Ok(()),
    }
}

fn is_hash(name: &str) -> bool {
    name.len() == 40
        && name
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    const ABC: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

    #[test]
    fn a_picture_is_kept_under_its_hash_and_evicted() {
        // [LAN-31] [LAN-35]
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        assert_eq!(list(folder).unwrap(), [""; 0]);
        store(folder, EMPTY, b"", &[]).unwrap();
        assert_eq!(list(folder).unwrap(), [EMPTY]);
        let evict = [EMPTY.to_owned(), ABC.to_owned(), "../key.pem".to_owned()];
        fs::write(folder.join("key.pem"), "kept").unwrap();
        store(folder, ABC, b"abc", &evict).unwrap();
        assert_eq!(list(folder).unwrap(), [ABC]);
        assert_eq!(fs::read(path(folder, ABC).unwrap()).unwrap(), b"abc");
        assert_eq!(fs::read(folder.join("key.pem")).unwrap(), b"kept");
    }

    #[test]
    fn wrong_data_is_not_stored() {
        // [LAN-31]
        let folder = tempfile::tempdir().unwrap();
        assert!(store(folder.path(), ABC, b"abd", &[]).is_err());
        assert!(store(folder.path(), "../abc", b"abc", &[]).is_err());
        assert_eq!(list(folder.path()).unwrap(), [""; 0]);
    }

    #[test]
    fn what_else_lies_there_is_no_picture() {
        // [LAN-48]
        let folder = tempfile::tempdir().unwrap();
        store(folder.path(), ABC, b"abc", &[]).unwrap();
        let pictures = folder.path().join(FOLDER);
        fs::write(pictures.join("note.txt"), "hello").unwrap();
        fs::write(pictures.join(format!("{EMPTY}.new")), "").unwrap();
        fs::create_dir(pictures.join(EMPTY)).unwrap();
        assert_eq!(list(folder.path()).unwrap(), [ABC]);
    }
}
