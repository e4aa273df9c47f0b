//! Private messages and mail, and everything else whose answer comes late.

use std::net::IpAddr;
use std::sync::Arc;

use link::Outcome;
use model::{
    CommandId, Event, Letter, MessageId, Now, Recipient, Refusal, Reply, SessionId, TellOutcome,
    Text, Told, UserName,
};
use space::{Ask, Change, Decision, Person};
use store::Write;

use crate::keeper::{Finished, Owed, Reading};
use crate::metrics::add;
use crate::{ARRIVAL, Hub, MAX_IN_DOUBT};

impl Hub {
    /// [HUB-4], and for letters [CP-9] [CP-14].
    pub(super) fn tell(
        &mut self,
        session: SessionId,
        id: CommandId,
        to: &Recipient,
        text: Text,
        as_mail: bool,
        now: Now,
    ) -> Result<Option<Reply>, Refusal> {
        let decision = match as_mail {
            true => {
                self.refresh_accounts();
                self.space.decide(session, Ask::Mail(to))?
            }
            // Somebody who is here needs no account: the accounts are looked at only otherwise.
            false => match self.space.decide(session, Ask::Tell(to)) {
                Ok(here @ Decision::Deliver { .. }) => here,
                _ => {
                    self.refresh_accounts();
                    self.space.decide(session, Ask::Tell(to))?
                }
            },
        };
        let from = self.my_name(session)?;
        let (name, deliver_now, also) = match decision {
            Decision::Deliver { to, name } => (name, Some(to), None),
            Decision::Keep { account, also } => (account, None, also),
            _ => return Ok(None),
        };
        let told = Arc::new(Told {
            id: self.next_id(),
            at: now.wall,
            from,
            to: name,
            text,
        });
        if self.settings.history {
            let wire = self.caller(session).map_or("", |caller| caller.wire);
            self.keeper
                .write(Write::Told(Arc::clone(&told), wire), None);
        }
        match deliver_now {
            Some(to) => {
                self.outcomes
                    .push_back(Outcome::Event(to, Event::Told(told)));
                add(&self.metrics.told, 1);
                Ok(Some(Reply::Told(TellOutcome::Delivered)))
            }
            None => {
                let owed = Owed::Letter {
                    session,
                    id,
                    letter: Arc::clone(&told),
                    also,
                };
                self.keeper.write(Write::Letter(told), Some(owed));
                Ok(None)
            }
        }
    }

    pub(super) fn handle_finished(&mut self, finished: Finished, now: Now) {
        match finished {
            Finished::Written(owed, written) => {
                for owed in owed {
                    self.pay(owed, written);
                }
            }
            Finished::History(session, id, Ok(events)) => {
                self.reply(session, id, Reply::History(events));
            }
            Finished::Mail(session, ARRIVAL, Ok(Some(letter))) => {
                let (owner, after) = (letter.to.clone(), Some(letter.id));
                let until = self.catching_up.get(&session);
                if until.is_some_and(|until| letter.id <= *until)
                    && self.hand_letter(session, letter)
                {
                    self.keeper.read(Reading::Mail {
                        session,
                        id: ARRIVAL,
                        owner,
                        after,
                    });
                }
            }
            Finished::Mail(_, ARRIVAL, _) => {}
            Finished::Mail(session, id, Ok(letter)) => self.reply(session, id, Reply::Mail(letter)),
            Finished::History(session, id, Err(error))
            | Finished::Mail(session, id, Err(error)) => {
                tracing::error!(%error, "could not read the store");
                self.reply(session, id, Reply::Refused(Refusal::StoreFailed));
            }
            Finished::Checked {
                session,
                id,
                name,
                right,
            } => {
                self.handle_checked(session, id, name, right, now);
            }
        }
    }

    fn pay(&mut self, owed: Owed, written: bool) {
        match owed {
            Owed::Letter { session, id, .. } if !written => {
                self.reply(session, id, Reply::Refused(Refusal::StoreFailed));
            }
            Owed::Letter {
                session,
                id,
                letter,
                also,
            } => {
                add(&self.metrics.letters, 1);
                // The owner may have come while the letter was being written.
                let also = also.or_else(|| self.space.present(&letter.to));
                let handed = also.is_some_and(|also| self.hand_letter(also, letter));
                let outcome = if handed {
                    TellOutcome::Delivered
                } else {
                    TellOutcome::Kept
                };
                self.reply(session, id, Reply::Told(outcome));
            }
            Owed::Dropped {
                asker: Some((session, id)),
            } => {
                let reply = match written {
                    true => Reply::Done,
                    false => Reply::Refused(Refusal::StoreFailed),
                };
                self.reply(session, id, reply);
            }
            Owed::Dropped { asker: None } => {}
            Owed::Reading(reading) => self.keeper.read(reading),
        }
    }

    /// The look at the mailbox that begins to hand over what waits there up to now; what comes later
    /// is handed over as it comes.
    pub(super) fn catch_up(&mut self, session: SessionId, owner: UserName) -> Reading {
        self.catching_up.insert(session, MessageId(self.last_id));
        Reading::Mail {
            session,
            id: ARRIVAL,
            owner,
            after: None,
        }
    }

    /// Hands a letter to a session that has proved its account; it stays in the mailbox until the
    /// session is known to have it [CP-14].
    fn hand_letter(&mut self, session: SessionId, letter: Letter) -> bool {
        let owner = self.space.person(session);
        if !owner.is_some_and(|person| person.present && person.proven && person.name == letter.to)
        {
            return false;
        }
        let in_doubt = self.in_doubt.entry(session).or_default();
        if in_doubt.contains(&letter.id) {
            // It came both by itself and with the rest of the mailbox.
            return true;
        }
        if in_doubt.len() >= MAX_IN_DOUBT {
            return false;
        }
        in_doubt.push(letter.id);
        self.outcomes
            .push_back(Outcome::Event(session, Event::Told(letter)));
        self.outcomes.push_back(Outcome::Letter(session));
        true
    }

    fn handle_checked(
        &mut self,
        session: SessionId,
        id: CommandId,
        name: UserName,
        right: bool,
        now: Now,
    ) {
        let Some(caller) = self.caller(session) else {
            return;
        };
        let counts = |a: &IpAddr| !(self.settings.exempt_loopback && a.is_loopback());
        let address = caller.address.filter(counts).map(link::network);
        let delay = self.failures.delay(address, &name, now.instant);
        self.failures.note(right, address, &name, now.instant);
        let reply = if right {
            self.space
                .fold(Change::SignedIn(session, Person::new(name, true, false)));
            Reply::Done
        } else {
            add(&self.metrics.wrong_passwords, 1);
            Reply::Refused(Refusal::BadCredentials)
        };
        if delay.is_zero() {
            self.reply(session, id, reply);
        } else {
            self.delayed_count += 1;
            let due = (now.instant + delay, self.delayed_count);
            self.delayed.insert(due, (session, id, reply));
        }
    }
}
