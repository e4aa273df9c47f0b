//! What a request means, and how its answer is told.

use std::time::Instant;

use model::{
    Claim, Command, CommandId, Event, FileBytes, FileName, MessageId, Place, Proof, Recipient,
    Refusal, Reply, RoomName, SaidAs, Text, Transfer, TransferId, UserName,
};
use wire_cs594::request::{FileAnswer, FileOffer, FileSegment, Rooms, Say, SayPrivate};
use wire_cs594::response::PRIVATE_ROOM;
use wire_cs594::{
    ErrorCode, Fault, HistoryEntry, HistoryOf, HistoryRequest, ListForm, NameList, OpCode, Request,
    Response, check_own_name,
};

use super::server::{PendingJoin, Server, State};
use super::transfers::transfer_id;
use super::{HISTORY_DEFAULT, HISTORY_MOST, refused};
use crate::{Turn, Why};

/// Text in one HISTORY_RESP, in bytes; the messages next to `Before` come first. Keeps an answer
/// within what our own client, and a send queue, takes.
const HISTORY_TEXT: usize = 256 * 1024;

/// Rooms in one JOIN whose existence must be asked for: more than a person may be in at once.
const MAX_CHECKS: usize = 256;

/// Tags a question whether a room exists, asked for JOIN. This and the next are beyond all op-codes.
const CHECK: CommandId = CommandId(1_000);

/// Tags the Join that had to wait for such questions.
const CHECKED_JOIN: CommandId = CommandId(1_001);

/// A room that cs594 names cannot be.
struct BadRoom(String);

impl Server {
    pub(super) fn handle_request(&mut self, request: Request, now: Instant, turn: &mut Turn) {
        self.note_form(&request, turn);
        if !matches!(request, Request::Connect(_) | Request::KeepAlive) && self.me().is_none() {
            return self.illegal("Connect first.", now, turn);
        }
        match request {
            Request::Connect(name) => self.connect(&name, now, turn),
            Request::KeepAlive => self.keep_alive(now),
            Request::ListRooms => self.ask(tag(OpCode::ListRoom), Command::ListRooms, turn),
            Request::Join(rooms) => self.join(&rooms, now, turn),
            Request::ListUsers(room) => match RoomName::parse(&room) {
                Ok(room) => self.ask(tag(OpCode::ListUsers), Command::ListMembers { room }, turn),
                Err(_) => self.no_room(room, now, turn),
            },
            Request::Leave(rooms) => self.leave(&rooms, now, turn),
            Request::Say(say) => self.post(OpCode::SendMsg, SaidAs::Post, &say, now, turn),
            Request::SayGroup(say) => {
                self.post(OpCode::SendGroupMsg, SaidAs::Group, &say, now, turn);
            }
            Request::SayPrivate(say) => self.tell(&say, now, turn),
            Request::Quit(user) => {
                if self.speaks_as_itself(&user, now, turn) {
                    self.state = State::Leaving;
                    self.ask(tag(OpCode::Quit), Command::SignOut { farewell: None }, turn);
                }
            }
            Request::FileOffer(offer) => self.offer(offer, now, turn),
            Request::FileAccept(answer) => self.answer(&answer, true, now, turn),
            Request::FileReject(answer) => self.answer(&answer, false, now, turn),
            Request::FileSegment(segment) => self.segment(segment, now, turn),
            Request::History(history) => self.history(&history, now, turn),
        }
    }

