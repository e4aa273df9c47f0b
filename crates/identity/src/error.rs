//! What can be wrong with a key, a signature, a name or a location: one enum for each operation.

use crate::packets::MAX_KEY_BYTES;

/// Why a public key is not taken as a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Longer than anything RetroShare can send.
    #[error("the key is longer than {MAX_KEY_BYTES} bytes")]
    TooLong,
    /// Text without an armoured public key.
    #[error("this is no armoured OpenPGP key, or it is damaged")]
    NotArmored,
    /// Bytes that are no packets, or are cut off.
    #[error("the key is cut off or is no OpenPGP key")]
    NotPackets,
    /// Packets that do not start with a public key.
    #[error("there is no public key in it")]
    NoKey,
    /// Somebody's secret; it is not looked at any further.
    #[error("this is a secret key, where a public one belongs")]
    SecretKey,
    /// RetroShare knows one key a profile.
    #[error("there is more than one key in it")]
    MoreThanOneKey,
    /// Every id of RetroShare is made for the fingerprints of version 4.
    #[error("the key is of OpenPGP version {0}, and only version 4 can be used")]
    Version(u8),
    /// Numbers that make no key.
    #[error("the key itself is damaged")]
    Damaged,
    /// A modulus that can be factored at home.
    #[error("the key has {0} bits, fewer than the {min} that are the least", min = crate::MIN_RSA_BITS)]
    TooWeak(usize),
    /// A modulus that takes others long to check signatures with.
    #[error("the key has {0} bits, more than the {max} that are the most", max = crate::MAX_RSA_BITS)]
    TooLarge(usize),
    /// A public exponent that nobody uses, and that takes others long to check signatures with.
    #[error("the key's public exponent is not between 3 and 65537")]
    Exponent,
    /// Its numbers would have to be proved to be a key at all.
    #[error("the key is DSA, which is not supported; its owner needs a profile with an RSA key")]
    Dsa,
    /// A key without a name.
    #[error("the key has no name (user id)")]
    NoUserId,
    /// A name that is no name.
    #[error("the key's name (user id) is longer than {max} bytes", max = crate::MAX_USER_ID)]
    UserIdTooLong,
    /// Nobody has shown that name and key belong together.
    #[error("the key has no valid signature of its own on its name")]
    NoSelfSignature,
    /// Its owner has withdrawn it.
    #[error("the key was revoked by its owner")]
    Revoked,
}

/// Why a signature is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not exactly one signature packet.
    #[error("this is not one OpenPGP signature")]
    NotASignature,
    /// Only version 4.
    #[error("the signature is of version {0}, not 4")]
    Version(u8),
    /// Not one over a document's bytes.
    #[error("the signature is of type {0:#04x}, not over a document")]
    Type(u8),
    /// Not RSA, or not what the key is.
    #[error("the signature's algorithm cannot be used here")]
    Algorithm,
    /// Neither SHA-1 nor SHA-256 nor SHA-512.
    #[error("the signature's hash function cannot be used here")]
    Hash,
    /// Bytes beside the signed ones that could be changed without breaking it. They would give the
    /// same location a second id.
    #[error("the signature carries bytes that it does not protect")]
    Loose,
    /// It names another key.
    #[error("the signature was made by another key")]
    OtherKey,
    /// Right key, wrong document, or a damaged signature.
    #[error("the signature does not fit what it should sign")]
    Mismatch,
}

/// Why a location certificate is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LocationRefused {
    /// The certificate names another profile.
    #[error("the location belongs to another profile")]
    OtherProfile,
    /// The profile's signature on it does not hold.
    #[error("the profile has not signed this location: {0}")]
    Signature(#[from] SignatureError),
}

/// Why a name or an address cannot be that of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or nothing but spaces.
    #[error("the name is empty")]
    Empty,
    /// Longer than other programs accept.
    #[error("the name is longer than {max} bytes", max = crate::MAX_NAME)]
    TooLong,
    /// A character that ends a name inside the key, or cannot be shown.
    #[error("the name must not contain {0:?}")]
    Character(char),
    /// A space that no other program would show.
    #[error("the name must not start or end with a space")]
    Space,
    /// An e-mail address that is too long.
    #[error("the e-mail address is longer than {max} bytes", max = crate::MAX_EMAIL)]
    EmailTooLong,
    /// A character that cannot be in an e-mail address here.
    #[error("the e-mail address must not contain {0:?}")]
    EmailCharacter(char),
}

/// Why a new key could not be made or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// See [`NameError`].
    #[error(transparent)]
    Name(#[from] NameError),
    /// The passphrase cannot protect anything, or is too long.
    #[error("the passphrase must have 1 to {max} bytes", max = crate::MAX_PASSPHRASE)]
    Passphrase,
    /// The key that should be certified has reached its bound.
    #[error("the key holds as many signatures as are kept")]
    Full,
    /// The libraries beneath refused; it is a fault of ours.
    #[error("the cryptography failed: {0}")]
    Crypto(String),
}

/// Why text is not taken as one's own secret key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Longer than a key of ours could be.
    #[error("the text is longer than {max} bytes", max = crate::MAX_ARMORED)]
    TooLong,
    /// No armour, or a damaged one.
    #[error("this is no armoured OpenPGP key, or it is damaged")]
    NotArmored,
    /// A public key.
    #[error("this is a public key; the secret one is needed")]
    NotSecret,
    /// An export in which the secret of the primary key was left out.
    #[error("the secret part of the main key is not in it, only that of subkeys")]
    SecretMissing,
    /// Several keys: which one is meant is not ours to guess.
    #[error("there is more than one key in it; export only one")]
    MoreThanOneKey,
    /// Version 3, 5, 6.
    #[error("the key is of OpenPGP version {0}, and only version 4 can be used")]
    Version(u8),
    /// RetroShare knows RSA only.
    #[error("the key is not RSA, and other profiles could not check its signatures")]
    NotRsa,
    /// The passphrase does not open it.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// Protected in a way that is not known here.
    #[error("the key is protected in a way that is not supported")]
    Protection,
    /// Secret and public part do not belong together.
    #[error("the secret key is damaged")]
    Damaged,
    /// The public part is no profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

/// Why a sealed TLS key does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// The passphrase is no message that was encrypted to this profile.
    #[error("the location's passphrase is damaged or belongs to another profile")]
    Passphrase,
    /// The key does not open with it.
    #[error("the location's key is damaged or does not belong to its passphrase")]
    Key,
    /// It opens, and is no RSA key of 2048 to 4096 bits.
    #[error("the location's key is no RSA key of 2048 to 4096 bits")]
    NotRsa,
}
