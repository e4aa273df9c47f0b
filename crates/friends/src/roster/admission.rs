//! Who is let in by their certificate, who may ask, and whose a machine is [RS-3].

use identity::{claimed_fingerprint, verify_location};
use model::Now;
use wire_retroshare::{LocationCertificate, LocationId, PgpId};

use super::{Key, MAX_ASKING, Person, Roster};
use crate::api::Standing;
use crate::dial::Source;
use crate::output::Place;

/// New people who may ask within an hour: whoever makes up profiles costs a record each.
pub(crate) const MAX_ASKS_AN_HOUR: u32 = 30;
/// The person is told again of the same one only after this.
const ASK_AGAIN: u64 = 24 * 3600 * 1000;
/// Who was denied may ask again after this.
const DENIED_AGAIN: u64 = 24 * 3600 * 1000;

/// What is thought of the certificate that a caller has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// An approved profile's machine.
    Friend {
        /// Whose.
        profile: PgpId,
        /// The key is not known yet, so nothing was verified but the ids.
        is_pending: bool,
    },
    /// Nobody we have approved.
    Stranger(PgpId),
    /// Blocked, or ourselves: not a word.
    Unwanted,
    /// It names somebody whose signature is not on it.
    Forged(PgpId),
}

/// Whether a stranger's call is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Knock {
    /// The person is told.
    Told,
    /// They were told a while ago, or do not want to be.
    Known,
}

/// How it is known whose a machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// By the certificate that it has shown, of whose signature its id is a hash.
    Certificate,
    /// Somebody said so, or the certificate is of the oldest format, in which the id is a part of the signature.
    Word,
}

impl Proof {
    /// What a verified certificate is.
    pub(crate) fn of(certificate: &LocationCertificate) -> Self {
        if certificate.has_hashed_id() {
            Self::Certificate
        } else {
            Self::Word
        }
    }
}

/// What became of a claim to a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It is theirs.
    Theirs,
    /// All their machines are linked, and there are as many as one person can have.
    NoRoom,
    /// It is another person's.
    Others(PgpId),
}

impl Roster {
    /// Decides by the certificate alone; whoever showed it holds its key.
    pub(crate) fn judge(&self, certificate: &LocationCertificate) -> Verdict {
        let profile = certificate.issuer_pgp_id();
        let location = certificate.location_id();
        if location == self.own_location {
            return Verdict::Unwanted;
        }
        // A machine's id is a hash of the signature alone: whoever copies that of a friend has the id.
        let is_taken = self.owner(location).is_some_and(|owner| owner != profile);
        let Some(person) = self.get(profile) else {
            return if is_taken {
                Verdict::Forged(profile)
            } else {
                Verdict::Stranger(profile)
            };
        };
        if person.standing == Standing::Blocked {
            return Verdict::Unwanted;
        }
        // Nobody's word is enough to keep a machine from the one whose certificate makes its id.
        let is_kept = is_taken
            && (Proof::of(certificate) == Proof::Word
                || self.machine(location).is_some_and(|m| m.is_proven));
        let is_forged = match person.profile() {
            Some(key) => is_kept || verify_location(certificate, key).is_err(),
            None => is_taken,
        };
        if is_forged {
            return Verdict::Forged(profile);
        }
        if !person.is_friend() {
            return Verdict::Stranger(profile);
        }
        // Without the key only the machine that was invited, or that called, is taken for theirs.
        let is_pending = person.is_pending();
        if is_pending && !person.locations.contains_key(&location) {
            return Verdict::Stranger(profile);
        }
        Verdict::Friend {
            profile,
            is_pending,
        }
    }

    /// A stranger called from there: a request to befriend, unless there are too many [RS-3].
    pub(crate) fn knock(
        &mut self,
        certificate: &LocationCertificate,
        place: Option<Place>,
        now: Now,
    ) -> Knock {
        let (profile, location) = (certificate.issuer_pgp_id(), certificate.location_id());
        let wall = now.wall.0;
        match self.get(profile) {
            Some(person) => match person.standing {
                Standing::Friend | Standing::Blocked => return Knock::Known,
                Standing::Denied if wall < person.asked_at + DENIED_AGAIN => return Knock::Known,
                Standing::Asks if wall < person.asked_at + ASK_AGAIN => return Knock::Known,
                Standing::Denied | Standing::Asks | Standing::FriendOfFriend => {}
            },
            None => {
                if !self.may_ask(wall) {
                    return Knock::Known;
                }
                self.enter(profile, Person::new(Standing::Asks, Key::Unknown));
            }
        }
        let is_taken = self.owner(location).is_some_and(|owner| owner != profile);
        self.change(profile, |person| {
            person.standing = Standing::Asks;
            person.asked_at = wall;
            // One machine for each call that is told: the latest counts.
            if person.profile().is_none() {
                person.locations.retain(|id, _| *id == location);
                person.claimed = claimed_fingerprint(certificate);
            }
            if !is_taken
                && let Some(machine) = person.machine(location, |_| false)
                && let Some(place) = place
            {
                machine.places.learn(&place, Source::Owner, wall / 1000);
            }
        });
        self.trim(Standing::Asks, MAX_ASKING);
        Knock::Told
    }

    /// The machine is theirs, unless it is another's who is a friend or has proved it. A proof is more than a
    /// friend of whom it was only said. `spare`: the machines that have a link.
    pub(crate) fn claim(
        &mut self,
        location: LocationId,
        id: PgpId,
        proof: Proof,
        spare: impl Fn(LocationId) -> bool,
    ) -> Claim {
        if let Some(other) = self.owner(location).filter(|owner| *owner != id) {
            let is_proven = self.machine(location).is_some_and(|m| m.is_proven);
            let is_stronger = match proof {
                Proof::Certificate => true,
                Proof::Word => !self.is_friend(other),
            };
            if is_proven || !is_stronger {
                return Claim::Others(other);
            }
            self.change(other, |person| person.locations.remove(&location));
        }
        let is_theirs = self.change(id, |person| {
            let machine = person.machine(location, spare)?;
            machine.is_proven |= proof == Proof::Certificate;
            Some(())
        });
        match is_theirs.flatten() {
            Some(()) => Claim::Theirs,
            None => Claim::NoRoom,
        }
    }

    fn may_ask(&mut self, wall: u64) -> bool {
        let hour = wall / 3_600_000;
        if hour != self.hour {
            self.hour = hour;
            self.asks = 0;
        }
        self.asks = self.asks.saturating_add(1);
        self.asks <= MAX_ASKS_AN_HOUR
    }
}
