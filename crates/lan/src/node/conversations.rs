//! What is to be said to somebody, on which stream, and what became of it.
//!
//! There is one conversation a person and, but for moments, one stream a conversation. Two can come to
//! be when both sides open at once, or when the other side has lost one without our noticing [LAN-43].
//! Then nothing is said until one of them is gone:
//!
//! - both ways and encrypted: the one whose caller's name sorts first stays, the other's caller ends it;
//! - both theirs: the newer stays;
//! - else: the other side is given a second to end one, then we end the older. COMPAT(libpurple): it
//!   ends its own at once, and throws away what waited on it.
//!
//! A stream that was in use is left only when it is closed, so that what is said next cannot overtake.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use model::{
    Channel, CommandId, Now, Refusal, Reply, Signal, TellOutcome, Told, TransferId, UserName,
};
use wire_xmpp::encode;

use super::calls::Call;
use super::limits::{
    CONFIRM_TIME, CROSSING_TIME, END_TIME, HOLD_TIME, MAX_CONVERSATIONS, MAX_QUEUED,
    MAX_QUEUED_IN_ALL, MAX_UNCONFIRMED, MAX_UNSENT,
};
use super::talks::{Identity, Kind, Talk};
use super::written::{Loss, Sent};
use super::{ConnectionId, Life, Node};
use crate::Instance;

/// What is between us and one person.
#[derive(Debug)]
pub(super) struct Conversation {
    /// How they are called where discovery does not know them.
    pub(super) name: UserName,
    queue: VecDeque<Queued>,
    /// Streams that are theirs, from the header on until they are closed.
    pub(super) streams: Vec<ConnectionId>,
    pub(super) call: Option<Call>,
    /// Calls since something got through.
    pub(super) failures: u32,
    /// Why the last one failed.
    pub(super) why: String,
    pub(super) announced: Option<Channel>,
    /// They know typing notices.
    pub(super) wants_typing: bool,
    pub(super) is_typing: bool,
    pub(super) parting: Vec<CommandId>,
    /// Until when receipts are waited for before the end.
    part_at: Option<Instant>,
    /// Until when nothing is said, because there are two streams.
    hold_until: Option<Instant>,
}

