//! Two ends over loopback: one is ours, the other a bare socket or ours as well.

use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::lan::keys;

/// How long a test may wait for what must come: only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(30);
/// Connections at once.
const LIMIT: usize = 4;
/// An id as the node gives it to what it opens.
const OPENED: ConnectionId = ConnectionId(ConnectionId::OURS);

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async { timeout(PATIENCE, test).await.unwrap() })
}

fn ours(folder: &Path) -> (Connections, [u8; 32]) {
    let identity = keys::read_or_make(folder).unwrap();
    let tls = Tls::new(&identity).unwrap();
    (Connections::new(tls, LIMIT), identity.fingerprint())
}

struct Ends {
    ours: Connections,
    id: ConnectionId,
    theirs: TcpStream,
    _folder: tempfile::TempDir,
}

impl Ends {
    /// Ends ours; all that the other end has heard since.
    async fn finish(mut self) -> Vec<u8> {
        let read = async {
            let mut all = Vec::new();
            self.theirs.read_to_end(&mut all).await.unwrap();
            drop(self.theirs);
            all
        };
        let ((), all) = tokio::join!(self.ours.finish(PATIENCE), read);
        all
    }
}

/// A connection that was accepted, and the other end of it.
async fn accepted() -> Ends {
    let folder = tempfile::tempdir().unwrap();
    let (mut ours, _) = ours(folder.path());
    let (near, theirs) = pair().await;
    let id = ours.accept(near).unwrap();
    Ends {
        ours,
        id,
        theirs,
        _folder: folder,
    }
}

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (far, near) = tokio::join!(TcpStream::connect(address), listener.accept());
    (near.unwrap().0, far.unwrap())
}

/// Reads on until `length` bytes lie before the node.
async fn gather(connections: &mut Connections, id: ConnectionId, length: usize) -> BytesMut {
    while connections.input(id).unwrap().len() < length {
        assert_eq!(connections.next().await, (id, News::Bytes));
    }
    connections.input(id).unwrap().split()
}

#[test]
fn bytes_go_both_ways_and_what_the_socket_has_taken_is_told() {
    // [LAN-20]
    run(async {
        let mut ends = accepted().await;
        let (ours, id) = (&mut ends.ours, ends.id);
        ends.theirs.write_all(b"<message>").await.unwrap();
        assert_eq!(&gather(ours, id, 9).await[..], b"<message>");

        ours.send(id, Bytes::from_static(b"<iq>"));
        ours.send(id, Bytes::from_static(b"</iq>"));
        assert_eq!(ours.next().await, (id, News::Sent(4)));
        assert_eq!(ours.next().await, (id, News::Sent(5)));
        let mut echo = [0; 9];
        ends.theirs.read_exact(&mut echo).await.unwrap();
        assert_eq!(&echo, b"<iq></iq>");

        drop(ends.theirs);
        assert_eq!(ours.next().await, (id, News::Closed(None)));
        assert!(ours.input(id).is_none());
    });
}

#[test]
fn a_large_file_is_counted_to_the_last_byte() {
    // [LAN-45]
    run(async {
        let mut ends = accepted().await;
        let file = vec![7; 8 * 1024 * 1024];
        let (id, size) = (ends.id, file.len());
        ends.ours.send(id, file.into());
        let send = async {
            let mut sent = 0;
            while sent < size {
                match ends.ours.next().await {
                    (_, News::Sent(count)) => sent += count,
                    other => panic!("{other:?}"),
                }
            }
            sent
        };
        let receive = async {
            let mut received = vec![0; size];
            ends.theirs.read_exact(&mut received).await.unwrap();
            received
        };
        let (sent, received) = tokio::join!(send, receive);
        assert_eq!(sent, size);
        assert!(received.iter().all(|byte| *byte == 7));
    });
}

#[test]
fn what_is_said_before_closing_arrives_and_then_the_end() {
    // [LAN-22] [LAN-23]
    run(async {
        let mut ends = accepted().await;
        // Unread input would make a bare close a reset, which destroys what is on its way.
        ends.theirs.write_all(b"unread").await.unwrap();
        let words = vec![b'x'; 4 * 1024 * 1024];
        ends.ours.send(ends.id, words.clone().into());
        ends.ours
            .send(ends.id, Bytes::from_static(b"</stream:stream>"));
        ends.ours.close(ends.id);
        let all = ends.finish().await;
        assert_eq!(all.len(), words.len() + 16);
        assert!(all.ends_with(b"</stream:stream>"));
    });
}

