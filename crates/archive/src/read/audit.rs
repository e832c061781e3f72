//! The rules that every entry must keep, whatever is then done with it.

use super::ledger::{Ledger, Seen};
use crate::{
    EntryPath, Error, Limits, Result,
    budget::Budget,
    entry::{Entry, EntryKind},
    error::Hazard,
    manifest::{DeclaredVolume, VolumeKind},
};

/// Admits entries one after the other, or says which rule the next one breaks.
#[derive(Debug)]
pub(crate) struct Audit {
    budget: Budget,
    volumes: Vec<DeclaredVolume>,
    /// How many volumes have begun; the last of them is the current one.
    begun: usize,
    ledger: Ledger,
}

impl Audit {
    pub(crate) fn new(limits: Limits, volumes: &[DeclaredVolume]) -> Self {
        Self {
            budget: Budget::new(limits),
            volumes: volumes.to_vec(),
            begun: 0,
            ledger: Ledger::default(),
        }
    }

    /// Admits an entry.
    pub(crate) fn admit(&mut self, entry: &Entry) -> Result<()> {
        self.budget.admit(entry)?;
        self.judge(entry).map_err(|why| Error::Unsafe {
            path: entry.path.clone(),
            why,
        })
    }

    /// The first volume that has not come, if one has not.
    pub(crate) fn missing(&self) -> Option<&DeclaredVolume> {
        self.volumes.get(self.begun)
    }

    fn judge(&mut self, entry: &Entry) -> std::result::Result<(), Hazard> {
        check_path(&entry.path)?;
        if let Some(target) = entry.kind.link_target() {
            check_target(target)?;
        }
        let volume = self.enter_volume(&entry.path)?;
        self.check_place(entry, volume)?;
        if let EntryKind::HardLink { target } = &entry.kind
            && self.ledger.get(target.as_bytes()) != Some(Seen::File)
        {
            return Err(Hazard::HardLinkTarget);
        }
        let kind = Seen::of(&entry.kind);
        self.ledger.insert(entry.path.as_bytes(), kind);
        Ok(())
    }

    /// The kind of the volume that a path lies in: the current one, or the next.
    fn enter_volume(&mut self, path: &EntryPath) -> std::result::Result<VolumeKind, Hazard> {
        let name = path.components().next().unwrap_or_default();
        let is_named = |volume: &&DeclaredVolume| volume.name.as_str().as_bytes() == name;
        let current = self.begun.checked_sub(1).map(|index| &self.volumes[index]);
        if let Some(volume) = current.filter(is_named) {
            return Ok(volume.kind);
        }
        if let Some(volume) = self.missing().filter(is_named) {
            let kind = volume.kind;
            self.begun += 1;
            // Paths begin with their volume's name, so that those of others cannot matter.
            self.ledger.clear();
            return Ok(kind);
        }
        match self.volumes.iter().find(is_named) {
            Some(_) => Err(Hazard::VolumeOrder),
            None => Err(Hazard::UndeclaredVolume),
        }
    }

    /// The root comes first and once, and everything else after the directory that it lies in.
    fn check_place(&self, entry: &Entry, volume: VolumeKind) -> std::result::Result<(), Hazard> {
        if self.ledger.get(entry.path.as_bytes()).is_some() {
            return Err(Hazard::Duplicate);
        }
        let (parent, _) = entry.path.split_last();
        if parent.is_empty() {
            let fits = match entry.kind {
                EntryKind::Directory => volume == VolumeKind::Directory,
                EntryKind::File { .. } => volume == VolumeKind::File,
                EntryKind::Symlink { .. } | EntryKind::HardLink { .. } => false,
            };
            return if fits {
                Ok(())
            } else {
                Err(Hazard::VolumeKind)
            };
        }
        match self.ledger.get(parent) {
            Some(Seen::Directory) => Ok(()),
            Some(Seen::File | Seen::Link) => Err(Hazard::ParentNotADirectory),
            None => Err(Hazard::NoParent),
        }
    }
}

fn check_path(path: &EntryPath) -> std::result::Result<(), Hazard> {
    if path.as_bytes().first() == Some(&b'/') {
        return Err(Hazard::Absolute);
    }
    for name in path.components() {
        match name {
            b"" => return Err(Hazard::EmptyComponent),
            b"." => return Err(Hazard::CurrentComponent),
            b".." => return Err(Hazard::ParentComponent),
            _ if name.contains(&0) => return Err(Hazard::ZeroByte),
            _ => {}
        }
    }
    Ok(())
}

/// A symbolic link may point anywhere, since nothing follows it.
fn check_target(target: &EntryPath) -> std::result::Result<(), Hazard> {
    match target.as_bytes() {
        b"" => Err(Hazard::EmptyTarget),
        bytes if bytes.contains(&0) => Err(Hazard::ZeroByte),
        _ => Ok(()),
    }
}
