//! What a commit and a retention do.

use model::{MessageId, Said, SaidAs, Timestamp, Told};
use rusqlite::{Connection, Params, Transaction, TransactionBehavior, params};
use store::{Account, Reader, Store, StoreError, Write};

use crate::SqliteStore;
use crate::error::failed;
use crate::read::{SqliteReader, clamped, unsigned};

/// Messages that one transaction of a retention removes, at most: some milliseconds, which is how
/// long a commit, or the account commands of another process, may have to wait.
const REMOVED_AT_ONCE: u32 = 500;

impl Store for SqliteStore {
    fn commit(&mut self, batch: &[Write]) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.transaction()
            .and_then(|tx| {
                write_all(&tx, batch)?;
                tx.commit()
            })
            .map_err(failed)
    }

    fn retain(
        &mut self,
        before: Option<Timestamp>,
        max_bytes: Option<u64>,
    ) -> Result<u64, StoreError> {
        let mut removed = 0;
        if let Some(before) = before {
            removed += self.remove_older(before).map_err(failed)?;
        }
        if let Some(max_bytes) = max_bytes {
            removed += self.remove_oldest(max_bytes).map_err(failed)?;
        }
        Ok(removed)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        Ok(Box::new(SqliteReader::open(&self.path)?))
    }
}

impl SqliteStore {
    /// Takes the write lock at once: a transaction that began by reading could not wait for it.
    fn transaction(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.db
            .transaction_with_behavior(TransactionBehavior::Immediate)
    }

    /// Removes some of what is older; 0 when nothing is.
    fn remove_older(&mut self, before: Timestamp) -> rusqlite::Result<u64> {
        const OLDER: &str = "SELECT id, octet_length(text) FROM messages
            WHERE at < ?1 ORDER BY at LIMIT ?2";
        let tx = self.transaction()?;
        let doomed = doomed(
            &tx,
            OLDER,
            params![clamped(before.0), REMOVED_AT_ONCE],
            u64::MAX,
        )?;
        remove(tx, &doomed)
    }

    /// Removes some of the oldest while there is too much; 0 when there is not.
    fn remove_oldest(&mut self, max_bytes: u64) -> rusqlite::Result<u64> {
        const BYTES: &str = "SELECT value FROM meta WHERE key = 'history_bytes'";
        const OLDEST: &str = "SELECT id, octet_length(text) FROM messages ORDER BY id LIMIT ?1";
        let tx = self.transaction()?;
        let bytes = tx
            .prepare_cached(BYTES)?
            .query_row([], |row| unsigned(row, 0))?;
        let excess = bytes.saturating_sub(max_bytes);
        let doomed = doomed(&tx, OLDEST, [REMOVED_AT_ONCE], excess)?;
        remove(tx, &doomed)
    }
}

fn write_all(tx: &Transaction<'_>, batch: &[Write]) -> rusqlite::Result<()> {
    const COUNT: &str = "UPDATE meta SET value = CASE key
            WHEN 'last_id' THEN max(value, ?1)
            WHEN 'history_bytes' THEN value + ?2
            ELSE value + ?3 END
        WHERE key IN ('last_id', 'history_bytes', 'accounts_generation')";
    let mut last_id = 0;
    let mut bytes = 0;
    let mut account_changes = 0;
    for write in batch {
        match write {
            Write::Said(said, wire) => {
                insert_said(tx, said, wire)?;
                last_id = last_id.max(number(said.id.0)?);
                bytes += said.text.as_str().len();
            }
            Write::Told(told, wire) => {
                insert_told(tx, told, wire)?;
                last_id = last_id.max(number(told.id.0)?);
                bytes += told.text.as_str().len();
            }
            Write::Letter(letter) => {
                insert_letter(tx, letter)?;
                last_id = last_id.max(number(letter.id.0)?);
            }
            Write::DropLetter(id) => delete_letter(tx, *id)?,
            Write::PutAccount(account) => account_changes += put_account(tx, account)?,
            Write::RemoveAccount(name) => {
                let mut delete = tx.prepare_cached("DELETE FROM accounts WHERE name = ?1")?;
                account_changes += delete.execute([name.as_str()])?;
            }
        }
    }
    if last_id > 0 || account_changes > 0 {
        tx.prepare_cached(COUNT)?.execute(params![
            last_id,
            signed(bytes),
            signed(account_changes)
        ])?;
    }
    Ok(())
}

fn insert_said(tx: &Connection, said: &Said, wire: &str) -> rusqlite::Result<()> {
    const INSERT: &str = "INSERT INTO messages (id, at, wire, sender, room, manner, text)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let manner = match said.manner {
        SaidAs::Post => 0,
        SaidAs::Group => 1,
        SaidAs::Farewell => 2,
    };
    tx.prepare_cached(INSERT)?.execute(params![
        number(said.id.0)?,
        number(said.at.0)?,
        wire,
        said.from.as_str(),
        said.room.as_str(),
        manner,
        said.text.as_str(),
    ])?;
    Ok(())
}

fn insert_told(tx: &Connection, told: &Told, wire: &str) -> rusqlite::Result<()> {
    const INSERT: &str = "INSERT INTO messages (id, at, wire, sender, peer, text)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    tx.prepare_cached(INSERT)?.execute(params![
        number(told.id.0)?,
        number(told.at.0)?,
        wire,
        told.from.as_str(),
        told.to.as_str(),
        told.text.as_str(),
    ])?;
    Ok(())
}

