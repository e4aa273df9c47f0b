//! Text: messages and farewells [494-6].
//!
//! UTF-8 that ends in exactly one NUL and is under 12,000 bytes with it. TAB is allowed, otherwise
//! nothing below U+0020, and no directional code points. A message has at least one code point
//! besides the NUL; a farewell may have none. In this crate's interface text never carries its NUL.

use bytes::{BufMut, BytesMut};

use crate::name::cut;

/// The longest text in bytes, without its NUL: with it, a text is under 12,000.
pub const MAX_TEXT_BYTES: usize = 11_998;

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// A message with no code point besides its NUL.
    #[error("it is empty")]
    Empty,
    /// 12,000 bytes or more with the NUL.
    #[error("it is 12,000 bytes or longer")]
    TooLong,
    /// The bytes are not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// The last byte is no NUL.
    #[error("it does not end in NUL")]
    NotTerminated,
    /// A control character other than TAB (an inner NUL too), or a directional code point.
    #[error("{0:?} is not allowed in it")]
    Forbidden(char),
}

/// Checks a message, given without its NUL.
///
/// # Errors
/// The first rule of [494-6] that it breaks.
pub fn check_text(text: &str) -> Result<(), TextError> {
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    check_farewell(text)
}

/// Checks a farewell, given without its NUL: a message that may be empty.
///
/// # Errors
/// The first rule of [494-6] that it breaks.
pub fn check_farewell(text: &str) -> Result<(), TextError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(TextError::TooLong);
    }
    // No early exit: this loop compiles to vector instructions and nearly all text passes it.
    let suspect = text.bytes().fold(false, |suspect, byte| {
        suspect | ((byte < b' ') & (byte != b'\t')) | may_begin_directional(byte)
    });
    if suspect && let Some(c) = text.chars().find(|&c| is_forbidden(c)) {
        return Err(TextError::Forbidden(c));
    }
    Ok(())
}

/// Reads a message with its NUL, and gives it without.
///
/// # Errors
/// The first rule of [494-6] that it breaks.
pub fn decode_text(field: &[u8]) -> Result<&str, TextError> {
    let text = decode_farewell(field)?;
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    Ok(text)
}

/// Reads a farewell with its NUL, and gives it without; it may be empty.
///
/// # Errors
/// The first rule of [494-6] that it breaks.
pub fn decode_farewell(field: &[u8]) -> Result<&str, TextError> {
    let [content @ .., 0] = field else {
        return Err(TextError::NotTerminated);
    };
    // Before the passes over the bytes: a broadcast that is all text may be longer than a text.
    if content.len() > MAX_TEXT_BYTES {
        return Err(TextError::TooLong);
    }
    let text = std::str::from_utf8(content).map_err(|_| TextError::NotUtf8)?;
    check_farewell(text)?;
    Ok(text)
}

/// Bytes that [`put_text`] appends.
pub(crate) fn text_field_len(text: &str) -> usize {
    cut(text, MAX_TEXT_BYTES).len() + 1
}

/// Appends a text and its NUL. One of more than 11,998 bytes, which no caller should have, is cut
/// at a character so that the frame stays whole.
pub(crate) fn put_text(out: &mut BytesMut, text: &str) {
    debug_assert!(
        text.len() <= MAX_TEXT_BYTES,
        "a text of {} bytes",
        text.len()
    );
    out.put_slice(cut(text, MAX_TEXT_BYTES).as_bytes());
    out.put_u8(0);
}

/// Whether the UTF-8 of a directional code point may begin with `byte`.
pub(crate) fn may_begin_directional(byte: u8) -> bool {
    (byte == 0xE2) | (byte == 0xD8)
}

/// Whether `c` is one of the directional code points that names and texts must not hold.
pub(crate) fn is_directional(c: char) -> bool {
    matches!(
        c,
        '\u{061C}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}'
    )
}

fn is_forbidden(c: char) -> bool {
    (c < ' ' && c != '\t') || is_directional(c)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Every directional code point of the page.
    pub(crate) const DIRECTIONAL: [char; 12] = [
        '\u{202A}', '\u{202B}', '\u{202C}', '\u{202D}', '\u{202E}', '\u{2066}', '\u{2067}',
        '\u{2068}', '\u{2069}', '\u{200E}', '\u{200F}', '\u{061C}',
    ];

    fn with_nul(text: &str) -> Vec<u8> {
        [text.as_bytes(), b"\0"].concat()
    }

    // [494-6]
    #[test]
    fn legal_texts_are_read_without_their_nul() {
        let longest = "x".repeat(MAX_TEXT_BYTES);
        let longest_wide = "ö".repeat(MAX_TEXT_BYTES / 2);
        let table = [
            "x",
            " ",
            "\t",
            "hello, world",
            "a\tb",
            "\u{7f}\u{80}\u{9f}",
            "“quoted” – dashed…",
            "\u{2029}\u{202f}\u{2065}\u{206a}\u{200d}\u{2010}",
            "سلام \u{061b}\u{061d}",
            longest.as_str(),
            longest_wide.as_str(),
        ];
        for text in table {
            assert_eq!(check_text(text), Ok(()));
            assert_eq!(decode_text(&with_nul(text)), Ok(text));
        }
    }

    // [494-6]
    #[test]
    fn each_control_character_but_tab_is_refused() {
        for c in ('\0'..' ').filter(|&c| c != '\t') {
            let text = format!("before{c}after");
            assert_eq!(check_text(&text), Err(TextError::Forbidden(c)));
            assert_eq!(decode_text(&with_nul(&text)), Err(TextError::Forbidden(c)));
        }
    }

    // [494-6]
    #[test]
    fn each_directional_code_point_is_refused_wherever_it_stands() {
        for c in DIRECTIONAL {
            for text in [
                format!("{c}"),
                format!("{c}x"),
                format!("x{c}"),
                format!("…{c}…"),
            ] {
                assert_eq!(check_text(&text), Err(TextError::Forbidden(c)));
            }
        }
    }

    // [494-6]
    #[test]
    fn illegal_text_fields_are_refused_with_their_reason() {
        let table: [(&[u8], TextError); 9] = [
            (b"", TextError::NotTerminated),
            (b"hi", TextError::NotTerminated),
            (b"\0", TextError::Empty),
            (b"hi\0\0", TextError::Forbidden('\0')),
            (b"h\0i\0", TextError::Forbidden('\0')),
            (b"\0hi\0", TextError::Forbidden('\0')),
            (b"\xFF\0", TextError::NotUtf8),
            (b"\xE2\x80\0", TextError::NotUtf8),
            (&[&[b'x'; 11_999][..], b"\0"].concat(), TextError::TooLong),
        ];
        for (field, why) in table {
            assert_eq!(decode_text(field), Err(why), "{field:?}");
        }
        assert_eq!(
            check_text(&"x".repeat(MAX_TEXT_BYTES + 1)),
            Err(TextError::TooLong)
        );
        assert_eq!(check_text(""), Err(TextError::Empty));
    }

    // [494-6]
    #[test]
    fn a_farewell_may_be_just_the_nul() {
        assert_eq!(decode_farewell(b"\0"), Ok(""));
        assert_eq!(check_farewell(""), Ok(()));
        assert_eq!(decode_farewell(b"bye\0"), Ok("bye"));
        assert_eq!(decode_farewell(b"bye"), Err(TextError::NotTerminated));
        assert_eq!(decode_farewell(b"b\ne\0"), Err(TextError::Forbidden('\n')));
    }
}
