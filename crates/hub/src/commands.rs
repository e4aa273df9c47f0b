//! What each command comes to: people, rooms, transfers.

use std::sync::Arc;
use std::time::Duration;

use link::Outcome;
use model::{
    Claim, Command, CommandId, EndReason, Event, FileBytes, Now, Proof, Refusal, Reply, RoomKey,
    RoomName, Said, SaidAs, SessionId, Signal, Text, Transfer, TransferId, UserName,
};
use space::{Ask, Change, Decision, Person};
use store::Write;

use crate::keeper::{Check, Owed, Reading};
use crate::metrics::add;
use crate::{Hub, MAX_HISTORY};

impl Hub {
    /// Carries out `command` and says what to answer; `None`: the answer comes later.
    pub(super) fn carry_out(
        &mut self,
        session: SessionId,
        id: CommandId,
        command: Command,
        now: Now,
    ) -> Result<Option<Reply>, Refusal> {
        match command {
            Command::SignIn {
                name,
                proof: Proof::None,
            } => self.sign_in(session, name),
            Command::SignIn {
                name,
                proof: Proof::Password(secret),
            } => {
                if self.space.person(session).is_some() {
                    return Err(Refusal::AlreadySignedIn);
                }
                self.keeper.check(Check {
                    session,
                    id,
                    name,
                    secret,
                });
                return Ok(None);
            }
            Command::SignOut { farewell } => {
                self.space.decide(session, Ask::SignOut)?;
                self.sign_out(session, farewell, now);
                Ok(Reply::Done)
            }
            Command::Join { rooms } => self.join(session, &rooms),
            Command::Leave { rooms } => {
                let decision = self.space.decide(session, Ask::Leave(&rooms))?;
                self.leave(session, &keys(decision));
                Ok(Reply::Done)
            }
            Command::ListRooms => {
                self.space.decide(session, Ask::PostEverywhere)?;
                Ok(Reply::Rooms(self.space.room_names()))
            }
            Command::ListMembers { room } => {
                let decision = self.space.decide(session, Ask::ListMembers(&room))?;
                let Some(&key) = keys(decision).first() else {
                    return Ok(None);
                };
                let names = self.space.member_names(key);
                self.list_to_all(session, key, &room, &names);
                Ok(Reply::Members { room, names })
            }
            Command::Post {
                rooms,
                text,
                manner,
                from_outside,
            } => {
                let ask = Ask::Post {
                    rooms: &rooms,
                    from_outside,
                };
                let decision = self.space.decide(session, ask)?;
                self.say(session, &keys(decision), &text, manner, now);
                Ok(Reply::Done)
            }
            Command::PostEverywhere { text } => {
                let decision = self.space.decide(session, Ask::PostEverywhere)?;
                self.say(session, &keys(decision), &text, SaidAs::Post, now);
                Ok(Reply::Done)
            }
            Command::Tell { to, text } => return self.tell(session, id, &to, text, false, now),
            Command::Mail { to, text } => return self.tell(session, id, &to, text, true, now),
            Command::Query { user } => {
                self.space.decide(session, Ask::PostEverywhere)?;
                let online = self.space.present(&user).is_some();
                Ok(Reply::Presence { user, online })
            }
            Command::History {
                place,
                before,
                limit,
            } => {
                self.space.decide(session, Ask::History(&place))?;
                if !self.settings.history {
                    return Err(Refusal::HistoryOff);
                }
                let me = self.my_name(session)?;
                let limit = limit.clamp(1, MAX_HISTORY);
                self.keeper.read_after_writes(Reading::History {
                    session,
                    id,
                    me,
                    place,
                    before,
                    limit,
                });
                return Ok(None);
            }
            Command::Offer { to, name, size } => {
                let decision = self.space.decide(session, Ask::Offer { to: &to, size })?;
                let Decision::Offer { id, to: receiver } = decision else {
                    return Ok(None);
                };
                let transfer = Transfer {
                    id,
                    from: self.my_name(session)?,
                    to,
                    name,
                    size,
                };
                self.space
                    .fold(Change::Offered(transfer.clone(), session, receiver));
                self.signal(receiver, Signal::Offered(transfer.clone()));
                Ok(Reply::Offered(transfer))
            }
            Command::Answer { claim, accept } => self.answer(session, &claim, accept, now),
            Command::Segment { id, data, last } => self.segment(session, id, data, last, now),
            Command::Cancel { id } => {
                let decision = self.space.decide(session, Ask::Cancel(id))?;
                if let Decision::EndTransfer { other } = decision {
                    self.end_transfer(id, Some((other, EndReason::OtherSide)), now);
                }
                Ok(Reply::Done)
            }
            Command::TakeMail { after } => {
                self.refresh_accounts();
                self.space.decide(session, Ask::Mailbox)?;
                let owner = self.my_name(session)?;
                self.keeper.read(Reading::Mail {
                    session,
                    id,
                    owner,
                    after,
                });
                return Ok(None);
            }
            Command::DropMail { id: letter } => {
                self.space.decide(session, Ask::Mailbox)?;
                let owed = Owed::Dropped {
                    asker: Some((session, id)),
                };
                self.keeper.write(Write::DropLetter(letter), Some(owed));
                return Ok(None);
            }
            // What only middles without rooms can do.
            Command::Announce(_)
            | Command::Give { .. }
            | Command::Take { .. }
            | Command::ListContacts
            | Command::Typing { .. }
            | Command::Part { .. } => Err(Refusal::NotPossible),
        }
        .map(Some)
    }

