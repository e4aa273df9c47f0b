//! The text by which people become friends: a person's key, and where one of their machines is.
//!
//! It is base64 of packets ([`crate::packets`]):
//!
//! | tag | content |
//! |---|---|
//! | 09 | the version, 6 |
//! | 01 | the public key, binary OpenPGP packets |
//! | 08 | `name.onion:port`, instead of the next three |
//! | 02, 03 | the external and the own address: 4 bytes and the port, both in network order |
//! | 04 | a name that follows the address |
//! | 06, 05 | the machine's name and id |
//! | 0a | another address, as a URL; any number of them |
//! | 07 | the checksum of all before it, the last packet |
//!
//! COMPAT(RetroShare): the three bytes of the checksum are little-endian.
//!
//! People paste it with line breaks, quoted, between other lines: see [`FriendText::parse`].

mod find;

use core::net::{Ipv4Addr, SocketAddrV4};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use thiserror::Error;

use crate::crc24::crc24;
use crate::ids::LocationId;
use crate::invite::Invite;
use crate::packets::{put_packet, take_packet};

/// The longest text that is looked at, in bytes: a certificate with the largest of keys has a tenth.
pub const TEXT_LIMIT: usize = 256 * 1024;

/// A person's key, and where one of their machines is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The person's public key: binary OpenPGP packets.
    pub pgp_key: Bytes,
    /// The machine and its name; nothing if only a person is named.
    pub location: Option<(LocationId, String)>,
    /// The address that others see. May be there and unspecified: real nodes write that.
    pub external: Option<SocketAddrV4>,
    /// The machine's own address. May be there and unspecified.
    pub local: Option<SocketAddrV4>,
    /// A name that follows the address.
    pub dns: Option<String>,
    /// `name.onion:port`; excludes the three above.
    pub hidden: Option<String>,
    /// More addresses, as URLs: `ipv4://1.2.3.4:5678`.
    pub locators: Vec<String>,
}

impl Certificate {
    /// As text, in one line or in lines of 64 characters.
    pub fn to_text(&self, line_breaks: bool) -> String {
        let text = STANDARD.encode(self.to_bytes());
        if !line_breaks {
            return text;
        }
        let mut lines = String::with_capacity(text.len() + text.len() / LINE + 1);
        for (index, c) in text.char_indices() {
            if index > 0 && index.is_multiple_of(LINE) {
                lines.push('\n');
            }
            lines.push(c);
        }
        lines
    }

    /// Reads a certificate out of text as people paste it; an invite is told apart.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        match FriendText::parse(text)? {
            FriendText::Certificate(certificate) => Ok(certificate),
            FriendText::Invite(_) => Err(TextError::Missing("key")),
        }
    }

    fn to_bytes(&self) -> BytesMut {
        let mut out = BytesMut::new();
        put_packet(tag::VERSION, &[VERSION], &mut out);
        put_packet(tag::PGP_KEY, &self.pgp_key, &mut out);
        if let Some(hidden) = &self.hidden {
            put_packet(tag::HIDDEN, hidden.as_bytes(), &mut out);
        } else {
            for (tag, address) in [(tag::EXTERNAL, self.external), (tag::LOCAL, self.local)] {
                if let Some(address) = address {
                    put_packet(tag, &address_bytes(address), &mut out);
                }
            }
            if let Some(dns) = &self.dns {
                put_packet(tag::DNS, dns.as_bytes(), &mut out);
            }
        }
        if let Some((id, name)) = &self.location {
            put_packet(tag::LOCATION_NAME, name.as_bytes(), &mut out);
            put_packet(tag::LOCATION_ID, id.as_bytes(), &mut out);
        }
        for locator in &self.locators {
            put_packet(tag::LOCATOR, locator.as_bytes(), &mut out);
        }
        put_checksum(CHECKSUM, &mut out);
        out
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, TextError> {
        let mut left = checked(bytes, CHECKSUM)?;
        let mut key = None;
        let (mut id, mut name) = (None, String::new());
        let mut found = Self {
            pgp_key: Bytes::new(),
            location: None,
            external: None,
            local: None,
            dns: None,
            hidden: None,
            locators: Vec::new(),
        };
        let mut version = None;
        while !left.is_empty() {
            let (tag, value) = take_packet(&mut left).ok_or(TextError::Truncated)?;
            match tag {
                tag::VERSION => version = Some(version_of(value)?),
                tag::PGP_KEY => key = Some(public_key(value)?),
                tag::EXTERNAL => found.external = Some(address_of("external address", value)?),
                tag::LOCAL => found.local = Some(address_of("local address", value)?),
                tag::DNS => found.dns = some_text(value),
                tag::HIDDEN => found.hidden = some_text(value),
                tag::LOCATION_NAME => name = text_of(value),
                tag::LOCATION_ID => {
                    let wrong = TextError::PacketSize {
                        part: "node id",
                        size: value.len(),
                    };
                    id = Some(LocationId::from_slice(value).ok_or(wrong)?);
                }
                tag::LOCATOR => found.locators.push(text_of(value)),
                // What newer programs may add.
                _ => {}
            }
        }
        version.ok_or(TextError::Missing("version"))?;
        found.pgp_key = key.ok_or(TextError::Missing("key"))?;
        found.location = id.map(|id| (id, name));
        if found.hidden.is_some() {
            (found.external, found.local, found.dns) = (None, None, None);
        }
        Ok(found)
    }
}

