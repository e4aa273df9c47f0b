//! Where the hub's data is, and the one place that chooses what keeps it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use etcetera::BaseStrategy;
use store::Store;

use crate::args::DataArgs;
use crate::config::{ConfigError, Origin};

/// The folder that was asked for, else `tincan` in the platform's data folder
/// (`$XDG_DATA_HOME/tincan`), and who said so. It may not exist.
///
/// # Errors
/// Where the platform names no such folder (no home).
pub(crate) fn folder(args: &DataArgs) -> Result<(PathBuf, Origin), ConfigError> {
    if let Some(folder) = &args.data {
        let by_variable = std::env::var_os("TINCAN_DATA").is_some_and(|value| value == **folder);
        let origin = if by_variable {
            Origin::Environment("TINCAN_DATA".to_owned())
        } else {
            Origin::Flag("--data")
        };
        return Ok((folder.clone(), origin));
    }
    let base = etcetera::choose_base_strategy().map_err(|_| {
        ConfigError::elsewhere(
            "there is no home folder to keep data in; say where with --data DIR".to_owned(),
        )
    })?;
    Ok((base.data_dir().join("tincan"), Origin::Default))
}

/// Makes the folder, readable by its owner only, where it is missing.
///
/// # Errors
/// The folder cannot be made.
pub(crate) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .with_context(|| format!("cannot make the data folder {}", folder.display()))
}

/// The store in `folder`, beside a hub that may be running on it.
///
/// # Errors
/// The store cannot be opened.
pub(crate) fn open_shared(folder: &Path) -> anyhow::Result<Box<dyn Store>> {
    anyhow::bail!("cannot open the data in {}", folder.display())
}
