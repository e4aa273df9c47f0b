//! Machines on a virtual network, each with a disk in memory, and one clock for all. Every item goes
//! through its bytes.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use model::{Now, Timestamp};
use sha1::{Digest, Sha1};
use wire_retroshare::file_lists::{FileLists, SyncRequest};
use wire_retroshare::file_transfer::FileTransfer;
use wire_retroshare::{FileHash, Frame, Framer, Item, LocationId, PgpId};

use crate::api::{
    Audience, Download, DownloadState, Found, Listing, Notice, Report, Request, RequestId, Wanted,
};
use crate::disk::{DiskAnswer, DiskError, DiskTask, Identity, Listed, TaskId};
use crate::effects::{Effects, Parcel, Peer};
use crate::files::{Files, FilesEvent, Names, Settings};
use crate::kept::{Area, Record};
use crate::output::Output;

/// The people: `machines[i]` is the one of `NAMES[i]`.
pub(super) const NAMES: [&str; 4] = ["ana", "bea", "cyd", "dan"];

pub(super) fn profile(n: usize) -> PgpId {
    PgpId::from_bytes([u8::try_from(n).unwrap() + 1; 8])
}

pub(super) fn location(n: usize) -> LocationId {
    LocationId::from_bytes([u8::try_from(n).unwrap() + 0xA1; 16])
}

pub(super) fn peer(n: usize) -> Peer {
    Peer {
        location: location(n),
        profile: profile(n),
    }
}

pub(super) fn sha1(data: &[u8]) -> FileHash {
    FileHash::from_bytes(Sha1::digest(data).into())
}

/// Bytes that differ everywhere and are the same in every run.
pub(super) fn content(seed: u8, length: usize) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(next).collect()
}

pub(super) struct People;

impl Names for People {
    fn friend(&self, who: &str) -> Result<PgpId, String> {
        let known = NAMES.iter().position(|name| *name == who);
        known
            .map(profile)
            .ok_or_else(|| format!("nobody is called {who}"))
    }

    fn name(&self, of: PgpId) -> String {
        let known = (0..NAMES.len()).find(|n| profile(*n) == of);
        known.map_or_else(|| of.to_string(), |n| NAMES[n].to_owned())
    }
}

/// A disk in memory.
#[derive(Default)]
pub(super) struct Disk {
    pub(super) files: BTreeMap<PathBuf, (Vec<u8>, Identity)>,
    pub(super) parts: BTreeMap<PathBuf, Vec<u8>>,
    pub(super) is_full: bool,
    pub(super) writes_fail: bool,
    /// Paths that are hashed as if they were the file of this hash: a rotten disk.
    pub(super) hashed: Vec<PathBuf>,
    /// Shared folders that are watched.
    pub(super) watched: BTreeSet<PathBuf>,
    /// How often a folder was listed.
    pub(super) listings: usize,
    pub(super) under_way: usize,
    pub(super) most_under_way: usize,
    /// Answers of hashing wait here if there is a list.
    pub(super) held: Option<VecDeque<DiskAnswer>>,
    changes: u64,
}

impl Disk {
    pub(super) fn put(&mut self, path: &str, data: Vec<u8>) -> FileHash {
        self.changes += 1;
        let identity = Identity {
            size: data.len() as u64,
            modified: 1_700_000_000_000_000_000 + self.changes * 1_000_000_000,
            inode: self.changes,
        };
        let hash = sha1(&data);
        self.files.insert(path.into(), (data, identity));
        hash
    }

