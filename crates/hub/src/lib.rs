//! The hub: owns the space, keeps what must be kept, answers every command.
//!
//! `receive → decide → append → fold → deliver`, on the one thread that drives it through
//! [`Exchange`]. Durability comes in classes: what is *acknowledged* (a letter, a private message
//! to somebody away) is on disk before its answer; what is *kept* (history) is delivered at once
//! and on disk within a second; what is *ephemeral* lives in memory.

mod failures;
mod keeper;
mod metrics;
pub mod password;

pub use keeper::{Retention, Wake};
pub use metrics::Metrics;
pub use space::{Limits, NameRules};

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use link::{Caller, Exchange, Outcome};
use model::{
    Claim, Command, CommandId, EndReason, Event, FileBytes, Letter, MessageId, Now, Proof,
    Recipient, Refusal, Reply, RoomKey, RoomName, Said, SaidAs, SessionId, Signal, TellOutcome,
    Text, Told, Transfer, TransferId, UserName,
};
use space::{AccountEntry, Ask, Change, Decision, Person, Space};
use store::{Reader, Store, StoreError, Write};

use failures::Failures;
use keeper::{Check, Finished, Keeper, Owed, Reading};

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
            self.metrics.refused.fetch_add(1, Relaxed);
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

    /// Carries out `command` and says what to answer; `None`: the answer comes later.
    fn carry_out(
        &mut self,
        session: SessionId,
        id: CommandId,
        command: Command,
        now: Now,
    ) -> Result<Option<Reply>, Refusal> {
        match command {
            Command::SignIn {
                name,
                proof: Proof::None,
            } => self.sign_in(session, name),
            Command::SignIn {
                name,
                proof: Proof::Password(secret),
            } => {
                if self.space.person(session).is_some() {
                    return Err(Refusal::AlreadySignedIn);
                }
                self.keeper.check(Check {
                    session,
                    id,
                    name,
                    secret,
                });
                return Ok(None);
            }
            Command::SignOut { farewell } => {
                self.space.decide(session, Ask::SignOut)?;
                self.sign_out(session, farewell, now);
                Ok(Reply::Done)
            }
            Command::Join { rooms } => self.join(session, &rooms),
            Command::Leave { rooms } => {
                let decision = self.space.decide(session, Ask::Leave(&rooms))?;
                self.leave(session, &keys(decision));
                Ok(Reply::Done)
            }
            Command::ListRooms => {
                self.space.decide(session, Ask::PostEverywhere)?;
                Ok(Reply::Rooms(self.space.room_names()))
            }
            Command::ListMembers { room } => {
                let decision = self.space.decide(session, Ask::ListMembers(&room))?;
                let Some(&key) = keys(decision).first() else {
                    return Ok(None);
                };
                let names = self.space.member_names(key);
                self.list_to_all(session, key, &room, &names);
                Ok(Reply::Members { room, names })
            }
            Command::Post {
                rooms,
                text,
                manner,
                from_outside,
            } => {
                let ask = Ask::Post {
                    rooms: &rooms,
                    from_outside,
                };
                let decision = self.space.decide(session, ask)?;
                self.say(session, &keys(decision), &text, manner, now);
                Ok(Reply::Done)
            }
            Command::PostEverywhere { text } => {
                let decision = self.space.decide(session, Ask::PostEverywhere)?;
                self.say(session, &keys(decision), &text, SaidAs::Post, now);
                Ok(Reply::Done)
            }
            Command::Tell { to, text } => return self.tell(session, id, &to, text, false, now),
            Command::Mail { to, text } => return self.tell(session, id, &to, text, true, now),
            Command::Query { user } => {
                self.space.decide(session, Ask::PostEverywhere)?;
                let online = self.space.present(&user).is_some();
                Ok(Reply::Presence { user, online })
            }
            Command::History {
                place,
                before,
                limit,
            } => {
                self.space.decide(session, Ask::History(&place))?;
                if !self.settings.history {
                    return Err(Refusal::HistoryOff);
                }
                let me = self.my_name(session)?;
                let limit = limit.clamp(1, MAX_HISTORY);
                self.keeper.read_after_writes(Reading::History {
                    session,
                    id,
                    me,
                    place,
                    before,
                    limit,
                });
                return Ok(None);
            }
            Command::Offer { to, name, size } => {
                let decision = self.space.decide(session, Ask::Offer { to: &to, size })?;
                let Decision::Offer { id, to: receiver } = decision else {
                    return Ok(None);
                };
                let transfer = Transfer {
                    id,
                    from: self.my_name(session)?,
                    to,
                    name,
                    size,
                };
                self.space
                    .fold(Change::Offered(transfer.clone(), session, receiver));
                self.signal(receiver, Signal::Offered(transfer.clone()));
                Ok(Reply::Offered(transfer))
            }
            Command::Answer { claim, accept } => self.answer(session, &claim, accept, now),
            Command::Segment { id, data, last } => self.segment(session, id, data, last, now),
            Command::Cancel { id } => {
                let decision = self.space.decide(session, Ask::Cancel(id))?;
                if let Decision::EndTransfer { other } = decision {
                    self.end_transfer(id, Some((other, EndReason::OtherSide)), now);
                }
                Ok(Reply::Done)
            }
            Command::TakeMail { after } => {
                self.refresh_accounts();
                self.space.decide(session, Ask::Mailbox)?;
                let owner = self.my_name(session)?;
                self.keeper.read(Reading::Mail {
                    session,
                    id,
                    owner,
                    after,
                });
                return Ok(None);
            }
            Command::DropMail { id: letter } => {
                self.space.decide(session, Ask::Mailbox)?;
                let owed = Owed::Dropped {
                    asker: Some((session, id)),
                };
                self.keeper.write(Write::DropLetter(letter), Some(owed));
                return Ok(None);
            }
        }
        .map(Some)
    }

    /// [594-12]: the seed has listings sent to everybody in the room.
    fn list_to_all(
        &mut self,
        asker: SessionId,
        key: RoomKey,
        room: &RoomName,
        names: &Arc<[UserName]>,
    ) {
        let Some(wire) = self.settings.listings_to_all else {
            return;
        };
        let hears = |session| {
            self.caller(session)
                .is_some_and(|caller| caller.wire == wire)
        };
        if !hears(asker) {
            return;
        }
        let members = self.space.members(key).iter().copied();
        let others: Vec<_> = members.filter(|&m| m != asker && hears(m)).collect();
        for other in others {
            self.signal(
                other,
                Signal::Members {
                    room: room.clone(),
                    names: Arc::clone(names),
                },
            );
        }
    }

    fn my_name(&self, session: SessionId) -> Result<UserName, Refusal> {
        let person = self.space.person(session).ok_or(Refusal::NotSignedIn)?;
        Ok(person.name.clone())
    }

    fn sign_in(&mut self, session: SessionId, name: UserName) -> Result<Reply, Refusal> {
        self.refresh_accounts();
        let shown = self.caller(session).and_then(|caller| caller.certificate);
        let known = self
            .space
            .account(&name)
            .and_then(|account| account.certificate);
        let proven = shown.is_some() && shown == known;
        self.space.decide(
            session,
            Ask::SignIn {
                name: &name,
                proven,
            },
        )?;
        self.space.fold(Change::SignedIn(
            session,
            Person::new(name.clone(), proven, true),
        ));
        if self.no_files.contains(&session) {
            self.space.fold(Change::TakesFiles(session, false));
        }
        if proven {
            // Their mail waits no longer [CP-14].
            self.keeper.read(Reading::Mail {
                session,
                id: ARRIVAL,
                owner: name,
                after: None,
            });
        }
        Ok(Reply::Done)
    }

    fn sign_out(&mut self, session: SessionId, farewell: Option<Text>, now: Now) {
        let Some(person) = self.space.person(session) else {
            return;
        };
        let rooms = person.rooms().to_vec();
        if let Some(text) = farewell {
            self.say(session, &rooms, &text, SaidAs::Farewell, now);
        }
        for id in self.space.transfers_of(session) {
            let Some(state) = self.space.transfer(id) else {
                continue;
            };
            let other = if state.from == session {
                state.to
            } else {
                state.from
            };
            self.end_transfer(id, Some((other, EndReason::OtherSide)), now);
        }
        self.leave(session, &rooms);
        self.space.fold(Change::SignedOut(session));
        self.in_doubt.remove(&session);
    }

    fn join(&mut self, session: SessionId, rooms: &[RoomName]) -> Result<Reply, Refusal> {
        let Decision::Join(joins) = self.space.decide(session, Ask::Join(rooms))? else {
            return Ok(Reply::Done);
        };
        for (room, already) in &joins {
            if *already {
                // The asker alone is answered [494-13].
                if let Some(key) = self.space.room(room) {
                    let names = self.space.member_names(key);
                    self.signal(
                        session,
                        Signal::Members {
                            room: room.clone(),
                            names,
                        },
                    );
                }
                continue;
            }
            if self.space.room(room).is_none() {
                self.outcomes.push_back(Outcome::RoomsChanged);
            }
            self.space.fold(Change::Joined(session, room.clone()));
            if let Some(key) = self.space.room(room) {
                self.outcomes.push_back(Outcome::Membership(key));
            }
        }
        Ok(Reply::Joined(joins))
    }

    fn leave(&mut self, session: SessionId, rooms: &[RoomKey]) {
        for &key in rooms {
            self.space.fold(Change::Left(session, key));
            let closed = self.space.members(key).is_empty();
            self.outcomes.push_back(match closed {
                true => Outcome::RoomsChanged,
                false => Outcome::Membership(key),
            });
        }
    }

    fn say(
        &mut self,
        session: SessionId,
        rooms: &[RoomKey],
        text: &Text,
        manner: SaidAs,
        now: Now,
    ) {
        let Ok(from) = self.my_name(session) else {
            return;
        };
        let wire = self.caller(session).map_or("", |caller| caller.wire);
        for &key in rooms {
            let Some(room) = self.space.room_name(key).cloned() else {
                continue;
            };
            let kept = self.settings.history
                && (self.settings.off_the_record.is_empty()
                    || !self.settings.off_the_record.contains(&room));
            let said = Arc::new(Said {
                id: self.next_id(),
                at: now.wall,
                from: from.clone(),
                room,
                text: text.clone(),
                manner,
            });
            if kept {
                self.keeper
                    .write(Write::Said(Arc::clone(&said), wire), None);
            }
            self.outcomes
                .push_back(Outcome::Room(key, Event::Said(said)));
            self.metrics.said.fetch_add(1, Relaxed);
        }
    }

    /// [HUB-4], and for letters [CP-9] [CP-14].
    fn tell(
        &mut self,
        session: SessionId,
        id: CommandId,
        to: &Recipient,
        text: Text,
        as_mail: bool,
        now: Now,
    ) -> Result<Option<Reply>, Refusal> {
        let decision = match as_mail {
            true => {
                self.refresh_accounts();
                self.space.decide(session, Ask::Mail(to))?
            }
            // Somebody who is here needs no account: the accounts are looked at only otherwise.
            false => match self.space.decide(session, Ask::Tell(to)) {
                Ok(here @ Decision::Deliver { .. }) => here,
                _ => {
                    self.refresh_accounts();
                    self.space.decide(session, Ask::Tell(to))?
                }
            },
        };
        let from = self.my_name(session)?;
        let wire = self.caller(session).map_or("", |caller| caller.wire);
        let (name, deliver_now, also) = match decision {
            Decision::Deliver { to, name } => (name, Some(to), None),
            Decision::Keep { account, also } => (account, None, also),
            _ => return Ok(None),
        };
        let told = Arc::new(Told {
            id: self.next_id(),
            at: now.wall,
            from,
            to: name,
            text,
        });
        if self.settings.history {
            self.keeper
                .write(Write::Told(Arc::clone(&told), wire), None);
        }
        match deliver_now {
            Some(to) => {
                self.outcomes
                    .push_back(Outcome::Event(to, Event::Told(told)));
                self.metrics.told.fetch_add(1, Relaxed);
                Ok(Some(Reply::Told(TellOutcome::Delivered)))
            }
            None => {
                let owed = Owed::Letter {
                    session,
                    id,
                    letter: Arc::clone(&told),
                    also,
                };
                self.keeper.write(Write::Letter(told), Some(owed));
                Ok(None)
            }
        }
    }

    fn answer(
        &mut self,
        session: SessionId,
        claim: &Claim,
        accept: bool,
        now: Now,
    ) -> Result<Reply, Refusal> {
        let id = claim.id;
        let state = self.space.transfer(id).cloned();
        match (self.space.decide(session, Ask::Answer(claim)), state) {
            (Ok(_), Some(state)) => {
                let (offerer, transfer) = (state.from, state.transfer);
                if !accept {
                    self.end_transfer(id, None, now);
                } else if state.accepted {
                    return Ok(Reply::Done);
                } else {
                    self.space.fold(Change::Accepted(id));
                }
                self.signal(
                    offerer,
                    Signal::Answered {
                        transfer,
                        accepted: accept,
                    },
                );
                Ok(Reply::Done)
            }
            (Err(refusal), Some(state)) if state.to == session => {
                self.end_transfer(id, Some((state.from, EndReason::BadAnswer)), now);
                Err(refusal)
            }
            (Err(refusal), _) => Err(refusal),
            // It crossed the news that the offerer is gone.
            (Ok(_), None) => Ok(Reply::Done),
        }
    }

    fn segment(
        &mut self,
        session: SessionId,
        id: TransferId,
        data: FileBytes,
        last: bool,
        now: Now,
    ) -> Result<Reply, Refusal> {
        let bytes = data.len() as u64;
        match self.space.decide(session, Ask::Segment { id, bytes, last }) {
            Ok(Decision::Forward { to }) => {
                self.space.fold(match last {
                    true => Change::Ended(id, None),
                    false => Change::Progress(id, bytes),
                });
                self.metrics.file_bytes.fetch_add(bytes, Relaxed);
                self.signal(to, Signal::Segment { id, data, last });
                Ok(Reply::Done)
            }
            Ok(_) => Ok(Reply::Done),
            Err(Refusal::TransferViolation) => {
                if let Some(to) = self.space.transfer(id).map(|state| state.to) {
                    self.end_transfer(id, Some((to, EndReason::OtherSide)), now);
                }
                Err(Refusal::TransferViolation)
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Ends a transfer and tells `other`. Its number rests if bytes may be under way [494-27].
    fn end_transfer(&mut self, id: TransferId, other: Option<(SessionId, EndReason)>, now: Now) {
        let Some(state) = self.space.transfer(id) else {
            return;
        };
        let transfer = state.transfer.clone();
        let rest = match (state.accepted, &other) {
            (true, _) => Some(space::DRAIN_SECONDS),
            (false, Some((other, EndReason::OtherSide))) if *other == state.to => {
                Some(space::ANSWER_SECONDS)
            }
            (false, _) => None,
        };
        let rest_until = rest.map(|seconds| now.instant + Duration::from_secs(seconds));
        self.space.fold(Change::Ended(id, rest_until));
        if let Some((other, reason)) = other {
            self.signal(other, Signal::Ended { transfer, reason });
        }
    }

    fn handle_finished(&mut self, finished: Finished, now: Now) {
        match finished {
            Finished::Written(owed, written) => {
                for owed in owed {
                    self.pay(owed, written);
                }
            }
            Finished::History(session, id, Ok(events)) => {
                self.reply(session, id, Reply::History(events));
            }
            Finished::Mail(session, ARRIVAL, Ok(Some(letter))) => {
                let (owner, after) = (letter.to.clone(), Some(letter.id));
                if self.hand_letter(session, letter) {
                    self.keeper.read(Reading::Mail {
                        session,
                        id: ARRIVAL,
                        owner,
                        after,
                    });
                }
            }
            Finished::Mail(_, ARRIVAL, _) => {}
            Finished::Mail(session, id, Ok(letter)) => self.reply(session, id, Reply::Mail(letter)),
            Finished::History(session, id, Err(error))
            | Finished::Mail(session, id, Err(error)) => {
                tracing::error!(%error, "could not read the store");
                self.reply(session, id, Reply::Refused(Refusal::StoreFailed));
            }
            Finished::Checked {
                session,
                id,
                name,
                right,
            } => {
                self.handle_checked(session, id, name, right, now);
            }
        }
    }

    fn pay(&mut self, owed: Owed, written: bool) {
        match owed {
            Owed::Letter { session, id, .. } if !written => {
                self.reply(session, id, Reply::Refused(Refusal::StoreFailed));
            }
            Owed::Letter {
                session,
                id,
                letter,
                also,
            } => {
                self.metrics.letters.fetch_add(1, Relaxed);
                // The owner may have come while the letter was being written.
                let also = also.or_else(|| self.space.present(&letter.to));
                let handed = also.is_some_and(|also| self.hand_letter(also, letter));
                let outcome = if handed {
                    TellOutcome::Delivered
                } else {
                    TellOutcome::Kept
                };
                self.reply(session, id, Reply::Told(outcome));
            }
            Owed::Dropped {
                asker: Some((session, id)),
            } => {
                let reply = match written {
                    true => Reply::Done,
                    false => Reply::Refused(Refusal::StoreFailed),
                };
                self.reply(session, id, reply);
            }
            Owed::Dropped { asker: None } => {}
            Owed::Reading(reading) => self.keeper.read(reading),
        }
    }

    /// Hands a letter to a session that has proved its account; it stays in the mailbox until the
    /// session is known to have it [CP-14].
    fn hand_letter(&mut self, session: SessionId, letter: Letter) -> bool {
        let owner = self.space.person(session);
        if !owner.is_some_and(|person| person.present && person.proven && person.name == letter.to)
        {
            return false;
        }
        let in_doubt = self.in_doubt.entry(session).or_default();
        if in_doubt.contains(&letter.id) {
            // It came both by itself and with the rest of the mailbox.
            return true;
        }
        if in_doubt.len() >= MAX_IN_DOUBT {
            return false;
        }
        in_doubt.push(letter.id);
        self.outcomes
            .push_back(Outcome::Event(session, Event::Told(letter)));
        self.outcomes.push_back(Outcome::Letter(session));
        true
    }

    fn handle_checked(
        &mut self,
        session: SessionId,
        id: CommandId,
        name: UserName,
        right: bool,
        now: Now,
    ) {
        let Some(caller) = self.caller(session) else {
            return;
        };
        let counts = |a: &IpAddr| !(self.settings.exempt_loopback && a.is_loopback());
        let address = caller.address.filter(counts);
        let delay = self.failures.delay(address, &name, now.instant);
        self.failures.note(right, address, &name, now.instant);
        let reply = if right {
            self.space
                .fold(Change::SignedIn(session, Person::new(name, true, false)));
            Reply::Done
        } else {
            self.metrics.wrong_passwords.fetch_add(1, Relaxed);
            Reply::Refused(Refusal::BadCredentials)
        };
        if delay.is_zero() {
            self.reply(session, id, reply);
        } else {
            self.delayed_count += 1;
            let due = (now.instant + delay, self.delayed_count);
            self.delayed.insert(due, (session, id, reply));
        }
    }
}

fn keys(decision: Decision) -> Vec<RoomKey> {
    match decision {
        Decision::Rooms(keys) => keys,
        _ => Vec::new(),
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
        if arrived.len() >= MAX_IN_DOUBT
            && let Ok(owner) = self.my_name(session)
        {
            // More may wait in the mailbox than could be handed over at once.
            let (id, after) = (ARRIVAL, arrived.last().copied());
            self.keeper.read(Reading::Mail {
                session,
                id,
                owner,
                after,
            });
        }
        for id in arrived {
            let owed = Owed::Dropped { asker: None };
            self.keeper.write(Write::DropLetter(id), Some(owed));
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
