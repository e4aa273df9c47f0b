//! The codec against its page: golden bytes, illegal lengths, round trips, hostile bytes, corpus.

mod corpus;
mod golden;
mod lengths;
mod properties;

/// A frame from its parts, by the layout of the page and without the crate's encoders.
fn frame(kind: u8, payload: &[&[u8]]) -> Vec<u8> {
    let payload = payload.concat();
    let length = u32::try_from(payload.len()).expect("short");
    [&[kind][..], &length.to_be_bytes(), &payload].concat()
}

/// A name field: the bytes, then zeros up to 64.
fn field(name: &str) -> [u8; 64] {
    let mut field = [0; 64];
    field[..name.len()].copy_from_slice(name.as_bytes());
    field
}
