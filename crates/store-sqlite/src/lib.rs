//! The SQLite store: one file, `tincan.db`, in a directory of the hub's own. (A node without a
//! server has a file of another kind: [`SqliteShelf`].)
//!
//! - **Durability.** Write-ahead log with `synchronous=FULL`: a commit returns after the log is
//!   synced to disk [HUB-7]. One commit is one transaction, however many writes it holds, so the cost
//!   of the sync is shared by the batch.
//! - **Who writes.** One serving process, held by a lock on `hub.lock` beside the database; it is the
//!   kernel's, so it goes with the process however that ends. The command line's account commands
//!   write beside it ([`SqliteStore::open_shared`]): SQLite lets one transaction at a time through,
//!   the other waits up to [`BUSY`].
//! - **Readers** are connections of their own that can only read; they see the last commit and hold
//!   up nobody.
//! - **Schema.** Numbered files in `migrations/`, applied in order when opening; rules in its `NOTES.md`.
//! - **Removed is not wiped.** Space of what retention removed is used again, the file does not
//!   shrink, and old pages may still hold old text until then.
//!
//! Next: `write.rs` (what a commit does), then `read.rs`.

mod error;
mod migrate;
mod read;
mod shelf;
mod write;

pub use read::SqliteReader;
pub use shelf::{SHELF_VERSION, SqliteShelf};

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use store::StoreError;

use error::{failed, failed_in};
use migrate::Schema;

/// The schema's version that this program reads and writes.
pub const VERSION: u32 = HUB.version();

/// The hub's schema.
const HUB: Schema<'_> = Schema {
    file: DATABASE,
    steps: &[include_str!("../migrations/0001_first.sql")],
};

/// The database's file in the directory.
pub const DATABASE: &str = "tincan.db";

/// The file whose lock says that a hub serves from the directory. It stays when the hub is gone.
pub const LOCK: &str = "hub.lock";

/// How long one writer waits for another's transaction: far more than any takes, and short enough
/// that a hub which never gets its turn says so.
pub const BUSY: Duration = Duration::from_secs(5);

/// Prepared statements a connection keeps: more than there are, so that none is prepared twice.
const STATEMENTS: usize = 32;

/// Bytes that the log keeps on disk after a checkpoint; a larger one, left by a burst, is cut back.
const LOG_BYTES: i64 = 16 << 20;

/// The store in a directory, open for writing.
pub struct SqliteStore {
    // Before `_lock`: the database is closed when the next hub may open it.
    db: Connection,
    path: PathBuf,
    _lock: Option<File>,
}

impl SqliteStore {
    /// Opens the store in `dir` for the serving process, making what is not there: the directory
    /// for its owner only (0700), the database likewise (0600). Older schemas are migrated.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where another process serves from `dir`, [`StoreError::TooNew`],
    /// [`StoreError::Damaged`] where `tincan.db` is no database of ours, else
    /// [`StoreError::Failed`].
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        make_dir(dir)?;
        let lock = take_lock(&dir.join(LOCK), dir)?;
        let mut store = Self::connect(dir)?;
        HUB.migrate(&mut store.db)?;
        store.probe()?;
        store._lock = Some(lock);
        Ok(store)
    }

    /// Opens the store in `dir` beside a hub that may be serving from it: for commands that change
    /// accounts while it runs [HUB-2]. Not for serving: nothing keeps two such apart.
    ///
    /// # Errors
    /// As for [`open`](Self::open); [`StoreError::Locked`] only where the schema has to be made or
    /// migrated while a hub runs.
    pub fn open_shared(dir: &Path) -> Result<Self, StoreError> {
        make_dir(dir)?;
        let mut store = Self::connect(dir)?;
        if HUB.found(&store.db)? < VERSION {
            // A running hub does not expect its tables to change.
            let _lock = take_lock(&dir.join(LOCK), dir)?;
            HUB.migrate(&mut store.db)?;
        } else {
            HUB.migrate(&mut store.db)?;
        }
        store.probe()?;
        Ok(store)
    }

    /// Reads the whole database and compares tables with indices: seconds for gigabytes, in which
    /// nobody can write.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first thing that does not fit, [`StoreError::Failed`].
    pub fn check(&self) -> Result<(), StoreError> {
        let verdict: String = self
            .db
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(failed)?;
        if verdict != "ok" {
            return Err(StoreError::Damaged(format!("{DATABASE}: {verdict}")));
        }
        // The pragma looks at the full-text index for itself; this compares it with the texts.
        let compare = "INSERT INTO messages_fts (messages_fts, rank) VALUES ('integrity-check', 1)";
        self.db.execute(compare, []).map_err(failed)?;
        Ok(())
    }

    fn connect(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(DATABASE);
        Ok(Self {
            db: connect(&path, DATABASE)?,
            path,
            _lock: None,
        })
    }

    /// Whether the tables are there: cheap, and better said now than in the middle of a chat.
    fn probe(&self) -> Result<(), StoreError> {
        const TABLES: &str = "SELECT
            (SELECT count(*) FROM meta
                WHERE key IN ('last_id', 'accounts_generation', 'history_bytes'))
            + (SELECT count(*) FROM sqlite_schema
                WHERE name IN ('messages', 'messages_fts', 'letters', 'accounts'))";
        match self.db.query_row(TABLES, [], |row| row.get(0)) {
            Ok(7) => Ok(()),
            Ok(_) => Err(error::incomplete(DATABASE)),
            Err(error) if error::is_about_schema(&error) => Err(error::incomplete(DATABASE)),
            Err(error) => Err(failed(error)),
        }
    }
}

/// Opens a database for writing; `file` is its name for errors.
fn connect(path: &Path, file: &str) -> Result<Connection, StoreError> {
    // Made here rather than by SQLite for the permissions, which the log's files inherit.
    private_file(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .and_then(|db| prepare(&db, true).map(|()| db))
        .map_err(|error| failed_in(file, error))
}

fn prepare(db: &Connection, writes: bool) -> rusqlite::Result<()> {
    db.busy_timeout(BUSY)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    if writes {
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", true)?;
    }
    Ok(())
}

fn make_dir(dir: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|e| error::on_file(dir, &e))
}

/// Opens a file for writing, made for its owner only if it was not there.
fn private_file(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|e| error::on_file(path, &e))
}

/// Takes the lock in the file `path`, or says that `what` is in use.
fn take_lock(path: &Path, what: &Path) -> Result<File, StoreError> {
    let file = private_file(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(what.display().to_string())),
        Err(TryLockError::Error(e)) => Err(error::on_file(path, &e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_waits_for_the_disk() {
        // [HUB-7] No test can pull the plug; what makes it safe is set, and not by luck.
        let dir = tempfile::tempdir().unwrap();
        for open in [SqliteStore::open, SqliteStore::open_shared] {
            let store = open(dir.path()).unwrap();
            let pragma = |name| {
                let value = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
                store.db.pragma_query_value(None, name, value).unwrap()
            };
            assert_eq!(pragma("journal_mode"), "wal".to_string().into());
            assert_eq!(pragma("synchronous"), 2.into());
            assert_eq!(pragma("foreign_keys"), 1.into());
        }
    }
}
