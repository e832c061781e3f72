//! Messages of another structure than ours, and messages that were changed.

use std::io::{Read, Write};

use insta::{allow_duplicates, assert_snapshot};
use openpgp::packet::prelude::*;
use openpgp::packet::{Marker, Padding, Tag};
use openpgp::serialize::Serialize;
use openpgp::serialize::stream::{Compressor, Encryptor, LiteralWriter, Message, Signer};
use openpgp::types::CompressionAlgorithm;
use openpgp::{Cert, Packet};
use prose_backup_crypto::{Error, decrypt};
use sequoia_openpgp as openpgp;

use crate::support::message::{container, holding, key, literal, raw, recipients};
use crate::support::{decrypt_with, encrypt_to, keyring, noise, our_key, secret, shown};

const MIB: usize = 1 << 20;

fn refused(cert: &Cert, message: &[u8]) -> String {
    let error = decrypt_with(&keyring(&secret(cert)), message).unwrap_err();
    shown(&error)
}

/// The content that `fill` writes into a message of either format must be refused.
fn refused_inside(fill: impl for<'a> Fn(&'a Cert, Message<'a>)) -> [String; 2] {
    [true, false].map(|aead| {
        let cert = key(aead);
        let mut message = Vec::new();
        fill(&cert, container(&cert, &mut message));
        refused(&cert, &message)
    })
}

#[test]
fn one_literal_in_a_container_is_accepted() {
    for aead in [true, false] {
        let cert = key(aead);
        let message = holding(&cert, &[literal(b"hello")]);
        let plain = decrypt_with(&keyring(&secret(&cert)), message.as_slice()).unwrap();
        assert_eq!(plain, b"hello");
    }
}

#[test]
fn inline_signature_is_not_a_layer() {
    let refusals = refused_inside(|cert, message| {
        let policy = openpgp::policy::StandardPolicy::new();
        let keys = cert
            .keys()
            .secret()
            .with_policy(&policy, None)
            .for_signing();
        let pair = keys.last().unwrap().key().clone().into_keypair().unwrap();
        let signer = Signer::new(message, pair).unwrap().build().unwrap();
        let mut literal = LiteralWriter::new(signer).build().unwrap();
        literal.write_all(b"hello").unwrap();
        literal.finalize().unwrap();
    });
    allow_duplicates! {
        for refusal in refusals {
            assert_snapshot!(refusal, @"the message holds an inline signature; it must be one encrypted-data packet with exactly one literal-data packet in it");
        }
    }
}

#[test]
fn a_bare_signature_before_or_after_the_literal_is_refused() {
    for aead in [true, false] {
        let cert = key(aead);
        let signature: Packet = cert
            .userids()
            .next()
            .unwrap()
            .self_signatures()
            .next()
            .unwrap()
            .clone()
            .into();
        for packets in [
            [signature.clone(), literal(b"hello")],
            [literal(b"hello"), signature],
        ] {
            let refusal = refused(&cert, &holding(&cert, &packets));
            assert!(refusal.contains("an inline signature"), "{refusal}");
        }
    }
}

#[test]
fn compression_is_refused_before_anything_is_unpacked() {
    let refusals = refused_inside(|_, message| {
        let compressed = Compressor::new(message)
            .algo(CompressionAlgorithm::Uncompressed)
            .build()
            .unwrap();
        let mut literal = LiteralWriter::new(compressed).build().unwrap();
        literal.write_all(b"hello").unwrap();
        literal.finalize().unwrap();
    });
    allow_duplicates! {
        for refusal in refusals {
            assert_snapshot!(refusal, @"the message holds compressed data; it must be one encrypted-data packet with exactly one literal-data packet in it");
        }
    }
}

#[test]
fn encryption_in_encryption_is_refused() {
    let refusals = refused_inside(|cert, message| {
        let inner = Encryptor::for_recipients(message, recipients(cert))
            .build()
            .unwrap();
        let mut literal = LiteralWriter::new(inner).build().unwrap();
        literal.write_all(b"hello").unwrap();
        literal.finalize().unwrap();
    });
    allow_duplicates! {
        for refusal in refusals {
            assert_snapshot!(refusal, @"the message holds a packet of type 1; it must be one encrypted-data packet with exactly one literal-data packet in it");
        }
    }
    let cert = key(true);
    let bare = raw(Tag::SEIP, &[&[1], noise(100).as_slice()].concat());
    let mut message = Vec::new();
    let mut outer = container(&cert, &mut message);
    outer.write_all(&bare).unwrap();
    outer.finalize().unwrap();
    assert!(refused(&cert, &message).contains("an encrypted-data packet"));
}

