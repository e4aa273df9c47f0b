//! All sessions of a middle, without sockets and without a clock.
//!
//! A *round* is: [`receive`](Switchboard::receive) for whatever has arrived, timers, then
//! [`finish_round`](Switchboard::finish_round), which distributes what was said (rendered once per
//! room and wire) and flushes each touched session once through [`Lines`]. Sessions are told apart
//! by [`SessionId`]; sockets, or the tests' buffers, live outside.
//!
//! Order: what one session is sent is in the order it was decided. What is said in a room waits
//! until the end of the round, or until something that must come after it (a change of membership,
//! an answer to somebody) is about to be sent.
//!
//! This file is the table of sessions; `drive` runs gates and carries out their commands,
//! `deliver` distributes and flushes.

mod deliver;
mod drive;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use gate::{Gate, Protocol, Share, Turn, Why};
use link::{Caller, Exchange};
use model::{Command, CommandId, Event, Now, Refusal, RoomKey, SessionId};

use crate::local::Local;
use crate::metrics::Metrics;
use crate::outbox::{Backlog, Buffers, Range, Touched};
use crate::timers::{NEVER, Timers};

/// Bytes appended in a round before it is cut short and flushed: about what a core's cache holds.
pub(crate) const ROUND_BYTES: usize = 256 * 1024;
/// A session that sends a file to somebody whose backlog is larger is paused [494-26].
const PAUSE_BYTES: usize = 64 * 1024;
/// Unasked lists of rooms, at most one in this time [494-16].
const ROOM_LIST_PERIOD: Duration = Duration::from_secs(1);
/// Unprocessed input of one session at which it is read no further.
const MAX_INPUT: usize = 256 * 1024;
/// How long an ended session may take to read its last bytes.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Protocols, at most.
const MAX_PROTOCOLS: usize = 8;
/// New connections from one address a second, on average and at once [HUB-11].
const CONNECTIONS_PER_SECOND: f32 = 50.0;
/// Addresses remembered only for their rate, at most.
const MAX_ADDRESSES: usize = 65_536;

/// Where sessions' bytes go.
pub trait Lines {
    /// Sends as many of the bytes as can be sent at once.
    ///
    /// # Errors
    /// `WouldBlock` where none can; any other error ends the session.
    fn write(&mut self, session: SessionId, bytes: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Whether what was written is with the system, and not in a buffer on the way to it.
    fn is_flushed(&self, session: SessionId) -> bool {
        let _ = session;
        true
    }
}

/// What can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes that may wait for one session; one that stays behind is closed.
    pub send_queue_bytes: usize,
    /// Packets a session may send a second on average; more are read later. `None`: no bound.
    pub packets_per_second: Option<u32>,
    /// Loopback addresses are not counted [HUB-11].
    pub exempt_loopback: bool,
    /// Connections from one address.
    pub connections_per_address: usize,
    /// Connections altogether.
    pub connections: usize,
    /// One listing for each change of membership instead of one a round [494-15].
    pub strict_listings: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            send_queue_bytes: 1024 * 1024,
            packets_per_second: Some(200),
            exempt_loopback: true,
            connections_per_address: 64,
            connections: 16_384,
            strict_listings: false,
        }
    }
}

/// All sessions of the middle `X`.
pub struct Switchboard<X> {
    exchange: X,
    settings: Settings,
    /// The last is that of this machine's own sessions.
    protocols: Vec<Arc<dyn Protocol>>,
    sessions: Vec<Option<Session>>,
    generations: Vec<u32>,
    free: Vec<u32>,
    addresses: BTreeMap<IpAddr, AddressUse>,
    turn: Turn,
    asks: Vec<(CommandId, Command)>,
    marks: Vec<usize>,
    buffers: Buffers,
    touched: Vec<Touched>,
    /// Sessions for which nothing waits here, and that are owed listings, or over.
    drained: Vec<SessionId>,
    /// Listings of this round for those who were owed them: of a room's members or, without one,
    /// of all rooms; by protocol.
    listings: Vec<(Option<RoomKey>, u8, Range)>,
    work: VecDeque<Work>,
    rooms: Vec<PendingRoom>,
    /// By room key: its place in `rooms`, plus one; 0: none.
    room_index: Vec<u32>,
    said_pending: bool,
    /// Bytes said and not yet distributed.
    said_bytes: usize,
    rooms_changed: bool,
    rooms_listed: Option<Instant>,
    timers: Timers,
    due: Vec<(u64, u32)>,
    /// Sessions above their rate, by the time they are read again.
    resting: BTreeSet<(Instant, SessionId)>,
    resumed: Vec<SessionId>,
    /// The middle takes nothing more, and everybody's gate knows.
    full: bool,
    /// Somebody's input was left unread because the middle was full.
    left_unread: Cell<bool>,
    closed: Vec<(SessionId, Why)>,
    metrics: Arc<Metrics>,
}

