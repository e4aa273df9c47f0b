//! TLS over real sockets, with a client that shares no code with ours but rustls itself.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use model::{Secret, Timestamp, UserName};
use net::tls::{ensure_self_signed, fingerprint, server_config};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use store::{Account, MemoryStore, Store, Write as Change};
use tempfile::TempDir;

use crate::rig::{CP, CS494, CS594, Setup, put_letter, store_with};
use crate::sockets::{Ports, Server};
use crate::wire::{enter, farewell, heartbeat, hello, packets, query, say};

const PATIENCE: Duration = Duration::from_secs(20);

type Tls = StreamOwned<ClientConnection, TcpStream>;

struct Keys {
    folder: TempDir,
}

impl Keys {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let names = ["localhost".to_owned()];
        let keys = Self { folder };
        ensure_self_signed(&keys.path("hub.pem"), &keys.path("hub.key"), &names).unwrap();
        keys
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn serve(&self, setup: Setup) -> Server {
        let config = server_config(&self.path("hub.pem"), &self.path("hub.key")).unwrap();
        Ports::bind().start(setup, Some(&config))
    }

    /// A client that trusts this hub alone, and shows a certificate if it has one.
    fn connect(&self, server: &Server, wire: usize, identity: Option<&Identity>) -> Tls {
        let mut roots = RootCertStore::empty();
        roots.add(certificate(&self.path("hub.pem"))).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match identity {
            None => config.with_no_client_auth(),
            Some(identity) => config
                .with_client_auth_cert(vec![identity.certificate.clone()], identity.key())
                .unwrap(),
        };
        let name = ServerName::try_from("localhost").unwrap();
        let tls = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(server.addresses[wire]).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        StreamOwned::new(tls, stream)
    }
}

struct Identity {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Identity {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["ana".to_owned()]).unwrap();
        Self {
            certificate: made.cert.der().clone(),
            key: made.signing_key.serialize_der(),
        }
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.clone()).unwrap()
    }
}

fn certificate(path: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(path).unwrap()
}

fn quiet(store: MemoryStore) -> Setup {
    let mut setup = Setup {
        store,
        ..Setup::default()
    };
    setup.cs494.push_room_list = false;
    setup
}

/// Reads packets of cs494 until there are so many.
fn hear(tls: &mut Tls, count: usize) -> Vec<String> {
    let (mut got, mut heard) = (Vec::new(), Vec::new());
    while heard.len() < count {
        let mut some = [0; 16_384];
        let length = tls.read(&mut some).unwrap();
        assert!(length > 0, "closed after {heard:?}");
        got.extend_from_slice(&some[..length]);
        heard.extend(packets(&mut got));
    }
    assert!(got.is_empty(), "half a packet");
    heard
}

/// What comes until the hub says that it closes: an end without that is an error.
fn rest(tls: &mut Tls) -> Vec<u8> {
    let mut rest = Vec::new();
    tls.read_to_end(&mut rest).unwrap();
    rest
}

// [HUB-10] [HUB-8]
#[test]
fn every_wire_speaks_tls_and_says_goodbye_in_it() {
    let keys = Keys::new();
    let server = keys.serve(quiet(store_with(&["cy"])));
    let mut ana = keys.connect(&server, CS494, None);
    ana.write_all(&[hello("ana"), query("ana")].concat())
        .unwrap();
    assert_eq!(hear(&mut ana, 1), ["ana is 1"]);

    let mut bo = keys.connect(&server, CS594, None);
    bo.write_all(b"{\"Header\":{\"OP-CODE\":1,\"Length\":4},\"Payload\":\"bo\"}\n")
        .unwrap();
    let mut some = [0; 1_000];
    let length = bo.read(&mut some).unwrap();
    let answer = String::from_utf8_lossy(&some[..length]).into_owned();
    assert!(answer.contains("\"OP-CODE\":2,"), "{answer}");

    let mut cy = keys.connect(&server, CP, None);
    cy.write_all(b"USERcy\r\nPASSpw-cy\r\nRMSG\r\nTERM\r\nTERM\r\n")
        .unwrap();
    let mut answers = Vec::new();
    while !String::from_utf8_lossy(&answers).contains("500") {
        let length = cy.read(&mut some).unwrap();
        assert!(length > 0);
        answers.extend_from_slice(&some[..length]);
    }
    let answers = String::from_utf8(answers).unwrap();
    let codes: Vec<_> = answers.lines().map(|line| &line[..3]).collect();
    assert_eq!(codes, ["220", "230", "256", "500"]);

    server.stop();
    assert_eq!(packets(&mut rest(&mut ana)), ["goodbye"]);
    assert!(String::from_utf8_lossy(&rest(&mut bo)).contains("\"OP-CODE\":14,"));
    assert_eq!(rest(&mut cy), b"");
}

