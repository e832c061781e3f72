//! How much memory an extraction takes at the most.

use std::{
    fs::{self, File},
    path::Path,
};

use prose_backup_archive::{Error, Extractor, Limit, Limits};
use tempfile::tempdir;

use crate::{
    craft::{Craft, Item, extended, seal},
    support::{directory, names, run_again, set_up},
};

/// What an extraction may take, this program included.
const MAX_KIB: u64 = 64 << 10;

/// Attributes of no content and names of six bytes, which no file system takes.
fn tiny_xattrs(count: usize) -> Vec<(&'static str, Vec<u8>)> {
    let name = |index| &*Box::leak(format!("x.{index:05}").into_boxed_str());
    (0..count).map(|index| (name(index), Vec::new())).collect()
}

/// Nested directories, whose paths are as long as they may be, the first ones with attributes.
fn nested(levels: usize, with_xattrs: usize, xattrs: &[(&'static str, Vec<u8>)]) -> Craft {
    // No header has room for a name so long: all paths are in records.
    let mut path = format!("v/{}", "n".repeat(250)).into_bytes();
    let mut craft = Craft::directory();
    for level in 0..levels {
        let item = Item {
            xattrs: if level < with_xattrs {
                xattrs.to_vec()
            } else {
                Vec::new()
            },
            ..Item::directory(&path)
        };
        let stored = [&path[..], b"/"].concat();
        let keys: Vec<Vec<u8>> = item
            .xattrs
            .iter()
            .map(|(name, _)| format!("SCHILY.xattr.{name}").into_bytes())
            .collect();
        let mut records: Vec<(&[u8], &[u8])> = vec![(b"path", &stored)];
        records.extend(keys.iter().map(|key| (&key[..], &b""[..])));
        let mut header = Item::file(&path[..100], "").header();
        header[156] = b'5';
        seal(&mut header);
        craft = craft.with_blocks(&item, &[&extended(&records)[..], &header].concat());
        path.extend_from_slice(b"/dddddd");
    }
    craft
}

fn extract(root: &Path, archive: &str) -> Result<(), Error> {
    let out = root.join("out");
    let staged = Extractor::into_directory(&out, Limits::default(), &())?
        .stage(&mut File::open(root.join(archive)).unwrap())
        .map(drop);
    assert!(!out.exists());
    staged
}

/// The most that this program has ever had in memory.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn no_archive_takes_much_memory_to_extract() {
    let Some(root) = set_up() else {
        let root = tempdir().unwrap();
        let write = |name, craft: Craft| fs::write(root.path().join(name), craft.end()).unwrap();
        // Each attribute counts 7 + 64 bytes.
        let most = tiny_xattrs((256 << 10) / 71);
        write("worst", nested(2046, 16, &most));
        write("one directory more", nested(17, 17, &most));
        write(
            "a list of names too long",
            nested(1, 1, &tiny_xattrs(40_000)),
        );
        let test = "memory::no_archive_takes_much_memory_to_extract";
        return run_again(test, ":", root.path());
    };
    extract(&root, "worst").unwrap();
    assert!(matches!(
        extract(&root, "one directory more"),
        Err(Error::LimitExceeded {
            limit: Limit::NestedXattrBytes,
            ..
        })
    ));
    assert!(matches!(
        extract(&root, "a list of names too long"),
        Err(Error::Malformed { .. })
    ));
    let peak = peak_kib();
    assert!(peak < MAX_KIB, "{peak} KiB");
    assert_eq!(names(&directory(&root, "out")), [""; 0]);
}
