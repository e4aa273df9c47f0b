//! Who is there, as lines of a table: pure, so that it can be tested without a terminal.

use model::Contact;
use unicode_width::UnicodeWidthStr;

use crate::client::escape::visible;
use crate::client::view::View;

/// Columns of a name, at most, so that what stands behind it is seen too. On a narrow terminal it is
/// [half](SHARE) of what there is.
const MAX_NAME: usize = 32;
/// Columns of what somebody is called beside their name, at most, or a quarter.
const MAX_SHOWN: usize = 24;
/// Which part of the columns a name may take: one that is long on purpose hides no other's status.
const SHARE: usize = 2;
/// Columns below which there is a name and nothing else.
const NARROW: usize = 24;
/// Columns of a status: `available`.
const STATUS: usize = 9;
/// Between columns.
const GAP: &str = "  ";

/// One line a person, below a heading; with a size in columns and rows, none is longer, and there
/// are fewer than rows. Without one, everything is shown.
pub(super) fn lines<'a>(
    contacts: impl Iterator<Item = &'a Contact>,
    view: &View,
    size: Option<(usize, usize)>,
) -> Vec<String> {
    let rows: Vec<Row> = contacts.map(Row::new).collect();
    let width = size.map_or(usize::MAX, |(columns, _)| columns);
    let widest = |of: fn(&Row) -> &str| rows.iter().map(|row| of(row).width()).max().unwrap_or(0);
    let name = widest(|row| &row.name).clamp(4, MAX_NAME.min(width / SHARE).max(4));
    let shown = widest(|row| &row.shown).clamp(4, MAX_SHOWN.min(width / SHARE / 2).max(4));
    // Without a terminal nothing is cut; what is longer than its column pushes the rest.
    let fit = |text: &str, columns: usize| match size {
        Some(_) => pad(text, columns),
        None => filled(text.to_owned(), columns),
    };
    let paint = |name_cell: &str, status: &str, rest: &str| {
        format!("{name_cell}{GAP}{status}{GAP}{rest}")
            .trim_end()
            .to_owned()
    };
    // The last line stays free for the cursor, the first is the heading, one may count the rest.
    let room = size.map_or(usize::MAX, |(_, rows)| rows.saturating_sub(3).max(1));
    let mut lines = Vec::new();
    let rest_width = width.saturating_sub(name + STATUS + 2 * GAP.len());
    let is_narrow = width < NARROW;
    let heading = if is_narrow {
        "NAME".to_owned()
    } else {
        paint(
            &pad("NAME", name),
            &pad("STATUS", STATUS),
            &cut(&format!("{}{GAP}MESSAGE", pad("ALSO", shown)), rest_width),
        )
    };
    lines.push(view.dim(&cut(&heading, width)));
    for row in rows.iter().take(room) {
        let rest = format!("{}{GAP}{}", fit(&row.shown, shown), row.message);
        let (name_cell, rest) = (fit(&row.name, name), cut(rest.trim_end(), rest_width));
        let status = row.status.as_str();
        let gap = " ".repeat(STATUS.saturating_sub(status.len()));
        let line = if is_narrow {
            // Too narrow for columns: the name is what counts.
            view.name(&cut(&row.name, width))
        } else {
            let name_cell = painted(&name_cell, |text| view.name(text));
            let status = format!("{}{gap}", view.availability(row.status));
            paint(&name_cell, &status, &rest)
        };
        lines.push(line);
    }
    let left = rows.len().saturating_sub(room);
    if left > 0 {
        lines.push(view.dim(&cut(&format!("… and {left} more"), width)));
    }
    lines
}

/// What is known of a person, made harmless.
struct Row {
    name: String,
    shown: String,
    status: model::Availability,
    message: String,
}

impl Row {
    fn new(contact: &Contact) -> Self {
        let text = |text: &Option<std::sync::Arc<str>>| {
            let text = text.as_deref().unwrap_or_default();
            // A tab would break the columns.
            visible(text).replace('\t', " ")
        };
        Self {
            name: visible(contact.name.as_str()).replace('\t', " "),
            shown: text(&contact.shown),
            status: contact.presence.availability,
            message: text(&contact.presence.message),
        }
    }
}

