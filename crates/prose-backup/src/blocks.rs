//! A second reading that gives out nothing but what the first one saw.
//!
//! The bytes of a backup are read twice: once to verify them, and once to decrypt, decompress and
//! extract them. In between, and during either, whoever can write to the store may rewrite them. So
//! the first reading records a hash per block, and the second releases a block only after its hash
//! was found the same: no parser ever sees a byte that was not verified.

use std::{
    error::Error,
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
    sync::Arc,
};

/// Blocks are at least this large, in bytes.
const MIN_BLOCK: usize = 1 << 20;
/// Of huge objects the blocks grow, so that there are never more than about this many.
const MAX_BLOCKS: u64 = 1 << 18;

/// The hashes of an object's blocks, and its size.
#[derive(Debug)]
pub(crate) struct Blocks {
    block_size: usize,
    hashes: Vec<blake3::Hash>,
    size: u64,
}

/// Records the blocks of an object as its bytes pass.
#[derive(Debug)]
pub(crate) struct BlockRecorder {
    blocks: Blocks,
    hasher: blake3::Hasher,
    filled: usize,
}

impl BlockRecorder {
    /// For an object of about so many bytes.
    pub(crate) fn new(expected_size: u64) -> Self {
        let mut block_size = MIN_BLOCK;
        while (block_size as u64).saturating_mul(MAX_BLOCKS) < expected_size {
            block_size *= 2;
        }
        Self::with_block_size(block_size)
    }

    fn with_block_size(block_size: usize) -> Self {
        Self {
            blocks: Blocks {
                block_size,
                hashes: Vec::new(),
                size: 0,
            },
            hasher: blake3::Hasher::new(),
            filled: 0,
        }
    }

    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        self.blocks.size += bytes.len() as u64;
        while !bytes.is_empty() {
            let room = self.blocks.block_size - self.filled;
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.hasher.update(now);
            self.filled += now.len();
            if self.filled == self.blocks.block_size {
                self.end_block();
            }
            bytes = later;
        }
    }

    fn end_block(&mut self) {
        self.blocks.hashes.push(self.hasher.finalize());
        self.hasher.reset();
        self.filled = 0;
    }

    pub(crate) fn finish(mut self) -> Blocks {
        if self.filled > 0 {
            self.end_block();
        }
        self.blocks
    }
}

impl Blocks {
    /// How many bytes there are in all.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }
}

/// A block differs from the one that was verified.
#[derive(Debug, thiserror::Error)]
#[error(
    "the stored bytes changed after they were verified, at byte {offset}; somebody is writing to \
     the store"
)]
pub(crate) struct Changed {
    offset: u64,
}

/// Whether an error came of [`Changed`], somewhere down its chain.
pub(crate) fn is_changed(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        if error.is::<Changed>() || wrapped.is_some_and(|inner| is_changed(inner)) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Reads a file, and releases each block only once it is known to be the verified one.
#[derive(Debug)]
pub(crate) struct VerifiedReader {
    file: Arc<File>,
    blocks: Arc<Blocks>,
    next: usize,
    block: Vec<u8>,
    released: usize,
}

impl VerifiedReader {
    pub(crate) fn new(file: Arc<File>, blocks: Arc<Blocks>) -> Self {
        Self {
            file,
            blocks,
            next: 0,
            block: Vec::new(),
            released: 0,
        }
    }

    /// Where the reader stands, in bytes.
    pub(crate) fn position(&self) -> u64 {
        let unreleased = (self.block.len() - self.released) as u64;
        (self.next as u64 * self.blocks.block_size as u64).min(self.blocks.size) - unreleased
    }

    /// Reads and checks the next block; `false` at the end.
    fn load(&mut self) -> io::Result<bool> {
        let Some(expected) = self.blocks.hashes.get(self.next) else {
            return Ok(false);
        };
        let offset = self.next as u64 * self.blocks.block_size as u64;
        let left = self.blocks.size - offset;
        let length = usize::try_from(left).map_or(self.blocks.block_size, |left| {
            left.min(self.blocks.block_size)
        });
        // What is in the buffer is unverified until the hashes are compared.
        self.released = 0;
        self.block.clear();
        let mut block = std::mem::take(&mut self.block);
        block.resize(length, 0);
        self.file
            .read_exact_at(&mut block, offset)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => io::Error::other(Changed { offset }),
                _ => error,
            })?;
        if blake3::hash(&block) != *expected {
            return Err(io::Error::other(Changed { offset }));
        }
        self.block = block;
        self.next += 1;
        Ok(true)
    }
}

impl Read for VerifiedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.released == self.block.len() && !self.load()? {
            return Ok(0);
        }
        let mut ready = &self.block[self.released..];
        let count = ready.read(buffer)?;
        self.released += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(bytes: &[u8], block_size: usize, chunk: usize) -> Arc<Blocks> {
        let mut recorder = BlockRecorder::with_block_size(block_size);
        for chunk in bytes.chunks(chunk) {
            recorder.update(chunk);
        }
        Arc::new(recorder.finish())
    }

    fn file(bytes: &[u8]) -> Arc<File> {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(bytes, 0).unwrap();
        Arc::new(file)
    }

    proptest! {
        #[test]
        fn unchanged_bytes_are_released_whole(
            bytes in prop::collection::vec(any::<u8>(), 0..600),
            block_size in 1usize..100,
            chunk in 1usize..100,
        ) {
            let blocks = record(&bytes, block_size, chunk);
            let mut reader = VerifiedReader::new(file(&bytes), Arc::clone(&blocks));
            let mut read = Vec::new();
            reader.read_to_end(&mut read).unwrap();
            prop_assert_eq!(reader.position(), bytes.len() as u64);
            prop_assert_eq!(blocks.size(), bytes.len() as u64);
            prop_assert_eq!(read, bytes);
        }

        #[test]
        fn nothing_of_a_changed_block_is_released(
            bytes in prop::collection::vec(any::<u8>(), 1..600),
            block_size in 1usize..100,
            at: prop::sample::Index,
        ) {
            let blocks = record(&bytes, block_size, 64);
            let mut changed = bytes.clone();
            let at = at.index(bytes.len());
            changed[at] ^= 1;
            let mut read = Vec::new();
            let mut reader = VerifiedReader::new(file(&changed), blocks);
            let error = reader.read_to_end(&mut read).unwrap_err();
            prop_assert!(error.get_ref().unwrap().is::<Changed>());
            prop_assert_eq!(&read[..], &bytes[..at / block_size * block_size]);
        }

        #[test]
        fn a_file_that_was_cut_is_noticed_and_one_that_grew_is_read_as_it_was(
            bytes in prop::collection::vec(any::<u8>(), 1..600),
            block_size in 1usize..100,
            at: prop::sample::Index,
        ) {
            let blocks = record(&bytes, block_size, 64);
            let at = at.index(bytes.len());
            let mut read = Vec::new();
            VerifiedReader::new(file(&bytes[..at]), Arc::clone(&blocks))
                .read_to_end(&mut read)
                .unwrap_err();
            let mut grown = bytes.clone();
            grown.extend_from_slice(b"more");
            read.clear();
            VerifiedReader::new(file(&grown), blocks).read_to_end(&mut read).unwrap();
            prop_assert_eq!(read, bytes);
        }
    }

    #[test]
    fn blocks_grow_with_the_object() {
        for (size, block_size) in [
            (0, 1 << 20),
            (256 << 30, 1 << 20),
            ((256 << 30) + 1, 2 << 20),
        ] {
            assert_eq!(BlockRecorder::new(size).blocks.block_size, block_size);
        }
    }
}
