//! Being found: probes a name, announces it, answers for it, gives it back (RFC 6762, 6 to 10).
//!
//! Each kind of record has, on each link, one [`Slot`] that says when it was sent, when it is to be
//! sent as an answer, and when as an announcement. Whatever is due goes out together.

use core::net::IpAddr;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::arrivals::Arrivals;
use super::codec::{Message, Record};
use super::conflict::{contests_host, contests_name, loses_tie, taken_back};
use super::links::{Changes, Heard, Link, Shared};
use super::messages::{companions, send_answers, send_goodbyes, send_probe};
use super::records::{Kind, Service, our_addresses};
use super::slot::{SPACING, Slot};
use super::{Event, PORT};
use crate::Instance;
use crate::txt::Profile;

/// Probes before a name counts as free, the time between them, and before the first, milliseconds
/// (RFC 6762, 8.1).
const PROBES: u8 = 3;
const PROBE_GAP: Duration = Duration::from_millis(250);
const FIRST_DELAY: (u64, u64) = (0, 250);
/// The last probe does not wish for unicast: where another responder shares the machine, unicast
/// answers go to that one's socket.
const UNICAST_PROBES: u8 = 2;
/// Who loses against a probe at the same moment asks again after this long (RFC 6762, 8.2).
const DEFERRED: Duration = Duration::from_secs(1);
/// So many conflicts within this time slow the probing down. RFC 6762 8.1 says ten seconds; a minute
/// also slows whoever lets us announce each name and contests it only then.
const MANY_CONFLICTS: usize = 15;
const CONFLICT_WINDOW: Duration = Duration::from_secs(60);
const CONFLICT_DELAY: Duration = Duration::from_secs(5);
/// The same record again, at the earliest, against somebody who probes for our name or takes our
/// records back.
const DEFENCE_SPACING: Duration = Duration::from_millis(250);
/// Between the two goodbyes.
const GOODBYE_GAP: Duration = Duration::from_millis(250);
/// Answers that others may have too are scattered, milliseconds (RFC 6762, 6).
const SHARED_DELAY: (u64, u64) = (20, 120);
/// Answers to a question whose known answers go on in another message (RFC 6762, 7.2).
const TRUNCATED_DELAY: (u64, u64) = (400, 500);
/// Questions of one message that are looked at.
const MAX_QUESTIONS: usize = 64;
/// Bytes sent by unicast in a second over all links: a picture and some more, so that nobody can
/// use us to flood somebody else.
const MAX_DIRECT_BYTES: usize = 128 * 1_024;
/// The life of records in answers to askers that know only plain DNS (RFC 6762, 6.7).
const LEGACY_TTL: u32 = 10;
/// Former names that are remembered, so that our own late packets do not bring them back.
const MAX_FORMER: usize = 32;

/// What we publish, and how far we are.
#[derive(Debug, Default)]
pub(super) struct Responder {
    published: Option<(Service, Phase)>,
    /// What was told to be our name and still is.
    name: Option<Instance>,
    former: VecDeque<Instance>,
    slots: BTreeMap<(Link, Kind), Slot>,
    arrivals: Arrivals,
    conflicts: VecDeque<Instant>,
    /// Whether there were so many that every probe waits, until a name is free.
    is_storm: bool,
    /// Who asked last with more to come, per link.
    truncated: BTreeMap<Link, IpAddr>,
    /// Since when, and how many bytes went by unicast since.
    direct: Option<(Instant, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// `at`: when the next probe, or the announcement, is due; `None`: no network.
    Probing {
        sent: u8,
        at: Option<Instant>,
    },
    Announced,
    /// The second goodbye is due.
    Leaving(Instant),
}

impl Responder {
    /// Wants to be found as this from now on; whatever was published before is taken back.
    pub(super) fn publish(&mut self, service: Service, shared: &mut Shared, now: Instant) {
        self.withdraw(shared, now);
        if let Some((service, Phase::Leaving(_))) = &self.published {
            send_goodbyes(service, &shared.links(), shared);
        }
        self.published = Some((service, Phase::Probing { sent: 0, at: None }));
        self.probe(shared, now);
    }

