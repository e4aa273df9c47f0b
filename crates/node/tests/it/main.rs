//! The door as a face sees it, and what it keeps on disk. Connections are tested beside their code;
//! whole nodes on real networks are tested with the program.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at the first surprise too"
)]

mod door;
mod keys;
mod pictures;
mod pins;
