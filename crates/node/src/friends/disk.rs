//! Carries out [`DiskTask`]s on threads: sharing, hashing, reading, downloads [RS-16] [RS-17].
//!
//! | threads | what they do | file |
//! |---|---|---|
//! | a few, `disk` | read pieces; open, write, finish and drop parts | `read`, `part`, `finish` |
//! | two, `disk-sum` | SHA-1 of what of parts came out of order, of pieces, verifying | `sum` |
//! | one a core, `disk-hash` | SHA-1 of shared files, in the background | `hash` |
//! | one, `disk-list` | list shared folders, have them watched | `list`, `watch` |
//!
//! Each kind has a bounded queue. Tasks of one part are carried out in the order they were given,
//! whichever thread takes them; all others in any order. A piece that comes in order is hashed by the
//! thread that wrote it, while it is in that processor's cache; another one goes on to the sums. So one
//! download keeps two cores busy: the loop decrypts, a thread writes and hashes. The system is asked to
//! bring what is written to disk while more comes, so that little is left for the end.
//!
//! Nothing is opened through a link, and nothing but regular files; below a shared folder no folder on
//! the way may be a link either, since others may be able to put one there. The answers' channel is
//! bounded: while the loop is behind, the threads wait.

mod finish;
mod hash;
mod list;
mod part;
mod private;
mod queue;
mod read;
mod sum;
mod system;
mod watch;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self as std_mpsc, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use friends::disk::{DiskAnswer, DiskError, DiskTask, TaskId};
use tokio::sync::mpsc;

use self::part::Parts;
pub use self::private::Private;
use self::queue::{Next, Queue, Taken};
use self::read::{OpenFiles, Wanted};
use self::sum::Sum;
use self::watch::Watches;

/// Threads that read and write: one can wait for a slow disk, or bring a file to it, while others go
/// on.
const TRANSFERS: usize = 3;
/// Threads that hash what is transferred: one can verify a large file while the other keeps up.
const SUMS: usize = 2;
/// Reads and writes that wait; with pieces of at most 240 KiB this is 240 MiB, far more than a node
/// has under way.
const MAX_TRANSFERS: usize = 1024;
/// Of each other kind, tasks that wait; the node gives hashing out in far smaller portions.
const MAX_WAITING: usize = 8192;
/// How long a shared file is held open unused: one that was removed is not to occupy the disk.
const IDLE: Duration = Duration::from_secs(30);
/// How long shutting down waits: hashing ends within a buffer, a piece is written in milliseconds.
/// Only a disk that hangs takes longer, and its threads end with the process.
const SHUT_DOWN: Duration = Duration::from_secs(5);

/// The threads; they end when it is dropped.
#[derive(Debug)]
pub struct Disk {
    desk: Arc<Desk>,
    threads: Vec<JoinHandle<()>>,
    /// Disconnected when the last thread has ended.
    ended: std_mpsc::Receiver<()>,
}

impl Disk {
    /// Starts the threads, which answer through `answers`. What is `private` is in no listing: keys and
    /// records may lie in a folder that is shared.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start(answers: mpsc::Sender<DiskAnswer>, private: Option<Private>) -> io::Result<Self> {
        let (alive, ended) = std_mpsc::sync_channel(0);
        let mut disk = Self {
            desk: Arc::new(Desk::new(answers, private)),
            threads: Vec::new(),
            ended,
        };
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        for _ in 0..TRANSFERS {
            disk.spawn("disk", &alive, |desk| &desk.transfers, carry_out)?;
        }
        for _ in 0..SUMS {
            disk.spawn("disk-sum", &alive, |desk| &desk.sums, sum::carry_out)?;
        }
        for _ in 0..cores {
            disk.spawn("disk-hash", &alive, |desk| &desk.hashes, carry_out)?;
        }
        disk.spawn("disk-list", &alive, |desk| &desk.lists, carry_out)?;
        Ok(disk)
    }

    /// Has a task carried out; never waits. When too many wait already, which the node's own limits
    /// keep from happening, the task fails at once.
    pub fn submit(&self, task: DiskTask) {
        self.desk.submit(task);
    }

    /// Ends hashing, listing and reading where they are, carries out what is to be written or removed,
    /// and waits for the threads, though not for ever; true: all have ended. The answers' receiver is
    /// to be dropped before: a thread may wait for room in it.
    pub fn shut_down(mut self) -> bool {
        self.desk.end();
        if self.ended.recv_timeout(SHUT_DOWN) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the disk does not answer; it is not waited for any longer");
            return false;
        }
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread for files has panicked");
            }
        }
        true
    }

    fn spawn<J: Send + 'static>(
        &mut self,
        name: &str,
        alive: &std_mpsc::SyncSender<()>,
        queue: fn(&Desk) -> &Queue<J>,
        carry_out: fn(&Desk, J, &mut Vec<u8>) -> Option<J>,
    ) -> io::Result<()> {
        let desk = self.desk.clone();
        let alive = alive.clone();
        let work = move || {
            work(&desk, queue(&desk), carry_out);
            drop(alive);
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(work)?;
        self.threads.push(thread);
        Ok(())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.desk.end();
    }
}

