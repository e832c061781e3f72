//! Which key opens a message, and what is said when none does.

use insta::assert_snapshot;
use openpgp::cert::prelude::*;
use openpgp::serialize::SerializeInto;
use openpgp::serialize::stream::{Encryptor, LiteralWriter, Message, Recipient};
use openpgp::types::Features;
use prose_backup_crypto::{
    Certificate, Error, HEAD_BYTES, KeyStatus, Keyring, Locked, MAX_RECIPIENTS, Passphrases,
    recipients_of,
};
use secrecy::SecretString;
use sequoia_openpgp as openpgp;
use std::io::Write;

use crate::support::message::{self, holding, literal};
use crate::support::{
    builder, day, days, decrypt_with, encrypt_to, keyring, our_key, public, recipients, secret,
    shown,
};

const PASSPHRASE: &str = "correct horse battery staple";

fn protected() -> Cert {
    builder()
        .add_signing_subkey()
        .add_storage_encryption_subkey()
        .set_password(Some(PASSPHRASE.into()))
        .generate()
        .unwrap()
        .0
}

fn with_passphrase(fingerprint: &openpgp::Fingerprint, text: &str) -> Passphrases {
    let mut passphrases = Passphrases::default();
    let fingerprint = fingerprint.to_spaced_hex().to_lowercase().parse().unwrap();
    passphrases.insert(fingerprint, SecretString::from(text));
    passphrases
}

fn error(keys: &Keyring, message: &[u8]) -> Error {
    decrypt_with(keys, message).unwrap_err()
}

#[test]
fn a_passphrase_is_found_by_certificate_or_by_subkey() {
    let cert = protected();
    let message = holding(&cert, &[literal(b"hello")]);
    let subkey = message::recipients(&cert)[0].key_handle().unwrap();
    let openpgp::KeyHandle::Fingerprint(subkey) = subkey else {
        panic!();
    };
    for fingerprint in [cert.fingerprint(), subkey] {
        let passphrases = with_passphrase(&fingerprint, PASSPHRASE);
        let keys = Keyring::new([secret(&cert)], passphrases);
        assert_eq!(decrypt_with(&keys, message.as_slice()).unwrap(), b"hello");
    }
}

#[test]
fn a_missing_or_wrong_passphrase_is_named_with_its_remedy() {
    let cert = protected();
    let message = holding(&cert, &[literal(b"hello")]);
    let missing = error(&keyring(&secret(&cert)), &message);
    assert!(missing.to_string().contains(&format!(
        "PROSE_BACKUPS__PGP__PASSPHRASES__{}",
        cert.fingerprint()
    )));
    assert_snapshot!(shown(&missing), @"key <fingerprint> needs a passphrase and none is configured; the environment variable PROSE_BACKUPS__PGP__PASSPHRASES__<fingerprint> can supply it");
    let keys = Keyring::new(
        [secret(&cert)],
        with_passphrase(&cert.fingerprint(), "wrong"),
    );
    assert_snapshot!(shown(&error(&keys, &message)), @"the configured passphrase does not open key <fingerprint>; correct it (the environment variable PROSE_BACKUPS__PGP__PASSPHRASES__<fingerprint> wins over the file)");
}

#[test]
fn a_second_key_opens_the_message_if_the_first_is_locked() {
    let (locked, open) = (protected(), our_key(false));
    let mut bytes = Vec::new();
    let to = prose_backup_crypto::Recipients::new([&secret(&locked), &open], day(1)).unwrap();
    bytes.extend(encrypt_to(&to, b"hello"));
    let keys = Keyring::new([secret(&locked), open], Passphrases::default());
    assert_eq!(decrypt_with(&keys, bytes.as_slice()).unwrap(), b"hello");
}

