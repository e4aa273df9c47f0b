//! Where this machine can be reached [RS-10]: what its interfaces have, looked at again and again, so
//! that another network needs no restart.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

/// Addresses that friends are told of, at most: a machine full of containers has hundreds.
const MAX_ADDRESSES: usize = 16;

/// Watches the interfaces.
pub(super) struct Addresses {
    listening: Vec<SocketAddr>,
    announced: Vec<SocketAddr>,
    last: Option<Vec<SocketAddr>>,
    /// All that the interfaces had last time, whether others can call them or not.
    owned: BTreeSet<IpAddr>,
}

/// What a look has shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// Where this machine can be reached, if that is elsewhere than last time.
    pub(super) reached_at: Option<Vec<SocketAddr>>,
    /// Addresses that were this machine's last time.
    pub(super) gone: BTreeSet<IpAddr>,
}

/// An address of an interface.
struct Owned {
    ip: IpAddr,
    is_up: bool,
}

impl Addresses {
    /// Of a machine that listens there, and is known to be reached at `announced`.
    pub(super) fn new(listening: Vec<SocketAddr>, announced: Vec<SocketAddr>) -> Self {
        Self {
            listening,
            announced,
            last: None,
            owned: BTreeSet::new(),
        }
    }

    /// Looks at the interfaces.
    pub(super) fn look(&mut self) -> Look {
        match if_addrs::get_if_addrs() {
            Ok(found) => self.compare(found.iter().map(|found| Owned {
                ip: found.ip(),
                is_up: found.is_oper_up(),
            })),
            Err(error) => {
                tracing::warn!(%error, "the interfaces cannot be listed");
                Look::default()
            }
        }
    }

    fn compare(&mut self, found: impl Iterator<Item = Owned>) -> Look {
        let found: Vec<Owned> = found.collect();
        let owned: BTreeSet<IpAddr> = found.iter().map(|found| found.ip).collect();
        let gone = &self.owned - &owned;
        self.owned = owned;
        let up = found.iter().filter(|found| found.is_up);
        let interfaces = usable(up.map(|found| found.ip));
        let reached_at = combine(&self.listening, &self.announced, &interfaces);
        let is_new = self.last.as_ref() != Some(&reached_at);
        if is_new {
            self.last = Some(reached_at.clone());
        }
        Look {
            reached_at: is_new.then_some(reached_at),
            gone,
        }
    }
}

/// Those that others can call: not those of the machine's own loop, unless there is nothing else.
fn usable(found: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let (own, others): (Vec<_>, Vec<_>) = found
        .filter(|address| match address {
            IpAddr::V4(v4) => !v4.is_link_local(),
            // Without its interface it says nothing, and that number is ours alone.
            IpAddr::V6(v6) => !v6.is_unicast_link_local(),
        })
        .partition(IpAddr::is_loopback);
    if others.is_empty() { own } else { others }
}

fn combine(
    listening: &[SocketAddr],
    announced: &[SocketAddr],
    interfaces: &[IpAddr],
) -> Vec<SocketAddr> {
    let mut all = announced.to_vec();
    for on in listening {
        match on.ip().is_unspecified() {
            false => all.push(*on),
            true => all.extend(
                interfaces
                    .iter()
                    .filter(|address| address.is_ipv4() == on.is_ipv4())
                    .map(|address| SocketAddr::new(*address, on.port())),
            ),
        }
    }
    let mut kept = Vec::new();
    for address in all {
        if kept.len() < MAX_ADDRESSES && !kept.contains(&address) {
            kept.push(address);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn sockets(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn loopback_counts_only_where_there_is_nothing_else() {
        // [RS-10]
        let alone = usable(ips(&["127.0.0.1", "fe80::1", "169.254.1.1"]).into_iter());
        assert_eq!(alone, ips(&["127.0.0.1"]));
        let home = usable(ips(&["127.0.0.1", "192.0.2.7", "::1", "2001:db8::7"]).into_iter());
        assert_eq!(home, ips(&["192.0.2.7", "2001:db8::7"]));
    }

    #[test]
    fn what_was_configured_comes_first_and_nothing_twice() {
        // [RS-6] [RS-10]
        let interfaces = ips(&["192.0.2.7", "2001:db8::7"]);
        let all = combine(
            &sockets(&["[::]:7812", "0.0.0.0:7812"]),
            &sockets(&["198.51.100.1:4000", "192.0.2.7:7812"]),
            &interfaces,
        );
        let expected = ["198.51.100.1:4000", "192.0.2.7:7812", "[2001:db8::7]:7812"];
        assert_eq!(all, sockets(&expected));
        let named = combine(&sockets(&["127.0.0.1:9"]), &[], &interfaces);
        assert_eq!(named, sockets(&["127.0.0.1:9"]));
    }

    #[test]
    fn an_address_that_is_gone_is_told_once() {
        // [RS-10]
        let mut addresses = Addresses::new(sockets(&["0.0.0.0:7812"]), Vec::new());
        let mut look = |texts: &[&str]| {
            addresses.compare(ips(texts).into_iter().map(|ip| Owned { ip, is_up: true }))
        };
        let home = look(&["127.0.0.1", "192.0.2.7", "fe80::1"]);
        assert_eq!(home.reached_at, Some(sockets(&["192.0.2.7:7812"])));
        assert_eq!(
            home.gone,
            BTreeSet::new(),
            "what was never there is not gone"
        );
        let elsewhere = look(&["127.0.0.1", "198.51.100.3"]);
        assert_eq!(elsewhere.reached_at, Some(sockets(&["198.51.100.3:7812"])));
        assert_eq!(
            elsewhere.gone,
            ips(&["192.0.2.7", "fe80::1"]).into_iter().collect()
        );
        assert_eq!(look(&["127.0.0.1", "198.51.100.3"]), Look::default());
    }

    #[test]
    fn a_cable_that_is_out_takes_no_address_away() {
        // [RS-10]: the connections over it may live, if it comes back soon.
        let mut addresses = Addresses::new(sockets(&["0.0.0.0:7812"]), Vec::new());
        let mut look = |is_up| {
            let ip = "192.0.2.7".parse().unwrap();
            addresses.compare([Owned { ip, is_up }].into_iter())
        };
        look(true);
        let out = look(false);
        assert_eq!(out.reached_at, Some(Vec::new()), "nobody can call");
        assert_eq!(out.gone, BTreeSet::new());
    }

    #[test]
    fn many_addresses_are_bounded() {
        // [RS-22]
        let many: Vec<IpAddr> = (0..200).map(|n| IpAddr::from([10, 0, 0, n])).collect();
        let all = combine(&sockets(&["0.0.0.0:1"]), &[], &many);
        assert_eq!(all.len(), MAX_ADDRESSES);
    }
}
