//! What a typed line means.

use std::borrow::Cow;
use std::path::PathBuf;

use link::Features;
use model::{Availability, Presence, Recipient, RoomName, UserName};

use crate::client::network::Network;
use crate::client::target::{self, Target};
use crate::client::{friends, lan};

/// What an argument of a command is, for completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arg {
    /// A room.
    Room,
    /// A person.
    User,
    /// A path on this machine.
    File,
    /// The number of an offer.
    Offer,
    /// How one is.
    Status,
    /// Anything.
    Free,
}

/// A command: its name, its arguments, how they are written, what it does, and where there is such.
pub(super) struct Spec {
    /// With its slash.
    pub(super) name: &'static str,
    /// What each argument is; the last one stands for all that follow.
    pub(super) args: &'static [Arg],
    /// As shown in hints and in /help.
    pub(super) usage: &'static str,
    /// As shown in /help.
    pub(super) help: &'static str,
    /// Whether it makes sense on a network that can do this.
    fits: fn(&Features) -> bool,
}

/// All commands, in the order of /help. Some are different on different networks.
pub(super) const COMMANDS: [Spec; 20] = [
    spec(
        "/join",
        &[Arg::Room],
        "ROOM",
        "enter a room, or go to one that you are in",
        |f| f.rooms,
    ),
    spec("/leave", &[Arg::Room], "[ROOM]", "leave the room", |f| {
        f.rooms
    }),
    spec("/rooms", &[], "", "which rooms are open", |f| f.rooms),
    spec("/who", &[Arg::Room], "[ROOM]", "who is in the room", |f| {
        f.rooms
    }),
    spec("/who", &[], "", "who is here, and how they are", |f| {
        f.contacts
    }),
    spec(
        "/to",
        &[Arg::User],
        "USER",
        "write to this person from now on",
        |f| f.contacts,
    ),
    spec(
        "/msg",
        &[Arg::User, Arg::Free],
        "USER TEXT",
        "tell one person something",
        |_| true,
    ),
    spec(
        "/whois",
        &[Arg::User],
        "USER",
        "is this person here?",
        |f| f.presence,
    ),
    spec(
        "/status",
        &[Arg::Status, Arg::Free],
        "avail|away|dnd [TEXT]",
        "tell everybody how you are",
        |f| f.contacts,
    ),
    spec(
        "/history",
        &[Arg::Free],
        "[N]",
        "what was said here before",
        |f| f.history,
    ),
    spec(
        "/offer",
        &[Arg::User, Arg::File],
        "USER FILE",
        "send a file",
        |f| f.files && !f.contacts,
    ),
    spec(
        "/send",
        &[Arg::User, Arg::File],
        "USER FILE",
        "send a file",
        |f| f.files && f.contacts,
    ),
    spec("/files", &[], "", "offers and transfers", |f| f.files),
    spec(
        "/accept",
        &[Arg::Offer, Arg::File],
        "N [FOLDER]",
        "take the file of an offer",
        |f| f.files,
    ),
    spec("/reject", &[Arg::Offer], "N", "decline an offer", |f| {
        f.files
    }),
    spec("/cancel", &[Arg::Offer], "N", "stop a transfer", |f| {
        f.files
    }),
    spec("/mail", &[], "", "look into the mailbox now", |f| f.mailbox),
    spec("/help", &[], "", "this list", |_| true),
    spec("/quit", &[Arg::Free], "[WORDS]", "say goodbye", |f| {
        !f.contacts
    }),
    spec("/quit", &[], "", "say goodbye", |f| f.contacts),
];

/// The commands that make sense on a network, or all where none is known yet.
pub(super) fn commands(network: Option<Network>) -> impl Iterator<Item = &'static Spec> {
    let features = network.map(Network::features);
    let fits = move |spec: &&Spec| {
        features
            .as_ref()
            .is_none_or(|features| (spec.fits)(features))
    };
    COMMANDS.iter().filter(fits)
}

const fn spec(
    name: &'static str,
    args: &'static [Arg],
    usage: &'static str,
    help: &'static str,
    fits: fn(&Features) -> bool,
) -> Spec {
    Spec {
        name,
        args,
        usage,
        help,
        fits,
    }
}

