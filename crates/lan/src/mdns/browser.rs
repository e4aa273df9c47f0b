//! Finding others: asks who is here, where somebody is, and for pictures.
//!
//! Who is here is asked on each link, seldom and more seldom (RFC 6762, 5.2); everything else only
//! when somebody wants it [LAN-13], and no more once it is answered [LAN-14] [LAN-33].

use core::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::Event;
use super::cache::{Cache, Found, Taken, is_address};
use super::codec::{
    A_TYPE, AAAA_TYPE, Data, Message, NULL_TYPE, PTR_TYPE, Question, Record, SRV_TYPE, TXT_TYPE,
    instance_name, instance_of, is_service_name, service_name,
};
use super::links::{Changes, Family, Heard, Link, Shared, is_link_local};
use super::records::LONG_TTL;
use crate::Instance;

/// Until the first question on a link, milliseconds (RFC 6762, 5.2).
const FIRST_DELAY: (u64, u64) = (20, 120);
/// From the first question to the second; each gap is three times the one before.
const FIRST_GAP: Duration = Duration::from_secs(1);
const GAP_FACTOR: u32 = 3;
const MAX_GAP: Duration = Duration::from_secs(3_600);
/// Questions for everybody are at least this far apart on a link.
const SPACING: Duration = Duration::from_secs(1);
/// Bytes of known answers in a question, so that it fits a frame; whoever is left out answers.
const MAX_KNOWN_BYTES: usize = 1_200;

/// Without an answer, an address that is still known serves after this long.
const PATIENCE: Duration = Duration::from_secs(1);
/// The same where the address came just now: then its owner may not say it again so soon.
const JUST_NOW: Duration = Duration::from_secs(1);
const SHORT_PATIENCE: Duration = Duration::from_millis(150);
/// Where only IPv6 has answered, the time that IPv4 gets, which more peers can be talked to on.
const SETTLING: Duration = Duration::from_millis(50);
/// A question for an address is repeated once, after this long.
const RESEND: Duration = Duration::from_secs(1);
/// After this long nobody will answer any more.
const RESOLVE_TIME: Duration = Duration::from_secs(4);
/// Searches for an address at the same time, at most: each is one conversation about to begin.
const MAX_RESOLUTIONS: usize = 64;
/// Addresses told of one person, at most.
const MAX_TOLD: usize = 16;

/// When a picture is asked for, after the first question [LAN-32].
const PICTURE_GAPS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];
/// Pictures waited for at the same time, at most: those of a full roster.
const MAX_PICTURES: usize = 1_000;

/// Looks for others.
#[derive(Debug, Default)]
pub(super) struct Browser {
    cache: Cache,
    asking: BTreeMap<Link, Asking>,
    resolutions: BTreeMap<Instance, Resolution>,
    pictures: BTreeMap<Instance, PictureQuery>,
    serial: u64,
}

/// The question for everybody, on one link.
#[derive(Clone, Copy, Debug)]
struct Asking {
    next: Instant,
    gap: Duration,
    last: Option<Instant>,
}

/// Where is one person?
#[derive(Clone, Debug)]
struct Resolution {
    /// What came with a later packet answers.
    serial: u64,
    since: Instant,
    /// When to ask once more.
    resend: Option<Instant>,
    /// On which interfaces the addresses were asked for.
    asked: BTreeSet<u32>,
    /// Since when IPv6 has answered alone.
    settling: Option<Instant>,
    /// When to look again.
    due: Instant,
}

/// One person's picture.
#[derive(Clone, Copy, Debug)]
struct PictureQuery {
    next: Option<Instant>,
    sent: usize,
}

