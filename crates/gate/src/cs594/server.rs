//! One cs594 session at the hub: bytes, dialects, timers. What requests mean is in `requests`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use bytes::{BufMut as _, BytesMut};
use model::{Command, CommandId, Event, Reply, RoomName, Signal, UserName};
use wire_cs594::response::PRIVATE_ROOM;
use wire_cs594::{
    DecodeError, ErrorCode, ErrorPacket, Fault, NameList, Raw, Request, Response, ShowMsg,
    ShowType, Splitter, StreamError, crypt,
};

use super::pacer::Pacer;
use super::transfers::Transfers;
use super::{FIRST_PACKET, PACKET_TIME, PAUSE, Settings, show_type};
use crate::{Gate, Share, Turn, Why};

/// One session.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) settings: Arc<Settings>,
    splitter: Splitter,
    pub(super) state: State,
    dialect: Dialect,
    /// The session has written a list as text inside a string, and reads lists so.
    pub(super) text_lists: bool,
    /// The command whose answer must come before more input is taken.
    waiting: Option<CommandId>,
    /// Commands that are not answered yet.
    asked: usize,
    /// When the first packet must have come; `None` once it has.
    first_packet: Option<Instant>,
    last_heard: Instant,
    /// Bytes of the unfinished packet: seen again without more, they are no sign of life.
    left: u32,
    /// When the first byte of the unfinished packet came; set exactly while there is one.
    open_since: Option<Instant>,
    /// Since when the driver does not read.
    paused_at: Option<Instant>,
    /// When the next keep-alive goes out; set exactly when the client has sent one.
    heartbeat: Option<Instant>,
    /// What few sessions need.
    rare: Option<Box<Rare>>,
}

/// Who the session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Nobody yet.
    Nameless,
    /// Waits for the answer to SignIn.
    SigningIn(UserName),
    /// This person.
    Named(UserName),
    /// Has said goodbye; waits for the answer to SignOut.
    Leaving,
    /// Over; nothing more is read or written.
    Over,
}

/// How the session writes, and wants to be written to [594-26].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// No packet has come. Written to in lines.
    Unknown,
    /// Bare packets; may still become `Line`.
    Datagram,
    /// Lines.
    Line,
}

/// State that most sessions never need.
#[derive(Debug, Default)]
pub(super) struct Rare {
    /// Bytes that a pause or the end of a wait may complete; they come before new ones.
    held: BytesMut,
    /// The peer has said all: nothing comes behind `held`.
    ended: bool,
    pacer: Pacer,
    pub(super) transfers: Transfers,
    /// To whom the offers went that are not answered yet, in order.
    pub(super) offers: VecDeque<String>,
    /// A JOIN that waits to know whether rooms exist.
    pub(super) join: Option<PendingJoin>,
}

/// A JOIN of rooms whose names cs594 cannot make, only address [594-20].
#[derive(Debug)]
pub(super) struct PendingJoin {
    pub(super) rooms: Vec<RoomName>,
    /// Answers still to come.
    pub(super) checks: usize,
    /// A room that there is not.
    pub(super) missing: Option<RoomName>,
}

impl Server {
    pub(super) fn new(settings: Arc<Settings>, now: Instant) -> Self {
        Self {
            settings,
            splitter: Splitter::default(),
            state: State::Nameless,
            dialect: Dialect::Unknown,
            text_lists: false,
            waiting: None,
            asked: 0,
            first_packet: Some(now + FIRST_PACKET),
            last_heard: now,
            left: 0,
            open_since: None,
            paused_at: None,
            heartbeat: None,
            rare: None,
        }
    }

    /// Takes packets from the held bytes and `input`; what is left goes back to `input`, or stays
    /// held where only time or an answer brings it on.
    fn read(&mut self, input: &mut BytesMut, now: Instant, turn: &mut Turn) {
        let mut bytes = self.take_held(input);
        let settings = Arc::clone(&self.settings);
        let mut first = true;
        while !self.takes_nothing() && (!turn.is_full() || self.is_ended()) {
            match self.splitter.next(&mut bytes, settings.key.as_ref()) {
                Ok(None) => break,
                Ok(Some(raw)) => {
                    if std::mem::take(&mut first) {
                        self.note_request(now, turn);
                    }
                    self.handle_raw(&raw, now, turn);
                }
                Err(error) => self.handle_broken(error, now, turn),
            }
        }
        if self.splitter.saw_line() {
            self.speak_lines(turn);
        }
        self.note_open(now);
        if self.is_over() {
            bytes.clear();
            input.clear();
        } else if self.splitter.is_skipping() && self.dialect == Dialect::Datagram {
            // Its sender writes no line ends, so there is nothing to go on from [594-5].
            self.close(Why::PeerMisbehaved(StreamError::Lost.to_string()), turn);
        } else if self.splitter.wants_pause() || self.is_ended() {
            self.rare().held = bytes;
        } else {
            *input = bytes;
        }
    }

