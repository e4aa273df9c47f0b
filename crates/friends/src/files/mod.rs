//! Shared folders, friends' lists, transfers: everything about files, as one machine within the node.
//!
//! | file | what |
//! |---|---|
//! | `shares` | shared folders: listing, hashing, who may see what |
//! | `file_lists` | lists synced with friends, browsing and searching them |
//! | `file_transfer` | serving: who asked for which piece |
//! | `downloads` | fetching: chunks, sources, verifying, resuming |
//! | `offered` | what friends offer to us |
//! | `requests` | what faces ask |
//! | `turn` | what all of them are lent while they handle something; tasks under way |
//! | `names` | names that others made up, made harmless |

mod downloads;
mod file_lists;
mod file_transfer;
mod fresh;
pub(crate) mod fuzz;
pub(crate) mod names;
mod offered;
mod requests;
mod shares;
mod turn;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Instant;

use model::Now;
use wire_retroshare::file_lists::FileLists;
use wire_retroshare::file_transfer::FileTransfer;
use wire_retroshare::{Item, LocationId, PgpId};

use self::downloads::Downloads;
use self::file_lists::Lists;
use self::file_transfer::{Serving, Stock};
use self::fresh::Fresh;
use self::offered::Offered;
use self::shares::Shares;
use self::turn::{People, Purpose, Tasks, Turn};
use crate::api::{FileLink, Notice, Request, RequestId};
use crate::disk::{DiskAnswer, DiskError, Listed, TaskId};
use crate::effects::{Effects, Peer};
use crate::kept::Record;

/// Where files come and go.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where finished downloads go unless somewhere else was asked for.
    pub(crate) incoming: PathBuf,
    /// Where parts are kept.
    pub(crate) partial: PathBuf,
    /// Makes folder hashes and request ids that nobody guesses.
    pub(crate) seed: [u8; 32],
}

/// People as the rest of the node knows them.
pub(crate) trait Names {
    /// The approved friend whom `who` names.
    ///
    /// # Errors
    /// A sentence: nobody, or more than one.
    fn friend(&self, who: &str) -> Result<PgpId, String>;
    /// A friend's name; of strangers the id.
    fn name(&self, profile: PgpId) -> String;
}

/// What the rest of the node has to do something about.
#[derive(Debug)]
pub(crate) enum FilesEvent {
    /// The file of [`Request::Offer`] is hashed and may be fetched by that friend: say the link to
    /// them, then answer the request with `Report::Offered`.
    Offered {
        /// The request.
        request: RequestId,
        /// To whom.
        to: PgpId,
        /// The link.
        link: FileLink,
    },
    /// The files of [`Files::attach`] are hashed and may be fetched by the receivers, or could not be:
    /// then a sentence says why.
    Attached {
        /// As given to `attach`.
        letter: u64,
        /// The links, in the order of the files.
        links: Result<Vec<FileLink>, String>,
    },
    /// Lists that a request waits for are as fresh as can be: it is to be handled again, by
    /// [`Files::handle_fresh`].
    Fresh {
        /// The request's number.
        id: RequestId,
        /// The request.
        request: Request,
    },
}

/// Everything about files; the files themselves are the shell's, by [`crate::disk`].
#[derive(Debug)]
pub(crate) struct Files {
    settings: Settings,
    tasks: Tasks,
    people: People,
    shares: Shares,
    lists: Lists,
    serving: Serving,
    downloads: Downloads,
    offered: Offered,
    fresh: Fresh,
    /// What was wrong with the records, until it is told.
    damaged: Vec<String>,
    /// Nothing was begun yet.
    start_at: Option<Instant>,
}

/// The parts of a machine, and what they are lent.
macro_rules! lend {
    ($files:ident, $fx:ident, $now:ident) => {
        &mut Turn {
            settings: &$files.settings,
            tasks: &mut $files.tasks,
            people: &$files.people,
            fx: $fx,
            now: $now,
        }
    };
}
use lend;

macro_rules! stock {
    ($files:ident) => {
        &Stock {
            shares: &$files.shares,
            downloads: &$files.downloads,
        }
    };
}
use stock;

