use std::fmt::Write;

use prose_backup::{BackupKeys, Backups, KeyUse, KeysReport, StoreDirectories};

use super::details::{self, at_hand};
use crate::{
    args::Global,
    escape,
    exit::{DONE, Failure, Status},
    human,
    output::Output,
    session::{Effect, Load, Session},
    settings,
};

/// Tell which backups need which keys, and whether those are at hand
#[derive(Debug, clap::Args)]
pub(crate) struct Keys {}

impl Keys {
    pub(crate) fn run(global: &Global, output: &mut Output) -> Result<Status, Failure> {
        let config = settings::config(global)?;
        let session = Session::open(&config, StoreDirectories::MustExist, Load::Light, output)?;
        let report = session.run(Effect::Reads, Backups::keys)?;
        session.warn(&report.warnings);
        if report.backups.is_empty() {
            output.note("There are no backups.");
        }
        output.answer(&report, text)?;
        Ok(DONE)
    }
}

/// A line for each key, then the backups with theirs.
fn text(report: &KeysReport) -> String {
    let mut text = String::new();
    for key in &report.keys {
        let _ = writeln!(text, "{}", line(key));
    }
    for backup in &report.backups {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&of_backup(backup));
    }
    text
}

fn line(key: &KeyUse) -> String {
    let mut uses = Vec::new();
    if !key.decrypts.is_empty() {
        let mut decrypts = format!("decrypts {}", backups(key.decrypts.len()));
        if !key.decrypts_alone.is_empty() {
            let _ = write!(decrypts, " ({} of them alone)", key.decrypts_alone.len());
        }
        uses.push(decrypts);
    }
    if !key.signed.is_empty() {
        uses.push(format!("signed {}", backups(key.signed.len())));
    }
    format!(
        "{}: {}; {}",
        escape::line(&key.fingerprint),
        at_hand(key.at_hand),
        uses.join("; ")
    )
}

fn of_backup(backup: &BackupKeys) -> String {
    let mut text = format!("{}\n", backup.name);
    for key in &backup.encryption_keys {
        let _ = writeln!(text, "  encrypted for: {}", details::encryption_key(key));
    }
    for key in &backup.signing_keys {
        let _ = writeln!(text, "  signed by: {}", details::signing_key(key));
    }
    if !backup.encryption_keys.is_empty() {
        let can = human::yes_or(backup.can_be_decrypted, "unknown");
        let _ = writeln!(text, "  can be decrypted: {can}");
    }
    match &backup.problem {
        Some(problem) => {
            let _ = writeln!(text, "  problem: {}", escape::line(problem));
        }
        None if backup.encryption_keys.is_empty() && backup.signing_keys.is_empty() => {
            text.push_str("  no keys\n");
        }
        None => {}
    }
    text
}

fn backups(number: usize) -> String {
    let number = u64::try_from(number).unwrap_or(u64::MAX);
    human::count(number, "backup", "backups")
}
