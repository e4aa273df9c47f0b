//! `tincan friends`: how everybody is, as a table that follows, a list or JSON.
//!
//! It asks again and again instead of watching: who watches is told what was said, which then counts
//! as seen.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::pin::pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use friends::api::Friend;
use node::friends::Face;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::place::Access;
use super::records::Record;
use super::{everybody, find, table};
use crate::args::{FriendsCommandArgs, FriendsPlaceArgs, NodeArgs};
use crate::client::canvas::Canvas;
use crate::client::view::View;
use crate::client::{Interrupted, interrupted};
use crate::print;

/// What whoever has no friends is told.
pub(super) const NOBODY: &str =
    "you have no friends here yet; `tincan friends add` takes an invite";
/// How often the node is asked.
const EVERY: Duration = Duration::from_secs(1);
/// How often the table is drawn again, at most: the window's size is looked at too.
const FRAME: Duration = Duration::from_millis(200);

/// Shows friends.
///
/// # Errors
/// There is no node, or standard output is closed; [`Interrupted`].
pub(super) async fn run(args: &FriendsCommandArgs) -> anyhow::Result<()> {
    if args.once || !(args.json || io::stdout().is_terminal()) {
        return list(&args.place, args.json, None).await;
    }
    let access = Access::new(&args.place, &args.node)?.unlocked()?;
    let mut stop = pin!(interrupted());
    let mut face = tokio::select! {
        face = access.node() => face?,
        () = &mut stop => return Err(Interrupted.into()),
    };
    let done = match args.json {
        true => print::while_read(stream(&mut face)).await,
        false => live(&mut face).await,
    };
    drop(face);
    done
}

/// Prints everybody once, or one.
///
/// # Errors
/// The records cannot be read, nobody is meant, or standard output is closed.
pub(super) async fn list(
    place: &FriendsPlaceArgs,
    json: bool,
    only: Option<&str>,
) -> anyhow::Result<()> {
    let access = Access::new(place, &NodeArgs::default())?;
    let mut face = access.records().await?;
    let mut all = everybody(&mut face).await?;
    drop(face);
    if let Some(only) = only {
        all = vec![find(&all, only)?.clone()];
    }
    if json {
        for friend in &all {
            print::output(Record::from(friend).line())?;
        }
        return Ok(());
    }
    if all.is_empty() {
        print::note(NOBODY);
        return Ok(());
    }
    for line in table::lines(&all, now(), &View::for_stdout(), None) {
        print::output(line)?;
    }
    if !access.is_running() {
        print::note("no node runs, so nobody is online; `tincan friends run` is one");
    }
    Ok(())
}

async fn stream(face: &mut Face) -> anyhow::Result<()> {
    let mut known: BTreeMap<String, Friend> = BTreeMap::new();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stop = pin!(interrupted());
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = &mut stop => return Err(Interrupted.into()),
        }
        let all = everybody(face).await?;
        let now: BTreeMap<String, Friend> = all
            .into_iter()
            .map(|friend| (friend.pgp_id.clone(), friend))
            .collect();
        for (id, friend) in &now {
            if known.get(id).is_none_or(|before| is_other(before, friend)) {
                print::output(Record::from(friend).line())?;
            }
        }
        for (_, gone) in known.iter().filter(|(id, _)| !now.contains_key(*id)) {
            print::output(Record::Removed { name: &gone.name }.line())?;
        }
        known = now;
    }
}

/// Whether more than the time of the last sign of life, or the round trip, has changed.
fn is_other(before: &Friend, now: &Friend) -> bool {
    let without_times = |friend: &Friend| {
        let mut friend = friend.clone();
        for location in &mut friend.locations {
            location.last_seen = 0;
            location.round_trip_ms = None;
        }
        friend
    };
    without_times(before) != without_times(now)
}

/// The table that follows what happens. It stays on the screen when it ends.
async fn live(face: &mut Face) -> anyhow::Result<()> {
    let mut canvas = Canvas::default();
    let view = View::for_stdout();
    let mut all = everybody(face).await?;
    let mut asked = Instant::now();
    let mut frames = interval(FRAME);
    frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stop = pin!(interrupted());
    loop {
        tokio::select! {
            _ = frames.tick() => {}
            () = &mut stop => {
                canvas.leave()?;
                return Err(Interrupted.into());
            }
        }
        if asked.elapsed() >= EVERY {
            all = everybody(face).await?;
            asked = Instant::now();
        }
        canvas.draw(|size| table::lines(&all, now(), &view, Some(size)))?;
    }
}

/// Milliseconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use friends::api::{Availability, Standing};

    use super::super::tests::friend;
    use super::*;

    #[test]
    fn a_sign_of_life_alone_is_no_news() {
        // [RS-9]
        let before = friend("bea", Standing::Friend);
        let mut now = before.clone();
        now.locations[0].last_seen = 5;
        now.locations[0].round_trip_ms = Some(12);
        assert!(!is_other(&before, &now));
        now.availability = Availability::Away;
        assert!(is_other(&before, &now));
    }
}
