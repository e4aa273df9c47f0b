//! Items and slices in a stream.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use rstest::rstest;
use wire_retroshare::frame::{
    Frame, FrameError, Framer, MAX_ASSEMBLY, MAX_ITEM, MAX_PACKETS, PROBE, RawItem, SLICE,
    encode_sliced,
};

use crate::rig::hex;

// [RS-21]
#[test]
fn items_are_found_in_a_stream() {
    let stream = hex("
        02 0016 01 00000008              # a heartbeat
        02 aabb cc 00000008              # a probe
        02 0102 01 00000010 6b02502b 00000003");
    let mut framer = Framer::new();
    let mut input = BytesMut::from(&stream[..]);
    let mut next = || framer.next(&mut input);
    assert_eq!(next(), Ok(Some(item(0x0016, 1, &[]))));
    assert_eq!(next(), Ok(Some(Frame::Probe)));
    assert_eq!(next(), Ok(Some(item(0x0102, 1, &hex("6b02502b 00000003")))));
    assert_eq!(next(), Ok(None));
    assert!(framer.has_slicing());
}

// [RS-21]
#[test]
fn an_item_may_come_byte_by_byte() {
    let stream = hex("02 0102 01 00000010 6b02502b 00000003");
    let (frames, error) = read(&stream, 1);
    assert_eq!(frames, [item(0x0102, 1, &hex("6b02502b 00000003"))]);
    assert_eq!(error, None);
}

// [RS-21]
#[test]
fn a_body_shares_the_buffer_that_it_came_in() {
    let mut input = BytesMut::from(&hex("02 0012 01 0000000c 01020304")[..]);
    let place = input.as_ptr();
    let Ok(Some(Frame::Item(item))) = Framer::new().next(&mut input) else {
        panic!("no item");
    };
    assert_eq!(item.body.as_ptr(), place.wrapping_add(8));
}

// [RS-21]
#[test]
fn slices_of_several_packets_interleave_with_each_other_and_with_items() {
    let stream = hex("
        10 01 00000007 000a  02 0012 01 0000000e 0102   # 7 begins
        10 01 00000008 0004  02 0013 01                 # 8 begins, within the header of its item
        02 0016 01 00000008                             # a whole item between
        10 00 00000007 0003  030405                     # 7 goes on
        10 02 00000008 0007  0000000b aabbcc            # 8 ends first
        10 02 00000007 0001  06                         # 7 ends");
    let mut framer = Framer::new();
    let (frames, error) = drain(&mut framer, &stream, stream.len());
    let expected = [
        item(0x0016, 1, &[]),
        item(0x0013, 1, &[0xaa, 0xbb, 0xcc]),
        item(0x0012, 1, &[1, 2, 3, 4, 5, 6]),
    ];
    assert_eq!((frames, error), (expected.to_vec(), None));
    assert_eq!(framer.held(), 0, "nothing is left behind");
    assert!(framer.has_slicing());
}

// [RS-22]
#[test]
fn a_slice_without_a_beginning_is_dropped() {
    let stream = hex("
        10 00 00000007 0002 0102
        10 02 00000007 0002 0102
        02 0016 01 00000008");
    assert_eq!(read(&stream, 5), (vec![item(0x0016, 1, &[])], None));
}

// [RS-22]
#[test]
fn a_packet_that_begins_anew_replaces_what_was_there() {
    let stream = hex("
        10 01 00000007 0009  02 0012 01 0000000a 01
        10 01 00000007 0009  02 0012 01 0000000a 02
        10 02 00000007 0001  03");
    let mut framer = Framer::new();
    let (frames, error) = drain(&mut framer, &stream, 4);
    assert_eq!((frames, error), (vec![item(0x0012, 1, &[2, 3])], None));
    assert_eq!(framer.held(), 0);
}

// [RS-22]
#[rstest]
#[case::config_item("01 0012 01 00000008", FrameError::Version(1))]
#[case::http("47 45 54 20 2f 20 48 54", FrameError::Version(0x47))]
#[case::no_room_for_the_header("02 0012 01 00000007", FrameError::Size(7))]
#[case::too_large("02 0012 01 00040000", FrameError::Size(262_144))]
#[case::far_too_large("02 0012 01 ffffffff", FrameError::Size(u32::MAX))]
#[case::first_and_last("10 03 00000001 0001 02", FrameError::SliceFlags(3))]
#[case::other_flag("10 80 00000001 0001 02", FrameError::SliceFlags(0x80))]
#[case::no_item_in_slices("10 01 00000001 0001 10", FrameError::Version(0x10))]
#[case::large_in_slices("10 01 00000001 0008 02 0012 01 00040000", FrameError::Size(262_144))]
#[case::more_than_announced(
    "10 01 00000001 0009 02 0012 01 00000008 00",
    FrameError::Slices { announced: 8, found: 9 }
)]
#[case::less_than_announced(
    "10 01 00000001 0008 02 0012 01 0000000b  10 02 00000001 0001 00",
    FrameError::Slices { announced: 11, found: 9 }
)]
#[case::less_than_a_header(
    "10 01 00000001 0001 02  10 02 00000001 0001 00",
    FrameError::Slices { announced: 0, found: 2 }
)]
fn a_stream_that_is_none_is_an_error_that_lasts(#[case] bytes: &str, #[case] error: FrameError) {
    let stream = hex(bytes);
    for step in [1, stream.len()] {
        assert_eq!(read(&stream, step), (vec![], Some(error)));
    }
}

