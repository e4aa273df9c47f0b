//! The node: discovery, streams, conversations, files and pictures together.
//!
//! | file | what |
//! |---|---|
//! | `seam` | what the node and its IO say to each other |
//! | `roster` | who is here: what discovery tells, and pictures |
//! | `commands` | what the face asks |
//! | `conversations` | what is to be said to somebody, on which stream, and what became of it |
//! | `written` | what was written on a stream and is not known to have arrived |
//! | `calls` | connecting to somebody |
//! | `talks`, `identity` | connections that carry a stream; whose it is, and what comes |
//! | `stanzas` | what messages and queries come to |
//! | `safety` | keys that are known, and what is refused |
//! | `files`, `bytestreams` | transfers: offers and answers, and the bytes |
//! | `pictures`, `text`, `ids`, `limits` | helpers of these |
//!
//! One rule keeps the order of everything: whatever changes a conversation marks it, and
//! [`Node::settle`], at the end of each call, looks at the marked ones.

mod bytestreams;
mod calls;
mod commands;
mod conversations;
mod files;
mod identity;
mod ids;
mod limits;
mod pictures;
mod roster;
mod safety;
mod seam;
mod stanzas;
mod talks;
mod text;
mod written;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use core::net::SocketAddr;
use model::{Command, CommandId, MessageId, Now, Reply, Signal, TransferId, UserName};

use self::conversations::Conversation;
use self::files::Transfer;
use self::ids::Ids;
use self::limits::FAREWELL_TIME;
use self::pictures::Pictures;
use self::roster::{Entry, News};
pub use self::seam::{Config, ConnectionId, MAX_PICTURE, Output, Policy, TlsRole};
use self::talks::Connection;
use crate::Instance;
use crate::mdns::{self, Interface, Mdns};

/// The node.
#[derive(Debug)]
pub struct Node {
    config: Config,
    mdns: Mdns,
    interfaces: Vec<Interface>,
    life: Life,
    roster: BTreeMap<Instance, Entry>,
    news: BTreeMap<Instance, News>,
    pictures: Pictures,
    pins: BTreeMap<Instance, [u8; 32]>,
    conversations: BTreeMap<Instance, Conversation>,
    /// Conversations to look at before the call ends.
    marked: BTreeSet<Instance>,
    connections: BTreeMap<ConnectionId, Connection>,
    transfers: BTreeMap<TransferId, Transfer>,
    ids: Ids,
    next_connection: u64,
    next_message: u64,
    next_transfer: u16,
    /// Grows whenever a stream is admitted: which of two is older.
    admissions: u64,
    /// Until then, others take in who we are.
    introduced_at: Option<Instant>,
    is_behind: bool,
    outputs: VecDeque<Output>,
}

/// How far the node has come.
#[derive(Debug)]
enum Life {
    /// Only looks.
    Looking,
    /// Waits until its name is its own.
    SigningIn(CommandId),
    /// Signed in.
    Here,
    /// Says goodbye.
    Leaving {
        /// Who asked for it.
        askers: Vec<CommandId>,
        /// No longer than this.
        until: Instant,
    },
    /// Has ended.
    Over,
}

impl Node {
    /// Not on any network yet. Being seen begins with [`Command::SignIn`], whose name is the wish's
    /// (its `name` is not looked at); without it the node only looks.
    pub fn new(mut config: Config) -> Self {
        config.picture = config
            .picture
            .filter(|p| !p.is_empty() && p.len() <= mdns::MAX_PICTURE);
        config.profile.picture = config.picture.as_deref().map(pictures::hash);
        let pins = std::mem::take(&mut config.pins);
        let ids = Ids::new(config.seed);
        Self {
            mdns: Mdns::new(ids.branch()),
            interfaces: Vec::new(),
            life: Life::Looking,
            roster: BTreeMap::new(),
            news: BTreeMap::new(),
            pictures: Pictures::new(std::mem::take(&mut config.pictures)),
            pins: pins
                .iter()
                .filter_map(|(name, key)| Some((Instance::new(name)?, *key)))
                .collect(),
            conversations: BTreeMap::new(),
            marked: BTreeSet::new(),
            connections: BTreeMap::new(),
            transfers: BTreeMap::new(),
            ids,
            next_connection: ConnectionId::OURS,
            next_message: 1,
            next_transfer: 1,
            admissions: 0,
            introduced_at: None,
            is_behind: false,
            outputs: VecDeque::new(),
            config,
        }
    }

