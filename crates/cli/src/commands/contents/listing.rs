//! The list of a backup's entries, written while they are read.

use std::{
    io::{self, Seek, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use prose_backup::archive::Entry;

use super::entry;
use crate::{exit::Failure, output::Output};

/// What `contents` of the facade calls for every entry.
type Visit = Box<dyn FnMut(&Entry) -> io::Result<()> + Send>;

/// How entries are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// A line for each.
    Text,
    /// One array of objects, a line for each of them.
    Json,
}

/// Writes entries. The half that the operation owns and the half that stays here share it.
#[derive(Debug)]
pub(super) struct Listing<W>(Arc<Mutex<State<W>>>);

#[derive(Debug)]
struct State<W> {
    format: Format,
    writer: W,
    is_empty: bool,
    failure: Option<io::Error>,
}

impl<W: Write + Send + 'static> Listing<W> {
    pub(super) fn new(format: Format, writer: W) -> Self {
        Self(Arc::new(Mutex::new(State {
            format,
            writer,
            is_empty: true,
            failure: None,
        })))
    }

    /// The half for the operation. After its first error there is no point in going on.
    pub(super) fn visit(&self) -> Visit {
        let shared = Arc::clone(&self.0);
        Box::new(move |entry| {
            let mut state = lock(&shared);
            state.add(entry).map_err(|error| {
                let kind = error.kind();
                state.failure = Some(error);
                kind.into()
            })
        })
    }

    /// The error that ended the writing, if one did.
    pub(super) fn failure(&self) -> Option<io::Error> {
        lock(&self.0).failure.take()
    }

    pub(super) fn flush(&self) -> io::Result<()> {
        lock(&self.0).writer.flush()
    }
}

impl<W: Write + io::Read + Seek + Send + 'static> Listing<W> {
    /// Ends the array and copies it to standard output.
    pub(super) fn copy_to(&self, output: &mut Output) -> Result<(), Failure> {
        let mut state = lock(&self.0);
        state
            .close()
            .and_then(|()| state.writer.rewind())
            .map_err(|error| Failure::io("cannot write a temporary file", &error))?;
        output.print_with(|stdout| io::copy(&mut state.writer, stdout).map(drop))
    }
}

impl<W: Write> State<W> {
    fn add(&mut self, entry: &Entry) -> io::Result<()> {
        match self.format {
            Format::Text => self.writer.write_all(entry::line(entry).as_bytes())?,
            Format::Json => {
                let before = if self.is_empty { "[\n  " } else { ",\n  " };
                self.writer.write_all(before.as_bytes())?;
                self.writer.write_all(entry::json(entry)?.as_bytes())?;
            }
        }
        self.is_empty = false;
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        let end = if self.is_empty { "[]\n" } else { "\n]\n" };
        self.writer.write_all(end.as_bytes())
    }
}

fn lock<W>(state: &Mutex<State<W>>) -> MutexGuard<'_, State<W>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
