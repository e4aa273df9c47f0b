//! Dialling, against servers of a few lines in this process. Every wait is for an event.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

use bytes::BytesMut;
use gate::{ClientTurn, Upward, Why};
use link::Happening;
use model::{
    Command, CommandId, Event, MessageId, Refusal, Reply, RoomName, Said, SaidAs, Text, Timestamp,
    UserName,
};

use super::*;

const FEATURES: Features = Features {
    rooms: true,
    private: false,
    mailbox: false,
    files: false,
    paths: false,
    history: false,
    presence: false,
    contacts: false,
    max_text: 100,
};

/// A protocol for tests: each line received is a message, `ok` answers the oldest command,
/// `ListRooms` sends `rooms`, a goodbye sends `bye`, and the timer, if any, sends `beat`.
#[derive(Default)]
struct LineGate {
    asked: Vec<CommandId>,
    beat_at: Option<Instant>,
    heard: u64,
}

impl ClientGate for LineGate {
    fn handle_bytes(&mut self, input: &mut BytesMut, _now: Instant, turn: &mut ClientTurn) {
        while let Some(end) = input.iter().position(|&b| b == b'\n') {
            let line = input.split_to(end + 1);
            match &line[..end] {
                b"ok" => turn.tell(Upward::Reply(self.asked.remove(0), Reply::Done)),
                text => {
                    self.heard += 1;
                    turn.tell(Upward::Event(said(
                        self.heard,
                        std::str::from_utf8(text).unwrap(),
                    )));
                }
            }
        }
    }

    fn handle_command(
        &mut self,
        id: CommandId,
        command: Command,
        _now: Instant,
        turn: &mut ClientTurn,
    ) {
        if let Command::SignOut { .. } = command {
            turn.out.extend_from_slice(b"bye\n");
            turn.tell(Upward::Reply(id, Reply::Done));
            turn.close(Why::Departed);
        } else {
            self.asked.push(id);
            turn.out.extend_from_slice(b"rooms\n");
        }
    }

    fn handle_timeout(&mut self, _now: Instant, turn: &mut ClientTurn) {
        self.beat_at = None;
        turn.out.extend_from_slice(b"beat\n");
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.beat_at
    }
}

fn said(id: u64, text: &str) -> Event {
    Event::Said(Arc::new(Said {
        id: MessageId(id),
        at: Timestamp(0),
        from: UserName::parse("ana").unwrap(),
        room: RoomName::parse("tea").unwrap(),
        text: Text::adapt(text).unwrap(),
        manner: SaidAs::Post,
    }))
}

/// A server that takes one connection.
fn serve<T: Send + 'static>(
    body: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (Target, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || body(listener.accept().unwrap().0));
    (
        Target {
            host: "127.0.0.1".into(),
            port,
            tls: None,
        },
        server,
    )
}

fn line(reader: &mut impl BufRead) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    line
}

fn open(target: &Target) -> Link {
    dial(target, Box::<LineGate>::default(), FEATURES).unwrap()
}

#[test]
fn where_nobody_listens_the_error_says_where_and_what_to_do() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let target = Target {
        host: "127.0.0.1".into(),
        port: free.port(),
        tls: None,
    };
    let error = dial(&target, Box::<LineGate>::default(), FEATURES).unwrap_err();
    assert!(
        matches!(error, DialError::NobodyListens { at } if at == free),
        "{error:?}"
    );
    let sentence = error.to_string();
    assert!(sentence.contains(&free.to_string()) && sentence.contains("tincan serve"));
}

#[test]
fn an_unknown_host_is_named() {
    let target = Target {
        host: "no such host".into(),
        port: 1,
        tls: None,
    };
    let error = dial(&target, Box::<LineGate>::default(), FEATURES).unwrap_err();
    assert!(matches!(&error, DialError::UnknownHost { .. }), "{error:?}");
    assert!(error.to_string().contains("no such host"));
}

