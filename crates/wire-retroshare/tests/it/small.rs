//! Heartbeats, round trips, statuses, bandwidths, ban lists.

use bytes::Bytes;
use proptest::prelude::*;
use rstest::rstest;
use wire_retroshare::Item;
use wire_retroshare::ban_list::BanList;
use wire_retroshare::bandwidth::Bandwidth;
use wire_retroshare::rtt::{self, Rtt};
use wire_retroshare::status::{State, Status};

use crate::rig::{assert_golden, assert_round_trip, first_recorded, hex};

// [RS-9]
#[test]
fn a_heartbeat_is_empty() {
    assert_golden(&Item::Heartbeat, &hex("02 0016 01 00000008"));
    assert_golden(&Item::Heartbeat, &first_recorded(0x0016, 1));
}

// [RS-9]
#[test]
fn a_ping_carries_seconds_and_microseconds() {
    let ping = Rtt::Ping {
        seq: 0x6d,
        time: 0x6b02_5031_0000_6841,
    };
    assert_golden(&Item::Rtt(ping), &first_recorded(0x1011, 1));
    assert_eq!(
        rtt::to_millis(0x6b02_5031_0000_6841),
        0x6b02_5031 * 1000 + 26
    );
    assert_eq!(rtt::from_millis(1_500), 1 << 32 | 500_000);
}

// [RS-9]
#[test]
fn a_pong_echoes_the_ping() {
    let pong = Rtt::Pong {
        seq: 7,
        ping_time: 0x1112_1314_1516_1718,
        own_time: 0x2122_2324_2526_2728,
    };
    let golden = hex("
        02 1011 02 0000001c
        00000007             # number
        1112131415161718     # the ping's time
        2122232425262728     # the answerer's time");
    assert_golden(&Item::Rtt(pong), &golden);
}

// [RS-9]
#[rstest]
#[case(0, State::Offline)]
#[case(1, State::Away)]
#[case(2, State::Busy)]
#[case(3, State::Online)]
#[case(4, State::Idle)]
#[case(5, State::Unknown(5))]
fn a_status_is_a_number(#[case] number: u32, #[case] state: State) {
    let status = Status {
        sent_at: 0x6b02_502b,
        state,
    };
    let mut golden = hex("02 0102 01 00000010 6b02502b");
    golden.extend(number.to_be_bytes());
    assert_golden(&Item::Status(status), &golden);
}

// [RS-9]
#[test]
fn bandwidth_is_a_tlv() {
    let bandwidth = Bandwidth {
        bytes_per_second: 0x0001_0000,
    };
    let golden = hex("02 0021 01 00000012  0035 0000000a 00010000");
    assert_golden(&Item::Bandwidth(bandwidth), &golden);
}

// [RS-22]
#[test]
fn a_ban_list_is_carried_unread() {
    let list = BanList {
        subtype: 3,
        body: Bytes::from_static(b"anything"),
    };
    assert_golden(
        &Item::BanList(list),
        &hex("02 0101 03 00000010 616e797468696e67"),
    );
}

proptest! {
    // [RS-9]
    #[test]
    fn small_items_survive_the_wire(a in any::<u32>(), b in any::<u64>(), c in any::<u64>()) {
        assert_round_trip(&Item::Rtt(Rtt::Ping { seq: a, time: b }));
        assert_round_trip(&Item::Rtt(Rtt::Pong { seq: a, ping_time: b, own_time: c }));
        let status = Status { sent_at: a, state: State::from_number(a % 9) };
        assert_round_trip(&Item::Status(status));
        assert_round_trip(&Item::Bandwidth(Bandwidth { bytes_per_second: a }));
    }

    // [RS-9]
    #[test]
    fn milliseconds_survive_the_clock_of_the_wire(millis in 0u64..(1 << 32) * 1000) {
        prop_assert_eq!(rtt::to_millis(rtt::from_millis(millis)), millis);
    }
}
