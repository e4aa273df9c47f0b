//! Heartbeats: empty items that say that the sender is alive.
//!
//! A real node sends one every 5 to 6 seconds, and gives up on a link when none came for 100 seconds
//! and nothing else for 60.

/// The only item of the service.
pub const SUBTYPE: u8 = 0x01;
