//! `offer` and `fetch` among friends: links said to one, files taken from all [RS-16] [RS-20].

use std::collections::VecDeque;
use std::path::Path;
use std::pin::pin;

use anyhow::{Context, bail};
use friends::api::{Download, FileLink, Notice, Report, Request, Said, Wanted};
use indicatif::{BinaryBytes, ProgressBar};
use node::friends::{Face, Told};

use super::bar::{Bars, follow};
use super::place::Access;
use super::{ask, everybody, find, odd, partner, who};
use crate::args::{FetchArgs, OfferArgs};
use crate::client::escape::visible;
use crate::client::{Interrupted, Usage, address, interrupted};
use crate::print;

/// Offers a file to a friend: done when its link is said, or waits to be.
///
/// # Errors
/// Nobody is meant, or the file cannot be read.
pub(in crate::client) async fn offer(args: &OfferArgs) -> anyhow::Result<()> {
    if args.to.is_some() {
        let text =
            "among friends the address says for whom it is, as in friend:bea; leave --to out";
        return Err(Usage(text.into()).into());
    }
    let partner = partner(&args.connect.url)?;
    let file = existing_file(&args.file)?;
    let mut face = Access::of_address(&args.lan.place)?.records().await?;
    let all = everybody(&mut face).await?;
    let friend = find(&all, &partner)?;
    let who = friend.pgp_id.clone();
    let name = visible(&friend.name).into_owned();
    let bar = ProgressBar::new_spinner().with_message(format!("hashing {}", file.display()));
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    let answer = ask(&mut face, Request::Offer { who, file }).await;
    bar.finish_and_clear();
    let Report::Offered(link) = answer? else {
        return Err(odd());
    };
    print::note(format_args!(
        "offered {} ({}) to {name}; it can be fetched whenever a node of yours and theirs are up",
        visible(&link.name),
        BinaryBytes(link.size)
    ));
    Ok(())
}

/// A file's whole path.
///
/// # Errors
/// There is none.
pub(super) fn existing_file(path: &Path) -> anyhow::Result<std::path::PathBuf> {
    let failed = || format!("cannot read {}", path.display());
    let kind = std::fs::metadata(path).with_context(failed)?;
    if !kind.is_file() {
        bail!("{} is no file", path.display());
    }
    std::path::absolute(path).with_context(failed)
}

/// Fetches what is named, or what is offered until interrupted.
///
/// # Errors
/// The node ended, or not everything that was named has arrived.
pub(in crate::client) async fn fetch(args: &FetchArgs) -> anyhow::Result<()> {
    let partner = address::on_friends(&args.connect.url).flatten();
    let wanted = args.what.iter().map(|raw| wanted(raw, partner.as_deref()));
    let wanted = wanted.collect::<Result<Vec<_>, _>>()?;
    std::fs::create_dir_all(&args.dir)
        .with_context(|| format!("cannot make the folder {}", args.dir.display()))?;
    let folder = std::path::absolute(&args.dir)
        .with_context(|| format!("cannot use the folder {}", args.dir.display()))?;
    let access = Access::of_address(&args.lan.place)?.unlocked()?;
    let mut stop = pin!(interrupted());
    let mut face = tokio::select! {
        face = access.node() => face?,
        () = &mut stop => return Err(Interrupted.into()),
    };
    let from = match args.from.as_deref().map(who).or(partner) {
        None => None,
        Some(raw) => Some(find(&everybody(&mut face).await?, &raw)?.name.clone()),
    };
    let work = async {
        if wanted.is_empty() {
            offers(&mut face, args, from.as_deref(), &folder).await
        } else {
            get(&mut face, wanted, from, Some(&folder), args.json).await
        }
    };
    tokio::select! {
        done = work => done,
        () = &mut stop => Err(Interrupted.into()),
    }
}

/// What somebody means by `raw`: a link, `WHO:PATH`, or a path of `partner`'s.
///
/// # Errors
/// [`Usage`]: nobody's path.
pub(super) fn wanted(raw: &str, partner: Option<&str>) -> Result<Wanted, Usage> {
    let text = raw.trim();
    if text.to_ascii_lowercase().starts_with("retroshare:") {
        return Ok(Wanted::Link(text.to_owned()));
    }
    if let Some(partner) = partner {
        return Ok(Wanted::Path {
            who: partner.to_owned(),
            path: raw.trim_matches('/').to_owned(),
        });
    }
    let bare = raw.strip_prefix("friend:").unwrap_or(raw);
    match bare.split_once(':') {
        Some((who, path)) if !who.is_empty() && !path.is_empty() => Ok(Wanted::Path {
            who: who.to_owned(),
            path: path.trim_matches('/').to_owned(),
        }),
        Some(_) | None => Err(Usage(format!(
            "{} is no link (retroshare://file?…) and no WHO:PATH, as in bea:music/live",
            visible(raw)
        ))),
    }
}

/// Fetches these, and waits for them.
///
/// # Errors
/// One cannot be fetched, or has not arrived.
pub(super) async fn get(
    face: &mut Face,
    wanted: Vec<Wanted>,
    from: Option<String>,
    folder: Option<&Path>,
    is_json: bool,
) -> anyhow::Result<()> {
    let mut hashes = Vec::new();
    for what in wanted {
        hashes.extend(
            begin(face, what, from.clone(), folder)
                .await?
                .into_iter()
                .map(|d| d.file.hash),
        );
    }
    let mut bars = Bars::new(is_json);
    match follow(face, hashes, &mut bars).await? {
        0 => Ok(()),
        1 => bail!("a file has not arrived"),
        failed => bail!("{failed} files have not arrived"),
    }
}

