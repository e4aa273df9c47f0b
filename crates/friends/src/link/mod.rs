//! One encrypted connection to a friend's machine: frames, queues, the agreed services [RS-4] [RS-6].
//!
//! | file | what |
//! |---|---|
//! | `queue` | what is to be sent: words before pieces of files |
//! | `pace` | how much of files may lie ahead of words |
//! | `confirm` | whether what was said has arrived |
//! | `patience` | how much may come [RS-22] |
//! | `links` | all of them, and which one stands for which machine |
//!
//! Both sides send a probe and the list of their services at once: the acceptor of a real node waits
//! for a first byte, and nothing else passes before both lists.

mod confirm;
mod links;
mod pace;
mod patience;
mod queue;

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use model::Now;
use thiserror::Error;
use wire_retroshare::frame::{Frame, FrameError, PROBE};
use wire_retroshare::rtt::Rtt;
use wire_retroshare::{Framer, Item, ItemError, LocationCertificate, LocationId, Service};

use self::confirm::Confirm;
pub(crate) use self::links::{Links, Welcome};
use self::patience::Patience;
pub(crate) use self::queue::LEAST_ROOM;
use self::queue::Queue;
use crate::bandwidth::Allowance;
use crate::effects::{Parcel, Peer, Receipt};
use crate::heartbeat::Heartbeat;
use crate::output::{ConnectionId, Output, Place};
use crate::rtt::RoundTrip;
use crate::service_info::Agreement;

/// The peer's list of services comes within this, or they are no node.
pub(crate) const LIST_TIME: Duration = Duration::from_secs(30);
/// Between two probes, as real nodes have it: the peer may have forgotten that we read slices.
const PROBE_EVERY: Duration = Duration::from_secs(60);
/// A socket takes something within this, or its peer has stopped reading.
pub(crate) const STALL_TIME: Duration = Duration::from_secs(120);

/// Why a link must end.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Fault {
    /// Bytes that are no items.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// An item that is none of its service.
    #[error(transparent)]
    Item(#[from] ItemError),
    /// No list of services came.
    #[error("no list of services came")]
    NoList,
    /// No sign of life.
    #[error("no sign of life came")]
    Dead,
    /// What is sent is not taken.
    #[error("nothing is read at the other end")]
    NotReading,
}

/// What comes next of what has arrived.
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at at once, and never kept"
)]
#[derive(Debug)]
pub(crate) enum Next {
    /// An item of an agreed service.
    Item(Item),
    /// Nothing whole.
    Nothing,
    /// Too much at once: the rest later.
    Later,
}

/// How a link came to be.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// We called there.
    Called(Place),
    /// They called from there.
    Accepted(core::net::SocketAddr),
}

/// A connection whose peer is an approved profile's machine.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) id: ConnectionId,
    pub(crate) peer: Peer,
    pub(crate) origin: Origin,
    /// As the peer showed it: to be verified when their key comes.
    pub(crate) certificate: LocationCertificate,
    pub(crate) since: Instant,
    pub(crate) agreement: Agreement,
    pub(crate) heartbeat: Heartbeat,
    pub(crate) round_trip: RoundTrip,
    pub(crate) allowance: Allowance,
    framer: Framer,
    input: BytesMut,
    patience: Patience,
    queue: Queue,
    confirm: Confirm,
    probe_at: Instant,
    /// Bytes of files that those who send them know of.
    told_room: usize,
    /// Reading rests until then.
    rests_until: Option<Instant>,
}

impl Link {
    /// A link that stands since now: greetings are queued.
    pub(crate) fn new(
        id: ConnectionId,
        peer: Peer,
        origin: Origin,
        certificate: LocationCertificate,
        is_limited: bool,
        now: Instant,
    ) -> Self {
        let agreement = Agreement::new(is_limited);
        let mut queue = Queue::new(now);
        queue.push_raw(Bytes::from_static(&PROBE));
        let mut link = Self {
            id,
            peer,
            origin,
            certificate,
            since: now,
            heartbeat: Heartbeat::new(now),
            round_trip: RoundTrip::default(),
            allowance: Allowance::default(),
            framer: Framer::new(),
            input: BytesMut::new(),
            patience: Patience::new(now),
            confirm: Confirm::default(),
            probe_at: now + PROBE_EVERY,
            told_room: 0,
            rests_until: None,
            agreement,
            queue,
        };
        let list = Item::ServiceInfo(link.agreement.ours());
        link.push(Parcel::Item(list));
        link
    }

