//! Comparing two file trees: what a restore brought back with what was packed.

mod read;

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub(crate) use read::{Kind, Node, Tree};

use crate::error::{Error, Result};
use crate::shell;

/// What comparing two trees found.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    /// How many entries both trees have.
    pub(crate) entries: u64,
    /// How many bytes of content were read from each and found the same.
    pub(crate) bytes: u64,
    /// Sockets, FIFOs and devices of the original, which no backup holds.
    pub(crate) skipped: Vec<PathBuf>,
    /// What is not the same.
    pub(crate) differences: Vec<Difference>,
}

/// One thing that is not the same in the copy.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Difference {
    path: PathBuf,
    what: String,
}

impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let path = if self.path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &self.path
        };
        write!(f, "{}: {}", shell::quoted(path.as_os_str()), self.what)
    }
}

/// Compares a copy with its original: which entries there are and of which kind, their content,
/// mode, modification time to the nanosecond, link targets, which names are hard links of one
/// file, and the owner where `owners` says so (only root can bring owners back).
pub(crate) fn compare(original: &Path, copy: &Path, owners: bool) -> Result<Comparison> {
    let (left, right) = (Tree::read(original)?, Tree::read(copy)?);
    let mut found = Comparison::default();
    let paths: BTreeSet<&PathBuf> = left.nodes.keys().chain(right.nodes.keys()).collect();
    for path in paths {
        let mut report = |what: String| {
            found.differences.push(Difference {
                path: path.clone(),
                what,
            });
        };
        match (left.nodes.get(path), right.nodes.get(path)) {
            (Some(node), None) if node.kind == Kind::Special => found.skipped.push(path.clone()),
            (Some(node), None) => report(format!("the {} is missing", node.kind)),
            (None, Some(node)) => report(format!(
                "there is a {} that the original does not have",
                node.kind
            )),
            (Some(old), Some(new)) => {
                found.entries += 1;
                differences(old, new, owners)
                    .into_iter()
                    .for_each(&mut report);
                if (old.kind, new.kind) == (Kind::File, Kind::File) && old.size == new.size {
                    match first_difference(&read::place(original, path), &read::place(copy, path))?
                    {
                        Some(offset) => {
                            report(format!("the content differs from byte {offset} on"));
                        }
                        None => found.bytes += old.size,
                    }
                }
            }
            (None, None) => {}
        }
    }
    Ok(found)
}

/// What differs between two entries of one path, but for the content.
fn differences(old: &Node, new: &Node, owners: bool) -> Vec<String> {
    if old.kind != new.kind {
        return vec![format!("the {} is now a {}", old.kind, new.kind)];
    }
    let mut found = Vec::new();
    let mut note = |what: &str, old: &dyn Display, new: &dyn Display| {
        found.push(format!("{what} was {old}, is now {new}"));
    };
    // The mode of a symbolic link means nothing.
    if old.mode != new.mode && old.kind != Kind::Link {
        note(
            "mode",
            &format_args!("{:04o}", old.mode),
            &format_args!("{:04o}", new.mode),
        );
    }
    if owners && old.owner != new.owner {
        note(
            "owner",
            &format_args!("{}:{}", old.owner.0, old.owner.1),
            &format_args!("{}:{}", new.owner.0, new.owner.1),
        );
    }
    if old.modified != new.modified {
        note("modification time", &old.modified, &new.modified);
    }
    if old.kind == Kind::File && old.size != new.size {
        note("size", &old.size, &new.size);
    }
    if old.target != new.target {
        note(
            "target",
            &Name(old.target.as_deref()),
            &Name(new.target.as_deref()),
        );
    }
    if old.first_name != new.first_name {
        note(
            "first hard link",
            &Name(old.first_name.as_deref()),
            &Name(new.first_name.as_deref()),
        );
    }
    found
}

struct Name<'a>(Option<&'a Path>);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(path) => f.write_str(&shell::quoted(path.as_os_str())),
            None => f.write_str("none"),
        }
    }
}

/// Where two files of the same size first differ.
fn first_difference(left: &Path, right: &Path) -> Result<Option<u64>> {
    let open =
        |path: &Path| File::open(path).map_err(Error::io(format!("open {}", path.display())));
    let (left_file, right_file) = (open(left)?, open(right)?);
    scan(left_file, right_file).map_err(Error::io(format!(
        "compare {} with {}",
        left.display(),
        right.display()
    )))
}

fn scan(mut left: impl Read, mut right: impl Read) -> io::Result<Option<u64>> {
    const BLOCK: u64 = 64 * 1024;
    let (mut old, mut new) = (Vec::new(), Vec::new());
    let mut offset = 0;
    loop {
        old.clear();
        new.clear();
        left.by_ref().take(BLOCK).read_to_end(&mut old)?;
        right.by_ref().take(BLOCK).read_to_end(&mut new)?;
        if old != new {
            let same = old
                .iter()
                .zip(&new)
                .take_while(|(old, new)| old == new)
                .count();
            return Ok(Some(offset + same as u64));
        }
        if old.is_empty() {
            return Ok(None);
        }
        offset += old.len() as u64;
    }
}

#[cfg(test)]
mod tests;
