//! `tincan`: a hub for three relay protocols, clients for each, and a node on the LAN.
//!
//! [`args`] says what can be asked for; each command is a module. Errors come up here and leave as
//! one sentence on standard error. Read on in [`config`] for the settings and [`serve`] for how the
//! parts become a hub.

mod account;
mod args;
mod client;
mod config;
mod data;
mod generate;
mod ops;
mod print;
mod serve;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command, ConfigArgs};
use config::ConfigError;
use print::OutputError;

/// Wrong usage, as the argument parser has it.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => tell(&error),
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(args) => serve::run(&config::load(&args.settings)?, &args),
        Command::Account(args) => account::run(args.action),
        Command::Config(args) => show_config(&args),
        Command::Client(command) => client::run(command),
        Command::Completions(args) => generate::print_completions(args.shell),
        Command::Generate(args) => generate::run(args.what),
    }
}

/// Says what went wrong, in one sentence, and gives the exit status for it.
fn tell(error: &anyhow::Error) -> ExitCode {
    if let Some(OutputError::Closed) = error.downcast_ref() {
        return ExitCode::SUCCESS;
    }
    print::note(sentence(error));
    match error.downcast_ref::<ConfigError>() {
        Some(error) if error.is_usage => ExitCode::from(USAGE),
        _ => ExitCode::FAILURE,
    }
}

/// What went wrong and why, each cause once: many name theirs already.
fn sentence(error: &anyhow::Error) -> String {
    let mut sentence = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if sentence.is_empty() {
            sentence = cause;
        } else if !sentence.ends_with(&cause) {
            sentence.push_str(": ");
            sentence.push_str(&cause);
        }
    }
    sentence
}

fn show_config(args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let layers = config::Layers::read(&args.settings, std::env::vars_os())?;
    let (folder, origin) = data::folder(&args.settings.data)?;
    // What does not resolve would not run: better said than shown.
    config::Config::resolve(&layers, folder.clone())?;
    if args.json {
        print::output(config::effective_json(&layers))?;
    } else {
        print::output(format_args!(
            "# The data is in {}  # {origin}\n\n{}",
            folder.display(),
            config::effective(&layers)
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