    /// The stream has paused or ended: what has come of a bare packet is all of it.
    fn end_by_pause(&mut self, now: Instant, turn: &mut Turn) {
        let mut bytes = self.take_held(&mut BytesMut::new());
        match self.splitter.pause(&mut bytes) {
            Ok(Some(raw)) => {
                self.note_request(now, turn);
                self.handle_raw(&raw, now, turn);
            }
            Ok(None) => {}
            Err(error) => self.handle_broken(error, now, turn),
        }
        self.note_open(now);
        if !self.is_over() && !bytes.is_empty() {
            self.rare().held = bytes;
        }
    }

    /// Goes on with held bytes once an answer has come.
    fn resume(&mut self, now: Instant, turn: &mut Turn) {
        if self.waiting.is_some() || self.is_over() {
            return;
        }
        let Some(rare) = self.rare.as_deref_mut() else {
            return;
        };
        if rare.ended {
            self.handle_end(&mut BytesMut::new(), now, turn);
        } else if !rare.held.is_empty() && !self.splitter.wants_pause() {
            let mut input = BytesMut::new();
            self.read(&mut input, now, turn);
            if !input.is_empty() {
                self.rare().held = input;
            }
        }
    }

    fn handle_raw(&mut self, raw: &Raw, now: Instant, turn: &mut Turn) {
        self.first_packet = None;
        if self.splitter.saw_line() {
            self.speak_lines(turn);
        } else if self.dialect == Dialect::Unknown {
            self.dialect = Dialect::Datagram;
        }
        let opened;
        let packet: &[u8] = match (raw.sealed, &self.settings.key) {
            (false, _) if self.settings.require_encryption => {
                let sentence = "Packets must be encrypted here.";
                return self.refuse(ErrorCode::IllegalRequest, sentence, None, now, turn);
            }
            (false, _) => &raw.text,
            (true, Some(key)) => match crypt::decrypt(key, &raw.text) {
                Ok(packet) => {
                    opened = packet;
                    &opened
                }
                Err(_) => return self.malformed(now, turn),
            },
            (true, None) => return self.malformed(now, turn),
        };
        match Request::decode(packet) {
            Ok(request) => self.handle_request(request, now, turn),
            Err(DecodeError::Malformed(_)) => self.malformed(now, turn),
            Err(DecodeError::UnexpectedOp(_)) => {
                let sentence = "The hub takes no packet of this OP-CODE.";
                self.refuse(ErrorCode::IllegalRequest, sentence, None, now, turn);
            }
        }
    }

    fn handle_broken(&mut self, error: StreamError, now: Instant, turn: &mut Turn) {
        self.malformed(now, turn);
        if error.is_fatal() {
            self.close(Why::PeerMisbehaved(error.to_string()), turn);
        }
    }

    /// Asks the hub.
    pub(super) fn ask(&mut self, id: CommandId, command: Command, turn: &mut Turn) {
        self.asked += 1;
        turn.ask(id, command);
    }

    /// Asks the hub, and takes no more input until it has answered: the answer may come late, and
    /// answers keep the order of requests.
    pub(super) fn ask_and_wait(&mut self, id: CommandId, command: Command, turn: &mut Turn) {
        self.wait_for(id);
        self.ask(id, command, turn);
    }

    pub(super) fn wait_for(&mut self, id: CommandId) {
        self.waiting = Some(id);
    }

    /// What was waited for will not be asked.
    pub(super) fn wait_no_more(&mut self) {
        self.waiting = None;
    }

    /// 205; says no more, so that a wrong key and broken JSON look the same [594-6].
    pub(super) fn malformed(&mut self, now: Instant, turn: &mut Turn) {
        let code = ErrorCode::MalformedRequest;
        self.refuse(code, code.sentence(), None, now, turn);
    }

    pub(super) fn refuse(
        &mut self,
        code: ErrorCode,
        sentence: &str,
        fault: Option<Fault>,
        now: Instant,
        turn: &mut Turn,
    ) {
        let message = sentence.to_owned();
        let error = ErrorPacket {
            code,
            message,
            fault,
        };
        self.say(&Response::Error(error), now, turn);
    }

