//! What is in a shared folder [RS-16].

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use friends::disk::{DiskAnswer, DiskError, Listed, TaskId};
use walkdir::{DirEntry, WalkDir};

use super::{Desk, Failure, system};

/// Files in one answer: the loop's time for it stays in milliseconds.
const PORTION: usize = 1000;
/// Folders below each other. No person makes so many; a folder mounted into itself has no end.
const MAX_DEPTH: usize = 100;
/// How names of parts end, as other programs write them too; half a file is of no use to anybody.
const PART: &str = ".part";

/// Lists `root` and all below it. Links are not followed; hidden files, parts, and our own keys and records
/// are left out.
pub(super) fn list(desk: &Desk, task: TaskId, root: &Path) {
    if desk.is_over() {
        return;
    }
    match portions(desk, task, root) {
        Ok(Some(files)) => desk.answer(DiskAnswer::Listed {
            task,
            files,
            is_end: true,
        }),
        Ok(None) => {}
        Err(failure) => desk.answer(failure.answer(task)),
    }
}

/// Gives all portions but the last, which is returned; `None`: it is over.
fn portions(desk: &Desk, task: TaskId, root: &Path) -> Result<Option<Vec<Listed>>, Failure> {
    let mut files = Vec::new();
    let mut unnamable = 0_u64;
    let private = private(desk, root)?;
    let mut watch = desk.watches.look(root);
    if let Some(watch) = &mut watch {
        watch.folder(root);
    }
    let walk = WalkDir::new(root).max_depth(MAX_DEPTH);
    let is_listed = |entry: &DirEntry| {
        entry.depth() == 0
            || is_wanted(entry.file_name()) && private.as_deref() != Some(entry.path())
    };
    for entry in walk.into_iter().filter_entry(is_listed) {
        if desk.is_over() {
            return Ok(None);
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.depth() == 0 => return Err(gone(root, error)),
            Err(error) => {
                tracing::debug!(%error, "something in a shared folder cannot be looked at");
                continue;
            }
        };
        if let Some(watch) = &mut watch
            && entry.depth() > 0
            && entry.file_type().is_dir()
        {
            watch.folder(entry.path());
        }
        // The file may be gone since the folder was read.
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        if !metadata.is_file() {
            continue;
        }
        let Some((folders, name)) = names(&entry) else {
            unnamable += 1;
            continue;
        };
        files.push(Listed {
            folders,
            name,
            identity: system::identity(&metadata),
        });
        if files.len() == PORTION {
            let files = std::mem::take(&mut files);
            let is_end = false;
            desk.answer(DiskAnswer::Listed {
                task,
                files,
                is_end,
            });
        }
    }
    if let Some(watch) = watch {
        watch.end();
    }
    if unnamable > 0 {
        let folder = root.display();
        tracing::warn!(%folder, files = unnamable, "names that are not UTF-8 cannot be shared");
    }
    Ok(Some(files))
}

/// Our keys and records, as they are called in a listing of `root`.
///
/// # Errors
/// The root lies in them.
fn private(desk: &Desk, root: &Path) -> Result<Option<PathBuf>, Failure> {
    // What is not there fails when it is listed.
    let Some((private, real)) = desk.private.as_ref().zip(root.canonicalize().ok()) else {
        return Ok(None);
    };
    if private.holds(&real) {
        return Err(Failure {
            why: DiskError::Changed,
            words: "your own keys and records are not shared".into(),
        });
    }
    Ok(private.below(root, &real))
}

/// Whether something of this name below the root is listed.
pub(super) fn is_wanted(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    !(name.starts_with(b".") || name.ends_with(PART.as_bytes()))
}

/// The folders below the root, and the name; `None` where one is not UTF-8.
fn names(entry: &DirEntry) -> Option<(Vec<String>, String)> {
    let name = entry.file_name().to_str()?.to_owned();
    let folders = entry.depth().saturating_sub(1);
    let mut above: Vec<String> = entry
        .path()
        .ancestors()
        .skip(1)
        .take(folders)
        .map(|folder| Some(folder.file_name()?.to_str()?.to_owned()))
        .collect::<Option<_>>()?;
    above.reverse();
    Some((above, name))
}

fn gone(root: &Path, error: walkdir::Error) -> Failure {
    match error.into_io_error() {
        Some(error) => Failure::io("list", root, &error),
        None => Failure {
            why: DiskError::Other,
            words: format!("failed to list {}", root.display()),
        },
    }
}
