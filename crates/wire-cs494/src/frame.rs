//! The frame: kinds, who may send them, their legal lengths, the five header bytes.

use bytes::{BufMut, BytesMut};

use crate::error::DecodeError;
use crate::filename::MAX_FILE_NAME_BYTES;
use crate::name::NAME_BYTES;
use crate::server::MAX_LISTING_NAMES;
use crate::shared::{CHUNK_HEAD, MAX_CHUNK_BYTES, NEGOTIATION_HEAD};
use crate::text::MAX_TEXT_BYTES;

/// Bytes before a payload: kind u8, length u32 big-endian.
pub const HEADER_BYTES: usize = 5;

/// The longest frame a client may send, header included: a hub's read buffer needs no more for one.
pub const MAX_CLIENT_FRAME_BYTES: usize = HEADER_BYTES + NAME_BYTES + MAX_TEXT_BYTES + 1;

/// What a packet is; the value is its byte on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// ERR, both ways: why the connection is about to close.
    Err = 0x01,
    /// NEW_CLIENT, from a client: its name, first of all.
    NewClient = 0x02,
    /// HEARTBEAT, both ways: a sign of life.
    Heartbeat = 0x03,
    /// ENTER_ROOM, from a client.
    EnterRoom = 0x04,
    /// LEAVE_ROOM, from a client.
    LeaveRoom = 0x05,
    /// LIST_ROOMS, from a client.
    ListRooms = 0x06,
    /// ROOM_LISTING, from a server: rooms with members.
    RoomListing = 0x07,
    /// USER_LISTING, from a server: the members of a room.
    UserListing = 0x08,
    /// QUERY_USER, both ways: is this person online?
    QueryUser = 0x09,
    /// SEND_MESSAGE, from a client: text for a room.
    SendMessage = 0x0A,
    /// BROADCAST_MESSAGE, from a client: text for each room it is in.
    BroadcastMessage = 0x0B,
    /// POST_MESSAGE, from a server: text said in a room.
    PostMessage = 0x0C,
    /// DIRECT_MESSAGE, both ways: text from one person to another.
    DirectMessage = 0x0D,
    /// OFFER_FILE, both ways.
    OfferFile = 0x0E,
    /// ACCEPT_FILE, both ways.
    AcceptFile = 0x0F,
    /// REJECT_FILE, both ways.
    RejectFile = 0x10,
    /// FILE_TRANSFER, both ways: a piece of a file.
    FileTransfer = 0x11,
    /// CLIENT_DEPARTS, from a client: its farewell.
    ClientDeparts = 0x12,
    /// SERVER_DEPARTS, from a server: its farewell.
    ServerDeparts = 0x13,
}

/// Which side sent the bytes being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sender {
    /// A client; the reader is a hub.
    Client,
    /// A server; the reader is a client.
    Server,
}

/// A header whose kind and length are legal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What the payload is.
    pub kind: Kind,
    /// Payload bytes, without the header.
    pub length: usize,
}

impl Header {
    /// Bytes of the frame, header included.
    pub fn frame_bytes(&self) -> usize {
        HEADER_BYTES + self.length
    }
}

