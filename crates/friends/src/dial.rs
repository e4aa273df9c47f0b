//! When to call which machine, and where [RS-6] [RS-10].
//!
//! A machine that should be linked and is not is called at each of its places in turn. When all have
//! failed, there is a pause, which grows; it is forgotten when a link has lasted, when the person asks,
//! or when this machine has come to another network.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use wire_retroshare::LocationId;

use crate::draw::Draw;
use crate::output::{ConnectionId, Place};

/// Places kept for one machine: its networks of the last months. Beyond, the one that was good longest
/// ago goes.
pub(crate) const MAX_PLACES: usize = 12;
/// Calls at once: more would look like a scan to routers, and each costs a handshake.
pub(crate) const MAX_CALLS: usize = 8;
/// The first pause after all places of a machine have failed.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// The longest: a friend's machine that comes up calls us as well.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// Before calling again after a link was lost, at random: both sides notice at the same moment, and
/// two calls that cross can end each other.
const AFTER_LOSS: (Duration, Duration) =
    (Duration::from_millis(1_000), Duration::from_millis(4_000));
/// The same at the start and for somebody new.
const AT_START: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(1_500));
/// Between two places of one machine.
const NEXT_PLACE: Duration = Duration::from_millis(200);
/// A link that has lasted this long is a good one: the pauses begin anew. A shorter one was refused
/// after all, or crossed another.
const LASTED: Duration = Duration::from_secs(30);
/// A call is given up by us if the shell does not (5 s for TCP, 30 s for TLS).
const CALL_TIME: Duration = Duration::from_secs(45);

/// Where a machine may be reached, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Places(Vec<Known>);

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    /// `host:port` or `address:port`.
    at: String,
    /// When a link stood there last, in seconds since 1970; 0: never.
    #[serde(default)]
    good: u64,
    /// When it was heard of last.
    #[serde(default)]
    heard: u64,
    /// Only others say so.
    #[serde(default)]
    is_hearsay: bool,
}

/// Who says where a machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Its owner, or the person at this machine.
    Owner,
    /// A friend of both: it pushes out nothing that the owner said.
    Hearsay,
}

impl Places {
    /// A place was heard of; `true` if it is new.
    pub(crate) fn learn(&mut self, place: &Place, source: Source, now_s: u64) -> bool {
        let Some(at) = write(place) else {
            return false;
        };
        if let Some(known) = self.0.iter_mut().find(|known| known.at == at) {
            // Not worth a record each time.
            known.heard = known.heard.max(now_s);
            known.is_hearsay &= source == Source::Hearsay;
            return false;
        }
        self.0.push(Known {
            at: at.clone(),
            good: 0,
            heard: now_s,
            is_hearsay: source == Source::Hearsay,
        });
        self.order();
        self.0.truncate(MAX_PLACES);
        self.0.iter().any(|known| known.at == at)
    }

    /// A link stands there.
    pub(crate) fn good(&mut self, place: &Place, now_s: u64) {
        self.learn(place, Source::Owner, now_s);
        let at = write(place);
        if let Some(known) = self
            .0
            .iter_mut()
            .find(|known| Some(&known.at) == at.as_ref())
        {
            known.good = now_s;
            known.heard = now_s;
        }
        self.order();
    }

    /// Nothing of theirs is there.
    pub(crate) fn forget(&mut self, place: &Place) {
        let at = write(place);
        self.0.retain(|known| Some(&known.at) != at.as_ref());
    }

    /// The place in this turn.
    pub(crate) fn get(&self, turn: usize) -> Option<Place> {
        self.0.get(turn).and_then(|known| read(&known.at))
    }

    /// All of them, best first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Place> + '_ {
        self.0.iter().filter_map(|known| read(&known.at))
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Those that were read from a record: within the bound, and nothing that is no place.
    pub(crate) fn bounded(mut self) -> Self {
        self.0.retain(|known| read(&known.at).is_some());
        self.order();
        self.0.truncate(MAX_PLACES);
        self
    }

    fn order(&mut self) {
        self.0
            .sort_by_key(|known| Reverse((known.good, !known.is_hearsay, known.heard)));
    }
}

/// The text of a place that can be called; `None` for those that cannot.
fn write(place: &Place) -> Option<String> {
    match place {
        Place::Address(at) if at.port() == 0 || at.ip().is_unspecified() => None,
        Place::Address(at) if at.ip().is_multicast() => None,
        Place::Address(at) => Some(at.to_string()),
        Place::Host(host, port) => {
            let is_name = !host.is_empty()
                && host.len() <= 253
                && host
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
            (is_name && *port != 0).then(|| format!("{host}:{port}"))
        }
    }
}

/// A place from its text.
pub(crate) fn read(text: &str) -> Option<Place> {
    if let Ok(address) = text.parse() {
        let place = Place::Address(address);
        return write(&place).map(|_| place);
    }
    let (host, port) = text.rsplit_once(':')?;
    let place = Place::Host(host.to_owned(), port.parse().ok()?);
    write(&place).map(|_| place)
}

