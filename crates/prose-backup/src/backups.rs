//! What every operation works on.

use std::{fmt, path::PathBuf, sync::Arc};

use prose_backup_archive as archive;
use prose_backup_codec as codec;
use prose_backup_naming::{CheckKind, DigestAlgorithm, ObjectName};
use prose_backup_storage::ObjectStore;

use crate::{TrustPolicy, keys::KeySource};

/// The backups of one Pod: where they are, by which keys, and under which policy.
///
/// Cheap to clone. Made by [`from_config`](Self::from_config), or by hand from [`Settings`].
#[derive(Debug, Clone)]
pub struct Backups {
    pub(crate) settings: Arc<Settings>,
}

impl Backups {
    /// From parts, for programs that have no configuration file.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
        }
    }
}

/// Everything that [`Backups`] is made of.
#[derive(Debug)]
pub struct Settings {
    /// Where backups and their checks are.
    pub stores: Stores,
    /// How new backups are compressed.
    pub compression: codec::Compression,
    /// By which hash function new digests are made.
    pub hashing: DigestAlgorithm,
    /// The keys that sign, verify, encrypt and decrypt.
    pub keys: KeySource,
    /// What a backup must be to be restored. The part that the operator gives with each
    /// operation, [`TrustPolicy::accept_unauthenticated`], is `false` here.
    pub policy: TrustPolicy,
    /// What a backup may demand of this machine.
    pub limits: Limits,
    /// For unlinked private files, where nothing else will do.
    pub spool_dir: PathBuf,
}

/// Where backups and their checks are.
#[derive(Clone)]
pub struct Stores {
    /// The backups.
    pub backups: Arc<dyn ObjectStore>,
    /// Their checks.
    pub checks: Arc<dyn ObjectStore>,
    /// Where checks were before the stores were split: read when `checks` has none of a kind.
    pub previous_checks: Option<Arc<dyn ObjectStore>>,
}

impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stores")
            .field("backups", &self.backups)
            .field("checks", &self.checks)
            .field("previous_checks", &self.previous_checks)
            .finish()
    }
}

impl Stores {
    /// One store for backups and checks alike.
    pub fn together(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            checks: Arc::clone(&store),
            backups: store,
            previous_checks: None,
        }
    }

    /// The store that an object belongs to.
    pub(crate) fn of(&self, object: &ObjectName) -> &Arc<dyn ObjectStore> {
        match object {
            ObjectName::Backup(_) => &self.backups,
            ObjectName::Check(..) => &self.checks,
        }
    }

    /// The stores that may hold checks, in the order in which they are asked.
    pub(crate) fn of_checks(&self) -> impl Iterator<Item = &Arc<dyn ObjectStore>> {
        std::iter::once(&self.checks).chain(&self.previous_checks)
    }
}

/// What a backup may demand of this machine. The same limits hold for creating and for restoring,
/// so that nothing is created that could not be restored.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The size of the stored object, in bytes.
    pub max_stored_bytes: u64,
    /// How many times larger than the stored object its content may be, where the backup is not
    /// authentic and its content exceeds [`ratio_counts_above`](Self::ratio_counts_above).
    pub max_ratio: u64,
    /// Up to this size, in bytes, the ratio means nothing: zeros compress 30,000 times.
    pub ratio_counts_above: u64,
    /// What the archive inside may hold.
    pub archive: archive::Limits,
}

impl Default for Limits {
    /// 16 TiB stored, a ratio of 1,000 above 16 GiB, and the archive's own defaults.
    fn default() -> Self {
        Self {
            max_stored_bytes: 16 << 40,
            max_ratio: 1_000,
            ratio_counts_above: 16 << 30,
            archive: archive::Limits::default(),
        }
    }
}

/// The key in a store of an object of ours.
pub(crate) fn key(
    object: &ObjectName,
) -> Result<prose_backup_storage::Key, prose_backup_storage::Error> {
    object.to_string().parse()
}

/// The kinds of check whose layers were compiled in.
pub(crate) fn is_supported(kind: CheckKind) -> bool {
    match kind {
        CheckKind::Digest(algorithm) => prose_backup_checksum::is_supported(algorithm),
        CheckKind::Signature => true,
    }
}
