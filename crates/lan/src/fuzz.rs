//! Fuzz bodies: what must hold for any bytes.

use core::net::{IpAddr, SocketAddr};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use model::{
    Claim, Command, CommandId, FileBytes, FileName, Now, Proof, Recipient, Signal, Text, Timestamp,
    TransferId, UserName,
};

use crate::mdns::{Event, Interface, Mdns, PORT};
use crate::name::Wish;
use crate::txt::Profile;
use crate::{Config, ConnectionId, Instance, Node, Output, Policy, mdns};

/// What discovery may keep of others on two interfaces, in entries: people, hosts and their
/// addresses, questions. The sum of its bounds; a flood must not get beyond.
const MAX_KEPT: usize = 2 * 2 * 1_000 + 2_000 * 17 + 2_000;
/// Calls of `handle_timeout` for one passing of time, at most: an hour has fewer deadlines.
const MAX_WAKES: usize = 20_000;

/// Any packets at any times: nothing panics, memory stays bounded, whatever is sent fits a datagram,
/// and the machine never wants to be woken for ever. Each packet is one byte that says from where
/// and after how long, two bytes of length, and that many bytes. `now`: any instant to start from.
pub fn fuzz_packet(data: &[u8], now: Instant) {
    let mut mdns = Mdns::new(1);
    let mut now = now;
    mdns.handle_interfaces(&interfaces(), now);
    mdns.publish(
        Wish::new("carol", "carolbox"),
        5298,
        Profile::default(),
        None,
        now,
    );
    let mut rest = data;
    while let [how, high, low, behind @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(behind.len());
        let (packet, next) = behind.split_at(length);
        rest = next;
        now = pass(
            &mut mdns,
            now,
            Duration::from_millis(1 << (2 * u32::from(how >> 5))),
        );
        let (interface, from) = source(*how);
        mdns.handle_packet(interface, from, packet, now);
        check(&mut mdns, now);
    }
    mdns.withdraw(now);
    let now = pass(&mut mdns, now, Duration::from_secs(10_000));
    assert!(mdns.is_withdrawn(), "goodbye was never said");
    mdns.handle_interfaces(&[], now);
    check(&mut mdns, now);
    assert_eq!(mdns.size(), 0, "what was heard outlives its interfaces");
}

/// Any bytes as the strings of a TXT record, each behind its length: they are read, and what was read
/// is written within the limits and read again as the same.
pub fn fuzz_txt(data: &[u8]) {
    let profile = Profile::decode(mdns::txt_strings(data));
    let strings = profile.encode(5298);
    assert!(strings.iter().all(|string| string.len() <= 255));
    let size: usize = strings.iter().map(|string| 1 + string.len()).sum();
    assert!(size < 1_300, "{size} bytes");
    let again = Profile::decode(strings.iter().map(Vec::as_slice));
    assert_eq!(again.encode(5298), strings, "{again:?} is not {profile:?}");
}

fn interfaces() -> Vec<Interface> {
    [1, 2]
        .map(|index| Interface {
            index,
            name: format!("cable{index}"),
            addresses: vec![
                (IpAddr::from([10, 0, index as u8, 1]), 24),
                (IpAddr::from([0xFE80, 0, 0, 0, 0, 0, 0, index as u16]), 64),
            ],
        })
        .into()
}

/// From the other side of a cable, from ourselves, from a plain DNS client, or from far away.
fn source(how: u8) -> (u32, SocketAddr) {
    let cable = 1 + u32::from(how & 1);
    let host = if how & 2 == 0 { 9 } else { 1 };
    let address = match (how >> 2) & 3 {
        0 => IpAddr::from([10, 0, cable as u8, host]),
        1 => IpAddr::from([0xFE80, 0, 0, 0, 0, 0, 0, u16::from(host)]),
        2 => return (cable, SocketAddr::from(([10, 0, cable as u8, host], 4_000))),
        _ => IpAddr::from([192, 0, 2, 1]),
    };
    (cable, SocketAddr::new(address, PORT))
}

fn pass(mdns: &mut Mdns, now: Instant, time: Duration) -> Instant {
    let end = now + time;
    for _ in 0..MAX_WAKES {
        let Some(at) = mdns.poll_timeout().filter(|at| *at <= end) else {
            return end;
        };
        let at = at.max(now);
        mdns.handle_timeout(at);
        let next = mdns.poll_timeout();
        assert!(
            next.is_none_or(|next| next > at),
            "a deadline that does not pass"
        );
        check(mdns, at);
    }
    panic!("the machine wants to be woken for ever");
}

