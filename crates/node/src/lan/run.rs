//! The loop that owns the node: what happens goes in, what is to be done is done, in order.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lan::mdns::Interface;
use lan::{ConnectionId, Node, Output};
use link::{Happening, LINK_HAPPENINGS};
use model::{Command, CommandId, Timestamp};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::connections::{Connections, News};
use super::sockets::Sockets;
use super::tls::Tls;
use super::{interfaces, pictures, pins};
use crate::clock::{now, passed};
use crate::listener::{self, Bound, Listener};

/// How often the interfaces are looked at.
const INTERFACES_EVERY: Duration = Duration::from_secs(2);
/// Two looks at the interfaces that are further apart by the wall clock, in milliseconds: the machine
/// has slept, so long that others may have forgotten us, and we have not noticed how long ago what we
/// know was said. The clock of timers stands still meanwhile on many systems.
const SLEEP_MILLIS: u64 = 60_000;
/// Connections at once, those that are being closed included. The node keeps fewer; this holds against
/// a flood that it has not looked at yet, below the 1,024 files that systems allow a program [LAN-48].
const MAX_CONNECTIONS: usize = 512;
/// How long the node may take to end; it promises to need a second.
const END_LIMIT: Duration = Duration::from_secs(3);
/// How long the last words on connections, and to the face, may take after that.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What the loop is made of.
pub(super) struct Parts {
    pub(super) node: Node,
    pub(super) tls: Tls,
    pub(super) bound: Option<Bound>,
    pub(super) interfaces: Vec<String>,
    pub(super) folder: PathBuf,
    pub(super) commands: mpsc::Receiver<(CommandId, Command)>,
    pub(super) tell: mpsc::Sender<Happening>,
}

struct Loop {
    node: Node,
    connections: Connections,
    sockets: Sockets,
    named: Vec<String>,
    interfaces: Vec<Interface>,
    /// When they were looked at last.
    looked: Option<Timestamp>,
    folder: PathBuf,
    tell: mpsc::Sender<Happening>,
    /// What the face has not taken yet; while there is any, the node is paused.
    waiting: VecDeque<Happening>,
    /// When the end was begun.
    ending: Option<Instant>,
    ended: Option<String>,
}

/// Runs the node until it has ended. A face that is gone ends it.
pub(super) async fn run(parts: Parts) {
    let tell = parts.tell.clone();
    let listener = match parts.bound.map(Listener::new).transpose() {
        Ok(listener) => listener,
        Err(error) => {
            let _ = tell.try_send(Happening::Ended(format!("cannot listen: {error}")));
            return;
        }
    };
    let mut commands = parts.commands;
    let mut owner = Loop {
        node: parts.node,
        connections: Connections::new(parts.tls, MAX_CONNECTIONS),
        sockets: Sockets::new(),
        named: parts.interfaces,
        interfaces: Vec::new(),
        looked: None,
        folder: parts.folder,
        tell: parts.tell,
        waiting: VecDeque::new(),
        ending: None,
        ended: None,
    };
    let reason = owner.turn(listener, &mut commands).await;
    let Loop {
        connections,
        waiting,
        ..
    } = owner;
    connections.finish(LAST_WORDS).await;
    let hand_over = async {
        for happening in waiting {
            let _ = tell.send(happening).await;
        }
        let _ = tell.send(Happening::Ended(reason)).await;
    };
    let _ = timeout(LAST_WORDS, hand_over).await;
}

