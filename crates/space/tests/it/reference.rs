//! The hub's rules once more, as the pages have them and as simply as can be: lists that are
//! searched from end to end, no index, no key, nothing kept that can be looked up.

use std::time::{Duration, Instant};

use model::{
    Claim, MAX_FILE_SIZE, Place, Recipient, Refusal, RoomName, SessionId, TransferId, UserName,
};
use space::{Limits, NameRules};

use crate::driver::{Answer, Wish};

/// Names that people would take for one another [HUB-1], by hand: no code decides it here.
const LOOK_ALIKES: [&[&str]; 3] = [
    &["ana", "Ana", "ANA"],
    &["straße", "STRASSE", "strasse"],
    &["Amélie", "amélie"],
];

/// A mistake for the model to make, to see that it is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    MembersInTheOrderOfNames,
    NamesOfAccountsAreFree,
    LookAlikesAreFree,
    OneMemberTooMany,
    JoinsAreNotAllOrNothing,
    NumbersDoNotRest,
    LettersGoToWhoeverHasTheName,
    AnEarlyEndIsAnEnd,
    RemovedAccountsStillProve,
}

pub(crate) struct Person {
    pub(crate) session: SessionId,
    pub(crate) name: UserName,
    pub(crate) proven: bool,
    pub(crate) present: bool,
    pub(crate) takes_files: bool,
    /// In the order they were entered.
    pub(crate) rooms: Vec<RoomName>,
}

pub(crate) struct Live {
    pub(crate) id: TransferId,
    pub(crate) from: SessionId,
    pub(crate) to: SessionId,
    pub(crate) names: (UserName, UserName),
    pub(crate) size: u64,
    pub(crate) accepted: bool,
    pub(crate) sent: u64,
}

struct Resting {
    id: TransferId,
    /// Whose bytes, or whose answer, may still be under way.
    whose: SessionId,
    was_accepted: bool,
    until: Instant,
}

pub(crate) struct Reference {
    limits: Limits,
    rules: NameRules,
    mistake: Option<Mistake>,
    pub(crate) people: Vec<Person>,
    /// Who is in it, in the order they came; empty ones are taken away.
    pub(crate) rooms: Vec<(RoomName, Vec<SessionId>)>,
    pub(crate) live: Vec<Live>,
    resting: Vec<Resting>,
    pub(crate) accounts: Vec<UserName>,
    now: Instant,
}

