//! The configuration that the options choose.

use std::{
    env,
    path::{self, Path, PathBuf},
};

use prose_backup_config::{
    Config, DEFAULT_FILE, Fs, Loaded, Sources, Storage, Store, load, resolve,
};

use crate::{args::Global, exit::Failure};

/// Files in a store are their owner's unless the configuration says otherwise.
const DEFAULT_MODE: u32 = 0o600;

/// What the file and the environment say. With `--store` and without `--config` there is no file.
pub(crate) fn load_sources(global: &Global) -> Result<Loaded, Failure> {
    if global.store.is_some() && global.config.is_none() {
        resolve(&Sources {
            file: None,
            environment: env::vars_os().collect(),
        })
    } else {
        load(global.config.as_deref(), env::vars_os())
    }
    .map_err(|error| Failure::configuration(&error))
}

/// The configuration file that is read: the one that `--config` names, or the default one when
/// there is one.
pub(crate) fn file(global: &Global) -> Option<PathBuf> {
    match &global.config {
        Some(path) => Some(path.clone()),
        None => Path::new(DEFAULT_FILE)
            .exists()
            .then(|| DEFAULT_FILE.into()),
    }
}

/// The configuration, with `--store` in place of its storage.
pub(crate) fn config(global: &Global) -> Result<Config, Failure> {
    let mut config = load_sources(global)?.config;
    if let Some(directory) = &global.store {
        let mode = match config.storage.as_ref().map(|storage| &storage.backups) {
            Some(Store::Fs(fs)) => fs.mode,
            _ => DEFAULT_MODE,
        };
        let directory = path::absolute(directory)
            .map_err(|error| Failure::usage(format!("--store: {error}")))?;
        let store = Store::Fs(Fs { directory, mode });
        config.storage = Some(Storage {
            backups: store.clone(),
            checks: store,
            checks_previous: None,
        });
    }
    Ok(config)
}
