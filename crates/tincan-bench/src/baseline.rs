//! The bound to compare with: a cs494 relay that trusts its input.
//!
//! It does what any server must do, and nothing else: it reads what has arrived, appends each message
//! once to its room, and sends every touched member once a round. It checks no name and no text,
//! keeps no history, bounds little, and speaks only what the generator asks for (names, rooms, messages,
//! files). It is not a server for people: it listens on loopback only and ends by itself.
//!
//! A round: wait → accept, read and handle everything that is ready → close who is gone → flush.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;

use crate::frames::{self, Frame, NAME, NameField, Offer, kind};

const LISTENER: Token = Token(usize::MAX);
/// Larger than any packet, and enough that a file relay moves much per system call.
const READ_BUFFER: usize = 512 * 1024;
/// A peer that leaves more than this unread is closed.
const MAX_UNSENT: usize = 8 << 20;
/// A sender of file data is not read while its receiver has unsent bytes; with nothing to read in a
/// round, the hub still says that it is alive.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(5);

/// Listens at `address` and serves for at most `limit`; `ready` is told the address once it listens.
///
/// # Errors
/// When the address cannot be bound or polling fails.
pub fn serve(address: SocketAddr, limit: Duration, ready: impl FnOnce(SocketAddr)) -> Result<()> {
    let mut relay = Relay::bind(address)?;
    ready(relay.listener.local_addr()?);
    relay.run(Instant::now() + limit)
}

struct Relay {
    poll: Poll,
    listener: TcpListener,
    peers: Slab<Peer>,
    by_name: HashMap<NameField, usize>,
    rooms: Slab<Room>,
    by_room: HashMap<NameField, usize>,
    transfers: HashMap<u16, Transfer>,
    last_transfer: u16,
    /// Rooms with something to send at the end of the round.
    dirty: Vec<usize>,
    /// Peers with private bytes to send at the end of the round.
    touched: Vec<usize>,
    /// Peers to look at again without waiting: more may be readable, or their pause ended.
    again: Vec<usize>,
    /// Peers to close before the flush.
    gone: Vec<usize>,
}

struct Peer {
    stream: TcpStream,
    name: Option<NameField>,
    rooms: Vec<usize>,
    /// The beginning of a packet whose rest has not come; while paused, all that was read.
    partial: Vec<u8>,
    unsent: Vec<u8>,
    is_touched: bool,
    is_paused: bool,
    /// Who is paused until `unsent` is empty.
    waiting: Vec<usize>,
}

#[derive(Default)]
struct Room {
    name: Vec<u8>,
    members: Vec<usize>,
    /// Packets of this round, for every member.
    bytes: Vec<u8>,
    is_dirty: bool,
    is_changed: bool,
}

struct Transfer {
    source: usize,
    target: usize,
}

