//! What somebody who can write to the store might try, on files.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use prose_backup::{
    Backups, Coded, Created, ErrorCode, KeyRef, RestoreRequest, TrustPolicy, Verdict, Which,
    crypto::Certificate,
};

use crate::pod::{Pod, assert_restored, create, key, restore, sealed, settings, verify};

/// A Pod with one sealed backup in a directory.
struct Target {
    pod: Pod,
    backups: Backups,
    created: Created,
}

impl Target {
    async fn new() -> Self {
        let pod = Pod::new();
        let backups = Backups::new(sealed(Arc::new(pod.files()), &key()));
        let created = create(&backups, &pod).await.unwrap();
        Self {
            pod,
            backups,
            created,
        }
    }

    fn object(&self, extension: &str) -> PathBuf {
        let name = format!("{}{extension}", self.created.name);
        self.pod.path("store").join(name)
    }

    /// Refused, for this reason, and nothing was written.
    async fn is_refused(&self, code: ErrorCode) {
        let to = self.pod.path("restored");
        let error = restore(&self.backups, self.created.name.clone(), &to)
            .await
            .unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(!to.exists());
        let details = verify(&self.backups, self.created.name.clone()).await;
        assert_eq!(details.verdict.unwrap().code(), Some(code));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flipped_cut_and_appended_bytes_are_refused() {
    let target = Target::new().await;
    let path = target.object("");
    let good = fs::read(&path).unwrap();
    for at in [0, 1, 20, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&path, bad).unwrap();
        target.is_refused(ErrorCode::Tampered).await;
    }
    for bad in [
        &good[..good.len() - 1],
        &good[1..],
        &[],
        &[&good[..], b"x"].concat(),
    ] {
        fs::write(&path, bad).unwrap();
        target.is_refused(ErrorCode::Tampered).await;
    }
    fs::write(&path, good).unwrap();
    let to = target.pod.path("restored");
    restore(&target.backups, Which::Latest, &to).await.unwrap();
    assert_restored(&target.pod, &to);
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_checks_are_refused() {
    let target = Target::new().await;
    let digest = fs::read_to_string(target.object(".blake3")).unwrap();
    let signature = fs::read(target.object(".sig")).unwrap();
    for bad in [
        digest.replacen(char::is_numeric, "f", 1),
        digest.to_uppercase(),
        digest.trim_end().to_owned(),
        format!("{digest}{digest}"),
        "x".repeat(2_000),
        String::new(),
    ] {
        fs::write(target.object(".blake3"), bad).unwrap();
        target.is_refused(ErrorCode::Corrupt).await;
    }
    fs::write(target.object(".blake3"), digest).unwrap();
    for bad in [
        &signature[..signature.len() - 1],
        &[&signature[..], b"x"].concat(),
        b"",
        &vec![0xc2; 70_000],
    ] {
        fs::write(target.object(".sig"), bad).unwrap();
        target.is_refused(ErrorCode::Tampered).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_without_its_signature_is_not_authentic() {
    let target = Target::new().await;
    fs::remove_file(target.object(".sig")).unwrap();
    target.is_refused(ErrorCode::NotAuthentic).await;
    fs::remove_file(target.object(".blake3")).unwrap();
    target.is_refused(ErrorCode::NotAuthentic).await;
}

/// A backup of somebody else's, with all checks in order, by their own key.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_backup_with_good_checks_is_not_authentic() {
    let target = Target::new().await;
    let foreign = Pod::new();
    let theirs = Backups::new(sealed(Arc::new(foreign.files()), &key()));
    let planted = create(&theirs, &foreign).await.unwrap();
    for extension in ["", ".blake3", ".sig"] {
        let name = format!("{}{extension}", planted.name);
        fs::copy(
            foreign.path("store").join(&name),
            target.pod.path("store").join(&name),
        )
        .unwrap();
    }
    let details = verify(&target.backups, planted.name.clone()).await;
    assert_eq!(
        details.verdict.unwrap().code(),
        Some(ErrorCode::NotAuthentic)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_pair_renamed_newer_is_refused() {
    let target = Target::new().await;
    let old = target.created.name.to_string();
    let new = old.replace("prose_2", "prose-2_2");
    let store = target.pod.path("store");
    fs::copy(store.join(&old), store.join(&new)).unwrap();
    fs::copy(target.object(".sig"), store.join(format!("{new}.sig"))).unwrap();
    let digest = fs::read_to_string(target.object(".blake3")).unwrap();
    fs::write(
        store.join(format!("{new}.blake3")),
        digest.replace(&old, &new),
    )
    .unwrap();
    let which: Which = new.parse().unwrap();
    let details = verify(&target.backups, which).await;
    assert_eq!(details.verdict.unwrap().code(), Some(ErrorCode::Replayed));
    assert!(details.reason.contains(&old), "{}", details.reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn latest_fails_when_the_newest_is_refused_and_ignores_the_future() {
    let target = Target::new().await;
    let store = target.pod.path("store");
    let planted = "prose_2099-01-01T00:00:00Z.tar.zst.gpg";
    fs::write(store.join(planted), "x").unwrap();
    assert_eq!(
        verify(&target.backups, Which::Latest).await.listed.name,
        target.created.name
    );
    tokio::time::sleep(std::time::Duration::from_millis(1_050)).await;
    let newer = create(&target.backups, &target.pod).await.unwrap();
    fs::write(store.join(newer.name.to_string()), "x").unwrap();
    let to = target.pod.path("restored");
    let error = restore(&target.backups, Which::Latest, &to)
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::Tampered);
    assert!(!to.exists());
}

/// A writer in a loop puts other bytes in place of the verified ones, and back, while a restore runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_rewritten_during_a_restore_gives_the_verified_bytes_or_nothing() {
    use std::os::unix::fs::FileExt;
    let target = Target::new().await;
    let path = target.object("");
    let good = fs::read(&path).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (stop, good) = (Arc::clone(&stop), good.clone());
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        thread::spawn(move || {
            let mut bad = good.clone();
            for byte in &mut bad {
                *byte ^= 0x55;
            }
            while !stop.load(Ordering::Relaxed) {
                file.write_all_at(&bad, 0).unwrap();
                file.write_all_at(&good, 0).unwrap();
            }
        })
    };
    let (mut restored, mut refused) = (0, 0);
    for round in 0..60 {
        let to = target.pod.path(&format!("restored-{round}"));
        match restore(&target.backups, Which::Latest, &to).await {
            Ok(_) => {
                restored += 1;
                assert_restored(&target.pod, &to);
            }
            Err(error) => {
                refused += 1;
                assert_eq!(error.code(), ErrorCode::Tampered, "{error:?}");
                assert!(!to.exists());
            }
        }
    }
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    assert_eq!(restored + refused, 60);
    assert!(refused > 0, "the writer never met a restore");
}

/// Where signing is configured but not mandatory, a digest alone does not do unless it is accepted.
#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_backup_must_be_accepted_where_signing_is_configured() {
    let pod = Pod::new();
    let store = Arc::new(pod.files());
    create(&Backups::new(settings(store.clone())), &pod)
        .await
        .unwrap();
    let mut lenient = sealed(store, &key());
    lenient.policy = TrustPolicy {
        signing_configured: true,
        ..TrustPolicy::default()
    };
    let backups = Backups::new(lenient);
    let to = pod.path("restored");
    let error = restore(&backups, Which::Latest, &to).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotAuthentic);
    assert!(error.to_string().contains("--accept-unauthenticated"));
    let restored = backups
        .restore(RestoreRequest {
            which: Which::Latest,
            to: to.clone(),
            acceptance: prose_backup::Acceptance {
                unauthenticated: true,
                ..Default::default()
            },
            observer: Arc::new(()),
        })
        .await
        .unwrap();
    assert_eq!(restored.verdict, Verdict::Intact);
    assert!(!restored.warnings.is_empty());
    assert_restored(&pod, &to);
}

/// A host that only verifies has public certificates alone.
#[tokio::test(flavor = "multi_thread")]
async fn public_certificates_verify_but_do_not_decrypt() {
    let pod = Pod::new();
    let key = key();
    let store = Arc::new(pod.files());
    let created = create(&Backups::new(sealed(store.clone(), &key)), &pod)
        .await
        .unwrap();
    let KeyRef::Loaded(secret) = key else {
        panic!("the key is at hand");
    };
    let public = Certificate::from_bytes(&secret.public_armored().unwrap()).unwrap();
    let backups = Backups::new(sealed(store, &KeyRef::Loaded(Box::new(public))));
    let details = verify(&backups, created.name.clone()).await;
    assert_eq!(details.verdict, Some(Verdict::Authentic));
    assert_eq!(details.can_be_decrypted, Some(false));
    let to = pod.path("restored");
    let error = restore(&backups, Which::Latest, &to).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::CannotDecrypt, "{error:?}");
    assert!(!to.exists());
}

/// A host that only verifies signs nothing itself, and must still not take what nobody signed.
#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_only_verifies_refuses_what_nobody_signed() {
    let target = Target::new().await;
    let KeyRef::Loaded(trusted) = key() else {
        panic!("the key is at hand");
    };
    let public = target.pod.path("pod.pub");
    fs::write(&public, trusted.public_armored().unwrap()).unwrap();
    fs::remove_file(target.object(".sig")).unwrap();
    let toml = format!(
        "[backups]\nstorage.provider = \"fs\"\nstorage.fs.directory = {:?}\n\
         signing.pgp.additional_trusted_issuers = [{public:?}]\n",
        target.pod.path("store"),
    );
    let sources = prose_backup::config::Sources {
        file: Some(prose_backup::config::SourceFile {
            path: "prose.toml".into(),
            text: toml,
        }),
        ..Default::default()
    };
    let config = prose_backup::config::resolve(&sources).unwrap().config;
    let directories = prose_backup::StoreDirectories::MustExist;
    let backups = Backups::from_config(&config, directories).unwrap();
    let details = verify(&backups, Which::Latest).await;
    assert_eq!(
        details.verdict.unwrap().code(),
        Some(ErrorCode::NotAuthentic)
    );
}

