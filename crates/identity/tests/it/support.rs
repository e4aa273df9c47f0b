//! The three people of `tests/keys`, and random numbers that are the same in every run.

use std::sync::LazyLock;

use identity::{ProfileKey, PublicProfile, SealedTls, TlsSecret};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use wire_retroshare::LocationCertificate;

/// What locks the keys in `tests/keys`.
pub(crate) const PASSPHRASE: &str = "test";

/// When the keys in `tests/keys` were made: 2024-01-01.
pub(crate) const MADE: u32 = 1_704_067_200;

/// A person of `tests/keys`, opened once for all tests: opening is slow on purpose.
pub(crate) struct Person {
    pub(crate) profile: ProfileKey,
    pub(crate) sealed: SealedTls,
    pub(crate) tls: TlsSecret,
    pub(crate) location: LocationCertificate,
}

impl Person {
    fn open(asc: &str, pem: &str, message: &str, der: &[u8]) -> Self {
        let profile = ProfileKey::from_armored(asc, PASSPHRASE).unwrap();
        let sealed = SealedTls {
            pem: pem.to_owned(),
            passphrase_message: message.to_owned(),
        };
        Self {
            tls: TlsSecret::open(&sealed, &profile).unwrap(),
            location: LocationCertificate::parse(der).unwrap(),
            profile,
            sealed,
        }
    }

    pub(crate) fn public(&self) -> &PublicProfile {
        self.profile.public()
    }
}

macro_rules! person {
    ($name:ident, $file:literal) => {
        pub(crate) static $name: LazyLock<Person> = LazyLock::new(|| {
            Person::open(
                include_str!(concat!("../keys/", $file, ".asc")),
                include_str!(concat!("../keys/", $file, ".tls.pem")),
                include_str!(concat!("../keys/", $file, ".tls.pgp")),
                include_bytes!(concat!("../keys/", $file, ".der")),
            )
        });
    };
}

person!(ANA, "ana");
person!(BEA, "bea");
person!(CYD, "cyd");

pub(crate) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// A value of `tests/vectors/identity.txt`, bytes that real nodes made or accepted.
pub(crate) fn vector(name: &str) -> &'static str {
    include_str!("../vectors/identity.txt")
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        .unwrap_or_else(|| panic!("no vector {name}"))
}
