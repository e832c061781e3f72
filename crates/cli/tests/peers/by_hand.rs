//! What this program writes is read with the tools of others alone, whoever made the key.

use std::{fs, path::Path};

use crate::{
    fixture::odd_tree,
    support::{
        Place, Run, debian_sq, is_root,
        keys::{Gnupg, Key, PASSPHRASE, sq_shell},
        shell,
    },
    tree::{self, Node, Tree},
};

/// Which tools know the key and what is encrypted for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Everybody: version 4, and no authenticated encryption.
    ToAll,
    /// Version 4, with authenticated encryption: who knows that not can verify nevertheless.
    Aead,
    /// Version 6: `sq` 1.x alone.
    V6,
}

/// How the passphrase is given to the program.
#[derive(Debug, Clone, Copy)]
enum Named {
    ByCertificate,
    BySubkeys,
}

#[test]
fn with_rsa_keys_of_gnupg() {
    for protected in [false, true] {
        let place = Place::new();
        let parameters = "Key-Type: RSA\nKey-Length: 3072\nKey-Usage: sign\n\
                          Subkey-Type: RSA\nSubkey-Length: 3072\nSubkey-Usage: encrypt";
        let key = Key::of_gpg(&place, parameters, protected, "");
        goes_the_whole_way(&place, &key, Known::ToAll, Named::ByCertificate);
    }
}

#[test]
fn with_curve_25519_keys_of_gnupg() {
    for protected in [false, true] {
        let place = Place::new();
        let parameters = "Key-Type: EDDSA\nKey-Curve: ed25519\nKey-Usage: sign\n\
                          Subkey-Type: ECDH\nSubkey-Curve: cv25519\nSubkey-Usage: encrypt";
        let key = Key::of_gpg(&place, parameters, protected, "--armor");
        goes_the_whole_way(&place, &key, Known::ToAll, Named::ByCertificate);
    }
}

#[test]
fn with_keys_of_sq_of_version_4() {
    for protected in [false, true] {
        let place = Place::new();
        let key = Key::of_sq(&place, "rfc4880", protected);
        goes_the_whole_way(&place, &key, Known::Aead, Named::BySubkeys);
    }
}

#[test]
fn with_keys_of_sq_of_version_6() {
    for (protected, named) in [
        (false, Named::ByCertificate),
        (true, Named::ByCertificate),
        (true, Named::BySubkeys),
    ] {
        let place = Place::new();
        let key = Key::of_sq(&place, "rfc9580", protected);
        goes_the_whole_way(&place, &key, Known::V6, named);
    }
}

#[test]
fn with_keys_of_our_own() {
    for protected in [false, true] {
        let place = Place::new();
        let key = Key::of_ours(&place, "", protected);
        goes_the_whole_way(&place, &key, Known::Aead, Named::ByCertificate);
    }
}

#[test]
fn with_keys_of_our_own_for_gnupg() {
    for protected in [false, true] {
        let place = Place::new();
        let key = Key::of_ours(&place, "--gpg", protected);
        goes_the_whole_way(&place, &key, Known::ToAll, Named::BySubkeys);
    }
}

/// The commands are those of the section, with the names of what is here in place of the sample's.
#[test]
fn the_readme_says_how_to_restore_without_this_program() {
    let readme =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let (_, section) = readme
        .split_once("## Restore without this program")
        .unwrap();
    let (_, script) = section.split_once("```sh\n").unwrap();
    let (script, _) = script.split_once("```").unwrap();
    let place = Place::new();
    place.write("data/hello.txt", "Hello!\n");
    let key = Key::of_ours(&place, "--gpg", false);
    place.configure(&format!(
        "signing.pgp.enabled = true\nencryption.mode = \"pgp\"\npgp.tsk = \"{}\"",
        key.secret.display()
    ));
    let name = place.backup();
    let gnupg = Gnupg::new(&place, "gnupg");
    gnupg.gpg(&format!("--import '{}'", key.secret.display()));
    let (sample, _) = script.split_once('\n').unwrap();
    let script = script.replacen(sample, &format!("name={name}"), 1);
    assert!(sample.starts_with("name=prose_"), "{script}");
    shell(
        &place.path("store"),
        &format!("{}\n{script}", gnupg.export()),
    );
    assert_eq!(place.read("store/restored/data/hello.txt"), b"Hello!\n");
}

/// Backs the odd tree up with the program, and gets it back without it.
fn goes_the_whole_way(place: &Place, key: &Key, known: Known, named: Named) {
    let data = place.path("data");
    odd_tree(&data);
    let expected = tree::read(&data);
    for (hashing, tool, extension) in [
        ("BLAKE3", "b3sum", "blake3"),
        ("SHA-256", "sha256sum --strict", "sha256"),
    ] {
        place.configure(&format!(
            "signing.pgp.enabled = true\nencryption.mode = \"pgp\"\npgp.tsk = \"{}\"\n\
             hashing.algorithm = \"{hashing}\"\n\
             storage.provider = \"fs\"\nstorage.fs.directory = \"[DIR]/{extension}\"",
            key.secret.display()
        ));
        let name = create(place, key, named);
        let store = place.path(extension);
        shell(&store, &format!("{tool} -c {name}.{extension}"));
        verify(place, key, known, &store.join(&name));
        decrypt(place, key, known, &store.join(&name));
    }
    shell(
        &place.path(""),
        "zstd --quiet -d backup.tar.zst -o backup.tar",
    );
    extract(place, &expected);
}

