//! The public half of a person: an OpenPGP key with its name, as it comes in certificates and over
//! discovery.
//!
//! What is kept of a foreign key is the least that identifies a person: the primary key, the first
//! user id that the key itself has signed, that signature, and what others signed on the same user id.
//! Subkeys, pictures and further names are dropped; RetroShare refuses keys that have subkeys.
//!
//! Dates are not looked at, as no RetroShare node does: a key that has expired still names the same person, and what a
//! friend may do was decided by approving them.

use core::fmt;

use bytes::Bytes;
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::packet::{PublicKey, Signature, SignatureType, UserId};
use pgp::types::{KeyDetails as _, Tag};
use wire_retroshare::{Fingerprint, PgpId};

use crate::armor;
use crate::block::{Block, User, primary_key};
use crate::error::{ProfileError, SignatureError};
use crate::name;
use crate::packets::{self, MAX_KEY_BYTES, Raw};
use crate::signatures::{
    MAX_CHECKED, document_signature, long_enough, names, names_only, on_user_id, revoked, signature,
};

/// Certifications by others that are kept on one key.
pub(crate) const MAX_CERTIFICATIONS: usize = 512;

/// What the key can do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// What every node has.
    Rsa,
    /// Kept and shown, but no location of such a profile can be verified.
    Unsupported,
}

/// A person, as everyone may know them. It holds only keys whose name is signed by the key itself.
#[derive(Clone)]
pub struct PublicProfile {
    key: PublicKey,
    fingerprint: Fingerprint,
    user_id: UserId,
    shown: String,
    packets: Bytes,
    /// Where the first certification by another starts; `minimal <= packets.len()`.
    minimal: usize,
    certifications: Vec<Signature>,
}

