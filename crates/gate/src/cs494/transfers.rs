//! Files of a client's session: what it offered, sends, is offered and receives.
//!
//! The wire never says that an offer stands, so the answer to [`model::Command::Offer`] waits for
//! the receiver's. The sender of a file cannot cancel it: cs494 has no packet for that, only
//! leaving.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::{Bytes, BytesMut};
use model::{
    Claim, CommandId, EndReason, FileName, MAX_FILE_SIZE, Refusal, Reply, Signal, Transfer,
    TransferId, UserName,
};
use wire_cs494::{
    Chunk, MAX_CHUNK_BYTES, Negotiation, encode_accept_file, encode_file_transfer,
    encode_offer_file, encode_reject_file,
};

use super::server::negotiation;
use crate::{ClientTurn, Upward};

/// Offers from others that stand at once; the next one is declined. A hub allows 16 a sender, and
/// a person answers them one by one.
const MAX_INCOMING: usize = 256;

/// Offers of ours that wait for an answer, and files that we send, at once.
const MAX_OUTGOING: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Transfers {
    /// Offers of ours without an answer, oldest first.
    offered: VecDeque<Offered>,
    outgoing: BTreeMap<TransferId, Outgoing>,
    incoming: BTreeMap<TransferId, Incoming>,
    /// Files that we declined while they came: what is under way is dropped.
    dropped: BTreeSet<TransferId>,
}

#[derive(Debug)]
struct Offered {
    command: CommandId,
    to: UserName,
    name: FileName,
    size: u64,
}

#[derive(Debug)]
struct Outgoing {
    transfer: Transfer,
    /// Bytes that we were given; `given <= transfer.size`.
    given: u64,
    /// Those of them that do not fill a packet yet; fewer than [`MAX_CHUNK_BYTES`].
    rest: BytesMut,
}

#[derive(Debug)]
struct Incoming {
    transfer: Transfer,
    accepted: bool,
    /// Bytes that came; `came <= transfer.size`.
    came: u64,
}

/// The server sent file data that belongs to no transfer, or not in that amount.
#[derive(Debug)]
pub(super) struct Violation;

impl Transfers {
    /// [494-22]; an empty file is refused here, since the wire cannot carry it [494-24].
    pub(super) fn offer(
        &mut self,
        command: CommandId,
        me: &UserName,
        to: UserName,
        name: FileName,
        size: u64,
        out: &mut BytesMut,
    ) -> Result<(), Refusal> {
        if size == 0 || size > MAX_FILE_SIZE {
            return Err(Refusal::FileSize);
        }
        if self.offered.len() + self.outgoing.len() >= MAX_OUTGOING {
            return Err(Refusal::TooManyTransfers);
        }
        let offer = Negotiation {
            target: to.as_str(),
            source: me.as_str(),
            id: 0,
            size: u32::try_from(size).map_err(|_| Refusal::FileSize)?,
            file_name: name.as_str(),
        };
        encode_offer_file(out, &offer);
        self.offered.push_back(Offered {
            command,
            to,
            name,
            size,
        });
        Ok(())
    }

    /// [494-23]
    pub(super) fn answer(
        &mut self,
        claim: &Claim,
        accept: bool,
        out: &mut BytesMut,
    ) -> Result<(), Refusal> {
        let incoming = self
            .incoming
            .get_mut(&claim.id)
            .ok_or(Refusal::NoSuchTransfer)?;
        let transfer = &incoming.transfer;
        let fits = |claimed: &Option<UserName>, name| claimed.as_ref().is_none_or(|c| c == name);
        if incoming.accepted || !fits(&claim.from, &transfer.from) || !fits(&claim.to, &transfer.to)
        {
            return Err(Refusal::NoSuchTransfer);
        }
        if accept {
            encode_accept_file(out, &negotiation(transfer, claim.id.get()));
            incoming.accepted = true;
        } else {
            encode_reject_file(out, &negotiation(transfer, claim.id.get()));
            self.incoming.remove(&claim.id);
        }
        Ok(())
    }

