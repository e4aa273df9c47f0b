//! What a beginning can become: commands, rooms, people, offers.

use std::collections::BTreeSet;

use super::line::{Arg, Spec, commands};
use crate::client::network::Network;

/// What is known by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// Where we are: what commands there are, and how names are written. `None`: not known yet.
    pub(super) network: Option<Network>,
    /// Rooms, without their `#`.
    pub(super) rooms: BTreeSet<String>,
    /// People.
    pub(super) users: BTreeSet<String>,
    /// Numbers of offers and transfers.
    pub(super) offers: BTreeSet<String>,
}

/// What can stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// These words, from that byte on.
    Words(usize, Vec<String>),
    /// A path.
    Path,
}

impl Names {
    /// Whether names may hold blanks, and then stand in quotes.
    fn are_quoted(&self) -> bool {
        self.network
            .is_some_and(|network| network.features().contacts)
    }

    /// People whose names begin so, as they are written.
    fn people(&self, word: &str, behind: &str) -> Vec<String> {
        let found = fitting(&self.users, word, "");
        let written = |name: String| {
            let plain = !self.are_quoted() || !name.contains([' ', '\t', '"', '\\']);
            if plain {
                format!("{name}{behind}")
            } else if name.contains('"') {
                let escaped: String = name
                    .chars()
                    .flat_map(|c| {
                        let escape = matches!(c, ' ' | '\t' | '"' | '\\').then_some('\\');
                        escape.into_iter().chain([c])
                    })
                    .collect();
                format!("{escaped}{behind}")
            } else {
                format!("\"{name}\"{behind}")
            }
        };
        found.into_iter().map(written).collect()
    }
}

/// What `line`, up to the cursor, can go on with.
pub(super) fn complete(line: &str, names: &Names) -> Found {
    let start = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = &line[start..];
    if line.starts_with('/') && !line.starts_with("//") {
        if start == 0 {
            let fitting = commands(names.network).filter(|spec| spec.name.starts_with(word));
            let mut words: Vec<_> = fitting.map(|spec| format!("{} ", spec.name)).collect();
            words.dedup();
            return Found::Words(0, words);
        }
        return argument(line, start, word, names);
    }
    let behind = if start == 0 { ": " } else { " " };
    Found::Words(start, fitting(&names.users, word, behind))
}

fn argument(line: &str, start: usize, word: &str, names: &Names) -> Found {
    let mut words = line.split_whitespace();
    let command = words.next().unwrap_or_default();
    let Some(spec) = commands(names.network).find(|spec| spec.name == command) else {
        return Found::Words(start, Vec::new());
    };
    if let Some(found) = in_quotes(line, spec, names) {
        return found;
    }
    // The word at the cursor may still be empty, and then is not among the words.
    let before = words.count().saturating_sub(usize::from(!word.is_empty()));
    match spec.args.get(before).or(spec.args.last()) {
        Some(Arg::Room) => {
            let bare = word.strip_prefix('#').unwrap_or(word);
            Found::Words(
                start + word.len() - bare.len(),
                fitting(&names.rooms, bare, ""),
            )
        }
        Some(Arg::User) => Found::Words(start, names.people(word, " ")),
        Some(Arg::Offer) => Found::Words(start, fitting(&names.offers, word, " ")),
        Some(Arg::Status) => {
            let words = ["avail ", "away ", "dnd "].into_iter();
            let fitting = words.filter(|status| status.starts_with(word));
            Found::Words(start, fitting.map(str::to_owned).collect())
        }
        Some(Arg::File) => Found::Path,
        Some(Arg::Free) => Found::Words(start, fitting(&names.users, word, " ")),
        None => Found::Words(start, Vec::new()),
    }
}

/// What a name can become of which the first quote is typed and the second is not.
fn in_quotes(line: &str, spec: &Spec, names: &Names) -> Option<Found> {
    let takes_a_person = spec.args.first() == Some(&Arg::User);
    if !names.are_quoted() || !takes_a_person {
        return None;
    }
    let rest = line[spec.name.len()..].trim_start();
    let inner = rest
        .strip_prefix('"')
        .filter(|inner| !inner.contains('"'))?;
    Some(Found::Words(
        line.len() - rest.len(),
        names.people(inner, " "),
    ))
}