/// What delivering touches comes first, in one cache line: a round may touch thousands.
#[repr(C, align(64))]
struct Session {
    gate: Box<dyn Gate>,
    id: SessionId,
    backlog: Option<Box<Backlog>>,
    /// Set when the session is over; the connection stays until the backlog is gone.
    closing: Option<Box<Why>>,
    /// Its place in `touched`, plus one; 0: none.
    touched: u32,
    /// How many slow receivers of its files keep it from being read.
    pauses: u16,
    protocol: u8,
    share: Share,
    letters: Letters,
    wants_rooms: bool,
    takes_files: bool,
    over_rate: bool,
    /// The peer has closed its side, and whether the gate knows.
    ended: bool,
    end_told: bool,
    /// Its connection may be closed, and the loop knows.
    finished: bool,
    /// Its tick in the wheel.
    tick: u64,
    /// The deadline of that tick.
    due: Instant,
    /// What the gate has not taken yet.
    input: BytesMut,
    /// Where from and how fast; `None`: not counted.
    counted: Option<Box<Counted>>,
}

/// What limits a session [HUB-11].
struct Counted {
    address: Option<IpAddr>,
    /// Packets it may send at once, refilled over time.
    tokens: f32,
    refilled: Instant,
}

impl Session {
    fn is_held(&self) -> bool {
        self.pauses > 0 || self.over_rate
    }
}

/// Letters on their way to a session [CP-14].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Letters {
    None,
    Unflushed,
    /// With its socket: arrived if the session shows life.
    Flushed,
}

/// What is still to be done before the round can end.
enum Work {
    Ask(SessionId, CommandId, Command),
    Pump(SessionId),
    Close(SessionId),
}

#[derive(Default)]
struct AddressUse {
    open: usize,
    tokens: f32,
    refilled: Option<Instant>,
}

/// What a room's members are owed: the roster first, then what was said. (A change of membership
/// after something was said distributes that first.)
struct PendingRoom {
    key: RoomKey,
    roster: bool,
    said: Vec<Event>,
}

impl<X: Exchange> Switchboard<X> {
    /// A switchboard without sessions, for `protocols`, at `now`.
    ///
    /// # Panics
    /// If there are more than 7 protocols.
    pub fn new(
        exchange: X,
        mut protocols: Vec<Arc<dyn Protocol>>,
        settings: Settings,
        metrics: Arc<Metrics>,
        now: Instant,
    ) -> Self {
        protocols.push(Arc::new(Local));
        assert!(
            protocols.len() <= MAX_PROTOCOLS,
            "at most {MAX_PROTOCOLS} protocols, the local one included"
        );
        Self {
            exchange,
            settings,
            protocols,
            sessions: Vec::new(),
            generations: Vec::new(),
            free: Vec::new(),
            addresses: BTreeMap::new(),
            turn: Turn::default(),
            asks: Vec::new(),
            marks: Vec::new(),
            buffers: Buffers::new(),
            touched: Vec::new(),
            drained: Vec::new(),
            listings: Vec::new(),
            work: VecDeque::new(),
            rooms: Vec::new(),
            room_index: Vec::new(),
            said_pending: false,
            said_bytes: 0,
            rooms_changed: false,
            rooms_listed: None,
            timers: Timers::new(now),
            due: Vec::new(),
            resting: BTreeSet::new(),
            resumed: Vec::new(),
            full: false,
            left_unread: Cell::new(false),
            closed: Vec::new(),
            metrics,
        }
    }

    /// The middle.
    pub fn exchange(&mut self) -> &mut X {
        &mut self.exchange
    }

