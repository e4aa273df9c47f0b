//! Discovery: the keys of friends' friends, and where everyone's machines are.

use core::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::collections::BTreeSet;

use bytes::{BufMut, Bytes, BytesMut};

use crate::ids::{GxsId, LocationId, PgpId};
use crate::item::Malformed;
use crate::tlv::{Reader, kind, put_address, put_block, put_tlv, put_tlv_bytes, put_tlv_ids};

const PGP_LIST: u8 = 0x01;
const OLD_KEY: u8 = 0x02;
const CONTACT: u8 = 0x05;
const IDENTITIES: u8 = 0x06;
const PGP_KEY: u8 = 0x09;

/// An item of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discovery {
    /// Ids of people: those the sender knows, or those whose keys it asks for.
    PgpList {
        /// What the list is for.
        mode: ListMode,
        /// The ids.
        ids: BTreeSet<PgpId>,
    },
    /// A person's public key.
    PgpKey {
        /// Whose key it is said to be.
        id: PgpId,
        /// Binary OpenPGP packets.
        key: Bytes,
    },
    /// A machine, and where it is.
    Contact(Box<Contact>),
    /// The sender's own identities.
    Identities(Vec<GxsId>),
    /// An armoured key, as older nodes sent them. Not read; written with an empty body.
    OldKey,
}

/// What a list of people is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListMode {
    /// Mode 1: the sender's friends.
    Friends,
    /// Mode 2: people whose keys the sender asks for.
    SendKeys,
    /// A number that we do not know. Never 1 or 2.
    Unknown(u32),
}

/// A machine, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Whose machine it is.
    pub pgp_id: PgpId,
    /// The machine.
    pub location_id: LocationId,
    /// What its owner calls it.
    pub location: String,
    /// The program's version, as text.
    pub version: String,
    /// How it is reachable; see [`net_mode`].
    pub net_mode: u32,
    /// How much it tells others: 0 nothing, 1 little, 2 everything.
    pub discovery_mode: u16,
    /// How it uses the DHT: 0 not, 1 passively, 2 fully.
    pub dht_mode: u16,
    /// When it was last connected to, in seconds since 1970.
    pub last_contact: u32,
    /// Where it is.
    pub place: Place,
}

/// How a machine is reachable: the low byte of [`Contact::net_mode`].
pub mod net_mode {
    /// Reachable under its external address.
    pub const EXTERNAL: u32 = 0x01;
    /// Reachable through a port that a router maps.
    pub const UPNP: u32 = 0x02;
    /// Behind a firewall.
    pub const FIREWALLED: u32 = 0x04;
    /// Reachable through Tor or I2P.
    pub const HIDDEN: u32 = 0x08;
    /// Not reachable.
    pub const UNREACHABLE: u32 = 0x10;
}

/// Where a machine is. An address may be there and unspecified (0.0.0.0:0): real nodes send that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind Tor or I2P.
    Hidden {
        /// Its name there.
        host: String,
        /// Its port there.
        port: u16,
    },
    /// On the open net.
    Open {
        /// Its own address, IPv4.
        local_v4: Option<SocketAddrV4>,
        /// The address that others see, IPv4.
        external_v4: Option<SocketAddrV4>,
        /// Its own address, IPv6.
        local_v6: Option<SocketAddrV6>,
        /// The address that others see, IPv6.
        external_v6: Option<SocketAddrV6>,
        /// The address that the sender is connected to.
        current: Option<SocketAddr>,
        /// A name that follows the address; empty if there is none.
        dyndns: String,
        /// Own addresses of earlier times.
        local: Vec<SeenAddress>,
        /// External addresses of earlier times.
        external: Vec<SeenAddress>,
    },
}

/// An address, and when it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenAddress {
    /// The address.
    pub address: Option<SocketAddr>,
    /// When it was seen, in seconds since 1970.
    pub seen: u64,
    /// How it came to be known.
    pub source: u32,
}

impl Discovery {
    pub(crate) fn subtype(&self) -> u8 {
        match self {
            Self::PgpList { .. } => PGP_LIST,
            Self::PgpKey { .. } => PGP_KEY,
            Self::Contact(_) => CONTACT,
            Self::Identities(_) => IDENTITIES,
            Self::OldKey => OLD_KEY,
        }
    }

    pub(crate) fn encode(&self, out: &mut BytesMut) {
        match self {
            Self::PgpList { mode, ids } => {
                out.put_u32(mode.number());
                put_tlv_ids(kind::PGP_SET, ids.iter().map(PgpId::as_bytes), out);
            }
            Self::PgpKey { id, key } => {
                out.extend_from_slice(id.as_bytes());
                put_block(key, out);
            }
            Self::Contact(contact) => contact.encode(out),
            Self::Identities(ids) => {
                out.put_u32(crate::tlv::size(ids.len()));
                ids.iter()
                    .for_each(|id| out.extend_from_slice(id.as_bytes()));
            }
            Self::OldKey => {}
        }
    }
}

