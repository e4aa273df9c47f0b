//! The project's habits, executable: each rule that a reviewer would have to remember is a check
//! here, and prints its reason when it fails.
//!
//! Run as `cargo xtask COMMAND`; [`USAGE`] lists the commands. `ci` calls all the others.

// A task runner talks to the person who runs it.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod ci;
mod generated;
mod ids;
mod layers;
mod source;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  ci [STEP]...    everything a change has to pass, or only the named steps
  layers          who may import whom, and what the pure crates may touch
  ids [--list]    every requirement id is cited by a test (--list: by which)
  gen [--check]   write contrib/man and contrib/completions (--check: compare only)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[&str]) -> Result<()> {
    match words {
        ["ci", steps @ ..] => ci::run(&Workspace::load()?, steps),
        ["layers"] => layers::run(&Workspace::load()?),
        ["ids"] => ids::run(&Workspace::load()?, ids::Show::Missing),
        ["ids", "--list"] => ids::run(&Workspace::load()?, ids::Show::All),
        ["gen"] => generated::write(&Workspace::load()?),
        ["gen", "--check"] => generated::check(&Workspace::load()?),
        [] | ["help" | "-h" | "--help"] => {
            print!("{USAGE}");
            Ok(())
        }
        other => bail!("no such command: {}\n\n{USAGE}", other.join(" ")),
    }
}
