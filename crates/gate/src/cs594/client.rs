//! One cs594 session at a client.
//!
//! The protocol's answers do not say what they answer, so one request is outstanding at a time and
//! the next waits. Pieces of files need no answer and go past the queue.
//!
//! - A message in a room is answered by its own SHOW_MSG [594-14].
//! - Taking or refusing an offer is answered by silence: a LIST_ROOM behind it is the fence. An error
//!   that comes before the fence's answer is about the transfer.
//! - A hub that never sends a keep-alive is not held to any [594-17].
//! - Always speaks in lines; what comes may be bare, and lists in any form.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{BufMut as _, BytesMut};
use model::{
    Claim, Command, CommandId, EndReason, Event, FileBytes, FileName, MessageId, Place, Recipient,
    Refusal, Reply, RoomName, Said, SaidAs, Signal, TellOutcome, Text, Timestamp, Told, Transfer,
    TransferId, UserName,
};
use wire_cs594::request::{FileAnswer, FileOffer, FileSegment, Rooms, Say, SayPrivate};
use wire_cs594::response::PRIVATE_ROOM;
use wire_cs594::stream::MAX_PACKET_FROM_HUB;
use wire_cs594::{
    ErrorCode, ErrorPacket, Fault, HistoryEntry, HistoryOf, HistoryRequest, Key, NameList, Request,
    Response, ShowMsg, ShowType, Splitter, check_own_name, crypt,
};

use super::transfers::{Cutter, transfer_id};
use crate::{ClientGate, ClientTurn, Upward, Why};

/// Commands that wait for their turn, at most; more are refused. A person does not get there.
const MAX_QUEUED: usize = 1_024;

/// How a client behaves.
#[derive(Debug)]
pub struct ClientSettings {
    /// How long a hub that sends keep-alives may be silent [594-17].
    pub silence: Duration,
    /// Between two keep-alives to the hub [594-17].
    pub heartbeat: Duration,
    /// Seals what is sent [594-6].
    pub seal: Option<Seal>,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(15),
            heartbeat: Duration::from_secs(5),
            seal: None,
        }
    }
}

/// What sealing needs.
pub struct Seal {
    /// The key that hub and clients share.
    pub key: Key,
    /// Gives 16 fresh random bytes at each call.
    pub next_iv: Box<dyn FnMut() -> [u8; crypt::BLOCK] + Send>,
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(…)")
    }
}

/// One session.
#[derive(Debug)]
pub struct Client {
    settings: ClientSettings,
    splitter: Splitter,
    me: Option<UserName>,
    rooms: Vec<RoomName>,
    /// Waits for `asked` to be answered.
    queue: VecDeque<(CommandId, Command)>,
    asked: Option<(CommandId, Asked)>,
    files: Vec<File>,
    next_message: u64,
    last_heard: Instant,
    /// When the next keep-alive goes out; set exactly while signed in.
    heartbeat: Option<Instant>,
    /// Whether the hub sends keep-alives.
    hub_is_alive: bool,
    over: bool,
}

/// The request that is outstanding.
#[derive(Debug)]
enum Asked {
    SignIn(UserName),
    Join(Vec<RoomName>),
    Leave(Vec<RoomName>),
    Rooms,
    Members(RoomName),
    /// Waits for its own SHOW_MSG from one of the rooms.
    Post(Vec<RoomName>),
    Tell(String),
    History(Place),
    Offer {
        to: UserName,
        name: FileName,
        size: u64,
    },
    /// Waits for the fence; refused if an error comes before it.
    Answer {
        refused: bool,
    },
}

/// A file on its way to or from us.
#[derive(Debug)]
struct File {
    transfer: Transfer,
    accepted: bool,
    cutter: Cutter,
    /// The number of the next segment that comes in.
    next: u64,
}

