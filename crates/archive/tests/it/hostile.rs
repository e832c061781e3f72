//! Archives that an attacker would write. Each is refused as a whole, and leaves no trace.

use std::{fs, path::Path};

use prose_backup_archive::{Error, Extractor, Hazard, Limit, Limits, list};
use tempfile::tempdir;

use crate::{
    craft::{Craft, Item, extended, padded, seal},
    support::{contents, directory, extract, names},
    tree,
};

/// Tries to extract an archive beside things that must not change, and to list it. Both must end in
/// the same error.
#[track_caller]
fn refuse_within(archive: &[u8], limits: &Limits) -> Error {
    let root = tempdir().unwrap();
    let outside = directory(root.path(), "outside");
    fs::write(outside.join("file"), "untouched").unwrap();
    let into = directory(root.path(), "into");
    fs::write(into.join("there before"), "untouched").unwrap();
    let before = tree::read(root.path());

    let staged = Extractor::into_directory(&into, limits.clone(), &())
        .and_then(|extractor| extractor.stage(&mut &archive[..]));
    let error = staged.expect_err("a hostile archive was extracted");
    tree::assert_same(
        &before_without_times(&before),
        &before_without_times(&tree::read(root.path())),
    );
    assert!(error.is_refusal(), "{error}");

    let listed = list(&mut &archive[..], limits, &mut |_| Ok(()));
    let listed = listed.expect_err("a hostile archive was listed");
    assert_eq!(listed.to_string(), error.to_string());
    error
}

/// The directory itself was written to: its time changes.
fn before_without_times(tree: &tree::Tree) -> tree::Tree {
    let mut tree = tree.clone();
    for node in tree.values_mut().filter(|node| node.kind == 'd') {
        node.mtime = (0, 0);
    }
    tree
}

#[track_caller]
fn refuse(archive: &[u8]) -> Error {
    refuse_within(archive, &Limits::default())
}

/// The archive must be refused for that reason, at that path.
#[track_caller]
fn assert_unsafe(archive: &[u8], expected: Hazard, at: impl AsRef<[u8]>) {
    match refuse(archive) {
        Error::Unsafe { path, why } => {
            assert_eq!((why, path.as_bytes()), (expected, at.as_ref()));
        }
        other => panic!("expected {expected:?}, got: {other}"),
    }
}

#[track_caller]
fn assert_malformed(archive: &[u8], expected: &str) {
    match refuse(archive) {
        Error::Malformed { why, .. } => assert_eq!(why, expected),
        other => panic!("expected {expected:?}, got: {other}"),
    }
}

#[test]
fn a_good_archive_made_by_hand_is_accepted() {
    let archive = Craft::directory()
        .with(&Item::file("v/file", "content"))
        .with(&Item::symlink("v/link", "/etc/passwd"))
        .with(&Item::hard_link("v/second", "v/file"))
        .with(&Item::directory("v/sub"))
        .with(&Item::file("v/sub/prose-backup-end.json", ""))
        .end();
    let root = tempdir().unwrap();
    extract(&archive, root.path()).unwrap();
    assert_eq!(
        names(&root.path().join("v")),
        ["file", "link", "second", "sub"]
    );
}

#[test]
fn symlink_then_write_through() {
    for target in ["../../outside", "/tmp", "."] {
        let link = Craft::directory().with(&Item::symlink("v/link", target));
        assert_unsafe(
            &link.clone().with(&Item::file("v/link/file", "owned")).end(),
            Hazard::ParentNotADirectory,
            "v/link/file",
        );
        assert_unsafe(
            &link.clone().with(&Item::file("v/link", "owned")).end(),
            Hazard::Duplicate,
            "v/link",
        );
        assert_unsafe(
            &link.with(&Item::directory("v/link")).end(),
            Hazard::Duplicate,
            "v/link",
        );
    }
    // The other way round: a directory that becomes a link.
    let archive = Craft::directory()
        .with(&Item::directory("v/sub"))
        .with(&Item::symlink("v/sub", "../../outside"))
        .with(&Item::file("v/sub/file", "owned"))
        .end();
    assert_unsafe(&archive, Hazard::Duplicate, "v/sub");
    // A volume that is a link.
    let archive = Craft::new(&[("v", "directory")])
        .with(&Item::symlink("v", "../outside"))
        .with(&Item::file("v/file", "owned"))
        .end();
    assert_unsafe(&archive, Hazard::VolumeKind, "v");
}

