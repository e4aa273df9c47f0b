//! cs494 frames, as much as a load generator needs: `kind u8`, `length u32 big-endian`, payload.
//!
//! Deliberately apart from `wire-cs494`: nothing is validated, nothing is allocated per frame, and the
//! two were written separately.

/// Bytes before the payload: kind and length.
pub const HEADER: usize = 5;
/// Bytes of a name or room field.
pub const NAME: usize = 64;
/// Data bytes of a full FILE_TRANSFER packet.
pub const CHUNK: usize = 4096;
/// The longest payload taken: a listing of 10,000 names and its identifier, rounded up.
pub const MAX_PAYLOAD: usize = 1 << 20;

/// Packet kinds, by their number on the wire.
pub mod kind {
    /// The other side found a fault and closes.
    pub const ERR: u8 = 0x01;
    /// Asks for a name.
    pub const NEW_CLIENT: u8 = 0x02;
    /// Says "still here".
    pub const HEARTBEAT: u8 = 0x03;
    /// Creates or joins a room.
    pub const ENTER_ROOM: u8 = 0x04;
    /// Leaves a room.
    pub const LEAVE_ROOM: u8 = 0x05;
    /// The members of a room.
    pub const USER_LISTING: u8 = 0x08;
    /// Is somebody online? And the answer.
    pub const QUERY_USER: u8 = 0x09;
    /// A message to a room, from a client.
    pub const SEND_MESSAGE: u8 = 0x0A;
    /// A message to a room, from the server.
    pub const POST_MESSAGE: u8 = 0x0C;
    /// A message to one person.
    pub const DIRECT_MESSAGE: u8 = 0x0D;
    /// Offers a file.
    pub const OFFER_FILE: u8 = 0x0E;
    /// Takes an offer.
    pub const ACCEPT_FILE: u8 = 0x0F;
    /// Refuses or ends a transfer.
    pub const REJECT_FILE: u8 = 0x10;
    /// A piece of a file.
    pub const FILE_TRANSFER: u8 = 0x11;
}

/// A name as it stands in a packet: padded with zeros.
pub type NameField = [u8; NAME];

/// One packet inside a read buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// See [`kind`].
    pub kind: u8,
    /// What follows the header.
    pub payload: &'a [u8],
}

/// A length above [`MAX_PAYLOAD`]: the stream is not cs494 or out of step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oversize(pub usize);

/// Takes the first frame of `input`: the frame and the bytes it occupies, or `None` when it is not
/// complete yet.
///
/// # Errors
/// [`Oversize`] when the length field is beyond every legal packet.
#[inline]
pub fn split(input: &[u8]) -> Result<Option<(Frame<'_>, usize)>, Oversize> {
    let Some((head, rest)) = input.split_first_chunk::<HEADER>() else {
        return Ok(None);
    };
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    if length > MAX_PAYLOAD {
        return Err(Oversize(length));
    }
    let Some(payload) = rest.get(..length) else {
        return Ok(None);
    };
    let frame = Frame {
        kind: head[0],
        payload,
    };
    Ok(Some((frame, HEADER + length)))
}

/// Pads `name` with zeros; what does not fit is cut.
pub fn name_field(name: &str) -> NameField {
    let mut field = [0; NAME];
    let length = name.len().min(NAME);
    field[..length].copy_from_slice(&name.as_bytes()[..length]);
    field
}

/// The first name field of a payload, if it is long enough.
#[inline]
pub fn first_name(payload: &[u8]) -> Option<&NameField> {
    payload.first_chunk::<NAME>()
}

/// Appends a frame whose payload is the given parts in a row.
pub fn put(kind: u8, parts: &[&[u8]], out: &mut Vec<u8>) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    put_header(kind, length, out);
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// Appends a header alone; the caller appends `length` bytes after it.
#[inline]
pub fn put_header(kind: u8, length: usize, out: &mut Vec<u8>) {
    // No frame built here comes near u32::MAX: texts and chunks are bounded by their callers.
    let [a, b, c, d] = (length as u32).to_be_bytes();
    out.extend_from_slice(&[kind, a, b, c, d]);
}

