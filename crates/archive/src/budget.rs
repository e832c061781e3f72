//! Counting what an archive holds, against the limits.

use crate::{EntryKind, EntryPath, Error, Limit, Limits, Result, entry::Entry, path::contains};

/// Counts what an archive holds, and stops at the limits.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    entries: u64,
    bytes: u64,
    nested: NestedXattrs,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            entries: 0,
            bytes: 0,
            nested: NestedXattrs::default(),
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Admits one more entry, or names the limit that it breaks.
    pub(crate) fn admit(&mut self, entry: &Entry) -> Result<()> {
        self.admit_path(&entry.path)?;
        if let Some(target) = entry.kind.link_target() {
            within(
                Limit::PathBytes,
                self.limits.max_path_bytes as u64,
                target.as_bytes().len() as u64,
                &entry.path,
            )?;
        }
        self.entries += 1;
        within(
            Limit::Entries,
            self.limits.max_entries,
            self.entries,
            &entry.path,
        )?;
        self.bytes = self.bytes.saturating_add(entry.size());
        within(Limit::Bytes, self.limits.max_bytes, self.bytes, &entry.path)?;
        self.admit_xattrs(entry)
    }

    fn admit_xattrs(&mut self, entry: &Entry) -> Result<()> {
        let bytes = entry.xattr_bytes();
        let max = self.limits.max_xattr_bytes as u64;
        within(Limit::XattrBytes, max, bytes as u64, &entry.path)?;
        let nested = self.nested.enter(entry, bytes) as u64;
        let max = self.limits.max_nested_xattr_bytes as u64;
        within(Limit::NestedXattrBytes, max, nested, &entry.path)
    }

    fn admit_path(&self, path: &EntryPath) -> Result<()> {
        let length = path.as_bytes().len() as u64;
        within(
            Limit::PathBytes,
            self.limits.max_path_bytes as u64,
            length,
            path,
        )?;
        let mut depth = 0;
        for name in path.components() {
            depth += 1;
            within(
                Limit::NameBytes,
                self.limits.max_name_bytes as u64,
                name.len() as u64,
                path,
            )?;
        }
        within(Limit::Depth, self.limits.max_depth as u64, depth, path)
    }
}

/// Refuses a `value` above `maximum`.
pub(crate) fn within(limit: Limit, maximum: u64, value: u64, path: &EntryPath) -> Result<()> {
    if value <= maximum {
        return Ok(());
    }
    Err(Error::LimitExceeded {
        limit,
        maximum,
        path: path.clone(),
    })
}

/// What the extended attributes of the directories take that the current entry lies in.
///
/// An extraction keeps them in memory, since a default access control list must not be handed down
/// to what is made in the directory, and so is set last.
#[derive(Debug, Default)]
struct NestedXattrs {
    /// The innermost directory with attributes.
    path: Vec<u8>,
    /// Each directory with attributes: how much of `path` is its own, and what it takes.
    levels: Vec<(usize, usize)>,
}

impl NestedXattrs {
    /// Goes on to the next entry, and answers what is then taken together.
    fn enter(&mut self, entry: &Entry, bytes: usize) -> usize {
        let path = entry.path.as_bytes();
        while let Some(&(length, _)) = self.levels.last()
            && !contains(&self.path[..length], path)
        {
            self.levels.pop();
        }
        if bytes > 0 && entry.kind == EntryKind::Directory {
            self.path = path.to_vec();
            self.levels.push((path.len(), bytes));
        }
        self.levels.iter().map(|&(_, bytes)| bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::NestedXattrs;
    use crate::{Entry, EntryKind, EntryPath, read::record_entry};

    #[test]
    fn only_the_directories_around_an_entry_count() {
        let mut nested = NestedXattrs::default();
        let mut enter = |path: &str, bytes| {
            let kind = EntryKind::Directory;
            let entry = record_entry(&EntryPath::from(path), 0);
            nested.enter(&Entry { kind, ..entry }, bytes)
        };
        assert_eq!(enter("v", 1), 1);
        assert_eq!(enter("v/a", 10), 11);
        assert_eq!(enter("v/a/b", 0), 11);
        assert_eq!(enter("v/a/b/c", 100), 111);
        assert_eq!(enter("v/ab", 1000), 1001);
        assert_eq!(enter("v/a/d", 0), 1);
        assert_eq!(enter("w", 5), 5);
    }
}
