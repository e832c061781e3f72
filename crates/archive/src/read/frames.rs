//! Entries and their contents out of a stream of bytes.

use std::{
    borrow::Cow,
    io::{self, Read},
};

use crate::{
    EntryPath, Error, Limit, Result,
    budget::within,
    entry::Entry,
    error::Hazard,
    tar::{
        BLOCK, Block, Header, ZERO_BLOCK,
        frame::{self, EXTENDED, Refusal},
        padding,
    },
};

/// How much is read at once.
const BUFFER: usize = 256 << 10;

/// Splits a stream into entries. Knows the framing and nothing of what the entries mean.
pub(crate) struct Frames<'s> {
    source: &'s mut dyn Read,
    buffer: Vec<u8>,
    /// The part of the buffer that was read and not yet handed out.
    start: usize,
    end: usize,
    /// How many bytes were handed out.
    offset: u64,
    /// What of the current entry's content was not yet handed out.
    remaining: u64,
    /// The zeros after that.
    padding: usize,
    max_extended_header_bytes: usize,
    /// The header blocks of the current entry as they came, and as our writer would write them.
    found: Vec<u8>,
    expected: Vec<u8>,
}

impl<'s> Frames<'s> {
    pub(crate) fn new(source: &'s mut dyn Read, max_extended_header_bytes: usize) -> Self {
        Self {
            source,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            offset: 0,
            remaining: 0,
            padding: 0,
            max_extended_header_bytes,
            found: Vec::new(),
            expected: Vec::new(),
        }
    }

    /// The next block, without taking it; `None` where fewer bytes than that are left.
    pub(crate) fn peek(&mut self) -> Result<Option<&Block>> {
        while self.end - self.start < BLOCK {
            if self.end == self.buffer.len() {
                self.buffer.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            if self.read_more()? == 0 {
                return Ok(None);
            }
        }
        Ok(self.buffer[self.start..self.end].first_chunk())
    }

    /// The next entry; `None` where the zero blocks begin. What was left of the content before it is
    /// skipped.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>> {
        while !self.content()?.is_empty() {}
        let header_offset = self.offset;
        self.found.clear();
        let mut block = self.block()?;
        if block == ZERO_BLOCK {
            return Ok(None);
        }
        let mut extended = None;
        if Header::typeflag_of(&block) == EXTENDED {
            let size = self.extended_size(&block)?;
            self.found.extend_from_slice(&block);
            self.take(size + padding(size as u64))?;
            extended = Some(BLOCK..BLOCK + size);
            block = self.block()?;
        }
        let body = extended.map(|range| &self.found[range]);
        let entry = frame::decode(body, &block).map_err(|refusal| match refusal {
            Refusal::SpecialFile(path) => Error::Unsafe {
                path,
                why: Hazard::SpecialFile,
            },
            Refusal::Malformed(why) => Error::Malformed {
                offset: header_offset,
                why,
            },
        })?;
        self.found.extend_from_slice(&block);
        self.expected.clear();
        frame::encode(&entry, &mut self.expected);
        if self.found != self.expected {
            return Err(Error::Malformed {
                offset: header_offset,
                why: "a header is not in its canonical form".into(),
            });
        }
        self.remaining = entry.size();
        self.padding = padding(entry.size());
        Ok(Some(entry))
    }

    /// The next piece of the current entry's content; empty at its end.
    pub(crate) fn content(&mut self) -> Result<&[u8]> {
        if self.remaining == 0 {
            self.skip_padding()?;
            return Ok(&[]);
        }
        if self.start == self.end {
            self.refill()?;
        }
        let available = self.end - self.start;
        let length = usize::try_from(self.remaining).map_or(available, |left| left.min(available));
        let piece = self.start..self.start + length;
        self.start = piece.end;
        self.offset += length as u64;
        self.remaining -= length as u64;
        Ok(&self.buffer[piece])
    }

    /// All of the current entry's content, of which the caller knows that it is small.
    pub(crate) fn whole_content(&mut self) -> Result<Vec<u8>> {
        let mut whole = Vec::new();
        loop {
            match self.content()? {
                [] => return Ok(whole),
                piece => whole.extend_from_slice(piece),
            }
        }
    }

    /// Requires the second zero block, and that nothing at all follows it.
    pub(crate) fn finish(&mut self) -> Result<()> {
        if self.block()? != ZERO_BLOCK {
            return Err(self.malformed("a single zero block is not the end of an archive"));
        }
        if self.start == self.end && self.read_more()? == 0 {
            return Ok(());
        }
        Err(Error::TrailingData {
            offset: self.offset,
        })
    }

    /// An error about what lies at the current position.
    pub(crate) fn malformed(&self, why: impl Into<Cow<'static, str>>) -> Error {
        Error::Malformed {
            offset: self.offset,
            why: why.into(),
        }
    }

    /// The size that the header of an extended header gives, within the limit.
    fn extended_size(&self, block: &Block) -> Result<usize> {
        let header = Header::decode(block).map_err(|why| self.malformed(why))?;
        within(
            Limit::ExtendedHeaderBytes,
            self.max_extended_header_bytes as u64,
            header.size,
            &EntryPath::from(header.name),
        )?;
        usize::try_from(header.size).map_err(|_| self.malformed("an extended header is too large"))
    }

    fn block(&mut self) -> Result<Block> {
        let Some(&block) = self.peek()? else {
            return Err(self.truncated());
        };
        self.start += BLOCK;
        self.offset += BLOCK as u64;
        Ok(block)
    }

    /// Appends `length` bytes to what was found of the current header.
    fn take(&mut self, mut length: usize) -> Result<()> {
        while length > 0 {
            if self.start == self.end {
                self.refill()?;
            }
            let piece = self.start..self.end.min(self.start + length);
            self.start = piece.end;
            self.offset += piece.len() as u64;
            length -= piece.len();
            self.found.extend_from_slice(&self.buffer[piece]);
        }
        Ok(())
    }

    fn skip_padding(&mut self) -> Result<()> {
        while self.padding > 0 {
            if self.start == self.end {
                self.refill()?;
            }
            let piece = self.start..self.end.min(self.start + self.padding);
            if self.buffer[piece.clone()].iter().any(|&byte| byte != 0) {
                return Err(self.malformed("the padding after a file is not zero"));
            }
            self.start = piece.end;
            self.offset += piece.len() as u64;
            self.padding -= piece.len();
        }
        Ok(())
    }

    /// Fills the buffer, which must be used up; the end of the stream is an error here.
    fn refill(&mut self) -> Result<()> {
        (self.start, self.end) = (0, 0);
        match self.read_more()? {
            0 => Err(self.truncated()),
            _ => Ok(()),
        }
    }

    /// Reads behind what the buffer holds; 0 at the end of the stream.
    fn read_more(&mut self) -> Result<usize> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(count) => {
                    self.end += count;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::Read(error)),
            }
        }
    }

    pub(crate) fn truncated(&self) -> Error {
        Error::Truncated {
            offset: self.offset + (self.end - self.start) as u64,
        }
    }
}
