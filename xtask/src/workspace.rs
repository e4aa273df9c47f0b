//! The workspace as `cargo metadata` tells it: our crates, and what each one declares to need.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Our crates and where they live.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds.
    pub(crate) target: PathBuf,
    pub(crate) crates: Vec<Crate>,
}

/// One crate of the workspace.
pub(crate) struct Crate {
    pub(crate) name: String,
    /// The folder of its `Cargo.toml`.
    pub(crate) folder: PathBuf,
    /// What its shipped code may name: normal and build dependencies, all targets, all features.
    pub(crate) needs: BTreeSet<String>,
}

impl Workspace {
    /// Asks the cargo that runs this task.
    pub(crate) fn load() -> Result<Self> {
        let output = Command::new(cargo())
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .output()
            .context("failed to run cargo metadata")?;
        if !output.status.success() {
            bail!(
                "cargo metadata: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let metadata = serde_json::from_slice(&output.stdout).context("cargo metadata's JSON")?;
        Self::from_metadata(&metadata)
    }

    /// Reads format version 1 of `cargo metadata`.
    pub(crate) fn from_metadata(metadata: &Value) -> Result<Self> {
        let packages = metadata["packages"]
            .as_array()
            .context("metadata without packages")?;
        let mut crates = packages
            .iter()
            .map(Crate::from_metadata)
            .collect::<Result<Vec<_>>>()?;
        crates.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self {
            root: PathBuf::from(text(metadata, "workspace_root")?),
            target: PathBuf::from(text(metadata, "target_directory")?),
            crates,
        })
    }

    /// Whether `name` is one of ours.
    pub(crate) fn owns(&self, name: &str) -> bool {
        self.crates.iter().any(|krate| krate.name == name)
    }

    /// `path` as it is written in messages: from the root of the repository.
    pub(crate) fn short(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

impl Crate {
    fn from_metadata(package: &Value) -> Result<Self> {
        let manifest = PathBuf::from(text(package, "manifest_path")?);
        let dependencies = package["dependencies"]
            .as_array()
            .context("no dependencies key")?;
        Ok(Self {
            name: text(package, "name")?.to_owned(),
            folder: manifest
                .parent()
                .context("a manifest without a folder")?
                .to_owned(),
            needs: dependencies
                .iter()
                .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
                .map(|dependency| text(dependency, "name").map(str::to_owned))
                .collect::<Result<_>>()?,
        })
    }
}

/// The cargo that runs this task, so that a chosen toolchain is kept.
pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Every file below `folder`, sorted; a folder that does not exist holds none.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        if !folder.is_dir() {
            continue;
        }
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("failed to list {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key]
        .as_str()
        .with_context(|| format!("cargo metadata without a {key}"))
}
