//! Running other programs.

use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitStatus};

use crate::error::{Error, Result};
use crate::shell;
use crate::terminal::say;

/// A program that sees the environment of the person who called, not what `cargo run` added for
/// this program: those variables would leak into build scripts, which then run again each time.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    for (variable, _) in env::vars_os() {
        let text = variable.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&variable);
        }
    }
    command
}

/// The cargo that started this program, working in `directory`.
pub(crate) fn cargo(directory: &Path) -> Command {
    // `cargo` itself when it is found, since that is what a person reads and types; rustup's
    // variable keeps the toolchain the same.
    let mut command = program("cargo");
    command.current_dir(directory);
    command
}

/// Says the command, runs it with the terminal as its own, and returns how it ended.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    let line = shell::shown(command);
    say!("$ {line}");
    command.status().map_err(Error::io(format!("run `{line}`")))
}

/// Like [`status`], and a failure is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if status.success() {
        return Ok(());
    }
    let command = shell::shown(command);
    Err(Error::Child { command, status })
}

/// Runs a command silently and returns what it wrote to its standard output; its standard error
/// goes to the terminal.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = shell::shown(command);
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(Error::io(format!("run `{line}`")))?;
    if !output.status.success() {
        return Err(Error::Child {
            command: line,
            status: output.status,
        });
    }
    String::from_utf8(output.stdout).map_err(|_| {
        Error::Failed(format!(
            "`{line}` answered with something that is not UTF-8"
        ))
    })
}

/// What a command answers, or nothing when it is not there or fails: for asking whether something
/// is installed.
pub(crate) fn probe(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