    pub(super) fn handle_answer(
        &mut self,
        id: CommandId,
        reply: &Reply,
        now: Instant,
        turn: &mut Turn,
    ) {
        if id == CHECK {
            return self.handle_check(reply, now, turn);
        }
        let Some((op, transfer)) = untag(id) else {
            return;
        };
        match (op, reply) {
            (OpCode::Connect, _) => self.handle_sign_in(reply, now, turn),
            (OpCode::Quit, _) => {
                self.say(&Response::Ok { transfer: None }, now, turn);
                self.close(Why::Departed, turn);
            }
            (OpCode::FileOffer, _) => self.handle_offered(reply, now, turn),
            (_, Reply::Refused(refusal)) => {
                if let (OpCode::FileSegment, Some(id)) = (op, transfer) {
                    self.rare().transfers.end(id);
                }
                self.tell_refusal(refusal, now, turn);
            }
            (OpCode::ListRoom, Reply::Rooms(rooms)) => {
                let names = rooms.iter().map(ToString::to_string).collect();
                self.say(&Response::Rooms(self.list(names)), now, turn);
            }
            (OpCode::ListUsers, Reply::Members { names, .. }) => {
                let names = names.iter().map(ToString::to_string).collect();
                self.say(&Response::Users(self.list(names)), now, turn);
            }
            (OpCode::History, Reply::History(events)) => self.tell_history(events, now, turn),
            (OpCode::Join | OpCode::Leave | OpCode::SendPrvMsg, _) => {
                self.say(&Response::Ok { transfer: None }, now, turn);
            }
            // A message in a room is acknowledged by its SHOW_MSG; files by what comes of them.
            _ => {}
        }
    }

    pub(super) fn tell_offer(&mut self, transfer: &Transfer, now: Instant, turn: &mut Turn) {
        self.rare().transfers.begin_incoming(transfer.id);
        let offer = FileOffer {
            user: transfer.from.to_string(),
            to: transfer.to.to_string(),
            name: transfer.name.to_string(),
            size: transfer.size,
            transfer: Some(transfer.id.get().into()),
        };
        self.say(&Response::FileOffer(offer), now, turn);
    }

    pub(super) fn tell_answer(
        &mut self,
        transfer: &Transfer,
        accepted: bool,
        now: Instant,
        turn: &mut Turn,
    ) {
        let answer = FileAnswer {
            user: transfer.to.to_string(),
            to: transfer.from.to_string(),
            transfer: transfer.id.get().into(),
        };
        let response = if accepted {
            self.rare().transfers.accepted(transfer.id);
            Response::FileAccept(answer)
        } else {
            self.rare().transfers.end_by_other(transfer.id);
            Response::FileReject(answer)
        };
        self.say(&response, now, turn);
    }

    pub(super) fn tell_segment(
        &mut self,
        id: TransferId,
        data: FileBytes,
        last: bool,
        now: Instant,
        turn: &mut Turn,
    ) {
        let mut transfers = std::mem::take(&mut self.rare().transfers);
        transfers.cut(id, data.into_bytes(), last, |segment| {
            self.say(&Response::FileSegment(segment), now, turn);
        });
        self.rare().transfers = transfers;
    }

    pub(super) fn tell_end(&mut self, transfer: &Transfer, now: Instant, turn: &mut Turn) {
        self.rare().transfers.end_by_other(transfer.id);
        let (mine, other) = match self.me() {
            Some(me) if *me == transfer.to => (&transfer.to, &transfer.from),
            Some(_) | None => (&transfer.from, &transfer.to),
        };
        let answer = FileAnswer {
            user: other.to_string(),
            to: mine.to_string(),
            transfer: transfer.id.get().into(),
        };
        self.say(&Response::FileReject(answer), now, turn);
    }

    /// How the session writes lists tells how it reads them [594-26].
    fn note_form(&mut self, request: &Request, turn: &mut Turn) {
        let form = match request {
            Request::Join(payload) | Request::Leave(payload) => payload.rooms.form(),
            Request::Say(payload) | Request::SayGroup(payload) => payload.rooms.form(),
            _ => return,
        };
        match form {
            ListForm::Array => self.speak_lines(turn),
            ListForm::Text => self.text_lists = true,
            ListForm::Plain => {}
        }
    }

    fn connect(&mut self, name: &str, now: Instant, turn: &mut Turn) {
        if self.me().is_some() {
            return self.illegal("You are connected already.", now, turn);
        }
        let name = check_own_name(name).ok().map(|()| UserName::parse(name));
        let Some(Ok(name)) = name else {
            let code = ErrorCode::IllegalName;
            return self.refuse(code, code.sentence(), None, now, turn);
        };
        self.state = State::SigningIn(name.clone());
        let proof = Proof::None;
        self.ask_and_wait(tag(OpCode::Connect), Command::SignIn { name, proof }, turn);
    }

