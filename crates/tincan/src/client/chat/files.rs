//! The transfers of a conversation: files waiting, going, coming.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use model::{Command, CommandId, Reply, Transfer, TransferId, UserName};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::client::download::{DownloadError, Incoming};
use crate::client::network::Network;
use crate::client::session::Asker;
use crate::client::upload::{News, Outgoing, Upload};
use crate::client::view::progress;

/// Offers of ours without an answer, at most: each holds a file open.
const MAX_WAITING: usize = 16;

/// All transfers.
pub(super) struct Files {
    news: mpsc::Sender<News>,
    /// Offered, not answered.
    waiting: Vec<(UserName, Outgoing)>,
    going: BTreeMap<TransferId, (Transfer, Upload, Instant)>,
    coming: BTreeMap<TransferId, (Incoming, Instant)>,
    /// Written by the middle itself: how far they are, as a line, and since when they come.
    told: BTreeMap<TransferId, (String, Instant)>,
}

impl Files {
    /// None yet; ends of uploads are told over `news`.
    pub(super) fn new(news: mpsc::Sender<News>) -> Self {
        Self {
            news,
            waiting: Vec::new(),
            going: BTreeMap::new(),
            coming: BTreeMap::new(),
            told: BTreeMap::new(),
        }
    }

    /// Whether anything moves.
    pub(super) fn is_busy(&self) -> bool {
        !self.going.is_empty() || !self.coming.is_empty() || !self.told.is_empty()
    }

    /// The middle tells how far a file is that it writes itself.
    pub(super) fn tell(&mut self, id: TransferId, line: String) {
        let since = self.told.get(&id).map_or_else(Instant::now, |told| told.1);
        self.told.insert(id, (line, since));
    }

    /// Opens the file at `path`, to be offered to `to` by the command given back.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn prepare(
        &mut self,
        to: UserName,
        path: &Path,
        network: Network,
    ) -> anyhow::Result<Command> {
        if self.waiting.len() >= MAX_WAITING {
            bail!("too many of your offers wait for an answer");
        }
        let file = Outgoing::open(path, network)?;
        let offer = Command::Offer {
            to: to.clone(),
            name: file.name.clone(),
            size: file.size,
        };
        self.waiting.push((to, file));
        Ok(offer)
    }

    /// The offer that became `transfer` was not taken, or could not be made.
    pub(super) fn withdraw(&mut self, transfer: &Transfer) {
        self.take_waiting(transfer);
    }

    fn take_waiting(&mut self, transfer: &Transfer) -> Option<Outgoing> {
        let is_it = |(to, file): &(UserName, Outgoing)| {
            *to == transfer.to && file.name == transfer.name && file.size == transfer.size
        };
        let at = self.waiting.iter().position(is_it)?;
        Some(self.waiting.swap_remove(at).1)
    }

    /// Begins to send what was taken.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn upload(
        &mut self,
        transfer: &Transfer,
        network: Network,
        asker: Asker,
    ) -> anyhow::Result<()> {
        let Some(file) = self.take_waiting(transfer) else {
            bail!("no such file was offered")
        };
        let news = self.news.clone();
        let upload = Upload::start(file.file, transfer.clone(), network, asker, news)?;
        self.going
            .insert(transfer.id, (transfer.clone(), upload, Instant::now()));
        Ok(())
    }

    /// An answer has come, to whatever.
    pub(super) fn answered(&self, id: CommandId, reply: &Reply) {
        for (_, upload, _) in self.going.values() {
            upload.answered(id, reply);
        }
    }

    /// Opens a part for `transfer`.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn open(
        &mut self,
        transfer: &Transfer,
        folder: Option<&Path>,
    ) -> Result<(), String> {
        let folder = folder.unwrap_or(Path::new("."));
        let incoming = Incoming::create(folder, transfer.clone()).map_err(|e| e.to_string())?;
        self.coming.insert(transfer.id, (incoming, Instant::now()));
        Ok(())
    }

    /// Takes bytes of a file; gives its path when it is whole.
    ///
    /// # Errors
    /// The file is not kept.
    pub(super) fn data(
        &mut self,
        id: TransferId,
        data: &[u8],
        last: bool,
    ) -> Result<Option<PathBuf>, DownloadError> {
        let Some((incoming, _)) = self.coming.get_mut(&id) else {
            return Ok(None);
        };
        let written = incoming.write(data);
        if written.is_ok() && !last {
            return Ok(None);
        }
        let taken = self.coming.remove(&id);
        written?;
        taken.map(|(incoming, _)| incoming.finish()).transpose()
    }

    /// The transfer is over: what has come of it is removed.
    pub(super) fn stop(&mut self, id: TransferId) {
        self.going.remove(&id);
        self.coming.remove(&id);
        self.told.remove(&id);
    }

    /// A line for each transfer that has moved for at least so long.
    pub(super) fn progress(&self, for_at_least: Duration) -> Vec<String> {
        let going = self
            .going
            .values()
            .map(|(transfer, upload, since)| (transfer, upload.sent(), since.elapsed()));
        let coming = self
            .coming
            .values()
            .map(|(incoming, since)| (&incoming.transfer, incoming.written(), since.elapsed()));
        let told = self.told.values();
        let told = told.filter(|(_, since)| since.elapsed() >= for_at_least);
        going
            .chain(coming)
            .filter(|(_, _, time)| *time >= for_at_least)
            .map(|(transfer, done, time)| line(transfer, done, time.as_secs_f64()))
            .chain(told.map(|(line, _)| line.clone()))
            .collect()
    }
}

/// How far a transfer is after so many seconds.
fn line(transfer: &Transfer, done: u64, seconds: f64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "for people, and both are far below where it would show"
    )]
    let speed = (done as f64 / seconds.max(0.001)) as u64;
    let left = (transfer.size - done.min(transfer.size)).checked_div(speed);
    progress(transfer, done, speed, left)
}

#[cfg(test)]
mod tests {
    use model::FileName;

    use super::*;

    #[test]
    fn progress_tells_share_speed_and_time_left() {
        let transfer = Transfer {
            id: TransferId::new(3).unwrap(),
            from: UserName::parse("ana").unwrap(),
            to: UserName::parse("bo").unwrap(),
            name: FileName::parse("a.txt").unwrap(),
            size: 4 << 20,
        };
        assert_eq!(
            line(&transfer, 1 << 20, 1.0),
            "* 3 a.txt 25 %, 1.00 MiB/s, 3 s left"
        );
        assert_eq!(line(&transfer, 0, 1.0), "* 3 a.txt 0 %, 0 B/s, waiting");
        assert_eq!(
            line(&transfer, 4 << 20, 4.0),
            "* 3 a.txt 100 %, 1.00 MiB/s, 0 s left"
        );
    }
}
