//! Fetching the mailbox, for wires that have one.

use std::time::Duration;

use model::{Command, Reply, Told};

use super::session::Session;

/// How often the mailbox is looked into: cp tells nothing by itself.
pub(crate) const EVERY: Duration = Duration::from_secs(15);

/// Takes all letters, oldest first. A letter is removed from the mailbox once `show` has taken it,
/// so what fails in between is seen again rather than lost [CP-10].
///
/// # Errors
/// Those of `show`, and of the session.
pub(crate) async fn take_all(
    session: &mut Session,
    mut show: impl FnMut(&Told) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    loop {
        let reply = session.ask(Command::TakeMail { after: None }).await?;
        let Reply::Mail(Some(letter)) = reply else {
            return Ok(());
        };
        show(&letter)?;
        session.ask(Command::DropMail { id: letter.id }).await?;
    }
}
