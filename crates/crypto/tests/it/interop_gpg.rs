//! GnuPG 2.2 as a peer.

use std::io::Write;
use std::time::{Duration, SystemTime};

use prose_backup_crypto::{
    Certificate, Error, GeneratedKey, KeygenOptions, Keyring, Passphrases, Recipients,
    SignatureStatus, Signer, Verifier, generate,
};
use secrecy::SecretString;

use crate::support::gnupg::Gpg;
use crate::support::{decrypt_with, encrypt_to, keyring, noise, shown};

const RSA: &str =
    "%no-protection\nKey-Type: RSA\nKey-Length: 3072\nSubkey-Type: RSA\nSubkey-Length: 3072";
const ECC: &str =
    "%no-protection\nKey-Type: EDDSA\nKey-Curve: ed25519\nSubkey-Type: ECDH\nSubkey-Curve: cv25519";

fn exported(gpg: &Gpg, arguments: &[&str]) -> Certificate {
    Certificate::from_bytes(&gpg.ok(arguments, b"")).unwrap()
}

fn now() -> SystemTime {
    SystemTime::now()
}

fn sign(certificate: &Certificate, passphrases: &Passphrases, data: &[u8]) -> Vec<u8> {
    let mut signing = Signer::new(certificate, passphrases, now())
        .unwrap()
        .start("the name")
        .unwrap();
    signing.write_all(data).unwrap();
    signing.finish().unwrap()
}

fn verify(signature: &[u8], trusted: &Certificate, data: &[u8]) -> Vec<SignatureStatus> {
    let mut verifier = Verifier::new(signature, &[trusted.clone()], now()).unwrap();
    verifier.update(data);
    verifier.finish()
}

fn gpg_verifies(gpg: &Gpg, signature: &[u8], data: &[u8]) {
    let signature = gpg.file("data.sig", signature);
    let data = gpg.file("data", data);
    let arguments = [
        "--status-fd",
        "1",
        "--verify",
        signature.to_str().unwrap(),
        data.to_str().unwrap(),
    ];
    let status = String::from_utf8_lossy(&gpg.ok(&arguments, b"")).into_owned();
    assert!(
        status.contains("GOODSIG") && status.contains("VALIDSIG"),
        "{status}"
    );
    assert!(
        status.contains("NOTATION_NAME backup-name@prose.org"),
        "{status}"
    );
    assert!(status.contains("NOTATION_DATA the%20name"), "{status}");
}

fn gpg_decrypts(gpg: &Gpg, arguments: &[&str], message: &[u8]) -> Vec<u8> {
    gpg.ok(&[arguments, &["--decrypt"]].concat(), message)
}

#[test]
fn keys_made_by_gnupg_work_in_both_directions() {
    // More than the library collects before it writes.
    let data = noise(5 << 20);
    for parameters in [RSA, ECC] {
        let gpg = Gpg::new();
        let fingerprint = gpg.generate(parameters);
        let public = exported(&gpg, &["--export", &fingerprint]);
        let armored = exported(&gpg, &["--armor", "--export", &fingerprint]);
        let secret = exported(&gpg, &["--export-secret-keys", &fingerprint]);
        assert_eq!(public.fingerprint().to_string(), fingerprint);
        assert_eq!(armored.fingerprint(), public.fingerprint());
        assert!(secret.has_secret() && !public.has_secret());

        let to = Recipients::new([&public], now()).unwrap();
        assert!(!to.is_aead());
        let message = encrypt_to(&to, &data);
        assert!(gpg_decrypts(&gpg, &[], &message) == data);
        assert!(decrypt_with(&keyring(&secret), message.as_slice()).unwrap() == data);

        let theirs = gpg.ok(
            &["-z", "0", "--encrypt", "--recipient", &fingerprint],
            &data,
        );
        assert!(decrypt_with(&keyring(&secret), theirs.as_slice()).unwrap() == data);
        let hidden = gpg.ok(
            &["-z", "0", "--encrypt", "--hidden-recipient", &fingerprint],
            &data,
        );
        assert!(decrypt_with(&keyring(&secret), hidden.as_slice()).unwrap() == data);

        gpg_verifies(&gpg, &sign(&secret, &Passphrases::default(), &data), &data);
        for form in [&["--detach-sign"][..], &["--armor", "--detach-sign"]] {
            let theirs = gpg.ok(form, &data);
            let statuses = verify(&theirs, &public, &data);
            assert!(
                matches!(statuses[..], [SignatureStatus::Good { .. }]),
                "{statuses:?}"
            );
            let statuses = verify(&theirs, &public, &data[1..]);
            assert!(
                matches!(statuses[..], [SignatureStatus::Bad { .. }]),
                "{statuses:?}"
            );
        }
    }
}

