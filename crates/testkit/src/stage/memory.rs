//! A hub without sockets, in a time that only the script moves.
//!
//! The hub's store works on threads of its own, as it does in earnest. Nothing here sleeps: where
//! an answer depends on those threads, the stage waits for their wake, for a bounded time.

use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use hub::Hub;
use link::{Caller, Exchange, Outcome};
use model::{Command, CommandId, Now, Proof, RoomKey, RoomName, SessionId, Timestamp, UserName};
use net::switchboard::{Lines, Switchboard};
use store::MemoryStore;

use super::{Stage, index, protocols};
use crate::script::{Opening, Setup};

/// How long the hub's threads may take for one thing: an upper bound, met only when they are stuck.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long mail on its way to somebody who just came may take, where there may be none.
const ARRIVAL: Duration = Duration::from_secs(2);
/// Virtual time that may pass until something expected has come: beyond the pauses and paces of
/// clients that end nothing, below everything else that is timed.
const SOON: Duration = Duration::from_millis(500);
/// The wall clock when a script begins.
const EPOCH: u64 = 1_700_000_000_000;

pub(crate) struct MemoryStage {
    switchboard: Switchboard<Watched>,
    wires: Wires,
    store: MemoryStore,
    woken: Arc<Woken>,
    start: Instant,
    now: Instant,
    /// How much of [`SOON`] the present expectation has used, and when it began.
    waited: Duration,
    held: bool,
}

impl MemoryStage {
    pub(crate) fn new(setup: &Setup) -> Result<Self, String> {
        let store = MemoryStore::default();
        let woken = Arc::new(Woken::default());
        let wake = {
            let woken = Arc::clone(&woken);
            Arc::new(move || woken.wake()) as hub::Wake
        };
        let hub = Hub::open(setup.hub.clone(), Box::new(store.clone()), &wake)
            .map_err(|error| error.to_string())?;
        let start = Instant::now();
        let switchboard = Switchboard::new(
            Watched {
                hub,
                owed: Vec::new(),
                arrivals: 0,
            },
            protocols(setup),
            setup.switchboard.clone(),
            Arc::default(),
            start,
        );
        Ok(Self {
            switchboard,
            wires: Wires::default(),
            store,
            woken,
            start,
            now: start,
            waited: Duration::ZERO,
            held: false,
        })
    }

    fn clock(&self) -> Now {
        let since = self.now.saturating_duration_since(self.start);
        Now {
            instant: self.now,
            wall: Timestamp(EPOCH + u64::try_from(since.as_millis()).unwrap_or(0)),
        }
    }

    /// Gives the hub what it is ready to read, and ends the round.
    fn round(&mut self) {
        let now = self.clock();
        loop {
            let mut resumed = Vec::new();
            self.switchboard.take_resumed(&mut resumed);
            for session in &resumed {
                self.switchboard.resume(*session, now);
            }
            let mut delivered = false;
            for at in 0..self.wires.lines.len() {
                delivered |= self.deliver(at);
            }
            if self.held {
                return;
            }
            self.switchboard.finish_round(&mut self.wires, now);
            let mut closed = Vec::new();
            self.switchboard.take_closed(&mut closed);
            for (session, _) in &closed {
                if let Some(line) = self.wires.of(*session) {
                    line.closed = true;
                }
                self.wires.by_session.remove(session);
                self.switchboard.remove(*session);
            }
            if resumed.is_empty() && !delivered && closed.is_empty() {
                return;
            }
        }
    }

    fn deliver(&mut self, at: usize) -> bool {
        let now = self.clock();
        let line = &mut self.wires.lines[at];
        if (line.inbox.is_empty() && !line.end_untold) || line.closed {
            return false;
        }
        if !self.switchboard.wants_input(line.session) {
            return false;
        }
        if line.inbox.is_empty() {
            line.end_untold = false;
            self.switchboard.end(line.session, now);
        } else {
            let mut bytes = std::mem::take(&mut line.inbox);
            self.switchboard.receive(line.session, &mut bytes, now);
        }
        true
    }

    /// Waits until the hub's threads owe nothing.
    fn settle(&mut self) -> Result<(), String> {
        while self.switchboard.exchange().is_owed() {
            if !self.woken.wait() {
                return Err(format!("the hub's threads owe an answer for {PATIENCE:?}"));
            }
            self.handle_wake();
        }
        if self.woken.take() {
            self.handle_wake();
        }
        Ok(())
    }

    fn handle_wake(&mut self) {
        let now = self.clock();
        self.switchboard.handle_wake(now);
        self.round();
    }

