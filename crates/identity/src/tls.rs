//! The secret of a location: the RSA key that it shows in TLS, and how it is kept.
//!
//! At rest it is in two parts, as with RetroShare: the key as `ENCRYPTED PRIVATE KEY` in PEM under a random passphrase,
//! and that passphrase as an OpenPGP message to the profile. So one passphrase, the profile's, opens
//! everything, and changing it changes one file.

use core::fmt;

use pgp::composed::{PlainSessionKey, RawSessionKey};
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PacketTrait as _, PublicKeyEncryptedSessionKey, SymEncryptedProtectedData};
use pgp::types::{DecryptionKey as _, EskType, Password, Seipdv1ReadMode};
use rand::{CryptoRng, RngCore};
use rsa::RsaPrivateKey;
use rsa::pkcs8::pkcs5::pbes2;
use rsa::pkcs8::{
    DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, EncryptedPrivateKeyInfo,
    LineEnding, PrivateKeyInfo, SecretDocument,
};
use rsa::traits::PublicKeyParts as _;
use zeroize::Zeroizing;

use crate::armor::{self, MAX_ARMORED};
use crate::error::{KeyError, UnsealError};
use crate::key::{KeyBits, ProfileKey, crypto};
use crate::packets;

/// Random bytes of the passphrase; as many as the cipher's key has.
const PASSPHRASE: usize = 32;
/// Rounds of PBKDF2. OpenSSL's number; more would guard nothing, since the passphrase is random.
const ROUNDS: u32 = 2048;
/// The largest message looked at: the passphrase and a little around it.
const MAX_MESSAGE: usize = 4096;
/// The packets of an encrypted message.
const ENCRYPTED_KEY: u8 = 1;
const ENCRYPTED_DATA: u8 = 18;
const LITERAL: u8 = 11;

/// The PEM label of a locked key.
const LOCKED: &str = "ENCRYPTED PRIVATE KEY";

/// A location's TLS key. It is wiped from memory when dropped.
pub struct TlsSecret {
    pkcs8: Zeroizing<Vec<u8>>,
    spki: Vec<u8>,
}

/// A [`TlsSecret`] as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedTls {
    /// The key, `ENCRYPTED PRIVATE KEY` in PEM.
    pub pem: String,
    /// Its passphrase, an armoured OpenPGP message to the profile.
    pub passphrase_message: String,
}

impl TlsSecret {
    /// A new key.
    ///
    /// # Errors
    /// Only where the libraries beneath fail.
    pub fn generate<R: CryptoRng + RngCore>(bits: KeyBits, rng: &mut R) -> Result<Self, KeyError> {
        let key = RsaPrivateKey::new(rng, bits.bits()).map_err(|error| crypto(&error))?;
        Self::from_key(&key).ok_or_else(|| crypto(&"the key cannot be written as PKCS#8"))
    }

    /// From PKCS#8.
    ///
    /// # Errors
    /// Where it is no RSA key of 2048 to 4096 bits, which is what TLS here can use.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, UnsealError> {
        let key = RsaPrivateKey::from_pkcs8_der(der).map_err(|_| UnsealError::NotRsa)?;
        if !(2048..=4096).contains(&key.n().bits()) {
            return Err(UnsealError::NotRsa);
        }
        Self::from_key(&key).ok_or(UnsealError::NotRsa)
    }

    fn from_key(key: &RsaPrivateKey) -> Option<Self> {
        let spki = key.to_public_key().to_public_key_der().ok()?.into_vec();
        let pkcs8 = key.to_pkcs8_der().ok()?.to_bytes();
        Some(Self { pkcs8, spki })
    }

    /// The secret key as PKCS#8, for TLS.
    #[must_use]
    pub fn pkcs8_der(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The public key as SubjectPublicKeyInfo, for the certificate.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// Locked so that only `profile` opens it.
    ///
    /// # Errors
    /// Only where the libraries beneath fail.
    pub fn seal<R: CryptoRng + RngCore>(
        &self,
        profile: &ProfileKey,
        rng: &mut R,
    ) -> Result<SealedTls, KeyError> {
        let passphrase = random_passphrase(rng);
        let pem = lock(&self.pkcs8, passphrase.as_bytes(), rng)
            .ok_or_else(|| crypto(&"the key cannot be locked"))?;
        let message =
            encrypt(passphrase.as_bytes(), profile, rng).map_err(|error| crypto(&error))?;
        Ok(SealedTls {
            pem,
            passphrase_message: armor::write(armor::Kind::Message, &message),
        })
    }

    /// Opens what [`Self::seal`] has made for the same profile.
    ///
    /// # Errors
    /// Says which of the two parts is wrong.
    pub fn open(sealed: &SealedTls, profile: &ProfileKey) -> Result<Self, UnsealError> {
        if sealed.pem.len() > MAX_ARMORED || sealed.passphrase_message.len() > MAX_MESSAGE {
            return Err(UnsealError::Passphrase);
        }
        let Some((armor::Kind::Message, message)) = armor::read(&sealed.passphrase_message) else {
            return Err(UnsealError::Passphrase);
        };
        let passphrase = decrypt(&message, profile).ok_or(UnsealError::Passphrase)?;
        let der = unlock(&sealed.pem, &passphrase).ok_or(UnsealError::Key)?;
        Self::from_pkcs8_der(der.as_bytes())
    }
}

