//! Sequoia's `sq` 1.x as a peer, with keys of version 4 and 6.

use std::io::Write;
use std::time::SystemTime;

use prose_backup_crypto::{
    Certificate, KeygenOptions, Keyring, Passphrases, Recipients, SignatureStatus, Signer,
    Verifier, generate,
};
use secrecy::SecretString;

use crate::support::sq::Sq;
use crate::support::{decrypt_with, encrypt_to, keyring, noise, shown};

const PROFILES: [&str; 2] = ["rfc4880", "rfc9580"];

fn now() -> SystemTime {
    SystemTime::now()
}

/// Makes a key with `sq` as `key.pgp`.
fn made_by(sq: &Sq, profile: &str, password: Option<&str>) -> Certificate {
    let mut arguments = vec!["key", "generate", "--own-key", "--profile", profile];
    arguments.extend([
        "--name",
        "Peer",
        "--output",
        "key.pgp",
        "--rev-cert",
        "key.rev",
    ]);
    if let Some(password) = password {
        sq.file("password", password.as_bytes());
        arguments.extend(["--new-password-file", "password"]);
    } else {
        arguments.push("--without-password");
    }
    sq.ok(&arguments);
    Certificate::from_bytes(&sq.read("key.pgp")).unwrap()
}

fn sign(certificate: &Certificate, passphrases: &Passphrases, data: &[u8]) -> Vec<u8> {
    let mut signing = Signer::new(certificate, passphrases, now())
        .unwrap()
        .start("the name")
        .unwrap();
    signing.write_all(data).unwrap();
    signing.finish().unwrap()
}

fn sq_verifies(sq: &Sq, signer: &str, signature: &[u8], data: &[u8]) -> Result<String, String> {
    sq.file("data.sig", signature);
    sq.file("data", data);
    sq.run(&[
        "verify",
        "--signer-file",
        signer,
        "--signature-file",
        "data.sig",
        "data",
    ])
}

fn sq_decrypts(sq: &Sq, key: &str, message: &[u8]) -> Vec<u8> {
    sq.file("message", message);
    sq.ok(&[
        "--overwrite",
        "decrypt",
        "--recipient-file",
        key,
        "--output",
        "plain",
        "message",
    ]);
    sq.read("plain")
}

#[test]
fn keys_made_by_sq_work_in_both_directions() {
    let data = noise(300_000);
    for profile in PROFILES {
        let sq = Sq::new();
        let key = made_by(&sq, profile, None);
        let digits = if profile == "rfc9580" { 64 } else { 40 };
        assert_eq!(key.fingerprint().to_string().len(), digits);

        let to = Recipients::new([&key], now()).unwrap();
        assert!(to.is_aead(), "{profile}");
        let message = encrypt_to(&to, &data);
        assert!(sq_decrypts(&sq, "key.pgp", &message) == data);
        assert!(decrypt_with(&keyring(&key), message.as_slice()).unwrap() == data);

        sq.file("data", &data);
        let form = ["--binary", "--compression", "none", "--without-signature"];
        let to = ["--for-file", "key.pgp", "--output", "theirs", "data"];
        sq.ok(&[&["encrypt"][..], &form, &to].concat());
        assert!(decrypt_with(&keyring(&key), sq.read("theirs").as_slice()).unwrap() == data);

        let ours = sign(&key, &Passphrases::default(), &data);
        sq_verifies(&sq, "key.pgp", &ours, &data).unwrap();
        sq_verifies(&sq, "key.pgp", &ours, &data[1..]).unwrap_err();
        sq.file("data", &data);
        for form in [&[][..], &["--binary"]] {
            let arguments = [
                "--overwrite",
                "sign",
                "--signer-file",
                "key.pgp",
                "--signature-file",
                "theirs.sig",
            ];
            sq.ok(&[&arguments[..], form, &["data"]].concat());
            let mut verifier =
                Verifier::new(&sq.read("theirs.sig"), &[key.clone()], now()).unwrap();
            verifier.update(&data);
            let statuses = verifier.finish();
            assert!(
                matches!(statuses[..], [SignatureStatus::Good { .. }]),
                "{statuses:?}"
            );
        }
    }
}

#[test]
fn padding_by_sq_is_refused() {
    for profile in PROFILES {
        let sq = Sq::new();
        let key = made_by(&sq, profile, None);
        sq.file("data", b"hello");
        sq.ok(&[
            "encrypt",
            "--binary",
            "--without-signature",
            "--for-file",
            "key.pgp",
            "--output",
            "theirs",
            "data",
        ]);
        let error = decrypt_with(&keyring(&key), sq.read("theirs").as_slice()).unwrap_err();
        assert!(shown(&error).contains("a padding packet"), "{error}");
    }
}

#[test]
fn keys_that_sq_protects_open_with_their_passphrase() {
    for profile in PROFILES {
        let sq = Sq::new();
        let key = made_by(&sq, profile, Some("hunter2"));
        let message = encrypt_to(&Recipients::new([&key], now()).unwrap(), b"hello");
        assert!(decrypt_with(&keyring(&key), message.as_slice()).is_err());
        let mut passphrases = Passphrases::default();
        passphrases.insert(key.fingerprint(), SecretString::from("hunter2"));
        let ours = sign(&key, &passphrases, b"data");
        sq_verifies(&sq, "key.pgp", &ours, b"data").unwrap();
        let keys = Keyring::new([key], passphrases);
        assert_eq!(decrypt_with(&keys, message.as_slice()).unwrap(), b"hello");
    }
}

#[test]
fn sq_takes_our_keys_messages_and_signatures() {
    for gnupg_compatible in [false, true] {
        let sq = Sq::new();
        let made = generate(&KeygenOptions {
            user_id: "Prose <pod@example.org>".into(),
            gnupg_compatible,
            passphrase: None,
            created: now(),
        })
        .unwrap();
        sq.file("ours.pgp", &made.secret);
        sq.file("ours.pub", &made.public);
        let key = Certificate::from_bytes(&made.secret).unwrap();
        let data = noise(100_000);
        let message = encrypt_to(&Recipients::new([&key], now()).unwrap(), &data);
        assert!(sq_decrypts(&sq, "ours.pgp", &message) == data);
        let signature = sign(&key, &Passphrases::default(), &data);
        sq_verifies(&sq, "ours.pub", &signature, &data).unwrap();
        let lint = sq.run(&["cert", "lint", "--cert-file", "ours.pub"]);
        assert!(lint.is_ok(), "{lint:?}");
        sq.file("ours.rev", &made.revocation);
        sq.ok(&["cert", "import", "ours.pub"]);
        sq.ok(&["cert", "import", "ours.rev"]);
        let exported = [
            "cert",
            "export",
            "--cert",
            &made.fingerprint.to_string(),
            "--output",
            "after",
        ];
        sq.ok(&exported);
        let revoked = Certificate::from_bytes(&sq.read("after")).unwrap();
        assert!(Recipients::new([&revoked], now()).is_err());
    }
}
