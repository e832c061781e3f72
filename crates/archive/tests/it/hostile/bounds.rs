//! Archives that demand too much.

use prose_backup_archive::{Error, Limit, Limits, list};

use super::{refuse, refuse_within};
use crate::craft::{Craft, Item, extended, seal};

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
    let blocks = [
        extended(&[(b"linkpath", &vec![b't'; 20_000])]),
        item.blocks(),
    ]
    .concat();
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

#[test]
fn extended_attributes_that_no_file_can_have_are_refused() {
    let name = |index: usize| &*Box::leak(format!("user.{index:0>245}").into_boxed_str());
    let refuse_xattrs = |xattrs| {
        let item = Item {
            xattrs,
            ..Item::file("v/x", "")
        };
        refuse(&Craft::directory().with(&item).end())
    };
    let long_name = &*Box::leak("n".repeat(256).into_boxed_str());
    for xattrs in [
        vec![(long_name, Vec::new())],
        vec![("user.x", vec![0; (64 << 10) + 1])],
        (0..262).map(|index| (name(index), Vec::new())).collect(),
    ] {
        match refuse_xattrs(xattrs) {
            Error::Malformed { why, .. } => assert_eq!(
                why,
                "the extended attributes are larger than any file can have"
            ),
            other => panic!("{other}"),
        }
    }
    let values = (0..5).map(|index| (name(index), vec![0; 60 << 10]));
    assert_limit(&refuse_xattrs(values.collect()), Limit::XattrBytes);
}

#[test]
fn the_attributes_of_nested_directories_are_limited_together() {
    let limits = Limits {
        max_nested_xattr_bytes: 300,
        ..Limits::default()
    };
    let with_xattr = |path| Item {
        xattrs: vec![("user.x", vec![7; 30])],
        ..Item::directory(path)
    };
    let craft = Craft::directory()
        .with(&with_xattr("v/a"))
        .with(&with_xattr("v/a/b"))
        .with(&with_xattr("v/a/b/c"));
    let beside = craft.clone().with(&with_xattr("v/a/b/d")).end();
    assert!(list(&mut &beside[..], &limits, &mut |_| Ok(())).is_ok());
    let below = craft.with(&with_xattr("v/a/b/c/d")).end();
    let error = refuse_within(&below, &limits);
    assert_limit(&error, Limit::NestedXattrBytes);
}

#[track_caller]
fn assert_limit(error: &Error, expected: Limit) {
    match error {
        Error::LimitExceeded { limit, .. } => assert_eq!(*limit, expected),
        other => panic!("expected {expected:?}, got: {other}"),
    }
}
