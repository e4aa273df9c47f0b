//! The loop over real sockets. Time limits are only there to fail instead of hanging.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use gate::cp::Cp;
use gate::cs494::Cs494;
use gate::cs594::Cs594;
use gate::{Gate, Protocol, Share, Template, Turn, Why};
use hub::{Hub, Wake};
use link::{Caller, Exchange, Outcome};
use model::{
    Command, CommandId, Event, Now, Refusal, Reply, RoomKey, RoomName, Said, SessionId, Signal,
    TransferId, UserName,
};
use net::Metrics;
use net::local::LocalDoor;
use net::reactor::{Handle, Listener, Reactor};
use net::switchboard::Switchboard;
use rustls::ServerConfig;

use crate::rig::{CP, CS494, CS594, Setup, store_with};
use crate::wire::{enter, farewell, hello, packets, query, say};

/// Longer than anything takes, shorter than any deadline of the hub's own that would end a session.
const PATIENCE: Duration = Duration::from_secs(20);

/// A hub whose ports are open; it serves from [`start`](Self::start) on.
pub(crate) struct Ports {
    sockets: Vec<TcpListener>,
    pub(crate) addresses: Vec<SocketAddr>,
}

pub(crate) struct Server {
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) handle: Handle,
    pub(crate) door: LocalDoor,
    pub(crate) metrics: Arc<Metrics>,
    thread: JoinHandle<io::Result<Switchboard<Hub>>>,
}

impl Ports {
    pub(crate) fn bind() -> Self {
        let bind = |_| TcpListener::bind("127.0.0.1:0").unwrap();
        let sockets: Vec<_> = (0..3).map(bind).collect();
        let address = |socket: &TcpListener| socket.local_addr().unwrap();
        let addresses = sockets.iter().map(address).collect();
        Self { sockets, addresses }
    }

    pub(crate) fn start(self, setup: Setup, tls: Option<&Arc<ServerConfig>>) -> Server {
        let reactor = Reactor::new().unwrap();
        let (handle, door) = (reactor.handle(), reactor.door());
        let waker = handle.clone();
        let wake: Wake = Arc::new(move || waker.wake());
        let hub = Hub::open(setup.hub, Box::new(setup.store), &wake).unwrap();
        let protocols: Vec<Arc<dyn Protocol>> = vec![
            Arc::new(Cs494::new(setup.cs494)),
            Arc::new(Cs594::new(setup.cs594)),
            Arc::new(Cp::new(setup.cp)),
        ];
        let metrics = Arc::new(Metrics::default());
        let shared = Arc::clone(&metrics);
        let now = Instant::now();
        let board = Switchboard::new(hub, protocols, setup.board, Arc::clone(&shared), now);
        let listener = |(protocol, socket)| Listener {
            socket,
            protocol,
            tls: tls.cloned(),
        };
        let listeners = self.sockets.into_iter().enumerate().map(listener).collect();
        let thread = thread::spawn(move || reactor.serve(board, listeners, shared));
        Server {
            addresses: self.addresses,
            handle,
            door,
            metrics,
            thread,
        }
    }
}

impl Server {
    pub(crate) fn start(setup: Setup) -> Self {
        Ports::bind().start(setup, None)
    }

    pub(crate) fn client(&self, wire: usize) -> Client {
        Client::connect(self.addresses[wire])
    }

    pub(crate) fn stop(self) {
        self.handle.shut_down();
        let board = self.thread.join().unwrap().unwrap();
        assert!(board.is_empty(), "nobody is left behind");
    }
}

pub(crate) struct Client {
    stream: TcpStream,
    got: Vec<u8>,
}

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        let got = Vec::new();
        Self { stream, got }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// What comes until the hub closes.
    fn rest(&mut self) -> Vec<u8> {
        self.stream.read_to_end(&mut self.got).unwrap();
        std::mem::take(&mut self.got)
    }

    fn rest_in_words(&mut self) -> Vec<String> {
        packets(&mut self.rest())
    }

    /// Reads packets of cs494 until there are so many.
    pub(crate) fn hear(&mut self, count: usize) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            heard.extend(packets(&mut self.got));
            if heard.len() >= count {
                return heard;
            }
            let mut some = [0; 65_536];
            let length = self.stream.read(&mut some).unwrap();
            assert!(length > 0, "closed after {heard:?}");
            self.got.extend_from_slice(&some[..length]);
        }
    }

    /// Reads until there is a line end.
    fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.got.iter().position(|b| *b == b'\n') {
                let line = self.got.drain(..=end).collect();
                return String::from_utf8(line).unwrap();
            }
            let mut some = [0; 4_096];
            let length = self.stream.read(&mut some).unwrap();
            assert!(length > 0, "closed");
            self.got.extend_from_slice(&some[..length]);
        }
    }
}

