//! Fuzz bodies: what must hold for any bytes. Plain functions, so that a test replays the committed
//! corpus with the compiler everyone has.

use bytes::BytesMut;

use crate::encode::{self, Message};
use crate::socks::{self, SocksError};
use crate::stanza::{Payload, SiOffer, Stanza, StreamHost, understand};
use crate::{Element, Header, Item, Limits, Node, ReadError, Reader, ns};

/// Any stream, cut anywhere: the cuts do not matter, nothing beyond a part is taken, limits hold, and
/// every element has some meaning. The bytes themselves choose the cuts.
pub fn fuzz_stream(data: &[u8]) {
    let small = Limits {
        header: 256,
        stanza: 512,
        depth: 4,
    };
    for limits in [small, Limits::default()] {
        let whole = read(limits, data, data.len().max(1));
        assert_eq!(
            read(limits, data, 1),
            whole,
            "single bytes change what is read"
        );
        let step = 2 + usize::from(data.first().copied().unwrap_or_default()) % 61;
        assert_eq!(read(limits, data, step), whole, "cuts change what is read");
        for item in whole.items {
            if let Item::Element(element) = item {
                assert!(depth(&element) <= limits.depth, "too deep");
                let _ = understand(element);
            }
        }
    }
}

/// Any text in any place of what we write: it is read as it was, but for characters that XML forbids.
/// Bars divide the bytes: from, to, id, text.
pub fn fuzz_roundtrip(data: &[u8]) {
    let all = String::from_utf8_lossy(data);
    let mut parts = all.splitn(4, '|');
    let mut field = || -> String {
        // Attributes are limited; texts are not, but by the stanza.
        parts
            .next()
            .unwrap_or_default()
            .chars()
            .take(1000)
            .collect()
    };
    let (from, to, id, text) = (field(), field(), field(), field());
    let mut out = BytesMut::new();
    encode::header(&from, &to, &mut out);
    message_survives(&from, &to, &id, &text, out.clone());
    offer_survives(&from, &to, &id, &text, out.clone());
    encode::typing(&from, &to, data.len().is_multiple_of(2), &mut out);
    encode::receipt(&from, &to, &id, &mut out);
    encode::stream_error(&text, &mut out);
    encode::failure(&text, &mut out);
    encode::disco_info(&from, &to, &id, &[&text], &mut out);
    encode::error(&from, &to, &id, &text, 403, &text, &mut out);
    out.extend_from_slice(encode::END);
    let found = read(Limits::default(), &out, out.len());
    assert_eq!(found.error, None, "we write malformed XML");
    assert_eq!(found.items.len(), 8, "something is missing");
    assert_eq!(
        found.items.first(),
        Some(&Item::Header(Header {
            from: some(&from),
            to: some(&to),
            has_version: true
        }))
    );
}

/// Any bytes at either side of a handshake: the cuts do not matter, and an honest one succeeds with
/// what follows left untouched. The bytes themselves are the destination.
pub fn fuzz_socks(data: &[u8]) {
    let step = 1 + usize::from(data.first().copied().unwrap_or_default()) % 7;
    assert_eq!(serve(data, step), serve(data, data.len().max(1)));
    assert_eq!(fetch(data, step), fetch(data, data.len().max(1)));

    let destination: String = String::from_utf8_lossy(data).chars().take(60).collect();
    let (mut to_server, mut to_client) = (BytesMut::new(), BytesMut::new());
    let mut client = socks::Client::new(&destination, &mut to_server);
    let mut server = socks::Server::default();
    assert_eq!(server.handle(&mut to_server, &mut to_client), Ok(None));
    assert_eq!(client.handle(&mut to_client, &mut to_server), Ok(false));
    to_server.extend_from_slice(data);
    assert_eq!(
        server.handle(&mut to_server, &mut to_client),
        Ok(Some(destination.clone()))
    );
    assert_eq!(to_server, data, "bytes after the request are taken");
    socks::grant(&destination, &mut to_client);
    to_client.extend_from_slice(data);
    assert_eq!(client.handle(&mut to_client, &mut to_server), Ok(true));
    assert_eq!(to_client, data, "bytes of the file are taken");
}

#[derive(Debug, PartialEq)]
struct Found {
    items: Vec<Item>,
    error: Option<ReadError>,
    /// Bytes that were left after the end or the error.
    left: usize,
}

fn read(limits: Limits, data: &[u8], step: usize) -> Found {
    let mut reader = Reader::new(limits);
    let mut input = BytesMut::new();
    let mut items = Vec::new();
    let mut fed = 0;
    for chunk in data.chunks(step) {
        input.extend_from_slice(chunk);
        fed += chunk.len();
        loop {
            match reader.decode(&mut input) {
                Ok(Some(item)) => {
                    let taken = fed - input.len();
                    assert_eq!(data.get(taken - 1), Some(&b'>'), "a part ends elsewhere");
                    items.push(item);
                }
                Ok(None) if items.last() == Some(&Item::End) => {
                    let left = data.len() - (fed - input.len());
                    return Found {
                        items,
                        error: None,
                        left,
                    };
                }
                Ok(None) => break,
                Err(error) => {
                    let again = reader.decode(&mut input);
                    assert_eq!(again, Err(error.clone()), "an error does not last");
                    let left = data.len() - (fed - input.len());
                    return Found {
                        items,
                        error: Some(error),
                        left,
                    };
                }
            }
        }
        assert!(input.is_empty(), "an unfinished part is not taken");
    }
    Found {
        items,
        error: None,
        left: 0,
    }
}

