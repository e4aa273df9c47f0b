//! What the hub sends to a client.
//!
//! `decode` is for our own client, which also meets hubs written by others: it forgives more than
//! [`Request::decode`](crate::Request::decode), and takes what it needs.

use bytes::BytesMut;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::list::{ListForm, NameList};
use crate::packet::{DecodeError, Envelope, ErrorCode, OpCode, put, put_empty};
use crate::request::{FileAnswer, FileOffer, FileSegment, UserOnly};

/// `To-Room` of a private message.
pub const PRIVATE_ROOM: &str = "PRV MSG";

/// A packet from the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// OK; with the number of the transfer that an offer began [594-24].
    Ok {
        /// The transfer's number.
        transfer: Option<u64>,
    },
    /// LIST_ROOM_RESP: the rooms.
    Rooms(NameList),
    /// LIST_USER_RESP: the members of the room that was asked for.
    Users(NameList),
    /// SHOW_MSG.
    Show(ShowMsg),
    /// SERVER_SHUTDOWN, with the name of the client it goes to.
    Shutdown(String),
    /// KEEP_ALIVE.
    KeepAlive,
    /// FILE_OFFER; always with a transfer number.
    FileOffer(FileOffer),
    /// FILE_ACCEPT.
    FileAccept(FileAnswer),
    /// FILE_REJECT.
    FileReject(FileAnswer),
    /// FILE_SEGMENT.
    FileSegment(FileSegment),
    /// HISTORY_RESP: oldest first.
    History {
        /// What was said.
        entries: Vec<HistoryEntry>,
        /// `Text` on sessions of the datagram dialect, else `Array`.
        form: ListForm,
    },
    /// A packet whose op-code is an error code.
    Error(ErrorPacket),
}

/// SHOW_MSG [594-18].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShowMsg {
    /// The client that this packet goes to.
    pub recipient: String,
    /// Who said it.
    pub from: String,
    /// The room, or [`PRIVATE_ROOM`].
    pub to_room: String,
    /// What was said.
    pub text: String,
    /// How it was said.
    pub kind: ShowType,
}

/// `Type` of SHOW_MSG.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShowType {
    /// By SEND_MSG, or on another wire: `""`.
    Plain,
    /// By SEND_GROUP_MSG: `"group"`.
    Group,
    /// By SEND_PRV_MSG: `"private"`.
    Private,
}

/// One message of HISTORY_RESP [594-25].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Who said it.
    #[serde(rename = "From-User")]
    pub from: String,
    /// The room, or [`PRIVATE_ROOM`].
    #[serde(rename = "To-Room")]
    pub to_room: String,
    /// What was said.
    #[serde(rename = "Message")]
    pub text: String,
    /// When, in milliseconds since 1970-01-01T00:00Z.
    #[serde(rename = "Time")]
    pub time: u64,
    /// The message's number, for `Before`.
    #[serde(rename = "Id")]
    pub id: u64,
}

/// An error packet [594-8].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorPacket {
    /// What is wrong.
    pub code: ErrorCode,
    /// The same as one plain sentence.
    pub message: String,
    /// The field that is to blame, if one is.
    pub fault: Option<Fault>,
}

/// The field of the request that an error is about, with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// `Room-Name`.
    Room(String),
    /// `To-User`.
    User(String),
}

impl Response {
    /// An error with the sentence of its code and no field.
    pub fn error(code: ErrorCode) -> Response {
        Response::Error(ErrorPacket {
            code,
            message: code.sentence().to_owned(),
            fault: None,
        })
    }