    fn do_task(&mut self, task: DiskTask) -> Vec<DiskAnswer> {
        match task {
            DiskTask::List { task, root } => {
                self.listings += 1;
                self.list(task, &root)
            }
            DiskTask::Hash { task, path, .. } => {
                self.hashed.push(path.clone());
                let Some((data, identity)) = self.files.get(&path) else {
                    return vec![gone(task, &path)];
                };
                let hashed = DiskAnswer::Hashed {
                    task,
                    hash: sha1(data),
                    identity: *identity,
                };
                self.under_way += 1;
                self.most_under_way = self.most_under_way.max(self.under_way);
                match &mut self.held {
                    Some(held) => {
                        held.push_back(hashed);
                        Vec::new()
                    }
                    None => vec![hashed],
                }
            }
            DiskTask::PauseHashing(_) => Vec::new(),
            DiskTask::Watch { root, is_on } => {
                match is_on {
                    true => self.watched.insert(root),
                    false => self.watched.remove(&root),
                };
                Vec::new()
            }
            DiskTask::Read {
                task,
                path,
                identity,
                offset,
                length,
                ..
            } => {
                let file = self.files.get(&path).map(|(data, now)| (data, Some(*now)));
                let part = || self.parts.get(&path).map(|data| (data, None));
                match file.or_else(part) {
                    Some((data, now)) if now == identity => {
                        let from = usize::try_from(offset).unwrap();
                        let data = Bytes::copy_from_slice(&data[from..from + length as usize]);
                        vec![DiskAnswer::Read { task, data }]
                    }
                    _ => vec![gone(task, &path)],
                }
            }
            DiskTask::HashPiece {
                task,
                path,
                identity,
                offset,
                length,
                ..
            } => {
                let file = self.files.get(&path).map(|(data, now)| (data, Some(*now)));
                let part = || self.parts.get(&path).map(|data| (data, None));
                match file.or_else(part) {
                    Some((data, now)) if now == identity => {
                        let from = usize::try_from(offset).unwrap();
                        let hash = *sha1(&data[from..from + length as usize]).as_bytes();
                        vec![DiskAnswer::PieceHashed { task, hash }]
                    }
                    _ => vec![gone(task, &path)],
                }
            }
            DiskTask::Open { .. }
            | DiskTask::Write { .. }
            | DiskTask::Verify { .. }
            | DiskTask::Finish { .. }
            | DiskTask::Drop { .. } => self.do_part(task),
        }
    }

    /// What is done with parts of downloads.
    fn do_part(&mut self, task: DiskTask) -> Vec<DiskAnswer> {
        match task {
            DiskTask::Open { task, part, .. } => {
                if self.is_full {
                    return vec![full(task)];
                }
                let is_new = !self.parts.contains_key(&part);
                // It grows as it is written: a link may claim any size.
                self.parts.entry(part).or_default();
                vec![DiskAnswer::Opened { task, is_new }]
            }
            DiskTask::Write {
                task,
                part,
                offset,
                data,
            } => {
                if self.is_full {
                    return vec![full(task)];
                }
                if self.writes_fail {
                    return vec![DiskAnswer::Failed {
                        task,
                        why: DiskError::Other,
                        words: "the disk is broken".into(),
                    }];
                }
                let at = usize::try_from(offset).unwrap();
                let part = self.parts.get_mut(&part).expect("the part is open");
                let end = at + data.len();
                part.resize(part.len().max(end), 0);
                part[at..end].copy_from_slice(&data);
                vec![DiskAnswer::Written { task }]
            }
            DiskTask::Verify { task, part, size } => {
                let data = &self.parts[&part];
                assert_eq!(data.len() as u64, size);
                vec![DiskAnswer::Hashed {
                    task,
                    hash: sha1(data),
                    identity: Identity {
                        size,
                        modified: 0,
                        inode: 0,
                    },
                }]
            }
            DiskTask::Finish {
                task,
                part,
                folder,
                name,
            } => {
                assert!(!name.contains('/') && name != "..", "{name}");
                let mut path = folder.join(&name);
                let mut number = 1;
                while self.files.contains_key(&path) {
                    number += 1;
                    path = folder.join(format!("{number} {name}"));
                }
                let data = self.parts.remove(&part).unwrap();
                self.put(path.to_str().unwrap(), data);
                vec![DiskAnswer::Finished { task, path }]
            }
            DiskTask::Drop { part, is_removed } => {
                if is_removed {
                    self.parts.remove(&part);
                }
                Vec::new()
            }
            other => panic!("not about parts: {other:?}"),
        }
    }

    fn list(&self, task: TaskId, root: &Path) -> Vec<DiskAnswer> {
        let mut files = Vec::new();
        for (path, (_, identity)) in &self.files {
            let Ok(below) = path.strip_prefix(root) else {
                continue;
            };
            let mut names: Vec<String> = below.iter().map(|n| n.to_str().unwrap().into()).collect();
            let name = names.pop().unwrap_or_else(|| {
                let name = path.file_name().unwrap();
                name.to_str().unwrap().to_owned()
            });
            files.push(Listed {
                folders: names,
                name,
                identity: *identity,
            });
        }
        if files.is_empty() {
            return vec![gone(task, root)];
        }
        // In portions, where there are many.
        let count = files.len().div_ceil(100);
        let mut files = files.into_iter();
        let portion = |n| DiskAnswer::Listed {
            task,
            files: files.by_ref().take(100).collect(),
            is_end: n + 1 == count,
        };
        (0..count).map(portion).collect()
    }
}

fn gone(task: TaskId, path: &Path) -> DiskAnswer {
    DiskAnswer::Failed {
        task,
        why: DiskError::Changed,
        words: format!("{} is not there", path.display()),
    }
}

