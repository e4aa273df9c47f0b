//! Replays the committed corpus through the fuzz body of the node.

use std::{fs, path::Path};

use lan::fuzz;
use proptest::prelude::*;

use crate::node_rig::start;

// [LAN-48]
#[test]
fn the_corpus_of_connections_holds() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/corpus/node");
    let mut files = 0;
    for entry in fs::read_dir(&dir).expect("the corpus is committed") {
        let path = entry.expect("a readable directory").path();
        fuzz::fuzz_node(&fs::read(&path).expect("a readable file"), start());
        files += 1;
    }
    assert!(files >= 5, "{} has only {files} files", dir.display());
}

/// What a peer may say, whole or not.
const SAYINGS: &[&str] = &[
    "<message from='bob@bobbox'><body>hi</body></message>",
    "<message><body>hi</body><request xmlns='urn:xmpp:receipts'/></message>",
    "<message id='1'><body>hi</body><x xmlns='jabber:x:event'><composing/><id/></x></message>",
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
     from='bob@bobbox' version='1.0'>",
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
    "<stream:features/>",
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>",
    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    "<iq type='set' id='0'><si xmlns='http://jabber.org/protocol/si' id='0' \
     profile='http://jabber.org/protocol/si/profile/file-transfer'><file \
     xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='a' size='5'/></si></iq>",
    "<iq type='set' id='0'><query xmlns='http://jabber.org/protocol/bytestreams' sid='0'>\
     <streamhost jid='0' host='10.0.1.9' port='5298'/></query></iq>",
    "<iq type='get' id='9'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    "\u{5}\u{1}\0",
    "\u{5}\0",
    "\u{5}\0\0\u{1}\0\0\0\0\0\0hello",
    "</stream:stream>",
    "<",
    "",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    // [LAN-48]
    #[test]
    fn any_acts_hold(
        acts in prop::collection::vec((any::<u8>(), 0..SAYINGS.len(), any::<bool>()), 0..60),
    ) {
        let mut data = Vec::new();
        for (what, saying, is_whole) in acts {
            let mut saying = SAYINGS[saying].as_bytes();
            if !is_whole {
                saying = &saying[..saying.len() / 2];
            }
            for chunk in saying.chunks(255).chain(saying.is_empty().then_some(&b""[..])) {
                data.extend([what, u8::try_from(chunk.len()).unwrap()]);
                data.extend(chunk);
            }
        }
        fuzz::fuzz_node(&data, start());
    }
}
