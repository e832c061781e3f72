//! What this program says to the person who runs it.

use std::fmt::Arguments;
use std::io::{self, Write};

/// Writes one line to standard output.
macro_rules! say {
    ($($text:tt)*) => { $crate::terminal::tell(format_args!($($text)*)) };
}
pub(crate) use say;

pub(crate) fn tell(line: Arguments<'_>) {
    // Who closed the pipe does not want to read on; the work itself goes on.
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Writes one line to standard error.
pub(crate) fn complain(line: Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
