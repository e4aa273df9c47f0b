//! Who is a friend: adding, approving, removing, signing, trusting [RS-2] [RS-3] [RS-5].

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use anyhow::{Context, bail};
use friends::api::{Friend, Report, Request, Standing, Trust};
use node::friends::Face;

use super::place::Access;
use super::records::Record;
use super::{ask, everybody, find, look, named, odd, passphrase, typed, who};
use crate::args::{FriendsPlaceArgs, NodeArgs, TrustLevel};
use crate::client::Usage;
use crate::client::escape::visible;
use crate::print;

/// Bytes of a text that is added, at most: far more than the largest certificate has.
const MAX_TEXT: u64 = 1 << 20;

/// Approves whoever a text is of.
///
/// # Errors
/// The text is no certificate or invite; nothing was changed.
pub(super) async fn add(place: &FriendsPlaceArgs, raw: &str, json: bool) -> anyhow::Result<()> {
    let text = text(raw)?;
    let mut face = records(place).await?;
    let answer = ask(&mut face, Request::Add { text }).await;
    drop(face);
    let Report::Friend(friend) = answer? else {
        return Err(odd());
    };
    told(&friend, json)?;
    if !json && friend.locations.iter().all(|location| !location.is_online) {
        print::note(format_args!(
            "a link needs both: if {} has not added you yet, `tincan friends invite` prints what they \
             need",
            visible(&friend.name)
        ));
    }
    Ok(())
}

/// Prints everybody known.
///
/// # Errors
/// The records cannot be read.
pub(super) async fn list(place: &FriendsPlaceArgs, json: bool) -> anyhow::Result<()> {
    if json {
        return look::list(place, true, None).await;
    }
    let mut face = records(place).await?;
    let all = everybody(&mut face).await;
    drop(face);
    let all = all?;
    for friend in &all {
        print::output(line(friend))?;
    }
    if all.is_empty() {
        print::note(look::NOBODY);
    }
    Ok(())
}

/// Approves somebody who is known.
///
/// # Errors
/// Nobody is meant, or they cannot be approved.
pub(super) async fn approve(place: &FriendsPlaceArgs, raw: &str) -> anyhow::Result<()> {
    let mut face = records(place).await?;
    let who = named(&mut face, raw).await?;
    let answer = ask(&mut face, Request::Approve { who }).await;
    drop(face);
    let Report::Friend(friend) = answer? else {
        return Err(odd());
    };
    told(&friend, false)
}

/// Does not approve somebody who asked.
///
/// # Errors
/// Nobody is meant.
pub(super) async fn deny(place: &FriendsPlaceArgs, raw: &str) -> anyhow::Result<()> {
    simply(place, raw, |who| Request::Deny { who }).await
}

/// Ends a friendship.
///
/// # Errors
/// Nobody is meant, or the person thinks better of it.
pub(super) async fn remove(
    place: &FriendsPlaceArgs,
    raw: &str,
    is_sure: bool,
) -> anyhow::Result<()> {
    let raw = who(raw);
    let mut face = records(place).await?;
    let all = everybody(&mut face).await?;
    let friend = find(&all, &raw)?;
    let name = visible(&friend.name).into_owned();
    if !is_sure && !confirmed(format!("end the friendship with {name}? [y/N] ")).await? {
        drop(face);
        bail!("{name} stays a friend; --yes does not ask");
    }
    let who = friend.pgp_id.clone();
    let answer = ask(&mut face, Request::Remove { who }).await;
    drop(face);
    answer.map(drop)
}

/// Blocks somebody, or no longer.
///
/// # Errors
/// Nobody is meant.
pub(super) async fn block(
    place: &FriendsPlaceArgs,
    raw: &str,
    is_blocked: bool,
) -> anyhow::Result<()> {
    simply(place, raw, |who| Request::Block { who, is_blocked }).await
}

/// Says how far somebody is trusted.
///
/// # Errors
/// Nobody is meant.
pub(super) async fn trust(
    place: &FriendsPlaceArgs,
    raw: &str,
    level: TrustLevel,
) -> anyhow::Result<()> {
    let level = match level {
        TrustLevel::Unknown => Trust::Unknown,
        TrustLevel::Never => Trust::Never,
        TrustLevel::Marginal => Trust::Marginal,
        TrustLevel::Full => Trust::Full,
    };
    simply(place, raw, |who| Request::Trust { who, level }).await
}

/// Signs a friend's key.
///
/// # Errors
/// Nobody is meant, their key is not known yet, or the passphrase is wrong.
pub(super) async fn sign(place: &FriendsPlaceArgs, raw: &str, is_sure: bool) -> anyhow::Result<()> {
    let access = Access::new(place, &NodeArgs::default())?;
    let mut face = access.records().await?;
    let done = sign_by(&access, &mut face, &who(raw), is_sure).await;
    drop(face);
    done
}

async fn sign_by(access: &Access, face: &mut Face, raw: &str, is_sure: bool) -> anyhow::Result<()> {
    let all = everybody(face).await?;
    let friend = find(&all, raw)?;
    let name = visible(&friend.name).into_owned();
    let who = friend.pgp_id.clone();
    let Report::Key(key) = ask(face, Request::Key { who }).await? else {
        return Err(odd());
    };
    let question = format!(
        "is {} the fingerprint that {name} has told you? [y/N] ",
        visible(&friend.fingerprint)
    );
    if !is_sure && !confirmed(question).await? {
        bail!("not signed; --yes does not ask");
    }
    let me = access.name()?;
    let passphrase = typed(move || passphrase::of(&me)).await?;
    let key = node::friends::sign(access.folder(), passphrase.expose(), &key)?;
    ask(face, Request::Signed { key }).await.map(drop)
}

