//! What only the LAN has: looking who is there, finding somebody, keys.
//!
//! | file | what |
//! |---|---|
//! | `interfaces` | whether those that were asked for are there |
//! | `settings` | flags, environment and file as a node's settings |
//! | `table` | who is there, as lines |
//! | `look` | `tincan lan` itself |
//! | `doctor` | `tincan lan doctor` |

mod doctor;
pub(super) mod interfaces;
mod look;
pub(super) mod settings;
mod table;

pub(super) use table::{cut, filled, pad, painted};

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use link::Happening;
use model::{Channel, Command, Recipient, Reply, Signal, Text, UserName};
use tokio::time::timeout;

use super::escape::visible;
use super::jsonl::Record;
use super::login::{Login, open_door};
use super::network::Network;
use super::send::not_delivered;
use super::session::Session;
use super::view::channel_sentence;
use super::{Usage, address};
use crate::args::{LanAction, LanCommandArgs, LanPlaceArgs, WhoisArgs};
use crate::print;

/// How long somebody may take to be found: an announcement is repeated after 1 s and 3 s, so that a
/// lost one is made good by then.
pub(super) const FIND_LIMIT: Duration = Duration::from_secs(5);
/// How long a message may take, from the first connection to the last byte taken: a node gives each
/// address 5 s, and people have few.
const TELL_LIMIT: Duration = Duration::from_secs(60);
/// How long `whois` looks for people before it says that they are not there.
const WHOIS_LIMIT: Duration = Duration::from_secs(2);

/// Carries out `tincan lan`.
///
/// # Errors
/// It was not done.
pub(super) async fn run(args: &LanCommandArgs) -> anyhow::Result<()> {
    match &args.action {
        None => look::run(args).await,
        Some(LanAction::Doctor { json, place }) => doctor::run(*json, place).await,
        Some(LanAction::Key { json, place }) => keys(*json, place),
        Some(LanAction::Forget { name, place }) => forget(name, place),
    }
}

/// Prints our fingerprint and the known keys [LAN-46].
fn keys(json: bool, place: &LanPlaceArgs) -> anyhow::Result<()> {
    let settings = settings::onlooker(place)?;
    let folder = settings.folder.clone();
    let ours = open_door(settings)?.fingerprint();
    let known = node::lan::pins::list(&folder).context("cannot read the known keys")?;
    if json {
        let record = |name, key: &[u8; 32]| Record::Key {
            name,
            fingerprint: print::fingerprint(key),
        };
        print::output(record(None, &ours).line())?;
        for (name, key) in &known {
            print::output(record(Some(name), key).line())?;
        }
        return Ok(());
    }
    print::output(format_args!(
        "{}  (this machine)",
        print::fingerprint(&ours)
    ))?;
    for (name, key) in &known {
        print::output(format_args!(
            "{}  {}",
            print::fingerprint(key),
            visible(name)
        ))?;
    }
    Ok(())
}

fn forget(name: &str, place: &LanPlaceArgs) -> anyhow::Result<()> {
    let folder = settings::folder(place)?;
    let name = name.strip_prefix("lan:").unwrap_or(name);
    let known = node::lan::pins::forget(&folder, name).context("cannot change the known keys")?;
    if !known {
        bail!(
            "no key of {} is known; `tincan lan key` lists those that are",
            visible(name)
        );
    }
    print::note(format_args!(
        "the key of {} is forgotten; the next one they show is taken for theirs, so compare it (what \
         runs already, `tincan chat` for one, has to be started again)",
        visible(name)
    ));
    Ok(())
}

/// Whether an address means oneself, as it has to where nobody is written to.
///
/// # Errors
/// [`Usage`].
pub(super) fn needs_nobody(login: &Login) -> Result<(), Usage> {
    match login.partner() {
        None => Ok(()),
        Some(name) => Err(Usage(format!(
            "write lan: alone here; to be called {0} yourself add --name '{0}'",
            visible(name.as_str())
        ))),
    }
}

/// Whether an address on the LAN names nobody, where those who are meant follow it.
///
/// # Errors
/// [`Usage`].
pub(super) fn needs_no_partner(partner: Option<&UserName>) -> Result<(), Usage> {
    match partner {
        None => Ok(()),
        Some(name) => Err(Usage(format!(
            "write lan: alone, and who is meant behind it, as in lan: '{}'",
            visible(name.as_str())
        ))),
    }
}

/// A person's name on the LAN as somebody typed it.
///
/// # Errors
/// [`Usage`].
pub(super) fn person(raw: &str) -> Result<UserName, Usage> {
    let raw = raw.strip_prefix("lan:").unwrap_or(raw);
    if raw.is_empty() {
        return Err(Usage("a name is missing, as in bob@bobbox".into()));
    }
    address::instance(raw).map_err(|e| Usage(e.to_string()))
}

/// Whether two names are one: DNS does not tell capitals from small letters.
pub(super) fn is_same(one: &UserName, other: &UserName) -> bool {
    one.as_str().eq_ignore_ascii_case(other.as_str())
}

/// Where the picture with this hash is, if it is.
pub(super) fn picture_in(folder: &Path, hash: &str) -> Option<PathBuf> {
    node::lan::pictures::path(folder, hash).filter(|path| path.exists())
}