    /// [594-12]: the seed has listings sent to everybody in the room.
    fn list_to_all(
        &mut self,
        asker: SessionId,
        key: RoomKey,
        room: &RoomName,
        names: &Arc<[UserName]>,
    ) {
        let Some(wire) = self.settings.listings_to_all else {
            return;
        };
        let hears = |session| {
            self.caller(session)
                .is_some_and(|caller| caller.wire == wire)
        };
        if !hears(asker) {
            return;
        }
        let members = self.space.members(key).iter().copied();
        let others: Vec<_> = members.filter(|&m| m != asker && hears(m)).collect();
        for other in others {
            self.signal(
                other,
                Signal::Members {
                    room: room.clone(),
                    names: Arc::clone(names),
                },
            );
        }
    }

    fn sign_in(&mut self, session: SessionId, name: UserName) -> Result<Reply, Refusal> {
        self.refresh_accounts();
        let shown = self.caller(session).and_then(|caller| caller.certificate);
        let known = self
            .space
            .account(&name)
            .and_then(|account| account.certificate);
        let proven = shown.is_some() && shown == known;
        self.space.decide(
            session,
            Ask::SignIn {
                name: &name,
                proven,
            },
        )?;
        self.space.fold(Change::SignedIn(
            session,
            Person::new(name.clone(), proven, true),
        ));
        if self.no_files.contains(&session) {
            self.space.fold(Change::TakesFiles(session, false));
        }
        if proven {
            // Their mail waits no longer [CP-14].
            let reading = self.catch_up(session, name);
            self.keeper.read(reading);
        }
        Ok(Reply::Done)
    }

    pub(super) fn sign_out(&mut self, session: SessionId, farewell: Option<Text>, now: Now) {
        let Some(person) = self.space.person(session) else {
            return;
        };
        let rooms = person.rooms().to_vec();
        if let Some(text) = farewell {
            self.say(session, &rooms, &text, SaidAs::Farewell, now);
        }
        for id in self.space.transfers_of(session) {
            let Some(state) = self.space.transfer(id) else {
                continue;
            };
            let other = if state.from == session {
                state.to
            } else {
                state.from
            };
            self.end_transfer(id, Some((other, EndReason::OtherSide)), now);
        }
        self.leave(session, &rooms);
        self.space.fold(Change::SignedOut(session));
        self.in_doubt.remove(&session);
        self.catching_up.remove(&session);
    }

    fn join(&mut self, session: SessionId, rooms: &[RoomName]) -> Result<Reply, Refusal> {
        let Decision::Join(joins) = self.space.decide(session, Ask::Join(rooms))? else {
            return Ok(Reply::Done);
        };
        for (room, already) in &joins {
            if *already {
                // The asker alone is answered [494-13].
                if let Some(key) = self.space.room(room) {
                    let names = self.space.member_names(key);
                    self.signal(
                        session,
                        Signal::Members {
                            room: room.clone(),
                            names,
                        },
                    );
                }
                continue;
            }
            if self.space.room(room).is_none() {
                self.outcomes.push_back(Outcome::RoomsChanged);
            }
            self.space.fold(Change::Joined(session, room.clone()));
            if let Some(key) = self.space.room(room) {
                self.outcomes.push_back(Outcome::Membership(key));
            }
        }
        Ok(Reply::Joined(joins))
    }

