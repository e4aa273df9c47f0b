//! File names [494-7]: as a name, but spaces inside are legal, up to 1,023 bytes, no `:` and `/`.
//!
//! The field has no NUL and no padding: its length is the packet's. That `.` and `..` are names
//! without a file is for whoever writes to a disk; the wire carries them.

use crate::text::{is_directional, may_begin_directional};

/// The longest file name in bytes.
pub const MAX_FILE_NAME_BYTES: usize = 1_023;

/// Why a file name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// No code point at all.
    #[error("it is empty")]
    Empty,
    /// More than 1,023 bytes.
    #[error("it is longer than 1,023 bytes")]
    TooLong,
    /// The bytes are not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// It begins or ends with a space.
    #[error("it begins or ends with a space")]
    OuterSpace,
    /// `:`, `/`, a control character (NUL too) or a directional code point.
    #[error("{0:?} is not allowed in it")]
    Forbidden(char),
}

/// Checks a file name.
///
/// # Errors
/// The first rule of [494-7] that it breaks.
pub fn check_filename(name: &str) -> Result<(), FileNameError> {
    if name.is_empty() {
        return Err(FileNameError::Empty);
    }
    if name.len() > MAX_FILE_NAME_BYTES {
        return Err(FileNameError::TooLong);
    }
    if name.starts_with(' ') || name.ends_with(' ') {
        return Err(FileNameError::OuterSpace);
    }
    let suspect = name.bytes().fold(false, |suspect, byte| {
        suspect | (byte < b' ') | (byte == b':') | (byte == b'/') | may_begin_directional(byte)
    });
    if suspect && let Some(c) = name.chars().find(|&c| is_forbidden(c)) {
        return Err(FileNameError::Forbidden(c));
    }
    Ok(())
}

/// Reads a file name field.
///
/// # Errors
/// The first rule of [494-7] that it breaks.
pub fn decode_filename(field: &[u8]) -> Result<&str, FileNameError> {
    let name = std::str::from_utf8(field).map_err(|_| FileNameError::NotUtf8)?;
    check_filename(name)?;
    Ok(name)
}

fn is_forbidden(c: char) -> bool {
    c < ' ' || matches!(c, ':' | '/') || is_directional(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    // [494-7]
    #[test]
    fn legal_file_names_pass() {
        let longest = "x".repeat(MAX_FILE_NAME_BYTES);
        for name in [
            "a",
            "my file.txt",
            "..",
            ".",
            "a\\b",
            "résumé.pdf",
            "x…y",
            &longest,
        ] {
            assert_eq!(check_filename(name), Ok(()), "{name:?}");
            assert_eq!(decode_filename(name.as_bytes()), Ok(name));
        }
    }

    // [494-7]
    #[test]
    fn illegal_file_names_are_refused_with_their_reason() {
        let table = [
            (String::new(), FileNameError::Empty),
            ("x".repeat(1_024), FileNameError::TooLong),
            (" a".into(), FileNameError::OuterSpace),
            ("a ".into(), FileNameError::OuterSpace),
            (" ".into(), FileNameError::OuterSpace),
            ("a/b".into(), FileNameError::Forbidden('/')),
            ("c:".into(), FileNameError::Forbidden(':')),
            ("a\0".into(), FileNameError::Forbidden('\0')),
            ("a\tb".into(), FileNameError::Forbidden('\t')),
            ("a\u{1f}b".into(), FileNameError::Forbidden('\u{1f}')),
        ];
        for (name, why) in table {
            assert_eq!(check_filename(&name), Err(why), "{name:?}");
        }
        assert_eq!(decode_filename(b"a\xFF"), Err(FileNameError::NotUtf8));
    }

    // [494-7]
    #[test]
    fn each_directional_code_point_is_refused_in_a_file_name() {
        for c in crate::text::tests::DIRECTIONAL {
            assert_eq!(
                check_filename(&format!("a{c}b")),
                Err(FileNameError::Forbidden(c))
            );
        }
    }
}
