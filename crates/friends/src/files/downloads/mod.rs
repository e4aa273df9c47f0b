//! Downloads: fetched in chunks from several friends at once, verified, resumed [RS-17].
//!
//! | file | what |
//! |---|---|
//! | `chunks` | which bytes are there, which are asked for |
//! | `sources` | who is asked, for how much at once |
//! | `loading` | asking, taking, writing |
//! | `checking` | the hash of the whole; when it is wrong, finding which chunks are, and whose |
//! | `refused` | a source that has nothing to give any more |
//! | `report` | what faces are told: state, speed, time left |
//! | `kept` | records, so that a download goes on after a restart |
//!
//! ```text
//! Waiting → Opening → Loading → Checking → Finishing → Done
//!    ↑         └ Full ┘  ↑________| a chunk was wrong
//!    └ Paused, Failed: until somebody says so
//! ```

mod checking;
mod chunks;
mod kept;
mod loading;
mod refused;
mod report;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use wire_retroshare::file_transfer::{CHUNK, ChunkMap};
use wire_retroshare::{FileHash, FileLink, LocationId, PgpId};

use self::checking::{Doubts, Votes};
use self::chunks::Chunks;
use self::report::Progress;
use self::sources::Sources;
use super::file_lists::Wanted;
use super::names;
use super::turn::{People, Turn};
use crate::api::{self, DownloadState, Notice};
use crate::disk::DiskTask;
use crate::kept::{Area, Change, Record};

/// All downloads.
#[derive(Debug, Default)]
pub(super) struct Downloads {
    /// In the order in which they were asked for.
    all: BTreeMap<u64, Download>,
    by_hash: BTreeMap<FileHash, u64>,
    last: u64,
    /// Who gave wrong bytes.
    marks: BTreeMap<LocationId, Mark>,
    flow: Flow,
    next_tick: Option<Instant>,
}

/// Bytes in flight, over all downloads: what memory they may come to take.
#[derive(Debug, Default)]
struct Flow {
    /// Asked for and not here.
    asked: usize,
    /// Here and not on the disk.
    unwritten: usize,
}

/// Somebody gave wrong bytes.
#[derive(Debug)]
struct Mark {
    count: u32,
    last: Instant,
}

#[derive(Debug)]
struct Download {
    number: u64,
    hash: FileHash,
    size: u64,
    /// As whoever named it called it.
    name: String,
    folder: PathBuf,
    part: PathBuf,
    /// Friends who are said to have it.
    from: BTreeSet<PgpId>,
    /// Locations whose lists have it.
    holders: BTreeSet<LocationId>,
    stage: Stage,
    why: Option<String>,
    chunks: Chunks,
    sources: Sources,
    doubts: Doubts,
    /// Counts openings: what the disk answers to an earlier one is nothing to this one.
    opening: u32,
    /// Since when nobody is of use.
    idle_since: Option<Instant>,
    /// Not tried again before.
    not_before: Option<Instant>,
    progress: Progress,
}

#[derive(Debug)]
enum Stage {
    Waiting,
    Opening,
    Loading,
    Checking(Check),
    Finishing,
    /// The disk has no room; tried again then.
    Full(Instant),
    Paused,
    Done(PathBuf),
    Failed,
}

#[derive(Debug)]
enum Check {
    /// The whole is being hashed.
    Whole,
    /// The whole is wrong; chunk after chunk is compared.
    Chunks(Box<Votes>),
}

/// What we have of a file that is being fetched.
pub(super) struct Part<'a> {
    pub(super) path: &'a Path,
    pub(super) size: u64,
    pub(super) map: &'a ChunkMap,
}

impl Part<'_> {
    /// Whether all chunks of a range are there.
    pub(super) fn has(&self, from: u64, to: u64) -> bool {
        let chunks = from / CHUNK..to.div_ceil(CHUNK);
        to <= self.size
            && chunks
                .map(u32::try_from)
                .all(|c| c.is_ok_and(|c| self.map.has(c)))
    }
}