#[test]
fn a_text_signature_by_gnupg_is_bad() {
    let gpg = Gpg::new();
    let fingerprint = gpg.generate(ECC);
    let public = exported(&gpg, &["--export", &fingerprint]);
    let theirs = gpg.ok(&["--textmode", "--detach-sign"], b"data\n");
    let statuses = verify(&theirs, &public, b"data\n");
    assert!(
        matches!(statuses[..], [SignatureStatus::Bad { .. }]),
        "{statuses:?}"
    );
}

#[test]
fn what_gnupg_compresses_or_signs_inside_is_refused() {
    let gpg = Gpg::new();
    let fingerprint = gpg.generate(ECC);
    let secret = exported(&gpg, &["--export-secret-keys", &fingerprint]);
    let compressed = gpg.ok(
        &["--encrypt", "--recipient", &fingerprint],
        b"hello hello hello",
    );
    let error = decrypt_with(&keyring(&secret), compressed.as_slice()).unwrap_err();
    assert!(shown(&error).contains("compressed data"), "{error}");
    let signed = gpg.ok(
        &[
            "-z",
            "0",
            "--sign",
            "--encrypt",
            "--recipient",
            &fingerprint,
        ],
        b"hello",
    );
    let error = decrypt_with(&keyring(&secret), signed.as_slice()).unwrap_err();
    assert!(shown(&error).contains("an inline signature"), "{error}");
    let text = gpg.ok(
        &[
            "-z",
            "0",
            "--armor",
            "--encrypt",
            "--recipient",
            &fingerprint,
        ],
        b"hello",
    );
    let error = decrypt_with(&keyring(&secret), text.as_slice()).unwrap_err();
    assert!(matches!(error, Error::NotAMessage { .. }), "{error}");
}

#[test]
fn keys_that_gnupg_protects_open_with_their_passphrase() {
    let gpg = Gpg::new();
    let parameters = ECC.replace("%no-protection", "");
    let fingerprint = gpg.generate(&format!("{parameters}\nPassphrase: hunter2"));
    let with = ["--passphrase", "hunter2"];
    let secret = exported(
        &gpg,
        &[&with[..], &["--export-secret-keys", &fingerprint]].concat(),
    );
    let message = gpg.ok(
        &["-z", "0", "--encrypt", "--recipient", &fingerprint],
        b"hello",
    );
    assert!(matches!(
        decrypt_with(&keyring(&secret), message.as_slice()),
        Err(Error::Locked(_))
    ));
    let mut passphrases = Passphrases::default();
    passphrases.insert(fingerprint.parse().unwrap(), SecretString::from("hunter2"));
    gpg_verifies(&gpg, &sign(&secret, &passphrases, b"data"), b"data");
    let keys = Keyring::new([secret], passphrases);
    assert_eq!(decrypt_with(&keys, message.as_slice()).unwrap(), b"hello");
}

#[test]
fn a_primary_key_that_stays_offline_is_not_needed() {
    let gpg = Gpg::new();
    let fingerprint = gpg.generate(ECC);
    gpg.ok(
        &[
            "--passphrase",
            "",
            "--quick-add-key",
            &fingerprint,
            "ed25519",
            "sign",
            "never",
        ],
        b"",
    );
    let subkeys = exported(&gpg, &["--export-secret-subkeys", &fingerprint]);
    let signature = sign(&subkeys, &Passphrases::default(), b"data");
    gpg_verifies(&gpg, &signature, b"data");
    let message = gpg.ok(
        &["-z", "0", "--encrypt", "--recipient", &fingerprint],
        b"hello",
    );
    assert_eq!(
        decrypt_with(&keyring(&subkeys), message.as_slice()).unwrap(),
        b"hello"
    );
}

