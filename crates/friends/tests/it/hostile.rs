//! Strangers and friends who mean no good [RS-3] [RS-22].

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use friends::ConnectionId;
use friends::api::{Friend, Notice, Report, Request, Standing};
use friends::kept::Area;
use rand::SeedableRng;
use wire_retroshare::chat::{Chat, flags};
use wire_retroshare::discovery::{Discovery, ListMode};
use wire_retroshare::file_transfer::{FileItem, FileTransfer};
use wire_retroshare::frame::PROBE;
use wire_retroshare::location::{assemble, tbs};
use wire_retroshare::mail::Mail;
use wire_retroshare::{FileHash, Item, LocationCertificate, PgpId, ServiceList};

use crate::rig::{certificate, key, location_of, profile};

use crate::stage::{Stage, certificate_text, invite, made_up, spki_of, words};

// [RS-3] [RS-4] [RS-22]
#[test]
fn forged_certificates_end_before_anything_is_said() {
    let bea = LocationCertificate::parse(&certificate("bea")).expect("as made");
    let bea_id = profile("bea").pgp_id();
    // Cyd's signature under Bea's name.
    let mut rng = rand::rngs::StdRng::seed_from_u64(3);
    let document = tbs(bea_id, &spki_of("cyd"));
    let signature = key("cyd")
        .sign_detached(&document, 1_750_000_000, &mut rng)
        .expect("as made");
    let other_signer = assemble(&document, &signature);
    // Bea's own signature, over another TLS key: the machine's id is that of Bea's machine.
    let replayed = assemble(&document, bea.signature());
    assert_eq!(location_of(&replayed), bea.location_id());
    // The same under Cyd's name.
    let stolen = assemble(
        &tbs(profile("cyd").pgp_id(), &spki_of("cyd")),
        bea.signature(),
    );
    // One bit of the signature.
    let mut spoilt = certificate("bea");
    let end = spoilt.len();
    spoilt[end - 1] ^= 1;
    for (number, der) in [other_signer, replayed, stolen, spoilt].iter().enumerate() {
        let mut stage = Stage::with_bea();
        let before = stage.friends();
        let id = stage.call([10, 0, 1, 1], der);
        assert!(!stage.is_open(id), "certificate {number}");
        assert!(
            stage.heard(id).is_empty(),
            "not a byte for certificate {number}"
        );
        stage.say(id, &PROBE);
        assert_eq!(
            stage.friends(),
            before,
            "nothing is learnt of certificate {number}"
        );
        let id = stage.bea();
        assert!(
            stage.is_open(id),
            "Bea is still herself after certificate {number}"
        );
    }
}

// [RS-3] [RS-22]
#[test]
fn rubbish_for_a_certificate_is_an_offence() {
    let mut stage = Stage::with_bea();
    for bad in [&b""[..], b"\x30", b"rubbish", &certificate("bea")[..300]] {
        let id = stage.call([10, 0, 1, 2], bad);
        assert!(!stage.is_open(id));
    }
    let id = stage.accept([10, 0, 1, 2]);
    assert!(!stage.is_open(id), "three are enough");
}

// [RS-3] [RS-22]
#[test]
fn a_thousand_knocks_leave_little() {
    let mut stage = Stage::with_bea();
    for number in 0..1_000_u32 {
        let from = [172, 16, (number >> 8) as u8, number as u8];
        let id = stage.call(from, &made_up(number));
        assert!(!stage.is_open(id));
        assert!(stage.heard(id).is_empty());
    }
    let asked = stage
        .notices
        .iter()
        .filter(|n| matches!(n, Notice::Approval { .. }))
        .count();
    assert_eq!(asked, 30, "as many as may ask in an hour");
    assert_eq!(stage.friends().len(), 31);
    for hour in 0..20_u32 {
        stage.pass(Duration::from_secs(3600));
        for number in 0..40 {
            let number = 10_000 + hour * 100 + number;
            stage.call(
                [172, 17, (number >> 8) as u8, number as u8],
                &made_up(number),
            );
        }
    }
    let asking = stage
        .friends()
        .iter()
        .filter(|f| f.standing == Standing::Asks)
        .count();
    assert_eq!(asking, 100, "the oldest are forgotten");
    assert_eq!(stage.count(Area::Friends), 101);
    let (connections, _, addresses) = stage.node.size();
    assert_eq!(connections, 0);
    assert!(addresses <= 1024, "{addresses} addresses");
    let id = stage.bea();
    assert!(stage.is_open(id), "a friend gets through all the same");
}

