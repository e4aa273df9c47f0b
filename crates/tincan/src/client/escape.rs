//! Makes what other people wrote harmless to a terminal.
//!
//! A terminal obeys control characters and hides text behind directional and invisible ones. They
//! are shown as what they are: `\u{1b}`.

use std::borrow::Cow;

/// `text` for one line on a terminal: line breaks too become visible.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            c if is_harmful(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// A JSON text in which nothing harmful stands raw. Such characters occur only inside JSON's
/// strings, where an escape means the same.
pub(crate) fn visible_json(json: &str) -> Cow<'_, str> {
    if !json.chars().any(is_harmful) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 8);
    for c in json.chars() {
        if is_harmful(c) {
            // All of them are in the first plane, so that one unit is enough.
            shown.push_str(&format!("\\u{:04x}", c as u32));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Control characters but the tab, directional ones, line separators, and those that show nothing
/// at all. The joiners U+200C and U+200D stay: scripts and emoji need them.
fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\t')
        || model::is_directional(c)
        || matches!(c,
            '\u{200B}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{206A}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        let table = [
            ("plain text, é 日本 👩‍💻", "plain text, é 日本 👩‍💻"),
            ("tab\tstays", "tab\tstays"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\rb\nc\u{7f}", "a\\u{d}b\\nc\\u{7f}"),
            ("bell\u{7}", "bell\\u{7}"),
            ("exe\u{202e}gpj", "exe\\u{202e}gpj"),
            (
                "\u{2066}x\u{2069}\u{200f}\u{61c}",
                "\\u{2066}x\\u{2069}\\u{200f}\\u{61c}",
            ),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("line\u{2028}break", "line\\u{2028}break"),
        ];
        for (raw, shown) in table {
            assert_eq!(visible(raw), shown, "{raw:?}");
        }
    }

    #[test]
    fn json_stays_the_same_json() {
        let value = serde_json::json!({"text": "a\u{9b}b\u{202e}c\u{1b}d\"\\e"});
        let raw = value.to_string();
        let shown = visible_json(&raw);
        assert!(!shown.contains(['\u{9b}', '\u{202e}', '\u{1b}']), "{shown}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            value
        );
    }
}
