//! Fuzz bodies: plain functions, replayed from the committed corpus by a test.

use bytes::BytesMut;

use crate::{decode_client, decode_server};

/// Reads `data` as a client's bytes: nothing panics, and each packet that is read, written again,
/// reads as the same packet and takes all that was written.
pub fn fuzz_decode_client(data: &[u8]) {
    let mut rest = data;
    let mut again = BytesMut::new();
    while let Ok(Some((packet, used))) = decode_client(rest) {
        again.clear();
        packet.encode(&mut again);
        assert_eq!(decode_client(&again), Ok(Some((packet, again.len()))));
        rest = &rest[used..];
    }
}

/// Reads `data` as a server's bytes: nothing panics, and each packet that is read, written again,
/// reads as the same packet and takes all that was written.
pub fn fuzz_decode_server(data: &[u8]) {
    let mut rest = data;
    let mut again = BytesMut::new();
    while let Ok(Some((packet, used))) = decode_server(rest) {
        again.clear();
        packet.encode(&mut again);
        assert_eq!(decode_server(&again), Ok(Some((packet, again.len()))));
        rest = &rest[used..];
    }
}
