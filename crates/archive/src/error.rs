//! What can go wrong.

use std::{borrow::Cow, fmt, io, path::PathBuf};

use prose_backup_naming::VolumeName;
use rustix::io::Errno;

use crate::{EntryPath, Limit, path::Shown};

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an archive could not be written, read or extracted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A blueprint without volumes.
    #[error("nothing to back up: no volume is configured")]
    NoVolumes,
    /// A blueprint whose manifest would be larger than what a reader accepts.
    #[error("a backup cannot hold that many volumes: {0}")]
    TooManyVolumes(usize),
    /// Two volumes of one name.
    #[error("the volume {0} is declared twice")]
    DuplicateVolume(VolumeName),
    /// A volume that is not there.
    #[error("the volume {volume} does not exist: there is no {}", Shown(path))]
    VolumeMissing {
        /// Which volume.
        volume: VolumeName,
        /// Where it should be.
        path: PathBuf,
    },
    /// A volume that is a socket, a device or a named pipe.
    #[error(
        "the volume {volume} must be a directory or a regular file, and {} is neither",
        Shown(path)
    )]
    VolumeKind {
        /// Which volume.
        volume: VolumeName,
        /// Where it is.
        path: PathBuf,
    },
    /// A volume that lies inside another one, or is the same.
    #[error(
        "the volume {inner} ({}) lies inside the volume {outer} ({}): a file can belong to one volume only",
        Shown(inner_path),
        Shown(outer_path)
    )]
    VolumesOverlap {
        /// The one inside.
        inner: VolumeName,
        /// Where that is.
        inner_path: PathBuf,
        /// The one around it.
        outer: VolumeName,
        /// Where that is.
        outer_path: PathBuf,
    },
    /// A directory that must not be packed lies in a volume, or was met there.
    #[error(
        "the volume {volume} would hold {} (as {}), where its backups go; keep one of the two \
         elsewhere",
        Shown(directory),
        Shown(place)
    )]
    StoreInsideVolume {
        /// The volume.
        volume: VolumeName,
        /// The directory, as [`forbid`](crate::OpenBlueprint::forbid) was told.
        directory: PathBuf,
        /// Where it is in the volume: somewhere else where it is mounted twice.
        place: PathBuf,
    },
    /// The operating system refused something.
    #[error("cannot {action} {}", Shown(path))]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file was modified, or exchanged for another one, while it was being read.
    #[error(
        "{} changed while it was being read; stop what writes to it, or try again",
        Shown(path)
    )]
    Changed {
        /// Which file.
        path: PathBuf,
    },
    /// A file was removed after its directory had been listed.
    #[error(
        "{} vanished while its directory was being read; stop what writes to it, or try again",
        Shown(path)
    )]
    Vanished {
        /// Which file.
        path: PathBuf,
    },
    /// The archive demands more than the configured limits allow.
    #[error("at {path} the limit of {maximum} {limit} is exceeded; {}", limit.remedy())]
    LimitExceeded {
        /// Which limit.
        limit: Limit,
        /// What it is set to.
        maximum: u64,
        /// The entry that broke it.
        path: EntryPath,
    },
    /// What takes the archive's bytes failed.
    #[error("cannot write the archive")]
    Write(#[source] io::Error),
    /// What brings the archive's bytes failed.
    #[error("cannot read the archive")]
    Read(#[source] io::Error),
    /// Not a tar at all.
    #[error("this is not a tar archive")]
    NotATar,
    /// A tar that something else made.
    #[error(
        "this tar archive was not made by prose-backup, which cannot tell whether it is complete; \
         extract it with `tar -xf -` into an empty directory instead"
    )]
    NotOurs,
    /// A format that this version does not know.
    #[error(
        "this archive has format {format}, and this version of prose-backup reads format 1: \
         use a newer version, or extract it with `tar -xf` into an empty directory"
    )]
    NewerFormat {
        /// The number that the manifest gives.
        format: u64,
    },
    /// Bytes that no version of our writer writes.
    #[error("the archive is malformed at byte {offset}: {why}")]
    Malformed {
        /// Where, in the uncompressed archive.
        offset: u64,
        /// What is wrong there.
        why: Cow<'static, str>,
    },
    /// An entry that an attacker would write, and we never do.
    #[error("the archive is unsafe: {path}: {why}")]
    Unsafe {
        /// The entry's path.
        path: EntryPath,
        /// What is wrong with it.
        why: Hazard,
    },
    /// The archive ends too early.
    #[error("the archive is cut short: it ends after {offset} bytes, without its end record")]
    Truncated {
        /// How long it is, uncompressed.
        offset: u64,
    },
    /// Something follows the archive.
    #[error("the archive is followed by other data, from byte {offset} on")]
    TrailingData {
        /// Where the archive ends.
        offset: u64,
    },
    /// The end record counts something else than what came before it.
    #[error("the archive's end record does not match its contents: {0}")]
    EndRecordMismatch(Mismatch),
    /// The destination has a file or directory of a volume's name already.
    #[error(
        "{} exists already; remove it, or restore to another directory",
        Shown(path)
    )]
    Conflict {
        /// What exists.
        path: PathBuf,
    },
    /// Going on would leave less room on the file system than must stay free.
    #[error(
        "no room to restore in {}: {free} bytes are free there, and {reserve} bytes must stay \
         free; make room, or restore to another file system",
        Shown(directory)
    )]
    NoRoom {
        /// Where the volumes were to go.
        directory: PathBuf,
        /// How many bytes are free, beside what was extracted so far and is removed again.
        free: u64,
        /// How many must stay free: see [`Limits::min_free_bytes`](crate::Limits::min_free_bytes).
        reserve: u64,
    },
    /// The staging directory is not the one that was made: somebody has exchanged it, or the file
    /// system gives what we make to somebody else.
    #[error(
        "cannot trust the staging directory {}: {why}; restore to a directory that nobody else can \
         write to, as the user who owns it",
        Shown(path)
    )]
    StagingExchanged {
        /// What it was to be called.
        path: PathBuf,
        /// What is wrong with it.
        why: Cow<'static, str>,
    },
    /// The observer asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// Makes an [`Error::Io`] of what a system call said.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, errno: Errno) -> Self {
        Self::Io {
            action,
            path: path.into(),
            source: errno.into(),
        }
    }

    /// Whether the archive itself is at fault (and not this machine, or whoever cancelled): trying
    /// again with the same bytes and limits ends the same way.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::LimitExceeded { .. }
                | Self::NotATar
                | Self::NotOurs
                | Self::NewerFormat { .. }
                | Self::Malformed { .. }
                | Self::Unsafe { .. }
                | Self::Truncated { .. }
                | Self::TrailingData { .. }
                | Self::EndRecordMismatch(_)
        )
    }
}