#[test]
fn without_a_key_the_recipients_are_listed() {
    let (a, b) = (our_key(false), our_key(true));
    let message = encrypt_to(&recipients(&a), b"x");
    assert_snapshot!(shown(&error(&keyring(&b), &message)), @"no key at hand decrypts the message: it is encrypted for <fingerprint>; add the secret key of one of them to the decryption keys");
    let both = prose_backup_crypto::Recipients::new([&a, &b], day(1)).unwrap();
    let message = encrypt_to(&both, b"x");
    assert_snapshot!(shown(&error(&keyring(&our_key(false)), &message)), @"no key at hand decrypts the message: it is encrypted for <key id>, <key id>; add the secret key of one of them to the decryption keys");
    let without_secret = Certificate::from_bytes(&a.public_armored().unwrap()).unwrap();
    assert!(matches!(
        error(&keyring(&without_secret), &message),
        Error::NoKey { .. }
    ));
}

#[test]
fn expired_and_revoked_keys_still_decrypt() {
    let (cert, revocation) = builder()
        .set_validity_period(days(5))
        .add_storage_encryption_subkey()
        .generate()
        .unwrap();
    let message = encrypt_to(&recipients(&public(&cert)), b"old");
    let cert = cert.insert_packets(revocation).unwrap().0;
    assert_eq!(
        decrypt_with(&keyring(&secret(&cert)), message.as_slice()).unwrap(),
        b"old"
    );
}

/// A message in either format whose recipients are not named, or named wrongly.
fn addressed(key: &Cert, aead: bool, handle: Option<&openpgp::KeyHandle>, times: usize) -> Vec<u8> {
    let features = Features::empty().set_seipdv1();
    let features = if aead {
        features.set_seipdv2()
    } else {
        features
    };
    let key = key
        .keys()
        .subkeys()
        .find(|k| k.key().pk_algo().for_encryption())
        .unwrap();
    let recipient = || {
        Recipient::new(features.clone(), None, key.key())
            .set_key_handle(handle.cloned())
            .unwrap()
    };
    let mut out = Vec::new();
    let encryptor =
        Encryptor::for_recipients(Message::new(&mut out), (0..times).map(|_| recipient()));
    let mut literal = LiteralWriter::new(encryptor.build().unwrap())
        .build()
        .unwrap();
    literal.write_all(b"hello").unwrap();
    literal.finalize().unwrap();
    out
}

#[test]
fn a_message_that_names_nobody_is_tried_with_every_key() {
    for aead in [true, false] {
        let cert = message::key(aead);
        let message = addressed(&cert, aead, None, 2);
        let found = recipients_of(&message).unwrap();
        assert_eq!(
            (found.keys.len(), found.anonymous, found.is_aead),
            (0, 2, aead)
        );
        let keys = Keyring::new([our_key(false), secret(&cert)], Passphrases::default());
        assert_eq!(keys.holds(&found).can_decrypt, None);
        assert_eq!(decrypt_with(&keys, message.as_slice()).unwrap(), b"hello");
        let others = keyring(&our_key(true));
        let failure = error(&others, &message);
        assert_eq!(
            shown(&failure),
            "no key at hand decrypts the message: it is encrypted for 2 recipients that it does not name; add the secret key of one of them to the decryption keys"
        );
        assert_eq!(
            keyring(&public(&cert)).holds(&found).can_decrypt,
            Some(false)
        );
    }
}

#[test]
fn a_key_that_fits_by_name_only_is_named() {
    for aead in [true, false] {
        let (meant, named) = (message::key(aead), message::key(aead));
        let handle = message::recipients(&named)[0].key_handle();
        let message = addressed(&meant, aead, handle.as_ref(), 1);
        let failure = error(&keyring(&secret(&named)), &message);
        assert_eq!(
            shown(&failure),
            "key <fingerprint> does not open the message although it is encrypted for it: the message is damaged, or another key with the same key id is meant"
        );
    }
}