/// The names that begin with `word`, in whatever case. Nothing is offered to an empty word in a
/// text, where it would be in the way.
fn fitting(names: &BTreeSet<String>, word: &str, behind: &str) -> Vec<String> {
    let word = word.to_lowercase();
    let fits = |name: &&String| name.to_lowercase().starts_with(&word);
    names
        .iter()
        .filter(fits)
        .map(|name| format!("{name}{behind}"))
        .collect()
}

/// How a command that is being typed goes on: the rest of its name, then its arguments.
pub(super) fn hint(line: &str, network: Option<Network>) -> Option<String> {
    let typed = line.strip_suffix(' ').unwrap_or(line);
    if !typed.starts_with('/') || typed.contains(char::is_whitespace) || typed.len() < 2 {
        return None;
    }
    let exact = commands(network).find(|spec| spec.name == typed);
    let mut beginning = commands(network).filter(|spec| spec.name.starts_with(typed));
    let spec = exact.or_else(|| beginning.next().filter(|_| beginning.next().is_none()))?;
    let whole = format!("{} {}", spec.name, spec.usage);
    let rest = whole.trim_end().strip_prefix(line)?;
    (!rest.is_empty()).then(|| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::wires::Wire;

    const HUB: Option<Network> = Some(Network::Hub(Wire::Cs494));

    fn names() -> Names {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Names {
            network: HUB,
            rooms: set(&["tea", "Theatre", "garden"]),
            users: set(&["ana", "Anton", "bo"]),
            offers: set(&["7", "12"]),
        }
    }

    fn words(line: &str) -> (usize, Vec<String>) {
        match complete(line, &names()) {
            Found::Words(at, words) => (at, words),
            Found::Path => panic!("{line}: a path"),
        }
    }

    #[test]
    fn commands_rooms_people_and_offers_are_completed() {
        let table: [(&str, usize, &[&str]); 14] = [
            ("/jo", 0, &["/join "]),
            ("/who", 0, &["/who ", "/whois "]),
            ("/x", 0, &[]),
            ("/join t", 6, &["Theatre", "tea"]),
            ("/join #t", 7, &["Theatre", "tea"]),
            ("/join ", 6, &["Theatre", "garden", "tea"]),
            ("/msg a", 5, &["Anton ", "ana "]),
            ("/msg bo hi an", 11, &["Anton ", "ana "]),
            ("/accept 1", 8, &["12 "]),
            ("/rooms t", 7, &[]),
            ("an", 0, &["Anton: ", "ana: "]),
            ("hello an", 6, &["Anton ", "ana "]),
            ("日本 b", 7, &["bo "]),
            ("//jo", 0, &[]),
        ];
        for (line, at, expected) in table {
            let expected = expected
                .iter()
                .map(|&word| word.to_owned())
                .collect::<Vec<_>>();
            assert_eq!(words(line), (at, expected), "{line:?}");
        }
        assert_eq!(complete("/offer bo ./", &names()), Found::Path);
        assert_eq!(complete("/accept 7 /t", &names()), Found::Path);
    }

    #[test]
    fn hints_show_how_a_command_goes_on() {
        let table = [
            ("/jo", Some("in ROOM")),
            ("/join", Some(" ROOM")),
            ("/join ", Some("ROOM")),
            ("/join t", None),
            ("/who", Some(" [ROOM]")),
            ("/wh", None),
            ("/rooms", None),
            ("/", None),
            ("hello", None),
            ("", None),
        ];
        for (line, expected) in table {
            assert_eq!(hint(line, HUB).as_deref(), expected, "{line:?}");
        }
    }

    #[test]
    fn names_with_blanks_are_written_so_that_they_are_read_again() {
        // [LAN-15] [LAN-50]
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let names = Names {
            network: Some(Network::Lan),
            users: set(&["bob smith@box", "bobby@box", "o\"neill x@box"]),
            ..Names::default()
        };
        let table: [(&str, usize, &[&str]); 6] = [
            ("/msg bob", 5, &["\"bob smith@box\" ", "bobby@box "]),
            ("/msg \"bob s", 5, &["\"bob smith@box\" "]),
            ("/to o", 4, &["o\\\"neill\\ x@box "]),
            ("/status a", 8, &["avail ", "away "]),
            ("/jo", 0, &[]),
            ("/w", 0, &["/who ", "/whois "]),
        ];
        for (line, at, expected) in table {
            let expected: Vec<_> = expected.iter().map(|&word| word.to_owned()).collect();
            assert_eq!(
                complete(line, &names),
                Found::Words(at, expected),
                "{line:?}"
            );
        }
        assert_eq!(complete("/send \"bob smith@box\" ./", &names), Found::Path);
    }
}
