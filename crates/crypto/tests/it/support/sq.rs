//! Sequoia's `sq` 1.x, which knows version 6 and the new format.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// `sq` with a private home.
pub(crate) struct Sq {
    home: TempDir,
}

impl Sq {
    pub(crate) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn path(&self) -> &Path {
        self.home.path()
    }

    /// Runs it in its home, where files can be named without a directory.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(binary())
            .arg("--batch")
            .args(arguments)
            .current_dir(self.path())
            .env("SEQUOIA_HOME", self.path().join("home"))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            Ok(text)
        } else {
            Err(text)
        }
    }

    pub(crate) fn ok(&self, arguments: &[&str]) {
        if let Err(text) = self.run(arguments) {
            panic!("sq {arguments:?}: {text}");
        }
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }
}

/// `PROSE_BACKUP_SQ`, else where the set-up of the tests puts it, else the one in the path.
fn binary() -> PathBuf {
    let chosen = std::env::var_os("PROSE_BACKUP_SQ").map(PathBuf::from);
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    let cached = home.join(".cache/prose-backup/tools/bin/sq");
    let candidates = chosen.map_or_else(|| vec![cached, "sq".into()], |path| vec![path]);
    let found = candidates.into_iter().find(|path| {
        let output = Command::new(path).arg("version").output();
        output.is_ok_and(|output| {
            let text = String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr);
            text.starts_with("sq 1.")
        })
    });
    found.expect(
        "sq 1.x is needed for this test: `cargo install sequoia-sq`, and name it in PROSE_BACKUP_SQ",
    )
}
