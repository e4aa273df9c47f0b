//! What every packet has: its op-code, its envelope, and the ways in which it can be wrong.
//!
//! Reading an envelope [594-1, 594-3]: keys are exactly those of the page, unknown ones are ignored,
//! `Length` must be an integer and is not otherwise believed, `Payload` may be missing.
//! Writing one [594-2]: compact, `Length` is the byte length of the payload as it stands in the
//! packet, and 0 beside the empty payload `""`.

use std::fmt::Write as _;

use bytes::{BufMut, BytesMut};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;

/// The numbers of the page. Errors have numbers of their own: [`ErrorCode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum OpCode {
    /// A client gives its name.
    Connect = 1,
    /// The hub did what was asked.
    Ok = 2,
    /// Enter rooms.
    Join = 3,
    /// Say something in rooms.
    SendMsg = 4,
    /// The hub shows something that was said.
    ShowMsg = 5,
    /// Ask for the rooms.
    ListRoom = 6,
    /// The rooms.
    ListRoomResp = 7,
    /// Leave rooms.
    Leave = 8,
    /// Ask for the members of a room.
    ListUsers = 9,
    /// The members of a room.
    ListUserResp = 10,
    /// Say goodbye.
    Quit = 11,
    /// Say something in rooms; the other number for it.
    SendGroupMsg = 12,
    /// Say something to one person.
    SendPrvMsg = 13,
    /// The hub says goodbye.
    ServerShutdown = 14,
    /// Still there; both directions.
    KeepAlive = 15,
    /// A file is offered; both directions.
    FileOffer = 16,
    /// An offer is taken; both directions.
    FileAccept = 17,
    /// An offer is refused, or a transfer ended; both directions.
    FileReject = 18,
    /// A piece of a file; both directions.
    FileSegment = 19,
    /// Ask for what was said before.
    History = 20,
    /// What was said before.
    HistoryResp = 21,
}

impl OpCode {
    /// Every op-code, in the order of the numbers.
    pub const ALL: [OpCode; 21] = [
        OpCode::Connect,
        OpCode::Ok,
        OpCode::Join,
        OpCode::SendMsg,
        OpCode::ShowMsg,
        OpCode::ListRoom,
        OpCode::ListRoomResp,
        OpCode::Leave,
        OpCode::ListUsers,
        OpCode::ListUserResp,
        OpCode::Quit,
        OpCode::SendGroupMsg,
        OpCode::SendPrvMsg,
        OpCode::ServerShutdown,
        OpCode::KeepAlive,
        OpCode::FileOffer,
        OpCode::FileAccept,
        OpCode::FileReject,
        OpCode::FileSegment,
        OpCode::History,
        OpCode::HistoryResp,
    ];

    /// The number in the header.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The op-code of a number, if it has one.
    pub fn from_number(number: i64) -> Option<Self> {
        OpCode::ALL
            .into_iter()
            .find(|op| i64::from(op.number()) == number)
    }
}

/// The error codes of the page; an error packet has its code as op-code [594-8].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum ErrorCode {
    /// A name that this wire may not register.
    IllegalName = 201,
    /// Somebody has the name.
    NameAlreadyExists = 202,
    /// The hub or the room is full.
    UserLimitReached = 203,
    /// There are too many rooms.
    RoomLimitReached = 204,
    /// Not a well-formed packet.
    MalformedRequest = 205,
    /// A well-formed packet that may not be sent now, or not by this client.
    IllegalRequest = 206,
    /// No room of that name.
    RoomNotFound = 207,
    /// Nobody of that name.
    UserNotFound = 208,
}

impl ErrorCode {
    /// Every error code, in the order of the numbers.
    pub const ALL: [ErrorCode; 8] = [
        ErrorCode::IllegalName,
        ErrorCode::NameAlreadyExists,
        ErrorCode::UserLimitReached,
        ErrorCode::RoomLimitReached,
        ErrorCode::MalformedRequest,
        ErrorCode::IllegalRequest,
        ErrorCode::RoomNotFound,
        ErrorCode::UserNotFound,
    ];

    /// The number, in header and payload.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The error code of a number, if it has one.
    pub fn from_number(number: i64) -> Option<Self> {
        ErrorCode::ALL
            .into_iter()
            .find(|code| i64::from(code.number()) == number)
    }

    /// A plain sentence for the packet, where there is nothing more precise to say.
    pub const fn sentence(self) -> &'static str {
        match self {
            ErrorCode::IllegalName => "This name is not allowed.",
            ErrorCode::NameAlreadyExists => "This name is in use.",
            ErrorCode::UserLimitReached => "There is no place for another user.",
            ErrorCode::RoomLimitReached => "There is no place for another room.",
            ErrorCode::MalformedRequest => "This is not a well-formed packet.",
            ErrorCode::IllegalRequest => "This request is not allowed here.",
            ErrorCode::RoomNotFound => "There is no such room.",
            ErrorCode::UserNotFound => "There is no such user.",
        }
    }
}

