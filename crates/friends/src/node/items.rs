//! What comes over links, and to which service it belongs.

use bytes::{Bytes, BytesMut};
use identity::{PublicProfile, verify_location};
use model::Now;
use wire_retroshare::{Item, LocationId, PgpId, Service};

use super::Node;
use crate::api::Notice;
use crate::discovery::{Around, News};
use crate::effects::{Peer, Receipt};
use crate::link::{Next, Origin};
use crate::output::{ConnectionId, Output};
use crate::roster::{Claim, Key, Person, Proof};

impl Node {
    pub(super) fn bytes(&mut self, id: ConnectionId, input: &mut BytesMut, now: Now) {
        let Some(link) = self.links.get_mut(id) else {
            input.clear();
            return;
        };
        link.take(input);
        if !link.is_resting() {
            self.read(id, now);
        }
    }

    /// Takes what has come, item by item; any of them can end the link.
    pub(super) fn read(&mut self, id: ConnectionId, now: Now) {
        while let Some(link) = self.links.get_mut(id) {
            match link.next(now.instant) {
                Ok(Next::Item(item)) => {
                    let peer = link.peer;
                    self.item(id, peer, item, now);
                }
                Ok(Next::Nothing) => return,
                Ok(Next::Later) => {
                    if link.rest(now.instant) {
                        self.fx.outputs.push(Output::Pause(id, true));
                    }
                    return;
                }
                Err(fault) => self.fault(id, &fault, now),
            }
        }
    }

    fn item(&mut self, id: ConnectionId, peer: Peer, item: Item, now: Now) {
        match item {
            Item::ServiceInfo(list) => {
                let Some(link) = self.links.get_mut(id) else {
                    return;
                };
                if link.agreement.listed(list) {
                    link.agreed(now.instant);
                    self.agreed(id, peer, now);
                }
            }
            Item::Heartbeat => {
                if let Some(link) = self.links.get_mut(id) {
                    link.heartbeat.beat(now.instant);
                }
            }
            Item::Rtt(rtt) => {
                if let Some(link) = self.links.get_mut(id) {
                    let receipts = link.measured(rtt, now);
                    self.take_receipts(peer, receipts, now);
                }
            }
            Item::Bandwidth(advice) => {
                if let Some(link) = self.links.get_mut(id) {
                    link.allowance.advise(advice, now.instant);
                }
            }
            Item::Status(status) => {
                if self.presence.handle(peer.location, status) {
                    self.changed.insert(peer.profile);
                }
            }
            Item::Discovery(item) => {
                let is_limited = self
                    .links
                    .get(id)
                    .is_some_and(|link| link.agreement.is_limited());
                let mut around = Around {
                    roster: &mut self.roster,
                    links: &self.links,
                    fx: &mut self.fx,
                    now,
                };
                let news = self.discovery.handle(peer, is_limited, item, &mut around);
                self.take_news(news, now);
            }
            Item::Chat(item) => {
                let before = self.fx.outputs.len();
                let message = self.presence.message().map(str::to_owned);
                let (chat, mut cx) = self.chat_and_context(now);
                if chat.handle((peer, id), item, message.as_deref(), &mut cx) {
                    self.changed.insert(peer.profile);
                }
                self.keep_offers(peer.profile, before, now);
            }
            Item::Mail(letter) => {
                let (mail, mut cx) = self.mail_and_context(now);
                mail.handle((peer, id), letter, &mut cx);
            }
            Item::FileTransfer(item) => {
                let unasked = self.files.handle_transfer(peer, item, &mut self.fx, now);
                if let (Some(length), Some(link)) = (unasked, self.links.get_mut(id)) {
                    link.unasked(length);
                }
            }
            Item::FileLists(item) => self.files.handle_lists(peer, item, &mut self.fx, now),
            Item::BanList(_) | Item::Unknown { .. } => {}
        }
    }

    /// What a friend has offered, as was told since `before`, is kept until it is fetched.
    fn keep_offers(&mut self, from: PgpId, before: usize, now: Now) {
        let told = self.fx.outputs.iter().skip(before);
        let offers = told.filter_map(|output| match output {
            Output::Notice(Notice::Offered { link, .. }) => Some(link.clone()),
            _ => None,
        });
        for link in offers.collect::<Vec<_>>() {
            self.files.handle_offer(from, &link, &mut self.fx, now);
        }
    }

    /// Both sides have said what they offer.
    fn agreed(&mut self, id: ConnectionId, peer: Peer, now: Now) {
        self.refusals.remove(&peer.location);
        if !self.takes_over(id, now) {
            return;
        }
        let Some(link) = self.links.get(id) else {
            return;
        };
        let is_limited = link.agreement.is_limited();
        let at = match &link.origin {
            Origin::Accepted(from) => Some(*from),
            Origin::Called(_) => None,
        };
        let had_hint = self
            .roster
            .get(peer.profile)
            .is_some_and(|person| person.hint.is_some());
        if had_hint {
            self.roster
                .change(peer.profile, |person| person.hint = None);
        }
        self.told_refusal.remove(&peer.profile);
        self.discovery.peer_up(peer, at, &mut self.fx, now);
        if !is_limited {
            self.peer_up(peer, now);
        }
    }

    /// A friend's machine is online, and their key is known.
    fn peer_up(&mut self, peer: Peer, now: Now) {
        self.seen(peer, now);
        let status = self.presence.item(now.wall);
        self.fx.send(peer.location, Item::Status(status));
        let message = self.presence.message().map(str::to_owned);
        let (chat, mut cx) = self.chat_and_context(now);
        chat.peer_up(peer, message.as_deref(), &mut cx);
        self.files.peer_up(peer, &mut self.fx, now);
        self.changed.insert(peer.profile);
    }

