//! What a client sends to the hub.
//!
//! `encode` writes a packet without line end; whether one follows is the dialect's business.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::list::NameList;
use crate::packet::{DecodeError, Envelope, OpCode, put, put_empty, put_header};

/// Bytes of a file in one FILE_SEGMENT; only the last one may have fewer [594-24].
pub const SEGMENT: usize = 1_024;

/// A packet from a client, by what it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// CONNECT: the client's name.
    Connect(String),
    /// LIST_ROOM.
    ListRooms,
    /// JOIN.
    Join(Rooms),
    /// LIST_USERS of the named room.
    ListUsers(String),
    /// LEAVE.
    Leave(Rooms),
    /// SEND_MSG.
    Say(Say),
    /// SEND_GROUP_MSG.
    SayGroup(Say),
    /// SEND_PRV_MSG.
    SayPrivate(SayPrivate),
    /// QUIT, with the client's own name.
    Quit(String),
    /// KEEP_ALIVE.
    KeepAlive,
    /// FILE_OFFER.
    FileOffer(FileOffer),
    /// FILE_ACCEPT.
    FileAccept(FileAnswer),
    /// FILE_REJECT.
    FileReject(FileAnswer),
    /// FILE_SEGMENT.
    FileSegment(FileSegment),
    /// HISTORY.
    History(HistoryRequest),
}

/// The payload of JOIN and LEAVE. From a client, `rooms` is never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rooms {
    /// The rooms to enter or leave.
    #[serde(rename = "Room-Name")]
    pub rooms: NameList,
    /// The client's own name.
    #[serde(rename = "User-Name")]
    pub user: String,
}

/// The payload of SEND_MSG and SEND_GROUP_MSG. From a client, `rooms` is never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Say {
    /// The rooms to say it in.
    #[serde(rename = "Room-Name")]
    pub rooms: NameList,
    /// The client's own name.
    #[serde(rename = "User-Name")]
    pub user: String,
    /// What is said.
    #[serde(rename = "Message")]
    pub text: String,
}

/// The payload of SEND_PRV_MSG.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SayPrivate {
    /// The client's own name.
    #[serde(rename = "User-Name")]
    pub user: String,
    /// Who is to read it.
    #[serde(rename = "To-User")]
    pub to: String,
    /// What is said.
    #[serde(rename = "Message")]
    pub text: String,
}

/// The payload of FILE_OFFER, in both directions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOffer {
    /// Who offers.
    #[serde(rename = "User-Name")]
    pub user: String,
    /// To whom.
    #[serde(rename = "To-User")]
    pub to: String,
    /// The file's name.
    #[serde(rename = "File-Name")]
    pub name: String,
    /// The file's size in bytes.
    #[serde(rename = "Size")]
    pub size: u64,
    /// The transfer's number, which the hub adds when it forwards the offer; a client's own is
    /// meaningless.
    #[serde(
        rename = "Transfer-Id",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub transfer: Option<u64>,
}

/// The payload of FILE_ACCEPT and FILE_REJECT, in both directions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAnswer {
    /// Who answers.
    #[serde(rename = "User-Name")]
    pub user: String,
    /// Whom.
    #[serde(rename = "To-User")]
    pub to: String,
    /// Which transfer.
    #[serde(rename = "Transfer-Id")]
    pub transfer: u64,
}

/// The payload of FILE_SEGMENT, in both directions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FileSegment {
    /// Which transfer.
    #[serde(rename = "Transfer-Id")]
    pub transfer: u64,
    /// The segment's number, from 0.
    #[serde(rename = "Seq")]
    pub seq: u64,
    /// At most [`SEGMENT`] bytes of the file; base64 in the packet.
    #[serde(rename = "Data", deserialize_with = "from_base64")]
    pub data: Bytes,
    /// Whether the file ends here.
    #[serde(rename = "Last")]
    pub last: bool,
}

