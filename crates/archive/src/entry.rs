//! What an archive says of one file, directory or link.

use std::time::{Duration, SystemTime};

use crate::EntryPath;

/// One entry of a volume, with all that is kept of it but a file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path, which begins with the name of the volume; without a trailing slash.
    pub path: EntryPath,
    /// What it is.
    pub kind: EntryKind,
    /// Permissions with the set-user-id, set-group-id and sticky bits: `0..=0o7777`; of a symbolic
    /// link always `0o777`.
    pub mode: u32,
    /// The owner's user number.
    pub uid: u32,
    /// The owner's group number.
    pub gid: u32,
    /// When the content was modified.
    pub modified: ModificationTime,
    /// Extended attributes, sorted by name; a hard link has none, they are with its target.
    pub xattrs: Vec<Xattr>,
}

impl Entry {
    /// The bytes of a file's content that follow in the archive; 0 for what is not a file.
    pub fn size(&self) -> u64 {
        match self.kind {
            EntryKind::File { size } => size,
            _ => 0,
        }
    }

    /// What its extended attributes take.
    pub(crate) fn xattr_bytes(&self) -> usize {
        self.xattrs.iter().map(Xattr::bytes).sum()
    }
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File {
        /// How many bytes it holds.
        size: u64,
    },
    /// A directory.
    Directory,
    /// A symbolic link, kept as a link and never followed.
    Symlink {
        /// Where it points, as it was written; it may dangle.
        target: EntryPath,
    },
    /// Another name of a regular file that came earlier in the same volume.
    HardLink {
        /// The path of that file in the archive.
        target: EntryPath,
    },
}

impl EntryKind {
    pub(crate) fn link_target(&self) -> Option<&EntryPath> {
        match self {
            Self::Symlink { target } | Self::HardLink { target } => Some(target),
            Self::File { .. } | Self::Directory => None,
        }
    }
}

/// A modification time: whole seconds since 1970 (negative before), and nanoseconds after those.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModificationTime {
    seconds: i64,
    nanoseconds: u32,
}

impl ModificationTime {
    /// `None` unless `nanoseconds` is below 1,000,000,000.
    pub fn new(seconds: i64, nanoseconds: u32) -> Option<Self> {
        (nanoseconds < 1_000_000_000).then_some(Self {
            seconds,
            nanoseconds,
        })
    }

    /// Seconds since 1970, rounded down.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds after [`seconds`](Self::seconds): `0..1_000_000_000`.
    pub fn nanoseconds(self) -> u32 {
        self.nanoseconds
    }

    /// The same for the standard library; `None` where that cannot say it.
    pub fn to_system_time(self) -> Option<SystemTime> {
        let whole = Duration::from_secs(self.seconds.unsigned_abs());
        let whole = if self.seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(whole)?
        } else {
            SystemTime::UNIX_EPOCH.checked_add(whole)?
        };
        whole.checked_add(Duration::from_nanos(self.nanoseconds.into()))
    }
}

/// An extended attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xattr {
    /// Its name with the namespace, for instance `user.comment`.
    pub name: Vec<u8>,
    /// Its value.
    pub value: Vec<u8>,
}

impl Xattr {
    /// How long a name may be on Linux.
    pub(crate) const MAX_NAME: usize = 255;
    /// How long a value, and a list of all names, may be on Linux.
    pub(crate) const MAX_VALUE: usize = 64 << 10;
    /// What it takes to have an attribute in memory, without its name and value.
    const OVERHEAD: usize = 64;

    /// What it takes in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.name.len() + self.value.len() + Self::OVERHEAD
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::ModificationTime;

    #[test]
    fn a_time_before_1970_counts_its_nanoseconds_forward() {
        let time = ModificationTime::new(-2, 500_000_000).unwrap();
        assert_eq!(
            time.to_system_time().unwrap(),
            SystemTime::UNIX_EPOCH - Duration::from_millis(1500)
        );
    }

    #[test]
    fn a_thousand_million_nanoseconds_are_no_fraction() {
        assert!(ModificationTime::new(0, 1_000_000_000).is_none());
    }
}
