//! The threads that touch the disk, so that the loop never waits for it.
//!
//! One writes: it takes everything that has piled up and commits it at once (group commit), then
//! reports. One reads: history and letters. Both are told by bounded channels; what does not fit
//! waits at the hub, which then stops taking commands ([`Keeper::is_ready`]).

use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use model::{CommandId, Event, Letter, MessageId, Place, SessionId, Timestamp, UserName};
use store::{Reader, Store, StoreError, Write};

use crate::metrics::Metrics;
use crate::password;

/// Batches of writes under way to the writer, at most: with [`MAX_WAITING_WRITES`] each, what the
/// hub may lose of *kept* messages if the machine dies.
const WRITE_QUEUE: usize = 8;
/// Writes that wait at the hub for a place, at most, before it stops taking commands.
const MAX_WAITING_WRITES: usize = 16_384;
/// Commands that wait for the reader, at most; one a session, so more would be sessions' own.
const READ_QUEUE: usize = 1_024;
/// Writes in one transaction, at most: bounds how long an acknowledgement waits behind others.
const MAX_BATCH: usize = 8_192;
/// Password checks that wait with the threads for their turn, at most; each takes some 20 ms. The
/// others wait at the hub, where those of sessions that are gone are forgotten.
const CHECK_QUEUE: usize = 8;
/// Time between two looks at the retention rules.
const RETENTION_PERIOD: Duration = Duration::from_secs(300);

/// What a write's acknowledgement is owed to.
#[derive(Debug)]
pub(crate) enum Owed {
    /// A private message or letter: answer, and hand it over where `also` says.
    Letter {
        session: SessionId,
        id: CommandId,
        letter: Letter,
        also: Option<SessionId>,
    },
    /// A letter's removal: answer where somebody asked.
    Dropped {
        asker: Option<(SessionId, CommandId)>,
    },
    /// A look at the store that must see everything written before.
    Reading(Reading),
}

/// Something a thread has finished.
#[derive(Debug)]
pub(crate) enum Finished {
    /// Written (`true`) or failed, all of it.
    Written(Vec<Owed>, bool),
    /// Read.
    History(SessionId, CommandId, Result<Vec<Event>, StoreError>),
    /// Read.
    Mail(SessionId, CommandId, Result<Option<Letter>, StoreError>),
    /// A password was checked.
    Checked {
        session: SessionId,
        id: CommandId,
        name: UserName,
        right: bool,
    },
}

#[derive(Debug)]
struct Batch {
    writes: Vec<Write>,
    owed: Vec<Owed>,
}

/// What the reading thread is asked.
#[derive(Debug)]
pub(crate) enum Reading {
    /// What was said.
    History {
        /// Asker.
        session: SessionId,
        /// Its command.
        id: CommandId,
        /// Its name.
        me: UserName,
        /// Where.
        place: Place,
        /// Older than this.
        before: Option<MessageId>,
        /// How many.
        limit: u32,
    },
    /// The next letter.
    Mail {
        /// Asker.
        session: SessionId,
        /// Its command.
        id: CommandId,
        /// Whose.
        owner: UserName,
        /// After this one.
        after: Option<MessageId>,
    },
}

impl Reading {
    fn session(&self) -> SessionId {
        match self {
            Self::History { session, .. } | Self::Mail { session, .. } => *session,
        }
    }
}

/// A password to check against the account of that name.
pub(crate) struct Check {
    pub(crate) session: SessionId,
    pub(crate) id: CommandId,
    pub(crate) name: UserName,
    pub(crate) secret: model::Secret,
}

/// How long history is kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Retention {
    /// Remove what is older; `None`: keep for ever.
    pub age: Option<Duration>,
    /// Remove the oldest beyond this many bytes of text; `None`: no bound.
    pub bytes: Option<u64>,
}

/// The hub's side of its threads.
pub(crate) struct Keeper {
    to_writer: Option<SyncSender<Batch>>,
    to_reader: Option<SyncSender<Reading>>,
    to_checker: Option<SyncSender<Check>>,
    finished: Receiver<Finished>,
    pending: Batch,
    waiting: VecDeque<Batch>,
    waiting_writes: usize,
    readings: VecDeque<Reading>,
    checks: VecDeque<Check>,
    threads: Vec<JoinHandle<()>>,
}

/// Called by a thread when it has finished something; wakes the loop.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

