//! Names of backups on the command line.

use prose_backup::{
    Which,
    naming::{BackupName, Label, ParseError},
};

/// A backup's full name.
pub(super) fn full(text: &str) -> Result<BackupName, String> {
    text.parse()
        .map_err(|error: ParseError| error.why().to_owned())
}

/// A backup's full name, or `latest`.
pub(super) fn full_or_latest(text: &str) -> Result<Which, String> {
    if text == "latest" {
        Ok(Which::Latest)
    } else {
        full(text).map(Which::Name)
    }
}

/// The label of a new backup.
pub(super) fn label(text: &str) -> Result<Label, String> {
    Label::choose(text).map_err(|error| error.why().to_owned())
}
