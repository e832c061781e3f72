//! The usual tools accept what we write, and write what we accept.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use prose_backup_checksum::{DigestFile, Hasher};
use prose_backup_naming::DigestAlgorithm::{self, Blake3, Sha256};

use crate::name;

const CONTENT: &[u8] = b"the bytes of the backup";

/// A directory with a backup and its digest file as we write it.
fn written(test: &str, algorithm: DigestAlgorithm) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&directory).unwrap();
    let mut hasher = Hasher::new(algorithm).unwrap();
    hasher.update(CONTENT);
    let digest = hasher.finalize();
    let file = DigestFile {
        digest,
        name: name(),
    };
    fs::write(directory.join(name().to_string()), CONTENT).unwrap();
    fs::write(directory.join("check"), file.to_string()).unwrap();
    directory
}

fn run(tool: &str, arguments: &[&str], directory: &Path) -> Output {
    Command::new(tool)
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap_or_else(|e| panic!("this test needs {tool}: {e}"))
}

fn check_both_ways(tool: &str, algorithm: DigestAlgorithm) {
    let directory = written(&format!("{tool}-both-ways"), algorithm);
    let checked = run(tool, &["-c", "check"], &directory);
    assert!(checked.status.success(), "{checked:?}");
    assert_eq!(
        String::from_utf8(checked.stdout).unwrap(),
        format!("{}: OK\n", name())
    );

    let made = run(tool, &[&name().to_string()], &directory);
    assert_eq!(made.stdout, fs::read(directory.join("check")).unwrap());
    DigestFile::parse(&made.stdout, algorithm, &name()).unwrap();

    fs::write(directory.join(name().to_string()), b"other bytes").unwrap();
    assert!(!run(tool, &["-c", "check"], &directory).status.success());
}

#[test]
fn b3sum_accepts_our_digest_files_and_writes_the_same() {
    check_both_ways("b3sum", Blake3);
}

#[test]
fn sha256sum_accepts_our_digest_files_and_writes_the_same() {
    check_both_ways("sha256sum", Sha256);
    let directory = written("sha256sum-strict", Sha256);
    let checked = run(
        "sha256sum",
        &["--strict", "--warn", "-c", "check"],
        &directory,
    );
    assert!(checked.status.success());
    assert!(checked.stderr.is_empty());
}
