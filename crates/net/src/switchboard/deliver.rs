//! Distributing what rooms are owed, and flushing.

use std::io::{self, IoSlice};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use gate::{Share, Template, Why};
use link::Exchange;
use model::{Event, Now, RoomKey, SessionId, Signal};

use super::{
    Letters, Lines, MAX_PROTOCOLS, PAUSE_BYTES, PendingRoom, ROOM_LIST_PERIOD, Switchboard,
};
use crate::outbox::{Backlog, OWN, Range, Touched};

/// Pieces in one vectored write, at most: beyond that the kernel copies the list.
const MAX_PIECES: usize = 64;

impl<X: Exchange> Switchboard<X> {
    /// Distributes and flushes everything, then lets the middle hand over to its store.
    pub fn finish_round(&mut self, lines: &mut dyn Lines, now: Now) {
        // Flushing may find sessions too slow; that they leave is told in the same round. Each
        // time around ends at least one session, or hands out listings that were owed, so this
        // ends.
        loop {
            self.run_work(now);
            self.distribute(now);
            self.list_rooms(now);
            self.flush(lines, now);
            for session in std::mem::take(&mut self.drained) {
                self.handle_drained(session, lines, now);
            }
            if self.work.is_empty() && self.rooms.is_empty() && self.touched.is_empty() {
                break;
            }
        }
        self.exchange.end_round(now);
        self.notice_room(now.instant);
    }

    /// The session's socket takes bytes again.
    pub fn handle_writable(&mut self, session: SessionId, lines: &mut dyn Lines, now: Now) {
        let Some(s) = self.session_mut(session) else {
            return;
        };
        let Some(mut backlog) = s.backlog.take() else {
            return self.note_flushed(session, lines);
        };
        let before = backlog.bytes.len();
        let drained = backlog.drain(|bytes| lines.write(session, bytes));
        self.metrics
            .bytes_out
            .fetch_add((before - backlog.bytes.len()) as u64, Relaxed);
        let Some(s) = self.session_mut(session) else {
            return;
        };
        s.backlog = Some(backlog);
        match drained {
            Ok(false) => {}
            Ok(true) => self.handle_drained(session, lines, now),
            Err(_) => self.lose(session, now),
        }
    }

    /// The backlog is gone: what it held up goes on.
    fn handle_drained(&mut self, session: SessionId, lines: &dyn Lines, now: Now) {
        let Some(s) = self.session_mut(session) else {
            return;
        };
        let Some(backlog) = s.backlog.take() else {
            return self.note_flushed(session, lines);
        };
        let closing = s.closing.is_some();
        for sender in backlog.paused {
            self.unpause(sender, now.instant);
        }
        self.note_flushed(session, lines);
        if closing {
            return;
        }
        // Not all at once: together they may be more than its queue takes.
        let (mut sent, limit) = (0, self.listing_bytes());
        let mut rosters = backlog.rosters.into_iter();
        for room in &mut rosters {
            if self.exchange.members(room).contains(&session) {
                sent += self.send_listing(session, Some(room));
            }
            if sent >= limit {
                break;
            }
        }
        let mut rooms = backlog.rooms;
        if rooms && sent < limit {
            self.send_listing(session, None);
            rooms = false;
        }
        let rosters: Vec<_> = rosters.collect();
        if let Some(s) = self.session_mut(session)
            && (rooms || !rosters.is_empty())
        {
            s.backlog = Some(Box::new(Backlog {
                rosters,
                rooms,
                ..Backlog::default()
            }));
        }
    }

    pub(super) fn pending_room(&mut self, key: RoomKey) -> &mut PendingRoom {
        let at = key.0 as usize;
        if self.room_index.len() <= at {
            self.room_index.resize(at + 1, 0);
        }
        if self.room_index[at] == 0 {
            self.rooms.push(PendingRoom {
                key,
                roster: false,
                said: Vec::new(),
            });
            self.room_index[at] = u32::try_from(self.rooms.len()).unwrap_or(u32::MAX);
        }
        &mut self.rooms[self.room_index[at] as usize - 1]
    }

    /// Distributes the rooms in which something was said, before something that must come after.
    pub(super) fn settle_said(&mut self, now: Now) {
        if self.said_pending {
            self.distribute(now);
        }
    }

