//! `tincan account`: who is known to the hub [CP-13].
//!
//! Works on the store beside a hub that may be running on it, which takes notice by itself [HUB-2].
//! Passwords come from a prompt or from standard input, never from the command line, and go no
//! further than their hash.

use std::io::{self, BufRead, IsTerminal, Read};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use hub::password;
use model::{Secret, Timestamp, UserName};
use rand::RngCore;
use rand::rngs::OsRng;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use store::{Account, Reader, Store, Write};

use crate::args::{AccountAction, DataArgs};
use crate::{data, print};

/// Bytes in a name that cp can carry, at most.
const CP_NAME_BYTES: usize = 10;
/// Bytes in a password that cp can carry, at most.
const CP_PASSWORD_BYTES: usize = 15;
/// Bytes read in search of a password's line end, at most: far more than any that is taken.
const MAX_PASSWORD_LINE: u64 = 4096;
/// Bytes in a certificate's file, at most.
const MAX_CERTIFICATE_FILE: u64 = 1 << 20;

/// Carries out one action.
///
/// # Errors
/// It was not done; nothing was changed.
pub(crate) fn run(action: AccountAction) -> anyhow::Result<ExitCode> {
    match action {
        AccountAction::Add {
            name,
            allow_confusable,
            data,
        } => add(&name, allow_confusable, &data)?,
        AccountAction::List { json, data } => list(json, &data)?,
        AccountAction::Remove { name, yes, data } => return remove(&name, yes, &data),
        AccountAction::Passwd { name, data } => passwd(&name, &data)?,
        AccountAction::Cert {
            name, file, data, ..
        } => cert(&name, file.as_deref(), &data)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn add(name: &str, allow_confusable: bool, data: &DataArgs) -> anyhow::Result<()> {
    let name = parse_name(name)?;
    let (folder, _) = data::folder(data)?;
    let mut store = data::open_shared(&folder)?;

    let accounts = store.reader()?.accounts()?;
    if accounts.iter().any(|other| other.name == name) {
        bail!("there is an account {name} already; `tincan account passwd {name}` changes it");
    }
    let twin = accounts
        .iter()
        .find(|other| other.name.fold() == name.fold());
    if let (Some(twin), false) = (twin, allow_confusable) {
        bail!(
            "{name} is easily confused with the account {}; choose another name, or add \
             --allow-confusable",
            twin.name
        );
    }

    let password = read_password(&name)?;
    store.commit(&[Write::PutAccount(Account {
        name: name.clone(),
        password_hash: hash(&password),
        certificate: None,
        created: now(),
    })])?;
    print::note(format_args!("added the account {name}"));
    if name.as_str().len() > CP_NAME_BYTES || name.as_str().contains(':') {
        print::note(format_args!(
            "{name} cannot sign in on cp, which takes names of at most {CP_NAME_BYTES} bytes \
             without `:`; on the other wires it can"
        ));
    }
    Ok(())
}

fn list(json: bool, data: &DataArgs) -> anyhow::Result<()> {
    let store = open_existing(data)?;
    let reader = store.reader()?;
    let accounts = reader.accounts()?;
    if accounts.is_empty() && !json {
        print::note("there are no accounts; `tincan account add NAME` makes one");
    }
    for account in accounts {
        let letters = reader.letters(&account.name)?;
        if json {
            print::output(serde_json::json!({
                "name": account.name.as_str(),
                "created": rfc3339(account.created),
                "certificate": account.certificate.as_ref().map(print::fingerprint),
                "letters": letters,
            }))?;
        } else {
            let certificate = match &account.certificate {
                Some(print) => format!("  certificate {}…", &print::fingerprint(print)[..16]),
                None => String::new(),
            };
            print::output(format_args!(
                "{}  since {}  {}{certificate}",
                account.name,
                rfc3339(account.created),
                counted(letters, "letter"),
            ))?;
        }
    }
    Ok(())
}

fn remove(name: &str, yes: bool, data: &DataArgs) -> anyhow::Result<ExitCode> {
    let name = parse_name(name)?;
    let mut store = open_existing(data)?;
    let reader = store.reader()?;
    find(&*reader, &name)?;
    let letters = counted(reader.letters(&name)?, "letter");
    let question = format!("remove the account {name} and {letters} in its mailbox? [y/N] ");
    if !yes && io::stdin().is_terminal() && !confirmed(&question)? {
        print::note("nothing was removed");
        return Ok(ExitCode::FAILURE);
    }
    store.commit(&[Write::RemoveAccount(name.clone())])?;
    print::note(format_args!("removed the account {name} and {letters}"));
    Ok(ExitCode::SUCCESS)
}

fn passwd(name: &str, data: &DataArgs) -> anyhow::Result<()> {
    let name = parse_name(name)?;
    let mut store = open_existing(data)?;
    find(&*store.reader()?, &name)?;
    let password_hash = hash(&read_password(&name)?);
    // Read again: a person may have typed for minutes.
    let account = find(&*store.reader()?, &name)?;
    store.commit(&[Write::PutAccount(Account {
        password_hash,
        ..account
    })])?;
    print::note(format_args!("{name} has a new password"));
    Ok(())
}

fn cert(name: &str, file: Option<&Path>, data: &DataArgs) -> anyhow::Result<()> {
    let name = parse_name(name)?;
    let certificate = file.map(fingerprint).transpose()?;
    let mut store = open_existing(data)?;
    let account = find(&*store.reader()?, &name)?;
    store.commit(&[Write::PutAccount(Account {
        certificate,
        ..account
    })])?;
    match certificate {
        Some(print) => print::note(format_args!(
            "the certificate {} speaks for {name}",
            print::fingerprint(&print)
        )),
        None => print::note(format_args!("no certificate speaks for {name}")),
    }
    Ok(())
}

fn parse_name(raw: &str) -> anyhow::Result<UserName> {
    UserName::parse(raw).map_err(|error| anyhow::anyhow!("{raw:?} cannot be a name: {error}"))
}

/// The store, where there is one: a mistyped folder is not to be made.
fn open_existing(data: &DataArgs) -> anyhow::Result<Box<dyn Store>> {
    let (folder, _) = data::folder(data)?;
    if !folder.is_dir() {
        bail!(
            "there is no data in {}; say where it is with --data DIR, or make the first account \
             with `tincan account add NAME`",
            folder.display()
        );
    }
    data::open_shared(&folder)
}

fn find(reader: &dyn Reader, name: &UserName) -> anyhow::Result<Account> {
    reader
        .account(name)?
        .with_context(|| format!("there is no account {name}; `tincan account list` shows all"))
}

fn confirmed(question: &str) -> anyhow::Result<bool> {
    print::ask(question);
    let mut answer = String::new();
    io::stdin().lock().take(16).read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The new password, asked for twice on a terminal, else the first line of standard input.
fn read_password(name: &UserName) -> anyhow::Result<Secret> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return checked(first_line(stdin.lock())?);
    }
    let prompt = |text: String| {
        rpassword::prompt_password(text)
            .map(Secret::new)
            .context("cannot read the password from the terminal")
    };
    let password = checked(prompt(format!("Password for {name}: "))?)?;
    let again = prompt("The same again: ".to_owned())?;
    if password.expose() != again.expose() {
        bail!("the two passwords differ; nothing was changed");
    }
    Ok(password)
}

fn first_line(input: impl BufRead) -> anyhow::Result<Secret> {
    let mut line = Vec::new();
    input
        .take(MAX_PASSWORD_LINE)
        .read_until(b'\n', &mut line)
        .context("cannot read the password from standard input")?;
    let mut line =
        String::from_utf8(line).map_err(|_| anyhow::anyhow!("the password is not UTF-8"))?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(Secret::new(line))
}

/// Refuses what could never be sent on cp, the wire that passwords are for.
fn checked(password: Secret) -> anyhow::Result<Secret> {
    let text = password.expose();
    if text.is_empty() {
        bail!(
            "the password is empty; give one on the terminal or as the first line of standard input"
        );
    }
    if text.len() > CP_PASSWORD_BYTES {
        bail!("the password is longer than {CP_PASSWORD_BYTES} bytes, which is what cp can carry");
    }
    // cp drops one space after its command.
    if text.starts_with(' ') || text.contains(char::is_control) {
        bail!(
            "the password begins with a space or holds a control character, which cp cannot carry"
        );
    }
    Ok(password)
}

fn hash(password: &Secret) -> String {
    let mut salt = [0; 16];
    OsRng.fill_bytes(&mut salt);
    password::hash(password, salt)
}

/// SHA-256 of the first certificate in the file.
fn fingerprint(file: &Path) -> anyhow::Result<[u8; 32]> {
    let shown = file.display();
    let opened = std::fs::File::open(file).with_context(|| format!("cannot read {shown}"))?;
    let mut pem = Vec::new();
    opened
        .take(MAX_CERTIFICATE_FILE)
        .read_to_end(&mut pem)
        .with_context(|| format!("cannot read {shown}"))?;
    let first = CertificateDer::from_pem_slice(&pem)
        .map_err(|_| anyhow::anyhow!("{shown} holds no certificate in PEM form"))?;
    Ok(net::tls::fingerprint(&first))
}

fn now() -> Timestamp {
    let since_1970 = jiff::Timestamp::now().as_millisecond();
    Timestamp(since_1970.try_into().unwrap_or(0))
}

fn rfc3339(at: Timestamp) -> String {
    i64::try_from(at.0)
        .ok()
        .and_then(|at| jiff::Timestamp::from_millisecond(at).ok())
        .map_or_else(
            || "an unknown time".to_owned(),
            |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        )
}

fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line_without_its_end() {
        // [CP-13]
        for (input, password) in [
            ("opensesame\n", "opensesame"),
            ("opensesame\r\nmore\n", "opensesame"),
            ("opensesame", "opensesame"),
            ("with space \n", "with space "),
        ] {
            let secret = first_line(input.as_bytes()).unwrap();
            assert_eq!(secret.expose(), password, "{input:?}");
        }
        assert!(first_line(&b"\xFF\n"[..]).is_err());
    }

    #[test]
    fn a_password_must_fit_cp() {
        // [CP-13]
        let check = |text: &str| checked(Secret::new(text.into())).is_ok();
        assert!(check("x"));
        assert!(check(&"x".repeat(15)));
        assert!(check("pässwort ok"));
        for bad in ["", " x", "a\tb", "a\u{7F}", &"x".repeat(16), &"é".repeat(8)] {
            assert!(!check(bad), "{bad:?}");
        }
    }
}
