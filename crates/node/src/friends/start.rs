//! Starting a node, or finding the one that runs.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use friends::{Config, Node, Notice};
use rand::random;
use tokio::sync::mpsc;

use super::disk::{Disk, Private};
use super::face::Face;
use super::faces::{Owner, REQUESTS, TOLD};
use super::keys::{self, DEFAULT_PORT, Public};
use super::run::{ANSWERS, Parts, run};
use super::tls::Tls;
use super::{FriendsError, OpenShelf, Settings, Told, shelf};
use crate::clock::now;
use crate::folder;
use crate::listener::{self, Bound};
use crate::thread::spawn;

/// What friends and faces are told of the program.
pub(super) const PROGRAM: &str = concat!("tincan ", env!("CARGO_PKG_VERSION"));
/// The records' file.
const RECORDS: &str = "friends.db";
/// Where parts of downloads are, below the folder of finished ones: so that giving one its name copies
/// nothing.
const PARTIAL: &str = ".partial";
/// How long somebody else may hold the folder: who only looks at the records is quick.
const HOLD_LIMIT: Duration = Duration::from_secs(5);

/// Whether a node of this folder runs, in whichever process.
pub fn running(folder: &Path) -> bool {
    #[cfg(unix)]
    return super::socket::is_answered(folder);
    #[cfg(not(unix))]
    return folder::hold_within(folder, Duration::ZERO).is_err() && folder.exists();
}

/// A face of the node that runs in another process (or elsewhere in this one). `None`: there is none, or
/// it speaks another version, which is logged.
pub async fn attach(folder: &Path) -> Option<Face> {
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
    #[cfg(unix)]
    {
        if !running(folder) {
            return None;
        }
        let (ask, requests) = mpsc::channel(REQUESTS);
        let (tell, told) = mpsc::channel(TOLD);
        let (ready, is_ready) = tokio::sync::oneshot::channel();
        let carrying = super::socket::carry(folder.to_owned(), requests, tell, ready);
        // Its own thread, so that it goes on whatever the face's program does meanwhile.
        let thread = spawn("friends-face", carrying)
            .inspect_err(|error| tracing::warn!(%error, "cannot attach"))
            .ok()?;
        match is_ready.await {
            Ok(Ok(())) => Some(Face::new(ask, told, thread)),
            Ok(Err(error)) => {
                tracing::warn!(error, "a node runs, and cannot be attached to");
                None
            }
            Err(_) => None,
        }
    }
}

/// Starts a node in this process: unlocks the keys, takes the folder, listens. It ends with the face
/// that is returned; others may attach.
///
/// # Errors
/// [`FriendsError`].
pub fn start(
    settings: &Settings,
    passphrase: &str,
    open: &OpenShelf,
) -> Result<Face, FriendsError> {
    let public = keys::public(&settings.folder)?;
    let announced = announced(&settings.announce)?;
    let secret = keys::open_tls(&settings.folder, passphrase, &public.certificate)?;
    let tls = Tls::new(&secret, &public.certificate)?;
    drop(secret);
    let lock = take(&settings.folder)?;
    let (bound, warning) = listen(&settings.listen, public.about.port)?;
    let start = Start {
        port: bound.port,
        listening: bound.addresses(),
        tls: Some(tls),
        bound: Some(bound),
        announced,
        lock,
    };
    let mut face = start.go(settings, public, open)?;
    if let Some(warning) = warning {
        face.tell(Told::Notice(Notice::Warning(warning)));
    }
    Ok(face)
}

/// The node that runs, or else only its records: what can be asked and written down without the
/// network. Needs no passphrase.
///
/// # Errors
/// [`FriendsError`].
pub async fn records(settings: &Settings, open: &OpenShelf) -> Result<Face, FriendsError> {
    if let Some(face) = attach(&settings.folder).await {
        return Ok(face);
    }
    let public = keys::public(&settings.folder)?;
    let announced = announced(&settings.announce)?;
    let lock = take(&settings.folder)?;
    let listening = would_listen(&settings.listen, public.about.port);
    let start = Start {
        port: listening
            .first()
            .map_or(public.about.port, SocketAddr::port),
        listening,
        tls: None,
        bound: None,
        announced,
        lock,
    };
    start.go(settings, public, open)
}

/// What differs between a node and its mere records.
struct Start {
    port: u16,
    /// Where it listens, or would.
    listening: Vec<SocketAddr>,
    tls: Option<Tls>,
    bound: Option<Bound>,
    announced: Vec<SocketAddr>,
    lock: std::fs::File,
}

