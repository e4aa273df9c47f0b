//! cs494: frames of a kind, a length and a payload.

use super::{Message, Negotiation, Received, split_front};

const FIELD: usize = 64;

const ERR: u8 = 0x01;
const NEW_CLIENT: u8 = 0x02;
const HEARTBEAT: u8 = 0x03;
const ENTER_ROOM: u8 = 0x04;
const LEAVE_ROOM: u8 = 0x05;
const LIST_ROOMS: u8 = 0x06;
const ROOM_LISTING: u8 = 0x07;
const USER_LISTING: u8 = 0x08;
const QUERY_USER: u8 = 0x09;
const SEND_MESSAGE: u8 = 0x0A;
const BROADCAST_MESSAGE: u8 = 0x0B;
const POST_MESSAGE: u8 = 0x0C;
const DIRECT_MESSAGE: u8 = 0x0D;
const OFFER_FILE: u8 = 0x0E;
const ACCEPT_FILE: u8 = 0x0F;
const REJECT_FILE: u8 = 0x10;
const FILE_TRANSFER: u8 = 0x11;
const CLIENT_DEPARTS: u8 = 0x12;
const SERVER_DEPARTS: u8 = 0x13;

fn frame(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let payload = parts.concat();
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut frame = vec![kind];
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&payload);
    frame
}

fn field(name: &str) -> [u8; FIELD] {
    let mut field = [0; FIELD];
    let length = name.len().min(FIELD);
    field[..length].copy_from_slice(&name.as_bytes()[..length]);
    field
}

pub(crate) fn new_client(name: &str) -> Vec<u8> {
    frame(NEW_CLIENT, &[&field(name)])
}

pub(crate) fn heartbeat() -> Vec<u8> {
    frame(HEARTBEAT, &[])
}

pub(crate) fn enter(room: &str) -> Vec<u8> {
    frame(ENTER_ROOM, &[&field(room)])
}

pub(crate) fn leave(room: &str) -> Vec<u8> {
    frame(LEAVE_ROOM, &[&field(room)])
}

pub(crate) fn list_rooms() -> Vec<u8> {
    frame(LIST_ROOMS, &[])
}

pub(crate) fn query(name: &str) -> Vec<u8> {
    frame(QUERY_USER, &[&field(name), &[2]])
}

pub(crate) fn say(room: &str, text: &str) -> Vec<u8> {
    frame(SEND_MESSAGE, &[&field(room), text.as_bytes(), &[0]])
}

pub(crate) fn broadcast(text: &str) -> Vec<u8> {
    frame(BROADCAST_MESSAGE, &[&field(""), text.as_bytes(), &[0]])
}

/// As the author's own client sends it: without the unused field.
pub(crate) fn broadcast_bare(text: &str) -> Vec<u8> {
    frame(BROADCAST_MESSAGE, &[text.as_bytes(), &[0]])
}

pub(crate) fn tell(to: &str, text: &str) -> Vec<u8> {
    frame(DIRECT_MESSAGE, &[&field(to), text.as_bytes(), &[0]])
}

pub(crate) fn depart(text: &str) -> Vec<u8> {
    frame(CLIENT_DEPARTS, &[text.as_bytes(), &[0]])
}

pub(crate) fn offer(from: &str, to: &str, file: &str, size: u32) -> Vec<u8> {
    negotiation(OFFER_FILE, from, to, 0, file, size)
}

pub(crate) fn answer(
    accept: bool,
    from: &str,
    to: &str,
    id: u16,
    file: &str,
    size: u32,
) -> Vec<u8> {
    let kind = if accept { ACCEPT_FILE } else { REJECT_FILE };
    negotiation(kind, from, to, id, file, size)
}

fn negotiation(kind: u8, from: &str, to: &str, id: u16, file: &str, size: u32) -> Vec<u8> {
    frame(
        kind,
        &[
            &field(to),
            &field(from),
            &id.to_be_bytes(),
            &size.to_be_bytes(),
            file.as_bytes(),
        ],
    )
}

pub(crate) fn data(id: u16, data: &[u8], last: bool) -> Vec<u8> {
    frame(FILE_TRANSFER, &[&id.to_be_bytes(), &[u8::from(last)], data])
}

/// The next frame of a hub.
pub(crate) fn next(buffer: &mut Vec<u8>) -> Result<Option<Received>, String> {
    if buffer.len() < 5 {
        return Ok(None);
    }
    let length = [buffer[1], buffer[2], buffer[3], buffer[4]];
    let length = u32::from_be_bytes(length) as usize;
    if buffer.len() < 5 + length {
        return Ok(None);
    }
    let raw = split_front(buffer, 5 + length);
    let message = decode(raw[0], &raw[5..]).map_err(|what| {
        let start = &raw[..raw.len().min(80)];
        format!("the hub sent a bad frame: {what}: {start:02x?}")
    })?;
    Ok(Some((message, raw)))
}

