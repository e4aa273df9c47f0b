//! A profile at rest: the armoured transferable secret key, which GnuPG, RNP and RetroShare read as
//! well, and which is read here whichever of them wrote it.

use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PacketTrait as _, SecretKey};
use pgp::types::{
    EncryptedSecretParams, Password, PlainSecretParams, PublicParams, S2kParams, SecretParams,
    StringToKey,
};
use rand::{CryptoRng, RngCore};
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, RsaPrivateKey};
use zeroize::Zeroizing;

use crate::armor::{self, MAX_ARMORED};
use crate::error::{ImportError, KeyError};
use crate::key::{ProfileKey, crypto};
use crate::packets::{self, Raw};
use crate::profile::PublicProfile;

/// Bytes of a passphrase; RetroShare's own limit.
pub const MAX_PASSPHRASE: usize = 1024;

/// Coded count of bytes that are hashed to make a key of the passphrase: 65,011,712, the most that
/// the format can say. Every program for OpenPGP of version 4 reads it; memory-hard ways only newer ones do.
const S2K_COUNT: u8 = 255;

/// How the armour of a secret key begins.
const BEGIN_SECRET: &str = "-----BEGIN PGP PRIVATE KEY BLOCK";

/// AES's block, which is the length of an initialisation vector.
const BLOCK: usize = 16;

/// The S2K type with which GnuPG marks a secret that it left out of an export.
const S2K_GNU: u8 = 101;

impl ProfileKey {
    /// The whole key as text, locked with `passphrase`.
    ///
    /// # Errors
    /// Where the passphrase is empty or too long.
    pub fn to_armored<R: CryptoRng + RngCore>(
        &self,
        passphrase: &str,
        rng: &mut R,
    ) -> Result<String, KeyError> {
        if passphrase.is_empty() || passphrase.len() > MAX_PASSPHRASE {
            return Err(KeyError::Passphrase);
        }
        let mut iv = vec![0; BLOCK];
        rng.fill_bytes(&mut iv);
        let lock = S2kParams::Cfb {
            sym_alg: SymmetricKeyAlgorithm::AES256,
            s2k: StringToKey::new_iterated(rng, HashAlgorithm::Sha256, S2K_COUNT),
            iv: iv.into(),
        };
        let mut packets = Vec::new();
        self.unlocked()
            .and_then(|mut key| {
                key.set_password_with_s2k(&passphrase.into(), lock)?;
                key.to_writer_with_header(&mut packets)
            })
            .map_err(|error| crypto(&error))?;
        // The public key packet gives way to the secret one; the rest is the same.
        let rest = packets::first(self.public().packets()).map_or(&[][..], |(_, rest)| rest);
        packets.extend_from_slice(rest);
        Ok(armor::write(armor::Kind::Secret, &packets))
    }

    /// From an armoured secret key: one of ours, or an export of RetroShare, GnuPG or another
    /// program. Subkeys are left out, and so is a public key before it, which RetroShare writes into
    /// the same file.
    ///
    /// A key without protection is opened by any passphrase: [`Self::is_locked`] tells.
    ///
    /// # Errors
    /// Says what is wrong with the text, the key or the passphrase.
    pub fn from_armored(text: &str, passphrase: &str) -> Result<Self, ImportError> {
        let (key, public) = read(text)?;
        let secret = unlock(&key, passphrase)?;
        Ok(Self::from_parts(secret, public))
    }

    /// Whether the secret key in `text` is locked with a passphrase. Where it is not, there is none to
    /// ask for, and one that is given proves nothing.
    ///
    /// # Errors
    /// Those of [`Self::from_armored`] that need no passphrase.
    pub fn is_locked(text: &str) -> Result<bool, ImportError> {
        let (key, _) = read(text)?;
        is_locked(&key)
    }

    /// The key packet with its secret in the clear, as rPGP wants it.
    pub(crate) fn unlocked(&self) -> pgp::errors::Result<SecretKey> {
        let secret = pgp::crypto::rsa::SecretKey::from(self.secret().clone());
        let params = SecretParams::Plain(PlainSecretParams::RSA(secret));
        SecretKey::new(self.public().key().clone(), params)
    }
}

/// The secret key of a text, still locked, and its public half.
fn read(text: &str) -> Result<(SecretKey, PublicProfile), ImportError> {
    // RetroShare exports the public key first, and the secret one behind it.
    let text = text
        .find(BEGIN_SECRET)
        .map_or(text, |at| text.split_at(at).1);
    if text.len() > MAX_ARMORED {
        return Err(ImportError::TooLong);
    }
    let (kind, bytes) = armor::read(text).ok_or(ImportError::NotArmored)?;
    match kind {
        armor::Kind::Secret => {}
        armor::Kind::Public => return Err(ImportError::NotSecret),
        armor::Kind::Message => return Err(ImportError::NotArmored),
    }
    let packets = packets::split(&bytes).map_err(|_| ImportError::NotArmored)?;
    let (primary, rest) = main_key(&packets)?;
    let key = rsa_packet(primary)?;
    let public = public_half(&key, &rest)?;
    Ok((key, public))
}