    /// Whether we called.
    pub(crate) fn is_ours(&self) -> bool {
        match self.origin {
            Origin::Called(_) => true,
            Origin::Accepted(_) => false,
        }
    }

    /// Whose machine is at the other end.
    pub(crate) fn location(&self) -> LocationId {
        self.peer.location
    }

    /// Both lists were exchanged: the small services begin.
    pub(crate) fn agreed(&mut self, now: Instant) {
        if self.agreement.passes(Service::HEARTBEAT) {
            self.heartbeat.start(now);
        }
        if self.agreement.passes(Service::RTT) {
            self.round_trip.start(now);
        }
        if self.agreement.passes(Service::BANDWIDTH) {
            self.allowance.start(now);
        }
    }

    /// Takes all that came.
    pub(crate) fn take(&mut self, input: &mut BytesMut) {
        if self.input.is_empty() {
            std::mem::swap(&mut self.input, input);
        } else {
            self.input.unsplit(input.split());
        }
        input.clear();
    }

    /// Leaves the beginning of an item where its rest will be put, so that it is not copied together.
    pub(crate) fn give_back(&mut self, input: &mut BytesMut) {
        // While reading rests it is not the beginning of one item, but many.
        if input.is_empty() && !self.is_resting() {
            std::mem::swap(&mut self.input, input);
        }
    }

    /// The next item. What belongs to no agreed service is passed over, as real nodes do.
    ///
    /// # Errors
    /// [`Fault`]; the link is to be ended.
    pub(crate) fn next(&mut self, now: Instant) -> Result<Next, Fault> {
        loop {
            if !self.patience.has_some(now) {
                return Ok(Next::Later);
            }
            let raw = match self.framer.next(&mut self.input)? {
                None => return Ok(Next::Nothing),
                Some(Frame::Probe) => {
                    self.patience.spend_on_probe();
                    continue;
                }
                Some(Frame::Item(raw)) => raw,
            };
            self.heartbeat.packet(now);
            self.patience
                .spend(raw.service, raw.subtype, raw.body.len());
            if !self.agreement.passes(raw.service) {
                continue;
            }
            return Ok(Next::Item(Item::decode(raw)?));
        }
    }

    /// A piece of a file came that nobody had asked for.
    pub(crate) fn unasked(&mut self, length: usize) {
        self.patience.spend_on_unasked(length);
    }

    /// Reading rests, for so long that some more may come; `true` if it did not rest already.
    pub(crate) fn rest(&mut self, now: Instant) -> bool {
        let until = self.patience.has_some_at(now);
        self.rests_until.replace(until).is_none()
    }

    /// Whether reading may go on: `true` once, if it rested.
    pub(crate) fn take_rested(&mut self, now: Instant) -> bool {
        self.rests_until.take_if(|until| *until <= now).is_some()
    }

    /// Whether reading rests.
    pub(crate) fn is_resting(&self) -> bool {
        self.rests_until.is_some()
    }

    /// Queues something, if its service is agreed on.
    pub(crate) fn push(&mut self, parcel: Parcel) {
        match parcel {
            Parcel::Item(item) if self.agreement.passes(item.service()) => {
                self.queue.push(&item, None);
            }
            Parcel::Tracked(item, receipt) if self.agreement.passes(item.service()) => {
                if self.agreement.passes(Service::RTT) && self.confirm.is_on() {
                    self.queue.push(&item, None);
                    self.confirm.add(receipt);
                } else {
                    self.queue.push(&item, Some(receipt));
                }
            }
            Parcel::Bulk { head, data } if self.agreement.passes(service_of(&head)) => {
                // Those who send it count it off too.
                self.told_room = self.told_room.saturating_sub(head.len() + data.len());
                self.queue.push_bulk(head, data);
            }
            Parcel::Item(_) | Parcel::Tracked(..) | Parcel::Bulk { .. } => {}
        }
    }

