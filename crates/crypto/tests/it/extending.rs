//! What a key signed before its expiry was extended, by histories made to measure. `judge` and
//! `extended` check that we differ from the library's own verifier where we mean to, and only there.

use std::time::Duration;

use insta::assert_snapshot;
use openpgp::packet::prelude::*;
use openpgp::serialize::SerializeInto;
use openpgp::types::{HashAlgorithm, KeyFlags, ReasonForRevocation};
use openpgp::{Cert, Packet};
use prose_backup_crypto::{Certificate, SignatureStatus};
use sequoia_openpgp as openpgp;

use crate::support::signature::{
    DATA, Kind, is_good, judge, library, ours, plain, primary_pair, revoke, revoke_subkey, sign,
    sign_with, signing, template, verdict,
};
use crate::support::{builder, day, days, public};

/// Which self-signatures are made anew.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Primary,
    Subkeys,
    All,
}

/// New self-signatures, as a change of expiry makes them, and further changed by `change`.
fn renew(
    cert: &Cert,
    part: Part,
    on_day: u64,
    validity: impl Into<Option<Duration>>,
    change: impl Fn(SignatureBuilder) -> SignatureBuilder,
) -> Vec<(Packet, Signature)> {
    let validity = validity.into();
    let mut signer = primary_pair(cert);
    let key = cert.primary_key().key();
    let template = |old: &Signature| {
        change(
            SignatureBuilder::from(old.clone())
                .set_signature_creation_time(day(on_day))
                .unwrap()
                .set_key_validity_period(validity)
                .unwrap(),
        )
    };
    let mut renewed: Vec<(Packet, Signature)> = Vec::new();
    if part != Part::Subkeys {
        if let Some(old) = cert.primary_key().self_signatures().next() {
            let new = template(old).sign_direct_key(&mut signer, key).unwrap();
            renewed.push((Packet::from(key.clone()), new));
        }
        for user_id in cert.userids() {
            let old = user_id.self_signatures().next().unwrap();
            let new = template(old)
                .sign_userid_binding(&mut signer, key, user_id.userid())
                .unwrap();
            renewed.push((user_id.userid().clone().into(), new));
        }
    }
    if part != Part::Primary {
        for subkey in cert.keys().subkeys() {
            let old = subkey.self_signatures().next().unwrap();
            let new = template(old)
                .sign_subkey_binding(&mut signer, key, subkey.key())
                .unwrap();
            renewed.push((subkey.key().clone().into(), new));
        }
    }
    renewed
}

/// As GnuPG does it: the new self-signatures take the place of the old ones.
fn replaced(cert: &Cert, renewed: Vec<(Packet, Signature)>) -> Cert {
    let mut packets: Vec<Packet> = Vec::new();
    let mut drops = false;
    for packet in cert.as_tsk().into_packets() {
        if !matches!(packet, Packet::Signature(_)) {
            let component = without_secret(packet.clone());
            drops = renewed.iter().any(|(other, _)| *other == component);
            packets.push(packet);
        } else if !drops {
            packets.push(packet);
        }
    }
    added(&Cert::from_packets(packets.into_iter()).unwrap(), renewed)
}

fn without_secret(packet: Packet) -> Packet {
    match packet {
        Packet::SecretKey(key) => Packet::PublicKey(key.parts_into_public()),
        Packet::SecretSubkey(key) => Packet::PublicSubkey(key.parts_into_public()),
        other => other,
    }
}

/// As Sequoia does it: the new self-signatures stand beside the old ones.
fn added(cert: &Cert, renewed: Vec<(Packet, Signature)>) -> Cert {
    let packets = renewed
        .into_iter()
        .flat_map(|(component, signature)| [component, signature.into()]);
    cert.clone().insert_packets(packets).unwrap().0
}

fn extended(cert: &Cert, part: Part, on_day: u64) -> Cert {
    replaced(cert, renew(cert, part, on_day, days(1000), |same| same))
}

/// Our verdict where the library, which looks at older self-signatures only, refuses.
fn beyond(signature: &[u8], trusted: &Cert, on_day: u64) -> Vec<SignatureStatus> {
    let library = library(signature, DATA, &[trusted], day(on_day));
    assert_eq!(library, [Kind::Bad], "this is no deviation");
    ours(signature, &[public(trusted)], day(on_day))
}

/// A certificate and a signing subkey that both expire on day 6.
fn short() -> Cert {
    builder()
        .set_validity_period(days(6))
        .add_subkey(KeyFlags::empty().set_signing(), days(6), None)
        .generate()
        .unwrap()
        .0
}

