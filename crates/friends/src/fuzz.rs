//! Fuzz bodies: what must hold whatever a hostile friend does.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bytes::{BufMut, BytesMut};
use core::net::SocketAddr;
use identity::PublicProfile;
use model::{Now, Timestamp};
use wire_retroshare::{Item, Service, ServiceList};

use crate::api::{Draft, Request, RequestId};
use crate::output::{ConnectionId, Output};
use crate::{Closed, Config, Node};

pub use crate::files::fuzz::fuzz_files;

/// Who plays: our profile, and the friend.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Ours.
    pub own: PublicProfile,
    /// The friend's certificate as text; it has to be theirs whose `certificate` is.
    pub text: String,
    /// The certificate of the friend's machine, DER.
    pub certificate: Vec<u8>,
}

/// Bytes that may be held for one peer: the bounds of its queues, its buffer and its slices, together.
const MAX_HELD: usize = 8 * 1024 * 1024;
/// Deadlines in one passing of time: an hour has fewer.
const MAX_WAKES: usize = 50_000;
/// The services whose items are made up, and one that nobody has.
const SERVICES: [u16; 12] = [
    Service::SERVICE_INFO,
    Service::DISCOVERY,
    Service::CHAT,
    Service::MAIL,
    Service::HEARTBEAT,
    Service::RTT,
    Service::STATUS,
    Service::BANDWIDTH,
    Service::FILE_TRANSFER,
    Service::FILE_LISTS,
    Service::BAN_LIST,
    0x7777,
];

/// Any bytes on a link of an approved friend, in any pieces: nothing panics, what is held stays within
/// its bounds, and time passes. Each piece is one byte that says after how long, one for its length,
/// and the bytes.
pub fn fuzz_link(data: &[u8], cast: &Cast, now: Instant) {
    let mut stage = Stage::new(cast, now);
    stage.connect();
    let mut rest = data;
    while let [how, length, behind @ ..] = rest {
        let (piece, next) = behind.split_at(usize::from(*length).min(behind.len()));
        rest = next;
        stage.pass(Duration::from_millis(u64::from(*how) * 10));
        stage.bytes(piece);
    }
    stage.end();
}

/// Any items in any order, links that break, faces that ask meanwhile. Each step is one byte that says
/// what, three more of numbers, and for an item as many bytes as the last of them says.
pub fn fuzz_items(data: &[u8], cast: &Cast, now: Instant) {
    let mut stage = Stage::new(cast, now);
    stage.connect();
    stage.greet();
    let mut rest = data;
    while let [what, a, b, length, behind @ ..] = rest {
        rest = behind;
        match what % 8 {
            0..=3 => {
                let (body, next) = behind.split_at(usize::from(*length).min(behind.len()));
                rest = next;
                stage.item(SERVICES[usize::from(*a) % SERVICES.len()], *b, body);
            }
            4 => stage.pass(Duration::from_millis(u64::from(*a) * u64::from(*b))),
            5 => stage.unsent(usize::from(*a) << (b % 18)),
            6 => {
                stage.close(*a % 3);
                stage.connect();
                stage.greet();
            }
            _ => stage.ask(*a, *b),
        }
    }
    stage.end();
}

struct Stage<'a> {
    cast: &'a Cast,
    node: Node,
    now: Instant,
    began: Instant,
    connection: ConnectionId,
    next: u64,
    asked: u64,
    open: BTreeSet<ConnectionId>,
    answers: u64,
}

impl<'a> Stage<'a> {
    fn new(cast: &'a Cast, now: Instant) -> Self {
        let config = Config {
            profile: cast.own.clone(),
            location: wire_retroshare::LocationId::from_bytes([1; 16]),
            location_name: "here".into(),
            version: "fuzz".into(),
            port: 7812,
            tells_friends_of_friends: true,
            incoming: "/in".into(),
            partial: "/part".into(),
            is_offline: false,
            seed: [3; 32],
        };
        let at = Now {
            instant: now,
            wall: Timestamp(1_750_000_000_000),
        };
        let mut stage = Self {
            cast,
            node: Node::new(config, Vec::new(), at),
            now,
            began: now,
            connection: ConnectionId(1),
            next: 1,
            asked: 0,
            open: BTreeSet::new(),
            answers: 0,
        };
        let text = cast.text.clone();
        stage.request(Request::Add { text });
        stage
    }

