//! `tincan friends invite`: what a friend needs to add us, as text and as a picture [RS-2].

use std::io::{self, IsTerminal, Write as _};

use friends::api::{Report, Request};

use super::place::Access;
use super::{ask, odd, qr};
use crate::args::{FriendsPlaceArgs, NodeArgs};
use crate::print;

/// Characters in a line of a footer: what electronic mail does not break.
const FOOTER_WIDTH: usize = 64;

/// What is wanted.
pub(super) struct Wish {
    pub(super) is_short: bool,
    pub(super) has_qr: bool,
    pub(super) is_footer: bool,
    pub(super) addresses: Vec<String>,
}

/// Prints our text for friends.
///
/// # Errors
/// The records cannot be read, or an address is none.
pub(super) async fn run(place: &FriendsPlaceArgs, wish: Wish) -> anyhow::Result<()> {
    let access = Access::new(place, &NodeArgs::default())?;
    let name = access.name()?;
    let mut face = access.records().await?;
    let asked = Request::OwnText {
        is_short: wish.is_short,
        addresses: wish.addresses.clone(),
    };
    let has_address = !wish.addresses.is_empty();
    let Report::Text(text) = ask(&mut face, asked).await? else {
        return Err(odd());
    };
    let Report::Me(me) = ask(&mut face, Request::Me).await? else {
        return Err(odd());
    };
    drop(face);
    if wish.is_footer {
        print::output(footer(&name, &text))?;
    } else {
        print::output(&text)?;
    }
    if !has_address && me.addresses.is_empty() {
        print::note(
            "there is no address in it, so nobody can call you by it; give one with --address HOST:PORT",
        );
    }
    if wish.has_qr {
        let lines = qr::lines(&text, io::stderr().is_terminal())?;
        let mut err = io::stderr().lock();
        // Whoever closed standard error does not want to see it.
        let _ = writeln!(err, "{}", lines.join("\n"));
    }
    Ok(())
}

/// The text for the end of an electronic mail.
fn footer(name: &str, text: &str) -> String {
    // A URL has to stay whole, or it is none.
    let width = if text.contains("://") {
        usize::MAX
    } else {
        FOOTER_WIDTH
    };
    let plain: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let lines: Vec<String> = plain
        .chunks(width)
        .map(|line| line.iter().collect())
        .collect();
    format!(
        "-- \n{name} on RetroShare; add me with this text:\n{}\n",
        lines.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_footer_has_short_lines_and_all_of_the_text() {
        // [RS-2]
        let text = "abc=".repeat(50);
        let made = footer("ana", &text);
        let (head, body) = made.split_at(made.find("abc=").unwrap());
        assert_eq!(head.lines().next(), Some("-- "));
        assert!(body.lines().all(|line| line.len() <= FOOTER_WIDTH));
        assert_eq!(body.replace('\n', ""), text);
        let url = format!("https://example.org/?rsInvite={text}");
        assert!(footer("ana", &url).ends_with(&format!("\n{url}\n")));
    }
}
