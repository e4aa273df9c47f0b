//! Public keys: what is taken, what is kept of it, who has signed it.

use identity::{
    Algorithm, MAX_KEY_BYTES, ProfileError, ProfileKey, PublicProfile, SignatureError,
    fingerprint_of,
};
use rstest::rstest;

use crate::support::{ANA, BEA, CYD, MADE, PASSPHRASE, rng};

/// The packets of a key: (tag, whole packet). Ours all have headers of the new form.
fn packets(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut out = Vec::new();
    while let [head, rest @ ..] = bytes {
        let (length, octets) = match rest {
            [one @ 0..192, ..] => (usize::from(*one), 1),
            [one, two, ..] => (
                ((usize::from(*one) - 192) << 8) + usize::from(*two) + 192,
                2,
            ),
            [..] => panic!("cut off"),
        };
        let (packet, after) = bytes.split_at(1 + octets + length);
        out.push((head & 0x3f, packet.to_vec()));
        bytes = after;
    }
    out
}

fn joined(packets: &[&[u8]]) -> Vec<u8> {
    packets.concat()
}

fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    [&[0xc0 | tag, 0xff][..], &length.to_be_bytes(), body].concat()
}

// [RS-1]
#[test]
fn a_new_key_is_a_primary_key_its_name_and_its_own_signature() {
    let ana = ANA.public();
    let tags: Vec<u8> = packets(ana.packets()).iter().map(|(tag, _)| *tag).collect();
    assert_eq!(tags, [6, 13, 2]);
    assert_eq!(ana.algorithm(), Algorithm::Rsa);
    assert_eq!(ana.minimal_packets(), ana.packets());
}

/// Subpackets: kind and content.
type Area = Vec<(u8, Vec<u8>)>;

/// The subpackets of a version 4 signature: hashed types, unhashed types.
fn subpackets(signature: &[u8]) -> (Area, Area) {
    fn area(bytes: &[u8]) -> (Area, &[u8]) {
        let (area, rest) =
            bytes[2..].split_at(usize::from(u16::from_be_bytes([bytes[0], bytes[1]])));
        let mut out = Vec::new();
        let mut left = area;
        while let [length, kind, ..] = left {
            let end = 1 + usize::from(*length);
            out.push((*kind, left[2..end].to_vec()));
            left = &left[end..];
        }
        (out, rest)
    }
    // Header of three bytes, then version, type, two algorithms.
    let (hashed, rest) = area(&signature[3 + 4..]);
    (hashed, area(rest).0)
}

// [RS-1]
#[test]
fn the_own_signature_says_what_current_nodes_say_and_leaves_out_what_old_ones_choke_on() {
    let signature = packets(ANA.public().packets())[2].1.clone();
    // Version 4, positive certification, RSA, SHA-256.
    assert_eq!(signature[3..7], [4, 0x13, 1, 8]);
    let (hashed, loose) = subpackets(&signature);
    let hashed_kinds: Vec<u8> = hashed.iter().map(|(kind, _)| *kind).collect();
    assert!(!hashed_kinds.contains(&33), "issuer fingerprint");
    assert!(!hashed_kinds.contains(&9), "key expiration");
    assert_eq!(hashed[0], (2, MADE.to_be_bytes().to_vec()));
    // Certify, sign, encrypt twice, authenticate.
    assert!(hashed.contains(&(27, vec![0x2f])));
    assert_eq!(loose, [(16, ANA.public().pgp_id().as_bytes().to_vec())]);
}

// [RS-1]
#[test]
fn a_detached_signature_is_one_packet_with_time_and_issuer_only() {
    let signature = ANA
        .profile
        .sign_detached(b"words", MADE, &mut rng(4))
        .unwrap();
    let all = packets(&signature);
    assert_eq!(all.len(), 1);
    assert_eq!(signature[3..7], [4, 0x00, 1, 8]);
    let (hashed, loose) = subpackets(&signature);
    assert_eq!(hashed, [(2, MADE.to_be_bytes().to_vec())]);
    assert_eq!(loose, [(16, ANA.public().pgp_id().as_bytes().to_vec())]);
    assert_eq!(ANA.public().verify_detached(b"words", &signature), Ok(()));
}

