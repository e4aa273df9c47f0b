//! How fields are coded: big-endian numbers, raw strings, TLVs, sets of ids, addresses.
//!
//! A TLV is a type (u16), a length (u32) that *includes* these six bytes, and a value. A raw string is
//! a length (u32) that does not include itself, and the bytes.
//!
//! COMPAT(RetroShare): an address inside a TLV has its bytes reversed (IPv6: in groups of four) and its
//! port little-endian, because a number in network order is turned around once more on its way out.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::item::Malformed;

/// The six bytes before a TLV's value.
pub(crate) const TLV_HEADER: usize = 6;

/// Types of TLVs.
pub(crate) mod kind {
    /// A map, a pair of a map, a key or a value: the original uses one number for all of them.
    pub(crate) const GENERIC: u16 = 0x0001;
    /// A folder's listing.
    pub(crate) const LISTING: u16 = 0x0000;
    pub(crate) const PIECE_SIZE: u16 = 0x0030;
    pub(crate) const POPULARITY: u16 = 0x0031;
    pub(crate) const AGE: u16 = 0x0032;
    pub(crate) const BANDWIDTH: u16 = 0x0035;
    pub(crate) const OFFSET: u16 = 0x0041;
    pub(crate) const NAME: u16 = 0x0051;
    pub(crate) const PATH: u16 = 0x0052;
    pub(crate) const MESSAGE: u16 = 0x0057;
    pub(crate) const SUBJECT: u16 = 0x0058;
    pub(crate) const LOCATION: u16 = 0x005c;
    pub(crate) const VERSION: u16 = 0x005f;
    pub(crate) const DYNDNS: u16 = 0x0083;
    pub(crate) const DOMAIN: u16 = 0x0084;
    pub(crate) const IPV4: u16 = 0x0085;
    pub(crate) const IPV6: u16 = 0x0086;
    pub(crate) const FILE_DATA: u16 = 0x0140;
    pub(crate) const FILE_ITEM: u16 = 0x1000;
    pub(crate) const FILE_SET: u16 = 0x1001;
    pub(crate) const FILE_PART: u16 = 0x1002;
    pub(crate) const LOCATION_SET: u16 = 0x1021;
    pub(crate) const HASH_SET: u16 = 0x1022;
    pub(crate) const PGP_SET: u16 = 0x1023;
    pub(crate) const GXS_SET: u16 = 0x1025;
    pub(crate) const ADDRESS_INFO: u16 = 0x1070;
    pub(crate) const ADDRESS_SET: u16 = 0x1071;
    pub(crate) const ADDRESS: u16 = 0x1072;
}

/// Reads fields from the front of some bytes, without copying what it hands out.
#[derive(Clone, Debug)]
pub(crate) struct Reader(Bytes);

