//! What others may have put into the directory.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use prose_backup_storage::{Error, FileKind, LocalObjects, ObjectStore, Publish};
use tempfile::TempDir;

use crate::support::{key, listed, names, open, options, put};

fn zoo() -> TempDir {
    let top = tempfile::tempdir().unwrap();
    let path = top.path();
    std::fs::write(path.join("target"), "secret").unwrap();
    symlink("target", path.join("link")).unwrap();
    symlink("/nowhere/at/all", path.join("dangling")).unwrap();
    std::fs::create_dir(path.join("directory")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, path.join("fifo"), 0o600.into()).unwrap();
    drop(UnixListener::bind(path.join("socket")).unwrap());
    top
}

const KINDS: [(&str, FileKind); 5] = [
    ("link", FileKind::SymbolicLink),
    ("dangling", FileKind::SymbolicLink),
    ("directory", FileKind::Directory),
    ("fifo", FileKind::Fifo),
    ("socket", FileKind::Socket),
];

fn is_refused<T>(result: &Result<T, Error>, expected: FileKind) -> bool {
    matches!(result, Err(Error::NotAnObject { found, .. }) if *found == expected)
}

#[tokio::test]
async fn links_fifos_and_the_like_are_named_and_never_waited_for() {
    let top = zoo();
    let store = open(top.path());
    for (name, kind) in KINDS {
        let name = key(name);
        let all = async {
            assert!(
                is_refused(&store.get(&name, None, None).await, kind),
                "get {name}"
            );
            assert!(is_refused(&store.head(&name).await, kind), "head {name}");
            assert!(
                is_refused(&store.delete(&name).await, kind),
                "delete {name}"
            );
            assert!(
                is_refused(&LocalObjects::open(&store, &name), kind),
                "open {name}"
            );
        };
        tokio::time::timeout(Duration::from_secs(10), all)
            .await
            .unwrap();
    }
    assert_eq!(
        names(top.path()),
        ["dangling", "directory", "fifo", "link", "socket", "target"]
    );
}

#[tokio::test]
async fn a_writer_that_waits_at_a_fifo_is_not_woken() {
    let top = zoo();
    let store = open(top.path());
    let fifo = top.path().join("fifo");
    let (opened, was_opened) = std::sync::mpsc::channel();
    let path = fifo.clone();
    // Opening for writing waits until somebody opens for reading.
    let writer = std::thread::spawn(move || {
        let file = std::fs::File::options().write(true).open(path).unwrap();
        opened.send(()).unwrap();
        drop(file);
    });
    assert!(store.get(&key("fifo"), None, None).await.is_err());
    let early = was_opened.recv_timeout(Duration::from_millis(200));
    assert!(early.is_err(), "the store opened the FIFO");
    std::fs::File::open(fifo)
        .unwrap()
        .read_to_end(&mut Vec::new())
        .unwrap();
    writer.join().unwrap();
}

#[tokio::test]
async fn whatever_has_a_possible_name_is_listed_so_that_nothing_can_be_hidden() {
    let top = zoo();
    let store = open(top.path());
    put(&store, "object", "x").await;
    std::fs::write(top.path().join(".hidden"), "").unwrap();
    std::fs::write(top.path().join(OsStr::from_bytes(b"not-utf8-\xff")), "").unwrap();
    std::fs::write(top.path().join("line\nbreak"), "").unwrap();
    assert_eq!(
        listed(&store).await,
        [
            "dangling",
            "directory",
            "fifo",
            "line\nbreak",
            "link",
            "object",
            "socket",
            "target"
        ]
    );
}

#[tokio::test]
async fn a_name_taken_by_something_else_is_taken() {
    let top = zoo();
    let store = open(top.path());
    for (name, _) in KINDS {
        let put = store.put(&key(name), "x".into(), &options()).await;
        assert!(matches!(put, Err(Publish::Conflict(_))), "{name}: {put:?}");
    }
    assert_eq!(std::fs::read(top.path().join("target")).unwrap(), b"secret");
    assert_eq!(names(top.path()).len(), 6);
}

#[tokio::test]
async fn a_local_file_stays_the_one_that_was_opened() {
    let top = tempfile::tempdir().unwrap();
    let store = open(top.path());
    put(&store, "object", "first").await;
    let local = store.as_local().unwrap();
    let mut file = local.open(&key("object")).unwrap();
    store.delete(&key("object")).await.unwrap();
    put(&store, "object", "second").await;
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "first");
    assert!(matches!(
        local.open(&key("absent")),
        Err(Error::NotFound { .. })
    ));
}
