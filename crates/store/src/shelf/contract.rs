//! What every [`Shelf`] must do, as one suite for all backends.
//!
//! A backend instantiates it with [`shelf_contract_tests!`](crate::shelf_contract_tests) and a factory
//! of places; each function here becomes one test of the same name. The functions panic where the
//! promise is broken.

#![allow(
    clippy::unwrap_used,
    reason = "a suite for tests: it may stop at the first surprise"
)]

use crate::{Shelf, ShelfChange, ShelfRecord, StoreError};

/// Opens the shelf of one place; called again, it is as if the program had been started again.
pub type Open<'a> = &'a dyn Fn() -> Result<Box<dyn Shelf>, StoreError>;

/// Makes a `#[test]` of each behaviour of the contract.
///
/// The argument is a function without arguments that gives a function which opens the shelf of an
/// empty place, and whatever must live as long as the place (a temporary directory, or `()`).
#[macro_export]
macro_rules! shelf_contract_tests {
    ($factory:expr) => {
        $crate::shelf_contract_tests!(@each $factory;
            an_empty_shelf_holds_nothing
            records_come_in_order
            a_record_is_replaced_and_removed
            removing_what_is_not_there_is_no_error
            areas_do_not_mix
            a_batch_is_carried_out_in_order
            an_empty_batch_changes_nothing
            everything_is_there_after_reopening
            keys_and_values_may_be_empty
            keys_come_back_as_they_were
            large_values_come_back_as_they_were
            many_records_come_back
            a_second_opener_is_refused
        );
    };
    (@each $factory:expr; $($behaviour:ident)+) => {$(
        #[test]
        fn $behaviour() {
            let (open, _alive) = ($factory)();
            $crate::shelf_contract::$behaviour(&open);
        }
    )+};
}

/// Before the first write there is nothing, and asking is no error [RS-1].
pub fn an_empty_shelf_holds_nothing(open: Open<'_>) {
    assert_eq!(open().unwrap().load().unwrap(), []);
}

/// Records come by area, then by key, however they were written [RS-1].
pub fn records_come_in_order(open: Open<'_>) {
    let mut shelf = open().unwrap();
    let batch = [
        put("mail", "b", b"3"),
        put("chat", "é", b"2"),
        put("mail", "B", b"4"),
        put("chat", "z", b"1"),
        put("chat", "", b"0"),
    ];
    shelf.write(&batch).unwrap();
    let expected = [
        record("chat", "", b"0"),
        record("chat", "z", b"1"),
        record("chat", "é", b"2"),
        record("mail", "B", b"4"),
        record("mail", "b", b"3"),
    ];
    assert_eq!(shelf.load().unwrap(), expected);
}

/// The last write counts [RS-1].
pub fn a_record_is_replaced_and_removed(open: Open<'_>) {
    let mut shelf = open().unwrap();
    shelf.write(&[put("friends", "ana", b"old")]).unwrap();
    shelf.write(&[put("friends", "ana", b"new")]).unwrap();
    assert_eq!(
        shelf.load().unwrap(),
        [record("friends", "ana", b"new")],
        "replaced"
    );
    shelf.write(&[removed("friends", "ana")]).unwrap();
    assert_eq!(shelf.load().unwrap(), [], "removed");
}

/// A change may be asked for twice [RS-1].
pub fn removing_what_is_not_there_is_no_error(open: Open<'_>) {
    let mut shelf = open().unwrap();
    shelf
        .write(&[removed("chat", "1"), put("chat", "2", b"hi")])
        .unwrap();
    assert_eq!(shelf.load().unwrap(), [record("chat", "2", b"hi")]);
}

/// The same key in two areas is two records [RS-1].
pub fn areas_do_not_mix(open: Open<'_>) {
    let mut shelf = open().unwrap();
    shelf
        .write(&[put("chat", "1", b"a"), put("mail", "1", b"b")])
        .unwrap();
    shelf.write(&[removed("chat", "1")]).unwrap();
    assert_eq!(shelf.load().unwrap(), [record("mail", "1", b"b")]);
}

/// Changes to one record within a batch follow one another [RS-1].
pub fn a_batch_is_carried_out_in_order(open: Open<'_>) {
    let mut shelf = open().unwrap();
    shelf
        .write(&[
            put("outbox", "1", b"a"),
            removed("outbox", "1"),
            put("outbox", "2", b"a"),
            put("outbox", "2", b"b"),
            removed("outbox", "3"),
            put("outbox", "3", b"c"),
        ])
        .unwrap();
    let expected = [record("outbox", "2", b"b"), record("outbox", "3", b"c")];
    assert_eq!(shelf.load().unwrap(), expected);
}

