//! Which names cs594 may register [594-20].
//!
//! Names that came from other wires are not checked here: JSON carries any of them, so they are
//! shown and addressed as they are.

use thiserror::Error;

/// The longest name that a cs594 client may take for itself or for a new room, in bytes.
pub const MAX_NAME: usize = 20;

/// Why a name is refused (error 201).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    /// The name has no character.
    #[error("the name is empty")]
    Empty,
    /// The name has more than [`MAX_NAME`] bytes.
    #[error("the name is longer than {MAX_NAME} characters")]
    TooLong,
    /// The name has a character outside 0x21–0x7E.
    #[error("the name holds a character that is not readable ASCII")]
    NotReadable,
}

/// Checks a name that a cs594 client wants for itself or for a room: 1 to 20 characters, each
/// readable ASCII (0x21–0x7E, so no blank) [594-20].
///
/// # Errors
/// The first rule that the name breaks.
pub fn check_own_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(NameError::NotReadable);
    }
    if name.len() > MAX_NAME {
        return Err(NameError::TooLong);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    // [594-20]
    #[test]
    fn names_are_1_to_20_readable_ascii() {
        for good in ["a", "!", "~", "12345678901234567890", "a\"b\\c", "{}"] {
            assert_eq!(check_own_name(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("", NameError::Empty),
            ("123456789012345678901", NameError::TooLong),
            ("a b", NameError::NotReadable),
            ("a\n", NameError::NotReadable),
            ("a\u{7f}", NameError::NotReadable),
            ("é", NameError::NotReadable),
        ] {
            assert_eq!(check_own_name(bad), Err(why), "{bad:?}");
        }
    }
}
