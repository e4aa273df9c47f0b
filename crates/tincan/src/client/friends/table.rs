//! Friends as lines of a table: pure, so that it can be tested without a terminal.

use friends::api::{Availability, Friend, Location, Standing};
use unicode_width::UnicodeWidthStr;

use super::look::NOBODY;
use crate::client::escape::visible;
use crate::client::lan::{cut, filled, pad, painted};
use crate::client::view::View;

/// Columns of a name, at most, or a third of what there is: one that is long on purpose hides
/// nobody's status.
const MAX_NAME: usize = 24;
/// Columns of a machine's name, at most, or a fifth.
const MAX_MACHINE: usize = 16;
/// Columns of how somebody is: `offline`.
const STATUS: usize = 7;
/// Columns of a round trip: `9999 ms`.
const TRIP: usize = 7;
/// Columns of when somebody was here last: `12 months`.
const SEEN: usize = 9;
/// Columns below which there is a name and nothing else.
const NARROW: usize = 30;
/// Columns below which there is also how somebody is, and what they say of that.
const SLIM: usize = 64;
/// Between columns.
const GAP: &str = "  ";

/// One line a friend, below a heading, then one for each other person who is of interest. With a size
/// in columns and rows no line is longer, and there are fewer lines than rows. `now` is in
/// milliseconds since 1970.
pub(super) fn lines(
    all: &[Friend],
    now: u64,
    view: &View,
    size: Option<(usize, usize)>,
) -> Vec<String> {
    let width = size.map_or(usize::MAX, |(columns, _)| columns);
    // The last line stays free for the cursor, one may count the rest.
    let room = size.map_or(usize::MAX, |(_, rows)| rows.saturating_sub(2).max(2));
    let is_friend = |friend: &&Friend| friend.standing == Standing::Friend;
    let mut friends: Vec<&Friend> = all.iter().filter(is_friend).collect();
    if friends.len() >= room {
        // Of more than there is room for, those who are here matter.
        friends.sort_by_key(|friend| friend.availability == Availability::Offline);
    }
    let rows: Vec<Row> = friends.iter().map(|friend| Row::new(friend, now)).collect();
    let mut lines = Vec::new();
    if rows.is_empty() {
        lines.push(view.dim(&cut(NOBODY, width)));
    } else {
        lines.extend(table(&rows, view, width, size.is_some()));
    }
    let others = all.iter().filter(|friend| !is_friend(friend));
    let mut others: Vec<String> = others
        .filter_map(|friend| other(friend, view, width))
        .collect();
    let all = lines.len() + others.len();
    if all > room {
        // Whoever asks is seen below any number of friends.
        others.truncate(room / 4);
        lines.truncate(room.saturating_sub(others.len() + 1));
        let left = all - lines.len() - others.len();
        lines.push(view.dim(&cut(&format!("… and {left} more"), width)));
    }
    lines.extend(others);
    lines
}

fn table(rows: &[Row], view: &View, width: usize, is_cut: bool) -> Vec<String> {
    let widest = |of: fn(&Row) -> &str| rows.iter().map(|row| of(row).width()).max().unwrap_or(0);
    let name = widest(|row| &row.name).clamp(4, MAX_NAME.min(width / 3).max(4));
    let machine = widest(|row| &row.machine).clamp(7, MAX_MACHINE.min(width / 5).max(7));
    let rest = width.saturating_sub(name + STATUS + machine + TRIP + SEEN + 5 * GAP.len());
    // Without a terminal nothing is cut; what is longer than its column pushes the rest.
    let fit = |text: &str, columns: usize| match is_cut {
        true => pad(text, columns),
        false => filled(text.to_owned(), columns),
    };
    if width < NARROW {
        return narrow(rows, view, width);
    }
    if width < SLIM {
        return slim(rows, view, width, name);
    }
    let joined = |cells: [String; 6]| cells.join(GAP).trim_end().to_owned();
    let heading = joined([
        pad("NAME", name),
        pad("STATUS", STATUS),
        pad("MACHINE", machine),
        pad("TRIP", TRIP),
        pad("SEEN", SEEN),
        "MESSAGE".to_owned(),
    ]);
    let mut lines = vec![view.dim(&cut(&heading, width))];
    for row in rows {
        let status = word(row.availability);
        let gap = " ".repeat(STATUS.saturating_sub(status.len()));
        let message = cut(&row.message, rest);
        let message = if row.is_hint {
            view.strong(&message)
        } else {
            message
        };
        let before = name + STATUS + 2 * GAP.len();
        let middle = [
            fit(&row.machine, machine),
            pad(&row.trip, TRIP),
            pad(&row.seen, SEEN),
        ];
        let middle = cut(&middle.join(GAP), width.saturating_sub(before));
        let line = [
            painted(&fit(&row.name, name), |text| view.name(text)),
            format!("{}{gap}", painted_word(view, row.availability)),
            middle,
            message,
        ];
        lines.push(line.join(GAP).trim_end().to_owned());
    }
    lines
}