fn depth(element: &Element) -> usize {
    1 + element.elements().map(depth).max().unwrap_or_default()
}

fn message_survives(from: &str, to: &str, id: &str, text: &str, mut out: BytesMut) {
    let message = Message {
        from,
        to,
        id: (!id.is_empty()).then_some(id),
        text,
    };
    encode::message(&message, &mut out);
    let Some(Item::Element(element)) = read(Limits::default(), &out, out.len()).items.pop() else {
        panic!("no message in {out:?}");
    };
    let mut formatted = element.clone();
    let Stanza::Message(read) = understand(element) else {
        panic!("no message in {out:?}");
    };
    assert_eq!(read.from, some(from));
    assert_eq!(read.to, some(to));
    assert_eq!(read.id, some(id));
    assert_eq!(read.text, some(text));
    assert!(read.wants_typing, "typing notices are not asked for");
    assert_eq!(read.wants_receipt, !id.is_empty());
    assert_eq!(read.receipt, None);

    formatted.children.retain(|node| match node {
        Node::Element(e) => e.name != "body",
        Node::Text(_) => true,
    });
    let Stanza::Message(read) = understand(formatted) else {
        panic!("no message in {out:?}");
    };
    let lines = clean(text).replace("\r\n", "\n").replace('\r', "\n");
    assert_eq!(read.text, Some(lines).filter(|l| !l.trim().is_empty()));
}

fn offer_survives(from: &str, to: &str, id: &str, name: &str, mut out: BytesMut) {
    let offer = SiOffer {
        sid: if id.is_empty() { "sid" } else { id }.into(),
        profile: ns::SI_FILE.into(),
        name: name.into(),
        size: Some(name.len() as u64),
        methods: vec![ns::BYTESTREAMS_TLS.into(), ns::BYTESTREAMS.into()],
    };
    let host = StreamHost {
        jid: from.into(),
        host: "fe80::1%eth0".into(),
        port: 5298,
    };
    encode::si_offer(from, to, &offer, &mut out);
    encode::si_accept(from, to, id, ns::BYTESTREAMS, &mut out);
    encode::stream_hosts(from, to, &offer.sid, std::slice::from_ref(&host), &mut out);
    encode::stream_host_used(from, to, id, &offer.sid, &host.jid, &mut out);
    let items = read(Limits::default(), &out, out.len()).items;
    let payloads = items.into_iter().filter_map(|item| match item {
        Item::Element(element) => match understand(element) {
            Stanza::Iq(iq) => Some(iq.payload),
            other => panic!("no iq but {other:?}"),
        },
        Item::Header(_) | Item::End => None,
    });
    let sid = clean(&offer.sid);
    let expected = [
        Payload::SiOffer(SiOffer {
            sid: sid.clone(),
            name: clean(name),
            ..offer
        }),
        Payload::SiAccept(ns::BYTESTREAMS.into()),
        Payload::StreamHosts {
            sid,
            hosts: vec![StreamHost {
                jid: clean(from),
                ..host
            }],
        },
        Payload::StreamHostUsed(clean(from)),
    ];
    assert_eq!(payloads.collect::<Vec<_>>(), expected);
}

fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => c,
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

fn some(text: &str) -> Option<String> {
    Some(clean(text)).filter(|t| !t.is_empty())
}

type Served = (Result<Option<String>, SocksError>, BytesMut, usize);

fn serve(data: &[u8], step: usize) -> Served {
    let mut server = socks::Server::default();
    let (mut input, mut out) = (BytesMut::new(), BytesMut::new());
    let mut fed = 0;
    for chunk in data.chunks(step) {
        input.extend_from_slice(chunk);
        fed += chunk.len();
        let served = server.handle(&mut input, &mut out);
        if served != Ok(None) {
            return (served, out, data.len() - (fed - input.len()));
        }
        assert!(input.len() < socks::MAX_HANDSHAKE, "bytes pile up");
    }
    (Ok(None), out, input.len())
}

fn fetch(data: &[u8], step: usize) -> (Result<bool, SocksError>, BytesMut, usize) {
    let mut out = BytesMut::new();
    let mut client = socks::Client::new("name", &mut out);
    let mut input = BytesMut::new();
    let mut fed = 0;
    for chunk in data.chunks(step) {
        input.extend_from_slice(chunk);
        fed += chunk.len();
        let fetched = client.handle(&mut input, &mut out);
        if fetched != Ok(false) {
            return (fetched, out, data.len() - (fed - input.len()));
        }
        assert!(input.len() < socks::MAX_HANDSHAKE, "bytes pile up");
    }
    (Ok(false), out, input.len())
}
