//! What the node and its IO say to each other.

use std::collections::BTreeMap;

use bytes::Bytes;
use core::net::{IpAddr, SocketAddr};
use model::{CommandId, Event, Reply, Signal};

use crate::mdns::Packet;
use crate::name::Wish;
use crate::txt::Profile;

/// Bytes in a picture of ours, at most [LAN-29]: what a NULL record holds. A larger one is not
/// published; whoever sets it says so first.
pub const MAX_PICTURE: usize = 65_535;

/// One TCP connection, for as long as the node lives. The node numbers those it opens, with the
/// highest bit set; the IO numbers those it accepts, without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

impl ConnectionId {
    /// The bit that the node's own numbers have.
    pub const OURS: u64 = 1 << 63;
}

/// How safe it has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Talk only where it is encrypted [LAN-40].
    pub require_tls: bool,
}

/// What a node is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// What to be called.
    pub wish: Wish,
    /// Whether to be seen: `false` only looks.
    pub is_visible: bool,
    /// What to tell about oneself. [`Profile::picture`] is set by the node.
    pub profile: Profile,
    /// Our picture [LAN-29].
    pub picture: Option<Bytes>,
    /// Where we listen.
    pub port: u16,
    /// How safe it has to be.
    pub policy: Policy,
    /// Known keys: name, SHA-256 of the certificate [LAN-46].
    pub pins: BTreeMap<String, [u8; 32]>,
    /// Pictures that are in the store: their SHA-1, lower-case hexadecimal [LAN-30].
    pub pictures: Vec<String>,
    /// For random delays and ids.
    pub seed: u64,
}

/// Which side of TLS to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsRole {
    /// The one who greets.
    Client,
    /// The one who answers.
    Server,
}

/// What the IO does for the node, in order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send a datagram.
    Datagram(Packet),
    /// Connect, from this address of ours; [`crate::Node::handle_connected`] or
    /// [`crate::Node::handle_closed`] follows, within 5 s.
    Connect {
        /// The connection's number.
        connection: ConnectionId,
        /// Through this interface (scope of link-local IPv6).
        interface: u32,
        /// From this address: others take connections only from published ones (facts 1.4).
        from: Option<IpAddr>,
        /// To this one.
        to: SocketAddr,
    },
    /// Send these bytes; tell each `n` that the socket has taken by [`crate::Node::handle_sent`].
    Send(ConnectionId, Bytes),
    /// Everything sent before goes out in the clear; then TLS begins, and
    /// [`crate::Node::handle_tls`] or [`crate::Node::handle_closed`] follows. Bytes already read and not taken by
    /// the node belong to TLS.
    StartTls(ConnectionId, TlsRole),
    /// Flush for at most 2 s, close, and tell nothing more of it.
    Close(ConnectionId),
    /// Close at once and without the proper end of TLS, and tell nothing more of it: the other side
    /// has to see that what it says now may be lost.
    Abort(ConnectionId),
    /// Read no more from this connection (`true`) until told otherwise (`false`); then what the node
    /// has left of its bytes is handed in again, if there is any.
    Pause(ConnectionId, bool),
    /// For the face: something durable.
    Event(Event),
    /// For the face: something ephemeral.
    Signal(Signal),
    /// For the face: the one answer.
    Reply(CommandId, Reply),
    /// Keep this key for this name.
    StorePin {
        /// The name.
        name: String,
        /// SHA-256 of the certificate.
        fingerprint: [u8; 32],
    },
    /// Keep this picture under its hash; `evict` go, being the oldest unused [LAN-35].
    StorePicture {
        /// SHA-1, lower-case hexadecimal.
        hash: String,
        /// The picture.
        data: Bytes,
        /// Hashes of pictures to remove.
        evict: Vec<String>,
    },
    /// All is said and flushed: the node has ended.
    Ended(String),
}
