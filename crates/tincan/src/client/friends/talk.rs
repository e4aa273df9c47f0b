//! `send`, `history`, `whois`, `users` among friends.

use std::pin::pin;
use std::time::Duration;

use anyhow::bail;
use friends::api::{Availability, Friend, MAX_SAY, Report, Request, Said, SendState};
use model::{Event, MessageId, Text, Timestamp, Told, UserName};
use node::friends::Face;
use tokio::time::{Instant, sleep};

use super::place::Access;
use super::records::Record;
use super::{ask, everybody, find, look, odd, partner, table, who};
use crate::args::{HistoryArgs, NodeArgs, SendArgs, UsersArgs, WhoisArgs};
use crate::client::escape::visible;
use crate::client::send::standard_input;
use crate::client::view::View;
use crate::client::{Interrupted, Usage, address, interrupted};
use crate::print;

/// How soon it is looked whether a message has arrived; then half as often each time.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// The longest pause between two looks.
const LOOK_AT_MOST: Duration = Duration::from_millis(320);
/// How long, unless asked otherwise, it is waited until a friend's machine that is online has a message:
/// round trips take less than a second, so this is for somebody whose link has just died.
const SHORTLY: Duration = Duration::from_secs(5);
/// What somebody is called whose name is longer than any.
const UNKNOWN: &str = "?";

/// Says something to a friend. What cannot go out now waits, which is told, and is no failure [RS-11].
///
/// # Errors
/// Nobody is meant, it could not be kept, or it was waited for and has not gone out.
pub(in crate::client) async fn send(args: &SendArgs) -> anyhow::Result<()> {
    if args.to.is_some() {
        let text =
            "among friends the address says for whom it is, as in friend:bea; leave --to out";
        return Err(Usage(text.into()).into());
    }
    let partner = partner(&args.connect.url)?;
    let access = Access::of_address(&args.lan.place)?;
    // A passphrase on standard input is its first line, so it is read before the text.
    let access = match args.wait {
        Some(_) => access.unlocked()?,
        None => access,
    };
    let text = match &args.text {
        Some(text) => text.clone(),
        None => standard_input()?,
    };
    let text = message(text)?;
    let mut face = match args.wait {
        Some(_) => access.node().await?,
        None => access.records().await?,
    };
    let mut stop = pin!(interrupted());
    tokio::select! {
        done = say(&mut face, &partner, text, args.wait) => done,
        () = &mut stop => Err(Interrupted.into()),
    }
}

async fn say(
    face: &mut Face,
    partner: &str,
    text: String,
    wait: Option<u64>,
) -> anyhow::Result<()> {
    let all = everybody(face).await?;
    let friend = find(&all, partner)?;
    let name = visible(&friend.name).into_owned();
    let who = friend.pgp_id.clone();
    let Report::Queued { id, is_sent } = ask(face, Request::Say { who, text }).await? else {
        return Err(odd());
    };
    if !is_sent && wait.is_none() {
        print::note(format_args!(
            "{name} is not online; the message waits and goes out when a node of yours and theirs \
             are up"
        ));
        return Ok(());
    }
    if has_arrived(face, id, wait.map_or(SHORTLY, Duration::from_secs)).await? {
        return Ok(());
    }
    match wait {
        Some(seconds) => bail!(
            "the message for {name} has not gone out within {seconds} s; it waits, and goes out \
             when a node of yours and theirs are up"
        ),
        None => print::note(format_args!(
            "{name}'s machine has not confirmed the message yet; it waits until then, and goes out \
             again if the link breaks"
        )),
    }
    Ok(())
}

/// Whether a message of ours is with a friend's machine, or is so within this time.
async fn has_arrived(face: &mut Face, id: u64, within: Duration) -> anyhow::Result<bool> {
    let until = Instant::now() + within;
    let mut pause = LOOK_AGAIN;
    loop {
        let Report::Outbox(waiting) = ask(face, Request::Outbox).await? else {
            return Err(odd());
        };
        if waiting.iter().all(|waiting| waiting.id != id) {
            return Ok(true);
        }
        let now = Instant::now();
        if now >= until {
            return Ok(false);
        }
        sleep(pause.min(until - now)).await;
        pause = (pause * 2).min(LOOK_AT_MOST);
    }
}