#[test]
fn up_to_the_limit_of_recipients_is_tried_and_no_more() {
    for aead in [true, false] {
        let cert = message::key(aead);
        let keys = keyring(&secret(&cert));
        let handle = message::recipients(&cert)[0].key_handle();
        let most = addressed(&cert, aead, handle.as_ref(), MAX_RECIPIENTS);
        assert_eq!(decrypt_with(&keys, most.as_slice()).unwrap(), b"hello");
        assert_eq!(recipients_of(&most).unwrap().keys.len(), MAX_RECIPIENTS);
        let too_many = addressed(&cert, aead, handle.as_ref(), MAX_RECIPIENTS + 1);
        assert_eq!(
            shown(&error(&keys, &too_many)),
            "the message is encrypted for more than 64 recipients"
        );
        assert!(matches!(
            recipients_of(&too_many),
            Err(Error::TooManyRecipients { .. })
        ));
    }
}

#[test]
fn a_message_for_a_password_alone_has_no_key() {
    let mut message = Vec::new();
    let encryptor = Encryptor::with_passwords(Message::new(&mut message), Some("secret"))
        .build()
        .unwrap();
    let mut literal = LiteralWriter::new(encryptor).build().unwrap();
    literal.write_all(b"hello").unwrap();
    literal.finalize().unwrap();
    assert_snapshot!(shown(&error(&keyring(&our_key(true)), &message)), @"no key at hand decrypts the message: it is encrypted for no key (perhaps for a password only); add the secret key of one of them to the decryption keys");
    let found = recipients_of(&message).unwrap();
    assert_eq!((found.keys.len(), found.anonymous), (0, 0));
}

#[test]
fn session_keys_of_unknown_kinds_are_passed_over() {
    for aead in [true, false] {
        let cert = message::key(aead);
        let unknown = message::raw(openpgp::packet::Tag::PKESK, &[99; 50]);
        let message = [unknown, holding(&cert, &[literal(b"hello")])].concat();
        let plain = decrypt_with(&keyring(&secret(&cert)), message.as_slice());
        assert_eq!(plain.unwrap(), b"hello");
        assert_eq!(recipients_of(&message).unwrap().keys.len(), 1);
    }
}

#[test]
fn a_password_beside_a_key_does_not_matter() {
    let cert = message::key(true);
    let mut message = Vec::new();
    let encryptor =
        Encryptor::for_recipients(Message::new(&mut message), message::recipients(&cert))
            .add_passwords(Some("secret"))
            .build()
            .unwrap();
    let mut literal = LiteralWriter::new(encryptor).build().unwrap();
    literal.write_all(b"hello").unwrap();
    literal.finalize().unwrap();
    let plain = decrypt_with(&keyring(&secret(&cert)), message.as_slice());
    assert_eq!(plain.unwrap(), b"hello");
}

#[test]
fn the_keyring_tells_what_it_holds() {
    let (usable, absent) = (our_key(false), our_key(false));
    let public_only = Certificate::from_bytes(&our_key(false).public_armored().unwrap()).unwrap();
    let locked = secret(&protected());
    let all = [&usable, &public_only, &locked, &absent];
    let to = prose_backup_crypto::Recipients::new(all, day(1)).unwrap();
    let found = recipients_of(&encrypt_to(&to, b"x")).unwrap();
    assert_eq!(
        found.keys,
        to.fingerprints()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    );
    let keys = Keyring::new(
        [locked.clone(), public_only.clone(), usable.clone()],
        Passphrases::default(),
    );
    let held = keys.holds(&found);
    assert_eq!(held.can_decrypt, Some(true));
    assert_eq!(held.recipients[0].recipient, found.keys[0]);
    assert_eq!(
        held.recipients[0].status,
        KeyStatus::Usable {
            certificate: usable.fingerprint(),
            key: to.fingerprints()[0].clone(),
        }
    );
    assert_eq!(
        held.recipients[1].status,
        KeyStatus::PublicOnly {
            certificate: public_only.fingerprint()
        }
    );
    assert_eq!(
        held.recipients[2].status,
        KeyStatus::Locked(Locked::PassphraseMissing {
            certificate: locked.fingerprint(),
            key: to.fingerprints()[2].clone(),
        })
    );
    assert_eq!(held.recipients[3].status, KeyStatus::Absent);
    assert_eq!(keyring(&locked).holds(&found).can_decrypt, Some(false));
}