impl Kind {
    /// The kind with this byte, if there is one.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0x01 => Self::Err,
            0x02 => Self::NewClient,
            0x03 => Self::Heartbeat,
            0x04 => Self::EnterRoom,
            0x05 => Self::LeaveRoom,
            0x06 => Self::ListRooms,
            0x07 => Self::RoomListing,
            0x08 => Self::UserListing,
            0x09 => Self::QueryUser,
            0x0A => Self::SendMessage,
            0x0B => Self::BroadcastMessage,
            0x0C => Self::PostMessage,
            0x0D => Self::DirectMessage,
            0x0E => Self::OfferFile,
            0x0F => Self::AcceptFile,
            0x10 => Self::RejectFile,
            0x11 => Self::FileTransfer,
            0x12 => Self::ClientDeparts,
            0x13 => Self::ServerDeparts,
            _ => return None,
        })
    }

    /// Whether that side may send this kind [494-3].
    pub fn may_come_from(self, sender: Sender) -> bool {
        match self {
            Self::NewClient
            | Self::EnterRoom
            | Self::LeaveRoom
            | Self::ListRooms
            | Self::SendMessage
            | Self::BroadcastMessage
            | Self::ClientDeparts => sender == Sender::Client,
            Self::RoomListing | Self::UserListing | Self::PostMessage | Self::ServerDeparts => {
                sender == Sender::Server
            }
            Self::Err
            | Self::Heartbeat
            | Self::QueryUser
            | Self::DirectMessage
            | Self::OfferFile
            | Self::AcceptFile
            | Self::RejectFile
            | Self::FileTransfer => true,
        }
    }

    /// Whether a payload of this kind may have `length` bytes [494-1].
    pub fn legal_length(self, length: usize) -> bool {
        let text = 2..=MAX_TEXT_BYTES + 1;
        let (head, rest) = match self {
            Self::Err => (0, 1..=1),
            Self::NewClient | Self::EnterRoom | Self::LeaveRoom => (NAME_BYTES, 0..=0),
            Self::Heartbeat | Self::ListRooms => (0, 0..=0),
            Self::RoomListing | Self::UserListing => {
                if !length.is_multiple_of(NAME_BYTES) {
                    return false;
                }
                (NAME_BYTES, 0..=MAX_LISTING_NAMES * NAME_BYTES)
            }
            Self::QueryUser => (NAME_BYTES, 1..=1),
            Self::SendMessage | Self::DirectMessage => (NAME_BYTES, text),
            // COMPAT(author's client): the unused name field may be missing [494-18].
            Self::BroadcastMessage => (0, 2..=NAME_BYTES + text.end()),
            Self::PostMessage => (2 * NAME_BYTES, text),
            Self::OfferFile | Self::AcceptFile | Self::RejectFile => {
                (NEGOTIATION_HEAD, 1..=MAX_FILE_NAME_BYTES)
            }
            Self::FileTransfer => (CHUNK_HEAD, 1..=MAX_CHUNK_BYTES),
            Self::ClientDeparts | Self::ServerDeparts => (0, 1..=*text.end()),
        };
        length
            .checked_sub(head)
            .is_some_and(|length| rest.contains(&length))
    }
}

/// Reads the header at the start of `input`, sent by `sender`. `Ok(None)`: not all of it is there.
/// The kind is judged as soon as its one byte is there, the length with the fifth.
///
/// # Errors
/// `UnknownKind` [494-2], `IllegalKind` [494-3] or `IllegalLength` [494-1].
pub fn peek_header(input: &[u8], sender: Sender) -> Result<Option<Header>, DecodeError> {
    let Some(&byte) = input.first() else {
        return Ok(None);
    };
    let kind = Kind::from_byte(byte).ok_or(DecodeError::UnknownKind(byte))?;
    if !kind.may_come_from(sender) {
        return Err(DecodeError::IllegalKind(byte));
    }
    let Some(&[_, a, b, c, d]) = input.first_chunk::<HEADER_BYTES>() else {
        return Ok(None);
    };
    let announced = u32::from_be_bytes([a, b, c, d]);
    let illegal = DecodeError::IllegalLength {
        kind,
        length: announced,
    };
    let length = usize::try_from(announced).map_err(|_| illegal)?;
    if kind.legal_length(length) {
        Ok(Some(Header { kind, length }))
    } else {
        Err(illegal)
    }
}

/// Splits the first frame off `input`: its header and its payload.
pub(crate) fn split_frame(
    input: &[u8],
    sender: Sender,
) -> Result<Option<(Header, &[u8])>, DecodeError> {
    let Some(header) = peek_header(input, sender)? else {
        return Ok(None);
    };
    Ok(input
        .get(HEADER_BYTES..header.frame_bytes())
        .map(|payload| (header, payload)))
}

/// Appends a header and makes room for its payload.
pub(crate) fn put_header(out: &mut BytesMut, kind: Kind, length: usize) {
    debug_assert!(kind.legal_length(length), "{length} bytes of {kind:?}");
    out.reserve(HEADER_BYTES + length);
    out.put_u8(kind as u8);
    out.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
}
