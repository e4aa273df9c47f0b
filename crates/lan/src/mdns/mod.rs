//! Discovery by multicast DNS (RFC 6762) and DNS-SD (RFC 6763), as far as presence needs it.
//!
//! One machine for all interfaces: packets and time go in, packets and events come out.
//!
//! | module | what |
//! |---|---|
//! | `codec` | messages as bytes |
//! | `links` | interfaces, and what goes out through them |
//! | `records` | what we publish, as records |
//! | `responder`, `arrivals`, `slot`, `conflict`, `messages` | probing, announcing, answering, goodbye |
//! | `cache`, `sighting` | what others told, and how long it holds |
//! | `browser` | the roster, addresses, pictures |
//!
//! Nothing is taken from a packet that did not come from this very network, and nothing is kept that
//! presence does not need. Its records are those that clients in use understand: one TXT record at
//! the instance's name, SRV and NULL there too, not where XEP-0174 version 0.9 shows them.

mod arrivals;
mod browser;
mod cache;
mod codec;
mod conflict;
mod links;
mod messages;
mod records;
mod responder;
mod sighting;
mod slot;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant;

use bytes::Bytes;

use self::browser::Browser;
use self::codec::Message;
pub(crate) use self::codec::txt_strings;
use self::links::{Family, Heard, Link, Shared};
use self::records::Service;
use self::responder::Responder;
use crate::Instance;
use crate::name::Wish;
use crate::txt::Profile;

/// Where multicast DNS is spoken.
pub const PORT: u16 = 5353;
/// The group of IPv4.
pub const GROUP_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
/// The group of IPv6 (per interface).
pub const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 0xFB);

/// The biggest picture that we publish, in bytes: what a datagram of IPv4 (65,507 bytes) holds beside
/// the record's owner and header. A bigger one is not published, although the record could be 65,535
/// bytes [LAN-29].
pub const MAX_PICTURE: usize = 65_399;

/// An interface of this machine that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The system's number of it, never 0.
    pub index: u32,
    /// Its name, for people.
    pub name: String,
    /// Its addresses with the length of their networks' prefix.
    pub addresses: Vec<(IpAddr, u8)>,
}

/// A datagram to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Through which interface.
    pub interface: u32,
    /// The group of either family with [`PORT`], or one machine's address.
    pub to: SocketAddr,
    /// The message.
    pub bytes: Bytes,
}

/// What discovery has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// We are published under this name: nobody else has it. Told again after a rename [LAN-4].
    Published(Instance),
    /// Somebody is here, or tells something new.
    Seen {
        /// Who.
        instance: Instance,
        /// What they tell; `None`: no TXT record has come [LAN-13].
        profile: Option<Box<Profile>>,
    },
    /// Somebody is gone: said goodbye, or was silent beyond their records' life [LAN-26].
    Gone(Instance),
    /// The answer to [`Mdns::resolve`].
    Resolved {
        /// Who.
        instance: Instance,
        /// Where to connect, best first: the port of their SRV record, addresses that came after
        /// the question if any did [LAN-28]. Each with the interface it was heard on. Empty: nobody
        /// answered in time.
        addresses: Vec<(u32, SocketAddr)>,
    },
    /// The answer to [`Mdns::fetch_picture`]: every NULL record that comes, until
    /// [`Mdns::cancel_picture`].
    Picture {
        /// Whose.
        instance: Instance,
        /// The record's data.
        data: Bytes,
    },
}

/// The machine. Whatever it wants to say is taken, after each call, by [`poll_packet`] and
/// [`poll_event`] until there is no more.
///
/// [`poll_packet`]: Self::poll_packet
/// [`poll_event`]: Self::poll_event
#[derive(Debug)]
pub struct Mdns {
    shared: Shared,
    responder: Responder,
    browser: Browser,
    /// The latest time that we were told.
    now: Option<Instant>,
}

impl Mdns {
    /// Knows no interface yet, publishes nothing, browses from the first interface on. `seed` drives
    /// the random delays of RFC 6762.
    pub fn new(seed: u64) -> Self {
        Self {
            shared: Shared::new(seed),
            responder: Responder::default(),
            browser: Browser::default(),
            now: None,
        }
    }

    /// These are the interfaces now. New ones and new addresses are announced on, and asked
    /// [LAN-3]; what was heard only on a vanished one goes away with it [LAN-49].
    pub fn handle_interfaces(&mut self, interfaces: &[Interface], now: Instant) {
        self.now = Some(now);
        let changes = self.shared.set_interfaces(interfaces);
        self.browser.handle_changes(&changes, &mut self.shared, now);
        self.responder
            .handle_changes(&changes, &mut self.shared, now);
    }

