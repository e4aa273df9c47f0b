//! What a server may send: read by a client, written by a hub.

use bytes::{BufMut, BytesMut};

use crate::error::{DecodeError, ErrorCode};
use crate::frame::{HEADER_BYTES, Kind, Sender, put_header, split_frame};
use crate::name::{NAME_BYTES, decode_name, put_name};
use crate::shared::{
    Chunk, LENGTH_CHECKED, Negotiation, decode_chunk, decode_error, decode_negotiation,
    decode_query_user, encode_accept_file, encode_direct, encode_error, encode_file_transfer,
    encode_heartbeat, encode_offer_file, encode_query_user, encode_reject_file, take_name,
};
use crate::text::{decode_farewell, decode_text, put_text, text_field_len};

/// The most names in one listing: 16 MiB, far above any hub's limits, and what a client is ready
/// to buffer.
pub const MAX_LISTING_NAMES: usize = 262_144;

/// A packet from a server. Names and texts are legal; texts are without their NUL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerPacket<'a> {
    /// The server is about to close the connection [494-11].
    Err(ErrorCode),
    /// A sign of life [494-9].
    Heartbeat,
    /// The rooms with at least one member [494-16].
    RoomListing {
        /// Their names.
        rooms: Names<'a>,
    },
    /// The members of a room [494-13].
    UserListing {
        /// Which room.
        room: &'a str,
        /// Its members.
        users: Names<'a>,
    },
    /// Whether someone is online [494-21].
    QueryUser {
        /// Who.
        name: &'a str,
        /// 1 online, 0 not.
        status: u8,
    },
    /// Text said in a room [494-17].
    PostMessage {
        /// Where.
        room: &'a str,
        /// Who said it.
        sender: &'a str,
        /// What was said.
        text: &'a str,
    },
    /// Text from one person [494-20].
    DirectMessage {
        /// The sender.
        peer: &'a str,
        /// What was said.
        text: &'a str,
    },
    /// Somebody offers a file [494-22].
    OfferFile(Negotiation<'a>),
    /// A file was accepted [494-23].
    AcceptFile(Negotiation<'a>),
    /// A file was declined, or its transfer ended [494-23] [494-27].
    RejectFile(Negotiation<'a>),
    /// A piece of a file [494-24].
    FileTransfer(Chunk<'a>),
    /// The server goes down [494-10].
    ServerDeparts {
        /// Its last words; may be empty.
        farewell: &'a str,
    },
}

/// The checked names of a listing, read from its fields as they are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    fields: &'a [[u8; NAME_BYTES]],
}

impl<'a> Names<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The names, in the order sent.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        self.fields
            .iter()
            .map(|field| decode_name(field).expect("checked when the listing was read"))
    }

    fn decode(fields: &'a [u8]) -> Result<Self, DecodeError> {
        // The header's length is a multiple of 64, so nothing is left over.
        let (fields, _) = fields.as_chunks();
        for field in fields {
            decode_name(field)?;
        }
        Ok(Self { fields })
    }
}

/// Equal when the names are, whatever stands after their NULs.
impl PartialEq for Names<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Names<'_> {}

/// Reads the first packet in `input`, which a server sent. `Ok(None)`: more bytes are needed. The
/// number is how many bytes the packet took.
///
/// # Errors
/// Whatever is wrong with it; the connection cannot be read further.
pub fn decode_server(input: &[u8]) -> Result<Option<(ServerPacket<'_>, usize)>, DecodeError> {
    let Some((header, payload)) = split_frame(input, Sender::Server)? else {
        return Ok(None);
    };
    let packet = match header.kind {
        Kind::Err => ServerPacket::Err(decode_error(payload)),
        Kind::Heartbeat => ServerPacket::Heartbeat,
        Kind::RoomListing => {
            let (_unused, rooms) = payload
                .split_first_chunk::<NAME_BYTES>()
                .expect(LENGTH_CHECKED);
            ServerPacket::RoomListing {
                rooms: Names::decode(rooms)?,
            }
        }
        Kind::UserListing => {
            let (room, users) = take_name(payload)?;
            ServerPacket::UserListing {
                room,
                users: Names::decode(users)?,
            }
        }
        Kind::QueryUser => {
            let (name, status) = decode_query_user(payload)?;
            ServerPacket::QueryUser { name, status }
        }
        Kind::PostMessage => {
            let (room, rest) = take_name(payload)?;
            let (sender, text) = take_name(rest)?;
            ServerPacket::PostMessage {
                room,
                sender,
                text: decode_text(text)?,
            }
        }
        Kind::DirectMessage => {
            let (peer, text) = take_name(payload)?;
            ServerPacket::DirectMessage {
                peer,
                text: decode_text(text)?,
            }
        }
        Kind::OfferFile => ServerPacket::OfferFile(decode_negotiation(payload)?),
        Kind::AcceptFile => ServerPacket::AcceptFile(decode_negotiation(payload)?),
        Kind::RejectFile => ServerPacket::RejectFile(decode_negotiation(payload)?),
        Kind::FileTransfer => ServerPacket::FileTransfer(decode_chunk(payload)?),
        Kind::ServerDeparts => ServerPacket::ServerDeparts {
            farewell: decode_farewell(payload)?,
        },
        Kind::NewClient
        | Kind::EnterRoom
        | Kind::LeaveRoom
        | Kind::ListRooms
        | Kind::SendMessage
        | Kind::BroadcastMessage
        | Kind::ClientDeparts => return Err(DecodeError::IllegalKind(header.kind as u8)),
    };
    Ok(Some((packet, header.frame_bytes())))
}