/// A place from what certificates call a locator, such as `ipv4://192.0.2.1:7812`.
pub(crate) fn read_locator(text: &str) -> Option<Place> {
    let rest = ["ipv4://", "ipv6://", "tcp://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))?;
    read(rest.trim_end_matches('/'))
}

/// Calls, under way and due.
#[derive(Debug)]
pub(crate) struct Dialer {
    wanted: BTreeMap<LocationId, Want>,
    draw: Draw,
}

#[derive(Debug)]
struct Want {
    state: State,
    /// The place in turn.
    turn: usize,
    /// Rounds in which every place failed.
    failures: u32,
}

#[derive(Debug)]
enum State {
    /// To be called then.
    Due(Instant),
    Calling {
        connection: ConnectionId,
        place: Place,
        until: Instant,
    },
    Linked {
        since: Instant,
    },
}

impl Dialer {
    /// Nobody is wanted yet.
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        Self {
            wanted: BTreeMap::new(),
            draw: Draw::new(seed, "dial"),
        }
    }

    /// From now on this machine should be linked.
    pub(crate) fn want(&mut self, location: LocationId, now: Instant) {
        let due = now + self.draw.between(AT_START.0, AT_START.1);
        self.wanted.entry(location).or_insert(Want {
            state: State::Due(due),
            turn: 0,
            failures: 0,
        });
    }

    /// No longer; answers with the call that was under way.
    pub(crate) fn unwant(&mut self, location: LocationId) -> Option<ConnectionId> {
        match self.wanted.remove(&location)?.state {
            State::Calling { connection, .. } => Some(connection),
            State::Due(_) | State::Linked { .. } => None,
        }
    }

    /// The person asks, or a new place became known: at once, as if nothing had failed.
    pub(crate) fn hurry(&mut self, location: LocationId, now: Instant) {
        if let Some(want) = self.wanted.get_mut(&location)
            && let State::Due(_) = want.state
        {
            *want = Want {
                state: State::Due(now),
                turn: 0,
                failures: 0,
            };
        }
    }

    /// This machine is on another network.
    pub(crate) fn hurry_all(&mut self, now: Instant) {
        for want in self.wanted.values_mut() {
            if let State::Due(_) = want.state {
                let due = now + self.draw.between(AT_START.0, AT_START.1);
                *want = Want {
                    state: State::Due(due),
                    turn: 0,
                    failures: 0,
                };
            }
        }
    }

    /// A link stands; a call that was under way is answered with.
    pub(crate) fn linked(&mut self, location: LocationId, now: Instant) -> Option<ConnectionId> {
        let want = self.wanted.get_mut(&location)?;
        want.turn = 0;
        let before = std::mem::replace(&mut want.state, State::Linked { since: now });
        match before {
            State::Calling { connection, .. } => Some(connection),
            State::Due(_) | State::Linked { .. } => None,
        }
    }

    /// The link is gone.
    pub(crate) fn lost(&mut self, location: LocationId, now: Instant) {
        let after = self.draw.between(AFTER_LOSS.0, AFTER_LOSS.1);
        let Some(want) = self.wanted.get_mut(&location) else {
            return;
        };
        let State::Linked { since } = want.state else {
            return;
        };
        want.turn = 0;
        if now.saturating_duration_since(since) >= LASTED {
            want.failures = 0;
            want.state = State::Due(now + after);
        } else {
            self.pause(location, now);
        }
    }

    /// A call came to nothing. `places`: how many there are to try.
    pub(crate) fn failed(
        &mut self,
        location: LocationId,
        connection: ConnectionId,
        places: usize,
        now: Instant,
    ) {
        let Some(want) = self.wanted.get_mut(&location) else {
            return;
        };
        match want.state {
            State::Calling { connection: id, .. } if id == connection => {}
            State::Calling { .. } | State::Due(_) | State::Linked { .. } => return,
        }
        want.turn += 1;
        if want.turn < places {
            want.state = State::Due(now + NEXT_PLACE);
        } else {
            self.pause(location, now);
        }
    }

    /// They do not want us, and no other place of theirs will. The first time can come of calls that
    /// crossed, so it is tried again soon.
    pub(crate) fn refused(&mut self, location: LocationId, now: Instant) {
        let again = self.draw.between(AFTER_LOSS.0, AFTER_LOSS.1);
        match self.wanted.get_mut(&location) {
            Some(want) if want.failures == 0 => {
                *want = Want {
                    state: State::Due(now + again),
                    turn: 0,
                    failures: 1,
                };
            }
            Some(_) | None => self.pause(location, now),
        }
    }

    /// All calls, which are given up.
    pub(crate) fn calls_under_way(&self) -> Vec<ConnectionId> {
        let calling = |want: &Want| match want.state {
            State::Calling { connection, .. } => Some(connection),
            State::Due(_) | State::Linked { .. } => None,
        };
        self.wanted.values().filter_map(calling).collect()
    }

    fn pause(&mut self, location: LocationId, now: Instant) {
        let Some(want) = self.wanted.get_mut(&location) else {
            return;
        };
        let pause = FIRST_PAUSE * 2_u32.saturating_pow(want.failures.min(16));
        let pause = self.draw.around(pause.min(LONGEST_PAUSE));
        want.turn = 0;
        want.failures = want.failures.saturating_add(1);
        want.state = State::Due(now + pause);
    }

    /// The next machine whose time has come, and its turn; it is to be answered by
    /// [`calling`](Self::calling) or [`no_place`](Self::no_place).
    pub(crate) fn due(&self, now: Instant) -> Option<(LocationId, usize)> {
        if self.calls() >= MAX_CALLS {
            return None;
        }
        let due = self
            .wanted
            .iter()
            .filter_map(|(location, want)| match want.state {
                State::Due(at) if at <= now => Some((at, *location, want.turn)),
                State::Due(_) | State::Calling { .. } | State::Linked { .. } => None,
            });
        due.min().map(|(_, location, turn)| (location, turn))
    }

    /// It is being called.
    pub(crate) fn calling(
        &mut self,
        location: LocationId,
        connection: ConnectionId,
        place: Place,
        now: Instant,
    ) {
        if let Some(want) = self.wanted.get_mut(&location) {
            want.state = State::Calling {
                connection,
                place,
                until: now + CALL_TIME,
            };
        }
    }

    /// There is no place to call in this turn.
    pub(crate) fn no_place(&mut self, location: LocationId, now: Instant) {
        self.pause(location, now);
    }

    /// The machine that this call is for, and where it was called.
    pub(crate) fn call(&self, connection: ConnectionId) -> Option<(LocationId, &Place)> {
        self.wanted
            .iter()
            .find_map(|(location, want)| match &want.state {
                State::Calling {
                    connection: id,
                    place,
                    ..
                } if *id == connection => Some((*location, place)),
                State::Calling { .. } | State::Due(_) | State::Linked { .. } => None,
            })
    }

    /// The call of this machine that is under way.
    pub(crate) fn call_of(&self, location: LocationId) -> Option<ConnectionId> {
        match self.wanted.get(&location)?.state {
            State::Calling { connection, .. } => Some(connection),
            State::Due(_) | State::Linked { .. } => None,
        }
    }

    /// Calls that nobody has answered in time.
    pub(crate) fn overdue(&self, now: Instant) -> Vec<(LocationId, ConnectionId)> {
        let calls = self
            .wanted
            .iter()
            .filter_map(|(location, want)| match want.state {
                State::Calling {
                    connection, until, ..
                } if until <= now => Some((*location, connection)),
                State::Calling { .. } | State::Due(_) | State::Linked { .. } => None,
            });
        calls.collect()
    }

    /// When something is due next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let is_full = self.calls() >= MAX_CALLS;
        let times = self.wanted.values().filter_map(|want| match want.state {
            State::Due(at) => (!is_full).then_some(at),
            State::Calling { until, .. } => Some(until),
            State::Linked { .. } => None,
        });
        times.min()
    }

    fn calls(&self) -> usize {
        let calling = |want: &&Want| matches!(want.state, State::Calling { .. });
        self.wanted.values().filter(calling).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Place {
        read(text).expect("a place")
    }

    // [RS-6]
    #[test]
    fn places_are_bounded_and_what_was_good_stays_first() {
        let mut places = Places::default();
        let owners = place("192.0.2.1:7812");
        assert!(places.learn(&owners, Source::Owner, 1));
        assert!(!places.learn(&owners, Source::Owner, 2), "known");
        for number in 0..100 {
            let said = place(&format!("198.51.100.{number}:1"));
            places.learn(&said, Source::Hearsay, 1_000 + number);
        }
        assert_eq!(places.len(), MAX_PLACES);
        assert_eq!(places.get(0), Some(owners), "hearsay pushes nothing out");
        let good = place("198.51.100.99:1");
        places.good(&good, 5_000);
        assert_eq!(places.get(0), Some(good.clone()));
        places.forget(&good);
        assert!(places.iter().all(|place| place != good));
        let json = serde_json::to_vec(&places).expect("plain data");
        let again: Places = serde_json::from_slice(&json).expect("as written");
        assert_eq!(again.bounded(), places);
    }

    // [RS-2] [RS-22]
    #[test]
    fn only_what_can_be_called_is_a_place() {
        for good in [
            "192.0.2.1:1",
            "[2001:db8::1]:65535",
            "example.org:7812",
            "10.0.0.1:9",
        ] {
            let place = read(good).expect(good);
            assert_eq!(write(&place).as_deref(), Some(good));
        }
        for bad in [
            "",
            ":1",
            "0.0.0.0:1",
            "192.0.2.1:0",
            "224.0.0.1:1",
            "a b:1",
            "x:y",
            "a/b:1",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read_locator("ipv4://192.0.2.1:7"), read("192.0.2.1:7"));
        assert_eq!(
            read_locator("ipv6://[2001:db8::1]:7"),
            read("[2001:db8::1]:7")
        );
        assert_eq!(read_locator("http://192.0.2.1:7"), None);
    }
}
