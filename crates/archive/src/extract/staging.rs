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

/// Makes a directory, and opens it. Nothing is done with one that is not surely ours.
fn make_directory(destination: &Destination) -> Result<(String, OwnedFd)> {
    let parent = &destination.directory;
    let failed = |errno| Error::io("create a staging directory in", &destination.path, errno);
    loop {
        // The standard library keys its hash tables with random numbers.
        let random = RandomState::new().hash_one(0);
        let name = format!(".prose-backup-{random:016x}");
        match mkdirat(parent, name.as_str(), Mode::RWXU) {
            Ok(()) => {}
            Err(Errno::EXIST) => continue,
            Err(errno) => return Err(failed(errno)),
        }
        let opened = open_directory(parent, name.as_str()).map_err(failed);
        let trusted = opened.and_then(|directory| match distrust(parent, &name, &directory) {
            Ok(None) => Ok(directory),
            Ok(Some(why)) => Err(Error::StagingExchanged {
                path: destination.path.join(&name),
                why,
            }),
            Err(errno) => Err(failed(errno)),
        });
        return match trusted {
            Ok(directory) => Ok((name, directory)),
            Err(error) => {
                // Whosever it is, it goes only if it is empty.
                let _ = unlinkat(parent, name.as_str(), AtFlags::REMOVEDIR);
                Err(error)
            }
        };
    }
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
        path::Path,
        sync::atomic::{AtomicBool, Ordering},
    };

    use rustix::{fs::CWD, process::geteuid};

    use super::{Staging, distrust, open_directory};
    use crate::{Error, Result, extract::destination::Destination};

    fn why(parent: &Path) -> Option<String> {
        let opened = open_directory(CWD, parent).unwrap();
        let directory = open_directory(&opened, "d").unwrap();
        distrust(&opened, "d", &directory)
            .unwrap()
            .map(|why| why.into_owned())
    }

    #[test]
    fn a_directory_that_others_could_have_put_there_is_not_trusted() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("d");
        let set_mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        fs::create_dir(&path).unwrap();
        set_mode(0o700);
        assert_eq!(why(root.path()), None);
        // As it is where the parent hands its group down.
        set_mode(0o2700);
        assert_eq!(why(root.path()), None);

        for mode in [0o710, 0o707, 0o750] {
            set_mode(mode);
            assert_eq!(why(root.path()).unwrap(), "others can enter it");
        }
        set_mode(0o700);
        fs::write(path.join("file"), "").unwrap();
        assert_eq!(why(root.path()).unwrap(), "it is not empty");
        fs::remove_file(path.join("file")).unwrap();

        let parent = open_directory(CWD, root.path()).unwrap();
        let directory = open_directory(&parent, "d").unwrap();
        fs::rename(&path, root.path().join("moved")).unwrap();
        let moved = || distrust(&parent, "d", &directory).unwrap().unwrap();
        assert_eq!(moved(), "another one has its name");
        fs::create_dir(&path).unwrap();
        assert_eq!(moved(), "another one has its name");

        if geteuid().is_root() {
            set_mode(0o700);
            chown(&path, Some(1234), None).unwrap();
            let expected = "it belongs to the user 1234, and we are 0";
            assert_eq!(why(root.path()).unwrap(), expected);
        }
    }

    /// Puts a directory of somebody else in the place of any that appears, until told to stop.
    fn exchange(root: &Path, stop: &AtomicBool) {
        for index in 0_u64.. {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let theirs = root.join(format!("theirs {index}"));
            fs::create_dir(&theirs).unwrap();
            fs::set_permissions(&theirs, fs::Permissions::from_mode(0o777)).unwrap();
            for entry in fs::read_dir(root.join("d")).unwrap().flatten() {
                let away = root.join(format!("ours {index}"));
                if fs::rename(entry.path(), away).is_ok() {
                    let _ = fs::rename(&theirs, entry.path());
                }
            }
        }
    }

    #[test]
    fn no_race_makes_a_directory_of_somebody_else_the_staging_directory() {
        let root = tempfile::tempdir().unwrap();
        let destination = root.path().join("d");
        fs::create_dir(&destination).unwrap();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| exchange(root.path(), &stop));
            for _ in 0..500 {
                let staging: Result<Staging<'_>> =
                    Staging::create(Destination::open(&destination).unwrap(), &());
                match staging {
                    Ok(staging) => {
                        let facts = super::Facts::of(&staging.directory).unwrap();
                        assert_eq!((facts.mode, facts.uid), (0o700, geteuid().as_raw()));
                        // Theirs was 0777 from the beginning, and what is ours is never in their name.
                        let path = fs::read_link(format!(
                            "/proc/self/fd/{}",
                            std::os::fd::AsRawFd::as_raw_fd(&staging.directory)
                        ))
                        .unwrap();
                        assert!(!path.to_string_lossy().contains("theirs"), "{path:?}");
                    }
                    Err(Error::StagingExchanged { .. } | Error::Io { .. }) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            stop.store(true, Ordering::Relaxed);
        });
    }
}
