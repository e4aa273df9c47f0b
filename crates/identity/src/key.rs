//! The secret half of one's own profile: making it, and signing with it.
//!
//! Signatures are made with blinding: the `rsa` crate's arithmetic does not take the same time for all
//! numbers, and a random factor hides what could be learnt from that over the network.

use core::cell::RefCell;
use core::fmt;

use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{
    Features, KeyFlags, PacketTrait, PubKeyInner, PublicKey, Signature, SignatureConfig,
    SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::types::{
    CompressionAlgorithm, KeyDetails, KeyId, KeyVersion, Mpi, PacketHeaderVersion, Password,
    PublicParams, RsaPublicParams, SignatureBytes, SigningKey, Tag, Timestamp,
};
use rand::{CryptoRng, RngCore};
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha2::Sha256;

use crate::error::KeyError;
use crate::name;
use crate::profile::PublicProfile;

/// How long a new key is. Each step costs several times the time of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum KeyBits {
    /// Enough for tests; RetroShare accepts it.
    Rsa2048,
    /// In between.
    Rsa3072,
    /// What RetroShare makes.
    #[default]
    Rsa4096,
}

impl KeyBits {
    pub(crate) fn bits(self) -> usize {
        match self {
            Self::Rsa2048 => 2048,
            Self::Rsa3072 => 3072,
            Self::Rsa4096 => 4096,
        }
    }
}

/// One's own profile, unlocked. Its secret numbers are wiped from memory when it is dropped.
pub struct ProfileKey {
    secret: RsaPrivateKey,
    public: PublicProfile,
}

impl ProfileKey {
    /// A new profile: one RSA key without subkeys that may do everything, never expires, and has
    /// signed its name.
    ///
    /// # Errors
    /// Where name or address cannot be used.
    pub fn generate<R: CryptoRng + RngCore>(
        name: &str,
        email: Option<&str>,
        bits: KeyBits,
        now_unix: u32,
        rng: &mut R,
    ) -> Result<Self, KeyError> {
        let user_id = name::user_id(name, email)?;
        let secret = RsaPrivateKey::new(rng, bits.bits()).map_err(|error| crypto(&error))?;
        Self::signed(secret, &user_id, now_unix, rng).map_err(|error| crypto(&error))
    }

    fn signed<R: CryptoRng + RngCore>(
        secret: RsaPrivateKey,
        user_id: &str,
        now_unix: u32,
        rng: &mut R,
    ) -> pgp::errors::Result<Self> {
        let params = PublicParams::RSA(RsaPublicParams {
            key: secret.to_public_key(),
        });
        let now = Timestamp::from_secs(now_unix);
        let inner = PubKeyInner::new(KeyVersion::V4, PublicKeyAlgorithm::RSA, now, None, params)?;
        let key = PublicKey::from_inner(inner)?;
        let user_id = UserId::from_str(PacketHeaderVersion::New, user_id)?;
        let mut config = config(SignatureType::CertPositive, &key);
        config.hashed_subpackets = about_itself(now)?;
        config.unhashed_subpackets = issuer(&key)?;
        let signer = Blinded {
            secret: &secret,
            key: &key,
            rng: RefCell::new(rng),
        };
        let own =
            config.sign_certification(&signer, &key, &Password::empty(), Tag::UserId, &user_id)?;
        let mut packets = Vec::new();
        key.to_writer_with_header(&mut packets)?;
        user_id.to_writer_with_header(&mut packets)?;
        own.to_writer_with_header(&mut packets)?;
        let public = PublicProfile::parse(&packets)
            .map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(Self { secret, public })
    }

    pub(crate) fn from_parts(secret: RsaPrivateKey, public: PublicProfile) -> Self {
        Self { secret, public }
    }

    pub(crate) fn secret(&self) -> &RsaPrivateKey {
        &self.secret
    }

    /// What others may know of it.
    #[must_use]
    pub fn public(&self) -> &PublicProfile {
        &self.public
    }

    /// One whole detached signature packet over `document`: version 4, type 0x00, SHA-256, naming its
    /// maker by the key id alone, since old nodes stumble over the fingerprint.
    ///
    /// # Errors
    /// Only where the libraries beneath fail.
    pub fn sign_detached<R: CryptoRng + RngCore>(
        &self,
        document: &[u8],
        now_unix: u32,
        rng: &mut R,
    ) -> Result<Vec<u8>, KeyError> {
        self.at(SignatureType::Binary, now_unix)
            .and_then(|config| config.sign(&self.blinded(rng), &Password::empty(), document))
            .and_then(|signature| packet(&signature))
            .map_err(|error| crypto(&error))
    }

    /// `other` with our certification that key and name belong together. It is no approval of a
    /// friend; it tells others what we believe.
    ///
    /// # Errors
    /// Where the key holds so many certifications already that none fits.
    pub fn certify<R: CryptoRng + RngCore>(
        &self,
        other: &PublicProfile,
        now_unix: u32,
        rng: &mut R,
    ) -> Result<PublicProfile, KeyError> {
        if other.certified_by(&self.public) {
            return Ok(other.clone());
        }
        let signature = self
            .at(SignatureType::CertGeneric, now_unix)
            .and_then(|config| {
                let (key, name) = (other.key(), other.user_id_packet());
                let signer = self.blinded(rng);
                config.sign_certification_third_party(
                    &signer,
                    &Password::empty(),
                    key,
                    Tag::UserId,
                    name,
                )
            })
            .and_then(|signature| packet(&signature))
            .map_err(|error| crypto(&error))?;
        other.with_certification(&signature).ok_or(KeyError::Full)
    }

