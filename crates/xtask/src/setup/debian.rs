//! Packages of the distribution.

use std::ffi::OsStr;
use std::process::Command;

use crate::error::{Error, Result};
use crate::process::{self, program};
use crate::terminal::say;

/// What the workspace is built with, beside a Rust toolchain and the C compiler it links with.
///
/// The OpenPGP crate runs on OpenSSL: its build asks pkg-config where the library is and makes the
/// bindings from the headers with libclang. The zstd and BLAKE3 crates need the C compiler only.
pub(super) const BUILD: &[&str] = &["libclang-dev", "libssl-dev", "pkg-config"];

/// What the tests run against, and what `sq` is built with.
pub(super) const TEST: &[&str] = &[
    // Other implementations of what this program writes and reads.
    "b3sum",
    "busybox",
    "coreutils",
    "gnupg",
    "libarchive-tools",
    "sq",
    "tar",
    "zstd",
    // File systems, clocks, system calls and memory.
    "acl",
    "attr",
    "faketime",
    "mount",
    "strace",
    "time",
    "util-linux",
    // A Pod.
    "lua-dbi-sqlite3",
    "lua-event",
    "lua-sec",
    "openssl",
    "prosody",
    // What `sq` 1.x is built with, beside the above.
    "capnproto",
    "libsqlite3-dev",
];

/// Installs those of the packages that are not.
pub(super) fn ensure(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let Some(installed) = installed(packages) else {
        say!(
            "setup: this is not Debian; under whatever names, these must be there: {}",
            packages.join(" ")
        );
        return Ok(());
    };
    let missing: Vec<&str> = packages
        .iter()
        .copied()
        .filter(|name| !installed.iter().any(|has| has == name))
        .collect();
    if missing.is_empty() {
        say!("setup: Debian packages: all {} are there", packages.len());
        return Ok(());
    }
    say!("setup: Debian packages: installing {}", missing.join(" "));
    let Some(privilege) = Privilege::of_caller() else {
        return Err(Error::Missing(format!(
            "these Debian packages are missing, and only root can install them; run this, then try again:\n\n    {}\n",
            line_for_root(&missing)
        )));
    };
    install(privilege, &missing)
}

/// Those of the packages that are installed, or nothing where there is no dpkg.
fn installed(packages: &[&str]) -> Option<Vec<String>> {
    let mut query = program("dpkg-query");
    query
        .args([
            "--show",
            "--showformat",
            "${binary:Package} ${db:Status-Status}\n",
        ])
        .args(packages);
    // It fails when it does not know one of them, and still answers for the others.
    let output = query.output().ok()?;
    Some(parse_installed(&String::from_utf8_lossy(&output.stdout)))
}

/// Reads lines of `name[:architecture] status`.
fn parse_installed(answer: &str) -> Vec<String> {
    answer
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, status)| *status == "installed")
        .map(|(name, _)| name.split(':').next().unwrap_or(name).to_owned())
        .collect()
}

/// How the caller may install packages.
#[derive(Clone, Copy)]
enum Privilege {
    Root,
    Sudo,
}

impl Privilege {
    fn of_caller() -> Option<Self> {
        let user = process::probe(program("id").arg("-u"));
        if user.is_some_and(|id| id.trim() == "0") {
            return Some(Self::Root);
        }
        process::probe(program("sudo").args(["-n", "true"])).map(|_| Self::Sudo)
    }

    fn command(self, words: &[&str]) -> Command {
        let mut command = match self {
            Self::Root => program("env"),
            Self::Sudo => {
                let mut sudo = program("sudo");
                sudo.args(["-n", "env"]);
                sudo
            }
        };
        command.arg("DEBIAN_FRONTEND=noninteractive").args(words);
        command
    }
}

fn line_for_root(packages: &[&str]) -> String {
    format!(
        "sudo sh -c 'apt-get update && apt-get install --no-install-recommends {}'",
        packages.join(" ")
    )
}

fn install(privilege: Privilege, packages: &[&str]) -> Result<()> {
    // A list that cannot be fetched is often a third party's; whether the packages can be had
    // nevertheless is for the next step to find out.
    let update =
        process::status(&mut privilege.command(&["apt-get", "--quiet", "--quiet", "update"]))?;
    if !update.success() {
        say!("setup: not all package lists could be fetched; going on with those that are there");
    }
    let mut install = privilege.command(&[
        "apt-get",
        "--quiet",
        "--quiet",
        "--yes",
        "--no-install-recommends",
        // Somebody else's apt may be at work: wait for it rather than fail.
        "--option",
        "DPkg::Lock::Timeout=600",
        // Without a terminal of its own, dpkg does not report every file it unpacks.
        "--option",
        "Dpkg::Use-Pty=0",
        "install",
    ]);
    process::run(install.args(packages.iter().map(OsStr::new)))?;
    if packages.contains(&"prosody") {
        stop_service(privilege, "prosody");
    }
    Ok(())
}

/// Debian starts a service that it installs. This one would listen on all addresses, and the tests
/// start their own, so it is stopped again and kept from starting. That it cannot be stopped is
/// the normal case where nothing starts services, as in a container.
fn stop_service(privilege: Privilege, name: &str) {
    let stopped = process::probe(&mut privilege.command(&["service", name, "stop"])).is_some();
    let disabled =
        process::probe(&mut privilege.command(&["update-rc.d", name, "disable"])).is_some();
    if stopped || disabled {
        say!(
            "setup: the {name} service, which came with the package, is stopped and does not start by itself"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_installed_packages_count() {
        let answer =
            "gnupg installed\nlibssl-dev:amd64 installed\nsq not-installed\nattr config-files\n";
        assert_eq!(parse_installed(answer), ["gnupg", "libssl-dev"]);
    }

    #[test]
    fn the_line_for_root_is_one_line() {
        assert_eq!(
            line_for_root(&["gnupg", "sq"]),
            "sudo sh -c 'apt-get update && apt-get install --no-install-recommends gnupg sq'"
        );
    }
}
