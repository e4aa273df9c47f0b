//! How far downloads and hashing are, as bars on standard error where that is a terminal.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::time::Duration;

use friends::api::{Download, DownloadState, Hashing, Report, Request};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use node::friends::Face;
use tokio::time::{Instant, sleep};

use super::records::Record;
use super::{ask, odd};
use crate::client::escape::visible;
use crate::print;

/// How often the node is asked how far it is.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How long a download waits for the same reason before that is told.
const FOR_A_WHILE: Duration = Duration::from_secs(2);

/// Follows downloads to their ends.
pub(super) struct Bars {
    all: MultiProgress,
    shown: BTreeMap<String, ProgressBar>,
    /// Why downloads wait: where no bars are seen.
    told: BTreeMap<String, Why>,
    has_bars: bool,
    is_json: bool,
}

/// Why a download waits.
struct Why {
    why: String,
    since: Instant,
    is_told: bool,
}

impl Bars {
    /// None yet.
    pub(super) fn new(is_json: bool) -> Self {
        Self {
            all: MultiProgress::new(),
            shown: BTreeMap::new(),
            told: BTreeMap::new(),
            has_bars: io::stderr().is_terminal(),
            is_json,
        }
    }

    /// Moves a download's bar; `true` when it has ended, which is told: the path of a file that has
    /// arrived on standard output, the reason of one that has not on standard error.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(super) fn take(&mut self, download: &Download) -> anyhow::Result<bool> {
        let hash = &download.file.hash;
        if !is_over(download.state) {
            let bar = self
                .shown
                .entry(hash.clone())
                .or_insert_with(|| self.all.add(bar(download.file.size)));
            bar.set_position(download.done);
            bar.set_message(message(download));
            self.tell_why(download);
            return Ok(false);
        }
        self.told.remove(hash);
        if let Some(bar) = self.shown.remove(hash) {
            bar.finish_and_clear();
        }
        self.tell(download)?;
        Ok(true)
    }

    /// Says something without breaking the bars.
    pub(super) fn note(&self, text: &str) {
        self.all.suspend(|| print::note(text));
    }

    /// Where no bar says why a download does not move, a note does, once it is so for a while.
    fn tell_why(&mut self, download: &Download) {
        let hash = &download.file.hash;
        let Some(why) = download.why.as_deref().filter(|_| !self.has_bars) else {
            self.told.remove(hash);
            return;
        };
        let told = match self.told.get_mut(hash) {
            Some(told) if told.why == why => told,
            Some(_) | None => {
                let told = Why {
                    why: why.to_owned(),
                    since: Instant::now(),
                    is_told: false,
                };
                self.told.entry(hash.clone()).insert_entry(told).into_mut()
            }
        };
        if !told.is_told && told.since.elapsed() >= FOR_A_WHILE {
            told.is_told = true;
            let name = visible(&download.file.name);
            self.note(&format!("{name} waits: {}", visible(why)));
        }
    }

    fn tell(&self, download: &Download) -> anyhow::Result<()> {
        let line = match (self.is_json, download.state) {
            (true, _) => Some(Record::from(download).line()),
            (false, DownloadState::Done) => Some(download.path.display().to_string()),
            (false, _) => None,
        };
        if let Some(line) = line {
            self.all.suspend(|| print::output(line))?;
        }
        if download.state != DownloadState::Done {
            let name = visible(&download.file.name);
            let why = download.why.as_deref().unwrap_or("it was cancelled");
            self.note(&format!("{name} has not arrived: {}", visible(why)));
        }
        Ok(())
    }
}

/// Whether nothing follows.
pub(super) fn is_over(state: DownloadState) -> bool {
    match state {
        DownloadState::Done | DownloadState::Failed | DownloadState::Cancelled => true,
        DownloadState::Waiting
        | DownloadState::Loading
        | DownloadState::Verifying
        | DownloadState::Paused => false,
    }
}

/// `music.ogg  1.0 MiB/s, 12 s left`, or why it does not move.
fn message(download: &Download) -> String {
    let name = visible(&download.file.name).into_owned();
    let how = match download.state {
        DownloadState::Waiting => {
            let why = download
                .why
                .as_deref()
                .unwrap_or("waiting for somebody who has it");
            visible(why).into_owned()
        }
        DownloadState::Paused => "resting".to_owned(),
        DownloadState::Verifying => "comparing its hash".to_owned(),
        DownloadState::Loading
        | DownloadState::Done
        | DownloadState::Failed
        | DownloadState::Cancelled => {
            let left = download.left_s;
            let left = left.map_or(String::new(), |seconds| format!(", {seconds} s left"));
            format!("{}/s{left}", indicatif::BinaryBytes(download.speed))
        }
    };
    format!("{name}  {how}")
}