impl Start {
    fn go(
        self,
        settings: &Settings,
        public: Public,
        open: &OpenShelf,
    ) -> Result<Face, FriendsError> {
        let is_offline = self.tls.is_none();
        let mut shelf = open(&settings.folder.join(RECORDS))?;
        let kept = shelf::records(shelf.load()?);
        let config = Config {
            location: public.certificate.location_id(),
            profile: public.profile,
            location_name: public.about.name,
            version: PROGRAM.into(),
            port: self.port,
            tells_friends_of_friends: settings.tells_friends_of_friends,
            incoming: settings.incoming.clone(),
            partial: settings.incoming.join(PARTIAL),
            is_offline,
            seed: random(),
        };
        let failed = |error| FriendsError::Io("cannot start the node".into(), error);
        let private = Private::new(&settings.folder, &settings.incoming);
        let (answer, answers) = mpsc::channel(ANSWERS);
        let disk = Disk::start(answer, Some(private)).map_err(failed)?;
        let (ask, requests) = mpsc::channel(REQUESTS);
        let (tell, told) = mpsc::channel(TOLD);
        let parts = Parts {
            node: Node::new(config, kept, now()),
            tls: self.tls,
            bound: self.bound,
            listening: self.listening,
            announced: self.announced,
            shelf,
            disk,
            answers,
            owner: Owner { requests, tell },
            #[cfg(unix)]
            socket: (!is_offline).then(|| socket(&settings.folder)).flatten(),
            lock: self.lock,
        };
        let thread = spawn("friends", run(parts)).map_err(failed)?;
        Ok(Face::new(ask, told, thread))
    }
}

/// The folder for ourselves.
fn take(folder: &Path) -> Result<std::fs::File, FriendsError> {
    if running(folder) {
        return Err(FriendsError::Running(folder.to_owned()));
    }
    folder::make(folder).map_err(|error| FriendsError::io(folder, error))?;
    // A copy made by hand may have let others in, and all that was said lies here.
    #[cfg(unix)]
    {
        folder::protect_folder(folder);
        for end in ["", "-wal", "-shm", ".lock"] {
            folder::protect(&folder.join(format!("{RECORDS}{end}")));
        }
    }
    folder::hold_within(folder, HOLD_LIMIT).map_err(|error| match error.kind() {
        std::io::ErrorKind::TimedOut => FriendsError::Running(folder.to_owned()),
        _ => FriendsError::io(folder, error),
    })
}

/// Without it the node runs all the same; nobody attaches.
#[cfg(unix)]
fn socket(folder: &Path) -> Option<(PathBuf, std::os::unix::net::UnixListener)> {
    match super::socket::bind(folder) {
        Ok(socket) => Some((folder.to_owned(), socket)),
        Err(error) => {
            tracing::warn!(%error, "nobody can attach to this node");
            None
        }
    }
}

/// Listens, and what there is to say about where.
fn listen(wished: &[SocketAddr], port: u16) -> Result<(Bound, Option<String>), FriendsError> {
    if !wished.is_empty() {
        let bound = listener::bind_to(wished);
        return match bound {
            Ok(bound) => Ok((bound, None)),
            Err((address, error)) => Err(FriendsError::Listen { address, error }),
        };
    }
    let refused = |error| FriendsError::Listen {
        address: SocketAddr::from(([0, 0, 0, 0], port)),
        error,
    };
    match listener::listen_on(port) {
        Ok(bound) => Ok((bound, None)),
        Err(error) if port == DEFAULT_PORT => {
            let bound = listener::bind(0).map_err(refused)?;
            let warning = format!(
                "port {port} cannot be had ({}); friends reach this machine on port {} until it ends",
                crate::words(&error),
                bound.port
            );
            Ok((bound, Some(warning)))
        }
        Err(error) => Err(refused(error)),
    }
}

/// Where a node with these settings listens: an invite that is made while none runs says so too.
fn would_listen(wished: &[SocketAddr], port: u16) -> Vec<SocketAddr> {
    if !wished.is_empty() {
        return wished.to_vec();
    }
    vec![
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)),
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)),
    ]
}

fn announced(texts: &[String]) -> Result<Vec<SocketAddr>, FriendsError> {
    let parse = |text: &String| {
        let parsed = text.parse();
        parsed.map_err(|_| FriendsError::Announce(text.clone()))
    };
    texts.iter().map(parse).collect()
}