/// Takes what the machine has to say, and does about people what a node would do.
fn check(mdns: &mut Mdns, now: Instant) {
    let mut people: Vec<Instance> = Vec::new();
    while let Some(event) = mdns.poll_event() {
        match event {
            Event::Seen { instance, .. } => people.push(instance),
            Event::Published(_)
            | Event::Gone(_)
            | Event::Resolved { .. }
            | Event::Picture { .. } => {}
        }
    }
    for person in people {
        mdns.resolve(&person, now);
        mdns.fetch_picture(&person, now);
        let _ = mdns.has_address(&person, IpAddr::from([10, 0, 1, 9]));
    }
    while let Some(packet) = mdns.poll_packet() {
        assert!(packet.bytes.len() <= 65_507, "more than UDP carries");
        assert!([1, 2].contains(&packet.interface));
    }
    let kept = mdns.size();
    assert!(kept <= MAX_KEPT, "{kept} entries");
}

/// Connections that a node may have at once: those it takes, and a few of its own for each transfer and
/// conversation.
const MAX_CONNECTIONS: usize = 300;

/// Any bytes on connections that somebody known makes, mixed with whatever a face may ask and with
/// time: nothing panics, everything stays bounded, each command is answered once, and the node ends
/// when it is told to. Each act is one byte that says what, one that says how long, and that many
/// bytes. `now`: any instant to start from.
pub fn fuzz_node(data: &[u8], now: Instant) {
    let mut play = Play::new(now);
    let mut rest = data;
    while let [what, length, behind @ ..] = rest {
        let (bytes, next) = behind.split_at(usize::from(*length).min(behind.len()));
        rest = next;
        play.act(*what, bytes);
    }
    play.node.shut_down(play.now());
    play.check();
    play.pass(Duration::from_secs(1));
    assert!(play.is_ended, "it does not end");
    assert!(play.asked.is_empty(), "{:?} are not answered", play.asked);
}

/// A node, and bob, who is published at 10.0.1.9.
struct Play {
    node: Node,
    bob: Mdns,
    instant: Instant,
    /// What the node has not taken of what came.
    inputs: BTreeMap<ConnectionId, BytesMut>,
    accepted: u64,
    commands: u64,
    asked: BTreeSet<CommandId>,
    transfers: Vec<TransferId>,
    is_ended: bool,
}

impl Play {
    fn new(instant: Instant) -> Self {
        let node = Node::new(Config {
            wish: Wish::new("ana", "anabox"),
            is_visible: true,
            profile: Profile::default(),
            picture: None,
            port: 5298,
            policy: Policy::default(),
            pins: BTreeMap::new(),
            pictures: Vec::new(),
            seed: 1,
        });
        let mut play = Self {
            node,
            bob: Mdns::new(2),
            instant,
            inputs: BTreeMap::new(),
            accepted: 0,
            commands: 0,
            asked: BTreeSet::new(),
            transfers: Vec::new(),
            is_ended: false,
        };
        let now = play.now();
        play.node.handle_interfaces(&interfaces()[..1], now);
        let mut cable = interfaces().remove(0);
        cable.addresses = vec![(IpAddr::from([10, 0, 1, 9]), 24)];
        play.bob.handle_interfaces(&[cable], instant);
        let bob = Wish::new("bob", "bobbox");
        play.bob
            .publish(bob, 5298, Profile::default(), None, instant);
        if let Ok(name) = UserName::foreign("ana@anabox") {
            play.ask(Command::SignIn {
                name,
                proof: Proof::None,
            });
        }
        play.pass(Duration::from_secs(5));
        play
    }

    fn now(&self) -> Now {
        Now {
            instant: self.instant,
            wall: Timestamp(0),
        }
    }

    fn ask(&mut self, command: Command) {
        let id = CommandId(self.commands);
        self.commands += 1;
        self.asked.insert(id);
        self.node.handle_command(id, command, self.now());
        self.check();
    }

    fn act(&mut self, what: u8, bytes: &[u8]) {
        let nth = usize::from(what >> 4);
        match what & 15 {
            0 => {
                let id = ConnectionId(self.accepted);
                self.accepted += 1;
                self.inputs.insert(id, BytesMut::new());
                let host = if what & 128 == 0 { 9 } else { 77 };
                let from = SocketAddr::from(([10, 0, 1, host], 4_000));
                self.node.handle_accepted(id, from, self.now());
                self.check();
            }
            1..=4 => self.bytes(nth, bytes),
            5 => {
                self.act(0, b"");
                let latest = self.inputs.len().saturating_sub(1);
                let version = if what & 64 == 0 { "" } else { " version='1.0'" };
                let header = format!(
                    "<stream:stream xmlns='jabber:client' from='bob@bobbox' \
                     xmlns:stream='http://etherx.jabber.org/streams'{version}>"
                );
                self.bytes(latest, header.as_bytes());
                self.bytes(latest, bytes);
            }
            6 => {
                if let Some(&id) = self.inputs.keys().nth(nth) {
                    let count = bytes.iter().map(|b| usize::from(*b)).sum();
                    self.node.handle_sent(id, count, self.now());
                }
            }
            7 => {
                if let Some(&id) = self.inputs.keys().nth(nth) {
                    self.node
                        .handle_tls(id, [bytes.len() as u8; 32], self.now());
                }
            }
            8 => {
                if let Some(&id) = self.inputs.keys().nth(nth) {
                    self.inputs.remove(&id);
                    let error = bytes.first().map(|_| "reset".to_owned());
                    self.node.handle_closed(id, error, self.now());
                }
            }
            9 => {
                if let Some(&id) = self.inputs.keys().nth(nth) {
                    self.node.handle_connected(id, self.now());
                }
            }
            10 => self.pass(Duration::from_millis(1 << nth.min(13))),
            11 => self.node.handle_pause(nth & 1 == 0, self.now()),
            12..=15 => self.command(nth, bytes),
            _ => {}
        }
        self.check();
    }