// [HUB-2] [HUB-10] [CP-14]
#[test]
fn a_client_certificate_proves_the_account_and_nothing_else_does() {
    let keys = Keys::new();
    let (mine, other) = (Identity::new(), Identity::new());
    let mut store = MemoryStore::default();
    let account = Account {
        name: UserName::parse("ana").unwrap(),
        password_hash: hub::password::hash(&Secret::new("x".into()), [1; 16]),
        certificate: Some(fingerprint(&mine.certificate)),
        created: Timestamp(1),
    };
    store.commit(&[Change::PutAccount(account)]).unwrap();
    put_letter(&store, 1, "ana", "while you were away");
    let server = keys.serve(quiet(store));
    for stranger in [None, Some(&other)] {
        let mut tls = keys.connect(&server, CS494, stranger);
        tls.write_all(&hello("ana")).unwrap();
        assert_eq!(packets(&mut rest(&mut tls)), ["error 0x04"]);
    }
    // The certificate speaks for this name only.
    let mut bo = keys.connect(&server, CS494, Some(&mine));
    bo.write_all(&[hello("bo"), query("ana")].concat()).unwrap();
    assert_eq!(hear(&mut bo, 1), ["ana is 0"]);

    let mut ana = keys.connect(&server, CS494, Some(&mine));
    ana.write_all(&hello("ana")).unwrap();
    assert_eq!(hear(&mut ana, 1), ["zoe: while you were away"]);
    ana.write_all(&heartbeat()).unwrap();
    bo.write_all(&query("ana")).unwrap();
    assert_eq!(hear(&mut bo, 1), ["ana is 1"]);
    server.stop();
}

// [HUB-10] [HUB-9]
#[test]
fn more_than_tls_buffers_hold_arrives_whole() {
    let keys = Keys::new();
    let server = keys.serve(quiet(MemoryStore::default()));
    let mut ana = keys.connect(&server, CS494, None);
    ana.write_all(&[hello("ana"), enter("tea")].concat())
        .unwrap();
    assert_eq!(hear(&mut ana, 1), ["in tea: ana"]);
    let mut bo = keys.connect(&server, CS494, None);
    bo.write_all(&[hello("bo"), enter("tea")].concat()).unwrap();
    assert_eq!(hear(&mut ana, 1), ["in tea: ana, bo"]);
    // Bo reads nothing of it yet.
    let text = |n: usize| format!("{n:>3000}").replace(' ', ".");
    for n in 0..200 {
        ana.write_all(&say("tea", &text(n))).unwrap();
    }
    assert_eq!(hear(&mut ana, 200).len(), 200);
    let heard = hear(&mut bo, 201);
    assert_eq!(heard[0], "in tea: ana, bo");
    for (n, line) in heard[1..].iter().enumerate() {
        assert_eq!(*line, format!("ana in tea: {}", text(n)));
    }
    server.stop();
}

// [494-12] [HUB-9] [HUB-10]
#[test]
fn a_tls_peer_that_goes_amid_a_packet_is_gone() {
    let keys = Keys::new();
    let server = keys.serve(quiet(MemoryStore::default()));
    let mut ana = keys.connect(&server, CS494, None);
    ana.write_all(&[hello("ana"), enter("tea")].concat())
        .unwrap();
    assert_eq!(hear(&mut ana, 1), ["in tea: ana"]);
    for says_so in [true, false] {
        let mut bo = keys.connect(&server, CS494, None);
        bo.write_all(&[hello("bo"), enter("tea"), query("ana")[..7].to_vec()].concat())
            .unwrap();
        assert_eq!(hear(&mut ana, 1), ["in tea: ana, bo"]);
        if says_so {
            bo.conn.send_close_notify();
            bo.flush().unwrap();
            assert_eq!(packets(&mut rest(&mut bo)), ["in tea: ana, bo"]);
        }
        drop(bo);
        assert_eq!(hear(&mut ana, 1), ["in tea: ana"], "{says_so}");
    }
    server.stop();
}

// [HUB-9] [HUB-10]
#[test]
fn what_is_no_tls_ends_its_connection_only() {
    let keys = Keys::new();
    let server = keys.serve(quiet(MemoryStore::default()));
    let mut ana = keys.connect(&server, CS494, None);
    ana.write_all(&[hello("ana"), query("ana")].concat())
        .unwrap();
    assert_eq!(hear(&mut ana, 1), ["ana is 1"]);
    for nonsense in [
        &hello("bo")[..],
        b"GET / HTTP/1.1\r\n\r\n",
        &[0x16, 3, 1, 0xFF],
    ] {
        let mut stream = TcpStream::connect(server.addresses[CS494]).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(nonsense).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut alert = Vec::new();
        stream.read_to_end(&mut alert).unwrap();
        // An alert, or nothing: never a packet of the wire.
        assert!(alert.is_empty() || alert[0] == 0x15, "{alert:?}");
    }
    ana.write_all(&query("bo")).unwrap();
    assert_eq!(hear(&mut ana, 1), ["bo is 0"]);
    ana.write_all(&farewell("bye")).unwrap();
    assert_eq!(rest(&mut ana), b"");
    server.stop();
}

// [HUB-10]
#[test]
fn a_test_certificate_is_made_once_and_its_key_is_private() {
    let keys = Keys::new();
    let paths = [keys.path("hub.pem"), keys.path("hub.key")];
    let before = paths.clone().map(|path| std::fs::read(path).unwrap());
    let names = ["elsewhere".to_owned()];
    ensure_self_signed(&paths[0], &paths[1], &names).unwrap();
    assert_eq!(
        paths.clone().map(|path| std::fs::read(path).unwrap()),
        before
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&paths[1]).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
    assert!(server_config(&paths[1], &paths[0]).is_err(), "mixed up");
    assert!(server_config(&keys.path("none"), &paths[1]).is_err());
}
