//! A switchboard with the test as its sockets, its clock and its loop.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use gate::cp::{self, Cp};
use gate::cs494::{self, Cs494};
use gate::cs594::{self, Cs594};
use gate::{Protocol, Why};
use hub::{Hub, Settings as HubSettings, Wake};
use model::{MessageId, Now, Refusal, Secret, SessionId, Text, Timestamp, Told, UserName};
use net::Metrics;
use net::switchboard::{Lines, Settings, Switchboard};
use store::{Account, MemoryStore, Store, Write};

use crate::wire;

pub(crate) const CS494: usize = 0;
pub(crate) const CS594: usize = 1;
pub(crate) const CP: usize = 2;

/// How long a thread of the hub may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the loop reads from one connection in one round.
const READ: usize = 64 * 1024;

/// The far ends of all connections.
#[derive(Default)]
pub(crate) struct Far {
    ends: BTreeMap<SessionId, End>,
}

#[derive(Default)]
struct End {
    got: Vec<u8>,
    /// How many bytes are taken before the next read; `None`: any number.
    room: Option<usize>,
    /// What the socket says instead.
    broken: bool,
    /// A write has met a full socket: it will be told when there is room.
    blocked: bool,
    /// How many writes there were.
    writes: usize,
    /// The most bytes offered at once.
    longest: usize,
    /// What was written waits on its way to the socket, as inside TLS.
    held: bool,
}

impl Lines for Far {
    fn write(&mut self, session: SessionId, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        let Some(end) = self.ends.get_mut(&session) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        if end.broken {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let offered: usize = bytes.iter().map(|piece| piece.len()).sum();
        end.longest = end.longest.max(offered);
        let taken = end.room.map_or(offered, |room| room.min(offered));
        if taken == 0 {
            end.blocked = true;
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if let Some(room) = &mut end.room {
            *room -= taken;
        }
        end.writes += 1;
        let all = bytes.iter().flat_map(|piece| piece.iter().copied());
        end.got.extend(all.take(taken));
        Ok(taken)
    }

    fn is_flushed(&self, session: SessionId) -> bool {
        self.ends.get(&session).is_none_or(|end| !end.held)
    }
}

/// Settings of everything.
#[derive(Clone, Default)]
pub(crate) struct Setup {
    pub(crate) board: Settings,
    pub(crate) hub: HubSettings,
    pub(crate) cs494: cs494::Settings,
    pub(crate) cs594: cs594::Settings,
    pub(crate) cp: cp::Settings,
    pub(crate) store: MemoryStore,
}

pub(crate) struct Rig {
    pub(crate) board: Switchboard<Hub>,
    pub(crate) far: Far,
    pub(crate) now: Now,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) store: MemoryStore,
    /// What peers have sent that is not read yet.
    unread: BTreeMap<SessionId, VecDeque<u8>>,
    /// Peers that will send nothing more, and whether the loop has seen it.
    ended: BTreeMap<SessionId, bool>,
    closed: Vec<(SessionId, Why)>,
    woken: Receiver<()>,
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with(Setup::default())
    }

    pub(crate) fn with(setup: Setup) -> Self {
        let (alarm, woken) = sync_channel(1);
        let wake: Wake = Arc::new(move || {
            let _ = alarm.try_send(());
        });
        let now = Now {
            instant: Instant::now(),
            wall: Timestamp(1_700_000_000_000),
        };
        let hub = Hub::open(setup.hub, Box::new(setup.store.clone()), &wake).unwrap();
        let protocols: Vec<Arc<dyn Protocol>> = vec![
            Arc::new(Cs494::new(setup.cs494)),
            Arc::new(Cs594::new(setup.cs594)),
            Arc::new(Cp::new(setup.cp)),
        ];
        let metrics = Arc::new(Metrics::default());
        let shared = Arc::clone(&metrics);
        let mut rig = Self {
            board: Switchboard::new(hub, protocols, setup.board, shared, now.instant),
            far: Far::default(),
            now,
            metrics,
            store: setup.store,
            unread: BTreeMap::new(),
            ended: BTreeMap::new(),
            closed: Vec::new(),
            woken,
        };
        rig.round();
        rig
    }

