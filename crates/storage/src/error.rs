//! What can go wrong.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use crate::key::Shown;
use crate::subject::{FileKind, Subject};

/// The result of a call to a store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call to a store failed.
///
/// An error can be cloned, since an upload and the producer that feeds it both need to hear of it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store said that there is no such object. Nothing else is ever reported like this.
    #[error("{subject}: there is no such object")]
    NotFound {
        /// What was asked for.
        subject: Subject,
    },

    /// The store refused.
    #[error("{subject}: access denied; {remedy}")]
    AccessDenied {
        /// What was asked for.
        subject: Subject,
        /// What to do about it.
        remedy: Cow<'static, str>,
        /// What the store said.
        #[source]
        source: Cause,
    },

    /// No space, no quota, or larger than the store takes.
    #[error("{subject}: there is no room for it; {remedy}")]
    Full {
        /// What was asked for.
        subject: Subject,
        /// What to do about it.
        remedy: Cow<'static, str>,
        /// What the store said.
        #[source]
        source: Cause,
    },

    /// The store broke, cannot be reached or gave no usable answer: nothing is known about the
    /// object.
    #[error("{subject}: the store failed; {remedy}")]
    Unavailable {
        /// What was asked for.
        subject: Subject,
        /// What to do about it.
        remedy: Cow<'static, str>,
        /// What the store said.
        #[source]
        source: Cause,
    },

    /// The name is there, but it is no regular file. Such things are never opened.
    #[error(
        "{subject}: it is {found}, and only regular files are objects; move it out of the store"
    )]
    NotAnObject {
        /// What was asked for.
        subject: Subject,
        /// What stands there.
        found: FileKind,
    },

    /// The store's directory does not exist.
    #[error("{subject}: it does not exist; create it or correct its path")]
    NoSuchDirectory {
        /// What was asked for.
        subject: Subject,
    },

    /// The store's directory, or a part of the path to it, is something else.
    #[error("{subject}: it, or a part of the path to it, is not a directory; correct its path")]
    NotADirectory {
        /// What was asked for.
        subject: Subject,
    },

    /// A permission mode outside `0o000..=0o777`.
    #[error("{subject}: {mode:#o} is not a file mode; use permission bits only, such as 0o600")]
    InvalidMode {
        /// What was asked for.
        subject: Subject,
        /// The mode as it was given.
        mode: u32,
    },

    /// A name that cannot be a [`Key`](crate::Key), or that this store cannot take.
    #[error("the name \"{}\" cannot be used: {rule}", Shown(key))]
    InvalidKey {
        /// The name.
        key: String,
        /// The rule that it breaks.
        rule: &'static str,
    },

    /// A text that is not a [`Nonce`](crate::Nonce).
    #[error(
        "\"{}\" is not a nonce: it must be 32 lower-case hexadecimal digits",
        Shown(text)
    )]
    InvalidNonce {
        /// The text.
        text: String,
    },

    /// A range that is not within the object.
    #[error("{subject}: bytes {} to {} are asked for, but it has {size} bytes", range.start, range.end)]
    OutOfRange {
        /// What was asked for.
        subject: Subject,
        /// The bytes asked for, half-open.
        range: Range<u64>,
        /// The object's size in bytes.
        size: u64,
    },

    /// An object larger than the caller allows.
    #[error("{subject}: it has {size} bytes, more than the {max} allowed")]
    TooLarge {
        /// What was asked for.
        subject: Subject,
        /// The object's size in bytes, as far as it is known.
        size: u64,
        /// The most bytes that the caller takes.
        max: u64,
    },

    /// A body that is shorter or longer than the store said: it was cut, or the object changed
    /// meanwhile.
    #[error(
        "{subject}: {actual} bytes came where {expected} were announced; it was cut or changed meanwhile"
    )]
    WrongLength {
        /// What was asked for.
        subject: Subject,
        /// How many bytes were announced.
        expected: u64,
        /// How many came (or more).
        actual: u64,
    },

    /// The store has no such ability.
    #[error("{subject}: this store has no {what}")]
    Unsupported {
        /// What was asked for.
        subject: Subject,
        /// The ability.
        what: &'static str,
    },

    /// An upload was used out of order.
    #[error("{subject}: {problem}")]
    UploadState {
        /// What was asked for.
        subject: Subject,
        /// What is wrong.
        problem: &'static str,
    },

    /// One end of a [`pipe`](crate::pipe) was dropped before the end; what came through so far is
    /// not the whole.
    #[error("the transfer was given up before its end")]
    Aborted,

    /// The background thread that did the work was stopped, since the program is ending.
    #[error("{subject}: the program is shutting down")]
    ShuttingDown {
        /// What was asked for.
        subject: Subject,
    },

    /// The system's random generator failed.
    #[error("cannot get random bytes from the system")]
    Random {
        /// What the system said.
        #[source]
        source: Cause,
    },
}

impl Error {
    /// Whether the same call may well succeed a little later.
    ///
    /// Only where nothing is known about the object, or where the transfer itself broke. A refusal,
    /// a full store or a missing object do not go away by asking again.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::WrongLength { .. })
    }

    pub(crate) fn upload_ended(subject: Subject) -> Self {
        Self::UploadState {
            subject,
            problem: "its upload has already ended",
        }
    }

    pub(crate) fn upload_incomplete(subject: Subject) -> Self {
        Self::UploadState {
            subject,
            problem: "not all of its parts have arrived",
        }
    }

    /// What the error is about, where that is known.
    pub fn subject(&self) -> Option<&Subject> {
        match self {
            Self::NotFound { subject }
            | Self::AccessDenied { subject, .. }
            | Self::Full { subject, .. }
            | Self::Unavailable { subject, .. }
            | Self::NotAnObject { subject, .. }
            | Self::NoSuchDirectory { subject }
            | Self::NotADirectory { subject }
            | Self::InvalidMode { subject, .. }
            | Self::OutOfRange { subject, .. }
            | Self::TooLarge { subject, .. }
            | Self::WrongLength { subject, .. }
            | Self::Unsupported { subject, .. }
            | Self::UploadState { subject, .. }
            | Self::ShuttingDown { subject } => Some(subject),
            Self::InvalidKey { .. }
            | Self::InvalidNonce { .. }
            | Self::Aborted
            | Self::Random { .. } => None,
        }
    }
}

/// Why an object was not published. Only [`Publish::Unknown`] leaves that open.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Publish {
    /// Nothing was published.
    #[error(transparent)]
    Rejected(#[from] Error),

    /// Nothing was published, since the name is taken. What has the name is left as it is.
    #[error("{0}: that name is already taken, and nothing is ever overwritten")]
    Conflict(Subject),

    /// The store's answer was lost. [`ObjectStore::head`](crate::ObjectStore::head) and the nonce
    /// decide; nothing may be deleted on the strength of this.
    #[error(
        "the store's answer was lost, so that it is not known whether the object was published"
    )]
    Unknown(#[source] Error),
}

/// What lies beneath an error: shared, since errors are cloned.
#[derive(Clone)]
pub struct Cause(pub Arc<dyn std::error::Error + Send + Sync + 'static>);

impl Deref for Cause {
    type Target = dyn std::error::Error + Send + Sync + 'static;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl From<std::io::Error> for Cause {
    fn from(error: std::io::Error) -> Self {
        Self(Arc::new(error))
    }
}
