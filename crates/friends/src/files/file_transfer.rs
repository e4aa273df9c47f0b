//! Serving: friends ask for maps, pieces and chunk hashes of files that they may fetch [RS-17].
//!
//! What a friend may not have is answered by silence, the same as what we do not have; only what was
//! offered to them and taken back is answered by a map without any chunk. Requests are ranges, not
//! bytes: pieces are read when the link has room for them, a few ahead, and sent in the order in which
//! they were asked for.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use wire_retroshare::file_transfer::{
    CHUNK, ChunkMap, DATA_HEAD, FileItem, FileTransfer, encode_data_head,
};
use wire_retroshare::{FileHash, Item, LocationId, PgpId};

use super::downloads::Downloads;
use super::file_lists::Asked;
use super::shares::Shares;
use super::turn::{Purpose, Turn};
use crate::disk::{DiskTask, Identity, MAX_READ, TaskId};
use crate::link::LEAST_ROOM;

/// Friends who are online, and what they have asked for.
#[derive(Debug, Default)]
pub(super) struct Serving {
    clients: BTreeMap<LocationId, Client>,
    /// Pieces being read or waiting for room, of all; ≤ [`MAX_PIECES`].
    pieces: usize,
    /// Chunk hashes that were asked for before.
    hashes: BTreeMap<(FileHash, u32), [u8; 20]>,
}

#[derive(Debug)]
struct Client {
    profile: PgpId,
    /// What the link takes now, in bytes.
    room: usize,
    ranges: VecDeque<Range>,
    pieces: VecDeque<Piece>,
    lists: Asked,
    /// Chunk hashes under way.
    hashing: usize,
    /// Small answers that may be given now; see [`BURST`].
    credit: u32,
    credited: Instant,
}

/// Bytes that a friend has asked for and that are not being read yet.
#[derive(Debug)]
struct Range {
    hash: FileHash,
    size: u64,
    from: u64,
    to: u64,
}

/// Bytes that are being read, or were.
#[derive(Debug)]
struct Piece {
    task: TaskId,
    hash: FileHash,
    size: u64,
    offset: u64,
    data: Option<Bytes>,
}

/// Where the bytes of a file are for a friend who may have them.
struct Found {
    /// The shared folder, unless it is a file by itself.
    root: Option<PathBuf>,
    path: PathBuf,
    /// Nothing: a part, which changes.
    identity: Option<Identity>,
    size: u64,
}

/// Where files may be found.
pub(super) struct Stock<'a> {
    pub(super) shares: &'a Shares,
    pub(super) downloads: &'a Downloads,
}

impl Stock<'_> {
    /// A whole file, for those who may have it.
    fn whole(&self, profile: PgpId, hash: FileHash) -> Option<Found> {
        let place = self.shares.place(profile, hash)?;
        Some(Found {
            root: place.root,
            path: place.path,
            identity: Some(place.identity),
            size: place.identity.size,
        })
    }

    /// The bytes of a range, also from a download that is under way: whoever names the hash of a file
    /// knows the file, and what we have of it is theirs too.
    fn bytes(&self, profile: PgpId, range: &Range) -> Option<Found> {
        let found = self.whole(profile, range.hash).or_else(|| {
            let part = self.downloads.part(range.hash)?;
            part.has(range.from, range.to).then(|| Found {
                root: None,
                path: part.path.to_path_buf(),
                identity: None,
                size: part.size,
            })
        })?;
        (found.size == range.size).then_some(found)
    }
}

impl Serving {
    pub(super) fn peer_up(&mut self, location: LocationId, profile: PgpId, now: Instant) {
        // Told once more, the link is the same, and what was said of its room holds.
        let room = self.clients.get(&location).map_or(0, |before| before.room);
        self.peer_down(location);
        let client = Client {
            profile,
            room,
            ranges: VecDeque::new(),
            pieces: VecDeque::new(),
            lists: Asked::default(),
            hashing: 0,
            credit: BURST,
            credited: now,
        };
        self.clients.insert(location, client);
    }

    pub(super) fn peer_down(&mut self, location: LocationId) {
        if let Some(client) = self.clients.remove(&location) {
            self.pieces -= client.pieces.len();
        }
    }

