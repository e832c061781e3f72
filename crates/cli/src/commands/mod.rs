//! One module per subcommand: what it takes, what it does, what it answers.

pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod contents;
pub(crate) mod create;
pub(crate) mod delete;
mod details;
pub(crate) mod download;
pub(crate) mod keygen;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod man;
mod names;
pub(crate) mod restore;
pub(crate) mod show;
pub(crate) mod verify;

use self::{keys::Keys, list::List};
use crate::{
    args::{Args, Command},
    exit::{Failure, Status},
    output::Output,
};

/// Does what the command line asks for.
pub(crate) fn run(args: Args, output: &mut Output) -> Result<Status, Failure> {
    let global = &args.global;
    match args.command {
        Command::Create(command) => command.run(global, output),
        Command::List(List {}) => List::run(global, output),
        Command::Show(command) => command.run(global, output),
        Command::Verify(command) => command.run(global, output),
        Command::Restore(command) => command.run(global, output),
        Command::Contents(command) => command.run(global, output),
        Command::Download(command) => command.run(global, output),
        Command::Delete(command) => command.run(global, output),
        Command::Keys(Keys {}) => Keys::run(global, output),
        Command::Keygen(command) => command.run(output),
        Command::Config(command) => command.run(global, output),
        Command::Completions(command) => command.run(output),
        Command::Manual(command) => command.run(output),
    }
}