impl Keeper {
    pub(crate) fn start(
        store: Box<dyn Store>,
        retention: Retention,
        metrics: &Arc<Metrics>,
        wake: &Wake,
    ) -> Result<Self, StoreError> {
        let reader = store.reader()?;
        // Checkers share one reader: the lock is held for one lookup, never for a hash.
        let accounts = Arc::new(Mutex::new(store.reader()?));
        let (to_writer, batches) = sync_channel(WRITE_QUEUE);
        let (to_reader, readings) = sync_channel(READ_QUEUE);
        let (to_checker, checks) = sync_channel(CHECK_QUEUE);
        // Never full for long: the loop empties it whenever it is woken, without conditions.
        let (done, finished) = sync_channel(READ_QUEUE);
        let mut threads = Vec::new();
        {
            let (done, wake, metrics) = (done.clone(), Arc::clone(wake), Arc::clone(metrics));
            threads.push(spawn("store-writer", move || {
                write_all(store, retention, &batches, &done, &wake, &metrics);
            })?);
        }
        {
            let (done, wake) = (done.clone(), Arc::clone(wake));
            threads.push(spawn("store-reader", move || {
                read_all(&*reader, &readings, &done, &wake);
            })?);
        }
        let checks = Arc::new(Mutex::new(checks));
        for _ in 0..checkers() {
            let (done, wake) = (done.clone(), Arc::clone(wake));
            let (checks, accounts) = (Arc::clone(&checks), Arc::clone(&accounts));
            threads.push(spawn("password", move || {
                check_all(&accounts, &checks, &done, &wake);
            })?);
        }
        Ok(Self {
            to_writer: Some(to_writer),
            to_reader: Some(to_reader),
            to_checker: Some(to_checker),
            finished,
            pending: Batch {
                writes: Vec::new(),
                owed: Vec::new(),
            },
            waiting: VecDeque::new(),
            waiting_writes: 0,
            readings: VecDeque::new(),
            checks: VecDeque::new(),
            threads,
        })
    }

    /// Adds to the batch that the next [`hand_over`](Self::hand_over) sends.
    pub(crate) fn write(&mut self, write: Write, owed: Option<Owed>) {
        self.pending.writes.push(write);
        self.pending.owed.extend(owed);
    }

    /// Whether somebody waits for what is pending, so that it must not wait for company.
    pub(crate) fn is_urgent(&self) -> bool {
        !self.pending.owed.is_empty() || self.pending.writes.len() >= MAX_BATCH
    }

    pub(crate) fn has_pending(&self) -> bool {
        !self.pending.writes.is_empty() || !self.pending.owed.is_empty()
    }

    /// Hands the pending batch to the writer, or lets it wait where the writer is behind.
    pub(crate) fn hand_over(&mut self) {
        if self.has_pending() {
            let empty = Batch {
                writes: Vec::new(),
                owed: Vec::new(),
            };
            let batch = std::mem::replace(&mut self.pending, empty);
            self.waiting_writes += batch.writes.len();
            self.waiting.push_back(batch);
        }
        self.push_on();
    }

    /// Reads once everything said so far is written.
    pub(crate) fn read_after_writes(&mut self, reading: Reading) {
        self.pending.owed.push(Owed::Reading(reading));
    }

    pub(crate) fn read(&mut self, reading: Reading) {
        self.readings.push_back(reading);
        self.push_on();
    }

    pub(crate) fn check(&mut self, check: Check) {
        self.checks.push_back(check);
        self.push_on();
    }

    /// The session is over: what it asked and no thread has taken yet is not done any more. So
    /// there is never more in the queues than the sessions that are open have asked.
    pub(crate) fn forget(&mut self, session: SessionId) {
        self.checks.retain(|check| check.session != session);
        self.readings.retain(|reading| reading.session() != session);
    }

    /// Whether the hub may take more commands.
    pub(crate) fn is_ready(&self) -> bool {
        self.waiting_writes + self.pending.writes.len() < MAX_WAITING_WRITES
    }

    /// What the threads have finished since.
    pub(crate) fn take_finished(&mut self) -> Option<Finished> {
        self.push_on();
        self.finished.try_recv().ok()
    }

    fn push_on(&mut self) {
        if let Some(writer) = &self.to_writer {
            while let Some(batch) = self.waiting.pop_front() {
                let writes = batch.writes.len();
                match writer.try_send(batch) {
                    Ok(()) => self.waiting_writes -= writes,
                    Err(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) => {
                        self.waiting.push_front(batch);
                        break;
                    }
                }
            }
        }
        push(self.to_reader.as_ref(), &mut self.readings);
        push(self.to_checker.as_ref(), &mut self.checks);
    }

