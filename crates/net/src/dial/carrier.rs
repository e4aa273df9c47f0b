//! The thread behind a dialled link.
//!
//! One round, local work before remote work: hand over what the gate has told, let its timer fire,
//! take commands, read once, write. A round that moved nothing ends in `poll`, which the socket,
//! the timer and both channels of the link can end: the channels through [`Bell`], a task waker
//! that rings mio.

use std::collections::{BTreeSet, VecDeque};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll as Ready, Wake, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::{Buf, BytesMut};
use gate::{ClientGate, ClientTurn, Upward, Why};
use link::{Features, Happening, LINK_COMMANDS, LINK_HAPPENINGS, Link};
use mio::{Events, Interest, Poll, Token};
use model::{Command, CommandId, Event, Refusal, Reply, Timestamp};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::{SendError, TrySendError};

use super::tls::Transport;

/// Bytes taken from the socket at once.
const READ_CHUNK: usize = 64 * 1024;
/// Bytes of one unfinished packet, at most: the longest true one is the listing of a full hub.
const MAX_INPUT: usize = 4 * 1024 * 1024;
/// Bytes waiting for the socket from which on no command is taken: the sender of a file is held
/// back by this, and a goodbye is never far behind.
const OUT_FULL: usize = 256 * 1024;
/// Bytes waiting for the socket from which on nothing is read either, so that a server that makes
/// us answer without reading the answers costs no memory.
const OUT_STUCK: usize = 1024 * 1024;
/// How long the last bytes may take, our goodbye among them.
const FLUSH_LIMIT: Duration = Duration::from_secs(2);
/// How long a server may take to hang up after our goodbye. A socket that is closed with bytes
/// unread resets the connection, and a reset can overtake the goodbye.
const FAREWELL_LIMIT: Duration = Duration::from_millis(500);
/// Commands taken in one round, at most: pieces of a file share a write, and reading is not put off.
const BATCH: usize = 16;
/// The least time between two calls of a timer that stays due.
const TIMER_STEP: Duration = Duration::from_millis(10);

const SOCKET: Token = Token(0);
const BELL: Token = Token(1);

/// The id of the goodbye that is said when the link is dropped; no face counts so far.
const GOODBYE: CommandId = CommandId(u64::MAX);

/// Starts the thread and gives the link to it.
pub(super) fn spawn(
    mut transport: Transport,
    gate: Box<dyn ClientGate>,
    features: Features,
) -> io::Result<Link> {
    let poll = Poll::new()?;
    let both = Interest::READABLE | Interest::WRITABLE;
    poll.registry().register(transport.socket(), SOCKET, both)?;
    let bell = Waker::from(Arc::new(Bell(mio::Waker::new(poll.registry(), BELL)?)));
    let (commands, commands_taken) = mpsc::channel(LINK_COMMANDS);
    let (told, happenings) = mpsc::channel(LINK_HAPPENINGS);
    let carrier = Carrier {
        poll,
        bell,
        transport,
        gate,
        turn: ClientTurn::default(),
        input: BytesMut::new(),
        chunk: vec![0; READ_CHUNK].into_boxed_slice(),
        readable: true,
        writable: true,
        commands: commands_taken,
        outstanding: BTreeSet::new(),
        outlet: Outlet {
            sender: told,
            waiting: VecDeque::new(),
            room: None,
        },
        left: false,
    };
    std::thread::Builder::new()
        .name("link".into())
        .spawn(move || carrier.run())?;
    Ok(Link {
        commands,
        happenings,
        features,
    })
}

/// Rings mio when a channel has something for us.
struct Bell(mio::Waker);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        // It fails only when the poll is gone, and with it everybody who would listen.
        let _ = self.0.wake();
    }
}

struct Carrier {
    poll: Poll,
    bell: Waker,
    transport: Transport,
    gate: Box<dyn ClientGate>,
    turn: ClientTurn,
    input: BytesMut,
    chunk: Box<[u8]>,
    /// Readiness is told once; it holds until the socket says `WouldBlock`.
    readable: bool,
    writable: bool,
    commands: mpsc::Receiver<(CommandId, Command)>,
    /// Commands that the gate owes an answer.
    outstanding: BTreeSet<CommandId>,
    outlet: Outlet,
    /// The face has dropped the link; the goodbye is said.
    left: bool,
}

impl Carrier {
    fn run(mut self) {
        let reason = self.carry();
        self.part();
        self.tell_end(reason);
    }