    /// Moves to the next deadline, or by `at_most`. Returns how far.
    fn step(&mut self, at_most: Duration) -> Duration {
        let next = self.switchboard.poll_timeout();
        let until = next.map_or(self.now + at_most, |next| {
            next.clamp(self.now, self.now + at_most)
        });
        let step = until - self.now;
        self.now = until;
        let now = self.clock();
        self.switchboard.handle_timeouts(now);
        self.round();
        step
    }
}

impl Stage for MemoryStage {
    fn open(&mut self, opening: &Opening, certificate: Option<[u8; 32]>) -> Result<usize, String> {
        let address = opening.address.unwrap_or(Ipv4Addr::LOCALHOST.into());
        let now = self.clock();
        let protocol = index(opening.wire);
        let mut line = Line::default();
        match self.switchboard.open(protocol, Some(address), now) {
            Ok(session) => {
                line.session = session;
                let at = self.wires.lines.len();
                self.wires.by_session.insert(session, at);
                if let Some(certificate) = certificate {
                    let address: Option<IpAddr> = Some(address);
                    self.switchboard
                        .set_certificate(session, address, certificate, now);
                }
            }
            Err(refusal) => {
                let mut last_words = BytesMut::new();
                let protocol = self.switchboard.protocol(protocol);
                protocol.render_refusal(&refusal, &mut last_words);
                line.writes.push(last_words.to_vec());
                line.closed = true;
            }
        }
        self.wires.lines.push(line);
        self.round();
        Ok(self.wires.lines.len() - 1)
    }

    fn send(&mut self, line: usize, bytes: &[u8]) -> Result<(), String> {
        let line = &mut self.wires.lines[line];
        if line.closed {
            return Err("the connection is closed".to_owned());
        }
        line.inbox.extend_from_slice(bytes);
        self.round();
        Ok(())
    }

    fn receive(&mut self, line: usize) -> (Vec<Vec<u8>>, bool) {
        if self.woken.take() {
            self.handle_wake();
        }
        let line = &mut self.wires.lines[line];
        if !line.writes.is_empty() {
            self.waited = Duration::ZERO;
        }
        (std::mem::take(&mut line.writes), line.closed)
    }

    fn wait(&mut self, _line: usize) -> bool {
        if self.switchboard.exchange().is_owed() {
            let woken = self.woken.wait();
            self.handle_wake();
            return woken;
        }
        if self.switchboard.exchange().arrivals > 0 && self.woken.wait_for(ARRIVAL) {
            self.handle_wake();
            return true;
        }
        if self.waited >= SOON {
            self.waited = Duration::ZERO;
            return false;
        }
        let step = self.step(SOON - self.waited);
        self.waited += step.max(Duration::from_millis(1));
        true
    }

    fn close(&mut self, line: usize, whole: bool) -> Result<(), String> {
        let line = &mut self.wires.lines[line];
        if line.closed {
            return Ok(());
        }
        if whole {
            line.blocked = false;
        }
        line.end_untold = true;
        self.round();
        Ok(())
    }

    fn pass(&mut self, time: Duration) -> Result<(), String> {
        self.settle()?;
        let until = self.now + time;
        while self.now < until {
            self.step(until - self.now);
            self.settle()?;
        }
        Ok(())
    }

    fn set_reading(&mut self, line: usize, reads: bool) -> Result<(), String> {
        let line = &mut self.wires.lines[line];
        line.blocked = !reads;
        let session = line.session;
        if reads {
            let now = self.clock();
            self.switchboard
                .handle_writable(session, &mut self.wires, now);
            self.round();
        }
        Ok(())
    }

    fn set_held(&mut self, held: bool) -> Result<(), String> {
        self.held = held;
        self.round();
        Ok(())
    }

    fn shut_down(&mut self) -> Result<(), String> {
        self.settle()?;
        let now = self.clock();
        self.switchboard.shut_down(now);
        self.round();
        Ok(())
    }

    fn store(&mut self) -> &mut MemoryStore {
        &mut self.store
    }

    fn keeps_writes(&self) -> bool {
        true
    }

    fn finish(mut self: Box<Self>) -> Result<(), String> {
        self.switchboard.exchange().hub.stop();
        Ok(())
    }
}

/// The sockets that are none.
#[derive(Default)]
struct Wires {
    lines: Vec<Line>,
    by_session: HashMap<SessionId, usize>,
}

