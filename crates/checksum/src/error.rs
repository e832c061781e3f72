use prose_backup_naming::{DigestAlgorithm, ObjectName};

use crate::DigestFileProblem;

/// What can go wrong in this crate.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// This algorithm was not compiled in.
    #[error(
        "{algorithm} digests are not supported by this build: it was compiled without the feature \
         {feature}"
    )]
    Unsupported {
        /// What was asked for.
        algorithm: DigestAlgorithm,
        /// The cargo feature that brings it.
        feature: &'static str,
    },

    /// A text is not a digest.
    #[error("{text:?} is not a digest: {why}")]
    InvalidDigest {
        /// The text, cut if it is long.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },

    /// A digest file is not as this program writes it, or belongs to another backup.
    #[error("digest file {check} is refused: {problem}")]
    DigestFile {
        /// Where it was read, or should have been.
        check: Box<ObjectName>,
        /// What is wrong with it.
        problem: DigestFileProblem,
    },
}

/// This crate's result.
pub type Result<T> = std::result::Result<T, Error>;

/// The beginning of a text that may be hostile. Print it with `{:?}`.
pub(crate) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 120;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
