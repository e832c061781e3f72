//! What could not be restored, collected so that a million files make few warnings.

use std::collections::BTreeMap;

use crate::{EntryPath, Observer, Warning};

/// How many names of attributes are told apart. An archive could hold any number.
const NAMES: usize = 64;

/// What could not be restored so far.
#[derive(Debug, Default)]
pub(super) struct Losses {
    owners: Option<Loss>,
    set_ids: Option<Loss>,
    xattrs: BTreeMap<Vec<u8>, (Loss, String)>,
    other_xattrs: u64,
}

#[derive(Debug)]
struct Loss {
    entries: u64,
    first: EntryPath,
}

impl Loss {
    fn of(first: &EntryPath) -> Self {
        Self {
            entries: 1,
            first: first.clone(),
        }
    }

    fn add(loss: &mut Option<Self>, path: &EntryPath) {
        match loss {
            Some(loss) => loss.entries += 1,
            none => *none = Some(Self::of(path)),
        }
    }
}

impl Losses {
    /// The owner or the group of an entry.
    pub(super) fn owner(&mut self, path: &EntryPath) {
        Loss::add(&mut self.owners, path);
    }

    /// The set-id bits of an entry.
    pub(super) fn set_id(&mut self, path: &EntryPath) {
        Loss::add(&mut self.set_ids, path);
    }

    /// An extended attribute.
    pub(super) fn xattr(&mut self, path: &EntryPath, name: &[u8], errno: rustix::io::Errno) {
        if let Some((loss, _)) = self.xattrs.get_mut(name) {
            loss.entries += 1;
        } else if self.xattrs.len() < NAMES {
            let reason = std::io::Error::from(errno).to_string();
            self.xattrs.insert(name.to_vec(), (Loss::of(path), reason));
        } else {
            self.other_xattrs += 1;
        }
    }

    /// Tells an observer.
    pub(super) fn report(self, observer: &dyn Observer) {
        if let Some(Loss { entries, first }) = self.owners {
            observer.warning(Warning::OwnersNotRestored { entries, first });
        }
        if let Some(Loss { entries, first }) = self.set_ids {
            observer.warning(Warning::SetIdDropped { entries, first });
        }
        for (name, (Loss { entries, first }, reason)) in self.xattrs {
            observer.warning(Warning::XattrNotRestored {
                name: name.into(),
                entries,
                first,
                reason,
            });
        }
        if self.other_xattrs > 0 {
            observer.warning(Warning::OtherXattrsNotRestored {
                count: self.other_xattrs,
            });
        }
    }
}