    /// Tells something else from now on.
    pub(super) fn update(
        &mut self,
        profile: Profile,
        picture: Option<Bytes>,
        shared: &mut Shared,
        now: Instant,
    ) {
        let Some((service, phase)) = &mut self.published else {
            return;
        };
        let update = service.update(profile, picture);
        if *phase != Phase::Announced {
            return;
        }
        for link in shared.links() {
            if self.arrivals.sent(link.interface).is_some() {
                continue;
            }
            let mut from = now;
            if let Some(gone) = &update.removed {
                let gone = Record {
                    ttl: 0,
                    ..gone.clone()
                };
                shared.send(link, &Message::response(vec![gone]));
                self.slots.remove(&(link, Kind::Null));
            }
            if update.is_picture_new {
                from = self.slot(link, Kind::Null).announce_from(now);
            }
            if update.is_txt_new {
                self.slot(link, Kind::Txt).announce_from(from);
            }
        }
        self.flush_all(shared, now);
    }

    /// Says goodbye and answers no more.
    pub(super) fn withdraw(&mut self, shared: &mut Shared, now: Instant) {
        let Some((service, phase)) = self.published.take() else {
            return;
        };
        let was_announced = match phase {
            Phase::Announced => true,
            Phase::Probing { .. } => self.name.as_ref() == Some(service.instance()),
            Phase::Leaving(_) => {
                self.published = Some((service, phase));
                return;
            }
        };
        self.slots.clear();
        self.arrivals.clear();
        self.retire();
        if was_announced {
            send_goodbyes(&service, &shared.links(), shared);
            self.published = Some((service, Phase::Leaving(now + GOODBYE_GAP)));
        }
    }

    /// Whether nothing of ours is out, and every goodbye is sent.
    pub(super) const fn is_withdrawn(&self) -> bool {
        self.published.is_none()
    }

    /// Our name, once it was announced.
    pub(super) const fn name(&self) -> Option<&Instance> {
        self.name.as_ref()
    }

    /// Whether a contact of this name is ourselves [LAN-12]. Former names may belong to others now;
    /// only what this machine itself sent late is not believed.
    pub(super) fn is_us(&self, instance: &Instance, is_from_here: bool) -> bool {
        self.name.as_ref() == Some(instance) || (is_from_here && self.former.contains(instance))
    }

    /// Interfaces came, went, or have other addresses now.
    pub(super) fn handle_changes(&mut self, changes: &Changes, shared: &mut Shared, now: Instant) {
        let links = shared.links();
        let is_there = |interface| links.iter().any(|link| link.interface == interface);
        self.arrivals.retain(is_there);
        self.slots.retain(|(link, _), _| {
            links.contains(link) && !changes.joined.contains(&link.interface)
        });
        self.truncated.retain(|link, _| links.contains(link));
        match self.published {
            Some((_, Phase::Probing { .. }))
                if links.is_empty() || !changes.new_links.is_empty() =>
            {
                self.probe(shared, now);
            }
            Some((_, Phase::Announced)) => {
                for interface in changes.joined.iter().filter(|joined| is_there(**joined)) {
                    self.arrivals.begin(*interface, now + first_delay(shared));
                }
                for link in &changes.new_links {
                    self.announce(*link, &Kind::ALL, now);
                }
                for interface in &changes.readdressed {
                    for link in shared.links_of(*interface) {
                        self.announce(link, &[Kind::A, Kind::Aaaa], now);
                    }
                }
                self.flush_all(shared, now);
            }
            Some((_, Phase::Probing { .. } | Phase::Leaving(_))) | None => {}
        }
    }

    /// Somebody asks, or probes.
    pub(super) fn handle_query(&mut self, heard: &Heard<'_>, shared: &mut Shared) {
        let interface = heard.link.interface;
        match &self.published {
            Some((service, Phase::Announced)) if self.arrivals.sent(interface).is_some() => {
                if loses_tie(service, heard, shared) {
                    self.arrivals.begin(interface, heard.now + DEFERRED);
                }
            }
            Some((_, Phase::Announced)) => self.answer(heard, shared),
            Some((service, Phase::Probing { .. })) => {
                if loses_tie(service, heard, shared) {
                    self.set_probe(0, Some(heard.now + DEFERRED));
                }
            }
            Some((_, Phase::Leaving(_))) | None => {}
        }
    }

