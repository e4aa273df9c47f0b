//! Round trips of everything, and bytes that mean harm.

use bytes::BytesMut;
use proptest::prelude::*;
use wire_cs494::{
    Chunk, ClientPacket, DecodeError, ErrorCode, HEADER_BYTES, Negotiation, ServerPacket,
    check_filename, check_name, check_text, decode_client, decode_server, encode_post,
    encode_room_listing, encode_user_listing, fuzz,
};

/// What a packet is made of; packets borrow from it.
#[derive(Debug, Clone)]
struct Parts {
    a: String,
    b: String,
    text: String,
    farewell: String,
    file_name: String,
    names: Vec<String>,
    data: Vec<u8>,
    byte: u8,
    id: u16,
    size: u32,
    finished: bool,
}

impl Parts {
    fn negotiation(&self) -> Negotiation<'_> {
        Negotiation {
            target: &self.a,
            source: &self.b,
            id: self.id,
            size: self.size,
            file_name: &self.file_name,
        }
    }

    fn chunk(&self) -> Chunk<'_> {
        Chunk {
            id: self.id,
            finished: self.finished,
            data: &self.data,
        }
    }

    fn client_packets(&self) -> [ClientPacket<'_>; 15] {
        let Self {
            a,
            b,
            text,
            farewell,
            byte,
            ..
        } = self;
        [
            ClientPacket::Err(ErrorCode::from_byte(*byte)),
            ClientPacket::NewClient { name: a },
            ClientPacket::Heartbeat,
            ClientPacket::EnterRoom { room: a },
            ClientPacket::LeaveRoom { room: b },
            ClientPacket::ListRooms,
            ClientPacket::QueryUser {
                name: a,
                status: *byte,
            },
            ClientPacket::SendMessage { room: a, text },
            ClientPacket::BroadcastMessage { text },
            ClientPacket::DirectMessage { peer: b, text },
            ClientPacket::OfferFile(self.negotiation()),
            ClientPacket::AcceptFile(self.negotiation()),
            ClientPacket::RejectFile(self.negotiation()),
            ClientPacket::FileTransfer(self.chunk()),
            ClientPacket::ClientDeparts { farewell },
        ]
    }

    fn server_packets(&self) -> [ServerPacket<'_>; 10] {
        let Self {
            a,
            b,
            text,
            farewell,
            byte,
            ..
        } = self;
        [
            ServerPacket::Err(ErrorCode::from_byte(*byte)),
            ServerPacket::Heartbeat,
            ServerPacket::QueryUser {
                name: a,
                status: *byte,
            },
            ServerPacket::PostMessage {
                room: a,
                sender: b,
                text,
            },
            ServerPacket::DirectMessage { peer: a, text },
            ServerPacket::OfferFile(self.negotiation()),
            ServerPacket::AcceptFile(self.negotiation()),
            ServerPacket::RejectFile(self.negotiation()),
            ServerPacket::FileTransfer(self.chunk()),
            ServerPacket::ServerDeparts { farewell },
        ]
    }
}

/// Legal strings near the edges of the rules; what slips over an edge is left out.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[!-~]{1,32}",
        "[\u{80}-\u{7ff}]{1,32}",
        "[!-~\u{2000}-\u{2070}😀ö]{1,21}"
    ]
    .prop_filter("legal", |name: &String| check_name(name).is_ok())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[\t -~]{1,80}",
        "\\PC{1,80}",
        "[\t -~\u{2000}-\u{2070}😀ö]{1,200}",
        "[a-z ]{11998}"
    ]
    .prop_filter("legal", |text: &String| check_text(text).is_ok())
}

fn file_name() -> impl Strategy<Value = String> {
    prop_oneof!["[!-~][ -~]{0,40}[!-~]", "\\PC{1,60}", "[a-z]{1023}"]
        .prop_filter("legal", |name: &String| check_filename(name).is_ok())
}

fn parts() -> impl Strategy<Value = Parts> {
    (
        (
            name(),
            name(),
            text(),
            prop_oneof![Just(String::new()), text()],
            file_name(),
        ),
        prop::collection::vec(name(), 0..8),
        prop::collection::vec(any::<u8>(), 1..=4_096),
        (any::<u8>(), any::<u16>(), any::<u32>(), any::<bool>()),
    )
        .prop_map(
            |((a, b, text, farewell, file_name), names, data, (byte, id, size, finished))| Parts {
                a,
                b,
                text,
                farewell,
                file_name,
                names,
                data,
                byte,
                id,
                size,
                finished,
            },
        )
}

