//! Everything a change has to pass, in one command, in the order of what fails fastest.
//!
//! A failing step does not hide the ones behind it: all are run, and the end names those that
//! failed with the command that runs them alone.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, cargo};
use crate::{generated, ids, layers};

/// The README's test command, which is this program's `ci`.
const TEST_COMMAND: &str = "cargo xtask ci";

const STEPS: &[Step] = &[
    Step {
        name: "format",
        what: "cargo fmt --check",
        run: format,
    },
    Step {
        name: "readme",
        what: "README.md and .ci/run name the test command",
        run: readme,
    },
    Step {
        name: "layers",
        what: "cargo xtask layers",
        run: layers_kept,
    },
    Step {
        name: "ids",
        what: "cargo xtask ids",
        run: ids_cited,
    },
    Step {
        name: "clippy",
        what: "clippy on all targets, warnings are errors",
        run: clippy,
    },
    Step {
        name: "pure",
        what: "clippy on the pure crates, order of hashing",
        run: clippy_pure,
    },
    Step {
        name: "doc",
        what: "rustdoc, warnings are errors",
        run: doc,
    },
    Step {
        name: "test",
        what: "unit and integration tests",
        run: test,
    },
    Step {
        name: "doctest",
        what: "examples in the documentation",
        run: doctest,
    },
    Step {
        name: "lan",
        what: "chat on a LAN of network namespaces, with libpurple and avahi",
        run: lan,
    },
    Step {
        name: "friends",
        what: "friends in network namespaces, and hostile ones",
        run: friends,
    },
    Step {
        name: "gen",
        what: "cargo xtask gen --check",
        run: generated_fresh,
    },
    Step {
        name: "deny",
        what: "cargo deny check licenses bans sources",
        run: deny,
    },
];

struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(&Workspace) -> Result<Outcome>,
}