pub(crate) fn quiet() -> Setup {
    let mut setup = Setup::default();
    setup.cs494.push_room_list = false;
    setup
}

// [HUB-8] [494-10] [594-22] [HUB-3]
#[test]
fn three_wires_are_served_until_the_goodbye() {
    let mut setup = quiet();
    setup.store = store_with(&["cy"]);
    let server = Server::start(setup);
    let mut ana = server.client(CS494);
    ana.send(&[hello("ana"), enter("tea"), query("ana")].concat());
    assert_eq!(ana.hear(2).len(), 2);
    let mut bo = server.client(CS594);
    bo.send(b"{\"Header\":{\"OP-CODE\":1,\"Length\":4},\"Payload\":\"bo\"}\n");
    assert!(bo.line().contains("\"OP-CODE\":2,"));
    bo.send(
        b"{\"Header\":{\"OP-CODE\":3,\"Length\":0},\"Payload\":{\"Room-Name\":[\"tea\"],\"User-Name\":\"bo\"}}\n",
    );
    assert!(bo.line().contains("\"OP-CODE\":2,"));
    assert_eq!(ana.hear(1), ["in tea: ana, bo"]);
    ana.send(&say("tea", "hello over there"));
    assert!(bo.line().contains("hello over there"));
    let mut cy = server.client(CP);
    cy.send(b"USERcy\r\nPASSpw-cy\r\n");
    assert!(cy.line().starts_with("220") && cy.line().starts_with("230"));

    let address = server.addresses[CS494];
    server.stop();
    assert_eq!(
        ana.rest_in_words(),
        ["ana in tea: hello over there", "goodbye"]
    );
    let goodbye = String::from_utf8(bo.rest()).unwrap();
    assert!(goodbye.contains("\"OP-CODE\":14,"), "{goodbye}");
    assert_eq!(cy.rest(), b"");
    assert!(
        TcpStream::connect(address).is_err(),
        "nobody listens any more"
    );
}

// [494-4] [HUB-9]: everything, its end included, was there before the loop looked.
#[test]
fn a_session_that_was_piped_in_whole_is_answered_and_closed() {
    let ports = Ports::bind();
    let mut setup = quiet();
    setup.store = store_with(&["cy"]);
    let mut clients: Vec<_> = ports
        .addresses
        .iter()
        .copied()
        .map(Client::connect)
        .collect();
    clients[CS494].send(&[hello("ana"), query("ana"), query("bo")].concat());
    clients[CS594].send(b"{\"Header\":{\"OP-CODE\":1,\"Length\":4},\"Payload\":\"bo\"}\n");
    clients[CP].send(b"USERcy\r\nPASSpw-cy\r\nRMSG\r\n");
    for client in &clients {
        client.stream.shutdown(Shutdown::Write).unwrap();
    }
    let server = ports.start(setup, None);
    let [ana, bo, cy] = &mut clients[..] else {
        panic!("three clients");
    };
    assert_eq!(ana.rest_in_words()[0], "ana is 1");
    assert!(
        String::from_utf8(bo.rest())
            .unwrap()
            .contains("\"OP-CODE\":2,")
    );
    let answers = String::from_utf8(cy.rest()).unwrap();
    let codes: Vec<_> = answers.lines().map(|line| &line[..3]).collect();
    assert_eq!(codes, ["220", "230", "256"]);
    server.stop();
}

// [594-16] [494-11]
#[test]
fn last_words_arrive_though_the_peer_is_still_sending() {
    let server = Server::start(quiet());
    let mut ana = server.client(CS494);
    // An error, with much behind it that nobody will read.
    ana.send(&[hello("ana"), vec![0x77; 200_000]].concat());
    assert_eq!(ana.rest_in_words(), ["error 0x02"]);
    let mut bo = server.client(CS494);
    bo.send(&[hello("bo"), query("bo"), farewell("bye")].concat());
    bo.send(&[0; 1]);
    assert_eq!(bo.rest_in_words(), ["bo is 1"]);
    server.stop();
}

