//! How we are, as friends see it, and what of ours waits.

use std::path::Path;

use anyhow::bail;
use friends::api::{Availability, Me, Report, Request, Waiting};
use model::Timestamp;

use super::place::Access;
use super::records::Record;
use super::{ask, everybody, named, odd, table};
use crate::args::{FriendsPlaceArgs, NodeArgs, StatusWord};
use crate::client::escape::visible;
use crate::client::picture::{self, Fit, Kind};
use crate::client::view::View;
use crate::print;

/// What RetroShare takes for a picture [RS-11].
const PICTURE: Fit = Fit {
    most: 32_767,
    why: "",
    kinds: &[Kind::Png, Kind::Jpeg],
};

/// Prints who and how we are.
///
/// # Errors
/// The records cannot be read.
pub(super) async fn status(place: &FriendsPlaceArgs, json: bool) -> anyhow::Result<()> {
    let mut face = Access::new(place, &NodeArgs::default())?.records().await?;
    let Report::Me(me) = ask(&mut face, Request::Me).await? else {
        return Err(odd());
    };
    let all = everybody(&mut face).await?;
    drop(face);
    if json {
        print::output(Record::from(&*me).line())?;
        return Ok(());
    }
    let is_here = |friend: &&friends::api::Friend| friend.availability != Availability::Offline;
    let online = all.iter().filter(is_here).count();
    for line in lines(&me, online) {
        print::output(visible(&line))?;
    }
    Ok(())
}

fn lines(me: &Me, online: usize) -> Vec<String> {
    let is = match (me.is_running, &me.message) {
        (false, _) => "no node runs; `tincan friends run` is one".to_owned(),
        (true, None) => table::word(me.availability).to_owned(),
        (true, Some(message)) => format!("{}: {message}", table::word(me.availability)),
    };
    let addresses = match me.addresses.is_empty() {
        true => "not known".to_owned(),
        false => me.addresses.join(", "),
    };
    vec![
        format!("name         {}", me.name),
        format!("PGP id       {}", me.pgp_id),
        format!("fingerprint  {}", me.fingerprint),
        format!("location     {} ({})", me.location, me.location_id),
        format!("status       {is}"),
        format!("addresses    {addresses}"),
        format!("online       {online}"),
    ]
}

/// Tells friends how we are.
///
/// # Errors
/// No node runs.
pub(super) async fn announce(
    place: &FriendsPlaceArgs,
    how: StatusWord,
    message: Option<&str>,
) -> anyhow::Result<()> {
    let availability = match how {
        StatusWord::Online => Availability::Online,
        StatusWord::Idle => Availability::Idle,
        StatusWord::Away => Availability::Away,
        StatusWord::Busy => Availability::Busy,
    };
    let request = Request::Announce {
        availability,
        message: message.map(str::to_owned),
    };
    to_running(place, request).await
}

/// Calls a friend.
///
/// # Errors
/// No node runs, or nobody is meant.
pub(super) async fn call(place: &FriendsPlaceArgs, raw: &str) -> anyhow::Result<()> {
    let access = Access::new(place, &NodeArgs::default())?;
    let who = named(&mut access.records().await?, raw).await?;
    to_running(place, Request::Call { who }).await
}

/// For what makes sense only where there is a network.
async fn to_running(place: &FriendsPlaceArgs, request: Request) -> anyhow::Result<()> {
    let access = Access::new(place, &NodeArgs::default())?;
    let Some(mut face) = access.attached().await else {
        bail!("no node runs, so nobody can be told; `tincan friends run` is one");
    };
    let answer = ask(&mut face, request).await;
    drop(face);
    answer.map(drop)
}

/// Shows friends a picture, or none any more.
///
/// # Errors
/// It is none, or too large.
pub(super) async fn picture(place: &FriendsPlaceArgs, file: Option<&Path>) -> anyhow::Result<()> {
    let picture = file.map(|path| picture::read(path, &PICTURE)).transpose()?;
    let mut face = Access::new(place, &NodeArgs::default())?.records().await?;
    let answer = ask(&mut face, Request::SetAvatar(picture)).await;
    drop(face);
    answer.map(drop)
}

/// Prints what waits.
///
/// # Errors
/// The records cannot be read.
pub(super) async fn outbox(place: &FriendsPlaceArgs, json: bool) -> anyhow::Result<()> {
    let mut face = Access::new(place, &NodeArgs::default())?.records().await?;
    let answer = ask(&mut face, Request::Outbox).await;
    drop(face);
    let Report::Outbox(waiting) = answer? else {
        return Err(odd());
    };
    let view = View::for_stdout();
    for waiting in &waiting {
        if json {
            print::output(Record::from(waiting).line())?;
        } else {
            print::output(waiting_line(waiting, &view))?;
        }
    }
    if waiting.is_empty() && !json {
        print::note("nothing waits");
    }
    Ok(())
}

/// `12  message for bea  2026-11-24 17:05  See you at eight`
fn waiting_line(waiting: &Waiting, view: &View) -> String {
    let kind = if waiting.is_mail { "mail" } else { "message" };
    let line = format!(
        "{}  {kind} for {}  {}  {}",
        waiting.id,
        waiting.who.join(", "),
        view.date(Timestamp(waiting.at)),
        waiting.text
    );
    visible(&line).into_owned()
}

/// Takes back what waits.
///
/// # Errors
/// Nothing of that number waits.
pub(super) async fn withdraw(place: &FriendsPlaceArgs, id: u64) -> anyhow::Result<()> {
    let mut face = Access::new(place, &NodeArgs::default())?.records().await?;
    let answer = ask(&mut face, Request::Withdraw { id }).await;
    drop(face);
    answer.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_a_line_each() {
        // [RS-11] [RS-13]
        let waiting = Waiting {
            id: 12,
            who: vec!["bea".into(), "c\u{1b}yd".into()],
            at: 0,
            text: "See you\nat eight".into(),
            is_mail: true,
        };
        assert_eq!(
            waiting_line(&waiting, &View::plain()),
            "12  mail for bea, c\\u{1b}yd  1970-01-01 00:00  See you\\nat eight"
        );
    }

    #[test]
    fn pictures_are_pictures_and_small() {
        // [RS-11]
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("me");
        let of = |magic: &[u8], size: usize| {
            let mut data = magic.to_vec();
            data.resize(size, 0);
            std::fs::write(&path, data).unwrap();
            picture::read(&path, &PICTURE)
                .map(|data| data.len())
                .map_err(|e| e.to_string())
        };
        assert_eq!(of(b"\x89PNG\r\n\x1a\n", 32_767), Ok(32_767));
        assert_eq!(of(b"\xff\xd8\xff", 9), Ok(9));
        assert!(of(b"\xff\xd8\xff", 32_768).unwrap_err().contains("32767"));
        assert!(of(b"GIF89a", 9).unwrap_err().contains("no PNG"));
    }
}
