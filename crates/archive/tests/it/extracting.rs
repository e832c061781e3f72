//! Extraction commits everything or nothing.

use std::{fs, io::Read, os::unix::fs::MetadataExt, path::Path};

use prose_backup_archive::{Error, Extractor, Limit, Limits, Staged};
use tempfile::tempdir;

use crate::{
    craft::{Craft, Item},
    fixture::acl,
    support::{
        Recorder, directory, extract, extract_observed, names, pack_directory, pack_volumes,
        set_mode, set_xattr,
    },
    tree,
};

fn stage(archive: &[u8], into: &Path) -> Result<Staged<'static>, Error> {
    Extractor::into_directory(into, Limits::default(), &())?.stage(&mut &archive[..])
}

fn mode(path: impl AsRef<Path>) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn nothing_is_visible_before_the_commit_and_all_of_it_after() {
    let root = tempdir().unwrap();
    let archive = Craft::directory().with(&Item::file("v/x", "x")).end();
    let staged = stage(&archive, root.path()).unwrap();
    let hidden = names(root.path());
    assert_eq!(hidden.len(), 1);
    assert!(hidden[0].starts_with(".prose-backup-"), "{hidden:?}");
    assert_eq!(mode(root.path().join(&hidden[0])), 0o700);
    assert_eq!(staged.report().entries, 2);

    let report = staged.commit().unwrap();
    assert_eq!(names(root.path()), ["v"]);
    assert_eq!((report.blueprint, report.entries, report.bytes), (1, 2, 1));
    assert_eq!(report.volumes, ["v".parse().unwrap()]);
}

#[test]
fn what_was_staged_can_be_committed_in_another_thread() {
    let root = tempdir().unwrap();
    let staged = stage(&Craft::directory().end(), root.path()).unwrap();
    let thread = std::thread::spawn(move || staged.commit());
    assert_eq!(thread.join().unwrap().unwrap().entries, 1);
}

#[test]
fn what_was_staged_is_removed_unless_it_is_committed() {
    let root = tempdir().unwrap();
    let archive = Craft::directory().with(&Item::symlink("v/x", "/")).end();
    drop(stage(&archive, root.path()).unwrap());
    assert_eq!(names(root.path()), [""; 0]);
}

#[test]
fn a_missing_directory_is_created_for_its_owner_alone_and_removed_after_a_failure() {
    let root = tempdir().unwrap();
    let into = root.path().join("a/b");
    drop(Extractor::into_directory(&into, Limits::default(), &()).unwrap());
    assert_eq!(names(root.path()), [""; 0]);
    assert!(stage(b"not an archive", &into).is_err());
    assert_eq!(names(root.path()), [""; 0]);

    extract(&Craft::directory().end(), &into).unwrap();
    assert_eq!((mode(root.path().join("a")), mode(&into)), (0o700, 0o700));
    assert_eq!(names(&into), ["v"]);
}

#[test]
fn a_volume_that_is_there_already_is_a_conflict_before_anything_else_is_read() {
    struct OnlyTheManifest<'a>(&'a [u8]);
    impl Read for OnlyTheManifest<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = self.0.len().min(buffer.len());
            assert!(length > 0, "more than the manifest was read");
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }
    let archive = Craft::new(&[("a", "directory"), ("v", "directory")]).bytes();
    for make in [
        |path: &Path| fs::create_dir(path).unwrap(),
        |path: &Path| fs::write(path, "").unwrap(),
        |path: &Path| std::os::unix::fs::symlink("nowhere", path).unwrap(),
    ] {
        let root = tempdir().unwrap();
        make(&root.path().join("v"));
        let before = tree::read(root.path());
        let extractor = Extractor::into_directory(root.path(), Limits::default(), &()).unwrap();
        let error = extractor.stage(&mut OnlyTheManifest(&archive)).unwrap_err();
        assert!(matches!(error, Error::Conflict { path } if path == root.path().join("v")));
        tree::assert_same(&before, &tree::read(root.path()));
    }
}

#[test]
fn a_volume_that_appears_before_the_commit_undoes_all_of_it() {
    let root = tempdir().unwrap();
    let archive = Craft::new(&[("a", "directory"), ("b", "file"), ("c", "directory")])
        .with(&Item::directory("a"))
        .with(&Item::file("a/x", ""))
        .with(&Item::file("b", "b"))
        .with(&Item::directory("c"))
        .end();
    let staged = stage(&archive, root.path()).unwrap();
    fs::create_dir(root.path().join("c")).unwrap();
    let error = staged.commit().unwrap_err();
    assert!(matches!(error, Error::Conflict { path } if path == root.path().join("c")));
    assert_eq!(names(root.path()), ["c"]);
    assert_eq!(names(&root.path().join("c")), [""; 0]);
}

