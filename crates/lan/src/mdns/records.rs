//! What we publish, as records.

use core::net::IpAddr;

use bytes::Bytes;

use super::MAX_PICTURE;
use super::codec::{
    A_TYPE, AAAA_TYPE, Data, NULL_TYPE, Name, PTR_TYPE, Question, Record, SRV_TYPE, Srv, TXT_TYPE,
    host_name, instance_name, service_name, txt_data, types_name,
};
use super::links::{Family, Link, Shared};
use crate::Instance;
use crate::name::Wish;
use crate::txt::Profile;

/// The life of records that do not name a host (RFC 6762, 10).
pub(super) const LONG_TTL: u32 = 4_500;
/// The life of records that name a host or an address, and of the picture: they go out of date.
const SHORT_TTL: u32 = 120;
/// A longer text is no part of a probe, which has to fit one frame.
const MAX_CLAIMED_TXT: usize = 900;

/// The kinds of records that we have, in the order in which they are sent: the picture before the
/// text that has its hash [LAN-34].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The picture; always in a message of its own.
    Null,
    /// The service has this instance.
    Pointer,
    /// Where it is.
    Srv,
    /// What it tells.
    Txt,
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// There is such a service.
    Types,
}

impl Kind {
    /// All of them.
    pub(super) const ALL: [Self; 7] = [
        Self::Null,
        Self::Pointer,
        Self::Srv,
        Self::Txt,
        Self::A,
        Self::Aaaa,
        Self::Types,
    ];

    /// Whether others have records of this name and type too: then answers wait a little.
    pub(super) const fn is_shared(self) -> bool {
        matches!(self, Self::Pointer | Self::Types)
    }

    /// How often it is announced; pictures are big.
    pub(super) const fn announcements(self) -> u8 {
        match self {
            Self::Null => 2,
            Self::Pointer | Self::Srv | Self::Txt | Self::A | Self::Aaaa | Self::Types => 3,
        }
    }

    /// What is worth sending along with an answer (RFC 6763, 12).
    pub(super) const fn companions(self) -> &'static [Self] {
        match self {
            Self::Pointer => &[Self::Srv, Self::Txt, Self::A, Self::Aaaa],
            Self::Srv => &[Self::A, Self::Aaaa],
            Self::A => &[Self::Aaaa],
            Self::Aaaa => &[Self::A],
            Self::Null | Self::Txt | Self::Types => &[],
        }
    }
}

/// What we publish.
#[derive(Debug)]
pub(super) struct Service {
    wish: Wish,
    attempt: u32,
    host_attempt: u32,
    port: u16,
    profile: Profile,
    picture: Option<Bytes>,
    instance: Instance,
    name: Name,
    host: Name,
}

/// What an update changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Update {
    /// The text.
    pub(super) is_txt_new: bool,
    /// The picture, to another one.
    pub(super) is_picture_new: bool,
    /// The picture that is there no longer.
    pub(super) removed: Option<Record>,
}

impl Service {
    pub(super) fn new(wish: Wish, port: u16, profile: Profile, picture: Option<Bytes>) -> Self {
        let instance = wish.candidate(0);
        let mut service = Self {
            name: instance_name(&instance),
            host: host_of(&wish, 0),
            instance,
            wish,
            attempt: 0,
            host_attempt: 0,
            port,
            profile,
            picture: None,
        };
        service.picture = publishable(picture);
        service
    }

    pub(super) const fn instance(&self) -> &Instance {
        &self.instance
    }

    pub(super) const fn name(&self) -> &Name {
        &self.name
    }

    pub(super) const fn host(&self) -> &Name {
        &self.host
    }

    /// The instance is taken: the next one.
    pub(super) fn rename(&mut self) {
        self.attempt = self.attempt.saturating_add(1);
        self.instance = self.wish.candidate(self.attempt);
        self.name = instance_name(&self.instance);
    }

    /// The host label is taken: the next one. The instance does not change with it.
    pub(super) fn rename_host(&mut self) {
        self.host_attempt = self.host_attempt.saturating_add(1);
        self.host = host_of(&self.wish, self.host_attempt);
    }

    /// Takes what is to be told from now on.
    pub(super) fn update(&mut self, profile: Profile, picture: Option<Bytes>) -> Update {
        let picture = publishable(picture);
        let is_txt_new = self.profile != profile;
        let is_picture_changed = self.picture != picture;
        let removed = (picture.is_none() && is_picture_changed)
            .then(|| self.records(Kind::Null, &[]).pop())
            .flatten();
        self.profile = profile;
        self.picture = picture;
        Update {
            is_txt_new,
            is_picture_new: is_picture_changed && removed.is_none(),
            removed,
        }
    }

