//! How what happens looks in lines: times, colours, names, long texts.

use std::io::{self, IsTerminal};

use jiff::tz::TimeZone;
use model::{Availability, Channel, Contact, Event, SaidAs, Signal, Timestamp, Transfer};

use super::escape::visible;
use super::lan::cut;
use crate::print;

/// Colours of names, as SGR numbers: legible on dark and light, red left for warnings.
const NAME_COLOURS: [u8; 10] = [32, 33, 34, 35, 36, 92, 93, 94, 95, 96];

/// Columns of what somebody is called beside their name, at most.
const MAX_SHOWN: usize = 40;
/// Columns of a status in words, at most: two lines of a usual terminal.
const MAX_STATUS_TEXT: usize = 120;

/// Draws lines: in colour or not, in some time zone.
#[derive(Clone, Debug)]
pub(crate) struct View {
    colour: bool,
    zone: TimeZone,
}

impl View {
    /// For standard output as it is: colours only on a terminal that has them and where NO_COLOR
    /// does not ask for none.
    pub(crate) fn for_stdout() -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let colour = io::stdout().is_terminal() && !set("NO_COLOR") && !dumb;
        Self {
            colour,
            zone: TimeZone::system(),
        }
    }

    /// Without colours, in UTC.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self {
            colour: false,
            zone: TimeZone::UTC,
        }
    }

    fn sgr(&self, codes: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{codes}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// What is beside the point.
    pub(crate) fn dim(&self, text: &str) -> String {
        self.sgr("2", text)
    }

    /// What somebody should notice.
    pub(crate) fn strong(&self, text: &str) -> String {
        self.sgr("1;33", text)
    }

    /// What went wrong.
    pub(crate) fn warning(&self, text: &str) -> String {
        self.sgr("31", text)
    }

    /// A person, always in the same colour.
    pub(crate) fn name(&self, name: &str) -> String {
        let colour = NAME_COLOURS[stable_hash(name) % NAME_COLOURS.len()];
        self.sgr(&format!("1;{colour}"), &visible(name))
    }

    /// `17:05`.
    pub(crate) fn clock(&self, at: Timestamp) -> String {
        self.time(at)
            .map(|time| time.strftime("%H:%M").to_string())
            .unwrap_or_default()
    }

    /// `Tuesday, 24 November 2026`.
    pub(crate) fn day(&self, at: Timestamp) -> String {
        let day = |time: jiff::Zoned| time.strftime("%A, %-d %B %Y").to_string();
        self.time(at).map(day).unwrap_or_default()
    }

    /// `2026-11-24 17:05`.
    pub(crate) fn date(&self, at: Timestamp) -> String {
        self.time(at)
            .map(|time| time.strftime("%Y-%m-%d %H:%M").to_string())
            .unwrap_or_default()
    }

    fn time(&self, at: Timestamp) -> Option<jiff::Zoned> {
        let millis = i64::try_from(at.0).ok()?;
        Some(
            jiff::Timestamp::from_millisecond(millis)
                .ok()?
                .to_zoned(self.zone.clone()),
        )
    }

    /// A message on a line of its own; further lines of its text are indented below it.
    pub(crate) fn event(&self, event: &Event, mention: bool) -> String {
        match event {
            Event::Said(said) => {
                let room = self.dim(&format!("#{}", visible(said.room.as_str())));
                let from = self.name(said.from.as_str());
                let text = match said.manner {
                    SaidAs::Post | SaidAs::Group => {
                        format!(": {}", self.text(said.text.as_str(), mention))
                    }
                    SaidAs::Farewell => {
                        format!(" left: {}", self.text(said.text.as_str(), mention))
                    }
                };
                format!("{} {room} {from}{text}", self.dim(&self.clock(said.at)))
            }
            Event::Told(told) => {
                let people = format!(
                    "{} → {}",
                    self.name(told.from.as_str()),
                    self.name(told.to.as_str())
                );
                let text = self.text(told.text.as_str(), mention);
                format!("{} {people}: {text}", self.dim(&self.clock(told.at)))
            }
        }
    }

    fn text(&self, text: &str, mention: bool) -> String {
        let mut shown = String::new();
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                shown.push_str("\n      ");
            }
            let line = visible(line);
            shown.push_str(&if mention {
                self.strong(&line)
            } else {
                line.into_owned()
            });
        }
        shown
    }

    /// A signal in a sentence; `None` for the bytes of a file.
    pub(crate) fn signal(&self, signal: &Signal) -> Option<String> {
        let joined = |names: Vec<String>| names.join(", ");
        Some(match signal {
            Signal::Members { room, names } => {
                let names = names.iter().map(|name| self.name(name.as_str())).collect();
                self.dim(&format!("* in #{}: ", visible(room.as_str()))) + &joined(names)
            }
            Signal::Rooms(rooms) => {
                let rooms = rooms
                    .iter()
                    .map(|room| format!("#{}", visible(room.as_str())));
                self.dim(&format!("* open rooms: {}", joined(rooms.collect())))
            }
            Signal::Offered(transfer) => {
                let text = format!(" offers {}", file(transfer));
                format!(
                    "{} {}{}",
                    self.dim("*"),
                    self.name(transfer.from.as_str()),
                    text
                )
            }
            Signal::Answered { transfer, accepted } => {
                let verb = if *accepted { "accepts" } else { "declines" };
                let text = format!(" {verb} {}", file(transfer));
                format!(
                    "{} {}{}",
                    self.dim("*"),
                    self.name(transfer.to.as_str()),
                    text
                )
            }
            Signal::Segment { .. } => return None,
            Signal::Ended { transfer, .. } => self.warning(&format!(
                "* the transfer of {} from {} to {} is over before its end",
                visible(transfer.name.as_str()),
                visible(transfer.from.as_str()),
                visible(transfer.to.as_str()),
            )),
            Signal::Progress {
                transfer,
                done,
                speed,
                left_s,
            } => self.dim(&progress(transfer, *done, *speed, *left_s)),
            Signal::Arrived { transfer, path } => {
                let (name, path) = (transfer.name.as_str(), path.display().to_string());
                self.dim(&format!("* {} is here: {}", visible(name), visible(&path)))
            }
            Signal::Note(sentence) => self.warning(&format!("* {}", visible(sentence))),
            Signal::Closing => self.warning("* the hub is shutting down"),
            Signal::Named(name) => self.dim(&format!("* you are {} here", visible(name.as_str()))),
            Signal::Contact(contact) => {
                let rest = format!(" is {}", presence(contact));
                let name = self.name(contact.name.as_str());
                format!("{} {name}{}", self.dim("*"), self.dim(&rest))
            }
            Signal::Gone(name) => self.dim(&format!("* {} is gone", visible(name.as_str()))),
            Signal::Typing { from, is_typing } => {
                if !is_typing {
                    return None;
                }
                self.dim(&format!("* {} is typing…", visible(from.as_str())))
            }
            Signal::Channel { with, channel } => self.channel(with.as_str(), channel),
            Signal::Doubtful(told) => {
                let to = visible(told.to.as_str());
                let text = self.text(told.text.as_str(), false);
                self.warning(&format!("! this may not have reached {to}: {text}"))
            }
        })
    }

    /// How safe a conversation is, as loud as it has to be [LAN-39] [LAN-46].
    fn channel(&self, with: &str, channel: &Channel) -> String {
        let text = channel_sentence(with, channel);
        match channel {
            Channel::Plain | Channel::Refused(_) => self.warning(&format!("! {text}")),
            Channel::Encrypted { known: true, .. } => self.dim(&format!("* {text}")),
            Channel::Encrypted { known: false, .. } => self.strong(&format!("* {text}")),
        }
    }

    /// How reachable somebody is, in a colour.
    pub(crate) fn availability(&self, availability: Availability) -> String {
        self.in_colour_of(availability, availability.as_str())
    }

    /// A word in the colour of how reachable somebody is.
    pub(crate) fn in_colour_of(&self, availability: Availability, word: &str) -> String {
        let colour = match availability {
            Availability::Available => "32",
            Availability::Away => "33",
            Availability::Busy => "31",
        };
        self.sgr(colour, word)
    }
}

