//! Where we are: interfaces, what goes out through them, and what all parts share.

use core::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::codec::Message;
use super::{Event, GROUP_V4, GROUP_V6, Interface, PORT, Packet};

/// Datagrams that wait to be sent, at most: the IO takes them after every call, so more means that
/// nobody sends. The newest is dropped; multicast DNS repeats what matters.
const MAX_OUTGOING: usize = 1_024;
/// Events that wait to be told, at most. They are taken after every call as well; while so many
/// wait, what comes is not read (see [`super::Mdns::handle_packet`]).
const MAX_EVENTS: usize = 4_096;
/// Interfaces that take part, at most: a machine with hundreds of virtual ones speaks on the first.
const MAX_INTERFACES: usize = 64;
/// The most that UDP over IPv4 carries.
const MAX_DATAGRAM: usize = 65_507;

/// IPv4 or IPv6: each has its own group, and its own hearers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    /// IPv4
    V4,
    /// IPv6
    V6,
}

impl Family {
    pub(super) const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }
}

/// One group on one interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) interface: u32,
    pub(super) family: Family,
}

/// A message, and where it came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard<'a> {
    pub(super) link: Link,
    pub(super) from: SocketAddr,
    pub(super) message: &'a Message,
    pub(super) now: Instant,
}

/// What changed on the interfaces.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// Groups that we can speak to only now.
    pub(super) new_links: Vec<Link>,
    /// Interfaces that were there, with other addresses now.
    pub(super) readdressed: Vec<u32>,
    /// Interfaces that lead to another network than before: new ones, and those on which no IPv4
    /// address has stayed.
    pub(super) joined: Vec<u32>,
    /// Interfaces that are gone.
    pub(super) removed: Vec<u32>,
}

/// What all parts share.
#[derive(Debug)]
pub(super) struct Shared {
    interfaces: BTreeMap<u32, Interface>,
    pub(super) dice: Dice,
    outgoing: VecDeque<Packet>,
    events: VecDeque<Event>,
}

impl Shared {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            interfaces: BTreeMap::new(),
            dice: Dice(seed),
            outgoing: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// These are the interfaces now.
    pub(super) fn set_interfaces(&mut self, interfaces: &[Interface]) -> Changes {
        let before = self.links();
        let old = std::mem::take(&mut self.interfaces);
        for interface in interfaces.iter().take(MAX_INTERFACES) {
            let mut interface = interface.clone();
            interface.addresses.sort_unstable();
            interface.addresses.dedup();
            self.interfaces.insert(interface.index, interface);
        }
        let mut changes = Changes {
            new_links: self.links(),
            ..Changes::default()
        };
        changes.new_links.retain(|link| !before.contains(link));
        for index in self
            .interfaces
            .keys()
            .filter(|index| !old.contains_key(index))
        {
            changes.joined.push(*index);
        }
        for (index, was) in old {
            match self.interfaces.get(&index) {
                None => changes.removed.push(index),
                Some(is) if is.addresses != was.addresses => {
                    changes.readdressed.push(index);
                    if has_moved(&was, is) {
                        changes.joined.push(index);
                    }
                }
                Some(_) => {}
            }
        }
        changes
    }

    /// All groups that can be spoken to.
    pub(super) fn links(&self) -> Vec<Link> {
        self.interfaces
            .keys()
            .flat_map(|index| self.links_of(*index))
            .collect()
    }

    /// The groups of one interface: those of the families in which it has an address.
    pub(super) fn links_of(&self, interface: u32) -> Vec<Link> {
        [Family::V4, Family::V6]
            .into_iter()
            .filter(|family| {
                self.addresses(interface)
                    .any(|address| Family::of(address) == *family)
            })
            .map(|family| Link { interface, family })
            .collect()
    }

    /// Our addresses on an interface.
    pub(super) fn addresses(&self, interface: u32) -> impl Iterator<Item = IpAddr> + '_ {
        self.interfaces
            .get(&interface)
            .into_iter()
            .flat_map(|interface| interface.addresses.iter().map(|(address, _)| *address))
    }

    /// Whether it is an address of ours, on whichever interface: our own packets come back on each
    /// that reaches the same network.
    pub(super) fn is_ours(&self, address: IpAddr) -> bool {
        self.interfaces
            .values()
            .flat_map(|interface| &interface.addresses)
            .any(|(ours, _)| *ours == address)
    }

    /// Whether a packet from there may be listened to: only what was sent on this very network
    /// (RFC 6762, 11).
    pub(super) fn is_on_link(&self, interface: u32, from: IpAddr) -> bool {
        let Some(interface) = self.interfaces.get(&interface) else {
            return false;
        };
        let mut prefixes = interface
            .addresses
            .iter()
            .filter(|(address, _)| Family::of(*address) == Family::of(from))
            .peekable();
        // Where we have no address of the family we could not answer.
        prefixes.peek().is_some()
            && (is_link_local(from)
                || self.is_ours(from)
                || prefixes.any(|(address, length)| is_within(from, *address, *length)))
    }

    /// Whether the interface is the machine's own loop.
    pub(super) fn is_loopback(&self, interface: u32) -> bool {
        self.addresses(interface)
            .any(|address| address.is_loopback())
    }

    /// Sends to a group.
    pub(super) fn send(&mut self, link: Link, message: &Message) {
        let to = match link.family {
            Family::V4 => SocketAddr::from((GROUP_V4, PORT)),
            Family::V6 => SocketAddr::V6(SocketAddrV6::new(GROUP_V6, PORT, 0, link.interface)),
        };
        if let Some(bytes) = message.encode() {
            self.send_bytes(link.interface, to, bytes);
        }
    }

    /// Sends to one machine or to a group.
    pub(super) fn send_bytes(&mut self, interface: u32, to: SocketAddr, bytes: Bytes) {
        if bytes.len() <= MAX_DATAGRAM && self.outgoing.len() < MAX_OUTGOING {
            self.outgoing.push_back(Packet {
                interface,
                to,
                bytes,
            });
        }
    }

    pub(super) fn next_packet(&mut self) -> Option<Packet> {
        self.outgoing.pop_front()
    }

    /// Tells.
    pub(super) fn tell(&mut self, event: Event) {
        self.events.push_back(event);
    }

    pub(super) fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether nobody takes events any more.
    pub(super) fn is_full(&self) -> bool {
        self.events.len() >= MAX_EVENTS
    }
}

/// Small random delays (splitmix64): they only keep machines from answering in chorus.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Something from `least` to `most` milliseconds.
    pub(super) fn millis(&mut self, least: u64, most: u64) -> Duration {
        let span = most.saturating_sub(least) + 1;
        Duration::from_millis(least + self.next() % span)
    }
}

/// Whether it holds on one link only.
pub(super) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

fn has_moved(was: &Interface, is: &Interface) -> bool {
    let mut of_v4 = was.addresses.iter().filter(|(a, _)| a.is_ipv4()).peekable();
    of_v4.peek().is_some()
        && is.addresses.iter().any(|(address, _)| address.is_ipv4())
        && !of_v4.any(|address| is.addresses.contains(address))
}

fn is_within(address: IpAddr, network: IpAddr, prefix: u8) -> bool {
    let (one, other) = match (address, network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (one.to_ipv6_mapped(), other.to_ipv6_mapped()),
        (IpAddr::V6(one), IpAddr::V6(other)) => (one, other),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
    };
    let skipped = if address.is_ipv4() { 96 } else { 0 };
    let kept = (skipped + u32::from(prefix)).min(128);
    let differ = Ipv6Addr::to_bits(one) ^ Ipv6Addr::to_bits(other);
    differ.leading_zeros() >= kept
}