    /// Somebody tells: is it our name that they use, or our record that they take back?
    pub(super) fn handle_response(&mut self, heard: &Heard<'_>, shared: &mut Shared) {
        let (message, now) = (heard.message, heard.now);
        let Some((service, phase)) = &self.published else {
            return;
        };
        let is_probing = match (phase, self.arrivals.sent(heard.link.interface)) {
            // What is still on its way from before is no answer to a probe.
            (Phase::Probing { sent: 0, .. } | Phase::Leaving(_), _)
            | (Phase::Announced, Some(0)) => return,
            (Phase::Announced, None) => false,
            (Phase::Probing { .. }, _) | (Phase::Announced, Some(_)) => true,
        };
        let is_from_here = shared.is_ours(heard.from.ip());
        let mut is_name_taken = false;
        let mut is_host_taken = false;
        let records = || message.answers.iter().chain(&message.additionals);
        for record in records().filter(|record| record.ttl > 0) {
            if record.name == *service.name() {
                is_name_taken |= contests_name(service, record, is_from_here, is_probing);
            } else if record.name == *service.host() {
                is_host_taken |= contests_host(record, is_from_here, is_probing, shared);
            }
        }
        if is_name_taken || is_host_taken {
            self.settle(is_name_taken, is_host_taken, is_probing, heard, shared);
        } else if !is_probing {
            let kinds = taken_back(service, records(), &our_addresses(shared, heard.link));
            self.repeat(heard.link, &kinds, shared, now);
        }
    }

    /// A conflict: who is probing takes the next name, who is announced probes again.
    fn settle(
        &mut self,
        is_name_taken: bool,
        is_host_taken: bool,
        is_probing: bool,
        heard: &Heard<'_>,
        shared: &mut Shared,
    ) {
        let Some((service, _)) = &mut self.published else {
            return;
        };
        if is_probing {
            if is_name_taken {
                if self.name.as_ref() == Some(service.instance()) {
                    // Where it was lost the winner has this very record.
                    let mut elsewhere = shared.links();
                    elsewhere.retain(|other| other.interface != heard.link.interface);
                    send_goodbyes(service, &elsewhere, shared);
                }
                service.rename();
            }
            if is_host_taken {
                service.rename_host();
            }
            if is_name_taken {
                self.retire();
            }
        }
        self.note_conflict(heard.now);
        self.probe(shared, heard.now);
    }

    /// Says again on a link what somebody else has taken back, before the second is over after which
    /// it is gone for everybody.
    fn repeat(&mut self, link: Link, kinds: &[Kind], shared: &mut Shared, now: Instant) {
        if kinds.is_empty() {
            return;
        }
        for kind in kinds {
            self.slot(link, *kind).answer_by(now, DEFENCE_SPACING, now);
        }
        self.flush(link, shared, now);
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, shared: &mut Shared, now: Instant) {
        match &self.published {
            Some((service, Phase::Probing { sent, at: Some(at) })) if *at <= now => {
                let sent = *sent;
                if sent >= PROBES {
                    self.become_announced(shared, now);
                } else {
                    send_probe(service, &shared.links(), sent < UNICAST_PROBES, shared);
                    self.set_probe(sent + 1, Some(now + PROBE_GAP));
                }
            }
            Some((service, Phase::Leaving(at))) if *at <= now => {
                send_goodbyes(service, &shared.links(), shared);
                self.published = None;
            }
            Some((_, Phase::Announced)) => {
                self.arrive(shared, now);
                self.flush_all(shared, now);
            }
            Some((_, Phase::Probing { .. } | Phase::Leaving(_))) | None => {}
        }
    }

    /// Probes on new networks, and announces where that is done.
    fn arrive(&mut self, shared: &mut Shared, now: Instant) {
        let Some((service, _)) = &self.published else {
            return;
        };
        let mut arrived = Vec::new();
        for (interface, sent) in self.arrivals.take_due(now, now + PROBE_GAP, PROBES) {
            let links = shared.links_of(interface);
            if sent < PROBES {
                send_probe(service, &links, sent < UNICAST_PROBES, shared);
            } else {
                arrived.extend(links);
            }
        }
        for link in arrived {
            self.announce(link, &Kind::ALL, now);
        }
    }

    /// When something is due next.
    pub(super) fn due(&self) -> Option<Instant> {
        match &self.published {
            Some((_, Phase::Probing { at, .. })) => *at,
            Some((_, Phase::Leaving(at))) => Some(*at),
            Some((_, Phase::Announced)) => {
                let slots = self.slots.values().filter_map(Slot::due);
                slots.chain(self.arrivals.due()).min()
            }
            None => None,
        }
    }

