//! A little network without sockets: nodes, scripted peers, and a clock that only tests move.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hickory_proto::op::{Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::{A, AAAA, NULL, PTR, SRV, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use lan::Instance;
use lan::mdns::{Event, GROUP_V4, GROUP_V6, Interface, Mdns, PORT, Packet};
use lan::name::Wish;
use lan::txt::Profile;

#[expect(
    clippy::disallowed_methods,
    reason = "a test needs one instant to start from"
)]
pub(crate) fn start() -> Instant {
    Instant::now()
}

pub(crate) const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub(crate) const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// One node and what it has told.
pub(crate) struct Node {
    pub(crate) mdns: Mdns,
    pub(crate) events: Vec<Event>,
    interfaces: Vec<Interface>,
}

/// What went over a cable.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) at: Duration,
    pub(crate) cable: u32,
    pub(crate) node: usize,
    pub(crate) to: SocketAddr,
    pub(crate) message: Message,
}

/// Answers, or not, what a scripted peer hears.
type Script = Box<dyn FnMut(&Message, Duration) -> Option<Message>>;

struct Peer {
    cable: u32,
    address: SocketAddr,
    script: Script,
}

/// Interface `n` of every node hangs on cable `n`.
pub(crate) struct Net {
    began: Instant,
    pub(crate) now: Instant,
    pub(crate) nodes: Vec<Node>,
    peers: Vec<Peer>,
    pub(crate) log: Vec<Sent>,
}

impl Net {
    pub(crate) fn new() -> Self {
        let now = start();
        Self {
            began: now,
            now,
            nodes: Vec::new(),
            peers: Vec::new(),
            log: Vec::new(),
        }
    }

    /// A node on these cables; its addresses end with its number, counted from 1.
    pub(crate) fn node(&mut self, cables: &[u32]) -> usize {
        let number = self.nodes.len();
        let interfaces = cables
            .iter()
            .map(|cable| interface(*cable, number))
            .collect();
        self.nodes.push(Node {
            mdns: Mdns::new(7 + number as u64),
            events: Vec::new(),
            interfaces: Vec::new(),
        });
        self.set_interfaces(number, interfaces);
        number
    }

    pub(crate) fn set_interfaces(&mut self, node: usize, interfaces: Vec<Interface>) {
        self.nodes[node]
            .mdns
            .handle_interfaces(&interfaces, self.now);
        self.nodes[node].interfaces = interfaces;
        self.settle();
    }

    pub(crate) fn publish(&mut self, node: usize, user: &str, machine: &str) {
        self.publish_with(node, user, machine, Profile::default(), None);
    }

    pub(crate) fn publish_with(
        &mut self,
        node: usize,
        user: &str,
        machine: &str,
        profile: Profile,
        picture: Option<Bytes>,
    ) {
        let wish = Wish::new(user, machine);
        let port = 5298 + node as u16;
        let now = self.now;
        self.nodes[node]
            .mdns
            .publish(wish, port, profile, picture, now);
        self.settle();
    }

    /// Calls into a node, and carries what it sends.
    pub(crate) fn with(&mut self, node: usize, call: impl FnOnce(&mut Mdns, Instant)) {
        let now = self.now;
        call(&mut self.nodes[node].mdns, now);
        self.settle();
    }

    /// A scripted peer that hears a cable's groups.
    pub(crate) fn peer(
        &mut self,
        cable: u32,
        address: &str,
        script: impl FnMut(&Message, Duration) -> Option<Message> + 'static,
    ) {
        self.peers.push(Peer {
            cable,
            address: SocketAddr::new(address.parse().expect("an address"), PORT),
            script: Box::new(script),
        });
    }

    /// Somebody sends to a cable's group, from port 5353.
    pub(crate) fn tell(&mut self, cable: u32, from: &str, message: &Message) {
        let from = SocketAddr::new(from.parse().expect("an address"), PORT);
        self.tell_from(cable, from, message);
    }

    pub(crate) fn tell_from(&mut self, cable: u32, from: SocketAddr, message: &Message) {
        let bytes = message.to_vec().expect("a message");
        self.tell_bytes(cable, from, &bytes);
    }

    pub(crate) fn tell_bytes(&mut self, cable: u32, from: SocketAddr, bytes: &[u8]) {
        self.hear(cable, from, bytes, None);
        self.settle();
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        for _ in 0..1_000_000 {
            let next = self
                .nodes
                .iter()
                .filter_map(|node| node.mdns.poll_timeout())
                .min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(next);
            for node in &mut self.nodes {
                if node.mdns.poll_timeout().is_some_and(|at| at <= self.now) {
                    node.mdns.handle_timeout(self.now);
                    let next = node.mdns.poll_timeout();
                    assert!(
                        next.is_none_or(|at| at > self.now),
                        "a deadline that does not pass"
                    );
                }
            }
            self.settle();
        }
        panic!("a machine wants to be woken for ever");
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.now - self.began
    }

