//! Our session with a cs494 server.
//!
//! The wire has no positive replies: silence is success. What must be answered is fenced by a
//! QUERY_USER for our own name, which a server answers after everything before it. So NEW_CLIENT is
//! followed by a fence, and its answer means that we are in; a DIRECT_MESSAGE whose receiver is
//! away is answered by a QUERY_USER for that name before the fence's.
//!
//! | command | packets | done when |
//! |---|---|---|
//! | sign in | NEW_CLIENT, fence | the fence, or refused by ERR |
//! | join | ENTER_ROOM each | a USER_LISTING of each with our name in it |
//! | leave, post, answer an offer | one each, fence | the fence |
//! | tell | DIRECT_MESSAGE, fence | the fence; refused if the receiver was named before it |
//! | query | QUERY_USER | its answer |
//! | list rooms | LIST_ROOMS | the next ROOM_LISTING |
//! | list members | ENTER_ROOM again | the next USER_LISTING |
//! | offer | OFFER_FILE | the receiver's answer, which brings the number |
//! | segment | FILE_TRANSFER | it is written |
//!
//! Heartbeats begin with NEW_CLIENT: before it, a server takes nothing else [494-8].

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use bytes::{Buf, BytesMut};
use model::{
    Command, CommandId, Event, MessageId, Proof, Recipient, Refusal, Reply, RoomName, Said, SaidAs,
    Signal, TellOutcome, Text, Timestamp, Told, UserName,
};
use wire_cs494::{
    ErrorCode, Names, STATUS_ASK, STATUS_ONLINE, ServerPacket, decode_server, encode_broadcast,
    encode_client_departs, encode_direct, encode_enter_room, encode_error, encode_heartbeat,
    encode_leave_room, encode_list_rooms, encode_new_client, encode_query_user, encode_send,
};

use super::transfers::Transfers;
use super::{Settings, lines};
use crate::{ClientGate, ClientTurn, Upward, Why};

/// Commands without an answer, at most: a server that stops answering must not fill our memory.
const MAX_UNANSWERED: usize = 1_024;

/// Our session with a server.
#[derive(Debug)]
pub(super) struct Client {
    silence: Duration,
    heartbeat: Duration,
    stage: Stage,
    /// QUERY_USERs under way, oldest first: the server answers them in order.
    queries: VecDeque<Query>,
    joins: VecDeque<Joining>,
    /// Who waits for a ROOM_LISTING.
    room_lists: VecDeque<CommandId>,
    /// Who waits for a USER_LISTING of a room that we are in.
    member_lists: VecDeque<(CommandId, RoomName)>,
    /// The rooms that we entered and did not leave.
    rooms: BTreeSet<RoomName>,
    transfers: Transfers,
    /// Messages that came; their numbers until the driver gives others.
    came: u64,
    last_heard: Instant,
    next_beat: Instant,
}

#[derive(Debug)]
enum Stage {
    Fresh,
    Entering(CommandId, UserName),
    In(UserName),
    Over,
}

#[derive(Debug)]
enum Query {
    /// Everything before it is done.
    Fence(CommandId, Waiting),
    /// Whether this person is here.
    Presence(CommandId, UserName),
}

#[derive(Debug)]
enum Waiting {
    SignIn,
    Done,
    Tell {
        to: String,
        /// The server said that they are not here.
        away: bool,
    },
}

#[derive(Debug)]
struct Joining {
    command: CommandId,
    /// `true` where we were in already.
    rooms: Vec<(RoomName, bool)>,
    /// Those whose listing has not come.
    missing: Vec<RoomName>,
}

impl Client {
    pub(super) fn new(settings: &Settings, now: Instant) -> Self {
        Self {
            silence: settings.silence,
            heartbeat: settings.heartbeat,
            stage: Stage::Fresh,
            queries: VecDeque::new(),
            joins: VecDeque::new(),
            room_lists: VecDeque::new(),
            member_lists: VecDeque::new(),
            rooms: BTreeSet::new(),
            transfers: Transfers::default(),
            came: 0,
            last_heard: now,
            next_beat: now,
        }
    }

    fn me(&self) -> Option<&UserName> {
        match &self.stage {
            Stage::Entering(_, me) | Stage::In(me) => Some(me),
            Stage::Fresh | Stage::Over => None,
        }
    }

    fn unanswered(&self) -> usize {
        self.queries.len()
            + self.joins.len()
            + self.room_lists.len()
            + self.member_lists.len()
            + self.transfers.unanswered()
    }

    fn end(&mut self, why: Why, turn: &mut ClientTurn) {
        self.stage = Stage::Over;
        turn.close(why);
    }

    fn fail(&mut self, code: ErrorCode, why: String, turn: &mut ClientTurn) {
        encode_error(&mut turn.out, code);
        self.end(Why::PeerMisbehaved(why), turn);
    }
}

/// What the face asks.
impl Client {
    /// `Ok(None)`: the answer comes later.
    fn ask(
        &mut self,
        id: CommandId,
        command: Command,
        now: Instant,
        out: &mut BytesMut,
    ) -> Result<Option<Reply>, Refusal> {
        if let Command::SignIn { name, proof } = command {
            return self.sign_in(id, name, &proof, now, out).map(|()| None);
        }
        let Stage::In(me) = &self.stage else {
            return Err(Refusal::NotSignedIn);
        };
        if self.unanswered() >= MAX_UNANSWERED {
            return Err(Refusal::NotPossible);
        }
        match command {
            Command::Join { rooms } => return Ok(self.join(id, rooms, out)),
            Command::Leave { rooms } => self.leave(&rooms, out)?,
            Command::ListRooms => {
                encode_list_rooms(out);
                self.room_lists.push_back(id);
                return Ok(None);
            }
            Command::ListMembers { room } => {
                self.must_be_in(&room)?;
                // Entering a room again is how its members are asked for [494-13].
                encode_enter_room(out, room.as_str());
                self.member_lists.push_back((id, room));
                return Ok(None);
            }
            Command::Post {
                rooms,
                text,
                manner: _,
                from_outside,
            } => {
                self.post(&rooms, &text, from_outside, out)?;
            }
            Command::PostEverywhere { text } => {
                lines(&text).for_each(|line| encode_broadcast(out, line));
            }
            Command::Tell { to, text } => {
                let to = tell(&to, &text, out);
                self.fence(id, Waiting::Tell { to, away: false }, out);
                return Ok(None);
            }
            Command::Query { user } => {
                encode_query_user(out, user.as_str(), STATUS_ASK);
                self.queries.push_back(Query::Presence(id, user));
                return Ok(None);
            }
            Command::Offer { to, name, size } => {
                return self
                    .transfers
                    .offer(id, me, to, name, size, out)
                    .map(|()| None);
            }
            Command::Answer { claim, accept } => self.transfers.answer(&claim, accept, out)?,
            Command::Segment { id, data, last } => {
                return self
                    .transfers
                    .send(id, &data.into_bytes(), last, out)
                    .map(|()| Some(Reply::Done));
            }
            Command::Cancel { id } => self.transfers.cancel(id, out)?,
            Command::SignIn { .. }
            | Command::SignOut { .. }
            | Command::Mail { .. }
            | Command::History { .. }
            | Command::TakeMail { .. }
            | Command::Announce(_)
            | Command::Give { .. }
            | Command::Take { .. }
            | Command::ListContacts
            | Command::Typing { .. }
            | Command::Part { .. }
            | Command::DropMail { .. } => return Err(Refusal::NotPossible),
        }
        self.fence(id, Waiting::Done, out);
        Ok(None)
    }

