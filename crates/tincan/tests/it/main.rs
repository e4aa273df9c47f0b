//! The program as scripts and people use it: arguments in, output and exit status out.

#![allow(
    clippy::unwrap_used,
    reason = "a test's helpers may stop at the first surprise, as the tests do"
)]

mod account;
mod config;
mod generate;
mod support;
mod usage;