impl Client {
    /// A session on a connection made at `now`.
    pub fn new(settings: ClientSettings, now: Instant) -> Self {
        Self {
            settings,
            splitter: Splitter::new(MAX_PACKET_FROM_HUB),
            me: None,
            rooms: Vec::new(),
            queue: VecDeque::new(),
            asked: None,
            files: Vec::new(),
            next_message: 0,
            last_heard: now,
            heartbeat: None,
            hub_is_alive: false,
            over: false,
        }
    }

    /// Sends waiting commands until one has to be answered.
    fn ask_next(&mut self, turn: &mut ClientTurn) {
        while self.asked.is_none() {
            let Some((id, command)) = self.queue.pop_front() else {
                return;
            };
            match self.ask(command, turn) {
                Ok(asked) => self.asked = Some((id, asked)),
                Err(reply) => turn.tell(Upward::Reply(id, reply)),
            }
        }
    }

    /// Sends a request; or says at once what the answer is.
    fn ask(&mut self, command: Command, turn: &mut ClientTurn) -> Result<Asked, Reply> {
        if let Command::SignIn { name, .. } = command {
            if check_own_name(name.as_str()).is_err() {
                return Err(Reply::Refused(Refusal::NotPossible));
            }
            self.write(&Request::Connect(name.to_string()), turn);
            return Ok(Asked::SignIn(name));
        }
        let user = match &self.me {
            Some(me) => me.to_string(),
            None => return Err(Reply::Refused(Refusal::NotSignedIn)),
        };
        let (request, asked) = match command {
            Command::Join { rooms } => {
                let payload = Rooms {
                    rooms: list(&rooms),
                    user,
                };
                (Request::Join(payload), Asked::Join(rooms))
            }
            Command::Leave { rooms } => {
                let payload = Rooms {
                    rooms: list(&rooms),
                    user,
                };
                (Request::Leave(payload), Asked::Leave(rooms))
            }
            Command::ListRooms => (Request::ListRooms, Asked::Rooms),
            Command::ListMembers { room } => {
                (Request::ListUsers(room.to_string()), Asked::Members(room))
            }
            Command::Post {
                rooms,
                text,
                manner,
                ..
            } => post(rooms, user, &text, manner),
            Command::PostEverywhere { .. } if self.rooms.is_empty() => return Err(Reply::Done),
            Command::PostEverywhere { text } => post(self.rooms.clone(), user, &text, SaidAs::Post),
            Command::Tell {
                to: Recipient::Name(to),
                text,
            }
            | Command::Mail {
                to: Recipient::Name(to),
                text,
            } => {
                let (to, text) = (to.to_string(), text.to_string());
                let asked = Asked::Tell(to.clone());
                (Request::SayPrivate(SayPrivate { user, to, text }), asked)
            }
            Command::History {
                place,
                before,
                limit,
            } => {
                let of = match &place {
                    Place::Room(room) => HistoryOf::Room(room.to_string()),
                    Place::Person(user) => HistoryOf::User(user.to_string()),
                };
                let (before, limit) = (before.map(|id| id.0), Some(limit));
                let payload = HistoryRequest { of, before, limit };
                (Request::History(payload), Asked::History(place))
            }
            Command::Offer { to, name, size } => {
                let payload = FileOffer {
                    user,
                    to: to.to_string(),
                    name: name.to_string(),
                    size,
                    transfer: None,
                };
                (Request::FileOffer(payload), Asked::Offer { to, name, size })
            }
            Command::Answer { claim, accept } => {
                self.answer(&claim, accept, user, turn)?;
                // The fence.
                (Request::ListRooms, Asked::Answer { refused: false })
            }
            Command::SignIn { .. }
            | Command::SignOut { .. }
            | Command::Tell { .. }
            | Command::Mail { .. }
            | Command::Query { .. }
            | Command::Segment { .. }
            | Command::Cancel { .. }
            | Command::TakeMail { .. }
            | Command::Announce(_)
            | Command::Give { .. }
            | Command::Take { .. }
            | Command::ListContacts
            | Command::Typing { .. }
            | Command::Part { .. }
            | Command::DropMail { .. } => return Err(Reply::Refused(Refusal::NotPossible)),
        };
        self.write(&request, turn);
        Ok(asked)
    }