    /// [494-8]
    fn sign_in(
        &mut self,
        id: CommandId,
        name: UserName,
        proof: &Proof,
        now: Instant,
        out: &mut BytesMut,
    ) -> Result<(), Refusal> {
        match (&self.stage, proof) {
            (Stage::Fresh, Proof::None) => {}
            // A password that the wire cannot carry must not look as if it had been checked.
            (Stage::Fresh, Proof::Password(_)) => return Err(Refusal::NotPossible),
            (Stage::Entering(..) | Stage::In(_) | Stage::Over, _) => {
                return Err(Refusal::AlreadySignedIn);
            }
        }
        encode_new_client(out, name.as_str());
        self.stage = Stage::Entering(id, name);
        self.fence(id, Waiting::SignIn, out);
        // Silence is counted from here: before, nothing was due from the server.
        self.last_heard = now;
        self.next_beat = now + self.heartbeat;
        Ok(())
    }

    /// [494-13]
    fn join(&mut self, id: CommandId, rooms: Vec<RoomName>, out: &mut BytesMut) -> Option<Reply> {
        let mut joining = Joining {
            command: id,
            rooms: Vec::new(),
            missing: Vec::new(),
        };
        for room in rooms {
            if joining.missing.contains(&room) {
                continue;
            }
            encode_enter_room(out, room.as_str());
            joining.missing.push(room.clone());
            // From now on its messages are ours, even those that come before the listing.
            let already = !self.rooms.insert(room.clone());
            joining.rooms.push((room, already));
        }
        if joining.missing.is_empty() {
            return Some(Reply::Joined(joining.rooms));
        }
        self.joins.push_back(joining);
        None
    }

    /// [494-14]
    fn leave(&mut self, rooms: &[RoomName], out: &mut BytesMut) -> Result<(), Refusal> {
        rooms.iter().try_for_each(|room| self.must_be_in(room))?;
        for room in rooms {
            if self.rooms.remove(room) {
                encode_leave_room(out, room.as_str());
            }
        }
        Ok(())
    }

    /// [494-17]
    fn post(
        &self,
        rooms: &[RoomName],
        text: &Text,
        from_outside: bool,
        out: &mut BytesMut,
    ) -> Result<(), Refusal> {
        let mut spoken = false;
        for room in rooms {
            if from_outside || self.rooms.contains(room) {
                lines(text).for_each(|line| encode_send(out, room.as_str(), line));
                spoken = true;
            }
        }
        match rooms.first() {
            Some(room) if !spoken => Err(Refusal::NotMember(room.clone())),
            _ => Ok(()),
        }
    }

    fn must_be_in(&self, room: &RoomName) -> Result<(), Refusal> {
        let member = self.rooms.contains(room);
        if member {
            Ok(())
        } else {
            Err(Refusal::NotMember(room.clone()))
        }
    }

    fn fence(&mut self, id: CommandId, waiting: Waiting, out: &mut BytesMut) {
        let Some(me) = self.me() else { return };
        encode_query_user(out, me.as_str(), STATUS_ASK);
        self.queries.push_back(Query::Fence(id, waiting));
    }

    /// [494-10]
    fn sign_out(&mut self, id: CommandId, farewell: Option<Text>, turn: &mut ClientTurn) {
        if self.me().is_some() {
            // A farewell is one packet: its lines become one.
            let words = farewell
                .map(|text| text.as_str().replace('\n', " "))
                .unwrap_or_default();
            encode_client_departs(&mut turn.out, &words);
        }
        turn.tell(Upward::Reply(id, Reply::Done));
        self.end(Why::Departed, turn);
    }
}

/// What the server sends.
impl Client {
    fn handle_packet(&mut self, packet: ServerPacket<'_>, turn: &mut ClientTurn) {
        match packet {
            ServerPacket::Err(code) => self.error(code, turn),
            ServerPacket::Heartbeat => {}
            ServerPacket::RoomListing { rooms } => self.room_listing(rooms, turn),
            ServerPacket::UserListing { room, users } => self.user_listing(room, users, turn),
            ServerPacket::QueryUser { name, status } => self.presence(name, status, turn),
            ServerPacket::PostMessage { room, sender, text } => {
                self.said(room, sender, text, turn);
            }
            ServerPacket::DirectMessage { peer, text } => self.told(peer, text, turn),
            ServerPacket::OfferFile(offer) => self.transfers.offered(&offer, turn),
            ServerPacket::AcceptFile(answer) => self.transfers.accepted(&answer, turn),
            ServerPacket::RejectFile(answer) => {
                if let Stage::In(me) = &self.stage {
                    self.transfers.rejected(&answer, me, turn);
                }
            }
            ServerPacket::FileTransfer(chunk) => {
                if self.transfers.came(&chunk, turn).is_err() {
                    let why = "file data that belongs to no transfer".to_owned();
                    self.fail(ErrorCode::IllegalTransfer, why, turn);
                }
            }
            ServerPacket::ServerDeparts { farewell } => {
                turn.tell(Upward::Signal(Signal::Closing));
                self.end(Why::ServerEnded(farewell.to_owned()), turn);
            }
        }
    }

