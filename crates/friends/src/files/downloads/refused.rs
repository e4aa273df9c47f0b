//! A source says that it has nothing of the file: it is a source no more [RS-17].
//!
//! Whoever takes an offer back says so by a map without any chunk. Somebody who is only beginning to fetch
//! the file themselves says the same, so it ends a download only where bytes had come before.

use wire_retroshare::LocationId;

use super::{Download, Downloads};
use crate::files::turn::Turn;

impl Downloads {
    /// `had_some`: the source had said otherwise before.
    pub(super) fn has_nothing(
        &mut self,
        number: u64,
        from: LocationId,
        had_some: bool,
        turn: &mut Turn,
    ) {
        let Some(download) = self.all.get_mut(&number) else {
            return;
        };
        let who = turn.people.name_at(from);
        let is_only = download.has_no_other(from, turn);
        // After a restart nobody knows any more whose bytes they were; then they were those of the only one
        // who is said to have it. Who is asked like everybody may be one who never had any.
        let is_restored = is_only && download.is_said_to_be_at(from, turn);
        let has_given = had_some || (is_restored && download.chunks.done() > 0);
        if !has_given {
            if is_only {
                download.why = Some(format!("{who} has nothing of it to give"));
            }
            download.progress.is_untold = true;
            return;
        }
        download.drop_source(from, &mut self.flow);
        download.doubts.exclude(from);
        download.progress.is_untold = true;
        if is_only {
            let why = format!("{who} has taken it back, and nobody else is known to have it");
            download.fail(why, &mut self.flow, turn);
        }
        self.tick_soon(turn.now.instant);
    }
}

impl Download {
    fn is_said_to_be_at(&self, source: LocationId, turn: &Turn) -> bool {
        let profile = turn.people.online.get(&source);
        profile.is_some_and(|profile| self.from.contains(profile)) || self.holders.contains(&source)
    }

    /// Whether nobody besides this source has the file, or is said to.
    fn has_no_other(&self, source: LocationId, turn: &Turn) -> bool {
        let profile = turn.people.online.get(&source);
        let mut others = self.sources.iter().filter(|(at, _)| **at != source);
        self.from.iter().all(|from| Some(from) == profile)
            && self.holders.iter().all(|at| *at == source)
            && !others.any(|(_, other)| other.has_some())
    }
}
