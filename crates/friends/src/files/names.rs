//! Names that others made up, so that they are harmless on a screen, in a path and on a disk.

/// A name as it is shown, and asked for in paths such as `music/live`: no separators, nothing that
/// steers a terminal or turns the writing direction, never empty, at most [`NAME_MAX`] bytes.
pub(crate) fn shown(name: &str) -> String {
    let mut clean: String = cut(name, NAME_MAX)
        .chars()
        .map(|c| if c == '/' || is_steering(c) { '_' } else { c })
        .collect();
    // Every steering character may have become shorter, none longer.
    if clean.is_empty() || clean == "." || clean == ".." {
        clean = "_".repeat(clean.len().max(1));
    }
    clean
}

/// A name as a file or folder gets it on any system; `file` if nothing is left of it.
pub(crate) fn for_disk(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|c| {
            if is_steering(c) || FORBIDDEN.contains(c) {
                '_'
            } else {
                c
            }
        })
        .collect();
    // Windows drops dots and blanks at the end, so two names would be one.
    let clean = clean.trim_start().trim_end_matches([' ', '.']);
    if clean.is_empty() {
        return "file".to_owned();
    }
    let clean = shortened(clean);
    let stem = clean.split('.').next().unwrap_or_default().trim_end();
    if is_reserved(stem) {
        format!("_{clean}")
    } else {
        clean
    }
}

/// Cut at the end of a character; what follows the last dot stays, so that the kind of file does.
fn shortened(name: &str) -> String {
    if name.len() <= DISK_MAX {
        return name.to_owned();
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= EXTENSION_MAX => {
            let stem = cut(stem, DISK_MAX - 1 - extension.len());
            format!("{stem}.{extension}")
        }
        Some(_) | None => cut(name, DISK_MAX).trim_end_matches([' ', '.']).to_owned(),
    }
}

fn cut(name: &str, most: usize) -> &str {
    let mut end = name.len().min(most);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

/// Characters that steer a terminal or the direction of text, or show nothing at all.
fn is_steering(c: char) -> bool {
    c.is_control()
        || model::is_directional(c)
        || matches!(c,
            '\u{200B}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{206A}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

fn is_reserved(stem: &str) -> bool {
    let stem = stem.to_ascii_uppercase();
    let numbered = |prefix| {
        stem.strip_prefix(prefix)
            .is_some_and(|n: &str| n.len() == 1 && n.as_bytes()[0].is_ascii_digit())
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

/// Bytes of a name, at most: what file systems take.
const NAME_MAX: usize = 255;
/// The same on our disk, with room for the number that a second file of the name gets.
const DISK_MAX: usize = 240;
/// What counts as an extension when a name is cut.
const EXTENSION_MAX: usize = 16;
/// What some system does not allow in a name.
const FORBIDDEN: &str = "/\\:*?\"<>|";

#[cfg(test)]
mod tests {
    use super::{for_disk, shown};

    // [RS-18] [RS-22]
    #[test]
    fn shown_names_steer_nothing() {
        assert_eq!(shown("a/../b"), "a_.._b");
        assert_eq!(shown(".."), "__");
        assert_eq!(shown("."), "_");
        assert_eq!(shown(""), "_");
        assert_eq!(shown("x\u{1b}[2J\u{202e}y\0"), "x_[2J_y_");
        assert_eq!(shown("Größe.txt"), "Größe.txt");
        assert!(shown(&"ä".repeat(400)).len() <= 255);
    }

    // [RS-17] [RS-22]
    #[test]
    fn disk_names_stay_in_their_folder() {
        assert_eq!(for_disk("../../etc/passwd"), ".._.._etc_passwd");
        assert_eq!(for_disk(".."), "file");
        assert_eq!(for_disk(" . . "), "file");
        assert_eq!(for_disk("a\\b:c"), "a_b_c");
        assert_eq!(for_disk("nul"), "_nul");
        assert_eq!(for_disk("Com1.txt"), "_Com1.txt");
        assert_eq!(for_disk("COM10"), "COM10");
        assert_eq!(for_disk("trailing. "), "trailing");
        assert_eq!(for_disk("song\n.ogg"), "song_.ogg");
        let long = for_disk(&format!("{}.flac", "é".repeat(300)));
        assert!(long.len() <= 240 && long.ends_with(".flac"), "{long}");
    }
}
