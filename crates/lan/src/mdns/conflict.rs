//! Whose name it is: ties between probes, records that contest ours, and records of ours that others
//! take back (RFC 6762, 8.2, 9 and 6.6).

use core::net::IpAddr;

use super::codec::{Data, Name, Record};
use super::links::{Heard, Shared};
use super::records::{Kind, Service, our_addresses};

/// Whether somebody who probes for our name at the same moment has the better claim: the later one
/// in the order of the records' bytes (RFC 6762, 8.2).
pub(super) fn loses_tie(service: &Service, heard: &Heard<'_>, shared: &Shared) -> bool {
    let claims = service.claims(&our_addresses(shared, heard.link));
    [service.name(), service.host()].into_iter().any(|name| {
        // Another node on this machine claims the same host with the same addresses.
        let is_shared_host = name == service.host() && shared.is_ours(heard.from.ip());
        let theirs = claim_on(name, &heard.message.authorities);
        !is_shared_host && !theirs.is_empty() && claim_on(name, &claims) < theirs
    })
}

fn claim_on(name: &Name, records: &[Record]) -> Vec<(u16, Vec<u8>)> {
    let mut claim: Vec<_> = records
        .iter()
        .filter(|record| record.name == *name)
        .map(|record| (record.data.kind(), record.data.to_plain()))
        .collect();
    claim.sort_unstable();
    claim
}

/// Whether a record says that our instance's name is somebody else's. From this machine come our own
/// packets too, perhaps with a text that has changed since.
pub(super) fn contests_name(
    service: &Service,
    record: &Record,
    is_from_here: bool,
    is_probing: bool,
) -> bool {
    match &record.data {
        Data::Srv(_) => !service
            .records(Kind::Srv, &[])
            .iter()
            .any(|r| r.says(record)),
        Data::Txt(_) => {
            !is_from_here
                && !service
                    .records(Kind::Txt, &[])
                    .iter()
                    .any(|r| r.says(record))
        }
        Data::A(_) | Data::Aaaa(_) | Data::Ptr(_) | Data::Null(_) | Data::Other(_) => {
            is_probing && !is_from_here
        }
    }
}

/// Whether a record says that our host label is somebody else's: any address that none of our
/// interfaces has.
pub(super) fn contests_host(
    record: &Record,
    is_from_here: bool,
    is_probing: bool,
    shared: &Shared,
) -> bool {
    match &record.data {
        Data::A(address) => !shared.is_ours(IpAddr::V4(*address)),
        Data::Aaaa(address) => !shared.is_ours(IpAddr::V6(*address)),
        Data::Srv(_) | Data::Txt(_) | Data::Ptr(_) | Data::Null(_) | Data::Other(_) => {
            is_probing && !is_from_here
        }
    }
}

/// The kinds of our records that somebody else lets end: the same, with less than half of the life
/// that we give them. Whoever has heard it needs them again (RFC 6762, 6.6) [LAN-48].
pub(super) fn taken_back<'a>(
    service: &Service,
    records: impl Iterator<Item = &'a Record>,
    addresses: &[IpAddr],
) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for record in records {
        let kind = match &record.data {
            Data::Ptr(target) if target == service.name() => Kind::Pointer,
            Data::Srv(_) if record.name == *service.name() => Kind::Srv,
            Data::Txt(_) if record.name == *service.name() => Kind::Txt,
            Data::Null(_) if record.name == *service.name() => Kind::Null,
            Data::A(_) if record.name == *service.host() => Kind::A,
            Data::Aaaa(_) if record.name == *service.host() => Kind::Aaaa,
            // Of the list of services everybody is told by everybody.
            Data::Ptr(_)
            | Data::Srv(_)
            | Data::Txt(_)
            | Data::Null(_)
            | Data::A(_)
            | Data::Aaaa(_)
            | Data::Other(_) => continue,
        };
        let ours = service.records(kind, addresses);
        let is_short = |ours: &Record| record.says(ours) && record.ttl < ours.ttl / 2;
        if !kinds.contains(&kind) && ours.iter().any(is_short) {
            kinds.push(kind);
        }
    }
    kinds
}