impl Downloads {
    /// From what was kept; damaged records are left out, and told.
    pub(super) fn new(partial: &Path, records: &[Record]) -> (Self, Vec<String>) {
        let mut downloads = Self::default();
        let mut read = Vec::new();
        let mut damaged = Vec::new();
        for record in records
            .iter()
            .filter(|record| record.area == Area::Downloads)
        {
            match kept::read(record, partial) {
                Some(download) => read.push(download),
                None => damaged.push(format!(
                    "the record of a download is damaged and left out: {}",
                    names::shown(&record.key)
                )),
            }
        }
        read.sort_by_key(|download| download.number);
        for download in read.into_iter().take(MAX_DOWNLOADS) {
            downloads.insert(download);
        }
        (downloads, damaged)
    }

    /// Fetches a file, or goes on with it. `holders` are the locations whose lists have it.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn fetch(
        &mut self,
        link: &FileLink,
        from: Option<PgpId>,
        holders: BTreeSet<LocationId>,
        folder: PathBuf,
        turn: &mut Turn,
    ) -> Result<u64, String> {
        let name = names::shown(&link.name);
        if link.size.div_ceil(CHUNK) > ChunkMap::MAX_CHUNKS {
            return Err(format!(
                "fetch {name}: a file of {} bytes is too large",
                link.size
            ));
        }
        let number = match self.by_hash.get(&link.hash).copied() {
            Some(number) if self.is_under_way(number) => {
                if self
                    .all
                    .get(&number)
                    .is_some_and(|known| known.size != link.size)
                {
                    return Err(format!(
                        "fetch {name}: the same file is being fetched with another size"
                    ));
                }
                number
            }
            known => {
                if let Some(over) = known {
                    self.remove(over);
                }
                self.make_room(turn)?;
                self.add(link, name, folder, turn)
            }
        };
        if let Some(download) = self.all.get_mut(&number) {
            download.from.extend(from);
            download.holders.extend(holders);
            download.resume();
            download.keep(turn);
        }
        self.tick_soon(turn.now.instant);
        Ok(number)
    }

    /// All of them, as they are.
    pub(super) fn report(&self, people: &People, now: Instant) -> Vec<api::Download> {
        let all = self.all.values();
        all.map(|download| download.report(people, now)).collect()
    }

    /// One of them, as it is.
    pub(super) fn report_one(
        &self,
        number: u64,
        people: &People,
        now: Instant,
    ) -> Option<api::Download> {
        Some(self.all.get(&number)?.report(people, now))
    }

    /// Rests a download, or goes on.
    ///
    /// # Errors
    /// A sentence: there is none.
    pub(super) fn pause(
        &mut self,
        hash: &str,
        is_paused: bool,
        turn: &mut Turn,
    ) -> Result<(), String> {
        let number = self.find(hash)?;
        let Some(download) = self.all.get_mut(&number) else {
            return Ok(());
        };
        let is_over = matches!(
            download.stage,
            Stage::Done(_) | Stage::Failed | Stage::Finishing
        );
        if is_paused && !is_over {
            download.close(false, &mut self.flow, turn);
            download.stage = Stage::Paused;
            download.why = None;
        } else if !is_paused {
            download.resume();
        }
        download.keep(turn);
        download.progress.is_untold = true;
        self.tick_soon(turn.now.instant);
        Ok(())
    }

    /// Gives a download up, and removes its part.
    ///
    /// # Errors
    /// A sentence: there is none.
    pub(super) fn cancel(&mut self, hash: &str, turn: &mut Turn) -> Result<(), String> {
        let number = self.find(hash)?;
        let Some(mut download) = self.remove(number) else {
            return Ok(());
        };
        let is_done = matches!(download.stage, Stage::Done(_) | Stage::Finishing);
        if !is_done {
            download.close(true, &mut self.flow, turn);
        }
        turn.fx.keep(Change {
            area: Area::Downloads,
            key: download.hash.to_string(),
            value: None,
        });
        let mut report = download.report(turn.people, turn.now.instant);
        if !is_done {
            report.state = DownloadState::Cancelled;
        }
        turn.fx.notice(Notice::Download(Box::new(report)));
        self.tick_soon(turn.now.instant);
        Ok(())
    }

    /// Hashes of files that are being fetched.
    pub(super) fn wanted(&self) -> Wanted {
        let under_way = self
            .by_hash
            .iter()
            .filter(|(_, number)| self.is_under_way(**number));
        under_way.map(|(hash, _)| *hash).collect()
    }

    /// These locations have these files in their lists.
    pub(super) fn has_holders(&mut self, found: &[(FileHash, LocationId)], now: Instant) {
        for (hash, location) in found {
            let number = self.by_hash.get(hash);
            if let Some(download) = number.and_then(|number| self.all.get_mut(number)) {
                download.holders.insert(*location);
            }
        }
        if !found.is_empty() {
            self.tick_soon(now);
        }
    }

    /// What is there of a file that is being fetched.
    pub(super) fn part(&self, hash: FileHash) -> Option<Part<'_>> {
        let download = self.all.get(self.by_hash.get(&hash)?)?;
        matches!(
            download.stage,
            Stage::Loading | Stage::Checking(Check::Whole)
        )
        .then(|| Part {
            path: &download.part,
            size: download.size,
            map: download.chunks.map(),
        })
    }

    pub(super) fn peer_up(&mut self, now: Instant) {
        self.tick_soon(now);
    }

    pub(super) fn peer_down(&mut self, location: LocationId, now: Instant) {
        for download in self.all.values_mut() {
            download.drop_source(location, &mut self.flow);
        }
        self.tick_soon(now);
    }

    /// A friend is none any more.
    pub(super) fn forget(&mut self, profile: PgpId, turn: &mut Turn) {
        for download in self.all.values_mut() {
            if download.from.remove(&profile) {
                download.keep(turn);
            }
        }
    }

    /// Keeps how far everything is.
    pub(super) fn shut_down(&mut self, turn: &mut Turn) {
        for download in self.all.values_mut() {
            if download.progress.is_unkept {
                download.keep(turn);
            }
        }
    }

    /// When [`tick`](Self::tick) is to be called.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.next_tick
    }

    fn tick_soon(&mut self, now: Instant) {
        self.next_tick = Some(now);
    }

    fn add(&mut self, link: &FileLink, name: String, folder: PathBuf, turn: &mut Turn) -> u64 {
        self.last += 1;
        let number = self.last;
        let part = part_of(&turn.settings.partial, link.hash);
        let chunks = Chunks::new(link.size);
        self.insert(Download::new(number, link, name, folder, part, chunks));
        number
    }

    fn insert(&mut self, download: Download) {
        self.last = self.last.max(download.number);
        self.by_hash.insert(download.hash, download.number);
        self.all.insert(download.number, download);
        // With the first look at the clock.
        self.next_tick = None;
    }

    fn remove(&mut self, number: u64) -> Option<Download> {
        let download = self.all.remove(&number)?;
        self.by_hash.remove(&download.hash);
        Some(download)
    }

    /// For one more: the oldest that is over makes room.
    fn make_room(&mut self, turn: &mut Turn) -> Result<(), String> {
        if self.all.len() < MAX_DOWNLOADS {
            return Ok(());
        }
        let over = self
            .all
            .keys()
            .copied()
            .find(|number| !self.is_under_way(*number));
        let Some(over) = over.and_then(|number| self.remove(number)) else {
            return Err(format!(
                "fetch a file: there are {MAX_DOWNLOADS} downloads already"
            ));
        };
        turn.fx.keep(Change {
            area: Area::Downloads,
            key: over.hash.to_string(),
            value: None,
        });
        Ok(())
    }

    fn find(&self, hash: &str) -> Result<u64, String> {
        let known = hash
            .parse()
            .ok()
            .and_then(|hash: FileHash| self.by_hash.get(&hash));
        known.copied().ok_or_else(|| {
            format!(
                "no download has the hash {}: see the list of downloads",
                names::shown(hash)
            )
        })
    }

    fn is_under_way(&self, number: u64) -> bool {
        let under_way = |download: &Download| !matches!(download.stage, Stage::Done(_));
        self.all.get(&number).is_some_and(under_way)
    }
}