    /// Writes a packet in the session's dialect.
    pub(super) fn say(&mut self, response: &Response, now: Instant, turn: &mut Turn) {
        if self.is_over() {
            return;
        }
        if self.dialect != Dialect::Datagram {
            response.encode(&mut turn.out);
            turn.out.put_u8(b'\n');
            return;
        }
        let mut packet = BytesMut::new();
        response.encode(&mut packet);
        let pacer = &mut self.rare().pacer;
        if pacer.push(packet.freeze(), now, &mut turn.out).is_err() {
            self.state = State::Over;
            turn.close(Why::TooSlow);
        }
    }

    /// A list in the form that the session reads.
    pub(super) fn list(&self, names: Vec<String>) -> NameList {
        if self.reads_text_lists() {
            NameList::text(names)
        } else {
            NameList::array(names)
        }
    }

    pub(super) fn reads_text_lists(&self) -> bool {
        self.text_lists || self.dialect == Dialect::Datagram
    }

    /// The session has shown that it speaks in lines.
    pub(super) fn speak_lines(&mut self, turn: &mut Turn) {
        if self.dialect == Dialect::Datagram
            && let Some(rare) = &mut self.rare
        {
            std::mem::take(&mut rare.pacer).into_lines(&mut turn.out);
        }
        self.dialect = Dialect::Line;
    }

    /// The session begins to send keep-alives, or goes on.
    pub(super) fn keep_alive(&mut self, now: Instant) {
        self.heartbeat.get_or_insert(now + self.settings.heartbeat);
    }

    /// Ends the session after all that was said.
    pub(super) fn close(&mut self, why: Why, turn: &mut Turn) {
        if let Some(rare) = &mut self.rare {
            rare.pacer.flush(&mut turn.out);
        }
        self.rare = None;
        self.state = State::Over;
        turn.close(why);
    }

    pub(super) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// The session's own name, once it has one.
    pub(super) fn me(&self) -> Option<&UserName> {
        match &self.state {
            State::Named(name) => Some(name),
            State::Nameless | State::SigningIn(_) | State::Leaving | State::Over => None,
        }
    }

    fn own_name(&self) -> String {
        self.me().map(ToString::to_string).unwrap_or_default()
    }

    fn show(&mut self, show: ShowMsg, now: Instant, turn: &mut Turn) {
        self.say(&Response::Show(show), now, turn);
    }

    /// A request lets a datagram session's next packet go.
    fn note_request(&mut self, now: Instant, turn: &mut Turn) {
        if self.dialect == Dialect::Datagram {
            self.rare().pacer.handle_request(now, &mut turn.out);
        }
    }

    fn note_open(&mut self, now: Instant) {
        if self.splitter.is_open() {
            self.open_since.get_or_insert(now);
        } else {
            self.open_since = None;
        }
    }

    /// Held bytes, with `input` behind them.
    fn take_held(&mut self, input: &mut BytesMut) -> BytesMut {
        let new = std::mem::take(input);
        match &mut self.rare {
            Some(rare) if !rare.held.is_empty() => {
                let mut held = std::mem::take(&mut rare.held);
                held.unsplit(new);
                held
            }
            Some(_) | None => new,
        }
    }

    fn is_over(&self) -> bool {
        self.state == State::Over
    }

    fn takes_nothing(&self) -> bool {
        self.waiting.is_some() || matches!(self.state, State::Leaving | State::Over)
    }

    fn is_ended(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.ended)
    }

    /// The deadlines that depend on the peer; none while it is not read from.
    fn peer_deadlines(&self) -> [Option<Instant>; 4] {
        if self.waiting.is_some() || self.paused_at.is_some() {
            return [None; 4];
        }
        let pause = self.splitter.wants_pause();
        [
            self.first_packet,
            self.heartbeat
                .map(|_| self.last_heard + self.settings.silence),
            self.open_since.map(|since| since + PACKET_TIME),
            pause.then(|| self.last_heard + PAUSE),
        ]
    }

    fn pace_deadline(&self) -> Option<Instant> {
        self.rare.as_ref()?.pacer.deadline()
    }
}

impl Gate for Server {
    fn handle_bytes(&mut self, input: &mut BytesMut, now: Instant, turn: &mut Turn) {
        if input.len() > self.left as usize {
            self.last_heard = now;
        }
        self.read(input, now, turn);
        self.left = u32::try_from(input.len()).unwrap_or(u32::MAX);
    }

