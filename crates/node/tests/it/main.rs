//! The doors as a face sees them, and what they keep on disk. Connections are tested beside their code;
//! whole nodes on real networks are tested with the program.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at the first surprise too"
)]

mod door;
mod friends_disk;
mod friends_door;
mod friends_faces;
mod friends_keys;
mod friends_node;
mod friends_rig;
mod friends_stranger;
mod keys;
mod pictures;
mod pins;