#[test]
fn who_says_everything_and_half_closes_still_gets_answers() {
    // [LAN-22]
    run(async {
        let mut ends = accepted().await;
        let (ours, id) = (&mut ends.ours, ends.id);
        ends.theirs
            .write_all(b"<message/></stream:stream>")
            .await
            .unwrap();
        ends.theirs.shutdown().await.unwrap();
        gather(ours, id, 26).await;
        ours.send(id, Bytes::from_static(b"</stream:stream>"));
        // Whichever the loop sees first: what it has taken, or the other side's end.
        while ours.next().await.1 != News::Closed(None) {}
        let mut answer = String::new();
        let read = ends.theirs.read_to_string(&mut answer);
        let (read, ()) = tokio::join!(read, ends.ours.finish(PATIENCE));
        assert_eq!(read.unwrap(), 16);
        assert_eq!(answer, "</stream:stream>");
    });
}

#[test]
fn a_paused_connection_is_not_read_until_it_goes_on() {
    // [LAN-48]
    run(async {
        let mut ends = accepted().await;
        let (ours, id) = (&mut ends.ours, ends.id);
        ends.theirs.write_all(b"first").await.unwrap();
        assert_eq!(ours.next().await, (id, News::Bytes));
        assert!(!ours.pause(id, true));
        ends.theirs.write_all(b"second").await.unwrap();
        // Sending goes on, and its news is the only one.
        ours.send(id, Bytes::from_static(b"ours"));
        assert_eq!(ours.next().await, (id, News::Sent(4)));
        let mut taken = [0; 4];
        ends.theirs.read_exact(&mut taken).await.unwrap();
        assert!(poll_once(ours).is_pending());
        assert!(ours.pause(id, false), "the node left `first`");
        assert_eq!(&gather(ours, id, 11).await[..], b"firstsecond");
    });
}

fn poll_once(connections: &mut Connections) -> Poll<(ConnectionId, News)> {
    connections.poll(&mut Context::from_waker(std::task::Waker::noop()))
}

#[test]
fn who_sends_without_end_is_cut_off() {
    // [LAN-48]
    run(async {
        let mut ends = accepted().await;
        let flood = vec![0; MAX_UNTAKEN + READ_BYTES];
        let read = async {
            loop {
                match ends.ours.next().await {
                    (_, News::Bytes) => {}
                    (_, other) => return other,
                }
            }
        };
        // It fails when the connection is cut off, sooner or later.
        let (told, _) = tokio::join!(read, ends.theirs.write_all(&flood));
        let why = "the other side sends too much at once".to_owned();
        assert_eq!(told, News::Closed(Some(why)));
    });
}

#[test]
fn a_refused_connection_is_told_in_words() {
    // [LAN-48]
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let (mut ours, _) = ours(folder.path());
        // A port that was free a moment ago; nobody else is given it while this holds it.
        let held = tokio::net::TcpSocket::new_v4().unwrap();
        held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let to = held.local_addr().unwrap();
        ours.connect(OPENED, 1, Some(to.ip()), to);
        let why = format!("no connection to {to}: connection refused");
        assert_eq!(ours.next().await, (OPENED, News::Closed(Some(why))));
    });
}

#[test]
fn an_address_that_is_not_ours_cannot_be_connected_from() {
    // [LAN-28]
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let (mut ours, _) = ours(folder.path());
        let from = "192.0.2.1".parse().unwrap();
        ours.connect(OPENED, 1, Some(from), "127.0.0.1:9".parse().unwrap());
        let why = "no connection to 127.0.0.1:9: address not available".to_owned();
        assert_eq!(ours.next().await, (OPENED, News::Closed(Some(why))));
    });
}

/// Two of ours, connected: who listened, who connected, and their fingerprints.
struct Two {
    server: Connections,
    server_id: ConnectionId,
    server_key: [u8; 32],
    client: Connections,
    client_key: [u8; 32],
    _folders: [tempfile::TempDir; 2],
}

async fn two() -> Two {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (mut server, server_key) = ours(folders[0].path());
    let (mut client, client_key) = ours(folders[1].path());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = listener.local_addr().unwrap();
    client.connect(OPENED, 1, Some(to.ip()), to);
    assert_eq!(client.next().await, (OPENED, News::Connected));
    let server_id = server.accept(listener.accept().await.unwrap().0).unwrap();
    Two {
        server,
        server_id,
        server_key,
        client,
        client_key,
        _folders: folders,
    }
}

