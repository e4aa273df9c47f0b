//! People as faces see them.

use wire_retroshare::{LocationId, PgpId};

use super::Node;
use crate::api::{Availability, Friend, Location, Me, Standing};
use crate::link::Origin;
use crate::output::Place;
use crate::roster::{Machine, Person};
use crate::status::better;

impl Node {
    /// Somebody; nobody of whom nothing is shown.
    pub(super) fn view(&self, id: PgpId) -> Option<Friend> {
        if self.roster.is_hidden(id) {
            return None;
        }
        let person = self.roster.get(id)?;
        let names = |ids: &mut dyn Iterator<Item = &PgpId>| -> Vec<String> {
            ids.map(|id| self.roster.name(*id)).collect()
        };
        let own = self.roster.own();
        let locations = person.locations.iter();
        Some(Friend {
            name: self.roster.name(id),
            pgp_id: id.to_string(),
            fingerprint: person
                .told_fingerprint()
                .map(|fingerprint| fingerprint.to_string())
                .unwrap_or_default(),
            standing: person.standing,
            availability: self.availability(person),
            message: self.chat.state_of(id).map(str::to_owned),
            avatar: self.chat.avatar_hash(id),
            is_signed: person.signed_by.contains(&own),
            signed_by: names(&mut person.signed_by.iter().filter(|by| **by != own)),
            trust: person.trust,
            hint: self.hint(person),
            through: names(&mut person.through.iter()),
            locations: locations
                .map(|(id, machine)| self.location(*id, machine))
                .collect(),
        })
    }

    /// Everybody, friends first, in the order of their names.
    pub(super) fn everybody(&self) -> Vec<Friend> {
        let people = self.roster.people();
        let mut all: Vec<Friend> = people.filter_map(|(id, _)| self.view(id)).collect();
        let rank = |standing| match standing {
            Standing::Friend => 0,
            Standing::Asks => 1,
            Standing::FriendOfFriend => 2,
            Standing::Denied => 3,
            Standing::Blocked => 4,
        };
        all.sort_by_cached_key(|friend| {
            (
                rank(friend.standing),
                friend.name.to_lowercase(),
                friend.pgp_id.clone(),
            )
        });
        all
    }

    fn availability(&self, person: &Person) -> Availability {
        let online = person
            .locations
            .keys()
            .filter(|location| self.links.is_online(**location));
        online
            .map(|location| self.presence.at(*location))
            .fold(Availability::Offline, better)
    }

    fn hint(&self, person: &Person) -> Option<String> {
        let is_waiting = person.is_pending()
            && person
                .locations
                .keys()
                .any(|location| self.links.of(*location).is_some());
        if is_waiting {
            return Some("connected; their key is still to come".into());
        }
        person.hint.clone().or_else(|| {
            let is_without_place = |(id, machine): (&LocationId, &Machine)| {
                machine.places.len() == 0 && self.links.of(*id).is_none()
            };
            let is_lost = person.is_friend() && person.locations.iter().all(is_without_place);
            is_lost.then(|| {
                "no address of theirs is known: they have to call, or give you a new invite with one"
                    .into()
            })
        })
    }

    fn location(&self, id: LocationId, machine: &Machine) -> Location {
        let link = self.links.of(id);
        let address = match link.map(|link| &link.origin) {
            Some(Origin::Called(place)) => Some(shown(place)),
            Some(Origin::Accepted(from)) => Some(from.to_string()),
            None => machine.places.get(0).map(|place| shown(&place)),
        };
        Location {
            id: id.to_string(),
            name: machine.name.clone(),
            is_online: self.links.is_online(id),
            version: machine.version.clone(),
            address,
            round_trip_ms: link.and_then(|link| link.round_trip.measured_ms()),
            last_seen: machine.last_seen,
        }
    }

    /// The node itself.
    pub(super) fn me(&self) -> Me {
        let profile = &self.config.profile;
        let addresses = self.discovery.addresses();
        Me {
            name: profile.name().to_owned(),
            pgp_id: profile.pgp_id().to_string(),
            fingerprint: profile.fingerprint().to_string(),
            location: self.config.location_name.clone(),
            location_id: self.config.location.to_string(),
            addresses: addresses.iter().map(ToString::to_string).collect(),
            availability: self.presence.own(),
            message: self.presence.message().map(str::to_owned),
            is_running: !self.config.is_offline && !self.is_over,
        }
    }
}

fn shown(place: &Place) -> String {
    match place {
        Place::Address(at) => at.to_string(),
        Place::Host(host, port) => format!("{host}:{port}"),
    }
}
