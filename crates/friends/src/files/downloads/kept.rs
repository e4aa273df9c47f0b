//! Records of downloads.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wire_retroshare::FileLink;

use super::{Chunks, Download, Stage, part_of};
use crate::files::turn::Turn;
use crate::kept::{Area, Change, Record};

impl Download {
    /// Keeps the download as it is.
    pub(super) fn keep(&mut self, turn: &mut Turn) {
        let state = match &self.stage {
            Stage::Waiting
            | Stage::Opening
            | Stage::Loading
            | Stage::Checking(_)
            | Stage::Finishing
            | Stage::Full(_) => State::UnderWay,
            Stage::Paused => State::Paused,
            Stage::Done(path) => State::Done(path.clone()),
            Stage::Failed => State::Failed,
        };
        let kept = Kept {
            number: self.number,
            name: self.name.clone(),
            size: self.size,
            folder: self.folder.clone(),
            from: self.from.iter().map(ToString::to_string).collect(),
            state,
            why: self.why.clone(),
            chunks: to_text(self.chunks.map().words()),
        };
        self.progress.is_unkept = false;
        self.progress.kept_at = Some(turn.now.instant);
        turn.fx.keep(Change {
            area: Area::Downloads,
            key: self.hash.to_string(),
            value: serde_json::to_vec(&kept).ok(),
        });
    }
}

/// From a record; nothing if it is damaged.
pub(super) fn read(record: &Record, partial: &Path) -> Option<Download> {
    let kept: Kept = serde_json::from_slice(&record.value).ok()?;
    let link = FileLink {
        name: kept.name.clone(),
        size: kept.size,
        hash: record.key.parse().ok()?,
    };
    let (stage, chunks) = match kept.state {
        State::UnderWay => (Stage::Waiting, None),
        State::Paused => (Stage::Paused, None),
        State::Failed => (Stage::Failed, None),
        State::Done(path) => (Stage::Done(path), Some(Chunks::new(0))),
    };
    let chunks = match chunks {
        Some(none) => none,
        None => Chunks::with(kept.size, &from_text(&kept.chunks)?),
    };
    let part = part_of(partial, link.hash);
    let mut download = Download::new(kept.number, &link, kept.name, kept.folder, part, chunks);
    download.stage = stage;
    download.why = kept.why;
    download.from = kept.from.iter().filter_map(|id| id.parse().ok()).collect();
    Some(download)
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    number: u64,
    name: String,
    size: u64,
    folder: PathBuf,
    #[serde(default)]
    from: Vec<String>,
    state: State,
    #[serde(default)]
    why: Option<String>,
    /// The words of the map, eight hex digits each.
    #[serde(default)]
    chunks: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    UnderWay,
    Paused,
    Failed,
    Done(PathBuf),
}

fn to_text(words: &[u32]) -> String {
    words.iter().map(|word| format!("{word:08x}")).collect()
}

fn from_text(text: &str) -> Option<Vec<u32>> {
    let words = text.as_bytes().chunks(8);
    words
        .map(|word| u32::from_str_radix(core::str::from_utf8(word).ok()?, 16).ok())
        .collect()
}
