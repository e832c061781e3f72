//! The attacks as another program writes them, which makes other headers than ours.

use std::path::Path;

use tar::{Builder, EntryType, Header};
use tempfile::tempdir;

use super::refuse;
use crate::{craft::Craft, support::names};

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

/// A good beginning, of our own making; then the attack.
fn archive(attack: impl FnOnce(&mut Builder<Vec<u8>>)) -> Vec<u8> {
    let mut builder = Builder::new(Craft::directory().bytes());
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