impl Browser {
    /// Interfaces came, went, or have other addresses now.
    pub(super) fn handle_changes(&mut self, changes: &Changes, shared: &mut Shared, now: Instant) {
        let links = shared.links();
        self.asking.retain(|link, _| links.contains(link));
        for interface in &changes.removed {
            self.cache.remove_interface(*interface, shared);
        }
        self.cancel_gone(shared);
        for link in links {
            let is_changed =
                changes.new_links.contains(&link) || changes.readdressed.contains(&link.interface);
            if is_changed {
                let next = now + shared.dice.millis(FIRST_DELAY.0, FIRST_DELAY.1);
                self.asking.insert(
                    link,
                    Asking {
                        next,
                        gap: FIRST_GAP,
                        last: None,
                    },
                );
            }
        }
    }

    /// Somebody tells. `is_us` says whether a contact is ourselves.
    pub(super) fn handle_response(
        &mut self,
        heard: &Heard<'_>,
        is_us: impl Fn(&Instance) -> bool,
        shared: &mut Shared,
    ) {
        self.serial += 1;
        let now = heard.now;
        let records = || {
            heard
                .message
                .answers
                .iter()
                .chain(&heard.message.additionals)
        };
        let mut told = BTreeSet::new();
        let mut leaving = BTreeSet::new();
        let mut note = |taken: Taken| match taken {
            Taken::Nothing => {}
            Taken::Told(instance) => {
                told.insert(instance);
            }
            Taken::Leaves(instance) => {
                leaving.insert(instance);
            }
        };
        // Whoever it is comes first, then where and what, then the addresses of the hosts named.
        for record in records() {
            if let Data::Ptr(target) = &record.data
                && is_service_name(&record.name)
                && let Some(instance) = instance_of(target).filter(|instance| !is_us(instance))
            {
                let on = heard.link.interface;
                let dice = &mut shared.dice;
                note(
                    self.cache
                        .take_pointer(on, instance, record.ttl, self.serial, dice, now),
                );
            }
        }
        for record in records() {
            if let Some(instance) = instance_of(&record.name).filter(|instance| !is_us(instance)) {
                note(self.take_detail(heard, instance, record, shared));
            }
        }
        let is_loopback = shared.is_loopback(heard.link.interface);
        for record in records().filter(|record| is_address(record)) {
            let on = heard.link.interface;
            self.cache
                .take_address(on, record, is_loopback, self.serial, now);
        }
        for instance in &told {
            self.cache.report(instance, shared);
        }
        for instance in leaving {
            if !self.cache.stays(&instance, now) {
                self.cancel(&instance, shared);
            }
        }
        self.resolve_on(shared, now);
    }

    /// Where is this person?
    pub(super) fn resolve(&mut self, instance: &Instance, shared: &mut Shared, now: Instant) {
        if self.resolutions.contains_key(instance) {
            return;
        }
        let is_hopeless = shared.links().is_empty() || self.resolutions.len() >= MAX_RESOLUTIONS;
        if is_hopeless {
            tell_resolved(instance, Vec::new(), shared);
            return;
        }
        let resolution = Resolution {
            serial: self.serial,
            since: now,
            resend: Some(now + RESEND),
            asked: BTreeSet::new(),
            settling: None,
            due: now,
        };
        self.resolutions.insert(instance.clone(), resolution);
        self.ask_where(instance, shared, now);
        self.resolve_on(shared, now);
    }

    /// Whether it is one of their addresses.
    pub(super) fn has_address(
        &self,
        instance: &Instance,
        address: IpAddr,
        now: Option<Instant>,
    ) -> Option<bool> {
        let address = address.to_canonical();
        let known = self.cache.addresses(instance, now?);
        let mut of_family = known
            .iter()
            .filter(|found| found.address.is_ipv4() == address.is_ipv4())
            .peekable();
        of_family.peek()?;
        Some(of_family.any(|found| found.address == address))
    }

    /// Asks for the picture of somebody in the roster.
    pub(super) fn fetch_picture(&mut self, instance: &Instance, shared: &mut Shared, now: Instant) {
        let is_new = !self.pictures.contains_key(instance);
        let is_here = !self.cache.interfaces_of(instance).is_empty();
        if is_new && is_here && self.pictures.len() < MAX_PICTURES {
            let query = PictureQuery {
                next: Some(now),
                sent: 0,
            };
            self.pictures.insert(instance.clone(), query);
            self.ask_pictures(shared, now);
        }
    }

