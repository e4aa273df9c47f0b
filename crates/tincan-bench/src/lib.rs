//! Load generator and baseline: what a cs494 hub costs, measured on your own machine.
//!
//! The kernel's send path is most of what a chat server costs, and machines differ, so an absolute
//! number says little. Every figure here is meant to be read as a ratio to [`baseline`], a relay that
//! does the same sends without checking anything, measured in the same run.
//!
//! ```text
//! taskset -c 0 tincan serve --cs594 off --cp off --ops off --set history.enabled=false &
//! taskset -c 1 tincan-bench compare --hub 127.0.0.1:17734 --hub-pid $!
//! ```
//!
//! Server and generator belong on different cores (`taskset`; this crate has no `unsafe` and so does
//! not pin itself). The baseline is started on the cores the hub may use. CPU per delivery holds on a
//! machine with other work; rates and latencies need one without.
//!
//! Rules of every scenario: targets are on this machine ([`loopback`]), every wait ends at a deadline,
//! and every receiver checks the sequence of every sender ([`sequence`]), so a fast server that loses
//! or reorders is seen.
//!
//! - [`frames`], [`stamp`]: the bytes, written from the protocol's page and not with our own codec, so
//!   that a mistake in the codec cannot hide itself
//! - [`generator`]: the clients and the scenarios
//! - [`baseline`], [`compare`]: what is compared with, and how
//! - [`micro`]: instructions of single steps (codecs, a decision), which no other work disturbs
//! - [`hashing`]: a shared file's hash, against SHA-1 in memory
//! - [`friends`]: a file from friend to friend, against bare TLS streams
//! - [`histogram`], [`measure`], [`report`]: numbers

pub mod baseline;
pub mod compare;
pub mod frames;
pub mod friends;
pub mod generator;
pub mod hashing;
pub mod histogram;
pub mod measure;
pub mod micro;
pub mod report;
pub mod sequence;
pub mod stamp;

use std::net::SocketAddr;

/// Parses `ADDR:PORT` and refuses what is not this machine: a load generator pointed at somebody
/// else's server is an attack.
///
/// # Errors
/// A sentence for the user when the address cannot be parsed or is not a loopback address.
pub fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| format!("`{text}` is not an address like 127.0.0.1:17734"))?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(format!(
            "{} is not this machine: tincan-bench only works against loopback addresses",
            address.ip()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_targets_are_allowed() {
        assert!(loopback("127.0.0.1:17734").is_ok());
        assert!(loopback("[::1]:17734").is_ok());
        let refusal = loopback("192.0.2.7:17734").unwrap_err();
        assert!(refusal.contains("only works against loopback"), "{refusal}");
        assert!(loopback("localhost").is_err());
    }
}
