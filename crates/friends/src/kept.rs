//! What survives a restart: records in areas, which a store keeps without understanding them.
//!
//! A record's value is JSON of a type private to the module that owns the area. Fields are only ever
//! added, with a default, so that older and newer programs read each other's records.

/// Whose records; the store keeps the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Area {
    /// Friends' profiles, what is allowed to them, and their locations. Key: PGP id; with `/avatar` their
    /// picture.
    Friends,
    /// Settings of the person: status text, avatar, what is published. Key: the setting.
    Settings,
    /// What was said, and whether it has left. Key: the friend's PGP id and the message's number.
    Chat,
    /// Mail, and who has not got it. Key: its number.
    Mail,
    /// Shared folders. Key: the folder's path.
    Shares,
    /// Hashes of files. Key: the file's path.
    Hashes,
    /// Downloads. Key: the file's hash.
    Downloads,
    /// Friends' lists of files. Key: the location and the folder.
    Lists,
}

impl Area {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Friends,
        Self::Settings,
        Self::Chat,
        Self::Mail,
        Self::Shares,
        Self::Hashes,
        Self::Downloads,
        Self::Lists,
    ];

    /// The name in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Friends => "friends",
            Self::Settings => "settings",
            Self::Chat => "chat",
            Self::Mail => "mail",
            Self::Shares => "shares",
            Self::Hashes => "hashes",
            Self::Downloads => "downloads",
            Self::Lists => "lists",
        }
    }
}

/// One record as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose.
    pub area: Area,
    /// Its key within the area.
    pub key: String,
    /// What is kept.
    pub value: Vec<u8>,
}

/// A change to one record; `None` removes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose.
    pub area: Area,
    /// The record's key within the area.
    pub key: String,
    /// What is kept from now on.
    pub value: Option<Vec<u8>>,
}

/// A record's value. Plain data always becomes JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
