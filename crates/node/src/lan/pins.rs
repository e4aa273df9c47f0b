//! Keys of other people that were seen: one line each in `pins`, written whole and renamed.
//!
//! A line is the SHA-256 of the certificate in hexadecimal, a space, the name. Names are anything,
//! so `\` and line ends in them are written as `\\`, `\n` and `\r`. Names are compared without regard
//! to ASCII case, as DNS does.

use std::fs;
use std::io;
use std::path::Path;

use super::{folder, hex};

/// Pins that are kept, at most: more people than any LAN has. Beyond it new ones are refused; if
/// old ones made way, a flood of strangers could make us forget a friend's key.
pub const MAX_PINS: usize = 10_000;

const FILE: &str = "pins";

/// All of them, in the order they came.
///
/// # Errors
/// The file is there and cannot be read, or a line of it is no pin: to skip that line would be to
/// forget a key.
pub fn list(folder: &Path) -> io::Result<Vec<(String, [u8; 32])>> {
    let text = match fs::read_to_string(folder.join(FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    text.split('\n')
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(index, line)| {
            parse(line).ok_or_else(|| {
                let number = index + 1;
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("line {number} of {FILE} is no pin"),
                )
            })
        })
        .collect()
}

/// Forgets one; `false`: there was none.
///
/// # Errors
/// The file cannot be read or written.
pub fn forget(folder: &Path, name: &str) -> io::Result<bool> {
    if !folder.join(FILE).exists() {
        return Ok(false);
    }
    let _held = folder::hold(folder)?;
    let mut pins = list(folder)?;
    let before = pins.len();
    pins.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    let is_known = pins.len() < before;
    if is_known {
        write(folder, &pins)?;
    }
    Ok(is_known)
}

/// Keeps this key for this name. A name that has another one keeps that: it has to be
/// [forgotten](forget) first, or whoever comes with a new key would only have to meet a program that
/// has not seen the old one.
///
/// # Errors
/// The name has another key ([`io::ErrorKind::AlreadyExists`]); the file cannot be read or written, or
/// holds [`MAX_PINS`].
pub fn store(folder: &Path, name: &str, fingerprint: [u8; 32]) -> io::Result<()> {
    folder::make(folder)?;
    let _held = folder::hold(folder)?;
    let mut pins = list(folder)?;
    let is_full = pins.len() >= MAX_PINS;
    match pins
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
    {
        Some((_, known)) if *known == fingerprint => return Ok(()),
        Some(_) => {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "another key is known for this name",
            ));
        }
        None if is_full => {
            return Err(io::Error::new(
                io::ErrorKind::QuotaExceeded,
                format!("{MAX_PINS} keys of other people are kept, no more"),
            ));
        }
        None => pins.push((name.to_owned(), fingerprint)),
    }
    write(folder, &pins)
}

fn write(folder: &Path, pins: &[(String, [u8; 32])]) -> io::Result<()> {
    let mut text = String::new();
    for (name, fingerprint) in pins {
        text.push_str(&hex(fingerprint));
        text.push(' ');
        for character in name.chars() {
            match character {
                '\\' => text.push_str("\\\\"),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                other => text.push(other),
            }
        }
        text.push('\n');
    }
    folder::write(&folder.join(FILE), text.as_bytes())
}

fn parse(line: &str) -> Option<(String, [u8; 32])> {
    let (digits, escaped) = line.split_once(' ')?;
    if digits.len() != 64 || escaped.is_empty() {
        return None;
    }
    let mut fingerprint = [0; 32];
    for (byte, pair) in fingerprint.iter_mut().zip(digits.as_bytes().chunks(2)) {
        let mut value = 0;
        for digit in pair {
            value = value << 4 | char::from(*digit).to_digit(16)?;
        }
        *byte = u8::try_from(value).ok()?;
    }
    let mut name = String::new();
    let mut characters = escaped.chars();
    while let Some(character) = characters.next() {
        name.push(match character {
            '\\' => match characters.next()? {
                '\\' => '\\',
                'n' => '\n',
                'r' => '\r',
                _ => return None,
            },
            other => other,
        });
    }
    Some((name, fingerprint))
}
