//! Packets and their checksum.

use bytes::BytesMut;
use proptest::prelude::*;
use rstest::rstest;
use wire_retroshare::crc24::crc24;
use wire_retroshare::packets::{put_packet, take_packet};

use crate::rig::hex;

// [RS-2]
#[rstest]
#[case(0, "00")]
#[case(191, "bf")]
#[case(192, "c000")]
#[case(8383, "dfff")]
#[case(8384, "ff000020c0")]
fn lengths_are_coded_as_in_openpgp(#[case] size: usize, #[case] length: &str) {
    let value = vec![7; size];
    let mut out = BytesMut::new();
    put_packet(9, &value, &mut out);
    let expected = [&[9][..], &hex(length), &value].concat();
    assert_eq!(out, expected);
    let mut left = &out[..];
    assert_eq!(take_packet(&mut left), Some((9, &value[..])));
    assert!(left.is_empty());
}

// [RS-2] [RS-22]
#[rstest]
#[case::nothing("")]
#[case::no_length("09")]
#[case::half_a_length("09 c0")]
#[case::half_a_long_length("09 ff 000000")]
#[case::less_than_its_length("09 02 01")]
#[case::far_less("09 ff ffffffff 01")]
#[case::a_streamed_length("09 e1 0102")]
fn half_a_packet_is_none(#[case] bytes: &str) {
    let bytes = hex(bytes);
    let mut left = &bytes[..];
    assert_eq!(take_packet(&mut left), None);
    assert_eq!(left, bytes, "nothing is taken");
}

// [RS-2]
#[rstest]
#[case(b"", 0x00b7_04ce)]
#[case(b"123456789", 0x0021_cf02)]
fn the_checksum_is_the_one_of_openpgp(#[case] bytes: &[u8], #[case] sum: u32) {
    assert_eq!(crc24(bytes), sum);
}

proptest! {
    // [RS-2]
    #[test]
    fn packets_follow_each_other(
        packets in prop::collection::vec((any::<u8>(), 0usize..9000), 0..4),
    ) {
        let mut out = BytesMut::new();
        for (tag, size) in &packets {
            put_packet(*tag, &vec![*tag; *size], &mut out);
        }
        let mut left = &out[..];
        for (tag, size) in &packets {
            prop_assert_eq!(take_packet(&mut left), Some((*tag, &vec![*tag; *size][..])));
        }
        prop_assert!(left.is_empty());
    }
}
