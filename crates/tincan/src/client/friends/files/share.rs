//! What we share [RS-16].

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use friends::api::{Audience, Report, Request, Shared};
use indicatif::BinaryBytes;
use node::friends::Face;
use tokio::time::{Instant, sleep};

use crate::client::escape::visible;
use crate::client::friends::bar::{hashed, hashing_line};
use crate::client::friends::fetch::existing_file;
use crate::client::friends::records::Record;
use crate::client::friends::{ask, everybody, find, odd, who};
use crate::print;

/// How long a list waits for folders to be looked at.
const LISTING_LIMIT: Duration = Duration::from_secs(10);
/// How often it is looked whether they are.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Who may see a folder, by the flags; names are looked up by [`share`].
pub(super) fn audience(with: &[String], is_by_hash: bool) -> Audience {
    match (is_by_hash, with.is_empty()) {
        (true, _) => Audience::ByHash,
        (false, true) => Audience::Friends,
        (false, false) => Audience::Some(with.iter().map(|raw| who(raw)).collect()),
    }
}

/// Shares a folder.
///
/// # Errors
/// It is none, or nobody is meant.
pub(super) async fn share(
    face: &mut Face,
    folder: &Path,
    with: Audience,
    name: Option<String>,
    waits: bool,
) -> anyhow::Result<()> {
    let failed = || format!("cannot share {}", folder.display());
    // Friends see what is behind links too, and the node knows it by one name only.
    let whole = std::fs::canonicalize(folder).with_context(failed)?;
    if !whole.is_dir() {
        bail!(
            "{} is no folder; `tincan offer friend:WHO FILE` is for one file",
            folder.display()
        );
    }
    let with = match with {
        Audience::Some(names) => {
            let all = everybody(face).await?;
            let ids = names.iter().map(|raw| Ok(find(&all, raw)?.pgp_id.clone()));
            Audience::Some(ids.collect::<anyhow::Result<Vec<_>>>()?)
        }
        Audience::Friends | Audience::ByHash => with,
    };
    let request = Request::Share {
        folder: whole,
        name,
        with,
    };
    ask(face, request).await?;
    if waits {
        return hashed(face).await;
    }
    Ok(())
}

/// Shares a folder no more.
///
/// # Errors
/// It was not shared.
pub(super) async fn unshare(face: &mut Face, folder: &Path) -> anyhow::Result<()> {
    // One that is gone from the disk can be named too.
    let folder = std::fs::canonicalize(folder)
        .or_else(|_| std::path::absolute(folder))
        .with_context(|| format!("cannot name {}", folder.display()))?;
    ask(face, Request::Unshare { folder }).await.map(drop)
}

/// Prints what is shared.
///
/// # Errors
/// The node ended.
pub(super) async fn list(face: &mut Face, is_json: bool) -> anyhow::Result<()> {
    look_at_folders(face).await?;
    let Report::Shares { shares, hashing } = ask(face, Request::Shares).await? else {
        return Err(odd());
    };
    for shared in &shares {
        if is_json {
            print::output(Record::from(shared).line())?;
        } else {
            print::output(line(shared))?;
        }
    }
    if is_json {
        print::output(Record::from(&hashing).line())?;
    } else if hashing.files_left > 0 || hashing.is_listing {
        print::note(hashing_line(&hashing));
    } else if shares.is_empty() {
        print::note("nothing is shared; `tincan files share FOLDER` shares a folder");
    }
    Ok(())
}

/// Where no node runs, nobody has looked at the folders yet.
async fn look_at_folders(face: &mut Face) -> anyhow::Result<()> {
    let Report::Me(me) = ask(face, Request::Me).await? else {
        return Err(odd());
    };
    if me.is_running {
        return Ok(());
    }
    ask(face, Request::Rescan).await?;
    let until = Instant::now() + LISTING_LIMIT;
    loop {
        let Report::Shares { hashing, .. } = ask(face, Request::Shares).await? else {
            return Err(odd());
        };
        if !hashing.is_listing || Instant::now() >= until {
            return Ok(());
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// `/home/ana/Music  as Music  with all friends  120 files, 1.2 GiB`
fn line(shared: &Shared) -> String {
    let with = match &shared.with {
        Audience::Friends => "all friends".to_owned(),
        Audience::Some(names) => names.join(", "),
        Audience::ByHash => "whoever knows a link".to_owned(),
    };
    let problem = shared.problem.as_deref();
    let problem = problem.map_or(String::new(), |problem| format!("  ({problem})"));
    let line = format!(
        "{}  as {}  with {with}  {} files, {}{problem}",
        shared.folder.display(),
        shared.name,
        shared.files,
        BinaryBytes(shared.bytes)
    );
    visible(&line).into_owned()
}

/// Looks at the shared folders again.
///
/// # Errors
/// The node ended.
pub(super) async fn rescan(face: &mut Face, waits: bool) -> anyhow::Result<()> {
    ask(face, Request::Rescan).await?;
    if waits {
        return hashed(face).await;
    }
    Ok(())
}

/// Lets hashing or a download rest, or go on.
///
/// # Errors
/// There is no such download.
pub(super) async fn pause(
    face: &mut Face,
    hash: Option<String>,
    is_paused: bool,
) -> anyhow::Result<()> {
    let request = match hash {
        None => Request::PauseHashing(is_paused),
        Some(hash) => Request::PauseDownload { hash, is_paused },
    };
    ask(face, request).await.map(drop)
}

/// Prints a file's link [RS-20].
///
/// # Errors
/// It is not shared, or not hashed yet.
pub(super) async fn link(face: &mut Face, file: &Path, is_json: bool) -> anyhow::Result<()> {
    let file = existing_file(file)?;
    let file = std::fs::canonicalize(&file).unwrap_or(file);
    look_at_folders(face).await?;
    let Report::Text(link) = ask(face, Request::LinkOf { file }).await? else {
        return Err(odd());
    };
    if is_json {
        print::output(Record::Link { link: &link }.line())?;
    } else {
        print::output(visible(&link))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_says_with_whom_and_what_is_wrong() {
        // [RS-16]
        let mut shared = Shared {
            folder: "/home/ana/Music".into(),
            name: "Music".into(),
            with: audience(&[], false),
            files: 120,
            bytes: 2048,
            problem: None,
        };
        assert_eq!(
            line(&shared),
            "/home/ana/Music  as Music  with all friends  120 files, 2.00 KiB"
        );
        shared.with = audience(&["friend:bea".into(), "cyd".into()], false);
        shared.problem = Some("it is not there".into());
        assert!(
            line(&shared).contains("with bea, cyd  120"),
            "{}",
            line(&shared)
        );
        assert!(line(&shared).ends_with("(it is not there)"));
        assert_eq!(audience(&[], true), Audience::ByHash);
    }
}