/// The payload of HISTORY.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRequest {
    /// Which conversation.
    pub of: HistoryOf,
    /// Only what came before the message of this id.
    pub before: Option<u64>,
    /// How many at most.
    pub limit: Option<u32>,
}

/// A conversation that has a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryOf {
    /// A room's.
    Room(String),
    /// That of the client with one other person.
    User(String),
}

impl Request {
    /// Reads one whole packet that a client sent.
    ///
    /// # Errors
    /// [`DecodeError`], whose code is the hub's answer.
    pub fn decode(packet: &[u8]) -> Result<Request, DecodeError> {
        let envelope = Envelope::read(packet)?;
        envelope.check_payload_kind()?;
        let op = OpCode::from_number(envelope.op).ok_or(DecodeError::UnexpectedOp(envelope.op))?;
        let request = match op {
            OpCode::Connect => Request::Connect(envelope.parse::<NameOrUser>()?.name()),
            OpCode::ListRoom => Request::ListRooms,
            OpCode::Join => Request::Join(not_empty(envelope.parse()?)?),
            OpCode::ListUsers => Request::ListUsers(envelope.parse::<RoomOnly>()?.room),
            OpCode::Leave => Request::Leave(not_empty(envelope.parse()?)?),
            OpCode::SendMsg => Request::Say(not_empty(envelope.parse()?)?),
            OpCode::SendGroupMsg => Request::SayGroup(not_empty(envelope.parse()?)?),
            OpCode::SendPrvMsg => Request::SayPrivate(envelope.parse()?),
            OpCode::Quit => Request::Quit(envelope.parse::<UserOnly>()?.user),
            OpCode::KeepAlive => Request::KeepAlive,
            OpCode::FileOffer => Request::FileOffer(envelope.parse()?),
            OpCode::FileAccept => Request::FileAccept(envelope.parse()?),
            OpCode::FileReject => Request::FileReject(envelope.parse()?),
            OpCode::FileSegment => Request::FileSegment(envelope.parse()?),
            OpCode::History => Request::History(envelope.parse::<RawHistory>()?.resolve()?),
            OpCode::Ok
            | OpCode::ShowMsg
            | OpCode::ListRoomResp
            | OpCode::ListUserResp
            | OpCode::ServerShutdown
            | OpCode::HistoryResp => return Err(DecodeError::UnexpectedOp(envelope.op)),
        };
        Ok(request)
    }

    /// The packet's op-code.
    pub fn op(&self) -> OpCode {
        match self {
            Request::Connect(_) => OpCode::Connect,
            Request::ListRooms => OpCode::ListRoom,
            Request::Join(_) => OpCode::Join,
            Request::ListUsers(_) => OpCode::ListUsers,
            Request::Leave(_) => OpCode::Leave,
            Request::Say(_) => OpCode::SendMsg,
            Request::SayGroup(_) => OpCode::SendGroupMsg,
            Request::SayPrivate(_) => OpCode::SendPrvMsg,
            Request::Quit(_) => OpCode::Quit,
            Request::KeepAlive => OpCode::KeepAlive,
            Request::FileOffer(_) => OpCode::FileOffer,
            Request::FileAccept(_) => OpCode::FileAccept,
            Request::FileReject(_) => OpCode::FileReject,
            Request::FileSegment(_) => OpCode::FileSegment,
            Request::History(_) => OpCode::History,
        }
    }

    /// Appends the packet, without line end.
    pub fn encode(&self, out: &mut BytesMut) {
        let op = self.op().number();
        match self {
            Request::ListRooms | Request::KeepAlive => put_empty(op, out),
            Request::Connect(name) => put(op, name, out),
            Request::ListUsers(room) => put(op, &RoomOnly { room: room.clone() }, out),
            Request::Quit(user) => put(op, &UserOnly { user: user.clone() }, out),
            Request::Join(payload) | Request::Leave(payload) => put(op, payload, out),
            Request::Say(payload) | Request::SayGroup(payload) => put(op, payload, out),
            Request::SayPrivate(payload) => put(op, payload, out),
            Request::FileOffer(payload) => put(op, payload, out),
            Request::FileAccept(payload) | Request::FileReject(payload) => put(op, payload, out),
            Request::FileSegment(payload) => payload.encode(out),
            Request::History(payload) => put(op, &RawHistory::from(payload), out),
        }
    }
}