#[test]
fn what_a_key_signed_stays_good_when_its_expiry_is_extended() {
    for cert in [short(), plain()] {
        let signature = sign(&cert, 5);
        assert!(is_good(&judge(&signature, &[&cert], 100)));
        for part in [Part::Primary, Part::Subkeys, Part::All] {
            // Before and after the key expired.
            for on_day in [5, 6, 20] {
                let new = extended(&cert, part, on_day);
                let good = if on_day == 5 {
                    judge(&signature, &[&new], 100)
                } else {
                    beyond(&signature, &new, 100)
                };
                assert!(is_good(&good), "{good:?}");
            }
        }
        let twice = extended(&extended(&cert, Part::All, 20), Part::All, 40);
        assert!(is_good(&beyond(&signature, &twice, 100)));
        assert!(is_good(&beyond(&sign(&cert, 30), &twice, 100)));
    }
}

#[test]
fn a_primary_key_that_signs_may_be_extended_too() {
    let cert = openpgp::cert::CertBuilder::new()
        .set_creation_time(day(0))
        .add_userid("Prose <pod@example.org>")
        .set_primary_key_flags(KeyFlags::empty().set_certification().set_signing())
        .set_validity_period(days(6))
        .generate()
        .unwrap()
        .0;
    let signature = sign_with(template(day(5)), primary_pair(&cert));
    let new = extended(&cert, Part::All, 20);
    assert!(is_good(&beyond(&signature, &new, 100)));
    let certifies = |builder: SignatureBuilder| {
        builder
            .set_key_flags(KeyFlags::empty().set_certification())
            .unwrap()
    };
    let new = replaced(&cert, renew(&cert, Part::All, 20, None, certifies));
    assert_snapshot!(verdict(&judge(&signature, &[&new], 100)), @"bad: it was made on 2026-03-06T00:00:00Z, but key <fingerprint> is not meant for signing; sign with a key that is meant for it; a digest noted elsewhere can vouch for these bytes instead");
}

#[test]
fn an_extension_counts_the_same_whether_the_old_self_signatures_are_kept() {
    let cert = short();
    let renewed = renew(&cert, Part::All, 20, days(1000), |same| same);
    for new in [
        replaced(&cert, renewed.clone()),
        added(&cert, renewed.clone()),
    ] {
        assert!(is_good(&beyond(&sign(&cert, 10), &new, 100)));
        assert!(is_good(&judge(&sign(&cert, 30), &[&new], 100)));
    }
    let new = added(&cert, renewed);
    assert!(is_good(&judge(&sign(&cert, 5), &[&new], 100)));
}

#[test]
fn a_later_binding_by_which_the_key_had_expired_admits_nothing() {
    let cert = plain();
    let shortened = replaced(&cert, renew(&cert, Part::Subkeys, 20, days(3), |same| same));
    assert_snapshot!(verdict(&judge(&sign(&cert, 5), &[&shortened], 100)), @"bad: it was made on 2026-03-06T00:00:00Z, but key <fingerprint> expired on 2026-03-04T00:00:00Z; if it is still in its owner's hands alone, extend its expiry and export it again");
    assert!(is_good(&beyond(&sign(&cert, 2), &shortened, 100)));
    let shortened = replaced(&cert, renew(&cert, Part::Primary, 20, days(3), |same| same));
    assert_snapshot!(verdict(&judge(&sign(&cert, 5), &[&shortened], 100)), @"bad: it was made on 2026-03-06T00:00:00Z, but the certificate expired on 2026-03-04T00:00:00Z; if it is still in its owner's hands alone, extend its expiry and export it again");
}

#[test]
fn a_later_binding_that_does_not_let_the_key_sign_admits_nothing() {
    let cert = plain();
    let signature = sign(&cert, 5);
    let encrypts = |builder: SignatureBuilder| {
        builder
            .set_key_flags(KeyFlags::empty().set_storage_encryption())
            .unwrap()
    };
    let new = replaced(&cert, renew(&cert, Part::Subkeys, 20, None, encrypts));
    assert_snapshot!(verdict(&judge(&signature, &[&new], 100)), @"bad: it was made on 2026-03-06T00:00:00Z, but key <fingerprint> is not meant for signing; sign with a key that is meant for it; a digest noted elsewhere can vouch for these bytes instead");
    // Nor does one that allows it make up for an earlier one that did not.
    let signs = renew(&cert, Part::Subkeys, 30, None, |same| same);
    assert!(!is_good(&judge(&signature, &[&added(&new, signs)], 100)));
    let expired = replaced(&cert, renew(&cert, Part::Subkeys, 0, days(3), encrypts));
    let signs = renew(&cert, Part::Subkeys, 30, None, |same| same);
    assert!(!is_good(&judge(
        &signature,
        &[&added(&expired, signs)],
        100
    )));
}

