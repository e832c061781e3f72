//! Places to work in, gone afterwards.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::{is_root, succeed};

/// A directory that is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    directory: TempDir,
}

impl Scratch {
    /// In the build directory, where there is room.
    pub(crate) fn large() -> Self {
        let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(parent).unwrap();
        Self {
            directory: tempfile::Builder::new()
                .prefix("acceptance-")
                .tempdir_in(parent)
                .unwrap(),
        }
    }

    /// In memory where there is so much to spare, else in the build directory. On some disks it
    /// takes longer to remove ten thousand files than to do all else with them.
    pub(crate) fn quick(bytes: u64, files: u64) -> Self {
        memory_with_room(bytes, files).map_or_else(Self::large, |directory| Self { directory })
    }

    /// Under a short path (a socket's has room for a hundred bytes) that every user can enter,
    /// which the build directory may lie out of the reach of.
    pub(crate) fn shared() -> Self {
        let directory = tempfile::Builder::new().prefix("pb-").tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        Self { directory }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::set_permissions(self.directory.path(), Permissions::from_mode(0o700));
        if !is_root() {
            open_up(self.directory.path());
        }
    }
}

/// A directory in memory, if the system has that much of it, and such a file system keeps all that
/// is in a tree (Linux before 6.6 kept no attributes of users there).
fn memory_with_room(bytes: u64, files: u64) -> Option<TempDir> {
    const PARENT: &str = "/dev/shm";
    let system = rustix::fs::statvfs(PARENT).ok()?;
    let has_room = system.f_bavail * system.f_frsize >= bytes && system.f_favail >= files;
    if !has_room || available_memory()? < 2 * bytes {
        return None;
    }
    let directory = tempfile::Builder::new()
        .prefix("acceptance-")
        .tempdir_in(PARENT)
        .ok()?;
    let flags = rustix::fs::XattrFlags::CREATE;
    rustix::fs::setxattr(directory.path(), "user.probe", b"1", flags).ok()?;
    Some(directory)
}

/// How many bytes of memory programs can have without swapping.
fn available_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

/// Removes a tree, also one that its owner must not change.
pub(crate) fn remove(tree: &Path) {
    if !is_root() {
        open_up(tree);
    }
    fs::remove_dir_all(tree).unwrap();
}

fn open_up(tree: &Path) {
    succeed(Command::new("chmod").args(["-R", "u+rwX"]).arg(tree));
}
