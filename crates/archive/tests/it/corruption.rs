//! Archives that are not whole, not alone, or not what their end record says.

use std::fs;

use prose_backup_archive::{Error, Extractor, Limits, Mismatch, list};
use tempfile::tempdir;

use crate::{
    craft::{Craft, Item},
    support::{contents, directory, names, pack_directory, pack_volumes, set_mtime},
};

/// A small archive of every kind of entry.
fn small_archive() -> Vec<u8> {
    let root = tempdir().unwrap();
    let source = directory(root.path(), "source");
    fs::write(source.join("file"), "content").unwrap();
    set_mtime(&source.join("file"), 1, 5);
    fs::hard_link(source.join("file"), source.join("second")).unwrap();
    std::os::unix::fs::symlink("file", source.join("link")).unwrap();
    fs::write(root.path().join("single"), "x").unwrap();
    pack_volumes(&[("v", &source), ("w", &root.path().join("single"))])
}

/// Both ways to read it must fail, and leave nothing.
#[track_caller]
fn refuse(archive: &[u8]) -> Error {
    let root = tempdir().unwrap();
    let into = root.path().join("into");
    let staged = Extractor::into_directory(&into, Limits::default(), &())
        .and_then(|extractor| extractor.stage(&mut &archive[..]));
    let error = staged.expect_err("a broken archive was extracted");
    assert_eq!(names(root.path()), [""; 0]);
    assert!(error.is_refusal(), "{error}");
    let listed = contents(archive).expect_err("a broken archive was listed");
    assert_eq!(listed.to_string(), error.to_string());
    error
}

#[test]
fn every_changed_byte_is_noticed() {
    let archive = small_archive();
    assert!(contents(&archive).is_ok());
    let mut broken = archive.clone();
    for offset in 0..archive.len() {
        broken[offset] ^= 1 << (offset % 8);
        let result = list(&mut &broken[..], &Limits::default(), &mut |_| Ok(()));
        assert!(result.is_err(), "byte {offset}");
        broken[offset] = archive[offset];
    }
}

#[test]
fn a_cut_anywhere_is_noticed() {
    let archive = small_archive();
    for length in (0..archive.len()).step_by(13) {
        let result = list(&mut &archive[..length], &Limits::default(), &mut |_| Ok(()));
        assert!(
            matches!(result, Err(Error::Truncated { .. })),
            "{length}: {result:?}"
        );
    }
    for length in (0..archive.len()).step_by(512) {
        assert!(matches!(
            refuse(&archive[..length]),
            Error::Truncated { .. }
        ));
    }
}

