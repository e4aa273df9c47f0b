//! Address ranges that a peer does not like. Hearsay: it is told apart from rubbish, and not read.

use bytes::Bytes;

/// An item of the service, as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BanList {
    /// Its number within the service.
    pub subtype: u8,
    /// Its bytes.
    pub body: Bytes,
}
