//! The bytes of files: SOCKS5 byte streams (XEP-0065) on connections of their own.
//!
//! COMPAT(libpurple): its file follows its SOCKS5 reply at once, and so does ours; whoever fetches says
//! `streamhost-used` for form's sake. Between two of ours TLS stands between the two, with the sender
//! as server, and the key has to be the conversation's.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use core::net::{IpAddr, SocketAddr, SocketAddrV6};
use model::{CommandId, FileBytes, Now, Refusal, Reply, Signal, TransferId};
use wire_xmpp::stanza::StreamHost;
use wire_xmpp::{encode, socks};

use super::files::{Sending, Stage, Transfer, Trying};
use super::limits::{HOST_TIME, MAX_HOSTS, MAX_UNSENT_FILE, MAX_UNSENT_FILE_EVER, STALL_TIME};
use super::seam::{Output, TlsRole};
use super::talks::Kind;
use super::{ConnectionId, Node, calls};
use crate::Instance;

/// Where bytes may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    interface: u32,
    to: SocketAddr,
    jid: String,
}

impl Node {
    /// Where our files can be fetched, by the peer of this stream: the addresses of its link, those
    /// of its family first.
    pub(super) fn our_hosts(&self, on: ConnectionId) -> Vec<StreamHost> {
        let connection = self.connections.get(&on);
        let link = connection.map_or(0, |c| c.interface);
        let is_ipv4 = connection.is_none_or(|c| c.remote.is_ipv4());
        let links = self
            .interfaces
            .iter()
            .filter(|interface| link == 0 || interface.index == link);
        let mut addresses: Vec<_> = links
            .flat_map(|l| l.addresses.iter().map(|a| a.0))
            .collect();
        addresses.sort_by_key(|address| address.is_ipv4() != is_ipv4);
        let jid = self.our_name().as_str().to_owned();
        let host = |address: IpAddr| StreamHost {
            jid: jid.clone(),
            host: address.to_string(),
            port: self.config.port,
        };
        addresses.into_iter().take(MAX_HOSTS).map(host).collect()
    }

