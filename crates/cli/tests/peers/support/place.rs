//! A directory to work in, and the program in it.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::{
    is_root,
    process::{Run, Running},
    shell::bare,
};
use crate::tree::{self, Tree};

/// The program that ships.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_prose-backup");

/// Signs and encrypts with [`Place::keygen`]'s key.
pub(crate) const SEALED: &str = r#"
signing.pgp.enabled = true
encryption.mode = "pgp"
pgp.tsk = "[DIR]/key.pgp"
"#;

/// Whether a name is that of a check with this extension.
pub(crate) fn is_check(name: &str, extension: &str) -> bool {
    let (_, last) = name.rsplit_once('.').unwrap_or_default();
    last == extension
}

/// A directory of its own for each test; the store is in `store`, unless configured otherwise.
#[derive(Debug)]
pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    /// With a configuration that has a store and nothing else.
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("peers-").tempdir().unwrap();
        // Other users come here as well.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let place = Self { directory };
        place.configure("");
        place
    }

    /// With a key of ours that signs and encrypts, a volume `data`, and nothing stored yet.
    pub(crate) fn sealed() -> Self {
        let place = Self::new();
        place.write("data/hello.txt", "Hello!\n");
        place.keygen();
        place.configure(SEALED);
        place
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
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

    /// Everything in this directory, but the times of directories, which staging moves.
    pub(crate) fn snapshot(&self) -> Tree {
        let mut tree = tree::read(self.directory.path());
        for node in tree.values_mut().filter(|node| node.kind == 'd') {
            node.mtime = (0, 0);
        }
        tree
    }

    /// Configures the store and what `settings` says, `[DIR]` being this directory.
    pub(crate) fn configure(&self, settings: &str) {
        self.configure_as("prose.toml", settings);
    }

    /// The same in a file of another name.
    pub(crate) fn configure_as(&self, file: &str, settings: &str) {
        let mut text = String::from("[backups]\n");
        if !settings.contains("storage.") {
            text.push_str("storage.provider = \"fs\"\nstorage.fs.directory = \"[DIR]/store\"\n");
        }
        text.push_str(settings);
        let directory = self.directory.path().to_str().unwrap();
        self.write(file, text.replace("[DIR]", directory));
    }

    /// Makes `key.pgp`, `key.pgp.pub` and `key.pgp.rev`.
    pub(crate) fn keygen(&self) {
        self.run("keygen -o key.pgp").exits(0);
    }

    /// The program with a line of arguments, none of which has a blank in it, in this directory.
    pub(crate) fn program(&self, line: &str) -> Command {
        self.wrapped(&[], line)
    }

    /// The program under another one, such as `faketime`.
    pub(crate) fn wrapped(&self, wrapper: &[&str], line: &str) -> Command {
        let words: Vec<&str> = wrapper.iter().copied().chain([PROGRAM]).collect();
        let mut command = bare(words[0]);
        command.args(&words[1..]).current_dir(self.directory.path());
        if !line.contains("--config") {
            command.args(["--config", "prose.toml"]);
        }
        command.args(line.split_whitespace());
        command
    }

    pub(crate) fn start(&self, line: &str) -> Running {
        Running::start(&mut self.program(line))
    }

    pub(crate) fn run(&self, line: &str) -> Run {
        Run::of(&mut self.program(line))
    }

    /// The program as a user who is not root.
    pub(crate) fn run_as_nobody(&self, line: &str) -> Run {
        if !is_root() {
            return self.run(line);
        }
        // Where the program lies may be closed to others.
        let program = self.path("prose-backup");
        if !program.exists() {
            fs::copy(PROGRAM, &program).unwrap();
        }
        let mut command = bare("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(program)
            .args(["--config", "prose.toml"])
            .args(line.split_whitespace())
            .current_dir(self.directory.path());
        Run::of(&mut command)
    }

    /// Makes a backup of `data`, and answers its name.
    #[track_caller]
    pub(crate) fn backup(&self) -> String {
        self.created("create data")
    }

    /// Makes a backup, and answers its name.
    #[track_caller]
    pub(crate) fn created(&self, line: &str) -> String {
        let run = self.run(line).exits(0);
        run.stdout.lines().next().unwrap().to_owned()
    }

    /// The names of the backups that the program lists.
    #[track_caller]
    pub(crate) fn listed(&self) -> Vec<String> {
        let listed = self.run("list --json").exits(0).json();
        let names = listed.as_array().unwrap().iter();
        names
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Whether a backup of [`SEALED`] is in the store as a whole, and authentic.
    #[track_caller]
    pub(crate) fn is_whole(&self, name: &str) {
        let stored = self.names("store");
        for extension in ["", ".blake3", ".sig"] {
            assert!(stored.contains(&format!("{name}{extension}")), "{stored:?}");
        }
        self.run(&format!("verify {name}")).exits(0);
    }

    /// Whether there is a check of this extension in the store.
    pub(crate) fn has_check(&self, extension: &str) -> bool {
        self.names("store")
            .iter()
            .any(|name| is_check(name, extension))
    }

    /// The size of what is on its way into the store.
    pub(crate) fn partial_size(&self) -> u64 {
        let Ok(entries) = fs::read_dir(self.path("store")) else {
            return 0;
        };
        let partials = entries.flatten().filter(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with(".prose-backup-")
        });
        partials
            .filter_map(|entry| Some(entry.metadata().ok()?.len()))
            .sum()
    }

    /// Whether a backup is refused by `verify` and `restore` alike, with this code and exit status 4,
    /// and nothing anywhere changes by that.
    #[track_caller]
    pub(crate) fn refuses(&self, name: &str, code: &str) -> Run {
        let before = self.snapshot();
        let verified = self.run(&format!("verify {name} --json")).exits(4);
        assert_eq!(verified.json()["verdict"], code, "{verified}");
        let restored = self.refuses_to_restore(name, code);
        tree::assert_same(&before, &self.snapshot());
        restored
    }

    /// Whether `restore` refuses a backup with this code and exit status 4, and changes nothing.
    #[track_caller]
    pub(crate) fn refuses_to_restore(&self, name: &str, code: &str) -> Run {
        let before = self.snapshot();
        let restored = self
            .run(&format!("restore {name} --to out/of/it --json"))
            .exits(4);
        assert_eq!(restored.json()["error"]["code"], code, "{restored}");
        tree::assert_same(&before, &self.snapshot());
        restored
    }
}
