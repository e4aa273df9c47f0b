//! What only friends have: the node, who is a friend, mail, shared files.
//!
//! Everything is asked of a [`Face`]: of the node that runs already, or of one that this command is
//! for as long as it runs. `friend:` addresses come here from the commands that all networks have.
//!
//! | file | what |
//! |---|---|
//! | `place` | which node, and how to reach it |
//! | `passphrase` | what unlocks the profile |
//! | `init` | making, exporting, importing a profile |
//! | `invite`, `qr` | what a friend needs to add us |
//! | `people` | adding, approving, removing, trusting |
//! | `look`, `table` | `tincan friends` itself |
//! | `run` | the node as a service |
//! | `me` | how we are, what waits to be sent |
//! | `talk` | `send`, `history`, `whois`, `users` |
//! | `listen` | `listen` |
//! | `fetch`, `bar` | `offer`, `fetch`, and how far they are |
//! | `mail` | `tincan mail` |
//! | `files` | `tincan files` |
//! | `records` | what `--json` prints |

mod bar;
mod fetch;
mod files;
mod init;
mod invite;
mod listen;
mod look;
mod mail;
mod me;
mod passphrase;
mod people;
mod place;
mod qr;
mod records;
mod run;
mod table;
mod talk;

pub(super) use fetch::{fetch, offer};
pub(super) use files::run as files;
pub(super) use listen::run as listen;
pub(super) use mail::run as mail;
pub(super) use place::{Access, NodeGone};
pub(super) use talk::{history, send, users, whois};

use std::pin::pin;

use anyhow::{anyhow, bail};
use friends::api::{Friend, Report, Request, Said};
use model::UserName;
use node::friends::Face;

use super::escape::visible;
use super::{Interrupted, Usage, address, interrupted, until_interrupted};
use crate::args::{FriendsAction, FriendsCommandArgs};

/// Carries out `tincan friends`.
///
/// # Errors
/// It was not done.
pub(super) async fn run(args: &FriendsCommandArgs) -> anyhow::Result<()> {
    let place = &args.place;
    let Some(action) = &args.action else {
        return until_interrupted(look::run(args).await);
    };
    match action {
        FriendsAction::Run { node } => until_interrupted(run::run(place, node).await),
        FriendsAction::Init(init) => init::init(place, init).await,
        FriendsAction::Import {
            file,
            location,
            bits,
        } => init::import(place, file, location.as_deref(), *bits).await,
        FriendsAction::Export { secret, file } => init::export(place, *secret, file.as_deref()),
        FriendsAction::Invite {
            certificate,
            qr,
            addresses,
            footer,
            short: _,
        } => {
            let wish = invite::Wish {
                is_short: !certificate,
                has_qr: *qr,
                is_footer: *footer,
                addresses: addresses.clone(),
            };
            invite::run(place, wish).await
        }
        FriendsAction::Add { text, json } => people::add(place, text, *json).await,
        FriendsAction::List { json } => people::list(place, *json).await,
        FriendsAction::Approve { who } => people::approve(place, who).await,
        FriendsAction::Deny { who } => people::deny(place, who).await,
        FriendsAction::Remove { who, yes } => people::remove(place, who, *yes).await,
        FriendsAction::Block { who } => people::block(place, who, true).await,
        FriendsAction::Unblock { who } => people::block(place, who, false).await,
        FriendsAction::Sign { who, yes } => people::sign(place, who, *yes).await,
        FriendsAction::Trust { who, level } => people::trust(place, who, *level).await,
        FriendsAction::Status { how, message, json } => match how {
            None => me::status(place, *json).await,
            Some(how) => me::announce(place, *how, message.as_deref()).await,
        },
        FriendsAction::Picture { file, none: _ } => me::picture(place, file.as_deref()).await,
        FriendsAction::Outbox { withdraw, json } => match withdraw {
            None => me::outbox(place, *json).await,
            Some(id) => me::withdraw(place, *id).await,
        },
        FriendsAction::Call { who } => me::call(place, who).await,
    }
}

/// Asks, and gives the answer unless it is a refusal.
///
/// # Errors
/// The node's sentence, or it has ended; [`Interrupted`].
async fn ask(face: &mut Face, request: Request) -> anyhow::Result<Report> {
    let mut stop = pin!(interrupted());
    let answer = tokio::select! {
        answer = face.ask(request) => answer,
        () = &mut stop => return Err(Interrupted.into()),
    };
    match answer {
        Ok(Report::Refused(why)) => bail!("{}", visible(&why)),
        Ok(report) => Ok(report),
        Err(ended) => bail!("{}", visible(&ended.to_string())),
    }
}

/// Begins to watch: all that was said while nobody did, which counts as read from now on.
///
/// # Errors
/// As [`ask`].
async fn unread(face: &mut Face) -> anyhow::Result<Vec<Said>> {
    let mut all = Vec::new();
    // A long absence comes in several answers.
    loop {
        match ask(face, Request::Watch).await? {
            Report::Unread(unread) if unread.is_empty() => return Ok(all),
            Report::Unread(unread) => all.extend(unread),
            _ => return Err(odd()),
        }
    }
}

/// Has a person type something, and can be interrupted meanwhile: once signals are waited for anywhere,
/// the system does not end us by itself any more.
///
/// # Errors
/// Those of `read`; [`Interrupted`].
async fn typed<T: Send + 'static>(
    read: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let mut stop = pin!(interrupted());
    // Whoever types a passphrase does not see it; whoever stops wants to see what they type next.
    #[cfg(unix)]
    let before = rustix::termios::tcgetattr(std::io::stdin()).ok();
    tokio::select! {
        read = tokio::task::spawn_blocking(read) => read?,
        () = &mut stop => {
            #[cfg(unix)]
            if let Some(before) = before {
                use rustix::termios::{OptionalActions, tcsetattr};
                // A terminal that is gone needs nothing.
                let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &before);
            }
            Err(Interrupted.into())
        }
    }
}

