//! A machine's certificate: X.509 in form, with an OpenPGP signature where an RSA signature would be.
//!
//! It is version 1 (no version field), its serial number is a *format*, its issuer is the PGP id of the
//! person in hex, its subject is `-`, and its dates are constant and never looked at. The signature is
//! one whole detached OpenPGP packet over the DER of TBSCertificate. Who holds it against a key must do
//! all of that by hand: nothing here is verified.

use bytes::Bytes;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::der::{self, Element, element, expect, take};
use crate::ids::{Fingerprint, LocationId, PgpId};

/// The format of today: the signature is over TBSCertificate itself.
pub const FORMAT: u32 = 0x0007_0001;

/// The first format in which the id is a hash of the signature and not its end.
const FORMAT_HASHED_ID: u32 = 0x0006_0001;
/// What every other serial number counts as.
const FORMAT_OLDEST: u32 = 0x0006_0000;

/// The largest certificate that is looked at, in bytes: one with RSA keys of 16384 bits has a third.
pub const MAX_DER: usize = 16 * 1024;

/// A machine's certificate, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocationCertificate {
    der: Bytes,
    format: u32,
    issuer: String,
    issuer_pgp_id: PgpId,
    tbs: Bytes,
    spki: Bytes,
    signature: Bytes,
}

/// Why some bytes are no certificate of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LocationError {
    /// More than [`MAX_DER`].
    #[error("the certificate is larger than {MAX_DER} bytes")]
    TooLarge,
    /// A part is no DER, or not what belongs there.
    #[error("the {0} in the certificate is malformed")]
    Malformed(&'static str),
    /// Bytes behind the certificate.
    #[error("there are bytes behind the certificate")]
    Trailing,
    /// The issuer is no PGP id.
    #[error("the issuer of the certificate is no PGP id")]
    Issuer,
    /// The signature is too short to make an id of.
    #[error("the signature in the certificate is too short")]
    Signature,
}

impl LocationCertificate {
    /// Takes a certificate apart. Nothing is verified.
    pub fn parse(der: &[u8]) -> Result<Self, LocationError> {
        if der.len() > MAX_DER {
            return Err(LocationError::TooLarge);
        }
        let der = Bytes::copy_from_slice(der);
        let mut outside = &*der;
        let certificate = part("frame", expect(der::SEQUENCE, &mut outside))?;
        if !outside.is_empty() {
            return Err(LocationError::Trailing);
        }
        let mut left = certificate.content;
        let tbs = part("body", expect(der::SEQUENCE, &mut left))?;
        part("algorithm", expect(der::SEQUENCE, &mut left))?;
        let bits = part("signature", expect(der::BIT_STRING, &mut left))?;
        let (0, signature) = part(
            "signature",
            bits.content.split_first().map(|(n, s)| (*n, s)),
        )?
        else {
            return Err(LocationError::Malformed("signature"));
        };
        if !left.is_empty() {
            return Err(LocationError::Malformed("frame"));
        }
        if signature.len() < LocationId::SIZE {
            return Err(LocationError::Signature);
        }
        let body = Body::take(tbs.content)?;
        Ok(Self {
            format: body.format,
            issuer_pgp_id: pgp_id(&body.issuer).ok_or(LocationError::Issuer)?,
            issuer: body.issuer,
            tbs: der.slice_ref(tbs.all),
            spki: der.slice_ref(body.spki),
            signature: der.slice_ref(signature),
            der,
        })
    }

    /// The certificate itself.
    pub fn der(&self) -> &Bytes {
        &self.der
    }

    /// The format, which stands where a serial number would; today [`FORMAT`].
    pub fn format(&self) -> u32 {
        self.format
    }

    /// Who signed it, as text: 16 or 40 hex digits.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Who signed it.
    pub fn issuer_pgp_id(&self) -> PgpId {
        self.issuer_pgp_id
    }

    /// The DER of TBSCertificate, exactly as it came.
    pub fn signed_bytes(&self) -> &[u8] {
        &self.tbs
    }

    /// The document that the signature is over: the signed bytes, or in older formats their SHA-1.
    pub fn document(&self) -> Bytes {
        if self.format == FORMAT {
            return self.tbs.clone();
        }
        Bytes::copy_from_slice(&Sha1::digest(&self.tbs))
    }

    /// The machine's public key: the DER of SubjectPublicKeyInfo.
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.spki
    }

    /// The signature: one OpenPGP packet.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Whether the id is a hash of the signature. In the oldest format it is the end of the signature itself,
    /// which proves less: whoever could choose those bytes would choose the id.
    pub fn has_hashed_id(&self) -> bool {
        self.format >= FORMAT_HASHED_ID
    }

    /// The machine's id. The signature makes it: a certificate that is signed again is another machine.
    pub fn location_id(&self) -> LocationId {
        let mut id = [0; LocationId::SIZE];
        if self.has_hashed_id() {
            id.copy_from_slice(&Sha256::digest(&self.signature)[..LocationId::SIZE]);
        } else {
            // `parse` has checked that there are so many.
            id.copy_from_slice(&self.signature[self.signature.len() - LocationId::SIZE..]);
        }
        LocationId::from_bytes(id)
    }
}