/// A file's name and size: `holiday.jpg (1.2 MiB)`.
pub(crate) fn file(transfer: &Transfer) -> String {
    let size = indicatif::BinaryBytes(transfer.size);
    format!("{} ({size})", visible(transfer.name.as_str()))
}

/// `* 3 holiday.jpg 45 %, 2.00 MiB/s, 12 s left`
pub(crate) fn progress(transfer: &Transfer, done: u64, speed: u64, left_s: Option<u64>) -> String {
    let share = u128::from(done) * 100 / u128::from(transfer.size.max(1));
    let left = match left_s {
        Some(left) => format!("{left} s left"),
        None => "waiting".into(),
    };
    format!(
        "* {} {} {share} %, {}/s, {left}",
        transfer.id.get(),
        visible(transfer.name.as_str()),
        indicatif::BinaryBytes(speed)
    )
}

/// How somebody is: `away (Bob Builder): back at two`. Nobody can fill the screen with it [LAN-48].
pub(crate) fn presence(contact: &Contact) -> String {
    let told = |text: &str, columns| cut(&visible(text), columns);
    let shown = contact.shown.as_deref().map(|text| told(text, MAX_SHOWN));
    let shown = shown.map_or(String::new(), |shown| format!(" ({shown})"));
    let message = contact.presence.message.as_deref();
    let message = message.map(|text| told(text, MAX_STATUS_TEXT));
    let message = message.map_or(String::new(), |message| format!(": {message}"));
    format!("{}{shown}{message}", contact.presence.availability.as_str())
}

