//! Running gates: bytes, timers and answers in; commands carried out in order.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use gate::{Gate, Turn, Why};
use link::{Exchange, Outcome};
use model::{Command, CommandId, Event, Now, SessionId, Signal};

use super::{LAST_WORDS, Letters, ROUND_BYTES, Switchboard, Work};
use crate::outbox::{OWN, Range};
use crate::timers::NEVER;

impl<X: Exchange> Switchboard<X> {
    /// Bytes have arrived. All of `data` is taken.
    pub fn receive(&mut self, session: SessionId, data: &mut BytesMut, now: Now) {
        let Some(s) = self.session_mut(session) else {
            return data.clear();
        };
        if s.closing.is_some() {
            return data.clear();
        }
        if s.letters == Letters::Flushed {
            s.letters = Letters::None;
            self.exchange.confirm_letters(session, now);
        }
        let Some(s) = self.session_mut(session) else {
            return;
        };
        if s.input.is_empty() {
            // The common case: decode straight from the reader's buffer, keep only a remainder.
            self.pump(session, data, now);
            if let Some(s) = self.session_mut(session)
                && s.closing.is_none()
                && !data.is_empty()
            {
                s.input = BytesMut::from(&data[..]);
            }
            data.clear();
        } else {
            s.input.extend_from_slice(data);
            data.clear();
            self.pump_kept(session, now);
        }
        self.run_work(now);
    }

    /// Moves what the gate has not taken yet to the end of `into`, so that the next bytes can be
    /// read behind it; the whole then goes to [`receive`](Self::receive) or, if nothing came, to
    /// [`put_back`](Self::put_back).
    pub fn take_rest(&mut self, session: SessionId, into: &mut Vec<u8>) {
        if let Some(s) = self.session_mut(session) {
            into.extend_from_slice(&s.input);
            s.input = BytesMut::new();
        }
    }

    /// See [`take_rest`](Self::take_rest).
    pub fn put_back(&mut self, session: SessionId, rest: &[u8]) {
        if let Some(s) = self.session_mut(session)
            && !rest.is_empty()
        {
            s.input = BytesMut::from(rest);
        }
    }

    /// A session without a wire asks.
    pub(crate) fn ask_as(&mut self, session: SessionId, id: CommandId, command: Command, now: Now) {
        if self.session(session).is_some_and(|s| s.closing.is_none()) {
            self.ask(session, id, command, now);
            self.run_work(now);
        }
    }

    /// The peer has closed its side; what it sent before is still answered.
    pub fn end(&mut self, session: SessionId, now: Now) {
        if let Some(s) = self.session_mut(session) {
            s.ended = true;
            self.pump_kept(session, now);
            self.run_work(now);
        }
    }

    /// The connection is gone; what was unsent is lost. [`take_closed`](Self::take_closed) names it.
    pub fn lose(&mut self, session: SessionId, now: Now) {
        self.mark_lost(session, now);
        self.run_work(now);
    }

    /// The same, but what comes of it waits: for while a round is being sent, when nothing may be
    /// written for anybody.
    pub(super) fn mark_lost(&mut self, session: SessionId, now: Now) {
        if let Some(s) = self.session_mut(session) {
            if let Some(backlog) = &mut s.backlog {
                backlog.bytes.clear();
            }
            self.mark_closing(session, Why::PeerClosed, now);
            // Nobody is left to read its last words.
            self.finish(session);
        }
    }

    /// A session that was held back may go on.
    pub fn resume(&mut self, session: SessionId, now: Now) {
        self.pump_kept(session, now);
        self.run_work(now);
    }

    /// Other threads have finished something for the middle.
    pub fn handle_wake(&mut self, now: Now) {
        self.exchange.handle_wake(now);
        self.run_outcomes(None, now);
        self.run_work(now);
        self.notice_room(now.instant);
    }