/// Either text by which people become friends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FriendText {
    /// A certificate.
    Certificate(Certificate),
    /// A short invite.
    Invite(Invite),
}

impl FriendText {
    /// Finds a certificate or an invite in text as people paste it: with any white space, quoted with
    /// `>`, as a footer of an e-mail, between `-----BEGIN …-----` lines or lines of prose, or an invite
    /// as a URL. Two different ones are one too many. Nothing is guessed: what is found has a right
    /// checksum.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        if text.len() > TEXT_LIMIT {
            return Err(TextError::TooLong { limit: TEXT_LIMIT });
        }
        find::find(text)
    }

    /// From bare base64 without white space.
    pub(crate) fn from_base64(text: &str) -> Result<Self, TextError> {
        let bytes = decode_base64(text)?;
        match bytes.as_slice() {
            [] => Err(TextError::Empty),
            // An invite begins with the node's id.
            [0x00, 16, ..] => Ok(Self::Invite(Invite::from_bytes(&bytes)?)),
            [tag::VERSION, ..] => Ok(Self::Certificate(Certificate::from_bytes(&bytes)?)),
            _ => Err(TextError::Other),
        }
    }
}

/// Why a text is neither a certificate nor an invite.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
    /// More than [`TEXT_LIMIT`].
    #[error("the text is longer than {limit} bytes")]
    TooLong {
        /// How many bytes are allowed.
        limit: usize,
    },
    /// A character that base64 does not have.
    #[error("the character {0:?} does not belong in it")]
    NotBase64(char),
    /// The end is missing.
    #[error("the text is cut off: its end is missing")]
    Truncated,
    /// Some characters differ from what was written.
    #[error("the checksum is wrong: some characters have changed")]
    Checksum,
    /// A part that has another size than it must have.
    #[error("the {part} in it has a wrong size: {size} bytes")]
    PacketSize {
        /// Which part.
        part: &'static str,
        /// How many bytes it has.
        size: usize,
    },
    /// A part that must be there is not.
    #[error("the {0} is missing in it")]
    Missing(&'static str),
    /// A certificate of another version.
    #[error("it is a certificate of version {0}, and only version 6 is known")]
    Version(u8),
    /// An armoured public key.
    #[error("this is a PGP key: what is needed is the certificate or the invite of a node")]
    PgpKey,
    /// A private key.
    #[error("this is a private key, which must never be given to anyone")]
    PrivateKey,
    /// A URL of something else.
    #[error("this is a link to something else")]
    OtherUrl,
    /// Several texts that contradict each other.
    #[error("there is more than one certificate or invite in the text")]
    Ambiguous,
    /// Nothing that we know.
    #[error("this is neither a RetroShare certificate nor an invite")]
    Other,
}

