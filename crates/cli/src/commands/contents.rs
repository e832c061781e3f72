mod entry;
mod listing;

use std::io::{BufWriter, stdout};

use prose_backup::{Acceptance, ContentsRequest, StoreDirectories, Which};

use self::listing::{Format, Listing};
use super::names;
use crate::{
    args::Global,
    exit::{DONE, Failure, Status},
    output::Output,
    session::{Effect, Load, Session},
    settings,
};

/// How much of a JSON document is kept in memory before it goes to a temporary file.
const IN_MEMORY: usize = 1 << 20;

/// List the files in a backup
///
/// The backup is verified first, then read to its end. The lines are those of `tar -tv`, with times
/// in UTC, and with control characters in names escaped.
#[derive(Debug, clap::Args)]
pub(crate) struct Contents {
    /// The backup's full name, or latest
    #[arg(value_name = "NAME", value_parser = names::full_or_latest)]
    which: Which,
}

impl Contents {
    pub(crate) fn run(self, global: &Global, output: &mut Output) -> Result<Status, Failure> {
        let config = settings::config(global)?;
        let session = Session::open(&config, StoreDirectories::MustExist, Load::Heavy, output)?;
        if output.is_json() {
            // An error half way must be the only document on standard output, so the array waits
            // until it is complete. Like all plaintext, it waits in an unlinked file.
            let spool = tempfile::spooled_tempfile_in(IN_MEMORY, &config.spool_dir);
            let listing = Listing::new(Format::Json, spool);
            self.list(&session, &listing)?
                .map_err(|error| Failure::io("cannot write a temporary file", &error))?;
            listing.copy_to(output)?;
        } else {
            let listing = Listing::new(Format::Text, BufWriter::new(stdout()));
            let written = self.list(&session, &listing)?;
            output.print_with(|_| written.and_then(|()| listing.flush()))?;
        }
        Ok(DONE)
    }

    /// Writes every entry to the listing. The inner result is that of the writing, which ends the
    /// reading too when it fails.
    fn list<W: std::io::Write + Send + 'static>(
        self,
        session: &Session,
        listing: &Listing<W>,
    ) -> Result<std::io::Result<()>, Failure> {
        let request = ContentsRequest {
            which: self.which,
            acceptance: Acceptance::default(),
            visit: listing.visit(),
            observer: session.observer(),
        };
        let report = session.run(Effect::Reads, |backups| backups.contents(request));
        if let Some(error) = listing.failure() {
            return Ok(Err(error));
        }
        session.warn(&report?.warnings);
        Ok(Ok(()))
    }
}