impl Files {
    /// From what was kept. [`start`](Self::start) begins.
    pub(crate) fn new(settings: Settings, records: &[Record], now: Now) -> Self {
        let (shares, mut damaged) = Shares::new(&settings.seed, records);
        let (lists, more) = Lists::new(settings.seed, records);
        damaged.extend(more);
        let (downloads, more) = Downloads::new(&settings.partial, records);
        damaged.extend(more);
        let (offered, more) = Offered::new(records);
        damaged.extend(more);
        Self {
            settings,
            tasks: Tasks::default(),
            people: People::default(),
            shares,
            lists,
            serving: Serving::default(),
            downloads,
            offered,
            fresh: Fresh::default(),
            damaged,
            start_at: Some(now.instant),
        }
    }

    /// Begins to look at shared folders, and goes on with downloads; so does the first
    /// [`handle_timeout`](Self::handle_timeout). A node that only shows its records does not begin.
    pub(crate) fn start(&mut self, fx: &mut Effects, now: Now) {
        self.start_at = None;
        for sentence in self.damaged.drain(..) {
            fx.notice(Notice::Warning(sentence));
        }
        self.shares.start(lend!(self, fx, now));
        self.lists.start(lend!(self, fx, now));
        let found = self.lists.holders(&self.downloads.wanted());
        self.downloads.has_holders(&found, now.instant);
        self.downloads.tick(lend!(self, fx, now));
    }

    /// A friend's name, for what is told of them.
    pub(crate) fn set_name(&mut self, profile: PgpId, name: String) {
        self.people.names.insert(profile, name);
    }

    /// A friend's location is online, and both sides offer file services.
    pub(crate) fn peer_up(&mut self, peer: Peer, fx: &mut Effects, now: Now) {
        self.people.online.insert(peer.location, peer.profile);
        self.serving
            .peer_up(peer.location, peer.profile, now.instant);
        self.lists.peer_up(peer, lend!(self, fx, now));
        self.downloads.peer_up(now.instant);
    }

    /// A location is online no more.
    pub(crate) fn peer_down(&mut self, location: LocationId, _fx: &mut Effects, now: Now) {
        self.people.online.remove(&location);
        self.serving.peer_down(location);
        self.lists.peer_down(location);
        self.downloads.peer_down(location, now.instant);
    }

    /// A friend is none any more; their locations are down.
    pub(crate) fn forget_profile(&mut self, profile: PgpId, fx: &mut Effects, now: Now) {
        let turn = lend!(self, fx, now);
        self.shares.forget(profile, turn);
        self.lists.forget(profile, turn);
        self.downloads.forget(profile, turn);
        self.offered.forget(profile, turn);
        self.people.names.remove(&profile);
    }

    /// An item of the transfer service. How many bytes it has that nobody asked for, if it is such a
    /// piece.
    pub(crate) fn handle_transfer(
        &mut self,
        from: Peer,
        item: FileTransfer,
        fx: &mut Effects,
        now: Now,
    ) -> Option<usize> {
        let at = from.location;
        let turn = lend!(self, fx, now);
        match item {
            FileTransfer::DataRequest {
                offset,
                length,
                file,
            } => {
                let range = (offset, length);
                self.serving
                    .handle_data_request(at, range, &file, stock!(self), turn);
            }
            FileTransfer::Data { file, offset, data } => {
                let is_asked = self.downloads.handle_data(at, &file, offset, &data, turn);
                return (!is_asked).then_some(data.len());
            }
            FileTransfer::MapRequest { is_client, hash } => {
                if is_client {
                    if let Some(map) = self.downloads.map_for(at, hash)
                        && self.serving.may_show(at, map, now.instant)
                    {
                        let words = map.words().to_vec();
                        let is_client = false;
                        let map = FileTransfer::Map {
                            is_client,
                            hash,
                            words,
                        };
                        turn.send(at, Item::FileTransfer(map));
                    }
                } else {
                    self.serving
                        .handle_map_request(at, hash, stock!(self), turn);
                }
            }
            FileTransfer::Map {
                is_client,
                hash,
                words,
            } => {
                // The other direction is for show only.
                if is_client {
                    self.downloads.handle_map(at, hash, &words, turn);
                }
            }
            FileTransfer::ChunkHashRequest { hash, chunk } => {
                self.serving
                    .handle_hash_request(at, hash, chunk, stock!(self), turn);
            }
            FileTransfer::ChunkHash { hash, chunk, sha1 } => {
                self.downloads
                    .handle_chunk_hash(at, (hash, chunk), sha1, turn);
            }
        }
        None
    }

