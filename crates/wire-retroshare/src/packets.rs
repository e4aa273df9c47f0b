//! Packets of a tag, a length and a value, as in certificates, invites and listings of folders.
//!
//! The length is coded as in OpenPGP: below 192 in one byte, below 8384 in two, else 0xff and a u32.

use bytes::{BufMut, BytesMut};

/// Writes a packet.
pub fn put_packet(tag: u8, value: &[u8], out: &mut BytesMut) {
    out.put_u8(tag);
    match u16::try_from(value.len()) {
        Ok(length) if length < ONE_BYTE => out.put_u8(length.to_be_bytes()[1]),
        Ok(length) if length < TWO_BYTES => {
            let [high, low] = (length - ONE_BYTE).to_be_bytes();
            out.put_u8(high + 192);
            out.put_u8(low);
        }
        _ => {
            out.put_u8(0xff);
            out.put_u32(crate::tlv::size(value.len()));
        }
    }
    out.extend_from_slice(value);
}

/// Takes a packet from the front of the bytes: its tag and its value. Nothing if it is not all there,
/// or its length is one of those that OpenPGP streams with.
pub fn take_packet<'a>(from: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&tag, rest) = from.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=191 => (usize::from(first), rest),
        192..=223 => {
            let (&second, rest) = rest.split_first()?;
            let high = (usize::from(first) - 192) << 8;
            (high + usize::from(second) + usize::from(ONE_BYTE), rest)
        }
        224..=254 => return None,
        255 => {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::try_from(u32::from_be_bytes(*length)).ok()?, rest)
        }
    };
    let (value, rest) = rest.split_at_checked(length)?;
    *from = rest;
    Some((tag, value))
}

/// The first length that takes two bytes.
const ONE_BYTE: u16 = 192;
/// The first length that takes five bytes.
const TWO_BYTES: u16 = 8384;