    fn handle_sign_in(&mut self, reply: &Reply, now: Instant, turn: &mut Turn) {
        let State::SigningIn(name) = std::mem::replace(&mut self.state, State::Nameless) else {
            return;
        };
        if let Reply::Refused(refusal) = reply {
            return self.tell_refusal(refusal, now, turn);
        }
        self.state = State::Named(name);
        self.say(&Response::Ok { transfer: None }, now, turn);
    }

    fn join(&mut self, payload: &Rooms, now: Instant, turn: &mut Turn) {
        if !self.speaks_as_itself(&payload.user, now, turn) {
            return;
        }
        let rooms = match parse_rooms(&payload.rooms) {
            Ok(rooms) => rooms,
            Err(BadRoom(room)) => return self.bad_room(room, now, turn),
        };
        // Names that cs594 cannot make are joined only where another wire has made the room.
        let foreign = |room: &&RoomName| check_own_name(room.as_str()).is_err();
        let checks = rooms.iter().filter(foreign).count();
        if checks == 0 {
            return self.ask(tag(OpCode::Join), Command::Join { rooms }, turn);
        }
        if checks > MAX_CHECKS {
            return self.tell_refusal(&Refusal::TooManyRooms, now, turn);
        }
        for room in rooms.iter().filter(foreign).cloned() {
            self.ask(CHECK, Command::ListMembers { room }, turn);
        }
        self.wait_for(CHECKED_JOIN);
        let missing = None;
        self.rare().join = Some(PendingJoin {
            rooms,
            checks,
            missing,
        });
    }

    fn handle_check(&mut self, reply: &Reply, now: Instant, turn: &mut Turn) {
        let Some(mut join) = self.rare().join.take() else {
            return;
        };
        join.checks -= 1;
        if let Reply::Refused(Refusal::NoSuchRoom(room)) = reply {
            join.missing.get_or_insert_with(|| room.clone());
        }
        match join {
            PendingJoin { checks: 1.., .. } => self.rare().join = Some(join),
            PendingJoin {
                missing: Some(room),
                ..
            } => {
                self.wait_no_more();
                self.bad_room(room.to_string(), now, turn);
            }
            PendingJoin { rooms, .. } => self.ask(CHECKED_JOIN, Command::Join { rooms }, turn),
        }
    }

    fn leave(&mut self, payload: &Rooms, now: Instant, turn: &mut Turn) {
        if !self.speaks_as_itself(&payload.user, now, turn) {
            return;
        }
        match parse_rooms(&payload.rooms) {
            Ok(rooms) => self.ask(tag(OpCode::Leave), Command::Leave { rooms }, turn),
            Err(BadRoom(room)) => self.no_room(room, now, turn),
        }
    }

    fn post(&mut self, op: OpCode, manner: SaidAs, say: &Say, now: Instant, turn: &mut Turn) {
        if !self.speaks_as_itself(&say.user, now, turn) {
            return;
        }
        let rooms = match parse_rooms(&say.rooms) {
            Ok(rooms) => rooms,
            Err(BadRoom(room)) => return self.no_room(room, now, turn),
        };
        let Ok(text) = Text::adapt(&say.text) else {
            return self.malformed(now, turn);
        };
        let from_outside = false;
        let command = Command::Post {
            rooms,
            text,
            manner,
            from_outside,
        };
        self.ask(tag(op), command, turn);
    }

    fn tell(&mut self, say: &SayPrivate, now: Instant, turn: &mut Turn) {
        if !self.speaks_as_itself(&say.user, now, turn) {
            return;
        }
        let Ok(to) = UserName::parse(&say.to) else {
            return self.no_user(&say.to, now, turn);
        };
        let Ok(text) = Text::adapt(&say.text) else {
            return self.malformed(now, turn);
        };
        let to = Recipient::Name(to);
        self.ask_and_wait(tag(OpCode::SendPrvMsg), Command::Tell { to, text }, turn);
    }