fn full(task: TaskId) -> DiskAnswer {
    DiskAnswer::Failed {
        task,
        why: DiskError::Full,
        words: "the disk is full".into(),
    }
}

/// One node's files, and everything around them.
pub(super) struct Machine {
    pub(super) files: Files,
    pub(super) fx: Effects,
    pub(super) disk: Disk,
    pub(super) records: BTreeMap<(Area, String), Vec<u8>>,
    pub(super) notices: Vec<Notice>,
    pub(super) events: Vec<FilesEvent>,
    pub(super) reports: BTreeMap<RequestId, Report>,
    answers: VecDeque<DiskAnswer>,
}

impl Machine {
    pub(super) fn new(
        n: usize,
        records: BTreeMap<(Area, String), Vec<u8>>,
        disk: Disk,
        now: Now,
    ) -> Self {
        let kept: Vec<Record> = records
            .iter()
            .map(|((area, key), value)| Record {
                area: *area,
                key: key.clone(),
                value: value.clone(),
            })
            .collect();
        let settings = Settings {
            incoming: "/in".into(),
            partial: "/parts".into(),
            seed: [u8::try_from(n).unwrap(); 32],
        };
        Self {
            files: Files::new(settings, &kept, now),
            fx: Effects::default(),
            disk,
            records,
            notices: Vec::new(),
            events: Vec::new(),
            reports: BTreeMap::new(),
            answers: VecDeque::new(),
        }
    }

    /// Carries out what was asked for; whether anything was.
    pub(super) fn step(&mut self, now: Now) -> bool {
        self.settle(now)
    }

    fn settle(&mut self, now: Now) -> bool {
        let mut has_moved = false;
        for output in core::mem::take(&mut self.fx.outputs) {
            has_moved = true;
            match output {
                Output::Keep(changes) => {
                    for change in changes {
                        let key = (change.area, change.key);
                        match change.value {
                            Some(value) => self.records.insert(key, value),
                            None => self.records.remove(&key),
                        };
                    }
                }
                Output::Disk(task) => self.answers.extend(self.disk.do_task(task)),
                Output::Report(id, report) => {
                    assert!(self.reports.insert(id, report).is_none(), "answered twice");
                }
                Output::Notice(notice) => self.notices.push(notice),
                other => panic!("nothing that files do: {other:?}"),
            }
        }
        while let Some(answer) = self.answers.pop_front() {
            has_moved = true;
            if let DiskAnswer::Hashed { .. } = answer {
                self.disk.under_way = self.disk.under_way.saturating_sub(1);
            }
            self.files.handle_disk(answer, &mut self.fx, now);
        }
        while let Some(event) = self.files.poll_event(now) {
            match event {
                FilesEvent::Fresh { id, request } => {
                    has_moved = true;
                    self.files
                        .handle_fresh(id, request, &People, &mut self.fx, now);
                }
                FilesEvent::Offered { .. } | FilesEvent::Attached { .. } => self.events.push(event),
            }
        }
        has_moved
    }
}

/// What may be done to an item on its way: from, to, the item; nothing is left of what is dropped.
pub(super) type Tap = Box<dyn FnMut(usize, usize, Item) -> Option<Item>>;

pub(super) struct Rig {
    pub(super) machines: Vec<Machine>,
    pub(super) now: Now,
    pub(super) links: BTreeSet<(usize, usize)>,
    pub(super) tap: Option<Tap>,
    /// Bytes of pieces that arrived, by from and to.
    pub(super) data: BTreeMap<(usize, usize), u64>,
    pub(super) items: usize,
    last_request: u64,
}

impl Rig {
    pub(super) fn new(count: usize) -> Self {
        let now = start();
        let machine = |n| Machine::new(n, BTreeMap::new(), Disk::default(), now);
        Self {
            machines: (0..count).map(machine).collect(),
            now,
            links: BTreeSet::new(),
            tap: None,
            data: BTreeMap::new(),
            items: 0,
            last_request: 0,
        }
    }

    /// As before, with all connected to all.
    pub(super) fn connected(count: usize) -> Self {
        let mut rig = Self::new(count);
        for a in 0..count {
            for b in a + 1..count {
                rig.connect(a, b);
            }
        }
        rig
    }

    pub(super) fn connect(&mut self, a: usize, b: usize) {
        for (n, m) in [(a, b), (b, a)] {
            self.links.insert((n, m));
            let now = self.now;
            let machine = &mut self.machines[n];
            machine.files.set_name(profile(m), NAMES[m].to_owned());
            machine.files.peer_up(peer(m), &mut machine.fx, now);
            machine
                .files
                .handle_room(location(m), ROOM, &mut machine.fx, now);
        }
        self.settle();
    }

