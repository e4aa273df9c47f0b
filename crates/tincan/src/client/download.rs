//! Files that come in: under a safe name, never over another file, never outside the folder.
//!
//! Bytes go to `NAME.part`, which becomes `NAME`, or `NAME (1)` and so on where that is taken, once
//! the file is whole. A transfer that fails takes its part with it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use model::Transfer;

/// Bytes of a name that is kept, at most: file systems take 255, and ` (999)` and `.part` follow.
const MAX_NAME: usize = 240;
/// Files of one name in a folder, at most, before we give up.
const MAX_NUMBER: u32 = 999;
/// What some systems take for a device, whatever follows a dot.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "COM", "LPT"];

/// Why a file is not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DownloadError {
    /// The name could lead somewhere else.
    #[error("its name is not safe to write: {0}")]
    Name(&'static str),
    /// There are too many of that name.
    #[error("the folder holds too many files of that name")]
    Crowded,
    /// More or less came than was announced.
    #[error("{got} bytes came, {announced} were announced")]
    Size { got: u64, announced: u64 },
    /// The system says no.
    #[error("cannot write {path}: {source}")]
    Io { path: String, source: io::Error },
}

/// A file on its way in.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// What was accepted.
    pub(crate) transfer: Transfer,
    folder: PathBuf,
    name: String,
    part: Part,
    written: u64,
}

impl Incoming {
    /// Opens the part of `transfer` in `folder`, which exists.
    ///
    /// # Errors
    /// [`DownloadError`]; the offer is best declined.
    pub(crate) fn create(folder: &Path, transfer: Transfer) -> Result<Self, DownloadError> {
        let name = safe_name(transfer.name.as_str())?;
        let (file, path) = create_new(folder, &name, ".part")?;
        let part = Part {
            path,
            file: BufWriter::new(file),
            is_kept: false,
        };
        Ok(Self {
            transfer,
            folder: folder.to_owned(),
            name,
            part,
            written: 0,
        })
    }

    /// Bytes written so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Takes the next bytes. More than announced are an error.
    ///
    /// # Errors
    /// [`DownloadError`]; drop this, and the part is gone.
    pub(crate) fn write(&mut self, data: &[u8]) -> Result<(), DownloadError> {
        self.written += data.len() as u64;
        if self.written > self.transfer.size {
            return Err(self.wrong_size());
        }
        self.part
            .file
            .write_all(data)
            .map_err(|e| self.part.failed(e))
    }

    /// All has come: gives the file its name, and tells it.
    ///
    /// # Errors
    /// [`DownloadError`]; the part is gone.
    pub(crate) fn finish(mut self) -> Result<PathBuf, DownloadError> {
        if self.written != self.transfer.size {
            return Err(self.wrong_size());
        }
        let stored = self
            .part
            .file
            .flush()
            .and_then(|()| self.part.file.get_ref().sync_all());
        stored.map_err(|e| self.part.failed(e))?;
        // Taking the name first, and only if it is free, is what never overwrites: renaming would.
        let (_, path) = create_new(&self.folder, &self.name, "")?;
        if let Err(source) = fs::rename(&self.part.path, &path) {
            let _ = fs::remove_file(&path);
            return Err(DownloadError::Io {
                path: path.display().to_string(),
                source,
            });
        }
        self.part.is_kept = true;
        Ok(path)
    }

    fn wrong_size(&self) -> DownloadError {
        DownloadError::Size {
            got: self.written,
            announced: self.transfer.size,
        }
    }
}

/// The unfinished file; gone when dropped, unless it was given its name.
#[derive(Debug)]
struct Part {
    path: PathBuf,
    file: BufWriter<File>,
    is_kept: bool,
}

