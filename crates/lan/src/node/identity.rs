//! Whose an inbound stream is, and when it may be used.
//!
//! A caller is who it says it is if discovery knows its address for that name: that is all the
//! authentication there is without TLS (facts 8.4). It says so in its header, else in its first stanza,
//! else there is one person only at that address. What it says before that is known is held.

use bytes::BytesMut;
use model::Now;

use super::limits::{CHECK_TIME, LISTEN_TIME, MAX_HELD, MAX_HELD_BYTES, MAX_STREAMS};
use super::talks::{Identity, Kind, Talk};
use super::written::Loss;
use super::{ConnectionId, Node};
use crate::Instance;
use crate::stream::{Side, Step, StreamError};

impl Node {
    /// Whether `name` has a stream to us on its way, of which nothing says that it is another's.
    pub(super) fn is_called_by(&self, name: &Instance) -> bool {
        self.connections
            .values()
            .any(|connection| match &connection.kind {
                Kind::Talk(talk) => {
                    connection.is_accepted
                        && talk.ending.is_none()
                        && match &talk.identity {
                            Identity::Unknown => false,
                            Identity::Checking {
                                name: claimed,
                                is_plausible,
                                ..
                            } => *is_plausible && claimed == name,
                            Identity::Known(known) => known == name,
                        }
                }
                Kind::Silent | Kind::Calling(_) | Kind::Asking(_) | Kind::File(_) => false,
            })
    }

    /// Discovery knows more of `name`.
    pub(super) fn check_again(&mut self, name: &Instance, now: Now) {
        let is_checked = |talk: &Talk| {
            matches!(&talk.identity, Identity::Checking { name: claimed, .. } if claimed == name)
                && talk.ending.is_none()
        };
        let ids: Vec<_> = self.connections.keys().copied().collect();
        for id in ids
            .into_iter()
            .filter(|&id| self.talk(id).is_some_and(is_checked))
            .collect::<Vec<_>>()
        {
            let remote = self.connections.get(&id).map(|c| c.remote);
            if remote.and_then(|remote| self.mdns.has_address(name, remote)) == Some(true) {
                self.is_known(id, name, now);
            } else {
                self.reject_talk(id, "invalid-from", now);
                self.mark(name);
            }
        }
    }

    pub(super) fn is_greeted(&mut self, id: ConnectionId, from: Option<String>, now: Now) {
        let claimed = from.as_deref().and_then(Instance::new);
        let is_tls_required = self.needs_tls(claimed.as_ref());
        // COMPAT: some answer a caller without a name, or with one of their own making; only somebody
        // else's is refused.
        let another = claimed
            .clone()
            .filter(|name| self.roster.contains_key(name));
        let Some(talk) = self.talk_mut(id) else {
            return;
        };
        if talk.stream.side() == Side::Caller {
            if another.is_some_and(|name| talk.identity != Identity::Known(name)) {
                self.break_talk(id, &StreamError::Renamed, now);
            }
            return;
        }
        let mut out = BytesMut::new();
        let to = from.as_deref().unwrap_or_default();
        talk.stream
            .welcome(to, is_tls_required, &mut out, now.instant);
        self.send(id, out);
        self.is_welcomed(id, now);
        match (from, claimed) {
            (None, _) => {}
            (Some(_), Some(name)) => self.identify(id, &name, now),
            (Some(_), None) => self.reject_talk(id, "invalid-from", now),
        }
    }

    /// Somebody says that the stream is `name`'s.
    fn identify(&mut self, id: ConnectionId, name: &Instance, now: Now) {
        let Some(remote) = self.connections.get(&id).map(|c| c.remote) else {
            return;
        };
        if *name == self.our_name() {
            return self.reject_talk(id, "invalid-from", now);
        }
        let found = self.mdns.has_address(name, remote);
        if found == Some(true) {
            return self.is_known(id, name, now);
        }
        // Their address may be a new one, so what is known against it is asked for again, too.
        if let Some(talk) = self.talk_mut(id) {
            talk.identity = Identity::Checking {
                name: name.clone(),
                until: now.instant + CHECK_TIME,
                is_plausible: found.is_none(),
            };
            self.mdns.resolve(name, now.instant);
        }
    }

