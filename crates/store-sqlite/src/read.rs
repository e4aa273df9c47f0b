//! The readers: connections that can only read.

use std::path::Path;
use std::sync::Arc;

use model::{Event, Letter, MessageId, RoomName, Said, SaidAs, Text, Timestamp, Told, UserName};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, OpenFlags, OptionalExtension, Params, Row, params};
use store::{Account, Accounts, Journal, Mailbox, StoreError, search_words};

use crate::error::failed;
use crate::prepare;

const ROOM: &str = "SELECT id, at, sender, room, peer, manner, text FROM messages
    WHERE room = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
/// Repeats the condition of its partial index.
const PAIR: &str = "SELECT id, at, sender, room, peer, manner, text FROM messages
    WHERE min(sender, peer) = ?1 AND max(sender, peer) = ?2 AND peer IS NOT NULL AND id < ?3
    ORDER BY id DESC LIMIT ?4";
const SEARCH: &str = "SELECT id, at, sender, room, peer, manner, messages.text
    FROM messages_fts JOIN messages ON messages.id = messages_fts.rowid
    WHERE messages_fts MATCH ?1 ORDER BY messages_fts.rowid DESC LIMIT ?2";
const NEXT_LETTER: &str = "SELECT id, at, sender, owner, text FROM letters
    WHERE owner = ?1 AND id > ?2 ORDER BY id LIMIT 1";
const LETTERS: &str = "SELECT count(*) FROM letters WHERE owner = ?1";
const ACCOUNTS: &str =
    "SELECT name, password_hash, certificate, created FROM accounts ORDER BY name";
const ACCOUNT: &str =
    "SELECT name, password_hash, certificate, created FROM accounts WHERE name = ?1";
const META: &str = "SELECT value FROM meta WHERE key = ?1";

/// A view of the store for one thread; each call sees the last commit, by whichever process.
pub struct SqliteReader {
    db: Connection,
}

impl SqliteReader {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).map_err(failed)?;
        prepare(&db, false).map_err(failed)?;
        Ok(Self { db })
    }

    fn meta(&self, key: &str) -> Result<u64, StoreError> {
        self.db
            .prepare_cached(META)
            .and_then(|mut select| select.query_row([key], |row| unsigned(row, 0)))
            .map_err(failed)
    }

    /// The events of a query that gives the newest first, in that order.
    fn events(&self, query: &str, params: impl Params) -> Result<Vec<Event>, StoreError> {
        self.db
            .prepare_cached(query)
            .and_then(|mut select| select.query_map(params, event)?.collect())
            .map_err(failed)
    }
}

impl Journal for SqliteReader {
    fn last_id(&self) -> Result<MessageId, StoreError> {
        self.meta("last_id").map(MessageId)
    }

    fn room_history(
        &self,
        room: &RoomName,
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let mut page = self.events(ROOM, params![room.as_str(), end(before), limit])?;
        page.reverse();
        Ok(page)
    }

    fn private_history(
        &self,
        one: &UserName,
        other: &UserName,
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        // Names order alike here and in SQLite: both by bytes.
        let (low, high) = (one.min(other).as_str(), one.max(other).as_str());
        let mut page = self.events(PAIR, params![low, high, end(before), limit])?;
        page.reverse();
        Ok(page)
    }

    fn search(&self, words: &str, limit: u32) -> Result<Vec<Event>, StoreError> {
        let query = match_query(words);
        if query.is_empty() {
            return Ok(Vec::new());
        }
        self.events(SEARCH, params![query, limit])
    }
}

impl Mailbox for SqliteReader {
    fn next_letter(
        &self,
        owner: &UserName,
        after: Option<MessageId>,
    ) -> Result<Option<Letter>, StoreError> {
        let after = after.map_or(-1, |after| clamped(after.0));
        self.db
            .prepare_cached(NEXT_LETTER)
            .and_then(|mut select| {
                let next = select.query_row(params![owner.as_str(), after], letter);
                next.optional()
            })
            .map_err(failed)
    }

    fn letters(&self, owner: &UserName) -> Result<u64, StoreError> {
        self.db
            .prepare_cached(LETTERS)
            .and_then(|mut select| select.query_row([owner.as_str()], |row| unsigned(row, 0)))
            .map_err(failed)
    }
}

impl Accounts for SqliteReader {
    fn generation(&self) -> Result<u64, StoreError> {
        self.meta("accounts_generation")
    }

    fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.db
            .prepare_cached(ACCOUNTS)
            .and_then(|mut select| select.query_map([], account)?.collect())
            .map_err(failed)
    }

    fn account(&self, name: &UserName) -> Result<Option<Account>, StoreError> {
        self.db
            .prepare_cached(ACCOUNT)
            .and_then(|mut select| select.query_row([name.as_str()], account).optional())
            .map_err(failed)
    }
}

/// A number of ours for comparing: above all that SQLite can hold, its highest.
pub(crate) fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| Error::IntegralValueOutOfRange(column, number))
}

fn end(before: Option<MessageId>) -> i64 {
    before.map_or(i64::MAX, |before| clamped(before.0))
}

/// Each word as a string of FTS5, which knows no operators; words side by side must all be there.
fn match_query(words: &str) -> String {
    let mut query = String::new();
    for word in search_words(words) {
        query.push('"');
        query.push_str(&word.replace('"', "\"\""));
        query.push_str("\" ");
    }
    query
}

/// From columns id, at, sender, room, peer, manner, text.
fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let id = MessageId(unsigned(row, 0)?);
    let at = Timestamp(unsigned(row, 1)?);
    let from = parsed(row, 2, UserName::parse)?;
    let text = parsed(row, 6, Text::adapt)?;
    if row.get_ref(3)? == rusqlite::types::ValueRef::Null {
        let to = parsed(row, 4, UserName::parse)?;
        let told = Told {
            id,
            at,
            from,
            to,
            text,
        };
        return Ok(Event::Told(Arc::new(told)));
    }
    let room = parsed(row, 3, RoomName::parse)?;
    let manner = match row.get(5)? {
        0 => SaidAs::Post,
        1 => SaidAs::Group,
        2 => SaidAs::Farewell,
        other => return Err(Error::IntegralValueOutOfRange(5, other)),
    };
    let said = Said {
        id,
        at,
        from,
        room,
        text,
        manner,
    };
    Ok(Event::Said(Arc::new(said)))
}

/// From columns id, at, sender, owner, text.
fn letter(row: &Row<'_>) -> rusqlite::Result<Letter> {
    Ok(Arc::new(Told {
        id: MessageId(unsigned(row, 0)?),
        at: Timestamp(unsigned(row, 1)?),
        from: parsed(row, 2, UserName::parse)?,
        to: parsed(row, 3, UserName::parse)?,
        text: parsed(row, 4, Text::adapt)?,
    }))
}

/// From columns name, password_hash, certificate, created.
fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        name: parsed(row, 0, UserName::parse)?,
        password_hash: row.get(1)?,
        certificate: row.get(2)?,
        created: Timestamp(unsigned(row, 3)?),
    })
}

/// What was legal when it was stored and is not now was changed by somebody else.
fn parsed<T, E>(
    row: &Row<'_>,
    column: usize,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> rusqlite::Result<T>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let raw = row.get_ref(column)?.as_str()?;
    parse(raw).map_err(|e| Error::FromSqlConversionFailure(column, Type::Text, Box::new(e)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(query: &str) -> String {
        let mut db = Connection::open_in_memory().unwrap();
        crate::HUB.migrate(&mut db).unwrap();
        let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        for n in 1..=explain.parameter_count() {
            explain.raw_bind_parameter(n, 1).unwrap();
        }
        let mut rows = explain.raw_query();
        let mut plan = String::new();
        while let Some(row) = rows.next().unwrap() {
            plan += &row.get::<_, String>("detail").unwrap();
            plan.push('\n');
        }
        plan
    }

    #[test]
    fn pages_come_from_an_index_without_sorting() {
        // [594-25]
        for (query, index) in [
            (ROOM, "INDEX messages_by_room (room=? AND id<?)"),
            (
                PAIR,
                "INDEX messages_by_pair (<expr>=? AND <expr>=? AND id<?)",
            ),
            (NEXT_LETTER, "INDEX letters_by_owner (owner=? AND id>?)"),
            (LETTERS, "COVERING INDEX letters_by_owner (owner=?)"),
            (SEARCH, "VIRTUAL TABLE INDEX"),
            (META, "PRIMARY KEY (key=?)"),
        ] {
            let plan = plan(query);
            assert!(plan.contains(index), "{query}\n{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{query}\n{plan}");
        }
    }

    #[test]
    fn words_are_quoted_for_the_index() {
        // [HUB-9]
        assert_eq!(
            match_query("a OR \"b\0c*"),
            "\"a\" \"OR\" \"\"\"b\" \"c*\" "
        );
        assert_eq!(match_query(" \0"), "");
    }
}
