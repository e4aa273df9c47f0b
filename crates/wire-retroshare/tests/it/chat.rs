//! Words from person to person.

use bytes::Bytes;
use proptest::prelude::*;
use rstest::rstest;
use wire_retroshare::chat::{Chat, Room, flags};
use wire_retroshare::{Item, Malformed};

use crate::rig::{
    assert_golden, assert_round_trip, first_recorded, hex, raw, recorded, understood,
};

// [RS-11]
#[test]
fn a_text_is_a_message() {
    let message = Chat::Message {
        flags: flags::PRIVATE,
        sent_at: 0x6b02_4d26,
        text: "short msg to probe".into(),
    };
    let line = recorded()
        .into_iter()
        .find(|line| line.what == "private chat message with text")
        .unwrap();
    assert_golden(&Item::Chat(message), &line.bytes);
    let golden = hex("
        02 0012 01 0000001b
        00000001                  # private
        6b024d26                  # sent at
        0057 0000000b             # a length that includes its six bytes
          686e69c3a9              # UTF-8");
    let message = Chat::Message {
        flags: flags::PRIVATE,
        sent_at: 0x6b02_4d26,
        text: "hnié".into(),
    };
    assert_golden(&Item::Chat(message), &golden);
}

// [RS-11]
#[test]
fn a_request_for_the_avatar_is_an_empty_message() {
    let request = Chat::Message {
        flags: flags::PRIVATE | flags::ASKS_AVATAR,
        sent_at: 0x6b02_502b,
        text: String::new(),
    };
    assert_golden(&Item::Chat(request), &first_recorded(0x0012, 1));
}

// [RS-11] [RS-9]
#[test]
fn typing_and_status_texts_are_status_items() {
    let status = Chat::Status {
        flags: flags::CUSTOM_STATE,
        text: String::new(),
    };
    assert_golden(&Item::Chat(status), &first_recorded(0x0012, 4));
}

// [RS-11]
#[test]
fn avatars_are_blocks() {
    let avatar = Chat::Avatar(Bytes::from_static(&[0xff, 0xd8]));
    assert_golden(
        &Item::Chat(avatar),
        &hex("02 0012 03 0000000e 00000002 ffd8"),
    );
    let info = Chat::AvatarInfo {
        timestamp: 0x0102_0304,
    };
    assert_golden(&Item::Chat(info), &hex("02 0012 1e 0000000c 01020304"));
}

// [RS-11]
#[rstest]
#[case(0x09)]
#[case(0x0a)]
#[case(0x0d)]
#[case(0x17)]
#[case(0x18)]
#[case(0x19)]
#[case(0x1a)]
#[case(0x1b)]
fn items_of_rooms_are_carried_as_they_are(#[case] subtype: u8) {
    let room = Room {
        subtype,
        body: Bytes::from_static(b"12345"),
    };
    let mut golden = hex("02 0012 00 0000000d 3132333435");
    golden[3] = subtype;
    assert_golden(&Item::Chat(Chat::Room(room)), &golden);
}

// [RS-22]
#[test]
fn a_text_that_is_no_utf8_is_readable_still() {
    let bytes = hex("02 0012 04 00000019 00000001 0057 0000000d 61ff62c3 28f09f");
    let expected = Chat::Status {
        flags: 1,
        text: "a\u{fffd}b\u{fffd}(\u{fffd}".into(),
    };
    assert_eq!(understood(&bytes), Item::Chat(expected));
}

// [RS-22]
#[test]
fn a_tlv_of_another_kind_is_an_error() {
    let error = Item::decode(raw(&hex("02 0012 04 00000012 00000001 0058 00000006"))).unwrap_err();
    let expected = Malformed::Kind {
        expected: 0x57,
        found: 0x58,
    };
    assert_eq!(error.what, expected);
}

// [RS-22]
#[test]
fn a_text_cannot_be_longer_than_its_item() {
    let error = Item::decode(raw(&hex("02 0012 04 00000012 00000001 0057 ffffffff"))).unwrap_err();
    assert_eq!(error.what, Malformed::Truncated);
}

// [RS-22]
#[test]
fn bytes_behind_the_last_field_are_skipped() {
    let bytes = hex("02 0012 1e 0000000e 01020304 ffff");
    let expected = Chat::AvatarInfo {
        timestamp: 0x0102_0304,
    };
    assert_eq!(understood(&bytes), Item::Chat(expected));
}

proptest! {
    // [RS-11]
    #[test]
    fn words_survive_the_wire(
        flags in any::<u32>(),
        sent_at in any::<u32>(),
        text in ".{0,300}",
        image in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let message = Chat::Message { flags, sent_at, text: text.clone() };
        assert_round_trip(&Item::Chat(message));
        assert_round_trip(&Item::Chat(Chat::Status { flags, text }));
        assert_round_trip(&Item::Chat(Chat::Avatar(image.into())));
        assert_round_trip(&Item::Chat(Chat::AvatarInfo { timestamp: sent_at }));
    }
}
