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
//! | `fetched` | `transfer` `from` `name` `size` `path` | a file has arrived (`fetch`) |
//! | `failed` | `transfer` `from` `name` `reason` | a file has not arrived (`fetch`) |
//! | `closing` | | the hub is shutting down |
//! | `over` | `reason` | the connection is over; nothing follows |
//!
//! `time` is RFC 3339 in UTC. `id` grows; it is the hub's number where the wire tells it (cs594's
//! history), else this session's. Fields may be added; none changes its meaning.

use model::{Event, SaidAs, Signal, Timestamp, Transfer};
use serde::Serialize;

use super::escape::visible_json;

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
    Closing,
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
    /// The record of a signal; the bytes of a file have none.
    pub(crate) fn of_signal(signal: &'a Signal) -> Option<Self> {
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
            Signal::Closing => Self::Closing,
        })
    }

    /// The line, without its end.
    pub(crate) fn line(&self) -> String {
        // Strings and numbers cannot fail to be written.
        let json = serde_json::to_string(self).unwrap_or_else(|e| format!("{{\"error\":\"{e}\"}}"));
        visible_json(&json).into_owned()
    }
}

fn rfc3339(at: Timestamp) -> String {
    let millis = i64::try_from(at.0).unwrap_or(i64::MAX);
    match jiff::Timestamp::from_millisecond(millis) {
        Ok(time) => format!("{time:.3}"),
        Err(_) => at.0.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{EndReason, FileName, MessageId, RoomName, Said, Text, Told, TransferId, UserName};
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
                Record::of_signal(&members).unwrap(),
                json!({"type":"members","room":"tea","names":["ana","bo"]}),
            ),
            (
                Record::of_signal(&listing).unwrap(),
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
                Record::of_signal(&offered).unwrap(),
                with("offered", json!({})),
            ),
            (
                Record::of_signal(&answered).unwrap(),
                with("answered", json!({"accepted":false})),
            ),
            (Record::of_signal(&ended).unwrap(), with("ended", json!({}))),
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
                Record::of_signal(&Signal::Closing).unwrap(),
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
    fn a_terminal_gets_nothing_harmful_from_json_either() {
        let line = Record::Over {
            reason: "a\u{9b}2J\u{202e}",
        }
        .line();
        assert!(line.is_ascii(), "{line}");
    }
}
