//! Fuzz bodies: what must hold for any bytes. Plain functions, so that a test replays the committed
//! corpus with the compiler everyone has.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};

use crate::certificate::{self, FriendText};
use crate::file_lists::{self, DirEntry};
use crate::frame::{self, Frame, FrameError, Framer, RawItem};
use crate::item::Item;
use crate::link::{self, FileLink};
use crate::location::{self, LocationCertificate};
use crate::{html, invite, service_info};

/// Any stream, cut anywhere: the cuts do not matter, limits hold, an error lasts. The bytes themselves
/// choose the cuts.
pub fn fuzz_stream(data: &[u8]) {
    let whole = read(data, data.len().max(1));
    assert_eq!(read(data, 1), whole, "single bytes change what is read");
    let step = 2 + usize::from(data.first().copied().unwrap_or_default()) % 61;
    assert_eq!(read(data, step), whole, "cuts change what is read");

    // The same bytes as the body of an item come out of its slices.
    let mut item = BytesMut::new();
    let body = data.get(..data.len().min(10_000)).unwrap_or_default();
    crate::item::put_item(0x1234, 7, &mut item, |out| out.extend_from_slice(body));
    let mut sliced = BytesMut::new();
    frame::encode_sliced(&item, 1, &mut sliced);
    let (frames, error) = read(&sliced, sliced.len());
    assert_eq!(error, None);
    let expected = Frame::Item(RawItem {
        service: 0x1234,
        subtype: 7,
        body: Bytes::copy_from_slice(body),
    });
    assert_eq!(frames, [expected], "slices change an item");
}

/// Any item: the first two bytes choose its service and subtype. What is understood is written and
/// understood as the same.
pub fn fuzz_item(data: &[u8]) {
    let Some(([which, subtype], body)) = data.split_first_chunk::<2>() else {
        return;
    };
    let service = SERVICES[usize::from(*which) % SERVICES.len()];
    let raw = RawItem {
        service,
        subtype: *subtype,
        body: Bytes::copy_from_slice(body),
    };
    let Ok(item) = Item::decode(raw) else {
        return;
    };
    assert_eq!(item.service(), service);
    assert_eq!(item.subtype(), *subtype);
    assert_eq!(through_the_wire(&item), item, "writing changes an item");
}