#[test]
fn a_directory_that_is_entered_again_keeps_its_mode_time_and_lists() {
    let root = tempdir().unwrap();
    let sub = |path: &str, mode| Item {
        mode,
        mtime: (-5, 0),
        ..Item::directory(path)
    };
    // The times fit no header: so they come with a fraction.
    let sub = |path: &str, mode| Item {
        mtime: (1_000_000_000, 5),
        ..sub(path, mode)
    };
    let archive = Craft::directory()
        .with(&Item {
            xattrs: vec![("system.posix_acl_default", acl())],
            ..sub("v/a", 0o1750)
        })
        .with(&sub("v/a/deep", 0o555))
        .with(&Item::file("v/a/deep/one", "1"))
        .with(&sub("v/b", 0o711))
        .with(&Item::file("v/a/deep/two", "2"))
        .with(&Item::file("v/b/three", "3"))
        .with(&sub("v/a/late", 0o700))
        .with(&Item::hard_link("v/b/four", "v/a/deep/two"))
        .end();
    let recorder = Recorder::default();
    extract_observed(&archive, root.path(), &recorder).unwrap();

    let found = tree::read(&root.path().join("v"));
    for (path, mode) in [
        ("a", 0o1750),
        ("a/deep", 0o555),
        ("b", 0o711),
        ("a/late", 0o700),
    ] {
        let node = &found[path.as_bytes()];
        assert_eq!(
            (node.mode, node.mtime),
            (mode, (1_000_000_000, 5)),
            "{path}"
        );
        let lists: Vec<_> = node
            .xattrs
            .keys()
            .map(|name| name.escape_ascii().to_string())
            .collect();
        let expected: &[&str] = match path {
            "a" => &["system.posix_acl_default"],
            _ => &[],
        };
        assert_eq!(lists, expected, "{path}");
    }
    assert_eq!(found[&b"b/four"[..]].same_as, Some(b"a/deep/two".to_vec()));
    set_mode(&root.path().join("v/a/deep"), 0o755);
}

#[test]
fn the_lists_of_directories_that_are_entered_again_are_limited_together() {
    let with_list = |path: &str| Item {
        xattrs: vec![("system.posix_acl_default", acl())],
        ..Item::directory(path)
    };
    // Each directory is left before the next one is made in it.
    let mut craft = Craft::directory();
    let mut path = "v".to_owned();
    for index in 0..4 {
        path.push_str("/d");
        craft = craft
            .with(&with_list(&path))
            .with(&Item::file(format!("v/{index}"), ""));
    }
    let archive = craft.end();
    let one = "system.posix_acl_default".len() + acl().len() + 64;
    let extract = |max_nested_xattr_bytes| {
        let root = tempdir().unwrap();
        let limits = Limits {
            max_nested_xattr_bytes,
            ..Limits::default()
        };
        Extractor::into_directory(root.path(), limits, &())
            .unwrap()
            .stage(&mut &archive[..])
            .map(drop)
    };
    extract(3 * one).unwrap();
    assert!(matches!(
        extract(3 * one - 1),
        Err(Error::LimitExceeded {
            limit: Limit::NestedXattrBytes,
            ..
        })
    ));
}

#[test]
fn what_the_destination_hands_down_does_not_change_what_is_restored() {
    let root = tempdir().unwrap();
    let source = directory(root.path(), "source");
    fs::create_dir(source.join("sub")).unwrap();
    fs::write(source.join("sub/file"), "x").unwrap();
    let archive = pack_directory(&source);

    let out = directory(root.path(), "out");
    set_xattr(&out, "system.posix_acl_default", &acl());
    if crate::support::is_root() {
        std::os::unix::fs::chown(&out, None, Some(1234)).unwrap();
    }
    set_mode(&out, 0o2777);
    extract(&archive, &out).unwrap();
    tree::assert_same(&tree::read(&source), &tree::read(&out.join("v")));
}

#[test]
fn a_destination_that_is_a_symbolic_link_is_resolved() {
    let root = tempdir().unwrap();
    let real = directory(root.path(), "real");
    let link = root.path().join("link");
    std::os::unix::fs::symlink("real", &link).unwrap();
    extract(&Craft::directory().end(), &link).unwrap();
    assert_eq!(names(&real), ["v"]);
}

#[test]
fn a_destination_that_is_a_file_is_an_error() {
    let root = tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [&file, &file.join("below")] {
        let error = extract(&Craft::directory().end(), path).unwrap_err();
        assert!(matches!(error, Error::Io { .. }), "{error}");
    }
    assert_eq!(names(root.path()), ["file"]);
}

#[test]
fn a_cancelled_restore_leaves_nothing() {
    let root = tempdir().unwrap();
    let source = directory(root.path(), "source");
    fs::write(source.join("a"), vec![1; 10 << 20]).unwrap();
    fs::write(source.join("b"), "").unwrap();
    let archive = pack_directory(&source);
    for cancel_at in [0, 1, 2] {
        let recorder = Recorder {
            cancel_at: Some(cancel_at),
            ..Recorder::default()
        };
        let out = root.path().join("out");
        let error = extract_observed(&archive, &out, &recorder).unwrap_err();
        assert!(matches!(error, Error::Cancelled));
        assert!(!out.exists());
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
fn a_reader_that_fails_half_way_leaves_nothing() {
    struct Failing<'a>(&'a [u8]);
    impl Read for Failing<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(std::io::ErrorKind::ConnectionReset.into()),
                length => Ok(length),
            }
        }
    }
    let root = tempdir().unwrap();
    let source = directory(root.path(), "source");
    fs::write(source.join("a"), vec![1; 1 << 20]).unwrap();
    let archive = pack_volumes(&[("v", &source)]);
    let out = root.path().join("out");
    let extractor = Extractor::into_directory(&out, Limits::default(), &()).unwrap();
    let half = &archive[..archive.len() / 2];
    let error = extractor.stage(&mut Failing(half)).unwrap_err();
    assert!(matches!(error, Error::Read(_)));
    assert_eq!(names(root.path()), ["source"]);
}

#[test]
fn two_restores_into_one_directory_do_not_meet() {
    let root = tempdir().unwrap();
    let archive = |name| {
        Craft::new(&[(name, "file")])
            .with(&Item::file(name, name))
            .end()
    };
    let first = stage(&archive("a"), root.path()).unwrap();
    let second = stage(&archive("b"), root.path()).unwrap();
    let same = stage(&archive("a"), root.path()).unwrap();
    first.commit().unwrap();
    second.commit().unwrap();
    assert!(matches!(same.commit(), Err(Error::Conflict { .. })));
    assert_eq!(names(root.path()), ["a", "b"]);
}
