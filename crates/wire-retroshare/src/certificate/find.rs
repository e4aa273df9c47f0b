//! Finds a certificate or an invite in text as people paste it.
//!
//! First the whole text is taken for one. If it is not, every *run* of lines that could be base64 is
//! tried, also without a few lines at either end: a greeting of one word looks like base64. Exactly one
//! different result is an answer. What is wrong is told of the most promising try.

use percent_encoding::percent_decode_str;

use super::{FriendText, TextError};

pub(super) fn find(text: &str) -> Result<FriendText, TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty);
    }
    if is_private_key(text) {
        return Err(TextError::PrivateKey);
    }
    if text.contains(INVITE_QUERY) {
        return only(urls(text));
    }
    let lines: Vec<&str> = text.lines().map(unquoted).collect();
    let words: Vec<&str> = lines.iter().flat_map(|l| l.split_whitespace()).collect();
    let whole = match FriendText::from_base64(&words.concat()) {
        Ok(found) => return Ok(found),
        Err(error) => error,
    };
    // Lines first: a word of prose is more often base64 by accident than a line of it.
    let by_line = only(runs(&lines).map(of_run));
    match by_line {
        Ok(_) | Err(TextError::Ambiguous) => by_line,
        Err(error) => match only(runs(&words).map(of_run)) {
            Ok(found) => Ok(found),
            Err(_) => Err(explain(text, &words, whole, error)),
        },
    }
}

/// The one result of several tries, or the error of the first that looked like what we seek.
fn only(
    tries: impl Iterator<Item = Result<FriendText, TextError>>,
) -> Result<FriendText, TextError> {
    let mut found: Option<FriendText> = None;
    let mut wrong = TextError::Other;
    for attempt in tries {
        match attempt {
            Ok(new) => match &found {
                Some(old) if *old != new => return Err(TextError::Ambiguous),
                Some(_) | None => found = Some(new),
            },
            Err(error) if wrong == TextError::Other => wrong = error,
            Err(_) => {}
        }
    }
    found.ok_or(wrong)
}

/// What to say of a text in which nothing was found: `whole` is wrong with all of it, `run` with the
/// first part of it that begins well.
fn explain(text: &str, words: &[&str], whole: TextError, run: TextError) -> TextError {
    if text.contains("-----BEGIN PGP PUBLIC KEY") {
        return TextError::PgpKey;
    }
    if !words.iter().any(|word| begins_well(word)) {
        let is_url = text.contains("://");
        return if is_url {
            TextError::OtherUrl
        } else {
            TextError::Other
        };
    }
    match (whole, run) {
        (whole, TextError::Other) => whole,
        // A strange character in the midst cuts the text, and says more than its halves do.
        (TextError::NotBase64(c), TextError::Truncated) if is_inside(words, c) => {
            TextError::NotBase64(c)
        }
        (TextError::NotBase64(_), run) => run,
        (whole, _) => whole,
    }
}

/// Whether the character is in a word of base64 otherwise, and not in prose.
fn is_inside(words: &[&str], wrong: char) -> bool {
    words.iter().any(|word| {
        let strange = word.chars().filter(|c| !is_base64(*c)).count();
        word.contains(wrong) && word.len() >= SHORTEST && strange * 8 <= word.len()
    })
}

fn is_private_key(text: &str) -> bool {
    text.split("-----BEGIN ")
        .skip(1)
        .filter_map(|rest| rest.split("-----").next())
        .any(|label| label.contains("PRIVATE KEY"))
}

/// The invites in all URLs.
fn urls(text: &str) -> impl Iterator<Item = Result<FriendText, TextError>> {
    text.split(INVITE_QUERY).skip(1).take(MOST_URLS).map(of_url)
}

/// The invite at the end of a URL, which mail programs break into lines where it is long.
fn of_url(rest: &str) -> Result<FriendText, TextError> {
    let ends = |c: char| c.is_whitespace() || "&#\"'<>()[]".contains(c);
    let mut value = String::new();
    let mut error = None;
    for line in rest.lines().map(unquoted).take(MOST_URL_LINES) {
        let part = line.split(ends).next().unwrap_or_default();
        value.push_str(part);
        match FriendText::from_base64(&percent_decode_str(&value).decode_utf8_lossy()) {
            Ok(found) => return Ok(found),
            Err(wrong) => error = error.or(Some(wrong)),
        }
        if part.len() < line.len() {
            break;
        }
    }
    Err(error.unwrap_or(TextError::Empty))
}

/// A line without what a mail program quotes with, and without white space around it.
fn unquoted(line: &str) -> &str {
    line.trim_start_matches(|c: char| c == '>' || c.is_whitespace())
        .trim_end()
}

/// Neighbouring lines, or words, that could be base64.
fn runs<'a>(lines: &'a [&'a str]) -> impl Iterator<Item = &'a [&'a str]> {
    lines
        .split(|line| line.is_empty() || !line.chars().all(is_base64))
        .filter(|run| !run.is_empty())
}

/// A run as it is; then from where something begins, and without a few lines at its ends.
fn of_run(run: &[&str]) -> Result<FriendText, TextError> {
    let first = FriendText::from_base64(&run.concat());
    if first.is_ok() {
        return first;
    }
    let begin = run.iter().position(|line| begins_well(line));
    let mut error = None;
    for skipped in begin.into_iter().chain(0..=EXTRA_LINES) {
        for dropped in 0..=EXTRA_LINES {
            let kept = run.len().saturating_sub(dropped);
            let Some(lines) = run.get(skipped..kept).filter(|l| !l.is_empty()) else {
                continue;
            };
            match FriendText::from_base64(&lines.concat()) {
                Ok(found) => return Ok(found),
                Err(wrong) => error = error.or(Some(wrong)),
            }
        }
    }
    match begin {
        Some(_) => Err(error.unwrap_or(TextError::Empty)),
        None => Err(TextError::Other),
    }
}

/// Whether a certificate begins here (the tag of its version, in base64), or an invite (the packet of
/// the node's id).
fn begins_well(line: &str) -> bool {
    line.starts_with("CQ") || (line.starts_with("AB") && line.len() >= SHORTEST)
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}

/// What an invite follows in a URL.
pub(crate) const INVITE_QUERY: &str = "rsInvite=";
/// Fewer characters are a word and no line of base64.
const SHORTEST: usize = 32;
/// How many URLs of one text are looked at.
const MOST_URLS: usize = 16;
/// Into how many lines a URL may be broken: the longest invite in lines of 64 characters, twice.
const MOST_URL_LINES: usize = 64;
/// How many lines before and after a text may look like a part of it: a greeting, a name.
const EXTRA_LINES: usize = 3;