    /// Lets the threads finish what they have and ends them. Everything pending is written.
    pub(crate) fn stop(&mut self) {
        self.hand_over();
        if let Some(writer) = self.to_writer.take() {
            while let Some(batch) = self.waiting.pop_front() {
                // The writer may itself wait for room to report: make room meanwhile.
                let mut batch = Some(batch);
                while let Some(full) = batch.take() {
                    match writer.try_send(full) {
                        Ok(()) | Err(TrySendError::Disconnected(_)) => {}
                        Err(TrySendError::Full(full)) => {
                            batch = Some(full);
                            let _ = self.finished.recv_timeout(Duration::from_millis(50));
                        }
                    }
                }
            }
        }
        self.to_reader = None;
        self.to_checker = None;
        for thread in self.threads.drain(..) {
            while !thread.is_finished() {
                let _ = self.finished.recv_timeout(Duration::from_millis(5));
            }
            if thread.join().is_err() {
                tracing::error!("a store thread panicked");
            }
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop();
    }
}

fn push<T>(to: Option<&SyncSender<T>>, queue: &mut VecDeque<T>) {
    let Some(to) = to else { return };
    while let Some(item) = queue.pop_front() {
        match to.try_send(item) {
            Ok(()) => {}
            Err(TrySendError::Full(item) | TrySendError::Disconnected(item)) => {
                queue.push_front(item);
                return;
            }
        }
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let thread = std::thread::Builder::new().name(name.into()).spawn(body);
    thread.map_err(|error| StoreError::Failed(Box::new(error)))
}

/// How many passwords are checked at once: half the cores, so that a burst of log-ins leaves the
/// loop a core of its own.
fn checkers() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).clamp(1, 4))
}

fn write_all(
    mut store: Box<dyn Store>,
    retention: Retention,
    batches: &Receiver<Batch>,
    done: &SyncSender<Finished>,
    wake: &Wake,
    metrics: &Metrics,
) {
    let mut cleaner = Cleaner::new(retention);
    cleaner.step(&mut *store);
    loop {
        let first = match batches.recv_timeout(cleaner.rest()) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => {
                cleaner.step(&mut *store);
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let mut total = first.writes.len();
        let mut taken = vec![first];
        while total < MAX_BATCH {
            let Ok(batch) = batches.try_recv() else { break };
            total += batch.writes.len();
            taken.push(batch);
        }
        for (owed, written) in commit(&mut *store, taken, metrics) {
            if !owed.is_empty() {
                if done.send(Finished::Written(owed, written)).is_err() {
                    break;
                }
                wake();
            }
        }
        // The loop may be waiting for room in the queue of batches.
        wake();
        if cleaner.rest().is_zero() {
            cleaner.step(&mut *store);
        }
    }
}

/// Commits all batches as one; if that fails each for itself, so that a bad one fails alone.
fn commit(store: &mut dyn Store, taken: Vec<Batch>, metrics: &Metrics) -> Vec<(Vec<Owed>, bool)> {
    if taken.iter().all(|batch| batch.writes.is_empty()) {
        return taken.into_iter().map(|batch| (batch.owed, true)).collect();
    }
    let started = Instant::now();
    let (writes, owed): (Vec<_>, Vec<_>) = taken.into_iter().map(|b| (b.writes, b.owed)).unzip();
    let result = match &writes[..] {
        [one] => store.commit(one),
        many => store.commit(&many.concat()),
    };
    metrics.commits.fetch_add(1, Relaxed);
    metrics
        .commit_micros
        .fetch_add(started.elapsed().as_micros() as u64, Relaxed);
    metrics.store_failing.store(result.is_err(), Relaxed);
    let Err(error) = result else {
        return owed.into_iter().map(|owed| (owed, true)).collect();
    };
    tracing::error!(%error, "could not store a batch");
    metrics.failed_commits.fetch_add(1, Relaxed);
    if writes.len() == 1 {
        return owed.into_iter().map(|owed| (owed, false)).collect();
    }
    let single = writes.iter().map(|writes| store.commit(writes).is_ok());
    owed.into_iter().zip(single.collect::<Vec<_>>()).collect()
}

/// Applies the retention rules, a little at a time: whoever waits for a commit waits for one step.
struct Cleaner {
    retention: Retention,
    /// Removed since the last rest.
    removed: u64,
    rests_since: Option<Instant>,
}

impl Cleaner {
    fn new(retention: Retention) -> Self {
        Self {
            retention,
            removed: 0,
            rests_since: None,
        }
    }

    /// How long there is nothing to do.
    fn rest(&self) -> Duration {
        self.rests_since.map_or(Duration::ZERO, |since| {
            RETENTION_PERIOD.saturating_sub(since.elapsed())
        })
    }

    fn step(&mut self, store: &mut dyn Store) {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let Retention { age, bytes } = self.retention;
        let before = age.map(|age| Timestamp(now.saturating_sub(age).as_millis() as u64));
        if before.is_some() || bytes.is_some() {
            match store.retain(before, bytes) {
                Ok(0) => {}
                Ok(removed) => {
                    self.removed += removed;
                    self.rests_since = None;
                    return;
                }
                Err(error) => tracing::error!(%error, "could not apply the retention rules"),
            }
        }
        if self.removed > 0 {
            let removed = std::mem::take(&mut self.removed);
            tracing::info!(removed, "history beyond its retention removed");
        }
        self.rests_since = Some(Instant::now());
    }
}

fn read_all(
    reader: &dyn Reader,
    readings: &Receiver<Reading>,
    done: &SyncSender<Finished>,
    wake: &Wake,
) {
    while let Ok(reading) = readings.recv() {
        let finished = match reading {
            Reading::History {
                session,
                id,
                me,
                place,
                before,
                limit,
            } => {
                let said = match place {
                    Place::Room(room) => reader.room_history(&room, before, limit),
                    Place::Person(other) => reader.private_history(&me, &other, before, limit),
                };
                Finished::History(session, id, said)
            }
            Reading::Mail {
                session,
                id,
                owner,
                after,
            } => Finished::Mail(session, id, reader.next_letter(&owner, after)),
        };
        if done.send(finished).is_err() {
            return;
        }
        wake();
    }
}

fn check_all(
    accounts: &Mutex<Box<dyn Reader>>,
    checks: &Mutex<Receiver<Check>>,
    done: &SyncSender<Finished>,
    wake: &Wake,
) {
    loop {
        // One checker waits in `recv` holding the lock, the others wait for the lock: the same.
        let check = checks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Check {
            session,
            id,
            name,
            secret,
        }) = check
        else {
            return;
        };
        let account = accounts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .account(&name);
        let right = match account {
            Ok(Some(account)) => password::verify(&secret, &account.password_hash),
            Ok(None) => {
                // The same work as for a known name [CP-8]; the answer is no either way.
                let _ = password::verify(&secret, password::dummy_hash());
                false
            }
            Err(error) => {
                tracing::error!(%error, "could not look up an account");
                false
            }
        };
        if done
            .send(Finished::Checked {
                session,
                id,
                name,
                right,
            })
            .is_err()
        {
            return;
        }
        wake();
    }
}

