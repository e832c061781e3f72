//! How the program ends: failures with their code, and which exit status counts of several.

use std::{error::Error, fmt::Write, io};

use prose_backup::{Coded, ErrorCode};

use crate::{escape, signals::Interrupt};

/// An exit status.
pub(crate) type Status = u8;

/// Everything was done.
pub(crate) const DONE: Status = 0;

/// Why something was not done.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    code: ErrorCode,
    status: Status,
    /// Lines of text that are safe to print.
    message: String,
}

impl Failure {
    fn new(code: ErrorCode, message: String) -> Self {
        Self {
            code,
            status: code.exit_status(),
            message,
        }
    }

    /// An operation of the facade ended with an error.
    pub(crate) fn of(error: &impl Coded) -> Self {
        Self::new(error.code(), escape::line(&chain(error)))
    }

    /// The configuration cannot be worked with. Its problems are a line each.
    pub(crate) fn configuration(error: &prose_backup_config::Error) -> Self {
        let message = chain(error);
        let lines: Vec<String> = message.lines().map(escape::line).collect();
        Self::new(ErrorCode::Usage, lines.join("\n"))
    }

    /// The command line asks for something that cannot be.
    pub(crate) fn usage(message: impl AsRef<str>) -> Self {
        Self::coded(ErrorCode::Usage, message)
    }

    /// A failure that has no error type of its own.
    pub(crate) fn coded(code: ErrorCode, message: impl AsRef<str>) -> Self {
        Self::new(code, escape::line(message.as_ref()))
    }

    /// The system refused something; `subject` says what.
    pub(crate) fn io(subject: impl AsRef<str>, error: &io::Error) -> Self {
        Self::coded(
            ErrorCode::Failed,
            format!("{}: {}", subject.as_ref(), chain(error)),
        )
    }

    /// A signal ended it.
    pub(crate) fn interrupted(interrupt: Interrupt) -> Self {
        let mut failure = Self::coded(ErrorCode::Cancelled, format!("interrupted by {interrupt}"));
        failure.status = interrupt.status();
        failure
    }

    /// The same with the exit status of a signal, if one asked for the end.
    pub(crate) fn after(mut self, interrupt: Option<Interrupt>) -> Self {
        if let (ErrorCode::Cancelled, Some(interrupt)) = (self.code, interrupt) {
            self.status = interrupt.status();
        }
        self
    }

    pub(crate) fn code(&self) -> ErrorCode {
        self.code
    }

    pub(crate) fn status(&self) -> Status {
        self.status
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

/// An error and its sources, joined by ": ". A source that its error has already repeated is left
/// out.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        if !message.ends_with(&text) {
            let _ = write!(message, ": {text}");
        }
        source = error.source();
    }
    message
}

/// Of two exit statuses the one that an operator must hear of first: an interruption, then a store
/// that could not answer, then whatever else kept the program from knowing, then a refusal.
pub(crate) fn worse(a: Status, b: Status) -> Status {
    fn weight(status: Status) -> u8 {
        const ORDER: [Status; 7] = [0, 3, 5, 4, 1, 2, 6];
        ORDER
            .iter()
            .position(|known| *known == status)
            .map_or(u8::MAX, |at| u8::try_from(at).unwrap_or(u8::MAX))
    }
    if weight(b) > weight(a) { b } else { a }
}

#[cfg(test)]
mod tests {
    use std::{error::Error, fmt};

    use super::{chain, worse};

    #[derive(Debug)]
    struct Link(&'static str, Option<Box<Link>>);

    impl fmt::Display for Link {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Link {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|link| link as _)
        }
    }

    #[test]
    fn sources_are_named_once() {
        let denied = || Some(Box::new(Link("access denied", None)));
        assert_eq!(
            chain(&Link("cannot read the check", denied())),
            "cannot read the check: access denied"
        );
        assert_eq!(
            chain(&Link("cannot list: access denied", denied())),
            "cannot list: access denied"
        );
    }

    #[test]
    fn the_worst_status_counts() {
        let worst = |statuses: &[u8]| statuses.iter().copied().fold(0, worse);
        assert_eq!(worst(&[0, 0]), 0);
        assert_eq!(worst(&[0, 4, 0]), 4);
        assert_eq!(worst(&[4, 6, 0]), 6);
        assert_eq!(worst(&[4, 1]), 1);
        assert_eq!(worst(&[3, 4]), 4);
        assert_eq!(worst(&[6, 143]), 143);
    }
}