    /// What a friend has asked for of our lists.
    pub(super) fn lists(&mut self, location: LocationId) -> Option<(PgpId, &mut Asked)> {
        let client = self.clients.get_mut(&location)?;
        Some((client.profile, &mut client.lists))
    }

    /// A friend wants bytes.
    pub(super) fn handle_data_request(
        &mut self,
        from: LocationId,
        (offset, length): (u64, u32),
        file: &FileItem,
        stock: &Stock,
        turn: &mut Turn,
    ) {
        let Some(client) = self.clients.get_mut(&from) else {
            return;
        };
        let Some(end) = offset.checked_add(u64::from(length)) else {
            return;
        };
        if length == 0
            || length > MAX_LENGTH
            || end > file.size
            || client.ranges.len() >= MAX_RANGES
        {
            return;
        }
        let range = Range {
            hash: file.hash,
            size: file.size,
            from: offset,
            to: end,
        };
        if stock.bytes(client.profile, &range).is_some() {
            client.ranges.push_back(range);
            self.pump(from, stock, turn);
        } else {
            self.refuse(from, file.hash, stock, turn);
        }
    }

    /// Says that nothing is there of what was taken back.
    fn refuse(&mut self, to: LocationId, hash: FileHash, stock: &Stock, turn: &mut Turn) {
        let Some(client) = self.clients.get_mut(&to) else {
            return;
        };
        if let Some(size) = stock.shares.taken_back(client.profile, hash) {
            let map = ChunkMap::empty(size);
            if client.may_ask(cost_of(&map), turn.now.instant) {
                turn.send(to, map_of(hash, &map));
            }
        }
    }

    /// A friend may have a file no more: what they have asked for of it is forgotten, and they are told.
    pub(super) fn revoke(
        &mut self,
        profile: PgpId,
        hash: FileHash,
        stock: &Stock,
        turn: &mut Turn,
    ) {
        if stock.whole(profile, hash).is_some() {
            return;
        }
        let theirs = self.clients.iter_mut();
        let theirs = theirs.filter(|(_, client)| client.profile == profile);
        let mut told = Vec::new();
        for (to, client) in theirs {
            client.ranges.retain(|range| range.hash != hash);
            let before = client.pieces.len();
            client.pieces.retain(|piece| piece.hash != hash);
            self.pieces -= before - client.pieces.len();
            told.push(*to);
        }
        for to in told {
            self.refuse(to, hash, stock, turn);
            self.pump(to, stock, turn);
        }
    }

    /// A friend wants to know which chunks we have.
    pub(super) fn handle_map_request(
        &mut self,
        from: LocationId,
        hash: FileHash,
        stock: &Stock,
        turn: &mut Turn,
    ) {
        let Some(client) = self.clients.get_mut(&from) else {
            return;
        };
        let map = match stock.whole(client.profile, hash) {
            Some(found) => Some(ChunkMap::full(found.size)),
            None => stock.downloads.part(hash).map(|part| part.map.clone()),
        };
        match map {
            Some(map) if client.may_ask(cost_of(&map), turn.now.instant) => {
                turn.send(from, map_of(hash, &map));
            }
            Some(_) => {}
            None => self.refuse(from, hash, stock, turn),
        }
    }

    /// Whether a friend who gives us a file may be told how far we are.
    pub(super) fn may_show(&mut self, to: LocationId, map: &ChunkMap, now: Instant) -> bool {
        let client = self.clients.get_mut(&to);
        client.is_some_and(|client| client.may_ask(cost_of(map), now))
    }

    /// A friend wants the hash of a chunk; of whole files only.
    pub(super) fn handle_hash_request(
        &mut self,
        from: LocationId,
        hash: FileHash,
        chunk: u32,
        stock: &Stock,
        turn: &mut Turn,
    ) {
        let Some(client) = self.clients.get_mut(&from) else {
            return;
        };
        let Some(found) = stock.whole(client.profile, hash) else {
            return;
        };
        let offset = u64::from(chunk) * CHUNK;
        if offset >= found.size || !client.may_ask(1, turn.now.instant) {
            return;
        }
        if let Some(sha1) = self.hashes.get(&(hash, chunk)) {
            turn.send(from, chunk_hash(hash, chunk, *sha1));
            return;
        }
        if client.hashing >= MAX_HASHING {
            return;
        }
        client.hashing += 1;
        let length = u32::try_from((found.size - offset).min(CHUNK)).unwrap_or(0);
        let purpose = Purpose::ServeChunkHash {
            to: from,
            hash,
            chunk,
            path: found.path.clone(),
        };
        let task = turn.tasks.begin(purpose);
        turn.fx.disk(DiskTask::HashPiece {
            task,
            root: found.root,
            path: found.path,
            identity: found.identity,
            offset,
            length,
        });
    }

