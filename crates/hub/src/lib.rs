//! The hub: owns the space, keeps what must be kept, answers every command.
//!
//! `receive → decide → append → fold → deliver`, on the one thread that drives it through
//! [`Exchange`]. Durability comes in classes: what is *acknowledged* (a letter, a private message
//! to somebody away) is on disk before its answer; what is *kept* (history) is delivered at once
//! and on disk within a second; what is *ephemeral* lives in memory.

mod commands;
mod failures;
mod keeper;
mod letters;
mod metrics;
pub mod password;

pub use keeper::{Retention, Wake};
pub use metrics::Metrics;
pub use space::{Limits, NameRules};

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use link::{Caller, Exchange, Outcome};
use model::{
    Command, CommandId, MessageId, Now, Refusal, Reply, RoomKey, RoomName, SessionId, Signal,
    UserName,
};
use space::{AccountEntry, Change, Space};
use store::{Reader, Store, StoreError, Write};

use failures::Failures;
use keeper::{Keeper, Owed};
use metrics::add;

/// How long kept messages wait for company before they are handed to the writer: well within the
/// second that [HUB-6] allows them.
const KEPT_DELAY: Duration = Duration::from_millis(200);
/// Letters that a session has been handed and not yet confirmed, at most; more stay in the mailbox
/// until it has.
const MAX_IN_DOUBT: usize = 256;
/// The command of the hub's own reading of a mailbox on somebody's arrival.
const ARRIVAL: CommandId = CommandId(u64::MAX);
/// Messages in one answer about history, at most [594-25].
const MAX_HISTORY: u32 = 200;

/// What can be set.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How much of everything.
    pub limits: Limits,
    /// The rules about names.
    pub names: NameRules,
    /// Whether what is said is kept.
    pub history: bool,
    /// Rooms of which nothing is kept all the same [HUB-6].
    pub off_the_record: BTreeSet<RoomName>,
    /// How long it is kept.
    pub retention: Retention,
    /// Failed log-ins from loopback addresses do not count against the address [HUB-11].
    pub exempt_loopback: bool,
    /// The wire on which whoever asks for a room's members has the answer sent to all its members
    /// on that wire [594-12].
    pub listings_to_all: Option<&'static str>,
}

/// One conversation space.
pub struct Hub {
    settings: Settings,
    space: Space,
    callers: Vec<Option<(SessionId, Box<Caller>)>>,
    keeper: Keeper,
    accounts: Box<dyn Reader>,
    generation: Option<u64>,
    /// Whether the accounts have been compared with the store in this round.
    accounts_fresh: bool,
    outcomes: VecDeque<Outcome>,
    last_id: u64,
    hand_over_at: Option<Instant>,
    in_doubt: HashMap<SessionId, Vec<MessageId>>,
    /// Owners who are being handed what waited for them, each with the newest letter that did.
    catching_up: HashMap<SessionId, MessageId>,
    /// Sessions that cannot be offered files, few.
    no_files: BTreeSet<SessionId>,
    failures: Failures,
    /// Answers held back, by the time they are due.
    delayed: BTreeMap<(Instant, u64), (SessionId, CommandId, Reply)>,
    delayed_count: u64,
    metrics: Arc<Metrics>,
}

impl Hub {
    /// Opens the hub on `store`. `wake` is called from other threads when
    /// [`Exchange::handle_wake`] has something to do.
    ///
    /// # Errors
    /// [`StoreError`] where the store cannot be read or a thread cannot be started.
    pub fn open(
        settings: Settings,
        store: Box<dyn Store>,
        wake: &Wake,
    ) -> Result<Self, StoreError> {
        let metrics = Arc::new(Metrics::default());
        let accounts = store.reader()?;
        let last_id = accounts.last_id()?.0;
        let keeper = Keeper::start(store, settings.retention, &metrics, wake)?;
        let mut hub = Self {
            space: Space::new(settings.limits, settings.names),
            settings,
            callers: Vec::new(),
            keeper,
            accounts,
            generation: None,
            accounts_fresh: false,
            outcomes: VecDeque::new(),
            last_id,
            hand_over_at: None,
            in_doubt: HashMap::new(),
            catching_up: HashMap::new(),
            no_files: BTreeSet::new(),
            failures: Failures::default(),
            delayed: BTreeMap::new(),
            delayed_count: 0,
            metrics,
        };
        hub.refresh_accounts();
        Ok(hub)
    }

    /// What the hub counts.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Writes everything pending and ends the hub's threads.
    pub fn stop(&mut self) {
        self.keeper.stop();
    }

    fn caller(&self, session: SessionId) -> Option<&Caller> {
        match self.callers.get(session.slot()) {
            Some(Some((owner, caller))) if *owner == session => Some(caller),
            _ => None,
        }
    }

    fn reply(&mut self, session: SessionId, id: CommandId, reply: Reply) {
        if matches!(reply, Reply::Refused(_)) {
            add(&self.metrics.refused, 1);
        }
        self.outcomes.push_back(Outcome::Reply(session, id, reply));
    }

    fn signal(&mut self, session: SessionId, signal: Signal) {
        self.outcomes.push_back(Outcome::Signal(session, signal));
    }

    fn next_id(&mut self) -> MessageId {
        self.last_id += 1;
        MessageId(self.last_id)
    }

