//! What we fetch.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use friends::api::{Download, DownloadState, Report, Request};
use indicatif::BinaryBytes;
use node::friends::Face;
use tokio::time::sleep;
use unicode_width::UnicodeWidthStr;

use crate::client::canvas::Canvas;
use crate::client::escape::visible;
use crate::client::friends::fetch::{begin, get as get_all, wanted};
use crate::client::friends::place::Access;
use crate::client::friends::records::Record;
use crate::client::friends::{ask, everybody, find, odd};
use crate::client::lan::cut;
use crate::print;

/// How often the list is looked at, by those who watch it.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What is to be fetched, and how.
pub(super) struct Wish<'a> {
    pub(super) what: &'a [String],
    pub(super) from: Option<String>,
    pub(super) dir: Option<&'a Path>,
    pub(super) waits: bool,
}

/// Fetches files.
///
/// # Errors
/// One cannot be fetched, or has not arrived.
pub(super) async fn get(access: Access, wish: Wish<'_>, is_json: bool) -> anyhow::Result<()> {
    let what = wish.what.iter().map(|raw| wanted(raw, None));
    let what = what.collect::<Result<Vec<_>, _>>()?;
    let folder = match wish.dir {
        None => None,
        Some(dir) => {
            let failed = || format!("cannot make the folder {}", dir.display());
            std::fs::create_dir_all(dir).with_context(failed)?;
            Some(std::path::absolute(dir).with_context(failed)?)
        }
    };
    let mut face = match wish.waits {
        true => access.node().await?,
        false => access.records().await?,
    };
    let face = &mut face;
    let from = match &wish.from {
        None => None,
        Some(raw) => Some(find(&everybody(face).await?, raw)?.pgp_id.clone()),
    };
    if wish.waits {
        return get_all(face, what, from, folder.as_deref(), is_json).await;
    }
    for what in what {
        for download in begin(face, what, from.clone(), folder.as_deref()).await? {
            show(&download, is_json)?;
        }
    }
    Ok(())
}

/// Prints all downloads.
///
/// # Errors
/// The node ended.
pub(super) async fn list(face: &mut Face, is_json: bool) -> anyhow::Result<()> {
    let all = all(face).await?;
    for download in &all {
        show(download, is_json)?;
    }
    if all.is_empty() && !is_json {
        print::note("there are no downloads");
    }
    Ok(())
}

/// Follows them until interrupted.
///
/// # Errors
/// The node ended, or standard output did.
pub(super) async fn watch(face: &mut Face, is_json: bool) -> anyhow::Result<()> {
    let mut canvas = Canvas::default();
    let is_drawn = !is_json && io::stdout().is_terminal();
    let mut before: Vec<Download> = Vec::new();
    loop {
        let now = all(face).await?;
        if !is_drawn {
            for download in now.iter().filter(|download| !before.contains(download)) {
                show(download, is_json)?;
            }
        } else {
            canvas.draw(|(columns, rows)| {
                let lines = now.iter().take(rows.saturating_sub(1).max(1));
                let mut lines: Vec<String> = lines
                    .map(|download| watched_line(download, columns))
                    .collect();
                if lines.is_empty() {
                    lines.push(cut("there are no downloads", columns));
                }
                lines
            })?;
        }
        before = now;
        sleep(LOOK_AGAIN).await;
    }
}

async fn all(face: &mut Face) -> anyhow::Result<Vec<Download>> {
    let Report::Downloads(all) = ask(face, Request::Downloads).await? else {
        return Err(odd());
    };
    Ok(all)
}

fn show(download: &Download, is_json: bool) -> anyhow::Result<()> {
    if is_json {
        print::output(Record::from(download).line())?;
    } else {
        print::output(line(download))?;
    }
    Ok(())
}

/// `a9993e36…  45 %  a.ogg (1.2 MiB)  1.0 MiB/s, 12 s left`
fn line(download: &Download) -> String {
    format!("{}  {}", download.file.hash, told(download))
}

/// The same in so many columns: the hash, which is not what one watches, only where it fits.
fn watched_line(download: &Download, columns: usize) -> String {
    let told = told(download);
    let whole = format!("{told}  {}", download.file.hash);
    match whole.width() <= columns {
        true => whole,
        false => cut(&told, columns),
    }
}

/// ` 45 %  a.ogg (1.2 MiB)  1.0 MiB/s, 12 s left`
fn told(download: &Download) -> String {
    let share = match (download.state, download.file.size) {
        (DownloadState::Done, _) => 100,
        (_, size) => u128::from(download.done) * 100 / u128::from(size.max(1)),
    };
    let why = download.why.as_deref();
    let why = why.map_or(String::new(), |why| format!(": {why}"));
    let how = match download.state {
        DownloadState::Waiting => format!("waits{why}"),
        DownloadState::Loading => {
            let left = download.left_s;
            let left = left.map_or(String::new(), |seconds| format!(", {seconds} s left"));
            format!("{}/s{left}", BinaryBytes(download.speed))
        }
        DownloadState::Verifying => "is being compared".to_owned(),
        DownloadState::Paused => "rests".to_owned(),
        DownloadState::Done => download.path.display().to_string(),
        DownloadState::Failed => format!("failed{why}"),
        DownloadState::Cancelled => "cancelled".to_owned(),
    };
    let line = format!(
        "{share:>3} %  {} ({})  {how}",
        download.file.name,
        BinaryBytes(download.file.size)
    );
    visible(&line).into_owned()
}

/// Gives a download up.
///
/// # Errors
/// There is none of that hash.
pub(super) async fn cancel(face: &mut Face, hash: &str) -> anyhow::Result<()> {
    let hash = hash.to_owned();
    ask(face, Request::CancelDownload { hash }).await.map(drop)
}

#[cfg(test)]
mod tests {
    use friends::api::FileLink;

    use super::*;

    #[test]
    fn a_download_is_a_line_with_its_share_and_why_it_does_not_move() {
        // [RS-17]
        let mut download = Download {
            file: FileLink {
                name: "a\u{1b}.ogg".into(),
                size: 200,
                hash: "ab".into(),
            },
            state: DownloadState::Loading,
            done: 90,
            speed: 1 << 20,
            left_s: Some(12),
            sources: vec![],
            path: "/in/a.ogg".into(),
            why: None,
        };
        assert_eq!(
            line(&download),
            "ab   45 %  a\\u{1b}.ogg (200 B)  1.00 MiB/s, 12 s left"
        );
        download.state = DownloadState::Waiting;
        download.why = Some("bea is offline".into());
        assert!(line(&download).ends_with("waits: bea is offline"));
        let narrow = watched_line(&download, 40);
        assert!(
            narrow.starts_with(" 45 %  a\\u{1b}.ogg (200 B)  waits"),
            "{narrow}"
        );
        assert!(watched_line(&download, 200).ends_with("  ab"));
        download.state = DownloadState::Done;
        assert_eq!(
            line(&download),
            "ab  100 %  a\\u{1b}.ogg (200 B)  /in/a.ogg"
        );
    }
}
