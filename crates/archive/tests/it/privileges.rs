//! What an ordinary user can pack and restore.

use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    path::Path,
};

use prose_backup_archive::{Error, Extractor, Limits, Warning};
use rustix::{
    process::{Gid, Uid},
    thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid},
};
use tempfile::{TempDir, tempdir};

use crate::{
    craft::{Craft, Item},
    fixture::odd_tree,
    support::{
        Recorder, directory, extract, extract_observed, is_root, names, pack_directory, set_mode,
    },
    tree,
};

const NOBODY: u32 = 65534;

/// Runs a closure in a directory of an ordinary user, as that user. Root becomes `nobody` for it, in
/// a thread of its own: on Linux each thread has its own rights.
fn as_ordinary_user(work: impl FnOnce(&Path) + Send) {
    let home: TempDir = tempdir().unwrap();
    if !is_root() {
        return work(home.path());
    }
    chown(home.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let result = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
            set_thread_groups(&[]).unwrap();
            set_thread_res_gid(gid, gid, gid).unwrap();
            set_thread_res_uid(uid, uid, uid).unwrap();
            work(home.path());
        });
        thread.join()
    });
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn an_ordinary_user_gets_everything_of_their_own_back() {
    as_ordinary_user(|home| {
        let source = directory(home, "source");
        odd_tree(&source);
        let archive = pack_directory(&source);
        let recorder = Recorder::default();
        extract_observed(&archive, &home.join("out"), &recorder).unwrap();
        assert_eq!(recorder.warnings(), []);
        tree::assert_same(&tree::read(&source), &tree::read(&home.join("out/v")));
    });
}

/// Directories without write permission, nested, the root among them, with a hard link between.
fn closed_tree(source: &Path) {
    for path in ["a", "a/b", "c"] {
        fs::create_dir_all(source.join(path)).unwrap();
        fs::write(source.join(path).join("file"), path).unwrap();
    }
    fs::hard_link(source.join("a/b/file"), source.join("c/same")).unwrap();
    for path in ["a/b", "a", "c", ""] {
        set_mode(&source.join(path), 0o500);
    }
}

#[test]
fn read_only_directories_come_back_read_only() {
    as_ordinary_user(|home| {
        let source = directory(home, "source");
        closed_tree(&source);
        let archive = pack_directory(&source);
        let out = home.join("out");
        extract(&archive, &out).unwrap();
        tree::assert_same(&tree::read(&source), &tree::read(&out.join("v")));
        assert_eq!(names(&out), ["v"]);
        set_modes_back(&source);
        set_modes_back(&out.join("v"));
    });
}

#[test]
fn read_only_directories_are_rolled_back() {
    as_ordinary_user(|home| {
        let source = directory(home, "source");
        closed_tree(&source);
        let archive = pack_directory(&source);
        let out = home.join("out");
        let stage = || {
            Extractor::into_directory(&out, Limits::default(), &())
                .unwrap()
                .stage(&mut &archive[..])
        };
        drop(stage().unwrap());
        assert!(!out.exists());

        // A volume's place is taken between staging and commit.
        let staged = stage().unwrap();
        fs::create_dir_all(out.join("v")).unwrap();
        assert!(matches!(staged.commit(), Err(Error::Conflict { .. })));
        assert_eq!(names(&out), ["v"]);
        assert_eq!(names(&out.join("v")), [""; 0]);
        set_modes_back(&source);
    });
}

/// So that the temporary directory can be removed.
fn set_modes_back(root: &Path) {
    for path in ["", "a", "a/b", "c"] {
        set_mode(&root.join(path), 0o700);
    }
}

#[test]
fn a_closed_directory_that_is_entered_again_stays_closed() {
    as_ordinary_user(|home| {
        let closed = |path: &str, mode| Item {
            mode,
            ..Item::directory(path)
        };
        let archive = Craft::directory()
            .with(&closed("v/a", 0o100))
            .with(&closed("v/a/b", 0o000))
            .with(&Item::file("v/a/b/one", "1"))
            .with(&closed("v/c", 0o400))
            .with(&Item::file("v/a/b/two", "2"))
            .with(&Item::hard_link("v/c/same", "v/a/b/one"))
            .end();
        let out = home.join("out");
        extract(&archive, &out).unwrap();
        let mode = |path: &str| fs::metadata(out.join(path)).unwrap().mode() & 0o7777;
        assert_eq!((mode("v/a"), mode("v/c"), mode("v/a/b")), (0o100, 0o400, 0));
        for path in ["v/a", "v/a/b", "v/c"] {
            assert_eq!(fs::metadata(out.join(path)).unwrap().mtime(), 1_700_000_000);
            set_mode(&out.join(path), 0o700);
        }
        assert_eq!(fs::read(out.join("v/a/b/two")).unwrap(), b"2");
        assert_eq!(fs::read(out.join("v/c/same")).unwrap(), b"1");
    });
}

