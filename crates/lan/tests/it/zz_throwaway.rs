use crate::node_rig::start;
use proptest::prelude::*;
fn act() -> impl Strategy<Value = Vec<u8>> {
    let frag = prop_oneof![
        Just(b"<message><body>hi</body></message>".to_vec()),
        Just(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>".to_vec()),
        Just(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>".to_vec()),
        Just(b"</stream:stream>".to_vec()),
        Just(b"<stream:stream xmlns='jabber:client' from='bob@bobbox' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>".to_vec()),
        Just(b"<stream:stream xmlns='jabber:client' from='bob@bobbox' xmlns:stream='http://etherx.jabber.org/streams'>".to_vec()),
        Just(b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>".to_vec()),
        prop::collection::vec(any::<u8>(), 0..20),
        (0..255usize).prop_map(|n| vec![b'x'; n]),
    ];
    (any::<u8>(), frag).prop_map(|(w, f)| {
        let mut v = vec![w, f.len() as u8];
        v.extend(f);
        v
    })
}
proptest! {
    #![proptest_config(ProptestConfig::with_cases(20000))]
    #[test]
    fn zz(acts in prop::collection::vec(act(), 1..60)) {
        let data: Vec<u8> = acts.concat();
        lan::fuzz::fuzz_node(&data, start());
    }
}
