//! Whether the key that made a signature could make it at its time. `judge` checks each verdict
//! against the library's own verifier.

use insta::assert_snapshot;
use openpgp::packet::key::{Key4, PrimaryRole, SubordinateRole};
use openpgp::packet::prelude::*;
use openpgp::types::{KeyFlags, ReasonForRevocation, SignatureType};
use openpgp::{Cert, Packet};
use sequoia_openpgp as openpgp;

use crate::support::signature::{
    is_good, judge, ours, pairs, plain, primary_pair, revoke, revoke_subkey, rotated, sign,
    sign_with, signing, template, verdict,
};
use crate::support::{builder, day, days, public};

#[test]
fn a_certificate_that_expired_since_still_verifies() {
    let (cert, _) = builder()
        .set_validity_period(days(6))
        .add_signing_subkey()
        .generate()
        .unwrap();
    assert!(is_good(&judge(&sign(&cert, 5), &[&cert], 100)));
    assert_snapshot!(verdict(&judge(&sign(&cert, 7), &[&cert], 100)), @"bad: it was made on 2026-03-08T00:00:00Z, but the certificate expired on 2026-03-07T00:00:00Z; if it is still in its owner's hands alone, extend its expiry and export it again");
}

#[test]
fn a_subkey_that_expired_since_still_verifies() {
    let signing_flags = KeyFlags::empty().set_signing();
    let (cert, _) = builder()
        .add_subkey(signing_flags, days(6), None)
        .generate()
        .unwrap();
    assert!(is_good(&judge(&sign(&cert, 5), &[&cert], 100)));
    assert_snapshot!(verdict(&judge(&sign(&cert, 7), &[&cert], 100)), @"bad: it was made on 2026-03-08T00:00:00Z, but key <fingerprint> expired on 2026-03-07T00:00:00Z; if it is still in its owner's hands alone, extend its expiry and export it again");
}

#[test]
fn a_soft_revocation_of_the_certificate_counts_from_its_time_on() {
    for reason in [
        ReasonForRevocation::KeyRetired,
        ReasonForRevocation::KeySuperseded,
    ] {
        let cert = revoke(&plain(), 6, reason);
        assert!(is_good(&judge(&sign(&cert, 5), &[&cert], 10)));
        assert!(!is_good(&judge(&sign(&cert, 7), &[&cert], 10)));
    }
    let cert = revoke(&plain(), 6, ReasonForRevocation::KeyRetired);
    assert_snapshot!(verdict(&judge(&sign(&cert, 7), &[&cert], 10)), @"bad: it was made on 2026-03-08T00:00:00Z, but the certificate is revoked (soft revocation: Key is retired and no longer used); only what it signed before counts; a digest noted elsewhere can vouch for these bytes instead");
}

#[test]
fn a_soft_revocation_of_the_subkey_counts_from_its_time_on() {
    let cert = revoke_subkey(&plain(), 6, ReasonForRevocation::KeySuperseded);
    assert!(is_good(&judge(&sign(&cert, 5), &[&cert], 10)));
    assert_snapshot!(verdict(&judge(&sign(&cert, 7), &[&cert], 10)), @"bad: it was made on 2026-03-08T00:00:00Z, but key <fingerprint> is revoked (soft revocation: Key is superseded); only what it signed before counts; a digest noted elsewhere can vouch for these bytes instead");
}

#[test]
fn a_hard_revocation_counts_at_any_time() {
    let whole = revoke(&plain(), 6, ReasonForRevocation::KeyCompromised);
    assert_snapshot!(verdict(&judge(&sign(&whole, 5), &[&whole], 10)), @"bad: it was made on 2026-03-06T00:00:00Z, but the certificate is revoked (hard revocation: Key material has been compromised); nothing that it ever signed counts; a digest noted elsewhere can vouch for these bytes instead");
    let subkey = revoke_subkey(&plain(), 6, ReasonForRevocation::Unspecified);
    assert_snapshot!(verdict(&judge(&sign(&subkey, 5), &[&subkey], 10)), @"bad: it was made on 2026-03-06T00:00:00Z, but key <fingerprint> is revoked (hard revocation: No reason specified); nothing that it ever signed counts; a digest noted elsewhere can vouch for these bytes instead");
}

#[test]
fn a_revocation_in_any_copy_of_a_certificate_holds() {
    let cert = plain();
    let revoked = revoke(&cert, 6, ReasonForRevocation::KeyCompromised);
    for copies in [[&cert, &revoked], [&revoked, &cert]] {
        let copies = copies.map(public);
        assert!(!is_good(&ours(&sign(&cert, 5), &copies, day(10))));
    }
}

#[test]
fn a_signature_from_before_its_key_is_bad() {
    let cert = plain();
    let later = builder()
        .set_creation_time(day(20))
        .add_signing_subkey()
        .generate()
        .unwrap()
        .0;
    assert!(is_good(&judge(&sign(&cert, 0), &[&cert], 30)));
    assert_snapshot!(verdict(&judge(&sign(&later, 10), &[&later], 30)), @"bad: it was made on 2026-03-11T00:00:00Z, but the certificate is not valid before 2026-03-21T00:00:00Z; check the clock of the machine that signed; a digest noted elsewhere can vouch for these bytes instead");
}

