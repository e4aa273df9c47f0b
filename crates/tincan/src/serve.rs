//! `tincan serve`: the parts become a hub.

use std::process::ExitCode;

use crate::args::ServeArgs;
use crate::config::Config;

/// Runs a hub until it is told to stop.
///
/// # Errors
/// A listener, the store or a certificate cannot be opened.
pub(crate) fn run(config: Config, args: &ServeArgs) -> anyhow::Result<ExitCode> {
    let _ = (config, args);
    anyhow::bail!("serving is not built in yet")
}
