//! Records in areas: what a node keeps over a restart, without the store understanding it.

#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod memory;

pub use memory::{MemoryPlace, MemoryShelf};

use crate::StoreError;

/// Keeps records; opened by one process at a time.
pub trait Shelf: Send {
    /// All records, in the order of their areas and keys.
    ///
    /// # Errors
    /// [`StoreError`].
    fn load(&mut self) -> Result<Vec<ShelfRecord>, StoreError>;

    /// Carries out all changes in order, or none; when it returns `Ok` they survive the death of the
    /// process and of the machine.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was changed.
    fn write(&mut self, changes: &[ShelfChange]) -> Result<(), StoreError>;
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShelfRecord {
    /// Whose it is; a short word.
    pub area: String,
    /// Its key within the area.
    pub key: String,
    /// What is kept.
    pub value: Vec<u8>,
}

/// One change; a value of `None` removes the record, which need not be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShelfChange {
    /// Whose record.
    pub area: String,
    /// Its key.
    pub key: String,
    /// What is kept from now on.
    pub value: Option<Vec<u8>>,
}