// [RS-22]
#[test]
fn a_signature_of_another_key_or_over_other_words_is_refused() {
    let signature = ANA
        .profile
        .sign_detached(b"words", MADE, &mut rng(4))
        .unwrap();
    let by_bea = BEA.public().verify_detached(b"words", &signature);
    assert_eq!(by_bea, Err(SignatureError::OtherKey));
    let other_words = ANA.public().verify_detached(b"Words", &signature);
    assert_eq!(other_words, Err(SignatureError::Mismatch));
}

// [RS-22]
#[test]
fn what_is_no_detached_signature_is_refused_with_its_reason() {
    let ana = ANA.public();
    let good = ANA
        .profile
        .sign_detached(b"words", MADE, &mut rng(4))
        .unwrap();
    let check = |signature: &[u8]| ana.verify_detached(b"words", signature).unwrap_err();
    assert_eq!(check(b""), SignatureError::NotASignature);
    assert_eq!(
        check(&good[..good.len() - 1]),
        SignatureError::NotASignature
    );
    assert_eq!(
        check(&joined(&[&good, &good])),
        SignatureError::NotASignature
    );
    assert_eq!(check(ana.packets()), SignatureError::NotASignature);
    assert_eq!(
        check(&packets(ana.packets())[2].1),
        SignatureError::Type(0x13)
    );
    let with = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        check(&bytes)
    };
    assert_eq!(with(3, 3), SignatureError::Version(3));
    assert_eq!(with(3, 6), SignatureError::Version(6));
    assert_eq!(with(4, 0x01), SignatureError::Type(1));
    assert_eq!(with(6, 9), SignatureError::Hash);
    assert_eq!(with(6, 1), SignatureError::Hash);
    // DSA by an RSA key.
    assert!(matches!(
        with(5, 17),
        SignatureError::Algorithm | SignatureError::NotASignature
    ));
}

// [RS-22]
#[test]
fn a_byte_changed_anywhere_in_a_signature_is_noticed() {
    let good = ANA
        .profile
        .sign_detached(b"words", MADE, &mut rng(4))
        .unwrap();
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            assert!(
                ANA.public().verify_detached(b"words", &bad).is_err(),
                "byte {at}, bit {bit}"
            );
        }
    }
}

// [RS-1]
#[test]
fn a_key_survives_both_its_forms() {
    let ana = ANA.public();
    assert_eq!(&PublicProfile::parse(ana.packets()).unwrap(), ana);
    assert_eq!(
        &PublicProfile::parse_armored(&ana.to_armored()).unwrap(),
        ana
    );
    let letter = format!(
        "Hello,\nhere is my key:\n\n{}\n-- \nAna\n",
        ana.to_armored()
    );
    assert_eq!(&PublicProfile::parse_armored(&letter).unwrap(), ana);
    let windows = ana.to_armored().replace('\n', "\r\n");
    assert_eq!(&PublicProfile::parse_armored(&windows).unwrap(), ana);
}

// [RS-1]
#[test]
fn the_fingerprint_is_found_without_looking_at_the_rest() {
    let ana = ANA.public();
    assert_eq!(fingerprint_of(ana.packets()), Some(ana.fingerprint()));
    let key = packets(ana.packets())[0].1.clone();
    assert_eq!(fingerprint_of(&key), Some(ana.fingerprint()));
    assert_eq!(fingerprint_of(&key[..key.len() - 1]), None);
    assert_eq!(fingerprint_of(b""), None);
    assert_eq!(fingerprint_of(&ana.packets()[key.len()..]), None);
    assert_eq!(ana.pgp_id(), ana.fingerprint().pgp_id());
}

