//! OpenPGP's text form of binary data.

use pgp::armor::{self, BlockType, Dearmor, DearmorOptions};
use std::io::Read as _;
use zeroize::Zeroizing;

/// The longest text that is looked at: a key of the greatest length in base64, with room for text
/// around it.
pub const MAX_ARMORED: usize = 512 * 1024;

/// What an armour says it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Public,
    Secret,
    Message,
}

/// The first armoured block of `text`; `None` where there is none or it is damaged. The caller has
/// bounded the text.
pub(crate) fn read(text: &str) -> Option<(Kind, Zeroizing<Vec<u8>>)> {
    let options = DearmorOptions::new().set_limit(MAX_ARMORED);
    let mut reader = Dearmor::with_options(text.as_bytes(), options);
    reader.read_header().ok()?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    reader.read_to_end(&mut bytes).ok()?;
    let kind = match reader.typ {
        Some(BlockType::PublicKey) => Kind::Public,
        Some(BlockType::PrivateKey) => Kind::Secret,
        Some(BlockType::Message) => Kind::Message,
        _ => return None,
    };
    Some((kind, bytes))
}

/// `bytes` as text.
pub(crate) fn write(kind: Kind, bytes: &[u8]) -> String {
    let block = match kind {
        Kind::Public => BlockType::PublicKey,
        Kind::Secret => BlockType::PrivateKey,
        Kind::Message => BlockType::Message,
    };
    let mut out = Vec::new();
    // Writing to memory cannot fail; old programs want the checksum.
    let _ = armor::write(&Whole(bytes), block, &mut out, None, true);
    String::from_utf8(out).unwrap_or_default()
}

/// Packets that are already bytes.
struct Whole<'a>(&'a [u8]);

impl pgp::ser::Serialize for Whole<'_> {
    fn to_writer<W: std::io::Write>(&self, writer: &mut W) -> pgp::errors::Result<()> {
        writer.write_all(self.0)?;
        Ok(())
    }

    fn write_len(&self) -> usize {
        self.0.len()
    }
}