impl Download {
    fn new(
        number: u64,
        link: &FileLink,
        name: String,
        folder: PathBuf,
        part: PathBuf,
        chunks: Chunks,
    ) -> Self {
        Self {
            number,
            hash: link.hash,
            size: link.size,
            name,
            folder,
            part,
            from: BTreeSet::new(),
            holders: BTreeSet::new(),
            stage: Stage::Waiting,
            why: None,
            chunks,
            sources: Sources::new(),
            doubts: Doubts::default(),
            opening: 0,
            idle_since: None,
            not_before: None,
            progress: Progress::default(),
        }
    }

    /// Whether it takes one of the places of [`MAX_ACTIVE`].
    fn is_active(&self) -> bool {
        match self.stage {
            Stage::Opening | Stage::Loading | Stage::Checking(_) | Stage::Finishing => true,
            Stage::Waiting | Stage::Full(_) | Stage::Paused | Stage::Done(_) | Stage::Failed => {
                false
            }
        }
    }

    fn resume(&mut self) {
        match self.stage {
            Stage::Paused | Stage::Failed | Stage::Full(_) => {
                self.stage = Stage::Waiting;
                self.why = None;
                self.doubts = Doubts::default();
                self.not_before = None;
            }
            Stage::Waiting => self.not_before = None,
            Stage::Opening
            | Stage::Loading
            | Stage::Checking(_)
            | Stage::Finishing
            | Stage::Done(_) => {}
        }
        self.progress.is_untold = true;
    }