/// A text that can be said.
///
/// # Errors
/// It is empty or too long.
fn message(text: String) -> anyhow::Result<String> {
    match text.len() {
        0 => bail!("a message needs at least one character"),
        1..=MAX_SAY => Ok(text),
        bytes => bail!("the message has {bytes} bytes; one message here has at most {MAX_SAY}"),
    }
}

/// Prints what was said with a friend, oldest first.
///
/// # Errors
/// Nobody is meant, or the records cannot be read.
pub(in crate::client) async fn history(args: &HistoryArgs) -> anyhow::Result<()> {
    let in_address = address::on_friends(&args.connect.url).flatten();
    let partner = match (in_address, &args.place) {
        (Some(who), None) => who,
        (None, Some(place)) => who(place),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Usage("name one friend, as in friend:bea".into()).into());
        }
    };
    let access = Access::new(&args.data, &NodeArgs::default())?;
    let me = access.name()?;
    let mut face = access.records().await?;
    let all = everybody(&mut face).await?;
    let who = match find(&all, &partner) {
        Ok(friend) => friend.pgp_id.clone(),
        // What was said with somebody who is no friend any more is still there, by their id.
        Err(_) if is_pgp_id(&partner) => partner,
        Err(error) => return Err(error),
    };
    let asked = Request::History {
        who,
        before: args.before,
        limit: args.limit,
    };
    let answer = ask(&mut face, asked).await;
    drop(face);
    let Report::Said(said) = answer? else {
        return Err(odd());
    };
    let view = View::for_stdout();
    for said in &said {
        if args.json {
            print::output(Record::told(said, &me).line())?;
        } else {
            print::output(line(said, &me, &view))?;
        }
    }
    Ok(())
}

fn is_pgp_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Something said, with its date: `2026-11-24 17:05 ana → bea: hi (waits)`.
fn line(said: &Said, me: &str, view: &View) -> String {
    let state = match (said.is_ours, said.state) {
        (true, SendState::Queued) => " (waits)",
        (true, SendState::Dropped) => " (not sent)",
        (true, SendState::Sent) | (false, _) => "",
    };
    let date = view.date(Timestamp(said.at));
    // The time is in both.
    let day = date.split(' ').next().unwrap_or_default();
    format!(
        "{} {}{}",
        view.dim(day),
        told(said, me, view),
        view.dim(state)
    )
}

/// Something said, as all networks show a message to one person.
pub(super) fn told(said: &Said, me: &str, view: &View) -> String {
    let name = |raw: &str| UserName::foreign(raw).or_else(|_| UserName::foreign(UNKNOWN));
    let (from, to) = match said.is_ours {
        true => (me, said.who.as_str()),
        false => (said.who.as_str(), me),
    };
    // Texts of friends may be longer than a hub's; such a one is shown without its frame.
    let (Ok(from_name), Ok(to_name), Ok(text)) = (name(from), name(to), Text::adapt(&said.text))
    else {
        let clock = view.clock(Timestamp(said.at));
        let people = format!("{} → {}", view.name(from), view.name(to));
        return format!("{} {people}: {}", view.dim(&clock), visible(&said.text));
    };
    let told = Told {
        id: MessageId(said.id),
        at: Timestamp(said.at),
        from: from_name,
        to: to_name,
        text,
    };
    view.event(&Event::Told(told.into()), false)
}

/// Prints how friends are.
///
/// # Errors
/// Nobody is meant, or the records cannot be read.
pub(in crate::client) async fn whois(args: &WhoisArgs) -> anyhow::Result<()> {
    let in_address = address::on_friends(&args.connect.url).flatten();
    if let (Some(who), false) = (&in_address, args.users.is_empty()) {
        return Err(Usage(format!(
            "write friend: alone, and who is meant behind it, as in friend: '{}'",
            visible(who)
        ))
        .into());
    }
    if in_address.is_none() && args.users.is_empty() {
        return Err(Usage("say who is meant, as in friend:bea".into()).into());
    }
    let mut face = Access::of_address(&args.lan.place)?.records().await?;
    let all = everybody(&mut face).await;
    drop(face);
    let all = all?;
    for raw in args.users.iter().chain(&in_address) {
        let friend = find(&all, &who(raw))?;
        if args.json {
            print::output(Record::from(friend).line())?;
        } else {
            print::output(whois_line(friend))?;
        }
    }
    Ok(())
}

