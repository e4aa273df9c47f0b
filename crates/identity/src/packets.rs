//! OpenPGP packets as byte ranges. The body of a packet is never written anew, since fingerprints and
//! signatures cover its bytes; only its header is, so that the same key is always the same bytes,
//! whichever program wrote it.
//!
//! Only packets of a known length are taken. Partial and open lengths exist for streams; no key and
//! no signature has a use for them.

use pgp::packet::PacketHeader;
use pgp::types::Tag;
use sha1::{Digest, Sha1};
use wire_retroshare::Fingerprint;

/// The longest key that is looked at: what fits into one item of RetroShare (2^18 - 1 bytes).
pub const MAX_KEY_BYTES: usize = 262_143;

/// Packets looked at in one key. A key signed by several hundred friends stays below it.
pub(crate) const MAX_PACKETS: usize = 2048;

pub(crate) const SIGNATURE: u8 = 2;
pub(crate) const SECRET_KEY: u8 = 5;
pub(crate) const PUBLIC_KEY: u8 = 6;
pub(crate) const SECRET_SUBKEY: u8 = 7;
pub(crate) const USER_ID: u8 = 13;
pub(crate) const PUBLIC_SUBKEY: u8 = 14;
pub(crate) const USER_ATTRIBUTE: u8 = 17;

/// One packet, still in the bytes it came in.
#[derive(Clone, Copy)]
pub(crate) struct Raw<'a> {
    pub(crate) tag: u8,
    /// Header and body.
    pub(crate) whole: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl Raw<'_> {
    /// The header in the form that rPGP's parsers ask for.
    pub(crate) fn header(&self) -> PacketHeader {
        // A body is part of an input that is far below 4 GiB.
        let len = u32::try_from(self.body.len()).unwrap_or(u32::MAX);
        PacketHeader::new_fixed(Tag::from(self.tag), len)
    }

    /// The packet with a header of the new form and the shortest length.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        out.push(0xc0 | self.tag);
        let length = self.body.len();
        match length {
            0..192 => out.push(length as u8),
            192..8384 => {
                let [high, low] = ((length - 192) as u16).to_be_bytes();
                out.extend([high + 192, low]);
            }
            _ => {
                out.push(0xff);
                out.extend((length as u32).to_be_bytes());
            }
        }
        out.extend_from_slice(self.body);
    }
}

/// Why bytes are no row of packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotPackets;

/// All packets, or none: a row that ends within a packet is refused.
pub(crate) fn split(mut bytes: &[u8]) -> Result<Vec<Raw<'_>>, NotPackets> {
    let mut packets = Vec::new();
    while !bytes.is_empty() {
        if packets.len() == MAX_PACKETS {
            return Err(NotPackets);
        }
        let (packet, rest) = first(bytes).ok_or(NotPackets)?;
        packets.push(packet);
        bytes = rest;
    }
    Ok(packets)
}

/// The first packet and what follows it.
pub(crate) fn first(bytes: &[u8]) -> Option<(Raw<'_>, &[u8])> {
    let (&head, rest) = bytes.split_first()?;
    let (tag, length, header) = match head >> 6 {
        0b11 => {
            let (length, octets) = new_length(rest)?;
            (head & 0x3f, length, 1 + octets)
        }
        0b10 => {
            let (length, octets) = old_length(head & 0x03, rest)?;
            ((head >> 2) & 0x0f, length, 1 + octets)
        }
        _ => return None,
    };
    let end = header.checked_add(length)?;
    let whole = bytes.get(..end)?;
    Some((
        Raw {
            tag,
            whole,
            body: &whole[header..],
        },
        &bytes[end..],
    ))
}

/// The fingerprint of the first key in `packets`, without looking at anything else of it.
///
/// `None` where they do not start with a public key of version 4.
#[must_use]
pub fn fingerprint_of(packets: &[u8]) -> Option<Fingerprint> {
    let (key, _) = first(packets)?;
    (key.tag == PUBLIC_KEY && key.body.first() == Some(&4)).then_some(())?;
    let length = u16::try_from(key.body.len()).ok()?;
    let mut hash = Sha1::new();
    hash.update([0x99]);
    hash.update(length.to_be_bytes());
    hash.update(key.body);
    Some(Fingerprint::from_bytes(hash.finalize().into()))
}

/// Length and the octets that held it.
fn new_length(bytes: &[u8]) -> Option<(usize, usize)> {
    let first = usize::from(*bytes.first()?);
    match first {
        0..192 => Some((first, 1)),
        192..224 => Some((((first - 192) << 8) + usize::from(*bytes.get(1)?) + 192, 2)),
        255 => Some((be_u32(bytes.get(1..5)?)?, 5)),
        _ => None,
    }
}

fn old_length(kind: u8, bytes: &[u8]) -> Option<(usize, usize)> {
    match kind {
        0 => Some((usize::from(*bytes.first()?), 1)),
        1 => Some((
            usize::from(u16::from_be_bytes(bytes.get(..2)?.try_into().ok()?)),
            2,
        )),
        2 => Some((be_u32(bytes.get(..4)?)?, 4)),
        _ => None,
    }
}

fn be_u32(bytes: &[u8]) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok()
}