#[cfg(test)]
mod tests {
    use store::MemoryStore;

    use super::*;

    #[test]
    fn passwords_of_sessions_that_are_gone_do_not_pile_up() {
        // [HUB-9]
        let store = Box::new(MemoryStore::default());
        let wake: Wake = Arc::new(|| {});
        let metrics = Arc::new(Metrics::default());
        let mut keeper = Keeper::start(store, Retention::default(), &metrics, &wake).unwrap();
        // Nobody takes any: what the threads have is theirs, the rest waits here.
        keeper.to_checker = None;
        keeper.to_reader = None;
        for slot in 0..1_000 {
            let session = SessionId::new(slot, 1);
            keeper.check(Check {
                session,
                id: CommandId(1),
                name: UserName::parse("ana").unwrap(),
                secret: model::Secret::new("wrong".to_owned()),
            });
            keeper.read(Reading::Mail {
                session,
                id: CommandId(2),
                owner: UserName::parse("ana").unwrap(),
                after: None,
            });
            if slot % 2 == 0 {
                keeper.forget(session);
            }
        }
        assert_eq!((keeper.checks.len(), keeper.readings.len()), (500, 500));
        let odd = |session: SessionId| session.slot() % 2 == 1;
        assert!(keeper.checks.iter().all(|check| odd(check.session)));
        assert!(keeper.readings.iter().all(|reading| odd(reading.session())));
    }

    /// A store with so much to remove that it never ends, and what was done to it.
    struct Cluttered(Arc<Mutex<Vec<&'static str>>>);

    impl Store for Cluttered {
        fn commit(&mut self, _: &[Write]) -> Result<(), StoreError> {
            self.0.lock().unwrap().push("commit");
            Ok(())
        }

        fn retain(&mut self, _: Option<Timestamp>, _: Option<u64>) -> Result<u64, StoreError> {
            self.0.lock().unwrap().push("retain");
            Ok(1)
        }

        fn reader(&self) -> Result<Box<dyn Reader>, StoreError> {
            MemoryStore::default().reader()
        }
    }

    #[test]
    fn a_commit_waits_for_no_more_than_one_step_of_the_retention() {
        // [HUB-6] [HUB-7]
        let done = Arc::new(Mutex::new(Vec::new()));
        let (sender, batches) = sync_channel(WRITE_QUEUE);
        let (finished, _kept) = sync_channel(READ_QUEUE);
        let batch = Batch {
            writes: vec![Write::DropLetter(MessageId(1))],
            owed: Vec::new(),
        };
        sender.send(batch).unwrap();
        drop(sender);
        let retention = Retention {
            age: None,
            bytes: Some(1),
        };
        let (wake, metrics) = (Arc::new(|| {}) as Wake, Metrics::default());
        let store = Box::new(Cluttered(Arc::clone(&done)));
        write_all(store, retention, &batches, &finished, &wake, &metrics);
        assert_eq!(*done.lock().unwrap(), ["retain", "commit", "retain"]);
    }
}