fn create(place: &Place, key: &Key, named: Named) -> String {
    let mut command = place.program("create data");
    if key.passphrase.is_some() {
        let fingerprints = match named {
            Named::ByCertificate => vec![&key.fingerprint],
            Named::BySubkeys => key.subkeys.iter().collect(),
        };
        for fingerprint in fingerprints {
            let variable = format!("PROSE_BACKUPS__PGP__PASSPHRASES__{fingerprint}");
            command.env(variable, PASSPHRASE);
        }
    }
    let run = Run::of(&mut command).exits(0);
    run.stdout.lines().next().unwrap().to_owned()
}

/// As on a machine that has the certificate alone.
fn verify(place: &Place, key: &Key, known: Known, backup: &Path) {
    let certificate = key.certificate.display();
    let backup = backup.display();
    sq_shell(
        place,
        &format!("$sq verify --signer-file '{certificate}' --signature-file {backup}.sig {backup}"),
    );
    if known == Known::V6 {
        return;
    }
    let old_sq = debian_sq();
    shell(
        &place.path(""),
        &format!(
            "{} verify --signer-cert '{certificate}' --detached {backup}.sig {backup}",
            old_sq.display()
        ),
    );
    let gnupg = Gnupg::new(place, "verifier");
    gnupg.gpg(&format!("--import '{certificate}'"));
    let run = gnupg.gpg(&format!("--status-fd 1 --verify {backup}.sig {backup}"));
    assert!(run.stdout.contains("VALIDSIG"), "{run}");
    drop(gnupg);
    fs::remove_dir_all(place.path("verifier")).unwrap();
}

/// Leaves the same zstd stream behind with each tool that can: `backup.tar.zst`.
fn decrypt(place: &Place, key: &Key, known: Known, backup: &Path) {
    let secret = key.secret.display();
    let backup = backup.display();
    let password = key.passphrase.iter().map(|file| file.display().to_string());
    let password: Vec<String> = password.collect();
    let option = |name: &str| -> String {
        let options = password.iter().map(|file| format!("{name} '{file}'"));
        options.collect()
    };
    sq_shell(
        place,
        &format!(
            "rm -f backup.tar.zst\n\
             $sq {} decrypt --recipient-file '{secret}' --output backup.tar.zst {backup}\n\
             zstd --quiet --test backup.tar.zst",
            option("--password-file")
        ),
    );
    if known != Known::ToAll {
        return;
    }
    let gnupg = Gnupg::new(place, "reader");
    let unlock = format!("--pinentry-mode loopback {}", option("--passphrase-file"));
    gnupg.gpg(&format!("{unlock} --import '{secret}'"));
    gnupg.gpg(&format!("{unlock} -d {backup} | cmp - ../backup.tar.zst"));
    drop(gnupg);
    fs::remove_dir_all(place.path("reader")).unwrap();
    // It asks for a passphrase on a terminal only.
    if password.is_empty() {
        shell(
            &place.path(""),
            &format!(
                "{} decrypt --recipient-key '{secret}' {backup} | cmp - backup.tar.zst",
                debian_sq().display()
            ),
        );
    }
}

/// Compares what each tar program makes of `backup.tar` with the tree that was packed.
fn extract(place: &Place, expected: &Tree) {
    let gnu = "tar --xattrs --xattrs-include='*' -xpf ../backup.tar";
    extract_with(place, gnu, expected, |_| ());
    // It adds the fraction of a time before 1970 where it should take it away, and has a way of
    // its own with access control lists.
    extract_with(place, "bsdtar -xpf ../backup.tar", expected, |node| {
        node.xattrs.clear();
        if node.mtime.0 <= 0 {
            node.mtime = (0, 0);
        }
    });
    // It knows whole seconds from 1970 to 2242, of files alone, and no owners of links; for an
    // ordinary user it drops the set-id bits.
    extract_with(place, "busybox tar -xpf ../backup.tar", expected, |node| {
        node.xattrs.clear();
        node.mtime.1 = 0;
        if node.kind != 'f' || !(0..1 << 33).contains(&node.mtime.0) {
            node.mtime.0 = 0;
        }
        if node.kind == 'l' {
            node.owner = (0, 0);
        }
        if !is_root() {
            node.mode &= 0o1777;
        }
    });
}

fn extract_with(place: &Place, command: &str, expected: &Tree, loss: impl Fn(&mut Node)) {
    shell(
        &place.path(""),
        &format!("rm -rf by-hand; mkdir by-hand; cd by-hand; {command}"),
    );
    assert_eq!(
        place.names("by-hand"),
        ["data", "prose-backup-end.json", "prose-backup.json"]
    );
    let forget = |tree: &Tree| {
        let mut tree = tree.clone();
        tree.values_mut().for_each(&loss);
        tree
    };
    let found = tree::read(&place.path("by-hand/data"));
    tree::assert_same(&forget(expected), &forget(&found));
}
