//! What is answered to whoever says something: whether it goes out now [RS-11] [RS-13].
//!
//! Where a friend is coming online at this very moment, a yes or no would be a matter of milliseconds. So
//! the answer waits until the link stands, or comes to nothing, or [`ANSWER_TIME`] has passed.

use std::time::{Duration, Instant};

use model::Now;
use wire_retroshare::PgpId;

use super::Node;
use crate::api::{Report, RequestId};

/// The longest that an answer waits for a link that is being made: three round trips of 600 ms. A call
/// older than that is one to a machine that is off.
const ANSWER_TIME: Duration = Duration::from_secs(2);
/// Answers that wait, at most. Beyond, the answer is what is so now.
const MAX_HELD: usize = 200;

/// An answer that waits.
#[derive(Debug)]
pub(super) struct Held {
    request: RequestId,
    words: Words,
    until: Instant,
}

/// A message or a letter that is on disk, and whom it is for.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) number: u64,
    pub(super) receivers: Vec<PgpId>,
    /// By which service it goes.
    pub(super) service: u16,
}

/// Whether somebody can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Now,
    Soon,
    No,
}

impl Node {
    /// Answers, or will.
    pub(super) fn answer(&mut self, request: RequestId, words: Words, now: Now) {
        let is_early = self.held.len() < MAX_HELD && self.reach_of(&words, now) == Reach::Soon;
        if is_early {
            let until = now.instant + ANSWER_TIME;
            self.held.push(Held {
                request,
                words,
                until,
            });
        } else {
            self.answer_now(request, &words, now);
        }
    }

    fn answer_now(&mut self, request: RequestId, words: &Words, now: Now) {
        let report = Report::Queued {
            id: words.number,
            is_sent: self.reach_of(words, now) == Reach::Now,
        };
        self.fx.report(request, report);
    }

    /// Answers what has been settled meanwhile.
    pub(super) fn answer_held(&mut self, now: Now) {
        for held in std::mem::take(&mut self.held) {
            let is_early =
                now.instant < held.until && self.reach_of(&held.words, now) == Reach::Soon;
            if is_early {
                self.held.push(held);
            } else {
                self.answer_now(held.request, &held.words, now);
            }
        }
    }

    /// Answers all, as the node ends.
    pub(super) fn answer_all(&mut self, now: Now) {
        for held in std::mem::take(&mut self.held) {
            self.answer_now(held.request, &held.words, now);
        }
    }

    /// When the next answer is due.
    pub(super) fn answers_by(&self) -> Option<Instant> {
        self.held.iter().map(|held| held.until).min()
    }

    /// The worst of all receivers.
    fn reach_of(&self, words: &Words, now: Now) -> Reach {
        let all = words.receivers.iter();
        let all = all.map(|to| self.reach(*to, words.service, now));
        all.fold(Reach::Now, |worst, one| match (worst, one) {
            (Reach::No, _) | (_, Reach::No) => Reach::No,
            (Reach::Soon, _) | (_, Reach::Soon) => Reach::Soon,
            (Reach::Now, Reach::Now) => Reach::Now,
        })
    }

    fn reach(&self, to: PgpId, service: u16, now: Now) -> Reach {
        if self.links.with(to, service).next().is_some() {
            return Reach::Now;
        }
        let machines = self.roster.get(to).map(|person| person.locations.keys());
        let is_coming = machines.into_iter().flatten().any(|location| {
            let has_link = self.links.has(*location) && !self.links.is_online(*location);
            let called_at = self.dialer.called_at(*location);
            has_link || called_at.is_some_and(|at| now.instant < at + ANSWER_TIME)
        });
        match is_coming {
            true => Reach::Soon,
            false => Reach::No,
        }
    }
}
