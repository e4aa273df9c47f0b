//! When all is there: the hash of the whole. When that is wrong: whose chunks are wrong, and fetching
//! those from someone else [RS-17].
//!
//! Up to three sources are asked for the hashes of all chunks, and a chunk is wrong if more of those
//! who did not give it say so than agree with us. Its giver is under suspicion and not asked for this
//! file any more. Where that decides nothing (all are under suspicion, or nobody disagrees), everything
//! is taken from one source alone, then from the next: if a file is wrong that came from one source
//! alone, the source is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use wire_retroshare::file_transfer::{CHUNK, FileTransfer};
use wire_retroshare::{FileHash, Item, LocationId};

use super::{Check, Download, Downloads, Flow, Stage};
use crate::api::Notice;
use crate::disk::{DiskError, DiskTask};
use crate::files::names;
use crate::files::turn::{Purpose, Turn};

/// What is thought of the sources of one download.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    /// Those whose chunks others disagreed with, and of how many chunks.
    suspects: BTreeMap<LocationId, u32>,
    /// Those who are proved to be no source.
    wrong: BTreeSet<LocationId>,
    /// Everything comes from this one.
    only: Option<LocationId>,
    /// How often the whole was wrong.
    rounds: u32,
}

/// Chunk hashes being compared, a few chunks at a time.
#[derive(Debug)]
pub(super) struct Votes {
    /// Who is asked, and when they last answered.
    judges: BTreeMap<LocationId, Instant>,
    next: u32,
    open: BTreeMap<u32, Vote>,
    bad: Vec<u32>,
}

/// The hashes of one chunk.
#[derive(Debug, Default)]
struct Vote {
    ours: Option<[u8; 20]>,
    theirs: BTreeMap<LocationId, [u8; 20]>,
}

impl Doubts {
    /// Whether this source may be asked.
    pub(super) fn allows(&self, at: LocationId) -> bool {
        let is_meant = match self.only {
            Some(only) => only == at,
            None => !self.suspects.contains_key(&at),
        };
        is_meant && !self.wrong.contains(&at)
    }

    /// Never ask this source for this file again.
    pub(super) fn exclude(&mut self, at: LocationId) {
        self.wrong.insert(at);
    }
}

impl Downloads {
    /// If all chunks are there, the whole is hashed.
    pub(super) fn check_if_whole(&mut self, number: u64, turn: &mut Turn) {
        let Some(download) = self.all.get_mut(&number) else {
            return;
        };
        if !download.chunks.is_whole() || !matches!(download.stage, Stage::Loading) {
            return;
        }
        download.stage = Stage::Checking(Check::Whole);
        download.keep(turn);
        download.progress.is_untold = true;
        let task = turn.tasks.begin(Purpose::Verify { download: number });
        turn.fx.disk(DiskTask::Verify {
            task,
            part: download.part.clone(),
            size: download.size,
        });
    }

    /// The whole is hashed.
    pub(in crate::files) fn handle_verified(
        &mut self,
        number: u64,
        hash: FileHash,
        turn: &mut Turn,
    ) {
        let Some(download) = self.all.get_mut(&number) else {
            return;
        };
        if !matches!(download.stage, Stage::Checking(Check::Whole)) {
            return;
        }
        if hash == download.hash {
            self.finish(number, turn);
        } else {
            self.is_wrong(number, turn);
        }
        self.tick_soon(turn.now.instant);
    }

    /// A chunk of ours is hashed, or could not be.
    pub(in crate::files) fn handle_own_chunk(
        &mut self,
        number: u64,
        chunk: u32,
        hashed: Result<[u8; 20], (DiskError, String)>,
        turn: &mut Turn,
    ) {
        let Some(votes) = self.all.get_mut(&number).and_then(Download::votes) else {
            return;
        };
        match hashed {
            Ok(sha1) => {
                if let Some(vote) = votes.open.get_mut(&chunk) {
                    vote.ours = Some(sha1);
                }
                self.count_votes(number, turn);
            }
            Err((why, words)) => self.handle_disk_failed(number, why, words, turn),
        }
    }

    /// A source says what the hash of a chunk is.
    pub(in crate::files) fn handle_chunk_hash(
        &mut self,
        from: LocationId,
        (hash, chunk): (FileHash, u32),
        sha1: [u8; 20],
        turn: &mut Turn,
    ) {
        let Some(number) = self.by_hash.get(&hash).copied() else {
            return;
        };
        let Some(votes) = self.all.get_mut(&number).and_then(Download::votes) else {
            return;
        };
        let (Some(judge), Some(vote)) = (votes.judges.get_mut(&from), votes.open.get_mut(&chunk))
        else {
            return;
        };
        *judge = turn.now.instant;
        vote.theirs.insert(from, sha1);
        self.count_votes(number, turn);
    }