    /// What a node has told since the last call.
    pub(crate) fn events(&mut self, node: usize) -> Vec<Event> {
        std::mem::take(&mut self.nodes[node].events)
    }

    /// Who is in a node's roster by all it has told so far; events are left where they are.
    pub(crate) fn roster(&self, node: usize) -> Vec<String> {
        let mut roster: Vec<String> = Vec::new();
        for event in &self.nodes[node].events {
            match event {
                Event::Seen { instance, .. } => {
                    if !roster.contains(&instance.to_string()) {
                        roster.push(instance.to_string());
                    }
                }
                Event::Gone(instance) => roster.retain(|name| *name != instance.to_string()),
                Event::Published(_) | Event::Resolved { .. } | Event::Picture { .. } => {}
            }
        }
        roster.sort();
        roster
    }

    /// Every record that a node has announced or answered to a group so far, as text.
    pub(crate) fn told_by(&self, node: usize) -> Vec<(Duration, String)> {
        let sent = self.log.iter().filter(|sent| sent.node == node);
        sent.filter(|sent| sent.message.message_type == MessageType::Response)
            .flat_map(|sent| {
                let records = sent.message.answers.iter().chain(&sent.message.additionals);
                records.map(|record| (sent.at, show(record)))
            })
            .collect()
    }

    /// Every question that a node has asked so far, as text, without its probes.
    pub(crate) fn asked_by(&self, node: usize) -> Vec<(Duration, String)> {
        let sent = self.log.iter().filter(|sent| sent.node == node);
        sent.filter(|sent| sent.message.message_type == MessageType::Query)
            .filter(|sent| sent.message.authorities.is_empty())
            .flat_map(|sent| {
                sent.message
                    .queries
                    .iter()
                    .map(|q| (sent.at, show_question(q)))
            })
            .collect()
    }

    pub(crate) fn forget_log(&mut self) {
        self.log.clear();
    }

    /// Carries packets until nobody has any more.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            let mut packets: VecDeque<(usize, Packet)> = VecDeque::new();
            for (number, node) in self.nodes.iter_mut().enumerate() {
                while let Some(packet) = node.mdns.poll_packet() {
                    packets.push_back((number, packet));
                }
                while let Some(event) = node.mdns.poll_event() {
                    node.events.push(event);
                }
            }
            if packets.is_empty() {
                return;
            }
            for (number, packet) in packets {
                self.carry(number, &packet);
            }
        }
        panic!("the nodes never fall silent");
    }

    fn carry(&mut self, number: usize, packet: &Packet) {
        let message = Message::from_vec(&packet.bytes).expect("nodes send messages");
        self.log.push(Sent {
            at: self.elapsed(),
            cable: packet.interface,
            node: number,
            to: packet.to,
            message: message.clone(),
        });
        let from = self.nodes[number]
            .interfaces
            .iter()
            .filter(|interface| interface.index == packet.interface)
            .flat_map(|interface| &interface.addresses)
            .map(|(address, _)| *address)
            .find(|address| address.is_ipv4() == packet.to.is_ipv4())
            .expect("nodes send where they have an address");
        let from = with_scope(from, packet.interface);
        let is_group = [IpAddr::V4(GROUP_V4), IpAddr::V6(GROUP_V6)].contains(&packet.to.ip());
        let only = (!is_group).then(|| packet.to.ip());
        self.hear(packet.interface, from, &packet.bytes, only);
        if is_group {
            self.let_peers_hear(packet, &message);
        }
    }

    fn let_peers_hear(&mut self, packet: &Packet, message: &Message) {
        let elapsed = self.elapsed();
        let mut answers = Vec::new();
        for peer in &mut self.peers {
            if peer.cable == packet.interface
                && peer.address.is_ipv4() == packet.to.is_ipv4()
                && let Some(answer) = (peer.script)(message, elapsed)
            {
                answers.push((peer.address, answer));
            }
        }
        for (from, answer) in answers {
            self.hear(
                packet.interface,
                from,
                &answer.to_vec().expect("a message"),
                None,
            );
        }
    }

    fn hear(&mut self, cable: u32, from: SocketAddr, bytes: &[u8], only: Option<IpAddr>) {
        for node in &mut self.nodes {
            let interface = node.interfaces.iter().find(|i| i.index == cable);
            let hears = interface.is_some_and(|interface| {
                interface.addresses.iter().any(|(address, _)| {
                    address.is_ipv4() == from.is_ipv4() && only.is_none_or(|to| to == *address)
                })
            });
            if hears {
                node.mdns.handle_packet(cable, from, bytes, self.now);
            }
        }
    }
}

/// 10.0.CABLE.N/24 and fe80::CABLE:N/64, where N is the node's number counted from 1.
pub(crate) fn interface(cable: u32, number: usize) -> Interface {
    Interface {
        index: cable,
        name: format!("cable{cable}"),
        addresses: vec![(v4(cable, number), 24), (v6(cable, number), 64)],
    }
}

