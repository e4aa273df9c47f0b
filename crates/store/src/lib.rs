//! What the hub and the nodes need of a store, without saying how it is kept.
//!
//! Three small traits, each for one thing, joined by [`Store`]. All calls block; the hub makes them
//! on threads of their own, never on its loop. Identifiers and times are arguments: the hub numbers
//! messages, the store only remembers the highest ([`Journal::last_id`]).
//!
//! Durability: when [`Store::commit`] returns `Ok`, all of the batch survives the death of the
//! process and of the machine [HUB-7]; when it returns an error, none of it was kept.
//!
//! A node without a server keeps less and decides itself what it means: records on a [`Shelf`].

#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod memory;
mod search;
mod shelf;

pub use memory::MemoryStore;
pub use search::{MAX_SEARCH_WORDS, search_words};
#[cfg(any(test, feature = "contract"))]
pub use shelf::contract as shelf_contract;
pub use shelf::{MemoryPlace, MemoryShelf, Shelf, ShelfChange, ShelfRecord};

use std::sync::Arc;

use model::{Event, Letter, MessageId, RoomName, Said, Timestamp, Told, UserName};

/// A store that serves a hub.
///
/// Opened once for writing ([`Store`]) and any number of times for reading ([`Reader`]).
pub trait Store: Send {
    /// Writes the whole batch or nothing, durably.
    ///
    /// A number that the history or the mailboxes already hold is an error: messages are never
    /// replaced. A letter for a name that has no account goes where the removed account's mailbox
    /// went: it is as if the account had been removed just after, by another process.
    ///
    /// # Errors
    /// [`StoreError`]; nothing of the batch was kept.
    fn commit(&mut self, batch: &[Write]) -> Result<(), StoreError>;

    /// Removes history older than `before`, and the oldest history beyond `max_bytes` of text: some
    /// of it, as much as nobody's commit has to wait for long. Letters are never removed. Returns
    /// how many messages went; 0 when nothing is left to remove.
    ///
    /// # Errors
    /// [`StoreError`].
    fn retain(
        &mut self,
        before: Option<Timestamp>,
        max_bytes: Option<u64>,
    ) -> Result<u64, StoreError>;

    /// Another view of the same store, for reading on another thread.
    ///
    /// # Errors
    /// [`StoreError`].
    fn reader(&self) -> Result<Box<dyn Reader>, StoreError>;
}

/// Reads what was committed, by this process or another.
pub trait Reader: Journal + Mailbox + Accounts + Send {}
impl<T: Journal + Mailbox + Accounts + Send> Reader for T {}

/// One change.
#[derive(Clone, Debug)]
pub enum Write {
    /// Keep a room message in the history, with the wire it came by.
    Said(Arc<Said>, &'static str),
    /// Keep a private message in the history, with the wire it came by.
    Told(Arc<Told>, &'static str),
    /// Put a letter in its receiver's mailbox.
    Letter(Letter),
    /// Remove a letter; one that is not there is no error [CP-12].
    DropLetter(MessageId),
    /// Make an account or replace its password and certificate (its mailbox and the time it was
    /// made stay); bumps the generation.
    PutAccount(Account),
    /// Remove an account and its mailbox; bumps the generation if there was one.
    RemoveAccount(UserName),
}

/// The history.
pub trait Journal {
    /// The highest [`MessageId`] ever committed, of history and letters; `MessageId(0)` if none.
    ///
    /// # Errors
    /// [`StoreError`].
    fn last_id(&self) -> Result<MessageId, StoreError>;

    /// At most `limit` of what was said in `room` just before `before` (`None`: the latest),
    /// oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn room_history(
        &self,
        room: &RoomName,
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError>;

    /// The same for what `one` and `other` told each other.
    ///
    /// # Errors
    /// [`StoreError`].
    fn private_history(
        &self,
        one: &UserName,
        other: &UserName,
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError>;

    /// At most `limit` messages that hold all the words, newest first (full-text search).
    ///
    /// Words are whole words as [`search_words`] cuts them; case and diacritics do not matter, and
    /// nothing in them is an operator. Looks through rooms and private messages of everybody: who
    /// may see what is for the asker to decide.
    ///
    /// # Errors
    /// [`StoreError`].
    fn search(&self, words: &str, limit: u32) -> Result<Vec<Event>, StoreError>;
}

/// Letters for accounts.
pub trait Mailbox {
    /// The oldest letter of `owner` after `after` (`None`: the very oldest).
    ///
    /// # Errors
    /// [`StoreError`].
    fn next_letter(
        &self,
        owner: &UserName,
        after: Option<MessageId>,
    ) -> Result<Option<Letter>, StoreError>;

    /// How many letters wait for `owner`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn letters(&self, owner: &UserName) -> Result<u64, StoreError>;
}

/// Who has an account.
pub trait Accounts {
    /// Grows with each change of any account, by whichever process: cheap to ask [HUB-2].
    ///
    /// # Errors
    /// [`StoreError`].
    fn generation(&self) -> Result<u64, StoreError>;

    /// All accounts' names, in order, with their certificates' fingerprints.
    ///
    /// # Errors
    /// [`StoreError`].
    fn accounts(&self) -> Result<Vec<Account>, StoreError>;

    /// One account.
    ///
    /// # Errors
    /// [`StoreError`].
    fn account(&self, name: &UserName) -> Result<Option<Account>, StoreError>;
}

/// A person known to the hub.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The name, reserved for the account's owner [HUB-2].
    pub name: UserName,
    /// Argon2id hash as a PHC string [CP-13].
    pub password_hash: String,
    /// SHA-256 of the TLS client certificate that speaks for the account, if one does.
    pub certificate: Option<[u8; 32]>,
    /// When it was made.
    pub created: Timestamp,
}

/// Shows the name only: hashes stay out of logs.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the store for writing.
    #[error("another process is using the data in {0}")]
    Locked(String),
    /// The store was written by a newer version.
    #[error("the data was written by a newer version (schema {found}, this version knows {known})")]
    TooNew {
        /// The store's schema version.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// What is stored cannot be read back.
    #[error("the stored data is damaged: {0}")]
    Damaged(String),
    /// There is no room for more.
    #[error("there is no room left on the disk for {0}")]
    Full(String),
    /// The disk or the database said no.
    #[error("the store failed: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}
