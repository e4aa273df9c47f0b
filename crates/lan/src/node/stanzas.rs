//! What messages and queries come to.

use bytes::BytesMut;
use model::{Event, Now, Signal, Told};
use std::sync::Arc;
use wire_xmpp::stanza::{Iq, Message, Payload};
use wire_xmpp::{encode, ns};

use super::limits::MAX_UNREAD;
use super::seam::Output;
use super::{ConnectionId, Node, text, user_name};
use crate::Instance;
use crate::stream::Step;

/// What we tell that we can do.
const FEATURES: &[&str] = &[
    ns::DISCO_INFO,
    ns::RECEIPTS,
    ns::EVENT,
    ns::CHAT_STATES,
    ns::SI,
    ns::SI_FILE,
    ns::BYTESTREAMS,
];

impl Node {
    /// Carries out what came on an admitted stream.
    pub(super) fn act(&mut self, id: ConnectionId, name: &Instance, step: Step, now: Now) {
        match step {
            Step::Message(message) => self.hear(id, name, &message, now),
            Step::Iq(iq) => self.take_iq(id, name, *iq, now),
            Step::End => self.act_on_end(id, now),
            Step::Greeted(_) | Step::StartTls(_) | Step::Open => {}
        }
    }

    fn hear(&mut self, id: ConnectionId, name: &Instance, message: &Message, now: Now) {
        if let Some(receipt) = &message.receipt {
            self.confirm(name, receipt, now);
        }
        let from = self.shown_name(name);
        if let Some(conversation) = self.conversations.get_mut(name) {
            conversation.wants_typing |= message.wants_typing || message.typing.is_some();
            let is_typing = match (&message.text, message.typing) {
                (Some(_), _) => false,
                (None, Some(is_typing)) => is_typing,
                (None, None) => conversation.is_typing,
            };
            if conversation.is_typing != is_typing {
                conversation.is_typing = is_typing;
                self.signal(Signal::Typing {
                    from: from.clone(),
                    is_typing,
                });
            }
        }
        let Some(raw) = &message.text else {
            return;
        };
        for text in text::split(raw) {
            let told = Told {
                id: self.new_message(),
                at: now.wall,
                from: from.clone(),
                to: user_name(&self.our_name()),
                text,
            };
            self.outputs
                .push_back(Output::Event(Event::Told(Arc::new(told))));
        }
        if let (true, Some(receipt)) = (message.wants_receipt, &message.id) {
            let mut out = BytesMut::new();
            let us = self.our_name();
            encode::receipt(us.as_str(), from.as_str(), receipt, &mut out);
            self.answer_on(id, name, out, now);
        }
    }

    fn take_iq(&mut self, id: ConnectionId, name: &Instance, iq: Iq, now: Now) {
        let (us, them) = (self.our_name(), self.shown_name(name));
        let mut out = BytesMut::new();
        match iq.payload {
            Payload::SiOffer(offer) => self.offered(id, name, iq.id, offer, now),
            Payload::StreamHosts { sid, hosts } => {
                self.hosts_came(id, name, &iq.id, &sid, hosts, now);
            }
            Payload::SiAccept(method) => self.accepted(id, name, &iq.id, &method, now),
            Payload::Error(_, _) => self.declined(name, &iq.id, now),
            Payload::StreamHostUsed(_) | Payload::Result => {}
            Payload::DiscoInfo => {
                encode::disco_info(us.as_str(), them.as_str(), &iq.id, FEATURES, &mut out);
            }
            Payload::Unknown => {
                let (us, them) = (us.as_str(), them.as_str());
                encode::error(
                    us,
                    them,
                    &iq.id,
                    "cancel",
                    503,
                    "service-unavailable",
                    &mut out,
                );
            }
        }
        self.answer_on(id, name, out, now);
    }

    /// Answers on the stream that was asked on, if it can still be. Whoever asks without reading the
    /// answers is cut off.
    pub(super) fn answer_on(&mut self, id: ConnectionId, name: &Instance, out: BytesMut, now: Now) {
        let Some(connection) = self.connections.get(&id) else {
            return;
        };
        if connection.written - connection.taken > MAX_UNREAD {
            self.mark(name);
            return self.cut(id, now);
        }
        if self
            .talk(id)
            .is_some_and(|talk| talk.stream.can_send() && talk.ending.is_none())
        {
            self.send(id, out);
        }
    }

    fn confirm(&mut self, name: &Instance, receipt: &str, now: Now) {
        let streams = self
            .conversations
            .get(name)
            .map(|c| c.streams.clone())
            .unwrap_or_default();
        for id in streams {
            let Some(talk) = self.talk_mut(id) else {
                continue;
            };
            for item in talk.confirm(receipt, now.instant) {
                self.item_is_out(&item);
            }
        }
        self.mark(name);
    }
}
