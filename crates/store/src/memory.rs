//! The store without a disk: for tests, and for hubs that keep nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{Event, Letter, MessageId, RoomName, Timestamp, UserName};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{Account, Accounts, Journal, Mailbox, Reader, Store, StoreError, Write, search_words};

/// Everything in memory; clones share it, and each is a writer and a [`Reader`].
///
/// Keeps all the promises of [`Store`] but durability.
#[derive(Clone, Default)]
pub struct MemoryStore {
    // One std mutex suffices: no call holds it across a wait, and each holds it for a few tree
    // operations only (a search or a retention walks everything, on what fits in memory).
    state: Arc<Mutex<State>>,
}

impl MemoryStore {
    /// Makes the next `count` commits fail with [`StoreError::Failed`], keeping nothing: for tests
    /// of what the hub says then.
    pub fn fail_next_commits(&self, count: u32) {
        self.state().fail_next = count;
    }

    /// The wire that a message of the history came by.
    pub fn wire_of(&self, id: MessageId) -> Option<&'static str> {
        self.state().messages.get(&id).map(|kept| kept.wire)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing below panics between two changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn commit(&mut self, batch: &[Write]) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.fail_next > 0 {
            state.fail_next -= 1;
            return Err(StoreError::Failed("the test wants it to fail".into()));
        }
        state.check(batch)?;
        for write in batch {
            state.apply(write);
        }
        Ok(())
    }

    fn retain(
        &mut self,
        before: Option<Timestamp>,
        max_bytes: Option<u64>,
    ) -> Result<u64, StoreError> {
        let mut state = self.state();
        let mut removed = 0;
        if let Some(before) = before {
            let old = |(id, kept): (&MessageId, &Kept)| (kept.at() < before).then_some(*id);
            let old: Vec<MessageId> = state.messages.iter().filter_map(old).collect();
            removed += old.len() as u64;
            old.into_iter().for_each(|id| state.forget(id));
        }
        while max_bytes.is_some_and(|max| state.bytes > max) {
            let Some(oldest) = state.messages.keys().next().copied() else {
                break;
            };
            state.forget(oldest);
            removed += 1;
        }
        Ok(removed)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        Ok(Box::new(self.clone()))
    }
}

impl Journal for MemoryStore {
    fn last_id(&self) -> Result<MessageId, StoreError> {
        Ok(MessageId(self.state().last_id))
    }

    fn room_history(
        &self,
        room: &RoomName,
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let state = self.state();
        Ok(state.page(state.rooms.get(room), before, limit))
    }

    fn private_history(
        &self,
        one: &UserName,
        other: &UserName,
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let state = self.state();
        Ok(state.page(state.pairs.get(&pair(one, other)), before, limit))
    }

    fn search(&self, words: &str, limit: u32) -> Result<Vec<Event>, StoreError> {
        let wanted: Vec<Vec<String>> = search_words(words)
            .map(tokens)
            .filter(|word| !word.is_empty())
            .collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let holds_all = |kept: &&Kept| {
            let text = tokens(kept.text());
            let holds = |word: &Vec<String>| text.windows(word.len()).any(|part| part == word);
            wanted.iter().all(holds)
        };
        Ok(self
            .state()
            .messages
            .values()
            .rev()
            .filter(holds_all)
            .take(limit as usize)
            .map(|kept| kept.event.clone())
            .collect())
    }
}

impl Mailbox for MemoryStore {
    fn next_letter(
        &self,
        owner: &UserName,
        after: Option<MessageId>,
    ) -> Result<Option<Letter>, StoreError> {
        let state = self.state();
        let Some(mailbox) = state.mailboxes.get(owner) else {
            return Ok(None);
        };
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut later = mailbox.range((start, Bound::Unbounded));
        Ok(later.next().map(|(_, letter)| letter.clone()))
    }