/// Bytes that look enough like frames to get past the header.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let framed = (
        0u8..0x16,
        prop::collection::vec(any::<u8>(), 0..300),
        0u32..3,
    )
        .prop_map(|(kind, payload, off)| {
            let length = u32::try_from(payload.len()).expect("short") + off;
            [&[kind][..], &length.to_be_bytes(), &payload].concat()
        });
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..400),
        prop::collection::vec(framed, 1..4).prop_map(|frames| frames.concat()),
    ]
}

type Read<P> = (Vec<P>, Option<DecodeError>, usize);

/// Everything a hub reads from `bytes` that arrive in steps of `step`: the packets as their debug
/// text, the error that ended it, and the bytes left over.
fn read_client(bytes: &[u8], step: usize) -> Read<String> {
    let mut buffer = Vec::new();
    let mut packets = Vec::new();
    for piece in bytes.chunks(step) {
        buffer.extend_from_slice(piece);
        loop {
            match decode_client(&buffer) {
                Ok(Some((packet, used))) => {
                    packets.push(format!("{packet:?}"));
                    buffer.drain(..used);
                }
                Ok(None) => break,
                Err(error) => return (packets, Some(error), 0),
            }
        }
    }
    (packets, None, buffer.len())
}

fn read_server(bytes: &[u8], step: usize) -> Read<String> {
    let mut buffer = Vec::new();
    let mut packets = Vec::new();
    for piece in bytes.chunks(step) {
        buffer.extend_from_slice(piece);
        loop {
            match decode_server(&buffer) {
                Ok(Some((packet, used))) => {
                    packets.push(format!("{packet:?}"));
                    buffer.drain(..used);
                }
                Ok(None) => break,
                Err(error) => return (packets, Some(error), 0),
            }
        }
    }
    (packets, None, buffer.len())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    // [494-1] [494-5] [494-6] [494-7]
    #[test]
    fn a_clients_packets_survive_the_wire(parts in parts()) {
        for packet in parts.client_packets() {
            let mut out = BytesMut::new();
            packet.encode(&mut out);
            let announced = u32::from_be_bytes(out[1..5].try_into().unwrap()) as usize;
            prop_assert_eq!(announced + HEADER_BYTES, out.len(), "declared length = real length");
            prop_assert_eq!(decode_client(&out), Ok(Some((packet, out.len()))));
        }
    }

    // [494-1] [494-5] [494-6] [494-7]
    #[test]
    fn a_servers_packets_survive_the_wire(parts in parts()) {
        for packet in parts.server_packets() {
            let mut out = BytesMut::new();
            packet.encode(&mut out);
            let announced = u32::from_be_bytes(out[1..5].try_into().unwrap()) as usize;
            prop_assert_eq!(announced + HEADER_BYTES, out.len(), "declared length = real length");
            prop_assert_eq!(decode_server(&out), Ok(Some((packet, out.len()))));
        }
    }

    // [494-13] [494-16]
    #[test]
    fn listings_survive_the_wire(parts in parts()) {
        let mut out = BytesMut::new();
        encode_user_listing(&mut out, &parts.a, parts.names.iter().map(String::as_str));
        let Ok(Some((ServerPacket::UserListing { room, users }, used))) = decode_server(&out) else {
            panic!("a user listing");
        };
        prop_assert_eq!(used, out.len());
        prop_assert_eq!(room, &parts.a);
        prop_assert!(users.iter().eq(&parts.names));
        fuzz::fuzz_decode_server(&out);

        let mut out = BytesMut::new();
        encode_room_listing(&mut out, parts.names.iter().map(String::as_str));
        let Ok(Some((ServerPacket::RoomListing { rooms }, used))) = decode_server(&out) else {
            panic!("a room listing");
        };
        prop_assert_eq!(used, out.len());
        prop_assert!(rooms.iter().eq(&parts.names));
        fuzz::fuzz_decode_server(&out);
    }

    // [494-4]
    #[test]
    fn a_clients_packets_read_the_same_however_they_are_cut(parts in parts(), step in 2..200usize) {
        let packets = parts.client_packets();
        let mut out = BytesMut::new();
        packets.iter().for_each(|packet| packet.encode(&mut out));
        let whole = read_client(&out, out.len());
        prop_assert_eq!(whole.0.len(), packets.len());
        prop_assert_eq!((whole.1, whole.2), (None, 0));
        prop_assert_eq!(&read_client(&out, step), &whole);
    }

    // [494-4]
    #[test]
    fn a_servers_packets_read_the_same_however_they_are_cut(parts in parts(), step in 2..200usize) {
        let packets = parts.server_packets();
        let mut out = BytesMut::new();
        packets.iter().for_each(|packet| packet.encode(&mut out));
        let whole = read_server(&out, out.len());
        prop_assert_eq!(whole.0.len(), packets.len());
        prop_assert_eq!((whole.1, whole.2), (None, 0));
        prop_assert_eq!(&read_server(&out, step), &whole);
    }

    // [494-1]
    #[test]
    fn a_packet_cut_short_asks_for_more(parts in parts(), at in any::<prop::sample::Index>()) {
        for packet in parts.client_packets() {
            let mut out = BytesMut::new();
            packet.encode(&mut out);
            prop_assert_eq!(decode_client(&out[..at.index(out.len())]), Ok(None));
        }
    }

    // [494-1] [494-2] [494-5] [494-6]
    #[test]
    fn hostile_bytes_never_panic_and_read_the_same_one_at_a_time(data in hostile()) {
        fuzz::fuzz_decode_client(&data);
        fuzz::fuzz_decode_server(&data);
        prop_assert_eq!(read_client(&data, 1), read_client(&data, data.len().max(1)));
        prop_assert_eq!(read_server(&data, 1), read_server(&data, data.len().max(1)));
    }

    #[test]
    fn a_flipped_bit_never_panics(
        parts in parts(), at in any::<prop::sample::Index>(), bit in 0..8u8,
    ) {
        for packet in parts.client_packets() {
            let mut out = BytesMut::new();
            packet.encode(&mut out);
            let at = at.index(out.len());
            out[at] ^= 1 << bit;
            fuzz::fuzz_decode_client(&out);
            fuzz::fuzz_decode_server(&out);
        }
    }

    // [494-5] [494-6]: the fast pass over the bytes and a plain reading of the rules agree.
    #[test]
    fn the_checks_agree_with_the_rules_read_literally(
        s in "[\u{0}-\u{40}\u{600}-\u{620}\u{2000}-\u{2070}]{0,40}",
    ) {
        let directional = |c: char| {
            matches!(u32::from(c), 0x202A..=0x202E | 0x2066..=0x2069 | 0x200E | 0x200F | 0x061C)
        };
        let text = !s.is_empty() && s.chars().all(|c| (c == '\t' || c >= ' ') && !directional(c));
        prop_assert_eq!(check_text(&s).is_ok(), text);
        let name = (1..=32).contains(&s.chars().count())
            && s.len() <= 64
            && s.chars().all(|c| c > ' ' && !directional(c));
        prop_assert_eq!(check_name(&s).is_ok(), name);
    }
}

