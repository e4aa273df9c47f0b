//! The loop: sockets around a [`Switchboard`].
//!
//! The life of a connection, top to bottom: `accept` (limits, socket options) →
//! the gate's first-packet deadline → `read` (one buffer a round, so that nobody
//! holds up the others) → the round's flush → `retire` (goodbye, half close,
//! linger) → closed. A peer's error ends that connection only; the loop waits for nothing but
//! readiness, its next deadline and its waker.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use gate::Why;
use link::Exchange;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};
use model::{Now, SessionId, Timestamp};

use crate::local::{LocalDoor, Locals};
use crate::metrics::Metrics;
use crate::switchboard::{Lines, Switchboard};
use crate::tls::TlsSession;

/// Bytes read from one connection in one round.
const READ_BYTES: usize = 64 * 1024;
/// The same for one that had more than that to read the last time: files, where fewer and larger
/// reads and writes cost the kernel half.
const BULK_READ_BYTES: usize = 256 * 1024;
/// More room in the buffer that is read into, for what a session had left over.
const REST_BYTES: usize = 16 * 1024;
/// From this many bytes on, the buffer itself is handed over instead of a copy.
const HAND_OVER_BYTES: usize = 8 * 1024;
/// Events taken from the kernel at once.
const EVENTS: usize = 1024;
/// Rounds in a row in which timers wait for events that were ready before them.
const MAX_BEHIND: usize = 64;
/// Connections accepted from one listener in one round, at most.
const ACCEPTS: usize = 256;
/// How long a listener rests when the process is out of file descriptors.
const ACCEPT_REST: Duration = Duration::from_millis(100);
/// How long a closed connection is kept to see the peer close too: closing earlier, with unread
/// input, would destroy our last words on their way.
const LINGER: Duration = Duration::from_secs(1);
/// Connections that linger, at most; the oldest go first.
const MAX_LINGERING: usize = 1024;
/// How long everybody has to read our goodbye [HUB-8].
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);
/// Silence after which the kernel asks whether the peer's machine is still there [594-17].
const KEEPALIVE: Duration = Duration::from_secs(60);

/// On Linux a connection has the options of the socket that accepted it: four calls fewer for each.
const OPTIONS_ARE_INHERITED: bool = cfg!(target_os = "linux");

const WAKE: Token = Token(usize::MAX);
const FIRST_LISTENER: usize = usize::MAX - 64;

/// A bound socket and what is spoken on it.
pub struct Listener {
    /// The socket, bound and listening.
    pub socket: std::net::TcpListener,
    /// The protocol's index in the switchboard.
    pub protocol: usize,
    /// Present where TLS comes first [HUB-10].
    pub tls: Option<Arc<rustls::ServerConfig>>,
}

/// Wakes and stops a [`Reactor`] from elsewhere.
#[derive(Clone)]
pub struct Handle {
    waker: Arc<Waker>,
    stop: Arc<AtomicBool>,
}

impl Handle {
    /// Makes the loop look at what other threads have finished.
    pub fn wake(&self) {
        // It fails only when the loop is gone, and then nobody waits.
        let _ = self.waker.wake();
    }

    /// Begins the shutdown: goodbyes, flush for at most 5 s, then [`Reactor::serve`] returns.
    pub fn shut_down(&self) {
        self.stop.store(true, Ordering::Release);
        self.wake();
    }
}

/// Readiness of sockets, before there is anything to serve.
pub struct Reactor {
    poll: Poll,
    handle: Handle,
    locals: Locals,
    door: LocalDoor,
}