    /// Carries until something ends it; the reason is for people.
    fn carry(&mut self) -> String {
        loop {
            let round = self.round();
            if let Some(why) = self.turn.why.take() {
                return self.reason(&why);
            }
            let moved = match round {
                Ok(moved) => moved,
                Err(error) => return format!("the connection is lost: {error}"),
            };
            if !moved && let Err(error) = self.wait() {
                return format!("this machine cannot wait for the connection: {error}");
            }
        }
    }

    /// One round; `true` where something moved and another round may move more.
    fn round(&mut self) -> io::Result<bool> {
        let now = Instant::now();
        self.collect();
        if self.outlet.deliver(&self.bell).is_err() {
            self.leave(now);
        }
        if self.gate.poll_timeout().is_some_and(|due| due <= now) {
            self.gate.handle_timeout(now, &mut self.turn);
        }
        let taken = (0..BATCH).take_while(|_| self.take_command(now)).count();
        let mut moved = taken > 0;
        moved |= self.read(now)?;
        moved |= self.write()?;
        self.collect();
        // What was just told goes out before we sleep; what does not fit is waited for.
        if self.outlet.deliver(&self.bell).is_err() {
            self.leave(now);
        }
        Ok(moved)
    }

    fn take_command(&mut self, now: Instant) -> bool {
        if self.left || self.turn.why.is_some() || self.turn.out.len() >= OUT_FULL {
            return false;
        }
        match self
            .commands
            .poll_recv(&mut Context::from_waker(&self.bell))
        {
            Ready::Pending => false,
            Ready::Ready(None) => {
                self.leave(now);
                true
            }
            Ready::Ready(Some((id, command))) => {
                self.outstanding.insert(id);
                self.gate.handle_command(id, command, now, &mut self.turn);
                true
            }
        }
    }

