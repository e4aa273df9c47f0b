//! The template against the ordinary encoder [594-18].

use bytes::BytesMut;
use proptest::prelude::*;
use wire_cs594::{Response, ShowMsg, ShowTemplate, ShowType};

fn same(from: &str, to_room: &str, text: &str, kind: ShowType, recipient: &str) {
    let packet = Response::Show(ShowMsg {
        recipient: recipient.into(),
        from: from.into(),
        to_room: to_room.into(),
        text: text.into(),
        kind,
    });
    let mut expected = BytesMut::new();
    packet.encode(&mut expected);
    let template = ShowTemplate::new(from, to_room, text, kind);
    let mut out = BytesMut::new();
    template.fill_bare(&mut out, recipient);
    assert_eq!(out, expected);
    expected.extend_from_slice(b"\n");
    out.clear();
    template.fill(&mut out, recipient);
    assert_eq!(out, expected);
    out.clear();
    template.head(&mut out, recipient);
    out.extend_from_slice(template.tail());
    assert_eq!(out, expected);
}

// [594-2] [594-18]
#[test]
fn a_filled_template_is_the_packet() {
    let kinds = [ShowType::Plain, ShowType::Group, ShowType::Private];
    for kind in kinds {
        for recipient in [
            "a",
            "ana",
            "\"",
            "\\\"",
            "12345678901234567890",
            "é",
            "日本",
            "\u{7f}",
            "a\u{1}",
        ] {
            for text in ["", "hi", "a\"b\\c\n\t\u{0}", "é日本𝄞", &"x".repeat(11_998)] {
                same("ana\"", "PRV MSG", text, kind, recipient);
            }
        }
    }
}

proptest! {
    // [594-2] [594-18]
    #[test]
    fn any_filled_template_is_the_packet(from: String, room: String, text: String, name: String) {
        same(&from, &room, &text, ShowType::Group, &name);
    }
}