/// Writes the checksum of everything that is there.
pub(crate) fn put_checksum(tag: u8, out: &mut BytesMut) {
    let [low, middle, high, _] = crc24(out).to_le_bytes();
    put_packet(tag, &[low, middle, high], out);
}

/// The packets before the checksum, if that is the last one and right.
pub(crate) fn checked(bytes: &[u8], tag: u8) -> Result<&[u8], TextError> {
    let (packets, checksum) = bytes.split_last_chunk::<5>().ok_or(TextError::Truncated)?;
    let &[found, 3, low, middle, high] = checksum else {
        return Err(TextError::Truncated);
    };
    if found != tag {
        return Err(TextError::Truncated);
    }
    if crc24(packets) != u32::from_le_bytes([low, middle, high, 0]) {
        return Err(TextError::Checksum);
    }
    Ok(packets)
}

pub(crate) fn text_of(value: &[u8]) -> String {
    crate::tlv::text(value)
}

fn some_text(value: &[u8]) -> Option<String> {
    (!value.is_empty()).then(|| text_of(value))
}

fn version_of(value: &[u8]) -> Result<u8, TextError> {
    match value {
        [VERSION] => Ok(VERSION),
        [other] => Err(TextError::Version(*other)),
        _ => Err(TextError::PacketSize {
            part: "version",
            size: value.len(),
        }),
    }
}

/// The key, unless it is a private one that somebody is about to give away.
fn public_key(value: &[u8]) -> Result<Bytes, TextError> {
    let Some(first) = value.first() else {
        return Err(TextError::PacketSize {
            part: "key",
            size: 0,
        });
    };
    // The new and the old form of a packet's first byte.
    let packet = if first & 0x40 != 0 {
        first & 0x3f
    } else {
        (first & 0x3f) >> 2
    };
    if matches!(packet, SECRET_KEY | SECRET_SUBKEY) {
        return Err(TextError::PrivateKey);
    }
    Ok(Bytes::copy_from_slice(value))
}

fn address_bytes(address: SocketAddrV4) -> [u8; 6] {
    let [a, b, c, d] = address.ip().octets();
    let [high, low] = address.port().to_be_bytes();
    [a, b, c, d, high, low]
}

fn address_of(part: &'static str, value: &[u8]) -> Result<SocketAddrV4, TextError> {
    let &[a, b, c, d, high, low] = value else {
        return Err(TextError::PacketSize {
            part,
            size: value.len(),
        });
    };
    let port = u16::from_be_bytes([high, low]);
    Ok(SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), port))
}

/// Padding may be missing; it is never in the middle.
fn decode_base64(text: &str) -> Result<Vec<u8>, TextError> {
    let body = text.trim_end_matches('=');
    let is_digit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    if let Some(wrong) = body.chars().find(|c| !is_digit(*c)) {
        return Err(TextError::NotBase64(wrong));
    }
    LENIENT.decode(body).map_err(|_| TextError::Truncated)
}

/// The standard alphabet; bits beyond the last byte are ignored, as by every other reader.
const LENIENT: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
);

/// The tag of the last packet.
pub(crate) const CHECKSUM: u8 = 0x07;

mod tag {
    pub(super) const PGP_KEY: u8 = 0x01;
    pub(super) const EXTERNAL: u8 = 0x02;
    pub(super) const LOCAL: u8 = 0x03;
    pub(super) const DNS: u8 = 0x04;
    pub(super) const LOCATION_ID: u8 = 0x05;
    pub(super) const LOCATION_NAME: u8 = 0x06;
    pub(super) const HIDDEN: u8 = 0x08;
    pub(super) const VERSION: u8 = 0x09;
    pub(super) const LOCATOR: u8 = 0x0a;
}

/// The only version of today.
const VERSION: u8 = 6;
/// Where mail programs leave lines alone.
const LINE: usize = 64;
const SECRET_KEY: u8 = 5;
const SECRET_SUBKEY: u8 = 7;
