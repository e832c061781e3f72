//! What is packed comes back, all of it.

use std::{fs, os::unix::fs::MetadataExt, process::Command};

use prose_backup_archive::EntryKind;
use tempfile::tempdir;

use crate::{
    fixture::{odd_tree, special_files},
    support::{
        Recorder, contents, directory, extract, extract_observed, names, pack_directory,
        pack_volumes, set_mode, set_mtime,
    },
    tree,
};

#[test]
fn a_tree_with_everything_odd_comes_back_identical() {
    let root = tempdir().unwrap();
    let source = directory(root.path(), "source");
    odd_tree(&source);
    let before = tree::read(&source);

    let archive = pack_directory(&source);
    let recorder = Recorder::default();
    let report = extract_observed(&archive, &root.path().join("out"), &recorder).unwrap();
    assert_eq!(recorder.warnings(), []);
    tree::assert_same(&before, &tree::read(&root.path().join("out/v")));
    assert_eq!(names(&root.path().join("out")), ["v"]);
    assert_eq!(report.entries, before.len() as u64);
    tree::assert_same(&before, &tree::read(&source));
}

#[test]
fn the_same_tree_always_gives_the_same_bytes() {
    let root = tempdir().unwrap();
    let source = directory(root.path(), "source");
    odd_tree(&source);
    let archive = pack_directory(&source);
    assert!(archive == pack_directory(&source), "packed twice");

    let copy = root.path().join("copy");
    let status = Command::new("cp").arg("-a").args([&source, &copy]).status();
    assert!(status.unwrap().success());
    assert!(archive == pack_directory(&copy), "packed from a copy");

    extract(&archive, &root.path().join("out")).unwrap();
    let restored = pack_directory(&root.path().join("out/v"));
    assert!(archive == restored, "packed from what was restored");
}

#[test]
fn a_volume_can_be_a_single_file() {
    let root = tempdir().unwrap();
    let (file, data) = (root.path().join("prose.toml"), directory(root.path(), "d"));
    fs::write(&file, "[backups]\n").unwrap();
    set_mode(&file, 0o640);
    set_mtime(&file, 1_700_000_000, 7);
    fs::write(data.join("x"), "x").unwrap();

    let archive = pack_volumes(&[("data", &data), ("config", &file)]);
    let out = root.path().join("out");
    extract(&archive, &out).unwrap();
    assert_eq!(names(&out), ["config", "data"]);
    tree::assert_same(&tree::read(&file), &tree::read(&out.join("config")));
    tree::assert_same(&tree::read(&data), &tree::read(&out.join("data")));
}

#[test]
fn volumes_come_in_the_order_of_the_blueprint() {
    let root = tempdir().unwrap();
    let (a, b) = (directory(root.path(), "a"), directory(root.path(), "b"));
    let archive = pack_volumes(&[("zz", &b), ("aa", &a)]);
    let paths: Vec<String> = contents(&archive)
        .unwrap()
        .iter()
        .map(|entry| entry.path.to_string())
        .collect();
    assert_eq!(paths, ["zz", "aa"]);
}

#[test]
fn siblings_come_in_the_order_of_their_bytes_and_depth_first() {
    let root = tempdir().unwrap();
    for path in ["a", "a/z", "b", "b/a", "a b"] {
        fs::create_dir(root.path().join(path)).unwrap();
    }
    fs::write(root.path().join("a.txt"), "").unwrap();
    let paths: Vec<String> = contents(&pack_directory(root.path()))
        .unwrap()
        .iter()
        .map(|entry| entry.path.to_string())
        .collect();
    assert_eq!(
        paths,
        ["v", "v/a", "v/a/z", "v/a b", "v/a.txt", "v/b", "v/b/a"]
    );
}

#[test]
fn a_root_that_is_a_symbolic_link_is_resolved() {
    let root = tempdir().unwrap();
    let data = directory(root.path(), "data");
    fs::write(data.join("x"), "x").unwrap();
    let link = root.path().join("link");
    std::os::unix::fs::symlink("data", &link).unwrap();
    assert!(pack_directory(&link) == pack_directory(&data));
}