// [HUB-10] [HUB-11]
#[test]
fn connections_beyond_the_limit_hear_the_wires_own_refusal() {
    let mut setup = quiet();
    setup.board.exempt_loopback = false;
    setup.board.connections_per_address = 3;
    let server = Server::start(setup);
    let mut served: Vec<_> = (0..3).map(|_| server.client(CS494)).collect();
    for (n, client) in served.iter_mut().enumerate() {
        client.send(&[hello(&format!("u{n}")), query("u0")].concat());
        assert_eq!(client.hear(1), ["u0 is 1"]);
    }
    for (wire, first) in [
        (CS494, &[1, 0, 0, 0, 1, 8][..]),
        (CS594, b"{\"Header\":{\"OP-CODE\":203,"),
        (CP, b"500 "),
    ] {
        for _ in 0..10 {
            let mut refused = server.client(wire);
            // Readable though the peer had begun to speak.
            let _ = refused.stream.write_all(&hello("late"));
            let heard = refused.rest();
            assert!(heard.starts_with(first), "{wire}: {heard:?}");
        }
    }
    assert_eq!(server.metrics.refused.load(Relaxed), 30);
    for client in &mut served {
        client.send(&query("u1"));
        assert_eq!(client.hear(1), ["u1 is 1"], "nobody else is disturbed");
    }
    server.stop();
}

// [494-12] [HUB-9]
#[test]
fn a_peer_that_vanishes_leaves_its_rooms() {
    let server = Server::start(quiet());
    let mut ana = server.client(CS494);
    ana.send(&[hello("ana"), enter("tea")].concat());
    assert_eq!(ana.hear(1), ["in tea: ana"]);
    for cut in [0, 1, 30] {
        let mut bo = server.client(CS494);
        bo.send(&[hello("bo"), enter("tea"), query("ana")[..cut].to_vec()].concat());
        assert_eq!(bo.hear(1), ["in tea: ana, bo"]);
        assert_eq!(ana.hear(1), ["in tea: ana, bo"]);
        drop(bo);
        assert_eq!(ana.hear(1), ["in tea: ana"], "{cut}");
    }
    server.stop();
}

// [HUB-9] [HUB-11]
#[test]
fn a_peer_that_does_not_read_is_closed_and_the_others_go_on() {
    let mut setup = quiet();
    setup.board.send_queue_bytes = 256 * 1024;
    let server = Server::start(setup);
    let mut ana = server.client(CS494);
    ana.send(&[hello("ana"), enter("tea")].concat());
    assert_eq!(ana.hear(1), ["in tea: ana"]);
    let mut bo = server.client(CS494);
    bo.send(&[hello("bo"), enter("tea")].concat());
    assert_eq!(ana.hear(1), ["in tea: ana, bo"]);
    let text = "x".repeat(10_000);
    let mut posted = 0;
    let mut heard = Vec::new();
    while heard.last().is_none_or(|line| line != "in tea: ana") {
        assert!(posted < 10_000, "100 MB do not fit any socket");
        ana.send(&say("tea", &text));
        posted += 1;
        heard.extend(ana.hear(1));
    }
    assert_eq!(server.metrics.too_slow.load(Relaxed), 1);
    let posts = heard.iter().filter(|line| line.starts_with("ana in tea"));
    assert!(posts.count() + 1 >= posted);
    drop(bo);
    server.stop();
}

// [HUB-9]
#[test]
fn a_thousand_connections_that_come_and_go_leave_nothing() {
    let server = Server::start(quiet());
    let mut witness = server.client(CS494);
    witness.send(&[hello("witness"), enter("tea")].concat());
    assert_eq!(witness.hear(1), ["in tea: witness"]);
    for round in 0..10 {
        let mut crowd: Vec<_> = (0..100).map(|_| server.client(CS494)).collect();
        for (n, client) in crowd.iter_mut().enumerate() {
            client.send(&hello(&format!("u{n}")));
            client.send(&query("witness"));
        }
        for client in &mut crowd {
            assert_eq!(client.hear(1), ["witness is 1"], "{round}");
        }
        for client in &mut crowd {
            client.send(&farewell("bye"));
            assert_eq!(client.rest_in_words(), [""; 0]);
        }
    }
    witness.send(&query("u0"));
    assert_eq!(witness.hear(1), ["u0 is 0"]);
    server.stop();
}

/// A wire of bytes that mean nothing: everything that comes is a piece of a file. No timers.
struct Raw;
struct RawGate;

impl Protocol for Raw {
    fn name(&self) -> &'static str {
        "raw"
    }

    fn open(&self, _: Instant) -> Box<dyn Gate> {
        Box::new(RawGate)
    }

    fn render_refusal(&self, _: &Refusal, _: &mut BytesMut) {}

    fn render_said(&self, _: &Said, _: &mut BytesMut) -> Option<Box<dyn Template>> {
        None
    }

    fn render_members(&self, _: &RoomName, _: &[UserName], _: &mut BytesMut) {}
    fn render_rooms(&self, _: &[RoomName], _: &mut BytesMut) {}
}

impl Gate for RawGate {
    fn handle_bytes(&mut self, input: &mut BytesMut, _: Instant, turn: &mut Turn) {
        let segment = Command::Segment {
            id: TransferId::new(1).unwrap(),
            data: input.split().freeze().into(),
            last: false,
        };
        turn.ask(CommandId(1), segment);
    }

