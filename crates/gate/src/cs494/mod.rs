//! cs494, the binary relay protocol: its sessions.
//!
//! The wire is `wire-cs494`; here is who may say what, when, and what silence means.
//!
//! - A session begins with NEW_CLIENT; silence is success [494-8].
//! - Both sides send HEARTBEAT; whoever is silent too long is gone [494-9].
//! - Every error ends the session: ERR, flush, close [494-11].
//!
//! # Where we deviate
//!
//! - A heartbeat goes out every 4 s by default: the page asks for one *at least* every 5 s, and
//!   timers and networks only ever add.
//! - A name that begins with `~` is legal on the wire but reserved by the hub for aliases: as one's
//!   own it is an illegal name, as somebody else's it is nobody's.
//! - A line feed in a text from another wire begins a new packet; an empty line is one space, since
//!   a message needs a code point [HUB-5].
//! - The other way round, a server's user whose name begins with `~` is shown with `～` (U+FF5E).
//!
//! Read `server.rs` next, then `client.rs`.

mod client;
mod server;
mod transfers;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use model::{Refusal, RoomName, Said, Text, UserName};
use wire_cs494::{ErrorCode, encode_error, encode_post, encode_room_listing, encode_user_listing};

use crate::{ClientGate, Gate, Protocol, Template};

/// The least time of silence after which a peer may be called gone [494-9].
pub const MIN_SILENCE: Duration = Duration::from_secs(20);

/// The longest time between two heartbeats [494-9].
pub const MAX_HEARTBEAT: Duration = Duration::from_secs(5);

/// What can be set about cs494.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// After so long without a sign of life a peer is gone; less than [`MIN_SILENCE`] counts as that.
    pub silence: Duration,
    /// Time between two heartbeats; more than [`MAX_HEARTBEAT`] counts as that.
    pub heartbeat: Duration,
    /// Whether clients get the list of rooms unasked when it changes [494-16].
    pub push_room_list: bool,
    /// Whether a farewell is shown to the rooms that are left [494-10].
    pub farewell_to_rooms: bool,
    /// Whether one may speak in a room without being in it [494-17].
    pub post_from_outside: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(30),
            heartbeat: Duration::from_secs(4),
            push_room_list: true,
            farewell_to_rooms: true,
            post_from_outside: false,
        }
    }
}

/// The protocol's name, here and in configuration.
const NAME: &str = "cs494";

impl Settings {
    /// The same within the bounds of the page.
    fn bounded(mut self) -> Self {
        // A heartbeat of no time at all would be a busy loop.
        self.heartbeat = self
            .heartbeat
            .clamp(Duration::from_millis(100), MAX_HEARTBEAT);
        self.silence = self.silence.max(MIN_SILENCE);
        self
    }
}

/// cs494 as the hub serves it.
#[derive(Debug)]
pub struct Cs494 {
    settings: Arc<Settings>,
}

impl Cs494 {
    /// With these settings, brought within the bounds of the page.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings.bounded()),
        }
    }
}

impl Protocol for Cs494 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn open(&self, now: Instant) -> Box<dyn Gate> {
        Box::new(server::Server::new(Arc::clone(&self.settings), now))
    }

    fn render_refusal(&self, refusal: &Refusal, out: &mut BytesMut) {
        encode_error(out, code_of(refusal));
    }

    fn render_said(&self, said: &Said, out: &mut BytesMut) -> Option<Box<dyn Template>> {
        for line in lines(&said.text) {
            encode_post(out, said.room.as_str(), said.from.as_str(), line);
        }
        None
    }

    fn render_members(&self, room: &RoomName, names: &[UserName], out: &mut BytesMut) {
        encode_user_listing(out, room.as_str(), names.iter().map(UserName::as_str));
    }

    fn render_rooms(&self, rooms: &[RoomName], out: &mut BytesMut) {
        encode_room_listing(out, rooms.iter().map(RoomName::as_str));
    }
}

/// A session of ours with a cs494 server, on a connection made at `now`.
pub fn client(settings: Settings, now: Instant) -> Box<dyn ClientGate> {
    Box::new(client::Client::new(&settings.bounded(), now))
}

/// What a client is told when a refusal ends its session.
fn code_of(refusal: &Refusal) -> ErrorCode {
    match refusal {
        Refusal::NameInUse(_) | Refusal::NameReserved(_) => ErrorCode::NameInUse,
        Refusal::HubFull | Refusal::RoomFull(_) => ErrorCode::TooManyUsers,
        Refusal::TooManyRooms => ErrorCode::TooManyRooms,
        Refusal::NoSuchTransfer | Refusal::TransferViolation => ErrorCode::IllegalTransfer,
        Refusal::BadCredentials
        | Refusal::NoSuchRoom(_)
        | Refusal::NotMember(_)
        | Refusal::NoSuchUser(_)
        | Refusal::NotSignedIn
        | Refusal::AlreadySignedIn
        | Refusal::NotPossible
        | Refusal::TooManyTransfers
        | Refusal::FileSize
        | Refusal::TakesNoFiles(_)
        | Refusal::StoreFailed
        | Refusal::Unreachable(..)
        | Refusal::Unsafe(_)
        | Refusal::HistoryOff => ErrorCode::Unknown,
    }
}

