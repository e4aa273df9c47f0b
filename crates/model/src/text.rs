//! What people write, in the form every wire can be made to carry [HUB-5].

use std::fmt;
use std::sync::Arc;

use crate::name::is_directional;

/// Bytes in one message, at most [HUB-5]: what cs494 carries with its NUL.
pub const MAX_TEXT_BYTES: usize = 11_998;

/// Why a string is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// There is nothing in it.
    #[error("a message needs at least one character")]
    Empty,
    /// More than [`MAX_TEXT_BYTES`] after adaptation.
    #[error("the message is longer than 11,998 bytes")]
    TooLong,
}

/// A message's text: not empty, at most [`MAX_TEXT_BYTES`], no control character but tab and line
/// feed, nothing directional.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(Arc<str>);

impl Text {
    /// Takes `raw`, putting U+FFFD for each character that may not pass and `\n` for `\r\n` and
    /// a lone `\r` [HUB-5].
    ///
    /// # Errors
    /// [`TextError`] where nothing is left to say or it is too long.
    pub fn adapt(raw: &str) -> Result<Self, TextError> {
        if raw.is_empty() {
            return Err(TextError::Empty);
        }
        if raw.len() > 4 * MAX_TEXT_BYTES {
            return Err(TextError::TooLong);
        }
        if is_plain(raw) {
            if raw.len() > MAX_TEXT_BYTES {
                return Err(TextError::TooLong);
            }
            return Ok(Self(Arc::from(raw)));
        }
        let mut adapted = String::with_capacity(raw.len());
        let mut previous = ' ';
        for c in raw.chars() {
            match c {
                '\n' if previous == '\r' => {}
                '\r' => adapted.push('\n'),
                '\t' | '\n' => adapted.push(c),
                c if c < ' ' || is_directional(c) => adapted.push(char::REPLACEMENT_CHARACTER),
                c => adapted.push(c),
            }
            previous = c;
        }
        if adapted.len() > MAX_TEXT_BYTES {
            return Err(TextError::TooLong);
        }
        Ok(Self(Arc::from(adapted)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `raw` passes as it is. The common case, so a scan of bytes: every forbidden character
/// is below 0x20 or begins with 0xE2 or 0xD8.
fn is_plain(raw: &str) -> bool {
    // Without an early end, so that many bytes are looked at at once.
    let suspicious = |b: u8| ((b < 0x20) & (b != b'\t') & (b != b'\n')) | (b == 0xE2) | (b == 0xD8);
    !raw.bytes().fold(false, |found, b| found | suspicious(b))
        || !raw
            .chars()
            .any(|c| (c < ' ' && c != '\t' && c != '\n') || is_directional(c))
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Shows only the length: message text stays out of logs [HUB-13].
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapt(raw: &str) -> Result<String, TextError> {
        Text::adapt(raw).map(|t| t.as_str().to_string())
    }

    #[test]
    fn what_a_wire_may_not_carry_is_replaced() {
        // [HUB-5]
        assert_eq!(adapt("plain é 日本 \t ok"), Ok("plain é 日本 \t ok".into()));
        assert_eq!(adapt("a\u{1b}[31mb"), Ok("a\u{FFFD}[31mb".into()));
        assert_eq!(adapt("a\u{202E}b\u{61C}"), Ok("a\u{FFFD}b\u{FFFD}".into()));
        assert_eq!(adapt("a\u{0}b"), Ok("a\u{FFFD}b".into()));
        assert_eq!(
            adapt("one\r\ntwo\rthree\nfour"),
            Ok("one\ntwo\nthree\nfour".into())
        );
        assert_eq!(adapt("“quoted” – ؟"), Ok("“quoted” – ؟".into()));
    }

    #[test]
    fn the_bound_is_11998_bytes_after_adaptation() {
        // [HUB-5]
        assert!(adapt(&"x".repeat(MAX_TEXT_BYTES)).is_ok());
        assert_eq!(
            adapt(&"x".repeat(MAX_TEXT_BYTES + 1)),
            Err(TextError::TooLong)
        );
        assert_eq!(adapt(&"\u{1}".repeat(4_000)), Err(TextError::TooLong));
        assert_eq!(adapt(""), Err(TextError::Empty));
    }

    #[test]
    fn debug_hides_the_text() {
        // [HUB-13]
        assert_eq!(
            format!("{:?}", Text::adapt("secret").unwrap()),
            "Text(6 bytes)"
        );
    }
}
