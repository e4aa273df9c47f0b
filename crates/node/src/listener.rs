//! Where others connect to us: one port number on IPv4 and IPv6, or addresses that were named.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};

/// Connections that wait to be accepted, at most: they are accepted at once.
const BACKLOG: i32 = 64;
/// Ports to try for one that is free on both protocols.
const TRIES: usize = 32;
/// How long accepting rests when the system has nothing to accept with (file descriptors, memory).
const REST: Duration = Duration::from_millis(100);

/// Sockets that listen already, for any loop.
#[derive(Debug)]
pub(crate) struct Bound {
    sockets: Vec<std::net::TcpListener>,
    pub(crate) port: u16,
}

impl Bound {
    /// Where it listens.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        let addresses = self.sockets.iter().map(std::net::TcpListener::local_addr);
        addresses.filter_map(Result::ok).collect()
    }
}

/// Listens on `preferred`, or on any free port if that is 0 or taken. A protocol that the system does
/// not have is left out.
///
/// # Errors
/// Neither protocol has a free port.
pub(crate) fn bind(preferred: u16) -> io::Result<Bound> {
    let mut outcome = listen_on(preferred);
    for _ in 0..TRIES {
        match outcome {
            Ok(bound) => return Ok(bound),
            Err(_) => outcome = listen_on(0),
        }
    }
    outcome
}

/// Listens on exactly these addresses.
///
/// # Errors
/// Which address could not be had, and why.
pub(crate) fn bind_to(addresses: &[SocketAddr]) -> Result<Bound, (SocketAddr, io::Error)> {
    let mut sockets = Vec::new();
    let mut port = 0;
    for &address in addresses {
        let socket = listen(address).map_err(|error| (address, error))?;
        let bound = socket.local_addr().map_err(|error| (address, error))?;
        port = if port == 0 { bound.port() } else { port };
        sockets.push(socket);
    }
    Ok(Bound { sockets, port })
}

/// `port` on both protocols; 0: a free one of IPv6, which may be taken on IPv4.
///
/// # Errors
/// It is taken on one of them, or the system says no.
pub(crate) fn listen_on(port: u16) -> io::Result<Bound> {
    let v6 = listen(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)));
    let v6 = match v6 {
        Ok(listener) => Some(listener),
        Err(error) if is_taken(&error) => return Err(error),
        // This machine has no IPv6.
        Err(_) => None,
    };
    let port = match &v6 {
        Some(listener) => listener.local_addr()?.port(),
        None => port,
    };
    let v4 = match listen(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))) {
        Ok(listener) => Some(listener),
        Err(error) if v6.is_none() || is_taken(&error) => return Err(error),
        Err(_) => None,
    };
    let port = match &v4 {
        Some(listener) => listener.local_addr()?.port(),
        None => port,
    };
    Ok(Bound {
        sockets: v6.into_iter().chain(v4).collect(),
        port,
    })
}

fn is_taken(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied
    )
}

fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // The port of a node that ended a moment ago is free; elsewhere than on Unix this would take it
    // from a living one.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// The same in the loop.
pub(crate) struct Listener {
    sockets: Vec<TcpListener>,
    resting: Option<Pin<Box<Sleep>>>,
}

impl Listener {
    /// Within a runtime.
    ///
    /// # Errors
    /// The runtime does not take the sockets.
    pub(crate) fn new(bound: Bound) -> io::Result<Self> {
        let sockets = bound.sockets.into_iter().map(TcpListener::from_std);
        Ok(Self {
            sockets: sockets.collect::<io::Result<_>>()?,
            resting: None,
        })
    }

    /// The next connection. Can be dropped and called again.
    pub(crate) async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        poll_fn(|cx| self.poll_accept(cx)).await
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<(TcpStream, SocketAddr)> {
        if let Some(rest) = &mut self.resting {
            std::task::ready!(rest.as_mut().poll(cx));
            self.resting = None;
        }
        for socket in &self.sockets {
            match socket.poll_accept(cx) {
                Poll::Ready(Ok(accepted)) => return Poll::Ready(accepted),
                Poll::Ready(Err(error)) => {
                    tracing::debug!(%error, "could not accept a connection");
                    let mut rest = Box::pin(sleep(REST));
                    // It has to know whom to wake.
                    if rest.as_mut().poll(cx).is_ready() {
                        cx.waker().wake_by_ref();
                    }
                    self.resting = Some(rest);
                    return Poll::Pending;
                }
                Poll::Pending => {}
            }
        }
        Poll::Pending
    }
}

/// The next connection; none ever comes if nobody listens. Can be dropped and called again.
pub(crate) async fn accepted(listener: &mut Option<Listener>) -> (TcpStream, SocketAddr) {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}
