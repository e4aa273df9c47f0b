//! One connection's bytes, in the clear or in TLS.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsStream;

use super::tls::Prefixed;
use crate::words;

/// How long a connection may take to stand.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// Silence after which the system asks whether the other machine is still there …
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);
/// … and how long it waits between the questions.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// A connection.
pub(super) enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<Prefixed>>),
}

impl Wire {
    /// A connection that stands, in the clear.
    pub(super) fn plain(tcp: TcpStream) -> Self {
        // What people type goes out at once.
        let _ = tcp.set_nodelay(true);
        // Where nothing is said for hours, a machine that was switched off is noticed by this alone.
        let keepalive = TcpKeepalive::new()
            .with_time(KEEPALIVE_IDLE)
            .with_interval(KEEPALIVE_INTERVAL);
        let _ = SockRef::from(&tcp).set_tcp_keepalive(&keepalive);
        Self::Plain(tcp)
    }

    /// How many bytes came; 0: the other side says nothing more.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(into);
        let polled = match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, &mut buffer),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, &mut buffer),
        };
        polled.map_ok(|()| buffer.filled().len())
    }

    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        };
        match polled {
            Poll::Ready(Ok(0)) if !bytes.is_empty() => {
                Poll::Ready(Err(io::ErrorKind::WriteZero.into()))
            }
            other => other,
        }
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    /// Says that nothing more comes from us.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

/// Connects through an interface, from one of its addresses. An error is a sentence for people.
pub(super) async fn connect(
    interface: u32,
    from: Option<IpAddr>,
    to: SocketAddr,
) -> Result<Wire, String> {
    let to = scoped(to, interface);
    let attempt = async {
        let socket = match to {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        if let Some(from) = from {
            socket.bind(scoped(SocketAddr::new(from, 0), interface))?;
        }
        socket.connect(to).await
    };
    match timeout(CONNECT_LIMIT, attempt).await {
        Ok(Ok(tcp)) => Ok(Wire::plain(tcp)),
        Ok(Err(error)) => Err(format!("no connection to {to}: {}", words(&error))),
        Err(_) => Err(format!("no connection to {to}: nobody answers")),
    }
}

/// A link-local address says nothing without its interface.
pub(super) fn scoped(address: SocketAddr, interface: u32) -> SocketAddr {
    match address {
        SocketAddr::V6(mut v6) if is_link_local(v6.ip()) => {
            if v6.scope_id() == 0 {
                v6.set_scope_id(interface);
            }
            v6.into()
        }
        other => other,
    }
}

fn is_link_local(address: &std::net::Ipv6Addr) -> bool {
    address.is_unicast_link_local() || (address.is_multicast() && address.octets()[1] & 0xF == 2)
}
