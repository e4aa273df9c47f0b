//! Chat: words from person to person. Items of rooms are carried as they are.
//!
//! A text longer than [`TEXT_MAX`] goes out in several messages, all but the last with
//! [`flags::PARTIAL`]. A message with [`flags::ASKS_AVATAR`] and no text is a request, nothing to show.

use bytes::{BufMut, Bytes, BytesMut};

use crate::item::Malformed;
use crate::tlv::{Reader, kind, put_block, put_tlv_bytes};

const MESSAGE: u8 = 0x01;
const AVATAR: u8 = 0x03;
const STATUS: u8 = 0x04;
const AVATAR_INFO: u8 = 0x1e;
/// Challenge, unsubscribe, list request, message, event, list, old invite, invite.
const ROOM: [u8; 8] = [0x09, 0x0a, 0x0d, 0x17, 0x18, 0x19, 0x1a, 0x1b];

/// Where real nodes cut a text into several messages, in bytes.
pub const TEXT_MAX: usize = 15_000;

/// The largest picture that real nodes take, in bytes.
pub const AVATAR_MAX: usize = 32_767;

/// What the flags of messages and status items mean.
pub mod flags {
    /// For this person only.
    pub const PRIVATE: u32 = 0x0001;
    /// Asks for the avatar.
    pub const ASKS_AVATAR: u32 = 0x0002;
    /// Comes with an avatar.
    pub const HAS_AVATAR: u32 = 0x0004;
    /// An avatar can be asked for.
    pub const AVATAR_AVAILABLE: u32 = 0x0008;
    /// The text is the person's status text.
    pub const CUSTOM_STATE: u32 = 0x0010;
    /// For everyone; no longer in use.
    pub const PUBLIC: u32 = 0x0020;
    /// Asks for the status text.
    pub const ASKS_CUSTOM_STATE: u32 = 0x0040;
    /// A status text can be asked for.
    pub const CUSTOM_STATE_AVAILABLE: u32 = 0x0080;
    /// More of the text follows in another message.
    pub const PARTIAL: u32 = 0x0100;
    /// Of a room.
    pub const LOBBY: u32 = 0x0200;
}

/// An item of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chat {
    /// A text, or a request for the avatar.
    Message {
        /// See [`flags`].
        flags: u32,
        /// Seconds since 1970, by the sender's clock.
        sent_at: u32,
        /// Plain, or HTML: see [`crate::html`].
        text: String,
    },
    /// That the person is typing, or their status text.
    Status {
        /// See [`flags`].
        flags: u32,
        /// The status text, or what a program says about typing.
        text: String,
    },
    /// A picture of the person, JPEG or PNG.
    Avatar(Bytes),
    /// That there is a picture.
    AvatarInfo {
        /// When it was last changed, in seconds since 1970.
        timestamp: u32,
    },
    /// Something of a room.
    Room(Room),
}

/// An item of a room, as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its number within the service.
    pub subtype: u8,
    /// Its bytes.
    pub body: Bytes,
}

impl Chat {
    pub(crate) fn subtype(&self) -> u8 {
        match self {
            Self::Message { .. } => MESSAGE,
            Self::Status { .. } => STATUS,
            Self::Avatar(_) => AVATAR,
            Self::AvatarInfo { .. } => AVATAR_INFO,
            Self::Room(room) => room.subtype,
        }
    }

    pub(crate) fn encode(&self, out: &mut BytesMut) {
        match self {
            Self::Message {
                flags,
                sent_at,
                text,
            } => {
                out.put_u32(*flags);
                out.put_u32(*sent_at);
                put_tlv_bytes(kind::MESSAGE, text.as_bytes(), out);
            }
            Self::Status { flags, text } => {
                out.put_u32(*flags);
                put_tlv_bytes(kind::MESSAGE, text.as_bytes(), out);
            }
            Self::Avatar(image) => put_block(image, out),
            Self::AvatarInfo { timestamp } => out.put_u32(*timestamp),
            Self::Room(room) => out.extend_from_slice(&room.body),
        }
    }
}

pub(crate) fn decode(subtype: u8, mut from: Reader) -> Result<Option<Chat>, Malformed> {
    Ok(match subtype {
        MESSAGE => Some(Chat::Message {
            flags: from.u32()?,
            sent_at: from.u32()?,
            text: from.tlv_text(kind::MESSAGE)?,
        }),
        STATUS => Some(Chat::Status {
            flags: from.u32()?,
            text: from.tlv_text(kind::MESSAGE)?,
        }),
        AVATAR => Some(Chat::Avatar(from.block()?)),
        AVATAR_INFO => Some(Chat::AvatarInfo {
            timestamp: from.u32()?,
        }),
        room if ROOM.contains(&room) => Some(Chat::Room(Room {
            subtype,
            body: from.rest(),
        })),
        _ => None,
    })
}
