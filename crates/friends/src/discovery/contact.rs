//! Contacts as items: where a machine is.

use core::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};
use wire_retroshare::discovery::{Contact, Place as Told, SeenAddress, net_mode};
use wire_retroshare::{LocationId, PgpId};

use super::Me;
use crate::link::{Links, Origin};
use crate::output::Place;
use crate::roster::Machine;

/// Addresses told beyond the first of each kind, and looked at of what others tell.
const MAX_MORE: usize = 8;

/// What is told of a machine that had these addresses at this time, in seconds since 1970.
pub(super) fn about(
    me: &Me,
    addresses: &[SocketAddr],
    seen_at: u64,
    discovery_mode: u16,
) -> Contact {
    let v4 = |is_private: bool| {
        let all = addresses.iter().filter_map(|at| match at {
            SocketAddr::V4(at) => Some(*at),
            SocketAddr::V6(_) => None,
        });
        let mut fitting = all.filter(move |at| is_local(IpAddr::V4(*at.ip())) == is_private);
        fitting.next()
    };
    let v6 = |is_private: bool| {
        let all = addresses.iter().filter_map(|at| match at {
            SocketAddr::V6(at) => Some(*at),
            SocketAddr::V4(_) => None,
        });
        let mut fitting = all.filter(move |at| is_local(IpAddr::V6(*at.ip())) == is_private);
        fitting.next()
    };
    let seen = |is_private: bool| -> Vec<SeenAddress> {
        let fitting = addresses
            .iter()
            .filter(|at| is_local(at.ip()) == is_private);
        let more = fitting.skip(1).take(MAX_MORE);
        more.map(|at| SeenAddress {
            address: Some(*at),
            seen: seen_at,
            source: 0,
        })
        .collect()
    };
    Contact {
        pgp_id: me.profile,
        location_id: me.location,
        location: me.name.clone(),
        version: me.version.clone(),
        net_mode: if addresses.is_empty() {
            net_mode::UNREACHABLE
        } else {
            net_mode::EXTERNAL
        },
        discovery_mode,
        dht_mode: 0,
        last_contact: 0,
        place: Told::Open {
            local_v4: v4(true),
            external_v4: v4(false),
            local_v6: v6(true),
            external_v6: v6(false),
            current: None,
            dyndns: String::new(),
            local: seen(true),
            external: seen(false),
        },
    }
}

/// What is told of a friend's machine.
pub(super) fn of_machine(
    id: PgpId,
    location: LocationId,
    machine: &Machine,
    links: &Links,
) -> Contact {
    let addresses = machine.places.iter().filter_map(|place| match place {
        Place::Address(at) => Some(at),
        Place::Host(..) => None,
    });
    let them = Me {
        profile: id,
        location,
        name: machine.name.clone(),
        version: machine.version.clone(),
        port: 0,
        addresses: Vec::new(),
    };
    let addresses: Vec<SocketAddr> = addresses.collect();
    let seen_at = machine.last_seen / 1000;
    let mut contact = about(&them, &addresses, seen_at, 2);
    contact.last_contact = u32::try_from(seen_at).unwrap_or(u32::MAX);
    if let Some(link) = links.of(location)
        && let Origin::Called(Place::Address(at)) = link.origin
    {
        set_current(&mut contact, at);
    }
    contact
}

/// Where the machine is seen now.
pub(super) fn set_current(contact: &mut Contact, at: SocketAddr) {
    match &mut contact.place {
        Told::Open { current, .. } => *current = Some(at),
        Told::Hidden { .. } => {}
    }
}

/// From where the sender sees the machine.
pub(super) fn seen_address(contact: &Contact) -> Option<SocketAddr> {
    match &contact.place {
        Told::Open { current, .. } => *current,
        Told::Hidden { .. } => None,
    }
}

/// Where a contact says the machine is: nearest first.
pub(super) fn places(contact: &Contact) -> Vec<Place> {
    let Told::Open {
        local_v4,
        external_v4,
        local_v6,
        external_v6,
        dyndns,
        local,
        external,
        // The port of a connection that the machine made itself is none that it listens on.
        current: _,
    } = &contact.place
    else {
        return Vec::new();
    };
    let first = [
        local_v4.map(SocketAddr::V4),
        external_v4.map(SocketAddr::V4),
        local_v6.map(SocketAddr::V6),
        external_v6.map(SocketAddr::V6),
    ];
    let more = |seen: &[SeenAddress]| -> Vec<Option<SocketAddr>> {
        seen.iter().take(MAX_MORE).map(|s| s.address).collect()
    };
    let all = first.into_iter().chain(more(local)).chain(more(external));
    let mut places: Vec<Place> = all.flatten().map(Place::Address).collect();
    let port = external_v4.or(*local_v4).map(|at| at.port());
    if let Some(port) = port.filter(|_| !dyndns.is_empty()) {
        places.push(Place::Host(dyndns.clone(), port));
    }
    places
}

/// Whether an address means something in its own network only.
pub(crate) fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// The first address of each kind, for certificates: local, external.
pub(crate) fn first_v4(addresses: &[SocketAddr]) -> (Option<SocketAddrV4>, Option<SocketAddrV4>) {
    let of = |is_private: bool| {
        addresses.iter().find_map(|at| match at {
            SocketAddr::V4(v4) if is_local(at.ip()) == is_private => Some(*v4),
            SocketAddr::V4(_) | SocketAddr::V6(_) => None,
        })
    };
    (of(true), of(false))
}

/// All addresses of IPv6, for certificates.
pub(crate) fn all_v6(addresses: &[SocketAddr]) -> impl Iterator<Item = SocketAddrV6> + '_ {
    addresses.iter().filter_map(|at| match at {
        SocketAddr::V6(v6) => Some(*v6),
        SocketAddr::V4(_) => None,
    })
}
