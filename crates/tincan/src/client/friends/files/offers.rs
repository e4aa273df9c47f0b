//! Single files on offer: ours, which can be taken back, and those of friends [RS-16] [RS-20].

use std::path::PathBuf;

use anyhow::bail;
use friends::api::{OfferToUs, OwnOffer, Report, Request};
use indicatif::BinaryBytes;
use node::friends::Face;

use crate::client::escape::visible;
use crate::client::friends::records::Record;
use crate::client::friends::{ask, everybody, find, odd, who};
use crate::print;

/// Prints what is offered, by us and to us.
///
/// # Errors
/// The node ended.
pub(super) async fn list(face: &mut Face, is_json: bool) -> anyhow::Result<()> {
    let Report::Offers { ours, theirs } = ask(face, Request::Offers).await? else {
        return Err(odd());
    };
    for offer in &ours {
        match is_json {
            true => print::output(Record::from(offer).line())?,
            false => print::output(line(offer))?,
        }
    }
    for offer in &theirs {
        match is_json {
            true => print::output(Record::from(offer).line())?,
            false => print::output(their_line(offer))?,
        }
    }
    if ours.is_empty() && theirs.is_empty() && !is_json {
        print::note("nothing is offered; `tincan offer friend:WHO FILE` offers a file");
    }
    Ok(())
}

/// `a9993e36…  /home/ana/holiday.jpg (1.2 MiB)  to bea, cyd`
fn line(offer: &OwnOffer) -> String {
    let line = format!(
        "{}  {} ({})  to {}",
        offer.link.hash,
        offer.path.display(),
        BinaryBytes(offer.link.size),
        offer.to.join(", ")
    );
    visible(&line).into_owned()
}

/// `a9993e36…  holiday.jpg (1.2 MiB)  from bea`
fn their_line(offer: &OfferToUs) -> String {
    let line = format!(
        "{}  {} ({})  from {}",
        offer.link.hash,
        offer.link.name,
        BinaryBytes(offer.link.size),
        offer.who
    );
    visible(&line).into_owned()
}

/// Takes an offer back, from one or from all.
///
/// # Errors
/// There is none, or it is not clear which is meant.
pub(super) async fn unoffer(
    face: &mut Face,
    what: &str,
    raw: Option<&str>,
    is_json: bool,
) -> anyhow::Result<()> {
    let friend = match raw {
        None => None,
        Some(raw) => {
            let all = everybody(face).await?;
            let friend = find(&all, &who(raw))?;
            Some((friend.name.clone(), friend.pgp_id.clone()))
        }
    };
    let Report::Offers { ours, .. } = ask(face, Request::Offers).await? else {
        return Err(odd());
    };
    let name = friend.as_ref().map(|(name, _)| name.as_str());
    for offer in meant(&ours, what, name)? {
        let request = Request::Unoffer {
            file: offer.path.clone(),
            who: friend.as_ref().map(|(_, id)| id.clone()),
        };
        let Report::Unoffered { from, still } = ask(face, request).await? else {
            return Err(odd());
        };
        let file = visible(&offer.link.name).into_owned();
        if is_json {
            print::output(Record::unoffered(offer, &from, &still).line())?;
        } else {
            let from = from.join(", ");
            print::note(format_args!(
                "{file} is offered no more to {}",
                visible(&from)
            ));
        }
        if !still.is_empty() {
            let still = still.join(", ");
            print::note(format_args!(
                "{file} is in a shared folder too, so {} can still fetch it",
                visible(&still)
            ));
        }
    }
    Ok(())
}

