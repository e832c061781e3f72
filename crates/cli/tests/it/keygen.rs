//! `keygen`

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
};

use crate::common::Place;

fn mode(place: &Place, name: &str) -> u32 {
    fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_key_is_three_files_that_work() {
    let place = Place::new();
    let run = place.run(["keygen", "-o", "pod.key"]);
    let text = run.to_string();
    let fingerprint = run
        .stdout
        .lines()
        .next()
        .unwrap()
        .replace("fingerprint: ", "");
    assert_eq!(fingerprint.len(), 40, "{run}");
    insta::assert_snapshot!(text.replace(&fingerprint, "[FINGERPRINT]"), @r#"
        stdout: fingerprint: [FINGERPRINT]
        secret key: [DIR]/pod.key
        certificate: [DIR]/pod.key.pub
        revocation: [DIR]/pod.key.rev

        To sign and encrypt backups with it, add this to the configuration:

        [backups.signing]
        pgp.enabled = true
        pgp.tsk = "[DIR]/pod.key"

        [backups.encryption]
        mode = "pgp"
        pgp.tsk = "[DIR]/pod.key"

        Keep copies of the secret key and of the revocation away from this machine:
        without the secret key, nobody can read what is encrypted for it.
        exit 0
        "#);
    assert_eq!(
        place.names("."),
        ["data", "pod.key", "pod.key.pub", "pod.key.rev"]
    );
    assert_eq!(mode(&place, "pod.key"), 0o600);
    assert_eq!(mode(&place, "pod.key.rev"), 0o600);
    assert_eq!(mode(&place, "pod.key.pub") & 0o444, 0o444);
    let read = |name: &str| fs::read_to_string(place.path(name)).unwrap();
    assert!(read("pod.key").starts_with("-----BEGIN PGP PRIVATE KEY BLOCK-----"));
    assert!(read("pod.key.pub").starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----"));
    assert!(read("pod.key.rev").starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----"));

    // The lines that it prints are a configuration, but for where backups go.
    let config = run.stdout.split("configuration:\n").nth(1).unwrap();
    let config = config.split("\nKeep copies").next().unwrap();
    let config =
        format!("{config}[backups.storage]\nprovider = \"fs\"\nfs.directory = \"[DIR]/store\"\n");
    let created = place.configured(&config, ["create", "data"]);
    assert!(
        created.stdout.contains("signed: yes\nencrypted: yes"),
        "{created}"
    );
    let verified = place.configured(&config, ["verify", "latest"]);
    assert!(verified.stdout.contains("verdict: authentic"), "{verified}");
    assert!(verified.stdout.contains(&fingerprint), "{verified}");
}

#[test]
fn a_passphrase_protects_the_secret_key() {
    let place = Place::new();
    let file = place.write("pass phrase", "correct horse\n");
    let run = place.run([
        "keygen",
        "-o",
        "k",
        "--gpg",
        "--passphrase-file",
        "pass phrase",
    ]);
    assert_eq!(run.status, 0, "{run}");
    assert!(!run.stdout.contains("correct"));
    let config = run.stdout.split("configuration:\n").nth(1).unwrap();
    let config = config.split("\nKeep copies").next().unwrap();
    let config =
        format!("{config}[backups.storage]\nprovider = \"fs\"\nfs.directory = \"[DIR]/store\"\n");
    let created = place.configured(&config, ["create", "data"]);
    assert_eq!(created.status, 0, "{created}");
    let restored = place.configured(&config, ["restore", "latest", "--to", "out"]);
    assert_eq!(restored.status, 0, "{restored}");
    fs::write(file, "wrong\n").unwrap();
    let refused = place.configured(&config, ["restore", "latest", "--to", "again"]);
    assert_ne!(refused.status, 0, "{refused}");
}

#[test]
fn a_passphrase_that_is_none_is_refused() {
    let place = Place::new();
    for (name, content) in [("empty", "\n"), ("two", "a\nb\n")] {
        place.write(name, content);
    }
    fs::write(place.path("binary"), b"\xff\xfe").unwrap();
    place.write("long", &"x".repeat(5000));
    let refused = |file: &str| {
        let run = place.run(["keygen", "-o", "k", "--passphrase-file", file]);
        assert_eq!(run.status, 2, "{run}");
        run.stderr
    };
    insta::assert_snapshot!(["empty", "two", "binary", "long", "none"].map(refused).concat(), @r"
        error: the passphrase file empty is empty
        error: the passphrase file two has more than one line
        error: the passphrase file binary is not UTF-8 text
        error: the passphrase file long is longer than any passphrase
        error: cannot read passphrase file none: No such file or directory (os error 2)
        ");
    assert!(!place.path("k").exists());
}

#[test]
fn nothing_is_overwritten_and_nothing_is_left() {
    for taken in ["k", "k.pub", "k.rev"] {
        let place = Place::new();
        place.write(taken, "mine");
        let run = place.run(["keygen", "-o", "k"]);
        assert_eq!(
            run.to_string(),
            format!(
                "stderr: error: [DIR]/{taken} exists, and is not overwritten; no key was made\nexit 5"
            )
        );
        assert_eq!(place.names("."), ["data", taken]);
        assert_eq!(fs::read_to_string(place.path(taken)).unwrap(), "mine");
    }
    let place = Place::new();
    symlink("elsewhere", place.path("k")).unwrap();
    assert_eq!(place.run(["keygen", "-o", "k"]).status, 5);
    assert_eq!(place.names("."), ["data", "k"]);
    insta::assert_snapshot!(place.run(["keygen", "-o", "no/k"]), @r"
        stderr: error: cannot write [DIR]/no/k.rev: No such file or directory (os error 2)
        exit 1
        ");
    insta::assert_snapshot!(place.run(["keygen", "-o", "l", "--user-id", " "]), @r"
        stderr: error: cannot make a key: the user id must not be empty nor hold control characters
        exit 2
        ");
}

#[test]
fn a_program_gets_the_paths() {
    let place = Place::new();
    let run = place.run(["keygen", "-o", "k", "--json"]);
    let made = run.json();
    assert_eq!(made["secret_key"], "[DIR]/k");
    assert_eq!(made["certificate"], "[DIR]/k.pub");
    assert_eq!(made["revocation"], "[DIR]/k.rev");
    assert_eq!(made["fingerprint"].as_str().unwrap().len(), 40);
    let quiet = place.run(["keygen", "-o", "l", "-q"]);
    assert_eq!(quiet.stdout.lines().count(), 4, "{quiet}");
}
