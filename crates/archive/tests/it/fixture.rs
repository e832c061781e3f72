//! A tree with everything odd that a volume can hold.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{FileExt, chown, lchown, symlink},
        net::UnixListener,
    },
    path::Path,
};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::support::{is_root, set_mode, set_mtime, set_xattr};

/// What an ordinary user may have as well.
pub(crate) fn odd_tree(root: &Path) {
    fs::create_dir_all(root.join("empty directory")).unwrap();
    fs::create_dir_all(root.join("sub/below")).unwrap();
    names(root);
    links(root);
    contents(root);
    attributes(root);
    if is_root() {
        owners(root);
    }
    // Directories last: making something in them moves their time.
    set_mtime(&root.join("empty directory"), -77, 123_456_789);
    set_mtime(&root.join("sub/below"), 1_600_000_000, 1);
    set_mtime(&root.join("sub"), 1_500_000_000, 999_999_999);
    set_mtime(root, 1_400_000_000, 42);
}

fn names(root: &Path) {
    let names: [&[u8]; 9] = [
        b"-rf",
        b"with blank",
        b"line\nfeed",
        b"back\\slash",
        b"\xff\xfe not UTF-8",
        "d\u{e9}j\u{e0} vu".as_bytes(),
        b"prose-backup.json",
        b"prose-backup-end.json",
        b"..data",
    ];
    for name in names {
        fs::write(root.join(OsStr::from_bytes(name)), name).unwrap();
    }
    fs::write(root.join("n".repeat(200)), "200 bytes").unwrap();
    let mut long = vec![0xe9; 150];
    long.extend_from_slice(&[b'x'; 105]);
    fs::write(root.join(OsStr::from_bytes(&long)), "255 bytes, not UTF-8").unwrap();
    // Around the lengths that the header's fields have room for.
    for length in 90..=102 {
        fs::create_dir(root.join("l".repeat(length))).unwrap();
        fs::write(root.join("l".repeat(length)).join("f"), [0; 7]).unwrap();
        fs::write(root.join("l".repeat(length)).join("g".repeat(length)), "").unwrap();
    }
    let mut deep = root.join("deep");
    for level in 0..40 {
        deep.push(format!("level {level:03}"));
    }
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("file"), "at the end of a long path").unwrap();
    // A name whose hundredth byte in the archive is a slash.
    let directory = root.join("s".repeat(97));
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("t".repeat(160)), "cut at a slash").unwrap();
}

fn links(root: &Path) {
    symlink("nowhere", root.join("dangling")).unwrap();
    symlink("sub", root.join("link to a directory")).unwrap();
    symlink("/etc/passwd", root.join("absolute link")).unwrap();
    symlink("../../..", root.join("sub/up")).unwrap();
    symlink("t".repeat(300), root.join("link with a long target")).unwrap();
    symlink(
        OsStr::from_bytes(&[0xff; 120]),
        root.join("link, not UTF-8"),
    )
    .unwrap();
    set_mtime(&root.join("dangling"), -1, 500_000_000);
    set_mtime(&root.join("absolute link"), 1_234_567_890, 987_654_321);

    fs::write(root.join("sub/first name"), "one file").unwrap();
    fs::hard_link(root.join("sub/first name"), root.join("another name")).unwrap();
    fs::hard_link(root.join("sub/first name"), root.join("sub/below/third")).unwrap();
    let long = root.join("h".repeat(220));
    fs::write(&long, "linked under a long name").unwrap();
    fs::hard_link(&long, root.join("zz")).unwrap();
}

fn contents(root: &Path) {
    for size in [0, 1, 511, 512, 513, 4096, 300_000] {
        let content: Vec<u8> = (0..size).map(|i| u8::try_from(i % 251).unwrap()).collect();
        fs::write(root.join(format!("{size} bytes")), content).unwrap();
    }
    let sparse = fs::File::create(root.join("sparse")).unwrap();
    sparse.set_len(5 << 20).unwrap();
    sparse.write_all_at(b"data", 3 << 20).unwrap();
}

fn attributes(root: &Path) {
    for mode in [0o400, 0o444, 0o600, 0o755, 0o1644, 0o2755, 0o4755, 0o6711] {
        let path = root.join(format!("mode {mode:o}"));
        fs::write(&path, "").unwrap();
        set_mode(&path, mode);
    }
    for (index, (seconds, nanoseconds)) in [
        (0, 0),
        (0, 1),
        (-1, 999_999_999),
        (-1_000_000_000, 0),
        (-2_000_000_000, 5),
        (1, 500_000_000),
        (2_000_000_000, 999_999_999),
        (4_294_967_296, 0),
        (8_589_934_592, 10),
    ]
    .into_iter()
    .enumerate()
    {
        let path = root.join(format!("time {index}"));
        fs::write(&path, "").unwrap();
        set_mtime(&path, seconds, nanoseconds);
    }
    let path = root.join("with attributes");
    fs::write(&path, "x").unwrap();
    set_xattr(&path, "user.comment", b"a value = with\nodd bytes \0\xff");
    set_xattr(&path, "user.50%=half", b"");
    set_xattr(&path, "system.posix_acl_access", &acl());
    set_xattr(&root.join("sub"), "user.on a directory", b"1");
    set_xattr(&root.join("sub"), "system.posix_acl_default", &acl());
}

/// `user::rw-`, `user:1234:r--`, `group::r--`, `mask::r--`, `other::---`
pub(crate) fn acl() -> Vec<u8> {
    let nobody = u32::MAX;
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in [
        (1_u16, 6_u16, nobody),
        (2, 4, 1234),
        (4, 4, nobody),
        (0x10, 4, nobody),
        (0x20, 0, nobody),
    ] {
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&rights.to_le_bytes());
        bytes.extend_from_slice(&id.to_le_bytes());
    }
    bytes
}

/// What only root may make.
fn owners(root: &Path) {
    for (index, owner) in [
        (1000, 1001),
        (0, 65534),
        (2_097_151, 2_097_152),
        (3_000_000_000, 0),
    ]
    .into_iter()
    .enumerate()
    {
        let path = root.join(format!("owner {index}"));
        fs::write(&path, "").unwrap();
        chown(&path, Some(owner.0), Some(owner.1)).unwrap();
        set_mode(&path, 0o6755);
    }
    fs::write(root.join("mode 0"), "secret").unwrap();
    set_mode(&root.join("mode 0"), 0o000);
    fs::create_dir(root.join("closed")).unwrap();
    fs::write(root.join("closed/inside"), "").unwrap();
    set_mode(&root.join("closed"), 0o000);
    lchown(root.join("dangling"), Some(1234), Some(5678)).unwrap();
    chown(root.join("sub/below"), Some(33), Some(33)).unwrap();
    set_mode(&root.join("sub/below"), 0o2770);

    let capable = root.join("with capabilities");
    fs::write(&capable, "").unwrap();
    chown(&capable, Some(1000), Some(1000)).unwrap();
    let cap_net_raw = [
        1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    set_xattr(&capable, "security.capability", &cap_net_raw);
    set_xattr(&root.join("dangling"), "trusted.on a link", b"1");
}

/// Things that are not archived.
pub(crate) fn special_files(root: &Path) {
    UnixListener::bind(root.join("socket")).unwrap();
    mknodat(CWD, root.join("fifo"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    if is_root() {
        let null = rustix::fs::makedev(1, 3);
        mknodat(
            CWD,
            root.join("device"),
            FileType::CharacterDevice,
            Mode::RWXU,
            null,
        )
        .unwrap();
    }
}
