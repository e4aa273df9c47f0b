//! One node, and whoever plays against it by hand: certificates, bytes, silence.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::BytesMut;
use core::net::{SocketAddr, SocketAddrV4};
use friends::api::{Friend, Notice, Report, Request};
use friends::kept::{Area, Change, Record};
use friends::{Config, ConnectionId, Node, Output, RequestId};
use model::{Now, Timestamp};
use wire_retroshare::chat::{Chat, flags};
use wire_retroshare::discovery::{Contact, Discovery, Place};
use wire_retroshare::frame::Frame;
use wire_retroshare::location::{assemble, tbs};
use wire_retroshare::{
    Certificate, Fingerprint, Framer, Invite, Item, LocationCertificate, PgpId, ServiceList,
};

use crate::rig::{Net, certificate, location_of, profile};

/// Ana's node, and whoever plays against it.
pub(crate) struct Stage {
    pub(crate) node: Node,
    pub(crate) now: Now,
    pub(crate) next: u64,
    pub(crate) closed: BTreeSet<ConnectionId>,
    pub(crate) paused: BTreeSet<ConnectionId>,
    pub(crate) sent: BTreeMap<ConnectionId, BytesMut>,
    /// The socket takes nothing.
    pub(crate) is_stalled: bool,
    pub(crate) notices: Vec<Notice>,
    pub(crate) kept: BTreeMap<(Area, String), Vec<u8>>,
    pub(crate) reports: Vec<Report>,
}

impl Stage {
    /// Bea is a friend by certificate.
    pub(crate) fn with_bea() -> Self {
        let mut stage = Self::alone();
        stage.add(certificate_text("bea"));
        stage
    }

    pub(crate) fn alone() -> Self {
        // Only for its clock.
        let now = Net::new().now();
        let mut stage = Self {
            node: Node::new(config(), Vec::new(), now),
            now,
            next: 1,
            closed: BTreeSet::new(),
            paused: BTreeSet::new(),
            sent: BTreeMap::new(),
            is_stalled: false,
            notices: Vec::new(),
            kept: BTreeMap::new(),
            reports: Vec::new(),
        };
        stage.obey();
        stage
    }

    /// The node starts again from what was kept.
    pub(crate) fn restart(&mut self) {
        let kept = self.kept.iter();
        let records = kept.map(|((area, key), value)| Record {
            area: *area,
            key: key.clone(),
            value: value.clone(),
        });
        self.node = Node::new(config(), records.collect(), self.now);
        self.obey();
    }