    fn leave(&mut self, session: SessionId, rooms: &[RoomKey]) {
        for &key in rooms {
            self.space.fold(Change::Left(session, key));
            let closed = self.space.members(key).is_empty();
            self.outcomes.push_back(match closed {
                true => Outcome::RoomsChanged,
                false => Outcome::Membership(key),
            });
        }
    }

    fn say(
        &mut self,
        session: SessionId,
        rooms: &[RoomKey],
        text: &Text,
        manner: SaidAs,
        now: Now,
    ) {
        let Ok(from) = self.my_name(session) else {
            return;
        };
        let wire = self.caller(session).map_or("", |caller| caller.wire);
        for &key in rooms {
            let Some(room) = self.space.room_name(key).cloned() else {
                continue;
            };
            let kept = self.settings.history
                && (self.settings.off_the_record.is_empty()
                    || !self.settings.off_the_record.contains(&room));
            let said = Arc::new(Said {
                id: self.next_id(),
                at: now.wall,
                from: from.clone(),
                room,
                text: text.clone(),
                manner,
            });
            if kept {
                self.keeper
                    .write(Write::Said(Arc::clone(&said), wire), None);
            }
            self.outcomes
                .push_back(Outcome::Room(key, Event::Said(said)));
            add(&self.metrics.said, 1);
        }
    }

    fn answer(
        &mut self,
        session: SessionId,
        claim: &Claim,
        accept: bool,
        now: Now,
    ) -> Result<Reply, Refusal> {
        let id = claim.id;
        let state = self.space.transfer(id).cloned();
        match (self.space.decide(session, Ask::Answer(claim)), state) {
            (Ok(_), Some(state)) => {
                let (offerer, transfer) = (state.from, state.transfer);
                if !accept {
                    self.end_transfer(id, None, now);
                } else if state.accepted {
                    return Ok(Reply::Done);
                } else {
                    self.space.fold(Change::Accepted(id));
                }
                self.signal(
                    offerer,
                    Signal::Answered {
                        transfer,
                        accepted: accept,
                    },
                );
                Ok(Reply::Done)
            }
            (Err(refusal), Some(state)) if state.to == session => {
                self.end_transfer(id, Some((state.from, EndReason::BadAnswer)), now);
                Err(refusal)
            }
            (Err(refusal), _) => Err(refusal),
            // It crossed the news that the offerer is gone.
            (Ok(_), None) => Ok(Reply::Done),
        }
    }

    fn segment(
        &mut self,
        session: SessionId,
        id: TransferId,
        data: FileBytes,
        last: bool,
        now: Now,
    ) -> Result<Reply, Refusal> {
        let bytes = data.len() as u64;
        match self.space.decide(session, Ask::Segment { id, bytes, last }) {
            Ok(Decision::Forward { to }) => {
                self.space.fold(match last {
                    true => Change::Ended(id, None),
                    false => Change::Progress(id, bytes),
                });
                add(&self.metrics.file_bytes, bytes);
                self.signal(to, Signal::Segment { id, data, last });
                Ok(Reply::Done)
            }
            Ok(_) => Ok(Reply::Done),
            Err(Refusal::TransferViolation) => {
                if let Some(to) = self.space.transfer(id).map(|state| state.to) {
                    self.end_transfer(id, Some((to, EndReason::OtherSide)), now);
                }
                Err(Refusal::TransferViolation)
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Ends a transfer and tells `other`. Its number rests if bytes may be under way [494-27].
    fn end_transfer(&mut self, id: TransferId, other: Option<(SessionId, EndReason)>, now: Now) {
        let Some(state) = self.space.transfer(id) else {
            return;
        };
        let transfer = state.transfer.clone();
        let by_sender = matches!(&other, Some((other, EndReason::OtherSide)) if *other == state.to);
        let rest = match (state.accepted, by_sender) {
            // Who ends its own file has nothing under way; the receiver's answer may be.
            (_, true) => Some(space::ANSWER_SECONDS),
            (true, false) => Some(space::DRAIN_SECONDS),
            (false, false) => None,
        };
        let rest_until = rest.map(|seconds| now.instant + Duration::from_secs(seconds));
        self.space.fold(Change::Ended(id, rest_until));
        if let Some((other, reason)) = other {
            self.signal(other, Signal::Ended { transfer, reason });
        }
    }
}

fn keys(decision: Decision) -> Vec<RoomKey> {
    match decision {
        Decision::Rooms(keys) => keys,
        _ => Vec::new(),
    }
}
