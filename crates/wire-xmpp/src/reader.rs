//! From a stream's bytes to its parts, incrementally and within limits.
//!
//! The parser below is fed at most as many bytes as the part may still have, and stops at the `>`
//! that ends a part; so nothing of what follows is touched, and no byte is looked at twice. Comments
//! are skipped wherever the parser knows them; they count towards the part that they precede. White
//! space between parts is dropped before it is counted, for it may come forever to keep a stream
//! alive. Document types, processing instructions and entities other than the five predefined ones
//! are malformed, as RFC 6120 section 11.1 has it.

use bytes::{Buf, BytesMut};
use rxml::error::EndOrError;
use rxml::parser::CommentMode;
use rxml::{AttrMap, Event, Namespace, Options, Parse, Parser, QName, WithOptions};

use crate::{Element, Node, ns};

/// Bytes of a name or of an attribute's value, at most: a header is no longer, and all that comes in
/// attributes is names, addresses and hashes.
pub const MAX_TOKEN: usize = 8 * 1024;

/// Attributes of an element, at most; the richest that clients send has about ten.
pub const MAX_ATTRIBUTES: usize = 64;

/// Bytes that a stanza may take in memory, at most. A tree of tiny elements is much larger than its
/// bytes, and each repeats its name space; a text of 16,000 line breaks still fits.
pub const MAX_TREE: usize = 4 * 1024 * 1024;

/// How much a peer may send at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a header, at most, with its declaration.
    pub header: usize,
    /// Bytes of one element directly below the header, at most.
    pub stanza: usize,
    /// Elements within each other below the header, at most.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header: 8 * 1024,
            stanza: 256 * 1024,
            depth: 32,
        }
    }
}

/// A stream's header, as far as we look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Who opens the stream; empty and missing are the same.
    pub from: Option<String>,
    /// To whom; empty and missing are the same.
    pub to: Option<String>,
    /// Whether `version` is 1.0 or later: features may follow.
    pub has_version: bool,
}

/// A part of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `<stream:stream …>`
    Header(Header),
    /// An element directly below it, whole.
    Element(Element),
    /// `</stream:stream>`
    End,
}

/// Why a stream cannot be read further. The peer is told, and the stream ends [LAN-48].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is no well-formed XML, or holds what XMPP forbids (comments aside: they are skipped).
    #[error("the other side sends malformed XML: {0}")]
    Malformed(String),
    /// The root is no stream.
    #[error("the other side opens no stream")]
    NoStream,
    /// A limit was reached.
    #[error("the other side sends more than {0} bytes at once")]
    TooLong(usize),
    /// Elements within elements, too many.
    #[error("the other side nests elements too deeply")]
    TooDeep,
}

/// Reads one stream. After [`Item::End`] or an error, nothing more comes.
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
    parser: Parser,
    /// Whether the header has come.
    in_stream: bool,
    /// Elements that are not closed yet, each within the one before; at most `limits.depth`.
    open: Vec<Element>,
    /// Bytes of the unfinished part; 0: none has begun.
    used: usize,
    /// What `open` takes in memory, about; at most [`MAX_TREE`].
    weight: usize,
    /// How reading ended.
    ended: Option<Result<(), ReadError>>,
}