    fn take_news(&mut self, news: Vec<News>, now: Now) {
        for one in news {
            match one {
                News::Key(from, key) => self.complete(from, &key, now),
                News::Place(location) => {
                    if !self.config.is_offline {
                        self.dialer.want(location, now.instant);
                        self.dialer.hurry(location, now.instant);
                    }
                }
                News::Changed(profile) => {
                    self.changed.insert(profile);
                }
                News::Gone(name) => self.fx.notice(Notice::NoFriend(name)),
            }
        }
    }

    /// The key of somebody whom we approved by invite, from their own machine: it has to be the one that
    /// was meant, and to have signed the machine.
    fn complete(&mut self, from: LocationId, key: &Bytes, now: Now) {
        let Some(link) = self.links.of(from) else {
            return;
        };
        let profile = link.peer.profile;
        let Some(person) = self.roster.get(profile) else {
            return;
        };
        if !link.agreement.is_limited() {
            return;
        }
        let id = link.id;
        let checked = check_key(profile, &person.key, key).and_then(|key| {
            verify_location(&link.certificate, &key).map_err(|error| error.to_string())?;
            Ok(key)
        });
        match checked {
            Ok(key) => self.completed(profile, &key, now),
            Err(why) => {
                let who = self.roster.name(profile);
                self.fx.notice(Notice::Warning(format!(
                    "whoever answers as {who} is not who you approved ({why}): the link was ended; ask \
                     {who} for their certificate"
                )));
                self.end_link(id, true, now);
                self.hang_up(id);
            }
        }
    }

    /// Their key is known from now on; machines that were let in without it have to be theirs.
    pub(super) fn completed(&mut self, profile: PgpId, key: &PublicProfile, now: Now) {
        let name = self.roster.name(profile);
        let known = self.roster.get(profile).map(Person::fingerprint);
        self.roster.renew_key(profile, key);
        self.roster.count_signatures_of(profile);
        if known == Some(None) {
            let (who, fingerprint) = (self.roster.name(profile), key.fingerprint());
            self.fx.notice(Notice::Warning(format!(
                "the key of {who} has come, whom you approved by the id {profile} alone; its fingerprint is \
                 {fingerprint}: compare it with them, and remove them if theirs is another one"
            )));
        }
        if self.roster.name(profile) != name {
            self.fx.notice(Notice::NoFriend(name));
        }
        let waiting: Vec<(ConnectionId, Peer, bool, Proof)> = self
            .links
            .iter()
            .filter(|link| link.peer.profile == profile && link.agreement.is_limited())
            .map(|link| {
                let is_theirs = verify_location(&link.certificate, key).is_ok();
                let proof = Proof::of(&link.certificate);
                (link.id, link.peer, is_theirs, proof)
            })
            .collect();
        for (id, peer, is_theirs, proof) in waiting {
            let is_theirs = is_theirs && {
                let links = &self.links;
                let claim = self
                    .roster
                    .claim(peer.location, profile, proof, |id| links.has(id));
                match claim {
                    Claim::Theirs => true,
                    Claim::NoRoom | Claim::Others(_) => false,
                }
            };
            if !is_theirs {
                self.end_link(id, false, now);
                self.hang_up(id);
                continue;
            }
            let Some(link) = self.links.get_mut(id) else {
                continue;
            };
            link.agreement.lift();
            link.agreed(now.instant);
            if link.agreement.is_done() && self.links.stands(id) {
                self.peer_up(peer, now);
            }
        }
        self.friends_changed();
    }

    pub(super) fn sent(&mut self, id: ConnectionId, unsent: usize, now: Now) {
        let Some(link) = self.links.get_mut(id) else {
            return;
        };
        let peer = link.peer;
        let receipts = link.sent(unsent, now.instant);
        self.take_receipts(peer, receipts, now);
    }

    /// Things that we said have arrived.
    pub(super) fn take_receipts(&mut self, peer: Peer, receipts: Vec<Receipt>, now: Now) {
        for receipt in receipts {
            match receipt {
                Receipt::Chat(message) => {
                    let (chat, mut cx) = self.chat_and_context(now);
                    chat.arrived(peer.profile, message, &mut cx);
                }
                Receipt::Mail(letter, to) => {
                    let (mail, mut cx) = self.mail_and_context(now);
                    mail.arrived(letter, to, &mut cx);
                }
            }
        }
    }

    /// Friends who are online learn whom we know.
    pub(super) fn friends_changed(&mut self) {
        self.discovery
            .friends_changed(&self.roster, &self.links, &mut self.fx);
    }

    /// Says something to all who are online with a service.
    pub(super) fn tell_all(&mut self, service: u16, item: &Item) {
        let peers: Vec<Peer> = self.links.all_with(service).collect();
        for peer in peers {
            self.fx.send(peer.location, item.clone());
        }
    }

    /// Tells everybody how we are.
    pub(super) fn tell_status(&mut self, now: Now) {
        let status = Item::Status(self.presence.item(now.wall));
        self.tell_all(Service::STATUS, &status);
        let message = self.presence.message().unwrap_or_default();
        let state = crate::chat::state_item(message);
        self.tell_all(Service::CHAT, &state);
    }
}

/// The key that was promised, if these packets are it.
fn check_key(id: PgpId, promised: &Key, packets: &[u8]) -> Result<PublicProfile, String> {
    let key = PublicProfile::parse(packets).map_err(|error| error.to_string())?;
    let is_it = match promised {
        Key::Known(known) => known.fingerprint() == key.fingerprint(),
        Key::Expected(fingerprint) => *fingerprint == key.fingerprint(),
        Key::Unknown => key.pgp_id() == id,
    };
    if is_it {
        Ok(key)
    } else {
        Err("their key is another one".into())
    }
}