impl Conversation {
    fn new(name: UserName) -> Self {
        Self {
            name,
            queue: VecDeque::new(),
            streams: Vec::new(),
            call: None,
            failures: 0,
            why: String::new(),
            announced: None,
            wants_typing: false,
            is_typing: false,
            parting: Vec::new(),
            part_at: None,
            hold_until: None,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let call = self.call.as_ref().and_then(Call::deadline);
        [call, self.hold_until, self.part_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether something waits to be said.
    pub(super) fn is_waiting(&self) -> bool {
        !self.queue.is_empty()
    }

    fn is_idle(&self) -> bool {
        self.streams.is_empty()
            && self.queue.is_empty()
            && self.call.is_none()
            && self.parting.is_empty()
    }
}

/// Something to say.
#[derive(Clone, Debug)]
pub(super) enum Queued {
    /// A message.
    Text {
        /// Answered when the socket has it.
        command: CommandId,
        told: Arc<Told>,
    },
    /// The offer of a file.
    Offer {
        /// Answered when the socket has it.
        command: CommandId,
        transfer: TransferId,
    },
    /// An iq, ready to be sent.
    Iq(Bytes),
}

impl Node {
    /// The conversation with `name`, begun if there is none; `None`: there are too many.
    pub(super) fn conversation(&mut self, name: &Instance) -> Option<&mut Conversation> {
        if !self.conversations.contains_key(name) {
            if self.conversations.len() >= MAX_CONVERSATIONS {
                let idle = self
                    .conversations
                    .iter()
                    .find(|(_, c)| c.is_idle())?
                    .0
                    .clone();
                self.conversations.remove(&idle);
            }
            let shown = self.shown_name(name);
            self.conversations
                .insert(name.clone(), Conversation::new(shown));
        }
        self.conversations.get_mut(name)
    }

    /// Takes something to say.
    pub(super) fn enqueue(&mut self, name: &Instance, item: Queued) {
        let in_all: usize = self.conversations.values().map(|c| c.queue.len()).sum();
        let accepted = match self.conversation(name) {
            Some(conversation)
                if conversation.queue.len() < MAX_QUEUED && in_all < MAX_QUEUED_IN_ALL =>
            {
                conversation.queue.push_back(item);
                None
            }
            Some(_) | None => Some(item),
        };
        match accepted {
            None => self.mark(name),
            Some(item) => {
                let why = "too much waits to be said already";
                let refusal = Refusal::Unreachable(self.shown_name(name), why.into());
                self.refuse_item(&item, &refusal);
            }
        }
    }

    /// Looks at a conversation after something has changed.
    pub(super) fn attend(&mut self, name: &Instance, now: Now) {
        if self.conversations.contains_key(name) {
            self.arrange(name, now);
            self.pump(name, now);
            self.finish_parting(name, now);
        }
    }

    /// Nothing of what waits can be said.
    pub(super) fn fail(&mut self, name: &Instance, refusal: &Refusal) {
        if let Some(conversation) = self.conversations.get_mut(name) {
            conversation.failures = 0;
            conversation.call = None;
            for item in std::mem::take(&mut conversation.queue) {
                self.refuse_item(&item, refusal);
            }
            self.mark(name);
        }
    }

    /// The same, because we do not want to any more.
    pub(super) fn give_up_queue(&mut self, name: &Instance, why: &str, now: Now) {
        self.drop_call(name, now);
        let refusal = Refusal::Unreachable(self.shown_name(name), why.into());
        self.fail(name, &refusal);
    }

    /// Tells that we are writing, to those who can understand it [LAN-44].
    pub(super) fn tell_typing(&mut self, name: &Instance, is_typing: bool, now: Now) {
        let sender = self.sender(name, now.instant);
        let Some(id) = sender.filter(|&id| self.has_room(id, now.instant)) else {
            return;
        };
        let is_ours = self.talk(id).is_some_and(|talk| talk.fingerprint.is_some());
        let wants = self.conversations.get(name).is_some_and(|c| c.wants_typing);
        if is_ours || wants {
            let mut out = BytesMut::new();
            let (us, them) = (self.our_name(), self.shown_name(name));
            encode::typing(us.as_str(), them.as_str(), is_typing, &mut out);
            self.send(id, out);
        }
    }

    /// Says an iq on the stream it belongs to, or on the next one.
    pub(super) fn send_iq(&mut self, name: &Instance, on: Option<ConnectionId>, bytes: BytesMut) {
        match on.filter(|&id| self.talk(id).is_some_and(|talk| talk.stream.can_send())) {
            Some(id) => self.send(id, bytes),
            None => self.enqueue(name, Queued::Iq(bytes.freeze())),
        }
    }

    /// The socket has taken bytes.
    pub(super) fn sent(&mut self, id: ConnectionId, count: usize, now: Now) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        connection.taken = connection
            .taken
            .saturating_add(count as u64)
            .min(connection.written);
        let taken = connection.taken;
        match &mut connection.kind {
            Kind::Talk(talk) => {
                let Identity::Known(name) = talk.identity.clone() else {
                    return;
                };
                let done = talk.take_out(taken, now.instant);
                if let Some(conversation) = self.conversations.get_mut(&name)
                    && !done.is_empty()
                {
                    conversation.failures = 0;
                }
                for item in done {
                    self.item_is_out(&item);
                }
                self.mark(&name);
            }
            Kind::File(transfer) => {
                let transfer = *transfer;
                self.file_sent(transfer, now);
            }
            Kind::Silent | Kind::Calling(_) | Kind::Asking { .. } => {}
        }
    }

    /// A stream is over: says what became of what was said on it.
    pub(super) fn settle_talk(&mut self, id: ConnectionId, talk: Talk, loss: Loss, now: Now) {
        let name = match &talk.identity {
            Identity::Known(name) => name,
            // A call may have waited for this one.
            Identity::Checking { name, .. } => return self.mark(name),
            Identity::Unknown => return,
        };
        let mut again = Vec::new();
        for sent in talk.sent {
            let has_arrived = sent.at.is_some_and(|at| match loss {
                Loss::Proper => true,
                Loss::EndedByThem(end) => at + CROSSING_TIME <= end,
                Loss::Broken | Loss::Cut => at + CONFIRM_TIME <= now.instant,
            });
            match (sent.item, sent.at) {
                (_, Some(_)) if has_arrived => {}
                (item, None) if loss != Loss::Cut => again.push(item),
                (Queued::Text { command, told }, at) => {
                    if at.is_none() {
                        self.reply(command, Reply::Told(TellOutcome::Delivered));
                    }
                    self.signal(Signal::Doubtful(told));
                }
                (item @ (Queued::Offer { .. } | Queued::Iq(_)), _) => {
                    let why = Refusal::Unreachable(
                        self.shown_name(name),
                        "the conversation broke off".into(),
                    );
                    self.refuse_item(&item, &why);
                }
            }
        }
        if let Some(conversation) = self.conversations.get_mut(name) {
            conversation.streams.retain(|&stream| stream != id);
            for item in again.into_iter().rev() {
                conversation.queue.push_front(item);
            }
            if conversation.streams.is_empty() && std::mem::take(&mut conversation.is_typing) {
                let from = self.shown_name(name);
                self.signal(Signal::Typing {
                    from,
                    is_typing: false,
                });
            }
        }
        if matches!(loss, Loss::Broken | Loss::Cut) {
            self.end_unanswered_transfers(name, now);
        }
        self.mark(name);
    }

    /// Tells how safe it is, if that is news.
    pub(super) fn announce_channel(&mut self, name: &Instance, channel: Channel) {
        let with = self.shown_name(name);
        if let Some(conversation) = self.conversation(name) {
            let is_news = match (&conversation.announced, &channel) {
                (
                    Some(Channel::Encrypted {
                        fingerprint: old, ..
                    }),
                    Channel::Encrypted {
                        fingerprint: new, ..
                    },
                ) => old != new,
                (old, new) => old.as_ref() != Some(new),
            };
            if is_news {
                conversation.announced = Some(channel.clone());
                self.signal(Signal::Channel { with, channel });
            }
        }
    }

    /// The stream on which things are said now.
    pub(super) fn sender(&self, name: &Instance, now: Instant) -> Option<ConnectionId> {
        let conversation = self.conversations.get(name)?;
        if conversation.hold_until.is_some() {
            return None;
        }
        let mut usable = None;
        for &id in &conversation.streams {
            let talk = self.talk(id)?;
            if talk.is_usable() {
                usable = usable.or(Some(id));
            } else if talk.ending.is_some()
                && talk.prune_time().is_none_or(|at| at > now)
                && !talk.sent.is_empty()
            {
                return None;
            }
        }
        usable
    }

    /// Sees to it that there is one stream.
    fn arrange(&mut self, name: &Instance, now: Now) {
        let Some(conversation) = self.conversations.get(name) else {
            return;
        };
        let mut ours = None;
        let mut theirs = Vec::new();
        let mut opening = None;
        for &id in &conversation.streams {
            let Some(connection) = self.connections.get(&id) else {
                continue;
            };
            let Kind::Talk(talk) = &connection.kind else {
                continue;
            };
            match (talk.is_usable(), connection.is_accepted) {
                (true, true) => theirs.push((talk.order, id, talk.fingerprint.is_some())),
                (true, false) => ours = Some((talk.order, id, talk.fingerprint.is_some())),
                (false, false) if talk.ending.is_none() => opening = Some(id),
                (false, _) => {}
            }
        }
        theirs.sort_unstable();
        let newest = theirs.pop();
        for (_, id, _) in theirs {
            self.end_talk(id, now);
        }
        let loser = match (ours, newest, opening) {
            (Some(ours), Some(theirs), _) => {
                if ours.2 && theirs.2 && self.our_name() > *name {
                    self.end_talk(ours.1, now);
                    None
                } else {
                    Some(ours.min(theirs).1)
                }
            }
            (None, Some(_), Some(opening)) => Some(opening),
            (Some(_), None, _) | (None, None, _) | (None, Some(_), None) => None,
        };
        let hold_until = self.conversations.get(name).and_then(|c| c.hold_until);
        let hold_until = match (loser, hold_until) {
            (None, _) => None,
            (Some(loser), Some(until)) if until <= now.instant => {
                self.hang_up(loser, now);
                None
            }
            (Some(_), Some(until)) => Some(until),
            (Some(_), None) => Some(now.instant + HOLD_TIME),
        };
        if let Some(conversation) = self.conversations.get_mut(name) {
            conversation.hold_until = hold_until;
        }
    }

    /// Says what waits, as far as that is possible now.
    fn pump(&mut self, name: &Instance, now: Now) {
        while self
            .conversations
            .get(name)
            .is_some_and(Conversation::is_waiting)
        {
            let Some(id) = self.sender(name, now.instant) else {
                return self.call_if_needed(name, now);
            };
            if !self.has_room(id, now.instant) {
                return;
            }
            let front = self
                .conversations
                .get_mut(name)
                .and_then(|c| c.queue.pop_front());
            if let Some(item) = front {
                self.write(id, name, item);
            }
        }
        let conversation = self.conversations.get(name);
        if conversation.is_some_and(|c| c.call.is_some()) {
            self.drop_call(name, now);
        }
    }

    fn call_if_needed(&mut self, name: &Instance, now: Now) {
        let Some(conversation) = self.conversations.get(name) else {
            return;
        };
        let is_published = !self.config.is_visible || self.mdns.name().is_some();
        let is_free = conversation.streams.is_empty() && conversation.call.is_none();
        let is_introduced =
            self.introduced_at.is_none_or(|at| at <= now.instant) || self.pins.contains_key(name);
        if is_free
            && is_published
            && is_introduced
            && self.is_signed_in()
            && !self.is_called_by(name)
        {
            self.call(name, now);
        }
    }

    fn has_room(&mut self, id: ConnectionId, now: Instant) -> bool {
        let Some(connection) = self.connections.get_mut(&id) else {
            return false;
        };
        let unsent = connection.written - connection.taken;
        let Kind::Talk(talk) = &mut connection.kind else {
            return false;
        };
        talk.prune(now);
        unsent < MAX_UNSENT && talk.sent.len() < MAX_UNCONFIRMED
    }

    fn write(&mut self, id: ConnectionId, name: &Instance, item: Queued) {
        let is_ours = self.talk(id).is_some_and(|talk| talk.fingerprint.is_some());
        let (us, them) = (self.our_name(), self.shown_name(name));
        let mut out = BytesMut::new();
        let mut receipt = None;
        match &item {
            Queued::Text { told, .. } => {
                receipt = is_ours.then(|| self.ids.draw());
                let message = encode::Message {
                    from: us.as_str(),
                    to: them.as_str(),
                    id: receipt.as_deref(),
                    text: told.text.as_str(),
                };
                encode::message(&message, &mut out);
            }
            Queued::Offer { transfer, .. } => match self.si_offer(*transfer, is_ours) {
                Some(offer) => encode::si_offer(us.as_str(), them.as_str(), &offer, &mut out),
                // Cancelled while it waited.
                None => return self.item_is_out(&item),
            },
            Queued::Iq(bytes) => out.extend_from_slice(bytes),
        }
        self.send(id, out);
        if let Some(connection) = self.connections.get_mut(&id)
            && let Kind::Talk(talk) = &mut connection.kind
        {
            talk.sent.push_back(Sent {
                item,
                end: connection.written,
                receipt,
                at: None,
            });
        }
    }

    /// The socket has taken it.
    pub(super) fn item_is_out(&mut self, item: &Queued) {
        match item {
            Queued::Text { command, .. } => {
                self.reply(*command, Reply::Told(TellOutcome::Delivered));
            }
            Queued::Offer { command, transfer } => self.offer_is_out(*command, *transfer),
            Queued::Iq(_) => {}
        }
    }

    fn refuse_item(&mut self, item: &Queued, refusal: &Refusal) {
        match item {
            Queued::Text { command, .. } => self.refuse(*command, refusal.clone()),
            Queued::Offer { command, transfer } => {
                if self.transfers.remove(transfer).is_some() {
                    self.refuse(*command, refusal.clone());
                } else {
                    self.refuse(*command, Refusal::NoSuchTransfer);
                }
            }
            // The transfer it is about has a time limit.
            Queued::Iq(_) => {}
        }
    }

    /// Ends the conversation for those who asked for it, once everything is said [LAN-22]. One of ours
    /// sends receipts, and the end waits for them: ends that cross prove nothing.
    fn finish_parting(&mut self, name: &Instance, now: Now) {
        let is_leaving = matches!(self.life, Life::Leaving { .. });
        let Some(conversation) = self.conversations.get_mut(name) else {
            return;
        };
        if is_leaving || conversation.parting.is_empty() || !conversation.queue.is_empty() {
            conversation.part_at = None;
            return;
        }
        let streams = conversation.streams.clone();
        if streams.is_empty() {
            conversation.announced = None;
            conversation.part_at = None;
            for id in std::mem::take(&mut conversation.parting) {
                self.reply(id, Reply::Done);
            }
            return;
        }
        let part_at = *conversation.part_at.get_or_insert(now.instant + END_TIME);
        let is_unconfirmed = |talk: &Talk| talk.fingerprint.is_some() && !talk.sent.is_empty();
        for id in streams {
            if part_at <= now.instant || !self.talk(id).is_some_and(is_unconfirmed) {
                self.hang_up(id, now);
            }
        }
        if part_at <= now.instant
            && let Some(conversation) = self.conversations.get_mut(name)
        {
            // The streams have limits of their own from here on.
            conversation.part_at = None;
        }
    }
}
