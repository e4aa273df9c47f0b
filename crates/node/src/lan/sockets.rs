//! The sockets of multicast DNS: one for each interface and family, beside whoever else has the
//! port on this machine [LAN-49].

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Bound;
use std::task::{Context, Poll};

use lan::mdns::{GROUP_V4, GROUP_V6, Interface, PORT, Packet};
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, SockRef, Socket, Type};
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;

use super::wire::scoped;

/// The largest datagram there is: pictures come in one [LAN-29].
const MAX_DATAGRAM: usize = 65_535;
/// What the system may keep for us while we are busy, in bytes: some of the largest datagrams.
const RECEIVE_BUFFER: usize = 1024 * 1024;
/// How far multicast DNS goes: receivers know by it that it came from the same link.
const HOPS: u32 = 255;

/// One family on one interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) interface: u32,
    pub(super) is_v6: bool,
}

pub(super) struct Sockets {
    open: BTreeMap<Place, Member>,
    /// Which could not be opened: told once, tried at every change.
    failed: BTreeSet<Place>,
    /// Whose turn it was: the next one is asked first.
    turn: Place,
    buffer: Box<[u8]>,
}

struct Member {
    socket: UdpSocket,
    /// From where it sends.
    from: IpAddr,
}

impl Sockets {
    pub(super) fn new() -> Self {
        Self {
            open: BTreeMap::new(),
            failed: BTreeSet::new(),
            turn: Place {
                interface: 0,
                is_v6: false,
            },
            buffer: vec![0; MAX_DATAGRAM].into(),
        }
    }

    /// These are the interfaces now: opens what is missing or broke, closes what is not wanted.
    pub(super) fn set_interfaces(&mut self, interfaces: &[Interface]) {
        let mut wanted = BTreeMap::new();
        for interface in interfaces {
            for (address, _) in &interface.addresses {
                let place = Place {
                    interface: interface.index,
                    is_v6: address.is_ipv6(),
                };
                wanted
                    .entry(place)
                    .or_insert_with(|| (interface, Vec::new()))
                    .1
                    .push(*address);
            }
        }
        self.open.retain(|place, member| {
            wanted
                .get(place)
                .is_some_and(|(_, addresses)| place.is_v6 || addresses.contains(&member.from))
        });
        self.failed.retain(|place| wanted.contains_key(place));
        for (place, (interface, addresses)) in wanted {
            let Some(from) = addresses.first().copied() else {
                continue;
            };
            if self.open.contains_key(&place) {
                continue;
            }
            let name = &interface.name;
            match open(place, name, from).and_then(|socket| UdpSocket::from_std(socket.into())) {
                Ok(socket) => {
                    tracing::debug!(interface = ?name, %from, "multicast DNS");
                    self.failed.remove(&place);
                    self.open.insert(place, Member { socket, from });
                }
                Err(error) if self.failed.insert(place) => {
                    tracing::warn!(interface = ?name, %from, %error, "no multicast DNS");
                }
                Err(_) => {}
            }
        }
    }

    /// Which families of which interfaces are heard.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> + '_ {
        self.open.keys().copied()
    }

    /// `interfaces` with the addresses of those families alone that are heard: what a node is to know.
    pub(super) fn heard(&self, interfaces: Vec<Interface>) -> Vec<Interface> {
        let mut heard = interfaces;
        for interface in &mut heard {
            let index = interface.index;
            interface.addresses.retain(|(address, _)| {
                self.open.contains_key(&Place {
                    interface: index,
                    is_v6: address.is_ipv6(),
                })
            });
        }
        heard.retain(|interface| !interface.addresses.is_empty());
        heard
    }

    /// Sends, or not: multicast DNS repeats what matters.
    pub(super) fn send(&self, packet: &Packet) {
        let place = Place {
            interface: packet.interface,
            is_v6: packet.to.is_ipv6(),
        };
        let Some(member) = self.open.get(&place) else {
            return;
        };
        let to = scoped(packet.to, packet.interface);
        // Not through the runtime: that would first wait to be told that a new socket can send.
        if let Err(error) = SockRef::from(&member.socket).send_to(&packet.bytes, &to.into()) {
            tracing::debug!(?place, %to, %error, "a datagram was not sent");
        }
    }

    /// The next datagram: the interface, who sent it, and how many [`bytes`](Self::bytes) it has; for
    /// ever silent if there are no sockets. Can be dropped and called again.
    pub(super) async fn receive(&mut self) -> (u32, SocketAddr, usize) {
        poll_fn(|cx| self.poll_receive(cx)).await
    }

    /// The datagram that came last.
    pub(super) fn bytes(&self, count: usize) -> &[u8] {
        self.buffer.get(..count).unwrap_or_default()
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<(u32, SocketAddr, usize)> {
        let later = (Bound::Excluded(self.turn), Bound::Unbounded);
        let order: [(Bound<Place>, Bound<Place>); 2] =
            [later, (Bound::Unbounded, Bound::Included(self.turn))];
        let mut broken = None;
        let mut found = None;
        'all: for range in order {
            for (place, member) in self.open.range(range) {
                loop {
                    let mut buffer = ReadBuf::new(&mut self.buffer);
                    match member.socket.poll_recv_from(cx, &mut buffer) {
                        Poll::Ready(Ok(from)) if is_elsewhere(*place, from) => {}
                        Poll::Ready(Ok(from)) => {
                            found = Some((*place, from, buffer.filled().len()));
                            break 'all;
                        }
                        // The answer to a datagram of ours that nobody wanted, on some systems.
                        Poll::Ready(Err(error)) if is_about_a_datagram(&error) => {}
                        Poll::Ready(Err(error)) => {
                            tracing::debug!(?place, %error, "a socket broke");
                            broken = Some(*place);
                            break 'all;
                        }
                        Poll::Pending => break,
                    }
                }
            }
        }
        if let Some(place) = broken {
            // It is opened again when the interfaces are looked at next, if it still makes sense.
            self.open.remove(&place);
            cx.waker().wake_by_ref();
        }
        match found {
            Some((place, from, count)) => {
                self.turn = place;
                Poll::Ready((place.interface, from, count))
            }
            None => Poll::Pending,
        }
    }
}