#[test]
fn anything_after_the_end_is_refused() {
    let archive = small_archive();
    for tail in [&b"\0"[..], b"x", &[0; 512], &[0; 9216], &archive] {
        let longer = [&archive[..], tail].concat();
        let end = archive.len() as u64;
        match refuse(&longer) {
            Error::TrailingData { offset } => assert_eq!(offset, end),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn an_archive_read_in_small_pieces_is_the_same() {
    struct Dribble<'a>(&'a [u8], usize);
    impl std::io::Read for Dribble<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.1 += 1;
            if self.1.is_multiple_of(5) {
                return Err(std::io::ErrorKind::Interrupted.into());
            }
            let length = self.0.len().min(buffer.len()).min(1 + self.1 % 700);
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }
    let archive = small_archive();
    let mut entries = Vec::new();
    let mut visit = |entry: &prose_backup_archive::Entry| {
        entries.push(entry.clone());
        Ok(())
    };
    list(&mut Dribble(&archive, 0), &Limits::default(), &mut visit).unwrap();
    assert_eq!(entries, contents(&archive).unwrap());
}

#[test]
fn restore_that_drops_files_fails() {
    let items = [
        Item::directory("v"),
        Item::file("v/a", "first"),
        Item::file("v/b", "second"),
        Item::symlink("v/c", "a"),
    ];
    let build = |items: &[Item]| {
        let start = Craft::new(&[("v", "directory")]);
        items.iter().fold(start, Craft::with)
    };
    let text = build(&items).end_text();
    assert!(contents(&build(&items).end_with(&text)).is_ok());

    let dropped = [&items[..1], &items[2..]].concat();
    match refuse(&build(&dropped).end_with(&text)) {
        Error::EndRecordMismatch(Mismatch::Entries { recorded, found }) => {
            assert_eq!((recorded, found), (4, 3));
        }
        other => panic!("{other}"),
    }
    let mut shorter = items.clone();
    shorter[1].content.pop();
    assert!(matches!(
        refuse(&build(&shorter).end_with(&text)),
        Error::EndRecordMismatch(Mismatch::Bytes { .. })
    ));
    let mut swapped = items.clone();
    swapped.swap(1, 2);
    let changes: [fn(&mut [Item]); 7] = [
        |items| items[1].content[0] ^= 1,
        |items| items[1].mode = 0o700,
        |items| items[1].owner = (1, 0),
        |items| items[1].mtime.0 += 1,
        |items| items[1].path = b"v/aa".to_vec(),
        |items| items[3].target = b"b".to_vec(),
        |items| items.swap(1, 2),
    ];
    for change in changes {
        let mut items = items.clone();
        change(&mut items);
        assert!(matches!(
            refuse(&build(&items).end_with(&text)),
            Error::EndRecordMismatch(Mismatch::Content)
        ));
    }
}

#[test]
fn the_end_record_vouches_for_the_manifest_too() {
    let manifest = |number: u32| {
        format!(
            "{{\"format\":1,\"blueprint\":{number},\"volumes\":[{{\"name\":\"v\",\"kind\":\"directory\"}}]}}\n"
        )
    };
    let root = Item::directory("v");
    let text = Craft::with_manifest(&manifest(1)).with(&root).end_text();
    let other = Craft::with_manifest(&manifest(2))
        .with(&root)
        .end_with(&text);
    assert!(matches!(
        refuse(&other),
        Error::EndRecordMismatch(Mismatch::Content)
    ));
}

#[test]
fn an_end_record_must_be_there_once_and_in_its_one_form() {
    let good = Craft::directory();
    let text = good.end_text();
    assert!(contents(&good.clone().end()).is_ok());

    let none = [good.clone().bytes(), vec![0; 1024]].concat();
    assert!(matches!(refuse(&none), Error::Malformed { .. }));
    let end = good.clone().end();
    let once = &end[..end.len() - 1024];
    let record = &once[good.clone().bytes().len()..];
    let twice = [once, record, &[0; 1024]].concat();
    assert!(matches!(refuse(&twice), Error::Malformed { .. }));
    let followed = [once, &Item::file("v/x", "").blocks(), &[0; 1024]].concat();
    assert!(matches!(refuse(&followed), Error::Malformed { .. }));
    let single = [once, &[0; 512], &[b'x'; 512]].concat();
    assert!(matches!(refuse(&single), Error::Malformed { .. }));

    for other in [
        String::new(),
        text.trim_end().to_owned(),
        format!(" {text}"),
        text.replace(':', ": "),
        text.replace('}', ",\"more\":1}"),
        text.replace("\"bytes\":0", "\"bytes\":0,\"bytes\":0"),
        text.replace("\"bytes\":0", "\"bytes\":-0"),
        text.to_uppercase(),
        "{}\n".to_owned(),
    ] {
        let archive = good.clone().end_with(&other);
        assert!(
            matches!(refuse(&archive), Error::Malformed { .. }),
            "{other}"
        );
    }
    let long = format!("{}{}", " ".repeat(2000), text);
    assert!(matches!(
        refuse(&good.end_with(&long)),
        Error::Malformed { .. }
    ));
}

#[test]
fn an_archive_of_another_format_names_that_format() {
    let craft = Craft::with_manifest("{\"format\":2,\"anything\":[]}\n");
    assert!(matches!(
        refuse(&craft.end()),
        Error::NewerFormat { format: 2 }
    ));
}

#[test]
fn a_tar_made_by_hand_is_told_from_what_is_no_tar() {
    let root = tempdir().unwrap();
    fs::write(root.path().join("file"), "x").unwrap();
    for format in ["gnu", "oldgnu", "pax", "posix", "ustar", "v7"] {
        let output = std::process::Command::new("tar")
            .args(["--format", format, "-cf", "-", "-C"])
            .args([root.path(), std::path::Path::new(".")])
            .output()
            .unwrap();
        assert!(output.status.success());
        assert!(matches!(refuse(&output.stdout), Error::NotOurs), "{format}");
    }
    assert!(matches!(refuse(&[0; 10_240]), Error::NotOurs));
    assert!(matches!(refuse(&[b'x'; 4096]), Error::NotATar));
    assert!(matches!(refuse(b"short"), Error::Truncated { .. }));
    let zstd = [&b"\x28\xb5\x2f\xfd"[..], &[7; 2000]].concat();
    assert!(matches!(refuse(&zstd), Error::NotATar));
}

#[test]
fn a_reader_that_fails_is_reported_as_such() {
    struct Failing<'a>(&'a [u8]);
    impl std::io::Read for Failing<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(std::io::Error::other("the connection was lost")),
                length => Ok(length),
            }
        }
    }
    let root = tempdir().unwrap();
    let archive = pack_directory(root.path());
    let half = &archive[..archive.len() / 2];
    let error = list(&mut Failing(half), &Limits::default(), &mut |_| Ok(())).unwrap_err();
    assert!(matches!(error, Error::Read(_)));
    assert!(!error.is_refusal());
}
