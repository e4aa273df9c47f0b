//! Names: parsed once, legal ever after.
//!
//! The hub's rule is the widest of its wires [494-5]: 1–32 code points above U+0020, no directional
//! ones, at most 64 bytes of UTF-8. Names are held in NFC, so equality is the comparison of [HUB-1].

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use unicode_normalization::{UnicodeNormalization, is_nfc_quick};

/// Code points in a user's or room's name, at most.
const MAX_NAME_CHARS: usize = 32;
/// Bytes in a user's or room's name, at most: the width of cs494's field.
const MAX_NAME_BYTES: usize = 64;
/// Bytes in a name of another network, at most: four times the longest there is (a DNS label).
const MAX_FOREIGN_BYTES: usize = 255;
/// Bytes in a file's name, at most [494-7].
const MAX_FILE_NAME_BYTES: usize = 1023;
/// Bytes in a file, at most: cs494 announces the size as a u32.
pub const MAX_FILE_SIZE: u64 = u32::MAX as u64;

/// Why a string is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is nothing in it.
    #[error("a name needs at least one character")]
    Empty,
    /// More than 32 characters or 64 bytes (a file's: 1,023 bytes).
    #[error("the name is too long")]
    TooLong,
    /// A blank, control or directional character, or one that a file name may not hold.
    #[error("the name holds the character U+{:04X}, which names may not hold", *.0 as u32)]
    Forbidden(char),
    /// It begins with `~`, which marks aliases [CP-15].
    #[error("names that begin with ~ are reserved")]
    Reserved,
}

/// Whether `c` is one of the characters that change the direction of text: U+202A–202E,
/// U+2066–2069, U+200E, U+200F, U+061C.
pub fn is_directional(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}')
}

fn checked(raw: &str) -> Result<Arc<str>, NameError> {
    if raw.len() > 4 * MAX_NAME_BYTES {
        return Err(NameError::TooLong);
    }
    if raw.is_ascii() {
        let plain = raw.bytes().fold(true, |plain, b| plain & (b > b' '));
        if !plain || raw.is_empty() || raw.len() > MAX_NAME_CHARS {
            check_chars(raw)?;
        }
        return Ok(Arc::from(raw));
    }
    if is_nfc_quick(raw.chars()) == unicode_normalization::IsNormalized::Yes {
        check_chars(raw)?;
        return Ok(Arc::from(raw));
    }
    let composed: String = raw.nfc().collect();
    check_chars(&composed)?;
    Ok(Arc::from(composed))
}

fn check_chars(name: &str) -> Result<(), NameError> {
    let mut count = 0;
    for c in name.chars() {
        if c <= ' ' || is_directional(c) {
            return Err(NameError::Forbidden(c));
        }
        count += 1;
    }
    match count {
        0 => Err(NameError::Empty),
        n if n > MAX_NAME_CHARS || name.len() > MAX_NAME_BYTES => Err(NameError::TooLong),
        _ => Ok(()),
    }
}

/// A person's name: the hub's rule with [`parse`](Self::parse), another network's own with
/// [`foreign`](Self::foreign).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserName(Arc<str>);

impl UserName {
    /// Checks `raw` and brings it to NFC.
    ///
    /// # Errors
    /// [`NameError`] where it is empty, too long, holds a forbidden character or begins with `~`.
    pub fn parse(raw: &str) -> Result<Self, NameError> {
        if raw.starts_with('~') {
            return Err(NameError::Reserved);
        }
        checked(raw).map(Self)
    }

    /// Takes `raw` exactly as another network has it: 1–255 bytes of anything [LAN-15]. Such names
    /// are compared byte by byte and never reach a wire of the hub.
    ///
    /// # Errors
    /// [`NameError::Empty`] and [`NameError::TooLong`].
    pub fn foreign(raw: &str) -> Result<Self, NameError> {
        match raw.len() {
            0 => Err(NameError::Empty),
            1..=MAX_FOREIGN_BYTES => Ok(Self(Arc::from(raw))),
            _ => Err(NameError::TooLong),
        }
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two names share when people would confuse them: equal after case folding [HUB-1].
    pub fn fold(&self) -> String {
        if self.0.is_ascii() {
            return self.0.to_ascii_lowercase();
        }
        // Upper then lower also joins ß/ss, ſ/s and final sigma; a dependency would add the rest.
        self.0
            .nfkc()
            .collect::<String>()
            .to_uppercase()
            .to_lowercase()
    }

    /// The stable stand-in of at most 10 bytes where a wire cannot carry the name [CP-15].
    pub fn alias(&self) -> Alias {
        const DIGITS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let digest = Sha256::digest(self.0.as_bytes());
        let mut alias = String::with_capacity(Alias::BYTES);
        alias.push('~');
        for byte in digest.iter().take(Alias::BYTES - 1) {
            alias.push(char::from(DIGITS[usize::from(byte & 31)]));
        }
        Alias(Arc::from(alias))
    }
}

/// `~` and nine characters made from a name by SHA-256: the same on every hub, after every restart.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Alias(Arc<str>);

impl Alias {
    /// Its length in bytes.
    pub const BYTES: usize = 10;

    /// Takes `raw` for an alias if it has an alias's form.
    pub fn parse(raw: &str) -> Option<Self> {
        let legal = raw.len() == Self::BYTES
            && raw.starts_with('~')
            && raw[1..]
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        legal.then(|| Self(Arc::from(raw)))
    }

