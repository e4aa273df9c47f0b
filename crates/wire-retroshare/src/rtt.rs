//! The time there and back: a ping, answered at once by a pong.
//!
//! A moment is one number: seconds in its upper 32 bits, microseconds of the second in its lower.

use bytes::{BufMut, BytesMut};

use crate::item::Malformed;
use crate::tlv::Reader;

const PING: u8 = 0x01;
const PONG: u8 = 0x02;

/// An item of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rtt {
    /// Asks for an answer.
    Ping {
        /// Counts the pings of a link.
        seq: u32,
        /// When it was sent, by the sender's clock.
        time: u64,
    },
    /// The answer.
    Pong {
        /// The ping's number.
        seq: u32,
        /// The ping's time, as it came.
        ping_time: u64,
        /// When it was answered, by the answerer's clock.
        own_time: u64,
    },
}

/// A moment in the form of this service, from milliseconds of any clock.
pub fn from_millis(millis: u64) -> u64 {
    ((millis / 1000) << 32) | (millis % 1000 * 1000)
}

/// Milliseconds from a moment in the form of this service; what is less is cut off.
pub fn to_millis(time: u64) -> u64 {
    (time >> 32) * 1000 + (time & 0xffff_ffff) / 1000
}

impl Rtt {
    pub(crate) fn subtype(&self) -> u8 {
        match self {
            Self::Ping { .. } => PING,
            Self::Pong { .. } => PONG,
        }
    }

    pub(crate) fn decode(subtype: u8, mut from: Reader) -> Result<Option<Self>, Malformed> {
        Ok(match subtype {
            PING => Some(Self::Ping {
                seq: from.u32()?,
                time: from.u64()?,
            }),
            PONG => Some(Self::Pong {
                seq: from.u32()?,
                ping_time: from.u64()?,
                own_time: from.u64()?,
            }),
            _ => None,
        })
    }

    pub(crate) fn encode(&self, out: &mut BytesMut) {
        match *self {
            Self::Ping { seq, time } => {
                out.put_u32(seq);
                out.put_u64(time);
            }
            Self::Pong {
                seq,
                ping_time,
                own_time,
            } => {
                out.put_u32(seq);
                out.put_u64(ping_time);
                out.put_u64(own_time);
            }
        }
    }
}
