//! A client's session at the hub.
//!
//! | stage | takes | leaves it by |
//! |---|---|---|
//! | greeting | NEW_CLIENT; anything else is ERR 0x01 [494-8] | asking to sign in |
//! | entering | nothing: the answer may come late | the answer |
//! | in | everything but a second NEW_CLIENT, which is ignored | an error, a farewell, silence |
//! | leaving | nothing; only what was asked before is answered | the answers |
//! | over | nothing | – |
//!
//! Life is any byte of the peer once it has a name; before, only a whole NEW_CLIENT counts, so that
//! a connection cannot be kept by sending one slowly. Time in which the hub itself does not read
//! (a pause, an answer that comes late) is no silence [494-26].

use std::sync::Arc;
use std::time::Instant;

use bytes::{Buf, Bytes, BytesMut};
use model::{
    Claim, Command, CommandId, EndReason, Event, FileBytes, FileName, Recipient, Refusal, Reply,
    RoomName, SaidAs, Signal, TellOutcome, Text, Transfer, TransferId, UserName,
};
use wire_cs494::{
    Chunk, ClientPacket, DecodeError, ErrorCode, Kind, MAX_CHUNK_BYTES, Negotiation,
    STATUS_OFFLINE, STATUS_ONLINE, Sender, decode_client, encode_accept_file, encode_direct,
    encode_error, encode_file_transfer, encode_heartbeat, encode_offer_file, encode_post,
    encode_query_user, encode_reject_file, encode_room_listing, encode_server_departs,
    encode_user_listing, peek_header,
};

use super::{Settings, code_of, lines};
use crate::{Gate, Share, Turn, Why};

/// What the hub says when it goes down [494-10].
const FAREWELL: &str = "the server is shutting down";

// The meaning of an answer is the kind of its question; those that matter in detail are kept in
// `Server::pending`, in their order.
const SIGN_IN: CommandId = CommandId(1);
const SIGN_OUT: CommandId = CommandId(2);
const JOIN: CommandId = CommandId(3);
const LEAVE: CommandId = CommandId(4);
const LIST_ROOMS: CommandId = CommandId(5);
const POST: CommandId = CommandId(6);
const TELL: CommandId = CommandId(7);
const QUERY: CommandId = CommandId(8);
const OFFER: CommandId = CommandId(9);
const ANSWER: CommandId = CommandId(10);
const SEGMENT: CommandId = CommandId(11);

/// A client's session.
#[derive(Debug)]
pub(super) struct Server {
    settings: Arc<Settings>,
    stage: Stage,
    paused: bool,
    /// Whom the DIRECT_MESSAGE under way is for.
    telling: Option<Called>,
    /// Queries and offers under way, in the order asked; no memory while there are none.
    pending: Vec<Pending>,
    last_heard: Instant,
    /// Bytes of the unfinished packet: seen again without more, they are no sign of life.
    left: u32,
    next_beat: Instant,
}

#[derive(Debug)]
enum Stage {
    Greeting,
    Entering(UserName),
    In(UserName),
    /// Has said goodbye; what it asked before in the same breath is still answered [494-4].
    Leaving,
    Over,
}

/// A person as the client called them: names are compared after normalisation [HUB-1], but the
/// client gets back the bytes that it sent.
#[derive(Debug)]
struct Called {
    name: UserName,
    /// Where it differs from `name`.
    raw: Option<Box<str>>,
}

#[derive(Debug)]
enum Pending {
    Query(Called),
    Offer(Box<Declined>),
}

/// An OFFER_FILE as it would be declined.
#[derive(Debug)]
struct Declined {
    target: Box<str>,
    source: Box<str>,
    file_name: Box<str>,
    size: u32,
}

impl Server {
    pub(super) fn new(settings: Arc<Settings>, now: Instant) -> Self {
        let next_beat = now + settings.heartbeat;
        Self {
            settings,
            stage: Stage::Greeting,
            paused: false,
            telling: None,
            pending: Vec::new(),
            last_heard: now,
            left: 0,
            next_beat,
        }
    }

