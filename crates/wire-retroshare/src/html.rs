//! The rich text of other programs as plain text, and plain text in a form that they show as it is.
//!
//! RetroShare's own window sends what Qt's editor makes of a text: HTML, or plain text where there is no
//! formatting. Nothing on the wire says which. [`to_text`] takes a text for HTML if it has a tag that
//! HTML has, and for escaped if it has an entity; all else is plain and stays as it is.
//!
//! What comes out is safe in the sense that no markup is left and no entity makes a control character;
//! control characters that were there are still there. It takes one pass.
//!
//! Of HTML: tags are dropped; `<br>`, paragraphs, rows and items are lines; white space is one space, but
//! in `<pre>`; heads, styles and scripts are dropped whole; a link is `text (url)`; an image is
//! `[image]`.

mod tokens;

use self::tokens::{Tag, Token, Tokens, entity, is_known};

/// The text of a peer, plain or HTML, as plain text. Never longer than it was, in bytes.
pub fn to_text(text: &str) -> String {
    if is_html(text) {
        let mut page = Page::default();
        Tokens::new(text).for_each(|token| page.add(token));
        page.finish()
    } else if text.contains('&') {
        unescaped(text)
    } else {
        text.to_owned()
    }
}

/// What we send so that `text` is shown as it is: itself, or HTML if it holds a `<` or `&` and so
/// could be taken for HTML. [`to_text`] undoes it. At most 6 times as long and [`WRAPPING`].
///
/// COMPAT(RetroShare): real nodes take a text for HTML only if it has tags, so there are some around it;
/// it is also XML, which is what they try first.
pub fn from_text(text: &str) -> String {
    if !text.contains(['<', '&']) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + text.len() / 4 + WRAPPING);
    out.push_str(OPEN);
    let mut chars = text.chars().peekable();
    let mut before = '\n';
    while let Some(c) = chars.next() {
        let is_edge = matches!(before, ' ' | '\n') || matches!(chars.peek(), None | Some('\n'));
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' => out.push_str("<br/>"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            // Spaces that would be lost.
            ' ' if is_edge => out.push_str("&#160;"),
            other => out.push(other),
        }
        before = c;
    }
    out.push_str(CLOSE);
    out
}

/// Whether a text has a tag that HTML has.
pub fn is_html(text: &str) -> bool {
    Tokens::new(text).any(|token| match token {
        Token::Tag(tag) => is_known(tag.name),
        Token::Text(_) | Token::Ignored => false,
    })
}

/// How many bytes [`from_text`] puts around a text.
pub const WRAPPING: usize = OPEN.len() + CLOSE.len();

const OPEN: &str = "<body>";
const CLOSE: &str = "</body>";

/// Only entities: white space stays.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut left = text;
    while let Some(at) = left.find('&') {
        let (before, rest) = left.split_at(at);
        out.push_str(before);
        let (c, taken) = entity(rest).unwrap_or(('&', 1));
        out.push(c);
        left = rest.get(taken..).unwrap_or_default();
    }
    out.push_str(left);
    out
}

/// Plain text while it is made.
#[derive(Default)]
struct Page<'a> {
    out: String,
    /// White space was read that matters if a word follows.
    space: bool,
    /// A line ends here if anything follows.
    line: bool,
    /// Everything is dropped until this element ends.
    dropping: Option<&'a str>,
    /// How many `<pre>` are open.
    pre: usize,
    /// The link that is open: its target, and where its text began.
    link: Option<(String, usize)>,
}

impl<'a> Page<'a> {
    fn add(&mut self, token: Token<'a>) {
        if let Some(name) = self.dropping {
            // A body ends a head that nobody ended.
            if let Token::Tag(tag) = token {
                let ends = tag.closing && tag.name.eq_ignore_ascii_case(name);
                let body = is(name, "head") && is(tag.name, "body");
                if ends || body {
                    self.dropping = None;
                }
            }
            return;
        }
        match token {
            Token::Text(text) => self.text(text),
            Token::Tag(tag) => self.tag(tag),
            Token::Ignored => {}
        }
    }

    fn finish(mut self) -> String {
        self.close_link();
        self.out
    }

    fn text(&mut self, text: &str) {
        let mut left = text;
        while let Some(c) = left.chars().next() {
            let mut taken = c.len_utf8();
            if c == '&' {
                let (decoded, size) = entity(left).unwrap_or(('&', 1));
                self.push(decoded);
                taken = size;
            } else if self.pre == 0 && matches!(c, ' ' | '\t' | '\n' | '\r') {
                self.space = true;
            } else {
                self.push(c);
            }
            left = left.get(taken..).unwrap_or_default();
        }
    }

    fn push(&mut self, c: char) {
        if self.line && !self.at_line_start() {
            self.out.push('\n');
        }
        self.line = false;
        if self.space && !self.at_line_start() {
            self.out.push(' ');
        }
        self.space = false;
        self.out.push(c);
    }

    fn at_line_start(&self) -> bool {
        self.out.is_empty() || self.out.ends_with('\n')
    }

    fn tag(&mut self, tag: Tag<'a>) {
        let name = tag.name.to_ascii_lowercase();
        match name.as_str() {
            "br" => {
                self.space = false;
                self.push('\n');
            }
            "head" | "style" | "script" | "title" if !tag.closing && !tag.empty => {
                self.dropping = Some(tag.name);
            }
            "a" => {
                self.close_link();
                if !tag.closing {
                    self.open_link(tag);
                }
            }
            "img" if tag.attribute("src").is_some() => {
                "[image]".chars().for_each(|c| self.push(c));
            }
            "pre" => {
                self.end_line();
                self.pre = if tag.closing {
                    self.pre.saturating_sub(1)
                } else {
                    self.pre.saturating_add(1)
                };
            }
            "li" => {
                self.end_line();
                if !tag.closing {
                    self.push('-');
                    self.space = true;
                }
            }
            "td" | "th" => self.space = true,
            name if tokens::is_block(name) => self.end_line(),
            _ => {}
        }
    }

    fn end_line(&mut self) {
        self.space = false;
        self.line = true;
    }

    fn open_link(&mut self, tag: Tag<'_>) {
        let target: String = tag
            .attribute("href")
            .map(unescaped)
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_control() && !c.is_whitespace())
            .collect();
        // A place on the same page, or a picture in full.
        if !target.is_empty() && !target.starts_with('#') && !target.starts_with("data:") {
            self.link = Some((target, self.out.len()));
        }
    }

    fn close_link(&mut self) {
        let Some((target, start)) = self.link.take() else {
            return;
        };
        let shown = self.out.get(start..).unwrap_or_default().trim();
        if shown == target {
            return;
        }
        let bare = shown.is_empty();
        self.space |= !bare;
        let around = if bare { ("", "") } else { ("(", ")") };
        [around.0, &target, around.1]
            .iter()
            .flat_map(|part| part.chars())
            .for_each(|c| self.push(c));
    }
}

fn is(name: &str, other: &str) -> bool {
    name.eq_ignore_ascii_case(other)
}