impl Reactor {
    /// Asks the system for what the loop needs.
    ///
    /// # Errors
    /// The system's own, where it has no more descriptors.
    pub fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let stop = Arc::new(AtomicBool::new(false));
        let handle = Handle { waker, stop };
        let (locals, door) = Locals::new(&handle);
        Ok(Self {
            poll,
            handle,
            locals,
            door,
        })
    }

    /// The door for faces in this process. It opens when [`serve`](Self::serve) runs.
    pub fn door(&self) -> LocalDoor {
        self.door.clone()
    }

    /// Wakes and stops the loop from elsewhere.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Serves until [`Handle::shut_down`], then hands the switchboard back.
    ///
    /// # Errors
    /// The system's own, where listening or waiting fails for good. No peer can cause one.
    ///
    /// # Panics
    /// If there are more than 60 listeners.
    pub fn serve<X: Exchange>(
        self,
        switchboard: Switchboard<X>,
        listeners: Vec<Listener>,
        metrics: Arc<Metrics>,
    ) -> io::Result<Switchboard<X>> {
        assert!(listeners.len() <= 60, "at most 60 listeners");
        let mut ports = Vec::with_capacity(listeners.len());
        for (
            n,
            Listener {
                socket,
                protocol,
                tls,
            },
        ) in listeners.into_iter().enumerate()
        {
            socket.set_nonblocking(true)?;
            set_options(&socket2::SockRef::from(&socket));
            let mut socket = TcpListener::from_std(socket);
            let token = Token(FIRST_LISTENER + n);
            self.poll
                .registry()
                .register(&mut socket, token, Interest::READABLE)?;
            ports.push(Port {
                socket,
                protocol,
                tls,
                ready: true,
                rests_until: None,
            });
        }
        Loop {
            poll: self.poll,
            stop: self.handle.stop,
            locals: self.locals,
            switchboard,
            ports,
            sockets: Sockets {
                by_slot: Vec::new(),
            },
            readable: VecDeque::new(),
            writable: Vec::new(),
            broken: Vec::new(),
            lingering: VecDeque::new(),
            buffer: Vec::new(),
            input: BytesMut::new(),
            resumed: Vec::new(),
            closed: Vec::new(),
            metrics,
        }
        .run()
    }
}

struct Loop<X> {
    poll: Poll,
    stop: Arc<AtomicBool>,
    locals: Locals,
    switchboard: Switchboard<X>,
    ports: Vec<Port>,
    sockets: Sockets,
    /// Slots with something to read, each at most once.
    readable: VecDeque<usize>,
    writable: Vec<usize>,
    /// Slots whose connection is broken both ways.
    broken: Vec<usize>,
    lingering: VecDeque<Lingering>,
    buffer: Vec<u8>,
    input: BytesMut,
    resumed: Vec<SessionId>,
    closed: Vec<(SessionId, Why)>,
    metrics: Arc<Metrics>,
}

struct Port {
    socket: TcpListener,
    protocol: usize,
    tls: Option<Arc<rustls::ServerConfig>>,
    /// There may be connections to accept.
    ready: bool,
    rests_until: Option<Instant>,
}

/// Closed when dropped.
struct Lingering {
    _stream: TcpStream,
    until: Instant,
}

/// One connection, by its session's slot.
struct Connection {
    stream: TcpStream,
    session: SessionId,
    address: IpAddr,
    tls: Option<Box<TlsSession>>,
    /// There may be bytes to read; the kernel tells once.
    ready: bool,
    queued: bool,
    ended: bool,
    /// The peer has closed its side: the end stands behind the bytes that are there, and the
    /// kernel will not tell of it again.
    hung_up: bool,
    /// It fills whole buffers.
    bulk: bool,
}

struct Sockets {
    by_slot: Vec<Option<Connection>>,
}

