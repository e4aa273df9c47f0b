//! Text to tags and what is between them, in one pass.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Between tags; entities are still in it. A `<` that begins no tag is in it as well.
    Text(&'a str),
    Tag(Tag<'a>),
    /// A comment or a declaration.
    Ignored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    /// `</name>`
    pub(super) closing: bool,
    /// `<name/>`
    pub(super) empty: bool,
    attributes: &'a str,
}

impl<'a> Tag<'a> {
    /// The value of an attribute in quotes, entities still in it.
    pub(super) fn attribute(&self, wanted: &str) -> Option<&'a str> {
        let mut left = self.attributes;
        while let Some((before, rest)) = left.split_once('=') {
            let name = before.split_whitespace().next_back()?;
            let rest = rest.trim_start();
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (value, after) = match quote {
                Some(quote) => rest.get(1..)?.split_once(quote)?,
                None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(value);
            }
            left = after;
        }
        None
    }
}

/// A tag ends at the first `>`, and holds no `<`: so every byte is looked at once.
pub(super) struct Tokens<'a> {
    left: &'a str,
    /// There is no end of a comment in what is left.
    no_comment: bool,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            left: text,
            no_comment: false,
        }
    }

    fn take(&mut self, count: usize) -> &'a str {
        let (taken, left) = self.left.split_at_checked(count).unwrap_or((self.left, ""));
        self.left = left;
        taken
    }

    /// What begins at a `<`, and how long it is.
    fn markup(&mut self) -> Option<(Token<'a>, usize)> {
        if self.left.starts_with("<!--") && !self.no_comment {
            match self.left.find("-->") {
                Some(end) => return Some((Token::Ignored, end + 3)),
                None => self.no_comment = true,
            }
        }
        let inside = self.left.get(1..)?;
        let end = inside.find(['<', '>'])?;
        let inside = inside.get(..end)?;
        if !self.left.get(end + 1..)?.starts_with('>') {
            return None;
        }
        let size = end + 2;
        if inside.starts_with(['!', '?']) {
            let is_declaration = inside
                .get(1..)?
                .starts_with(|c: char| c.is_ascii_alphabetic());
            return is_declaration.then_some((Token::Ignored, size));
        }
        let closing = inside.starts_with('/');
        let inside = inside.strip_prefix('/').unwrap_or(inside);
        let empty = inside.ends_with('/');
        let inside = inside.strip_suffix('/').unwrap_or(inside);
        if !inside.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let name_ends = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, ':' | '-');
        let (name, attributes) = inside.split_at(inside.find(name_ends).unwrap_or(inside.len()));
        if !looks_like_attributes(attributes) {
            return None;
        }
        let tag = Tag {
            name,
            closing,
            empty,
            attributes,
        };
        Some((Token::Tag(tag), size))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if self.left.is_empty() {
            return None;
        }
        if self.left.starts_with('<')
            && let Some((token, size)) = self.markup()
        {
            self.take(size);
            return Some(token);
        }
        // A `<` that begins nothing is text, up to the next one.
        let rest = self.left.get(1..).and_then(|rest| rest.find('<'));
        let end = match (self.left.find('<'), rest) {
            (Some(0), Some(next)) => next + 1,
            (Some(0), None) | (None, _) => self.left.len(),
            (Some(next), _) => next,
        };
        Some(Token::Text(self.take(end)))
    }
}

/// What stands between a tag's name and its end: white space and a name, or nothing. It tells tags from
/// comparisons.
fn looks_like_attributes(text: &str) -> bool {
    let trimmed = text.trim_start();
    let begins = trimmed.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-');
    trimmed.is_empty() || (begins && trimmed.len() < text.len())
}

/// The character of an entity at the front of a text, and how many bytes it takes.
pub(super) fn entity(text: &str) -> Option<(char, usize)> {
    let inside = text.strip_prefix('&')?;
    let mut longest = inside.len().min(LONGEST);
    while !inside.is_char_boundary(longest) {
        longest -= 1;
    }
    let name = inside.get(..longest)?.split_once(';')?.0;
    let size = name.len() + 2;
    if let Some(number) = name.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']);
        let digits = hex.unwrap_or(number);
        // `from_str_radix` would take a sign.
        if digits.starts_with('+') {
            return None;
        }
        let code = u32::from_str_radix(digits, if hex.is_some() { 16 } else { 10 }).ok()?;
        return Some((harmless(code), size));
    }
    let (_, c) = NAMED.iter().find(|(known, _)| *known == name)?;
    Some((*c, size))
}

/// No entity makes a control character that a terminal obeys, or a direction that text is shown in.
fn harmless(code: u32) -> char {
    match char::from_u32(code) {
        Some('\u{a0}') => ' ',
        Some(c @ ('\t' | '\n' | '\r')) => c,
        Some(c) if !c.is_control() && !is_direction(c) => c,
        Some(_) | None => char::REPLACEMENT_CHARACTER,
    }
}

/// Marks, embeddings, overrides and isolates: they are not seen, and change where the letters after them stand.
fn is_direction(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

pub(super) fn is_known(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    is_block(&name) || INLINE.contains(&name.as_str())
}

/// Whether an element has lines of its own. The name is in lower case.
pub(super) fn is_block(name: &str) -> bool {
    BLOCKS.contains(&name)
}

/// The longest entity: its name and the semicolon.
const LONGEST: usize = 10;

const NAMED: [(&str, char); 20] = [
    ("amp", '&'),
    ("apos", '\''),
    ("auml", 'ä'),
    ("copy", '©'),
    ("eacute", 'é'),
    ("egrave", 'è'),
    ("euro", '€'),
    ("gt", '>'),
    ("hellip", '…'),
    ("laquo", '«'),
    ("lt", '<'),
    ("mdash", '—'),
    ("nbsp", ' '),
    ("ndash", '–'),
    ("ouml", 'ö'),
    ("quot", '"'),
    ("raquo", '»'),
    ("szlig", 'ß'),
    ("times", '×'),
    ("uuml", 'ü'),
];

const BLOCKS: [&str; 28] = [
    "address",
    "blockquote",
    "body",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "hr",
    "html",
    "li",
    "ol",
    "p",
    "pre",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "title",
    "tr",
    "ul",
];

const INLINE: [&str; 31] = [
    "a", "b", "big", "br", "cite", "code", "del", "dfn", "em", "font", "i", "img", "ins", "kbd",
    "meta", "nobr", "qt", "s", "samp", "script", "small", "span", "strike", "strong", "style",
    "sub", "sup", "td", "th", "tt", "u",
];