/// A text as packets carry it, one a line; never none.
fn lines(text: &Text) -> impl Iterator<Item = &str> {
    text.as_str()
        .lines()
        .map(|line| if line.is_empty() { " " } else { line })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use model::{MessageId, SaidAs, Timestamp};
    use wire_cs494::{ServerPacket, decode_server};

    use super::*;

    /// The packets of a server in `bytes`, as their debug text.
    pub(super) fn packets(bytes: &[u8]) -> Vec<String> {
        let mut rest = bytes;
        let mut packets = Vec::new();
        while let Some((packet, used)) = decode_server(rest).expect("legal frames") {
            packets.push(match packet {
                ServerPacket::RoomListing { rooms } => {
                    format!("RoomListing {:?}", rooms.iter().collect::<Vec<_>>())
                }
                ServerPacket::UserListing { room, users } => {
                    format!("UserListing {room} {:?}", users.iter().collect::<Vec<_>>())
                }
                other => format!("{other:?}"),
            });
            rest = &rest[used..];
        }
        assert!(rest.is_empty(), "whole frames");
        packets
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test needs one instant to start from"
    )]
    pub(super) fn start() -> Instant {
        Instant::now()
    }

    pub(super) fn user(name: &str) -> UserName {
        UserName::parse(name).expect("a legal name")
    }

    pub(super) fn room(name: &str) -> RoomName {
        RoomName::parse(name).expect("a legal name")
    }

    pub(super) fn text(raw: &str) -> Text {
        Text::adapt(raw).expect("a legal text")
    }

    fn said(raw: &str) -> Said {
        Said {
            id: MessageId(1),
            at: Timestamp(0),
            from: user("ana"),
            room: room("lobby"),
            text: text(raw),
            manner: SaidAs::Post,
        }
    }

    fn rendered(raw: &str) -> Bytes {
        let mut out = BytesMut::new();
        let template = Cs494::new(Settings::default()).render_said(&said(raw), &mut out);
        assert!(template.is_none(), "every session gets the same bytes");
        out.freeze()
    }

    // [494-17] [HUB-3]
    #[test]
    fn a_room_message_is_one_post() {
        assert_eq!(
            packets(&rendered("hi")),
            [r#"PostMessage { room: "lobby", sender: "ana", text: "hi" }"#]
        );
        assert_eq!(rendered("hi").len(), 5 + 128 + 3);
    }

    // [HUB-5]
    #[test]
    fn each_line_of_a_text_is_a_packet_and_an_empty_one_a_space() {
        let spoken = |raw: &str| {
            let packets = packets(&rendered(raw));
            let of = |p: &String| p.split("text: ").nth(1).unwrap_or_default().to_owned();
            packets.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(spoken("one\ntwo\n"), [r#""one" }"#, r#""two" }"#]);
        assert_eq!(
            spoken("one\n\ntwo"),
            [r#""one" }"#, r#"" " }"#, r#""two" }"#]
        );
        assert_eq!(spoken("\n"), [r#"" " }"#]);
    }

    // [494-13] [494-15] [494-16]
    #[test]
    fn listings_are_rendered_for_all() {
        let cs494 = Cs494::new(Settings::default());
        let mut out = BytesMut::new();
        cs494.render_members(&room("lobby"), &[user("ana"), user("bo")], &mut out);
        cs494.render_rooms(&[room("den"), room("lobby")], &mut out);
        assert_eq!(
            packets(&out),
            [
                r#"UserListing lobby ["ana", "bo"]"#,
                r#"RoomListing ["den", "lobby"]"#
            ]
        );
    }

    // [494-8] [HUB-11]
    #[test]
    fn whoever_is_refused_before_a_session_hears_the_wires_error() {
        let mut out = BytesMut::new();
        Cs494::new(Settings::default()).render_refusal(&Refusal::HubFull, &mut out);
        assert_eq!(&out[..], [0x01, 0, 0, 0, 1, 0x08]);
    }

    // [494-9]
    #[test]
    fn settings_keep_within_the_page() {
        let wild = Settings {
            silence: Duration::ZERO,
            heartbeat: Duration::from_secs(600),
            ..Settings::default()
        };
        let bounded = wild.bounded();
        assert_eq!(
            (bounded.silence, bounded.heartbeat),
            (MIN_SILENCE, MAX_HEARTBEAT)
        );
        assert_eq!(Settings::default().bounded(), Settings::default());
    }
}