impl Reader {
    /// For a stream that has not begun.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            parser: Parser::with_options(Options {
                max_token_length: MAX_TOKEN,
                context: None,
                comments: CommentMode::Discard,
            }),
            in_stream: false,
            open: Vec::new(),
            used: 0,
            weight: 0,
            ended: None,
        }
    }

    /// Takes the next part from the front of `input`; `None`: it is unfinished, and all of `input` is
    /// taken. Takes no byte beyond the end of a part, so that what follows `<proceed/>` is left for
    /// TLS; after [`Item::End`] it takes none at all.
    ///
    /// # Errors
    /// [`ReadError`]; the same again when called again.
    pub fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Item>, ReadError> {
        if let Some(ended) = &self.ended {
            return ended.clone().map(|()| None);
        }
        let read = self.read(input);
        match &read {
            Ok(Some(Item::End)) => self.end(Ok(())),
            Ok(_) => {}
            Err(error) => self.end(Err(error.clone())),
        }
        read
    }

    fn end(&mut self, ended: Result<(), ReadError>) {
        self.ended = Some(ended);
        self.open = Vec::new();
        self.parser.release_temporaries();
    }

    fn read(&mut self, input: &mut BytesMut) -> Result<Option<Item>, ReadError> {
        loop {
            let mut event = None;
            if self.used == 0 {
                // A header that closes itself leaves its end behind.
                event = self.parse(&mut BytesMut::new())?;
                if event.is_none() {
                    between_parts(input)?;
                }
            }
            if event.is_none() {
                event = self.parse(input)?;
            }
            let Some(event) = event else {
                return Ok(None);
            };
            if let Some(item) = self.take(event)? {
                self.used = 0;
                self.weight = 0;
                return Ok(Some(item));
            }
        }
    }

    /// The next event; `None`: it is unfinished.
    fn parse(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ReadError> {
        let limit = if self.in_stream {
            self.limits.stanza
        } else {
            self.limits.header
        };
        let left = limit.saturating_sub(self.used);
        let fed = input.get(..left).unwrap_or(input);
        let mut rest = fed;
        let parsed = self.parser.parse(&mut rest, false);
        let taken = fed.len() - rest.len();
        input.advance(taken);
        self.used += taken;
        match parsed {
            Ok(event) => Ok(event),
            Err(EndOrError::NeedMoreData) if self.used >= limit => Err(ReadError::TooLong(limit)),
            Err(EndOrError::NeedMoreData) => Ok(None),
            Err(EndOrError::Error(error)) => Err(ReadError::Malformed(error.to_string())),
        }
    }

    /// The part that `event` finishes, if it does.
    fn take(&mut self, event: Event) -> Result<Option<Item>, ReadError> {
        match event {
            Event::XmlDeclaration(..) => Ok(None),
            Event::StartElement(_, name, attributes) if self.in_stream => {
                self.open(name, attributes)?;
                Ok(None)
            }
            Event::StartElement(_, name, attributes) => {
                self.in_stream = true;
                header(&name, attributes).map(|h| Some(Item::Header(h)))
            }
            Event::Text(_, text) => {
                self.text(text)?;
                Ok(None)
            }
            Event::EndElement(_) => Ok(self.close()),
        }
    }

    fn open(&mut self, (ns, name): QName, attributes: AttrMap) -> Result<(), ReadError> {
        if self.open.len() >= self.limits.depth {
            return Err(ReadError::TooDeep);
        }
        let attributes = plain(attributes)?;
        let strings: usize = attributes.iter().map(|(n, v)| n.len() + v.len()).sum();
        self.weigh(
            size_of::<Node>()
                + name.len()
                + ns.len()
                + attributes.len() * size_of::<(String, String)>()
                + strings,
        )?;
        self.open.push(Element {
            name: name.as_str().to_owned(),
            ns: ns.as_str().to_owned(),
            attributes,
            children: Vec::new(),
        });
        Ok(())
    }

    fn text(&mut self, text: String) -> Result<(), ReadError> {
        let Some(parent) = self.open.last_mut() else {
            // White space after a comment; other text has no place here.
            return match text.bytes().all(is_space) {
                true => Ok(()),
                false => Err(ReadError::Malformed(TEXT_BETWEEN.into())),
            };
        };
        let mut bytes = text.len();
        match parent.children.last_mut() {
            Some(Node::Text(before)) => before.push_str(&text),
            Some(Node::Element(_)) | None => {
                bytes += size_of::<Node>();
                parent.children.push(Node::Text(text));
            }
        }
        self.weigh(bytes)
    }

    fn close(&mut self) -> Option<Item> {
        let Some(element) = self.open.pop() else {
            return Some(Item::End);
        };
        match self.open.last_mut() {
            Some(parent) => {
                parent.children.push(Node::Element(element));
                None
            }
            None => Some(Item::Element(element)),
        }
    }

    fn weigh(&mut self, bytes: usize) -> Result<(), ReadError> {
        self.weight += bytes;
        if self.weight > MAX_TREE {
            return Err(ReadError::TooLong(MAX_TREE));
        }
        Ok(())
    }
}

/// Drops white space; other text is refused at once, not when a tag follows that may never come.
fn between_parts(input: &mut BytesMut) -> Result<(), ReadError> {
    let blank = input.iter().take_while(|b| is_space(**b)).count();
    input.advance(blank);
    match input.first() {
        Some(b'<') | None => Ok(()),
        Some(_) => Err(ReadError::Malformed(TEXT_BETWEEN.into())),
    }
}

fn header((ns, name): &QName, attributes: AttrMap) -> Result<Header, ReadError> {
    if ns.as_str() != ns::STREAM || name.as_str() != "stream" {
        return Err(ReadError::NoStream);
    }
    let mut header = Header::default();
    for (name, value) in plain(attributes)? {
        match name.as_str() {
            "from" => header.from = Some(value).filter(|v| !v.is_empty()),
            "to" => header.to = Some(value).filter(|v| !v.is_empty()),
            "version" => {
                let major = value.split('.').next().unwrap_or_default();
                header.has_version = major.trim().parse::<u32>().is_ok_and(|m| m >= 1);
            }
            _ => {}
        }
    }
    Ok(header)
}

/// The attributes without a name space: those are the ones that stanzas have a meaning for.
fn plain(attributes: AttrMap) -> Result<Vec<(String, String)>, ReadError> {
    let mut plain = Vec::new();
    for (count, ((ns, name), value)) in attributes.into_iter().enumerate() {
        if count >= MAX_ATTRIBUTES {
            return Err(ReadError::Malformed("too many attributes".into()));
        }
        if ns == *Namespace::none() {
            plain.push((name.as_str().to_owned(), value));
        }
    }
    Ok(plain)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

const TEXT_BETWEEN: &str = "text outside of stanzas";
