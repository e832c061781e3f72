//! The words of every error and verdict, so that a change of them is seen.

use prose_backup::{
    ChooseError, ConfigureError, CreateError, DeleteError, DigestEvidence, Evidence, ExamineError,
    KeyError, PublishError, Refused, RestoreError, SignatureEvidence, TrustPolicy, Verdict,
    VouchedEvidence, archive,
    naming::{BackupName, CheckKind, ObjectName},
    verdict,
};

fn name() -> BackupName {
    "prose_2026-11-21T08:00:00Z.tar.zst.gpg".parse().unwrap()
}

fn conflict() -> PublishError {
    PublishError::Conflict {
        taken: ObjectName::Backup(name()),
    }
}

#[test]
fn errors_say_what_happened_to_what_and_what_to_do() {
    let plain: BackupName = "prose_2026-11-21T08:00:00Z.tar.zst".parse().unwrap();
    let errors: Vec<Box<dyn std::error::Error>> = vec![
        Box::new(ChooseError::NoBackup),
        Box::new(ChooseError::OnlyFuture {
            newest: name(),
            now: "2026-11-20T08:00:00Z".parse().unwrap(),
        }),
        Box::new(ChooseError::NoSuchBackup {
            name: name(),
            similar: vec![],
        }),
        Box::new(ChooseError::NoSuchBackup {
            name: name(),
            similar: vec![plain],
        }),
        Box::new(ConfigureError::NoStorage),
        Box::new(ConfigureError::S3Unsupported),
        Box::new(ConfigureError::FsUnsupported),
        Box::new(CreateError::NotEncrypted),
        Box::new(CreateError::TooLarge { max: 1_000 }),
        Box::new(CreateError::ContentTooLarge {
            content: 2_000,
            max: 1_000,
        }),
        Box::new(CreateError::Cancelled),
        Box::new(DeleteError::NoSuchBackup(name())),
        Box::new(DeleteError::Kept {
            object: ObjectName::Backup(name()),
        }),
        Box::new(ExamineError::TooLarge {
            name: name(),
            size: 2_000,
            max: 1_000,
        }),
        Box::new(ExamineError::NoRoom {
            name: name(),
            size: 2_000,
            free: 1_000,
            directory: "/var/tmp".into(),
        }),
        Box::new(KeyError::NoSigningKey),
        Box::new(KeyError::NoEncryptionKey),
        Box::new(conflict()),
        Box::new(PublishError::WrongSize {
            name: name(),
            kept: 1_000,
            sent: 2_000,
        }),
        Box::new(PublishError::Remains {
            name: name(),
            remains: vec![name().check(CheckKind::Signature)],
            source: Box::new(conflict()),
        }),
        Box::new(RestoreError::Foreign {
            name: name(),
            source: archive::Error::NotOurs.into(),
        }),
        Box::new(Refused {
            name: name(),
            verdict: untrusted(TrustPolicy::default()),
            remarks: vec!["it is signed by X, which is not a trusted issuer".to_owned()],
        }),
    ];
    let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(text.join("\n"));
}

/// The verdict on a backup with a signature by somebody and no digest.
fn untrusted(policy: TrustPolicy) -> Verdict {
    let evidence = Evidence {
        signature: SignatureEvidence::Untrusted,
        digest: DigestEvidence::Absent,
        encrypted: true,
        vouched: VouchedEvidence::NotGiven,
    };
    verdict(&evidence, &policy)
}

#[test]
fn verdicts_say_why() {
    use prose_backup::{Obstacle, Refusal};
    let verdicts = [
        Verdict::Authentic,
        Verdict::Intact,
        Verdict::Vouched,
        Verdict::Refused(Refusal::Replayed),
        Verdict::Refused(Refusal::Tampered),
        Verdict::Refused(Refusal::Corrupt),
        Verdict::Refused(Refusal::NotVouched),
        Verdict::Refused(Refusal::NotAuthentic),
        Verdict::Refused(Refusal::Unaccepted),
        Verdict::Refused(Refusal::Unverifiable),
        Verdict::Refused(Refusal::NotEncrypted),
        Verdict::Undecided(Obstacle::Unsupported),
        Verdict::Undecided(Obstacle::StoreFailed),
    ];
    let text: Vec<String> = verdicts
        .iter()
        .map(|verdict| format!("{:14} {verdict}", verdict.as_str()))
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}