    fn offer(&mut self, offer: FileOffer, now: Instant, turn: &mut Turn) {
        if !self.speaks_as_itself(&offer.user, now, turn) {
            return;
        }
        let Ok(to) = UserName::parse(&offer.to) else {
            return self.no_user(&offer.to, now, turn);
        };
        let Ok(name) = FileName::parse(&offer.name) else {
            return self.illegal("A file cannot have this name.", now, turn);
        };
        self.rare().offers.push_back(offer.to);
        let size = offer.size;
        self.ask(
            tag(OpCode::FileOffer),
            Command::Offer { to, name, size },
            turn,
        );
    }

    fn handle_offered(&mut self, reply: &Reply, now: Instant, turn: &mut Turn) {
        let to = self.rare().offers.pop_front().unwrap_or_default();
        match reply {
            Reply::Offered(transfer) => {
                self.rare().transfers.begin_outgoing(transfer.id);
                let transfer = Some(transfer.id.get().into());
                self.say(&Response::Ok { transfer }, now, turn);
            }
            Reply::Refused(Refusal::TooManyTransfers) => {
                let answer = FileAnswer {
                    user: to,
                    to: self.me().map(ToString::to_string).unwrap_or_default(),
                    transfer: 0,
                };
                self.say(&Response::FileReject(answer), now, turn);
            }
            Reply::Refused(refusal) => self.tell_refusal(refusal, now, turn),
            _ => {}
        }
    }

    fn answer(&mut self, answer: &FileAnswer, accept: bool, now: Instant, turn: &mut Turn) {
        if !self.speaks_as_itself(&answer.user, now, turn) {
            return;
        }
        let (Some(id), Ok(other)) = (transfer_id(answer.transfer), UserName::parse(&answer.to))
        else {
            return self.tell_refusal(&Refusal::NoSuchTransfer, now, turn);
        };
        let transfers = &mut self.rare().transfers;
        if !accept && transfers.is_running(id) {
            transfers.end(id);
            return self.ask(tag(OpCode::FileReject), Command::Cancel { id }, turn);
        }
        let op = if accept {
            transfers.accept(id);
            OpCode::FileAccept
        } else {
            transfers.end(id);
            OpCode::FileReject
        };
        let claim = Claim {
            id,
            from: Some(other),
            to: self.me().cloned(),
        };
        self.ask(tag(op), Command::Answer { claim, accept }, turn);
    }

    fn segment(&mut self, segment: FileSegment, now: Instant, turn: &mut Turn) {
        let id = transfer_id(segment.transfer).filter(|_| !segment.data.is_empty());
        let transfers = &mut self.rare().transfers;
        let id =
            id.filter(|id| transfers.check_seq(*id, segment.seq) || transfers.is_orphaned(*id));
        let Some(id) = id else {
            return self.tell_refusal(&Refusal::NoSuchTransfer, now, turn);
        };
        let FileSegment { data, last, .. } = segment;
        let data = data.into();
        if last {
            self.rare().transfers.end(id);
        }
        self.ask(tag_segment(id), Command::Segment { id, data, last }, turn);
    }

    fn history(&mut self, request: &HistoryRequest, now: Instant, turn: &mut Turn) {
        let place = match &request.of {
            HistoryOf::Room(room) => match RoomName::parse(room) {
                Ok(room) => Place::Room(room),
                Err(_) => return self.no_room(room.clone(), now, turn),
            },
            HistoryOf::User(user) => match UserName::parse(user) {
                Ok(user) => Place::Person(user),
                Err(_) => return self.no_user(user, now, turn),
            },
        };
        let limit = request.limit.unwrap_or(HISTORY_DEFAULT).min(HISTORY_MOST);
        if limit == 0 {
            return self.tell_history(&[], now, turn);
        }
        let before = request.before.map(MessageId);
        let command = Command::History {
            place,
            before,
            limit,
        };
        self.ask_and_wait(tag(OpCode::History), command, turn);
    }

