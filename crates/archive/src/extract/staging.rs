//! Where an archive is extracted to before it is known to be good.

use std::{
    borrow::Cow,
    fmt,
    hash::{BuildHasher, RandomState},
    path::PathBuf,
};

use rustix::{
    fd::OwnedFd,
    fs::{AtFlags, Mode, fchmod, mkdirat, unlinkat},
    io::Errno,
    process::geteuid,
};

use super::{destination::Destination, remove::empty_directory};
use crate::{
    EntryPath, Error, Observer, Result, Warning,
    os::{facts::Facts, listing::Listing, open_directory, xattr},
};

/// A fresh directory of mode 0700 with a random name inside the destination, held by descriptor.
///
/// Everything below it is reached through that descriptor, so that whoever may rename things in the
/// destination cannot divert anything. It is removed with all its contents when this is dropped; the
/// observer is told when that fails.
pub(super) struct Staging<'o> {
    pub(super) destination: Destination,
    pub(super) name: String,
    pub(super) directory: OwnedFd,
    pub(super) observer: &'o dyn Observer,
}

impl<'o> Staging<'o> {
    pub(super) fn create(destination: Destination, observer: &'o dyn Observer) -> Result<Self> {
        let (name, directory) = make_directory(&destination)?;
        let staging = Self {
            destination,
            name,
            directory,
            observer,
        };
        // What is made in a directory inherits its lists and its group, and must not here.
        staging
            .disinherit()
            .map_err(|errno| Error::io("prepare", staging.path(), errno))?;
        Ok(staging)
    }

    /// What a failed system call means for an entry.
    pub(super) fn failed(&self, action: &'static str, path: &EntryPath, errno: Errno) -> Error {
        Error::io(action, path.below(&self.destination.path), errno)
    }

    /// Tells the observer of something that is left behind.
    pub(super) fn left_behind(&self, path: PathBuf, errno: Errno) {
        let reason = std::io::Error::from(errno).to_string();
        self.observer.warning(Warning::NotRemoved { path, reason });
    }

    fn disinherit(&self) -> rustix::io::Result<()> {
        xattr::remove(&self.directory, xattr::DEFAULT_ACL)?;
        xattr::remove(&self.directory, xattr::ACCESS_ACL)?;
        fchmod(&self.directory, Mode::RWXU)
    }

    fn path(&self) -> PathBuf {
        self.destination.path.join(&self.name)
    }

    fn remove(&self) -> rustix::io::Result<()> {
        empty_directory(&self.directory)?;
        let parent = &self.destination.directory;
        unlinkat(parent, self.name.as_str(), AtFlags::REMOVEDIR)
    }
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        if let Err(errno) = self.remove() {
            self.left_behind(self.path(), errno);
        }
    }
}

impl fmt::Debug for Staging<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Staging").field(&self.path()).finish()
    }
}

fn make_directory(destination: &Destination) -> Result<(String, OwnedFd)> {
    loop {
        // The standard library keys its hash tables with random numbers.
        let random = RandomState::new().hash_one(0);
        let name = format!(".prose-backup-{random:016x}");
        match mkdirat(&destination.directory, name.as_str(), Mode::RWXU) {
            Ok(()) => {}
            Err(Errno::EXIST) => continue,
            Err(errno) => return Err(not_made(destination, errno)),
        }
        return match open_ours(destination, &name) {
            Ok(directory) => Ok((name, directory)),
            Err(error) => {
                // Whosever it is, it goes only if it is empty.
                let parent = &destination.directory;
                let _ = unlinkat(parent, name.as_str(), AtFlags::REMOVEDIR);
                Err(error)
            }
        };
    }
}

/// Opens the directory that was made under a name, and nothing that was put in its place.
fn open_ours(destination: &Destination, name: &str) -> Result<OwnedFd> {
    let parent = &destination.directory;
    let failed = |errno| not_made(destination, errno);
    let directory = open_directory(parent, name).map_err(failed)?;
    match distrust(parent, name, &directory).map_err(failed)? {
        None => Ok(directory),
        Some(why) => Err(Error::StagingExchanged {
            path: destination.path.join(name),
            why,
        }),
    }
}