#[test]
fn commands_go_out_and_replies_and_events_come_in_with_the_time() {
    let (target, server) = serve(|stream| {
        let mut reader = BufReader::new(stream);
        assert_eq!(line(&mut reader), "rooms\n");
        reader.get_mut().write_all(b"hel").unwrap();
        reader.get_mut().write_all(b"lo\nok\n").unwrap();
        line(&mut reader)
    });
    let mut link = open(&target);
    assert_eq!(link.features, FEATURES);
    link.commands
        .blocking_send((CommandId(7), Command::ListRooms))
        .unwrap();
    let Some(Happening::Event(Event::Said(said))) = link.happenings.blocking_recv() else {
        panic!("no message");
    };
    assert_eq!(said.text.as_str(), "hello");
    assert!(
        said.at > Timestamp(1_600_000_000_000),
        "a time that was not told is stamped"
    );
    let reply = link.happenings.blocking_recv();
    assert!(
        matches!(reply, Some(Happening::Reply(CommandId(7), Reply::Done))),
        "{reply:?}"
    );
    drop(link);
    assert_eq!(
        server.join().unwrap(),
        "bye\n",
        "a dropped link says goodbye"
    );
}

#[test]
fn when_the_server_hangs_up_what_is_owed_is_refused_and_the_end_is_told() {
    let (target, server) = serve(|stream| {
        let mut reader = BufReader::new(stream);
        assert_eq!(line(&mut reader), "rooms\n");
    });
    let mut link = open(&target);
    link.commands
        .blocking_send((CommandId(1), Command::ListRooms))
        .unwrap();
    server.join().unwrap();
    let refused = link.happenings.blocking_recv();
    assert!(
        matches!(
            refused,
            Some(Happening::Reply(
                CommandId(1),
                Reply::Refused(Refusal::NotPossible)
            ))
        ),
        "{refused:?}"
    );
    assert!(
        link.commands.is_closed(),
        "closed before the refusal, so that it can be told apart"
    );
    assert!(matches!(
        link.happenings.blocking_recv(),
        Some(Happening::Ended(_))
    ));
    assert!(link.happenings.blocking_recv().is_none());
}

#[test]
fn the_end_carries_its_reason() {
    let (target, server) = serve(|mut stream| {
        let mut all = String::new();
        stream.read_to_string(&mut all).unwrap();
        all
    });
    let mut link = open(&target);
    let goodbye = Command::SignOut { farewell: None };
    link.commands
        .blocking_send((CommandId(3), goodbye))
        .unwrap();
    assert!(matches!(
        link.happenings.blocking_recv(),
        Some(Happening::Reply(CommandId(3), _))
    ));
    let end = link.happenings.blocking_recv();
    assert!(
        matches!(&end, Some(Happening::Ended(why)) if why == "departed"),
        "{end:?}"
    );
    assert_eq!(server.join().unwrap(), "bye\n");
}

#[test]
fn a_face_that_reads_late_loses_nothing_and_gets_all_in_order() {
    const COUNT: usize = 5 * link::LINK_HAPPENINGS;
    let (target, server) = serve(|stream| {
        let mut writer = io::BufWriter::new(stream);
        for number in 0..COUNT {
            writeln!(writer, "{number}").unwrap();
        }
        writer.flush().unwrap();
        let mut rest = String::new();
        writer.get_mut().read_to_string(&mut rest).unwrap();
        rest
    });
    let mut link = open(&target);
    // The channel is full: from here on the carrier holds back, and the server with it.
    while link.happenings.len() < link::LINK_HAPPENINGS {
        std::thread::yield_now();
    }
    for number in 0..COUNT {
        let Some(Happening::Event(Event::Said(said))) = link.happenings.blocking_recv() else {
            panic!("message {number} is lost");
        };
        assert_eq!(said.text.as_str(), number.to_string());
    }
    drop(link);
    assert_eq!(server.join().unwrap(), "bye\n");
}

#[test]
fn the_gates_timer_fires() {
    let (target, server) = serve(|stream| line(&mut BufReader::new(stream)));
    let gate = LineGate {
        beat_at: Some(Instant::now()),
        ..LineGate::default()
    };
    let link = dial(&target, Box::new(gate), FEATURES).unwrap();
    assert_eq!(server.join().unwrap(), "beat\n");
    drop(link);
}

