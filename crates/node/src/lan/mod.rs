//! The LAN as a door: `lan::Node` with real sockets.
//!
//! One thread, called `lan`, with one loop (`run`) that owns everything: the node, the sockets of
//! multicast DNS (`sockets`), the listener, the connections. It waits for whatever happens next,
//! tells the node, and does what the node then wants done. Nothing else runs, so there is nothing
//! to lock.

mod connections;
mod doctor;
mod interfaces;
mod keys;
pub mod pictures;
pub mod pins;
mod run;
mod sockets;
mod tls;
mod wire;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use lan::mdns::MAX_PICTURE;
use lan::name::Wish;
use lan::txt::Profile;
use lan::{Config, Node, Policy};
use link::{Door, Features, LINK_COMMANDS, Link};
use model::{MAX_TEXT_BYTES, Refusal};
use tokio::sync::mpsc;

use crate::listener::Bound;
use crate::thread::{Served, spawn};
use crate::{folder, hex, listener};

use self::keys::Identity;
use self::run::{Parts, run};
use self::tls::Tls;

pub use self::doctor::{
    InterfaceReport, PortReport, examine, firewall_hints, port_reachable, who_holds_5353,
};

/// Happenings that wait in a link, at most; more wait in the loop, and then files are not read on.
const HAPPENINGS: usize = 256;

/// Everything a node on the LAN needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What to be called.
    pub wish: Wish,
    /// What to tell about oneself.
    pub profile: Profile,
    /// Our picture.
    pub picture: Option<Bytes>,
    /// The port to listen on; 0 or taken: any free one.
    pub port: u16,
    /// Only these interfaces, by name; empty: all that carry multicast, loopback aside.
    pub interfaces: Vec<String>,
    /// Talk only where it is encrypted.
    pub require_tls: bool,
    /// Whether to be seen by others after SignIn; `false` only looks and does not listen.
    pub is_visible: bool,
    /// Where keys, pins and pictures are kept; made if missing, for the owner only.
    pub folder: PathBuf,
}

/// Why there is no node.
#[derive(Debug, thiserror::Error)]
pub enum LanError {
    /// The system says no; the words name what failed.
    #[error("{0}: {1}")]
    Io(String, #[source] io::Error),
    /// The key file holds no key.
    #[error("{0} holds no key; remove it to make a new one")]
    Key(PathBuf),
    /// The certificate's file holds none, or none that belongs to the key beside it.
    #[error("{0} does not belong to the key beside it; remove both to make new ones")]
    Certificate(PathBuf),
    /// A picture has at most 65,535 octets [LAN-29], less what surrounds it in its datagram.
    #[error("a picture has at most {max} octets, this one has {0}", max = MAX_PICTURE)]
    PictureSize(usize),
}

impl LanError {
    fn io(path: &Path, error: io::Error) -> Self {
        Self::Io(path.display().to_string(), error)
    }
}

/// The LAN, ready to admit one face.
///
/// Dropping the door after its link waits until the node has said goodbye, so that a program that
/// ends does not leave its name behind [LAN-24]: about a second. A link that is still there goes on
/// without its door.
#[derive(Debug)]
pub struct LanDoor {
    settings: Settings,
    fingerprint: [u8; 32],
    // Taken when a face comes and when the door goes; the node's thread never sees it.
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// Nobody was admitted yet; the port is bound where others are to see us.
    Ready(Option<Bound>),
    /// A face was admitted.
    Taken(Served),
}

impl LanDoor {
    /// Reads or makes the key, reads pins and pictures, binds the port. Nothing goes on the network
    /// before [`Door::admit`].
    ///
    /// # Errors
    /// [`LanError`].
    pub fn open(settings: Settings) -> Result<Self, LanError> {
        if let Some(picture) = &settings.picture
            && picture.len() > MAX_PICTURE
        {
            return Err(LanError::PictureSize(picture.len()));
        }
        let (identity, _) = identity(&settings.folder)?;
        // What is read again when a face comes is looked at now, where an error can be told.
        pins::list(&settings.folder).map_err(|error| LanError::io(&settings.folder, error))?;
        pictures::list(&settings.folder).map_err(|error| LanError::io(&settings.folder, error))?;
        let bound = bind(&settings).map_err(|error| LanError::Io("cannot listen".into(), error))?;
        Ok(Self {
            fingerprint: identity.fingerprint(),
            settings,
            state: Mutex::new(State::Ready(bound)),
        })
    }