/// Names alone.
fn narrow(rows: &[Row], view: &View, width: usize) -> Vec<String> {
    let heading = view.dim(&cut("NAME", width));
    let names = rows.iter().map(|row| view.name(&cut(&row.name, width)));
    [heading].into_iter().chain(names).collect()
}

/// Who, how, and what they say, or else when they were here.
fn slim(rows: &[Row], view: &View, width: usize, name: usize) -> Vec<String> {
    let rest = width.saturating_sub(name + STATUS + 2 * GAP.len());
    let heading = format!(
        "{}{GAP}{}{GAP}MESSAGE",
        pad("NAME", name),
        pad("STATUS", STATUS)
    );
    let mut lines = vec![view.dim(&cut(&heading, width))];
    for row in rows {
        let gap = " ".repeat(STATUS.saturating_sub(word(row.availability).len()));
        let seen = || match (row.availability, row.seen.as_str()) {
            (Availability::Offline, seen @ ("never" | "just now")) => seen.to_owned(),
            (Availability::Offline, seen) => format!("{seen} ago"),
            _ => String::new(),
        };
        let text = match row.message.is_empty() {
            true => match seen() {
                seen if seen.is_empty() => seen,
                seen => view.dim(&cut(&seen, rest)),
            },
            false if row.is_hint => view.strong(&cut(&row.message, rest)),
            false => cut(&row.message, rest),
        };
        let line = [
            painted(&pad(&row.name, name), |text| view.name(text)),
            format!("{}{gap}", painted_word(view, row.availability)),
            text,
        ];
        lines.push(line.join(GAP).trim_end().to_owned());
    }
    lines
}

/// A friend, made harmless.
struct Row {
    name: String,
    availability: Availability,
    machine: String,
    trip: String,
    seen: String,
    message: String,
    is_hint: bool,
}

impl Row {
    fn new(friend: &Friend, now: u64) -> Self {
        let here: Vec<&Location> = friend.locations.iter().filter(|l| l.is_online).collect();
        let latest = friend.locations.iter().max_by_key(|l| l.last_seen);
        let machines: Vec<&str> = match here.is_empty() {
            true => latest.iter().map(|l| l.name.as_str()).collect(),
            false => here.iter().map(|l| l.name.as_str()).collect(),
        };
        let trip = here.iter().filter_map(|l| l.round_trip_ms).min();
        let seen = match (here.is_empty(), latest.map_or(0, |l| l.last_seen)) {
            (false, _) => "now".to_owned(),
            (true, 0) => "never".to_owned(),
            (true, at) => ago(now.saturating_sub(at)),
        };
        let hint = friend.hint.as_deref().filter(|_| here.is_empty());
        let message = hint.or(friend.message.as_deref()).unwrap_or_default();
        Self {
            name: flat(&friend.name),
            availability: friend.availability,
            machine: flat(&machines.join(", ")),
            trip: trip.map_or(String::new(), |ms| format!("{ms} ms")),
            seen,
            message: flat(message),
            is_hint: hint.is_some(),
        }
    }
}

/// Somebody who is no friend, where that is of interest.
fn other(friend: &Friend, view: &View, width: usize) -> Option<String> {
    let (name, id) = (flat(&friend.name), flat(&friend.pgp_id));
    let line = match friend.standing {
        Standing::Asks => {
            let text = format!("{name} asks to be a friend: tincan friends approve {id} (or deny)");
            view.strong(&cut(&text, width))
        }
        Standing::FriendOfFriend => {
            let through: Vec<String> = friend.through.iter().map(|name| flat(name)).collect();
            let text = format!("{name} ({id}) is a friend of {}", through.join(", "));
            view.dim(&cut(&text, width))
        }
        Standing::Friend | Standing::Denied | Standing::Blocked => return None,
    };
    Some(line)
}

/// How somebody is, in one word.
pub(super) fn word(availability: Availability) -> &'static str {
    match availability {
        Availability::Offline => "offline",
        Availability::Online => "online",
        Availability::Idle => "idle",
        Availability::Away => "away",
        Availability::Busy => "busy",
    }
}

/// The same, in a colour.
pub(super) fn painted_word(view: &View, availability: Availability) -> String {
    let shown = match availability {
        Availability::Offline => return view.dim(word(availability)),
        Availability::Online => model::Availability::Available,
        Availability::Idle | Availability::Away => model::Availability::Away,
        Availability::Busy => model::Availability::Busy,
    };
    view.in_colour_of(shown, word(availability))
}

/// For one cell: nothing a terminal obeys, no tab.
pub(super) fn flat(text: &str) -> String {
    visible(text).replace('\t', " ")
}

