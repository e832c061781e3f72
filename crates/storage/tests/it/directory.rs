//! What is particular to a directory: modes, hidden files, the descriptor.

use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use prose_backup_storage::{Error, FsOptions, FsStore, ObjectStore, Publish, get_capped};

use crate::support::{key, listed, mode, names, open, options, pattern, put};

fn create(path: &Path) -> Result<FsStore, Error> {
    FsStore::open(
        path,
        FsOptions {
            create: true,
            ..FsOptions::default()
        },
    )
}

#[tokio::test]
async fn a_directory_and_its_parents_are_created_for_their_owner_only() {
    let top = tempfile::tempdir().unwrap();
    let path = top.path().join("a/b/c");
    let store = create(&path).unwrap();
    for created in ["a", "a/b", "a/b/c"] {
        assert_eq!(mode(&top.path().join(created)), 0o700, "{created}");
    }
    put(&store, "object", "x").await;
    drop(create(&path).unwrap());
    assert_eq!(names(&path), ["object"]);
}

#[test]
fn a_directory_is_not_created_unasked() {
    let top = tempfile::tempdir().unwrap();
    let opened = FsStore::open(top.path().join("absent"), FsOptions::default());
    assert!(
        matches!(opened, Err(Error::NoSuchDirectory { .. })),
        "{opened:?}"
    );
    assert!(names(top.path()).is_empty());
}

#[test]
fn what_is_not_a_directory_is_no_store() {
    let top = tempfile::tempdir().unwrap();
    let file = top.path().join("file");
    std::fs::write(&file, "").unwrap();
    for opened in [
        FsStore::open(&file, FsOptions::default()),
        create(&file),
        create(&file.join("below")),
    ] {
        assert!(
            matches!(opened, Err(Error::NotADirectory { .. })),
            "{opened:?}"
        );
    }
    // A FIFO in the place of the directory must not make anybody wait.
    let fifo = top.path().join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, 0o600.into()).unwrap();
    let opened = FsStore::open(&fifo, FsOptions::default());
    assert!(
        matches!(opened, Err(Error::NotADirectory { .. })),
        "{opened:?}"
    );
}

#[test]
fn only_permission_bits_are_a_mode() {
    let top = tempfile::tempdir().unwrap();
    let opened = FsStore::open(
        top.path(),
        FsOptions {
            mode: 0o4755,
            create: false,
        },
    );
    assert!(
        matches!(opened, Err(Error::InvalidMode { mode: 0o4755, .. })),
        "{opened:?}"
    );
}

#[tokio::test]
async fn a_link_to_the_directory_is_followed() {
    let top = tempfile::tempdir().unwrap();
    std::fs::create_dir(top.path().join("real")).unwrap();
    symlink("real", top.path().join("link")).unwrap();
    put(&open(&top.path().join("link")), "object", "x").await;
    assert_eq!(names(&top.path().join("real")), ["object"]);
}

#[test]
fn a_store_tells_where_its_files_are() {
    let top = tempfile::tempdir().unwrap();
    let store = open(top.path());
    assert_eq!(store.as_local().unwrap().directory(), top.path());
}

#[tokio::test]
async fn published_files_have_the_configured_mode_whatever_the_umask() {
    let top = tempfile::tempdir().unwrap();
    for wanted in [0o600, 0o640, 0o666, 0o400] {
        let store = FsStore::open(
            top.path(),
            FsOptions {
                mode: wanted,
                create: false,
            },
        )
        .unwrap();
        let name = format!("{wanted:o}");
        store
            .put(&key(&name), "x".into(), &options())
            .await
            .unwrap();
        assert_eq!(mode(&top.path().join(name)), wanted);
    }
}

#[tokio::test]
async fn an_upload_is_a_hidden_private_file_until_it_is_completed() {
    let top = tempfile::tempdir().unwrap();
    let store = FsStore::open(
        top.path(),
        FsOptions {
            mode: 0o644,
            create: false,
        },
    )
    .unwrap();
    let mut upload = store.upload(&key("object"), &options()).await.unwrap();
    upload.put_part("part".into()).await.unwrap();

    let [partial] = &names(top.path())[..] else {
        panic!("{:?}", names(top.path()));
    };
    assert!(
        partial.starts_with(".prose-backup-") && partial.ends_with(".partial"),
        "{partial}"
    );
    assert_eq!(mode(&top.path().join(partial)), 0o600);
    assert!(listed(&store).await.is_empty());

    upload.complete().await.unwrap();
    assert_eq!(names(top.path()), ["object"]);
    assert_eq!(mode(&top.path().join("object")), 0o644);
    assert_eq!(top.path().join("object").metadata().unwrap().nlink(), 1);
}

