//! SHOW_MSG as a template with one hole.
//!
//! Each recipient's packet differs only in `User-Name`, the first field of the payload, and so in
//! `Length`. Everything behind the name is rendered once for a room; a recipient costs its name,
//! some digits and one copy, or no copy at all where the tail is sent from the shared bytes.

use bytes::{BufMut, Bytes, BytesMut};

use crate::packet::OpCode;
use crate::response::ShowType;

/// A SHOW_MSG for any number of recipients [594-18].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShowTemplate {
    /// From the comma behind the recipient's name to the line end.
    tail: Bytes,
}

impl ShowTemplate {
    /// Renders what all recipients get alike. `to_room` is the room, or
    /// [`PRIVATE_ROOM`](crate::response::PRIVATE_ROOM).
    pub fn new(from: &str, to_room: &str, text: &str, kind: ShowType) -> Self {
        // Names and keys take some 100 bytes; text seldom needs many escapes.
        let mut tail = BytesMut::with_capacity(160 + text.len());
        for (key, value) in [
            (&b",\"From-User\":"[..], from),
            (b",\"From-Name\":", from),
            (b",\"To-Room\":", to_room),
            (b",\"Message\":", text),
            (b",\"Type\":", kind.as_str()),
        ] {
            tail.extend_from_slice(key);
            put_string(value, &mut tail);
        }
        tail.extend_from_slice(b"}}\n");
        ShowTemplate {
            tail: tail.freeze(),
        }
    }

    /// Appends the packet for one recipient, as a line.
    pub fn fill(&self, out: &mut BytesMut, recipient: &str) {
        self.head(out, recipient);
        out.extend_from_slice(&self.tail);
    }

    /// Appends the packet for one recipient, without line end [594-26].
    pub fn fill_bare(&self, out: &mut BytesMut, recipient: &str) {
        self.head(out, recipient);
        out.extend_from_slice(&self.tail[..self.tail.len() - 1]);
    }

    /// Appends what comes before [`tail`](Self::tail) in the packet for one recipient.
    pub fn head(&self, out: &mut BytesMut, recipient: &str) {
        const { assert!(OpCode::ShowMsg.number() == 5) }
        const PAYLOAD: &[u8] = b"{\"User-Name\":";
        /// Of the tail, the packet's own brace and the line end are not payload.
        const BEHIND: usize = 2;
        let mut escaped = BytesMut::new();
        let plain = is_plain(recipient);
        let name_len = if plain {
            recipient.len() + 2
        } else {
            put_string(recipient, &mut escaped);
            escaped.len()
        };
        out.extend_from_slice(b"{\"Header\":{\"OP-CODE\":5,\"Length\":");
        put_digits(PAYLOAD.len() + name_len + self.tail.len() - BEHIND, out);
        out.extend_from_slice(b"},\"Payload\":{\"User-Name\":");
        if plain {
            out.put_u8(b'"');
            out.extend_from_slice(recipient.as_bytes());
            out.put_u8(b'"');
        } else {
            out.extend_from_slice(&escaped);
        }
    }

    /// What every recipient's packet ends with, line end included. Shared, not copied.
    pub fn tail(&self) -> &Bytes {
        &self.tail
    }
}

/// Whether the JSON text of a string is the string between quotes.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\')
}

fn put_string(text: &str, out: &mut BytesMut) {
    serde_json::to_writer(out.writer(), text).expect("a string always serialises");
}

fn put_digits(mut number: usize, out: &mut BytesMut) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}
