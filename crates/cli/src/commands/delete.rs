use std::io::{self, IsTerminal, Write};

use prose_backup::{Deleted, ErrorCode, StoreDirectories, naming::BackupName};
use serde_json::{Value, json};

use super::names;
use crate::{
    args::Global,
    exit::{DONE, Failure, Status, worse},
    human,
    output::{self, Output},
    session::{Effect, Load, Session},
    settings,
};

/// Delete backups, with their checks
///
/// All of them are tried, whatever happens to one; the exit status is the worst. With --json and
/// several names, the answer is an array with an object for each, in their order.
#[derive(Debug, clap::Args)]
pub(crate) struct Delete {
    /// The full names of the backups
    #[arg(value_name = "NAME", required = true, value_parser = names::nothing_but_full)]
    names: Vec<BackupName>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Delete {
    pub(crate) fn run(mut self, global: &Global, output: &mut Output) -> Result<Status, Failure> {
        let mut seen = Vec::new();
        self.names.retain(|name| {
            let is_new = !seen.contains(name);
            if is_new {
                seen.push(name.clone());
            }
            is_new
        });
        let config = settings::config(global)?;
        if !self.yes {
            confirm(&self.names)?;
        }
        let session = Session::open(&config, StoreDirectories::MustExist, Load::Light, output)?;
        match self.names.as_slice() {
            [name] => {
                let deleted = delete(&session, name)?;
                output.answer(&deleted, line)?;
                Ok(DONE)
            }
            names => delete_each(&session, names, output),
        }
    }
}

fn delete(session: &Session, name: &BackupName) -> Result<Deleted, Failure> {
    session.run(Effect::Writes, |backups| backups.delete(name.clone()))
}

fn delete_each(
    session: &Session,
    names: &[BackupName],
    output: &mut Output,
) -> Result<Status, Failure> {
    let mut worst = DONE;
    let mut documents = Vec::new();
    for name in names {
        let outcome = delete(session, name);
        if let Err(failure) = &outcome {
            worst = worse(worst, failure.status());
        }
        if output.is_json() {
            documents.push(document(name, &outcome)?);
        } else {
            match &outcome {
                Ok(deleted) => output.print(&line(deleted))?,
                Err(failure) => output.failure(failure),
            }
        }
        if outcome.is_err() && session.is_interrupted() {
            break;
        }
    }
    if output.is_json() {
        output.answer(&documents, |_| String::new())?;
    }
    Ok(worst)
}

fn line(deleted: &Deleted) -> String {
    format!("deleted: {}\n", deleted.name)
}

fn document(name: &BackupName, outcome: &Result<Deleted, Failure>) -> Result<Value, Failure> {
    match outcome {
        Ok(deleted) => output::value(deleted),
        Err(failure) => Ok(json!({
            "name": name.to_string(),
            "error": output::error(failure),
        })),
    }
}

/// Asks whoever sits at the terminal; where nobody does, nobody can agree.
fn confirm(names: &[BackupName]) -> Result<(), Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::usage(
            "deleting takes --yes where nobody can be asked",
        ));
    }
    for name in names {
        output::complain(name);
    }
    let number = u64::try_from(names.len()).unwrap_or(u64::MAX);
    let backups = human::count(number, "backup", "backups");
    let mut answer = String::new();
    write!(anstream::stderr(), "Delete {backups} for good? [y/N] ")
        .and_then(|()| io::stdin().read_line(&mut answer))
        .map_err(|error| Failure::io("cannot ask", &error))?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Failure::coded(
            ErrorCode::Failed,
            "not confirmed; nothing was deleted",
        ))
    }
}