    /// Our records of a kind, for an interface with these addresses.
    pub(super) fn records(&self, kind: Kind, addresses: &[IpAddr]) -> Vec<Record> {
        match kind {
            Kind::Null => self
                .picture
                .iter()
                .map(|data| Record::unique(&self.name, SHORT_TTL, Data::Null(data.clone())))
                .collect(),
            Kind::Pointer => vec![Record::shared(
                &service_name(),
                LONG_TTL,
                Data::Ptr(self.name.clone()),
            )],
            Kind::Srv => vec![Record::unique(&self.name, SHORT_TTL, self.srv())],
            Kind::Txt => vec![Record::unique(
                &self.name,
                LONG_TTL,
                Data::Txt(txt_data(&self.profile.encode(self.port))),
            )],
            Kind::A => self.address_records(addresses, A_TYPE),
            Kind::Aaaa => self.address_records(addresses, AAAA_TYPE),
            Kind::Types => vec![Record::shared(
                &types_name(),
                LONG_TTL,
                Data::Ptr(service_name()),
            )],
        }
    }

    /// Our records that answer a question.
    pub(super) fn asked(&self, question: &Question, is_probe: bool) -> Vec<Kind> {
        let candidates: &[(Kind, u16)] = if question.name == self.name {
            &[
                (Kind::Srv, SRV_TYPE),
                (Kind::Txt, TXT_TYPE),
                (Kind::Null, NULL_TYPE),
            ]
        } else if question.name == self.host {
            &[(Kind::A, A_TYPE), (Kind::Aaaa, AAAA_TYPE)]
        } else if question.name == service_name() {
            &[(Kind::Pointer, PTR_TYPE)]
        } else if question.name == types_name() {
            &[(Kind::Types, PTR_TYPE)]
        } else {
            &[]
        };
        candidates
            .iter()
            .filter(|(kind, code)| {
                // Who only looks whether the name is free does not need the picture.
                question.takes(*code) && !(is_probe && *kind == Kind::Null)
            })
            .map(|(kind, _)| *kind)
            .collect()
    }

    /// What we claim when we probe: instance and host.
    pub(super) fn claims(&self, addresses: &[IpAddr]) -> Vec<Record> {
        [Kind::Srv, Kind::Txt, Kind::A, Kind::Aaaa]
            .into_iter()
            .flat_map(|kind| self.records(kind, addresses))
            .filter(|record| match &record.data {
                Data::Txt(data) => data.len() <= MAX_CLAIMED_TXT,
                Data::A(_) | Data::Aaaa(_) | Data::Ptr(_) | Data::Srv(_) => true,
                Data::Null(_) | Data::Other(_) => false,
            })
            .map(|record| Record {
                is_flush: false,
                ..record
            })
            .collect()
    }

    /// What takes us back; the host's addresses stay, since they may be another node's too
    /// [LAN-24].
    pub(super) fn goodbyes(&self) -> [Vec<Record>; 2] {
        let gone = |kind: Kind| {
            let records = self.records(kind, &[]).into_iter();
            records.map(|record| Record { ttl: 0, ..record })
        };
        [
            gone(Kind::Pointer)
                .chain(gone(Kind::Srv))
                .chain(gone(Kind::Txt))
                .collect(),
            gone(Kind::Null).collect(),
        ]
    }

    fn srv(&self) -> Data {
        Data::Srv(Srv {
            priority: 0,
            weight: 0,
            port: self.port,
            target: self.host.clone(),
        })
    }

    fn address_records(&self, addresses: &[IpAddr], code: u16) -> Vec<Record> {
        addresses
            .iter()
            .map(|address| match address {
                IpAddr::V4(address) => Data::A(*address),
                IpAddr::V6(address) => Data::Aaaa(*address),
            })
            .filter(|data| data.kind() == code)
            .map(|data| Record::unique(&self.host, SHORT_TTL, data))
            .collect()
    }
}

/// The addresses that we publish on a link. COMPAT(libpurple): it takes one address for each link of
/// ours that it knows, and would take the IPv4 one for both; then a connection of ours over IPv6
/// would not be from an address it knows.
pub(super) fn our_addresses(shared: &Shared, link: Link) -> Vec<IpAddr> {
    shared
        .addresses(link.interface)
        .filter(|address| link.family == Family::V4 || address.is_ipv6())
        .collect()
}

fn publishable(picture: Option<Bytes>) -> Option<Bytes> {
    picture.filter(|data| !data.is_empty() && data.len() <= MAX_PICTURE)
}

fn host_of(wish: &Wish, attempt: u32) -> Name {
    host_name(&wish.host_label(attempt)).expect("a wish makes labels")
}
