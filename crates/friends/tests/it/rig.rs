//! A network and a clock for nodes: what one sends, the other gets a little later. Nothing sleeps; time
//! jumps to whatever is next.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use core::net::SocketAddr;
use friends::api::{Friend, Notice, Report, Request, Said, SendState};
use friends::disk::{DiskAnswer, DiskError, DiskTask, Identity, Listed};
use friends::kept::{Area, Record};
use friends::{Closed, Config, ConnectionId, Node, Output, Place, RequestId};
use identity::{ProfileKey, PublicProfile};
use model::{Now, Timestamp};
use rand::SeedableRng;
use sha1::{Digest, Sha1};
use wire_retroshare::{FileHash, LocationCertificate, LocationId, PgpId};

/// From one machine to another, at its fastest.
pub(crate) const LATENCY: Duration = Duration::from_millis(20);

/// One of the people of the test keys.
pub(crate) fn key(name: &str) -> ProfileKey {
    let text = match name {
        "ana" => include_str!("../../../identity/tests/keys/ana.asc"),
        "bea" => include_str!("../../../identity/tests/keys/bea.asc"),
        "cyd" => include_str!("../../../identity/tests/keys/cyd.asc"),
        other => panic!("no key of {other}"),
    };
    ProfileKey::from_armored(text, "test").expect("a test key")
}

/// The same without what is secret; unlocking takes its time.
pub(crate) fn profile(name: &str) -> PublicProfile {
    let text = match name {
        "ana" => include_str!("../../../identity/tests/keys/ana.pub.asc"),
        "bea" => include_str!("../../../identity/tests/keys/bea.pub.asc"),
        "cyd" => include_str!("../../../identity/tests/keys/cyd.pub.asc"),
        other => panic!("no key of {other}"),
    };
    PublicProfile::parse_armored(text).expect("a test key")
}

/// The location certificate of one of them.
pub(crate) fn certificate(name: &str) -> Vec<u8> {
    match name {
        "ana" => include_bytes!("../../../identity/tests/keys/ana.der").to_vec(),
        "bea" => include_bytes!("../../../identity/tests/keys/bea.der").to_vec(),
        "cyd" => include_bytes!("../../../identity/tests/keys/cyd.der").to_vec(),
        other => panic!("no certificate of {other}"),
    }
}

pub(crate) fn location_of(certificate: &[u8]) -> LocationId {
    LocationCertificate::parse(certificate)
        .expect("a certificate")
        .location_id()
}

/// Another machine of somebody's: the same profile signs the TLS key of `of`.
pub(crate) fn other_machine(owner: &str, of: &str) -> Vec<u8> {
    let theirs = LocationCertificate::parse(&certificate(of)).expect("a certificate");
    let mut rng = rand::rngs::StdRng::seed_from_u64(7);
    let spki = theirs.subject_public_key_info();
    let made = key(owner).sign_location(spki, 1_700_000_000, &mut rng);
    made.expect("signed").der().to_vec()
}

/// A machine, and what became of what its node wanted.
pub(crate) struct Host {
    pub(crate) node: Option<Node>,
    pub(crate) config: Config,
    pub(crate) certificate: Vec<u8>,
    pub(crate) address: SocketAddr,
    /// Where it appears to call from.
    pub(crate) from: SocketAddr,
    pub(crate) shelf: BTreeMap<(Area, String), Vec<u8>>,
    pub(crate) reports: BTreeMap<RequestId, Report>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) calls: Vec<(Duration, Place)>,
    pub(crate) closes: usize,
    pub(crate) files: BTreeMap<PathBuf, Vec<u8>>,
    pub(crate) is_over: bool,
    next_request: u64,
}

/// Two ends of a connection.
struct Wire {
    ends: [(usize, ConnectionId); 2],
    /// Whether bytes came to each end.
    heard: [bool; 2],
    is_open: [bool; 2],
    /// Bytes that wait for a paused reader.
    held: [Vec<Bytes>; 2],
    is_paused: [bool; 2],
    /// What an end sends is not taken.
    is_stalled: [bool; 2],
    unsent: [Vec<Bytes>; 2],
    latency: Duration,
}

enum Flight {
    Accepted(usize),
    Secured(usize, usize),
    Bytes(usize, usize, Bytes),
    Closed(usize, usize),
    Unreachable(usize, ConnectionId),
    Disk(usize, DiskAnswer),
}

