//! Many client connections on one thread: readiness, framing, unsent bytes, heartbeats.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::frames::{self, Frame, NameField, kind};

/// Larger than any packet and than a socket usually holds, so that one read takes all there is.
const READ_BUFFER: usize = 2 * frames::MAX_PAYLOAD;
/// The hub counts 30 s of silence as gone and asks for a sign every 5 s.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(4);
/// A connection on this machine is made by the kernel, whether or not the server accepts.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// What one connection may hold unsent; more means that the server stopped reading.
const MAX_UNSENT: usize = 64 << 20;

/// Takes what the server sends.
pub trait Handler {
    /// A packet came for `client`.
    fn frame(&mut self, client: usize, frame: Frame<'_>);
    /// Packets of one read follow.
    fn batch(&mut self) {}
}

/// All connections of a scenario, numbered from 0.
#[derive(Debug)]
pub struct Swarm {
    poll: Poll,
    events: Events,
    clients: Vec<Client>,
    buffer: Vec<u8>,
    closed: u64,
    first_error: Option<String>,
    next_heartbeat: Instant,
}

#[derive(Debug)]
struct Client {
    name: NameField,
    /// `None` once closed by the server.
    stream: Option<TcpStream>,
    /// The beginning of a packet whose rest has not come.
    partial: Vec<u8>,
    unsent: Vec<u8>,
}

impl Swarm {
    /// No connections yet.
    ///
    /// # Errors
    /// When the system gives no poll handle.
    pub fn new() -> Result<Self> {
        Ok(Swarm {
            poll: Poll::new().context("failed to open a poll handle")?,
            events: Events::with_capacity(1024),
            clients: Vec::new(),
            buffer: vec![0; READ_BUFFER],
            closed: 0,
            first_error: None,
            next_heartbeat: Instant::now() + HEARTBEAT_EVERY,
        })
    }

    /// Connects one more; its number is the count before.
    ///
    /// # Errors
    /// When nobody listens, or this process is out of file descriptors.
    pub fn connect(&mut self, address: SocketAddr, name: NameField) -> Result<usize> {
        let number = self.clients.len();
        let stream = std::net::TcpStream::connect_timeout(&address, CONNECT_LIMIT)
            .with_context(|| format!("failed to make connection {number} to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        self.poll.registry().register(
            &mut stream,
            Token(number),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        self.clients.push(Client {
            name,
            stream: Some(stream),
            partial: Vec::new(),
            unsent: Vec::new(),
        });
        Ok(number)
    }

    /// How many were connected.
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// Was none connected?
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// How many the server has closed.
    pub fn closed(&self) -> u64 {
        self.closed
    }

    /// The name of `client`.
    pub fn name(&self, client: usize) -> &NameField {
        &self.clients[client].name
    }

    /// Has everything for `client` been handed to the kernel?
    pub fn is_sent(&self, client: usize) -> bool {
        self.clients[client].unsent.is_empty()
    }

    /// Sends, or keeps what the kernel does not take.
    pub fn send(&mut self, client: usize, bytes: &[u8]) {
        let peer = &mut self.clients[client];
        if peer.unsent.is_empty() {
            let taken = peer.write(bytes);
            peer.unsent.extend_from_slice(&bytes[taken..]);
        } else if peer.unsent.len() < MAX_UNSENT {
            peer.unsent.extend_from_slice(bytes);
        }
    }

    /// Waits at most `timeout` and hands over what came; the number of packets. Heartbeats go out
    /// when due.
    ///
    /// # Errors
    /// When the server sends ERR or what is no packet, or polling fails.
    pub fn poll(&mut self, timeout: Duration, handler: &mut impl Handler) -> Result<u64> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(e) if e.kind() != ErrorKind::Interrupted => return Err(e.into()),
            _ => {}
        }
        let mut packets = 0;
        for event in &self.events {
            let number = event.token().0;
            let client = &mut self.clients[number];
            if event.is_writable() {
                client.flush();
            }
            if event.is_readable() || event.is_read_closed() {
                match client.read(number, &mut self.buffer, handler) {
                    Ok(n) => packets += n,
                    Err(why) => {
                        client.stream = None;
                        self.closed += 1;
                        if let Why::Fault(text) = why {
                            self.first_error.get_or_insert(text);
                        }
                    }
                }
            }
        }
        self.heartbeat();
        match self.first_error.take() {
            Some(text) => bail!(text),
            None => Ok(packets),
        }
    }

