//! From any older schema to this program's; the rules are in `migrations/NOTES.md`.

use rusqlite::{Connection, Transaction, TransactionBehavior};
use store::StoreError;

use crate::error::failed;

/// The schema's version that this program reads and writes.
pub const VERSION: u32 = MIGRATIONS.len() as u32;

/// What leads from version `n` to `n + 1` stands at `n`.
const MIGRATIONS: &[&str] = &[include_str!("../migrations/0001_first.sql")];

/// The version of the database; 0 where it is empty.
pub(crate) fn version(db: &Connection) -> Result<u32, StoreError> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(failed)
}

/// Applies what is missing, each step in a transaction of its own.
pub(crate) fn to_latest(db: &mut Connection) -> Result<(), StoreError> {
    loop {
        let step = db
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        // Read inside the transaction: another process may just have done it.
        let found = version(&step)?;
        if found > VERSION {
            return Err(StoreError::TooNew {
                found,
                known: VERSION,
            });
        }
        let Some(sql) = MIGRATIONS.get(found as usize) else {
            return Ok(());
        };
        apply(step, sql, found + 1).map_err(failed)?;
        tracing::debug!(from = found, to = found + 1, "schema migrated");
    }
}

fn apply(step: Transaction<'_>, sql: &str, version: u32) -> rusqlite::Result<()> {
    step.execute_batch(sql)?;
    step.pragma_update(None, "user_version", version)?;
    step.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_fails_leaves_the_version_before() {
        // [HUB-7]
        let mut db = Connection::open_in_memory().unwrap();
        let step = db.transaction().unwrap();
        let wrong = "CREATE TABLE half (a); INSERT INTO nowhere VALUES (1);";
        assert!(apply(step, wrong, 1).is_err());
        assert_eq!(version(&db).unwrap(), 0);
        let tables: u32 = db
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 0);
    }

    #[test]
    fn migrating_twice_is_migrating_once() {
        // [HUB-6]
        let mut db = Connection::open_in_memory().unwrap();
        to_latest(&mut db).unwrap();
        to_latest(&mut db).unwrap();
        assert_eq!(version(&db).unwrap(), VERSION);
    }
}
