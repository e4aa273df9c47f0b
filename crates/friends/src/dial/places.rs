//! Where one machine may be reached, and how that is written.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::output::Place;

/// Places kept for one machine: its networks of the last months. Beyond, the one that was good longest
/// ago goes.
pub(crate) const MAX_PLACES: usize = 12;

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
