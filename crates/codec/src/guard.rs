use std::io::{self, ErrorKind, Read};

use crate::Error;

/// A layer that turns stored bytes into the next layer's.
pub(crate) trait Decoder: Send {
    /// Like [`Read::read`]: `Ok(0)` says that everything is complete and that nothing follows.
    fn decode(&mut self, out: &mut [u8]) -> Result<usize, Stop>;
}

/// Why a layer cannot go on.
pub(crate) enum Stop {
    /// What it read is not acceptable.
    Refused(Error),
    /// Its source failed.
    Source(io::Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Source(error)
    }
}

/// Lets a decoder be read as any stream, and keeps its refusal for the one who can type it.
///
/// After a failure every read fails, so that a body cannot read on as if nothing had happened.
pub(crate) struct Guard<D> {
    decoder: D,
    refusal: Option<Error>,
    failure: Option<(ErrorKind, String)>,
}

impl<D: Decoder> Guard<D> {
    pub(crate) fn new(decoder: D) -> Self {
        Self {
            decoder,
            refusal: None,
            failure: None,
        }
    }

    pub(crate) fn take_refusal(&mut self) -> Option<Error> {
        self.refusal.take()
    }

    fn fail(&mut self, stop: Stop) -> io::Error {
        let (kept, shown) = match stop {
            Stop::Source(error) => ((error.kind(), error.to_string()), error),
            Stop::Refused(error) => {
                let text = error.to_string();
                self.refusal = Some(error);
                let kind = ErrorKind::InvalidData;
                ((kind, text.clone()), io::Error::new(kind, text))
            }
        };
        self.failure = Some(kept);
        shown
    }
}

impl<D: Decoder> Read for Guard<D> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some((kind, text)) = &self.failure {
            return Err(io::Error::new(*kind, text.clone()));
        }
        if out.is_empty() {
            return Ok(0);
        }
        match self.decoder.decode(out) {
            Ok(count) => Ok(count),
            // Nothing is lost yet: the caller is meant to try again.
            Err(Stop::Source(error)) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(stop) => Err(self.fail(stop)),
        }
    }
}