    /// One turn of the loop, in its order: threads, sockets with room, input, timers, flush.
    pub(crate) fn round(&mut self) {
        let now = self.now;
        if self.woken.try_recv().is_ok() {
            self.board.handle_wake(now);
        }
        let room = |(session, end): (&SessionId, &mut End)| {
            let wanted = end.blocked && (end.broken || end.room != Some(0));
            end.blocked &= !wanted;
            wanted.then_some(*session)
        };
        let writable: Vec<_> = self.far.ends.iter_mut().filter_map(room).collect();
        for session in writable {
            self.board.handle_writable(session, &mut self.far, now);
        }
        self.resume();
        let waiting: Vec<_> = self.unread.keys().copied().collect();
        for session in waiting {
            self.read(session);
            if self.board.is_round_full() {
                self.board.finish_round(&mut self.far, now);
            }
        }
        self.board.handle_timeouts(now);
        self.board.finish_round(&mut self.far, now);
        let mut over = Vec::new();
        self.board.take_closed(&mut over);
        for (session, why) in over {
            self.board.remove(session);
            self.unread.remove(&session);
            self.closed.push((session, why));
        }
    }

    fn resume(&mut self) {
        let mut resumed = Vec::new();
        self.board.take_resumed(&mut resumed);
        for session in resumed {
            self.board.resume(session, self.now);
        }
    }

    fn read(&mut self, session: SessionId) {
        if !self.board.wants_input(session) {
            return;
        }
        let unread = self.unread.get_mut(&session).unwrap();
        let some = unread.len().min(READ);
        if some == 0 {
            if let Some(seen @ false) = self.ended.get_mut(&session) {
                *seen = true;
                self.board.end(session, self.now);
            }
        } else {
            let bytes: Vec<u8> = unread.drain(..some).collect();
            let mut bytes = BytesMut::from(&bytes[..]);
            self.board.receive(session, &mut bytes, self.now);
            assert!(bytes.is_empty(), "all is taken");
        }
    }

    /// Rounds until nothing is left that can be done now.
    pub(crate) fn settle(&mut self) {
        for _ in 0..10_000 {
            let before = self.progress();
            self.round();
            if self.progress() == before {
                return;
            }
        }
        panic!("there is always something more to do");
    }

    fn progress(&self) -> [usize; 4] {
        let got = self.far.ends.values().map(|end| end.got.len()).sum();
        let unread = self.unread.values().map(VecDeque::len).sum();
        let ended = self.ended.values().filter(|seen| **seen).count();
        [got, unread, ended, self.closed.len()]
    }

