//! The rows of the table that decides whether a backup may be restored.
//!
//! A hash function that was not compiled in needs another program than the one that ships; that row
//! is tested with the library.

use crate::support::{
    Place, Run, SEALED,
    forge::{BOUND, LONG_AGO},
    keys::sq_shell,
};

/// As [`SEALED`], but what is not signed may be accepted.
fn lenient() -> String {
    format!("{SEALED}\nsigning.mandatory = false\n")
}

/// Whether `verify` and `restore` admit a backup with this verdict.
#[track_caller]
fn admits(place: &Place, name: &str, verdict: &str) -> Run {
    admits_with(place, name, verdict, "")
}

#[track_caller]
fn admits_with(place: &Place, name: &str, verdict: &str, options: &str) -> Run {
    let restored = place
        .run(&format!("restore {name} --to out --json {options}"))
        .exits(0);
    assert_eq!(restored.json()["verdict"], verdict, "{restored}");
    assert_eq!(place.read("out/data/hello.txt"), b"Hello!\n");
    std::fs::remove_dir_all(place.path("out")).unwrap();
    if options.is_empty() {
        let verified = place.run(&format!("verify {name} --json")).exits(0);
        assert_eq!(verified.json()["verdict"], verdict, "{verified}");
    }
    restored
}

/// A certificate of somebody else's.
fn stranger(place: &Place) {
    place.run("keygen -o stranger.pgp").exits(0);
}

#[test]
fn a_good_signature_for_this_name_is_authentic_with_or_without_a_digest() {
    let place = Place::sealed();
    let name = place.backup();
    for settings in [SEALED.to_owned(), lenient()] {
        place.configure(&settings);
        admits(&place, &name, "authentic");
    }
    let digest = place.object(&format!("{name}.blake3"));
    place.remove(&format!("{name}.blake3"));
    admits(&place, &name, "authentic");
    // Any digest that is present must match.
    place.write(format!("store/{name}.blake3"), &digest);
    place.write(
        format!("store/{name}.sha256"),
        format!("{}  {name}\n", "0".repeat(64)),
    );
    place.refuses(&name, "corrupt");
}

#[test]
fn a_host_that_only_verifies_needs_the_certificate_alone() {
    let place = Place::sealed();
    place.configure("signing.pgp.enabled = true\nsigning.pgp.tsk = \"[DIR]/key.pgp\"");
    let name = place.backup();
    place.configure("signing.pgp.enabled = true\nsigning.pgp.tsk = \"[DIR]/key.pgp.pub\"");
    admits(&place, &name, "authentic");
    place.run("create data").exits(2);
}

#[test]
fn another_trusted_issuer_will_do_and_a_stranger_will_not() {
    let place = Place::sealed();
    stranger(&place);
    let name = place.backup();
    place.sign("stranger.pgp", &name, BOUND);
    place.refuses(&name, "not_authentic");
    place.configure(&format!(
        "{SEALED}\nsigning.pgp.additional_trusted_issuers = [\"[DIR]/stranger.pgp.pub\"]\n"
    ));
    admits(&place, &name, "authentic");
}

#[test]
fn of_several_signatures_one_good_one_suffices() {
    let place = Place::sealed();
    stranger(&place);
    let name = place.backup();
    let ours = place.object(&format!("{name}.sig"));
    place.sign("stranger.pgp", &name, &format!("--binary {BOUND}"));
    let theirs = place.object(&format!("{name}.sig"));
    for both in [[&ours[..], &theirs].concat(), [&theirs[..], &ours].concat()] {
        place.write(format!("store/{name}.sig"), both);
        admits(&place, &name, "authentic");
    }
}

#[test]
fn a_good_signature_for_another_name_is_refused_as_replayed() {
    let place = Place::sealed();
    let name = place.backup();
    for settings in [
        SEALED.to_owned(),
        lenient(),
        format!("{SEALED}\nsigning.allow_unbound = true"),
    ] {
        place.configure(&settings);
        for notation in [
            "--signature-notation backup-name@prose.org prose_2026-01-02T03:04:05Z.tar.zst.gpg",
            "--signature-notation backup-name@prose.org NAME.gpg",
            "--signature-notation backup-name@prose.org NAME \
             --signature-notation backup-name@prose.org NAME",
        ] {
            place.sign("key.pgp", &name, notation);
            place.refuses(&name, "replayed");
        }
    }
}

