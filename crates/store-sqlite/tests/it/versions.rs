//! Databases of every version that was ever released.

use super::*;
use store::StoreError;
use store_sqlite::{DATABASE, VERSION};

/// What a database of version `n + 1` looked like, at `n`.
const RELEASED: &[&str] = &[include_str!("../fixtures/v1.sql")];

#[test]
fn every_version_has_a_fixture() {
    // [HUB-6]
    assert_eq!(RELEASED.len(), VERSION as usize);
}

#[test]
fn an_empty_file_is_version_zero() {
    // [HUB-6]
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(DATABASE), b"").unwrap();
    let mut store = SqliteStore::open(dir.path()).unwrap();
    store.commit(&[said(1, "hi")]).unwrap();
    store.check().unwrap();
    assert_eq!(version(dir.path()), VERSION);
    assert_eq!(history(&store), [1]);
}

#[test]
fn every_older_version_opens_with_all_it_holds() {
    // [HUB-6]
    for sql in RELEASED {
        let dir = tempfile::tempdir().unwrap();
        raw(dir.path()).execute_batch(sql).unwrap();
        let mut store = SqliteStore::open(dir.path()).unwrap();
        store.check().unwrap();
        assert_eq!(version(dir.path()), VERSION);

        let reader = store.reader().unwrap();
        assert_eq!(history(&store), [3, 4, 7]);
        assert_eq!(reader.last_id().unwrap(), MessageId(14));
        assert_eq!(reader.generation().unwrap(), 3);
        let (amelie, bo) = (user("Amélie"), user("bo"));
        assert_eq!(
            reader.private_history(&amelie, &bo, None, 9).unwrap().len(),
            1
        );
        assert_eq!(reader.search("cafe", 9).unwrap().len(), 1);
        assert_eq!(reader.letters(&amelie).unwrap(), 2);
        let account = reader.account(&bo).unwrap().unwrap();
        assert_eq!(account.certificate.unwrap()[31], 31);

        // The count of bytes fits the texts: what is one too many goes, what fits stays.
        assert_eq!(store.retain(None, Some(37)).unwrap(), 0);
        assert_eq!(store.retain(None, Some(36)).unwrap(), 1);
        assert_eq!(store.retain(None, Some(0)).unwrap(), 3);
        assert!(reader.search("cafe", 9).unwrap().is_empty());
        store.commit(&[said(15, "a new café")]).unwrap();
        assert_eq!(reader.search("cafe", 9).unwrap().len(), 1);
        store.check().unwrap();
    }
}

#[test]
fn a_newer_version_is_left_alone() {
    // [HUB-7]
    let dir = tempfile::tempdir().unwrap();
    raw(dir.path())
        .execute_batch("CREATE TABLE to_come (a); PRAGMA user_version = 999;")
        .unwrap();
    for open in [SqliteStore::open, SqliteStore::open_shared] {
        let refused = open(dir.path());
        assert!(matches!(
            refused,
            Err(StoreError::TooNew { found: 999, known }) if known == VERSION
        ));
    }
    assert_eq!(version(dir.path()), 999);
}

#[test]
fn account_commands_do_not_migrate_under_a_hub() {
    // [HUB-2]
    let dir = tempfile::tempdir().unwrap();
    let lock = std::fs::File::create(dir.path().join(store_sqlite::LOCK)).unwrap();
    lock.try_lock().unwrap();
    let refused = SqliteStore::open_shared(dir.path());
    assert!(matches!(refused, Err(StoreError::Locked(_))));
    assert_eq!(version(dir.path()), 0);
    drop(lock);
    assert!(SqliteStore::open_shared(dir.path()).is_ok());
    assert_eq!(version(dir.path()), VERSION);
}

fn version(dir: &Path) -> u32 {
    raw(dir)
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}
