//! Our identity on disk [RS-1]: made once, for the owner only, secrets locked with one passphrase.
//!
//! | file | what |
//! |---|---|
//! | `profile.asc` | the profile's secret key, armoured, locked with the passphrase |
//! | `profile.pub` | its public half, as packets |
//! | `location.der` | this machine's certificate; signing it anew would make another machine |
//! | `tls.pem`, `tls.pgp` | this machine's TLS key, and the passphrase of that for the profile |
//! | `location.json` | what this machine is called, and its port |
//!
//! `profile.asc` is written last: where it is, the others are.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use identity::{
    ImportError, KeyBits, KeyError, ProfileKey, PublicProfile, SealedTls, TlsSecret, check_name,
    verify_location,
};
use model::Secret;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use wire_retroshare::LocationCertificate;
use zeroize::Zeroizing;

use super::FriendsError;
use crate::folder;

/// The port of the seed, and ours [RS-6].
pub const DEFAULT_PORT: u16 = 7812;
/// Bytes in the name of a location; RetroShare's names are not longer.
const MAX_LOCATION: usize = 64;
/// Bytes of one of our files, at most: the largest is the armoured key.
const MAX_FILE: u64 = 4 * 1024 * 1024;
/// Seconds that a new key, and what it signs while it is made, are dated back: a program whose clock is
/// behind ours takes nothing that was signed in its future. Clocks that were set at all are not a
/// day apart.
const BACKDATED: u32 = 24 * 60 * 60;

const PROFILE: &str = "profile.asc";
const PUBLIC: &str = "profile.pub";
const CERTIFICATE: &str = "location.der";
const TLS_KEY: &str = "tls.pem";
const TLS_PASSPHRASE: &str = "tls.pgp";
const ABOUT: &str = "location.json";

/// A new identity, as a person wishes it.
#[derive(Debug)]
pub struct Init {
    /// The profile's name; not looked at where a key is imported.
    pub name: String,
    /// An e-mail address in the key, which everybody sees; better none.
    pub email: Option<String>,
    /// What this machine is called.
    pub location: String,
    /// How long the keys are.
    pub bits: KeyBits,
    /// What locks the secrets; of an imported key the one that it has.
    pub passphrase: Secret,
    /// An armoured secret key to use instead of a new one.
    pub imported: Option<Secret>,
}

/// How far [`init`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The keys are being made, which takes a while.
    Keys,
    /// The profile signs the location, and the secrets are locked.
    Signing,
    /// The files are written.
    Writing,
}

/// What `location.json` holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct About {
    pub(super) name: String,
    #[serde(default = "default_port")]
    pub(super) port: u16,
}

fn default_port() -> u16 {
    DEFAULT_PORT
}

/// What is known without a passphrase.
pub(super) struct Public {
    pub(super) profile: PublicProfile,
    pub(super) certificate: LocationCertificate,
    pub(super) about: About,
}

/// Whether there is an identity in `folder`.
pub fn exists(folder: &Path) -> bool {
    folder.join(PROFILE).exists()
}