    pub(crate) fn obey(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Close(id) => {
                    self.closed.insert(id);
                }
                Output::Send(id, bytes) => {
                    let all = self.sent.entry(id).or_default();
                    all.extend_from_slice(&bytes);
                    let unsent = if self.is_stalled { all.len() } else { 0 };
                    self.node.handle_sent(id, unsent, self.now);
                }
                Output::Pause(id, true) => {
                    self.paused.insert(id);
                }
                Output::Pause(id, false) => {
                    self.paused.remove(&id);
                }
                Output::Keep(changes) => {
                    for Change { area, key, value } in changes {
                        match value {
                            Some(value) => self.kept.insert((area, key), value),
                            None => self.kept.remove(&(area, key)),
                        };
                    }
                }
                Output::Notice(notice) => self.notices.push(notice),
                Output::Report(_, report) => self.reports.push(report),
                Output::Connect { .. } | Output::Disk(_) | Output::Ended(_) => {}
            }
        }
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now.instant + time;
        loop {
            let due = self.node.poll_timeout().filter(|due| *due <= end);
            let at = due.unwrap_or(end).max(self.now.instant);
            let passed = at - self.now.instant;
            self.now = Now {
                instant: at,
                wall: Timestamp(self.now.wall.0 + passed.as_millis() as u64),
            };
            if due.is_none() {
                return;
            }
            self.node.handle_timeout(self.now);
            self.obey();
        }
    }

    pub(crate) fn ask(&mut self, request: Request) -> Report {
        self.node.handle_request(RequestId(1), request, self.now);
        self.obey();
        self.reports.pop().expect("answered")
    }

    pub(crate) fn add(&mut self, text: String) {
        let report = self.ask(Request::Add { text });
        assert!(matches!(report, Report::Friend(_)), "{report:?}");
    }

    pub(crate) fn friends(&mut self) -> Vec<Friend> {
        match self.ask(Request::Friends) {
            Report::Friends(friends) => friends,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn accept(&mut self, from: [u8; 4]) -> ConnectionId {
        let id = ConnectionId(self.next);
        self.next += 2;
        let from = SocketAddr::from((from, 40_000));
        self.node.handle_accepted(id, from, self.now);
        self.obey();
        id
    }

    /// Somebody calls and shows this certificate.
    pub(crate) fn call(&mut self, from: [u8; 4], der: &[u8]) -> ConnectionId {
        let id = self.accept(from);
        if !self.closed.contains(&id) {
            self.node.handle_secured(id, der, self.now);
            self.obey();
        }
        id
    }

    /// Bea calls, and says what she offers.
    pub(crate) fn bea(&mut self) -> ConnectionId {
        let id = self.call([10, 0, 0, 2], &certificate("bea"));
        assert!(self.is_open(id));
        self.item(id, &Item::ServiceInfo(ServiceList::ours()));
        id
    }

    pub(crate) fn say(&mut self, id: ConnectionId, bytes: &[u8]) {
        self.node
            .handle_bytes(id, &mut BytesMut::from(bytes), self.now);
        self.obey();
    }

    pub(crate) fn item(&mut self, id: ConnectionId, item: &Item) {
        let mut bytes = BytesMut::new();
        item.encode(&mut bytes);
        self.say(id, &bytes);
    }

    pub(crate) fn is_open(&self, id: ConnectionId) -> bool {
        !self.closed.contains(&id)
    }

    /// What our node has said since the last time.
    pub(crate) fn heard(&mut self, id: ConnectionId) -> Vec<Item> {
        let mut bytes = self.sent.remove(&id).unwrap_or_default();
        let mut framer = Framer::new();
        let mut items = Vec::new();
        while let Some(frame) = framer.next(&mut bytes).expect("as made") {
            if let Frame::Item(raw) = frame {
                items.push(Item::decode(raw).expect("as made"));
            }
        }
        items
    }

    pub(crate) fn count(&self, area: Area) -> usize {
        self.kept.keys().filter(|(of, _)| *of == area).count()
    }
}

fn config() -> Config {
    Config {
        profile: profile("ana"),
        location: location_of(&certificate("ana")),
        location_name: "anas".into(),
        version: "test".into(),
        port: 7812,
        tells_friends_of_friends: true,
        incoming: "/in".into(),
        partial: "/part".into(),
        is_offline: false,
        seed: [5; 32],
    }
}

pub(crate) fn certificate_text(name: &str) -> String {
    text_of(name, None)
}

pub(crate) fn certificate_text_at(name: &str, at: [u8; 4]) -> String {
    text_of(name, Some(SocketAddrV4::new(at.into(), 7812)))
}

fn text_of(name: &str, local: Option<SocketAddrV4>) -> String {
    let machine = certificate(name);
    let text = Certificate {
        pgp_key: profile(name).packets().to_vec().into(),
        location: Some((location_of(&machine), format!("{name}s"))),
        external: None,
        local,
        dns: None,
        hidden: None,
        locators: Vec::new(),
    };
    text.to_text(true)
}

/// What a machine tells of itself, by its certificate.
pub(crate) fn contact(der: &[u8], version: &str) -> Item {
    let certificate = LocationCertificate::parse(der).expect("a certificate");
    Item::Discovery(Discovery::Contact(Box::new(Contact {
        pgp_id: certificate.issuer_pgp_id(),
        location_id: certificate.location_id(),
        location: "laptop".into(),
        version: version.into(),
        net_mode: 0,
        discovery_mode: 2,
        dht_mode: 0,
        last_contact: 0,
        place: Place::Hidden {
            host: "x".into(),
            port: 1,
        },
    })))
}

/// An invite to a machine, without addresses.
pub(crate) fn invite(der: &[u8], fingerprint: Fingerprint, name: &str) -> String {
    let invite = Invite {
        location: location_of(der),
        fingerprint,
        name: name.into(),
        hidden: None,
        dns: None,
        external: None,
        local: None,
        locators: Vec::new(),
    };
    invite.to_url()
}

pub(crate) fn words(text: &str) -> Item {
    Item::Chat(Chat::Message {
        flags: flags::PRIVATE,
        sent_at: 0,
        text: text.into(),
    })
}

pub(crate) fn spki_of(name: &str) -> Vec<u8> {
    let theirs = LocationCertificate::parse(&certificate(name)).expect("as made");
    theirs.subject_public_key_info().to_vec()
}

/// A machine of a profile that nobody knows: no signature, but bytes where one would be.
pub(crate) fn made_up(number: u32) -> Vec<u8> {
    let mut id = [0xEE; 8];
    id[..4].copy_from_slice(&number.to_be_bytes());
    let document = tbs(PgpId::from_bytes(id), &spki_of("cyd"));
    let mut signature = LocationCertificate::parse(&certificate("cyd"))
        .expect("as made")
        .signature()
        .to_vec();
    let end = signature.len();
    signature[end - 4..].copy_from_slice(&number.to_be_bytes());
    assemble(&document, &signature)
}