    fn at(&self) -> Now {
        let passed = self.now.duration_since(self.began).as_millis();
        Now {
            instant: self.now,
            wall: Timestamp(1_750_000_000_000 + u64::try_from(passed).unwrap_or(0)),
        }
    }

    fn connect(&mut self) {
        let at = self.at();
        self.connection = ConnectionId(self.next);
        self.next += 2;
        self.open.insert(self.connection);
        let from = SocketAddr::from(([10, 0, 0, 9], 50_000));
        self.node.handle_accepted(self.connection, from, at);
        self.check();
        if self.open.contains(&self.connection) {
            self.node
                .handle_secured(self.connection, &self.cast.certificate, at);
            self.check();
        }
    }

    fn greet(&mut self) {
        let mut bytes = BytesMut::new();
        Item::ServiceInfo(ServiceList::ours()).encode(&mut bytes);
        self.bytes(&bytes);
    }

    fn item(&mut self, service: u16, subtype: u8, body: &[u8]) {
        let mut bytes = BytesMut::new();
        bytes.put_u8(2);
        bytes.put_u16(service);
        bytes.put_u8(subtype);
        bytes.put_u32(u32::try_from(body.len() + 8).unwrap_or(8));
        bytes.extend_from_slice(body);
        self.bytes(&bytes);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if self.open.contains(&self.connection) {
            let at = self.at();
            let mut input = BytesMut::from(bytes);
            self.node.handle_bytes(self.connection, &mut input, at);
            assert!(input.is_empty(), "what came is taken");
            self.check();
        }
    }

    fn unsent(&mut self, bytes: usize) {
        let at = self.at();
        self.node.handle_sent(self.connection, bytes, at);
        self.check();
    }

    fn close(&mut self, why: u8) {
        let at = self.at();
        let why = match why {
            0 => Closed::Refused,
            1 => Closed::Ended,
            _ => Closed::Unreachable("gone".into()),
        };
        self.open.remove(&self.connection);
        self.node.handle_closed(self.connection, why, at);
        self.check();
    }

    fn ask(&mut self, what: u8, how: u8) {
        let friends = Request::Friends;
        let who = "bea".to_owned();
        let request = match what % 7 {
            0 => Request::Say {
                who,
                text: "word ".repeat(usize::from(how) * 40),
            },
            1 => Request::Typing {
                who,
                is_typing: how.is_multiple_of(2),
            },
            2 => Request::SendMail(Draft {
                to: vec![who],
                subject: "letter".into(),
                body: "<p>".repeat(usize::from(how) * 100),
                ..Draft::default()
            }),
            3 => Request::Outbox,
            4 => Request::Mails { folder: None },
            5 => Request::Watch,
            _ => friends,
        };
        self.request(request);
    }

    fn request(&mut self, request: Request) {
        let at = self.at();
        self.asked += 1;
        self.node.handle_request(RequestId(self.asked), request, at);
        self.check();
        assert_eq!(self.answers, self.asked, "each request has one answer");
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        for _ in 0..MAX_WAKES {
            let Some(due) = self.node.poll_timeout().filter(|due| *due <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(due);
            let at = self.at();
            self.node.handle_timeout(at);
            self.check();
            let next = self.node.poll_timeout();
            assert!(
                next.is_none_or(|next| next > self.now),
                "a deadline that does not pass"
            );
        }
        panic!("the node wants to be woken for ever");
    }

    /// Takes what the node wants done.
    fn check(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Close(id) => {
                    self.open.remove(&id);
                }
                Output::Send(id, bytes) => {
                    assert!(self.open.contains(&id), "bytes for what is closed");
                    assert!(!bytes.is_empty(), "nothing is sent");
                }
                Output::Report(..) => self.answers += 1,
                Output::Connect { .. }
                | Output::Pause(..)
                | Output::Keep(_)
                | Output::Disk(_)
                | Output::Notice(_) => {}
                Output::Ended(_) => self.open.clear(),
            }
        }
        let (connections, held, _) = self.node.size();
        assert!(connections <= 64 + 16, "{connections} connections");
        assert!(held <= MAX_HELD, "{held} bytes are held");
    }

    fn end(mut self) {
        self.pass(Duration::from_secs(300));
        let at = self.at();
        self.node.shut_down(at);
        self.check();
        assert!(self.open.is_empty(), "links outlive the node");
        assert_eq!(self.node.poll_timeout(), None, "it is over");
    }
}
