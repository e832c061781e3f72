//! `cargo xtask test`: all tests, with all that they need.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::error::{self, Result};
use crate::setup::{self, Group, Tools};
use crate::terminal::say;
use crate::{process, wants_help, workspace};

const HELP: &str = "\
Usage: cargo xtask test [ARGUMENTS OF cargo test]

Installs what the tests need (see `cargo xtask setup --help`) and runs all tests of the workspace,
examples in the documentation included, with the release profile: they test the program that ships.

Variables that the tests see:
  PROSE_BACKUP_SQ        the `sq` 1.x to test against (Debian's is older and knows no AEAD)
  PROSE_BACKUP_PYTHON    a Python that has slixmpp and aiohttp";

pub(crate) fn run(args: &[OsString]) -> Result<ExitCode> {
    if wants_help(args) {
        say!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    let root = workspace::root()?;
    let tools = setup::ensure(&[Group::Build, Group::Test])?;
    let status = process::status(&mut command(process::cargo(&root), args, &tools))?;
    Ok(error::code_of(status))
}

fn command(mut cargo: Command, args: &[OsString], tools: &Tools) -> Command {
    cargo.args(["test", "--release", "--locked", "--no-fail-fast"]);
    if !chooses_packages(args) {
        cargo.arg("--workspace");
    }
    cargo
        .args(args)
        .env("PROSE_BACKUP_SQ", tools.sq())
        .env("PROSE_BACKUP_PYTHON", tools.python());
    cargo
}

/// Whether the arguments name packages, in which case `--workspace` would overrule them.
fn chooses_packages(args: &[OsString]) -> bool {
    args.iter()
        .take_while(|arg| *arg != "--")
        .filter_map(|arg| arg.to_str())
        .any(|arg| arg.starts_with("-p") || arg.starts_with("--package"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn all_packages_are_tested_unless_some_are_named() {
        assert!(!chooses_packages(&words("--test it a_name -- -p")));
        assert!(chooses_packages(&words("-p prose-backup")));
        assert!(chooses_packages(&words("-pprose-backup")));
        assert!(chooses_packages(&words("--package=prose-backup")));
    }
}
