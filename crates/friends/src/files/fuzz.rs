//! What must hold whatever friends send.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use model::{Now, Timestamp};
use wire_retroshare::file_lists::{self, FileLists, SyncRequest, SyncResponse, flags};
use wire_retroshare::{FileHash, FileLink, Item, LocationId, PgpId, RawItem};

use super::{Files, FilesEvent, Names, Settings};
use crate::api::{Audience, Request, RequestId, Wanted};
use crate::disk::{DiskAnswer, DiskTask, Identity, Listed};
use crate::effects::{Effects, Parcel, Peer};
use crate::output::Output;

/// Any items from two friends at any times, while we share a file with one of them and fetch another
/// file: nothing panics, answers stay in proportion to questions, and the machine never wants to be
/// woken for ever. Each act is one byte that says who and how long after, one that says what (the
/// service in its highest bit, then the item's number), two bytes of length, and that many bytes of the
/// item. With bits of the first byte that are unused otherwise the bytes are a listing that answers what
/// we asked that friend (0x02), in two parts (0x06), or a face asks something about a path (0x08).
/// `now`: any instant to start from.
pub fn fuzz_files(data: &[u8], now: Instant) {
    let mut bench = Bench::new(now);
    let mut rest = data;
    while let [how, what, high, low, behind @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(behind.len());
        let (body, next) = behind.split_at(length);
        rest = next;
        bench.pass(Duration::from_millis(1 << (2 * u32::from((how >> 4) & 7))));
        let from = usize::from(how & 1);
        if how & 0x08 != 0 {
            bench.face(*what, from, &String::from_utf8_lossy(body));
        } else if how & 0x02 != 0 {
            bench.listing(from, *what, body, how & 0x04 != 0);
        } else {
            bench.item(from, *what, body);
        }
    }
    bench.pass(Duration::from_secs(4000));
}

struct Bench {
    files: Files,
    fx: Effects,
    now: Now,
    /// What we asked for last, of whom.
    asked: VecDeque<(LocationId, SyncRequest)>,
}

impl Bench {
    fn new(instant: Instant) -> Self {
        let now = Now {
            instant,
            wall: Timestamp(1_800_000_000_000),
        };
        let settings = Settings {
            incoming: "/in".into(),
            partial: "/parts".into(),
            seed: [7; 32],
        };
        let mut bench = Self {
            files: Files::new(settings, &[], now),
            fx: Effects::default(),
            now,
            asked: VecDeque::new(),
        };
        let share = Request::Share {
            folder: "/shared".into(),
            name: None,
            with: Audience::Some(vec!["0".into()]),
        };
        let link = FileLink {
            name: "wanted".into(),
            size: WANTED_SIZE,
            hash: WANTED,
        };
        let fetch = Request::Fetch {
            what: Wanted::Link(link.to_string()),
            from: Some("1".into()),
            folder: None,
        };
        for request in [share, fetch] {
            bench
                .files
                .handle_request(RequestId(0), request, &Two, &mut bench.fx, now);
        }
        for n in 0..2 {
            bench.files.peer_up(peer(n), &mut bench.fx, now);
            bench.settle();
        }
        bench.pass(Duration::from_secs(2));
        bench
    }

    fn item(&mut self, from: usize, what: u8, body: &[u8]) {
        let raw = RawItem {
            service: if what & 0x80 == 0 { 0x17 } else { 0x19 },
            subtype: what & 0x7f,
            body: Bytes::copy_from_slice(body),
        };
        match Item::decode(raw) {
            Ok(Item::FileTransfer(item)) => {
                self.files
                    .handle_transfer(peer(from), item, &mut self.fx, self.now);
            }
            Ok(Item::FileLists(item)) => {
                self.files
                    .handle_lists(peer(from), item, &mut self.fx, self.now);
            }
            // Another part of the node ends the link.
            Ok(_) | Err(_) => return,
        }
        let bytes = self.settle();
        assert!(bytes <= MAX_ANSWER, "{bytes} bytes for one item");
    }

