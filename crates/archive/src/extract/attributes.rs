//! Owner, mode, extended attributes and time, in an order in which none undoes another.
//!
//! The owner comes first, since changing it clears set-id bits and capabilities. Extended attributes
//! come before the mode, since a mode without write permission would forbid them to an ordinary
//! user, and since an access control list sets the group's bits, which the mode then repeats. The
//! time comes last, since all else could move it.

use rustix::{
    fd::BorrowedFd,
    fs::{
        AtFlags, Gid, Mode, Timespec, Timestamps, UTIME_OMIT, Uid, chownat, fchmod, fchown,
        futimens, utimensat,
    },
    io::{Errno, Result},
};

use super::losses::Losses;
use crate::{Entry, EntryPath, ModificationTime, Observer, entry::Xattr, os::xattr::Target};

/// Restores what an archive says of an entry, as far as this user may.
pub(super) struct Attributes<'o> {
    observer: &'o dyn Observer,
    /// Whom everything belongs to that we make.
    pub(super) uid: u32,
    losses: Losses,
}

/// Which parts of an owner are as the archive says.
#[derive(Clone, Copy)]
struct Owner {
    user: bool,
    group: bool,
}

impl<'o> Attributes<'o> {
    pub(super) fn new(observer: &'o dyn Observer, uid: u32) -> Self {
        Self {
            observer,
            uid,
            losses: Losses::default(),
        }
    }

    /// Whether we may do everything with every file.
    pub(super) fn is_root(&self) -> bool {
        self.uid == 0
    }

    /// Restores owner and attributes of an open file or directory, and answers the mode that it may
    /// then have.
    pub(super) fn restore(&mut self, fd: BorrowedFd<'_>, entry: &Entry) -> Result<u32> {
        let owner = self.restore_owner(entry, |uid, gid| fchown(fd, uid, gid))?;
        self.restore_xattrs(&Target::Open(fd), entry);
        Ok(self.permitted_mode(entry, owner))
    }

    /// Restores all of a symbolic link but its mode, which it does not have.
    pub(super) fn restore_link(
        &mut self,
        directory: BorrowedFd<'_>,
        name: &std::ffi::CStr,
        entry: &Entry,
    ) -> Result<()> {
        let nofollow = AtFlags::SYMLINK_NOFOLLOW;
        self.restore_owner(entry, |uid, gid| {
            chownat(directory, name, uid, gid, nofollow)
        })?;
        self.restore_xattrs(&Target::link(directory, name), entry);
        utimensat(directory, name, &timestamps(entry.modified), nofollow)
    }

    /// Sets an attribute, or counts it as lost.
    pub(super) fn restore_xattr(&mut self, target: &Target<'_>, path: &EntryPath, xattr: &Xattr) {
        if let Err(errno) = target.set(xattr) {
            self.losses.xattr(path, &xattr.name, errno);
        }
    }

    /// Reports what could not be restored.
    pub(super) fn finish(self) {
        self.losses.report(self.observer);
    }

    fn restore_owner(
        &mut self,
        entry: &Entry,
        chown: impl Fn(Option<Uid>, Option<Gid>) -> Result<()>,
    ) -> Result<Owner> {
        let (uid, gid) = (Uid::from_raw(entry.uid), Gid::from_raw(entry.gid));
        match chown(Some(uid), Some(gid)) {
            Ok(()) => {
                return Ok(Owner {
                    user: true,
                    group: true,
                });
            }
            Err(Errno::PERM) if !self.is_root() => {}
            Err(errno) => return Err(errno),
        }
        // An ordinary user may still give a file to another group of theirs.
        let owner = Owner {
            user: entry.uid == self.uid,
            group: chown(None, Some(gid)).is_ok(),
        };
        self.losses.owner(&entry.path);
        Ok(owner)
    }

    fn restore_xattrs(&mut self, target: &Target<'_>, entry: &Entry) {
        for xattr in &entry.xattrs {
            self.restore_xattr(target, &entry.path, xattr);
        }
    }

    /// The mode without the set-id bits that would lend the rights of somebody else.
    fn permitted_mode(&mut self, entry: &Entry, owner: Owner) -> u32 {
        let mut mode = entry.mode;
        if !owner.user {
            mode &= !0o4000;
        }
        if !owner.group {
            mode &= !0o2000;
        }
        if mode != entry.mode {
            self.losses.set_id(&entry.path);
        }
        mode
    }
}

/// Sets mode and time of an open file or directory, whose owner and attributes are restored.
pub(super) fn seal(fd: BorrowedFd<'_>, mode: u32, modified: ModificationTime) -> Result<()> {
    fchmod(fd, Mode::from_raw_mode(mode))?;
    futimens(fd, &timestamps(modified))
}

/// The time of access stays what it is.
fn timestamps(modified: ModificationTime) -> Timestamps {
    Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        last_modification: Timespec {
            tv_sec: modified.seconds(),
            tv_nsec: modified.nanoseconds().into(),
        },
    }
}
