//! Making certificates.

use std::time::{Duration, UNIX_EPOCH};

use insta::assert_snapshot;
use openpgp::Cert;
use openpgp::cert::Preferences;
use openpgp::cert::amalgamation::ValidateAmalgamation;
use openpgp::parse::Parse;
use openpgp::policy::StandardPolicy;
use openpgp::types::RevocationStatus;
use prose_backup_crypto::{
    Certificate, Error, GeneratedKey, KeygenOptions, Keyring, Locked, Passphrases, Recipients,
    Signer, generate,
};
use secrecy::SecretString;
use sequoia_openpgp as openpgp;

use crate::support::{day, days, decrypt_with, encrypt_to, redact, shown};

fn options() -> KeygenOptions {
    KeygenOptions {
        user_id: "Prose <pod@example.org>".into(),
        gnupg_compatible: false,
        passphrase: None,
        created: day(0),
    }
}

fn made(options: &KeygenOptions) -> (GeneratedKey, Certificate) {
    let made = generate(options).unwrap();
    let certificate = Certificate::from_bytes(&made.secret).unwrap();
    (made, certificate)
}

#[test]
fn a_new_key_has_one_subkey_to_sign_and_one_to_store() {
    let policy = StandardPolicy::new();
    for gnupg_compatible in [false, true] {
        let (key, _) = made(&KeygenOptions {
            gnupg_compatible,
            ..options()
        });
        let cert = Cert::from_bytes(&key.public).unwrap();
        assert!(!cert.is_tsk());
        assert_eq!(cert.fingerprint().to_hex(), key.fingerprint.to_string());
        assert_eq!(cert.primary_key().key().version(), 4);
        let valid = cert.with_policy(&policy, day(1)).unwrap();
        let features = valid.features().unwrap();
        assert!(features.supports_seipdv1());
        assert_eq!(features.supports_seipdv2(), !gnupg_compatible);
        let mut flags: Vec<_> = cert
            .keys()
            .map(|key| {
                let valid = key.with_policy(&policy, day(1)).unwrap();
                assert_eq!(valid.key_expiration_time(), None);
                let flags = valid.key_flags().unwrap();
                (
                    flags.for_certification(),
                    flags.for_signing(),
                    flags.for_storage_encryption(),
                    flags.for_transport_encryption(),
                )
            })
            .collect();
        flags.sort_unstable();
        assert_eq!(
            flags,
            [
                (false, false, true, gnupg_compatible),
                (false, true, false, false),
                (true, false, false, false),
            ]
        );
    }
}

#[test]
fn a_new_key_is_usable_at_once_and_far_in_the_future() {
    let (_, certificate) = made(&options());
    for at in [day(0), day(20_000)] {
        assert!(Recipients::new([&certificate], at).is_ok());
        assert!(Signer::new(&certificate, &Passphrases::default(), at).is_ok());
    }
    let now = KeygenOptions {
        created: day(0) + Duration::from_millis(999),
        ..options()
    };
    let (_, certificate) = made(&now);
    assert!(Signer::new(&certificate, &Passphrases::default(), now.created).is_ok());
}

#[test]
fn a_passphrase_protects_every_secret_part() {
    let protected = KeygenOptions {
        passphrase: Some("hunter2".into()),
        ..options()
    };
    let (key, certificate) = made(&protected);
    let cert = Cert::from_bytes(&key.secret[..]).unwrap();
    assert_eq!(cert.keys().secret().count(), 3);
    assert_eq!(cert.keys().unencrypted_secret().count(), 0);
    let message = encrypt_to(&Recipients::new([&certificate], day(1)).unwrap(), b"hello");
    let mut passphrases = Passphrases::default();
    passphrases.insert(key.fingerprint.clone(), SecretString::from("hunter2"));
    assert!(Signer::new(&certificate, &passphrases, day(1)).is_ok());
    let locked = Keyring::new([certificate.clone()], Passphrases::default());
    assert!(matches!(
        decrypt_with(&locked, message.as_slice()),
        Err(Error::Locked(Locked::PassphraseMissing { .. }))
    ));
    let open = Keyring::new([certificate], passphrases);
    assert_eq!(decrypt_with(&open, message.as_slice()).unwrap(), b"hello");
}

#[test]
fn the_revocation_revokes_hard() {
    let (key, _) = made(&options());
    let text = String::from_utf8(key.revocation.clone()).unwrap();
    assert!(
        redact(&text).contains("Comment: Revocation certificate for <fingerprint>"),
        "{text}"
    );
    let cert = Cert::from_bytes(&key.public).unwrap();
    let packets = openpgp::PacketPile::from_bytes(&key.revocation).unwrap();
    let cert = cert.insert_packets(packets.into_children()).unwrap().0;
    let policy = StandardPolicy::new();
    assert!(matches!(
        cert.revocation_status(&policy, day(0)),
        RevocationStatus::Revoked(_)
    ));
}

#[test]
fn two_keys_are_never_alike() {
    assert_ne!(
        made(&options()).0.fingerprint,
        made(&options()).0.fingerprint
    );
}

#[test]
fn impossible_options_are_refused() {
    for user_id in ["", "  ", "two\nlines", "bell\x07"] {
        let error = generate(&KeygenOptions {
            user_id: user_id.into(),
            ..options()
        })
        .unwrap_err();
        assert!(matches!(error, Error::UserId));
    }
    assert_snapshot!(shown(&Error::UserId), @"cannot make a key: the user id must not be empty nor hold control characters");
    let error = generate(&KeygenOptions {
        created: UNIX_EPOCH - days(1),
        ..options()
    })
    .unwrap_err();
    assert_snapshot!(shown(&error), @"cannot make a key: OpenPGP cannot write the time 1969-12-31T00:00:00Z; set this machine's clock");
    let error = generate(&KeygenOptions {
        created: day(365 * 90),
        ..options()
    })
    .unwrap_err();
    assert!(matches!(error, Error::CreationTime { .. }));
}