    /// A datagram came. Whatever is no message of multicast DNS, or not from this network, is
    /// ignored; and everything is, while thousands of events wait to be taken [LAN-48].
    pub fn handle_packet(&mut self, interface: u32, from: SocketAddr, bytes: &[u8], now: Instant) {
        self.now = Some(now);
        let from = match from.ip().to_canonical() {
            IpAddr::V4(address) => SocketAddr::from((address, from.port())),
            IpAddr::V6(_) => from,
        };
        if self.shared.is_full() || !self.shared.is_on_link(interface, from.ip()) {
            return;
        }
        let Some(message) = Message::decode(bytes) else {
            return;
        };
        let heard = Heard {
            link: Link {
                interface,
                family: Family::of(from.ip()),
            },
            from,
            message: &message,
            now,
        };
        if !message.is_response {
            self.responder.handle_query(&heard, &mut self.shared);
        } else if from.port() == PORT {
            let before = self.responder.name().cloned();
            self.responder.handle_response(&heard, &mut self.shared);
            self.after_rename(before.as_ref(), now);
            let is_from_here = self.shared.is_ours(from.ip());
            let responder = &self.responder;
            self.browser.handle_response(
                &heard,
                |instance| responder.is_us(instance, is_from_here),
                &mut self.shared,
            );
        }
    }

    /// The time of [`poll_timeout`](Self::poll_timeout) has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = Some(now);
        let before = self.responder.name().cloned();
        self.responder.handle_timeout(&mut self.shared, now);
        self.after_rename(before.as_ref(), now);
        let us = self.responder.name();
        self.browser.handle_timeout(us, &mut self.shared, now);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.responder
            .due()
            .into_iter()
            .chain(self.browser.due())
            .min()
    }

    /// The next datagram to send.
    pub fn poll_packet(&mut self) -> Option<Packet> {
        self.shared.next_packet()
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.shared.next_event()
    }

    /// Becomes visible: probes the wish's names one after another, announces the first that is free
    /// [LAN-5]. [`Event::Published`] follows. What was published before is taken back.
    pub fn publish(
        &mut self,
        wish: Wish,
        port: u16,
        profile: Profile,
        picture: Option<Bytes>,
        now: Instant,
    ) {
        self.now = Some(now);
        let service = Service::new(wish, port, profile, picture);
        self.responder.publish(service, &mut self.shared, now);
    }

    /// What we tell has changed: announced at once, at most once a second [LAN-17]. A new picture is
    /// served before the record with its hash is announced [LAN-34].
    pub fn update(&mut self, profile: Profile, picture: Option<Bytes>, now: Instant) {
        self.now = Some(now);
        self.responder
            .update(profile, picture, &mut self.shared, now);
    }

    /// Goodbye, twice within half a second [LAN-24]; nothing of ours is answered any more.
    pub fn withdraw(&mut self, now: Instant) {
        self.now = Some(now);
        self.responder.withdraw(&mut self.shared, now);
    }

    /// Whether every goodbye is sent.
    pub fn is_withdrawn(&self) -> bool {
        self.responder.is_withdrawn()
    }

    /// Under which name we are published.
    pub fn name(&self) -> Option<&Instance> {
        self.responder.name()
    }

    /// Where is this person now? Asks for SRV (and TXT) unless they are known, and always for the
    /// addresses [LAN-13] [LAN-28]; stops asking at the answer [LAN-14]. Also for names that are not
    /// in the roster yet. [`Event::Resolved`] follows within 4 s, at their goodbye at once [LAN-25];
    /// somebody who does not answer has 10 s to show that they are still here.
    pub fn resolve(&mut self, instance: &Instance, now: Instant) {
        self.now = Some(now);
        self.browser.resolve(instance, &mut self.shared, now);
    }

    /// Whether `address` is one that the person's machine has published and that still holds; `None`:
    /// no address of that family is known, resolve first.
    pub fn has_address(&self, instance: &Instance, address: IpAddr) -> Option<bool> {
        self.browser.has_address(instance, address, self.now)
    }

    /// Asks for the picture of somebody in the roster, by multicast with the unicast bit [LAN-32]:
    /// three times, then no more.
    pub fn fetch_picture(&mut self, instance: &Instance, now: Instant) {
        self.now = Some(now);
        self.browser.fetch_picture(instance, &mut self.shared, now);
    }

    /// It has come, or nobody wants it any more: the question is not repeated [LAN-33].
    pub fn cancel_picture(&mut self, instance: &Instance) {
        self.browser.cancel_picture(instance);
    }

    /// The roster never has ourselves; and whoever has won our former name is in it [LAN-12].
    fn after_rename(&mut self, before: Option<&Instance>, now: Instant) {
        let name = self.responder.name();
        if before == name {
            return;
        }
        if let Some(name) = name {
            self.browser.forget(name, &mut self.shared);
        }
        if before.is_some() {
            self.browser.ask_again(&mut self.shared, now);
        }
    }

    /// How many things of others are kept: for tests of the bounds.
    pub(crate) fn size(&self) -> usize {
        self.browser.size()
    }
}
