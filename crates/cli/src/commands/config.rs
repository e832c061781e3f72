use std::fmt::Write;

use clap::Subcommand;
use prose_backup_config::{Effective, Loaded, schema};
use serde_json::json;

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
            Self::Check => check(&settings::load_sources(global)?, output)?,
            Self::Show => show(&settings::load_sources(global)?.effective, output)?,
            Self::Schema => output.document(&schema())?,
        }
        Ok(DONE)
    }
}

fn check(loaded: &Loaded, output: &mut Output) -> Result<(), Failure> {
    let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    output.answer(&json!({ "ok": true, "warnings": warnings }), |_| {
        let mut text = "OK\n".to_owned();
        for warning in &warnings {
            let _ = writeln!(text, "warning: {}", escape::line(warning));
        }
        text
    })
}

fn show(effective: &Effective, output: &mut Output) -> Result<(), Failure> {
    output.answer(&effective.to_json(), |_| effective.to_string())
}
