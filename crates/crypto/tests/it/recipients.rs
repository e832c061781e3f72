//! Which keys may be encrypted to.

use insta::assert_snapshot;
use openpgp::Packet;
use openpgp::cert::prelude::*;
use openpgp::packet::key::{Key4, PrimaryRole, SubordinateRole};
use openpgp::packet::prelude::*;
use openpgp::types::{KeyFlags, ReasonForRevocation, SignatureType};
use prose_backup_crypto::{Certificate, Error, Recipients};
use sequoia_openpgp as openpgp;

use crate::support::{builder, day, days, our_key, public, secret, shown};

fn storage() -> KeyFlags {
    KeyFlags::empty().set_storage_encryption()
}

fn refused(cert: &Cert) -> String {
    refused_at(cert, 10)
}

fn refused_at(cert: &Cert, n: u64) -> String {
    let error = Recipients::new([&public(cert)], day(n)).unwrap_err();
    assert!(matches!(error, Error::Recipient { .. }));
    shown(&error)
}

#[test]
fn every_usable_storage_encryption_subkey_becomes_a_recipient() {
    let (cert, _) = builder()
        .add_signing_subkey()
        .add_storage_encryption_subkey()
        .add_subkey(storage().set_transport_encryption(), None, None)
        .add_transport_encryption_subkey()
        .add_subkey(storage(), days(5), None)
        .generate()
        .unwrap();
    let policy = openpgp::policy::StandardPolicy::new();
    let mut expected: Vec<String> = cert
        .keys()
        .with_policy(&policy, day(10))
        .alive()
        .for_storage_encryption()
        .map(|key| key.key().fingerprint().to_hex())
        .collect();
    let other = our_key(false);
    let chosen = Recipients::new([&public(&cert), &other, &secret(&cert)], day(10)).unwrap();
    let mut names: Vec<String> = chosen
        .fingerprints()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        names.len(),
        3,
        "the two of one and the one of the other, once each"
    );
    names.truncate(2);
    names.sort();
    expected.sort();
    assert_eq!(names, expected);
    assert_eq!(
        Recipients::new([&public(&cert)], day(3))
            .unwrap()
            .fingerprints()
            .len(),
        3
    );
}

#[test]
fn the_new_format_is_used_only_if_all_recipients_know_it() {
    let (new, old) = (our_key(false), our_key(true));
    assert!(Recipients::new([&new], day(1)).unwrap().is_aead());
    assert!(!Recipients::new([&old], day(1)).unwrap().is_aead());
    assert!(!Recipients::new([&new, &old], day(1)).unwrap().is_aead());
}

#[test]
fn there_must_be_a_recipient() {
    let none: [&Certificate; 0] = [];
    let error = Recipients::new(none, day(1)).unwrap_err();
    assert_snapshot!(shown(&error), @"there is no certificate to encrypt to; configure one");
}

