//! A network in memory: machines with nodes or with scripted peers, datagrams, connections, a clock.
//!
//! TLS is only pretended: both sides learn the other's key once both have begun, and what was written
//! before arrives before.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use lan::mdns::{self, Interface, Mdns};
use lan::name::Wish;
use lan::txt::Profile;
use lan::{Config, ConnectionId, Node, Output, Policy, TlsRole};
use model::{
    Channel, Claim, Command, CommandId, Event, FileBytes, FileName, Now, Proof, Recipient, Reply,
    Signal, Text, Timestamp, TransferId, UserName,
};

/// Which machine.
pub(crate) type Who = usize;

/// The port of all nodes.
pub(crate) const PORT: u16 = 5298;
/// How long everything takes on its way.
pub(crate) const LATENCY: Duration = Duration::from_millis(1);

/// One instant to start from.
#[expect(
    clippy::disallowed_methods,
    reason = "a test needs one instant to start from"
)]
pub(crate) fn start() -> Instant {
    Instant::now()
}

pub(crate) struct Net {
    began: Instant,
    pub(crate) now: Instant,
    pub(crate) machines: Vec<Machine>,
    pub(crate) pipes: Vec<Pipe>,
    travelling: BTreeMap<(Instant, u64), Travelling>,
    ordinal: u64,
    /// How long the next thing travels; the last one stays.
    pub(crate) delays: VecDeque<Duration>,
    /// What a reset does to bytes that are on their way.
    pub(crate) resets_destroy: bool,
}

pub(crate) struct Machine {
    pub(crate) name: &'static str,
    pub(crate) address: IpAddr,
    pub(crate) key: [u8; 32],
    pub(crate) being: Being,
    next_connection: u64,
    next_command: u64,
    /// What the node has put out, connections aside.
    pub(crate) log: Vec<Output>,
    /// The sockets take nothing; what was to be sent waits.
    pub(crate) is_stuck: bool,
    stuck: Vec<(ConnectionId, Bytes)>,
    pub(crate) mdns_sent: usize,
    /// The sockets send, and do not tell that they do: TLS that is about to block.
    is_silent: bool,
    untold: Vec<(ConnectionId, usize)>,
}

pub(crate) enum Being {
    Node(Box<Node>),
    /// Discovery of our own make; the streams are the test's.
    Raw(Box<Mdns>),
}

#[derive(Debug)]
enum Travelling {
    Datagram {
        from: Who,
        to: Who,
        bytes: Bytes,
    },
    Connect {
        pipe: usize,
        from: Who,
        to: SocketAddr,
    },
    /// The machine has taken the connection; its program hears of it later, perhaps after the
    /// caller's.
    Accept {
        pipe: usize,
    },
    Connected {
        pipe: usize,
    },
    Arrives {
        pipe: usize,
        side: usize,
    },
}

#[derive(Debug)]
enum Chunk {
    Bytes(Bytes),
    Tls,
    Fin,
    Reset,
}

/// A connection; side 0 has called.
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) ends: [End; 2],
    pub(crate) is_standing: bool,
    /// What went over the wire for everybody to read.
    pub(crate) clear: Vec<u8>,
}

#[derive(Debug, Default)]
pub(crate) struct End {
    pub(crate) who: Who,
    pub(crate) id: Option<ConnectionId>,
    /// On the way to this end.
    coming: VecDeque<Chunk>,
    /// Arrived, in order.
    arrived: VecDeque<Chunk>,
    pub(crate) input: BytesMut,
    pub(crate) is_closed: bool,
    /// The other side has closed or reset.
    pub(crate) is_over: Option<bool>,
    pub(crate) tls: Option<TlsRole>,
    is_secure: bool,
    last_arrival: Option<Instant>,
    pub(crate) is_paused: bool,
}

impl Net {
    pub(crate) fn new() -> Self {
        let began = start();
        Self {
            began,
            now: began,
            machines: Vec::new(),
            pipes: Vec::new(),
            travelling: BTreeMap::new(),
            ordinal: 0,
            delays: VecDeque::from([LATENCY]),
            resets_destroy: false,
        }
    }