    fn slot(&mut self, link: Link, kind: Kind) -> &mut Slot {
        self.slots.entry((link, kind)).or_default()
    }

    /// Not where we are still probing: it follows there.
    fn announce(&mut self, link: Link, kinds: &[Kind], now: Instant) {
        if self.arrivals.sent(link.interface).is_some() {
            return;
        }
        for kind in kinds {
            self.slot(link, *kind).announce_from(now);
        }
    }

    /// From the first probe on, as soon as there is a network.
    fn probe(&mut self, shared: &mut Shared, now: Instant) {
        self.slots.clear();
        self.arrivals.clear();
        let delay = if self.is_storm {
            CONFLICT_DELAY
        } else {
            first_delay(shared)
        };
        let at = (!shared.links().is_empty()).then(|| now + delay);
        self.set_probe(0, at);
    }

    fn set_probe(&mut self, sent: u8, at: Option<Instant>) {
        if let Some((_, phase)) = &mut self.published {
            *phase = Phase::Probing { sent, at };
        }
    }

    fn note_conflict(&mut self, now: Instant) {
        self.conflicts.push_back(now);
        self.conflicts
            .retain(|at| now.saturating_duration_since(*at) < CONFLICT_WINDOW);
        if self.conflicts.len() >= MANY_CONFLICTS {
            self.conflicts.pop_front();
            self.is_storm = true;
        }
    }

    fn become_announced(&mut self, shared: &mut Shared, now: Instant) {
        let Some((service, phase)) = &mut self.published else {
            return;
        };
        *phase = Phase::Announced;
        self.is_storm = false;
        let instance = service.instance().clone();
        if self.name.as_ref() != Some(&instance) {
            self.retire();
            self.former.retain(|former| *former != instance);
            self.name = Some(instance.clone());
            shared.tell(Event::Published(instance));
        }
        for link in shared.links() {
            self.announce(link, &Kind::ALL, now);
        }
        self.flush_all(shared, now);
    }

    /// The name is ours no longer.
    fn retire(&mut self) {
        if let Some(name) = self.name.take() {
            self.former.push_back(name);
            if self.former.len() > MAX_FORMER {
                self.former.pop_front();
            }
        }
    }

    fn answer(&mut self, heard: &Heard<'_>, shared: &mut Shared) {
        let (link, query) = (heard.link, heard.message);
        let Some((service, _)) = &self.published else {
            return;
        };
        let addresses = our_addresses(shared, link);
        let is_known = |kind: Kind| {
            service.records(kind, &addresses).iter().all(|ours| {
                query
                    .answers
                    .iter()
                    .any(|known| known.says(ours) && known.ttl >= ours.ttl / 2)
            })
        };
        if query.questions.is_empty() {
            if self.truncated.get(&link) == Some(&heard.from.ip()) {
                for kind in Kind::ALL.into_iter().filter(|kind| is_known(*kind)) {
                    if let Some(slot) = self.slots.get_mut(&(link, kind)) {
                        slot.answer = None;
                    }
                }
            }
            return;
        }
        let is_ours =
            |record: &Record| record.name == *service.name() || record.name == *service.host();
        let is_probe = query.authorities.iter().any(is_ours);
        let mut asked: BTreeMap<Kind, bool> = BTreeMap::new();
        for question in query.questions.iter().take(MAX_QUESTIONS) {
            for kind in service.asked(question, is_probe) {
                *asked.entry(kind).or_default() |= question.is_unicast;
            }
        }
        asked.retain(|kind, _| !is_known(*kind));
        if asked.is_empty() {
            return;
        }
        if heard.from.port() != PORT {
            let kinds: Vec<_> = asked.into_keys().collect();
            self.answer_legacy(heard, &kinds, shared);
            return;
        }
        self.schedule(heard, is_probe, &asked, shared);
        self.flush(link, shared, heard.now);
    }