    /// As [`Mdns::handle_interfaces`].
    pub fn handle_interfaces(&mut self, interfaces: &[Interface], now: Now) {
        self.interfaces = interfaces.to_vec();
        self.mdns.handle_interfaces(interfaces, now.instant);
        self.settle(now);
    }

    /// A datagram came.
    pub fn handle_packet(&mut self, interface: u32, from: SocketAddr, bytes: &[u8], now: Now) {
        self.mdns.handle_packet(interface, from, bytes, now.instant);
        self.settle(now);
    }

    /// Somebody connected to us. Where there are too many, [`Output::Close`] follows.
    pub fn handle_accepted(&mut self, connection: ConnectionId, from: SocketAddr, now: Now) {
        self.accept(connection, from, now);
        self.settle(now);
    }

    /// A connection of ours stands.
    pub fn handle_connected(&mut self, connection: ConnectionId, now: Now) {
        self.connected(connection, now);
        self.settle(now);
    }

    /// Bytes came. The node takes what it can from the front; the IO keeps the rest and calls again
    /// with more behind it.
    pub fn handle_bytes(&mut self, connection: ConnectionId, input: &mut BytesMut, now: Now) {
        self.take_bytes(connection, input, now);
        self.settle(now);
    }

    /// The socket has taken so many bytes.
    pub fn handle_sent(&mut self, connection: ConnectionId, count: usize, now: Now) {
        self.sent(connection, count, now);
        self.settle(now);
    }

    /// TLS stands; the peer has shown the certificate with this SHA-256.
    pub fn handle_tls(&mut self, connection: ConnectionId, fingerprint: [u8; 32], now: Now) {
        self.secured(connection, fingerprint, now);
        self.settle(now);
    }

    /// The connection is over, could not be made, or TLS failed; the sentence is for people. An end
    /// without an error has none.
    pub fn handle_closed(&mut self, connection: ConnectionId, error: Option<String>, now: Now) {
        self.closed(connection, error, now);
        self.settle(now);
    }

    /// The face asks.
    pub fn handle_command(&mut self, id: CommandId, command: Command, now: Now) {
        self.command(id, command, now);
        self.settle(now);
    }

    /// The face is behind (`true`): nothing more is read from connections until it is not.
    pub fn handle_pause(&mut self, is_behind: bool, now: Now) {
        if self.is_behind != is_behind {
            self.is_behind = is_behind;
            if !is_behind {
                self.tell_news();
            }
            let all = self.connections.keys();
            self.outputs
                .extend(all.map(|&id| Output::Pause(id, is_behind)));
        }
        self.settle(now);
    }

    /// Ends: end tags, goodbye, [`Output::Ended`] within a second [LAN-24].
    pub fn shut_down(&mut self, now: Now) {
        self.leave(None, now);
        self.settle(now);
    }

    /// The time of [`poll_timeout`](Self::poll_timeout) has come.
    pub fn handle_timeout(&mut self, now: Now) {
        if matches!(self.life, Life::Over) {
            return;
        }
        self.mdns.handle_timeout(now.instant);
        let due = |deadline: Option<Instant>| deadline.is_some_and(|at| at <= now.instant);
        if due(self.introduced_at) {
            self.introduced_at = None;
            self.marked.extend(self.conversations.keys().cloned());
        }
        let late = self.connections.iter().filter(|(_, c)| due(c.deadline()));
        for id in late.map(|(&id, _)| id).collect::<Vec<_>>() {
            self.connection_is_late(id, now);
        }
        let late = self.conversations.iter().filter(|(_, c)| due(c.deadline()));
        for name in late.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            self.conversation_is_late(&name, now);
        }
        let late = self.transfers.iter().filter(|(_, t)| due(t.deadline()));
        for id in late.map(|(&id, _)| id).collect::<Vec<_>>() {
            self.transfer_is_late(id, now);
        }
        self.settle(now);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let farewell = match &self.life {
            Life::Over => return None,
            Life::Leaving { until, .. } => Some(*until),
            Life::Looking | Life::SigningIn(_) | Life::Here => None,
        };
        let connections = self.connections.values().filter_map(Connection::deadline);
        let conversations = self
            .conversations
            .values()
            .filter_map(Conversation::deadline);
        let transfers = self.transfers.values().filter_map(Transfer::deadline);
        connections
            .chain(conversations)
            .chain(transfers)
            .chain(self.mdns.poll_timeout())
            .chain(self.introduced_at)
            .chain(self.pictures.deadline())
            .chain(farewell)
            .min()
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Does what follows of what has happened, until nothing does.
    fn settle(&mut self, now: Now) {
        if matches!(self.life, Life::Over) {
            return;
        }
        loop {
            if let Some(event) = self.mdns.poll_event() {
                self.discovered(event, now);
            } else if let Some(name) = self.marked.pop_first() {
                self.attend(&name, now);
            } else {
                break;
            }
        }
        self.run_errands(now);
        self.flush_datagrams();
        self.end_if_done(now);
    }

