//! Manual pages and shell completions: made from the command line's own definitions by
//! `tincan generate`, committed so that packagers need not run the binary.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, cargo, files_below};

const KINDS: &[&str] = &["man", "completions"];

/// Replaces the committed files by what the binary makes now.
pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    for kind in KINDS {
        let folder = home(workspace, kind);
        generate(workspace, kind, &folder)?;
        println!(
            "gen: {} holds {} files",
            workspace.short(&folder),
            read(&folder)?.len()
        );
    }
    Ok(())
}

/// Fails if the committed files are not what the binary makes now.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut stale = Vec::new();
    for kind in KINDS {
        let fresh = workspace.target.join("xtask-gen").join(kind);
        generate(workspace, kind, &fresh)?;
        let committed = home(workspace, kind);
        stale.extend(
            differences(&read(&committed)?, &read(&fresh)?)
                .into_iter()
                .map(|name| workspace.short(&committed.join(name))),
        );
    }
    if !stale.is_empty() {
        bail!(
            "not as the command line is now: {} (run cargo xtask gen)",
            stale.join(", ")
        );
    }
    println!("gen: manual pages and completions are fresh");
    Ok(())
}

/// Whether there is anything to compare with.
pub(crate) fn committed(workspace: &Workspace) -> bool {
    KINDS.iter().any(|kind| home(workspace, kind).is_dir())
}

fn home(workspace: &Workspace, kind: &str) -> PathBuf {
    workspace.root.join("contrib").join(kind)
}

/// Empties `folder` and lets the binary fill it: a page of a removed command must not stay.
fn generate(workspace: &Workspace, kind: &str, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("failed to empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
    let status = Command::new(cargo())
        .args([
            "run", "-q", "--locked", "-p", "tincan", "--", "generate", kind,
        ])
        .arg(folder)
        .current_dir(&workspace.root)
        .status()
        .context("failed to run cargo")?;
    if !status.success() {
        bail!("tincan generate {kind} failed");
    }
    Ok(())
}

/// Relative path and content of every file below `folder`.
fn read(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    files_below(folder)?
        .into_iter()
        .map(|path| {
            let content =
                fs::read(&path).with_context(|| format!("failed to read {}", path.display()))?;
            Ok((
                path.strip_prefix(folder).unwrap_or(&path).to_owned(),
                content,
            ))
        })
        .collect()
}

/// Names that are in one only, or with other content.
fn differences<'a>(
    committed: &'a BTreeMap<PathBuf, Vec<u8>>,
    fresh: &'a BTreeMap<PathBuf, Vec<u8>>,
) -> Vec<&'a Path> {
    let mut names: Vec<&Path> = committed
        .keys()
        .chain(fresh.keys())
        .filter(|name| committed.get(*name) != fresh.get(*name))
        .map(PathBuf::as_path)
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_stale_when_changed_missing_or_left_over() {
        let committed = files(&[("same", "1"), ("changed", "1"), ("left-over", "1")]);
        let fresh = files(&[("same", "1"), ("changed", "2"), ("missing", "1")]);
        let names = ["changed", "left-over", "missing"].map(Path::new);
        assert_eq!(differences(&committed, &fresh), names);
        assert!(differences(&committed, &committed).is_empty());
    }

    fn files(files: &[(&str, &str)]) -> BTreeMap<PathBuf, Vec<u8>> {
        files
            .iter()
            .map(|(name, text)| (PathBuf::from(name), text.as_bytes().to_vec()))
            .collect()
    }
}
