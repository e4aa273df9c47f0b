//! Hex, the recorded bytes, and a way through the wire.

use bytes::{Bytes, BytesMut};
use wire_retroshare::{Frame, Framer, Item, RawItem};

/// Bytes from hex; everything behind a `#` in a line, and all white space, is for the reader.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: String = text
        .lines()
        .filter_map(|line| line.split('#').next())
        .flat_map(str::split_whitespace)
        .collect();
    (0..digits.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&digits[i..i + 2], 16).expect("hex"))
        .collect()
}

/// A line that a real node sent.
pub(crate) struct Recorded {
    pub(crate) service: u16,
    pub(crate) subtype: u8,
    pub(crate) what: String,
    pub(crate) bytes: Vec<u8>,
}

/// All lines of the recording.
pub(crate) fn recorded() -> Vec<Recorded> {
    include_str!("../vectors/items.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut parts = line.split(" | ");
            let head = parts.next().expect("numbers");
            let mut numbers = head.split(' ');
            let mut number = || numbers.next().expect("a number");
            let service = u16::from_str_radix(number(), 16).expect("a service");
            // The probe's subtype is written with two digits as well.
            let subtype = u8::from_str_radix(number(), 16).expect("a subtype");
            let what = parts.next().expect("a description").to_owned();
            let bytes = hex(parts.next().expect("bytes"));
            Recorded {
                service,
                subtype,
                what,
                bytes,
            }
        })
        .collect()
}

/// The first recorded item of this service and subtype.
pub(crate) fn first_recorded(service: u16, subtype: u8) -> Vec<u8> {
    recorded()
        .into_iter()
        .find(|r| (r.service, r.subtype) == (service, subtype))
        .expect("a recorded item")
        .bytes
}

/// A value of the recorded identities.
pub(crate) fn identity(name: &str) -> &'static str {
    include_str!("../vectors/identity.txt")
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        .expect("a recorded value")
}

/// A recorded value in base64.
pub(crate) fn identity_bytes(name: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD
        .decode(identity(name))
        .expect("base64")
}

/// The one item in some bytes.
pub(crate) fn raw(bytes: &[u8]) -> RawItem {
    let mut input = BytesMut::from(bytes);
    match Framer::new().next(&mut input) {
        Ok(Some(Frame::Item(item))) if input.is_empty() => item,
        other => panic!("{other:?} and {} bytes left", input.len()),
    }
}

/// The meaning of the one item in some bytes.
pub(crate) fn understood(bytes: &[u8]) -> Item {
    Item::decode(raw(bytes)).expect("a known item")
}

/// The bytes of an item, whose announced length is right.
pub(crate) fn encoded(item: &Item) -> Bytes {
    let mut out = BytesMut::new();
    item.encode(&mut out);
    let announced = u32::from_be_bytes(out[4..8].try_into().expect("four bytes"));
    assert_eq!(
        announced as usize,
        out.len(),
        "the declared length is wrong"
    );
    out.freeze()
}

/// The item is written as these bytes, and they mean the item.
pub(crate) fn assert_golden(item: &Item, bytes: &[u8]) {
    assert_eq!(encoded(item), bytes);
    assert_eq!(&understood(bytes), item);
}

/// Written and read again it is the same.
pub(crate) fn assert_round_trip(item: &Item) {
    assert_eq!(&understood(&encoded(item)), item);
}