    /// Judges who have left, or say nothing, are no judges.
    pub(super) fn vote_when_due(&mut self, number: u64, turn: &mut Turn) {
        let now = turn.now.instant;
        if let Some(votes) = self.all.get_mut(&number).and_then(Download::votes) {
            let is_online = |at: &LocationId| turn.people.online.contains_key(at);
            votes
                .judges
                .retain(|at, last| is_online(at) && *last + SILENT > now);
            self.count_votes(number, turn);
        }
    }

    /// Another source takes the place of the only one, which has left.
    pub(super) fn replace_only(&mut self, number: u64, turn: &mut Turn) {
        if self
            .all
            .get(&number)
            .is_some_and(|download| download.doubts.only.is_some())
            && let Some(next) = self.candidates(number, turn).first().copied()
            && let Some(download) = self.all.get_mut(&number)
        {
            download.take_all_from(next);
        }
    }

    fn finish(&mut self, number: u64, turn: &mut Turn) {
        let Some(download) = self.all.get_mut(&number) else {
            return;
        };
        let Doubts {
            suspects,
            wrong: blamed,
            only,
            ..
        } = core::mem::take(&mut download.doubts);
        let called = download.called();
        download.stage = Stage::Finishing;
        download.progress.is_untold = true;
        let task = turn.tasks.begin(Purpose::Finish { download: number });
        turn.fx.disk(DiskTask::Finish {
            task,
            part: download.part.clone(),
            folder: download.folder.clone(),
            name: names::for_disk(&download.name),
        });
        // Without their chunks the file is right.
        for at in suspects
            .into_keys()
            .filter(|at| only != Some(*at) && !blamed.contains(at))
        {
            self.blame(at, &called, turn);
        }
    }

    fn is_wrong(&mut self, number: u64, turn: &mut Turn) {
        let judges = self.judges(number, turn);
        let Some(download) = self.all.get_mut(&number) else {
            return;
        };
        download.doubts.rounds += 1;
        if download.doubts.rounds > MAX_ROUNDS {
            self.give_up(number, turn);
            return;
        }
        // Whose it is, if all came from one.
        let sole = match (download.doubts.only, &download.chunks.givers(0)[..]) {
            (Some(only), _) => Some(only),
            (None, [giver]) if download.chunks.count() == 1 => Some(*giver),
            (None, _) => None,
        };
        if let Some(sole) = sole {
            download.doubts.exclude(sole);
            let called = download.called();
            self.blame(sole, &called, turn);
            self.take_from_next(number, turn);
        } else if judges.is_empty() || download.chunks.count() == 1 {
            self.take_from_next(number, turn);
        } else {
            let now = turn.now.instant;
            download.stage = Stage::Checking(Check::Chunks(Box::new(Votes {
                judges: judges.into_iter().map(|at| (at, now)).collect(),
                next: 0,
                open: BTreeMap::new(),
                bad: Vec::new(),
            })));
            self.count_votes(number, turn);
        }
    }

    /// Decides on chunks that all have spoken of, and asks for more.
    fn count_votes(&mut self, number: u64, turn: &mut Turn) {
        let Some(download) = self.all.get_mut(&number) else {
            return;
        };
        let Stage::Checking(Check::Chunks(votes)) = &mut download.stage else {
            return;
        };
        let judges: Vec<LocationId> = votes.judges.keys().copied().collect();
        if judges.is_empty() {
            self.take_from_next(number, turn);
            return;
        }
        let is_ripe = |vote: &Vote| {
            vote.ours.is_some() && judges.iter().all(|judge| vote.theirs.contains_key(judge))
        };
        let ripe = votes.open.extract_if(.., |_, vote| is_ripe(vote));
        for (chunk, vote) in ripe.collect::<Vec<_>>() {
            if vote.is_bad(&download.chunks.givers(chunk)) {
                votes.bad.push(chunk);
            }
        }
        let count = download.chunks.count();
        while votes.open.len() < WINDOW && votes.next < count {
            let chunk = votes.next;
            votes.next += 1;
            votes.open.insert(chunk, Vote::default());
            let purpose = Purpose::OwnChunkHash {
                download: number,
                chunk,
            };
            let task = turn.tasks.begin(purpose);
            turn.fx.disk(DiskTask::HashPiece {
                task,
                root: None,
                path: download.part.clone(),
                identity: None,
                offset: u64::from(chunk) * CHUNK,
                length: download.chunks.length(chunk),
            });
            for judge in &judges {
                let hash = download.hash;
                let request = FileTransfer::ChunkHashRequest { hash, chunk };
                turn.send(*judge, Item::FileTransfer(request));
            }
        }
        if votes.open.is_empty() {
            let bad = core::mem::take(&mut votes.bad);
            self.conclude(number, &bad, turn);
        }
    }

