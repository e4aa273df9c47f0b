//! The hub: owns the space, keeps what must be kept, answers every command.

pub mod password;
