//! Other layers than the name promises, and data after the end of each.

use crate::{
    craft::{Craft, Item},
    support::{
        Place, Run,
        forge::LONG_AGO,
        keys::{Gnupg, Key, sq_shell},
    },
};

/// Decrypts with a key that `gpg` made; whatever has a good digest is admitted.
struct Reader {
    place: Place,
    gnupg: Gnupg,
}

impl Reader {
    fn new() -> Self {
        let place = Place::new();
        let parameters = "Key-Type: EDDSA\nKey-Curve: ed25519\nKey-Usage: sign\n\
                          Subkey-Type: ECDH\nSubkey-Curve: cv25519\nSubkey-Usage: encrypt";
        let key = Key::of_gpg(&place, parameters, false, "");
        let gnupg = Gnupg::new(&place, "gnupg");
        gnupg.gpg(&format!("--import '{}'", key.secret.display()));
        gnupg.gpg(&format!("--import-ownertrust <<< {}:6:", key.fingerprint));
        place.configure("encryption.mode = \"pgp\"\nencryption.pgp.tsk = \"[DIR]/key\"");
        let archive = Craft::directory()
            .with(&Item::file("v/file", "content"))
            .end();
        place.write("tar", archive);
        place.write("junk", "trailing data");
        sq_shell(&place, "zstd --quiet tar -o zst; mkdir store");
        Self { place, gnupg }
    }

    /// Stores what a line of shell makes of `tar`, `zst` and `junk`, with a digest, and restores it.
    fn restores(&self, extensions: &str, script: &str) -> Run {
        let name = format!("prose_{LONG_AGO}.{extensions}");
        let make = "make() { $sq encrypt --quiet --binary --without-signature --compression none --for-file key \"$@\"; }";
        sq_shell(
            &self.place,
            &format!(
                "{}\n{make}\n{{ {script}; }} > store/{name}",
                self.gnupg.export()
            ),
        );
        self.place.digest(&name);
        self.place.run(&format!("verify {name}")).exits(0);
        let run = self.place.run(&format!("restore {name} --to out"));
        let contents = self.place.run(&format!("contents {name}"));
        assert_eq!(run.status(), contents.status(), "{contents}");
        run
    }

    #[track_caller]
    fn admits(&self, extensions: &str, script: &str) {
        self.restores(extensions, script).exits(0);
        assert_eq!(self.place.read("out/v/file"), b"content");
        std::fs::remove_dir_all(self.place.path("out")).unwrap();
    }

    #[track_caller]
    fn refuses(&self, extensions: &str, script: &str) {
        let run = self.restores(extensions, script).exits(4);
        assert!(!self.place.path("out").exists(), "{run}");
    }
}

#[test]
fn layers_as_the_name_promises_are_read_whoever_made_them() {
    let reader = Reader::new();
    reader.admits("tar", "cat tar");
    reader.admits("tar.zst", "cat zst");
    reader.admits("tar.zst", "zstd --quiet --ultra -22 --long=27 -c tar");
    reader.admits("tar.zst.gpg", "make zst");
    reader.admits("tar.gpg", "make tar");
    reader.admits("tar.zst.gpg", "gpg --batch -z 0 -r Pod -o - -e zst");
}

#[test]
fn other_layers_than_the_name_promises_are_refused() {
    let reader = Reader::new();
    for (extensions, script) in [
        ("tar", "cat zst"),
        ("tar", "make tar"),
        ("tar", "cat junk"),
        ("tar", "true"),
        ("tar.zst", "cat tar"),
        ("tar.zst", "make zst"),
        ("tar.zst", "zstd --quiet -c zst"),
        ("tar.zst", "gzip -c tar"),
        ("tar.zst", "true"),
        ("tar.gpg", "cat tar"),
        ("tar.gpg", "make zst"),
        ("tar.zst.gpg", "cat zst"),
        ("tar.zst.gpg", "make tar"),
        ("tar.zst.gpg", "make < /dev/null"),
        ("tar.zst.gpg", "true"),
    ] {
        reader.refuses(extensions, script);
    }
}

#[test]
fn signed_compressed_nested_and_symmetric_messages_are_refused() {
    let reader = Reader::new();
    for script in [
        // Signed inside, and around.
        "$sq encrypt --binary --compression none --signer-file key --for-file key zst",
        "gpg --batch -z 0 -r Pod -o - --sign -e zst",
        "$sq sign --binary --signer-file key --message zst",
        "make zst | $sq sign --binary --signer-file key --message",
        // Compressed by OpenPGP.
        "gpg --batch -z 6 -r Pod -o - -e tar",
        // A message in the message.
        "make zst | make",
        "make zst | gpg --batch -z 0 -r Pod -o - -e",
        // For a password, of which we know nothing, beside our key or alone.
        "gpg --batch -z 0 --passphrase x --pinentry-mode loopback -o - -c zst",
        // Without protection of its integrity.
        "gpg --batch -z 0 --rfc2440 --disable-mdc -r Pod -o - -e zst",
        // Armored.
        "$sq encrypt --without-signature --compression none --for-file key zst",
    ] {
        reader.refuses("tar.zst.gpg", script);
    }
}

#[test]
fn data_after_the_end_of_a_layer_is_refused() {
    let reader = Reader::new();
    let skippable = r"printf '\x50\x2a\x4d\x18\x04\0\0\0junk'";
    for (extensions, script) in [
        ("tar", "cat tar junk"),
        ("tar", "cat tar tar"),
        ("tar.zst", "cat tar junk | zstd -c"),
        ("tar.zst", "cat tar tar | zstd -c"),
        ("tar.zst", "cat zst junk"),
        ("tar.zst", "cat zst zst"),
        ("tar.zst", "cat zst; head -c 1 /dev/zero"),
        ("tar.zst", &format!("cat zst; {skippable}")),
        ("tar.zst", &format!("{skippable}; cat zst")),
        ("tar.zst.gpg", "cat zst junk | make"),
        ("tar.zst.gpg", "cat zst zst | make"),
        (
            "tar.zst.gpg",
            &format!("{{ cat zst; {skippable}; }} | make"),
        ),
        ("tar.zst.gpg", "cat tar junk | zstd -c | make"),
        ("tar.zst.gpg", "make zst; cat junk"),
        ("tar.zst.gpg", "make zst; make zst"),
        ("tar.zst.gpg", "make zst; head -c 1 /dev/zero"),
        ("tar.zst.gpg", "cat junk; make zst"),
    ] {
        reader.refuses(extensions, script);
    }
}

#[test]
fn layers_that_are_cut_or_damaged_are_refused() {
    let reader = Reader::new();
    for (extensions, script) in [
        ("tar", "head -c -1 tar"),
        ("tar", "head -c -1024 tar"),
        ("tar.zst", "head -c -1 zst"),
        ("tar.zst", "head -c -4 zst"),
        ("tar.zst", "head -c -1 tar | zstd -c"),
        ("tar.zst.gpg", "make zst | head -c -1"),
        (
            "tar.zst.gpg",
            "gpg --batch -z 0 -r Pod -o - -e zst | head -c -1",
        ),
        (
            "tar.zst.gpg",
            "gpg --batch -z 0 -r Pod -o - -e zst | head -c -22",
        ),
        ("tar.zst.gpg", "head -c -1 zst | make"),
    ] {
        reader.refuses(extensions, script);
    }
}