    /// Packets are full until the end, whatever pieces the file is read in [494-25].
    pub(super) fn send(
        &mut self,
        id: TransferId,
        data: &[u8],
        last: bool,
        out: &mut BytesMut,
    ) -> Result<(), Refusal> {
        let outgoing = self.outgoing.get_mut(&id).ok_or(Refusal::NoSuchTransfer)?;
        let given = outgoing.given + data.len() as u64;
        let size = outgoing.transfer.size;
        if data.is_empty() || given > size || (last && given < size) {
            return Err(Refusal::TransferViolation);
        }
        outgoing.given = given;
        outgoing.put(data, last, out);
        if last {
            self.outgoing.remove(&id);
        }
        Ok(())
    }

    /// Ends a file that is offered to us or comes to us.
    pub(super) fn cancel(&mut self, id: TransferId, out: &mut BytesMut) -> Result<(), Refusal> {
        if let Some(incoming) = self.incoming.remove(&id) {
            encode_reject_file(out, &negotiation(&incoming.transfer, id.get()));
            self.dropped.insert(id);
            return Ok(());
        }
        let mine = self.outgoing.contains_key(&id);
        Err(if mine {
            Refusal::NotPossible
        } else {
            Refusal::NoSuchTransfer
        })
    }

    /// Somebody offers us a file. What the words cannot hold (`..`, nothing) is declined at once.
    pub(super) fn offered(&mut self, offer: &Negotiation<'_>, turn: &mut ClientTurn) {
        match transfer(offer) {
            Some(transfer) if self.incoming.len() < MAX_INCOMING => {
                self.dropped.remove(&transfer.id);
                turn.tell(Upward::Signal(Signal::Offered(transfer.clone())));
                let incoming = Incoming {
                    transfer,
                    accepted: false,
                    came: 0,
                };
                self.incoming.insert(incoming.transfer.id, incoming);
            }
            Some(_) | None => encode_reject_file(&mut turn.out, offer),
        }
    }

    /// The receiver wants our file.
    pub(super) fn accepted(&mut self, answer: &Negotiation<'_>, turn: &mut ClientTurn) {
        let Some(transfer) = transfer(answer) else {
            return;
        };
        let Some(offered) = self.take_offered(answer) else {
            return;
        };
        turn.tell(Upward::Reply(
            offered.command,
            Reply::Offered(transfer.clone()),
        ));
        turn.tell(Upward::Signal(Signal::Answered {
            transfer: transfer.clone(),
            accepted: true,
        }));
        let outgoing = Outgoing {
            transfer,
            given: 0,
            rest: BytesMut::new(),
        };
        self.outgoing.insert(outgoing.transfer.id, outgoing);
    }

    /// Our offer was declined, or a file of ours or for us is over [494-22] [494-23] [494-27].
    pub(super) fn rejected(
        &mut self,
        answer: &Negotiation<'_>,
        me: &UserName,
        turn: &mut ClientTurn,
    ) {
        if let Some(transfer) = self.take_live(answer, me) {
            let known = answer.id != 0;
            let reason = if known {
                EndReason::OtherSide
            } else {
                EndReason::BadAnswer
            };
            turn.tell(Upward::Signal(Signal::Ended { transfer, reason }));
        } else if let Some(offered) = self.take_offered(answer) {
            let reply = match transfer(answer) {
                Some(transfer) => {
                    turn.tell(Upward::Reply(
                        offered.command,
                        Reply::Offered(transfer.clone()),
                    ));
                    let signal = Signal::Answered {
                        transfer,
                        accepted: false,
                    };
                    return turn.tell(Upward::Signal(signal));
                }
                None => Reply::Refused(Refusal::NoSuchUser(offered.to.to_string())),
            };
            turn.tell(Upward::Reply(offered.command, reply));
        }
    }

