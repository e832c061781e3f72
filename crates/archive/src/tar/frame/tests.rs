use proptest::prelude::*;

use super::{Entry, EntryKind, EntryPath, ModificationTime, decode, encode, split};
use crate::{Xattr, tar::BLOCK};

fn file(path: &str) -> Entry {
    Entry {
        path: path.into(),
        kind: EntryKind::File { size: 0 },
        mode: 0o644,
        uid: 0,
        gid: 0,
        modified: ModificationTime::default(),
        xattrs: Vec::new(),
    }
}

/// Encodes, and decodes the one or two headers.
fn round_trip(entry: &Entry) -> Entry {
    let mut bytes = Vec::new();
    let extended = encode(entry, &mut bytes);
    let (head, block) = bytes.split_at(bytes.len() - BLOCK);
    let body = (extended > 0).then(|| &head[BLOCK..BLOCK + extended]);
    decode(body, block.try_into().unwrap()).unwrap()
}

#[test]
fn a_path_is_split_at_the_last_slash_that_the_prefix_has_room_for() {
    let (a, b) = ("a".repeat(100), "b".repeat(99));
    let exact = format!("{}/{}", "p".repeat(155), a);
    let cases = [
        (a.clone(), Some((String::new(), a.clone()))),
        (format!("x{a}"), None),
        (format!("x/{a}"), Some(("x".to_owned(), a.clone()))),
        (exact.clone(), Some(("p".repeat(155), a.clone()))),
        (format!("p{exact}"), None),
        // A directory's own slash at the end is not where to split.
        (format!("{a}/"), None),
        (format!("x/{b}/"), Some(("x".to_owned(), format!("{b}/")))),
        (format!("x/{a}/"), None),
    ];
    for (path, expected) in cases {
        let parts = split(path.as_bytes());
        let expected = expected.as_ref().map(|(p, n)| (p.as_bytes(), n.as_bytes()));
        assert_eq!(parts, expected, "{path}");
    }
}

#[test]
fn what_ustar_can_say_has_no_extended_header() {
    let mut bytes = Vec::new();
    assert_eq!(encode(&file("v/a"), &mut bytes), 0);
    assert_eq!(bytes.len(), BLOCK);
}

#[test]
fn a_file_above_8_gib_keeps_its_size() {
    let mut entry = file("v/large");
    for size in [(8 << 30) - 1, 8 << 30, 9 << 30, u64::MAX] {
        entry.kind = EntryKind::File { size };
        assert_eq!(round_trip(&entry), entry);
        assert_eq!(
            encode(&entry, &mut Vec::new()) > 0,
            size >= 8 << 30,
            "{size}"
        );
    }
}

#[test]
fn a_cut_name_never_ends_in_a_slash() {
    let mut bytes = Vec::new();
    encode(
        &file(&format!("{}/{}", "d".repeat(99), "f".repeat(200))),
        &mut bytes,
    );
    assert_eq!(
        bytes[bytes.len() - BLOCK..][..100],
        *["d".repeat(99), "\0".to_owned()].concat().as_bytes()
    );
}

fn names() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(b'a'), any::<u8>()];
    prop::collection::vec(
        byte.prop_filter("not in names", |b| !matches!(b, 0 | b'/')),
        1..120,
    )
}

fn entries() -> impl Strategy<Value = Entry> {
    let path =
        prop::collection::vec(names(), 1..5).prop_map(|names| EntryPath::from(names.join(&b'/')));
    let target = prop::collection::vec(1_u8.., 1..300).prop_map(EntryPath::from);
    let kind = prop_oneof![
        any::<u64>().prop_map(|size| EntryKind::File { size }),
        (0_u64..1000).prop_map(|size| EntryKind::File { size }),
        Just(EntryKind::Directory),
        target
            .clone()
            .prop_map(|target| EntryKind::Symlink { target }),
        target.prop_map(|target| EntryKind::HardLink { target }),
    ];
    let id = || prop_oneof![0_u32..3_000_000, any::<u32>()];
    let time = (any::<i64>(), prop_oneof![Just(0), 0_u32..1_000_000_000])
        .prop_map(|(s, n)| ModificationTime::new(s, n).unwrap());
    let xattrs = prop::collection::btree_map(
        prop::collection::vec(
            prop_oneof![Just(b'%'), Just(b'='), Just(b'2'), 1_u8..],
            1..20,
        ),
        prop::collection::vec(any::<u8>(), 0..300),
        0..4,
    );
    (path, kind, 0_u32..0o10000, id(), id(), time, xattrs).prop_map(
        |(path, kind, mode, uid, gid, modified, xattrs)| Entry {
            path,
            mode: if matches!(kind, EntryKind::Symlink { .. }) {
                0o777
            } else {
                mode
            },
            uid,
            gid,
            modified,
            xattrs: match kind {
                EntryKind::HardLink { .. } => Vec::new(),
                _ => xattrs
                    .into_iter()
                    .map(|(name, value)| Xattr { name, value })
                    .collect(),
            },
            kind,
        },
    )
}

proptest! {
    #[test]
    fn every_entry_comes_back_from_its_headers(entry in entries()) {
        prop_assert_eq!(round_trip(&entry), entry);
    }

    #[test]
    fn arbitrary_blocks_never_panic(
        block in prop::collection::vec(any::<u8>(), BLOCK),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let block = block.try_into().unwrap();
        let _ = decode(Some(&body), &block);
    }
}