/// `bea is away: back at two`, then her machines.
fn whois_line(friend: &Friend) -> String {
    let mut text = format!(
        "{} is {}",
        visible(&friend.name),
        table::word(friend.availability)
    );
    let is_offline = friend.availability == Availability::Offline;
    let more = friend.message.as_deref().filter(|_| !is_offline);
    if let Some(more) = more.or(friend.hint.as_deref()) {
        text.push_str(&format!(": {}", visible(more)));
    }
    text.push_str(&format!("\n  key {}", visible(&friend.fingerprint)));
    for location in &friend.locations {
        let is = if location.is_online {
            "online"
        } else {
            "offline"
        };
        let version = visible(&location.version);
        let by = if version.is_empty() {
            String::new()
        } else {
            format!(" by {version}")
        };
        let name = visible(&location.name);
        text.push_str(&format!(
            "\n  {name} ({}) is {is}{by}",
            visible(&location.id)
        ));
    }
    text
}

/// Prints all friends.
///
/// # Errors
/// The records cannot be read.
pub(in crate::client) async fn users(args: &UsersArgs) -> anyhow::Result<()> {
    if !args.rooms.is_empty() {
        return Err(Usage("friends have no rooms; leave --room out".into()).into());
    }
    let only = address::on_friends(&args.connect.url).flatten();
    look::list(&args.place, args.json, only.as_deref()).await
}

#[cfg(test)]
mod tests {
    use friends::api::Standing;

    use super::super::tests::friend;
    use super::*;

    fn said(text: &str, is_ours: bool, state: SendState) -> Said {
        Said {
            id: 1,
            who: "bea".into(),
            is_ours,
            at: 0,
            text: text.into(),
            state,
        }
    }

    #[test]
    fn a_history_says_what_waits() {
        // [RS-11]
        let view = View::plain();
        let queued = line(&said("hi", true, SendState::Queued), "ana", &view);
        assert_eq!(queued, "1970-01-01 00:00 ana → bea: hi (waits)");
        let theirs = line(&said("a\u{1b}b", false, SendState::Sent), "ana", &view);
        assert_eq!(theirs, "1970-01-01 00:00 bea → ana: a\u{fffd}b");
    }

    #[test]
    fn long_texts_are_shown_whole_and_harmless() {
        // [RS-11] [RS-22]
        let long = format!("{}\u{1b}[2J", "x".repeat(100_000));
        let shown = told(&said(&long, false, SendState::Sent), "ana", &View::plain());
        assert!(shown.len() > 100_000 && !shown.contains('\u{1b}'));
        assert!(message("x".repeat(MAX_SAY)).is_ok());
        let error = message("x".repeat(MAX_SAY + 1)).unwrap_err().to_string();
        assert!(
            error.contains("200001") && error.contains("200000"),
            "{error}"
        );
        assert!(message(String::new()).is_err());
    }

    #[test]
    fn whois_tells_what_is_missing_and_the_machines() {
        // [RS-3] [RS-9]
        let mut bea = friend("bea", Standing::Friend);
        bea.hint = Some("bea has not added you yet".into());
        bea.message = Some("old".into());
        let text = whois_line(&bea);
        assert!(
            text.starts_with("bea is offline: bea has not added you yet\n"),
            "{text}"
        );
        assert!(text.contains("laptop (00112233445566778899aabbccddeeff) is offline"));
        bea.availability = Availability::Away;
        bea.locations[0].is_online = true;
        bea.locations[0].version = "Tincan 0.1".into();
        let text = whois_line(&bea);
        assert!(text.starts_with("bea is away: old\n"), "{text}");
        assert!(text.ends_with("is online by Tincan 0.1"), "{text}");
    }
}
