//! Secrets at rest: the profile under its passphrase, the location's key under the profile.

use identity::{ImportError, KeyBits, KeyError, ProfileKey, SealedTls, TlsSecret, UnsealError};

use crate::hostile::unlocked_key;
use crate::support::{ANA, BEA, MADE, PASSPHRASE, rng};

// [RS-1]
#[test]
fn an_exported_profile_is_imported_as_the_same_one() {
    let text = ANA
        .profile
        .to_armored("correct horse", &mut rng(1))
        .unwrap();
    let again = ProfileKey::from_armored(&text, "correct horse").unwrap();
    assert_eq!(again.public(), ANA.public());
    let signature = again.sign_detached(b"words", MADE, &mut rng(2)).unwrap();
    assert_eq!(ANA.public().verify_detached(b"words", &signature), Ok(()));
    assert!(text.starts_with("-----BEGIN PGP PRIVATE KEY BLOCK-----\n"));
}

// [RS-1]
#[test]
fn a_file_with_the_public_key_before_or_after_the_secret_one_is_imported() {
    let secret = include_str!("../keys/ana.asc");
    let public = ANA.public().to_armored();
    // RetroShare writes the public key first.
    for text in [
        format!("{public}{secret}"),
        format!("{public}\n\n{}", secret.replace('\n', "\r\n")),
        format!("my key\n{secret}\n{public}"),
    ] {
        assert_eq!(ProfileKey::is_locked(&text), Ok(true));
        let again = ProfileKey::from_armored(&text, PASSPHRASE).unwrap();
        assert_eq!(again.public(), ANA.public());
        assert_eq!(
            ProfileKey::from_armored(&text, "another").unwrap_err(),
            ImportError::WrongPassphrase
        );
    }
    let refused = ProfileKey::from_armored(&format!("{public}{public}"), PASSPHRASE);
    assert_eq!(refused.unwrap_err(), ImportError::NotSecret);
}

// [RS-1]
#[test]
fn a_key_without_a_lock_is_told_from_one_with_it() {
    let open = include_str!("../keys/open.asc");
    assert_eq!(open, unlocked_key(), "as it was made");
    assert_eq!(ProfileKey::is_locked(open), Ok(false));
    assert_eq!(
        ProfileKey::from_armored(open, "any")
            .unwrap()
            .public()
            .name(),
        "open"
    );
    let locked = ANA.profile.to_armored("x", &mut rng(1)).unwrap();
    assert_eq!(ProfileKey::is_locked(&locked), Ok(true));
    let public = ANA.public().to_armored();
    assert_eq!(ProfileKey::is_locked(&public), Err(ImportError::NotSecret));
    assert_eq!(ProfileKey::is_locked("words"), Err(ImportError::NotArmored));
}

// [RS-1]
#[test]
fn an_export_says_nothing_without_its_passphrase() {
    let text = ANA
        .profile
        .to_armored("correct horse", &mut rng(1))
        .unwrap();
    for wrong in ["", "correct hors", "correct horse ", "Correct horse"] {
        assert_eq!(
            ProfileKey::from_armored(&text, wrong).unwrap_err(),
            ImportError::WrongPassphrase
        );
    }
    let other_salt = ANA
        .profile
        .to_armored("correct horse", &mut rng(2))
        .unwrap();
    assert_ne!(text, other_salt);
}

// [RS-1]
#[test]
fn a_passphrase_that_protects_nothing_is_refused() {
    let export = |passphrase: &str| ANA.profile.to_armored(passphrase, &mut rng(1));
    assert_eq!(export("").unwrap_err(), KeyError::Passphrase);
    assert_eq!(export(&"x".repeat(1025)).unwrap_err(), KeyError::Passphrase);
    assert!(export(&"x".repeat(1024)).is_ok());
}

// [RS-1]
#[test]
fn the_lock_is_one_that_other_programs_know() {
    let text = ANA.profile.to_armored("x", &mut rng(1)).unwrap();
    let bytes = dearmored(&text);
    let public = ANA.public().packets();
    // The body of the public key packet, then how it is locked: a SHA-1 check (254), AES-256 (9),
    // iterated and salted (3), SHA-256 (8), eight bytes of salt, the highest count.
    let key = &public[3..3 + 6 + 2 + 256 + 2 + 3];
    let at = bytes
        .windows(key.len())
        .position(|window| window == key)
        .unwrap()
        + key.len();
    assert_eq!(bytes[at..at + 4], [254, 9, 3, 8]);
    assert_eq!(bytes[at + 12], 255);
}

