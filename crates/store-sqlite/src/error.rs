//! What SQLite says, in the store's words.

use std::io;
use std::path::Path;

use rusqlite::{Error, ErrorCode, ffi};
use store::StoreError;

use crate::DATABASE;

/// Tells damage of the hub's database from failure.
pub(crate) fn failed(error: Error) -> StoreError {
    failed_in(DATABASE, error)
}

/// The same for a file of another name.
pub(crate) fn failed_in(file: &str, error: Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt) => {
            return StoreError::Damaged(format!("{file} does not hold together ({error})"));
        }
        Some(ErrorCode::NotADatabase) => {
            return StoreError::Damaged(format!("{file} is not a database"));
        }
        Some(ErrorCode::DiskFull) => return StoreError::Full(file.to_owned()),
        _ => {}
    }
    // The memory that connections share is a file as well, and the first that finds no room.
    if error.sqlite_error().map(|error| error.extended_code) == Some(ffi::SQLITE_IOERR_SHMSIZE) {
        return StoreError::Full(file.to_owned());
    }
    match error {
        Error::FromSqlConversionFailure(_, _, why) => {
            StoreError::Damaged(format!("{file} holds what it may not: {why}"))
        }
        Error::InvalidColumnType(_, column, found) => {
            StoreError::Damaged(format!("{file} holds what it may not: {found} as {column}"))
        }
        Error::IntegralValueOutOfRange(_, number) => {
            StoreError::Damaged(format!("{file} holds what it may not: {number}"))
        }
        other => StoreError::Failed(Box::new(other)),
    }
}

/// A file of the store that cannot be used.
pub(crate) fn on_file(path: &Path, error: &io::Error) -> StoreError {
    let named = io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    StoreError::Failed(Box::new(named))
}

/// A database of the right version without what that version has.
pub(crate) fn incomplete(file: &str) -> StoreError {
    StoreError::Damaged(format!("{file} lacks tables of its version"))
}

/// A table or column is not there (SQLite has one code for all that is wrong with a statement).
pub(crate) fn is_about_schema(error: &Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_called_so() {
        let database = rusqlite::Connection::open_in_memory().unwrap();
        database.pragma_update(None, "max_page_count", 2).unwrap();
        let full = database
            .execute_batch("CREATE TABLE a (b); INSERT INTO a VALUES (zeroblob(100000))")
            .unwrap_err();
        let error = failed_in("friends.db", full);
        assert!(matches!(error, StoreError::Full(_)), "{error:?}");
        assert_eq!(
            error.to_string(),
            "there is no room left on the disk for friends.db"
        );
        let shared = Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR_SHMSIZE), None);
        assert!(matches!(failed(shared), StoreError::Full(_)));
        let other = Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR_READ), None);
        assert!(matches!(failed(other), StoreError::Failed(_)));
    }
}
