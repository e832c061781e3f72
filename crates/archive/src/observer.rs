//! Progress, warnings and cancellation.

use std::{fmt, path::PathBuf};

use crate::{EntryPath, path::Shown};

/// Watches a running operation, and may stop it. `()` is the observer that does nothing.
pub trait Observer: Sync {
    /// So many entries and bytes of files are done **in total**; called at least once per entry
    /// and once per MiB.
    fn advanced(&self, entries: u64, bytes: u64) {
        let _ = (entries, bytes);
    }

    /// Something was left out or changed, and the operation went on.
    fn warning(&self, warning: Warning) {
        let _ = warning;
    }

    /// Asked at least once per entry and once per MiB; `true` ends the operation with
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    fn is_cancelled(&self) -> bool {
        false
    }
}

impl Observer for () {}

/// What did not go into an archive, or did not come back out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A socket is not archived: it means something only to the process that made it.
    SkippedSocket {
        /// Where it lies.
        path: PathBuf,
    },
    /// A named pipe is not archived.
    SkippedFifo {
        /// Where it lies.
        path: PathBuf,
    },
    /// A device node is not archived.
    SkippedDevice {
        /// Where it lies.
        path: PathBuf,
    },
    /// An extended attribute could be listed but not read; the file is archived without it.
    XattrNotRead {
        /// Whose attribute it is.
        path: PathBuf,
        /// The name of the attribute.
        name: EntryPath,
        /// What the system said.
        reason: String,
    },
    /// An extended attribute could not be set on some entries. Reported once per name, at the end.
    XattrNotRestored {
        /// The name of the attribute.
        name: EntryPath,
        /// On how many entries it is missing.
        entries: u64,
        /// The first of them.
        first: EntryPath,
        /// What the system said there.
        reason: String,
    },
    /// Further extended attributes, of too many different names to report each.
    OtherXattrsNotRestored {
        /// How many attributes are missing.
        count: u64,
    },
    /// The owner or the group of some entries could not be set, since we do not run as root.
    /// Reported once, at the end.
    OwnersNotRestored {
        /// On how many entries.
        entries: u64,
        /// The first of them.
        first: EntryPath,
    },
    /// A set-user-id or set-group-id bit was dropped, since its file could not be given to its
    /// owner: it would lend the rights of somebody else.
    SetIdDropped {
        /// Which file or directory.
        path: EntryPath,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SkippedSocket { path } => write!(f, "skipped the socket {}", Shown(path)),
            Self::SkippedFifo { path } => write!(f, "skipped the named pipe {}", Shown(path)),
            Self::SkippedDevice { path } => write!(f, "skipped the device {}", Shown(path)),
            Self::XattrNotRead { path, name, reason } => write!(
                f,
                "left out the extended attribute {name} of {}, which cannot be read: {reason}",
                Shown(path)
            ),
            Self::XattrNotRestored {
                name,
                entries,
                first,
                reason,
            } => write!(
                f,
                "cannot restore the extended attribute {name} of {first}{}: {reason}",
                others(*entries)
            ),
            Self::OtherXattrsNotRestored { count } => {
                write!(f, "cannot restore {count} further extended attributes")
            }
            Self::OwnersNotRestored { entries, first } => write!(
                f,
                "cannot restore the owner of {first}{}: only root can",
                others(*entries)
            ),
            Self::SetIdDropped { path } => write!(
                f,
                "dropped the set-id bits of {path}, whose owner cannot be restored"
            ),
        }
    }
}

/// " and of 3 other entries", when there are others.
fn others(entries: u64) -> String {
    match entries {
        0 | 1 => String::new(),
        2 => " and of 1 other entry".to_owned(),
        _ => format!(" and of {} other entries", entries - 1),
    }
}
