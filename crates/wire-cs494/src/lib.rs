//! The bytes of cs494, the binary relay protocol (TCP, by default port 17734).
//!
//! # Frames
//!
//! A frame is `kind: u8`, `length: u32 big-endian`, then `length` payload bytes. Each kind has
//! legal lengths ([`Kind::legal_length`]) that are checked as soon as the five header bytes are
//! there, before any payload is waited for [494-1]. A kind that nobody defined, or one that the
//! sending side may not send, is refused at its first byte [494-2] [494-3].
//!
//! | kind | value | payload | length |
//! |---|---|---|---|
//! | ERR | 0x01 | code | 1 |
//! | NEW_CLIENT | 0x02 | name | 64 |
//! | HEARTBEAT | 0x03 | – | 0 |
//! | ENTER_ROOM, LEAVE_ROOM | 0x04, 0x05 | room | 64 |
//! | LIST_ROOMS | 0x06 | – | 0 |
//! | ROOM_LISTING | 0x07 | 64 unused bytes, names | 64·(n+1) |
//! | USER_LISTING | 0x08 | room, names | 64·(n+1) |
//! | QUERY_USER | 0x09 | name, status u8 | 65 |
//! | SEND_MESSAGE | 0x0A | room, text | 66 … 12,063 |
//! | BROADCAST_MESSAGE | 0x0B | 64 unused bytes, text | 2 … 12,063 |
//! | POST_MESSAGE | 0x0C | room, sender, text | 130 … 12,127 |
//! | DIRECT_MESSAGE | 0x0D | peer, text | 66 … 12,063 |
//! | OFFER_FILE, ACCEPT_FILE, REJECT_FILE | 0x0E, 0x0F, 0x10 | target, source, id u16, size u32, file name | 135 … 1,157 |
//! | FILE_TRANSFER | 0x11 | id u16, finished u8, data | 4 … 4,099 |
//! | CLIENT_DEPARTS, SERVER_DEPARTS | 0x12, 0x13 | text | 1 … 11,999 |
//!
//! # Use
//!
//! [`decode_client`] reads what a client sent, [`decode_server`] what a server sent. Both are pure
//! functions over a slice: `Ok(None)` asks for more bytes, `Ok(Some((packet, used)))` borrows from
//! the slice, and an error names the [`ErrorCode`] that goes back before the connection closes.
//! Each field is validated once, here. The `encode_*` functions append one frame to a buffer and
//! cannot fail.
//!
//! # Where we deviate
//!
//! - Text refuses U+0001–U+0008 and U+000A–U+001F. The draft says "above 0x0019"; the program of
//!   its author refuses up to 0x1F, and so do we.
//! - COMPAT(author's client): BROADCAST_MESSAGE is accepted without its 64 unused bytes, so its
//!   least legal length is 2 [494-18].
//! - A listing of more than [`MAX_LISTING_NAMES`] names is refused by a receiving client: the
//!   draft has no bound, and 2³² bytes are none.
//!
//! Sessions (who may say what, and when) are the business of the crate `gate`; read its
//! `cs494/server.rs` next.

mod client;
mod error;
mod filename;
mod frame;
#[doc(hidden)]
pub mod fuzz;
mod name;
mod server;
mod shared;
mod text;

pub use client::{
    ClientPacket, decode_client, encode_broadcast, encode_client_departs, encode_enter_room,
    encode_leave_room, encode_list_rooms, encode_new_client, encode_send,
};
pub use error::{DecodeError, ErrorCode};
pub use filename::{FileNameError, MAX_FILE_NAME_BYTES, check_filename, decode_filename};
pub use frame::{HEADER_BYTES, Header, Kind, MAX_CLIENT_FRAME_BYTES, Sender, peek_header};
pub use name::{MAX_NAME_CHARS, NAME_BYTES, NameError, check_name, decode_name};
pub use server::{
    MAX_LISTING_NAMES, Names, ServerPacket, decode_server, encode_post, encode_room_listing,
    encode_server_departs, encode_user_listing,
};
pub use shared::{
    Chunk, MAX_CHUNK_BYTES, Negotiation, STATUS_ASK, STATUS_OFFLINE, STATUS_ONLINE,
    encode_accept_file, encode_direct, encode_error, encode_file_transfer, encode_heartbeat,
    encode_offer_file, encode_query_user, encode_reject_file,
};
pub use text::{
    MAX_TEXT_BYTES, TextError, check_farewell, check_text, decode_farewell, decode_text,
};