    /// SHA-256 of our certificate: what others compare.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// Where others connect to; `None`: the door is not to be seen, or its port is with the node
    /// already.
    pub fn port(&self) -> Option<u16> {
        match &*self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Ready(bound) => bound.as_ref().map(|bound| bound.port),
            State::Taken(_) => None,
        }
    }

    /// Starts the thread.
    fn start(&self, bound: Option<Bound>) -> Result<(Link, State), LanError> {
        let settings = &self.settings;
        let (_, tls) = identity(&settings.folder)?;
        let read = |error| LanError::io(&settings.folder, error);
        let node = Node::new(Config {
            wish: settings.wish.clone(),
            is_visible: settings.is_visible,
            profile: settings.profile.clone(),
            picture: settings.picture.clone(),
            port: bound.as_ref().map_or(0, |bound| bound.port),
            policy: Policy {
                require_tls: settings.require_tls,
            },
            pins: pins::list(&settings.folder)
                .map_err(read)?
                .into_iter()
                .collect(),
            pictures: pictures::list(&settings.folder).map_err(read)?,
            seed: rand::random(),
        });
        let (commands, asked) = mpsc::channel(LINK_COMMANDS);
        let (tell, happenings) = mpsc::channel(HAPPENINGS);
        let face = tell.downgrade();
        let parts = Parts {
            node,
            tls,
            bound,
            interfaces: settings.interfaces.clone(),
            folder: settings.folder.clone(),
            commands: asked,
            tell,
        };
        let thread = spawn("lan", run(parts))
            .map_err(|error| LanError::Io("cannot start the node".into(), error))?;
        let link = Link {
            commands,
            happenings,
            features: FEATURES,
        };
        let served = Served { link: face, thread };
        Ok((link, State::Taken(served)))
    }
}

impl Door for LanDoor {
    /// One face at a time; a second is refused with [`Refusal::HubFull`].
    fn admit(&self) -> Result<Link, Refusal> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let bound = match &mut *state {
            State::Ready(bound) => bound.take(),
            State::Taken(before) if before.has_ended() => None,
            State::Taken(_) => return Err(Refusal::HubFull),
        };
        let bound = match bound {
            Some(bound) => Ok(Some(bound)),
            None => bind(&self.settings),
        };
        let started = bound
            .map_err(|error| LanError::Io("cannot listen".into(), error))
            .and_then(|bound| self.start(bound));
        match started {
            Ok((link, taken)) => {
                *state = taken;
                Ok(link)
            }
            Err(error) => {
                tracing::error!(%error, "the node cannot be started");
                Err(Refusal::HubFull)
            }
        }
    }

    fn features(&self) -> Features {
        FEATURES
    }
}

impl Drop for LanDoor {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let State::Taken(served) = state {
            served.await_goodbye();
        }
    }
}

/// Where others connect to, if they are to see us.
fn bind(settings: &Settings) -> io::Result<Option<Bound>> {
    match settings.is_visible {
        true => listener::bind(settings.port).map(Some),
        false => Ok(None),
    }
}

fn identity(folder: &Path) -> Result<(Identity, Tls), LanError> {
    let identity = keys::read_or_make(folder)?;
    let tls =
        Tls::new(&identity).map_err(|_| LanError::Certificate(keys::certificate_path(folder)))?;
    Ok((identity, tls))
}

/// What links of this door can do.
pub const FEATURES: Features = Features {
    rooms: false,
    private: true,
    mailbox: false,
    files: true,
    paths: false,
    history: false,
    presence: true,
    contacts: true,
    max_text: MAX_TEXT_BYTES,
};
