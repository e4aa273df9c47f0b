//! A hub with the test as its driver.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use hub::{Hub, Settings, Wake};
use link::{Caller, Exchange, Outcome};
use model::{
    Command, CommandId, Event, MessageId, Now, Proof, Recipient, Refusal, Reply, RoomName, SaidAs,
    Secret, SessionId, Signal, Text, Timestamp, Told, UserName,
};
use store::{Account, MemoryStore, Reader, Store, StoreError, Write};

/// How long a thread may take before the test gives up; never how long it does take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The wall clock when a test begins.
pub(crate) const MORNING: Timestamp = Timestamp(1_700_000_000_000);

pub(crate) struct Rig {
    pub(crate) hub: Hub,
    pub(crate) store: MemoryStore,
    pub(crate) now: Now,
    woken: Receiver<()>,
    outcomes: Vec<Outcome>,
    commands: u64,
    slots: u32,
}

impl Rig {
    pub(crate) fn new(settings: Settings) -> Self {
        Self::on(settings, &MemoryStore::default())
    }

    pub(crate) fn on(settings: Settings, store: &MemoryStore) -> Self {
        Self::with(settings, store, Box::new(store.clone()))
    }

    /// `writer` is what the hub gets; it keeps what it keeps in `store`.
    pub(crate) fn with(settings: Settings, store: &MemoryStore, writer: Box<dyn Store>) -> Self {
        let (wake, woken) = alarm();
        let mut rig = Self {
            hub: Hub::open(settings, writer, &wake).unwrap(),
            store: store.clone(),
            now: Now {
                instant: Instant::now(),
                wall: MORNING,
            },
            woken,
            outcomes: Vec::new(),
            commands: 0,
            slots: 0,
        };
        rig.end_round();
        rig
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now.instant += time;
        self.now.wall.0 += time.as_millis() as u64;
        if self
            .hub
            .poll_timeout()
            .is_some_and(|at| at <= self.now.instant)
        {
            self.hub.handle_timeout(self.now);
        }
        self.take_outcomes();
    }

