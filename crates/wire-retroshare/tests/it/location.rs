//! Certificates of machines.

use proptest::prelude::*;
use rstest::rstest;
use wire_retroshare::der::element;
use wire_retroshare::location::{FORMAT, MAX_DER, assemble, tbs};
use wire_retroshare::{LocationCertificate, LocationError, LocationId, PgpId};

use crate::rig::{hex, identity, identity_bytes};

// [RS-1] [RS-4]
#[rstest]
#[case::a_real_nodes("location_certificate_der_base64", "ssl_id", "pgp_fingerprint", 0x23c)]
#[case::one_that_real_nodes_took(
    "probe_location_certificate_der_base64",
    "probe_ssl_id",
    "probe_pgp_fingerprint",
    0x136
)]
fn a_certificate_is_taken_apart(
    #[case] der: &str,
    #[case] id: &str,
    #[case] fingerprint: &str,
    #[case] signature: usize,
) {
    let der = identity_bytes(der);
    let certificate = LocationCertificate::parse(&der).unwrap();
    assert_eq!(certificate.format(), FORMAT);
    assert_eq!(certificate.location_id(), identity(id).parse().unwrap());
    assert!(identity(fingerprint).ends_with(certificate.issuer()));
    assert_eq!(
        certificate.issuer_pgp_id(),
        certificate.issuer().parse().unwrap()
    );
    // One OpenPGP signature packet, all of it.
    let packet = certificate.signature();
    assert_eq!((packet[0], packet.len()), (0xc2, signature));
    // An RSA key as TLS takes it.
    let spki = certificate.subject_public_key_info();
    assert_eq!(spki[4..19], hex("300d06092a864886f70d0101010500"));
    assert_eq!(certificate.document(), certificate.signed_bytes());
    assert_eq!(certificate.der(), &der);
    assert_eq!(assemble(certificate.signed_bytes(), packet), der);
}

// [RS-1]
#[test]
fn a_real_nodes_certificate_is_built_byte_for_byte() {
    let der = identity_bytes("location_certificate_der_base64");
    let certificate = LocationCertificate::parse(&der).unwrap();
    let pgp_id = identity("pgp_id").parse().unwrap();
    let built = tbs(pgp_id, certificate.subject_public_key_info());
    assert_eq!(built, certificate.signed_bytes());
    assert_eq!(assemble(&built, certificate.signature()), der);
}

/// The probe wrote its first date in the shorter form, which real nodes took.
// [RS-1]
#[test]
fn dates_may_be_of_either_kind() {
    let der = identity_bytes("probe_location_certificate_der_base64");
    let certificate = LocationCertificate::parse(&der).unwrap();
    let built = tbs(
        certificate.issuer_pgp_id(),
        certificate.subject_public_key_info(),
    );
    let short = element(0x17, b"100101000000Z");
    let long = element(0x18, b"20100101000000Z");
    let end = element(0x18, b"21100101000000Z");
    let dates = |first: &[u8]| element(0x30, &[first, &end].concat());
    let rebuilt = replaced(&built[4..], &dates(&long), &dates(&short));
    assert_eq!(element(0x30, &rebuilt), certificate.signed_bytes());
}

// [RS-1]
#[test]
fn old_formats_sign_a_hash_and_end_with_the_id() {
    let spki = element(0x30, b"key");
    let signature: Vec<u8> = (0..40).collect();
    let today = tbs(PgpId::from_bytes([0xab; 8]), &spki);
    let with = |serial: &str| {
        let content = replaced(&today[2..], &hex("0203070001"), &element(2, &hex(serial)));
        let tbs = element(0x30, &content);
        LocationCertificate::parse(&assemble(&tbs, &signature)).unwrap()
    };
    let sha1 = |bytes: &[u8]| wire_retroshare::file_lists::payload_hash(bytes);

    let older = with("060001");
    assert_eq!(older.format(), 0x0006_0001);
    assert_eq!(older.document(), sha1(older.signed_bytes())[..]);
    let hashed = with("070001").location_id();
    assert_eq!(older.location_id(), hashed);

    for serial in ["060000", "01", "1234567890abcdef", "00ff070001"] {
        let oldest = with(serial);
        assert_eq!(oldest.format(), 0x0006_0000);
        assert_eq!(oldest.document(), sha1(oldest.signed_bytes())[..]);
        let end: [u8; 16] = signature[24..].try_into().unwrap();
        assert_eq!(oldest.location_id(), LocationId::from_bytes(end));
    }
}

