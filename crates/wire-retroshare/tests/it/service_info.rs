//! Who offers what.

use proptest::prelude::*;
use rstest::rstest;
use wire_retroshare::{Item, Malformed, Service, ServiceEntry, ServiceList};

use crate::rig::{assert_golden, assert_round_trip, first_recorded, hex, raw, understood};

// [RS-21]
#[test]
fn a_real_node_offers_what_it_does() {
    let Item::ServiceInfo(list) = understood(&first_recorded(0x0020, 1)) else {
        panic!("no list of services");
    };
    assert_eq!(list.0.len(), 21);
    let chat = &list.0[&Service::CHAT];
    assert_eq!((chat.id, chat.name.as_str()), (0x0012, "chat"));
    assert_eq!((chat.version, chat.minimum), ((1, 0), (1, 0)));
    assert_eq!(list.0[&0x0230].version, (0, 1));
    let ours = ServiceList::ours();
    for service in ours.0.keys() {
        assert!(
            ours.agrees_with(&list, *service),
            "{service:#06x} is not agreed"
        );
        assert!(list.agrees_with(&ours, *service));
        assert_eq!(ours.0[service], list.0[service], "we name it otherwise");
    }
    assert!(!ours.agrees_with(&list, Service::TURTLE));
    assert!(!ours.agrees_with(&list, 0x7777));
}

// [RS-21]
#[test]
fn a_list_is_a_map_of_full_numbers() {
    let golden = hex("
        02 0020 01 00000038
        0001 00000030                  # the map
          0001 0000002a                # a pair
            0001 0000000a 02001200     # key: the full number
            0001 0000001a              # value
              00000004 63686174        # name, its length without itself
              02001200                 # the full number again
              0001 0000                # version
              0001 0000                # minimum");
    let entry = ServiceEntry {
        id: Service::CHAT,
        name: "chat".into(),
        version: (1, 0),
        minimum: (1, 0),
    };
    let list = ServiceList([(Service::CHAT, entry)].into());
    assert_golden(&Item::ServiceInfo(list), &golden);
}

// [RS-21]
#[rstest]
#[case::same((1, 0), (1, 0), (1, 0), (1, 0), true)]
#[case::newer_but_patient((1, 4), (1, 0), (1, 0), (1, 0), true)]
#[case::newer_and_impatient((1, 4), (1, 1), (1, 0), (1, 0), false)]
#[case::they_are_impatient((1, 0), (1, 0), (2, 0), (1, 1), false)]
#[case::major_before_minor((2, 0), (1, 9), (1, 9), (1, 9), true)]
fn both_versions_must_reach_the_others_minimum(
    #[case] version: (u16, u16),
    #[case] minimum: (u16, u16),
    #[case] their_version: (u16, u16),
    #[case] their_minimum: (u16, u16),
    #[case] agreed: bool,
) {
    let list = |version, minimum| {
        let id = Service::CHAT;
        let entry = ServiceEntry {
            id,
            name: String::new(),
            version,
            minimum,
        };
        ServiceList([(id, entry)].into())
    };
    let (ours, theirs) = (list(version, minimum), list(their_version, their_minimum));
    assert_eq!(ours.agrees_with(&theirs, Service::CHAT), agreed);
    assert_eq!(theirs.agrees_with(&ours, Service::CHAT), agreed);
}

// [RS-22]
#[test]
fn numbers_that_are_no_service_are_left_out() {
    let bytes = hex("
        02 0020 01 00000034
        0001 0000002c
          0001 00000026
            0001 0000000a 12345678     # not a service
            0001 00000016 00000000 12345678 0001 0000 0001 0000");
    assert_eq!(
        understood(&bytes),
        Item::ServiceInfo(ServiceList::default())
    );
}

// [RS-22]
#[test]
fn a_tlv_shorter_than_its_header_is_an_error() {
    let bytes = hex("02 0020 01 0000000e 0001 00000005");
    let error = Item::decode(raw(&bytes)).unwrap_err();
    assert_eq!(error.what, Malformed::Length { kind: 1 });
}

proptest! {
    // [RS-21]
    #[test]
    fn lists_survive_the_wire(
        entries in prop::collection::btree_map(
            any::<u16>(),
            (".{0,20}", any::<(u16, u16)>(), any::<(u16, u16)>()),
            0..30,
        ),
    ) {
        let entries = entries.into_iter().map(|(id, (name, version, minimum))| {
            (id, ServiceEntry { id, name, version, minimum })
        });
        assert_round_trip(&Item::ServiceInfo(ServiceList(entries.collect())));
    }
}