    /// Asks nobody any more, and closes the part.
    fn close(&mut self, is_removed: bool, flow: &mut Flow, turn: &mut Turn) {
        let sources: Vec<LocationId> = self.sources.keys().copied().collect();
        for location in sources {
            self.drop_source(location, flow);
        }
        self.chunks.release_all();
        self.idle_since = None;
        if self.is_active() || is_removed {
            turn.fx.disk(DiskTask::Drop {
                part: self.part.clone(),
                is_removed,
            });
        }
    }

    fn drop_source(&mut self, location: LocationId, flow: &mut Flow) {
        if self.sources.remove(&location).is_some() {
            let released = self.chunks.release(location);
            flow.asked = flow.asked.saturating_sub(released);
        }
    }

    fn fail(&mut self, why: String, flow: &mut Flow, turn: &mut Turn) {
        self.close(false, flow, turn);
        self.stage = Stage::Failed;
        self.why = Some(why);
        self.keep(turn);
        self.progress.is_untold = true;
        self.tell(turn);
    }

    /// How a download is said to be called in sentences.
    fn called(&self) -> String {
        names::shown(&self.name)
    }
}

fn part_of(partial: &Path, hash: FileHash) -> PathBuf {
    partial.join(format!("{hash}.part"))
}

/// Downloads that load at once, at most; others wait for their turn.
const MAX_ACTIVE: usize = 8;
/// Downloads remembered, those that are over included.
const MAX_DOWNLOADS: usize = 20_000;
/// While something loads, it is looked after so often; faces are told as often.
const TICK: Duration = Duration::from_millis(250);
/// While all wait.
const TICK_WAITING: Duration = Duration::from_secs(2);
/// Records are written at most so often while bytes come.
const KEEP_PAUSE: Duration = Duration::from_secs(5);
