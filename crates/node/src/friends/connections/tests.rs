//! Two ends over loopback: ours at both, or something else at one.

use std::net::Ipv4Addr;
use std::sync::Arc;

use identity::TlsSecret;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use wire_retroshare::LocationCertificate;

use super::*;
use crate::friends::tls::Locations;
use crate::tls::Verifier;

/// How long a test may wait for what must come: only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// Connections at once.
const LIMIT: usize = 128;
/// An id as the node gives it to what it opens.
const OPENED: ConnectionId = ConnectionId(2);
/// The first that somebody else opens.
const ACCEPTED: ConnectionId = ConnectionId(1);

struct Person {
    key: &'static [u8],
    certificate: &'static [u8],
}

const ANA: Person = Person {
    key: include_bytes!("../../../../identity/tests/keys/ana.tls.der"),
    certificate: include_bytes!("../../../../identity/tests/keys/ana.der"),
};
const BEA: Person = Person {
    key: include_bytes!("../../../../identity/tests/keys/bea.tls.der"),
    certificate: include_bytes!("../../../../identity/tests/keys/bea.der"),
};

impl Person {
    fn location(&self) -> LocationId {
        LocationCertificate::parse(self.certificate)
            .unwrap()
            .location_id()
    }

    fn connections(&self) -> Connections {
        let secret = TlsSecret::from_pkcs8_der(self.key).unwrap();
        let certificate = LocationCertificate::parse(self.certificate).unwrap();
        Connections::new(Some(Tls::new(&secret, &certificate).unwrap()), LIMIT)
    }

    fn secured(&self) -> News {
        News::Secured(Bytes::from_static(self.certificate))
    }
}

/// Somebody with a certificate that is not theirs.
fn thief() -> Connections {
    Person {
        key: ANA.key,
        certificate: BEA.certificate,
    }
    .connections()
}

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async { timeout(PATIENCE, test).await.unwrap() })
}

/// With a clock that jumps to the next deadline whenever nothing happens.
fn run_at_once<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(test)
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// `caller` calls, meaning to reach `location`; `called` takes it up.
async fn call(caller: &mut Connections, called: &mut Connections, location: LocationId) {
    let (listener, address) = listen().await;
    caller.connect(OPENED, location, Place::Address(address));
    let accept = async {
        let (tcp, from) = listener.accept().await.unwrap();
        called.accept(tcp, from).unwrap()
    };
    // The caller has to go on for the other one to be asked at all.
    tokio::select! {
        id = accept => assert_eq!(id, ACCEPTED),
        news = caller.next() => panic!("{news:?}"),
    }
}

/// A caller and a called one who trust that TLS stands.
async fn pair() -> (Connections, Connections) {
    let (mut ana, mut bea) = (ANA.connections(), BEA.connections());
    call(&mut ana, &mut bea, BEA.location()).await;
    let (caller, called) = tokio::join!(ana.next(), bea.next());
    assert_eq!(caller, (OPENED, BEA.secured()));
    assert_eq!(called, (ACCEPTED, ANA.secured()));
    (ana, bea)
}

fn poll_once(connections: &mut Connections) -> Poll<(ConnectionId, News)> {
    connections.poll(&mut Context::from_waker(std::task::Waker::noop()))
}