    /// An item of the list service.
    pub(crate) fn handle_lists(&mut self, from: Peer, item: FileLists, fx: &mut Effects, now: Now) {
        let turn = lend!(self, fx, now);
        match item {
            FileLists::SyncRequest(request) => {
                if let Some((profile, asked)) = self.serving.lists(from.location) {
                    asked.handle_request((from.location, profile), request, &self.shares, turn);
                    self.serving.go_on(from.location, stock!(self), turn);
                }
            }
            FileLists::SyncResponse(response) => {
                let content = self.lists.handle_response(from.location, &response, turn);
                if let Some(folder) = content {
                    self.found_in(from.location, folder, now.instant);
                }
            }
            // What others do not want is their matter.
            FileLists::BannedHashes { .. } => {}
        }
    }

    /// The link to a location takes so many bytes of pieces now.
    pub(crate) fn handle_room(&mut self, to: LocationId, room: usize, fx: &mut Effects, now: Now) {
        self.serving
            .handle_room(to, room, stock!(self), lend!(self, fx, now));
    }

    /// A friend offers a file: they have said its link.
    pub(crate) fn handle_offer(
        &mut self,
        from: PgpId,
        link: &FileLink,
        fx: &mut Effects,
        now: Now,
    ) {
        self.offered.hear(from, link, lend!(self, fx, now));
    }

    /// Files of a letter become fetchable for its receivers; answered by [`FilesEvent::Attached`].
    pub(crate) fn attach(
        &mut self,
        letter: u64,
        files: Vec<PathBuf>,
        receivers: Vec<PgpId>,
        fx: &mut Effects,
        now: Now,
    ) {
        let receivers = receivers.into_iter().collect();
        self.shares
            .attach(letter, files, receivers, lend!(self, fx, now));
    }

    /// What the rest of the node has to do next.
    pub(crate) fn poll_event(&mut self, now: Now) -> Option<FilesEvent> {
        let fresh = || {
            let (id, request) = self.fresh.take(&self.lists, now.instant)?;
            Some(FilesEvent::Fresh { id, request })
        };
        self.shares.take_event().or_else(fresh)
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let all = [
            self.start_at,
            self.shares.poll_timeout(),
            self.lists.poll_timeout(),
            self.downloads.poll_timeout(),
            self.fresh.poll_timeout(),
        ];
        all.into_iter().flatten().min()
    }