/// A line's meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing to do.
    Blank,
    /// Said in the current room, or to the person one writes to.
    Say(String),
    Join(RoomName),
    /// `None`: the current room.
    Leave(Option<RoomName>),
    Rooms,
    /// `None`: the current room.
    Who(Option<RoomName>),
    /// Who is here, where there are no rooms.
    People,
    /// Write to this person.
    To(UserName),
    Tell(Recipient, String),
    /// Tell everybody how one is.
    Status(Presence),
    Whois(UserName),
    /// How many messages.
    History(u32),
    Offer(UserName, PathBuf),
    Files,
    Accept(u16, Option<PathBuf>),
    Reject(u16),
    Cancel(u16),
    Mail,
    Help,
    Quit(Option<String>),
}

/// Messages that /history asks for where it is not told how many.
const HISTORY: u32 = 20;
/// Messages that a hub gives at once, at most [594-25].
const MAX_HISTORY: u32 = 200;

/// Reads a line as it is meant on `network`. A text that begins with a slash is typed with two.
///
/// # Errors
/// A sentence that says what is missing.
pub(super) fn parse(line: &str, network: Network) -> Result<Line, String> {
    let line = line.trim_end_matches(['\n', '\r']);
    if line.trim().is_empty() {
        return Ok(Line::Blank);
    }
    if let Some(text) = line.strip_prefix("//") {
        return Ok(Line::Say(format!("/{text}")));
    }
    if !line.starts_with('/') {
        return Ok(Line::Say(line.to_owned()));
    }
    let (command, rest) = split_word(line);
    // One that makes no sense here is read all the same: what it lacks is told better than by
    // "there is no such command".
    let named = |spec: &&Spec| spec.name == command;
    let spec = commands(Some(network)).find(named);
    let Some(spec) = spec.or_else(|| COMMANDS.iter().find(named)) else {
        return Err(unknown(command, network));
    };
    let has_people = network.features().contacts;
    let missing = || format!("write {} {}", spec.name, spec.usage);
    let name = |raw: &str| {
        if raw.is_empty() {
            Err(missing())
        } else {
            person(raw, network)
        }
    };
    let room = |raw: &str| target::room(raw).map_err(|e| e.0);
    let maybe_room = |raw: &str| (!raw.is_empty()).then(|| room(raw)).transpose();
    let number = |raw: &str| raw.parse::<u16>().map_err(|_| missing());
    let (first, more) = split_name(rest, has_people);
    let (first, whole) = (&*first, rest);
    let line = match spec.name {
        "/join" if rest.is_empty() => return Err(missing()),
        "/join" => Line::Join(room(rest)?),
        "/leave" => Line::Leave(maybe_room(rest)?),
        "/rooms" => Line::Rooms,
        "/who" if has_people => Line::People,
        "/who" => Line::Who(maybe_room(rest)?),
        "/to" => Line::To(name(one_name(first, more, whole))?),
        "/status" => Line::Status(status(rest).ok_or_else(missing)?),
        "/msg" if more.is_empty() => return Err(missing()),
        "/msg" if has_people => Line::Tell(Recipient::Name(name(first)?), more.to_owned()),
        "/msg" => match Target::parse(first).map_err(|e| e.0)? {
            Target::Person(person) => Line::Tell(person, more.to_owned()),
            Target::Room(room) => return Err(format!("go to #{room} with /join and just write")),
        },
        "/whois" if has_people => Line::Whois(name(one_name(first, more, whole))?),
        "/whois" => Line::Whois(name(rest)?),
        "/history" if rest.is_empty() => Line::History(HISTORY),
        "/history" => match rest.parse() {
            Ok(count @ 1..=MAX_HISTORY) => Line::History(count),
            _ => {
                return Err(format!(
                    "a number from 1 to {MAX_HISTORY}, as in /history 50"
                ));
            }
        },
        "/offer" | "/send" if more.is_empty() => return Err(missing()),
        "/offer" | "/send" => Line::Offer(name(first)?, path(more)),
        "/files" => Line::Files,
        "/accept" => Line::Accept(number(first)?, (!more.is_empty()).then(|| path(more))),
        "/reject" => Line::Reject(number(rest)?),
        "/cancel" => Line::Cancel(number(rest)?),
        "/mail" => Line::Mail,
        "/quit" => Line::Quit((!rest.is_empty()).then(|| rest.to_owned())),
        _ => Line::Help,
    };
    Ok(line)
}

/// A person's name by the rules of `network`.
fn person(raw: &str, network: Network) -> Result<UserName, String> {
    match network {
        Network::Hub(_) => target::person(raw),
        Network::Lan => lan::person(raw),
        Network::Friends => friends::person(raw),
    }
    .map_err(|e| e.0)
}

