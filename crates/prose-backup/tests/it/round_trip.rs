use std::{num::NonZeroU32, sync::Arc};

use prose_backup::{
    Backups, Coded, ContentsRequest, DownloadRequest, ErrorCode, Output, Settings, Verdict, Which,
    codec::Compression, naming::DigestAlgorithm, storage::ObjectStore,
};

use crate::pod::{Pod, assert_restored, create, key, memory, restore, sealed, settings, verify};

/// Every combination of layers and checks, over a directory and over memory.
#[tokio::test(flavor = "multi_thread")]
async fn every_combination_of_layers_and_checks_comes_back() {
    let (pod, key) = (Pod::new(), key());
    let stores: [Arc<dyn ObjectStore>; 2] = [Arc::new(pod.files()), memory()];
    let mut case: i64 = 0;
    for store in stores {
        for (encrypt, sign, compression, hashing) in combinations() {
            case += 1;
            let mut settings: Settings = sealed(Arc::clone(&store), &key);
            settings.keys.encrypt = encrypt;
            settings.keys.sign = sign;
            settings.policy.signing_configured = sign;
            settings.policy.signing_mandatory = sign;
            settings.compression = compression;
            settings.hashing = hashing;
            let backups = Backups::new(settings);
            let label = format!("case-{case}");
            let created = backups
                .create(prose_backup::CreateRequest {
                    volumes: pod.volumes(),
                    label: label.parse().unwrap(),
                    observer: Arc::new(()),
                })
                .await
                .unwrap();
            assert_eq!((created.signed, created.encrypted), (sign, encrypt));

            let details = verify(&backups, created.name.clone()).await;
            let expected = if sign {
                Verdict::Authentic
            } else {
                Verdict::Intact
            };
            assert_eq!(details.verdict, Some(expected), "{details:?}");
            assert_eq!(details.is_intact, Some(true));
            assert_eq!(details.listed.size_bytes, created.size_bytes);
            assert_eq!(details.can_be_decrypted, encrypt.then_some(true));
            assert!(details.listed.can_be_restored);

            let to = pod.path(&format!("restored-{case}"));
            let restored = restore(&backups, created.name, &to).await.unwrap();
            assert_eq!(restored.verdict, expected);
            assert_restored(&pod, &to);
        }
    }
}