    /// Reads one whole packet that a hub sent.
    ///
    /// # Errors
    /// [`DecodeError`]; the client drops the packet and goes on.
    pub fn decode(packet: &[u8]) -> Result<Response, DecodeError> {
        let envelope = Envelope::read(packet)?;
        if let Some(code) = ErrorCode::from_number(envelope.op) {
            return Ok(Response::Error(read_error(code, &envelope)));
        }
        let op = OpCode::from_number(envelope.op).ok_or(DecodeError::UnexpectedOp(envelope.op))?;
        let response = match op {
            OpCode::Ok => {
                let transfer = envelope.parse::<OkPayload>().ok();
                let transfer = transfer.and_then(|payload| payload.transfer);
                Response::Ok { transfer }
            }
            OpCode::ListRoomResp => Response::Rooms(envelope.parse::<ListPayload>()?.names),
            OpCode::ListUserResp => Response::Users(envelope.parse::<ListPayload>()?.names),
            OpCode::ShowMsg => Response::Show(envelope.parse::<RawShow>()?.resolve()?),
            OpCode::ServerShutdown => {
                // COMPAT(author's hub): the target's name may be missing; the goodbye counts.
                let user = envelope.parse::<UserOnly>().map(|payload| payload.user);
                Response::Shutdown(user.unwrap_or_default())
            }
            OpCode::KeepAlive => Response::KeepAlive,
            OpCode::FileOffer => {
                let offer: FileOffer = envelope.parse()?;
                if offer.transfer.is_none() {
                    return Err(DecodeError::Malformed("offer without a transfer"));
                }
                Response::FileOffer(offer)
            }
            OpCode::FileAccept => Response::FileAccept(envelope.parse()?),
            OpCode::FileReject => Response::FileReject(envelope.parse()?),
            OpCode::FileSegment => Response::FileSegment(envelope.parse()?),
            OpCode::HistoryResp => {
                let HistoryPayload { entries, form } = envelope.parse()?;
                Response::History { entries, form }
            }
            OpCode::Connect
            | OpCode::Join
            | OpCode::SendMsg
            | OpCode::ListRoom
            | OpCode::Leave
            | OpCode::ListUsers
            | OpCode::Quit
            | OpCode::SendGroupMsg
            | OpCode::SendPrvMsg
            | OpCode::History => return Err(DecodeError::UnexpectedOp(envelope.op)),
        };
        Ok(response)
    }

    /// The number in the header.
    pub fn op(&self) -> u16 {
        let op = match self {
            Response::Ok { .. } => OpCode::Ok,
            Response::Rooms(_) => OpCode::ListRoomResp,
            Response::Users(_) => OpCode::ListUserResp,
            Response::Show(_) => OpCode::ShowMsg,
            Response::Shutdown(_) => OpCode::ServerShutdown,
            Response::KeepAlive => OpCode::KeepAlive,
            Response::FileOffer(_) => OpCode::FileOffer,
            Response::FileAccept(_) => OpCode::FileAccept,
            Response::FileReject(_) => OpCode::FileReject,
            Response::FileSegment(_) => OpCode::FileSegment,
            Response::History { .. } => OpCode::HistoryResp,
            Response::Error(error) => return error.code.number(),
        };
        op.number()
    }

    /// Appends the packet, without line end.
    pub fn encode(&self, out: &mut BytesMut) {
        let op = self.op();
        match self {
            Response::Ok { transfer: None } | Response::KeepAlive => put_empty(op, out),
            Response::Ok { transfer } => {
                let transfer = *transfer;
                put(op, &OkPayload { transfer }, out);
            }
            Response::Rooms(names) | Response::Users(names) => put(op, &ListRef { names }, out),
            Response::Show(show) => put(op, &ShowRef::from(show), out),
            Response::Shutdown(user) => put(op, &UserOnly { user: user.clone() }, out),
            Response::FileOffer(offer) => put(op, offer, out),
            Response::FileAccept(answer) | Response::FileReject(answer) => put(op, answer, out),
            Response::FileSegment(segment) => segment.encode(out),
            Response::History { entries, form } => {
                let form = *form;
                put(
                    op,
                    &HistoryRef {
                        entries: Entries { entries, form },
                    },
                    out,
                );
            }
            Response::Error(error) => put(op, &ErrorRef::from(error), out),
        }
    }
}

impl ShowType {
    /// The text of the field.
    pub const fn as_str(self) -> &'static str {
        match self {
            ShowType::Plain => "",
            ShowType::Group => "group",
            ShowType::Private => "private",
        }
    }

    /// What the protocol's text reserves "for later use" and we do not know is plain.
    fn from_text(text: &str) -> Self {
        match text {
            "group" => ShowType::Group,
            "private" => ShowType::Private,
            _ => ShowType::Plain,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct OkPayload {
    #[serde(rename = "Transfer-Id", default)]
    transfer: Option<u64>,
}

#[derive(Deserialize)]
struct ListPayload {
    #[serde(rename = "Message")]
    names: NameList,
}

#[derive(Serialize)]
struct ListRef<'a> {
    #[serde(rename = "Message")]
    names: &'a NameList,
}

/// SHOW_MSG as it is written; the template of [`crate::show`] must have the same keys in the same
/// order (a test holds them together).
#[derive(Serialize)]
pub(crate) struct ShowRef<'a> {
    #[serde(rename = "User-Name")]
    pub(crate) recipient: &'a str,
    #[serde(rename = "From-User")]
    pub(crate) from_user: &'a str,
    #[serde(rename = "From-Name")]
    pub(crate) from_name: &'a str,
    #[serde(rename = "To-Room")]
    pub(crate) to_room: &'a str,
    #[serde(rename = "Message")]
    pub(crate) text: &'a str,
    #[serde(rename = "Type")]
    pub(crate) kind: &'static str,
}