/// Appends a HEARTBEAT.
pub fn put_heartbeat(out: &mut Vec<u8>) {
    put_header(kind::HEARTBEAT, 0, out);
}

/// Names and numbers of a file packet (OFFER, ACCEPT, REJECT).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer<'a> {
    /// Who shall receive.
    pub target: &'a NameField,
    /// Who sends.
    pub source: &'a NameField,
    /// The hub's number for the transfer; 0 in an offer of a client.
    pub id: u16,
    /// Bytes of the file.
    pub size: u32,
    /// Its name, as it stands in the packet.
    pub file: &'a [u8],
}

impl<'a> Offer<'a> {
    /// Reads the payload of an OFFER, ACCEPT or REJECT; `None` when it is too short.
    pub fn read(payload: &'a [u8]) -> Option<Self> {
        let (target, rest) = payload.split_first_chunk::<NAME>()?;
        let (source, rest) = rest.split_first_chunk::<NAME>()?;
        let (id, rest) = rest.split_first_chunk::<2>()?;
        let (size, file) = rest.split_first_chunk::<4>()?;
        Some(Offer {
            target,
            source,
            id: u16::from_be_bytes(*id),
            size: u32::from_be_bytes(*size),
            file,
        })
    }

    /// Appends the packet of the given kind.
    pub fn put(&self, kind: u8, out: &mut Vec<u8>) {
        put(
            kind,
            &[
                self.target,
                self.source,
                &self.id.to_be_bytes(),
                &self.size.to_be_bytes(),
                self.file,
            ],
            out,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_kind_length_payload_and_split_takes_it_back() {
        let mut bytes = Vec::new();
        put(
            kind::DIRECT_MESSAGE,
            &[&name_field("ana"), b"hi\0"],
            &mut bytes,
        );
        put_heartbeat(&mut bytes);
        assert_eq!(bytes[..9], [0x0D, 0, 0, 0, 67, b'a', b'n', b'a', 0]);
        assert_eq!(bytes[72..], [0x03, 0, 0, 0, 0]);

        let (frame, used) = split(&bytes).unwrap().unwrap();
        assert_eq!((frame.kind, used), (kind::DIRECT_MESSAGE, 72));
        assert_eq!(first_name(frame.payload), Some(&name_field("ana")));
        let (frame, used) = split(&bytes[used..]).unwrap().unwrap();
        assert_eq!(
            (frame.kind, frame.payload.len(), used),
            (kind::HEARTBEAT, 0, 5)
        );
    }

    #[test]
    fn every_cut_of_a_frame_is_incomplete() {
        let mut bytes = Vec::new();
        put(kind::ENTER_ROOM, &[&name_field("den")], &mut bytes);
        for cut in 0..bytes.len() {
            assert_eq!(split(&bytes[..cut]), Ok(None), "cut at {cut}");
        }
    }

    #[test]
    fn an_absurd_length_is_an_error_and_not_a_buffer() {
        let bytes = [0x05, 0xFF, 0xFF, 0xFF, 0xFF];
        assert_eq!(split(&bytes), Err(Oversize(u32::MAX as usize)));
    }

    #[test]
    fn an_offer_reads_back_what_it_put() {
        let (target, source) = (name_field("bo"), name_field("ana"));
        let offer = Offer {
            target: &target,
            source: &source,
            id: 7,
            size: 1 << 20,
            file: b"a.bin",
        };
        let mut bytes = Vec::new();
        offer.put(kind::OFFER_FILE, &mut bytes);
        assert_eq!(bytes.len(), HEADER + 134 + 5);
        assert_eq!(Offer::read(&bytes[HEADER..]), Some(offer));
        assert_eq!(Offer::read(&bytes[HEADER..100]), None);
    }
}
