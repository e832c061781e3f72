use proptest::prelude::*;

use super::{
    Binding::{OtherName, ThisName, Unnamed},
    Refusal::{Corrupt, NotAuthentic, NotVouched, Replayed, Tampered, Unaccepted, Unverifiable},
    *,
};

const SIGNATURES: [SignatureEvidence; 8] = [
    SignatureEvidence::Valid(ThisName),
    SignatureEvidence::Valid(OtherName),
    SignatureEvidence::Valid(Unnamed {
        near_its_time: true,
    }),
    SignatureEvidence::Valid(Unnamed {
        near_its_time: false,
    }),
    SignatureEvidence::Invalid,
    SignatureEvidence::Untrusted,
    SignatureEvidence::Absent,
    SignatureEvidence::Unknown,
];

const DIGESTS: [DigestEvidence; 5] = [
    DigestEvidence::Matches,
    DigestEvidence::Differs,
    DigestEvidence::Unsupported,
    DigestEvidence::Absent,
    DigestEvidence::Unknown,
];

const UNSIGNED: TrustPolicy = TrustPolicy {
    signing_configured: false,
    signing_mandatory: false,
    allow_unbound: false,
    encryption_mandatory: false,
    accept_unauthenticated: false,
};
const SIGNED: TrustPolicy = TrustPolicy {
    signing_configured: true,
    ..UNSIGNED
};
const MANDATORY: TrustPolicy = TrustPolicy {
    signing_mandatory: true,
    ..SIGNED
};

fn policies() -> impl Iterator<Item = TrustPolicy> {
    (0..32u32).map(|bits| TrustPolicy {
        signing_configured: bits & 1 != 0,
        signing_mandatory: bits & 2 != 0,
        allow_unbound: bits & 4 != 0,
        encryption_mandatory: bits & 8 != 0,
        accept_unauthenticated: bits & 16 != 0,
    })
}

fn weigh(signature: SignatureEvidence, digest: DigestEvidence, policy: TrustPolicy) -> Verdict {
    let evidence = Evidence {
        signature,
        digest,
        encrypted: true,
        vouched: VouchedEvidence::NotGiven,
    };
    verdict(&evidence, &policy)
}

/// Everything that there is, encrypted or not.
fn cases() -> impl Iterator<Item = (Evidence, TrustPolicy)> {
    SIGNATURES.into_iter().flat_map(|signature| {
        DIGESTS.into_iter().flat_map(move |digest| {
            [false, true].into_iter().flat_map(move |encrypted| {
                policies().map(move |policy| {
                    let evidence = Evidence {
                        signature,
                        digest,
                        encrypted,
                        vouched: VouchedEvidence::NotGiven,
                    };
                    (evidence, policy)
                })
            })
        })
    })
}

#[test]
fn a_trusted_signature_for_this_name_is_authentic_unless_a_digest_differs() {
    for policy in policies() {
        for digest in [
            DigestEvidence::Matches,
            DigestEvidence::Absent,
            DigestEvidence::Unsupported,
        ] {
            let got = weigh(SignatureEvidence::Valid(ThisName), digest, policy);
            assert_eq!(got, Verdict::Authentic);
        }
        assert_eq!(
            weigh(
                SignatureEvidence::Valid(ThisName),
                DigestEvidence::Differs,
                policy
            ),
            Verdict::Refused(Corrupt)
        );
    }
}

#[test]
fn a_trusted_signature_for_another_name_is_replayed() {
    for policy in policies() {
        for digest in &DIGESTS[..4] {
            assert_eq!(
                weigh(SignatureEvidence::Valid(OtherName), *digest, policy),
                Verdict::Refused(Replayed)
            );
        }
    }
}

#[test]
fn a_trusted_signature_without_a_name_needs_allow_unbound_and_a_time_near_the_name() {
    for policy in policies() {
        for near_its_time in [false, true] {
            let expected = if policy.allow_unbound && near_its_time {
                Verdict::Authentic
            } else {
                Verdict::Refused(Replayed)
            };
            let signature = SignatureEvidence::Valid(Unnamed { near_its_time });
            assert_eq!(weigh(signature, DigestEvidence::Matches, policy), expected);
        }
    }
}

#[test]
fn a_bad_signature_is_tampered_whatever_the_digest_and_the_policy_say() {
    for policy in policies() {
        for digest in &DIGESTS[..4] {
            assert_eq!(
                weigh(SignatureEvidence::Invalid, *digest, policy),
                Verdict::Refused(Tampered)
            );
        }
    }
}

#[test]
fn without_a_trusted_signature_a_matching_digest_means_intact() {
    for signature in [SignatureEvidence::Untrusted, SignatureEvidence::Absent] {
        assert_eq!(
            weigh(signature, DigestEvidence::Matches, UNSIGNED),
            Verdict::Intact
        );
    }
}

#[test]
fn where_signing_is_configured_an_intact_backup_must_be_accepted_by_hand() {
    let accepting = TrustPolicy {
        accept_unauthenticated: true,
        ..SIGNED
    };
    for signature in [SignatureEvidence::Untrusted, SignatureEvidence::Absent] {
        assert_eq!(
            weigh(signature, DigestEvidence::Matches, SIGNED),
            Verdict::Refused(Unaccepted)
        );
        assert_eq!(
            weigh(signature, DigestEvidence::Matches, accepting),
            Verdict::Intact
        );
    }
}

#[test]
fn where_signing_is_mandatory_nothing_is_accepted_by_hand() {
    let accepting = TrustPolicy {
        accept_unauthenticated: true,
        ..MANDATORY
    };
    for policy in [MANDATORY, accepting] {
        for signature in [SignatureEvidence::Untrusted, SignatureEvidence::Absent] {
            for digest in [
                DigestEvidence::Matches,
                DigestEvidence::Absent,
                DigestEvidence::Unsupported,
            ] {
                assert_eq!(
                    weigh(signature, digest, policy),
                    Verdict::Refused(NotAuthentic)
                );
            }
        }
    }
}

