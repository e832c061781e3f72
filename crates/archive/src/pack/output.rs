//! The way out: one buffer between many small pieces and the sink.

use super::Sink;
use crate::{Error, Result, tar::padding};

/// How much is written at once, and the most that is read at once.
const BUFFER: usize = 512 << 10;

/// Collects what is written. Files are read straight into the buffer.
pub(super) struct Output<'a> {
    sink: Sink<'a>,
    buffer: Vec<u8>,
    filled: usize,
}

impl<'a> Output<'a> {
    /// A file larger than this is read in pieces of at least this size.
    pub(super) const PIECE: usize = 256 << 10;

    pub(super) fn new(sink: Sink<'a>) -> Self {
        Self {
            sink,
            buffer: vec![0; BUFFER],
            filled: 0,
        }
    }

    /// Appends bytes.
    pub(super) fn put(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let space = self.space(bytes.len().min(BUFFER))?;
            let length = bytes.len().min(space.len());
            space[..length].copy_from_slice(&bytes[..length]);
            self.advance(length);
            bytes = &bytes[length..];
        }
        Ok(())
    }

    /// Appends the zeros that fill the last block of a content of `size` bytes.
    pub(super) fn pad(&mut self, size: u64) -> Result<()> {
        let length = padding(size);
        self.space(length)?[..length].fill(0);
        self.advance(length);
        Ok(())
    }

    /// Space for at least `length` bytes, which must be no more than the buffer holds.
    pub(super) fn space(&mut self, length: usize) -> Result<&mut [u8]> {
        if self.buffer.len() - self.filled < length {
            self.flush()?;
        }
        Ok(&mut self.buffer[self.filled..])
    }

    /// Takes the first `length` bytes of the space as written, and shows them.
    pub(super) fn advance(&mut self, length: usize) -> &[u8] {
        let start = self.filled;
        self.filled += length;
        &self.buffer[start..self.filled]
    }

    /// Hands everything to the sink.
    pub(super) fn flush(&mut self) -> Result<()> {
        let full = std::mem::take(&mut self.filled);
        self.sink
            .write_all(&self.buffer[..full])
            .map_err(Error::Write)
    }
}
