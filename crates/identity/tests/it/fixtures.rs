//! `tests/keys`: three people for the tests of all crates. The keys are public, so they are worth
//! nothing outside of tests.

use std::fs;
use std::path::{Path, PathBuf};

use identity::{KeyBits, ProfileKey, TlsSecret, verify_location};

use crate::support::{ANA, BEA, CYD, MADE, PASSPHRASE, rng};

/// Makes the files anew: `cargo test -p identity -- --ignored make_the_test_keys`. The same seeds
/// give the same keys.
#[test]
#[ignore = "writes into the source tree"]
fn make_the_test_keys() {
    for (seed, name) in [(1, "ana"), (2, "bea"), (3, "cyd")] {
        let rng = &mut rng(seed);
        let profile = ProfileKey::generate(name, None, KeyBits::Rsa2048, MADE, rng).unwrap();
        let tls = TlsSecret::generate(KeyBits::Rsa2048, rng).unwrap();
        let sealed = tls.seal(&profile, rng).unwrap();
        write(
            name,
            "asc",
            profile.to_armored(PASSPHRASE, rng).unwrap().as_bytes(),
        );
        write(name, "pub.asc", profile.public().to_armored().as_bytes());
        write(name, "tls.pem", sealed.pem.as_bytes());
        write(name, "tls.pgp", sealed.passphrase_message.as_bytes());
        write(name, "tls.der", tls.pkcs8_der());
        let location = profile.sign_location(tls.spki_der(), MADE, rng).unwrap();
        write(name, "der", location.der());
    }
}

// [RS-1]
#[test]
fn the_test_keys_open_and_belong_together() {
    for (name, person) in [("ana", &ANA), ("bea", &BEA), ("cyd", &CYD)] {
        assert_eq!(person.public().name(), name);
        assert_eq!(person.public().created_at(), MADE);
        assert_eq!(verify_location(&person.location, person.public()), Ok(()));
        assert_eq!(
            person.location.subject_public_key_info(),
            person.tls.spki_der()
        );
        assert_eq!(
            fs::read(file(name, "tls.der")).unwrap(),
            person.tls.pkcs8_der()
        );
        let public = fs::read_to_string(file(name, "pub.asc")).unwrap();
        assert_eq!(public, person.public().to_armored());
    }
}

fn file(name: &str, kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/keys")
        .join(format!("{name}.{kind}"))
}

fn write(name: &str, kind: &str, bytes: &[u8]) {
    fs::create_dir_all(file(name, kind).parent().unwrap()).unwrap();
    fs::write(file(name, kind), bytes).unwrap();
}