#[test]
fn hardlink_out() {
    let start = Craft::new(&[("a", "directory"), ("v", "directory")])
        .with(&Item::directory("a"))
        .with(&Item::file("a/file", "another volume's"))
        .with(&Item::directory("v"))
        .with(&Item::directory("v/sub"))
        .with(&Item::symlink("v/link", "../../outside/file"))
        .with(&Item::file("v/file", "ours"))
        .with(&Item::hard_link("v/second", "v/file"));
    for target in [
        "/etc/passwd",
        "../outside/file",
        "v/../../outside/file",
        "v/./file",
        "v//file",
        "v/file/",
        "v/sub",
        "v/link",
        "v/link/file",
        "v/second",
        "v/later",
        "v/x",
        "a/file",
        "file",
        "outside/file",
    ] {
        let archive = start
            .clone()
            .with(&Item::hard_link("v/x", target))
            .with(&Item::file("v/later", ""))
            .end();
        assert_unsafe(&archive, Hazard::HardLinkTarget, "v/x");
    }
    let archive = start.with(&Item::hard_link("v/x", "")).end();
    assert_unsafe(&archive, Hazard::EmptyTarget, "v/x");
}

#[test]
fn device_node() {
    for typeflag in [b'3', b'4', b'6'] {
        let archive = Craft::directory()
            .with(&Item::new(typeflag, "v/null"))
            .end();
        assert_unsafe(&archive, Hazard::SpecialFile, "v/null");
    }
}

#[test]
fn other_types_of_entries_are_refused() {
    for typeflag in [
        b'\0', b'7', b'g', b'L', b'K', b'S', b'D', b'V', b'N', b'X', b'z',
    ] {
        let archive = Craft::directory().with(&Item::new(typeflag, "v/x")).end();
        let shown = typeflag.escape_ascii();
        let expected = format!("entries of type '{shown}' are not used in this format");
        assert_malformed(&archive, &expected);
    }
}

#[test]
fn dotdot() {
    for path in [
        "..",
        "../outside/file",
        "v/..",
        "v/../../outside/file",
        "v/sub/../../x",
    ] {
        let archive = Craft::directory().with(&Item::file(path, "owned")).end();
        assert_unsafe(&archive, Hazard::ParentComponent, path);
        let archive = Craft::directory().with(&Item::directory(path)).end();
        assert_unsafe(&archive, Hazard::ParentComponent, path);
    }
}

#[test]
fn absolute() {
    for path in ["/", "/etc/passwd", "//v/x", "/v/x"] {
        let archive = Craft::directory().with(&Item::directory(path)).end();
        let stored = path.strip_suffix('/').unwrap_or(path);
        match refuse(&archive) {
            Error::Unsafe { why, .. } => assert_eq!(why, Hazard::Absolute),
            // `/` with the slash of a directory has one slash too many.
            other if stored.is_empty() => {
                assert!(matches!(other, Error::Malformed { .. }), "{other}");
            }
            other => panic!("{other}"),
        }
    }
    let archive = Craft::directory()
        .with(&Item::file("/etc/passwd", ""))
        .end();
    assert_unsafe(&archive, Hazard::Absolute, "/etc/passwd");
}

#[test]
fn paths_with_more_than_one_spelling_are_refused() {
    for (path, why) in [
        (".", Hazard::CurrentComponent),
        ("./v/x", Hazard::CurrentComponent),
        ("v/./x", Hazard::CurrentComponent),
        ("v//x", Hazard::EmptyComponent),
        ("", Hazard::EmptyComponent),
    ] {
        let archive = Craft::directory().with(&Item::file(path, "")).end();
        assert_unsafe(&archive, why, path);
    }
    for path in ["v/x/", "v/x//"] {
        let archive = Craft::directory().with(&Item::file(path, "")).end();
        assert_malformed(&archive, "a path ends in a slash too many");
    }
    let mut directory = Item::directory("v/x").header();
    directory[3] = 0;
    seal(&mut directory);
    let archive = Craft::directory().with_raw(&directory).end();
    assert_malformed(&archive, "the path of a directory does not end in a slash");
}

#[test]
fn a_zero_byte_in_a_path_or_target_is_refused() {
    let path = b"v/file\0.txt";
    let item = Item::file("v/file", "");
    let blocks = [extended(&[(b"path", path)]), item.blocks()].concat();
    assert_unsafe(
        &Craft::directory().with_blocks(&item, &blocks).end(),
        Hazard::ZeroByte,
        path,
    );
    let item = Item::symlink("v/link", "a");
    let blocks = [extended(&[(b"linkpath", b"a\0b")]), item.blocks()].concat();
    assert_unsafe(
        &Craft::directory().with_blocks(&item, &blocks).end(),
        Hazard::ZeroByte,
        "v/link",
    );
}