#[test]
fn the_head_of_a_message_is_enough_to_tell_its_recipients() {
    for gnupg_compatible in [false, true] {
        let key = our_key(gnupg_compatible);
        let message = encrypt_to(&recipients(&key), &vec![0; 1 << 20]);
        let whole = recipients_of(&message).unwrap();
        let head = recipients_of(&message[..HEAD_BYTES]).unwrap();
        assert_eq!(head.keys, whole.keys);
        let digits = if gnupg_compatible { 16 } else { 40 };
        assert_eq!(head.keys[0].len(), digits);
        assert!(
            head.keys[0]
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b))
        );
        let shortest = (0..1000)
            .find(|&n| recipients_of(&message[..n]).is_ok())
            .unwrap();
        assert!(shortest < 200, "{shortest}");
        for n in 20..shortest {
            let error = recipients_of(&message[..n]).unwrap_err();
            // Within the header of the container, it could be junk as well.
            let expected = matches!(error, Error::Truncated | Error::Structure { .. });
            assert!(expected, "{n}: {error}");
        }
    }
}

#[test]
fn large_keys_fit_the_head_at_the_limit() {
    let subkey = openpgp::packet::key::Key4::generate_rsa(2048).unwrap();
    let subkey: openpgp::packet::Key<_, openpgp::packet::key::SubordinateRole> = subkey.into();
    let recipients =
        (0..MAX_RECIPIENTS).map(|_| Recipient::new(None, subkey.key_handle(), &subkey));
    let mut message = Vec::new();
    let encryptor = Encryptor::for_recipients(Message::new(&mut message), recipients);
    let mut literal = LiteralWriter::new(encryptor.build().unwrap())
        .build()
        .unwrap();
    literal.write_all(&vec![0; HEAD_BYTES]).unwrap();
    literal.finalize().unwrap();
    let found = recipients_of(&message[..HEAD_BYTES / 4]).unwrap();
    assert_eq!(found.keys.len(), MAX_RECIPIENTS);
}

#[test]
fn a_stub_in_place_of_a_secret_key_is_named() {
    let cert = message::key(true);
    let message = holding(&cert, &[literal(b"hello")]);
    let bytes = stub_out(&cert);
    let certificate = Certificate::from_bytes(&bytes).unwrap();
    assert!(certificate.has_secret());
    assert_snapshot!(shown(&error(&keyring(&certificate), &message)), @"the secret part of key <fingerprint> is not in the key file but on a smart card or another machine; export it there with `gpg --export-secret-keys <fingerprint>`");
}

/// Replaces every secret part by GnuPG's "gnu-dummy" (S2K type 101, "GNU", mode 1).
fn stub_out(cert: &Cert) -> Vec<u8> {
    let mut out = Vec::new();
    for packet in cert.as_tsk().into_packets() {
        let (tag, public) = match &packet {
            openpgp::Packet::SecretKey(key) => (5, key.clone().take_secret().0.to_body()),
            openpgp::Packet::SecretSubkey(key) => (7, key.clone().take_secret().0.to_body()),
            other => {
                out.extend(other.to_vec().unwrap());
                continue;
            }
        };
        let body = [public.as_slice(), &[254, 9, 101, 8], b"GNU", &[1]].concat();
        out.push(0xC0 | tag);
        out.push(u8::try_from(body.len()).unwrap());
        out.extend(body);
    }
    out
}

/// The body of a public key packet.
trait ToBody {
    fn to_body(&self) -> Vec<u8>;
}

impl<R: openpgp::packet::key::KeyRole> ToBody
    for openpgp::packet::Key<openpgp::packet::key::PublicParts, R>
{
    fn to_body(&self) -> Vec<u8> {
        openpgp::serialize::MarshalInto::to_vec(self).unwrap()
    }
}
