//! Files that go out: read piece by piece, as fast as the link takes them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, bail};
use bytes::Bytes;
use model::{Command, CommandId, FileName, MAX_FILE_SIZE, Refusal, Reply, Transfer};
use tokio::sync::mpsc;

use super::escape::visible;
use super::network::Network;
use super::session::Asker;

/// Bytes read from the disk at once.
const READ_CHUNK: usize = 256 * 1024;
/// Why somebody whose transfer was dropped is not told more.
const STOPPED: &str = "stopped";
/// What an upload has to tell at its end; it tells one thing.
pub(crate) const NEWS: usize = 16;

/// A file that can be offered.
#[derive(Debug)]
pub(crate) struct Outgoing {
    /// Open for reading.
    pub(crate) file: File,
    /// As it is offered.
    pub(crate) name: FileName,
    /// In bytes, at least one.
    pub(crate) size: u64,
}

/// How an upload ended.
#[derive(Debug)]
pub(crate) enum News {
    /// All bytes are with the link; where it answers segments, with the network.
    Sent(Transfer),
    /// The file could not be read to its announced end.
    Failed(Transfer, String),
}

/// A file on its way out. Dropping it stops the reading.
#[derive(Debug)]
pub(crate) struct Upload(Arc<Progress>);

/// What the reading thread and the loop share. A mutex suffices: both hold it for moments.
#[derive(Debug, Default)]
struct Progress {
    /// Bytes handed to the link so far.
    sent: AtomicU64,
    stop: AtomicBool,
    unanswered: Mutex<Unanswered>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Unanswered {
    ids: BTreeSet<CommandId>,
    /// A segment was refused.
    refused: Option<Refusal>,
}

impl Progress {
    /// A panic elsewhere leaves nothing half done here.
    fn lock(&self) -> MutexGuard<'_, Unanswered> {
        self.unanswered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until at most so many segments are without an answer.
    ///
    /// # Errors
    /// One was refused, or nobody wants the file any more.
    fn wait(&self, limit: usize) -> Result<(), String> {
        let waits = |unanswered: &mut Unanswered| {
            unanswered.ids.len() > limit
                && unanswered.refused.is_none()
                && !self.stop.load(Ordering::Relaxed)
        };
        let unanswered = self
            .changed
            .wait_while(self.lock(), waits)
            .unwrap_or_else(PoisonError::into_inner);
        match &unanswered.refused {
            Some(refusal) => Err(refusal.to_string()),
            None if self.stop.load(Ordering::Relaxed) => Err(STOPPED.into()),
            None => Ok(()),
        }
    }
}

impl Outgoing {
    /// Opens `path` and looks whether `network` could carry it.
    ///
    /// # Errors
    /// A sentence that says why not and what to do.
    pub(crate) fn open(path: &Path, network: Network) -> anyhow::Result<Self> {
        let shown = path.display().to_string();
        let shown = visible(&shown);
        let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
        let facts = file
            .metadata()
            .with_context(|| format!("cannot read {shown}"))?;
        if facts.is_dir() {
            bail!("{shown} is a folder; pack it into one file first");
        }
        if !facts.is_file() {
            bail!("{shown} is no ordinary file");
        }
        match facts.len() {
            0 => bail!("{shown} is empty; a file needs at least one byte to be sent"),
            1..=MAX_FILE_SIZE => {}
            _ if network == Network::Lan => {}
            size => bail!("{shown} has {size} bytes; files of up to {MAX_FILE_SIZE} can be sent"),
        }
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| format!("the name of {shown} is not UTF-8; rename it"))?;
        let name = FileName::parse(name)
            .with_context(|| format!("{shown} cannot be sent under its name; rename it"))?;
        Ok(Self {
            file,
            name,
            size: facts.len(),
        })
    }
}

