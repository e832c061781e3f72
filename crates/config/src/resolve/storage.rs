//! The stores. `storage.*` is the default of each of them.

use super::keys::{Noted, Resolver};
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

/// Reads all stores; `None` if no provider is given.
pub(super) fn resolve(keys: &mut Resolver<'_>) -> Result<Option<Storage>, Noted> {
    let backups = store(keys, BACKUPS);
    let checks = store(keys, CHECKS);
    let checks_previous = if keys.layer.mentions(PREVIOUS) {
        store(keys, PREVIOUS)
    } else {
        Ok(None)
    };
    let (backups, checks, checks_previous) = (backups?, checks?, checks_previous?);
    keys.part(|keys| match (backups, checks) {
        (Some(backups), Some(checks)) => Ok(Some(Storage {
            backups,
            checks,
            checks_previous,
        })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(one_provider(keys, BACKUPS, CHECKS)),
        (None, Some(_)) => Err(one_provider(keys, CHECKS, BACKUPS)),
    })
}

fn one_provider(keys: &mut Resolver<'_>, present: &'static str, missing: &str) -> Problem {
    keys.within(vec![present], |keys| {
        keys.problem(
            &k::PROVIDER,
            format!("backups.{missing}.provider is missing; backups.{BASE}.provider sets both"),
        )
    })
}

fn store(keys: &mut Resolver<'_>, table: &'static str) -> Result<Option<Store>, Noted> {
    keys.within(vec![table, BASE], |keys| {
        keys.part(|keys| {
            Ok(match keys.optional(&k::PROVIDER)? {
                None => None,
                Some(Provider::S3) => Some(Store::S3(s3(keys)?)),
                Some(Provider::Fs) => Some(Store::Fs(fs(keys)?)),
            })
        })
    })
}

fn fs(keys: &mut Resolver<'_>) -> Result<Fs, Problem> {
    let Some(directory) = keys.optional(&k::DIRECTORY)? else {
        return Err(keys.problem(
            &k::PROVIDER,
            format!(
                "the provider fs needs {}",
                keys.beside(&k::PROVIDER, &k::DIRECTORY)
            ),
        ));
    };
    let Mode(mode) = keys.value(&k::MODE)?;
    Ok(Fs { directory, mode })
}

fn s3(keys: &mut Resolver<'_>) -> Result<S3, Problem> {
    let Some(Bucket(bucket_name)) = keys.optional(&k::BUCKET_NAME)? else {
        return Err(keys.problem(
            &k::PROVIDER,
            format!(
                "the provider s3 needs {}",
                keys.beside(&k::PROVIDER, &k::BUCKET_NAME)
            ),
        ));
    };
    let Prefix(prefix) = keys.value(&k::PREFIX)?;
    let region = region(keys)?;
    let endpoint_url = keys.optional(&k::ENDPOINT_URL)?;
    let force_path_style = keys.value(&k::FORCE_PATH_STYLE)?;
    let access_key = keys.optional(&k::ACCESS_KEY)?.map(|Text(id)| id);
    let secret_key = keys.secret(k::SECRET_KEY.path, &k::SECRET_KEY_FILE)?;
    let session_token = keys.secret(k::SESSION_TOKEN.path, &k::SESSION_TOKEN_FILE)?;
    let object_lock = object_lock(keys)?;
    let checksum_mode = keys.value(&k::CHECKSUM_MODE)?;
    let PartSize(part_size) = keys.value(&k::PART_SIZE)?;
    let Concurrency(max_concurrency) = keys.value(&k::MAX_CONCURRENCY)?;
    let allow_http = keys.value(&k::ALLOW_HTTP)?;
    let ca_bundle = keys.optional(&k::CA_BUNDLE)?;
    if !allow_http {
        require_protection(keys, endpoint_url.as_ref())?;
    }
    Ok(S3 {
        bucket_name,
        prefix,
        region,
        endpoint_url: endpoint_url.map(|endpoint| endpoint.url),
        force_path_style,
        access_key,
        secret_key,
        session_token,
        object_lock,
        checksum_mode,
        part_size,
        max_concurrency,
        allow_http,
        ca_bundle,
    })
}

fn region(keys: &mut Resolver<'_>) -> Result<String, Problem> {
    if !keys.is_given(&k::ENDPOINT_URL) && !keys.is_given(&k::REGION) {
        return Err(keys.problem(
            &k::PROVIDER,
            format!(
                "AWS needs {}; any other service needs endpoint_url",
                keys.beside(&k::PROVIDER, &k::REGION)
            ),
        ));
    }
    let Text(region) = keys.value_or(&k::REGION, Text(USUAL_REGION.to_owned()))?;
    Ok(region)
}

fn require_protection(keys: &Resolver<'_>, endpoint: Option<&Endpoint>) -> Result<(), Problem> {
    match endpoint {
        Some(endpoint) if endpoint.is_plain && !endpoint.is_loopback() => Err(keys.problem(
            &k::ENDPOINT_URL,
            format!(
                "http:// to {} would not be protected on its way; \
                 use https://, or set s3.allow_http = true",
                endpoint.host
            ),
        )),
        _ => Ok(()),
    }
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
