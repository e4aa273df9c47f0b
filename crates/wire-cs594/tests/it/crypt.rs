//! [594-6]: known vectors, an independent program's packet, and every kind of failure.

use proptest::prelude::*;
use wire_cs594::crypt::{decrypt, encrypt};
use wire_cs594::{CryptError, Key, KeyError, Request};

const NIST_KEY: &str = "2b7e151628aed2a6abf7158809cf4f3c";
const IV: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

fn hex(digits: &str) -> Vec<u8> {
    let digits: String = digits.split_whitespace().collect();
    let pair = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(pair).collect()
}

fn unbase64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}

// [594-6] NIST SP 800-38A, F.2.1 CBC-AES128.Encrypt; the padding's block follows.
#[test]
fn sealing_gives_the_blocks_of_the_standard() {
    let plain = hex(
        "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51
         30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710",
    );
    let blocks = hex(
        "7649abac8119b246cee98e9b12e9197d 5086cb9b507219ee95db113a917678b2
         73bed6b8e3c1743b7116e69e22229516 3ff1caa1681fac09120eca307586e1a7",
    );
    let key = Key::from_hex(NIST_KEY).unwrap();
    let text = encrypt(&key, IV, &plain);
    let sealed = unbase64(&text);
    assert_eq!(sealed[..16], IV);
    assert_eq!(sealed[16..80], blocks);
    assert_eq!(sealed.len(), 16 + 64 + 16);
    assert_eq!(decrypt(&key, text.as_bytes()), Ok(plain));
}

// [594-6] made with `openssl enc -aes-128-cbc`
#[test]
fn a_packet_that_another_program_sealed_opens() {
    let text = b"AAECAwQFBgcICQoLDA0OD/yA6A++DfWqsMqG0hqt+vru4bdIFnXtiQXELPa66RBg\
        BwvBJpMuDI2ug7pEhkAkCo9h1Zch+4wGRQ7PIIkP/FQ=";
    let plain = decrypt(&Key::from_hex(NIST_KEY).unwrap(), text).unwrap();
    assert_eq!(Request::decode(&plain), Ok(Request::Connect("ana".into())));
}

// [594-6]
#[test]
fn a_key_is_32_hexadecimal_digits() {
    let key = Key::from_hex("2B7E151628AED2A6abf7158809cf4f3c").unwrap();
    assert_eq!(key.to_hex().as_str(), NIST_KEY);
    assert_eq!(format!("{key:?}"), "Key(…)");
    let wrong = [
        "",
        "2b",
        "2b7e151628aed2a6abf7158809cf4f3",
        "2b7e151628aed2a6abf7158809cf4f3c0",
        "2b7e151628aed2a6abf7158809cf4f3g",
        "+b7e151628aed2a6abf7158809cf4f3c",
        "éé7e151628aed2a6abf7158809cf4f3c",
    ];
    for text in wrong {
        assert_eq!(Key::from_hex(text).err(), Some(KeyError), "{text:?}");
    }
}

// [594-6]
#[test]
fn every_failure_is_the_same_error() {
    let key = Key::from_hex(NIST_KEY).unwrap();
    let good = encrypt(&key, IV, b"{}");
    let other = Key::from_bytes([7; 16]);
    let table: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"A".to_vec(),
        b"AAAA".to_vec(),
        b"%%%%".to_vec(),
        b"AAECAwQFBgcICQoLDA0ODw==".to_vec(),
        good.as_bytes()[..good.len() - 4].to_vec(),
        format!("{good}\n").into_bytes(),
        good.replace('=', "").into_bytes(),
        encrypt(&other, IV, b"{}").into_bytes(),
    ];
    for text in table {
        assert_eq!(decrypt(&key, &text), Err(CryptError));
    }
}

proptest! {
    // [594-6]
    #[test]
    fn what_was_sealed_opens(key: [u8; 16], iv: [u8; 16], plain: Vec<u8>) {
        let key = Key::from_bytes(key);
        let text = encrypt(&key, iv, &plain);
        prop_assert_eq!(decrypt(&key, text.as_bytes()), Ok(plain));
    }

    // [594-6]
    #[test]
    fn hostile_text_never_panics(key: [u8; 16], text: Vec<u8>) {
        let _ = decrypt(&Key::from_bytes(key), &text);
        wire_cs594::fuzz::fuzz_decrypt(&text);
    }
}
