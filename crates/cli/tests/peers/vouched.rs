//! `--trust-digest`: the operator vouches for exact bytes, in place of signatures and checks.

use std::fs;

use crate::support::{Place, Run, SEALED, forge::LONG_AGO, shell};

/// Restores with a digest that came from elsewhere than the store.
fn restore(place: &Place, name: &str, digest: &str) -> Run {
    place.run(&format!(
        "restore {name} --to out --json --trust-digest {digest}"
    ))
}

#[track_caller]
fn admits(place: &Place, name: &str, digest: &str) {
    let run = restore(place, name, digest).exits(0);
    assert_eq!(run.json()["verdict"], "vouched", "{run}");
    assert_eq!(place.read("out/data/hello.txt"), b"Hello!\n");
    fs::remove_dir_all(place.path("out")).unwrap();
}

#[track_caller]
fn refuses(place: &Place, name: &str, digest: &str, code: &str) {
    let run = restore(place, name, digest).exits(4);
    assert_eq!(run.json()["error"]["code"], code, "{run}");
    assert!(!place.path("out").exists());
}

/// What the tools of others say is the digest of the stored bytes.
fn digests(place: &Place, name: &str) -> [String; 2] {
    let of = |tool: &str| {
        let told = shell(&place.path("store"), &format!("{tool} {name}")).stdout;
        told.split(' ').next().unwrap().to_owned()
    };
    [
        format!("BLAKE3:{}", of("b3sum")),
        format!("SHA-256:{}", of("sha256sum")),
    ]
}

#[test]
fn whoever_knows_the_digest_gets_the_backup_back_whatever_became_of_the_checks() {
    let place = Place::sealed();
    let created = place.run("create data --json").exits(0).json();
    let name = created["name"].as_str().unwrap().to_owned();
    let printed = format!("BLAKE3:{}", created["digest"]["hex"].as_str().unwrap());
    let known = digests(&place, &name);
    assert_eq!(known[0], printed);
    let signature = place.object(&format!("{name}.sig"));
    for lost in [
        "nothing",
        "the signature",
        "the digest",
        "the signature's bytes",
    ] {
        match lost {
            "the signature" => place.remove(&format!("{name}.sig")),
            "the digest" => place.remove(&format!("{name}.blake3")),
            "the signature's bytes" => drop(place.write(
                format!("store/{name}.sig"),
                &signature[..signature.len() - 1],
            )),
            _ => {}
        }
        for digest in &known {
            admits(&place, &name, digest);
        }
    }
}

#[test]
fn nothing_else_is_let_in_by_a_digest() {
    let place = Place::sealed();
    let name = place.backup();
    let [digest, sha256] = digests(&place, &name);
    // Not even what is authentic.
    refuses(
        &place,
        &name,
        &format!("BLAKE3:{}", "0".repeat(64)),
        "corrupt",
    );
    refuses(
        &place,
        &name,
        &digest.replace("BLAKE3", "SHA-256"),
        "corrupt",
    );
    // Bytes that were changed, with fresh checks.
    let good = place.object(&name);
    place.plant(&name, [&good[..], b"!"].concat());
    for known in [&digest, &sha256] {
        refuses(&place, &name, known, "corrupt");
    }
    for malformed in [
        "BLAKE3",
        "BLAKE3:",
        "BLAKE3:00",
        &digest[7..],
        &format!("{digest}0"),
        "MD5:00",
    ] {
        restore(&place, &name, malformed).exits(2);
    }
    // Another name does not matter, but what it promises does.
    place.configure(&format!("{SEALED}encryption.mandatory = true\n"));
    let plain = format!("prose_{LONG_AGO}.tar.zst");
    place.plant(&plain, &good);
    refuses(&place, &plain, &digest, "not_encrypted");
}