impl<X: Exchange> Loop<X> {
    fn run(mut self) -> io::Result<Switchboard<X>> {
        let mut events = Events::with_capacity(EVENTS);
        let mut behind = 0;
        loop {
            match self.poll.poll(&mut events, self.timeout(Instant::now())) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => result?,
            }
            let now = clock();
            let woken = self.sort(&events);
            // Local work first, then new input: what is finished makes room for what comes.
            if woken {
                self.switchboard.handle_wake(now);
                self.locals.take(&mut self.switchboard, now);
            }
            self.lose_broken(now);
            self.write_on(now);
            self.resume(now);
            self.read_all(now);
            self.accept_all(now);
            // After reading, and after all that was ready was read: who is silent because we were
            // stopped for a while has spoken meanwhile.
            if events.iter().count() < EVENTS || behind >= MAX_BEHIND {
                self.switchboard.handle_timeouts(now);
                behind = 0;
            } else {
                behind += 1;
            }
            self.switchboard.finish_round(&mut self.sockets, now);
            self.retire(now);
            self.metrics.rounds.fetch_add(1, Ordering::Relaxed);
            if self.stop.load(Ordering::Acquire) {
                return self.shut_down(events);
            }
        }
    }

    /// How long to wait for the kernel, at most.
    fn timeout(&self, now: Instant) -> Option<Duration> {
        let accept = |port: &Port| port.ready && port.rests_until.is_none();
        if !self.readable.is_empty()
            || self.switchboard.has_resumed()
            || self.ports.iter().any(accept)
        {
            return Some(Duration::ZERO);
        }
        let rests = self.ports.iter().filter_map(|port| port.rests_until).min();
        let lingers = self.lingering.front().map(|lingering| lingering.until);
        let deadlines = [self.switchboard.poll_timeout(), rests, lingers];
        let next = deadlines.into_iter().flatten().min()?;
        Some(next.saturating_duration_since(now))
    }

    /// Notes who is ready. Returns whether other threads have finished something.
    fn sort(&mut self, events: &Events) -> bool {
        let mut woken = false;
        for event in events {
            let Token(token) = event.token();
            if event.token() == WAKE {
                woken = true;
            } else if token >= FIRST_LISTENER {
                self.ports[token - FIRST_LISTENER].ready = true;
            } else {
                if event.is_writable() {
                    self.writable.push(token);
                }
                let is_over = event.is_read_closed() || event.is_error();
                if event.is_readable() || is_over {
                    self.mark_readable(token);
                }
                if event.is_error() {
                    self.broken.push(token);
                }
                if is_over && let Some(connection) = self.sockets.slot(token) {
                    connection.hung_up = true;
                }
            }
        }
        woken
    }

    fn mark_readable(&mut self, slot: usize) {
        if let Some(connection) = self.sockets.slot(slot) {
            connection.ready = true;
            if !connection.queued {
                connection.queued = true;
                self.readable.push_back(slot);
            }
        }
    }

    /// A broken connection of a session that is not read because its file's receiver is slow is
    /// lost at once; others are read to their end, for what they said before.
    fn lose_broken(&mut self, now: Now) {
        for slot in std::mem::take(&mut self.broken) {
            let Some(connection) = self.sockets.slot(slot) else {
                continue;
            };
            let session = connection.session;
            if self.switchboard.is_paused(session) {
                connection.ended = true;
                self.switchboard.lose(session, now);
            }
        }
    }

    fn write_on(&mut self, now: Now) {
        for slot in std::mem::take(&mut self.writable) {
            let Some(connection) = self.sockets.slot(slot) else {
                continue;
            };
            let session = connection.session;
            if connection.flush_tls().is_err() {
                self.switchboard.lose(session, now);
                continue;
            }
            self.switchboard
                .handle_writable(session, &mut self.sockets, now);
            self.cut_round(now);
        }
    }

    /// Sends what the round has gathered, where that is much.
    fn cut_round(&mut self, now: Now) {
        if self.switchboard.is_round_full() {
            self.switchboard.finish_round(&mut self.sockets, now);
        }
    }

    fn resume(&mut self, now: Now) {
        let mut resumed = std::mem::take(&mut self.resumed);
        self.switchboard.take_resumed(&mut resumed);
        for session in resumed.drain(..) {
            self.switchboard.resume(session, now);
            self.cut_round(now);
            let slot = session.slot();
            if self
                .sockets
                .slot(slot)
                .is_some_and(|c| c.session == session && c.ready)
            {
                self.mark_readable(slot);
            }
        }
        self.resumed = resumed;
    }

    /// Reads each ready connection once.
    fn read_all(&mut self, now: Now) {
        for _ in 0..self.readable.len() {
            let Some(slot) = self.readable.pop_front() else {
                break;
            };
            let Some(connection) = self.sockets.slot(slot) else {
                continue;
            };
            connection.queued = false;
            if self.read(slot, now) {
                self.mark_readable(slot);
            }
            self.cut_round(now);
        }
    }

    /// Reads one connection once. Returns whether there may be more that is wanted.
    fn read(&mut self, slot: usize, now: Now) -> bool {
        let Some(connection) = self.sockets.slot(slot) else {
            return false;
        };
        let session = connection.session;
        if connection.ended || !self.switchboard.wants_input(session) {
            // Asked again when the session resumes.
            return false;
        }
        let Some(connection) = self.sockets.slot(slot) else {
            return false;
        };
        let wanted = REST_BYTES
            + if connection.bulk {
                BULK_READ_BYTES
            } else {
                READ_BYTES
            };
        if self.buffer.capacity() < wanted {
            self.buffer = Vec::with_capacity(wanted);
        }
        self.buffer.clear();
        self.switchboard.take_rest(session, &mut self.buffer);
        let rest = self.buffer.len();
        match connection.read(&mut self.buffer) {
            Ok(Some(more)) => {
                let came = self.buffer.len() - rest;
                connection.bulk = more || (connection.bulk && self.buffer.len() >= READ_BYTES);
                let more = more || (connection.hung_up && came > 0);
                connection.ready = more;
                if let Some(certificate) = connection.take_certificate() {
                    let address = Some(connection.address);
                    self.switchboard
                        .set_certificate(session, address, certificate, now);
                }
                if came == 0 {
                    self.switchboard.put_back(session, &self.buffer);
                    return more;
                }
                let counter = &self.metrics.bytes_in;
                counter.fetch_add(came as u64, Ordering::Relaxed);
                if self.buffer.len() < HAND_OVER_BYTES {
                    self.input.extend_from_slice(&self.buffer);
                    self.switchboard.receive(session, &mut self.input, now);
                    self.input.clear();
                } else {
                    let full = std::mem::take(&mut self.buffer);
                    let mut input = BytesMut::from(Bytes::from(full));
                    self.switchboard.receive(session, &mut input, now);
                }
                more
            }
            Ok(None) => {
                connection.ended = true;
                self.switchboard.put_back(session, &self.buffer);
                self.switchboard.end(session, now);
                false
            }
            Err(error) => {
                tracing::debug!(session = session.0, %error, "connection lost");
                connection.ended = true;
                self.switchboard.lose(session, now);
                false
            }
        }
    }

    fn accept_all(&mut self, now: Now) {
        for port in 0..self.ports.len() {
            if self.ports[port]
                .rests_until
                .is_some_and(|until| until > now.instant)
            {
                continue;
            }
            self.ports[port].rests_until = None;
            for _ in 0..ACCEPTS {
                if !self.ports[port].ready {
                    break;
                }
                match self.ports[port].socket.accept() {
                    Ok((stream, address)) => self.accept(port, stream, address, now),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        self.ports[port].ready = false;
                    }
                    Err(error) if is_peers_fault(&error) => {}
                    Err(error) => {
                        // Out of descriptors, mostly: those who are here go on, the queue waits.
                        tracing::warn!(%error, "cannot accept connections for a moment");
                        self.metrics
                            .out_of_descriptors
                            .fetch_add(1, Ordering::Relaxed);
                        self.ports[port].rests_until = Some(now.instant + ACCEPT_REST);
                        break;
                    }
                }
            }
        }
    }

    fn accept(&mut self, port: usize, mut stream: TcpStream, address: SocketAddr, now: Now) {
        let Port { protocol, tls, .. } = &self.ports[port];
        let address = address.ip().to_canonical();
        let session = match self.switchboard.open(*protocol, Some(address), now) {
            Ok(session) => session,
            Err(refusal) => {
                let mut last_words = BytesMut::new();
                if tls.is_none() {
                    self.switchboard
                        .protocol(*protocol)
                        .render_refusal(&refusal, &mut last_words);
                }
                // A new socket takes these few bytes at once, or the peer does without.
                let _ = stream.write(&last_words);
                return self.linger(stream, now.instant);
            }
        };
        if !OPTIONS_ARE_INHERITED {
            set_options(&socket2::SockRef::from(&stream));
        }
        let tls = match tls
            .as_ref()
            .map(|config| TlsSession::new(Arc::clone(config)))
            .transpose()
        {
            Ok(tls) => tls.map(Box::new),
            Err(error) => {
                tracing::warn!(%error, "cannot begin TLS");
                return self.switchboard.lose(session, now);
            }
        };
        let slot = session.slot();
        let interest = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self
            .poll
            .registry()
            .register(&mut stream, Token(slot), interest)
        {
            tracing::warn!(%error, "cannot watch a connection");
            return self.switchboard.lose(session, now);
        }
        if self.sockets.by_slot.len() <= slot {
            self.sockets.by_slot.resize_with(slot + 1, || None);
        }
        let connection = Connection {
            stream,
            session,
            address,
            tls,
            ready: false,
            queued: false,
            ended: false,
            hung_up: false,
            bulk: false,
        };
        self.sockets.by_slot[slot] = Some(connection);
    }

    /// Closes the connections of sessions that are over.
    fn retire(&mut self, now: Now) {
        let mut closed = std::mem::take(&mut self.closed);
        self.switchboard.take_closed(&mut closed);
        for (session, _) in closed.drain(..) {
            let slot = session.slot();
            if self
                .sockets
                .slot(slot)
                .is_some_and(|c| c.session == session)
                && let Some(mut connection) = self.sockets.by_slot[slot].take()
            {
                connection.say_goodbye();
                let _ = self.poll.registry().deregister(&mut connection.stream);
                if !connection.ended {
                    self.linger(connection.stream, now.instant);
                }
            }
            self.switchboard.remove(session);
        }
        self.closed = closed;
        while self
            .lingering
            .front()
            .is_some_and(|lingering| lingering.until <= now.instant)
        {
            self.lingering.pop_front();
        }
    }

    fn linger(&mut self, mut stream: TcpStream, now: Instant) {
        let _ = stream.shutdown(Shutdown::Write);
        // What has arrived is taken away, so that closing does not reset the connection.
        let mut waste = [0; 4096];
        for _ in 0..16 {
            match stream.read(&mut waste) {
                Ok(0) => return,
                Ok(_) => {}
                Err(_) => break,
            }
        }
        if self.lingering.len() >= MAX_LINGERING {
            self.lingering.pop_front();
        }
        self.lingering.push_back(Lingering {
            _stream: stream,
            until: now + LINGER,
        });
    }

    /// Goodbyes, then flushing until everybody has read theirs or the grace is over [HUB-8].
    fn shut_down(mut self, mut events: Events) -> io::Result<Switchboard<X>> {
        tracing::info!("shutting down");
        self.ports.clear();
        let mut now = clock();
        let until = now.instant + SHUTDOWN_GRACE;
        self.switchboard.shut_down(now);
        loop {
            self.switchboard.finish_round(&mut self.sockets, now);
            self.retire(now);
            let left = until.saturating_duration_since(now.instant);
            if self.switchboard.is_empty() || left.is_zero() {
                return Ok(self.switchboard);
            }
            match self
                .poll
                .poll(&mut events, Some(left.min(Duration::from_millis(50))))
            {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => result?,
            }
            now = clock();
            if self.sort(&events) {
                self.switchboard.handle_wake(now);
            }
            self.readable.clear();
            self.write_on(now);
        }
    }
}