// [RS-3] [RS-22]
#[test]
fn knocks_from_one_address_end_in_a_ban_that_expires_and_grows() {
    let mut stage = Stage::with_bea();
    let is_let_in = |stage: &mut Stage| {
        let id = stage.accept([192, 0, 2, 1]);
        let is_open = stage.is_open(id);
        if is_open {
            stage.node.handle_secured(id, &made_up(77), stage.now);
            stage.obey();
        }
        is_open
    };
    let mut tries = 0;
    while is_let_in(&mut stage) {
        tries += 1;
        assert!(tries < 100, "never banned");
    }
    assert_eq!(tries, 30);
    stage.pass(Duration::from_secs(59));
    assert!(!is_let_in(&mut stage));
    stage.pass(Duration::from_secs(2));
    while is_let_in(&mut stage) {}
    stage.pass(Duration::from_secs(61));
    assert!(!is_let_in(&mut stage), "the second one is longer");
    stage.pass(Duration::from_secs(61));
    assert!(is_let_in(&mut stage));
    let elsewhere = stage.accept([192, 0, 2, 2]);
    assert!(stage.is_open(elsewhere), "others were never touched");
}

// [RS-3]
#[test]
fn approving_somebody_forgives_the_address_they_called_from() {
    let mut stage = Stage::with_bea();
    let from = [192, 0, 2, 9];
    for _ in 0..31 {
        stage.call(from, &certificate("cyd"));
    }
    let banned = stage.accept(from);
    assert!(!stage.is_open(banned));
    let who = profile("cyd").pgp_id().to_string();
    let report = stage.ask(Request::Approve { who });
    assert!(matches!(report, Report::Friend(_)));
    let id = stage.call(from, &certificate("cyd"));
    assert!(stage.is_open(id));
}

// [RS-22]
#[test]
fn what_is_no_item_ends_the_link() {
    let rubbish: [&[u8]; 5] = [
        b"GET / HTTP/1.1\r\n\r\n",
        // An item larger than any node takes.
        &[2, 0, 0x12, 1, 0, 4, 0, 0],
        // One that is smaller than its header.
        &[2, 0, 0x12, 1, 0, 0, 0, 7],
        // A slice of an unknown kind.
        &[0x10, 3, 0, 0, 0, 1, 0, 0],
        // A message that ends within its flags.
        &[2, 0, 0x12, 1, 0, 0, 0, 10, 0, 0],
    ];
    for bytes in rubbish {
        let mut stage = Stage::with_bea();
        let id = stage.bea();
        stage.say(id, bytes);
        assert!(!stage.is_open(id), "{bytes:?}");
        assert_eq!(stage.node.size().1, 0, "nothing is held of it");
    }
}

// [RS-4] [RS-22]
#[test]
fn before_both_lists_nothing_but_lists_passes() {
    let mut stage = Stage::with_bea();
    let id = stage.call([10, 0, 0, 2], &certificate("bea"));
    stage.item(id, &words("too early"));
    stage.item(id, &Item::Heartbeat);
    assert!(stage.is_open(id));
    assert_eq!(stage.count(Area::Chat), 0);
    let said = stage.heard(id);
    assert!(matches!(said[..], [Item::ServiceInfo(_)]), "{said:?}");
    // A list without chat: words do not pass then either.
    let mut list = ServiceList::ours();
    list.0.remove(&wire_retroshare::Service::CHAT);
    stage.item(id, &Item::ServiceInfo(list));
    stage.item(id, &words("not offered"));
    assert_eq!(stage.count(Area::Chat), 0);
    let ours = stage.heard(id);
    assert!(
        !ours.iter().any(|item| matches!(item, Item::Chat(_))),
        "{ours:?}"
    );
}

// [RS-22]
#[test]
fn who_stalls_is_not_waited_for() {
    // Before the certificate.
    let mut stage = Stage::with_bea();
    let id = stage.accept([10, 0, 0, 2]);
    stage.pass(Duration::from_secs(9));
    assert!(stage.is_open(id));
    stage.pass(Duration::from_secs(2));
    assert!(!stage.is_open(id));
    // After it, without a list.
    let id = stage.call([10, 0, 0, 2], &certificate("bea"));
    stage.pass(Duration::from_secs(29));
    assert!(stage.is_open(id));
    stage.pass(Duration::from_secs(2));
    assert!(!stage.is_open(id));
    // Within an item.
    let id = stage.bea();
    stage.say(id, &[2, 0, 0x12, 1, 0, 1, 0, 0, 1, 2, 3]);
    stage.pass(Duration::from_secs(99));
    assert!(stage.is_open(id));
    stage.pass(Duration::from_secs(2));
    assert!(!stage.is_open(id), "no heartbeat came");
}

