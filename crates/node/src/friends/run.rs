//! The loop that owns the node: what happens goes in, what is to be done is done, in order.

use std::fs::File;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use friends::disk::DiskAnswer;
use friends::{ConnectionId, Node, Notice, Output, Report};
use store::{Shelf, ShelfChange, StoreError};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval_at};

use super::addresses::{Addresses, Look};
use super::connections::{Connections, News};
use super::disk::Disk;
use super::faces::{FaceNews, Faces, Owner};
use super::shelf;
use super::tls::Tls;
use crate::clock::{now, passed};
use crate::listener::{self, Bound, Listener};

/// How often the interfaces are looked at.
const INTERFACES_EVERY: Duration = Duration::from_secs(3);
/// Connections at once, those that are being closed included: well below the 1,024 files that systems
/// allow a program.
const MAX_CONNECTIONS: usize = 512;
/// Answers of the disk that wait, at most; its threads then wait too.
pub(super) const ANSWERS: usize = 256;
/// Answers of the disk taken in one turn, at most, so that connections have theirs.
const ANSWERS_A_TURN: usize = 32;
/// How long the node may take to end; it promises to need a second.
const END_LIMIT: Duration = Duration::from_secs(3);
/// How long the last words on connections, and then to faces, may take after that.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What the loop is made of.
pub(super) struct Parts {
    pub(super) node: Node,
    /// `None`: only the records are open, nobody calls or is called.
    pub(super) tls: Option<Tls>,
    pub(super) bound: Option<Bound>,
    /// Where it listens, or would.
    pub(super) listening: Vec<SocketAddr>,
    pub(super) announced: Vec<SocketAddr>,
    pub(super) shelf: Box<dyn Shelf>,
    pub(super) disk: Disk,
    pub(super) answers: mpsc::Receiver<DiskAnswer>,
    pub(super) owner: Owner,
    #[cfg(unix)]
    pub(super) socket: Option<(std::path::PathBuf, std::os::unix::net::UnixListener)>,
    /// Holds the folder.
    pub(super) lock: File,
}

struct Loop {
    node: Node,
    connections: Connections,
    shelf: Box<dyn Shelf>,
    disk: Disk,
    faces: Faces,
    addresses: Addresses,
    /// How many faces watch, as the node knows.
    watchers: usize,
    /// Taken from the node, and not carried out yet; kept for its room.
    outputs: Vec<Output>,
    keeping: Vec<ShelfChange>,
    /// When the end was begun.
    ending: Option<Instant>,
    ended: Option<String>,
}

/// Runs the node until it has ended. The going of the face that started it ends it.
pub(super) async fn run(parts: Parts) {
    let listener = parts.bound.and_then(|bound| {
        Listener::new(bound)
            .inspect_err(|error| tracing::error!(%error, "cannot listen"))
            .ok()
    });
    #[cfg(unix)]
    let door = parts.socket.and_then(|(folder, socket)| {
        super::socket::Listener::new(&folder, socket)
            .inspect_err(|error| tracing::error!(%error, "nobody can attach"))
            .ok()
    });
    #[cfg(not(unix))]
    let door = None;
    let mut owner = Loop {
        node: parts.node,
        connections: Connections::new(parts.tls, MAX_CONNECTIONS),
        shelf: parts.shelf,
        disk: parts.disk,
        faces: Faces::new(parts.owner, door),
        addresses: Addresses::new(parts.listening, parts.announced),
        watchers: 0,
        outputs: Vec::new(),
        keeping: Vec::new(),
        ending: None,
        ended: None,
    };
    let mut answers = parts.answers;
    let reason = owner.turn(listener, &mut answers).await;
    let Loop {
        connections,
        faces,
        disk,
        shelf,
        ..
    } = owner;
    connections.finish(LAST_WORDS).await;
    drop(answers);
    disk.shut_down();
    // The records are closed and the folder is free before anybody hears that it is over.
    drop(shelf);
    let lock = parts.lock;
    faces.finish(&reason, LAST_WORDS, move || drop(lock)).await;
}