/// The first word and what follows it. Where names may hold blanks, quotes or backslashes keep
/// them, as completion writes them.
fn split_name(text: &str, may_hold_blanks: bool) -> (Cow<'_, str>, &str) {
    if !may_hold_blanks {
        let (word, rest) = split_word(text);
        return (Cow::Borrowed(word), rest);
    }
    if let Some((inner, rest)) = text.strip_prefix('"').and_then(|t| t.split_once('"')) {
        return (Cow::Borrowed(inner), rest.trim());
    }
    let mut is_escaped = false;
    let end = text.find(|c: char| {
        let ends = c.is_whitespace() && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    (Cow::Owned(unescaped(word)), rest.trim())
}

/// The name where nothing but a name can stand: then blanks belong to it, quoted or not.
fn one_name<'a>(first: &'a str, more: &str, whole: &'a str) -> &'a str {
    if more.is_empty() { first } else { whole }
}

/// `away back at two`
fn status(raw: &str) -> Option<Presence> {
    let (word, message) = split_word(raw);
    let availability = match word {
        "avail" | "available" => Availability::Available,
        "away" => Availability::Away,
        "dnd" | "busy" => Availability::Busy,
        _ => return None,
    };
    let message = (!message.is_empty()).then(|| message.into());
    Some(Presence {
        availability,
        message,
    })
}

/// The first word and what follows it.
fn split_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

/// A path as people type it: `~/` is home, quotes and backslashes (which completion writes) keep
/// blanks.
fn path(raw: &str) -> PathBuf {
    let bare = ['"', '\''].iter().find_map(|&quote| {
        raw.strip_prefix(quote)
            .map(|inner| inner.strip_suffix(quote).unwrap_or(inner))
    });
    let plain = bare.map_or_else(|| unescaped(raw), ToOwned::to_owned);
    match (plain.strip_prefix("~/"), etcetera::home_dir()) {
        (Some(rest), Ok(home)) => home.join(rest),
        _ => PathBuf::from(plain),
    }
}

fn unescaped(raw: &str) -> String {
    let mut chars = raw.chars();
    let mut plain = String::with_capacity(raw.len());
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.extend(chars.next()),
            c => plain.push(c),
        }
    }
    plain
}