    fn tell_history(&mut self, events: &[Event], now: Instant, turn: &mut Turn) {
        let mut room = HISTORY_TEXT;
        let fits = |entry: &HistoryEntry| {
            let fits = room >= entry.text.len();
            room = room.saturating_sub(entry.text.len());
            fits
        };
        let newest_first = events.iter().rev().map(entry);
        let mut entries: Vec<HistoryEntry> = newest_first.take_while(fits).collect();
        entries.reverse();
        let form = if self.reads_text_lists() {
            ListForm::Text
        } else {
            ListForm::Array
        };
        self.say(&Response::History { entries, form }, now, turn);
    }

    /// [594-19]: no one speaks as someone else.
    fn speaks_as_itself(&mut self, user: &str, now: Instant, turn: &mut Turn) -> bool {
        let is_me = |me: &UserName| {
            me.as_str() == user || UserName::parse(user).is_ok_and(|user| user == *me)
        };
        let itself = self.me().is_some_and(is_me);
        if !itself {
            self.illegal("User-Name is not your own name.", now, turn);
        }
        itself
    }

    fn illegal(&mut self, sentence: &str, now: Instant, turn: &mut Turn) {
        self.refuse(ErrorCode::IllegalRequest, sentence, None, now, turn);
    }

    fn tell_refusal(&mut self, refusal: &Refusal, now: Instant, turn: &mut Turn) {
        self.say(&Response::Error(refused(refusal)), now, turn);
    }

    fn bad_room(&mut self, room: String, now: Instant, turn: &mut Turn) {
        let code = ErrorCode::IllegalName;
        self.refuse(code, code.sentence(), Some(Fault::Room(room)), now, turn);
    }

    fn no_room(&mut self, room: String, now: Instant, turn: &mut Turn) {
        let code = ErrorCode::RoomNotFound;
        self.refuse(code, code.sentence(), Some(Fault::Room(room)), now, turn);
    }

    fn no_user(&mut self, user: &str, now: Instant, turn: &mut Turn) {
        let code = ErrorCode::UserNotFound;
        let fault = Fault::User(user.to_owned());
        self.refuse(code, code.sentence(), Some(fault), now, turn);
    }
}

/// Rooms named in one request, at most: more than anybody may be in by default, and each costs the
/// hub a look.
const MAX_ROOMS_NAMED: usize = 1_000;

fn parse_rooms(rooms: &NameList) -> Result<Vec<RoomName>, BadRoom> {
    if let Some(room) = rooms.names().get(MAX_ROOMS_NAMED) {
        return Err(BadRoom(room.clone()));
    }
    let parse = |room: &String| RoomName::parse(room).map_err(|_| BadRoom(room.clone()));
    rooms.names().iter().map(parse).collect()
}

fn entry(event: &Event) -> HistoryEntry {
    match event {
        Event::Said(said) => HistoryEntry {
            from: said.from.to_string(),
            to_room: said.room.to_string(),
            text: said.text.to_string(),
            time: said.at.0,
            id: said.id.0,
        },
        Event::Told(told) => HistoryEntry {
            from: told.from.to_string(),
            to_room: PRIVATE_ROOM.to_owned(),
            text: told.text.to_string(),
            time: told.at.0,
            id: told.id.0,
        },
    }
}

/// The tag of the command that an op-code asks.
fn tag(op: OpCode) -> CommandId {
    CommandId(u64::from(op.number()))
}

/// The same for a segment, whose refusal ends what it belongs to.
fn tag_segment(id: TransferId) -> CommandId {
    CommandId(tag(OpCode::FileSegment).0 | u64::from(id.get()) << 16)
}

fn untag(id: CommandId) -> Option<(OpCode, Option<TransferId>)> {
    if id == CHECKED_JOIN {
        return Some((OpCode::Join, None));
    }
    let op = OpCode::from_number(i64::from(id.0 as u16))?;
    Some((op, transfer_id(id.0 >> 16)))
}
