//! A picture of oneself, from a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};

/// What a network takes for a picture.
pub(super) struct Fit {
    /// Bytes, at most.
    pub(super) most: u64,
    /// Why no more, behind that number in a sentence.
    pub(super) why: &'static str,
    pub(super) kinds: &'static [Kind],
}

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Png,
    Jpeg,
    Gif,
}

impl Kind {
    /// What the file begins with.
    fn magics(self) -> &'static [&'static [u8]] {
        match self {
            Self::Png => &[b"\x89PNG\r\n\x1a\n"],
            Self::Jpeg => &[b"\xff\xd8\xff"],
            Self::Gif => &[b"GIF87a", b"GIF89a"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Gif => "GIF",
        }
    }
}

/// Reads a picture.
///
/// # Errors
/// It cannot be read, is too large, or is no picture that the network takes.
pub(super) fn read(path: &Path, fit: &Fit) -> anyhow::Result<Vec<u8>> {
    let shown = path.display();
    let most = fit.most;
    let mut data = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most + 1).read_to_end(&mut data))
        .with_context(|| format!("cannot read the picture {shown}"))?;
    if data.len() as u64 > most {
        let why = fit.why;
        bail!("the picture {shown} has more than {most} bytes{why}; make it smaller");
    }
    let is_one = |kind: &Kind| kind.magics().iter().any(|magic| data.starts_with(magic));
    if !fit.kinds.iter().any(is_one) {
        bail!("{shown} is no {}", names(fit.kinds));
    }
    Ok(data)
}

/// `PNG, JPEG or GIF`.
fn names(kinds: &[Kind]) -> String {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_named_in_a_sentence() {
        assert_eq!(names(&[Kind::Png]), "PNG");
        assert_eq!(names(&[Kind::Png, Kind::Jpeg]), "PNG or JPEG");
        let all = [Kind::Png, Kind::Jpeg, Kind::Gif];
        assert_eq!(names(&all), "PNG, JPEG or GIF");
    }
}
