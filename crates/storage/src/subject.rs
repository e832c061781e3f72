//! What an error is about.

use std::fmt;
use std::sync::Arc;

use crate::key::{Key, Shown};

/// What was being done to what, and where: the first half of every message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// What was being done.
    pub action: Action,
    /// To which object; `None` where the store as a whole is meant.
    pub key: Option<Key>,
    /// The store, in an operator's words: `directory /var/backups`.
    pub place: Arc<str>,
}

impl Subject {
    /// An action on the store as a whole.
    pub fn store(action: Action, place: &Arc<str>) -> Self {
        Self {
            action,
            key: None,
            place: Arc::clone(place),
        }
    }

    /// An action on one object.
    pub fn object(action: Action, key: &Key, place: &Arc<str>) -> Self {
        Self {
            action,
            key: Some(key.clone()),
            place: Arc::clone(place),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} ", self.action.verb())?;
        if let Some(key) = &self.key {
            write!(f, "{} in ", Shown(key.as_str()))?;
        }
        write!(f, "{}", Shown(&self.place))
    }
}

/// What a store was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Open or create the store itself.
    Open,
    /// List objects.
    List,
    /// Look up what is known of an object.
    LookUp,
    /// Read an object's bytes.
    Read,
    /// Send an object's bytes.
    Write,
    /// Give the bytes their name.
    Publish,
    /// Give up an upload.
    Abort,
    /// Delete an object.
    Delete,
}

impl Action {
    fn verb(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::List => "list",
            Self::LookUp => "look up",
            Self::Read => "read",
            Self::Write => "write",
            Self::Publish => "publish",
            Self::Abort => "clean up after",
            Self::Delete => "delete",
        }
    }
}

/// What stands where a regular file should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// A directory.
    Directory,
    /// A symbolic link; it is not followed.
    SymbolicLink,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A block or character device.
    Device,
    /// Something that this program does not know.
    Unknown,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "a directory",
            Self::SymbolicLink => "a symbolic link",
            Self::Fifo => "a FIFO",
            Self::Socket => "a socket",
            Self::Device => "a device",
            Self::Unknown => "not a file",
        })
    }
}
