//! Who a friend is: OpenPGP profiles, the locations they sign, and their secrets at rest.
//!
//! A *profile* is a person: one OpenPGP key of version 4, RSA, without subkeys ([`ProfileKey`] with
//! its secret, [`PublicProfile`] without). A *location* is one of their machines: a TLS key
//! ([`TlsSecret`]) and a certificate that the profile signed ([`ProfileKey::sign_location`],
//! [`verify_location`]). One profile may have many locations.
//!
//! Bytes and text in, bytes and text out: files, time and randomness are the caller's.
//!
//! | file | what |
//! |---|---|
//! | `profile`, `block`, `signatures` | what is taken of a foreign key, and what its signatures prove |
//! | `key` | making a profile, signing with it |
//! | `location` | certificates of machines |
//! | `secret` | the profile at rest, export and import |
//! | `tls` | a machine's TLS key, and how it is kept |
//! | `name` | names and addresses in keys |
//! | `packets`, `armor` | OpenPGP's two outer forms |
//!
//! # How we deviate
//!
//! - A signature may carry nothing that it does not protect but who made it. RetroShare makes a location's id from the
//!   bytes of its signature, so loose bytes would give one machine many ids.
//! - A key that its owner revoked is refused; RetroShare does not look.
//! - RSA below 1024 bits or above 4096 is refused, and so are public exponents above 65537: a friend passes on keys of
//!   others, and each is checked.
//! - DSA is refused: a key made of wrong numbers signs whatever it is wanted to.
//!
//! Read on in `profile`, then `location`.

mod armor;
mod block;
mod error;
mod key;
mod location;
mod name;
mod packets;
mod profile;
mod secret;
mod signatures;
mod tls;

pub use armor::MAX_ARMORED;
pub use block::{MAX_RSA_BITS, MIN_RSA_BITS};
pub use error::{
    ImportError, KeyError, LocationRefused, NameError, ProfileError, SignatureError, UnsealError,
};
pub use key::{KeyBits, ProfileKey};
pub use location::{claimed_fingerprint, verify_location};
pub use name::{MAX_EMAIL, MAX_NAME, MAX_USER_ID, check_name};
pub use packets::{MAX_KEY_BYTES, fingerprint_of};
pub use profile::{Algorithm, PublicProfile};
pub use secret::MAX_PASSPHRASE;
pub use tls::{SealedTls, TlsSecret};
