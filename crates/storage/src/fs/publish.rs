//! Giving a finished file its name, in one step that replaces nothing.

use rustix::fs::{AtFlags, RenameFlags};
use rustix::io::Errno;

use super::directory::{Directory, Inode};
use super::errno::failed;
use crate::error::{Error, Publish};
use crate::key::Key;
use crate::subject::Action;

/// Names the file `partial`, which is `inode`, as `key`, unless that name is taken.
///
/// A call that failed may still have happened (a network file system repeats requests whose answer was lost, and
/// then meets its own file). So the inode that has the name decides.
pub(super) fn publish(
    directory: &Directory,
    partial: &str,
    key: &Key,
    inode: Inode,
) -> Result<(), Publish> {
    match rustix::fs::renameat_with(
        directory,
        partial,
        directory,
        key.as_str(),
        RenameFlags::NOREPLACE,
    ) {
        Ok(()) => Ok(()),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            publish_by_link(directory, partial, key, inode)
        }
        Err(errno) => settle(directory, key, inode, errno),
    }
}

/// The same for a file system without a no-replace rename: a hard link does not replace either.
fn publish_by_link(
    directory: &Directory,
    partial: &str,
    key: &Key,
    inode: Inode,
) -> Result<(), Publish> {
    match rustix::fs::linkat(
        directory,
        partial,
        directory,
        key.as_str(),
        AtFlags::empty(),
    ) {
        Ok(()) => {}
        Err(Errno::PERM | Errno::NOSYS | Errno::NOTSUP) => {
            return Err(Publish::Rejected(Error::Unsupported {
                subject: directory.subject(Action::Publish, key),
                what: "way to publish without overwriting; use a file system with hard links",
            }));
        }
        Err(errno) => settle(directory, key, inode, errno)?,
    }
    // The object is published, whatever becomes of its second name: a hidden one that anyone may delete.
    let _ = directory.unlink(partial);
    Ok(())
}

/// After a failed call: looks at which file has the name.
fn settle(directory: &Directory, key: &Key, inode: Inode, errno: Errno) -> Result<(), Publish> {
    let subject = directory.subject(Action::Publish, key);
    match directory.stat(key.as_str()) {
        Ok(stat) if Inode::of(&stat) == inode => Ok(()),
        Ok(_) => Err(Publish::Conflict(subject)),
        Err(Errno::NOENT) => Err(Publish::Rejected(failed(subject, errno))),
        Err(_) => Err(Publish::Unknown(failed(subject, errno))),
    }
}