    /// Nothing more is taken, and nothing is said of its own accord.
    fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Leaving | Stage::Over)
    }

    fn silence_deadline(&self) -> Option<Instant> {
        (!self.paused && !self.is_waiting()).then(|| self.last_heard + self.settings.silence)
    }

    /// Takes one packet off `input`; `false`: there is no whole one.
    fn take_packet(&mut self, input: &mut BytesMut, turn: &mut Turn) -> bool {
        if self.is_out_of_place(input) {
            let why = "its first packet is not NEW_CLIENT".to_owned();
            self.fail(ErrorCode::Unknown, Why::PeerMisbehaved(why), turn);
            return true;
        }
        let (packet, used) = match decode_client(input) {
            Ok(Some(found)) => found,
            Ok(None) => return false,
            Err(error) => {
                self.misbehaved(&error, turn);
                return true;
            }
        };
        if let ClientPacket::FileTransfer(Chunk { id, finished, data }) = packet {
            // The frames go on as they came, as many alike as have arrived, without a copy [494-24].
            let piece = data.len();
            let run = if finished { used } else { alike(input, used) };
            let frames = input.split_to(run).freeze();
            let data = FileBytes::framed(frames, used - piece, piece, super::NAME);
            self.segment(id, data, finished, turn);
        } else {
            self.handle_packet(packet, turn);
            input.advance(used);
        }
        true
    }

    /// Whether a packet has begun that may not be the first [494-8]. Its header is enough: what
    /// nobody will read need not be buffered.
    fn is_out_of_place(&self, input: &[u8]) -> bool {
        matches!(self.stage, Stage::Greeting)
            && matches!(peek_header(input, Sender::Client),
                Ok(Some(header)) if !matches!(header.kind, Kind::NewClient | Kind::Err))
    }

    fn handle_packet(&mut self, packet: ClientPacket<'_>, turn: &mut Turn) {
        match packet {
            ClientPacket::Err(_) => {
                self.stage = Stage::Over;
                turn.close(Why::PeerClosed);
            }
            ClientPacket::NewClient { name } => self.new_client(name, turn),
            ClientPacket::Heartbeat => {}
            ClientPacket::EnterRoom { room } => {
                if let Some(room) = self.room(room, turn) {
                    turn.ask(JOIN, Command::Join { rooms: vec![room] });
                }
            }
            ClientPacket::LeaveRoom { room } => {
                if let Some(room) = self.room(room, turn) {
                    turn.ask(LEAVE, Command::Leave { rooms: vec![room] });
                }
            }
            ClientPacket::ListRooms => turn.ask(LIST_ROOMS, Command::ListRooms),
            ClientPacket::QueryUser { name, .. } => self.query(name, turn),
            ClientPacket::SendMessage { room, text } => self.send(room, text, turn),
            ClientPacket::BroadcastMessage { text } => {
                if let Some(text) = self.text(text, turn) {
                    turn.ask(POST, Command::PostEverywhere { text });
                }
            }
            ClientPacket::DirectMessage { peer, text } => self.direct(peer, text, turn),
            ClientPacket::OfferFile(offer) => self.offer(&offer, turn),
            ClientPacket::AcceptFile(answer) => self.answer(&answer, true, turn),
            ClientPacket::RejectFile(answer) => self.answer(&answer, false, turn),
            ClientPacket::FileTransfer(chunk) => {
                let data = Bytes::copy_from_slice(chunk.data);
                self.segment(chunk.id, data.into(), chunk.finished, turn);
            }
            ClientPacket::ClientDeparts { farewell } => self.departs(farewell, turn),
        }
    }

    /// [494-8]
    fn new_client(&mut self, raw: &str, turn: &mut Turn) {
        if !matches!(self.stage, Stage::Greeting) {
            return;
        }
        let Ok(name) = UserName::parse(raw) else {
            return self.illegal_name("a name that the hub does not take", turn);
        };
        turn.ask(
            SIGN_IN,
            Command::SignIn {
                name: name.clone(),
                proof: model::Proof::None,
            },
        );
        self.stage = Stage::Entering(name);
    }

    /// [494-21]
    fn query(&mut self, raw: &str, turn: &mut Turn) {
        match Called::parse(raw) {
            Some(called) => {
                turn.ask(
                    QUERY,
                    Command::Query {
                        user: called.name.clone(),
                    },
                );
                self.pending.push(Pending::Query(called));
            }
            None => encode_query_user(&mut turn.out, raw, STATUS_OFFLINE),
        }
    }

    /// [494-17]
    fn send(&mut self, room: &str, text: &str, turn: &mut Turn) {
        let Some(room) = self.room(room, turn) else {
            return;
        };
        let Some(text) = self.text(text, turn) else {
            return;
        };
        let from_outside = self.settings.post_from_outside;
        let rooms = vec![room];
        turn.ask(
            POST,
            Command::Post {
                rooms,
                text,
                manner: SaidAs::Post,
                from_outside,
            },
        );
    }

    /// [494-20]
    fn direct(&mut self, raw: &str, text: &str, turn: &mut Turn) {
        let Some(called) = Called::parse(raw) else {
            return encode_query_user(&mut turn.out, raw, STATUS_OFFLINE);
        };
        let Some(text) = self.text(text, turn) else {
            return;
        };
        turn.ask(
            TELL,
            Command::Tell {
                to: Recipient::Name(called.name.clone()),
                text,
            },
        );
        self.telling = Some(called);
    }

    /// [494-22]
    fn offer(&mut self, offer: &Negotiation<'_>, turn: &mut Turn) {
        if !self.is_own(offer.source) {
            return self.illegal_name("a file offered in another's name", turn);
        }
        match (
            UserName::parse(offer.target),
            FileName::parse(offer.file_name),
        ) {
            (Ok(to), Ok(name)) => {
                turn.ask(
                    OFFER,
                    Command::Offer {
                        to,
                        name,
                        size: u64::from(offer.size),
                    },
                );
                self.pending
                    .push(Pending::Offer(Box::new(Declined::new(offer))));
            }
            // Names that are legal on the wire and yet nobody's, or no file's.
            (_, _) => Declined::new(offer).put(turn),
        }
    }

    /// [494-23]
    fn answer(&mut self, answer: &Negotiation<'_>, accept: bool, turn: &mut Turn) {
        let (Some(id), Stage::In(me)) = (TransferId::new(answer.id), &self.stage) else {
            return self.illegal_name("an answer to no offer", turn);
        };
        let (from, to) = match (
            UserName::parse(answer.source),
            UserName::parse(answer.target),
        ) {
            (Ok(from), Ok(to)) => (from, to),
            // Nobody has such a name, so the claim must fail; the hub still has to hear of it,
            // because the offerer is told. Nobody's offer comes from its receiver.
            _ => (me.clone(), me.clone()),
        };
        let claim = Claim {
            id,
            from: Some(from),
            to: Some(to),
        };
        turn.ask(ANSWER, Command::Answer { claim, accept });
    }

    /// [494-24]
    fn segment(&mut self, id: u16, data: FileBytes, last: bool, turn: &mut Turn) {
        match TransferId::new(id) {
            Some(id) => turn.ask(SEGMENT, Command::Segment { id, data, last }),
            None => {
                let why = Why::PeerMisbehaved("file data without a transfer".to_owned());
                self.fail(ErrorCode::IllegalTransfer, why, turn);
            }
        }
    }

    /// [494-10]
    fn departs(&mut self, farewell: &str, turn: &mut Turn) {
        let shown = self
            .settings
            .farewell_to_rooms
            .then(|| Text::adapt(farewell).ok());
        turn.ask(
            SIGN_OUT,
            Command::SignOut {
                farewell: shown.flatten(),
            },
        );
        self.stage = Stage::Leaving;
        turn.close(Why::Departed);
    }

    fn signed_in(&mut self, reply: &Reply, turn: &mut Turn) {
        let Stage::Entering(name) = &self.stage else {
            return;
        };
        match reply {
            Reply::Refused(refusal) => self.refused(refusal, turn),
            _ => self.stage = Stage::In(name.clone()),
        }
    }

    fn told(&mut self, reply: &Reply, turn: &mut Turn) {
        let Some(called) = self.telling.take() else {
            return;
        };
        if !matches!(reply, Reply::Told(TellOutcome::Delivered)) {
            encode_query_user(&mut turn.out, called.as_str(), STATUS_OFFLINE);
        }
    }

    /// Answers the oldest query or offer.
    fn resolve(&mut self, reply: &Reply, turn: &mut Turn) {
        if self.pending.is_empty() {
            return;
        }
        let oldest = self.pending.remove(0);
        if self.pending.is_empty() {
            self.pending = Vec::new();
        }
        match (oldest, reply) {
            (Pending::Query(called), reply) => {
                let online = matches!(reply, Reply::Presence { online: true, .. });
                let status = if online {
                    STATUS_ONLINE
                } else {
                    STATUS_OFFLINE
                };
                encode_query_user(&mut turn.out, called.as_str(), status);
            }
            (Pending::Offer(declined), Reply::Refused(_)) => declined.put(turn),
            // The offer stands; the receiver's answer is what its sender hears next.
            (Pending::Offer(_), _) => {}
        }
    }

    fn room(&mut self, raw: &str, turn: &mut Turn) -> Option<RoomName> {
        let room = RoomName::parse(raw).ok();
        if room.is_none() {
            self.illegal_name("a room name that is too long once composed", turn);
        }
        room
    }

    fn text(&mut self, raw: &str, turn: &mut Turn) -> Option<Text> {
        let text = Text::adapt(raw);
        if let Err(error) = &text {
            let why = Why::PeerMisbehaved(error.to_string());
            self.fail(ErrorCode::IllegalMessage, why, turn);
        }
        text.ok()
    }

    fn is_own(&self, raw: &str) -> bool {
        match &self.stage {
            Stage::In(name) => {
                name.as_str() == raw || UserName::parse(raw).is_ok_and(|raw| raw == *name)
            }
            Stage::Greeting | Stage::Entering(_) | Stage::Leaving | Stage::Over => false,
        }
    }

    fn illegal_name(&mut self, why: &str, turn: &mut Turn) {
        self.fail(
            ErrorCode::IllegalName,
            Why::PeerMisbehaved(why.to_owned()),
            turn,
        );
    }

    fn misbehaved(&mut self, error: &DecodeError, turn: &mut Turn) {
        self.fail(error.code(), Why::PeerMisbehaved(error.to_string()), turn);
    }

    fn refused(&mut self, refusal: &Refusal, turn: &mut Turn) {
        self.fail(code_of(refusal), Why::Refused(refusal.clone()), turn);
    }

    /// Every error ends the session [494-11].
    fn fail(&mut self, code: ErrorCode, why: Why, turn: &mut Turn) {
        encode_error(&mut turn.out, code);
        self.stage = Stage::Over;
        turn.close(why);
    }
}

