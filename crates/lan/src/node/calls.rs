//! Connecting to somebody: where are they now, one address after the other, the header.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::BytesMut;
use core::net::{IpAddr, SocketAddr};
use model::{Now, Refusal};

use super::limits::{
    ATTEMPTS, CONNECT_TIME, MAX_ADDRESSES, RESOLVE_TIME, RETRY_PAUSE, YIELD_FIRST, YIELD_SECOND,
};
use super::seam::Output;
use super::talks::{Connection, Identity, Kind, Talk};
use super::{ConnectionId, Node};
use crate::Instance;
use crate::mdns::Interface;
use crate::stream::Stream;

/// How far a call is.
#[derive(Debug)]
pub(super) enum Call {
    /// The last one failed.
    Pausing { until: Instant },
    /// Discovery is asked, right before the connection is made [LAN-28].
    Resolving { until: Instant },
    /// An address is tried.
    Connecting {
        connection: ConnectionId,
        rest: VecDeque<(u32, SocketAddr)>,
        until: Instant,
    },
    /// The connection stands, but somebody has connected from there: perhaps it is they, and ours is
    /// not needed [LAN-43].
    Yielding {
        connection: ConnectionId,
        until: Instant,
    },
}

impl Call {
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Pausing { until }
            | Self::Resolving { until }
            | Self::Connecting { until, .. }
            | Self::Yielding { until, .. } => Some(*until),
        }
    }
}

impl Node {
    /// Begins to call.
    pub(super) fn call(&mut self, name: &Instance, now: Now) {
        let shown = self.shown_name(name);
        let Some(conversation) = self.conversations.get_mut(name) else {
            return;
        };
        if conversation.failures >= ATTEMPTS {
            let why = std::mem::take(&mut conversation.why);
            return self.fail(name, &Refusal::Unreachable(shown, why.into()));
        }
        conversation.failures += 1;
        if conversation.failures > 1 {
            conversation.call = Some(Call::Pausing {
                until: now.instant + RETRY_PAUSE,
            });
        } else {
            self.resolve(name, now);
        }
    }

    /// A call is not needed any more.
    pub(super) fn drop_call(&mut self, name: &Instance, now: Now) {
        let call = self.conversations.get_mut(name).and_then(|c| c.call.take());
        match call {
            Some(Call::Connecting { connection, .. } | Call::Yielding { connection, .. }) => {
                self.cut(connection, now);
            }
            Some(Call::Pausing { .. } | Call::Resolving { .. }) | None => {}
        }
    }

    /// Discovery has answered.
    pub(super) fn resolved(
        &mut self,
        name: &Instance,
        addresses: Vec<(u32, SocketAddr)>,
        now: Now,
    ) {
        self.check_again(name, now);
        let call = self.conversations.get(name).and_then(|c| c.call.as_ref());
        if !matches!(call, Some(Call::Resolving { .. })) {
            return;
        }
        let rest: VecDeque<_> = addresses
            .into_iter()
            .filter(|(_, to)| {
                to.port() != 0 && !to.ip().is_unspecified() && !to.ip().is_multicast()
            })
            .take(MAX_ADDRESSES)
            .collect();
        if rest.is_empty() {
            let refusal = if self.roster.contains_key(name) {
                Refusal::Unreachable(
                    self.shown_name(name),
                    "their machine does not answer".into(),
                )
            } else {
                Refusal::NoSuchUser(name.as_str().into())
            };
            return self.fail(name, &refusal);
        }
        self.try_next(name, rest, now);
    }

    /// A connection of ours stands.
    pub(super) fn connected(&mut self, id: ConnectionId, now: Now) {
        let Some(connection) = self.connections.get(&id) else {
            return;
        };
        let remote = connection.remote;
        match &connection.kind {
            Kind::Calling(name) => {
                let name = name.clone();
                if self.is_called_by(&name) {
                    self.drop_call(&name, now);
                } else if self.is_somebody_there(&name, remote) {
                    let is_first = self.our_name() < name;
                    let patience = if is_first { YIELD_FIRST } else { YIELD_SECOND };
                    if let Some(conversation) = self.conversations.get_mut(&name) {
                        let until = now.instant + patience;
                        conversation.call = Some(Call::Yielding {
                            connection: id,
                            until,
                        });
                    }
                } else {
                    self.open_talk(&name, id, now);
                }
            }
            Kind::File(transfer) => {
                let transfer = *transfer;
                self.host_is_there(transfer, id, now);
            }
            Kind::Silent | Kind::Talk(_) | Kind::Asking { .. } => {}
        }
    }

    /// The connection of a call is over before it was one.
    pub(super) fn call_failed(&mut self, name: &Instance, why: String, now: Now) {
        let Some(conversation) = self.conversations.get_mut(name) else {
            return;
        };
        match conversation.call.take() {
            Some(Call::Connecting { rest, .. }) => {
                conversation.why = why;
                self.try_next(name, rest, now);
            }
            // It stood: they closed it without a word, as if the header had been out.
            Some(Call::Yielding { .. }) => {
                conversation.why = why;
                self.mark(name);
            }
            call @ (Some(Call::Pausing { .. } | Call::Resolving { .. }) | None) => {
                conversation.call = call;
            }
        }
    }

