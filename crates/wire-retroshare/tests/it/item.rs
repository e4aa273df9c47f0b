//! Every item that a real node sent.

use wire_retroshare::{Item, ItemError, Malformed, RawItem, Service};

use crate::rig::{encoded, raw, recorded, understood};

/// Services that we know.
const OURS: [u16; 11] = [
    Service::DISCOVERY,
    Service::CHAT,
    Service::MAIL,
    Service::HEARTBEAT,
    Service::FILE_TRANSFER,
    Service::FILE_LISTS,
    Service::SERVICE_INFO,
    Service::BANDWIDTH,
    Service::BAN_LIST,
    Service::STATUS,
    Service::RTT,
];

// [RS-21]
#[test]
fn every_recorded_item_is_understood_and_written_byte_for_byte() {
    let mut ours = 0;
    for line in recorded()
        .iter()
        .filter(|line| OURS.contains(&line.service))
    {
        let item = understood(&line.bytes);
        assert!(
            !matches!(item, Item::Unknown { .. }),
            "{} is unknown",
            line.what
        );
        assert_eq!(item.service(), line.service, "{}", line.what);
        assert_eq!(item.subtype(), line.subtype, "{}", line.what);
        assert_eq!(
            encoded(&item),
            line.bytes,
            "{} is written otherwise",
            line.what
        );
        ours += 1;
    }
    assert_eq!(ours, 22, "lines are missing");
}

// [RS-21] [RS-22]
#[test]
fn items_of_other_services_are_unknown_and_no_error() {
    let mut others = 0;
    for line in recorded() {
        if OURS.contains(&line.service) || line.service == 0xaabb {
            continue;
        }
        let expected = Item::Unknown {
            service: line.service,
            subtype: line.subtype,
        };
        assert_eq!(understood(&line.bytes), expected, "{}", line.what);
        others += 1;
    }
    assert_eq!(others, 7, "lines are missing");
}

// [RS-22]
#[test]
fn unknown_numbers_of_our_services_are_no_error() {
    for service in OURS {
        let item = RawItem {
            service,
            subtype: 0xee,
            body: vec![1, 2, 3].into(),
        };
        let understood = Item::decode(item).unwrap();
        assert_eq!(understood.service(), service);
        assert_eq!(understood.subtype(), 0xee);
    }
}

// [RS-22]
#[test]
fn an_error_names_the_item_and_what_is_wrong() {
    let error = Item::decode(raw(&[2, 0x01, 0x02, 1, 0, 0, 0, 10, 1, 2])).unwrap_err();
    let expected = ItemError {
        service: 0x0102,
        subtype: 1,
        what: Malformed::Truncated,
    };
    assert_eq!(error, expected);
    assert_eq!(
        error.to_string(),
        "malformed item 0x01 of service 0x0102: it ends within a field"
    );
}

// [RS-22]
#[test]
fn every_recorded_item_cut_short_is_an_error_or_another_item_and_no_panic() {
    for line in recorded()
        .iter()
        .filter(|line| OURS.contains(&line.service))
    {
        let whole = understood(&line.bytes);
        let item = raw(&line.bytes);
        for end in 0..item.body.len() {
            let cut = RawItem {
                body: item.body.slice(..end),
                ..item.clone()
            };
            assert_ne!(Item::decode(cut), Ok(whole.clone()), "{}", line.what);
        }
    }
}