#[test]
fn a_weak_key_is_bad() {
    let subkey: Key<_, SubordinateRole> = Key4::generate_rsa(1024).unwrap().into();
    let (cert, pair) = with_subkey(subkey, &KeyFlags::empty().set_signing());
    let signature = sign_with(template(day(5)), pair);
    assert_snapshot!(verdict(&judge(&signature, &[&cert], 10)), @"bad: it was made on 2026-03-06T00:00:00Z, but key <fingerprint> is not acceptable: Policy rejected asymmetric algorithm: RSA1024 is not considered secure since 2014-02-01T00:00:00Z; sign with a current key; a digest noted elsewhere can vouch for these bytes instead");
}

#[test]
fn a_key_for_another_purpose_is_bad() {
    let certifying = plain();
    let signature = sign_with(template(day(5)), primary_pair(&certifying));
    assert_snapshot!(verdict(&judge(&signature, &[&certifying], 10)), @"bad: it was made on 2026-03-06T00:00:00Z, but key <fingerprint> is not meant for signing; sign with a key that is meant for it; a digest noted elsewhere can vouch for these bytes instead");
    let subkey: Key<_, SubordinateRole> = Key4::generate_rsa(2048).unwrap().into();
    let (cert, pair) = with_subkey(subkey, &KeyFlags::empty().set_storage_encryption());
    let signature = sign_with(template(day(5)), pair);
    assert_snapshot!(verdict(&judge(&signature, &[&cert], 10)), @"bad: it was made on 2026-03-06T00:00:00Z, but key <fingerprint> is not meant for signing; sign with a key that is meant for it; a digest noted elsewhere can vouch for these bytes instead");
}

#[test]
fn a_signing_subkey_that_did_not_agree_is_bad() {
    // Without the signature of the subkey over the primary key, anybody could claim a key.
    let (cert, pair) = claimed();
    let signature = sign_with(template(day(5)), pair);
    let statuses = judge(&signature, &[&cert], 10);
    assert!(!is_good(&statuses), "{statuses:?}");
}

/// A certificate that claims the signing key of another.
fn claimed() -> (Cert, openpgp::crypto::KeyPair) {
    let victim = plain();
    let key = signing(&victim).public().clone().role_into_subordinate();
    let cert = plain();
    let binding = SignatureBuilder::new(SignatureType::SubkeyBinding)
        .set_signature_creation_time(day(0))
        .unwrap()
        .set_key_flags(KeyFlags::empty().set_signing())
        .unwrap()
        .sign_subkey_binding(&mut primary_pair(&cert), None, &key)
        .unwrap();
    let packets: [Packet; 2] = [Packet::PublicSubkey(key), binding.into()];
    (cert.insert_packets(packets).unwrap().0, signing(&victim))
}

/// A certificate with one more subkey, for what the flags say.
fn with_subkey(
    mut subkey: Key<key::SecretParts, SubordinateRole>,
    flags: &KeyFlags,
) -> (Cert, openpgp::crypto::KeyPair) {
    let cert = plain();
    subkey.set_creation_time(day(0)).unwrap();
    let pair = subkey.clone().into_keypair().unwrap();
    let primary_key: Key<_, PrimaryRole> = cert.primary_key().key().clone();
    let mut builder = SignatureBuilder::new(SignatureType::SubkeyBinding)
        .set_signature_creation_time(day(0))
        .unwrap()
        .set_key_flags(flags.clone())
        .unwrap();
    if flags.for_signing() {
        let back = SignatureBuilder::new(SignatureType::PrimaryKeyBinding)
            .set_signature_creation_time(day(0))
            .unwrap()
            .sign_primary_key_binding(&mut pair.clone(), &primary_key, &subkey)
            .unwrap();
        builder = builder.set_embedded_signature(back).unwrap();
    }
    let binding = builder
        .sign_subkey_binding(&mut primary_pair(&cert), &primary_key, &subkey)
        .unwrap();
    let packets: [Packet; 2] = [subkey.into(), binding.into()];
    (cert.insert_packets(packets).unwrap().0, pair)
}

#[test]
fn a_rotated_subkey_verifies_once_the_updated_certificate_is_trusted() {
    let old = plain();
    let new = old.clone().insert_packets(rotated(&old)).unwrap().0;
    assert_eq!(pairs(&new, KeyFlags::for_signing).len(), 2);
    let signature = sign(&new, 35);
    assert_snapshot!(verdict(&judge(&signature, &[&old], 40)), @r#"unknown issuer ["<fingerprint>", "<key id>"]"#);
    assert!(is_good(&judge(&signature, &[&new], 40)));
    assert!(is_good(&ours(
        &signature,
        &[public(&old), public(&new)],
        day(40)
    )));
    assert!(
        is_good(&judge(&sign(&old, 5), &[&new], 40)),
        "what the old subkey signed stays good"
    );
}