impl ServerPacket<'_> {
    /// Appends this packet.
    pub fn encode(&self, out: &mut BytesMut) {
        match self {
            Self::Err(code) => encode_error(out, *code),
            Self::Heartbeat => encode_heartbeat(out),
            Self::RoomListing { rooms } => encode_room_listing(out, rooms.iter()),
            Self::UserListing { room, users } => encode_user_listing(out, room, users.iter()),
            Self::QueryUser { name, status } => encode_query_user(out, name, *status),
            Self::PostMessage { room, sender, text } => encode_post(out, room, sender, text),
            Self::DirectMessage { peer, text } => encode_direct(out, peer, text),
            Self::OfferFile(negotiation) => encode_offer_file(out, negotiation),
            Self::AcceptFile(negotiation) => encode_accept_file(out, negotiation),
            Self::RejectFile(negotiation) => encode_reject_file(out, negotiation),
            Self::FileTransfer(chunk) => encode_file_transfer(out, chunk),
            Self::ServerDeparts { farewell } => encode_server_departs(out, farewell),
        }
    }
}

/// Appends a ROOM_LISTING. Names beyond [`MAX_LISTING_NAMES`] are left out.
pub fn encode_room_listing<'n>(out: &mut BytesMut, rooms: impl IntoIterator<Item = &'n str>) {
    put_listing(out, Kind::RoomListing, None, rooms);
}

/// Appends a USER_LISTING. Names beyond [`MAX_LISTING_NAMES`] are left out.
pub fn encode_user_listing<'n>(
    out: &mut BytesMut,
    room: &str,
    users: impl IntoIterator<Item = &'n str>,
) {
    put_listing(out, Kind::UserListing, Some(room), users);
}

/// Appends a POST_MESSAGE.
pub fn encode_post(out: &mut BytesMut, room: &str, sender: &str, text: &str) {
    put_header(
        out,
        Kind::PostMessage,
        2 * NAME_BYTES + text_field_len(text),
    );
    put_name(out, room);
    put_name(out, sender);
    put_text(out, text);
}

/// Appends a SERVER_DEPARTS.
pub fn encode_server_departs(out: &mut BytesMut, farewell: &str) {
    put_header(out, Kind::ServerDeparts, text_field_len(farewell));
    put_text(out, farewell);
}

/// Appends a listing; its length is filled in when the names have been counted.
fn put_listing<'n>(
    out: &mut BytesMut,
    kind: Kind,
    identifier: Option<&str>,
    names: impl IntoIterator<Item = &'n str>,
) {
    let names = names.into_iter().take(MAX_LISTING_NAMES);
    let start = out.len();
    out.reserve(HEADER_BYTES + NAME_BYTES * (1 + names.size_hint().0));
    put_header(out, kind, NAME_BYTES);
    match identifier {
        Some(room) => put_name(out, room),
        None => out.put_bytes(0, NAME_BYTES),
    }
    for name in names {
        put_name(out, name);
    }
    let length = u32::try_from(out.len() - start - HEADER_BYTES).unwrap_or(u32::MAX);
    out[start + 1..start + HEADER_BYTES].copy_from_slice(&length.to_be_bytes());
}