    fn command(&mut self, nth: usize, bytes: &[u8]) {
        let Ok(bob) = UserName::foreign("bob@bobbox") else {
            return;
        };
        let transfer = self.transfers.get(bytes.len() % 4).copied();
        let raw = String::from_utf8_lossy(bytes);
        match (nth % 7, transfer) {
            (0 | 1, _) => {
                if let Ok(text) = Text::adapt(&raw) {
                    self.ask(Command::Tell {
                        to: Recipient::Name(bob),
                        text,
                    });
                }
            }
            (2, _) => self.ask(Command::Part { with: bob }),
            (3, _) => {
                if let Ok(name) = FileName::parse("file") {
                    self.ask(Command::Offer {
                        to: bob,
                        name,
                        size: bytes.len() as u64,
                    });
                }
            }
            (4, Some(id)) => {
                let claim = Claim {
                    id,
                    from: None,
                    to: None,
                };
                self.ask(Command::Answer {
                    claim,
                    accept: bytes.len() & 1 == 0,
                });
            }
            (5, Some(id)) => {
                let data = FileBytes::from(Bytes::copy_from_slice(bytes));
                self.ask(Command::Segment {
                    id,
                    data,
                    last: bytes.len() & 1 == 0,
                });
            }
            (6, Some(id)) => self.ask(Command::Cancel { id }),
            _ => self.ask(Command::Typing {
                to: bob,
                is_typing: nth & 1 == 0,
            }),
        }
    }

    fn bytes(&mut self, nth: usize, bytes: &[u8]) {
        let now = self.now();
        if let Some((&id, input)) = self.inputs.iter_mut().nth(nth) {
            input.extend_from_slice(bytes);
            self.node.handle_bytes(id, input, now);
        }
        self.check();
    }

    fn pass(&mut self, time: Duration) {
        let end = self.instant + time;
        for _ in 0..MAX_WAKES {
            let deadlines = [self.node.poll_timeout(), self.bob.poll_timeout()];
            let Some(at) = deadlines
                .into_iter()
                .flatten()
                .min()
                .filter(|at| *at <= end)
            else {
                self.instant = end;
                return;
            };
            self.instant = self.instant.max(at);
            self.node.handle_timeout(self.now());
            self.bob.handle_timeout(self.instant);
            self.check();
            let next = self.node.poll_timeout();
            assert!(
                next.is_none_or(|at| at > self.instant),
                "a deadline that does not pass"
            );
        }
        panic!("the node wants to be woken for ever");
    }

    /// Does what the node wants done.
    fn check(&mut self) {
        let now = self.now();
        loop {
            while self.bob.poll_event().is_some() {}
            while let Some(packet) = self.bob.poll_packet() {
                let bob = SocketAddr::from(([10, 0, 1, 9], PORT));
                self.node.handle_packet(1, bob, &packet.bytes, now);
            }
            let Some(output) = self.node.poll_output() else {
                break;
            };
            assert!(!self.is_ended, "{output:?} after the end");
            match output {
                Output::Datagram(packet) => {
                    let ana = SocketAddr::from(([10, 0, 1, 1], PORT));
                    self.bob.handle_packet(1, ana, &packet.bytes, now.instant);
                }
                Output::Connect { connection, .. } => {
                    self.inputs.insert(connection, BytesMut::new());
                }
                Output::Close(id) | Output::Abort(id) => {
                    assert!(self.inputs.remove(&id).is_some(), "{id:?} is closed twice");
                }
                Output::Reply(id, reply) => {
                    assert!(
                        self.asked.remove(&id),
                        "{id:?} is answered twice: {reply:?}"
                    );
                }
                Output::Signal(Signal::Offered(transfer)) => self.transfers.push(transfer.id),
                Output::Signal(Signal::Answered { transfer, .. }) => {
                    self.transfers.insert(0, transfer.id);
                }
                Output::Ended(_) => self.is_ended = true,
                Output::Pause(id, false) => {
                    if let Some(input) = self.inputs.get_mut(&id).filter(|i| !i.is_empty()) {
                        self.node.handle_bytes(id, input, now);
                    }
                }
                Output::Send(..)
                | Output::StartTls(..)
                | Output::Pause(_, true)
                | Output::Event(_)
                | Output::Signal(_)
                | Output::StorePin { .. }
                | Output::StorePicture { .. } => {}
            }
        }
        assert!(self.inputs.len() <= MAX_CONNECTIONS, "too many connections");
    }
}