fn not_made(destination: &Destination, errno: Errno) -> Error {
    Error::io("create a staging directory in", &destination.path, errno)
}

/// Why a directory is not the one that we have just made under that name, if it is not.
///
/// Whoever may write to the parent could have put another one there before it was opened. Then it
/// is not ours, or others can enter it, or something is in it. Access control lists grant nothing
/// beyond the bits of the group, which are their mask.
fn distrust(
    parent: &OwnedFd,
    name: &str,
    directory: &OwnedFd,
) -> rustix::io::Result<Option<Cow<'static, str>>> {
    let facts = Facts::of(directory)?;
    let us = geteuid().as_raw();
    Ok(if facts.uid != us {
        Some(format!("it belongs to the user {}, and we are {us}", facts.uid).into())
    } else if facts.mode & 0o077 != 0 {
        Some("others can enter it".into())
    } else if Listing::read(directory)?.len() != 0 {
        Some("it is not empty".into())
    } else if Facts::at(parent, name).map(|named| named.id) != Ok(facts.id) {
        Some("another one has its name".into())
    } else {
        None
    })
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{PermissionsExt, chown},
        path::{Path, PathBuf},
    };

    use rustix::{fs::CWD, process::geteuid};

    use super::{Destination, distrust, open_directory, open_ours};
    use crate::Error;

    /// A directory `d` of mode 0700, and what it lies in.
    fn made() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("d");
        fs::create_dir(&path).unwrap();
        set_mode(&path, 0o700);
        (root, path)
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Why `d` is not opened, if it is not.
    fn why(root: &Path) -> Option<String> {
        match open_ours(&Destination::open(root).unwrap(), "d") {
            Ok(_) => None,
            Err(Error::StagingExchanged { path, why }) => {
                assert_eq!(path, root.join("d"));
                Some(why.into_owned())
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn the_directory_that_was_made_is_opened() {
        let (root, path) = made();
        assert_eq!(why(root.path()), None);
        // As it is made where the parent hands its group down.
        set_mode(&path, 0o2700);
        assert_eq!(why(root.path()), None);
    }

    #[test]
    fn a_directory_that_others_can_enter_is_not_trusted() {
        let (root, path) = made();
        for mode in [0o710, 0o707, 0o750] {
            set_mode(&path, mode);
            assert_eq!(why(root.path()).unwrap(), "others can enter it");
        }
    }

    #[test]
    fn a_directory_that_is_not_empty_is_not_trusted_and_stays() {
        let (root, path) = made();
        fs::write(path.join("file"), "").unwrap();
        assert_eq!(why(root.path()).unwrap(), "it is not empty");
        assert!(path.join("file").exists());
    }

    #[test]
    fn a_directory_of_somebody_else_is_not_trusted() {
        let (root, path) = made();
        if geteuid().is_root() {
            chown(&path, Some(1234), None).unwrap();
            let expected = "it belongs to the user 1234, and we are 0";
            assert_eq!(why(root.path()).unwrap(), expected);
        } else {
            // An ordinary user cannot give anything away, but sees what root has.
            let parent = open_directory(CWD, "/").unwrap();
            let theirs = open_directory(&parent, "usr").unwrap();
            let why = distrust(&parent, "usr", &theirs).unwrap().unwrap();
            assert!(why.starts_with("it belongs to the user 0"), "{why}");
        }
    }

    #[test]
    fn a_directory_that_was_moved_away_is_not_trusted() {
        let (root, path) = made();
        let parent = open_directory(CWD, root.path()).unwrap();
        let directory = open_directory(&parent, "d").unwrap();
        fs::rename(&path, root.path().join("moved")).unwrap();
        for _ in 0..2 {
            let why = distrust(&parent, "d", &directory).unwrap().unwrap();
            assert_eq!(why, "another one has its name");
            let _ = fs::create_dir(&path);
        }
    }
}
