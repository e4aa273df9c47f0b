//! Passwords at rest: Argon2id, as PHC strings [CP-13].
//!
//! Both functions take tens of milliseconds and 19 MiB on purpose: never call them on the hub's
//! loop. What an unknown name costs must be what a known one costs [CP-8]: verify against
//! [`dummy_hash`] then.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use model::Secret;

/// Memory in KiB, passes and lanes: the OWASP cheat sheet's first choice for Argon2id in 2024.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes `secret` with `salt`, which must come from a random source and be used once.
pub fn hash(secret: &Secret, salt: [u8; 16]) -> String {
    let salt = SaltString::encode_b64(&salt).expect("16 bytes are a legal salt");
    hasher()
        .hash_password(secret.expose().as_bytes(), &salt)
        .expect("any string up to 4 GiB can be hashed with the parameters above")
        .to_string()
}

/// Whether `secret` is what `phc` was made from. A string that is no hash fits no password.
pub fn verify(secret: &Secret, phc: &str) -> bool {
    PasswordHash::new(phc).is_ok_and(|hash| {
        hasher()
            .verify_password(secret.expose().as_bytes(), &hash)
            .is_ok()
    })
}

/// A hash that fits no password anybody knows and takes as long to verify as any other [CP-8].
pub fn dummy_hash() -> &'static str {
    "$argon2id$v=19$m=19456,t=2,p=1$ZHVtbXlkdW1teWR1bW15IQ$\
     bm9ib2R5IGtub3dzIHdoYXQgZ2l2ZXMgdGhpcyBoYXM"
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .expect("the constants are within Argon2's ranges");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.into())
    }

    #[test]
    fn a_hash_fits_its_password_only() {
        // [CP-13]
        let phc = hash(&secret("opensesame"), [7; 16]);
        assert!(verify(&secret("opensesame"), &phc));
        assert!(!verify(&secret("opensesamE"), &phc));
        assert!(!verify(&secret(""), &phc));
        assert!(!phc.contains("opensesame"));
        assert_ne!(phc, hash(&secret("opensesame"), [8; 16]), "the salt counts");
    }

    #[test]
    fn an_unknown_name_costs_what_a_known_one_does() {
        // [CP-8]: the same algorithm, version, parameters and length of output.
        let known = hash(&secret("x"), [1; 16]);
        let known = PasswordHash::new(&known).unwrap();
        let dummy = PasswordHash::new(dummy_hash()).unwrap();
        assert_eq!(known.algorithm, dummy.algorithm);
        assert_eq!(known.version, dummy.version);
        assert_eq!(
            Params::try_from(&known).unwrap(),
            Params::try_from(&dummy).unwrap()
        );
        assert_eq!(
            known.hash.map(|output| output.len()),
            dummy.hash.map(|output| output.len())
        );
        assert!(!verify(&secret("x"), dummy_hash()));
    }

    #[test]
    fn what_is_no_hash_fits_nothing() {
        // [HUB-9]
        for broken in ["", "x", "$argon2id$", "$argon2id$v=19$m=0,t=0,p=0$YQ$YQ"] {
            assert!(!verify(&secret(""), broken), "{broken:?}");
        }
    }
}