/// How safe a conversation is, in a sentence without a stop.
pub(crate) fn channel_sentence(with: &str, channel: &Channel) -> String {
    let with = visible(with);
    match channel {
        Channel::Plain => {
            format!("the conversation with {with} is neither encrypted nor authenticated")
        }
        Channel::Encrypted {
            fingerprint,
            known: true,
        } => format!(
            "the conversation with {with} is encrypted; their key is the known one, {}",
            print::fingerprint(fingerprint)
        ),
        Channel::Encrypted {
            fingerprint,
            known: false,
        } => format!(
            "the conversation with {with} is encrypted; it is the first time, so compare their key \
             (`tincan lan key` shows it to them): {}",
            print::fingerprint(fingerprint)
        ),
        Channel::Refused(reason) => {
            format!("no conversation with {with}: {}", visible(reason))
        }
    }
}

/// Whether `text` calls `me` by name: as a word of its own, in whatever case.
pub(crate) fn mentions(text: &str, me: &str) -> bool {
    let (text, me) = (text.to_lowercase(), me.to_lowercase());
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(&me).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// FNV-1a: the same name has the same colour today, tomorrow and on every machine.
fn stable_hash(name: &str) -> usize {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    name.bytes().fold(0x811c_9dc5, step) as usize
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{MessageId, Presence, RoomName, Said, Text, UserName};

    use super::*;

    fn said(text: &str, manner: SaidAs) -> Event {
        Event::Said(Arc::new(Said {
            id: MessageId(1),
            at: Timestamp(1_700_000_000_000),
            from: UserName::parse("ana").unwrap(),
            room: RoomName::parse("tea").unwrap(),
            text: Text::adapt(text).unwrap(),
            manner,
        }))
    }

    #[test]
    fn a_message_is_a_line_with_time_room_and_name() {
        let view = View::plain();
        assert_eq!(
            view.event(&said("hello", SaidAs::Post), false),
            "22:13 #tea ana: hello"
        );
        assert_eq!(
            view.event(&said("bye", SaidAs::Farewell), true),
            "22:13 #tea ana left: bye"
        );
        assert_eq!(
            view.event(&said("a\nb", SaidAs::Post), false),
            "22:13 #tea ana: a\n      b"
        );
        assert_eq!(
            view.day(Timestamp(1_700_000_000_000)),
            "Tuesday, 14 November 2023"
        );
    }

    #[test]
    fn how_safe_a_conversation_is_is_said_in_words() {
        // [LAN-39] [LAN-46]
        let view = View::plain();
        let line = |channel| {
            let with = UserName::foreign("b\u{1b}ob@box").unwrap();
            view.signal(&Signal::Channel { with, channel }).unwrap()
        };
        assert_eq!(
            line(Channel::Plain),
            "! the conversation with b\\u{1b}ob@box is neither encrypted nor authenticated"
        );
        let encrypted = |known| Channel::Encrypted {
            fingerprint: [7; 32],
            known,
        };
        let digits = "07".repeat(32);
        assert!(line(encrypted(false)).contains("first time"));
        assert!(line(encrypted(false)).ends_with(&digits));
        assert!(line(encrypted(true)).contains("known"));
        assert!(line(Channel::Refused("a\u{9b}b".into())).ends_with(": a\\u{9b}b"));
    }

    #[test]
    fn people_and_what_they_do_are_lines() {
        // [LAN-44] [LAN-50]
        let view = View::plain();
        let name = UserName::foreign("bob@box").unwrap();
        let contact = Contact {
            name: name.clone(),
            shown: Some("Bob\n".into()),
            presence: Presence {
                availability: Availability::Away,
                message: Some("back at two".into()),
            },
            jid: None,
            email: None,
            picture: None,
        };
        let line = view.signal(&Signal::Contact(Arc::new(contact)));
        assert_eq!(line.unwrap(), "* bob@box is away (Bob\\n): back at two");
        let long = Contact {
            name: name.clone(),
            shown: Some("n".repeat(200).into()),
            presence: Presence {
                availability: Availability::Away,
                message: Some("m".repeat(200).into()),
            },
            jid: None,
            email: None,
            picture: None,
        };
        // [LAN-48]
        assert_eq!(presence(&long).chars().count(), 4 + 3 + 40 + 2 + 120);
        let typing = |is_typing| {
            let from = name.clone();
            view.signal(&Signal::Typing { from, is_typing })
        };
        assert_eq!(typing(true).unwrap(), "* bob@box is typing…");
        assert_eq!(typing(false), None);
        let gone = view.signal(&Signal::Gone(name)).unwrap();
        assert_eq!(gone, "* bob@box is gone");
    }

    #[test]
    fn nothing_of_a_text_but_letters_reaches_the_terminal() {
        let view = View::plain();
        let shown = view.event(&said("a\u{9b}2Jb", SaidAs::Post), false);
        assert_eq!(shown, "22:13 #tea ana: a\\u{9b}2Jb");
    }

    #[test]
    fn without_colour_there_is_no_escape_sequence() {
        let view = View::plain();
        let all = [
            view.dim("a"),
            view.strong("b"),
            view.warning("c"),
            view.name("d"),
        ]
        .concat();
        assert_eq!(all, "abcd");
        let coloured = View {
            colour: true,
            ..view
        };
        assert_eq!(coloured.name("ana"), coloured.name("ana"));
        assert!(coloured.name("ana").starts_with("\x1b["));
    }

    #[test]
    fn a_mention_is_a_word() {
        for text in ["ana", "hi ana!", "@Ana: look", "(ANA)", "x,ana,y", "ana's"] {
            assert!(mentions(text, "ana"), "{text}");
        }
        for text in ["", "banana", "anaconda", "_ana", "an a", "ana2"] {
            assert!(!mentions(text, "ana"), "{text}");
        }
    }
}
