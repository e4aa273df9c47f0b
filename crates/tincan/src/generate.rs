//! Files made from the program's own definitions, so that they cannot drift from it.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;
use rand::RngCore;
use rand::rngs::OsRng;

use crate::args::{Cli, Generate};
use crate::{config, print};

/// Carries out `tincan generate`.
///
/// # Errors
/// A file cannot be written.
pub(crate) fn run(what: Generate) -> anyhow::Result<ExitCode> {
    match what {
        Generate::Man { dir } => man(&dir)?,
        Generate::Completions { dir } => completions(&dir)?,
        Generate::Key => print::output(key())?,
        Generate::Config => print::output(config::sample())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the completions for one shell.
///
/// # Errors
/// Standard output is closed.
pub(crate) fn print_completions(shell: Shell) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tincan", &mut script);
    print::output(String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

fn man(dir: &Path) -> anyhow::Result<()> {
    make(dir)?;
    clap_mangen::generate_to(Cli::command(), dir)
        .with_context(|| format!("cannot write manual pages to {}", dir.display()))
}

fn completions(dir: &Path) -> anyhow::Result<()> {
    make(dir)?;
    for shell in Shell::value_variants() {
        clap_complete::generate_to(*shell, &mut Cli::command(), "tincan", dir)
            .with_context(|| format!("cannot write completions to {}", dir.display()))?;
    }
    Ok(())
}

fn make(dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))
}

/// 32 hexadecimal digits from the system's random source.
fn key() -> String {
    let mut key = [0; 16];
    OsRng.fill_bytes(&mut key);
    format!("{:032x}", u128::from_be_bytes(key))
}