pub(crate) fn v4(cable: u32, number: usize) -> IpAddr {
    Ipv4Addr::new(10, 0, cable as u8, number as u8 + 1).into()
}

pub(crate) fn v6(cable: u32, number: usize) -> IpAddr {
    Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, cable as u16, number as u16 + 1).into()
}

pub(crate) fn instance(name: &str) -> Instance {
    Instance::new(name).expect("a label")
}

pub(crate) fn service() -> Name {
    name(&["_presence", "_tcp", "local"])
}

pub(crate) fn name(labels: &[&str]) -> Name {
    Name::from_labels(labels.iter().map(|label| label.as_bytes())).expect("labels")
}

/// `who._presence._tcp.local`
pub(crate) fn full(who: &str) -> Name {
    name(&[who, "_presence", "_tcp", "local"])
}

pub(crate) fn host(label: &str) -> Name {
    name(&[label, "local"])
}

pub(crate) fn response(answers: Vec<Record>) -> Message {
    let mut message = Message::new(0, MessageType::Response, OpCode::Query);
    message.metadata.authoritative = true;
    message.answers = answers;
    message
}

pub(crate) fn query(questions: &[(Name, RecordType)]) -> Message {
    let mut message = Message::new(0, MessageType::Query, OpCode::Query);
    message.queries = questions
        .iter()
        .map(|(name, kind)| Query::query(name.clone(), *kind))
        .collect();
    message
}

pub(crate) fn ptr(who: &str) -> Record {
    Record::from_rdata(service(), 4500, RData::PTR(PTR(full(who))))
}

pub(crate) fn srv(who: &str, port: u16, target: &str) -> Record {
    flush(Record::from_rdata(
        full(who),
        120,
        RData::SRV(SRV::new(0, 0, port, host(target))),
    ))
}

pub(crate) fn txt(who: &str, strings: &[&str]) -> Record {
    let strings = strings.iter().map(|s| (*s).to_owned()).collect();
    flush(Record::from_rdata(
        full(who),
        4500,
        RData::TXT(TXT::new(strings)),
    ))
}

pub(crate) fn null(who: &str, data: &[u8]) -> Record {
    Record::from_rdata(full(who), 120, RData::NULL(NULL::with(data.to_vec())))
}

pub(crate) fn addr(label: &str, address: &str) -> Record {
    let data = match address.parse().expect("an address") {
        IpAddr::V4(address) => RData::A(A(address)),
        IpAddr::V6(address) => RData::AAAA(AAAA(address)),
    };
    flush(Record::from_rdata(host(label), 120, data))
}

pub(crate) fn flush(mut record: Record) -> Record {
    record.mdns_cache_flush = true;
    record
}

pub(crate) fn gone(mut record: Record) -> Record {
    record.ttl = 0;
    record
}

/// All that a client publishes.
pub(crate) fn whole(who: &str, port: u16, machine: &str, address: &str) -> Message {
    response(vec![
        ptr(who),
        srv(who, port, machine),
        txt(who, &["txtvers=1", "status=avail"]),
        addr(machine, address),
    ])
}

/// Whether a query asks for this.
pub(crate) fn asks(message: &Message, name: &Name, kind: RecordType) -> bool {
    message.message_type == MessageType::Query
        && message.queries.iter().any(|query| {
            query.name() == name
                && (query.query_type() == kind || query.query_type() == RecordType::ANY)
        })
}

/// A record as a line: `OWNER TYPE ttl=N [flush] DATA`, the owner by its first label.
pub(crate) fn show(record: &Record) -> String {
    let data = match &record.data {
        RData::A(a) => a.0.to_string(),
        RData::AAAA(a) => a.0.to_string(),
        RData::PTR(target) => label(&target.0),
        RData::SRV(srv) => format!("{} {}", srv.port, label(&srv.target)),
        RData::TXT(txt) => {
            let strings = txt
                .txt_data
                .iter()
                .map(|s| String::from_utf8_lossy(s).into_owned());
            strings.collect::<Vec<_>>().join(" ")
        }
        RData::NULL(data) => format!("{} bytes", data.anything.len()),
        other => format!("{other:?}"),
    };
    let flush = if record.mdns_cache_flush {
        " flush"
    } else {
        ""
    };
    let (owner, kind) = (label(&record.name), record.record_type());
    format!("{owner} {kind} ttl={}{flush} {data}", record.ttl)
}

pub(crate) fn show_question(query: &Query) -> String {
    let unicast = if query.mdns_unicast_response() {
        " QU"
    } else {
        ""
    };
    format!("{} {}{unicast}", label(query.name()), query.query_type())
}

fn label(name: &Name) -> String {
    String::from_utf8_lossy(name.iter().next().unwrap_or_default()).into_owned()
}

fn with_scope(address: IpAddr, scope: u32) -> SocketAddr {
    match address {
        IpAddr::V4(_) => SocketAddr::new(address, PORT),
        IpAddr::V6(address) => SocketAddrV6::new(address, PORT, 0, scope).into(),
    }
}
