//! Making files with all their properties.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{
    DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown, symlink,
};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::{Error, Result};

/// When the first entry was changed: 2026-01-01 00:00:00 UTC. Each further one was a while later.
const START: Duration = Duration::from_hours(490_896);
const STEP: Duration = Duration::new(61, 123_456_789);

/// Makes entries under one directory and gives each a time of its own.
pub(super) struct Builder<'a> {
    root: &'a Path,
    entries: u32,
    directories: Vec<PathBuf>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Self {
            root,
            entries: 0,
            directories: Vec::new(),
        }
    }

    /// Makes a directory, and those above it that are not there.
    pub(super) fn directory(&mut self, path: impl AsRef<Path>, mode: u32) -> Result<()> {
        let path = self.root.join(path);
        if path.is_dir() {
            return Ok(());
        }
        let action = format!("make the directory {}", path.display());
        let above: Vec<&Path> = path
            .ancestors()
            .skip(1)
            .take_while(|above| !above.is_dir())
            .collect();
        for directory in above.into_iter().rev() {
            DirBuilder::new()
                .mode(0o755)
                .create(directory)
                .map_err(Error::io(action.clone()))?;
            self.directories.push(directory.to_path_buf());
        }
        DirBuilder::new().create(&path).map_err(Error::io(action))?;
        set_mode(&path, mode)?;
        self.directories.push(path);
        Ok(())
    }

    pub(super) fn file(&mut self, path: impl AsRef<Path>, mode: u32, content: &[u8]) -> Result<()> {
        if let Some(parent) = path.as_ref().parent() {
            self.directory(parent, 0o755)?;
        }
        let full = self.root.join(&path);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&full)
            .and_then(|mut file| file.write_all(content))
            .map_err(Error::io(format!("write {}", full.display())))?;
        set_mode(&full, mode)?;
        let time = self.next_time();
        set_time(&full, time)
    }

    pub(super) fn link(&mut self, path: impl AsRef<Path>, target: &str) -> Result<()> {
        let full = self.root.join(path);
        self.entries += 1;
        symlink(target, &full).map_err(Error::io(format!("make the link {}", full.display())))
    }

    pub(super) fn hard_link(
        &mut self,
        path: impl AsRef<Path>,
        other: impl AsRef<Path>,
    ) -> Result<()> {
        let other = self.root.join(other);
        self.entries += 1;
        fs::hard_link(self.root.join(path), &other)
            .map_err(Error::io(format!("make the link {}", other.display())))
    }

    /// Changes the owner, which only root can.
    pub(super) fn give_away(&self, path: impl AsRef<Path>, user: u32, group: u32) -> Result<()> {
        let full = self.root.join(path);
        let metadata =
            fs::metadata(&full).map_err(Error::io(format!("look at {}", full.display())))?;
        if metadata.uid() != 0 {
            return Ok(());
        }
        chown(&full, Some(user), Some(group))
            .map_err(Error::io(format!("give {} away", full.display())))
    }

    pub(super) fn set_time(&self, path: impl AsRef<Path>, time: SystemTime) -> Result<()> {
        set_time(&self.root.join(path), time)
    }

    /// Gives the directories their times, which every entry made in them has changed, and says how
    /// many entries there are.
    pub(super) fn finish(mut self) -> Result<u32> {
        for directory in std::mem::take(&mut self.directories) {
            let time = self.next_time();
            set_time(&directory, time)?;
        }
        Ok(self.entries)
    }

    fn next_time(&mut self) -> SystemTime {
        self.entries += 1;
        SystemTime::UNIX_EPOCH + START + STEP * self.entries
    }
}

fn set_mode(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .map_err(Error::io(format!("set the mode of {}", path.display())))
}

fn set_time(path: &Path, time: SystemTime) -> Result<()> {
    File::open(path)
        .and_then(|file| file.set_modified(time))
        .map_err(Error::io(format!("set the time of {}", path.display())))
}
