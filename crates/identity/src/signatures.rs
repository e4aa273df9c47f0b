//! Questions about signatures that come from others.

use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::SubpacketData::{IssuerFingerprint, IssuerKeyId};
use pgp::packet::{PublicKey, Signature, SignatureType};
use pgp::ser::Serialize as _;
use pgp::types::{KeyDetails as _, PublicParams, SignatureBytes};
use rsa::traits::PublicKeyParts as _;
use wire_retroshare::Fingerprint;

use crate::error::SignatureError;
use crate::packets::{self, Raw};

/// Signatures checked for one question. A real key has one that fits, or two where a date was changed; a
/// hostile one could carry hundreds that only look so, each an RSA operation.
pub(crate) const MAX_CHECKED: usize = 2;

/// Bytes that an RSA signature may be shorter than its key: one of 2^64 is shorter still.
const LEADING_ZEROS: usize = 8;

pub(crate) fn signature(raw: &Raw<'_>) -> Option<Signature> {
    // Version 4 alone: older ones have no use here, newer ones are for newer keys.
    (raw.tag == packets::SIGNATURE && raw.body.first() == Some(&4)).then_some(())?;
    Signature::try_from_reader(raw.header(), raw.body).ok()
}

pub(crate) fn on_user_id(sig: &Signature) -> bool {
    sig.is_certification() || sig.typ() == Some(SignatureType::CertRevocation)
}

/// Whether `sig` says that `key` made it. Nothing is verified.
pub(crate) fn names(sig: &Signature, key: &PublicKey) -> bool {
    sig.issuer_key_id().contains(&&key.legacy_key_id())
        || sig.issuer_fingerprint().contains(&&key.fingerprint())
}

/// Whether `sig` may be one of the key's: a shorter number than its signatures have is made up, and not worth the
/// time to check it. So who wants checks made in vain has to send as many bytes as real ones have.
pub(crate) fn long_enough(sig: &Signature, key: &PublicKey) -> bool {
    let PublicParams::RSA(rsa) = key.public_params() else {
        return true;
    };
    match sig.signature() {
        Some(SignatureBytes::Mpis(numbers)) => numbers
            .first()
            .is_some_and(|number| number.as_ref().len() + LEADING_ZEROS >= rsa.key.size()),
        Some(SignatureBytes::Native(_)) | None => false,
    }
}

/// Whether everyone that `sig` names as its maker is `key`.
pub(crate) fn names_only(sig: &Signature, key: &PublicKey) -> bool {
    let id = key.legacy_key_id();
    let fingerprint = key.fingerprint();
    sig.issuer_key_id().iter().all(|&issuer| *issuer == id)
        && sig
            .issuer_fingerprint()
            .iter()
            .all(|&issuer| *issuer == fingerprint)
}

/// SHA-1 is let through for old keys; rPGP computes it with collision detection. MD5 is not.
pub(crate) fn strong_enough(sig: &Signature) -> bool {
    !matches!(
        sig.hash_alg(),
        Some(HashAlgorithm::Md5 | HashAlgorithm::Ripemd160) | None
    )
}

/// Whether the key has revoked itself. Who wants to hide that leaves the revocation out; a bound on
/// what is checked gives them nothing.
pub(crate) fn revoked(direct: &[Raw<'_>], key: &PublicKey) -> bool {
    direct
        .iter()
        .filter_map(signature)
        .filter(|sig| sig.typ() == Some(SignatureType::KeyRevocation) && names(sig, key))
        .filter(|sig| long_enough(sig, key))
        .take(MAX_CHECKED)
        .any(|sig| sig.verify_key(key).is_ok())
}

/// One packet over the bytes of a document, with nothing loose in it.
pub(crate) fn document_signature(bytes: &[u8]) -> Result<Signature, SignatureError> {
    let (raw, rest) = packets::first(bytes).ok_or(SignatureError::NotASignature)?;
    if raw.tag != packets::SIGNATURE || !rest.is_empty() {
        return Err(SignatureError::NotASignature);
    }
    match raw.body {
        [4, 0, ..] => {}
        [4, kind, ..] => return Err(SignatureError::Type(*kind)),
        [version, ..] => return Err(SignatureError::Version(*version)),
        [] => return Err(SignatureError::NotASignature),
    }
    let sig = signature(&raw).ok_or(SignatureError::NotASignature)?;
    let tight = sig.to_bytes().ok().as_deref() == Some(raw.body);
    if !tight || !only_issuer_unhashed(&sig) {
        return Err(SignatureError::Loose);
    }
    Ok(sig)
}

/// The fingerprint that a signature over a document protects, of the key that is said to have made it.
pub(crate) fn claimed_fingerprint(bytes: &[u8]) -> Option<Fingerprint> {
    let sig = document_signature(bytes).ok()?;
    let hashed = &sig.config()?.hashed_subpackets;
    let mut told = hashed.iter().filter_map(|sub| match &sub.data {
        IssuerFingerprint(fingerprint) => fingerprint.as_bytes().try_into().ok(),
        _ => None,
    });
    told.next().map(Fingerprint::from_bytes)
}

/// What is outside the hash may say who signed, once each way, and nothing more.
fn only_issuer_unhashed(sig: &Signature) -> bool {
    let Some(config) = sig.config() else {
        return false;
    };
    let loose = &config.unhashed_subpackets;
    let ids = loose
        .iter()
        .filter(|sub| matches!(sub.data, IssuerKeyId(_)))
        .count();
    let prints = loose
        .iter()
        .filter(|sub| matches!(sub.data, IssuerFingerprint(_)))
        .count();
    ids <= 1
        && prints <= 1
        && ids + prints == loose.len()
        && loose.iter().all(|sub| !sub.is_critical)
}
