//! The hash functions that were compiled in.

use prose_backup_naming::DigestAlgorithm;

use crate::Error;

/// A hash function in the middle of its work.
pub(crate) trait Algorithm {
    fn update(&mut self, bytes: &[u8]);
    fn finalize(self: Box<Self>) -> [u8; 32];
}

type State = Box<dyn Algorithm + Send + Sync>;

pub(crate) fn start(algorithm: DigestAlgorithm) -> Result<State, Error> {
    match algorithm {
        DigestAlgorithm::Blake3 => blake3(),
        DigestAlgorithm::Sha256 => sha256(),
    }
}

#[cfg(feature = "hashing-blake3")]
#[expect(clippy::unnecessary_wraps, reason = "it can fail without the feature")]
fn blake3() -> Result<State, Error> {
    struct Blake3(blake3::Hasher);
    impl Algorithm for Blake3 {
        fn update(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finalize(self: Box<Self>) -> [u8; 32] {
            self.0.finalize().into()
        }
    }
    Ok(Box::new(Blake3(blake3::Hasher::new())))
}

#[cfg(not(feature = "hashing-blake3"))]
fn blake3() -> Result<State, Error> {
    Err(Error::Unsupported {
        algorithm: DigestAlgorithm::Blake3,
        feature: "hashing-blake3",
    })
}

#[cfg(feature = "hashing-sha2")]
#[expect(clippy::unnecessary_wraps, reason = "it can fail without the feature")]
fn sha256() -> Result<State, Error> {
    use sha2::Digest;

    struct Sha256(sha2::Sha256);
    impl Algorithm for Sha256 {
        fn update(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finalize(self: Box<Self>) -> [u8; 32] {
            self.0.finalize().into()
        }
    }
    Ok(Box::new(Sha256(sha2::Sha256::new())))
}

#[cfg(not(feature = "hashing-sha2"))]
fn sha256() -> Result<State, Error> {
    Err(Error::Unsupported {
        algorithm: DigestAlgorithm::Sha256,
        feature: "hashing-sha2",
    })
}