/// The one primary key, and what belongs to its public half.
fn main_key<'a>(packets: &[Raw<'a>]) -> Result<(Raw<'a>, Vec<Raw<'a>>), ImportError> {
    let (&primary, rest) = packets.split_first().ok_or(ImportError::NotArmored)?;
    match primary.tag {
        packets::SECRET_KEY => {}
        packets::PUBLIC_KEY => return Err(ImportError::NotSecret),
        _ => return Err(ImportError::NotArmored),
    }
    if rest
        .iter()
        .any(|raw| matches!(raw.tag, packets::SECRET_KEY | packets::PUBLIC_KEY))
    {
        return Err(ImportError::MoreThanOneKey);
    }
    let subkey =
        |raw: &&Raw<'_>| !matches!(raw.tag, packets::SECRET_SUBKEY | packets::PUBLIC_SUBKEY);
    Ok((primary, rest.iter().take_while(subkey).copied().collect()))
}

fn rsa_packet(raw: Raw<'_>) -> Result<SecretKey, ImportError> {
    match raw.body {
        // Version, four bytes of time, algorithm.
        [4, _, _, _, _, 1 | 3, ..] => {}
        [4, ..] => return Err(ImportError::NotRsa),
        [version, ..] => return Err(ImportError::Version(*version)),
        [] => return Err(ImportError::Damaged),
    }
    SecretKey::try_from_reader(raw.header(), raw.body).map_err(|_| ImportError::Damaged)
}

fn public_half(key: &SecretKey, rest: &[Raw<'_>]) -> Result<PublicProfile, ImportError> {
    let mut bytes = Vec::new();
    key.public_key()
        .to_writer_with_header(&mut bytes)
        .map_err(|_| ImportError::Damaged)?;
    for raw in rest {
        raw.write_to(&mut bytes);
    }
    Ok(PublicProfile::parse(&bytes)?)
}

fn unlock(key: &SecretKey, passphrase: &str) -> Result<RsaPrivateKey, ImportError> {
    let locked = is_locked(key)?;
    key.unlock(&Password::from(passphrase), |public, secret| {
        Ok(numbers(public, secret))
    })
    .map_err(|_| {
        if locked {
            ImportError::WrongPassphrase
        } else {
            ImportError::Damaged
        }
    })?
    .map_err(|_| ImportError::Damaged)?
    .ok_or(ImportError::Damaged)
}

fn is_locked(key: &SecretKey) -> Result<bool, ImportError> {
    match key.secret_params() {
        SecretParams::Plain(_) => Ok(false),
        SecretParams::Encrypted(lock) => check_lock(lock).map(|()| true),
    }
}

/// A lock that no passphrase opens here is told apart from a wrong passphrase.
fn check_lock(lock: &EncryptedSecretParams) -> Result<(), ImportError> {
    let s2k = match lock.string_to_key_params() {
        S2kParams::Unprotected | S2kParams::LegacyCfb { .. } => return Ok(()),
        S2kParams::Aead { s2k, .. }
        | S2kParams::Cfb { s2k, .. }
        | S2kParams::MalleableCfb { s2k, .. } => s2k,
    };
    match s2k {
        StringToKey::Private { typ: S2K_GNU, .. } => Err(ImportError::SecretMissing),
        StringToKey::Private { .. } | StringToKey::Reserved { .. } | StringToKey::Other { .. } => {
            Err(ImportError::Protection)
        }
        StringToKey::Simple { .. }
        | StringToKey::Salted { .. }
        | StringToKey::IteratedAndSalted { .. }
        | StringToKey::Argon2 { .. } => Ok(()),
    }
}

/// The secret as the `rsa` crate has it, checked against the public half; `None` where they do not
/// fit.
fn numbers(public: &PublicParams, secret: &PlainSecretParams) -> Option<RsaPrivateKey> {
    let (PublicParams::RSA(public), PlainSecretParams::RSA(secret)) = (public, secret) else {
        return None;
    };
    // rPGP cannot take a key apart whose two primes are one; no program makes such a key.
    let root = public.key.n().sqrt();
    if &root * &root == *public.key.n() {
        return None;
    }
    let (d, p, q, u) = secret.to_bytes();
    let [d, p, q, _] = [d, p, q, u].map(Zeroizing::new);
    let [d, p, q] = [&d, &p, &q].map(|bytes| BigUint::from_bytes_be(bytes));
    let (n, e) = (public.key.n().clone(), public.key.e().clone());
    let key = RsaPrivateKey::from_components(n, e, d, vec![p, q]).ok()?;
    key.validate().ok()?;
    Some(key)
}