#[derive(Debug)]
enum Outcome {
    Passed,
    /// Not run here, and why.
    Skipped(&'static str),
}

/// Runs the steps named, or all.
pub(crate) fn run(workspace: &Workspace, names: &[&str]) -> Result<()> {
    if let Some(name) = names
        .iter()
        .find(|name| !STEPS.iter().any(|step| step.name == **name))
    {
        let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        bail!("no step `{name}`; there are {}", known.join(", "));
    }
    let mut lines = Vec::new();
    let mut failed = Vec::new();
    for step in STEPS
        .iter()
        .filter(|step| names.is_empty() || names.contains(&step.name))
    {
        println!("\n== {}: {}", step.name, step.what);
        let started = Instant::now();
        let word = match (step.run)(workspace) {
            Ok(Outcome::Passed) => "passed".to_owned(),
            Ok(Outcome::Skipped(why)) => format!("skipped: {why}"),
            Err(error) => {
                failed.push(step.name);
                format!("FAILED: {error:#}")
            }
        };
        let line = summary(step.name, started.elapsed(), &word);
        println!("{line}");
        lines.push(line);
    }
    println!("\n== summary\n{}", lines.join("\n"));
    if failed.is_empty() {
        return Ok(());
    }
    bail!("failed: {0} (alone: {TEST_COMMAND} {0})", failed.join(" "))
}

fn summary(name: &str, took: Duration, word: &str) -> String {
    format!("{name:8} {:7.1} s  {word}", took.as_secs_f64())
}

fn format(workspace: &Workspace) -> Result<Outcome> {
    call(workspace, &["fmt", "--all", "--check"])
}

fn readme(workspace: &Workspace) -> Result<Outcome> {
    for file in ["README.md", ".ci/run"] {
        let path = workspace.root.join(file);
        let text = fs::read_to_string(path).with_context(|| format!("failed to read {file}"))?;
        if !names_the_test_command(&text) {
            bail!("{file} holds no line `{TEST_COMMAND}`: what is told is what is run");
        }
    }
    Ok(Outcome::Passed)
}

fn names_the_test_command(text: &str) -> bool {
    text.lines().any(|line| line.trim() == TEST_COMMAND)
}

fn layers_kept(workspace: &Workspace) -> Result<Outcome> {
    layers::run(workspace).map(|()| Outcome::Passed)
}

fn ids_cited(workspace: &Workspace) -> Result<Outcome> {
    ids::run(workspace, ids::Show::Missing).map(|()| Outcome::Passed)
}

fn clippy(workspace: &Workspace) -> Result<Outcome> {
    call(
        workspace,
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
    )
}

/// The order of a hash map differs from run to run, so a pure crate's answer may not depend on it.
fn clippy_pure(workspace: &Workspace) -> Result<Outcome> {
    let mut words = vec!["clippy", "--lib", "--locked"];
    for name in layers::PURE {
        words.extend(["-p", name]);
    }
    words.extend(["--", "-D", "warnings", "-D", "clippy::iter_over_hash_type"]);
    call(workspace, &words)
}

fn doc(workspace: &Workspace) -> Result<Outcome> {
    let mut command = Command::new(cargo());
    command
        .args(["doc", "--workspace", "--no-deps", "--locked"])
        .env("RUSTDOCFLAGS", "-D warnings");
    finish(workspace, command)
}

fn test(workspace: &Workspace) -> Result<Outcome> {
    if installed("nextest") {
        return call(
            workspace,
            &[
                "nextest",
                "run",
                "--workspace",
                "--locked",
                "--no-fail-fast",
            ],
        );
    }
    println!("(cargo-nextest is not installed: cargo test does it, one crate after the other)");
    call(
        workspace,
        &[
            "test",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--locked",
            "--no-fail-fast",
        ],
    )
}

fn doctest(workspace: &Workspace) -> Result<Outcome> {
    call(workspace, &["test", "--workspace", "--doc", "--locked"])
}

/// Against programs that others wrote. Where namespaces cannot be made, this fails and says so.
fn lan(workspace: &Workspace) -> Result<Outcome> {
    in_namespaces(workspace, "tests/lan/run.py")
}

/// Two and three of ours, and peers that mean harm, in network namespaces.
fn friends(workspace: &Workspace) -> Result<Outcome> {
    in_namespaces(workspace, "tests/friends/run.py")
}

fn in_namespaces(workspace: &Workspace, script: &str) -> Result<Outcome> {
    call(workspace, &["build", "-p", "tincan", "--locked"])?;
    let mut command = Command::new("python3");
    command
        .arg(script)
        .arg("--bin")
        .arg(workspace.target.join("debug/tincan"));
    let status = command
        .current_dir(&workspace.root)
        .stdin(Stdio::null())
        .status()
        .context("failed to run python3")?;
    if !status.success() {
        bail!("{script} ended with {status}");
    }
    Ok(Outcome::Passed)
}

fn generated_fresh(workspace: &Workspace) -> Result<Outcome> {
    if !generated::committed(workspace) {
        return Ok(Outcome::Skipped("nothing generated is committed yet"));
    }
    generated::check(workspace).map(|()| Outcome::Passed)
}

fn deny(workspace: &Workspace) -> Result<Outcome> {
    if !installed("deny") {
        return Ok(Outcome::Skipped("cargo-deny is not installed"));
    }
    call(
        workspace,
        &["deny", "--locked", "check", "licenses", "bans", "sources"],
    )
}

fn installed(subcommand: &str) -> bool {
    Command::new(cargo())
        .args([subcommand, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn call(workspace: &Workspace, words: &[&str]) -> Result<Outcome> {
    let mut command = Command::new(cargo());
    command.args(words);
    finish(workspace, command)
}

fn finish(workspace: &Workspace, mut command: Command) -> Result<Outcome> {
    let status = command
        .current_dir(&workspace.root)
        .stdin(Stdio::null())
        .status()
        .context("failed to run cargo")?;
    if !status.success() {
        bail!("cargo ended with {status}");
    }
    Ok(Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_command_has_a_line_of_its_own() {
        assert!(names_the_test_command("Test it:\n\n    cargo xtask ci\n"));
        assert!(!names_the_test_command(
            "Run `cargo xtask ci` to test.\ncargo xtask citrus\n"
        ));
    }

    #[test]
    fn no_two_steps_share_a_name() {
        for (at, step) in STEPS.iter().enumerate() {
            assert!(
                STEPS[at + 1..].iter().all(|other| other.name != step.name),
                "{}",
                step.name
            );
        }
    }

    #[test]
    fn an_unknown_step_is_refused_before_any_runs() {
        let workspace = Workspace {
            root: "/".into(),
            target: "/".into(),
            crates: Vec::new(),
        };
        let error = run(&workspace, &["layers", "fuzz"]).unwrap_err();
        assert!(error.to_string().starts_with("no step `fuzz`"), "{error}");
    }
}
