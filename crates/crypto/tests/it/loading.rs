//! Loading certificates and keys.

use insta::assert_snapshot;
use openpgp::serialize::SerializeInto;
use prose_backup_crypto::{Certificate, Error, KeygenOptions, Purpose, generate};
use sequoia_openpgp as openpgp;

use crate::support::{builder, day, days, our_key, public, redact, secret, shown};

fn refused(bytes: &[u8]) -> String {
    shown(&Certificate::from_bytes(bytes).unwrap_err())
}

#[test]
fn binary_and_armored_public_and_secret_keys_load() {
    let (cert, _) = builder().add_signing_subkey().generate().unwrap();
    let forms = [
        (cert.to_vec().unwrap(), false),
        (cert.armored().to_vec().unwrap(), false),
        (cert.as_tsk().to_vec().unwrap(), true),
        (cert.as_tsk().armored().to_vec().unwrap(), true),
    ];
    for (bytes, has_secret) in forms {
        let loaded = Certificate::from_bytes(&bytes).unwrap();
        assert_eq!(loaded.has_secret(), has_secret);
        assert_eq!(
            loaded.fingerprint().to_string(),
            cert.fingerprint().to_hex()
        );
        assert_eq!(loaded.user_ids(), ["Prose <pod@example.org>"]);
        let exported = Certificate::from_bytes(&loaded.public_armored().unwrap()).unwrap();
        assert!(!exported.has_secret());
        assert_eq!(exported.fingerprint(), loaded.fingerprint());
        assert_eq!(redact(&format!("{loaded:?}")), "Certificate(<fingerprint>)");
    }
}

#[test]
fn white_space_and_windows_line_ends_around_armor_do_not_matter() {
    let (cert, _) = builder().generate().unwrap();
    let armored = String::from_utf8(cert.armored().to_vec().unwrap()).unwrap();
    let bent = format!("\r\n  {}\r\n\r\n", armored.replace('\n', "\r\n"));
    assert!(Certificate::from_bytes(bent.as_bytes()).is_ok());
}

#[test]
fn several_certificates_in_one_file_are_refused() {
    let (a, _) = builder().generate().unwrap();
    let (b, _) = builder().generate().unwrap();
    let binary = [a.to_vec().unwrap(), b.to_vec().unwrap()].concat();
    let blocks = [a.armored().to_vec().unwrap(), b.armored().to_vec().unwrap()].concat();
    let public_and_secret = [a.to_vec().unwrap(), a.as_tsk().to_vec().unwrap()].concat();
    for bytes in [binary, blocks, public_and_secret] {
        assert!(matches!(
            Certificate::from_bytes(&bytes),
            Err(Error::SeveralKeys)
        ));
    }
    assert_snapshot!(Error::SeveralKeys, @"there are several certificates or armored blocks in it; put each certificate into a file of its own");
}

