//! Writing a file's content, with holes where it is zero.

use rustix::{
    fd::BorrowedFd,
    fs::ftruncate,
    io::{Result, pwrite, retry_on_intr},
};

/// A block of zeros of this size becomes a hole.
const HOLE: usize = 4096;
const ZEROS: [u8; HOLE] = [0; HOLE];

/// A new file that is written from beginning to end.
pub(super) struct SparseWriter<'f> {
    file: BorrowedFd<'f>,
    offset: u64,
    /// How far the file reaches by what was written; holes at its end do not count.
    reached: u64,
}

impl<'f> SparseWriter<'f> {
    /// The file must be empty.
    pub(super) fn new(file: BorrowedFd<'f>) -> Self {
        Self {
            file,
            offset: 0,
            reached: 0,
        }
    }

    /// Appends a piece. Blocks of zeros are skipped, also parts of one where pieces meet.
    pub(super) fn write(&mut self, piece: &[u8]) -> Result<()> {
        let (mut data, mut end) = (0, 0);
        while end < piece.len() {
            let start = end;
            let position = self.offset + start as u64;
            let to_boundary = HOLE - usize::try_from(position % HOLE as u64).unwrap_or(0);
            end = piece.len().min(start + to_boundary);
            if piece[start..end] == ZEROS[..end - start] {
                self.write_at(data, &piece[data..start])?;
                data = end;
            }
        }
        self.write_at(data, &piece[data..])?;
        self.offset += piece.len() as u64;
        Ok(())
    }

    /// Gives the file its full size, and answers it.
    pub(super) fn finish(self) -> Result<u64> {
        if self.reached < self.offset {
            retry_on_intr(|| ftruncate(self.file, self.offset))?;
        }
        Ok(self.offset)
    }

    /// Writes data that lies `start` bytes into the current piece.
    fn write_at(&mut self, start: usize, mut data: &[u8]) -> Result<()> {
        let mut position = self.offset + start as u64;
        while !data.is_empty() {
            let written = retry_on_intr(|| pwrite(self.file, data, position))?;
            data = &data[written..];
            position += written as u64;
            self.reached = position;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Read, os::unix::fs::MetadataExt};

    use proptest::prelude::*;
    use rustix::fd::AsFd;

    use super::{HOLE, SparseWriter};

    #[test]
    fn long_zeros_take_no_space() {
        let file = tempfile::tempfile().unwrap();
        let mut writer = SparseWriter::new(file.as_fd());
        writer.write(b"x").unwrap();
        for _ in 0..100 {
            writer.write(&vec![0; 100_001]).unwrap();
        }
        assert_eq!(writer.finish().unwrap(), 10_000_101);
        let metadata = file.metadata().unwrap();
        assert_eq!(metadata.len(), 10_000_101);
        assert!(metadata.blocks() * 512 <= 2 * HOLE as u64);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_pieces_give_their_bytes(
            runs in prop::collection::vec((0_u8..2, 1_usize..3 * HOLE), 0..8),
            piece in 1_usize..3 * HOLE,
        ) {
            let content: Vec<u8> = runs.iter().flat_map(|&(byte, n)| vec![byte; n]).collect();
            let mut path = tempfile::NamedTempFile::new().unwrap();
            let mut writer = SparseWriter::new(path.as_file().as_fd());
            for piece in content.chunks(piece) {
                writer.write(piece).unwrap();
            }
            writer.finish().unwrap();
            let mut found = Vec::new();
            path.as_file_mut().read_to_end(&mut found).unwrap();
            prop_assert_eq!(found, content);
        }
    }
}