/// The network.
pub(crate) struct Net {
    pub(crate) hosts: Vec<Host>,
    start: Instant,
    pub(crate) elapsed: Duration,
    wires: Vec<Wire>,
    flights: BTreeMap<(Duration, u64), Flight>,
    sequence: u64,
    next_accepted: u64,
    /// Other than 0: connections made from now on differ in how fast they are.
    pub(crate) weather: u8,
}

#[expect(clippy::disallowed_methods, reason = "the one instant to start from")]
fn any_instant() -> Instant {
    Instant::now()
}

impl Net {
    pub(crate) fn new() -> Self {
        Self {
            hosts: Vec::new(),
            start: any_instant(),
            elapsed: Duration::ZERO,
            wires: Vec::new(),
            flights: BTreeMap::new(),
            sequence: 0,
            next_accepted: 1,
            weather: 0,
        }
    }

    /// A network with the nodes of these people.
    pub(crate) fn of<const N: usize>(names: [&str; N]) -> (Self, [usize; N]) {
        let mut net = Self::new();
        let hosts = names.map(|name| net.add(name, &certificate(name)));
        (net, hosts)
    }

    /// A network in which all these people are friends, and online.
    pub(crate) fn of_friends<const N: usize>(names: [&str; N]) -> (Self, [usize; N]) {
        let (mut net, hosts) = Self::of(names);
        for a in 0..N {
            for b in a + 1..N {
                net.befriend(hosts[a], hosts[b]);
            }
        }
        net.run(20);
        for a in hosts {
            for b in hosts.iter().filter(|b| **b != a) {
                assert!(net.is_online(a, *b), "{a} does not see {b}");
            }
        }
        (net, hosts)
    }

    pub(crate) fn now(&self) -> Now {
        Now {
            instant: self.start + self.elapsed,
            wall: Timestamp(1_750_000_000_000 + self.elapsed.as_millis() as u64),
        }
    }

    /// A node of this person on a machine of its own.
    pub(crate) fn add(&mut self, owner: &str, certificate: &[u8]) -> usize {
        let number = self.hosts.len();
        let address = SocketAddr::from(([10, 0, 0, number as u8 + 1], 7812));
        let config = Config {
            profile: profile(owner),
            location: location_of(certificate),
            location_name: format!("{owner}s machine {number}"),
            version: "tincan test".into(),
            port: 7812,
            tells_friends_of_friends: true,
            incoming: "/in".into(),
            partial: "/part".into(),
            is_offline: false,
            seed: [number as u8; 32],
        };
        self.hosts.push(Host {
            node: None,
            config,
            certificate: certificate.to_vec(),
            address,
            from: SocketAddr::new(address.ip(), 40_000),
            shelf: BTreeMap::new(),
            reports: BTreeMap::new(),
            notices: Vec::new(),
            calls: Vec::new(),
            closes: 0,
            files: BTreeMap::new(),
            is_over: false,
            next_request: 0,
        });
        self.start(number);
        number
    }

    /// Starts a node from what was kept.
    pub(crate) fn start(&mut self, host: usize) {
        let now = self.now();
        let records = self.records(host);
        let this = &mut self.hosts[host];
        this.config.seed[1] = this.config.seed[1].wrapping_add(1);
        let mut node = Node::new(this.config.clone(), records, now);
        node.handle_addresses(&[this.address], now);
        this.node = Some(node);
        this.is_over = false;
        self.obey(host);
    }

    pub(crate) fn records(&self, host: usize) -> Vec<Record> {
        let shelf = self.hosts[host].shelf.iter();
        shelf
            .map(|((area, key), value)| Record {
                area: *area,
                key: key.clone(),
                value: value.clone(),
            })
            .collect()
    }

    /// The machine dies: nothing more comes of it, and its connections end.
    pub(crate) fn kill(&mut self, host: usize) {
        self.hosts[host].node = None;
        for wire in 0..self.wires.len() {
            for end in 0..2 {
                if self.wires[wire].ends[end].0 == host && self.wires[wire].is_open[end] {
                    self.wires[wire].is_open[end] = false;
                    let latency = self.wires[wire].latency;
                    self.fly(latency, Flight::Closed(wire, 1 - end));
                }
            }
        }
    }

    /// The cable is pulled: connections hang without a word.
    pub(crate) fn silence(&mut self, host: usize) {
        for wire in &mut self.wires {
            if wire.ends.iter().any(|(of, _)| *of == host) {
                wire.is_open = [false; 2];
            }
        }
    }

