//! What a signature itself must be like. `judge` checks each verdict against the library's own
//! verifier.

use insta::assert_snapshot;
use openpgp::Packet;
use openpgp::cert::prelude::*;
use openpgp::packet::prelude::*;
use openpgp::packet::signature::subpacket::{
    NotationData, NotationDataFlags, Subpacket, SubpacketTag, SubpacketValue,
};
use openpgp::parse::Parse;
use openpgp::serialize::SerializeInto;
use openpgp::types::{HashAlgorithm, SignatureType};
use prose_backup_crypto::{NOTATION, NameBinding, SignatureStatus};
use sequoia_openpgp as openpgp;

use crate::support::signature::{
    DATA, Kind, is_good, judge, library, ours, plain, sign, sign_with, signing, template, verdict,
};
use crate::support::{builder, day, days, public};

#[test]
fn a_signature_by_a_trusted_key_is_good() {
    let cert = plain();
    let statuses = judge(&sign(&cert, 5), &[&cert], 10);
    assert_eq!(
        statuses,
        [SignatureStatus::Good {
            certificate: public(&cert).fingerprint(),
            key: signing(&cert)
                .public()
                .fingerprint()
                .to_hex()
                .parse()
                .unwrap(),
            created: day(5),
            names: NameBinding::None,
        }]
    );
}