pub(crate) fn decode(subtype: u8, mut from: Reader) -> Result<Option<Discovery>, Malformed> {
    Ok(match subtype {
        PGP_LIST => Some(Discovery::PgpList {
            mode: ListMode::from_number(from.u32()?),
            ids: from.tlv_ids(kind::PGP_SET, PgpId::from_bytes)?.collect(),
        }),
        PGP_KEY => Some(Discovery::PgpKey {
            id: PgpId::from_bytes(from.array()?),
            key: from.block()?,
        }),
        CONTACT => Some(Discovery::Contact(Box::new(Contact::decode(from)?))),
        IDENTITIES => {
            let count = from.count(GxsId::SIZE)?;
            let mut ids = Vec::with_capacity(count);
            for _ in 0..count {
                ids.push(GxsId::from_bytes(from.array()?));
            }
            Some(Discovery::Identities(ids))
        }
        OLD_KEY => Some(Discovery::OldKey),
        _ => None,
    })
}

impl ListMode {
    fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Friends,
            2 => Self::SendKeys,
            other => Self::Unknown(other),
        }
    }

    fn number(self) -> u32 {
        match self {
            Self::Friends => 1,
            Self::SendKeys => 2,
            Self::Unknown(other) => other,
        }
    }
}

impl Contact {
    fn decode(mut from: Reader) -> Result<Self, Malformed> {
        Ok(Self {
            pgp_id: PgpId::from_bytes(from.array()?),
            location_id: LocationId::from_bytes(from.array()?),
            location: from.tlv_text(kind::LOCATION)?,
            version: from.tlv_text(kind::VERSION)?,
            net_mode: from.u32()?,
            discovery_mode: from.u16()?,
            dht_mode: from.u16()?,
            last_contact: from.u32()?,
            place: Place::decode(from)?,
        })
    }

    fn encode(&self, out: &mut BytesMut) {
        out.extend_from_slice(self.pgp_id.as_bytes());
        out.extend_from_slice(self.location_id.as_bytes());
        put_tlv_bytes(kind::LOCATION, self.location.as_bytes(), out);
        put_tlv_bytes(kind::VERSION, self.version.as_bytes(), out);
        out.put_u32(self.net_mode);
        out.put_u16(self.discovery_mode);
        out.put_u16(self.dht_mode);
        out.put_u32(self.last_contact);
        self.place.encode(out);
    }
}

impl Place {
    /// Nothing before it says which of the two it is: only the type of its first field does.
    fn decode(mut from: Reader) -> Result<Self, Malformed> {
        if from.peek() == Some(kind::DOMAIN) {
            return Ok(Self::Hidden {
                host: from.tlv_text(kind::DOMAIN)?,
                port: from.u16()?,
            });
        }
        Ok(Self::Open {
            local_v4: from.address_v4()?,
            external_v4: from.address_v4()?,
            local_v6: from.address_v6()?,
            external_v6: from.address_v6()?,
            current: from.address()?,
            dyndns: from.tlv_text(kind::DYNDNS)?,
            local: seen(&mut from)?,
            external: seen(&mut from)?,
        })
    }

    fn encode(&self, out: &mut BytesMut) {
        match self {
            Self::Hidden { host, port } => {
                put_tlv_bytes(kind::DOMAIN, host.as_bytes(), out);
                out.put_u16(*port);
            }
            Self::Open {
                local_v4,
                external_v4,
                local_v6,
                external_v6,
                current,
                dyndns,
                local,
                external,
            } => {
                put_address(local_v4.map(SocketAddr::V4), out);
                put_address(external_v4.map(SocketAddr::V4), out);
                put_address(local_v6.map(SocketAddr::V6), out);
                put_address(external_v6.map(SocketAddr::V6), out);
                put_address(*current, out);
                put_tlv_bytes(kind::DYNDNS, dyndns.as_bytes(), out);
                put_seen(local, out);
                put_seen(external, out);
            }
        }
    }
}

fn seen(from: &mut Reader) -> Result<Vec<SeenAddress>, Malformed> {
    let mut set = from.tlv(kind::ADDRESS_SET)?;
    let mut found = Vec::new();
    while !set.is_empty() {
        let (found_kind, mut info) = set.any()?;
        if found_kind == kind::ADDRESS_INFO {
            found.push(SeenAddress {
                address: info.address()?,
                seen: info.u64()?,
                source: info.u32()?,
            });
        }
    }
    Ok(found)
}

fn put_seen(addresses: &[SeenAddress], out: &mut BytesMut) {
    put_tlv(kind::ADDRESS_SET, out, |out| {
        for address in addresses {
            put_tlv(kind::ADDRESS_INFO, out, |out| {
                put_address(address.address, out);
                out.put_u64(address.seen);
                out.put_u32(address.source);
            });
        }
    });
}
