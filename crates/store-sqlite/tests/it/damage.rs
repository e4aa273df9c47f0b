//! Files that are not what they were.

use super::*;
use store::{Reader, StoreError};
use store_sqlite::DATABASE;

fn damaged<T>(result: Result<T, StoreError>) -> String {
    match result {
        Err(error @ StoreError::Damaged(_)) => error.to_string(),
        Err(error) => panic!("not damaged but {error}"),
        Ok(_) => panic!("not damaged"),
    }
}

#[test]
fn another_kind_of_file_is_named() {
    // [HUB-7]
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join(DATABASE),
        "not a database at all ".repeat(99),
    )
    .unwrap();
    assert_eq!(
        damaged(SqliteStore::open(dir.path())),
        "the stored data is damaged: tincan.db is not a database"
    );
}

#[test]
fn missing_tables_are_noticed_at_the_start() {
    // [HUB-7]
    for wound in [
        "DROP TABLE letters",
        "DROP TABLE meta",
        "DELETE FROM meta WHERE key = 'last_id'",
    ] {
        let (store, dir) = new_store();
        drop(store);
        raw(dir.path()).execute_batch(wound).unwrap();
        assert_eq!(
            damaged(SqliteStore::open(dir.path())),
            "the stored data is damaged: tincan.db lacks tables of its version",
            "{wound}"
        );
    }
}

#[test]
fn torn_pages_are_found() {
    // [HUB-7]
    let (mut store, dir) = new_store();
    let batch: Vec<Write> = (1..=500).map(|id| said(id, &"x".repeat(500))).collect();
    store.commit(&batch).unwrap();
    drop(store);
    let path = dir.path().join(DATABASE);
    let mut bytes = std::fs::read(&path).unwrap();
    // All but the first page, which holds the header and the schema.
    bytes[4096..].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    let found = SqliteStore::open(dir.path()).and_then(|store| store.check());
    assert!(damaged(found).contains("tincan.db"));
}

#[test]
fn an_index_that_does_not_fit_its_table_is_found() {
    // [HUB-6]
    let (mut store, dir) = new_store();
    store.commit(&[said(1, "hello")]).unwrap();
    store.check().unwrap();
    raw(dir.path())
        .execute_batch("DROP TRIGGER messages_deleted; DELETE FROM messages;")
        .unwrap();
    assert!(damaged(store.check()).contains("does not hold together"));
}

#[test]
fn rows_that_hold_what_they_may_not_are_errors() {
    // [HUB-9]
    type Ask = fn(&dyn Reader) -> Result<(), StoreError>;
    let wounds: [(&str, Ask); 5] = [
        ("UPDATE messages SET sender = 'two words'", ask_history),
        ("UPDATE messages SET manner = 7", ask_history),
        ("UPDATE messages SET at = -1", ask_history),
        (
            "UPDATE messages SET sender = cast(x'ff' AS TEXT)",
            ask_history,
        ),
        ("UPDATE meta SET value = -5", |reader| {
            reader.last_id().map(drop)
        }),
    ];
    for (wound, ask) in wounds {
        let (mut store, dir) = new_store();
        store.commit(&[said(1, "hello")]).unwrap();
        raw(dir.path()).execute_batch(wound).unwrap();
        let reader = store.reader().unwrap();
        let said = damaged(ask(&*reader));
        assert!(said.contains("tincan.db holds what it may not"), "{said}");
    }
}

fn ask_history(reader: &dyn Reader) -> Result<(), StoreError> {
    reader.room_history(&lounge(), None, 9).map(drop)
}

#[cfg(unix)]
#[test]
fn what_the_system_refuses_is_named() {
    // [HUB-7]
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let Err(StoreError::Failed(why)) = SqliteStore::open(&file.join("data")) else {
        panic!("a directory inside a file");
    };
    assert!(why.to_string().contains("file/data"), "{why}");
}
