//! Clients of the three wires, written from the protocols' pages and not from our codecs, so that
//! both ends of a script cannot share a mistake. They are strict: what the hub may not send is an
//! error, not something to forgive.

pub(crate) mod cp;
pub(crate) mod cs494;
pub(crate) mod cs594;

use crate::script::{Manner, Wire};

/// What a hub has sent, in the words of the scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// In a room.
    Said {
        from: String,
        room: String,
        text: String,
        group: bool,
    },
    /// To one person.
    Told { from: String, text: String },
    /// Who is in a room; cs594 does not say which.
    Members {
        room: Option<String>,
        names: Vec<String>,
    },
    /// Which rooms there are.
    Rooms(Vec<String>),
    /// Whether somebody is here.
    Presence { name: String, online: bool },
    /// An error, with the room or user at fault.
    Error { code: u16, about: Option<String> },
    /// cs594's OK.
    Ok { transfer: Option<u16> },
    /// A heartbeat.
    Beat,
    /// The hub goes down; cs594 names the recipient.
    Goodbye { to: Option<String> },
    /// A file is offered.
    Offer(Negotiation),
    /// An offer is answered, or its transfer over.
    Answer { accept: bool, about: Negotiation },
    /// Bytes of a file.
    Data {
        id: u16,
        /// Counted from 0, on cs594.
        seq: Option<u64>,
        data: Vec<u8>,
        last: bool,
    },
    /// What was said before.
    History(Vec<Entry>),
    /// A PDU of cp.
    Line(String),
}

/// What the packets about an offer say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Negotiation {
    /// Who offers.
    pub(crate) from: String,
    /// To whom.
    pub(crate) to: String,
    pub(crate) id: u16,
    /// Not in cs594's answers.
    pub(crate) file: Option<(String, u32)>,
}

/// One message of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) from: String,
    pub(crate) text: String,
    pub(crate) id: u64,
}

/// A message and the bytes it came in.
pub(crate) type Received = (Message, Vec<u8>);

/// What a client makes of the bytes it gets.
#[derive(Debug)]
pub(crate) struct Codec {
    pub(crate) wire: Wire,
    pub(crate) manner: Manner,
    buffer: Vec<u8>,
}

impl Codec {
    pub(crate) fn new(wire: Wire, manner: Manner) -> Self {
        Self {
            wire,
            manner,
            buffer: Vec::new(),
        }
    }

    /// Takes what has arrived. With `whole_writes`, `bytes` is what the hub wrote at once.
    pub(crate) fn take(
        &mut self,
        bytes: &[u8],
        whole_writes: bool,
    ) -> Result<Vec<Received>, String> {
        self.buffer.extend_from_slice(bytes);
        let mut received = Vec::new();
        loop {
            let next = match (self.wire, self.manner) {
                (Wire::Cs494, _) => cs494::next(&mut self.buffer)?,
                (Wire::Cs594, Manner::Lines) => cs594::next_line(&mut self.buffer)?,
                (Wire::Cs594, Manner::Bare) => cs594::next_bare(&mut self.buffer)?,
                (Wire::Cp, _) => cp::next(&mut self.buffer)?,
            };
            match next {
                Some(found) => received.push(found),
                None => break,
            }
        }
        let alone = received.len() <= 1 && self.buffer.is_empty();
        if self.manner == Manner::Bare && whole_writes && !alone {
            return Err("a client that parses what one read gives got two packets in one write, or half a one".to_owned());
        }
        Ok(received)
    }

    /// Whether nothing unfinished is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }
}

/// Takes the first `count` bytes.
fn split_front(buffer: &mut Vec<u8>, count: usize) -> Vec<u8> {
    let rest = buffer.split_off(count);
    std::mem::replace(buffer, rest)
}

/// The content of every file in the scripts: byte `n` is this.
pub(crate) fn file_byte(n: usize) -> u8 {
    u8::try_from((n * 7 + n / 256) % 251).unwrap_or_default()
}
