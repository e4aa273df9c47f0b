//! Advice on how much the other side may send.

use bytes::BytesMut;

use crate::item::Malformed;
use crate::tlv::{Reader, kind, put_tlv_u32};

/// The only item of the service.
pub const SUBTYPE: u8 = 0x01;

/// How much the sender would like to get. Advice: nothing holds a peer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bandwidth {
    /// Bytes a second.
    pub bytes_per_second: u32,
}

impl Bandwidth {
    pub(crate) fn decode(mut from: Reader) -> Result<Self, Malformed> {
        Ok(Self {
            bytes_per_second: from.tlv(kind::BANDWIDTH)?.u32()?,
        })
    }

    pub(crate) fn encode(&self, out: &mut BytesMut) {
        put_tlv_u32(kind::BANDWIDTH, self.bytes_per_second, out);
    }
}