/// An answer that does not fit what was asked: nothing that this version's node does.
fn odd() -> anyhow::Error {
    anyhow!("the node answers something else; is it another version of tincan that runs?")
}

/// Everybody known.
///
/// # Errors
/// As [`ask`].
async fn everybody(face: &mut Face) -> anyhow::Result<Vec<Friend>> {
    let Report::Friends(friends) = ask(face, Request::Friends).await? else {
        return Err(odd());
    };
    Ok(friends)
}

/// The person whom somebody means by `typed`: a name, a PGP id, a fingerprint or a location's id.
///
/// # Errors
/// There is none, or there are several.
fn find<'a>(all: &'a [Friend], typed: &str) -> anyhow::Result<&'a Friend> {
    // Ids first: somebody may call themselves by another's.
    let is_id = |friend: &&Friend| {
        friend.pgp_id.eq_ignore_ascii_case(typed)
            || (!typed.is_empty() && friend.fingerprint.eq_ignore_ascii_case(typed))
            || friend
                .locations
                .iter()
                .any(|location| location.id.eq_ignore_ascii_case(typed))
    };
    let is_name = |friend: &&Friend| friend.name == typed;
    let named = || all.iter().find(is_name);
    if let Some(friend) = all.iter().find(is_id).or_else(named) {
        return Ok(friend);
    }
    let bare = |name: &str| name.split('#').next().unwrap_or_default().to_lowercase();
    let typed_low = typed.to_lowercase();
    let mut alike = all.iter().filter(|friend| {
        bare(&friend.name) == typed_low || friend.name.to_lowercase() == typed_low
    });
    let shown = visible(typed);
    match (alike.next(), alike.next()) {
        (Some(friend), None) => Ok(friend),
        (Some(one), Some(other)) => bail!(
            "{shown} can be {} or {}; write the whole name",
            visible(&one.name),
            visible(&other.name)
        ),
        (None, _) => bail!("{}", nobody(all, typed)),
    }
}

/// That nobody is called so, and who may be meant.
fn nobody(all: &[Friend], typed: &str) -> String {
    const MOST: usize = 3;
    let shown = visible(typed);
    let alike = alike(all, typed);
    if alike.is_empty() || alike.len() > MOST {
        return format!("nobody called {shown} is known; `tincan friends list` shows who is");
    }
    // What is not easily typed has a number that is.
    let is_plain = |c: char| c.is_ascii_graphic();
    let names = alike
        .into_iter()
        .map(|friend| match friend.name.chars().all(is_plain) {
            true => friend.name.clone(),
            false => format!("{} ({})", visible(&friend.name), friend.pgp_id),
        });
    let names: Vec<String> = names.collect();
    format!(
        "nobody called {shown} is known; did you mean {}? `tincan friends list` shows who is",
        names.join(" or ")
    )
}

/// Those whose name begins as `typed` does, or differs from it in a letter or two.
fn alike<'a>(all: &'a [Friend], typed: &str) -> Vec<&'a Friend> {
    let typed = typed.to_lowercase();
    let length = typed.chars().count();
    if length < 2 {
        return Vec::new();
    }
    // Of a short name two other letters are another name.
    let most = if length < 5 { 1 } else { 2 };
    let is_alike = |friend: &&Friend| {
        let name = friend.name.to_lowercase();
        let bare = name.split('#').next().unwrap_or_default();
        let first = bare.split_whitespace().next().unwrap_or_default();
        let is_near = |name| strsim::osa_distance(name, &typed) <= most;
        name.starts_with(&typed) || is_near(bare) || is_near(first)
    };
    all.iter().filter(is_alike).collect()
}

/// The name of whom somebody means: what a request takes.
///
/// # Errors
/// As [`ask`] and [`find`].
async fn named(face: &mut Face, raw: &str) -> anyhow::Result<String> {
    let all = everybody(face).await?;
    Ok(find(&all, &who(raw))?.name.clone())
}

/// Whom a chat is with: the name of the friend whom an address names.
///
/// # Errors
/// As [`ask`] and [`find`].
pub(super) async fn partner_name(access: &Access, typed: &UserName) -> anyhow::Result<UserName> {
    let Some(mut face) = access.attached().await else {
        return Ok(typed.clone());
    };
    let name = named(&mut face, typed.as_str()).await?;
    Ok(UserName::foreign(&name).unwrap_or_else(|_| typed.clone()))
}

/// A friend's name as somebody typed it, without the scheme of an address.
///
/// # Errors
/// [`Usage`].
pub(super) fn person(raw: &str) -> Result<UserName, Usage> {
    let raw = who(raw);
    if raw.is_empty() {
        return Err(Usage("a name is missing, as in bea".into()));
    }
    UserName::foreign(&raw).map_err(|e| Usage(format!("{:?} is no name: {e}", visible(&raw))))
}

/// Somebody as typed, with or without `friend:`.
fn who(raw: &str) -> String {
    match address::on_friends(raw) {
        Some(Some(who)) => who,
        Some(None) => String::new(),
        None => raw.to_owned(),
    }
}

/// Whom an address names.
///
/// # Errors
/// [`Usage`]: nobody.
fn partner(url: &str) -> Result<String, Usage> {
    let who = address::on_friends(url).flatten();
    who.ok_or_else(|| {
        Usage("say for whom it is, as in friend:bea (`tincan friends` shows who there is)".into())
    })
}

#[cfg(test)]
mod tests;
