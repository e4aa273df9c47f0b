//! A verified part becomes a file, and never in another one's place [RS-17].

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use super::{Desk, Failure, system};

/// Files of one name that are told apart by a number.
const MAX_SAME: u32 = 1000;
/// Bytes of a name, at most, on nearly every file system.
const MAX_NAME: usize = 255;
/// Bytes copied at a time where the incoming folder is on another disk; shutting down waits for no
/// more.
const COPY: u64 = 32 << 20;

/// Brings the part to disk and gives it its name, or the next free one.
pub(super) fn finish(
    desk: &Desk,
    part: &Path,
    folder: &Path,
    name: &str,
) -> Result<PathBuf, Failure> {
    let is_plain = matches!(
        Path::new(name).components().collect::<Vec<_>>()[..],
        [Component::Normal(only)] if only == name
    );
    if !is_plain || name.contains('\0') {
        return Err(Failure::other(format!("{name:?} is no name for a file")));
    }
    let failed = |error| Failure::io("finish", part, &error);
    match desk.parts.get(part) {
        Some(open) => open.file.sync_all().map_err(failed)?,
        None => system::open(part)
            .and_then(|file| file.sync_all())
            .map_err(failed)?,
    }
    std::fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
    let path = place(desk, part, folder, name)?;
    desk.parts.remove(part);
    if let Err(error) = system::sync_folder(folder) {
        tracing::debug!(folder = %folder.display(), %error, "a folder cannot be synced");
    }
    Ok(path)
}

fn place(desk: &Desk, part: &Path, folder: &Path, name: &str) -> Result<PathBuf, Failure> {
    let failed = |error| Failure::io("write to", folder, &error);
    match first_free(part, folder, name) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => {}
        done => return done.map_err(failed),
    }
    // On another disk: copied under a name that nobody takes for the file, then named in one step.
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(part.file_name().unwrap_or_default());
    let copy = folder.join(hidden);
    let copied = copy_to(desk, part, &copy).and_then(|()| first_free(&copy, folder, name));
    match copied {
        Ok(path) => {
            if let Err(error) = std::fs::remove_file(part) {
                tracing::warn!(part = %part.display(), %error, "a download's part stays behind");
            }
            Ok(path)
        }
        Err(error) => {
            let _ = std::fs::remove_file(&copy);
            Err(failed(error))
        }
    }
}

/// Moves the file to the first name that is free.
fn first_free(from: &Path, folder: &Path, name: &str) -> io::Result<PathBuf> {
    for number in 1..=MAX_SAME {
        let to = folder.join(numbered(name, number));
        match system::rename_new(from, &to) {
            Ok(()) => return Ok(to),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    let words = format!("it has {MAX_SAME} files called {name} already");
    Err(io::Error::other(words))
}

/// `name (2).ext`, shortened where it would be too long.
fn numbered(name: &str, number: u32) -> String {
    let extension = Path::new(name).extension().and_then(|text| text.to_str());
    let (stem, mut end) = match extension {
        Some(text) if text.len() < MAX_NAME / 2 => name.split_at(name.len() - text.len() - 1),
        Some(_) | None => (name, ""),
    };
    let middle = if number == 1 {
        String::new()
    } else {
        format!(" ({number})")
    };
    let mut room = MAX_NAME
        .saturating_sub(middle.len() + end.len())
        .min(stem.len());
    while !stem.is_char_boundary(room) {
        room -= 1;
    }
    if room == 0 {
        end = "";
    }
    format!("{}{middle}{end}", &stem[..room])
}

fn copy_to(desk: &Desk, part: &Path, copy: &Path) -> io::Result<()> {
    // One may be there since the machine was switched off in the middle.
    match std::fs::remove_file(copy) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let from = system::open(part)?;
    let mut to: File = OpenOptions::new().write(true).create_new(true).open(copy)?;
    while io::copy(&mut (&from).take(COPY), &mut to)? > 0 {
        if desk.is_over() {
            return Err(io::Error::other("the program is ending"));
        }
    }
    to.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_goes_before_the_extension() {
        // [RS-17]
        assert_eq!(numbered("film.mkv", 1), "film.mkv");
        assert_eq!(numbered("film.mkv", 2), "film (2).mkv");
        assert_eq!(numbered("a.tar.gz", 3), "a.tar (3).gz");
        assert_eq!(numbered("README", 12), "README (12)");
        assert_eq!(numbered(".profile", 2), ".profile (2)");
        assert_eq!(numbered("odd.", 2), "odd (2).");
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        // [RS-17]
        let name = format!("{}.ogg", "é".repeat(125));
        assert_eq!(numbered(&name, 1), name);
        let second = numbered(&name, 22);
        assert!(second.len() <= MAX_NAME, "{}", second.len());
        assert!(second.ends_with("é (22).ogg"));
        let only_extension = format!("a.{}", "x".repeat(253));
        assert!(numbered(&only_extension, 2).ends_with("x (2)"));
    }
}
