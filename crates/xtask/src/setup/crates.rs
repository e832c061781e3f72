//! Programs from crates.io.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::process;
use crate::terminal::say;

/// A program from crates.io, in exactly one version.
#[derive(Debug)]
pub(super) struct CrateTool {
    package: &'static str,
    version: &'static str,
    binary: &'static str,
    features: &'static [&'static str],
    /// What to ask the program in order to see that it runs here.
    question: &'static str,
}

/// Knows the v6 keys and the AEAD encryption that Debian 12's `sq` and `gpg` do not.
pub(super) const SQ: CrateTool = CrateTool {
    package: "sequoia-sq",
    version: "1.5.0",
    binary: "sq",
    features: &["crypto-openssl"],
    question: "version",
};

/// Without its features it neither fetches advisories nor git repositories, and builds fast.
pub(super) const DENY: CrateTool = CrateTool {
    package: "cargo-deny",
    version: "0.20.2",
    binary: "cargo-deny",
    features: &[],
    question: "--version",
};

impl CrateTool {
    pub(super) fn path_in(&self, tools: &Path) -> PathBuf {
        tools.join("bin").join(self.binary)
    }

    /// Builds and installs the program, unless this very version is there and runs.
    pub(super) fn ensure(&self, tools: &Path, workspace: &Path) -> Result<()> {
        if self.is_installed(tools) {
            say!("setup: {} {}: is there", self.package, self.version);
            return Ok(());
        }
        say!(
            "setup: {} {}: building, which takes a few minutes",
            self.package,
            self.version
        );
        let build = tools.join("build");
        let mut install = process::cargo(workspace);
        install
            .args([
                "install", "--locked", "--debug", "--force", "--quiet", "--root",
            ])
            .arg(tools)
            .args([
                self.package,
                "--version",
                self.version,
                "--no-default-features",
            ]);
        if !self.features.is_empty() {
            install.args(["--features", &self.features.join(",")]);
        }
        // Built once and run a few times: what counts is that building is quick.
        install
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_TARGET_DIR", &build);
        process::run(&mut install)?;
        fs::remove_dir_all(&build).map_err(Error::io(format!("remove {}", build.display())))
    }

    fn is_installed(&self, tools: &Path) -> bool {
        let runs =
            || process::probe(process::program(self.path_in(tools)).arg(self.question)).is_some();
        fs::read_to_string(tools.join(".crates.toml")).is_ok_and(|list| self.is_listed(&list))
            && runs()
    }

    /// Whether cargo's own list of what it installed has this version.
    fn is_listed(&self, list: &str) -> bool {
        let entry = format!("\"{} {} ", self.package, self.version);
        list.lines().any(|line| line.starts_with(&entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_not_this_one() {
        let list = "[v1]\n\"sequoia-sq 1.5.0 (registry+https://github.com/rust-lang/crates.io-index)\" = [\"sq\"]\n\
                    \"cargo-deny 0.20.21 (registry+https://github.com/rust-lang/crates.io-index)\" = [\"cargo-deny\"]\n";
        assert!(SQ.is_listed(list));
        assert!(!DENY.is_listed(list));
    }
}
