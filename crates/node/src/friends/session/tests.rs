//! Two sessions without sockets, and what a hostile one may send.

use std::io::{Read, Write};

use identity::TlsSecret;
use rustls::pki_types::ServerName;
use wire_retroshare::LocationCertificate;

use super::*;
use crate::friends::tls::Tls;

const ANA: (&[u8], &[u8]) = (
    include_bytes!("../../../../identity/tests/keys/ana.tls.der"),
    include_bytes!("../../../../identity/tests/keys/ana.der"),
);
const BEA: (&[u8], &[u8]) = (
    include_bytes!("../../../../identity/tests/keys/bea.tls.der"),
    include_bytes!("../../../../identity/tests/keys/bea.der"),
);

fn tls((key, certificate): (&[u8], &[u8])) -> Tls {
    let secret = TlsSecret::from_pkcs8_der(key).unwrap();
    Tls::new(&secret, &LocationCertificate::parse(certificate).unwrap()).unwrap()
}

fn client() -> Session {
    let bea = LocationCertificate::parse(BEA.1).unwrap().location_id();
    tls(ANA).connect(bea).unwrap()
}

fn server() -> Session {
    tls(BEA).accept().unwrap()
}

/// What came of giving `bytes` to a session.
struct Given {
    progress: Result<Progress, SessionError>,
    plain: BytesMut,
    out: Vec<u8>,
}

fn give(to: &mut Session, bytes: &[u8]) -> Given {
    let mut records = [to.partial(), bytes].concat();
    let (mut plain, mut out) = (BytesMut::new(), Vec::new());
    let progress = to.receive(&mut records, &mut plain, &mut out);
    Given {
        progress,
        plain,
        out,
    }
}

/// The flights of a whole handshake: client, server, client.
fn flights(client: &mut Session, server: &mut Session) -> [Vec<u8>; 3] {
    let hello = give(client, &[]).out;
    let answer = give(server, &hello);
    assert_eq!(answer.progress.unwrap(), Progress::Shaking);
    let proof = give(client, &answer.out);
    assert_eq!(proof.progress.unwrap(), Progress::Open);
    assert_eq!(give(server, &proof.out).progress.unwrap(), Progress::Open);
    [hello, answer.out, proof.out]
}

#[test]
fn records_may_come_in_any_portions() {
    // [RS-4]
    let words: Vec<u8> = (0..40_000_u32).flat_map(u32::to_le_bytes).collect();
    for size in [1, 5, 1000, 16_384, 16_406, 100_000] {
        let (mut client, mut server) = (client(), server());
        flights(&mut client, &mut server);
        let mut out = Vec::new();
        client.send(&words, &mut out).unwrap();
        let (mut heard, mut last) = (BytesMut::new(), Progress::Open);
        for portion in out.chunks(size) {
            let given = give(&mut server, portion);
            heard.unsplit(given.plain);
            last = given.progress.unwrap();
        }
        assert!(heard == words, "{size}");
        assert_eq!(last, Progress::Open);
    }
}

#[test]
fn bytes_that_are_wrong_end_the_session_and_nothing_else_wherever_they_stand() {
    // [RS-22]
    let [hello, answer, proof] = flights(&mut client(), &mut server());
    // Which bytes of a flight are changed: all of the beginning, then now and then.
    let places = |flight: &[u8]| {
        (0..40)
            .chain((40..flight.len()).step_by(173))
            .collect::<Vec<_>>()
    };
    for place in places(&hello) {
        let mut server = server();
        let mut changed = hello.clone();
        changed[place] ^= 0xFF;
        let given = give(&mut server, &changed);
        assert!(given.plain.is_empty());
        spent(&mut server, given.progress.is_err());
    }
    for place in places(&answer) {
        let mut client = client();
        give(&mut client, &[]);
        let mut changed = answer.clone();
        changed[place] ^= 0xFF;
        // It fits no handshake of this client's in any case.
        let given = give(&mut client, &changed);
        assert!(given.plain.is_empty());
        spent(&mut client, given.progress.is_err());
    }
    // The version in a record's head means nothing any more, and nothing protects it.
    let versions = [1, 2, 7, 8];
    for place in places(&proof) {
        if versions.contains(&place) {
            continue;
        }
        let (mut client, mut server) = (client(), server());
        let hello = give(&mut client, &[]).out;
        let answer = give(&mut server, &hello).out;
        let mut proof = give(&mut client, &answer).out;
        let place = place.min(proof.len() - 1);
        proof[place] ^= 0xFF;
        let given = give(&mut server, &proof);
        assert!(!matches!(given.progress, Ok(Progress::Open)), "{place}");
        spent(&mut server, given.progress.is_err());
    }
}

/// Whatever is done to a session that has failed, it does not do more than say so.
fn spent(session: &mut Session, is_failed: bool) {
    let garbage = give(
        session,
        &[0x17, 3, 3, 0, 1, 7, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    );
    assert!(garbage.plain.is_empty());
    let mut out = Vec::new();
    assert!(session.send(b"words", &mut out).is_err());
    assert!(!is_failed || out.is_empty());
}

#[test]
fn an_alert_tells_why_and_is_heard() {
    // [RS-3] [RS-22]
    let (mut client, mut server) = (client(), server());
    flights(&mut client, &mut server);
    let mut out = Vec::new();
    client.send(b"words", &mut out).unwrap();
    let last = out.len() - 1;
    out[last] ^= 1;
    let given = give(&mut server, &out);
    assert!(matches!(given.progress, Err(SessionError::Tls(_))));
    assert!(given.plain.is_empty());
    let heard = give(&mut client, &given.out);
    assert!(
        matches!(heard.progress, Err(SessionError::Alert(_))),
        "{:?}",
        heard.progress
    );
}

#[test]
fn the_other_side_may_change_its_keys_and_end_one_direction() {
    // [RS-4]
    let mut server = server();
    let bea = LocationCertificate::parse(BEA.1).unwrap().location_id();
    let name = ServerName::try_from(bea.to_string()).unwrap();
    // rustls' ordinary machine, as in other programs.
    let mut theirs = rustls::ClientConnection::new(tls(ANA).client_config(), name).unwrap();
    let mut exchange = |theirs: &mut rustls::ClientConnection| {
        let mut flight = Vec::new();
        while theirs.wants_write() {
            theirs.write_tls(&mut flight).unwrap();
        }
        let given = give(&mut server, &flight);
        theirs.read_tls(&mut &given.out[..]).unwrap();
        theirs.process_new_packets().unwrap();
        (given.plain, given.progress.unwrap())
    };
    exchange(&mut theirs);
    assert_eq!(exchange(&mut theirs).1, Progress::Open);
    for round in 0..3 {
        theirs.refresh_traffic_keys().unwrap();
        theirs.writer().write_all(b"after").unwrap();
        let (plain, progress) = exchange(&mut theirs);
        assert_eq!(
            (&plain[..], progress),
            (&b"after"[..], Progress::Open),
            "{round}"
        );
    }
    theirs.send_close_notify();
    assert_eq!(exchange(&mut theirs).1, Progress::Ended);
    // The other direction is still there.
    let mut out = Vec::new();
    server.send(b"last words", &mut out).unwrap();
    theirs.read_tls(&mut &out[..]).unwrap();
    theirs.process_new_packets().unwrap();
    let mut heard = [0; 10];
    theirs.reader().read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"last words");
    // Nothing comes behind an end.
    assert_eq!(give(&mut server, b"more").plain.len(), 0);
}