// [RS-2] [RS-22]
#[test]
fn a_key_that_is_no_profile_is_refused_with_its_reason() {
    let all = packets(ANA.public().packets());
    let [key, name, own] = [&all[0].1, &all[1].1, &all[2].1].map(Vec::as_slice);
    let bea = BEA.public().packets();
    let check = |bytes: &[u8]| PublicProfile::parse(bytes).unwrap_err();
    assert_eq!(check(b""), ProfileError::NoKey);
    assert_eq!(check(b"plain words"), ProfileError::NotPackets);
    assert_eq!(check(&own[..own.len() - 1]), ProfileError::NotPackets);
    assert_eq!(check(name), ProfileError::NoKey);
    assert_eq!(check(key), ProfileError::NoUserId);
    assert_eq!(check(&joined(&[key, own])), ProfileError::NoUserId);
    assert_eq!(check(&joined(&[key, name])), ProfileError::NoSelfSignature);
    assert_eq!(
        check(&joined(&[key, name, own, bea])),
        ProfileError::MoreThanOneKey
    );
    let other_name = packet(13, b"bea (Generated by RetroShare) <>");
    assert_eq!(
        check(&joined(&[key, &other_name, own])),
        ProfileError::NoSelfSignature
    );
    let long_name = packet(13, &[b'x'; 513]);
    assert_eq!(
        check(&joined(&[key, &long_name, own])),
        ProfileError::UserIdTooLong
    );
    let mut version = key.to_vec();
    version[3] = 6;
    assert_eq!(
        check(&joined(&[&version, name, own])),
        ProfileError::Version(6)
    );
    assert_eq!(check(&vec![0; MAX_KEY_BYTES + 1]), ProfileError::TooLong);
    let weak = [
        &[4, 0, 0, 0, 0, 1, 0x02, 0x00, 0x80][..],
        &[1; 63],
        &[0, 17, 1, 0, 1],
    ]
    .concat();
    assert_eq!(
        check(&joined(&[&packet(6, &weak), name, own])),
        ProfileError::TooWeak(512)
    );
    let longer = packet(6, &[&key[3..], &[0]].concat());
    assert_eq!(check(&joined(&[&longer, name, own])), ProfileError::Damaged);
}

// [RS-1]
#[test]
fn a_secret_key_is_not_taken_for_a_public_one() {
    let secret = ANA.profile.to_armored(PASSPHRASE, &mut rng(1)).unwrap();
    assert_eq!(
        PublicProfile::parse_armored(&secret).unwrap_err(),
        ProfileError::SecretKey
    );
    assert_eq!(
        PublicProfile::parse_armored("words").unwrap_err(),
        ProfileError::NotArmored
    );
    let message = &ANA.sealed.passphrase_message;
    assert_eq!(
        PublicProfile::parse_armored(message).unwrap_err(),
        ProfileError::NotArmored
    );
}

// [RS-2]
#[test]
fn subkeys_pictures_and_unknown_packets_are_left_out() {
    let all = packets(ANA.public().packets());
    let [key, name, own] = [&all[0].1, &all[1].1, &all[2].1].map(Vec::as_slice);
    let subkey = packet(14, &key[3..]);
    let picture = packet(17, b"\x01x");
    let trust = packet(12, b"\x00");
    let bytes = joined(&[key, name, &trust, own, &picture, own, &subkey, own]);
    assert_eq!(
        PublicProfile::parse(&bytes).unwrap().packets(),
        ANA.public().packets()
    );
}

// [RS-2]
#[test]
fn the_first_name_that_the_key_has_signed_is_its_name() {
    let all = packets(ANA.public().packets());
    let [key, name, own] = [&all[0].1, &all[1].1, &all[2].1].map(Vec::as_slice);
    let unsigned = packet(13, b"The Bank");
    let bytes = joined(&[key, &unsigned, own, name, own]);
    let ana = PublicProfile::parse(&bytes).unwrap();
    assert_eq!(ana.name(), "ana");
    assert_eq!(ana.packets(), ANA.public().packets());
}

