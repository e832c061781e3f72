use std::{sync::Arc, time::Duration};

use futures::TryStreamExt;
use prose_backup::{
    Backups, Coded, CreateError, CreateRequest, ErrorCode, Observer, Phase, PublishError, Verdict,
    naming::ObjectName,
    storage::{
        ObjectStore,
        faulty::{Call, Fault, Faulty, Rule},
    },
};

use crate::pod::{Pod, create, key, memory, sealed, settings, verify};

async fn objects(store: &Arc<dyn ObjectStore>) -> Vec<String> {
    let mut keys: Vec<String> = store
        .list("")
        .map_ok(|object| object.key.to_string())
        .try_collect()
        .await
        .unwrap();
    keys.sort();
    keys
}

const CALLS: [Call; 9] = [
    Call::Upload,
    Call::PutPart,
    Call::Complete,
    Call::Abort,
    Call::Put,
    Call::Get,
    Call::Head,
    Call::List,
    Call::Delete,
];

const FAULTS: [Fault; 6] = [
    Fault::AccessDenied,
    Fault::Full,
    Fault::Unavailable,
    Fault::RequestLost,
    Fault::AnswerLost,
    Fault::Late(Duration::from_millis(20)),
];

/// Every call of a create fails in every way, once or for good; what the store holds afterwards
/// agrees with what `create` said.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_a_listed_backup_is_whole_and_a_failed_one_leaves_nothing() {
    let (pod, key) = (Pod::new(), key());
    let (mut made, mut failed, mut uncertain) = (0, 0, 0);
    for call in CALLS {
        for fault in FAULTS {
            for nth in [Some(1), Some(2), None] {
                let inner = memory();
                let rule = Rule::new(call, fault);
                let rule = match nth {
                    Some(n) => rule.nth(n),
                    None => rule,
                };
                let faulty: Arc<dyn ObjectStore> =
                    Arc::new(Faulty::new(Arc::clone(&inner), [rule]));
                let outcome = create(&Backups::new(sealed(faulty, &key)), &pod).await;
                let left = objects(&inner).await;
                let case = format!("{call:?} {fault:?} {nth:?}: {outcome:?}, {left:?}");
                match outcome {
                    Ok(created) => {
                        made += 1;
                        assert_eq!(left.len(), 3, "{case}");
                        let details =
                            verify(&Backups::new(sealed(inner, &key)), created.name).await;
                        assert_eq!(details.verdict, Some(Verdict::Authentic), "{case}");
                    }
                    Err(CreateError::Publish(PublishError::Uncertain { .. })) => {
                        uncertain += 1;
                        // Nobody could say, and then nothing may be listed that is not whole.
                        let backups = left
                            .iter()
                            .filter(|key| matches!(key.parse(), Ok(ObjectName::Backup(_))));
                        if backups.count() > 0 {
                            assert_eq!(left.len(), 3, "{case}");
                        }
                    }
                    Err(_) => {
                        failed += 1;
                        assert!(left.is_empty(), "{case}");
                    }
                }
            }
        }
    }
    // The matrix covers all three outcomes, or it tests nothing.
    assert!(made > 30 && failed > 30, "{made} {failed} {uncertain}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_create_is_never_listed() {
    let pod = Pod::new();
    let store = memory();
    let backups = Backups::new(settings(Arc::clone(&store)));
    let mut volumes = pod.volumes();
    std::fs::create_dir(pod.path("unreadable")).unwrap();
    volumes.push(("gone".parse().unwrap(), pod.path("nowhere")));
    let request = CreateRequest {
        volumes,
        label: prose_backup::naming::Label::default(),
        observer: Arc::new(()),
    };
    let error = backups.create(request).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Usage);
    assert!(backups.list().await.unwrap().is_empty());
    assert!(objects(&store).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn access_denied_on_a_signature_is_an_error() {
    let (pod, key) = (Pod::new(), key());
    let inner = memory();
    let created = create(&Backups::new(sealed(Arc::clone(&inner), &key)), &pod)
        .await
        .unwrap();
    for fault in [Fault::AccessDenied, Fault::Unavailable, Fault::RequestLost] {
        for call in [Call::Get, Call::List] {
            let rule = match call {
                Call::Get => Rule::new(call, fault).keys_ending_in(".sig"),
                _ => Rule::new(call, fault),
            };
            let mut settings = sealed(Arc::new(Faulty::new(Arc::clone(&inner), [rule])), &key);
            // Even where a digest would do.
            settings.policy.signing_mandatory = false;
            let request = prose_backup::VerifyRequest {
                which: created.name.clone().into(),
                acceptance: prose_backup::Acceptance {
                    unauthenticated: true,
                    ..Default::default()
                },
                observer: Arc::new(()),
            };
            let error = Backups::new(settings).verify(request).await.unwrap_err();
            assert_eq!(error.code().exit_status(), 6, "{error:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_signed_backup_lists_as_signed() {
    let (pod, key) = (Pod::new(), key());
    let backups = Backups::new(sealed(memory(), &key));
    for label in ["a", "b", "c"] {
        let request = CreateRequest {
            volumes: pod.volumes(),
            label: label.parse().unwrap(),
            observer: Arc::new(()),
        };
        backups.create(request).await.unwrap();
    }
    let listed = backups.list().await.unwrap();
    assert_eq!(listed.len(), 3);
    assert!(listed.iter().all(|backup| backup.is_signed));
}

/// Two at once in the same second: one wins, with its own checks, and the other says so.
#[tokio::test(flavor = "multi_thread")]
async fn two_creates_in_the_same_second_leave_one_backup() {
    let (pod, key) = (Pod::new(), key());
    for round in 0..10 {
        let store = memory();
        let backups = Backups::new(sealed(Arc::clone(&store), &key));
        let (one, other) = tokio::join!(create(&backups, &pod), create(&backups, &pod));
        let mut created: Vec<_> = Vec::new();
        for outcome in [one, other] {
            match outcome {
                Ok(backup) => created.push(backup),
                Err(error) => assert_eq!(error.code(), ErrorCode::Conflict, "{error:?}"),
            }
        }
        // A second may have passed between the two, and both may lose to one another.
        let left = objects(&store).await;
        assert_eq!(left.len(), 3 * created.len(), "round {round}: {left:?}");
        for backup in created {
            let verdict = verify(&backups, backup.name).await.verdict;
            assert_eq!(verdict, Some(Verdict::Authentic));
        }
    }
}

/// Tells when a phase has begun.
struct Begins(std::sync::mpsc::Sender<Phase>);

impl Observer for Begins {
    fn phase(&self, phase: Phase, _: Option<u64>) {
        self.0.send(phase).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_create_leaves_nothing() {
    let pod = Pod::new();
    let store: Arc<dyn ObjectStore> = Arc::new(pod.files());
    let backups = Backups::new(settings(Arc::clone(&store)));
    std::fs::File::create(pod.path("data/large"))
        .unwrap()
        .set_len(64 << 30)
        .unwrap();
    let (sender, phases) = std::sync::mpsc::channel();
    let operation = backups.create(CreateRequest {
        volumes: pod.volumes(),
        label: prose_backup::naming::Label::default(),
        observer: Arc::new(Begins(sender)),
    });
    let packing = tokio::task::spawn_blocking(move || phases.recv().unwrap());
    assert_eq!(packing.await.unwrap(), Phase::Packing);
    tokio::time::sleep(Duration::from_millis(200)).await;
    operation.cancel();
    let error = operation.await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Cancelled);
    assert_eq!(std::fs::read_dir(pod.path("store")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_inside_a_volume_is_refused_before_anything_is_read() {
    let pod = Pod::new();
    let options = prose_backup::storage::FsOptions {
        create: true,
        ..Default::default()
    };
    let inside = pod.path("data/backups");
    let store = prose_backup::storage::FsStore::open(&inside, options).unwrap();
    let backups = Backups::new(settings(Arc::new(store)));
    let error = create(&backups, &pod).await.unwrap_err();
    assert_eq!(error.code().exit_status(), 2);
    assert!(
        error.to_string().contains("where its backups go"),
        "{error}"
    );
    assert_eq!(std::fs::read_dir(inside).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_a_restore_would_refuse_is_not_made() {
    let pod = Pod::new();
    let store = memory();
    let mut small = settings(Arc::clone(&store));
    small.compression = prose_backup::codec::Compression::Off;
    small.limits.max_stored_bytes = 1 << 20;
    let error = create(&Backups::new(small), &pod).await.unwrap_err();
    assert!(matches!(error, CreateError::TooLarge { .. }), "{error:?}");
    let mut few = settings(Arc::clone(&store));
    few.limits.archive.max_entries = 3;
    let error = create(&Backups::new(few), &pod).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Failed);
    assert!(objects(&store).await.is_empty());
}

/// What is not signed must not unpack to too much; so it is not made either.
#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_backup_whose_content_compresses_too_well_is_not_made() {
    let (pod, key) = (Pod::new(), key());
    std::fs::write(pod.path("data/zeros"), vec![0; 8 << 20]).unwrap();
    let store = memory();
    for (ratio, is_made) in [(20, false), (2_000_000, true)] {
        let mut plain = settings(Arc::clone(&store));
        plain.limits.ratio_counts_above = 1 << 20;
        plain.limits.max_ratio = ratio;
        let backups = Backups::new(plain);
        match create(&backups, &pod).await {
            Ok(created) => {
                assert!(is_made);
                crate::pod::restore(&backups, created.name, &pod.path("restored"))
                    .await
                    .unwrap();
            }
            Err(error) => {
                assert!(!is_made);
                assert!(
                    matches!(error, CreateError::ContentTooLarge { .. }),
                    "{error:?}"
                );
                assert!(objects(&store).await.is_empty());
            }
        }
    }
    // Signed, the same content is restored whatever its ratio.
    let mut signed = sealed(memory(), &key);
    signed.limits.ratio_counts_above = 1 << 20;
    signed.limits.max_ratio = 2;
    let backups = Backups::new(signed);
    let created = create(&backups, &pod).await.unwrap();
    crate::pod::restore(&backups, created.name, &pod.path("authentic"))
        .await
        .unwrap();
}

/// What cannot be cleaned up is named.
#[tokio::test(flavor = "multi_thread")]
async fn checks_that_cannot_be_removed_are_named() {
    let (pod, key) = (Pod::new(), key());
    let rules = [
        Rule::new(Call::Complete, Fault::AccessDenied),
        Rule::new(Call::Delete, Fault::AccessDenied),
    ];
    let store: Arc<dyn ObjectStore> = Arc::new(Faulty::new(memory(), rules));
    let error = create(&Backups::new(sealed(store, &key)), &pod)
        .await
        .unwrap_err();
    let CreateError::Publish(PublishError::Remains { remains, .. }) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(remains.len(), 2);
    assert!(
        error
            .to_string()
            .contains(".sig, which `prose-backup delete")
    );
    assert_eq!(error.code(), ErrorCode::AccessDenied);
}