    fn read(&mut self, now: Instant) -> io::Result<bool> {
        let held_back = self.outlet.is_behind() || self.turn.out.len() >= OUT_STUCK;
        if !self.readable || held_back || self.turn.why.is_some() {
            return Ok(false);
        }
        match self.transport.read(&mut self.chunk) {
            Ok(0) => self.turn.close(Why::PeerClosed),
            Ok(count) => {
                self.input.extend_from_slice(&self.chunk[..count]);
                self.gate.handle_bytes(&mut self.input, now, &mut self.turn);
                if self.input.len() > MAX_INPUT {
                    self.turn
                        .close(Why::PeerMisbehaved("a packet without end".into()));
                }
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.readable = false,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            // A server may hang up without TLS's goodbye; every packet has its own end.
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => self.turn.close(Why::PeerClosed),
            Err(e) => return Err(e),
        }
        Ok(self.readable)
    }

    fn write(&mut self) -> io::Result<bool> {
        if !self.writable {
            return Ok(false);
        }
        let before = self.turn.out.len();
        match self.write_all() {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.writable = false,
            // What the server said before it hung up is still to be read, and tells more.
            Err(e) if is_hangup(&e) => {
                self.turn.out.clear();
                self.writable = false;
                self.readable = true;
                return Ok(true);
            }
            Err(e) => return Err(e),
        }
        Ok(self.turn.out.len() < before)
    }

    fn write_all(&mut self) -> io::Result<()> {
        while !self.turn.out.is_empty() {
            match self.transport.write(&self.turn.out) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.turn.out.advance(count),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        self.transport.push()
    }

    /// The face is gone: says goodbye for it, once.
    fn leave(&mut self, now: Instant) {
        self.outlet.waiting.clear();
        if !std::mem::replace(&mut self.left, true) {
            let goodbye = Command::SignOut { farewell: None };
            self.gate
                .handle_command(GOODBYE, goodbye, now, &mut self.turn);
            self.turn.close(Why::Departed);
        }
    }

    /// Moves what the gate has told to the outlet.
    fn collect(&mut self) {
        if self.turn.up.is_empty() {
            return;
        }
        let wall = wall_clock();
        for upward in self.turn.up.drain(..) {
            if let Upward::Reply(id, _) = &upward {
                self.outstanding.remove(id);
            }
            self.outlet.waiting.push_back(stamped(upward, wall));
        }
    }

    fn wait(&mut self) -> io::Result<()> {
        let timeout = self.gate.poll_timeout().map(|due| {
            due.saturating_duration_since(Instant::now())
                .max(TIMER_STEP)
        });
        let mut events = Events::with_capacity(8);
        match self.poll.poll(&mut events, timeout) {
            Err(e) if e.kind() != io::ErrorKind::Interrupted => return Err(e),
            _ => {}
        }
        for event in events.iter().filter(|event| event.token() == SOCKET) {
            self.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
            self.writable |= event.is_writable() || event.is_error();
        }
        Ok(())
    }

    fn reason(&self, why: &Why) -> String {
        if *why == Why::Silent && self.outlet.is_behind() {
            return "what came was not read for too long".into();
        }
        why.to_string()
    }

    /// Sends the last bytes and waits, briefly, for the server to hang up.
    fn part(&mut self) {
        self.collect();
        let deadline = Instant::now() + FLUSH_LIMIT;
        while let Err(error) = self.write_all() {
            if error.kind() != io::ErrorKind::WouldBlock || !self.pause(deadline) {
                return;
            }
        }
        self.transport.end();
        let deadline = Instant::now() + FAREWELL_LIMIT;
        loop {
            match self.transport.read(&mut self.chunk) {
                Ok(0) => return,
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    if !self.pause(deadline) {
                        return;
                    }
                }
                Err(_) => return,
            }
            if Instant::now() >= deadline {
                return;
            }
        }
    }

    /// Waits for the socket; `false` when `deadline` has passed.
    fn pause(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut events = Events::with_capacity(8);
        !left.is_zero() && self.poll.poll(&mut events, Some(left)).is_ok()
    }

    /// Answers what is still owed, then tells the end. The command channel is closed first, so a
    /// face that finds it closed knows that a refusal which follows is no answer to what it asked.
    fn tell_end(mut self, reason: String) {
        self.commands.close();
        while let Ok((id, _)) = self.commands.try_recv() {
            self.outstanding.insert(id);
        }
        let Outlet {
            sender,
            mut waiting,
            room,
        } = self.outlet;
        // A place in the queue that is waited for would come before ours.
        drop(room);
        let refused = |id| Happening::Reply(id, Reply::Refused(Refusal::NotPossible));
        waiting.extend(self.outstanding.into_iter().map(refused));
        waiting.push_back(Happening::Ended(reason));
        for happening in waiting {
            if sender.blocking_send(happening).is_err() {
                return;
            }
        }
    }
}

/// What waits for the face.
struct Outlet {
    sender: mpsc::Sender<Happening>,
    /// At most what one round yields: nothing is read while it is not empty.
    waiting: VecDeque<Happening>,
    /// Our place in the queue for room in a full channel.
    room: Option<Room>,
}

type Room = Pin<Box<dyn Future<Output = Result<Permit, SendError<()>>> + Send>>;
type Permit = mpsc::OwnedPermit<Happening>;

/// The face has dropped its end.
struct Gone;

impl Outlet {
    fn is_behind(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Hands over what fits; `bell` rings when more will.
    fn deliver(&mut self, bell: &Waker) -> Result<(), Gone> {
        while let Some(happening) = self.waiting.pop_front() {
            if let Some(room) = &mut self.room {
                let Ready::Ready(permit) = room.as_mut().poll(&mut Context::from_waker(bell))
                else {
                    self.waiting.push_front(happening);
                    return Ok(());
                };
                self.room = None;
                permit.map_err(|_| Gone)?.send(happening);
                continue;
            }
            match self.sender.try_send(happening) {
                Ok(()) => {}
                Err(TrySendError::Closed(_)) => return Err(Gone),
                Err(TrySendError::Full(happening)) => {
                    self.waiting.push_front(happening);
                    self.room = Some(Box::pin(self.sender.clone().reserve_owned()));
                }
            }
        }
        Ok(())
    }
}

/// `upward` as the face gets it, its zero times replaced by `wall`.
fn stamped(upward: Upward, wall: Timestamp) -> Happening {
    let stamp = |at: &mut Timestamp| {
        if *at == Timestamp(0) {
            *at = wall;
        }
    };
    match upward {
        Upward::Event(Event::Said(mut said)) => {
            stamp(&mut Arc::make_mut(&mut said).at);
            Happening::Event(Event::Said(said))
        }
        Upward::Event(Event::Told(mut told)) => {
            stamp(&mut Arc::make_mut(&mut told).at);
            Happening::Event(Event::Told(told))
        }
        Upward::Signal(signal) => Happening::Signal(signal),
        Upward::Reply(id, Reply::Mail(Some(mut letter))) => {
            stamp(&mut Arc::make_mut(&mut letter).at);
            Happening::Reply(id, Reply::Mail(Some(letter)))
        }
        Upward::Reply(id, reply) => Happening::Reply(id, reply),
    }
}

/// A clock before 1970 shows as 1970.
fn wall_clock() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

fn is_hangup(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
    )
}
