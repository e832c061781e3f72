use std::{fmt, str::FromStr};

use crate::{BackupName, CheckKind, ParseError};

/// The name of any object of ours in a store. What parses as neither is foreign.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectName {
    /// A backup.
    Backup(BackupName),
    /// A check of the named backup, which need not exist.
    Check(BackupName, CheckKind),
}

impl ObjectName {
    /// The backup that this object is or belongs to.
    pub fn backup(&self) -> &BackupName {
        match self {
            Self::Backup(name) | Self::Check(name, _) => name,
        }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backup(name) => write!(f, "{name}"),
            Self::Check(name, kind) => write!(f, "{name}.{}", kind.extension()),
        }
    }
}

impl FromStr for ObjectName {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let check = text.rsplit_once('.').and_then(|(name, extension)| {
            let kind = CheckKind::ALL
                .into_iter()
                .find(|kind| kind.extension() == extension)?;
            Some((name, kind))
        });
        match check {
            Some((name, kind)) => Ok(Self::Check(name.parse()?, kind)),
            None => Ok(Self::Backup(text.parse()?)),
        }
    }
}
