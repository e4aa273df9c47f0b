//! What clients say on cs494, and what they hear, in words.

use bytes::BytesMut;
use wire_cs494::{
    Chunk, Negotiation, ServerPacket, decode_server, encode_accept_file, encode_client_departs,
    encode_direct, encode_enter_room, encode_file_transfer, encode_heartbeat, encode_leave_room,
    encode_list_rooms, encode_new_client, encode_offer_file, encode_query_user, encode_reject_file,
    encode_send,
};

fn made(encode: impl FnOnce(&mut BytesMut)) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    encode(&mut bytes);
    bytes.to_vec()
}

pub(crate) fn hello(name: &str) -> Vec<u8> {
    made(|out| encode_new_client(out, name))
}

pub(crate) fn enter(room: &str) -> Vec<u8> {
    made(|out| encode_enter_room(out, room))
}

pub(crate) fn leave(room: &str) -> Vec<u8> {
    made(|out| encode_leave_room(out, room))
}

pub(crate) fn say(room: &str, text: &str) -> Vec<u8> {
    made(|out| encode_send(out, room, text))
}

pub(crate) fn direct(to: &str, text: &str) -> Vec<u8> {
    made(|out| encode_direct(out, to, text))
}

pub(crate) fn query(name: &str) -> Vec<u8> {
    made(|out| encode_query_user(out, name, 2))
}

pub(crate) fn list_rooms() -> Vec<u8> {
    made(encode_list_rooms)
}

pub(crate) fn heartbeat() -> Vec<u8> {
    made(encode_heartbeat)
}

pub(crate) fn farewell(text: &str) -> Vec<u8> {
    made(|out| encode_client_departs(out, text))
}

fn negotiation<'a>(from: &'a str, to: &'a str, id: u16, size: u32) -> Negotiation<'a> {
    Negotiation {
        target: to,
        source: from,
        id,
        size,
        file_name: "plan.txt",
    }
}

pub(crate) fn offer(from: &str, to: &str, size: u32) -> Vec<u8> {
    made(|out| encode_offer_file(out, &negotiation(from, to, 0, size)))
}

pub(crate) fn accept(from: &str, to: &str, id: u16, size: u32) -> Vec<u8> {
    made(|out| encode_accept_file(out, &negotiation(from, to, id, size)))
}

pub(crate) fn reject(from: &str, to: &str, id: u16, size: u32) -> Vec<u8> {
    made(|out| encode_reject_file(out, &negotiation(from, to, id, size)))
}

/// A whole file in full packets.
pub(crate) fn file(id: u16, data: &[u8]) -> Vec<u8> {
    made(|out| {
        let mut pieces = data.chunks(4096).peekable();
        while let Some(data) = pieces.next() {
            let finished = pieces.peek().is_none();
            encode_file_transfer(out, &Chunk { id, finished, data });
        }
    })
}

/// One packet with the beginning or middle of a file.
pub(crate) fn piece(id: u16, data: &[u8]) -> Vec<u8> {
    let finished = false;
    made(|out| encode_file_transfer(out, &Chunk { id, finished, data }))
}

/// What a client is sent, taken apart. What is not a whole packet stays in `bytes`.
pub(crate) fn packets(bytes: &mut Vec<u8>) -> Vec<String> {
    let mut at = 0;
    let mut words = Vec::new();
    while let Some((packet, used)) = decode_server(&bytes[at..]).unwrap() {
        at += used;
        words.extend(in_words(&packet));
    }
    bytes.drain(..at);
    words
}

/// `None` for signs of life, which may come at any time.
fn in_words(packet: &ServerPacket<'_>) -> Option<String> {
    Some(match packet {
        ServerPacket::Heartbeat => return None,
        ServerPacket::Err(code) => format!("error {:#04x}", code.byte()),
        ServerPacket::RoomListing { rooms } => {
            format!("rooms: {}", rooms.iter().collect::<Vec<_>>().join(", "))
        }
        ServerPacket::UserListing { room, users } => {
            let users = users.iter().collect::<Vec<_>>().join(", ");
            format!("in {room}: {users}")
        }
        ServerPacket::QueryUser { name, status } => format!("{name} is {status}"),
        ServerPacket::PostMessage { room, sender, text } => format!("{sender} in {room}: {text}"),
        ServerPacket::DirectMessage { peer, text } => format!("{peer}: {text}"),
        ServerPacket::OfferFile(file) => {
            format!("{} offers {} bytes as {}", file.source, file.size, file.id)
        }
        ServerPacket::AcceptFile(file) => format!("{} accepts {}", file.target, file.id),
        ServerPacket::RejectFile(file) => format!("{} is rejected", file.id),
        ServerPacket::FileTransfer(chunk) => {
            let end = if chunk.finished { ", the last" } else { "" };
            format!("{} bytes of {}{end}", chunk.data.len(), chunk.id)
        }
        ServerPacket::ServerDeparts { .. } => "goodbye".to_owned(),
    })
}

/// The bytes of all files in `bytes`.
pub(crate) fn file_data(bytes: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    let mut at = 0;
    while let Some((packet, used)) = decode_server(&bytes[at..]).unwrap() {
        at += used;
        if let ServerPacket::FileTransfer(chunk) = packet {
            data.extend_from_slice(chunk.data);
        }
    }
    data
}
