//! Where people are: at a hub, by one of its wires, on the LAN, or among friends.

use link::Features;

use super::wires::Wire;

/// Bytes of a file that go to the LAN's node at once: it knows no packets, and few large pieces
/// cost less than many small ones.
const LAN_SEGMENT: usize = 16 * 1024;
/// Segments without an answer, at most: the node answers them late while its socket is behind, and
/// ends a transfer whose face goes on all the same. This is 1 MiB, enough to keep a fast LAN busy.
const LAN_WINDOW: usize = 64;

/// A network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// A hub, by this wire.
    Hub(Wire),
    /// The local network, without any server.
    Lan,
    /// Friends, wherever they are, without any server.
    Friends,
}

impl Network {
    /// What it can do.
    pub(crate) fn features(self) -> Features {
        match self {
            Self::Hub(wire) => wire.features(),
            Self::Lan => node::lan::FEATURES,
            Self::Friends => node::friends::FEATURES,
        }
    }

    /// Whether there are people and no rooms.
    pub(crate) fn has_people(self) -> bool {
        self.features().contacts
    }

    /// Bytes of a file in one [`model::Command::Segment`].
    pub(crate) fn segment_bytes(self) -> usize {
        match self {
            Self::Hub(wire) => wire.segment_bytes(),
            // Friends' node reads files itself.
            Self::Lan | Self::Friends => LAN_SEGMENT,
        }
    }

    /// How many segments may be without an answer. `None`: their answers tell nothing, and whoever
    /// sends is slowed by the queue alone.
    pub(crate) fn window(self) -> Option<usize> {
        match self {
            Self::Hub(_) => None,
            Self::Lan | Self::Friends => Some(LAN_WINDOW),
        }
    }

    /// The sentence for somebody who wants `what` where it is not to be had: names what `can`.
    pub(crate) fn has_no(self, what: &str, can: impl Fn(&Features) -> bool) -> String {
        match self {
            Self::Hub(wire) => {
                let mut those = Wire::that_can(&can);
                if those.is_empty() && can(&Self::Lan.features()) {
                    those = "lan:".to_owned();
                }
                format!("{} has no {what}; use {those}", wire.scheme())
            }
            Self::Lan => format!("the LAN has no {what}"),
            Self::Friends => format!("friends have no {what}"),
        }
    }
}

impl From<Wire> for Network {
    fn from(wire: Wire) -> Self {
        Self::Hub(wire)
    }
}