    pub(super) fn disconnect(&mut self, a: usize, b: usize) {
        for (n, m) in [(a, b), (b, a)] {
            self.links.remove(&(n, m));
            let now = self.now;
            let machine = &mut self.machines[n];
            machine.files.peer_down(location(m), &mut machine.fx, now);
        }
        self.settle();
    }

    /// The machine ends, and begins again with its records and disk. Its links are gone.
    pub(super) fn restart(&mut self, n: usize) {
        let others: Vec<usize> = (0..self.machines.len()).collect();
        for m in others {
            if self.links.contains(&(n, m)) {
                self.disconnect(n, m);
            }
        }
        let now = self.now;
        let records = core::mem::take(&mut self.machines[n].records);
        let disk = core::mem::take(&mut self.machines[n].disk);
        self.machines[n] = Machine::new(n, records, disk, now);
        self.run_for(1000);
    }

    /// Nothing comes through from the given piece of a file on.
    pub(super) fn go_silent_at_piece(&mut self, mut left: u32) {
        self.tap = Some(Box::new(move |_, _, item| {
            let is_piece = matches!(item, Item::FileTransfer(FileTransfer::Data { .. }));
            left = left.saturating_sub(is_piece.into());
            (left > 0).then_some(item)
        }));
    }

    /// Nothing comes through; what machine 0 asks of folders is kept, the newest last.
    pub(super) fn only_questions(&mut self) -> Rc<RefCell<Vec<SyncRequest>>> {
        let questions = Rc::new(RefCell::new(Vec::new()));
        let into = Rc::clone(&questions);
        self.tap = Some(Box::new(move |from, _, item| {
            if let (0, Item::FileLists(FileLists::SyncRequest(request))) = (from, &item) {
                into.borrow_mut().push(*request);
            }
            None
        }));
        questions
    }

