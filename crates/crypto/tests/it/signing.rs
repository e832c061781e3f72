//! Making signatures.

use std::io::Write;

use insta::assert_snapshot;
use openpgp::cert::prelude::*;
use openpgp::packet::Signature;
use openpgp::parse::Parse;
use openpgp::types::{HashAlgorithm, KeyFlags, SignatureType};
use openpgp::{Cert, Packet, Profile};
use prose_backup_crypto::{
    Certificate, Error, NOTATION, NameBinding, Passphrases, SignatureStatus, Signer, Verifier,
};
use secrecy::SecretString;
use sequoia_openpgp as openpgp;

use crate::support::signature::{Kind, library, rotated, signing};
use crate::support::{builder, day, days, noise, our_key, public, secret, shown};

const NAME: &str = "prose_2026-03-02T00:00:00Z.tar.zst.gpg";

fn sign(certificate: &Certificate, data: &[u8]) -> Vec<u8> {
    let signer = Signer::new(certificate, &Passphrases::default(), day(1)).unwrap();
    let mut signing = signer.start(NAME).unwrap();
    for chunk in data.chunks(1000) {
        signing.write_all(chunk).unwrap();
    }
    signing.finish().unwrap()
}

fn parsed(bytes: &[u8]) -> Signature {
    match openpgp::PacketPile::from_bytes(bytes)
        .unwrap()
        .into_children()
        .next()
    {
        Some(Packet::Signature(signature)) => signature,
        other => panic!("{other:?}"),
    }
}

fn refused(cert: &Cert, n: u64) -> String {
    shown(&Signer::new(&secret(cert), &Passphrases::default(), day(n)).unwrap_err())
}

#[test]
fn what_is_signed_verifies_with_the_name_it_was_made_for() {
    let key = our_key(false);
    for len in [0, 1, 100_000] {
        let data = noise(len);
        let signature = sign(&key, &data);
        let mut verifier = Verifier::new(&signature, &[key.clone()], day(2)).unwrap();
        verifier.update(&data);
        let [
            SignatureStatus::Good {
                certificate,
                key: subkey,
                created,
                names,
            },
        ] = &verifier.finish()[..]
        else {
            panic!();
        };
        let signer = Signer::new(&key, &Passphrases::default(), day(1)).unwrap();
        assert_eq!(
            (certificate, subkey),
            (&signer.certificate(), &signer.key())
        );
        assert_eq!(*created, day(1));
        assert_eq!(*names, NameBinding::One(NAME.into()));
    }
}

#[test]
fn a_signature_is_binary_and_names_the_backup_in_one_hashed_notation() {
    let signature = parsed(&sign(&our_key(false), b"data"));
    assert_eq!(signature.typ(), SignatureType::Binary);
    assert_eq!(signature.hash_algo(), HashAlgorithm::SHA256);
    let notations: Vec<_> = signature
        .notation_data()
        .filter(|n| n.name() == NOTATION)
        .collect();
    assert_eq!(notations.len(), 1);
    assert!(notations[0].flags().human_readable());
    let hashed = signature.hashed_area().iter();
    assert!(
        hashed
            .filter(|subpacket| subpacket.tag()
                == openpgp::packet::signature::subpacket::SubpacketTag::NotationData)
            .all(|subpacket| !subpacket.critical())
    );
}

#[test]
fn every_kind_of_key_signs_with_a_hash_that_suits_it() {
    let suites = [
        (
            CipherSuite::Cv25519,
            Profile::RFC4880,
            HashAlgorithm::SHA256,
        ),
        (
            CipherSuite::Cv25519,
            Profile::RFC9580,
            HashAlgorithm::SHA256,
        ),
        (CipherSuite::RSA2k, Profile::RFC4880, HashAlgorithm::SHA256),
        (CipherSuite::P256, Profile::RFC4880, HashAlgorithm::SHA256),
        (CipherSuite::P384, Profile::RFC4880, HashAlgorithm::SHA512),
        (CipherSuite::P521, Profile::RFC4880, HashAlgorithm::SHA512),
        (CipherSuite::Cv448, Profile::RFC9580, HashAlgorithm::SHA512),
    ];
    for (suite, profile, hash) in suites {
        let (cert, _) = builder()
            .set_profile(profile)
            .unwrap()
            .set_cipher_suite(suite)
            .add_signing_subkey()
            .generate()
            .unwrap();
        let signature = sign(&secret(&cert), b"data");
        assert_eq!(parsed(&signature).hash_algo(), hash, "{suite:?}");
        let mut verifier = Verifier::new(&signature, &[public(&cert)], day(2)).unwrap();
        verifier.update(b"data");
        assert!(
            matches!(verifier.finish()[..], [SignatureStatus::Good { .. }]),
            "{suite:?}"
        );
        assert_eq!(
            library(&signature, b"data", &[&cert], day(2)),
            [Kind::Good],
            "{suite:?}"
        );
    }
}