impl Reader {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything that has not been read.
    pub(crate) fn rest(self) -> Bytes {
        self.0
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        self.0.try_get_u8().map_err(|_| Malformed::Truncated)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        self.0.try_get_u16().map_err(|_| Malformed::Truncated)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        self.0.try_get_u32().map_err(|_| Malformed::Truncated)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        self.0.try_get_u64().map_err(|_| Malformed::Truncated)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<Bytes, Malformed> {
        if count > self.0.len() {
            return Err(Malformed::Truncated);
        }
        Ok(self.0.split_to(count))
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let mut bytes = [0; N];
        self.0
            .try_copy_to_slice(&mut bytes)
            .map_err(|_| Malformed::Truncated)?;
        Ok(bytes)
    }

    /// A length that does not include itself, and as many bytes.
    pub(crate) fn block(&mut self) -> Result<Bytes, Malformed> {
        let size = self.u32()?;
        self.bytes(size as usize)
    }

    pub(crate) fn string(&mut self) -> Result<String, Malformed> {
        Ok(text(&self.block()?))
    }

    /// How many elements follow. There cannot be more than the bytes allow, so a count reserves nothing
    /// that was not sent.
    pub(crate) fn count(&mut self, size_of_each: usize) -> Result<usize, Malformed> {
        let count = self.u32()? as usize;
        if count > self.0.len() / size_of_each.max(1) {
            return Err(Malformed::Count);
        }
        Ok(count)
    }

    /// The type of the next TLV, which stays.
    pub(crate) fn peek(&self) -> Option<u16> {
        self.clone().u16().ok()
    }

    /// Any TLV: its type and its value.
    pub(crate) fn any(&mut self) -> Result<(u16, Self), Malformed> {
        let found = self.u16()?;
        let length = self.u32()? as usize;
        let Some(size) = length.checked_sub(TLV_HEADER) else {
            return Err(Malformed::Length { kind: found });
        };
        Ok((found, Self(self.bytes(size)?)))
    }

    /// The value of a TLV of this type.
    pub(crate) fn tlv(&mut self, expected: u16) -> Result<Self, Malformed> {
        let (found, value) = self.any()?;
        if found == expected {
            Ok(value)
        } else {
            Err(Malformed::Kind { expected, found })
        }
    }

    pub(crate) fn tlv_text(&mut self, expected: u16) -> Result<String, Malformed> {
        Ok(text(&self.tlv(expected)?.0))
    }

    /// A set of ids. Bytes after the last whole id are left out.
    pub(crate) fn tlv_ids<const N: usize, T>(
        &mut self,
        expected: u16,
        make: fn([u8; N]) -> T,
    ) -> Result<impl Iterator<Item = T>, Malformed> {
        let mut value = self.tlv(expected)?;
        Ok(core::iter::from_fn(move || {
            value.array::<N>().ok().map(make)
        }))
    }

    /// An address, or none.
    pub(crate) fn address(&mut self) -> Result<Option<SocketAddr>, Malformed> {
        let mut outer = self.tlv(kind::ADDRESS)?;
        if outer.is_empty() {
            return Ok(None);
        }
        let (found, mut value) = outer.any()?;
        let ip = match found {
            kind::IPV4 => IpAddr::V4(reversed_v4(value.array()?)),
            kind::IPV6 => IpAddr::V6(reversed_v6(value.array()?)),
            _ => return Ok(None),
        };
        Ok(Some(SocketAddr::new(ip, value.u16()?.swap_bytes())))
    }

    /// An address where only one family makes sense; another one counts as none.
    pub(crate) fn address_v4(&mut self) -> Result<Option<SocketAddrV4>, Malformed> {
        Ok(match self.address()? {
            Some(SocketAddr::V4(address)) => Some(address),
            Some(SocketAddr::V6(_)) | None => None,
        })
    }

    pub(crate) fn address_v6(&mut self) -> Result<Option<SocketAddrV6>, Malformed> {
        Ok(match self.address()? {
            Some(SocketAddr::V6(address)) => Some(address),
            Some(SocketAddr::V4(_)) | None => None,
        })
    }
}

/// A string of a peer: bytes that are no UTF-8 become replacement characters.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn put_block(bytes: &[u8], out: &mut BytesMut) {
    out.put_u32(size(bytes.len()));
    out.extend_from_slice(bytes);
}

/// A TLV around whatever the closure writes.
pub(crate) fn put_tlv(kind: u16, out: &mut BytesMut, value: impl FnOnce(&mut BytesMut)) {
    let start = out.len();
    out.put_u16(kind);
    out.put_u32(0);
    value(out);
    let length = size(out.len() - start);
    out[start + 2..start + TLV_HEADER].copy_from_slice(&length.to_be_bytes());
}

pub(crate) fn put_tlv_bytes(kind: u16, bytes: &[u8], out: &mut BytesMut) {
    out.put_u16(kind);
    out.put_u32(size(TLV_HEADER + bytes.len()));
    out.extend_from_slice(bytes);
}

pub(crate) fn put_tlv_u32(kind: u16, value: u32, out: &mut BytesMut) {
    put_tlv_bytes(kind, &value.to_be_bytes(), out);
}

pub(crate) fn put_tlv_ids<'a, const N: usize>(
    kind: u16,
    ids: impl Iterator<Item = &'a [u8; N]>,
    out: &mut BytesMut,
) {
    put_tlv(kind, out, |out| {
        ids.for_each(|id| out.extend_from_slice(id));
    });
}

pub(crate) fn put_address(address: Option<SocketAddr>, out: &mut BytesMut) {
    put_tlv(kind::ADDRESS, out, |out| match address {
        None => {}
        Some(SocketAddr::V4(v4)) => put_tlv(kind::IPV4, out, |out| {
            let reversed = reversed_v4(v4.ip().octets());
            out.extend_from_slice(&reversed.octets());
            out.put_u16_le(v4.port());
        }),
        Some(SocketAddr::V6(v6)) => put_tlv(kind::IPV6, out, |out| {
            let reversed = reversed_v6(v6.ip().octets());
            out.extend_from_slice(&reversed.octets());
            out.put_u16_le(v6.port());
        }),
    });
}

/// A length on the wire. Nothing that we write comes near 4 GiB; what would is bounded by the caller.
pub(crate) fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Turned around; the same function undoes it.
pub(crate) fn reversed_v4(mut octets: [u8; 4]) -> Ipv4Addr {
    octets.reverse();
    Ipv4Addr::from(octets)
}

fn reversed_v6(mut octets: [u8; 16]) -> Ipv6Addr {
    octets.chunks_exact_mut(4).for_each(<[u8]>::reverse);
    Ipv6Addr::from(octets)
}
