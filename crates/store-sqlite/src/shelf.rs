//! A [`Shelf`] in a SQLite file of its own.
//!
//! - **Durability.** As for the hub's store: write-ahead log, `synchronous=FULL`; one write is one
//!   transaction.
//! - **Who has it.** One process, held by the kernel's lock on a file beside it
//!   (`friends.db` has `friends.db.lock`).
//! - **Schema.** `migrations/shelf/`, by the same rules and with a version of its own.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Error, TransactionBehavior, params};
use store::{Shelf, ShelfChange, ShelfRecord, StoreError};

use crate::migrate::Schema;
use crate::{connect, error, make_dir, take_lock};

/// The version of a shelf's schema that this program reads and writes.
pub const SHELF_VERSION: u32 = STEPS.len() as u32;

const STEPS: &[&str] = &[include_str!("../migrations/shelf/0001_records.sql")];

/// The shelf in a file.
pub struct SqliteShelf {
    // Before `_lock`: the database is closed when the next one may open it.
    db: Connection,
    /// The file's name, for errors.
    name: String,
    _lock: File,
}

impl SqliteShelf {
    /// Opens the shelf in `path`, making what is not there: its folder for its owner only (0700), the
    /// file likewise (0600). Older schemas are migrated.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where another process has it open, [`StoreError::TooNew`],
    /// [`StoreError::Damaged`] where the file is no shelf, else [`StoreError::Failed`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            make_dir(folder)?;
        }
        let lock = take_lock(&beside(path), path)?;
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let mut db = connect(path, &name)?;
        let schema = Schema {
            file: &name,
            steps: STEPS,
        };
        schema.migrate(&mut db)?;
        let shelf = Self {
            db,
            name,
            _lock: lock,
        };
        shelf.probe()?;
        Ok(shelf)
    }

    /// Whether the table is there: better said now than in the middle of a chat.
    fn probe(&self) -> Result<(), StoreError> {
        const LOOK: &str = "SELECT area, key, value FROM records LIMIT 0";
        match self.db.prepare(LOOK) {
            Ok(_) => Ok(()),
            Err(error) if error::is_about_schema(&error) => Err(error::incomplete(&self.name)),
            Err(error) => Err(error::failed_in(&self.name, error)),
        }
    }

    fn load_all(&self) -> Result<Vec<ShelfRecord>, Error> {
        const ALL: &str = "SELECT area, key, value FROM records ORDER BY area, key";
        let mut statement = self.db.prepare_cached(ALL)?;
        let mut rows = statement.query([])?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            match record(row) {
                Ok(record) => records.push(record),
                // A flipped bit in one text. It stays where it is: whoever repairs the file finds it.
                Err(error) => {
                    tracing::warn!(file = self.name, %error, "a record cannot be read, and is left out");
                }
            }
        }
        Ok(records)
    }

    fn write_all(&mut self, changes: &[ShelfChange]) -> Result<(), Error> {
        const PUT: &str = "INSERT INTO records (area, key, value) VALUES (?1, ?2, ?3)
            ON CONFLICT (area, key) DO UPDATE SET value = excluded.value";
        const REMOVE: &str = "DELETE FROM records WHERE area = ?1 AND key = ?2";
        let tx = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for ShelfChange { area, key, value } in changes {
            match value {
                Some(value) => tx.prepare_cached(PUT)?.execute(params![area, key, value])?,
                None => tx.prepare_cached(REMOVE)?.execute(params![area, key])?,
            };
        }
        tx.commit()
    }
}

impl Shelf for SqliteShelf {
    fn load(&mut self) -> Result<Vec<ShelfRecord>, StoreError> {
        self.load_all().map_err(|e| error::failed_in(&self.name, e))
    }

    fn write(&mut self, changes: &[ShelfChange]) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.write_all(changes)
            .map_err(|e| error::failed_in(&self.name, e))
    }
}

/// One record, unless a text in it is none.
fn record(row: &rusqlite::Row<'_>) -> Result<ShelfRecord, Error> {
    Ok(ShelfRecord {
        area: row.get(0)?,
        key: row.get(1)?,
        value: row.get(2)?,
    })
}

/// The file whose lock says that the shelf is open. It stays when nobody has it.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(".lock");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_waits_for_the_disk() {
        // [RS-11] No test can pull the plug; what makes it safe is set, and not by luck.
        let dir = tempfile::tempdir().unwrap();
        let shelf = SqliteShelf::open(&dir.path().join("friends.db")).unwrap();
        let pragma = |name| {
            let value = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
            shelf.db.pragma_query_value(None, name, value).unwrap()
        };
        assert_eq!(pragma("journal_mode"), "wal".to_string().into());
        assert_eq!(pragma("synchronous"), 2.into());
    }
}