/// Why an entry is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hazard {
    /// The path begins with a slash.
    Absolute,
    /// The path has a component `..`.
    ParentComponent,
    /// The path has a component `.`.
    CurrentComponent,
    /// The path is empty, or has two slashes in a row.
    EmptyComponent,
    /// The path or the link's target contains a zero byte.
    ZeroByte,
    /// The link has no target.
    EmptyTarget,
    /// The path begins with a name that the manifest does not declare as a volume.
    UndeclaredVolume,
    /// The volumes do not come in the order that the manifest gives, or one comes in two parts.
    VolumeOrder,
    /// The manifest declares a directory and the archive holds something else, or the other way
    /// round.
    VolumeKind,
    /// The path came before.
    Duplicate,
    /// The directory that the entry lies in did not come before it.
    NoParent,
    /// What the entry lies in is not a directory.
    ParentNotADirectory,
    /// The hard link's target is not a regular file that came earlier in the same volume.
    HardLinkTarget,
    /// A device node or a named pipe.
    SpecialFile,
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absolute => "the path is absolute",
            Self::ParentComponent => "the path contains '..'",
            Self::CurrentComponent => "the path contains '.'",
            Self::EmptyComponent => "the path has an empty component",
            Self::ZeroByte => "the path or the link's target contains a zero byte",
            Self::EmptyTarget => "the link has no target",
            Self::UndeclaredVolume => "the manifest declares no such volume",
            Self::VolumeOrder => "the volumes are not in the order of the manifest",
            Self::VolumeKind => "the volume is not of the kind that the manifest declares",
            Self::Duplicate => "the path appears twice",
            Self::NoParent => "its directory did not come before it",
            Self::ParentNotADirectory => "it lies in something that is not a directory",
            Self::HardLinkTarget => {
                "the hard link's target is not a file that came earlier in its volume"
            }
            Self::SpecialFile => "it is a device or a named pipe",
        })
    }
}

/// What of an end record does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// The number of entries.
    Entries {
        /// What the end record says.
        recorded: u64,
        /// What was there.
        found: u64,
    },
    /// The number of bytes in files.
    Bytes {
        /// What the end record says.
        recorded: u64,
        /// What was there.
        found: u64,
    },
    /// The hash over all entries.
    Content,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entries { recorded, found } => {
                write!(f, "it counts {recorded} entries, and {found} were there")
            }
            Self::Bytes { recorded, found } => {
                write!(
                    f,
                    "it counts {recorded} bytes in files, and {found} were there"
                )
            }
            Self::Content => f.write_str("names, attributes or contents are not those packed"),
        }
    }
}