    /// The answer to one of our questions, with the number and hash that it must have: nobody guesses
    /// those.
    fn listing(&mut self, from: usize, which: u8, payload: &[u8], in_parts: bool) {
        let location = peer(from).location;
        let open = self.asked.iter().filter(|(at, _)| *at == location);
        let Some((_, request)) = open.clone().nth(usize::from(which) % open.count().max(1)) else {
            return;
        };
        let whole = Bytes::copy_from_slice(payload);
        let mut response = SyncResponse {
            payload_hash: file_lists::payload_hash(&whole),
            flags: flags::RESPONSE | flags::CONTENT,
            payload: whole.clone(),
            ..SyncResponse::bare(request, 0, u32::from(which))
        };
        let mut responses = Vec::new();
        if in_parts {
            response.flags |= flags::PARTIAL;
            response.payload = whole.slice(..whole.len() / 2);
            responses.push(response.clone());
            response.flags |= flags::PARTIAL_END;
            response.payload = whole.slice(whole.len() / 2..);
        }
        responses.push(response);
        for response in responses {
            let item = FileLists::SyncResponse(response);
            self.files
                .handle_lists(peer(from), item, &mut self.fx, self.now);
            let bytes = self.settle();
            assert!(bytes <= MAX_ANSWER, "{bytes} bytes for one listing");
        }
    }

    /// Somebody here asks.
    fn face(&mut self, what: u8, whose: usize, path: &str) {
        let (who, path) = (whose.to_string(), path.to_owned());
        let request = match what % 8 {
            0 | 1 => Request::Browse { who, path },
            2 | 3 => Request::Fetch {
                what: Wanted::Path { who, path },
                from: None,
                folder: None,
            },
            4 => Request::Search { words: path },
            5 => Request::Rescan,
            6 => Request::CancelDownload {
                hash: WANTED.to_string(),
            },
            _ => Request::PauseDownload {
                hash: WANTED.to_string(),
                is_paused: whose == 0,
            },
        };
        self.files
            .handle_request(RequestId(1), request, &Two, &mut self.fx, self.now);
        self.settle();
    }

    /// Time passes, deadline by deadline.
    fn pass(&mut self, time: Duration) {
        let end = self.now.instant + time;
        let start = self.now;
        for _ in 0..MAX_WAKES {
            match self.files.poll_timeout().filter(|at| *at <= end) {
                Some(at) => self.now.instant = self.now.instant.max(at),
                None => break,
            }
            let passed = self.now.instant - start.instant;
            let passed = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
            self.now.wall.0 = start.wall.0.saturating_add(passed);
            self.files.handle_timeout(&mut self.fx, self.now);
            self.settle();
        }
        let next = self.files.poll_timeout();
        assert!(next.is_none_or(|at| at > end), "it wakes for ever");
        self.now.instant = end;
    }

    fn remember(&mut self, to: LocationId, parcel: &Parcel) {
        if let Parcel::Item(Item::FileLists(FileLists::SyncRequest(request))) = parcel {
            self.asked.push_back((to, *request));
            if self.asked.len() > MAX_ASKED {
                self.asked.pop_front();
            }
        }
    }

    /// Bytes that were sent.
    fn settle(&mut self) -> usize {
        let mut bytes = 0;
        for _ in 0..MAX_ROUNDS {
            while let Some(event) = self.files.poll_event(self.now) {
                if let FilesEvent::Fresh { id, request } = event {
                    self.files
                        .handle_fresh(id, request, &Two, &mut self.fx, self.now);
                }
            }
            let outputs = core::mem::take(&mut self.fx.outputs);
            let items = core::mem::take(&mut self.fx.items);
            if outputs.is_empty() && items.is_empty() {
                return bytes;
            }
            for (to, parcel) in items {
                self.remember(to, &parcel);
                bytes += match parcel {
                    Parcel::Item(item) | Parcel::Tracked(item, _) => {
                        let mut out = bytes::BytesMut::new();
                        item.encode(&mut out);
                        out.len()
                    }
                    Parcel::Bulk { head, data } => head.len() + data.len(),
                };
            }
            for output in outputs {
                if let Output::Disk(task) = output
                    && let Some(answer) = answer(&task)
                {
                    self.files.handle_disk(answer, &mut self.fx, self.now);
                }
            }
            for n in 0..2 {
                self.files
                    .handle_room(peer(n).location, ROOM, &mut self.fx, self.now);
            }
        }
        panic!("it does not come to rest");
    }
}

