//! Packing trees that move, and packing within limits.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Mutex,
};

use prose_backup_archive::{Error, Limit, Limits, Observer, Omission, PackOptions, Warning, pack};
use tempfile::tempdir;

use crate::support::{
    Recorder, blueprint, contents, directory, pack_directory, set_mode, try_pack,
};

/// Does something once so many entries and at least so many bytes are done.
struct Meddler<F> {
    at: (u64, u64),
    work: Mutex<Option<F>>,
}

impl<F: FnOnce() + Send> Observer for Meddler<F> {
    fn advanced(&self, entries: u64, bytes: u64) {
        if entries == self.at.0
            && bytes >= self.at.1
            && let Some(work) = self.work.lock().unwrap().take()
        {
            work();
        }
    }
}

/// Packs a tree of `a` (1 MiB), `b` and `c`, and meddles with it then.
fn pack_while(at: (u64, u64), meddle: impl FnOnce(&Path) + Send) -> (Error, PathBuf) {
    let root = tempdir().unwrap();
    let source = directory(root.path(), "source");
    fs::write(source.join("a"), vec![b'x'; 1 << 20]).unwrap();
    fs::write(source.join("b"), "b").unwrap();
    fs::create_dir(source.join("c")).unwrap();
    let meddler = Meddler {
        at,
        work: Mutex::new(Some(|| meddle(&source))),
    };
    let error = try_pack(&[("v", &source)], &Limits::default(), &meddler).unwrap_err();
    (error, source)
}

