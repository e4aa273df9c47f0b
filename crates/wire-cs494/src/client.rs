//! What a client may send: read by a hub, written by a client.

use bytes::{BufMut, BytesMut};

use crate::error::{DecodeError, ErrorCode};
use crate::frame::{Kind, Sender, put_header, split_frame};
use crate::name::{NAME_BYTES, decode_name, put_name};
use crate::shared::{
    Chunk, Negotiation, decode_chunk, decode_error, decode_negotiation, decode_query_user,
    encode_accept_file, encode_direct, encode_error, encode_file_transfer, encode_heartbeat,
    encode_offer_file, encode_query_user, encode_reject_file, take_name,
};
use crate::text::{TextError, decode_farewell, decode_text, put_text, text_field_len};

/// A packet from a client. Names and texts are legal; texts are without their NUL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientPacket<'a> {
    /// The client considers the connection ended [494-11].
    Err(ErrorCode),
    /// Its name [494-8].
    NewClient {
        /// The name it asks for.
        name: &'a str,
    },
    /// A sign of life [494-9].
    Heartbeat,
    /// Join or open a room [494-13].
    EnterRoom {
        /// Which.
        room: &'a str,
    },
    /// Leave a room [494-14].
    LeaveRoom {
        /// Which.
        room: &'a str,
    },
    /// Which rooms are there [494-16].
    ListRooms,
    /// Is this person online [494-21].
    QueryUser {
        /// Whom it asks about.
        name: &'a str,
        /// Any byte; clients send 2.
        status: u8,
    },
    /// Text for a room [494-17].
    SendMessage {
        /// Which.
        room: &'a str,
        /// What is said.
        text: &'a str,
    },
    /// Text for each room it is in [494-18].
    BroadcastMessage {
        /// What is said.
        text: &'a str,
    },
    /// Text for one person [494-20].
    DirectMessage {
        /// The recipient.
        peer: &'a str,
        /// What is said.
        text: &'a str,
    },
    /// Offers a file [494-22].
    OfferFile(Negotiation<'a>),
    /// Accepts a file [494-23].
    AcceptFile(Negotiation<'a>),
    /// Declines a file [494-23].
    RejectFile(Negotiation<'a>),
    /// A piece of a file [494-24].
    FileTransfer(Chunk<'a>),
    /// It leaves [494-10].
    ClientDeparts {
        /// Its last words; may be empty.
        farewell: &'a str,
    },
}

/// Reads the first packet in `input`, which a client sent. `Ok(None)`: more bytes are needed. The
/// number is how many bytes the packet took.
///
/// # Errors
/// Whatever is wrong with it; the connection cannot be read further.
pub fn decode_client(input: &[u8]) -> Result<Option<(ClientPacket<'_>, usize)>, DecodeError> {
    let Some((header, payload)) = split_frame(input, Sender::Client)? else {
        return Ok(None);
    };
    let packet = match header.kind {
        Kind::Err => ClientPacket::Err(decode_error(payload)),
        Kind::NewClient => ClientPacket::NewClient {
            name: take_name(payload)?.0,
        },
        Kind::Heartbeat => ClientPacket::Heartbeat,
        Kind::EnterRoom => ClientPacket::EnterRoom {
            room: take_name(payload)?.0,
        },
        Kind::LeaveRoom => ClientPacket::LeaveRoom {
            room: take_name(payload)?.0,
        },
        Kind::ListRooms => ClientPacket::ListRooms,
        Kind::QueryUser => {
            let (name, status) = decode_query_user(payload)?;
            ClientPacket::QueryUser { name, status }
        }
        Kind::SendMessage => {
            let (room, text) = take_name(payload)?;
            ClientPacket::SendMessage {
                room,
                text: decode_text(text)?,
            }
        }
        Kind::BroadcastMessage => ClientPacket::BroadcastMessage {
            text: broadcast_text(payload)?,
        },
        Kind::DirectMessage => {
            let (peer, text) = take_name(payload)?;
            ClientPacket::DirectMessage {
                peer,
                text: decode_text(text)?,
            }
        }
        Kind::OfferFile => ClientPacket::OfferFile(decode_negotiation(payload)?),
        Kind::AcceptFile => ClientPacket::AcceptFile(decode_negotiation(payload)?),
        Kind::RejectFile => ClientPacket::RejectFile(decode_negotiation(payload)?),
        Kind::FileTransfer => ClientPacket::FileTransfer(decode_chunk(payload)?),
        Kind::ClientDeparts => ClientPacket::ClientDeparts {
            farewell: decode_farewell(payload)?,
        },
        Kind::RoomListing | Kind::UserListing | Kind::PostMessage | Kind::ServerDeparts => {
            return Err(DecodeError::IllegalKind(header.kind as u8));
        }
    };
    Ok(Some((packet, header.frame_bytes())))
}

impl ClientPacket<'_> {
    /// Appends this packet.
    pub fn encode(&self, out: &mut BytesMut) {
        match self {
            Self::Err(code) => encode_error(out, *code),
            Self::NewClient { name } => encode_new_client(out, name),
            Self::Heartbeat => encode_heartbeat(out),
            Self::EnterRoom { room } => encode_enter_room(out, room),
            Self::LeaveRoom { room } => encode_leave_room(out, room),
            Self::ListRooms => encode_list_rooms(out),
            Self::QueryUser { name, status } => encode_query_user(out, name, *status),
            Self::SendMessage { room, text } => encode_send(out, room, text),
            Self::BroadcastMessage { text } => encode_broadcast(out, text),
            Self::DirectMessage { peer, text } => encode_direct(out, peer, text),
            Self::OfferFile(negotiation) => encode_offer_file(out, negotiation),
            Self::AcceptFile(negotiation) => encode_accept_file(out, negotiation),
            Self::RejectFile(negotiation) => encode_reject_file(out, negotiation),
            Self::FileTransfer(chunk) => encode_file_transfer(out, chunk),
            Self::ClientDeparts { farewell } => encode_client_departs(out, farewell),
        }
    }
}

/// Appends a NEW_CLIENT.
pub fn encode_new_client(out: &mut BytesMut, name: &str) {
    put_named(out, Kind::NewClient, name);
}

/// Appends an ENTER_ROOM.
pub fn encode_enter_room(out: &mut BytesMut, room: &str) {
    put_named(out, Kind::EnterRoom, room);
}

/// Appends a LEAVE_ROOM.
pub fn encode_leave_room(out: &mut BytesMut, room: &str) {
    put_named(out, Kind::LeaveRoom, room);
}

/// Appends a LIST_ROOMS.
pub fn encode_list_rooms(out: &mut BytesMut) {
    put_header(out, Kind::ListRooms, 0);
}

/// Appends a SEND_MESSAGE.
pub fn encode_send(out: &mut BytesMut, room: &str, text: &str) {
    put_header(out, Kind::SendMessage, NAME_BYTES + text_field_len(text));
    put_name(out, room);
    put_text(out, text);
}

/// Appends a BROADCAST_MESSAGE, with its 64 unused bytes.
pub fn encode_broadcast(out: &mut BytesMut, text: &str) {
    put_header(
        out,
        Kind::BroadcastMessage,
        NAME_BYTES + text_field_len(text),
    );
    out.put_bytes(0, NAME_BYTES);
    put_text(out, text);
}

/// Appends a CLIENT_DEPARTS.
pub fn encode_client_departs(out: &mut BytesMut, farewell: &str) {
    put_header(out, Kind::ClientDeparts, text_field_len(farewell));
    put_text(out, farewell);
}

/// COMPAT(author's client): it sends a broadcast without the 64 unused bytes. A payload too short
/// for them and a text, or that begins with neither zeros nor a name field, is all text [494-18].
fn broadcast_text(payload: &[u8]) -> Result<&str, TextError> {
    match payload.split_first_chunk::<NAME_BYTES>() {
        Some((unused, text @ [_, _, ..]))
            if unused == &[0; NAME_BYTES] || decode_name(unused).is_ok() =>
        {
            decode_text(text)
        }
        _ => decode_text(payload),
    }
}

fn put_named(out: &mut BytesMut, kind: Kind, name: &str) {
    put_header(out, kind, NAME_BYTES);
    put_name(out, name);
}
