//! Locations: a profile signs its machines, and nobody else does.

use identity::{LocationRefused, SignatureError, verify_location};
use wire_retroshare::LocationCertificate;

use crate::support::{ANA, BEA, MADE, rng};

/// The old format whose signature is over a SHA-1.
const OLD_FORMAT: [u8; 4] = [0x00, 0x06, 0x00, 0x01];

// [RS-1] [RS-4]
#[test]
fn a_location_verifies_with_the_profile_that_signed_it_and_no_other() {
    let location = ANA
        .profile
        .sign_location(ANA.tls.spki_der(), MADE, &mut rng(1))
        .unwrap();
    assert_eq!(location.issuer_pgp_id(), ANA.public().pgp_id());
    assert_eq!(location.subject_public_key_info(), ANA.tls.spki_der());
    assert_eq!(verify_location(&location, ANA.public()), Ok(()));
    assert_eq!(
        verify_location(&location, BEA.public()),
        Err(LocationRefused::OtherProfile)
    );
}

// [RS-1]
#[test]
fn signed_at_another_time_it_is_another_location() {
    let at = |now| {
        ANA.profile
            .sign_location(ANA.tls.spki_der(), now, &mut rng(1))
            .unwrap()
    };
    assert_eq!(at(MADE).location_id(), ANA.location.location_id());
    assert_ne!(at(MADE + 1).location_id(), ANA.location.location_id());
}

// [RS-4] [RS-22]
#[test]
fn a_certificate_in_anas_name_that_bea_signed_is_refused() {
    let tbs = wire_retroshare::location::tbs(ANA.public().pgp_id(), BEA.tls.spki_der());
    let signature = BEA.profile.sign_detached(&tbs, MADE, &mut rng(1)).unwrap();
    let der = wire_retroshare::location::assemble(&tbs, &signature);
    let forged = LocationCertificate::parse(&der).unwrap();
    let refused = Err(LocationRefused::Signature(SignatureError::OtherKey));
    assert_eq!(verify_location(&forged, ANA.public()), refused);
    assert_eq!(
        verify_location(&forged, BEA.public()),
        Err(LocationRefused::OtherProfile)
    );
}

// [RS-4] [RS-22]
#[test]
fn anas_signature_under_another_tls_key_is_refused() {
    let tbs = wire_retroshare::location::tbs(ANA.public().pgp_id(), BEA.tls.spki_der());
    let der = wire_retroshare::location::assemble(&tbs, ANA.location.signature());
    let forged = LocationCertificate::parse(&der).unwrap();
    let refused = Err(LocationRefused::Signature(SignatureError::Mismatch));
    assert_eq!(verify_location(&forged, ANA.public()), refused);
}

// [RS-4]
#[test]
fn an_old_location_is_signed_over_the_hash_of_its_certificate() {
    use rsa::sha2::Digest as _;
    let mut tbs = wire_retroshare::location::tbs(ANA.public().pgp_id(), ANA.tls.spki_der());
    let today = wire_retroshare::location::FORMAT.to_be_bytes();
    let at = tbs
        .windows(3)
        .position(|window| window == &today[1..])
        .unwrap();
    tbs[at..at + 3].copy_from_slice(&OLD_FORMAT[1..]);
    let signed_over = |document: &[u8]| {
        let signature = ANA
            .profile
            .sign_detached(document, MADE, &mut rng(1))
            .unwrap();
        let der = wire_retroshare::location::assemble(&tbs, &signature);
        verify_location(&LocationCertificate::parse(&der).unwrap(), ANA.public())
    };
    assert_eq!(signed_over(&sha1::Sha1::digest(&tbs)), Ok(()));
    let refused = Err(LocationRefused::Signature(SignatureError::Mismatch));
    assert_eq!(signed_over(&tbs), refused);
}