/// For requests that are done or not.
async fn simply(
    place: &FriendsPlaceArgs,
    raw: &str,
    request: impl FnOnce(String) -> Request,
) -> anyhow::Result<()> {
    let mut face = records(place).await?;
    let who = named(&mut face, raw).await?;
    let answer = ask(&mut face, request(who)).await;
    drop(face);
    answer.map(drop)
}

async fn records(place: &FriendsPlaceArgs) -> anyhow::Result<Face> {
    Access::new(place, &NodeArgs::default())?.records().await
}

fn told(friend: &Friend, json: bool) -> anyhow::Result<()> {
    if json {
        print::output(Record::from(friend).line())?;
    } else {
        print::output(line(friend))?;
    }
    Ok(())
}

/// `bea  0123456789ABCDEF  friend, signed, trusted fully`
fn line(friend: &Friend) -> String {
    let mut words = vec![match friend.standing {
        Standing::Friend => "friend".to_owned(),
        Standing::Asks => "asks to be a friend".to_owned(),
        Standing::FriendOfFriend => format!("a friend of {}", friend.through.join(", ")),
        Standing::Denied => "denied".to_owned(),
        Standing::Blocked => "blocked".to_owned(),
    }];
    if friend.is_signed {
        words.push("signed by you".to_owned());
    }
    if !friend.signed_by.is_empty() {
        words.push(format!("signed by {}", friend.signed_by.join(", ")));
    }
    match friend.trust {
        Trust::Unknown => {}
        Trust::Never => words.push("not trusted".to_owned()),
        Trust::Marginal => words.push("trusted a little".to_owned()),
        Trust::Full => words.push("trusted fully".to_owned()),
    }
    let line = format!("{}  {}  {}", friend.name, friend.pgp_id, words.join(", "));
    visible(&line).into_owned()
}

/// Whether the person says yes; where nobody can be asked they do not.
async fn confirmed(question: String) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    print::ask(&question);
    let answer = typed(|| {
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer);
        read.context("cannot read the answer")?;
        Ok(answer)
    });
    Ok(matches!(answer.await?.trim(), "y" | "Y" | "yes"))
}

/// What was named: standard input, a file, or the text itself.
fn text(raw: &str) -> anyhow::Result<String> {
    if raw.trim().is_empty() {
        let text = "the text of your friend is missing; give it, a file, or - for standard input";
        return Err(Usage(text.into()).into());
    }
    if raw == "-" {
        return read(io::stdin().lock(), "standard input");
    }
    let path = Path::new(raw);
    match File::open(path) {
        Ok(file) => read(file, raw),
        // A name without a file behind it would be called a corrupt text, which helps nobody.
        Err(error) if looks_like_path(raw) => {
            Err(error).with_context(|| format!("cannot read {}", visible(raw)))
        }
        Err(_) => Ok(raw.to_owned()),
    }
}

/// A text for friends is long, or a URL; a path is neither.
fn looks_like_path(raw: &str) -> bool {
    const SHORTEST_TEXT: usize = 60;
    raw.len() < SHORTEST_TEXT && !raw.contains("://") && !raw.contains(char::is_whitespace)
}

fn read(from: impl Read, name: &str) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    from.take(MAX_TEXT + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {}", visible(name)))?;
    if bytes.len() as u64 > MAX_TEXT {
        bail!(
            "{} is too large for a certificate or an invite",
            visible(name)
        );
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::friend;
    use super::*;

    #[test]
    fn a_line_tells_standing_signatures_and_trust() {
        // [RS-3] [RS-5]
        let mut bea = friend("bea", Standing::Friend);
        assert_eq!(line(&bea), "bea  0123456789ABCDEF  friend");
        bea.is_signed = true;
        bea.signed_by = vec!["cyd".into()];
        bea.trust = Trust::Full;
        assert_eq!(
            line(&bea),
            "bea  0123456789ABCDEF  friend, signed by you, signed by cyd, trusted fully"
        );
        let mut dan = friend("dan", Standing::FriendOfFriend);
        dan.through = vec!["e\u{1b}ve".into()];
        assert!(line(&dan).ends_with("a friend of e\\u{1b}ve"));
    }

    #[test]
    fn a_file_a_url_and_a_text_are_told_apart() {
        // [RS-2]
        assert!(looks_like_path("bea.txt") && looks_like_path("./x/bea"));
        assert!(!looks_like_path("https://me.retroshare.cc/?rsInvite=A"));
        assert!(!looks_like_path(&"A".repeat(200)));
        let missing = text("no-such-file.txt").unwrap_err();
        assert!(missing.to_string().contains("cannot read no-such-file.txt"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bea.txt");
        std::fs::write(&path, "CQEG\n").unwrap();
        assert_eq!(text(path.to_str().unwrap()).unwrap(), "CQEG\n");
        assert_eq!(text(&"A".repeat(200)).unwrap().len(), 200);
    }
}
