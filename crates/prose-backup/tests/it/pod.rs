//! A small Pod, its keys and its stores.

use std::{
    fs,
    num::NonZeroU32,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use prose_backup::{
    Backups, CreateError, CreateRequest, Created, Details, KeyRef, KeySource, Limits, RestoreError,
    RestoreRequest, Restored, Settings, Stores, TrustPolicy, VerifyRequest, Which,
    codec::Compression,
    crypto::{Certificate, KeygenOptions, generate},
    naming::{DigestAlgorithm, VolumeName},
    storage::{FsOptions, FsStore, MemoryStore, ObjectStore},
};

/// A Pod in a directory of its own.
pub struct Pod {
    root: tempfile::TempDir,
}

impl Pod {
    pub fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("data");
        fs::create_dir_all(data.join("accounts")).unwrap();
        fs::create_dir(data.join("empty")).unwrap();
        fs::write(data.join("accounts/alice.dat"), "return {}\n").unwrap();
        fs::hard_link(data.join("accounts/alice.dat"), data.join("alice")).unwrap();
        fs::write(data.join("archive.list"), vec![b'x'; 3 << 20]).unwrap();
        symlink("nowhere", data.join("dangling")).unwrap();
        let config = root.path().join("prosody.cfg.lua");
        fs::write(&config, "-- configuration\n").unwrap();
        fs::set_permissions(&config, PermissionsExt::from_mode(0o640)).unwrap();
        Self { root }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub fn volumes(&self) -> Vec<(VolumeName, PathBuf)> {
        [("data", "data"), ("config", "prosody.cfg.lua")]
            .map(|(name, path)| (name.parse().unwrap(), self.path(path)))
            .into()
    }

    pub fn files(&self) -> FsStore {
        let options = FsOptions {
            create: true,
            ..FsOptions::default()
        };
        FsStore::open(self.path("store"), options).unwrap()
    }
}

/// A certificate with its secret parts.
pub fn key() -> KeyRef {
    let options = KeygenOptions {
        user_id: "Pod <pod@example.org>".to_owned(),
        gnupg_compatible: false,
        passphrase: None,
        created: SystemTime::now() - std::time::Duration::from_hours(1),
    };
    let secret = generate(&options).unwrap().secret;
    KeyRef::Loaded(Box::new(Certificate::from_bytes(&secret).unwrap()))
}

/// Neither signed nor encrypted; compressed.
pub fn settings(store: Arc<dyn ObjectStore>) -> Settings {
    Settings {
        stores: Stores::together(store),
        compression: Compression::Zstd {
            level: 3,
            workers: NonZeroU32::new(2).unwrap(),
        },
        hashing: DigestAlgorithm::Blake3,
        keys: KeySource::default(),
        policy: TrustPolicy::default(),
        limits: Limits::default(),
        spool_dir: std::env::temp_dir(),
    }
}

/// Signed by `key` and encrypted to it; signing is mandatory.
pub fn sealed(store: Arc<dyn ObjectStore>, key: &KeyRef) -> Settings {
    Settings {
        keys: KeySource {
            sign: true,
            signing: Some(key.clone()),
            encrypt: true,
            encryption: Some(key.clone()),
            ..KeySource::default()
        },
        policy: TrustPolicy {
            signing_configured: true,
            signing_mandatory: true,
            ..TrustPolicy::default()
        },
        ..settings(store)
    }
}

pub fn memory() -> Arc<dyn ObjectStore> {
    Arc::new(MemoryStore::new())
}

pub async fn create(backups: &Backups, pod: &Pod) -> Result<Created, CreateError> {
    let request = CreateRequest {
        volumes: pod.volumes(),
        label: prose_backup::naming::Label::default(),
        observer: Arc::new(()),
    };
    backups.create(request).await
}

pub async fn verify(backups: &Backups, which: impl Into<Which>) -> Details {
    let request = VerifyRequest {
        which: which.into(),
        acceptance: prose_backup::Acceptance::default(),
        observer: Arc::new(()),
    };
    backups.verify(request).await.unwrap()
}

pub async fn restore(
    backups: &Backups,
    which: impl Into<Which>,
    to: &Path,
) -> Result<Restored, RestoreError> {
    let request = RestoreRequest {
        which: which.into(),
        to: to.to_owned(),
        acceptance: prose_backup::Acceptance::default(),
        observer: Arc::new(()),
    };
    backups.restore(request).await
}

/// Whether a restored Pod is the one that was backed up.
pub fn assert_restored(pod: &Pod, to: &Path) {
    let compared = std::process::Command::new("diff")
        .args(["--recursive", "--no-dereference"])
        .args([pod.path("data"), to.join("data")])
        .output()
        .unwrap();
    assert!(compared.status.success(), "{compared:?}");
    assert_eq!(
        fs::read(pod.path("prosody.cfg.lua")).unwrap(),
        fs::read(to.join("config")).unwrap()
    );
}
