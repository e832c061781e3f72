//! Making what was staged visible.

use std::path::Path;

use rustix::{
    fd::OwnedFd,
    fs::{
        AtFlags, Mode, RenameFlags, fchmod, fsync, linkat, renameat, renameat_with, syncfs,
        unlinkat,
    },
    io::Errno,
};

use super::{ExtractReport, Staged, staging::Staging};
use crate::{
    Error, Result,
    os::{facts::Facts, open_directory},
};

impl Staged<'_> {
    /// Moves every volume to its place, and makes sure that all of it survives a power loss.
    ///
    /// First the whole file system is flushed once (`syncfs`, whose result covers every file
    /// written since the staging directory was opened): with ten thousand files that takes a
    /// fraction of what as many single `fsync` calls take. Then each volume is renamed, and never
    /// over anything that exists. When one cannot be, those before it are moved back. Last the
    /// directory itself is flushed.
    ///
    /// On an error nothing of the archive is left, or the observer is told what is.
    pub fn commit(self) -> Result<ExtractReport> {
        let staging = &self.staging;
        let destination = &staging.destination;
        syncfs(&staging.directory)
            .map_err(|errno| Error::io("flush the file system of", &destination.path, errno))?;

        let mut moved = Moved {
            staging,
            names: Vec::new(),
        };
        for volume in &self.report.volumes {
            let name = volume.as_str();
            rename_exclusively(&staging.directory, &destination.directory, name).map_err(
                |errno| match errno {
                    Errno::EXIST | Errno::NOTEMPTY => destination.conflict(name),
                    _ => Error::io("create", destination.path.join(name), errno),
                },
            )?;
            moved.names.push(name);
        }
        for root in &self.root_modes {
            fchmod(&root.directory, Mode::from_raw_mode(root.mode)).map_err(|errno| {
                Error::io("set the mode of", root.path.below(&destination.path), errno)
            })?;
        }
        fsync(&destination.directory)
            .map_err(|errno| Error::io("flush", &destination.path, errno))?;
        for created in destination.created() {
            flush_parent(created)?;
        }
        moved.names.clear();
        Ok(self.report.clone())
    }
}

/// Volumes that were moved to their place, and are moved back unless the commit succeeds.
struct Moved<'s> {
    staging: &'s Staging<'s>,
    names: Vec<&'s str>,
}

impl Drop for Moved<'_> {
    fn drop(&mut self) {
        let destination = &self.staging.destination.directory;
        for name in self.names.iter().rev() {
            // A directory without write permission cannot be moved by an ordinary user.
            if let Ok(directory) = open_directory(destination, *name) {
                let _ = fchmod(&directory, Mode::RWXU);
            }
            if let Err(errno) = rename_exclusively(destination, &self.staging.directory, name) {
                let path = self.staging.destination.path.join(name);
                self.staging.left_behind(path, errno);
            }
        }
    }
}

/// Moves a name from one directory to the other, unless it is taken there.
fn rename_exclusively(from: &OwnedFd, to: &OwnedFd, name: &str) -> rustix::io::Result<()> {
    match renameat_with(from, name, to, name, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS) => rename_with_check(from, to, name),
        other => other,
    }
}

/// The same where the file system cannot rename exclusively. Files are linked, which never replaces
/// anything. A directory is renamed after a look: should an empty directory appear in between, it
/// is replaced; anything else makes the rename fail.
fn rename_with_check(from: &OwnedFd, to: &OwnedFd, name: &str) -> rustix::io::Result<()> {
    if Facts::at(from, name)?.file_type != rustix::fs::FileType::Directory {
        linkat(from, name, to, name, AtFlags::empty())?;
        return unlinkat(from, name, AtFlags::empty());
    }
    match Facts::at(to, name) {
        Err(Errno::NOENT) => renameat(from, name, to, name),
        Ok(_) => Err(Errno::EXIST),
        Err(errno) => Err(errno),
    }
}

/// Flushes the directory in which a directory was created.
fn flush_parent(created: &Path) -> Result<()> {
    let parent = match created.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    open_directory(rustix::fs::CWD, parent)
        .and_then(fsync)
        .map_err(|errno| Error::io("flush", parent, errno))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rustix::{fs::CWD, io::Errno};

    use super::{open_directory, rename_exclusively, rename_with_check};

    #[test]
    fn nothing_is_replaced_whatever_the_file_system_can_do() {
        for rename in [rename_exclusively as fn(&_, &_, &_) -> _, rename_with_check] {
            let root = tempfile::tempdir().unwrap();
            for path in ["from/directory", "to/directory"] {
                fs::create_dir_all(root.path().join(path)).unwrap();
            }
            for path in ["from/file", "to/file", "to/directory/child"] {
                fs::write(root.path().join(path), path).unwrap();
            }
            let from = open_directory(CWD, &root.path().join("from")).unwrap();
            let to = open_directory(CWD, &root.path().join("to")).unwrap();
            assert_eq!(rename(&from, &to, "directory"), Err(Errno::EXIST));
            assert_eq!(rename(&from, &to, "file"), Err(Errno::EXIST));

            fs::remove_file(root.path().join("to/file")).unwrap();
            fs::remove_dir_all(root.path().join("to/directory")).unwrap();
            rename(&from, &to, "directory").unwrap();
            rename(&from, &to, "file").unwrap();
            assert_eq!(fs::read(root.path().join("to/file")).unwrap(), b"from/file");
            assert_eq!(fs::read_dir(root.path().join("from")).unwrap().count(), 0);
        }
    }
}