struct Line {
    session: SessionId,
    /// Sent by the client, not read by the hub.
    inbox: BytesMut,
    /// Written by the hub, not read by the client.
    writes: Vec<Vec<u8>>,
    blocked: bool,
    closed: bool,
    /// The client has closed its side and the hub has not seen it.
    end_untold: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            session: SessionId(u64::MAX),
            inbox: BytesMut::new(),
            writes: Vec::new(),
            blocked: false,
            closed: false,
            end_untold: false,
        }
    }
}

impl Wires {
    fn of(&mut self, session: SessionId) -> Option<&mut Line> {
        self.lines.get_mut(*self.by_session.get(&session)?)
    }
}

impl Lines for Wires {
    fn write(&mut self, session: SessionId, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        match self.of(session) {
            Some(line) if line.blocked => Err(io::ErrorKind::WouldBlock.into()),
            Some(line) => {
                let bytes: Vec<u8> = bytes
                    .iter()
                    .flat_map(|piece| piece.iter().copied())
                    .collect();
                let count = bytes.len();
                line.writes.push(bytes);
                Ok(count)
            }
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

/// Whether the hub's threads have finished something.
#[derive(Default)]
struct Woken {
    flag: Mutex<bool>,
    changed: Condvar,
}

impl Woken {
    fn wake(&self) {
        *self.flag.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    fn take(&self) -> bool {
        std::mem::take(&mut *self.flag.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn wait(&self) -> bool {
        self.wait_for(PATIENCE)
    }

    /// `false`: nothing came.
    fn wait_for(&self, patience: Duration) -> bool {
        let flag = self.flag.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut flag, _) = self
            .changed
            .wait_timeout_while(flag, patience, |woken| !*woken)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *flag)
    }
}

/// The hub, and which of its answers are still owed by its threads.
struct Watched {
    hub: Hub,
    owed: Vec<Owed>,
    /// People who have shown a certificate: their mail is handed to them unasked.
    arrivals: usize,
}

struct Owed {
    session: SessionId,
    id: CommandId,
    /// A password: once it is checked, its answer may be held back until a later time.
    password: bool,
    held_back: bool,
}

impl Watched {
    fn is_owed(&self) -> bool {
        self.owed.iter().any(|owed| !owed.held_back)
    }
}

impl Exchange for Watched {
    fn open(&mut self, session: SessionId, caller: &Caller, now: Now) {
        self.arrivals += usize::from(caller.certificate.is_some());
        self.hub.open(session, caller, now);
    }

    fn ask(&mut self, session: SessionId, id: CommandId, command: Command, now: Now) {
        let password = matches!(
            command,
            Command::SignIn {
                proof: Proof::Password(_),
                ..
            }
        );
        self.owed.push(Owed {
            session,
            id,
            password,
            held_back: false,
        });
        self.hub.ask(session, id, command, now);
    }

    fn poll(&mut self) -> Option<Outcome> {
        let outcome = self.hub.poll()?;
        if let Outcome::Reply(session, id, _) = &outcome
            && let Some(at) =
                (self.owed.iter()).position(|owed| owed.session == *session && owed.id == *id)
        {
            self.owed.remove(at);
        }
        Some(outcome)
    }

    fn close(&mut self, session: SessionId, now: Now) {
        self.hub.close(session, now);
    }

    fn handle_wake(&mut self, now: Now) {
        let before = self.hub.poll_timeout();
        self.hub.handle_wake(now);
        if self.hub.poll_timeout() != before {
            // Only an answer that is held back sets a deadline here.
            for owed in self.owed.iter_mut().filter(|owed| owed.password) {
                owed.held_back = true;
            }
        }
    }

    fn handle_timeout(&mut self, now: Now) {
        self.hub.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.hub.poll_timeout()
    }

    fn end_round(&mut self, now: Now) {
        self.hub.end_round(now);
    }

    fn confirm_letters(&mut self, session: SessionId, now: Now) {
        self.hub.confirm_letters(session, now);
    }

    fn set_takes_files(&mut self, session: SessionId, takes: bool) {
        self.hub.set_takes_files(session, takes);
    }

    fn is_ready(&self) -> bool {
        self.hub.is_ready()
    }

    fn members(&self, room: RoomKey) -> &[SessionId] {
        self.hub.members(room)
    }

    fn roster(&self, room: RoomKey) -> Option<(RoomName, Arc<[UserName]>)> {
        self.hub.roster(room)
    }

    fn rooms(&self) -> Arc<[RoomName]> {
        self.hub.rooms()
    }

    fn name(&self, session: SessionId) -> Option<&UserName> {
        self.hub.name(session)
    }

    fn senders_to(&self, session: SessionId) -> Vec<SessionId> {
        self.hub.senders_to(session)
    }
}
