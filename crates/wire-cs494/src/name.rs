//! The 64-byte name field [494-5].
//!
//! UTF-8, 1–32 code points, all above U+0020 and none of the directional ones. Shorter than 64
//! bytes: a NUL follows, and what stands after it is ignored on receipt and zero when sent.

use bytes::{BufMut, BytesMut};

use crate::text::{is_directional, may_begin_directional};

/// Bytes of a name field, and the longest name in bytes.
pub const NAME_BYTES: usize = 64;

/// The longest name in code points.
pub const MAX_NAME_CHARS: usize = 32;

/// Why a name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No code point at all.
    #[error("it is empty")]
    Empty,
    /// More than 32 code points, or more than 64 bytes.
    #[error("it is longer than 32 characters or 64 bytes")]
    TooLong,
    /// The bytes are not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// A space, a control character or a directional code point.
    #[error("{0:?} is not allowed in it")]
    Forbidden(char),
}

/// Checks a name of a user or a room.
///
/// # Errors
/// The first rule of [494-5] that it breaks.
pub fn check_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > NAME_BYTES {
        return Err(NameError::TooLong);
    }
    let mut chars = 0;
    let mut suspect = false;
    for &byte in name.as_bytes() {
        chars += usize::from(byte & 0xC0 != 0x80);
        suspect |= byte <= b' ' || may_begin_directional(byte);
    }
    if chars > MAX_NAME_CHARS {
        return Err(NameError::TooLong);
    }
    if suspect && let Some(c) = name.chars().find(|&c| c <= ' ' || is_directional(c)) {
        return Err(NameError::Forbidden(c));
    }
    Ok(())
}

/// Reads a name field: what stands before the first NUL, or all of it.
///
/// # Errors
/// [`NameError`] if that is not a legal name.
pub fn decode_name(field: &[u8; NAME_BYTES]) -> Result<&str, NameError> {
    let end = memchr::memchr(0, field).unwrap_or(NAME_BYTES);
    let name = std::str::from_utf8(&field[..end]).map_err(|_| NameError::NotUtf8)?;
    check_name(name)?;
    Ok(name)
}

/// Appends a name field. A name of more than 64 bytes, which no caller should have, is cut at a
/// character so that the frame stays whole.
pub(crate) fn put_name(out: &mut BytesMut, name: &str) {
    debug_assert!(
        !name.is_empty() && name.len() <= NAME_BYTES,
        "a name of {} bytes for a field of 64",
        name.len()
    );
    let name = cut(name, NAME_BYTES);
    out.put_slice(name.as_bytes());
    out.put_bytes(0, NAME_BYTES - name.len());
}

/// The longest prefix of `s` that ends at a character and has at most `max` bytes.
pub(crate) fn cut(s: &str, max: usize) -> &str {
    &s[..s.floor_char_boundary(max)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(bytes: &[u8]) -> [u8; NAME_BYTES] {
        let mut field = [0; NAME_BYTES];
        field[..bytes.len()].copy_from_slice(bytes);
        field
    }

    // [494-5]
    #[test]
    fn legal_names_are_read_from_their_fields() {
        let sixty_four = "ö".repeat(32);
        assert_eq!(sixty_four.len(), NAME_BYTES, "this one has no NUL");
        let table = [
            "a",
            "ana",
            "#!~\u{7f}",
            "\u{80}",
            "żółć",
            "名前",
            "\u{2029}\u{202f}\u{2065}\u{206a}\u{200d}\u{2010}\u{061b}\u{061d}",
            "abcdefghijklmnopqrstuvwxyz012345",
            "\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}",
            sixty_four.as_str(),
        ];
        for name in table {
            assert_eq!(check_name(name), Ok(()), "{name:?}");
            assert_eq!(decode_name(&field(name.as_bytes())), Ok(name));
        }
    }

    // [494-5]
    #[test]
    fn illegal_names_are_refused_with_their_reason() {
        let table = [
            (String::new(), NameError::Empty),
            ("a".repeat(33), NameError::TooLong),
            ("ö".repeat(32) + "a", NameError::TooLong),
            ("\u{1F600}".repeat(17), NameError::TooLong),
            ("a b".into(), NameError::Forbidden(' ')),
            (" a".into(), NameError::Forbidden(' ')),
            ("a\t".into(), NameError::Forbidden('\t')),
            ("a\u{1f}".into(), NameError::Forbidden('\u{1f}')),
            ("a\nb".into(), NameError::Forbidden('\n')),
            ("a\0b".into(), NameError::Forbidden('\0')),
        ];
        for (name, why) in table {
            assert_eq!(check_name(&name), Err(why), "{name:?}");
        }
    }

    // [494-5]
    #[test]
    fn each_directional_code_point_is_refused_in_a_name() {
        for c in crate::text::tests::DIRECTIONAL {
            let name = format!("a{c}b");
            assert_eq!(check_name(&name), Err(NameError::Forbidden(c)));
            assert_eq!(
                decode_name(&field(name.as_bytes())),
                Err(NameError::Forbidden(c))
            );
        }
    }

    // [494-5]
    #[test]
    fn what_stands_after_the_nul_is_ignored() {
        let mut raw = field(b"ana");
        raw[4..].fill(0xFF);
        assert_eq!(decode_name(&raw), Ok("ana"));
    }

    // [494-5]
    #[test]
    fn fields_that_hold_no_name_are_refused() {
        assert_eq!(decode_name(&[0; 64]), Err(NameError::Empty));
        assert_eq!(decode_name(&field(b"\0ana")), Err(NameError::Empty));
        assert_eq!(decode_name(&[b'a'; 64]), Err(NameError::TooLong));
        assert_eq!(decode_name(&field(b"a\xFFb")), Err(NameError::NotUtf8));
        assert_eq!(
            decode_name(&field(b"\xC0\xAF")),
            Err(NameError::NotUtf8),
            "overlong"
        );
        assert_eq!(
            decode_name(&field(b"\xED\xA0\x80")),
            Err(NameError::NotUtf8),
            "surrogate"
        );
        let mut raw = field("ö".repeat(31).as_bytes());
        raw[62..].copy_from_slice("名".as_bytes()[..2].as_ref());
        assert_eq!(
            decode_name(&raw),
            Err(NameError::NotUtf8),
            "cut inside a character"
        );
    }

    #[test]
    fn a_cut_ends_at_a_character() {
        assert_eq!(cut("abc", 64), "abc");
        assert_eq!(cut("abc", 2), "ab");
        assert_eq!(cut("aö", 2), "a");
        assert_eq!(cut(&"名".repeat(22), 64), "名".repeat(21));
    }

    // [494-5]
    #[test]
    fn a_sent_field_is_padded_with_zeros() {
        let mut out = BytesMut::from(&b"x"[..]);
        put_name(&mut out, "ana");
        assert_eq!(out.len(), 65);
        assert_eq!(&out[1..4], b"ana");
        assert!(out[4..].iter().all(|&b| b == 0));
    }
}
