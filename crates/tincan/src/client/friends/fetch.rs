//! `offer` and `fetch` among friends: links said to one, files taken from all [RS-16] [RS-20].

use std::collections::BTreeSet;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, bail};
use friends::api::{Download, DownloadState, FileLink, OfferToUs, Report, Request, Wanted};
use indicatif::{BinaryBytes, ProgressBar};
use node::friends::Face;
use tokio::time::sleep;

use super::bar::{Bars, follow};
use super::place::{self, Access};
use super::{ask, everybody, find, odd, partner, who};
use crate::args::{FetchArgs, OfferArgs};
use crate::client::escape::visible;
use crate::client::{Interrupted, Usage, address, interrupted};
use crate::print;

/// How often it is looked whether something is offered, or has arrived.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

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
    bar.enable_steady_tick(Duration::from_millis(100));
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
            print::while_read(offers(&mut face, args, from.as_deref(), &folder)).await
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

/// Takes what is offered, until enough has come. It asks instead of watching: who watches is told what was
/// said, which then counts as seen, and here nothing of it is shown.
async fn offers(
    face: &mut Face,
    args: &FetchArgs,
    from: Option<&str>,
    folder: &Path,
) -> anyhow::Result<()> {
    let mut bars = Bars::new(args.json);
    let mut left = if args.once { Some(1) } else { args.count };
    let mut decided: BTreeSet<u64> = BTreeSet::new();
    let mut ours: Vec<String> = Vec::new();
    while left != Some(0) {
        let offered = offered(face).await?;
        let known: BTreeSet<u64> = offered.iter().map(|offer| offer.id).collect();
        decided.retain(|id| known.contains(id));
        for OfferToUs { id, who, link, .. } in offered {
            let taken = u32::try_from(ours.len()).unwrap_or(u32::MAX);
            if left.is_some_and(|left| taken >= left) {
                // It is looked at again if one of those does not arrive.
                break;
            }
            if !decided.insert(id) {
                continue;
            }
            if let Some(why) = refusal(&who, &link, from, args.max_size) {
                bars.note(&format!(
                    "left {} ({}) of {}: {why}",
                    visible(&link.name),
                    BinaryBytes(link.size),
                    visible(&who)
                ));
                continue;
            }
            let wanted = Wanted::Link(super::records::link(&link).unwrap_or_default());
            match begin(face, wanted, Some(who), Some(folder)).await {
                Ok(begun) => ours.extend(begun.into_iter().map(|d| d.file.hash)),
                Err(error) => bars.note(&format!("{error:#}")),
            }
        }
        let arrived = look_at(face, &mut ours, &mut bars).await?;
        left = left.map(|left| left.saturating_sub(arrived));
        if left != Some(0) {
            place::tell_warnings(face).await;
            sleep(LOOK_AGAIN).await;
        }
    }
    Ok(())
}

/// What friends offer, and nobody has fetched yet.
pub(super) async fn offered(face: &mut Face) -> anyhow::Result<Vec<OfferToUs>> {
    let Report::Offers { theirs, .. } = ask(face, Request::Offers).await? else {
        return Err(odd());
    };
    Ok(theirs)
}

/// How many of these downloads have arrived since the last look; none of those that are over is left.
async fn look_at(
    face: &mut Face,
    hashes: &mut Vec<String>,
    bars: &mut Bars,
) -> anyhow::Result<u32> {
    if hashes.is_empty() {
        return Ok(0);
    }
    let Report::Downloads(all) = ask(face, Request::Downloads).await? else {
        return Err(odd());
    };
    let mut arrived = 0;
    let ours = |download: &&Download| hashes.contains(&download.file.hash);
    let mut left = Vec::new();
    for download in all.iter().filter(ours) {
        if !bars.take(download)? {
            left.push(download.file.hash.clone());
        } else if download.state == DownloadState::Done {
            arrived += 1;
        }
    }
    *hashes = left;
    Ok(arrived)
}

/// Why an offer is not taken.
fn refusal(
    who: &str,
    link: &FileLink,
    from: Option<&str>,
    max_size: Option<u64>,
) -> Option<String> {
    if from.is_some_and(|from| from != who) {
        return Some("it is from somebody else".into());
    }
    let max = max_size.filter(|max| link.size > *max)?;
    Some(format!("it is larger than {}", BinaryBytes(max)))
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
        assert_eq!(refusal("bea", &link, None, None), None);
        assert_eq!(refusal("bea", &link, Some("bea"), Some(10)), None);
        let why = |from, max| refusal("bea", &link, from, max).unwrap();
        assert!(why(Some("cyd"), None).contains("somebody else"));
        assert!(why(None, Some(9)).contains("larger"));
    }
}
