//! Files that go out: read piece by piece, as fast as the link takes them.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::{Context, bail};
use bytes::Bytes;
use model::{Command, FileName, MAX_FILE_SIZE, Transfer};
use tokio::sync::mpsc;

use super::session::Asker;

/// Bytes read from the disk at once.
const READ_CHUNK: usize = 256 * 1024;
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
    /// All bytes are with the link.
    Sent(Transfer),
    /// The file could not be read to its announced end.
    Failed(Transfer, String),
}

/// A file on its way out. Dropping it stops the reading.
#[derive(Debug)]
pub(crate) struct Upload {
    sent: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Outgoing {
    /// Opens `path` and looks whether the wires could carry it.
    ///
    /// # Errors
    /// A sentence that says why not and what to do.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
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
    /// Begins to send `file` as the accepted `transfer`, in pieces of `segment` bytes. The end is
    /// told over `news`.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(
        file: File,
        transfer: Transfer,
        segment: usize,
        asker: Asker,
        news: mpsc::Sender<News>,
    ) -> io::Result<Self> {
        let upload = Self {
            sent: Arc::default(),
            stop: Arc::default(),
        };
        let (sent, stop) = (Arc::clone(&upload.sent), Arc::clone(&upload.stop));
        std::thread::Builder::new()
            .name("upload".into())
            .spawn(move || {
                let ask = |command| asker.ask_blocking(command).is_some();
                let told = match send(file, &transfer, segment, &sent, &stop, ask) {
                    Ok(()) => News::Sent(transfer),
                    Err(reason) => {
                        asker.ask_blocking(Command::Cancel { id: transfer.id });
                        News::Failed(transfer, reason)
                    }
                };
                // Nobody listens any more: nobody wants to know.
                let _ = news.blocking_send(told);
            })?;
        Ok(upload)
    }

    /// Bytes handed to the link so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Sends exactly the announced number of bytes in full segments [494-25].
fn send(
    file: impl Read,
    transfer: &Transfer,
    segment: usize,
    sent: &AtomicU64,
    stop: &AtomicBool,
    ask: impl Fn(Command) -> bool,
) -> Result<(), String> {
    // A file that grows meanwhile is sent as long as it was.
    let mut file = BufReader::with_capacity(READ_CHUNK, file.take(transfer.size));
    let mut left = transfer.size;
    while left > 0 {
        if stop.load(Ordering::Relaxed) {
            return Err("stopped".into());
        }
        let mut data = vec![0; usize::try_from(left).map_or(segment, |left| left.min(segment))];
        file.read_exact(&mut data).map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => "the file became shorter while it was sent".into(),
            _ => format!("the file cannot be read: {e}"),
        })?;
        left -= data.len() as u64;
        sent.fetch_add(data.len() as u64, Ordering::Relaxed);
        let piece = Command::Segment {
            id: transfer.id,
            data: Bytes::from(data).into(),
            last: left == 0,
        };
        if !ask(piece) {
            return Err("the connection ended".into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use model::{TransferId, UserName};

    use super::*;

    fn transfer(size: u64) -> Transfer {
        Transfer {
            id: TransferId::new(9).unwrap(),
            from: UserName::parse("ana").unwrap(),
            to: UserName::parse("bo").unwrap(),
            name: FileName::parse("a").unwrap(),
            size,
        }
    }

    fn pieces(bytes: &[u8], size: u64) -> (Result<(), String>, Vec<(usize, bool)>) {
        let seen = RefCell::new(Vec::new());
        let (sent, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        let result = send(bytes, &transfer(size), 4, &sent, &stop, |command| {
            let Command::Segment { data, last, .. } = command else {
                panic!("no segment")
            };
            seen.borrow_mut().push((data.len(), last));
            true
        });
        (result, seen.into_inner())
    }

    #[test]
    fn full_segments_until_the_end() {
        // [494-25]
        assert_eq!(
            pieces(b"12345678", 8),
            (Ok(()), vec![(4, false), (4, true)])
        );
        assert_eq!(
            pieces(b"123456789", 9),
            (Ok(()), vec![(4, false), (4, false), (1, true)])
        );
        assert_eq!(pieces(b"1", 1), (Ok(()), vec![(1, true)]));
    }

    #[test]
    fn exactly_what_was_announced_is_sent() {
        // [494-24]
        let (grown, seen) = pieces(b"123456789", 6);
        assert_eq!((grown, seen), (Ok(()), vec![(4, false), (2, true)]));
        let (shrunk, seen) = pieces(b"12345", 8);
        assert!(shrunk.unwrap_err().contains("shorter"));
        assert_eq!(seen, [(4, false)]);
    }

    #[test]
    fn what_cannot_be_sent_is_told_with_its_reason() {
        // [494-24]
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        assert!(
            Outgoing::open(&path)
                .unwrap_err()
                .to_string()
                .contains("cannot read")
        );
        std::fs::write(&path, "").unwrap();
        assert!(
            Outgoing::open(&path)
                .unwrap_err()
                .to_string()
                .contains("empty")
        );
        assert!(
            Outgoing::open(folder.path())
                .unwrap_err()
                .to_string()
                .contains("folder")
        );
        std::fs::write(&path, "x").unwrap();
        assert_eq!(Outgoing::open(&path).unwrap().size, 1);
        let odd = folder.path().join("a:b");
        std::fs::write(&odd, "x").unwrap();
        assert!(
            Outgoing::open(&odd)
                .unwrap_err()
                .to_string()
                .contains("rename")
        );
    }
}
