//! A stream of bytes to items, and items to slices.
//!
//! ```text
//! item:   02 | service u16 | subtype u8 | total size u32, these 8 bytes included | body
//! slice:  10 | flags u8    | packet id u32 | size of the payload u16             | payload
//! ```
//!
//! The payloads of one packet id, from the slice with flag 1 to the one with flag 2, are one item with
//! a header of its own. Packets interleave with each other and with whole items. A *probe* is an item
//! of an impossible service; it says that the sender can read slices.
//!
//! What a peer can make a [`Framer`] hold: the caller's buffer of at most [`MAX_ITEM`] bytes and a slice,
//! and [`MAX_ASSEMBLY`] bytes in at most [`MAX_PACKETS`] packets.

use std::collections::BTreeMap;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use thiserror::Error;

/// The header of an item, and of a slice.
pub const HEADER: usize = 8;

/// The largest item, header included: what a real node takes unsliced.
pub const MAX_ITEM: usize = (1 << 18) - 1;

/// How many packets may be in pieces at once. A real node has one for each of its ten priorities.
pub const MAX_PACKETS: usize = 32;

/// How many bytes of packets in pieces are held: eight of the largest.
pub const MAX_ASSEMBLY: usize = 8 * MAX_ITEM;

/// What a node that can read slices says.
pub const PROBE: [u8; HEADER] = [0x02, 0xaa, 0xbb, 0xcc, 0x00, 0x00, 0x00, 0x08];

/// How many bytes of an item we put into a slice; with the header it is what real nodes send at most.
pub const SLICE: usize = 1400 - HEADER;

pub(crate) const ITEM_VERSION: u8 = 0x02;
const SLICE_VERSION: u8 = 0x10;
const FIRST: u8 = 0x01;
const MIDDLE: u8 = 0x00;
const LAST: u8 = 0x02;
/// Packet ids wrap there.
const PACKET_IDS: u32 = 1 << 24;

/// An item whose body nobody has looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawItem {
    /// Its service.
    pub service: u16,
    /// Its number within the service.
    pub subtype: u8,
    /// Everything after the header. It shares the buffer it was read into.
    pub body: Bytes,
}

/// What arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A whole item.
    Item(RawItem),
    /// The peer can read slices.
    Probe,
}

/// Why a stream cannot be read any further. The peer is at fault, and the link must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Neither an item nor a slice.
    #[error("version {0:#04x} where an item or a slice must begin")]
    Version(u8),
    /// An item that is too small for its header, or larger than [`MAX_ITEM`].
    #[error("an item of {0} bytes")]
    Size(u32),
    /// A slice that is neither first, middle nor last.
    #[error("a slice with flags {0:#04x}")]
    SliceFlags(u8),
    /// The slices of a packet do not make up the item that its first bytes announce.
    #[error("slices of {found} bytes for an item of {announced}")]
    Slices {
        /// The size in the item's header.
        announced: u32,
        /// How many bytes came.
        found: usize,
    },
    /// More than [`MAX_PACKETS`] packets in pieces.
    #[error("more than {MAX_PACKETS} packets in pieces")]
    TooManyPackets,
    /// More than [`MAX_ASSEMBLY`] bytes in pieces.
    #[error("more than {MAX_ASSEMBLY} bytes in pieces")]
    TooMuch,
}

/// Finds items in a stream, and puts slices together.
#[derive(Debug, Default)]
pub struct Framer {
    packets: BTreeMap<u32, BytesMut>,
    /// The sum of `packets`; ≤ [`MAX_ASSEMBLY`].
    held: usize,
    slicing: bool,
    failed: Option<FrameError>,
}

impl Framer {
    /// One for a new stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next frame, taken from the front of the input; nothing if it is not complete. Slices that
    /// complete nothing are taken silently. An error lasts.
    ///
    /// Room for the rest of an item is reserved when its header is there: at most [`MAX_ITEM`] bytes.
    pub fn next(&mut self, input: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let result = self.step(input);
        self.failed = result.as_ref().err().copied();
        result
    }

    /// Whether the peer has shown that it can read slices.
    pub fn has_slicing(&self) -> bool {
        self.slicing
    }

    /// How many bytes of packets in pieces are held.
    pub fn held(&self) -> usize {
        self.held
    }

    fn step(&mut self, input: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
        loop {
            let Some(&version) = input.first() else {
                return Ok(None);
            };
            match version {
                ITEM_VERSION => return self.item(input),
                SLICE_VERSION => {}
                other => return Err(FrameError::Version(other)),
            }
            let Some(slice) = Slice::take(input)? else {
                return Ok(None);
            };
            self.slicing = true;
            if let Some(frame) = self.assemble(&slice)? {
                return Ok(Some(frame));
            }
        }
    }

