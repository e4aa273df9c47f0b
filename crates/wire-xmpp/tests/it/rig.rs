//! What the tests share.

use bytes::BytesMut;
use wire_xmpp::stanza::{Iq, Message, Payload, Stanza, understand};
use wire_xmpp::{Element, Item, Limits, ReadError, Reader};

/// A header as libpurple writes it.
pub(crate) const HEADER: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<stream:stream \
    xmlns=\"jabber:client\" xmlns:stream=\"http://etherx.jabber.org/streams\" \
    from=\"bob@bobbox\" to=\"dave@davebox\">";

/// All parts of `bytes`, and the error that ended them.
pub(crate) fn read(bytes: impl AsRef<[u8]>) -> (Vec<Item>, Option<ReadError>) {
    let mut reader = Reader::new(Limits::default());
    let mut input = BytesMut::from(bytes.as_ref());
    let mut items = Vec::new();
    loop {
        match reader.decode(&mut input) {
            Ok(Some(item)) => items.push(item),
            Ok(None) => return (items, None),
            Err(error) => return (items, Some(error)),
        }
    }
}

/// The one element `xml` of a stream with libpurple's header.
pub(crate) fn element(xml: impl AsRef<[u8]>) -> Element {
    let (mut items, error) = read([HEADER.as_bytes(), xml.as_ref()].concat());
    assert_eq!(error, None);
    assert_eq!(items.len(), 2, "one element is to be read: {items:?}");
    match items.pop() {
        Some(Item::Element(element)) => element,
        other => panic!("no element but {other:?}"),
    }
}

pub(crate) fn stanza(xml: impl AsRef<[u8]>) -> Stanza {
    understand(element(xml))
}

pub(crate) fn message(xml: impl AsRef<[u8]>) -> Message {
    match stanza(xml) {
        Stanza::Message(message) => *message,
        other => panic!("no message but {other:?}"),
    }
}

pub(crate) fn iq(xml: impl AsRef<[u8]>) -> Iq {
    match stanza(xml) {
        Stanza::Iq(iq) => *iq,
        other => panic!("no iq but {other:?}"),
    }
}

pub(crate) fn payload(xml: impl AsRef<[u8]>) -> Payload {
    iq(xml).payload
}

/// What `write` writes, as text.
pub(crate) fn written(write: impl FnOnce(&mut BytesMut)) -> String {
    let mut out = BytesMut::new();
    write(&mut out);
    String::from_utf8(out.to_vec()).expect("we write UTF-8")
}
