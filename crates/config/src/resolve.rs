//! From what the sources say to a configuration: overlay, inheritance, defaults, and the rules
//! that tie keys together.

mod keys;
mod secret;
mod storage;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use prose_backup_naming::{self as naming, VolumeName};
use secrecy::SecretString;

use self::keys::{Noted, Resolver};
use crate::keys as k;
use crate::layer::Layer;
use crate::value::{Count, Level, Size, Ttl};
use crate::{
    Compression, Config, Download, Effective, Encryption, Error, Problem, RestoreLimits, Result,
    Signing, Sources, Storage, Store, Warning, environment, file, warning,
};

/// S3 signs no URL for longer.
const S3_MAX_TTL: Duration = Duration::from_hours(7 * 24);

/// A configuration, and what is to be said about it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The value of every key and where it came from, without secrets.
    pub effective: Effective,
    /// What is allowed, but probably not meant.
    pub warnings: Vec<Warning>,
}

/// Makes the configuration that the sources describe.
///
/// The only files opened are those that the configuration names as holding a secret.
///
/// # Errors
///
/// [`Error::Syntax`] when the file is not TOML, and [`Error::Invalid`], which lists everything
/// else that is wrong: unknown keys, wrong types, impossible values, keys given twice, and keys
/// that need another one.
pub fn resolve(sources: &Sources) -> Result<Loaded> {
    let file = match &sources.file {
        Some(file) => file::read(file)?,
        None => Layer::default(),
    };
    let mut layer = file.overlay(environment::read(&sources.environment));
    let problems = std::mem::take(&mut layer.problems);
    if !problems.is_empty() {
        return Err(Error::Invalid(in_order(problems)));
    }
    let mut resolver = Resolver::new(&layer);
    let config = config(&mut resolver);
    let (effective, problems) = resolver.finish();
    match config {
        Ok(config) if problems.is_empty() => Ok(Loaded {
            warnings: warning::find(&config, &layer),
            config,
            effective,
        }),
        _ => Err(Error::Invalid(in_order(problems))),
    }
}

/// The order of the file, then of the environment, each problem once: one that a store inherits
/// is found at every heir.
fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by(|a, b| a.origin.cmp(&b.origin));
    problems.dedup();
    problems
}

/// Reads every part before it gives up, so that each can say what is wrong with it.
fn config(resolver: &mut Resolver<'_>) -> Result<Config, Noted> {
    let storage = storage::resolve(resolver);
    let compression = resolver.part(compression);
    let hashing = resolver.part(|keys| keys.value(&k::HASHING_ALGORITHM));
    let signing = resolver.part(signing);
    let encryption = resolver.part(encryption);
    let passphrases = resolver.part(passphrases);
    let stores = storage.as_ref().ok().and_then(Option::as_ref);
    let download = resolver.part(|keys| download(keys, stores));
    let volumes = resolver.part(volumes);
    let restore = resolver.part(restore);
    let spool_dir = resolver.part(|keys| keys.value(&k::SPOOL_DIR));
    let known_volumes = volumes.as_deref().unwrap_or_default();
    let state_dir = resolver.part(|keys| state_dir(keys, known_volumes));
    Ok(Config {
        storage: storage?,
        compression: compression?,
        hashing: hashing?,
        signing: signing?,
        encryption: encryption?,
        passphrases: passphrases?,
        download: download?,
        volumes: volumes?,
        restore: restore?,
        spool_dir: spool_dir?,
        state_dir: state_dir?,
    })
}

fn compression(keys: &mut Resolver<'_>) -> Result<Compression, Problem> {
    let algorithm = keys.value(&k::COMPRESSION_ALGORITHM)?;
    let Level(level) = keys.value(&k::COMPRESSION_LEVEL)?;
    Ok(Compression { algorithm, level })
}

fn signing(keys: &mut Resolver<'_>) -> Result<Signing, Problem> {
    let enabled = keys.value(&k::SIGNING_ENABLED)?;
    let tsk = keys.optional(&k::SIGNING_TSK)?;
    let additional_trusted_issuers = keys.value(&k::ADDITIONAL_TRUSTED_ISSUERS)?;
    let mandatory = keys.value_or(&k::SIGNING_MANDATORY, enabled)?;
    if enabled && tsk.is_none() {
        return Err(keys.problem(
            &k::SIGNING_ENABLED,
            "signing needs the file of a secret key in backups.signing.pgp.tsk",
        ));
    }
    if mandatory && tsk.is_none() && additional_trusted_issuers.is_empty() {
        return Err(keys.problem(
            &k::SIGNING_MANDATORY,
            "no signature could ever be trusted: give backups.signing.pgp.tsk or \
             backups.signing.pgp.additional_trusted_issuers",
        ));
    }
    Ok(Signing {
        enabled,
        tsk,
        additional_trusted_issuers,
        mandatory,
        allow_unbound: keys.value(&k::ALLOW_UNBOUND)?,
    })
}

