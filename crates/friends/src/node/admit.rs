//! Connections: who is let in, which of two links stays, what an end means [RS-3] [RS-4] [RS-6].

use core::net::SocketAddr;
use model::Now;
use wire_retroshare::{LocationCertificate, LocationId, PgpId};

use super::{Closed, Node};
use crate::abuse::Offence;
use crate::api::Notice;
use crate::effects::Peer;
use crate::link::{Fault, Link, Origin, Welcome};
use crate::output::{ConnectionId, Output, Place};
use crate::roster::{Claim, Knock, Proof, Verdict};

/// Refusals in a row before the person is told: one can come of links that crossed.
const REFUSALS: u32 = 2;

impl Node {
    pub(super) fn accepted(&mut self, id: ConnectionId, from: SocketAddr, now: Now) {
        let is_shut =
            self.is_over || self.config.is_offline || self.abuse.is_banned(from.ip(), now.instant);
        let welcome = match is_shut {
            true => Welcome::No,
            false => self.links.accept(id, from, now.instant),
        };
        match welcome {
            Welcome::Yes => {}
            Welcome::No => self.hang_up(id),
            Welcome::InsteadOf(oldest) => self.hang_up(oldest),
        }
    }

    pub(super) fn hang_up(&mut self, id: ConnectionId) {
        self.fx.outputs.push(Output::Close(id));
    }

    pub(super) fn secured(&mut self, id: ConnectionId, certificate: &[u8], now: Now) {
        let certificate = LocationCertificate::parse(certificate);
        if let Some(accepted) = self.links.take_accepted(id) {
            let offence = match certificate {
                Ok(certificate) => self.caller(id, accepted.from, certificate, now),
                Err(_) => Some(Offence::Malformed),
            };
            if let Some(offence) = offence {
                self.abuse.note(accepted.from.ip(), offence, now.instant);
                self.hang_up(id);
            }
        } else if let Some((location, place)) = self.dialer.call(id) {
            let place = place.clone();
            let is_admitted = certificate
                .is_ok_and(|certificate| self.called(id, location, &place, certificate, now));
            if !is_admitted {
                self.hang_up(id);
                self.call_failed(location, id, now);
            }
        } else {
            // Given up meanwhile.
            self.hang_up(id);
        }
    }

    /// Somebody called us; what is wrong with that is answered with.
    fn caller(
        &mut self,
        id: ConnectionId,
        from: SocketAddr,
        certificate: LocationCertificate,
        now: Now,
    ) -> Option<Offence> {
        match self.roster.judge(&certificate) {
            Verdict::Friend {
                profile,
                is_pending,
            } => {
                let origin = Origin::Accepted(from);
                if !self.admit(id, profile, origin, certificate, is_pending, now) {
                    self.hang_up(id);
                }
                None
            }
            Verdict::Stranger(profile) => {
                self.knock(profile, &certificate, from, now);
                Some(Offence::Stranger)
            }
            Verdict::Unwanted => Some(Offence::Stranger),
            Verdict::Forged(_) => Some(Offence::Forged),
        }
    }

    fn knock(
        &mut self,
        profile: PgpId,
        certificate: &LocationCertificate,
        from: SocketAddr,
        now: Now,
    ) {
        // They listen on another port than the one they call from; the usual one is worth a try.
        let place = Place::Address(SocketAddr::new(from.ip(), self.config.port));
        if self.roster.knock(certificate, Some(place), now) == Knock::Told {
            let who = self.roster.name(profile);
            let person = self.roster.get(profile);
            let key = match person.map(|person| (person.profile(), person.claimed)) {
                Some((None, Some(claimed))) => format!(
                    "; they say that their key has the fingerprint {claimed}: compare it with them"
                ),
                Some((None, None)) => {
                    "; their key is not known yet, so compare the id with them, and the fingerprint \
                     once it is told"
                        .into()
                }
                Some((Some(_), _)) | None => String::new(),
            };
            let sentence = format!(
                "{who} (id {profile}) called and asks to be a friend: approve or deny them{key}"
            );
            self.changed.insert(profile);
            self.fx.notice(Notice::Approval {
                who,
                pgp_id: profile.to_string(),
                sentence,
            });
        }
    }

