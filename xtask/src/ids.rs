//! Every requirement has a test that names it.
//!
//! The protocol pages number what must hold, as in `[494-13]` or `[HUB-4]`. A test cites the ids it
//! holds up in a comment, or in the name of its function (`cp_7_…`); a requirement that nothing
//! cites is one that nobody would miss.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::source::{TestParts, code_only};
use crate::workspace::{Workspace, files_below};

/// Prefix, highest number, numbers that nothing has to hold up: never given out (594-7), or of what is
/// not built yet (RetroShare's DHT, port mapping, rooms, channels, voice, tunnels).
const FAMILIES: &[(&str, u8, &[u8])] = &[
    ("494", 27, &[]),
    ("594", 26, &[7]),
    ("CP", 16, &[]),
    ("HUB", 14, &[]),
    ("LAN", 50, &[]),
    ("RS", 22, &[7, 8, 12, 14, 15, 19]),
];

/// Test scripts of other kinds than Rust; anything else in a tests folder is data.
const SCRIPTS: &[&str] = &["rs", "py", "sh", "scs", "txt", "md", "toml"];

/// What [`run`] prints.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    Missing,
    All,
}

/// A requirement's number, such as `HUB-4`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Id(&'static str, u8);

/// Fails if a requirement is cited by no test, or a test cites what is no requirement.
pub(crate) fn run(workspace: &Workspace, show: Show) -> Result<()> {
    let cited = cited(workspace)?;
    let required = required();
    if show == Show::All {
        for id in &required {
            println!("{id}");
            for path in cited.get(id).into_iter().flatten() {
                println!("    {}", workspace.short(path));
            }
        }
    }
    let missing: Vec<String> = required
        .iter()
        .filter(|id| !cited.contains_key(*id))
        .map(Id::to_string)
        .collect();
    let unknown: Vec<String> = cited
        .iter()
        .filter(|(id, _)| !required.contains(id))
        .flat_map(|(id, paths)| paths.iter().map(move |path| (id, path)))
        .map(|(id, path)| format!("{id} in {}", workspace.short(path)))
        .collect();
    if !unknown.is_empty() {
        eprintln!("tests cite what is no requirement: {}", unknown.join(", "));
    }
    if !missing.is_empty() {
        eprintln!("no test cites: {}", missing.join(" "));
    }
    if unknown.is_empty() && missing.is_empty() {
        println!("ids: {} requirements, each cited by a test", required.len());
        return Ok(());
    }
    bail!(
        "{} of {} requirements are cited by no test",
        missing.len(),
        required.len()
    )
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}-{}]", self.0, self.1)
    }
}

fn required() -> BTreeSet<Id> {
    FAMILIES
        .iter()
        .flat_map(|(family, highest, unused)| {
            (1..=*highest)
                .filter(|n| !unused.contains(n))
                .map(|n| Id(family, n))
        })
        .collect()
}

fn cited(workspace: &Workspace) -> Result<BTreeMap<Id, BTreeSet<PathBuf>>> {
    let mut found: BTreeMap<Id, BTreeSet<PathBuf>> = BTreeMap::new();
    let mut paths = files_below(&workspace.root.join("tests"))?;
    for krate in workspace
        .crates
        .iter()
        .filter(|krate| krate.name != "xtask")
    {
        for folder in ["src", "tests", "scripts"] {
            paths.extend(files_below(&krate.folder.join(folder))?);
        }
    }
    for path in paths {
        let extension = path.extension().and_then(|extension| extension.to_str());
        if extension.is_none_or(|extension| !SCRIPTS.contains(&extension)) {
            continue;
        }
        // A script of hostile input need not be UTF-8 throughout.
        let text = fs::read(&path).with_context(|| format!("failed to read {}", path.display()))?;
        let text = String::from_utf8_lossy(&text);
        let short = path.strip_prefix(&workspace.root).unwrap_or(&path);
        for id in citations(&test_text(short, &text)) {
            found.entry(id).or_default().insert(path.clone());
        }
    }
    Ok(found)
}

/// What of a file belongs to tests: all of a test's file, the test modules of any other.
fn test_text(path: &Path, text: &str) -> String {
    let whole = path.iter().any(|part| {
        [
            "tests",
            "tests.rs",
            "scripts",
            "testkit",
            "contract",
            "contract.rs",
        ]
        .iter()
        .any(|name| part == *name)
    });
    if whole {
        return text.to_owned();
    }
    let parts = TestParts::of(&code_only(text));
    let lines: Vec<&str> = parts
        .ranges
        .into_iter()
        .filter_map(|range| text.get(range))
        .collect();
    lines.join("\n")
}

/// Ids in brackets (`[494-13]`, `[CP-4, CP-5]`) and in names of functions (`fn hub_4_…`).
fn citations(text: &str) -> BTreeSet<Id> {
    let mut found = BTreeSet::new();
    for line in text.lines() {
        for group in line
            .split('[')
            .skip(1)
            .filter_map(|rest| rest.split_once(']'))
        {
            found.extend(
                group
                    .0
                    .split([',', ' ', '/'])
                    .filter_map(|word| parse(word, '-')),
            );
        }
        if let Some((_, rest)) = line.split_once("fn ") {
            let name = rest.split('(').next().unwrap_or_default();
            let words: Vec<&str> = name.split('_').collect();
            let pairs = words.windows(2).map(|pair| pair.join("_"));
            found.extend(pairs.filter_map(|pair| parse(pair.trim_start_matches("cs"), '_')));
        }
    }
    found
}

fn parse(word: &str, separator: char) -> Option<Id> {
    let (family, number) = word.trim().split_once(separator)?;
    let (family, _, _) = FAMILIES
        .iter()
        .find(|(name, _, _)| name.eq_ignore_ascii_case(family))?;
    Some(Id(family, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_cited_in_brackets_or_in_the_name_of_a_function() {
        let text =
            "// [494-13] and [CP-4, CP-5]\nfn hub_4_mail_waits() {}\nfn it_holds_cs594_2() {}";
        let found: Vec<String> = citations(text).iter().map(Id::to_string).collect();
        assert_eq!(
            found,
            ["[494-13]", "[594-2]", "[CP-4]", "[CP-5]", "[HUB-4]"]
        );
    }

    #[test]
    fn what_only_looks_like_an_id_is_none() {
        let text = "let x = a[494-13x]; // 494-13 without brackets\nlet cp_4 = 1;\nfn tcp_4() {}";
        assert_eq!(citations(text), BTreeSet::new());
    }

    #[test]
    fn only_the_tests_of_a_source_file_count() {
        let text = "/// Implements [494-1].\nfn a() {}\n#[cfg(test)]\nmod tests {\n// [494-2]\n}\n";
        let found = citations(&test_text(Path::new("crates/x/src/lib.rs"), text));
        assert_eq!(found, BTreeSet::from([Id("494", 2)]));
        let found = citations(&test_text(Path::new("crates/x/tests/it/main.rs"), text));
        assert_eq!(found, BTreeSet::from([Id("494", 1), Id("494", 2)]));
    }

    #[test]
    fn every_number_but_the_unused_one_is_required() {
        let required = required();
        assert_eq!(required.len(), 27 + 25 + 16 + 14 + 50 + 16);
        assert!(!required.contains(&Id("594", 7)));
    }
}