#[test]
fn hard_links_stay_within_their_volume() {
    let root = tempdir().unwrap();
    let (a, b) = (directory(root.path(), "a"), directory(root.path(), "b"));
    fs::write(a.join("one"), "shared").unwrap();
    fs::hard_link(a.join("one"), a.join("two")).unwrap();
    fs::hard_link(a.join("one"), b.join("three")).unwrap();
    fs::hard_link(a.join("one"), b.join("four")).unwrap();

    let archive = pack_volumes(&[("a", &a), ("b", &b)]);
    let links: Vec<String> = contents(&archive)
        .unwrap()
        .iter()
        .filter_map(|entry| match &entry.kind {
            EntryKind::HardLink { target } => Some(format!("{} = {target}", entry.path)),
            _ => None,
        })
        .collect();
    assert_eq!(links, ["a/two = a/one", "b/three = b/four"]);

    let out = root.path().join("out");
    extract(&archive, &out).unwrap();
    let inode = |path: &str| fs::metadata(out.join(path)).unwrap().ino();
    assert_eq!(inode("a/one"), inode("a/two"));
    assert_eq!(inode("b/three"), inode("b/four"));
    assert_ne!(inode("a/one"), inode("b/three"));
}

#[test]
fn a_sparse_file_is_packed_dense_and_written_sparse_again() {
    let root = tempdir().unwrap();
    let source = directory(root.path(), "source");
    let file = fs::File::create(source.join("sparse")).unwrap();
    file.set_len(100 << 20).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"in the middle", 50_000_001).unwrap();

    let archive = pack_directory(&source);
    assert!(archive.len() > 100 << 20);
    let out = root.path().join("out");
    extract(&archive, &out).unwrap();
    tree::assert_same(&tree::read(&source), &tree::read(&out.join("v")));
    let restored = fs::metadata(out.join("v/sparse")).unwrap();
    assert!(restored.blocks() * 512 < 64 << 10, "{}", restored.blocks());
}

#[test]
fn a_dangling_link_and_a_socket_do_not_stop_a_backup() {
    let root = tempdir().unwrap();
    let source = directory(root.path(), "source");
    std::os::unix::fs::symlink("nowhere", source.join("dangling")).unwrap();
    special_files(&source);
    let recorder = Recorder::default();
    let limits = prose_backup_archive::Limits::default();
    let archive = crate::support::try_pack(&[("v", &source)], &limits, &recorder).unwrap();

    let mut warnings: Vec<String> = recorder
        .warnings()
        .iter()
        .map(ToString::to_string)
        .collect();
    warnings.sort();
    let prefix = source.display();
    let mut expected = vec![
        format!("skipped the named pipe {prefix}/fifo"),
        format!("skipped the socket {prefix}/socket"),
    ];
    if crate::support::is_root() {
        expected.insert(0, format!("skipped the device {prefix}/device"));
    }
    assert_eq!(warnings, expected);
    let out = root.path().join("out");
    extract(&archive, &out).unwrap();
    assert_eq!(names(&out.join("v")), ["dangling"]);
}

#[test]
fn a_tree_deeper_than_the_longest_path_of_a_system_call_comes_back() {
    use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
    let root = tempdir().unwrap();
    let source = directory(root.path(), "source");
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut here = openat(CWD, &source, flags, Mode::empty()).unwrap();
    for _ in 0..60 {
        let name = "d".repeat(100);
        mkdirat(&here, &name, Mode::RWXU).unwrap();
        here = openat(&here, &name, flags, Mode::empty()).unwrap();
    }
    let file = openat(&here, "first", OFlags::CREATE | OFlags::WRONLY, Mode::RWXU).unwrap();
    rustix::io::write(&file, b"content").unwrap();
    // The second name lies at the top, so that its target must be found from there.
    let top = openat(CWD, &source, flags, Mode::empty()).unwrap();
    rustix::fs::linkat(&here, "first", &top, "second", rustix::fs::AtFlags::empty()).unwrap();

    let archive = pack_directory(&source);
    let out = root.path().join("out");
    extract(&archive, &out).unwrap();
    assert!(archive == pack_directory(&out.join("v")));
    assert_eq!(fs::read(out.join("v/second")).unwrap(), b"content");
}

#[test]
fn a_tree_of_more_levels_than_descriptors_are_held_comes_back() {
    let root = tempdir().unwrap();
    let source = directory(root.path(), "source");
    let deep = source.join("d/".repeat(300));
    fs::create_dir_all(&deep).unwrap();
    let mut level = source.join("d");
    for _ in 0..300 {
        fs::write(level.join("after"), "the way back").unwrap();
        level.push("d");
    }
    let archive = pack_directory(&source);
    let out = root.path().join("out");
    extract(&archive, &out).unwrap();
    tree::assert_same(&tree::read(&source), &tree::read(&out.join("v")));
}