#[test]
fn packets_that_openpgp_says_to_ignore_are_refused_anywhere() {
    for aead in [true, false] {
        let cert = key(aead);
        let marker = || Packet::from(Marker::default());
        let padding = || Packet::from(Padding::new(20).unwrap());
        let private = || Packet::from(Unknown::new(Tag::Private(60), openpgp::anyhow::anyhow!("")));
        for extra in [marker, padding, private] {
            for packets in [[extra(), literal(b"hello")], [literal(b"hello"), extra()]] {
                let message = holding(&cert, &packets);
                let error = decrypt_with(&keyring(&secret(&cert)), message.as_slice()).unwrap_err();
                assert!(
                    matches!(error, Error::Structure { .. } | Error::Unsupported { .. }),
                    "{error}"
                );
            }
            let mut bytes = Vec::new();
            extra().serialize(&mut bytes).unwrap();
            let message = holding(&cert, &[literal(b"hello")]);
            for message in [
                [bytes.as_slice(), &message].concat(),
                [message.as_slice(), &bytes].concat(),
            ] {
                let error = decrypt_with(&keyring(&secret(&cert)), message.as_slice()).unwrap_err();
                assert!(
                    matches!(
                        error,
                        Error::Structure { .. }
                            | Error::Unsupported { .. }
                            | Error::NotAMessage { .. }
                    ),
                    "{error}"
                );
            }
        }
    }
    let cert = key(true);
    assert_snapshot!(refused(&cert, &holding(&cert, &[literal(b"x"), Padding::new(9).unwrap().into()])), @"the message holds a padding packet; it must be one encrypted-data packet with exactly one literal-data packet in it");
    assert_snapshot!(refused(&cert, &holding(&cert, &[Marker::default().into(), literal(b"x")])), @"the message holds a marker packet; it must be one encrypted-data packet with exactly one literal-data packet in it");
}

#[test]
fn two_literals_are_refused() {
    for aead in [true, false] {
        let cert = key(aead);
        let message = holding(&cert, &[literal(b"one"), literal(b"two")]);
        let refusal = refused(&cert, &message);
        assert!(
            refusal.contains("a literal-data packet; it must"),
            "{refusal}"
        );
    }
}

#[test]
fn an_empty_container_is_refused() {
    for aead in [true, false] {
        let cert = key(aead);
        let error =
            decrypt_with(&keyring(&secret(&cert)), holding(&cert, &[]).as_slice()).unwrap_err();
        assert!(
            matches!(error, Error::Truncated | Error::Damaged { .. }),
            "{error}"
        );
    }
}

#[test]
fn nothing_may_follow_the_encrypted_data() {
    for gnupg_compatible in [false, true] {
        let key = our_key(gnupg_compatible);
        let to = crate::support::recipients(&key);
        for len in [10, 2 * MIB + 10] {
            let message = encrypt_to(&to, &noise(len));
            let again = encrypt_to(&to, b"again");
            let literal = raw(Tag::Literal, b"b\0\0\0\0\0x");
            let junk = noise(70_000);
            let tails: [&[u8]; 8] = [
                &[0xFF],
                &again,
                &[0],
                &[0xFF; 100],
                b"\n",
                b"-----END PGP MESSAGE-----\n",
                &literal,
                &junk,
            ];
            // The large message shows that the end is looked at in streams as well.
            let few = if len > MIB { 2 } else { tails.len() };
            for tail in &tails[..few] {
                let longer = [message.as_slice(), tail].concat();
                let error = decrypt_with(&keyring(&key), longer.as_slice()).unwrap_err();
                assert!(
                    matches!(
                        error,
                        Error::Structure { .. } | Error::Damaged { .. } | Error::Truncated
                    ),
                    "{error}"
                );
            }
            let longer = [message.as_slice(), &again].concat();
            let error = decrypt_with(&keyring(&key), longer.as_slice()).unwrap_err();
            assert_eq!(
                shown(&error),
                "the message holds a packet of type 1 after the encrypted data; it must be one encrypted-data packet with exactly one literal-data packet in it"
            );
        }
    }
}

#[test]
fn data_without_integrity_protection_is_refused() {
    let cert = key(false);
    let message = holding(&cert, &[literal(b"hello")]);
    let session_key = message.len() - raw_container_len(&message);
    for (tag, version) in [(Tag::SED, &[][..]), (Tag::AED, &[1, 9, 2, 10])] {
        let unprotected = [
            &message[..session_key],
            &raw(tag, &[version, &noise(60)].concat()),
        ]
        .concat();
        let refusal = refused(&cert, &unprotected);
        if tag == Tag::SED {
            assert_eq!(
                refusal,
                "the message holds encrypted data without integrity protection; it must be one encrypted-data packet with exactly one literal-data packet in it"
            );
        } else {
            assert_eq!(
                refusal,
                "the message holds encrypted data of a kind that only GnuPG knows; it must be one encrypted-data packet with exactly one literal-data packet in it"
            );
        }
    }
}