fn decode(kind: u8, payload: &[u8]) -> Result<Message, String> {
    Ok(match kind {
        ERR => match payload {
            [code] => Message::Error {
                code: u16::from(*code),
                about: None,
            },
            _ => return Err("ERR has one byte".to_owned()),
        },
        HEARTBEAT if payload.is_empty() => Message::Beat,
        ROOM_LISTING => {
            let (unused, names) = payload.split_at_checked(FIELD).ok_or("a short listing")?;
            if unused.iter().any(|byte| *byte != 0) {
                return Err("the unused field of ROOM_LISTING is not zero".to_owned());
            }
            Message::Rooms(fields(names)?)
        }
        USER_LISTING => {
            let (room, names) = payload.split_at_checked(FIELD).ok_or("a short listing")?;
            Message::Members {
                room: Some(name(room)?),
                names: fields(names)?,
            }
        }
        QUERY_USER => match payload.split_at_checked(FIELD) {
            Some((who, [status @ (0 | 1)])) => Message::Presence {
                name: name(who)?,
                online: *status == 1,
            },
            _ => return Err("QUERY_USER".to_owned()),
        },
        POST_MESSAGE => {
            let (room, rest) = payload.split_at_checked(FIELD).ok_or("a short post")?;
            let (sender, words) = rest.split_at_checked(FIELD).ok_or("a short post")?;
            Message::Said {
                from: name(sender)?,
                room: name(room)?,
                text: text(words, false)?,
                group: false,
            }
        }
        DIRECT_MESSAGE => {
            let (peer, words) = payload.split_at_checked(FIELD).ok_or("a short message")?;
            Message::Told {
                from: name(peer)?,
                text: text(words, false)?,
            }
        }
        OFFER_FILE => Message::Offer(decode_negotiation(payload)?),
        ACCEPT_FILE | REJECT_FILE => Message::Answer {
            accept: kind == ACCEPT_FILE,
            about: decode_negotiation(payload)?,
        },
        FILE_TRANSFER => match payload {
            [high, low, finished @ (0 | 1), data @ ..] if (1..=4096).contains(&data.len()) => {
                Message::Data {
                    id: u16::from_be_bytes([*high, *low]),
                    seq: None,
                    data: data.to_vec(),
                    last: *finished == 1,
                }
            }
            _ => return Err("FILE_TRANSFER".to_owned()),
        },
        SERVER_DEPARTS => {
            text(payload, true)?;
            Message::Goodbye { to: None }
        }
        other => return Err(format!("kind {other:#04x} is not a hub's")),
    })
}

fn fields(bytes: &[u8]) -> Result<Vec<String>, String> {
    if !bytes.len().is_multiple_of(FIELD) {
        return Err("a list of names of a wrong length".to_owned());
    }
    bytes.chunks(FIELD).map(name).collect()
}

/// A name field: what stands behind its NUL is zero when sent.
fn name(field: &[u8]) -> Result<String, String> {
    let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
    if field[end..].iter().any(|byte| *byte != 0) {
        return Err("something stands behind a name's NUL".to_owned());
    }
    match std::str::from_utf8(&field[..end]) {
        Ok(name) if (1..=32).contains(&name.chars().count()) => Ok(name.to_owned()),
        Ok(name) => Err(format!("{name:?} is no name")),
        Err(_) => Err("a name that is not UTF-8".to_owned()),
    }
}

fn text(bytes: &[u8], may_be_empty: bool) -> Result<String, String> {
    let Some((0, text)) = bytes.split_last() else {
        return Err("a text without its NUL".to_owned());
    };
    let text = std::str::from_utf8(text).map_err(|_| "a text that is not UTF-8")?;
    let directional = |c| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}');
    if text
        .chars()
        .any(|c| (c < ' ' && c != '\t') || directional(c))
    {
        return Err(format!("a text with forbidden characters: {text:?}"));
    }
    if bytes.len() >= 12_000 || (text.is_empty() && !may_be_empty) {
        return Err("a text that is too long or empty".to_owned());
    }
    Ok(text.to_owned())
}

fn decode_negotiation(payload: &[u8]) -> Result<Negotiation, String> {
    if payload.len() <= 2 * FIELD + 6 {
        return Err("a short offer".to_owned());
    }
    let (to, rest) = payload.split_at(FIELD);
    let (from, rest) = rest.split_at(FIELD);
    let size = u32::from_be_bytes([rest[2], rest[3], rest[4], rest[5]]);
    let file = std::str::from_utf8(&rest[6..]).map_err(|_| "a file name that is not UTF-8")?;
    Ok(Negotiation {
        from: name(from)?,
        to: name(to)?,
        id: u16::from_be_bytes([rest[0], rest[1]]),
        file: Some((file.to_owned(), size)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_hub_may_not_send_is_an_error() {
        // [494-2] [494-5] [494-6]
        let mut dirty = field("ana");
        dirty[63] = 1;
        let bad = [
            frame(0x7F, &[]),
            frame(NEW_CLIENT, &[&field("ana")]),
            frame(ERR, &[]),
            frame(ROOM_LISTING, &[&field("x")]),
            frame(USER_LISTING, &[&field("x"), &[0; 63]]),
            frame(USER_LISTING, &[&dirty]),
            frame(POST_MESSAGE, &[&field("a"), &field("b"), b"no nul"]),
            frame(POST_MESSAGE, &[&field("a"), &field("b"), b"\x07\0"]),
            frame(POST_MESSAGE, &[&field("a"), &field("b"), b"\0"]),
            frame(FILE_TRANSFER, &[&[0, 1, 2], b"x"]),
            frame(FILE_TRANSFER, &[&[0, 1, 0]]),
        ];
        for mut frame in bad {
            let shown = format!("{frame:02x?}");
            assert!(next(&mut frame).is_err(), "{shown}");
        }
    }

    #[test]
    fn a_frame_is_taken_when_it_is_whole() {
        // [494-4]
        let whole = frame(POST_MESSAGE, &[&field("#a"), &field("ana"), b"hi\0"]);
        let mut buffer = Vec::new();
        for byte in &whole[..whole.len() - 1] {
            buffer.push(*byte);
            assert_eq!(next(&mut buffer), Ok(None));
        }
        buffer.push(0);
        let said = Message::Said {
            from: "ana".into(),
            room: "#a".into(),
            text: "hi".into(),
            group: false,
        };
        assert_eq!(next(&mut buffer), Ok(Some((said, whole))));
        assert!(buffer.is_empty());
    }
}
