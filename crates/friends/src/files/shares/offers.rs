//! Single files for single friends: offered, or attached to a letter. They are hashed like others, and
//! only their receivers may fetch them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wire_retroshare::{FileHash, PgpId};

use super::{Held, Shares, Which, key_of, link};
use crate::api::{FileLink, OwnOffer, Report, RequestId};
use crate::disk::{DiskTask, Identity, Listed};
use crate::files::FilesEvent;
use crate::files::turn::{People, Purpose, Turn};
use crate::kept::{Area, Change};

/// A file that some friends may fetch.
#[derive(Clone, Debug)]
pub(super) struct Offered {
    pub(super) identity: Identity,
    pub(super) hash: FileHash,
    pub(super) receivers: BTreeSet<PgpId>,
}

/// An offer that is one no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TakenBack {
    pub(crate) link: FileLink,
    pub(crate) hash: FileHash,
    /// From whom.
    pub(crate) from: BTreeSet<PgpId>,
}

/// Files that somebody waits for until they are hashed.
#[derive(Debug)]
pub(super) struct Job {
    kind: JobKind,
    receivers: BTreeSet<PgpId>,
    files: Vec<JobFile>,
}

#[derive(Clone, Copy, Debug)]
enum JobKind {
    Offer { request: RequestId, to: PgpId },
    Letter(u64),
}

#[derive(Debug)]
struct JobFile {
    path: PathBuf,
    hashed: Option<(Identity, FileHash)>,
}

impl Shares {
    /// Offers a file to a friend.
    ///
    /// # Errors
    /// A sentence, at once; later failures are reported.
    pub(in crate::files) fn offer(
        &mut self,
        request: RequestId,
        to: PgpId,
        file: PathBuf,
        turn: &mut Turn,
    ) -> Result<(), String> {
        self.begin_job(
            JobKind::Offer { request, to },
            vec![file],
            [to].into(),
            turn,
        )
    }

    /// Makes files fetchable for the receivers of a letter; answered by an event.
    pub(in crate::files) fn attach(
        &mut self,
        letter: u64,
        files: Vec<PathBuf>,
        receivers: BTreeSet<PgpId>,
        turn: &mut Turn,
    ) {
        let begun = self.begin_job(JobKind::Letter(letter), files, receivers, turn);
        if let Err(sentence) = begun {
            self.events.push_back(FilesEvent::Attached {
                letter,
                links: Err(sentence),
            });
        }
    }

    /// What is offered.
    pub(in crate::files) fn offered(&self, people: &People) -> Vec<OwnOffer> {
        let report = |(path, offer): (&PathBuf, &Offered)| OwnOffer {
            path: path.clone(),
            link: link(path, offer.identity.size, offer.hash),
            to: offer.receivers.iter().map(|id| people.name(*id)).collect(),
        };
        self.offers.iter().map(report).collect()
    }

    /// Offers a file no more, to one or to all.
    ///
    /// # Errors
    /// A sentence: it is not offered.
    pub(in crate::files) fn unoffer(
        &mut self,
        file: &Path,
        to: Option<PgpId>,
        turn: &mut Turn,
    ) -> Result<TakenBack, String> {
        let Some(offer) = self.offers.get_mut(file) else {
            return Err(format!("take back {}: it is not offered", file.display()));
        };
        let (size, hash) = (offer.identity.size, offer.hash);
        let from: BTreeSet<PgpId> = match to {
            None => core::mem::take(&mut offer.receivers),
            Some(to) if offer.receivers.remove(&to) => [to].into(),
            Some(to) => {
                return Err(format!(
                    "take back {}: it is not offered to {}",
                    file.display(),
                    turn.people.name(to)
                ));
            }
        };
        if offer.receivers.is_empty() {
            self.offers.remove(file);
            self.release(hash, &Held::Offered(file.to_path_buf()));
        }
        self.keep_offer(file, turn);
        for profile in &from {
            self.take_back(*profile, hash, size, turn);
        }
        let link = link(file, size, hash);
        Ok(TakenBack { link, hash, from })
    }

    fn begin_job(
        &mut self,
        kind: JobKind,
        files: Vec<PathBuf>,
        receivers: BTreeSet<PgpId>,
        turn: &mut Turn,
    ) -> Result<(), String> {
        if let Some(path) = files.iter().find(|path| !path.is_absolute()) {
            return Err(format!(
                "offer {}: an absolute path is needed",
                path.display()
            ));
        }
        if self.jobs.len() >= MAX_JOBS || files.len() > MAX_JOB_FILES {
            return Err(
                "offer files: too many are being prepared; try again when they are done".into(),
            );
        }
        if self.offers.len() + files.len() > MAX_OFFERS {
            return Err(format!(
                "offer files: {MAX_OFFERS} single files are offered already; share a folder instead"
            ));
        }
        self.last_job += 1;
        let number = self.last_job;
        for (index, path) in files.iter().enumerate() {
            let task = turn.tasks.begin(Purpose::Look { job: number, index });
            let root = path.clone();
            turn.fx.disk(DiskTask::List { task, root });
        }
        let file = |path| JobFile { path, hashed: None };
        let files = files.into_iter().map(file).collect();
        let job = Job {
            kind,
            receivers,
            files,
        };
        self.jobs.insert(number, job);
        self.finish_job(number, turn);
        Ok(())
    }

    /// A file that is to be offered was looked at.
    pub(in crate::files) fn handle_looked(
        &mut self,
        job: u64,
        index: usize,
        files: &[Listed],
        turn: &mut Turn,
    ) {
        let Some(path) = self.job_path(job, index) else {
            return;
        };
        let [file] = files else {
            let words = format!("{} is no file", path.display());
            self.job_failed(job, &words, turn);
            return;
        };
        match self.known_hash(&path, file.identity) {
            Some(hash) => self.single_hashed(job, index, hash, file.identity, turn),
            None => self.queue_hash(Which::Single(job, index), file.identity.size, turn),
        }
    }