// [RS-1]
#[test]
fn an_issuer_may_be_a_whole_fingerprint() {
    let spki = element(0x30, b"key");
    let own = tbs(PgpId::from_bytes([0xab; 8]), &spki);
    let name = |text: &[u8]| {
        let pair = [element(0x06, &[0x55, 0x04, 0x03]), element(0x0c, text)].concat();
        element(0x30, &element(0x31, &element(0x30, &pair)))
    };
    let with = |issuer: &[u8]| {
        let content = replaced(&own[2..], &name(b"ABABABABABABABAB"), &name(issuer));
        LocationCertificate::parse(&assemble(&element(0x30, &content), &[7; 40]))
    };
    let fingerprint = "00".repeat(12) + "0102030405060708";
    let certificate = with(fingerprint.as_bytes()).unwrap();
    assert_eq!(
        certificate.issuer_pgp_id().as_bytes(),
        &[1, 2, 3, 4, 5, 6, 7, 8]
    );
    assert_eq!(certificate.issuer(), fingerprint);
    for wrong in [&b"Somebody"[..], b"", b"ABABABABABABABA", b"\xff\xff"] {
        assert_eq!(with(wrong), Err(LocationError::Issuer));
    }
}

// [RS-22]
#[test]
fn what_is_no_certificate_is_told_apart() {
    let der = identity_bytes("location_certificate_der_base64");
    let parse = LocationCertificate::parse;
    assert_eq!(parse(&[]), Err(LocationError::Malformed("frame")));
    assert_eq!(
        parse(&[&der[..], &[0]].concat()),
        Err(LocationError::Trailing)
    );
    assert_eq!(
        parse(&vec![0x30; MAX_DER + 1]),
        Err(LocationError::TooLarge)
    );
    let own = tbs(PgpId::from_bytes([1; 8]), &element(0x30, b"key"));
    assert_eq!(
        parse(&assemble(&own, &[0; 15])),
        Err(LocationError::Signature)
    );
    // An ordinary certificate has a version before its serial number.
    let content = [&hex("a003020102")[..], &own[2..]].concat();
    let v3 = assemble(&element(0x30, &content), &[0; 40]);
    assert_eq!(parse(&v3), Err(LocationError::Malformed("serial number")));
    // Unused bits in the signature.
    let mut odd = assemble(&own, &[0; 40]);
    let place = odd.len() - 41;
    odd[place] = 1;
    assert_eq!(parse(&odd), Err(LocationError::Malformed("signature")));
}

// [RS-22]
#[rstest]
#[case::indefinite("30 80 0000")]
#[case::not_the_shortest("30 81 01 00")]
#[case::leading_zero("30 82 0080")]
#[case::too_long("30 84 00000001 00")]
#[case::long_tag("1f 81 00")]
#[case::cut_off("30 03 0102")]
#[case::no_length("30")]
fn only_strict_der_is_taken(#[case] bytes: &str) {
    let bytes = hex(bytes);
    assert_eq!(wire_retroshare::der::take(&mut &bytes[..]), None);
}

proptest! {
    // [RS-1]
    #[test]
    fn what_is_assembled_is_taken_apart(
        pgp_id in any::<[u8; 8]>(),
        key in prop::collection::vec(any::<u8>(), 0..600),
        signature in prop::collection::vec(any::<u8>(), 16..900),
    ) {
        let spki = element(0x30, &key);
        let tbs = tbs(PgpId::from_bytes(pgp_id), &spki);
        let der = assemble(&tbs, &signature);
        let certificate = LocationCertificate::parse(&der).unwrap();
        prop_assert_eq!(certificate.signed_bytes(), tbs);
        prop_assert_eq!(certificate.subject_public_key_info(), spki);
        prop_assert_eq!(certificate.signature(), signature);
        prop_assert_eq!(certificate.issuer_pgp_id(), PgpId::from_bytes(pgp_id));
        prop_assert_eq!(certificate.format(), FORMAT);
    }

    // [RS-22]
    #[test]
    fn elements_have_the_shortest_length(size in 0usize..70_000) {
        let content = vec![1; size];
        let all = element(0x04, &content);
        let found = wire_retroshare::der::take(&mut &all[..]).unwrap();
        prop_assert_eq!((found.tag, found.content, found.all), (4, &content[..], &all[..]));
    }
}

/// The bytes with the one occurrence of `old` replaced.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = bytes
        .windows(old.len())
        .position(|w| w == old)
        .expect("the old bytes");
    [&bytes[..at], new, &bytes[at + old.len()..]].concat()
}