#[test]
fn pax_size_smuggling() {
    // One reader believes the header and sees the entries hidden in the "content"; the other one
    // believes the record and sees a file.
    let hidden = Craft::directory()
        .with(&Item::file("v/hidden", "owned"))
        .bytes();
    let visible = Item::file("v/file", &"x".repeat(hidden.len()));
    for (header_size, record) in [(0, hidden.len()), (hidden.len(), 0), (512, hidden.len())] {
        let mut header = visible.header();
        header[124..136].copy_from_slice(format!("{header_size:011o}\0").as_bytes());
        seal(&mut header);
        let record = record.to_string();
        let blocks = [
            extended(&[(b"size", record.as_bytes())]),
            header.to_vec(),
            padded(&hidden),
        ]
        .concat();
        let archive = Craft::directory().with_blocks(&visible, &blocks).end();
        assert_malformed(&archive, "a header is not in its canonical form");
    }
}

#[test]
fn a_size_where_nothing_can_have_one_is_refused() {
    for item in [
        Item::directory("v/x"),
        Item::symlink("v/x", "y"),
        Item::hard_link("v/x", "v/file"),
    ] {
        let item = Item {
            content: vec![b'x'; 512],
            ..item
        };
        let archive = Craft::directory()
            .with(&Item::file("v/file", ""))
            .with(&item)
            .end();
        assert_malformed(&archive, "a header is not in its canonical form");
    }
}

#[test]
fn a_header_that_says_the_same_otherwise_is_refused() {
    let spellings: [(usize, &[u8]); 8] = [
        (100, b"    755\0"),
        (100, b"000755 \0"),
        (257, b"ustar  \0"),
        (265, b"root"),
        (297, b"root"),
        (329, b"0000001\0"),
        (345, b"v\0"),
        (500, b"x"),
    ];
    for (offset, bytes) in spellings {
        let item = Item::directory("v/x");
        let mut header = item.header();
        header[offset..offset + bytes.len()].copy_from_slice(bytes);
        seal(&mut header);
        let archive = Craft::directory().with_blocks(&item, &header).end();
        assert!(
            matches!(
                refuse(&archive),
                Error::Malformed { .. } | Error::Unsafe { .. }
            ),
            "{}",
            bytes.escape_ascii()
        );
    }
}