    /// Whether more words may be queued without much waiting before them.
    pub(crate) fn has_room(&self) -> bool {
        self.queue.has_room()
    }

    /// Bytes of files that may be queued, where that is not what was told: more, as some have left, or
    /// less, as the link carries less.
    pub(crate) fn take_room(&mut self, now: Instant) -> Option<usize> {
        let services = [Service::FILE_TRANSFER, Service::FILE_LISTS];
        if !services
            .iter()
            .any(|service| self.agreement.passes(*service))
        {
            return None;
        }
        let room = self.queue.bulk_room(now);
        let told = std::mem::replace(&mut self.told_room, room);
        (room != told).then_some(room)
    }

    /// Hands to the socket what it should have.
    pub(crate) fn flush(&mut self, now: Now, outputs: &mut Vec<Output>) {
        if let Some(ping) = self.confirm.ask(&mut self.round_trip, now) {
            self.push(Parcel::Item(Item::Rtt(ping)));
        }
        self.queue
            .flush(self.id, &mut self.allowance, now.instant, outputs);
    }

    /// A measurement came; what has arrived, as it shows, is answered with.
    pub(crate) fn measured(&mut self, item: Rtt, now: Now) -> Vec<Receipt> {
        if let Some(answer) = self.round_trip.handle(item, now) {
            self.push(Parcel::Item(Item::Rtt(answer)));
        }
        match item {
            Rtt::Pong { seq, .. } => self.confirm.answered(seq),
            Rtt::Ping { .. } => Vec::new(),
        }
    }

    /// What is believed to have arrived, as nothing more will be heard of it.
    pub(crate) fn unanswered(&mut self, now: Instant) -> Vec<Receipt> {
        self.confirm.give_up(now)
    }

    /// The socket has not taken so many bytes; what has left, of a peer who confirms nothing, is
    /// answered with.
    pub(crate) fn sent(&mut self, unsent: usize, now: Instant) -> Vec<Receipt> {
        self.queue.sent(unsent, now)
    }

    /// Does what is due by time.
    ///
    /// # Errors
    /// [`Fault`]; the link is to be ended.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> Result<(), Fault> {
        let at = now.instant;
        if !self.agreement.is_done() && at >= self.since + LIST_TIME {
            return Err(Fault::NoList);
        }
        if self.heartbeat.is_dead(at) {
            return Err(Fault::Dead);
        }
        if self.probe_at <= at {
            self.probe_at = at + PROBE_EVERY;
            self.queue.push_raw(Bytes::from_static(&PROBE));
        }
        if self.heartbeat.take_due(at) {
            self.push(Parcel::Item(Item::Heartbeat));
        }
        if let Some(ping) = self.round_trip.take_due(now) {
            self.push(Parcel::Item(Item::Rtt(ping)));
        }
        if let Some(advice) = self.allowance.take_due(at) {
            self.push(Parcel::Item(Item::Bandwidth(advice)));
        }
        self.check_queue(at)
    }

    /// Whether the peer still reads.
    ///
    /// # Errors
    /// [`Fault::NotReading`].
    pub(crate) fn check_queue(&self, now: Instant) -> Result<(), Fault> {
        if self.queue.is_too_long() || self.queue.stalls_at().is_some_and(|at| at <= now) {
            return Err(Fault::NotReading);
        }
        Ok(())
    }

    /// When to look again.
    pub(crate) fn deadline(&self) -> Instant {
        let list_by = (!self.agreement.is_done()).then(|| self.since + LIST_TIME);
        let others = [
            list_by,
            Some(self.probe_at),
            self.round_trip.deadline(),
            self.allowance.deadline(),
            self.rests_until,
            self.confirm.deadline(),
            self.queue.stalls_at(),
            self.queue.opens_at(&self.allowance),
        ];
        let first = others.into_iter().flatten().min();
        first.map_or(self.heartbeat.deadline(), |at| {
            at.min(self.heartbeat.deadline())
        })
    }

    /// Bytes held for this peer, for checks of the bounds.
    pub(crate) fn held(&self) -> usize {
        self.input.len() + self.framer.held() + self.queue.held()
    }
}

/// The service in an item's header.
fn service_of(item: &[u8]) -> u16 {
    match item {
        [_, high, low, ..] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
