//! Transfers: offers and answers, over the conversation's stream (XEP-0095, XEP-0096) [LAN-45].
//!
//! ```text
//! sender   Waiting ─ offer ─▶ Offered ─ taken, hosts ─▶ Hosting ─ (TLS) ─▶ Sending
//! receiver             Asked ─ taken ─▶ Accepted ─ hosts ─▶ Trying ─ (TLS) ─▶ Receiving
//! ```
//!
//! An offer's id is its sid: COMPAT(libpurple), which answers with the sid where the id belongs.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::BytesMut;
use model::{
    Claim, CommandId, EndReason, FileName, Now, Refusal, Reply, Signal, TransferId, UserName,
};
use wire_xmpp::stanza::SiOffer;
use wire_xmpp::{encode, ns, socks};

use super::commands::instance;
use super::conversations::Queued;
use super::limits::{ANSWER_TIME, MAX_ASKED, MAX_TRANSFERS, MAX_TRANSFERS_PER_PEER, STALL_TIME};
use super::{ConnectionId, Node, text, user_name};
use crate::Instance;

use super::bytestreams::Host;

/// A file on its way.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) about: model::Transfer,
    pub(super) peer: Instance,
    pub(super) sid: String,
    pub(super) until: Instant,
    pub(super) stage: Stage,
}

/// How far it is.
#[derive(Debug)]
pub(super) enum Stage {
    /// Ours: the offer waits to be said.
    Waiting,
    /// Ours: said.
    Offered,
    /// Ours: taken; they are to connect.
    Hosting { is_tls: bool },
    /// TLS begins; then it is ours to send, or to receive.
    Shaking {
        connection: ConnectionId,
        is_ours: bool,
    },
    /// Ours: bytes go out.
    Sending(Sending),
    /// Theirs: our face is asked.
    Asked { iq: String, methods: Vec<String> },
    /// Theirs: taken; they are to say where the bytes are.
    Accepted { is_tls: bool },
    /// Theirs: one host after the other is tried.
    Trying(Trying),
    /// Theirs: bytes come in.
    Receiving {
        connection: ConnectionId,
        received: u64,
    },
}

/// Bytes go out.
#[derive(Debug)]
pub(super) struct Sending {
    /// `None`: they have closed, having got everything.
    pub(super) connection: Option<ConnectionId>,
    /// Bytes of the file that were handed to it.
    pub(super) sent: u64,
    /// Segments that are not answered yet.
    pub(super) asked: VecDeque<CommandId>,
    pub(super) is_last: bool,
}

/// A stream host is tried.
#[derive(Debug)]
pub(super) struct Trying {
    /// To be answered.
    pub(super) iq: String,
    /// On this stream.
    pub(super) stream: ConnectionId,
    pub(super) is_tls: bool,
    pub(super) connection: ConnectionId,
    pub(super) jid: String,
    /// `None`: the connection does not stand yet.
    pub(super) client: Option<socks::Client>,
    pub(super) rest: VecDeque<Host>,
}

impl Transfer {
    pub(super) fn deadline(&self) -> Option<Instant> {
        Some(self.until)
    }

    pub(super) fn connection(&self) -> Option<ConnectionId> {
        match &self.stage {
            Stage::Shaking { connection, .. } | Stage::Receiving { connection, .. } => {
                Some(*connection)
            }
            Stage::Sending(sending) => sending.connection,
            Stage::Trying(trying) => Some(trying.connection),
            Stage::Waiting
            | Stage::Offered
            | Stage::Hosting { .. }
            | Stage::Asked { .. }
            | Stage::Accepted { .. } => None,
        }
    }
}

impl Node {
    /// The face offers a file.
    pub(super) fn offer(
        &mut self,
        id: CommandId,
        to: &UserName,
        name: FileName,
        size: u64,
        now: Now,
    ) {
        if !self.is_signed_in() {
            return self.refuse(id, Refusal::NotSignedIn);
        }
        let Some(peer) = instance(to).filter(|peer| *peer != self.our_name()) else {
            return self.refuse(id, Refusal::NoSuchUser(to.as_str().into()));
        };
        let Some(transfer) = self.new_transfer(&peer) else {
            return self.refuse(id, Refusal::TooManyTransfers);
        };
        let about = model::Transfer {
            id: transfer,
            from: user_name(&self.our_name()),
            to: self.shown_name(&peer),
            name,
            size,
        };
        let sid = self.ids.draw();
        let until = now.instant + ANSWER_TIME;
        let stage = Stage::Waiting;
        self.transfers.insert(
            transfer,
            Transfer {
                about,
                peer: peer.clone(),
                sid,
                until,
                stage,
            },
        );
        self.enqueue(
            &peer,
            Queued::Offer {
                command: id,
                transfer,
            },
        );
    }

