//! Back up everything a Prose Pod needs, prove it, and get it back.
//!
//! This crate is thin: one module per operation, and the [`verdict`] on whether a backup may be
//! restored. What they are made of lives in crates of its own, re-exported here. [`Backups`] is the
//! way in; every operation is an [`Operation`] to await, on a tokio runtime with time enabled.
//!
//! ```
//! use std::sync::Arc;
//! use prose_backup::{Backups, CreateRequest, RestoreRequest, StoreDirectories, Verdict, Which, config};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let scratch = tempfile::tempdir()?;
//! # let root = scratch.path().display();
//! # std::fs::create_dir(format!("{root}/data"))?;
//! # std::fs::write(format!("{root}/data/alice.dat"), "return {}")?;
//! let toml = format!(
//!     r#"
//!     [backups]
//!     storage.provider = "fs"
//!     storage.fs.directory = "{root}/store"
//!     volumes.data = "{root}/data"
//!     "#
//! );
//! let file = Some(config::SourceFile { path: "prose.toml".into(), text: toml });
//! let config = config::resolve(&config::Sources { file, ..Default::default() })?.config;
//!
//! let backups = Backups::from_config(&config, StoreDirectories::Create)?;
//! let created = backups
//!     .create(CreateRequest {
//!         volumes: config.volumes.clone(),
//!         label: Default::default(),
//!         observer: Arc::new(()),
//!     })
//!     .await?;
//!
//! let restored = backups
//!     .restore(RestoreRequest {
//!         which: Which::Name(created.name),
//!         to: format!("{root}/restored").into(),
//!         acceptance: Default::default(),
//!         observer: Arc::new(()),
//!     })
//!     .await?;
//! assert_eq!(restored.verdict, Verdict::Intact); // nobody signed it
//! assert_eq!(std::fs::read(format!("{root}/restored/data/alice.dat"))?, b"return {}");
//! # Ok(())
//! # }
//! ```

mod backups;
mod blocks;
mod by_hand;
mod checks;
mod claims;
pub mod clock;
mod code;
mod contents;
mod create;
mod delete;
mod details;
mod download;
mod estimate;
mod evidence;
mod examine;
mod from_config;
mod key_report;
mod keys;
mod layers;
mod list;
mod observer;
mod operation;
mod publish;
mod restore;
mod seal;
mod show;
mod store_errors;
mod text;
mod trust;
mod verified;
mod verify;
mod watch;
mod which;

pub use prose_backup_archive as archive;
pub use prose_backup_checksum as checksum;
pub use prose_backup_codec as codec;
pub use prose_backup_config as config;
pub use prose_backup_crypto as crypto;
pub use prose_backup_naming as naming;
pub use prose_backup_storage as storage;

pub use backups::{Backups, Limits, Settings, Stores};
pub use code::{Coded, ErrorCode};
pub use contents::{ContentsReport, ContentsRequest, Visit};
pub use create::{CreateError, CreateRequest, Created, CreatedDigest};
pub use delete::{DeleteError, Deleted};
pub use details::{Details, EncryptionKey, Listed, SigningKey};
pub use download::{DownloadError, DownloadRequest, Downloaded, Output};
pub use examine::{Acceptance, ExamineError};
pub use from_config::{ConfigureError, StoreDirectories};
pub use key_report::{BackupKeys, KeyUse, KeysError, KeysReport};
pub use keys::{KeyError, KeyRef, KeySource};
pub use layers::LayerError;
pub use list::ListError;
pub use observer::{Observer, Phase};
pub use operation::Operation;
pub use publish::PublishError;
pub use restore::{RestoreError, RestoreRequest, Restored};
pub use show::ShowError;
pub use trust::{
    Binding, DigestEvidence, Evidence, Obstacle, Refusal, SignatureEvidence, TrustPolicy, Verdict,
    VouchedEvidence, verdict,
};
pub use verified::Refused;
pub use verify::VerifyRequest;
pub use watch::Cancelled;
pub use which::{ChooseError, Which};
