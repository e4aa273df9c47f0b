//! Files as faces and a node speak of them: links, offers, shared folders, lists, downloads.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A file as a link names it [RS-20].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileLink {
    /// The file's name, as somebody else gave it.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-1, 40 lower-case digits.
    pub hash: String,
}

impl From<wire_retroshare::FileLink> for FileLink {
    fn from(link: wire_retroshare::FileLink) -> Self {
        Self {
            name: link.name,
            size: link.size,
            hash: link.hash.to_string(),
        }
    }
}

/// A single file that we offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnOffer {
    /// Where it is.
    pub path: PathBuf,
    /// Its link.
    pub link: FileLink,
    /// Who may fetch it: names.
    pub to: Vec<String>,
}

/// A file that a friend offers to us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferToUs {
    /// Its number, growing with each offer.
    pub id: u64,
    /// Who: [`Friend::name`](super::Friend::name).
    pub who: String,
    /// What.
    pub link: FileLink,
    /// When it came, in milliseconds since 1970.
    pub at: u64,
}

/// What is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// A link as text, or what was parsed from one.
    Link(String),
    /// A file of a friend's, or a folder with all below it.
    Path {
        /// Whose.
        who: String,
        /// Where, as in [`Request::Browse`](super::Request::Browse).
        path: String,
    },
}

/// Who may see a shared folder [RS-16].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// All friends.
    Friends,
    /// These, by PGP id or name.
    Some(Vec<String>),
    /// Nobody sees it in lists; whoever is a friend and knows a hash may fetch it.
    ByHash,
}

/// A shared folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// The folder.
    pub folder: PathBuf,
    /// What friends see it called.
    pub name: String,
    /// Who may see it.
    pub with: Audience,
    /// Files that are hashed.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What is wrong with it, if something is.
    pub problem: Option<String>,
}

/// How far hashing is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hashing {
    /// Files still to do.
    pub files_left: u64,
    /// Bytes still to do.
    pub bytes_left: u64,
    /// Files done since there was nothing to do.
    pub files_done: u64,
    /// Bytes done since then.
    pub bytes_done: u64,
    /// The file under way.
    pub current: Option<PathBuf>,
    /// Whether it rests.
    pub is_paused: bool,
    /// Whether folders are still being listed, so that more files may be found.
    #[serde(default)]
    pub is_listing: bool,
}

/// A friend's folder, as its owner lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Whose.
    pub who: String,
    /// Where.
    pub path: String,
    /// Folders in it, with the number of files below each where known.
    pub folders: Vec<String>,
    /// Files in it.
    pub files: Vec<FileLink>,
    /// Whether the list is whole; `false`: parts have not come yet.
    pub is_whole: bool,
    /// When it was heard last, in milliseconds since 1970.
    pub at: u64,
}

/// A file that a search has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Whose.
    pub who: String,
    /// Its folder.
    pub path: String,
    /// The file.
    pub file: FileLink,
}

/// A download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Download {
    /// What.
    pub file: FileLink,
    /// How it is.
    pub state: DownloadState,
    /// Bytes that are there.
    pub done: u64,
    /// Bytes a second, over the last seconds.
    pub speed: u64,
    /// Seconds to go at that speed, where it can be told.
    pub left_s: Option<u64>,
    /// Names of those it comes from.
    pub sources: Vec<String>,
    /// Where it is, or will be.
    pub path: PathBuf,
    /// Why it failed or waits, as a sentence.
    pub why: Option<String>,
}

/// How a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DownloadState {
    /// Nobody who has it is online, or there is no room.
    Waiting,
    /// Bytes come.
    Loading,
    /// All is there; its hash is being compared.
    Verifying,
    /// Resting by wish.
    Paused,
    /// Whole, verified, in its place.
    Done,
    /// Given up; the sentence says why.
    Failed,
    /// Given up by wish.
    Cancelled,
}
