//! Encrypting and decrypting streams.

use std::io::{self, Read, Write};

use insta::assert_snapshot;
use openpgp::Packet;
use openpgp::packet::SEIP;
use openpgp::parse::{PacketParser, PacketParserResult, Parse};
use openpgp::types::{AEADAlgorithm, SymmetricAlgorithm};
use prose_backup_crypto::{Certificate, Error, Keyring, Recipients, decrypt, encrypt};
use sequoia_openpgp as openpgp;

use crate::support::{day, decrypt_with, encrypt_to, keyring, noise, our_key, recipients, shown};

const MIB: usize = 1 << 20;

#[test]
fn what_is_encrypted_is_decrypted_whatever_its_size() {
    for gnupg_compatible in [false, true] {
        let key = our_key(gnupg_compatible);
        let (to, keys) = (recipients(&key), keyring(&key));
        for len in [0, 1, 4095, 4096, 4097, MIB - 1, MIB, MIB + 1, 2 * MIB + 1] {
            let plain = noise(len);
            let message = encrypt_to(&to, &plain);
            let decrypted = decrypt_with(&keys, message.as_slice()).unwrap();
            assert!(decrypted == plain, "{len} bytes, {gnupg_compatible}");
        }
    }
}

#[test]
fn the_sizes_of_writes_and_reads_do_not_matter() {
    let key = our_key(false);
    let plain = noise(3 * MIB);
    for (write, read) in [(1013, 7919), (65_536, 4 * MIB), (3 * MIB, 512)] {
        let mut message = Vec::new();
        encrypt::<_, Error>(&recipients(&key), &mut message, |sink| {
            for chunk in plain.chunks(write) {
                sink.write_all(chunk).map_err(Error::Write)?;
                sink.flush().map_err(Error::Write)?;
            }
            Ok(())
        })
        .unwrap();
        let decrypted = decrypt::<_, Error>(&keyring(&key), message.as_slice(), |plain| {
            let mut all = Vec::new();
            let mut buf = vec![0; read];
            loop {
                match plain.read(&mut buf).map_err(Error::Read)? {
                    0 => return Ok(all),
                    n => all.extend_from_slice(&buf[..n]),
                }
            }
        })
        .unwrap();
        assert!(decrypted == plain, "{write} {read}");
    }
}