    /// A call of ours was answered with this certificate; `false` if it is to be ended.
    fn called(
        &mut self,
        id: ConnectionId,
        location: LocationId,
        place: &Place,
        certificate: LocationCertificate,
        now: Now,
    ) -> bool {
        if certificate.location_id() != location {
            // Somebody else has that address now.
            self.forget_place(location, place);
            return false;
        }
        match self.roster.judge(&certificate) {
            Verdict::Friend {
                profile,
                is_pending,
            } => {
                let origin = Origin::Called(place.clone());
                self.admit(id, profile, origin, certificate, is_pending, now)
            }
            Verdict::Stranger(_) | Verdict::Unwanted | Verdict::Forged(_) => false,
        }
    }

    fn forget_place(&mut self, location: LocationId, place: &Place) {
        if let Some(owner) = self.roster.owner(location) {
            self.roster.change(owner, |person| {
                if let Some(machine) = person.locations.get_mut(&location) {
                    machine.places.forget(place);
                }
            });
        }
    }

    /// The certificate is good: a link, unless another one stays. `false` if there is no room for one more
    /// machine of theirs.
    fn admit(
        &mut self,
        id: ConnectionId,
        profile: PgpId,
        origin: Origin,
        certificate: LocationCertificate,
        is_pending: bool,
        now: Now,
    ) -> bool {
        let location = certificate.location_id();
        let has_room = self.links.has_room(profile, location)
            && (is_pending || self.is_claimed(profile, &certificate, now));
        if !has_room {
            return false;
        }
        let peer = Peer { location, profile };
        let link = Link::new(id, peer, origin, certificate, is_pending, now.instant);
        if self.gives_way(&link, now) {
            self.hang_up(id);
            self.dialer.linked(location, now.instant);
            return true;
        }
        self.settle_call(&link, now);
        self.linked(&link, now);
        self.enter(link, now);
        true
    }

    /// Whether the machine is theirs, who have signed its certificate; it is to be called from now on.
    fn is_claimed(&mut self, profile: PgpId, certificate: &LocationCertificate, now: Now) -> bool {
        let location = certificate.location_id();
        let is_new = self.roster.owner(location) != Some(profile);
        let machine = self.roster.machine(location);
        if is_new || machine.is_some_and(|machine| !machine.is_proven) {
            let links = &self.links;
            let proof = Proof::of(certificate);
            let claim = self
                .roster
                .claim(location, profile, proof, |id| links.has(id));
            match claim {
                Claim::Theirs => {}
                Claim::NoRoom | Claim::Others(_) => return false,
            }
        }
        if is_new {
            self.dialer.want(location, now.instant);
        }
        true
    }

    /// A link stands: the call to the same machine, if one is under way, is given up unless it wins.
    fn settle_call(&mut self, link: &Link, now: Now) {
        let location = link.location();
        let is_waiting = !link.is_ours()
            && !self.is_made_by_smaller(link)
            && self.dialer.call_of(location).is_some();
        if is_waiting {
            return;
        }
        let call = self.dialer.linked(location, now.instant);
        if let Some(call) = call.filter(|call| *call != link.id) {
            self.hang_up(call);
        }
    }

    fn linked(&mut self, link: &Link, now: Now) {
        let Origin::Called(place) = &link.origin else {
            return;
        };
        let location = link.location();
        self.roster.change(link.peer.profile, |person| {
            if let Some(machine) = person.locations.get_mut(&location) {
                machine.places.good(place, now.wall.0 / 1000);
            }
        });
    }

    /// The machine is online: both sides have let each other in.
    pub(super) fn seen(&mut self, peer: Peer, now: Now) {
        self.roster.change(peer.profile, |person| {
            if let Some(machine) = person.locations.get_mut(&peer.location) {
                machine.last_seen = now.wall.0;
            }
        });
    }

    /// Takes a link out of everything. `calls_again`: whether the machine is to be called, if no other link
    /// takes over.
    pub(super) fn end_link(&mut self, id: ConnectionId, calls_again: bool, now: Now) {
        let stood = self.links.stands(id);
        if stood {
            self.services_down(id, now);
        }
        let Some(link) = self.links.remove(id) else {
            return;
        };
        let Peer { location, profile } = link.peer;
        self.chat.link_lost(profile, id);
        self.mail.link_lost(id);
        self.forget_succession(location, id);
        if !stood {
            return;
        }
        self.presence.gone(location);
        let is_succeeded = self.is_succeeded(location);
        if !self.links.has_online(profile) {
            let (chat, mut cx) = self.chat_and_context(now);
            chat.offline(profile, &mut cx);
        }
        if calls_again && !is_succeeded {
            self.dialer.lost(location, now.instant);
        }
        self.changed.insert(profile);
    }

