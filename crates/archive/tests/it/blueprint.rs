//! The checks before anything is written.

use std::{fs, os::unix::fs::symlink};

use prose_backup_archive::{Blueprint, Error, Volume};
use tempfile::tempdir;

use crate::{
    fixture::special_files,
    support::{blueprint, directory, run_again, set_up, try_pack},
};

#[test]
fn a_blueprint_has_volumes_of_different_names() {
    assert!(matches!(
        Blueprint::new(1, Vec::new()),
        Err(Error::NoVolumes)
    ));
    let volume = |name: &str, path: &str| Volume {
        name: name.parse().unwrap(),
        path: path.into(),
    };
    let twice = Blueprint::new(1, vec![volume("a", "/x"), volume("a", "/y")]);
    assert!(matches!(twice, Err(Error::DuplicateVolume(_))));
    let many = (0..5000).map(|index| volume(&format!("{index:0>60}"), "/x"));
    assert!(matches!(
        Blueprint::new(1, many.collect()),
        Err(Error::TooManyVolumes(5000))
    ));
}

#[test]
fn a_volume_that_does_not_exist_is_an_error_before_anything_is_written() {
    let root = tempdir().unwrap();
    symlink("nowhere", root.path().join("dangling")).unwrap();
    for name in ["missing", "dangling"] {
        let error = blueprint(&[("v", &root.path().join(name))])
            .open()
            .unwrap_err();
        assert!(matches!(error, Error::VolumeMissing { .. }), "{error}");
    }
}

#[test]
fn a_volume_that_is_neither_directory_nor_file_is_refused_without_waiting_for_it() {
    let root = tempdir().unwrap();
    special_files(root.path());
    for entry in fs::read_dir(root.path()).unwrap() {
        let error = blueprint(&[("v", &entry.unwrap().path())])
            .open()
            .unwrap_err();
        assert!(matches!(error, Error::VolumeKind { .. }), "{error}");
    }
}

#[test]
fn one_volume_inside_another_is_refused_by_whatever_path() {
    let root = tempdir().unwrap();
    let outer = directory(root.path(), "outer");
    let inner = directory(&outer, "a/inner");
    let file = outer.join("file");
    fs::write(&file, "").unwrap();
    let link = root.path().join("link");
    symlink("outer/a", &link).unwrap();
    let roundabout = outer.join("../outer/./a");

    for path in [
        &inner,
        &file,
        &link,
        &link.join("inner"),
        &roundabout,
        &outer,
    ] {
        for volumes in [
            [("outer", outer.as_path()), ("inner", path.as_path())],
            [("inner", path.as_path()), ("outer", outer.as_path())],
        ] {
            let error = blueprint(&volumes).open().unwrap_err();
            assert!(matches!(error, Error::VolumesOverlap { .. }), "{error}");
        }
    }
    let beside = directory(root.path(), "outer and more");
    assert!(blueprint(&[("a", &outer), ("b", &beside)]).open().is_ok());
}

#[test]
fn it_is_known_which_volume_holds_a_directory() {
    let root = tempdir().unwrap();
    let (a, b) = (directory(root.path(), "a"), directory(root.path(), "b"));
    let deep = directory(&b, "x/y");
    let link = root.path().join("link");
    symlink(&deep, &link).unwrap();
    let open = blueprint(&[("a", &a), ("b", &b)]).open().unwrap();

    let holder = |path: &std::path::Path| {
        let name = open.holding(path).unwrap();
        name.map(ToString::to_string)
    };
    assert_eq!(holder(&a).as_deref(), Some("a"));
    assert_eq!(holder(&deep).as_deref(), Some("b"));
    assert_eq!(holder(&link).as_deref(), Some("b"));
    assert_eq!(holder(root.path()), None);
    assert!(open.holding(&root.path().join("missing")).is_err());
}

#[test]
fn a_store_inside_a_volume_is_refused_at_once() {
    let root = tempdir().unwrap();
    let data = directory(root.path(), "data");
    let store = directory(&data, "backups/store");
    let beside = directory(root.path(), "beside");
    let link = root.path().join("link");
    symlink(&store, &link).unwrap();
    let mut open = blueprint(&[("v", &data)]).open().unwrap();
    for path in [&store, &link, &data] {
        match open.forbid(path).unwrap_err() {
            Error::StoreInsideVolume {
                volume, directory, ..
            } => assert_eq!((volume.as_str(), &directory), ("v", path)),
            other => panic!("{other}"),
        }
    }
    assert!(open.forbid(&root.path().join("missing")).is_err());
    open.forbid(&beside).unwrap();
    let options = prose_backup_archive::PackOptions::default();
    prose_backup_archive::pack(&open, &options, &(), &mut Vec::new()).unwrap();
}

#[test]
fn a_store_that_is_mounted_elsewhere_is_found_in_its_volume() {
    let Some(root) = set_up() else {
        let root = tempdir().unwrap();
        let test = "blueprint::a_store_that_is_mounted_elsewhere_is_found_in_its_volume";
        let setup = r#"mkdir -p "$1/data/backups/store" "$1/mount"
            mount --bind "$1/data/backups" "$1/mount""#;
        return run_again(test, setup, root.path());
    };
    let data = root.join("data");
    for (directory, place) in [("mount", "backups"), ("mount/store", "backups/store")] {
        let directory = root.join(directory);
        let mut open = blueprint(&[("v", &data)]).open().unwrap();
        open.forbid(&directory).unwrap();
        let options = prose_backup_archive::PackOptions::default();
        let packed = prose_backup_archive::pack(&open, &options, &(), &mut Vec::new());
        match packed.unwrap_err() {
            Error::StoreInsideVolume {
                volume,
                directory: forbidden,
                place: found,
            } => assert_eq!(
                (volume.as_str(), forbidden, found),
                ("v", directory, data.join(place))
            ),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_directory_that_was_exchanged_since_the_checks_is_not_packed() {
    let root = tempdir().unwrap();
    let (data, file) = (directory(root.path(), "data"), root.path().join("file"));
    fs::write(&file, "old").unwrap();
    let open = blueprint(&[("file", &file), ("data", &data)])
        .open()
        .unwrap();
    let pack = || {
        let mut archive = Vec::new();
        let options = prose_backup_archive::PackOptions::default();
        prose_backup_archive::pack(&open, &options, &(), &mut archive).map(|_| archive)
    };
    // A file may be replaced, as editors do when they save.
    fs::write(root.path().join("new"), "new").unwrap();
    fs::rename(root.path().join("new"), &file).unwrap();
    let expected = try_pack(
        &[("file", &file), ("data", &data)],
        &prose_backup_archive::Limits::default(),
        &(),
    );
    assert!(pack().unwrap() == expected.unwrap());

    fs::rename(&data, root.path().join("moved")).unwrap();
    fs::create_dir(&data).unwrap();
    assert!(matches!(pack(), Err(Error::Changed { path }) if path == data));
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(matches!(pack(), Err(Error::Changed { path }) if path == file));
}