    /// What is said of a transfer that waits; `None`: it is over.
    pub(super) fn si_offer(&self, id: TransferId, is_tls: bool) -> Option<SiOffer> {
        let transfer = self.transfers.get(&id)?;
        let methods = match (is_tls, self.config.policy.require_tls) {
            (true, true) => &[ns::BYTESTREAMS_TLS][..],
            (true, false) => &[ns::BYTESTREAMS_TLS, ns::BYTESTREAMS],
            (false, _) => &[ns::BYTESTREAMS],
        };
        Some(SiOffer {
            sid: transfer.sid.clone(),
            profile: ns::SI_FILE.into(),
            name: transfer.about.name.as_str().into(),
            size: Some(transfer.about.size),
            methods: methods.iter().map(|&method| method.into()).collect(),
        })
    }

    /// The offer is said.
    pub(super) fn offer_is_out(&mut self, command: CommandId, id: TransferId) {
        match self.transfers.get_mut(&id) {
            Some(transfer) => {
                // They may have answered before the socket told that they have it.
                if matches!(transfer.stage, Stage::Waiting) {
                    transfer.stage = Stage::Offered;
                }
                let about = transfer.about.clone();
                self.reply(command, Reply::Offered(about));
            }
            None => self.refuse(command, Refusal::NoSuchTransfer),
        }
    }

    /// They offer a file.
    pub(super) fn offered(
        &mut self,
        on: ConnectionId,
        name: &Instance,
        iq: String,
        offer: SiOffer,
        now: Now,
    ) {
        let has = |method| offer.methods.iter().any(|m| m == method);
        let is_possible = has(ns::BYTESTREAMS_TLS)
            || (!self.config.policy.require_tls
                && (offer.methods.is_empty() || has(ns::BYTESTREAMS)));
        let is_known = self
            .transfers
            .values()
            .any(|t| t.peer == *name && t.sid == offer.sid);
        let refusal = if offer.profile != ns::SI_FILE {
            Some(("auth", 403, "forbidden"))
        } else if !is_possible || offer.sid.is_empty() || is_known {
            Some(("cancel", 400, "bad-request"))
        } else {
            None
        };
        let size = offer.size;
        let (Some(size), None) = (size, refusal) else {
            let (kind, code, condition) = refusal.unwrap_or(("cancel", 400, "bad-request"));
            return self.answer_error(name, on, &iq, (kind, code, condition), now);
        };
        let asked = self.transfers.values();
        let asked = asked.filter(|t| matches!(t.stage, Stage::Asked { .. }));
        let has_room = asked.count() < MAX_ASKED;
        let Some(id) = has_room.then(|| self.new_transfer(name)).flatten() else {
            let full = ("wait", 500, "resource-constraint");
            return self.answer_error(name, on, &iq, full, now);
        };
        let about = model::Transfer {
            id,
            from: self.shown_name(name),
            to: user_name(&self.our_name()),
            name: text::file_name(&offer.name),
            size,
        };
        let stage = Stage::Asked {
            iq,
            methods: offer.methods,
        };
        let until = now.instant + ANSWER_TIME;
        let transfer = Transfer {
            about: about.clone(),
            peer: name.clone(),
            sid: offer.sid,
            until,
            stage,
        };
        self.transfers.insert(id, transfer);
        self.signal(Signal::Offered(about));
    }

    /// The face takes or declines an offer.
    pub(super) fn answer(&mut self, command: CommandId, claim: &Claim, accept: bool, now: Now) {
        let asked = self.transfers.get_mut(&claim.id).filter(|transfer| {
            let fits = |said: &Option<UserName>, is: &UserName| {
                said.as_ref().is_none_or(|said| said == is)
            };
            matches!(transfer.stage, Stage::Asked { .. })
                && fits(&claim.from, &transfer.about.from)
                && fits(&claim.to, &transfer.about.to)
        });
        let Some(transfer) = asked else {
            return self.refuse(command, Refusal::NoSuchTransfer);
        };
        let peer = transfer.peer.clone();
        let Stage::Asked { iq, methods } = &transfer.stage else {
            return;
        };
        let (iq, can_tls) = (iq.clone(), methods.iter().any(|m| m == ns::BYTESTREAMS_TLS));
        self.reply(command, Reply::Done);
        if !accept {
            self.transfers.remove(&claim.id);
            return self.refuse_iq(&peer, None, &iq, ("cancel", 403, "forbidden"), now);
        }
        let on = self.sender(&peer, now.instant);
        // Whoever has a known key is talked to with it only, also where there is no stream just now.
        let is_tls = can_tls && (self.pins.contains_key(&peer) || self.config.policy.require_tls);
        if let Some(transfer) = self.transfers.get_mut(&claim.id) {
            transfer.stage = Stage::Accepted { is_tls };
            transfer.until = now.instant + STALL_TIME;
        }
        let method = if is_tls {
            ns::BYTESTREAMS_TLS
        } else {
            ns::BYTESTREAMS
        };
        let (us, them) = (self.our_name(), self.shown_name(&peer));
        let mut out = BytesMut::new();
        encode::si_accept(us.as_str(), them.as_str(), &iq, method, &mut out);
        self.send_iq(&peer, on, out);
    }