#[test]
fn a_later_binding_of_a_weak_hash_admits_nothing() {
    let cert = plain();
    let weak = |builder: SignatureBuilder| builder.set_hash_algo(HashAlgorithm::SHA1);
    for part in [Part::Primary, Part::Subkeys] {
        let new = replaced(&cert, renew(&cert, part, 20, None, weak));
        assert!(!is_good(&judge(&sign(&cert, 5), &[&new], 100)));
        assert!(!is_good(&judge(&sign(&cert, 30), &[&new], 100)));
    }
    let new = replaced(&cert, renew(&cert, Part::Subkeys, 20, None, weak));
    assert_snapshot!(verdict(&judge(&sign(&cert, 5), &[&new], 100)), @"bad: it was made on 2026-03-06T00:00:00Z, but key <fingerprint> is not acceptable: Policy rejected non-revocation signature (SubkeyBinding) requiring second pre-image resistance: SHA1 is not considered secure since 2023-02-01T00:00:00Z; sign with a current key; a digest noted elsewhere can vouch for these bytes instead");
}

#[test]
fn a_key_that_was_never_bound_is_bad() {
    let (cert, stranger) = (plain(), plain());
    let subkey = signing(&stranger).public().clone();
    let subkey = Packet::PublicSubkey(subkey.role_into_subordinate());
    // A signature follows, or the file would seem cut.
    let user_id = cert.userids().next().unwrap();
    let binding = user_id.self_signatures().next().unwrap().clone();
    let tail = [user_id.userid().clone().into(), binding.into()];
    let packets = cert.clone().into_packets().chain([subkey]).chain(tail);
    let file: Vec<u8> = packets
        .flat_map(|packet| packet.to_vec().unwrap())
        .collect();
    let claims = [Certificate::from_bytes(&file).unwrap()];
    assert_snapshot!(verdict(&ours(&sign(&stranger, 5), &claims, day(100))), @"bad: it was made on 2026-03-06T00:00:00Z, but key <fingerprint> is not acceptable: No binding signature at time 2026-03-06T00:00:00Z; sign with a current key; a digest noted elsewhere can vouch for these bytes instead");
}

#[test]
fn a_signature_from_before_its_key_stays_bad_after_an_extension() {
    let later = builder()
        .set_creation_time(day(10))
        .add_signing_subkey()
        .generate()
        .unwrap()
        .0;
    let signature = sign_with(template(day(9)), signing(&later));
    let new = extended(&later, Part::All, 20);
    assert_snapshot!(verdict(&judge(&signature, &[&new], 100)), @"bad: it was made on 2026-03-10T00:00:00Z, but the certificate is not valid before 2026-03-11T00:00:00Z; check the clock of the machine that signed; a digest noted elsewhere can vouch for these bytes instead");
    assert!(is_good(&beyond(&sign(&later, 10), &new, 100)));
}

#[test]
fn revocations_decide_as_ever_after_an_extension() {
    for part in [Part::Primary, Part::Subkeys, Part::All] {
        let new = extended(&plain(), part, 20);
        for revoke in [revoke, revoke_subkey] {
            for reason in [
                ReasonForRevocation::KeyCompromised,
                ReasonForRevocation::Unspecified,
            ] {
                let hard = revoke(&new, 30, reason);
                assert!(!is_good(&judge(&sign(&hard, 5), &[&hard], 100)));
            }
            // After the extension, and before it.
            for on_day in [30, 6] {
                let soft = revoke(&new, on_day, ReasonForRevocation::KeyRetired);
                assert!(is_good(&beyond(&sign(&soft, 5), &soft, 100)));
            }
            let soft = revoke(&new, 6, ReasonForRevocation::KeyRetired);
            assert!(!is_good(&judge(&sign(&soft, 7), &[&soft], 100)));
        }
    }
    let new = extended(&plain(), Part::All, 20);
    let hard = revoke(&new, 30, ReasonForRevocation::KeyCompromised);
    assert_snapshot!(verdict(&judge(&sign(&hard, 5), &[&hard], 100)), @"bad: it was made on 2026-03-06T00:00:00Z, but the certificate is revoked (hard revocation: Key material has been compromised); nothing that it ever signed counts; a digest noted elsewhere can vouch for these bytes instead");
}