    pub(crate) fn config(name: &str) -> Config {
        let (user, machine) = name.split_once('@').expect("user@machine");
        Config {
            wish: Wish::new(user, machine),
            is_visible: true,
            profile: Profile::default(),
            picture: None,
            port: PORT,
            policy: Policy::default(),
            pins: BTreeMap::new(),
            pictures: Vec::new(),
            seed: name.bytes().map(u64::from).sum(),
        }
    }

    /// A node on a machine of its own, signed in.
    pub(crate) fn node(&mut self, name: &'static str) -> Who {
        self.node_with(name, Self::config(name))
    }

    pub(crate) fn node_with(&mut self, name: &'static str, config: Config) -> Who {
        let who = self.add(name, Being::Node(Box::new(Node::new(config))));
        let now = self.now();
        let interface = self.interface(who);
        self.node_mut(who).handle_interfaces(&[interface], now);
        self.carry_out(who);
        self.ask(
            who,
            Command::SignIn {
                name: user(name),
                proof: Proof::None,
            },
        );
        who
    }

    /// Somebody who is published and otherwise does what the test says.
    pub(crate) fn raw(&mut self, name: &'static str) -> Who {
        self.raw_with(name, Profile::default(), None)
    }

    pub(crate) fn raw_with(
        &mut self,
        name: &'static str,
        profile: Profile,
        picture: Option<Bytes>,
    ) -> Who {
        let seed = name.bytes().map(u64::from).sum();
        let who = self.add(name, Being::Raw(Box::new(Mdns::new(seed))));
        let (user, machine) = name.split_once('@').expect("user@machine");
        let interface = self.interface(who);
        let now = self.now;
        let mdns = self.mdns_mut(who);
        mdns.handle_interfaces(&[interface], now);
        mdns.publish(Wish::new(user, machine), PORT, profile, picture, now);
        self.carry_out(who);
        who
    }

    fn add(&mut self, name: &'static str, being: Being) -> Who {
        let who = self.machines.len();
        let address = IpAddr::V4(Ipv4Addr::new(
            10,
            0,
            0,
            u8::try_from(who).expect("few machines") + 1,
        ));
        self.machines.push(Machine {
            name,
            address,
            key: [u8::try_from(who).expect("few machines") + 1; 32],
            being,
            next_connection: 1,
            next_command: 1,
            log: Vec::new(),
            is_stuck: false,
            stuck: Vec::new(),
            mdns_sent: 0,
            is_silent: false,
            untold: Vec::new(),
        });
        who
    }

    fn interface(&self, who: Who) -> Interface {
        Interface {
            index: 2,
            name: "eth0".into(),
            addresses: vec![(self.machines[who].address, 24)],
        }
    }

    pub(crate) fn now(&self) -> Now {
        let wall = u64::try_from((self.now - self.began).as_millis()).expect("a short test");
        Now {
            instant: self.now,
            wall: Timestamp(wall),
        }
    }

    pub(crate) fn node_mut(&mut self, who: Who) -> &mut Node {
        let machine = &mut self.machines[who];
        match &mut machine.being {
            Being::Node(node) => node,
            Being::Raw(_) => panic!("{} is no node", machine.name),
        }
    }

    pub(crate) fn mdns_mut(&mut self, who: Who) -> &mut Mdns {
        let machine = &mut self.machines[who];
        match &mut machine.being {
            Being::Raw(mdns) => mdns,
            Being::Node(_) => panic!("{} is a node", machine.name),
        }
    }

    /// Lets the face ask.
    pub(crate) fn ask(&mut self, who: Who, command: Command) -> CommandId {
        let id = CommandId(self.machines[who].next_command);
        self.machines[who].next_command += 1;
        let now = self.now();
        self.node_mut(who).handle_command(id, command, now);
        self.carry_out(who);
        id
    }