// [RS-22]
#[test]
fn a_key_cannot_make_us_check_signatures_for_long() {
    let all = packets(ANA.public().packets());
    let [key, name, own] = [&all[0].1, &all[1].1, &all[2].1].map(Vec::as_slice);
    let mut wrong = own.to_vec();
    *wrong.last_mut().unwrap() ^= 1;
    let pile = |count: usize| joined(&[key, name, &wrong.repeat(count), own]);
    assert_eq!(PublicProfile::parse(&pile(1)).unwrap().name(), "ana");
    assert_eq!(
        PublicProfile::parse(&pile(2)).unwrap_err(),
        ProfileError::NoSelfSignature
    );
    // A number that is too short for one of the key's signatures is not even tried. The packet's head has
    // three bytes, the number at its end two and 256.
    let short = packet(2, &[&own[3..own.len() - 258], &[0, 7, 0x71]].concat());
    let short = joined(&[key, name, &short.repeat(400), own]);
    assert_eq!(PublicProfile::parse(&short).unwrap().name(), "ana");
}

// [RS-5]
#[test]
fn a_certified_key_tells_who_has_certified_it() {
    let (ana, bea, cyd) = (ANA.public(), BEA.public(), CYD.public());
    assert!(!bea.certified_by(ana));
    let signed = ANA.profile.certify(bea, MADE + 60, &mut rng(5)).unwrap();
    assert!(signed.certified_by(ana));
    assert!(!signed.certified_by(cyd));
    assert!(!signed.certified_by(bea), "a key does not vouch for itself");
    assert_eq!(signed.minimal_packets(), bea.packets());
    assert_eq!(signed.fingerprint(), bea.fingerprint());
    // It travels with the key, and is not made twice.
    let arrived = PublicProfile::parse(signed.packets()).unwrap();
    assert!(arrived.certified_by(ana));
    assert_eq!(
        ANA.profile
            .certify(&arrived, MADE + 90, &mut rng(6))
            .unwrap(),
        signed
    );
}

// [RS-5]
#[test]
fn certifications_that_arrive_apart_are_put_together() {
    let bea = BEA.public();
    let by_ana = ANA.profile.certify(bea, MADE, &mut rng(5)).unwrap();
    let by_cyd = CYD.profile.certify(bea, MADE, &mut rng(5)).unwrap();
    let both = by_ana.merged(&by_cyd);
    assert!(both.certified_by(ANA.public()) && both.certified_by(CYD.public()));
    assert_eq!(both.merged(&by_ana), both);
    assert_eq!(by_ana.merged(CYD.public()), by_ana);
}

// [RS-5] [RS-22]
#[test]
fn a_certification_moved_to_another_key_is_worth_nothing() {
    let by_ana = ANA
        .profile
        .certify(BEA.public(), MADE, &mut rng(5))
        .unwrap();
    let certification = packets(by_ana.packets())[3].1.clone();
    let moved = joined(&[CYD.public().packets(), &certification]);
    let cyd = PublicProfile::parse(&moved).unwrap();
    assert!(!cyd.certified_by(ANA.public()));
    let mut bent = by_ana.packets().to_vec();
    *bent.last_mut().unwrap() ^= 1;
    assert!(
        !PublicProfile::parse(&bent)
            .unwrap()
            .certified_by(ANA.public())
    );
}

// [RS-22]
#[rstest]
#[case("ana (Generated by RetroShare) <>", "ana")]
#[case("Ana Maria <a@b>", "Ana Maria")]
#[case("plain", "plain")]
#[case("(odd)", "(odd)")]
fn the_name_is_what_stands_before_the_comment(#[case] user_id: &str, #[case] name: &str) {
    let shown = crate::hostile::profile_named(user_id.as_bytes());
    assert_eq!(shown.name(), name);
}

// [RS-22]
#[test]
fn a_name_of_control_characters_or_broken_text_can_be_shown() {
    let shown = crate::hostile::profile_named(b"an\x1b[2Ja\xff\n (x)");
    assert_eq!(shown.name(), "an\u{fffd}[2Ja\u{fffd}\u{fffd}");
}

// [RS-1]
#[test]
fn nothing_secret_is_printed() {
    let printed = format!("{:?} {:?} {:?}", ANA.profile, ANA.tls, ANA.public());
    assert!(printed.len() < 400 && printed.contains("ana"), "{printed}");
    let again =
        ProfileKey::from_armored(&ANA.profile.to_armored("x", &mut rng(1)).unwrap(), "x").unwrap();
    assert_eq!(format!("{again:?}"), format!("{:?}", ANA.profile));
}
