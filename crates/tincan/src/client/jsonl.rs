//! What `--json` prints: one object a line.
//!
//! | `type` | fields | when |
//! |---|---|---|
//! | `said` | `id` `time` `from` `room` `text` `farewell`? | somebody said something in a room; `farewell` is `true` for last words |
//! | `told` | `id` `time` `from` `to` `text` | a private message, or a letter from the mailbox |
//! | `members` | `room` `names` | a room's members changed or were asked for |
//! | `rooms` | `rooms` | the open rooms changed |
//! | `room` | `room` | an open room (`rooms`) |
//! | `presence` | `user` `online` | somebody was asked about (`whois`) |
//! | `offered` | `transfer` `from` `to` `name` `size` | a file is offered to us |
//! | `answered` | the same and `accepted` | our offer was answered |
//! | `ended` | `transfer` `from` `to` `name` `size` | a transfer is over before its end |
//! | `progress` | the same and `done` `speed` `left_s`? | so much is here of a file that the node itself writes |
//! | `arrived` | the same and `path` | a file that the node itself writes is whole and verified |
//! | `fetched` | `transfer` `from` `name` `size` `path` | a file has arrived (`fetch`) |
//! | `failed` | `transfer` `from` `name` `reason` | a file has not arrived (`fetch`) |
//! | `closing` | | the hub is shutting down |
//! | `named` | `name` | what we are called on the LAN, at first and when it changes |
//! | `contact` | `name` `shown`? `status` `message`? `picture`? `picture_sha1`? `email`? `jid`? | somebody is on the LAN, or tells something new; `status` is `available`, `away` or `busy`, `picture` a file on this machine |
//! | `gone` | `name` | somebody is no longer on the LAN |
//! | `typing` | `from` `is_typing` | somebody is writing to us, or no longer; a message ends it too |
//! | `channel` | `with` `channel` `fingerprint`? `known`? `reason`? | how safe a conversation is, told before its first message: `plain`, `encrypted` or `refused`; `fingerprint` is the SHA-256 of their certificate, `known` whether it was theirs before |
//! | `doubtful` | `to` `text` | what we told may not have arrived |
//! | `key` | `name`? `fingerprint` | a known key (`lan key`); without `name` our own |
//! | `over` | `reason` | the connection is over; nothing follows |
//!
//! `time` is RFC 3339 in UTC. `id` grows; it is the hub's number where the wire tells it (cs594's
//! history), else this session's. Fields may be added; none changes its meaning.

use std::path::Path;

use model::{Channel, Contact, Event, SaidAs, Signal, Timestamp, Transfer};
use serde::Serialize;

use super::escape::visible_json;
use super::lan::picture_in;
use crate::print;

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Record<'a> {
    Said {
        id: u64,
        time: String,
        from: &'a str,
        room: &'a str,
        text: &'a str,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        farewell: bool,
    },
    Told {
        id: u64,
        time: String,
        from: &'a str,
        to: &'a str,
        text: &'a str,
    },
    Members {
        room: &'a str,
        names: Vec<&'a str>,
    },
    Rooms {
        rooms: Vec<&'a str>,
    },
    Room {
        room: &'a str,
    },
    Presence {
        user: &'a str,
        online: bool,
    },
    Offered(File<'a>),
    Answered {
        #[serde(flatten)]
        file: File<'a>,
        accepted: bool,
    },
    Ended(File<'a>),
    Progress {
        #[serde(flatten)]
        file: File<'a>,
        done: u64,
        speed: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        left_s: Option<u64>,
    },
    Arrived {
        #[serde(flatten)]
        file: File<'a>,
        path: String,
    },
    Fetched {
        transfer: u16,
        from: &'a str,
        name: &'a str,
        size: u64,
        path: &'a str,
    },
    Failed {
        transfer: u16,
        from: &'a str,
        name: &'a str,
        reason: &'a str,
    },
    Note {
        text: &'a str,
    },
    Closing,
    Named {
        name: &'a str,
    },
    Contact(Person<'a>),
    Gone {
        name: &'a str,
    },
    Typing {
        from: &'a str,
        is_typing: bool,
    },
    Channel {
        with: &'a str,
        channel: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        fingerprint: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        known: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
    },
    Doubtful {
        to: &'a str,
        text: &'a str,
    },
    Key {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<&'a str>,
        fingerprint: String,
    },
    Over {
        reason: &'a str,
    },
}

/// A transfer, as the records about it carry it.
#[derive(Debug, Serialize)]
pub(crate) struct File<'a> {
    transfer: u16,
    from: &'a str,
    to: &'a str,
    name: &'a str,
    size: u64,
}

impl<'a> From<&'a Transfer> for File<'a> {
    fn from(transfer: &'a Transfer) -> Self {
        Self {
            transfer: transfer.id.get(),
            from: transfer.from.as_str(),
            to: transfer.to.as_str(),
            name: transfer.name.as_str(),
            size: transfer.size,
        }
    }
}