    /// A deadline of a conversation has passed.
    pub(super) fn conversation_is_late(&mut self, name: &Instance, now: Now) {
        self.mark(name);
        let Some(conversation) = self.conversations.get_mut(name) else {
            return;
        };
        let is_late = conversation
            .call
            .as_ref()
            .and_then(Call::deadline)
            .is_some_and(|at| at <= now.instant);
        if !is_late {
            return;
        }
        match conversation.call.take() {
            Some(Call::Pausing { .. }) => self.resolve(name, now),
            Some(call @ Call::Resolving { .. }) => {
                conversation.call = Some(call);
                self.resolved(name, Vec::new(), now);
            }
            Some(Call::Connecting {
                connection, rest, ..
            }) => {
                conversation.why = "their machine does not answer".into();
                self.cut(connection, now);
                self.try_next(name, rest, now);
            }
            Some(Call::Yielding { connection, .. }) => self.open_talk(name, connection, now),
            None => {}
        }
    }

    /// Connects to `to`, from an address that others know for ours.
    pub(super) fn connect(
        &mut self,
        interface: u32,
        to: SocketAddr,
        kind: Kind,
        now: Now,
    ) -> ConnectionId {
        let id = self.new_connection();
        self.connections.insert(
            id,
            Connection::new(to.ip(), interface, false, kind, now.instant),
        );
        let from = self.interfaces.iter().find(|i| i.index == interface);
        let from = from.and_then(|interface| source(interface, to.ip()));
        self.outputs.push_back(Output::Connect {
            connection: id,
            interface,
            from,
            to,
        });
        if self.is_behind {
            self.outputs.push_back(Output::Pause(id, true));
        }
        id
    }

    fn resolve(&mut self, name: &Instance, now: Now) {
        if let Some(conversation) = self.conversations.get_mut(name) {
            conversation.call = Some(Call::Resolving {
                until: now.instant + RESOLVE_TIME,
            });
            self.mdns.resolve(name, now.instant);
        }
    }

    fn try_next(&mut self, name: &Instance, mut rest: VecDeque<(u32, SocketAddr)>, now: Now) {
        match rest.pop_front() {
            Some((interface, to)) => {
                let connection = self.connect(interface, to, Kind::Calling(name.clone()), now);
                if let Some(conversation) = self.conversations.get_mut(name) {
                    let until = now.instant + CONNECT_TIME;
                    conversation.call = Some(Call::Connecting {
                        connection,
                        rest,
                        until,
                    });
                }
            }
            None => {
                let why = self
                    .conversations
                    .get(name)
                    .map(|c| c.why.as_str())
                    .unwrap_or_default();
                let refusal = Refusal::Unreachable(self.shown_name(name), why.into());
                self.fail(name, &refusal);
            }
        }
    }

    /// Writes our header: from here on the stream is theirs and ours.
    fn open_talk(&mut self, name: &Instance, id: ConnectionId, now: Now) {
        let (us, them) = (self.our_name(), self.shown_name(name));
        let mut out = BytesMut::new();
        let stream = Stream::call(us.as_str(), them.as_str(), &mut out, now.instant);
        if let Some(conversation) = self.conversations.get_mut(name) {
            conversation.call = None;
            conversation.streams.push(id);
        }
        if let Some(connection) = self.connections.get_mut(&id) {
            let talk = Talk::new(stream, Identity::Known(name.clone()));
            connection.kind = Kind::Talk(Box::new(talk));
        }
        self.send(id, out);
    }

    /// Whether somebody has connected from where `name` is and has not said who they are.
    fn is_somebody_there(&self, name: &Instance, remote: IpAddr) -> bool {
        self.connections.values().any(|connection| {
            let is_unknown = match &connection.kind {
                Kind::Silent => true,
                Kind::Talk(talk) => talk.identity == Identity::Unknown && talk.ending.is_none(),
                Kind::Calling(_) | Kind::Asking { .. } | Kind::File(_) => false,
            };
            is_unknown
                && connection.is_accepted
                && (connection.remote == remote
                    || self.mdns.has_address(name, connection.remote) == Some(true))
        })
    }
}

/// Our address towards `to`: of its family, of its network if there is one.
pub(super) fn source(interface: &Interface, to: IpAddr) -> Option<IpAddr> {
    let family = || {
        interface
            .addresses
            .iter()
            .filter(|(a, _)| a.is_ipv4() == to.is_ipv4())
    };
    let near = family().find(|(address, prefix)| is_near(*address, *prefix, to));
    near.or_else(|| family().find(|(address, _)| !is_link_local(*address)))
        .or_else(|| family().next())
        .map(|(address, _)| *address)
}

/// Whether `other` is in the network of `address`.
pub(super) fn is_near(address: IpAddr, prefix: u8, other: IpAddr) -> bool {
    let shares = |a: u128, b: u128, width: u32| {
        let free = width.saturating_sub(u32::from(prefix));
        free >= width || (a ^ b) >> free == 0
    };
    match (address, other) {
        (IpAddr::V4(a), IpAddr::V4(b)) => shares(a.to_bits().into(), b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => shares(a.to_bits(), b.to_bits(), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// Whether `address` means something on one link only.
pub(super) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}
