//! What both directions need from the operating system. Everything works on descriptors.

pub(crate) mod facts;
pub(crate) mod ladder;
pub(crate) mod listing;
pub(crate) mod xattr;

use rustix::{
    fd::{AsFd, OwnedFd},
    fs::{self, Mode, OFlags},
    io::{Errno, Result, retry_on_intr},
    path::Arg,
};

/// Opens a directory below `parent` for reading. A symbolic link of that name is an error.
pub(crate) fn open_directory(parent: impl AsFd, name: impl Arg + Copy) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    retry_on_intr(|| fs::openat(parent.as_fd(), name, flags, Mode::empty()))
}

/// Whether a file system cannot do what was asked at all.
pub(crate) fn is_unsupported(errno: Errno) -> bool {
    matches!(errno, Errno::NOTSUP | Errno::NOSYS)
}