    fn item(&mut self, input: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
        let Some(size) = announced(input)? else {
            return Ok(None);
        };
        if input.len() < size {
            input.reserve(size - input.len());
            return Ok(None);
        }
        Ok(Some(self.whole(input.split_to(size).freeze())))
    }

    /// The frame of an item whose header has been checked.
    fn whole(&mut self, mut bytes: Bytes) -> Frame {
        if *bytes == PROBE {
            self.slicing = true;
            return Frame::Probe;
        }
        let mut header = bytes.split_to(HEADER);
        header.advance(1);
        Frame::Item(RawItem {
            service: header.get_u16(),
            subtype: header.get_u8(),
            body: bytes,
        })
    }

    fn assemble(&mut self, slice: &Slice) -> Result<Option<Frame>, FrameError> {
        if slice.flags == FIRST {
            // A packet that begins anew replaces what was there of it.
            self.drop_packet(slice.packet);
            if self.packets.len() == MAX_PACKETS {
                return Err(FrameError::TooManyPackets);
            }
            self.packets.insert(slice.packet, BytesMut::new());
        }
        // COMPAT(RetroShare): a slice of a packet whose beginning never came is dropped, not an error.
        let Some(packet) = self.packets.get_mut(&slice.packet) else {
            return Ok(None);
        };
        if self.held + slice.payload.len() > MAX_ASSEMBLY {
            return Err(FrameError::TooMuch);
        }
        self.held += slice.payload.len();
        packet.extend_from_slice(&slice.payload);

        let size = check_version(packet).and_then(|()| announced(packet))?;
        let found = packet.len();
        let is_last = slice.flags == LAST;
        match size {
            Some(size) if found > size || (is_last && found < size) => Err(FrameError::Slices {
                announced: crate::tlv::size(size),
                found,
            }),
            None if is_last => Err(FrameError::Slices {
                announced: 0,
                found,
            }),
            Some(_) if is_last => {
                let packet = self.drop_packet(slice.packet);
                Ok(Some(self.whole(packet.freeze())))
            }
            Some(_) | None => Ok(None),
        }
    }

    fn drop_packet(&mut self, id: u32) -> BytesMut {
        let packet = self.packets.remove(&id).unwrap_or_default();
        self.held -= packet.len();
        packet
    }
}

/// Writes an item, header included, in slices; one that fits a slice goes out whole, as a packet of a
/// single slice is not understood. Packet ids wrap at 2^24.
pub fn encode_sliced(item: &[u8], packet_id: u32, out: &mut BytesMut) {
    if item.len() <= SLICE {
        out.extend_from_slice(item);
        return;
    }
    let count = item.len().div_ceil(SLICE);
    out.reserve(item.len() + count * HEADER);
    for (index, payload) in item.chunks(SLICE).enumerate() {
        let flags = match index {
            0 => FIRST,
            i if i + 1 == count => LAST,
            _ => MIDDLE,
        };
        out.put_u8(SLICE_VERSION);
        out.put_u8(flags);
        out.put_u32(packet_id % PACKET_IDS);
        // At most SLICE, which fits.
        out.put_u16(u16::try_from(payload.len()).unwrap_or(u16::MAX));
        out.extend_from_slice(payload);
    }
}

struct Slice {
    flags: u8,
    packet: u32,
    payload: BytesMut,
}

impl Slice {
    fn take(input: &mut BytesMut) -> Result<Option<Self>, FrameError> {
        let mut header = input.get(1..HEADER).unwrap_or_default();
        if header.is_empty() {
            return Ok(None);
        }
        let flags = header.get_u8();
        if !matches!(flags, FIRST | MIDDLE | LAST) {
            return Err(FrameError::SliceFlags(flags));
        }
        let packet = header.get_u32();
        let size = HEADER + usize::from(header.get_u16());
        if input.len() < size {
            input.reserve(size - input.len());
            return Ok(None);
        }
        let mut payload = input.split_to(size);
        payload.advance(HEADER);
        Ok(Some(Self {
            flags,
            packet,
            payload,
        }))
    }
}

/// The total size in an item's header, if that is there.
fn announced(item: &[u8]) -> Result<Option<usize>, FrameError> {
    let Some(mut field) = item.get(4..HEADER) else {
        return Ok(None);
    };
    let size = field.get_u32();
    match usize::try_from(size) {
        Ok(total) if (HEADER..=MAX_ITEM).contains(&total) => Ok(Some(total)),
        _ => Err(FrameError::Size(size)),
    }
}

fn check_version(item: &[u8]) -> Result<(), FrameError> {
    match item.first() {
        None | Some(&ITEM_VERSION) => Ok(()),
        Some(&other) => Err(FrameError::Version(other)),
    }
}