    fn flush_datagrams(&mut self) {
        while let Some(packet) = self.mdns.poll_packet() {
            self.outputs.push_back(Output::Datagram(packet));
        }
    }

    /// Says goodbye to everybody.
    fn leave(&mut self, asker: Option<CommandId>, now: Now) {
        match &mut self.life {
            Life::Leaving { askers, .. } => return askers.extend(asker),
            Life::Over => return,
            Life::SigningIn(id) => {
                let id = *id;
                self.reply(id, Reply::Refused(model::Refusal::NotSignedIn));
            }
            Life::Looking | Life::Here => {}
        }
        let until = now.instant + FAREWELL_TIME;
        self.life = Life::Leaving {
            askers: asker.into_iter().collect(),
            until,
        };
        self.end_all_transfers(now);
        for name in self.conversations.keys().cloned().collect::<Vec<_>>() {
            self.give_up_queue(&name, "we are leaving", now);
        }
        for id in self.connections.keys().copied().collect::<Vec<_>>() {
            self.hang_up(id, now);
        }
        self.mdns.withdraw(now.instant);
    }

    fn end_if_done(&mut self, now: Now) {
        let Life::Leaving { askers, until } = &mut self.life else {
            return;
        };
        let is_done = self.connections.is_empty() && self.mdns.is_withdrawn();
        if !is_done && now.instant < *until {
            return;
        }
        let askers = std::mem::take(askers);
        for id in self.connections.keys().copied().collect::<Vec<_>>() {
            self.cut(id, now);
        }
        // What streams have left that broke off meanwhile.
        for name in self.conversations.keys().cloned().collect::<Vec<_>>() {
            self.give_up_queue(&name, "we are leaving", now);
        }
        self.flush_datagrams();
        let parting = self
            .conversations
            .values_mut()
            .flat_map(|c| c.parting.drain(..));
        for id in parting.chain(askers).collect::<Vec<_>>() {
            self.reply(id, Reply::Done);
        }
        self.life = Life::Over;
        self.news.clear();
        self.outputs.push_back(Output::Ended("signed out".into()));
    }

    /// What we are called, or would like to be.
    fn our_name(&self) -> Instance {
        self.mdns
            .name()
            .cloned()
            .unwrap_or_else(|| self.config.wish.candidate(0))
    }

    fn new_connection(&mut self) -> ConnectionId {
        self.next_connection += 1;
        ConnectionId(self.next_connection)
    }

    fn new_message(&mut self) -> MessageId {
        self.next_message += 1;
        MessageId(self.next_message - 1)
    }

    /// Hands bytes to a connection.
    fn send(&mut self, id: ConnectionId, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        if bytes.is_empty() {
            return;
        }
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.written += bytes.len() as u64;
            self.outputs.push_back(Output::Send(id, bytes));
        }
    }

    fn signal(&mut self, signal: Signal) {
        self.outputs.push_back(Output::Signal(signal));
    }

    fn reply(&mut self, id: CommandId, reply: Reply) {
        self.outputs.push_back(Output::Reply(id, reply));
    }

    fn refuse(&mut self, id: CommandId, refusal: model::Refusal) {
        self.reply(id, Reply::Refused(refusal));
    }

    fn mark(&mut self, name: &Instance) {
        self.marked.insert(name.clone());
    }
}

/// A name as the rest of the program has it. Every instance is one.
fn user_name(instance: &Instance) -> UserName {
    #[expect(clippy::unwrap_used, reason = "1 to 63 bytes always pass")]
    UserName::foreign(instance.as_str()).unwrap()
}