#[test]
fn a_wrong_digest_is_corrupt_under_every_policy() {
    for policy in policies() {
        for signature in [
            SignatureEvidence::Untrusted,
            SignatureEvidence::Absent,
            SignatureEvidence::Valid(ThisName),
        ] {
            assert_eq!(
                weigh(signature, DigestEvidence::Differs, policy),
                Verdict::Refused(Corrupt)
            );
        }
    }
}

#[test]
fn without_any_check_a_backup_is_unverifiable() {
    for policy in [UNSIGNED, SIGNED] {
        for signature in [SignatureEvidence::Untrusted, SignatureEvidence::Absent] {
            assert_eq!(
                weigh(signature, DigestEvidence::Absent, policy),
                Verdict::Refused(Unverifiable)
            );
        }
    }
}

#[test]
fn a_digest_that_was_not_compiled_in_is_an_error_where_it_is_needed() {
    for policy in [UNSIGNED, SIGNED] {
        assert_eq!(
            weigh(
                SignatureEvidence::Absent,
                DigestEvidence::Unsupported,
                policy
            ),
            Verdict::Undecided(Obstacle::Unsupported)
        );
    }
}

#[test]
fn a_store_that_could_not_say_is_an_error_whatever_else_is_known() {
    for (evidence, policy) in cases() {
        if evidence.signature == SignatureEvidence::Unknown
            || evidence.digest == DigestEvidence::Unknown
        {
            assert_eq!(
                verdict(&evidence, &policy),
                Verdict::Undecided(Obstacle::StoreFailed)
            );
        }
    }
}

#[test]
fn where_encryption_is_mandatory_a_plain_backup_is_refused() {
    for (evidence, policy) in cases() {
        if policy.encryption_mandatory && !evidence.encrypted {
            assert!(!verdict(&evidence, &policy).is_restorable());
        }
    }
}

#[test]
fn only_a_valid_signature_makes_a_backup_authentic() {
    for (evidence, policy) in cases() {
        if verdict(&evidence, &policy) == Verdict::Authentic {
            assert!(matches!(evidence.signature, SignatureEvidence::Valid(_)));
        }
    }
}

#[test]
fn where_signing_is_mandatory_only_the_authentic_is_restorable() {
    for (evidence, policy) in cases() {
        let got = verdict(&evidence, &policy);
        if policy.signing_mandatory && got.is_restorable() {
            assert_eq!(got, Verdict::Authentic);
        }
    }
}

#[test]
fn every_refusal_has_a_code_that_exits_with_4_and_every_obstacle_one_that_does_not() {
    for (evidence, policy) in cases() {
        let got = verdict(&evidence, &policy);
        let status = got.code().map(ErrorCode::exit_status);
        match got {
            Verdict::Authentic | Verdict::Intact | Verdict::Vouched => assert_eq!(status, None),
            Verdict::Refused(_) => assert_eq!(status, Some(4)),
            Verdict::Undecided(Obstacle::StoreFailed) => assert_eq!(status, Some(6)),
            Verdict::Undecided(Obstacle::Unsupported) => assert_eq!(status, Some(1)),
        }
    }
}

#[test]
fn a_digest_given_by_hand_stands_in_place_of_the_checks() {
    for (evidence, policy) in cases() {
        let vouch = |vouched| {
            verdict(
                &Evidence {
                    vouched,
                    ..evidence
                },
                &policy,
            )
        };
        let without = vouch(VouchedEvidence::NotGiven);
        let stands = without != Verdict::Undecided(Obstacle::StoreFailed)
            && (evidence.encrypted || !policy.encryption_mandatory);
        if stands {
            assert_eq!(vouch(VouchedEvidence::Matches), Verdict::Vouched);
            assert_eq!(
                vouch(VouchedEvidence::Differs),
                Verdict::Refused(NotVouched)
            );
        } else {
            assert_eq!(vouch(VouchedEvidence::Matches), without);
        }
        // What is given by hand says nothing about who made the backup.
        assert_ne!(vouch(VouchedEvidence::Matches), Verdict::Authentic);
        assert!(!vouch(VouchedEvidence::Differs).is_restorable());
    }
}

fn any_case() -> impl Strategy<Value = (Evidence, TrustPolicy)> {
    prop::sample::select(cases().collect::<Vec<_>>())
}

proptest! {
    /// What somebody who writes to the store, but has no key, can do: take any check away, make
    /// any of them unreadable, and put any digest or any worthless signature in its place.
    #[test]
    fn no_change_of_evidence_without_a_key_makes_a_verdict_better(
        (before, policy) in any_case(),
        signature in prop::sample::select(vec![
            SignatureEvidence::Invalid,
            SignatureEvidence::Untrusted,
            SignatureEvidence::Absent,
            SignatureEvidence::Unknown,
        ]),
        digest in prop::sample::select(DIGESTS.to_vec()),
        encrypted: bool,
    ) {
        let after = verdict(&Evidence { signature, digest, encrypted, ..before }, &policy);
        prop_assert_ne!(after, Verdict::Authentic);
        if policy.signing_mandatory {
            prop_assert!(!after.is_restorable());
        }
        // And with the signature left alone, nothing becomes authentic that could not be.
        let kept = verdict(&Evidence { digest, encrypted, ..before }, &policy);
        if kept == Verdict::Authentic {
            prop_assert!(matches!(before.signature, SignatureEvidence::Valid(_)));
        }
    }
}
