//! The only way to the standard streams: what a program would parse goes to standard output,
//! everything else to standard error.

use std::fmt::Display;
use std::io::{self, Write};
#[cfg(unix)]
use std::time::Duration;

/// How often it is looked whether standard output is still read.
#[cfg(unix)]
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Why standard output did not take it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// Nobody reads any more, as after `| head -1`: no failure of ours.
    #[error("standard output is closed")]
    Closed,
    /// The disk is full, for one.
    #[error("cannot write to standard output: {0}")]
    Failed(io::Error),
}

/// Writes a line, or a text that ends with one, to standard output, and flushes it.
///
/// # Errors
/// [`OutputError`].
pub(crate) fn output(text: impl Display) -> Result<(), OutputError> {
    let mut text = text.to_string();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    raw(&text)
}

/// Writes to standard output as it is, and flushes it.
///
/// # Errors
/// [`OutputError`].
pub(crate) fn raw(text: &str) -> Result<(), OutputError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => OutputError::Closed,
            _ => OutputError::Failed(error),
        })
}

/// Does something that may be silent for long, for as long as somebody reads standard output: after
/// `| head -1` nothing would be written any more that could tell.
///
/// # Errors
/// Those of `work`; [`OutputError::Closed`].
pub(crate) async fn while_read<T>(
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    tokio::select! {
        biased;
        done = work => done,
        () = unread() => Err(OutputError::Closed.into()),
    }
}

/// Returns when nobody reads standard output any more; never where that cannot be known.
pub(crate) async fn unread() {
    #[cfg(unix)]
    while !is_closed(&io::stdout()) {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    #[cfg(not(unix))]
    std::future::pending::<()>().await;
}

/// Whether whoever reads what is written here has left.
#[cfg(unix)]
fn is_closed(out: &impl std::os::fd::AsFd) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    // Asked for or not, it is told.
    let mut asked = [PollFd::new(out, PollFlags::empty())];
    let at_once = Timespec::default();
    let is_told = poll(&mut asked, Some(&at_once)).is_ok_and(|told| told > 0);
    is_told
        && asked[0]
            .revents()
            .intersects(PollFlags::ERR | PollFlags::HUP)
}

/// Tells the person something, on standard error. Whoever closed that does not want to know.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "tincan: {text}");
}

/// The SHA-256 of a certificate as people compare it: 64 hexadecimal digits.
pub(crate) fn fingerprint(sha256: &[u8; 32]) -> String {
    sha256.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Asks the person something, on standard error, and leaves the cursor behind it.
pub(crate) fn ask(question: &str) {
    let mut err = io::stderr().lock();
    let _ = write!(err, "tincan: {question}");
    let _ = err.flush();
}

/// Whether standard error is a terminal whose person wants colours.
pub(crate) fn colours_on_stderr() -> bool {
    use std::io::IsTerminal;
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_closed_once_its_reader_has_left() {
        let (reader, writer) = io::pipe().unwrap();
        assert!(!is_closed(&writer));
        drop(reader);
        assert!(is_closed(&writer));
        assert!(!is_closed(&tempfile::tempfile().unwrap()));
    }
}
