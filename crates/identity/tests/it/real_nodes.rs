//! Keys and certificates that real nodes made (nodeA) or accepted (the probe).

use identity::{LocationRefused, PublicProfile, claimed_fingerprint, verify_location};
use rstest::rstest;
use wire_retroshare::{Certificate, LocationCertificate};

use crate::support::vector;

struct Node {
    profile: PublicProfile,
    location: LocationCertificate,
}

fn node(certificate: &str, location: &str) -> Node {
    let text = Certificate::parse(vector(certificate)).unwrap();
    Node {
        profile: PublicProfile::parse(&text.pgp_key).unwrap(),
        location: LocationCertificate::parse(&base64(vector(location))).unwrap(),
    }
}

fn node_a() -> Node {
    node("certificate_text", "location_certificate_der_base64")
}

fn probe() -> Node {
    node(
        "probe_certificate_text",
        "probe_location_certificate_der_base64",
    )
}

fn base64(text: &str) -> Vec<u8> {
    use rsa::pkcs8::der::pem;
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let pem = format!("-----BEGIN X-----\n{}\n-----END X-----\n", lines.join("\n"));
    pem::decode_vec(pem.as_bytes()).unwrap().1
}

// [RS-1] [RS-2]
#[test]
fn the_key_of_a_real_node_is_a_profile() {
    let node = node_a();
    assert_eq!(node.profile.name(), "nodeA");
    assert_eq!(
        node.profile.fingerprint().to_string(),
        vector("pgp_fingerprint")
    );
    assert_eq!(node.profile.pgp_id().to_string(), vector("pgp_id"));
    let text = Certificate::parse(vector("certificate_text")).unwrap();
    assert_eq!(
        node.profile.minimal_packets(),
        &text.pgp_key[..],
        "byte for byte"
    );
}

// [RS-1]
#[test]
fn the_key_of_the_probe_is_a_profile() {
    let probe = probe();
    assert_eq!(probe.profile.name(), "probe");
    assert_eq!(
        probe.profile.fingerprint().to_string(),
        vector("probe_pgp_fingerprint")
    );
}

// [RS-3]
#[test]
fn the_certificate_of_a_real_node_tells_the_whole_fingerprint() {
    let a = node_a();
    assert_eq!(
        claimed_fingerprint(&a.location),
        Some(a.profile.fingerprint())
    );
    // Ours tell the id alone, as programs of all ages read that.
    let own = include_bytes!("../keys/ana.der");
    let own = LocationCertificate::parse(own).unwrap();
    assert_eq!(claimed_fingerprint(&own), None);
}

// [RS-4]
#[test]
fn their_locations_verify_with_their_own_profiles_only() {
    let (a, probe) = (node_a(), probe());
    assert_eq!(verify_location(&a.location, &a.profile), Ok(()));
    assert_eq!(verify_location(&probe.location, &probe.profile), Ok(()));
    let other = Err(LocationRefused::OtherProfile);
    assert_eq!(verify_location(&a.location, &probe.profile), other);
    assert_eq!(verify_location(&probe.location, &a.profile), other);
    assert_eq!(a.location.location_id().to_string(), vector("ssl_id"));
    assert_eq!(
        probe.location.location_id().to_string(),
        vector("probe_ssl_id")
    );
}

// [RS-4] [RS-22]
#[rstest]
#[case::node_a(node_a())]
#[case::probe(probe())]
fn one_changed_bit_in_what_is_signed_or_in_the_signature_is_noticed(#[case] node: Node) {
    let der = node.location.der().to_vec();
    let place = |part: &[u8]| {
        let at = der
            .windows(part.len())
            .position(|window| window == part)
            .unwrap();
        at..at + part.len()
    };
    let places = [
        place(node.location.signed_bytes()),
        place(node.location.signature()),
    ];
    for at in places.into_iter().flatten() {
        let mut bent = der.clone();
        bent[at] ^= 1 << (at % 8);
        // The bytes may be no certificate any more; if they are, the signature does not hold.
        if let Ok(location) = LocationCertificate::parse(&bent) {
            assert!(
                verify_location(&location, &node.profile).is_err(),
                "byte {at}"
            );
        }
    }
}