    /// It is not wanted any more.
    pub(super) fn cancel_picture(&mut self, instance: &Instance) {
        self.pictures.remove(instance);
    }

    /// Asks for everybody anew: whom we took for ourselves may be somebody else.
    pub(super) fn ask_again(&mut self, shared: &mut Shared, now: Instant) {
        for asking in self.asking.values_mut() {
            let delay = shared.dice.millis(FIRST_DELAY.0, FIRST_DELAY.1);
            let free = asking.last.map_or(now, |last| last + SPACING);
            asking.next = free.max(now + delay);
            asking.gap = FIRST_GAP;
        }
    }

    /// Somebody turns out to be us.
    pub(super) fn forget(&mut self, instance: &Instance, shared: &mut Shared) {
        self.cache.forget(instance, shared);
        self.cancel_gone(shared);
    }

    /// Does what is due. `us` is known here, like the others: asking must not make us answer.
    pub(super) fn handle_timeout(
        &mut self,
        us: Option<&Instance>,
        shared: &mut Shared,
        now: Instant,
    ) {
        // First: whoever did not answer is asked for anew below.
        self.resolve_on(shared, now);
        let asking_again = self.cache.sweep(shared, now);
        self.cancel_gone(shared);
        for interface in asking_again {
            for link in shared.links_of(interface) {
                if let Some(asking) = self.asking.get_mut(&link)
                    && asking.last.is_none_or(|last| last + SPACING <= now)
                {
                    asking.last = Some(now);
                    self.ask_who(link, us, shared, now);
                }
            }
        }
        let mut due = Vec::new();
        for (link, asking) in &mut self.asking {
            if asking.next <= now {
                asking.next = now + asking.gap;
                asking.gap = (asking.gap * GAP_FACTOR).min(MAX_GAP);
                if asking.last.is_none_or(|last| last + SPACING <= now) {
                    asking.last = Some(now);
                    due.push(*link);
                }
            }
        }
        for link in due {
            self.ask_who(link, us, shared, now);
        }
        self.ask_pictures(shared, now);
    }

    /// When something is due next.
    pub(super) fn due(&self) -> Option<Instant> {
        let asking = self.asking.values().map(|asking| asking.next);
        let pictures = self.pictures.values().filter_map(|query| query.next);
        let resolutions = self.resolutions.values().map(|resolution| resolution.due);
        asking
            .chain(pictures)
            .chain(resolutions)
            .chain(self.cache.due())
            .min()
    }

    /// Entries of all kinds: what the bounds keep small.
    pub(super) fn size(&self) -> usize {
        self.cache.size() + self.asking.len() + self.resolutions.len() + self.pictures.len()
    }

    fn take_detail(
        &mut self,
        heard: &Heard<'_>,
        instance: Instance,
        record: &Record,
        shared: &mut Shared,
    ) -> Taken {
        let on = heard.link.interface;
        let (serial, now) = (self.serial, heard.now);
        match &record.data {
            Data::Srv(_) => {
                let is_wanted = self.resolutions.contains_key(&instance);
                self.cache
                    .take_srv(on, instance, record, is_wanted, serial, now)
            }
            Data::Txt(_) => self.cache.take_txt(on, instance, record, serial, now),
            Data::Null(data) => {
                if record.ttl > 0 && self.pictures.contains_key(&instance) {
                    let data = data.clone();
                    shared.tell(Event::Picture { instance, data });
                }
                Taken::Nothing
            }
            Data::A(_) | Data::Aaaa(_) | Data::Ptr(_) | Data::Other(_) => Taken::Nothing,
        }
    }

