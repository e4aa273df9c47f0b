//! Mail: a subject, a body, receivers, and links to files.
//!
//! A body longer than [`BODY_MAX`] goes out in several letters, all but the last with
//! [`flags::PARTIAL`].

use std::collections::BTreeSet;

use bytes::{BufMut, BytesMut};

use crate::file_transfer::FileItem;
use crate::ids::{GxsId, LocationId};
use crate::item::Malformed;
use crate::tlv::{Reader, kind, put_tlv, put_tlv_bytes, put_tlv_ids};

/// The only item of the service.
pub const SUBTYPE: u8 = 0x01;

/// Where real nodes cut a body into several letters, in bytes.
pub const BODY_MAX: usize = 15_000;

/// What the flags of a letter mean on the wire; receivers clear all others.
pub mod flags {
    /// More of the body follows in another letter.
    pub const PARTIAL: u32 = 0x0400;
    /// Between identities, not friends.
    pub const DISTANT: u32 = 0x8000;
}

/// A letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mail {
    /// See [`flags`].
    pub flags: u32,
    /// Seconds since 1970, by the sender's clock.
    pub sent_at: u32,
    /// Seconds since 1970; the sender fills in something, the receiver knows better.
    pub received_at: u32,
    /// What it is about.
    pub subject: String,
    /// Plain, or HTML (the usual): see [`crate::html`].
    pub body: String,
    /// Receivers.
    pub to: BTreeSet<LocationId>,
    /// Receivers of copies.
    pub cc: BTreeSet<LocationId>,
    /// Receivers whom the others are not told of.
    pub bcc: BTreeSet<LocationId>,
    /// Receivers, as identities.
    pub gxs_to: BTreeSet<GxsId>,
    /// Receivers of copies, as identities.
    pub gxs_cc: BTreeSet<GxsId>,
    /// Receivers whom the others are not told of, as identities.
    pub gxs_bcc: BTreeSet<GxsId>,
    /// Files that can be fetched.
    pub files: Vec<FileItem>,
}

impl Mail {
    pub(crate) fn decode(mut from: Reader) -> Result<Self, Malformed> {
        let locations = |from: &mut Reader| -> Result<BTreeSet<LocationId>, Malformed> {
            Ok(from
                .tlv_ids(kind::LOCATION_SET, LocationId::from_bytes)?
                .collect())
        };
        let identities = |from: &mut Reader| -> Result<BTreeSet<GxsId>, Malformed> {
            Ok(from.tlv_ids(kind::GXS_SET, GxsId::from_bytes)?.collect())
        };
        Ok(Self {
            flags: from.u32()?,
            sent_at: from.u32()?,
            received_at: from.u32()?,
            subject: from.tlv_text(kind::SUBJECT)?,
            body: from.tlv_text(kind::MESSAGE)?,
            to: locations(&mut from)?,
            cc: locations(&mut from)?,
            bcc: locations(&mut from)?,
            gxs_to: identities(&mut from)?,
            gxs_cc: identities(&mut from)?,
            gxs_bcc: identities(&mut from)?,
            files: files(&mut from)?,
        })
    }

    pub(crate) fn encode(&self, out: &mut BytesMut) {
        out.put_u32(self.flags);
        out.put_u32(self.sent_at);
        out.put_u32(self.received_at);
        put_tlv_bytes(kind::SUBJECT, self.subject.as_bytes(), out);
        put_tlv_bytes(kind::MESSAGE, self.body.as_bytes(), out);
        for set in [&self.to, &self.cc, &self.bcc] {
            put_tlv_ids(
                kind::LOCATION_SET,
                set.iter().map(LocationId::as_bytes),
                out,
            );
        }
        for set in [&self.gxs_to, &self.gxs_cc, &self.gxs_bcc] {
            put_tlv_ids(kind::GXS_SET, set.iter().map(GxsId::as_bytes), out);
        }
        put_tlv(kind::FILE_SET, out, |out| {
            self.files.iter().for_each(|file| file.encode(out));
        });
    }
}

/// A set's title and comment are skipped: nothing of today writes them.
fn files(from: &mut Reader) -> Result<Vec<FileItem>, Malformed> {
    let mut set = from.tlv(kind::FILE_SET)?;
    let mut files = Vec::new();
    while !set.is_empty() {
        let (found, value) = set.any()?;
        if found == kind::FILE_ITEM {
            files.push(FileItem::decode(value)?);
        }
    }
    Ok(files)
}
