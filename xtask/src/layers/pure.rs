//! What a pure crate may not touch: sockets, files, threads, clocks, dice, and (in `gate`) the
//! wire of another protocol's module.
//!
//! The dependencies are checked by name, the sources by path. Tests may do all of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Violation;
use crate::source::{TestParts, code_only, find_path, grouped_imports, line_of};
use crate::workspace::{Crate, Workspace, files_below};

/// The crates that decide or encode, and do nothing else.
pub(crate) const PURE: &[&str] = &[
    "model",
    "wire-cs494",
    "wire-cs594",
    "wire-cp",
    "wire-xmpp",
    "wire-retroshare",
    "gate",
    "space",
    "lan",
    "friends",
];

/// The protocols that have a module in `gate`.
const PROTOCOLS: &[&str] = &["cs494", "cs594", "cp"];

const NO_IO: &str = "a pure crate returns what is to be done and the shell does it, so that every \
                     decision is tested without a socket, a file or a sleep";
const NO_CLOCK: &str = "time is an argument (`now`), so that a test can let an hour pass at once";
const NO_DICE: &str = "randomness is an argument, so that a failing case can be run again";
const NO_DOOR: &str = "no gate module knows another protocol, so that each can be deleted alone";

/// Packages that bring in what a pure crate may not have.
const IMPURE_PACKAGES: &[(&[&str], &str)] = &[
    (
        &[
            "async-std",
            "axum",
            "fs4",
            "futures",
            "hyper",
            "libc",
            "mio",
            "nix",
            "polling",
            "reqwest",
            "rlimit",
            "rusqlite",
            "rustls",
            "signal-hook",
            "signal-hook-mio",
            "smol",
            "socket2",
            "tempfile",
            "tokio",
            "tokio-rustls",
            "tokio-util",
        ],
        NO_IO,
    ),
    (
        &["chrono", "coarsetime", "jiff", "quanta", "time", "web-time"],
        NO_CLOCK,
    ),
    (
        &[
            "fastrand",
            "getrandom",
            "oorandom",
            "rand",
            "rand_chacha",
            "uuid",
        ],
        NO_DICE,
    ),
];

/// Paths that a pure crate's shipped code may not name.
const IMPURE_PATHS: &[(&[&str], &str)] = &[
    (
        &[
            "std::net",
            "std::fs",
            "std::env",
            "std::process",
            "std::thread",
            "thread::",
            "tokio::",
            "stdin",
            "stdout",
            "stderr",
        ],
        NO_IO,
    ),
    (
        &["Instant::now", "SystemTime::now", "UNIX_EPOCH.elapsed"],
        NO_CLOCK,
    ),
    (&["RandomState", "rand::"], NO_DICE),
];

/// Whether the crate is one of [`PURE`].
pub(super) fn is_pure(name: &str) -> bool {
    PURE.contains(&name)
}

/// Judges one dependency of a pure crate.
pub(super) fn dependency(krate: &str, need: &str) -> Option<Violation> {
    let (_, reason) = IMPURE_PACKAGES
        .iter()
        .find(|(packages, _)| packages.contains(&need))?;
    Some(Violation {
        what: format!("pure crate `{krate}` depends on `{need}`"),
        reason,
    })
}

/// Reads the shipped sources of every pure crate.
pub(super) fn sources(workspace: &Workspace) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    for krate in workspace.crates.iter().filter(|krate| is_pure(&krate.name)) {
        for (path, code, tests) in shipped_files(krate)? {
            let label = workspace.short(&path);
            found.extend(scan(&label, &code, &tests, &impure_paths()));
            if krate.name == "gate" {
                found.extend(scan(
                    &label,
                    &code,
                    &tests,
                    &foreign_paths(&krate.folder, &path),
                ));
            }
        }
    }
    Ok(found)
}

