//! What is told about a person.

use lan::txt::{Abilities, Profile};
use model::{Availability, Presence};
use proptest::prelude::*;
use rstest::rstest;

fn encoded(profile: &Profile) -> Vec<String> {
    let strings = profile.encode(5298).into_iter();
    strings
        .map(|string| String::from_utf8(string).expect("UTF-8"))
        .collect()
}

fn decoded(strings: &[&str]) -> Profile {
    Profile::decode(strings.iter().map(|string| string.as_bytes()))
}

fn full() -> Profile {
    Profile {
        presence: Presence {
            availability: Availability::Away,
            message: Some("tea".into()),
        },
        first: Some("Carol".into()),
        last: Some("Liddell".into()),
        nick: Some("C".into()),
        email: Some("c@example.lit".into()),
        jid: Some("carol@example.lit".into()),
        picture: Some("00112233445566778899aabbccddeeff00112233".into()),
        abilities: Abilities {
            audio: true,
            video: false,
            conference: true,
            free: true,
        },
    }
}

#[test]
fn all_keys_are_written_in_their_order() {
    // [LAN-6] [LAN-8] [LAN-9]
    let expected = [
        "txtvers=1",
        "1st=Carol",
        "last=Liddell",
        "nick=C",
        "status=away",
        "msg=tea",
        "phsh=00112233445566778899aabbccddeeff00112233",
        "port.p2pj=5298",
        "email=c@example.lit",
        "jid=carol@example.lit",
        "vc=AC!",
    ];
    assert_eq!(encoded(&full()), expected);
}

#[test]
fn who_tells_nothing_writes_only_what_older_clients_need() {
    // [LAN-10] [LAN-42]
    assert_eq!(
        encoded(&Profile::default()),
        ["txtvers=1", "status=avail", "port.p2pj=5298"]
    );
}

#[rstest]
#[case("!CA")]
#[case("CA!")]
#[case("ac!?")]
fn abilities_come_in_any_order(#[case] vc: &str) {
    // [LAN-6]
    let abilities = decoded(&[&format!("vc={vc}")]).abilities;
    assert_eq!(abilities, full().abilities);
}

#[test]
fn the_port_in_the_text_means_nothing() {
    // [LAN-7]
    assert_eq!(decoded(&["port.p2pj=5298"]), decoded(&[]));
}

#[rstest]
#[case("avail", Availability::Available)]
#[case("away", Availability::Away)]
#[case("dnd", Availability::Busy)]
#[case("DND", Availability::Busy)]
#[case("on the moon", Availability::Available)]
#[case("", Availability::Available)]
fn status_is_read_without_case_and_what_is_unknown_is_available(
    #[case] status: &str,
    #[case] expected: Availability,
) {
    // [LAN-8]
    let profile = decoded(&[&format!("status={status}")]);
    assert_eq!(profile.presence.availability, expected);
}

#[test]
fn every_status_is_written_as_it_is_read() {
    // [LAN-8]
    for availability in [
        Availability::Available,
        Availability::Away,
        Availability::Busy,
    ] {
        let mut profile = Profile::default();
        profile.presence.availability = availability;
        let strings = profile.encode(1);
        assert_eq!(Profile::decode(strings.iter().map(Vec::as_slice)), profile);
    }
}

#[test]
fn an_empty_record_is_a_person_without_details() {
    // [LAN-10]
    for strings in [
        &[][..],
        &[""],
        &["="],
        &["=x"],
        &["msg"],
        &["msg="],
        &["\u{1}"],
    ] {
        assert_eq!(decoded(strings), Profile::default(), "{strings:?}");
    }
}

#[test]
fn keys_in_capitals_count_and_only_the_first_of_each() {
    // [LAN-10]
    let profile = decoded(&["MSG=one", "msg=two", "Nick=N", "msg=three=3"]);
    assert_eq!(profile.presence.message.as_deref(), Some("one"));
    assert_eq!(profile.nick.as_deref(), Some("N"));
    assert_eq!(
        decoded(&["msg=a=b"]).presence.message.as_deref(),
        Some("a=b")
    );
}

