//! Progress and warnings of a running operation.

use std::fmt;

/// What an operation is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Reading volumes; bytes are those of files.
    Packing,
    /// Waiting for the store to have everything; bytes are stored ones.
    Publishing,
    /// Reading the stored bytes and checking them against digest and signature.
    Verifying,
    /// Decrypting, decompressing and writing; bytes are stored ones, all verified before.
    Extracting,
    /// Decrypting, decompressing and reading through; bytes are stored ones, all verified before.
    Reading,
    /// Writing the stored bytes to a local file.
    Downloading,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Packing => "packing",
            Self::Publishing => "publishing",
            Self::Verifying => "verifying",
            Self::Extracting => "extracting",
            Self::Reading => "reading",
            Self::Downloading => "downloading",
        })
    }
}

/// Watches an operation. Called from several threads, and must not block. `()` does nothing.
pub trait Observer: Send + Sync {
    /// A new phase begins, of so many bytes where that is known.
    fn phase(&self, phase: Phase, total_bytes: Option<u64>) {
        let _ = (phase, total_bytes);
    }

    /// So many bytes of this phase are done, all in all.
    fn advanced(&self, bytes: u64) {
        let _ = bytes;
    }

    /// Something that an operator should know, though the operation goes on. The result lists all
    /// warnings again.
    fn warning(&self, text: &str) {
        let _ = text;
    }

    /// Whether `create` should first add up the sizes of all files, so that
    /// [`Phase::Packing`] has a total.
    fn wants_estimate(&self) -> bool {
        false
    }
}

impl Observer for () {}
