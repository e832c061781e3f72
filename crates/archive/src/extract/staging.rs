//! Where an archive is extracted to before it is known to be good.

use std::hash::{BuildHasher, RandomState};

use rustix::{
    fd::OwnedFd,
    fs::{AtFlags, Mode, fchmod, mkdirat, unlinkat},
    io::Errno,
};

use super::{destination::Destination, remove::empty_directory};
use crate::{
    EntryPath, Error, Result,
    os::{facts::Facts, open_directory, xattr},
};

/// A fresh directory of mode 0700 with a random name inside the destination, held by descriptor.
///
/// Everything below it is reached through that descriptor, so that whoever may rename things in the
/// destination cannot divert anything. It is removed with all its contents when this is dropped.
#[derive(Debug)]
pub(super) struct Staging {
    pub(super) destination: Destination,
    pub(super) name: String,
    pub(super) directory: OwnedFd,
}

impl Staging {
    pub(super) fn create(destination: Destination) -> Result<Self> {
        let (name, directory) = make_directory(&destination).map_err(|errno| {
            Error::io("create a staging directory in", &destination.path, errno)
        })?;
        let staging = Self {
            destination,
            name,
            directory,
        };
        // What is made in a directory inherits its lists and its group, and must not here.
        staging
            .disinherit()
            .map_err(|errno| Error::io("prepare", staging.path(), errno))?;
        Ok(staging)
    }

    /// Its owner, who is also the owner of all that is made in it.
    pub(super) fn owner(&self) -> Result<u32> {
        Facts::of(&self.directory)
            .map(|facts| facts.uid)
            .map_err(|errno| Error::io("look at", self.path(), errno))
    }

    /// What a failed system call means for an entry.
    pub(super) fn failed(&self, action: &'static str, path: &EntryPath, errno: Errno) -> Error {
        Error::io(action, path.below(&self.destination.path), errno)
    }

    fn disinherit(&self) -> rustix::io::Result<()> {
        xattr::remove(&self.directory, xattr::DEFAULT_ACL)?;
        xattr::remove(&self.directory, xattr::ACCESS_ACL)?;
        fchmod(&self.directory, Mode::RWXU)
    }

    fn path(&self) -> std::path::PathBuf {
        self.destination.path.join(&self.name)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // A destructor cannot report; what could not be removed stays, under a name that says whose
        // it is.
        if empty_directory(&self.directory).is_ok() {
            let parent = &self.destination.directory;
            let _ = unlinkat(parent, self.name.as_str(), AtFlags::REMOVEDIR);
        }
    }
}

fn make_directory(destination: &Destination) -> rustix::io::Result<(String, OwnedFd)> {
    loop {
        // The standard library keys its hash tables with random numbers.
        let random = RandomState::new().hash_one(0);
        let name = format!(".prose-backup-{random:016x}");
        match mkdirat(&destination.directory, name.as_str(), Mode::RWXU) {
            Ok(()) => {}
            Err(Errno::EXIST) => continue,
            Err(errno) => return Err(errno),
        }
        return match open_directory(&destination.directory, name.as_str()) {
            Ok(directory) => Ok((name, directory)),
            Err(errno) => {
                let _ = unlinkat(&destination.directory, name.as_str(), AtFlags::REMOVEDIR);
                Err(errno)
            }
        };
    }
}
