//! When to call which machine, and where [RS-6] [RS-10].
//!
//! A machine that should be linked and is not is called at each of its places in turn. When all have
//! failed, there is a pause, which grows; it is forgotten when a link has lasted, when the person asks,
//! or when this machine has come to another network.

mod places;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use wire_retroshare::LocationId;

pub(crate) use self::places::{MAX_PLACES, Places, Source, read, read_locator};
use crate::draw::Draw;
use crate::output::{ConnectionId, Place};

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
        since: Instant,
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
                since: now,
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

    /// When this machine was called that has not answered yet.
    pub(crate) fn called_at(&self, location: LocationId) -> Option<Instant> {
        match self.wanted.get(&location)?.state {
            State::Calling { since, .. } => Some(since),
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
                    connection, since, ..
                } if since + CALL_TIME <= now => Some((*location, connection)),
                State::Calling { .. } | State::Due(_) | State::Linked { .. } => None,
            });
        calls.collect()
    }

    /// When something is due next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let is_full = self.calls() >= MAX_CALLS;
        let times = self.wanted.values().filter_map(|want| match want.state {
            State::Due(at) => (!is_full).then_some(at),
            State::Calling { since, .. } => Some(since + CALL_TIME),
            State::Linked { .. } => None,
        });
        times.min()
    }

    fn calls(&self) -> usize {
        let calling = |want: &&Want| matches!(want.state, State::Calling { .. });
        self.wanted.values().filter(calling).count()
    }
}
