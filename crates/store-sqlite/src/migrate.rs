//! From any older schema to this program's; the rules are in `migrations/NOTES.md`.

use rusqlite::{Connection, Transaction, TransactionBehavior};
use store::StoreError;

use crate::error::failed_in;

/// One kind of database: the name of its file, for errors, and what leads from version `n` to
/// `n + 1`, at `n`.
pub(crate) struct Schema<'a> {
    pub(crate) file: &'a str,
    pub(crate) steps: &'static [&'static str],
}

impl Schema<'_> {
    /// The newest version.
    pub(crate) const fn version(&self) -> u32 {
        self.steps.len() as u32
    }

    /// The version of the database; 0 where it is empty.
    pub(crate) fn found(&self, db: &Connection) -> Result<u32, StoreError> {
        db.pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(|error| failed_in(self.file, error))
    }

    /// Applies what is missing, each step in a transaction of its own.
    pub(crate) fn migrate(&self, db: &mut Connection) -> Result<(), StoreError> {
        let failed = |error| failed_in(self.file, error);
        loop {
            let step = db
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(failed)?;
            // Read inside the transaction: another process may just have done it.
            let found = self.found(&step)?;
            if found > self.version() {
                return Err(StoreError::TooNew {
                    found,
                    known: self.version(),
                });
            }
            let Some(sql) = self.steps.get(found as usize) else {
                return Ok(());
            };
            apply(step, sql, found + 1).map_err(failed)?;
            let to = found + 1;
            tracing::debug!(file = self.file, from = found, to, "schema migrated");
        }
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
    use crate::HUB;

    #[test]
    fn a_step_that_fails_leaves_the_version_before() {
        // [HUB-7]
        let mut db = Connection::open_in_memory().unwrap();
        let step = db.transaction().unwrap();
        let wrong = "CREATE TABLE half (a); INSERT INTO nowhere VALUES (1);";
        assert!(apply(step, wrong, 1).is_err());
        assert_eq!(HUB.found(&db).unwrap(), 0);
        let tables: u32 = db
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 0);
    }

    #[test]
    fn migrating_twice_is_migrating_once() {
        // [HUB-6]
        let mut db = Connection::open_in_memory().unwrap();
        HUB.migrate(&mut db).unwrap();
        HUB.migrate(&mut db).unwrap();
        assert_eq!(HUB.found(&db).unwrap(), HUB.version());
    }
}
