use prose_backup::{StoreDirectories, Which};

use super::{details, names};
use crate::{
    args::Global,
    exit::{DONE, Failure, Status},
    output::Output,
    session::{Effect, Load, Session},
    settings,
};

/// Tell what can be known of a backup without reading it
///
/// Only its checks are read, and the head that says whom it is encrypted for. What takes the stored
/// bytes is not checked; `verify` does that.
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The backup's full name, or latest
    #[arg(value_name = "NAME", value_parser = names::full_or_latest)]
    which: Which,
}

impl Show {
    pub(crate) fn run(self, global: &Global, output: &mut Output) -> Result<Status, Failure> {
        let config = settings::config(global)?;
        let session = Session::open(&config, StoreDirectories::MustExist, Load::Light, output)?;
        let details = session.run(Effect::Reads, |backups| backups.show(self.which))?;
        session.warn(&details.warnings);
        output.answer(&details, details::text)?;
        Ok(DONE)
    }
}