/// Begins a download; a folder is as many as it has files.
///
/// # Errors
/// It cannot be fetched.
pub(super) async fn begin(
    face: &mut Face,
    what: Wanted,
    from: Option<String>,
    folder: Option<&Path>,
) -> anyhow::Result<Vec<Download>> {
    let request = Request::Fetch {
        what,
        from,
        folder: folder.map(Path::to_owned),
    };
    let report = ask(face, request).await?;
    if let Report::Downloads(downloads) = report {
        return Ok(downloads);
    }
    let Report::Download(download) = report else {
        return Err(odd());
    };
    Ok(vec![*download])
}

/// Takes what is offered, until enough has come.
async fn offers(
    face: &mut Face,
    args: &FetchArgs,
    from: Option<&str>,
    folder: &Path,
) -> anyhow::Result<()> {
    let unread = super::unread(face).await?;
    let mut bars = Bars::new(args.json);
    if !unread.is_empty() {
        bars.note(&format!(
            "{} new message(s) count as seen now; `tincan history friend:WHO` shows them",
            unread.len()
        ));
    }
    // What was offered while nobody looked is still an offer.
    let mut waiting: VecDeque<Notice> = unread.iter().flat_map(offers_in).collect();
    let mut left = if args.once { Some(1) } else { args.count };
    let mut ours: Vec<String> = Vec::new();
    while left != Some(0) {
        let told = match waiting.pop_front() {
            Some(offer) => Told::Notice(offer),
            None => face.next().await,
        };
        match told {
            Told::Notice(Notice::Offered { who, link }) => {
                let taken = u32::try_from(ours.len()).unwrap_or(u32::MAX);
                let is_enough = left.is_some_and(|left| taken >= left);
                match refusal(&who, &link, from, args.max_size, is_enough) {
                    Some(why) => bars.note(&format!(
                        "left {} ({}) of {}: {why}",
                        visible(&link.name),
                        BinaryBytes(link.size),
                        visible(&who)
                    )),
                    None => {
                        let text = super::records::link(&link).unwrap_or_default();
                        let wanted = Wanted::Link(text);
                        match begin(face, wanted, Some(who), Some(folder)).await {
                            Ok(begun) => ours.extend(begun.into_iter().map(|d| d.file.hash)),
                            Err(error) => bars.note(&format!("{error:#}")),
                        }
                    }
                }
            }
            Told::Notice(Notice::Download(download)) if ours.contains(&download.file.hash) => {
                if bars.take(&download)? {
                    ours.retain(|hash| *hash != download.file.hash);
                    if download.state == friends::api::DownloadState::Done {
                        left = left.map(|left| left.saturating_sub(1));
                    }
                }
            }
            Told::Notice(_) | Told::Report(..) => {}
            Told::Ended(reason) => bail!("the node ended: {}", visible(&reason)),
        }
    }
    Ok(())
}

/// The offers in something said.
fn offers_in(said: &Said) -> Vec<Notice> {
    let links = said.links().into_iter();
    let offered = |link| Notice::Offered {
        who: said.who.clone(),
        link,
    };
    links.map(offered).collect()
}

/// Why an offer is not taken.
fn refusal(
    who: &str,
    link: &FileLink,
    from: Option<&str>,
    max_size: Option<u64>,
    is_enough: bool,
) -> Option<String> {
    if from.is_some_and(|from| from != who) {
        return Some("it is from somebody else".into());
    }
    if let Some(max) = max_size.filter(|max| link.size > *max) {
        return Some(format!("it is larger than {}", BinaryBytes(max)));
    }
    is_enough.then(|| "enough files are on their way".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_paths_are_told_apart() {
        // [RS-18] [RS-20]
        let link = "retroshare://file?name=a&size=1&hash=00";
        assert_eq!(wanted(link, None).unwrap(), Wanted::Link(link.into()));
        assert_eq!(
            wanted(link, Some("bea")).unwrap(),
            Wanted::Link(link.into())
        );
        let path = |who: &str, path: &str| Wanted::Path {
            who: who.into(),
            path: path.into(),
        };
        assert_eq!(
            wanted("music/live/", Some("bea")).unwrap(),
            path("bea", "music/live")
        );
        assert_eq!(wanted("a:b", Some("bea")).unwrap(), path("bea", "a:b"));
        assert_eq!(wanted("bea:music", None).unwrap(), path("bea", "music"));
        assert_eq!(
            wanted("friend:bea:music", None).unwrap(),
            path("bea", "music")
        );
        for bad in ["music", "bea:", ":music", ""] {
            assert!(wanted(bad, None).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_what_was_asked_for_is_taken() {
        // [RS-20]
        let link = FileLink {
            name: "a".into(),
            size: 10,
            hash: "0".repeat(40),
        };
        assert_eq!(refusal("bea", &link, None, None, false), None);
        assert_eq!(refusal("bea", &link, Some("bea"), Some(10), false), None);
        let why = |from, max, enough| refusal("bea", &link, from, max, enough).unwrap();
        assert!(why(Some("cyd"), None, false).contains("somebody else"));
        assert!(why(None, Some(9), false).contains("larger"));
        assert!(why(None, None, true).contains("enough"));
    }
}
