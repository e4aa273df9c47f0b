//! `tincan rooms`, `users`, `whois`, `history`: questions with one answer.

use std::sync::Arc;

use anyhow::{Context, bail};
use link::Features;
use model::{Command, MessageId, Place, Reply, RoomName, UserName};

use super::escape::visible;
use super::jsonl::Record;
use super::login::Login;
use super::network::Network;
use super::session::{Session, Trouble};
use super::target::{self, Target};
use super::view::View;
use super::{Usage, address, friends, lan, visit, visit_as};
use crate::args::{
    ConnectArgs, FriendsPlaceArgs, HistoryArgs, LanArgs, RoomsArgs, UsersArgs, WhoisArgs,
};
use crate::print;

/// Prints the rooms that have members.
///
/// # Errors
/// The wire has no rooms, or the hub does not tell.
pub(crate) async fn rooms(args: &RoomsArgs) -> anyhow::Result<()> {
    not_on_lan(&args.connect)?;
    visit(&args.connect, &LanArgs::default(), async |session| {
        needs(session.network, "rooms", |f| f.rooms)?;
        for room in open_rooms(session).await?.iter() {
            if args.json {
                print::output(
                    Record::Room {
                        room: room.as_str(),
                    }
                    .line(),
                )?;
            } else {
                print::output(visible(room.as_str()))?;
            }
        }
        Ok(())
    })
    .await
}

/// Prints who is in rooms.
///
/// # Errors
/// The wire has no rooms, one of the rooms is not there, or the hub does not tell.
pub(crate) async fn users(args: &UsersArgs) -> anyhow::Result<()> {
    if address::on_friends(&args.connect.url).is_some() {
        return friends::users(args).await;
    }
    only_friends(&args.place)?;
    let asked = args.rooms.iter().map(|raw| target::room(raw));
    let asked = asked.collect::<Result<Vec<_>, _>>()?;
    not_on_lan(&args.connect)?;
    visit(&args.connect, &LanArgs::default(), async |session| {
        needs(session.network, "rooms", |f| f.rooms)?;
        let open = open_rooms(session).await?;
        let rooms = if asked.is_empty() {
            open.to_vec()
        } else {
            asked.clone()
        };
        for room in rooms {
            if !open.contains(&room) {
                bail!("there is no room #{}", visible(room.as_str()));
            }
            // Who was in it until we asked may be gone by now, and the room with them.
            let names = members(session, &room).await?;
            let names: Vec<_> = names.iter().map(UserName::as_str).collect();
            if args.json {
                print::output(
                    Record::Members {
                        room: room.as_str(),
                        names,
                    }
                    .line(),
                )?;
                continue;
            }
            let prefix = if asked.len() == 1 {
                String::new()
            } else {
                format!("#{room} ")
            };
            for name in names {
                print::output(visible(&format!("{prefix}{name}")))?;
            }
        }
        Ok(())
    })
    .await
}

/// Prints whether people are here.
///
/// # Errors
/// The wire cannot ask, or the hub does not tell.
pub(crate) async fn whois(args: &WhoisArgs) -> anyhow::Result<()> {
    if address::on_friends(&args.connect.url).is_some() {
        return friends::whois(args).await;
    }
    if args.users.is_empty() {
        return Err(Usage("name whom to ask about, behind the address".into()).into());
    }
    if let Some(partner) = address::on_lan(&args.connect.url) {
        let partner = partner.map_err(|e| Usage(e.to_string()))?;
        lan::needs_no_partner(partner.as_ref())?;
        return lan::whois(args).await;
    }
    let users = args.users.iter().map(|raw| target::person(raw));
    let users = users.collect::<Result<Vec<_>, _>>()?;
    visit(&args.connect, &args.lan, async |session| {
        needs(
            session.network,
            "way to ask whether somebody is here",
            |f| f.presence,
        )?;
        for user in users {
            let reply = session.ask(Command::Query { user: user.clone() }).await?;
            let online = matches!(reply, Reply::Presence { online: true, .. });
            if args.json {
                print::output(
                    Record::Presence {
                        user: user.as_str(),
                        online,
                    }
                    .line(),
                )?;
            } else {
                let is = if online { "is here" } else { "is not here" };
                print::output(format_args!("{} {is}", visible(user.as_str())))?;
            }
        }
        Ok(())
    })
    .await
}