/// Keeps the letter if its owner has an account: one removed by another process just now would have
/// taken the letter with it a moment later.
fn insert_letter(tx: &Connection, letter: &Told) -> rusqlite::Result<()> {
    const INSERT: &str = "INSERT INTO letters (id, owner, sender, at, text)
        SELECT ?1, name, ?3, ?4, ?5 FROM accounts WHERE name = ?2";
    tx.prepare_cached(INSERT)?.execute(params![
        number(letter.id.0)?,
        letter.to.as_str(),
        letter.from.as_str(),
        number(letter.at.0)?,
        letter.text.as_str(),
    ])?;
    Ok(())
}

fn delete_letter(tx: &Connection, id: MessageId) -> rusqlite::Result<()> {
    let Ok(id) = i64::try_from(id.0) else {
        return Ok(());
    };
    tx.prepare_cached("DELETE FROM letters WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

/// Not `INSERT OR REPLACE`, which would delete the account first and its mailbox with it.
fn put_account(tx: &Connection, account: &Account) -> rusqlite::Result<usize> {
    const PUT: &str = "INSERT INTO accounts (name, password_hash, certificate, created)
        VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (name) DO UPDATE SET
            password_hash = excluded.password_hash, certificate = excluded.certificate";
    tx.prepare_cached(PUT)?.execute(params![
        account.name.as_str(),
        account.password_hash,
        account.certificate,
        number(account.created.0)?,
    ])
}

/// A message that is to go, with its bytes of text.
type Doomed = (i64, u64);

/// The first of the query's that hold `excess` bytes together.
fn doomed(
    tx: &Connection,
    query: &str,
    params: impl Params,
    excess: u64,
) -> rusqlite::Result<Vec<Doomed>> {
    let mut doomed = Vec::new();
    let mut statement = tx.prepare_cached(query)?;
    let mut rows = statement.query(params)?;
    let mut bytes = 0;
    while bytes < excess
        && let Some(row) = rows.next()?
    {
        let (id, length) = (row.get(0)?, unsigned(row, 1)?);
        bytes += length;
        doomed.push((id, length));
    }
    Ok(doomed)
}

fn remove(tx: Transaction<'_>, doomed: &[Doomed]) -> rusqlite::Result<u64> {
    const LESS: &str = "UPDATE meta SET value = value - ?1 WHERE key = 'history_bytes'";
    if doomed.is_empty() {
        return Ok(0);
    }
    {
        let mut delete = tx.prepare_cached("DELETE FROM messages WHERE id = ?1")?;
        for (id, _) in doomed {
            delete.execute([id])?;
        }
        let bytes: u64 = doomed.iter().map(|(_, bytes)| bytes).sum();
        tx.prepare_cached(LESS)?.execute([clamped(bytes)])?;
    }
    tx.commit()?;
    Ok(doomed.len() as u64)
}

/// SQLite's numbers end at 2^63: neither milliseconds nor messages get there, but an error is
/// better than another number.
fn number(number: u64) -> rusqlite::Result<i64> {
    i64::try_from(number).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{RoomName, Text, UserName};

    fn long_messages(ids: std::ops::RangeInclusive<u64>) -> Vec<Write> {
        let said = |id| Said {
            id: MessageId(id),
            at: Timestamp(id),
            from: UserName::parse("ana").unwrap(),
            room: RoomName::parse("lounge").unwrap(),
            text: Text::adapt(&"word ".repeat(2_000)).unwrap(),
            manner: SaidAs::Post,
        };
        ids.map(|id| Write::Said(said(id).into(), "cs494"))
            .collect()
    }

    #[test]
    fn a_full_disk_is_a_failure_that_passes() {
        // [HUB-7]
        let dir = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open(dir.path()).unwrap();
        store.commit(&long_messages(1..=2)).unwrap();
        let pages: u32 = store
            .db
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        limit_pages(&store, pages + 10);
        let failed = store.commit(&long_messages(3..=20));
        assert!(matches!(failed, Err(StoreError::Full(_))));
        let reader = store.reader().unwrap();
        assert_eq!(reader.last_id().unwrap(), MessageId(2));
        limit_pages(&store, u32::MAX - 1);
        store.commit(&long_messages(3..=20)).unwrap();
        assert_eq!(reader.last_id().unwrap(), MessageId(20));
        store.check().unwrap();
    }

    #[test]
    fn the_count_of_bytes_follows_the_texts() {
        // [HUB-6]
        let dir = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open(dir.path()).unwrap();
        let count = |store: &SqliteStore| {
            let both = "SELECT value, (SELECT sum(octet_length(text)) FROM messages)
                FROM meta WHERE key = 'history_bytes'";
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            store.db.query_row(both, [], row).unwrap()
        };
        store.commit(&long_messages(1..=9)).unwrap();
        assert_eq!(count(&store), (90_000, 90_000));
        assert!(store.commit(&long_messages(9..=12)).is_err());
        assert_eq!(count(&store), (90_000, 90_000));
        store.retain(Some(Timestamp(3)), Some(55_000)).unwrap();
        assert_eq!(count(&store), (50_000, 50_000));
    }

    fn limit_pages(store: &SqliteStore, pages: u32) {
        let set = |row: &rusqlite::Row<'_>| row.get::<_, u32>(0);
        store
            .db
            .pragma_update_and_check(None, "max_page_count", pages, set)
            .unwrap();
    }
}
