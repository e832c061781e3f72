//! A way down a tree of directories, and up again, with few open descriptors.

use rustix::{fd::OwnedFd, io::Errno};

use super::{
    facts::{Facts, FileId},
    open_directory,
};

/// How many directories are held open at most. A deeper tree costs one more `open` per level on the
/// way up.
const HELD: usize = 64;

/// The open directories from a root down to the current one.
///
/// Directories far above the current one are closed, and opened again as `..` of the one below when
/// the way leads back; that must then be the directory that it was.
#[derive(Debug)]
pub(crate) struct Ladder<T> {
    above: Vec<Rung<T>>,
    id: FileId,
    /// The current directory.
    pub(crate) directory: OwnedFd,
    /// What belongs to it.
    pub(crate) data: T,
}

#[derive(Debug)]
struct Rung<T> {
    directory: Option<OwnedFd>,
    id: FileId,
    data: T,
}

impl<T> Ladder<T> {
    pub(crate) fn new(directory: OwnedFd, id: FileId, data: T) -> Self {
        Self {
            above: Vec::new(),
            id,
            directory,
            data,
        }
    }

    /// Makes a directory below the current one the current one.
    pub(crate) fn descend(&mut self, directory: OwnedFd, id: FileId, data: T) {
        let above = Rung {
            directory: Some(std::mem::replace(&mut self.directory, directory)),
            id: std::mem::replace(&mut self.id, id),
            data: std::mem::replace(&mut self.data, data),
        };
        self.above.push(above);
        if let Some(far) = self.above.len().checked_sub(HELD) {
            self.above[far].directory = None;
        }
    }

    /// Goes back up, and hands out the directory that was left; `None` at the root.
    ///
    /// `STALE` means that the directory above is no longer the one that we came from.
    pub(crate) fn climb(&mut self) -> rustix::io::Result<Option<(OwnedFd, T)>> {
        let Some(rung) = self.above.pop() else {
            return Ok(None);
        };
        let directory = match rung.directory {
            Some(directory) => directory,
            None => self.reopen_parent(rung.id)?,
        };
        self.id = rung.id;
        let directory = std::mem::replace(&mut self.directory, directory);
        Ok(Some((
            directory,
            std::mem::replace(&mut self.data, rung.data),
        )))
    }

    fn reopen_parent(&self, id: FileId) -> rustix::io::Result<OwnedFd> {
        let parent = open_directory(&self.directory, c"..")?;
        if Facts::of(&parent)?.id != id {
            return Err(Errno::STALE);
        }
        Ok(parent)
    }
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, Mode, mkdirat};

    use super::{Facts, HELD, Ladder, open_directory};

    /// Goes down `depth` levels of new directories.
    fn descended(root: &std::path::Path, depth: usize) -> Ladder<usize> {
        let fd = open_directory(CWD, root).unwrap();
        let id = Facts::of(&fd).unwrap().id;
        let mut ladder = Ladder::new(fd, id, 0);
        for level in 1..=depth {
            mkdirat(&ladder.directory, "d", Mode::RWXU).unwrap();
            let fd = open_directory(&ladder.directory, "d").unwrap();
            let id = Facts::of(&fd).unwrap().id;
            ladder.descend(fd, id, level);
        }
        ladder
    }

    #[test]
    fn a_deep_tree_holds_few_descriptors_and_finds_its_way_back() {
        let root = tempfile::tempdir().unwrap();
        let depth = HELD * 3;
        let mut ladder = descended(root.path(), depth);
        let held = ladder.above.iter().filter(|rung| rung.directory.is_some());
        assert_eq!(held.count(), HELD - 1);
        for level in (1..=depth).rev() {
            assert_eq!(ladder.climb().unwrap().unwrap().1, level);
        }
        assert!(ladder.climb().unwrap().is_none());
    }

    #[test]
    fn a_directory_that_was_moved_meanwhile_is_not_climbed_out_of() {
        let root = tempfile::tempdir().unwrap();
        let mut ladder = descended(root.path(), HELD + 1);
        let elsewhere = tempfile::tempdir().unwrap();
        std::fs::rename(root.path().join("d"), elsewhere.path().join("d")).unwrap();
        let mut climbed = 0;
        let error = loop {
            match ladder.climb() {
                Ok(_) => climbed += 1,
                Err(errno) => break errno,
            }
        };
        assert_eq!((climbed, error), (HELD, rustix::io::Errno::STALE));
    }
}