impl Loop {
    /// All turns; why they are over.
    async fn turn(
        &mut self,
        mut listener: Option<Listener>,
        commands: &mut mpsc::Receiver<(CommandId, Command)>,
    ) -> String {
        let mut look = interval(INTERFACES_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // A clone, so that the face's going is heard while the loop is lent out.
        let face = self.tell.clone();
        loop {
            self.obey();
            if let Some(reason) = self.ended.take() {
                return reason;
            }
            let limit = self.ending.map(|begun| begun + END_LIMIT);
            if limit.is_some_and(|limit| limit <= now().instant) {
                return "the node did not end in time".into();
            }
            let deadline = match (self.node.poll_timeout(), limit) {
                (Some(timer), Some(limit)) => Some(timer.min(limit)),
                (timer, limit) => timer.or(limit),
            };
            tokio::select! {
                (interface, from, count) = self.sockets.receive() => {
                    let bytes = self.sockets.bytes(count);
                    self.node.handle_packet(interface, from, bytes, now());
                }
                (id, news) = self.connections.next() => self.handle_news(id, news),
                (tcp, from) = listener::accepted(&mut listener) => {
                    // Too many are refused by closing at once.
                    if let Some(id) = self.connections.accept(tcp) {
                        self.node.handle_accepted(id, from, now());
                    }
                }
                command = commands.recv(), if self.ending.is_none() => match command {
                    Some((id, command)) => self.node.handle_command(id, command, now()),
                    None => self.end(),
                },
                () = face.closed(), if self.ending.is_none() => self.end(),
                permit = face.reserve(), if !self.waiting.is_empty() => {
                    match (permit, self.waiting.pop_front()) {
                        (Ok(permit), Some(happening)) => permit.send(happening),
                        // Nobody reads any more.
                        (Err(_), _) => self.waiting.clear(),
                        (Ok(_), None) => {}
                    }
                    if self.waiting.is_empty() {
                        self.node.handle_pause(false, now());
                    }
                }
                () = passed(deadline) => self.node.handle_timeout(now()),
                _ = look.tick() => self.look(),
            }
        }
    }

    fn look(&mut self) {
        let Timestamp(wall) = now().wall;
        let before = self.looked.replace(Timestamp(wall));
        if before.is_some_and(|Timestamp(before)| wall.saturating_sub(before) > SLEEP_MILLIS) {
            tracing::debug!("the machine has slept");
            self.interfaces.clear();
            self.node.handle_interfaces(&[], now());
        }
        match interfaces::usable(&self.named) {
            Ok(interfaces) => {
                self.sockets.set_interfaces(&interfaces);
                // One that cannot be heard yet is announced on when it can.
                let interfaces = self.sockets.heard(interfaces);
                if interfaces != self.interfaces {
                    self.node.handle_interfaces(&interfaces, now());
                    self.interfaces = interfaces;
                }
            }
            Err(error) => tracing::warn!(%error, "the interfaces cannot be listed"),
        }
    }

    fn handle_news(&mut self, id: ConnectionId, news: News) {
        let now = now();
        match news {
            News::Connected => self.node.handle_connected(id, now),
            News::Bytes => self.hand_in(id),
            News::Sent(count) => self.node.handle_sent(id, count, now),
            News::Tls(fingerprint) => self.node.handle_tls(id, fingerprint, now),
            News::Closed(error) => self.node.handle_closed(id, error, now),
        }
    }

    /// Lets the node take what was read.
    fn hand_in(&mut self, id: ConnectionId) {
        if let Some(input) = self.connections.input(id) {
            self.node.handle_bytes(id, input, now());
        }
    }

    fn end(&mut self) {
        self.ending = Some(now().instant);
        self.node.shut_down(now());
    }

    /// Does what the node wants done.
    fn obey(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Datagram(packet) => self.sockets.send(&packet),
                Output::Connect {
                    connection,
                    interface,
                    from,
                    to,
                } => self.connections.connect(connection, interface, from, to),
                Output::Send(id, bytes) => self.connections.send(id, bytes),
                Output::StartTls(id, role) => self.connections.start_tls(id, role),
                Output::Close(id) => self.connections.close(id),
                Output::Abort(id) => self.connections.abort(id),
                Output::Pause(id, is_paused) => {
                    if self.connections.pause(id, is_paused) {
                        // What it left then may be all that ever comes.
                        self.hand_in(id);
                    }
                }
                Output::Event(event) => self.tell(Happening::Event(event)),
                Output::Signal(signal) => self.tell(Happening::Signal(signal)),
                Output::Reply(id, reply) => self.tell(Happening::Reply(id, reply)),
                Output::StorePin { name, fingerprint } => {
                    if let Err(error) = pins::store(&self.folder, &name, fingerprint) {
                        tracing::warn!(?name, %error, "a key could not be kept");
                    }
                }
                Output::StorePicture { hash, data, evict } => {
                    if let Err(error) = pictures::store(&self.folder, &hash, &data, &evict) {
                        tracing::warn!(hash, %error, "a picture could not be kept");
                    }
                }
                Output::Ended(reason) => self.ended = Some(reason),
            }
        }
    }

    fn tell(&mut self, happening: Happening) {
        if self.waiting.is_empty() {
            match self.tell.try_send(happening) {
                Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => return,
                Err(mpsc::error::TrySendError::Full(happening)) => {
                    self.waiting.push_back(happening);
                }
            }
            self.node.handle_pause(true, now());
        } else if self.waiting.len() < LINK_HAPPENINGS {
            self.waiting.push_back(happening);
        } else if self.ending.is_none() {
            tracing::warn!("the face reads too slowly");
            self.end();
        }
    }
}