// [RS-22]
#[test]
fn connections_without_a_certificate_are_bounded() {
    let mut stage = Stage::with_bea();
    let open =
        |stage: &Stage, ids: &[ConnectionId]| ids.iter().filter(|id| stage.is_open(**id)).count();
    let same: Vec<_> = (0..20).map(|_| stage.accept([10, 1, 1, 1])).collect();
    assert_eq!(open(&stage, &same), 8);
    let others: Vec<_> = (0..200_u8).map(|n| stage.accept([10, 2, n, 1])).collect();
    assert_eq!(open(&stage, &others), 64, "the oldest make room");
    assert_eq!(open(&stage, &same), 0);
    stage.pass(Duration::from_secs(11));
    let id = stage.bea();
    assert!(stage.is_open(id));
}

// [RS-11] [RS-22]
#[test]
fn a_flood_of_words_is_read_at_our_pace() {
    let mut stage = Stage::with_bea();
    let id = stage.bea();
    let mut flood = BytesMut::new();
    for number in 0..10_000 {
        words(&format!("{number}")).encode(&mut flood);
    }
    stage.say(id, &flood);
    assert!(stage.paused.contains(&id), "reading rests");
    let at_once = stage.count(Area::Chat);
    assert!((2_400..=2_500).contains(&at_once), "{at_once}");
    stage.pass(Duration::from_secs(2));
    let later = stage.count(Area::Chat) - at_once;
    assert!((900..=1_100).contains(&later), "{later} in two seconds");
    stage.pass(Duration::from_secs(20));
    assert_eq!(stage.count(Area::Chat), 10_000, "nothing is lost");
    assert!(!stage.paused.contains(&id) && stage.is_open(id));
}

// [RS-17] [RS-22]
#[test]
fn pieces_that_nobody_asked_for_are_read_at_our_pace() {
    let mut stage = Stage::with_bea();
    let id = stage.bea();
    let mut piece = BytesMut::new();
    Item::FileTransfer(FileTransfer::Data {
        file: FileItem::bare(1 << 30, FileHash::from_bytes([7; 20])),
        offset: 0,
        data: vec![7; 100_000].into(),
    })
    .encode(&mut piece);
    let mut taken = 0;
    while !stage.paused.contains(&id) {
        stage.say(id, &piece);
        taken += 1;
    }
    assert!((600..=800).contains(&taken), "{taken} of 100 kB");
    stage.pass(Duration::from_secs(2));
    assert!(!stage.paused.contains(&id) && stage.is_open(id));
}

// [RS-11] [RS-22]
#[test]
fn a_message_without_an_end_is_cut() {
    let mut stage = Stage::with_bea();
    let id = stage.bea();
    for more in [flags::PARTIAL; 10].into_iter().chain([0]) {
        let part = Item::Chat(Chat::Message {
            flags: flags::PRIVATE | more,
            sent_at: 0,
            text: "x".repeat(200_000),
        });
        stage.item(id, &part);
        stage.pass(Duration::from_millis(100));
    }
    let Report::Said(said) = stage.ask(Request::History {
        who: profile("bea").pgp_id().to_string(),
        before: None,
        limit: 10,
    }) else {
        panic!("no history");
    };
    assert_eq!(said.len(), 1);
    assert!(said[0].text.len() < 1_100_000);
    assert!(said[0].text.ends_with("too long and was left out.]"));
    // Ten of these are as much as is kept of one friend.
    for _ in 0..6 {
        for more in [flags::PARTIAL; 10].into_iter().chain([0]) {
            let part = Item::Chat(Chat::Message {
                flags: flags::PRIVATE | more,
                sent_at: 0,
                text: "y".repeat(200_000),
            });
            stage.item(id, &part);
            stage.pass(Duration::from_secs(1));
            stage.item(id, &Item::Heartbeat);
        }
    }
    let bytes: usize = stage
        .kept
        .iter()
        .filter(|((area, _), _)| *area == Area::Chat)
        .map(|(_, value)| value.len())
        .sum();
    assert!(bytes < 4_400_000, "{bytes} bytes are kept");
}

// [RS-13] [RS-22]
#[test]
fn one_friend_cannot_fill_the_mail_box() {
    let mut stage = Stage::with_bea();
    let id = stage.bea();
    let letter = Item::Mail(Mail {
        subject: "again".into(),
        body: "z".repeat(200_000),
        ..Mail::default()
    });
    for _ in 0..100 {
        stage.item(id, &letter);
        stage.pass(Duration::from_millis(100));
    }
    assert!(stage.count(Area::Mail) <= 84, "{}", stage.count(Area::Mail));
    let warned = stage
        .notices
        .iter()
        .filter(|notice| matches!(notice, Notice::Warning(why) if why.contains("was not taken")));
    assert_eq!(warned.count(), 1, "said once");
}