fn combinations() -> impl Iterator<Item = (bool, bool, Compression, DigestAlgorithm)> {
    let zstd = Compression::Zstd {
        level: 1,
        workers: NonZeroU32::MIN,
    };
    (0..16).map(move |bits| {
        (
            bits & 1 != 0,
            bits & 2 != 0,
            if bits & 4 != 0 {
                zstd
            } else {
                Compression::Off
            },
            if bits & 8 != 0 {
                DigestAlgorithm::Blake3
            } else {
                DigestAlgorithm::Sha256
            },
        )
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn without_encryption_the_same_tree_gives_the_same_bytes() {
    let pod = Pod::new();
    let mut digests = Vec::new();
    for _ in 0..2 {
        let backups = Backups::new(settings(memory()));
        digests.push(create(&backups, &pod).await.unwrap().digest.hex);
    }
    assert_eq!(digests[0], digests[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn show_tells_who_and_for_whom_without_reading_the_bytes() {
    let (pod, key) = (Pod::new(), key());
    let backups = Backups::new(sealed(memory(), &key));
    let created = create(&backups, &pod).await.unwrap();
    let details = backups.show(created.name.clone().into()).await.unwrap();
    assert_eq!(details.is_intact, None);
    assert_eq!(details.is_authentic, None);
    assert_eq!(details.verdict, None);
    assert_eq!(details.can_be_decrypted, Some(true));
    assert_eq!(details.signing_keys.len(), 1);
    assert!(details.signing_keys[0].trusted);
    assert_eq!(details.signing_keys[0].valid, None);
    assert!(details.encryption_keys[0].at_hand);

    let report = backups.keys().await.unwrap();
    assert_eq!(report.backups[0].name, created.name);
    assert_eq!(report.backups[0].can_be_decrypted, Some(true));
    let decrypts = report.keys.iter().filter(|key| !key.decrypts.is_empty());
    assert_eq!(decrypts.count(), 1);
    assert!(
        report
            .keys
            .iter()
            .any(|key| key.signed == [created.name.clone()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn contents_visits_every_entry_and_writes_nothing() {
    let (pod, key) = (Pod::new(), key());
    let backups = Backups::new(sealed(Arc::new(pod.files()), &key));
    create(&backups, &pod).await.unwrap();
    let (sender, entries) = std::sync::mpsc::channel();
    let report = backups
        .contents(ContentsRequest {
            which: Which::Latest,
            acceptance: prose_backup::Acceptance::default(),
            visit: Box::new(move |entry| {
                sender.send(entry.path.to_string()).unwrap();
                Ok(())
            }),
            observer: Arc::new(()),
        })
        .await
        .unwrap();
    let entries: Vec<String> = entries.iter().collect();
    assert_eq!(
        entries,
        [
            "data",
            "data/accounts",
            "data/accounts/alice.dat",
            "data/alice",
            "data/archive.list",
            "data/dangling",
            "data/empty",
            "config",
        ]
    );
    assert_eq!(report.entries, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn download_gives_the_stored_bytes_and_overwrites_nothing() {
    let (pod, key) = (Pod::new(), key());
    let backups = Backups::new(sealed(Arc::new(pod.files()), &key));
    let created = create(&backups, &pod).await.unwrap();
    let request = |output| DownloadRequest {
        which: Which::Latest,
        output,
        acceptance: prose_backup::Acceptance::default(),
        observer: Arc::new(()),
    };
    let output = pod.path("copy");
    let downloaded = backups
        .download(request(Output::File(output.clone())))
        .await
        .unwrap();
    assert_eq!(downloaded.size_bytes, created.size_bytes);
    let stored = pod.path("store").join(created.name.to_string());
    assert_eq!(
        std::fs::read(&stored).unwrap(),
        std::fs::read(&output).unwrap()
    );
    let again = backups.download(request(Output::File(output))).await;
    assert_eq!(again.unwrap_err().code(), ErrorCode::Conflict);
    let in_store = backups
        .download(request(Output::Directory(pod.path("store"))))
        .await;
    assert_eq!(in_store.unwrap_err().code(), ErrorCode::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_the_oldest_backup_leaves_the_others() {
    let pod = Pod::new();
    let store = pod.files();
    let backups = Backups::new(settings(Arc::new(store)));
    let mut names = Vec::new();
    for second in 0..3 {
        let created = create(&backups, &pod).await.unwrap();
        names.push(created.name);
        if second < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(1_050)).await;
        }
    }
    let deleted = backups.delete(names[0].clone()).await.unwrap();
    assert_eq!(deleted.objects.len(), 2);
    let left = backups.list().await.unwrap();
    let left: Vec<_> = left.into_iter().map(|listed| listed.name).collect();
    assert_eq!(left, [names[2].clone(), names[1].clone()]);
    assert_eq!(std::fs::read_dir(pod.path("store")).unwrap().count(), 4);
    for name in left {
        assert_eq!(verify(&backups, name).await.verdict, Some(Verdict::Intact));
    }
    let again = backups.delete(names[0].clone()).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_other_extensions_is_another_backup() {
    let (pod, key) = (Pod::new(), key());
    let backups = Backups::new(sealed(memory(), &key));
    let created = create(&backups, &pod).await.unwrap();
    let plain = created.name.to_string().replace(".gpg", "");
    let to = pod.path("restored");
    let which: Which = plain.parse().unwrap();
    let error = restore(&backups, which, &to).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    assert_eq!(
        error.to_string(),
        format!("there is no backup {plain}; there is {}", created.name)
    );
    assert!(!to.exists());
}
