//! The command line as a whole; what each subcommand takes is beside its code.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand};

use crate::commands::{
    completions::Completions, config::ConfigCommand, contents::Contents, create::Create,
    delete::Delete, download::Download, keygen::Keygen, keys::Keys, list::List, man::Manual,
    restore::Restore, show::Show, verify::Verify,
};

/// Back up everything a Prose Pod needs, prove it, and get it back.
#[derive(Debug, Parser)]
#[command(
    name = "prose-backup",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "Exit status: 0 done; 1 failed for another reason; 2 wrong usage or configuration; \
                  3 no such backup; 4 refused: corrupt, tampered, replayed, not authentic, unsafe \
                  archive, cannot decrypt; 5 that name exists; 6 store unreachable or access denied; \
                  129, 130, 143 interrupted by SIGHUP, SIGINT, SIGTERM, after cleaning up."
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every subcommand takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Read this configuration instead of /etc/prose/prose.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Keep backups in this directory, whatever the configuration says of storage
    ///
    /// No configuration file is read then, unless --config names one. Environment variables count
    /// as always.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// Answer with one JSON document on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say nothing but results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say on standard error what is being done; twice or thrice for more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Create(Create),
    List(List),
    Show(Show),
    Verify(Verify),
    Restore(Restore),
    Contents(Contents),
    Download(Download),
    Delete(Delete),
    Keys(Keys),
    Keygen(Keygen),
    #[command(subcommand)]
    Config(ConfigCommand),
    Completions(Completions),
    #[command(name = "man")]
    Manual(Manual),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Args;

    #[test]
    fn the_command_line_does_not_contradict_itself() {
        Args::command().debug_assert();
    }
}
