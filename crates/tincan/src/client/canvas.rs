//! Lines on a terminal that are drawn again and again, in their place.

use std::io;

use rustix::termios::tcgetwinsize;

use crate::print;

/// The size of a terminal that does not tell its own.
const USUAL: (usize, usize) = (80, 24);

/// What is on the screen.
#[derive(Debug, Default)]
pub(crate) struct Canvas {
    shown: Vec<String>,
    size: (usize, usize),
}

impl Canvas {
    /// Draws the lines that are right for a size in columns and rows over what was drawn before, if
    /// they have changed.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(crate) fn draw(
        &mut self,
        lines: impl FnOnce((usize, usize)) -> Vec<String>,
    ) -> anyhow::Result<()> {
        let size = terminal_size();
        let lines = lines(size);
        if lines == self.shown && size == self.size {
            return Ok(());
        }
        // A narrower window has broken the old lines into more; then begin below them.
        let up = if size.0 < self.size.0 {
            0
        } else {
            self.shown.len()
        };
        let mut text = String::new();
        if up > 0 {
            text.push_str(&format!("\x1b[{up}A\r"));
        }
        text.push_str("\x1b[J");
        for line in &lines {
            text.push_str(line);
            text.push('\n');
        }
        print::raw(&text)?;
        self.shown = lines;
        self.size = size;
        Ok(())
    }

    /// Leaves the lines as they are, without the `^C` that the terminal has put below them.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(crate) fn leave(&self) -> anyhow::Result<()> {
        Ok(print::raw("\r\x1b[K")?)
    }
}

/// Columns and rows of standard output.
fn terminal_size() -> (usize, usize) {
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
        Ok(_) | Err(_) => USUAL,
    }
}
