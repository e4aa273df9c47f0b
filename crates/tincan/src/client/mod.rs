//! The commands that speak to a hub.

use std::process::ExitCode;

use crate::args::ClientCommand;

/// Carries out a client command.
///
/// # Errors
/// It was not done; the sentence says why.
pub(crate) fn run(command: ClientCommand) -> anyhow::Result<ExitCode> {
    let _ = command;
    anyhow::bail!("the clients are not built in yet")
}
