//! What the services of words see of the rest of the node.

use model::Now;
use wire_retroshare::PgpId;

use crate::api::Notice;
use crate::effects::{Effects, Peer};
use crate::kept::{Area, Change, Record};
use crate::link::Links;
use crate::output::ConnectionId;
use crate::roster::Roster;
use crate::twin;

/// The rest of the node, lent for one call.
pub(crate) struct Context<'a> {
    pub(crate) fx: &'a mut Effects,
    pub(crate) links: &'a Links,
    pub(crate) roster: &'a Roster,
    pub(crate) numbers: &'a mut Numbers,
    /// Whether a face watches, so that what comes is read.
    pub(crate) is_watched: bool,
    pub(crate) now: Now,
}

impl Context<'_> {
    /// What somebody is called.
    pub(crate) fn name(&self, id: PgpId) -> String {
        self.roster.name(id)
    }

    /// Seconds since 1970.
    pub(crate) fn seconds(&self) -> u32 {
        u32::try_from(self.now.wall.0 / 1000).unwrap_or(u32::MAX)
    }

    /// When something was, in milliseconds since 1970 by our clock, of which a link's peer says when it was
    /// by theirs. Never later than now.
    pub(crate) fn believed(&self, sent_at: u32, link: ConnectionId) -> u64 {
        let now = self.now.wall.0;
        if sent_at == 0 {
            return now;
        }
        let ahead = self.links.get(link).map(|l| l.round_trip.ahead_ms());
        let said = u64::from(sent_at) * 1000;
        let by_ours = said.saturating_add_signed(ahead.unwrap_or(0).saturating_neg());
        by_ours.min(now)
    }

    /// Whether a machine sends again what may have been lost with a link.
    pub(crate) fn sends_again(&self, peer: Peer) -> bool {
        let machine = self.roster.machine(peer.location);
        machine.is_some_and(|machine| twin::sends_again(&machine.version))
    }

    /// Tells the faces.
    pub(crate) fn notice(&mut self, notice: Notice) {
        self.fx.notice(notice);
    }

    /// Keeps a record, or removes it.
    pub(crate) fn keep(&mut self, area: Area, key: String, value: Option<Vec<u8>>) {
        self.fx.keep(Change { area, key, value });
    }
}

/// Numbers of messages and letters: growing, and never used again.
#[derive(Debug)]
pub(crate) struct Numbers {
    next: u64,
}

impl Numbers {
    const KEY: &'static str = "numbers";

    /// Behind all that was ever given out. `seen`: the largest one in use, should the record be lost.
    pub(crate) fn new(records: &[Record], seen: u64) -> Self {
        let kept = records
            .iter()
            .find(|record| record.area == Area::Settings && record.key == Self::KEY)
            .and_then(|record| serde_json::from_slice::<u64>(&record.value).ok());
        Self {
            next: kept.unwrap_or(1).max(seen.saturating_add(1)),
        }
    }

    /// The next one.
    pub(crate) fn take(&mut self, fx: &mut Effects) -> u64 {
        let number = self.next;
        self.next += 1;
        fx.keep(Change {
            area: Area::Settings,
            key: Self::KEY.into(),
            value: Some(self.next.to_string().into_bytes()),
        });
        number
    }
}
