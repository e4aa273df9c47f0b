//! Bodies of the fuzz targets: plain functions that must not panic. The tests replay
//! `corpus/<target>/*` through them.

use bytes::BytesMut;

use crate::{Key, MAX_PACKET, Request, Response, Splitter, crypt};

/// The first byte says how the rest is dealt out; the packets must not depend on it, and no more
/// than the limit may be held back.
pub fn fuzz_splitter(data: &[u8]) {
    let Some((first, stream)) = data.split_first() else {
        return;
    };
    let dealt = split(stream.chunks(usize::from(*first % 64) + 1));
    let whole = split(std::iter::once(stream));
    assert_eq!(dealt, whole, "packets depend on how the bytes came");
}

/// Whatever decodes encodes to something that decodes to the same, in either direction.
pub fn fuzz_request(data: &[u8]) {
    let mut out = BytesMut::new();
    if let Ok(request) = Request::decode(data) {
        request.encode(&mut out);
        assert_eq!(Request::decode(&out), Ok(request));
    }
    out.clear();
    if let Ok(response) = Response::decode(data) {
        response.encode(&mut out);
        assert_eq!(Response::decode(&out), Ok(response));
    }
}

/// What opens seals again to the same text, as CBC has no freedom but the IV.
pub fn fuzz_decrypt(data: &[u8]) {
    let key = Key::from_bytes(*b"0123456789abcdef");
    if let Ok(plain) = crypt::decrypt(&key, data) {
        let iv = crypt_iv(data);
        assert_eq!(crypt::encrypt(&key, iv, &plain).as_bytes(), data);
    }
    let mut stream = Splitter::default();
    let mut input = BytesMut::from(data);
    while let Ok(Some(_)) = stream.next(&mut input, Some(&key)) {}
}

fn crypt_iv(text: &[u8]) -> [u8; crypt::BLOCK] {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .expect("it was opened");
    *bytes.first_chunk().expect("it was opened")
}

/// The packets and the number of errors of a stream that ends its line and then pauses for good.
/// (Where the line stays open, it depends on the pieces how soon a broken object is noticed.)
fn split<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<(bool, Vec<u8>)>, usize) {
    let mut splitter = Splitter::default();
    let mut input = BytesMut::new();
    let mut found = (Vec::new(), 0);
    for piece in pieces.chain(std::iter::once(&b"\n"[..])) {
        input.extend_from_slice(piece);
        drain(&mut splitter, &mut input, &mut found);
        assert!(input.len() <= MAX_PACKET + piece.len(), "held too much");
    }
    loop {
        match splitter.pause(&mut input) {
            Ok(Some(raw)) => found.0.push((raw.sealed, raw.text.to_vec())),
            Ok(None) => return found,
            Err(error) if error.is_fatal() => return found,
            Err(_) => found.1 += 1,
        }
        drain(&mut splitter, &mut input, &mut found);
    }
}

fn drain(
    splitter: &mut Splitter,
    input: &mut BytesMut,
    (packets, errors): &mut (Vec<(bool, Vec<u8>)>, usize),
) {
    loop {
        match splitter.next(input, None) {
            Ok(Some(raw)) => packets.push((raw.sealed, raw.text.to_vec())),
            Ok(None) => return,
            Err(error) if error.is_fatal() => return,
            Err(_) => *errors += 1,
        }
    }
}
