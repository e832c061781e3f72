//! The content of a regular file.

use std::path::PathBuf;

use rustix::{
    fd::AsFd,
    fs::{Advice, fadvise},
    io::{pread, retry_on_intr},
};

use super::{Packer, output::Output};
use crate::{Error, Result, os::facts::Facts};

/// From this size on the kernel is told that a file is read from beginning to end.
const LARGE: u64 = 1 << 20;

impl Packer<'_> {
    /// Writes the content of an open file, whose `facts` came before it, and requires it to be the
    /// same file still afterwards. Answers its hash.
    ///
    /// `path` says where the file lies, for messages.
    pub(super) fn put_content(
        &mut self,
        file: impl AsFd,
        facts: &Facts,
        path: impl Fn() -> PathBuf,
    ) -> Result<blake3::Hash> {
        if facts.size >= LARGE {
            // Only advice: where it is not taken, nothing is lost but speed.
            let _ = fadvise(file.as_fd(), 0, None, Advice::Sequential);
        }
        self.hasher.reset();
        let mut offset = 0;
        while offset < facts.size {
            let remaining = usize::try_from(facts.size - offset).unwrap_or(usize::MAX);
            let space = self.output.space(remaining.min(Output::PIECE))?;
            let wanted = remaining.min(space.len());
            let space = &mut space[..wanted];
            let length = retry_on_intr(|| pread(file.as_fd(), &mut *space, offset))
                .map_err(|errno| Error::io("read", path(), errno))?;
            if length == 0 {
                return Err(Error::Changed { path: path() });
            }
            self.hasher.update(self.output.advance(length));
            offset += length as u64;
            if offset < facts.size {
                let bytes = self.tally.bytes() + offset;
                self.observer.advanced(self.tally.entries(), bytes);
                self.check_cancelled()?;
            }
        }
        self.output.pad(facts.size)?;
        let after = Facts::of(file.as_fd()).map_err(|errno| Error::io("read", path(), errno))?;
        if after != *facts {
            return Err(Error::Changed { path: path() });
        }
        Ok(self.hasher.finalize())
    }

    pub(super) fn check_cancelled(&self) -> Result<()> {
        if self.observer.is_cancelled() {
            return Err(Error::Cancelled);
        }
        Ok(())
    }
}