#[test]
fn tls_begins_on_the_same_connection_and_both_see_the_others_key() {
    // [LAN-38] [LAN-46]
    run(async {
        let mut two = two().await;
        let id = two.server_id;
        two.client.send(OPENED, Bytes::from_static(b"<starttls/>"));
        assert_eq!(two.client.next().await, (OPENED, News::Sent(11)));
        gather(&mut two.server, id, 11).await;

        two.server.send(id, Bytes::from_static(b"<proceed/>"));
        two.server.start_tls(id, TlsRole::Server);
        // Said after TLS was ordered: it goes through TLS.
        two.server.send(id, Bytes::from_static(b"secret"));
        assert_eq!(two.server.next().await, (id, News::Sent(10)));
        gather(&mut two.client, OPENED, 10).await;
        two.client.start_tls(OPENED, TlsRole::Client);

        let (server, client) = tokio::join!(two.server.next(), two.client.next());
        assert_eq!(server, (id, News::Tls(two.client_key)));
        assert_eq!(client, (OPENED, News::Tls(two.server_key)));
        assert_eq!(two.server.next().await, (id, News::Sent(6)));
        assert_eq!(&gather(&mut two.client, OPENED, 6).await[..], b"secret");

        two.client.send(OPENED, Bytes::from_static(b"whisper"));
        two.client.close(OPENED);
        assert_eq!(&gather(&mut two.server, id, 7).await[..], b"whisper");
        assert_eq!(two.server.next().await, (id, News::Closed(None)));
        tokio::join!(two.server.finish(PATIENCE), two.client.finish(PATIENCE));
    });
}

#[test]
fn bytes_that_were_read_too_early_belong_to_tls() {
    // [LAN-46]
    run(async {
        let mut two = two().await;
        let id = two.server_id;
        // The greeting follows so closely that the server reads it together with the order.
        two.client.send(OPENED, Bytes::from_static(b"<starttls/>"));
        two.client.start_tls(OPENED, TlsRole::Client);
        assert_eq!(two.client.next().await, (OPENED, News::Sent(11)));
        assert!(poll_once(&mut two.client).is_pending());
        while two.server.input(id).unwrap().len() <= 11 {
            assert_eq!(two.server.next().await, (id, News::Bytes));
        }
        two.server.input(id).unwrap().advance(11);

        two.server.start_tls(id, TlsRole::Server);
        let (server, client) = tokio::join!(two.server.next(), two.client.next());
        assert_eq!(server, (id, News::Tls(two.client_key)));
        assert_eq!(client, (OPENED, News::Tls(two.server_key)));
    });
}

#[test]
fn a_tls_that_fails_is_told_and_nothing_more() {
    // [LAN-46]
    run(async {
        let mut ends = accepted().await;
        let (ours, id) = (&mut ends.ours, ends.id);
        ours.start_tls(id, TlsRole::Server);
        ends.theirs
            .write_all(b"<message>no TLS</message>")
            .await
            .unwrap();
        let (told, News::Closed(Some(why))) = ours.next().await else {
            panic!("it should have failed");
        };
        assert_eq!(told, id);
        assert!(why.starts_with("no encryption: "), "{why}");
        assert!(ours.input(id).is_none());
    });
}

#[test]
fn what_was_meant_for_tls_is_never_said_in_the_clear() {
    // [LAN-38]
    run(async {
        let mut ends = accepted().await;
        ends.ours.send(ends.id, Bytes::from_static(b"<proceed/>"));
        ends.ours.start_tls(ends.id, TlsRole::Server);
        ends.ours.send(ends.id, Bytes::from_static(b"secret"));
        ends.ours.close(ends.id);
        let all = ends.finish().await;
        assert_eq!(all, b"<proceed/>");
    });
}

#[test]
fn a_flood_of_connections_is_bounded() {
    // [LAN-48]
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let (mut ours, _) = ours(folder.path());
        let mut far_ends = Vec::new();
        for _ in 0..LIMIT {
            let (near, far) = pair().await;
            assert!(ours.accept(near).is_some());
            far_ends.push(far);
        }
        let (near, _far) = pair().await;
        assert!(ours.accept(near).is_none());
        far_ends.pop();
        assert!(matches!(ours.next().await, (_, News::Closed(None))));
        // Its farewell is all that is left of it.
        ours.table.all_said().await;
        let (near, _far) = pair().await;
        assert!(ours.accept(near).is_some());
    });
}
