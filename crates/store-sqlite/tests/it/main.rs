//! The SQLite store from outside.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at the first surprise too"
)]

mod damage;
#[cfg(unix)]
mod kill;
mod open;
mod shelf;
mod versions;

use std::path::Path;

use model::{MessageId, RoomName, Said, SaidAs, Text, Timestamp, Told, UserName};
use store::{Account, Store, Write};
use store_sqlite::SqliteStore;
use tempfile::TempDir;

mod contract {
    store::contract_tests!(super::new_store);
}

fn new_store() -> (SqliteStore, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (SqliteStore::open(dir.path()).unwrap(), dir)
}

/// A connection past the store, to see and change what is in the file.
fn raw(dir: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(dir.join(store_sqlite::DATABASE)).unwrap()
}

fn said(id: u64, text: &str) -> Write {
    let said = Said {
        id: MessageId(id),
        at: Timestamp(1_700_000_000_000 + id),
        from: user("ana"),
        room: lounge(),
        text: Text::adapt(text).unwrap(),
        manner: SaidAs::Post,
    };
    Write::Said(said.into(), "cs494")
}

fn letter(id: u64, text: &str) -> Write {
    let letter = Told {
        id: MessageId(id),
        at: Timestamp(1_700_000_000_000 + id),
        from: user("bo"),
        to: user("ana"),
        text: Text::adapt(text).unwrap(),
    };
    Write::Letter(letter.into())
}

fn account(name: &str) -> Write {
    Write::PutAccount(Account {
        name: user(name),
        password_hash: "$argon2id$".into(),
        certificate: None,
        created: Timestamp(1),
    })
}

fn history(store: &dyn Store) -> Vec<u64> {
    let history = store.reader().unwrap();
    let history = history.room_history(&lounge(), None, u32::MAX).unwrap();
    let id = |event: &model::Event| match event {
        model::Event::Said(said) => said.id.0,
        model::Event::Told(told) => told.id.0,
    };
    history.iter().map(id).collect()
}

fn user(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

fn lounge() -> RoomName {
    RoomName::parse("lounge").unwrap()
}