    fn answer(
        &mut self,
        claim: &Claim,
        accept: bool,
        user: String,
        turn: &mut ClientTurn,
    ) -> Result<(), Reply> {
        let file = self.file(claim.id).filter(|file| !file.accepted);
        let file = file.ok_or(Reply::Refused(Refusal::NoSuchTransfer))?;
        file.accepted = accept;
        let answer = FileAnswer {
            user,
            to: file.transfer.from.to_string(),
            transfer: claim.id.get().into(),
        };
        if accept {
            self.write(&Request::FileAccept(answer), turn);
        } else {
            self.forget(claim.id);
            self.write(&Request::FileReject(answer), turn);
        }
        Ok(())
    }

    fn send_segment(
        &mut self,
        id: TransferId,
        data: FileBytes,
        last: bool,
        turn: &mut ClientTurn,
    ) -> Reply {
        let Some(file) = self.file(id).filter(|file| file.accepted) else {
            return Reply::Refused(Refusal::NoSuchTransfer);
        };
        let mut cutter = std::mem::take(&mut file.cutter);
        cutter.cut(id, data.into_bytes(), last, |segment| {
            self.write(&Request::FileSegment(segment), turn);
        });
        if let Some(file) = self.file(id) {
            file.cutter = cutter;
        }
        if last {
            self.forget(id);
        }
        Reply::Done
    }

    fn cancel(&mut self, id: TransferId, turn: &mut ClientTurn) -> Reply {
        let Some((me, file)) = self.me.clone().zip(self.file(id)) else {
            return Reply::Refused(Refusal::NoSuchTransfer);
        };
        let transfer = &file.transfer;
        let other = if transfer.from == me {
            &transfer.to
        } else {
            &transfer.from
        };
        let answer = FileAnswer {
            user: me.to_string(),
            to: other.to_string(),
            transfer: id.get().into(),
        };
        self.forget(id);
        self.write(&Request::FileReject(answer), turn);
        Reply::Done
    }

    fn handle_response(&mut self, response: Response, now: Instant, turn: &mut ClientTurn) {
        match response {
            Response::Ok { transfer } => self.handle_ok(transfer, now, turn),
            Response::Rooms(names) => self.handle_rooms(names, turn),
            Response::Users(names) => {
                // The setting that tells all members does not say of which room.
                if let Some((id, room)) = self.take_asked(|asked| match asked {
                    Asked::Members(room) => Ok(room),
                    other => Err(other),
                }) {
                    let names = parse_all(names, UserName::parse);
                    turn.tell(Upward::Reply(id, Reply::Members { room, names }));
                }
            }
            Response::Show(show) => self.handle_show(show, turn),
            Response::Shutdown(_) => {
                turn.tell(Upward::Signal(Signal::Closing));
                self.close(Why::ServerEnded("it is shutting down".to_owned()), turn);
            }
            Response::KeepAlive => self.hub_is_alive = true,
            Response::FileOffer(offer) => self.handle_offer(&offer, turn),
            Response::FileAccept(answer) => self.handle_accept(&answer, turn),
            Response::FileReject(answer) => self.handle_reject(&answer, turn),
            Response::FileSegment(segment) => self.handle_segment(segment, turn),
            Response::History { entries, .. } => self.handle_history(&entries, turn),
            Response::Error(error) => self.handle_error(&error, turn),
        }
    }

