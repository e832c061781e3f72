//! The directory that volumes are extracted to.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use rustix::{
    fd::OwnedFd,
    fs::{CWD, Mode, OFlags, openat},
    io::Errno,
};

use crate::{Error, Manifest, Result, os::facts::Facts};

/// An open directory, and which directories were created to have it.
///
/// Those that are still empty are removed again when this is dropped.
#[derive(Debug)]
pub(super) struct Destination {
    pub(super) path: PathBuf,
    pub(super) directory: OwnedFd,
    /// From the top down.
    created: Vec<PathBuf>,
}

impl Destination {
    /// Opens a directory. What is missing of it is created with mode 0700.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut created = Created(Vec::new());
        for missing in missing_directories(path) {
            match DirBuilder::new().mode(0o700).create(&missing) {
                Ok(()) => created.0.push(missing),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => {
                    return Err(Error::Io {
                        action: "create the directory",
                        path: missing,
                        source,
                    });
                }
            }
        }
        // A symbolic link is followed here: the operator named it.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = openat(CWD, path, flags, Mode::empty())
            .map_err(|errno| Error::io("open the directory", path, errno))?;
        Ok(Self {
            path: path.to_owned(),
            directory,
            created: std::mem::take(&mut created.0),
        })
    }

    /// Requires that no volume's name is taken.
    pub(super) fn check_free(&self, manifest: &Manifest) -> Result<()> {
        for volume in &manifest.volumes {
            let name = volume.name.as_str();
            match Facts::at(&self.directory, name) {
                Err(Errno::NOENT) => {}
                Ok(_) => return Err(self.conflict(name)),
                Err(errno) => return Err(Error::io("look at", self.path.join(name), errno)),
            }
        }
        Ok(())
    }

    /// The error of a name that is taken.
    pub(super) fn conflict(&self, name: &str) -> Error {
        Error::Conflict {
            path: self.path.join(name),
        }
    }

    /// The directories that were created, from the top down.
    pub(super) fn created(&self) -> &[PathBuf] {
        &self.created
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        Created(std::mem::take(&mut self.created));
    }
}

/// Directories that are removed again if they are empty.
struct Created(Vec<PathBuf>);

impl Drop for Created {
    fn drop(&mut self) {
        for path in self.0.iter().rev() {
            // One that is not empty is in use: it stays, and so do those above it.
            let _ = fs::remove_dir(path);
        }
    }
}

/// The directories of a path that do not exist, from the top down.
fn missing_directories(path: &Path) -> Vec<PathBuf> {
    let exists = |path: &&Path| path.as_os_str().is_empty() || fs::symlink_metadata(path).is_ok();
    let mut missing: Vec<PathBuf> = path
        .ancestors()
        .take_while(|path| !exists(path))
        .map(Path::to_owned)
        .collect();
    missing.reverse();
    missing
}
