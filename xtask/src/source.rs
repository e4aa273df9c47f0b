//! As much of Rust's grammar as the checks need: what is code, what is prose, what is a test.
//!
//! A full parser would be a heavy dependency for three questions, so this reads tokens only: it
//! knows comments, the kinds of string, characters against lifetimes, and balanced braces.

use std::ops::Range;

/// `source` with comments, strings and characters overwritten by spaces. Every remaining byte
/// keeps its place, so offsets and line numbers hold for both texts.
pub(crate) fn code_only(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = prose_end(bytes, at);
        for byte in &mut code[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end.max(at + 1);
    }
    // Prose is blanked whole, from one ASCII delimiter to the next: what remains is whole too.
    String::from_utf8_lossy(&code).into_owned()
}

/// What of a file is compiled for tests only.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TestParts {
    /// Byte ranges of the file.
    pub(crate) ranges: Vec<Range<usize>>,
    /// Names of modules declared `#[cfg(test)] mod name;`, which are files of their own.
    pub(crate) modules: Vec<String>,
}

impl TestParts {
    /// Finds them in what [`code_only`] returned.
    pub(crate) fn of(code: &str) -> Self {
        let mut parts = Self::default();
        if code.contains("#![cfg(test)]") {
            parts.ranges.push(0..code.len());
            return parts;
        }
        let mut from = 0;
        while let Some(start) = next_test_attribute(code, from) {
            let item = skip_attributes(code, start);
            let end = item_end(code, item);
            if let Some(name) = declared_module(&code[item..end]) {
                parts.modules.push(name.to_owned());
            }
            parts.ranges.push(start..end);
            from = end;
        }
        parts
    }

    pub(crate) fn contains(&self, offset: usize) -> bool {
        self.ranges.iter().any(|range| range.contains(&offset))
    }
}

/// The line that holds `offset`, counted from one.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

/// Where `word` stands in `code` as whole path segments: `std::net` is found in `std::net::Ipv4Addr`
/// and not in `mystd::network`.
pub(crate) fn find_path(code: &str, word: &str) -> Vec<usize> {
    let bytes = code.as_bytes();
    let is_name = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(|at| {
            let before = at.checked_sub(1).and_then(|i| bytes.get(i));
            let starts = !is_name(bytes.get(*at)) || !is_name(before);
            let ends = word.ends_with(':') || !is_name(bytes.get(at + word.len()));
            starts && ends
        })
        .collect()
}

