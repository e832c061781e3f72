//! Back up everything a Prose Pod needs, prove it, and get it back.

mod backups;
mod blocks;
mod checks;
pub mod clock;
mod code;
mod contents;
mod create;
mod delete;
mod details;
mod download;
mod estimate;
mod evidence;
mod from_config;
mod key_report;
mod keys;
mod layers;
mod list;
mod observer;
mod operation;
mod publish;
mod recipients;
mod restore;
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
pub use contents::{ContentsReport, ContentsRequest};
pub use create::{CreateError, CreateRequest, Created, CreatedDigest};
pub use delete::{DeleteError, Deleted};
pub use details::{Details, EncryptionKey, Listed, SigningKey};
pub use download::{DownloadError, DownloadRequest, Downloaded, Output};
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
    verdict,
};
pub use verified::{ExamineError, Refused};
pub use verify::VerifyRequest;
pub use which::{ChooseError, Which};