#[test]
fn a_message_is_one_container_with_one_plain_literal() {
    for gnupg_compatible in [false, true] {
        let key = our_key(gnupg_compatible);
        let message = encrypt_to(&recipients(&key), &noise(100));
        let mut outer = Vec::new();
        let mut next = PacketParser::from_bytes(&message).unwrap();
        while let PacketParserResult::Some(parser) = next {
            let (packet, rest) = parser.next().unwrap();
            outer.push(packet);
            next = rest;
        }
        match outer.as_slice() {
            [Packet::PKESK(pkesk), Packet::SEIP(SEIP::V2(seip))] if !gnupg_compatible => {
                assert_eq!(pkesk.version(), 6);
                assert_eq!(seip.symmetric_algo(), SymmetricAlgorithm::AES256);
                assert_eq!(seip.aead(), AEADAlgorithm::OCB);
            }
            [Packet::PKESK(pkesk), Packet::SEIP(SEIP::V1(_))] if gnupg_compatible => {
                assert_eq!(pkesk.version(), 3);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn every_recipient_decrypts_whatever_mixture_of_versions() {
    let (old, new) = (our_key(true), our_key(false));
    let (v6, _) = openpgp::cert::CertBuilder::new()
        .set_profile(openpgp::Profile::RFC9580)
        .unwrap()
        .set_creation_time(day(0))
        .add_storage_encryption_subkey()
        .generate()
        .unwrap();
    let v6 = crate::support::secret(&v6);
    let plain = noise(10_000);
    let mixtures: [&[&Certificate]; 4] = [&[&old, &new, &v6], &[&new, &v6], &[&old, &v6], &[&v6]];
    for mixture in mixtures {
        let to = Recipients::new(mixture.iter().copied(), day(1)).unwrap();
        let message = encrypt_to(&to, &plain);
        for key in mixture {
            let decrypted = decrypt_with(&keyring(key), message.as_slice()).unwrap();
            assert_eq!(decrypted, plain);
        }
    }
}

#[test]
fn a_message_whose_body_failed_never_decrypts() {
    for gnupg_compatible in [false, true] {
        let key = our_key(gnupg_compatible);
        for len in [0, 10, 100_000, 4 * MIB + 1] {
            let mut message = Vec::new();
            let error = encrypt::<(), Error>(&recipients(&key), &mut message, |sink| {
                sink.write_all(&noise(len)).map_err(Error::Write)?;
                Err(Error::UserId)
            })
            .unwrap_err();
            assert!(matches!(error, Error::UserId), "the body's error comes out");
            assert!(decrypt_with(&keyring(&key), message.as_slice()).is_err());
        }
    }
}

/// A sink that takes so many bytes and no more.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .checked_sub(bytes.len())
            .ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_sink_that_fails_is_reported() {
    let key = our_key(false);
    for room in [0, 50, 1000, 5 * MIB] {
        let result = encrypt::<_, Error>(&recipients(&key), &mut Full(room), |sink| {
            sink.write_all(&noise(6 * MIB)).map_err(Error::Write)
        });
        match result.unwrap_err() {
            Error::Write(error) => assert_eq!(error.kind(), io::ErrorKind::StorageFull),
            other => panic!("{other}"),
        }
    }
    let error = Error::Write(io::ErrorKind::StorageFull.into());
    assert_snapshot!(shown(&error), @"cannot write the encrypted message: no storage space");
}

#[test]
fn what_the_body_leaves_unread_is_authenticated_all_the_same() {
    for gnupg_compatible in [false, true] {
        let key = our_key(gnupg_compatible);
        let message = encrypt_to(&recipients(&key), &noise(3 * MIB));
        let peek = |message: &[u8]| {
            decrypt::<_, Error>(&keyring(&key), message, |plain| {
                let mut first = [0; 10];
                plain.read_exact(&mut first).map_err(Error::Read)?;
                Ok(first)
            })
        };
        assert_eq!(peek(&message).unwrap(), noise(10).as_slice());
        let mut tampered = message.clone();
        *tampered.last_mut().unwrap() ^= 1;
        assert!(peek(&tampered).is_err());
        assert!(matches!(
            peek(&message[..message.len() - 1]),
            Err(Error::Truncated | Error::Damaged { .. })
        ));
    }
}

/// Fails after so many bytes.
struct Broken<'a>(&'a [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buf)? {
            0 => Err(io::Error::new(io::ErrorKind::TimedOut, "the store is gone")),
            n => Ok(n),
        }
    }
}

#[test]
fn a_source_that_fails_is_reported_as_itself_wherever_it_fails() {
    let key = our_key(false);
    let message = encrypt_to(&recipients(&key), &noise(3 * MIB));
    for len in [0, 30, 100, 200_000, 2 * MIB, message.len() - 1] {
        let error = decrypt_with(&keyring(&key), Broken(&message[..len])).unwrap_err();
        assert_eq!(
            shown(&error),
            "cannot read the encrypted message: the store is gone"
        );
    }
}

#[test]
fn the_errors_of_the_message_win_over_those_of_the_body() {
    let key = our_key(false);
    let mut message = encrypt_to(&recipients(&key), &noise(3 * MIB));
    let len = message.len();
    let consume = |message: &[u8]| {
        decrypt::<(), Error>(&keyring(&key), message, |plain| {
            io::copy(plain, &mut io::sink()).map_err(|_| Error::NoRecipients)?;
            Err(Error::UserId)
        })
    };
    assert!(matches!(consume(&message), Err(Error::UserId)));
    message[len - 1000] ^= 1;
    assert!(matches!(consume(&message), Err(Error::Damaged { .. })));
}

#[test]
fn reading_on_after_a_failure_fails_again() {
    let key = our_key(true);
    let mut message = encrypt_to(&recipients(&key), &noise(3 * MIB));
    message.truncate(2 * MIB);
    let error = decrypt::<(), Error>(&keyring(&key), message.as_slice(), |plain| {
        let mut buf = vec![0; 65_536];
        while plain.read(&mut buf).is_ok() {}
        for _ in 0..3 {
            assert!(plain.read(&mut buf).is_err());
        }
        Ok(())
    })
    .unwrap_err();
    assert_snapshot!(shown(&error), @"the message was changed, damaged or cut short: its integrity check fails");
}

#[test]
fn reading_on_after_the_end_gives_nothing() {
    let key = our_key(false);
    let message = encrypt_to(&recipients(&key), b"done");
    decrypt::<(), Error>(&keyring(&key), message.as_slice(), |plain| {
        let mut all = String::new();
        plain.read_to_string(&mut all).map_err(Error::Read)?;
        assert_eq!(all, "done");
        assert_eq!(plain.read(&mut [0; 10]).map_err(Error::Read)?, 0);
        assert_eq!(plain.read(&mut []).map_err(Error::Read)?, 0);
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_crosses_threads_may() {
    fn moves<T: Send>() {}
    fn is_shared<T: Sync>() {}
    moves::<prose_backup_crypto::DetachedSigner>();
    moves::<prose_backup_crypto::Verifier>();
    moves::<prose_backup_crypto::Signer>();
    moves::<Keyring>();
    is_shared::<Keyring>();
    is_shared::<Recipients>();
    is_shared::<Error>();
}

#[test]
fn an_empty_keyring_decrypts_nothing() {
    let key = our_key(false);
    let message = encrypt_to(&recipients(&key), b"x");
    let keys = Keyring::new([], prose_backup_crypto::Passphrases::default());
    assert!(matches!(
        decrypt_with(&keys, message.as_slice()),
        Err(Error::NoKey { .. })
    ));
}
