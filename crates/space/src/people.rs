//! Who is here, and whose names are reserved.

use std::collections::HashMap;

use model::{Alias, RoomKey, SessionId, UserName};

/// What wires with short names can carry: cp's 10 bytes without `:`; longer names get an alias.
const SHORT_NAME_BYTES: usize = 10;

/// A session that has a name.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name.
    pub name: UserName,
    /// The session has shown that the name's account is its own.
    pub proven: bool,
    /// The session is present: it has the name for itself and hears what it is sent. A mailbox
    /// session (cp) is not.
    pub present: bool,
    takes_files: bool,
    rooms: Vec<RoomKey>,
}

impl Person {
    /// A person who is in no room yet.
    pub fn new(name: UserName, proven: bool, present: bool) -> Self {
        Self {
            name,
            proven,
            present,
            takes_files: true,
            rooms: Vec::new(),
        }
    }

    /// The rooms the person is in, in the order they were entered.
    pub fn rooms(&self) -> &[RoomKey] {
        &self.rooms
    }

    /// Whether the session can be offered files.
    pub fn takes_files(&self) -> bool {
        self.takes_files
    }
}

/// What the space knows of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountEntry {
    /// Its name.
    pub name: UserName,
    /// SHA-256 of the client certificate that proves it, if one does.
    pub certificate: Option<[u8; 32]>,
}

#[derive(Debug, Default)]
pub(crate) struct People {
    /// By the session's slot. Boxed: most slots of a busy table are other sessions' or empty.
    by_slot: Vec<Option<(SessionId, Box<Person>)>>,
    present: HashMap<UserName, SessionId>,
    /// Case-folded names of those present → how many.
    folds: HashMap<Box<str>, u32>,
    aliases: HashMap<Alias, UserName>,
    accounts: HashMap<UserName, AccountEntry>,
    account_folds: HashMap<Box<str>, UserName>,
}

impl People {
    pub(crate) fn get(&self, session: SessionId) -> Option<&Person> {
        match self.by_slot.get(session.slot()) {
            Some(Some((owner, person))) if *owner == session => Some(person),
            _ => None,
        }
    }

    fn get_mut(&mut self, session: SessionId) -> Option<&mut Person> {
        match self.by_slot.get_mut(session.slot()) {
            Some(Some((owner, person))) if *owner == session => Some(person),
            _ => None,
        }
    }

    pub(crate) fn present(&self, name: &UserName) -> Option<SessionId> {
        self.present.get(name).copied()
    }

    pub(crate) fn present_count(&self) -> usize {
        self.present.len()
    }

    pub(crate) fn account(&self, name: &UserName) -> Option<&AccountEntry> {
        self.accounts.get(name)
    }

    /// Whether somebody present has a name that is equal to `name` after case folding.
    pub(crate) fn is_confusable(&self, name: &UserName) -> bool {
        self.folds.contains_key(name.fold().as_str())
    }

    /// The account whose name is equal to `name` after case folding.
    pub(crate) fn confusable_account(&self, name: &UserName) -> Option<&UserName> {
        self.account_folds.get(name.fold().as_str())
    }

    /// Whom an alias stands for: an account first, else somebody present.
    pub(crate) fn behind(&self, alias: &Alias) -> Option<&UserName> {
        self.aliases.get(alias)
    }

    pub(crate) fn enter(&mut self, session: SessionId, person: Person) {
        if person.present {
            self.present.insert(person.name.clone(), session);
            *self
                .folds
                .entry(person.name.fold().into_boxed_str())
                .or_default() += 1;
            if needs_alias(&person.name) {
                self.aliases
                    .entry(person.name.alias())
                    .or_insert_with(|| person.name.clone());
            }
        }
        let slot = session.slot();
        if self.by_slot.len() <= slot {
            self.by_slot.resize_with(slot + 1, || None);
        }
        self.by_slot[slot] = Some((session, Box::new(person)));
    }

    pub(crate) fn leave(&mut self, session: SessionId) {
        if self.get(session).is_none() {
            return;
        }
        let Some((_, person)) = self.by_slot[session.slot()].take() else {
            return;
        };
        if !person.present {
            return;
        }
        self.present.remove(&person.name);
        let fold = person.name.fold();
        if let Some(count) = self.folds.get_mut(fold.as_str()) {
            *count -= 1;
            if *count == 0 {
                self.folds.remove(fold.as_str());
            }
        }
        if needs_alias(&person.name) && !self.accounts.contains_key(&person.name) {
            let alias = person.name.alias();
            if self.aliases.get(&alias) == Some(&person.name) {
                self.aliases.remove(&alias);
            }
        }
    }

    pub(crate) fn joined(&mut self, session: SessionId, room: RoomKey) {
        if let Some(person) = self.get_mut(session)
            && !person.rooms.contains(&room)
        {
            person.rooms.push(room);
        }
    }

    pub(crate) fn left(&mut self, session: SessionId, room: RoomKey) {
        if let Some(person) = self.get_mut(session) {
            person.rooms.retain(|&r| r != room);
        }
    }

    pub(crate) fn set_takes_files(&mut self, session: SessionId, takes: bool) {
        if let Some(person) = self.get_mut(session) {
            person.takes_files = takes;
        }
    }

    pub(crate) fn set_accounts(&mut self, accounts: Vec<AccountEntry>) {
        self.accounts.clear();
        self.account_folds.clear();
        self.aliases.clear();
        for (_, person) in self.by_slot.iter().flatten() {
            if person.present && needs_alias(&person.name) {
                self.aliases
                    .insert(person.name.alias(), person.name.clone());
            }
        }
        for account in accounts {
            if needs_alias(&account.name) {
                self.aliases
                    .insert(account.name.alias(), account.name.clone());
            }
            self.account_folds
                .insert(account.name.fold().into_boxed_str(), account.name.clone());
            self.accounts.insert(account.name.clone(), account);
        }
        // Who lost the account has nothing to prove any more.
        for (_, person) in self.by_slot.iter_mut().flatten() {
            person.proven &= self.accounts.contains_key(&person.name);
        }
    }
}

fn needs_alias(name: &UserName) -> bool {
    name.as_str().len() > SHORT_NAME_BYTES || name.as_str().contains(':')
}