fn unknown(command: &str, network: Network) -> String {
    let nearest = commands(Some(network))
        .map(|spec| (strsim::osa_distance(command, spec.name), spec.name))
        .min()
        .filter(|(distance, _)| *distance <= 2);
    let shown = crate::client::escape::visible(command);
    match nearest {
        Some((_, name)) => format!("there is no {shown}; did you mean {name}? /help lists them"),
        None => format!("there is no {shown}; /help lists the commands (// says a / itself)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::wires::Wire;

    const HUB: Network = Network::Hub(Wire::Cs494);

    fn room(raw: &str) -> RoomName {
        RoomName::parse(raw).unwrap()
    }

    fn user(raw: &str) -> UserName {
        UserName::parse(raw).unwrap()
    }

    #[test]
    fn lines_are_read() {
        let table = [
            ("", Line::Blank),
            ("  \t", Line::Blank),
            ("hello there", Line::Say("hello there".into())),
            ("two\nlines\n", Line::Say("two\nlines".into())),
            ("  indented", Line::Say("  indented".into())),
            ("//etc/passwd", Line::Say("/etc/passwd".into())),
            ("/join tea", Line::Join(room("tea"))),
            ("/join #tea ", Line::Join(room("tea"))),
            ("/leave", Line::Leave(None)),
            ("/leave #tea", Line::Leave(Some(room("tea")))),
            ("/rooms", Line::Rooms),
            ("/who", Line::Who(None)),
            ("/who tea", Line::Who(Some(room("tea")))),
            (
                "/msg bo  hi  there",
                Line::Tell(Recipient::Name(user("bo")), "hi  there".into()),
            ),
            ("/whois bo", Line::Whois(user("bo"))),
            ("/history", Line::History(HISTORY)),
            ("/history 5", Line::History(5)),
            (
                "/offer bo a file.txt",
                Line::Offer(user("bo"), "a file.txt".into()),
            ),
            (
                "/offer bo a\\ file.txt",
                Line::Offer(user("bo"), "a file.txt".into()),
            ),
            (
                "/offer bo \"a file.txt\"",
                Line::Offer(user("bo"), "a file.txt".into()),
            ),
            ("/files", Line::Files),
            ("/accept 3", Line::Accept(3, None)),
            ("/accept 3 /tmp", Line::Accept(3, Some("/tmp".into()))),
            ("/reject 3", Line::Reject(3)),
            ("/cancel 3", Line::Cancel(3)),
            ("/mail", Line::Mail),
            ("/help", Line::Help),
            ("/quit", Line::Quit(None)),
            ("/quit so long", Line::Quit(Some("so long".into()))),
        ];
        for (raw, expected) in table {
            assert_eq!(parse(raw, HUB), Ok(expected), "{raw:?}");
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        for (raw, part) in [
            ("/join", "/join ROOM"),
            ("/join a b", "no room"),
            ("/msg", "/msg USER TEXT"),
            ("/msg bo", "/msg USER TEXT"),
            ("/msg #tea hi", "/join"),
            ("/whois", "/whois USER"),
            ("/offer bo", "/offer USER FILE"),
            ("/accept", "/accept N"),
            ("/accept x", "/accept N"),
            ("/accept 70000", "/accept N"),
            ("/history 0", "1 to 200"),
            ("/history 201", "1 to 200"),
            ("/jion tea", "did you mean /join"),
            ("/xyzzy", "/help"),
            ("/\u{1b}[2J", "\\u{1b}[2J"),
        ] {
            let error = parse(raw, HUB).unwrap_err();
            assert!(error.contains(part), "{raw:?}: {error}");
        }
    }

    #[test]
    fn every_command_is_read() {
        for spec in &COMMANDS {
            let raw = format!("{} 1 x", spec.name);
            let network = if (spec.fits)(&HUB.features()) {
                HUB
            } else {
                Network::Lan
            };
            let raw = raw.replace("/status 1", "/status away");
            let read = parse(&raw, network);
            assert!(
                !matches!(read, Ok(Line::Blank | Line::Say(_))),
                "{raw}: {read:?}"
            );
            assert_eq!(read == Ok(Line::Help), spec.name == "/help", "{raw}");
        }
    }

    #[test]
    fn names_on_the_lan_may_hold_blanks() {
        // [LAN-15] [LAN-50]
        let name = |raw| UserName::foreign(raw).unwrap();
        let tell = |to, text: &str| Line::Tell(Recipient::Name(name(to)), text.into());
        let table = [
            ("/msg bob@box  hi  there", tell("bob@box", "hi  there")),
            (
                "/msg \"bob smith@box (2)\" hi",
                tell("bob smith@box (2)", "hi"),
            ),
            ("/msg bob\\ smith@box hi", tell("bob smith@box", "hi")),
            ("/msg o\"neill@box \"hi\"", tell("o\"neill@box", "\"hi\"")),
            ("/msg #a b", tell("#a", "b")),
            ("/to bob smith@box", Line::To(name("bob smith@box"))),
            ("/to \"bob smith@box\"", Line::To(name("bob smith@box"))),
            ("/who", Line::People),
            (
                "/send \"bob smith@box\" \"a file.txt\"",
                Line::Offer(name("bob smith@box"), "a file.txt".into()),
            ),
            (
                "/offer bob@box a.txt",
                Line::Offer(name("bob@box"), "a.txt".into()),
            ),
            (
                "/status away back at two",
                Line::Status(Presence {
                    availability: Availability::Away,
                    message: Some("back at two".into()),
                }),
            ),
            ("/status avail", Line::Status(Presence::default())),
        ];
        for (raw, expected) in table {
            assert_eq!(parse(raw, Network::Lan), Ok(expected), "{raw:?}");
        }
        for (raw, part) in [
            ("/to", "/to USER"),
            ("/msg bob@box", "/msg USER TEXT"),
            ("/status", "/status avail|away|dnd"),
            ("/status asleep", "/status avail|away|dnd"),
            ("/tp bob", "did you mean /to"),
        ] {
            let error = parse(raw, Network::Lan).unwrap_err();
            assert!(error.contains(part), "{raw:?}: {error}");
        }
    }

    #[test]
    fn only_what_a_network_can_do_is_listed() {
        // [LAN-50]
        let names = |network| -> Vec<_> { commands(Some(network)).map(|s| s.name).collect() };
        let (hub, lan) = (names(HUB), names(Network::Lan));
        for name in ["/to", "/status", "/send"] {
            assert!(lan.contains(&name) && !hub.contains(&name), "{name}");
        }
        for name in ["/join", "/rooms", "/offer"] {
            assert!(hub.contains(&name) && !lan.contains(&name), "{name}");
        }
        for names in [hub, lan] {
            let who = names.iter().filter(|name| **name == "/who");
            assert_eq!(who.count(), 1);
        }
    }
}
