//! Everything odd that a volume can hold.

use std::{fs::OpenOptions, os::unix::fs::FileExt};

use rustix::fs::FileType;

use super::{
    content::Content,
    pod::{Builder, Owners, bytes, set_mode, set_owner, set_time, set_xattr},
};

/// Adds all of it in a directory of its own.
pub(crate) fn add(tree: &mut Builder<'_>) {
    tree.directory("odd", 0o755);
    names(tree);
    links(tree);
    contents(tree);
    modes(tree);
    times(tree);
    attributes(tree);
    tree.directory("odd/empty", 0o700);
    tree.directories("odd/nested/and/empty");
    tree.special("odd/socket", FileType::Socket);
    tree.special("odd/fifo", FileType::Fifo);
    if tree.owners() == Owners::Many {
        privileged(tree);
    }
}

fn names(tree: &mut Builder<'_>) {
    let names: [&[u8]; 11] = [
        b"-rf",
        b"with blank ",
        b"line\nfeed\r\n",
        b"tab\tand\x1b[31mescape",
        b"back\\slash",
        b"\xff\xfe not UTF-8",
        "d\u{e9}j\u{e0} vu".as_bytes(),
        "de\u{301}ja\u{300} vu".as_bytes(),
        b"prose-backup.json",
        b"prose-backup-end.json",
        b"..data",
    ];
    for name in names {
        tree.file(bytes(&[b"odd/", name].concat()), name, 0o644);
    }
    let long = "n".repeat(200);
    tree.file(format!("odd/{long}"), b"200 bytes", 0o644);
    let longest = [&b"odd/"[..], &[0xe9; 150], &[b'x'; 105]].concat();
    tree.file(bytes(&longest), b"255 bytes, not UTF-8", 0o644);
    // Around the lengths that a tar header has room for.
    for length in 90..=102 {
        let directory = format!("odd/{}", "l".repeat(length));
        tree.directory(&directory, 0o755);
        tree.file(format!("{directory}/f"), b"", 0o644);
        tree.file(format!("{directory}/{}", "g".repeat(length)), b"x", 0o644);
    }
    // A path of 400 bytes, and one of more than 1,000.
    tree.directories("odd/deep");
    let mut deep = "odd/deep".to_owned();
    for level in 0..30 {
        deep = format!("{deep}/level {level:02} of a long path that goes on");
        tree.directory(&deep, 0o755);
        if level == 9 {
            let name = "f".repeat(400 - deep.len() - 1);
            tree.file(format!("{deep}/{name}"), b"400 bytes", 0o644);
        }
    }
}

fn links(tree: &mut Builder<'_>) {
    tree.directory("odd/links", 0o755);
    tree.directory("odd/links/below", 0o2755);
    tree.link("odd/links/dangling", "nowhere/at all");
    tree.link("odd/links/to a directory", "../deep");
    tree.link("odd/links/to itself", "to itself");
    tree.link("odd/links/absolute", "/etc/passwd");
    tree.link("odd/links/out", "../../../../..");
    tree.link("odd/links/long target", "t".repeat(300));
    tree.link("odd/links/not UTF-8", bytes(&[0xff; 120]));
    let dangling = tree.full("odd/links/dangling");
    set_time(&dangling, -1, 500_000_001);

    tree.file("odd/links/first", b"one file, three names", 0o640);
    tree.name("odd/links/second", "odd/links/first");
    tree.name("odd/links/below/third", "odd/links/first");
    tree.name("odd/another", "odd/links/first");
    let long = format!("odd/links/{}", "h".repeat(220));
    tree.file(&long, b"linked under a long name", 0o644);
    tree.name("odd/links/zz", &long);
    tree.file("odd/links/empty", b"", 0o644);
    tree.name("odd/links/empty too", "odd/links/empty");
}

fn contents(tree: &mut Builder<'_>) {
    for size in [0, 1, 511, 512, 513, 4095, 4096, 4097, 300_000] {
        let content = if size % 2 == 0 {
            Content::Text
        } else {
            Content::Incompressible
        };
        tree.content(format!("odd/{size} bytes"), size, content);
    }
    let path = tree.file("odd/sparse", b"begins with data", 0o644);
    let sparse = OpenOptions::new().write(true).open(&path).unwrap();
    sparse.set_len(16 << 20).unwrap();
    sparse.write_all_at(b"data", 5 << 20).unwrap();
    set_time(&path, 1_500_000_000, 1);
    // A file whose content is what the format is made of.
    tree.file("odd/zeros", &[0; 10_240], 0o644);
}

fn modes(tree: &mut Builder<'_>) {
    for mode in [
        0o400, 0o440, 0o444, 0o500, 0o600, 0o644, 0o666, 0o755, 0o777, 0o1644, 0o2755, 0o4711,
        0o4755, 0o6755,
    ] {
        tree.file(format!("odd/mode {mode:o}"), b"x", mode);
    }
    for mode in [0o500, 0o555, 0o700, 0o1777, 0o2770, 0o3755] {
        let directory = format!("odd/directory {mode:o}");
        tree.directory(&directory, mode);
        tree.file(format!("{directory}/inside"), b"x", 0o600);
    }
}

fn times(tree: &mut Builder<'_>) {
    for (index, (seconds, nanoseconds)) in [
        (0, 0),
        (0, 1),
        (-1, 999_999_999),
        (-86_400, 0),
        (-2_000_000_000, 5),
        (1, 500_000_000),
        (1_700_000_000, 123_456_789),
        (2_147_483_648, 0),
        (4_294_967_296, 999_999_999),
        (8_589_934_592, 10),
    ]
    .into_iter()
    .enumerate()
    {
        let path = tree.file(format!("odd/time {index}"), b"", 0o644);
        set_time(&path, seconds, nanoseconds);
    }
}

fn attributes(tree: &mut Builder<'_>) {
    let path = tree.file("odd/with attributes", b"x", 0o640);
    set_xattr(&path, "user.comment", b"a value = with\nodd bytes \0\xff");
    set_xattr(&path, "user.50%=half", b"");
    set_xattr(&path, "system.posix_acl_access", &access_list());
    set_time(&path, 1_600_000_000, 2);
    let path = tree.full("odd/links");
    set_xattr(&path, "user.on a directory", b"1");
    set_xattr(&path, "system.posix_acl_default", &access_list());
}

/// What only root may make.
fn privileged(tree: &mut Builder<'_>) {
    for (index, (user, group)) in [
        (0, 0),
        (0, 65534),
        (2_097_151, 2_097_152),
        (3_000_000_000, 0),
    ]
    .into_iter()
    .enumerate()
    {
        let path = tree.file(format!("odd/owner {index}"), b"", 0o600);
        set_owner(&path, user, group);
        set_mode(&path, 0o6755);
    }
    tree.file("odd/mode 0", b"secret", 0o000);
    tree.directory("odd/directory 0", 0o000);
    tree.file("odd/directory 0/inside", b"x", 0o600);
    let capable = tree.file("odd/with capabilities", b"", 0o755);
    let net_raw = [
        1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    set_xattr(&capable, "security.capability", &net_raw);
}

/// `user::rw-`, `user:1234:r--`, `group::r--`, `mask::r--`, `other::---`, as Linux stores it.
fn access_list() -> Vec<u8> {
    const NOBODY: u32 = u32::MAX;
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in [
        (1_u16, 6_u16, NOBODY),
        (2, 4, 1234),
        (4, 4, NOBODY),
        (0x10, 4, NOBODY),
        (0x20, 0, NOBODY),
    ] {
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&rights.to_le_bytes());
        bytes.extend_from_slice(&id.to_le_bytes());
    }
    bytes
}
