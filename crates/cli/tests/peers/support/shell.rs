//! Tools of others, run as an operator runs them.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Run, process::Running};

/// Runs lines of shell, each of which must succeed, in a directory.
///
/// Nothing of the caller's environment comes in but the way to the tools: a key ring, a proxy or a
/// language of theirs must not matter.
#[track_caller]
pub(crate) fn shell(directory: &Path, script: &str) -> Run {
    let run = try_shell(directory, script);
    assert_eq!(run.status(), 0, "{run}");
    run
}

/// The same, whatever comes of it.
pub(crate) fn try_shell(directory: &Path, script: &str) -> Run {
    Running::start(
        bare("bash")
            .arg("-euo")
            .arg("pipefail")
            .arg("-c")
            .arg(script)
            .current_dir(directory),
    )
    .wait()
}

/// A program in an environment with nothing but what every tool needs.
///
/// Whoever runs the tests in the background may have signals ignored, and that is inherited.
pub(crate) fn bare(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("/usr/bin/env");
    command
        .arg("--default-signal=HUP,INT,QUIT,TERM")
        .arg(program)
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap())
        .env("LC_ALL", "C.UTF-8");
    command
}

/// The `sq` 1.x that knows keys of version 6 and authenticated encryption.
pub(crate) fn sq() -> PathBuf {
    let path = env::var_os("PROSE_BACKUP_SQ").map_or_else(
        || {
            let home = PathBuf::from(env::var_os("HOME").unwrap());
            home.join(".cache/prose-backup/tools/bin/sq")
        },
        PathBuf::from,
    );
    assert!(
        path.is_file(),
        "there is no {}: `cargo xtask setup` builds it",
        path.display()
    );
    path
}

/// The `sq` of Debian 12, which does not.
pub(crate) fn debian_sq() -> PathBuf {
    let path = PathBuf::from("/usr/bin/sq");
    assert!(path.is_file(), "install the Debian package `sq`");
    path
}