// [RS-22]
#[test]
fn who_asks_and_does_not_read_is_cut_off() {
    let mut stage = Stage::with_bea();
    let id = stage.bea();
    stage.is_stalled = true;
    let own = profile("ana").pgp_id();
    let asks = Item::Discovery(Discovery::PgpList {
        mode: ListMode::SendKeys,
        ids: [own].into(),
    });
    let mut most = 0;
    for _ in 0..20_000 {
        stage.item(id, &asks);
        most = most.max(stage.node.size().1);
        if !stage.is_open(id) {
            break;
        }
        stage.pass(Duration::from_millis(20));
    }
    assert!(!stage.is_open(id));
    assert!(most < 5_000_000, "{most} bytes were held");
}

// [RS-5] [RS-22]
#[test]
fn hearsay_changes_no_key_and_no_owner() {
    let mut stage = Stage::with_bea();
    stage.add(certificate_text("cyd"));
    let before = stage.friends();
    let id = stage.bea();
    stage.heard(id);
    // Keys that were not asked for, and Cyd's machine said to be Bea's.
    let forged = Item::Discovery(Discovery::PgpKey {
        id: profile("cyd").pgp_id(),
        key: Bytes::copy_from_slice(profile("bea").packets()),
    });
    stage.item(id, &forged);
    let contact = Item::Discovery(Discovery::Contact(Box::new(
        wire_retroshare::discovery::Contact {
            pgp_id: profile("bea").pgp_id(),
            location_id: location_of(&certificate("cyd")),
            location: "stolen".into(),
            version: "1".into(),
            net_mode: 0,
            discovery_mode: 2,
            dht_mode: 0,
            last_contact: 0,
            place: wire_retroshare::discovery::Place::Hidden {
                host: "x".into(),
                port: 1,
            },
        },
    )));
    stage.item(id, &contact);
    let cyd = |friends: Vec<Friend>| {
        let who = profile("cyd").pgp_id().to_string();
        friends
            .into_iter()
            .find(|friend| friend.pgp_id == who)
            .expect("as made")
    };
    let after = stage.friends();
    assert_eq!(cyd(after), cyd(before));
    let call = stage.call([10, 0, 0, 3], &certificate("cyd"));
    assert!(stage.is_open(call));
}

// [RS-5] [RS-22]
#[test]
fn a_list_of_thousands_costs_a_bounded_answer() {
    let mut stage = Stage::with_bea();
    let id = stage.bea();
    stage.heard(id);
    let ids = (0..5_000_u64)
        .map(|n| PgpId::from_bytes(n.to_be_bytes()))
        .collect();
    stage.item(
        id,
        &Item::Discovery(Discovery::PgpList {
            mode: ListMode::Friends,
            ids,
        }),
    );
    let asked: usize = stage
        .heard(id)
        .iter()
        .map(|item| match item {
            Item::Discovery(Discovery::PgpList {
                mode: ListMode::SendKeys,
                ids,
            }) => ids.len(),
            _ => 0,
        })
        .sum();
    assert_eq!(asked, 100);
    assert_eq!(stage.friends().len(), 1, "ids alone are nobody");
}

// [RS-3] [RS-22]
#[test]
fn who_was_invited_says_nothing_before_their_key() {
    let mut stage = Stage::alone();
    let fingerprint = profile("bea").fingerprint();
    stage.add(invite(&certificate("bea"), fingerprint, "bea"));
    let id = stage.bea();
    stage.item(id, &words("trust me"));
    assert_eq!(stage.count(Area::Chat), 0);
    let friend = stage.friends().remove(0);
    assert!(!friend.locations[0].is_online, "not before the key");
    assert!(friend.hint.is_some());
    let said = stage.heard(id);
    let is_private = |item: &Item| {
        matches!(
            item,
            Item::Chat(_) | Item::Mail(_) | Item::Status(_) | Item::FileLists(_)
        )
    };
    assert!(!said.iter().any(is_private), "{said:?}");
    // Another machine under her name is a stranger's.
    let mut rng = rand::rngs::StdRng::seed_from_u64(9);
    let document = tbs(profile("bea").pgp_id(), &spki_of("cyd"));
    let signature = key("cyd")
        .sign_detached(&document, 1_750_000_000, &mut rng)
        .expect("as made");
    let other = stage.call([10, 0, 0, 4], &assemble(&document, &signature));
    assert!(!stage.is_open(other));
}