fn encryption(keys: &mut Resolver<'_>) -> Result<Encryption, Problem> {
    let mode = keys.value(&k::ENCRYPTION_MODE)?;
    let tsk = keys.optional(&k::ENCRYPTION_TSK)?;
    if mode == naming::Encryption::OpenPgp && tsk.is_none() {
        return Err(keys.problem(
            &k::ENCRYPTION_MODE,
            "encryption needs the file of a secret key in backups.encryption.pgp.tsk",
        ));
    }
    Ok(Encryption {
        mode,
        tsk,
        additional_recipients: keys.value(&k::ADDITIONAL_RECIPIENTS)?,
        additional_decryption_keys: keys.value(&k::ADDITIONAL_DECRYPTION_KEYS)?,
        mandatory: keys.value(&k::ENCRYPTION_MANDATORY)?,
    })
}

fn passphrases(keys: &mut Resolver<'_>) -> Result<BTreeMap<String, SecretString>, Problem> {
    const TABLE: &str = "pgp.passphrases";
    let layer = keys.layer;
    let mut passphrases = BTreeMap::new();
    for (fingerprint, _) in layer.below(TABLE) {
        let path = format!("{TABLE}.{fingerprint}");
        if let Some(passphrase) = keys.secret(&path, &k::PASSPHRASE_FILE)? {
            passphrases.insert(fingerprint.to_owned(), passphrase);
        }
    }
    Ok(passphrases)
}

fn download(keys: &mut Resolver<'_>, stores: Option<&Storage>) -> Result<Download, Problem> {
    let Ttl(url_max_ttl) = keys.value(&k::URL_MAX_TTL)?;
    let is_on_s3 = stores.is_some_and(|stores| matches!(stores.backups, Store::S3(_)));
    if is_on_s3 && url_max_ttl > S3_MAX_TTL {
        return Err(keys.problem(
            &k::URL_MAX_TTL,
            "S3 signs no URL for longer than seven days (P7D)",
        ));
    }
    Ok(Download { url_max_ttl })
}

/// Those given, in the order of the file and then by name; if none is, those of a Prose Pod.
fn volumes(keys: &mut Resolver<'_>) -> Result<Vec<(VolumeName, PathBuf)>, Problem> {
    let mut given: Vec<_> = keys.layer.below("volumes").collect();
    given.sort_by_key(|(_, setting)| setting.place.position);
    let mut volumes: Vec<(VolumeName, PathBuf)> = Vec::new();
    for (name, setting) in given {
        let name: VolumeName = name
            .parse()
            .map_err(|error: naming::ParseError| setting.problem(error.to_string()))?;
        let path = keys.volume(&name)?;
        if let Some((other, _)) = volumes.iter().find(|(_, taken)| *taken == path) {
            return Err(setting.problem(format!("the same path as volume {other}")));
        }
        volumes.push((name, path));
    }
    if volumes.is_empty() {
        return Ok(default_volumes(keys));
    }
    Ok(volumes)
}

fn default_volumes(keys: &mut Resolver<'_>) -> Vec<(VolumeName, PathBuf)> {
    k::POD_VOLUMES
        .iter()
        .filter_map(|&(name, path)| Some((name.parse().ok()?, path)))
        .map(|(name, path)| {
            let path = keys.default_volume(&name, path);
            (name, path)
        })
        .collect()
}

fn restore(keys: &mut Resolver<'_>) -> Result<RestoreLimits, Problem> {
    let Size(max_stored_bytes) = keys.value(&k::MAX_STORED_BYTES)?;
    let Size(max_bytes) = keys.value(&k::MAX_BYTES)?;
    let Count(max_entries) = keys.value(&k::MAX_ENTRIES)?;
    let Count(max_ratio) = keys.value(&k::MAX_RATIO)?;
    Ok(RestoreLimits {
        max_stored_bytes,
        max_bytes,
        max_entries,
        max_ratio,
    })
}

/// A journal inside a volume would be swapped away by the very restore that it describes.
fn state_dir(
    keys: &mut Resolver<'_>,
    volumes: &[(VolumeName, PathBuf)],
) -> Result<PathBuf, Problem> {
    let state_dir = keys.value(&k::STATE_DIR)?;
    let Some((volume, _)) = volumes.iter().find(|(_, path)| state_dir.starts_with(path)) else {
        return Ok(state_dir);
    };
    let message = format!(
        "backups.state_dir ({}) must be outside every volume, and is inside {volume}",
        state_dir.display()
    );
    Err(if keys.is_given(&k::STATE_DIR) {
        keys.problem(&k::STATE_DIR, message)
    } else {
        keys.volume_problem(volume, message)
    })
}
