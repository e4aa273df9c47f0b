//! The IO around the serverless nodes: sockets, multicast, keys. A [`link::Door`] each.

mod clock;
mod folder;
pub mod friends;
pub mod lan;
mod listener;
mod table;
mod thread;
mod tls;

use std::io;

/// As lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What went wrong, without the system's numbers.
fn words(error: &io::Error) -> String {
    let is_known = error.get_ref().is_none() && error.kind() != io::ErrorKind::Other;
    match error.kind().to_string() {
        kind if is_known && kind != "uncategorized error" => kind,
        _ => error.to_string(),
    }
}
