use prose_backup::{
    Acceptance, Backups, Details, ErrorCode, StoreDirectories, Verdict, VerifyRequest, Which,
    naming::BackupName,
};
use serde_json::{Value, json};

use super::{details, names};
use crate::{
    args::Global,
    escape,
    exit::{DONE, Failure, Status, worse},
    output::{self, Output},
    session::{Effect, Load, Session},
    settings,
};

/// Read a backup and check it against its digest and its signature
///
/// The exit status is 0 when the backup may be restored, and 4 when it is refused. With --all there
/// is a line for each backup, and the exit status is the worst: 6 when the store could not answer,
/// else 2 or 1 when something else kept a backup from being judged, else 4 when one is refused,
/// else 0.
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    which: Choice,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Choice {
    /// The backup's full name, or latest
    #[arg(value_name = "NAME", value_parser = names::full_or_latest)]
    name: Option<Which>,
    /// Verify every backup
    #[arg(long)]
    all: bool,
}

impl Verify {
    pub(crate) fn run(self, global: &Global, output: &mut Output) -> Result<Status, Failure> {
        let config = settings::config(global)?;
        let session = Session::open(&config, StoreDirectories::MustExist, Load::Heavy, output)?;
        match self.which.name {
            Some(which) => {
                let details = verify(&session, which)?;
                output.answer(&details, details::text)?;
                Ok(status(&details))
            }
            None => verify_all(&session, output),
        }
    }
}

fn verify(session: &Session, which: Which) -> Result<Details, Failure> {
    let request = VerifyRequest {
        which,
        acceptance: Acceptance::default(),
        observer: session.observer(),
    };
    let details = session.run(Effect::Reads, |backups| backups.verify(request))?;
    session.warn(&details.warnings);
    Ok(details)
}

/// How the program ends after a verdict.
fn status(details: &Details) -> Status {
    details
        .verdict
        .and_then(Verdict::code)
        .map_or(DONE, ErrorCode::exit_status)
}

/// Verifies one backup after the other. What is wrong with one does not keep the others from it;
/// an interruption does.
fn verify_all(session: &Session, output: &mut Output) -> Result<Status, Failure> {
    let backups = session.run(Effect::Reads, Backups::list)?;
    if backups.is_empty() {
        output.note("There are no backups.");
    }
    let mut worst = DONE;
    let mut documents = Vec::new();
    for name in backups.into_iter().map(|backup| backup.name) {
        let outcome = verify(session, Which::Name(name.clone()));
        if let Err(failure) = &outcome
            && session.is_interrupted()
        {
            return Err(failure.clone());
        }
        let one = match &outcome {
            Ok(details) => status(details),
            Err(failure) => failure.status(),
        };
        worst = worse(worst, one);
        if output.is_json() {
            documents.push(document(&name, &outcome)?);
        } else {
            output.print(&line(&name, &outcome))?;
        }
    }
    if output.is_json() {
        output.answer(&documents, |_| String::new())?;
    }
    Ok(worst)
}

fn line(name: &BackupName, outcome: &Result<Details, Failure>) -> String {
    match outcome {
        // The reason begins with the verdict.
        Ok(details) => format!("{name}  {}\n", escape::line(&details.reason)),
        Err(failure) => format!("{name}  error: {}\n", failure.message()),
    }
}

fn document(name: &BackupName, outcome: &Result<Details, Failure>) -> Result<Value, Failure> {
    match outcome {
        Ok(details) => output::value(details),
        Err(failure) => Ok(json!({
            "name": name.to_string(),
            "error": output::error(failure),
        })),
    }
}
