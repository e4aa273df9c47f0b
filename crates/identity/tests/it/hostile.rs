//! Whatever arrives, nothing panics, and nothing that was changed is taken for the same.

use identity::{
    ImportError, ProfileError, ProfileKey, PublicProfile, SealedTls, TlsSecret, fingerprint_of,
};
use pgp::armor::BlockType;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    PacketTrait as _, SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::packet::{PubKeyInner, PublicKey, SecretKey};
use pgp::types::{
    KeyDetails as _, KeyVersion, PacketHeaderVersion, Password, PlainSecretParams, PublicParams,
    RsaPublicParams, SecretParams, Tag, Timestamp,
};
use proptest::prelude::*;
use rsa::RsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey as _;

use crate::support::{ANA, MADE, PASSPHRASE, rng};

/// A key with any user id, signed as it should be, by a program that checks no names.
pub(crate) fn profile_named(user_id: &[u8]) -> PublicProfile {
    PublicProfile::parse(&key_named(
        user_id,
        HashAlgorithm::Sha256,
        SignatureType::CertPositive,
    ))
    .unwrap()
}

fn key_named(user_id: &[u8], hash: HashAlgorithm, kind: SignatureType) -> Vec<u8> {
    let (key, secret) = foreign_key();
    // rPGP makes user ids from text only; on the way in it takes bytes.
    let header = pgp::packet::PacketHeader::from_parts(
        PacketHeaderVersion::New,
        Tag::UserId,
        pgp::types::PacketLength::Fixed(u32::try_from(user_id.len()).unwrap()),
    );
    let user_id = UserId::try_from_reader(header.unwrap(), user_id).unwrap();
    let mut config = SignatureConfig::v4(kind, key.algorithm(), hash);
    let made = SubpacketData::SignatureCreationTime(Timestamp::from_secs(MADE));
    config.hashed_subpackets = vec![Subpacket::regular(made).unwrap()];
    let issuer = SubpacketData::IssuerKeyId(key.legacy_key_id());
    config.unhashed_subpackets = vec![Subpacket::regular(issuer).unwrap()];
    let own = config
        .sign_certification(&secret, &key, &Password::empty(), Tag::UserId, &user_id)
        .unwrap();
    let mut out = Vec::new();
    key.to_writer_with_header(&mut out).unwrap();
    user_id.to_writer_with_header(&mut out).unwrap();
    own.to_writer_with_header(&mut out).unwrap();
    out
}

/// Ana's TLS key in the place of a profile's: making a key takes longer than any test here.
fn foreign_key() -> (PublicKey, SecretKey) {
    let rsa = RsaPrivateKey::from_pkcs8_der(ANA.tls.pkcs8_der()).unwrap();
    let params = PublicParams::RSA(RsaPublicParams {
        key: rsa.to_public_key(),
    });
    let made = Timestamp::from_secs(MADE);
    let algorithm = pgp::crypto::public_key::PublicKeyAlgorithm::RSA;
    let inner = PubKeyInner::new(KeyVersion::V4, algorithm, made, None, params).unwrap();
    let key = PublicKey::from_inner(inner).unwrap();
    let secret = SecretParams::Plain(PlainSecretParams::RSA(rsa.into()));
    let secret = SecretKey::new(key.clone(), secret).unwrap();
    (key, secret)
}

/// A secret key without a passphrase, as some programs export it, armoured.
pub(crate) fn unlocked_key() -> String {
    let (key, secret) = foreign_key();
    let public = key_named(b"open", HashAlgorithm::Sha256, SignatureType::CertPositive);
    let mut head = Vec::new();
    key.to_writer_with_header(&mut head).unwrap();
    let mut out = Vec::new();
    secret.to_writer_with_header(&mut out).unwrap();
    out.extend(&public[head.len()..]);
    let mut text = Vec::new();
    pgp::armor::write(&Whole(out), BlockType::PrivateKey, &mut text, None, true).unwrap();
    String::from_utf8(text).unwrap()
}

/// Packets that are already bytes.
struct Whole(Vec<u8>);

