use std::{fmt::Write, os::unix::ffi::OsStrExt, path::PathBuf};

use prose_backup::{
    Acceptance, RestoreRequest, Restored, StoreDirectories, Which, checksum::Digest,
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

/// Bring a backup's volumes back, into a directory
///
/// The backup is verified first. Everything is restored, or nothing: until the whole backup has
/// proved complete, nothing appears in the directory.
#[derive(Debug, clap::Args)]
pub(crate) struct Restore {
    /// The backup's full name, or latest
    #[arg(value_name = "NAME", value_parser = names::full_or_latest)]
    which: Which,
    /// Restore each volume to DIR/<volume>; what is there already is left alone
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Take a backup that is intact though nobody who is trusted signed it
    ///
    /// This does not help where signing is mandatory.
    #[arg(long)]
    accept_unauthenticated: bool,
    /// Take exactly the bytes of this digest, whatever their signatures say
    ///
    /// This is for when a key was revoked or checks were lost. The digest must come from elsewhere
    /// than the store: `create` prints it.
    #[arg(long, value_name = "ALGORITHM:HEX")]
    trust_digest: Option<Digest>,
}

impl Restore {
    pub(crate) fn run(self, global: &Global, output: &mut Output) -> Result<Status, Failure> {
        output.can_name(&self.to)?;
        let config = settings::config(global)?;
        let session = Session::open(&config, StoreDirectories::MustExist, Load::Heavy, output)?;
        let request = RestoreRequest {
            which: self.which,
            to: self.to,
            acceptance: Acceptance {
                unauthenticated: self.accept_unauthenticated,
                trust_digest: self.trust_digest,
            },
            observer: session.observer(),
        };
        let restored = session.run(Effect::Writes, |backups| backups.restore(request))?;
        session.warn(&restored.warnings);
        output.answer(&restored, text)?;
        Ok(DONE)
    }
}

fn text(restored: &Restored) -> String {
    let mut text = format!("restored: {}\n", restored.name);
    let _ = writeln!(text, "verdict: {}", restored.verdict.as_str());
    for volume in &restored.volumes {
        let path = restored.directory.join(volume.as_str());
        let _ = writeln!(
            text,
            "volume: {}",
            escape::path(path.as_os_str().as_bytes())
        );
    }
    let _ = writeln!(
        text,
        "content: {}, {}",
        human::count(restored.entries, "entry", "entries"),
        human::exact_size(restored.bytes)
    );
    text
}
