//! What the tests of several files need, and finding people.

use friends::api::{Availability, Friend, Location, Standing, Trust};

use super::find;

/// Somebody with one machine, offline.
pub(super) fn friend(name: &str, standing: Standing) -> Friend {
    Friend {
        name: name.to_owned(),
        pgp_id: "0123456789ABCDEF".into(),
        fingerprint: "0123456789ABCDEF0123456789ABCDEF01234567".into(),
        standing,
        availability: Availability::Offline,
        message: None,
        avatar: None,
        is_signed: false,
        signed_by: Vec::new(),
        trust: Trust::Unknown,
        hint: None,
        through: Vec::new(),
        locations: vec![Location {
            id: "00112233445566778899aabbccddeeff".into(),
            name: "laptop".into(),
            is_online: false,
            version: String::new(),
            address: None,
            round_trip_ms: None,
            last_seen: 0,
        }],
    }
}

#[test]
fn people_are_found_by_name_suffix_and_ids() {
    // [RS-1] [RS-5]
    let mut other = friend("bea#89ABCDEF", Standing::Friend);
    other.pgp_id = "FFFFFFFF89ABCDEF".into();
    other.fingerprint = "F".repeat(40);
    other.locations.clear();
    let mut third = friend("bea#00000000", Standing::Friend);
    third.pgp_id = "FFFFFFFF00000000".into();
    third.fingerprint = String::new();
    third.locations.clear();
    let all = [friend("Ana", Standing::Friend), other, third];
    for (typed, name) in [
        ("Ana", "Ana"),
        ("ana", "Ana"),
        ("0123456789abcdef", "Ana"),
        ("00112233445566778899AABBCCDDEEFF", "Ana"),
        ("bea#89ABCDEF", "bea#89ABCDEF"),
        ("BEA#89abcdef", "bea#89ABCDEF"),
        (&"f".repeat(40), "bea#89ABCDEF"),
    ] {
        assert_eq!(find(&all, typed).unwrap().name, name, "{typed}");
    }
    // Whoever calls themselves by another's id is not taken for them.
    let mut evil = friend(&all[0].fingerprint, Standing::Friend);
    evil.pgp_id = "EEEEEEEEEEEEEEEE".into();
    evil.fingerprint = "E".repeat(40);
    evil.locations.clear();
    let with_evil = [evil, all[0].clone()];
    assert_eq!(find(&with_evil, &all[0].fingerprint).unwrap().name, "Ana");
    let both = find(&all, "bea").unwrap_err().to_string();
    assert!(both.contains("bea#89ABCDEF or bea#00000000"), "{both}");
    for nobody in ["", "eve", "an"] {
        let none = find(&all, nobody).unwrap_err().to_string();
        assert!(none.contains("tincan friends list"), "{none}");
    }
}

#[test]
fn whoever_is_misspelt_is_offered_who_is_alike() {
    // [RS-1]
    let mut bea = friend("bea ☀ شيرين", Standing::Friend);
    bea.pgp_id = "FFFFFFFF89ABCDEF".into();
    let all = [
        friend("ana", Standing::Friend),
        friend("carla", Standing::Friend),
        bea,
    ];
    let why = |typed: &str| find(&all, typed).unwrap_err().to_string();
    assert!(why("anna").contains("did you mean ana?"), "{}", why("anna"));
    assert!(why("calra").contains("did you mean carla?"));
    assert!(why("bee").contains("did you mean bea ☀ شيرين (FFFFFFFF89ABCDEF)?"));
    assert!(why("bea").contains("did you mean bea ☀ شيرين (FFFFFFFF89ABCDEF)?"));
    assert!(!why("dan").contains("did you mean bea"), "{}", why("dan"));
    assert!(!why("a").contains("did you mean"));
}