/// What is to be signed for a machine's key (the DER of its SubjectPublicKeyInfo), in today's format.
pub fn tbs(pgp_id: PgpId, spki_der: &[u8]) -> Vec<u8> {
    let issuer = pgp_id.to_string();
    let dates = [
        element(der::GENERALIZED_TIME, NOT_BEFORE),
        element(der::GENERALIZED_TIME, NOT_AFTER),
    ];
    let parts = [
        element(der::INTEGER, &FORMAT.to_be_bytes()[1..]),
        algorithm(),
        name(issuer.as_bytes()),
        element(der::SEQUENCE, &dates.concat()),
        name(SUBJECT),
        spki_der.to_vec(),
    ];
    element(der::SEQUENCE, &parts.concat())
}

/// A certificate of what [`tbs`] made and the signature over it, one OpenPGP packet.
pub fn assemble(tbs: &[u8], signature: &[u8]) -> Vec<u8> {
    let bits = [&[0], signature].concat();
    let parts = [tbs, &algorithm(), &element(der::BIT_STRING, &bits)];
    element(der::SEQUENCE, &parts.concat())
}

/// What is inside TBSCertificate.
struct Body<'a> {
    format: u32,
    issuer: String,
    spki: &'a [u8],
}

impl<'a> Body<'a> {
    /// COMPAT(RetroShare): the subject may hold more than its `-`, and dates may be of either kind:
    /// nobody looks at them.
    fn take(mut left: &'a [u8]) -> Result<Self, LocationError> {
        let serial = part("serial number", expect(der::INTEGER, &mut left))?;
        part("algorithm", expect(der::SEQUENCE, &mut left))?;
        let issuer = part("issuer", expect(der::SEQUENCE, &mut left))?;
        part("validity", expect(der::SEQUENCE, &mut left))?;
        part("subject", expect(der::SEQUENCE, &mut left))?;
        let spki = part("public key", expect(der::SEQUENCE, &mut left))?;
        if !left.is_empty() {
            return Err(LocationError::Malformed("body"));
        }
        Ok(Self {
            format: format_of(serial.content),
            issuer: common_name(issuer.content).ok_or(LocationError::Issuer)?,
            spki: spki.all,
        })
    }
}

fn part<T>(name: &'static str, found: Option<T>) -> Result<T, LocationError> {
    found.ok_or(LocationError::Malformed(name))
}

fn format_of(serial: &[u8]) -> u32 {
    let number = match serial {
        [0, rest @ ..] | rest if rest.len() <= 4 => {
            rest.iter().fold(0, |n, b| n << 8 | u32::from(*b))
        }
        _ => FORMAT_OLDEST,
    };
    match number {
        FORMAT | FORMAT_HASHED_ID => number,
        _ => FORMAT_OLDEST,
    }
}

/// The one CN of a name.
fn common_name(mut names: &[u8]) -> Option<String> {
    let mut set = expect(der::SET, &mut names)?.content;
    let mut pair = expect(der::SEQUENCE, &mut set)?.content;
    if !names.is_empty() || !set.is_empty() {
        return None;
    }
    let kind = expect(der::OBJECT_ID, &mut pair)?;
    let value: Element<'_> = take(&mut pair)?;
    let is_text = matches!(value.tag, der::UTF8_STRING | der::PRINTABLE_STRING);
    if kind.content != COMMON_NAME || !is_text || !pair.is_empty() {
        return None;
    }
    core::str::from_utf8(value.content).ok().map(str::to_owned)
}

/// COMPAT(RetroShare): real nodes write the id and also take the whole fingerprint.
fn pgp_id(issuer: &str) -> Option<PgpId> {
    let short = issuer.parse().ok();
    short.or_else(|| issuer.parse().ok().map(|f: Fingerprint| f.pgp_id()))
}

fn name(common_name: &[u8]) -> Vec<u8> {
    let pair = [
        element(der::OBJECT_ID, COMMON_NAME),
        element(der::UTF8_STRING, common_name),
    ];
    let set = element(der::SET, &element(der::SEQUENCE, &pair.concat()));
    element(der::SEQUENCE, &set)
}

fn algorithm() -> Vec<u8> {
    let parts = [
        element(der::OBJECT_ID, SHA256_WITH_RSA),
        element(der::NULL, &[]),
    ];
    element(der::SEQUENCE, &parts.concat())
}

/// 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// 1.2.840.113549.1.1.11. A fiction: the signature is an OpenPGP packet.
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
/// Constant, so that nothing of the person leaks.
const SUBJECT: &[u8] = b"-";
const NOT_BEFORE: &[u8] = b"20100101000000Z";
const NOT_AFTER: &[u8] = b"21100101000000Z";
