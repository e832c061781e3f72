//! Which backup is meant.

use std::{fmt, str::FromStr};

use futures::{TryStreamExt, future};
use prose_backup_naming::{BackupName, ObjectName, ParseError, Timestamp};
use prose_backup_storage::{self as storage, ObjectStore};

use crate::{
    Coded, ErrorCode,
    store_errors::{retrying, store_code},
};

/// A backup by its full name, or the newest one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The newest backup whose time is not in the future.
    ///
    /// It is found by name alone: when it turns out to be refused, the operation fails. An older
    /// one is never taken in its place, or whoever can break the newest backups could choose how
    /// far back we go.
    Latest,
    /// This one.
    Name(BackupName),
}

impl FromStr for Which {
    type Err = ParseError;

    /// `latest`, or a full name.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "latest" => Ok(Self::Latest),
            name => name.parse().map(Self::Name),
        }
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::Name(name) => write!(f, "{name}"),
        }
    }
}

impl From<BackupName> for Which {
    fn from(name: BackupName) -> Self {
        Self::Name(name)
    }
}

/// No backup could be chosen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChooseError {
    /// The store has no backup of that name.
    #[error("there is no backup {name}{}", hint(similar))]
    NoSuchBackup {
        /// The name asked for.
        name: BackupName,
        /// Backups of the same second and label, but with other extensions.
        similar: Vec<BackupName>,
    },
    /// There is no backup at all whose time is not in the future.
    #[error("there is no backup yet")]
    NoBackup,
    /// All backups that there are have a time in the future.
    #[error(
        "there is no backup yet, by this machine's clock, which says {now}: the newest, {newest}, \
         would be from the future; set the clock, or give the backup's name"
    )]
    OnlyFuture {
        /// The newest of them.
        newest: BackupName,
        /// What the clock says.
        now: Timestamp,
    },
    /// The store failed.
    #[error("cannot look for the backup")]
    Store(#[from] storage::Error),
}

fn hint(similar: &[BackupName]) -> String {
    match similar {
        [] => String::new(),
        names => {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            format!("; there is {}", names.join(" and "))
        }
    }
}

impl Coded for ChooseError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoSuchBackup { .. } | Self::NoBackup | Self::OnlyFuture { .. } => {
                ErrorCode::NotFound
            }
            Self::Store(error) => store_code(error),
        }
    }
}

/// A backup that the store lists.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) name: BackupName,
    pub(crate) size: u64,
}

/// Every backup that the store lists, oldest first. Foreign objects are left alone.
pub(crate) async fn all(
    store: &dyn ObjectStore,
    prefix: &str,
) -> Result<Vec<Found>, storage::Error> {
    let mut found: Vec<Found> = store
        .list(prefix)
        .try_filter_map(|object| {
            future::ok(match object.key.as_str().parse() {
                Ok(ObjectName::Backup(name)) => Some(Found {
                    name,
                    size: object.size,
                }),
                Ok(ObjectName::Check(..)) | Err(_) => None,
            })
        })
        .try_collect()
        .await?;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// The backup that is meant, and what was remarkable about choosing it.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) found: Found,
    pub(crate) warning: Option<String>,
}

/// Finds the backup that is meant, by listing: only a listing can tell "absent" from "denied".
pub(crate) async fn choose(
    store: &dyn ObjectStore,
    which: &Which,
    now: Timestamp,
) -> Result<Choice, ChooseError> {
    match which {
        Which::Latest => {
            let mut all = retrying(|| all(store, "")).await?;
            let future = all.split_off(all.partition_point(|found| found.name.timestamp() <= now));
            let newest_of_all = future.last().map(|found| found.name.clone());
            let found = all.pop().ok_or(match newest_of_all {
                Some(newest) => ChooseError::OnlyFuture { newest, now },
                None => ChooseError::NoBackup,
            })?;
            Ok(Choice {
                found,
                warning: future.last().map(|newest| {
                    format!(
                        "passed over {} of a time in the future, up to {}: this machine's clock is \
                         wrong, or somebody planted them",
                        match future.len() {
                            1 => "a backup".to_owned(),
                            count => format!("{count} backups"),
                        },
                        newest.name
                    )
                }),
            })
        }
        Which::Name(name) => {
            let stem = format!("{}_{}", name.label(), name.timestamp());
            let same_second = retrying(|| all(store, &stem)).await?;
            match same_second.iter().find(|found| found.name == *name) {
                Some(found) => Ok(Choice {
                    found: found.clone(),
                    warning: None,
                }),
                None => Err(ChooseError::NoSuchBackup {
                    name: name.clone(),
                    similar: same_second.into_iter().map(|found| found.name).collect(),
                }),
            }
        }
    }
}
