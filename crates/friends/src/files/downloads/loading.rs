//! Asking sources, taking what they give, writing it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use wire_retroshare::file_transfer::{CHUNK, ChunkMap, FileItem, FileTransfer};
use wire_retroshare::{FileHash, Item, LocationId};

use super::sources::Source;
use super::{Check, Download, Downloads, Flow, KEEP_PAUSE, MAX_ACTIVE, Stage, TICK, TICK_WAITING};
use crate::api::Notice;
use crate::disk::{DiskError, DiskTask};
use crate::files::turn::{Purpose, Turn};

impl Downloads {
    /// Looks after all downloads.
    pub(in crate::files) fn tick(&mut self, turn: &mut Turn) {
        let now = turn.now.instant;
        let numbers: Vec<u64> = self.all.keys().copied().collect();
        let mut active = self
            .all
            .values()
            .filter(|download| download.is_active())
            .count();
        for number in numbers {
            active += usize::from(self.tick_one(number, active < MAX_ACTIVE, turn));
        }
        let is_waiting = |download: &Download| {
            matches!(download.stage, Stage::Waiting | Stage::Full(_)) || download.progress.is_untold
        };
        self.next_tick = if self.all.values().any(Download::is_active) {
            Some(now + TICK)
        } else {
            self.all
                .values()
                .any(is_waiting)
                .then(|| now + TICK_WAITING)
        };
    }

    /// Whether it has become active.
    fn tick_one(&mut self, number: u64, has_place: bool, turn: &mut Turn) -> bool {
        let now = turn.now.instant;
        let Some(download) = self.all.get_mut(&number) else {
            return false;
        };
        let was_active = download.is_active();
        match &download.stage {
            Stage::Full(until) if *until <= now => download.stage = Stage::Waiting,
            Stage::Loading => self.look_after(number, turn),
            Stage::Checking(Check::Chunks(_)) => self.vote_when_due(number, turn),
            Stage::Waiting
            | Stage::Full(_)
            | Stage::Opening
            | Stage::Checking(Check::Whole)
            | Stage::Finishing
            | Stage::Paused
            | Stage::Done(_)
            | Stage::Failed => {}
        }
        if has_place || was_active {
            self.begin_if_possible(number, turn);
        }
        let Some(download) = self.all.get_mut(&number) else {
            return false;
        };
        download.keep_if_due(turn);
        download.tell(turn);
        !was_active && download.is_active()
    }

    fn begin_if_possible(&mut self, number: u64, turn: &mut Turn) {
        let now = turn.now.instant;
        if self.usable(number, turn).is_empty() {
            self.replace_only(number, turn);
        }
        let usable = !self.usable(number, turn).is_empty();
        let Some(download) = self.all.get_mut(&number) else {
            return;
        };
        let is_due = download.not_before.is_none_or(|at| at <= now);
        let may_begin = download.chunks.is_whole() || (usable && is_due);
        if !matches!(download.stage, Stage::Waiting) {
            return;
        }
        if may_begin {
            download.open(turn);
        } else if download.why.is_none() && !usable {
            download.why = Some("nobody who has it is online".to_owned());
            download.progress.is_untold = true;
        }
    }

    /// Online locations that may be asked for this file.
    pub(super) fn usable(&self, number: u64, turn: &Turn) -> Vec<LocationId> {
        let Some(download) = self.all.get(&number) else {
            return Vec::new();
        };
        let is_meant = |at: &LocationId, profile| {
            // Where nobody is known to have it, every friend is asked.
            let is_anybodys = download.from.is_empty() && download.holders.is_empty();
            is_anybodys || download.from.contains(profile) || download.holders.contains(at)
        };
        let online = turn.people.online.iter();
        let meant = online
            .filter(|(at, profile)| is_meant(at, profile))
            .map(|(at, _)| *at);
        meant
            .filter(|at| download.doubts.allows(*at) && !self.is_banned(*at, turn.now.instant))
            .take(MAX_SOURCES)
            .collect()
    }