#[test]
fn a_signature_by_another_key_has_an_unknown_issuer() {
    let (cert, other) = (plain(), plain());
    assert_snapshot!(verdict(&judge(&sign(&cert, 5), &[&other], 10)), @r#"unknown issuer ["<fingerprint>", "<key id>"]"#);
    assert_snapshot!(verdict(&judge(&sign(&cert, 5), &[], 10)), @r#"unknown issuer ["<fingerprint>", "<key id>"]"#);
}

#[test]
fn a_signature_that_names_no_issuer_is_of_an_unknown_one() {
    let cert = plain();
    let mut signature = parsed(&sign(&cert, 5));
    signature.unhashed_area_mut().clear();
    for tag in [SubpacketTag::Issuer, SubpacketTag::IssuerFingerprint] {
        signature.hashed_area_mut().remove_all(tag);
    }
    let bytes = Packet::from(signature).to_vec().unwrap();
    assert_snapshot!(verdict(&judge(&bytes, &[&cert], 10)), @"unknown issuer []");
}

#[test]
fn a_signature_over_other_bytes_is_bad() {
    let cert = plain();
    let signature = template(day(5))
        .sign_message(&mut signing(&cert), b"other bytes")
        .unwrap();
    let signature = Packet::from(signature).to_vec().unwrap();
    assert_snapshot!(verdict(&judge(&signature, &[&cert], 10)), @"bad: it does not match these bytes: they were changed, or it was made for others");
}

#[test]
fn a_signature_from_the_future_speaks_of_the_clock() {
    let cert = plain();
    assert_snapshot!(verdict(&judge(&sign(&cert, 5), &[&cert], 4)), @"bad: it was made on 2026-03-06T00:00:00Z, in the future of this machine's clock (2026-03-05T00:00:00Z): one of the two clocks is wrong; set this one right, or wait until then if it was the other");
    let minutes = |n: u64| std::time::Duration::from_secs(60 * n);
    let trusted = [public(&cert)];
    assert!(is_good(&ours(
        &sign(&cert, 5),
        &trusted,
        day(5) - minutes(5)
    )));
    assert!(!is_good(&ours(
        &sign(&cert, 5),
        &trusted,
        day(5) - minutes(6)
    )));
    for at in [std::time::UNIX_EPOCH, std::time::UNIX_EPOCH - days(1000)] {
        assert!(!is_good(&ours(&sign(&cert, 5), &trusted, at)));
    }
    assert!(is_good(&judge(&sign(&cert, 5), &[&cert], 365 * 74)));
}

#[test]
fn a_signature_that_expired_itself_is_bad() {
    let cert = plain();
    let template = template(day(5))
        .set_signature_validity_period(days(2))
        .unwrap();
    let signature = sign_with(template, signing(&cert));
    assert!(is_good(&judge(&signature, &[&cert], 6)));
    assert_snapshot!(verdict(&judge(&signature, &[&cert], 8)), @"bad: it expired on 2026-03-08T00:00:00Z by its own terms; a digest noted elsewhere can vouch for these bytes instead");
}

#[test]
fn a_weak_hash_is_bad_even_by_a_clock_that_is_set_back() {
    let cert = plain();
    let signature = sign_with(
        template(day(5)).set_hash_algo(HashAlgorithm::SHA1),
        signing(&cert),
    );
    assert_snapshot!(verdict(&judge(&signature, &[&cert], 10)), @"bad: it is not acceptable: Policy rejected non-revocation signature (Binary) requiring collision resistance: SHA1 is not considered secure since 2013-02-01T00:00:00Z; a digest noted elsewhere can vouch for these bytes instead");
    // 2010: nothing was wrong with SHA-1 then.
    let old = std::time::UNIX_EPOCH + days(14_600);
    let cert = builder()
        .set_creation_time(old)
        .add_signing_subkey()
        .generate()
        .unwrap()
        .0;
    let template = template(old + days(1)).set_hash_algo(HashAlgorithm::SHA1);
    let signature = sign_with(template, signing(&cert));
    assert!(!is_good(&ours(&signature, &[public(&cert)], old + days(2))));
}

#[test]
fn only_binary_signatures_count() {
    let cert = plain();
    for kind in [
        SignatureType::Text,
        SignatureType::Standalone,
        SignatureType::Timestamp,
    ] {
        let template = SignatureBuilder::new(kind)
            .set_signature_creation_time(day(5))
            .unwrap();
        let signature = template
            .set_hash_algo(HashAlgorithm::SHA256)
            .sign_message(&mut signing(&cert), DATA);
        let Ok(signature) = signature else { continue };
        let bytes = Packet::from(signature).to_vec().unwrap();
        let statuses = ours(&bytes, &[public(&cert)], day(10));
        assert!(!is_good(&statuses), "{kind}: {statuses:?}");
    }
}

#[test]
fn a_text_signature_is_bad_although_it_fits() {
    let cert = plain();
    let text = SignatureBuilder::new(SignatureType::Text)
        .set_signature_creation_time(day(5))
        .unwrap()
        .set_hash_algo(HashAlgorithm::SHA256);
    let normalized = b"the stored bytes of a backup\r\n";
    let signature = text.sign_message(&mut signing(&cert), normalized).unwrap();
    let bytes = Packet::from(signature).to_vec().unwrap();
    let library = library(&bytes, DATA, &[&cert], day(10));
    assert_eq!(library, [Kind::Good], "the library takes it");
    assert_snapshot!(verdict(&ours(&bytes, &[public(&cert)], day(10))), @"bad: it is of type Text, not binary");
}

#[test]
fn all_signatures_of_a_file_are_reported_in_order() {
    let (a, b, stranger) = (plain(), plain(), plain());
    let wrong = template(day(5))
        .sign_message(&mut signing(&a), b"other")
        .unwrap();
    let file = [
        sign(&stranger, 5),
        Packet::from(wrong).to_vec().unwrap(),
        sign(&a, 5),
        sign_with(
            template(day(6)).set_hash_algo(HashAlgorithm::SHA512),
            signing(&b),
        ),
    ]
    .concat();
    let statuses = judge(&file, &[&a, &b], 10);
    let found: Vec<_> = statuses
        .iter()
        .map(|status| match status {
            SignatureStatus::Good { certificate, .. } => format!("good {certificate}"),
            SignatureStatus::Bad { certificate, .. } => {
                format!("bad {}", certificate.as_ref().unwrap())
            }
            _ => "unknown".into(),
        })
        .collect();
    let (a, b) = (a.fingerprint(), b.fingerprint());
    assert_eq!(
        found,
        [
            "unknown".into(),
            format!("bad {a:X}"),
            format!("good {a:X}"),
            format!("good {b:X}")
        ]
    );
}

#[test]
fn version_6_signatures_verify() {
    let (cert, _) = CertBuilder::new()
        .set_profile(openpgp::Profile::RFC9580)
        .unwrap()
        .set_creation_time(day(0))
        .add_signing_subkey()
        .generate()
        .unwrap();
    let old = plain();
    let file = [sign(&cert, 5), sign(&old, 5), sign(&cert, 6)].concat();
    let statuses = judge(&file, &[&old, &cert], 10);
    assert!(
        statuses
            .iter()
            .all(|status| matches!(status, SignatureStatus::Good { .. })),
        "{statuses:?}"
    );
    let SignatureStatus::Good { certificate, .. } = &statuses[0] else {
        unreachable!();
    };
    assert_eq!(certificate.to_string().len(), 64);
}

#[test]
fn a_critical_notation_that_nobody_knows_is_bad() {
    let cert = plain();
    let template = template(day(5))
        .add_notation("unknown@example.org", "x", NotationDataFlags::empty(), true)
        .unwrap();
    let signature = sign_with(template, signing(&cert));
    assert_snapshot!(verdict(&judge(&signature, &[&cert], 10)), @r#"bad: it is not acceptable: Policy rejected critical notation: Critical notation "unknown@example.org" is not considered secure; a digest noted elsewhere can vouch for these bytes instead"#);
}

#[test]
fn the_name_counts_only_where_it_is_signed_and_only_once() {
    let cert = plain();
    let named = |names: &[&str]| {
        let mut template = template(day(5));
        for name in names {
            let flags = NotationDataFlags::empty().set_human_readable();
            template = template.add_notation(NOTATION, name, flags, false).unwrap();
        }
        sign_with(template, signing(&cert))
    };
    assert_snapshot!(verdict(&judge(&named(&[]), &[&cert], 10)), @"good, None");
    assert_snapshot!(verdict(&judge(&named(&["a"]), &[&cert], 10)), @"good, One([97])");
    assert_snapshot!(verdict(&judge(&named(&["a", "b"]), &[&cert], 10)), @"good, Several");
    assert_snapshot!(verdict(&judge(&named(&["a", "a"]), &[&cert], 10)), @"good, Several");
    for (names, expected) in [(&["a"][..], "good, One([97])"), (&[], "good, None")] {
        let mut signature = parsed(&named(names));
        let forged = NotationData::new(
            NOTATION,
            "b",
            NotationDataFlags::empty().set_human_readable(),
        );
        let forged = Subpacket::new(SubpacketValue::NotationData(forged), false).unwrap();
        signature.unhashed_area_mut().add(forged).unwrap();
        let bytes = Packet::from(signature).to_vec().unwrap();
        assert_eq!(verdict(&judge(&bytes, &[&cert], 10)), expected);
    }
}

#[test]
fn a_signature_without_a_time_is_bad() {
    let cert = plain();
    let mut signature = parsed(&sign(&cert, 5));
    signature.hashed_area_mut().clear();
    let bytes = Packet::from(signature).to_vec().unwrap();
    assert_snapshot!(verdict(&judge(&bytes, &[&cert], 10)), @"bad: it does not say when it was made");
}

/// The one signature in these bytes.
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