/// Something that cannot be read in an object's place is no absent object.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_a_directory_or_a_fifo_in_an_objects_place_is_refused() {
    use std::os::unix::fs::symlink;
    let target = Target::new().await;
    for extension in ["", ".sig", ".blake3"] {
        let path = target.object(extension);
        let aside = target.pod.path("aside");
        fs::rename(&path, &aside).unwrap();
        for kind in 0..3 {
            match kind {
                0 => symlink(&aside, &path).unwrap(),
                1 => fs::create_dir(&path).unwrap(),
                _ => {
                    let made = std::process::Command::new("mkfifo").arg(&path).status();
                    assert!(made.unwrap().success());
                }
            }
            let to = target.pod.path("restored");
            let error = restore(&target.backups, Which::Latest, &to)
                .await
                .unwrap_err();
            assert_eq!(error.code(), ErrorCode::UnsafeContent, "{error:?}");
            assert!(!to.exists());
            match kind {
                1 => fs::remove_dir(&path).unwrap(),
                _ => fs::remove_file(&path).unwrap(),
            }
        }
        fs::rename(&aside, &path).unwrap();
    }
}

/// Passing over backups of the future is right, and must not go unsaid.
#[tokio::test(flavor = "multi_thread")]
async fn latest_says_which_backups_of_the_future_it_passes_over() {
    let target = Target::new().await;
    let planted = "prose_2099-01-01T00:00:00Z.tar.zst.gpg";
    fs::write(target.pod.path("store").join(planted), "x").unwrap();
    let details = verify(&target.backups, Which::Latest).await;
    assert_eq!(
        details.warnings,
        [format!(
            "passed over a backup of a time in the future, up to {planted}: this machine's clock \
             is wrong, or somebody planted them"
        )]
    );
}

/// Checks were lost, or a key was revoked: a digest from elsewhere vouches for exact bytes.
#[tokio::test(flavor = "multi_thread")]
async fn a_digest_given_by_hand_opens_a_backup_whose_checks_were_lost() {
    let target = Target::new().await;
    fs::remove_file(target.object(".sig")).unwrap();
    fs::remove_file(target.object(".blake3")).unwrap();
    let given = format!("BLAKE3:{}", target.created.digest.hex);
    let to = target.pod.path("restored");
    let request = |digest: &str| RestoreRequest {
        which: Which::Latest,
        to: to.clone(),
        acceptance: prose_backup::Acceptance {
            trust_digest: Some(digest.parse().unwrap()),
            ..Default::default()
        },
        observer: Arc::new(()),
    };
    let other = format!("BLAKE3:{}", "0".repeat(64));
    let error = target.backups.restore(request(&other)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Corrupt);
    assert!(!to.exists());
    let restored = target.backups.restore(request(&given)).await.unwrap();
    assert_eq!(restored.verdict, Verdict::Vouched);
    assert!(!restored.warnings.is_empty());
    assert_restored(&target.pod, &to);
}