/// A disk with one file of zeros, which loses what is written to it.
fn answer(task: &DiskTask) -> Option<DiskAnswer> {
    Some(match *task {
        DiskTask::List { task, .. } => DiskAnswer::Listed {
            task,
            files: vec![Listed {
                folders: vec!["folder".into()],
                name: "file".into(),
                identity: SHARED,
            }],
            is_end: true,
        },
        DiskTask::Hash { task, .. } => DiskAnswer::Hashed {
            task,
            hash: FileHash::from_bytes([1; 20]),
            identity: SHARED,
        },
        DiskTask::Read { task, length, .. } => DiskAnswer::Read {
            task,
            data: vec![0; length as usize].into(),
        },
        DiskTask::HashPiece { task, .. } => DiskAnswer::PieceHashed {
            task,
            hash: [3; 20],
        },
        DiskTask::Open { task, .. } => DiskAnswer::Opened {
            task,
            is_new: false,
        },
        DiskTask::Write { task, .. } => DiskAnswer::Written { task },
        DiskTask::Verify { task, .. } => DiskAnswer::Hashed {
            task,
            hash: VERIFIED,
            identity: SHARED,
        },
        DiskTask::Finish { task, ref part, .. } => {
            let is_right = part.ends_with(format!("{VERIFIED}.part"));
            assert!(is_right, "a wrong file is finished: {}", part.display());
            DiskAnswer::Finished {
                task,
                path: "/in/file".into(),
            }
        }
        DiskTask::Watch { .. } | DiskTask::PauseHashing(_) | DiskTask::Drop { .. } => return None,
    })
}

/// Two friends, `0` and `1`.
struct Two;

impl Names for Two {
    fn friend(&self, who: &str) -> Result<PgpId, String> {
        let number: usize = who.parse().map_err(|_| "nobody".to_owned())?;
        Ok(peer(number).profile)
    }

    fn name(&self, profile: PgpId) -> String {
        profile.to_string()
    }
}

fn peer(n: usize) -> Peer {
    let byte = if n == 0 { 0xA0 } else { 0xB0 };
    Peer {
        location: LocationId::from_bytes([byte; 16]),
        profile: PgpId::from_bytes([byte; 8]),
    }
}

/// What every whole part turns out to be.
const VERIFIED: FileHash = FileHash::from_bytes([4; 20]);
/// The file that is fetched.
const WANTED: FileHash = FileHash::from_bytes([2; 20]);
/// Its bytes: some more than two chunks.
const WANTED_SIZE: u64 = (2 << 20) + 100;
/// The file that is shared.
const SHARED: Identity = Identity {
    size: 3_000_000,
    modified: 1_700_000_000_000_000_000,
    inode: 1,
};
/// What a link takes.
const ROOM: usize = 1 << 20;
/// Bytes sent for one item, at most: a request of the largest length is answered in full, and what
/// waited for room goes with it.
const MAX_ANSWER: usize = 16 << 20;
/// Questions of ours that are remembered, at most: as many as may be under way.
const MAX_ASKED: usize = 16;
/// Deadlines of an hour, at most: a tick is a quarter of a second.
const MAX_WAKES: usize = 50_000;
/// Rounds until nothing moves, at most.
const MAX_ROUNDS: usize = 5000;