/// Colours the text of a padded cell and leaves its padding.
pub(in crate::client) fn painted(cell: &str, paint: impl Fn(&str) -> String) -> String {
    let text = cell.trim_end();
    format!("{}{}", paint(text), &cell[text.len()..])
}

/// `text` in exactly so many columns.
pub(in crate::client) fn pad(text: &str, columns: usize) -> String {
    filled(cut(text, columns), columns)
}

/// `cell` in at least so many columns.
pub(in crate::client) fn filled(mut cell: String, columns: usize) -> String {
    let gap = columns.saturating_sub(cell.width());
    cell.extend(std::iter::repeat_n(' ', gap));
    cell
}

/// `text` in at most so many columns, with `…` where something is missing.
pub(in crate::client) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut shown = String::new();
    for c in text.chars() {
        shown.push(c);
        // A whole text may be wider than the sum of its characters.
        if shown.width() >= columns {
            shown.pop();
            break;
        }
    }
    if columns > 0 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use model::{Availability, Presence, UserName};

    use super::*;

    fn contact(name: &str, shown: &str, availability: Availability, message: &str) -> Contact {
        let some = |text: &str| (!text.is_empty()).then(|| text.into());
        Contact {
            name: UserName::foreign(name).unwrap(),
            shown: some(shown),
            presence: Presence {
                availability,
                message: some(message),
            },
            jid: None,
            email: None,
            picture: None,
        }
    }

    fn people() -> Vec<Contact> {
        vec![
            contact("ana@box", "Ana", Availability::Available, "tea at four?"),
            contact("日本@carolbox", "", Availability::Away, ""),
            contact("zed@zedbox", "Zed the Great", Availability::Busy, "no"),
        ]
    }

    #[test]
    fn a_table_has_aligned_columns() {
        // [LAN-50]
        let people = people();
        let all = lines(people.iter(), &View::plain(), Some((60, 24)));
        assert_eq!(
            all,
            [
                "NAME           STATUS     ALSO           MESSAGE",
                "ana@box        available  Ana            tea at four?",
                "日本@carolbox  away",
                "zed@zedbox     busy       Zed the Great  no",
            ]
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_there_are_not_too_many() {
        // [LAN-48] [LAN-50]
        let long = "x".repeat(63);
        let mut people = people();
        people.push(contact(&long, &long, Availability::Away, &long));
        for columns in [1, 5, 20, 33, 80] {
            for line in lines(people.iter(), &View::plain(), Some((columns, 24))) {
                assert!(line.width() <= columns, "{columns}: {line:?}");
            }
        }
        let few = lines(people.iter(), &View::plain(), Some((80, 5)));
        assert_eq!(few.len(), 4, "a heading, two people, the count");
        assert_eq!(few[3], "… and 2 more");
        let all = lines(people.iter(), &View::plain(), None);
        assert!(
            all[4].contains(&long),
            "nothing is cut where there is no terminal"
        );
    }

    #[test]
    fn a_name_that_is_long_on_purpose_hides_nobody_s_status() {
        // [LAN-48] [LAN-50]
        let long = "x".repeat(63);
        let mut people = people();
        people.push(contact(&long, &long, Availability::Away, ""));
        let narrow = lines(people.iter(), &View::plain(), Some((40, 24)));
        assert_eq!(narrow[0], "NAME                  STATUS     ALSO  …");
        assert!(narrow[1].contains("available"), "{narrow:?}");
        assert!(narrow[3].contains("busy"), "{narrow:?}");
        let piped = lines(people.iter(), &View::plain(), None);
        let ana = format!("ana@box{}available", " ".repeat(MAX_NAME - 7 + GAP.len()));
        assert!(piped[1].starts_with(&ana), "{piped:?}");
        assert!(piped[4].contains(&long), "{piped:?}");
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_in_it() {
        // [LAN-48]
        let evil = contact(
            "b\u{1b}[2J\tb",
            "\u{202e}x",
            Availability::Away,
            "a\nb\u{9b}",
        );
        let all = lines([evil].iter(), &View::plain(), Some((200, 24))).join("\n");
        assert!(
            !all.contains(['\u{1b}', '\u{202e}', '\u{9b}', '\t']),
            "{all:?}"
        );
        assert_eq!(all.lines().count(), 2, "{all:?}");
    }

    #[test]
    fn texts_are_cut_by_columns_not_by_characters() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(pad("日", 4), "日  ");
    }
}