    fn handle_ok(&mut self, transfer: Option<u64>, now: Instant, turn: &mut ClientTurn) {
        let Some((id, asked)) = self.asked.take() else {
            return;
        };
        let reply = match asked {
            Asked::SignIn(name) => {
                self.me = Some(name);
                self.heartbeat = Some(now + self.settings.heartbeat);
                Reply::Done
            }
            Asked::Join(rooms) => Reply::Joined(rooms.into_iter().map(|r| self.enter(r)).collect()),
            Asked::Leave(rooms) => {
                self.rooms.retain(|room| !rooms.contains(room));
                Reply::Done
            }
            Asked::Tell(_) => Reply::Told(TellOutcome::Delivered),
            Asked::Offer { to, name, size } => {
                match (transfer.and_then(transfer_id), self.me.clone()) {
                    (Some(id), Some(from)) => {
                        let transfer = Transfer {
                            id,
                            from,
                            to,
                            name,
                            size,
                        };
                        self.files.push(File::new(transfer.clone()));
                        Reply::Offered(transfer)
                    }
                    _ => Reply::Refused(Refusal::NotPossible),
                }
            }
            other @ (Asked::Rooms
            | Asked::Members(_)
            | Asked::Post(_)
            | Asked::History(_)
            | Asked::Answer { .. }) => {
                self.asked = Some((id, other));
                return;
            }
        };
        turn.tell(Upward::Reply(id, reply));
    }

    fn handle_rooms(&mut self, names: NameList, turn: &mut ClientTurn) {
        let rooms = parse_all(names, RoomName::parse);
        let upward = match self.asked.take() {
            Some((id, Asked::Rooms)) => Upward::Reply(id, Reply::Rooms(rooms)),
            Some((id, Asked::Answer { refused: false })) => Upward::Reply(id, Reply::Done),
            Some((id, Asked::Answer { refused: true })) => {
                Upward::Reply(id, Reply::Refused(Refusal::NoSuchTransfer))
            }
            other => {
                self.asked = other;
                Upward::Signal(Signal::Rooms(rooms))
            }
        };
        turn.tell(upward);
    }

    fn handle_show(&mut self, show: ShowMsg, turn: &mut ClientTurn) {
        let private = show.to_room == PRIVATE_ROOM || show.kind == ShowType::Private;
        let manner = if show.kind == ShowType::Group {
            SaidAs::Group
        } else {
            SaidAs::Post
        };
        let entry = HistoryEntry {
            from: show.from,
            to_room: if private {
                PRIVATE_ROOM.to_owned()
            } else {
                show.to_room
            },
            text: show.text,
            time: 0,
            id: self.next_message,
        };
        // What our words cannot hold is nothing that a face could show.
        let Some(event) = self.event(&entry, None, manner) else {
            return;
        };
        self.next_message += 1;
        let own_room = match &event {
            Event::Said(said) if Some(&said.from) == self.me.as_ref() => Some(said.room.clone()),
            Event::Said(_) | Event::Told(_) => None,
        };
        turn.tell(Upward::Event(event));
        if let Some(room) = own_room
            && let Some((id, ())) = self.take_asked(|asked| match asked {
                Asked::Post(rooms) if rooms.contains(&room) => Ok(()),
                other => Err(other),
            })
        {
            turn.tell(Upward::Reply(id, Reply::Done));
        }
    }

    fn handle_offer(&mut self, offer: &FileOffer, turn: &mut ClientTurn) {
        let id = offer.transfer.and_then(transfer_id);
        let from = UserName::parse(&offer.user).ok();
        let name = FileName::parse(&offer.name).ok();
        if let (Some(id), Some(from), Some(name), Some(to)) = (id, from, name, self.me.clone()) {
            let transfer = Transfer {
                id,
                from,
                to,
                name,
                size: offer.size,
            };
            self.forget(id);
            self.files.push(File::new(transfer.clone()));
            turn.tell(Upward::Signal(Signal::Offered(transfer)));
        }
    }