    /// Sources come, stall, and are asked for more.
    fn look_after(&mut self, number: u64, turn: &mut Turn) {
        let now = turn.now.instant;
        let usable = self.usable(number, turn);
        let Some(download) = self.all.get_mut(&number) else {
            return;
        };
        let gone = download.sources.keys().filter(|at| !usable.contains(at));
        for at in gone.copied().collect::<Vec<_>>() {
            download.drop_source(at, &mut self.flow);
        }
        for at in &usable {
            download
                .sources
                .entry(*at)
                .or_insert_with(|| Source::new(now));
        }
        for at in usable {
            download.rest_if_stalled(at, &mut self.flow, now);
            download.ask_for_map(at, turn);
            download.ask(at, &mut self.flow, turn);
        }
        if download
            .sources
            .values()
            .any(|source| source.is_of_use(now))
        {
            download.idle_since = None;
            return;
        }
        let idle = *download.idle_since.get_or_insert(now);
        if download.sources.is_empty() || idle + IDLE <= now {
            // Others get the place.
            let why = if download.sources.is_empty() {
                "nobody who has it is online"
            } else {
                download.not_before = Some(now + IDLE);
                "nobody who should have it gives it"
            };
            download.close(false, &mut self.flow, turn);
            download.stage = Stage::Waiting;
            download.why = Some(why.to_owned());
            download.keep(turn);
            download.progress.is_untold = true;
        }
    }

    /// A source says what it has.
    pub(in crate::files) fn handle_map(
        &mut self,
        from: LocationId,
        hash: FileHash,
        words: &[u32],
        turn: &mut Turn,
    ) {
        let Some(download) = self.loading(hash) else {
            return;
        };
        let map = ChunkMap::from_words(download.size, words);
        let Some(source) = download.sources.get_mut(&from) else {
            return;
        };
        let had_some = source.has_some();
        if !source.has(map) {
            return;
        }
        let has_some = source.has_some();
        let number = download.number;
        if !has_some {
            self.has_nothing(number, from, had_some, turn);
            return;
        }
        download.why = None;
        download.progress.is_untold = true;
        self.ask_one(number, from, turn);
    }

    /// Bytes of a file came; whether they were asked for.
    pub(in crate::files) fn handle_data(
        &mut self,
        from: LocationId,
        file: &FileItem,
        offset: u64,
        data: &Bytes,
        turn: &mut Turn,
    ) -> bool {
        let Some(download) = self.loading(file.hash) else {
            return false;
        };
        if !download.sources.contains_key(&from) {
            return false;
        }
        let number = download.number;
        let Some(download) = self.all.get_mut(&number) else {
            return false;
        };
        let end = offset.checked_add(data.len() as u64);
        if file.size != download.size || end.is_none_or(|end| end > download.size) {
            self.lied_about_size(number, from, turn);
            return false;
        }
        let is_asked = download.take(from, offset, data, &mut self.flow, turn);
        if is_asked {
            self.ask_one(number, from, turn);
        }
        is_asked
    }

    /// A part is open.
    pub(in crate::files) fn handle_opened(&mut self, number: u64, is_new: bool, turn: &mut Turn) {
        let Some(download) = self.all.get_mut(&number) else {
            return;
        };
        if !matches!(download.stage, Stage::Opening) {
            return;
        }
        if is_new && download.chunks.finished() > 0 {
            // The part was taken away.
            download.chunks = super::Chunks::new(download.size);
            download.progress.is_unkept = true;
        }
        download.why = None;
        download.stage = Stage::Loading;
        self.check_if_whole(number, turn);
        let download = self.all.get(&number);
        if download.is_some_and(|download| matches!(download.stage, Stage::Loading)) {
            self.look_after(number, turn);
        }
        self.next_tick = Some(turn.now.instant + TICK);
    }

    /// Bytes are on the disk, or are not.
    pub(in crate::files) fn handle_written(
        &mut self,
        number: u64,
        (chunk, length): (u32, u32),
        opening: u32,
        failed: Option<(DiskError, String)>,
        turn: &mut Turn,
    ) {
        self.flow.unwritten = self.flow.unwritten.saturating_sub(length as usize);
        let Some(download) = self.all.get_mut(&number) else {
            return;
        };
        if download.opening != opening || !matches!(download.stage, Stage::Loading) {
            return;
        }
        if let Some((why, words)) = failed {
            self.handle_disk_failed(number, why, words, turn);
            return;
        }
        if let Some(released) = download.chunks.written(chunk, length) {
            download.progress.is_unkept = true;
            for (at, bytes) in released {
                self.flow.asked = self.flow.asked.saturating_sub(bytes);
                if let Some(source) = download.sources.get_mut(&at) {
                    source.asked = source.asked.saturating_sub(bytes);
                }
            }
            self.check_if_whole(number, turn);
        }
        self.ask_all(number, turn);
    }

