//! One letter, as it is kept.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use wire_retroshare::{LocationId, PgpId};

use super::ToAttach;
use crate::api::{FileLink, Folder, Mail};
use crate::roster::Roster;
use crate::twin::Way;

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Letter {
    pub(super) folder: Folder,
    /// Who wrote it, by PGP id; empty: we.
    #[serde(default)]
    pub(super) from: String,
    /// Receivers: PGP ids of ours, location ids of letters that came.
    #[serde(default)]
    pub(super) to: Vec<String>,
    #[serde(default)]
    pub(super) cc: Vec<String>,
    #[serde(default)]
    pub(super) bcc: Vec<String>,
    pub(super) at: u64,
    #[serde(default)]
    pub(super) subject: String,
    #[serde(default)]
    pub(super) body: String,
    #[serde(default)]
    pub(super) files: Vec<FileLink>,
    #[serde(default)]
    pub(super) is_read: bool,
    /// PGP ids of those who have not got it; of a draft, and of what was taken back, whom it would go to.
    #[serde(default)]
    pub(super) waiting: BTreeSet<String>,
    /// Files that are to be hashed before it can go.
    #[serde(default)]
    pub(super) attaching: Vec<PathBuf>,
    /// When it was thrown away, in milliseconds since 1970; 0: not.
    #[serde(default)]
    pub(super) trashed_at: u64,
    /// When it was written as the wire has it, in seconds since 1970 by its writer's clock; 0: not told, or
    /// not sent yet. Of ours no two with the same words have the same.
    #[serde(default)]
    pub(super) sent_at: u32,
    /// How it came; `None` after a restart, and for what is ours.
    #[serde(skip)]
    pub(super) way: Option<Way>,
}

impl Letter {
    /// Bytes, about.
    pub(super) fn size(&self) -> usize {
        let links = self.files.iter().map(|file| file.name.len() + 64);
        let people = self.to.len() + self.cc.len() + self.bcc.len();
        self.subject.len() + self.body.len() + links.sum::<usize>() + 40 * people + 200
    }

    /// Whether we wrote it.
    pub(super) fn is_ours(&self) -> bool {
        self.from.is_empty()
    }

    /// Whether somebody else has got it.
    pub(super) fn is_with_somebody(&self, own: PgpId) -> bool {
        let own = own.to_string();
        let mut receivers = self.to.iter().chain(&self.cc).chain(&self.bcc);
        receivers.any(|id| *id != own && !self.waiting.contains(id))
    }

    /// Those who have not got it.
    pub(super) fn waiting(&self) -> impl Iterator<Item = PgpId> {
        self.waiting.iter().filter_map(|id| id.parse().ok())
    }

    /// Whether both say the same.
    pub(super) fn has_words_of(&self, other: &Self) -> bool {
        self.subject == other.subject && self.body == other.body
    }

    /// The files that are to be hashed for it.
    pub(super) fn to_attach(&self, id: u64) -> ToAttach {
        ToAttach {
            letter: id,
            files: self.attaching.clone(),
            receivers: self.waiting().collect(),
        }
    }

    /// For a face.
    pub(super) fn shown(&self, id: u64, roster: &Roster, with_body: bool) -> Mail {
        let all = |ids: &[String]| ids.iter().map(|id| name(id, roster)).collect();
        let from = match self.from.parse() {
            Ok(id) => roster.name(id),
            Err(_) => roster.name(roster.own()),
        };
        Mail {
            id,
            folder: self.folder,
            from,
            to: all(&self.to),
            cc: all(&self.cc),
            bcc: all(&self.bcc),
            at: self.at,
            subject: self.subject.clone(),
            body: if with_body {
                self.body.clone()
            } else {
                String::new()
            },
            files: self.files.clone(),
            is_read: self.is_read,
            waiting_for: match self.folder {
                Folder::Outbox => self.waiting.iter().map(|id| name(id, roster)).collect(),
                // Of a draft they are whom it will be for.
                Folder::Inbox | Folder::Sent | Folder::Drafts | Folder::Trash => Vec::new(),
            },
        }
    }
}

/// The name of a PGP id, or of a machine's owner; of a stranger's machine the id.
fn name(id: &str, roster: &Roster) -> String {
    if let Ok(profile) = id.parse::<PgpId>() {
        return roster.name(profile);
    }
    let location = id.parse::<LocationId>().ok();
    match location {
        Some(location) if roster.is_own_location(location) => roster.name(roster.own()),
        Some(location) => roster
            .owner(location)
            .map_or_else(|| id.to_owned(), |owner| roster.name(owner)),
        None => id.to_owned(),
    }
}