    /// Everybody waits while the middle is full, which is nobody's silence [494-26], and goes on
    /// when it has room again, whatever made it.
    pub(super) fn notice_room(&mut self, now: Instant) {
        let is_ready = self.exchange.is_ready();
        let was_full = std::mem::replace(&mut self.full, !is_ready);
        let left_unread = is_ready && self.left_unread.take();
        if was_full == self.full && !left_unread {
            return;
        }
        for s in self.sessions.iter_mut().flatten() {
            if was_full != self.full && !s.is_held() {
                s.gate.handle_pause(self.full, now);
            }
            if is_ready {
                self.resumed.push(s.id);
            }
        }
    }

    /// Carries out whatever is due by `now`.
    pub fn handle_timeouts(&mut self, now: Now) {
        if self
            .exchange
            .poll_timeout()
            .is_some_and(|at| at <= now.instant)
        {
            self.exchange.handle_timeout(now);
            self.run_outcomes(None, now);
        }
        while let Some(&(at, session)) = self.resting.first() {
            if at > now.instant {
                break;
            }
            self.resting.pop_first();
            if let Some(s) = self.session_mut(session) {
                s.over_rate = false;
                self.resume_if_free(session, now.instant);
            }
        }
        let mut due = std::mem::take(&mut self.due);
        self.timers.expire(now.instant, &mut due);
        for &(tick, slot) in &due {
            self.handle_tick(tick, slot, now);
        }
        due.clear();
        self.due = due;
        self.run_work(now);
        self.notice_room(now.instant);
    }

    fn handle_tick(&mut self, tick: u64, slot: u32, now: Now) {
        let Some(s) = self
            .sessions
            .get_mut(slot as usize)
            .and_then(Option::as_mut)
        else {
            return;
        };
        if s.tick != tick {
            return;
        }
        s.tick = NEVER;
        let id = s.id;
        if s.closing.is_some() {
            // It had its time to read the last words.
            self.finish(id);
            return;
        }
        if s.gate.poll_timeout().is_some_and(|at| at <= now.instant) {
            self.with_gate(id, now, |gate, turn| gate.handle_timeout(now.instant, turn));
            self.pump_kept(id, now);
        }
        self.reschedule(slot);
    }

    /// Says goodbye to everybody [HUB-8].
    pub fn shut_down(&mut self, now: Now) {
        let everyone: Vec<_> = self.sessions.iter().flatten().map(|s| s.id).collect();
        for session in everyone {
            self.with_gate(session, now, |gate, turn| {
                gate.handle_signal(&Signal::Closing, now.instant, turn);
                turn.close(Why::Shutdown);
            });
        }
        self.run_work(now);
    }

    fn pump_kept(&mut self, session: SessionId, now: Now) {
        let Some(s) = self.session_mut(session) else {
            return;
        };
        let mut input = std::mem::take(&mut s.input);
        self.pump(session, &mut input, now);
        if let Some(s) = self.session_mut(session)
            && s.closing.is_none()
            && !input.is_empty()
        {
            s.input = input;
        }
    }

    /// Lets the gate take what it can of `input`, carrying out its commands between.
    fn pump(&mut self, session: SessionId, input: &mut BytesMut, now: Now) {
        loop {
            let Some(s) = self.session_mut(session) else {
                return;
            };
            if s.closing.is_some() {
                return input.clear();
            }
            if s.is_held() || s.gate.is_waiting() {
                return self.reschedule_of(session);
            }
            let is_end = input.is_empty() && s.ended && !s.end_told;
            if input.is_empty() && !is_end {
                return self.reschedule_of(session);
            }
            s.end_told |= is_end;
            let before = input.len();
            let asks = self.with_gate_in_order(session, now, |gate, turn| match is_end {
                false => gate.handle_bytes(input, now.instant, turn),
                true => gate.handle_end(input, now.instant, turn),
            });
            if input.len() == before && asks == 0 {
                let Some(s) = self.session_mut(session) else {
                    return;
                };
                if s.ended && !s.end_told && s.closing.is_none() {
                    // A rest that no more bytes will complete.
                    s.end_told = true;
                    self.with_gate_in_order(session, now, |gate, turn| {
                        gate.handle_end(input, now.instant, turn);
                    });
                }
                return self.reschedule_of(session);
            }
            if self.buffers.get(OWN).len() >= ROUND_BYTES {
                // Short questions may have long answers: those go out before the next question.
                self.resumed.push(session);
                return self.reschedule_of(session);
            }
        }
    }

