//! Everything about a tree of files that a backup must bring back, for comparison.
//!
//! Knows nothing of this crate.

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsStr,
    fmt::Write,
    fs,
    hash::{DefaultHasher, Hasher},
    io::Read,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::Path,
};

/// A tree: every path below its root (the root itself is empty), with what is there.
pub(crate) type Tree = BTreeMap<Vec<u8>, Node>;

/// What lies under one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// `f`, `d`, `l`, or `?` for anything else.
    pub(crate) kind: char,
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    /// Of files only.
    pub(crate) size: u64,
    pub(crate) mtime: (i64, i64),
    /// Of symbolic links only.
    pub(crate) target: Vec<u8>,
    /// The first path of the same file, of files with several names.
    pub(crate) same_as: Option<Vec<u8>>,
    pub(crate) xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Of files only.
    pub(crate) content: u64,
}

/// Reads a tree; `root` may also be a single file.
pub(crate) fn read(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut first_paths = HashMap::new();
    visit(root, b"", &mut tree, &mut first_paths);
    tree
}

/// Compares two trees, and says only where they differ.
#[track_caller]
pub(crate) fn assert_same(left: &Tree, right: &Tree) {
    let mut differences = String::new();
    for path in left
        .keys()
        .chain(right.keys().filter(|path| !left.contains_key(*path)))
    {
        if left.get(path) != right.get(path) {
            let (left, right) = (left.get(path), right.get(path));
            let path = path.escape_ascii();
            writeln!(differences, "{path}:\n  left  {left:?}\n  right {right:?}").unwrap();
        }
    }
    assert!(differences.is_empty(), "the trees differ:\n{differences}");
}

fn visit(
    path: &Path,
    relative: &[u8],
    tree: &mut Tree,
    first_paths: &mut HashMap<(u64, u64), Vec<u8>>,
) {
    let metadata = fs::symlink_metadata(path).unwrap();
    let is_file = metadata.is_file();
    let mut same_as = None;
    if is_file && metadata.nlink() > 1 {
        let id = (metadata.dev(), metadata.ino());
        let first = first_paths.entry(id).or_insert_with(|| relative.to_vec());
        same_as = Some(first.clone());
    }
    let node = Node {
        kind: match metadata.file_type() {
            kind if kind.is_file() => 'f',
            kind if kind.is_dir() => 'd',
            kind if kind.is_symlink() => 'l',
            _ => '?',
        },
        mode: metadata.mode() & 0o7777,
        owner: (metadata.uid(), metadata.gid()),
        size: if is_file { metadata.len() } else { 0 },
        mtime: (metadata.mtime(), metadata.mtime_nsec()),
        target: if metadata.is_symlink() {
            fs::read_link(path).unwrap().as_os_str().as_bytes().to_vec()
        } else {
            Vec::new()
        },
        same_as,
        xattrs: xattrs(path),
        content: if is_file { content(path) } else { 0 },
    };
    tree.insert(relative.to_vec(), node);
    if !metadata.is_dir() {
        return;
    }
    let mut names: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    for name in names {
        let mut below = relative.to_vec();
        if !below.is_empty() {
            below.push(b'/');
        }
        below.extend_from_slice(name.as_bytes());
        visit(&path.join(&name), &below, tree, first_paths);
    }
}

fn xattrs(path: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut names = vec![0; 64 << 10];
    let length = rustix::fs::llistxattr(path, &mut names[..]).unwrap_or(0);
    names[..length]
        .split(|&byte| byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| {
            let mut value = vec![0; 64 << 10];
            let length = rustix::fs::lgetxattr(path, OsStr::from_bytes(name), &mut value[..]);
            value.truncate(length.unwrap());
            (name.to_vec(), value)
        })
        .collect()
}

fn content(path: &Path) -> u64 {
    let mut file = fs::File::open(path).unwrap();
    let mut buffer = vec![0; 1 << 20];
    let mut hasher = DefaultHasher::new();
    loop {
        match file.read(&mut buffer).unwrap() {
            0 => return hasher.finish(),
            length => hasher.write(&buffer[..length]),
        }
    }
}