/// Why bytes are not a packet that this side may receive. Holds no text of the packet, so that it
/// can be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Not a well-formed packet (205); names the part at fault.
    #[error("malformed {0}")]
    Malformed(&'static str),
    /// A well-formed packet whose op-code is unknown, or is for the other direction (206).
    #[error("unexpected op-code {0}")]
    UnexpectedOp(i64),
}

impl DecodeError {
    /// The code with which the hub answers [594-5].
    pub const fn code(self) -> ErrorCode {
        match self {
            DecodeError::Malformed(_) => ErrorCode::MalformedRequest,
            DecodeError::UnexpectedOp(_) => ErrorCode::IllegalRequest,
        }
    }
}

/// A packet whose payload has not been read yet.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    /// The number in the header, known or not.
    pub(crate) op: i64,
    payload: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    /// Reads the envelope of one whole packet.
    pub(crate) fn read(packet: &'a [u8]) -> Result<Self, DecodeError> {
        #[derive(Deserialize)]
        struct Outer<'a> {
            #[serde(rename = "Header")]
            header: Header,
            #[serde(rename = "Payload", borrow, default, deserialize_with = "present")]
            payload: Option<&'a RawValue>,
        }
        #[derive(Deserialize)]
        struct Header {
            #[serde(rename = "OP-CODE")]
            op: Integer,
            #[serde(rename = "Length")]
            _length: Integer,
        }
        // Without this, bad UTF-8 could hide in keys that are ignored.
        let text = std::str::from_utf8(packet).map_err(|_| DecodeError::Malformed("text"))?;
        let outer: Outer<'a> =
            serde_json::from_str(text).map_err(|_| DecodeError::Malformed("envelope"))?;
        Ok(Envelope {
            op: outer.header.op.0,
            payload: outer.payload,
        })
    }

    /// The JSON text of the payload; none and `""` are the same.
    pub(crate) fn payload(&self) -> &'a str {
        self.payload.map_or("\"\"", RawValue::get)
    }

    /// Holds a client to "object or string" [594-1].
    pub(crate) fn check_payload_kind(&self) -> Result<(), DecodeError> {
        match self.payload().as_bytes().first() {
            Some(b'{' | b'"') => Ok(()),
            _ => Err(DecodeError::Malformed("payload")),
        }
    }

    /// Reads the payload as `T`.
    pub(crate) fn parse<T: Deserialize<'a>>(&self) -> Result<T, DecodeError> {
        serde_json::from_str(self.payload()).map_err(|_| DecodeError::Malformed("payload"))
    }
}

/// Writes one packet without line end [594-2].
pub(crate) fn put(op: u16, payload: &impl Serialize, out: &mut BytesMut) {
    let json = serde_json::to_vec(payload).expect("strings and numbers always serialise");
    put_header(op, json.len(), out);
    out.extend_from_slice(&json);
    out.put_u8(b'}');
}

/// Writes a packet that has no payload [594-2].
pub(crate) fn put_empty(op: u16, out: &mut BytesMut) {
    put_header(op, 0, out);
    out.extend_from_slice(b"\"\"}");
}

/// Begins a packet; the payload of `length` bytes and a `}` follow.
pub(crate) fn put_header(op: u16, length: usize, out: &mut BytesMut) {
    write!(
        out,
        r#"{{"Header":{{"OP-CODE":{op},"Length":{length}}},"Payload":"#
    )
    .expect("BytesMut grows");
}

/// Tells a present `null` from a missing key: only the latter is an empty payload.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Any JSON integer. What does not fit an `i64` has no meaning here and becomes the largest one.
struct Integer(i64);

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Integer;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an integer")
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Integer, E> {
                Ok(Integer(value))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Integer, E> {
                Ok(Integer(i64::try_from(value).unwrap_or(i64::MAX)))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_page() {
        for (index, op) in OpCode::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(op.number()), index + 1);
            assert_eq!(OpCode::from_number(index as i64 + 1), Some(op));
        }
        for (index, code) in ErrorCode::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(code.number()), index + 201); // [594-8]
            assert_eq!(ErrorCode::from_number(index as i64 + 201), Some(code));
        }
        for none in [i64::MIN, -1, 0, 22, 200, 209, 257, i64::MAX] {
            assert_eq!(OpCode::from_number(none), None);
            assert_eq!(ErrorCode::from_number(none), None);
        }
    }
}
