//! The import table of `ARCHITECTURE.md`, held against `cargo metadata` and the sources.
//!
//! What a crate may know is what keeps it small: a protocol can be deleted because nothing but its
//! own modules names it, and what decides can be tested without a socket because it cannot open
//! one. Development dependencies are free: tests may join any parts.

mod pure;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;

use anyhow::{Context, Result, bail};

pub(crate) use self::pure::PURE;
use crate::workspace::Workspace;

/// Who may import whom. `testkit` and `xtask` are in no list: nothing shipped needs them.
const TABLE: &[(&str, Imports)] = &[
    ("model", Imports::Only(&[])),
    ("wire-cs494", Imports::Only(&[])),
    ("wire-cs594", Imports::Only(&[])),
    ("wire-cp", Imports::Only(&[])),
    ("wire-xmpp", Imports::Only(&[])),
    ("wire-retroshare", Imports::Only(&[])),
    ("identity", Imports::Only(&["wire-retroshare"])),
    (
        "gate",
        Imports::Only(&["model", "wire-cs494", "wire-cs594", "wire-cp"]),
    ),
    ("space", Imports::Only(&["model"])),
    ("store", Imports::Only(&["model"])),
    ("store-sqlite", Imports::Only(&["store", "model"])),
    ("link", Imports::Only(&["model"])),
    ("net", Imports::Only(&["gate", "link", "model"])),
    ("hub", Imports::Only(&["space", "store", "link", "model"])),
    ("lan", Imports::Only(&["model", "wire-xmpp"])),
    (
        "friends",
        Imports::Only(&["identity", "model", "wire-retroshare"]),
    ),
    (
        "node",
        Imports::Only(&[
            "friends",
            "identity",
            "lan",
            "link",
            "model",
            "store",
            "wire-retroshare",
        ]),
    ),
    (
        "tincan",
        Imports::AllBut(&["testkit", "tincan-bench", "xtask"]),
    ),
    (
        "tincan-bench",
        Imports::Only(&[
            "friends",
            "identity",
            "model",
            "node",
            "space",
            "store",
            "wire-cs494",
            "wire-cs594",
            "wire-cp",
        ]),
    ),
    ("testkit", Imports::AllBut(&["tincan", "xtask"])),
    ("xtask", Imports::Only(&[])),
];

/// Packages that one crate alone may name: the others see the trait in front of them.
const KEEPERS: &[Keeper] = &[
    Keeper {
        package: "store-sqlite",
        only: "tincan",
        reason: "the binary chooses the storage; whoever else names a backend ties the hub to it",
    },
    Keeper {
        package: "rusqlite",
        only: "store-sqlite",
        reason: "SQL outside the store's crate would go round its contract suite and migrations",
    },
];

/// One of our crates uses what it may not, and why that matters.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) what: String,
    pub(crate) reason: &'static str,
}

enum Imports {
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

struct Keeper {
    package: &'static str,
    only: &'static str,
    reason: &'static str,
}

/// Prints every violation and fails if there is one.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mut violations = dependencies(workspace);
    violations.extend(pure::sources(workspace)?);
    violations.extend(lint_files(workspace)?);
    for violation in &violations {
        eprintln!("{violation}");
    }
    match violations.len() {
        0 => {
            println!(
                "layers: {} crates keep to the table",
                workspace.crates.len()
            );
            Ok(())
        }
        count => bail!("breaches of the layers: {count}"),
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n    why: {}", self.what, self.reason)
    }
}

impl Imports {
    fn allows(&self, name: &str) -> bool {
        match self {
            Self::Only(names) => names.contains(&name),
            Self::AllBut(names) => !names.contains(&name),
        }
    }
}

/// The rules that `Cargo.toml` files alone can break.
fn dependencies(workspace: &Workspace) -> Vec<Violation> {
    let mut found = Vec::new();
    for krate in &workspace.crates {
        if ["common", "util", "utils", "shared", "helpers"].contains(&krate.name.as_str()) {
            found.push(Violation {
                what: format!("a crate is called `{}`", krate.name),
                reason: "a crate named for no purpose collects every purpose; name what it holds",
            });
        }
        let Some((_, imports)) = TABLE.iter().find(|(name, _)| *name == krate.name) else {
            found.push(Violation {
                what: format!("crate `{}` has no row in the import table", krate.name),
                reason: "its place is decided once, in xtask/src/layers.rs and ARCHITECTURE.md",
            });
            continue;
        };
        for need in &krate.needs {
            if workspace.owns(need) && !imports.allows(need) {
                found.push(Violation {
                    what: format!("crate `{}` imports `{need}`", krate.name),
                    reason: "the import table does not allow it: this arrow makes one part know another's business",
                });
            }
            for keeper in KEEPERS {
                if keeper.package == need && keeper.only != krate.name {
                    found.push(Violation {
                        what: format!("crate `{}` names `{need}`", krate.name),
                        reason: keeper.reason,
                    });
                }
            }
            if pure::is_pure(&krate.name) {
                found.extend(pure::dependency(&krate.name, need));
            }
        }
    }
    found
}

