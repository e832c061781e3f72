//! What the system knows of a file.

use rustix::{
    fd::AsFd,
    fs::{self, AtFlags, FileType, Stat},
    io::{Result, retry_on_intr},
    path::Arg,
};

use crate::entry::ModificationTime;

/// Which file it is, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

/// What an archive keeps of a file, and what tells whether it has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) id: FileId,
    pub(crate) file_type: FileType,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) size: u64,
    pub(crate) links: u64,
    pub(crate) modified: ModificationTime,
    /// When content or attributes were last changed. Never archived.
    pub(crate) changed: ModificationTime,
}

impl Facts {
    /// Of an open file.
    pub(crate) fn of(fd: impl AsFd) -> Result<Self> {
        retry_on_intr(|| fs::fstat(fd.as_fd())).map(|stat| Self::new(&stat))
    }

    /// Of a name below an open directory; of a symbolic link itself.
    pub(crate) fn at(directory: impl AsFd, name: impl Arg + Copy) -> Result<Self> {
        retry_on_intr(|| fs::statat(directory.as_fd(), name, AtFlags::SYMLINK_NOFOLLOW))
            .map(|stat| Self::new(&stat))
    }

    /// The types of the fields differ between processors.
    #[allow(clippy::useless_conversion, clippy::unnecessary_fallible_conversions)]
    fn new(stat: &Stat) -> Self {
        let mode = u32::from(stat.st_mode);
        Self {
            id: FileId {
                device: stat.st_dev.into(),
                inode: stat.st_ino.into(),
            },
            file_type: FileType::from_raw_mode(mode),
            mode: mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            links: stat.st_nlink.into(),
            modified: time(stat.st_mtime.into(), u32::try_from(stat.st_mtime_nsec)),
            changed: time(stat.st_ctime.into(), u32::try_from(stat.st_ctime_nsec)),
        }
    }
}

/// The kernel's nanoseconds are always in range.
fn time<E>(seconds: i64, nanoseconds: std::result::Result<u32, E>) -> ModificationTime {
    ModificationTime::new(seconds, nanoseconds.unwrap_or(0)).unwrap_or_default()
}
