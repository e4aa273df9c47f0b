//! The hub's shared truth: who is here, which rooms are open, which files are on their way.
//!
//! Nothing happens here. [`Space::decide`] says what a command comes to without changing anything;
//! [`Space::fold`] applies one [`Change`] and cannot fail. Between the two the hub gives numbers,
//! stores what must be stored, and answers. Everything is bounded by [`Limits`].

mod decide;
mod people;
mod rooms;
mod transfers;

pub use decide::{Ask, Decision};
pub use people::{AccountEntry, Person};
pub use transfers::{ANSWER_SECONDS, DRAIN_SECONDS, TransferState};

use std::sync::Arc;
use std::time::Instant;

use model::{RoomKey, RoomName, SessionId, Transfer, TransferId, UserName};

use people::People;
use rooms::Rooms;
use transfers::Transfers;

/// How much of everything there may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// People present at once.
    pub users: usize,
    /// Rooms open at once.
    pub rooms: usize,
    /// Rooms that one person is in at once.
    pub rooms_per_user: usize,
    /// Members of one room.
    pub room_members: usize,
    /// Transfers that one person takes part in at once, as the one who offers.
    pub transfers_per_user: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            users: 10_000,
            rooms: 1_000,
            rooms_per_user: 100,
            room_members: 10_000,
            transfers_per_user: 16,
        }
    }
}

/// The rules about names [HUB-1] [HUB-2].
#[derive(Clone, Copy, Debug, Default)]
pub struct NameRules {
    /// Accounts' names are open to sessions that prove nothing.
    pub open_names: bool,
    /// Names that look alike may be online together.
    pub allow_confusables: bool,
}

/// Who is here, which rooms are open, which files are on their way.
#[derive(Debug)]
pub struct Space {
    limits: Limits,
    names: NameRules,
    people: People,
    rooms: Rooms,
    transfers: Transfers,
}

/// Something that has been decided and takes effect.
#[derive(Clone, Debug)]
pub enum Change {
    /// The session is this person now.
    SignedIn(SessionId, Person),
    /// The session is nobody now; it has left its rooms and transfers before.
    SignedOut(SessionId),
    /// The session is in the room now; the room is opened if need be.
    Joined(SessionId, RoomName),
    /// The session is no longer in the room; the room is closed if it was the last.
    Left(SessionId, RoomKey),
    /// Whether the session can be offered files.
    TakesFiles(SessionId, bool),
    /// A file is offered.
    Offered(Transfer, SessionId, SessionId),
    /// The receiver wants the file.
    Accepted(TransferId),
    /// So many bytes more went through.
    Progress(TransferId, u64),
    /// The transfer is over. With a time, its number rests until then and what the sender still
    /// sends under it is dropped [494-27]; so is an answer that comes too late.
    Ended(TransferId, Option<Instant>),
    /// The time of some resting numbers is over.
    Rested(Instant),
    /// All accounts as they are now.
    Accounts(Vec<AccountEntry>),
}

impl Space {
    /// An empty space.
    pub fn new(limits: Limits, names: NameRules) -> Self {
        Self {
            limits,
            names,
            people: People::default(),
            rooms: Rooms::default(),
            transfers: Transfers::default(),
        }
    }

    /// Applies what was decided.
    pub fn fold(&mut self, change: Change) {
        match change {
            Change::SignedIn(session, person) => self.people.enter(session, person),
            Change::SignedOut(session) => self.people.leave(session),
            Change::Joined(session, room) => {
                let key = self.rooms.join(session, room);
                self.people.joined(session, key);
            }
            Change::Left(session, room) => {
                self.rooms.leave(session, room);
                self.people.left(session, room);
            }
            Change::TakesFiles(session, takes) => self.people.set_takes_files(session, takes),
            Change::Offered(transfer, from, to) => self.transfers.offer(transfer, from, to),
            Change::Accepted(id) => self.transfers.accept(id),
            Change::Progress(id, bytes) => self.transfers.progress(id, bytes),
            Change::Ended(id, rest_until) => self.transfers.end(id, rest_until),
            Change::Rested(now) => self.transfers.rested(now),
            Change::Accounts(accounts) => self.people.set_accounts(accounts),
        }
        #[cfg(debug_assertions)]
        self.check_invariants();
    }

    /// The person that a session is.
    pub fn person(&self, session: SessionId) -> Option<&Person> {
        self.people.get(session)
    }

    /// The session that a name is present with.
    pub fn present(&self, name: &UserName) -> Option<SessionId> {
        self.people.present(name)
    }

    /// How many people are present.
    pub fn present_count(&self) -> usize {
        self.people.present_count()
    }

    /// The account of this name.
    pub fn account(&self, name: &UserName) -> Option<&AccountEntry> {
        self.people.account(name)
    }

    /// An open room by name.
    pub fn room(&self, name: &RoomName) -> Option<RoomKey> {
        self.rooms.key(name)
    }

    /// An open room's name.
    pub fn room_name(&self, room: RoomKey) -> Option<&RoomName> {
        self.rooms.name(room)
    }

    /// The members of a room, in the order they came; none if it is not open.
    pub fn members(&self, room: RoomKey) -> &[SessionId] {
        self.rooms.members(room)
    }

    /// The names of a room's members, in the order they came.
    pub fn member_names(&self, room: RoomKey) -> Arc<[UserName]> {
        let names = self.members(room).iter().filter_map(|&m| self.person(m));
        names.map(|person| person.name.clone()).collect()
    }

    /// The names of the open rooms, sorted.
    pub fn room_names(&self) -> Arc<[RoomName]> {
        self.rooms.names()
    }

    /// How many rooms are open.
    pub fn room_count(&self) -> usize {
        self.rooms.len()
    }

    /// A live transfer.
    pub fn transfer(&self, id: TransferId) -> Option<&TransferState> {
        self.transfers.get(id)
    }

    /// The live transfers that a session takes part in.
    pub fn transfers_of(&self, session: SessionId) -> Vec<TransferId> {
        self.transfers.of(session)
    }

    /// How many transfers are live.
    pub fn transfer_count(&self) -> usize {
        self.transfers.len()
    }

    /// When the first resting number may be used again; the time for [`Change::Rested`].
    pub fn next_rested(&self) -> Option<Instant> {
        self.transfers.next_rested()
    }

    /// What must always hold, looked at after every change in debug builds.
    #[cfg(debug_assertions)]
    fn check_invariants(&self) {
        // Whole-table checks are for small spaces: tests stay fast, and tests are small.
        const SMALL: usize = 64;
        if self.people.present_count() > SMALL || self.rooms.len() > SMALL {
            return;
        }
        for (key, room) in self.rooms.iter() {
            debug_assert!(!room.members.is_empty(), "an open room has a member");
            for &member in &room.members {
                let person = self.person(member);
                debug_assert!(
                    person.is_some_and(|p| p.rooms().contains(&key)),
                    "membership agrees"
                );
            }
        }
        for id in self.transfers.ids() {
            let Some(state) = self.transfers.get(id) else {
                continue;
            };
            debug_assert!(
                state.sent <= state.transfer.size,
                "no more bytes than announced"
            );
            debug_assert!(self.person(state.from).is_some() && self.person(state.to).is_some());
        }
    }
}