#[test]
fn a_signature_without_a_name_is_refused_unless_that_is_allowed_and_its_time_fits() {
    let place = Place::sealed();
    let name = place.backup();
    place.sign("key.pgp", &name, "");
    place.refuses(&name, "replayed");
    place.configure(&lenient());
    place.refuses(&name, "replayed");
    let old = format!("prose_{LONG_AGO}.tar.zst.gpg");
    place.copy(&name, &old);
    place.digest(&old);
    place.sign("key.pgp", &old, "");
    place.configure(&format!("{SEALED}\nsigning.allow_unbound = true\n"));
    admits(&place, &name, "authentic");
    place.refuses(&old, "replayed");
}

#[test]
fn a_signature_that_is_not_one_over_these_bytes_is_refused_as_tampered() {
    let place = Place::sealed();
    let name = place.backup();
    let good = place.object(&format!("{name}.sig"));
    for settings in [SEALED.to_owned(), lenient()] {
        place.configure(&settings);
        // Of other bytes, malformed, and larger than any signature.
        place.write("store/other", "other bytes");
        place.sign(
            "key.pgp",
            "other",
            "--signature-notation backup-name@prose.org X",
        );
        let of_others = place.object("other.sig");
        for bad in [
            &of_others[..],
            b"",
            b"not a signature",
            &good[..100],
            &vec![0xc2; 70_000],
        ] {
            place.write(format!("store/{name}.sig"), bad);
            place.refuses(&name, "tampered");
        }
        // Not of binary type: line ends could be changed below it.
        place.sign("key.pgp", &name, &format!("--mode text {BOUND}"));
        let refused = place.refuses(&name, "tampered");
        assert!(refused.to_string().contains("binary"), "{refused}");
    }
}

#[test]
fn a_key_that_expired_since_still_verifies_and_a_revoked_one_does_not() {
    let place = Place::sealed();
    let day = |day: &str| format!("2026-01-{day}T00:00:00Z");
    sq_shell(
        &place,
        &format!(
            "$sq --time {} key generate --own-key --name old --without-password --expiration 5d \
             --output old.pgp --rev-cert old.rev",
            day("01")
        ),
    );
    let trusting = |file: &str| {
        format!("{SEALED}\nsigning.pgp.additional_trusted_issuers = [\"[DIR]/{file}\"]\n")
    };
    let stored = place.backup();
    let name = format!("prose_{}.tar.zst.gpg", day("02"));
    place.copy(&stored, &name);
    place.digest(&name);
    let signed_on = |day: &str| {
        let script = format!(
            "rm -f store/{name}.sig\n$sq --time {day} sign --signer-file old.pgp \
             --signature-notation backup-name@prose.org {name} \
             --signature-file store/{name}.sig store/{name}"
        );
        sq_shell(&place, &script);
    };
    place.configure(&trusting("old.pgp"));
    signed_on(&day("02"));
    admits(&place, &name, "authentic");

    // The revocation that comes with a key is a hard one: whoever has the key has it at any time.
    let script = "$sq keyring merge old.pgp old.rev > revoked.pgp || \
                  { $sq cert import old.pgp old.rev && $sq cert export --all --output revoked.pgp; }";
    sq_shell(&place, script);
    place.configure(&trusting("revoked.pgp"));
    let refused = place.refuses(&name, "tampered");
    assert!(refused.to_string().contains("revoked"), "{refused}");
}

