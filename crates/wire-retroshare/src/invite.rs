//! The short invite, also called a RetroShare ID: who and where, without the key, which is asked for
//! over the link.
//!
//! It is base64 of packets ([`crate::packets`]), bare or as the query `rsInvite` of a URL:
//!
//! | tag | content |
//! |---|---|
//! | 00 | the machine's id |
//! | 03 | the fingerprint of the person's key |
//! | 01 | the person's name |
//! | 90 | hidden: network u32, port u16, name |
//! | 91 | port u16, a name that follows the address |
//! | 93, 92 | the own and the external address: 4 bytes and the port |
//! | 02 | another address, as a URL; any number of them |
//! | 04 | the checksum of all before it, the last packet |
//!
//! COMPAT(RetroShare): the 4 bytes of an address are reversed here, and only here; its port is not. The
//! checksum is little-endian, as in certificates.

use core::net::SocketAddrV4;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::BytesMut;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::certificate::{FriendText, TextError, checked, put_checksum, text_of};
use crate::ids::{Fingerprint, LocationId};
use crate::packets::{put_packet, take_packet};
use crate::tlv::reversed_v4;

/// Who and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// The machine.
    pub location: LocationId,
    /// The person's key, by its fingerprint.
    pub fingerprint: Fingerprint,
    /// The person's name.
    pub name: String,
    /// Where the machine is behind Tor or I2P; excludes the next three.
    pub hidden: Option<HiddenPlace>,
    /// A name that follows the machine's address, and the port.
    pub dns: Option<(String, u16)>,
    /// The address that others see.
    pub external: Option<SocketAddrV4>,
    /// The machine's own address.
    pub local: Option<SocketAddrV4>,
    /// More addresses, as URLs: `ipv4://1.2.3.4:5678`.
    pub locators: Vec<String>,
}

/// Where a machine is behind Tor or I2P.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiddenPlace {
    /// Which of the networks, by RetroShare's number.
    pub kind: u32,
    /// Its name there.
    pub host: String,
    /// Its port there.
    pub port: u16,
}

impl Invite {
    /// As bare base64.
    pub fn to_text(&self) -> String {
        STANDARD.encode(self.to_bytes())
    }

    /// As a URL, which a browser shows a page for and RetroShare takes.
    pub fn to_url(&self) -> String {
        let text = self.to_text();
        format!("{URL}{}", utf8_percent_encode(&text, ESCAPED))
    }

    /// From bare base64 or a URL, as people paste it; a certificate is told apart.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        match FriendText::parse(text)? {
            FriendText::Invite(invite) => Ok(invite),
            FriendText::Certificate(_) => Err(TextError::Missing("fingerprint")),
        }
    }

    fn to_bytes(&self) -> BytesMut {
        let mut out = BytesMut::new();
        put_packet(tag::LOCATION_ID, self.location.as_bytes(), &mut out);
        put_packet(tag::FINGERPRINT, self.fingerprint.as_bytes(), &mut out);
        put_packet(tag::NAME, self.name.as_bytes(), &mut out);
        if let Some(hidden) = &self.hidden {
            let mut value = hidden.kind.to_be_bytes().to_vec();
            value.extend(hidden.port.to_be_bytes());
            value.extend(hidden.host.bytes());
            put_packet(tag::HIDDEN, &value, &mut out);
        } else {
            if let Some((host, port)) = &self.dns {
                let mut value = port.to_be_bytes().to_vec();
                value.extend(host.bytes());
                put_packet(tag::DNS, &value, &mut out);
            }
            for (tag, address) in [(tag::LOCAL, self.local), (tag::EXTERNAL, self.external)] {
                if let Some(address) = address {
                    put_packet(tag, &address_bytes(address), &mut out);
                }
            }
        }
        for locator in &self.locators {
            put_packet(tag::LOCATOR, locator.as_bytes(), &mut out);
        }
        put_checksum(CHECKSUM, &mut out);
        out
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, TextError> {
        let mut left = checked(bytes, CHECKSUM)?;
        let (mut location, mut fingerprint) = (None, None);
        let mut name = String::new();
        let (mut hidden, mut dns, mut external, mut local) = (None, None, None, None);
        let mut locators = Vec::new();
        while !left.is_empty() {
            let (tag, value) = take_packet(&mut left).ok_or(TextError::Truncated)?;
            let wrong = |part| TextError::PacketSize {
                part,
                size: value.len(),
            };
            match tag {
                tag::LOCATION_ID => {
                    location = Some(LocationId::from_slice(value).ok_or(wrong("node id"))?);
                }
                tag::FINGERPRINT => {
                    let read = Fingerprint::from_slice(value);
                    fingerprint = Some(read.ok_or(wrong("fingerprint"))?);
                }
                tag::NAME => name = text_of(value),
                tag::HIDDEN => hidden = Some(hidden_of(value).ok_or(wrong("hidden address"))?),
                tag::DNS => dns = Some(dns_of(value).ok_or(wrong("host name"))?),
                tag::EXTERNAL => {
                    external = Some(address_of(value).ok_or(wrong("external address"))?);
                }
                tag::LOCAL => local = Some(address_of(value).ok_or(wrong("local address"))?),
                tag::LOCATOR => locators.push(text_of(value)),
                // What newer programs may add.
                _ => {}
            }
        }
        if hidden.is_some() {
            (dns, external, local) = (None, None, None);
        }
        Ok(Self {
            location: location.ok_or(TextError::Missing("node id"))?,
            fingerprint: fingerprint.ok_or(TextError::Missing("fingerprint"))?,
            name,
            hidden,
            dns,
            external,
            local,
            locators,
        })
    }
}

fn hidden_of(value: &[u8]) -> Option<HiddenPlace> {
    let (kind, rest) = value.split_first_chunk()?;
    let (host, port) = dns_of(rest)?;
    Some(HiddenPlace {
        kind: u32::from_be_bytes(*kind),
        host,
        port,
    })
}

fn dns_of(value: &[u8]) -> Option<(String, u16)> {
    let (port, host) = value.split_first_chunk()?;
    Some((text_of(host), u16::from_be_bytes(*port)))
}

fn address_of(value: &[u8]) -> Option<SocketAddrV4> {
    let (octets, port) = value.split_first_chunk()?;
    let port = u16::from_be_bytes(port.try_into().ok()?);
    Some(SocketAddrV4::new(reversed_v4(*octets), port))
}

fn address_bytes(address: SocketAddrV4) -> [u8; 6] {
    let [a, b, c, d] = reversed_v4(address.ip().octets()).octets();
    let [high, low] = address.port().to_be_bytes();
    [a, b, c, d, high, low]
}

/// What real nodes put before an invite.
const URL: &str = "https://me.retroshare.cc?rsInvite=";
/// What a query's value cannot have.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The tag of the last packet.
pub(crate) const CHECKSUM: u8 = 0x04;

mod tag {
    pub(super) const LOCATION_ID: u8 = 0x00;
    pub(super) const NAME: u8 = 0x01;
    pub(super) const LOCATOR: u8 = 0x02;
    pub(super) const FINGERPRINT: u8 = 0x03;
    pub(super) const HIDDEN: u8 = 0x90;
    pub(super) const DNS: u8 = 0x91;
    pub(super) const EXTERNAL: u8 = 0x92;
    pub(super) const LOCAL: u8 = 0x93;
}