    /// They take our offer.
    pub(super) fn accepted(
        &mut self,
        on: ConnectionId,
        name: &Instance,
        iq: &str,
        method: &str,
        now: Now,
    ) {
        let is_ours = self.talk(on).is_some_and(|talk| talk.fingerprint.is_some());
        let Some(id) = self.find(name, iq, |stage| {
            matches!(stage, Stage::Waiting | Stage::Offered)
        }) else {
            return;
        };
        let is_tls = is_ours && method == ns::BYTESTREAMS_TLS;
        if !is_tls && (method != ns::BYTESTREAMS || self.config.policy.require_tls) {
            return self.end_transfer(id, now);
        }
        let hosts = self.our_hosts(on);
        let (us, them) = (self.our_name(), self.shown_name(name));
        let mut out = BytesMut::new();
        if let Some(transfer) = self.transfers.get_mut(&id) {
            transfer.stage = Stage::Hosting { is_tls };
            transfer.until = now.instant + STALL_TIME;
            encode::stream_hosts(us.as_str(), them.as_str(), &transfer.sid, &hosts, &mut out);
        }
        self.send_iq(name, Some(on), out);
    }

    /// They answer with an error.
    pub(super) fn declined(&mut self, name: &Instance, iq: &str, now: Now) {
        let is_said = |stage: &Stage| matches!(stage, Stage::Waiting | Stage::Offered);
        if let Some(id) = self.find(name, iq, is_said) {
            if let Some(transfer) = self.transfers.remove(&id) {
                self.signal(Signal::Answered {
                    transfer: transfer.about,
                    accepted: false,
                });
            }
        } else if let Some(id) = self.find(name, iq, |stage| matches!(stage, Stage::Hosting { .. }))
        {
            self.end_transfer(id, now);
        }
    }

    /// The face ends a transfer.
    pub(super) fn cancel(&mut self, command: CommandId, id: TransferId, now: Now) {
        if !self.transfers.contains_key(&id) {
            return self.refuse(command, Refusal::NoSuchTransfer);
        }
        self.drop_transfer(id, now);
        self.reply(command, Reply::Done);
    }

    /// A transfer is over before its end, and not by our face's wish.
    pub(super) fn end_transfer(&mut self, id: TransferId, now: Now) {
        let is_told = self
            .transfers
            .get(&id)
            .is_some_and(|t| !matches!(t.stage, Stage::Waiting));
        if let Some(transfer) = self.drop_transfer(id, now)
            && is_told
        {
            self.signal(Signal::Ended {
                transfer: transfer.about,
                reason: EndReason::OtherSide,
            });
        }
    }