impl FileSegment {
    /// Appends the packet, without line end. A file has many of these: nothing is copied twice.
    pub fn encode(&self, out: &mut BytesMut) {
        let FileSegment { transfer, seq, .. } = self;
        let head = format!(r#"{{"Transfer-Id":{transfer},"Seq":{seq},"Data":""#);
        let tail = format!(r#"","Last":{}}}"#, self.last);
        let data = self.data.len().div_ceil(3) * 4;
        put_header(
            OpCode::FileSegment.number(),
            head.len() + data + tail.len(),
            out,
        );
        out.extend_from_slice(head.as_bytes());
        let at = out.len();
        out.resize(at + data, 0);
        STANDARD
            .encode_slice(&self.data, &mut out[at..])
            .expect("three bytes become four letters");
        out.extend_from_slice(tail.as_bytes());
        out.extend_from_slice(b"}");
    }
}

/// CONNECT's payload: the seed's form, or the one that all other payloads have [594-9].
#[derive(Deserialize)]
#[serde(untagged)]
enum NameOrUser {
    Name(String),
    User(UserOnly),
}

impl NameOrUser {
    fn name(self) -> String {
        match self {
            NameOrUser::Name(name) | NameOrUser::User(UserOnly { user: name }) => name,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct UserOnly {
    #[serde(rename = "User-Name")]
    pub(crate) user: String,
}

#[derive(Serialize, Deserialize)]
struct RoomOnly {
    #[serde(rename = "Room-Name")]
    room: String,
}

#[derive(Serialize, Deserialize)]
struct RawHistory {
    #[serde(rename = "Room-Name", default, skip_serializing_if = "Option::is_none")]
    room: Option<String>,
    #[serde(rename = "To-User", default, skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(rename = "Before", default, skip_serializing_if = "Option::is_none")]
    before: Option<u64>,
    #[serde(rename = "Limit", default, skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
}

impl RawHistory {
    fn resolve(self) -> Result<HistoryRequest, DecodeError> {
        let of = match (self.room, self.user) {
            (Some(room), None) => HistoryOf::Room(room),
            (None, Some(user)) => HistoryOf::User(user),
            (Some(_), Some(_)) | (None, None) => return Err(DecodeError::Malformed("payload")),
        };
        let (before, limit) = (self.before, self.limit);
        Ok(HistoryRequest { of, before, limit })
    }
}

impl From<&HistoryRequest> for RawHistory {
    fn from(request: &HistoryRequest) -> Self {
        let (room, user) = match &request.of {
            HistoryOf::Room(room) => (Some(room.clone()), None),
            HistoryOf::User(user) => (None, Some(user.clone())),
        };
        let (before, limit) = (request.before, request.limit);
        RawHistory {
            room,
            user,
            before,
            limit,
        }
    }
}

/// A payload that names rooms must name at least one.
trait NamesRooms {
    fn rooms(&self) -> &NameList;
}

impl NamesRooms for Rooms {
    fn rooms(&self) -> &NameList {
        &self.rooms
    }
}

impl NamesRooms for Say {
    fn rooms(&self) -> &NameList {
        &self.rooms
    }
}

fn not_empty<T: NamesRooms>(payload: T) -> Result<T, DecodeError> {
    if payload.rooms().names().is_empty() {
        return Err(DecodeError::Malformed("room list"));
    }
    Ok(payload)
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    let data = STANDARD.decode(text).map_err(de::Error::custom)?;
    if data.len() > SEGMENT {
        return Err(de::Error::custom("segment too long"));
    }
    Ok(data.into())
}