/// The length of the last packet, which has a one-byte or two-byte length.
fn raw_container_len(message: &[u8]) -> usize {
    let start = (0..message.len())
        .rev()
        .find(|&at| message[at] == 0xD2 && message[at + 1] as usize + at + 2 == message.len())
        .unwrap();
    message.len() - start
}

#[test]
fn what_is_no_encrypted_message_is_called_by_its_name() {
    let cert = key(true);
    let mut unencrypted = Vec::new();
    literal(b"hello").serialize(&mut unencrypted).unwrap();
    assert_snapshot!(refused(&cert, &unencrypted), @"the message holds a literal-data packet; it must be one encrypted-data packet with exactly one literal-data packet in it");
    assert_snapshot!(refused(&cert, b""), @"not an encrypted OpenPGP message but nothing: it is empty");
    assert_snapshot!(refused(&cert, b"hello"), @"not an encrypted OpenPGP message but a text");
    assert_snapshot!(refused(&cert, &[0x28, 0xB5, 0x2F, 0xFD]), @"not an encrypted OpenPGP message but other binary data");
    assert_snapshot!(refused(&cert, &[0xFF; 1000]), @"not an encrypted OpenPGP message but other binary data");
    let mut certificate = Vec::new();
    cert.serialize(&mut certificate).unwrap();
    assert_snapshot!(refused(&cert, &certificate), @"not an encrypted OpenPGP message but a certificate");
    let armored = b"-----BEGIN PGP MESSAGE-----\n\nwU4D\n-----END PGP MESSAGE-----\n";
    assert_snapshot!(refused(&cert, armored), @"not an encrypted OpenPGP message but an armored file; `gpg --dearmor` makes it binary");
}

#[test]
fn an_armored_message_behind_binary_junk_is_not_looked_for() {
    let cert = key(true);
    let message = holding(&cert, &[literal(b"hello")]);
    let mut armored =
        openpgp::armor::Writer::new(Vec::new(), openpgp::armor::Kind::Message).unwrap();
    armored.write_all(&message).unwrap();
    let armored = armored.finalize().unwrap();
    for junk in [&b"\xFF\xFF\n"[..], b"\x80\n", b"\n\n", b""] {
        let bytes = [junk, &armored].concat();
        let error = decrypt_with(&keyring(&secret(&cert)), bytes.as_slice()).unwrap_err();
        assert!(matches!(error, Error::NotAMessage { .. }), "{error}");
    }
}

#[test]
fn tampered_tail_of_a_large_message() {
    for gnupg_compatible in [false, true] {
        let key = our_key(gnupg_compatible);
        // More than what the library holds back by default.
        let plain = noise(26 * MIB);
        let mut message = encrypt_to(&crate::support::recipients(&key), &plain);
        drop(plain);
        *message.last_mut().unwrap() ^= 1;
        let mut seen = 0;
        let error = decrypt::<(), Error>(&keyring(&key), message.as_slice(), |plain| {
            seen = std::io::copy(&mut plain.take(20 << 20), &mut std::io::sink())
                .map_err(Error::Read)?;
            Ok(())
        })
        .unwrap_err();
        assert_eq!(
            seen,
            20 << 20,
            "the body saw plaintext before the end was known"
        );
        assert_snapshot_tail(&error);
    }
}

fn assert_snapshot_tail(error: &Error) {
    allow_duplicates! {
        assert_snapshot!(shown(error), @"the message was changed, damaged or cut short: its integrity check fails");
    }
}

#[test]
fn a_message_cut_anywhere_is_refused() {
    for gnupg_compatible in [false, true] {
        let key = our_key(gnupg_compatible);
        let message = encrypt_to(&crate::support::recipients(&key), &noise(9000));
        for cut in (0..message.len())
            .step_by(13)
            .chain(message.len() - 30..message.len())
        {
            assert!(
                decrypt_with(&keyring(&key), &message[..cut]).is_err(),
                "{cut}"
            );
        }
        assert!(decrypt_with(&keyring(&key), message.as_slice()).is_ok());
    }
}

#[test]
fn two_chunks_of_the_new_format_cannot_change_places() {
    let key = our_key(false);
    let plain = noise(5 * 4096);
    let message = encrypt_to(&crate::support::recipients(&key), &plain);
    // Chunks of 4096 bytes with a tag of 16, from the end: the final tag, the rest, whole chunks.
    let end = message.len() - 16 - (plain.len() + 8) % 4096 - 16;
    let (a, b) = (end - 2 * 4112, end - 4112);
    let mut swapped = message.clone();
    swapped[a..b].copy_from_slice(&message[b..end]);
    swapped[b..end].copy_from_slice(&message[a..b]);
    assert!(decrypt_with(&keyring(&key), swapped.as_slice()).is_err());
    let dropped = [&message[..a], &message[b..]].concat();
    assert!(decrypt_with(&keyring(&key), dropped.as_slice()).is_err());
}