    /// The time until the hub wants to be called, if it does.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let at = self.hub.poll_timeout()?;
        Some(at.saturating_duration_since(self.now.instant))
    }

    pub(crate) fn open(&mut self, caller: &Caller) -> SessionId {
        let session = SessionId::new(self.slots, 1);
        self.slots += 1;
        self.hub.open(session, caller, self.now);
        session
    }

    /// A session on cs494 that proves nothing, signed in.
    pub(crate) fn person(&mut self, name: &str) -> SessionId {
        let session = self.open(&caller("cs494", None));
        let reply = self.sign_in(session, name);
        assert!(matches!(reply, Reply::Done), "{name}: {reply:?}");
        session
    }

    /// A session with the account's certificate, signed in.
    pub(crate) fn owner(&mut self, name: &str, certificate: u8) -> SessionId {
        let mut caller = caller("cs494", None);
        caller.certificate = Some([certificate; 32]);
        let session = self.open(&caller);
        let reply = self.sign_in(session, name);
        assert!(matches!(reply, Reply::Done), "{name}: {reply:?}");
        session
    }

    pub(crate) fn sign_in(&mut self, session: SessionId, name: &str) -> Reply {
        let proof = Proof::None;
        let name = user(name);
        self.answer(session, Command::SignIn { name, proof })
    }

    pub(crate) fn log_in(&mut self, session: SessionId, name: &str, secret: &str) -> CommandId {
        let proof = Proof::Password(Secret::new(secret.to_owned()));
        let name = user(name);
        self.ask(session, Command::SignIn { name, proof })
    }

    /// A session on cp whose password was right.
    pub(crate) fn mailbox(&mut self, name: &str, secret: &str) -> SessionId {
        let session = self.open(&caller("cp", None));
        let id = self.log_in(session, name, secret);
        let reply = self.reply(session, id);
        assert!(matches!(reply, Reply::Done), "{name}: {reply:?}");
        session
    }

    pub(crate) fn join(&mut self, session: SessionId, name: &str) {
        let rooms = vec![room(name)];
        let reply = self.answer(session, Command::Join { rooms });
        assert!(matches!(reply, Reply::Joined(_)), "{name}: {reply:?}");
    }

    pub(crate) fn post(&mut self, session: SessionId, name: &str, what: &str) -> Reply {
        let command = Command::Post {
            rooms: vec![room(name)],
            text: text(what),
            manner: SaidAs::Post,
            from_outside: false,
        };
        self.answer(session, command)
    }

    /// Asks, and ends the round.
    pub(crate) fn ask(&mut self, session: SessionId, command: Command) -> CommandId {
        self.commands += 1;
        let id = CommandId(self.commands);
        self.hub.ask(session, id, command, self.now);
        self.end_round();
        id
    }

    /// Asks without ending the round.
    pub(crate) fn ask_amid(&mut self, session: SessionId, command: Command) -> CommandId {
        self.commands += 1;
        let id = CommandId(self.commands);
        self.hub.ask(session, id, command, self.now);
        self.take_outcomes();
        id
    }

    pub(crate) fn answer(&mut self, session: SessionId, command: Command) -> Reply {
        let id = self.ask(session, command);
        self.reply(session, id)
    }

    pub(crate) fn end_round(&mut self) {
        self.take_outcomes();
        self.hub.end_round(self.now);
    }

    pub(crate) fn close(&mut self, session: SessionId) {
        self.hub.close(session, self.now);
        self.end_round();
    }

    /// The reply to a command, waited for if need be. Everything else stays.
    pub(crate) fn reply(&mut self, session: SessionId, id: CommandId) -> Reply {
        self.wait_for("a reply", |rig| rig.take_reply(session, id))
    }

    pub(crate) fn take_reply(&mut self, session: SessionId, id: CommandId) -> Option<Reply> {
        let is = |outcome: &Outcome| matches!(outcome, Outcome::Reply(s, i, _) if *s == session && *i == id);
        let at = self.outcomes.iter().position(is)?;
        match self.outcomes.remove(at) {
            Outcome::Reply(_, _, reply) => Some(reply),
            _ => None,
        }
    }

    /// Lets other threads finish until there is something.
    pub(crate) fn wait_for<T>(
        &mut self,
        what: &str,
        mut look: impl FnMut(&mut Self) -> Option<T>,
    ) -> T {
        self.end_round();
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            let woken = self.woken.recv_timeout(PATIENCE);
            assert!(woken.is_ok(), "nobody brings {what}");
            self.wake();
        }
    }

    pub(crate) fn wake(&mut self) {
        self.hub.handle_wake(self.now);
        self.end_round();
    }

    fn take_outcomes(&mut self) {
        while let Some(outcome) = self.hub.poll() {
            self.outcomes.push(outcome);
        }
    }

    /// Everything since the last look but replies, in words.
    pub(crate) fn seen(&mut self) -> Vec<String> {
        let outcomes = std::mem::take(&mut self.outcomes);
        outcomes.iter().filter_map(|o| self.in_words(o)).collect()
    }

    fn in_words(&self, outcome: &Outcome) -> Option<String> {
        let who = |session: &SessionId| match self.hub.name(*session) {
            Some(name) => name.to_string(),
            None => format!("#{}", session.slot()),
        };
        let place = |key| match self.hub.roster(key) {
            Some((name, _)) => name.to_string(),
            None => "a closed room".to_owned(),
        };
        Some(match outcome {
            Outcome::Reply(..) => return None,
            Outcome::Event(to, Event::Told(told)) => {
                format!("{} to {}: {}", told.from, who(to), told.text)
            }
            Outcome::Event(to, Event::Said(said)) => format!("said to {}: {}", who(to), said.text),
            Outcome::Letter(to) => format!("letter to {}", who(to)),
            Outcome::Room(_, Event::Said(said)) => {
                format!("{} in {}: {}", said.from, said.room, said.text)
            }
            Outcome::Room(_, Event::Told(_)) => "told in a room".to_owned(),
            Outcome::Signal(to, signal) => format!("{} gets {}", who(to), signalled(signal)),
            Outcome::Membership(key) => format!("members of {}", place(*key)),
            Outcome::RoomsChanged => "rooms".to_owned(),
        })
    }

    /// Room messages since the last look.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        let outcomes = std::mem::take(&mut self.outcomes);
        let event = |outcome| match outcome {
            Outcome::Room(_, event) | Outcome::Event(_, event) => Some(event),
            _ => None,
        };
        outcomes.into_iter().filter_map(event).collect()
    }

    pub(crate) fn reader(&self) -> Box<dyn Reader> {
        self.store.reader().unwrap()
    }

    pub(crate) fn letters(&self, owner: &str) -> u64 {
        self.reader().letters(&user(owner)).unwrap()
    }

    /// What the history holds of a room.
    pub(crate) fn kept(&self, name: &str) -> Vec<String> {
        let kept = self.reader().room_history(&room(name), None, 100_000);
        kept.unwrap().iter().map(|event| of(event).2).collect()
    }

    /// Waits until a room's history holds so much.
    pub(crate) fn wait_until_kept(&mut self, name: &str, count: usize) {
        self.wait_for("history", |rig| {
            (rig.kept(name).len() >= count).then_some(())
        });
    }
}

/// Wakes are not counted: one that is pending stands for all.
fn alarm() -> (Wake, Receiver<()>) {
    let (alarm, woken) = sync_channel(1);
    let wake = move || {
        let _ = alarm.try_send(());
    };
    (Arc::new(wake), woken)
}

