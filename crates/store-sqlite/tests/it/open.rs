//! Opening: who may, what is made, what is still there.

use super::*;
use std::sync::mpsc;
use store::StoreError;

#[test]
fn what_was_committed_is_there_after_reopening() {
    // [HUB-7]
    let (mut store, dir) = new_store();
    store
        .commit(&[account("ana"), said(1, "hi"), letter(2, "psst")])
        .unwrap();
    let generation = store.reader().unwrap().generation().unwrap();
    drop(store);
    let store = SqliteStore::open(dir.path()).unwrap();
    store.check().unwrap();
    let reader = store.reader().unwrap();
    assert_eq!(history(&store), [1]);
    assert_eq!(reader.last_id().unwrap(), MessageId(2));
    assert_eq!(reader.generation().unwrap(), generation);
    let kept = reader.next_letter(&user("ana"), None).unwrap().unwrap();
    assert_eq!(kept.text.as_str(), "psst");
}

#[test]
fn history_is_kept_with_its_wire() {
    // [HUB-6]
    let (mut store, dir) = new_store();
    store.commit(&[said(1, "hi")]).unwrap();
    let wire: String = raw(dir.path())
        .query_row("SELECT wire FROM messages WHERE id = 1", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(wire, "cs494");
}

#[test]
fn one_process_serves_from_a_directory() {
    // [HUB-7]
    let (store, dir) = new_store();
    let second = SqliteStore::open(dir.path());
    assert!(matches!(second, Err(StoreError::Locked(place))
        if place == dir.path().display().to_string()));
    drop(store);
    assert!(SqliteStore::open(dir.path()).is_ok());
}

#[test]
fn accounts_change_beside_a_running_hub() {
    // [HUB-2]
    let (mut hub, dir) = new_store();
    let reader = hub.reader().unwrap();
    let before = reader.generation().unwrap();
    let mut command = SqliteStore::open_shared(dir.path()).unwrap();
    command.commit(&[account("ana")]).unwrap();
    assert!(reader.generation().unwrap() > before);
    assert!(reader.account(&user("ana")).unwrap().is_some());
    hub.commit(&[letter(1, "hi")]).unwrap();
    command
        .commit(&[Write::RemoveAccount(user("ana"))])
        .unwrap();
    assert_eq!(reader.letters(&user("ana")).unwrap(), 0);
    hub.commit(&[letter(2, "too late"), said(3, "hi")]).unwrap();
    assert_eq!(reader.letters(&user("ana")).unwrap(), 0);
    assert_eq!(history(&hub), [3]);
}

#[test]
fn two_writers_take_turns() {
    // [HUB-2]
    const EACH: u64 = 40;
    let (mut hub, dir) = new_store();
    let (started, starts) = mpsc::channel();
    let path = dir.path().to_path_buf();
    let command = std::thread::spawn(move || {
        let mut command = SqliteStore::open_shared(&path).unwrap();
        started.send(()).unwrap();
        for n in 0..EACH {
            command.commit(&[account(&format!("user{n}"))]).unwrap();
        }
    });
    starts.recv().unwrap();
    for id in 1..=EACH {
        hub.commit(&[said(id, "hi")]).unwrap();
    }
    command.join().unwrap();
    let reader = hub.reader().unwrap();
    assert_eq!(history(&hub).len() as u64, EACH);
    assert_eq!(reader.accounts().unwrap().len() as u64, EACH);
    assert_eq!(reader.generation().unwrap(), EACH);
}

#[test]
fn accounts_can_be_made_before_the_first_start() {
    // [CP-13]
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("not/there/yet");
    let mut command = SqliteStore::open_shared(&dir).unwrap();
    command.commit(&[account("ana")]).unwrap();
    drop(command);
    let hub = SqliteStore::open(&dir).unwrap();
    assert_eq!(hub.reader().unwrap().accounts().unwrap().len(), 1);
}

#[test]
fn numbers_beyond_sqlite_are_errors() {
    // [HUB-9]
    let (mut store, _dir) = new_store();
    let failed = store.commit(&[said(1, "hi"), said(u64::MAX - (1 << 62), "hi")]);
    assert!(matches!(failed, Err(StoreError::Failed(_))));
    assert!(history(&store).is_empty());
}

#[cfg(unix)]
#[test]
fn others_on_the_machine_may_not_read() {
    // [CP-13]
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("data");
    let mut store = SqliteStore::open(&dir).unwrap();
    store.commit(&[said(1, "hi")]).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    let mut files = 0;
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        files += 1;
    }
    // The database, its log and the log's index, the lock.
    assert_eq!(files, 4);
}