    /// All connections of a host break.
    pub(crate) fn cut(&mut self, host: usize) {
        for wire in 0..self.wires.len() {
            if self.wires[wire].ends.iter().any(|(of, _)| *of == host) {
                for end in 0..2 {
                    self.fly(Duration::ZERO, Flight::Closed(wire, end));
                }
            }
        }
        self.run_for(Duration::from_millis(1));
    }

    /// What one sends, the other's socket does not take any more, or again.
    pub(crate) fn stall(&mut self, from: usize, is_stalled: bool) {
        for number in 0..self.wires.len() {
            let wire = &mut self.wires[number];
            let Some(end) = wire.ends.iter().position(|(of, _)| *of == from) else {
                continue;
            };
            wire.is_stalled[end] = is_stalled;
            if is_stalled || wire.is_open != [true; 2] {
                continue;
            }
            let (_, id) = wire.ends[end];
            let latency = wire.latency;
            for bytes in std::mem::take(&mut wire.unsent[end]) {
                self.fly(2 * latency, Flight::Bytes(number, 1 - end, bytes));
            }
            let now = self.now();
            self.with(from, |node| node.handle_sent(id, 0, now));
        }
    }

    pub(crate) fn open_wires(&self, a: usize, b: usize) -> usize {
        let both = BTreeSet::from([a, b]);
        let wires = self.wires.iter().filter(|wire| wire.is_open == [true; 2]);
        wires
            .filter(|wire| wire.ends.iter().map(|(of, _)| *of).collect::<BTreeSet<_>>() == both)
            .count()
    }

    /// How long bytes are on their way by this connection.
    fn latency(&self, wire: usize) -> Duration {
        let hash = Sha1::digest([self.weather, wire as u8]);
        let times = match self.weather {
            0 => 1,
            _ => 1 + u32::from(hash[0] % 8),
        };
        LATENCY * times
    }

    fn fly(&mut self, after: Duration, flight: Flight) {
        self.sequence += 1;
        self.flights
            .insert((self.elapsed + after, self.sequence), flight);
    }

