//! Connections that carry a stream: who it is, how safe it is, what comes, the end.
//!
//! ```text
//! accepted ─▶ Silent ─▶ Talk: Unknown ─▶ Checking ─▶ Known ─▶ admitted ─▶ ending ─▶ closed
//!                └────▶ Asking (first byte 0x05) ─▶ File
//! called   ─▶ Calling ─▶ Talk: Known ─▶ admitted …
//! ```

use std::collections::VecDeque;
use std::time::Instant;

use bytes::BytesMut;
use core::net::{IpAddr, SocketAddr};
use model::{Now, TransferId};
use wire_xmpp::socks;

use super::limits::{
    BREATH_TIME, END_TIME, FIRST_BYTE_TIME, MAX_ACCEPTED, MAX_ACCEPTED_PER_ADDRESS,
    MAX_OUTPUTS_AT_ONCE, MAX_UNKNOWN, MAX_UNKNOWN_PER_ADDRESS, SETTLE_TIME, UNKNOWN_TIME,
};
use super::seam::Output;
use super::written::{Loss, Sent};
use super::{ConnectionId, Life, Node, calls};
use crate::Instance;
use crate::stream::{Step, Stream, StreamError};

/// The first byte of SOCKS5: a file is fetched. XML never begins so.
const SOCKS5: u8 = 5;

/// A connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) remote: IpAddr,
    /// The link it is on; 0: not known.
    pub(super) interface: u32,
    pub(super) is_accepted: bool,
    since: Instant,
    pub(super) written: u64,
    /// At most `written`.
    pub(super) taken: u64,
    pub(super) kind: Kind,
}

/// What a connection is for.
#[derive(Debug)]
pub(super) enum Kind {
    /// Accepted, no byte has come.
    Silent,
    /// Ours, on the way to somebody.
    Calling(Instance),
    /// A stream.
    Talk(Box<Talk>),
    /// Accepted, wants a file and has not said which.
    Asking(socks::Server),
    /// Bytes of a file, or the way there.
    File(TransferId),
}

/// A stream and whose it is.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) stream: Stream,
    pub(super) identity: Identity,
    /// Of their certificate.
    pub(super) fingerprint: Option<[u8; 32]>,
    /// It is theirs and as safe as it has to be.
    pub(super) is_admitted: bool,
    /// Of two, the older has the smaller.
    pub(super) order: u64,
    /// What came before it was admitted.
    pub(super) held: Vec<Step>,
    pub(super) held_bytes: usize,
    /// What was written and is not known to have arrived.
    pub(super) sent: VecDeque<Sent>,
    pub(super) ending: Option<Ending>,
    /// Nothing is said before this: the other side may end at once.
    pub(super) listens_until: Option<Instant>,
    /// No end of ours goes out before this.
    no_end_before: Option<Instant>,
    /// Something has come behind their header.
    has_spoken: bool,
    /// Our end, where it waits: not before this, and for this reason.
    farewell: Option<(Instant, Option<&'static str>)>,
    /// Nothing that comes is looked at any more.
    pub(super) is_deaf: bool,
    /// The connection is gone already; only what is held is left.
    pub(super) is_gone: bool,
}

/// The last seconds of a stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    /// When their end tag came, if it came before ours.
    by_them: Option<Instant>,
    until: Instant,
}

/// Whose stream it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nobody has said.
    Unknown,
    /// Somebody says so; discovery is asked.
    Checking {
        /// As whom they come.
        name: Instance,
        until: Instant,
        /// Nothing speaks against it.
        is_plausible: bool,
    },
    /// Theirs.
    Known(Instance),
}

impl Connection {
    pub(super) fn new(
        remote: IpAddr,
        interface: u32,
        is_accepted: bool,
        kind: Kind,
        since: Instant,
    ) -> Self {
        Self {
            remote,
            interface,
            is_accepted,
            since,
            written: 0,
            taken: 0,
            kind,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.kind {
            Kind::Silent | Kind::Asking(_) => Some(self.since + FIRST_BYTE_TIME),
            Kind::Calling(_) | Kind::File(_) => None,
            Kind::Talk(talk) => talk.deadline(self.since),
        }
    }

    /// Whether it is accepted and nobody knows whose it is.
    fn is_unknown(&self) -> bool {
        self.is_accepted
            && match &self.kind {
                Kind::Silent | Kind::Asking(_) => true,
                Kind::Talk(talk) => !matches!(talk.identity, Identity::Known(_)),
                Kind::Calling(_) | Kind::File(_) => false,
            }
    }
}

impl Talk {
    pub(super) fn new(stream: Stream, identity: Identity) -> Self {
        Self {
            stream,
            identity,
            fingerprint: None,
            is_admitted: false,
            order: 0,
            held: Vec::new(),
            held_bytes: 0,
            sent: VecDeque::new(),
            ending: None,
            listens_until: None,
            no_end_before: None,
            has_spoken: false,
            farewell: None,
            is_deaf: false,
            is_gone: false,
        }
    }