impl Part {
    fn failed(&self, source: io::Error) -> DownloadError {
        DownloadError::Io {
            path: self.path.display().to_string(),
            source,
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed can be seen by its ending.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes a file that was not there: `name`, else `name (1)`, and so on.
fn create_new(folder: &Path, name: &str, ending: &str) -> Result<(File, PathBuf), DownloadError> {
    for number in 0..=MAX_NUMBER {
        let path = folder.join(numbered(name, number) + ending);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => {
                return Err(DownloadError::Io {
                    path: path.display().to_string(),
                    source,
                });
            }
        }
    }
    Err(DownloadError::Crowded)
}

/// `a.txt`, `a (1).txt`, `a (2).txt` …
fn numbered(name: &str, number: u32) -> String {
    match (number, split_extension(name)) {
        (0, _) => name.to_owned(),
        (n, (stem, extension)) => format!("{stem} ({n}){extension}"),
    }
}

fn split_extension(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 => name.split_at(at),
        _ => (name, ""),
    }
}

/// The name under which an offered file is kept: one that is a plain name on every system, hides
/// nothing and is short enough. A hidden file is shown by an underscore before its dot.
///
/// # Errors
/// [`DownloadError::Name`] where it could lead elsewhere.
pub(crate) fn safe_name(offered: &str) -> Result<String, DownloadError> {
    let unsafe_if = |is: bool, why| {
        if is {
            Err(DownloadError::Name(why))
        } else {
            Ok(())
        }
    };
    unsafe_if(offered.is_empty(), "it is empty")?;
    unsafe_if(
        offered.contains(['/', '\\', ':']),
        "it holds a separator of paths",
    )?;
    unsafe_if(
        offered
            .chars()
            .any(|c| c.is_control() || model::is_directional(c)),
        "it holds invisible characters",
    )?;
    unsafe_if(
        offered.chars().all(|c| c == '.'),
        "it leads to another folder",
    )?;
    unsafe_if(
        offered.ends_with(['.', ' ']),
        "it ends with a dot or a space",
    )?;
    unsafe_if(is_device(offered), "it is a device's")?;
    let shown = match offered.strip_prefix('.') {
        Some(_) => format!("_{offered}"),
        None => offered.to_owned(),
    };
    Ok(shortened(&shown))
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end();
    let (word, digits) = match stem.char_indices().nth(3) {
        Some((at, _)) => stem.split_at(at),
        None => (stem, ""),
    };
    let is_number = digits.is_empty() || (digits.len() == 1 && digits != "0");
    is_number
        && DEVICES
            .iter()
            .any(|device| word.eq_ignore_ascii_case(device))
        && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Cuts the stem, so that the extension still says what the file is.
fn shortened(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let (stem, extension) = match split_extension(name) {
        (stem, extension) if extension.len() <= 32 => (stem, extension),
        _ => (name, ""),
    };
    let end = stem.floor_char_boundary(MAX_NAME - extension.len());
    format!("{}{extension}", &stem[..end])
}

#[cfg(test)]
mod tests {
    use model::{FileName, TransferId, UserName};

    use super::*;

    fn transfer(name: &str, size: u64) -> Transfer {
        Transfer {
            id: TransferId::new(1).unwrap(),
            from: UserName::parse("ana").unwrap(),
            to: UserName::parse("bo").unwrap(),
            name: FileName::parse(name).unwrap(),
            size,
        }
    }

    fn fetched(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
        let mut incoming = Incoming::create(folder, transfer(name, bytes.len() as u64)).unwrap();
        incoming.write(bytes).unwrap();
        incoming.finish().unwrap()
    }

    fn names_in(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        // [494-7]
        for bad in [
            "",
            ".",
            "..",
            "...",
            "a/b",
            "/etc/passwd",
            "..\\a",
            "a\\b",
            "c:a",
            "a\u{0}",
            "a\nb",
            "a\u{9b}",
            "a\u{202e}b",
            "a.",
            "a ",
            "CON",
            "con",
            "nul.txt",
            "Com1",
            "LPT9.log",
            "aux.tar.gz",
            "nul .txt",
        ] {
            assert!(safe_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn plain_names_stay_and_hidden_ones_are_shown() {
        for (offered, kept) in [
            ("a", "a"),
            ("my file.tar.gz", "my file.tar.gz"),
            ("日本.pdf", "日本.pdf"),
            (".profile", "_.profile"),
            ("..a", "_..a"),
            ("console", "console"),
            ("com10", "com10"),
            ("com0", "com0"),
            ("auxiliary.txt", "auxiliary.txt"),
        ] {
            assert_eq!(safe_name(offered).unwrap(), kept);
        }
    }

    #[test]
    fn long_names_are_cut_before_the_extension() {
        let long = safe_name(&format!("{}.txt", "é".repeat(500))).unwrap();
        assert!(long.len() <= MAX_NAME && long.ends_with("é.txt"), "{long}");
        let odd = safe_name(&format!("a.{}", "x".repeat(900))).unwrap();
        assert_eq!(odd.len(), MAX_NAME);
    }

    #[test]
    fn nothing_is_overwritten() {
        // [494-7]
        let folder = tempfile::tempdir().unwrap();
        for (bytes, name) in [
            ("one", "a.txt"),
            ("two", "a (1).txt"),
            ("three", "a (2).txt"),
        ] {
            let path = fetched(folder.path(), "a.txt", bytes.as_bytes());
            assert_eq!(path, folder.path().join(name));
            assert_eq!(fs::read_to_string(path).unwrap(), bytes);
        }
        assert_eq!(names_in(folder.path()), ["a (1).txt", "a (2).txt", "a.txt"]);
    }

    #[test]
    #[cfg(unix)]
    fn a_link_that_waits_under_the_name_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let victim = outside.path().join("victim");
        std::os::unix::fs::symlink(&victim, folder.path().join("a")).unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join("a.part")).unwrap();
        assert_eq!(
            fetched(folder.path(), "a", b"x"),
            folder.path().join("a (1)")
        );
        assert!(!victim.exists());
    }

    #[test]
    fn a_failed_transfer_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut incoming = Incoming::create(folder.path(), transfer("a", 3)).unwrap();
        incoming.write(b"ab").unwrap();
        assert_eq!(names_in(folder.path()), ["a.part"]);
        assert!(matches!(
            incoming.finish(),
            Err(DownloadError::Size {
                got: 2,
                announced: 3
            })
        ));
        assert!(names_in(folder.path()).is_empty());

        let mut incoming = Incoming::create(folder.path(), transfer("a", 3)).unwrap();
        assert!(matches!(
            incoming.write(b"abcd"),
            Err(DownloadError::Size { .. })
        ));
        drop(incoming);
        assert!(names_in(folder.path()).is_empty());
    }
}
