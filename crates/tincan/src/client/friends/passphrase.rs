//! The passphrase of the profile: from the environment, a prompt, or standard input's first line.
//! Never from the command line, which others on this machine can read [RS-1].

use std::io::{self, IsTerminal};

use anyhow::{Context, bail};
use model::Secret;

use crate::client::Usage;
use crate::client::escape::visible;
use crate::client::login::first_line;

/// The variable that may hold it.
const PASSPHRASE: &str = "TINCAN_PASSPHRASE";

/// The passphrase that `name`'s profile has.
///
/// # Errors
/// There is none.
pub(super) fn of(name: &str) -> anyhow::Result<Secret> {
    let name = visible(name);
    given(&format!("passphrase of {name}: "))
}

/// The passphrase, if nobody has to be asked for it.
pub(super) fn at_hand() -> Option<Secret> {
    std::env::var(PASSPHRASE).ok().map(Secret::new)
}

/// A passphrase for something new: where a person types it, twice.
///
/// # Errors
/// There is none, or the two are not the same.
pub(super) fn new() -> anyhow::Result<Secret> {
    let first = given("a passphrase for your profile: ")?;
    let is_typed = std::env::var_os(PASSPHRASE).is_none() && io::stdin().is_terminal();
    if is_typed {
        let again = prompt("the same again: ")?;
        if again.expose() != first.expose() {
            bail!("the two passphrases are not the same; nothing was made");
        }
    }
    Ok(first)
}

fn given(question: &str) -> anyhow::Result<Secret> {
    if let Some(passphrase) = at_hand() {
        return checked(passphrase);
    }
    let passphrase = if io::stdin().is_terminal() {
        prompt(question)?
    } else {
        let line = first_line(&mut io::stdin().lock());
        Secret::new(line.context("cannot read the passphrase from standard input")?)
    };
    checked(passphrase)
}

fn prompt(question: &str) -> anyhow::Result<Secret> {
    rpassword::prompt_password(question)
        .map(Secret::new)
        .with_context(|| format!("cannot ask for the passphrase; set {PASSPHRASE} instead"))
}

fn checked(passphrase: Secret) -> anyhow::Result<Secret> {
    if passphrase.expose().is_empty() {
        return Err(Usage(format!(
            "there is no passphrase; set {PASSPHRASE}, or make it the first line of standard input"
        ))
        .into());
    }
    Ok(passphrase)
}
