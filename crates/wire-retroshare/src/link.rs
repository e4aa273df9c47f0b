//! Links to files, as text: `retroshare://file?name=…&size=…&hash=…`, percent-encoded.

use core::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

use crate::ids::FileHash;

/// The longest link, in bytes: a name of 255 bytes, all escaped, four times over.
pub const LINK_LIMIT: usize = 4096;

/// How many links of one text are found: a page of them, not a list of everything.
pub const MAX_LINKS: usize = 100;

/// A link to a file that some friend may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLink {
    /// The file's name, as the sender wrote it: no name to create a file by.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    /// Its SHA-1.
    pub hash: FileHash,
}

/// Why a text is no link to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LinkError {
    /// It does not begin as one.
    #[error("a link to a file begins with {START}")]
    NotALink,
    /// More than [`LINK_LIMIT`].
    #[error("the link is longer than {LINK_LIMIT} bytes")]
    TooLong,
    /// A part that must be there is not.
    #[error("the {0} is missing in the link")]
    Missing(&'static str),
    /// The size is no number.
    #[error("the size in the link is no number")]
    Size,
    /// The hash is no SHA-1.
    #[error("the hash in the link is not 40 hex digits")]
    Hash,
}

impl FileLink {
    /// Reads a link. White space around it does not matter, and `&amp;` counts as `&`.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.len() > LINK_LIMIT {
            return Err(LinkError::TooLong);
        }
        let query = strip_start(text).ok_or(LinkError::NotALink)?;
        let (mut name, mut size, mut hash) = (None, None, None);
        for part in query.split('&') {
            let part = part.strip_prefix("amp;").unwrap_or(part);
            match part.split_once('=') {
                Some(("name", value)) => name = Some(decoded(value)),
                Some(("size", value)) => size = Some(decoded(value)),
                Some(("hash", value)) => hash = Some(decoded(value)),
                Some(_) | None => {}
            }
        }
        let name = name.filter(|n| !n.is_empty());
        Ok(Self {
            name: name.ok_or(LinkError::Missing("name"))?,
            size: size
                .ok_or(LinkError::Missing("size"))?
                .parse()
                .map_err(|_| LinkError::Size)?,
            hash: hash
                .ok_or(LinkError::Missing("hash"))?
                .parse()
                .map_err(|_| LinkError::Hash)?,
        })
    }
}

impl fmt::Display for FileLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = utf8_percent_encode(&self.name, ESCAPED);
        write!(
            f,
            "{START}name={name}&size={}&hash={}",
            self.size, self.hash
        )
    }
}

/// The links in a text, plain or HTML: the first [`MAX_LINKS`] different ones, in their order. What
/// begins as a link and is none is passed over.
pub fn find_links(text: &str) -> Vec<FileLink> {
    let mut found: Vec<FileLink> = Vec::new();
    let mut left = text;
    while found.len() < MAX_LINKS
        && let Some(start) = left.find(SCHEME)
    {
        // An apostrophe may be part of a name, but not of what stands between two of them.
        let quote = left
            .get(..start)
            .and_then(|before| before.chars().next_back());
        left = left.get(start..).unwrap_or_default();
        let ends = |c: char| {
            let is_quote = c == '\'' && quote == Some(c);
            is_quote || c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>')
        };
        let end = left.find(ends).unwrap_or(left.len());
        // What a sentence puts behind a link, and no link ends with: the hash comes last.
        let link = left
            .get(..end)
            .unwrap_or_default()
            .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']']);
        if let Ok(link) = FileLink::parse(link)
            && !found.contains(&link)
        {
            found.push(link);
        }
        left = left.get(end.max(SCHEME.len())..).unwrap_or_default();
    }
    found
}

/// The query of a link. Some programs write a slash before it.
fn strip_start(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(SCHEME)?.strip_prefix("file")?;
    rest.strip_prefix('/').unwrap_or(rest).strip_prefix('?')
}

fn decoded(value: &str) -> String {
    percent_decode_str(value).decode_utf8_lossy().into_owned()
}

const SCHEME: &str = "retroshare://";
const START: &str = "retroshare://file?";
/// What a query's value cannot have.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
