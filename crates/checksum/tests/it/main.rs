//! Behaviour of the crate as its users see it.

// What the tests share is test code too, but clippy looks for `#[test]`.
#![allow(clippy::unwrap_used, clippy::panic)]

mod digest_text;
mod parser;
mod support;

#[cfg(all(feature = "hashing-blake3", feature = "hashing-sha2"))]
mod tools;
#[cfg(all(feature = "hashing-blake3", feature = "hashing-sha2"))]
mod vectors;

/// Some backup.
pub(crate) fn name() -> prose_backup_naming::BackupName {
    "prose_2025-12-04T16:24:32Z.tar.zst.gpg".parse().unwrap()
}