    /// The stream is `name`'s.
    fn is_known(&mut self, id: ConnectionId, name: &Instance, now: Now) {
        self.drop_call(name, now);
        let Some(conversation) = self.conversation(name) else {
            return self.reject_talk(id, "resource-constraint", now);
        };
        if conversation.streams.len() >= MAX_STREAMS {
            return self.reject_talk(id, "resource-constraint", now);
        }
        conversation.streams.push(id);
        if let Some(talk) = self.talk_mut(id) {
            talk.identity = Identity::Known(name.clone());
        }
        self.mark(name);
        self.admit(id, now);
    }

    /// Lets an open stream of somebody known be used, if it is as safe as it has to be.
    pub(super) fn admit(&mut self, id: ConnectionId, now: Now) {
        let Some(talk) = self
            .talk(id)
            .filter(|t| t.stream.is_open() && !t.is_admitted && !t.is_deaf)
        else {
            return;
        };
        let fingerprint = talk.fingerprint;
        let name = match &talk.identity {
            Identity::Known(name) => name.clone(),
            // Whoever it is will be known in a moment; the person is to hear who was refused.
            Identity::Checking { .. } => return,
            Identity::Unknown => {
                if fingerprint.is_none() && self.config.policy.require_tls {
                    self.reject_talk(id, "policy-violation", now);
                } else if let Some(name) = Instance::new(talk.stream.them()) {
                    // The header within TLS may be the first that tells a name.
                    self.identify(id, &name, now);
                }
                return;
            }
        };
        let channel = match self.judge(&name, fingerprint) {
            Ok(channel) => channel,
            Err(found) => return self.refuse_talk(id, &name, &found, now),
        };
        if let Some(key) = fingerprint {
            self.drop_others_than(&name, key, now);
        }
        self.announce_channel(&name, channel);
        self.admissions += 1;
        let order = self.admissions;
        let Some(talk) = self.talk_mut(id) else {
            return;
        };
        talk.is_admitted = true;
        talk.order = order;
        if fingerprint.is_none() && talk.stream.side() == Side::Caller {
            talk.listens_until = Some(now.instant + LISTEN_TIME);
        }
        let is_gone = talk.is_gone;
        for step in std::mem::take(&mut talk.held) {
            if self.talk(id).is_some_and(|talk| !talk.is_deaf) {
                self.act(id, &name, step, now);
            }
        }
        if is_gone {
            self.close_talk(id, Loss::Broken, now);
        }
        self.mark(&name);
    }

    /// Streams of `name` that were let in before this key was known are not believed any more: what
    /// comes on them would look as safe as the rest [LAN-46].
    fn drop_others_than(&mut self, name: &Instance, key: [u8; 32], now: Now) {
        let streams = self
            .conversations
            .get(name)
            .map(|c| c.streams.clone())
            .unwrap_or_default();
        for id in streams {
            let is_another = |talk: &Talk| talk.is_admitted && talk.fingerprint != Some(key);
            if self.talk(id).is_some_and(is_another) {
                self.reject_talk(id, "policy-violation", now);
            }
        }
    }

    pub(super) fn take_stanza(&mut self, id: ConnectionId, step: Step, size: usize, now: Now) {
        let Some(talk) = self.talk_mut(id) else {
            return;
        };
        if let (Identity::Known(name), true) = (&talk.identity, talk.is_admitted) {
            let name = name.clone();
            return self.act(id, &name, step, now);
        }
        talk.held_bytes += size;
        if talk.held.len() >= MAX_HELD || talk.held_bytes > MAX_HELD_BYTES {
            return self.reject_talk(id, "policy-violation", now);
        }
        let is_unknown = talk.identity == Identity::Unknown;
        let from = match &step {
            Step::Message(message) => message.from.clone(),
            Step::Iq(iq) => iq.from.clone(),
            Step::Greeted(_) | Step::StartTls(_) | Step::Open | Step::End => None,
        };
        talk.held.push(step);
        if is_unknown {
            let name = match from {
                Some(from) => Instance::new(&from),
                None => self.only_one_at(id),
            };
            match name {
                Some(name) => self.identify(id, &name, now),
                None => self.reject_talk(id, "invalid-from", now),
            }
        }
    }

    /// Who has the address of this connection, if it is one person.
    fn only_one_at(&self, id: ConnectionId) -> Option<Instance> {
        let remote = self.connections.get(&id)?.remote;
        let mut there = self
            .roster
            .keys()
            .filter(|name| self.mdns.has_address(name, remote) == Some(true));
        there.next().filter(|_| there.next().is_none()).cloned()
    }
}