    fn conclude(&mut self, number: u64, bad: &[u32], turn: &mut Turn) {
        let Some(download) = self.all.get_mut(&number) else {
            return;
        };
        for chunk in bad {
            // Of two givers it may have been either.
            if let [giver] = download.chunks.givers(*chunk)[..] {
                *download.doubts.suspects.entry(giver).or_default() += 1;
            }
        }
        if bad.is_empty() || self.usable(number, turn).is_empty() {
            self.take_from_next(number, turn);
            return;
        }
        if let Some(download) = self.all.get_mut(&number) {
            bad.iter().for_each(|chunk| download.chunks.reset(*chunk));
            download.load_again(&mut self.flow, turn);
        }
    }

    /// Everything from one source that is not proved wrong, beginning with the least suspected.
    fn take_from_next(&mut self, number: u64, turn: &mut Turn) {
        let Some(next) = self.candidates(number, turn).first().copied() else {
            self.give_up(number, turn);
            return;
        };
        if let Some(download) = self.all.get_mut(&number) {
            download.take_all_from(next);
            download.load_again(&mut self.flow, turn);
        }
        // One that has all of it already.
        self.check_if_whole(number, turn);
    }

    fn candidates(&mut self, number: u64, turn: &Turn) -> Vec<LocationId> {
        let Some(download) = self.all.get_mut(&number) else {
            return Vec::new();
        };
        let only = download.doubts.only.take();
        let suspects = core::mem::take(&mut download.doubts.suspects);
        let mut all = self.usable(number, turn);
        all.sort_by_key(|at| suspects.get(at).copied().unwrap_or(0));
        if let Some(download) = self.all.get_mut(&number) {
            download.doubts.only = only;
            download.doubts.suspects = suspects;
        }
        all
    }

    /// Sources that are asked for chunk hashes: those who have the whole file.
    fn judges(&mut self, number: u64, turn: &Turn) -> Vec<LocationId> {
        let mut usable = self.usable(number, turn);
        let sources = self.all.get(&number).map(|download| &download.sources);
        let has_all = |at: &LocationId| {
            let map = sources.and_then(|sources| sources.get(at)?.map.as_ref());
            // After a restart nobody has been asked yet.
            map.is_none_or(|map| map.is_full())
        };
        usable.retain(has_all);
        usable.truncate(MAX_JUDGES);
        usable
    }

    fn blame(&mut self, at: LocationId, called: &str, turn: &mut Turn) {
        self.mark(at, turn);
        let who = turn.people.name_at(at);
        turn.fx.notice(Notice::Warning(format!(
            "{who} gave wrong bytes of {called}, and is not asked for it any more"
        )));
    }

    fn give_up(&mut self, number: u64, turn: &mut Turn) {
        let Some(download) = self.all.get_mut(&number) else {
            return;
        };
        let why = format!(
            "what was given as {} is not the file that its hash names, and nobody else who is online has it; \
             go on with it when somebody has, or cancel it",
            download.called()
        );
        let count = download.chunks.count();
        (0..count).for_each(|chunk| download.chunks.reset(chunk));
        download.fail(why, &mut self.flow, turn);
    }
}

impl Download {
    fn votes(&mut self) -> Option<&mut Votes> {
        match &mut self.stage {
            Stage::Checking(Check::Chunks(votes)) => Some(votes),
            Stage::Waiting
            | Stage::Opening
            | Stage::Loading
            | Stage::Checking(Check::Whole)
            | Stage::Finishing
            | Stage::Full(_)
            | Stage::Paused
            | Stage::Done(_)
            | Stage::Failed => None,
        }
    }

    /// What did not come from this source alone is fetched from it.
    fn take_all_from(&mut self, only: LocationId) {
        self.doubts.only = Some(only);
        for chunk in 0..self.chunks.count() {
            if self.chunks.givers(chunk) != [only] {
                self.chunks.reset(chunk);
            }
        }
    }

    fn load_again(&mut self, flow: &mut Flow, turn: &mut Turn) {
        let unwanted = self.sources.keys().filter(|at| !self.doubts.allows(**at));
        for at in unwanted.copied().collect::<Vec<_>>() {
            self.drop_source(at, flow);
        }
        self.stage = Stage::Loading;
        self.keep(turn);
        self.progress.is_untold = true;
    }
}

impl Vote {
    /// Whether the chunk is wrong, as far as those can tell who did not give it.
    fn is_bad(&self, givers: &[LocationId]) -> bool {
        let differs = |theirs: &[u8; 20]| Some(*theirs) != self.ours;
        let others = self.theirs.iter().filter(|(at, _)| !givers.contains(at));
        let (against, with): (Vec<_>, Vec<_>) = others.partition(|(_, sha1)| differs(sha1));
        if against.is_empty() && with.is_empty() {
            self.theirs.values().any(differs)
        } else {
            against.len() > with.len()
        }
    }
}

/// How often a whole may be wrong before it is given up.
const MAX_ROUNDS: u32 = 8;
/// Sources that are asked for chunk hashes.
const MAX_JUDGES: usize = 3;
/// Chunks compared at once.
const WINDOW: usize = 8;
/// A source that says nothing about chunks for so long is not asked about them.
const SILENT: Duration = Duration::from_secs(20);
