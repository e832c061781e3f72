use clap::{CommandFactory, ValueEnum};
use clap_complete::{generate, shells};

use crate::{
    args::Args,
    exit::{DONE, Failure, Status},
    output::Output,
};

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Completions {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        output.refuse_json("a completion script")?;
        let mut command = Args::command();
        let name = command.get_name().to_owned();
        let mut script = Vec::new();
        match self.shell {
            Shell::Bash => generate(shells::Bash, &mut command, name, &mut script),
            Shell::Zsh => generate(shells::Zsh, &mut command, name, &mut script),
            Shell::Fish => generate(shells::Fish, &mut command, name, &mut script),
        }
        output.print_with(|stdout| stdout.write_all(&script))?;
        Ok(DONE)
    }
}