impl Reference {
    pub(crate) fn new(
        limits: Limits,
        rules: NameRules,
        now: Instant,
        mistake: Option<Mistake>,
    ) -> Self {
        Self {
            limits,
            rules,
            mistake,
            people: Vec::new(),
            rooms: Vec::new(),
            live: Vec::new(),
            resting: Vec::new(),
            accounts: Vec::new(),
            now,
        }
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    pub(crate) fn person(&self, session: SessionId) -> Option<&Person> {
        self.people.iter().find(|person| person.session == session)
    }

    pub(crate) fn present(&self, name: &UserName) -> Option<&Person> {
        let is = |person: &&Person| person.present && person.name == *name;
        self.people.iter().find(is)
    }

    pub(crate) fn present_count(&self) -> usize {
        self.people.iter().filter(|person| person.present).count()
    }

    pub(crate) fn members(&self, name: &RoomName) -> Option<&Vec<SessionId>> {
        let room = self.rooms.iter().find(|(room, _)| room == name);
        room.map(|(_, members)| members)
    }

    pub(crate) fn next_rested(&self) -> Option<Instant> {
        self.resting.iter().map(|resting| resting.until).min()
    }

    pub(crate) fn transfers_of(&self, session: SessionId) -> Vec<TransferId> {
        let mine = |live: &&Live| live.from == session || live.to == session;
        let mut ids: Vec<_> = self.live.iter().filter(mine).map(|live| live.id).collect();
        ids.sort();
        ids
    }

    pub(crate) fn set_accounts(&mut self, accounts: &[UserName]) {
        self.accounts = accounts.to_vec();
        if self.makes(Mistake::RemovedAccountsStillProve) {
            return;
        }
        for person in &mut self.people {
            person.proven = person.proven && self.accounts.contains(&person.name);
        }
    }

    pub(crate) fn set_takes_files(&mut self, session: SessionId, takes: bool) {
        for person in &mut self.people {
            if person.session == session {
                person.takes_files = takes;
            }
        }
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += time;
        let now = self.now;
        self.resting.retain(|resting| resting.until > now);
    }

    /// What must come of `wish`. `number` is the one that the space gave to an offer: which it is
    /// is its own business, but for it to be free.
    pub(crate) fn wish(
        &mut self,
        session: SessionId,
        wish: &Wish,
        number: Option<TransferId>,
    ) -> Result<Answer, Refusal> {
        match wish {
            Wish::SignIn { name, proven } => return self.sign_in(session, name, *proven),
            Wish::OpenMailbox { name } => return self.open_mailbox(session, name),
            _ => {}
        }
        let Some(me) = self.person(session) else {
            return Err(Refusal::NotSignedIn);
        };
        let (my_rooms, proven) = (me.rooms.clone(), me.proven);
        let my_name = me.name.clone();
        if !me.present && !matches!(wish, Wish::Mail(_) | Wish::Mailbox | Wish::SignOut) {
            return Err(Refusal::NotPossible);
        }
        match wish {
            Wish::SignIn { .. } | Wish::OpenMailbox { .. } => unreachable!("above"),
            Wish::SignOut => {
                self.sign_out(session);
                Ok(Answer::Done)
            }
            Wish::Join(rooms) => self.join(session, rooms),
            Wish::Leave(rooms) => {
                for room in rooms {
                    self.must_be_open(room)?;
                    if !my_rooms.contains(room) {
                        return Err(Refusal::NotMember(room.clone()));
                    }
                }
                let rooms = each_once(rooms);
                for room in &rooms {
                    self.leave(session, room);
                }
                Ok(Answer::Rooms(rooms))
            }
            Wish::ListMembers(room) => {
                self.must_be_open(room)?;
                Ok(Answer::Rooms(vec![room.clone()]))
            }
            Wish::Post {
                rooms,
                from_outside,
            } => {
                for room in rooms {
                    self.must_be_open(room)?;
                }
                let mut heard = each_once(rooms);
                heard.retain(|room| *from_outside || my_rooms.contains(room));
                match rooms.first() {
                    Some(first) if heard.is_empty() => Err(Refusal::NotMember(first.clone())),
                    _ => Ok(Answer::Rooms(heard)),
                }
            }
            Wish::PostEverywhere => Ok(Answer::Rooms(my_rooms)),
            Wish::Tell(to) => {
                // [HUB-4]: where they are; else the mailbox; else not there.
                let name = self.whom(to)?;
                if let Some(there) = self.present(&name) {
                    let to = there.session;
                    return Ok(Answer::Delivered { to, name });
                }
                if self.accounts.contains(&name) {
                    return Ok(Answer::Kept {
                        account: name,
                        also: None,
                    });
                }
                Err(Refusal::NoSuchUser(name.to_string()))
            }
            Wish::Mail(to) => {
                // [CP-14] [HUB-2]: an account's letters are for who has proved it.
                let name = self.whom(to)?;
                let there = self.present(&name);
                if self.accounts.contains(&name) {
                    let anybody = self.makes(Mistake::LettersGoToWhoeverHasTheName);
                    let also = there.filter(|there| there.proven || anybody);
                    return Ok(Answer::Kept {
                        also: also.map(|there| there.session),
                        account: name,
                    });
                }
                match there {
                    Some(there) => Ok(Answer::Delivered {
                        to: there.session,
                        name,
                    }),
                    None => Err(Refusal::NoSuchUser(name.to_string())),
                }
            }
            Wish::History(Place::Room(room)) => {
                self.must_be_open(room)?;
                match my_rooms.contains(room) {
                    true => Ok(Answer::Done),
                    false => Err(Refusal::NotMember(room.clone())),
                }
            }
            // [594-25]: only mine; an account's are its owner's [HUB-2].
            Wish::History(Place::Person(_)) => match self.accounts.contains(&my_name) && !proven {
                true => Err(Refusal::NotPossible),
                false => Ok(Answer::Done),
            },
            Wish::Offer { to, size } => self.offer(session, to, *size, number),
            Wish::Answer { claim, accept } => self.answer(session, claim, *accept),
            Wish::Segment { id, bytes, last } => self.segment(session, *id, *bytes, *last),
            Wish::Cancel(id) => {
                let Some(live) = self.live.iter().find(|live| live.id == *id) else {
                    return Err(Refusal::NoSuchTransfer);
                };
                let other = match session {
                    me if me == live.from => live.to,
                    me if me == live.to => live.from,
                    _ => return Err(Refusal::NoSuchTransfer),
                };
                self.end(*id, session);
                Ok(Answer::Ended { other })
            }
            Wish::Mailbox => match proven {
                true => Ok(Answer::Done),
                false => Err(Refusal::NotPossible),
            },
        }
    }

    fn sign_in(
        &mut self,
        session: SessionId,
        name: &UserName,
        proven: bool,
    ) -> Result<Answer, Refusal> {
        if self.person(session).is_some() {
            return Err(Refusal::AlreadySignedIn);
        }
        let mut others = self.people.iter().filter(|person| person.present);
        if others.any(|other| self.is_taken_for(&other.name, name)) {
            return Err(Refusal::NameInUse(name.clone()));
        }
        let reserved = self.accounts.iter().any(|a| self.is_taken_for(a, name));
        let free = proven || self.rules.open_names || self.makes(Mistake::NamesOfAccountsAreFree);
        if reserved && !free {
            return Err(Refusal::NameReserved(name.clone()));
        }
        if self.present_count() >= self.limits.users {
            return Err(Refusal::HubFull);
        }
        self.enter(session, name, proven, true);
        Ok(Answer::Done)
    }

    fn open_mailbox(&mut self, session: SessionId, name: &UserName) -> Result<Answer, Refusal> {
        if self.person(session).is_some() {
            return Err(Refusal::AlreadySignedIn);
        }
        self.enter(session, name, true, false);
        Ok(Answer::Done)
    }

    fn enter(&mut self, session: SessionId, name: &UserName, proven: bool, present: bool) {
        self.people.push(Person {
            session,
            name: name.clone(),
            proven,
            present,
            takes_files: true,
            rooms: Vec::new(),
        });
    }

    /// Whether somebody of one name cannot be here with somebody of the other.
    fn is_taken_for(&self, one: &UserName, other: &UserName) -> bool {
        let alike =
            |group: &&[&str]| group.contains(&one.as_str()) && group.contains(&other.as_str());
        let told_apart = self.rules.allow_confusables || self.makes(Mistake::LookAlikesAreFree);
        one == other || (!told_apart && LOOK_ALIKES.iter().any(alike))
    }

    fn sign_out(&mut self, session: SessionId) {
        for id in self.transfers_of(session) {
            self.end(id, session);
        }
        let rooms = self.person(session).unwrap().rooms.clone();
        for room in &rooms {
            self.leave(session, room);
        }
        self.people.retain(|person| person.session != session);
    }

    fn must_be_open(&self, room: &RoomName) -> Result<(), Refusal> {
        match self.members(room) {
            Some(_) => Ok(()),
            None => Err(Refusal::NoSuchRoom(room.clone())),
        }
    }

    fn join(&mut self, session: SessionId, rooms: &[RoomName]) -> Result<Answer, Refusal> {
        let rooms = each_once(rooms);
        let mine = self.person(session).unwrap().rooms.clone();
        let mut joined = Vec::new();
        // Tried one after another; whoever is refused has joined none.
        let mut new = 0;
        let mut opened = 0;
        for room in &rooms {
            let already = mine.contains(room);
            joined.push((room.clone(), already));
            if already {
                continue;
            }
            let extra = usize::from(self.makes(Mistake::OneMemberTooMany));
            match self.members(room) {
                Some(members) if members.len() >= self.limits.room_members + extra => {
                    return Err(Refusal::RoomFull(room.clone()));
                }
                Some(_) => {}
                None => opened += 1,
            }
            new += 1;
            if mine.len() + new > self.limits.rooms_per_user
                || self.rooms.len() + opened > self.limits.rooms
            {
                if self.makes(Mistake::JoinsAreNotAllOrNothing) {
                    joined.pop();
                    self.enter_rooms(session, &joined);
                }
                return Err(Refusal::TooManyRooms);
            }
        }
        self.enter_rooms(session, &joined);
        Ok(Answer::Joined(joined))
    }

    fn enter_rooms(&mut self, session: SessionId, joined: &[(RoomName, bool)]) {
        for (room, already) in joined {
            if *already {
                continue;
            }
            match self.rooms.iter_mut().find(|(name, _)| name == room) {
                Some((_, members)) => members.push(session),
                None => self.rooms.push((room.clone(), vec![session])),
            }
            let me = self.people.iter_mut().find(|p| p.session == session);
            me.unwrap().rooms.push(room.clone());
            if self.makes(Mistake::MembersInTheOrderOfNames) {
                self.sort_members(room);
            }
        }
    }

    fn sort_members(&mut self, room: &RoomName) {
        let names: Vec<_> = self
            .people
            .iter()
            .map(|person| (person.session, person.name.clone()))
            .collect();
        let name_of = |session: &SessionId| {
            let found = names.iter().find(|(s, _)| s == session);
            found.map(|(_, name)| name.clone())
        };
        for (name, members) in &mut self.rooms {
            if name == room {
                members.sort_by_key(name_of);
            }
        }
    }

    fn leave(&mut self, session: SessionId, room: &RoomName) {
        for (name, members) in &mut self.rooms {
            if name == room {
                members.retain(|member| *member != session);
            }
        }
        self.rooms.retain(|(_, members)| !members.is_empty());
        for person in &mut self.people {
            if person.session == session {
                person.rooms.retain(|name| name != room);
            }
        }
    }

    /// [CP-15]: an alias stands for an account first, else for somebody present.
    fn whom(&self, to: &Recipient) -> Result<UserName, Refusal> {
        let alias = match to {
            Recipient::Name(name) => return Ok(name.clone()),
            Recipient::Alias(alias) => alias,
        };
        let present = self.people.iter().filter(|person| person.present);
        let mut known = self
            .accounts
            .iter()
            .chain(present.map(|person| &person.name));
        let stands = |name: &&UserName| {
            let fits = name.as_str().len() <= 10 && !name.as_str().contains(':');
            !fits && name.alias() == *alias
        };
        match known.find(stands) {
            Some(name) => Ok(name.clone()),
            None => Err(Refusal::NoSuchUser(alias.to_string())),
        }
    }

    fn offer(
        &mut self,
        session: SessionId,
        to: &UserName,
        size: u64,
        number: Option<TransferId>,
    ) -> Result<Answer, Refusal> {
        let Some(there) = self.present(to) else {
            return Err(Refusal::NoSuchUser(to.to_string()));
        };
        let receiver = there.session;
        if !there.takes_files {
            return Err(Refusal::TakesNoFiles(to.clone()));
        }
        if !(1..=MAX_FILE_SIZE).contains(&size) {
            return Err(Refusal::FileSize);
        }
        let mine = self.live.iter().filter(|live| live.from == session);
        if mine.count() >= self.limits.transfers_per_user {
            return Err(Refusal::TooManyTransfers);
        }
        let id = number.expect("an offer that stands has a number");
        assert!(
            self.live.iter().all(|live| live.id != id)
                && self.resting.iter().all(|resting| resting.id != id),
            "{id:?} is not free"
        );
        let me = self.person(session).unwrap();
        self.live.push(Live {
            id,
            from: session,
            to: receiver,
            names: (me.name.clone(), to.clone()),
            size,
            accepted: false,
            sent: 0,
        });
        Ok(Answer::Offered { id, to: receiver })
    }

    /// [494-23]
    fn answer(
        &mut self,
        session: SessionId,
        claim: &Claim,
        accept: bool,
    ) -> Result<Answer, Refusal> {
        if self.is_awaited(claim.id, session, false) {
            return Ok(Answer::Dropped);
        }
        let found = self.live.iter_mut().find(|live| live.id == claim.id);
        let Some(live) = found.filter(|live| live.to == session) else {
            return Err(Refusal::NoSuchTransfer);
        };
        let names = (live.names.clone(), live.from);
        let ((from, to), offerer) = names;
        if claim.from.as_ref().is_some_and(|claimed| *claimed != from)
            || claim.to.as_ref().is_some_and(|claimed| *claimed != to)
        {
            self.end(claim.id, session);
            return Err(Refusal::NoSuchTransfer);
        }
        if accept {
            live.accepted = true;
        } else {
            self.end(claim.id, session);
        }
        Ok(Answer::Delivered {
            to: offerer,
            name: from,
        })
    }

    /// [494-24] [494-27]
    fn segment(
        &mut self,
        session: SessionId,
        id: TransferId,
        bytes: u64,
        last: bool,
    ) -> Result<Answer, Refusal> {
        let early_end_is_fine = self.makes(Mistake::AnEarlyEndIsAnEnd);
        if self.is_awaited(id, session, true) {
            return Ok(Answer::Dropped);
        }
        let Some(live) = self.live.iter_mut().find(|live| live.id == id) else {
            return Err(Refusal::NoSuchTransfer);
        };
        if live.from != session || !live.accepted {
            return Err(Refusal::NoSuchTransfer);
        }
        let to = live.to;
        live.sent += bytes;
        let (sent, size) = (live.sent, live.size);
        if bytes == 0 || sent > size || (last && sent < size && !early_end_is_fine) {
            self.end(id, session);
            return Err(Refusal::TransferViolation);
        }
        if last {
            self.live.retain(|live| live.id != id);
        }
        Ok(Answer::Forwarded { to })
    }

    /// Before its end, on `by`'s account: bytes under way are dropped for a while, and so is an
    /// answer to an offerer who went; the number rests meanwhile.
    fn end(&mut self, id: TransferId, by: SessionId) {
        let at = self.live.iter().position(|live| live.id == id);
        let live = self.live.remove(at.unwrap());
        if self.makes(Mistake::NumbersDoNotRest) {
            return;
        }
        let (whose, seconds) = match live.accepted {
            true => (live.from, 30),
            false if by == live.from => (live.to, 5),
            false => return,
        };
        self.resting.push(Resting {
            id,
            whose,
            was_accepted: live.accepted,
            until: self.now + Duration::from_secs(seconds),
        });
    }

    fn is_awaited(&self, id: TransferId, from: SessionId, was_accepted: bool) -> bool {
        let mut resting = self.resting.iter();
        resting.any(|r| r.id == id && r.whose == from && r.was_accepted == was_accepted)
    }
}

fn each_once(rooms: &[RoomName]) -> Vec<RoomName> {
    let mut once = Vec::new();
    for room in rooms {
        if !once.contains(room) {
            once.push(room.clone());
        }
    }
    once
}
