//! What a node tells about its person: one TXT record with many strings [LAN-6] … [LAN-10].

use std::borrow::Cow;
use std::sync::Arc;

use model::{Availability, Presence};

/// Bytes of one string, at most: its length is one byte.
const MAX_STRING: usize = 255;
/// Bytes of the whole record, so that it fits one frame with its companions (RFC 6763, 6.2).
const MAX_RECORD: usize = 1_299;
/// Strings that are read; the known keys are eleven, and nobody sends twenty.
const MAX_STRINGS: usize = 64;
/// Hexadecimal digits of a SHA-1.
const HASH_DIGITS: usize = 40;
/// What is cut first where the record gets too long; the others fit in any case.
const EXPENDABLE: [&str; 2] = ["msg", "nick"];

/// All keys we publish or read. `None`: not told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// `status` and `msg`. Published always: `status=avail` is what the others assume anyway.
    pub presence: Presence,
    /// `1st`
    pub first: Option<String>,
    /// `last`
    pub last: Option<String>,
    /// `nick`
    pub nick: Option<String>,
    /// `email`
    pub email: Option<String>,
    /// `jid`
    pub jid: Option<String>,
    /// `phsh`: SHA-1 of the picture, lower-case hexadecimal.
    pub picture: Option<String>,
    /// `vc`
    pub abilities: Abilities,
}

/// `vc`: what conferences one can take part in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// `A`
    pub audio: bool,
    /// `V`
    pub video: bool,
    /// `C`
    pub conference: bool,
    /// `!`: in no conference now.
    pub free: bool,
}

impl Profile {
    /// The strings of the record, in the order txtvers, 1st, last, nick, status, msg, phsh,
    /// port.p2pj, email, jid, vc; each at most 255 bytes, cut between characters, the whole below
    /// 1,300 bytes (`msg` is cut first). Empty values are left out.
    pub fn encode(&self, port: u16) -> Vec<Vec<u8>> {
        let status = status_of(self.presence.availability);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let mut pairs = [
            ("txtvers", "1".to_owned()),
            ("1st", text(&self.first)),
            ("last", text(&self.last)),
            ("nick", text(&self.nick)),
            ("status", status.to_owned()),
            (
                "msg",
                self.presence
                    .message
                    .as_deref()
                    .unwrap_or_default()
                    .to_owned(),
            ),
            ("phsh", text(&self.picture)),
            ("port.p2pj", port.to_string()),
            ("email", text(&self.email)),
            ("jid", text(&self.jid)),
            ("vc", self.abilities.to_value()),
        ];
        for (key, value) in &mut pairs {
            value.truncate(value.floor_char_boundary(MAX_STRING - key.len() - 1));
        }
        for key in EXPENDABLE {
            let surplus = size(&pairs).saturating_sub(MAX_RECORD);
            if let Some((_, value)) = pairs.iter_mut().find(|(k, _)| *k == key) {
                value.truncate(value.floor_char_boundary(value.len().saturating_sub(surplus)));
            }
        }
        pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| format!("{key}={value}").into_bytes())
            .collect()
    }

    /// Reads the strings of a record: keys without regard to case, the first of a key counts, an
    /// unknown or missing status is available, text that is no UTF-8 is left out, `port.p2pj` is
    /// ignored [LAN-7]. Takes any input.
    pub fn decode<'a>(strings: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let pairs: Vec<_> = strings
            .into_iter()
            .take(MAX_STRINGS)
            .filter_map(pair)
            .collect();
        let value = |key: &str| {
            let (_, value) = pairs
                .iter()
                .find(|(k, _)| k.eq_ignore_ascii_case(key.as_bytes()))?;
            let text = core::str::from_utf8(value).ok()?;
            (!text.is_empty()).then(|| text.to_owned())
        };
        Self {
            presence: Presence {
                availability: availability_of(&value("status").unwrap_or_default()),
                message: value("msg").map(Arc::from),
            },
            first: value("1st"),
            last: value("last"),
            nick: value("nick"),
            email: value("email"),
            jid: value("jid"),
            picture: value("phsh").and_then(|hash| hash_of(&hash)),
            abilities: Abilities::from_value(&value("vc").unwrap_or_default()),
        }
    }

    /// A name to show beside the instance: the nickname, else first and last name [LAN-16].
    pub fn shown(&self) -> Option<String> {
        let full = [&self.first, &self.last].map(|name| name.as_deref().unwrap_or_default().trim());
        let nick = self.nick.as_deref().unwrap_or_default().trim();
        let shown: Cow<'_, str> = if nick.is_empty() {
            full.join(" ").trim().to_owned().into()
        } else {
            nick.into()
        };
        (!shown.is_empty()).then(|| shown.into_owned())
    }
}

impl Abilities {
    fn to_value(self) -> String {
        [
            (self.audio, 'A'),
            (self.video, 'V'),
            (self.conference, 'C'),
            (self.free, '!'),
        ]
        .into_iter()
        .filter_map(|(is_set, letter)| is_set.then_some(letter))
        .collect()
    }

    /// Letters in any order, either case; others mean nothing to us.
    fn from_value(value: &str) -> Self {
        let has =
            |letter: char| value.contains(letter) || value.contains(letter.to_ascii_lowercase());
        Self {
            audio: has('A'),
            video: has('V'),
            conference: has('C'),
            free: has('!'),
        }
    }
}

const fn status_of(availability: Availability) -> &'static str {
    match availability {
        Availability::Available => "avail",
        Availability::Away => "away",
        Availability::Busy => "dnd",
    }
}

fn availability_of(status: &str) -> Availability {
    [Availability::Away, Availability::Busy]
        .into_iter()
        .find(|availability| status.eq_ignore_ascii_case(status_of(*availability)))
        .unwrap_or_default()
}

fn hash_of(text: &str) -> Option<String> {
    let is_hash = text.len() == HASH_DIGITS && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hash.then(|| text.to_ascii_lowercase())
}

fn pair(string: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = string.iter().position(|byte| *byte == b'=')?;
    let (key, value) = string.split_at(at);
    Some((key, value.get(1..)?))
}

fn size(pairs: &[(&str, String)]) -> usize {
    pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| 1 + key.len() + 1 + value.len())
        .sum()
}