    /// Whether things can be said on it.
    pub(super) fn is_usable(&self) -> bool {
        let is_open = self.is_admitted && self.ending.is_none() && self.stream.can_send();
        is_open && self.listens_until.is_none()
    }

    fn deadline(&self, since: Instant) -> Option<Instant> {
        if let Some((at, _)) = self.farewell {
            return Some(at);
        }
        if let Some(ending) = &self.ending {
            return Some(ending.until);
        }
        let identity = match &self.identity {
            Identity::Unknown => Some(since + UNKNOWN_TIME),
            Identity::Checking { until, .. } => Some(*until),
            Identity::Known(_) => None,
        };
        let stream = self.stream.deadline().filter(|_| !self.is_gone);
        [identity, stream, self.prune_time(), self.listens_until]
            .into_iter()
            .flatten()
            .min()
    }
}

impl Node {
    pub(super) fn talk(&self, id: ConnectionId) -> Option<&Talk> {
        match &self.connections.get(&id)?.kind {
            Kind::Talk(talk) => Some(talk),
            Kind::Silent | Kind::Calling(_) | Kind::Asking(_) | Kind::File(_) => None,
        }
    }

    pub(super) fn talk_mut(&mut self, id: ConnectionId) -> Option<&mut Talk> {
        match &mut self.connections.get_mut(&id)?.kind {
            Kind::Talk(talk) => Some(talk),
            Kind::Silent | Kind::Calling(_) | Kind::Asking(_) | Kind::File(_) => None,
        }
    }

    /// Takes a connection, within the limits.
    pub(super) fn accept(&mut self, id: ConnectionId, from: SocketAddr, now: Now) {
        let remote = from.ip().to_canonical();
        let accepted = || self.connections.values().filter(|c| c.is_accepted);
        let here = |c: &&Connection| c.remote == remote;
        let is_full = accepted().count() >= MAX_ACCEPTED
            || accepted().filter(here).count() >= MAX_ACCEPTED_PER_ADDRESS
            || accepted().filter(here).filter(|c| c.is_unknown()).count()
                >= MAX_UNKNOWN_PER_ADDRESS
            || matches!(self.life, Life::Leaving { .. } | Life::Over);
        if is_full {
            self.outputs.push_back(Output::Close(id));
            return;
        }
        let unknown = || self.connections.iter().filter(|(_, c)| c.is_unknown());
        if unknown().count() >= MAX_UNKNOWN
            && let Some((&oldest, _)) = unknown().min_by_key(|(_, c)| c.since)
        {
            self.cut(oldest, now);
        }
        let interface = self.link_of(from);
        let connection = Connection::new(remote, interface, true, Kind::Silent, now.instant);
        self.connections.insert(id, connection);
        if self.is_behind {
            self.outputs.push_back(Output::Pause(id, true));
        }
    }

