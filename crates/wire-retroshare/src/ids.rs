//! The ids of people, machines, files and folders: plain bytes on the wire, hex in text.
//!
//! PGP ids and fingerprints are written in upper case, everything else in lower case; both are read
//! in either.

use core::fmt;
use core::str::FromStr;

use thiserror::Error;

/// Why a text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IdError {
    /// Another number of characters than the id has.
    #[error("an id of {expected} hex digits is needed, this has {found} characters")]
    Length {
        /// How many hex digits the id has.
        expected: usize,
        /// How many bytes the text has.
        found: usize,
    },
    /// A character that is no hex digit.
    #[error("an id consists of hex digits only")]
    Digit,
}

macro_rules! id {
    ($name:ident, $size:literal, $format:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $size]);

        impl $name {
            /// How many bytes it has.
            pub const SIZE: usize = $size;

            /// The id of these bytes.
            pub const fn from_bytes(bytes: [u8; $size]) -> Self {
                Self(bytes)
            }

            /// The id of these bytes, if there are exactly as many as it has.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// Its bytes, as on the wire.
            pub const fn as_bytes(&self) -> &[u8; $size] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|b| write!(f, $format, b))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let mut bytes = [0; $size];
                from_hex(text, &mut bytes)?;
                Ok(Self(bytes))
            }
        }
    };
}

id!(
    PgpId,
    8,
    "{:02X}",
    "A person: the last 8 bytes of the fingerprint of a profile's OpenPGP key."
);
id!(
    Fingerprint,
    20,
    "{:02X}",
    "The whole fingerprint of a profile's OpenPGP key (version 4, SHA-1)."
);
id!(
    LocationId,
    16,
    "{:02x}",
    "A machine of a person: RetroShare's SSL id, made from the signature in the machine's certificate."
);
id!(GxsId, 16, "{:02x}", "An identity in rooms and forums.");
id!(FileHash, 20, "{:02x}", "The SHA-1 of a whole file.");
id!(
    DirHash,
    20,
    "{:02x}",
    "A shared folder, in its owner's own numbering: the bytes mean nothing to others."
);

impl Fingerprint {
    /// The short id of the same key.
    pub fn pgp_id(&self) -> PgpId {
        let mut bytes = [0; PgpId::SIZE];
        bytes.copy_from_slice(&self.0[Self::SIZE - PgpId::SIZE..]);
        PgpId(bytes)
    }
}

impl DirHash {
    /// The folder above everything that its owner shares.
    pub const ROOT: Self = Self([0; 20]);
}

fn from_hex(text: &str, bytes: &mut [u8]) -> Result<(), IdError> {
    if text.len() != bytes.len() * 2 {
        return Err(IdError::Length {
            expected: bytes.len() * 2,
            found: text.len(),
        });
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |b: u8| char::from(b).to_digit(16).ok_or(IdError::Digit);
        let value = digit(pair[0])? * 16 + digit(pair[1])?;
        *byte = u8::try_from(value).map_err(|_| IdError::Digit)?;
    }
    Ok(())
}
