//! GnuPG 2.2 in a home of its own.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use tempfile::TempDir;

/// A private GnuPG home, whose agent ends with it.
pub(crate) struct Gpg {
    home: TempDir,
}

pub(crate) struct Outcome {
    pub(crate) success: bool,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Gpg {
    pub(crate) fn new() -> Self {
        // The agent's socket must have a short path.
        let home = tempfile::Builder::new()
            .prefix("gpg")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in("/tmp")
            .unwrap();
        let gpg = Self { home };
        // Passphrases need not be expensive to guess here.
        gpg.file("gpg-agent.conf", b"s2k-count 65536\n");
        // With the trust model that the tests use, some commands miss the database otherwise.
        gpg.ok(&["--trust-model", "pgp", "--check-trustdb"], b"");
        gpg
    }

    /// Makes a key from a parameter file without its first and last lines.
    pub(crate) fn generate(&self, parameters: &str) -> String {
        let script = format!(
            "{parameters}\nName-Real: Peer\nName-Email: peer@example.org\nExpire-Date: 0\n%commit\n"
        );
        self.ok(&["--gen-key"], script.as_bytes());
        self.fingerprint()
    }

    /// The fingerprint of the newest key.
    pub(crate) fn fingerprint(&self) -> String {
        let listing = String::from_utf8(self.ok(&["--list-keys", "--with-colons"], b"")).unwrap();
        let primary = listing.lines().skip_while(|line| !line.starts_with("pub:"));
        let line = primary
            .into_iter()
            .find(|line| line.starts_with("fpr:"))
            .unwrap();
        line.split(':').nth(9).unwrap().to_string()
    }

    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn run(&self, arguments: &[&str], stdin: &[u8]) -> Outcome {
        let mut child = Command::new("gpg")
            .args([
                "--batch",
                "--yes",
                "--quiet",
                "--no-tty",
                "--trust-model",
                "always",
            ])
            .args(["--pinentry-mode", "loopback"])
            .args(arguments)
            .env("GNUPGHOME", self.home.path())
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("gpg 2.2 is needed for this test: apt-get install gnupg");
        let mut pipe = child.stdin.take().unwrap();
        let stdin = stdin.to_vec();
        let feed = std::thread::spawn(move || {
            let _ = pipe.write_all(&stdin);
        });
        let output = child.wait_with_output().unwrap();
        feed.join().unwrap();
        Outcome {
            success: output.status.success(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub(crate) fn ok(&self, arguments: &[&str], stdin: &[u8]) -> Vec<u8> {
        let outcome = self.run(arguments, stdin);
        assert!(outcome.success, "gpg {arguments:?}: {}", outcome.stderr);
        outcome.stdout
    }

    /// The same as if it were that time. Keys have no passphrase.
    pub(crate) fn ok_at(&self, at: SystemTime, arguments: &[&str], stdin: &[u8]) -> Vec<u8> {
        let seconds = at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let clock = format!("{seconds}!");
        let before = ["--passphrase", "", "--faked-system-time", &clock];
        self.ok(&[&before, arguments].concat(), stdin)
    }

    pub(crate) fn path(&self) -> &Path {
        self.home.path()
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf")
            .args(["--kill", "all"])
            .env("GNUPGHOME", self.home.path())
            .status();
    }
}
