//! Every configuration key: its name, what it may be, its default, what it means.
//!
//! This one table drives the reading of the file, the environment and `--set`, the hints after a
//! mistyped key, `tincan config` and the sample file.

use std::fmt;

/// All keys, table by table, in the order they are shown.
pub(crate) const KEYS: &[Key] = &[
    number(
        "limits.users",
        1,
        MILLION,
        "10000",
        "People online at once, on all wires together.",
    ),
    number(
        "limits.rooms",
        1,
        MILLION,
        "1000",
        "Rooms open at once. A room is open while somebody is in it.",
    ),
    number(
        "limits.rooms_per_user",
        1,
        MILLION,
        "100",
        "Rooms that one person may be in at once.",
    ),
    Key {
        name: "limits.room_members",
        kind: Kind::Number {
            min: 1,
            max: MILLION,
        },
        default: Default::SameAs("limits.users"),
        doc: "People in one room at once. As many as limits.users unless set.",
    },
    number(
        "limits.connections_per_address",
        1,
        MILLION,
        "64",
        "Connections from one network address (IPv6: one network of 64 bits) at once.",
    ),
    number(
        "limits.send_queue_bytes",
        64 * 1024,
        1 << 30,
        "1048576",
        "Bytes that may wait for one connection that reads slowly; beyond them it is closed.",
    ),
    number(
        "limits.transfers_per_user",
        0,
        10_000,
        "16",
        "Files that one person may offer and send at once; 0 switches file transfer off.",
    ),
    number(
        "limits.packets_per_second",
        1,
        MILLION,
        "200",
        "Packets a second that one connection may send, those of files aside. Faster ones are not \
         refused but read later.",
    ),
    flag(
        "limits.exempt_loopback",
        true,
        "Whether connections from this machine are free of the limits per address and of the rate.",
    ),
    listen("cs494.listen", "127.0.0.1:17734", DOC_LISTEN),
    listen("cs494.tls_listen", "off", DOC_TLS_LISTEN),
    number(
        "cs494.silence_s",
        20,
        3600,
        "30",
        "Seconds without any packet after which a client is taken for lost.",
    ),
    number(
        "cs494.heartbeat_s",
        1,
        5,
        "5",
        "Seconds between the hub's own signs of life.",
    ),
    flag(
        "cs494.push_room_list",
        true,
        "Whether every client is told unasked when a room opens or closes.",
    ),
    flag(
        "cs494.farewell_to_rooms",
        true,
        "Whether a departing person's last words are shown in the rooms they were in.",
    ),
    flag(
        "cs494.post_from_outside",
        false,
        "Whether one may post into a room without being in it.",
    ),
    flag(
        "cs494.strict_listings",
        false,
        "Whether every change of a room's members is listed by itself; otherwise changes that \
         happen together are listed once.",
    ),
    listen("cs594.listen", "127.0.0.1:8000", DOC_LISTEN),
    listen("cs594.tls_listen", "off", DOC_TLS_LISTEN),
    number(
        "cs594.silence_s",
        10,
        3600,
        "15",
        "Seconds without any packet after which a client that keeps the connection alive is taken \
         for lost.",
    ),
    Key {
        name: "cs594.key",
        kind: Kind::Secret,
        default: Default::Unset,
        doc: "The key that encrypted packets are read with: 32 hexadecimal digits from `tincan \
              generate key`. It is for clients that know nothing else: one key for all, and no \
              protection against changed packets. The secure way is tls_listen.",
    },
    flag(
        "cs594.require_encryption",
        false,
        "Whether packets in plain text are refused. Needs cs594.key.",
    ),
    flag(
        "cs594.list_users_to_all",
        false,
        "Whether the answer to LIST_USERS goes to everybody in the room, not to the asker only.",
    ),
    listen("cp.listen", "127.0.0.1:5035", DOC_LISTEN),
    listen("cp.tls_listen", "off", DOC_TLS_LISTEN),
    Key {
        name: "cp.unterminated",
        kind: Kind::Choice(&["accept", "reject"]),
        default: Default::Text("accept"),
        doc: "What is done with clients that send commands without line ends.",
    },
    flag(
        "cp.colons_in_messages",
        false,
        "Whether a message may hold a colon; otherwise it is answered with 546.",
    ),
    number(
        "cp.pdu_timeout_s",
        1,
        3600,
        "30",
        "Seconds that a command may take to arrive whole.",
    ),
    number(
        "cp.ack_timeout_s",
        1,
        3600,
        "30",
        "Seconds that a client may take to acknowledge a message; after them it stays in the \
         mailbox.",
    ),
    flag(
        "names.open_names",
        false,
        "Whether anybody may use the name of an account on wires without passwords. Mail goes to \
         the account's owner only, in any case.",
    ),
    Key {
        name: "names.confusables",
        kind: Kind::Choice(&["refuse", "allow"]),
        default: Default::Text("refuse"),
        doc: "What is done with a name that differs from one in use by upper and lower case only.",
    },
    flag(
        "history.enabled",
        true,
        "Whether what is said is stored. Mail for accounts is stored in any case.",
    ),
    number(
        "history.retention_days",
        0,
        36_500,
        "0",
        "Days that history is kept; 0 is for ever.",
    ),
    number(
        "history.retention_bytes",
        0,
        i64::MAX.unsigned_abs(),
        "0",
        "Bytes of text that history may hold, the oldest goes first; 0 is without limit.",
    ),
    Key {
        name: "history.except_rooms",
        kind: Kind::Rooms,
        default: Default::Unset,
        doc: "Rooms of which nothing is stored all the same: names separated by blanks.",
    },
    Key {
        name: "tls.cert",
        kind: Kind::Path,
        default: Default::Unset,
        doc: "The hub's certificate with its chain (PEM). Where it is not set and something \
              listens with TLS, one is made for test set-ups. A path in this file is taken from \
              this file's folder.",
    },
    Key {
        name: "tls.key",
        kind: Kind::Path,
        default: Default::Unset,
        doc: "The certificate's private key (PEM).",
    },
    listen(
        "ops.listen",
        "127.0.0.1:9494",
        "Where /metrics and /healthz are served, or \"off\". Keep it from the public.",
    ),
    phrase(
        "lan.user",
        "What to be called on the LAN. The system's name of you unless set.",
    ),
    phrase(
        "lan.machine",
        "What this machine is called on the LAN. The system's name of it unless set.",
    ),
    number(
        "lan.port",
        0,
        65_535,
        "5298",
        "Where we listen on the LAN; any free port where that one is taken, or is 0.",
    ),
    Key {
        name: "lan.interfaces",
        kind: Kind::Names(&[]),
        default: Default::Unset,
        doc: "Take part on these interfaces only; on all that can unless set.",
    },
    Key {
        name: "lan.status",
        kind: Kind::Choice(&["avail", "away", "dnd"]),
        default: Default::Text("avail"),
        doc: "How you are, as others on the LAN see it.",
    },
    phrase(
        "lan.message",
        "How you are, in your own words. Everybody can read it.",
    ),
    Key {
        name: "lan.picture",
        kind: Kind::Path,
        default: Default::Unset,
        doc: "Publish this picture: PNG, JPEG or GIF of at most 65,399 bytes; 8 KiB are better.",
    },
    phrase("lan.nick", "Publish this nickname."),
    phrase("lan.first", "Publish this first name."),
    phrase("lan.last", "Publish this last name."),
    phrase("lan.email", "Publish this electronic mail address."),
    phrase("lan.jid", "Publish this address in the XMPP network."),
    Key {
        name: "lan.hide",
        kind: Kind::Names(&PERSONAL),
        default: Default::Unset,
        doc: "Do not publish these, though they are set.",
    },
    flag(
        "lan.private",
        false,
        "Whether nothing personal is published: neither names nor addresses nor the picture, though \
         they are set.",
    ),
    flag(
        "lan.require_tls",
        false,
        "Whether we talk only where it is encrypted: to other Tincans.",
    ),
    Key {
        name: "friends.listen",
        kind: Kind::Addresses,
        default: Default::Unset,
        doc: "Where the node of friends listens while it runs; on port 7812 of all addresses unless \
              set. Only machines of people you have approved get further than TLS.",
    },
    Key {
        name: "friends.announce",
        kind: Kind::Addresses,
        default: Default::Unset,
        doc: "Where friends are told that this machine can be reached, besides its own addresses: the \
              public one of a router that forwards a port, for one.",
    },
    Key {
        name: "friends.incoming",
        kind: Kind::Path,
        default: Default::Unset,
        doc: "The folder for files from friends. friends/incoming in the data folder unless set. A \
              path in this file is taken from this file's folder.",
    },
    flag(
        "friends.tells_friends_of_friends",
        false,
        "Whether each friend is told who your other friends are, so that they can find each other.",
    ),
];