impl PublicProfile {
    /// From binary packets, as certificates and discovery carry them.
    ///
    /// # Errors
    /// Says what is wrong with the key; nothing of it is kept then.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProfileError> {
        if bytes.len() > MAX_KEY_BYTES {
            return Err(ProfileError::TooLong);
        }
        let packets = packets::split(bytes).map_err(|_| ProfileError::NotPackets)?;
        let block = Block::read(&packets)?;
        let key = primary_key(block.primary)?;
        if revoked(&block.direct, &key) {
            return Err(ProfileError::Revoked);
        }
        let fingerprint =
            packets::fingerprint_of(block.primary.whole).ok_or(ProfileError::Damaged)?;
        let primary = block.primary;
        let (user, own) = block.signed_user(&key)?;
        Ok(Self::assemble(key, fingerprint, primary, &user, own))
    }

    /// From an armoured public key, with or without text around it.
    ///
    /// # Errors
    /// As [`Self::parse`], and where there is no armour.
    pub fn parse_armored(text: &str) -> Result<Self, ProfileError> {
        if text.len() > crate::MAX_ARMORED {
            return Err(ProfileError::TooLong);
        }
        match armor::read(text) {
            Some((armor::Kind::Public, bytes)) => Self::parse(&bytes),
            Some((armor::Kind::Secret, _)) => Err(ProfileError::SecretKey),
            Some((armor::Kind::Message, _)) | None => Err(ProfileError::NotArmored),
        }
    }

    fn assemble(
        key: PublicKey,
        fingerprint: Fingerprint,
        primary: Raw<'_>,
        user: &User<'_>,
        own: Raw<'_>,
    ) -> Self {
        let mut bytes = Vec::new();
        [primary, user.id, own]
            .iter()
            .for_each(|raw| raw.write_to(&mut bytes));
        let minimal = bytes.len();
        let mut certifications = Vec::new();
        let others = user
            .signatures
            .iter()
            .filter_map(|raw| Some((raw, signature(raw)?)));
        for (raw, sig) in others {
            if certifications.len() == MAX_CERTIFICATIONS {
                break;
            }
            if on_user_id(&sig) && !names(&sig, &key) && !certifications.contains(&sig) {
                raw.write_to(&mut bytes);
                certifications.push(sig);
            }
        }
        Self {
            shown: name::shown(user.parsed.id()),
            user_id: user.parsed.clone(),
            key,
            fingerprint,
            packets: bytes.into(),
            minimal,
            certifications,
        }
    }

    /// The fingerprint, 20 bytes: what a friend is known by for ever.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The last 8 bytes of the fingerprint, by which most items name a profile.
    #[must_use]
    pub fn pgp_id(&self) -> PgpId {
        self.fingerprint.pgp_id()
    }

    /// The name that is shown: the user id up to " (". It was chosen by its owner and proves nothing.
    #[must_use]
    pub fn name(&self) -> &str {
        name::name_of(&self.shown)
    }

    /// The whole user id, without characters that cannot be shown.
    #[must_use]
    pub fn user_id(&self) -> &str {
        &self.shown
    }

    /// What the key can do here.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.key.algorithm() {
            PublicKeyAlgorithm::RSA | PublicKeyAlgorithm::RSASign => Algorithm::Rsa,
            _ => Algorithm::Unsupported,
        }
    }

    /// Seconds since 1970 when the key was made, as it says itself.
    #[must_use]
    pub fn created_at(&self) -> u32 {
        self.key.created_at().as_secs()
    }

    /// The key with all that is kept of it, as binary packets.
    #[must_use]
    pub fn packets(&self) -> &[u8] {
        &self.packets
    }

    /// The key, its name and its own signature: what goes into a certificate.
    #[must_use]
    pub fn minimal_packets(&self) -> &[u8] {
        &self.packets[..self.minimal]
    }

    /// [`Self::packets`] as text.
    #[must_use]
    pub fn to_armored(&self) -> String {
        armor::write(armor::Kind::Public, &self.packets)
    }

    /// Whether `signature`, one whole OpenPGP packet, is this profile's signature over `document`.
    ///
    /// It accepts what real nodes accept: version 4, type 0x00, RSA, SHA-1, SHA-256 or SHA-512. Real nodes accept
    /// DSA as well, which is not supported here: there is no [`PublicProfile`] of a DSA key. Beyond that, the packet
    /// must hold nothing that the signature does not protect, since the id of a location is a hash of it.
    ///
    /// # Errors
    /// Says which of these does not hold.
    pub fn verify_detached(&self, document: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let sig = document_signature(signature)?;
        let config = sig.config().ok_or(SignatureError::NotASignature)?;
        let is_rsa = matches!(
            config.pub_alg,
            PublicKeyAlgorithm::RSA | PublicKeyAlgorithm::RSASign
        );
        if !is_rsa || self.algorithm() != Algorithm::Rsa {
            return Err(SignatureError::Algorithm);
        }
        match config.hash_alg {
            HashAlgorithm::Sha1 | HashAlgorithm::Sha256 | HashAlgorithm::Sha512 => {}
            _ => return Err(SignatureError::Hash),
        }
        if !names_only(&sig, &self.key) {
            return Err(SignatureError::OtherKey);
        }
        sig.verify(&self.key, document)
            .map_err(|_| SignatureError::Mismatch)
    }

    /// Whether `signer` has certified that this key belongs to this name, and has not withdrawn it since.
    #[must_use]
    pub fn certified_by(&self, signer: &Self) -> bool {
        let latest = |revocation: bool| {
            self.certifications
                .iter()
                .filter(|sig| (sig.typ() == Some(SignatureType::CertRevocation)) == revocation)
                .filter(|sig| names(sig, &signer.key) && long_enough(sig, &signer.key))
                .take(MAX_CHECKED)
                .filter(|sig| {
                    sig.verify_third_party_certification(
                        &self.key,
                        &signer.key,
                        Tag::UserId,
                        &self.user_id,
                    )
                    .is_ok()
                })
                .filter_map(Signature::created)
                .max()
        };
        latest(false).is_some_and(|made| latest(true).is_none_or(|withdrawn| withdrawn < made))
    }

    /// Whether a certification by `signer`, or the withdrawal of one, is on this key. Nothing is verified.
    #[must_use]
    pub fn is_said_to_be_certified_by(&self, signer: &Self) -> bool {
        let mut all = self.certifications.iter();
        all.any(|sig| names(sig, &signer.key))
    }

    /// This profile with the certifications of `other`, where both are the same key under the same
    /// name; otherwise unchanged. Keys arrive again over discovery, signed by more people.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        if self.fingerprint != other.fingerprint || self.user_id.id() != other.user_id.id() {
            return self.clone();
        }
        let both = [self.packets(), &other.packets[other.minimal..]].concat();
        Self::parse(&both).unwrap_or_else(|_| self.clone())
    }

    /// This profile with one more certification, a whole packet; `None` where none fits any more.
    pub(crate) fn with_certification(&self, packet: &[u8]) -> Option<Self> {
        if self.certifications.len() >= MAX_CERTIFICATIONS {
            return None;
        }
        Self::parse(&[self.packets(), packet].concat()).ok()
    }

    pub(crate) fn key(&self) -> &PublicKey {
        &self.key
    }

    pub(crate) fn user_id_packet(&self) -> &UserId {
        &self.user_id
    }
}

impl fmt::Debug for PublicProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicProfile")
            .field("name", &self.name())
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

impl PartialEq for PublicProfile {
    fn eq(&self, other: &Self) -> bool {
        self.packets == other.packets
    }
}

impl Eq for PublicProfile {}