    /// A piece of a file for us.
    pub(super) fn came(
        &mut self,
        chunk: &Chunk<'_>,
        turn: &mut ClientTurn,
    ) -> Result<(), Violation> {
        let id = TransferId::new(chunk.id).ok_or(Violation)?;
        let Some(incoming) = self
            .incoming
            .get_mut(&id)
            .filter(|incoming| incoming.accepted)
        else {
            return if self.dropped.contains(&id) {
                Ok(())
            } else {
                Err(Violation)
            };
        };
        incoming.came += chunk.data.len() as u64;
        let (came, size) = (incoming.came, incoming.transfer.size);
        if came > size || (chunk.finished && came < size) {
            if let Some(Incoming { transfer, .. }) = self.incoming.remove(&id) {
                let reason = EndReason::OtherSide;
                turn.tell(Upward::Signal(Signal::Ended { transfer, reason }));
            }
            return Err(Violation);
        }
        let data = Bytes::copy_from_slice(chunk.data).into();
        turn.tell(Upward::Signal(Signal::Segment {
            id,
            data,
            last: chunk.finished,
        }));
        if chunk.finished {
            self.incoming.remove(&id);
        }
        Ok(())
    }

    /// How many offers of ours wait for an answer.
    pub(super) fn unanswered(&self) -> usize {
        self.offered.len()
    }

    fn take_offered(&mut self, answer: &Negotiation<'_>) -> Option<Offered> {
        let fits = |offered: &Offered| {
            offered.to.as_str() == answer.target
                && offered.name.as_str() == answer.file_name
                && offered.size == u64::from(answer.size)
        };
        let at = self.offered.iter().position(fits)?;
        self.offered.remove(at)
    }

    /// Ends the live transfer that a REJECT_FILE is about.
    fn take_live(&mut self, answer: &Negotiation<'_>, me: &UserName) -> Option<Transfer> {
        if let Some(id) = TransferId::new(answer.id) {
            return if answer.source == me.as_str() {
                self.outgoing.remove(&id).map(|outgoing| outgoing.transfer)
            } else {
                self.incoming.remove(&id).map(|incoming| incoming.transfer)
            };
        }
        // Id 0 names no transfer; an offer that still waits is the likelier one.
        if self
            .offered
            .iter()
            .any(|offered| offered.to.as_str() == answer.target)
        {
            return None;
        }
        let fits = |outgoing: &&Outgoing| {
            outgoing.transfer.to.as_str() == answer.target
                && outgoing.transfer.name.as_str() == answer.file_name
                && outgoing.transfer.size == u64::from(answer.size)
        };
        let id = self.outgoing.values().find(fits)?.transfer.id;
        self.outgoing.remove(&id).map(|outgoing| outgoing.transfer)
    }
}

impl Outgoing {
    fn put(&mut self, mut data: &[u8], last: bool, out: &mut BytesMut) {
        let id = self.transfer.id.get();
        let mut put = |data: &[u8], finished| {
            encode_file_transfer(out, &Chunk { id, finished, data });
        };
        if !self.rest.is_empty() {
            let (top, others) = data.split_at(data.len().min(MAX_CHUNK_BYTES - self.rest.len()));
            self.rest.extend_from_slice(top);
            data = others;
            if self.rest.len() == MAX_CHUNK_BYTES && !(last && data.is_empty()) {
                put(&self.rest, false);
                self.rest.clear();
            }
        }
        while data.len() > MAX_CHUNK_BYTES || (data.len() == MAX_CHUNK_BYTES && !last) {
            let (full, others) = data.split_at(MAX_CHUNK_BYTES);
            put(full, false);
            data = others;
        }
        if !last {
            self.rest.extend_from_slice(data);
        } else if self.rest.is_empty() {
            put(data, true);
        } else {
            put(&self.rest, true);
        }
    }
}

/// The transfer that the wire names; `None` if the words cannot hold it, or it has no number.
fn transfer(wire: &Negotiation<'_>) -> Option<Transfer> {
    if wire.size == 0 {
        return None;
    }
    Some(Transfer {
        id: TransferId::new(wire.id)?,
        from: UserName::parse(wire.source).ok()?,
        to: UserName::parse(wire.target).ok()?,
        name: FileName::parse(wire.file_name).ok()?,
        size: u64::from(wire.size),
    })
}