    fn handle_event(&mut self, _: &Event, _: Instant, _: &mut Turn) {}

    fn handle_signal(&mut self, signal: &Signal, _: Instant, turn: &mut Turn) {
        match signal {
            Signal::Segment { data, .. } => turn.send(data.clone().into_bytes()),
            _ => turn.close(Why::Shutdown),
        }
    }

    fn handle_reply(&mut self, _: CommandId, _: &Reply, _: Instant, _: &mut Turn) {}
    fn handle_timeout(&mut self, _: Instant, _: &mut Turn) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn is_waiting(&self) -> bool {
        false
    }

    fn share(&self) -> Share {
        Share::Own
    }

    fn takes_files(&self) -> bool {
        true
    }

    fn handle_pause(&mut self, _: bool, _: Instant) {}
}

/// Hands everything from the second connection to the first, while there is one.
#[derive(Default)]
struct Tube {
    ends: Vec<SessionId>,
    first_is_gone: bool,
    outcomes: Vec<Outcome>,
}

impl Exchange for Tube {
    fn open(&mut self, session: SessionId, _: &Caller, _: Now) {
        self.ends.push(session);
    }

    fn ask(&mut self, session: SessionId, id: CommandId, command: Command, _: Now) {
        let done = Outcome::Reply(session, id, Reply::Done);
        if let Command::Segment { id, data, last } = command
            && session != self.ends[0]
            && !self.first_is_gone
        {
            let signal = Signal::Segment { id, data, last };
            self.outcomes.push(Outcome::Signal(self.ends[0], signal));
        }
        self.outcomes.push(done);
    }

    fn close(&mut self, session: SessionId, _: Now) {
        self.first_is_gone |= session == self.ends[0];
    }

    fn poll(&mut self) -> Option<Outcome> {
        (!self.outcomes.is_empty()).then(|| self.outcomes.remove(0))
    }

    fn handle_wake(&mut self, _: Now) {}
    fn handle_timeout(&mut self, _: Now) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn end_round(&mut self, _: Now) {}
    fn confirm_letters(&mut self, _: SessionId, _: Now) {}
    fn set_takes_files(&mut self, _: SessionId, _: bool) {}

    fn is_ready(&self) -> bool {
        true
    }

    fn members(&self, _: RoomKey) -> &[SessionId] {
        &[]
    }

    fn roster(&self, _: RoomKey) -> Option<(RoomName, Arc<[UserName]>)> {
        None
    }

    fn rooms(&self) -> Arc<[RoomName]> {
        Arc::new([])
    }

    fn name(&self, _: SessionId) -> Option<&UserName> {
        None
    }

    fn senders_to(&self, session: SessionId) -> Vec<SessionId> {
        let receives = self.ends.first() == Some(&session);
        self.ends
            .iter()
            .skip(1)
            .copied()
            .filter(|_| receives)
            .collect()
    }
}

// [494-26] [494-27]: on a hub with nothing else to do, that would wake its loop by and by.
#[test]
fn a_paused_sender_goes_on_when_its_receiver_vanishes() {
    let reactor = Reactor::new().unwrap();
    let handle = reactor.handle();
    let metrics = Arc::new(Metrics::default());
    let board = Switchboard::new(
        Tube::default(),
        vec![Arc::new(Raw)],
        net::switchboard::Settings::default(),
        Arc::clone(&metrics),
        Instant::now(),
    );
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let listener = Listener {
        socket,
        protocol: 0,
        tls: None,
    };
    let shared = Arc::clone(&metrics);
    let thread = thread::spawn(move || reactor.serve(board, vec![listener], shared));
    let receiver = TcpStream::connect(address).unwrap();
    // The receiver's connection is the first that the hub sees.
    let mut receiver = Client {
        stream: receiver,
        got: Vec::new(),
    };
    receiver.send(b"here");
    while metrics.bytes_in.load(Relaxed) < 4 {
        thread::yield_now();
    }
    let mut sender = Client::connect(address);
    // Far more than all buffers hold.
    let sending = thread::spawn(move || {
        let piece = vec![7; 1024 * 1024];
        (0..64).try_for_each(|_| sender.stream.write_all(&piece))
    });
    // Paused: what has come in stays the same for a while.
    let mut before = 0;
    let mut same = 0;
    while same < 2_000 {
        let now = metrics.bytes_in.load(Relaxed);
        same = if now == before && now > 1024 * 1024 {
            same + 1
        } else {
            0
        };
        before = now;
        thread::yield_now();
    }
    drop(receiver);
    let sent = sending.join().unwrap();
    assert!(sent.is_ok(), "{sent:?}");
    handle.shut_down();
    thread.join().unwrap().unwrap();
}