    /// Everything that happens without time passing.
    pub(super) fn settle(&mut self) {
        for _ in 0..200_000 {
            let mut has_moved = false;
            for n in 0..self.machines.len() {
                has_moved |= self.machines[n].settle(self.now);
                has_moved |= self.carry(n);
            }
            if !has_moved {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    /// Time passes, in steps of 50 ms.
    pub(super) fn run_for(&mut self, milliseconds: u64) {
        let mut left = milliseconds;
        while left > 0 {
            let step = left.min(50);
            left -= step;
            self.now.instant += Duration::from_millis(step);
            self.now.wall.0 += step;
            for machine in &mut self.machines {
                let due = machine.files.poll_timeout();
                if due.is_some_and(|due| due <= self.now.instant) {
                    machine.files.handle_timeout(&mut machine.fx, self.now);
                }
            }
            self.settle();
        }
    }

    fn carry(&mut self, from: usize) -> bool {
        let items = core::mem::take(&mut self.machines[from].fx.items);
        let has_moved = !items.is_empty();
        let mut served = BTreeSet::new();
        for (to, parcel) in items {
            let Some(to) = (0..self.machines.len()).find(|n| location(*n) == to) else {
                continue;
            };
            if !self.links.contains(&(from, to)) {
                continue;
            }
            let bytes = match parcel {
                Parcel::Item(item) | Parcel::Tracked(item, _) => {
                    let mut bytes = BytesMut::new();
                    item.encode(&mut bytes);
                    bytes
                }
                Parcel::Bulk { head, data } => {
                    served.insert(to);
                    let mut bytes = BytesMut::from(&head[..]);
                    bytes.extend_from_slice(&data);
                    bytes
                }
            };
            self.items += 1;
            let item = decode(bytes);
            let item = match &mut self.tap {
                Some(tap) => tap(from, to, item),
                None => Some(item),
            };
            if let Some(item) = item {
                self.deliver(from, to, item);
            }
        }
        for to in served {
            let machine = &mut self.machines[from];
            machine
                .files
                .handle_room(location(to), ROOM, &mut machine.fx, self.now);
        }
        has_moved
    }

    /// An item arrives, whoever made it.
    pub(super) fn deliver(&mut self, from: usize, to: usize, item: Item) {
        let machine = &mut self.machines[to];
        match item {
            Item::FileTransfer(item) => {
                if let FileTransfer::Data { data, .. } = &item {
                    *self.data.entry((from, to)).or_default() += data.len() as u64;
                }
                machine
                    .files
                    .handle_transfer(peer(from), item, &mut machine.fx, self.now);
            }
            Item::FileLists(item) => {
                machine
                    .files
                    .handle_lists(peer(from), item, &mut machine.fx, self.now);
            }
            other => panic!("nothing about files: {other:?}"),
        }
    }

    /// A request; its report if there is one at once or in no time.
    pub(super) fn request(&mut self, n: usize, request: Request) -> Option<Report> {
        self.last_request += 1;
        let id = RequestId(self.last_request);
        let machine = &mut self.machines[n];
        machine
            .files
            .handle_request(id, request, &People, &mut machine.fx, self.now);
        self.settle();
        self.machines[n].reports.remove(&id)
    }

    pub(super) fn done(&mut self, n: usize, request: Request) {
        let report = self.request(n, request);
        assert!(matches!(report, Some(Report::Done)), "{report:?}");
    }

    pub(super) fn refused(&mut self, n: usize, request: Request) -> String {
        match self.request(n, request) {
            Some(Report::Refused(sentence)) => sentence,
            other => panic!("not refused: {other:?}"),
        }
    }

    /// Shares a folder, and waits until friends may see it.
    pub(super) fn share(&mut self, n: usize, folder: &str, with: Audience) {
        self.done(
            n,
            Request::Share {
                folder: folder.into(),
                name: None,
                with,
            },
        );
        self.run_for(1000);
    }

    /// A request that may wait for lists.
    fn look(&mut self, n: usize, request: Request) -> Option<Report> {
        let report = self.request(n, request);
        if report.is_some() {
            return report;
        }
        let id = RequestId(self.last_request);
        self.run_for(3_100);
        self.machines[n].reports.remove(&id)
    }

    pub(super) fn browse(&mut self, n: usize, who: &str, path: &str) -> Listing {
        let (who, path) = (who.to_owned(), path.to_owned());
        match self.look(n, Request::Browse { who, path }) {
            Some(Report::Folder(listing)) => *listing,
            other => panic!("no folder: {other:?}"),
        }
    }

    pub(super) fn search(&mut self, n: usize, words: &str) -> Vec<Found> {
        let words = words.to_owned();
        match self.look(n, Request::Search { words }) {
            Some(Report::Found(found)) => found,
            other => panic!("nothing found: {other:?}"),
        }
    }

    /// Fetches a file by its link, from somebody if so wished.
    pub(super) fn fetch(&mut self, n: usize, name: &str, data: &[u8], from: Option<&str>) {
        self.fetch_as(n, name, data.len() as u64, sha1(data), from);
    }

    pub(super) fn fetch_as(
        &mut self,
        n: usize,
        name: &str,
        size: u64,
        hash: FileHash,
        from: Option<&str>,
    ) {
        let link = wire_retroshare::FileLink {
            name: name.to_owned(),
            size,
            hash,
        };
        let request = Request::Fetch {
            what: Wanted::Link(link.to_string()),
            from: from.map(str::to_owned),
            folder: None,
        };
        let report = self.request(n, request);
        assert!(matches!(report, Some(Report::Download(_))), "{report:?}");
    }

    pub(super) fn downloads(&mut self, n: usize) -> Vec<Download> {
        match self.request(n, Request::Downloads) {
            Some(Report::Downloads(downloads)) => downloads,
            other => panic!("no downloads: {other:?}"),
        }
    }

    /// The only download.
    pub(super) fn download(&mut self, n: usize) -> Download {
        let mut all = self.downloads(n);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    pub(super) fn assert_state(&mut self, n: usize, state: DownloadState) {
        let download = self.download(n);
        assert_eq!(download.state, state, "{download:?}");
    }

    /// The file at a path of a machine's disk.
    pub(super) fn file(&self, n: usize, path: &str) -> Option<&[u8]> {
        let file = self.machines[n].disk.files.get(Path::new(path));
        file.map(|(data, _)| &data[..])
    }

    pub(super) fn warnings(&self, n: usize) -> Vec<String> {
        let all = self.machines[n].notices.iter();
        all.filter_map(|notice| match notice {
            Notice::Warning(words) => Some(words.clone()),
            _ => None,
        })
        .collect()
    }
}

fn decode(mut bytes: BytesMut) -> Item {
    let mut framer = Framer::new();
    let frame = framer
        .next(&mut bytes)
        .expect("our own bytes")
        .expect("a whole item");
    assert!(bytes.is_empty(), "one item and nothing else");
    match frame {
        Frame::Item(raw) => Item::decode(raw).expect("our own item"),
        Frame::Probe => panic!("no item"),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test needs one instant to start from"
)]
fn start() -> Now {
    Now {
        instant: Instant::now(),
        wall: Timestamp(1_800_000_000_000),
    }
}

/// What a link takes at once.
const ROOM: usize = 1 << 20;
