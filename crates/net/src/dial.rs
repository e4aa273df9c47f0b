//! Dialling: from an address to a [`Link`].
//!
//! [`dial`] resolves, connects, greets by TLS where asked, and leaves one thread behind that
//! carries bytes between the socket and the protocol's [`ClientGate`]. The thread sleeps in one
//! `poll` that covers the socket, the gate's timer and both channels of the link: nothing is asked
//! again and again, and nothing waits in an unbounded queue. A face that does not read stops the
//! socket from being read; a server that does not read stops commands from being taken.
//!
//! Read next: `carrier.rs`, the loop of that thread.

mod carrier;
mod tls;

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use gate::ClientGate;
use link::{Features, Link};
use socket2::{SockRef, TcpKeepalive};

/// How long one address is tried: a host that drops packets must not hide the next address.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long all of dialling takes at most, name resolution aside.
const DIAL_TIMEOUT: Duration = Duration::from_secs(15);
/// Addresses of one name that are tried, at most.
const MAX_ADDRESSES: usize = 16;
/// When an idle connection is first probed by TCP itself, below the protocols' own heartbeats.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);
/// How far apart TCP's own probes are.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);

/// Where to dial.
#[derive(Clone, Debug)]
pub struct Target {
    /// A name or an address, IPv6 without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// `None`: in the clear.
    pub tls: Option<TlsMode>,
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// TLS as a client does it [HUB-10].
#[derive(Clone, Debug)]
pub struct TlsMode {
    /// What makes the server's certificate a good one.
    pub trust: Trust,
    /// What we show to prove an account [HUB-2]; `None`: nothing.
    pub identity: Option<Identity>,
}

/// What makes a server's certificate a good one.
#[derive(Clone, Debug)]
pub enum Trust {
    /// It is signed by one of the certificates in this PEM file and names the host.
    CaFile(PathBuf),
    /// It has this SHA-256, whatever it names.
    Pinned([u8; 32]),
}

/// A client's certificate and its key.
#[derive(Clone, Debug)]
pub struct Identity {
    /// PEM file with the certificate, the client's own first.
    pub cert: PathBuf,
    /// PEM file with the private key.
    pub key: PathBuf,
}

/// Why there is no link: what failed, on what, what to do.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The host has no address.
    #[error("the host {host} is not known ({source}); check its spelling")]
    UnknownHost {
        /// As it was asked for.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// The machine answers, but nothing listens on the port.
    #[error("nobody listens at {at}; start a hub there with `tincan serve`, or check the port")]
    NobodyListens {
        /// The address that was tried first.
        at: SocketAddr,
    },
    /// The machine does not answer.
    #[error("{at} does not answer; check the address, the network and the firewall there")]
    NoAnswer {
        /// The address that was tried first.
        at: SocketAddr,
    },
    /// Anything else that the network says.
    #[error("cannot connect to {at}: {source}")]
    Unreachable {
        /// The address that was tried first.
        at: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A file that TLS needs cannot be used.
    #[error("cannot use {path} for TLS: {reason}")]
    TlsFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The other side is not who it should be, or speaks no TLS.
    #[error("no TLS with {at}: {reason}")]
    Tls {
        /// Whom.
        at: String,
        /// What went wrong and what to do.
        reason: String,
    },
    /// This machine has run out of something.
    #[error("cannot set up the connection on this machine: {0}")]
    Local(#[source] io::Error),
}

/// Connects to `target` and lets `gate` speak there; the link's features are passed through.
///
/// Blocks, at most some 15 s and what the resolver takes. The link is nobody until
/// [`model::Command::SignIn`].
///
/// # Errors
/// [`DialError`], a sentence for the person who asked.
pub fn dial(
    target: &Target,
    gate: Box<dyn ClientGate>,
    features: Features,
) -> Result<Link, DialError> {
    let deadline = Instant::now() + DIAL_TIMEOUT;
    // Files first: a wrong path is told without bothering the network.
    let tls = target.tls.as_ref().map(tls::config).transpose()?;
    let stream = connect(target, deadline)?;
    let transport = match tls {
        None => tls::Transport::plain(stream).map_err(DialError::Local)?,
        Some(config) => tls::Transport::greet(config, target, stream, deadline)?,
    };
    carrier::spawn(transport, gate, features).map_err(DialError::Local)
}

/// A connected, tuned socket to the first address of `target` that takes us.
fn connect(target: &Target, deadline: Instant) -> Result<TcpStream, DialError> {
    let unknown = |source| DialError::UnknownHost {
        host: target.host.clone(),
        source,
    };
    let addresses = (target.host.as_str(), target.port)
        .to_socket_addrs()
        .map_err(unknown)?;
    let mut first_failure = None;
    for at in addresses.take(MAX_ADDRESSES) {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(&at, left.min(CONNECT_TIMEOUT)) {
            Ok(stream) => {
                tune(&stream).map_err(DialError::Local)?;
                return Ok(stream);
            }
            Err(source) => {
                first_failure.get_or_insert((at, source));
            }
        }
    }
    let Some((at, source)) = first_failure else {
        return Err(unknown(io::Error::new(
            io::ErrorKind::NotFound,
            "it has no address",
        )));
    };
    Err(match source.kind() {
        io::ErrorKind::ConnectionRefused => DialError::NobodyListens { at },
        io::ErrorKind::TimedOut => DialError::NoAnswer { at },
        _ => DialError::Unreachable { at, source },
    })
}

/// Chat packets are small and awaited, so Nagle's delay goes; TCP's own probes find a peer that
/// vanished even where a wire's heartbeats are off.
fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let probes = TcpKeepalive::new()
        .with_time(KEEPALIVE_AFTER)
        .with_interval(KEEPALIVE_EVERY);
    SockRef::from(stream).set_tcp_keepalive(&probes)
}

#[cfg(test)]
mod tests;
