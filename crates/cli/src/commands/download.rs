use std::{os::unix::ffi::OsStrExt, path::PathBuf};

use prose_backup::{
    Acceptance, DownloadRequest, Downloaded, Output as Destination, StoreDirectories, Which,
};

use super::names;
use crate::{
    args::Global,
    escape,
    exit::{DONE, Failure, Status},
    human,
    output::Output,
    session::{Effect, Load, Session},
    settings,
};

/// Copy a backup as it is stored to a local file
///
/// The backup is verified first. The copy stays encrypted, and never overwrites a file.
#[derive(Debug, clap::Args)]
pub(crate) struct Download {
    /// The backup's full name, or latest
    #[arg(value_name = "NAME", value_parser = names::full_or_latest)]
    which: Which,
    /// Write to this file instead of one with the backup's name in the current directory
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Download {
    pub(crate) fn run(self, global: &Global, output: &mut Output) -> Result<Status, Failure> {
        if let Some(path) = &self.output {
            output.can_name(path)?;
        }
        let config = settings::config(global)?;
        let session = Session::open(&config, StoreDirectories::MustExist, Load::Heavy, output)?;
        let request = DownloadRequest {
            which: self.which,
            output: self
                .output
                .map_or_else(|| Destination::Directory(PathBuf::new()), Destination::File),
            acceptance: Acceptance::default(),
            observer: session.observer(),
        };
        let downloaded = session.run(Effect::Writes, |backups| backups.download(request))?;
        session.warn(&downloaded.warnings);
        output.answer(&downloaded, text)?;
        Ok(DONE)
    }
}

fn text(downloaded: &Downloaded) -> String {
    format!(
        "downloaded: {}\nfile: {}\nsize: {}\nverdict: {}\n",
        downloaded.name,
        escape::path(downloaded.path.as_os_str().as_bytes()),
        human::exact_size(downloaded.size_bytes),
        downloaded.verdict.as_str(),
    )
}
