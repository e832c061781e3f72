use std::io::{self, ErrorKind, Read};

use crate::plain::BUFFER_BYTES;

/// A source, read in large pieces, of which the decoder takes what it needs.
pub(super) struct Input<'a> {
    src: &'a mut (dyn Read + Send),
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    /// The source said so; it is not asked again.
    ended: bool,
    consumed: u64,
}

impl<'a> Input<'a> {
    pub(super) fn new(src: &'a mut (dyn Read + Send)) -> Self {
        Self {
            src,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            start: 0,
            end: 0,
            ended: false,
            consumed: 0,
        }
    }

    /// Read from the source and not yet consumed.
    pub(super) fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.start += count;
        self.consumed += count as u64;
    }

    /// How many bytes were consumed so far.
    pub(super) fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Reads until at least `count` bytes, which must fit the buffer, are unread, or the source ends.
    pub(super) fn fill(&mut self, count: usize) -> io::Result<()> {
        if self.start == self.end {
            // Empty: the next read may be as large as the buffer.
            (self.start, self.end) = (0, 0);
        } else if self.buffer.len() - self.start < count {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        while self.end - self.start < count && !self.ended {
            match self.src.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.end += count,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}
