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
    /// More of what the warnings before told one by one. Reported once per kind, at the end.
    MoreLeftOut {
        /// What was left out.
        omission: Omission,
        /// How many were not told one by one.
        count: u64,
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
    /// The set-user-id or set-group-id bits of some entries were dropped, since these could not be
    /// given to their owners: they would lend the rights of somebody else. Reported once, at the
    /// end.
    SetIdDropped {
        /// On how many entries.
        entries: u64,
        /// The first of them.
        first: EntryPath,
    },
    /// What an extraction that failed has left behind: it could not be removed.
    NotRemoved {
        /// Where it lies.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
}

/// What packing leaves out, with a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Omission {
    /// A socket.
    Socket,
    /// A named pipe.
    Fifo,
    /// A device node.
    Device,
    /// An extended attribute that cannot be read.
    Xattr,
}

impl Omission {
    pub(crate) const ALL: [Self; 4] = [Self::Socket, Self::Fifo, Self::Device, Self::Xattr];
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
            Self::SetIdDropped { entries, first } => write!(
                f,
                "dropped the set-id bits of {first}{}: the owner cannot be restored",
                others(*entries)
            ),
            Self::MoreLeftOut { omission, count } => match omission {
                Omission::Socket => write!(f, "skipped more sockets: {count}"),
                Omission::Fifo => write!(f, "skipped more named pipes: {count}"),
                Omission::Device => write!(f, "skipped more devices: {count}"),
                Omission::Xattr => write!(
                    f,
                    "left out more extended attributes that cannot be read: {count}"
                ),
            },
            Self::NotRemoved { path, reason } => write!(
                f,
                "cannot remove {}, which holds what was extracted: {reason}; remove it by hand",
                Shown(path)
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
