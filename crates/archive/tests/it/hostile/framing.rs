//! Headers that two programs would read differently.

use prose_backup_archive::Error;

use super::{assert_malformed, refuse};
use crate::craft::{Craft, Item, extended, padded, seal};

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