    pub(crate) fn tell(&mut self, who: Who, to: &str, text: &str) -> CommandId {
        let to = Recipient::Name(user(to));
        self.ask(
            who,
            Command::Tell {
                to,
                text: Text::adapt(text).expect("a legal text"),
            },
        )
    }

    pub(crate) fn part(&mut self, who: Who, with: &str) -> CommandId {
        self.ask(who, Command::Part { with: user(with) })
    }

    pub(crate) fn offer(&mut self, who: Who, to: &str, name: &str, size: u64) -> CommandId {
        let name = FileName::parse(name).expect("a legal name");
        self.ask(
            who,
            Command::Offer {
                to: user(to),
                name,
                size,
            },
        )
    }

    pub(crate) fn answer(&mut self, who: Who, id: TransferId, accept: bool) -> CommandId {
        self.ask(
            who,
            Command::Answer {
                claim: Claim {
                    id,
                    from: None,
                    to: None,
                },
                accept,
            },
        )
    }

    pub(crate) fn segment(
        &mut self,
        who: Who,
        id: TransferId,
        data: &[u8],
        last: bool,
    ) -> CommandId {
        let data = FileBytes::from(Bytes::copy_from_slice(data));
        self.ask(who, Command::Segment { id, data, last })
    }

    /// What has become of a command.
    pub(crate) fn reply(&self, who: Who, command: CommandId) -> Option<&Reply> {
        let mut replies = self.machines[who]
            .log
            .iter()
            .filter_map(|output| match output {
                Output::Reply(id, reply) if *id == command => Some(reply),
                _ => None,
            });
        let reply = replies.next();
        assert!(replies.next().is_none(), "answered twice");
        reply
    }

    pub(crate) fn signals(&self, who: Who) -> impl Iterator<Item = &Signal> {
        self.machines[who]
            .log
            .iter()
            .filter_map(|output| match output {
                Output::Signal(signal) => Some(signal),
                _ => None,
            })
    }

    /// Messages that were shown, as "name: text".
    pub(crate) fn heard(&self, who: Who) -> Vec<String> {
        let events = self.machines[who]
            .log
            .iter()
            .filter_map(|output| match output {
                Output::Event(Event::Told(told)) => Some(format!("{}: {}", told.from, told.text)),
                _ => None,
            });
        events.collect()
    }

    /// Messages that may not have arrived.
    pub(crate) fn doubtful(&self, who: Who) -> Vec<String> {
        let texts = self.signals(who).filter_map(|signal| match signal {
            Signal::Doubtful(told) => Some(told.text.as_str().to_owned()),
            _ => None,
        });
        texts.collect()
    }

    pub(crate) fn channels(&self, who: Who) -> Vec<Channel> {
        let channels = self.signals(who).filter_map(|signal| match signal {
            Signal::Channel { channel, .. } => Some(channel.clone()),
            _ => None,
        });
        channels.collect()
    }

    /// Bytes of the file that came, and whether that was all.
    pub(crate) fn received(&self, who: Who) -> (Vec<u8>, bool) {
        let mut all = Vec::new();
        let mut is_whole = false;
        for signal in self.signals(who) {
            if let Signal::Segment { data, last, .. } = signal {
                assert!(!is_whole, "bytes behind the last");
                all.extend(data.clone().into_bytes());
                is_whole = *last;
            }
        }
        (all, is_whole)
    }

    pub(crate) fn offers(&self, who: Who) -> Vec<model::Transfer> {
        let offers = self.signals(who).filter_map(|signal| match signal {
            Signal::Offered(transfer) => Some(transfer.clone()),
            _ => None,
        });
        offers.collect()
    }

    pub(crate) fn contacts(&self, who: Who) -> Vec<String> {
        let mut here = Vec::new();
        for signal in self.signals(who) {
            match signal {
                Signal::Contact(contact) => {
                    let name = contact.name.to_string();
                    here.retain(|n| *n != name);
                    here.push(name);
                }
                Signal::Gone(name) => here.retain(|n| n != name.as_str()),
                _ => {}
            }
        }
        here.sort();
        here
    }