/// The offers that somebody means: one file, which may be offered from several places.
///
/// # Errors
/// There is none, or there are several of that name.
fn meant<'a>(
    ours: &'a [OwnOffer],
    what: &str,
    to: Option<&str>,
) -> anyhow::Result<Vec<&'a OwnOffer>> {
    let what = what.trim();
    let hash = match wire_retroshare::FileLink::parse(what) {
        Ok(link) => link.hash.to_string(),
        Err(_) => what.to_lowercase(),
    };
    let path = std::path::absolute(what).unwrap_or_else(|_| PathBuf::from(what));
    let found = |is_meant: &dyn Fn(&OwnOffer) -> bool| {
        let found = ours.iter().filter(|offer| is_meant(offer));
        found.collect::<Vec<_>>()
    };
    let ways: [&dyn Fn(&OwnOffer) -> bool; 3] = [
        &|offer| offer.link.hash == hash,
        &|offer| offer.path == path,
        &|offer| offer.link.name == what,
    ];
    let all = ways.into_iter().map(found).find(|found| !found.is_empty());
    let shown = visible(what);
    let Some(mut all) = all else {
        bail!("{shown} is not offered; `tincan files offers` shows what is");
    };
    if let Some(to) = to {
        all.retain(|offer| offer.to.iter().any(|name| name == to));
    }
    match &all[..] {
        [] => bail!(
            "{shown} is not offered to {}; `tincan files offers` shows what is",
            visible(to.unwrap_or_default())
        ),
        [first, others @ ..] if others.iter().any(|o| o.link.hash != first.link.hash) => bail!(
            "{} files on offer are called {shown}; name one by its hash, which `tincan files offers` \
             shows",
            all.len()
        ),
        _ => Ok(all),
    }
}

#[cfg(test)]
mod tests {
    use friends::api::FileLink;

    use super::*;

    fn offer(path: &str, digit: &str, to: &[&str]) -> OwnOffer {
        OwnOffer {
            path: path.into(),
            link: FileLink {
                name: path.rsplit('/').next().unwrap().into(),
                size: 2048,
                hash: digit.repeat(40),
            },
            to: to.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    // [RS-16]
    #[test]
    fn what_is_taken_back_is_named_by_link_hash_path_or_name() {
        let ours = [
            offer("/a/x.jpg", "a", &["bea", "cyd"]),
            offer("/b/x.jpg", "b", &["bea"]),
            offer("/c/copy.jpg", "a", &["cyd"]),
            offer("/c/y z.jpg", "c", &["cyd"]),
        ];
        let paths = |what: &str, to| {
            let found = meant(&ours, what, to).map_err(|error| error.to_string())?;
            Ok::<_, String>(
                found
                    .iter()
                    .map(|o| o.path.to_str().unwrap())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(paths("/b/x.jpg", None).unwrap(), ["/b/x.jpg"]);
        assert_eq!(paths("y z.jpg", None).unwrap(), ["/c/y z.jpg"]);
        let same = paths(&"A".repeat(40), None).unwrap();
        assert_eq!(same, ["/a/x.jpg", "/c/copy.jpg"]);
        let link = crate::client::friends::records::link(&ours[3].link).unwrap();
        assert_eq!(paths(&link, Some("cyd")).unwrap(), ["/c/y z.jpg"]);
        let why = paths("x.jpg", None).unwrap_err();
        assert!(why.contains("2 files") && why.contains("hash"), "{why}");
        // Only one of them is offered to her.
        assert_eq!(paths("x.jpg", Some("cyd")).unwrap(), ["/a/x.jpg"]);
        assert!(
            paths("y z.jpg", Some("bea"))
                .unwrap_err()
                .contains("not offered to bea")
        );
        assert!(paths("z", None).unwrap_err().contains("not offered;"));
    }

    // [RS-16] [RS-22]
    #[test]
    fn offers_are_lines_and_harmless() {
        let own = offer("/a/x\u{1b}.jpg", "a", &["bea", "cyd"]);
        let shown = line(&own);
        assert_eq!(
            shown,
            format!(
                "{}  /a/x\\u{{1b}}.jpg (2.00 KiB)  to bea, cyd",
                "a".repeat(40)
            )
        );
        let theirs = OfferToUs {
            id: 1,
            who: "b\u{1b}ea".into(),
            link: own.link,
            at: 0,
        };
        assert!(their_line(&theirs).ends_with("(2.00 KiB)  from b\\u{1b}ea"));
    }
}