    fn reschedule_of(&mut self, session: SessionId) {
        let Some(s) = self.session_mut(session) else {
            return;
        };
        s.share = s.gate.share();
        s.wants_rooms = s.gate.wants_rooms();
        let takes_files = s.gate.takes_files();
        let changed = takes_files != s.takes_files;
        s.takes_files = takes_files;
        if changed {
            self.exchange.set_takes_files(session, takes_files);
        }
        self.reschedule(u32::try_from(session.slot()).unwrap_or(u32::MAX));
    }

    /// Runs `call` and carries out its commands at once, each answer standing between the bytes
    /// that were written before and after the question. Returns how many commands there were.
    fn with_gate_in_order(
        &mut self,
        session: SessionId,
        now: Now,
        call: impl FnOnce(&mut dyn Gate, &mut Turn),
    ) -> usize {
        let Some((start, why)) = self.call_gate(session, call) else {
            return 0;
        };
        let (mut asks, mut marks) = (
            std::mem::take(&mut self.asks),
            std::mem::take(&mut self.marks),
        );
        let end = self.buffers.get(OWN).len();
        let (count, mut sent) = (asks.len(), start);
        self.charge(session, &asks, now.instant);
        let mut pieces = VecDeque::from(std::mem::take(&mut self.turn.pieces));
        for ((id, command), mark) in asks.drain(..).zip(marks.drain(..)) {
            self.touch_span(session, sent, mark, &mut pieces, now);
            sent = mark;
            self.ask(session, id, command, now);
            if self.session(session).is_none_or(|s| s.closing.is_some()) {
                // The answer has ended the session: what it asked behind that is not done.
                break;
            }
        }
        self.touch_span(session, sent, end, &mut pieces, now);
        (self.asks, self.marks) = (asks, marks);
        if let Some(why) = why {
            self.mark_closing(session, why, now);
        }
        count
    }

    /// Runs `call`; its bytes are next to be sent, its commands wait their turn.
    pub(super) fn with_gate(
        &mut self,
        session: SessionId,
        now: Now,
        call: impl FnOnce(&mut dyn Gate, &mut Turn),
    ) {
        let Some((start, why)) = self.call_gate(session, call) else {
            return;
        };
        let end = self.buffers.get(OWN).len();
        self.marks.clear();
        for (id, command) in self.asks.drain(..) {
            self.work.push_back(Work::Ask(session, id, command));
        }
        if self.turn.pieces.is_empty() {
            self.touch_own(session, start, end, now);
        } else {
            let mut pieces = VecDeque::from(std::mem::take(&mut self.turn.pieces));
            self.touch_span(session, start, end, &mut pieces, now);
        }
        if let Some(why) = why {
            self.mark_closing(session, why, now);
        }
    }

    /// Runs `call` with the shared buffer as its output; its commands are in `asks` afterwards.
    fn call_gate(
        &mut self,
        session: SessionId,
        call: impl FnOnce(&mut dyn Gate, &mut Turn),
    ) -> Option<(usize, Option<Why>)> {
        let s = self.sessions.get_mut(session.slot())?.as_mut()?;
        if s.id != session || s.closing.is_some() {
            return None;
        }
        let own = self.buffers.get(OWN);
        let start = own.len();
        std::mem::swap(&mut self.turn.out, own);
        self.turn.begin();
        call(&mut *s.gate, &mut self.turn);
        self.turn.swap_asks(&mut self.asks, &mut self.marks);
        std::mem::swap(&mut self.turn.out, self.buffers.get(OWN));
        Some((start, self.turn.why.take()))
    }

    /// Marks bytes of the shared buffer as this session's, with the pieces that stand between them.
    fn touch_span(
        &mut self,
        session: SessionId,
        mut start: usize,
        end: usize,
        pieces: &mut VecDeque<(usize, Bytes)>,
        now: Now,
    ) {
        while let Some((at, bytes)) = pieces.pop_front_if(|(at, _)| *at <= end) {
            self.touch_own(session, start, at, now);
            self.settle_said(now);
            let range = self.buffers.lend(bytes);
            self.touch(session, range);
            start = at;
        }
        self.touch_own(session, start, end, now);
    }