#[test]
fn one_unusable_certificate_among_good_ones_is_an_error() {
    let (bad, _) = builder().add_signing_subkey().generate().unwrap();
    let good = our_key(false);
    let error = Recipients::new([&good, &public(&bad)], day(1)).unwrap_err();
    let Error::Recipient { certificate, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(certificate, public(&bad).fingerprint());
}

#[test]
fn an_expired_certificate_is_refused() {
    let (cert, _) = builder()
        .set_validity_period(days(5))
        .add_storage_encryption_subkey()
        .generate()
        .unwrap();
    assert_snapshot!(refused(&cert), @"cannot encrypt to certificate <fingerprint>: the certificate expired on 2026-03-06T00:00:00Z; extend its expiry and export it again, or configure another certificate");
    assert!(Recipients::new([&public(&cert)], day(4)).is_ok());
}

#[test]
fn an_expired_subkey_is_refused() {
    let (cert, _) = builder()
        .add_signing_subkey()
        .add_subkey(storage(), days(5), None)
        .generate()
        .unwrap();
    assert_snapshot!(refused(&cert), @"cannot encrypt to certificate <fingerprint>: key <fingerprint> expired on 2026-03-06T00:00:00Z; extend its expiry and export it again, or configure another certificate");
}

#[test]
fn a_revoked_certificate_is_refused() {
    let (cert, revocation) = builder()
        .add_storage_encryption_subkey()
        .generate()
        .unwrap();
    let cert = cert.insert_packets(revocation).unwrap().0;
    assert_snapshot!(refused(&cert), @"cannot encrypt to certificate <fingerprint>: the certificate is revoked (hard revocation: No reason specified); configure another certificate");
}

#[test]
fn a_revoked_subkey_is_refused() {
    let (cert, _) = builder()
        .add_storage_encryption_subkey()
        .generate()
        .unwrap();
    let mut primary = cert
        .primary_key()
        .key()
        .clone()
        .parts_into_secret()
        .unwrap()
        .into_keypair()
        .unwrap();
    let subkey = cert.keys().subkeys().next().unwrap().key().clone();
    let revocation = SubkeyRevocationBuilder::new()
        .set_signature_creation_time(day(5))
        .unwrap()
        .set_reason_for_revocation(ReasonForRevocation::KeyRetired, b"retired")
        .unwrap()
        .build(&mut primary, &cert, &subkey, None)
        .unwrap();
    let cert = cert.insert_packets(revocation).unwrap().0;
    assert_snapshot!(refused(&cert), @"cannot encrypt to certificate <fingerprint>: key <fingerprint> is revoked (soft revocation: Key is retired and no longer used); configure another certificate");
    assert!(Recipients::new([&public(&cert)], day(4)).is_ok());
}

#[test]
fn a_certificate_from_the_future_is_refused() {
    let (cert, _) = builder()
        .set_creation_time(day(20))
        .add_storage_encryption_subkey()
        .generate()
        .unwrap();
    assert_snapshot!(refused(&cert), @"cannot encrypt to certificate <fingerprint>: the certificate is not valid before 2026-03-21T00:00:00Z; check this machine's clock");
}

#[test]
fn transport_encryption_alone_does_not_count() {
    let (cert, _) = builder()
        .add_signing_subkey()
        .add_transport_encryption_subkey()
        .generate()
        .unwrap();
    assert_snapshot!(refused(&cert), @"cannot encrypt to certificate <fingerprint>: the certificate has no key for encrypting stored data; add a storage-encryption subkey, or configure another certificate");
}

#[test]
fn a_weak_subkey_is_refused() {
    let (cert, _) = builder().generate().unwrap();
    let subkey: Key<_, SubordinateRole> = Key4::generate_rsa(1024).unwrap().into();
    let cert = bind(cert, subkey);
    assert_snapshot!(refused(&cert), @"cannot encrypt to certificate <fingerprint>: key <fingerprint> is not acceptable: Policy rejected asymmetric algorithm: RSA1024 is not considered secure since 2014-02-01T00:00:00Z; make a new key with current algorithms");
}

#[test]
fn a_weak_primary_key_is_refused() {
    let mut primary: Key<_, PrimaryRole> = Key4::generate_rsa(1024).unwrap().into();
    primary.set_creation_time(day(0)).unwrap();
    let mut pair = primary.clone().into_keypair().unwrap();
    let binding = SignatureBuilder::new(SignatureType::DirectKey)
        .set_signature_creation_time(day(0))
        .unwrap()
        .set_key_flags(KeyFlags::empty().set_certification())
        .unwrap()
        .sign_direct_key(&mut pair, primary.parts_as_public())
        .unwrap();
    let packets: [Packet; 2] = [primary.into(), binding.into()];
    let cert = Cert::from_packets(packets.into_iter()).unwrap();
    let subkey = Key4::generate_ecc(false, openpgp::types::Curve::Cv25519).unwrap();
    let cert = bind(cert, subkey.into());
    assert_snapshot!(refused(&cert), @"cannot encrypt to certificate <fingerprint>: the certificate is not acceptable: Policy rejected asymmetric algorithm: RSA1024 is not considered secure since 2014-02-01T00:00:00Z; make a new key with current algorithms");
}

/// Adds a subkey for encrypting stored data.
fn bind(cert: Cert, mut subkey: Key<key::SecretParts, SubordinateRole>) -> Cert {
    subkey.set_creation_time(day(0)).unwrap();
    let mut primary = cert
        .primary_key()
        .key()
        .clone()
        .parts_into_secret()
        .unwrap()
        .into_keypair()
        .unwrap();
    let binding = SignatureBuilder::new(SignatureType::SubkeyBinding)
        .set_signature_creation_time(day(0))
        .unwrap()
        .set_key_flags(storage())
        .unwrap()
        .sign_subkey_binding(&mut primary, cert.primary_key().key(), &subkey)
        .unwrap();
    let packets: [Packet; 2] = [subkey.into(), binding.into()];
    cert.insert_packets(packets).unwrap().0
}

#[test]
fn a_clock_far_off_gives_a_clear_refusal() {
    let (cert, _) = builder()
        .set_validity_period(days(1000))
        .add_storage_encryption_subkey()
        .generate()
        .unwrap();
    let certificate = public(&cert);
    let at_1970 = Recipients::new([&certificate], std::time::UNIX_EPOCH).unwrap_err();
    assert_snapshot!(shown(&at_1970), @"cannot encrypt to certificate <fingerprint>: the certificate is not valid before 2026-03-01T00:00:00Z; check this machine's clock");
    assert_snapshot!(refused_at(&cert, 365 * 74), @"cannot encrypt to certificate <fingerprint>: the certificate expired on 2028-11-25T00:00:00Z; extend its expiry and export it again, or configure another certificate");
    for at in [std::time::UNIX_EPOCH - days(10_000), day(365 * 300)] {
        assert!(Recipients::new([&certificate], at).is_err());
    }
}