    /// Distributes what all rooms are owed.
    pub(super) fn distribute(&mut self, now: Now) {
        self.said_pending = false;
        self.said_bytes = 0;
        let mut rooms = std::mem::take(&mut self.rooms);
        for room in rooms.drain(..) {
            self.room_index[room.key.0 as usize] = 0;
            self.distribute_room(&room, now);
        }
        if self.rooms.is_empty() {
            self.rooms = rooms;
        }
    }

    fn distribute_room(&mut self, room: &PendingRoom, now: Now) {
        let mut shared = Rendered::default();
        let limit = self.listing_bytes();
        let roster = if room.roster {
            self.exchange.roster(room.key)
        } else {
            None
        };
        // Sessions that render for themselves are served last: they need the whole switchboard.
        let mut own: Vec<SessionId> = Vec::new();
        for &member in self.exchange.members(room.key) {
            let Some(s) = self
                .sessions
                .get_mut(member.slot())
                .and_then(Option::as_mut)
            else {
                continue;
            };
            if s.id != member || s.closing.is_some() {
                continue;
            }
            let (protocol, at) = (
                &self.protocols[usize::from(s.protocol)],
                usize::from(s.protocol),
            );
            if s.share == Share::Own {
                own.push(member);
                continue;
            }
            if let Some((name, names)) = &roster {
                let listed = self.touched.get((s.touched as usize).wrapping_sub(1));
                let is_behind = s.backlog.is_some()
                    || listed.is_some_and(|entry| entry.listing_bytes as usize >= limit);
                if is_behind && !self.settings.strict_listings {
                    let backlog = s.backlog.get_or_insert_default();
                    if !backlog.rosters.contains(&room.key) {
                        backlog.rosters.push(room.key);
                    }
                } else {
                    let buffers = &mut self.buffers;
                    let range = *shared.roster[at].get_or_insert_with(|| {
                        let buffer = buffers.take();
                        protocol.render_members(name, names, buffers.get(buffer));
                        Range::new(buffer, 0, buffers.get(buffer).len())
                    });
                    touch(&mut self.touched, &mut s.touched, member, range);
                    if let Some(entry) = self.touched.get_mut((s.touched as usize).wrapping_sub(1))
                    {
                        entry.listing_bytes = entry.listing_bytes.saturating_add(range.len());
                    }
                }
            }
            if room.said.is_empty() {
                continue;
            }
            let buffers = &mut self.buffers;
            let said = shared.said[at].get_or_insert_with(|| {
                let buffer = buffers.take();
                let out = buffers.get(buffer);
                let render = |event: &Event| match event {
                    Event::Said(said) => protocol.render_said(said, out),
                    Event::Told(_) => None,
                };
                let templates = room.said.iter().filter_map(render).collect();
                (Range::new(buffer, 0, buffers.get(buffer).len()), templates)
            });
            if s.share == Share::Named {
                let Some(name) = self.exchange.name(member) else {
                    continue;
                };
                let out = self.buffers.get(OWN);
                let start = out.len();
                for template in &said.1 {
                    template.fill(name, out);
                }
                let range = Range::new(OWN, start, out.len());
                touch(&mut self.touched, &mut s.touched, member, range);
            } else {
                touch(&mut self.touched, &mut s.touched, member, said.0);
            }
        }
        for member in own {
            self.with_gate(member, now, |gate, turn| {
                if let Some((room, names)) = &roster {
                    let (room, names) = (room.clone(), names.clone());
                    gate.handle_signal(&Signal::Members { room, names }, now.instant, turn);
                }
                for event in &room.said {
                    gate.handle_event(event, now.instant, turn);
                }
            });
            self.reschedule(u32::try_from(member.slot()).unwrap_or(u32::MAX));
        }
    }