/// What the threads share.
#[derive(Debug)]
struct Desk {
    answers: mpsc::Sender<DiskAnswer>,
    transfers: Queue<DiskTask>,
    sums: Queue<Sum>,
    hashes: Queue<DiskTask>,
    lists: Queue<DiskTask>,
    pause: Pause,
    parts: Parts,
    open_files: OpenFiles,
    private: Option<Private>,
    watches: Watches,
    is_over: AtomicBool,
}

impl Desk {
    fn new(answers: mpsc::Sender<DiskAnswer>, private: Option<Private>) -> Self {
        Self {
            watches: Watches::new(answers.clone(), private.clone()),
            private,
            answers,
            transfers: Queue::new(MAX_TRANSFERS),
            sums: Queue::new(MAX_WAITING),
            hashes: Queue::new(MAX_WAITING),
            lists: Queue::new(MAX_WAITING),
            pause: Pause::default(),
            parts: Parts::default(),
            open_files: OpenFiles::default(),
            is_over: AtomicBool::new(false),
        }
    }

    fn submit(&self, task: DiskTask) {
        let queued = match &task {
            DiskTask::PauseHashing(is_paused) => return self.pause.set(*is_paused),
            DiskTask::List { .. } | DiskTask::Watch { .. } => self.lists.push(None, task),
            DiskTask::Hash { .. } => self.hashes.push(None, task),
            DiskTask::Read { .. } => self.transfers.push(None, task),
            DiskTask::Open { part, .. }
            | DiskTask::Write { part, .. }
            | DiskTask::Finish { part, .. }
            | DiskTask::Drop { part, .. } => {
                let lane = part.clone();
                self.transfers.push(Some(lane), task)
            }
            DiskTask::HashPiece { .. } => self.push_sum(None, task),
            DiskTask::Verify { part, .. } => {
                let lane = part.clone();
                self.push_sum(Some(lane), task)
            }
        };
        if let Err(task) = queued {
            self.refuse(&task);
        }
    }

    fn push_sum(&self, lane: Option<PathBuf>, task: DiskTask) -> Result<(), DiskTask> {
        match self.sums.push(lane, Sum::Task(task)) {
            Err(Sum::Task(task)) => Err(task),
            Ok(()) | Err(Sum::Wrote(_) | Sum::CatchUp(_)) => Ok(()),
        }
    }

    /// The queue is full, or it is all over.
    fn refuse(&self, task: &DiskTask) {
        let Some(task) = id(task) else { return };
        if self.is_over() {
            return;
        }
        let refusal = Failure {
            why: DiskError::Other,
            words: "too much is to be done with files at once".into(),
        };
        if self.answers.try_send(refusal.answer(task)).is_err() {
            tracing::error!(?task, "a task about files is lost, as too many wait");
        }
    }

    /// Tells the loop, waiting while it is behind.
    fn answer(&self, answer: DiskAnswer) {
        // Without a receiver it is over, and nobody is there to mind.
        if self.is_over() {
            let _ = self.answers.try_send(answer);
        } else {
            let _ = self.answers.blocking_send(answer);
        }
    }

    fn settle(&self, task: TaskId, outcome: Result<DiskAnswer, Failure>) {
        self.answer(outcome.unwrap_or_else(|failure| failure.answer(task)));
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.pause.set(false);
        self.transfers.close();
        self.sums.close();
        self.hashes.close();
        self.lists.close();
    }
}

/// Why something was not done, for the node and for people.
#[derive(Debug)]
struct Failure {
    why: DiskError,
    words: String,
}

impl Failure {
    /// What was done is a verb: "read", "write to".
    fn io(verb: &str, path: &Path, error: &io::Error) -> Self {
        Self {
            why: system::why(error),
            words: format!("failed to {verb} {}: {error}", path.display()),
        }
    }

