//! SHA-1 of what is transferred: of parts, close behind their writing, and of single pieces [RS-17].
//!
//! A part is hashed from its beginning on. What was written in order is hashed at once by whoever wrote
//! it, or from memory here, while a thread here is at the sum; what came out of order is remembered as a
//! range and read back, mostly from the system's cache, when the sum gets there. So little is left to do
//! when the last byte is written. Writing again what was hashed makes the sum worthless: then verifying
//! begins anew.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use friends::disk::{DiskAnswer, DiskTask, TaskId};
use sha1::{Digest, Sha1};
use wire_retroshare::FileHash;

use super::hash::BUFFER;
use super::part::{self, Part};
use super::read::Wanted;
use super::{Desk, Failure, read, system};

/// Bytes of one part that are hashed before another one has its turn.
const PORTION: u64 = 16 << 20;
/// Ranges ahead of the sum that are remembered: one a source of a download, and some gaps.
const MAX_RANGES: usize = 1024;
/// Bytes of a piece: a chunk of a file.
const MAX_PIECE: u32 = 1 << 20;

/// Something to be hashed.
#[derive(Debug)]
pub(super) enum Sum {
    /// [`DiskTask::HashPiece`] or [`DiskTask::Verify`].
    Task(DiskTask),
    Wrote(Wrote),
    /// More of the part is there than is hashed.
    CatchUp(Arc<Part>),
}

/// This was written.
#[derive(Debug)]
pub(super) struct Wrote {
    pub(super) part: Arc<Part>,
    pub(super) offset: u64,
    pub(super) length: u64,
    /// The bytes, unless too many wait already.
    pub(super) data: Option<Bytes>,
}

/// How much of a part is hashed.
#[derive(Debug, Default)]
pub(super) struct Prefix {
    sum: Sha1,
    /// The sum is of all bytes before this.
    upto: u64,
    /// What is written beyond: ends by beginnings, which are after `upto`.
    written: BTreeMap<u64, u64>,
    /// Nothing is hashed before it is verified.
    is_given_up: bool,
}

/// Hashes a portion; gives back what is left of it.
pub(super) fn carry_out(desk: &Desk, sum: Sum, buffer: &mut Vec<u8>) -> Option<Sum> {
    if desk.is_over() {
        return None;
    }
    match sum {
        Sum::Wrote(wrote) => {
            let part = wrote.part.clone();
            let held = wrote.data.as_ref().map_or(0, Bytes::len);
            part.prefix().note(&wrote);
            drop(wrote);
            part.let_go(held);
            catch_up(part, buffer)
        }
        Sum::CatchUp(part) => catch_up(part, buffer),
        Sum::Task(task) => carry_out_task(desk, task, buffer).map(Sum::Task),
    }
}

fn carry_out_task(desk: &Desk, task: DiskTask, buffer: &mut Vec<u8>) -> Option<DiskTask> {
    match task {
        DiskTask::HashPiece {
            task,
            root,
            path,
            identity,
            offset,
            length,
        } => {
            let wanted = Wanted {
                root: root.as_deref(),
                path: &path,
                identity,
            };
            let hashed = hash_piece(desk, wanted, offset, length, buffer);
            let hashed = hashed.map(|hash| DiskAnswer::PieceHashed { task, hash });
            desk.settle(task, hashed);
            None
        }
        DiskTask::Verify { task, part, size } => {
            let outcome = verify(desk, task, &part, size, buffer).transpose();
            let Some(outcome) = outcome else {
                return Some(DiskTask::Verify { task, part, size });
            };
            desk.settle(task, outcome);
            None
        }
        // None of these comes here.
        DiskTask::List { .. }
        | DiskTask::Watch { .. }
        | DiskTask::Hash { .. }
        | DiskTask::PauseHashing(_)
        | DiskTask::Read { .. }
        | DiskTask::Open { .. }
        | DiskTask::Write { .. }
        | DiskTask::Finish { .. }
        | DiskTask::Drop { .. } => None,
    }
}

fn hash_piece(
    desk: &Desk,
    wanted: Wanted<'_>,
    offset: u64,
    length: u32,
    buffer: &mut Vec<u8>,
) -> Result<[u8; 20], Failure> {
    let path = wanted.path;
    if length > MAX_PIECE {
        let words = format!("{length} bytes of {} are no chunk", path.display());
        return Err(Failure::other(words));
    }
    buffer.resize(BUFFER, 0);
    let piece = &mut buffer[..length as usize];
    read::with_file(desk, wanted, |file| {
        let failed = |error| Failure::io("hash", path, &error);
        system::read_at(file, piece, offset).map_err(failed)?;
        // Who asks for it believes it for long: written to meanwhile, it is none.
        if wanted.identity.is_some() && !wanted.is(file).map_err(failed)? {
            return Err(Failure::changed(path));
        }
        Ok(())
    })?;
    Ok(Sha1::digest(piece).into())
}