    /// Sends one session the members of a room, or all rooms. Rendered once a round, however many
    /// are sent it. Returns its bytes.
    fn send_listing(&mut self, session: SessionId, room: Option<RoomKey>) -> usize {
        let Some(s) = self.session(session) else {
            return 0;
        };
        let at = s.protocol;
        let known = |(r, p, _): &&(Option<RoomKey>, u8, Range)| *r == room && *p == at;
        let range = match self.listings.iter().find(known) {
            Some((.., range)) => *range,
            None => {
                let protocol = &self.protocols[usize::from(at)];
                let buffer = self.buffers.take();
                let out = self.buffers.get(buffer);
                match room {
                    None => protocol.render_rooms(&self.exchange.rooms(), out),
                    Some(room) => {
                        if let Some((name, names)) = self.exchange.roster(room) {
                            protocol.render_members(&name, &names, out);
                        }
                    }
                }
                let range = Range::new(buffer, 0, out.len());
                self.listings.push((room, at, range));
                range
            }
        };
        self.touch(session, range);
        range.len() as usize
    }

    /// [494-16]: the list of rooms, unasked, to those who expect it; at most once a second.
    fn list_rooms(&mut self, now: Now) {
        let due = self
            .rooms_listed
            .is_none_or(|at| at + ROOM_LIST_PERIOD <= now.instant);
        if !self.rooms_changed || !due {
            return;
        }
        self.rooms_changed = false;
        self.rooms_listed = Some(now.instant);
        let rooms = self.exchange.rooms();
        let mut rendered: [Option<Range>; MAX_PROTOCOLS] = [None; MAX_PROTOCOLS];
        for s in self.sessions.iter_mut().flatten() {
            if !s.wants_rooms || s.closing.is_some() || self.exchange.name(s.id).is_none() {
                continue;
            }
            if let Some(backlog) = &mut s.backlog {
                backlog.rooms = true;
                continue;
            }
            let (protocol, at) = (
                &self.protocols[usize::from(s.protocol)],
                usize::from(s.protocol),
            );
            let buffers = &mut self.buffers;
            let range = *rendered[at].get_or_insert_with(|| {
                let buffer = buffers.take();
                protocol.render_rooms(&rooms, buffers.get(buffer));
                Range::new(buffer, 0, buffers.get(buffer).len())
            });
            touch(&mut self.touched, &mut s.touched, s.id, range);
        }
    }

    pub(super) fn touch(&mut self, session: SessionId, range: Range) {
        let Some(s) = self
            .sessions
            .get_mut(session.slot())
            .and_then(Option::as_mut)
        else {
            return;
        };
        if s.id == session && s.closing.is_none() {
            touch(&mut self.touched, &mut s.touched, session, range);
        }
    }

    /// `bytes` just written for `receiver` are a file's, sent by `sender`: they do not count
    /// against its queue, and if it is behind the sender is paused at once.
    pub(super) fn note_file_bytes(
        &mut self,
        receiver: SessionId,
        bytes: usize,
        sender: Option<SessionId>,
        now: Instant,
    ) {
        let Some(s) = self.session_mut(receiver) else {
            return;
        };
        let behind = s
            .backlog
            .as_mut()
            .filter(|backlog| backlog.bytes.len() > PAUSE_BYTES);
        let pause = match (behind, sender) {
            (Some(backlog), Some(sender)) if !backlog.paused.contains(&sender) => {
                backlog.paused.push(sender);
                Some(sender)
            }
            _ => None,
        };
        let place = s.touched as usize;
        if place > 0 {
            let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
            let counted = &mut self.touched[place - 1].file_bytes;
            *counted = counted.saturating_add(bytes);
        }
        if let Some(sender) = pause {
            self.pause(sender, now);
        }
    }

    fn flush(&mut self, lines: &mut dyn Lines, now: Now) {
        let mut touched = std::mem::take(&mut self.touched);
        let mut sent_bytes = 0;
        for entry in touched.drain(..) {
            let Some(s) = self
                .sessions
                .get_mut(entry.slot as usize)
                .and_then(Option::as_mut)
            else {
                continue;
            };
            let id = s.id;
            s.touched = 0;
            match s
                .backlog
                .as_mut()
                .filter(|backlog| !backlog.bytes.is_empty())
            {
                Some(backlog) => {
                    for range in entry.ranges() {
                        backlog.bytes.extend_from_slice(self.buffers.bytes(range));
                    }
                    backlog.file_bytes += entry.file_bytes as usize;
                }
                None => match send(&entry, &self.buffers, |bytes| lines.write(id, bytes)) {
                    Ok(sent) => {
                        sent_bytes += sent;
                        let mut skip = sent;
                        for range in entry.ranges() {
                            let bytes = self.buffers.bytes(range);
                            if skip < bytes.len() {
                                let backlog = s.backlog.get_or_insert_default();
                                backlog.bytes.extend_from_slice(&bytes[skip..]);
                            }
                            skip = skip.saturating_sub(bytes.len());
                        }
                        if let Some(backlog) = &mut s.backlog {
                            backlog.file_bytes =
                                (entry.file_bytes as usize).min(backlog.bytes.len());
                        }
                    }
                    Err(_) => {
                        self.mark_lost(id, now);
                        continue;
                    }
                },
            }
            self.after_flush(id, lines, now);
        }
        if self.touched.is_empty() {
            self.touched = touched;
        }
        self.metrics.bytes_out.fetch_add(sent_bytes as u64, Relaxed);
        self.listings.clear();
        self.buffers.clear();
    }