/// A person on the LAN.
#[derive(Debug, Serialize)]
pub(crate) struct Person<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<&'a str>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture_sha1: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jid: Option<&'a str>,
}

impl<'a> Person<'a> {
    fn new(contact: &'a Contact, pictures: Option<&Path>) -> Self {
        let hash = contact.picture.as_deref();
        let path = hash
            .zip(pictures)
            .and_then(|(hash, folder)| picture_in(folder, hash));
        Self {
            name: contact.name.as_str(),
            shown: contact.shown.as_deref(),
            status: contact.presence.availability.as_str(),
            message: contact.presence.message.as_deref(),
            picture: path.map(|path| path.display().to_string()),
            picture_sha1: hash,
            email: contact.email.as_deref(),
            jid: contact.jid.as_deref(),
        }
    }
}

impl<'a> From<&'a Event> for Record<'a> {
    fn from(event: &'a Event) -> Self {
        match event {
            Event::Said(said) => Self::Said {
                id: said.id.0,
                time: rfc3339(said.at),
                from: said.from.as_str(),
                room: said.room.as_str(),
                text: said.text.as_str(),
                farewell: said.manner == SaidAs::Farewell,
            },
            Event::Told(told) => Self::Told {
                id: told.id.0,
                time: rfc3339(told.at),
                from: told.from.as_str(),
                to: told.to.as_str(),
                text: told.text.as_str(),
            },
        }
    }
}

impl<'a> Record<'a> {
    /// The record of a signal; the bytes of a file have none. The LAN's `pictures` are in that
    /// folder.
    pub(crate) fn of_signal(signal: &'a Signal, pictures: Option<&Path>) -> Option<Self> {
        Some(match signal {
            Signal::Members { room, names } => Self::Members {
                room: room.as_str(),
                names: names.iter().map(model::UserName::as_str).collect(),
            },
            Signal::Rooms(rooms) => Self::Rooms {
                rooms: rooms.iter().map(model::RoomName::as_str).collect(),
            },
            Signal::Offered(transfer) => Self::Offered(transfer.into()),
            Signal::Answered { transfer, accepted } => Self::Answered {
                file: transfer.into(),
                accepted: *accepted,
            },
            Signal::Segment { .. } => return None,
            Signal::Ended { transfer, .. } => Self::Ended(transfer.into()),
            Signal::Progress {
                transfer,
                done,
                speed,
                left_s,
            } => Self::Progress {
                file: transfer.into(),
                done: *done,
                speed: *speed,
                left_s: *left_s,
            },
            Signal::Arrived { transfer, path } => Self::Arrived {
                file: transfer.into(),
                path: path.display().to_string(),
            },
            Signal::Note(sentence) => Self::Note { text: sentence },
            Signal::Closing => Self::Closing,
            Signal::Named(name) => Self::Named {
                name: name.as_str(),
            },
            Signal::Contact(contact) => Self::Contact(Person::new(contact, pictures)),
            Signal::Gone(name) => Self::Gone {
                name: name.as_str(),
            },
            Signal::Typing { from, is_typing } => Self::Typing {
                from: from.as_str(),
                is_typing: *is_typing,
            },
            Signal::Channel { with, channel } => Self::channel(with.as_str(), channel),
            Signal::Doubtful(told) => Self::Doubtful {
                to: told.to.as_str(),
                text: told.text.as_str(),
            },
        })
    }

    fn channel(with: &'a str, channel: &'a Channel) -> Self {
        let (channel, fingerprint, known, reason) = match channel {
            Channel::Plain => ("plain", None, None, None),
            Channel::Encrypted { fingerprint, known } => {
                let fingerprint = print::fingerprint(fingerprint);
                ("encrypted", Some(fingerprint), Some(*known), None)
            }
            Channel::Refused(reason) => ("refused", None, None, Some(&**reason)),
        };
        Self::Channel {
            with,
            channel,
            fingerprint,
            known,
            reason,
        }
    }