#[test]
fn a_link_dropped_while_full_is_left_all_the_same() {
    let (target, server) = serve(|mut stream| {
        let lines = "x\n".repeat(2 * link::LINK_HAPPENINGS);
        stream.write_all(lines.as_bytes()).unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).unwrap();
        rest
    });
    let link = open(&target);
    while link.happenings.len() < link::LINK_HAPPENINGS {
        std::thread::yield_now();
    }
    drop(link);
    assert_eq!(server.join().unwrap(), "bye\n");
}

mod by_tls {
    //! [HUB-10] as a client sees it.

    use super::*;

    struct Server {
        target: Target,
        pem: String,
        fingerprint: [u8; 32],
        thread: JoinHandle<Option<String>>,
    }

    /// A TLS server for `localhost` that says `hello`, then tells what it read; `None` where the
    /// client did not accept it.
    fn tls_server() -> Server {
        use sha2::{Digest, Sha256};
        let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        let pem = made.cert.pem();
        let der = made.cert.der().clone();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(
            rustls::crypto::ring::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![der.clone()], key.unwrap())
        .unwrap();
        let (mut target, thread) = serve(move |mut stream| {
            let mut tls = rustls::ServerConnection::new(Arc::new(config)).unwrap();
            let mut both = rustls::Stream::new(&mut tls, &mut stream);
            both.write_all(b"hello\n").ok()?;
            let mut all = String::new();
            both.read_to_string(&mut all).ok()?;
            Some(all)
        });
        target.host = "localhost".into();
        Server {
            target,
            pem,
            fingerprint: Sha256::digest(&der).into(),
            thread,
        }
    }

    fn with(server: &Server, trust: Trust) -> Target {
        Target {
            tls: Some(TlsMode {
                trust,
                identity: None,
            }),
            ..server.target.clone()
        }
    }

    fn talks(server: Server, target: &Target) {
        let mut link = open(target);
        let Some(Happening::Event(Event::Said(said))) = link.happenings.blocking_recv() else {
            panic!("no message");
        };
        assert_eq!(said.text.as_str(), "hello");
        drop(link);
        assert_eq!(server.thread.join().unwrap().as_deref(), Some("bye\n"));
    }

    #[test]
    fn a_certificate_in_the_ca_file_is_trusted() {
        let server = tls_server();
        let path = std::env::temp_dir().join(format!("tincan-ca-{}.pem", server.target.port));
        fs::write(&path, &server.pem).unwrap();
        let target = with(&server, Trust::CaFile(path.clone()));
        talks(server, &target);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_pinned_certificate_is_trusted() {
        let server = tls_server();
        let target = with(&server, Trust::Pinned(server.fingerprint));
        talks(server, &target);
    }

    #[test]
    fn another_certificate_than_the_pinned_one_is_told_with_its_fingerprint() {
        let server = tls_server();
        let target = with(&server, Trust::Pinned([0; 32]));
        let error = dial(&target, Box::<LineGate>::default(), FEATURES).unwrap_err();
        let shown: String = server
            .fingerprint
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert!(error.to_string().contains(&shown), "{error}");
        assert_eq!(server.thread.join().unwrap(), None);
    }

    #[test]
    fn a_server_without_tls_is_told_as_such() {
        let (mut target, server) = serve(|mut stream| {
            // It may be gone already; what counts is what the client makes of this.
            let _ = stream.write_all(b"500 what is this?\r\n");
            let _ = stream.read_to_end(&mut Vec::new());
        });
        target.tls = Some(TlsMode {
            trust: Trust::Pinned([0; 32]),
            identity: None,
        });
        let error = dial(&target, Box::<LineGate>::default(), FEATURES).unwrap_err();
        assert!(error.to_string().contains("does not speak TLS"), "{error}");
        server.join().unwrap();
    }

    #[test]
    fn a_ca_file_that_is_none_is_named_before_anything_is_sent() {
        let path = std::env::temp_dir().join("tincan-no-such-file.pem");
        let target = Target {
            host: "127.0.0.1".into(),
            port: 1,
            tls: Some(TlsMode {
                trust: Trust::CaFile(path),
                identity: None,
            }),
        };
        let error = dial(&target, Box::<LineGate>::default(), FEATURES).unwrap_err();
        assert!(
            error.to_string().contains("tincan-no-such-file.pem"),
            "{error}"
        );
    }
}