impl Upload {
    /// Begins to send `file` as the accepted `transfer`. The end is told over `news`: where the
    /// network answers segments, once it has taken them all.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(
        file: File,
        transfer: Transfer,
        network: Network,
        asker: Asker,
        news: mpsc::Sender<News>,
    ) -> io::Result<Self> {
        let progress = Arc::new(Progress::default());
        let shared = Arc::clone(&progress);
        std::thread::Builder::new()
            .name("upload".into())
            .spawn(move || {
                let told = match send(file, &transfer, network, &shared, &asker) {
                    Ok(()) => News::Sent(transfer),
                    Err(reason) => {
                        let id = transfer.id;
                        asker.ask_blocking(asker.number(), Command::Cancel { id });
                        News::Failed(transfer, reason)
                    }
                };
                // Nobody listens any more: nobody wants to know.
                let _ = news.blocking_send(told);
            })?;
        Ok(Self(progress))
    }

    /// Bytes handed to the link so far.
    pub(crate) fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::Relaxed)
    }

    /// An answer has come, to whatever.
    pub(crate) fn answered(&self, id: CommandId, reply: &Reply) {
        let mut unanswered = self.0.lock();
        if unanswered.ids.remove(&id) {
            if let Reply::Refused(refusal) = reply {
                unanswered.refused.get_or_insert_with(|| refusal.clone());
            }
            self.0.changed.notify_all();
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Under the lock, or whoever is about to wait would miss it.
        let _unanswered = self.0.lock();
        self.0.stop.store(true, Ordering::Relaxed);
        self.0.changed.notify_all();
    }
}

/// Who takes segments.
trait Sink {
    /// The number of the next question.
    fn number(&self) -> CommandId;

    /// Asks; `false`: nobody is there any more.
    fn ask(&self, id: CommandId, command: Command) -> bool;
}

impl Sink for Asker {
    fn number(&self) -> CommandId {
        Self::number(self)
    }

    fn ask(&self, id: CommandId, command: Command) -> bool {
        self.ask_blocking(id, command)
    }
}