/// Names imported straight from `root` by a braced `use`, such as `net` of `use std::{fmt, net};`,
/// each with its place.
pub(crate) fn grouped_imports<'a>(code: &'a str, root: &str) -> Vec<(usize, &'a str)> {
    let opening = format!("{root}::{{");
    let mut found = Vec::new();
    for at in find_path(code, &format!("{root}::")) {
        if !code[at..].starts_with(&opening) {
            continue;
        }
        let mut depth = 0_usize;
        let mut start = at + opening.len();
        for (offset, character) in code[start..].char_indices() {
            let here = at + opening.len() + offset;
            match character {
                '{' => depth += 1,
                ',' | '}' if depth == 0 => {
                    let name = code[start..here]
                        .trim()
                        .split("::")
                        .next()
                        .unwrap_or_default();
                    found.push((start, name.split_whitespace().next().unwrap_or_default()));
                    start = here + 1;
                    if character == '}' {
                        break;
                    }
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    found
}

/// Where the comment, string or character that starts at `at` ends; `at` itself if none does.
fn prose_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let after_name = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    match rest {
        [b'/', b'/', ..] => at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => at + block_comment_length(rest),
        [b'"', ..] => at + 1 + string_length(&rest[1..]),
        [b'r', b'"' | b'#', ..] if !after_name => at + raw_string_length(rest, 1),
        [b'b' | b'c', b'r', b'"' | b'#', ..] if !after_name => at + raw_string_length(rest, 2),
        [b'\'', ..] => at + character_length(rest),
        _ => at,
    }
}

fn block_comment_length(rest: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

/// Bytes up to and with the closing quote.
fn string_length(inside: &[u8]) -> usize {
    let mut at = 0;
    while at < inside.len() {
        match inside[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    inside.len()
}

/// `prefix` is the length of `r` or `br`. A raw identifier (`r#type`) has length 0.
fn raw_string_length(rest: &[u8], prefix: usize) -> usize {
    let hashes = rest[prefix..].iter().take_while(|b| **b == b'#').count();
    let inside = prefix + hashes + 1;
    if rest.get(prefix + hashes) != Some(&b'"') {
        return 0;
    }
    let closing: Vec<u8> = [b'"']
        .into_iter()
        .chain(std::iter::repeat_n(b'#', hashes))
        .collect();
    rest[inside..]
        .windows(closing.len())
        .position(|window| window == closing)
        .map_or(rest.len(), |at| inside + at + closing.len())
}

/// The length of a character such as `'{'`, or 0 for a lifetime.
fn character_length(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        // The byte behind the backslash may be the quote itself.
        return rest
            .iter()
            .skip(3)
            .position(|b| *b == b'\'')
            .map_or(rest.len(), |at| at + 4);
    }
    let width = match rest.get(1) {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        Some(0xc0..) => 2,
        Some(_) => 1,
        None => return 0,
    };
    if rest.get(1 + width) == Some(&b'\'') {
        width + 2
    } else {
        0
    }
}

fn next_test_attribute(code: &str, from: usize) -> Option<usize> {
    ["#[cfg(test)]", "#[cfg(any(test", "#[cfg(all(test"]
        .iter()
        .filter_map(|attribute| code[from..].find(attribute))
        .min()
        .map(|at| from + at)
}

fn skip_attributes(code: &str, mut at: usize) -> usize {
    loop {
        at += code[at..].len() - code[at..].trim_start().len();
        if !code[at..].starts_with("#[") {
            return at;
        }
        at += balanced(&code[at + 1..], '[', ']') + 1;
    }
}

/// The end of the item that starts at `start`: its closing brace, or its semicolon.
fn item_end(code: &str, start: usize) -> usize {
    let rest = &code[start..];
    match rest.find(['{', ';']) {
        Some(at) if rest[at..].starts_with('{') => start + at + balanced(&rest[at..], '{', '}'),
        Some(at) => start + at + 1,
        None => code.len(),
    }
}

/// The length of the group that `text` starts with.
fn balanced(text: &str, open: char, close: char) -> usize {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        if character == open {
            depth += 1;
        } else if character == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at + 1;
            }
        }
    }
    text.len()
}

fn declared_module(item: &str) -> Option<&str> {
    let declaration = item.strip_suffix(';')?;
    let (_, name) = declaration.split_once("mod ")?;
    Some(name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_blanked_and_every_offset_kept() {
        let source = "let a = \"std::fs \\\" {\"; // std::net\nlet b = '{'; /* a /* b */ } */ let c: &'a str = r#\"}\"#;\n";
        let code = code_only(source);
        assert_eq!(code.len(), source.len());
        assert!(!code.contains("std::"), "{code}");
        assert!(!code.contains(['{', '}']), "{code}");
        assert!(code.contains("let c: &'a str ="), "{code}");
        assert_eq!(code.find("let b"), source.find("let b"));
    }

    #[test]
    fn escaped_and_wide_characters_are_characters_and_lifetimes_are_not() {
        for character in [r"'\''", r"'\\'", r"'\u{7b}'", "'{'", "'é'", "'🦀'"] {
            let blanks = " ".repeat(character.len());
            assert_eq!(
                code_only(&format!("a({character})b")),
                format!("a({blanks})b")
            );
        }
        assert_eq!(code_only("impl<'a> X<'a>"), "impl<'a> X<'a>");
        assert_eq!(code_only("r#type"), "r#type");
    }

    #[test]
    fn a_test_module_ends_at_its_own_brace() {
        let code = "fn a() {}\n#[cfg(test)]\n#[allow(x)]\nmod tests { fn t() { {} } }\nfn b() {}\n";
        let parts = TestParts::of(code);
        assert_eq!(parts.ranges.len(), 1);
        assert!(parts.contains(code.find("fn t").unwrap()));
        assert!(!parts.contains(code.find("fn a").unwrap()));
        assert!(!parts.contains(code.find("fn b").unwrap()));
    }

    #[test]
    fn a_test_module_in_a_file_of_its_own_is_named() {
        let parts = TestParts::of("#[cfg(test)]\nmod scripts;\nmod real;\n");
        assert_eq!(parts.modules, ["scripts"]);
    }

    #[test]
    fn paths_match_whole_segments_only() {
        assert_eq!(find_path("use std::net::IpAddr;", "std::net"), [4]);
        assert_eq!(
            find_path("use std::network; mystd::net", "std::net"),
            [0_usize; 0]
        );
        assert_eq!(find_path("tokio::spawn", "tokio::"), [0]);
        assert_eq!(find_path("my_thread::x", "thread::"), [0_usize; 0]);
    }

    #[test]
    fn grouped_imports_are_told_apart_from_what_they_import() {
        let names: Vec<&str> = grouped_imports(
            "use std::{fmt::{self, net}, fs as disk, net::IpAddr};",
            "std",
        )
        .into_iter()
        .map(|(_, name)| name)
        .collect();
        assert_eq!(names, ["fmt", "fs", "net"]);
    }
}