    pub(super) fn single_hashed(
        &mut self,
        job: u64,
        index: usize,
        hash: FileHash,
        identity: Identity,
        turn: &mut Turn,
    ) {
        let file = self
            .jobs
            .get_mut(&job)
            .and_then(|job| job.files.get_mut(index));
        if let Some(file) = file {
            file.hashed = Some((identity, hash));
        }
        self.finish_job(job, turn);
    }

    /// Gives a job up.
    pub(in crate::files) fn job_failed(&mut self, job: u64, words: &str, turn: &mut Turn) {
        let Some(job) = self.jobs.remove(&job) else {
            return;
        };
        match job.kind {
            JobKind::Offer { request, .. } => {
                let sentence = format!("the file cannot be offered: {words}");
                turn.fx.report(request, Report::Refused(sentence));
            }
            JobKind::Letter(letter) => self.events.push_back(FilesEvent::Attached {
                letter,
                links: Err(format!("a file cannot be attached: {words}")),
            }),
        }
    }

    pub(super) fn job_path(&self, job: u64, index: usize) -> Option<PathBuf> {
        let file = self.jobs.get(&job)?.files.get(index)?;
        file.hashed.is_none().then(|| file.path.clone())
    }

    /// The next thing that the rest of the node has to do.
    pub(in crate::files) fn take_event(&mut self) -> Option<FilesEvent> {
        self.events.pop_front()
    }

    /// If all files of a job are hashed, its receivers may fetch them.
    fn finish_job(&mut self, number: u64, turn: &mut Turn) {
        let is_done = |job: &&mut Job| job.files.iter().all(|file| file.hashed.is_some());
        let Some(job) = self.jobs.get_mut(&number).filter(is_done) else {
            return;
        };
        let (kind, receivers) = (job.kind, job.receivers.clone());
        let files = core::mem::take(&mut job.files);
        self.jobs.remove(&number);
        let mut links: Vec<FileLink> = Vec::new();
        for file in files {
            if let Some((identity, hash)) = file.hashed {
                links.push(link(&file.path, identity.size, hash));
                self.permit(&file.path, identity, hash, &receivers, turn);
            }
        }
        match kind {
            JobKind::Offer { request, to } => {
                let event = |link| FilesEvent::Offered { request, to, link };
                self.events.extend(links.into_iter().map(event));
            }
            JobKind::Letter(letter) => self.events.push_back(FilesEvent::Attached {
                letter,
                links: Ok(links),
            }),
        }
    }

    fn permit(
        &mut self,
        path: &Path,
        identity: Identity,
        hash: FileHash,
        receivers: &BTreeSet<PgpId>,
        turn: &mut Turn,
    ) {
        let offer = self.offers.entry(path.to_path_buf()).or_insert(Offered {
            identity,
            hash,
            receivers: BTreeSet::new(),
        });
        let before = offer.hash;
        offer.identity = identity;
        offer.hash = hash;
        offer.receivers.extend(receivers);
        if before != hash {
            self.release(before, &Held::Offered(path.to_path_buf()));
        }
        self.hold(hash, Held::Offered(path.to_path_buf()));
        self.forget_taken(|who, of| of == hash && receivers.contains(&who), turn);
        self.keep_offer(path, turn);
    }

    pub(super) fn forget_receiver(&mut self, profile: PgpId, turn: &mut Turn) {
        let mut changed = Vec::new();
        for (path, offer) in &mut self.offers {
            if offer.receivers.remove(&profile) {
                changed.push((path.clone(), offer.hash, offer.receivers.is_empty()));
            }
        }
        for (path, hash, is_over) in changed {
            if is_over {
                self.offers.remove(&path);
                self.release(hash, &Held::Offered(path.clone()));
            }
            self.keep_offer(&path, turn);
        }
    }

    fn keep_offer(&self, path: &Path, turn: &mut Turn) {
        let kept = self.offers.get(path).map(|offer| KeptOffer {
            size: offer.identity.size,
            modified: offer.identity.modified,
            inode: offer.identity.inode,
            hash: offer.hash.to_string(),
            receivers: offer.receivers.iter().map(PgpId::to_string).collect(),
        });
        turn.fx.keep(Change {
            area: Area::Shares,
            key: format!("{KEY_PREFIX}{}", key_of(path)),
            value: kept.and_then(|kept| serde_json::to_vec(&kept).ok()),
        });
    }

    pub(super) fn read_offer(&mut self, path: PathBuf, value: &[u8]) -> Option<()> {
        let kept: KeptOffer = serde_json::from_slice(value).ok()?;
        let hash = kept.hash.parse().ok()?;
        let offer = Offered {
            identity: Identity {
                size: kept.size,
                modified: kept.modified,
                inode: kept.inode,
            },
            hash,
            receivers: kept
                .receivers
                .iter()
                .filter_map(|id| id.parse().ok())
                .collect(),
        };
        self.hold(hash, Held::Offered(path.clone()));
        self.offers.insert(path, offer);
        Some(())
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptOffer {
    size: u64,
    modified: u64,
    inode: u64,
    hash: String,
    receivers: Vec<String>,
}

/// What keys of offers begin with; no absolute path does.
pub(super) const KEY_PREFIX: &str = "offer ";
/// Single files that are offered, at most; each is a record and some memory.
pub(super) const MAX_OFFERS: usize = 10_000;
/// Offers and letters being prepared at once, at most.
const MAX_JOBS: usize = 100;
/// Files of one letter, at most.
const MAX_JOB_FILES: usize = 1000;