    /// Marks bytes of the shared buffer as this session's, after what was said before.
    fn touch_own(&mut self, session: SessionId, start: usize, end: usize, now: Now) {
        if start < end {
            self.settle_said(now);
            self.touch(session, Range::new(OWN, start, end));
        }
    }

    /// Takes packets off the session's rate; files are paced by their receivers instead.
    fn charge(&mut self, session: SessionId, asks: &[(CommandId, Command)], now: Instant) {
        let Some(rate) = self.settings.packets_per_second else {
            return;
        };
        let (rate, burst) = (rate as f32, self.burst());
        let Some(s) = self.session_mut(session) else {
            return;
        };
        let Some(counted) = &mut s.counted else {
            return;
        };
        let packets = asks
            .iter()
            .filter(|(_, c)| !matches!(c, Command::Segment { .. }))
            .count();
        let since = now.saturating_duration_since(counted.refilled);
        let refill = since.as_secs_f32() * rate;
        counted.tokens = (counted.tokens + refill).min(burst) - packets as f32;
        counted.refilled = now;
        let over = -counted.tokens;
        if over > 0.0 && !s.over_rate {
            s.over_rate = true;
            s.gate.handle_pause(true, now);
            let rest = Duration::from_secs_f32((over / rate).min(60.0));
            self.resting.insert((now + rest, session));
            self.metrics.throttled.fetch_add(1, Relaxed);
        }
    }

    fn ask(&mut self, session: SessionId, id: CommandId, command: Command, now: Now) {
        if changes_membership(&command) {
            self.settle_said(now);
        }
        self.exchange.ask(session, id, command, now);
        self.run_outcomes(Some(session), now);
    }

    /// Carries out everything that calls have left behind.
    pub(super) fn run_work(&mut self, now: Now) {
        while let Some(work) = self.work.pop_front() {
            match work {
                Work::Ask(session, id, command) => {
                    self.ask(session, id, command, now);
                    // It may have waited for this answer with input that is here already.
                    self.work.push_back(Work::Pump(session));
                }
                Work::Pump(session) => {
                    self.pump_kept(session, now);
                    // It may not have been read while it waited.
                    self.resumed.push(session);
                }
                Work::Close(session) => {
                    self.settle_said(now);
                    self.exchange.close(session, now);
                    self.run_outcomes(None, now);
                    self.release_senders(session, now.instant);
                }
            }
        }
    }

    pub(super) fn run_outcomes(&mut self, asker: Option<SessionId>, now: Now) {
        let instant = now.instant;
        while let Some(outcome) = self.exchange.poll() {
            match outcome {
                Outcome::Reply(session, id, reply) => {
                    self.with_gate(session, now, |gate, turn| {
                        gate.handle_reply(id, &reply, instant, turn);
                    });
                    if asker != Some(session) {
                        self.work.push_back(Work::Pump(session));
                    }
                }
                Outcome::Event(session, event) => {
                    self.with_gate(session, now, |gate, turn| {
                        gate.handle_event(&event, instant, turn);
                    });
                    self.reschedule(u32::try_from(session.slot()).unwrap_or(u32::MAX));
                }
                Outcome::Letter(session) => {
                    if let Some(s) = self.session_mut(session) {
                        s.letters = Letters::Unflushed;
                    }
                }
                Outcome::Room(key, event) => {
                    let said_bytes = match &event {
                        Event::Said(said) => said.text.as_str().len(),
                        Event::Told(told) => told.text.as_str().len(),
                    };
                    self.pending_room(key).said.push(event);
                    self.said_pending = true;
                    self.said_bytes += size_of::<Event>() + said_bytes;
                }
                Outcome::Signal(session, signal) => {
                    if matches!(signal, Signal::Segment { .. }) {
                        // What was said before it is written now, and not counted as the file's.
                        self.settle_said(now);
                    }
                    let before = self.buffers.len();
                    self.with_gate(session, now, |gate, turn| {
                        gate.handle_signal(&signal, instant, turn);
                    });
                    self.reschedule(u32::try_from(session.slot()).unwrap_or(u32::MAX));
                    if matches!(signal, Signal::Segment { .. }) {
                        let bytes = self.buffers.len() - before;
                        self.note_file_bytes(session, bytes, asker, instant);
                    }
                }
                Outcome::Membership(key) => {
                    self.listings.retain(|(room, ..)| *room != Some(key));
                    if !self.pending_room(key).said.is_empty() {
                        self.settle_said(now);
                    }
                    self.pending_room(key).roster = true;
                    if self.settings.strict_listings {
                        self.distribute(now);
                    }
                }
                Outcome::RoomsChanged => {
                    self.listings.retain(|(room, ..)| room.is_some());
                    self.rooms_changed = true;
                }
            }
        }
    }