    fn changed(path: &Path) -> Self {
        Self {
            why: DiskError::Changed,
            words: format!("{} is not the file that it was", path.display()),
        }
    }

    fn other(words: String) -> Self {
        Self {
            why: DiskError::Other,
            words,
        }
    }

    fn answer(self, task: TaskId) -> DiskAnswer {
        DiskAnswer::Failed {
            task,
            why: self.why,
            words: self.words,
        }
    }
}

/// Whether hashing rests.
#[derive(Debug, Default)]
struct Pause {
    // A std mutex suffices: it is held for a look only.
    is_on: Mutex<bool>,
    changed: Condvar,
}

impl Pause {
    fn set(&self, is_on: bool) {
        *self.lock() = is_on;
        self.changed.notify_all();
    }

    /// Waits until hashing may go on; false: it is over.
    fn rest(&self, desk: &Desk) -> bool {
        let mut is_on = self.lock();
        while *is_on && !desk.is_over() {
            is_on = self
                .changed
                .wait(is_on)
                .unwrap_or_else(PoisonError::into_inner);
        }
        !desk.is_over()
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_on.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thread's life.
fn work<J>(desk: &Desk, queue: &Queue<J>, carry_out: fn(&Desk, J, &mut Vec<u8>) -> Option<J>) {
    // For whoever reads to hash; stays empty in threads that do not.
    let mut scratch = Vec::new();
    loop {
        let patience = (!desk.open_files.is_empty()).then_some(IDLE);
        match queue.next(patience) {
            Next::Job(Taken { job, lane }) => {
                let more = carry_out(desk, job, &mut scratch);
                queue.release(lane, more);
            }
            Next::Idle => desk.open_files.close_idle(IDLE),
            Next::Closed => return,
        }
    }
}

/// Carries out a task, and answers it. Never gives one back: only sums are done in portions.
fn carry_out(desk: &Desk, task: DiskTask, scratch: &mut Vec<u8>) -> Option<DiskTask> {
    match task {
        DiskTask::List { task, root } => list::list(desk, task, &root),
        DiskTask::Watch { root, is_on } => desk.watches.set(&root, is_on),
        DiskTask::Hash { task, root, path } => {
            let wanted = Wanted::whole(root.as_deref(), &path);
            hash::hash(desk, task, wanted, scratch);
        }
        DiskTask::Read {
            task,
            root,
            path,
            identity,
            offset,
            length,
        } if !desk.is_over() => {
            let wanted = Wanted {
                root: root.as_deref(),
                path: &path,
                identity,
            };
            let read = read::read(desk, wanted, offset, length);
            desk.settle(task, read.map(|data| DiskAnswer::Read { task, data }));
        }
        DiskTask::Open {
            task,
            part,
            size,
            have,
        } if !desk.is_over() => {
            let opened = part::open(desk, &part, size, have);
            desk.settle(
                task,
                opened.map(|is_new| DiskAnswer::Opened { task, is_new }),
            );
        }
        DiskTask::Write {
            task,
            part,
            offset,
            data,
        } => {
            let written = part::write(desk, &part, offset, data);
            desk.settle(task, written.map(|()| DiskAnswer::Written { task }));
        }
        DiskTask::Finish {
            task,
            part,
            folder,
            name,
        } => {
            let finished = finish::finish(desk, &part, &folder, &name);
            desk.settle(
                task,
                finished.map(|path| DiskAnswer::Finished { task, path }),
            );
        }
        DiskTask::Drop { part, is_removed } => part::drop(desk, &part, is_removed),
        // Sums have threads of their own, a pause is no task, and what is over is over.
        DiskTask::Read { .. }
        | DiskTask::Open { .. }
        | DiskTask::HashPiece { .. }
        | DiskTask::Verify { .. }
        | DiskTask::PauseHashing(_) => {}
    }
    None
}

/// The task's number, where it has one.
fn id(task: &DiskTask) -> Option<TaskId> {
    match task {
        DiskTask::List { task, .. }
        | DiskTask::Hash { task, .. }
        | DiskTask::Read { task, .. }
        | DiskTask::HashPiece { task, .. }
        | DiskTask::Open { task, .. }
        | DiskTask::Write { task, .. }
        | DiskTask::Verify { task, .. }
        | DiskTask::Finish { task, .. } => Some(*task),
        DiskTask::Watch { .. } | DiskTask::PauseHashing(_) | DiskTask::Drop { .. } => None,
    }
}