impl fmt::Debug for TlsSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsSecret").finish_non_exhaustive()
    }
}

/// Hexadecimal, so that it can be handed to other programs.
fn random_passphrase<R: CryptoRng + RngCore>(rng: &mut R) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; PASSPHRASE]);
    rng.fill_bytes(bytes.as_mut());
    // With its full length from the start: growing would leave pieces behind in memory.
    let mut text = Zeroizing::new(String::with_capacity(2 * PASSPHRASE));
    for nibble in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
    }
    text
}

fn lock<R: CryptoRng + RngCore>(pkcs8: &[u8], passphrase: &[u8], rng: &mut R) -> Option<String> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut iv);
    let how = pbes2::Parameters::pbkdf2_sha256_aes256cbc(ROUNDS, &salt, &iv).ok()?;
    let locked = PrivateKeyInfo::try_from(pkcs8)
        .ok()?
        .encrypt_with_params(how, passphrase)
        .ok()?;
    let pem = locked.to_pem(LOCKED, LineEnding::LF).ok()?;
    Some(pem.as_str().to_owned())
}

fn unlock(pem: &str, passphrase: &[u8]) -> Option<SecretDocument> {
    let (label, document) = SecretDocument::from_pem(pem).ok()?;
    (label == LOCKED).then_some(())?;
    EncryptedPrivateKeyInfo::try_from(document.as_bytes())
        .ok()?
        .decrypt(passphrase)
        .ok()
}

/// An OpenPGP message to `profile` alone: AES-256 with the integrity check of version 4.
fn encrypt<R: CryptoRng + RngCore>(
    secret: &[u8],
    profile: &ProfileKey,
    rng: &mut R,
) -> pgp::errors::Result<Vec<u8>> {
    let cipher = SymmetricKeyAlgorithm::AES256;
    let mut key = Zeroizing::new(vec![0; cipher.key_size()]);
    rng.fill_bytes(&mut key);
    let key = RawSessionKey::from(key);
    let recipient = profile.public().key();
    let mut out = Vec::new();
    PublicKeyEncryptedSessionKey::from_session_key_v3(&mut *rng, &key, cipher, recipient)?
        .to_writer_with_header(&mut out)?;
    SymEncryptedProtectedData::encrypt_seipdv1(&mut *rng, cipher, key.as_ref(), &literal(secret))?
        .to_writer_with_header(&mut out)?;
    Ok(out)
}

fn decrypt(message: &[u8], profile: &ProfileKey) -> Option<Zeroizing<Vec<u8>>> {
    let packets = packets::split(message).ok()?;
    let [to, data] = packets.as_slice() else {
        return None;
    };
    (to.tag == ENCRYPTED_KEY && data.tag == ENCRYPTED_DATA).then_some(())?;
    let to = PublicKeyEncryptedSessionKey::try_from_reader(to.header(), to.body).ok()?;
    let key = profile.unlocked().ok()?;
    let session = key
        .decrypt(&Password::empty(), to.values().ok()?, EskType::V3_4)
        .ok()?
        .ok()?;
    let PlainSessionKey::V3_4 { sym_alg, ref key } = session else {
        return None;
    };
    let data = SymEncryptedProtectedData::try_from_reader(data.header(), data.body).ok()?;
    // Only the first form: rPGP's reading of the second needs no cipher from here.
    (data.version() == 1).then_some(())?;
    let mode = Seipdv1ReadMode::CheckFirst {
        max_message_size: MAX_MESSAGE,
    };
    let plain = Zeroizing::new(data.decrypt(key.as_ref(), Some(sym_alg), mode).ok()?);
    unliteral(&plain)
}

/// A literal data packet: binary, without a file name and a date.
fn literal(secret: &[u8]) -> Zeroizing<Vec<u8>> {
    let body = [b"b\0\0\0\0\0", secret].concat();
    let body = Zeroizing::new(body);
    let mut out = Zeroizing::new(Vec::with_capacity(body.len() + 6));
    out.extend([0xc0 | LITERAL, 0xff]);
    // A passphrase of 64 bytes.
    out.extend((body.len() as u32).to_be_bytes());
    out.extend_from_slice(&body);
    out
}

fn unliteral(plain: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (packet, _) = packets::first(plain)?;
    (packet.tag == LITERAL).then_some(())?;
    let (_format, rest) = packet.body.split_first()?;
    let (&name, rest) = rest.split_first()?;
    // After the name come four bytes of date.
    Some(Zeroizing::new(rest.get(usize::from(name) + 4..)?.to_vec()))
}