    /// The line, without its end.
    pub(crate) fn line(&self) -> String {
        // Strings and numbers cannot fail to be written.
        let json = serde_json::to_string(self).unwrap_or_else(|e| format!("{{\"error\":\"{e}\"}}"));
        visible_json(&json).into_owned()
    }
}

/// A time as records have it.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    let millis = i64::try_from(at.0).unwrap_or(i64::MAX);
    match jiff::Timestamp::from_millisecond(millis) {
        Ok(time) => format!("{time:.3}"),
        Err(_) => at.0.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{
        Availability, EndReason, FileName, MessageId, Presence, RoomName, Said, Text, Told,
        TransferId, UserName,
    };
    use serde_json::{Value, json};

    use super::*;

    fn name(raw: &str) -> UserName {
        UserName::parse(raw).unwrap()
    }

    fn said(manner: SaidAs) -> Event {
        Event::Said(Arc::new(Said {
            id: MessageId(7),
            at: Timestamp(1_700_000_000_042),
            from: name("ana"),
            room: RoomName::parse("tea").unwrap(),
            text: Text::adapt("two\nlines \"and\" quotes").unwrap(),
            manner,
        }))
    }

    fn transfer() -> Transfer {
        Transfer {
            id: TransferId::new(3).unwrap(),
            from: name("ana"),
            to: name("bo"),
            name: FileName::parse("a file.txt").unwrap(),
            size: 12,
        }
    }

    fn read(record: &Record<'_>) -> Value {
        let line = record.line();
        assert!(!line.contains('\n'), "one line: {line}");
        serde_json::from_str(&line).unwrap()
    }

    #[test]
    fn the_documented_fields_are_what_is_printed() {
        let told = Event::Told(Arc::new(Told {
            id: MessageId(8),
            at: Timestamp(0),
            from: name("bo"),
            to: name("ana"),
            text: Text::adapt("psst").unwrap(),
        }));
        let file = json!({"transfer":3,"from":"ana","to":"bo","name":"a file.txt","size":12});
        let with = |kind: &str, more: Value| {
            let mut all = file.clone();
            let fields = all.as_object_mut().unwrap();
            fields.insert("type".into(), kind.into());
            fields.extend(more.as_object().unwrap().clone());
            all
        };
        let time = "2023-11-14T22:13:20.042Z";
        let rooms: Arc<[RoomName]> = Arc::new([RoomName::parse("tea").unwrap()]);
        let members = Signal::Members {
            room: rooms[0].clone(),
            names: Arc::new([name("ana"), name("bo")]),
        };
        let post = said(SaidAs::Post);
        let farewell = said(SaidAs::Farewell);
        let listing = Signal::Rooms(rooms);
        let offered = Signal::Offered(transfer());
        let answered = Signal::Answered {
            transfer: transfer(),
            accepted: false,
        };
        let ended = Signal::Ended {
            transfer: transfer(),
            reason: EndReason::OtherSide,
        };
        let note = Signal::Note("bea asks".into());
        let table = [
            (
                Record::from(&post),
                json!({"type":"said","id":7,"time":time,"from":"ana","room":"tea",
                       "text":"two\nlines \"and\" quotes"}),
            ),
            (
                Record::from(&farewell),
                json!({"type":"said","id":7,"time":time,"from":"ana","room":"tea",
                       "text":"two\nlines \"and\" quotes","farewell":true}),
            ),
            (
                Record::from(&told),
                json!({"type":"told","id":8,"time":"1970-01-01T00:00:00.000Z","from":"bo",
                       "to":"ana","text":"psst"}),
            ),
            (
                Record::of_signal(&members, None).unwrap(),
                json!({"type":"members","room":"tea","names":["ana","bo"]}),
            ),
            (
                Record::of_signal(&listing, None).unwrap(),
                json!({"type":"rooms","rooms":["tea"]}),
            ),
            (
                Record::Room { room: "tea" },
                json!({"type":"room","room":"tea"}),
            ),
            (
                Record::Presence {
                    user: "bo",
                    online: true,
                },
                json!({"type":"presence","user":"bo","online":true}),
            ),
            (
                Record::of_signal(&offered, None).unwrap(),
                with("offered", json!({})),
            ),
            (
                Record::of_signal(&answered, None).unwrap(),
                with("answered", json!({"accepted":false})),
            ),
            (
                Record::of_signal(&ended, None).unwrap(),
                with("ended", json!({})),
            ),
            (
                Record::Fetched {
                    transfer: 3,
                    from: "ana",
                    name: "a file.txt",
                    size: 12,
                    path: "./a file.txt",
                },
                json!({"type":"fetched","transfer":3,"from":"ana","name":"a file.txt","size":12,
                       "path":"./a file.txt"}),
            ),
            (
                Record::Failed {
                    transfer: 3,
                    from: "ana",
                    name: "x",
                    reason: "gone",
                },
                json!({"type":"failed","transfer":3,"from":"ana","name":"x","reason":"gone"}),
            ),
            (
                Record::of_signal(&note, None).unwrap(),
                json!({"type":"note","text":"bea asks"}),
            ),
            (
                Record::of_signal(&Signal::Closing, None).unwrap(),
                json!({"type":"closing"}),
            ),
            (
                Record::Over { reason: "lost" },
                json!({"type":"over","reason":"lost"}),
            ),
        ];
        for (record, expected) in &table {
            assert_eq!(read(record), *expected);
        }
    }

    #[test]
    fn the_documented_fields_of_the_lan_are_what_is_printed() {
        // [LAN-50]
        let bob = UserName::foreign("bob smith@box (2)").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let hash = "0123456789abcdef0123456789abcdef01234567";
        let mut contact = Contact {
            name: bob.clone(),
            shown: Some("Bob".into()),
            presence: Presence {
                availability: Availability::Busy,
                message: Some("no".into()),
            },
            jid: Some("bob@example.org".into()),
            email: Some("bob@example.com".into()),
            picture: Some(hash.into()),
        };
        let full = Signal::Contact(Arc::new(contact.clone()));
        let path = node::lan::pictures::path(folder.path(), hash).unwrap();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "x").unwrap();
        contact.shown = None;
        contact.presence = Presence::default();
        contact.jid = None;
        contact.email = None;
        contact.picture = None;
        let bare = Signal::Contact(Arc::new(contact));
        let channel = |channel| Signal::Channel {
            with: bob.clone(),
            channel,
        };
        let key = "ab".repeat(32);
        let table = [
            (
                Signal::Named(bob.clone()),
                json!({"type":"named","name":"bob smith@box (2)"}),
            ),
            (
                full,
                json!({"type":"contact","name":"bob smith@box (2)","shown":"Bob","status":"busy",
                       "message":"no","picture":path.to_str(),"picture_sha1":hash,
                       "email":"bob@example.com","jid":"bob@example.org"}),
            ),
            (
                bare,
                json!({"type":"contact","name":"bob smith@box (2)","status":"available"}),
            ),
            (
                Signal::Gone(bob.clone()),
                json!({"type":"gone","name":"bob smith@box (2)"}),
            ),
            (
                Signal::Typing {
                    from: bob.clone(),
                    is_typing: true,
                },
                json!({"type":"typing","from":"bob smith@box (2)","is_typing":true}),
            ),
            (
                channel(Channel::Plain),
                json!({"type":"channel","with":"bob smith@box (2)","channel":"plain"}),
            ),
            (
                channel(Channel::Encrypted {
                    fingerprint: [0xAB; 32],
                    known: false,
                }),
                json!({"type":"channel","with":"bob smith@box (2)","channel":"encrypted",
                       "fingerprint":key,"known":false}),
            ),
            (
                channel(Channel::Refused("another key".into())),
                json!({"type":"channel","with":"bob smith@box (2)","channel":"refused",
                       "reason":"another key"}),
            ),
            (
                Signal::Doubtful(Arc::new(Told {
                    id: MessageId(1),
                    at: Timestamp(0),
                    from: name("ana"),
                    to: bob.clone(),
                    text: Text::adapt("hi").unwrap(),
                })),
                json!({"type":"doubtful","to":"bob smith@box (2)","text":"hi"}),
            ),
        ];
        for (signal, expected) in &table {
            let record = Record::of_signal(signal, Some(folder.path())).unwrap();
            assert_eq!(read(&record), *expected);
        }
        let own = Record::Key {
            name: None,
            fingerprint: key.clone(),
        };
        assert_eq!(read(&own), json!({"type":"key","fingerprint":key}));
    }

    #[test]
    fn a_terminal_gets_nothing_harmful_from_json_either() {
        let line = Record::Over {
            reason: "a\u{9b}2J\u{202e}",
        }
        .line();
        assert!(line.is_ascii(), "{line}");
    }
}