/// Tells, on standard error, what a person has to know about a conversation before its first
/// message [LAN-39] [LAN-46].
pub(super) fn warn(with: &UserName, channel: &Channel) {
    let text = channel_sentence(with.as_str(), channel);
    match channel {
        Channel::Plain => print::note(format_args!("warning: {text}")),
        Channel::Encrypted { known: false, .. } | Channel::Refused(_) => print::note(text),
        Channel::Encrypted { known: true, .. } => {}
    }
}

/// Waits until somebody is here; gives their name as they write it themselves.
///
/// # Errors
/// They are not, or the node has ended.
pub(super) async fn find(session: &mut Session, name: &UserName) -> anyhow::Result<UserName> {
    // They see who it comes from, so whoever it comes from is told too.
    if let Some(ours) = session.other_name() {
        print::note(format_args!("you are {} here", visible(ours.as_str())));
    }
    let search = async {
        loop {
            match session.next().await {
                Happening::Signal(Signal::Contact(contact)) if is_same(&contact.name, name) => {
                    return Ok(contact.name.clone());
                }
                Happening::Ended(reason) => bail!("the node ended: {}", visible(&reason)),
                Happening::Event(_) | Happening::Signal(_) | Happening::Reply(..) => {}
            }
        }
    };
    match timeout(FIND_LIMIT, search).await {
        Ok(found) => found,
        Err(_) => bail!(
            "nobody called {} is on the LAN; `tincan lan` shows who is there, `tincan lan doctor` \
             what may be wrong",
            visible(name.as_str())
        ),
    }
}

/// Tells somebody something, and makes sure that it has arrived as far as the network can tell
/// [LAN-43].
///
/// # Errors
/// It has not, or may not have.
pub(super) async fn tell(
    session: &mut Session,
    person: &UserName,
    text: Text,
) -> anyhow::Result<()> {
    let with = find(session, person).await?;
    let say = async {
        let to = Recipient::Name(with.clone());
        let told = session.start(Command::Tell { to, text }).await?;
        answered(session, told, &with).await?;
        let with = with.clone();
        let parted = session.start(Command::Part { with: with.clone() }).await?;
        answered(session, parted, &with).await
    };
    timeout(TELL_LIMIT, say).await.unwrap_or_else(|_| {
        bail!(
            "{} may not have got it: there was no end to it",
            visible(with.as_str())
        )
    })
}

/// Waits for an answer, and tells warnings as soon as they come: before the text goes out.
async fn answered(
    session: &mut Session,
    asked: model::CommandId,
    with: &UserName,
) -> anyhow::Result<()> {
    loop {
        match session.next().await {
            Happening::Reply(id, Reply::Refused(refusal)) if id == asked => {
                return Err(not_delivered(Network::Lan, with.as_str(), &refusal));
            }
            Happening::Reply(id, _) if id == asked => return Ok(()),
            Happening::Signal(Signal::Channel { with, channel }) => match channel {
                // The answer tells that with its reason.
                Channel::Refused(_) => {}
                Channel::Plain | Channel::Encrypted { .. } => warn(&with, &channel),
            },
            Happening::Signal(Signal::Doubtful(told)) if is_same(&told.to, with) => bail!(
                "{} may not have got it: the conversation broke off",
                visible(with.as_str())
            ),
            Happening::Ended(reason) => bail!("the node ended: {}", visible(&reason)),
            Happening::Event(_) | Happening::Signal(_) | Happening::Reply(..) => {}
        }
    }
}

/// Prints whether people are here, without being seen.
///
/// # Errors
/// There is no node.
pub(super) async fn whois(args: &WhoisArgs) -> anyhow::Result<()> {
    let users = args.users.iter().map(|raw| person(raw));
    let users = users.collect::<Result<Vec<_>, _>>()?;
    let is_sought = |all: &look::Contacts| users.iter().all(|user| all.get(user).is_some());
    let found = look::until(&args.lan.place, WHOIS_LIMIT, is_sought).await?;
    for user in &users {
        let online = found.get(user).is_some();
        let name = user.as_str();
        if args.json {
            print::output(Record::Presence { user: name, online }.line())?;
        } else {
            let is = if online { "is here" } else { "is not here" };
            print::output(format_args!("{} {is}", visible(name)))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_typed_with_or_without_their_scheme_and_compared_as_dns_does() {
        // [LAN-15] [LAN-50]
        assert_eq!(person("lan:bob@box").ok(), person("bob@box").ok());
        assert!(person("lan:").is_err() && person("").is_err());
        assert!(person(&"x".repeat(64)).is_err());
        let name = |raw| UserName::foreign(raw).unwrap();
        assert!(is_same(&name("Bob@box"), &name("bob@BOX")));
        assert!(!is_same(&name("bob@box"), &name("bob@box2")));
        assert!(!is_same(&name("É@box"), &name("é@box")), "ASCII only");
    }

    #[test]
    fn a_fingerprint_has_64_digits() {
        // [LAN-46]
        let mut key = [0; 32];
        key[0] = 0xAB;
        key[31] = 1;
        let hex = print::fingerprint(&key);
        assert_eq!(hex.len(), 64);
        assert!(hex.starts_with("ab00") && hex.ends_with("0001"));
    }
}
