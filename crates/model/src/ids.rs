//! Identifiers and time, all handed in from outside so that every decision can be replayed.

use std::num::NonZeroU16;
use std::time::Instant;

/// One connection, or one face at this machine, for as long as it lasts.
///
/// The low half is a slot that is used again, the high half a generation that is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub u64);

impl SessionId {
    /// The session in `slot` (0 …) of this `generation`.
    pub const fn new(slot: u32, generation: u32) -> Self {
        Self((generation as u64) << 32 | slot as u64)
    }

    /// The slot, an index into tables of sessions.
    pub const fn slot(self) -> usize {
        (self.0 & 0xFFFF_FFFF) as usize
    }
}

/// A room for as long as it is open: an index, cheaper than its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomKey(pub u32);

/// Chosen by the asker, echoed by the reply; a gate may keep its own meaning in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(pub u64);

/// A message said or told, unique and growing over the life of a hub's store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub u64);

/// A live file transfer; never 0, which on the wires means "none" [494-22].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TransferId(pub NonZeroU16);

impl TransferId {
    /// The transfer of this number; `None` for 0.
    pub fn new(number: u16) -> Option<Self> {
        NonZeroU16::new(number).map(Self)
    }

    /// The number, 1 … 65,535.
    pub fn get(self) -> u16 {
        self.0.get()
    }
}

/// Wall-clock time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(pub u64);

/// Both clocks, read once a round by whoever owns the loop [HUB-14].
///
/// Deadlines use `instant`; `wall` is only for what people read, so a jump of it ends nothing.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// The monotonic clock.
    pub instant: Instant,
    /// The wall clock.
    pub wall: Timestamp,
}
