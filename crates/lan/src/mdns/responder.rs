//! Being found: probes a name, announces it, answers for it, gives it back (RFC 6762, 6 to 10).
//!
//! Each kind of record has, on each link, one [`Slot`] that says when it was sent, when it is to be
//! sent as an answer, and when as an announcement. Whatever is due goes out together.

use core::net::IpAddr;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::codec::{ANY_TYPE, Data, Message, Question, Record};
use super::conflict::{contests_host, contests_name, loses_tie};
use super::links::{Changes, Heard, Link, Shared};
use super::records::{Kind, Service, our_addresses};
use super::slot::{SPACING, Slot};
use super::{Event, PORT};
use crate::Instance;
use crate::txt::Profile;

/// Probes before a name counts as free, and the time between them (RFC 6762, 8.1).
const PROBES: u8 = 3;
const PROBE_GAP: Duration = Duration::from_millis(250);
/// The last probe does not wish for unicast: where another responder shares the machine, unicast
/// answers go to that one's socket.
const UNICAST_PROBES: u8 = 2;
/// Who loses against a probe at the same moment asks again after this long (RFC 6762, 8.2).
const DEFERRED: Duration = Duration::from_secs(1);
/// So many conflicts within this time slow the probing down (RFC 6762, 8.1).
const MANY_CONFLICTS: usize = 15;
const CONFLICT_WINDOW: Duration = Duration::from_secs(10);
const CONFLICT_DELAY: Duration = Duration::from_secs(5);
/// The same against somebody who probes for our name.
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
/// A message that fits an Ethernet frame over IPv6, with some room.
const MAX_FRAME: usize = 1_400;
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
    /// `at`: when the next probe, or the announcement, is due; `None`: no network. `is_again`: the
    /// name was ours before somebody contested it.
    Probing {
        sent: u8,
        at: Option<Instant>,
        is_again: bool,
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
            send_goodbyes(service, shared);
        }
        let start = Phase::Probing {
            sent: 0,
            at: None,
            is_again: false,
        };
        self.published = Some((service, start));
        self.probe(false, shared, now);
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
        self.retire();
        if was_announced {
            send_goodbyes(&service, shared);
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
        self.slots.retain(|(link, _), _| links.contains(link));
        self.truncated.retain(|link, _| links.contains(link));
        match self.published {
            Some((_, Phase::Probing { is_again, .. }))
                if links.is_empty() || !changes.new_links.is_empty() =>
            {
                self.probe(is_again, shared, now);
            }
            Some((_, Phase::Announced)) => {
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
        match &self.published {
            Some((_, Phase::Announced)) => self.answer(heard, shared),
            Some((service, Phase::Probing { is_again, .. })) => {
                if loses_tie(service, heard, shared) {
                    let is_again = *is_again;
                    self.set_probe(0, Some(heard.now + DEFERRED), is_again);
                }
            }
            Some((_, Phase::Leaving(_))) | None => {}
        }
    }

    /// Somebody tells: is it our name that they use?
    pub(super) fn handle_response(&mut self, heard: &Heard<'_>, shared: &mut Shared) {
        let (message, now) = (heard.message, heard.now);
        let Some((service, phase)) = &self.published else {
            return;
        };
        let is_probing = match phase {
            Phase::Announced => false,
            // What is still on its way from before is no answer to a probe.
            Phase::Probing { sent: 0, .. } | Phase::Leaving(_) => return,
            Phase::Probing { .. } => true,
        };
        let is_from_here = shared.is_ours(heard.from.ip());
        let mut is_name_taken = false;
        let mut is_host_taken = false;
        for record in message.answers.iter().chain(&message.additionals) {
            if record.ttl == 0 {
                continue;
            }
            if record.name == *service.name() {
                is_name_taken |= contests_name(service, record, is_from_here, is_probing);
            } else if record.name == *service.host() {
                is_host_taken |= contests_host(record, is_from_here, is_probing, shared);
            }
        }
        if !is_name_taken && !is_host_taken {
            return;
        }
        if is_probing && let Some((service, _)) = &mut self.published {
            if is_name_taken {
                service.rename();
            }
            if is_host_taken {
                service.rename_host();
            }
        }
        if is_probing && is_name_taken {
            self.retire();
        }
        self.note_conflict(now);
        self.probe(!is_probing, shared, now);
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, shared: &mut Shared, now: Instant) {
        match &self.published {
            Some((
                service,
                Phase::Probing {
                    sent,
                    at: Some(at),
                    is_again,
                },
            )) if *at <= now => {
                let (sent, is_again) = (*sent, *is_again);
                if sent >= PROBES {
                    self.become_announced(shared, now);
                } else {
                    send_probe(service, sent < UNICAST_PROBES, shared);
                    self.set_probe(sent + 1, Some(now + PROBE_GAP), is_again);
                }
            }
            Some((service, Phase::Leaving(at))) if *at <= now => {
                send_goodbyes(service, shared);
                self.published = None;
            }
            Some((_, Phase::Announced)) => self.flush_all(shared, now),
            Some((_, Phase::Probing { .. } | Phase::Leaving(_))) | None => {}
        }
    }

    /// When something is due next.
    pub(super) fn due(&self) -> Option<Instant> {
        match &self.published {
            Some((_, Phase::Probing { at, .. })) => *at,
            Some((_, Phase::Leaving(at))) => Some(*at),
            Some((_, Phase::Announced)) => self.slots.values().filter_map(Slot::due).min(),
            None => None,
        }
    }

    fn slot(&mut self, link: Link, kind: Kind) -> &mut Slot {
        self.slots.entry((link, kind)).or_default()
    }

    fn announce(&mut self, link: Link, kinds: &[Kind], now: Instant) {
        for kind in kinds {
            self.slot(link, *kind).announce_from(now);
        }
    }

    /// From the first probe on, as soon as there is a network.
    fn probe(&mut self, is_again: bool, shared: &mut Shared, now: Instant) {
        self.slots.clear();
        let delay = if self.is_storm {
            CONFLICT_DELAY
        } else {
            shared.dice.millis(0, 250)
        };
        let at = (!shared.links().is_empty()).then(|| now + delay);
        self.set_probe(0, at, is_again);
    }

    fn set_probe(&mut self, sent: u8, at: Option<Instant>, is_again: bool) {
        if let Some((_, phase)) = &mut self.published {
            *phase = Phase::Probing { sent, at, is_again };
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
            let at = free.map_or(now + delay, |free| free.max(now + delay));
            slot.answer = Some(slot.answer.map_or(at, |before| before.min(at)));
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

/// Sends a response; a long text goes in a message of its own.
fn send_answers(link: Link, answers: Vec<Record>, additionals: Vec<Record>, shared: &mut Shared) {
    if answers.is_empty() {
        return;
    }
    let mut message = Message {
        additionals,
        ..Message::response(answers)
    };
    if message.encode().is_some_and(|b| b.len() > MAX_FRAME) {
        let is_text = |record: &mut Record| matches!(record.data, Data::Txt(_));
        let mut text: Vec<_> = message.answers.extract_if(.., is_text).collect();
        text.extend(message.additionals.extract_if(.., is_text));
        if message.answers.is_empty() {
            message.answers = std::mem::take(&mut message.additionals);
        }
        if !text.is_empty() {
            shared.send(link, &Message::response(text));
        }
    }
    if !message.answers.is_empty() {
        shared.send(link, &message);
    }
}

fn send_probe(service: &Service, is_unicast: bool, shared: &mut Shared) {
    let ask = if is_unicast {
        Question::unicast
    } else {
        Question::new
    };
    for link in shared.links() {
        let probe = Message {
            authorities: service.claims(&our_addresses(shared, link)),
            ..Message::query(vec![
                ask(service.name(), ANY_TYPE),
                ask(service.host(), ANY_TYPE),
            ])
        };
        shared.send(link, &probe);
    }
}

fn send_goodbyes(service: &Service, shared: &mut Shared) {
    for link in shared.links() {
        for records in service.goodbyes() {
            if !records.is_empty() {
                shared.send(link, &Message::response(records));
            }
        }
    }
}

/// What goes along with these answers.
fn companions(kinds: &[Kind]) -> Vec<Kind> {
    let mut along: Vec<_> = kinds
        .iter()
        .flat_map(|kind| kind.companions())
        .copied()
        .collect();
    along.sort_unstable();
    along.dedup();
    along.retain(|kind| !kinds.contains(kind));
    along
}
