//! Where the hub's data is, and the one place that chooses what keeps it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use etcetera::BaseStrategy;
use store::{Shelf, Store, StoreError};

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

/// The store in `folder` for a hub, made if it is not there.
///
/// # Errors
/// The store cannot be opened, or another hub has it.
pub(crate) fn open(folder: &Path) -> anyhow::Result<Box<dyn Store>> {
    let store = store_sqlite::SqliteStore::open(folder)
        .with_context(|| format!("cannot open the data in {}", folder.display()))?;
    Ok(Box::new(store))
}

/// The store in `folder`, made if it is not there, beside a hub that may be running on it.
///
/// # Errors
/// The store cannot be opened.
pub(crate) fn open_shared(folder: &Path) -> anyhow::Result<Box<dyn Store>> {
    let store = store_sqlite::SqliteStore::open_shared(folder)
        .with_context(|| format!("cannot open the data in {}", folder.display()))?;
    Ok(Box::new(store))
}

/// The records of a node of friends at `path`, made if they are not there.
///
/// # Errors
/// They cannot be opened, or another node has them.
pub(crate) fn open_shelf(path: &Path) -> Result<Box<dyn Shelf>, StoreError> {
    Ok(Box::new(store_sqlite::SqliteShelf::open(path)?))
}
