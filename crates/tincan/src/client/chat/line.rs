//! What a typed line means.

use std::path::PathBuf;

use model::{Recipient, RoomName, UserName};

use crate::client::target::{self, Target};

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
    /// Anything.
    Free,
}

/// A command: its name, its arguments, how they are written, what it does.
pub(super) struct Spec {
    /// With its slash.
    pub(super) name: &'static str,
    /// What each argument is; the last one stands for all that follow.
    pub(super) args: &'static [Arg],
    /// As shown in hints and in /help.
    pub(super) usage: &'static str,
    /// As shown in /help.
    pub(super) help: &'static str,
}

/// All commands, in the order of /help.
pub(super) const COMMANDS: [Spec; 15] = [
    spec(
        "/join",
        &[Arg::Room],
        "ROOM",
        "enter a room, or go to one that you are in",
    ),
    spec("/leave", &[Arg::Room], "[ROOM]", "leave the room"),
    spec("/rooms", &[], "", "which rooms are open"),
    spec("/who", &[Arg::Room], "[ROOM]", "who is in the room"),
    spec(
        "/msg",
        &[Arg::User, Arg::Free],
        "USER TEXT",
        "tell one person something",
    ),
    spec("/whois", &[Arg::User], "USER", "is this person here?"),
    spec("/history", &[Arg::Free], "[N]", "what was said here before"),
    spec(
        "/offer",
        &[Arg::User, Arg::File],
        "USER FILE",
        "send a file",
    ),
    spec("/files", &[], "", "offers and transfers"),
    spec(
        "/accept",
        &[Arg::Offer, Arg::File],
        "N [FOLDER]",
        "take the file of an offer",
    ),
    spec("/reject", &[Arg::Offer], "N", "decline an offer"),
    spec("/cancel", &[Arg::Offer], "N", "stop a transfer"),
    spec("/mail", &[], "", "look into the mailbox now"),
    spec("/help", &[], "", "this list"),
    spec("/quit", &[Arg::Free], "[WORDS]", "say goodbye"),
];

const fn spec(
    name: &'static str,
    args: &'static [Arg],
    usage: &'static str,
    help: &'static str,
) -> Spec {
    Spec {
        name,
        args,
        usage,
        help,
    }
}

/// A line's meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing to do.
    Blank,
    /// Said in the current room.
    Say(String),
    Join(RoomName),
    /// `None`: the current room.
    Leave(Option<RoomName>),
    Rooms,
    /// `None`: the current room.
    Who(Option<RoomName>),
    Tell(Recipient, String),
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

/// Reads a line. A text that begins with a slash is typed with two.
///
/// # Errors
/// A sentence that says what is missing.
pub(super) fn parse(line: &str) -> Result<Line, String> {
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
    let Some(spec) = COMMANDS.iter().find(|spec| spec.name == command) else {
        return Err(unknown(command));
    };
    let missing = || format!("write {} {}", spec.name, spec.usage);
    let name = |raw: &str| {
        if raw.is_empty() {
            Err(missing())
        } else {
            target::person(raw).map_err(|e| e.0)
        }
    };
    let room = |raw: &str| target::room(raw).map_err(|e| e.0);
    let maybe_room = |raw: &str| (!raw.is_empty()).then(|| room(raw)).transpose();
    let number = |raw: &str| raw.parse::<u16>().map_err(|_| missing());
    let (first, more) = split_word(rest);
    let line = match spec.name {
        "/join" if rest.is_empty() => return Err(missing()),
        "/join" => Line::Join(room(rest)?),
        "/leave" => Line::Leave(maybe_room(rest)?),
        "/rooms" => Line::Rooms,
        "/who" => Line::Who(maybe_room(rest)?),
        "/msg" if more.is_empty() => return Err(missing()),
        "/msg" => match Target::parse(first).map_err(|e| e.0)? {
            Target::Person(person) => Line::Tell(person, more.to_owned()),
            Target::Room(room) => return Err(format!("go to #{room} with /join and just write")),
        },
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
        "/offer" if more.is_empty() => return Err(missing()),
        "/offer" => Line::Offer(name(first)?, path(more)),
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

fn unknown(command: &str) -> String {
    let nearest = COMMANDS
        .iter()
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
            assert_eq!(parse(raw), Ok(expected), "{raw:?}");
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
            let error = parse(raw).unwrap_err();
            assert!(error.contains(part), "{raw:?}: {error}");
        }
    }

    #[test]
    fn every_command_is_read() {
        for spec in &COMMANDS {
            let raw = format!("{} 1 x", spec.name);
            let read = parse(&raw);
            assert!(
                !matches!(read, Ok(Line::Blank | Line::Say(_))),
                "{raw}: {read:?}"
            );
            assert_eq!(read == Ok(Line::Help), spec.name == "/help", "{raw}");
        }
    }
}