#[test]
fn values_are_utf8_and_what_is_not_is_left_out() {
    // [LAN-37]
    assert_eq!(
        decoded(&["msg=日本"]).presence.message.as_deref(),
        Some("日本")
    );
    let latin: &[u8] = b"msg=caf\xe9";
    assert_eq!(Profile::decode([latin]), Profile::default());
}

#[rstest]
#[case("00112233445566778899AABBCCDDEEFF00112233", true)]
#[case("0011", false)]
#[case("../../../../../../../../../etc/passwd---", false)]
fn a_picture_hash_is_forty_digits_and_nothing_else(#[case] hash: &str, #[case] is_hash: bool) {
    // [LAN-30] [LAN-48]
    let picture = decoded(&[&format!("phsh={hash}")]).picture;
    assert_eq!(picture, is_hash.then(|| hash.to_ascii_lowercase()));
}

#[rstest]
#[case(&["nick=N", "1st=F", "last=L"], Some("N"))]
#[case(&["nick= ", "1st=F", "last=L"], Some("F L"))]
#[case(&["1st=F", "last="], Some("F"))]
#[case(&["last=L"], Some("L"))]
#[case(&["msg=x"], None)]
fn the_nickname_or_the_full_name_is_shown(#[case] keys: &[&str], #[case] shown: Option<&str>) {
    // [LAN-16]
    assert_eq!(decoded(keys).shown().as_deref(), shown);
}

#[test]
fn too_long_a_value_is_cut_between_characters() {
    // [LAN-37] [LAN-48]
    let mut profile = Profile::default();
    profile.presence.message = Some("日".repeat(200).into());
    let message = encoded(&profile)
        .into_iter()
        .find(|s| s.starts_with("msg="))
        .unwrap();
    assert_eq!(message, format!("msg={}", "日".repeat(83)));
    assert!(message.len() <= 255);
}

#[test]
fn a_record_that_gets_too_long_loses_the_message_first() {
    // [LAN-48]
    let long = Some("x".repeat(300));
    let mut profile = Profile {
        first: long.clone(),
        last: long.clone(),
        email: long,
        jid: Some("y".repeat(200)),
        ..full()
    };
    profile.presence.message = Some("m".repeat(300).into());
    let strings = encoded(&profile);
    let size: usize = strings.iter().map(|string| 1 + string.len()).sum();
    assert_eq!(size, 1_299);
    let message = strings.iter().find(|s| s.starts_with("msg=")).unwrap();
    assert!(message.len() < 255);
    assert!(strings.contains(&"nick=C".to_owned()));
}

fn words() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("\\PC{1,30}")
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        names in (words(), words(), words(), words(), words(), words()),
        picture in proptest::option::of("[0-9a-f]{40}"),
        flags: [bool; 4],
        availability in prop_oneof![
            Just(Availability::Available),
            Just(Availability::Away),
            Just(Availability::Busy)
        ],
        port: u16,
    ) {
        // [LAN-6] [LAN-8] [LAN-16]
        let (first, last, nick, email, jid, message) = names;
        let message = message.map(Into::into);
        let [audio, video, conference, free] = flags;
        let profile = Profile {
            presence: Presence { availability, message },
            first, last, nick, email, jid, picture,
            abilities: Abilities { audio, video, conference, free },
        };
        let strings = profile.encode(port);
        prop_assert_eq!(Profile::decode(strings.iter().map(Vec::as_slice)), profile);
    }

    #[test]
    fn no_profile_is_too_long(value in "\\PC{0,300}") {
        // [LAN-48]
        let some = Some(value.clone());
        let mut profile = Profile {
            first: some.clone(), last: some.clone(), nick: some.clone(),
            email: some.clone(), jid: some, ..full()
        };
        profile.presence.message = Some(value.into());
        let strings = profile.encode(65_535);
        prop_assert!(strings.iter().all(|string| string.len() <= 255));
        let size: usize = strings.iter().map(|string| 1 + string.len()).sum();
        prop_assert!(size < 1_300, "{} bytes", size);
    }
}