    /// How many sessions there are, those that are being closed included.
    pub fn len(&self) -> usize {
        self.sessions.len() - self.free.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The protocol of this index.
    pub fn protocol(&self, index: usize) -> &Arc<dyn Protocol> {
        &self.protocols[index]
    }

    /// Takes a connection that speaks `protocol` (an index into those given at the start).
    ///
    /// # Errors
    /// [`Refusal::HubFull`] where a limit is reached [HUB-11].
    pub fn open(
        &mut self,
        protocol: usize,
        address: Option<IpAddr>,
        now: Now,
    ) -> Result<SessionId, Refusal> {
        let local = address.is_none_or(|address| address.is_loopback());
        let exempt = local && self.settings.exempt_loopback;
        let counted = address.filter(|_| !exempt).map(link::network);
        if self.len() >= self.settings.connections || !self.admit(counted, now.instant) {
            self.metrics.refused.fetch_add(1, Relaxed);
            return Err(Refusal::HubFull);
        }
        let gate = self.protocols[protocol].open(now.instant);
        let (tokens, refilled) = (self.burst(), now.instant);
        let counted = (!exempt).then_some(Counted {
            address: counted,
            tokens,
            refilled,
        });
        Ok(self.seat(protocol, gate, address, counted, now))
    }

    /// Takes a session of this machine's own, without a wire.
    pub(crate) fn open_local(&mut self, gate: Box<dyn Gate>, now: Now) -> SessionId {
        self.seat(self.protocols.len() - 1, gate, None, None, now)
    }

    fn seat(
        &mut self,
        protocol: usize,
        gate: Box<dyn Gate>,
        address: Option<IpAddr>,
        counted: Option<Counted>,
        now: Now,
    ) -> SessionId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.sessions.push(None);
            self.generations.push(0);
            u32::try_from(self.sessions.len() - 1).unwrap_or(u32::MAX)
        });
        let generation = &mut self.generations[slot as usize];
        *generation = generation.wrapping_add(1);
        let id = SessionId::new(slot, *generation);
        let wire = &self.protocols[protocol];
        self.exchange.open(
            id,
            &Caller {
                wire: wire.name(),
                address,
                certificate: None,
            },
            now,
        );
        self.sessions[slot as usize] = Some(Session {
            id,
            backlog: None,
            closing: None,
            touched: 0,
            pauses: 0,
            protocol: u8::try_from(protocol).unwrap_or(u8::MAX),
            share: gate.share(),
            letters: Letters::None,
            wants_rooms: gate.wants_rooms(),
            takes_files: true,
            over_rate: false,
            ended: false,
            end_told: false,
            finished: false,
            tick: NEVER,
            due: now.instant,
            input: BytesMut::new(),
            counted: counted.map(Box::new),
            gate,
        });
        self.metrics.accepted.fetch_add(1, Relaxed);
        self.metrics.open.store(self.len() as u64, Relaxed);
        self.reschedule(slot);
        id
    }

    /// Tells the middle of a certificate that the session has shown [HUB-2].
    pub fn set_certificate(
        &mut self,
        session: SessionId,
        address: Option<IpAddr>,
        certificate: [u8; 32],
        now: Now,
    ) {
        let Some(known) = self.session(session) else {
            return;
        };
        let wire = self.protocols[usize::from(known.protocol)].name();
        self.exchange.open(
            session,
            &Caller {
                wire,
                address,
                certificate: Some(certificate),
            },
            now,
        );
    }

    /// Whether more bytes of this session can be taken now.
    pub fn wants_input(&self, session: SessionId) -> bool {
        let wants = |s: &Session| {
            let ready = !s.ended && !s.is_held() && s.input.len() < MAX_INPUT;
            ready && s.closing.is_none() && (s.input.is_empty() || !s.gate.is_waiting())
        };
        if !self.session(session).is_some_and(wants) {
            return false;
        }
        let ready = self.exchange.is_ready();
        if !ready {
            self.left_unread.set(true);
        }
        ready
    }

    /// When [`handle_timeouts`](Self::handle_timeouts) has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let listing = match (self.rooms_changed, self.rooms_listed) {
            (true, Some(at)) => Some(at + ROOM_LIST_PERIOD),
            _ => None,
        };
        let rested = self.resting.first().map(|(at, _)| *at);
        let times = [
            self.timers.next(),
            self.exchange.poll_timeout(),
            rested,
            listing,
        ];
        times.into_iter().flatten().min()
    }

    /// Whether the round has gathered so much that it should be finished before more is read.
    pub fn is_round_full(&self) -> bool {
        self.buffers.is_full() || self.said_bytes >= ROUND_BYTES
    }

    /// Sessions to [`resume`](Self::resume), since the last call.
    pub fn take_resumed(&mut self, into: &mut Vec<SessionId>) {
        into.append(&mut self.resumed);
    }

    /// Whether there are such sessions: the loop must not sleep.
    pub fn has_resumed(&self) -> bool {
        !self.resumed.is_empty()
    }

    /// Sessions that are over and flushed (or given up), since the last call: close their
    /// connections, then [`remove`](Self::remove) them.
    pub fn take_closed(&mut self, into: &mut Vec<(SessionId, Why)>) {
        into.append(&mut self.closed);
    }

    /// Forgets a session whose connection is closed.
    pub fn remove(&mut self, session: SessionId) {
        if self.session(session).is_none() {
            return;
        }
        let slot = session.slot();
        let Some(s) = self.sessions[slot].take() else {
            return;
        };
        let address = s.counted.and_then(|counted| counted.address);
        if let Some(used) = address.and_then(|address| self.addresses.get_mut(&address)) {
            used.open -= 1;
        }
        if s.touched > 0 {
            self.touched[s.touched as usize - 1].slot = u32::MAX;
        }
        self.free.push(u32::try_from(slot).unwrap_or(u32::MAX));
        self.metrics.open.store(self.len() as u64, Relaxed);
    }

    /// Whether the session is not read because somebody who receives its file is slow.
    pub(crate) fn is_paused(&self, session: SessionId) -> bool {
        self.session(session).is_some_and(|s| s.pauses > 0)
    }

    /// Whether the session has not ended.
    pub(crate) fn is_open(&self, session: SessionId) -> bool {
        self.session(session).is_some_and(|s| s.closing.is_none())
    }

    fn session(&self, session: SessionId) -> Option<&Session> {
        self.sessions
            .get(session.slot())?
            .as_ref()
            .filter(|s| s.id == session)
    }

    fn session_mut(&mut self, session: SessionId) -> Option<&mut Session> {
        self.sessions
            .get_mut(session.slot())?
            .as_mut()
            .filter(|s| s.id == session)
    }

    /// Bytes of listings that a session may be sent in one go; further ones wait until it has taken
    /// these, so that listings alone never fill its queue.
    fn listing_bytes(&self) -> usize {
        (self.settings.send_queue_bytes / 4).min(ROUND_BYTES)
    }

    /// Packets a session may send at once: two seconds' worth.
    fn burst(&self) -> f32 {
        2.0 * self.settings.packets_per_second.unwrap_or(0) as f32
    }

    fn admit(&mut self, counted: Option<IpAddr>, now: Instant) -> bool {
        let Some(address) = counted else { return true };
        if self.addresses.len() >= MAX_ADDRESSES {
            self.addresses.retain(|_, used| used.open > 0);
        }
        let used = self.addresses.entry(address).or_default();
        let idle = used.refilled.map_or(Duration::from_secs(60), |at| {
            now.saturating_duration_since(at)
        });
        let refill = idle.as_secs_f32() * CONNECTIONS_PER_SECOND;
        used.tokens = (used.tokens + refill).min(CONNECTIONS_PER_SECOND);
        used.refilled = Some(now);
        if used.open >= self.settings.connections_per_address || used.tokens < 1.0 {
            return false;
        }
        used.tokens -= 1.0;
        used.open += 1;
        true
    }

    /// Looks at when the gate wants its next turn: after everything that may have changed it.
    fn reschedule(&mut self, slot: u32) {
        let Some(s) = (self.sessions.get_mut(slot as usize)).and_then(Option::as_mut) else {
            return;
        };
        let Some(at) = s.gate.poll_timeout() else {
            return;
        };
        if s.tick != NEVER && at >= s.due {
            // Nearly always: deadlines move on with every sign of life.
            return;
        }
        let tick = self.timers.tick(at);
        if tick < s.tick {
            (s.tick, s.due) = (tick, at);
            self.timers.insert(tick, slot);
        }
    }
}
