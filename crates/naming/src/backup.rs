use std::{cmp::Ordering, fmt, str::FromStr};

use crate::{CheckKind, Label, Layers, ObjectName, ParseError, Timestamp};

const WHAT: &str = "backup name";

/// The full name of a backup, extensions included.
///
/// Ordered by time; names of the same second by label, then by layers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BackupName {
    label: Label,
    timestamp: Timestamp,
    layers: Layers,
}

impl BackupName {
    /// The longest backup name, in bytes.
    pub const MAX_BYTES: usize = Label::MAX_BYTES + "_YYYY-MM-DDTHH:MM:SSZ.tar.zst.gpg".len();

    /// Puts a name together.
    pub fn new(label: Label, timestamp: Timestamp, layers: Layers) -> Self {
        Self {
            label,
            timestamp,
            layers,
        }
    }

    /// Who the backup belongs to.
    pub fn label(&self) -> &Label {
        &self.label
    }

    /// When the backup was begun.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// What lies around the archive.
    pub fn layers(&self) -> Layers {
        self.layers
    }

    /// The name of one of this backup's checks.
    pub fn check(&self, kind: CheckKind) -> ObjectName {
        ObjectName::Check(self.clone(), kind)
    }
}

impl fmt::Display for BackupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}{}", self.label, self.timestamp, self.layers)
    }
}

impl FromStr for BackupName {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let refuse = |why| ParseError::new(WHAT, text, why);
        let (label, rest) = text.split_once('_').ok_or_else(|| {
            refuse("it must have the form <label>_<YYYY-MM-DDTHH:MM:SSZ>.tar[.zst][.gpg]")
        })?;
        let (timestamp, layers) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
        Ok(Self {
            label: label.parse().map_err(|e: ParseError| refuse(e.why()))?,
            timestamp: timestamp.parse().map_err(|e: ParseError| refuse(e.why()))?,
            layers: layers.parse().map_err(|_| {
                refuse("its extensions must be one of .tar, .tar.zst, .tar.gpg, .tar.zst.gpg")
            })?,
        })
    }
}

impl Ord for BackupName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.timestamp
            .cmp(&other.timestamp)
            .then_with(|| self.label.cmp(&other.label))
            .then_with(|| self.layers.cmp(&other.layers))
    }
}

impl PartialOrd for BackupName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
