//! A QR code as text for a terminal: two modules in each character, one above the other.

use qrcode::{Color, EcLevel, QrCode};

/// Empty modules around the code: what readers need to find it.
const QUIET: usize = 4;
/// Black on white, whatever the terminal's own colours are: a reader wants dark on light.
const INK: &str = "\x1b[38;5;16;48;5;231m";
/// The terminal's own colours again.
const NO_INK: &str = "\x1b[0m";

/// The lines of a code for `text`; without colours where the output is no terminal.
///
/// # Errors
/// It is too long for a code.
pub(super) fn lines(text: &str, in_colour: bool) -> anyhow::Result<Vec<String>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L)
        .map_err(|error| anyhow::anyhow!("the invite does not fit a QR code: {error}"))?;
    let width = code.width();
    let side = width + 2 * QUIET;
    let is_dark = |row: usize, column: usize| {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < width);
        matches!((inside(column), inside(row)), (Some(x), Some(y)) if code[(x, y)] == Color::Dark)
    };
    let line = |row: usize| {
        let cells =
            (0..side).map(
                |column| match (is_dark(row, column), is_dark(row + 1, column)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                },
            );
        let cells: String = cells.collect();
        if in_colour {
            format!("{INK}{cells}{NO_INK}")
        } else {
            cells
        }
    };
    Ok((0..side).step_by(2).map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_square_with_a_quiet_edge_and_its_three_corners() {
        // [RS-2]
        let lines = lines("https://example.org/?rsInvite=ABC", false).unwrap();
        let side = lines[0].chars().count();
        assert_eq!(lines.len(), side.div_ceil(2));
        assert!(lines.iter().all(|line| line.chars().count() == side));
        for edge in &lines[..QUIET / 2] {
            assert!(edge.chars().all(|c| c == ' '));
        }
        let corner: String = lines[2].chars().skip(QUIET).take(7).collect();
        assert_eq!(corner, "█▀▀▀▀▀█");
        let other: String = lines[2].chars().rev().skip(QUIET).take(7).collect();
        assert_eq!(other, "█▀▀▀▀▀█");
    }

    #[test]
    fn colours_are_fixed_so_that_dark_terminals_show_it_too() {
        // [RS-2]
        for line in lines("x", true).unwrap() {
            assert!(line.starts_with(INK) && line.ends_with(NO_INK));
        }
        assert!(lines(&"x".repeat(4000), true).is_err());
    }
}