#[test]
fn what_only_root_may_restore_is_warned_about() {
    as_ordinary_user(|home| {
        let attribute = || vec![("trusted.label", b"1".to_vec())];
        let archive = Craft::directory()
            .with(&Item {
                mode: 0o4755,
                xattrs: attribute(),
                ..Item::file("v/set-user-id", "")
            })
            .with(&Item {
                mode: 0o6711,
                ..Item::file("v/set-ids", "")
            })
            .with(&Item {
                mode: 0o1777,
                xattrs: attribute(),
                ..Item::file("v/other", "")
            })
            .with(&Item::symlink("v/link", "other"))
            .end();
        let recorder = Recorder::default();
        extract_observed(&archive, &home.join("out"), &recorder).unwrap();
        assert_eq!(
            recorder.warnings(),
            [
                Warning::OwnersNotRestored {
                    entries: 5,
                    first: "v/set-user-id".into()
                },
                Warning::SetIdDropped {
                    entries: 2,
                    first: "v/set-user-id".into()
                },
                Warning::XattrNotRestored {
                    name: "trusted.label".into(),
                    entries: 2,
                    first: "v/set-user-id".into(),
                    reason: "Operation not permitted (os error 1)".to_owned()
                },
            ]
        );
        let mode = |path| fs::metadata(home.join("out/v").join(path)).unwrap().mode() & 0o7777;
        assert_eq!((mode("set-user-id"), mode("other")), (0o755, 0o1777));
    });
}

#[test]
fn many_kinds_of_lost_attributes_make_few_warnings() {
    as_ordinary_user(|home| {
        let names: Vec<&'static str> = (100..200)
            .map(|number| &*Box::leak(format!("trusted.{number}").into_boxed_str()))
            .collect();
        let xattrs = names.iter().map(|name| (*name, Vec::new())).collect();
        let archive = Craft::directory()
            .with(&Item {
                xattrs,
                ..Item::file("v/file", "")
            })
            .end();
        let recorder = Recorder::default();
        extract_observed(&archive, &home.join("out"), &recorder).unwrap();
        let warnings = recorder.warnings();
        assert_eq!(warnings.len(), 66);
        let last = Warning::OtherXattrsNotRestored { count: 36 };
        assert_eq!(warnings.last(), Some(&last));
    });
}

#[test]
fn what_a_rollback_cannot_remove_is_named() {
    as_ordinary_user(|home| {
        let out = directory(home, "out");
        let recorder = Recorder::default();
        let extractor = Extractor::into_directory(&out, Limits::default(), &recorder).unwrap();
        let staged = extractor.stage(&mut &Craft::directory().end()[..]).unwrap();
        let staging = out.join(&names(&out)[0]);
        set_mode(&out, 0o500);
        drop(staged);
        let warning = Warning::NotRemoved {
            path: staging,
            reason: "Permission denied (os error 13)".to_owned(),
        };
        assert_eq!(recorder.warnings().last(), Some(&warning));
        set_mode(&out, 0o700);
    });
}

#[test]
fn a_link_finds_its_target_through_directories_that_are_closed() {
    as_ordinary_user(|home| {
        let closed = |path: &str| Item {
            mode: 0,
            ..Item::directory(path)
        };
        let out = home.join("out");
        let mut archive = Craft::directory()
            .with(&closed("v/a"))
            .with(&closed("v/a/b"));
        archive = archive.with(&Item::file("v/a/b/one", "1"));
        for index in 0..3 {
            let path = format!("v/{index}");
            archive = archive.with(&closed(&path));
            archive = archive.with(&Item::hard_link(format!("{path}/same"), "v/a/b/one"));
        }
        extract(&archive.end(), &out).unwrap();
        for path in ["v/a", "v/a/b", "v/0", "v/1", "v/2"] {
            let metadata = fs::metadata(out.join(path)).unwrap();
            assert_eq!(
                (metadata.mode() & 0o7777, metadata.mtime()),
                (0, 1_700_000_000)
            );
            set_mode(&out.join(path), 0o700);
        }
        assert_eq!(fs::metadata(out.join("v/a/b/one")).unwrap().nlink(), 4);
    });
}

#[test]
fn an_unreadable_file_stops_a_backup_and_is_named() {
    as_ordinary_user(|home| {
        let source = directory(home, "source");
        fs::write(source.join("secret"), "").unwrap();
        set_mode(&source.join("secret"), 0o000);
        let limits = Limits::default();
        let error = crate::support::try_pack(&[("v", &source)], &limits, &()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot open {}/secret", source.display())
        );
    });
}

#[test]
fn a_directory_that_cannot_be_written_to_is_named() {
    as_ordinary_user(|home| {
        let out = directory(home, "out");
        set_mode(&out, 0o500);
        let archive = Craft::directory().end();
        let error = extract(&archive, &out).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot create a staging directory in {}", out.display())
        );
        let error = extract(&archive, &out.join("below")).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot create the directory {}/below", out.display())
        );
    });
}
