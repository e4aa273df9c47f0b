//! cs594: JSON packets, in lines or bare, plain or sealed.

use aes::cipher::{BlockEncryptMut as _, KeyIvInit as _, block_padding::Pkcs7};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Entry, Message, Negotiation, Received, split_front};
use crate::script::Manner;

pub(crate) fn packet(op: u16, payload: &Value) -> String {
    let payload_text = payload.to_string();
    let length = payload_text.len();
    format!(r#"{{"Header":{{"OP-CODE":{op},"Length":{length}}},"Payload":{payload_text}}}"#)
}

pub(crate) fn connect(name: &str) -> String {
    packet(1, &json!(name))
}

pub(crate) fn join(me: &str, rooms: &[String], manner: Manner) -> String {
    packet(
        3,
        &json!({"Room-Name": room_list(rooms, manner), "User-Name": me}),
    )
}

pub(crate) fn leave(me: &str, rooms: &[String], manner: Manner) -> String {
    packet(
        8,
        &json!({"Room-Name": room_list(rooms, manner), "User-Name": me}),
    )
}

pub(crate) fn say(me: &str, rooms: &[String], text: &str, group: bool, manner: Manner) -> String {
    let rooms = room_list(rooms, manner);
    packet(
        if group { 12 } else { 4 },
        &json!({"Room-Name": rooms, "User-Name": me, "Message": text}),
    )
}

pub(crate) fn tell(me: &str, to: &str, text: &str) -> String {
    packet(
        13,
        &json!({"User-Name": me, "To-User": to, "Message": text}),
    )
}

pub(crate) fn list_rooms() -> String {
    packet(6, &json!(""))
}

pub(crate) fn list_members(room: &str) -> String {
    packet(9, &json!({"Room-Name": room}))
}

pub(crate) fn quit(me: &str) -> String {
    packet(11, &json!({"User-Name": me}))
}

pub(crate) fn keep_alive() -> String {
    r#"{"Header":{"OP-CODE":15,"Length":0}}"#.to_owned()
}

pub(crate) fn offer(me: &str, to: &str, file: &str, size: u32) -> String {
    packet(
        16,
        &json!({"User-Name": me, "To-User": to, "File-Name": file, "Size": size}),
    )
}

pub(crate) fn answer(accept: bool, me: &str, to: &str, id: u16) -> String {
    packet(
        if accept { 17 } else { 18 },
        &json!({"User-Name": me, "To-User": to, "Transfer-Id": id}),
    )
}

pub(crate) fn data(id: u16, seq: u64, data: &[u8], last: bool) -> String {
    let data = BASE64.encode(data);
    packet(
        19,
        &json!({"Transfer-Id": id, "Seq": seq, "Data": data, "Last": last}),
    )
}

pub(crate) fn history(of: &str, room: bool, before: Option<u64>, limit: Option<u32>) -> String {
    let mut payload = match room {
        true => json!({"Room-Name": of}),
        false => json!({"To-User": of}),
    };
    if let Some(before) = before {
        payload["Before"] = json!(before);
    }
    if let Some(limit) = limit {
        payload["Limit"] = json!(limit);
    }
    packet(20, &payload)
}

/// The sealed form: base64 of the IV and the AES-128-CBC of the text.
pub(crate) fn seal(key: [u8; 16], iv: [u8; 16], packet: &str) -> String {
    let cipher = cbc::Encryptor::<aes::Aes128>::new(&key.into(), &iv.into());
    let sealed = cipher.encrypt_padded_vec_mut::<Pkcs7>(packet.as_bytes());
    BASE64.encode([&iv[..], &sealed].concat())
}

/// A list as such a client writes it: the author's puts the text of an array into a string.
fn room_list(rooms: &[String], manner: Manner) -> Value {
    match manner {
        Manner::Lines => json!(rooms),
        Manner::Bare => json!(json!(rooms).to_string()),
    }
}

/// The next packet of a hub that writes lines.
pub(crate) fn next_line(buffer: &mut Vec<u8>) -> Result<Option<Received>, String> {
    let Some(end) = buffer.iter().position(|byte| *byte == b'\n') else {
        return Ok(None);
    };
    let mut raw = split_front(buffer, end + 1);
    raw.pop();
    let message = decode(&raw, Manner::Lines)?;
    Ok(Some((message, raw)))
}

/// The next packet of a hub that ends none.
pub(crate) fn next_bare(buffer: &mut Vec<u8>) -> Result<Option<Received>, String> {
    let mut values = serde_json::Deserializer::from_slice(buffer).into_iter::<&RawValue>();
    let end = match values.next() {
        None => return Ok(None),
        Some(Ok(_)) => values.byte_offset(),
        Some(Err(error)) if error.is_eof() => return Ok(None),
        Some(Err(error)) => return Err(format!("the hub sent what is no JSON: {error}")),
    };
    let raw = split_front(buffer, end);
    if !raw.ends_with(b"}") || !raw.starts_with(b"{") {
        return Err("white space around a bare packet".to_owned());
    }
    let message = decode(&raw, Manner::Bare)?;
    Ok(Some((message, raw)))
}

fn decode(raw: &[u8], manner: Manner) -> Result<Message, String> {
    let shown = || String::from_utf8_lossy(raw).into_owned();
    decode_packet(raw, manner)
        .map_err(|what| format!("the hub sent a bad packet: {what}: {}", shown()))
}

fn decode_packet(raw: &[u8], manner: Manner) -> Result<Message, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Packet<'a> {
        #[serde(rename = "Header")]
        header: Header,
        #[serde(rename = "Payload", borrow)]
        payload: &'a RawValue,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Header {
        #[serde(rename = "OP-CODE")]
        op: u16,
        #[serde(rename = "Length")]
        length: usize,
    }
    let packet: Packet<'_> = serde_json::from_slice(raw).map_err(|error| error.to_string())?;
    let text = packet.payload.get();
    let is_nothing = text == "\"\"";
    // [594-2]
    let length = if is_nothing { 0 } else { text.len() };
    if packet.header.length != length {
        return Err(format!("Length is not {length}"));
    }
    let payload: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let string = |key: &str| {
        let found = payload[key].as_str().map(str::to_owned);
        found.ok_or_else(|| format!("no {key}"))
    };
    let number = |key: &str| {
        let found = payload[key].as_u64();
        found.ok_or_else(|| format!("no {key}"))
    };
    let id = || u16::try_from(number("Transfer-Id")?).map_err(|_| "Transfer-Id".to_owned());
    Ok(match packet.header.op {
        2 if is_nothing => Message::Ok { transfer: None },
        2 => Message::Ok {
            transfer: Some(id()?),
        },
        5 => {
            let from = string("From-User")?;
            if string("From-Name")? != from {
                return Err("From-User and From-Name differ".to_owned());
            }
            let (room, text) = (string("To-Room")?, string("Message")?);
            match (string("Type")?.as_str(), room.as_str()) {
                ("private", "PRV MSG") => Message::Told { from, text },
                (kind @ ("" | "group"), _) => Message::Said {
                    from,
                    group: kind == "group",
                    room,
                    text,
                },
                _ => return Err("Type".to_owned()),
            }
        }
        7 => Message::Rooms(names(&list(&payload["Message"], manner)?)?),
        10 => Message::Members {
            room: None,
            names: names(&list(&payload["Message"], manner)?)?,
        },
        14 => Message::Goodbye {
            to: Some(string("User-Name")?),
        },
        15 if is_nothing => Message::Beat,
        16 => Message::Offer(Negotiation {
            from: string("User-Name")?,
            to: string("To-User")?,
            id: id()?,
            file: Some((
                string("File-Name")?,
                u32::try_from(number("Size")?).map_err(|_| "Size")?,
            )),
        }),
        op @ (17 | 18) => Message::Answer {
            accept: op == 17,
            about: Negotiation {
                from: string("To-User")?,
                to: string("User-Name")?,
                id: id()?,
                file: None,
            },
        },
        19 => {
            let data = BASE64.decode(string("Data")?).map_err(|e| e.to_string())?;
            let last = payload["Last"].as_bool().ok_or("no Last")?;
            let fits = match last {
                true => (1..=1024).contains(&data.len()),
                false => data.len() == 1024,
            };
            if !fits {
                return Err(format!("a segment of {} bytes", data.len()));
            }
            Message::Data {
                id: id()?,
                seq: Some(number("Seq")?),
                data,
                last,
            }
        }
        21 => {
            let entry = |entry: &Value| {
                let text = |key: &str| entry[key].as_str().map(str::to_owned).ok_or(key.to_owned());
                if entry["Time"].as_u64().is_none() {
                    return Err("no Time".to_owned());
                }
                text("To-Room")?;
                Ok::<_, String>(Entry {
                    from: text("From-User")?,
                    text: text("Message")?,
                    id: entry["Id"].as_u64().ok_or("no Id")?,
                })
            };
            let entries = list(&payload["Message"], manner)?;
            Message::History(entries.iter().map(entry).collect::<Result<_, _>>()?)
        }
        code @ 201..=208 => {
            if number("Error")? != u64::from(code) || string("Message")?.is_empty() {
                return Err("an error says its code and a sentence".to_owned());
            }
            let about = string("Room-Name").or_else(|_| string("To-User"));
            Message::Error {
                code,
                about: about.ok(),
            }
        }
        op => return Err(format!("OP-CODE {op} is not a hub's")),
    })
}

