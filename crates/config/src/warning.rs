//! What is allowed, but probably not meant.

use std::fmt;
use std::path::{Path, PathBuf};

use prose_backup_naming::VolumeName;

use crate::keys::POD_VOLUMES;
use crate::layer::Layer;
use crate::{Config, Store};

/// Something that is allowed, but probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Keys of a store are given, but backups are not configured.
    NoProvider,
    /// Keys for signing are given, but it is not said whether to sign.
    NotSigned,
    /// Keys for encryption are given, but it is not said whether to encrypt.
    NotEncrypted,
    /// A store has an access key's id and no secret.
    NoSecretKey {
        /// The full path of the store's table.
        store: &'static str,
    },
    /// A store has its own access key's id, and inherits the secret of another.
    ForeignSecretKey {
        /// The full path of the store's table.
        store: &'static str,
    },
    /// A secret key would be part of every backup.
    KeyInsideVolume {
        /// The file of the key.
        key: PathBuf,
        /// The volume that holds it.
        volume: VolumeName,
    },
    /// The volumes given leave out some of a Prose Pod's.
    VolumesLeftOut {
        /// Their names.
        names: Vec<&'static str>,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProvider => f.write_str(
                "backups are not configured, although a store has keys: set \
                 backups.storage.provider to \"s3\" or \"fs\"",
            ),
            Self::NotSigned => f.write_str(
                "backups are not signed, although there is a signing key: set \
                 backups.signing.pgp.enabled to true, or to false to silence this",
            ),
            Self::NotEncrypted => f.write_str(
                "backups are not encrypted, although keys for it are given: set \
                 backups.encryption.mode to \"pgp\", or to \"off\" to silence this",
            ),
            Self::NoSecretKey { store } => write!(
                f,
                "backups.{store}.s3 has an access_key and no secret_key: set {}",
                variable(store)
            ),
            Self::ForeignSecretKey { store } => write!(
                f,
                "backups.{store}.s3 has an access_key of its own, but inherits the secret_key of \
                 backups.storage.s3: set {}",
                variable(store)
            ),
            Self::KeyInsideVolume { key, volume } => write!(
                f,
                "secret key {} is inside volume {volume}, so that every backup holds it: move it",
                key.display()
            ),
            Self::VolumesLeftOut { names } => write!(
                f,
                "only the volumes under backups.volumes are backed up; of those of a Prose Pod \
                 that leaves out {}",
                names.join(", ")
            ),
        }
    }
}

fn variable(store: &str) -> String {
    let store = store.replace('.', "__").to_ascii_uppercase();
    format!("PROSE_BACKUPS__{store}__S3__SECRET_KEY")
}

pub(crate) fn find(config: &Config, layer: &Layer) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if config.storage.is_none() && layer.below("storage").next().is_some() {
        warnings.push(Warning::NoProvider);
    }
    if is_given_as(layer, "signing.pgp.tsk", "signing")
        && layer.get("signing.pgp.enabled").is_none()
    {
        warnings.push(Warning::NotSigned);
    }
    let encryption_keys = ["tsk", "additional_recipients"];
    if encryption_keys
        .iter()
        .any(|key| is_given_as(layer, &format!("encryption.pgp.{key}"), "encryption"))
        && layer.get("encryption.mode").is_none()
    {
        warnings.push(Warning::NotEncrypted);
    }
    warnings.extend(credentials(config, layer));
    warnings.extend(keys_inside_volumes(config));
    warnings.extend(volumes_left_out(config));
    warnings
}

/// Whether a key is given under its own table: an alias may have set it on the way to another.
fn is_given_as(layer: &Layer, slot: &str, table: &str) -> bool {
    let Some(setting) = layer.get(slot) else {
        return false;
    };
    setting.spelling.starts_with(&format!("backups.{table}."))
}

fn credentials<'a>(config: &'a Config, layer: &'a Layer) -> impl Iterator<Item = Warning> + 'a {
    let stores = config.storage.iter().flat_map(|storage| {
        [
            ("storage.backups", Some(&storage.backups)),
            ("storage.checks", Some(&storage.checks)),
            ("storage.checks.previous", storage.checks_previous.as_ref()),
        ]
    });
    stores.filter_map(|(store, configured)| {
        let Some(Store::S3(s3)) = configured else {
            return None;
        };
        let has_own = |key: &str| layer.get(&format!("{store}.s3.{key}")).is_some();
        let base_has_own_id = layer.get("storage.s3.access_key").is_some();
        match &s3.secret_key {
            None if s3.access_key.is_some() => Some(Warning::NoSecretKey { store }),
            Some(_) if base_has_own_id && has_own("access_key") && !has_own("secret_key") => {
                Some(Warning::ForeignSecretKey { store })
            }
            _ => None,
        }
    })
}

fn keys_inside_volumes(config: &Config) -> impl Iterator<Item = Warning> {
    let keys = [config.signing.tsk.as_ref(), config.encryption.tsk.as_ref()];
    let mut keys: Vec<&Path> = keys
        .into_iter()
        .flatten()
        .chain(&config.encryption.additional_decryption_keys)
        .map(PathBuf::as_path)
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter().filter_map(|key| {
        let (volume, _) = config
            .volumes
            .iter()
            .find(|(_, path)| key.starts_with(path))?;
        Some(Warning::KeyInsideVolume {
            key: key.to_owned(),
            volume: volume.clone(),
        })
    })
}

fn volumes_left_out(config: &Config) -> Option<Warning> {
    let is_there = |name: &str| {
        config
            .volumes
            .iter()
            .any(|(volume, _)| volume.as_str() == name)
    };
    let names: Vec<_> = POD_VOLUMES
        .iter()
        .map(|&(name, _)| name)
        .filter(|name| !is_there(name))
        .collect();
    (!names.is_empty()).then_some(Warning::VolumesLeftOut { names })
}