    /// The session is over. What it is owed is flushed, it is told nothing more, and the middle
    /// learns of it before the round ends.
    pub(super) fn mark_closing(&mut self, session: SessionId, why: Why, now: Now) {
        let until = self.timers.tick(now.instant + LAST_WORDS);
        let Some(s) = self.session_mut(session) else {
            return;
        };
        if s.closing.is_some() {
            return;
        }
        let wire = s.protocol;
        s.input = BytesMut::new();
        s.tick = until;
        let idle = s.touched == 0 && s.backlog.as_ref().is_none_or(|b| b.bytes.is_empty());
        if let Some(backlog) = &mut s.backlog {
            backlog.rosters.clear();
            backlog.rooms = false;
        }
        let counter = match &why {
            Why::TooSlow => Some(&self.metrics.too_slow),
            Why::PeerMisbehaved(_) => Some(&self.metrics.misbehaved),
            Why::Silent => Some(&self.metrics.silent),
            _ => None,
        };
        if let Some(counter) = counter {
            counter.fetch_add(1, Relaxed);
        }
        let wire = self.protocols[usize::from(wire)].name();
        tracing::debug!(session = session.0, wire, %why, "session over");
        if let Some(s) = self.session_mut(session) {
            s.closing = Some(Box::new(why));
        }
        self.timers
            .insert(until, u32::try_from(session.slot()).unwrap_or(u32::MAX));
        self.work.push_back(Work::Close(session));
        if idle {
            // Something may still wait inside TLS: who flushes looks.
            self.drained.push(session);
        }
    }

    /// An ended session has nothing more to send.
    pub(super) fn finish(&mut self, session: SessionId) {
        if let Some(s) = self.session_mut(session)
            && let Some(why) = s.closing.as_deref()
            && !std::mem::replace(&mut s.finished, true)
        {
            let why = why.clone();
            self.closed.push((session, why));
        }
    }

    /// Stops reading from `sender` while somebody who receives its file is slow [494-26].
    pub(super) fn pause(&mut self, sender: SessionId, now: Instant) {
        if let Some(s) = self.session_mut(sender) {
            if !s.is_held() {
                s.gate.handle_pause(true, now);
            }
            s.pauses = s.pauses.saturating_add(1);
        }
    }

    /// One receiver less is slow; with the last one the sender goes on.
    pub(super) fn unpause(&mut self, sender: SessionId, now: Instant) {
        if let Some(s) = self.session_mut(sender) {
            s.pauses = s.pauses.saturating_sub(1);
            self.resume_if_free(sender, now);
        }
    }

    /// The session receives no files any more, so nobody waits for it.
    fn release_senders(&mut self, session: SessionId, now: Instant) {
        let backlog = self.session_mut(session).and_then(|s| s.backlog.as_mut());
        let paused = backlog.map(|backlog| std::mem::take(&mut backlog.paused));
        for sender in paused.unwrap_or_default() {
            self.unpause(sender, now);
        }
    }

    fn resume_if_free(&mut self, session: SessionId, now: Instant) {
        let full = self.full;
        if let Some(s) = self.session_mut(session)
            && !s.is_held()
        {
            s.gate.handle_pause(full, now);
            self.resumed.push(session);
        }
    }
}

fn changes_membership(command: &Command) -> bool {
    matches!(
        command,
        Command::Join { .. } | Command::Leave { .. } | Command::SignOut { .. }
    )
}
