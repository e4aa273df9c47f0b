//! Certificates and invites: ours as text, and what is in those of others [RS-2].

use bytes::Bytes;
use core::net::SocketAddr;
use wire_retroshare::{Certificate, Fingerprint, FriendText, Invite, LocationId, TextError};

use super::Node;
use crate::dial;
use crate::discovery::{all_v6, first_v4};
use crate::output::Place;

/// Extra addresses in our text, at most: friends try each.
const MAX_EXTRA: usize = 8;

/// What a text says of a machine.
pub(super) struct Pasted {
    pub(super) location: Option<LocationId>,
    pub(super) location_name: String,
    pub(super) places: Vec<Place>,
}

/// Who a text is of.
pub(super) enum Whose {
    /// The key itself.
    Key(Bytes),
    /// By an invite: its fingerprint, and their name.
    Expected(Fingerprint, String),
}

/// Reads what was pasted.
///
/// # Errors
/// A sentence.
pub(super) fn read(text: &str) -> Result<(Whose, Pasted), String> {
    let parsed = FriendText::parse(text).map_err(|error| {
        let is_spoilt = matches!(
            error,
            TextError::Truncated
                | TextError::Checksum
                | TextError::NotBase64(_)
                | TextError::PacketSize { .. }
                | TextError::Missing(_)
        );
        let advice = match is_spoilt {
            true => "ask your friend to send it again, all of it",
            false => "ask your friend for the text that `tincan friends invite` prints",
        };
        format!("the text cannot be used: {error}; {advice}")
    })?;
    Ok(match parsed {
        FriendText::Certificate(certificate) => of_certificate(certificate),
        FriendText::Invite(invite) => of_invite(invite),
    })
}

fn of_certificate(certificate: Certificate) -> (Whose, Pasted) {
    let v4 = [certificate.local, certificate.external];
    let mut places: Vec<Place> = v4
        .into_iter()
        .flatten()
        .map(|at| Place::Address(SocketAddr::V4(at)))
        .collect();
    let port = certificate
        .external
        .or(certificate.local)
        .map(|at| at.port());
    if let (Some(host), Some(port)) = (certificate.dns, port) {
        places.push(Place::Host(host, port));
    }
    places.extend(locators(&certificate.locators));
    let (location, location_name) = certificate.location.unzip();
    let pasted = Pasted {
        location,
        location_name: location_name.unwrap_or_default(),
        places,
    };
    (Whose::Key(certificate.pgp_key), pasted)
}

fn of_invite(invite: Invite) -> (Whose, Pasted) {
    let v4 = [invite.local, invite.external];
    let mut places: Vec<Place> = v4
        .into_iter()
        .flatten()
        .map(|at| Place::Address(SocketAddr::V4(at)))
        .collect();
    places.extend(invite.dns.map(|(host, port)| Place::Host(host, port)));
    places.extend(locators(&invite.locators));
    let pasted = Pasted {
        location: Some(invite.location),
        location_name: String::new(),
        places,
    };
    (Whose::Expected(invite.fingerprint, invite.name), pasted)
}

fn locators(urls: &[String]) -> impl Iterator<Item = Place> + '_ {
    urls.iter()
        .take(dial::MAX_PLACES)
        .filter_map(|url| dial::read_locator(url))
}

impl Node {
    /// Our text for friends.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn own_text(&self, is_short: bool, extra: &[String]) -> Result<String, String> {
        if extra.len() > MAX_EXTRA {
            return Err(format!("at most {MAX_EXTRA} addresses fit: leave some out"));
        }
        let mut addresses = Vec::new();
        let mut host = None;
        for text in extra {
            match dial::read(text) {
                Some(Place::Address(at)) => addresses.push(at),
                Some(Place::Host(name, port)) => host = Some((name, port)),
                None => {
                    return Err(format!(
                        "{text:?} is no address: write host:port, such as 192.0.2.1:7812"
                    ));
                }
            }
        }
        addresses.extend(self.discovery.addresses());
        let (local, external) = first_v4(&addresses);
        let fitted = [local, external].map(|at| at.map(SocketAddr::V4));
        let v4 = addresses.iter().filter(|at| at.is_ipv4());
        let more = v4.filter(|at| !fitted.contains(&Some(**at)));
        let mut locators: Vec<String> = more.map(|at| format!("ipv4://{at}")).collect();
        locators.extend(all_v6(&addresses).map(|at| format!("ipv6://{at}")));
        locators.truncate(MAX_EXTRA);
        let profile = &self.config.profile;
        let location = self.config.location;
        if is_short {
            let invite = Invite {
                location,
                fingerprint: profile.fingerprint(),
                name: profile.name().to_owned(),
                hidden: None,
                dns: host,
                external,
                local,
                locators,
            };
            return Ok(invite.to_url());
        }
        let certificate = Certificate {
            pgp_key: Bytes::copy_from_slice(profile.minimal_packets()),
            location: Some((location, self.config.location_name.clone())),
            external,
            local,
            dns: host.map(|(name, _)| name),
            hidden: None,
            locators,
        };
        Ok(certificate.to_text(true))
    }
}