    /// What services have under way with a machine comes no more by this link.
    pub(super) fn services_down(&mut self, id: ConnectionId, now: Now) {
        let Some(link) = self.links.get(id) else {
            return;
        };
        let peer = link.peer;
        let was_online = link.agreement.is_done() && !link.agreement.is_limited();
        self.chat.machine_down(peer.location);
        self.discovery.peer_down(peer.location);
        if was_online {
            self.files.peer_down(peer.location, &mut self.fx, now);
            self.seen(peer, now);
        }
    }

    /// A link did what no link does, or nothing at all.
    pub(super) fn fault(&mut self, id: ConnectionId, fault: &Fault, now: Now) {
        let Some(link) = self.links.get(id) else {
            return;
        };
        let offence = match fault {
            Fault::Frame(_) | Fault::Item(_) => Some(Offence::Malformed),
            Fault::NoList => Some(Offence::Silence),
            Fault::Dead | Fault::NotReading => None,
        };
        if let (Some(offence), Origin::Accepted(from)) = (offence, &link.origin) {
            self.abuse.note(from.ip(), offence, now.instant);
        }
        self.end_link(id, true, now);
        self.hang_up(id);
    }

    pub(super) fn closed(&mut self, id: ConnectionId, why: &Closed, now: Now) {
        if let Some(accepted) = self.links.take_accepted(id) {
            self.abuse
                .note(accepted.from.ip(), Offence::Silence, now.instant);
            return;
        }
        if let Some((location, _)) = self.dialer.call(id) {
            match why {
                Closed::Refused => self.refused(location, now),
                Closed::Unreachable(_) | Closed::Ended => self.call_failed(location, id, now),
            }
            return;
        }
        let Some(link) = self.links.get(id) else {
            return;
        };
        let location = link.location();
        let is_refused = *why == Closed::Refused && link.is_ours() && !link.agreement.is_done();
        self.end_link(id, !is_refused, now);
        if is_refused {
            self.refused(location, now);
        }
    }

    pub(super) fn call_failed(&mut self, location: LocationId, id: ConnectionId, now: Now) {
        if self.links.of(location).is_some() {
            // Theirs stands; ours was to replace it.
            self.dialer.linked(location, now.instant);
            return;
        }
        let machine = self.roster.machine(location);
        let places = machine.map_or(0, |machine| machine.places.len());
        self.dialer.failed(location, id, places, now.instant);
    }

    /// They do not want us: most likely they have not approved us.
    fn refused(&mut self, location: LocationId, now: Now) {
        if self.links.of(location).is_some() {
            self.dialer.linked(location, now.instant);
            return;
        }
        self.dialer.refused(location, now.instant);
        let refusals = self.refusals.entry(location).or_default();
        *refusals += 1;
        let Some(profile) = self
            .roster
            .owner(location)
            .filter(|_| *refusals >= REFUSALS)
        else {
            return;
        };
        let who = self.roster.name(profile);
        let sentence = format!("{who} has not added you yet: give them your certificate or invite");
        self.roster
            .change(profile, |person| person.hint = Some(sentence.clone()));
        self.changed.insert(profile);
        if self.told_refusal.insert(profile) {
            self.fx.notice(Notice::Approval {
                who,
                pgp_id: profile.to_string(),
                sentence,
            });
        }
    }

    /// What connections are to do by time.
    pub(super) fn connections_in_time(&mut self, now: Now) {
        self.leave_in_time(now);
        for id in self.links.late(now.instant) {
            if let Some(accepted) = self.links.take_accepted(id) {
                self.abuse
                    .note(accepted.from.ip(), Offence::Silence, now.instant);
            }
            self.hang_up(id);
        }
        let ids: Vec<ConnectionId> = self.links.iter().map(|link| link.id).collect();
        for id in ids {
            let Some(link) = self.links.get_mut(id) else {
                continue;
            };
            let peer = link.peer;
            if let Err(fault) = link.handle_timeout(now) {
                self.fault(id, &fault, now);
                continue;
            }
            let is_rested = link.take_rested(now.instant);
            let receipts = link.unanswered(now.instant);
            self.take_receipts(peer, receipts, now);
            if is_rested {
                self.fx.outputs.push(Output::Pause(id, false));
                self.read(id, now);
            }
        }
        for (location, id) in self.dialer.overdue(now.instant) {
            self.hang_up(id);
            self.call_failed(location, id, now);
        }
    }
}
