//! The configuration of prose-backup: TOML and environment variables to plain typed data.
//!
//! The table `[backups]` of a TOML file and the variables `PROSE_BACKUPS__…`, which win, become a
//! [`Config`] without gaps: short spellings are resolved, what the two stores share is inherited,
//! defaults are filled in, and what cannot be is an [`Error`] that names file, line and key.
//! Secrets appear in no message and no `Debug`. Every key is in `docs/configuration.md`.
//!
//! ```
//! use prose_backup_config::{SourceFile, Sources, Store, resolve};
//!
//! let loaded = resolve(&Sources {
//!     file: Some(SourceFile {
//!         path: "/etc/prose/prose.toml".into(),
//!         text: r#"
//!             [backups.storage]
//!             provider = "s3"
//!             s3.bucket_name = "example-bucket1"
//!             s3.region = "example"
//!         "#
//!         .to_owned(),
//!     }),
//!     environment: vec![("PROSE_BACKUPS__S3__SECRET_KEY".into(), "0123456".into())],
//! })?;
//!
//! let storage = loaded.config.storage.ok_or("backups are not configured")?;
//! let Store::S3(s3) = storage.checks else {
//!     return Err("the checks are not on S3".into());
//! };
//! assert_eq!(s3.bucket_name, "example-bucket1");
//! assert!(s3.secret_key.is_some());
//! assert!(!loaded.effective.to_string().contains("0123456"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod catalogue;
mod config;
mod effective;
mod environment;
mod error;
mod file;
mod keys;
mod layer;
mod lock_duration;
mod origin;
mod raw;
mod resolve;
mod schema;
mod source;
mod suggest;
mod value;
mod warning;

pub use config::{
    ChecksumMode, Compression, Config, Download, Encryption, Fs, LockMode, ObjectLock,
    RestoreLimits, Retention, S3, Signing, Storage, Store,
};
pub use effective::Effective;
pub use environment::owns_variable;
pub use error::{Error, Problem, Result};
pub use lock_duration::LockDuration;
pub use origin::Origin;
pub use resolve::{Loaded, resolve};
pub use schema::schema;
pub use source::{DEFAULT_FILE, SourceFile, Sources, load};
pub use warning::Warning;