    /// Nothing of the session's waits here: letters are on their way, last words are said.
    fn note_flushed(&mut self, session: SessionId, lines: &dyn Lines) {
        let Some(s) = self.session_mut(session) else {
            return;
        };
        let (letters, closing) = (s.letters == Letters::Unflushed, s.closing.is_some());
        if !(letters || closing) || !lines.is_flushed(session) {
            return;
        }
        if letters && s.gate.is_flushed() {
            s.letters = Letters::Flushed;
        }
        if closing {
            self.finish(session);
        }
    }

    fn after_flush(&mut self, session: SessionId, lines: &dyn Lines, now: Now) {
        let limit = self.settings.send_queue_bytes;
        let Some(s) = self.session_mut(session) else {
            return;
        };
        let Some(backlog) = &mut s.backlog else {
            return self.note_flushed(session, lines);
        };
        if backlog.bytes.is_empty() {
            return self.drained.push(session);
        }
        if backlog.bytes.len().saturating_sub(backlog.file_bytes) > limit {
            // Half a packet may be with the socket already: nothing sensible can follow.
            backlog.bytes.clear();
            self.mark_closing(session, Why::TooSlow, now);
            return self.finish(session);
        }
        if backlog.bytes.len() > PAUSE_BYTES && backlog.file_bytes > 0 {
            let senders = self.exchange.senders_to(session);
            for sender in senders {
                let Some(s) = self.session_mut(session) else {
                    return;
                };
                let backlog = s.backlog.get_or_insert_default();
                if !backlog.paused.contains(&sender) {
                    backlog.paused.push(sender);
                    self.pause(sender, now.instant);
                }
            }
        }
    }
}

/// What one room's members share, by protocol.
#[derive(Default)]
struct Rendered {
    roster: [Option<Range>; MAX_PROTOCOLS],
    said: [Option<Said>; MAX_PROTOCOLS],
}

/// What was said: the same bytes for all, or a template for each message.
type Said = (Range, Vec<Box<dyn Template>>);

fn touch(touched: &mut Vec<Touched>, place: &mut u32, session: SessionId, range: Range) {
    if range.is_empty() {
        return;
    }
    if *place == 0 {
        touched.push(Touched::new(
            u32::try_from(session.slot()).unwrap_or(u32::MAX),
            range,
        ));
        *place = u32::try_from(touched.len()).unwrap_or(u32::MAX);
    } else {
        touched[*place as usize - 1].push(range);
    }
}

/// Sends an entry's ranges until all is sent or the socket is full. Returns the bytes sent.
fn send(
    entry: &Touched,
    buffers: &crate::outbox::Buffers,
    mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>,
) -> io::Result<usize> {
    let total: usize = entry.ranges().map(|range| buffers.bytes(range).len()).sum();
    let mut sent = 0;
    if let Some(only) = entry.single() {
        // By far the most: no list of pieces to make.
        match write(&[IoSlice::new(buffers.bytes(only))]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => sent = n,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    while sent < total {
        let mut pieces = [IoSlice::new(&[]); MAX_PIECES];
        let (mut count, mut skip) = (0, sent);
        for range in entry.ranges() {
            let bytes = buffers.bytes(range);
            if skip < bytes.len() && count < MAX_PIECES {
                pieces[count] = IoSlice::new(&bytes[skip..]);
                count += 1;
            }
            skip = skip.saturating_sub(bytes.len());
        }
        match write(&pieces[..count]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => sent += n,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sent)
}