    /// Every error ends the session; it answers what it can be the answer to [494-11].
    fn error(&mut self, code: ErrorCode, turn: &mut ClientTurn) {
        if let Stage::Entering(id, name) = &self.stage {
            let refusal = match code {
                ErrorCode::NameInUse => Refusal::NameInUse(name.clone()),
                ErrorCode::TooManyUsers => Refusal::HubFull,
                ErrorCode::Unknown
                | ErrorCode::IllegalKind
                | ErrorCode::IllegalLength
                | ErrorCode::IllegalName
                | ErrorCode::IllegalMessage
                | ErrorCode::IllegalTransfer
                | ErrorCode::TooManyRooms
                | ErrorCode::Other(_) => Refusal::NotPossible,
            };
            turn.tell(Upward::Reply(*id, Reply::Refused(refusal.clone())));
            return self.end(Why::Refused(refusal), turn);
        }
        if let Some(joining) = self.joins.front() {
            let room = joining.missing.first().cloned();
            let refusal = match (code, room) {
                (ErrorCode::TooManyUsers, Some(room)) => Some(Refusal::RoomFull(room)),
                (ErrorCode::TooManyRooms, _) => Some(Refusal::TooManyRooms),
                _ => None,
            };
            if let Some(refusal) = refusal {
                turn.tell(Upward::Reply(joining.command, Reply::Refused(refusal)));
            }
        }
        self.end(Why::ServerEnded(code.to_string()), turn);
    }

    /// [494-16]
    fn room_listing(&mut self, rooms: Names<'_>, turn: &mut ClientTurn) {
        let rooms = rooms
            .iter()
            .filter_map(|room| RoomName::parse(room).ok())
            .collect();
        turn.tell(match self.room_lists.pop_front() {
            Some(id) => Upward::Reply(id, Reply::Rooms(rooms)),
            None => Upward::Signal(Signal::Rooms(rooms)),
        });
    }

    /// [494-13] [494-15]
    fn user_listing(&mut self, room: &str, users: Names<'_>, turn: &mut ClientTurn) {
        let (Ok(room), Some(me)) = (RoomName::parse(room), self.me()) else {
            return;
        };
        let present = users.iter().any(|user| user == me.as_str());
        let names = users.iter().filter_map(shown).collect();
        if present && let Some((id, rooms)) = self.arrived_in(&room) {
            turn.tell(Upward::Reply(id, Reply::Joined(rooms)));
        }
        let asked = self
            .member_lists
            .iter()
            .position(|(_, asked)| *asked == room);
        turn.tell(match asked.and_then(|at| self.member_lists.remove(at)) {
            Some((id, room)) => Upward::Reply(id, Reply::Members { room, names }),
            None => Upward::Signal(Signal::Members { room, names }),
        });
    }

    /// The command that is done now that we are in `room`, with its rooms.
    fn arrived_in(&mut self, room: &RoomName) -> Option<(CommandId, Vec<(RoomName, bool)>)> {
        let at = self
            .joins
            .iter()
            .position(|joining| joining.missing.contains(room))?;
        let joining = self.joins.get_mut(at)?;
        joining.missing.retain(|missing| missing != room);
        if !joining.missing.is_empty() {
            return None;
        }
        self.joins
            .remove(at)
            .map(|joining| (joining.command, joining.rooms))
    }

    /// An answer to the oldest query, or the news that whom we told something is away [494-20].
    fn presence(&mut self, name: &str, status: u8, turn: &mut ClientTurn) {
        let fence = self.me().is_some_and(|me| me.as_str() == name);
        let due = match self.queries.front_mut() {
            None => false,
            Some(Query::Presence(_, user)) => user.as_str() == name,
            Some(Query::Fence(_, waiting)) => {
                if let Waiting::Tell { to, away } = waiting
                    && !fence
                    && to == name
                {
                    *away = status != STATUS_ONLINE;
                }
                fence
            }
        };
        if due && let Some(query) = self.queries.pop_front() {
            self.resolve(query, status, turn);
        }
    }

    fn resolve(&mut self, query: Query, status: u8, turn: &mut ClientTurn) {
        let (id, reply) = match query {
            Query::Presence(id, user) => (
                id,
                Reply::Presence {
                    user,
                    online: status == STATUS_ONLINE,
                },
            ),
            Query::Fence(id, Waiting::Done) => (id, Reply::Done),
            Query::Fence(id, Waiting::SignIn) => {
                if let Some(me) = self.me().cloned() {
                    self.stage = Stage::In(me);
                }
                (id, Reply::Done)
            }
            Query::Fence(id, Waiting::Tell { to, away: true }) => {
                (id, Reply::Refused(Refusal::NoSuchUser(to)))
            }
            Query::Fence(id, Waiting::Tell { away: false, .. }) => {
                (id, Reply::Told(TellOutcome::Delivered))
            }
        };
        turn.tell(Upward::Reply(id, reply));
    }

    /// A message for a room that we are not in is ignored, as the draft asks.
    fn said(&mut self, room: &str, sender: &str, text: &str, turn: &mut ClientTurn) {
        let (Ok(room), Some(from), Ok(text)) =
            (RoomName::parse(room), shown(sender), Text::adapt(text))
        else {
            return;
        };
        if self.rooms.contains(&room) {
            let (id, at, manner) = (self.number(), Timestamp(0), SaidAs::Post);
            let said = Said {
                id,
                at,
                from,
                room,
                text,
                manner,
            };
            turn.tell(Upward::Event(Event::Said(said.into())));
        }
    }

    fn told(&mut self, peer: &str, text: &str, turn: &mut ClientTurn) {
        let (Some(from), Ok(text), Some(to)) = (shown(peer), Text::adapt(text), self.me().cloned())
        else {
            return;
        };
        let (id, at) = (self.number(), Timestamp(0));
        turn.tell(Upward::Event(Event::Told(
            Told {
                id,
                at,
                from,
                to,
                text,
            }
            .into(),
        )));
    }

