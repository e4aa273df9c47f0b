//! RetroShare's network as a door: `friends::Node` with real sockets, files and clocks.
//!
//! | module | what |
//! |---|---|
//! | `keys` | our identity on disk |
//! | `run` | the loop that owns the node: what happens goes in, what is to be done is done |
//! | `connections`, `wire`, `session`, `tls` | TCP and TLS, and who may be at the other end |
//! | `addresses` | where this machine can be reached |
//! | `disk` | threads for shared files and downloads |
//! | `shelf` | what survives a restart |
//! | `faces`, `socket` | who asks the node and is told: in this process, and attached from others |
//! | [`Face`] | the same from the asker's side |
//! | [`FriendsDoor`] | a face as a [`link::Door`] |
//!
//! One thread, called `friends`, with one loop that owns the node. One node for each folder: whoever
//! comes second attaches to the first, over a socket in the folder.

mod addresses;
mod connections;
pub mod disk;
mod door;
mod face;
mod faces;
mod keys;
mod run;
mod session;
mod shelf;
#[cfg(unix)]
mod socket;
mod start;
mod tls;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use friends::{Notice, Report, RequestId};
use identity::{ImportError, KeyError, ProfileError};
use serde::{Deserialize, Serialize};
use store::{Shelf, StoreError};

pub use self::door::{FEATURES, FriendsDoor};
pub use self::face::{Ended, Face};
pub use self::keys::{DEFAULT_PORT, Init, Step, exists, export_secret, init, profile, sign};
pub use self::start::{attach, records, running, start};

/// Opens the records at this path, made if missing. Given by the program, which alone names a
/// storage.
pub type OpenShelf = dyn Fn(&Path) -> Result<Box<dyn Shelf>, StoreError>;

/// Everything a node needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where keys and records are; for the owner only. The door's own: nothing else lies in it.
    pub folder: PathBuf,
    /// Where to listen; empty: on the port of the location, by default [`DEFAULT_PORT`], on all
    /// addresses. A port of 0 means any.
    pub listen: Vec<SocketAddr>,
    /// Where friends can reach us besides what this machine knows of itself, as `address:port`: a
    /// forwarded port of a router.
    pub announce: Vec<String>,
    /// Where finished downloads go.
    pub incoming: PathBuf,
    /// Whether friends are told of each other, and we ask them for their friends [RS-5].
    pub tells_friends_of_friends: bool,
}

/// What a face is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// The one answer to a request.
    Report(RequestId, Report),
    /// Something happened; told to faces that watch.
    Notice(Notice),
    /// It is over, for this reason; nothing follows.
    Ended(String),
}

/// Why something about our node or identity was not done.
#[derive(Debug, thiserror::Error)]
pub enum FriendsError {
    /// Nothing was made yet.
    #[error("there is no profile in {0} yet; make one with `tincan friends init`")]
    NoIdentity(PathBuf),
    /// There is one already.
    #[error("there is a profile in {0} already; it is never written over")]
    Exists(PathBuf),
    /// Only a part of one is there.
    #[error(
        "{0} is part of an identity whose profile.asc is missing; bring that back, or remove this to \
         begin anew"
    )]
    Half(PathBuf),
    /// The passphrase does not open the key.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// A location cannot be called so.
    #[error("the name of a location has 1 to 64 bytes and no control characters")]
    LocationName,
    /// The key to be imported cannot be.
    #[error("the key cannot be imported: {0}")]
    Import(#[source] ImportError),
    /// The key to be signed is none.
    #[error("the key cannot be signed: {0}")]
    ForeignKey(#[source] ProfileError),
    /// A key was not made or not used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A file of the identity holds something else.
    #[error("{path} is damaged ({why}); bring it back from a copy")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The system says no; the words name what failed.
    #[error("{0}: {1}")]
    Io(String, #[source] io::Error),
    /// Another process has the folder.
    #[error("another process has the node in {0}, and does not answer; end it first")]
    Running(PathBuf),
    /// A port cannot be had.
    #[error("cannot listen on {address} ({error}); name another port with --listen")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        error: io::Error,
    },
    /// An address to be announced is none.
    #[error("{0:?} cannot be announced; write an address and a port, as in 192.0.2.1:7812")]
    Announce(String),
    /// The records cannot be opened or read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The TLS key cannot be used.
    #[error("the key of this location cannot be used: {0}")]
    Tls(#[from] rustls::Error),
    /// A thread of ours has died.
    #[error("a thread that makes keys has ended early")]
    Thread,
}

impl FriendsError {
    fn io(path: &Path, error: io::Error) -> Self {
        Self::Io(path.display().to_string(), error)
    }

    fn damaged(path: &Path, why: &dyn std::fmt::Display) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            why: why.to_string(),
        }
    }
}
