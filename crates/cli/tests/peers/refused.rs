//! Backups made by hand: refused, however good their checks, with the way to open them.

use crate::support::{
    Place, SEALED,
    forge::{BOUND, LONG_AGO},
    keys::{Gnupg, Key, sq_shell},
    shell,
};

/// What comes after the label and the time, and the shell that makes it of `data`.
const BY_HAND: [(&str, &str); 6] = [
    ("tar", "tar -c data"),
    ("tar.zst", "tar -c data | zstd"),
    (
        "tar.gpg",
        "tar -c data | $sq encrypt --binary --without-signature --for-file key.pgp",
    ),
    (
        "tar.zst.gpg",
        "tar -c data | zstd | $sq encrypt --binary --without-signature --for-file key.pgp",
    ),
    ("tar.zst.gpg", "tar -c data | zstd | gpg --batch -e -r Pod"),
    (
        "tar.zst.gpg",
        "tar -c data | zstd | gpg --batch -z 0 -e -r Pod",
    ),
];

/// A place with a key that `gpg` made and has, as `key.pgp`.
fn place() -> (Place, Gnupg) {
    let place = Place::new();
    place.write("data/hello.txt", "Hello!\n");
    let parameters = "Key-Type: EDDSA\nKey-Curve: ed25519\nKey-Usage: sign\n\
                      Subkey-Type: ECDH\nSubkey-Curve: cv25519\nSubkey-Usage: encrypt";
    let key = Key::of_gpg(&place, parameters, false, "");
    let gnupg = Gnupg::new(&place, "gnupg");
    gnupg.gpg(&format!("--import '{}'", key.secret.display()));
    gnupg.gpg(&format!("--import-ownertrust <<< {}:6:", key.fingerprint));
    std::fs::rename(key.secret, place.path("key.pgp")).unwrap();
    (place, gnupg)
}

/// Opens a backup with the commands that the message gives, in their order.
#[track_caller]
fn opens_as_told(place: &Place, gnupg: &Gnupg, name: &str, message: &str) {
    let command = message
        .split('`')
        .find(|part| part.contains("tar -x"))
        .unwrap_or_else(|| panic!("no command in {message:?}"));
    shell(
        &place.path("store"),
        &format!("{}; {command}; rm -r data", gnupg.export()),
    );
    assert!(command.contains(name), "{command}");
}

#[test]
fn a_backup_made_by_hand_is_refused_with_the_command_that_opens_it() {
    let (place, gnupg) = place();
    for (extensions, by_hand) in BY_HAND {
        let name = format!("prose_{LONG_AGO}.{extensions}");
        sq_shell(
            &place,
            &format!(
                "{}; mkdir -p store; {by_hand} > store/{name}",
                gnupg.export()
            ),
        );
        place.digest(&name);

        // Where nothing is signed, its checks are all that is asked for.
        place.configure("encryption.mode = \"pgp\"\nencryption.pgp.tsk = \"[DIR]/key.pgp\"");
        place.run(&format!("verify {name}")).exits(0);
        let refused = place.refuses_to_restore(&name, "unsafe_content");
        let json = refused.json();
        let message = json["error"]["message"].as_str().unwrap();
        opens_as_told(&place, &gnupg, &name, message);
        place.run(&format!("contents {name}")).exits(4);

        // And even its signature may be good, by whichever tool.
        place.configure(SEALED);
        place.refuses(&name, "not_authentic");
        place.sign("key.pgp", &name, BOUND);
        place.run(&format!("verify {name}")).exits(0);
        place.refuses_to_restore(&name, "unsafe_content");
        gnupg.gpg(&format!(
            "--yes --sig-notation backup-name@prose.org={name} --output ../store/{name}.sig \
             --detach-sign ../store/{name}"
        ));
        place.run(&format!("verify {name}")).exits(0);
        let refused = place.refuses_to_restore(&name, "unsafe_content");
        assert_eq!(refused.json()["error"]["message"], message);
        for object in place.names("store") {
            place.remove(&object);
        }
    }
}
