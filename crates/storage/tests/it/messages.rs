//! The words that an operator reads.

use std::sync::Arc;

use futures::TryStreamExt;
use prose_backup_storage::faulty::{Call, Fault, Faulty, Rule};
use prose_backup_storage::{
    Error, FsOptions, FsStore, Key, MemoryStore, ObjectStore, Version, get_capped,
};

use crate::support::{chain, key, open, options, put};

const NAME: &str = "prose_2026-11-20T00:00:00Z.tar.zst.gpg";

struct Fixture {
    directory: tempfile::TempDir,
    store: FsStore,
}

impl Fixture {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = open(directory.path());
        put(&store, NAME, "12345").await;
        Self { directory, store }
    }

    fn say(&self, error: &dyn std::error::Error) -> String {
        chain(error).replace(self.directory.path().to_str().unwrap(), "/backups")
    }
}

#[tokio::test]
async fn absent_objects_and_directories() {
    let fixture = Fixture::new().await;
    let absent = key("absent");
    let error = fixture.store.head(&absent).await.unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @"cannot look up absent in directory /backups: there is no such object");
    let error = fixture.store.get(&absent, None, None).await.unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @"cannot read absent in directory /backups: there is no such object");
    let path = fixture.directory.path().join("absent");
    let error = FsStore::open(path, FsOptions::default()).unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @"cannot open directory /backups/absent: it does not exist; create it or correct its path");
    let path = fixture.directory.path().join(NAME);
    let error = FsStore::open(path, FsOptions::default()).unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @"cannot open directory /backups/prose_2026-11-20T00:00:00Z.tar.zst.gpg: it, or a part of the path to it, is not a directory; correct its path");
}

#[tokio::test]
async fn what_cannot_be_asked_for() {
    let fixture = Fixture::new().await;
    let options = FsOptions {
        mode: 0o4755,
        create: false,
    };
    let error = FsStore::open(fixture.directory.path(), options).unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @"cannot open directory /backups: 0o4755 is not a file mode; use permission bits only, such as 0o600");
    let error = Key::new("../etc/passwd").unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @r#"the name "../etc/passwd" cannot be used: a key cannot begin with a dot"#);
    let error = Key::new("\u{1b}[2J/").unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @r#"the name "\u{1b}[2J/" cannot be used: a key cannot hold a slash"#);
    let error = "xyz".parse::<prose_backup_storage::Nonce>().unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @r#""xyz" is not a nonce: it must be 32 lower-case hexadecimal digits"#);
    let error = fixture
        .store
        .get(&key(NAME), Some(3..9), None)
        .await
        .unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @"cannot read prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: bytes 3 to 9 are asked for, but it has 5 bytes");
    let error = fixture
        .store
        .get(&key(NAME), None, Some(&Version::new("1")))
        .await
        .unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @"cannot read prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: this store has no versions");
    let error = get_capped(&fixture.store, &key(NAME), 4).await.unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @"cannot read prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: it has 5 bytes, more than the 4 allowed");
}

#[tokio::test]
async fn names_from_others_cannot_steer_a_terminal() {
    let fixture = Fixture::new().await;
    let error = fixture
        .store
        .head(&key("\u{1b}[2J\nroot:"))
        .await
        .unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @r#"cannot look up \u{1b}[2J\u{a}root: in directory /backups: there is no such object"#);
}

#[tokio::test]
async fn publishing_that_fails() {
    let fixture = Fixture::new().await;
    let error = fixture
        .store
        .put(&key(NAME), "x".into(), &options())
        .await
        .unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @"cannot publish prose_2026-11-20T00:00:00Z.tar.zst.gpg in directory /backups: that name is already taken, and nothing is ever overwritten");

    let mut upload = fixture.store.upload(&key("new"), &options()).await.unwrap();
    drop(upload.put_part("x".into()));
    let error = upload.complete().await.unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @"cannot publish new in directory /backups: not all of its parts have arrived");
    let error = upload.complete().await.unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @"cannot publish new in directory /backups: its upload has already ended");
    let error = upload.put_part("x".into()).await.unwrap_err();
    insta::assert_snapshot!(fixture.say(&error), @"cannot write new in directory /backups: its upload has already ended");
    insta::assert_snapshot!(fixture.say(&Error::Aborted), @"the transfer was given up before its end");
}

#[tokio::test]
async fn stores_that_fail() {
    let inner = MemoryStore::new();
    put(&inner, NAME, "12345").await;
    let faulty = |call, fault| Faulty::new(Arc::new(inner.clone()), [Rule::new(call, fault)]);

    let error = faulty(Call::Head, Fault::AccessDenied)
        .head(&key(NAME))
        .await
        .unwrap_err();
    insta::assert_snapshot!(chain(&error), @"cannot look up prose_2026-11-20T00:00:00Z.tar.zst.gpg in the faulty store: access denied; this is a test: AccessDenied");
    let lost = faulty(Call::Put, Fault::AnswerLost);
    let error = lost
        .put(&key("new"), "x".into(), &options())
        .await
        .unwrap_err();
    insta::assert_snapshot!(chain(&error), @"the store's answer was lost, so that it is not known whether the object was published: cannot publish new in the faulty store: the store failed; this is a test: AnswerLost");
    let cut = faulty(Call::Get, Fault::Cut(2))
        .get(&key(NAME), None, None)
        .await
        .unwrap();
    let error = cut.body.try_collect::<Vec<_>>().await.unwrap_err();
    insta::assert_snapshot!(chain(&error), @"cannot read prose_2026-11-20T00:00:00Z.tar.zst.gpg in memory: 2 bytes came where 5 were announced; it was cut or changed meanwhile");
}
