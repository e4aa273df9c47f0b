//! Whether a person is there: sent on connecting and whenever it changes.

use bytes::{BufMut, BytesMut};

use crate::item::Malformed;
use crate::tlv::Reader;

/// The only item of the service.
pub const SUBTYPE: u8 = 0x01;

/// Where a person is, as they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Seconds since 1970, by the sender's clock.
    pub sent_at: u32,
    /// Where the person is.
    pub state: State,
}

/// What a person says about being there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// About to go, or invisible.
    Offline,
    /// Not at the machine.
    Away,
    /// Not to be disturbed.
    Busy,
    /// There.
    Online,
    /// Has not touched the machine for a while.
    Idle,
    /// A number that we do not know. Never one of 0 to 4.
    Unknown(u32),
}

impl Status {
    pub(crate) fn decode(mut from: Reader) -> Result<Self, Malformed> {
        Ok(Self {
            sent_at: from.u32()?,
            state: State::from_number(from.u32()?),
        })
    }

    pub(crate) fn encode(&self, out: &mut BytesMut) {
        out.put_u32(self.sent_at);
        out.put_u32(self.state.number());
    }
}

impl State {
    /// The state of a number on the wire.
    pub fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Offline,
            1 => Self::Away,
            2 => Self::Busy,
            3 => Self::Online,
            4 => Self::Idle,
            other => Self::Unknown(other),
        }
    }

    /// The number on the wire.
    pub fn number(self) -> u32 {
        match self {
            Self::Offline => 0,
            Self::Away => 1,
            Self::Busy => 2,
            Self::Online => 3,
            Self::Idle => 4,
            Self::Unknown(other) => other,
        }
    }
}