impl Relay {
    fn bind(address: SocketAddr) -> Result<Self> {
        let poll = Poll::new().context("failed to open a poll handle")?;
        let mut listener =
            TcpListener::bind(address).with_context(|| format!("failed to listen at {address}"))?;
        poll.registry()
            .register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Relay {
            poll,
            listener,
            peers: Slab::new(),
            by_name: HashMap::new(),
            rooms: Slab::new(),
            by_room: HashMap::new(),
            transfers: HashMap::new(),
            last_transfer: 0,
            dirty: Vec::new(),
            touched: Vec::new(),
            again: Vec::new(),
            gone: Vec::new(),
        })
    }

    fn run(&mut self, end: Instant) -> Result<()> {
        let mut events = Events::with_capacity(1024);
        let mut buffer = vec![0; READ_BUFFER];
        let mut heartbeat = Instant::now() + HEARTBEAT_EVERY;
        loop {
            let now = Instant::now();
            if now >= end {
                return Ok(());
            }
            let idle = self.again.is_empty() && self.gone.is_empty();
            let wait = if idle {
                heartbeat.min(end) - now
            } else {
                Duration::ZERO
            };
            match self.poll.poll(&mut events, Some(wait)) {
                Err(e) if e.kind() != ErrorKind::Interrupted => return Err(e.into()),
                _ => {}
            }
            for number in std::mem::take(&mut self.again) {
                self.read(number, &mut buffer);
            }
            for event in &events {
                if event.token() == LISTENER {
                    self.accept();
                    continue;
                }
                let number = event.token().0;
                if event.is_writable() && self.peers.contains(number) {
                    self.write(number);
                }
                if event.is_readable() || event.is_read_closed() {
                    self.read(number, &mut buffer);
                }
            }
            if Instant::now() >= heartbeat {
                heartbeat = Instant::now() + HEARTBEAT_EVERY;
                for number in 0..self.peers.capacity() {
                    self.queue(number, frames::put_heartbeat);
                }
            }
            self.close_gone();
            self.flush();
        }
    }

    fn accept(&mut self) {
        // Out of file descriptors ends the loop like "no more": the next connection wakes it again.
        while let Ok((mut stream, _)) = self.listener.accept() {
            let slot = self.peers.vacant_entry();
            let interest = Interest::READABLE | Interest::WRITABLE;
            if stream.set_nodelay(true).is_err()
                || self
                    .poll
                    .registry()
                    .register(&mut stream, Token(slot.key()), interest)
                    .is_err()
            {
                continue;
            }
            slot.insert(Peer {
                stream,
                name: None,
                rooms: Vec::new(),
                partial: Vec::new(),
                unsent: Vec::new(),
                is_touched: false,
                is_paused: false,
                waiting: Vec::new(),
            });
        }
    }

    /// One read of what is there, behind what was kept.
    fn read(&mut self, number: usize, buffer: &mut [u8]) {
        let Some(peer) = self.peers.get_mut(number).filter(|peer| !peer.is_paused) else {
            return;
        };
        let kept = peer.partial.len();
        buffer[..kept].copy_from_slice(&peer.partial);
        peer.partial = Vec::new();
        let filled = match peer.stream.read(&mut buffer[kept..]) {
            Ok(0) => return self.gone.push(number),
            Ok(count) => kept + count,
            Err(e) if e.kind() == ErrorKind::WouldBlock => kept,
            Err(_) => return self.gone.push(number),
        };
        if filled == buffer.len() {
            self.again.push(number);
        }
        let mut rest = &buffer[..filled];
        loop {
            match frames::split(rest) {
                Ok(Some((frame, _))) if frame.kind == kind::FILE_TRANSFER => {
                    rest = self.relay_chunks(number, rest);
                }
                Ok(Some((frame, used))) => {
                    self.handle(number, frame);
                    rest = &rest[used..];
                }
                Ok(None) => break,
                Err(_) => return self.gone.push(number),
            }
            if self.peers.get(number).is_none_or(|peer| peer.is_paused) {
                break;
            }
        }
        if let Some(peer) = self.peers.get_mut(number) {
            if rest.len() > READ_BUFFER / 2 && !peer.is_paused {
                self.gone.push(number);
            }
            peer.partial.extend_from_slice(rest);
        }
    }

    fn handle(&mut self, number: usize, frame: Frame<'_>) {
        let payload = frame.payload;
        match frame.kind {
            kind::NEW_CLIENT => {
                if let Some(name) = frames::first_name(payload) {
                    self.peers[number].name = Some(*name);
                    self.by_name.insert(*name, number);
                }
            }
            kind::ENTER_ROOM => self.enter(number, payload),
            kind::LEAVE_ROOM => {
                let room = frames::first_name(payload).and_then(|name| self.by_room.get(name));
                if let Some(room) = room.copied() {
                    self.leave(number, room);
                }
            }
            kind::QUERY_USER => {
                if let Some(name) = frames::first_name(payload) {
                    let status = u8::from(self.by_name.contains_key(name));
                    self.queue(number, |out| {
                        frames::put(kind::QUERY_USER, &[name, &[status]], out);
                    });
                }
            }
            kind::SEND_MESSAGE => self.post(number, payload),
            kind::DIRECT_MESSAGE => {
                let target = frames::first_name(payload).and_then(|name| self.by_name.get(name));
                if let (Some(target), Some(from)) = (target.copied(), self.peers[number].name) {
                    self.queue(target, |out| {
                        frames::put(kind::DIRECT_MESSAGE, &[&from, &payload[NAME..]], out);
                    });
                }
            }
            kind::OFFER_FILE => self.offer(number, payload),
            kind::ACCEPT_FILE | kind::REJECT_FILE => {
                let id = Offer::read(payload).map(|offer| offer.id);
                let transfer = id.and_then(|id| self.transfers.get(&id));
                if let Some(source) = transfer.map(|transfer| transfer.source) {
                    self.queue(source, |out| frames::put(frame.kind, &[payload], out));
                }
            }
            kind::HEARTBEAT => {}
            _ => self.gone.push(number),
        }
    }

    fn post(&mut self, number: usize, payload: &[u8]) {
        let room = frames::first_name(payload).and_then(|name| self.by_room.get(name));
        let (Some(room), Some(from)) = (room.copied(), self.peers[number].name) else {
            return;
        };
        let (name, text) = payload.split_at(NAME);
        frames::put(
            kind::POST_MESSAGE,
            &[name, &from, text],
            &mut self.rooms[room].bytes,
        );
        self.mark_dirty(room);
    }

    fn enter(&mut self, number: usize, payload: &[u8]) {
        let Some(name) = frames::first_name(payload) else {
            return self.gone.push(number);
        };
        let room = *self.by_room.entry(*name).or_insert_with(|| {
            self.rooms.insert(Room {
                name: name.to_vec(),
                ..Room::default()
            })
        });
        if self.peers[number].rooms.contains(&room) {
            return;
        }
        // What was said before is not for the newcomer.
        self.flush_posts(room);
        self.rooms[room].members.push(number);
        self.rooms[room].is_changed = true;
        self.peers[number].rooms.push(room);
        self.mark_dirty(room);
    }

    fn leave(&mut self, number: usize, room: usize) {
        self.peers[number].rooms.retain(|other| *other != room);
        let Room { members, name, .. } = &mut self.rooms[room];
        members.retain(|member| *member != number);
        if members.is_empty() {
            if let Some(name) = frames::first_name(name) {
                self.by_room.remove(name);
            }
            self.dirty.retain(|other| *other != room);
            self.rooms.remove(room);
        } else {
            self.rooms[room].is_changed = true;
            self.mark_dirty(room);
        }
    }

    fn offer(&mut self, number: usize, payload: &[u8]) {
        let Some(mut offer) = Offer::read(payload) else {
            return self.gone.push(number);
        };
        let Some(target) = self.by_name.get(offer.target).copied() else {
            offer.id = 0;
            return self.queue(number, |out| offer.put(kind::REJECT_FILE, out));
        };
        self.last_transfer = self.last_transfer.wrapping_add(1).max(1);
        offer.id = self.last_transfer;
        let source = number;
        self.transfers.insert(offer.id, Transfer { source, target });
        self.queue(target, |out| offer.put(kind::OFFER_FILE, out));
    }

    /// Sends the whole packets of one transfer at the head of `input` straight from the read buffer;
    /// gives back what follows them. What the receiver does not take pauses the sender.
    fn relay_chunks<'a>(&mut self, number: usize, input: &'a [u8]) -> &'a [u8] {
        let mut end = 0;
        let mut id = None;
        let mut finished = false;
        while let Ok(Some((frame, used))) = frames::split(&input[end..]) {
            let head = frame.payload.first_chunk::<3>();
            let Some([a, b, last]) = head.filter(|_| frame.kind == kind::FILE_TRANSFER) else {
                break;
            };
            if finished || *id.get_or_insert([*a, *b]) != [*a, *b] {
                break;
            }
            finished = *last != 0;
            end += used;
        }
        let Some(id) = id.map(u16::from_be_bytes) else {
            self.gone.push(number);
            return &[];
        };
        let (packets, rest) = input.split_at(end);
        if let Some(target) = self.transfers.get(&id).map(|transfer| transfer.target) {
            self.send_now(target, packets);
            if let Some(peer) = self.peers.get_mut(target).filter(|p| !p.unsent.is_empty()) {
                peer.waiting.push(number);
                self.peers[number].is_paused = true;
            }
        }
        if finished {
            self.transfers.remove(&id);
        }
        rest
    }

    /// Keeps private bytes for the end of the round.
    fn queue(&mut self, number: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let Some(peer) = self.peers.get_mut(number) else {
            return;
        };
        write(&mut peer.unsent);
        if !peer.is_touched {
            peer.is_touched = true;
            self.touched.push(number);
        }
    }

    fn mark_dirty(&mut self, room: usize) {
        let state = &mut self.rooms[room];
        if !state.is_dirty {
            state.is_dirty = true;
            self.dirty.push(room);
        }
    }

    fn flush(&mut self) {
        for room in std::mem::take(&mut self.dirty) {
            let state = &mut self.rooms[room];
            state.is_dirty = false;
            if std::mem::take(&mut state.is_changed) {
                let Room {
                    name,
                    members,
                    bytes,
                    ..
                } = state;
                frames::put_header(kind::USER_LISTING, NAME * (members.len() + 1), bytes);
                bytes.extend_from_slice(name);
                for member in members {
                    bytes.extend_from_slice(&self.peers[*member].name.unwrap_or([0; NAME]));
                }
            }
            self.flush_posts(room);
        }
        for number in std::mem::take(&mut self.touched) {
            if let Some(peer) = self.peers.get_mut(number) {
                peer.is_touched = false;
                self.write(number);
            }
        }
    }

    /// One send for each member that has nothing else to get; the others get theirs with the rest.
    fn flush_posts(&mut self, room: usize) {
        let mut bytes = std::mem::take(&mut self.rooms[room].bytes);
        if bytes.is_empty() {
            return;
        }
        let members = std::mem::take(&mut self.rooms[room].members);
        for number in &members {
            if self.peers[*number].rooms.len() == 1 {
                self.send_now(*number, &bytes);
            } else {
                self.queue(*number, |out| out.extend_from_slice(&bytes));
            }
        }
        self.rooms[room].members = members;
        bytes.clear();
        self.rooms[room].bytes = bytes;
    }

    /// Sends without copying if nothing waits, and keeps the rest.
    fn send_now(&mut self, number: usize, bytes: &[u8]) {
        let Some(peer) = self.peers.get_mut(number) else {
            return;
        };
        let taken = if peer.unsent.is_empty() {
            send(&mut peer.stream, bytes)
        } else {
            Some(0)
        };
        match taken {
            Some(taken) => peer.unsent.extend_from_slice(&bytes[taken..]),
            None => return self.gone.push(number),
        }
        if peer.unsent.len() > MAX_UNSENT {
            self.gone.push(number);
        }
    }

    /// Sends what was kept; when nothing is left, those who waited go on.
    fn write(&mut self, number: usize) {
        let peer = &mut self.peers[number];
        if peer.unsent.is_empty() {
            return;
        }
        let Some(taken) = send(&mut peer.stream, &peer.unsent) else {
            return self.gone.push(number);
        };
        if taken < peer.unsent.len() {
            peer.unsent.drain(..taken);
            if peer.unsent.len() > MAX_UNSENT {
                self.gone.push(number);
            }
            return;
        }
        // An idle connection holds no buffer.
        peer.unsent = Vec::new();
        for waiting in std::mem::take(&mut peer.waiting) {
            if let Some(peer) = self.peers.get_mut(waiting) {
                peer.is_paused = false;
                self.again.push(waiting);
            }
        }
    }

    fn close_gone(&mut self) {
        for number in std::mem::take(&mut self.gone) {
            if !self.peers.contains(number) {
                continue;
            }
            for room in std::mem::take(&mut self.peers[number].rooms) {
                self.leave(number, room);
            }
            let peer = self.peers.remove(number);
            if let Some(name) = peer.name {
                self.by_name.remove(&name);
            }
            self.transfers
                .retain(|_, transfer| transfer.source != number && transfer.target != number);
            for waiting in peer.waiting {
                if let Some(peer) = self.peers.get_mut(waiting) {
                    peer.is_paused = false;
                    self.again.push(waiting);
                }
            }
        }
    }
}

/// Bytes that the kernel took; `None` when the connection is gone.
fn send(stream: &mut TcpStream, bytes: &[u8]) -> Option<usize> {
    let mut taken = 0;
    while taken < bytes.len() {
        match stream.write(&bytes[taken..]) {
            Ok(count) => taken += count,
            Err(e) if e.kind() == ErrorKind::WouldBlock => break,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    Some(taken)
}
