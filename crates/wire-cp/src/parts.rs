//! Texts for an `RMSG` that are longer than one PDU [CP-16].
//!
//! Other protocols carry longer texts than cp, and line breaks. Here line breaks and tabs become
//! spaces, and a text that does not fit is cut at character boundaries into parts that begin with
//! `(1/3) ` and so on. A text that fits is one part without a prefix.

use std::borrow::Cow;

use crate::{MAX_NAME, MAX_PDU};

/// The message fields of the `RMSG`s that carry `text` from `sender`, in order; at least one.
///
/// Each fits one PDU together with `sender`, which has at most [`MAX_NAME`] bytes (a longer name has no
/// place in an `RMSG`; it is counted as [`MAX_NAME`]). Without their prefixes the parts are
/// [`one_line`] of `text`.
#[must_use]
pub fn split(sender: &str, text: &str) -> Vec<String> {
    let text = one_line(text);
    let room = MAX_PDU - "RMSG".len() - sender.len().min(MAX_NAME) - ":".len();
    if text.len() <= room {
        return vec![text.into_owned()];
    }
    // The prefix depends on how many parts there are, and that on the prefix: the widths are tried in turn.
    let mut digits = 1;
    loop {
        let bodies = cut(&text, room - "(/) ".len() - 2 * digits);
        let count = bodies.len().to_string();
        if count.len() <= digits {
            return (1..)
                .zip(bodies)
                .map(|(n, body)| format!("({n}/{count}) {body}"))
                .collect();
        }
        digits = count.len();
    }
}

/// `text` on one line: CRLF and every other line break or tab is one space.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_break) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", " ").replace(is_break, " "))
}

fn is_break(c: char) -> bool {
    // VT, FF, NEL, LINE SEPARATOR and PARAGRAPH SEPARATOR break lines too.
    matches!(c, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Pieces of at most `room` bytes; `room` is far over the four bytes of the longest character.
fn cut(mut text: &str, room: usize) -> Vec<&str> {
    let mut pieces = Vec::with_capacity(text.len() / room + 1);
    while !text.is_empty() {
        let (piece, rest) = text.split_at(text.floor_char_boundary(room));
        pieces.push(piece);
        text = rest;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reply;
    use bytes::BytesMut;
    use proptest::prelude::*;

    /// The parts without their prefixes, joined.
    fn joined(parts: &[String]) -> String {
        if let [only] = parts {
            return only.clone();
        }
        let count = parts.len();
        let bodies = (1..).zip(parts).map(|(n, part): (usize, _)| {
            part.strip_prefix(&format!("({n}/{count}) "))
                .expect("a numbered part")
        });
        bodies.collect()
    }

    // [CP-16]
    #[test]
    fn a_text_that_fits_is_one_part_without_a_number() {
        assert_eq!(split("ana", "hello"), ["hello"]);
        assert_eq!(split("ana", ""), [""]);
        let full = "x".repeat(MAX_PDU - "RMSG0123456789:".len());
        assert_eq!(split("0123456789", &full), [full.as_str()]);
        assert_eq!(split("0123456789", &format!("{full}x")).len(), 2);
    }

    // [CP-16]: 1,024 - RMSG ana : - the prefix is 1,010 bytes a part.
    #[test]
    fn a_text_that_does_not_fit_is_numbered() {
        let text = format!("{}{}{}", "a".repeat(1010), "b".repeat(1010), "c".repeat(10));
        let parts = split("ana", &text);
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[0], format!("(1/3) {}", "a".repeat(1010)));
        assert_eq!(parts[1], format!("(2/3) {}", "b".repeat(1010)));
        assert_eq!(parts[2], "(3/3) cccccccccc");
    }

    // [CP-16]
    #[test]
    fn ten_parts_make_room_for_two_digits() {
        let parts = split("ana", &"x".repeat(11_998));
        assert_eq!(parts.len(), 12);
        assert!(parts[11].starts_with("(12/12) x"));
        assert!(parts.iter().all(|p| "RMSGana:".len() + p.len() <= MAX_PDU));
    }

    // [CP-16]
    #[test]
    fn line_breaks_and_tabs_become_spaces() {
        assert_eq!(split("ana", "a\r\nb\nc\rd\te\u{2028}f"), ["a b c d e f"]);
        assert_eq!(one_line("a b"), Cow::Borrowed("a b"));
    }

    #[test]
    fn a_sender_that_is_too_long_is_no_reason_to_panic() {
        assert_eq!(
            joined(&split(&"n".repeat(5000), &"x".repeat(5000))),
            "x".repeat(5000)
        );
    }

    proptest! {
        // [CP-16]
        #[test]
        fn parts_fit_and_join_to_the_text(
            sender in "[a-z~]{1,10}",
            piece in "\\PC{1,40}",
            times in 1usize..400,
        ) {
            let text = piece.repeat(times);
            let parts = split(&sender, &text);
            prop_assert_eq!(joined(&parts), one_line(&text).into_owned());
            for part in &parts {
                let reply = Reply::Rmsg { sender: &sender, message: part };
                let mut pdu = BytesMut::new();
                reply.encode(&mut pdu);
                prop_assert!(pdu.len() <= MAX_PDU + 2);
                prop_assert_eq!(Reply::parse(&pdu[..pdu.len() - 2]), Ok(reply));
            }
        }

        #[test]
        fn hostile_texts_never_panic(data in prop::collection::vec(any::<u8>(), 0..6000)) {
            crate::fuzz::fuzz_parts(&data);
        }
    }
}
