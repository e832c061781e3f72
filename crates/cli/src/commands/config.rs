use std::{fmt::Write, os::unix::ffi::OsStrExt};

use clap::Subcommand;
use prose_backup_config::{DEFAULT_FILE, Effective, Loaded, Warning, schema};
use serde::Serialize;

use crate::{
    args::Global,
    escape,
    exit::{DONE, Failure, Status},
    output::Output,
    settings,
};

/// Check or show the configuration
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Tell whether the configuration is right, and what is wrong with it
    ///
    /// All problems are named, with file, line and key. Key files and stores are not opened.
    Check,
    /// Show the configuration that results from file, environment and defaults, without secrets
    ///
    /// Every key is followed by where its value comes from.
    Show,
    /// Print the JSON Schema of the configuration
    Schema,
}

impl ConfigCommand {
    pub(crate) fn run(self, global: &Global, output: &mut Output) -> Result<Status, Failure> {
        if global.store.is_some() {
            return Err(Failure::usage(
                "--store stands in for the storage of a configuration, and `config` is about the \
                 configuration itself; leave out --store",
            ));
        }
        match self {
            Self::Check => check(global, &settings::load_sources(global)?, output)?,
            Self::Show => show(&settings::load_sources(global)?.effective, output)?,
            Self::Schema => output.document(&schema())?,
        }
        Ok(DONE)
    }
}

fn check(global: &Global, loaded: &Loaded, output: &mut Output) -> Result<(), Failure> {
    let mut warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    if loaded.config.storage.is_none() && !loaded.warnings.contains(&Warning::NoProvider) {
        warnings.push(
            "backups are not configured: set backups.storage.provider to \"s3\" or \"fs\""
                .to_owned(),
        );
    }
    let checked = Checked {
        ok: true,
        file: settings::file(global).map(|file| escape::path(file.as_os_str().as_bytes())),
        warnings,
    };
    output.answer(&checked, Checked::text)
}

/// What there is to say of a configuration without problems.
#[derive(Serialize)]
struct Checked {
    ok: bool,
    file: Option<String>,
    warnings: Vec<String>,
}

impl Checked {
    fn text(&self) -> String {
        let mut text = match &self.file {
            Some(file) => format!("OK: {file}\n"),
            None => format!(
                "OK: there is no {DEFAULT_FILE}, so defaults and environment variables count alone\n"
            ),
        };
        for warning in &self.warnings {
            let _ = writeln!(text, "warning: {}", escape::line(warning));
        }
        text
    }
}

fn show(effective: &Effective, output: &mut Output) -> Result<(), Failure> {
    output.answer(&effective.to_json(), |_| effective.to_string())
}