/// What `lan.hide` can name [LAN-42].
pub(crate) const PERSONAL: [&str; 7] = [
    "nick", "first", "last", "email", "jid", "picture", "message",
];

/// One configuration key.
#[derive(Debug)]
pub(crate) struct Key {
    /// Table and key, `limits.users`.
    pub(crate) name: &'static str,
    /// What it may be.
    pub(crate) kind: Kind,
    /// What it is where nobody says otherwise.
    pub(crate) default: Default,
    /// What it means, for people.
    pub(crate) doc: &'static str,
}

impl Key {
    /// The table's and the key's own name.
    pub(crate) fn parts(&self) -> (&'static str, &'static str) {
        self.name
            .split_once('.')
            .expect("names in the table above have two parts")
    }

    /// The environment variable, `TINCAN_LIMITS__USERS`.
    pub(crate) fn variable(&self) -> String {
        format!(
            "{VARIABLE_PREFIX}{}",
            self.name.replace('.', "__").to_uppercase()
        )
    }
}

/// How environment variables begin.
pub(crate) const VARIABLE_PREFIX: &str = "TINCAN_";

/// A key's default.
#[derive(Debug)]
pub(crate) enum Default {
    /// As if this were given as text.
    Text(&'static str),
    /// Whatever that key is.
    SameAs(&'static str),
    /// Nothing.
    Unset,
}

/// What a key may be.
#[derive(Debug)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number, both ends included.
    Number {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// `host:port` or `off`.
    Listen,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Names of rooms, separated by blanks; empty is unset.
    Rooms,
    /// Words on one line; empty is unset.
    Phrase,
    /// Names without blanks: a list, or one text with blanks between; only these, or any where none
    /// are given. Empty is unset.
    Names(&'static [&'static str]),
    /// IP addresses with ports: a list, or one text with blanks between. Empty is unset.
    Addresses,
    /// A file; empty is unset.
    Path,
    /// 32 hexadecimal digits that nobody is shown; empty is unset.
    Secret,
}

impl Kind {
    /// Reads what was written as text: in the environment, after `--set`, or as a TOML string.
    ///
    /// `None` where it is not of this kind or out of range; [`Kind`]'s `Display` then says what is
    /// allowed.
    pub(crate) fn parse(&self, text: &str) -> Option<Value> {
        match self {
            Self::Flag => text.parse().ok().map(Value::Flag),
            Self::Number { .. } => self.number(text.replace('_', "").parse().ok()?),
            Self::Listen => is_listen(text).then(|| Value::Text(text.to_owned())),
            Self::Choice(words) => words.contains(&text).then(|| Value::Text(text.to_owned())),
            Self::Rooms | Self::Path | Self::Secret | Self::Phrase if text.is_empty() => {
                Some(Value::Unset)
            }
            Self::Phrase => {
                let is_odd = |c: char| c.is_control() || model::is_directional(c);
                (!text.contains(is_odd)).then(|| Value::Text(text.to_owned()))
            }
            Self::Names(known) => {
                let names: Vec<_> = text.split_whitespace().collect();
                let fit = |name: &&str| known.is_empty() || known.contains(name);
                match names.iter().all(fit) {
                    true if names.is_empty() => Some(Value::Unset),
                    true => Some(Value::Text(names.join(" "))),
                    false => None,
                }
            }
            Self::Addresses => {
                let all: Vec<_> = text.split_whitespace().collect();
                let fit = |one: &&str| one.parse::<std::net::SocketAddr>().is_ok();
                match all.iter().all(fit) {
                    true if all.is_empty() => Some(Value::Unset),
                    true => Some(Value::Text(all.join(" "))),
                    false => None,
                }
            }
            Self::Rooms => text
                .split_whitespace()
                .all(|room| model::RoomName::parse(room).is_ok())
                .then(|| Value::Text(text.to_owned())),
            Self::Path => Some(Value::Text(text.to_owned())),
            Self::Secret => (text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit()))
                .then(|| Value::Text(text.to_owned())),
        }
    }

