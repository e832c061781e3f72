//! The names of backups and of their checks: one grammar, parsed and printed in one place.
//!
//! A backup is identified by its **full** file name, extensions included:
//!
//! ```text
//! <label>_<YYYY-MM-DDTHH:MM:SSZ>.tar[.zst][.gpg]
//! ```
//!
//! A check is a small object beside it, named by the backup's full name and one more extension:
//! `.blake3`, `.sha256` or `.sig`. Whatever does not follow this grammar to the letter is not a
//! name of ours. Nothing is stripped and nothing is guessed, so `….tar.zst` and `….tar.zst.gpg`
//! are two different backups, and asking for one never answers with the other.
//!
//! [`Display`](std::fmt::Display) and [`FromStr`](std::str::FromStr) of every type here are
//! inverses. This crate has no dependencies.
//!
//! ```
//! use prose_backup_naming::{BackupName, CheckKind, Encryption, ObjectName};
//!
//! let name: BackupName = "prose_2025-12-04T16:24:32Z.tar.zst.gpg".parse()?;
//! assert_eq!(name.label().as_str(), "prose");
//! assert_eq!(name.layers().encryption, Encryption::OpenPgp);
//! assert_eq!(
//!     name.check(CheckKind::Signature).to_string(),
//!     "prose_2025-12-04T16:24:32Z.tar.zst.gpg.sig",
//! );
//! assert!("prose_2025-12-04T16:24:32Z.tar.gpg.gpg".parse::<ObjectName>().is_err());
//! # Ok::<(), prose_backup_naming::ParseError>(())
//! ```

mod backup;
mod check;
mod error;
mod label;
mod layers;
mod object;
mod timestamp;
mod volume;

pub use backup::BackupName;
pub use check::{CheckKind, DigestAlgorithm};
pub use error::ParseError;
pub use label::Label;
pub use layers::{Compression, Encryption, Layers};
pub use object::ObjectName;
pub use timestamp::Timestamp;
pub use volume::VolumeName;
