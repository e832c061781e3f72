//! `cargo xtask setup`: install what is missing.

mod cache;
mod crates;
mod debian;
mod python;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cache::Cache;
use crates::CrateTool;

use crate::error::{Error, Result};
use crate::terminal::say;
use crate::{shell, wants_help, workspace};

const HELP: &str = "\
Usage: cargo xtask setup [build|test|ci]...

Installs what is missing, and nothing else; without an argument, for all three:
  build    Debian packages that the program is built with
  test     the programs that the tests run against: Debian packages, `sq` 1.x from crates.io,
           Python packages
  ci       cargo-deny from crates.io, which `cargo xtask ci` runs

Debian packages are installed with apt-get when root, or with sudo where it asks for no password.
Otherwise the one line to run is printed, and the exit status is 2. Everything else goes to
${XDG_CACHE_HOME:-~/.cache}/prose-backup/tools, which may be deleted at any time.";

/// What one can want to do, and hence what must be installed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Group {
    /// Build the program.
    Build,
    /// Run the tests.
    Test,
    /// Run the other checks.
    Ci,
}

impl Group {
    const ALL: [Self; 3] = [Self::Build, Self::Test, Self::Ci];

    fn packages(self) -> Vec<&'static str> {
        match self {
            Self::Build => debian::BUILD.to_vec(),
            // `sq` from crates.io stands on the same libraries as the program.
            Self::Test => [debian::BUILD, debian::TEST].concat(),
            Self::Ci => Vec::new(),
        }
    }

    fn crates(self) -> &'static [CrateTool] {
        match self {
            Self::Build => &[],
            Self::Test => &[crates::SQ],
            Self::Ci => &[crates::DENY],
        }
    }
}

/// Where the tools are that are not on the caller's `PATH`.
#[derive(Debug)]
pub(crate) struct Tools {
    directory: PathBuf,
}

impl Tools {
    /// Sequoia's `sq`, of the version that the tests are written for.
    pub(crate) fn sq(&self) -> PathBuf {
        crates::SQ.path_in(&self.directory)
    }

    pub(crate) fn cargo_deny(&self) -> PathBuf {
        crates::DENY.path_in(&self.directory)
    }

    /// A Python that has the packages which the tests import.
    pub(crate) fn python(&self) -> PathBuf {
        python::interpreter_in(&self.directory)
    }
}

pub(crate) fn run(args: &[OsString]) -> Result<ExitCode> {
    if wants_help(args) {
        say!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    let mut groups = args.iter().map(parse).collect::<Result<Vec<_>>>()?;
    if groups.is_empty() {
        groups.extend(Group::ALL);
    }
    ensure(&groups)?;
    Ok(ExitCode::SUCCESS)
}

fn parse(word: &OsString) -> Result<Group> {
    match word.to_str() {
        Some("build") => Ok(Group::Build),
        Some("test") => Ok(Group::Test),
        Some("ci") => Ok(Group::Ci),
        _ => Err(Error::Usage(format!(
            "no set-up for {}\n\n{HELP}",
            shell::quoted(word)
        ))),
    }
}

/// Installs what the groups need and is not there. Two at once take turns.
pub(crate) fn ensure(groups: &[Group]) -> Result<Tools> {
    let cache = Cache::lock()?;
    let root = workspace::root()?;
    install_packages(groups)?;
    for tool in groups.iter().flat_map(|group| group.crates()) {
        tool.ensure(cache.directory(), &root)?;
    }
    if groups.contains(&Group::Test) {
        python::ensure(cache.directory())?;
    }
    Ok(Tools {
        directory: cache.directory().to_path_buf(),
    })
}

fn install_packages(groups: &[Group]) -> Result<()> {
    let mut packages: Vec<&str> = groups.iter().flat_map(|group| group.packages()).collect();
    if groups.contains(&Group::Test) && !python::is_usable(Path::new("python3")) {
        packages.extend(python::PACKAGES);
    }
    packages.sort_unstable();
    packages.dedup();
    debian::ensure(&packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_named_as_the_help_says() {
        assert_eq!(parse(&"build".into()).expect("known"), Group::Build);
        assert_eq!(parse(&"test".into()).expect("known"), Group::Test);
        assert_eq!(parse(&"ci".into()).expect("known"), Group::Ci);
        let error = parse(&"tset".into()).expect_err("unknown");
        assert!(
            error.to_string().starts_with("no set-up for tset"),
            "{error}"
        );
    }
}
