//! The space from outside: the rules as tables, and everything at once against a reference model.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at the first surprise too"
)]

mod agreement;
mod driver;
mod reference;
mod rules;

use std::time::Instant;

use model::{RoomName, SessionId, UserName};

#[expect(
    clippy::disallowed_methods,
    reason = "a test needs one instant to start from"
)]
fn start() -> Instant {
    Instant::now()
}

fn user(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

/// The first session in this slot.
fn session(slot: u32) -> SessionId {
    SessionId::new(slot, 1)
}