    fn handle_accept(&mut self, answer: &FileAnswer, turn: &mut ClientTurn) {
        let me = self.me.clone();
        let file = transfer_id(answer.transfer).and_then(|id| self.file(id));
        if let Some(file) =
            file.filter(|file| !file.accepted && Some(&file.transfer.from) == me.as_ref())
        {
            file.accepted = true;
            let (transfer, accepted) = (file.transfer.clone(), true);
            turn.tell(Upward::Signal(Signal::Answered { transfer, accepted }));
        }
    }

    fn handle_reject(&mut self, answer: &FileAnswer, turn: &mut ClientTurn) {
        let Some(id) = transfer_id(answer.transfer) else {
            // An offer that never got a number.
            if let Some((id, ())) = self.take_asked(|asked| match asked {
                Asked::Offer { .. } => Ok(()),
                other => Err(other),
            }) {
                let refusal = Refusal::TooManyTransfers;
                turn.tell(Upward::Reply(id, Reply::Refused(refusal)));
            }
            return;
        };
        let Some(at) = self.files.iter().position(|file| file.transfer.id == id) else {
            return;
        };
        let File {
            transfer, accepted, ..
        } = self.files.swap_remove(at);
        let declined = !accepted && Some(&transfer.from) == self.me.as_ref();
        turn.tell(Upward::Signal(if declined {
            let accepted = false;
            Signal::Answered { transfer, accepted }
        } else {
            let reason = EndReason::OtherSide;
            Signal::Ended { transfer, reason }
        }));
    }

    fn handle_segment(&mut self, segment: FileSegment, turn: &mut ClientTurn) {
        let me = self.me.clone();
        let Some(id) = transfer_id(segment.transfer) else {
            return;
        };
        let Some(file) = self
            .file(id)
            .filter(|file| Some(&file.transfer.to) == me.as_ref())
        else {
            return;
        };
        if file.next != segment.seq {
            // A hole cannot be filled: the file is lost.
            let (transfer, reason) = (file.transfer.clone(), EndReason::OtherSide);
            self.cancel(id, turn);
            return turn.tell(Upward::Signal(Signal::Ended { transfer, reason }));
        }
        file.next += 1;
        let FileSegment { data, last, .. } = segment;
        let data = data.into();
        if last {
            self.forget(id);
        }
        turn.tell(Upward::Signal(Signal::Segment { id, data, last }));
    }

    fn handle_history(&mut self, entries: &[HistoryEntry], turn: &mut ClientTurn) {
        let Some((id, place)) = self.take_asked(|asked| match asked {
            Asked::History(place) => Ok(place),
            other => Err(other),
        }) else {
            return;
        };
        let event = |entry| self.event(entry, Some(&place), SaidAs::Post);
        let events = entries.iter().filter_map(event).collect();
        turn.tell(Upward::Reply(id, Reply::History(events)));
    }

    fn handle_error(&mut self, error: &ErrorPacket, turn: &mut ClientTurn) {
        let Some((id, asked)) = self.asked.take() else {
            return;
        };
        if let Asked::Answer { .. } = asked {
            self.asked = Some((id, Asked::Answer { refused: true }));
            return;
        }
        let refusal = self.refusal(error, &asked);
        turn.tell(Upward::Reply(id, Reply::Refused(refusal)));
    }

