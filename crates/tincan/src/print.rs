//! The only way to the standard streams: what a program would parse goes to standard output,
//! everything else to standard error.

use std::fmt::Display;
use std::io::{self, Write};

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
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => OutputError::Closed,
            _ => OutputError::Failed(error),
        })
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