    /// Time passes.
    pub(crate) fn run(&mut self, seconds: u64) {
        self.run_for(Duration::from_secs(seconds));
    }

    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = self.elapsed + time;
        let mut steps = 0;
        while let Some(at) = self.next().filter(|at| *at <= end) {
            self.elapsed = self.elapsed.max(at);
            self.step();
            steps += 1;
            assert!(steps < 2_000_000, "this never ends");
        }
        self.elapsed = end;
    }

    fn next(&self) -> Option<Duration> {
        let flight = self.flights.keys().next().map(|(at, _)| *at);
        let nodes = self.hosts.iter().filter_map(|host| host.node.as_ref());
        let timers = nodes.filter_map(Node::poll_timeout);
        let timer = timers
            .min()
            .map(|at| at.saturating_duration_since(self.start));
        [flight, timer].into_iter().flatten().min()
    }

    fn step(&mut self) {
        if let Some(entry) = self.flights.first_entry()
            && entry.key().0 <= self.elapsed
        {
            let flight = entry.remove();
            return self.land(flight);
        }
        let now = self.now();
        for host in 0..self.hosts.len() {
            let Some(node) = &mut self.hosts[host].node else {
                continue;
            };
            if node.poll_timeout().is_some_and(|at| at <= now.instant) {
                node.handle_timeout(now);
                let next = node.poll_timeout();
                assert!(
                    next.is_none_or(|next| next > now.instant),
                    "a deadline that does not pass"
                );
                self.obey(host);
            }
        }
    }

    fn land(&mut self, flight: Flight) {
        let now = self.now();
        match flight {
            Flight::Accepted(wire) => {
                let (from, _) = self.wires[wire].ends[0];
                let from = self.hosts[from].from;
                let (host, id) = self.wires[wire].ends[1];
                self.with(host, |node| node.handle_accepted(id, from, now));
            }
            Flight::Secured(wire, end) => {
                let (host, id) = self.wires[wire].ends[end];
                let (other, _) = self.wires[wire].ends[1 - end];
                if self.wires[wire].is_open[end] {
                    let certificate = self.hosts[other].certificate.clone();
                    self.with(host, |node| node.handle_secured(id, &certificate, now));
                }
            }
            Flight::Bytes(wire, end, bytes) => {
                let this = &mut self.wires[wire];
                if this.is_paused[end] {
                    this.held[end].push(bytes);
                } else if this.is_open[end] {
                    this.heard[end] = true;
                    let (host, id) = this.ends[end];
                    let mut input = BytesMut::from(&bytes[..]);
                    self.with(host, |node| node.handle_bytes(id, &mut input, now));
                    assert!(input.is_empty(), "the node takes all");
                }
            }
            Flight::Closed(wire, end) => {
                let this = &mut self.wires[wire];
                if this.is_open[end] {
                    this.is_open[end] = false;
                    let (host, id) = this.ends[end];
                    // The connector's handshake is over before the other side has decided.
                    let is_refused = end == 0 && !this.heard[end];
                    let why = if is_refused {
                        Closed::Refused
                    } else {
                        Closed::Ended
                    };
                    self.with(host, |node| node.handle_closed(id, why, now));
                }
            }
            Flight::Unreachable(host, id) => {
                let why = Closed::Unreachable("nobody is there".into());
                self.with(host, |node| node.handle_closed(id, why, now));
            }
            Flight::Disk(host, answer) => self.with(host, |node| node.handle_disk(answer, now)),
        }
    }

    /// Does something with a node, and what it wants done then.
    pub(crate) fn with(&mut self, host: usize, what: impl FnOnce(&mut Node)) {
        if let Some(node) = &mut self.hosts[host].node {
            what(node);
            self.obey(host);
        }
    }

    fn obey(&mut self, host: usize) {
        while let Some(output) = self.hosts[host].node.as_mut().and_then(Node::poll_output) {
            self.carry_out(host, output);
        }
    }

    fn carry_out(&mut self, host: usize, output: Output) {
        match output {
            Output::Connect { connection, to, .. } => self.connect(host, connection, &to),
            Output::Send(id, bytes) => self.send(host, id, bytes),
            Output::Close(id) => {
                self.hosts[host].closes += 1;
                if let Some((wire, end)) = self.wire(host, id) {
                    self.wires[wire].is_open[end] = false;
                    let latency = self.wires[wire].latency;
                    self.fly(latency, Flight::Closed(wire, 1 - end));
                }
            }
            Output::Pause(id, is_paused) => {
                if let Some((wire, end)) = self.wire(host, id) {
                    self.wires[wire].is_paused[end] = is_paused;
                    if !is_paused {
                        for bytes in std::mem::take(&mut self.wires[wire].held[end]) {
                            self.fly(Duration::ZERO, Flight::Bytes(wire, end, bytes));
                        }
                    }
                }
            }
            Output::Keep(changes) => {
                let shelf = &mut self.hosts[host].shelf;
                for change in changes {
                    let at = (change.area, change.key);
                    match change.value {
                        Some(value) => shelf.insert(at, value),
                        None => shelf.remove(&at),
                    };
                }
            }
            Output::Disk(task) => {
                for answer in self.disk(host, task) {
                    self.fly(Duration::from_millis(5), Flight::Disk(host, answer));
                }
            }
            Output::Report(id, report) => {
                let before = self.hosts[host].reports.insert(id, report);
                assert!(before.is_none(), "answered twice");
            }
            Output::Notice(notice) => self.hosts[host].notices.push(notice),
            Output::Ended(_) => self.hosts[host].is_over = true,
        }
    }

    fn connect(&mut self, host: usize, connection: ConnectionId, to: &Place) {
        self.hosts[host].calls.push((self.elapsed, to.clone()));
        let Place::Address(address) = to else {
            return self.fly(LATENCY, Flight::Unreachable(host, connection));
        };
        let there = |there: &Host| there.address == *address && there.node.is_some();
        let Some(other) = self.hosts.iter().position(there) else {
            return self.fly(LATENCY, Flight::Unreachable(host, connection));
        };
        let accepted = ConnectionId(self.next_accepted);
        self.next_accepted += 2;
        let wire = self.wires.len();
        let latency = self.latency(wire);
        self.wires.push(Wire {
            ends: [(host, connection), (other, accepted)],
            heard: [false; 2],
            is_open: [true; 2],
            held: [Vec::new(), Vec::new()],
            is_paused: [false; 2],
            is_stalled: [false; 2],
            unsent: [Vec::new(), Vec::new()],
            latency,
        });
        self.fly(latency, Flight::Accepted(wire));
        self.fly(3 * latency, Flight::Secured(wire, 0));
        self.fly(4 * latency, Flight::Secured(wire, 1));
    }

    fn send(&mut self, host: usize, id: ConnectionId, bytes: Bytes) {
        let Some((wire, end)) = self.wire(host, id) else {
            return;
        };
        let this = &mut self.wires[wire];
        if this.is_stalled[end] {
            this.unsent[end].push(bytes);
        } else if this.is_open == [true; 2] {
            // The acceptor reads only once it has decided.
            let latency = this.latency;
            self.fly(2 * latency, Flight::Bytes(wire, 1 - end, bytes));
        }
        let unsent = self.wires[wire].unsent[end].iter().map(Bytes::len).sum();
        let now = self.now();
        if let Some(node) = &mut self.hosts[host].node {
            node.handle_sent(id, unsent, now);
        }
    }

    fn wire(&self, host: usize, id: ConnectionId) -> Option<(usize, usize)> {
        let at = |wire: &Wire| wire.ends.iter().position(|end| *end == (host, id));
        // A node that was started again counts its connections anew.
        let mut wires = self.wires.iter().enumerate().rev();
        wires.find_map(|(number, wire)| Some((number, at(wire)?)))
    }

    /// A disk in memory; parts of downloads are files like others.
    fn disk(&mut self, host: usize, task: DiskTask) -> Vec<DiskAnswer> {
        let files = &mut self.hosts[host].files;
        let missing = |task| DiskAnswer::Failed {
            task,
            why: DiskError::Other,
            words: "there is no such file".into(),
        };
        let look = |content: &[u8]| Identity {
            size: content.len() as u64,
            modified: 1,
            inode: 1,
        };
        let sha1 = |content: &[u8]| -> [u8; 20] { Sha1::digest(content).into() };
        let piece = |content: &Vec<u8>, offset: u64, length: u32| {
            let start = offset as usize;
            content[start..(start + length as usize).min(content.len())].to_vec()
        };
        let answer = match task {
            DiskTask::List { task, root } => files.get(&root).map_or(missing(task), |content| {
                let name = root.file_name().expect("a file");
                DiskAnswer::Listed {
                    task,
                    files: vec![Listed {
                        folders: Vec::new(),
                        name: name.to_string_lossy().into_owned(),
                        identity: look(content),
                    }],
                    is_end: true,
                }
            }),
            DiskTask::Hash { task, path, .. } => {
                files
                    .get(&path)
                    .map_or(missing(task), |content| DiskAnswer::Hashed {
                        task,
                        hash: FileHash::from_bytes(sha1(content)),
                        identity: look(content),
                    })
            }
            DiskTask::Read {
                task,
                path,
                offset,
                length,
                ..
            } => files
                .get(&path)
                .map_or(missing(task), |content| DiskAnswer::Read {
                    task,
                    data: piece(content, offset, length).into(),
                }),
            DiskTask::HashPiece {
                task,
                path,
                offset,
                length,
                ..
            } => files
                .get(&path)
                .map_or(missing(task), |content| DiskAnswer::PieceHashed {
                    task,
                    hash: sha1(&piece(content, offset, length)),
                }),
            DiskTask::Open {
                task, part, size, ..
            } => {
                let is_new = !files.contains_key(&part);
                files.entry(part).or_default().resize(size as usize, 0);
                DiskAnswer::Opened { task, is_new }
            }
            DiskTask::Write {
                task,
                part,
                offset,
                data,
            } => files.get_mut(&part).map_or(missing(task), |content| {
                let start = offset as usize;
                content[start..start + data.len()].copy_from_slice(&data);
                DiskAnswer::Written { task }
            }),
            DiskTask::Verify { task, part, .. } => {
                files
                    .get(&part)
                    .map_or(missing(task), |content| DiskAnswer::Hashed {
                        task,
                        hash: FileHash::from_bytes(sha1(content)),
                        identity: look(content),
                    })
            }
            DiskTask::Finish {
                task,
                part,
                folder,
                name,
            } => match files.remove(&part) {
                Some(content) => {
                    let path = folder.join(name);
                    files.insert(path.clone(), content);
                    DiskAnswer::Finished { task, path }
                }
                None => missing(task),
            },
            DiskTask::Drop { part, is_removed } => {
                if is_removed {
                    files.remove(&part);
                }
                return Vec::new();
            }
            DiskTask::Watch { .. } | DiskTask::PauseHashing(_) => return Vec::new(),
        };
        vec![answer]
    }

    // ---- what a face does

    /// Asks, and is answered at once.
    pub(crate) fn ask(&mut self, host: usize, request: Request) -> Report {
        let id = self.ask_slowly(host, request);
        let report = self.hosts[host].reports.remove(&id);
        report.expect("answered at once")
    }

    /// Asks; the answer is among the reports when it has come.
    pub(crate) fn ask_slowly(&mut self, host: usize, request: Request) -> RequestId {
        self.hosts[host].next_request += 1;
        let id = RequestId(self.hosts[host].next_request);
        let now = self.now();
        self.with(host, |node| node.handle_request(id, request, now));
        id
    }

    /// Asks for something that is refused, with this sentence.
    pub(crate) fn refused(&mut self, host: usize, request: Request) -> String {
        match self.ask(host, request) {
            Report::Refused(why) => why,
            other => panic!("not refused: {other:?}"),
        }
    }

    /// Asks for something that is done.
    pub(crate) fn done(&mut self, host: usize, request: Request) {
        let report = self.ask(host, request);
        assert!(matches!(report, Report::Done), "{report:?}");
    }

    pub(crate) fn text(&mut self, host: usize, is_short: bool) -> String {
        let request = Request::OwnText {
            is_short,
            addresses: Vec::new(),
        };
        match self.ask(host, request) {
            Report::Text(text) => text,
            other => panic!("no text: {other:?}"),
        }
    }

    /// `host` adds the text of `other`.
    pub(crate) fn approve_text(&mut self, host: usize, other: usize, is_short: bool) -> Friend {
        let text = self.text(other, is_short);
        self.add_text(host, text)
    }

    pub(crate) fn add_text(&mut self, host: usize, text: String) -> Friend {
        match self.ask(host, Request::Add { text }) {
            Report::Friend(friend) => *friend,
            other => panic!("not added: {other:?}"),
        }
    }

    /// Both add the other's certificate.
    pub(crate) fn befriend(&mut self, a: usize, b: usize) {
        self.approve_text(a, b, false);
        self.approve_text(b, a, false);
    }

    pub(crate) fn friends(&mut self, host: usize) -> Vec<Friend> {
        match self.ask(host, Request::Friends) {
            Report::Friends(friends) => friends,
            other => panic!("no friends: {other:?}"),
        }
    }

    pub(crate) fn pgp_id(&self, host: usize) -> PgpId {
        self.profile(host).pgp_id()
    }

    pub(crate) fn profile(&self, host: usize) -> &PublicProfile {
        &self.hosts[host].config.profile
    }

    /// How `host` sees `other`.
    pub(crate) fn find(&mut self, host: usize, other: usize) -> Option<Friend> {
        let id = self.pgp_id(other).to_string();
        self.friends(host)
            .into_iter()
            .find(|friend| friend.pgp_id == id)
    }

    pub(crate) fn friend(&mut self, host: usize, other: usize) -> Friend {
        self.find(host, other).expect("known")
    }

    /// Whether `host` has a link to the machine `other`.
    pub(crate) fn is_online(&mut self, host: usize, other: usize) -> bool {
        let location = self.hosts[other].config.location.to_string();
        let Some(friend) = self.find(host, other) else {
            return false;
        };
        let mut machines = friend.locations.into_iter();
        machines.any(|machine| machine.id == location && machine.is_online)
    }

    pub(crate) fn say(&mut self, host: usize, to: usize, text: &str) -> u64 {
        let who = self.pgp_id(to).to_string();
        let text = text.to_owned();
        self.ask_slowly(host, Request::Say { who, text });
        // The answer may be late; that it is on disk is not.
        let said = self.hosts[host].notices.iter().rev();
        let mut ours = said.filter_map(|notice| match notice {
            Notice::Said(said) if said.is_ours => Some(said.id),
            _ => None,
        });
        ours.next().expect("said")
    }

    pub(crate) fn history(&mut self, host: usize, with: usize) -> Vec<Said> {
        let request = Request::History {
            who: self.pgp_id(with).to_string(),
            before: None,
            limit: 200,
        };
        match self.ask(host, request) {
            Report::Said(said) => said,
            other => panic!("no history: {other:?}"),
        }
    }

    /// The texts that `host` has heard from `with`.
    pub(crate) fn heard(&mut self, host: usize, with: usize) -> Vec<String> {
        let said = self.history(host, with).into_iter();
        said.filter(|said| !said.is_ours)
            .map(|said| said.text)
            .collect()
    }

    pub(crate) fn state_of(&mut self, host: usize, with: usize, id: u64) -> SendState {
        let said = self.history(host, with).into_iter();
        said.filter(|said| said.id == id)
            .map(|said| said.state)
            .next()
            .expect("said")
    }

    /// Everything told since the last time.
    pub(crate) fn take_notices(&mut self, host: usize) -> Vec<Notice> {
        std::mem::take(&mut self.hosts[host].notices)
    }
}