/// Whether the socket is as good as before.
fn is_about_a_datagram(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// Whether a datagram came through another interface, whose own socket has it as well: for groups of
/// IPv6 systems look at what was joined, and not on which interface.
fn is_elsewhere(place: Place, from: SocketAddr) -> bool {
    match from {
        SocketAddr::V4(_) => false,
        SocketAddr::V6(from) => from.scope_id() != 0 && from.scope_id() != place.interface,
    }
}

/// A socket that sends from `from` to the group, and hears the group on this interface alone.
///
/// # Errors
/// The system does not let us, or the interface is gone.
fn open(place: Place, name: &str, from: IpAddr) -> io::Result<Socket> {
    let (domain, any) = match from {
        IpAddr::V4(_) => (Domain::IPV4, IpAddr::from(Ipv4Addr::UNSPECIFIED)),
        IpAddr::V6(_) => (Domain::IPV6, IpAddr::from(Ipv6Addr::UNSPECIFIED)),
    };
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    // Less is no reason to be silent.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    // Brings unicast to the right socket as well; old systems allow it to root only.
    #[cfg(target_os = "linux")]
    if let Err(error) = socket.bind_device(Some(name.as_bytes())) {
        tracing::debug!(interface = ?name, %error, "not bound to the interface");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = name;
    match from {
        IpAddr::V4(from) => {
            socket.bind(&SocketAddr::new(any, PORT).into())?;
            #[cfg(target_os = "linux")]
            socket.set_multicast_all_v4(false)?;
            let index = InterfaceIndexOrAddress::Index(place.interface);
            socket.join_multicast_v4_n(&GROUP_V4, &index)?;
            socket.set_multicast_if_v4(&from)?;
            socket.set_multicast_ttl_v4(HOPS)?;
            socket.set_ttl_v4(HOPS)?;
            // Other programs on this machine are to hear us.
            socket.set_multicast_loop_v4(true)?;
        }
        IpAddr::V6(_) => {
            socket.set_only_v6(true)?;
            socket.bind(&SocketAddr::new(any, PORT).into())?;
            #[cfg(target_os = "linux")]
            let _ = socket.set_multicast_all_v6(false);
            socket.join_multicast_v6(&GROUP_V6, place.interface)?;
            socket.set_multicast_if_v6(place.interface)?;
            socket.set_multicast_hops_v6(HOPS)?;
            socket.set_unicast_hops_v6(HOPS)?;
            socket.set_multicast_loop_v6(true)?;
        }
    }
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddrV6;

    use bytes::Bytes;

    use super::*;

    #[tokio::test]
    async fn an_interface_that_is_gone_ends_nothing() {
        // [LAN-49]
        let gone = Interface {
            index: 1_000_000,
            name: "gone".into(),
            addresses: vec![
                ("192.0.2.1".parse().unwrap(), 24),
                ("fe80::1".parse().unwrap(), 64),
            ],
        };
        let mut sockets = Sockets::new();
        for _ in 0..2 {
            sockets.set_interfaces(std::slice::from_ref(&gone));
            assert_eq!(sockets.places().count(), 0);
            assert_eq!(sockets.failed.len(), 2);
            assert_eq!(sockets.heard(vec![gone.clone()]), []);
        }
        sockets.send(&Packet {
            interface: gone.index,
            to: SocketAddr::new(GROUP_V4.into(), PORT),
            bytes: Bytes::from_static(b"heard by nobody"),
        });
        let waker = std::task::Waker::noop();
        assert!(
            sockets
                .poll_receive(&mut Context::from_waker(waker))
                .is_pending()
        );
        sockets.set_interfaces(&[]);
        assert!(sockets.failed.is_empty());
    }

    #[test]
    fn a_datagram_counts_for_the_interface_it_came_through() {
        // [LAN-27]
        let place = Place {
            interface: 2,
            is_v6: true,
        };
        let from = |scope| SocketAddrV6::new("fe80::1".parse().unwrap(), PORT, 0, scope).into();
        assert!(!is_elsewhere(place, from(2)));
        assert!(is_elsewhere(place, from(3)));
        // An address that is not bound to a link does not tell.
        assert!(!is_elsewhere(place, from(0)));
        assert!(!is_elsewhere(place, "192.0.2.1:5353".parse().unwrap()));
    }
}