impl Loop {
    /// All turns; why they are over.
    async fn turn(
        &mut self,
        mut listener: Option<Listener>,
        answers: &mut mpsc::Receiver<DiskAnswer>,
    ) -> String {
        self.look();
        let mut look = interval_at(
            tokio::time::Instant::now() + INTERFACES_EVERY,
            INTERFACES_EVERY,
        );
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.obey();
            if let Some(reason) = self.ended.take() {
                return reason;
            }
            let limit = self.ending.map(|begun| begun + END_LIMIT);
            if limit.is_some_and(|limit| limit <= Instant::now()) {
                return "the node did not end in time".into();
            }
            let deadline = match (self.node.poll_timeout(), limit) {
                (Some(timer), Some(limit)) => Some(timer.min(limit)),
                (timer, limit) => timer.or(limit),
            };
            tokio::select! {
                (id, news) = self.connections.next() => self.handle_news(id, news),
                Some(answer) = answers.recv() => {
                    self.node.handle_disk(answer, now());
                    for _ in 1..ANSWERS_A_TURN {
                        let Ok(answer) = answers.try_recv() else { break };
                        self.node.handle_disk(answer, now());
                    }
                }
                news = self.faces.next(), if self.ending.is_none() => self.handle_face(news),
                (tcp, from) = listener::accepted(&mut listener), if self.ending.is_none() => {
                    // Too many are refused by closing at once.
                    if let Some(id) = self.connections.accept(tcp, from) {
                        self.node.handle_accepted(id, from, now());
                    }
                }
                () = passed(deadline) => self.node.handle_timeout(now()),
                _ = look.tick() => self.look(),
            }
        }
    }

    fn look(&mut self) {
        let Look { reached_at, gone } = self.addresses.look();
        for (id, why) in self.connections.cut(&gone) {
            self.node.handle_closed(id, why, now());
        }
        // Behind it, as those who were lost are then called at once.
        if let Some(addresses) = reached_at {
            self.node.handle_addresses(&addresses, now());
        }
    }

    fn handle_news(&mut self, id: ConnectionId, news: News) {
        match news {
            News::Secured(certificate) => self.node.handle_secured(id, &certificate, now()),
            News::Bytes => self.hand_in(id),
            News::Unsent(count) => self.node.handle_sent(id, count, now()),
            News::Closed(why) => self.node.handle_closed(id, why, now()),
        }
    }

    /// Lets the node take what was read.
    fn hand_in(&mut self, id: ConnectionId) {
        if let Some(input) = self.connections.input(id) {
            self.node.handle_bytes(id, input, now());
            self.node.take_back(id, input);
        }
    }

    fn handle_face(&mut self, news: FaceNews) {
        // Before the request: from then on what comes is told and no longer unread.
        self.count_watchers();
        match news {
            FaceNews::Request(id, request) => self.node.handle_request(id, request, now()),
            FaceNews::OwnerGone => self.end(),
            FaceNews::Other => {}
        }
    }

    fn count_watchers(&mut self) {
        let watchers = self.faces.watchers();
        if watchers != self.watchers {
            self.watchers = watchers;
            self.node.handle_watchers(watchers, now());
        }
    }

    fn end(&mut self) {
        if self.ending.is_none() {
            self.ending = Some(Instant::now());
            self.node.shut_down(now());
        }
    }

    /// Does what the node wants done, records first.
    fn obey(&mut self) {
        loop {
            while let Some(output) = self.node.poll_output() {
                match output {
                    Output::Keep(changes) => self.keeping.extend(shelf::changes(changes)),
                    other => self.outputs.push(other),
                }
            }
            if self.outputs.is_empty() && self.keeping.is_empty() {
                return;
            }
            if let Err(error) = self.keep() {
                return self.give_up(&error);
            }
            let mut outputs = std::mem::take(&mut self.outputs);
            for output in outputs.drain(..) {
                self.carry_out(output);
            }
            self.outputs = outputs;
            // Whoever was told may have gone.
            self.count_watchers();
            if !self.faces.has_owner() {
                self.end();
            }
        }
    }

    fn keep(&mut self) -> Result<(), StoreError> {
        if self.keeping.is_empty() {
            return Ok(());
        }
        self.shelf.write(&self.keeping)?;
        self.keeping.clear();
        Ok(())
    }

    /// What the node believes to be kept is not. Nothing that rests on it leaves the machine, and the
    /// next start begins from what is on disk.
    fn give_up(&mut self, error: &StoreError) {
        tracing::error!(%error, "the records cannot be written");
        self.connections.abort_all();
        let sentence = format!(
            "the records cannot be written ({error}), so nothing more is sent; make room or mend the \
             disk, then start again"
        );
        for output in std::mem::take(&mut self.outputs) {
            if let Output::Report(id, _) = output {
                self.faces.report(id, Report::Refused(sentence.clone()));
            }
        }
        self.faces.notice(&Notice::Warning(sentence.clone()));
        self.ended = Some(sentence);
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Connect {
                connection,
                location,
                to,
            } => self.connections.connect(connection, location, to),
            Output::Send(id, bytes) => self.connections.send(id, bytes),
            Output::Close(id) => self.connections.close(id),
            Output::Pause(id, is_paused) => {
                if self.connections.pause(id, is_paused) {
                    // What it left then may be all that ever comes.
                    self.hand_in(id);
                }
            }
            // Taken out before; in this order it is kept before what follows all the same.
            Output::Keep(changes) => self.keeping.extend(shelf::changes(changes)),
            Output::Disk(task) => self.disk.submit(task),
            Output::Report(id, report) => self.faces.report(id, report),
            Output::Notice(notice) => self.faces.notice(&notice),
            Output::Ended(reason) => self.ended = Some(reason),
        }
    }
}