/// Prints what was said before, oldest first.
///
/// # Errors
/// The wire cannot ask, the hub keeps no history, or does not tell.
pub(crate) async fn history(args: &HistoryArgs) -> anyhow::Result<()> {
    if address::on_friends(&args.connect.url).is_some() {
        return friends::history(args).await;
    }
    only_friends(&args.data)?;
    let Some(place) = &args.place else {
        return Err(Usage("name a person, or a room as '#ROOM'".into()).into());
    };
    let place = Target::parse(place)?.place()?;
    not_on_lan(&args.connect)?;
    let login = Login::new(&args.connect, &LanArgs::default())?;
    needs(login.network, "history", |f| f.history)?;
    visit_as(&login, async |session| {
        if let Place::Room(room) = &place {
            // A room's history is told to its members [594-25].
            session
                .ask(Command::Join {
                    rooms: vec![room.clone()],
                })
                .await?;
        }
        let before = args.before.map(MessageId);
        let asked = Command::History {
            place: place.clone(),
            before,
            limit: args.limit,
        };
        let reply = session
            .ask(asked)
            .await
            .context("there is no history to be had")?;
        let Reply::History(events) = reply else {
            bail!("the hub's answer is no history")
        };
        let view = View::for_stdout();
        for event in &events {
            if args.json {
                print::output(Record::from(event).line())?;
            } else {
                print::output(view.event(event, false))?;
            }
        }
        Ok(())
    })
    .await
}

async fn open_rooms(session: &mut Session) -> anyhow::Result<Arc<[RoomName]>> {
    match session.ask(Command::ListRooms).await? {
        Reply::Rooms(rooms) => Ok(rooms),
        _ => bail!("the hub's answer is no list of rooms"),
    }
}

/// Asks who is in `room`. cs494 tells only members: there we go in, look, leave, and leave ourselves
/// out of the list.
async fn members(session: &mut Session, room: &RoomName) -> anyhow::Result<Vec<UserName>> {
    let list = || Command::ListMembers { room: room.clone() };
    let told = |reply| match reply {
        Reply::Members { names, .. } => Ok(names.to_vec()),
        _ => bail!("the hub's answer is no list of members"),
    };
    match session.ask(list()).await {
        Err(Trouble::Refused(model::Refusal::NotMember(_))) => {}
        other => return told(other?),
    }
    let rooms = vec![room.clone()];
    session
        .ask(Command::Join {
            rooms: rooms.clone(),
        })
        .await?;
    let mut names = told(session.ask(list()).await?)?;
    session.ask(Command::Leave { rooms }).await?;
    names.retain(|name| *name != session.me);
    Ok(names)
}

/// Whether `network` can do it.
///
/// # Errors
/// A sentence that names the wires that can.
pub(crate) fn needs(
    network: Network,
    what: &str,
    can: impl Fn(&Features) -> bool,
) -> anyhow::Result<()> {
    if can(&network.features()) {
        return Ok(());
    }
    bail!("{}", network.has_no(what, can))
}

/// Whether a question about rooms goes to a hub.
///
/// # Errors
/// It goes to the LAN, or to friends.
fn not_on_lan(connect: &ConnectArgs) -> anyhow::Result<()> {
    if address::on_lan(&connect.url).is_some() {
        bail!("the LAN has no rooms; `tincan lan` shows who is there");
    }
    if address::on_friends(&connect.url).is_some() {
        bail!("friends have no rooms; `tincan friends` shows how they are");
    }
    Ok(())
}

/// Whether flags that only friends have are left out.
///
/// # Errors
/// [`Usage`].
fn only_friends(place: &FriendsPlaceArgs) -> Result<(), Usage> {
    let flag = match (&place.data, &place.config) {
        (Some(_), _) => "--data",
        (None, Some(_)) => "--config",
        (None, None) => return Ok(()),
    };
    Err(Usage(format!(
        "{flag} is for friends; write friend: for the address"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::wires::Wire;

    #[test]
    fn what_a_wire_cannot_do_is_told_with_one_that_can() {
        let error = needs(Wire::Cp.into(), "history", |f| f.history).unwrap_err();
        assert_eq!(error.to_string(), "cp has no history; use cs594://");
        assert!(needs(Wire::Cs594.into(), "history", |f| f.history).is_ok());
        // [LAN-50]
        let error = needs(Network::Lan, "history", |f| f.history).unwrap_err();
        assert_eq!(error.to_string(), "the LAN has no history");
    }
}
