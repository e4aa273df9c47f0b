//! Who plays in the friends' targets: two of the keys that the tests have.

use friends::fuzz::Cast;
use identity::PublicProfile;
use wire_retroshare::{Certificate, LocationCertificate};

/// Ana's node, and Bea, whom she has approved.
pub fn cast() -> Cast {
    let own = include_str!("../../../crates/identity/tests/keys/ana.pub.asc");
    let other = include_str!("../../../crates/identity/tests/keys/bea.pub.asc");
    let certificate = include_bytes!("../../../crates/identity/tests/keys/bea.der");
    let [own, other] = [own, other].map(|text| PublicProfile::parse_armored(text).unwrap());
    let machine = LocationCertificate::parse(certificate).unwrap();
    let text = Certificate {
        pgp_key: other.packets().to_vec().into(),
        location: Some((machine.location_id(), "beas".into())),
        external: None,
        local: None,
        dns: None,
        hidden: None,
        locators: Vec::new(),
    };
    Cast {
        own,
        text: text.to_text(false),
        certificate: certificate.to_vec(),
    }
}
