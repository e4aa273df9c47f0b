//! Generator against baseline over real loopback sockets. Counts are asserted, never times.
#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test may stop at the first surprise, like the test"
)]

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tincan_bench::baseline;
use tincan_bench::generator::direct::{self, Direct};
use tincan_bench::generator::fanout::{self, Fanout};
use tincan_bench::generator::idle::{self, Idle};
use tincan_bench::generator::relay::{self, Relay};
use tincan_bench::generator::storm::{self, Storm};
use tincan_bench::generator::{Outcome, Target};
use tincan_bench::sequence::Faults;

/// Long enough to see deliveries on any machine, since a run ends only when all have come.
const SECONDS: f64 = 0.2;

fn start_baseline() -> Target {
    let (tell, told) = mpsc::channel::<SocketAddr>();
    thread::spawn(move || {
        let listen = "127.0.0.1:0".parse().unwrap();
        baseline::serve(listen, Duration::from_secs(120), |address| {
            tell.send(address).unwrap();
        })
        .unwrap();
    });
    Target {
        address: told.recv().unwrap(),
        pid: None,
    }
}

fn assert_all_came(outcome: &Outcome) {
    assert!(outcome.count > 0, "{outcome:?}");
    assert_eq!(outcome.faults, Faults::default(), "{outcome:?}");
}

#[test]
fn a_fan_out_loses_and_reorders_nothing() {
    let plan = Fanout {
        rooms: 3,
        members: 5,
        senders: 2,
        window: 4,
        bytes: 64,
        seconds: SECONDS,
        rate: None,
    };
    let target = start_baseline();
    assert_all_came(&fanout::run(&target, &plan).unwrap());
    let open = Fanout {
        rate: Some(5000.0),
        ..plan
    };
    assert_all_came(&fanout::run(&target, &open).unwrap());
}

#[test]
fn every_question_of_every_pair_is_answered_in_order() {
    let plan = Direct {
        pairs: 4,
        window: 3,
        bytes: 64,
        seconds: SECONDS,
    };
    assert_all_came(&direct::run(&start_baseline(), &plan).unwrap());
}

#[test]
fn a_storm_ends_when_everybody_knows_everybody() {
    let outcome = storm::run(&start_baseline(), &Storm { people: 20 }).unwrap();
    assert_eq!(outcome.count, 20);
}

#[test]
fn idle_connections_are_registered_and_held() {
    let plan = Idle {
        connections: 40,
        seconds: SECONDS,
    };
    let outcome = idle::run(&start_baseline(), &plan).unwrap();
    assert_eq!((outcome.count, outcome.faults.closed), (40, 0));
}

#[test]
fn files_arrive_whole_and_in_order_though_the_receiver_is_slower() {
    let outcome = relay::run(&start_baseline(), &Relay { pairs: 3, mib: 8 }).unwrap();
    assert_eq!(outcome.count, 3 * 8 * 256);
    assert_eq!(outcome.faults, Faults::default());
}

#[test]
fn nobody_listening_is_an_error_and_not_a_hang() {
    // Port 1 belongs to a service that no machine has run for decades.
    let address = "127.0.0.1:1".parse().unwrap();
    let target = Target { address, pid: None };
    let error = storm::run(&target, &Storm { people: 1 }).unwrap_err();
    assert!(format!("{error:#}").contains("failed to make connection 0"));
}

/// Generator and codec were written separately from the protocol's page; they must agree.
#[test]
fn the_codec_reads_the_generators_packets() {
    use tincan_bench::frames::{self, Offer, kind};
    use tincan_bench::stamp::Stamp;
    use wire_cs494::{ClientPacket, decode_client};

    let mut text = vec![b'.'; 65];
    let stamp = Stamp {
        sender: 3,
        sequence: 9,
        nanos: u64::MAX,
    };
    stamp.write(&mut text);
    text[64] = 0;
    let (ana, den) = (frames::name_field("ana"), frames::name_field("den"));
    let mut bytes = Vec::new();
    frames::put(kind::NEW_CLIENT, &[&ana], &mut bytes);
    frames::put(kind::QUERY_USER, &[&ana, &[2]], &mut bytes);
    frames::put(kind::ENTER_ROOM, &[&den], &mut bytes);
    frames::put(kind::SEND_MESSAGE, &[&den, &text], &mut bytes);
    frames::put_heartbeat(&mut bytes);
    let offer = Offer {
        target: &den,
        source: &ana,
        id: 0,
        size: 4096,
        file: b"bench.bin",
    };
    offer.put(kind::OFFER_FILE, &mut bytes);

    let mut read = Vec::new();
    let mut rest = &bytes[..];
    while let Some((packet, used)) = decode_client(rest).unwrap() {
        read.push(packet);
        rest = &rest[used..];
    }
    assert!(rest.is_empty());
    let said = std::str::from_utf8(&text[..64]).unwrap();
    assert_eq!(read.len(), 6);
    assert_eq!(read[0], ClientPacket::NewClient { name: "ana" });
    assert_eq!(read[2], ClientPacket::EnterRoom { room: "den" });
    assert_eq!(
        read[3],
        ClientPacket::SendMessage {
            room: "den",
            text: said
        }
    );
    assert_eq!(read[4], ClientPacket::Heartbeat);
    assert!(matches!(&read[5], ClientPacket::OfferFile(offer) if offer.size == 4096));
}
