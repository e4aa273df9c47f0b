//! Addresses from which nothing good came: for how long they are not let in [RS-22].
//!
//! Everything that an honest node does not do scores against the address. Scores fade, so that a friend
//! who calls before we have approved them is not shut out; whoever goes on is, for growing times.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use core::net::IpAddr;

/// Addresses remembered, at most; beyond, the one heard of longest ago is forgotten. A flood from more
/// addresses than these costs a handshake each, and nothing else.
pub(crate) const MAX_ADDRESSES: usize = 1024;

/// From this score on an address is shut out.
pub(crate) const LIMIT: u32 = 30;

/// A score falls to half in this time: a stranger who calls with pauses as ours stays far below.
const FADE: Duration = Duration::from_secs(600);

/// The first ban; each further one is twice as long.
const FIRST_BAN: Duration = Duration::from_secs(60);

/// The longest ban: addresses are lent to other people after a while.
const LONGEST_BAN: Duration = Duration::from_secs(24 * 3600);

/// What is remembered of an address that keeps quiet ends after this.
const MEMORY: Duration = Duration::from_secs(2 * 24 * 3600);

/// What an address did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offence {
    /// Called without being approved: no offence by itself, a flood in numbers.
    Stranger,
    /// Never finished the handshake, or said nothing after it.
    Silence,
    /// Showed a certificate that is not what it says.
    Forged,
    /// Sent what no node sends.
    Malformed,
}

impl Offence {
    const fn score(self) -> u32 {
        match self {
            Self::Stranger => 1,
            Self::Silence => 2,
            Self::Forged => 10,
            Self::Malformed => 10,
        }
    }
}

/// The table of addresses.
#[derive(Debug, Default)]
pub(crate) struct Abuse {
    addresses: BTreeMap<IpAddr, Mark>,
}

#[derive(Debug)]
struct Mark {
    score: u32,
    scored_at: Instant,
    bans: u32,
    until: Option<Instant>,
}

impl Abuse {
    /// Whether the address is shut out.
    pub(crate) fn is_banned(&self, address: IpAddr, now: Instant) -> bool {
        let mark = self.addresses.get(&whole(address));
        mark.and_then(|mark| mark.until)
            .is_some_and(|until| now < until)
    }

    /// Something came from there.
    pub(crate) fn note(&mut self, address: IpAddr, offence: Offence, now: Instant) {
        let address = whole(address);
        self.make_room(address, now);
        let mark = self.addresses.entry(address).or_insert(Mark {
            score: 0,
            scored_at: now,
            bans: 0,
            until: None,
        });
        mark.fade(now);
        mark.score = mark.score.saturating_add(offence.score());
        if mark.score >= LIMIT {
            let time = FIRST_BAN * 2_u32.saturating_pow(mark.bans.min(16));
            mark.until = Some(now + time.min(LONGEST_BAN));
            mark.bans += 1;
            mark.score = 0;
        }
    }

    /// A friend was approved who called from there.
    pub(crate) fn forgive(&mut self, address: IpAddr) {
        self.addresses.remove(&whole(address));
    }

    /// Entries, for checks of the bound.
    pub(crate) fn len(&self) -> usize {
        self.addresses.len()
    }

    fn make_room(&mut self, address: IpAddr, now: Instant) {
        if self.addresses.len() < MAX_ADDRESSES || self.addresses.contains_key(&address) {
            return;
        }
        self.addresses
            .retain(|_, mark| now.saturating_duration_since(mark.scored_at) < MEMORY);
        while self.addresses.len() >= MAX_ADDRESSES {
            let oldest = self.addresses.iter().min_by_key(|(_, mark)| mark.scored_at);
            let Some(oldest) = oldest.map(|(address, _)| *address) else {
                return;
            };
            self.addresses.remove(&oldest);
        }
    }
}

impl Mark {
    fn fade(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.scored_at);
        let halves = u32::try_from(passed.as_secs() / FADE.as_secs()).unwrap_or(u32::MAX);
        self.score = self.score.checked_shr(halves).unwrap_or(0);
        if passed >= MEMORY {
            self.bans = 0;
        }
        self.scored_at = now;
    }
}

/// What one party has: a whole IPv4 address, a /64 of IPv6.
fn whole(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let mut parts = v6.segments();
            parts[4..].fill(0);
            IpAddr::from(parts)
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::any_instant;

    // [RS-22]
    #[test]
    fn bans_grow_and_end_and_old_sins_fade() {
        let start = any_instant();
        let mut abuse = Abuse::default();
        let bad = IpAddr::from([192, 0, 2, 1]);
        let mut now = start;
        let mut last = Duration::ZERO;
        for round in 0..12 {
            for _ in 0..3 {
                assert!(!abuse.is_banned(bad, now), "round {round}");
                abuse.note(bad, Offence::Malformed, now);
            }
            let mut ban = Duration::ZERO;
            while abuse.is_banned(bad, now + ban) {
                ban += Duration::from_secs(30);
            }
            assert!(ban > last || ban == LONGEST_BAN, "round {round}: {ban:?}");
            last = ban;
            now += ban;
        }
        assert_eq!(last, LONGEST_BAN);
        // Once in a while is no flood.
        let slow = IpAddr::from([192, 0, 2, 2]);
        for hour in 0..1_000 {
            abuse.note(
                slow,
                Offence::Malformed,
                start + Duration::from_secs(3600 * hour),
            );
            assert!(!abuse.is_banned(slow, start + Duration::from_secs(3600 * hour)));
        }
    }

    // [RS-22]
    #[test]
    fn the_table_is_bounded_and_counts_a_whole_network_of_ipv6() {
        let start = any_instant();
        let mut abuse = Abuse::default();
        for number in 0..5_000_u32 {
            let now = start + Duration::from_millis(number.into());
            abuse.note(IpAddr::from(number.to_be_bytes()), Offence::Forged, now);
        }
        assert_eq!(abuse.len(), MAX_ADDRESSES);
        for host in 0..3 {
            let address = IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, host]);
            abuse.note(address, Offence::Malformed, start);
        }
        let neighbour = IpAddr::from([0x2001, 0xdb8, 0, 0, 9, 9, 9, 9]);
        assert!(abuse.is_banned(neighbour, start));
        abuse.forgive(neighbour);
        assert!(!abuse.is_banned(neighbour, start));
        let mapped: IpAddr = "::ffff:0.0.19.130".parse().expect("an address");
        for _ in 0..3 {
            abuse.note(mapped, Offence::Malformed, start);
        }
        assert!(abuse.is_banned(IpAddr::from([0, 0, 19, 130]), start));
    }
}