impl Gate for Server {
    fn handle_bytes(&mut self, input: &mut BytesMut, now: Instant, turn: &mut Turn) {
        if input.len() > self.left as usize && matches!(self.stage, Stage::In(_)) {
            self.last_heard = now;
        }
        while !self.is_over() && !self.is_waiting() && !turn.is_full() {
            if !self.take_packet(input, turn) {
                break;
            }
        }
        if self.is_over() {
            input.clear();
        }
        self.left = u32::try_from(input.len()).unwrap_or(u32::MAX);
    }

    fn handle_event(&mut self, event: &Event, _now: Instant, turn: &mut Turn) {
        if self.is_over() {
            return;
        }
        match event {
            Event::Told(told) => {
                for line in lines(&told.text) {
                    encode_direct(&mut turn.out, told.from.as_str(), line);
                }
            }
            Event::Said(said) => {
                for line in lines(&said.text) {
                    encode_post(&mut turn.out, said.room.as_str(), said.from.as_str(), line);
                }
            }
        }
    }

    fn handle_signal(&mut self, signal: &Signal, _now: Instant, turn: &mut Turn) {
        if self.is_over() {
            return;
        }
        let out = &mut turn.out;
        match signal {
            Signal::Members { room, names } => {
                encode_user_listing(out, room.as_str(), names.iter().map(UserName::as_str));
            }
            Signal::Rooms(rooms) => {
                encode_room_listing(out, rooms.iter().map(RoomName::as_str));
            }
            Signal::Offered(transfer) => {
                encode_offer_file(out, &negotiation(transfer, transfer.id.get()));
            }
            Signal::Answered {
                transfer,
                accepted: true,
            } => {
                encode_accept_file(out, &negotiation(transfer, transfer.id.get()));
            }
            Signal::Answered {
                transfer,
                accepted: false,
            } => {
                encode_reject_file(out, &negotiation(transfer, transfer.id.get()));
            }
            Signal::Segment { id, data, last } => match data.frames(super::NAME) {
                Some(frames) => turn.send(frames.clone()),
                None => put_segment(out, *id, &data.clone().into_bytes(), *last),
            },
            Signal::Ended { transfer, reason } => {
                let id = match reason {
                    EndReason::OtherSide => transfer.id.get(),
                    EndReason::BadAnswer => 0,
                };
                encode_reject_file(out, &negotiation(transfer, id));
            }
            // The hub tells none of these.
            Signal::Named(_)
            | Signal::Contact(_)
            | Signal::Gone(_)
            | Signal::Typing { .. }
            | Signal::Channel { .. }
            | Signal::Progress { .. }
            | Signal::Arrived { .. }
            | Signal::Note(_)
            | Signal::Doubtful(_) => {}
            Signal::Closing => {
                encode_server_departs(out, FAREWELL);
                self.stage = Stage::Over;
                turn.close(Why::Shutdown);
            }
        }
    }

    fn handle_reply(&mut self, id: CommandId, reply: &Reply, now: Instant, turn: &mut Turn) {
        if matches!(self.stage, Stage::Over) {
            return;
        }
        match (id, reply) {
            (SIGN_IN, _) => {
                self.last_heard = now;
                self.signed_in(reply, turn);
            }
            (TELL, _) => {
                self.last_heard = now;
                self.told(reply, turn);
            }
            (QUERY | OFFER, _) => self.resolve(reply, turn),
            (LIST_ROOMS, Reply::Rooms(rooms)) => {
                encode_room_listing(&mut turn.out, rooms.iter().map(RoomName::as_str));
            }
            (JOIN | SEGMENT, Reply::Refused(refusal)) => self.refused(refusal, turn),
            (ANSWER, Reply::Refused(_)) => {
                self.illegal_name("an answer that does not fit the offer", turn);
            }
            // LEAVE and POST: silence is success, and what is refused is ignored [494-14] [494-17].
            // A listing for who enters comes as a signal.
            _ => {}
        }
    }

    fn handle_timeout(&mut self, now: Instant, turn: &mut Turn) {
        if self.is_over() {
            return;
        }
        if self
            .silence_deadline()
            .is_some_and(|deadline| deadline <= now)
        {
            self.stage = Stage::Over;
            turn.close(Why::Silent);
        } else if self.next_beat <= now {
            encode_heartbeat(&mut turn.out);
            self.next_beat = now + self.settings.heartbeat;
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.is_over() {
            return None;
        }
        Some(
            self.silence_deadline()
                .map_or(self.next_beat, |deadline| deadline.min(self.next_beat)),
        )
    }

    fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Entering(_)) || self.telling.is_some()
    }

    fn share(&self) -> Share {
        Share::Same
    }

    fn wants_rooms(&self) -> bool {
        self.settings.push_room_list && matches!(self.stage, Stage::In(_))
    }

    fn takes_files(&self) -> bool {
        true
    }

    fn handle_pause(&mut self, paused: bool, now: Instant) {
        self.paused = paused;
        self.last_heard = now;
    }
}

impl Called {
    /// `None`: the hub has nobody of such a name.
    fn parse(raw: &str) -> Option<Self> {
        let name = UserName::parse(raw).ok()?;
        let raw = (name.as_str() != raw).then(|| raw.into());
        Some(Self { name, raw })
    }

