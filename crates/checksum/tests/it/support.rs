//! What was compiled in, and what was not.

use prose_backup_checksum::{Hasher, is_supported};
use prose_backup_naming::DigestAlgorithm::{Blake3, Sha256};

#[test]
fn what_is_supported_is_what_was_compiled_in() {
    assert_eq!(is_supported(Blake3), cfg!(feature = "hashing-blake3"));
    assert_eq!(is_supported(Sha256), cfg!(feature = "hashing-sha2"));
    for algorithm in [Blake3, Sha256] {
        assert_eq!(Hasher::new(algorithm).is_ok(), is_supported(algorithm));
    }
}

#[cfg(not(feature = "hashing-blake3"))]
#[test]
fn blake3_is_unsupported_without_its_feature() {
    insta::assert_snapshot!(
        Hasher::new(Blake3).unwrap_err(),
        @"BLAKE3 digests are not supported by this build: it was compiled without the feature hashing-blake3"
    );
}

#[cfg(not(feature = "hashing-sha2"))]
#[test]
fn sha256_is_unsupported_without_its_feature() {
    insta::assert_snapshot!(
        Hasher::new(Sha256).unwrap_err(),
        @"SHA-256 digests are not supported by this build: it was compiled without the feature hashing-sha2"
    );
}