// [494-4]
#[test]
fn a_conversation_reads_the_same_one_byte_at_a_time() {
    let mut out = BytesMut::new();
    ClientPacket::NewClient { name: "ana" }.encode(&mut out);
    ClientPacket::Heartbeat.encode(&mut out);
    ClientPacket::EnterRoom { room: "lobby" }.encode(&mut out);
    ClientPacket::SendMessage {
        room: "lobby",
        text: "hi",
    }
    .encode(&mut out);
    ClientPacket::ClientDeparts { farewell: "" }.encode(&mut out);
    let (packets, error, left) = read_client(&out, 1);
    assert_eq!(packets.len(), 5);
    assert_eq!((error, left), (None, 0));
    assert_eq!(read_client(&out, out.len()).0, packets);
}

#[test]
fn encoders_append_and_leave_what_is_there() {
    let mut out = BytesMut::from(&b"before"[..]);
    encode_post(&mut out, "lobby", "ana", "hi");
    assert_eq!(&out[..6], b"before");
    assert!(matches!(
        decode_server(&out[6..]),
        Ok(Some((
            ServerPacket::PostMessage {
                room: "lobby",
                sender: "ana",
                text: "hi"
            },
            136
        )))
    ));
    let before = out.len();
    encode_user_listing(&mut out, "lobby", ["ana"]);
    assert!(matches!(
        decode_server(&out[before..]),
        Ok(Some((ServerPacket::UserListing { room: "lobby", .. }, 133)))
    ));
}