    /// Nothing more is asked about somebody who left [LAN-25].
    fn cancel(&mut self, instance: &Instance, shared: &mut Shared) {
        self.pictures.remove(instance);
        if self.resolutions.remove(instance).is_some() {
            tell_resolved(instance, Vec::new(), shared);
        }
    }

    fn cancel_gone(&mut self, shared: &mut Shared) {
        for instance in self.cache.take_gone() {
            self.cancel(&instance, shared);
        }
    }

    fn ask_who(&self, link: Link, us: Option<&Instance>, shared: &mut Shared, now: Instant) {
        let name = service_name();
        let mut bytes = 0;
        let known = us
            .map(|us| (us, LONG_TTL))
            .into_iter()
            .chain(self.cache.known_pointers(link.interface, now))
            .take_while(|(instance, _)| {
                // Owner and suffix are pointers of two bytes each.
                bytes += 2 + 10 + 1 + instance.as_str().len() + 2;
                bytes <= MAX_KNOWN_BYTES
            })
            .map(|(instance, ttl)| Record::shared(&name, ttl, Data::Ptr(instance_name(instance))))
            .collect();
        let query = Message {
            answers: known,
            ..Message::query(vec![Question::new(&name, PTR_TYPE)])
        };
        shared.send(link, &query);
    }

    /// The interfaces on which to ask about somebody: where they are, or everywhere.
    fn interfaces_for(&self, instance: &Instance, shared: &Shared) -> Vec<u32> {
        let mut interfaces = self.cache.interfaces_of(instance);
        if interfaces.is_empty() {
            interfaces = shared.links().iter().map(|link| link.interface).collect();
            interfaces.dedup();
        }
        interfaces
    }

    /// Asks for what is missing, and for the addresses in any case.
    fn ask_where(&mut self, instance: &Instance, shared: &mut Shared, now: Instant) {
        let name = instance_name(instance);
        for interface in self.interfaces_for(instance, shared) {
            let mut questions = Vec::new();
            if let Some(srv) = self.cache.srv(interface, instance, now) {
                questions.push(Question::new(&srv.target, A_TYPE));
                questions.push(Question::new(&srv.target, AAAA_TYPE));
                if let Some(resolution) = self.resolutions.get_mut(instance) {
                    resolution.asked.insert(interface);
                }
            } else {
                questions.push(Question::new(&name, SRV_TYPE));
            }
            if !self.cache.has_txt(interface, instance) {
                questions.push(Question::new(&name, TXT_TYPE));
            }
            for link in shared.links_of(interface) {
                shared.send(link, &Message::query(questions.clone()));
            }
        }
    }

    /// Asks for the addresses where the SRV record has come without them.
    fn ask_addresses(&mut self, instance: &Instance, shared: &mut Shared, now: Instant) {
        for interface in shared.links().iter().map(|link| link.interface) {
            let Some(srv) = self.cache.srv(interface, instance, now) else {
                continue;
            };
            let questions = vec![
                Question::new(&srv.target, A_TYPE),
                Question::new(&srv.target, AAAA_TYPE),
            ];
            let Some(resolution) = self.resolutions.get_mut(instance) else {
                return;
            };
            if resolution.asked.insert(interface) {
                for link in shared.links_of(interface) {
                    shared.send(link, &Message::query(questions.clone()));
                }
            }
        }
    }

    /// Looks which searches have ended, and goes on with the others.
    fn resolve_on(&mut self, shared: &mut Shared, now: Instant) {
        let searched: Vec<_> = self.resolutions.keys().cloned().collect();
        for instance in searched {
            let known = self.cache.addresses(&instance, now);
            let Some(resolution) = self.resolutions.get_mut(&instance) else {
                continue;
            };
            let fresh: Vec<_> = known
                .iter()
                .filter(|found| found.serial > resolution.serial)
                .copied()
                .collect();
            if let Some(found) = outcome(resolution, &known, fresh, shared, now) {
                self.resolutions.remove(&instance);
                if found.is_empty() {
                    self.cache.doubt(&instance, now);
                }
                tell_resolved(&instance, found, shared);
                continue;
            }
            let is_silent = resolution.resend.take_if(|at| *at <= now).is_some();
            resolution.due = next_look(resolution, &known);
            if is_silent {
                self.ask_where(&instance, shared, now);
            } else {
                self.ask_addresses(&instance, shared, now);
            }
        }
    }