    fn as_str(&self) -> &str {
        self.raw.as_deref().unwrap_or(self.name.as_str())
    }
}

impl Declined {
    fn new(offer: &Negotiation<'_>) -> Self {
        Self {
            target: offer.target.into(),
            source: offer.source.into(),
            file_name: offer.file_name.into(),
            size: offer.size,
        }
    }

    /// The offer comes back as it was, with the id 0 [494-22].
    fn put(&self, turn: &mut Turn) {
        let offer = Negotiation {
            target: &self.target,
            source: &self.source,
            id: 0,
            size: self.size,
            file_name: &self.file_name,
        };
        encode_reject_file(&mut turn.out, &offer);
    }
}

/// A transfer as the wire names it, under this id.
pub(super) fn negotiation(transfer: &Transfer, id: u16) -> Negotiation<'_> {
    Negotiation {
        target: transfer.to.as_str(),
        source: transfer.from.as_str(),
        id,
        // At most 4 GiB − 1 by the words' own rule.
        size: u32::try_from(transfer.size).unwrap_or(u32::MAX),
        file_name: transfer.name.as_str(),
    }
}

/// Other wires' pieces may be longer than this one's [494-25].
/// Bytes before the data in a FILE_TRANSFER packet: the packet's header, id, `finished`.
const FILE_HEADER_BYTES: usize = wire_cs494::HEADER_BYTES + 3;

/// How many bytes at the front of `input` are whole frames with the header of the first, which
/// has `used` bytes: what was checked for one holds for all.
fn alike(input: &[u8], used: usize) -> usize {
    let header = &input[..used.min(FILE_HEADER_BYTES)];
    let frames = input
        .chunks_exact(used)
        .take_while(|frame| frame.starts_with(header));
    frames.count() * used
}

