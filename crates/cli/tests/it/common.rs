//! A place to work in, and the program run in it.

use std::{
    ffi::OsStr,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A directory of its own for each test, with a small volume and a place for a store.
pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("place-").tempdir().unwrap();
        let place = Self { directory };
        place.write("data/hello.txt", "Hello!\n");
        place
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// The names in a directory, sorted; none of a directory that does not exist.
    pub(crate) fn names(&self, directory: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(directory)) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The program in this directory, with an environment of its own.
    pub(crate) fn command(&self) -> Command {
        // Whoever runs the tests in the background may have signals ignored, and that is inherited.
        let mut command = Command::new("/usr/bin/env");
        command
            .arg("--default-signal=HUP,INT,QUIT,TERM")
            .arg(env!("CARGO_BIN_EXE_prose-backup"))
            .current_dir(self.directory.path())
            .env_clear()
            .env("COLUMNS", "100")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        self.finish(self.command().args(args))
    }

    /// Runs with `--store store`.
    pub(crate) fn store<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        self.finish(self.command().args(["--store", "store"]).args(args))
    }

    /// Runs with a configuration file of this content, `[DIR]` being this directory.
    pub(crate) fn configured<A: AsRef<OsStr>>(
        &self,
        config: &str,
        args: impl IntoIterator<Item = A>,
    ) -> Run {
        let directory = self.directory.path().to_str().unwrap();
        self.write("prose.toml", &config.replace("[DIR]", directory));
        self.finish(self.command().args(["--config", "prose.toml"]).args(args))
    }

    pub(crate) fn finish(&self, command: &mut Command) -> Run {
        Run::new(self, &command.output().unwrap())
    }

    /// Makes a backup of `data` in `store`, and answers its name.
    pub(crate) fn backup(&self) -> String {
        self.backup_labelled("prose")
    }

    /// The same under a label, since a label has one backup per second.
    pub(crate) fn backup_labelled(&self, label: &str) -> String {
        let run = self.store(["create", "data", "--label", label]);
        assert_eq!(run.status, 0, "{run}");
        run.stdout.lines().next().unwrap().to_owned()
    }

    /// Changes a stored object.
    pub(crate) fn tamper(&self, name: &str) {
        fs::OpenOptions::new()
            .append(true)
            .open(self.path("store").join(name))
            .unwrap()
            .write_all(b"!")
            .unwrap();
    }
}

/// What became of the program.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Names the directory `[DIR]`, so that texts can be compared. A status above 128 is a signal
    /// that the program did not catch, or a status that it chose: `signal:` tells them apart.
    pub(crate) fn new(place: &Place, output: &Output) -> Self {
        let directory = place.directory.path().to_str().unwrap();
        let text = |bytes: &[u8]| {
            String::from_utf8(bytes.to_vec())
                .unwrap()
                .replace(directory, "[DIR]")
        };
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// The one JSON document on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

/// Both streams and the status; of an empty stream nothing.
impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "{name}: {text}")?;
            }
        }
        write!(f, "exit {}", self.status)
    }
}
