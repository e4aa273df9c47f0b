//! The hub from outside: through [`link::Exchange`], over the memory store, with a clock that the
//! tests move. Waiting is for what other threads report, never for time.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at the first surprise too"
)]

mod accounts;
mod clock;
mod history;
mod letters;
mod people;
mod pressure;
mod rig;
mod transfers;