/// Any text that people paste: a result can be written and read again.
pub fn fuzz_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match FriendText::parse(&text) {
        Ok(FriendText::Certificate(certificate)) => {
            for line_breaks in [false, true] {
                let again = FriendText::parse(&certificate.to_text(line_breaks));
                assert_eq!(again, Ok(FriendText::Certificate(certificate.clone())));
            }
        }
        Ok(FriendText::Invite(invite)) => {
            let again = Ok(FriendText::Invite(invite.clone()));
            assert_eq!(FriendText::parse(&invite.to_text()), again);
            assert_eq!(FriendText::parse(&invite.to_url()), again);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Any packets as a certificate and as an invite: nobody guesses a checksum, so it is put on.
pub fn fuzz_packets(data: &[u8]) {
    for checksum in [certificate::CHECKSUM, invite::CHECKSUM] {
        let mut bytes = BytesMut::from(data);
        certificate::put_checksum(checksum, &mut bytes);
        fuzz_text(STANDARD.encode(&bytes).as_bytes());
    }
}

/// Any text as a link and with links in it.
pub fn fuzz_link(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(link) = FileLink::parse(&text) {
        // What was no UTF-8 grows when it is written, perhaps beyond what a link may have.
        let written = link.to_string();
        if written.len() <= link::LINK_LIMIT {
            assert_eq!(FileLink::parse(&written), Ok(link));
        }
    }
    let found = link::find_links(&text);
    assert!(found.len() <= link::MAX_LINKS);
    for link in found {
        let written = link.to_string();
        if written.len() <= link::LINK_LIMIT {
            let page = format!(
                "<a href=\"{written}\">{}</a>",
                written.replace('&', "&amp;")
            );
            assert_eq!(link::find_links(&page), [link]);
        }
    }
}

/// Any text of a peer, and any text of ours.
pub fn fuzz_html(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let plain = html::to_text(&text);
    assert!(plain.len() <= text.len(), "the text grew");
    if !text.contains(['<', '&']) {
        assert_eq!(plain, text, "a plain text changed");
    }
    let sent = html::from_text(&text);
    assert!(sent.len() <= text.len() * 6 + html::WRAPPING);
    assert_eq!(html::to_text(&sent), text, "what we send reads otherwise");
}

/// Any certificate of a machine: its parts are parts of it, and those of our own form can be put
/// together again.
pub fn fuzz_location(data: &[u8]) {
    if let Ok(certificate) = LocationCertificate::parse(data) {
        assert_eq!(&**certificate.der(), data);
        let holds = |part: &[u8]| data.windows(part.len().max(1)).any(|w| w == part);
        assert!(holds(certificate.signed_bytes()));
        assert!(holds(certificate.subject_public_key_info()));
        assert!(holds(certificate.signature()));
        let spki = certificate.subject_public_key_info();
        let tbs = location::tbs(certificate.issuer_pgp_id(), spki);
        let ours = location::assemble(&tbs, certificate.signature());
        if ours.len() <= location::MAX_DER {
            let again = LocationCertificate::parse(&ours).expect("our own certificate");
            assert_eq!(again.signed_bytes(), tbs);
            assert_eq!(again.issuer_pgp_id(), certificate.issuer_pgp_id());
            assert_eq!(again.subject_public_key_info(), spki);
        }
    }
}

/// Any listing of a folder: what is understood is written and understood as the same.
pub fn fuzz_listing(data: &[u8]) {
    let Ok(entry) = DirEntry::decode(data) else {
        return;
    };
    let payload = entry.encode();
    assert_eq!(DirEntry::decode(&payload).as_ref(), Ok(&entry));
    let parts = file_lists::payload_parts(&payload);
    let joined: Vec<u8> = parts.iter().flat_map(|(part, _)| part.to_vec()).collect();
    assert_eq!(joined, payload);
}

fn read(data: &[u8], step: usize) -> (Vec<Frame>, Option<FrameError>) {
    let mut framer = Framer::new();
    let mut input = BytesMut::new();
    let mut frames = Vec::new();
    for chunk in data.chunks(step) {
        input.extend_from_slice(chunk);
        loop {
            match framer.next(&mut input) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(
                        framer.next(&mut input),
                        Err(error),
                        "an error does not last"
                    );
                    return (frames, Some(error));
                }
            }
        }
        assert!(framer.held() <= frame::MAX_ASSEMBLY);
        assert!(input.len() < frame::MAX_ITEM, "an item is not taken");
    }
    (frames, None)
}

fn through_the_wire(item: &Item) -> Item {
    let mut out = BytesMut::new();
    item.encode(&mut out);
    assert_eq!(
        out.get(4..8),
        Some(
            u32::try_from(out.len())
                .expect("a short item")
                .to_be_bytes()
                .as_slice()
        ),
        "an item's length is wrong"
    );
    let raw = RawItem {
        service: item.service(),
        subtype: item.subtype(),
        body: out.split_off(frame::HEADER).freeze(),
    };
    Item::decode(raw).expect("what was written can be read")
}

const SERVICES: [u16; 12] = [
    service_info::Service::SERVICE_INFO,
    service_info::Service::HEARTBEAT,
    service_info::Service::RTT,
    service_info::Service::STATUS,
    service_info::Service::BANDWIDTH,
    service_info::Service::BAN_LIST,
    service_info::Service::DISCOVERY,
    service_info::Service::CHAT,
    service_info::Service::MAIL,
    service_info::Service::FILE_TRANSFER,
    service_info::Service::FILE_LISTS,
    service_info::Service::TURTLE,
];
