//! Packets that both sides send: errors, signs of life, queries, direct messages, files.

use bytes::{BufMut, BytesMut};

use crate::error::{DecodeError, ErrorCode};
use crate::filename::{MAX_FILE_NAME_BYTES, decode_filename};
use crate::frame::{Kind, put_header};
use crate::name::{NAME_BYTES, cut, decode_name, put_name};
use crate::text::{put_text, text_field_len};

/// The status byte of a QUERY_USER by which a client asks; any other is accepted too [494-21].
pub const STATUS_ASK: u8 = 2;
/// The status byte of a QUERY_USER about someone who is there.
pub const STATUS_ONLINE: u8 = 1;
/// The status byte of a QUERY_USER about someone who is not.
pub const STATUS_OFFLINE: u8 = 0;

/// The most data bytes in one FILE_TRANSFER [494-25].
pub const MAX_CHUNK_BYTES: usize = 4_096;

/// Bytes of a FILE_TRANSFER before its data: id u16, finished u8.
pub(crate) const CHUNK_HEAD: usize = 3;

/// Bytes of a negotiation before its file name: two names, id u16, size u32.
pub(crate) const NEGOTIATION_HEAD: usize = 2 * NAME_BYTES + 2 + 4;

/// The body of OFFER_FILE, ACCEPT_FILE and REJECT_FILE: which transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Negotiation<'a> {
    /// Who receives the file.
    pub target: &'a str,
    /// Who sends the file.
    pub source: &'a str,
    /// The hub's number for the transfer; 0 while there is none.
    pub id: u16,
    /// Size of the file in bytes.
    pub size: u32,
    /// Name of the file.
    pub file_name: &'a str,
}

/// The body of FILE_TRANSFER: a piece of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// The hub's number for the transfer.
    pub id: u16,
    /// Whether the file ends with this piece.
    pub finished: bool,
    /// 1–4,096 bytes of the file.
    pub data: &'a [u8],
}

/// Appends an ERR.
pub fn encode_error(out: &mut BytesMut, code: ErrorCode) {
    put_header(out, Kind::Err, 1);
    out.put_u8(code.byte());
}

/// Appends a HEARTBEAT.
pub fn encode_heartbeat(out: &mut BytesMut) {
    put_header(out, Kind::Heartbeat, 0);
}

/// Appends a QUERY_USER; `status` is one of the `STATUS_…` bytes.
pub fn encode_query_user(out: &mut BytesMut, name: &str, status: u8) {
    put_header(out, Kind::QueryUser, NAME_BYTES + 1);
    put_name(out, name);
    out.put_u8(status);
}

/// Appends a DIRECT_MESSAGE. `peer` is the recipient on the way to the hub, the sender on the way
/// from it.
pub fn encode_direct(out: &mut BytesMut, peer: &str, text: &str) {
    put_header(out, Kind::DirectMessage, NAME_BYTES + text_field_len(text));
    put_name(out, peer);
    put_text(out, text);
}

/// Appends an OFFER_FILE.
pub fn encode_offer_file(out: &mut BytesMut, negotiation: &Negotiation<'_>) {
    put_negotiation(out, Kind::OfferFile, negotiation);
}

/// Appends an ACCEPT_FILE.
pub fn encode_accept_file(out: &mut BytesMut, negotiation: &Negotiation<'_>) {
    put_negotiation(out, Kind::AcceptFile, negotiation);
}

/// Appends a REJECT_FILE.
pub fn encode_reject_file(out: &mut BytesMut, negotiation: &Negotiation<'_>) {
    put_negotiation(out, Kind::RejectFile, negotiation);
}

/// Appends a FILE_TRANSFER. Data beyond 4,096 bytes, which no caller should give, is left out.
pub fn encode_file_transfer(out: &mut BytesMut, chunk: &Chunk<'_>) {
    debug_assert!(
        chunk.data.len() <= MAX_CHUNK_BYTES,
        "{} data bytes",
        chunk.data.len()
    );
    let data = &chunk.data[..chunk.data.len().min(MAX_CHUNK_BYTES)];
    put_header(out, Kind::FileTransfer, CHUNK_HEAD + data.len());
    out.put_u16(chunk.id);
    out.put_u8(u8::from(chunk.finished));
    out.put_slice(data);
}

/// Reads the body of an ERR.
pub(crate) fn decode_error(payload: &[u8]) -> ErrorCode {
    payload
        .first()
        .map_or(ErrorCode::Unknown, |&byte| ErrorCode::from_byte(byte))
}

/// Reads the body of a QUERY_USER: name and status.
pub(crate) fn decode_query_user(payload: &[u8]) -> Result<(&str, u8), DecodeError> {
    let (name, rest) = take_name(payload)?;
    Ok((name, rest.first().copied().unwrap_or(STATUS_ASK)))
}

/// Reads the body of OFFER_FILE, ACCEPT_FILE and REJECT_FILE.
pub(crate) fn decode_negotiation(payload: &[u8]) -> Result<Negotiation<'_>, DecodeError> {
    let (target, rest) = take_name(payload)?;
    let (source, rest) = take_name(rest)?;
    let (id, rest) = rest.split_first_chunk().expect(LENGTH_CHECKED);
    let (size, file_name) = rest.split_first_chunk().expect(LENGTH_CHECKED);
    Ok(Negotiation {
        target,
        source,
        id: u16::from_be_bytes(*id),
        size: u32::from_be_bytes(*size),
        file_name: decode_filename(file_name)?,
    })
}

/// Reads the body of a FILE_TRANSFER.
pub(crate) fn decode_chunk(payload: &[u8]) -> Result<Chunk<'_>, DecodeError> {
    let (&[high, low, finished], data) = payload.split_first_chunk().expect(LENGTH_CHECKED);
    let finished = match finished {
        0 => false,
        1 => true,
        other => return Err(DecodeError::IllegalTransfer(other)),
    };
    Ok(Chunk {
        id: u16::from_be_bytes([high, low]),
        finished,
        data,
    })
}

/// Reads a name field off the front of a payload.
pub(crate) fn take_name(payload: &[u8]) -> Result<(&str, &[u8]), DecodeError> {
    let (field, rest) = payload.split_first_chunk().expect(LENGTH_CHECKED);
    Ok((decode_name(field)?, rest))
}

/// Why a payload is long enough for its fixed fields: the header was refused otherwise.
pub(crate) const LENGTH_CHECKED: &str = "the header's length is legal for its kind";

fn put_negotiation(out: &mut BytesMut, kind: Kind, negotiation: &Negotiation<'_>) {
    let file_name = cut(negotiation.file_name, MAX_FILE_NAME_BYTES);
    debug_assert_eq!(
        file_name.len(),
        negotiation.file_name.len(),
        "file name too long"
    );
    put_header(out, kind, NEGOTIATION_HEAD + file_name.len());
    put_name(out, negotiation.target);
    put_name(out, negotiation.source);
    out.put_u16(negotiation.id);
    out.put_u32(negotiation.size);
    out.put_slice(file_name.as_bytes());
}
