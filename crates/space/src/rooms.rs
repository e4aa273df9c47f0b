//! Which rooms are open, and who is in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{RoomKey, RoomName, SessionId};

#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) name: RoomName,
    /// In the order they came; never empty.
    pub(crate) members: Vec<SessionId>,
}

#[derive(Debug, Default)]
pub(crate) struct Rooms {
    by_key: Vec<Option<Room>>,
    free: Vec<RoomKey>,
    by_name: BTreeMap<RoomName, RoomKey>,
}

impl Rooms {
    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    pub(crate) fn key(&self, name: &RoomName) -> Option<RoomKey> {
        self.by_name.get(name).copied()
    }

    fn get(&self, key: RoomKey) -> Option<&Room> {
        self.by_key.get(key.0 as usize)?.as_ref()
    }

    pub(crate) fn name(&self, key: RoomKey) -> Option<&RoomName> {
        self.get(key).map(|room| &room.name)
    }

    pub(crate) fn members(&self, key: RoomKey) -> &[SessionId] {
        self.get(key).map_or(&[], |room| &room.members)
    }

    pub(crate) fn names(&self) -> Arc<[RoomName]> {
        self.by_name.keys().cloned().collect()
    }

    #[cfg(debug_assertions)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (RoomKey, &Room)> {
        self.by_name
            .values()
            .filter_map(|&key| Some((key, self.get(key)?)))
    }

    pub(crate) fn join(&mut self, session: SessionId, name: RoomName) -> RoomKey {
        if let Some(key) = self.key(&name) {
            if let Some(Some(room)) = self.by_key.get_mut(key.0 as usize)
                && !room.members.contains(&session)
            {
                room.members.push(session);
            }
            return key;
        }
        let room = Room {
            name: name.clone(),
            members: vec![session],
        };
        let key = match self.free.pop() {
            Some(key) => {
                self.by_key[key.0 as usize] = Some(room);
                key
            }
            None => {
                self.by_key.push(Some(room));
                // Rooms are limited far below 2³².
                RoomKey(u32::try_from(self.by_key.len() - 1).unwrap_or(u32::MAX))
            }
        };
        self.by_name.insert(name, key);
        key
    }

    pub(crate) fn leave(&mut self, session: SessionId, key: RoomKey) {
        let Some(slot) = self.by_key.get_mut(key.0 as usize) else {
            return;
        };
        let Some(room) = slot else { return };
        // The order of the others is what their listings show: keep it.
        room.members.retain(|&m| m != session);
        if room.members.is_empty() {
            self.by_name.remove(&room.name);
            *slot = None;
            self.free.push(key);
        }
    }
}