fn put_segment(out: &mut BytesMut, id: TransferId, data: &[u8], last: bool) {
    let mut pieces = data.chunks(MAX_CHUNK_BYTES).peekable();
    while let Some(data) = pieces.next() {
        let finished = last && pieces.peek().is_none();
        encode_file_transfer(
            out,
            &Chunk {
                id: id.get(),
                finished,
                data,
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{MessageId, Timestamp, Told};

    use super::super::tests::{packets, room, start, text, user};
    use super::*;

    /// A session, its clock and what it wants.
    struct Rig {
        gate: Server,
        now: Instant,
        input: BytesMut,
        turn: Turn,
    }

    impl Rig {
        fn with(settings: Settings) -> Self {
            let now = start();
            let gate = Server::new(Arc::new(settings.bounded()), now);
            Self {
                gate,
                now,
                input: BytesMut::new(),
                turn: Turn::default(),
            }
        }

        /// A session of ana's that has said nothing yet.
        fn signed_in(settings: Settings) -> Self {
            let mut rig = Self::with(settings);
            rig.hears(&ClientPacket::NewClient { name: "ana" });
            assert_eq!(rig.asks(), ["1 sign in ana"]);
            rig.answer(SIGN_IN, &Reply::Done);
            assert_eq!(rig.says(), [""; 0], "silence is success");
            rig
        }

        fn ana() -> Self {
            Self::signed_in(Settings::default())
        }

        fn hears(&mut self, packet: &ClientPacket<'_>) {
            packet.encode(&mut self.input);
            self.read();
        }

        fn hears_raw(&mut self, bytes: &[u8]) {
            self.input.extend_from_slice(bytes);
            self.read();
        }

        fn read(&mut self) {
            self.gate
                .handle_bytes(&mut self.input, self.now, &mut self.turn);
        }

        fn answer(&mut self, id: CommandId, reply: &Reply) {
            self.gate.handle_reply(id, reply, self.now, &mut self.turn);
        }

        fn signal(&mut self, signal: &Signal) {
            self.gate.handle_signal(signal, self.now, &mut self.turn);
        }

        /// Lets time pass as the driver does: from timeout to timeout.
        fn wait(&mut self, time: Duration) {
            let until = self.now + time;
            while let Some(at) = self.gate.poll_timeout().filter(|&at| at <= until) {
                self.now = self.now.max(at);
                self.gate.handle_timeout(self.now, &mut self.turn);
            }
            self.now = until;
        }

        /// The commands since last asked, with their ids.
        fn asks(&mut self) -> Vec<String> {
            let asks = std::mem::take(&mut self.turn.asks);
            asks.iter()
                .map(|(id, command)| format!("{} {}", id.0, described(command)))
                .collect()
        }

        /// The packets sent since last asked.
        fn says(&mut self) -> Vec<String> {
            packets(&self.turn.out.split())
        }

        fn is_closed(&self) -> bool {
            self.turn.why.is_some()
        }
    }

    fn described(command: &Command) -> String {
        let names = |rooms: &[RoomName]| {
            rooms
                .iter()
                .map(|room| room.as_str())
                .collect::<Vec<_>>()
                .join(",")
        };
        match command {
            Command::SignIn { name, .. } => format!("sign in {name}"),
            Command::SignOut { farewell } => {
                format!("sign out {:?}", farewell.as_ref().map(Text::as_str))
            }
            Command::Join { rooms } => format!("join {}", names(rooms)),
            Command::Leave { rooms } => format!("leave {}", names(rooms)),
            Command::Post {
                rooms,
                text,
                from_outside,
                ..
            } => {
                format!("post {} {text} {from_outside}", names(rooms))
            }
            Command::PostEverywhere { text } => format!("post everywhere {text}"),
            Command::Tell { to, text } => format!("tell {to:?} {text}"),
            Command::Segment { id, data, last } => {
                format!("segment {} {} {last}", id.get(), data.len())
            }
            Command::Answer { claim, accept } => {
                let name = |name: &Option<UserName>| name.as_ref().map(ToString::to_string);
                let (from, to) = (name(&claim.from), name(&claim.to));
                format!("answer {} {from:?} {to:?} {accept}", claim.id.get())
            }
            other => format!("{other:?}"),
        }
    }

    const OFFER: Negotiation<'static> = Negotiation {
        target: "bo",
        source: "ana",
        id: 0,
        size: 5,
        file_name: "a file",
    };

    fn transfer(id: u16) -> Transfer {
        Transfer {
            id: TransferId::new(id).unwrap(),
            from: user("bo"),
            to: user("ana"),
            name: FileName::parse("a file").unwrap(),
            size: 5,
        }
    }

    fn error(code: ErrorCode) -> Vec<String> {
        vec![format!("Err({code:?})")]
    }

    // [494-1] [494-2] [494-3] [494-5] [494-6] [494-7] [494-11] [494-24]
    #[test]
    fn bytes_that_break_the_protocol_are_answered_by_their_error_and_a_close() {
        let nameless = [&[0x04, 0, 0, 0, 64][..], &[0; 64]].concat();
        let unterminated = [&[0x0A, 0, 0, 0, 66][..], b"lobby", &[0; 59], b"hi"].concat();
        let mut slash = BytesMut::new();
        encode_offer_file(&mut slash, &OFFER);
        let last = slash.len() - 1;
        slash[last] = b'/';
        let table: [(&[u8], ErrorCode); 8] = [
            (&[0x04, 0, 0, 0, 65], ErrorCode::IllegalLength),
            (&[0x0A, 0xFF, 0xFF, 0xFF, 0xFF], ErrorCode::IllegalLength),
            (&[0x14], ErrorCode::IllegalKind),
            (&[0x0C], ErrorCode::IllegalKind),
            (&nameless, ErrorCode::IllegalName),
            (&unterminated, ErrorCode::IllegalMessage),
            (&slash, ErrorCode::IllegalName),
            (
                &[0x11, 0, 0, 0, 4, 0, 1, 2, b'x'],
                ErrorCode::IllegalTransfer,
            ),
        ];
        for (bytes, code) in table {
            let mut rig = Rig::ana();
            rig.hears_raw(bytes);
            assert_eq!(rig.says(), error(code), "{bytes:?}");
            assert!(matches!(rig.turn.why, Some(Why::PeerMisbehaved(_))));
            assert!(rig.asks().is_empty());
            // Nothing more is taken, sent or waited for.
            rig.hears(&ClientPacket::ListRooms);
            rig.signal(&Signal::Closing);
            assert!(rig.input.is_empty() && rig.asks().is_empty() && rig.says().is_empty());
            assert_eq!(rig.gate.poll_timeout(), None);
        }
    }

    // [494-4]
    #[test]
    fn a_conversation_means_the_same_one_byte_at_a_time() {
        let mut bytes = BytesMut::new();
        ClientPacket::EnterRoom { room: "lobby" }.encode(&mut bytes);
        ClientPacket::Heartbeat.encode(&mut bytes);
        ClientPacket::SendMessage {
            room: "lobby",
            text: "hi",
        }
        .encode(&mut bytes);
        ClientPacket::BroadcastMessage { text: "all" }.encode(&mut bytes);
        ClientPacket::LeaveRoom { room: "lobby" }.encode(&mut bytes);
        let expected = [
            "3 join lobby",
            "6 post lobby hi false",
            "6 post everywhere all",
            "4 leave lobby",
        ];
        let mut at_once = Rig::ana();
        at_once.hears_raw(&bytes);
        assert_eq!(at_once.asks(), expected);
        let mut piecemeal = Rig::ana();
        bytes.iter().for_each(|&byte| piecemeal.hears_raw(&[byte]));
        assert_eq!(piecemeal.asks(), expected);
        assert!(piecemeal.input.is_empty() && !piecemeal.is_closed());
    }

    #[test]
    fn a_full_turn_leaves_the_rest_for_the_next() {
        let mut rig = Rig::ana();
        let mut bytes = BytesMut::new();
        (0..100).for_each(|_| ClientPacket::ListRooms.encode(&mut bytes));
        rig.hears_raw(&bytes);
        assert_eq!(rig.asks().len(), Turn::MAX_ASKS);
        rig.read();
        assert_eq!(rig.asks().len(), 100 - Turn::MAX_ASKS);
    }

    // [494-8]
    #[test]
    fn anything_before_new_client_is_an_error_as_soon_as_its_header_is_there() {
        let headers: [&[u8]; 4] = [
            &[0x03, 0, 0, 0, 0],
            &[0x04, 0, 0, 0, 64],
            &[0x0B, 0, 0, 0, 9],
            &[0x12, 0, 0, 0, 1],
        ];
        for header in headers {
            let mut rig = Rig::with(Settings::default());
            rig.hears_raw(header);
            assert_eq!(rig.says(), error(ErrorCode::Unknown), "{header:?}");
            assert!(rig.is_closed() && rig.asks().is_empty());
        }
        let mut rig = Rig::with(Settings::default());
        rig.hears_raw(&[0x03, 0, 0, 0, 1]);
        assert_eq!(
            rig.says(),
            error(ErrorCode::IllegalLength),
            "the length is looked at first"
        );
    }

    // [494-8] [HUB-2]
    #[test]
    fn a_refused_name_is_told_by_its_code_and_closed() {
        let table = [
            (Refusal::NameInUse(user("ana")), ErrorCode::NameInUse),
            (Refusal::NameReserved(user("ana")), ErrorCode::NameInUse),
            (Refusal::HubFull, ErrorCode::TooManyUsers),
            (Refusal::StoreFailed, ErrorCode::Unknown),
        ];
        for (refusal, code) in table {
            let mut rig = Rig::with(Settings::default());
            rig.hears(&ClientPacket::NewClient { name: "ana" });
            rig.answer(SIGN_IN, &Reply::Refused(refusal.clone()));
            assert_eq!(rig.says(), error(code));
            assert_eq!(rig.turn.why, Some(Why::Refused(refusal)));
        }
    }

    // [494-8] [CP-15]
    #[test]
    fn a_name_that_the_hub_reserves_for_aliases_is_illegal() {
        let mut rig = Rig::with(Settings::default());
        rig.hears(&ClientPacket::NewClient { name: "~ana" });
        assert_eq!(rig.says(), error(ErrorCode::IllegalName));
        assert!(rig.is_closed() && rig.asks().is_empty());
    }

    // [494-8]
    #[test]
    fn packets_behind_new_client_wait_for_its_answer_and_a_second_one_is_ignored() {
        let mut rig = Rig::with(Settings::default());
        let mut bytes = BytesMut::new();
        ClientPacket::NewClient { name: "ana" }.encode(&mut bytes);
        ClientPacket::NewClient { name: "eve" }.encode(&mut bytes);
        ClientPacket::EnterRoom { room: "lobby" }.encode(&mut bytes);
        rig.hears_raw(&bytes);
        assert_eq!(rig.asks(), ["1 sign in ana"]);
        assert!(rig.gate.is_waiting());
        rig.answer(SIGN_IN, &Reply::Done);
        assert!(!rig.gate.is_waiting());
        rig.read();
        assert_eq!(rig.asks(), ["3 join lobby"]);
        assert!(rig.says().is_empty() && !rig.is_closed());
    }

    // [494-9]
    #[test]
    fn a_heartbeat_goes_out_at_least_every_five_seconds() {
        let mut rig = Rig::ana();
        for _ in 0..5 {
            rig.wait(Duration::from_secs(5));
            assert!(rig.says().contains(&"Heartbeat".to_owned()));
            rig.hears(&ClientPacket::Heartbeat);
        }
        assert!(!rig.is_closed());
    }

    // [494-9]
    #[test]
    fn a_silent_peer_is_gone_and_any_packet_is_life() {
        let mut rig = Rig::ana();
        rig.wait(Duration::from_millis(29_999));
        assert!(!rig.is_closed());
        rig.hears(&ClientPacket::ListRooms);
        rig.wait(Duration::from_millis(29_999));
        assert!(!rig.is_closed());
        rig.wait(Duration::from_millis(1));
        assert_eq!(rig.turn.why, Some(Why::Silent));
        assert!(
            rig.says().iter().all(|packet| packet == "Heartbeat"),
            "no error is owed"
        );
    }

    // [494-9] [HUB-9]
    #[test]
    fn the_same_half_of_a_packet_seen_again_is_no_life() {
        let mut rig = Rig::ana();
        rig.hears_raw(&[0x06, 0, 0]);
        rig.wait(Duration::from_secs(15));
        rig.read();
        rig.wait(Duration::from_millis(14_999));
        assert!(!rig.is_closed());
        rig.wait(Duration::from_millis(1));
        assert_eq!(rig.turn.why, Some(Why::Silent));

        let mut rig = Rig::ana();
        rig.hears_raw(&[0x06, 0, 0]);
        rig.wait(Duration::from_secs(15));
        rig.hears_raw(&[0]);
        rig.wait(Duration::from_millis(29_999));
        assert!(!rig.is_closed(), "one more byte is");
    }

    // [494-9] [HUB-11]
    #[test]
    fn a_first_packet_that_never_ends_keeps_nothing_open() {
        let mut rig = Rig::with(Settings::default());
        let mut bytes = BytesMut::new();
        ClientPacket::NewClient { name: "ana" }.encode(&mut bytes);
        for &byte in &bytes[..30] {
            rig.hears_raw(&[byte]);
            rig.wait(Duration::from_secs(1));
        }
        assert_eq!(rig.turn.why, Some(Why::Silent));
    }

    // [494-26]
    #[test]
    fn time_in_which_the_hub_does_not_read_is_no_silence() {
        let mut rig = Rig::ana();
        rig.gate.handle_pause(true, rig.now);
        rig.wait(Duration::from_secs(300));
        assert!(!rig.is_closed());
        rig.gate.handle_pause(false, rig.now);
        rig.wait(Duration::from_secs(29));
        assert!(!rig.is_closed());
        rig.wait(Duration::from_secs(1));
        assert_eq!(rig.turn.why, Some(Why::Silent));

        let mut rig = Rig::ana();
        rig.hears(&ClientPacket::DirectMessage {
            peer: "bo",
            text: "hi",
        });
        rig.wait(Duration::from_secs(300));
        assert!(
            rig.gate.is_waiting() && !rig.is_closed(),
            "a slow store is not the peer's fault"
        );
    }

    // [494-10]
    #[test]
    fn a_farewell_is_for_the_rooms_if_the_setting_says_so() {
        let off = Settings {
            farewell_to_rooms: false,
            ..Settings::default()
        };
        let table = [
            (Settings::default(), "bye", r#"2 sign out Some("bye")"#),
            (Settings::default(), "", "2 sign out None"),
            (off, "bye", "2 sign out None"),
        ];
        for (settings, farewell, asked) in table {
            let mut rig = Rig::signed_in(settings);
            rig.hears(&ClientPacket::ClientDeparts { farewell });
            assert_eq!(rig.asks(), [asked]);
            assert_eq!(rig.turn.why, Some(Why::Departed));
            assert!(rig.says().is_empty());
        }
    }

    // [494-10] [HUB-8]
    #[test]
    fn shutdown_is_said_to_everyone() {
        for mut rig in [Rig::ana(), Rig::with(Settings::default())] {
            rig.signal(&Signal::Closing);
            assert_eq!(
                rig.says(),
                [format!("ServerDeparts {{ farewell: {FAREWELL:?} }}")]
            );
            assert_eq!(rig.turn.why, Some(Why::Shutdown));
        }
    }

    // [494-11]
    #[test]
    fn an_error_from_the_client_ends_the_session_without_an_answer() {
        for mut rig in [Rig::ana(), Rig::with(Settings::default())] {
            rig.hears(&ClientPacket::Err(ErrorCode::Other(0x77)));
            assert!(rig.says().is_empty());
            assert_eq!(rig.turn.why, Some(Why::PeerClosed));
        }
    }

    // [494-13]
    #[test]
    fn entering_asks_to_join_and_a_refusal_closes() {
        let table = [
            (Refusal::RoomFull(room("lobby")), ErrorCode::TooManyUsers),
            (Refusal::TooManyRooms, ErrorCode::TooManyRooms),
        ];
        for (refusal, code) in table {
            let mut rig = Rig::ana();
            rig.hears(&ClientPacket::EnterRoom { room: "lobby" });
            assert_eq!(rig.asks(), ["3 join lobby"]);
            rig.answer(JOIN, &Reply::Refused(refusal.clone()));
            assert_eq!(rig.says(), error(code));
            assert_eq!(rig.turn.why, Some(Why::Refused(refusal)));
        }
    }

    // [494-12] [494-13] [494-14] [494-15]
    #[test]
    fn members_are_a_user_listing() {
        let mut rig = Rig::ana();
        rig.hears(&ClientPacket::EnterRoom { room: "lobby" });
        rig.answer(JOIN, &Reply::Joined(vec![(room("lobby"), true)]));
        assert!(rig.says().is_empty(), "the listing comes as a signal");
        let names = [user("ana"), user("bo")].into();
        rig.signal(&Signal::Members {
            room: room("lobby"),
            names,
        });
        assert_eq!(rig.says(), [r#"UserListing lobby ["ana", "bo"]"#]);
    }

    // [494-14] [494-17]
    #[test]
    fn leaving_or_speaking_where_one_is_not_is_ignored() {
        let mut rig = Rig::ana();
        rig.hears(&ClientPacket::LeaveRoom { room: "den" });
        rig.hears(&ClientPacket::SendMessage {
            room: "den",
            text: "hi",
        });
        rig.hears(&ClientPacket::BroadcastMessage { text: "hi" });
        assert_eq!(
            rig.asks(),
            ["4 leave den", "6 post den hi false", "6 post everywhere hi"]
        );
        rig.answer(LEAVE, &Reply::Refused(Refusal::NotMember(room("den"))));
        rig.answer(POST, &Reply::Refused(Refusal::NoSuchRoom(room("den"))));
        rig.answer(POST, &Reply::Done);
        assert!(rig.says().is_empty() && !rig.is_closed());
    }

    // [494-17]
    #[test]
    fn speaking_from_outside_is_a_setting() {
        let settings = Settings {
            post_from_outside: true,
            ..Settings::default()
        };
        let mut rig = Rig::signed_in(settings);
        rig.hears(&ClientPacket::SendMessage {
            room: "den",
            text: "hi",
        });
        assert_eq!(rig.asks(), ["6 post den hi true"]);
    }

    // [494-16]
    #[test]
    fn rooms_are_listed_when_asked_and_unasked_if_the_setting_says_so() {
        let mut rig = Rig::ana();
        rig.hears(&ClientPacket::ListRooms);
        assert_eq!(rig.asks(), ["5 ListRooms"]);
        rig.answer(
            LIST_ROOMS,
            &Reply::Rooms([room("den"), room("lobby")].into()),
        );
        rig.signal(&Signal::Rooms([].into()));
        assert_eq!(
            rig.says(),
            [r#"RoomListing ["den", "lobby"]"#, "RoomListing []"]
        );
        assert!(rig.gate.wants_rooms());
        assert!(
            !Rig::with(Settings::default()).gate.wants_rooms(),
            "not before it has a name"
        );
        let off = Settings {
            push_room_list: false,
            ..Settings::default()
        };
        assert!(!Rig::signed_in(off).gate.wants_rooms());
    }

    // [494-19] [HUB-3]
    #[test]
    fn posts_keep_their_order() {
        let mut rig = Rig::ana();
        for text in ["1", "2", "3"] {
            rig.hears(&ClientPacket::SendMessage { room: "a", text });
        }
        assert_eq!(
            rig.asks(),
            ["6 post a 1 false", "6 post a 2 false", "6 post a 3 false"]
        );
        assert_eq!(rig.gate.share(), Share::Same);
    }

    // [494-20] [HUB-4]
    #[test]
    fn a_direct_message_to_someone_away_is_answered_by_their_status() {
        let nobody = Refusal::NoSuchUser("bo".into());
        let away: &[&str] = &[r#"QueryUser { name: "bo", status: 0 }"#];
        let table: [(Reply, &[&str]); 4] = [
            (Reply::Told(TellOutcome::Delivered), &[]),
            (Reply::Told(TellOutcome::Kept), away),
            (Reply::Refused(nobody), away),
            (Reply::Refused(Refusal::StoreFailed), away),
        ];
        for (reply, expected) in table {
            let mut rig = Rig::ana();
            rig.hears(&ClientPacket::DirectMessage {
                peer: "bo",
                text: "psst",
            });
            let told = format!("7 tell {:?} psst", Recipient::Name(user("bo")));
            assert_eq!(rig.asks(), [told]);
            assert!(
                rig.gate.is_waiting(),
                "the answer may come late, order is kept"
            );
            rig.hears(&ClientPacket::ListRooms);
            assert!(rig.asks().is_empty());
            rig.answer(TELL, &reply);
            assert_eq!(rig.says(), expected, "{reply:?}");
            assert!(!rig.is_closed());
            rig.read();
            assert_eq!(rig.asks(), ["5 ListRooms"]);
        }
    }

    // [494-20] [HUB-5]
    #[test]
    fn a_private_message_is_a_direct_message_a_line() {
        let mut rig = Rig::ana();
        let told = Told {
            id: MessageId(1),
            at: Timestamp(0),
            from: user("bo"),
            to: user("ana"),
            text: text("one\n\ntwo"),
        };
        rig.gate
            .handle_event(&Event::Told(told.into()), rig.now, &mut rig.turn);
        let line = |text: &str| format!("DirectMessage {{ peer: \"bo\", text: {text:?} }}");
        assert_eq!(rig.says(), [line("one"), line(" "), line("two")]);
    }

    // [494-21]
    #[test]
    fn a_query_is_answered_with_the_name_it_asked_for() {
        let mut rig = Rig::ana();
        let decomposed = "Ame\u{301}lie";
        rig.hears(&ClientPacket::QueryUser {
            name: decomposed,
            status: 0xFF,
        });
        rig.hears(&ClientPacket::QueryUser {
            name: "bo",
            status: 2,
        });
        assert_eq!(rig.asks().len(), 2);
        rig.answer(
            QUERY,
            &Reply::Presence {
                user: user(decomposed),
                online: true,
            },
        );
        rig.answer(
            QUERY,
            &Reply::Presence {
                user: user("bo"),
                online: false,
            },
        );
        assert_eq!(
            rig.says(),
            [
                format!("QueryUser {{ name: {decomposed:?}, status: 1 }}"),
                r#"QueryUser { name: "bo", status: 0 }"#.to_owned(),
            ]
        );
        rig.hears(&ClientPacket::QueryUser {
            name: "~nobody",
            status: 2,
        });
        rig.hears(&ClientPacket::DirectMessage {
            peer: "~nobody",
            text: "hi",
        });
        assert!(rig.asks().is_empty());
        assert_eq!(
            rig.says(),
            [r#"QueryUser { name: "~nobody", status: 0 }"#; 2]
        );
    }

    // [494-22]
    #[test]
    fn an_offer_is_asked_for_and_a_refused_one_comes_back_with_the_id_0() {
        let refusals = [
            Refusal::NoSuchUser("bo".into()),
            Refusal::TooManyTransfers,
            Refusal::TakesNoFiles(user("bo")),
            Refusal::FileSize,
        ];
        for refusal in refusals {
            let mut rig = Rig::ana();
            rig.hears(&ClientPacket::OfferFile(Negotiation { id: 7, ..OFFER }));
            assert_eq!(rig.asks().len(), 1);
            rig.answer(OFFER_ID, &Reply::Refused(refusal));
            assert_eq!(rig.says(), [format!("RejectFile({OFFER:?})")]);
            assert!(!rig.is_closed());
        }
        let mut rig = Rig::ana();
        rig.hears(&ClientPacket::OfferFile(OFFER));
        rig.hears(&ClientPacket::QueryUser {
            name: "bo",
            status: 2,
        });
        rig.answer(OFFER_ID, &Reply::Offered(transfer(9)));
        rig.answer(
            QUERY,
            &Reply::Presence {
                user: user("bo"),
                online: true,
            },
        );
        assert_eq!(
            rig.says(),
            [r#"QueryUser { name: "bo", status: 1 }"#],
            "no word to the offerer"
        );
    }

    const OFFER_ID: CommandId = super::OFFER;

    // [494-7] [494-22]
    #[test]
    fn offers_of_what_is_no_file_or_for_nobody_come_back_at_once() {
        for offer in [
            Negotiation {
                file_name: "..",
                ..OFFER
            },
            Negotiation {
                target: "~bo",
                ..OFFER
            },
        ] {
            let mut rig = Rig::ana();
            rig.hears(&ClientPacket::OfferFile(offer));
            assert!(rig.asks().is_empty() && !rig.is_closed());
            assert_eq!(rig.says(), [format!("RejectFile({offer:?})")]);
        }
    }

    // [494-22]
    #[test]
    fn an_offer_in_another_s_name_is_an_illegal_name() {
        for source in ["eve", "Ana", "~ana"] {
            let mut rig = Rig::ana();
            rig.hears(&ClientPacket::OfferFile(Negotiation { source, ..OFFER }));
            assert_eq!(rig.says(), error(ErrorCode::IllegalName));
            assert!(rig.is_closed() && rig.asks().is_empty());
        }
    }

    // [494-23]
    #[test]
    fn an_answer_claims_its_offer_and_a_wrong_claim_closes() {
        let answer = Negotiation {
            target: "ana",
            source: "bo",
            id: 9,
            ..OFFER
        };
        let mut rig = Rig::ana();
        rig.hears(&ClientPacket::AcceptFile(answer));
        rig.hears(&ClientPacket::RejectFile(Negotiation {
            source: "~bo",
            ..answer
        }));
        assert_eq!(
            rig.asks(),
            [
                r#"10 answer 9 Some("bo") Some("ana") true"#,
                r#"10 answer 9 Some("ana") Some("ana") false"#,
            ]
        );
        rig.answer(ANSWER, &Reply::Done);
        assert!(rig.says().is_empty() && !rig.is_closed());
        rig.answer(ANSWER, &Reply::Refused(Refusal::NoSuchTransfer));
        assert_eq!(rig.says(), error(ErrorCode::IllegalName));
        assert!(rig.is_closed());

        let mut rig = Rig::ana();
        rig.hears(&ClientPacket::AcceptFile(Negotiation { id: 0, ..answer }));
        assert_eq!(
            rig.says(),
            error(ErrorCode::IllegalName),
            "no transfer has the id 0"
        );
        assert!(rig.is_closed() && rig.asks().is_empty());
    }

    // [494-24]
    #[test]
    fn file_data_is_handed_on_as_it_came() {
        let mut rig = Rig::ana();
        let mut bytes = BytesMut::new();
        encode_file_transfer(
            &mut bytes,
            &Chunk {
                id: 9,
                finished: false,
                data: &[1; 4_096],
            },
        );
        encode_file_transfer(
            &mut bytes,
            &Chunk {
                id: 9,
                finished: true,
                data: b"end",
            },
        );
        rig.hears_raw(&bytes);
        let ends = rig.turn.asks.last();
        assert!(
            matches!(ends, Some((_, Command::Segment { data, .. })) if data.clone().into_bytes() == "end")
        );
        assert_eq!(
            rig.asks(),
            ["11 segment 9 4096 false", "11 segment 9 3 true"]
        );
        rig.answer(SEGMENT, &Reply::Done);
        assert!(rig.says().is_empty() && !rig.is_closed());
    }

    // [494-24]
    #[test]
    fn file_data_of_no_transfer_closes() {
        for refusal in [Refusal::NoSuchTransfer, Refusal::TransferViolation] {
            let mut rig = Rig::ana();
            rig.hears_raw(&[0x11, 0, 0, 0, 4, 0, 9, 0, b'x']);
            assert_eq!(rig.asks(), ["11 segment 9 1 false"]);
            rig.answer(SEGMENT, &Reply::Refused(refusal));
            assert_eq!(rig.says(), error(ErrorCode::IllegalTransfer));
            assert!(rig.is_closed());
        }
        let mut rig = Rig::ana();
        rig.hears_raw(&[0x11, 0, 0, 0, 4, 0, 0, 0, b'x']);
        assert_eq!(rig.says(), error(ErrorCode::IllegalTransfer));
        assert!(rig.is_closed() && rig.asks().is_empty());
    }

    // [494-22] [494-23] [494-27]
    #[test]
    fn the_news_of_a_transfer_are_its_packets() {
        let mut rig = Rig::ana();
        let wire = |id| Negotiation {
            target: "ana",
            source: "bo",
            id,
            ..OFFER
        };
        let transfer = || transfer(9);
        rig.signal(&Signal::Offered(transfer()));
        rig.signal(&Signal::Answered {
            transfer: transfer(),
            accepted: true,
        });
        rig.signal(&Signal::Answered {
            transfer: transfer(),
            accepted: false,
        });
        rig.signal(&Signal::Ended {
            transfer: transfer(),
            reason: EndReason::OtherSide,
        });
        rig.signal(&Signal::Ended {
            transfer: transfer(),
            reason: EndReason::BadAnswer,
        });
        assert_eq!(
            rig.says(),
            [
                format!("OfferFile({:?})", wire(9)),
                format!("AcceptFile({:?})", wire(9)),
                format!("RejectFile({:?})", wire(9)),
                format!("RejectFile({:?})", wire(9)),
                format!("RejectFile({:?})", wire(0)),
            ]
        );
        assert!(rig.gate.takes_files());
    }

    // [494-25]
    #[test]
    fn pieces_of_another_wire_are_cut_to_this_one_s() {
        let mut rig = Rig::ana();
        let id = TransferId::new(9).unwrap();
        let data = Bytes::from(vec![7; 4_096 * 2]);
        rig.signal(&Signal::Segment {
            id,
            data: data.clone().into(),
            last: false,
        });
        rig.signal(&Signal::Segment {
            id,
            data: data.slice(..4_100).into(),
            last: true,
        });
        let sent = rig.turn.out.split();
        let mut rest = &sent[..];
        let mut pieces = Vec::new();
        while let Ok(Some((wire_cs494::ServerPacket::FileTransfer(chunk), used))) =
            wire_cs494::decode_server(rest)
        {
            pieces.push((chunk.id, chunk.data.len(), chunk.finished));
            rest = &rest[used..];
        }
        assert_eq!(
            pieces,
            [
                (9, 4_096, false),
                (9, 4_096, false),
                (9, 4_096, false),
                (9, 4, true)
            ]
        );
    }

    #[test]
    fn an_idle_session_is_small() {
        assert!(size_of::<Server>() <= 192, "{} bytes", size_of::<Server>());
        let mut rig = Rig::ana();
        rig.hears(&ClientPacket::QueryUser {
            name: "bo",
            status: 2,
        });
        rig.answer(
            QUERY,
            &Reply::Presence {
                user: user("bo"),
                online: true,
            },
        );
        assert_eq!(
            rig.gate.pending.capacity(),
            0,
            "nothing is kept between questions"
        );
    }
}
