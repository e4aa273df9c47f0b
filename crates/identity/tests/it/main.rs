//! Tests of `identity`.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod fixtures;
mod hostile;
mod interop;
mod locations;
mod names;
mod profiles;
mod real_nodes;
mod secrets;
mod support;