    /// Takes what it can from `input`'s front: nothing while the face is behind, and no more than it
    /// can be told at once.
    pub(super) fn take_bytes(&mut self, id: ConnectionId, input: &mut BytesMut, now: Now) {
        let enough = self.outputs.len() + MAX_OUTPUTS_AT_ONCE;
        loop {
            let us = self.our_name();
            if !input.is_empty() && self.connections.contains_key(&id) {
                if self.is_behind {
                    return;
                }
                if self.outputs.len() >= enough {
                    // The IO calls again with what is left.
                    return self.outputs.push_back(Output::Pause(id, false));
                }
            }
            let Some(connection) = self.connections.get_mut(&id) else {
                return input.clear();
            };
            let goes_on = match &mut connection.kind {
                Kind::Silent => match input.first() {
                    None => false,
                    Some(&SOCKS5) => {
                        connection.kind = Kind::Asking(socks::Server::default());
                        true
                    }
                    Some(_) => {
                        let stream = Stream::answer(us.as_str(), now.instant);
                        let talk = Talk::new(stream, Identity::Unknown);
                        connection.kind = Kind::Talk(Box::new(talk));
                        true
                    }
                },
                Kind::Calling(_) => false,
                Kind::Talk(_) => self.step(id, input, now),
                Kind::Asking(_) => self.is_asked(id, input, now),
                Kind::File(transfer) => {
                    let transfer = *transfer;
                    self.take_file_bytes(transfer, id, input, now)
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    /// TLS stands.
    pub(super) fn secured(&mut self, id: ConnectionId, fingerprint: [u8; 32], now: Now) {
        match self.connections.get_mut(&id).map(|c| &mut c.kind) {
            Some(Kind::Talk(talk)) => {
                if !talk.stream.is_shaking_hands() {
                    return;
                }
                talk.fingerprint = Some(fingerprint);
                let mut out = BytesMut::new();
                talk.stream.secure(&mut out, now.instant);
                let identity = talk.identity.clone();
                self.send(id, out);
                if let Identity::Known(name) = identity
                    && let Err(found) = self.judge_key(&name, fingerprint)
                {
                    self.refuse_talk(id, &name, &found, now);
                }
            }
            Some(Kind::File(transfer)) => {
                let transfer = *transfer;
                self.file_is_secured(transfer, id, fingerprint, now);
            }
            Some(Kind::Silent | Kind::Calling(_) | Kind::Asking(_)) | None => {}
        }
    }

    /// The connection is over.
    pub(super) fn closed(&mut self, id: ConnectionId, error: Option<String>, now: Now) {
        if let Some(talk) = self.talk_mut(id)
            && matches!(talk.identity, Identity::Checking { .. })
            && !talk.held.is_empty()
            && !talk.is_deaf
        {
            talk.is_gone = true;
            return;
        }
        let Some(connection) = self.connections.remove(&id) else {
            return;
        };
        match connection.kind {
            Kind::Silent | Kind::Asking(_) => {}
            Kind::Calling(name) => {
                let why = error.unwrap_or_else(|| "they close the connection at once".into());
                self.call_failed(&name, why, now);
            }
            Kind::File(transfer) => {
                let has_taken_all = connection.taken == connection.written;
                self.file_closed(transfer, id, has_taken_all, now);
            }
            Kind::Talk(talk) => {
                let loss = match talk.ending.and_then(|ending| ending.by_them) {
                    Some(_) if error.is_none() => Loss::Proper,
                    Some(at) => Loss::EndedByThem(at),
                    None if error.is_none() => Loss::Cut,
                    None => Loss::Broken,
                };
                if let Identity::Known(name) = &talk.identity
                    && let Some(conversation) = self.conversations.get_mut(name)
                    && talk.ending.is_none()
                {
                    conversation.why = error.unwrap_or_else(|| {
                        let early = if talk.stream.is_greeted() {
                            ""
                        } else {
                            ", at once"
                        };
                        format!("they close the connection{early}")
                    });
                }
                self.settle_talk(id, *talk, loss, now);
            }
        }
    }

    /// A deadline of a connection has passed.
    pub(super) fn connection_is_late(&mut self, id: ConnectionId, now: Now) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let is_old = connection.since + UNKNOWN_TIME <= now.instant;
        let talk = match &mut connection.kind {
            Kind::Talk(talk) => talk,
            Kind::Silent | Kind::Asking(_) | Kind::Calling(_) | Kind::File(_) => {
                return self.cut(id, now);
            }
        };
        if talk.farewell.is_some() {
            return self.say_farewell(id);
        }
        if let Some(ending) = talk.ending {
            let loss = ending.by_them.map_or(Loss::Cut, Loss::EndedByThem);
            return self.close_talk(id, loss, now);
        }
        talk.prune(now.instant);
        talk.listens_until = talk.listens_until.filter(|at| *at > now.instant);
        match &talk.identity {
            Identity::Unknown if is_old => return self.reject_talk(id, "connection-timeout", now),
            Identity::Checking { until, .. } if *until <= now.instant => {
                return self.reject_talk(id, "invalid-from", now);
            }
            Identity::Unknown | Identity::Checking { .. } | Identity::Known(_) => {}
        }
        let result = if self.is_behind {
            // What it waits for may have come: it is we who do not read.
            talk.stream.postpone(now.instant);
            Ok(())
        } else {
            talk.stream.expire(now.instant)
        };
        if let Identity::Known(name) = talk.identity.clone() {
            self.mark(&name);
        }
        match result {
            Ok(()) => self.take_bytes(id, &mut BytesMut::new(), now),
            Err(error) => self.break_talk(id, &error, now),
        }
    }

    /// Our end tag; what still comes is shown, for two seconds [LAN-22].
    pub(super) fn end_talk(&mut self, id: ConnectionId, now: Now) {
        self.begin_ending(id, None, now);
    }

    /// Ends a connection as properly as it can be.
    pub(super) fn hang_up(&mut self, id: ConnectionId, now: Now) {
        match self.talk(id) {
            Some(talk) if talk.ending.is_some() => {}
            Some(talk) if talk.stream.is_open() => self.end_talk(id, now),
            Some(_) | None => self.cut(id, now),
        }
    }

    /// Closes a connection now.
    pub(super) fn cut(&mut self, id: ConnectionId, now: Now) {
        let Some(connection) = self.connections.remove(&id) else {
            return;
        };
        match connection.kind {
            Kind::Talk(talk) => {
                self.close_connection(id, &talk, Loss::Cut);
                self.settle_talk(id, *talk, Loss::Cut, now);
            }
            Kind::Silent | Kind::Calling(_) | Kind::Asking(_) | Kind::File(_) => {
                self.outputs.push_back(Output::Close(id));
            }
        }
    }

    /// Says why nothing more is taken, ends, and waits for the other to close.
    pub(super) fn reject_talk(&mut self, id: ConnectionId, condition: &'static str, now: Now) {
        let Some(talk) = self.talk_mut(id) else {
            return;
        };
        if talk.is_gone {
            return self.cut(id, now);
        }
        talk.is_deaf = true;
        talk.held = Vec::new();
        if let Identity::Checking { name, .. } = talk.identity.clone() {
            // A call may have waited for this one.
            self.mark(&name);
        }
        self.begin_ending(id, Some(condition), now);
    }

    /// Ends for this reason (`None`: properly), now or when it does no harm.
    fn begin_ending(&mut self, id: ConnectionId, condition: Option<&'static str>, now: Now) {
        let Some(talk) = self.talk_mut(id) else {
            return;
        };
        let at = talk.no_end_before.unwrap_or(now.instant).max(now.instant);
        let until = at + END_TIME;
        talk.ending.get_or_insert(Ending {
            by_them: None,
            until,
        });
        talk.farewell = Some((at, condition));
        if at <= now.instant {
            self.say_farewell(id);
        }
    }

    /// Writes the end that has waited.
    fn say_farewell(&mut self, id: ConnectionId) {
        let Some(talk) = self.talk_mut(id) else {
            return;
        };
        let mut out = BytesMut::new();
        match talk.farewell.take() {
            Some((_, Some(condition))) => talk.stream.reject(condition, &mut out),
            Some((_, None)) => talk.stream.end(&mut out),
            None => {}
        }
        self.send(id, out);
    }

    /// Something has come behind their header: an end need not wait much longer.
    fn has_spoken(&mut self, id: ConnectionId, now: Now) {
        if let Some(talk) = self.talk_mut(id)
            && !std::mem::replace(&mut talk.has_spoken, true)
        {
            let soon = now.instant + BREATH_TIME;
            let earlier = |at: Instant| at.min(soon);
            talk.no_end_before = talk.no_end_before.map(earlier);
            if let Some((at, _)) = &mut talk.farewell {
                *at = earlier(*at);
            }
        }
    }

    /// Our answer to their header is out.
    pub(super) fn is_welcomed(&mut self, id: ConnectionId, now: Now) {
        if let Some(talk) = self.talk_mut(id) {
            talk.no_end_before = Some(now.instant + SETTLE_TIME);
        }
    }

    /// The stream cannot go on.
    pub(super) fn break_talk(&mut self, id: ConnectionId, error: &StreamError, now: Now) {
        if let Some(Identity::Known(name)) = self.talk(id).map(|talk| talk.identity.clone()) {
            if let Some(conversation) = self.conversations.get_mut(&name) {
                conversation.why = error.to_string();
            }
            self.mark(&name);
        }
        self.reject_talk(id, error.condition(), now);
    }

    pub(super) fn close_talk(&mut self, id: ConnectionId, loss: Loss, now: Now) {
        if let Some(connection) = self.connections.remove(&id)
            && let Kind::Talk(talk) = connection.kind
        {
            self.close_connection(id, &talk, loss);
            self.settle_talk(id, *talk, loss, now);
        }
    }

    /// One of ours takes a proper close for a sign that everything was read; and what the socket has not
    /// taken goes out only once, by this way or another.
    fn close_connection(&mut self, id: ConnectionId, talk: &Talk, loss: Loss) {
        if talk.is_gone {
            return;
        }
        let is_abrupt = match loss {
            Loss::Cut => talk.is_admitted && talk.fingerprint.is_some(),
            Loss::Proper | Loss::EndedByThem(_) | Loss::Broken => talk.has_unsent(),
        };
        self.outputs.push_back(if is_abrupt {
            Output::Abort(id)
        } else {
            Output::Close(id)
        });
    }

    /// One step of a stream; whether there may be another.
    fn step(&mut self, id: ConnectionId, input: &mut BytesMut, now: Now) -> bool {
        let Some(talk) = self.talk_mut(id) else {
            return false;
        };
        if talk.is_deaf {
            if !input.is_empty() {
                input.clear();
                self.has_spoken(id, now);
            }
            return false;
        }
        let mut out = BytesMut::new();
        let before = input.len();
        let result = talk.stream.next(input, &mut out, now.instant);
        let size = before - input.len();
        self.send(id, out);
        match result {
            Ok(None) => return false,
            Ok(Some(step)) => {
                if size > 0 {
                    self.has_spoken(id, now);
                }
                self.take_step(id, step, size, now);
            }
            Err(error) => {
                if before > 0 {
                    self.has_spoken(id, now);
                }
                self.break_talk(id, &error, now);
            }
        }
        true
    }

    fn take_step(&mut self, id: ConnectionId, step: Step, size: usize, now: Now) {
        match step {
            Step::Greeted(from) => self.is_greeted(id, from, now),
            Step::StartTls(role) => self.outputs.push_back(Output::StartTls(id, role)),
            Step::Open => self.admit(id, now),
            Step::Message(_) | Step::Iq(_) => self.take_stanza(id, step, size, now),
            Step::End => self.is_ended_by_them(id, now),
        }
    }

    fn is_ended_by_them(&mut self, id: ConnectionId, now: Now) {
        let Some(talk) = self.talk_mut(id) else {
            return;
        };
        if matches!(talk.identity, Identity::Checking { .. }) && !talk.held.is_empty() {
            talk.held.push(Step::End);
            return;
        }
        if talk.stream.is_ended() {
            let loss = if talk.stream.is_broken() {
                Loss::Broken
            } else {
                Loss::Proper
            };
            return self.close_talk(id, loss, now);
        }
        let mut out = BytesMut::new();
        talk.stream.end(&mut out);
        // What we said may have crossed their end. One of ours reads on until it has our end, and
        // then closes; others close at once.
        let is_broken = talk.stream.is_broken();
        let is_waiting = talk.fingerprint.is_some() && !talk.sent.is_empty() && !is_broken;
        if is_waiting {
            let until = now.instant + END_TIME;
            talk.ending = Some(Ending {
                by_them: Some(now.instant),
                until,
            });
        }
        self.send(id, out);
        if !is_waiting {
            let loss = if is_broken {
                Loss::Broken
            } else {
                Loss::EndedByThem(now.instant)
            };
            self.close_talk(id, loss, now);
        }
    }

    /// The end that came while it was not known whose stream it is.
    pub(super) fn act_on_end(&mut self, id: ConnectionId, now: Now) {
        self.is_ended_by_them(id, now);
    }

    /// The link that `from` is on; 0: none of ours.
    fn link_of(&self, from: SocketAddr) -> u32 {
        if let SocketAddr::V6(v6) = from
            && v6.scope_id() != 0
        {
            return v6.scope_id();
        }
        let remote = from.ip().to_canonical();
        let near = self.interfaces.iter().find(|interface| {
            let mut addresses = interface.addresses.iter();
            addresses.any(|&(address, prefix)| calls::is_near(address, prefix, remote))
        });
        near.map_or(0, |interface| interface.index)
    }
}
