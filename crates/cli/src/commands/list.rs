use std::fmt::Write;

use prose_backup::{Backups, Listed, StoreDirectories};

use crate::{
    args::Global,
    exit::{DONE, Failure, Status},
    human,
    output::Output,
    session::{Effect, Load, Session},
    settings,
};

/// List the backups, newest first
///
/// A backup is restorable, as far as the list alone can tell, when the checks that the
/// configuration demands are there. `verify` reads the bytes.
#[derive(Debug, clap::Args)]
pub(crate) struct List {}

impl List {
    pub(crate) fn run(global: &Global, output: &mut Output) -> Result<Status, Failure> {
        let config = settings::config(global)?;
        let session = Session::open(&config, StoreDirectories::MustExist, Load::Light, output)?;
        let backups = session.run(Effect::Reads, Backups::list)?;
        if backups.is_empty() {
            output.note("There are no backups.");
        }
        output.answer(backups.as_slice(), table)?;
        Ok(DONE)
    }
}

fn table(backups: &[Listed]) -> String {
    if backups.is_empty() {
        return String::new();
    }
    let longest = backups.iter().map(|backup| backup.name.to_string().len());
    let names = longest.max().unwrap_or(0);
    let mut table = String::new();
    let mut row = |name: &str, size: &str, signed, encrypted, restorable| {
        let _ = writeln!(
            table,
            "{name:names$}  {size:>10}  {signed:6}  {encrypted:9}  {restorable}"
        );
    };
    row("NAME", "SIZE", "SIGNED", "ENCRYPTED", "RESTORABLE");
    for backup in backups {
        row(
            &backup.name.to_string(),
            &human::size(backup.size_bytes),
            human::yes(backup.is_signed),
            human::yes(backup.is_encrypted),
            human::yes(backup.can_be_restored),
        );
    }
    table
}