/// How long ago, roughly.
fn ago(milliseconds: u64) -> String {
    const UNITS: [(u64, &str); 5] = [
        (365 * 86_400, "year"),
        (30 * 86_400, "month"),
        (86_400, "day"),
        (3600, "hour"),
        (60, "min"),
    ];
    let seconds = milliseconds / 1000;
    let fitting = UNITS.iter().find(|(unit, _)| seconds >= *unit);
    match fitting {
        None => "just now".to_owned(),
        Some((unit, name)) => {
            let count = seconds / unit;
            let plural = if count == 1 || *name == "min" {
                ""
            } else {
                "s"
            };
            format!("{count} {name}{plural}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::friend;
    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    fn people() -> Vec<Friend> {
        let mut ana = friend("ana", Standing::Friend);
        ana.availability = Availability::Away;
        ana.message = Some("back at two".into());
        ana.locations[0].is_online = true;
        ana.locations[0].round_trip_ms = Some(23);
        let mut bea = friend("bea", Standing::Friend);
        bea.locations[0].last_seen = NOW - 7_200_000;
        bea.hint = Some("bea has not added you yet".into());
        let asks = friend("cyd", Standing::Asks);
        let blocked = friend("eve", Standing::Blocked);
        let mut known = friend("dan", Standing::FriendOfFriend);
        known.through = vec!["ana".into()];
        vec![ana, bea, asks, known, blocked]
    }

    #[test]
    fn friends_stand_in_columns_and_those_who_ask_below() {
        // [RS-3] [RS-9]
        let all = lines(&people(), NOW, &View::plain(), Some((90, 24)));
        assert_eq!(
            all,
            [
                "NAME  STATUS   MACHINE  TRIP     SEEN       MESSAGE",
                "ana   away     laptop   23 ms    now        back at two",
                "bea   offline  laptop            2 hours    bea has not added you yet",
                "cyd asks to be a friend: tincan friends approve 0123456789ABCDEF (or deny)",
                "dan (0123456789ABCDEF) is a friend of ana",
            ]
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_there_are_not_too_many() {
        let mut people = people();
        let long = "x".repeat(300);
        let mut far = friend(&long, Standing::Friend);
        far.message = Some(long.clone());
        people.push(far);
        for columns in [1, 5, 20, 33, 50, 80] {
            for line in lines(&people, NOW, &View::plain(), Some((columns, 24))) {
                assert!(line.width() <= columns, "{columns}: {line:?}");
            }
        }
        let few = lines(&people, NOW, &View::plain(), Some((80, 5)));
        assert_eq!(few.len(), 3, "{few:?}");
        assert_eq!(few[2], "… and 4 more");
        let all = lines(&people, NOW, &View::plain(), None);
        assert!(all.iter().any(|line| line.contains(&long)));
    }

    #[test]
    fn a_slim_terminal_shows_what_matters() {
        // [RS-3] [RS-9]
        let all = lines(&people(), NOW, &View::plain(), Some((40, 24)));
        assert_eq!(
            all[..3],
            [
                "NAME  STATUS   MESSAGE",
                "ana   away     back at two",
                "bea   offline  bea has not added you yet",
            ]
        );
        let mut bea = people().remove(1);
        bea.hint = None;
        let all = lines(&[bea], NOW, &View::plain(), Some((40, 24)));
        assert_eq!(all[1], "bea   offline  2 hours ago");
    }

    #[test]
    fn of_two_hundred_friends_those_are_seen_who_are_here_and_who_asks() {
        // [RS-3] [RS-9]
        let mut people: Vec<Friend> = (0..200)
            .map(|n| friend(&format!("friend {n:03} 👩‍🚀"), Standing::Friend))
            .collect();
        people[150].availability = Availability::Online;
        people[199].availability = Availability::Away;
        people.push(friend("cyd", Standing::Asks));
        for size in [(80, 24), (40, 24)] {
            let shown = lines(&people, NOW, &View::plain(), Some(size));
            assert_eq!(shown.len(), 22);
            assert!(shown[1].contains("friend 150") && shown[2].contains("friend 199"));
            assert!(shown[3].contains("friend 000"), "{shown:?}");
            assert_eq!(shown[20], "… and 181 more");
            assert!(shown[21].starts_with("cyd asks"), "{shown:?}");
            assert!(shown.iter().all(|line| line.width() <= size.0), "{shown:?}");
        }
        let whole = lines(&people, NOW, &View::plain(), None);
        assert_eq!(whole.len(), 202);
        assert!(whole[1].contains("friend 000"), "a list keeps its order");
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_in_it() {
        // [RS-22]
        let mut evil = friend("b\u{1b}[2J\tb\n", Standing::Friend);
        evil.message = Some("\u{202e}a\nb\u{9b}".into());
        evil.locations[0].name = "m\u{1b}]0;x\u{7}".into();
        let mut asks = evil.clone();
        asks.standing = Standing::Asks;
        let all = lines(&[evil, asks], NOW, &View::plain(), Some((200, 24))).join("\n");
        let harmful = ['\u{1b}', '\u{202e}', '\u{9b}', '\t', '\u{7}'];
        assert!(!all.contains(harmful), "{all:?}");
        assert_eq!(all.lines().count(), 3, "{all:?}");
    }

    #[test]
    fn times_are_rough() {
        for (seconds, text) in [
            (0, "just now"),
            (61, "1 min"),
            (3599, "59 min"),
            (3600, "1 hour"),
            (86_400 * 2, "2 days"),
            (86_400 * 40, "1 month"),
            (86_400 * 800, "2 years"),
        ] {
            assert_eq!(ago(seconds * 1000), text);
        }
    }
}
