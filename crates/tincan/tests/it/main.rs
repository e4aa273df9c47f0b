//! The program as scripts and people use it: arguments in, output and exit status out.

#![allow(
    clippy::unwrap_used,
    reason = "a test's helpers may stop at the first surprise, as the tests do"
)]

mod account;
mod clients;
mod config;
mod durable;
mod files;
mod friends;
mod generate;
mod habits;
mod hostile;
mod lan;
mod operate;
mod secure;
mod serve;
mod support;
mod talk;
mod usage;
