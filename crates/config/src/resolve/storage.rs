//! The stores. `storage.*` is the default of each of them.

use super::keys::Resolver;
use crate::keys as k;
use crate::value::{Bucket, Concurrency, Endpoint, Mode, PartSize, Prefix, Provider, Switch, Text};
use crate::{Fs, ObjectLock, Problem, Retention, S3, Storage, Store};

/// Where every store looks for what it does not say itself.
const BASE: &str = "storage";
const BACKUPS: &str = "storage.backups";
const CHECKS: &str = "storage.checks";
const PREVIOUS: &str = "storage.checks.previous";

/// The region that services other than AWS take.
const USUAL_REGION: &str = "us-east-1";

/// Reads all stores; `None` while no provider is given for the backups.
pub(super) fn resolve(keys: &mut Resolver<'_>) -> Result<Option<Storage>, Problem> {
    let backups = keys.within(vec![BACKUPS, BASE], store)?;
    let checks = keys.within(vec![CHECKS, BASE], store)?;
    let checks_previous = if keys.layer.mentions(PREVIOUS) {
        keys.within(vec![PREVIOUS, BASE], store)?
    } else {
        None
    };
    match (backups, checks) {
        (Some(backups), Some(checks)) => Ok(Some(Storage {
            backups,
            checks,
            checks_previous,
        })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(one_provider(keys, BACKUPS, CHECKS)),
        (None, Some(_)) => Err(one_provider(keys, CHECKS, BACKUPS)),
    }
}

fn one_provider(keys: &mut Resolver<'_>, present: &'static str, missing: &str) -> Problem {
    keys.within(vec![present], |keys| {
        keys.problem(
            &k::PROVIDER,
            format!("backups.{missing}.provider is missing; backups.{BASE}.provider sets both"),
        )
    })
}

fn store(keys: &mut Resolver<'_>) -> Result<Option<Store>, Problem> {
    Ok(match keys.optional(&k::PROVIDER)? {
        None => None,
        Some(Provider::S3) => Some(Store::S3(s3(keys)?)),
        Some(Provider::Fs) => Some(Store::Fs(fs(keys)?)),
    })
}

fn fs(keys: &mut Resolver<'_>) -> Result<Fs, Problem> {
    let Some(directory) = keys.optional(&k::DIRECTORY)? else {
        return Err(missing(keys, "fs", k::DIRECTORY.path));
    };
    let Mode(mode) = keys.value(&k::MODE)?;
    Ok(Fs { directory, mode })
}

fn s3(keys: &mut Resolver<'_>) -> Result<S3, Problem> {
    let Some(Bucket(bucket_name)) = keys.optional(&k::BUCKET_NAME)? else {
        return Err(missing(keys, "s3", k::BUCKET_NAME.path));
    };
    let Prefix(prefix) = keys.value(&k::PREFIX)?;
    let allow_http = keys.value(&k::ALLOW_HTTP)?;
    let endpoint_url = endpoint_url(keys, allow_http)?;
    let region = region(keys, endpoint_url.is_some())?;
    let PartSize(part_size) = keys.value(&k::PART_SIZE)?;
    let Concurrency(max_concurrency) = keys.value(&k::MAX_CONCURRENCY)?;
    Ok(S3 {
        bucket_name,
        prefix,
        region,
        endpoint_url,
        force_path_style: keys.value(&k::FORCE_PATH_STYLE)?,
        access_key: keys.optional(&k::ACCESS_KEY)?.map(|Text(id)| id),
        secret_key: keys.secret(k::SECRET_KEY.path, &k::SECRET_KEY_FILE)?,
        session_token: keys.secret(k::SESSION_TOKEN.path, &k::SESSION_TOKEN_FILE)?,
        object_lock: object_lock(keys)?,
        checksum_mode: keys.value(&k::CHECKSUM_MODE)?,
        part_size,
        max_concurrency,
        allow_http,
        ca_bundle: keys.optional(&k::CA_BUNDLE)?,
    })
}

fn missing(keys: &Resolver<'_>, provider: &str, path: &str) -> Problem {
    keys.problem(
        &k::PROVIDER,
        format!(
            "the provider {provider} needs backups.{}",
            keys.full_path(path)
        ),
    )
}

fn endpoint_url(keys: &mut Resolver<'_>, allow_http: bool) -> Result<Option<String>, Problem> {
    let Some(endpoint) = keys.optional(&k::ENDPOINT_URL)? else {
        return Ok(None);
    };
    let Endpoint { url, host, .. } = &endpoint;
    if endpoint.is_plain && !endpoint.is_loopback() && !allow_http {
        return Err(keys.problem(
            &k::ENDPOINT_URL,
            format!(
                "http:// to {host} would not be protected on its way; \
                 use https://, or set s3.allow_http = true"
            ),
        ));
    }
    Ok(Some(url.clone()))
}

fn region(keys: &mut Resolver<'_>, has_endpoint: bool) -> Result<String, Problem> {
    if !has_endpoint && !keys.is_given(&k::REGION) {
        return Err(keys.problem(
            &k::PROVIDER,
            format!(
                "AWS needs backups.{}; another service needs endpoint_url",
                keys.full_path(k::REGION.path)
            ),
        ));
    }
    let Text(region) = keys.value_or(&k::REGION, Text(USUAL_REGION.to_owned()))?;
    Ok(region)
}

fn object_lock(keys: &mut Resolver<'_>) -> Result<ObjectLock, Problem> {
    let mode = keys.optional(&k::OBJECT_LOCK_MODE)?;
    let duration = keys.optional(&k::OBJECT_LOCK_DURATION)?;
    let Switch(legal_hold) = keys.value(&k::OBJECT_LOCK_LEGAL_HOLD_STATUS)?;
    let retention = match (mode, duration) {
        (Some(mode), Some(duration)) => Some(Retention { mode, duration }),
        (None, None) => None,
        (Some(_), None) => {
            return Err(keys.problem(
                &k::OBJECT_LOCK_MODE,
                "a lock needs its length in object_lock_duration, such as \"P30D\"",
            ));
        }
        (None, Some(_)) => {
            return Err(keys.problem(
                &k::OBJECT_LOCK_DURATION,
                "a lock needs object_lock_mode: \"compliance\" or \"governance\"",
            ));
        }
    };
    Ok(ObjectLock {
        retention,
        legal_hold,
    })
}
