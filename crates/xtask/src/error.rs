//! Why a command stopped, and with which exit status.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::process::{ExitCode, ExitStatus};

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line makes no sense.
    Usage(String),
    /// Something is not installed and this program may not install it; the text says how to.
    Missing(String),
    /// The operating system refused something.
    Io { action: String, source: io::Error },
    /// Another program ended with a failure; it has said why itself.
    Child { command: String, status: ExitStatus },
    /// A check of this program's own did not pass.
    Failed(String),
}

impl Error {
    /// For `map_err`: what was being done when the operating system refused.
    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) | Self::Missing(_) => ExitCode::from(2),
            Self::Child { status, .. } => code_of(*status),
            Self::Io { .. } | Self::Failed(_) => ExitCode::FAILURE,
        }
    }
}

/// The exit code with which to pass on how a child ended: its own, or a plain failure when a
/// signal ended it.
pub(crate) fn code_of(status: ExitStatus) -> ExitCode {
    if status.success() {
        return ExitCode::SUCCESS;
    }
    status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from)
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Missing(text) | Self::Failed(text) => f.write_str(text),
            Self::Io { action, source } => write!(f, "cannot {action}: {source}"),
            Self::Child { command, status } => write!(f, "`{command}` failed ({status})"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