    /// The disk refuses a download.
    pub(in crate::files) fn handle_disk_failed(
        &mut self,
        number: u64,
        why: DiskError,
        words: String,
        turn: &mut Turn,
    ) {
        let now = turn.now.instant;
        let Some(download) = self.all.get_mut(&number) else {
            return;
        };
        if !download.is_active() {
            return;
        }
        match why {
            DiskError::Full => {
                download.close(false, &mut self.flow, turn);
                download.stage = Stage::Full(now + FULL_PAUSE);
                download.why = Some(words);
                download.keep(turn);
                download.progress.is_untold = true;
            }
            DiskError::Changed | DiskError::Other => {
                let sentence = format!("{}: {words}", download.called());
                download.fail(sentence, &mut self.flow, turn);
            }
        }
        self.tick_soon(now);
    }

    /// A download has its name.
    pub(in crate::files) fn handle_finished(
        &mut self,
        number: u64,
        path: std::path::PathBuf,
        turn: &mut Turn,
    ) {
        if let Some(download) = self.all.get_mut(&number) {
            download.stage = Stage::Done(path);
            download.why = None;
            // What is over needs no bitmap.
            download.chunks = super::Chunks::new(0);
            download.sources.clear();
            download.keep(turn);
            download.progress.is_untold = true;
            download.tell(turn);
        }
        self.tick_soon(turn.now.instant);
    }

    /// What is there of a file that this source gives us.
    pub(in crate::files) fn map_for(
        &self,
        source: LocationId,
        hash: FileHash,
    ) -> Option<&ChunkMap> {
        let download = self.all.get(self.by_hash.get(&hash)?)?;
        let is_source = download.sources.contains_key(&source);
        (is_source && matches!(download.stage, Stage::Loading)).then(|| download.chunks.map())
    }

    fn loading(&mut self, hash: FileHash) -> Option<&mut Download> {
        let download = self.all.get_mut(self.by_hash.get(&hash)?)?;
        matches!(download.stage, Stage::Loading).then_some(download)
    }

    fn ask_one(&mut self, number: u64, at: LocationId, turn: &mut Turn) {
        if let Some(download) = self.all.get_mut(&number) {
            download.ask(at, &mut self.flow, turn);
        }
    }

    fn ask_all(&mut self, number: u64, turn: &mut Turn) {
        let Some(download) = self.all.get_mut(&number) else {
            return;
        };
        let sources: Vec<LocationId> = download.sources.keys().copied().collect();
        for at in sources {
            download.ask(at, &mut self.flow, turn);
        }
    }

    /// A size other than the one asked for, or bytes beyond it: no source for this file.
    fn lied_about_size(&mut self, number: u64, from: LocationId, turn: &mut Turn) {
        let who = turn.people.name_at(from);
        if let Some(download) = self.all.get_mut(&number) {
            download.drop_source(from, &mut self.flow);
            download.doubts.exclude(from);
            let called = download.called();
            turn.fx.notice(Notice::Warning(format!(
                "{who} gives {called} with another size than asked for, and is asked no more"
            )));
        }
        self.tick_soon(turn.now.instant);
    }

    fn is_banned(&self, at: LocationId, now: Instant) -> bool {
        let is_banned = |mark: &super::Mark| mark.count >= MAX_MARKS && now < mark.last + BANNED;
        self.marks.get(&at).is_some_and(is_banned)
    }

    /// Somebody gave wrong bytes.
    pub(super) fn mark(&mut self, at: LocationId, turn: &Turn) {
        if self.marks.len() >= MAX_MARKED && !self.marks.contains_key(&at) {
            self.marks.pop_first();
        }
        let last = turn.now.instant;
        let mark = self
            .marks
            .entry(at)
            .or_insert(super::Mark { count: 0, last });
        mark.count += 1;
        mark.last = last;
    }
}

impl Download {
    fn open(&mut self, turn: &mut Turn) {
        self.stage = Stage::Opening;
        self.why = None;
        self.opening += 1;
        let download = self.number;
        let task = turn.tasks.begin(Purpose::Open { download });
        turn.fx.disk(DiskTask::Open {
            task,
            part: self.part.clone(),
            size: self.size,
            have: self.chunks.finished(),
        });
        self.progress.samples.clear();
        self.progress.is_untold = true;
    }

