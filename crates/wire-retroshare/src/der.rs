//! As much of DER as a location's certificate needs: definite lengths in their shortest form, tags of
//! one byte. Nothing is copied, nothing recurses.

/// A BIT STRING.
pub const BIT_STRING: u8 = 0x03;
/// A GeneralizedTime.
pub const GENERALIZED_TIME: u8 = 0x18;
/// An INTEGER.
pub const INTEGER: u8 = 0x02;
/// A NULL.
pub const NULL: u8 = 0x05;
/// An OBJECT IDENTIFIER.
pub const OBJECT_ID: u8 = 0x06;
/// A PrintableString.
pub const PRINTABLE_STRING: u8 = 0x13;
/// A SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// A SET.
pub const SET: u8 = 0x31;
/// An UTCTime.
pub const UTC_TIME: u8 = 0x17;
/// An UTF8String.
pub const UTF8_STRING: u8 = 0x0c;

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its tag.
    pub tag: u8,
    /// Its content.
    pub content: &'a [u8],
    /// Everything of it: tag, length and content.
    pub all: &'a [u8],
}

/// Takes an element from the front of the bytes; nothing if it is not all there or no DER.
pub fn take<'a>(from: &mut &'a [u8]) -> Option<Element<'a>> {
    let start = *from;
    let (&tag, rest) = start.split_first()?;
    // A tag of several bytes.
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = bytes.iter().fold(0, |l, b| l << 8 | usize::from(*b));
            let is_shortest = length > 0x7f && bytes.first() != Some(&0);
            (is_shortest.then_some(length)?, rest)
        }
        // Indefinite, or above 16 MiB.
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    let all = start.get(..start.len() - rest.len())?;
    *from = rest;
    Some(Element { tag, content, all })
}

/// Takes an element of this tag from the front of the bytes.
pub fn expect<'a>(tag: u8, from: &mut &'a [u8]) -> Option<Element<'a>> {
    take(from).filter(|element| element.tag == tag)
}

/// An element around this content.
pub fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let bytes = content.len().to_be_bytes();
    match content.len() {
        0..=0x7f => out.push(bytes[bytes.len() - 1]),
        length => {
            let needed = bytes.len() - length.leading_zeros() as usize / 8;
            // At most 8, so it fits.
            out.push(0x80 | needed.to_be_bytes()[bytes.len() - 1]);
            out.extend_from_slice(&bytes[bytes.len() - needed..]);
        }
    }
    out.extend_from_slice(content);
    out
}
