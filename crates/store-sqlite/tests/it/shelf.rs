//! The shelf: its contract, its versions, and files that are not what they were.

use super::*;
use std::path::PathBuf;
use store::{Shelf, ShelfChange, StoreError};
use store_sqlite::{SHELF_VERSION, SqliteShelf};

/// What a shelf of version `n + 1` looked like, at `n`.
const RELEASED: &[&str] = &[include_str!("../fixtures/shelf-v1.sql")];

mod contract {
    use store::{Shelf, StoreError};

    store::shelf_contract_tests!(|| {
        let (path, dir) = super::new_place();
        let open = move || -> Result<Box<dyn Shelf>, StoreError> {
            Ok(Box::new(super::SqliteShelf::open(&path)?))
        };
        (open, dir)
    });
}

#[test]
fn a_batch_that_fails_in_the_middle_leaves_nothing() {
    // [RS-1] Something that one record cannot be stored for, put there past the shelf.
    let (path, _dir) = new_place();
    let mut shelf = SqliteShelf::open(&path).unwrap();
    shelf.write(&[put("chat", "1")]).unwrap();
    connection(&path)
        .execute_batch(
            "CREATE TRIGGER no BEFORE INSERT ON records WHEN new.key = 'bad'
                BEGIN SELECT RAISE(ABORT, 'no'); END;",
        )
        .unwrap();
    let gone = ShelfChange {
        area: "chat".into(),
        key: "1".into(),
        value: None,
    };
    let failed = shelf.write(&[put("chat", "2"), gone, put("chat", "bad")]);
    assert!(matches!(failed, Err(StoreError::Failed(_))));
    assert_eq!(keys(&mut shelf), ["1"]);
    shelf.write(&[put("chat", "2")]).unwrap();
    assert_eq!(keys(&mut shelf), ["1", "2"]);
}

#[test]
fn a_text_that_is_none_costs_its_own_record_alone() {
    // [RS-1]
    let (path, _dir) = new_place();
    let mut shelf = SqliteShelf::open(&path).unwrap();
    shelf
        .write(&[put("chat", "1"), put("chat", "2"), put("mail", "3")])
        .unwrap();
    let db = connection(&path);
    db.execute_batch("UPDATE records SET key = CAST(x'31ff' AS TEXT) WHERE key = '1'")
        .unwrap();
    assert_eq!(keys(&mut shelf), ["2", "3"]);
    shelf.write(&[put("chat", "4")]).unwrap();
    drop(shelf);
    let mut shelf = SqliteShelf::open(&path).unwrap();
    assert_eq!(keys(&mut shelf), ["2", "4", "3"]);
    let count = |row: &rusqlite::Row<'_>| row.get::<_, u32>(0);
    let all = db.query_row("SELECT count(*) FROM records", [], count);
    assert_eq!(all.unwrap(), 4, "it is still in the file");
}

#[test]
fn every_version_has_a_fixture() {
    // [RS-1]
    assert_eq!(RELEASED.len(), SHELF_VERSION as usize);
}

#[test]
fn every_older_version_opens_with_all_it_holds() {
    // [RS-1]
    for sql in RELEASED {
        let (path, _dir) = new_place();
        connection(&path).execute_batch(sql).unwrap();
        let mut shelf = SqliteShelf::open(&path).unwrap();
        let found = shelf.load().unwrap();
        let names: Vec<(&str, &str)> = found
            .iter()
            .map(|record| (record.area.as_str(), record.key.as_str()))
            .collect();
        let expected = [("friends", "a0b1"), ("friends", "b0a1"), ("outbox", "7")];
        assert_eq!(names, expected);
        assert_eq!(found[1].value, "{\"name\":\"Amélie\"}".as_bytes());
        shelf.write(&[put("chat", "1")]).unwrap();
        assert_eq!(shelf.load().unwrap().len(), 4);
    }
}

#[test]
fn a_newer_version_is_left_alone() {
    // [RS-1]
    let (path, _dir) = new_place();
    connection(&path)
        .execute_batch("CREATE TABLE to_come (a); PRAGMA user_version = 999;")
        .unwrap();
    assert!(matches!(
        SqliteShelf::open(&path),
        Err(StoreError::TooNew { found: 999, known }) if known == SHELF_VERSION
    ));
}

#[test]
fn a_file_that_is_no_shelf_is_named() {
    // [RS-1]
    let (path, dir) = new_place();
    std::fs::write(&path, "not a database at all ".repeat(99)).unwrap();
    let damaged = |path: &Path| match SqliteShelf::open(path) {
        Err(error @ StoreError::Damaged(_)) => error.to_string(),
        Err(error) => panic!("not damaged but {error}"),
        Ok(_) => panic!("not damaged"),
    };
    assert_eq!(
        damaged(&path),
        "the stored data is damaged: friends.db is not a database"
    );
    // The hub's database has a version of the same number.
    drop(SqliteStore::open(dir.path()).unwrap());
    assert_eq!(
        damaged(&dir.path().join(store_sqlite::DATABASE)),
        "the stored data is damaged: tincan.db lacks tables of its version"
    );
}

#[test]
fn the_one_who_is_refused_is_told_of_what() {
    // [RS-1]
    let (path, _dir) = new_place();
    let shelf = SqliteShelf::open(&path).unwrap();
    let place = path.display().to_string();
    assert!(matches!(SqliteShelf::open(&path), Err(StoreError::Locked(what)) if what == place));
    drop(shelf);
    assert!(SqliteShelf::open(&path).is_ok());
}

#[cfg(unix)]
#[test]
fn others_on_the_machine_may_not_read() {
    // [RS-1]
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data/friends");
    let mut shelf = SqliteShelf::open(&folder.join("friends.db")).unwrap();
    shelf.write(&[put("chat", "1")]).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let mut files = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        files += 1;
    }
    // The database, its log and the log's index, the lock.
    assert_eq!(files, 4);
}

fn new_place() -> (PathBuf, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (dir.path().join("friends.db"), dir)
}

fn connection(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).unwrap()
}

fn put(area: &str, key: &str) -> ShelfChange {
    ShelfChange {
        area: area.into(),
        key: key.into(),
        value: Some(b"{}".to_vec()),
    }
}

fn keys(shelf: &mut dyn Shelf) -> Vec<String> {
    let records = shelf.load().unwrap().into_iter();
    records.map(|record| record.key).collect()
}