    fn ask_pictures(&mut self, shared: &mut Shared, now: Instant) {
        let mut due = Vec::new();
        for (instance, query) in &mut self.pictures {
            if query.next.is_some_and(|at| at <= now) {
                query.next = PICTURE_GAPS.get(query.sent).map(|gap| now + *gap);
                query.sent += 1;
                due.push(instance.clone());
            }
        }
        for instance in due {
            let question = Question::unicast(&instance_name(&instance), NULL_TYPE);
            for interface in self.interfaces_for(&instance, shared) {
                for link in shared.links_of(interface) {
                    shared.send(link, &Message::query(vec![question.clone()]));
                }
            }
        }
    }
}

/// What a search has come to; `None`: it goes on.
fn outcome(
    resolution: &mut Resolution,
    known: &[Found],
    fresh: Vec<Found>,
    shared: &Shared,
    now: Instant,
) -> Option<Vec<Found>> {
    if !fresh.is_empty() {
        let since = *resolution.settling.get_or_insert(now);
        // Where we have no IPv4 ourselves there is none to wait for.
        let is_settled = fresh.iter().any(|found| {
            let v4 = Link {
                interface: found.interface,
                family: Family::V4,
            };
            found.address.is_ipv4() || !shared.links_of(found.interface).contains(&v4)
        });
        if is_settled || since + SETTLING <= now {
            return Some(fresh);
        }
        return None;
    }
    // What had come has been taken back again.
    resolution.settling = None;
    if fallback_at(resolution, known).is_some_and(|at| at <= now) {
        return Some(known.to_vec());
    }
    (resolution.since + RESOLVE_TIME <= now).then(Vec::new)
}

/// When a search has to be looked at again, if nothing comes until then.
fn next_look(resolution: &Resolution, known: &[Found]) -> Instant {
    // What has come is only waited on for a moment; the other limits are for searches without it.
    let limit = match resolution.settling {
        Some(since) => since + SETTLING,
        None => fallback_at(resolution, known)
            .into_iter()
            .fold(resolution.since + RESOLVE_TIME, Instant::min),
    };
    resolution.resend.into_iter().fold(limit, Instant::min)
}

/// When an address serves that did not come as an answer; `None`: there is none.
fn fallback_at(resolution: &Resolution, known: &[Found]) -> Option<Instant> {
    let latest = known.iter().map(|found| found.received).max()?;
    let is_new = resolution.since.saturating_duration_since(latest) < JUST_NOW;
    Some(resolution.since + if is_new { SHORT_PATIENCE } else { PATIENCE })
}

fn tell_resolved(instance: &Instance, mut found: Vec<Found>, shared: &mut Shared) {
    found.sort_by_key(|found| {
        let distance = match found.address {
            IpAddr::V4(_) => 0,
            IpAddr::V6(_) if is_link_local(found.address) => 2,
            IpAddr::V6(_) => 1,
        };
        (distance, !shared.is_on_link(found.interface, found.address))
    });
    let addresses = found
        .iter()
        .take(MAX_TOLD)
        .map(|found| (found.interface, socket_address(found)))
        .collect();
    shared.tell(Event::Resolved {
        instance: instance.clone(),
        addresses,
    });
}

/// A link-local address says on which link.
fn socket_address(found: &Found) -> SocketAddr {
    match found.address {
        IpAddr::V6(address) if is_link_local(found.address) => {
            SocketAddrV6::new(address, found.port, 0, found.interface).into()
        }
        address => SocketAddr::new(address, found.port),
    }
}