    /// Time passes.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        let mut rounds = 0;
        loop {
            rounds += 1;
            assert!(rounds < 200_000, "the network does not come to rest");
            let timeout = (0..self.machines.len())
                .filter_map(|who| self.timeout(who))
                .min();
            let arrival = self.travelling.keys().next().map(|key| key.0);
            let Some(next) = [timeout, arrival]
                .into_iter()
                .flatten()
                .min()
                .filter(|at| *at <= end)
            else {
                self.now = end;
                return;
            };
            self.now = self.now.max(next);
            while let Some(entry) = self.travelling.first_entry()
                && entry.key().0 <= self.now
            {
                let travelling = entry.remove();
                self.deliver(travelling);
            }
            for who in 0..self.machines.len() {
                if self.timeout(who).is_some_and(|at| at <= self.now) {
                    let now = self.now();
                    match &mut self.machines[who].being {
                        Being::Node(node) => node.handle_timeout(now),
                        Being::Raw(mdns) => mdns.handle_timeout(now.instant),
                    }
                    assert!(
                        self.timeout(who).is_none_or(|at| at > self.now),
                        "{} wants its deadline again",
                        self.machines[who].name
                    );
                    self.carry_out(who);
                }
            }
        }
    }

    fn timeout(&self, who: Who) -> Option<Instant> {
        match &self.machines[who].being {
            Being::Node(node) => node.poll_timeout(),
            Being::Raw(mdns) => mdns.poll_timeout(),
        }
    }

    fn travel(&mut self, travelling: Travelling, not_before: Option<Instant>) -> Instant {
        let delay = if self.delays.len() > 1 {
            self.delays.pop_front()
        } else {
            self.delays.front().copied()
        };
        let at = self.now + delay.unwrap_or(LATENCY);
        let at = not_before.map_or(at, |earlier| at.max(earlier));
        self.ordinal += 1;
        self.travelling.insert((at, self.ordinal), travelling);
        at
    }

    fn put(&mut self, pipe: usize, side: usize, chunk: Chunk) {
        if let (Chunk::Bytes(bytes), None) = (&chunk, self.pipes[pipe].ends[1 - side].tls) {
            self.pipes[pipe].clear.extend_from_slice(bytes);
        }
        let end = &mut self.pipes[pipe].ends[side];
        end.coming.push_back(chunk);
        let earlier = end.last_arrival;
        let at = self.travel(Travelling::Arrives { pipe, side }, earlier);
        self.pipes[pipe].ends[side].last_arrival = Some(at);
    }

    /// Does what a machine wants done.
    pub(crate) fn carry_out(&mut self, who: Who) {
        let mut taken = Vec::new();
        loop {
            let output = match &mut self.machines[who].being {
                Being::Node(node) => node.poll_output(),
                Being::Raw(mdns) => {
                    while mdns.poll_event().is_some() {}
                    mdns.poll_packet().map(Output::Datagram)
                }
            };
            match output {
                Some(output) => self.carry_out_one(who, output, &mut taken),
                None if taken.is_empty() => return,
                None => {
                    for (id, count) in std::mem::take(&mut taken) {
                        let now = self.now();
                        self.node_mut(who).handle_sent(id, count, now);
                    }
                }
            }
        }
    }

    fn carry_out_one(&mut self, who: Who, output: Output, taken: &mut Vec<(ConnectionId, usize)>) {
        match output {
            Output::Datagram(packet) => {
                self.machines[who].mdns_sent += 1;
                for to in 0..self.machines.len() {
                    let is_for = packet.to.ip().is_multicast()
                        || self.machines[to].address == packet.to.ip();
                    if to != who && is_for {
                        let bytes = packet.bytes.clone();
                        self.travel(
                            Travelling::Datagram {
                                from: who,
                                to,
                                bytes,
                            },
                            None,
                        );
                    }
                }
            }
            Output::Connect {
                connection,
                from,
                to,
                ..
            } => {
                assert_eq!(
                    from,
                    Some(self.machines[who].address),
                    "connects from a published address"
                );
                self.begin_pipe(who, Some(connection), to);
            }
            Output::Send(id, bytes) => {
                if let Some((pipe, side)) = self.find(who, id) {
                    if self.machines[who].is_stuck {
                        self.machines[who].stuck.push((id, bytes));
                    } else {
                        let count = bytes.len();
                        self.put(pipe, 1 - side, Chunk::Bytes(bytes));
                        if self.machines[who].is_silent {
                            self.machines[who].untold.push((id, count));
                        } else {
                            taken.push((id, count));
                        }
                    }
                }
            }
            Output::StartTls(id, role) => {
                if let Some((pipe, side)) = self.find(who, id) {
                    self.start_tls(pipe, side, role);
                }
            }
            Output::Close(id) => {
                if let Some((pipe, side)) = self.find(who, id) {
                    self.close_end(pipe, side);
                }
            }
            Output::Abort(id) => {
                if let Some((pipe, side)) = self.find(who, id) {
                    self.pipes[pipe].ends[side].is_closed = true;
                    self.put(pipe, 1 - side, Chunk::Reset);
                }
            }
            Output::Pause(id, is_paused) => {
                if let Some((pipe, side)) = self.find(who, id) {
                    self.pipes[pipe].ends[side].is_paused = is_paused;
                    self.travel(Travelling::Arrives { pipe, side }, None);
                }
            }
            other @ (Output::Event(_)
            | Output::Signal(_)
            | Output::Reply(..)
            | Output::StorePin { .. }
            | Output::StorePicture { .. }
            | Output::Ended(_)) => self.machines[who].log.push(other),
        }
    }

    fn begin_pipe(&mut self, who: Who, id: Option<ConnectionId>, to: SocketAddr) -> usize {
        let pipe = self.pipes.len();
        let caller = End {
            who,
            id,
            ..End::default()
        };
        self.pipes.push(Pipe {
            ends: [caller, End::default()],
            is_standing: false,
            clear: Vec::new(),
        });
        self.travel(
            Travelling::Connect {
                pipe,
                from: who,
                to,
            },
            None,
        );
        pipe
    }

    pub(crate) fn find(&self, who: Who, id: ConnectionId) -> Option<(usize, usize)> {
        self.pipes.iter().enumerate().find_map(|(n, pipe)| {
            let side = pipe
                .ends
                .iter()
                .position(|end| end.who == who && end.id == Some(id) && !end.is_closed)?;
            Some((n, side))
        })
    }

    fn start_tls(&mut self, pipe: usize, side: usize, role: TlsRole) {
        self.pipes[pipe].ends[side].tls = Some(role);
        self.put(pipe, 1 - side, Chunk::Tls);
        self.travel(Travelling::Arrives { pipe, side }, None);
    }

    fn close_end(&mut self, pipe: usize, side: usize) {
        let end = &mut self.pipes[pipe].ends[side];
        end.is_closed = true;
        let is_unread =
            !end.input.is_empty() || end.arrived.iter().any(|c| matches!(c, Chunk::Bytes(_)));
        self.put(
            pipe,
            1 - side,
            if is_unread { Chunk::Reset } else { Chunk::Fin },
        );
    }

    fn deliver(&mut self, travelling: Travelling) {
        match travelling {
            Travelling::Datagram { from, to, bytes } => {
                let source = SocketAddr::new(self.machines[from].address, mdns::PORT);
                let now = self.now();
                match &mut self.machines[to].being {
                    Being::Node(node) => node.handle_packet(2, source, &bytes, now),
                    Being::Raw(mdns) => mdns.handle_packet(2, source, &bytes, now.instant),
                }
                self.carry_out(to);
            }
            Travelling::Connect { pipe, from, to } => self.deliver_connect(pipe, from, to),
            Travelling::Accept { pipe } => self.deliver_accept(pipe),
            Travelling::Connected { pipe } => self.deliver_connected(pipe),
            Travelling::Arrives { pipe, side } => self.deliver_arrival(pipe, side),
        }
    }

    fn deliver_connect(&mut self, pipe: usize, from: Who, to: SocketAddr) {
        let there = self
            .machines
            .iter()
            .position(|m| m.address == to.ip() && to.port() == PORT);
        let now = self.now();
        let caller = self.pipes[pipe].ends[0].id;
        let Some(there) = there else {
            self.pipes[pipe].ends[0].is_closed = true;
            if let Some(id) = caller {
                self.node_mut(from)
                    .handle_closed(id, Some("connection refused".into()), now);
                self.carry_out(from);
            }
            return;
        };
        self.pipes[pipe].ends[1].who = there;
        self.pipes[pipe].is_standing = true;
        self.travel(Travelling::Accept { pipe }, None);
        self.travel(Travelling::Connected { pipe }, None);
    }

    fn deliver_accept(&mut self, pipe: usize) {
        let who = self.pipes[pipe].ends[1].who;
        let source = SocketAddr::new(self.machines[self.pipes[pipe].ends[0].who].address, 40_000);
        let machine = &mut self.machines[who];
        let id = ConnectionId(machine.next_connection);
        machine.next_connection += 1;
        self.pipes[pipe].ends[1].id = Some(id);
        if matches!(self.machines[who].being, Being::Node(_)) {
            let now = self.now();
            self.node_mut(who).handle_accepted(id, source, now);
            self.carry_out(who);
            self.deliver_arrival(pipe, 1);
        }
    }

    fn deliver_connected(&mut self, pipe: usize) {
        let end = &self.pipes[pipe].ends[0];
        let who = end.who;
        if let (Some(id), false) = (end.id, end.is_closed)
            && matches!(self.machines[who].being, Being::Node(_))
        {
            let now = self.now();
            self.node_mut(who).handle_connected(id, now);
            self.carry_out(who);
        }
    }

    fn deliver_arrival(&mut self, pipe: usize, side: usize) {
        let end = &mut self.pipes[pipe].ends[side];
        if let Some(chunk) = end.coming.pop_front() {
            if matches!(chunk, Chunk::Reset) && self.resets_destroy {
                end.arrived.clear();
            }
            end.arrived.push_back(chunk);
        }
        let now = self.now();
        self.hand_in(pipe, side);
        loop {
            let end = &mut self.pipes[pipe].ends[side];
            if end.is_closed {
                // Bytes for somebody who is gone are answered by a reset.
                let is_bytes = end
                    .arrived
                    .drain(..)
                    .any(|c| matches!(c, Chunk::Bytes(_) | Chunk::Tls));
                if is_bytes && self.pipes[pipe].ends[1 - side].is_over.is_none() {
                    self.pipes[pipe].ends[1 - side].is_over = Some(false);
                    self.put(pipe, 1 - side, Chunk::Reset);
                }
                return;
            }
            if end.is_paused || (side == 1 && end.id.is_none()) {
                return;
            }
            let (who, id) = (end.who, end.id);
            let is_node = matches!(self.machines[who].being, Being::Node(_));
            match end.arrived.front() {
                None => return,
                Some(Chunk::Tls) if end.tls.is_none() => return,
                Some(Chunk::Bytes(_)) if end.tls.is_some() && !end.is_secure && is_node => {
                    panic!("bytes in the clear while TLS begins");
                }
                Some(_) => {}
            }
            let chunk = end.arrived.pop_front();
            match chunk {
                Some(Chunk::Bytes(bytes)) => {
                    end.input.extend_from_slice(&bytes);
                    if let (true, Some(id)) = (is_node, id) {
                        let mut input = std::mem::take(&mut end.input);
                        self.node_mut(who).handle_bytes(id, &mut input, now);
                        self.pipes[pipe].ends[side].input = input;
                    }
                }
                Some(Chunk::Tls) => {
                    end.is_secure = true;
                    let other = self.pipes[pipe].ends[1 - side].who;
                    let key = self.machines[other].key;
                    if let (true, Some(id)) = (is_node, id) {
                        self.node_mut(who).handle_tls(id, key, now);
                    }
                }
                Some(chunk @ (Chunk::Fin | Chunk::Reset)) => {
                    let is_clean = matches!(chunk, Chunk::Fin);
                    end.is_over = Some(is_clean);
                    if is_node {
                        end.is_closed = true;
                        let error = (!is_clean).then(|| "connection reset".to_owned());
                        if let Some(id) = id {
                            self.node_mut(who).handle_closed(id, error, now);
                        }
                        if is_clean {
                            self.put(pipe, 1 - side, Chunk::Fin);
                        }
                    }
                }
                None => return,
            }
            if is_node {
                self.carry_out(who);
            }
        }
    }

    /// What a node has left of its bytes is handed in again.
    fn hand_in(&mut self, pipe: usize, side: usize) {
        let end = &mut self.pipes[pipe].ends[side];
        let is_readable = end.tls.is_none() || end.is_secure;
        let (who, is_left) = (end.who, !end.input.is_empty() && is_readable);
        if let (Some(id), true, false, false) = (end.id, is_left, end.is_paused, end.is_closed)
            && matches!(self.machines[who].being, Being::Node(_))
        {
            let mut input = std::mem::take(&mut end.input);
            let now = self.now();
            self.node_mut(who).handle_bytes(id, &mut input, now);
            self.pipes[pipe].ends[side].input = input;
            self.carry_out(who);
        }
    }

    /// A machine with a node loses its power, and is there again a moment later; nobody is told.
    pub(crate) fn restart(&mut self, who: Who) {
        for end in self.pipes.iter_mut().flat_map(|pipe| &mut pipe.ends) {
            end.is_closed |= end.who == who;
        }
        let name = self.machines[who].name;
        self.machines[who].being = Being::Node(Box::new(Node::new(Self::config(name))));
        let now = self.now();
        let interface = self.interface(who);
        self.node_mut(who).handle_interfaces(&[interface], now);
        self.carry_out(who);
        let name = user(name);
        let proof = Proof::None;
        self.ask(who, Command::SignIn { name, proof });
    }

    /// A scripted peer connects; returns the pipe, of which it is side 0.
    pub(crate) fn connect(&mut self, from: Who, to: Who) -> usize {
        let to = SocketAddr::new(self.machines[to].address, PORT);
        let pipe = self.begin_pipe(from, None, to);
        self.run(LATENCY * 3);
        pipe
    }

    /// The side of `who` on a pipe.
    fn side(&self, pipe: usize, who: Who) -> usize {
        self.pipes[pipe]
            .ends
            .iter()
            .position(|end| end.who == who)
            .expect("one of the two")
    }

    /// A scripted peer writes.
    pub(crate) fn write(&mut self, pipe: usize, who: Who, bytes: impl AsRef<[u8]>) {
        let side = self.side(pipe, who);
        self.put(
            pipe,
            1 - side,
            Chunk::Bytes(Bytes::copy_from_slice(bytes.as_ref())),
        );
        // Longer than a caller listens before it says something in the clear.
        self.run(LATENCY * 60);
    }

    /// What has come for a scripted peer since it last looked.
    pub(crate) fn read(&mut self, pipe: usize, who: Who) -> String {
        let side = self.side(pipe, who);
        let bytes = self.pipes[pipe].ends[side].input.split();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub(crate) fn read_bytes(&mut self, pipe: usize, who: Who) -> Vec<u8> {
        let side = self.side(pipe, who);
        self.pipes[pipe].ends[side].input.split().to_vec()
    }

    /// A scripted peer closes.
    pub(crate) fn close(&mut self, pipe: usize, who: Who) {
        let side = self.side(pipe, who);
        self.close_end(pipe, side);
        self.run(LATENCY * 5);
    }

    /// A scripted peer's connection breaks.
    pub(crate) fn reset(&mut self, pipe: usize, who: Who) {
        let side = self.side(pipe, who);
        self.pipes[pipe].ends[side].is_closed = true;
        self.put(pipe, 1 - side, Chunk::Reset);
        self.run(LATENCY * 5);
    }

    /// The connection that stands, counted from the latest, breaks for both sides; what is on its way
    /// may be lost.
    pub(crate) fn break_latest(&mut self, nth: usize, is_lost: bool) {
        let standing = |pipe: &Pipe| pipe.is_standing && pipe.ends.iter().all(|end| !end.is_closed);
        let pipes = self
            .pipes
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, pipe)| standing(pipe));
        let Some(pipe) = pipes.map(|(n, _)| n).nth(nth) else {
            return;
        };
        for side in 0..2 {
            if is_lost {
                self.pipes[pipe].ends[side].coming.clear();
            }
            self.put(pipe, side, Chunk::Reset);
        }
    }

    /// A machine's sockets take nothing (`true`), or take everything again.
    pub(crate) fn stick(&mut self, who: Who, is_stuck: bool) {
        self.machines[who].is_stuck = is_stuck;
        if !is_stuck {
            for (id, bytes) in std::mem::take(&mut self.machines[who].stuck) {
                if let Some((pipe, side)) = self.find(who, id) {
                    let count = bytes.len();
                    self.put(pipe, 1 - side, Chunk::Bytes(bytes));
                    let now = self.now();
                    self.node_mut(who).handle_sent(id, count, now);
                }
            }
            self.carry_out(who);
        }
    }

    /// A machine's sockets do not tell what they have taken (`true`), or do so again.
    pub(crate) fn silence(&mut self, who: Who, is_silent: bool) {
        self.machines[who].is_silent = is_silent;
        if !is_silent {
            let now = self.now();
            for (id, count) in std::mem::take(&mut self.machines[who].untold) {
                self.node_mut(who).handle_sent(id, count, now);
            }
            self.carry_out(who);
        }
    }

    /// A face is behind (`true`), or reads again.
    pub(crate) fn pause(&mut self, who: Who, is_behind: bool) {
        let now = self.now();
        self.node_mut(who).handle_pause(is_behind, now);
        self.carry_out(who);
    }

    /// Whether the other side has closed the connection of a scripted peer.
    pub(crate) fn is_closed_for(&self, pipe: usize, who: Who) -> bool {
        let side = self.side(pipe, who);
        self.pipes[pipe].ends[side].is_over.is_some()
    }

    /// A scripted peer begins TLS.
    pub(crate) fn tls(&mut self, pipe: usize, who: Who, role: TlsRole) {
        let side = self.side(pipe, who);
        self.start_tls(pipe, side, role);
        self.run(LATENCY * 5);
    }

    /// Connections made to `who` by `from`, in order.
    pub(crate) fn calls(&self, from: Who, to: Who) -> Vec<usize> {
        let pipes = self.pipes.iter().enumerate().filter(|(_, pipe)| {
            pipe.is_standing && pipe.ends[0].who == from && pipe.ends[1].who == to
        });
        pipes.map(|(n, _)| n).collect()
    }

    /// The one connection that `from` has made to `to`.
    pub(crate) fn call(&self, from: Who, to: Who) -> usize {
        let calls = self.calls(from, to);
        assert_eq!(calls.len(), 1, "one connection");
        calls[0]
    }
}

pub(crate) fn user(name: &str) -> UserName {
    UserName::foreign(name).expect("a legal name")
}

/// A header as libpurple writes it.
pub(crate) fn purple_header(from: &str, to: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<stream:stream xmlns=\"jabber:client\" \
         xmlns:stream=\"http://etherx.jabber.org/streams\" from=\"{from}\" to=\"{to}\">"
    )
}

/// A message as libpurple writes it.
pub(crate) fn purple_message(from: &str, to: &str, text: &str) -> String {
    format!(
        "<message to='{to}' from='{from}' type='chat'><body>{text}</body><html \
         xmlns='http://www.w3.org/1999/xhtml'><body><font>{text}</font></body></html><x \
         xmlns='jabber:x:event'><composing/></x></message>"
    )
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);