/// An array, or on sessions of the author's kind a string that holds one.
fn list(value: &Value, manner: Manner) -> Result<Vec<Value>, String> {
    match (manner, value) {
        (Manner::Lines, Value::Array(items)) => Ok(items.clone()),
        (Manner::Bare, Value::String(text)) => {
            serde_json::from_str(text).map_err(|error| format!("a list: {error}"))
        }
        _ => Err("a list in the other dialect's form".to_owned()),
    }
}

fn names(items: &[Value]) -> Result<Vec<String>, String> {
    let name = |item: &Value| item.as_str().map(str::to_owned).ok_or("a name".to_owned());
    items.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_hub_may_not_send_is_an_error() {
        // [594-1] [594-2] [594-8] [594-24]
        for bad in [
            "[]",
            r#"{"Header":{"OP-CODE":2,"Length":2},"Payload":""}"#,
            r#"{"Header":{"OP-CODE":2,"Length":0}}"#,
            r#"{"Header":{"OP-CODE":1,"Length":5},"Payload":"ana"}"#,
            r#"{"Header":{"OP-CODE":205,"Length":13},"Payload":{"Error":205}}"#,
            r#"{"Header":{"OP-CODE":7,"Length":16},"Payload":{"Message":"[]"}}"#,
            r#"{"Header":{"OP-CODE":19,"Length":51},"Payload":{"Transfer-Id":1,"Seq":0,"Data":"AA==","Last":false}}"#,
        ] {
            let mut buffer = format!("{bad}\n").into_bytes();
            assert!(next_line(&mut buffer).is_err(), "{bad}");
        }
    }

    #[test]
    fn both_dialects_are_split() {
        // [594-26]
        let ok = r#"{"Header":{"OP-CODE":2,"Length":0},"Payload":""}"#;
        let received = (Message::Ok { transfer: None }, ok.as_bytes().to_vec());
        let mut lines = format!("{ok}\n{ok}").into_bytes();
        assert_eq!(next_line(&mut lines), Ok(Some(received.clone())));
        assert_eq!(next_line(&mut lines), Ok(None));
        let mut bare = format!("{ok}{ok}{{").into_bytes();
        assert_eq!(next_bare(&mut bare), Ok(Some(received.clone())));
        assert_eq!(next_bare(&mut bare), Ok(Some(received)));
        assert_eq!(next_bare(&mut bare), Ok(None));
    }

    #[test]
    fn sealing_is_the_published_cipher() {
        // [594-6]: the first block of NIST SP 800-38A, F.2.1 (CBC-AES128.Encrypt); the second is
        // the padding of a whole block.
        let hex = |text: &str| -> Vec<u8> {
            let digits = text.as_bytes().chunks(2);
            digits
                .map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap())
                .collect()
        };
        let key: [u8; 16] = hex("2b7e151628aed2a6abf7158809cf4f3c").try_into().unwrap();
        let iv: [u8; 16] = hex("000102030405060708090a0b0c0d0e0f").try_into().unwrap();
        let cipher = cbc::Encryptor::<aes::Aes128>::new(&key.into(), &iv.into());
        let plain = hex("6bc1bee22e409f96e93d7e117393172a");
        let sealed = cipher.encrypt_padded_vec_mut::<Pkcs7>(&plain);
        assert_eq!(sealed[..16], hex("7649abac8119b246cee98e9b12e9197d"));
        let text = BASE64.decode(seal(key, iv, "{}")).unwrap();
        assert_eq!((&text[..16], text.len()), (&iv[..], 32));
    }
}
