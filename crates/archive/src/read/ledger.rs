//! Which paths of a volume came before, and what they were.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
};

use crate::entry::EntryKind;

/// What a path was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    File = 0,
    Directory = 1,
    Link = 2,
}

impl Seen {
    pub(crate) fn of(kind: &EntryKind) -> Self {
        match kind {
            EntryKind::File { .. } => Self::File,
            EntryKind::Directory => Self::Directory,
            EntryKind::Symlink { .. } | EntryKind::HardLink { .. } => Self::Link,
        }
    }
}

/// Remembers every path of one volume in ten to twenty bytes, so that a million fit in 19 MB.
///
/// A path is kept as 62 bits of a hash whose key is drawn anew each time, and two bits for its kind.
/// Two of a million paths collide with a probability of about one in ten million; then a good
/// archive is refused, and reading it again succeeds. Nobody can bring a collision about, and none
/// admits anything: what is admitted here still meets the file system, which knows the real names.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    keys: RandomState,
    seen: HashSet<u64, Prehashed>,
}

impl Ledger {
    /// What the path was, if it came before.
    pub(crate) fn get(&self, path: &[u8]) -> Option<Seen> {
        let key = self.key(path);
        [Seen::File, Seen::Directory, Seen::Link]
            .into_iter()
            .find(|&kind| self.seen.contains(&(key | kind as u64)))
    }

    /// Remembers a path.
    pub(crate) fn insert(&mut self, path: &[u8], kind: Seen) {
        self.seen.insert(self.key(path) | kind as u64);
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.seen.clear();
    }

    fn key(&self, path: &[u8]) -> u64 {
        self.keys.hash_one(path) & !3
    }
}

/// The set's own hash function: its members are hashes already.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prehashed(u64);

impl BuildHasher for Prehashed {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self::default()
    }
}

impl std::hash::Hasher for Prehashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(byte.into());
        }
    }

    fn write_u64(&mut self, value: u64) {
        // The table takes the low bits for the place; those hold the kind.
        self.0 = self.0.rotate_left(8) ^ value.rotate_right(2);
    }
}

#[cfg(test)]
mod tests {
    use super::{Ledger, Seen};

    #[test]
    fn a_path_is_known_with_its_kind_until_it_is_forgotten() {
        let mut ledger = Ledger::default();
        for (path, kind) in [
            (b"v", Seen::Directory),
            (b"f", Seen::File),
            (b"l", Seen::Link),
        ] {
            assert_eq!(ledger.get(path), None);
            ledger.insert(path, kind);
            assert_eq!(ledger.get(path), Some(kind));
        }
        ledger.clear();
        assert_eq!(ledger.get(b"v"), None);
    }
}