    /// A chunk is hashed for a friend, or could not be.
    pub(super) fn handle_chunk_hashed(
        &mut self,
        to: LocationId,
        (hash, chunk): (FileHash, u32),
        sha1: Option<[u8; 20]>,
        turn: &mut Turn,
    ) {
        if let Some(client) = self.clients.get_mut(&to) {
            client.hashing = client.hashing.saturating_sub(1);
            if let Some(sha1) = sha1 {
                turn.send(to, chunk_hash(hash, chunk, sha1));
            }
        }
        if let Some(sha1) = sha1 {
            if self.hashes.len() >= MAX_HASHES {
                self.hashes.pop_first();
            }
            self.hashes.insert((hash, chunk), sha1);
        }
    }

    /// A piece was read, or could not be: then the friend gets nothing, and asks someone else.
    pub(super) fn handle_read(
        &mut self,
        to: LocationId,
        task: TaskId,
        data: Option<Bytes>,
        stock: &Stock,
        turn: &mut Turn,
    ) {
        let Some(client) = self.clients.get_mut(&to) else {
            return;
        };
        let Some(index) = client.pieces.iter().position(|piece| piece.task == task) else {
            return;
        };
        match (data, client.pieces.get_mut(index)) {
            (Some(data), Some(piece)) => piece.data = Some(data),
            (None, Some(_)) | (_, None) => {
                client.pieces.remove(index);
                self.pieces -= 1;
            }
        }
        self.pump(to, stock, turn);
        self.pump_others(to, stock, turn);
    }

    /// A link has room.
    pub(super) fn handle_room(
        &mut self,
        to: LocationId,
        room: usize,
        stock: &Stock,
        turn: &mut Turn,
    ) {
        if let Some(client) = self.clients.get_mut(&to) {
            client.room = room;
            self.pump(to, stock, turn);
            self.pump_others(to, stock, turn);
        }
    }

    /// There may be something new for a friend.
    pub(super) fn go_on(&mut self, to: LocationId, stock: &Stock, turn: &mut Turn) {
        self.pump(to, stock, turn);
    }

    /// The same, for all.
    pub(super) fn go_on_all(&mut self, stock: &Stock, turn: &mut Turn) {
        let all: Vec<LocationId> = self.clients.keys().copied().collect();
        for to in all {
            self.pump(to, stock, turn);
        }
    }

    /// Sends what is read, reads ahead.
    fn pump(&mut self, to: LocationId, stock: &Stock, turn: &mut Turn) {
        let Some(client) = self.clients.get_mut(&to) else {
            return;
        };
        while let Some(item) = client.lists.next(client.profile, client.room, stock.shares) {
            client.room = client.room.saturating_sub(item.len());
            turn.fx.send_bulk(to, item, Bytes::new());
        }
        self.pieces -= client.send_pieces(to, turn);
        while client.pieces.len() < READ_AHEAD && self.pieces < MAX_PIECES {
            let Some(piece) = client.read_next(to, stock, turn) else {
                break;
            };
            client.pieces.push_back(piece);
            self.pieces += 1;
        }
    }

    /// Others may have waited for what is free now. Whoever was served last comes last.
    fn pump_others(&mut self, last: LocationId, stock: &Stock, turn: &mut Turn) {
        if self.pieces + 2 * READ_AHEAD < MAX_PIECES {
            return;
        }
        let after = self
            .clients
            .range(last..)
            .skip(1)
            .chain(self.clients.range(..last));
        let waits = |client: &Client| !client.ranges.is_empty() && client.pieces.is_empty();
        let next = after
            .filter(|(_, client)| waits(client))
            .map(|(to, _)| *to)
            .next();
        if let Some(next) = next {
            self.pump(next, stock, turn);
        }
    }
}