#[test]
fn dsa_counts_as_long_as_it_is_strong_enough() {
    let judged = |bits: &str, at: SystemTime| {
        let gpg = Gpg::new();
        let fingerprint = gpg.generate(&format!(
            "%no-protection\nKey-Type: DSA\nKey-Length: {bits}"
        ));
        let public = exported(&gpg, &["--export", &fingerprint]);
        let signature = gpg.ok(&["--digest-algo", "sha256", "--detach-sign"], b"data");
        let mut verifier = Verifier::new(&signature, &[public], at).unwrap();
        verifier.update(b"data");
        verifier.finish().remove(0)
    };
    // GnuPG binds such a key with SHA-1, which is too weak by itself.
    assert!(matches!(judged("1024", now()), SignatureStatus::Bad { .. }));
    assert!(matches!(
        judged("2048", now()),
        SignatureStatus::Good { .. }
    ));
    let in_2032 = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 22_645);
    let SignatureStatus::Bad { reason, .. } = judged("2048", in_2032) else {
        panic!();
    };
    assert!(
        reason.contains("DSA2048 is not considered secure"),
        "{reason}"
    );
}

fn made(gnupg_compatible: bool, passphrase: Option<&str>) -> (GeneratedKey, Certificate) {
    let made = generate(&KeygenOptions {
        user_id: "Prose <pod@example.org>".into(),
        gnupg_compatible,
        passphrase: passphrase.map(SecretString::from),
        created: now(),
    })
    .unwrap();
    let certificate = Certificate::from_bytes(&made.secret).unwrap();
    (made, certificate)
}

#[test]
fn gnupg_verifies_signatures_by_both_kinds_of_our_keys() {
    for gnupg_compatible in [false, true] {
        let gpg = Gpg::new();
        let (key, certificate) = made(gnupg_compatible, None);
        gpg.ok(&["--import"], &key.public);
        let data = noise(100_000);
        gpg_verifies(
            &gpg,
            &sign(&certificate, &Passphrases::default(), &data),
            &data,
        );
    }
}

#[test]
fn gnupg_decrypts_with_a_compatible_key_protected_or_not() {
    for passphrase in [None, Some("hunter2")] {
        let gpg = Gpg::new();
        let (key, certificate) = made(true, passphrase);
        let with = ["--passphrase", passphrase.unwrap_or_default()];
        gpg.ok(&[&with[..], &["--import"]].concat(), &key.secret);
        let data = noise(300_000);
        let to = Recipients::new([&certificate], now()).unwrap();
        assert!(!to.is_aead());
        assert!(gpg_decrypts(&gpg, &with, &encrypt_to(&to, &data)) == data);
        let recipient = key.fingerprint.to_string();
        let theirs = gpg.ok(&["-z", "0", "--encrypt", "--recipient", &recipient], &data);
        let mut passphrases = Passphrases::default();
        if let Some(passphrase) = passphrase {
            passphrases.insert(key.fingerprint.clone(), passphrase.into());
        }
        let keys = Keyring::new([certificate], passphrases);
        assert!(decrypt_with(&keys, theirs.as_slice()).unwrap() == data);
    }
}

#[test]
fn gnupg_refuses_our_message_when_it_was_changed() {
    let gpg = Gpg::new();
    let (key, certificate) = made(true, None);
    gpg.ok(&["--import"], &key.secret);
    let mut message = encrypt_to(
        &Recipients::new([&certificate], now()).unwrap(),
        &noise(1000),
    );
    *message.last_mut().unwrap() ^= 1;
    assert!(!gpg.run(&["--decrypt"], &message).success);
    assert!(gpg.path().exists());
}

#[test]
fn our_revocation_revokes_in_gnupg() {
    let gpg = Gpg::new();
    let (key, certificate) = made(false, None);
    gpg.ok(&["--import"], &key.public);
    gpg.ok(&["--import"], &key.revocation);
    let listing = String::from_utf8(gpg.ok(&["--list-keys", "--with-colons"], b"")).unwrap();
    assert!(
        listing.lines().any(|line| line.starts_with("pub:r:")),
        "{listing}"
    );
    let revoked = exported(&gpg, &["--export"]);
    let signature = sign(&certificate, &Passphrases::default(), b"data");
    let statuses = verify(&signature, &revoked, b"data");
    assert!(
        matches!(statuses[..], [SignatureStatus::Bad { .. }]),
        "{statuses:?}"
    );
}
