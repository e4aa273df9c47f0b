//! Who offers which service, in which version. Nothing but this item passes until both sides have
//! sent it.
//!
//! On the wire it is a map of TLVs whose keys are the *full* numbers, `0x02000000 | service << 8`.

use std::collections::BTreeMap;

use bytes::{BufMut, BytesMut};

use crate::item::Malformed;
use crate::tlv::{Reader, kind, put_block, put_tlv, put_tlv_u32};

/// The only item of the service.
pub const SUBTYPE: u8 = 0x01;

/// The numbers of services.
pub enum Service {}

impl Service {
    /// `disc`: who else is there, and where.
    pub const DISCOVERY: u16 = 0x0011;
    /// `chat`: private chat, and rooms.
    pub const CHAT: u16 = 0x0012;
    /// `msg`: mail.
    pub const MAIL: u16 = 0x0013;
    /// `turtle`: search and tunnels beyond friends.
    pub const TURTLE: u16 = 0x0014;
    /// `heartbeat`: signs of life.
    pub const HEARTBEAT: u16 = 0x0016;
    /// `ft`: pieces of files.
    pub const FILE_TRANSFER: u16 = 0x0017;
    /// `Global Router`: mail beyond friends.
    pub const GLOBAL_ROUTER: u16 = 0x0018;
    /// `file_database`: shared folders.
    pub const FILE_LISTS: u16 = 0x0019;
    /// `serviceinfo`: this service.
    pub const SERVICE_INFO: u16 = 0x0020;
    /// `bandwidth_ctrl`: advice on how much to send.
    pub const BANDWIDTH: u16 = 0x0021;
    /// `GxsTunnels`: chat beyond friends.
    pub const GXS_TUNNELS: u16 = 0x0028;
    /// `banlist`: unwanted addresses.
    pub const BAN_LIST: u16 = 0x0101;
    /// `status`: away, busy.
    pub const STATUS: u16 = 0x0102;
    /// `gxsid`: identities.
    pub const GXS_ID: u16 = 0x0211;
    /// `rtt`: the time there and back.
    pub const RTT: u16 = 0x1011;
}

/// What a node says about one of its services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEntry {
    /// The service's number.
    pub id: u16,
    /// Its name, for people only.
    pub name: String,
    /// The version it has: major, minor.
    pub version: (u16, u16),
    /// The oldest version that it gets on with: major, minor.
    pub minimum: (u16, u16),
}

/// What a node offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceList(pub BTreeMap<u16, ServiceEntry>);

impl ServiceList {
    /// What we offer. Ban lists are not among it: we neither send nor believe them.
    pub fn ours() -> Self {
        let offered = [
            (Service::DISCOVERY, "disc"),
            (Service::CHAT, "chat"),
            (Service::MAIL, "msg"),
            (Service::HEARTBEAT, "heartbeat"),
            (Service::FILE_TRANSFER, "ft"),
            (Service::FILE_LISTS, "file_database"),
            (Service::SERVICE_INFO, "serviceinfo"),
            (Service::BANDWIDTH, "bandwidth_ctrl"),
            (Service::STATUS, "status"),
            (Service::RTT, "rtt"),
        ];
        let entry = |(id, name): (u16, &str)| ServiceEntry {
            id,
            name: name.to_owned(),
            version: (1, 0),
            minimum: (1, 0),
        };
        Self(offered.map(entry).map(|e| (e.id, e)).into())
    }

    /// Whether both sides offer the service, in versions that get on with each other.
    pub fn agrees_with(&self, other: &Self, service: u16) -> bool {
        match (self.0.get(&service), other.0.get(&service)) {
            (Some(a), Some(b)) => a.version >= b.minimum && b.version >= a.minimum,
            (None, _) | (_, None) => false,
        }
    }

    /// Entries of anything but a service are left out; of two for one service, the later one stays.
    pub(crate) fn decode(mut from: Reader) -> Result<Self, Malformed> {
        let mut map = from.tlv(kind::GENERIC)?;
        let mut list = Self::default();
        while !map.is_empty() {
            let mut pair = map.tlv(kind::GENERIC)?;
            let full = pair.tlv(kind::GENERIC)?.u32()?;
            let mut value = pair.tlv(kind::GENERIC)?;
            let name = value.string()?;
            value.u32()?;
            let version = (value.u16()?, value.u16()?);
            let minimum = (value.u16()?, value.u16()?);
            if let Some(id) = from_full(full) {
                let entry = ServiceEntry {
                    id,
                    name,
                    version,
                    minimum,
                };
                list.0.insert(id, entry);
            }
        }
        Ok(list)
    }

    pub(crate) fn encode(&self, out: &mut BytesMut) {
        put_tlv(kind::GENERIC, out, |out| {
            for (id, entry) in &self.0 {
                put_tlv(kind::GENERIC, out, |out| put_entry(*id, entry, out));
            }
        });
    }
}

fn put_entry(id: u16, entry: &ServiceEntry, out: &mut BytesMut) {
    put_tlv_u32(kind::GENERIC, full(id), out);
    put_tlv(kind::GENERIC, out, |out| {
        put_block(entry.name.as_bytes(), out);
        out.put_u32(full(id));
        for part in [entry.version, entry.minimum] {
            out.put_u16(part.0);
            out.put_u16(part.1);
        }
    });
}

/// The number of a service with the version of items in front and an empty subtype behind.
fn full(service: u16) -> u32 {
    FULL | u32::from(service) << 8
}

fn from_full(full: u32) -> Option<u16> {
    let rest = full.checked_sub(FULL)?;
    let fits = rest & 0xff == 0;
    u16::try_from(rest >> 8).ok().filter(|_| fits)
}

const FULL: u32 = 0x0200_0000;
