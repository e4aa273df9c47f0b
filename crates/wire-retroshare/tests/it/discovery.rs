//! Who else is there, and where.

use core::net::{SocketAddr, SocketAddrV4, SocketAddrV6};

use bytes::Bytes;
use proptest::prelude::*;
use wire_retroshare::discovery::{Contact, Discovery, ListMode, Place, SeenAddress, net_mode};
use wire_retroshare::{GxsId, Item, LocationId, Malformed, PgpId};

use crate::rig::understood;
use crate::rig::{assert_golden, assert_round_trip, encoded, first_recorded, hex, identity, raw};

// [RS-5] [RS-6]
#[test]
fn a_real_nodes_contact_says_where_it_is() {
    let own = "10.77.0.1:8001".parse().unwrap();
    let contact = Contact {
        pgp_id: identity("pgp_id").parse().unwrap(),
        location_id: identity("ssl_id").parse().unwrap(),
        location: "locA".into(),
        version: "0.6.7-479-g82a5c5f4".into(),
        net_mode: net_mode::UPNP,
        discovery_mode: 2,
        dht_mode: 2,
        last_contact: 0x6b02_502b,
        place: Place::Open {
            local_v4: Some(own),
            // There, but empty.
            external_v4: Some("0.0.0.0:0".parse().unwrap()),
            local_v6: None,
            external_v6: None,
            current: None,
            dyndns: String::new(),
            local: vec![SeenAddress {
                address: Some(SocketAddr::V4(own)),
                seen: 0x6b02_502b,
                source: 0,
            }],
            external: vec![],
        },
    };
    let item = Item::Discovery(Discovery::Contact(Box::new(contact)));
    assert_golden(&item, &first_recorded(0x0011, 5));
}

