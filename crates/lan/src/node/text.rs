//! What other people's machines send, brought into the forms that the rest of the program takes.

use model::{FileName, MAX_TEXT_BYTES, Text, is_directional};

/// Bytes in the name of a file that is offered to us; longer ones lose their middle, for a suffix says
/// what a file is. Below what file systems take.
const MAX_FILE_NAME: usize = 200;

/// `raw` as messages, in order: one, or several where it is longer than a message may be. None for an
/// empty one [LAN-44].
pub(super) fn split(raw: &str) -> Vec<Text> {
    let mut texts = Vec::new();
    let mut rest = raw;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(cut(rest));
        // Each piece fits, so only what is empty is refused.
        texts.extend(Text::adapt(piece));
        rest = after;
    }
    texts
}

/// Where the first message ends: at a line's or a word's end if one is near.
fn cut(raw: &str) -> usize {
    let mut size = 0;
    let mut good = 0;
    for (at, c) in raw.char_indices() {
        // A character that may not pass becomes U+FFFD, which has three bytes.
        let width = if (c < ' ' && c != '\t' && c != '\n') || is_directional(c) {
            char::REPLACEMENT_CHARACTER.len_utf8()
        } else {
            c.len_utf8()
        };
        if size + width > MAX_TEXT_BYTES {
            return if good > at / 2 { good } else { at };
        }
        size += width;
        if matches!(c, ' ' | '\n') {
            good = at + 1;
        }
    }
    raw.len()
}

/// A name that a file may have here, made of what was offered: the last part of a path, forbidden
/// characters as `_` [LAN-45].
pub(super) fn file_name(raw: &str) -> FileName {
    let last = raw
        .rsplit(['/', '\\'])
        .find(|part| !part.trim().is_empty())
        .unwrap_or_default();
    let mut name: String = last
        .trim()
        .chars()
        .map(|c| {
            let is_forbidden = c.is_control() || is_directional(c) || ":*?\"<>|".contains(c);
            if is_forbidden { '_' } else { c }
        })
        .collect();
    if name.len() > MAX_FILE_NAME {
        let head = floor(&name, MAX_FILE_NAME / 2);
        let tail = ceiling(&name, name.len() - MAX_FILE_NAME / 4);
        name = format!("{}…{}", name[..head].trim_end(), name[tail..].trim_start());
    }
    let name = if name.chars().all(|c| c == '.') {
        "file"
    } else {
        name.trim()
    };
    FileName::parse(name).unwrap_or_else(|_| nameless())
}

fn nameless() -> FileName {
    #[expect(clippy::unwrap_used, reason = "a constant that is a legal name")]
    FileName::parse("file").unwrap()
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceiling(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_arrives_in_order_and_whole() {
        // [LAN-20]
        for raw in [
            "x".repeat(100_000),
            "word ".repeat(20_000),
            "é".repeat(30_000),
            "日本\n".repeat(9_000),
            "short".to_owned(),
        ] {
            let texts = split(&raw);
            let joined: String = texts.iter().map(Text::as_str).collect();
            assert_eq!(joined, raw);
        }
        assert_eq!(split(&"\u{1}".repeat(10_000)).len(), 3);
        assert_eq!(split(&"x".repeat(MAX_TEXT_BYTES)).len(), 1);
        assert_eq!(split(""), []);
    }

    #[test]
    fn a_file_name_is_made_legal() {
        // [LAN-45]
        for (raw, legal) in [
            ("a.txt", "a.txt"),
            ("/etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("..", "file"),
            ("../", "file"),
            ("", "file"),
            (" a:b\u{202E}c\n.txt ", "a_b_c_.txt"),
            ("日本.pdf", "日本.pdf"),
        ] {
            assert_eq!(file_name(raw).as_str(), legal, "{raw:?}");
        }
        let long = format!("{}.tar.gz", "é".repeat(500));
        assert!(file_name(&long).as_str().ends_with(".tar.gz"));
        assert!(file_name(&long).as_str().len() <= 255);
    }
}