/// Reads on until `length` bytes lie before the node.
async fn gather(connections: &mut Connections, id: ConnectionId, length: usize) -> BytesMut {
    let mut all = BytesMut::new();
    while all.len() < length {
        match connections.next().await {
            (_, News::Bytes) => all.unsplit(connections.input(id).unwrap().split()),
            (_, News::Unsent(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    all
}

async fn sent(connections: &mut Connections) {
    loop {
        match connections.next().await {
            (_, News::Unsent(0)) => return,
            (_, News::Unsent(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn two_locations_shake_hands_and_talk() {
    // [RS-4]
    run(async {
        let (mut ana, mut bea) = pair().await;
        ana.send(OPENED, Bytes::from_static(b"hello"));
        ana.send(OPENED, Bytes::from_static(b" bea"));
        assert_eq!(ana.next().await, (OPENED, News::Unsent(0)));
        assert_eq!(&gather(&mut bea, ACCEPTED, 9).await[..], b"hello bea");
        bea.send(ACCEPTED, Bytes::from_static(b"hello ana"));
        let (_, heard) = tokio::join!(sent(&mut bea), gather(&mut ana, OPENED, 9));
        assert_eq!(&heard[..], b"hello ana");
    });
}

#[test]
fn a_large_file_arrives_whole_between_small_items_of_all_sizes() {
    // [RS-17]
    run(async {
        let (mut ana, mut bea) = pair().await;
        let mut expected = Vec::new();
        for (number, size) in [1, 8, 2047, 2048, 16_384, 16_385, 245_760, 5_000_000]
            .into_iter()
            .cycle()
            .take(24)
            .enumerate()
        {
            let piece = vec![u8::try_from(number).unwrap(); size];
            expected.extend_from_slice(&piece);
            ana.send(OPENED, piece.into());
        }
        let (_, heard) = tokio::join!(sent(&mut ana), gather(&mut bea, ACCEPTED, expected.len()));
        assert!(heard == expected);
    });
}

#[test]
fn what_waits_is_counted_until_the_socket_has_taken_it() {
    // [RS-22]
    run(async {
        let (mut ana, mut bea) = pair().await;
        // More than the system takes while nobody reads.
        let size = 64 * 1024 * 1024;
        ana.send(OPENED, vec![7; size].into());
        let (id, news) = ana.next().await;
        let News::Unsent(left) = news else {
            panic!("{news:?}")
        };
        assert_eq!(id, OPENED);
        assert!(left > 0 && left < size, "{left}");
        let (_, heard) = tokio::join!(sent(&mut ana), gather(&mut bea, ACCEPTED, size));
        assert_eq!(heard.len(), size);
    });
}

#[test]
fn what_goes_by_an_address_that_is_gone_ends_at_once_on_our_side() {
    // [RS-10]
    run(async {
        let (mut ana, mut bea) = pair().await;
        let elsewhere = BTreeSet::from(["192.0.2.1".parse().unwrap()]);
        assert_eq!(ana.cut(&elsewhere), []);
        ana.send(OPENED, Bytes::from_static(b"still here"));
        let (_, heard) = tokio::join!(sent(&mut ana), gather(&mut bea, ACCEPTED, 10));
        assert_eq!(&heard[..], b"still here");
        let here = BTreeSet::from([IpAddr::from(Ipv4Addr::LOCALHOST)]);
        assert_eq!(bea.cut(&here), [(ACCEPTED, Closed::Ended)]);
        assert_eq!(bea.cut(&here), [], "it is no longer in the table");
        assert!(bea.input(ACCEPTED).is_none());
    });
}

#[test]
fn a_call_from_an_address_that_is_gone_has_come_to_nothing() {
    // [RS-10]
    run(async {
        let (mut ana, mut bea) = (ANA.connections(), BEA.connections());
        call(&mut ana, &mut bea, BEA.location()).await;
        let here = BTreeSet::from([IpAddr::from(Ipv4Addr::LOCALHOST)]);
        assert_eq!(bea.cut(&here), [], "the caller is not to be blamed");
        // Bea says nothing, so all that happens is that the connection stands, sooner or later.
        let cut = loop {
            assert!(poll_once(&mut ana).is_pending());
            let cut = ana.cut(&here);
            if !cut.is_empty() {
                break cut;
            }
            tokio::task::yield_now().await;
        };
        let why = "this machine has another address now".to_owned();
        assert_eq!(cut, [(OPENED, Closed::Unreachable(why))]);
    });
}

#[test]
fn a_paused_connection_is_not_read() {
    // [RS-22]
    run(async {
        let (mut ana, mut bea) = pair().await;
        bea.pause(ACCEPTED, true);
        ana.send(OPENED, Bytes::from_static(b"wait"));
        tokio::select! {
            biased;
            news = bea.next() => panic!("{news:?}"),
            () = sent(&mut ana) => {}
        }
        assert!(!bea.pause(ACCEPTED, false), "nothing was read");
        assert_eq!(&gather(&mut bea, ACCEPTED, 4).await[..], b"wait");
    });
}

#[test]
fn who_is_turned_away_after_the_handshake_knows_that_they_are_not_wanted() {
    // [RS-3]
    run(async {
        let (mut ana, mut bea) = pair().await;
        ana.send(OPENED, Bytes::from_static(b"the first item"));
        bea.close(ACCEPTED);
        let ended = async {
            loop {
                match ana.next().await {
                    (_, News::Unsent(_)) => {}
                    other => break other,
                }
            }
        };
        let (ended, ()) = tokio::join!(ended, bea.finish(PATIENCE));
        assert_eq!(ended, (OPENED, News::Closed(Closed::Refused)));
    });
}

#[test]
fn the_last_words_arrive_before_the_end() {
    // [RS-9]
    run(async {
        let (mut ana, mut bea) = pair().await;
        ana.send(OPENED, vec![1; 3_000_000].into());
        ana.close(OPENED);
        let hear = async {
            let heard = gather(&mut bea, ACCEPTED, 3_000_000).await;
            (heard.len(), bea.next().await)
        };
        let (heard, ()) = tokio::join!(hear, ana.finish(PATIENCE));
        assert_eq!(heard, (3_000_000, (ACCEPTED, News::Closed(Closed::Ended))));
    });
}

#[test]
fn the_end_is_that_of_tcp_alone() {
    // [RS-9]: a real node that reads the goodbye of TLS keeps the link.
    run(async {
        let (mut ana, mut bea) = pair().await;
        ana.send(OPENED, Bytes::from_static(b"bye"));
        ana.close(OPENED);
        gather(&mut bea, ACCEPTED, 3).await;
        let connection = bea.table.get_mut(ACCEPTED).unwrap();
        let mut buffers = Buffers::new(READ_BYTES);
        let news = poll_fn(|cx| connection.poll(cx, &mut buffers, None)).await;
        assert_eq!(news, News::Closed(Closed::Ended));
        assert!(matches!(connection.over, Some(Over::Broken)));
    });
}

#[test]
fn another_location_than_the_one_that_was_called_is_hung_up_on() {
    // [RS-4]
    run(async {
        let (mut ana, mut bea) = (ANA.connections(), BEA.connections());
        call(&mut ana, &mut bea, ANA.location()).await;
        let (caller, called) = tokio::join!(ana.next(), bea.next());
        let why = Closed::Unreachable("another location answers there".into());
        assert_eq!(caller, (OPENED, News::Closed(why)));
        assert_eq!(called, (ACCEPTED, News::Closed(Closed::Refused)));
    });
}

#[test]
fn a_right_certificate_with_a_wrong_key_is_refused() {
    // [RS-22]
    run(async {
        // As the called one.
        let (mut ana, mut posing) = (ANA.connections(), thief());
        call(&mut ana, &mut posing, BEA.location()).await;
        let (caller, called) = tokio::join!(ana.next(), posing.next());
        let (_, News::Closed(Closed::Unreachable(why))) = caller else {
            panic!("{caller:?}")
        };
        assert!(why.contains("no encryption"), "{why}");
        assert_eq!(called, (ACCEPTED, News::Closed(Closed::Refused)));

        // As the caller, who learns it only afterwards.
        let (mut posing, mut ana) = (thief(), ANA.connections());
        call(&mut posing, &mut ana, ANA.location()).await;
        let (_, called) = tokio::join!(posing.next(), ana.next());
        let (_, News::Closed(Closed::Unreachable(why))) = called else {
            panic!("{called:?}")
        };
        assert!(why.contains("no encryption"), "{why}");
        assert_eq!(posing.next().await, (OPENED, News::Closed(Closed::Refused)));
    });
}

/// A client with a certificate, or none, and one version of TLS.
fn client(version: &'static SupportedProtocolVersion, shows: Option<&Person>) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(RootCertStore::empty());
    let mut config = match shows {
        None => builder.with_no_client_auth(),
        Some(person) => {
            let key = PrivatePkcs8KeyDer::from(person.key);
            let key = provider
                .key_provider
                .load_private_key(PrivateKeyDer::from(key).clone_key())
                .unwrap();
            let chain = vec![CertificateDer::from(person.certificate)];
            let own = SingleCertAndKey::from(CertifiedKey::new(chain, key));
            builder.with_client_cert_resolver(Arc::new(own))
        }
    };
    // It takes whatever the other side shows.
    let verifier = Verifier::new(Locations, &provider);
    config
        .dangerous()
        .set_certificate_verifier(Arc::new(verifier));
    Arc::new(config)
}

/// What comes of a caller with another program.
async fn foreign(config: Arc<ClientConfig>) -> News {
    let mut ana = ANA.connections();
    let (listener, address) = listen().await;
    let theirs = async {
        let tcp = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from(ANA.location().to_string()).unwrap();
        let connector = tokio_rustls::TlsConnector::from(config);
        let Ok(mut tls) = connector.connect(name, tcp).await else {
            return;
        };
        let _ = tls.write_all(b"item").await;
        let mut rest = Vec::new();
        let _ = tls.read_to_end(&mut rest).await;
        assert_eq!(rest, b"", "something was said to a stranger");
    };
    let ours = async {
        let (tcp, from) = listener.accept().await.unwrap();
        ana.accept(tcp, from).unwrap();
        let news = ana.next().await.1;
        ana.abort_all();
        news
    };
    tokio::join!(ours, theirs).0
}

#[test]
fn only_tls_1_3_with_a_certificate_is_spoken() {
    // [RS-4] [RS-22]
    run(async {
        let whole = foreign(client(&rustls::version::TLS13, Some(&BEA))).await;
        assert_eq!(whole, BEA.secured());
        for (version, shows) in [
            (&rustls::version::TLS12, Some(&BEA)),
            (&rustls::version::TLS13, None),
        ] {
            let news = foreign(client(version, shows)).await;
            let News::Closed(Closed::Unreachable(why)) = news else {
                panic!("{news:?}")
            };
            assert!(why.contains("no encryption"), "{why}");
        }
    });
}

#[test]
fn what_is_no_tls_is_cut_off() {
    // [RS-22]
    run(async {
        let (listener, address) = listen().await;
        for garbage in [
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            b"\x02\xAA\xBB\xCC\0\0\0\x08",
            &[0xFF; 70_000],
            b"\x16\x03\x01\xFF\xFF",
        ] {
            let mut ana = ANA.connections();
            let mut theirs = TcpStream::connect(address).await.unwrap();
            let (tcp, from) = listener.accept().await.unwrap();
            ana.accept(tcp, from).unwrap();
            let says = async {
                let _ = theirs.write_all(garbage).await;
                let _ = theirs.shutdown().await;
            };
            let ((id, news), ()) = tokio::join!(ana.next(), says);
            assert_eq!(id, ACCEPTED);
            assert!(
                matches!(news, News::Closed(Closed::Unreachable(_))),
                "{news:?}"
            );
        }
    });
}

#[test]
fn who_stalls_in_the_handshake_is_cut_off_whichever_stage_it_is() {
    // [RS-22]
    run_at_once(async {
        // They call, and say nothing, or half a record.
        for words in [&b""[..], b"\x16\x03\x01\x02\x00\x01"] {
            let (listener, address) = listen().await;
            let mut ana = ANA.connections();
            let mut theirs = TcpStream::connect(address).await.unwrap();
            let (tcp, from) = listener.accept().await.unwrap();
            ana.accept(tcp, from).unwrap();
            theirs.write_all(words).await.unwrap();
            let begun = tokio::time::Instant::now();
            let (_, news) = ana.next().await;
            let why = "no encryption: the other side does not answer".to_owned();
            assert_eq!(news, News::Closed(Closed::Unreachable(why)));
            assert!(begun.elapsed() >= ACCEPT_LIMIT);
        }
        // They say hello, are answered, and show no certificate.
        let (listener, address) = listen().await;
        let mut ana = ANA.connections();
        let mut theirs = TcpStream::connect(address).await.unwrap();
        let (tcp, from) = listener.accept().await.unwrap();
        ana.accept(tcp, from).unwrap();
        let name = ServerName::try_from(ANA.location().to_string()).unwrap();
        let config = client(&rustls::version::TLS13, Some(&BEA));
        let mut hello = Vec::new();
        let mut tls = rustls::ClientConnection::new(config, name).unwrap();
        tls.write_tls(&mut hello).unwrap();
        theirs.write_all(&hello).await.unwrap();
        let stalls = async {
            let mut answer = vec![0; 8192];
            assert!(theirs.read(&mut answer).await.unwrap() > 0);
            theirs
        };
        let ((_, news), _theirs) = tokio::join!(ana.next(), stalls);
        let why = "no encryption: the other side does not answer".to_owned();
        assert_eq!(news, News::Closed(Closed::Unreachable(why)));

        // They are called, and say nothing.
        let (listener, address) = listen().await;
        let mut ana = ANA.connections();
        ana.connect(OPENED, BEA.location(), Place::Address(address));
        let begun = tokio::time::Instant::now();
        let (_, news) = ana.next().await;
        let why = "no encryption: the other side does not answer".to_owned();
        assert_eq!(news, News::Closed(Closed::Unreachable(why)));
        assert!(begun.elapsed() >= CONNECT_LIMIT);
        drop(listener);
    });
}

#[test]
fn nobody_there_is_told_in_words() {
    // [RS-6]
    run(async {
        let (listener, address) = listen().await;
        drop(listener);
        let mut ana = ANA.connections();
        ana.connect(OPENED, BEA.location(), Place::Address(address));
        let why = format!("no connection to {address}: connection refused");
        let news = News::Closed(Closed::Unreachable(why));
        assert_eq!(ana.next().await, (OPENED, news));
    });
}

#[test]
fn strangers_are_bounded_and_from_one_address_sooner() {
    // [RS-22]
    run(async {
        let (listener, address) = listen().await;
        let mut ana = ANA.connections();
        let mut callers = Vec::new();
        for number in 0..=MAX_STRANGERS_EACH {
            callers.push(TcpStream::connect(address).await.unwrap());
            let (tcp, from) = listener.accept().await.unwrap();
            let is_taken = ana.accept(tcp, from).is_some();
            assert_eq!(is_taken, number < MAX_STRANGERS_EACH);
        }
        // From elsewhere there is still room, though not for ever.
        let mut taken = MAX_STRANGERS_EACH;
        for number in 0..LIMIT {
            callers.push(TcpStream::connect(address).await.unwrap());
            let (tcp, _) = listener.accept().await.unwrap();
            let from = [198, 51, 100, u8::try_from(number).unwrap()];
            taken += usize::from(ana.accept(tcp, SocketAddr::from((from, 1))).is_some());
        }
        assert_eq!(taken, MAX_STRANGERS);
    });
}
