//! Questions about friends' files that wait for fresh lists: who shares something and says "look" should
//! not have to say "in two minutes".

use std::time::{Duration, Instant};

use wire_retroshare::PgpId;

use super::file_lists::Lists;
use crate::api::{Request, RequestId, Wanted};

/// Questions that wait, at most; others are answered from what is known.
const MAX_WAITING: usize = 32;
/// How long one waits for lists: a person is still looking.
const WAIT: Duration = Duration::from_secs(3);

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    id: RequestId,
    request: Request,
    /// Whose lists; `None`: everybody's.
    whose: Option<PgpId>,
    until: Instant,
}

/// Whether a request is about friends' lists, and whose name it holds.
pub(super) fn asks_lists(request: &Request) -> Option<Option<&str>> {
    match request {
        Request::Browse { who, .. }
        | Request::Fetch {
            what: Wanted::Path { who, .. },
            ..
        } => Some(Some(who)),
        Request::Search { .. } => Some(None),
        _ => None,
    }
}

impl Fresh {
    /// Whether one more can wait.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < MAX_WAITING
    }

    /// Lets a question wait.
    pub(super) fn wait(
        &mut self,
        id: RequestId,
        request: Request,
        whose: Option<PgpId>,
        now: Instant,
    ) {
        self.waiting.push(Waiting {
            id,
            request,
            whose,
            until: now + WAIT,
        });
    }

    /// The next question whose lists have come, or that has waited long enough.
    pub(super) fn take(&mut self, lists: &Lists, now: Instant) -> Option<(RequestId, Request)> {
        let is_ready = |w: &Waiting| w.until <= now || lists.is_settled(w.whose);
        let at = self.waiting.iter().position(is_ready)?;
        let Waiting { id, request, .. } = self.waiting.remove(at);
        Some((id, request))
    }

    /// When the next one has waited long enough.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.waiting.iter().map(|waiting| waiting.until).min()
    }
}