#[test]
fn without_a_trusted_signature_a_backup_is_intact_and_has_to_be_accepted() {
    let place = Place::sealed();
    stranger(&place);
    let name = place.backup();
    place.configure(&lenient());
    for by_a_stranger in [false, true] {
        place.remove(&format!("{name}.sig"));
        if by_a_stranger {
            place.sign("stranger.pgp", &name, BOUND);
        }
        let refused = place.refuses(&name, "not_authentic");
        assert!(
            refused.to_string().contains("--accept-unauthenticated"),
            "{refused}"
        );
        let restored = admits_with(&place, &name, "intact", "--accept-unauthenticated");
        let warning = restored.json()["warnings"][0].to_string();
        assert!(warning.contains("not authentic"), "{warning}");

        // Where signing was never configured, nobody expects a signature.
        place.configure("encryption.mode = \"pgp\"\nencryption.pgp.tsk = \"[DIR]/key.pgp\"");
        admits(&place, &name, "intact");
        // Where it is mandatory, nothing helps.
        place.configure(SEALED);
        place.refuses(&name, "not_authentic");
        place
            .run(&format!("restore {name} --to out --accept-unauthenticated"))
            .exits(4);
        place.configure(&lenient());
    }
}

#[test]
fn a_wrong_digest_is_refused_as_corrupt_whatever_signed_it() {
    let place = Place::sealed();
    stranger(&place);
    let name = place.backup();
    let right = String::from_utf8(place.object(&format!("{name}.blake3"))).unwrap();
    let other_name = right.replace("prose_", "other_");
    for bad in [
        "0".repeat(64) + &right[64..],
        right.to_uppercase(),
        right.trim_end().to_owned(),
        format!("{right}{right}"),
        right.replace("  ", " *"),
        other_name,
        "x".repeat(2_000),
        String::new(),
    ] {
        place.write(format!("store/{name}.blake3"), bad);
        place.refuses(&name, "corrupt");
    }
    for signed in [false, true] {
        place.remove(&format!("{name}.sig"));
        if signed {
            place.sign("stranger.pgp", &name, BOUND);
        }
        for settings in [
            SEALED.to_owned(),
            lenient(),
            "pgp.tsk = \"[DIR]/key.pgp\"".to_owned(),
        ] {
            place.configure(&settings);
            place.refuses(&name, "corrupt");
        }
        place
            .run(&format!("restore {name} --to out --accept-unauthenticated"))
            .exits(4);
    }
}

#[test]
fn with_neither_signature_nor_digest_a_backup_is_unverifiable() {
    let place = Place::sealed();
    stranger(&place);
    let name = place.backup();
    place.remove(&format!("{name}.blake3"));
    for by_a_stranger in [false, true] {
        place.remove(&format!("{name}.sig"));
        if by_a_stranger {
            place.sign("stranger.pgp", &name, BOUND);
        }
        for settings in [lenient(), "pgp.tsk = \"[DIR]/key.pgp\"".to_owned()] {
            place.configure(&settings);
            place.refuses(&name, "unverifiable");
            place
                .run(&format!("restore {name} --to out --accept-unauthenticated"))
                .exits(4);
        }
        place.configure(SEALED);
        place.refuses(&name, "not_authentic");
    }
}

#[test]
fn what_is_not_encrypted_is_refused_where_that_is_mandatory() {
    let place = Place::sealed();
    place.configure("signing.pgp.enabled = true\npgp.tsk = \"[DIR]/key.pgp\"");
    let name = place.backup();
    admits(&place, &name, "authentic");
    let mandatory = "encryption.mandatory = true\n";
    place.configure(&format!("{SEALED}{mandatory}"));
    place.refuses(&name, "not_encrypted");
    place.configure(&format!(
        "signing.pgp.enabled = true\npgp.tsk = \"[DIR]/key.pgp\"\n{mandatory}"
    ));
    place.run("create data").exits(2);
}

#[test]
fn checks_are_still_found_where_they_were_before_the_stores_were_split() {
    let place = Place::sealed();
    let name = place.backup();
    let split = format!(
        "{SEALED}storage.provider = \"fs\"\nstorage.backups.fs.directory = \"[DIR]/store\"\n\
         storage.checks.fs.directory = \"[DIR]/checks\"\n"
    );
    std::fs::create_dir(place.path("checks")).unwrap();
    place.configure(&split);
    place.refuses(&name, "not_authentic");
    place.configure(&format!(
        "{split}storage.checks.previous.provider = \"fs\"\n\
         storage.checks.previous.fs.directory = \"[DIR]/store\"\n"
    ));
    admits(&place, &name, "authentic");
}