/// Hashes a portion of the rest; `None`: there is more.
fn verify(
    desk: &Desk,
    task: TaskId,
    path: &Path,
    size: u64,
    buffer: &mut Vec<u8>,
) -> Result<Option<DiskAnswer>, Failure> {
    let part = desk.parts.get(path).ok_or_else(|| part::not_open(path))?;
    let failed = |error| Failure::io("verify", path, &error);
    let mut prefix = part.prefix();
    // Whole, says the node: what was written when is of no importance any more.
    prefix.written.clear();
    let end = size.min(prefix.upto.saturating_add(PORTION));
    prefix.read_upto(&part, end, buffer).map_err(failed)?;
    if prefix.upto < size {
        return Ok(None);
    }
    let identity = system::identity(&part.file.metadata().map_err(failed)?);
    if identity.size != size || prefix.upto != size {
        return Err(Failure::changed(path));
    }
    let hash = FileHash::from_bytes(prefix.sum.clone().finalize().into());
    Ok(Some(DiskAnswer::Hashed {
        task,
        hash,
        identity,
    }))
}

/// Hashes a portion of what is there, from the file; gives back the rest.
fn catch_up(part: Arc<Part>, buffer: &mut Vec<u8>) -> Option<Sum> {
    let mut prefix = part.prefix();
    let end = prefix.reachable()?;
    let portion = end.min(prefix.upto.saturating_add(PORTION));
    if let Err(error) = prefix.read_upto(&part, portion, buffer) {
        // Whoever verifies will meet it again, and say so.
        tracing::debug!(part = %part.path.display(), %error, "a part cannot be read back");
        prefix.give_up();
        return None;
    }
    let is_behind = prefix.reachable().is_some();
    drop(prefix);
    is_behind.then_some(Sum::CatchUp(part))
}

impl Prefix {
    /// Hashes nothing before it is verified, and then everything.
    pub(super) fn give_up(&mut self) {
        *self = Self {
            is_given_up: true,
            ..Self::default()
        };
    }

    /// Hashes what was written right behind the sum; false: it was written elsewhere, or more is there
    /// behind it.
    pub(super) fn go_on(&mut self, offset: u64, data: &[u8]) -> bool {
        if self.is_given_up || offset != self.upto || !self.written.is_empty() {
            return false;
        }
        self.sum.update(data);
        self.upto += data.len() as u64;
        true
    }

    fn note(&mut self, wrote: &Wrote) {
        if wrote.offset < self.upto {
            return self.give_up();
        }
        if self.is_given_up || wrote.length == 0 {
            return;
        }
        if let Some(data) = &wrote.data
            && wrote.offset == self.upto
        {
            self.sum.update(data);
            self.upto += wrote.length;
            return;
        }
        let end = wrote.offset + wrote.length;
        let before = self.written.range_mut(..=wrote.offset).next_back();
        match before {
            Some((_, last)) if *last >= wrote.offset => *last = end.max(*last),
            Some(_) | None => {
                self.written.insert(wrote.offset, end);
            }
        }
        if self.written.len() > MAX_RANGES {
            self.give_up();
        }
    }

    /// How far the bytes after the sum go without a gap, if there are any. Forgets ranges that are
    /// hashed.
    fn reachable(&mut self) -> Option<u64> {
        while let Some(range) = self.written.first_entry() {
            if *range.key() > self.upto {
                return None;
            }
            if *range.get() > self.upto {
                return Some(*range.get());
            }
            range.remove();
        }
        None
    }

    /// Hashes up to `end`, reading the part.
    fn read_upto(&mut self, part: &Part, end: u64, buffer: &mut Vec<u8>) -> std::io::Result<()> {
        buffer.resize(BUFFER, 0);
        while self.upto < end {
            let left = usize::try_from(end - self.upto).unwrap_or(usize::MAX);
            let piece = &mut buffer[..left.min(BUFFER)];
            system::read_at(&part.file, piece, self.upto)?;
            self.sum.update(&*piece);
            self.upto += piece.len() as u64;
        }
        Ok(())
    }
}
