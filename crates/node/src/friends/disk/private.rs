//! What is in no listing, whatever is shared: our keys and records [RS-16].

use std::path::{Path, PathBuf};

/// The folder of our keys and records.
#[derive(Clone, Debug)]
pub struct Private {
    /// Its real path.
    folder: PathBuf,
    /// Files that have come from friends, which are usually kept in it, and may be shared.
    incoming: Option<PathBuf>,
}

impl Private {
    /// All of `folder` but what is in `incoming`.
    pub fn new(folder: &Path, incoming: &Path) -> Self {
        let real = folder.canonicalize();
        let real = real.unwrap_or_else(|_| folder.to_owned());
        let incoming = match incoming.strip_prefix(folder) {
            // It may not be there yet.
            Ok(below) => Some(real.join(below)),
            Err(_) => incoming.canonicalize().ok(),
        };
        let incoming = incoming.filter(|path| *path != real && path.starts_with(&real));
        Self {
            folder: real,
            incoming,
        }
    }

    /// Whether something is private, by its real path.
    pub(super) fn holds(&self, real: &Path) -> bool {
        let incoming = self.incoming.as_ref();
        real.starts_with(&self.folder) && !incoming.is_some_and(|path| real.starts_with(path))
    }

    /// The same folder below one that is listed; `real`: that one's real path.
    pub(super) fn below(&self, root: &Path, real: &Path) -> Option<PathBuf> {
        let below = self.folder.strip_prefix(real).ok()?;
        Some(root.join(below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_private_but_what_has_come() {
        // [RS-16] [RS-22]
        let folder = Path::new("/nowhere/data/friends");
        let private = Private::new(folder, &folder.join("incoming"));
        let holds = |private: &Private, path: &str| private.holds(Path::new(path));
        for path in ["", "/profile.asc", "/deep/a", "/incoming.txt"] {
            let path = format!("/nowhere/data/friends{path}");
            assert!(holds(&private, &path), "{path}");
        }
        for path in ["/nowhere/data", "/nowhere/data/friends.txt"] {
            assert!(!holds(&private, path), "{path}");
        }
        assert!(!holds(&private, "/nowhere/data/friends/incoming"));
        assert!(!holds(&private, "/nowhere/data/friends/incoming/a.ogg"));
        // Wherever files come to, keys stay private.
        for incoming in ["/nowhere/data/friends", "/nowhere/data", "/elsewhere"] {
            let private = Private::new(folder, Path::new(incoming));
            assert!(holds(&private, "/nowhere/data/friends/profile.asc"));
        }
    }
}