    /// Takes a number that is in range.
    pub(crate) fn number(&self, number: u64) -> Option<Value> {
        match self {
            Self::Number { min, max } => (*min..=*max)
                .contains(&number)
                .then_some(Value::Number(number)),
            Self::Flag
            | Self::Listen
            | Self::Choice(_)
            | Self::Rooms
            | Self::Phrase
            | Self::Names(_)
            | Self::Addresses
            | Self::Path
            | Self::Secret => None,
        }
    }
}

/// What is allowed, to stand after "must be".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("true or false"),
            Self::Number { min, max } if *max == i64::MAX.unsigned_abs() => {
                write!(f, "a whole number of at least {min}")
            }
            Self::Number { min, max } => write!(f, "a whole number from {min} to {max}"),
            Self::Listen => f.write_str("host:port or \"off\""),
            Self::Choice(words) => {
                for (i, word) in words.iter().enumerate() {
                    let comma = if i == 0 { "" } else { " or " };
                    write!(f, "{comma}\"{word}\"")?;
                }
                Ok(())
            }
            Self::Rooms => f.write_str("names of rooms, separated by blanks"),
            Self::Phrase => f.write_str("words on one line"),
            Self::Names([]) => f.write_str("a list of names"),
            Self::Names(known) => write!(f, "a list of some of {}", known.join(", ")),
            Self::Addresses => {
                f.write_str("a list of IP addresses with a port, as in 0.0.0.0:7812")
            }
            Self::Path => f.write_str("the path of a file"),
            Self::Secret => f.write_str("32 hexadecimal digits (`tincan generate key` makes them)"),
        }
    }
}

