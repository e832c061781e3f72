//! The program, as it ships.

use std::{
    env,
    ffi::{OsStr, OsString},
    fmt, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

/// How backups are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) compressed: bool,
    pub(crate) encrypted: bool,
    pub(crate) signed: bool,
    pub(crate) hashing: Hashing,
}

/// The function of the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hashing {
    Blake3,
    Sha256,
}

impl Hashing {
    /// As the configuration and the answers spell it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Blake3 => "BLAKE3",
            Self::Sha256 => "SHA-256",
        }
    }

    /// How the name of a digest ends.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Blake3 => ".blake3",
            Self::Sha256 => ".sha256",
        }
    }
}

impl Settings {
    /// What an operator who cares would choose.
    pub(crate) const FULL: Self = Self {
        compressed: true,
        encrypted: true,
        signed: true,
        hashing: Hashing::Blake3,
    };

    /// All sixteen.
    pub(crate) fn combinations() -> impl Iterator<Item = Self> {
        (0..16).map(|bits| Self {
            compressed: bits & 1 == 0,
            encrypted: bits & 2 == 0,
            signed: bits & 4 == 0,
            hashing: if bits & 8 == 0 {
                Hashing::Blake3
            } else {
                Hashing::Sha256
            },
        })
    }

    /// How the name of a backup ends.
    pub(crate) fn extensions(self) -> String {
        let zst = if self.compressed { ".zst" } else { "" };
        let gpg = if self.encrypted { ".gpg" } else { "" };
        format!(".tar{zst}{gpg}")
    }

    fn configuration(self, place: &Path) -> String {
        // One of ours, with nothing in it that TOML would take for anything else.
        let place = place.to_str().unwrap();
        let compression = if self.compressed { "zstd" } else { "off" };
        let mut lines = vec![
            "[backups]".to_owned(),
            "storage.provider = \"fs\"".to_owned(),
            format!("storage.fs.directory = \"{place}/store\""),
            format!("compression.algorithm = \"{compression}\""),
            format!("hashing.algorithm = \"{}\"", self.hashing.name()),
        ];
        let mut add_key = |switch: &str, layer: &str| {
            lines.push(switch.to_owned());
            lines.push(format!("{layer}.pgp.tsk = \"{place}/key.pgp\""));
        };
        if self.encrypted {
            add_key("encryption.mode = \"pgp\"", "encryption");
        }
        if self.signed {
            add_key("signing.pgp.enabled = true", "signing");
        }
        lines.join("\n")
    }
}

/// The program with a configuration, a key and a store in one directory.
#[derive(Debug)]
pub(crate) struct Program {
    place: PathBuf,
    /// Run as this user rather than as the one who tests.
    user: Option<u32>,
    binary: PathBuf,
}

/// How long a run may take on a machine that does much else as well.
const LIMIT: Duration = Duration::from_mins(3);

impl Program {
    /// Makes a key, and nothing else yet.
    pub(crate) fn new(place: PathBuf) -> Self {
        fs::create_dir_all(&place).unwrap();
        let program = Self {
            place,
            user: None,
            binary: env!("CARGO_BIN_EXE_prose-backup").into(),
        };
        program.make_key();
        program
    }

    /// The same as another user, who gets all of it. They may not be able to reach the build
    /// directory, but they can reach `place`.
    pub(crate) fn as_user(place: PathBuf, user: u32) -> Self {
        fs::create_dir_all(&place).unwrap();
        let binary = place.join("prose-backup");
        fs::copy(env!("CARGO_BIN_EXE_prose-backup"), &binary).unwrap();
        std::os::unix::fs::chown(&place, Some(user), Some(user)).unwrap();
        let program = Self {
            place,
            user: Some(user),
            binary,
        };
        program.make_key();
        program
    }

    /// Writes the configuration for the runs that follow.
    pub(crate) fn configure(&self, settings: Settings) {
        let text = settings.configuration(&self.place);
        fs::write(self.place.join("prose.toml"), text).unwrap();
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.place.join("store")
    }

    /// Makes a backup and answers what the program says of it.
    #[track_caller]
    pub(crate) fn create(&self, label: &str, volumes: &[(&str, &Path)]) -> Run {
        let mut args = vec![OsString::from("create"), "--label".into(), label.into()];
        for (name, path) in volumes {
            args.push("--volume".into());
            let mut volume = OsString::from(format!("{name}="));
            volume.push(path);
            args.push(volume);
        }
        self.configured(&args)
    }

    /// Restores a backup.
    #[track_caller]
    pub(crate) fn restore(&self, name: &str, to: &Path) -> Run {
        self.configured([
            "restore".as_ref(),
            name.as_ref(),
            "--to".as_ref(),
            to.as_os_str(),
        ])
    }

    /// Runs with the configuration, for an answer in JSON. It must succeed.
    #[track_caller]
    pub(crate) fn configured<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        let config = self.place.join("prose.toml");
        let options = ["--json".as_ref(), "--config".as_ref(), config.as_os_str()];
        let args: Vec<OsString> = args.into_iter().map(|arg| arg.as_ref().into()).collect();
        self.run(
            options
                .into_iter()
                .chain(args.iter().map(OsString::as_os_str)),
        )
    }

    /// Runs, and must succeed. Takes the time and the largest amount of memory.
    #[track_caller]
    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        // GNU time reports the peak of its own child and of nothing else, exactly, from the kernel.
        let report = self.place.join("peak");
        let mut command = Command::new("timeout");
        command
            .args(["--signal=KILL", &format!("{}s", LIMIT.as_secs())])
            .args(["time", "--quiet", "--format=%M", "--output"])
            .arg(&report);
        if let Some(user) = self.user {
            let (user, group) = (format!("--reuid={user}"), format!("--regid={user}"));
            command.args(["setpriv", &user, &group, "--clear-groups"]);
        }
        command
            .arg(&self.binary)
            .args(args)
            .current_dir(&self.place)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null());
        let begin = Instant::now();
        let output = command.output().expect("timeout, of GNU coreutils, runs");
        let elapsed = begin.elapsed();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert!(
            output.status.success(),
            "{command:?}: {}\n{stdout}{stderr}",
            output.status
        );
        let peak = fs::read_to_string(&report).unwrap();
        Run {
            stdout,
            elapsed,
            peak: Peak(peak.trim().parse().unwrap()),
        }
    }

    fn make_key(&self) {
        self.run(["keygen", "--output", "key.pgp"]);
    }
}

/// What became of a run of the program.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) elapsed: Duration,
    pub(crate) peak: Peak,
}

impl Run {
    /// The one JSON document on standard output.
    #[track_caller]
    pub(crate) fn answer(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// The name of the backup that was made.
    #[track_caller]
    pub(crate) fn name(&self) -> String {
        self.answer()["name"].as_str().unwrap().to_owned()
    }
}

/// The largest amount of memory that a process had, in KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Peak(pub(crate) u64);

impl fmt::Display for Peak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} MiB", self.0 / 1024, self.0 % 1024 * 10 / 1024)
    }
}