#[test]
fn superfluous_repeated_unsorted_and_foreign_records_are_refused() {
    let sets: [&[(&[u8], &[u8])]; 11] = [
        &[],
        &[(b"path", b"v/x")],
        &[(b"mtime", b"1700000000")],
        &[(b"mtime", b"1700000000.50")],
        &[(b"mtime", b"1700000000.5"), (b"mtime", b"1700000000.5")],
        &[(b"mtime", b"1700000000.5"), (b"hdrcharset", b"BINARY")],
        &[(b"hdrcharset", b"BINARY"), (b"mtime", b"1700000000.5")],
        &[
            (b"SCHILY.xattr.user.b", b"1"),
            (b"SCHILY.xattr.user.a", b"1"),
        ],
        &[
            (b"SCHILY.xattr.user.a", b"1"),
            (b"SCHILY.xattr.user.a", b"1"),
        ],
        &[(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0")],
        &[(b"comment", b"hello")],
    ];
    for records in sets {
        let item = Item::file("v/x", "");
        let blocks = [extended(records), item.blocks()].concat();
        let archive = Craft::directory().with_blocks(&item, &blocks).end();
        assert!(
            matches!(refuse(&archive), Error::Malformed { .. }),
            "{records:?}"
        );
    }
}

#[test]
fn two_extended_headers_in_a_row_are_refused() {
    let time: (&[u8], &[u8]) = (b"mtime", b"1700000000.5");
    let item = Item::file("v/x", "");
    let blocks = [extended(&[time]), extended(&[time]), item.blocks()].concat();
    let archive = Craft::directory().with_blocks(&item, &blocks).end();
    assert_malformed(&archive, "entries of type 'x' are not used in this format");
}

#[test]
fn volumes_must_be_those_declared_in_that_order() {
    let two = || Craft::new(&[("a", "directory"), ("b", "file")]);
    let (a, b) = (Item::directory("a"), Item::file("b", ""));
    assert!(contents(&two().with(&a).with(&b).end()).is_ok());

    assert_unsafe(&two().with(&b).with(&a).end(), Hazard::VolumeOrder, "b");
    let stranger = two().with(&a).with(&Item::directory("c")).end();
    assert_unsafe(&stranger, Hazard::UndeclaredVolume, "c");
    let reserved = two()
        .with(&a)
        .with(&Item::file("prose-backup.json", ""))
        .end();
    assert_unsafe(&reserved, Hazard::UndeclaredVolume, "prose-backup.json");
    let again = two().with(&a).with(&b).with(&Item::file("a/x", "")).end();
    assert_unsafe(&again, Hazard::UndeclaredVolume, "a/x");
    let twice = two().with(&a).with(&a).end();
    assert_unsafe(&twice, Hazard::Duplicate, "a");
    let rootless = two().with(&Item::file("a/x", "")).end();
    assert_unsafe(&rootless, Hazard::NoParent, "a/x");
    let orphan = two().with(&a).with(&Item::file("a/x/y", "")).end();
    assert_unsafe(&orphan, Hazard::NoParent, "a/x/y");
    assert_unsafe(
        &two().with(&Item::file("a", "")).end(),
        Hazard::VolumeKind,
        "a",
    );
    let directory = two().with(&a).with(&Item::directory("b")).end();
    assert_unsafe(&directory, Hazard::VolumeKind, "b");
    let below = two().with(&a).with(&b).with(&Item::file("b/x", "")).end();
    assert_unsafe(&below, Hazard::ParentNotADirectory, "b/x");
    assert_malformed(&two().with(&a).end(), "the volume b is missing");
}

#[test]
fn hostile_volume_names_are_refused() {
    for name in [
        "..",
        ".",
        "",
        "a/b",
        "/etc",
        "A",
        ".hidden",
        "prose-backup.json",
        "a\\u0000",
    ] {
        let archive = Craft::new(&[(name, "file")]).with(&Item::file(name.replace('/', ""), ""));
        assert!(
            matches!(refuse(&archive.end()), Error::Malformed { .. }),
            "{name}"
        );
    }
}

#[test]
fn the_entry_of_a_record_is_always_the_same() {
    let good = Craft::directory();
    let text = good.end_text();
    for change in [
        |item: &mut Item| item.mode = 0o644,
        |item: &mut Item| item.owner = (0, 1),
        |item: &mut Item| item.mtime = (0, 1),
        |item: &mut Item| item.typeflag = b'2',
    ] {
        let mut item = Item {
            mode: 0o600,
            mtime: (0, 0),
            ..Item::file("prose-backup-end.json", &text)
        };
        change(&mut item);
        let archive = [good.clone().bytes(), item.blocks(), vec![0; 1024]].concat();
        assert!(matches!(refuse(&archive), Error::Malformed { .. }));
    }
}

#[test]
fn more_entries_than_allowed_are_refused_at_the_first_one_too_many() {
    let limits = Limits {
        max_entries: 100,
        ..Limits::default()
    };
    let mut craft = Craft::directory();
    for index in 1..100 {
        craft = craft.with(&Item::file(format!("v/{index}"), ""));
    }
    assert!(list(&mut &craft.clone().end()[..], &limits, &mut |_| Ok(())).is_ok());
    let error = refuse_within(&craft.with(&Item::file("v/more", "")).bytes(), &limits);
    assert_limit(&error, Limit::Entries);
}

#[test]
fn a_size_above_the_limit_is_refused_before_anything_is_written() {
    let limits = Limits {
        max_bytes: 1000,
        ..Limits::default()
    };
    let large = Item::file("v/large", &"x".repeat(1001));
    // Only the header is there: the content is not even waited for.
    let archive = Craft::directory().with_raw(&large.header()).bytes();
    assert_limit(&refuse_within(&archive, &limits), Limit::Bytes);
    let half = Item::file("v/half", &"x".repeat(501));
    let other = Item::file("v/other", &"x".repeat(500));
    let archive = Craft::directory().with(&half).with(&other).end();
    assert_limit(&refuse_within(&archive, &limits), Limit::Bytes);
}

#[test]
fn long_deep_and_wordy_entries_are_refused() {
    let refuse_path = |path: &[u8]| {
        // What the field shows never ends in a slash.
        let cut = &path[..path.len().min(100)];
        let item = Item::file(cut.strip_suffix(b"/").unwrap_or(cut), "");
        let blocks = [extended(&[(b"path", path)]), item.blocks()].concat();
        refuse(&Craft::directory().with_blocks(&item, &blocks).bytes())
    };
    let name = [b"v/", &[b'n'; 256][..]].concat();
    assert_limit(&refuse_path(&name), Limit::NameBytes);
    let deep = [b"v".to_vec(), b"/d".repeat(2048)].concat();
    assert_limit(&refuse_path(&deep), Limit::Depth);
    let long = [b"v/".to_vec(), [b'n'; 200].repeat(100)].concat();
    assert_limit(&refuse_path(&long), Limit::PathBytes);

    let item = Item::symlink("v/link", [b't'; 100]);
    let blocks = [extended(&[(b"linkpath", &[b't'; 20_000])]), item.blocks()].concat();
    let archive = Craft::directory().with_blocks(&item, &blocks).end();
    assert_limit(&refuse(&archive), Limit::PathBytes);
}

#[test]
fn an_extended_header_of_8_gib_is_refused_unread() {
    let mut header: [u8; 512] = extended(&[])[..512].try_into().unwrap();
    header[124..136].copy_from_slice(b"77777777777\0");
    seal(&mut header);
    let archive = Craft::directory().with_raw(&header).bytes();
    assert_limit(&refuse(&archive), Limit::ExtendedHeaderBytes);
}

#[track_caller]
fn assert_limit(error: &Error, expected: Limit) {
    match error {
        Error::LimitExceeded { limit, .. } => assert_eq!(*limit, expected),
        other => panic!("expected {expected:?}, got: {other}"),
    }
}

/// The attacks as another program writes them, which makes other headers than ours.
mod by_the_tar_crate {
    use tar::{Builder, EntryType, Header};

    use super::{Path, names, refuse, tempdir};

    fn header(path: &str, kind: EntryType, size: u64) -> Header {
        let mut header = Header::new_ustar();
        let name = &mut header.as_mut_bytes()[..path.len()];
        name.copy_from_slice(path.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o755);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(size);
        header
    }

    fn archive(attack: impl FnOnce(&mut Builder<Vec<u8>>)) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        let manifest = "{\"format\":1,\"blueprint\":1,\"volumes\":[{\"name\":\"v\",\"kind\":\"directory\"}]}\n";
        append(
            &mut builder,
            &mut header(
                "prose-backup.json",
                EntryType::Regular,
                manifest.len() as u64,
            ),
            manifest.as_bytes(),
        );
        append(
            &mut builder,
            &mut header("v/", EntryType::Directory, 0),
            b"",
        );
        attack(&mut builder);
        builder.into_inner().unwrap()
    }

    fn append(builder: &mut Builder<Vec<u8>>, header: &mut Header, content: &[u8]) {
        header.set_cksum();
        builder.append(header, content).unwrap();
    }

    fn link(builder: &mut Builder<Vec<u8>>, path: &str, kind: EntryType, target: &Path) {
        let mut header = header(path, kind, 0);
        header.set_link_name(target).unwrap();
        append(builder, &mut header, b"");
    }

    #[test]
    fn all_attacks_are_refused() {
        let outside = tempdir().unwrap();
        let target = outside.path();
        let file = |builder: &mut Builder<Vec<u8>>, path: &str| {
            append(builder, &mut header(path, EntryType::Regular, 5), b"owned");
        };
        let archives = [
            archive(|b| {
                link(b, "v/link", EntryType::Symlink, target);
                file(b, "v/link/file");
            }),
            archive(|b| link(b, "v/link", EntryType::Link, Path::new("/etc/passwd"))),
            archive(|b| file(b, "../file")),
            archive(|b| file(b, target.join("file").to_str().unwrap())),
            archive(|b| append(b, &mut header("v/null", EntryType::Char, 0), b"")),
            archive(|b| append(b, &mut header("v/fifo", EntryType::Fifo, 0), b"")),
            archive(|b| {
                let records = [("size", &b"5"[..])];
                b.append_pax_extensions(records).unwrap();
                append(b, &mut header("v/file", EntryType::Regular, 0), b"");
                b.append_pax_extensions([("path", &b"../../file"[..])])
                    .unwrap();
                file(b, "v/other");
            }),
        ];
        for archive in archives {
            refuse(&archive);
        }
        assert_eq!(names(target), [""; 0]);
    }
}