/// Sends exactly the announced number of bytes in full segments [494-25].
fn send(
    file: impl Read,
    transfer: &Transfer,
    network: Network,
    progress: &Progress,
    sink: &impl Sink,
) -> Result<(), String> {
    let segment = network.segment_bytes();
    // A file that grows meanwhile is sent as long as it was.
    let mut file = BufReader::with_capacity(READ_CHUNK, file.take(transfer.size));
    let mut left = transfer.size;
    while left > 0 {
        if progress.stop.load(Ordering::Relaxed) {
            return Err(STOPPED.into());
        }
        let mut data = vec![0; usize::try_from(left).map_or(segment, |left| left.min(segment))];
        file.read_exact(&mut data).map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => "the file became shorter while it was sent".into(),
            _ => format!("the file cannot be read: {e}"),
        })?;
        left -= data.len() as u64;
        let count = data.len() as u64;
        let id = sink.number();
        if let Some(window) = network.window() {
            progress.wait(window.saturating_sub(1))?;
            // Before it is asked: the answer may come at once.
            progress.lock().ids.insert(id);
        }
        let piece = Command::Segment {
            id: transfer.id,
            data: Bytes::from(data).into(),
            last: left == 0,
        };
        if !sink.ask(id, piece) {
            return Err("the connection ended".into());
        }
        progress.sent.fetch_add(count, Ordering::Relaxed);
    }
    progress.wait(0)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use model::{TransferId, UserName};

    use super::*;
    use crate::client::wires::Wire;

    const HUB: Network = Network::Hub(Wire::Cs494);

    fn transfer(size: u64) -> Transfer {
        Transfer {
            id: TransferId::new(9).unwrap(),
            from: UserName::parse("ana").unwrap(),
            to: UserName::parse("bo").unwrap(),
            name: FileName::parse("a").unwrap(),
            size,
        }
    }

    /// Notes what it is asked, and answers it at once or never.
    #[derive(Default)]
    struct Notes {
        seen: RefCell<Vec<(usize, bool)>>,
        answers: Option<(Arc<Progress>, Reply)>,
    }

    impl Sink for Notes {
        fn number(&self) -> CommandId {
            CommandId(self.seen.borrow().len() as u64)
        }

        fn ask(&self, id: CommandId, command: Command) -> bool {
            let Command::Segment { data, last, .. } = command else {
                panic!("no segment")
            };
            self.seen.borrow_mut().push((data.len(), last));
            if let Some((progress, reply)) = &self.answers {
                // Not dropped, which would stop it.
                let upload = std::mem::ManuallyDrop::new(Upload(Arc::clone(progress)));
                upload.answered(id, reply);
            }
            true
        }
    }

    type Seen = (Result<(), String>, Vec<(usize, bool)>);

    fn pieces(bytes: &[u8], size: u64) -> Seen {
        let notes = Notes::default();
        let result = send(bytes, &transfer(size), HUB, &Progress::default(), &notes);
        (result, notes.seen.into_inner())
    }

    /// The same on the LAN, where every segment is answered so.
    fn pieces_on_lan(bytes: &[u8], reply: Reply) -> Seen {
        let progress = Arc::new(Progress::default());
        let notes = Notes {
            answers: Some((Arc::clone(&progress), reply)),
            ..Notes::default()
        };
        let size = bytes.len() as u64;
        let result = send(bytes, &transfer(size), Network::Lan, &progress, &notes);
        (result, notes.seen.into_inner())
    }

    #[test]
    fn full_segments_until_the_end() {
        // [494-25]
        let bytes = [7; 9000];
        assert_eq!(
            pieces(&bytes, 8192),
            (Ok(()), vec![(4096, false), (4096, true)])
        );
        assert_eq!(
            pieces(&bytes, 8193),
            (Ok(()), vec![(4096, false), (4096, false), (1, true)])
        );
        assert_eq!(pieces(b"1", 1), (Ok(()), vec![(1, true)]));
    }

    #[test]
    fn exactly_what_was_announced_is_sent() {
        // [494-24]
        let (grown, seen) = pieces(&[7; 9000], 6000);
        assert_eq!((grown, seen), (Ok(()), vec![(4096, false), (1904, true)]));
        let (shrunk, seen) = pieces(&[7; 5000], 8000);
        assert!(shrunk.unwrap_err().contains("shorter"));
        assert_eq!(seen, [(4096, false)]);
    }

    #[test]
    fn a_file_on_the_lan_is_sent_when_its_last_segment_is_answered() {
        // [LAN-45]
        let bytes = vec![7; 200 * 16 * 1024 + 1];
        let (done, seen) = pieces_on_lan(&bytes, Reply::Done);
        assert_eq!((done, seen.len()), (Ok(()), 201), "more than the window");
        assert_eq!(seen.last(), Some(&(1, true)));
        let over = Reply::Refused(Refusal::NoSuchTransfer);
        let (refused, seen) = pieces_on_lan(&bytes, over);
        assert_eq!(refused, Err("there is no such transfer".into()));
        assert_eq!(seen.len(), 1, "nothing is sent after that");
    }

    #[test]
    fn whoever_waits_for_answers_stops_when_nobody_wants_the_file() {
        // [LAN-45]
        let progress = Arc::new(Progress::default());
        let waiting = Arc::clone(&progress);
        let sender = std::thread::spawn(move || {
            let notes = Notes::default();
            let bytes = vec![7; 100 * 16 * 1024];
            let size = bytes.len() as u64;
            let result = send(&bytes[..], &transfer(size), Network::Lan, &waiting, &notes);
            (result, notes.seen.into_inner().len())
        });
        // Wherever the thread is by now: it ends.
        drop(Upload(progress));
        let (result, count) = sender.join().unwrap();
        assert_eq!(result, Err(STOPPED.into()));
        assert!(count <= 64, "{count} is beyond the window");
    }

    #[test]
    fn what_cannot_be_sent_is_told_with_its_reason() {
        // [494-24]
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        assert!(
            Outgoing::open(&path, HUB)
                .unwrap_err()
                .to_string()
                .contains("cannot read")
        );
        std::fs::write(&path, "").unwrap();
        assert!(
            Outgoing::open(&path, HUB)
                .unwrap_err()
                .to_string()
                .contains("empty")
        );
        assert!(
            Outgoing::open(folder.path(), HUB)
                .unwrap_err()
                .to_string()
                .contains("folder")
        );
        std::fs::write(&path, "x").unwrap();
        assert_eq!(Outgoing::open(&path, HUB).unwrap().size, 1);
        let odd = folder.path().join("a:b");
        std::fs::write(&odd, "x").unwrap();
        assert!(
            Outgoing::open(&odd, HUB)
                .unwrap_err()
                .to_string()
                .contains("rename")
        );
    }
}
