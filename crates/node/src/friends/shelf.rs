//! The node's records as a store keeps them.

use friends::kept::{Area, Change, Record};
use store::{ShelfChange, ShelfRecord};

/// What the node understands of what was kept. An area that it does not know is a newer program's: its
/// records stay where they are.
pub(super) fn records(kept: Vec<ShelfRecord>) -> Vec<Record> {
    let known = |record: ShelfRecord| {
        Some(Record {
            area: area(&record.area)?,
            key: record.key,
            value: record.value,
        })
    };
    kept.into_iter().filter_map(known).collect()
}

/// Changes as the store takes them.
pub(super) fn changes(changes: Vec<Change>) -> Vec<ShelfChange> {
    let change = |change: Change| ShelfChange {
        area: change.area.as_str().to_owned(),
        key: change.key,
        value: change.value,
    };
    changes.into_iter().map(change).collect()
}

fn area(name: &str) -> Option<Area> {
    Area::ALL.into_iter().find(|area| area.as_str() == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::{MemoryPlace, Shelf};

    #[test]
    fn every_area_comes_back_as_it_was_kept() {
        // [RS-1]
        let place = MemoryPlace::default();
        let mut shelf = place.open().unwrap();
        let kept: Vec<Change> = Area::ALL
            .into_iter()
            .map(|area| Change {
                area,
                key: "key".into(),
                value: Some(area.as_str().as_bytes().to_vec()),
            })
            .collect();
        shelf.write(&changes(kept)).unwrap();
        let found = records(shelf.load().unwrap());
        assert_eq!(found.len(), Area::ALL.len());
        for record in found {
            assert_eq!(record.key, "key");
            assert_eq!(record.value, record.area.as_str().as_bytes());
        }
    }

    #[test]
    fn a_newer_programs_records_are_left_alone() {
        // [RS-1]
        let place = MemoryPlace::default();
        let mut shelf = place.open().unwrap();
        let newer = ShelfChange {
            area: "holograms".into(),
            key: "1".into(),
            value: Some(b"?".to_vec()),
        };
        shelf.write(&[newer]).unwrap();
        assert_eq!(records(shelf.load().unwrap()), []);
        let removal = Change {
            area: Area::Chat,
            key: "1".into(),
            value: None,
        };
        shelf.write(&changes(vec![removal])).unwrap();
        let left = shelf.load().unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].area, "holograms");
    }
}