    /// Polls until nothing has come for `quiet`, at most for `limit`.
    ///
    /// # Errors
    /// As [`Swarm::poll`].
    pub fn settle(
        &mut self,
        quiet: Duration,
        limit: Duration,
        handler: &mut impl Handler,
    ) -> Result<()> {
        let end = Instant::now() + limit;
        let mut last = Instant::now();
        while last.elapsed() < quiet && Instant::now() < end {
            if self.poll(Duration::from_millis(10), handler)? > 0 {
                last = Instant::now();
            }
        }
        Ok(())
    }

    fn heartbeat(&mut self) {
        if Instant::now() < self.next_heartbeat {
            return;
        }
        self.next_heartbeat = Instant::now() + HEARTBEAT_EVERY;
        let mut packet = Vec::new();
        frames::put_heartbeat(&mut packet);
        for client in 0..self.clients.len() {
            self.send(client, &packet);
        }
    }
}

/// Why a connection ended.
enum Why {
    Closed,
    Fault(String),
}

impl Client {
    /// One read takes what is there; a full buffer means there may be more.
    fn read(
        &mut self,
        number: usize,
        buffer: &mut [u8],
        handler: &mut impl Handler,
    ) -> Result<u64, Why> {
        let mut packets = 0;
        loop {
            let Some(stream) = &mut self.stream else {
                return Ok(packets);
            };
            let kept = self.partial.len();
            buffer[..kept].copy_from_slice(&self.partial);
            self.partial.clear();
            let room = buffer.len() - kept;
            let count = match stream.read(&mut buffer[kept..]) {
                Ok(0) => return Err(Why::Closed),
                Ok(count) => count,
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                    self.partial.extend_from_slice(&buffer[..kept]);
                    return Ok(packets);
                }
                Err(_) => return Err(Why::Closed),
            };
            handler.batch();
            let mut rest = &buffer[..kept + count];
            loop {
                match frames::split(rest) {
                    Ok(Some((frame, used))) => {
                        if frame.kind == kind::ERR {
                            let code = frame.payload.first().copied().unwrap_or_default();
                            return Err(Why::Fault(format!(
                                "the server answered client {number} with error {code}"
                            )));
                        }
                        handler.frame(number, frame);
                        packets += 1;
                        rest = &rest[used..];
                    }
                    Ok(None) => break,
                    Err(e) => {
                        return Err(Why::Fault(format!(
                            "the server sent a packet of {} bytes: not cs494",
                            e.0
                        )));
                    }
                }
            }
            self.partial.extend_from_slice(rest);
            if count < room {
                return Ok(packets);
            }
        }
    }

    fn flush(&mut self) {
        if !self.unsent.is_empty() {
            let bytes = std::mem::take(&mut self.unsent);
            let taken = self.write(&bytes);
            self.unsent = bytes;
            self.unsent.drain(..taken);
        }
    }

    /// Bytes that the kernel took. An error other than "full" shows as end of stream at the next
    /// read, so the bytes count as taken here.
    fn write(&mut self, bytes: &[u8]) -> usize {
        let Some(stream) = &mut self.stream else {
            return bytes.len();
        };
        let mut taken = 0;
        while taken < bytes.len() {
            match stream.write(&bytes[taken..]) {
                Ok(count) => taken += count,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return taken,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return bytes.len(),
            }
        }
        taken
    }
}
