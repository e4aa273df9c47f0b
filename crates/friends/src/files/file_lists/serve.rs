//! Answering friends who ask for our folders. What is large waits until the link has room for it.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use wire_retroshare::file_lists::{FileLists, SyncRequest, SyncResponse, flags};
use wire_retroshare::{Item, LocationId, PgpId};

use crate::files::shares::Shares;
use crate::files::turn::Turn;
use crate::link::LEAST_ROOM;

/// What one location has asked for.
#[derive(Debug, Default)]
pub(in crate::files) struct Asked {
    requests: VecDeque<SyncRequest>,
    /// Whole items, ready to go.
    ready: VecDeque<Bytes>,
}

impl Asked {
    /// A friend asks for a folder.
    pub(in crate::files) fn handle_request(
        &mut self,
        from: (LocationId, PgpId),
        request: SyncRequest,
        shares: &Shares,
        turn: &mut Turn,
    ) {
        if let Some(bare) = self.bare(from.1, &request, shares) {
            let item = FileLists::SyncResponse(bare);
            turn.send(from.0, Item::FileLists(item));
            return;
        }
        // Asked again, the former question needs no answer.
        self.requests.retain(|before| before.dir != request.dir);
        if self.requests.len() < MAX_REQUESTS {
            self.requests.push_back(request);
        }
    }

    /// The next item that goes to this friend, if there is room; one that is larger than a slow link ever
    /// has room for cannot be cut, and goes all the same.
    pub(in crate::files) fn next(
        &mut self,
        profile: PgpId,
        room: usize,
        shares: &Shares,
    ) -> Option<Bytes> {
        while self.ready.is_empty() && shares.is_ready() {
            let request = self.requests.pop_front()?;
            let responses = match self.bare(profile, &request, shares) {
                Some(bare) => vec![bare],
                None => {
                    let directory = shares.directory(profile, request.dir)?;
                    let entry = shares.entry(profile, directory);
                    entry.responses(request.dir, request.request)
                }
            };
            self.ready.extend(responses.into_iter().map(encode));
        }
        if self
            .ready
            .front()
            .is_some_and(|item| item.len().min(LEAST_ROOM) <= room)
        {
            self.ready.pop_front()
        } else {
            None
        }
    }

    /// An answer without a listing, where that is one. What a friend may not see is no more there for
    /// them than what never was.
    fn bare(&self, profile: PgpId, request: &SyncRequest, shares: &Shares) -> Option<SyncResponse> {
        if !shares.is_ready() {
            return None;
        }
        let Some(directory) = shares.directory(profile, request.dir) else {
            return Some(SyncResponse::bare(request, flags::REMOVED, 0));
        };
        let stamp = shares.stamp_of(profile, directory);
        (request.known_time == stamp).then(|| SyncResponse::bare(request, flags::UP_TO_DATE, stamp))
    }
}

fn encode(response: SyncResponse) -> Bytes {
    let mut bytes = BytesMut::new();
    Item::FileLists(FileLists::SyncResponse(response)).encode(&mut bytes);
    bytes.freeze()
}

/// Requests of one location that wait, at most; more than any program has under way.
const MAX_REQUESTS: usize = 256;