impl<'a> From<&'a ShowMsg> for ShowRef<'a> {
    fn from(show: &'a ShowMsg) -> Self {
        ShowRef {
            recipient: &show.recipient,
            from_user: &show.from,
            from_name: &show.from,
            to_room: &show.to_room,
            text: &show.text,
            kind: show.kind.as_str(),
        }
    }
}

/// SHOW_MSG as it is read.
/// COMPAT(author's hub): it may send one spelling of the sender, and leave fields out.
#[derive(Deserialize)]
struct RawShow {
    #[serde(rename = "User-Name", default)]
    recipient: String,
    #[serde(rename = "From-User", default)]
    from_user: Option<String>,
    #[serde(rename = "From-Name", default)]
    from_name: Option<String>,
    #[serde(rename = "To-Room", default)]
    to_room: String,
    #[serde(rename = "Message")]
    text: String,
    #[serde(rename = "Type", default)]
    kind: String,
}

impl RawShow {
    fn resolve(self) -> Result<ShowMsg, DecodeError> {
        let from = self.from_user.or(self.from_name);
        Ok(ShowMsg {
            recipient: self.recipient,
            from: from.ok_or(DecodeError::Malformed("message without a sender"))?,
            to_room: self.to_room,
            text: self.text,
            kind: ShowType::from_text(&self.kind),
        })
    }
}

#[derive(Serialize)]
struct HistoryRef<'a> {
    #[serde(rename = "Message")]
    entries: Entries<'a>,
}

struct Entries<'a> {
    entries: &'a [HistoryEntry],
    form: ListForm,
}

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.form {
            ListForm::Array | ListForm::Plain => self.entries.serialize(serializer),
            ListForm::Text => {
                let text = serde_json::to_string(self.entries);
                serializer.serialize_str(&text.map_err(serde::ser::Error::custom)?)
            }
        }
    }
}

struct HistoryPayload {
    entries: Vec<HistoryEntry>,
    form: ListForm,
}

impl<'de> Deserialize<'de> for HistoryPayload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Raw {
            #[serde(rename = "Message")]
            message: ArrayOrText,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum ArrayOrText {
            Array(Vec<HistoryEntry>),
            Text(String),
        }
        match Raw::deserialize(deserializer)?.message {
            ArrayOrText::Array(entries) => {
                let form = ListForm::Array;
                Ok(HistoryPayload { entries, form })
            }
            ArrayOrText::Text(text) => {
                let entries = serde_json::from_str(&text).map_err(de::Error::custom)?;
                let form = ListForm::Text;
                Ok(HistoryPayload { entries, form })
            }
        }
    }
}

#[derive(Serialize)]
struct ErrorRef<'a> {
    #[serde(rename = "Error")]
    code: u16,
    #[serde(rename = "Message")]
    message: &'a str,
    #[serde(rename = "Room-Name", skip_serializing_if = "Option::is_none")]
    room: Option<&'a str>,
    #[serde(rename = "To-User", skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
}

impl<'a> From<&'a ErrorPacket> for ErrorRef<'a> {
    fn from(error: &'a ErrorPacket) -> Self {
        let (room, user) = match &error.fault {
            Some(Fault::Room(room)) => (Some(room.as_str()), None),
            Some(Fault::User(user)) => (None, Some(user.as_str())),
            None => (None, None),
        };
        let (code, message) = (error.code.number(), error.message.as_str());
        ErrorRef {
            code,
            message,
            room,
            user,
        }
    }
}

/// COMPAT(author's hub): there the payload is the bare number, so whatever else is missing is
/// filled in; the op-code says which error it is.
fn read_error(code: ErrorCode, envelope: &Envelope<'_>) -> ErrorPacket {
    #[derive(Default, Deserialize)]
    struct Raw {
        #[serde(rename = "Message", default)]
        message: Option<String>,
        #[serde(rename = "Room-Name", default)]
        room: Option<String>,
        #[serde(rename = "To-User", default)]
        user: Option<String>,
    }
    let raw: Raw = envelope.parse().unwrap_or_default();
    ErrorPacket {
        code,
        message: raw.message.unwrap_or_else(|| code.sentence().to_owned()),
        fault: (raw.room.map(Fault::Room)).or(raw.user.map(Fault::User)),
    }
}