    fn letters(&self, owner: &UserName) -> Result<u64, StoreError> {
        let state = self.state();
        Ok(state.mailboxes.get(owner).map_or(0, |m| m.len() as u64))
    }
}

impl Accounts for MemoryStore {
    fn generation(&self) -> Result<u64, StoreError> {
        Ok(self.state().generation)
    }

    fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        Ok(self.state().accounts.values().cloned().collect())
    }

    fn account(&self, name: &UserName) -> Result<Option<Account>, StoreError> {
        Ok(self.state().accounts.get(name).cloned())
    }
}

#[derive(Default)]
struct State {
    /// At least every key of `messages` and `owners`.
    last_id: u64,
    messages: BTreeMap<MessageId, Kept>,
    /// Each message is in one room or with one pair.
    rooms: BTreeMap<RoomName, BTreeSet<MessageId>>,
    pairs: BTreeMap<(UserName, UserName), BTreeSet<MessageId>>,
    /// The sum of the texts of `messages`.
    bytes: u64,
    /// Mailboxes of accounts only.
    mailboxes: BTreeMap<UserName, BTreeMap<MessageId, Letter>>,
    /// In whose mailbox a letter is.
    owners: BTreeMap<MessageId, UserName>,
    accounts: BTreeMap<UserName, Account>,
    generation: u64,
    fail_next: u32,
}

impl State {
    /// Whether the batch can be kept whole: no number of it is there already.
    fn check(&self, batch: &[Write]) -> Result<(), StoreError> {
        let mut messages = BTreeSet::new();
        let mut letters = BTreeSet::new();
        for write in batch {
            let (id, new) = match write {
                Write::Said(said, _) => (said.id, self.is_new(said.id, &mut messages)),
                Write::Told(told, _) => (told.id, self.is_new(told.id, &mut messages)),
                Write::Letter(letter) => {
                    let new = !self.owners.contains_key(&letter.id) && letters.insert(letter.id);
                    (letter.id, new)
                }
                Write::DropLetter(_) | Write::PutAccount(_) | Write::RemoveAccount(_) => continue,
            };
            if !new {
                let why = format!("there is a message {} already", id.0);
                return Err(StoreError::Failed(why.into()));
            }
        }
        Ok(())
    }

    fn is_new(&self, id: MessageId, batch: &mut BTreeSet<MessageId>) -> bool {
        !self.messages.contains_key(&id) && batch.insert(id)
    }

    fn apply(&mut self, write: &Write) {
        match write {
            Write::Said(said, wire) => {
                let place = self.rooms.entry(said.room.clone()).or_default();
                place.insert(said.id);
                self.keep(said.id, Event::Said(said.clone()), wire);
            }
            Write::Told(told, wire) => {
                let place = self.pairs.entry(pair(&told.from, &told.to)).or_default();
                place.insert(told.id);
                self.keep(told.id, Event::Told(told.clone()), wire);
            }
            Write::Letter(letter) => {
                self.last_id = self.last_id.max(letter.id.0);
                if self.accounts.contains_key(&letter.to) {
                    let mailbox = self.mailboxes.entry(letter.to.clone()).or_default();
                    mailbox.insert(letter.id, letter.clone());
                    self.owners.insert(letter.id, letter.to.clone());
                }
            }
            Write::DropLetter(id) => {
                let owner = self.owners.remove(id);
                if let Some(mailbox) = owner.and_then(|owner| self.mailboxes.get_mut(&owner)) {
                    mailbox.remove(id);
                }
            }
            Write::PutAccount(account) => {
                let mut account = account.clone();
                if let Some(present) = self.accounts.get(&account.name) {
                    account.created = present.created;
                }
                self.accounts.insert(account.name.clone(), account);
                self.generation += 1;
            }
            Write::RemoveAccount(name) => {
                if self.accounts.remove(name).is_some() {
                    self.generation += 1;
                }
                for id in self.mailboxes.remove(name).unwrap_or_default().keys() {
                    self.owners.remove(id);
                }
            }
        }
    }