/// A bar of so many bytes.
fn bar(size: u64) -> ProgressBar {
    let bar = ProgressBar::new(size);
    if let Ok(style) =
        ProgressStyle::with_template("{msg} {wide_bar} {binary_bytes}/{binary_total_bytes}")
    {
        bar.set_style(style);
    }
    bar
}

/// Waits for these downloads' ends; how many have not arrived.
///
/// # Errors
/// The node ended, or standard output did.
pub(super) async fn follow(
    face: &mut Face,
    mut hashes: Vec<String>,
    bars: &mut Bars,
) -> anyhow::Result<usize> {
    let mut failed = 0;
    while !hashes.is_empty() {
        let Report::Downloads(all) = ask(face, Request::Downloads).await? else {
            return Err(odd());
        };
        for download in &all {
            if hashes.contains(&download.file.hash) && bars.take(download)? {
                hashes.retain(|hash| *hash != download.file.hash);
                failed += usize::from(download.state != DownloadState::Done);
            }
        }
        // One that somebody else has cleared away tells nothing more.
        let known = |hash: &String| all.iter().any(|download| download.file.hash == *hash);
        let gone = hashes.iter().filter(|hash| !known(hash)).count();
        failed += gone;
        hashes.retain(known);
        if !hashes.is_empty() {
            sleep(LOOK_AGAIN).await;
        }
    }
    Ok(failed)
}

/// Waits until everything shared is hashed.
///
/// # Errors
/// The node ended.
pub(super) async fn hashed(face: &mut Face) -> anyhow::Result<()> {
    let shown = bar(0);
    loop {
        let Report::Shares { hashing, .. } = ask(face, Request::Shares).await? else {
            return Err(odd());
        };
        if hashing.files_left == 0 && !hashing.is_listing {
            shown.finish_and_clear();
            return Ok(());
        }
        if hashing.is_paused {
            shown.finish_and_clear();
            anyhow::bail!("hashing rests; `tincan files resume` goes on");
        }
        shown.set_length(hashing.bytes_done + hashing.bytes_left);
        shown.set_position(hashing.bytes_done);
        shown.set_message(hashing_line(&hashing));
        sleep(LOOK_AGAIN).await;
    }
}

/// `3 files to hash (12.0 MiB)`.
pub(super) fn hashing_line(hashing: &Hashing) -> String {
    if hashing.files_left == 0 && hashing.is_listing {
        return "listing files".to_owned();
    }
    let plural = if hashing.files_left == 1 { "" } else { "s" };
    let left = indicatif::BinaryBytes(hashing.bytes_left);
    let rests = if hashing.is_paused { ", resting" } else { "" };
    format!(
        "{} file{plural} to hash ({left}){rests}",
        hashing.files_left
    )
}

#[cfg(test)]
mod tests {
    use friends::api::FileLink;

    use super::*;

    #[test]
    fn a_download_says_speed_and_time_left_or_why_it_waits() {
        // [RS-17]
        let mut download = Download {
            file: FileLink {
                name: "a\u{1b}.ogg".into(),
                size: 100,
                hash: "0".repeat(40),
            },
            state: DownloadState::Loading,
            done: 50,
            speed: 1 << 20,
            left_s: Some(12),
            sources: vec![],
            path: "a.ogg".into(),
            why: None,
        };
        assert_eq!(message(&download), "a\\u{1b}.ogg  1.00 MiB/s, 12 s left");
        download.state = DownloadState::Waiting;
        assert!(message(&download).ends_with("waiting for somebody who has it"));
        download.why = Some("bea is offline".into());
        assert!(message(&download).ends_with("bea is offline"));
        assert!(is_over(DownloadState::Failed) && !is_over(DownloadState::Paused));
    }

    #[test]
    fn hashing_is_told_in_files_and_bytes() {
        // [RS-16]
        let mut hashing = Hashing {
            files_left: 1,
            bytes_left: 2048,
            ..Hashing::default()
        };
        assert_eq!(hashing_line(&hashing), "1 file to hash (2.00 KiB)");
        hashing.is_listing = true;
        hashing.files_left = 0;
        assert_eq!(hashing_line(&hashing), "listing files");
        hashing.files_left = 2;
        hashing.is_paused = true;
        assert_eq!(
            hashing_line(&hashing),
            "2 files to hash (2.00 KiB), resting"
        );
    }
}
