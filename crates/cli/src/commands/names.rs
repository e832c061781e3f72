//! Names of backups on the command line.

use prose_backup::{
    Which,
    naming::{BackupName, Label, ParseError},
};

/// A backup's full name.
pub(super) fn full(text: &str) -> Result<BackupName, String> {
    text.parse()
        .map_err(|error: ParseError| format!("not the full name of a backup: {}", error.why()))
}

/// A backup's full name, for what cannot be undone.
pub(super) fn nothing_but_full(text: &str) -> Result<BackupName, String> {
    if text == "latest" {
        return Err("only a full name will do: another backup may be the latest by now".to_owned());
    }
    full(text)
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
