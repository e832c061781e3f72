//! What there is to know about every entry of a tree.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Display, Formatter};
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// What kind of entry it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    Link,
    /// A socket, a FIFO or a device.
    Special,
}

impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Link => "symbolic link",
            Self::Special => "socket, FIFO or device",
        })
    }
}

/// Seconds since 1970 and nanoseconds: what the file system says, before 1970 too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Modified(i64, i64);

impl Display for Modified {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} s + {} ns", self.0, self.1)
    }
}

/// One entry of a tree.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// The permission bits, with setuid, setgid and sticky.
    pub(crate) mode: u32,
    /// User and group.
    pub(crate) owner: (u32, u32),
    pub(crate) modified: Modified,
    /// In bytes.
    pub(crate) size: u64,
    /// Where a symbolic link points.
    pub(crate) target: Option<PathBuf>,
    /// The first name in the tree of a file that has several there.
    pub(crate) first_name: Option<PathBuf>,
}

/// Every entry of a tree by its path in the tree; the root's is empty. A single file is a tree of
/// one entry.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) nodes: BTreeMap<PathBuf, Node>,
}

impl Tree {
    /// Reads a tree without following symbolic links.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut nodes = BTreeMap::new();
        let mut names = HashMap::<(u64, u64), Vec<PathBuf>>::new();
        let mut pending = vec![PathBuf::new()];
        while let Some(path) = pending.pop() {
            let full = place(root, &path);
            let metadata = fs::symlink_metadata(&full)
                .map_err(Error::io(format!("look at {}", full.display())))?;
            if metadata.is_dir() {
                children(&full, &path, &mut pending)?;
            } else if metadata.nlink() > 1 {
                names
                    .entry((metadata.dev(), metadata.ino()))
                    .or_default()
                    .push(path.clone());
            }
            nodes.insert(path, node(&full, &metadata)?);
        }
        // Other names of a file may be outside the tree: they do not count.
        for mut group in names.into_values().filter(|group| group.len() > 1) {
            group.sort_unstable();
            for path in &group {
                if let Some(node) = nodes.get_mut(path) {
                    node.first_name = group.first().cloned();
                }
            }
        }
        Ok(Self { nodes })
    }
}

/// Where an entry of the tree at `root` is. (Joining an empty path would add a slash, which no file
/// has.)
pub(super) fn place(root: &Path, path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() {
        root.to_path_buf()
    } else {
        root.join(path)
    }
}

fn children(directory: &Path, path: &Path, pending: &mut Vec<PathBuf>) -> Result<()> {
    let action = || format!("read the directory {}", directory.display());
    for entry in fs::read_dir(directory).map_err(Error::io(action()))? {
        pending.push(path.join(entry.map_err(Error::io(action()))?.file_name()));
    }
    Ok(())
}

fn node(full: &Path, metadata: &Metadata) -> Result<Node> {
    let kind = match metadata.file_type() {
        kind if kind.is_file() => Kind::File,
        kind if kind.is_dir() => Kind::Directory,
        kind if kind.is_symlink() => Kind::Link,
        _ => Kind::Special,
    };
    let target = match kind {
        Kind::Link => Some(
            fs::read_link(full).map_err(Error::io(format!("read the link {}", full.display())))?,
        ),
        _ => None,
    };
    Ok(Node {
        kind,
        mode: metadata.mode() & 0o7777,
        owner: (metadata.uid(), metadata.gid()),
        modified: Modified(metadata.mtime(), metadata.mtime_nsec()),
        size: metadata.size(),
        target,
        first_name: None,
    })
}
