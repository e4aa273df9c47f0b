//! How people are: ours told to friends, theirs remembered while a link is up [RS-9].

use std::collections::BTreeMap;

use model::Timestamp;
use serde::{Deserialize, Serialize};
use wire_retroshare::LocationId;
use wire_retroshare::status::{State, Status};

use crate::api::Availability;
use crate::effects::Effects;
use crate::kept::{Area, Change, Record, json};
use crate::roster::cut;

/// Bytes of a status text: a sentence or two.
pub(crate) const MAX_MESSAGE: usize = 500;

const KEY: &str = "status";

/// How everybody is.
#[derive(Debug)]
pub(crate) struct Presence {
    own: Own,
    theirs: BTreeMap<LocationId, State>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Own {
    #[serde(default)]
    availability: Availability,
    #[serde(default)]
    message: Option<String>,
}

impl Presence {
    /// From what was kept; we are online until something else is said.
    pub(crate) fn new(records: &[Record]) -> Self {
        let kept = records
            .iter()
            .find(|record| record.area == Area::Settings && record.key == KEY);
        let own = kept
            .and_then(|record| serde_json::from_slice(&record.value).ok())
            .unwrap_or(Own {
                availability: Availability::Online,
                message: None,
            });
        Self {
            own,
            theirs: BTreeMap::new(),
        }
    }

    /// How we are.
    pub(crate) fn own(&self) -> Availability {
        self.own.availability
    }

    /// In our own words.
    pub(crate) fn message(&self) -> Option<&str> {
        self.own.message.as_deref()
    }

    /// We are otherwise from now on.
    pub(crate) fn announce(
        &mut self,
        availability: Availability,
        message: Option<String>,
        fx: &mut Effects,
    ) {
        let message = message.map(|text| cut(&text, MAX_MESSAGE).to_owned());
        self.own = Own {
            availability,
            message: message.filter(|text| !text.is_empty()),
        };
        fx.keep(Change {
            area: Area::Settings,
            key: KEY.into(),
            value: Some(json(&self.own)),
        });
    }

    /// Our state as an item.
    pub(crate) fn item(&self, wall: Timestamp) -> Status {
        item(self.own.availability, wall)
    }

    /// A friend's machine tells its state; `true` if it is another one.
    pub(crate) fn handle(&mut self, from: LocationId, status: Status) -> bool {
        self.theirs.insert(from, status.state) != Some(status.state)
    }

    /// A machine is offline.
    pub(crate) fn gone(&mut self, location: LocationId) {
        self.theirs.remove(&location);
    }

    /// How the person at a machine that is online is.
    pub(crate) fn at(&self, location: LocationId) -> Availability {
        match self.theirs.get(&location) {
            // Who hides is connected all the same; words reach them.
            Some(State::Offline) => Availability::Offline,
            Some(State::Away) => Availability::Away,
            Some(State::Busy) => Availability::Busy,
            Some(State::Idle) => Availability::Idle,
            Some(State::Online | State::Unknown(_)) | None => Availability::Online,
        }
    }
}

/// A state as an item.
pub(crate) fn item(availability: Availability, wall: Timestamp) -> Status {
    let state = match availability {
        Availability::Offline => State::Offline,
        Availability::Away => State::Away,
        Availability::Busy => State::Busy,
        Availability::Online => State::Online,
        Availability::Idle => State::Idle,
    };
    Status {
        sent_at: u32::try_from(wall.0 / 1000).unwrap_or(u32::MAX),
        state,
    }
}

/// The better of two, as a person with several machines is shown.
pub(crate) fn better(a: Availability, b: Availability) -> Availability {
    let rank = |availability| match availability {
        Availability::Offline => 0,
        Availability::Away => 1,
        Availability::Idle => 2,
        Availability::Busy => 3,
        Availability::Online => 4,
    };
    if rank(a) >= rank(b) { a } else { b }
}
