//! Hash a stream; write and read the digest files that `b3sum -c` and `sha256sum -c` accept.
//!
//! A digest says that bytes are the ones that were written (integrity). It says nothing about who
//! wrote them.
//!
//! ```
//! use prose_backup_checksum::{Digest, DigestFile, Hasher, is_supported};
//! use prose_backup_naming::{BackupName, DigestAlgorithm};
//!
//! let name: BackupName = "prose_2025-12-04T16:24:32Z.tar.zst".parse()?;
//! # if !is_supported(DigestAlgorithm::Sha256) { return Ok(()) }
//! let mut hasher = Hasher::new(DigestAlgorithm::Sha256)?;
//! hasher.update(b"the bytes of ");
//! hasher.update(b"the backup");
//! let digest = hasher.finalize();
//!
//! let file = DigestFile { digest, name: name.clone() }.to_string();
//! assert_eq!(file, format!("{}  {name}\n", digest.to_hex()));
//! assert_eq!(DigestFile::parse(file.as_bytes(), DigestAlgorithm::Sha256, &name)?, digest);
//!
//! assert_eq!(digest.to_string(), format!("SHA-256:{}", digest.to_hex()));
//! assert_eq!(digest.to_string().parse::<Digest>()?, digest);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Digests and their files can be read and written whatever is compiled in. Computing them takes
//! the feature `hashing-blake3` or `hashing-sha2`; without it, [`Hasher::new`] ends in
//! [`Error::Unsupported`].

mod algorithms;
mod digest;
mod digest_file;
mod error;
mod hasher;

pub use digest::Digest;
pub use digest_file::{DigestFile, DigestFileProblem};
pub use error::{Error, Result};
pub use hasher::{Hasher, is_supported};