fn dearmored(text: &str) -> Vec<u8> {
    use rsa::pkcs8::der::pem;
    let body: String = text
        .lines()
        .skip(2)
        .take_while(|line| !line.starts_with(['=', '-']))
        .collect();
    // PEM is the same base64 between other lines.
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let pem = format!("-----BEGIN X-----\n{}\n-----END X-----\n", lines.join("\n"));
    pem::decode_vec(pem.as_bytes()).unwrap().1
}

// [RS-1]
#[test]
fn text_that_is_no_secret_key_is_refused_with_its_reason() {
    let check = |text: &str| ProfileKey::from_armored(text, PASSPHRASE).unwrap_err();
    assert_eq!(check(""), ImportError::NotArmored);
    assert_eq!(check("words"), ImportError::NotArmored);
    assert_eq!(check(&ANA.public().to_armored()), ImportError::NotSecret);
    assert_eq!(
        check(&ANA.sealed.passphrase_message),
        ImportError::NotArmored
    );
    assert_eq!(check(&"x".repeat(512 * 1024 + 1)), ImportError::TooLong);
    let text = ANA.profile.to_armored(PASSPHRASE, &mut rng(1)).unwrap();
    let half: String = text
        .lines()
        .take(12)
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(check(&half), ImportError::NotArmored);
}

// [RS-1]
#[test]
fn a_sealed_tls_key_opens_for_its_profile_only() {
    let tls = TlsSecret::generate(KeyBits::Rsa2048, &mut rng(7)).unwrap();
    let sealed = tls.seal(&ANA.profile, &mut rng(8)).unwrap();
    assert!(
        sealed
            .pem
            .starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    );
    assert!(
        sealed
            .passphrase_message
            .starts_with("-----BEGIN PGP MESSAGE-----\n")
    );
    let opened = TlsSecret::open(&sealed, &ANA.profile).unwrap();
    assert_eq!(opened.pkcs8_der(), tls.pkcs8_der());
    assert_eq!(opened.spki_der(), tls.spki_der());
    assert_eq!(
        TlsSecret::open(&sealed, &BEA.profile).unwrap_err(),
        UnsealError::Passphrase
    );
}

// [RS-1] [RS-22]
#[test]
fn parts_of_two_seals_do_not_fit() {
    let mixed = SealedTls {
        pem: ANA.sealed.pem.clone(),
        passphrase_message: ANA
            .tls
            .seal(&ANA.profile, &mut rng(9))
            .unwrap()
            .passphrase_message,
    };
    assert_eq!(
        TlsSecret::open(&mixed, &ANA.profile).unwrap_err(),
        UnsealError::Key
    );
    let no_message = SealedTls {
        pem: ANA.sealed.pem.clone(),
        passphrase_message: "words".to_owned(),
    };
    assert_eq!(
        TlsSecret::open(&no_message, &ANA.profile).unwrap_err(),
        UnsealError::Passphrase
    );
    let no_pem = SealedTls {
        pem: "words".to_owned(),
        passphrase_message: ANA.sealed.passphrase_message.clone(),
    };
    assert_eq!(
        TlsSecret::open(&no_pem, &ANA.profile).unwrap_err(),
        UnsealError::Key
    );
}

// [RS-22]
#[test]
fn a_damaged_seal_never_opens() {
    for at in 0..ANA.sealed.passphrase_message.len() {
        let mut message = ANA.sealed.passphrase_message.clone().into_bytes();
        message[at] = if message[at] == b'B' { b'C' } else { b'B' };
        let sealed = SealedTls {
            pem: ANA.sealed.pem.clone(),
            passphrase_message: String::from_utf8(message).unwrap(),
        };
        // A changed checksum or header line of the armour protects nothing and may pass.
        if let Ok(opened) = TlsSecret::open(&sealed, &ANA.profile) {
            assert_eq!(opened.pkcs8_der(), ANA.tls.pkcs8_der(), "byte {at}");
        }
    }
}

// [RS-1]
#[test]
fn a_plain_tls_key_is_taken_where_tls_can_use_it() {
    let again = TlsSecret::from_pkcs8_der(ANA.tls.pkcs8_der()).unwrap();
    assert_eq!(again.spki_der(), ANA.tls.spki_der());
    assert_eq!(
        TlsSecret::from_pkcs8_der(b"words").unwrap_err(),
        UnsealError::NotRsa
    );
    let short = rsa::RsaPrivateKey::new(&mut rng(3), 1024).unwrap();
    let der = rsa::pkcs8::EncodePrivateKey::to_pkcs8_der(&short).unwrap();
    assert_eq!(
        TlsSecret::from_pkcs8_der(der.as_bytes()).unwrap_err(),
        UnsealError::NotRsa
    );
}