// [RS-3] [RS-22]
#[test]
fn a_stolen_signature_does_not_pass_for_the_invited_machine() {
    // Whoever has seen Bea's certificate can show her signature over another TLS key: the machine's id
    // is the same, and before her key is known only that can be compared.
    let mut stage = Stage::alone();
    let fingerprint = profile("bea").fingerprint();
    stage.add(invite(&certificate("bea"), fingerprint, "bea"));
    let bea = LocationCertificate::parse(&certificate("bea")).expect("as made");
    let document = tbs(profile("bea").pgp_id(), &spki_of("cyd"));
    let id = stage.call([10, 0, 0, 4], &assemble(&document, bea.signature()));
    stage.item(id, &Item::ServiceInfo(ServiceList::ours()));
    let contact = stage.heard(id).into_iter().find_map(|item| match item {
        Item::Discovery(Discovery::Contact(contact)) => Some(contact),
        _ => None,
    });
    let mut contact = contact.expect("ours");
    contact.pgp_id = profile("bea").pgp_id();
    contact.location_id = bea.location_id();
    stage.item(id, &Item::Discovery(Discovery::Contact(contact)));
    // The real key does not verify the certificate that was shown.
    let key = Item::Discovery(Discovery::PgpKey {
        id: profile("bea").pgp_id(),
        key: Bytes::copy_from_slice(profile("bea").packets()),
    });
    stage.item(id, &key);
    assert!(!stage.is_open(id));
    let warned = stage.notices.iter().any(
        |notice| matches!(notice, Notice::Warning(why) if why.contains("not who you approved")),
    );
    assert!(warned);
    // Bea herself is let in afterwards.
    let id = stage.bea();
    assert!(stage.is_open(id));
}

// [RS-22]
#[test]
fn one_bad_friend_does_not_touch_another() {
    let mut stage = Stage::with_bea();
    stage.add(certificate_text("cyd"));
    let bea = stage.bea();
    let cyd = stage.call([10, 0, 0, 3], &certificate("cyd"));
    stage.item(cyd, &Item::ServiceInfo(ServiceList::ours()));
    stage.say(bea, b"rubbish");
    assert!(!stage.is_open(bea));
    assert!(stage.is_open(cyd));
    stage.item(cyd, &words("still here"));
    assert_eq!(stage.count(Area::Chat), 1);
}

// [RS-5] [RS-6] [RS-22]
#[test]
fn hearsay_pushes_out_no_place_and_no_machine() {
    let mut stage = Stage::with_bea();
    stage.add(certificate_text("cyd"));
    let id = stage.bea();
    let about = |machine: u8, last: u8| {
        let mut location = [machine; 16];
        location[1] = last;
        let cyds = location_of(&certificate("cyd"));
        let own = if machine == 0 {
            cyds
        } else {
            wire_retroshare::LocationId::from_bytes(location)
        };
        Item::Discovery(Discovery::Contact(Box::new(
            wire_retroshare::discovery::Contact {
                pgp_id: profile("cyd").pgp_id(),
                location_id: own,
                location: "said".into(),
                version: "1".into(),
                net_mode: 0,
                discovery_mode: 2,
                dht_mode: 0,
                last_contact: 0,
                place: wire_retroshare::discovery::Place::Open {
                    local_v4: None,
                    external_v4: Some(core::net::SocketAddrV4::new([203, 0, 113, last].into(), 1)),
                    local_v6: None,
                    external_v6: None,
                    current: None,
                    dyndns: String::new(),
                    local: Vec::new(),
                    external: Vec::new(),
                },
            },
        )))
    };
    for last in 0..100 {
        stage.item(id, &about(0, last));
        stage.item(id, &about(1, last));
        stage.pass(Duration::from_millis(50));
    }
    let who = profile("cyd").pgp_id().to_string();
    let cyd = stage
        .friends()
        .into_iter()
        .find(|friend| friend.pgp_id == who)
        .expect("known");
    assert_eq!(cyd.locations.len(), 16);
    let own = location_of(&certificate("cyd")).to_string();
    assert!(cyd.locations.iter().any(|machine| machine.id == own));
    assert!(stage.is_open(id));
}

// [RS-22]
#[test]
fn connections_held_open_keep_no_friend_out() {
    let mut stage = Stage::with_bea();
    let held: Vec<ConnectionId> = (0..200)
        .map(|number| stage.accept([198, 51, 100, number]))
        .collect();
    let (connections, ..) = stage.node.size();
    assert_eq!(
        connections, 64,
        "those that have waited longest were given up"
    );
    assert!(!stage.is_open(held[0]));
    assert!(stage.is_open(held[199]));
    let id = stage.bea();
    assert!(stage.is_open(id));
}