/// A path that may not stand in the code, and why.
type Rule = (String, &'static str);

fn impure_paths() -> Vec<Rule> {
    IMPURE_PATHS
        .iter()
        .flat_map(|(paths, reason)| paths.iter().map(|path| ((*path).to_owned(), *reason)))
        .collect()
}

/// What a file of one protocol's module in `gate` may not name; nothing for the files between.
fn foreign_paths(gate: &Path, file: &Path) -> Vec<Rule> {
    let Some(home) = file
        .strip_prefix(gate.join("src"))
        .ok()
        .and_then(|path| path.components().next())
        .and_then(|first| first.as_os_str().to_str())
        .map(|first| first.trim_end_matches(".rs"))
        .filter(|first| PROTOCOLS.contains(first))
    else {
        return Vec::new();
    };
    PROTOCOLS
        .iter()
        .filter(|protocol| **protocol != home)
        .flat_map(|protocol| {
            [
                format!("wire_{protocol}"),
                format!("crate::{protocol}"),
                format!("super::{protocol}"),
            ]
        })
        .map(|path| (path, NO_DOOR))
        .collect()
}

fn scan(label: &str, code: &str, tests: &TestParts, rules: &[Rule]) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut report = |offset: usize, path: &str, reason: &'static str| {
        if !tests.contains(offset) {
            let what = format!("{label}:{}: `{path}`", line_of(code, offset));
            found.push(Violation { what, reason });
        }
    };
    for (path, reason) in rules {
        for offset in find_path(code, path) {
            report(offset, path, reason);
        }
        if let Some((root, name)) = path.split_once("::") {
            for (offset, _) in grouped_imports(code, root)
                .into_iter()
                .filter(|i| i.1 == name)
            {
                report(offset, path, reason);
            }
        }
    }
    found
}

/// The files of a crate that are compiled into what ships, as code without prose.
fn shipped_files(krate: &Crate) -> Result<Vec<(std::path::PathBuf, String, TestParts)>> {
    let mut files = Vec::new();
    let mut test_modules = BTreeSet::new();
    for path in files_below(&krate.folder.join("src"))? {
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let source = fs::read_to_string(&path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        let code = code_only(&source);
        let tests = TestParts::of(&code);
        test_modules.extend(tests.modules.iter().map(|name| module_path(&path, name)));
        files.push((path, code, tests));
    }
    files.retain(|(path, _, _)| {
        !test_modules
            .iter()
            .any(|module| path.with_extension("").starts_with(module))
    });
    Ok(files)
}

/// Where the module `name` that `declarer` declares lives, without `.rs`.
fn module_path(declarer: &Path, name: &str) -> std::path::PathBuf {
    let own_folder = ["lib", "main", "mod"]
        .iter()
        .any(|stem| declarer.ends_with(format!("{stem}.rs")));
    let folder = if own_folder {
        declarer.parent().unwrap_or(declarer).to_owned()
    } else {
        declarer.with_extension("")
    };
    folder.join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_in_shipped_code_is_found_in_every_spelling() {
        for line in [
            "use std::net::TcpStream;",
            "use std::{fmt, net::TcpStream};",
            "fn f() { std::fs::read(p); }",
            "fn f() { thread::spawn(g); }",
            "fn f() { let now = Instant::now(); }",
            "fn f() { std::time::SystemTime::now(); }",
            "async fn f() { tokio::task::yield_now().await }",
        ] {
            assert_eq!(impure(line).len(), 1, "{line}");
        }
    }

    #[test]
    fn tests_comments_and_strings_may_name_what_they_like() {
        for source in [
            "// as std::net has it",
            "/// `Instant::now` is not called here.",
            "const HINT: &str = \"std::fs\";",
            "#[cfg(test)]\nmod tests {\n    fn t() { Instant::now(); std::fs::read(p); }\n}",
            "use core::net::IpAddr; use std::time::Instant;",
        ] {
            assert_eq!(impure(source), [], "{source}");
        }
    }

    #[test]
    fn a_breach_says_where_it_is_and_why_it_matters() {
        let found = impure("\n\nfn f() { Instant::now(); }");
        assert_eq!(
            found[0].to_string(),
            format!("x.rs:3: `Instant::now`\n    why: {NO_CLOCK}")
        );
    }

    #[test]
    fn a_gate_module_may_not_see_another_protocol() {
        let gate = Path::new("/here/crates/gate");
        let rules = foreign_paths(gate, &gate.join("src/cp/server.rs"));
        let breach = |line: &str| scan("x.rs", line, &TestParts::of(line), &rules).len();
        assert_eq!(breach("use wire_cs494::Frame;"), 1);
        assert_eq!(breach("use crate::cs594::Server;"), 1);
        assert_eq!(
            breach("use wire_cp::Pdu; use crate::cp::client; use crate::Gate;"),
            0
        );
        assert_eq!(foreign_paths(gate, &gate.join("src/lib.rs")), []);
    }

    #[test]
    fn a_module_lives_beside_lib_or_below_its_namesake() {
        assert_eq!(
            module_path(Path::new("src/lib.rs"), "tests"),
            Path::new("src/tests")
        );
        assert_eq!(
            module_path(Path::new("src/cp.rs"), "tests"),
            Path::new("src/cp/tests")
        );
    }

    fn impure(source: &str) -> Vec<Violation> {
        let code = code_only(source);
        scan("x.rs", &code, &TestParts::of(&code), &impure_paths())
    }
}