    /// A signature of ours with no subpackets but the time and the maker.
    fn at(&self, kind: SignatureType, now_unix: u32) -> pgp::errors::Result<SignatureConfig> {
        let key = self.public.key();
        let mut config = config(kind, key);
        let now = Timestamp::from_secs(now_unix);
        config.hashed_subpackets = vec![Subpacket::regular(SubpacketData::SignatureCreationTime(
            now,
        ))?];
        config.unhashed_subpackets = issuer(key)?;
        Ok(config)
    }

    fn blinded<'a, R>(&'a self, rng: &'a mut R) -> Blinded<'a, R> {
        Blinded {
            secret: &self.secret,
            key: self.public.key(),
            rng: RefCell::new(rng),
        }
    }
}

impl fmt::Debug for ProfileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

pub(crate) fn crypto(error: &impl fmt::Display) -> KeyError {
    KeyError::Crypto(error.to_string())
}

fn config(kind: SignatureType, key: &PublicKey) -> SignatureConfig {
    SignatureConfig::v4(kind, key.algorithm(), HashAlgorithm::Sha256)
}

/// The unhashed area: the key id, as all generations of RetroShare write it.
fn issuer(key: &PublicKey) -> pgp::errors::Result<Vec<Subpacket>> {
    Ok(vec![Subpacket::regular(SubpacketData::IssuerKeyId(
        key.legacy_key_id(),
    ))?])
}

/// What a new key says of itself: it does everything, and which algorithms to write to it with.
fn about_itself(now: Timestamp) -> pgp::errors::Result<Vec<Subpacket>> {
    let mut flags = KeyFlags::default();
    flags.set_certify(true);
    flags.set_sign(true);
    flags.set_encrypt_comms(true);
    flags.set_encrypt_storage(true);
    flags.set_authentication(true);
    let mut features = Features::new();
    features.set_seipd_v1(true);
    let ciphers = [
        SymmetricKeyAlgorithm::AES256,
        SymmetricKeyAlgorithm::AES192,
        SymmetricKeyAlgorithm::AES128,
    ];
    let hashes = [
        HashAlgorithm::Sha256,
        HashAlgorithm::Sha384,
        HashAlgorithm::Sha512,
    ];
    let compressions = [
        CompressionAlgorithm::ZLIB,
        CompressionAlgorithm::Uncompressed,
    ];
    [
        SubpacketData::SignatureCreationTime(now),
        SubpacketData::IsPrimary(true),
        SubpacketData::KeyFlags(flags),
        SubpacketData::PreferredSymmetricAlgorithms(ciphers.into_iter().collect()),
        SubpacketData::PreferredHashAlgorithms(hashes.into_iter().collect()),
        SubpacketData::PreferredCompressionAlgorithms(compressions.into_iter().collect()),
        SubpacketData::Features(features),
    ]
    .into_iter()
    .map(Subpacket::regular)
    .collect()
}

fn packet(signature: &Signature) -> pgp::errors::Result<Vec<u8>> {
    let mut out = Vec::new();
    signature.to_writer_with_header(&mut out)?;
    Ok(out)
}

/// The key as rPGP asks for one, signing with a random factor.
struct Blinded<'a, R> {
    secret: &'a RsaPrivateKey,
    key: &'a PublicKey,
    /// rPGP signs through a shared reference.
    rng: RefCell<&'a mut R>,
}

impl<R: CryptoRng + RngCore> SigningKey for Blinded<'_, R> {
    fn sign(
        &self,
        _: &Password,
        hash: HashAlgorithm,
        digest: &[u8],
    ) -> pgp::errors::Result<SignatureBytes> {
        if hash != HashAlgorithm::Sha256 {
            return Err(std::io::Error::other("only SHA-256 is signed").into());
        }
        let scheme = Pkcs1v15Sign::new::<Sha256>();
        let signature = self
            .secret
            .sign_with_rng(&mut **self.rng.borrow_mut(), scheme, digest)?;
        Ok(SignatureBytes::Mpis(vec![Mpi::from_slice(&signature)]))
    }

    fn hash_alg(&self) -> HashAlgorithm {
        HashAlgorithm::Sha256
    }
}

impl<R> KeyDetails for Blinded<'_, R> {
    fn version(&self) -> KeyVersion {
        self.key.version()
    }

    fn legacy_key_id(&self) -> KeyId {
        self.key.legacy_key_id()
    }

    fn fingerprint(&self) -> pgp::types::Fingerprint {
        self.key.fingerprint()
    }

    fn algorithm(&self) -> PublicKeyAlgorithm {
        self.key.algorithm()
    }

    fn created_at(&self) -> Timestamp {
        self.key.created_at()
    }

    fn legacy_v3_expiration_days(&self) -> Option<u16> {
        None
    }

    fn public_params(&self) -> &PublicParams {
        self.key.public_params()
    }
}

impl<R> fmt::Debug for Blinded<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blinded")
            .field("key", self.key)
            .finish_non_exhaustive()
    }
}