/// A crate's `clippy.toml` replaces the root's, so each pure crate carries the whole list.
fn lint_files(workspace: &Workspace) -> Result<Vec<Violation>> {
    let mut texts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for krate in workspace
        .crates
        .iter()
        .filter(|krate| pure::is_pure(&krate.name))
    {
        let path = krate.folder.join("clippy.toml");
        let text = fs::read_to_string(&path)
            .with_context(|| format!("failed to read {}", workspace.short(&path)))?;
        texts.entry(text).or_default().push(&krate.name);
    }
    Ok(match texts.len() {
        0 | 1 => Vec::new(),
        _ => vec![Violation {
            what: format!(
                "the clippy.toml files of the pure crates differ: {:?}",
                texts.values()
            ),
            reason: "what is pure is the same in each of them; change all or none",
        }],
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_table_as_it_stands_is_kept() {
        let found = breaches(&[
            ("model", &["bytes"]),
            ("wire-cp", &["bytes"]),
            ("gate", &["model", "wire-cp"]),
            ("store", &["model"]),
            ("store-sqlite", &["store", "rusqlite"]),
            ("tincan", &["gate", "store-sqlite"]),
        ]);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn an_arrow_that_the_table_lacks_is_a_breach() {
        assert_eq!(
            breaches(&[("model", &[]), ("wire-cp", &["model"])]),
            ["crate `wire-cp` imports `model`"]
        );
        assert_eq!(
            breaches(&[("testkit", &[]), ("tincan", &["testkit"])]),
            ["crate `tincan` imports `testkit`"]
        );
    }

    #[test]
    fn development_dependencies_are_free() {
        let mut metadata = metadata(&[("testkit", &[]), ("space", &["testkit"])]);
        metadata["packages"][1]["dependencies"][0]["kind"] = json!("dev");
        let workspace = Workspace::from_metadata(&metadata).unwrap();
        assert_eq!(dependencies(&workspace), []);
    }

    #[test]
    fn build_dependencies_are_not() {
        let mut metadata = metadata(&[("testkit", &[]), ("space", &["testkit"])]);
        metadata["packages"][1]["dependencies"][0]["kind"] = json!("build");
        let workspace = Workspace::from_metadata(&metadata).unwrap();
        assert_eq!(dependencies(&workspace).len(), 1);
    }

    #[test]
    fn a_storage_backend_is_named_by_the_binary_alone() {
        assert_eq!(
            breaches(&[("store-sqlite", &[]), ("testkit", &["store-sqlite"])]),
            ["crate `testkit` names `store-sqlite`"]
        );
        assert_eq!(
            breaches(&[("tincan", &["rusqlite"])]),
            ["crate `tincan` names `rusqlite`"]
        );
    }

    #[test]
    fn a_pure_crate_holds_no_runtime_no_database_and_no_dice() {
        for impure in [
            "tokio",
            "mio",
            "rusqlite",
            "rand",
            "getrandom",
            "socket2",
            "rustls",
        ] {
            let found = breaches(&[("space", &[impure])]);
            assert!(!found.is_empty(), "{impure} in space passes");
        }
        assert_eq!(breaches(&[("net", &["mio", "rustls"])]), [""; 0]);
    }

    #[test]
    fn a_crate_needs_a_row_and_a_name_that_means_something() {
        assert_eq!(
            breaches(&[("common", &[])]),
            [
                "a crate is called `common`",
                "crate `common` has no row in the import table"
            ]
        );
    }

    fn breaches(crates: &[(&str, &[&str])]) -> Vec<String> {
        let workspace = Workspace::from_metadata(&metadata(crates)).unwrap();
        dependencies(&workspace)
            .into_iter()
            .map(|violation| violation.what)
            .collect()
    }

    fn metadata(crates: &[(&str, &[&str])]) -> Value {
        let package = |(name, needs): &(&str, &[&str])| {
            let needs: Vec<Value> = needs
                .iter()
                .map(|need| json!({ "name": need, "kind": null }))
                .collect();
            json!({
                "name": name,
                "manifest_path": format!("/here/crates/{name}/Cargo.toml"),
                "dependencies": needs,
            })
        };
        json!({
            "packages": crates.iter().map(package).collect::<Vec<_>>(),
            "workspace_root": "/here",
            "target_directory": "/here/target",
        })
    }
}