/// The trap of this service: bytes of addresses are reversed, ports little-endian.
// [RS-6]
#[test]
fn addresses_in_tlvs_are_turned_around() {
    let seen = |address: &str| SeenAddress {
        address: Some(address.parse().unwrap()),
        seen: 1,
        source: 2,
    };
    let contact = |place| {
        Item::Discovery(Discovery::Contact(Box::new(Contact {
            pgp_id: PgpId::from_bytes([1; 8]),
            location_id: LocationId::from_bytes([2; 16]),
            location: String::new(),
            version: String::new(),
            net_mode: 0x0102_0304,
            discovery_mode: 0x0506,
            dht_mode: 0x0708,
            last_contact: 0x090a_0b0c,
            place,
        })))
    };
    let golden = hex("
        02 0011 05 000000b2
        0101010101010101                      # the person
        02020202020202020202020202020202      # the machine
        005c 00000006                         # its name
        005f 00000006                         # its version
        01020304 0506 0708 090a0b0c
        1072 00000012                         # own address, IPv4
          0085 0000000c 04030201 2e16         # 1.2.3.4, reversed; 5678, little-endian
        1072 00000006                         # none
        1072 0000001e                         # own address, IPv6
          0086 00000018
            b80d0120 07060504 0b0a0908 0f0e0d0c  # each group of four reversed
            2e16
        1072 00000006
        1072 00000006
        0083 00000008 6464                    # dyndns
        1071 00000006
        1071 0000002a
          1070 00000024
            1072 00000012 0085 0000000c 04030201 2e16
            0000000000000001 00000002         # seen, source: in order");
    let place = Place::Open {
        local_v4: Some("1.2.3.4:5678".parse().unwrap()),
        external_v4: None,
        local_v6: Some("[2001:db8:405:607:809:a0b:c0d:e0f]:5678".parse().unwrap()),
        external_v6: None,
        current: None,
        dyndns: "dd".into(),
        local: vec![],
        external: vec![seen("1.2.3.4:5678")],
    };
    assert_golden(&contact(place), &golden);

    // A hidden machine has a name instead; its port is not turned around.
    let place = Place::Hidden {
        host: "a.onion".into(),
        port: 0x162e,
    };
    let bytes = encoded(&contact(place.clone()));
    assert!(bytes.ends_with(&hex("0084 0000000d 612e6f6e696f6e 162e")));
    assert_eq!(understood(&bytes), contact(place));
}

// [RS-5]
#[test]
fn lists_name_people() {
    let list = Discovery::PgpList {
        mode: ListMode::Friends,
        ids: ["0E5049F4A3AD4DFA", "E7E73D0B1304A47D"]
            .map(|id| id.parse().unwrap())
            .into(),
    };
    assert_golden(&Item::Discovery(list), &first_recorded(0x0011, 1));

    let golden = hex("02 0011 01 0000001a 00000002 1023 0000000e 0e5049f4a3ad4dfa");
    let asked = Discovery::PgpList {
        mode: ListMode::SendKeys,
        ids: ["0E5049F4A3AD4DFA".parse().unwrap()].into(),
    };
    assert_golden(&Item::Discovery(asked), &golden);
}

// [RS-5]
#[test]
fn keys_and_identities_are_carried() {
    let key = Discovery::PgpKey {
        id: PgpId::from_bytes([0x11; 8]),
        key: Bytes::from_static(&[0xc6, 0x01]),
    };
    let golden = hex("02 0011 09 00000016 1111111111111111 00000002 c601");
    assert_golden(&Item::Discovery(key), &golden);
    let identities =
        Discovery::Identities(vec!["ebc69fafb1eb2eddf4cf9b4919b70ac4".parse().unwrap()]);
    assert_golden(&Item::Discovery(identities), &first_recorded(0x0011, 6));
}

// [RS-22]
#[test]
fn more_ids_than_bytes_are_an_error() {
    let error = Item::decode(raw(&hex("02 0011 06 0000000c ffffffff"))).unwrap_err();
    assert_eq!(error.what, Malformed::Count);
}

// [RS-22]
#[test]
fn an_old_key_is_not_read() {
    let item = understood(&hex("02 0011 02 0000000a ffff"));
    assert_eq!(item, Item::Discovery(Discovery::OldKey));
}

fn address() -> impl Strategy<Value = Option<SocketAddr>> {
    let v4 = any::<([u8; 4], u16)>().prop_map(|(ip, port)| SocketAddr::from((ip, port)));
    let v6 = any::<([u8; 16], u16)>().prop_map(|(ip, port)| SocketAddr::from((ip, port)));
    prop::option::of(prop_oneof![v4, v6])
}

fn v4() -> impl Strategy<Value = Option<SocketAddrV4>> {
    prop::option::of(any::<([u8; 4], u16)>().prop_map(|(ip, p)| SocketAddrV4::new(ip.into(), p)))
}

fn v6() -> impl Strategy<Value = Option<SocketAddrV6>> {
    prop::option::of(
        any::<([u8; 16], u16)>().prop_map(|(ip, p)| SocketAddrV6::new(ip.into(), p, 0, 0)),
    )
}

fn seen() -> impl Strategy<Value = Vec<SeenAddress>> {
    let one = (address(), any::<u64>(), any::<u32>());
    prop::collection::vec(
        one.prop_map(|(address, seen, source)| SeenAddress {
            address,
            seen,
            source,
        }),
        0..4,
    )
}

fn place() -> impl Strategy<Value = Place> {
    let open = (v4(), v4(), v6(), v6(), address(), ".{0,30}", seen(), seen()).prop_map(
        |(local_v4, external_v4, local_v6, external_v6, current, dyndns, local, external)| {
            Place::Open {
                local_v4,
                external_v4,
                local_v6,
                external_v6,
                current,
                dyndns,
                local,
                external,
            }
        },
    );
    let hidden = (".{0,30}", any::<u16>()).prop_map(|(host, port)| Place::Hidden { host, port });
    prop_oneof![open, hidden]
}

proptest! {
    // [RS-5] [RS-6]
    #[test]
    fn contacts_survive_the_wire(
        ids in any::<([u8; 8], [u8; 16])>(),
        texts in (".{0,30}", ".{0,30}"),
        numbers in any::<(u32, u16, u16, u32)>(),
        place in place(),
    ) {
        let contact = Contact {
            pgp_id: PgpId::from_bytes(ids.0),
            location_id: LocationId::from_bytes(ids.1),
            location: texts.0,
            version: texts.1,
            net_mode: numbers.0,
            discovery_mode: numbers.1,
            dht_mode: numbers.2,
            last_contact: numbers.3,
            place,
        };
        assert_round_trip(&Item::Discovery(Discovery::Contact(Box::new(contact))));
    }

    // [RS-5]
    #[test]
    fn lists_survive_the_wire(
        mode in prop_oneof![
            Just(ListMode::Friends), Just(ListMode::SendKeys), Just(ListMode::Unknown(9))
        ],
        people in prop::collection::btree_set(any::<[u8; 8]>(), 0..20),
        identities in prop::collection::vec(any::<[u8; 16]>(), 0..20),
        key in prop::collection::vec(any::<u8>(), 0..500),
    ) {
        let ids = people.iter().copied().map(PgpId::from_bytes).collect();
        assert_round_trip(&Item::Discovery(Discovery::PgpList { mode, ids }));
        let identities = identities.into_iter().map(GxsId::from_bytes).collect();
        assert_round_trip(&Item::Discovery(Discovery::Identities(identities)));
        let id = PgpId::from_bytes([3; 8]);
        assert_round_trip(&Item::Discovery(Discovery::PgpKey { id, key: key.into() }));
    }
}