mod arbitrary {
    use std::{collections::BTreeMap, ffi::OsStr, fs, os::unix::ffi::OsStrExt, path::Path};

    use proptest::prelude::*;

    use super::{contents, directory, extract, pack_directory, tempdir, tree};
    use crate::support::{is_root, set_mode, set_mtime, set_xattr};

    #[derive(Debug, Clone)]
    enum What {
        File(Vec<u8>),
        Directory(Vec<(Vec<u8>, Any)>),
        Symlink(Vec<u8>),
        /// Of the file that many places back, if there is one.
        HardLink(usize),
    }

    #[derive(Debug, Clone)]
    struct Any {
        what: What,
        mode: u32,
        mtime: (i64, i64),
        xattrs: BTreeMap<String, Vec<u8>>,
    }

    fn name() -> impl Strategy<Value = Vec<u8>> {
        let byte = any::<u8>().prop_filter("not in names", |b| !matches!(b, 0 | b'/'));
        let name = prop_oneof![
            4 => prop::collection::vec(byte.clone(), 1..8),
            1 => prop::collection::vec(byte, 90..255),
        ];
        name.prop_filter("reserved", |name| name != b"." && name != b"..")
    }

    fn leaf() -> impl Strategy<Value = What> {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..2000).prop_map(What::File),
            prop::collection::vec(1_u8.., 1..200).prop_map(What::Symlink),
            (0_usize..4).prop_map(What::HardLink),
            Just(What::Directory(Vec::new())),
        ]
    }

    fn any_tree() -> impl Strategy<Value = Any> {
        let dressed = |what: BoxedStrategy<What>| {
            let mtime = (-2_000_000_000_i64..4_000_000_000, 0_i64..1_000_000_000);
            let xattrs = prop::collection::btree_map(
                "user\\.[a-z%=]{1,9}",
                prop::collection::vec(any::<u8>(), 0..60),
                0..3,
            );
            (what, 0_u32..0o10000, mtime, xattrs).prop_map(|(what, mode, mtime, xattrs)| Any {
                what,
                mode,
                mtime,
                xattrs,
            })
        };
        let nodes = dressed(leaf().boxed()).prop_recursive(4, 24, 6, move |inner| {
            let children = prop::collection::btree_map(name(), inner, 0..6);
            let directory = children.prop_map(|c| What::Directory(c.into_iter().collect()));
            dressed(directory.boxed())
        });
        let children = prop::collection::btree_map(name(), nodes, 0..8);
        dressed(
            children
                .prop_map(|children| What::Directory(children.into_iter().collect()))
                .boxed(),
        )
    }

    /// Makes it, attributes last.
    fn build(any: &Any, path: &Path, files: &mut Vec<std::path::PathBuf>) {
        match &any.what {
            What::File(content) => {
                fs::write(path, content).unwrap();
                files.push(path.to_owned());
            }
            What::Symlink(target) => {
                std::os::unix::fs::symlink(OsStr::from_bytes(target), path).unwrap();
                set_mtime(path, any.mtime.0, any.mtime.1);
                return;
            }
            What::HardLink(back) => {
                match files.iter().rev().nth(*back) {
                    Some(file) => fs::hard_link(file, path).unwrap(),
                    None => fs::write(path, "").unwrap(),
                }
                return;
            }
            What::Directory(children) => {
                if !path.exists() {
                    fs::create_dir(path).unwrap();
                }
                for (name, child) in children {
                    build(child, &path.join(OsStr::from_bytes(name)), files);
                }
            }
        }
        for (name, value) in &any.xattrs {
            set_xattr(path, name, value);
        }
        // An ordinary user must be able to read what is to be packed.
        let readable = match any.what {
            _ if is_root() => 0,
            What::Directory(_) => 0o700,
            _ => 0o400,
        };
        set_mode(path, any.mode | readable);
        set_mtime(path, any.mtime.0, any.mtime.1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_tree_comes_back_identical(any in any_tree()) {
            let root = tempdir().unwrap();
            let source = directory(root.path(), "source");
            build(&any, &source, &mut Vec::new());
            let before = tree::read(&source);
            let archive = pack_directory(&source);
            prop_assert_eq!(contents(&archive).unwrap().len(), before.len());
            let out = root.path().join("out");
            extract(&archive, &out).unwrap();
            tree::assert_same(&before, &tree::read(&out.join("v")));
            prop_assert!(archive == pack_directory(&out.join("v")));
        }
    }
}