#[tokio::test]
async fn no_end_of_an_upload_leaves_a_partial_file() {
    let top = tempfile::tempdir().unwrap();
    let store = open(top.path());
    put(&store, "taken", "first").await;
    let start = async || {
        let mut upload = store.upload(&key("taken"), &options()).await.unwrap();
        upload.put_part("second".into()).await.unwrap();
        upload
    };

    drop(start().await);
    assert_eq!(names(top.path()), ["taken"], "dropped");

    start().await.abort().await.unwrap();
    assert_eq!(names(top.path()), ["taken"], "aborted");

    let mut upload = start().await;
    assert!(matches!(upload.complete().await, Err(Publish::Conflict(_))));
    assert_eq!(names(top.path()), ["taken"], "conflicting");

    let mut upload = start().await;
    drop(upload.put_part("never written".into()));
    assert!(matches!(upload.complete().await, Err(Publish::Rejected(_))));
    upload.abort().await.unwrap();
    assert_eq!(names(top.path()), ["taken"], "incomplete");

    let again = store.put(&key("taken"), "third".into(), &options()).await;
    assert!(matches!(again, Err(Publish::Conflict(_))));
    assert_eq!(names(top.path()), ["taken"], "put");
    assert_eq!(get_capped(&store, &key("taken"), 9).await.unwrap(), "first");
}

#[tokio::test]
async fn an_upload_whose_partial_file_was_taken_away_publishes_nothing() {
    let top = tempfile::tempdir().unwrap();
    let store = open(top.path());
    let mut upload = store.upload(&key("object"), &options()).await.unwrap();
    upload.put_part("part".into()).await.unwrap();
    std::fs::remove_file(top.path().join(&names(top.path())[0])).unwrap();
    let completed = upload.complete().await;
    assert!(
        matches!(completed, Err(Publish::Rejected(Error::Unavailable { .. }))),
        "{completed:?}"
    );
    assert!(names(top.path()).is_empty());
}

#[tokio::test]
async fn the_store_is_the_directory_that_was_opened() {
    let top = tempfile::tempdir().unwrap();
    let (before, after) = (top.path().join("before"), top.path().join("after"));
    std::fs::create_dir(&before).unwrap();
    let store = open(&before);
    std::fs::rename(&before, &after).unwrap();
    std::fs::create_dir(&before).unwrap();
    put(&store, "object", "x").await;
    assert!(names(&before).is_empty());
    assert_eq!(names(&after), ["object"]);
}

#[tokio::test]
async fn a_name_longer_than_the_file_system_takes_is_said_to_be_that() {
    let top = tempfile::tempdir().unwrap();
    let store = open(top.path());
    let long = key(&"x".repeat(300));
    let put = store.put(&long, "x".into(), &options()).await;
    assert!(
        matches!(put, Err(Publish::Rejected(Error::InvalidKey { .. }))),
        "{put:?}"
    );
    assert!(matches!(
        store.head(&long).await,
        Err(Error::InvalidKey { .. })
    ));
    assert!(names(top.path()).is_empty());
}

#[tokio::test]
async fn a_file_that_shrinks_while_it_is_read_is_an_error() {
    let top = tempfile::tempdir().unwrap();
    let store = open(top.path());
    let whole = pattern(3 << 20);
    store.put(&key("object"), whole, &options()).await.unwrap();
    let download = store.get(&key("object"), None, None).await.unwrap();
    let file = std::fs::File::options()
        .write(true)
        .open(top.path().join("object"))
        .unwrap();
    file.set_len(1000).unwrap();
    let read: Result<Vec<_>, Error> = futures::TryStreamExt::try_collect(download.body).await;
    assert!(
        matches!(
            read,
            Err(Error::WrongLength {
                expected: 3_145_728,
                actual: 1000,
                ..
            })
        ),
        "{read:?}"
    );
}

#[tokio::test]
async fn times_before_1970_are_read() {
    let top = tempfile::tempdir().unwrap();
    let path = top.path().join("old");
    let file = std::fs::File::create(&path).unwrap();
    let old = std::time::UNIX_EPOCH - std::time::Duration::from_millis(1500);
    file.set_modified(old).unwrap();
    let meta = open(top.path()).head(&key("old")).await.unwrap();
    assert_eq!(meta.modified, old);
}