    /// A deadline of a transfer has passed.
    pub(super) fn transfer_is_late(&mut self, id: TransferId, now: Now) {
        let is_behind = self.is_behind;
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return;
        };
        match &transfer.stage {
            Stage::Trying(_) => self.try_next_host(id, now),
            // It is our face that does not go on.
            Stage::Receiving { .. } if is_behind => transfer.until = now.instant + STALL_TIME,
            Stage::Waiting
            | Stage::Offered
            | Stage::Hosting { .. }
            | Stage::Shaking { .. }
            | Stage::Sending(_)
            | Stage::Asked { .. }
            | Stage::Accepted { .. }
            | Stage::Receiving { .. } => self.end_transfer(id, now),
        }
    }

    /// The conversation broke off, or they are gone: nothing will be answered.
    pub(super) fn end_unanswered_transfers(&mut self, name: &Instance, now: Now) {
        let has_stream = self
            .conversations
            .get(name)
            .is_some_and(|c| !c.streams.is_empty());
        if has_stream {
            return;
        }
        let unanswered = self.transfers.iter().filter(|(_, transfer)| {
            let is_open = matches!(
                transfer.stage,
                Stage::Offered | Stage::Asked { .. } | Stage::Accepted { .. }
            );
            is_open && transfer.peer == *name
        });
        for id in unanswered.map(|(&id, _)| id).collect::<Vec<_>>() {
            self.end_transfer(id, now);
        }
    }

    /// We are leaving.
    pub(super) fn end_all_transfers(&mut self, now: Now) {
        for id in self.transfers.keys().copied().collect::<Vec<_>>() {
            self.end_transfer(id, now);
        }
    }

    /// Says no to an iq.
    pub(super) fn refuse_iq(
        &mut self,
        name: &Instance,
        on: Option<ConnectionId>,
        iq: &str,
        error: (&str, u16, &str),
        now: Now,
    ) {
        let out = self.error(name, iq, error);
        let on = on.or_else(|| self.sender(name, now.instant));
        self.send_iq(name, on, out);
    }

    /// The same at once, and only on the stream that was asked on: whoever asks and ends it does not
    /// make us call them, nor fill what waits to be said.
    pub(super) fn answer_error(
        &mut self,
        name: &Instance,
        on: ConnectionId,
        iq: &str,
        error: (&str, u16, &str),
        now: Now,
    ) {
        let out = self.error(name, iq, error);
        self.answer_on(on, name, out, now);
    }

    fn error(
        &self,
        name: &Instance,
        iq: &str,
        (kind, code, condition): (&str, u16, &str),
    ) -> BytesMut {
        let (us, them) = (self.our_name(), self.shown_name(name));
        let (us, them) = (us.as_str(), them.as_str());
        let mut out = BytesMut::new();
        encode::error(us, them, iq, kind, code, condition, &mut out);
        out
    }

    /// The transfer of `name` with this sid, at such a stage.
    pub(super) fn find(
        &self,
        name: &Instance,
        sid: &str,
        at: impl Fn(&Stage) -> bool,
    ) -> Option<TransferId> {
        let mut transfers = self.transfers.iter();
        let found = transfers.find(|(_, t)| t.peer == *name && t.sid == sid && at(&t.stage));
        found.map(|(&id, _)| id)
    }

    /// Removes a transfer, its connection and what waits for it; tells the peer what can be told.
    fn drop_transfer(&mut self, id: TransferId, now: Now) -> Option<Transfer> {
        let transfer = self.transfers.remove(&id)?;
        if let Some(connection) = transfer.connection() {
            self.cut(connection, now);
        }
        match &transfer.stage {
            Stage::Asked { iq, .. } if self.is_signed_in() => {
                let iq = iq.clone();
                self.refuse_iq(&transfer.peer, None, &iq, ("cancel", 403, "forbidden"), now);
            }
            Stage::Trying(trying) if self.is_signed_in() => {
                let (iq, on) = (trying.iq.clone(), Some(trying.stream));
                self.refuse_iq(
                    &transfer.peer,
                    on,
                    &iq,
                    ("cancel", 404, "item-not-found"),
                    now,
                );
            }
            Stage::Sending(sending) => {
                for command in sending.asked.iter().copied().collect::<Vec<_>>() {
                    self.refuse(command, Refusal::NoSuchTransfer);
                }
            }
            Stage::Asked { .. }
            | Stage::Trying(_)
            | Stage::Waiting
            | Stage::Offered
            | Stage::Hosting { .. }
            | Stage::Shaking { .. }
            | Stage::Accepted { .. }
            | Stage::Receiving { .. } => {}
        }
        Some(transfer)
    }

    fn new_transfer(&mut self, peer: &Instance) -> Option<TransferId> {
        let with_peer = self.transfers.values().filter(|t| t.peer == *peer).count();
        if self.transfers.len() >= MAX_TRANSFERS || with_peer >= MAX_TRANSFERS_PER_PEER {
            return None;
        }
        loop {
            let id = TransferId::new(self.next_transfer);
            self.next_transfer = self.next_transfer.wrapping_add(1);
            if let Some(id) = id.filter(|id| !self.transfers.contains_key(id)) {
                return Some(id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::name::Wish;
    use crate::node::seam::{Config, Policy};
    use crate::txt::Profile;

    #[test]
    fn numbers_go_round_and_skip_those_in_use() {
        // [LAN-45]
        #[expect(
            clippy::disallowed_methods,
            reason = "a test needs one instant to start from"
        )]
        let now = Instant::now();
        let mut node = Node::new(Config {
            wish: Wish::new("ana", "anabox"),
            is_visible: true,
            profile: Profile::default(),
            picture: None,
            port: 5298,
            policy: Policy::default(),
            pins: BTreeMap::new(),
            pictures: Vec::new(),
            seed: 1,
        });
        let bob = Instance::new("bob@bobbox").unwrap();
        node.next_transfer = u16::MAX - 1;
        for number in [u16::MAX - 1, u16::MAX, 1, 2] {
            let id = node.new_transfer(&bob).unwrap();
            assert_eq!(Some(id), TransferId::new(number));
            let about = model::Transfer {
                id,
                from: user_name(&bob),
                to: user_name(&bob),
                name: text::file_name("tea.txt"),
                size: 1,
            };
            let transfer = Transfer {
                about,
                peer: bob.clone(),
                sid: String::new(),
                until: now,
                stage: Stage::Waiting,
            };
            node.transfers.insert(id, transfer);
        }
        node.next_transfer = u16::MAX;
        assert_eq!(node.new_transfer(&bob), TransferId::new(3));
    }
}