/// Writing nothing is no error [RS-1].
pub fn an_empty_batch_changes_nothing(open: Open<'_>) {
    let mut shelf = open().unwrap();
    shelf.write(&[put("chat", "1", b"a")]).unwrap();
    shelf.write(&[]).unwrap();
    assert_eq!(shelf.load().unwrap(), [record("chat", "1", b"a")]);
}

/// What was written survives the program [RS-11].
pub fn everything_is_there_after_reopening(open: Open<'_>) {
    let mut shelf = open().unwrap();
    shelf
        .write(&[put("outbox", "1", b"a"), put("outbox", "2", b"b")])
        .unwrap();
    shelf.write(&[removed("outbox", "1")]).unwrap();
    drop(shelf);
    assert_eq!(
        open().unwrap().load().unwrap(),
        [record("outbox", "2", b"b")]
    );
}

/// Empty is not absent [RS-1].
pub fn keys_and_values_may_be_empty(open: Open<'_>) {
    let mut shelf = open().unwrap();
    shelf
        .write(&[put("settings", "", b""), put("settings", "status", b"")])
        .unwrap();
    drop(shelf);
    let expected = [
        record("settings", "", b""),
        record("settings", "status", b""),
    ];
    assert_eq!(open().unwrap().load().unwrap(), expected);
}

/// A path or a name may hold anything, and is told from what looks like it [RS-16].
pub fn keys_come_back_as_they_were(open: Open<'_>) {
    let keys = [
        "a\0b",
        "a\0c",
        "a",
        "%_'\"\\",
        "e\u{301}",
        "é",
        "/ srv/ films\n",
    ];
    let mut shelf = open().unwrap();
    let batch: Vec<ShelfChange> = keys
        .iter()
        .map(|key| put("hashes", key, key.as_bytes()))
        .collect();
    shelf.write(&batch).unwrap();
    let found = shelf.load().unwrap();
    let mut expected: Vec<ShelfRecord> = keys
        .iter()
        .map(|key| record("hashes", key, key.as_bytes()))
        .collect();
    expected.sort();
    assert_eq!(found, expected);
}

/// A friend's list of files is megabytes [RS-18].
pub fn large_values_come_back_as_they_were(open: Open<'_>) {
    let large: Vec<u8> = (0..5_000_000_u32).map(|n| (n % 251) as u8).collect();
    let mut shelf = open().unwrap();
    shelf
        .write(&[put("lists", "1", &large), put("lists", "2", b"small")])
        .unwrap();
    drop(shelf);
    let found = open().unwrap().load().unwrap();
    assert_eq!(found.len(), 2);
    assert!(found[0].value == large, "5 MB are the same");
}

/// A library of hashes is one batch [RS-16].
pub fn many_records_come_back(open: Open<'_>) {
    let batch: Vec<ShelfChange> = (0..10_000)
        .map(|n| put("hashes", &format!("{n:05}"), b"hash"))
        .collect();
    let mut shelf = open().unwrap();
    shelf.write(&batch).unwrap();
    let found = shelf.load().unwrap();
    assert_eq!(found.len(), batch.len());
    assert_eq!(found[9_999], record("hashes", "09999", b"hash"));
}

/// Two programs would undo each other's records [RS-1].
pub fn a_second_opener_is_refused(open: Open<'_>) {
    let mut shelf = open().unwrap();
    assert!(matches!(open(), Err(StoreError::Locked(_))));
    shelf.write(&[put("chat", "1", b"a")]).unwrap();
    drop(shelf);
    assert_eq!(open().unwrap().load().unwrap().len(), 1);
}

fn put(area: &str, key: &str, value: &[u8]) -> ShelfChange {
    ShelfChange {
        area: area.into(),
        key: key.into(),
        value: Some(value.to_vec()),
    }
}

fn removed(area: &str, key: &str) -> ShelfChange {
    ShelfChange {
        area: area.into(),
        key: key.into(),
        value: None,
    }
}

fn record(area: &str, key: &str, value: &[u8]) -> ShelfRecord {
    ShelfRecord {
        area: area.into(),
        key: key.into(),
        value: value.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_behaviour_is_left_out_of_the_macro() {
        // [RS-1] A behaviour that is missing from the list would hold nobody to anything.
        let source = include_str!("contract.rs");
        let names: Vec<&str> = source
            .lines()
            .filter_map(|line| line.strip_prefix("pub fn ")?.split('(').next())
            .collect();
        assert!(names.len() > 10);
        for name in names {
            let listed = source.lines().any(|line| line.trim() == name);
            assert!(listed, "{name} is not in shelf_contract_tests!");
        }
    }
}