impl pgp::ser::Serialize for Whole {
    fn to_writer<W: std::io::Write>(&self, writer: &mut W) -> pgp::errors::Result<()> {
        Ok(writer.write_all(&self.0)?)
    }

    fn write_len(&self) -> usize {
        self.0.len()
    }
}

// [RS-1]
#[test]
fn an_old_key_signed_with_sha1_is_a_profile() {
    let bytes = key_named(b"old (x)", HashAlgorithm::Sha1, SignatureType::CertGeneric);
    let old = PublicProfile::parse(&bytes).unwrap();
    assert_eq!(old.name(), "old");
    assert_eq!(old.minimal_packets(), bytes);
}

// [RS-22]
#[test]
fn a_key_signed_with_md5_is_none() {
    let bytes = key_named(b"older", HashAlgorithm::Md5, SignatureType::CertGeneric);
    assert_eq!(
        PublicProfile::parse(&bytes),
        Err(ProfileError::NoSelfSignature)
    );
}

// [RS-22]
#[test]
fn a_key_that_its_owner_has_revoked_is_refused() {
    let (key, secret) = foreign_key();
    let good = key_named(b"gone", HashAlgorithm::Sha256, SignatureType::CertPositive);
    assert!(PublicProfile::parse(&good).is_ok());
    let mut config = SignatureConfig::v4(
        SignatureType::KeyRevocation,
        key.algorithm(),
        HashAlgorithm::Sha256,
    );
    let made = SubpacketData::SignatureCreationTime(Timestamp::from_secs(MADE));
    config.hashed_subpackets = vec![Subpacket::regular(made).unwrap()];
    let issuer = SubpacketData::IssuerKeyId(key.legacy_key_id());
    config.unhashed_subpackets = vec![Subpacket::regular(issuer).unwrap()];
    let revocation = config.sign_key(&secret, &Password::empty(), &key).unwrap();
    let mut bytes = Vec::new();
    key.to_writer_with_header(&mut bytes).unwrap();
    let rest = good[bytes.len()..].to_vec();
    revocation.to_writer_with_header(&mut bytes).unwrap();
    bytes.extend(rest);
    assert_eq!(PublicProfile::parse(&bytes), Err(ProfileError::Revoked));
}

fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[0xc0 | tag, 0xff][..], &length, body].concat()
}

/// A number as OpenPGP writes it; its first byte is not 0.
fn number(bytes: &[u8]) -> Vec<u8> {
    let bits = bytes.len() * 8 - bytes[0].leading_zeros() as usize;
    [&u16::try_from(bits).unwrap().to_be_bytes()[..], bytes].concat()
}

/// The body of a key that says it is made of these numbers.
fn key_body(algorithm: u8, numbers: &[&[u8]]) -> Vec<u8> {
    let mut body = vec![4, 0x60, 0, 0, 0, algorithm];
    body.extend(numbers.iter().flat_map(|bytes| number(bytes)));
    body
}

fn named(key: &[u8]) -> Vec<u8> {
    [packet(6, key), packet(13, b"eve (x)")].concat()
}

// [RS-22]
#[test]
fn numbers_that_take_others_long_are_no_key() {
    let check = |modulus: &[u8], exponent: &[u8]| {
        PublicProfile::parse(&named(&key_body(1, &[modulus, exponent]))).unwrap_err()
    };
    let usual = [1, 0, 1];
    let odd = |length: usize| vec![0xd5; length];
    assert_eq!(check(&odd(512), &usual), ProfileError::NoSelfSignature);
    assert_eq!(check(&odd(513), &usual), ProfileError::TooLarge(4104));
    assert_eq!(check(&odd(1024), &usual), ProfileError::TooLarge(8192));
    assert_eq!(check(&odd(512), &[3]), ProfileError::NoSelfSignature);
    for exponent in [
        &[1, 0, 3][..],
        &[0xff; 4],
        &[1, 0xff, 0xff, 0xff, 0xff],
        &[1],
        &[2],
    ] {
        let refused = check(&odd(512), exponent);
        // Some of these are no key for the libraries beneath either.
        assert!(
            matches!(refused, ProfileError::Exponent | ProfileError::Damaged),
            "{exponent:?}: {refused}"
        );
    }
}