    /// Answers go to the group: at once what only we have, a little later what others may have too.
    fn schedule(
        &mut self,
        heard: &Heard<'_>,
        is_probe: bool,
        asked: &BTreeMap<Kind, bool>,
        shared: &mut Shared,
    ) {
        let (link, now) = (heard.link, heard.now);
        let is_truncated = heard.message.is_truncated;
        if is_truncated {
            self.truncated.insert(link, heard.from.ip());
        }
        let mut direct = Vec::new();
        for (kind, is_unicast) in asked {
            let delay = if is_truncated {
                shared.dice.millis(TRUNCATED_DELAY.0, TRUNCATED_DELAY.1)
            } else if kind.is_shared() {
                shared.dice.millis(SHARED_DELAY.0, SHARED_DELAY.1)
            } else {
                Duration::ZERO
            };
            let spacing = if is_probe { DEFENCE_SPACING } else { SPACING };
            let slot = self.slot(link, *kind);
            let free = slot.free_after(spacing).filter(|free| *free > now);
            slot.answer_by(now + delay, spacing, now);
            if *is_unicast && free.is_some() {
                direct.push(*kind);
            }
        }
        // The group has just had it and must wait; who asks for unicast need not.
        if !direct.is_empty()
            && let Some((service, _)) = &self.published
        {
            let addresses = our_addresses(shared, link);
            let answers = direct
                .iter()
                .flat_map(|kind| service.records(*kind, &addresses))
                .collect();
            self.send_direct(heard, &Message::response(answers), shared);
        }
    }

    /// For askers that know only plain DNS: their question and id come back, and nothing is theirs
    /// to keep for long (RFC 6762, 6.7).
    fn answer_legacy(&mut self, heard: &Heard<'_>, kinds: &[Kind], shared: &mut Shared) {
        let query = heard.message;
        let Some((service, _)) = &self.published else {
            return;
        };
        let addresses = our_addresses(shared, heard.link);
        let plain = |kind: &Kind| {
            let records = service.records(*kind, &addresses).into_iter();
            records.map(|record| Record {
                ttl: record.ttl.min(LEGACY_TTL),
                is_flush: false,
                ..record
            })
        };
        let message = Message {
            id: query.id,
            questions: query
                .questions
                .iter()
                .take(MAX_QUESTIONS)
                .cloned()
                .collect(),
            additionals: companions(kinds).iter().flat_map(plain).collect(),
            ..Message::response(kinds.iter().flat_map(plain).collect())
        };
        self.send_direct(heard, &message, shared);
    }

    /// Sends to the asker alone.
    fn send_direct(&mut self, heard: &Heard<'_>, message: &Message, shared: &mut Shared) {
        let now = heard.now;
        let Some(bytes) = message.encode() else {
            return;
        };
        let (since, used) = match self.direct {
            Some((since, used)) if now.saturating_duration_since(since) < SPACING => (since, used),
            Some(_) | None => (now, 0),
        };
        if used + bytes.len() <= MAX_DIRECT_BYTES {
            self.direct = Some((since, used + bytes.len()));
            shared.send_bytes(heard.link.interface, heard.from, bytes);
        }
    }

    fn flush_all(&mut self, shared: &mut Shared, now: Instant) {
        for link in shared.links() {
            self.flush(link, shared, now);
        }
    }

    /// Sends whatever is due on a link.
    fn flush(&mut self, link: Link, shared: &mut Shared, now: Instant) {
        let Some((service, _)) = &self.published else {
            return;
        };
        let mut due: Vec<_> = Kind::ALL
            .into_iter()
            .filter(|kind| {
                self.slots
                    .get_mut(&(link, *kind))
                    .is_some_and(|slot| slot.is_due(now))
            })
            .collect();
        if due.is_empty() {
            return;
        }
        let mut along = companions(&due);
        along.retain(|kind| {
            let slot = self.slots.get(&(link, *kind));
            slot.and_then(|slot| slot.free_after(SPACING))
                .is_none_or(|free| free <= now)
        });
        let addresses = our_addresses(shared, link);
        let records = |kinds: &[Kind]| -> Vec<Record> {
            let each = kinds.iter().map(|kind| service.records(*kind, &addresses));
            each.flatten().collect()
        };
        let sent: Vec<_> = due.iter().chain(&along).copied().collect();
        if due.contains(&Kind::Null) {
            due.retain(|kind| *kind != Kind::Null);
            send_answers(link, records(&[Kind::Null]), Vec::new(), shared);
        }
        send_answers(link, records(&due), records(&along), shared);
        for kind in sent {
            self.slot(link, kind).was_sent(kind, now);
        }
    }
}

/// Until the first probe, so that machines that start together do not ask in chorus (RFC 6762, 8.1).
fn first_delay(shared: &mut Shared) -> Duration {
    shared.dice.millis(FIRST_DELAY.0, FIRST_DELAY.1)
}
