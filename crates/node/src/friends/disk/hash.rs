//! SHA-1 of shared files, in the background [RS-16].

use std::io::{ErrorKind, Read};

use friends::disk::{DiskAnswer, Identity, TaskId};
use sha1::{Digest, Sha1};
use wire_retroshare::FileHash;

use super::read::Wanted;
use super::{Desk, Failure, system};

/// Bytes read at a time: half a millisecond of hashing, which is also how soon a pause or the end is
/// noticed.
pub(super) const BUFFER: usize = 1 << 20;
/// Bytes between two reports.
const REPORT: u64 = 16 << 20;

/// Hashes a file, and answers unless it is over.
pub(super) fn hash(desk: &Desk, task: TaskId, wanted: Wanted<'_>, buffer: &mut Vec<u8>) {
    match hash_file(desk, task, wanted, buffer) {
        Ok(Some((hash, identity))) => desk.answer(DiskAnswer::Hashed {
            task,
            hash,
            identity,
        }),
        Ok(None) => {}
        Err(failure) => desk.answer(failure.answer(task)),
    }
}

/// `None`: it is over.
fn hash_file(
    desk: &Desk,
    task: TaskId,
    wanted: Wanted<'_>,
    buffer: &mut Vec<u8>,
) -> Result<Option<(FileHash, Identity)>, Failure> {
    let path = wanted.path;
    let failed = |error| Failure::io("hash", path, &error);
    if !desk.pause.rest(desk) {
        return Ok(None);
    }
    let mut file = wanted.open().map_err(failed)?;
    let before = system::identity(&file.metadata().map_err(failed)?);
    system::read_in_order(&file);
    buffer.resize(BUFFER, 0);
    let mut sum = Sha1::new();
    let mut done = 0;
    // No further than it was long: a file that grows would have no end.
    while done < before.size {
        if !desk.pause.rest(desk) {
            return Ok(None);
        }
        let left = usize::try_from(before.size - done).unwrap_or(usize::MAX);
        let read = match file.read(&mut buffer[..left.min(BUFFER)]) {
            Ok(0) => return Err(Failure::changed(path)),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        sum.update(&buffer[..read]);
        let reported = done / REPORT;
        done += read as u64;
        if done / REPORT > reported && done < before.size {
            desk.answer(DiskAnswer::Hashing { task, done });
        }
    }
    let after = system::identity(&file.metadata().map_err(failed)?);
    if after != before {
        return Err(Failure::changed(path));
    }
    Ok(Some((FileHash::from_bytes(sum.finalize().into()), before)))
}