#[track_caller]
fn assert_changed((error, source): (Error, PathBuf), name: &str) {
    match error {
        Error::Changed { path } => assert_eq!(path, source.join(name)),
        other => panic!("{other}"),
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_named() {
    // The root's entry is done, and some of the file's content.
    const MIDDLE: (u64, u64) = (1, 1);
    let file = |source: &Path| {
        fs::OpenOptions::new()
            .write(true)
            .open(source.join("a"))
            .unwrap()
    };
    let grow = pack_while(MIDDLE, |source| {
        let mut options = fs::OpenOptions::new();
        let mut file = options.append(true).open(source.join("a")).unwrap();
        file.write_all(b"more").unwrap();
    });
    assert_changed(grow, "a");
    assert_changed(
        pack_while(MIDDLE, |source| file(source).set_len(1000).unwrap()),
        "a",
    );
    let rewrite = pack_while(MIDDLE, |source| file(source).write_all(b"y").unwrap());
    assert_changed(rewrite, "a");
    assert_changed(
        pack_while(MIDDLE, |source| set_mode(&source.join("a"), 0o600)),
        "a",
    );
}

#[test]
fn a_file_that_vanishes_is_named() {
    let (error, source) = pack_while((2, 0), |source| fs::remove_file(source.join("b")).unwrap());
    assert!(matches!(error, Error::Vanished { path } if path == source.join("b")));
}

#[test]
fn a_file_that_becomes_something_else_is_neither_followed_nor_waited_for() {
    let become_link = pack_while((2, 0), |source| {
        fs::remove_file(source.join("b")).unwrap();
        std::os::unix::fs::symlink("a", source.join("b")).unwrap();
    });
    assert_changed(become_link, "b");
    let become_fifo = pack_while((2, 0), |source| {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        fs::remove_file(source.join("b")).unwrap();
        mknodat(CWD, source.join("b"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    });
    assert_changed(become_fifo, "b");
    let become_link = pack_while((3, 0), |source| {
        fs::remove_dir(source.join("c")).unwrap();
        std::os::unix::fs::symlink("/", source.join("c")).unwrap();
    });
    assert_changed(become_link, "c");
}

#[test]
fn a_directory_that_changes_while_it_is_listed_is_named() {
    // The entry of the directory is written before its names are read.
    let create = pack_while((1, 0), |source| fs::write(source.join("new"), "").unwrap());
    assert_changed(create, "");
}

#[test]
fn a_file_that_changes_between_two_of_its_names_is_named() {
    let root = tempdir().unwrap();
    fs::write(root.path().join("a"), "x").unwrap();
    fs::hard_link(root.path().join("a"), root.path().join("b")).unwrap();
    let meddler = Meddler {
        at: (2, 0),
        work: Mutex::new(Some(|| fs::write(root.path().join("b"), "y").unwrap())),
    };
    let error = try_pack(&[("v", root.path())], &Limits::default(), &meddler).unwrap_err();
    assert!(matches!(error, Error::Changed { path } if path == root.path().join("b")));
}

#[test]
fn what_a_restore_would_refuse_is_not_packed() {
    let root = tempdir().unwrap();
    let source = directory(root.path(), "source");
    fs::create_dir_all(source.join("a/b")).unwrap();
    fs::write(source.join("a/b/a long name"), [0; 100]).unwrap();
    std::os::unix::fs::symlink("t".repeat(150), source.join("link")).unwrap();
    // An attribute takes its name, its value and 64 bytes.
    crate::support::set_xattr(&source.join("a"), "user.x", &[7; 1000]);
    crate::support::set_xattr(&source.join("a/b"), "user.x", &[7; 1000]);

    let default = Limits::default;
    let cases = [
        (
            Limit::Entries,
            Limits {
                max_entries: 4,
                ..default()
            },
        ),
        (
            Limit::Bytes,
            Limits {
                max_bytes: 99,
                ..default()
            },
        ),
        (
            Limit::PathBytes,
            Limits {
                max_path_bytes: 149,
                ..default()
            },
        ),
        (
            Limit::Depth,
            Limits {
                max_depth: 3,
                ..default()
            },
        ),
        (
            Limit::NameBytes,
            Limits {
                max_name_bytes: 10,
                ..default()
            },
        ),
        (
            Limit::ExtendedHeaderBytes,
            Limits {
                max_extended_header_bytes: 1000,
                ..default()
            },
        ),
        (
            Limit::XattrBytes,
            Limits {
                max_xattr_bytes: 1069,
                ..default()
            },
        ),
        (
            Limit::NestedXattrBytes,
            Limits {
                max_nested_xattr_bytes: 2139,
                ..default()
            },
        ),
    ];
    for (expected, limits) in cases {
        match try_pack(&[("v", &source)], &limits, &()).unwrap_err() {
            Error::LimitExceeded { limit, .. } => assert_eq!(limit, expected),
            other => panic!("{other}"),
        }
    }
    // Exactly what there is fits.
    let exact = Limits {
        max_entries: 5,
        max_bytes: 100,
        max_path_bytes: 150,
        max_depth: 4,
        max_name_bytes: 11,
        max_extended_header_bytes: 1100,
        max_xattr_bytes: 1070,
        max_nested_xattr_bytes: 2140,
        min_free_bytes: None,
    };
    let archive = try_pack(&[("v", &source)], &exact, &()).unwrap();
    prose_backup_archive::list(&mut &archive[..], &exact, &mut |_| Ok(())).unwrap();
}

#[test]
fn many_sockets_make_few_warnings() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let root = tempdir().unwrap();
    for index in 0..250 {
        let path = root.path().join(format!("{index:03}"));
        let kind = match index {
            0..130 => FileType::Socket,
            _ => FileType::Fifo,
        };
        mknodat(CWD, path, kind, Mode::RWXU, 0).unwrap();
    }
    let recorder = Recorder::default();
    try_pack(&[("v", root.path())], &Limits::default(), &recorder).unwrap();
    let warnings = recorder.warnings();
    assert_eq!(warnings.len(), 202);
    let path = root.path().join("099");
    assert_eq!(warnings[99], Warning::SkippedSocket { path });
    let more = |omission, count| Warning::MoreLeftOut { omission, count };
    assert_eq!(
        warnings[200..],
        [more(Omission::Socket, 30), more(Omission::Fifo, 20)]
    );
}

#[test]
fn a_directory_with_more_names_than_entries_allowed_is_refused_before_it_is_sorted() {
    let root = tempdir().unwrap();
    for index in 0..20 {
        fs::write(root.path().join(index.to_string()), "").unwrap();
    }
    let limits = Limits {
        max_entries: 10,
        ..Limits::default()
    };
    let recorder = Recorder::default();
    let error = try_pack(&[("v", root.path())], &limits, &recorder).unwrap_err();
    assert!(matches!(
        error,
        Error::LimitExceeded {
            limit: Limit::Entries,
            ..
        }
    ));
    assert_eq!(*recorder.progress.lock().unwrap(), [(1, 0)]);
}

#[test]
fn a_cancelled_backup_stops_between_entries_and_within_large_files() {
    let root = tempdir().unwrap();
    fs::write(root.path().join("a"), vec![1; 10 << 20]).unwrap();
    for cancel_at in [0, 1, 2] {
        let recorder = Recorder {
            cancel_at: Some(cancel_at),
            ..Recorder::default()
        };
        let result = try_pack(&[("v", root.path())], &Limits::default(), &recorder);
        match cancel_at {
            2 => assert!(result.is_ok(), "it was done already"),
            _ => assert!(matches!(result, Err(Error::Cancelled))),
        }
        let bytes = recorder
            .progress
            .lock()
            .unwrap()
            .last()
            .map_or(0, |last| last.1);
        assert!(cancel_at == 2 || bytes <= 1 << 20, "{bytes}");
    }
}

#[test]
fn progress_only_grows_and_ends_at_the_report() {
    let root = tempdir().unwrap();
    fs::write(root.path().join("a"), vec![1; 3 << 20]).unwrap();
    fs::write(root.path().join("b"), "xyz").unwrap();
    let recorder = Recorder::default();
    let archive = try_pack(&[("v", root.path())], &Limits::default(), &recorder).unwrap();
    let progress = recorder.progress.lock().unwrap();
    assert!(progress.is_sorted());
    assert!(
        progress
            .windows(2)
            .all(|pair| pair[1].1 - pair[0].1 <= 1 << 20)
    );
    assert_eq!(progress.last(), Some(&(3, (3 << 20) + 3)));
    assert_eq!(contents(&archive).unwrap().len(), 3);
}

#[test]
fn a_sink_that_fails_is_reported_as_such() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let root = tempdir().unwrap();
    let open = blueprint(&[("v", root.path())]).open().unwrap();
    let error = pack(&open, &PackOptions::default(), &(), &mut Full).unwrap_err();
    assert!(matches!(error, Error::Write(_)));
}

#[test]
fn a_blueprint_can_be_packed_more_than_once() {
    let root = tempdir().unwrap();
    fs::write(root.path().join("a"), "x").unwrap();
    let open = blueprint(&[("v", root.path())]).open().unwrap();
    for _ in 0..2 {
        let mut archive = Vec::new();
        let report = pack(&open, &PackOptions::default(), &(), &mut archive).unwrap();
        assert_eq!((report.entries, report.bytes), (2, 1));
        assert!(archive == pack_directory(root.path()));
    }
}
