mod advice;
mod files;
mod passphrase;

use std::path::{self, PathBuf};

use prose_backup::{
    ErrorCode, clock,
    crypto::{self, KeygenOptions},
};
use serde::Serialize;

use self::{advice::Advice, files::KeyFiles};
use crate::{
    exit::{self, DONE, Failure, Status},
    output::Output,
    signals::{Signals, Work},
};

/// Make a key that signs and encrypts backups
///
/// Writes the secret key to FILE (readable by its owner alone), the certificate without secrets to
/// FILE.pub, and a revocation certificate to FILE.rev. None of them is ever overwritten.
#[derive(Debug, clap::Args)]
pub(crate) struct Keygen {
    /// Write the secret key to this file
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Whose key it is, for example "Pod of example.org <admin@example.org>"
    #[arg(long, value_name = "USER_ID", default_value = "prose-backup")]
    user_id: String,
    /// Make a key that GnuPG 2.2 understands; encrypting for it is slower
    #[arg(long)]
    gpg: bool,
    /// Protect the secret key with the passphrase in this file, which is one line
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Keygen {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        output.can_name(&self.output)?;
        let created = clock::now()
            .map_err(|error| Failure::coded(ErrorCode::WrongClock, exit::chain(&error)))?;
        let passphrase = self
            .passphrase_file
            .as_deref()
            .map(passphrase::read)
            .transpose()?;
        let options = KeygenOptions {
            user_id: self.user_id,
            gnupg_compatible: self.gpg,
            passphrase,
            created: created.into(),
        };
        let key = crypto::generate(&options).map_err(|error| refused(&error))?;
        let absolute = |path: PathBuf| {
            path::absolute(path).map_err(|error| Failure::io("cannot tell where to write", &error))
        };
        let files = KeyFiles::of(absolute(self.output)?);
        let signals =
            Signals::take(output.notes()).map_err(|error| Failure::io("cannot start", &error))?;
        signals.begin(Work::Brief).map_err(Failure::interrupted)?;
        let written = files.write(&key);
        signals.end();
        written?;
        let advice = Advice {
            fingerprint: key.fingerprint.to_string(),
            files: &files,
            passphrase_file: self.passphrase_file.map(absolute).transpose()?,
        };
        let is_quiet = output.is_quiet();
        output.answer(&Made::of(&advice), |_| {
            let next = if is_quiet {
                String::new()
            } else {
                advice.next()
            };
            advice.facts() + &next
        })?;
        Ok(DONE)
    }
}

/// The only thing that a user can do wrong here is the user id.
fn refused(error: &crypto::Error) -> Failure {
    match error {
        crypto::Error::UserId => Failure::usage(exit::chain(error)),
        other => Failure::coded(ErrorCode::Failed, exit::chain(other)),
    }
}

#[derive(Serialize)]
struct Made {
    fingerprint: String,
    secret_key: String,
    certificate: String,
    revocation: String,
}

impl Made {
    fn of(advice: &Advice<'_>) -> Self {
        let text = |path: &path::Path| path.to_string_lossy().into_owned();
        Self {
            fingerprint: advice.fingerprint.clone(),
            secret_key: text(&advice.files.secret),
            certificate: text(&advice.files.certificate),
            revocation: text(&advice.files.revocation),
        }
    }
}