impl Sockets {
    fn slot(&mut self, slot: usize) -> Option<&mut Connection> {
        self.by_slot.get_mut(slot)?.as_mut()
    }
}

impl Lines for Sockets {
    fn write(&mut self, session: SessionId, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        match self.slot(session.slot()) {
            Some(connection) if connection.session == session => connection.write(bytes),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn is_flushed(&self, session: SessionId) -> bool {
        let connection = self.by_slot.get(session.slot()).and_then(Option::as_ref);
        let tls = connection.and_then(|connection| connection.tls.as_ref());
        tls.is_none_or(|tls| tls.is_flushed())
    }
}

impl Connection {
    /// Reads once into `buffer`. `Some(true)`: there may be more; `None`: the peer has closed.
    fn read(&mut self, buffer: &mut Vec<u8>) -> io::Result<Option<bool>> {
        if let Some(tls) = &mut self.tls {
            return tls.read(&mut self.stream, buffer, READ_BYTES);
        }
        buffer.reserve(READ_BYTES);
        match rustix::io::read(&self.stream, rustix::buffer::spare_capacity(buffer)) {
            Ok(0) => Ok(None),
            // A short read has taken all there was; the kernel tells when there is more.
            Ok(_) => Ok(Some(buffer.len() == buffer.capacity())),
            Err(rustix::io::Errno::AGAIN) => Ok(Some(false)),
            Err(rustix::io::Errno::INTR) => Ok(Some(true)),
            Err(error) => Err(error.into()),
        }
    }

    fn write(&mut self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        match (&mut self.tls, bytes) {
            (Some(tls), bytes) => tls.write(&mut self.stream, bytes),
            (None, [one]) => self.stream.write(one),
            (None, many) => self.stream.write_vectored(many),
        }
    }

    fn flush_tls(&mut self) -> io::Result<()> {
        match &mut self.tls {
            Some(tls) => tls.flush(&mut self.stream),
            None => Ok(()),
        }
    }

    /// SHA-256 of the certificate the peer has shown, once.
    fn take_certificate(&mut self) -> Option<[u8; 32]> {
        self.tls.as_mut()?.take_certificate()
    }

    fn say_goodbye(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.close(&mut self.stream);
        }
    }
}

/// No waiting for company when sending (we batch ourselves), and the kernel's own question whether
/// the peer's machine is still there.
fn set_options(socket: &socket2::SockRef<'_>) {
    let keepalive = socket2::TcpKeepalive::new()
        .with_time(KEEPALIVE)
        .with_interval(KEEPALIVE / 6);
    if let Err(error) = socket
        .set_tcp_nodelay(true)
        .and_then(|()| socket.set_tcp_keepalive(&keepalive))
    {
        // The peer may be gone already; reading will tell.
        tracing::debug!(%error, "cannot set a connection's options");
    }
}

/// Errors of `accept` that concern only the connection that was to be accepted.
fn is_peers_fault(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, TimedOut};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionReset | Interrupted | TimedOut
    )
}

/// The only place where the hub's clocks are read [HUB-14].
fn clock() -> Now {
    let wall = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let wall = Timestamp(u64::try_from(wall.as_millis()).unwrap_or(u64::MAX));
    Now {
        instant: Instant::now(),
        wall,
    }
}