/// Makes an identity. Slow: two large primes for each key, on a thread for each.
///
/// # Errors
/// Says what is wrong with the wish, the imported key or the folder; an identity that is there is
/// never touched.
pub fn init(folder: &Path, init: &Init, progress: &dyn Fn(Step)) -> Result<(), FriendsError> {
    check(init)?;
    folder::make(folder).map_err(|error| FriendsError::io(folder, error))?;
    let _held = folder::hold(folder).map_err(|error| FriendsError::io(folder, error))?;
    vacant(folder)?;
    progress(Step::Keys);
    let (profile, tls) = make_keys(init)?;
    progress(Step::Signing);
    // A signature is never older than its key.
    let signed = backdated().max(profile.public().created_at());
    let certificate = profile.sign_location(tls.spki_der(), signed, &mut OsRng)?;
    let sealed = tls.seal(&profile, &mut OsRng)?;
    let armoured = Zeroizing::new(profile.to_armored(init.passphrase.expose(), &mut OsRng)?);
    let about = About {
        name: init.location.clone(),
        port: DEFAULT_PORT,
    };
    let about = serde_json::to_vec_pretty(&about)
        .map_err(|error| FriendsError::io(&folder.join(ABOUT), error.into()))?;
    progress(Step::Writing);
    for (name, bytes) in [
        (PUBLIC, profile.public().packets()),
        (CERTIFICATE, certificate.der()),
        (TLS_KEY, sealed.pem.as_bytes()),
        (TLS_PASSPHRASE, sealed.passphrase_message.as_bytes()),
        (ABOUT, &about),
        (PROFILE, armoured.as_bytes()),
    ] {
        let path = folder.join(name);
        folder::write(&path, bytes).map_err(|error| FriendsError::io(&path, error))?;
    }
    // The names are on disk only when the folder is; not every system opens one.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Our public key.
///
/// # Errors
/// There is none, or its file is damaged.
pub fn profile(folder: &Path) -> Result<PublicProfile, FriendsError> {
    let path = existing(folder, PUBLIC)?;
    PublicProfile::parse(&read(&path)?).map_err(|error| FriendsError::damaged(&path, &error))
}

/// Our secret key as armoured text, locked with the same passphrase as on disk [RS-1].
///
/// # Errors
/// There is none, the passphrase is wrong, or the file is damaged.
pub fn export_secret(folder: &Path, passphrase: &str) -> Result<Secret, FriendsError> {
    unlock(folder, passphrase).map(|(text, _)| text)
}

/// Signs somebody's key with ours: `key` as packets, and the same with our signature on it [RS-5].
///
/// # Errors
/// As [`export_secret`], or `key` is none.
pub fn sign(folder: &Path, passphrase: &str, key: &[u8]) -> Result<Vec<u8>, FriendsError> {
    let other = PublicProfile::parse(key).map_err(FriendsError::ForeignKey)?;
    let (_, profile) = unlock(folder, passphrase)?;
    let signed = profile.certify(&other, now_unix(), &mut OsRng)?;
    Ok(signed.packets().to_vec())
}

/// What others may know.
///
/// # Errors
/// There is no identity, or a file is damaged.
pub(super) fn public(folder: &Path) -> Result<Public, FriendsError> {
    let profile = profile(folder)?;
    let path = folder.join(CERTIFICATE);
    let certificate = LocationCertificate::parse(&read(&path)?)
        .map_err(|error| FriendsError::damaged(&path, &error))?;
    verify_location(&certificate, &profile)
        .map_err(|error| FriendsError::damaged(&path, &error))?;
    let path = folder.join(ABOUT);
    let about = serde_json::from_slice(&read(&path)?)
        .map_err(|error| FriendsError::damaged(&path, &error))?;
    Ok(Public {
        profile,
        certificate,
        about,
    })
}

/// Our TLS key. The profile's secret is needed for a moment only, and wiped.
///
/// # Errors
/// As [`export_secret`].
pub(super) fn open_tls(
    folder: &Path,
    passphrase: &str,
    certificate: &LocationCertificate,
) -> Result<TlsSecret, FriendsError> {
    let (_, profile) = unlock(folder, passphrase)?;
    let (key_path, passphrase_path) = (folder.join(TLS_KEY), folder.join(TLS_PASSPHRASE));
    let sealed = SealedTls {
        pem: read_text(&key_path)?,
        passphrase_message: read_text(&passphrase_path)?,
    };
    let tls = TlsSecret::open(&sealed, &profile).map_err(|error| {
        let path = match error {
            identity::UnsealError::Passphrase => &passphrase_path,
            identity::UnsealError::Key | identity::UnsealError::NotRsa => &key_path,
        };
        FriendsError::damaged(path, &error)
    })?;
    if certificate.subject_public_key_info() != tls.spki_der() {
        let why = "it does not belong to the key beside it";
        return Err(FriendsError::damaged(&folder.join(CERTIFICATE), &why));
    }
    Ok(tls)
}

fn unlock(folder: &Path, passphrase: &str) -> Result<(Secret, ProfileKey), FriendsError> {
    let path = existing(folder, PROFILE)?;
    #[cfg(unix)]
    for name in [PROFILE, TLS_KEY, TLS_PASSPHRASE] {
        folder::protect(&folder.join(name));
    }
    let text = Secret::new(read_text(&path)?);
    match ProfileKey::from_armored(text.expose(), passphrase) {
        Ok(key) => Ok((text, key)),
        Err(ImportError::WrongPassphrase) => Err(FriendsError::WrongPassphrase),
        Err(error) => Err(FriendsError::damaged(&path, &error)),
    }
}

fn check(init: &Init) -> Result<(), FriendsError> {
    if init.imported.is_none() {
        check_name(&init.name).map_err(KeyError::Name)?;
    }
    let name = &init.location;
    if name.trim().is_empty() || name.len() > MAX_LOCATION || name.chars().any(char::is_control) {
        return Err(FriendsError::LocationName);
    }
    if init.passphrase.expose().is_empty()
        || init.passphrase.expose().len() > identity::MAX_PASSPHRASE
    {
        return Err(KeyError::Passphrase.into());
    }
    Ok(())
}

/// Nothing that is there is written over, be it half an identity.
fn vacant(folder: &Path) -> Result<(), FriendsError> {
    if exists(folder) {
        return Err(FriendsError::Exists(folder.to_owned()));
    }
    let names = [PUBLIC, CERTIFICATE, TLS_KEY, TLS_PASSPHRASE, ABOUT];
    match names.iter().find(|name| folder.join(name).exists()) {
        Some(name) => Err(FriendsError::Half(folder.join(name))),
        None => Ok(()),
    }
}

fn make_keys(init: &Init) -> Result<(ProfileKey, TlsSecret), FriendsError> {
    let make_profile =
        || match &init.imported {
            Some(text) => ProfileKey::from_armored(text.expose(), init.passphrase.expose())
                .map_err(|error| match error {
                    ImportError::WrongPassphrase => FriendsError::WrongPassphrase,
                    other => FriendsError::Import(other),
                }),
            None => {
                let (name, email) = (&init.name, init.email.as_deref());
                ProfileKey::generate(name, email, init.bits, backdated(), &mut OsRng)
                    .map_err(FriendsError::Key)
            }
        };
    thread::scope(|scope| {
        let tls = scope.spawn(|| TlsSecret::generate(init.bits, &mut OsRng));
        // A wrong passphrase is told at once; the other thread then works for nothing.
        let profile = make_profile();
        let tls = tls.join().map_err(|_| FriendsError::Thread)?;
        Ok((profile?, tls?))
    })
}

fn existing(folder: &Path, name: &str) -> Result<PathBuf, FriendsError> {
    match exists(folder) {
        true => Ok(folder.join(name)),
        false => Err(FriendsError::NoIdentity(folder.to_owned())),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, FriendsError> {
    let size = fs::metadata(path).map_err(|error| FriendsError::io(path, error))?;
    if size.len() > MAX_FILE {
        return Err(FriendsError::damaged(path, &"it is far too large"));
    }
    fs::read(path).map_err(|error| FriendsError::io(path, error))
}

fn read_text(path: &Path) -> Result<String, FriendsError> {
    String::from_utf8(read(path)?).map_err(|_| FriendsError::damaged(path, &"it is no text"))
}

/// When a new key and its signatures say that they were made.
fn backdated() -> u32 {
    now_unix().saturating_sub(BACKDATED)
}

/// Seconds since 1970, as OpenPGP has them.
fn now_unix() -> u32 {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH);
    u32::try_from(wall.unwrap_or_default().as_secs()).unwrap_or(u32::MAX)
}