    fn number(&mut self) -> MessageId {
        let number = MessageId(self.came);
        self.came += 1;
        number
    }
}

impl ClientGate for Client {
    fn handle_bytes(&mut self, input: &mut BytesMut, now: Instant, turn: &mut ClientTurn) {
        if !input.is_empty() {
            self.last_heard = now;
        }
        let mut taken = 0;
        while !matches!(self.stage, Stage::Over) {
            match decode_server(&input[taken..]) {
                Ok(Some((packet, used))) => {
                    self.handle_packet(packet, turn);
                    taken += used;
                }
                Ok(None) => break,
                Err(error) => self.fail(error.code(), error.to_string(), turn),
            }
        }
        if matches!(self.stage, Stage::Over) {
            input.clear();
        } else {
            input.advance(taken);
        }
    }

    fn handle_command(
        &mut self,
        id: CommandId,
        command: Command,
        now: Instant,
        turn: &mut ClientTurn,
    ) {
        if matches!(self.stage, Stage::Over) {
            return turn.tell(Upward::Reply(id, Reply::Refused(Refusal::NotSignedIn)));
        }
        if let Command::SignOut { farewell } = command {
            return self.sign_out(id, farewell, turn);
        }
        match self.ask(id, command, now, &mut turn.out) {
            Ok(Some(reply)) => turn.tell(Upward::Reply(id, reply)),
            Ok(None) => {}
            Err(refusal) => turn.tell(Upward::Reply(id, Reply::Refused(refusal))),
        }
    }