    fn keep(&mut self, id: MessageId, event: Event, wire: &'static str) {
        let kept = Kept { event, wire };
        self.last_id = self.last_id.max(id.0);
        self.bytes += kept.text().len() as u64;
        self.messages.insert(id, kept);
    }

    fn forget(&mut self, id: MessageId) {
        let Some(kept) = self.messages.remove(&id) else {
            return;
        };
        self.bytes -= kept.text().len() as u64;
        match &kept.event {
            Event::Said(said) => forget_in(&mut self.rooms, &said.room, id),
            Event::Told(told) => forget_in(&mut self.pairs, &pair(&told.from, &told.to), id),
        }
    }

    fn page(
        &self,
        place: Option<&BTreeSet<MessageId>>,
        before: Option<MessageId>,
        limit: u32,
    ) -> Vec<Event> {
        let Some(place) = place else {
            return Vec::new();
        };
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let mut page: Vec<Event> = place
            .range((Bound::Unbounded, end))
            .rev()
            .take(limit as usize)
            .filter_map(|id| self.messages.get(id))
            .map(|kept| kept.event.clone())
            .collect();
        page.reverse();
        page
    }
}

/// A message of the history.
struct Kept {
    event: Event,
    wire: &'static str,
}

impl Kept {
    fn at(&self) -> Timestamp {
        match &self.event {
            Event::Said(said) => said.at,
            Event::Told(told) => told.at,
        }
    }

    fn text(&self) -> &str {
        match &self.event {
            Event::Said(said) => said.text.as_str(),
            Event::Told(told) => told.text.as_str(),
        }
    }
}

/// The two names in one order, whoever asks.
fn pair(one: &UserName, other: &UserName) -> (UserName, UserName) {
    let (low, high) = if one <= other {
        (one, other)
    } else {
        (other, one)
    };
    (low.clone(), high.clone())
}

fn forget_in<K: Ord>(places: &mut BTreeMap<K, BTreeSet<MessageId>>, key: &K, id: MessageId) {
    if let Some(ids) = places.get_mut(key) {
        ids.remove(&id);
        if ids.is_empty() {
            places.remove(key);
        }
    }
}

/// The words of a text without case and diacritics.
fn tokens(text: &str) -> Vec<String> {
    let plain: String = text.nfd().filter(|c| !is_combining_mark(*c)).collect();
    plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Said, SaidAs, Text};

    crate::contract_tests!(|| (MemoryStore::default(), ()));

    fn said(id: u64) -> Write {
        let said = Said {
            id: MessageId(id),
            at: Timestamp(1),
            from: UserName::parse("ana").unwrap(),
            room: RoomName::parse("lounge").unwrap(),
            text: Text::adapt("hello").unwrap(),
            manner: SaidAs::Post,
        };
        Write::Said(Arc::new(said), "cs494")
    }

    #[test]
    fn wanted_failures_keep_nothing_and_pass() {
        // [HUB-7]
        let mut store = MemoryStore::default();
        store.fail_next_commits(2);
        for _ in 0..2 {
            let failed = store.commit(&[said(1)]);
            assert!(matches!(failed, Err(StoreError::Failed(_))));
            assert_eq!(store.last_id().unwrap(), MessageId(0));
        }
        store.commit(&[said(1)]).unwrap();
        assert_eq!(store.last_id().unwrap(), MessageId(1));
    }

    #[test]
    fn clones_share_what_is_kept_with_its_wire() {
        // [HUB-6]
        let mut store = MemoryStore::default();
        let other = store.clone();
        store.commit(&[said(7)]).unwrap();
        assert_eq!(other.last_id().unwrap(), MessageId(7));
        assert_eq!(other.wire_of(MessageId(7)), Some("cs494"));
        assert_eq!(other.wire_of(MessageId(8)), None);
    }
}
