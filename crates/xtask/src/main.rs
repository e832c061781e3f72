//! Set-up, test and CI commands: `cargo xtask <command>`.
//!
//! This program has no dependency, so that it starts at once on a machine that has nothing but a
//! Rust toolchain: the first thing it is asked for is usually to install what the rest needs.

mod ci;
mod error;
mod manifest;
mod process;
mod quickstart;
mod setup;
mod shell;
mod terminal;
mod test;
mod tree;
mod workspace;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use error::{Error, Result};
use terminal::say;

const HELP: &str = "\
Usage: cargo xtask <COMMAND> [ARGUMENTS]

Commands:
  quickstart [DIR]         build the program, back DIR up (a sample Pod without it), restore it, compare
  test [ARGUMENTS]         install what the tests need and run all of them
  ci [STEP]...             run every other check that a change must pass
  setup [build|test|ci]    install what building, testing or checking needs

`cargo xtask <COMMAND> --help` says more.";

fn main() -> ExitCode {
    let mut args = env::args_os().skip(1);
    let command = args.next();
    let rest: Vec<OsString> = args.collect();
    match run(command, &rest) {
        Ok(code) => code,
        Err(error) => {
            terminal::complain(format_args!("error: {error}"));
            error.exit_code()
        }
    }
}

fn run(command: Option<OsString>, args: &[OsString]) -> Result<ExitCode> {
    let Some(command) = command else {
        return Err(Error::Usage(format!("no command\n\n{HELP}")));
    };
    match command.to_str() {
        Some("quickstart") => quickstart::run(args),
        Some("test") => test::run(args),
        Some("ci") => ci::run(args),
        Some("setup") => setup::run(args),
        Some("help" | "--help" | "-h") => {
            say!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(Error::Usage(format!(
            "no command {}\n\n{HELP}",
            shell::quoted(&command)
        ))),
    }
}

/// Whether the person only asked what a command does.
fn wants_help(args: &[OsString]) -> bool {
    args.first()
        .is_some_and(|first| first == "--help" || first == "-h" || first == "help")
}