    /// The alias as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A room's name on the hub.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomName(Arc<str>);

impl RoomName {
    /// Checks `raw` and brings it to NFC.
    ///
    /// # Errors
    /// [`NameError`] where it is empty, too long or holds a forbidden character.
    pub fn parse(raw: &str) -> Result<Self, NameError> {
        checked(raw).map(Self)
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a file that is offered: never a path [494-7].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileName(Arc<str>);

impl FileName {
    /// Checks `raw`: 1–1,023 bytes, no control or directional character, no `/` and no `:`, no
    /// space at either end, neither `.` nor `..`.
    ///
    /// # Errors
    /// [`NameError`] naming what is wrong.
    pub fn parse(raw: &str) -> Result<Self, NameError> {
        if raw.is_empty() {
            return Err(NameError::Empty);
        }
        if raw.len() > MAX_FILE_NAME_BYTES {
            return Err(NameError::TooLong);
        }
        if raw.starts_with(' ') || raw.ends_with(' ') {
            return Err(NameError::Forbidden(' '));
        }
        if let Some(c) = raw
            .chars()
            .find(|&c| c < ' ' || is_directional(c) || matches!(c, ':' | '/'))
        {
            return Err(NameError::Forbidden(c));
        }
        if raw == "." || raw == ".." {
            return Err(NameError::Forbidden('.'));
        }
        Ok(Self(Arc::from(raw)))
    }

    /// The name as it was offered.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! shown_as_its_text {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), &*self.0)
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}
shown_as_its_text!(UserName, Alias, RoomName, FileName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_widest_wire() {
        // [494-5]
        let ok = [
            "a",
            "Ana",
            "日本",
            "bo:b",
            &"x".repeat(32),
            &"é".repeat(32),
            &"𝄞".repeat(16),
        ];
        for name in ok {
            assert_eq!(
                UserName::parse(name).map(|n| n.to_string()),
                Ok(name.to_string())
            );
        }
        let bad = [
            ("", NameError::Empty),
            (" ", NameError::Forbidden(' ')),
            ("a b", NameError::Forbidden(' ')),
            ("a\u{202E}b", NameError::Forbidden('\u{202E}')),
            ("a\u{0}", NameError::Forbidden('\u{0}')),
            ("~ana", NameError::Reserved),
        ];
        for (name, error) in bad {
            assert_eq!(UserName::parse(name), Err(error), "{name:?}");
        }
        for name in [&"x".repeat(33), &"𝄞".repeat(17), &"x".repeat(5000)] {
            assert_eq!(UserName::parse(name), Err(NameError::TooLong));
        }
        assert!(RoomName::parse("~room").is_ok());
    }

    #[test]
    fn names_of_other_networks_stay_as_they_are() {
        // [LAN-15]
        for name in [
            "john.doe@Johns-MacBook",
            "dävé smith@box (2)",
            "Ame\u{301}lie",
            "\u{202e}x",
        ] {
            assert_eq!(UserName::foreign(name).unwrap().as_str(), name);
        }
        assert_eq!(UserName::foreign(""), Err(NameError::Empty));
        assert_eq!(UserName::foreign(&"x".repeat(256)), Err(NameError::TooLong));
    }

    #[test]
    fn names_compare_after_composition_and_by_case() {
        // [HUB-1]
        let one = UserName::parse("Ame\u{301}lie").unwrap();
        let other = UserName::parse("Am\u{e9}lie").unwrap();
        assert_eq!(one, other);
        assert_ne!(
            UserName::parse("ana").unwrap(),
            UserName::parse("Ana").unwrap()
        );
        assert_eq!(
            UserName::parse("ana").unwrap().fold(),
            UserName::parse("ANA").unwrap().fold()
        );
        assert_eq!(
            UserName::parse("straße").unwrap().fold(),
            UserName::parse("STRASSE").unwrap().fold()
        );
        assert_ne!(
            UserName::parse("ana").unwrap().fold(),
            UserName::parse("anna").unwrap().fold()
        );
    }

    #[test]
    fn an_alias_is_stable_and_fits_ten_bytes() {
        // [CP-15]
        let name = UserName::parse("a-name-that-is-long").unwrap();
        assert_eq!(name.alias(), name.alias());
        assert_eq!(Alias::parse(name.alias().as_str()), Some(name.alias()));
        assert_eq!(name.alias().as_str().len(), Alias::BYTES);
        assert_ne!(
            name.alias(),
            UserName::parse("b-name-that-is-long").unwrap().alias()
        );
        for bad in [
            "",
            "~",
            "abcdefghij",
            "~ABCDEFGHI",
            "~abcdefgh",
            "~abcdefghé",
        ] {
            assert_eq!(Alias::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn file_names_are_never_paths() {
        // [494-7]
        for ok in [
            "a",
            "my file.txt",
            "日本.pdf",
            &"x".repeat(1023),
            ".profile",
        ] {
            assert!(FileName::parse(ok).is_ok(), "{ok:?}");
        }
        for bad in [
            "",
            "a/b",
            "a:b",
            " a",
            "a ",
            ".",
            "..",
            "a\u{0}",
            "a\nb",
            "\u{200F}a",
            &"x".repeat(1024),
        ] {
            assert!(FileName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