impl Client {
    /// How many pieces have left.
    fn send_pieces(&mut self, to: LocationId, turn: &mut Turn) -> usize {
        let mut sent = 0;
        while let Some(piece) = self.pieces.front_mut() {
            let Some(data) = &mut piece.data else {
                break;
            };
            let room = self.room.saturating_sub(DATA_HEAD);
            if room < data.len().min(SMALLEST) {
                break;
            }
            let now = data.split_to(room.min(data.len()));
            let mut head = BytesMut::with_capacity(DATA_HEAD);
            encode_data_head(piece.size, piece.hash, piece.offset, now.len(), &mut head);
            self.room = self.room.saturating_sub(DATA_HEAD + now.len());
            piece.offset += now.len() as u64;
            let is_over = data.is_empty();
            turn.fx.send_bulk(to, head.freeze(), now);
            if is_over {
                self.pieces.pop_front();
                sent += 1;
            }
        }
        sent
    }

    /// Starts to read the next piece. Ranges that may not be had any more are forgotten.
    fn read_next(&mut self, to: LocationId, stock: &Stock, turn: &mut Turn) -> Option<Piece> {
        loop {
            let range = self.ranges.front_mut()?;
            let Some(found) = stock.bytes(self.profile, range) else {
                self.ranges.pop_front();
                continue;
            };
            let offset = range.from;
            let length = (range.to - offset).min(u64::from(MAX_READ));
            let (hash, size) = (range.hash, range.size);
            range.from += length;
            if range.from >= range.to {
                self.ranges.pop_front();
            }
            let task = turn.tasks.begin(Purpose::Serve {
                to,
                path: found.path.clone(),
            });
            turn.fx.disk(DiskTask::Read {
                task,
                root: found.root,
                path: found.path,
                identity: found.identity,
                offset,
                length: u32::try_from(length).unwrap_or(MAX_READ),
            });
            return Some(Piece {
                task,
                hash,
                size,
                offset,
                data: None,
            });
        }
    }

    /// Whether one more small answer may be given.
    fn may_ask(&mut self, cost: u32, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.credited);
        let earned = passed.as_millis() / EARN.as_millis();
        if earned > 0 {
            self.credited = now;
            let earned = u32::try_from(earned).unwrap_or(BURST);
            self.credit = self.credit.saturating_add(earned).min(BURST);
        }
        let left = self.credit.checked_sub(cost);
        self.credit = left.unwrap_or(self.credit);
        left.is_some()
    }
}

/// What a map costs of [`BURST`].
fn cost_of(map: &ChunkMap) -> u32 {
    u32::try_from(1 + map.words().len() / 1024).unwrap_or(BURST)
}

fn map_of(hash: FileHash, map: &ChunkMap) -> Item {
    Item::FileTransfer(FileTransfer::Map {
        is_client: true,
        hash,
        words: map.words().to_vec(),
    })
}

fn chunk_hash(hash: FileHash, chunk: u32, sha1: [u8; 20]) -> Item {
    Item::FileTransfer(FileTransfer::ChunkHash { hash, chunk, sha1 })
}

/// Bytes of one request, at most: what the network's own programs serve.
const MAX_LENGTH: u32 = 10 << 20;
/// Requests of one location that wait, at most; a range is a few bytes for us.
const MAX_RANGES: usize = 256;
/// Pieces read ahead for one location: enough for the disk to keep up with a fast link.
const READ_AHEAD: usize = 8;
/// Pieces in memory for all, at most: 30 MiB.
const MAX_PIECES: usize = 128;
/// A piece is cut for want of room only if the first part has so many bytes.
const SMALLEST: usize = 16 * 1024;
const _: () = assert!(
    DATA_HEAD + SMALLEST <= LEAST_ROOM,
    "or files rest on slow links"
);
/// Chunks hashed at once for one location.
const MAX_HASHING: usize = 16;
/// Chunk hashes remembered: some 100 KiB.
const MAX_HASHES: usize = 2048;
/// Chunk hashes and maps answered at once, at most; a map counts once for each 4 KiB.
const BURST: u32 = 200;
/// One more may be answered after this: hashing a chunk takes a millisecond, so that a friend who asks
/// for nothing else costs a quarter of a processor.
const EARN: Duration = Duration::from_millis(4);