/// What a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Of [`Kind::Flag`].
    Flag(bool),
    /// Of [`Kind::Number`].
    Number(u64),
    /// Of every other kind.
    Text(String),
    /// Nothing.
    Unset,
}

/// The key of that name.
pub(crate) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Whether keys are in a table of that name.
pub(crate) fn is_table(name: &str) -> bool {
    KEYS.iter().any(|key| key.parts().0 == name)
}

/// The key that somebody who wrote `name` most probably meant.
pub(crate) fn nearest(name: &str) -> Option<&'static Key> {
    // Below this, a hint is a guess that misleads.
    const ALIKE: f64 = 0.6;
    KEYS.iter()
        .map(|key| {
            let (_, own) = key.parts();
            let alike = strsim::normalized_damerau_levenshtein(name, key.name)
                .max(strsim::normalized_damerau_levenshtein(name, own));
            (alike, key)
        })
        .filter(|(alike, _)| *alike >= ALIKE)
        // The first of equals: the order of the table.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, key)| key)
}

const MILLION: u64 = 1_000_000;
const DOC_LISTEN: &str = "Where the wire listens in plain text, or \"off\"; port 0 takes a free one. \
     Everybody on the way can read what is said.";
const DOC_TLS_LISTEN: &str = "Where the wire listens with TLS, or \"off\".";

const fn number(
    name: &'static str,
    min: u64,
    max: u64,
    default: &'static str,
    doc: &'static str,
) -> Key {
    Key {
        name,
        kind: Kind::Number { min, max },
        default: Default::Text(default),
        doc,
    }
}

const fn phrase(name: &'static str, doc: &'static str) -> Key {
    Key {
        name,
        kind: Kind::Phrase,
        default: Default::Unset,
        doc,
    }
}

const fn flag(name: &'static str, default: bool, doc: &'static str) -> Key {
    Key {
        name,
        kind: Kind::Flag,
        default: Default::Text(if default { "true" } else { "false" }),
        doc,
    }
}

const fn listen(name: &'static str, default: &'static str, doc: &'static str) -> Key {
    Key {
        name,
        kind: Kind::Listen,
        default: Default::Text(default),
        doc,
    }
}

/// `off`, or a host and a port. An IPv6 address stands in brackets.
fn is_listen(text: &str) -> bool {
    if text == "off" {
        return true;
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let host_is_whole = match host.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')
            .is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok()),
        None => !host.is_empty() && !host.contains([':', ' ', '/', ']']),
    };
    host_is_whole && !port.starts_with('+') && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_are_a_host_and_a_port_or_off() {
        // [HUB-12]
        for good in [
            "off",
            "127.0.0.1:0",
            "localhost:17734",
            "[::1]:80",
            "0.0.0.0:65535",
        ] {
            assert!(is_listen(good), "{good:?}");
        }
        for bad in [
            "",
            "on",
            "localhost",
            ":80",
            "::1:80",
            "[::1]",
            "[x]:1",
            "a b:1",
            "h:65536",
            "h:+1",
            "h:",
            "http://h:1",
        ] {
            assert!(!is_listen(bad), "{bad:?}");
        }
    }

    #[test]
    fn hints_are_near_or_not_given() {
        // [HUB-12]
        let hint = |name| nearest(name).map(|key| key.name);
        assert_eq!(hint("limits.user"), Some("limits.users"));
        assert_eq!(hint("limit.users"), Some("limits.users"));
        assert_eq!(hint("users"), Some("limits.users"));
        assert_eq!(hint("retention_days"), Some("history.retention_days"));
        assert_eq!(hint("cs494.slience_s"), Some("cs494.silence_s"));
        assert_eq!(hint("zzz.qqqqq"), None);
        assert_eq!(hint(""), None);
    }

    #[test]
    fn every_key_has_a_unique_name_a_meaning_and_a_legal_default() {
        // [HUB-12]
        for (i, key) in KEYS.iter().enumerate() {
            assert!(KEYS[..i].iter().all(|other| other.name != key.name));
            assert!(key.doc.ends_with('.'), "{}", key.name);
            match key.default {
                Default::Text(text) => assert!(key.kind.parse(text).is_some(), "{}", key.name),
                Default::SameAs(other) => assert!(find(other).is_some(), "{}", key.name),
                Default::Unset => assert_eq!(key.kind.parse(""), Some(Value::Unset)),
            }
        }
    }
}
