//! A space with somebody who carries out its decisions, as the hub does, and nothing else.

use std::time::{Duration, Instant};

use model::{
    Claim, FileName, Place, Recipient, Refusal, RoomKey, RoomName, SessionId, Transfer, TransferId,
    UserName,
};
use space::{
    ANSWER_SECONDS, AccountEntry, Ask, Change, DRAIN_SECONDS, Decision, Limits, NameRules, Person,
    Space, TransferState,
};

/// What somebody wants, whole.
#[derive(Clone, Debug)]
pub(crate) enum Wish {
    /// With `proven` where the caller's certificate is the account's.
    SignIn {
        name: UserName,
        proven: bool,
    },
    /// A password was right: a session of a mailbox, not a person in rooms.
    OpenMailbox {
        name: UserName,
    },
    SignOut,
    Join(Vec<RoomName>),
    Leave(Vec<RoomName>),
    ListMembers(RoomName),
    Post {
        rooms: Vec<RoomName>,
        from_outside: bool,
    },
    PostEverywhere,
    Tell(Recipient),
    Mail(Recipient),
    History(Place),
    Offer {
        to: UserName,
        size: u64,
    },
    Answer {
        claim: Claim,
        accept: bool,
    },
    Segment {
        id: TransferId,
        bytes: u64,
        last: bool,
    },
    Cancel(TransferId),
    Mailbox,
}

/// What came of a wish, in words that need no keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Done,
    Joined(Vec<(RoomName, bool)>),
    Rooms(Vec<RoomName>),
    Delivered {
        to: SessionId,
        name: UserName,
    },
    Kept {
        account: UserName,
        also: Option<SessionId>,
    },
    Offered {
        id: TransferId,
        to: SessionId,
    },
    Forwarded {
        to: SessionId,
    },
    Dropped,
    Ended {
        other: SessionId,
    },
}

pub(crate) struct Driver {
    pub(crate) space: Space,
    pub(crate) now: Instant,
}

impl Driver {
    pub(crate) fn new(limits: Limits, names: NameRules, now: Instant) -> Self {
        Self {
            space: Space::new(limits, names),
            now,
        }
    }

    pub(crate) fn wish(&mut self, session: SessionId, wish: &Wish) -> Result<Answer, Refusal> {
        if let Wish::OpenMailbox { name } = wish {
            if self.space.person(session).is_some() {
                return Err(Refusal::AlreadySignedIn);
            }
            let person = Person::new(name.clone(), true, false);
            self.space.fold(Change::SignedIn(session, person));
            return Ok(Answer::Done);
        }
        let decided = self.space.decide(session, ask(wish));
        if decided.is_err() {
            self.end_what_was_broken(session, wish, &decided);
        }
        let answer = self.in_words(decided?);
        self.carry_out(session, wish, &answer);
        Ok(answer)
    }

    pub(crate) fn sign_in(&mut self, session: SessionId, name: &str) {
        let name = crate::user(name);
        let proven = false;
        self.wish(session, &Wish::SignIn { name, proven }).unwrap();
    }

    pub(crate) fn join(&mut self, session: SessionId, name: &str) {
        self.wish(session, &Wish::Join(vec![crate::room(name)]))
            .unwrap();
    }

    /// An offer of `size` bytes that was accepted.
    pub(crate) fn transfer(&mut self, from: SessionId, to: SessionId, size: u64) -> TransferId {
        let name = self.space.person(to).unwrap().name.clone();
        let Ok(Answer::Offered { id, .. }) = self.wish(from, &Wish::Offer { to: name, size })
        else {
            panic!("the offer does not stand");
        };
        let claim = Claim {
            id,
            from: None,
            to: None,
        };
        self.wish(
            to,
            &Wish::Answer {
                claim,
                accept: true,
            },
        )
        .unwrap();
        id
    }

    pub(crate) fn accounts(&mut self, names: &[UserName]) {
        let entry = |name: &UserName| AccountEntry {
            name: name.clone(),
            certificate: None,
        };
        self.space
            .fold(Change::Accounts(names.iter().map(entry).collect()));
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += time;
        if self.space.next_rested().is_some_and(|at| at <= self.now) {
            self.space.fold(Change::Rested(self.now));
        }
    }

    pub(crate) fn members(&self, name: &RoomName) -> Vec<SessionId> {
        let key = self.space.room(name);
        key.map_or_else(Vec::new, |key| self.space.members(key).to_vec())
    }

    pub(crate) fn state(&self, id: TransferId) -> Option<TransferState> {
        self.space.transfer(id).cloned()
    }

