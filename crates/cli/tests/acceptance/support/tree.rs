//! Everything about a tree of files that a backup must bring back, for comparison.
//!
//! Knows nothing of the program.

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsStr,
    fmt::Write,
    fs::{self, File, Metadata},
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::Path,
};

use rustix::buffer::spare_capacity;

/// A tree: every path below its root (the root itself is empty), with what is there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tree {
    nodes: BTreeMap<Vec<u8>, Node>,
}

/// What lies under one path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    kind: Kind,
    mode: u32,
    /// User and group.
    owner: (u32, u32),
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    /// Of files with several names in the tree: the first of them.
    same_as: Option<Vec<u8>>,
    xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    File { size: u64, content: blake3::Hash },
    Directory,
    Link { target: Vec<u8> },
    Special,
}

impl Tree {
    /// Reads a tree; `root` may also be a single file.
    pub(crate) fn read(root: &Path) -> Self {
        let mut reader = Reader::default();
        reader.visit(root, b"");
        Self {
            nodes: reader.nodes,
        }
    }

    /// The same without sockets, FIFOs and devices, which no backup holds.
    pub(crate) fn without_special_files(mut self) -> Self {
        self.nodes.retain(|_, node| node.kind != Kind::Special);
        self
    }

    /// How many paths there are.
    pub(crate) fn entries(&self) -> usize {
        self.nodes.len()
    }

    /// How many of them are names of files.
    pub(crate) fn files(&self) -> usize {
        let is_file = |node: &&Node| matches!(node.kind, Kind::File { .. });
        self.nodes.values().filter(is_file).count()
    }

    /// How many bytes the files hold, each counted once.
    pub(crate) fn bytes(&self) -> u64 {
        self.nodes
            .iter()
            .filter(|(path, node)| node.same_as.as_ref().is_none_or(|first| first == *path))
            .map(|(_, node)| match node.kind {
                Kind::File { size, .. } => size,
                _ => 0,
            })
            .sum()
    }

    /// Fails where the trees differ, and says where, but not more than a reader can take.
    #[track_caller]
    pub(crate) fn assert_same(&self, other: &Self) {
        const MOST: usize = 10;
        let added = other
            .nodes
            .keys()
            .filter(|path| !self.nodes.contains_key(*path));
        let differences: Vec<_> = self
            .nodes
            .keys()
            .chain(added)
            .filter(|path| self.nodes.get(*path) != other.nodes.get(*path))
            .collect();
        let mut report = String::new();
        for path in differences.iter().take(MOST) {
            let (left, right) = (self.nodes.get(*path), other.nodes.get(*path));
            let path = path.escape_ascii();
            writeln!(report, "/{path}:\n  left  {left:?}\n  right {right:?}").unwrap();
        }
        let count = differences.len();
        assert!(count == 0, "the trees differ in {count} paths:\n{report}");
    }
}

#[derive(Default)]
struct Reader {
    nodes: BTreeMap<Vec<u8>, Node>,
    /// The first path of every file with several.
    first_paths: HashMap<(u64, u64), Vec<u8>>,
}

impl Reader {
    fn visit(&mut self, full: &Path, path: &[u8]) {
        let metadata = fs::symlink_metadata(full).unwrap();
        let node = self.node(full, &metadata, path);
        self.nodes.insert(path.to_vec(), node);
        if !metadata.is_dir() {
            return;
        }
        let mut names: Vec<_> = fs::read_dir(full)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        for name in names {
            let mut below = path.to_vec();
            if !below.is_empty() {
                below.push(b'/');
            }
            below.extend_from_slice(name.as_bytes());
            self.visit(&full.join(&name), &below);
        }
    }

    fn node(&mut self, full: &Path, metadata: &Metadata, path: &[u8]) -> Node {
        let kind = match metadata.file_type() {
            kind if kind.is_file() => Kind::File {
                size: metadata.len(),
                content: hash(full),
            },
            kind if kind.is_dir() => Kind::Directory,
            kind if kind.is_symlink() => Kind::Link {
                target: fs::read_link(full).unwrap().as_os_str().as_bytes().to_vec(),
            },
            _ => Kind::Special,
        };
        let same_as = (metadata.is_file() && metadata.nlink() > 1).then(|| {
            let id = (metadata.dev(), metadata.ino());
            let first = self.first_paths.entry(id);
            first.or_insert_with(|| path.to_vec()).clone()
        });
        Node {
            kind,
            mode: metadata.mode() & 0o7777,
            owner: (metadata.uid(), metadata.gid()),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            same_as,
            xattrs: xattrs(full),
        }
    }
}

fn hash(file: &Path) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(file).unwrap()).unwrap();
    hasher.finalize()
}

fn xattrs(path: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    /// No list of names and no value is longer (`XATTR_LIST_MAX`, `XATTR_SIZE_MAX`).
    const LONGEST: usize = 64 << 10;
    let mut names = Vec::with_capacity(LONGEST);
    match rustix::fs::llistxattr(path, spare_capacity(&mut names)) {
        Ok(_) => {}
        Err(rustix::io::Errno::NOTSUP) => return BTreeMap::new(),
        Err(error) => panic!("{}: {error}", path.display()),
    }
    names
        .split(|&byte| byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| {
            let mut value = Vec::with_capacity(LONGEST);
            let buffer = spare_capacity(&mut value);
            rustix::fs::lgetxattr(path, OsStr::from_bytes(name), buffer).unwrap();
            (name.to_vec(), value)
        })
        .collect()
}
