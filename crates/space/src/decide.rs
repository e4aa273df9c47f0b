//! What a command comes to.

use model::{
    Claim, MAX_FILE_SIZE, Place, Recipient, Refusal, RoomKey, RoomName, SessionId, TransferId,
    UserName,
};

use crate::Space;

/// A command as far as a decision needs it: texts and bytes stay outside.
#[derive(Clone, Copy, Debug)]
pub enum Ask<'a> {
    /// Be `name`, present; `proven`: the account of that name is the asker's.
    SignIn {
        /// The name wished for.
        name: &'a UserName,
        /// Shown to be the account's owner.
        proven: bool,
    },
    /// Stop being anybody.
    SignOut,
    /// Enter rooms.
    Join(&'a [RoomName]),
    /// Leave rooms.
    Leave(&'a [RoomName]),
    /// Who is in it?
    ListMembers(&'a RoomName),
    /// Say something in rooms.
    Post {
        /// The rooms.
        rooms: &'a [RoomName],
        /// Also into rooms the asker is not in.
        from_outside: bool,
    },
    /// Say something in all of the asker's rooms.
    PostEverywhere,
    /// Tell one person something.
    Tell(&'a Recipient),
    /// Leave a letter for one person.
    Mail(&'a Recipient),
    /// Ask what was said.
    History(&'a Place),
    /// Offer a file.
    Offer {
        /// Whom.
        to: &'a UserName,
        /// Bytes.
        size: u64,
    },
    /// Answer an offer.
    Answer(&'a Claim),
    /// Send bytes of a file.
    Segment {
        /// The transfer.
        id: TransferId,
        /// How many bytes.
        bytes: u64,
        /// Whether the file ends here.
        last: bool,
    },
    /// End a transfer.
    Cancel(TransferId),
    /// Use one's mailbox.
    Mailbox,
}

/// What a command comes to, if it is not refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// There is nothing more to know: carry it out.
    Go,
    /// Enter these; `true` where the asker is in already.
    Join(Vec<(RoomName, bool)>),
    /// Leave, or speak in, these.
    Rooms(Vec<RoomKey>),
    /// Hand it to the person's session.
    Deliver {
        /// The session.
        to: SessionId,
        /// Its name.
        name: UserName,
    },
    /// Keep it in the mailbox, and hand it to the session too where there is one that proved the account.
    Keep {
        /// The account.
        account: UserName,
        /// Its owner's present, proven session.
        also: Option<SessionId>,
    },
    /// Offer under this number.
    Offer {
        /// The number.
        id: TransferId,
        /// The receiver's session.
        to: SessionId,
    },
    /// The bytes fit: hand them on.
    Forward {
        /// The receiver's session.
        to: SessionId,
    },
    /// The bytes, or the answer, belong to a transfer whose other side is gone: drop them.
    Drop,
    /// The transfer ends, the other side must be told.
    EndTransfer {
        /// The other side.
        other: SessionId,
    },
}

impl Space {
    /// Says what `ask` of `session` comes to. Changes nothing.
    ///
    /// # Errors
    /// [`Refusal`], in which case nothing may be changed on its account, with one exception that the
    /// caller carries out: a refused segment or answer may end a transfer of the asker's.
    pub fn decide(&self, session: SessionId, ask: Ask<'_>) -> Result<Decision, Refusal> {
        if let Ask::SignIn { name, proven } = ask {
            return self.decide_sign_in(session, name, proven);
        }
        let person = self.person(session).ok_or(Refusal::NotSignedIn)?;
        if !person.present && !matches!(ask, Ask::Mail(_) | Ask::Mailbox | Ask::SignOut) {
            return Err(Refusal::NotPossible);
        }
        match ask {
            Ask::SignIn { .. } | Ask::SignOut => Ok(Decision::Go),
            Ask::Join(rooms) => self.decide_join(session, rooms),
            Ask::Leave(rooms) => {
                let mut keys = Vec::with_capacity(rooms.len());
                for name in rooms {
                    let key = self
                        .room(name)
                        .ok_or_else(|| Refusal::NoSuchRoom(name.clone()))?;
                    if !person.rooms().contains(&key) {
                        return Err(Refusal::NotMember(name.clone()));
                    }
                    if !keys.contains(&key) {
                        keys.push(key);
                    }
                }
                Ok(Decision::Rooms(keys))
            }
            Ask::ListMembers(room) => match self.room(room) {
                Some(key) => Ok(Decision::Rooms(vec![key])),
                None => Err(Refusal::NoSuchRoom(room.clone())),
            },
            Ask::Post {
                rooms,
                from_outside,
            } => self.decide_post(session, rooms, from_outside),
            Ask::PostEverywhere => Ok(Decision::Rooms(person.rooms().to_vec())),
            Ask::Tell(to) => self.decide_tell(to),
            Ask::Mail(to) => self.decide_mail(to),
            Ask::History(Place::Room(room)) => match self.room(room) {
                None => Err(Refusal::NoSuchRoom(room.clone())),
                Some(key) if person.rooms().contains(&key) => Ok(Decision::Go),
                Some(_) => Err(Refusal::NotMember(room.clone())),
            },
            // Only what is the asker's own [594-25]; an account's is its owner's, whoever else has
            // the name where names are open [HUB-2].
            Ask::History(Place::Person(_)) => {
                match person.proven || self.account(&person.name).is_none() {
                    true => Ok(Decision::Go),
                    false => Err(Refusal::NotPossible),
                }
            }
            Ask::Offer { to, size } => self.decide_offer(session, to, size),
            Ask::Answer(claim) => self.decide_answer(session, claim),
            Ask::Segment { id, bytes, last } => self.decide_segment(session, id, bytes, last),
            Ask::Cancel(id) => match self.transfer(id) {
                Some(state) if state.from == session => {
                    Ok(Decision::EndTransfer { other: state.to })
                }
                Some(state) if state.to == session => {
                    Ok(Decision::EndTransfer { other: state.from })
                }
                _ => Err(Refusal::NoSuchTransfer),
            },
            Ask::Mailbox if person.proven => Ok(Decision::Go),
            Ask::Mailbox => Err(Refusal::NotPossible),
        }
    }

    fn decide_sign_in(
        &self,
        session: SessionId,
        name: &UserName,
        proven: bool,
    ) -> Result<Decision, Refusal> {
        if self.person(session).is_some() {
            return Err(Refusal::AlreadySignedIn);
        }
        if self.present(name).is_some()
            || (!self.names.allow_confusables && self.people.is_confusable(name))
        {
            return Err(Refusal::NameInUse(name.clone()));
        }
        if !proven && !self.names.open_names {
            let look_alike = || self.people.confusable_account(name).is_some();
            if self.account(name).is_some() || (!self.names.allow_confusables && look_alike()) {
                return Err(Refusal::NameReserved(name.clone()));
            }
        }
        if self.present_count() >= self.limits.users {
            return Err(Refusal::HubFull);
        }
        Ok(Decision::Go)
    }

    fn decide_join(&self, session: SessionId, rooms: &[RoomName]) -> Result<Decision, Refusal> {
        let person = self.person(session).ok_or(Refusal::NotSignedIn)?;
        let mut joins: Vec<(RoomName, bool)> = Vec::with_capacity(rooms.len());
        let (mut entered, mut opened) = (person.rooms().len(), self.room_count());
        for name in rooms {
            if joins.iter().any(|(seen, _)| seen == name) {
                continue;
            }
            match self.room(name) {
                Some(key) if person.rooms().contains(&key) => {
                    joins.push((name.clone(), true));
                    continue;
                }
                Some(key) if self.members(key).len() >= self.limits.room_members => {
                    return Err(Refusal::RoomFull(name.clone()));
                }
                Some(_) => {}
                None => opened += 1,
            }
            entered += 1;
            if entered > self.limits.rooms_per_user || opened > self.limits.rooms {
                return Err(Refusal::TooManyRooms);
            }
            joins.push((name.clone(), false));
        }
        Ok(Decision::Join(joins))
    }

    fn decide_post(
        &self,
        session: SessionId,
        rooms: &[RoomName],
        from_outside: bool,
    ) -> Result<Decision, Refusal> {
        let person = self.person(session).ok_or(Refusal::NotSignedIn)?;
        let mut keys = Vec::with_capacity(rooms.len());
        for name in rooms {
            let key = self
                .room(name)
                .ok_or_else(|| Refusal::NoSuchRoom(name.clone()))?;
            if (from_outside || person.rooms().contains(&key)) && !keys.contains(&key) {
                keys.push(key);
            }
        }
        match rooms.first() {
            Some(name) if keys.is_empty() => Err(Refusal::NotMember(name.clone())),
            _ => Ok(Decision::Rooms(keys)),
        }
    }

    fn receiver<'a>(&'a self, to: &'a Recipient) -> Result<&'a UserName, Refusal> {
        match to {
            Recipient::Name(name) => Ok(name),
            Recipient::Alias(alias) => self
                .people
                .behind(alias)
                .ok_or_else(|| Refusal::NoSuchUser(alias.to_string())),
        }
    }

    /// [HUB-4]: where the receiver is; else the mailbox; else not there.
    fn decide_tell(&self, to: &Recipient) -> Result<Decision, Refusal> {
        let name = self.receiver(to)?;
        match (self.present(name), self.account(name)) {
            (Some(to), _) => Ok(Decision::Deliver {
                to,
                name: name.clone(),
            }),
            (None, Some(_)) => Ok(Decision::Keep {
                account: name.clone(),
                also: None,
            }),
            (None, None) => Err(Refusal::NoSuchUser(name.to_string())),
        }
    }

    /// [CP-14]: mail for an account is kept, and handed over too where the owner is for certain.
    fn decide_mail(&self, to: &Recipient) -> Result<Decision, Refusal> {
        let name = self.receiver(to)?;
        let present = self.present(name);
        if self.account(name).is_some() {
            let proven = |s: &SessionId| self.person(*s).is_some_and(|person| person.proven);
            return Ok(Decision::Keep {
                account: name.clone(),
                also: present.filter(proven),
            });
        }
        match present {
            Some(to) => Ok(Decision::Deliver {
                to,
                name: name.clone(),
            }),
            None => Err(Refusal::NoSuchUser(name.to_string())),
        }
    }

    fn decide_offer(
        &self,
        session: SessionId,
        to: &UserName,
        size: u64,
    ) -> Result<Decision, Refusal> {
        let Some(receiver) = self.present(to) else {
            return Err(Refusal::NoSuchUser(to.to_string()));
        };
        if !self
            .person(receiver)
            .is_some_and(|person| person.takes_files())
        {
            return Err(Refusal::TakesNoFiles(to.clone()));
        }
        if size == 0 || size > MAX_FILE_SIZE {
            return Err(Refusal::FileSize);
        }
        if self.transfers.offered_by(session) >= self.limits.transfers_per_user {
            return Err(Refusal::TooManyTransfers);
        }
        let id = self.transfers.next_id().ok_or(Refusal::TooManyTransfers)?;
        Ok(Decision::Offer { id, to: receiver })
    }

    fn decide_answer(&self, session: SessionId, claim: &Claim) -> Result<Decision, Refusal> {
        let Some(state) = self.transfer(claim.id) else {
            return match self.transfers.is_answerable(claim.id, session) {
                true => Ok(Decision::Drop),
                false => Err(Refusal::NoSuchTransfer),
            };
        };
        let transfer = &state.transfer;
        let names_fit = claim
            .from
            .as_ref()
            .is_none_or(|from| *from == transfer.from)
            && claim.to.as_ref().is_none_or(|to| *to == transfer.to);
        if state.to != session || !names_fit {
            return Err(Refusal::NoSuchTransfer);
        }
        Ok(Decision::Deliver {
            to: state.from,
            name: transfer.from.clone(),
        })
    }

    fn decide_segment(
        &self,
        session: SessionId,
        id: TransferId,
        bytes: u64,
        last: bool,
    ) -> Result<Decision, Refusal> {
        match self.transfer(id) {
            Some(state) if state.from == session && state.accepted => {
                let sent = state.sent + bytes;
                if sent > state.transfer.size || (last && sent < state.transfer.size) || bytes == 0
                {
                    return Err(Refusal::TransferViolation);
                }
                Ok(Decision::Forward { to: state.to })
            }
            None if self.transfers.is_draining(id, session) => Ok(Decision::Drop),
            _ => Err(Refusal::NoSuchTransfer),
        }
    }
}