    fn in_words(&self, decision: Decision) -> Answer {
        let name = |key: RoomKey| self.space.room_name(key).unwrap().clone();
        match decision {
            Decision::Go => Answer::Done,
            Decision::Join(joins) => Answer::Joined(joins),
            Decision::Rooms(keys) => Answer::Rooms(keys.into_iter().map(name).collect()),
            Decision::Deliver { to, name } => Answer::Delivered { to, name },
            Decision::Keep { account, also } => Answer::Kept { account, also },
            Decision::Offer { id, to } => Answer::Offered { id, to },
            Decision::Forward { to } => Answer::Forwarded { to },
            Decision::Drop => Answer::Dropped,
            Decision::EndTransfer { other } => Answer::Ended { other },
        }
    }

    fn carry_out(&mut self, session: SessionId, wish: &Wish, answer: &Answer) {
        match (wish, answer) {
            (Wish::SignIn { name, proven }, _) => {
                let person = Person::new(name.clone(), *proven, true);
                self.space.fold(Change::SignedIn(session, person));
            }
            (Wish::SignOut, _) => self.sign_out(session),
            (_, Answer::Joined(joins)) => {
                for (name, already) in joins {
                    if !already {
                        self.space.fold(Change::Joined(session, name.clone()));
                    }
                }
            }
            (Wish::Leave(_), Answer::Rooms(rooms)) => {
                for name in rooms {
                    let key = self.space.room(name).unwrap();
                    self.space.fold(Change::Left(session, key));
                }
            }
            (Wish::Offer { to: name, size }, Answer::Offered { id, to }) => {
                let transfer = Transfer {
                    id: *id,
                    from: self.space.person(session).unwrap().name.clone(),
                    to: name.clone(),
                    name: FileName::parse("file").unwrap(),
                    size: *size,
                };
                self.space.fold(Change::Offered(transfer, session, *to));
            }
            (Wish::Answer { claim, accept }, _) => match accept {
                true => self.space.fold(Change::Accepted(claim.id)),
                false => self.end(claim.id, session),
            },
            (Wish::Segment { id, bytes, last }, Answer::Forwarded { .. }) => {
                self.space.fold(match last {
                    true => Change::Ended(*id, None),
                    false => Change::Progress(*id, *bytes),
                });
            }
            (Wish::Cancel(id), _) => self.end(*id, session),
            _ => {}
        }
    }

    /// The one exception of [`Space::decide`]: a refusal that ends a transfer of the asker's.
    fn end_what_was_broken(
        &mut self,
        session: SessionId,
        wish: &Wish,
        decided: &Result<Decision, Refusal>,
    ) {
        match wish {
            Wish::Segment { id, .. } if *decided == Err(Refusal::TransferViolation) => {
                self.end(*id, session);
            }
            Wish::Answer { claim, .. }
                if self
                    .state(claim.id)
                    .is_some_and(|state| state.to == session) =>
            {
                self.end(claim.id, session);
            }
            _ => {}
        }
    }

    /// Ends it on `by`'s account.
    fn end(&mut self, id: TransferId, by: SessionId) {
        let Some(state) = self.state(id) else { return };
        let rest = match state.accepted {
            true => Some(DRAIN_SECONDS),
            false => (by == state.from).then_some(ANSWER_SECONDS),
        };
        let until = rest.map(|seconds| self.now + Duration::from_secs(seconds));
        self.space.fold(Change::Ended(id, until));
    }

    fn sign_out(&mut self, session: SessionId) {
        for id in self.space.transfers_of(session) {
            self.end(id, session);
        }
        let rooms = self.space.person(session).unwrap().rooms().to_vec();
        for key in rooms {
            self.space.fold(Change::Left(session, key));
        }
        self.space.fold(Change::SignedOut(session));
    }
}

fn ask(wish: &Wish) -> Ask<'_> {
    match wish {
        Wish::SignIn { name, proven } => Ask::SignIn {
            name,
            proven: *proven,
        },
        Wish::OpenMailbox { .. } => unreachable!("never asked: a password decides"),
        Wish::SignOut => Ask::SignOut,
        Wish::Join(rooms) => Ask::Join(rooms),
        Wish::Leave(rooms) => Ask::Leave(rooms),
        Wish::ListMembers(room) => Ask::ListMembers(room),
        Wish::Post {
            rooms,
            from_outside,
        } => Ask::Post {
            rooms,
            from_outside: *from_outside,
        },
        Wish::PostEverywhere => Ask::PostEverywhere,
        Wish::Tell(to) => Ask::Tell(to),
        Wish::Mail(to) => Ask::Mail(to),
        Wish::History(place) => Ask::History(place),
        Wish::Offer { to, size } => Ask::Offer { to, size: *size },
        Wish::Answer { claim, .. } => Ask::Answer(claim),
        Wish::Segment { id, bytes, last } => Ask::Segment {
            id: *id,
            bytes: *bytes,
            last: *last,
        },
        Wish::Cancel(id) => Ask::Cancel(*id),
        Wish::Mailbox => Ask::Mailbox,
    }
}