    /// They say where the bytes of their file are.
    pub(super) fn hosts_came(
        &mut self,
        on: ConnectionId,
        name: &Instance,
        iq: &str,
        sid: &str,
        hosts: Vec<StreamHost>,
        now: Now,
    ) {
        let Some(id) = self.find(name, sid, |stage| matches!(stage, Stage::Accepted { .. })) else {
            return self.answer_error(name, on, iq, ("cancel", 404, "item-not-found"), now);
        };
        let link = self.connections.get(&on).map_or(0, |c| c.interface);
        let rest: VecDeque<_> = hosts
            .into_iter()
            .filter_map(|host| self.reachable(host, link))
            .take(MAX_HOSTS)
            .collect();
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return;
        };
        let Stage::Accepted { is_tls } = transfer.stage else {
            return;
        };
        transfer.stage = Stage::Trying(Trying {
            iq: iq.to_owned(),
            stream: on,
            is_tls,
            // None of ours: the first host is yet to be tried.
            connection: ConnectionId(ConnectionId::OURS),
            jid: String::new(),
            client: None,
            rest,
        });
        self.try_next_host(id, now);
    }

    /// The host that is tried is no good.
    pub(super) fn try_next_host(&mut self, id: TransferId, now: Now) {
        let Some(Stage::Trying(trying)) = self.transfers.get_mut(&id).map(|t| &mut t.stage) else {
            return;
        };
        let last = trying.connection;
        let next = trying.rest.pop_front();
        self.cut(last, now);
        let Some(host) = next else {
            return self.end_transfer(id, now);
        };
        let connection = self.connect(host.interface, host.to, Kind::File(id), now);
        if let Some(transfer) = self.transfers.get_mut(&id) {
            transfer.until = now.instant + HOST_TIME;
            if let Stage::Trying(trying) = &mut transfer.stage {
                trying.connection = connection;
                trying.jid = host.jid;
                trying.client = None;
            }
        }
    }

    /// The connection to a host stands.
    pub(super) fn host_is_there(&mut self, id: TransferId, connection: ConnectionId, now: Now) {
        let us = self.our_name();
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return self.cut(connection, now);
        };
        let Stage::Trying(trying) = &mut transfer.stage else {
            return;
        };
        if trying.connection != connection || trying.client.is_some() {
            return;
        }
        let mut out = BytesMut::new();
        let destination =
            socks::destination(&transfer.sid, transfer.about.from.as_str(), us.as_str());
        trying.client = Some(socks::Client::new(&destination, &mut out));
        transfer.until = now.instant + HOST_TIME;
        self.send(connection, out);
    }

    /// Somebody wants a file of ours; whether more of `input` can be taken.
    pub(super) fn is_asked(&mut self, on: ConnectionId, input: &mut BytesMut, now: Now) -> bool {
        let Some(connection) = self.connections.get_mut(&on) else {
            return false;
        };
        let remote = connection.remote;
        let Kind::Asking(server) = &mut connection.kind else {
            return false;
        };
        let mut out = BytesMut::new();
        let result = server.handle(input, &mut out);
        let destination = match result {
            Ok(None) => {
                self.send(on, out);
                return false;
            }
            Ok(Some(destination)) => destination,
            Err(_) => {
                self.send(on, out);
                self.cut(on, now);
                return false;
            }
        };
        let found = self.transfers.iter().find(|(_, transfer)| {
            matches!(transfer.stage, Stage::Hosting { .. })
                && self.is_where(&transfer.peer, remote)
                && destination_of(transfer).eq_ignore_ascii_case(&destination)
        });
        let Some((&id, _)) = found else {
            socks::refuse(&mut out);
            self.send(on, out);
            self.cut(on, now);
            return false;
        };
        socks::grant(&destination, &mut out);
        self.send(on, out);
        if let Some(connection) = self.connections.get_mut(&on) {
            connection.kind = Kind::File(id);
        }
        let is_tls = self
            .transfers
            .get(&id)
            .is_some_and(|transfer| matches!(transfer.stage, Stage::Hosting { is_tls: true }));
        self.stands(id, on, is_tls, true, now);
        true
    }

    /// Bytes of a file, or on the way to them; whether more of `input` can be taken.
    pub(super) fn take_file_bytes(
        &mut self,
        id: TransferId,
        on: ConnectionId,
        input: &mut BytesMut,
        now: Now,
    ) -> bool {
        let Some(transfer) = self.transfers.get_mut(&id) else {
            self.cut(on, now);
            return false;
        };
        match &mut transfer.stage {
            Stage::Trying(trying) => {
                let Some(client) = &mut trying.client else {
                    return false;
                };
                let mut out = BytesMut::new();
                let result = client.handle(input, &mut out);
                self.send(on, out);
                match result {
                    Ok(false) => false,
                    Ok(true) => {
                        self.host_is_used(id, on, now);
                        true
                    }
                    Err(_) => {
                        self.try_next_host(id, now);
                        false
                    }
                }
            }
            Stage::Receiving { .. } => {
                self.receive(id, input.split().freeze(), now);
                false
            }
            Stage::Shaking { .. } => false,
            // Whoever fetches a file has nothing to say.
            Stage::Sending(_) => {
                input.clear();
                false
            }
            Stage::Waiting
            | Stage::Offered
            | Stage::Hosting { .. }
            | Stage::Asked { .. }
            | Stage::Accepted { .. } => false,
        }
    }

    /// TLS stands on a file's connection.
    pub(super) fn file_is_secured(
        &mut self,
        id: TransferId,
        on: ConnectionId,
        fingerprint: [u8; 32],
        now: Now,
    ) {
        let Some(transfer) = self.transfers.get(&id) else {
            return self.cut(on, now);
        };
        let Stage::Shaking {
            connection,
            is_ours,
        } = transfer.stage
        else {
            return;
        };
        if connection != on || self.pins.get(&transfer.peer) != Some(&fingerprint) {
            return self.end_transfer(id, now);
        }
        self.begin(id, on, is_ours, now);
    }

    /// A file's connection is over; `has_taken_all`: the socket had nothing left to send.
    pub(super) fn file_closed(
        &mut self,
        id: TransferId,
        on: ConnectionId,
        has_taken_all: bool,
        now: Now,
    ) {
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return;
        };
        if transfer.connection() != Some(on) {
            return;
        }
        match &mut transfer.stage {
            Stage::Trying(_) => self.try_next_host(id, now),
            Stage::Sending(sending) if sending.sent == transfer.about.size && has_taken_all => {
                // They have everything; our face may not have said yet that this is all.
                sending.connection = None;
                self.file_sent(id, now);
            }
            Stage::Sending(_) | Stage::Receiving { .. } | Stage::Shaking { .. } => {
                self.end_transfer(id, now);
            }
            Stage::Waiting
            | Stage::Offered
            | Stage::Hosting { .. }
            | Stage::Asked { .. }
            | Stage::Accepted { .. } => {}
        }
    }

    /// The face gives bytes of a file.
    pub(super) fn segment(
        &mut self,
        command: CommandId,
        id: TransferId,
        data: &FileBytes,
        last: bool,
        now: Now,
    ) {
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return self.refuse(command, Refusal::NoSuchTransfer);
        };
        let Stage::Sending(sending) = &mut transfer.stage else {
            return self.refuse(command, Refusal::NoSuchTransfer);
        };
        let total = sending.sent.saturating_add(data.len() as u64);
        let size = transfer.about.size;
        let connection = sending.connection;
        let unsent = connection
            .and_then(|on| self.connections.get(&on))
            .map_or(0, |c| c.written - c.taken);
        if sending.is_last
            || total > size
            || (last && total < size)
            || unsent > MAX_UNSENT_FILE_EVER
        {
            self.end_transfer(id, now);
            return self.refuse(command, Refusal::TransferViolation);
        }
        sending.sent = total;
        sending.is_last = last;
        sending.asked.push_back(command);
        transfer.until = now.instant + STALL_TIME;
        if let Some(on) = connection {
            for piece in data.pieces().collect::<Vec<_>>() {
                self.send(on, piece);
            }
        }
        self.answer_segments(id, now);
    }

    /// The socket has taken bytes of a file.
    pub(super) fn file_sent(&mut self, id: TransferId, now: Now) {
        if let Some(transfer) = self.transfers.get_mut(&id)
            && matches!(transfer.stage, Stage::Sending(_))
        {
            transfer.until = now.instant + STALL_TIME;
            self.answer_segments(id, now);
        }
    }

    /// Lets the face go on as far as the socket has.
    fn answer_segments(&mut self, id: TransferId, now: Now) {
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return;
        };
        let Stage::Sending(sending) = &mut transfer.stage else {
            return;
        };
        let connection = sending.connection;
        let unsent = connection
            .and_then(|on| self.connections.get(&on))
            .map_or(0, |c| c.written - c.taken);
        let limit = if sending.is_last { 1 } else { MAX_UNSENT_FILE };
        if unsent >= limit {
            return;
        }
        let is_done = sending.is_last;
        let answered = std::mem::take(&mut sending.asked);
        if is_done {
            self.transfers.remove(&id);
            if let Some(on) = connection {
                self.cut(on, now);
            }
        }
        for command in answered {
            self.reply(command, Reply::Done);
        }
    }

    /// A host has granted us the file.
    fn host_is_used(&mut self, id: TransferId, on: ConnectionId, now: Now) {
        let Some(transfer) = self.transfers.get(&id) else {
            return;
        };
        let Stage::Trying(trying) = &transfer.stage else {
            return;
        };
        let (peer, stream, is_tls) = (transfer.peer.clone(), trying.stream, trying.is_tls);
        let (us, them) = (self.our_name(), self.shown_name(&peer));
        let mut out = BytesMut::new();
        encode::stream_host_used(
            us.as_str(),
            them.as_str(),
            &trying.iq,
            &transfer.sid,
            &trying.jid,
            &mut out,
        );
        self.send_iq(&peer, Some(stream), out);
        self.stands(id, on, is_tls, false, now);
    }

    /// The byte stream stands, TLS aside.
    fn stands(&mut self, id: TransferId, on: ConnectionId, is_tls: bool, is_ours: bool, now: Now) {
        if !is_tls {
            return self.begin(id, on, is_ours, now);
        }
        if let Some(transfer) = self.transfers.get_mut(&id) {
            transfer.stage = Stage::Shaking {
                connection: on,
                is_ours,
            };
            transfer.until = now.instant + STALL_TIME;
        }
        let role = if is_ours {
            TlsRole::Server
        } else {
            TlsRole::Client
        };
        self.outputs.push_back(Output::StartTls(on, role));
    }

    fn begin(&mut self, id: TransferId, on: ConnectionId, is_ours: bool, now: Now) {
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return;
        };
        transfer.until = now.instant + STALL_TIME;
        if is_ours {
            transfer.stage = Stage::Sending(Sending {
                connection: Some(on),
                sent: 0,
                asked: VecDeque::new(),
                is_last: false,
            });
            let about = transfer.about.clone();
            self.signal(Signal::Answered {
                transfer: about,
                accepted: true,
            });
        } else {
            transfer.stage = Stage::Receiving {
                connection: on,
                received: 0,
            };
            if transfer.about.size == 0 {
                self.receive(id, Bytes::new(), now);
            }
        }
    }

    fn receive(&mut self, id: TransferId, data: Bytes, now: Now) {
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return;
        };
        let Stage::Receiving {
            connection,
            received,
        } = &mut transfer.stage
        else {
            return;
        };
        let connection = *connection;
        let size = transfer.about.size;
        let total = received.saturating_add(data.len() as u64);
        if total > size {
            return self.end_transfer(id, now);
        }
        if data.is_empty() && total < size {
            return;
        }
        *received = total;
        transfer.until = now.instant + STALL_TIME;
        let last = total == size;
        self.signal(Signal::Segment {
            id,
            data: data.into(),
            last,
        });
        if last {
            self.transfers.remove(&id);
            self.cut(connection, now);
        }
    }

    /// A host of theirs as a place to connect to; `None`: not on a link of ours, or ourselves.
    fn reachable(&self, host: StreamHost, link: u32) -> Option<Host> {
        let literal = host.host.split('%').next().unwrap_or_default();
        let address: IpAddr = literal.parse().ok()?;
        let address = address.to_canonical();
        if host.port == 0
            || address.is_loopback()
            || address.is_multicast()
            || address.is_unspecified()
        {
            return None;
        }
        let mut ours = self.interfaces.iter().flat_map(|i| &i.addresses);
        if host.port == self.config.port && ours.any(|(ours, _)| *ours == address) {
            return None;
        }
        let mut near = self.interfaces.iter().filter(|interface| {
            interface
                .addresses
                .iter()
                .any(|&(ours, prefix)| calls::is_near(ours, prefix, address))
        });
        // A link-local address is near on every link; it is meant on the conversation's.
        let interface = match near.clone().find(|interface| interface.index == link) {
            Some(interface) => interface.index,
            None => near.next()?.index,
        };
        let to = match address {
            IpAddr::V6(v6) if calls::is_link_local(address) => {
                SocketAddr::V6(SocketAddrV6::new(v6, host.port, 0, interface))
            }
            IpAddr::V4(_) | IpAddr::V6(_) => SocketAddr::new(address, host.port),
        };
        Some(Host {
            interface,
            to,
            jid: host.jid,
        })
    }

    /// Whether `name` is at `remote`, as far as discovery or a conversation knows.
    fn is_where(&self, name: &Instance, remote: IpAddr) -> bool {
        if self.mdns.has_address(name, remote) == Some(true) {
            return true;
        }
        let streams = self
            .conversations
            .get(name)
            .map(|c| c.streams.as_slice())
            .unwrap_or_default();
        let mut connections = streams.iter().filter_map(|id| self.connections.get(id));
        connections.any(|connection| connection.remote == remote)
    }
}

/// What is asked for by whoever fetches this transfer.
fn destination_of(transfer: &Transfer) -> String {
    let (from, to) = (transfer.about.from.as_str(), transfer.about.to.as_str());
    socks::destination(&transfer.sid, from, to)
}
