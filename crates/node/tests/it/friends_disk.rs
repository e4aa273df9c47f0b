//! Files as the threads of `node::friends::disk` list, hash, read and write them.

mod downloads;
mod ending;
mod hashing;
mod listing;
mod reading;
#[cfg(target_os = "linux")]
mod watching;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use friends::disk::{DiskAnswer, DiskError, DiskTask, Identity, Listed, MAX_READ, TaskId};
use node::friends::disk::{Disk, Private};
use sha1::{Digest, Sha1};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// An answer that does not come is a failure, not a test without end.
const LIMIT: Duration = Duration::from_secs(120);
const MIB: usize = 1 << 20;
const TASK: TaskId = TaskId(7);

/// A disk, and a folder for it.
/// Where our keys and records would be.
const PRIVATE: &str = "home/private";

struct Rig {
    disk: Option<Disk>,
    answers: Option<mpsc::Receiver<DiskAnswer>>,
    runtime: tokio::runtime::Runtime,
    dir: TempDir,
    room: usize,
}

impl Rig {
    fn new() -> Self {
        Self::with_room(1024)
    }

    fn with_room(room: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let (sender, answers) = mpsc::channel(room);
        let dir = tempfile::tempdir().unwrap();
        let private = dir.path().join(PRIVATE);
        fs::create_dir_all(&private).unwrap();
        let private = Private::new(&private, &private.join("incoming"));
        Self {
            disk: Some(Disk::start(sender, Some(private)).unwrap()),
            answers: Some(answers),
            runtime: runtime.unwrap(),
            dir,
            room,
        }
    }

    /// Ends the disk; true: all its threads have ended.
    fn end(&mut self) -> bool {
        self.answers = None;
        self.disk.take().unwrap().shut_down()
    }

    /// Another disk over the same folder.
    fn restart(&mut self) {
        assert!(self.end(), "all threads have ended");
        let (sender, answers) = mpsc::channel(self.room);
        let private = self.path(PRIVATE);
        let private = Private::new(&private, &private.join("incoming"));
        self.answers = Some(answers);
        self.disk = Some(Disk::start(sender, Some(private)).unwrap());
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn file(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// The file's identity, as a listing tells it.
    fn identity(&mut self, path: &str) -> Identity {
        self.list(path)[0].identity
    }

    fn submit(&self, task: DiskTask) {
        self.disk.as_ref().unwrap().submit(task);
    }

    fn answer(&mut self) -> DiskAnswer {
        let answers = self.answers.as_mut().unwrap();
        let answer = async { tokio::time::timeout(LIMIT, answers.recv()).await };
        let answer = self.runtime.block_on(answer);
        answer.expect("an answer in time").expect("an answer")
    }

    fn failure(&mut self, expected: DiskError) -> String {
        match self.answer() {
            DiskAnswer::Failed { why, words, .. } => {
                assert_eq!(why, expected, "{words}");
                words
            }
            other => panic!("no failure but {other:?}"),
        }
    }

    fn skip_progress(&mut self, expected: DiskError) {
        loop {
            match self.answer() {
                DiskAnswer::Hashing { .. } => {}
                DiskAnswer::Failed { why, words, .. } => {
                    assert_eq!(why, expected, "{words}");
                    return;
                }
                other => panic!("no failure but {other:?}"),
            }
        }
    }

    fn list(&mut self, path: &str) -> Vec<Listed> {
        self.submit(DiskTask::List {
            task: TASK,
            root: self.path(path),
        });
        match self.answer() {
            DiskAnswer::Listed {
                files,
                is_end: true,
                ..
            } => files,
            other => panic!("no listing but {other:?}"),
        }
    }

    fn hash(&mut self, path: &str) -> ([u8; 20], Identity) {
        self.submit(DiskTask::Hash {
            task: TASK,
            root: None,
            path: self.path(path),
        });
        self.hashed()
    }

    fn hashed(&mut self) -> ([u8; 20], Identity) {
        match self.answer() {
            DiskAnswer::Hashed { hash, identity, .. } => (*hash.as_bytes(), identity),
            other => panic!("no hash but {other:?}"),
        }
    }

    fn ask(&self, path: &str, identity: Option<Identity>, offset: u64, length: u32) {
        self.submit(DiskTask::Read {
            task: TASK,
            root: None,
            path: self.path(path),
            identity,
            offset,
            length,
        });
    }

    fn read(&mut self, path: &str, offset: u64, length: u32) -> Bytes {
        self.ask(path, None, offset, length);
        match self.answer() {
            DiskAnswer::Read { data, .. } => data,
            other => panic!("not read: {other:?}"),
        }
    }

    fn part(&self) -> PathBuf {
        self.path("partial/download.part")
    }

    fn submit_open(&self, size: u64, have: u64) {
        self.submit(DiskTask::Open {
            task: TASK,
            part: self.part(),
            size,
            have,
        });
    }

    fn open(&mut self, size: usize, have: usize) -> bool {
        self.submit_open(size as u64, have as u64);
        match self.answer() {
            DiskAnswer::Opened { is_new, .. } => is_new,
            other => panic!("not open: {other:?}"),
        }
    }

    fn write(&self, offset: u64, data: &[u8]) {
        self.submit(DiskTask::Write {
            task: TASK,
            part: self.part(),
            offset,
            data: Bytes::copy_from_slice(data),
        });
    }

    /// Writes this range in pieces as they come from a friend.
    fn write_all(&mut self, bytes: &[u8], range: std::ops::Range<usize>) {
        for piece in bytes[range.clone()].chunks(MAX_READ as usize) {
            let offset = piece.as_ptr() as usize - bytes.as_ptr() as usize;
            self.write(offset as u64, piece);
        }
        for _ in bytes[range].chunks(MAX_READ as usize) {
            assert!(matches!(self.answer(), DiskAnswer::Written { task: TASK }));
        }
    }

    fn verify(&mut self, size: usize) -> ([u8; 20], Identity) {
        self.submit(DiskTask::Verify {
            task: TASK,
            part: self.part(),
            size: size as u64,
        });
        self.hashed()
    }

    fn submit_finish(&self, name: &str) {
        self.submit(DiskTask::Finish {
            task: TASK,
            part: self.part(),
            folder: self.path("incoming"),
            name: name.to_owned(),
        });
    }

    fn finish(&mut self, name: &str) -> PathBuf {
        self.submit_finish(name);
        self.finished()
    }

    fn finished(&mut self) -> PathBuf {
        match self.answer() {
            DiskAnswer::Finished { path, .. } => path,
            other => panic!("not finished: {other:?}"),
        }
    }
}

/// A small disk, for as long as it lives.
#[cfg(target_os = "linux")]
struct Mounted(PathBuf);

#[cfg(target_os = "linux")]
impl Mounted {
    fn new(at: &Path, options: &str) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(at)
            .output();
        let is_mounted = mounted.is_ok_and(|output| output.status.success());
        is_mounted.then(|| Self(at.to_owned()))
    }
}

#[cfg(target_os = "linux")]
impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("-l")
            .arg(&self.0)
            .status();
    }
}

#[cfg(target_os = "linux")]
fn device(path: &Path) -> u64 {
    std::os::unix::fs::MetadataExt::dev(&fs::metadata(path).unwrap())
}

#[cfg(unix)]
fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

fn names(files: &[Listed]) -> Vec<&str> {
    files.iter().map(|file| file.name.as_str()).collect()
}

/// Bytes that differ from one place to the next.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * n / 7 + n / 251) as u8).collect()
}

fn sha1(bytes: &[u8]) -> [u8; 20] {
    Sha1::digest(bytes).into()
}