    fn ask_for_map(&mut self, at: LocationId, turn: &mut Turn) {
        let Some(source) = self.sources.get_mut(&at) else {
            return;
        };
        if source.wants_map(source.asked > 0, turn.now.instant) {
            let request = FileTransfer::MapRequest {
                is_client: false,
                hash: self.hash,
            };
            turn.send(at, Item::FileTransfer(request));
        }
    }

    /// Asks a source for as much as it may be asked for.
    fn ask(&mut self, at: LocationId, flow: &mut Flow, turn: &mut Turn) {
        let now = turn.now.instant;
        let Some(source) = self.sources.get_mut(&at) else {
            return;
        };
        if !matches!(self.stage, Stage::Loading) {
            return;
        }
        while flow.has_room()
            && let Some(most) = source.next_length(now)
            && let Some(map) = &source.map
            && let Some((offset, length)) = self.chunks.ask(at, map, most, now)
        {
            source.asked_for(length, now);
            flow.asked += length as usize;
            let request = FileTransfer::DataRequest {
                offset,
                length,
                file: FileItem::bare(self.size, self.hash),
            };
            turn.send(at, Item::FileTransfer(request));
        }
    }

    /// Whether it was asked for.
    fn take(
        &mut self,
        from: LocationId,
        offset: u64,
        data: &Bytes,
        flow: &mut Flow,
        turn: &mut Turn,
    ) -> bool {
        let (Ok(chunk), Ok(start), Ok(length)) = (
            u32::try_from(offset / CHUNK),
            u32::try_from(offset % CHUNK),
            u32::try_from(data.len()),
        ) else {
            return false;
        };
        let Some(end) = start.checked_add(length) else {
            return false;
        };
        let Some(taken) = self.chunks.take(from, chunk, (start, end)) else {
            return false;
        };
        flow.asked = flow.asked.saturating_sub(data.len());
        if let Some(source) = self.sources.get_mut(&from) {
            source.gave(length, taken.answered, turn.now.instant);
        }
        self.progress.is_untold = true;
        for (from, to) in taken.spans {
            flow.unwritten += (to - from) as usize;
            let task = turn.tasks.begin(Purpose::Write {
                download: self.number,
                chunk,
                length: to - from,
                opening: self.opening,
            });
            turn.fx.disk(DiskTask::Write {
                task,
                part: self.part.clone(),
                offset: u64::from(chunk) * CHUNK + u64::from(from),
                data: data.slice((from - start) as usize..(to - start) as usize),
            });
        }
        true
    }

    fn rest_if_stalled(&mut self, at: LocationId, flow: &mut Flow, now: Instant) {
        let Some(source) = self.sources.get_mut(&at) else {
            return;
        };
        if source.has_stalled(now) {
            source.rest(now);
            let released = self.chunks.release(at);
            flow.asked = flow.asked.saturating_sub(released);
            self.progress.is_untold = true;
        }
    }

    fn keep_if_due(&mut self, turn: &mut Turn) {
        let now = turn.now.instant;
        let kept = self.progress.kept_at;
        if self.progress.is_unkept && kept.is_none_or(|at| at + KEEP_PAUSE <= now) {
            self.keep(turn);
        }
    }
}

impl Flow {
    fn has_room(&self) -> bool {
        self.unwritten < MAX_UNWRITTEN && self.asked + self.unwritten < MAX_IN_FLIGHT
    }
}

/// Sources of one download at once, at most.
const MAX_SOURCES: usize = 64;
/// Bytes that wait for the disk, beyond which nobody is asked for more.
const MAX_UNWRITTEN: usize = 16 << 20;
/// Bytes asked for and waiting for the disk, over all downloads and whatever the files' sizes: what they
/// may take in memory, and twice that where pieces share what they were read into with others that are
/// done.
const MAX_IN_FLIGHT: usize = 64 << 20;
/// A full disk is tried again after this.
const FULL_PAUSE: Duration = Duration::from_secs(60);
/// A download that nobody gives anything for gives its place up after this, and comes back after as
/// long again.
const IDLE: Duration = Duration::from_secs(45);
/// Who has given wrong bytes for so many files is not asked for any,
const MAX_MARKS: u32 = 3;
/// for this long.
const BANNED: Duration = Duration::from_secs(3600);
/// Locations whose marks are remembered.
const MAX_MARKED: usize = 1000;