    /// The time of [`poll_timeout`](Self::poll_timeout) has come.
    pub(crate) fn handle_timeout(&mut self, fx: &mut Effects, now: Now) {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now.instant);
        if is_due(self.start_at) {
            self.start(fx, now);
        }
        let turn = lend!(self, fx, now);
        if is_due(self.shares.poll_timeout()) {
            self.shares.handle_timeout(turn);
            // Friends may have waited for lists to be ready.
            self.serving.go_on_all(stock!(self), turn);
        }
        if is_due(self.lists.poll_timeout()) {
            self.lists.ask_when_due(turn);
        }
        if is_due(self.downloads.poll_timeout()) {
            self.downloads.tick(turn);
        }
    }

    /// The end: how far downloads are is kept.
    pub(crate) fn shut_down(&mut self, fx: &mut Effects, now: Now) {
        self.downloads.shut_down(lend!(self, fx, now));
    }

    /// The disk answers.
    pub(crate) fn handle_disk(&mut self, answer: DiskAnswer, fx: &mut Effects, now: Now) {
        match answer {
            DiskAnswer::Listed {
                task,
                files,
                is_end,
            } => self.handle_listed(task, files, is_end, fx, now),
            DiskAnswer::Changed { root } => self.shares.handle_changed(&root, lend!(self, fx, now)),
            DiskAnswer::Hashing { task, done } => {
                self.shares.handle_hashing(task, done, lend!(self, fx, now));
            }
            DiskAnswer::Hashed {
                task,
                hash,
                identity,
            } => {
                let purpose = self.tasks.end(task);
                let turn = lend!(self, fx, now);
                if let Some(Purpose::Verify { download }) = purpose {
                    self.downloads.handle_verified(download, hash, turn);
                } else {
                    self.shares.handle_hashed(task, hash, identity, turn);
                }
            }
            DiskAnswer::Read { task, data } => {
                if let Some(Purpose::Serve { to, .. }) = self.tasks.end(task) {
                    let turn = lend!(self, fx, now);
                    self.serving
                        .handle_read(to, task, Some(data), stock!(self), turn);
                }
            }
            DiskAnswer::PieceHashed { task, hash } => self.handle_piece(task, hash, fx, now),
            DiskAnswer::Opened { task, is_new } => {
                if let Some(Purpose::Open { download }) = self.tasks.end(task) {
                    self.downloads
                        .handle_opened(download, is_new, lend!(self, fx, now));
                }
            }
            DiskAnswer::Written { task } => self.handle_written(task, None, fx, now),
            DiskAnswer::Finished { task, path } => {
                if let Some(Purpose::Finish { download }) = self.tasks.end(task) {
                    let turn = lend!(self, fx, now);
                    // The folder that it has come to may be shared.
                    self.shares.has_changed(&path, turn);
                    self.downloads.handle_finished(download, path, turn);
                }
            }
            DiskAnswer::Failed { task, why, words } => {
                self.handle_failed(task, why, words, fx, now);
            }
        }
    }

    fn handle_listed(
        &mut self,
        task: TaskId,
        files: Vec<Listed>,
        is_end: bool,
        fx: &mut Effects,
        now: Now,
    ) {
        let purpose = if is_end {
            self.tasks.end(task)
        } else {
            self.tasks.purpose(task).cloned()
        };
        let turn = lend!(self, fx, now);
        if let Some(Purpose::Scan { share }) = purpose {
            self.shares.handle_listed(share, files, is_end, turn);
        } else if let Some(Purpose::Look { job, index }) = purpose {
            // A file comes in one portion.
            let files = if is_end { files } else { Vec::new() };
            self.shares.handle_looked(job, index, &files, turn);
        }
    }

    fn handle_piece(&mut self, task: TaskId, sha1: [u8; 20], fx: &mut Effects, now: Now) {
        let purpose = self.tasks.end(task);
        let turn = lend!(self, fx, now);
        if let Some(Purpose::ServeChunkHash {
            to, hash, chunk, ..
        }) = purpose
        {
            let of = (hash, chunk);
            self.serving.handle_chunk_hashed(to, of, Some(sha1), turn);
        } else if let Some(Purpose::OwnChunkHash { download, chunk }) = purpose {
            self.downloads
                .handle_own_chunk(download, chunk, Ok(sha1), turn);
        }
    }

    fn handle_written(
        &mut self,
        task: TaskId,
        failed: Option<(DiskError, String)>,
        fx: &mut Effects,
        now: Now,
    ) {
        if let Some(Purpose::Write {
            download,
            chunk,
            length,
            opening,
        }) = self.tasks.end(task)
        {
            let turn = lend!(self, fx, now);
            let piece = (chunk, length);
            self.downloads
                .handle_written(download, piece, opening, failed, turn);
        }
    }

    fn handle_failed(
        &mut self,
        task: TaskId,
        why: DiskError,
        words: String,
        fx: &mut Effects,
        now: Now,
    ) {
        let Some(purpose) = self.tasks.purpose(task).cloned() else {
            return;
        };
        if let Purpose::Write { .. } = purpose {
            self.handle_written(task, Some((why, words)), fx, now);
            return;
        }
        self.tasks.end(task);
        let turn = lend!(self, fx, now);
        match purpose {
            Purpose::Scan { share } => self.shares.handle_unlisted(share, why, words, turn),
            Purpose::Look { job, .. } => self.shares.job_failed(job, &words, turn),
            Purpose::Hash => self.shares.handle_unhashed(task, &words, turn),
            Purpose::Serve { to, path } => {
                if why == DiskError::Changed {
                    self.shares.has_changed(&path, turn);
                }
                self.serving.handle_read(to, task, None, stock!(self), turn);
            }
            Purpose::ServeChunkHash {
                to,
                hash,
                chunk,
                path,
            } => {
                if why == DiskError::Changed {
                    self.shares.has_changed(&path, turn);
                }
                self.serving
                    .handle_chunk_hashed(to, (hash, chunk), None, turn);
            }
            Purpose::OwnChunkHash { download, chunk } => {
                self.downloads
                    .handle_own_chunk(download, chunk, Err((why, words)), turn);
            }
            Purpose::Open { download }
            | Purpose::Verify { download }
            | Purpose::Finish { download } => {
                self.downloads
                    .handle_disk_failed(download, why, words, turn);
            }
            Purpose::Write { .. } => {}
        }
    }

    /// A friend's folder is new to us: it may hold what we are fetching.
    fn found_in(&mut self, at: LocationId, folder: wire_retroshare::DirHash, now: Instant) {
        let wanted = self.downloads.wanted();
        if wanted.is_empty() {
            return;
        }
        let found = self.lists.holders_at((at, folder), &wanted);
        let found: Vec<_> = found.into_iter().map(|hash| (hash, at)).collect();
        self.downloads.has_holders(&found, now);
    }
}