    /// Moves the clock, and lets the loop run whenever it wants to meanwhile.
    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.now.instant + time;
        while let Some(at) = self.board.poll_timeout().filter(|at| *at < until) {
            // A deadline that is not met by running would be met for ever.
            let step = at
                .max(self.now.instant + Duration::from_millis(1))
                .min(until);
            self.advance(step);
            self.round();
        }
        self.advance(until);
        self.settle();
    }

    /// The same, with heartbeats from these sessions.
    pub(crate) fn pass_alive(&mut self, seconds: u64, alive: &[SessionId]) {
        for _ in 0..seconds {
            for session in alive {
                self.send(*session, &wire::heartbeat());
            }
            self.pass(Duration::from_secs(1));
        }
    }

    fn advance(&mut self, to: Instant) {
        let time = to.saturating_duration_since(self.now.instant);
        self.now.instant += time;
        self.now.wall.0 += time.as_millis() as u64;
    }

    pub(crate) fn open(&mut self, protocol: usize) -> SessionId {
        self.open_from(protocol, None).unwrap()
    }

    pub(crate) fn open_from(
        &mut self,
        protocol: usize,
        address: Option<&str>,
    ) -> Result<SessionId, Refusal> {
        let address = address.map(|address| address.parse().unwrap());
        let session = self.board.open(protocol, address, self.now)?;
        self.far.ends.insert(session, End::default());
        Ok(session)
    }

    /// A person on cs494, with nothing left to hear.
    pub(crate) fn person(&mut self, name: &str) -> SessionId {
        let session = self.open(CS494);
        self.say(session, &wire::hello(name));
        assert_eq!(self.hear(session), [""; 0], "silence is success");
        session
    }

    /// People of these names in one room, with nothing left to hear.
    pub(crate) fn people<const N: usize>(
        &mut self,
        room: &str,
        names: [&str; N],
    ) -> [SessionId; N] {
        let people = names.map(|name| {
            let session = self.person(name);
            self.say(session, &wire::enter(room));
            session
        });
        // The list of rooms may be owed still.
        self.pass(Duration::from_secs(1));
        self.forget_all();
        people
    }

    /// The peer sends; the loop has not seen it yet.
    pub(crate) fn send(&mut self, session: SessionId, bytes: &[u8]) {
        self.unread.entry(session).or_default().extend(bytes);
    }

    /// The peer sends nothing more, once what it has sent is read.
    pub(crate) fn ends(&mut self, session: SessionId) {
        self.unread.entry(session).or_default();
        self.ended.insert(session, false);
    }

    /// The peer sends, and the loop does all there is to do.
    pub(crate) fn say(&mut self, session: SessionId, bytes: &[u8]) {
        self.send(session, bytes);
        self.settle();
    }

    /// What a peer on cs494 has got since it last looked.
    pub(crate) fn hear(&mut self, session: SessionId) -> Vec<String> {
        wire::packets(&mut self.end(session).got)
    }

    pub(crate) fn got(&mut self, session: SessionId) -> Vec<u8> {
        std::mem::take(&mut self.end(session).got)
    }

    pub(crate) fn got_text(&mut self, session: SessionId) -> String {
        String::from_utf8(self.got(session)).unwrap()
    }

    pub(crate) fn forget_all(&mut self) {
        for end in self.far.ends.values_mut() {
            end.got.clear();
        }
    }

    pub(crate) fn writes(&mut self, session: SessionId) -> usize {
        self.end(session).writes
    }

    pub(crate) fn longest_write(&mut self, session: SessionId) -> usize {
        self.end(session).longest
    }

    /// The peer reads so many bytes more, and then no more.
    pub(crate) fn reads_only(&mut self, session: SessionId, bytes: usize) {
        self.end(session).room = Some(bytes);
    }

    /// The peer reads everything again.
    pub(crate) fn reads_all(&mut self, session: SessionId) {
        self.end(session).room = None;
    }

    /// What is written waits on its way to the socket, until it does not; then the socket is told
    /// to have room.
    pub(crate) fn holds(&mut self, session: SessionId, held: bool) {
        let end = self.end(session);
        end.held = held;
        end.blocked = true;
    }

    pub(crate) fn breaks(&mut self, session: SessionId) {
        self.end(session).broken = true;
    }

    fn end(&mut self, session: SessionId) -> &mut End {
        self.far.ends.get_mut(&session).unwrap()
    }

    pub(crate) fn unread(&self, session: SessionId) -> usize {
        self.unread.get(&session).map_or(0, VecDeque::len)
    }

    /// Why a session was closed, if it was.
    pub(crate) fn closed(&self, session: SessionId) -> Option<&Why> {
        let of = |(closed, _): &&(SessionId, Why)| *closed == session;
        self.closed.iter().find(of).map(|(_, why)| why)
    }

    pub(crate) fn closed_count(&self) -> usize {
        self.closed.len()
    }

    /// Lets the hub's threads finish until there is something.
    pub(crate) fn wait_for<T>(
        &mut self,
        what: &str,
        mut look: impl FnMut(&mut Self) -> Option<T>,
    ) -> T {
        loop {
            self.settle();
            if let Some(found) = look(self) {
                return found;
            }
            let woken = self.woken.recv_timeout(PATIENCE);
            assert!(woken.is_ok(), "nobody brings {what}");
            self.board.handle_wake(self.now);
        }
    }

    pub(crate) fn wait_for_text(&mut self, session: SessionId, text: &str) {
        self.wait_for(text, |rig| {
            let got = String::from_utf8_lossy(&rig.end(session).got).into_owned();
            got.contains(text).then_some(())
        });
    }

    pub(crate) fn letters(&self, owner: &str) -> u64 {
        let reader = self.store.reader().unwrap();
        reader.letters(&UserName::parse(owner).unwrap()).unwrap()
    }
}

/// A store with accounts whose passwords are `pw-NAME` and whose certificates are numbered from 1.
pub(crate) fn store_with(names: &[&str]) -> MemoryStore {
    let mut store = MemoryStore::default();
    for (n, name) in (1..).zip(names) {
        let account = Account {
            name: UserName::parse(name).unwrap(),
            password_hash: hub::password::hash(&Secret::new(format!("pw-{name}")), [7; 16]),
            certificate: Some([n; 32]),
            created: Timestamp(1),
        };
        store.commit(&[Write::PutAccount(account)]).unwrap();
    }
    store
}

/// Bytes that are all different in their order.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(step).collect()
}

pub(crate) fn put_letter(store: &MemoryStore, id: u64, to: &str, what: &str) {
    let letter = Told {
        id: MessageId(id),
        at: Timestamp(1),
        from: UserName::parse("zoe").unwrap(),
        to: UserName::parse(to).unwrap(),
        text: Text::adapt(what).unwrap(),
    };
    let mut store = store.clone();
    store.commit(&[Write::Letter(Arc::new(letter))]).unwrap();
}