// [RS-22]
#[test]
fn a_key_made_of_numbers_that_fit_any_signature_is_refused() {
    // DSA with g = 1 and y = p + 1: any r = 1 is a signature, with any s.
    let p = vec![0xf1; 256];
    let mut y = p.clone();
    y[255] = 0xf2;
    let mut q = vec![0xff; 32];
    (q[0], q[31]) = (0x7f, 0xed);
    for (g, y) in [(vec![1], y), (p[..255].to_vec(), vec![2])] {
        let key = key_body(17, &[&p, &q, &g, &y]);
        assert_eq!(PublicProfile::parse(&named(&key)), Err(ProfileError::Dsa));
    }
}

proptest! {
    // [RS-22]
    #[test]
    fn random_bytes_are_no_profile(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(PublicProfile::parse(&bytes).is_err());
        let _ = fingerprint_of(&bytes);
        prop_assert!(ANA.public().verify_detached(b"words", &bytes).is_err());
    }

    // [RS-22]
    #[test]
    fn packets_of_random_content_are_no_profile(
        parts in prop::collection::vec((0_u8..64, prop::collection::vec(any::<u8>(), 0..120)), 0..8),
        algorithm in any::<u8>(),
        numbers in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let key = packet(6, &[&[4, 1, 2, 3, 4, algorithm][..], &numbers].concat());
        let rest: Vec<u8> = parts.iter().flat_map(|(tag, body)| packet(*tag, body)).collect();
        prop_assert!(PublicProfile::parse(&[key, rest].concat()).is_err());
    }

    // [RS-22]
    #[test]
    fn a_changed_key_is_refused_or_still_the_same_person(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let mut bytes = ANA.public().packets().to_vec();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(profile) = PublicProfile::parse(&bytes) {
            prop_assert_eq!(profile.fingerprint(), ANA.public().fingerprint());
            prop_assert_eq!(profile.user_id(), ANA.public().user_id());
        }
    }

    // [RS-22]
    #[test]
    fn changed_armour_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<char>()), 1..4),
    ) {
        let mut text: Vec<char> = ANA.public().to_armored().chars().collect();
        for (at, value) in changes {
            let at = at.index(text.len());
            text[at] = value;
        }
        let text: String = text.into_iter().collect();
        if let Ok(profile) = PublicProfile::parse_armored(&text) {
            prop_assert_eq!(profile.fingerprint(), ANA.public().fingerprint());
        }
    }
}

proptest! {
    // Opening a key is slow on purpose.
    #![proptest_config(ProptestConfig::with_cases(12))]

    // [RS-22]
    #[test]
    fn a_changed_secret_key_never_panics(at in any::<prop::sample::Index>(), value in any::<char>()) {
        let mut text: Vec<char> = include_str!("../keys/ana.asc").chars().collect();
        let at = at.index(text.len());
        text[at] = value;
        let text: String = text.into_iter().collect();
        match ProfileKey::from_armored(&text, PASSPHRASE) {
            Ok(key) => prop_assert_eq!(key.public().fingerprint(), ANA.public().fingerprint()),
            Err(error) => prop_assert!(error != ImportError::TooLong),
        }
    }
}

// [RS-22]
#[test]
fn a_changed_locked_tls_key_never_panics() {
    for at in (0..ANA.sealed.pem.len()).step_by(7) {
        let mut pem = ANA.sealed.pem.clone().into_bytes();
        pem[at] = if pem[at] == b'A' { b'Q' } else { b'A' };
        let sealed = SealedTls {
            pem: String::from_utf8(pem).unwrap(),
            passphrase_message: ANA.sealed.passphrase_message.clone(),
        };
        if let Ok(opened) = TlsSecret::open(&sealed, &ANA.profile) {
            assert_eq!(opened.spki_der(), ANA.tls.spki_der(), "byte {at}");
        }
    }
    let _ = rng(0);
}
