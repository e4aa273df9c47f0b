//! What a node wants done.

use bytes::Bytes;
use core::net::SocketAddr;
use wire_retroshare::LocationId;

use crate::api::{Notice, Report, RequestId};
use crate::disk::DiskTask;
use crate::kept::Change;

/// One connection, for as long as it lasts; never used again. The node numbers those that it asks
/// for from the even numbers, the shell those that it accepts from the odd ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// Something to be done, in the order given.
///
/// Every [`Keep`](Self::Keep) of a turn is on disk before anything else of that turn is carried out,
/// so that what is answered or sent is never forgotten.
#[derive(Debug)]
pub enum Output {
    /// Connect by TCP, then TLS as the client; answered by `handle_secured` or `handle_closed`. The
    /// shell gives up after a limit of its own (5 s for TCP, 30 s for TLS).
    Connect {
        /// Its number.
        connection: ConnectionId,
        /// Whom the caller means to reach: any other certificate ends the connection.
        location: LocationId,
        /// Where.
        to: Place,
    },
    /// Send these bytes, after those before.
    Send(ConnectionId, Bytes),
    /// Send what was given, say goodbye, and close.
    Close(ConnectionId),
    /// Read no more, or again.
    Pause(ConnectionId, bool),
    /// Keep these, all or none, before going on.
    Keep(Vec<Change>),
    /// Do something with files; answered by `handle_disk`.
    Disk(DiskTask),
    /// The answer to a request.
    Report(RequestId, Report),
    /// Something happened; for every face that watches.
    Notice(Notice),
    /// The node is over, for this reason.
    Ended(String),
}

/// Where a location may be reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// An address.
    Address(SocketAddr),
    /// A host's name and port; the shell asks the resolver.
    Host(String, u16),
}
