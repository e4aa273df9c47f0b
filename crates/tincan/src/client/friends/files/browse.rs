//! What friends share [RS-18].

use friends::api::{Found, Listing, Report, Request};
use indicatif::BinaryBytes;
use model::Timestamp;
use node::friends::Face;

use crate::client::escape::visible;
use crate::client::friends::records::Record;
use crate::client::friends::{ask, everybody, find, odd};
use crate::client::view::View;
use crate::print;

/// Prints a folder of a friend's.
///
/// # Errors
/// Nobody is meant, or there is no such folder.
pub(super) async fn browse(
    face: &mut Face,
    raw: &str,
    path: Option<&str>,
    is_json: bool,
) -> anyhow::Result<()> {
    let all = everybody(face).await?;
    let who = find(&all, raw)?.pgp_id.clone();
    let path = path.unwrap_or_default().trim_matches('/').to_owned();
    let Report::Folder(listing) = ask(face, Request::Browse { who, path }).await? else {
        return Err(odd());
    };
    if is_json {
        for record in Record::listing(&listing) {
            print::output(record.line())?;
        }
        return Ok(());
    }
    for line in lines(&listing) {
        print::output(line)?;
    }
    if let Some(note) = note(&listing, &View::for_stdout()) {
        print::note(note);
    }
    Ok(())
}

/// Folders first, each with its `/`, then files with their sizes.
fn lines(listing: &Listing) -> Vec<String> {
    let folders = listing
        .folders
        .iter()
        .map(|name| format!("{}/", visible(name)));
    let size = |bytes| BinaryBytes(bytes).to_string();
    let files = listing
        .files
        .iter()
        .map(|file| format!("{}  {}", visible(&file.name), size(file.size)));
    folders.chain(files).collect()
}

/// What one should know about a list.
fn note(listing: &Listing, view: &View) -> Option<String> {
    let who = visible(&listing.who);
    if listing.at == 0 {
        return Some(format!(
            "{who}'s list has not come yet; it does when both nodes are up"
        ));
    }
    let at = view.date(Timestamp(listing.at));
    if !listing.is_whole {
        return Some(format!(
            "parts of {who}'s list have not come yet; the rest is of {at}"
        ));
    }
    let is_empty = listing.folders.is_empty() && listing.files.is_empty();
    is_empty.then(|| format!("{who} shares nothing here with you"))
}

/// Searches what friends share.
///
/// # Errors
/// The node ended.
pub(super) async fn search(face: &mut Face, words: &str, is_json: bool) -> anyhow::Result<()> {
    let words = words.to_owned();
    let Report::Found(found) = ask(face, Request::Search { words }).await? else {
        return Err(odd());
    };
    for one in &found {
        if is_json {
            print::output(Record::from(one).line())?;
        } else {
            print::output(found_line(one))?;
        }
    }
    if found.is_empty() && !is_json {
        print::note("nothing was found in what friends share with you");
    }
    Ok(())
}

/// `bea:music/live/a.ogg  1.2 MiB`: what `tincan files get` takes.
fn found_line(found: &Found) -> String {
    let path = match found.path.is_empty() {
        true => found.file.name.clone(),
        false => format!("{}/{}", found.path.trim_end_matches('/'), found.file.name),
    };
    let line = format!("{}:{path}  {}", found.who, BinaryBytes(found.file.size));
    visible(&line).into_owned()
}

#[cfg(test)]
mod tests {
    use friends::api::FileLink;

    use super::*;

    fn file(name: &str) -> FileLink {
        FileLink {
            name: name.into(),
            size: 2048,
            hash: "0".repeat(40),
        }
    }

    #[test]
    fn a_listing_is_folders_then_files_and_harmless() {
        // [RS-18] [RS-22]
        let mut listing = Listing {
            who: "bea".into(),
            path: String::new(),
            folders: vec!["music".into(), "e\u{1b}vil".into()],
            files: vec![file("a.txt")],
            is_whole: true,
            at: 1,
        };
        assert_eq!(
            lines(&listing),
            ["music/", "e\\u{1b}vil/", "a.txt  2.00 KiB"]
        );
        assert_eq!(note(&listing, &View::plain()), None);
        listing.is_whole = false;
        assert!(
            note(&listing, &View::plain())
                .unwrap()
                .contains("parts of bea's")
        );
        listing.at = 0;
        assert!(
            note(&listing, &View::plain())
                .unwrap()
                .contains("has not come yet")
        );
    }

    #[test]
    fn what_is_found_is_written_so_that_it_can_be_fetched() {
        // [RS-18]
        let mut found = Found {
            who: "bea".into(),
            path: "music/live".into(),
            file: file("a.ogg"),
        };
        assert_eq!(found_line(&found), "bea:music/live/a.ogg  2.00 KiB");
        found.path.clear();
        assert_eq!(found_line(&found), "bea:a.ogg  2.00 KiB");
    }
}
