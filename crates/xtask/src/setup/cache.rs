//! The directory for tools, which one set-up at a time may change.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::terminal::say;

/// The directory for tools, locked until this value is dropped.
#[derive(Debug)]
pub(super) struct Cache {
    directory: PathBuf,
    _lock: File,
}

impl Cache {
    /// Makes the directory when it is not there and waits until no other set-up uses it.
    pub(super) fn lock() -> Result<Self> {
        let directory = location(env::var_os("XDG_CACHE_HOME"), env::var_os("HOME"))?;
        fs::create_dir_all(&directory).map_err(Error::io(format!(
            "make the directory {}",
            directory.display()
        )))?;
        let path = directory.join(".lock");
        let action = format!("lock {}", path.display());
        let lock = File::create(&path).map_err(Error::io(action.clone()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                say!(
                    "setup: waiting for another set-up, which holds {}",
                    path.display()
                );
                lock.lock().map_err(Error::io(action))?;
            }
            Err(TryLockError::Error(error)) => return Err(Error::io(action)(error)),
        }
        Ok(Self {
            directory,
            _lock: lock,
        })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }
}

/// `${XDG_CACHE_HOME:-~/.cache}/prose-backup/tools`; the XDG base directory specification says to
/// ignore a path that is not absolute.
fn location(xdg: Option<OsString>, home: Option<OsString>) -> Result<PathBuf> {
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    xdg.and_then(absolute)
        .or_else(|| Some(home.and_then(absolute)?.join(".cache")))
        .map(|cache| cache.join("prose-backup/tools"))
        .ok_or_else(|| {
            Error::Usage("neither XDG_CACHE_HOME nor HOME is an absolute path".to_owned())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(xdg: Option<&str>, home: Option<&str>) -> Option<PathBuf> {
        location(xdg.map(Into::into), home.map(Into::into)).ok()
    }

    #[test]
    fn the_cache_is_where_xdg_says() {
        let in_home = Some(PathBuf::from("/home/a/.cache/prose-backup/tools"));
        assert_eq!(
            at(Some("/c"), Some("/home/a")),
            Some("/c/prose-backup/tools".into())
        );
        assert_eq!(at(None, Some("/home/a")), in_home);
        assert_eq!(at(Some("relative"), Some("/home/a")), in_home);
        assert_eq!(at(Some(""), None), None);
    }
}