    /// [HUB-2]: accounts that the command line has changed count at once. Compared at most once a
    /// round, and only in rounds that need to know.
    fn refresh_accounts(&mut self) {
        if self.accounts_fresh {
            return;
        }
        self.accounts_fresh = true;
        let result = self.accounts.generation().and_then(|generation| {
            if self.generation != Some(generation) {
                let accounts = self.accounts.accounts()?.into_iter();
                let entry = |a: store::Account| AccountEntry {
                    name: a.name,
                    certificate: a.certificate,
                };
                self.space
                    .fold(Change::Accounts(accounts.map(entry).collect()));
                self.generation = Some(generation);
            }
            Ok(())
        });
        if let Err(error) = result {
            tracing::error!(%error, "could not read the accounts; those known so far stay");
        }
    }

    fn my_name(&self, session: SessionId) -> Result<UserName, Refusal> {
        let person = self.space.person(session).ok_or(Refusal::NotSignedIn)?;
        Ok(person.name.clone())
    }
}

impl Exchange for Hub {
    fn open(&mut self, session: SessionId, caller: &Caller, _now: Now) {
        let slot = session.slot();
        if self.callers.len() <= slot {
            self.callers.resize_with(slot + 1, || None);
        }
        self.callers[slot] = Some((session, Box::new(caller.clone())));
    }

    fn ask(&mut self, session: SessionId, id: CommandId, command: Command, now: Now) {
        match self.carry_out(session, id, command, now) {
            Ok(Some(reply)) => self.reply(session, id, reply),
            Ok(None) => {}
            Err(refusal) => self.reply(session, id, Reply::Refused(refusal)),
        }
    }

    fn close(&mut self, session: SessionId, now: Now) {
        self.sign_out(session, None, now);
        self.keeper.forget(session);
        self.no_files.remove(&session);
        if self.caller(session).is_some() {
            self.callers[session.slot()] = None;
        }
    }

    fn poll(&mut self) -> Option<Outcome> {
        self.outcomes.pop_front()
    }

    fn handle_wake(&mut self, now: Now) {
        while let Some(finished) = self.keeper.take_finished() {
            self.handle_finished(finished, now);
        }
    }

    fn handle_timeout(&mut self, now: Now) {
        if self.space.next_rested().is_some_and(|at| at <= now.instant) {
            self.space.fold(Change::Rested(now.instant));
        }
        while let Some(entry) = self.delayed.first_entry() {
            if entry.key().0 > now.instant {
                break;
            }
            let (session, id, reply) = entry.remove();
            self.reply(session, id, reply);
        }
        if self.hand_over_at.is_some_and(|at| at <= now.instant) {
            self.hand_over_at = None;
            self.keeper.hand_over();
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let delayed = self.delayed.first_key_value().map(|((at, _), _)| *at);
        let times = [self.hand_over_at, delayed, self.space.next_rested()];
        times.into_iter().flatten().min()
    }

    fn end_round(&mut self, now: Now) {
        self.accounts_fresh = false;
        if self.keeper.is_urgent() {
            self.hand_over_at = None;
            self.keeper.hand_over();
        } else if self.keeper.has_pending() && self.hand_over_at.is_none() {
            self.hand_over_at = Some(now.instant + KEPT_DELAY);
        }
        self.metrics
            .present
            .store(self.space.present_count() as u64, Relaxed);
        self.metrics
            .rooms
            .store(self.space.room_count() as u64, Relaxed);
        self.metrics
            .transfers
            .store(self.space.transfer_count() as u64, Relaxed);
    }

    fn confirm_letters(&mut self, session: SessionId, _now: Now) {
        let arrived = self.in_doubt.remove(&session).unwrap_or_default();
        let full = arrived.len() >= MAX_IN_DOUBT;
        for id in arrived {
            let owed = Owed::Dropped { asker: None };
            self.keeper.write(Write::DropLetter(id), Some(owed));
        }
        if full && let Ok(owner) = self.my_name(session) {
            // More may wait in the mailbox than could be handed over at once.
            let reading = self.catch_up(session, owner);
            // After the removals, so that nothing comes twice.
            self.keeper.read_after_writes(reading);
        }
    }

    fn set_takes_files(&mut self, session: SessionId, takes: bool) {
        match takes {
            true => self.no_files.remove(&session),
            false => self.no_files.insert(session),
        };
        self.space.fold(Change::TakesFiles(session, takes));
    }

    fn is_ready(&self) -> bool {
        self.keeper.is_ready()
    }

    fn members(&self, room: RoomKey) -> &[SessionId] {
        self.space.members(room)
    }

    fn roster(&self, room: RoomKey) -> Option<(RoomName, Arc<[UserName]>)> {
        let name = self.space.room_name(room)?.clone();
        Some((name, self.space.member_names(room)))
    }

    fn rooms(&self) -> Arc<[RoomName]> {
        self.space.room_names()
    }

    fn name(&self, session: SessionId) -> Option<&UserName> {
        self.space.person(session).map(|person| &person.name)
    }

    fn senders_to(&self, session: SessionId) -> Vec<SessionId> {
        let transfers = self.space.transfers_of(session).into_iter();
        let senders = transfers.filter_map(|id| self.space.transfer(id));
        senders
            .filter(|state| state.to == session)
            .map(|state| state.from)
            .collect()
    }
}
