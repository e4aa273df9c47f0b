//! A key taken apart: which packets are the key, its names, and the signatures on each.

use pgp::packet::{PublicKey, UserId};
use pgp::types::{KeyDetails as _, PublicParams, Tag};
use rsa::BigUint;
use rsa::traits::PublicKeyParts as _;

use crate::error::ProfileError;
use crate::name::MAX_USER_ID;
use crate::packets::{self, Raw};
use crate::signatures::{MAX_CHECKED, long_enough, names, signature, strong_enough};

/// Below this a modulus is factored by anyone who cares. RetroShare never made a key below it.
pub const MIN_RSA_BITS: usize = 1024;

/// Above this a signature costs a multiple of the time. RetroShare makes no longer key.
pub const MAX_RSA_BITS: usize = 4096;

/// The largest public exponent, which is everybody's: a larger one has no use but to make whoever checks
/// a signature work for seconds.
const MAX_EXPONENT: u32 = 65_537;

/// DSA's number among OpenPGP's algorithms.
const DSA: u8 = 17;

/// User ids looked at in search of one that the key has signed.
const MAX_USER_IDS: usize = 32;

/// A user id and the signatures that follow it.
pub(crate) struct User<'a> {
    pub(crate) id: Raw<'a>,
    pub(crate) parsed: UserId,
    pub(crate) signatures: Vec<Raw<'a>>,
}

/// A key taken apart, nothing of it verified.
pub(crate) struct Block<'a> {
    pub(crate) primary: Raw<'a>,
    /// Signatures on the key itself.
    pub(crate) direct: Vec<Raw<'a>>,
    users: Vec<User<'a>>,
}

impl<'a> Block<'a> {
    pub(crate) fn read(packets: &[Raw<'a>]) -> Result<Self, ProfileError> {
        let (&primary, rest) = packets.split_first().ok_or(ProfileError::NoKey)?;
        match primary.tag {
            packets::PUBLIC_KEY => {}
            packets::SECRET_KEY => return Err(ProfileError::SecretKey),
            _ => return Err(ProfileError::NoKey),
        }
        let mut block = Self {
            primary,
            direct: Vec::new(),
            users: Vec::new(),
        };
        // What the signatures that come next are about; not kept for subkeys and pictures.
        let mut dropping = false;
        for &packet in rest {
            match packet.tag {
                packets::PUBLIC_KEY => return Err(ProfileError::MoreThanOneKey),
                packets::SECRET_KEY | packets::SECRET_SUBKEY => {
                    return Err(ProfileError::SecretKey);
                }
                packets::PUBLIC_SUBKEY | packets::USER_ATTRIBUTE => dropping = true,
                packets::USER_ID => {
                    dropping = block.users.len() == MAX_USER_IDS;
                    if !dropping {
                        block.users.push(User::read(packet)?);
                    }
                }
                packets::SIGNATURE if !dropping => match block.users.last_mut() {
                    Some(user) => user.signatures.push(packet),
                    None => block.direct.push(packet),
                },
                _ => {}
            }
        }
        Ok(block)
    }

    /// The first user id that the key has signed, and that signature.
    pub(crate) fn signed_user(
        mut self,
        key: &PublicKey,
    ) -> Result<(User<'a>, Raw<'a>), ProfileError> {
        if self.users.is_empty() {
            return Err(ProfileError::NoUserId);
        }
        let mut left = MAX_CHECKED;
        let mut found = None;
        'users: for (at, user) in self.users.iter().enumerate() {
            for raw in &user.signatures {
                let Some(sig) = signature(raw).filter(|sig| {
                    sig.is_certification()
                        && names(sig, key)
                        && strong_enough(sig)
                        && long_enough(sig, key)
                }) else {
                    continue;
                };
                if left == 0 {
                    break 'users;
                }
                left -= 1;
                if sig
                    .verify_certification(key, Tag::UserId, &user.parsed)
                    .is_ok()
                {
                    found = Some((at, *raw));
                    break 'users;
                }
            }
        }
        let (at, own) = found.ok_or(ProfileError::NoSelfSignature)?;
        let user = self.users.swap_remove(at);
        Ok((user, own))
    }
}

impl<'a> User<'a> {
    fn read(id: Raw<'a>) -> Result<Self, ProfileError> {
        if id.body.len() > MAX_USER_ID {
            return Err(ProfileError::UserIdTooLong);
        }
        Ok(Self {
            parsed: UserId::try_from_reader(id.header(), id.body)
                .map_err(|_| ProfileError::Damaged)?,
            id,
            signatures: Vec::new(),
        })
    }
}

/// The primary key packet, checked for version, algorithm and strength.
///
/// DSA is refused: its numbers are the owner's choice, and with those that are no DSA key a signature can be
/// made up of any bytes. To tell such keys apart would take proofs that two numbers of each are prime, for profiles
/// that are as old as RetroShare's first years.
pub(crate) fn primary_key(raw: Raw<'_>) -> Result<PublicKey, ProfileError> {
    match raw.body {
        // Version, four bytes of time, algorithm.
        [4, _, _, _, _, DSA, ..] => return Err(ProfileError::Dsa),
        [4, ..] => {}
        [version, ..] => return Err(ProfileError::Version(*version)),
        [] => return Err(ProfileError::Damaged),
    }
    let key =
        PublicKey::try_from_reader(raw.header(), raw.body).map_err(|_| ProfileError::Damaged)?;
    // rPGP ignores what follows the numbers, while the fingerprint covers it.
    if pgp::ser::Serialize::to_bytes(&key).ok().as_deref() != Some(raw.body) {
        return Err(ProfileError::Damaged);
    }
    if let PublicParams::RSA(rsa) = key.public_params() {
        let bits = rsa.key.n().bits();
        if bits < MIN_RSA_BITS {
            return Err(ProfileError::TooWeak(bits));
        }
        if bits > MAX_RSA_BITS {
            return Err(ProfileError::TooLarge(bits));
        }
        let exponent = rsa.key.e();
        if *exponent < BigUint::from(3_u8) || *exponent > BigUint::from(MAX_EXPONENT) {
            return Err(ProfileError::Exponent);
        }
    }
    Ok(key)
}