#[test]
fn what_is_no_key_is_called_by_its_name() {
    let made = generate(&KeygenOptions {
        user_id: "Prose".into(),
        gnupg_compatible: false,
        passphrase: None,
        created: day(0),
    })
    .unwrap();
    assert_snapshot!(refused(b""), @"the key is empty; export it again");
    assert_snapshot!(refused(b" \r\n\t"), @"the key is empty; export it again");
    assert_snapshot!(refused(b"hello"), @"not an OpenPGP certificate or key but a text; export the key with `gpg --export` or `sq cert export`");
    assert_snapshot!(refused(b"\x00\x01\xFF\xFE"), @"not an OpenPGP certificate or key but other binary data; export the key with `gpg --export` or `sq cert export`");
    assert_snapshot!(refused(b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"), @"not an OpenPGP certificate or key but a PEM file (an SSH key, or an X.509 certificate); export the key with `gpg --export` or `sq cert export`");
    assert_snapshot!(refused(&made.revocation), @"not an OpenPGP certificate or key but a signature (perhaps a revocation certificate); export the key with `gpg --export` or `sq cert export`");
    let message = crate::support::encrypt_to(&crate::support::recipients(&our_key(false)), b"x");
    assert_snapshot!(refused(&message), @"not an OpenPGP certificate or key but an encrypted message; export the key with `gpg --export` or `sq cert export`");
    let armored_message = String::from_utf8(made.public.clone())
        .unwrap()
        .replace("PUBLIC KEY BLOCK", "MESSAGE");
    assert_snapshot!(refused(armored_message.as_bytes()), @"the key is damaged or incomplete: its armor says that it is a message; export it again");
    let commented = [b"my key:\n".as_slice(), &made.public].concat();
    assert_snapshot!(refused(&commented), @"not an OpenPGP certificate or key but an armored block with text before it; export the key with `gpg --export` or `sq cert export`");
}

#[test]
fn a_key_that_breaks_off_is_refused_unless_between_whole_parts() {
    let (cert, _) = builder()
        .add_signing_subkey()
        .add_storage_encryption_subkey()
        .generate()
        .unwrap();
    let binary = cert.as_tsk().to_vec().unwrap();
    let accepted = (0..binary.len())
        .filter(|&cut| Certificate::from_bytes(&binary[..cut]).is_ok())
        .count();
    // After the direct-key signature, the user id, and the first subkey.
    assert_eq!(accepted, 3);
    let armored = cert.as_tsk().armored().to_vec().unwrap();
    for cut in (1..armored.len() - 1).step_by(17) {
        assert!(Certificate::from_bytes(&armored[..cut]).is_err(), "{cut}");
    }
    assert_snapshot!(refused(&binary[..binary.len() - 1]), @"the key is damaged or incomplete: Malformed packet: Truncated packet; export it again");
    assert_snapshot!(refused(&armored[..armored.len() / 2]), @"the key is damaged or incomplete: its armor has no last line, or text after it; export it again");
}

#[test]
fn junk_after_a_key_is_refused() {
    let (cert, _) = builder().add_signing_subkey().generate().unwrap();
    for junk in [b"\x00".as_slice(), b"\xFF\xFF\xFF", b"hello", &[0xB4; 40]] {
        let bytes = [&cert.to_vec().unwrap(), junk].concat();
        assert!(Certificate::from_bytes(&bytes).is_err(), "{junk:?}");
    }
    let armored = cert.armored().to_vec().unwrap();
    assert!(Certificate::from_bytes(&[&armored, b"hello\n".as_slice()].concat()).is_err());
}

#[test]
fn at_most_one_mebibyte_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("big.pgp");
    let limit = usize::try_from(Certificate::MAX_BYTES).unwrap();
    std::fs::write(&path, vec![b' '; limit + 1]).unwrap();
    let error = Certificate::load(&path).unwrap_err();
    let shown = shown(&error).replace(&path.display().to_string(), "<path>");
    assert_snapshot!(shown, @"cannot use key file <path>: the key is larger than 1048576 bytes; export one certificate, without photos and third-party signatures");
    std::fs::write(&path, vec![b' '; limit]).unwrap();
    let error = Certificate::load(&path).unwrap_err();
    assert!(matches!(error, Error::KeyFile { source, .. } if matches!(*source, Error::EmptyKey)));
}

#[test]
fn a_key_file_that_cannot_be_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("absent.pgp");
    let error = Certificate::load(&path).unwrap_err();
    let shown = shown(&error).replace(&path.display().to_string(), "<path>");
    assert_snapshot!(shown, @"cannot use key file <path>: cannot read it: No such file or directory (os error 2)");
}

#[test]
fn keys_about_to_expire_are_listed_soonest_first() {
    let (cert, _) = builder()
        .set_validity_period(days(30))
        .add_signing_subkey()
        .add_subkey(
            openpgp::types::KeyFlags::empty().set_storage_encryption(),
            days(20),
            None,
        )
        .generate()
        .unwrap();
    let certificate = public(&cert);
    assert_eq!(certificate.expires_within(days(10), day(1)), []);
    let soon = certificate.expires_within(days(29), day(1));
    let seen: Vec<_> = soon.iter().map(|e| (e.purpose, e.on)).collect();
    assert_eq!(
        seen,
        [
            (Purpose::StorageEncryption, day(20)),
            (Purpose::Signing, day(30))
        ]
    );
    assert_eq!(secret(&cert).expires_within(days(29), day(1)), soon);
    assert_eq!(our_key(false).expires_within(days(100_000), day(1)), []);
}

#[test]
fn random_bytes_never_panic() {
    proptest::proptest!(|(bytes: Vec<u8>)| {
        let _ = Certificate::from_bytes(&bytes);
    });
    let (cert, _) = builder().add_signing_subkey().generate().unwrap();
    let good = cert.as_tsk().to_vec().unwrap();
    proptest::proptest!(|(at in 0..good.len(), byte: u8)| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        let _ = Certificate::from_bytes(&bytes);
    });
}