#[test]
fn the_newest_signing_key_whose_secret_part_is_here_signs() {
    let (old, _) = builder().add_signing_subkey().generate().unwrap();
    let packets = rotated(&old);
    let new = old.clone().insert_packets(packets.clone()).unwrap().0;
    let signer = |cert: &Cert, n| {
        let signer = Signer::new(&secret(cert), &Passphrases::default(), day(n)).unwrap();
        signer.key().to_string()
    };
    let newest = signing(&new).public().fingerprint().to_hex();
    let oldest = signing(&old).public().fingerprint().to_hex();
    assert_eq!(signer(&new, 40), newest);
    assert_eq!(signer(&new, 20), oldest, "the new one does not exist yet");
    let public_only = packets.into_iter().map(|packet| match packet {
        Packet::SecretSubkey(key) => Packet::PublicSubkey(key.take_secret().0),
        other => other,
    });
    let half = old.insert_packets(public_only).unwrap().0;
    assert_eq!(signer(&half, 40), oldest);
}

#[test]
fn of_two_keys_made_together_the_subkey_signs() {
    let flags = KeyFlags::empty().set_signing();
    for _ in 0..4 {
        let (cert, _) = builder()
            .set_primary_key_flags(flags.clone().set_certification())
            .add_signing_subkey()
            .generate()
            .unwrap();
        let signer = Signer::new(&secret(&cert), &Passphrases::default(), day(1)).unwrap();
        assert_ne!(signer.key(), signer.certificate());
    }
}

#[test]
fn a_certificate_without_its_secret_part_cannot_sign() {
    let (cert, _) = builder().add_signing_subkey().generate().unwrap();
    let error = Signer::new(&public(&cert), &Passphrases::default(), day(1)).unwrap_err();
    assert_snapshot!(shown(&error), @"cannot sign with certificate <fingerprint>: the secret part of its signing key is not in the key file; export it with `gpg --export-secret-keys` or `sq key export`");
}

#[test]
fn a_certificate_without_a_signing_key_cannot_sign() {
    let (cert, _) = builder()
        .add_storage_encryption_subkey()
        .generate()
        .unwrap();
    assert_snapshot!(refused(&cert, 1), @"cannot sign with certificate <fingerprint>: the certificate has no key for signing; add a signing subkey, or configure another certificate");
}

#[test]
fn an_expired_certificate_cannot_sign() {
    let (cert, _) = builder()
        .set_validity_period(days(5))
        .add_signing_subkey()
        .generate()
        .unwrap();
    assert_snapshot!(refused(&cert, 6), @"cannot sign with certificate <fingerprint>: the certificate expired on 2026-03-06T00:00:00Z; extend its expiry and export it again, or configure another certificate");
    assert!(Signer::new(&secret(&cert), &Passphrases::default(), day(4)).is_ok());
}

#[test]
fn an_expired_signing_subkey_cannot_sign() {
    let (cert, _) = builder()
        .add_subkey(KeyFlags::empty().set_signing(), days(5), None)
        .generate()
        .unwrap();
    assert_snapshot!(refused(&cert, 6), @"cannot sign with certificate <fingerprint>: key <fingerprint> expired on 2026-03-06T00:00:00Z; extend its expiry and export it again, or configure another certificate");
}

#[test]
fn a_revoked_certificate_cannot_sign() {
    let (cert, revocation) = builder().add_signing_subkey().generate().unwrap();
    let cert = cert.insert_packets(revocation).unwrap().0;
    assert_snapshot!(refused(&cert, 1), @"cannot sign with certificate <fingerprint>: the certificate is revoked (hard revocation: No reason specified); configure another certificate");
}

#[test]
fn a_certificate_from_the_future_cannot_sign() {
    let (cert, _) = builder()
        .set_creation_time(day(9))
        .add_signing_subkey()
        .generate()
        .unwrap();
    assert_snapshot!(refused(&cert, 1), @"cannot sign with certificate <fingerprint>: the certificate is not valid before 2026-03-10T00:00:00Z; check this machine's clock");
}

#[test]
fn a_protected_key_needs_its_passphrase_to_sign() {
    let (cert, _) = builder()
        .add_signing_subkey()
        .set_password(Some("hunter2".into()))
        .generate()
        .unwrap();
    assert_snapshot!(refused(&cert, 1), @"key <fingerprint> needs a passphrase and none is configured; the environment variable PROSE_BACKUPS__PGP__PASSPHRASES__<fingerprint> can supply it");
    let with = |text: &str| {
        let mut passphrases = Passphrases::default();
        passphrases.insert(secret(&cert).fingerprint(), SecretString::from(text));
        Signer::new(&secret(&cert), &passphrases, day(1))
    };
    let error = with("hunter3").unwrap_err();
    assert!(matches!(error, Error::Locked(_)));
    assert_snapshot!(shown(&error), @"the configured passphrase does not open key <fingerprint>; correct it (the environment variable PROSE_BACKUPS__PGP__PASSPHRASES__<fingerprint> wins over the file)");
    let mut signing = with("hunter2").unwrap().start(NAME).unwrap();
    signing.write_all(b"data").unwrap();
    assert!(signing.finish().is_ok());
}

#[test]
fn a_name_that_no_signature_can_hold_is_refused() {
    let signer = Signer::new(&our_key(false), &Passphrases::default(), day(1)).unwrap();
    let error = signer.start(&"x".repeat(70_000)).unwrap_err();
    assert_snapshot!(shown(&error), @"cannot sign with key <fingerprint>: Malformed packet: Subpacket area exceeds maximum size");
}