/// Number, time and text.
pub(crate) fn of(event: &Event) -> (MessageId, Timestamp, String) {
    match event {
        Event::Said(said) => (said.id, said.at, said.text.to_string()),
        Event::Told(told) => (told.id, told.at, told.text.to_string()),
    }
}

fn signalled(signal: &Signal) -> String {
    match signal {
        Signal::Members { room, names } => format!("members of {room}: {names:?}"),
        Signal::Rooms(rooms) => format!("rooms {rooms:?}"),
        Signal::Offered(transfer) => format!("an offer of {}", transfer.name),
        Signal::Answered { accepted, .. } => format!("an answer: {accepted}"),
        Signal::Segment { data, last, .. } => format!("{} bytes, last: {last}", data.len()),
        Signal::Ended { reason, .. } => format!("an end: {reason:?}"),
        Signal::Closing => "a goodbye".to_owned(),
        other @ (Signal::Named(_)
        | Signal::Contact(_)
        | Signal::Gone(_)
        | Signal::Typing { .. }
        | Signal::Channel { .. }
        | Signal::Progress { .. }
        | Signal::Arrived { .. }
        | Signal::Note(_)
        | Signal::Doubtful(_)) => format!("nothing of the hub's: {other:?}"),
    }
}

/// A store whose commits wait for the test.
pub(crate) struct Gated {
    store: MemoryStore,
    begun: Sender<usize>,
    go: Receiver<()>,
}

/// The test's side of [`Gated`].
pub(crate) struct Gatekeeper {
    /// How many writes each commit has that has begun.
    pub(crate) begun: Receiver<usize>,
    /// Lets one commit happen; dropped: all.
    pub(crate) go: SyncSender<()>,
}

impl Gatekeeper {
    pub(crate) fn await_begun(&self) -> usize {
        self.begun.recv_timeout(PATIENCE).unwrap()
    }

    pub(crate) fn let_one_pass(&self) {
        self.go.send(()).unwrap();
    }
}

pub(crate) fn gated(store: &MemoryStore) -> (Box<dyn Store>, Gatekeeper) {
    let (begun, seen) = channel();
    let (open, go) = sync_channel(1_000);
    let store = store.clone();
    let keeper = Gatekeeper {
        begun: seen,
        go: open,
    };
    (Box::new(Gated { store, begun, go }), keeper)
}

impl Store for Gated {
    fn commit(&mut self, batch: &[Write]) -> Result<(), StoreError> {
        // The test may have stopped looking.
        let _ = self.begun.send(batch.len());
        let _ = self.go.recv();
        self.store.commit(batch)
    }

    fn retain(
        &mut self,
        before: Option<Timestamp>,
        max_bytes: Option<u64>,
    ) -> Result<u64, StoreError> {
        self.store.retain(before, max_bytes)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        self.store.reader()
    }
}

pub(crate) fn caller(wire: &'static str, address: Option<&str>) -> Caller {
    Caller {
        wire,
        address: address.map(|address| address.parse::<IpAddr>().unwrap()),
        certificate: None,
    }
}

pub(crate) fn user(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

pub(crate) fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

pub(crate) fn text(raw: &str) -> Text {
    Text::adapt(raw).unwrap()
}

pub(crate) fn tell(to: &str, what: &str) -> Command {
    Command::Tell {
        to: Recipient::Name(user(to)),
        text: text(what),
    }
}

pub(crate) fn mail(to: &str, what: &str) -> Command {
    Command::Mail {
        to: Recipient::Name(user(to)),
        text: text(what),
    }
}

pub(crate) fn refused(reply: &Reply) -> &Refusal {
    match reply {
        Reply::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// An account with the password `pw-NAME` and the certificate `[certificate; 32]`.
pub(crate) fn account(name: &str, certificate: u8) -> Account {
    let secret = Secret::new(format!("pw-{name}"));
    Account {
        name: user(name),
        password_hash: hub::password::hash(&secret, [7; 16]),
        certificate: Some([certificate; 32]),
        created: MORNING,
    }
}

pub(crate) fn put(store: &MemoryStore, account: Account) {
    let mut store = store.clone();
    store.commit(&[Write::PutAccount(account)]).unwrap();
}

pub(crate) fn remove(store: &MemoryStore, name: &str) {
    let mut store = store.clone();
    store.commit(&[Write::RemoveAccount(user(name))]).unwrap();
}

/// A store with accounts, whose certificates are numbered from 1.
pub(crate) fn store_with(names: &[&str]) -> MemoryStore {
    let store = MemoryStore::default();
    for (n, name) in (1..).zip(names) {
        put(&store, account(name, n));
    }
    store
}

pub(crate) fn put_letter(store: &MemoryStore, id: u64, to: &str, what: &str) {
    let letter = Told {
        id: MessageId(id),
        at: MORNING,
        from: user("zoe"),
        to: user(to),
        text: text(what),
    };
    let mut store = store.clone();
    store.commit(&[Write::Letter(Arc::new(letter))]).unwrap();
}
