//! Files with several names.

use std::collections::HashMap;

use crate::{
    EntryPath,
    os::facts::{Facts, FileId},
};

/// Remembers the first name of every file of one volume that has others, until all have come.
#[derive(Debug, Default)]
pub(super) struct Links {
    first: HashMap<FileId, First>,
}

#[derive(Debug)]
struct First {
    path: EntryPath,
    facts: Facts,
    remaining: u64,
}

/// What a name is to its file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// The first of one or more.
    First,
    /// A further one; this was the first.
    Further(EntryPath),
    /// A further one, but the file is not what it was at its first name.
    Changed,
}

impl Links {
    /// Takes the next name of a file.
    pub(super) fn take(&mut self, facts: &Facts, path: &[u8]) -> Name {
        if facts.links < 2 {
            return Name::First;
        }
        let Some(first) = self.first.get_mut(&facts.id) else {
            let first = First {
                path: path.into(),
                facts: *facts,
                remaining: facts.links - 1,
            };
            self.first.insert(facts.id, first);
            return Name::First;
        };
        if first.facts != *facts {
            return Name::Changed;
        }
        first.remaining -= 1;
        if first.remaining > 0 {
            return Name::Further(first.path.clone());
        }
        let path = std::mem::take(&mut first.path);
        self.first.remove(&facts.id);
        Name::Further(path)
    }
}