    fn handle_event(&mut self, event: &Event, now: Instant, turn: &mut Turn) {
        let recipient = self.own_name();
        let show = match event {
            Event::Said(said) => ShowMsg {
                recipient,
                from: said.from.as_str().to_owned(),
                to_room: said.room.as_str().to_owned(),
                text: said.text.as_str().to_owned(),
                kind: show_type(said.manner),
            },
            Event::Told(told) => ShowMsg {
                recipient,
                from: told.from.as_str().to_owned(),
                to_room: PRIVATE_ROOM.to_owned(),
                text: told.text.as_str().to_owned(),
                kind: ShowType::Private,
            },
        };
        self.show(show, now, turn);
    }

    fn handle_signal(&mut self, signal: &Signal, now: Instant, turn: &mut Turn) {
        match signal {
            Signal::Members { names, .. } => {
                if self.settings.list_users_to_all {
                    let names = names.iter().map(ToString::to_string).collect();
                    self.say(&Response::Users(self.list(names)), now, turn);
                }
            }
            Signal::Rooms(_)
            // The hub tells none of these.
            | Signal::Named(_)
            | Signal::Contact(_)
            | Signal::Gone(_)
            | Signal::Typing { .. }
            | Signal::Channel { .. }
            | Signal::Progress { .. }
            | Signal::Arrived { .. }
            | Signal::Note(_)
            | Signal::Doubtful(_) => {}
            Signal::Offered(transfer) => self.tell_offer(transfer, now, turn),
            Signal::Answered { transfer, accepted } => {
                self.tell_answer(transfer, *accepted, now, turn);
            }
            Signal::Segment { id, data, last } => {
                self.tell_segment(*id, data.clone(), *last, now, turn);
            }
            Signal::Ended { transfer, .. } => self.tell_end(transfer, now, turn),
            Signal::Closing => {
                let name = self.own_name();
                self.say(&Response::Shutdown(name), now, turn);
                self.close(Why::Shutdown, turn);
            }
        }
    }

    fn handle_reply(&mut self, id: CommandId, reply: &Reply, now: Instant, turn: &mut Turn) {
        if self.is_over() {
            return;
        }
        self.asked = self.asked.saturating_sub(1);
        if self.waiting == Some(id) {
            self.waiting = None;
            // What the peer sent meanwhile was not read.
            self.last_heard = now;
        }
        self.handle_answer(id, reply, now, turn);
        self.resume(now, turn);
    }

    fn handle_timeout(&mut self, now: Instant, turn: &mut Turn) {
        if self.is_over() {
            return;
        }
        let due = |deadline: Option<Instant>| deadline.is_some_and(|at| at <= now);
        let [first, silence, packet, pause] = self.peer_deadlines();
        if let Some(rare) = &mut self.rare {
            rare.pacer.write(now, &mut turn.out);
        }
        if due(self.heartbeat) {
            self.heartbeat = Some(now + self.settings.heartbeat);
            self.say(&Response::KeepAlive, now, turn);
        }
        if due(pause) {
            self.end_by_pause(now, turn);
            self.resume(now, turn);
        } else if due(packet) {
            self.malformed(now, turn);
            self.close(
                Why::PeerMisbehaved("a packet does not end".to_owned()),
                turn,
            );
        } else if due(silence) || due(first) {
            self.close(Why::Silent, turn);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.is_over() {
            return None;
        }
        let ours = [self.heartbeat, self.pace_deadline()];
        (self.peer_deadlines().into_iter().chain(ours))
            .flatten()
            .min()
    }

    fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    fn share(&self) -> Share {
        match self.dialect {
            Dialect::Line => Share::Named,
            Dialect::Unknown | Dialect::Datagram => Share::Own,
        }
    }

    fn is_flushed(&self) -> bool {
        let rare = self.rare.as_ref();
        rare.is_none_or(|rare| rare.pacer.is_empty())
    }

    fn takes_files(&self) -> bool {
        self.dialect == Dialect::Line
    }

    fn handle_pause(&mut self, paused: bool, now: Instant) {
        if paused {
            self.paused_at.get_or_insert(now);
        } else if let Some(since) = self.paused_at.take() {
            let lost = now.saturating_duration_since(since);
            self.last_heard += lost;
            if let Some(since) = &mut self.open_since {
                *since += lost;
            }
        }
    }

    /// What was sent before the end is still carried out, so that a whole session can be piped in.
    fn handle_end(&mut self, input: &mut BytesMut, now: Instant, turn: &mut Turn) {
        self.rare().ended = true;
        self.read(input, now, turn);
        if !self.takes_nothing() {
            self.end_by_pause(now, turn);
        }
        // The last answer calls this again.
        if !self.takes_nothing() && self.asked == 0 {
            self.close(Why::PeerClosed, turn);
        }
    }
}
