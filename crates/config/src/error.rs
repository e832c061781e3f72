//! What can be wrong with a configuration, in words that name the place and never a secret.

use std::fmt;
use std::path::PathBuf;

use crate::Origin;

/// The result of reading a configuration.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why there is no configuration to work with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be read.
    #[error("cannot read configuration file {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is larger than any configuration.
    #[error("configuration file {} is larger than 1 MiB", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is not text.
    #[error("{}:{line}: not UTF-8 text", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first line that is not.
        line: usize,
    },
    /// The file is not TOML. The text of the file is left out, since it may hold a secret.
    #[error("{}:{line}:{column}: not valid TOML: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The character in that line, from 1.
        column: usize,
        /// What the parser said.
        reason: String,
    },
    /// The file or the environment says what cannot be; every problem is listed.
    #[error("{}", Lines(.0))]
    Invalid(
        /// In the order of the file, then of the environment; never empty.
        Vec<Problem>,
    ),
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it was written.
    pub origin: Origin,
    /// The key as it was written, from `backups` on.
    pub key: String,
    /// What is wrong, and what to do about it.
    pub message: String,
}

/// `<file>:<line>: <key>: <message>`; of a variable, whose name is its key,
/// `<variable>: <message>`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::File { .. } => write!(f, "{}: {}: ", self.origin, self.key)?,
            Origin::Environment { .. } => write!(f, "{}: ", self.origin)?,
            Origin::Default => write!(f, "{}: ", self.key)?,
        }
        f.write_str(&self.message)
    }
}

struct Lines<'a>(&'a [Problem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}
