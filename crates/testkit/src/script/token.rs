//! Words, quoted texts and marks of one line.

/// One piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// Anything up to white space, without a `,` or `:` at its end.
    Word(String),
    /// A text in quotes, its escapes resolved, repeated as `*N` behind it says.
    Text(String),
    /// A `,` or `:` that ends a word or follows a text.
    Mark(char),
}

impl Token {
    /// What a name or text argument says, quoted or not.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Word(text) | Self::Text(text) => Some(text),
            Self::Mark(_) => None,
        }
    }

    pub(crate) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Text(_) | Self::Mark(_) => None,
        }
    }
}

/// Cuts a line.
pub(crate) fn tokens(line: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        match first {
            '"' => {
                let (text, behind) = quoted(&rest[1..])?;
                let (count, behind) = repetition(behind)?;
                tokens.push(Token::Text(text.repeat(count)));
                rest = behind;
            }
            ',' | ':' if rest[1..].chars().next().is_none_or(char::is_whitespace) => {
                tokens.push(Token::Mark(first));
                rest = &rest[1..];
            }
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || c == '"')
                    .unwrap_or(rest.len());
                let word = &rest[..end];
                let bare = word.trim_end_matches([',', ':']);
                if !bare.is_empty() {
                    tokens.push(Token::Word(bare.to_owned()));
                }
                tokens.extend(word[bare.len()..].chars().map(Token::Mark));
                rest = &rest[end..];
            }
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

/// A text up to its closing quote, and what stands behind it.
fn quoted(line: &str) -> Result<(String, &str), String> {
    let mut text = String::new();
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((text, &line[at + 1..])),
            '\\' => {
                let escape = chars.next().map(|(_, c)| c);
                match escape {
                    Some('n') => text.push('\n'),
                    Some('r') => text.push('\r'),
                    Some('t') => text.push('\t'),
                    Some('\\') => text.push('\\'),
                    Some('"') => text.push('"'),
                    Some('u') => {
                        let behind = &line[at + 2..];
                        let digits = behind
                            .strip_prefix('{')
                            .and_then(|behind| behind.split_once('}'))
                            .map(|(digits, _)| digits)
                            .ok_or("\\u needs {hexadecimal digits}")?;
                        let c = u32::from_str_radix(digits, 16)
                            .ok()
                            .and_then(char::from_u32);
                        text.push(c.ok_or_else(|| format!("\\u{{{digits}}} is no character"))?);
                        (0..digits.len() + 2).for_each(|_| {
                            chars.next();
                        });
                    }
                    other => return Err(format!("unknown escape \\{}", other.unwrap_or(' '))),
                }
            }
            c => text.push(c),
        }
    }
    Err("a text without its closing quote".to_owned())
}

/// The `*N` behind a text.
fn repetition(line: &str) -> Result<(usize, &str), String> {
    let Some(behind) = line.strip_prefix('*') else {
        return Ok((1, line));
    };
    let end = behind
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(behind.len());
    let count = behind[..end]
        .parse()
        .ok()
        .filter(|count| *count <= 100_000)
        .ok_or("a text is repeated *N times, N at most 100000")?;
    Ok((count, &behind[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Token {
        Token::Word(text.into())
    }

    fn text(text: &str) -> Token {
        Token::Text(text.into())
    }

    #[test]
    fn words_texts_and_marks_are_told_apart() {
        assert_eq!(
            tokens(r##"ana sees members of #den: "b o", cid"##).unwrap(),
            [
                word("ana"),
                word("sees"),
                word("members"),
                word("of"),
                word("#den"),
                Token::Mark(':'),
                text("b o"),
                Token::Mark(','),
                word("cid"),
            ]
        );
    }

    #[test]
    fn escapes_and_repetitions_are_resolved() {
        assert_eq!(
            tokens(r#""a\n\t\"\\\u{202e}b" "xy"*3 00*61"#).unwrap(),
            [text("a\n\t\"\\\u{202e}b"), text("xyxyxy"), word("00*61")]
        );
    }

    #[test]
    fn what_is_no_text_is_named() {
        for (line, why) in [
            (r#""open"#, "closing quote"),
            (r#""\q""#, "escape"),
            (r#""\u{d800}""#, "character"),
            (r#""\u12""#, "hexadecimal"),
            (r#""x"*999999999"#, "100000"),
        ] {
            let error = tokens(line).unwrap_err();
            assert!(error.contains(why), "{line}: {error}");
        }
    }
}