    fn handle_timeout(&mut self, now: Instant, turn: &mut ClientTurn) {
        if self.me().is_none() {
            return;
        }
        if self.last_heard + self.silence <= now {
            self.end(Why::Silent, turn);
        } else if self.next_beat <= now {
            encode_heartbeat(&mut turn.out);
            self.next_beat = now + self.heartbeat;
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.me()
            .map(|_| self.next_beat.min(self.last_heard + self.silence))
    }
}

/// Says it, one packet a line; gives the receiver as the wire calls them.
fn tell(to: &Recipient, text: &Text, out: &mut BytesMut) -> String {
    let to = match to {
        Recipient::Name(name) => name.as_str(),
        Recipient::Alias(alias) => alias.as_str(),
    };
    lines(text).for_each(|line| encode_direct(out, to, line));
    to.to_owned()
}

/// Somebody else's name as we hold it. COMPAT(other servers): they may have people whose names
/// begin with `~`, which ours reserves; better shown a little differently than not at all.
fn shown(raw: &str) -> Option<UserName> {
    match raw.strip_prefix('~') {
        None => UserName::parse(raw).ok(),
        Some(rest) => UserName::parse(&format!("～{rest}")).ok(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use model::{Claim, EndReason, FileName, Secret, Transfer, TransferId};
    use wire_cs494::{Chunk, ClientPacket, Negotiation, decode_client};

    use super::super::tests::{room, start, text, user};
    use super::*;

    struct Rig {
        gate: Client,
        now: Instant,
        input: BytesMut,
        turn: ClientTurn,
        asked: u64,
    }

    impl Rig {
        fn fresh() -> Self {
            let now = start();
            let gate = Client::new(&Settings::default(), now);
            Self {
                gate,
                now,
                input: BytesMut::new(),
                turn: ClientTurn::default(),
                asked: 0,
            }
        }

        /// A session that is in as ana.
        fn ana() -> Self {
            let mut rig = Self::fresh();
            rig.ask(sign_in("ana"));
            rig.fence();
            assert_eq!(rig.ups(), ["1 Done"]);
            rig.says();
            rig
        }

        /// Ana in the lobby.
        fn in_lobby() -> Self {
            let mut rig = Self::ana();
            rig.ask(Command::Join {
                rooms: vec![room("lobby")],
            });
            rig.hears_listing("lobby", &["ana"]);
            rig.ups();
            rig.says();
            rig
        }

        /// Asks under the next id, 1 for the first.
        fn ask(&mut self, command: Command) {
            self.asked += 1;
            self.gate
                .handle_command(CommandId(self.asked), command, self.now, &mut self.turn);
        }

        fn hears(&mut self, packet: &ServerPacket<'_>) {
            packet.encode(&mut self.input);
            self.read();
        }

        fn hears_listing(&mut self, room: &str, users: &[&str]) {
            wire_cs494::encode_user_listing(&mut self.input, room, users.iter().copied());
            self.read();
        }

        fn read(&mut self) {
            self.gate
                .handle_bytes(&mut self.input, self.now, &mut self.turn);
        }

        /// The server answers the oldest fence.
        fn fence(&mut self) {
            self.hears(&ServerPacket::QueryUser {
                name: "ana",
                status: 1,
            });
        }

        fn wait(&mut self, time: Duration) {
            let until = self.now + time;
            while let Some(at) = self.gate.poll_timeout().filter(|&at| at <= until) {
                self.now = self.now.max(at);
                self.gate.handle_timeout(self.now, &mut self.turn);
            }
            self.now = until;
        }

        fn says(&mut self) -> Vec<String> {
            let out = self.turn.out.split();
            let mut rest = &out[..];
            let mut packets = Vec::new();
            while let Some((packet, used)) = decode_client(rest).expect("legal frames") {
                packets.push(match packet {
                    ClientPacket::QueryUser {
                        name: "ana",
                        status: 2,
                    } => "fence".to_owned(),
                    ClientPacket::FileTransfer(Chunk { id, finished, data }) => {
                        format!("data {id} {} {finished}", data.len())
                    }
                    other => format!("{other:?}"),
                });
                rest = &rest[used..];
            }
            packets
        }

        fn ups(&mut self) -> Vec<String> {
            let ups = std::mem::take(&mut self.turn.up);
            ups.iter()
                .map(|up| match up {
                    Upward::Reply(id, reply) => format!("{} {reply:?}", id.0),
                    Upward::Event(Event::Said(said)) => {
                        format!("{} in {}: {}", said.from, said.room, said.text)
                    }
                    Upward::Event(Event::Told(told)) => {
                        format!("{} to {}: {}", told.from, told.to, told.text)
                    }
                    Upward::Signal(signal) => format!("{signal:?}"),
                })
                .collect()
        }
    }

    fn sign_in(name: &str) -> Command {
        Command::SignIn {
            name: user(name),
            proof: Proof::None,
        }
    }

    fn tell_bo(raw: &str) -> Command {
        Command::Tell {
            to: Recipient::Name(user("bo")),
            text: text(raw),
        }
    }

    fn id(id: u16) -> TransferId {
        TransferId::new(id).unwrap()
    }

    fn offer(size: u64) -> Command {
        Command::Offer {
            to: user("bo"),
            name: FileName::parse("f").unwrap(),
            size,
        }
    }

    /// An offer of ana's to bo.
    const MINE: Negotiation<'static> = Negotiation {
        target: "bo",
        source: "ana",
        id: 0,
        size: 10_000,
        file_name: "f",
    };
    /// An offer of bo's to ana.
    const THEIRS: Negotiation<'static> = Negotiation {
        target: "ana",
        source: "bo",
        id: 9,
        size: 5,
        file_name: "f",
    };

    fn transfer(wire: &Negotiation<'_>) -> Transfer {
        Transfer {
            id: id(wire.id),
            from: user(wire.source),
            to: user(wire.target),
            name: FileName::parse(wire.file_name).unwrap(),
            size: u64::from(wire.size),
        }
    }

    fn refused(id: u64, refusal: Refusal) -> String {
        format!("{id} {:?}", Reply::Refused(refusal))
    }

    // [494-8]
    #[test]
    fn signing_in_is_new_client_and_a_fence_that_comes_back() {
        let mut rig = Rig::fresh();
        rig.ask(sign_in("ana"));
        assert_eq!(rig.says(), [r#"NewClient { name: "ana" }"#, "fence"]);
        rig.ask(Command::ListRooms);
        assert_eq!(
            rig.ups(),
            [refused(2, Refusal::NotSignedIn)],
            "not before the answer"
        );
        rig.fence();
        assert_eq!(rig.ups(), ["1 Done"]);
        rig.ask(sign_in("bo"));
        assert_eq!(rig.ups(), [refused(3, Refusal::AlreadySignedIn)]);
    }

    // [494-8] [494-11]
    #[test]
    fn a_refused_name_is_a_refusal_and_the_end() {
        let table = [
            (ErrorCode::NameInUse, Refusal::NameInUse(user("ana"))),
            (ErrorCode::TooManyUsers, Refusal::HubFull),
            (ErrorCode::IllegalName, Refusal::NotPossible),
        ];
        for (code, refusal) in table {
            let mut rig = Rig::fresh();
            rig.ask(sign_in("ana"));
            rig.says();
            rig.hears(&ServerPacket::Err(code));
            assert_eq!(rig.ups(), [refused(1, refusal.clone())]);
            assert_eq!(rig.turn.why, Some(Why::Refused(refusal)));
            assert!(rig.says().is_empty(), "an error is not answered");
        }
    }

    #[test]
    fn a_password_is_not_sent_where_nobody_would_check_it() {
        let mut rig = Rig::fresh();
        let proof = Proof::Password(Secret::new("opensesame".to_owned()));
        rig.ask(Command::SignIn {
            name: user("ana"),
            proof,
        });
        assert_eq!(rig.ups(), [refused(1, Refusal::NotPossible)]);
        assert!(rig.says().is_empty());
    }

    // [494-9]
    #[test]
    fn heartbeats_begin_with_the_name_and_a_silent_server_is_gone() {
        let mut rig = Rig::fresh();
        assert_eq!(
            rig.gate.poll_timeout(),
            None,
            "nothing may stand before NEW_CLIENT"
        );
        rig.wait(Duration::from_secs(60));
        rig.ask(sign_in("ana"));
        rig.says();
        for _ in 0..5 {
            rig.wait(Duration::from_secs(5));
            assert!(rig.says().contains(&"Heartbeat".to_owned()));
        }
        rig.hears(&ServerPacket::Heartbeat);
        rig.wait(Duration::from_secs(29));
        assert_eq!(rig.turn.why, None);
        rig.wait(Duration::from_secs(1));
        assert_eq!(rig.turn.why, Some(Why::Silent));
    }

    // [494-10]
    #[test]
    fn goodbyes_both_ways() {
        let mut rig = Rig::ana();
        rig.ask(Command::SignOut {
            farewell: Some(text("so\nlong")),
        });
        assert_eq!(rig.says(), [r#"ClientDeparts { farewell: "so long" }"#]);
        assert_eq!(rig.ups(), ["2 Done"]);
        assert_eq!(rig.turn.why, Some(Why::Departed));

        let mut rig = Rig::ana();
        rig.hears(&ServerPacket::ServerDeparts {
            farewell: "soon back",
        });
        assert_eq!(rig.ups(), ["Closing"]);
        assert_eq!(rig.turn.why, Some(Why::ServerEnded("soon back".to_owned())));
        rig.ask(Command::ListRooms);
        assert_eq!(rig.ups(), [refused(2, Refusal::NotSignedIn)]);
    }

    // [494-1] [494-2] [494-3]
    #[test]
    fn a_server_that_breaks_the_protocol_hears_its_error() {
        for (bytes, code) in [
            (&[0x02][..], ErrorCode::IllegalKind),
            (&[0x7F], ErrorCode::IllegalKind),
            (&[0x08, 0, 0, 0, 63], ErrorCode::IllegalLength),
        ] {
            let mut rig = Rig::ana();
            rig.input.extend_from_slice(bytes);
            rig.read();
            assert_eq!(rig.says(), [format!("Err({code:?})")]);
            assert!(matches!(rig.turn.why, Some(Why::PeerMisbehaved(_))));
        }
    }

    // [494-13]
    #[test]
    fn joining_is_done_when_each_room_has_listed_us() {
        let mut rig = Rig::ana();
        rig.ask(Command::Join {
            rooms: vec![room("a"), room("b"), room("a")],
        });
        assert_eq!(
            rig.says(),
            [r#"EnterRoom { room: "a" }"#, r#"EnterRoom { room: "b" }"#]
        );
        rig.hears_listing("b", &["bo"]);
        rig.hears_listing("a", &["ana", "bo"]);
        let ups = rig.ups();
        assert_eq!(ups.len(), 2, "two listings, no answer yet: {ups:?}");
        assert!(ups.iter().all(|up| up.starts_with("Members")));
        rig.hears_listing("b", &["bo", "ana"]);
        let joined = Reply::Joined(vec![(room("a"), false), (room("b"), false)]);
        assert_eq!(rig.ups()[0], format!("2 {joined:?}"));

        rig.ask(Command::Join {
            rooms: vec![room("a")],
        });
        rig.hears_listing("a", &["ana"]);
        let joined = Reply::Joined(vec![(room("a"), true)]);
        assert_eq!(rig.ups()[0], format!("3 {joined:?}"), "in already");
    }

    // [494-13]
    #[test]
    fn a_full_room_or_too_many_rooms_refuse_the_join_and_end_the_session() {
        let table = [
            (ErrorCode::TooManyUsers, Refusal::RoomFull(room("a"))),
            (ErrorCode::TooManyRooms, Refusal::TooManyRooms),
        ];
        for (code, refusal) in table {
            let mut rig = Rig::ana();
            rig.ask(Command::Join {
                rooms: vec![room("a")],
            });
            rig.hears(&ServerPacket::Err(code));
            assert_eq!(rig.ups(), [refused(2, refusal)]);
            assert_eq!(rig.turn.why, Some(Why::ServerEnded(code.to_string())));
        }
    }

    // [494-14]
    #[test]
    fn leaving_is_fenced_and_only_from_where_one_is() {
        let mut rig = Rig::in_lobby();
        rig.ask(Command::Leave {
            rooms: vec![room("den")],
        });
        assert_eq!(rig.ups(), [refused(3, Refusal::NotMember(room("den")))]);
        rig.ask(Command::Leave {
            rooms: vec![room("lobby")],
        });
        assert_eq!(rig.says(), [r#"LeaveRoom { room: "lobby" }"#, "fence"]);
        assert!(rig.ups().is_empty());
        rig.fence();
        assert_eq!(rig.ups(), ["4 Done"]);
        rig.hears(&ServerPacket::PostMessage {
            room: "lobby",
            sender: "bo",
            text: "late",
        });
        assert!(
            rig.ups().is_empty(),
            "what is said where we are not is not ours"
        );
    }

    // [494-15] [494-16]
    #[test]
    fn listings_answer_who_asked_and_are_signals_otherwise() {
        let mut rig = Rig::in_lobby();
        let rooms = |rig: &mut Rig| {
            wire_cs494::encode_room_listing(&mut rig.input, ["den", "lobby"]);
            rig.read();
        };
        rooms(&mut rig);
        let listed = format!("{:?}", [room("den"), room("lobby")]);
        assert_eq!(rig.ups(), [format!("Rooms({listed})")]);
        rig.ask(Command::ListRooms);
        assert_eq!(rig.says(), ["ListRooms"]);
        rooms(&mut rig);
        assert_eq!(rig.ups(), [format!("3 Rooms({listed})")]);

        rig.ask(Command::ListMembers {
            room: room("lobby"),
        });
        assert_eq!(rig.says(), [r#"EnterRoom { room: "lobby" }"#]);
        rig.hears_listing("lobby", &["ana", "~bo"]);
        let members = Reply::Members {
            room: room("lobby"),
            names: [user("ana"), user("～bo")].into(),
        };
        assert_eq!(rig.ups(), [format!("4 {members:?}")]);
        rig.ask(Command::ListMembers { room: room("den") });
        assert_eq!(rig.ups(), [refused(5, Refusal::NotMember(room("den")))]);
    }

    // [494-17] [494-18] [HUB-5]
    #[test]
    fn speaking_is_a_packet_a_line_and_fenced() {
        let mut rig = Rig::in_lobby();
        let post = |rooms: &[&str], from_outside| Command::Post {
            rooms: rooms.iter().map(|name| room(name)).collect(),
            text: text("one\ntwo"),
            manner: SaidAs::Post,
            from_outside,
        };
        rig.ask(post(&["lobby", "den"], false));
        let sent =
            |room: &str, text: &str| format!("SendMessage {{ room: {room:?}, text: {text:?} }}");
        assert_eq!(
            rig.says(),
            [
                sent("lobby", "one"),
                sent("lobby", "two"),
                "fence".to_owned()
            ]
        );
        rig.fence();
        assert_eq!(rig.ups(), ["3 Done"]);
        rig.ask(post(&["den"], false));
        assert_eq!(rig.ups(), [refused(4, Refusal::NotMember(room("den")))]);
        rig.ask(post(&["den"], true));
        assert_eq!(rig.says().len(), 3);
        rig.ask(Command::PostEverywhere { text: text("all") });
        assert_eq!(rig.says(), [r#"BroadcastMessage { text: "all" }"#, "fence"]);
        rig.hears(&ServerPacket::PostMessage {
            room: "lobby",
            sender: "bo",
            text: "hi",
        });
        rig.hears(&ServerPacket::DirectMessage {
            peer: "bo",
            text: "psst",
        });
        assert_eq!(rig.ups(), ["bo in lobby: hi", "bo to ana: psst"]);
    }

    // [494-20]
    #[test]
    fn telling_someone_away_is_refused_and_the_fence_says_when_not() {
        let mut rig = Rig::ana();
        rig.ask(tell_bo("psst"));
        let direct = r#"DirectMessage { peer: "bo", text: "psst" }"#;
        assert_eq!(rig.says(), [direct, "fence"]);
        rig.fence();
        assert_eq!(rig.ups(), ["2 Told(Delivered)"]);
        rig.ask(tell_bo("one\ntwo"));
        rig.hears(&ServerPacket::QueryUser {
            name: "bo",
            status: 0,
        });
        rig.hears(&ServerPacket::QueryUser {
            name: "bo",
            status: 0,
        });
        assert!(rig.ups().is_empty());
        rig.fence();
        assert_eq!(
            rig.ups(),
            [refused(3, Refusal::NoSuchUser("bo".to_owned()))]
        );
    }

    // [494-20] [494-21]
    #[test]
    fn queries_and_fences_do_not_take_each_others_answers() {
        let mut rig = Rig::ana();
        rig.ask(tell_bo("psst"));
        rig.ask(Command::Query { user: user("bo") });
        rig.ask(Command::Query { user: user("ana") });
        rig.hears(&ServerPacket::QueryUser {
            name: "bo",
            status: 0,
        }); // the message's
        rig.fence();
        rig.hears(&ServerPacket::QueryUser {
            name: "eve",
            status: 1,
        }); // nobody asked
        rig.hears(&ServerPacket::QueryUser {
            name: "bo",
            status: 1,
        }); // came meanwhile
        rig.fence();
        let presence = |who: &str| {
            format!(
                "{:?}",
                Reply::Presence {
                    user: user(who),
                    online: true
                }
            )
        };
        assert_eq!(
            rig.ups(),
            [
                refused(2, Refusal::NoSuchUser("bo".to_owned())),
                format!("3 {}", presence("bo")),
                format!("4 {}", presence("ana")),
            ]
        );
    }

    // [494-22] [494-24] [494-25]
    #[test]
    fn an_offer_that_is_accepted_is_sent_in_full_packets() {
        let mut rig = Rig::ana();
        rig.ask(offer(10_000));
        assert_eq!(rig.says(), [format!("OfferFile({MINE:?})")]);
        assert!(rig.ups().is_empty(), "the number comes with the answer");
        let accepted = Negotiation { id: 7, ..MINE };
        rig.hears(&ServerPacket::AcceptFile(accepted));
        let transfer = transfer(&accepted);
        assert_eq!(
            rig.ups(),
            [
                format!("2 {:?}", Reply::Offered(transfer.clone())),
                format!(
                    "{:?}",
                    Signal::Answered {
                        transfer,
                        accepted: true
                    }
                ),
            ]
        );
        let piece = |bytes: usize, last| Command::Segment {
            id: id(7),
            data: Bytes::from(vec![1; bytes]).into(),
            last,
        };
        for (bytes, last) in [(1, false), (4_095, false), (5_000, false), (904, true)] {
            rig.ask(piece(bytes, last));
        }
        assert_eq!(rig.ups(), ["3 Done", "4 Done", "5 Done", "6 Done"]);
        assert_eq!(
            rig.says(),
            ["data 7 4096 false", "data 7 4096 false", "data 7 1808 true"]
        );
        rig.ask(piece(1, false));
        assert_eq!(
            rig.ups(),
            [refused(7, Refusal::NoSuchTransfer)],
            "it is over"
        );
    }

    // [494-24] [494-25]
    #[test]
    fn every_way_of_cutting_a_file_gives_the_same_packets() {
        for total in [1, 4_095, 4_096, 4_097, 8_192, 8_193] {
            for step in [1, 1_000, 4_096, 5_000, 9_000] {
                let mut rig = Rig::ana();
                rig.ask(offer(total as u64));
                let size = u32::try_from(total).unwrap();
                rig.hears(&ServerPacket::AcceptFile(Negotiation {
                    id: 7,
                    size,
                    ..MINE
                }));
                rig.says();
                let file = vec![1; total];
                let mut left = total;
                for piece in file.chunks(step) {
                    left -= piece.len();
                    let data = Bytes::copy_from_slice(piece);
                    rig.ask(Command::Segment {
                        id: id(7),
                        data: data.into(),
                        last: left == 0,
                    });
                }
                let mut expected: Vec<String> = file
                    .chunks(4_096)
                    .map(|data| format!("data 7 {} false", data.len()))
                    .collect();
                let end = expected.pop().unwrap().replace("false", "true");
                expected.push(end);
                assert_eq!(rig.says(), expected, "{total} bytes by {step}");
            }
        }
    }

    // [494-24]
    #[test]
    fn what_would_break_the_announcement_is_not_sent() {
        let mut rig = Rig::ana();
        rig.ask(offer(0));
        rig.ask(offer(1 << 32));
        assert_eq!(
            rig.ups(),
            [refused(2, Refusal::FileSize), refused(3, Refusal::FileSize)]
        );
        assert!(rig.says().is_empty(), "an empty file cannot be sent");
        rig.ask(offer(10_000));
        rig.hears(&ServerPacket::AcceptFile(Negotiation { id: 7, ..MINE }));
        rig.ups();
        rig.says();
        for (bytes, last) in [(10_001, false), (9_999, true), (0, false)] {
            rig.ask(Command::Segment {
                id: id(7),
                data: Bytes::from(vec![1; bytes]).into(),
                last,
            });
        }
        assert!(rig.ups().iter().all(|up| up.contains("TransferViolation")));
        rig.ask(Command::Cancel { id: id(7) });
        assert_eq!(
            rig.ups(),
            [refused(8, Refusal::NotPossible)],
            "the wire has no such packet"
        );
        assert!(rig.says().is_empty());
    }

    // [494-22] [494-23] [494-27]
    #[test]
    fn a_rejection_is_of_an_offer_or_of_a_live_transfer() {
        let mut rig = Rig::ana();
        rig.ask(offer(10_000));
        rig.hears(&ServerPacket::RejectFile(MINE));
        assert_eq!(
            rig.ups(),
            [refused(2, Refusal::NoSuchUser("bo".to_owned()))]
        );

        let wire = Negotiation { id: 7, ..MINE };
        let mine = || transfer(&wire);
        rig.ask(offer(10_000));
        rig.hears(&ServerPacket::RejectFile(wire));
        assert_eq!(
            rig.ups(),
            [
                format!("3 {:?}", Reply::Offered(mine())),
                format!(
                    "{:?}",
                    Signal::Answered {
                        transfer: mine(),
                        accepted: false
                    }
                ),
            ]
        );

        for (code, reason) in [(7, EndReason::OtherSide), (0, EndReason::BadAnswer)] {
            rig.ask(offer(10_000));
            rig.hears(&ServerPacket::AcceptFile(wire));
            rig.ups();
            rig.hears(&ServerPacket::RejectFile(Negotiation { id: code, ..MINE }));
            assert_eq!(
                rig.ups(),
                [format!(
                    "{:?}",
                    Signal::Ended {
                        transfer: mine(),
                        reason
                    }
                )]
            );
        }
        rig.hears(&ServerPacket::RejectFile(wire));
        assert!(
            rig.ups().is_empty() && rig.turn.why.is_none(),
            "nothing of ours any more"
        );
    }

    // [494-23] [494-24]
    #[test]
    fn an_offered_file_is_answered_with_its_fields_and_received() {
        let mut rig = Rig::ana();
        rig.hears(&ServerPacket::OfferFile(THEIRS));
        assert_eq!(
            rig.ups(),
            [format!("{:?}", Signal::Offered(transfer(&THEIRS)))]
        );
        let claim = |number| Claim {
            id: id(number),
            from: None,
            to: None,
        };
        rig.ask(Command::Answer {
            claim: claim(8),
            accept: true,
        });
        assert_eq!(rig.ups(), [refused(2, Refusal::NoSuchTransfer)]);
        rig.ask(Command::Answer {
            claim: claim(9),
            accept: true,
        });
        assert_eq!(
            rig.says(),
            [format!("AcceptFile({THEIRS:?})"), "fence".to_owned()]
        );
        rig.fence();
        rig.hears(&ServerPacket::FileTransfer(Chunk {
            id: 9,
            finished: false,
            data: b"abc",
        }));
        rig.hears(&ServerPacket::FileTransfer(Chunk {
            id: 9,
            finished: true,
            data: b"de",
        }));
        let piece = |data: &'static [u8], last| {
            format!(
                "{:?}",
                Signal::Segment {
                    id: id(9),
                    data: Bytes::from_static(data).into(),
                    last
                }
            )
        };
        assert_eq!(
            rig.ups(),
            [
                "3 Done".to_owned(),
                piece(b"abc", false),
                piece(b"de", true)
            ]
        );
    }

    // [494-7] [494-23]
    #[test]
    fn an_offer_that_cannot_be_held_is_declined_at_once() {
        for offer in [
            Negotiation {
                file_name: "..",
                ..THEIRS
            },
            Negotiation { size: 0, ..THEIRS },
            Negotiation {
                source: "~bo",
                ..THEIRS
            },
        ] {
            let mut rig = Rig::ana();
            rig.hears(&ServerPacket::OfferFile(offer));
            assert_eq!(rig.says(), [format!("RejectFile({offer:?})")]);
            assert!(rig.ups().is_empty());
        }
    }

    // [494-24] [494-27]
    #[test]
    fn data_of_a_cancelled_file_is_dropped_and_of_no_file_an_error() {
        let mut rig = Rig::ana();
        rig.hears(&ServerPacket::OfferFile(THEIRS));
        let claim = Claim {
            id: id(9),
            from: Some(user("bo")),
            to: Some(user("ana")),
        };
        rig.ask(Command::Answer {
            claim,
            accept: true,
        });
        rig.ask(Command::Cancel { id: id(9) });
        let says = rig.says();
        assert_eq!(
            says[2..],
            [format!("RejectFile({THEIRS:?})"), "fence".to_owned()]
        );
        rig.ups();
        let chunk = Chunk {
            id: 9,
            finished: false,
            data: b"late",
        };
        rig.hears(&ServerPacket::FileTransfer(chunk));
        assert!(rig.ups().is_empty() && rig.turn.why.is_none());
        rig.hears(&ServerPacket::FileTransfer(Chunk { id: 10, ..chunk }));
        assert_eq!(rig.says(), ["Err(IllegalTransfer)"]);
        assert!(matches!(rig.turn.why, Some(Why::PeerMisbehaved(_))));
    }

    // [494-24]
    #[test]
    fn more_or_less_data_than_announced_ends_the_file_and_the_session() {
        for (finished, data) in [(false, &b"abcdef"[..]), (true, b"abc")] {
            let mut rig = Rig::ana();
            rig.hears(&ServerPacket::OfferFile(THEIRS));
            let claim = Claim {
                id: id(9),
                from: None,
                to: None,
            };
            rig.ask(Command::Answer {
                claim,
                accept: true,
            });
            rig.ups();
            rig.says();
            rig.hears(&ServerPacket::FileTransfer(Chunk {
                id: 9,
                finished,
                data,
            }));
            let ended = Signal::Ended {
                transfer: transfer(&THEIRS),
                reason: EndReason::OtherSide,
            };
            assert_eq!(rig.ups(), [format!("{ended:?}")]);
            assert_eq!(rig.says(), ["Err(IllegalTransfer)"]);
            assert!(rig.turn.why.is_some());
        }
    }

    #[test]
    fn what_the_wire_cannot_say_is_refused_at_once() {
        let mut rig = Rig::ana();
        rig.ask(Command::Mail {
            to: Recipient::Name(user("bo")),
            text: text("hi"),
        });
        rig.ask(Command::TakeMail { after: None });
        rig.ask(Command::DropMail { id: MessageId(1) });
        assert_eq!(
            rig.ups(),
            [2, 3, 4].map(|id| refused(id, Refusal::NotPossible))
        );
        assert!(rig.says().is_empty());
    }

    #[test]
    fn a_server_that_never_answers_does_not_fill_our_memory() {
        let mut rig = Rig::ana();
        (0..MAX_UNANSWERED).for_each(|_| rig.ask(Command::ListRooms));
        assert!(rig.ups().is_empty());
        rig.ask(Command::ListRooms);
        assert_eq!(rig.ups().len(), 1, "the one too many is refused");
    }

    // [494-4]
    #[test]
    fn the_server_s_packets_mean_the_same_one_byte_at_a_time() {
        let mut bytes = BytesMut::new();
        wire_cs494::encode_user_listing(&mut bytes, "lobby", ["ana", "bo"]);
        ServerPacket::PostMessage {
            room: "lobby",
            sender: "bo",
            text: "hi",
        }
        .encode(&mut bytes);
        ServerPacket::DirectMessage {
            peer: "bo",
            text: "psst",
        }
        .encode(&mut bytes);
        let mut at_once = Rig::in_lobby();
        at_once.input.extend_from_slice(&bytes);
        at_once.read();
        let mut piecemeal = Rig::in_lobby();
        for &byte in &bytes {
            piecemeal.input.extend_from_slice(&[byte]);
            piecemeal.read();
        }
        let ups = at_once.ups();
        assert_eq!(ups.len(), 3);
        assert_eq!(piecemeal.ups(), ups);
    }
}
