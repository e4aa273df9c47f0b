//! The table `[friends]`: where the node listens, and what it tells.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::Layers;

/// The node of friends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Friends {
    /// Where to listen; empty: on the usual port of all addresses.
    pub(crate) listen: Vec<SocketAddr>,
    /// Addresses that friends are told besides our own.
    pub(crate) announce: Vec<String>,
    /// Where files go; `None`: into the data folder.
    pub(crate) incoming: Option<PathBuf>,
    /// Whether friends are told of each other [RS-5].
    pub(crate) tells_friends_of_friends: bool,
}

impl Friends {
    /// What is in effect.
    pub(crate) fn resolve(layers: &Layers) -> Self {
        let words = |name| layers.text(name).unwrap_or_default().split_whitespace();
        Self {
            listen: words("friends.listen")
                .filter_map(|address| address.parse().ok())
                .collect(),
            announce: words("friends.announce").map(str::to_owned).collect(),
            incoming: layers.text("friends.incoming").map(PathBuf::from),
            tells_friends_of_friends: layers.flag("friends.tells_friends_of_friends"),
        }
    }
}
