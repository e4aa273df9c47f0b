//! `tincan friends init`, `import`, `export`: profiles [RS-1].

use std::fs::{File, OpenOptions};
use std::io::{Read, Write as _};
use std::path::Path;

use anyhow::{Context, bail};
use identity::{KeyBits, ProfileKey};
use indicatif::ProgressBar;
use model::Secret;
use node::friends::{FriendsError, Init, Step};

use super::passphrase;
use super::place::folder;
use crate::args::{Bits, FriendsPlaceArgs, InitArgs};
use crate::client::escape::visible;
use crate::client::lan::settings::{system_machine, system_user};
use crate::print;

/// What one is called where the system does not know.
const NOBODY: &str = "someone";
/// Bytes of an exported key, at most: one with very many signatures.
const MAX_KEY: u64 = 4 << 20;

/// Makes a profile, or takes one over with `--key`.
///
/// # Errors
/// There is one, or it cannot be made; nothing was changed.
pub(super) async fn init(place: &FriendsPlaceArgs, args: &InitArgs) -> anyhow::Result<()> {
    if let Some(key) = &args.key {
        return import(place, key, args.location.as_deref(), args.bits).await;
    }
    let folder = vacant(place)?;
    let name = args.name.clone().or_else(system_user);
    let name = name.unwrap_or_else(|| NOBODY.into());
    // Wrong names are told before anybody thinks of a passphrase.
    identity::check_name(&name).context("--name NAME gives another name")?;
    let wish = Init {
        name,
        email: args.email.clone(),
        location: args.location.clone().unwrap_or_else(system_machine),
        bits: bits(args.bits),
        passphrase: passphrase::new()?,
        imported: None,
    };
    make(&folder, wish).await
}

/// Makes this machine another one of a profile's.
///
/// # Errors
/// There is a profile, or the file holds none; nothing was changed.
pub(super) async fn import(
    place: &FriendsPlaceArgs,
    file: &Path,
    location: Option<&str>,
    length: Bits,
) -> anyhow::Result<()> {
    let folder = vacant(place)?;
    let key = read_key(file)?;
    let passphrase = match needed(&key)? {
        Needed::Known => passphrase::of(&format!("the key in {}", file.display()))?,
        Needed::New => {
            print::note(format_args!(
                "the key in {} is not locked with a passphrase; here it will be",
                file.display()
            ));
            passphrase::new()?
        }
    };
    let wish = Init {
        name: String::new(),
        email: None,
        location: location.map_or_else(system_machine, str::to_owned),
        bits: bits(length),
        passphrase,
        imported: Some(key),
    };
    make(&folder, wish).await
}

/// Which passphrase an imported key needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needed {
    /// The one that it is locked with.
    Known,
    /// One that is thought of now, since anything would open the key: a slip of the finger must not lock it.
    New,
}

/// What is wrong with a key is told before anybody types a passphrase.
fn needed(key: &Secret) -> anyhow::Result<Needed> {
    match ProfileKey::is_locked(key.expose()) {
        Ok(true) => Ok(Needed::Known),
        Ok(false) => Ok(Needed::New),
        Err(error) => Err(FriendsError::Import(error).into()),
    }
}

async fn make(folder: &Path, wish: Init) -> anyhow::Result<()> {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    let told = bar.clone();
    let progress = move |step| {
        told.set_message(match step {
            Step::Keys => "making keys, which takes up to a minute",
            Step::Signing => "signing this machine's certificate",
            Step::Writing => "writing",
        });
    };
    let place = folder.to_owned();
    // It may be interrupted: nothing counts before the last file is written.
    let made = tokio::task::spawn_blocking(move || node::friends::init(&place, &wish, &progress));
    let made = made.await.context("cannot make a profile")?;
    bar.finish_and_clear();
    made?;
    let profile = node::friends::profile(folder)?;
    print::output(format_args!(
        "{}  {}",
        visible(profile.name()),
        profile.fingerprint()
    ))?;
    print::note(format_args!(
        "your profile is in {}; keep a copy of `tincan friends export --secret` and the passphrase, \
         nobody can bring them back. `tincan friends invite` prints what a friend needs",
        folder.display()
    ));
    Ok(())
}

/// Prints or writes the profile's key.
///
/// # Errors
/// There is none, the passphrase is wrong, or the file exists.
pub(super) fn export(
    place: &FriendsPlaceArgs,
    is_secret: bool,
    file: Option<&Path>,
) -> anyhow::Result<()> {
    let folder = folder(place)?;
    let profile = node::friends::profile(&folder)?;
    let text = if is_secret {
        let passphrase = passphrase::of(profile.name())?;
        node::friends::export_secret(&folder, passphrase.expose())?
    } else {
        Secret::new(profile.to_armored())
    };
    let Some(path) = file else {
        return Ok(print::output(text.expose())?);
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.expose().as_bytes())?;
        file.sync_all()
    });
    written.with_context(|| format!("cannot write the key to a new file {}", path.display()))
}

/// The folder, in which there is no profile yet.
fn vacant(place: &FriendsPlaceArgs) -> anyhow::Result<std::path::PathBuf> {
    let folder = folder(place)?;
    if node::friends::exists(&folder) {
        return Err(FriendsError::Exists(folder).into());
    }
    Ok(folder)
}

fn read_key(path: &Path) -> anyhow::Result<Secret> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MAX_KEY + 1).read_to_string(&mut text))
        .with_context(|| format!("cannot read the key in {}", path.display()))?;
    if text.len() as u64 > MAX_KEY {
        bail!("{} is too large for a key", path.display());
    }
    Ok(Secret::new(text))
}

fn bits(bits: Bits) -> KeyBits {
    match bits {
        Bits::Short => KeyBits::Rsa2048,
        Bits::Longer => KeyBits::Rsa3072,
        Bits::Usual => KeyBits::Rsa4096,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // [RS-1]
    #[test]
    fn a_key_that_anything_opens_needs_a_new_passphrase() {
        let keys = [
            (
                include_str!("../../../../identity/tests/keys/ana.asc"),
                Needed::Known,
            ),
            (
                include_str!("../../../../identity/tests/keys/open.asc"),
                Needed::New,
            ),
        ];
        for (key, which) in keys {
            assert_eq!(needed(&Secret::new(key.to_owned())).unwrap(), which);
        }
        let public = include_str!("../../../../identity/tests/keys/ana.pub.asc");
        let why = needed(&Secret::new(public.to_owned())).unwrap_err();
        let why = format!("{why:#}");
        assert!(why.contains("public key"), "{why}");
    }
}
