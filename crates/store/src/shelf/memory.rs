//! A shelf without a disk, for tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Shelf, ShelfChange, ShelfRecord, StoreError};

/// Where [`MemoryShelf`]s are opened: it outlives them as a file would, so that a test can start a
/// node again. Clones are the same place.
#[derive(Clone, Debug, Default)]
pub struct MemoryPlace {
    // A std mutex suffices: each call holds it for some tree operations and waits for nothing.
    state: Arc<Mutex<State>>,
}

impl MemoryPlace {
    /// Opens the shelf.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another one is open.
    pub fn open(&self) -> Result<MemoryShelf, StoreError> {
        let mut state = self.state();
        if state.is_open {
            return Err(StoreError::Locked("memory".into()));
        }
        state.is_open = true;
        Ok(MemoryShelf(self.clone()))
    }

    /// Makes the next `count` writes fail with [`StoreError::Failed`], keeping nothing.
    pub fn fail_next_writes(&self, count: u32) {
        self.state().fail_next = count;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing below panics between two changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The shelf in a [`MemoryPlace`]; the place is free again when it is dropped.
#[derive(Debug)]
pub struct MemoryShelf(MemoryPlace);

impl Shelf for MemoryShelf {
    fn load(&mut self) -> Result<Vec<ShelfRecord>, StoreError> {
        let state = self.0.state();
        let record = |((area, key), value): (&(String, String), &Vec<u8>)| ShelfRecord {
            area: area.clone(),
            key: key.clone(),
            value: value.clone(),
        };
        Ok(state.records.iter().map(record).collect())
    }

    fn write(&mut self, changes: &[ShelfChange]) -> Result<(), StoreError> {
        let mut state = self.0.state();
        if state.fail_next > 0 {
            state.fail_next -= 1;
            return Err(StoreError::Failed("the test wants it to fail".into()));
        }
        for change in changes {
            let place = (change.area.clone(), change.key.clone());
            match &change.value {
                Some(value) => state.records.insert(place, value.clone()),
                None => state.records.remove(&place),
            };
        }
        Ok(())
    }
}

impl Drop for MemoryShelf {
    fn drop(&mut self) {
        self.0.state().is_open = false;
    }
}

#[derive(Debug, Default)]
struct State {
    /// By area and key.
    records: BTreeMap<(String, String), Vec<u8>>,
    is_open: bool,
    fail_next: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::shelf_contract_tests!(|| {
        let place = MemoryPlace::default();
        let open = move || place.open().map(|shelf| Box::new(shelf) as Box<dyn Shelf>);
        (open, ())
    });

    #[test]
    fn wanted_failures_keep_nothing_and_pass() {
        // [RS-1]
        let place = MemoryPlace::default();
        let mut shelf = place.open().unwrap();
        let change = ShelfChange {
            area: "chat".into(),
            key: "1".into(),
            value: Some(b"hi".to_vec()),
        };
        place.fail_next_writes(1);
        let failed = shelf.write(std::slice::from_ref(&change));
        assert!(matches!(failed, Err(StoreError::Failed(_))));
        assert_eq!(shelf.load().unwrap(), []);
        shelf.write(&[change]).unwrap();
        assert_eq!(shelf.load().unwrap().len(), 1);
    }
}