    /// What an error means to the request that it answers.
    fn refusal(&self, error: &ErrorPacket, asked: &Asked) -> Refusal {
        let named = match &error.fault {
            Some(Fault::Room(room)) => RoomName::parse(room).ok(),
            Some(Fault::User(_)) | None => None,
        };
        let room = || {
            named.or(match asked {
                Asked::Join(rooms) | Asked::Leave(rooms) | Asked::Post(rooms) => {
                    rooms.first().cloned()
                }
                Asked::Members(room) | Asked::History(Place::Room(room)) => Some(room.clone()),
                _ => None,
            })
        };
        let or_not_possible = |refusal: Option<Refusal>| refusal.unwrap_or(Refusal::NotPossible);
        match (error.code, asked) {
            (ErrorCode::NameAlreadyExists, Asked::SignIn(name)) => Refusal::NameInUse(name.clone()),
            (ErrorCode::UserLimitReached, Asked::SignIn(_)) => Refusal::HubFull,
            (ErrorCode::UserLimitReached, _) => or_not_possible(room().map(Refusal::RoomFull)),
            (ErrorCode::RoomLimitReached, _) => Refusal::TooManyRooms,
            (ErrorCode::RoomNotFound, _) => or_not_possible(room().map(Refusal::NoSuchRoom)),
            (ErrorCode::UserNotFound, asked) => match (asked, &error.fault) {
                (Asked::Tell(to), _) => Refusal::NoSuchUser(to.clone()),
                (Asked::Offer { to, .. }, _) => Refusal::NoSuchUser(to.to_string()),
                (_, Some(Fault::User(user))) => Refusal::NoSuchUser(user.clone()),
                _ => Refusal::NotPossible,
            },
            (ErrorCode::IllegalRequest, Asked::SignIn(_)) if self.me.is_some() => {
                Refusal::AlreadySignedIn
            }
            (ErrorCode::IllegalRequest, Asked::Offer { to, .. }) if error.fault.is_some() => {
                Refusal::TakesNoFiles(to.clone())
            }
            (ErrorCode::IllegalRequest, _) => or_not_possible(room().map(Refusal::NotMember)),
            (
                ErrorCode::IllegalName | ErrorCode::NameAlreadyExists | ErrorCode::MalformedRequest,
                _,
            ) => Refusal::NotPossible,
        }
    }

    /// A message in our words; `None` where a name or the text does not fit them. `place`: the
    /// conversation that was asked for, which tells to whom a private message went.
    fn event(&self, entry: &HistoryEntry, place: Option<&Place>, manner: SaidAs) -> Option<Event> {
        let from = UserName::parse(&entry.from).ok()?;
        let text = Text::adapt(&entry.text).ok()?;
        let (id, at) = (MessageId(entry.id), Timestamp(entry.time));
        if entry.to_room != PRIVATE_ROOM {
            let room = RoomName::parse(&entry.to_room).ok()?;
            return Some(Event::Said(Arc::new(Said {
                id,
                at,
                from,
                room,
                text,
                manner,
            })));
        }
        let me = self.me.clone()?;
        let to = match place {
            Some(Place::Person(other)) if from == me => other.clone(),
            _ => me,
        };
        Some(Event::Told(Arc::new(Told {
            id,
            at,
            from,
            to,
            text,
        })))
    }

    /// Takes the outstanding request if it is the one that was answered.
    fn take_asked<T>(
        &mut self,
        matching: impl FnOnce(Asked) -> Result<T, Asked>,
    ) -> Option<(CommandId, T)> {
        let (id, asked) = self.asked.take()?;
        match matching(asked) {
            Ok(taken) => Some((id, taken)),
            Err(other) => {
                self.asked = Some((id, other));
                None
            }
        }
    }

    /// The room is ours now; `true` where it was already.
    fn enter(&mut self, room: RoomName) -> (RoomName, bool) {
        let already = self.rooms.contains(&room);
        if !already {
            self.rooms.push(room.clone());
        }
        (room, already)
    }

    fn write(&mut self, request: &Request, turn: &mut ClientTurn) {
        match &mut self.settings.seal {
            None => request.encode(&mut turn.out),
            Some(Seal { key, next_iv }) => {
                let mut packet = BytesMut::new();
                request.encode(&mut packet);
                let sealed = crypt::encrypt(key, next_iv(), &packet);
                turn.out.extend_from_slice(sealed.as_bytes());
            }
        }
        turn.out.put_u8(b'\n');
    }

    fn file(&mut self, id: TransferId) -> Option<&mut File> {
        self.files.iter_mut().find(|file| file.transfer.id == id)
    }

