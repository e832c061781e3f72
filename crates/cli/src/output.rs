//! What goes to standard output, and what to standard error.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
    os::unix::ffi::OsStrExt,
    path::Path,
};

use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;
use serde_json::json;

use crate::{args::Global, escape, exit::Failure, progress::above};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// The two streams, as the options want them.
///
/// A reader who goes away (`| head -1`) does not end what is being done: the rest of the output is
/// dropped, and the exit status says how the work itself ended.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
    reader_left: bool,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        Self {
            json: global.json,
            quiet: global.quiet,
            reader_left: false,
        }
    }

    /// Whether answers are JSON documents.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether nothing is wanted but results and errors.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Answers with a value: as a JSON document, or in the words of `text`, whose lines are safe
    /// to print.
    pub(crate) fn answer<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        if self.json {
            self.document(value)
        } else {
            self.print(&text(value))
        }
    }

    /// Answers with a JSON document, whether or not one was asked for.
    pub(crate) fn document<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.print(&document(value)?)
    }

    /// What is text by nature cannot be had as a JSON document.
    pub(crate) fn refuse_json(&self, what: &str) -> Result<(), Failure> {
        if self.json {
            return Err(Failure::usage(format!(
                "{what} is not JSON; leave out --json"
            )));
        }
        Ok(())
    }

    /// Makes sure, before anything is done, that the answer can say where it was done: a JSON
    /// document is UTF-8, and a path may be anything.
    pub(crate) fn can_name(&self, path: &Path) -> Result<(), Failure> {
        if self.json && path.to_str().is_none() {
            return Err(Failure::usage(format!(
                "{} is not UTF-8, which a JSON document must be; choose another path, or leave \
                 out --json",
                escape::path(path.as_os_str().as_bytes())
            )));
        }
        Ok(())
    }

    /// Writes text to standard output at once.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), Failure> {
        self.print_with(|stdout| stdout.write_all(text.as_bytes()))
    }

    /// Has `write` write to standard output.
    pub(crate) fn print_with(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        if self.reader_left {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        match write(&mut stdout).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.reader_left = true,
            written => written.map_err(|error| unwritable(&error))?,
        }
        Ok(())
    }

    /// Tells something in passing.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.quiet {
            complain(format_args!("{text}"));
        }
    }

    /// The way to tell something from another thread, with a progress bar about.
    pub(crate) fn notes(&self) -> fn(String) {
        if self.quiet {
            drop
        } else {
            |text| above(|| complain(text))
        }
    }

    /// Says what ended the program.
    pub(crate) fn failure(&self, failure: &Failure) {
        if self.json {
            print_error_document(failure);
        } else {
            print_error(failure);
        }
    }
}

/// Standard output takes no more.
fn unwritable(error: &io::Error) -> Failure {
    Failure::io("cannot write to standard output", error)
}

/// Writes a warning to standard error; its text is escaped here.
pub(crate) fn warn(text: &str) {
    complain(format_args!(
        "{WARNING}warning:{WARNING:#} {}",
        escape::line(text)
    ));
}

/// Writes a line to standard error, without colours where they are not wanted.
pub(crate) fn complain(line: impl Display) {
    // There is nowhere else to say that standard error is closed.
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

/// Writes the JSON document of an error; where that cannot be, its message to standard error.
pub(crate) fn print_error_document(failure: &Failure) {
    let mut stdout = io::stdout().lock();
    let written = document(&json!({ "error": error(failure) })).is_ok_and(|text| {
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
            .is_ok()
    });
    if !written {
        print_error(failure);
    }
}

fn print_error(failure: &Failure) {
    complain(format_args!("{ERROR}error:{ERROR:#} {}", failure.message()));
}

/// A failure as a JSON value.
pub(crate) fn error(failure: &Failure) -> serde_json::Value {
    json!({ "code": failure.code().as_str(), "message": failure.message() })
}

/// A result as a JSON value, to be part of a larger document.
pub(crate) fn value<T: Serialize>(result: &T) -> Result<serde_json::Value, Failure> {
    serde_json::to_value(result).map_err(unserialisable)
}

fn unserialisable(error: serde_json::Error) -> Failure {
    Failure::io("cannot write JSON", &error.into())
}

fn document<T: Serialize + ?Sized>(value: &T) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(value).map_err(unserialisable)?;
    text.push('\n');
    Ok(escape::json(&text))
}