// [RS-22]
#[test]
fn the_largest_item_passes_whole_and_sliced() {
    let body = vec![0x5a; MAX_ITEM - 8];
    let mut whole = hex("02 0017 02 0003ffff");
    whole.extend(&body);
    let mut sliced = BytesMut::new();
    encode_sliced(&whole, 0x0100_0005, &mut sliced);
    assert_eq!(
        sliced[..6],
        hex("10 01 00000005"),
        "packet ids wrap at 2^24"
    );
    for stream in [&whole[..], &sliced] {
        let (frames, error) = read(stream, 16 * 1024);
        assert_eq!((frames, error), (vec![item(0x17, 2, &body)], None));
    }
}

// [RS-22]
#[test]
fn a_peer_cannot_begin_packets_without_end() {
    let begin = |id: usize| {
        let id = u32::try_from(id).unwrap();
        let mut slice = hex("10 01");
        slice.extend(id.to_be_bytes());
        slice.extend(hex("0001 02"));
        slice
    };
    let mut framer = Framer::new();
    for id in 0..MAX_PACKETS {
        assert_eq!(drain(&mut framer, &begin(id), 99), (vec![], None));
    }
    // A known packet may begin anew.
    assert_eq!(drain(&mut framer, &begin(3), 99), (vec![], None));
    let error = Some(FrameError::TooManyPackets);
    assert_eq!(drain(&mut framer, &begin(MAX_PACKETS), 99), (vec![], error));
}

// [RS-22]
#[test]
fn a_peer_cannot_make_us_hold_more_than_the_limit() {
    let mut framer = Framer::new();
    let mut error = None;
    'packets: for id in 0u32..20 {
        for part in 0..4 {
            let mut slice = vec![0x10, u8::from(part == 0)];
            slice.extend(id.to_be_bytes());
            slice.extend(65_000u16.to_be_bytes());
            let mut payload = vec![0; 65_000];
            if part == 0 {
                payload[..8].copy_from_slice(&hex("02 0012 01 0003ffff"));
            }
            slice.extend(payload);
            let (frames, found) = drain(&mut framer, &slice, slice.len());
            assert_eq!(frames, []);
            assert!(framer.held() <= MAX_ASSEMBLY);
            if found.is_some() {
                error = found;
                break 'packets;
            }
        }
    }
    assert_eq!(error, Some(FrameError::TooMuch));
    assert!(framer.held() > MAX_ASSEMBLY - 65_000, "the limit is used");
}

// [RS-22]
#[test]
fn a_header_reserves_no_more_than_its_item() {
    let mut input = BytesMut::from(&hex("02 0012 01 0003ffff")[..]);
    assert_eq!(Framer::new().next(&mut input), Ok(None));
    assert!(input.capacity() >= MAX_ITEM, "room for the rest is there");
    assert!(input.capacity() <= 2 * MAX_ITEM);
}

// [RS-21]
#[test]
fn what_fits_a_slice_goes_out_whole() {
    let whole = vec![2; SLICE];
    let mut out = BytesMut::new();
    encode_sliced(&whole, 1, &mut out);
    assert_eq!(out, whole);
    assert_eq!(PROBE.to_vec(), hex("02 aabb cc 00000008"));
}

proptest! {
    // [RS-21]
    #[test]
    fn items_survive_any_slicing_and_any_cuts(
        bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5000), 1..6),
        step in 1usize..3000,
    ) {
        let mut sliced: Vec<BytesMut> = Vec::new();
        for (id, body) in bodies.iter().enumerate() {
            let mut whole = hex("02 0013 01");
            whole.extend(u32::try_from(8 + body.len()).unwrap().to_be_bytes());
            whole.extend(body);
            let mut out = BytesMut::new();
            encode_sliced(&whole, u32::try_from(id).unwrap(), &mut out);
            prop_assert!(out.len() <= whole.len() + 8 * whole.len().div_ceil(SLICE));
            sliced.push(out);
        }
        let stream: Vec<u8> = interleaved(sliced);
        let (frames, error) = read(&stream, step);
        prop_assert_eq!(error, None);
        prop_assert_eq!(frames.len(), bodies.len());
        for body in &bodies {
            prop_assert!(frames.contains(&item(0x13, 1, body)));
        }
    }
}

/// One slice, or whole item, of each in turn.
fn interleaved(mut streams: Vec<BytesMut>) -> Vec<u8> {
    let mut all = Vec::new();
    while streams.iter().any(|s| !s.is_empty()) {
        for stream in streams.iter_mut().filter(|s| !s.is_empty()) {
            let size = match stream[0] {
                0x10 => 8 + usize::from(u16::from_be_bytes([stream[6], stream[7]])),
                _ => stream.len(),
            };
            all.extend(stream.split_to(size));
        }
    }
    all
}

fn item(service: u16, subtype: u8, body: &[u8]) -> Frame {
    Frame::Item(RawItem {
        service,
        subtype,
        body: Bytes::copy_from_slice(body),
    })
}

fn read(stream: &[u8], step: usize) -> (Vec<Frame>, Option<FrameError>) {
    drain(&mut Framer::new(), stream, step)
}

fn drain(framer: &mut Framer, stream: &[u8], step: usize) -> (Vec<Frame>, Option<FrameError>) {
    let mut input = BytesMut::new();
    let mut frames = Vec::new();
    for chunk in stream.chunks(step) {
        input.extend_from_slice(chunk);
        loop {
            match framer.next(&mut input) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(
                        framer.next(&mut input),
                        Err(error),
                        "an error does not last"
                    );
                    return (frames, Some(error));
                }
            }
        }
    }
    (frames, None)
}