    fn forget(&mut self, id: TransferId) {
        self.files.retain(|file| file.transfer.id != id);
    }

    fn close(&mut self, why: Why, turn: &mut ClientTurn) {
        self.over = true;
        turn.close(why);
    }

    fn silence_deadline(&self) -> Option<Instant> {
        let enforced = self.hub_is_alive && !self.over;
        enforced.then(|| self.last_heard + self.settings.silence)
    }
}

impl ClientGate for Client {
    fn handle_bytes(&mut self, input: &mut BytesMut, now: Instant, turn: &mut ClientTurn) {
        if !input.is_empty() {
            self.last_heard = now;
        }
        while !self.over {
            match self.splitter.next(input, None) {
                Ok(None) => return,
                Ok(Some(raw)) => {
                    // What cannot be read is dropped: the hub is not ours to correct.
                    if let Ok(response) = Response::decode(&raw.text) {
                        self.handle_response(response, now, turn);
                        self.ask_next(turn);
                    }
                }
                Err(error) if error.is_fatal() => {
                    self.close(Why::PeerMisbehaved(error.to_string()), turn);
                }
                Err(_) => {}
            }
        }
        input.clear();
    }

    fn handle_command(
        &mut self,
        id: CommandId,
        command: Command,
        _now: Instant,
        turn: &mut ClientTurn,
    ) {
        let reply = match command {
            Command::SignOut { .. } => {
                if let Some(me) = &self.me {
                    let quit = Request::Quit(me.to_string());
                    self.write(&quit, turn);
                }
                self.close(Why::Departed, turn);
                Reply::Done
            }
            Command::Segment { id, data, last } => self.send_segment(id, data, last, turn),
            Command::Cancel { id } => self.cancel(id, turn),
            _ if self.queue.len() >= MAX_QUEUED => Reply::Refused(Refusal::NotPossible),
            command => {
                self.queue.push_back((id, command));
                return self.ask_next(turn);
            }
        };
        turn.tell(Upward::Reply(id, reply));
    }

    fn handle_timeout(&mut self, now: Instant, turn: &mut ClientTurn) {
        if self.over {
            return;
        }
        if self.silence_deadline().is_some_and(|at| at <= now) {
            return self.close(Why::Silent, turn);
        }
        if self.heartbeat.is_some_and(|at| at <= now) {
            self.heartbeat = Some(now + self.settings.heartbeat);
            self.write(&Request::KeepAlive, turn);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let heartbeat = self.heartbeat.filter(|_| !self.over);
        [heartbeat, self.silence_deadline()]
            .into_iter()
            .flatten()
            .min()
    }
}

impl File {
    fn new(transfer: Transfer) -> Self {
        Self {
            transfer,
            accepted: false,
            cutter: Cutter::default(),
            next: 0,
        }
    }
}

fn post(rooms: Vec<RoomName>, user: String, text: &Text, manner: SaidAs) -> (Request, Asked) {
    let say = Say {
        rooms: list(&rooms),
        user,
        text: text.to_string(),
    };
    let request = match manner {
        SaidAs::Post | SaidAs::Farewell => Request::Say(say),
        SaidAs::Group => Request::SayGroup(say),
    };
    (request, Asked::Post(rooms))
}

/// One room as a plain name, more as an array.
fn list(rooms: &[RoomName]) -> NameList {
    match rooms {
        // A name that looks like a list would be read as one.
        [room] if !room.as_str().starts_with('[') => NameList::plain(room.as_str()),
        rooms => NameList::array(rooms.iter().map(ToString::to_string).collect()),
    }
}

/// The names that are names in our sense; a hub of another kind may have others.
fn parse_all<T, E>(names: NameList, parse: impl Fn(&str) -> Result<T, E>) -> Arc<[T]> {
    let names = names.into_names();
    names.iter().filter_map(|name| parse(name).ok()).collect()
}

#[cfg(test)]
mod tests;
