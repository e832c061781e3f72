use std::{
    fmt,
    io::{self, Write},
};

use prose_backup_naming::DigestAlgorithm;

use crate::{
    Digest, Error,
    algorithms::{self, Algorithm},
};

/// Computes the digest of a stream of any length, in constant memory.
///
/// How the stream is cut into updates does not matter for the digest; for the speed of BLAKE3,
/// 64 KiB and more at a time are best. Writing to it is the same as updating it, and never fails.
pub struct Hasher {
    algorithm: DigestAlgorithm,
    state: Box<dyn Algorithm + Send + Sync>,
}

impl Hasher {
    /// Starts with nothing hashed. Fails when the algorithm was not compiled in.
    pub fn new(algorithm: DigestAlgorithm) -> Result<Self, Error> {
        let state = algorithms::start(algorithm)?;
        Ok(Self { algorithm, state })
    }

    /// Continues the stream.
    pub fn update(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
    }

    /// The digest of everything so far.
    pub fn finalize(self) -> Digest {
        Digest::new(self.algorithm, self.state.finalize())
    }
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Whether digests of this kind can be computed: whether the feature was compiled in.
pub fn is_supported(algorithm: DigestAlgorithm) -> bool {
    match algorithm {
        DigestAlgorithm::Blake3 => cfg!(feature = "hashing-blake3"),
        DigestAlgorithm::Sha256 => cfg!(feature = "hashing-sha2"),
    }
}
